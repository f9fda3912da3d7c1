//! The desk's picture of the truth: what the feed said, with what this desk asked for folded over it.

use crate::domain::command::Command;
use crate::domain::event::Event;
use crate::domain::ids::AgentId;
use crate::domain::refusal::Refusal;
use crate::domain::state::State;
use crate::domain::time::At;

use super::port::OutboxState;

/// A command of this desk that the feed does not show yet, or that was refused.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The app's number.
    pub token: u64,
    /// The outbox's number, once it has one.
    pub n: Option<u64>,
    /// When the key was pressed, server time.
    pub at: At,
    /// What was asked.
    pub command: Command,
    /// What became of it.
    pub state: OutboxState,
    /// What it would do, by the rules, when it was last foreseen.
    pub events: Vec<Event>,
    /// Why it would be refused as things stand now.
    pub doubt: Option<Refusal>,
}

/// Base, pending commands, and the fold of both.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    /// What the feed said; loaded cases and customers among it.
    pub base: State,
    /// In order of asking.
    pub pending: Vec<Pending>,
    /// Cursor of the live lane.
    pub seen_seq: u64,
    /// Cursor of the deep lane.
    pub deep_seq: u64,
    /// Who works here; `None` before the first welcome.
    pub me: Option<AgentId>,
    pub(super) predicted: Option<State>,
}

impl Mirror {
    /// The state to show and to decide on.
    pub fn view(&self) -> &State {
        self.predicted.as_ref().unwrap_or(&self.base)
    }
}
