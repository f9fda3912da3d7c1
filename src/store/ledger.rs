//! The server's ledger behind one narrow trait of verbs.

use serde::{Deserialize, Serialize};

use crate::domain::event::Event;
use crate::domain::ids::{AgentId, DeviceId, KeyId, Seq};
use crate::domain::proof::Clue;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::{Actor, Refusal};

use super::StoreError;

/// Which command of which desk or gateway caused a transaction; unique for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
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
    },
    /// A gateway's idempotency key.
    Gateway {
        /// Whose key.
        key: KeyId,
        /// What the gateway called the request.
        idempotency: String,
        /// Hash of the request, to tell a repeat from a reuse.
        hash: u64,
        /// What was answered (JSON), given again to a repeat.
        answer: String,
    },
    /// Router, timers, operator.
    Own,
}

/// One decided command, ready to be stored: its events take the next seqs.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When, server time.
    pub at: At,
    /// Who.
    pub actor: Actor,
    /// What caused it.
    pub cause: Cause,
    /// What happened; empty when refused.
    pub events: Vec<Event>,
    /// Why not, when refused.
    pub refusal: Option<Refusal>,
    /// Row changes the events made, with `rev` = seq of the entry's last event.
    pub changes: Vec<Change>,
}

/// What the server answered a command before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Never seen; `last` is the highest number that has a verdict.
    New {
        /// Highest number with a verdict, 0 when none.
        last: u64,
    },
    /// Answered before.
    Answered {
        /// Newest seq it made.
        seq: Seq,
        /// Why it was refused, if it was.
        refusal: Option<Refusal>,
        /// Hash of that command.
        hash: u64,
    },
}

/// A row read for a feed or snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// Kind and id.
    pub key: RowKey,
    /// Where it lives.
    pub scope: Scope,
    /// Revision.
    pub rev: Seq,
    /// [`Row::encode`].
    pub body: Vec<u8>,
}

/// One event as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Its position.
    pub seq: Seq,
    /// When.
    pub at: At,
    /// Who.
    pub actor: Actor,
    /// What, words put back.
    pub event: Event,
}

/// The writing half; one thread owns it.
pub trait Ledger: Send {
    /// Random number that changes at every restore.
    fn epoch(&self) -> u64;
    /// Newest seq.
    fn head(&self) -> Seq;
    /// Configuration, presence, open interactions, open promises, and the highest id of every kind.
    fn hot(&mut self) -> Result<State, StoreError>;
    /// Rows by key, those that exist.
    fn rows(&mut self, keys: &[RowKey]) -> Result<Vec<Row>, StoreError>;
    /// Rows of one kind that belong to a parent, oldest first.
    fn children(&mut self, entity: Entity, parent: u64) -> Result<Vec<Row>, StoreError>;
    /// Customers an identity of this kind matches: reference, E.164 phone or e-mail address (compared without case). A
    /// reference that looks like an address is none.
    fn customers_by_identity(&mut self, clue: Clue, identity: &str) -> Result<Vec<u64>, StoreError>;
    /// Id of a row by its name in files: case and customer by reference, article by `locale/slug`, queue, skill,
    /// reason … by key.
    fn id_by_name(&mut self, entity: Entity, name: &str) -> Result<Option<u64>, StoreError>;
    /// Cases about which something must be said at or before `now` (they wake, a clock of theirs is at risk or late),
    /// and the next instant at which something must.
    fn alarms_due(&mut self, now: At) -> Result<(Vec<u64>, Option<At>), StoreError>;
    /// Cases with a clock that is not over, by id from the one after `after`, at most `limit`.
    fn clocked(&mut self, after: u64, limit: usize) -> Result<Vec<u64>, StoreError>;
    /// What was answered to a desk's command.
    fn verdict(&mut self, device: DeviceId, incarnation: u64, n: u64) -> Result<Verdict, StoreError>;
    /// What was answered to a gateway's request: hash and answer.
    fn gateway_answer(&mut self, key: KeyId, idempotency: &str) -> Result<Option<(u64, String)>, StoreError>;
    /// Stores entries in order in ONE durable transaction; returns the new head.
    fn commit(&mut self, entries: &[Entry]) -> Result<Seq, StoreError>;
    /// A reading half that sees every commit and never blocks the writer.
    fn reader(&self) -> Result<Box<dyn LedgerReader>, StoreError>;
    /// Server-only records: accounts, devices, invites, gateway keys.
    fn accounts(&mut self) -> &mut dyn Accounts;
    /// Copies the whole ledger to a new file while writers go on.
    fn backup(&mut self, to: &std::path::Path) -> Result<(), StoreError>;
    /// Replays the ledger and compares every row byte for byte; one sentence per difference.
    fn verify(&mut self) -> Result<Verified, StoreError>;
    /// Forgets what no one can ask for any more at `now`: what left a scope more than 14 days ago, answers to
    /// gateways older than 30 days. Worth a call a day.
    fn sweep(&mut self, _now: At) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What [`Ledger::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Events replayed.
    pub events: u64,
    /// Rows compared.
    pub rows: u64,
    /// Differences, in words; empty is clean.
    pub faults: Vec<String>,
}

/// The reading half, for feeds, snapshots and exports.
pub trait LedgerReader: Send {
    /// Newest seq this reader sees.
    fn head(&mut self) -> Result<Seq, StoreError>;
    /// Oldest cursor a delta can start from; older ones need a snapshot.
    fn floor(&mut self) -> Result<Seq, StoreError>;
    /// Newest state of every row of the lane changed in `(from, head]` within the scopes, and what left them;
    /// also the head it was read at.
    fn delta(&mut self, lane: Lane, scopes: &[Scope], from: Seq) -> Result<(Seq, Vec<Change>), StoreError>;
    /// Up to `bytes` of rows of one part beyond `after` in the part's order, and the head it was read at.
    fn part(
        &mut self,
        scope: Scope,
        entity: Entity,
        after: u64,
        bytes: usize,
    ) -> Result<(Seq, Vec<StoredRow>), StoreError>;
    /// How many rows a part holds beyond `after`.
    fn part_len(&mut self, scope: Scope, entity: Entity, after: u64) -> Result<u64, StoreError>;
    /// Rows by key.
    fn stored(&mut self, keys: &[RowKey]) -> Result<Vec<StoredRow>, StoreError>;
    /// Rows of one kind that belong to a parent, oldest first.
    fn stored_children(&mut self, entity: Entity, parent: u64) -> Result<Vec<StoredRow>, StoreError>;
    /// Events after `after`, at most `limit`.
    fn events(&mut self, after: Seq, limit: usize) -> Result<Vec<Entered>, StoreError>;
    /// Rows of one kind with id above `after`, by id, at most `limit` (exports).
    fn page(&mut self, entity: Entity, after: u64, limit: usize) -> Result<Vec<Row>, StoreError>;
    /// [`Ledger::backup`], while the writer goes on.
    fn backup(&mut self, to: &std::path::Path) -> Result<(), StoreError>;
    /// [`Ledger::verify`], while the writer goes on.
    fn verify(&mut self) -> Result<Verified, StoreError>;
}

/// A device that holds a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its number.
    pub id: DeviceId,
    /// Whose.
    pub agent: AgentId,
    /// What the agent called it.
    pub label: String,
    /// When it joined.
    pub created: At,
    /// Whether its token still opens the door.
    pub active: bool,
}

/// A gateway's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its number.
    pub id: KeyId,
    /// What the operator called it.
    pub name: String,
    /// When it was made.
    pub created: At,
    /// Whether it still opens the door.
    pub active: bool,
}

/// Secrets are stored as hashes only: argon2 for passwords, SHA-256 for random tokens.
pub trait Accounts {
    /// Sets an agent's password hash (PHC string).
    fn set_password(&mut self, agent: AgentId, phc: &str) -> Result<(), StoreError>;
    /// An agent's password hash.
    fn password(&mut self, agent: AgentId) -> Result<Option<String>, StoreError>;
    /// Stores a one-time invite by the SHA-256 of its token.
    fn add_invite(&mut self, hash: [u8; 32], agent: AgentId, expires: At) -> Result<(), StoreError>;
    /// Uses an invite up: the agent, or `None` when unknown, used or expired at `now`.
    fn take_invite(&mut self, hash: [u8; 32], now: At) -> Result<Option<AgentId>, StoreError>;
    /// Adds a device by the SHA-256 of its token.
    fn add_device(&mut self, hash: [u8; 32], agent: AgentId, label: &str, at: At) -> Result<DeviceId, StoreError>;
    /// The active device a token hash belongs to.
    fn device(&mut self, hash: [u8; 32]) -> Result<Option<Device>, StoreError>;
    /// Every device.
    fn devices(&mut self) -> Result<Vec<Device>, StoreError>;
    /// Shuts a device out.
    fn revoke_device(&mut self, device: DeviceId) -> Result<bool, StoreError>;
    /// Adds a gateway key by the SHA-256 of its token.
    fn add_key(&mut self, hash: [u8; 32], name: &str, at: At) -> Result<KeyId, StoreError>;
    /// The active key a token hash belongs to.
    fn key(&mut self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;
    /// Every key.
    fn keys(&mut self) -> Result<Vec<ApiKey>, StoreError>;
    /// Shuts a gateway out.
    fn revoke_key(&mut self, key: KeyId) -> Result<bool, StoreError>;
}
