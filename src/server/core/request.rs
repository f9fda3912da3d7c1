//! What the core is asked, and what it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::domain::ids::{AgentId, DeviceId, KeyId, Seq};
use crate::domain::row::{Change, RowKey};
use crate::domain::scope::Scope;
use crate::domain::time::At;
use crate::domain::{Actor, Command, Event, Refusal, State};
use crate::store::ledger::Ledger;

/// Which command of which desk or gateway this is; the answer is given once and kept.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A desk's outbox.
    Desk {
        /// Which desk.
        device: DeviceId,
        /// Which outbox.
        incarnation: u64,
        /// Which command.
        n: u64,
        /// First 8 bytes of the SHA-256 of the command as sent.
        hash: u64,
        /// When the key was pressed, put between the desk's last sign of life and now.
        pressed: At,
    },
    /// A gateway's idempotency key.
    Gateway {
        /// Whose key.
        key: KeyId,
        /// What the gateway called the request.
        idempotency: String,
        /// Hash of the request.
        hash: u64,
        /// Writes the answer that is kept and given again to a repeat.
        answer: fn(&[RowKey]) -> String,
    },
    /// Router, timers, operator: nobody repeats it.
    Own,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, and on disk.
    Done {
        /// Newest seq it made, or the head when it changed nothing.
        seq: Seq,
        /// What is new, in the order of the events; empty when it was done before.
        made: Vec<RowKey>,
        /// Whether it was done this very moment: every row of revision `seq` is its own.
        fresh: bool,
    },
    /// Not done, in words.
    Refused {
        /// The head then.
        seq: Seq,
        /// Why not.
        refusal: Refusal,
    },
    /// The gateway asked before: the same answer again.
    Repeat {
        /// The answer, JSON.
        answer: String,
    },
    /// The gateway used this idempotency key for another request.
    Reused,
    /// Another command had this number.
    Cloned,
    /// Numbers are missing before this one.
    Expect {
        /// The next number wanted.
        n: u64,
    },
    /// Nothing was stored; try again later. In words.
    Failed(String),
}

/// Takes an answer to where it is waited for.
pub type Answer<T> = Box<dyn FnOnce(T) + Send>;

/// What a closure run inside the core sees.
pub struct Inside<'a> {
    /// The ledger's writing half.
    pub ledger: &'a mut dyn Ledger,
    /// The hot state.
    pub state: &'a State,
    /// Server time.
    pub now: At,
}

/// One command to decide.
pub struct Submit {
    /// Who asks.
    pub actor: Actor,
    /// Which one it is.
    pub origin: Origin,
    /// What is asked; `None` uses up the number of a command that was taken back, with no effect.
    pub command: Option<Command>,
    /// Where the answer goes.
    pub reply: Answer<Reply>,
}

/// Something for the core to do.
pub(super) enum Request {
    /// Decide and store a command.
    Submit(Box<Submit>, Option<OwnedSemaphorePermit>),
    /// Decide many and store them in one transaction.
    Bulk { actor: Actor, commands: Vec<Command>, reply: Answer<Vec<Reply>> },
    /// Run something with the ledger.
    Run(Box<dyn FnOnce(&mut Inside<'_>) + Send>),
    /// Look at the timers now.
    Tick(Answer<()>),
    /// Finish.
    Stop,
}

/// What the core asks about every command: [`crate::domain::decide`].
pub type Rules = fn(&State, &Command, Actor, At) -> Result<Vec<Event>, Refusal>;

/// What every agent may see, as of one seq.
pub type Rights = BTreeMap<AgentId, Arc<[Scope]>>;

/// The newest durable position and the rights that hold there. Rights are never older than any commit handed out.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// Newest seq.
    pub seq: Seq,
    /// Server time of it.
    pub at: At,
    /// Who may see what.
    pub rights: Arc<Rights>,
}

/// One durable transaction group, as sessions feed on it.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Head before.
    pub from: Seq,
    /// Head after.
    pub to: Seq,
    /// Server time.
    pub at: At,
    /// What changed, in order.
    pub changes: Arc<[Change]>,
}
