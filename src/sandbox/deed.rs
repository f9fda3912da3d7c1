//! What a trainee does beside speaking, said in a note: `did: credit goodwill 50.00`, `did: verify passcode`.
//!
//! People name things their own way; a deed is taken for the one the scenario knows when every word of that name is
//! among theirs. One invariant: no text panics, and what is no deed is none.

use super::heard::folded;
use super::play::{Input, VERBS};
use super::read::Ready;

/// What a note may ask of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Something was done.
    Did(Input),
    /// It begins like something done, but there is no such verb.
    Unclear(String),
    /// Help.
    Hint,
    /// Time stands still.
    Pause,
    /// Time goes on.
    GoOn,
    /// Take the last turn back.
    Undo,
    /// The same scenario once more.
    Again,
    /// The next scenario.
    Next,
    /// A turn of the contact that is over, one after the other.
    Replay,
}

/// What a note asks; `None` is a note like any other.
pub fn ask(ready: &Ready, note: &str) -> Option<Ask> {
    let note = note.trim();
    let word = folded(note);
    let word = word.trim_end_matches(['.', '!']);
    match word {
        "hint" => return Some(Ask::Hint),
        "pause" => return Some(Ask::Pause),
        "go on" | "goon" | "go-on" => return Some(Ask::GoOn),
        "undo" => return Some(Ask::Undo),
        "again" => return Some(Ask::Again),
        "next" => return Some(Ask::Next),
        "replay" => return Some(Ask::Replay),
        _ => {}
    }
    let (head, rest) = note.split_once(':')?;
    if !folded(head).trim().eq("did") {
        return None;
    }
    let mut words: Vec<String> = rest.split_whitespace().map(folded).collect();
    let verb = words.first().map(String::as_str).unwrap_or_default();
    let Some(verb) = VERBS.iter().find(|v| **v == verb) else { return Some(Ask::Unclear(verb.to_owned())) };
    words.remove(0);
    if *verb == "verify" {
        return Some(Ask::Did(act(verb, &level(ready, &words).to_string(), None)));
    }
    let amount = words.iter().rposition(|w| minor(w).is_some());
    let amount = amount.and_then(|at| minor(&words.remove(at)));
    let what = named(ready, verb, &words).unwrap_or_else(|| words.join(" "));
    Some(Ask::Did(act(verb, &what, amount)))
}

fn act(verb: &str, what: &str, amount: Option<i64>) -> Input {
    Input::Act { verb: verb.to_owned(), what: what.to_owned(), amount }
}

/// An amount in the smallest unit: `50` and `50.00` are 5000.
fn minor(word: &str) -> Option<i64> {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    let (whole, part) = word.split_once(['.', ',']).unwrap_or((word, ""));
    let part: i64 = match part.len() {
        0 => 0,
        2 => part.parse().ok()?,
        _ => return None,
    };
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

/// How far a check goes: by its level, or by what was asked.
fn level(ready: &Ready, words: &[String]) -> u8 {
    let said = words.iter().find_map(|w| w.parse::<u8>().ok()).map(|level| level.clamp(1, 3));
    let asked = || {
        let checks = &ready.scenario.customer.verify;
        let has = |ask: &str| words.iter().any(|w| w.chars().count() > 2 && folded(ask).contains(w.as_str()));
        checks.iter().filter(|c| has(&c.ask)).map(|c| c.level.clamp(1, 3)).max()
    };
    let most = || ready.scenario.customer.verify.iter().map(|c| c.level.clamp(1, 3)).max();
    said.or_else(asked).or_else(|| most().filter(|_| words.is_empty())).unwrap_or(1)
}

/// The name the scenario has for what was done, if it has one.
fn named(ready: &Ready, verb: &str, words: &[String]) -> Option<String> {
    let s = &ready.scenario;
    let whens = s.rule.iter().map(|r| &r.when);
    let whens = whens.chain(s.goal.iter().map(|g| &g.when)).chain(s.slip.iter().map(|g| &g.when));
    let mut names: Vec<&str> = whens
        .filter_map(|w| w.action.as_deref()?.split_once(':'))
        .filter(|(v, _)| *v == verb)
        .map(|(_, what)| what)
        .collect();
    names.sort_unstable();
    names.dedup();
    // Of two that fit the longer one says more.
    let fits = |name: &str| name.split(['-', ' ']).all(|part| words.iter().any(|w| w.split('-').any(|w| w == part)));
    names.into_iter().filter(|name| fits(name)).max_by_key(|name| name.len()).map(str::to_owned)
}

/// What it is called in a sentence, for the trainee.
pub fn verbs() -> String {
    VERBS.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::library;

    fn hears(note: &str) -> Option<Ask> {
        let folders = library::folders();
        let ready = library::ready(&folders["roaming-bill"]).expect("reads");
        ask(&ready, note)
    }

    #[track_caller]
    fn did(note: &str, verb: &str, what: &str, amount: Option<i64>) {
        assert_eq!(hears(note), Some(Ask::Did(act(verb, what, amount))), "{note}");
    }

    #[test]
    fn deeds_are_named_as_people_name_them() {
        did("did: credit goodwill 50.00", "credit", "goodwill", Some(5_000));
        did("Did: credit £50", "credit", "", Some(5_000));
        did("did: change spend cap", "change", "cap", None);
        did("did: verify passcode", "verify", "2", None);
        did("did: verify amount of last bill", "verify", "1", None);
        did("did: verify", "verify", "2", None);
        did("did: verify 3", "verify", "3", None);
        did("did: open roaming zones", "open", "roaming-zones", None);
    }

    #[test]
    fn what_is_no_deed_is_a_note() {
        assert_eq!(hears("She did say: credit 50"), None);
        assert_eq!(hears("Credit of 50.00"), None);
        assert_eq!(hears(" Hint! "), Some(Ask::Hint));
        assert_eq!(hears("go on"), Some(Ask::GoOn));
        assert_eq!(hears("did: fly home"), Some(Ask::Unclear("fly".into())));
        for text in ["did:", "did: ", ":", "did: credit 99999999999999999999", "did: verify 255", "did: credit 1.005 ,"]
        {
            let _ = hears(text);
        }
    }
}
