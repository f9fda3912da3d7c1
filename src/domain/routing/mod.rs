//! Which interaction goes to whom, and what time alone brings about.
//!
//! Integers and total orders only, and no clock: the same state and `now` give the same commands everywhere.
//! Rules are those of operations 2.2. Start at [`due`]; the line is in [`order`], the choice of an agent in
//! [`pick`], when customers may be called in [`calling`], what an agent can hold in [`capacity`], what comes of waiting in [`timers`], and [`trace`] explains.

pub mod calling;
pub mod capacity;
pub mod lint;
pub mod order;
pub mod pick;
pub mod rules;
pub mod timers;
pub mod trace;

pub use capacity::{Activity, CAPACITY, activity, fits, holds, used_units};
pub use order::{expected_wait, rank, told_wait, waiting_order};
pub use pick::{may_take, serves};
pub use rules::{FirmRules, Flow, Overflow, Pick, QueueRules, Ring};
pub use timers::{LOST_GRACE_MS, due_timers, next_due};

use super::command::{Actor, Command};
use super::state::State;
use super::time::{At, SECOND};
use super::work::{Channel, Interaction, Queue};

/// Commands the router and the timers give at `now`. The caller carries them out and asks again until there are
/// none. Within one instant customers speak first, then timers, then agents, then the router ([`rank`]).
pub fn due(state: &State, now: At) -> Vec<Command> {
    let timers = due_timers(state, now);
    if timers.is_empty() { route(state, now).into_iter().collect() } else { timers }
}

/// The actor of everything [`due`] says.
pub const ACTOR: Actor = Actor::System;

/// The next reservation: the first waiting interaction that someone free may take, and the one who gets it.
fn route(state: &State, now: At) -> Option<Command> {
    state.free().next()?;
    let mut line = order::Walk::new(state, now);
    while let Some((class, id)) = line.next() {
        // E-mail is pulled, never pushed.
        let found = (class.channel != Channel::Email)
            .then(|| state.interaction(id).and_then(|i| pick::best(state, i, now)))
            .flatten();
        match found {
            Some(to) => return Some(Command::Offer { interaction: id, to }),
            // Whoever is behind it has waited less and asks for the same: nobody is free for them either.
            None if class.plain || class.channel == Channel::Email => line.skip_class(),
            None => {}
        }
    }
    None
}

/// Whether a queue is open at an instant: by its calendar, or around the clock when it has none.
pub fn is_open(state: &State, queue: &Queue, at: At) -> bool {
    queue.calendar.and_then(|id| state.calendar(id)).is_none_or(|calendar| calendar.open_at(at))
}

/// How long an offer of this interaction stands, ms.
pub fn offer_ms(state: &State, interaction: &Interaction) -> i64 {
    match state.queue(interaction.queue).map_or(0, |q| q.offer_s) {
        0 => state.house().offer_ms(interaction.channel),
        seconds => i64::from(seconds.clamp(5, 900)) * SECOND,
    }
}

#[cfg(test)]
mod tests;
