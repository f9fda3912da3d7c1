//! `cordboard report`: the figures of the trade, from the ledger, each with its definition.
//!
//! Folds every event once and computes with [`crate::domain::figures`]; nothing is computed here.

pub mod args;
mod period;
mod print;

use anyhow::{Context as _, bail};

use super::args::Global;
use super::books::Office;
use super::places::Places;
use args::{By, Report};

use crate::clock::{Clock as _, SystemClock};
use crate::domain::calendar::Calendar;
use crate::domain::figures::define::{Of, TABLE};
use crate::domain::figures::fold::Fold;
use crate::domain::figures::{Ask, Facts, Figure, FigureId, Lines, Part, Window, of_part, parts};
use crate::domain::ids::{AgentId, QueueId};
use crate::domain::people::Agent;
use crate::domain::row::{Entity, Row};
use crate::domain::tally::FigureRules;
use crate::domain::time::At;
use crate::domain::work::{Channel, Queue};

/// Events asked for at once.
const PAGE: usize = 5_000;

/// The firm as far as a report names it.
pub(super) struct House {
    zone: String,
    rules: FigureRules,
    queues: Vec<Queue>,
    agents: Vec<Agent>,
    calendars: Vec<Calendar>,
}

impl House {
    fn read(office: &mut dyn Office) -> anyhow::Result<House> {
        let mut house = House {
            zone: "UTC".into(),
            rules: FigureRules::default(),
            queues: Vec::new(),
            agents: Vec::new(),
            calendars: Vec::new(),
        };
        for entity in [Entity::Firm, Entity::Queue, Entity::Agent, Entity::Calendar] {
            for row in office.all(entity)? {
                match row {
                    Row::Firm(firm) => {
                        house.rules = firm.rules.figures;
                        if !firm.zone.is_empty() {
                            house.zone = firm.zone;
                        }
                    }
                    Row::Queue(queue) => house.queues.push(queue),
                    Row::Agent(agent) => house.agents.push(agent),
                    Row::Calendar(calendar) => house.calendars.push(calendar),
                    _ => {}
                }
            }
        }
        Ok(house)
    }

    /// How long a queue was open between two instants; one without a calendar always is.
    fn open_ms(&self, queue: QueueId, from: At, to: At) -> i64 {
        let calendar = self.queues.iter().find(|q| q.id == queue).and_then(|q| q.calendar);
        match calendar.and_then(|id| self.calendars.iter().find(|c| c.id == id)) {
            Some(calendar) => calendar.open_ms(from, to),
            None => to.since(from),
        }
    }
}

/// One line of a report: figures of a stretch of time, a queue, an agent, or all of them.
pub(super) struct Bucket {
    /// In words; empty when there is only one.
    name: String,
    queue: Option<QueueId>,
    agent: Option<AgentId>,
    window: Window,
    figures: Vec<Figure>,
}

/// Runs the command.
pub fn run(args: &Report, global: &Global) -> anyhow::Result<()> {
    if args.list {
        return print::list();
    }
    let how = args.how.as_deref().map(known).transpose()?;
    let places = Places::find(global, args.dir.data.as_deref())?;
    let mut office = super::office::open_existing(&places)?;
    let house = House::read(&mut *office)?;
    let now = SystemClock::new().now();
    let window = period::window(args.from.as_deref(), args.to.as_deref(), &house.zone, now)?;
    let queue = args.queue.as_deref().map(|key| queue(&house, key)).transpose()?;
    let agent = args.agent.as_deref().map(|login| agent_of(&house, login)).transpose()?;
    let channels = channels(&args.channel)?;
    let facts = facts(&mut *office)?;
    let ids: Vec<FigureId> = match how {
        Some(id) => vec![id],
        None => FigureId::all().filter(|id| fits(*id, args, queue, agent)).collect(),
    };
    if let Some(id) = how.filter(|id| !fits(*id, args, queue, agent)) {
        bail!("{} cannot be told for {}", id.definition().key, whose(args));
    }
    let open_ms = |queue: QueueId, from: At, to: At| house.open_ms(queue, from, to);
    let (asked, lines) = buckets(args, &house, window, queue, agent);
    let parts = parts(&facts, &lines, now, house.rules);
    let bucket = |((name, queue, agent, window), part): (Asked, &Part)| {
        let queues: Vec<QueueId> = queue.into_iter().collect();
        let ask =
            Ask { window, now, queues: &queues, agent, channels: &channels, open_ms: &open_ms, rules: house.rules };
        let figures = ids.iter().map(|id| of_part(*id, part, &ask)).collect();
        Bucket { name, queue, agent, window, figures }
    };
    let buckets = asked.into_iter().zip(&parts).map(bucket).collect();
    print::print(args, &house, buckets, how.is_some())
}

/// Everything that ever happened, as the figures see it.
fn facts(office: &mut dyn Office) -> anyhow::Result<Facts> {
    let mut fold = Fold::new();
    let mut after = 0;
    loop {
        let page = office.events(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(fold.into_facts()) };
        after = last.seq;
        page.iter().for_each(|entered| fold.note(&entered.event));
    }
}

fn known(key: &str) -> anyhow::Result<FigureId> {
    FigureId::from_key(key).with_context(|| {
        let keys: Vec<&str> = TABLE.iter().map(|d| d.key).collect();
        format!("there is no figure {key}; known are {}", keys.join(", "))
    })
}

/// Whether a figure has a meaning for what was asked.
fn fits(id: FigureId, args: &Report, queue: Option<QueueId>, agent: Option<AgentId>) -> bool {
    match id.definition().of {
        Of::Queue => agent.is_none() && args.by != Some(By::Agent),
        Of::Agent => queue.is_none() && args.by != Some(By::Queue) && args.channel.is_empty(),
        Of::Both => true,
    }
}

fn whose(args: &Report) -> &'static str {
    if args.agent.is_some() || args.by == Some(By::Agent) { "one agent" } else { "one queue or channel" }
}

fn queue(house: &House, key: &str) -> anyhow::Result<QueueId> {
    let found = house.queues.iter().find(|q| q.key == key).map(|q| q.id);
    found.with_context(|| {
        let keys: Vec<&str> = house.queues.iter().map(|q| q.key.as_str()).collect();
        format!("there is no queue {key}; known are {}", keys.join(", "))
    })
}

fn agent_of(house: &House, login: &str) -> anyhow::Result<AgentId> {
    let found = house.agents.iter().find(|a| a.login == login).map(|a| a.id);
    found.with_context(|| format!("there is no person {login}; see: cordboard admin user list"))
}

fn channels(words: &[String]) -> anyhow::Result<Vec<Channel>> {
    let read = |word: &String| {
        let all = Channel::ALL.map(Channel::word).join(", ");
        Channel::from_word(word).with_context(|| format!("there is no channel {word}; known are {all}"))
    };
    words.iter().map(read).collect()
}

type Asked = (String, Option<QueueId>, Option<AgentId>, Window);

/// Every line that was asked for, and what tells them apart.
fn buckets(
    args: &Report,
    house: &House,
    window: Window,
    queue: Option<QueueId>,
    agent: Option<AgentId>,
) -> (Vec<Asked>, Lines) {
    let timed = |windows: Vec<(String, Window)>| {
        let lines = Lines::Windows(windows.iter().map(|(_, w)| *w).collect());
        (windows.into_iter().map(|(name, w)| (name, queue, agent, w)).collect(), lines)
    };
    match args.by {
        None => timed(vec![(String::new(), window)]),
        Some(By::Day) => timed(period::days(window, &house.zone).collect()),
        Some(By::Interval) => timed(period::intervals(window, &house.zone).collect()),
        Some(By::Queue) => {
            let wanted: Vec<&Queue> = house.queues.iter().filter(|q| queue.is_none_or(|id| id == q.id)).collect();
            let lines = Lines::Queues(wanted.iter().map(|q| q.id).collect());
            (wanted.into_iter().map(|q| (q.name.clone(), Some(q.id), agent, window)).collect(), lines)
        }
        Some(By::Agent) => {
            let wanted: Vec<&Agent> = house.agents.iter().filter(|a| agent.is_none_or(|id| id == a.id)).collect();
            let lines = Lines::Agents(wanted.iter().map(|a| a.id).collect());
            (wanted.into_iter().map(|a| (a.name.clone(), queue, Some(a.id), window)).collect(), lines)
        }
    }
}
