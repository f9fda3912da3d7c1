//! Words as they are compared: lower case, without marks, the way the full-text tables see them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in lower case without marks: `Québec` is `quebec`.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().filter(|c| !is_combining_mark(*c)).nfc().flat_map(char::to_lowercase).collect()
}

/// The words of a folded text.
pub(super) fn split(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_case_are_folded_away() {
        assert_eq!(fold("Café QUÉBEC Ångström"), "cafe quebec angstrom");
        assert_eq!(fold("Cafe\u{301}"), "cafe");
        assert_eq!(fold("한국어"), "한국어");
        assert_eq!(split(&fold("e-SIM: «Aktivierung»!")).collect::<Vec<_>>(), ["e", "sim", "aktivierung"]);
    }
}
