//! The team's server: sessions, feed, timers, accounts, HTTP.
//!
//! It decides what is true and feeds every desk what it may see, and nothing else. It knows the domain's rules, the
//! wire's frames and the ledger's verbs; it knows no SQL and no screen. Invariants: an answer goes out only after
//! its transaction is on disk; no frame carries a row outside the scopes of the agent it goes to.
//! Start reading at [`core`], then `session`.

pub mod core;
pub mod links;
pub mod metrics;
