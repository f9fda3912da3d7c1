//! What an IMAP server says (RFC 3501), as values: atoms, texts, lists. Lenient where servers differ, bounded always.

use super::super::net::{Fault, Line, WAIT};
use std::time::Duration;

/// Longest line, bytes, without its literals.
const LINE: usize = 1 << 20;
/// Largest literal, bytes.
const LITERAL: usize = 8 << 20;
/// Largest answer with its literals, bytes.
const ANSWER: usize = 16 << 20;
/// How deep lists may nest.
const DEPTH: usize = 30;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Value {
    Atom(String),
    Text(Vec<u8>),
    List(Vec<Value>),
}

impl Value {
    /// An atom or a text in words.
    pub(super) fn words(&self) -> String {
        match self {
            Value::Atom(words) => words.clone(),
            Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Value::List(_) => String::new(),
        }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Value::Atom(atom) if atom.eq_ignore_ascii_case(word))
    }

    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Value::Atom(atom) => atom.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> &[Value] {
        match self {
            Value::List(values) => values,
            _ => &[],
        }
    }
}

/// How a command ended, or what is said in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

/// One thing said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// `a1 OK [CODE] words`, or `* OK …` without a tag.
    State { tag: Option<String>, state: State, code: String, words: String },
    /// `* …`
    Data(Vec<Value>),
    /// `+ …`
    Go(String),
}

/// Waits for the next thing said.
pub(super) async fn next(line: &mut Line, wait: Duration) -> Result<Said, Fault> {
    let mut all = line.line(LINE, wait).await?;
    while let Some(count) = literal(&all) {
        if count > LITERAL || all.len() + count > ANSWER {
            return Err(Fault::Odd(format!("a text of {count} bytes was not asked for")));
        }
        all.extend_from_slice(b"\r\n");
        all.extend_from_slice(&line.bytes(count).await?);
        all.extend_from_slice(&line.line(LINE, WAIT).await?);
    }
    said(&all).ok_or_else(|| Fault::Odd(String::from_utf8_lossy(&all[..all.len().min(80)]).into_owned()))
}

/// The length in `{123}` or `{123+}` at the end of a line.
fn literal(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|b| *b == b'{')?;
    let digits = std::str::from_utf8(&inner[open + 1..]).ok()?.trim_end_matches('+');
    if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

fn said(bytes: &[u8]) -> Option<Said> {
    if let Some(rest) = bytes.strip_prefix(b"+") {
        return Some(Said::Go(String::from_utf8_lossy(rest).trim().to_owned()));
    }
    let space = bytes.iter().position(|b| *b == b' ')?;
    let tag = std::str::from_utf8(&bytes[..space]).ok()?;
    let rest = &bytes[space + 1..];
    let end = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
    let state = match rest[..end].to_ascii_uppercase().as_slice() {
        b"OK" => Some(State::Ok),
        b"NO" => Some(State::No),
        b"BAD" => Some(State::Bad),
        b"BYE" => Some(State::Bye),
        b"PREAUTH" => Some(State::Preauth),
        _ => None,
    };
    let tag = (tag != "*").then(|| tag.to_owned());
    if let Some(state) = state {
        let words = String::from_utf8_lossy(rest.get(end + 1..).unwrap_or_default()).trim().to_owned();
        let (code, words) = match words.strip_prefix('[').and_then(|w| w.split_once(']')) {
            Some((code, words)) => (code.to_owned(), words.trim().to_owned()),
            None => (String::new(), words),
        };
        return Some(Said::State { tag, state, code, words });
    }
    if tag.is_some() {
        return None;
    }
    let mut at = 0;
    let mut values = Vec::new();
    while let Some(value) = value(rest, &mut at, 0)? {
        values.push(value);
    }
    Some(Said::Data(values))
}

/// The next value; the inner `None` is the end of a list or of all.
#[allow(clippy::option_option, reason = "outer: not understood; inner: there is no more")]
fn value(bytes: &[u8], at: &mut usize, depth: usize) -> Option<Option<Value>> {
    while matches!(bytes.get(*at), Some(b' ' | b'\r' | b'\n')) {
        *at += 1;
    }
    match bytes.get(*at) {
        None | Some(b')') => Some(None),
        Some(b'(') => {
            if depth >= DEPTH {
                return None;
            }
            *at += 1;
            let mut values = Vec::new();
            while let Some(value) = value(bytes, at, depth + 1)? {
                values.push(value);
            }
            (bytes.get(*at) == Some(&b')')).then(|| {
                *at += 1;
                Some(Value::List(values))
            })
        }
        Some(b'"') => quoted(bytes, at).map(Some),
        Some(b'{') => {
            let end = *at + bytes.get(*at..)?.iter().position(|b| *b == b'\n')?;
            let count = literal(bytes[*at..end].trim_ascii_end())?;
            let text = bytes.get(end + 1..end + 1 + count)?.to_vec();
            *at = end + 1 + count;
            Some(Some(Value::Text(text)))
        }
        Some(_) => {
            let from = *at;
            let mut brackets = 0_usize;
            while let Some(byte) = bytes.get(*at) {
                match byte {
                    b'[' => brackets += 1,
                    b']' => brackets = brackets.saturating_sub(1),
                    b' ' | b'(' | b')' | b'"' if brackets == 0 => break,
                    _ => {}
                }
                *at += 1;
            }
            if *at == from {
                return None;
            }
            Some(Some(Value::Atom(String::from_utf8_lossy(&bytes[from..*at]).into_owned())))
        }
    }
}

fn quoted(bytes: &[u8], at: &mut usize) -> Option<Value> {
    *at += 1;
    let mut text = Vec::new();
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        match byte {
            b'"' => return Some(Value::Text(text)),
            b'\\' => {
                text.push(*bytes.get(*at)?);
                *at += 1;
            }
            byte => text.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn data(text: &str) -> Vec<Value> {
        match said(text.as_bytes()) {
            Some(Said::Data(values)) => values,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(
            said(b"a1 NO [AUTHENTICATIONFAILED] Authentication failed."),
            Some(Said::State {
                tag: Some("a1".into()),
                state: State::No,
                code: "AUTHENTICATIONFAILED".into(),
                words: "Authentication failed.".into(),
            })
        );
        assert_eq!(said(b"+ idling"), Some(Said::Go("idling".into())));
        assert_eq!(said(b"+"), Some(Said::Go(String::new())));
        let fetch = data(
            "* 4 FETCH (UID 17 FLAGS (\\Seen $X) BODY[HEADER.FIELDS (A B)]<0> {5}\r\na)\"\\z INTERNALDATE \"1-\\\"x\")",
        );
        assert!(fetch[1].is("fetch"));
        let items = fetch[2].list();
        assert_eq!(items[1].number(), Some(17));
        assert_eq!(items[3].list().len(), 2);
        assert_eq!(items[4], Value::Atom("BODY[HEADER.FIELDS (A B)]<0>".into()));
        assert_eq!(items[5], Value::Text(b"a)\"\\z".to_vec()));
        assert_eq!(items[7].words(), "1-\"x");
        assert_eq!(data("* SEARCH"), [Value::Atom("SEARCH".into())]);
        assert_eq!(data("* LIST (\\HasNoChildren \\Sent) \"/\" Sent")[3].words(), "Sent");
    }

    #[test]
    fn what_is_not_understood_is_said_to_be() {
        for odd in ["", "x", "* (", "* ({9}\r\nab)", "* \"open", "a1 WHAT"] {
            assert_eq!(said(odd.as_bytes()), None, "{odd}");
        }
        assert_eq!(said(format!("* {}", "(".repeat(100_000)).as_bytes()), None);
        assert_eq!(literal(b"x {12}"), Some(12));
        assert_eq!((literal(b"x {}"), literal(b"x {99999999999999}"), literal(b"{1} x")), (None, None, None));
    }

    proptest! {
        #[test]
        fn anything_said_is_survived(bytes in "(\\*|a1|\\+)? ?(OK|NO|FETCH|[(){}\\[\\]\"\\\\ 0-9a-z]|\r\n|\\PC){0,30}") {
            let _ = said(bytes.as_bytes());
        }
    }
}
