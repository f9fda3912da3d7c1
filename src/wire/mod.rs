//! What crosses the network: frames, their binary form, compression, versions, and the pipe they travel in.
//!
//! Knows nothing of sockets, stores or sessions. One invariant: whatever bytes come in, reading them ends in frames,
//! skipped frames or an error, never in a panic or unbounded memory. Start reading at [`frame`].

pub mod codec;
pub mod dictionary;
mod fold;
pub mod frame;
pub mod gather;
pub mod hello;
pub mod link_url;
pub mod pipe;
pub mod record;
