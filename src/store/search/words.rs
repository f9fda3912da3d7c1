//! What someone typed, cut into words that are safe to ask for.

use super::fold::fold;

/// More words than this narrow nothing down.
const MOST_WORDS: usize = 10;
/// Longer words than this are noise.
const MOST_CHARS: usize = 40;
/// Of longer input only the beginning is read.
const MOST_INPUT: usize = 600;

/// Words as typed; the last one may be unfinished.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Words {
    /// Words to ask full text for, not folded.
    asked: Vec<String>,
    /// Whether the last of them stands for every word that begins so.
    open: bool,
    /// A last word of one letter, too short to ask for: titles with a word that begins so come first.
    stub: Option<char>,
}

impl Words {
    /// Reads what was typed.
    pub(super) fn parse(typed: &str) -> Words {
        let mut all: Vec<String> = Vec::new();
        for piece in typed.chars().take(MOST_INPUT).collect::<String>().split(|c| !in_word(c)) {
            if piece.chars().any(char::is_alphanumeric) {
                all.push(piece.chars().take(MOST_CHARS).collect());
            }
        }
        all.truncate(MOST_WORDS);
        let mut words = Words::default();
        let count = all.len();
        for (at, word) in all.into_iter().enumerate() {
            let mut chars = word.chars();
            let single = match (chars.next(), chars.next()) {
                (Some(c), None) if c.is_ascii() => Some(c),
                _ => None,
            };
            match single {
                // One letter within a text stands in nearly every row.
                Some(c) if c.is_ascii_alphabetic() => {
                    if at + 1 == count {
                        words.stub = Some(c.to_ascii_lowercase());
                        words.open = false;
                    }
                }
                _ => {
                    words.asked.push(word);
                    words.open = single.is_none();
                }
            }
        }
        words
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.stub.is_none()
    }

    /// All words as one full-text expression, every one of them wanted; `None` when there is none long enough.
    pub(super) fn expression(&self) -> Option<String> {
        if self.asked.is_empty() {
            return None;
        }
        let mut text = self.asked.iter().map(|w| quote(w)).collect::<Vec<_>>().join(" ");
        if self.open {
            text.push('*');
        }
        Some(text)
    }

    /// Each word alone as a full-text expression.
    pub(super) fn single(&self) -> impl Iterator<Item = String> {
        let last = self.asked.len();
        self.asked.iter().enumerate().map(move |(at, word)| {
            let star = if self.open && at + 1 == last { "*" } else { "" };
            format!("{}{star}", quote(word))
        })
    }

    /// The words folded, and whether each is unfinished.
    pub(super) fn folded(&self) -> Vec<(String, bool)> {
        let last = self.asked.len();
        self.asked.iter().enumerate().map(|(at, w)| (fold(w), self.open && at + 1 == last)).collect()
    }

    /// A last word of one letter.
    pub(super) fn stub(&self) -> Option<char> {
        self.stub
    }
}

/// Whether a character belongs to a word. Beyond ASCII only spaces and the blocks of punctuation end one: the
/// tokenizer of the full-text tables knows better what else does, and cuts the quoted word again.
fn in_word(c: char) -> bool {
    c.is_alphanumeric()
        || !(c.is_ascii()
            || c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{fff0}'..='\u{ffff}'))
}

/// A word as a string of the full-text language.
pub(super) fn quote(word: &str) -> String {
    format!("\"{}\"", word.replace('"', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(typed: &str) -> String {
        Words::parse(typed).expression().unwrap_or_default()
    }

    #[test]
    fn every_word_is_quoted_and_the_last_one_open() {
        assert_eq!(expression("roaming ch"), "\"roaming\" \"ch\"*");
        assert_eq!(expression("it's (broken AND NOT"), "\"it\" \"broken\" \"AND\" \"NOT\"*");
        assert_eq!(expression("title:x* ^\"NEAR\"\0"), "\"title\" \"NEAR\"*");
        assert_eq!(expression("5g 5"), "\"5g\" \"5\"");
        assert_eq!(expression("流"), "\"流\"*");
        assert_eq!(expression("  \t\n ' - \u{200b}"), "");
    }

    #[test]
    fn one_letter_at_the_end_is_a_stub() {
        let words = Words::parse("roaming B");
        assert_eq!((words.expression().as_deref(), words.stub()), (Some("\"roaming\""), Some('b')));
        assert!(!Words::parse("b").is_empty());
        assert!(Words::parse("?!").is_empty());
    }

    #[test]
    fn long_input_is_cut() {
        let words = Words::parse(&"x".repeat(1_000_000));
        assert_eq!(words.expression().map(|e| e.len()), Some(MOST_CHARS + 3));
        assert_eq!(Words::parse(&"ab ".repeat(400_000)).folded().len(), MOST_WORDS);
    }
}
