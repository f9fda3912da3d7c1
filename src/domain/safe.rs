//! Making hostile text safe to show: a customer's words never move the cursor, change a title or reorder a line.
//!
//! Text is stored as it came and made safe at every door out: terminal, title, notification, log, export to a
//! terminal. Marks are visible so that nothing is hidden either.

/// Shown for an escape or control character.
const MARK: char = '␛';

/// One line, safe for a run of terminal cells. Line breaks and tabs become a blank, other control characters
/// (C0, DEL, C1) a visible mark, bidi controls (U+061C, U+200E–F, U+202A–E, U+2066–9) and the invisible ones used
/// to spoof (U+FEFF, U+2028–9, U+00AD, interlinear and tag characters) a visible mark too.
pub fn line(text: &str) -> String {
    text.chars().filter_map(safe_char).collect()
}

/// Text of several lines, each made safe as [`line()`].
pub fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split('\n').map(line).collect()
}

/// Whether text can be shown as it is.
pub fn is_safe(text: &str) -> bool {
    text.chars().all(|c| safe_char(c) == Some(c))
}

fn safe_char(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(MARK),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('⇄'),
        '\u{feff}' | '\u{ad}' | '\u{180e}' | '\u{2060}'..='\u{2064}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{e0000}'..='\u{e007f}' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_and_bidi_show_as_marks() {
        assert_eq!(line("a\u{1b}[31mred"), "a␛[31mred");
        assert_eq!(line("\u{9b}2J"), "␛2J");
        assert_eq!(line("abc\u{202e}fdp.exe"), "abc⇄fdp.exe");
        assert_eq!(line("one\ttwo\nthree"), "one two three");
        assert_eq!(lines("a\r\nb\rc"), ["a", "b", "c"]);
    }

    #[test]
    fn honest_text_of_any_script_stays() {
        for text in ["Grüße, Ömer", "日本語のメール", "مرحبا بكم", "👩‍👩‍👧 ok", "e\u{301}te"]
        {
            assert_eq!(line(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_cursor_is_left(text in "\\PC*|.*") {
            let out = line(&text);
            prop_assert!(out.chars().all(|c| !c.is_control()));
            prop_assert!(is_safe(&out));
        }
    }
}
