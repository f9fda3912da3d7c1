//! Why not, in words, with the way out. A refusal is an answer, not an error.

use serde::{Deserialize, Serialize};

use super::ids::MessageId;
use super::named;
use super::people::Role;
use super::time::{At, MINUTE, SECOND};
use super::work::Status;
use crate::lang::heard;

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The role does not allow it.
    NotAllowed {
        /// What was tried, as a verb: "transfer contacts".
        what: String,
        /// Whose role.
        role: String,
    },
    /// Someone else has it.
    Taken {
        /// Who.
        by: String,
        /// Since when.
        at: At,
    },
    /// It is over or was never there.
    Gone {
        /// What: "this interaction", "case 4821".
        what: String,
    },
    /// The interaction is no longer the asker's.
    Lost {
        /// What became of it: "waits in Billing", "Ana has it".
        now: String,
    },
    /// It does not stand where this would make sense.
    WrongPhase {
        /// What was tried: "put the customer on hold".
        what: String,
        /// Where it stands: "the contact is over".
        because: String,
    },
    /// The customer wrote meanwhile; the reply was not sent.
    StaleReply {
        /// Newest customer message now.
        newest: MessageId,
    },
    /// Someone changed the same thing meanwhile.
    Changed {
        /// What: "status".
        what: String,
        /// What it is now.
        now: Status,
        /// Who changed it; empty when no agent did.
        by: String,
        /// When.
        at: At,
    },
    /// Something is missing or wrong in what was asked.
    Invalid {
        /// Which field.
        field: String,
        /// What is wrong and how it should be.
        because: String,
    },
    /// The agent has no room for it.
    NoCapacity {
        /// Units in use of 100.
        used: u32,
    },
    /// Nothing waits that this agent may take.
    NothingWaits,
    /// Only the server can decide this, and there is no link.
    NeedsLink,
    /// Something of that name is already there.
    Exists {
        /// What.
        what: String,
    },
    /// Someone else said meanwhile whose case it is.
    Assigned {
        /// Whose it is now; empty is nobody's.
        to: String,
        /// Who said so; empty when no agent did.
        by: String,
        /// When.
        at: At,
    },
}

impl Refusal {
    /// Shorthand for [`Refusal::Invalid`].
    pub fn invalid(field: &str, because: impl Into<String>) -> Refusal {
        Refusal::Invalid { field: field.to_owned(), because: because.into() }
    }

    /// Shorthand for [`Refusal::Gone`].
    pub fn gone(what: impl Into<String>) -> Refusal {
        Refusal::Gone { what: what.into() }
    }

    /// Why not, in one sentence an agent understands.
    pub fn sentence(&self, now: At) -> String {
        match self {
            Refusal::NotAllowed { what, role } => {
                let role = Role::from_word(role).map_or_else(|| heard(role), |role| named::role(role).to_owned());
                t!("The role {role} does not allow you to {what}.", role, what = heard(what))
            }
            Refusal::Taken { by, at } => t!("{by} took it {span} ago.", by, span = ago(now.since(*at))),
            Refusal::Gone { what } => capital(&t!("{what} is no longer there.", what = heard(what))),
            Refusal::Lost { now } => t!("This is no longer yours: {now}.", now = heard(now)),
            Refusal::WrongPhase { what, because } => {
                t!("You cannot {what} now: {because}.", what = heard(what), because = heard(because))
            }
            Refusal::StaleReply { .. } => {
                t!("The customer wrote again while you were writing; nothing was sent.").to_owned()
            }
            Refusal::Changed { what, now: is, by, at } => {
                let (what, word, span) = (heard(what), named::status(*is), ago(now.since(*at)));
                if by.is_empty() {
                    t!("The {what} changed meanwhile: it is {word} now.", what, word)
                } else {
                    t!("{by} changed the {what} {span} ago: it is {word} now.", by, what, span, word)
                }
            }
            Refusal::Invalid { field, because } => format!("{}: {}.", capital(&heard(field)), heard(because)),
            Refusal::NoCapacity { used } => t!("Your hands are full: {used} of 100 units in use.", used),
            Refusal::NothingWaits => t!("Nothing waits that you may take.").to_owned(),
            Refusal::NeedsLink => t!("Only the server can decide this, and there is no link.").to_owned(),
            Refusal::Exists { what } => capital(&t!("{what} is already there.", what = heard(what))),
            Refusal::Assigned { to, by, at } => {
                let span = ago(now.since(*at));
                match (to.as_str(), by.as_str()) {
                    ("", "") => t!("It is nobody's case meanwhile.").to_owned(),
                    (to, "") => t!("It is {to}'s case meanwhile.", to),
                    ("", by) => t!("{by} made it nobody's case {span} ago.", by, span),
                    (to, by) if to == by => t!("{by} took the case {span} ago.", by, span),
                    (to, by) => t!("{by} gave the case to {to} {span} ago.", by, to, span),
                }
            }
        }
    }

    /// What to do about it, in one sentence; empty when there is nothing to do.
    pub fn way_out(&self) -> &'static str {
        match self {
            Refusal::NotAllowed { .. } => t!("Ask a lead, or hand it on."),
            Refusal::Taken { .. } | Refusal::NothingWaits => t!("The next one is offered to you when you are Ready."),
            Refusal::Lost { .. } => t!("What you wrote is kept; add it as a note to the case."),
            Refusal::StaleReply { .. } => t!("Read what came in; send again to send anyway."),
            Refusal::Changed { .. } | Refusal::Assigned { .. } => {
                t!("Look at it again and repeat the change if it still makes sense.")
            }
            Refusal::NoCapacity { .. } => t!("Finish or hand on something first."),
            Refusal::NeedsLink => t!("It can be tried again when the link is back; everything else works meanwhile."),
            Refusal::Gone { .. } | Refusal::WrongPhase { .. } | Refusal::Invalid { .. } | Refusal::Exists { .. } => "",
        }
    }
}

/// A duration in words: `3 s`, `4 min`, `2 h`.
pub fn ago(ms: i64) -> String {
    if ms < MINUTE {
        format!("{} s", ms / SECOND)
    } else if ms < 60 * MINUTE {
        format!("{} min", ms / MINUTE)
    } else {
        format!("{} h", ms / (60 * MINUTE))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
