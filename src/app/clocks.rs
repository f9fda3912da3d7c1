//! Service clocks as the desk shows them: the one that presses, in a few words.
//!
//! What is left is counted from the beginning of the current minute, so that it changes together with the time of day
//! and a calm desk sleeps in between.

use super::model::Model;
use super::words;
use crate::domain::named;
use crate::domain::sla::Promise;
use crate::domain::sla::clock::{Clock, Standing};
use crate::domain::time::{At, MINUTE};
use crate::domain::work::Case;

/// The clock of a case that presses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// What is promised.
    pub promise: Promise,
    /// How it stands.
    pub standing: Standing,
    /// Time to the due time, or past it: `12m`, `1h05`; empty while it rests.
    pub left: String,
}

/// The clock of a case that presses, if one runs.
pub fn face(case: &Case, server: At) -> Option<Face> {
    let clock = case.sla.pressing()?;
    let minute = At(server.0 - server.0.rem_euclid(MINUTE));
    let standing = clock.standing_at(server);
    let left = match (standing, clock.breached.or(clock.due)) {
        (Standing::Paused, _) | (_, None) => String::new(),
        (Standing::Breached, Some(missed)) => words::short(server.since(missed)),
        (_, Some(due)) => words::short(due.since(minute)),
    };
    Some(Face { promise: clock.promise, standing, left })
}

/// A first answer that is due at an instant ahead.
pub fn running(due: At, server: At) -> Option<Face> {
    let minute = At(server.0 - server.0.rem_euclid(MINUTE));
    let left = words::short(due.since(minute));
    (due > server && left != words::now()).then_some(Face {
        promise: Promise::First,
        standing: Standing::Running,
        left,
    })
}

impl Face {
    /// In words, for where there is room: `first response in 12m`, `late: resolution by 1h05`.
    pub fn words(&self) -> String {
        let what = named::promised(self.promise);
        let now = self.left == words::now();
        match self.standing {
            Standing::Breached if now => t!("late: {what}", what),
            Standing::Breached => t!("late: {what} by {left}", what, left = self.left),
            Standing::AtRisk if now => t!("at risk: {what} due now", what),
            Standing::AtRisk => t!("at risk: {what} in {left}", what, left = self.left),
            Standing::Paused => t!("{what} paused", what),
            _ if self.left.is_empty() => t!("{what} never due", what),
            _ if now => t!("{what} due now", what),
            _ => t!("{what} in {left}", what, left = self.left),
        }
    }

    /// In short, for a row: `12m`, `late`, `-1h05` past the due time.
    pub fn short(&self) -> String {
        match self.standing {
            Standing::Breached if self.left == words::now() => t!("late").to_owned(),
            Standing::Breached => format!("-{}", self.left),
            Standing::Paused => t!("paused").to_owned(),
            _ => self.left.clone(),
        }
    }
}

/// When the row of a case belongs among others: the due time of its clock that runs.
pub fn due(model: &Model, case: crate::domain::ids::CaseId) -> At {
    let clock = model.view().case(case).and_then(|c| c.sla.pressing());
    clock.filter(|c| c.paused.is_none()).and_then(|c| c.breached.or(c.due)).unwrap_or(At(i64::MAX))
}

/// How many of my contacts have a clock at risk, and how many a late one.
pub fn attention(model: &Model, server: At) -> (usize, usize) {
    let view = model.view();
    let Some(me) = model.me() else { return (0, 0) };
    let cases: std::collections::BTreeSet<_> = view.held(me).map(|i| i.case).collect();
    let standings = cases.into_iter().filter_map(|c| Some(view.case(c)?.sla.pressing()?.standing_at(server)));
    standings.fold((0, 0), |(risk, late), standing| match standing {
        Standing::AtRisk => (risk + 1, late),
        Standing::Breached => (risk, late + 1),
        _ => (risk, late),
    })
}

/// When a clock turns by time alone, if that is ahead: a desk without a link tells it by its own clock.
pub fn turns(clock: &Clock, server: At) -> Option<At> {
    clock.alarm().filter(|at| *at > server).or_else(|| {
        let due = clock.due.map(|due| due.plus(1));
        due.filter(|at| *at > server && clock.alarm().is_some())
    })
}
