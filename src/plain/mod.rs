//! The same app line by line, for screen readers and scripts: what is typed becomes messages to the app, what changed
//! in it becomes sentences. No boxes, no escape sequences, no cursor, nothing that ticks.
//!
//! It knows the app and its configuration, never a store or a socket. Invariant: whatever can be done on the full
//! screen can be done here by the action's name, and every line goes out through [`Session`], which makes a customer's
//! words safe. Start reading at [`session`]; [`run`] is the loop around it.

mod act;
mod announce;
mod answer;
mod choice;
mod command;
mod form;
mod help;
mod overlay;
mod reading;
mod run;
mod session;
#[cfg(test)]
mod tests;
mod writing;

pub use run::{Options, run};
pub use session::Session;
