//! Service promises: which policy holds for a case, which clocks run for it, and what they say.
//!
//! A [`policy::Policy`] says how soon; a [`clock::Clock`] is one promise on one case, kept in the case's row so that
//! every desk shows it offline; [`follow`] turns what happens to a case into turns of its clocks, which are events;
//! [`explain`] says in sentences what a clock does and why. Due times are instants worked out when something happens,
//! so nobody needs a timer but the server's alarms. Rules are those of operations 3.2.

pub mod clock;
pub mod explain;
pub mod follow;
pub mod policy;
pub mod words;

use serde::{Deserialize, Serialize};

use super::ids::PolicyId;
use super::time::At;
use clock::Clock;

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// A person answers: from the customer's coming to the first public reply of an agent, or to their picking up.
    First,
    /// A person answers again: from the oldest customer message without an answer, once there was a first one.
    Next,
    /// It is solved: from the customer's coming to the first time the case is solved. Opened again, that stays as it
    /// was; a policy may promise anew, from the opening again.
    Resolution,
}

impl Promise {
    /// Every promise, in the order in which they fall due as a rule.
    pub const ALL: [Promise; 3] = [Promise::First, Promise::Next, Promise::Resolution];

    /// The word used in files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Promise::First => "first",
            Promise::Next => "next",
            Promise::Resolution => "resolution",
        }
    }

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Promise::First => "First response",
            Promise::Next => "Next response",
            Promise::Resolution => "Resolution",
        }
    }
}

/// What a case's clocks go by: facts kept up to date by ordinary events, and the clocks themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sla {
    /// When the customer came; `None` where nothing is promised (imported, abandoned without a word, merged).
    pub from: Option<At>,
    /// First answer of a person.
    pub answered: Option<At>,
    /// Oldest customer message without an answer, after the first answer.
    pub waiting: Option<At>,
    /// First solved.
    pub resolved: Option<At>,
    /// Opened again after that, while it is not solved once more.
    pub reopened: Option<At>,
    /// The policy in force.
    pub policy: Option<PolicyId>,
    /// The newest clock of each promise; earlier ones are in the ledger.
    pub clocks: Vec<Clock>,
}

impl Sla {
    /// What begins when a customer comes with something new.
    pub fn since(came: At) -> Sla {
        Sla { from: Some(came), ..Sla::default() }
    }

    /// The newest clock of a promise.
    pub fn clock(&self, promise: Promise) -> Option<&Clock> {
        self.clocks.iter().find(|c| c.promise == promise)
    }

    /// Puts a clock in the place of the one for the same promise.
    pub fn set(&mut self, clock: Clock) {
        match self.clocks.iter_mut().find(|c| c.promise == clock.promise) {
            Some(place) => *place = clock,
            None => {
                self.clocks.push(clock);
                self.clocks.sort_by_key(|c| c.promise);
            }
        }
    }

    /// Clocks that are not over.
    pub fn open(&self) -> impl Iterator<Item = &Clock> {
        self.clocks.iter().filter(|c| c.ended.is_none())
    }

    /// The clock to show: of those that run the one due first, else one that rests.
    pub fn pressing(&self) -> Option<&Clock> {
        self.open().min_by_key(|c| (c.paused.is_some(), c.due.unwrap_or(At(i64::MAX)), c.promise))
    }

    /// When something must be said about it if nothing else happens: the next warning or breach.
    pub fn alarm(&self) -> Option<At> {
        self.clocks.iter().filter_map(Clock::alarm).min()
    }

    /// The customer has spoken.
    pub fn heard(&mut self, at: At) {
        if self.answered.is_some() || self.from.is_none() {
            self.waiting.get_or_insert(at);
        }
    }

    /// A person has answered.
    pub fn answer(&mut self, at: At) {
        self.answered.get_or_insert(at);
        self.waiting = None;
    }
}

/// Why a clock turned; who did it is with the entry in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The customer came.
    Opened,
    /// The customer wrote.
    Heard,
    /// A person answered.
    Answered,
    /// The case's status changed.
    Status,
    /// The order of need changed.
    Priority,
    /// The case went to another queue.
    Moved,
    /// Tags changed.
    Tags,
    /// The customer gave up.
    Abandoned,
    /// The case became part of another, or its own again.
    Merged,
    /// Policies or calendars changed.
    Configuration,
    /// Time went by.
    Time,
}

impl Cause {
    /// The words for it: "because {…}".
    pub fn words(self) -> &'static str {
        match self {
            Cause::Opened => "the customer came",
            Cause::Heard => "the customer wrote",
            Cause::Answered => "the customer has an answer",
            Cause::Status => "the status changed",
            Cause::Priority => "the priority changed",
            Cause::Moved => "the case moved to another queue",
            Cause::Tags => "the tags changed",
            Cause::Abandoned => "the customer gave up",
            Cause::Merged => "the case was merged or unmerged",
            Cause::Configuration => "the policy or its calendar changed",
            Cause::Time => "time went by",
        }
    }
}

#[cfg(test)]
mod tests;
