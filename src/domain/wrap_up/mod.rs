//! Work after a contact: what a queue asks of it, what an outcome demands, and the words that are made for the agent
//! (the summary, the hand-off card) from what the desk knows.
//!
//! Nothing here loses or forbids words: a time that is over marks, it does not cut off what is being written.

pub mod card;
pub mod lint;
pub mod summary;

use serde::{Deserialize, Serialize};

use super::time::SECOND;
use super::work::{Outcome, Queue};

/// What one more minute gives, seconds (operations 5).
pub const MORE_S: u32 = 60;
/// How often more time is given (operations 5).
pub const MORE_MOST: u8 = 2;

/// How work after a contact goes in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Codes may be given; no time.
    Optional,
    /// Codes must be given; the time is a soft limit.
    #[default]
    Mandatory,
    /// Codes may be given, until the time is over.
    TimeBoxed,
    /// Codes must be given, until the time is over.
    MandatoryTimeBoxed,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Mode; 4] = [Mode::Optional, Mode::Mandatory, Mode::TimeBoxed, Mode::MandatoryTimeBoxed];

    /// The word used in files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Optional => "optional",
            Mode::Mandatory => "mandatory",
            Mode::TimeBoxed => "time-boxed",
            Mode::MandatoryTimeBoxed => "mandatory-time-boxed",
        }
    }

    /// Reads [`Mode::word`].
    pub fn from_word(word: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|m| m.word() == word)
    }

    /// Whether reason and outcome must be given.
    pub fn demands(self) -> bool {
        matches!(self, Mode::Mandatory | Mode::MandatoryTimeBoxed)
    }

    /// Whether the wrap-up is marked incomplete when its time is over.
    pub fn is_timed(self) -> bool {
        matches!(self, Mode::TimeBoxed | Mode::MandatoryTimeBoxed)
    }
}

/// What a queue asks of the work after its contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WrapUpRules {
    /// How it goes.
    pub mode: Mode,
    /// When a time box is over the agent is free at once, without codes; what is written stays on their desk.
    pub forced_ready: bool,
    /// Whether anything may be promised while wrapping up.
    pub follow_ups: bool,
}

impl Default for WrapUpRules {
    fn default() -> WrapUpRules {
        WrapUpRules { mode: Mode::Mandatory, forced_ready: false, follow_ups: true }
    }
}

impl WrapUpRules {
    /// What is wrong with them beside a time of so many seconds, field and reason.
    pub fn fault(self, limit_s: u32) -> Option<(&'static str, String)> {
        if self.mode.is_timed() && limit_s == 0 {
            return Some(("wrap-up", format!("{} needs a time; give it seconds", self.mode.word())));
        }
        if self.forced_ready && !self.mode.is_timed() {
            return Some(("wrap-up", "only the end of a time box can free the agent; choose a time-boxed mode".into()));
        }
        None
    }
}

/// The time for wrapping up a contact of a queue, ms, more time included; `None` is without.
pub fn limit_ms(queue: &Queue, more: u8) -> Option<i64> {
    (queue.wrap_up_s > 0).then(|| (i64::from(queue.wrap_up_s) + i64::from(MORE_S) * i64::from(more)) * SECOND)
}

/// What a wrap-up must hold for an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A note.
    Note,
    /// A follow-up with its time.
    FollowUp,
    /// Whose promise the follow-up is, by name.
    Owner,
    /// Whether the problem is solved.
    Resolved,
    /// The number of the complaint.
    Complaint,
    /// How far the customer was verified.
    Verified,
}

impl Need {
    /// Every need.
    pub const ALL: [Need; 6] =
        [Need::Note, Need::FollowUp, Need::Owner, Need::Resolved, Need::Complaint, Need::Verified];

    /// The word used in files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Need::Note => "note",
            Need::FollowUp => "follow-up",
            Need::Owner => "owner",
            Need::Resolved => "resolved",
            Need::Complaint => "complaint",
            Need::Verified => "verified",
        }
    }

    /// Reads [`Need::word`].
    pub fn from_word(word: &str) -> Option<Need> {
        Need::ALL.into_iter().find(|n| n.word() == word)
    }

    /// What is asked for, in words.
    pub fn sentence(self) -> &'static str {
        match self {
            Need::Note => "a few words",
            Need::FollowUp => "what was promised and by when",
            Need::Owner => "whose promise it is",
            Need::Resolved => "whether the problem is solved",
            Need::Complaint => "the number of the complaint",
            Need::Verified => "how far they were verified",
        }
    }
}

/// Whether the customer's problem is solved, as the agent saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolved {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody can say yet.
    Unknown,
}

impl Resolved {
    /// Every answer.
    pub const ALL: [Resolved; 3] = [Resolved::Yes, Resolved::No, Resolved::Unknown];

    /// The word used in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Resolved::Yes => "yes",
            Resolved::No => "no",
            Resolved::Unknown => "unknown",
        }
    }

    /// Reads [`Resolved::word`].
    pub fn from_word(word: &str) -> Option<Resolved> {
        Resolved::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// How far the customer's identity was checked (operations 4.2: from public facts to changes that move money).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// Nothing was asked for that needs it.
    NotNeeded,
    /// Facts they knew: enough to tell how things stand.
    Level1,
    /// A passcode, or a code sent to the contact on file: enough to change the account.
    Level2,
    /// Called back on the number on file: enough to change who may change it.
    Level3,
    /// They did not pass.
    Failed,
}

impl Verified {
    /// Every answer.
    pub const ALL: [Verified; 5] =
        [Verified::NotNeeded, Verified::Level1, Verified::Level2, Verified::Level3, Verified::Failed];

    /// The word used in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Verified::NotNeeded => "not needed",
            Verified::Level1 => "level 1",
            Verified::Level2 => "level 2",
            Verified::Level3 => "level 3",
            Verified::Failed => "failed",
        }
    }
}

/// What an agent found at the end, beside the codes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// Whether the problem is solved; `None` was not said.
    pub resolved: Option<Resolved>,
    /// Number of the complaint, or empty.
    pub complaint: String,
    /// How far the customer was verified; `None` was not said.
    pub verified: Option<Verified>,
}

/// What an outcome's needs say about themselves: an owner of nothing cannot be named. Field and reason.
pub fn outcome_fault(outcome: &Outcome) -> Option<(&'static str, String)> {
    let needs = &outcome.needs;
    if needs.contains(&Need::Owner) && !needs.contains(&Need::FollowUp) {
        return Some(("demands", "an owner needs a follow-up whose owner it is; demand follow-up too".into()));
    }
    None
}

#[cfg(test)]
mod tests;
