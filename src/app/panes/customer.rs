//! The customer pane: who they are, and one timeline over all channels.

use crate::app::list::List;
use crate::app::port::{CustomerFile, TimelineLine};
use crate::app::text::Field;
use crate::domain::ids::{CaseId, CustomerId};

/// The pane.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Whose.
    pub id: Option<CustomerId>,
    /// What the cache knows.
    pub file: Option<Box<CustomerFile>>,
    /// The timeline, newest first, as far as it matches the search.
    pub lines: Vec<TimelineLine>,
    /// The selection among them.
    pub list: List,
    /// What is searched for.
    pub search: Field,
    /// Letters go to the search.
    pub typing: bool,
}

impl Default for Customer {
    fn default() -> Customer {
        Customer {
            id: None,
            file: None,
            lines: Vec::new(),
            list: List::default(),
            search: Field::line(),
            typing: false,
        }
    }
}

/// The facts above the timeline; text is raw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Name.
    pub name: String,
    /// Flags as words.
    pub flags: Vec<String>,
    /// Label and value: plan, since, local time, language, identities.
    pub rows: Vec<(&'static str, String)>,
    /// Pinned note.
    pub note: String,
}

/// A line of the timeline as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which case Enter opens.
    pub case: CaseId,
    /// Date in short.
    pub when: String,
    /// How it came.
    pub channel: crate::domain::work::Channel,
    /// Subject of the case, or the words that match.
    pub text: String,
    /// `open`, `solved` …; empty on message lines.
    pub status: &'static str,
    /// Reason and outcome of the case, if it has them.
    pub reason: String,
    /// A message line: who spoke.
    pub who: String,
    /// The open case.
    pub open: bool,
}
