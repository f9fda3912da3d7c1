//! What tests of the whole program share: a terminal to play in, a firm to play with, a server to talk to.
#![allow(dead_code, reason = "each test uses its part")]

pub mod firm;
pub mod http;
pub mod plain;
pub mod term;
#[cfg(target_os = "linux")]
pub mod thin;
pub mod trace;

use std::time::{Duration, Instant};

/// Longest a test waits for anything; generous, because a busy machine is no fault.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a condition, looking at it again and again, and says what it waited for when it never comes.
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look)
}

/// Waits for a condition as [`until`], this long.
pub fn until_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {patience:?} in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
