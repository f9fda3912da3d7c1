//! Snippets and macros at the desk: picked while one types, filled in from the case, kept, recorded, run.
//!
//! The rules are in `domain::stock`; here is what a case knows, and what keys do. One invariant: the words of a draft
//! hold everything that was typed, whatever list lies over it when the desk dies.

pub mod facts;
mod keep;
mod record;
pub mod run;
mod snippets;
pub mod used;

pub use record::Recording;
pub use run::{Run, Stage};
pub use snippets::{Into, Slot, preview};

/// What is under way with macros.
#[derive(Debug, Clone, Default)]
pub struct Bench {
    /// What is being recorded.
    pub recording: Option<Recording>,
    /// The macro that is being asked about.
    pub(in crate::app) run: Option<Run>,
    /// A macro's text that waits for its name.
    pub(in crate::app) unnamed: String,
}
