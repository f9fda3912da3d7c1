//! Soft wrap by display width, and where the caret falls in it.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Field;

/// One row of wrapped text: a byte range of [`Field::text`] without the line break. Spaces at the end may hang
/// over the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// The part of a single line that can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text to draw.
    pub text: &'a str,
    /// Column of the caret in it, in cells.
    pub caret: usize,
    /// Whether something is cut off at the left.
    pub cut: bool,
}

impl Field {
    /// The text wrapped at `width` cells: at spaces, and inside words longer than that. Never empty. Leave one
    /// column beside it for the caret at the end of a full row.
    pub fn rows(&self, width: usize) -> Vec<Row> {
        let width = width.max(1);
        let mut rows = Vec::new();
        let mut start = 0;
        for line in self.text.split('\n') {
            wrap_line(line, start, width, &mut rows);
            start += line.len() + 1;
        }
        rows
    }

    /// Row and column of the caret in [`Field::rows`].
    pub fn caret_in(&self, rows: &[Row]) -> (usize, usize) {
        let row = rows.partition_point(|r| r.start <= self.caret).saturating_sub(1);
        let start = rows.get(row).map_or(0, |r| r.start);
        (row, self.text[start..self.caret].width())
    }

    /// What of a single line fits in `width` cells with the caret in it.
    pub fn piece(&self, width: usize) -> Piece<'_> {
        let width = width.max(1);
        let before = &self.text[..self.caret];
        let mut start = 0;
        let mut caret = before.width();
        if caret >= width {
            let mut room = width - 1;
            start = self.caret;
            caret = 0;
            for (i, g) in before.grapheme_indices(true).rev() {
                let w = g.width();
                if w > room {
                    break;
                }
                room -= w;
                caret += w;
                start = i;
            }
        }
        let mut end = self.caret;
        let mut used = caret;
        for g in self.text[self.caret..].graphemes(true) {
            used += g.width();
            if used > width {
                break;
            }
            end += g.len();
        }
        Piece { text: &self.text[start..end], caret, cut: start > 0 }
    }

    /// The byte at or before `column` of a row.
    pub(super) fn at_column(&self, rows: &[Row], row: usize, column: usize) -> usize {
        let Some(r) = rows.get(row) else { return self.text.len() };
        let soft = rows.get(row + 1).is_some_and(|next| next.start == r.end);
        let (mut used, mut at) = (0, r.start);
        for (i, g) in self.text[r.start..r.end].grapheme_indices(true) {
            used += g.width();
            at = r.start + i;
            if used > column {
                return at;
            }
            // The end of a soft row is the start of the next: stay on this one.
            if !(soft && r.start + i + g.len() == r.end) {
                at += g.len();
            }
        }
        at
    }
}

fn wrap_line(line: &str, offset: usize, width: usize, rows: &mut Vec<Row>) {
    // Most text is ASCII: one byte, one cell.
    if line.len() <= width && line.is_ascii() {
        rows.push(Row { start: offset, end: offset + line.len() });
        return;
    }
    let (mut start, mut used) = (0, 0);
    for (at, word) in chunks(line) {
        let w = word.width();
        let blank = word.chars().all(char::is_whitespace);
        if !blank && used + w > width {
            if used > 0 && w <= width {
                rows.push(Row { start: offset + start, end: offset + at });
                (start, used) = (at, w);
                continue;
            }
            // A word longer than a row: break it where it must.
            for (i, g) in word.grapheme_indices(true) {
                let w = g.width();
                if used + w > width && used > 0 {
                    rows.push(Row { start: offset + start, end: offset + at + i });
                    (start, used) = (at + i, 0);
                }
                used += w;
            }
            continue;
        }
        used += w;
    }
    rows.push(Row { start: offset + start, end: offset + line.len() });
}

/// A line in pieces that stay together: blanks, and words with the marks that cling to them. Between wide letters one
/// may break, but no row begins with a mark that closes something.
fn chunks(line: &str) -> Vec<(usize, &str)> {
    let mut chunks: Vec<(usize, usize)> = Vec::new();
    for (at, word) in line.split_word_bound_indices() {
        let end = at + word.len();
        let blank = |w: &str| w.chars().all(char::is_whitespace);
        let wide = |c: Option<char>| c.is_some_and(|c| c.width() == Some(2));
        match chunks.last_mut() {
            Some(last)
                if !blank(word)
                    && !blank(&line[last.0..last.1])
                    && (closes(word) || !(wide(line[..at].chars().next_back()) || wide(word.chars().next()))) =>
            {
                last.1 = end;
            }
            _ => chunks.push((at, end)),
        }
    }
    chunks.into_iter().map(|(from, to)| (from, &line[from..to])).collect()
}

/// Whether a word is a mark that may not stand at the beginning of a row.
fn closes(word: &str) -> bool {
    const MARKS: &str = ".,;:!?)]}»”’%…、。，．！？：；）」』】〉》ー・،؛؟";
    word.chars().next().is_some_and(|c| MARKS.contains(c))
}
