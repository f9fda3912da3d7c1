//! What is kept in stock to be used again: snippets (text with stops to fill in) and macros (a staged list of
//! actions). Both are rows of one kind, written by people, owned by the firm, a team or one agent.
//!
//! [`text`] reads and fills in the words, [`steps`] reads a macro, [`stage`] says what it would do. Nothing in here
//! knows a screen. One invariant: what is stored was read without a fault, so filling it in never fails.

pub mod date;
pub mod stage;
pub mod steps;
pub mod text;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, StockId, TeamId};
use super::people::Agent;
use super::scope::Scope;
use super::state::State;

/// Longest short name, in characters.
pub const MAX_KEY: usize = 40;
/// Longest title, in characters.
pub const MAX_TITLE: usize = 80;
/// Longest text, in bytes.
pub const MAX_TEXT: usize = 20_000;
/// Most snippets and macros of one owner.
pub const MOST: usize = 1_000;

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text with stops.
    Snippet,
    /// A list of actions.
    Macro,
}

impl Kind {
    /// The word used on screen and in files.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Snippet => "snippet",
            Kind::Macro => "macro",
        }
    }
}

/// Whose it is; that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Everyone's.
    Firm,
    /// One team's.
    Team(TeamId),
    /// One agent's own; it is at every desk they sign in at.
    Agent(AgentId),
}

impl Owner {
    /// Where its rows live.
    pub fn scope(self) -> Scope {
        match self {
            Owner::Firm => Scope::Library,
            Owner::Team(team) => Scope::Shelf(team),
            Owner::Agent(agent) => Scope::Agent(agent),
        }
    }
}

/// A snippet or a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Identity.
    pub id: StockId,
    /// Which of the two.
    pub kind: Kind,
    /// Short name, as typed to get it: `refund`. Unique with its locale among its owner's of the same kind.
    pub key: String,
    /// Name shown: `A refund is on its way`.
    pub title: String,
    /// The text ([`text`]) or the steps ([`steps`]).
    pub body: String,
    /// BCP 47; empty is for every language.
    pub locale: String,
    /// Whose.
    pub owner: Owner,
}

/// What tells a snippet or macro from all others. A desk that made one knows this before the server has given it a
/// number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// Which of the two.
    pub kind: Kind,
    /// Whose.
    pub owner: Owner,
    /// Short name.
    pub key: String,
    /// BCP 47 in small letters; empty is for every language.
    pub locale: String,
}

impl Stock {
    /// What tells it from all others.
    pub fn name(&self) -> Name {
        Name { kind: self.kind, owner: self.owner, key: self.key.clone(), locale: self.locale.to_ascii_lowercase() }
    }

    /// Whether this is its name.
    pub fn is_called(&self, name: &Name) -> bool {
        self.kind == name.kind
            && self.owner == name.owner
            && self.key == name.key
            && self.locale.eq_ignore_ascii_case(&name.locale)
    }
}

/// How often one agent has used what; lives in their own scope, so that counting costs nobody else a byte. The
/// firm's count is the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Who.
    pub agent: AgentId,
    /// How often.
    pub uses: BTreeMap<StockId, u32>,
}

/// What is wrong with a text or a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In which line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead; no full stop.
    pub because: String,
}

impl Fault {
    /// `line 3: there is no …`.
    pub fn words(&self) -> String {
        format!("line {}: {}", self.line, self.because)
    }
}

/// What is wrong with it, whoever owns it; the field and why.
pub fn fault(stock: &Stock) -> Option<(&'static str, String)> {
    let key = stock.key.as_str();
    if key.is_empty() || key.chars().count() > MAX_KEY || key.contains(char::is_whitespace) {
        return Some(("name", format!("its short name has 1 to {MAX_KEY} characters and no blanks")));
    }
    if key.starts_with([';', '/']) {
        return Some(("name", "leave the ; or / away; it is typed before the name".to_owned()));
    }
    if stock.title.trim().is_empty() || stock.title.chars().count() > MAX_TITLE {
        return Some(("title", format!("its title has 1 to {MAX_TITLE} characters")));
    }
    if stock.body.trim().is_empty() || stock.body.len() > MAX_TEXT {
        return Some(("text", format!("its text has 1 to {MAX_TEXT} bytes")));
    }
    if !is_locale(&stock.locale) {
        return Some(("locale", format!("{} is no language tag; write es or es-MX, or nothing", stock.locale)));
    }
    let read = match stock.kind {
        Kind::Snippet => text::read(&stock.body).map(|_| ()),
        Kind::Macro => steps::read(&stock.body).map(|_| ()),
    };
    read.err().map(|fault| (stock.kind.word(), fault.words()))
}

/// Whether a text has the form of a BCP 47 tag, or is empty.
pub fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let alpha = |p: &str| p.chars().all(|c| c.is_ascii_alphabetic());
    let subtag = |p: &str| (1..=8).contains(&p.len()) && p.chars().all(|c| c.is_ascii_alphanumeric());
    text.is_empty() || ((2..=8).contains(&language.len()) && alpha(language) && parts.all(subtag))
}

/// How well a text in `locale` serves someone who wants `wanted`; 0 is best. The order is es-MX, es, another es,
/// no language at all, the firm's own language, anything else.
pub fn fit(locale: &str, wanted: &str, firm: &str) -> u8 {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let same = |a: &str, b: &str| !a.is_empty() && a.eq_ignore_ascii_case(b);
    if same(locale, wanted) {
        0
    } else if same(locale, &language(wanted)) {
        1
    } else if !locale.is_empty() && language(locale) == language(wanted) {
        2
    } else if locale.is_empty() {
        3
    } else if !firm.is_empty() && language(locale) == language(firm) {
        4
    } else {
        5
    }
}

/// What an agent can use, for someone who speaks `wanted`: of each short name the one that serves best; first what
/// is in their language, then what is used most, own before the team's before the firm's.
pub fn shelf<'a>(state: &'a State, me: &Agent, kind: Kind, wanted: &str) -> Vec<&'a Stock> {
    let firm = state.firm().map_or("", |f| f.locale.as_str());
    let mine = |s: &&Stock| match s.owner {
        Owner::Firm => true,
        Owner::Team(team) => team == me.team,
        Owner::Agent(agent) => agent == me.id,
    };
    let mut best: BTreeMap<(Owner, &str), (u8, &Stock)> = BTreeMap::new();
    for stock in state.stocks().filter(|s| s.kind == kind).filter(mine) {
        let fit = fit(&stock.locale, wanted, firm);
        let place = best.entry((stock.owner, stock.key.as_str())).or_insert((fit, stock));
        if fit < place.0 {
            *place = (fit, stock);
        }
    }
    let class = |fit: u8| match fit {
        0..=2 => 0,
        3 | 4 => 1,
        _ => 2,
    };
    let mut found: Vec<(u8, &Stock)> = best.into_values().collect();
    found.sort_by_key(|(fit, s)| {
        (class(*fit), std::cmp::Reverse(uses(state, me.id, s.id)), std::cmp::Reverse(s.owner), s.key.clone())
    });
    found.into_iter().map(|(_, s)| s).collect()
}

/// How often an agent has used it.
pub fn uses(state: &State, agent: AgentId, id: StockId) -> u32 {
    state.usage(agent).and_then(|u| u.uses.get(&id)).copied().unwrap_or(0)
}

/// Counts a use of each.
pub(super) fn count(state: &mut State, agent: AgentId, used: &[StockId]) {
    let mut usage = state.usage(agent).cloned().unwrap_or(Usage { agent, uses: BTreeMap::new() });
    for id in used.iter().collect::<BTreeSet<_>>() {
        let uses = usage.uses.entry(*id).or_insert(0);
        *uses = uses.saturating_add(1);
    }
    state.put(usage);
}
