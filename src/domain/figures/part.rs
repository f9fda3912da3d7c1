//! The facts sorted once into the lines of a report, so that many lines cost no more than what happened in each.
//!
//! A part holds at least what its line needs; what counts is still said by the figures alone. One invariant: a figure
//! of a part is the figure of all facts, wherever it has a meaning ([`super::define::Of`]). It must not know what a
//! figure counts.

use std::collections::BTreeMap;
use std::ops::Range;

use super::facts::{AgentLog, CaseFact, Contact, Facts, Window, is_solved};
use super::repeat::{self, Judged};
use crate::domain::ids::{AgentId, CaseId, QueueId};
use crate::domain::people::Presence;
use crate::domain::tally::{FigureRules, Rating};
use crate::domain::time::At;

/// What one line of a report is made of.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// All there is, to look things up in.
    pub(super) all: &'a Facts,
    pub(super) contacts: Vec<&'a Contact>,
    pub(super) agents: Vec<(AgentId, Log<'a>)>,
    pub(super) cases: Vec<(CaseId, &'a CaseFact)>,
    pub(super) ratings: Vec<&'a Rating>,
    /// Contacts as far as coming back goes.
    pub(super) judged: Vec<Judged<'a>>,
}

/// An [`AgentLog`] cut to a line; what lies outside of it may be left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Log<'a> {
    pub(super) presence: &'a [(At, Presence)],
    pub(super) linked: &'a [(At, bool)],
    pub(super) unanswered: Vec<(At, At)>,
    pub(super) helped: Vec<(At, At)>,
}

impl<'a> Log<'a> {
    fn whole(log: &'a AgentLog) -> Log<'a> {
        let (unanswered, helped) = (log.unanswered.clone(), log.helped.clone());
        Log { presence: &log.presence, linked: &log.linked, unanswered, helped }
    }
}

/// What the lines of a report are.
#[derive(Debug, Clone)]
pub enum Lines {
    /// Stretches of time, in order and without overlap.
    Windows(Vec<Window>),
    /// Queues; what only agents have is not told.
    Queues(Vec<QueueId>),
    /// Agents; what only queues have is not told.
    Agents(Vec<AgentId>),
}

impl<'a> Part<'a> {
    /// All of it. Who came back is not looked into.
    pub(super) fn whole(facts: &'a Facts) -> Part<'a> {
        Part {
            contacts: facts.contacts.values().collect(),
            agents: facts.agents.iter().map(|(id, of)| (*id, Log::whole(of))).collect(),
            cases: facts.cases.iter().map(|(id, case)| (*id, case)).collect(),
            ratings: facts.ratings.iter().collect(),
            ..Part::empty(facts)
        }
    }

    fn empty(facts: &'a Facts) -> Part<'a> {
        Part {
            all: facts,
            contacts: Vec::new(),
            agents: Vec::new(),
            cases: Vec::new(),
            ratings: Vec::new(),
            judged: Vec::new(),
        }
    }
}

/// Sorts the facts into lines, one part each in their order. Facts reach until `now`.
pub fn parts<'a>(facts: &'a Facts, lines: &Lines, now: At, rules: FigureRules) -> Vec<Part<'a>> {
    let places = Places::of(lines);
    let mut parts: Vec<Part> = (0..places.len()).map(|_| Part::empty(facts)).collect();
    for contact in facts.contacts.values() {
        for span in spans(contact, now) {
            for part in &mut parts[places.range(&span)] {
                if part.contacts.last().is_none_or(|last| last.id != contact.id) {
                    part.contacts.push(contact);
                }
            }
        }
    }
    for (id, log) in &facts.agents {
        sort_log(*id, log, &places, &mut parts);
    }
    for (id, case) in &facts.cases {
        let (from, to) = lifetime(case);
        let span = Span { from, to, queue: Some(case.queue), agent: case.assignee };
        parts[places.range(&span)].iter_mut().for_each(|part| part.cases.push((*id, case)));
    }
    for rating in &facts.ratings {
        let span = Span { from: rating.at, to: rating.at, queue: Some(rating.queue), agent: Some(rating.agent) };
        parts[places.range(&span)].iter_mut().for_each(|part| part.ratings.push(rating));
    }
    for judged in repeat::judge(repeat::Rule::DEFAULT, facts, rules) {
        let leg = judged.leg;
        let span = Span { from: judged.ended, to: judged.ended, queue: Some(leg.queue), agent: Some(leg.agent) };
        parts[places.range(&span)].iter_mut().for_each(|part| part.judged.push(judged));
    }
    parts
}

/// When something was, both ends in it, and whose; nobody's is on no line of theirs.
struct Span {
    from: At,
    to: At,
    queue: Option<QueueId>,
    agent: Option<AgentId>,
}

/// Where lines are found.
enum Places<'a> {
    Windows(&'a [Window]),
    Queues(BTreeMap<QueueId, usize>),
    Agents(BTreeMap<AgentId, usize>),
}

impl Places<'_> {
    fn of(lines: &Lines) -> Places<'_> {
        match lines {
            Lines::Windows(windows) => Places::Windows(windows),
            Lines::Queues(ids) => Places::Queues(ids.iter().copied().zip(0..).collect()),
            Lines::Agents(ids) => Places::Agents(ids.iter().copied().zip(0..).collect()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Places::Windows(windows) => windows.len(),
            Places::Queues(ids) => ids.len(),
            Places::Agents(ids) => ids.len(),
        }
    }

    /// The lines it belongs to.
    fn range(&self, span: &Span) -> Range<usize> {
        let one = |place: Option<&usize>| place.map_or(0..0, |n| *n..*n + 1);
        match self {
            Places::Windows(windows) => {
                let first = windows.partition_point(|w| w.to < span.from);
                first..windows.partition_point(|w| w.from <= span.to).max(first)
            }
            Places::Queues(ids) => one(span.queue.and_then(|id| ids.get(&id))),
            Places::Agents(ids) => one(span.agent.and_then(|id| ids.get(&id))),
        }
    }
}

/// All a contact was: its waits, its legs with their ringing, and whom it rings at now.
fn spans(contact: &Contact, now: At) -> impl Iterator<Item = Span> {
    let waits = contact.visits.iter().map(|v| Span {
        from: v.entered,
        to: v.settled.map_or(At(i64::MAX), |(at, _)| at),
        queue: Some(v.queue),
        agent: None,
    });
    let legs = contact.legs.iter().map(move |l| Span {
        from: l.rung.map_or(l.began, |rung| rung.min(l.began)),
        to: l.ended.unwrap_or(now),
        queue: Some(l.queue),
        agent: Some(l.agent),
    });
    let asked = contact.asked.map(|(agent, since, _)| (agent, since));
    let rings = contact.ringing.into_iter().chain(asked);
    let rings = rings.map(move |(agent, from)| Span { from, to: now, queue: None, agent: Some(agent) });
    waits.chain(legs).chain(rings)
}

/// From when a case was there until nothing about it changes any more; one that is open has no end.
fn lifetime(case: &CaseFact) -> (At, At) {
    let from = case.status.first().map_or(case.created, |(at, _)| case.created.min(*at));
    let merged = case.merged.last();
    let over = case.status.last().is_none_or(|(_, s)| is_solved(*s)) || merged.is_some_and(|(_, merged)| *merged);
    let changes = [case.first_reply, case.status.last().map(|(at, _)| *at), merged.map(|(at, _)| *at)];
    let last = changes.into_iter().flatten().fold(from, At::max);
    (from, if over { last } else { At(i64::MAX) })
}

fn sort_log<'a>(agent: AgentId, log: &'a AgentLog, places: &Places, parts: &mut [Part<'a>]) {
    match places {
        Places::Windows(windows) => {
            let logs = windows.iter().map(|w| Log {
                presence: within(&log.presence, *w),
                linked: within(&log.linked, *w),
                ..Log::default()
            });
            parts.iter_mut().zip(logs).for_each(|(part, log)| part.agents.push((agent, log)));
            let own = |part: &mut Part<'a>, edit: &dyn Fn(&mut Log)| {
                if let Some((_, log)) = part.agents.last_mut() {
                    edit(log);
                }
            };
            let range = |(from, to): (At, At)| places.range(&Span { from, to, queue: None, agent: Some(agent) });
            for rang in &log.unanswered {
                parts[range(*rang)].iter_mut().for_each(|part| own(part, &|log| log.unanswered.push(*rang)));
            }
            for helped in &log.helped {
                parts[range(*helped)].iter_mut().for_each(|part| own(part, &|log| log.helped.push(*helped)));
            }
        }
        Places::Queues(_) => {}
        Places::Agents(ids) => {
            if let Some(part) = ids.get(&agent).and_then(|n| parts.get_mut(*n)) {
                part.agents.push((agent, Log::whole(log)));
            }
        }
    }
}

/// What a log says in a window, what held when it began included.
fn within<T>(log: &[(At, T)], window: Window) -> &[(At, T)] {
    let first = log.partition_point(|(at, _)| *at <= window.from).saturating_sub(1);
    &log[first..log.partition_point(|(at, _)| *at < window.to).max(first)]
}
