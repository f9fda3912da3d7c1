//! Queues: who is served where, how fast, and when.

use super::house;
use super::{names, need, put, retire, words};
use crate::cli::args::{QueueCmd, QueueSet};
use crate::cli::books::Office;
use crate::cli::exchange::record::every_channel;
use crate::cli::say::table;
use crate::domain::ids::{CalendarId, QueueId};
use crate::domain::row::{Entity, Row};
use crate::domain::work::Queue;
use crate::domain::wrap_up::Mode;

pub(super) fn run(office: &mut dyn Office, command: &QueueCmd) -> anyhow::Result<()> {
    match command {
        QueueCmd::List => list(office),
        QueueCmd::Set { key, to } => set(office, key, to),
        QueueCmd::Retire { key } => retire(office, Entity::Queue, key, &format!("Queue {key} is closed for good.")),
    }
}

fn set(office: &mut dyn Office, key: &str, to: &QueueSet) -> anyhow::Result<()> {
    let names = names(office)?;
    let mut queue = match names.row(Entity::Queue, key) {
        Some(Row::Queue(queue)) => queue.clone(),
        _ => Queue {
            id: QueueId(0),
            key: key.to_owned(),
            name: key.to_owned(),
            channels: every_channel(),
            skills: std::collections::BTreeMap::new(),
            offer_s: 15,
            wrap_up_s: 60,
            sl_pct: 80,
            sl_s: 20,
            calendar: None,
            closed_message: String::new(),
            active: true,
            rules: Default::default(),
        },
    };
    if let Some(name) = &to.name {
        queue.name.clone_from(name);
    }
    if let Some(channels) = &to.channels {
        queue.channels = words::channels(channels)?;
    }
    if let Some(skills) = &to.skills {
        queue.skills = words::levels(&names, skills)?;
    }
    queue.offer_s = to.offer_s.unwrap_or(queue.offer_s);
    queue.wrap_up_s = to.wrap_up.wrap_up_s.unwrap_or(queue.wrap_up_s);
    let after = &mut queue.rules.wrap_up;
    if let Some(mode) = &to.wrap_up.wrap_up_mode {
        after.mode = words::wrap_up_mode(mode)?;
    }
    after.forced_ready = to.wrap_up.wrap_up_forced_ready.unwrap_or(after.forced_ready);
    after.follow_ups = to.wrap_up.follow_ups.unwrap_or(after.follow_ups);
    if let Some(sl) = &to.sl {
        (queue.sl_pct, queue.sl_s) = words::service_level(sl)?;
    }
    queue.calendar = match to.calendar.as_deref() {
        None => queue.calendar,
        Some("always") => None,
        Some(key) => Some(CalendarId(need(&names, Entity::Calendar, key)?)),
    };
    if let Some(message) = &to.closed_message {
        queue.closed_message.clone_from(message);
    }
    house::rules(&names, to, &mut queue.rules)?;
    queue.active = true;
    put(office, queue, &format!("Queue {key} is set."))
}

fn list(office: &mut dyn Office) -> anyhow::Result<()> {
    let mut keys = |entity: Entity| -> anyhow::Result<std::collections::HashMap<u64, String>> {
        let named = |r: Row| Some((r.id(), crate::cli::exchange::resolve::key_of(&r)?));
        Ok(office.all(entity)?.into_iter().filter_map(named).collect())
    };
    let (skills, calendars) = (keys(Entity::Skill)?, keys(Entity::Calendar)?);
    let rows = office.all(Entity::Queue)?.into_iter().filter_map(|row| match row {
        Row::Queue(q) => Some(vec![
            q.key.clone(),
            q.name.clone(),
            q.channels.iter().map(|c| c.word()).collect::<Vec<_>>().join(","),
            q.skills
                .iter()
                .filter_map(|(s, level)| Some(format!("{}={level}", skills.get(&s.0)?)))
                .collect::<Vec<_>>()
                .join(","),
            format!("{} s", q.offer_s),
            wrap_up(&q),
            format!("{}/{}", q.sl_pct, q.sl_s),
            q.calendar.and_then(|c| calendars.get(&c.0).cloned()).unwrap_or_else(|| "always".into()),
            if q.active { String::new() } else { "closed".into() },
        ]),
        _ => None,
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table(
        &["KEY", "NAME", "CHANNELS", "SKILLS", "OFFER", "WRAP-UP", "SL", "CALENDAR", ""],
        &rows,
        "There is no queue yet. Make one with: cordboard admin queue set",
    )
}

/// `60 s`, and how it goes where that is not as usual.
fn wrap_up(queue: &Queue) -> String {
    let rules = queue.rules.wrap_up;
    let mut words = vec![format!("{} s", queue.wrap_up_s)];
    if rules.mode != Mode::default() {
        words.push(rules.mode.word().to_owned());
    }
    if rules.forced_ready {
        words.push("then Ready".to_owned());
    }
    if !rules.follow_ups {
        words.push("no follow-ups".to_owned());
    }
    words.join(", ")
}
