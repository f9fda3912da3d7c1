//! Leaves people out of a text: names, numbers, addresses and codes are replaced by made-up ones, the same by the same.
//!
//! It knows what it was told to look for and what has the shape of an address or a number; it cannot know every name.
//! That is why another person reads what comes of it before anyone plays it.

use std::collections::BTreeMap;

use super::heard::folded;
use super::traces::{self, Kind};

/// Made-up first and last names, in the order in which they are given out.
const FIRST: [&str; 8] = ["Sam", "Robin", "Alex", "Kim", "Jo", "Chris", "Lee", "Pat"];
const LAST: [&str; 8] = ["Field", "Marsh", "Weston", "Barrow", "Thorne", "Ridley", "Hale", "Croft"];
/// Letters of a name from which on it is looked for; shorter ones are too often other words.
const SHORTEST: usize = 3;
/// Digits of a number that is left as it is: hours, amounts, years.
const PLAIN: usize = 4;
/// What streets are called, as the end of a word or as a word.
const STREETS: [&str; 22] = [
    "street",
    "road",
    "lane",
    "avenue",
    "drive",
    "close",
    "court",
    "square",
    "terrace",
    "crescent",
    "row",
    "strasse",
    "weg",
    "platz",
    "allee",
    "gasse",
    "calle",
    "avenida",
    "plaza",
    "rue",
    "boulevard",
    "chemin",
];

/// Replaces.
#[derive(Debug, Default)]
pub struct Mask {
    /// Words of names, folded, and what stands for them.
    names: BTreeMap<String, String>,
    people: usize,
    /// Everything else, as it was written, and what stands for it.
    given: BTreeMap<String, String>,
}

impl Mask {
    /// Someone whose name must not be in any text; who they are now.
    pub fn person(&mut self, name: &str) -> String {
        let (first, last) = (FIRST[self.people % FIRST.len()], LAST[self.people % LAST.len()]);
        let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        for (i, word) in words.iter().enumerate().filter(|(_, w)| w.chars().count() >= SHORTEST) {
            let stands = if i == 0 { first } else { last };
            self.names.entry(folded(word)).or_insert_with(|| stands.to_owned());
        }
        self.people += 1;
        format!("{first} {last}")
    }

    /// The text without them.
    pub fn apply(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = 0;
        for trace in traces::all(text) {
            out.push_str(&self.streets(&text[rest..trace.at.start]));
            let n = self.given.len() + 100;
            let stands = self.given.entry(trace.text).or_insert_with(|| match trace.kind {
                Kind::Phone => format!("+44 7700 900{:03}", n % 1_000),
                Kind::Email => format!("someone{n}@example.com"),
                Kind::Card => "4000 0000 0000 0000".to_owned(),
                Kind::Account => "GB00 0000 0000 0000 0000 00".to_owned(),
            });
            out.push_str(stands);
            rest = trace.at.end;
        }
        out.push_str(&self.streets(&text[rest..]));
        out
    }

    /// What was replaced by what, for whoever releases it; names folded.
    pub fn replaced(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().chain(&self.given).map(|(from, to)| (from.as_str(), to.as_str()))
    }

    /// Streets with their numbers: `8 Tanners Row`, `Lange Straße 12`, `12 rue du Port`. Then the words one by one.
    fn streets(&mut self, text: &str) -> String {
        let pieces: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
        let bare = |i: usize| pieces.get(i).map_or("", |p| p.trim_matches(|c: char| !c.is_alphanumeric()));
        let number = |i: usize| {
            let word = bare(i);
            word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().count() <= PLAIN
        };
        let street = |i: usize| {
            let word = folded(bare(i));
            STREETS.iter().any(|s| word == *s || s.len() > 3 && word.len() > s.len() && word.ends_with(s))
        };
        let mut out = String::new();
        let mut at = 0;
        while at < pieces.len() {
            // A number, up to three words, a street, or a street, up to two words, a number.
            let named = |from: usize, to: usize| (from..to).all(|i| !bare(i).is_empty());
            let behind = (at + 1..at + 5).find(|i| number(at) && street(*i) && named(at, *i));
            let rue = (at + 1..at + 5).rfind(|i| number(at) && street(at + 1) && named(at, *i) && capital(bare(*i)));
            let before = (at + 1..at + 4).find(|i| street(at) && number(*i) && named(at, *i));
            match rue.or(behind).or(before).filter(|end| *end < pieces.len()) {
                Some(end) => {
                    let last = pieces[end];
                    let tail = &last[last.trim_end_matches(|c: char| !c.is_alphanumeric()).len()..];
                    out.push_str("8 Tanners Row");
                    out.push_str(tail);
                    at = end + 1;
                }
                None => {
                    out.push_str(&self.word(pieces[at]));
                    at += 1;
                }
            }
        }
        out
    }

    /// A name or a code.
    fn word(&mut self, piece: &str) -> String {
        let bare = piece.trim_matches(|c: char| !c.is_alphanumeric());
        let mut out = String::new();
        for part in bare.split_inclusive(|c: char| !c.is_alphanumeric()) {
            let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
            match self.names.get(&folded(word)) {
                Some(stands) => {
                    out.push_str(stands);
                    out.push_str(&part[word.len()..]);
                }
                None => out.push_str(part),
            }
        }
        let digits = out.chars().filter(char::is_ascii_digit).count();
        let letters = out.chars().any(char::is_alphabetic);
        let amount = out.chars().all(|c| c.is_ascii_digit() || ".,:-/".contains(c)) && out.contains(['.', ',', ':']);
        let date = !letters && out.len() == 10 && digits == 8;
        if (digits > PLAIN || letters && digits >= 3 && out == bare) && !amount && !date {
            let n = self.given.len() + 7;
            let code = self.given.entry(out.clone()).or_insert_with(|| disguised(&out, n));
            out.clone_from(code);
        }
        piece.replacen(bare, &out, usize::from(!bare.is_empty()))
    }
}

fn capital(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// The same shape with other digits.
fn disguised(code: &str, n: usize) -> String {
    let digit = |i: usize| char::from(b'0' + ((i * 7 + n * 3 + 1) % 10) as u8);
    code.chars().enumerate().map(|(i, c)| if c.is_ascii_digit() { digit(i) } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_leave_no_trace_and_the_rest_stays() {
        let mut mask = Mask::default();
        assert_eq!(mask.person("Beryl Ogden"), "Sam Field");
        assert_eq!(mask.person("Marek Zieliński"), "Robin Marsh");
        let text = "I'm Beryl Ogden, account LT-100294, at 14 Mill Lane, Leeds. Ring 07911 123456 or beryl@ogden.co.uk. \
                    Marek said £102.16 by 17 November 2025, at 8:30. Order 7741223, 7741223! Ogden's bill.";
        let masked = mask.apply(text);
        for gone in ["Beryl", "Ogden", "Marek", "100294", "Mill", "07911", "ogden", "7741223"] {
            assert!(!masked.contains(gone), "{gone} in {masked}");
        }
        for kept in [
            "I'm Sam Field,",
            "8 Tanners Row, Leeds.",
            "Robin said £102.16 by 17 November 2025, at 8:30.",
            "Field's bill.",
        ] {
            assert!(masked.contains(kept), "{kept} not in {masked}");
        }
        assert!(traces::real(&masked).is_empty(), "{masked}");
        let order: Vec<&str> = masked.split("Order ").nth(1).expect("an order").split([',', '!']).collect();
        assert_eq!(order[0], order[1].trim(), "the same by the same");
    }

    #[test]
    fn streets_of_other_languages() {
        let mut mask = Mask::default();
        assert_eq!(mask.apply("in der Lange Straße 12, bitte"), "in der Lange 8 Tanners Row, bitte");
        assert_eq!(mask.apply("Goethestrasse 4a"), "8 Tanners Row");
        assert_eq!(mask.apply("au 12 rue Lepic."), "au 8 Tanners Row.");
        assert_eq!(mask.apply(" \u{3000}é 😀 "), " \u{3000}é 😀 ");
    }
}
