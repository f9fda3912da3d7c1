//! Legs of agents: handle time and its parts, transfers, chats at once.

use super::define::FigureId;
use super::facts::{Contact, Leg};
use super::figure::{Ask, Behind};
use super::part::Part;
use super::ratio::Value;
use super::spans::Spans;
use crate::domain::time::At;
use crate::domain::work::{Channel, LegEnd};

type Of<'a> = (&'a Contact, &'a Leg);

pub(super) fn figure(id: FigureId, part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    use FigureId as F;
    match id {
        F::Workload => return workload(part, ask),
        F::Concurrency | F::ChatBusy => return chats(id, part, ask),
        F::AhtContact => return per_contact(part, ask),
        _ => {}
    }
    let legs = legs(part, ask).filter(|(_, l)| l.ended.is_some_and(|at| ask.window.holds(at)));
    let legs: Vec<Of> = legs.filter(|(_, l)| id != F::HoldHeld || l.hold_ms > 0).collect();
    let amount = |l: &Leg| match id {
        F::Talk => l.talk_ms,
        F::Hold | F::HoldHeld => l.hold_ms,
        F::Acw => l.wrap_ms,
        F::TransferRate => i64::from(l.end.is_some_and(LegEnd::is_transfer)),
        _ => l.handle_ms(),
    };
    let rows: Vec<Behind> = legs.iter().map(|(c, l)| behind(c, l, l.ended.unwrap_or(l.began), amount(l))).collect();
    let n = rows.len() as i64;
    match id {
        F::Handled => (Value::whole(n), rows),
        _ => (Value::of(rows.iter().map(|r| r.amount).sum(), n), rows),
    }
}

fn legs<'a>(part: &'a Part, ask: &'a Ask) -> impl Iterator<Item = Of<'a>> {
    let all = part.contacts.iter().copied().flat_map(|c| c.legs.iter().map(move |l| (c, l)));
    all.filter(|(_, l)| ask.leg(l))
}

fn behind(contact: &Contact, leg: &Leg, at: At, amount: i64) -> Behind {
    Behind { case: contact.case, interaction: Some(contact.id), agent: Some(leg.agent), at, amount }
}

/// Contacts that were over in the window, with the work of all their agents; they are an agent's or a queue's if
/// their last leg is.
fn per_contact(part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    let over = part.contacts.iter().copied().filter_map(|c| Some((c, c.legs.last()?, c.handled()?)));
    let rows: Vec<Behind> = over
        .filter(|(_, last, at)| ask.leg(last) && ask.window.holds(*at))
        .map(|(c, last, at)| behind(c, last, at, c.handle_ms()))
        .collect();
    (Value::of(rows.iter().map(|r| r.amount).sum(), rows.len() as i64), rows)
}

/// The part of each leg within the window.
fn within<'a>(part: &'a Part, ask: &'a Ask) -> impl Iterator<Item = (Of<'a>, (At, At))> {
    let past = ask.past();
    legs(part, ask).filter_map(move |(c, l)| {
        let part = past.clip(l.began, l.ended.unwrap_or(ask.now));
        (part.from < part.to).then_some(((c, l), (part.from, part.to)))
    })
}

fn workload(part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    let rows: Vec<Behind> = within(part, ask).map(|((c, l), (from, to))| behind(c, l, from, to.since(from))).collect();
    (Value::whole(rows.iter().map(|r| r.amount).sum()), rows)
}

/// Elapsed time of chats against the time their agents spent on any.
fn chats(id: FigureId, part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    let mut by_agent = std::collections::BTreeMap::<_, Vec<(At, At)>>::new();
    let mut rows = Vec::new();
    for ((c, l), (from, to)) in within(part, ask).filter(|((_, l), _)| l.channel == Channel::Chat) {
        by_agent.entry(l.agent).or_default().push((from, to));
        rows.push(behind(c, l, from, to.since(from)));
    }
    let busy: i64 = by_agent.into_values().map(|spans| Spans::union(ask.past(), spans).ms()).sum();
    let elapsed = rows.iter().map(|r| r.amount).sum();
    let value = match id {
        FigureId::Concurrency => Value::of(elapsed, busy),
        _ => Value::of(busy, rows.len() as i64),
    };
    (value, rows)
}
