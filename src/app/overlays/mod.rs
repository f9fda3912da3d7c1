//! What can lie over the panes: lists to choose from, questions, the outbox. One at the top takes the keys.

pub mod bulk;
pub mod checklist;
pub mod chooser;
pub mod confirm;
pub mod day;
pub mod explain;
mod files;
pub mod identify;
pub mod kin;
pub mod later;
mod log;
pub mod outbox;
pub mod palette;
pub mod pickers;
pub mod preview;
pub mod prompt;
mod recipients;
mod routing;
pub mod stale;
pub mod ties;
pub mod views;
pub mod welcome;

use chooser::Chooser;
use confirm::Confirm;
use day::Day;
use explain::Explain;
use outbox::Outbox;
use prompt::Prompt;
use stale::Stale;

use crate::app::stock::Stage;
use crate::domain::ids::CaseId;

/// Something over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// A list with a filter: palette, help and every picker.
    Chooser(Box<Chooser>),
    /// A yes or no.
    Confirm(Box<Confirm>),
    /// The customer wrote meanwhile.
    Stale(Stale),
    /// What is not sent, what was refused, and the link.
    Outbox(Outbox),
    /// The agent's figures.
    Day(Box<Day>),
    /// A few words that an action needs.
    Prompt(Prompt),
    /// Why something is as it is.
    Explain(Explain),
    /// What a macro would do.
    Stage(Box<Stage>),
}

impl Overlay {
    /// Whether what is typed goes into it.
    pub fn takes_text(&self) -> bool {
        matches!(self, Overlay::Chooser(_) | Overlay::Prompt(_))
    }

    /// Whether what it asks is about this case: then the case stays at hand, however often it changes meanwhile.
    pub fn is_about(&self, case: CaseId) -> bool {
        match self {
            Overlay::Chooser(c) => {
                c.case == Some(case) || c.found.as_ref().is_some_and(|f| f.hits.iter().any(|h| h.case.id == case))
            }
            Overlay::Confirm(c) => c.then.is_about(case),
            Overlay::Stale(s) => s.case == case,
            Overlay::Stage(s) => s.case() == case,
            Overlay::Outbox(_) | Overlay::Day(_) | Overlay::Prompt(_) | Overlay::Explain(_) => false,
        }
    }
}
