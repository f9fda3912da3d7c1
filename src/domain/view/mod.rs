//! Views: saved filters over cases, written as text: `mine sla<30m !snoozed`.
//!
//! [`parse`] reads the words, [`text`] writes them again, [`sight`] says whether a case is in view and in which order
//! cases stand. Pure, so that a desk and `cordboard admin view` understand the same words. One invariant: what was read
//! and written again is read as the same view.

pub mod parse;
pub mod sight;
pub mod text;

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, ViewId};
use super::work::{Channel, Priority, Status};

pub use parse::{Fault, parse, read};
pub use sight::{Sight, due, waiting_since};

/// Longest text of a view, in characters.
pub const MAX_TEXT: usize = 500;
/// Longest name of a view, in characters.
pub const MAX_NAME: usize = 40;

/// A view someone saved: the team's, in everyone's list, or one agent's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Identity.
    pub id: ViewId,
    /// Name shown; unique among the team's, or among its owner's.
    pub name: String,
    /// What it looks for.
    pub text: String,
    /// Whose; `None` is the team's.
    pub owner: Option<AgentId>,
}

/// Views that every desk has, by name and text.
pub const BUILT_IN: [(&str, &str); 8] = [
    ("My open cases", "mine (status:open | status:pending) !snoozed"),
    ("Customers waiting", "waiting"),
    ("Due within 30 minutes", "sla<30m (status:open | status:pending)"),
    ("Nobody's", "assignee:none status:open"),
    ("High and urgent", "priority>=high (status:open | status:pending)"),
    ("Escalated", "escalated (status:open | status:pending)"),
    ("Snoozed", "snoozed"),
    ("Solved this week", "status:solved updated<1w"),
];

/// Whose a case must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The one who looks.
    Me,
    /// Nobody's.
    Nobody,
    /// An agent's, by login.
    Login(String),
}

/// How a priority is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `priority:high`.
    Is,
    /// `priority>=high`.
    AtLeast,
    /// `priority<=high`.
    AtMost,
    /// `priority>high`.
    More,
    /// `priority<high`.
    Less,
}

/// A span that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Time left until the case's next clock is due; less than nothing when it is late.
    Sla,
    /// How long its customer has waited.
    Waiting,
    /// Since it was last changed.
    Updated,
    /// Since it was first seen.
    Created,
}

impl Span {
    /// Every span.
    pub const ALL: [Span; 4] = [Span::Sla, Span::Waiting, Span::Updated, Span::Created];

    /// The word used in views.
    pub fn word(self) -> &'static str {
        match self {
            Span::Sla => "sla",
            Span::Waiting => "waiting",
            Span::Updated => "updated",
            Span::Created => "created",
        }
    }
}

/// One thing a case must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is the one's who looks.
    Mine,
    /// It sleeps.
    Snoozed,
    /// It was escalated.
    Escalated,
    /// Its customer waits for an answer.
    Waiting,
    /// A clock of it is past due.
    Late,
    /// It became part of another case.
    Merged,
    /// It is one of the things that the case of this number causes.
    Incident(u64),
    /// Where it stands.
    Status(Status),
    /// Its order of need.
    Priority(Compare, Priority),
    /// In the queue of this key.
    Queue(String),
    /// It has this tag.
    Tag(String),
    /// Whose it is.
    Assignee(Whose),
    /// How it first came.
    Channel(Channel),
    /// Its language begins like this.
    Language(String),
    /// Its last reason is this one or below it.
    Reason(String),
    /// Its last outcome, by key.
    Outcome(String),
    /// It has the label of this key.
    Label(String),
    /// A mandatory item of its checklist is open.
    Unticked,
    /// Its customer's name holds this.
    Customer(String),
    /// A span is less (or more) than so many milliseconds.
    Span {
        /// Which.
        span: Span,
        /// Less than, or more than.
        less: bool,
        /// Milliseconds, whole seconds.
        ms: i64,
    },
    /// Subject, customer's name or reference holds these words.
    Words(String),
}

/// What a case must be to be in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// All of these; none is everything.
    All(Vec<Expr>),
    /// At least one of these.
    Any(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// This.
    Is(Test),
}

impl Expr {
    /// Whether a test of some kind is in it.
    pub fn tests(&self, of: &dyn Fn(&Test) -> bool) -> bool {
        match self {
            Expr::All(parts) | Expr::Any(parts) => parts.iter().any(|p| p.tests(of)),
            Expr::Not(part) => part.tests(of),
            Expr::Is(test) => of(test),
        }
    }

    /// Whether the customer's name matters to it.
    pub fn needs_name(&self) -> bool {
        self.tests(&|t| matches!(t, Test::Words(_) | Test::Customer(_)))
    }
}

#[cfg(test)]
mod tests;
