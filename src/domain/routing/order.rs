//! The line: who is before whom, as a total order of integers.
//!
//! Strict class, then score, then arrival, then number. Within one queue, channel and priority everyone is in
//! order of arrival whatever the ageing, so the state keeps those lines and only their heads are compared.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, btree_set};

use crate::domain::command::Command;
use crate::domain::ids::{InteractionId, QueueId};
use crate::domain::state::State;
use crate::domain::time::{At, MINUTE, SECOND};
use crate::domain::work::{Channel, Interaction, Place, Priority, Queue};

/// What those share who wait in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class {
    /// Where.
    pub queue: QueueId,
    /// How they came.
    pub channel: Channel,
    /// Their order of need.
    pub priority: Priority,
    /// Nothing sets one of them apart: nobody let it pass, it waits for no one, overflowed nowhere.
    pub plain: bool,
}

impl Class {
    /// The class of an interaction.
    pub fn of(i: &Interaction) -> Class {
        let plain = i.passed.is_empty() && i.place == Place::default() && i.min_role <= super::pick::LEAST_ROLE;
        Class { queue: i.queue, channel: i.channel, priority: i.priority, plain }
    }
}

/// A place in line; less is earlier.
pub type Key = (Reverse<u8>, Reverse<i64>, At, InteractionId);

/// Waiting score, ms: time in the queue, up to the queue's cap, and one minute per priority point.
pub fn score(queue: Option<&Queue>, i: &Interaction, now: At) -> i64 {
    let waited = now.since(i.enqueued);
    let (points, cap) = queue.map_or((0, 0), |q| (i64::from(q.rules.points), q.rules.age_cap_s));
    let aged = if cap == 0 { waited } else { waited.min(i64::from(cap) * SECOND) };
    aged + (i.priority.points() + points) * MINUTE
}

/// The place in line of one interaction.
pub fn key(state: &State, i: &Interaction, now: At) -> Key {
    let queue = state.queue(i.queue);
    (Reverse(queue.map_or(0, |q| q.rules.class)), Reverse(score(queue, i, now)), i.enqueued, i.id)
}

/// Everyone who waits, first in line first, looked up only as far as asked.
pub struct Walk<'a> {
    state: &'a State,
    now: At,
    lines: Vec<(Class, btree_set::Iter<'a, (At, InteractionId)>)>,
    heads: BinaryHeap<Reverse<(Key, usize)>>,
    last: Option<usize>,
}

impl<'a> Walk<'a> {
    /// Stands before the first one.
    pub fn new(state: &'a State, now: At) -> Walk<'a> {
        let lines: Vec<_> = state.lines().map(|(class, line)| (*class, line.iter())).collect();
        let mut walk = Walk { state, now, heads: BinaryHeap::with_capacity(lines.len()), lines, last: None };
        for n in 0..walk.lines.len() {
            walk.advance(n);
        }
        walk
    }

    /// Leaves out the rest of the class that [`Iterator::next`] named last.
    pub fn skip_class(&mut self) {
        self.last = None;
    }

    fn advance(&mut self, n: usize) {
        let next = self.lines.get_mut(n).and_then(|(_, line)| line.next());
        if let Some(i) = next.and_then(|(_, id)| self.state.interaction(*id)) {
            self.heads.push(Reverse((key(self.state, i, self.now), n)));
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = (Class, InteractionId);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(n) = self.last.take() {
            self.advance(n);
        }
        let Reverse(((.., id), n)) = self.heads.pop()?;
        self.last = Some(n);
        Some((self.lines[n].0, id))
    }
}

/// Waiting interactions in the order a free agent gets them.
pub fn waiting_order(state: &State, now: At) -> Vec<InteractionId> {
    Walk::new(state, now).map(|(_, id)| id).collect()
}

/// Order of commands within one instant (operations 2.2): customers 0, timers 1, agents 2, router 3.
pub fn rank(command: &Command) -> u8 {
    match command {
        Command::OpenInteraction { .. }
        | Command::AppendMessage { .. }
        | Command::EndInteraction { .. }
        | Command::ReportUndelivered { .. }
        | Command::Triage(_) => 0,
        Command::ExpireOffer { .. }
        | Command::WakeCase { .. }
        | Command::CheckClocks { .. }
        | Command::RequeueLost { .. }
        | Command::Overflow { .. }
        | Command::TellLead { .. } => 1,
        Command::Offer { .. } => 3,
        _ => 2,
    }
}

/// How long someone at this place, from 1, waits for an answer: place times handling time over the agents there, ms.
/// `None` when nobody is there or nothing is known.
pub fn expected_wait(place: usize, handle_ms: i64, staffed: usize) -> Option<i64> {
    (staffed > 0 && handle_ms > 0).then(|| place as i64 * handle_ms / staffed as i64)
}

/// An expected wait as it is told: a range of a quarter either way, in whole minutes as ms.
pub fn told_wait(middle: i64) -> (i64, i64) {
    let least = (middle * 3 / 4) / MINUTE * MINUTE;
    let most = (middle * 5 / 4 + MINUTE - 1) / MINUTE * MINUTE;
    (least, most.max(MINUTE))
}
