//! Many commands at once, rehearsed before any is given: how many would do something, how many are so already, and
//! which are refused and why.

use super::command::{Actor, Command};
use super::refusal::Refusal;
use super::state::State;
use super::time::At;
use super::{apply, decide};

/// What many commands would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rehearsal {
    /// Those that would do something.
    pub good: Vec<Command>,
    /// How many would change nothing.
    pub idle: usize,
    /// Those that would be refused.
    pub refused: Vec<(Command, Refusal)>,
}

/// Decides commands in order, each on what the ones before it would have made, and gives none of them.
pub fn rehearse(state: &State, commands: Vec<Command>, actor: Actor, now: At) -> Rehearsal {
    let mut state = state.clone();
    state.predict();
    let mut rehearsal = Rehearsal::default();
    for command in commands {
        match decide(&state, &command, actor, now) {
            Ok(events) if events.is_empty() => rehearsal.idle += 1,
            Ok(events) => {
                events.iter().for_each(|e| apply(&mut state, e));
                rehearsal.good.push(command);
            }
            Err(refusal) => rehearsal.refused.push((command, refusal)),
        }
    }
    rehearsal
}
