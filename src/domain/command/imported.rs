//! What an imported case brings along.

use serde::{Deserialize, Serialize};

use crate::domain::file::FileCard;
use crate::domain::ids::{AgentId, OutcomeId, ReasonId};
use crate::domain::mail::Recipients;
use crate::domain::time::At;
use crate::domain::work::{Author, Channel, Kind, TaskKind};
use crate::domain::wrap_up::Findings;

/// A message of an imported case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedMessage {
    /// When.
    pub at: At,
    /// Who.
    pub author: Author,
    /// For whom.
    pub kind: Kind,
    /// The words.
    pub body: String,
    /// How it travelled.
    pub channel: Channel,
    /// What was sent along, by name; their bytes do not come along, so their ids are 0.
    pub files: Vec<FileCard>,
    /// To whom it went by e-mail when that was not as before; masked.
    pub went: Option<Box<Recipients>>,
}

/// A wrap-up of an imported case. Its interaction is long over and unknown here: the row gets interaction 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedWrapUp {
    /// When it was finished.
    pub at: At,
    /// Whose work.
    pub agent: AgentId,
    /// How the contact came.
    pub channel: Channel,
    /// Why they came.
    pub reason: Option<ReasonId>,
    /// How it ended.
    pub outcome: Option<OutcomeId>,
    /// Its note, as an index into the imported messages.
    pub note: Option<u32>,
    /// Wait before the answer, ms.
    pub wait_ms: i64,
    /// Talk, ms.
    pub talk_ms: i64,
    /// Hold, ms.
    pub hold_ms: i64,
    /// How often the customer was put on hold.
    pub holds: u16,
    /// Wrap-up, ms.
    pub wrap_ms: i64,
    /// It came after the interaction had moved on.
    pub late: bool,
    /// Its time was over before codes were given.
    pub incomplete: bool,
    /// What was found, beside the codes.
    pub findings: Findings,
}

/// A promise made on an imported case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedTask {
    /// Whose promise.
    pub owner: AgentId,
    /// What kind.
    pub kind: TaskKind,
    /// What was promised.
    pub what: String,
    /// By when.
    pub due: At,
    /// When it was done.
    pub done: Option<At>,
}
