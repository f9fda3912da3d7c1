//! What goes into a contact, what comes out, and what its log tells: data only. One invariant: each says by itself what
//! happened, so that a log can be read without the contact.

use serde::{Deserialize, Serialize};

/// What the trainee does, or time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Says or writes something.
    Say(String),
    /// Does something: a verb of [`VERBS`], to what, how much.
    Act {
        /// The verb.
        verb: String,
        /// To what.
        what: String,
        /// How much, in the smallest unit.
        amount: Option<i64>,
    },
    /// Gives a sign of life: types.
    Typing,
    /// A second goes by.
    Second,
    /// Asks for help.
    Hint,
    /// Wraps up.
    WrapUp {
        /// Reason.
        reason: String,
        /// Outcome.
        outcome: String,
        /// Note.
        note: String,
    },
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// The customer says something.
    Says(String),
    /// The coach helps.
    Helps(String),
    /// The contact is over.
    Over(Over),
}

/// How it was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Over {
    /// The customer is done.
    Done,
    /// The customer lost patience.
    Gone,
    /// The agent ended it, or handed it on.
    Left,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// The trainee, in words.
    Agent,
    /// The trainee, with their hands.
    Hands,
    /// The customer.
    Customer,
    /// The coach.
    Coach,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When, seconds since the start.
    pub at_s: u32,
    /// In which turn of the agent's.
    pub turn: u32,
    /// Who.
    pub who: Who,
    /// Words.
    pub words: String,
    /// Patience after it, thousandths.
    pub patience: i32,
    /// What it meant.
    pub marks: Vec<Mark>,
}

/// What something meant for the score or the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// Understood as this.
    Intent(String),
    /// A goal was reached: its place in the file.
    Goal(usize),
    /// A slip: its place in the file.
    Slip(usize),
    /// A hidden fact came out.
    Fact(String),
    /// A critical error, in words.
    Critical(String),
    /// Patience changed by so much, because of this.
    Patience(i32, Because),
}

/// Why patience changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// How this was said: an intent.
    Said(String),
    /// What the agent knew already was asked: a hidden fact or a flag.
    Known(String),
    /// The agent spoke while they spoke.
    Interrupted,
    /// They could not follow.
    Lost,
    /// Their name was used.
    Named,
    /// They were thanked for holding.
    Thanked,
    /// They were put on hold without being asked.
    Unasked,
    /// They were handed on without a word.
    Blind,
    /// What was said or done, as the file has it.
    Done,
    /// Where it led to, as the file has it.
    Came,
}

/// What was written at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Written {
    /// Reason.
    pub reason: String,
    /// Outcome.
    pub outcome: String,
    /// Note.
    pub note: String,
}
