//! The customer's side of a conversation at this moment. Never in the ledger: it is told live, and forgotten.

use serde::{Deserialize, Serialize};

use super::ids::MessageId;

/// What an agent is shown of the customer's side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Side {
    /// They have the conversation open.
    pub there: bool,
    /// They write.
    pub writes: bool,
    /// The newest message that reached them.
    pub got: MessageId,
    /// The newest message they have seen.
    pub seen: MessageId,
    /// The page they are on, one line; a stranger's words.
    pub page: String,
}
