//! Agents' time: how much of what they could give was taken, and how much they could give.

use std::collections::BTreeMap;

use super::define::FigureId;
use super::facts::{Contact, Leg};
use super::figure::{Ask, Behind};
use super::part::{Log, Part};
use super::ratio::Value;
use super::spans::{Spans, while_so};
use crate::domain::ids::AgentId;
use crate::domain::people::Presence;
use crate::domain::time::At;

/// How an agent's window was spent, ms. A moment counts once: work before ringing before readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spent {
    /// In at least one leg, or helping a colleague with theirs.
    work: i64,
    /// An offer rang, and no leg ran.
    ringing: i64,
    /// Ready with a link, and neither.
    ready: i64,
    /// Signed in, with a link or at work.
    signed_in: i64,
}

pub(super) fn figure(id: FigureId, part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    let past = ask.past();
    let mut sum = Spent::default();
    let mut rows = Vec::new();
    for (agent, own) in by_agent(part, ask) {
        let spent = spent(&own, ask);
        sum.work += spent.work;
        sum.ringing += spent.ringing;
        sum.ready += spent.ready;
        sum.signed_in += spent.signed_in;
        for (contact, leg) in own.legs {
            let part = past.clip(leg.began, leg.ended.unwrap_or(ask.now));
            if part.from < part.to {
                rows.push(Behind {
                    case: contact.case,
                    interaction: Some(contact.id),
                    agent: Some(agent),
                    at: part.from,
                    amount: part.ms(),
                });
            }
        }
    }
    let Spent { work, ringing, ready, signed_in } = sum;
    let value = match id {
        FigureId::Occupancy => Value::of(work + ringing, work + ringing + ready),
        FigureId::OccupancyRingIdle => Value::of(work, work + ringing + ready),
        FigureId::OccupancyNoRing => Value::of(work, work + ready),
        _ => Value::of(work + ringing + ready, signed_in),
    };
    (value, rows)
}

/// One agent's own.
#[derive(Default)]
struct Own<'a> {
    log: Log<'a>,
    legs: Vec<(&'a Contact, &'a Leg)>,
    /// What rings at them now, and since when.
    rings: Vec<At>,
    /// Colleagues they are helping now.
    helping: Vec<At>,
}

fn by_agent<'a>(part: &Part<'a>, ask: &Ask) -> BTreeMap<AgentId, Own<'a>> {
    let logs = part.agents.iter().filter(|(id, _)| ask.agent(*id));
    let mut all: BTreeMap<AgentId, Own> =
        logs.map(|(id, log)| (*id, Own { log: log.clone(), ..Own::default() })).collect();
    for contact in part.contacts.iter().copied() {
        for leg in contact.legs.iter().filter(|l| ask.agent(l.agent)) {
            all.entry(leg.agent).or_default().legs.push((contact, leg));
        }
        for (agent, since) in contact.ringing.into_iter().filter(|(to, _)| ask.agent(*to)) {
            all.entry(agent).or_default().rings.push(since);
        }
        for (agent, since, there) in contact.asked.into_iter().filter(|(with, ..)| ask.agent(*with)) {
            let own = all.entry(agent).or_default();
            if there { own.helping.push(since) } else { own.rings.push(since) }
        }
    }
    all
}

fn spent(own: &Own, ask: &Ask) -> Spent {
    let past = ask.past();
    let now = ask.now;
    let Own { log, legs, rings, helping } = own;
    let until_now = |since: &At| (*since, now);
    let taken = legs.iter().map(|(_, l)| (l.began, l.ended.unwrap_or(now)));
    let work = taken.chain(log.helped.iter().copied()).chain(helping.iter().map(until_now));
    let work = Spans::union(past, work);
    let answered = legs.iter().filter_map(|(_, l)| Some((l.rung?, l.began)));
    let ringing = log.unanswered.iter().copied().chain(answered).chain(rings.iter().map(until_now));
    let ringing = Spans::union(past, ringing).without(&work);
    let busy = work.and(&ringing);
    let unlinked = Spans::union(past, while_so(log.linked, now, |linked| !linked));
    let ready = Spans::union(past, while_so(log.presence, now, |p| *p == Presence::Ready));
    let there = Spans::union(past, while_so(log.presence, now, |p| *p != Presence::Offline));
    Spent {
        work: work.ms(),
        ringing: ringing.ms(),
        ready: ready.without(&unlinked).without(&busy).ms(),
        signed_in: there.without(&unlinked).and(&busy).ms(),
    }
}
