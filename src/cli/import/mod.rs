//! `cordboard import`: other people's files into the ledger.

pub mod bring;
