//! The terminal: loop, screen guard, input, layout, theme, views. The only user of ratatui and crossterm.
//!
//! It knows the app's model and messages, never a store or a socket. Invariant: whatever happens, the terminal is
//! given back as it was found. Start reading at [`run`], then [`view`]; [`paint`] turns pictures into bytes.

mod alarm;
mod away;
pub mod bidi;
pub mod canvas;
pub mod chart;
mod decode;
pub mod input;
pub mod layout;
mod links;
pub mod manners;
pub mod markdown;
pub mod paint;
mod pen;
#[cfg(test)]
mod picture;
mod report;
pub mod run;
pub mod screen;
mod select;
mod signals;
pub mod text;
pub mod theme;
pub mod view;

pub use run::{Exit, Options, run};
