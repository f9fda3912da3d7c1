//! Changing the text: everything goes through [`Field::splice`], which is what undo takes back.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use super::{Field, LIMIT, Press, Step};

impl Field {
    /// Puts text in at the caret as one step: a paste, an article, a suggestion. Never submits anything.
    pub fn insert(&mut self, text: &str) -> Press {
        let text = self.clean(text);
        self.run = false;
        let at = self.selected.clone().unwrap_or(self.caret..self.caret);
        let press = self.splice(at.start, at.end, &text, false);
        self.run = false;
        press
    }

    /// Replaces the whole text as one step.
    pub fn replace(&mut self, text: &str) -> Press {
        let text = self.clean(text);
        self.run = false;
        let press = self.splice(0, self.text.len(), &text, false);
        self.run = false;
        press
    }

    /// Empties it as one step.
    pub fn clear(&mut self) -> Press {
        self.replace("")
    }

    /// Takes back the last step.
    pub fn undo(&mut self) -> Press {
        let Some(step) = self.undo.pop() else { return Press::Moved };
        self.text.replace_range(step.at..step.at + step.inserted.len(), &step.removed);
        self.shift_stops(step.at, step.at + step.inserted.len(), step.removed.len(), true);
        self.place(step.caret.0);
        self.redo.push(step);
        Press::Edited
    }

    /// Does the last taken-back step again.
    pub fn redo(&mut self) -> Press {
        let Some(step) = self.redo.pop() else { return Press::Moved };
        self.text.replace_range(step.at..step.at + step.removed.len(), &step.inserted);
        self.shift_stops(step.at, step.at + step.removed.len(), step.inserted.len(), true);
        self.place(step.caret.1);
        self.undo.push(step);
        Press::Edited
    }

    /// Types one character.
    pub(super) fn type_char(&mut self, c: char) -> Press {
        if c != '\n' && !is_plain(c) {
            return Press::Moved;
        }
        self.splice(self.caret, self.caret, c.encode_utf8(&mut [0; 4]), true)
    }

    /// Removes a range around the caret; `typed` lets it run together with its neighbours.
    pub(super) fn cut(&mut self, from: usize, to: usize, typed: bool) -> Press {
        if from >= to { Press::Moved } else { self.splice(from, to, "", typed) }
    }

    /// Removes a range and remembers it for `ctrl-y`.
    pub(super) fn kill(&mut self, from: usize, to: usize) -> Press {
        if from < to {
            self.killed = self.text[from..to].to_owned();
        }
        self.cut(from, to, false)
    }

    /// Puts the last killed text back in.
    pub(super) fn yank(&mut self) -> Press {
        let killed = self.killed.clone();
        self.insert(&killed)
    }

    pub(super) fn splice(&mut self, from: usize, to: usize, text: &str, typed: bool) -> Press {
        let room = LIMIT.saturating_sub(self.text.len() - (to - from));
        let fits = if text.len() > room {
            let ends = text.grapheme_indices(true).map(|(i, g)| i + g.len());
            &text[..ends.take_while(|end| *end <= room).last().unwrap_or(0)]
        } else {
            text
        };
        let full = fits.len() < text.len();
        if fits.is_empty() && from == to {
            return if full { Press::Full } else { Press::Moved };
        }
        let before = self.caret;
        let removed = self.text[from..to].to_owned();
        self.text.replace_range(from..to, fits);
        self.shift_stops(from, to, fits.len(), false);
        self.place(from + fits.len());
        let run = self.run && typed;
        let step = Step { at: from, removed, inserted: fits.to_owned(), caret: (before, self.caret), typed };
        self.redo.clear();
        if !(run && self.undo.last_mut().is_some_and(|last| last.absorb(&step))) {
            self.undo.push(step);
        }
        self.run = typed;
        if full { Press::Full } else { Press::Edited }
    }

    /// Puts the caret at `at`, or at the next boundary when that is inside a grapheme.
    pub(super) fn place(&mut self, at: usize) {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        let on = cursor.is_boundary(&self.text, 0).unwrap_or(true);
        self.caret =
            if on { at } else { cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len()) };
        self.goal = None;
    }

    /// Text as it may get in: no control characters, `\n` for every line end, none at all in a single line.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let newline = match c {
                '\r' => {
                    chars.next_if_eq(&'\n');
                    true
                }
                '\n' | '\u{2028}' | '\u{2029}' => true,
                _ => false,
            };
            if newline {
                clean.push(if self.area { '\n' } else { ' ' });
            } else if c == '\t' {
                clean.push_str("    ");
            } else if is_plain(c) {
                clean.push(c);
            }
        }
        clean
    }
}

/// Whether a character is shown as itself. What is not (control, escape and bidi characters) never gets in, so
/// that the caret stands where it is drawn.
pub(super) fn is_plain(c: char) -> bool {
    crate::domain::safe::is_safe(c.encode_utf8(&mut [0; 4]))
}

impl Step {
    /// Takes a following key press into the same step, if it continues it: letters up to the start of the next
    /// word, or a run of deletions.
    fn absorb(&mut self, next: &Step) -> bool {
        if !self.typed {
            return false;
        }
        if self.removed.is_empty() && next.removed.is_empty() {
            let starts_word =
                self.inserted.ends_with(char::is_whitespace) && !next.inserted.starts_with(char::is_whitespace);
            if next.at != self.at + self.inserted.len() || starts_word {
                return false;
            }
            self.inserted.push_str(&next.inserted);
        } else if self.inserted.is_empty() && next.inserted.is_empty() {
            if next.at + next.removed.len() == self.at {
                self.at = next.at;
                self.removed.insert_str(0, &next.removed);
            } else if next.at == self.at {
                self.removed.push_str(&next.removed);
            } else {
                return false;
            }
        } else {
            return false;
        }
        self.caret.1 = next.caret.1;
        true
    }
}
