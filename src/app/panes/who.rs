//! How well we know who the customer is, in words: what stands behind it, or who they may be and why.

use super::queue;
use crate::app::action::{Action, Context};
use crate::app::model::Model;
use crate::app::words;
use crate::domain::proof::{Clue, Proof};
use crate::domain::time::At;
use crate::domain::work::{Channel, Interaction};

/// Longest name of one of several, in characters; the key must still stand there in 80 columns.
const NAME: usize = 24;
/// Names at most; the others are counted.
const NAMES: usize = 2;

/// How far it can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Somebody vouches for it.
    Sure,
    /// It is likely, and can be forged.
    Likely,
    /// Ask them.
    Weak,
}

/// What stands behind who the customer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backing {
    /// How far it goes.
    pub grade: Grade,
    /// In words.
    pub words: String,
}

/// What stands behind who the customer of a contact is; `None` when nobody is named, or somebody may be.
pub fn backing(model: &Model, i: &Interaction, server: At) -> Option<Backing> {
    i.customer?;
    let spoken = matches!(i.channel, Channel::Voice | Channel::Callback);
    let (grade, words) = match (i.known.told, i.known.proof) {
        (Some((by, at)), _) => {
            let (who, when) = (queue::agent_name(model.view(), by), words::moment(at, server, model.zone()));
            return Some(Backing { grade: Grade::Sure, words: t!("by an agent: {who}, {when}", who, when) });
        }
        (None, Proof::Proven) if spoken => (Grade::Sure, t!("proven on the way here")),
        (None, Proof::Proven) => (Grade::Sure, t!("signed in on the site")),
        (None, Proof::Address) => match i.known.clue {
            Some(Clue::Reference) => (Grade::Likely, t!("by reference, not proven")),
            Some(Clue::Number) => (Grade::Likely, t!("by number, not proven")),
            None if spoken => (Grade::Likely, t!("by number, not proven")),
            _ => (Grade::Likely, t!("by address, not proven")),
        },
        (None, Proof::Said) => (Grade::Weak, t!("says so, not proven")),
    };
    Some(Backing { grade, words: words.to_owned() })
}

/// Who somebody may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maybe {
    /// `may be Dana Holt or Dan Holt`.
    pub who: String,
    /// `same address`.
    pub why: &'static str,
    /// The key that says who it is.
    pub key: String,
}

/// Who the customer of a contact may be; `None` when it is known, or nobody may be.
pub fn maybe(model: &Model, i: &Interaction) -> Option<Maybe> {
    if i.customer.is_some() || i.maybe.is_empty() {
        return None;
    }
    // Who became one person meanwhile is one.
    let view = model.view();
    let mut people: Vec<_> = i.maybe.iter().map(|id| view.customer_root(*id)).collect();
    people.sort_unstable();
    people.dedup();
    let known = people.iter().filter_map(|id| view.customer(*id));
    let mut names: Vec<String> = known.take(NAMES).map(|c| words::excerpt(&c.name, NAME)).collect();
    let others = people.len() - names.len();
    if names.is_empty() {
        names.push(tn!(others, "1 customer known here", "one of {n} customers known here"));
    } else if others > 0 {
        names.push(tn!(others, "1 other", "{n} others"));
    }
    let names = match &names[..] {
        [first @ .., last] if !first.is_empty() => t!("{first} or {last}", first = first.join(", "), last),
        _ => names.join(""),
    };
    // What stands beside a proven reference was typed like anything else.
    let typed = i.known.proof != Proof::Address;
    let why = match (i.known.clue, typed) {
        (Some(Clue::Reference), true) => t!("reference typed"),
        (Some(Clue::Reference), false) => t!("same reference"),
        (Some(Clue::Number), true) => t!("number typed"),
        (Some(Clue::Number), false) => t!("same number"),
        (_, true) => t!("address typed"),
        (_, false) => t!("same address"),
    };
    let key = model.keymap.shown(&[Context::Global], Action::Identify, false).unwrap_or_default();
    Some(Maybe { who: t!("may be {names}", names), why, key })
}
