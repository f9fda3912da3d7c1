//! The desk's half of the protocol (spec: sync 3): a pure machine that decides, and a link that owns the socket.
//!
//! Knows nothing of screens and of how rows are stored. One invariant: whatever the network, the server and this
//! process do, a command is neither lost nor doubled and a cursor never claims more than was applied.
//! Start reading at [`machine`].

pub mod ask;
mod backoff;
mod feed;
mod flight;
pub mod link;
pub mod machine;
pub mod pin;
mod pulse;
pub mod rate;
pub mod traffic;
