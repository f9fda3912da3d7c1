//! Which interaction goes to whom.

use super::command::Command;
use super::ids::AgentId;
use super::state::State;
use super::time::At;

/// What an agent is doing, derived from presence and interactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Nothing.
    Idle,
    /// Has an offer.
    Offered,
    /// In conversation.
    Talking,
    /// Customer on hold.
    OnHold,
    /// After-contact work.
    WrapUp,
}

/// What an agent is doing.
pub fn activity(_state: &State, _agent: AgentId) -> Activity {
    Activity::Idle
}

/// Commands the router and the timers give at `now`, in order.
pub fn due(_state: &State, _now: At) -> Vec<Command> {
    Vec::new()
}

/// When [`due`] would next say something if nothing else happens; `None` is never.
pub fn next_due(_state: &State, _now: At) -> Option<At> {
    None
}

/// Waiting interactions in the order a free agent would get them (spec: operations 2.2).
pub fn waiting_order(_state: &State, _now: At) -> Vec<super::ids::InteractionId> {
    Vec::new()
}
