//! The keys of a text field: arrows and readline.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{Field, Press};
use crate::app::key::{Code, Key};

/// The keys for help: names and what they do.
pub const KEYS: &[(&str, &str)] = &[
    ("Left Right Home End, Ctrl-A Ctrl-E", tk!("Move in the line.")),
    ("Up Down", tk!("Move between lines.")),
    ("Alt-B Alt-F", tk!("Move by words.")),
    ("Ctrl-W, Alt-D", tk!("Delete the word before or after.")),
    ("Ctrl-U, Ctrl-K", tk!("Delete to the start or end of the line.")),
    ("Ctrl-Y", tk!("Put the last deleted text back in.")),
    ("Ctrl-_, Ctrl-R", tk!("Undo, redo.")),
];

/// Whether a field with words in it takes this key for itself, before the desk's own keys are asked.
pub fn takes(key: Key) -> bool {
    let mut field = Field::area();
    field.insert("a b\n\nc d");
    field.go(1);
    key.printable().is_some() || field.chord(key) != Press::Ignored
}

impl Field {
    /// Takes a key. Escape, Tab and chords that are not here are left to the keymap; so is Enter in a single line.
    pub fn press(&mut self, key: Key) -> Press {
        if let Some(press) = self.press_selected(key) {
            return press;
        }
        if let Some(c) = key.printable() {
            return self.type_char(c);
        }
        let press = self.chord(key);
        if press == Press::Moved {
            self.moved_off();
        }
        press
    }

    fn chord(&mut self, key: Key) -> Press {
        match (key.code, key.ctrl, key.alt) {
            (Code::Enter, false, false) if self.area => self.type_char('\n'),
            (Code::Backspace, false, false) | (Code::Char('h'), true, false) => self.cut(self.left(), self.caret, true),
            (Code::Delete, false, false) | (Code::Char('d'), true, false) => self.cut(self.caret, self.right(), true),
            (Code::Char('w'), true, false) | (Code::Backspace, _, _) => self.kill(self.word_left(), self.caret),
            (Code::Char('d'), false, true) => self.kill(self.caret, self.word_right()),
            (Code::Char('u'), true, false) => self.kill(self.line_start(), self.caret),
            (Code::Char('k'), true, false) => {
                // At the end of a line the line break goes, as everywhere.
                let end = if self.line_end() == self.caret { self.right() } else { self.line_end() };
                self.kill(self.caret, end)
            }
            (Code::Char('y'), true, false) => self.yank(),
            (Code::Char('_' | '/' | '7'), true, false) => self.undo(),
            (Code::Char('r'), true, false) => self.redo(),
            (Code::Left, true, _) | (Code::Left, _, true) | (Code::Char('b'), false, true) => self.go(self.word_left()),
            (Code::Right, true, _) | (Code::Right, _, true) | (Code::Char('f'), false, true) => {
                self.go(self.word_right())
            }
            (Code::Left, false, false) | (Code::Char('b'), true, false) => self.go(self.left()),
            (Code::Right, false, false) => self.go(self.right()),
            (Code::Home, false, _) | (Code::Char('a'), true, false) => self.go(self.line_start()),
            (Code::End, false, _) | (Code::Char('e'), true, false) => self.go(self.line_end()),
            (Code::Home, true, _) => self.go(0),
            (Code::End, true, _) => self.go(self.text.len()),
            (Code::Up, false, false) if self.area => self.vertical(-1),
            (Code::Down, false, false) if self.area => self.vertical(1),
            (Code::PageUp, false, false) if self.area => self.vertical(-10),
            (Code::PageDown, false, false) if self.area => self.vertical(10),
            _ => Press::Ignored,
        }
    }

    fn go(&mut self, to: usize) -> Press {
        self.place(to);
        self.run = false;
        Press::Moved
    }

    fn vertical(&mut self, by: isize) -> Press {
        let rows = self.rows(self.width);
        let (row, column) = self.caret_in(&rows);
        let goal = self.goal.unwrap_or(column);
        let to = row.saturating_add_signed(by).min(rows.len() - 1);
        let at = if (by < 0 && row == 0) || (by > 0 && row + 1 == rows.len()) {
            if by < 0 { 0 } else { self.text.len() }
        } else {
            self.at_column(&rows, to, goal)
        };
        self.go(at);
        self.goal = Some(goal);
        Press::Moved
    }

    fn left(&self) -> usize {
        self.text[..self.caret].grapheme_indices(true).next_back().map_or(0, |(i, _)| i)
    }

    fn right(&self) -> usize {
        self.text[self.caret..].graphemes(true).next().map_or(self.text.len(), |g| self.caret + g.len())
    }

    fn line_start(&self) -> usize {
        self.text[..self.caret].rfind('\n').map_or(0, |i| i + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.caret..].find('\n').map_or(self.text.len(), |i| self.caret + i)
    }

    fn word_left(&self) -> usize {
        let mut words = self.text[..self.caret].unicode_word_indices();
        words.next_back().map_or(0, |(i, _)| i)
    }

    fn word_right(&self) -> usize {
        let mut words = self.text[self.caret..].unicode_word_indices();
        words.next().map_or(self.text.len(), |(i, w)| self.caret + i + w.len())
    }
}
