//! The conversation pane: the thread of the open case, newest at the bottom.

use crate::app::list::Scroll;
use crate::app::port::Thread;
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::time::At;

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// Which case is open.
    pub case: Option<CaseId>,
    /// What the cache holds of it, once it answered.
    pub thread: Option<Box<Thread>>,
    /// The cache answered that it holds nothing.
    pub missing: bool,
    /// Where the reader is.
    pub scroll: Scroll,
    /// Threads lately shown, newest last, so that going back and forth does not flicker.
    pub shelf: Vec<Box<Thread>>,
    /// When the newest customer message came on screen, this machine's clock; see `composer::seen`.
    pub shown: Option<(MessageId, At)>,
}

/// Who speaks, told apart by mark and word, not by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The customer.
    Customer,
    /// This agent or another, to the customer.
    Agent,
    /// A note for the team.
    Note,
    /// The desk itself: wrap-ups, transfers, imports.
    System,
}

/// How sure a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The server has it.
    Confirmed,
    /// Made here, not yet confirmed.
    Unconfirmed,
    /// Made here, and would be refused as things stand: why.
    Doubtful(String),
}

/// One entry of the thread; text is raw and may have many lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Which message; provisional while predicted.
    pub id: MessageId,
    /// Who speaks.
    pub voice: Voice,
    /// Their name; empty for the desk itself.
    pub who: String,
    /// Written by this agent.
    pub mine: bool,
    /// When, server time.
    pub at: At,
    /// The words.
    pub body: std::borrow::Cow<'a, str>,
    /// How sure it is.
    pub standing: Standing,
}

/// The line above the thread; text is raw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// `#4821`.
    pub number: String,
    /// Customer's name.
    pub name: String,
    /// The case's subject.
    pub subject: String,
    /// What there is to know in words: `talk 2:05`, `waiting 3m in Billing`, `solved`, `high`, `snoozed until …`.
    pub facts: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Why it was escalated, if it was.
    pub escalated: Option<String>,
    /// Who else is here: `Ana is writing`, `Ben is looking`.
    pub others: Vec<String>,
}
