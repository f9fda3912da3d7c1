//! The outbox: what is not sent yet, what was refused, with the words that were kept; and how the link does.

use crate::app::list::List;
use crate::domain::time::At;

/// The overlay; its lines come from `Model::outbox_lines`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbox {
    /// The selection among the lines.
    pub list: List,
}

/// How a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Being written to disk.
    Storing,
    /// Waits for the server.
    Waiting,
    /// Waits, and would be refused as things stand now: why.
    Doubtful(String),
    /// Done; the view is catching up.
    Done,
    /// Refused: why, and the way out.
    Refused(String, String),
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its outbox number, once it has one.
    pub n: Option<u64>,
    /// What it does, in words: "reply on case 4821".
    pub what: String,
    /// Words typed in it, if any.
    pub words: String,
    /// When the key was pressed, server time.
    pub at: At,
    /// How it stands.
    pub state: LineState,
}
