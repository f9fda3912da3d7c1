//! Cutting, padding and wrapping by what a terminal shows: graphemes and their widths, never bytes or characters.
//!
//! Everything here takes text that was made safe already (`domain::safe`); [`show`] does that first and is what
//! views call on words that came from outside. Invariant: nothing returned is wider than was asked for.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::safe;

/// The mark for "there is more".
const MORE: &str = "…";

/// Cells the text takes.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return text.len();
    }
    graphemes(text).map(|(_, w)| w).sum()
}

/// One line from outside, made safe.
pub fn show(text: &str) -> String {
    safe::line(text)
}

/// At most `max` cells of it; what was cut is marked by an ellipsis.
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    if max == 0 {
        return Cow::Borrowed("");
    }
    let (head, _) = split(text, max - 1);
    Cow::Owned(format!("{}{MORE}", head.trim_end()))
}

/// The last cells of it, for fields where the end matters.
pub fn tail(text: &str, max: usize) -> &str {
    let mut skip = width(text).saturating_sub(max);
    let mut at = 0;
    for (grapheme, w) in graphemes(text) {
        if skip == 0 {
            break;
        }
        skip = skip.saturating_sub(w);
        at += grapheme.len();
    }
    text.get(at..).unwrap_or("")
}

/// Cut or filled with blanks to exactly `cells`.
pub fn pad(text: &str, cells: usize) -> String {
    let cut = cut(text, cells);
    let fill = cells.saturating_sub(width(&cut));
    format!("{cut}{}", " ".repeat(fill))
}

/// As [`pad`], the blanks in front.
pub fn pad_left(text: &str, cells: usize) -> String {
    let cut = cut(text, cells);
    let fill = cells.saturating_sub(width(&cut));
    format!("{}{cut}", " ".repeat(fill))
}

/// The longest head of at most `cells`, and the rest.
pub fn split(text: &str, cells: usize) -> (&str, &str) {
    let mut used = 0;
    let mut at = 0;
    for (grapheme, w) in graphemes(text) {
        if used + w > cells {
            break;
        }
        used += w;
        at += grapheme.len();
    }
    text.split_at(at)
}

/// One line of wrapped text and where it begins in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The words, without the blank the line broke at.
    pub text: &'a str,
    /// Byte offset of the first of them.
    pub from: usize,
}

/// Breaks one line (no line breaks in it) at blanks so that no piece is wider than `cells`; a word that is wider
/// is broken within. There is always at least one piece.
pub fn wrap(line: &str, cells: usize) -> Vec<Piece<'_>> {
    let cells = cells.max(1);
    let mut pieces = Vec::new();
    let mut from = 0;
    loop {
        let rest = &line[from..];
        let (head, tail) = split(rest, cells);
        if tail.is_empty() {
            pieces.push(Piece { text: rest, from });
            return pieces;
        }
        let end = break_before(head, tail);
        // One grapheme wider than the whole room: it goes alone, or the loop would stand still.
        let end = if end == 0 { rest.graphemes(true).next().map_or(rest.len(), str::len) } else { end };
        pieces.push(Piece { text: rest[..end].trim_end_matches(' '), from });
        let blanks = rest[end..].len() - rest[end..].trim_start_matches(' ').len();
        from += end + blanks.min(1);
    }
}

/// Where `head` is best broken when `tail` follows: before its last blank, or between characters that need none
/// (those two cells wide), whichever comes later; at its very end when there is no such place.
fn break_before(head: &str, tail: &str) -> usize {
    // A blank right after the head is as good as one within it.
    if tail.starts_with(' ') {
        return head.len();
    }
    let mut next = tail.graphemes(true).next().unwrap_or(" ");
    let mut end = head.len();
    for (at, grapheme) in head.grapheme_indices(true).rev() {
        if grapheme == " " && !head[..at].trim().is_empty() {
            return at;
        }
        let free = grapheme.cell_width() > 1 || next.cell_width() > 1;
        if free && !CLINGING.contains(next) {
            return end;
        }
        (next, end) = (grapheme, at);
    }
    head.len()
}

/// Marks that never begin a line.
const CLINGING: &str = "、。，．・：；？！）］｝」』】〉》ー々";

/// Wraps text of several lines.
pub fn wrap_all(text: &str, cells: usize) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for line in text.split('\n') {
        pieces.extend(wrap(line, cells).into_iter().map(|p| Piece { from: p.from + from, ..p }));
        from += line.len() + 1;
    }
    pieces
}

/// Wraps words from outside, made safe, into lines of their own; at most `max` of them, the last one marked when
/// more follows.
pub fn wrap_safe(text: &str, cells: usize, max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in safe::lines(text) {
        for piece in wrap(&line, cells) {
            if lines.len() == max {
                if let Some(last) = lines.last_mut() {
                    let more = format!("{}{MORE}", last.trim_end());
                    *last = if width(&more) <= cells { more } else { cut(&more, cells).into_owned() };
                }
                return lines;
            }
            lines.push(piece.text.to_owned());
        }
    }
    lines
}

/// Graphemes a terminal shows, with their widths. Those of no width are left out, as the screen does.
fn graphemes(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.graphemes(true).map(|g| (g, if g.contains(char::is_control) { 0 } else { g.cell_width() as usize }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn widths_are_those_of_cells() {
        for (text, cells) in [("Dana", 4), ("日本", 4), ("é", 1), ("👩‍👩‍👧", 2), ("العربية", 7), ("", 0)]
        {
            assert_eq!(width(text), cells, "{text}");
        }
    }

    #[test]
    fn cutting_never_splits_a_character() {
        assert_eq!(cut("Mei-Ling 美玲", 11), "Mei-Ling…");
        assert_eq!(cut("Mei-Ling 美玲", 12), "Mei-Ling 美…");
        assert_eq!(cut("Mei-Ling 美玲", 13), "Mei-Ling 美玲");
        assert_eq!(cut("日本", 1), "…");
        assert_eq!(cut("日本", 0), "");
        assert_eq!(pad("日本語", 5), "日本…");
        assert_eq!(pad("日本語", 4), "日… ");
        assert_eq!(pad_left("3:41", 6), "  3:41");
        assert_eq!(tail("hello 世界", 5), " 世界");
        assert_eq!(tail("hello 世界", 3), "界");
    }

    #[test]
    fn wrapping_breaks_at_blanks() {
        let words = |text, cells| wrap_all(text, cells).into_iter().map(|p| p.text).collect::<Vec<_>>();
        assert_eq!(words("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(words("the quick", 9), ["the quick"]);
        assert_eq!(words("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(words("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(words("", 4), [""]);
        assert_eq!(words("日本語日本語", 5), ["日本", "語日", "本語"]);
        assert_eq!(words("  indented words", 10), ["  indented", "words"]);
        assert_eq!(words("一筆 HK$1,240 的漫遊費，請問", 16), ["一筆 HK$1,240 的", "漫遊費，請問"]);
        assert_eq!(words("漫遊費，請問", 6), ["漫遊", "費，請", "問"]);
    }

    #[test]
    fn more_than_fits_is_marked() {
        assert_eq!(wrap_safe("one two three four", 5, 2), ["one", "two…"]);
        assert_eq!(wrap_safe("one two", 5, 2), ["one", "two"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,40}", cells in 0usize..20) {
            prop_assert!(width(&cut(&text, cells)) <= cells);
            prop_assert!(width(tail(&text, cells)) <= cells);
            prop_assert_eq!(width(&pad(&text, cells)), cells);
            prop_assert_eq!(width(&pad_left(&text, cells)), cells);
        }

        #[test]
        fn wrapping_keeps_every_word(text in "[a-z 日本é\n]{0,60}", cells in 2usize..12) {
            let pieces = wrap_all(&text, cells);
            prop_assert!(!pieces.is_empty());
            let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let joined: String = pieces.iter().map(|p| p.text).collect();
            prop_assert_eq!(squeeze(&joined), squeeze(&text));
            for piece in pieces {
                prop_assert!(width(piece.text) <= cells, "{:?}", piece);
                prop_assert_eq!(&text[piece.from..piece.from + piece.text.len()], piece.text);
            }
        }
    }
}
