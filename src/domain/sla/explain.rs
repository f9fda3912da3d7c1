//! A case's clocks in sentences: which clock, by which policy, why it rests, when it is due, what would be late next.

use super::Promise;
use super::clock::{Clock, Standing};
use super::words::span;
use crate::domain::calendar::Calendar;
use crate::domain::named;
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::{Case, Status};

/// One clock, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What is promised.
    pub promise: Promise,
    /// How it stands.
    pub standing: Standing,
    /// Sentences.
    pub words: Vec<String>,
}

/// Every clock of a case, the pressing ones first, and what comes next. `shown` writes an instant as the reader sees
/// times.
pub fn explain(state: &State, case: &Case, now: At, shown: &dyn Fn(At) -> String) -> (Vec<Explained>, String) {
    let mut clocks: Vec<&Clock> = case.sla.clocks.iter().collect();
    clocks.sort_by_key(|c| (c.ended.is_some(), c.paused.is_some(), c.due.unwrap_or(At(i64::MAX)), c.promise));
    let explained = clocks.into_iter().map(|clock| Explained {
        promise: clock.promise,
        standing: clock.standing_at(now),
        words: sentences(state, case, clock, now, shown),
    });
    (explained.collect(), next(state, case, now, shown))
}

fn calendar_of<'s>(state: &'s State, clock: &Clock) -> Option<&'s Calendar> {
    state.policy(clock.policy).and_then(|p| p.calendar).and_then(|id| state.calendar(id))
}

fn sentences(state: &State, case: &Case, clock: &Clock, now: At, shown: &dyn Fn(At) -> String) -> Vec<String> {
    let always = Calendar::always();
    let named = calendar_of(state, clock);
    let calendar = named.unwrap_or(&always);
    let target = i64::from(clock.target_s) * 1_000;
    let left = target - clock.elapsed_ms(calendar, now);
    let policy = state.policy(clock.policy).map_or(t!("a policy that is gone"), |p| p.name.as_str());
    let hours = match named {
        Some(calendar) => t!(" of open time ({name})", name = calendar.name),
        None => t!(", around the clock").to_owned(),
    };
    let priority = named::priority(case.priority);
    let mut words = vec![t!(
        "Promised within {span}{hours}, by the policy {policy} for priority {priority}; counted from {time}.",
        span = span(target),
        hours,
        policy,
        priority,
        time = shown(clock.started)
    )];
    let due = clock.due.map_or_else(|| t!("never: the calendar does not open").to_owned(), shown);
    let why = rest(case.status);
    match clock.standing_at(now) {
        Standing::Running => words.push(t!("Due {due}; {span} left.", due, span = span(left))),
        Standing::AtRisk => {
            words.push(t!("At risk: due {due}; {span} left.", due, span = span(left)));
        }
        Standing::Breached => {
            let missed = clock.breached.or(clock.due).map(shown).unwrap_or_default();
            words.push(t!("Late since {missed}: {span} over. It counts until it is kept.", missed, span = span(-left)));
            if let Some(at) = clock.paused {
                words.push(t!("Paused since {at} {why}; it stays late.", at = shown(at), why));
            }
        }
        Standing::Paused => {
            let at = clock.paused.map(shown).unwrap_or_default();
            words.push(t!(
                "Paused since {at} {why}; {span} left. A word from the customer starts it again.",
                at,
                why,
                span = span(left)
            ));
        }
        Standing::Met => {
            let at = clock.ended.map(|(at, _)| shown(at)).unwrap_or_default();
            words.push(t!("Kept {at}, with {span} to spare.", at, span = span(left)));
        }
        Standing::MetLate => {
            let at = clock.ended.map(|(at, _)| shown(at)).unwrap_or_default();
            let missed = clock.breached.map(shown).unwrap_or_default();
            words.push(t!("Kept {at}, too late: it was due {missed}.", at, missed));
        }
        Standing::Cancelled => {
            let at = clock.ended.map(|(at, _)| shown(at)).unwrap_or_default();
            words.push(t!("Cancelled {at}: nothing is promised here any more.", at));
        }
    }
    let rested: i64 = clock.rests.iter().map(|(a, b)| b.since(*a)).sum();
    if rested > 0 {
        let times = tn!(clock.rests.len(), "once", "{n} times");
        words.push(t!("It was paused {times}, {span} in all.", times, span = span(rested)));
    }
    words
}

/// Why a clock rests.
fn rest(status: Status) -> String {
    t!("because the case is {word}", word = named::status(status))
}

/// What would be late next, or why nothing would.
fn next(state: &State, case: &Case, now: At, shown: &dyn Fn(At) -> String) -> String {
    let ahead = |c: &&Clock| c.paused.is_none() && c.due.is_some_and(|due| due >= now);
    match case.sla.open().filter(ahead).min_by_key(|c| c.due) {
        Some(clock) => {
            let due = clock.due.map(shown).unwrap_or_default();
            t!("Next to be late: {promise}, after {due}.", promise = named::promised(clock.promise), due)
        }
        None if case.sla.open().any(|c| c.breached.is_some() || c.due.is_some_and(|due| due < now)) => {
            t!("Nothing else can become late; what is late counts on.").to_owned()
        }
        None if case.sla.open().next().is_some() => {
            t!("Nothing can become late while it is paused or closed.").to_owned()
        }
        None if case.sla.clocks.is_empty() && state.policies().all(|p| !p.active) => {
            t!("No clock runs: the firm has no service policy.").to_owned()
        }
        None if case.sla.clocks.is_empty() => {
            t!("No clock runs: no policy promises anything for this case.").to_owned()
        }
        None => t!("No clock runs: everything promised was kept or has ended.").to_owned(),
    }
}
