//! A macro as people write it: one action a line, in order.
//!
//! ```text
//! # what follows a refund
//! reply
//!   Hello {first-name},
//!   we sent {amount?} back to your card today.
//! tag refund -waiting
//! status pending
//! snooze 3d
//! ```
//!
//! `reply`, `note` and `transfer` take their words after them or in the indented lines below. Everything may hold
//! the braces of [`super::text`].

use super::text::{self, Ask, Fact, Part};
use super::{Fault, Kind, Owner, Stock};
use crate::domain::state::State;
use crate::domain::ties::LinkKind;
use crate::domain::work::{Priority, Status};

/// Most steps of one macro.
pub const MOST: usize = 30;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Answers the customer.
    Reply,
    /// Writes a note.
    Note,
    /// Adds tags, and takes away those with a minus.
    Tag,
    /// Sets the order of need.
    Priority,
    /// Says where the case stands, by status or label.
    Status,
    /// Says whose it is: me, nobody, or a login.
    Assign,
    /// Lets it sleep: 2d, tomorrow 9:00.
    Snooze,
    /// Links it: related 4821.
    Link,
    /// Hands the contact on: a queue's or person's short name, then what the next one must know.
    Transfer,
    /// Adds an item to the checklist.
    Check,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Verb; 10] = [
        Verb::Reply,
        Verb::Note,
        Verb::Tag,
        Verb::Priority,
        Verb::Status,
        Verb::Assign,
        Verb::Snooze,
        Verb::Link,
        Verb::Transfer,
        Verb::Check,
    ];

    /// The word a line begins with.
    pub fn word(self) -> &'static str {
        match self {
            Verb::Reply => "reply",
            Verb::Note => "note",
            Verb::Tag => "tag",
            Verb::Priority => "priority",
            Verb::Status => "status",
            Verb::Assign => "assign",
            Verb::Snooze => "snooze",
            Verb::Link => "link",
            Verb::Transfer => "transfer",
            Verb::Check => "check",
        }
    }

    /// What comes after it, for a sentence.
    fn wants(self) -> &'static str {
        match self {
            Verb::Reply => "the words, after it or indented below, or ;name for a snippet",
            Verb::Note => "the words, after it or indented below",
            Verb::Tag => "tags to add, or to take away with a minus: tag refund -waiting",
            Verb::Priority => "low, normal, high or urgent",
            Verb::Status => "open, pending, solved, closed or one of the house's labels",
            Verb::Assign => "me, nobody or a login",
            Verb::Snooze => "a time: 2d, tomorrow 9:00",
            Verb::Link => "a case's number: link 4821, link duplicate 4821",
            Verb::Transfer => "a queue's or person's short name, then what the next one must know",
            Verb::Check => "what is to be done",
        }
    }

    /// Whether its words may stand in lines below it.
    fn is_long(self) -> bool {
        matches!(self, Verb::Reply | Verb::Note | Verb::Transfer)
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// In which line it begins, from 1.
    pub line: usize,
    /// What it does.
    pub verb: Verb,
    /// With what.
    pub words: Vec<Part>,
}

/// Reads a macro.
pub fn read(text: &str) -> Result<Vec<Step>, Fault> {
    // Each with its line, and the line its words begin in.
    let mut steps: Vec<(usize, Verb, String, usize)> = Vec::new();
    for (n, raw) in text.lines().enumerate() {
        let line = n + 1;
        let fault = |because: String| Err(Fault { line, because });
        let below = raw.starts_with([' ', '\t']) || raw.trim().is_empty();
        if below {
            match steps.last_mut() {
                Some((_, verb, words, from)) if verb.is_long() => {
                    match words.is_empty() {
                        true => *from = line,
                        false => words.push('\n'),
                    }
                    words.push_str(raw.strip_prefix("  ").or(raw.strip_prefix('\t')).unwrap_or(raw.trim_start()));
                }
                _ if raw.trim().is_empty() => {}
                Some((_, verb, ..)) => {
                    return fault(format!("{} takes no lines below it; write all of it in one line", verb.word()));
                }
                None => return fault("an indented line belongs to the step above it, and there is none".to_owned()),
            }
            continue;
        }
        if raw.starts_with('#') {
            continue;
        }
        let (first, rest) = raw.split_once(char::is_whitespace).unwrap_or((raw, ""));
        let Some(verb) = Verb::ALL.into_iter().find(|v| v.word() == first) else {
            let all = Verb::ALL.map(Verb::word).join(", ");
            return fault(format!("“{first}” is no action; a line begins with one of {all}"));
        };
        let rest = rest.trim();
        let bare = rest.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or(rest);
        let words = match bare.strip_prefix(';') {
            Some(name) if verb.is_long() && !name.contains(char::is_whitespace) => format!("{{;{name}}}"),
            _ => bare.to_owned(),
        };
        steps.push((line, verb, words, line));
    }
    if steps.is_empty() {
        return Err(Fault { line: 1, because: "there is no action in it; write one a line: tag refund".to_owned() });
    }
    if steps.len() > MOST {
        let because = format!("a macro has at most {MOST} actions; make two of it");
        return Err(Fault { line: steps[MOST].0, because });
    }
    let mut list = Vec::with_capacity(steps.len());
    for (line, verb, words, from) in steps {
        let words = words.trim_end();
        if words.trim().is_empty() {
            return Err(Fault { line, because: format!("{} what? It takes {}", verb.word(), verb.wants()) });
        }
        let parts = text::read(words).map_err(|f| Fault { line: from + f.line - 1, because: f.because })?;
        let step = Step { line, verb, words: parts };
        check(&step)?;
        list.push(step);
    }
    Ok(list)
}

/// Refuses what can be seen to be wrong before it is known what is filled in.
fn check(step: &Step) -> Result<(), Fault> {
    let [Part::Words(words)] = step.words.as_slice() else { return Ok(()) };
    let because = match step.verb {
        Verb::Priority if Priority::ALL.iter().all(|p| p.word() != words) => {
            format!("there is no priority {words}; it is {}", step.verb.wants())
        }
        Verb::Link if link(words).is_none() => format!("“{words}” is no link; it takes {}", step.verb.wants()),
        _ => return Ok(()),
    };
    Err(Fault { line: step.line, because })
}

/// `related 4821`, `4821`, `#4821`.
pub(super) fn link(words: &str) -> Option<(LinkKind, u64)> {
    let (kind, number) = match words.split_once(char::is_whitespace) {
        None => (LinkKind::Related, words),
        Some((kind, number)) => (LinkKind::ALL.into_iter().find(|k| k.word() == kind)?, number.trim()),
    };
    Some((kind, number.strip_prefix('#').unwrap_or(number).parse().ok()?))
}

/// Everything a macro asks, once, in order: its own questions, those of its snippets, and facts nobody knows here.
pub fn asks(
    steps: &[Step],
    facts: &dyn Fn(Fact) -> Option<String>,
    snippets: &dyn Fn(&str) -> Option<Vec<Part>>,
) -> Vec<Ask> {
    let mut all: Vec<Part> = Vec::new();
    for part in steps.iter().flat_map(|s| &s.words) {
        match part {
            Part::Snippet(name) => all.extend(snippets(name).into_iter().flatten()),
            part => all.push(part.clone()),
        }
    }
    for part in &mut all {
        if let Part::Fact(fact) = part
            && facts(*fact).is_none_or(|words| words.trim().is_empty())
        {
            *part = Part::Ask(Ask { prompt: fact.word().to_owned(), default: None, choices: Vec::new() });
        }
    }
    text::asks(&all)
}

/// Macros that name snippets, queues or people that are not there. Place and reason.
pub(in crate::domain) fn lints(state: &State) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for stock in state.stocks().filter(|s| s.kind == Kind::Macro) {
        for step in read(&stock.body).unwrap_or_default() {
            let mut odd = |because: String| {
                found.push((format!("macro {}, line {}", stock.key, step.line), because));
            };
            for part in &step.words {
                let Part::Snippet(name) = part else { continue };
                let serves = |s: &Stock| s.kind == Kind::Snippet && s.key == *name;
                let seen = |s: &Stock| s.owner == stock.owner || s.owner == Owner::Firm;
                if !state.stocks().any(|s| serves(s) && seen(s)) {
                    odd(format!("there is no snippet {name} that everyone who has the macro has too"));
                }
            }
            if let (Verb::Transfer, Some(Part::Words(words))) = (step.verb, step.words.first()) {
                let name = words.split_whitespace().next().unwrap_or_default();
                let queue = state.queues().any(|q| q.active && q.key == name);
                if !queue && !state.agents().any(|a| a.active && a.login == name) {
                    odd(format!("there is no queue or person {name} to hand on to"));
                }
            }
            if let (Verb::Status, [Part::Words(words)]) = (step.verb, step.words.as_slice()) {
                let low = words.to_lowercase();
                let label = state.labels().any(|l| l.active && (l.key == *words || l.name.to_lowercase() == low));
                if Status::from_word(&low).is_none() && !label {
                    odd(format!("there is no status or label {words}"));
                }
            }
        }
    }
    found
}

/// A step as a line, with its words below it when they are several lines.
pub fn write(verb: Verb, words: &str) -> String {
    match words.contains('\n') {
        true => format!("{}\n  {}", verb.word(), words.replace('\n', "\n  ")),
        false => format!("{} {words}", verb.word()),
    }
}
