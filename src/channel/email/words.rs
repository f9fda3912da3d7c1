//! Header fields made even before they are read: encoded words (RFC 2047) that stand side by side become one, so that
//! a letter cut in two by a long subject is whole again, and raw bytes become UTF-8.

use super::part::floor;
use super::transfer::{base64, printable, text};

/// Longest encoded word looked at, bytes; the standard allows 75, programs do not care. No more than this is looked
/// through for the end of one, so that a field of beginnings without ends is read in no time.
const WORD: usize = 2_048;

struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    end: usize,
}

/// A header block in which every encoded word is UTF-8 and none stands next to another.
pub(super) fn even(block: &[u8], charset: Option<&str>) -> String {
    let block = text(block, charset);
    replaced(&block, |words| {
        let code = data_encoding::BASE64.encode(words.as_bytes());
        format!("=?utf-8?B?{code}?=")
    })
}

/// Text in which encoded words are read.
pub(super) fn plain(field: &str) -> String {
    replaced(field, str::to_owned)
}

fn replaced(field: &str, put: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(field.len());
    let mut rest = field;
    while let Some(at) = rest.find("=?") {
        let Some(first) = word(&rest[at..]) else {
            out.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        out.push_str(&rest[..at]);
        rest = &rest[at + first.end..];
        let mut words = String::new();
        let (mut charset, mut bytes) = (first.charset, first.bytes);
        // Blanks between two encoded words are not part of the text.
        while let Some(next) = word(rest.trim_start()) {
            if !next.charset.eq_ignore_ascii_case(charset) {
                words.push_str(&text(&bytes, Some(charset)));
                bytes.clear();
                charset = next.charset;
            }
            bytes.extend_from_slice(&next.bytes);
            rest = &rest.trim_start()[next.end..];
        }
        words.push_str(&text(&bytes, Some(charset)));
        // What would end the line, or the field, is a blank inside a word.
        let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        out.push_str(&put(&words));
    }
    out.push_str(rest);
    out
}

/// The encoded word at the beginning.
fn word(field: &str) -> Option<Word<'_>> {
    let field = &field[..floor(field, WORD)];
    let inner = field.strip_prefix("=?")?;
    let (charset, rest) = inner.split_once('?').filter(|(c, _)| !c.is_empty() && c.len() <= 60)?;
    if charset.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let (kind, rest) = rest.split_once('?')?;
    let end = rest.find("?=")?;
    // "=?utf-8?Q?=41?=": the first "?=" may be the beginning of the text itself, "=41".
    let end = if end == 0 && rest.len() > 2 { rest[1..].find("?=").map_or(end, |i| i + 1) } else { end };
    let coded = &rest.as_bytes()[..end];
    let bytes = match kind {
        "b" | "B" => base64(coded),
        "q" | "Q" => printable(coded, true),
        _ => return None,
    };
    // RFC 2231 lets the word name its language after a star.
    let charset = charset.split('*').next().unwrap_or(charset);
    Some(Word { charset, bytes, end: field.len() - rest.len() + end + 2 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_read_and_a_cut_letter_is_whole_again() {
        assert_eq!(plain("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus =?ISO-8859-1?Q?K=F6ln?="), "Grüße aus Köln");
        // The euro sign's three bytes lie in two words.
        assert_eq!(plain("=?utf-8?B?4oI=?=\r\n =?UTF-8?B?rA==?="), "€");
        assert_eq!(plain("=?utf-8?Q?a?= =?koi8-r?Q?=C1?= b"), "aа b");
        assert_eq!(plain("=?utf-8*en?Q?a?="), "a");
        assert_eq!(plain("no =? word ?= and =?utf-8?X?a?="), "no =? word ?= and =?utf-8?X?a?=");
        assert_eq!(plain("=?utf-8?Q?line=0D=0ABcc:_x?="), "line  Bcc: x");
        assert_eq!(plain("=?us-ascii?Q?with blank?="), "with blank");
        assert_eq!(plain("=?utf-8?Q??="), "");
        assert_eq!(plain("=?utf-8?Q?=41?="), "A");
    }

    #[test]
    fn a_block_is_even() {
        let block = even(b"Subject: =?utf-8?B?4oI=?=\r\n =?utf-8?B?rA==?=\r\nFrom: J\xfcrgen <j@x.de>\r\n", None);
        assert_eq!(block, "Subject: =?utf-8?B?4oKs?=\r\nFrom: Jürgen <j@x.de>\r\n");
    }

    #[test]
    fn beginnings_without_ends_are_text() {
        let field = "=?a?b?c ".repeat(32_768);
        assert_eq!(plain(&field), field);
        let long = format!("=?utf-8?Q?{}?= =?utf-8?Q?b?=", "a".repeat(WORD));
        assert!(plain(&long).ends_with("?= b"), "a word that is too long is left as it is");
    }

    proptest! {
        #[test]
        fn any_field_can_be_read(field in "(=\\?|\\?=|\\?|utf-8|[qQbB]|=[0-9A-F]{2}|.|\r\n ){0,40}") {
            let _ = plain(&field);
            let _ = even(field.as_bytes(), Some("big5"));
        }
    }
}
