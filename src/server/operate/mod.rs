//! What the operator's commands do with the ledger, whoever has it open: the server, asked over a socket in its data
//! folder, or this very process.
//!
//! Knows core and ledger; knows no session and no HTTP. One invariant: the same operation gives the same report
//! either way, because both ways end in [`office::Office`].

mod line;
mod office;

pub use line::{Listening, listen};
pub use office::{Desks, Front, NoDesks, Office, Running};

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::domain::Command;
use crate::domain::ids::{AgentId, DeviceId, KeyId, Seq};
use crate::domain::row::{Entity, Row, RowKey};
use crate::rand::{Rand, SystemRand};
use crate::store::StoreError;
use crate::store::ledger::{ApiKey, Device, Entered, Verified};
use crate::store::ledger_sqlite::{FILE, SqliteLedger};

use super::core::Core;
use super::outside::ChannelStatus;

/// How long to wait for a server that is just starting or stopping, in steps of [`STEP`].
const STEPS: u32 = 60;
const STEP: Duration = Duration::from_millis(50);

/// Something the operator wants done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Operation {
    /// Decide commands as the operator, in order, and store them in one transaction.
    Submit(Vec<Command>),
    /// Ids of rows by their names in files: keys, logins, paths, references, `locale/slug`.
    Ids(Vec<(Entity, String)>),
    /// Rows by key, those that exist.
    Rows(Vec<RowKey>),
    /// Rows of one kind that belong to each of the parents, oldest first.
    Children {
        /// Their kind.
        entity: Entity,
        /// Whose.
        parents: Vec<u64>,
    },
    /// Rows of one kind with ids above `after`, by id, at most `limit`. It may give fewer; none is the end.
    Page {
        /// Their kind.
        entity: Entity,
        /// Beyond this id.
        after: u64,
        /// At most so many.
        limit: usize,
    },
    /// Events beyond `after`, at most `limit`. It may give fewer; none is the end.
    Events {
        /// Beyond this position.
        after: Seq,
        /// At most so many.
        limit: usize,
    },
    /// A one-time invite for an agent.
    Invite {
        /// Whom.
        agent: AgentId,
    },
    /// Set an agent's password.
    SetPassword {
        /// Whose.
        agent: AgentId,
        /// The new one.
        password: String,
    },
    /// Every desk that joined.
    Devices,
    /// Shut a desk out.
    RevokeDevice {
        /// Which.
        device: DeviceId,
    },
    /// Every gateway key.
    Keys,
    /// Make a gateway key.
    AddKey {
        /// What to call it.
        name: String,
    },
    /// Shut a gateway out.
    RevokeKey {
        /// Which.
        key: KeyId,
    },
    /// Copy the whole ledger to a new file while work goes on.
    Backup {
        /// Which file; an absolute path.
        path: PathBuf,
    },
    /// Prove that ledger and tables agree.
    Verify,
    /// How things stand.
    Status,
}

/// What came of an [`Operation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// Of [`Operation::Submit`], one for each command.
    Submitted(Vec<Done>),
    /// Of [`Operation::Ids`], one for each name.
    Ids(Vec<Option<u64>>),
    /// Of [`Operation::Rows`] and [`Operation::Page`].
    Rows(Vec<Row>),
    /// Of [`Operation::Children`], one list for each parent.
    Children(Vec<Vec<Row>>),
    /// Of [`Operation::Events`].
    Events(Vec<Entered>),
    /// Of [`Operation::Invite`] and [`Operation::AddKey`]: the secret, shown this one time.
    Token(String),
    /// Of [`Operation::SetPassword`], [`Operation::RevokeDevice`], [`Operation::RevokeKey`] and
    /// [`Operation::Backup`]: whether there was something to do.
    Changed(bool),
    /// Of [`Operation::Devices`].
    Devices(Vec<Device>),
    /// Of [`Operation::Keys`].
    Keys(Vec<ApiKey>),
    /// Of [`Operation::Verify`].
    Verified(Verified),
    /// Of [`Operation::Status`].
    Status(Box<Status>),
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// Done, and on disk; what it made, in order.
    Made(Vec<RowKey>),
    /// Not done, in a sentence.
    Refused(String),
}

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Of the ledger; changes at every restore.
    pub epoch: u64,
    /// Newest position.
    pub head: Seq,
    /// Desks with a link.
    pub sessions: usize,
    /// Interactions that wait: key of the queue, how many, and how long the first has waited, ms.
    pub waiting: Vec<(String, usize, i64)>,
    /// Whether a server runs.
    pub serving: bool,
    /// Where join links lead, when a server listens: host and port.
    pub address: Option<(String, u16)>,
    /// Fingerprint of its certificate.
    pub fingerprint: Option<String>,
    /// How the channels do, by name.
    pub channels: Vec<ChannelStatus>,
}

/// Why an operation failed, in words.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// The ledger said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A server has the ledger, and cannot be asked.
    #[error(
        "{path} is in use by another cordboard (process {pid}) that does not answer ({source}); try again, or stop it"
    )]
    Silent {
        /// The ledger.
        path: PathBuf,
        /// Whose.
        pid: u32,
        /// What the system said.
        source: io::Error,
    },
    /// The talk with the server broke off; whether the operation was done is not known.
    #[error("the server broke off ({0}); look whether it was done before you repeat it")]
    BrokeOff(io::Error),
    /// The server, or the core, said no.
    #[error("{0}")]
    Said(String),
}

enum Way {
    /// This process has the ledger; the core ends with the operator if it is theirs alone.
    Here {
        office: Box<Office>,
        alone: bool,
    },
    There(line::Line),
}

/// The operator at work on one data folder.
pub struct Operator {
    way: Way,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_remote() { "Operator (over the socket)" } else { "Operator (here)" })
    }
}

impl Operator {
    /// Reaches the ledger of this folder: through the server that has it open, or by opening it.
    pub fn open(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Operator, OperateError> {
        let mut step = 0;
        loop {
            // Random and not 0, as the ledger wants it.
            match SqliteLedger::open(&data_dir.join(FILE), SystemRand.u64() | 1) {
                Ok(ledger) => {
                    let core = Core::start(Box::new(ledger), clock, Arc::default(), Arc::default(), false)?;
                    let office = Office::new(core, Arc::new(SystemRand), Arc::new(NoDesks), None);
                    return Ok(Operator { way: Way::Here { office: Box::new(office), alone: true } });
                }
                Err(StoreError::Locked { path, pid }) => match line::Line::reach(data_dir) {
                    Ok(line) => return Ok(Operator { way: Way::There(line) }),
                    Err(line::Unreached::Other(words)) => return Err(OperateError::Said(words)),
                    Err(line::Unreached::Io(source)) if step >= STEPS => {
                        return Err(OperateError::Silent { path, pid, source });
                    }
                    // It may be about to listen, or about to let go of the ledger.
                    Err(line::Unreached::Io(_)) => {
                        step += 1;
                        std::thread::sleep(STEP);
                    }
                },
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// In the process of a running server.
    pub fn of_server(office: Office) -> Operator {
        Operator { way: Way::Here { office: Box::new(office), alone: false } }
    }

    /// Whether a running server is asked.
    pub fn is_remote(&self) -> bool {
        matches!(self.way, Way::There(_))
    }

    /// Does it and waits for the report.
    pub fn run(&mut self, operation: Operation) -> Result<Report, OperateError> {
        match &mut self.way {
            Way::Here { office, .. } => office.carry_out(operation).map_err(OperateError::Said),
            Way::There(line) => line.ask(&operation),
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        if let Way::Here { office, alone: true } = &self.way {
            office.stop();
        }
    }
}

macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $result:ty = $operation:expr => $report:ident;)*) => {
        impl Operator {$(
            $(#[$doc])*
            pub fn $name(&mut self, $($arg: $type),*) -> Result<$result, OperateError> {
                match self.run($operation)? {
                    Report::$report(it) => Ok(it),
                    _ => Err(OperateError::Said("the server answered something else than was asked".into())),
                }
            }
        )*}
    };
}

asks! {
    /// Decides commands in order and stores them in one transaction.
    submit(commands: Vec<Command>) -> Vec<Done> = Operation::Submit(commands) => Submitted;
    /// Ids of rows by their names in files.
    ids(names: Vec<(Entity, String)>) -> Vec<Option<u64>> = Operation::Ids(names) => Ids;
    /// Rows by key, those that exist.
    rows(keys: Vec<RowKey>) -> Vec<Row> = Operation::Rows(keys) => Rows;
    /// Rows of one kind that belong to each of the parents, oldest first.
    children(entity: Entity, parents: Vec<u64>) -> Vec<Vec<Row>> = Operation::Children { entity, parents } => Children;
    /// Rows of one kind with ids above `after`, by id; fewer than `limit` is not the end, none is.
    page(entity: Entity, after: u64, limit: usize) -> Vec<Row> = Operation::Page { entity, after, limit } => Rows;
    /// Events beyond `after`; fewer than `limit` is not the end, none is.
    events(after: Seq, limit: usize) -> Vec<Entered> = Operation::Events { after, limit } => Events;
    /// A one-time invite for an agent: its token.
    invite(agent: AgentId) -> String = Operation::Invite { agent } => Token;
    /// Sets an agent's password.
    set_password(agent: AgentId, password: String) -> bool = Operation::SetPassword { agent, password } => Changed;
    /// Every desk that joined.
    devices() -> Vec<Device> = Operation::Devices => Devices;
    /// Shuts a desk out; false when there is no such desk with a key.
    revoke_device(device: DeviceId) -> bool = Operation::RevokeDevice { device } => Changed;
    /// Every gateway key.
    keys() -> Vec<ApiKey> = Operation::Keys => Keys;
    /// Makes a gateway key: its token.
    add_key(name: String) -> String = Operation::AddKey { name } => Token;
    /// Shuts a gateway out; false when there is no such key in force.
    revoke_key(key: KeyId) -> bool = Operation::RevokeKey { key } => Changed;
    /// Proves that ledger and tables agree.
    verify() -> Verified = Operation::Verify => Verified;
    /// How things stand.
    status() -> Box<Status> = Operation::Status => Status;
}

impl Operator {
    /// Copies the whole ledger to a new file while work goes on.
    pub fn backup(&mut self, path: &Path) -> Result<(), OperateError> {
        // The server's working folder is another one.
        let path = std::path::absolute(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
        self.run(Operation::Backup { path }).map(drop)
    }
}
