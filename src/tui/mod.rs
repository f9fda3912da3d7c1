//! The terminal: loop, screen guard, input, layout, theme, views. The only user of ratatui and crossterm.

pub mod canvas;
pub mod input;
pub mod layout;
pub mod markdown;
pub mod paint;
mod pen;
#[cfg(test)]
mod picture;
pub mod screen;
pub mod text;
pub mod theme;
