//! What crosses the network: frames, their binary form, compression, versions.

pub mod frame;
