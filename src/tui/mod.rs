//! The terminal: loop, screen guard, input, layout, theme, views. The only user of ratatui and crossterm.

mod away;
pub mod canvas;
pub mod input;
pub mod layout;
pub mod markdown;
pub mod paint;
mod pen;
#[cfg(test)]
mod picture;
mod report;
pub mod screen;
mod signals;
pub mod text;
pub mod theme;
