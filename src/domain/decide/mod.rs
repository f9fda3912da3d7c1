//! What a command would do, or why not.

use super::command::{Actor, Command};
use super::event::Event;
use super::refusal::Refusal;
use super::state::State;
use super::time::At;

/// Decides a command on a state: the events it makes, or a refusal in words.
pub fn decide(_state: &State, _command: &Command, _actor: Actor, _now: At) -> Result<Vec<Event>, Refusal> {
    Ok(Vec::new())
}
