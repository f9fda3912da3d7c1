//! The offer band: a contact reserved for this agent for a few seconds, with what is known about it.

use crate::domain::ids::InteractionId;
use crate::domain::time::At;
use crate::domain::work::Channel;

/// The band as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Which contact.
    pub interaction: InteractionId,
    /// Whole seconds left.
    pub left_s: i64,
    /// Seconds it stands in all.
    pub of_s: i64,
    /// How it came.
    pub channel: Channel,
    /// Who.
    pub name: String,
    /// Flags as words.
    pub flags: Vec<String>,
    /// Plan, customer since.
    pub plan: String,
    /// Pinned note.
    pub note: String,
    /// Queue's name.
    pub queue: String,
    /// How long they have waited in all.
    pub wait: String,
    /// Their language, always said.
    pub language: String,
    /// One line.
    pub subject: String,
    /// What they chose on the way.
    pub menu: Vec<String>,
    /// Last cases: when, subject, status.
    pub cases: Vec<(String, String, &'static str)>,
    /// How many more are offered.
    pub more: usize,
    /// Until when, server time.
    pub until: At,
}
