//! The one text field used everywhere: single lines and areas. Knows no screen but a width in cells.
//!
//! Invariant: the caret always stands on a grapheme boundary of the text, and undoing everything gives back the
//! text as it was set. Words typed here are plain: control characters never get in.

mod edit;
mod keys;
mod stops;
#[cfg(test)]
mod tests;
mod wrap;

use std::ops::Range;

pub use keys::{KEYS, takes};
pub use stops::Here;
use stops::Stop;
pub use wrap::{Piece, Row};

/// A field takes at most this many bytes.
pub const LIMIT: usize = 100_000;

/// What became of a key, paste or edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Not for text fields.
    Ignored,
    /// The caret may have moved; the text is as it was.
    Moved,
    /// The text changed.
    Edited,
    /// It did not fit in [`LIMIT`]; what fitted is there.
    Full,
}

/// One reversible change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    at: usize,
    removed: String,
    inserted: String,
    /// Caret before and after.
    caret: (usize, usize),
    /// Single key presses run together into one step; everything else stands alone.
    typed: bool,
}

/// Text being written, with its caret.
#[derive(Debug, Clone, Default)]
pub struct Field {
    text: String,
    caret: usize,
    area: bool,
    width: usize,
    goal: Option<usize>,
    undo: Vec<Step>,
    redo: Vec<Step>,
    killed: String,
    run: bool,
    /// Where one goes from stop to stop.
    stops: Vec<Stop>,
    /// What the next letter replaces.
    selected: Option<Range<usize>>,
}

impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.text == other.text && self.caret == other.caret
    }
}

impl Field {
    /// An empty single line; Enter is not for it.
    pub fn line() -> Field {
        Field { width: 40, ..Field::default() }
    }

    /// An empty area; Enter starts a new line.
    pub fn area() -> Field {
        Field { area: true, width: 78, ..Field::default() }
    }

    /// The same field with this text and the caret at its end; nothing to undo.
    pub fn with(mut self, text: &str) -> Field {
        self.text = self.clean(text);
        self.caret = self.text.len();
        self
    }

    /// The words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether it takes several lines.
    pub fn is_area(&self) -> bool {
        self.area
    }

    /// Byte offset of the caret.
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Tells how wide it is drawn, so that up and down move by what is seen.
    pub fn measured(&mut self, width: usize) {
        self.width = width.max(1);
    }

    /// Puts the caret at the beginning.
    pub fn to_start(&mut self) {
        self.caret = 0;
        self.goal = None;
        self.run = false;
        self.moved_off();
    }

    /// Puts the caret at the end.
    pub fn to_end(&mut self) {
        self.caret = self.text.len();
        self.goal = None;
        self.run = false;
        self.moved_off();
    }

    /// Whether the caret stands behind a character that begins a word.
    pub fn begins_word(&self) -> bool {
        let mut before = self.text[..self.caret].chars().rev();
        before.next().is_some() && before.next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '“' | '"'))
    }
}
