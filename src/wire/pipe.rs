//! A connection as both halves see it: messages in order both ways until one side goes. Over it may be a socket or,
//! for `host` and tests, nothing at all.
//!
//! One invariant: a side that drops its end, or closes it, ends the other's reading once what was sent is read.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use super::frame::Hello;
use crate::domain::ids::{FileId, MessageId};

/// Messages that may wait in one direction. Small: what is queued here can no longer be overtaken by an offer.
const DEPTH: usize = 4;

/// One end of a connection.
#[derive(Debug)]
pub struct Pipe {
    /// Messages to the other side.
    pub tx: PipeSender,
    /// Messages from the other side.
    pub rx: PipeReceiver,
}

/// The sending half of one end.
#[derive(Debug, Clone)]
pub struct PipeSender {
    messages: mpsc::Sender<Vec<u8>>,
    why: Arc<OnceLock<String>>,
}

/// The receiving half of one end.
#[derive(Debug)]
pub struct PipeReceiver {
    messages: mpsc::Receiver<Vec<u8>>,
    why: Arc<OnceLock<String>>,
}

/// The other side is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other side is gone")]
pub struct Gone;

/// Two ends joined in this process.
pub fn pair() -> (Pipe, Pipe) {
    let why = Arc::new(OnceLock::new());
    let ((a_tx, b_rx), (b_tx, a_rx)) = (mpsc::channel(DEPTH), mpsc::channel(DEPTH));
    let end = |tx, rx| Pipe {
        tx: PipeSender { messages: tx, why: Arc::clone(&why) },
        rx: PipeReceiver { messages: rx, why: Arc::clone(&why) },
    };
    (end(a_tx, a_rx), end(b_tx, b_rx))
}

impl PipeSender {
    /// Sends one message, waiting for room.
    pub async fn send(&self, message: Vec<u8>) -> Result<(), Gone> {
        self.messages.send(message).await.map_err(|_| Gone)
    }

    /// Waits until one message could be sent at once, so that the sender can choose as late as possible which.
    pub async fn room(&self) -> Result<mpsc::Permit<'_, Vec<u8>>, Gone> {
        self.messages.reserve().await.map_err(|_| Gone)
    }

    /// Waits until the other side is gone.
    pub async fn gone(&self) {
        self.messages.closed().await;
    }

    /// Says why this connection ends; the first to say so is believed. It ends when the halves are dropped.
    pub fn because(&self, why: &str) {
        let _ = self.why.set(why.to_owned());
    }
}

impl PipeReceiver {
    /// The next message; `None` once the other side is gone and everything it sent was read.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.messages.recv().await
    }

    /// Why the connection ended, if anyone said.
    pub fn why(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }
}

/// A connection that was let in.
#[derive(Debug)]
pub struct Opened {
    /// This side's end.
    pub pipe: Pipe,
    /// Whether both directions begin primed with the dictionary.
    pub primed: bool,
}

/// Why there is no connection, in words for the agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Nobody answers, or not in time: worth another try.
    #[error("{0}")]
    Unreachable(String),
    /// The server asks to come back later.
    #[error("{why}")]
    Later {
        /// Why.
        why: String,
        /// After how many seconds.
        after_s: u32,
    },
    /// Something between here and the server answers in its place: a sign-in page, another certificate.
    #[error("{0}")]
    Stranger(String),
    /// The server does not know this desk, or no longer.
    #[error("{0}")]
    Refused(String),
    /// The server speaks another version.
    #[error("{0}")]
    Version(String),
}

/// A connection attempt under way.
pub type Dialing = Pin<Box<dyn Future<Output = Result<Opened, DialError>> + Send>>;

/// Work that goes on beside its caller: one end of a connection.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Ends a task before it is done. Dropping it lets the task go on.
pub struct Abort(Box<dyn FnOnce() + Send>);

impl Abort {
    /// Calls this to end the task.
    pub fn new(end: impl FnOnce() + Send + 'static) -> Abort {
        Abort(Box::new(end))
    }

    /// Ends it.
    pub fn abort(self) {
        (self.0)();
    }
}

/// Who runs the ends of connections: a runtime, or a simulation that takes every step itself.
pub trait Spawn: Send + Sync {
    /// Begins a task.
    fn spawn(&self, task: Task) -> Abort;
}

impl Spawn for tokio::runtime::Handle {
    fn spawn(&self, task: Task) -> Abort {
        let handle = tokio::runtime::Handle::spawn(self, task).abort_handle();
        Abort::new(move || handle.abort())
    }
}

/// How a desk reaches its server: over a socket, or in this process.
pub trait Dial: Send + Sync {
    /// Tries once. Dropping the future gives the attempt up.
    fn dial(&self, hello: Hello) -> Dialing;

    /// Fetches the bytes of a file that a message names, beside the feed.
    fn fetch(&self, _message: MessageId, _file: FileId) -> Fetching {
        Box::pin(async { Err("Files do not come over this link.".to_owned()) })
    }
}

/// Bytes on their way, or why they do not come, in a sentence.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_sent_is_read_after_the_end() {
        let (desk, mut server) = pair();
        desk.tx.send(vec![1]).await.expect("open");
        desk.tx.because("signed out");
        drop(desk);
        assert_eq!(server.rx.next().await, Some(vec![1]));
        assert_eq!(server.rx.next().await, None);
        assert_eq!(server.rx.why(), Some("signed out"));
        assert_eq!(server.tx.send(vec![2]).await, Err(Gone));
    }
}
