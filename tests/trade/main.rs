//! The rules of the trade as an agent meets them: a real server, a real desk in a terminal, customers over HTTP.

#[path = "../support/mod.rs"]
mod support;

mod clocks;
