//! Who asks, and what several commands ask for.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AgentId, CaseId, KeyId, QueueId};
use crate::domain::time::At;
use crate::domain::work::TaskKind;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A person at a desk; their role is looked up in the state.
    Agent(AgentId),
    /// A gateway holding a key.
    Gateway(KeyId),
    /// The desk itself: router and timers.
    System,
    /// Whoever runs the server, on its own machine.
    Operator,
}

/// Where a transfer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// To wait in another queue.
    Queue(QueueId),
    /// To one agent, who gets an offer.
    Agent(AgentId),
}

/// A promise made while wrapping up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What kind.
    pub kind: TaskKind,
    /// What was promised.
    pub what: String,
    /// By when.
    pub due: At,
    /// Whose promise; `None` is the one who wraps up.
    pub owner: Option<AgentId>,
}

/// Which of the answers that wait: known to whoever wrote it before the server gave it a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WaitingReply {
    /// On which case.
    pub case: CaseId,
    /// Who wrote it.
    pub by: AgentId,
    /// When they did, by their desk's clock.
    pub asked: At,
}
