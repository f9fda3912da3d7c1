//! Cordboard: a desk in a terminal for people who answer customers all day.
//!
//! ```text
//!  tui ── app ── domain          one key: tui → app::update → Effect → store (outbox) → sync → server
//!   │      │        │            one change: server commit → feed → sync → cache → app → one frame
//!  plain  store   wire
//!          │        │
//!         sync ─ server ─ cli
//! ```
//!
//! - [`domain`]: the rules, pure; the same in server, desk and sandbox
//! - [`wire`]: frames, their binary form, compression
//! - [`store`]: SQLite; ledger (server), cache and outbox (desk)
//! - [`sync`]: the desk's half of the protocol; a pure machine and a link
//! - [`server`]: sessions, feed, dispatcher, accounts, HTTP
//! - [`app`]: the desk's state and update; no terminal, no socket, no disk
//! - [`tui`]: the only user of ratatui and crossterm
//! - [`plain`]: the same app line by line, for screen readers and scripts
//! - [`sandbox`]: the training room: scenarios, customers who answer, a coach
//! - [`config`], [`cli`]: settings; subcommands
//! - [`clock`], [`rand`]: the only places that read a clock or make randomness
//! - [`lang`]: the words of the desk in other languages; `t!`, used by every room that speaks to an agent

#[macro_use]
pub mod lang;

pub mod app;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod config;
pub mod desk;
pub mod domain;
pub mod plain;
pub mod rand;
pub mod sandbox;
pub mod server;
#[cfg(test)]
mod sim;
pub mod store;
pub mod sync;
pub mod tui;
pub mod wire;
