//! The terminal as the desk finds it, uses it and leaves it: the real binary in a real terminal, whatever is typed.

#[path = "../support/mod.rs"]
mod support;

mod fuzz;
mod manners;
mod setup;
