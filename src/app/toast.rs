//! Short messages that go away by themselves; never more than three.

use crate::domain::time::At;

/// How a toast is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It went well, or simply so.
    Info,
    /// It did not happen; nothing is lost.
    Warn,
    /// Something is wrong.
    Bad,
}

/// One message; may hold customer text, which is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What happened, one sentence.
    pub text: String,
    /// What to do about it; may be empty.
    pub way_out: String,
    /// How to mark it.
    pub tone: Tone,
    /// When it goes, this machine's clock.
    pub until: At,
}

/// At most this many at a time.
pub const MOST: usize = 3;
