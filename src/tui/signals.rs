//! What the system tells the process.
//!
//! Invariant: from the moment [`Signals`] exists, none of these ends the process behind the loop's back, so the
//! terminal is always restored and drafts are written.

use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// To leave: the number of the signal.
    Leave(i32),
    /// To stop until continued.
    Stop,
    /// To go on after a stop.
    Continued,
    /// That the terminal has another size.
    Resized,
}

/// Ears.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    stop: Signal,
    go_on: Signal,
    resize: Signal,
}

impl Signals {
    /// Begins to listen. Needs a tokio runtime.
    pub fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(Number::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// Waits until the process was stopped and continued.
    pub async fn continued(&mut self) {
        self.go_on.recv().await;
    }

    /// The next one.
    pub async fn next(&mut self) -> Heard {
        tokio::select! {
            biased;
            Some(()) = self.hang_up.recv() => Heard::Leave(SignalKind::hangup().as_raw_value()),
            Some(()) = self.terminate.recv() => Heard::Leave(SignalKind::terminate().as_raw_value()),
            Some(()) = self.interrupt.recv() => Heard::Leave(SignalKind::interrupt().as_raw_value()),
            Some(()) = self.stop.recv() => Heard::Stop,
            Some(()) = self.go_on.recv() => Heard::Continued,
            Some(()) = self.resize.recv() => Heard::Resized,
            else => std::future::pending().await,
        }
    }
}
