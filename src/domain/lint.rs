//! Settings that stand but will not do what they look like: each look is a pure function, and [`LINTS`] is all of them.
//!
//! What can never be meant is refused when it is set ([`super::decide`]); here is what may be meant, or shows only in
//! the whole. To add a look, write a function and name it in the list.

use super::routing::lint as routing;
use super::sla::policy;
use super::state::State;
use super::time::{At, DAY};
use super::wrap_up;

/// Something odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where: `policy vip`.
    pub place: String,
    /// What is odd and what to do.
    pub because: String,
}

/// A look at the configuration.
pub type Lint = fn(&State, At) -> Vec<Warning>;

/// Every look there is, in the order in which they are told.
pub const LINTS: &[Lint] = &[
    queues,
    wrap_ups,
    policies_that_never_match,
    policies_that_never_count,
    calendars_that_never_open,
    labels,
    checklists,
    stocks,
];

/// A calendar that does not open within this many days is odd.
const DAYS: i64 = 14;

fn warning(place: String, because: String) -> Warning {
    Warning { place, because }
}

/// Queues nobody can serve, overflow in a circle, rings that never open.
fn queues(state: &State, _: At) -> Vec<Warning> {
    let named = |(id, field, because): (_, &str, String)| {
        let key = state.queue(id).map_or_else(|| format!("{id}"), |q| q.key.clone());
        warning(format!("queue {key}, {field}"), because)
    };
    routing::lints(state).into_iter().map(named).collect()
}

/// Reasons that cannot be told apart, outcomes a queue does not allow.
fn wrap_ups(state: &State, _: At) -> Vec<Warning> {
    wrap_up::lint::lints(state).into_iter().map(|(place, because)| warning(place, because)).collect()
}

/// Macros that name what is not there.
fn stocks(state: &State, _: At) -> Vec<Warning> {
    super::stock::steps::lints(state).into_iter().map(|(place, because)| warning(place, because)).collect()
}

/// Labels that cannot be told apart, or say another status.
fn labels(state: &State, _: At) -> Vec<Warning> {
    super::label::lints(state).into_iter().map(|(place, because)| warning(place, because)).collect()
}

/// Checklists that are on no case, or insist on nothing.
fn checklists(state: &State, _: At) -> Vec<Warning> {
    super::checklist::lints(state).into_iter().map(|(place, because)| warning(place, because)).collect()
}

/// A policy behind one that takes everything it is for.
fn policies_that_never_match(state: &State, _: At) -> Vec<Warning> {
    let order = policy::in_order(state);
    let mut found = Vec::new();
    for (n, later) in order.iter().enumerate() {
        if let Some(first) = order[..n].iter().find(|earlier| earlier.when.covers(&later.when)) {
            let because = format!("it never holds: {} comes before it and fits every case it is for", first.key);
            found.push(warning(format!("policy {}", later.key), because));
        }
    }
    found
}

/// A policy for queues that are closed for good, or for channels that none of its queues takes.
fn policies_that_never_count(state: &State, _: At) -> Vec<Warning> {
    let mut found = Vec::new();
    for policy in policy::in_order(state) {
        let chosen = |q: &&super::work::Queue| policy.when.queues.is_empty() || policy.when.queues.contains(&q.id);
        let queues: Vec<_> = state.queues().filter(|q| q.active).filter(chosen).collect();
        let place = || format!("policy {}", policy.key);
        if queues.is_empty() && !policy.when.queues.is_empty() {
            found.push(warning(place(), "its queues are closed for good; give it others or retire it".into()));
        } else if !policy.when.channels.is_empty()
            && !queues.iter().any(|q| q.channels.iter().any(|c| policy.when.channels.contains(c)))
        {
            found.push(warning(place(), "no queue it is for takes any of its channels".into()));
        }
    }
    found
}

/// A calendar in use that does not open in the next two weeks.
fn calendars_that_never_open(state: &State, now: At) -> Vec<Warning> {
    let used = |id| {
        state.queues().any(|q| q.active && q.calendar == Some(id))
            || state.policies().any(|p| p.active && p.calendar == Some(id))
    };
    let shut = state.calendars().filter(|c| used(c.id) && c.spans(now, now.plus(DAYS * DAY)).next().is_none());
    let because = |c: &super::calendar::Calendar| match c.next_opening(now) {
        Some(at) => format!("it does not open within {DAYS} days; it opens next at {}", at.to_rfc3339()),
        None => "it never opens again".to_owned(),
    };
    shut.map(|c| warning(format!("calendar {}", c.key), because(c))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::{Calendar, Timetable, words};
    use crate::domain::decide::tests::{TECH, firm};
    use crate::domain::ids::{CalendarId, PolicyId};
    use crate::domain::sla::Promise;
    use crate::domain::sla::policy::{Fits, Policy};
    use crate::domain::work::{Channel, Priority};

    fn policy(id: u64, key: &str, when: Fits) -> Policy {
        Policy {
            id: PolicyId(id),
            key: key.into(),
            name: key.into(),
            rank: id as u32,
            when,
            calendar: Some(CalendarId(1)),
            targets: [(Promise::First, [(Priority::Normal, 60)].into())].into(),
            reopens: false,
            pauses: vec![],
            warn_pct: 75,
            warn_left_s: 900,
            active: true,
        }
    }

    fn told(state: &State) -> Vec<String> {
        let now = At::from_rfc3339("2025-12-20T12:00:00Z").expect("a time");
        LINTS.iter().flat_map(|lint| lint(state, now)).map(|w| format!("{}: {}", w.place, w.because)).collect()
    }

    #[test]
    fn what_is_odd_is_told_with_its_place() {
        let mut state = firm();
        let windows = words::windows("sat 09:00-10:00").expect("hours");
        let mut timetable = Timetable { windows, ..Timetable::default() };
        let saturdays = Calendar { id: CalendarId(1), ..Calendar::new("saturdays", timetable.clone()) };
        state.load(saturdays.into());
        state.load(policy(1, "tech", Fits { queues: vec![TECH], ..Fits::default() }).into());
        state.load(policy(2, "german", Fits { languages: vec!["de".into()], ..Fits::default() }).into());
        state.load(policy(3, "rest", Fits::default()).into());
        assert_eq!(told(&state), Vec::<String>::new(), "a sensible firm");
        let covered = Fits { queues: vec![TECH], tags: vec!["vip".into()], ..Fits::default() };
        state.load(policy(4, "vip", covered).into());
        let austria = Fits { languages: vec!["de-AT".into()], ..Fits::default() };
        state.load(Policy { rank: 2, ..policy(5, "austria", austria) }.into());
        let closed = Fits { channels: vec![Channel::Voice], ..Fits::default() };
        state.load(Policy { rank: 0, ..policy(6, "phone", closed) }.into());
        for key in [1, 2] {
            let mut queue = state.queue(crate::domain::ids::QueueId(key)).cloned().expect("is there");
            queue.channels = vec![Channel::Chat];
            state.load(queue.into());
        }
        timetable.holidays =
            ["2025-12-20", "2025-12-27", "2026-01-03"].map(|d| words::holiday(d).expect("a day")).to_vec();
        state.load(Calendar { id: CalendarId(1), ..Calendar::new("saturdays", timetable) }.into());
        assert_eq!(
            told(&state),
            [
                "policy austria: it never holds: german comes before it and fits every case it is for",
                "policy vip: it never holds: tech comes before it and fits every case it is for",
                "policy phone: no queue it is for takes any of its channels",
                "calendar saturdays: it does not open within 14 days; it opens next at 2026-01-10T09:00:00.000Z",
            ]
        );
    }
}
