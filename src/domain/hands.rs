//! Whose hands did something last: for those who come too late, so that nobody is overwritten by a stranger.

use serde::{Deserialize, Serialize};

use super::ids::AgentId;
use super::time::At;

/// Who set something last, and when; nobody is a customer, the desk itself, or an import.
pub type Hand = Option<(AgentId, At)>;

/// Whose hands set what of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hands {
    /// Status and label.
    pub status: Hand,
    /// Whose case it is.
    pub assignee: Hand,
}
