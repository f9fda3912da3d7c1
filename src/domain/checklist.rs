//! Checklists: what is to be done on a case, ticked by whom and when.
//!
//! The house's templates belong to queues and reasons and are on every case they fit, without anyone adding them;
//! only what was ticked, or typed by an agent, is stored with the case. An item is known by its words, so changes by
//! two people merge as tags do. One invariant: a case's items have different words.

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, ChecklistId, QueueId, ReasonId};
use super::state::State;
use super::time::At;
use super::work::Case;

/// Longest words of an item, in characters.
pub const MAX_WORDS: usize = 200;
/// Most items on one case, and in one template.
pub const MOST: usize = 50;

/// What a template asks of its mandatory items when a contact is wrapped up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Demand {
    /// Those that are open are named, and the wrap-up is done.
    #[default]
    Warn,
    /// The wrap-up waits for them.
    Refuse,
}

impl Demand {
    /// Every demand.
    pub const ALL: [Demand; 2] = [Demand::Warn, Demand::Refuse];

    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Demand::Warn => "warn",
            Demand::Refuse => "refuse",
        }
    }

    /// Reads [`Demand::word`].
    pub fn from_word(word: &str) -> Option<Demand> {
        Demand::ALL.into_iter().find(|d| d.word() == word)
    }
}

/// One item of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What is to be done.
    pub text: String,
    /// Whether a wrap-up asks for it.
    #[serde(default)]
    pub must: bool,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// Identity.
    pub id: ChecklistId,
    /// Short name used in files.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// What is to be done, in order.
    pub items: Vec<Wanted>,
    /// Only cases of these queues; none is all.
    pub queues: Vec<QueueId>,
    /// Only contacts for these reasons; none is all.
    pub reasons: Vec<ReasonId>,
    /// What it asks at wrap-up.
    pub demand: Demand,
    /// False once retired.
    pub active: bool,
}

impl Checklist {
    fn fits(&self, case: &Case, reason: Option<ReasonId>) -> bool {
        self.active
            && (self.queues.is_empty() || self.queues.contains(&case.queue))
            && (self.reasons.is_empty() || reason.is_some_and(|r| self.reasons.contains(&r)))
    }
}

/// Something on a case that was ticked, or typed by an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is to be done.
    pub text: String,
    /// Who typed it; `None` is a template's.
    pub by: Option<AgentId>,
    /// Who did it, and when.
    pub done: Option<(AgentId, At)>,
}

/// One line of a case's checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// What is to be done.
    pub text: &'a str,
    /// What a wrap-up asks of it, if anything.
    pub demand: Option<Demand>,
    /// Who typed it; `None` is a template's.
    pub by: Option<AgentId>,
    /// Who did it, and when.
    pub done: Option<(AgentId, At)>,
}

/// A case's checklist for a reason: what the templates want, in their order, then what agents typed, then what was
/// ticked for another reason.
pub fn lines<'a>(state: &'a State, case: &'a Case, reason: Option<ReasonId>) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    for list in state.checklists().filter(|l| l.fits(case, reason)) {
        for item in &list.items {
            let demand = item.must.then_some(list.demand);
            match lines.iter_mut().find(|l| l.text == item.text) {
                // The stricter template counts.
                Some(line) => line.demand = line.demand.max(demand),
                None => lines.push(Line { text: &item.text, demand, by: None, done: None }),
            }
        }
    }
    for check in &case.checks {
        match lines.iter_mut().find(|l| l.text == check.text) {
            Some(line) => line.done = check.done,
            None => lines.push(Line { text: &check.text, demand: None, by: check.by, done: check.done }),
        }
    }
    lines
}

/// The mandatory items that are open, for a reason and a demand.
pub fn open<'a>(state: &'a State, case: &'a Case, reason: Option<ReasonId>, demand: Demand) -> Vec<&'a str> {
    let wanted = |l: &Line| l.demand == Some(demand) && l.done.is_none();
    lines(state, case, reason).into_iter().filter(wanted).map(|l| l.text).collect()
}

/// What is wrong with a template. Field and reason.
pub fn fault(list: &Checklist) -> Option<(&'static str, String)> {
    if list.items.is_empty() || list.items.len() > MOST {
        return Some(("items", format!("a checklist has 1 to {MOST} items")));
    }
    for (n, item) in list.items.iter().enumerate() {
        if tidy(&item.text).is_none_or(|text| text != item.text) {
            return Some(("items", format!("item {} is empty, or longer than {MAX_WORDS} characters", n + 1)));
        }
        if list.items[..n].iter().any(|other| other.text == item.text) {
            return Some(("items", format!("{} is there twice", item.text)));
        }
    }
    None
}

/// An item's words in the one form they are kept in: one line, single blanks; `None` when empty or too long.
pub fn tidy(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty() && text.chars().count() <= MAX_WORDS).then_some(text)
}

/// Templates that are on no case, or that demand nothing. Place and reason.
pub(super) fn lints(state: &State) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for list in state.checklists().filter(|l| l.active) {
        let place = || format!("checklist {}", list.key);
        let queue = |id: &QueueId| state.queue(*id).is_some_and(|q| q.active);
        let reason = |id: &ReasonId| state.reason(*id).is_some_and(|r| r.active);
        if !list.queues.is_empty() && !list.queues.iter().any(queue) {
            found.push((place(), "its queues are closed for good; give it others or retire it".into()));
        } else if !list.reasons.is_empty() && !list.reasons.iter().any(reason) {
            found.push((place(), "its reasons are out of use; give it others or retire it".into()));
        } else if list.demand == Demand::Refuse && !list.items.iter().any(|i| i.must) {
            found.push((place(), "it lets no wrap-up pass without its mandatory items, but has none".into()));
        }
    }
    found
}

#[cfg(test)]
mod tests;
