//! Right-to-left text for terminals that have no idea of it: one line of letters in the order the eye meets them
//! (Unicode Standard Annex 9), and where the caret stands in it.
//!
//! What is stored, cut and wrapped stays in the order of reading; only what is drawn is turned. Letters of Arabic are
//! not joined here: a terminal that leaves the order to us joins them or does not. Invariant: the same letters come
//! out, each as wide as it went in, but for brackets, which face the other way.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, BidiInfo, bidi_class};
use unicode_segmentation::UnicodeSegmentation as _;

use super::text::width;

/// Whether a line holds anything that is read from right to left.
pub fn turns(line: &str) -> bool {
    line.chars().any(|c| c >= '\u{590}' && matches!(bidi_class(c), BidiClass::R | BidiClass::AL))
}

/// Whether the line as a whole is read from right to left: its first letter with a direction says so.
pub fn from_right(line: &str) -> bool {
    let first = line.chars().map(bidi_class).find(|c| matches!(c, BidiClass::L | BidiClass::R | BidiClass::AL));
    matches!(first, Some(BidiClass::R | BidiClass::AL))
}

/// The line as it is to be drawn from left to right.
pub fn shown(line: Cow<'_, str>) -> Cow<'_, str> {
    if !turns(&line) {
        return line;
    }
    Cow::Owned(order(&line).into_iter().map(|(from, to, turned)| letter(&line[from..to], turned)).collect())
}

/// One letter, facing the other way where it is turned.
pub fn letter(letter: &str, turned: bool) -> &str {
    const PAIRS: [(&str, &str); 6] = [("(", ")"), ("[", "]"), ("{", "}"), ("<", ">"), ("«", "»"), ("‹", "›")];
    if !turned {
        return letter;
    }
    PAIRS
        .iter()
        .find_map(|(a, b)| {
            if *a == letter {
                Some(*b)
            } else if *b == letter {
                Some(*a)
            } else {
                None
            }
        })
        .unwrap_or(letter)
}

/// The letters of a line from left to right: from which byte to which, and whether each is turned.
pub fn order(line: &str) -> Vec<(usize, usize, bool)> {
    let info = BidiInfo::new(line, None);
    let letters: Vec<(usize, usize)> = line.grapheme_indices(true).map(|(at, g)| (at, at + g.len())).collect();
    let mut levels = Vec::with_capacity(letters.len());
    for paragraph in &info.paragraphs {
        let of = info.reordered_levels(paragraph, paragraph.range.clone());
        levels.extend(letters.iter().filter(|(at, _)| paragraph.range.contains(at)).map(|(at, _)| of[*at]));
    }
    let place = |i: usize| {
        let (from, to) = letters[i];
        (from, to, levels[i].is_rtl())
    };
    if levels.len() != letters.len() {
        return letters.into_iter().map(|(from, to)| (from, to, false)).collect();
    }
    BidiInfo::reorder_visual(&levels).into_iter().map(place).collect()
}

/// The column of the letter at a byte of the line as drawn. The end of the line is behind its last letter: one column
/// before the first (`None`) when it is read from the right.
pub fn column(line: &str, byte: usize) -> Option<usize> {
    let mut column = 0;
    for (from, to, _) in order(line) {
        if (from..to).contains(&byte) {
            return Some(column);
        }
        column += width(&line[from..to]);
    }
    (!from_right(line)).then_some(column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(line: &str) -> String {
        shown(Cow::Borrowed(line)).into_owned()
    }

    #[test]
    fn hebrew_and_arabic_are_turned_and_what_stands_in_them_is_not() {
        assert_eq!(drawn("Dana Holt"), "Dana Holt");
        assert_eq!(drawn("שלום"), "םולש");
        assert_eq!(drawn("name: שלום"), "name: םולש");
        assert_eq!(drawn("שלום Dana"), "Dana םולש");
        assert_eq!(drawn("יתרה 12.50 ₪"), "₪ 12.50 הרתי", "numbers stay as they are");
        assert_eq!(drawn("رصيدي 250 اختفى"), "ىفتخا 250 يديصر");
        assert_eq!(drawn("(שלום)"), "(םולש)", "brackets face inwards");
        assert_eq!(drawn("a (ב) c"), "a (ב) c");
        assert_eq!(drawn("שָׁלוֹם"), "םוֹלשָׁ", "points stay on their letters");
        assert_eq!(drawn(""), "");
    }

    #[test]
    fn the_caret_stands_on_the_letter_it_is_before() {
        assert_eq!(column("abc", 1), Some(1));
        assert_eq!(column("abc", 3), Some(3));
        let mixed = "ab שלום";
        assert_eq!(column(mixed, 3), Some(6), "the first Hebrew letter is the last cell");
        assert_eq!(column(mixed, 9), Some(3), "and the last one the first");
        assert_eq!(column(mixed, mixed.len()), Some(7));
        assert_eq!(column("שלום", 0), Some(3));
        assert_eq!(column("שלום", 8), None, "behind its end is the left");
        assert_eq!(column("שלום 12", 9), Some(0));
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_none_grows(line in "[a-c0-9 ()אבגד\u{5b8}عرب日é]{0,30}") {
            let out = drawn(&line);
            prop_assert_eq!(width(&out), width(&line));
            let sorted = |s: &str| {
                let mut letters: Vec<char> = s.chars().filter(|c| !"()".contains(*c)).collect();
                letters.sort_unstable();
                letters
            };
            prop_assert_eq!(sorted(&out), sorted(&line));
            for (at, _) in line.grapheme_indices(true) {
                prop_assert!(column(&line, at).is_some_and(|c| c <= width(&line)));
            }
        }
    }
}
