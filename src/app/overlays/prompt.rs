//! A few words that an action needs. They are written in the case's note draft, so they are kept like any note.

use crate::app::port::DraftKey;
use crate::domain::command::Target;
use crate::domain::ids::InteractionId;

/// What the words are for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// What the next one must know.
    Transfer {
        /// Which contact.
        interaction: InteractionId,
        /// Where to.
        to: Target,
    },
    /// Why someone more senior is needed.
    Escalate {
        /// Which contact.
        interaction: InteractionId,
    },
}

/// The question. The field is the draft's: see `Model::prompt_field`.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// In the border.
    pub title: String,
    /// What is asked, and which keys answer.
    pub sentence: String,
    /// Where the words are kept.
    pub draft: DraftKey,
    /// What for.
    pub purpose: Purpose,
    /// What is missing, after a try without.
    pub problem: String,
}
