//! The figures people run a contact centre by, each a pure function of facts, window and definition version
//! (operations 1).
//!
//! [`facts`] is what happened, [`fold`] makes it from the ledger and [`rows`] from what a desk holds; [`define`] is
//! the one table of figures with their formulas; [`mod@figure`] computes one; [`part`] sorts the
//! facts into the lines of a report. Sums are integers; rounding happens
//! once, in [`ratio`], when a value is shown. An empty denominator is n/a.
//!
//! This room must not know where facts are kept or how figures are shown.

pub mod define;
pub mod facts;
pub mod figure;
pub mod fold;
pub mod part;
pub mod quality;
pub mod ratio;
pub mod rows;
pub mod staffing;

mod backlog;
mod handling;
mod opinion;
mod repeat;
mod spans;
mod time_use;
mod waiting;

pub use define::{Definition, FigureId};
pub use facts::{Facts, Window};
pub use figure::{Ask, Behind, Figure, figure, of_part};
pub use part::{Lines, Part, parts};
pub use ratio::{Unit, Value};

/// The service level in force, from counts alone: what the status line shows.
pub fn service_level(counts: super::tally::Counts) -> Value {
    waiting::service_level(6, counts, 0)
}

#[cfg(test)]
mod tests;
