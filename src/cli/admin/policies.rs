//! Service policies: how soon, to whom, in whose hours. The first in the list that fits a case holds.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, anyhow, bail};

use super::{names, need, put, retire, words};
use crate::cli::args::{PolicyCmd, PolicySet};
use crate::cli::books::Office;
use crate::cli::exchange::resolve::{Names, key_of};
use crate::cli::say::table;
use crate::domain::ids::{CalendarId, PolicyId};
use crate::domain::row::{Entity, Row};
use crate::domain::sla::Promise;
use crate::domain::sla::policy::{Fits, Policy, WARN_LEFT_S, WARN_PCT};
use crate::domain::sla::words::{span_s, targets, typed_targets};
use crate::domain::work::{Priority, Status};

/// Room left between a new policy and the last one, so that others can be put between them.
const STEP: u32 = 10;

pub(super) fn run(office: &mut dyn Office, command: &PolicyCmd) -> anyhow::Result<()> {
    match command {
        PolicyCmd::List => list(office),
        PolicyCmd::Set { key, to } => set(office, key, to),
        PolicyCmd::Retire { key } => retire(office, Entity::Policy, key, &format!("Policy {key} is out of use.")),
    }
}

fn all(office: &mut dyn Office) -> anyhow::Result<Vec<Policy>> {
    let rows = office.all(Entity::Policy)?;
    let mut policies: Vec<Policy> = rows.into_iter().filter_map(|row| Policy::try_from(row).ok()).collect();
    policies.sort_by_key(|p| (p.rank, p.id));
    Ok(policies)
}

fn set(office: &mut dyn Office, key: &str, to: &PolicySet) -> anyhow::Result<()> {
    let names = names(office)?;
    let last = all(office)?.last().map_or(0, |p| p.rank);
    let mut policy = match names.row(Entity::Policy, key) {
        Some(Row::Policy(policy)) => policy.clone(),
        _ => Policy {
            id: PolicyId(0),
            key: key.to_owned(),
            name: key.to_owned(),
            rank: last.saturating_add(STEP),
            when: Fits::default(),
            calendar: None,
            targets: BTreeMap::new(),
            reopens: false,
            pauses: vec![Status::Pending],
            warn_pct: WARN_PCT,
            warn_left_s: WARN_LEFT_S,
            active: true,
        },
    };
    if let Some(name) = &to.name {
        policy.name.clone_from(name);
    }
    policy.rank = to.rank.unwrap_or(policy.rank);
    policy.calendar = match to.calendar.as_deref() {
        None => policy.calendar,
        Some("always") => None,
        Some(key) => Some(CalendarId(need(&names, Entity::Calendar, key)?)),
    };
    fits(&mut policy.when, &names, to)?;
    let promised = [(Promise::First, &to.first), (Promise::Next, &to.next), (Promise::Resolution, &to.resolution)];
    for (promise, text) in promised {
        let Some(text) = text else { continue };
        let by = targets(text).map_err(|why| anyhow!("--{}: {why}", promise.word()))?;
        policy.targets.insert(promise, by);
    }
    policy.targets.retain(|_, by| !by.is_empty());
    if let Some(pauses) = &to.pauses {
        let status = |w: &String| Status::from_word(w).with_context(|| format!("--pauses: there is no status {w}"));
        policy.pauses = some(pauses).map(status).collect::<anyhow::Result<_>>()?;
    }
    policy.reopens = to.reopens.unwrap_or(policy.reopens);
    policy.warn_pct = to.warn_pct.unwrap_or(policy.warn_pct);
    match to.warn_left.as_deref() {
        None => {}
        Some("none") => policy.warn_left_s = 0,
        Some(text) => policy.warn_left_s = span_s(text).map_err(|why| anyhow!("--warn-left: {why}"))?,
    }
    policy.active = true;
    if policy.targets.is_empty() {
        bail!("policy {key} promises nothing yet: give it --first, --next or --resolution");
    }
    put(office, policy, &format!("Policy {key} is set."))
}

fn some(list: &[String]) -> impl Iterator<Item = &String> {
    list.iter().filter(|w| !w.is_empty())
}

fn fits(when: &mut Fits, names: &Names, to: &PolicySet) -> anyhow::Result<()> {
    if let Some(queues) = &to.queues {
        when.queues = words::queues(names, queues)?;
    }
    if let Some(channels) = &to.channels {
        when.channels = words::channels(&some(channels).cloned().collect::<Vec<_>>())?;
    }
    if let Some(priorities) = &to.priorities {
        let one =
            |w: &String| Priority::from_word(w).with_context(|| format!("--priorities: there is no priority {w}"));
        when.priorities = some(priorities).map(one).collect::<anyhow::Result<_>>()?;
    }
    let lists = [
        (&to.tags, &mut when.tags),
        (&to.flags, &mut when.flags),
        (&to.plans, &mut when.plans),
        (&to.languages, &mut when.languages),
    ];
    for (given, list) in lists {
        if let Some(given) = given {
            *list = some(given).cloned().collect();
        }
    }
    Ok(())
}

fn list(office: &mut dyn Office) -> anyhow::Result<()> {
    let mut keys = |entity: Entity| -> anyhow::Result<HashMap<u64, String>> {
        Ok(office.all(entity)?.into_iter().filter_map(|r| Some((r.id(), key_of(&r)?))).collect())
    };
    let (queues, calendars) = (keys(Entity::Queue)?, keys(Entity::Calendar)?);
    let rows: Vec<Vec<String>> = all(office)?
        .into_iter()
        .map(|p| {
            let promised = |promise| p.targets.get(&promise).map(typed_targets).unwrap_or_default();
            vec![
                p.rank.to_string(),
                p.key.clone(),
                p.name.clone(),
                shown(&p.when, &queues),
                p.calendar.and_then(|c| calendars.get(&c.0).cloned()).unwrap_or_else(|| "always".into()),
                promised(Promise::First),
                promised(Promise::Next),
                promised(Promise::Resolution),
                if p.active { String::new() } else { "out of use".into() },
            ]
        })
        .collect();
    table(
        &["RANK", "KEY", "NAME", "FOR", "CALENDAR", "FIRST", "NEXT", "RESOLUTION", ""],
        &rows,
        "There is no policy yet; nothing is promised. Make one with: cordboard admin policy set",
    )
}

/// Whom a policy is for, in words.
fn shown(when: &Fits, queues: &HashMap<u64, String>) -> String {
    let parts = [
        when.queues.iter().filter_map(|q| queues.get(&q.0).cloned()).collect::<Vec<_>>(),
        when.channels.iter().map(|c| c.word().to_owned()).collect(),
        when.priorities.iter().map(|p| p.word().to_owned()).collect(),
        when.tags.iter().map(|t| format!("#{t}")).collect(),
        when.flags.clone(),
        when.plans.clone(),
        when.languages.clone(),
    ];
    let parts: Vec<String> = parts.iter().filter(|p| !p.is_empty()).map(|p| p.join("|")).collect();
    if parts.is_empty() { "everyone".to_owned() } else { parts.join(" & ") }
}
