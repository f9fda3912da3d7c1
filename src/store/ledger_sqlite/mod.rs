//! The ledger in one SQLite file.
//!
//! Events are the truth; every other table here is made from them and can be made again, which
//! [`Ledger::verify`] does. One invariant: `seq` is dense and in commit order, and an entry's events, rows, verdict
//! and marks become visible in one transaction or not at all.
//! Start reading at [`commit`](mod@commit), then [`derived`](mod@derived), then [`read`](mod@read).

mod accounts;
mod backup;
mod commit;
mod derived;
mod journal;
mod needs;
mod read;
mod replay;
mod verify;

pub use backup::restore;
pub(super) use backup::{copy_database, move_aside};

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::OptionalExtension;

use super::StoreError;
use super::fault::Fault;
use super::ledger::{Accounts, Entry, Ledger, LedgerReader, Verdict, Verified};
use super::open::{Db, Durability, Format, Plan};
use super::rows;
use crate::domain::ids::{DeviceId, KeyId, Seq};
use crate::domain::proof::Clue;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::state::State;
use crate::domain::time::At;

/// Name of the ledger's file within the server's folder.
pub const FILE: &str = "ledger.db";

const FORMAT: Format = Format {
    word: "ledger",
    application_id: 0x4362_4C67, // "CbLg"
    first: crate::domain::row::FORMAT as u32,
    steps: &[&[
        rows::TABLE,
        derived::TABLES,
        "
        CREATE TABLE mark(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE event(
            seq INTEGER PRIMARY KEY,
            entry INTEGER NOT NULL,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            body TEXT NOT NULL);
        CREATE TABLE words(
            seq INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY(seq, idx)) WITHOUT ROWID;
        CREATE TABLE verdict(
            device INTEGER NOT NULL,
            incarnation INTEGER NOT NULL,
            n INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            hash INTEGER NOT NULL,
            refusal TEXT,
            PRIMARY KEY(device, incarnation, n)) WITHOUT ROWID;
        CREATE TABLE gateway_answer(
            key INTEGER NOT NULL,
            idempotency TEXT NOT NULL,
            hash INTEGER NOT NULL,
            at INTEGER NOT NULL,
            answer TEXT NOT NULL,
            PRIMARY KEY(key, idempotency)) WITHOUT ROWID;
        ",
        accounts::TABLES,
    ]],
};

const PLAN: Plan = Plan { durability: Durability::Full, cache_kib: 16 * 1024, secure_delete: false };
const READER_CACHE_KIB: u32 = 4 * 1024;

/// Where the ledger lives.
#[derive(Debug, Clone)]
enum Place {
    File,
    /// In memory, under this name.
    Memory(String),
}

/// The ledger in a file, or in memory.
#[derive(Debug)]
pub struct SqliteLedger {
    db: Db,
    place: Place,
    epoch: u64,
    head: Seq,
}

impl SqliteLedger {
    /// Opens a ledger for writing, or makes one with the epoch given (a random number, not 0).
    pub fn open(path: &Path, epoch_if_new: u64) -> Result<SqliteLedger, StoreError> {
        SqliteLedger::begin(Db::open(path, &FORMAT, PLAN)?, Place::File, epoch_if_new)
    }

    /// A new ledger in memory, gone with the last of its readers.
    pub fn in_memory(epoch: u64) -> Result<SqliteLedger, StoreError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("cordboard-ledger-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        SqliteLedger::begin(Db::in_memory(&name, &FORMAT, PLAN)?, Place::Memory(name), epoch)
    }

    fn begin(mut db: Db, place: Place, epoch_if_new: u64) -> Result<SqliteLedger, StoreError> {
        let (epoch, head) = db.write(|tx| {
            let sql = "INSERT INTO mark VALUES ('epoch', ?1) ON CONFLICT DO NOTHING";
            tx.execute(sql, [epoch_if_new.cast_signed()])?;
            let epoch = mark(tx, "epoch")?.ok_or_else(|| Fault::damaged("it has no epoch"))?;
            Ok((epoch.cast_unsigned(), read::head(tx)?))
        })?;
        Ok(SqliteLedger { db, place, epoch, head })
    }

    /// Another connection to the same ledger that only reads.
    fn second(&self) -> Result<Db, StoreError> {
        match &self.place {
            Place::File => Db::read_only(self.db.path(), READER_CACHE_KIB),
            Place::Memory(name) => Db::read_memory(name, READER_CACHE_KIB),
        }
    }
}

#[cfg(test)]
static COPIES: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
impl SqliteLedger {
    /// The name of one in memory.
    pub(crate) fn name(&self) -> &str {
        if let Place::Memory(name) = &self.place { name } else { "" }
    }

    /// One in memory that begins as a copy of a backup.
    pub(crate) fn in_memory_from(backup: &Path) -> Result<SqliteLedger, StoreError> {
        let name = format!("cordboard-copy-{}", COPIES.fetch_add(1, Ordering::Relaxed));
        SqliteLedger::begin(Db::memory_copy(&name, backup, &FORMAT, PLAN)?, Place::Memory(name), 1)
    }

    /// One in memory that was opened before, and of which a reader is still there.
    pub(crate) fn in_memory_again(name: &str, epoch: u64) -> Result<SqliteLedger, StoreError> {
        SqliteLedger::begin(Db::in_memory(name, &FORMAT, PLAN)?, Place::Memory(name.to_owned()), epoch)
    }

    /// As if it were another life of the ledger.
    pub(crate) fn set_epoch(&mut self, epoch: u64) {
        self.db.write(|tx| set_mark(tx, "epoch", epoch.cast_signed())).expect("writes");
        self.epoch = epoch;
    }
}

/// A number the ledger keeps about itself.
fn mark(conn: &rusqlite::Connection, name: &str) -> Result<Option<i64>, Fault> {
    let mut query = conn.prepare_cached("SELECT value FROM mark WHERE name = ?1")?;
    Ok(query.query_row([name], |r| r.get(0)).optional()?)
}

fn set_mark(conn: &rusqlite::Connection, name: &str, value: i64) -> Result<(), Fault> {
    let sql = "INSERT INTO mark VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    conn.prepare_cached(sql)?.execute((name, value))?;
    Ok(())
}

impl Ledger for SqliteLedger {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    fn head(&self) -> Seq {
        self.head
    }

    fn hot(&mut self) -> Result<State, StoreError> {
        self.db.snapshot(|tx| read::hot(tx))
    }

    fn rows(&mut self, keys: &[RowKey]) -> Result<Vec<Row>, StoreError> {
        self.db.snapshot(|tx| keys.iter().filter_map(|key| rows::one(tx, *key).transpose()).collect())
    }

    fn children(&mut self, entity: Entity, parent: u64) -> Result<Vec<Row>, StoreError> {
        self.db.with(|conn| rows::children(conn, entity, parent))
    }

    fn customers_by_identity(&mut self, clue: Clue, identity: &str) -> Result<Vec<u64>, StoreError> {
        self.db.with(|conn| derived::customers_by_identity(conn, clue, identity))
    }

    fn id_by_name(&mut self, entity: Entity, name: &str) -> Result<Option<u64>, StoreError> {
        self.db.with(|conn| derived::id_by_name(conn, entity, name))
    }

    fn alarms_due(&mut self, now: At) -> Result<(Vec<u64>, Option<At>), StoreError> {
        self.db.with(|conn| derived::alarms_due(conn, now))
    }

    fn clocked(&mut self, after: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.db.with(|conn| derived::clocked(conn, after, limit))
    }

    fn verdict(&mut self, device: DeviceId, incarnation: u64, n: u64) -> Result<Verdict, StoreError> {
        self.db.with(|conn| commit::verdict(conn, device, incarnation, n))
    }

    fn gateway_answer(&mut self, key: KeyId, idempotency: &str) -> Result<Option<(u64, String)>, StoreError> {
        self.db.with(|conn| commit::gateway_answer(conn, key, idempotency))
    }

    fn commit(&mut self, entries: &[Entry]) -> Result<Seq, StoreError> {
        let before = self.head;
        let head = self.db.write(|tx| entries.iter().try_fold(before, |head, entry| commit::store(tx, head, entry)))?;
        self.head = head;
        Ok(head)
    }

    fn reader(&self) -> Result<Box<dyn LedgerReader>, StoreError> {
        Ok(Box::new(read::Reader::new(self.second()?)))
    }

    fn accounts(&mut self) -> &mut dyn Accounts {
        self
    }

    fn backup(&mut self, to: &Path) -> Result<(), StoreError> {
        backup::backup(&mut self.second()?, to)
    }

    fn verify(&mut self) -> Result<Verified, StoreError> {
        verify::verify(&mut self.db)
    }

    fn sweep(&mut self, now: At) -> Result<(), StoreError> {
        self.db.write(|tx| {
            derived::sweep(tx, now)?;
            commit::sweep(tx, now)
        })
    }
}

#[cfg(test)]
mod tests;
