//! The words around a match, on one line.

use super::fold::fold;

/// Characters shown before the match, and in all.
const BEFORE: usize = 32;
const LENGTH: usize = 140;
/// Of longer texts only the beginning is searched.
const MOST: usize = 20_000;

/// One line of a text around the first place where one of the folded words begins a word; the beginning if none
/// does.
pub(super) fn excerpt(text: &str, words: &[(String, bool)]) -> String {
    let chars: Vec<char> = text.chars().take(MOST).collect();
    let at = find(&chars, words).unwrap_or(0);
    let from = at.saturating_sub(BEFORE);
    // Do not begin in the middle of a word when its beginning is near.
    let from = (from..at).find(|i| *i == 0 || chars.get(i - 1).is_some_and(|c| c.is_whitespace())).unwrap_or(from);
    let to = (from + LENGTH).min(chars.len());
    let mut line = String::new();
    if from > 0 {
        line.push('…');
    }
    let mut space = false;
    for c in chars.get(from..to).unwrap_or_default() {
        if c.is_whitespace() || c.is_control() {
            space = true;
            continue;
        }
        if std::mem::take(&mut space) && !line.is_empty() {
            line.push(' ');
        }
        line.push(*c);
    }
    if to < chars.len() {
        line.push('…');
    }
    line
}

fn find(chars: &[char], words: &[(String, bool)]) -> Option<usize> {
    let mut at = 0;
    while at < chars.len() {
        let len = chars.iter().skip(at).take_while(|c| c.is_alphanumeric() || is_mark(**c)).count();
        if len > 0 {
            let word = fold(&chars.iter().skip(at).take(len).collect::<String>());
            if words.iter().any(|(w, _)| word.starts_with(w.as_str())) {
                return Some(at);
            }
        }
        at += len.max(1);
    }
    None
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<(String, bool)> {
        text.iter().map(|w| ((*w).to_owned(), false)).collect()
    }

    #[test]
    fn it_shows_the_place_on_one_line() {
        let text = format!("{}\n\tthe Café\r\nwas closed{}", "Good morning. ".repeat(9), " and so on".repeat(40));
        let line = excerpt(&text, &words(&["cafe"]));
        assert!(line.starts_with('…') && line.ends_with('…'), "{line}");
        assert!(line.contains("the Café was closed and"), "{line}");
        assert!(!line.contains('\n') && !line.contains('\t'));
    }

    #[test]
    fn short_and_odd_texts_are_whole() {
        assert_eq!(excerpt("My bill\u{7}  is wrong", &words(&["bill"])), "My bill is wrong");
        assert_eq!(excerpt("", &words(&["bill"])), "");
        assert_eq!(excerpt("\n\nonly this", &words(&["none"])), "only this");
        assert!(excerpt(&"x".repeat(1_000_000), &words(&["y"])).chars().count() <= LENGTH + 1);
    }
}
