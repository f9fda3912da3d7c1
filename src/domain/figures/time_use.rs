//! Agents' time: how much of what they could give was taken, and how much they could give.

use super::define::FigureId;
use super::facts::{AgentLog, Facts, Leg};
use super::figure::{Ask, Behind};
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

pub(super) fn figure(id: FigureId, facts: &Facts, ask: &Ask) -> (Value, Vec<Behind>) {
    let past = ask.past();
    let mut sum = Spent::default();
    let mut rows = Vec::new();
    let empty = AgentLog::default();
    let mut agents: Vec<AgentId> = facts.agents.keys().copied().collect();
    agents.extend(facts.contacts.values().flat_map(|c| c.legs.iter().map(|l| l.agent)));
    agents.sort_unstable();
    agents.dedup();
    for agent in agents.into_iter().filter(|a| ask.agent(*a)) {
        let legs = facts.contacts.values().flat_map(|c| c.legs.iter().map(move |l| (c, l)));
        let legs: Vec<_> = legs.filter(|(_, l)| l.agent == agent).collect();
        let rings = facts.contacts.values().filter_map(|c| c.ringing).filter(|(to, _)| *to == agent);
        let asked = facts.contacts.values().filter_map(|c| c.asked).filter(|(with, ..)| *with == agent);
        let (helping, called): (Vec<_>, Vec<_>) = asked.partition(|(.., there)| *there);
        let rings = rings.chain(called.into_iter().map(|(with, since, _)| (with, since)));
        let rings = rings.map(|(_, since)| (since, ask.now));
        let helping = helping.into_iter().map(|(_, since, _)| (since, ask.now));
        let log = facts.agents.get(&agent).unwrap_or(&empty);
        let own: Vec<&Leg> = legs.iter().map(|(_, l)| *l).collect();
        let spent = spent(log, &own, rings, helping, ask);
        sum.work += spent.work;
        sum.ringing += spent.ringing;
        sum.ready += spent.ready;
        sum.signed_in += spent.signed_in;
        for (contact, leg) in legs {
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

fn spent(
    log: &AgentLog,
    legs: &[&Leg],
    rings: impl Iterator<Item = (At, At)>,
    helping: impl Iterator<Item = (At, At)>,
    ask: &Ask,
) -> Spent {
    let past = ask.past();
    let now = ask.now;
    let own = legs.iter().map(|l| (l.began, l.ended.unwrap_or(now)));
    let work = Spans::union(past, own.chain(log.helped.iter().copied()).chain(helping));
    let answered = legs.iter().filter_map(|l| Some((l.rung?, l.began)));
    let ringing = Spans::union(past, log.unanswered.iter().copied().chain(answered).chain(rings)).without(&work);
    let busy = work.and(&ringing);
    let unlinked = Spans::union(past, while_so(&log.linked, now, |linked| !linked));
    let ready = Spans::union(past, while_so(&log.presence, now, |p| *p == Presence::Ready));
    let there = Spans::union(past, while_so(&log.presence, now, |p| *p != Presence::Offline));
    Spent {
        work: work.ms(),
        ringing: ringing.ms(),
        ready: ready.without(&unlinked).without(&busy).ms(),
        signed_in: there.without(&unlinked).and(&busy).ms(),
    }
}
