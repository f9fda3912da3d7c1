//! Traces of people in a text: telephone and card numbers, bank accounts, addresses of mail; and which of them cannot
//! be anybody's.
//!
//! Used twice: nothing a trainee sees may be someone's, and a real case that becomes a scenario leaves them behind.

use std::ops::Range;

/// Beginnings of numbers that regulators keep for fiction, by country, without the plus.
const FICTIONAL: [&str; 11] = [
    "447700900",
    "441632960",
    "442079460",
    "44808157",
    "1555",
    "1202555",
    "493023125",
    "4917139200",
    "4915228817",
    "3319900",
    "3363998",
];
/// Countries a number written with a leading 0 may be in.
const COUNTRIES: [&str; 4] = ["44", "49", "33", "34"];

/// What a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A telephone number.
    Phone,
    /// An address of mail.
    Email,
    /// A number of a card.
    Card,
    /// A bank account, as IBAN.
    Account,
}

impl Kind {
    /// What is wrong with it, after its text.
    pub fn looks(self) -> &'static str {
        match self {
            Kind::Phone => "could be someone's telephone number",
            Kind::Email => "could be someone's address",
            Kind::Card => "looks like a real card number",
            Kind::Account => "looks like a real bank account",
        }
    }

    /// What to write instead.
    pub fn mend(self) -> &'static str {
        match self {
            Kind::Phone => {
                "use one kept for fiction: +44 7700 900xxx, +1 202 555 xxxx, +49 30 23125 xxx, +33 1 99 00 xx xx"
            }
            Kind::Email => "use one at example.com",
            Kind::Card => "nobody's card, not even a made-up one that passes the check: use 4000 0000 0000 0000",
            Kind::Account => "use GB00 0000 0000 0000 0000 00",
        }
    }
}

/// Something in a text that could lead to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What it is.
    pub kind: Kind,
    /// Where, in bytes.
    pub at: Range<usize>,
    /// As it is written.
    pub text: String,
}

/// All traces of a text, in order.
pub fn all(text: &str) -> Vec<Trace> {
    let mut found: Vec<Trace> = Vec::new();
    let mut add = |kind, at: Range<usize>| {
        if let Some(words) = text.get(at.clone())
            && !found.iter().any(|trace| trace.at.start < at.end && at.start < trace.at.end)
        {
            found.push(Trace { kind, at, text: words.to_owned() });
        }
    };
    for word in words(text) {
        if is_email(&text[word.clone()]) {
            add(Kind::Email, word);
        }
    }
    for account in accounts(text) {
        add(Kind::Account, account);
    }
    for run in runs(text) {
        let written = &text[run.clone()];
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let phone = written.starts_with('+') && (8..=15).contains(&digits.len())
            || written.trim_start_matches('(').starts_with('0') && (9..=13).contains(&digits.len());
        if phone {
            add(Kind::Phone, run);
        } else if (13..=19).contains(&digits.len()) && luhn(&digits) && digits[4..].bytes().any(|b| b != b'0') {
            add(Kind::Card, run);
        }
    }
    found.sort_by_key(|trace| trace.at.start);
    found
}

/// Those that could be somebody's.
pub fn real(text: &str) -> Vec<Trace> {
    let someones = |trace: &Trace| match trace.kind {
        Kind::Phone => !fictional(&trace.text),
        Kind::Email => !exemplary(&trace.text),
        Kind::Card | Kind::Account => true,
    };
    all(text).into_iter().filter(someones).collect()
}

/// Whether a telephone number is kept for fiction.
pub fn fictional(phone: &str) -> bool {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let kept = |digits: &str| FICTIONAL.iter().any(|kept| digits.starts_with(kept));
    kept(&digits) || digits.strip_prefix('0').is_some_and(|rest| COUNTRIES.iter().any(|c| kept(&format!("{c}{rest}"))))
}

/// Whether an address of mail is at a domain kept for examples.
pub fn exemplary(email: &str) -> bool {
    email.rsplit_once('@').is_some_and(|(_, domain)| {
        ["example.com", "example.net", "example.org"].contains(&domain)
            || domain.rsplit_once('.').is_some_and(|(_, top)| top == "example" || top == "test")
    })
}

/// Pieces between blanks, without the punctuation around them.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.split_whitespace().filter_map(move |word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let start = bare.as_ptr() as usize - text.as_ptr() as usize;
        (!bare.is_empty()).then_some(start..start + bare.len())
    })
}

fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty())
    })
}

/// Digits with at most one blank, dash, dot or slash between them, and what may stand before the first.
fn runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begins = digit(at) || matches!(bytes[at], b'+' | b'(') && digit(at + 1);
        if !begins {
            at += 1;
            continue;
        }
        let start = at;
        let mut end = at + 1;
        loop {
            let between =
                bytes[end..].iter().take(2).take_while(|b| matches!(b, b' ' | b'-' | b'/' | b'(' | b')')).count();
            match (digit(end), digit(end + between)) {
                (true, _) => end += 1,
                (false, true) if between > 0 => end += between,
                _ => break,
            }
        }
        found.push(start..end);
        at = end;
    }
    found
}

/// International bank account numbers whose check digits are right.
fn accounts(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for word in words(text) {
        let head = &text[word.clone()];
        let fits = head.len() >= 4
            && head.is_ascii()
            && head[..2].bytes().all(|b| b.is_ascii_uppercase())
            && head[2..4].bytes().all(|b| b.is_ascii_digit());
        if !fits {
            continue;
        }
        let mut letters = String::new();
        for (at, c) in text[word.start..].char_indices().take(42) {
            match c {
                ' ' => continue,
                c if c.is_ascii_alphanumeric() => letters.push(c.to_ascii_uppercase()),
                _ => break,
            }
            if (15..=34).contains(&letters.len()) && checked(&letters) {
                found.push(word.start..word.start + at + 1);
                break;
            }
        }
    }
    found
}

/// ISO 13616: the number with its head at the end is 1 modulo 97.
fn checked(account: &str) -> bool {
    let turned = account.bytes().skip(4).chain(account.bytes().take(4));
    let rest = turned.fold(0_u32, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.saturating_sub(b'A')) + 10) % 97,
    });
    rest == 1
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(text: &str, wanted: &[(Kind, &str)]) {
        let found: Vec<(Kind, String)> = real(text).into_iter().map(|t| (t.kind, t.text)).collect();
        let found: Vec<(Kind, &str)> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn what_could_be_someones_is_found() {
        finds("ring 07911 123456 or +49 30 901820", &[(Kind::Phone, "07911 123456"), (Kind::Phone, "+49 30 901820")]);
        finds("(ann.holt@gmail.com),", &[(Kind::Email, "ann.holt@gmail.com")]);
        finds("4242-4242 4242 4242.", &[(Kind::Card, "4242-4242 4242 4242")]);
        finds("to GB82 WEST 1234 5698 7654 32 today", &[(Kind::Account, "GB82 WEST 1234 5698 7654 32")]);
    }

    #[test]
    fn what_is_nobodys_is_left() {
        finds("+44 7700 900123, 020 7946 0140, 116 123, case 4821, sam@example.com, @home", &[]);
        finds("2025-05-02 bundle bought, 214.60; 4000 0000 0000 0000; 17/11 and 8 o'clock; LF-7731", &[]);
        finds("", &[]);
        finds("+ ( 0 é@ä @. GB82", &[]);
    }
}
