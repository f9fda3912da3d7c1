//! The desk's local copy of what the feed said, and nothing else: what the agent did is folded over it elsewhere.
//!
//! It can be thrown away at any time and fetched again, so a damaged file, or one of another format, is put aside
//! and begun anew. Invariant: within the parts that are whole, the rows are the server's rows of those scopes as of
//! the lane's cursor or later.
//! Start reading at [`apply`](mod@apply): two rules for single rows, then the frames that carry them.

mod apply;
mod day;
mod index;
mod kin;
mod purge;
mod reader;
mod view;

pub use apply::{Applied, Batch};
pub use purge::Residue;
pub use reader::{CacheReader, Counts, CustomerFile, Thread};
pub use view::Found;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::StoreError;
use super::fault::{Fault, from_io};
use super::open::{Db, Durability, Format, Plan};
use super::rows;
use crate::domain::ids::{AgentId, DeviceId, Seq};
use crate::domain::row::Entity;
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;

/// Name of the cache's file within the desk's folder.
pub const FILE: &str = "cache.db";

/// Any change of the schema gets a new number here: other formats are not brought up but fetched again.
const FORMAT: Format = Format {
    word: "cache",
    application_id: 0x4362_4361, // "CbCa"
    first: crate::domain::row::FORMAT as u32,
    steps: &[&[
        rows::TABLE,
        index::TABLES,
        "
        CREATE TABLE mark(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE part(
            scope INTEGER NOT NULL,
            entity INTEGER NOT NULL,
            mark INTEGER NOT NULL,
            whole INTEGER NOT NULL,
            PRIMARY KEY(scope, entity)) WITHOUT ROWID;
        ",
    ]],
};

/// Dropped rows must leave no bytes behind; a small page cache keeps an idle desk small.
const PLAN: Plan = Plan { durability: Durability::Normal, cache_kib: CACHE_KIB, secure_delete: true };
const CACHE_KIB: u32 = 2 * 1024;

/// How far one part of the snapshot has come: the rows of one kind in one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Scope.
    pub scope: Scope,
    /// Kind of row.
    pub entity: Entity,
    /// Last id received, in the part's order.
    pub mark: u64,
    /// Whether the part is whole.
    pub whole: bool,
}

/// What the cache knows about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursors {
    /// Ledger epoch the cursors belong to; 0 when the cache is empty.
    pub epoch: u64,
    /// Whose desk this is, once the server said so.
    pub agent: Option<AgentId>,
    /// This desk's number, once the server said so.
    pub device: Option<DeviceId>,
    /// Cursor of the live lane.
    pub live: Seq,
    /// Cursor of the deep lane.
    pub deep: Seq,
    /// Server time up to which everything live was seen; `None` when never.
    pub seen_at: Option<At>,
    /// The same of the deep lane.
    pub deep_at: Option<At>,
    /// Parts held wholly or partly.
    pub parts: Vec<Part>,
}

impl Cursors {
    /// Without the parts of a lane that has no cursor yet: nobody could say what changed in them since.
    fn provable(mut self) -> Cursors {
        let (live, deep) = (self.live, self.deep);
        self.parts.retain(|part| match part.scope.lane() {
            Lane::Live => live > 0,
            Lane::Deep => deep > 0,
        });
        self
    }
}

/// The desk's local copy, writing half.
#[derive(Debug)]
pub struct Cache {
    db: Db,
    cursors: Cursors,
    /// Whether the cursors in memory are newer than those on disk.
    ahead: bool,
    /// Scopes taken away on this connection: late frames must not bring their rows back.
    dropped: BTreeSet<Scope>,
    /// What was forgotten on this connection: late chunks must not bring it back.
    tombs: apply::Tombs,
    /// What was deleted since the file was last written anew.
    residue: Residue,
    notice: Option<&'static str>,
}

impl Cache {
    /// Opens `cache.db` in a folder, or makes it. A file that is damaged or of another format is put aside and a new
    /// one begun; [`Cache::notice`] then has a sentence for the agent.
    pub fn open(dir: &Path) -> Result<Cache, StoreError> {
        let path = dir.join(FILE);
        let (db, notice) = match Db::open(&path, &FORMAT, PLAN).and_then(|db| Ok((read_cursors(&db)?, db))) {
            Ok(opened) => (opened, None),
            Err(error) => {
                let notice = match error {
                    StoreError::Newer { .. } => "The local copy is of a newer version; it is being fetched again.",
                    StoreError::Older { .. } => "The local copy is of an older version; it is being fetched again.",
                    StoreError::Corrupt { .. } => "The local copy could not be read; it is being fetched again.",
                    other => return Err(other),
                };
                Cache::put_aside(dir)?;
                let db = Db::open(&path, &FORMAT, PLAN)?;
                ((read_cursors(&db)?, db), Some(notice))
            }
        };
        let (cursors, db) = db;
        let (dropped, tombs) = (BTreeSet::new(), apply::Tombs::default());
        let residue = db.with(purge::residue)?;
        Ok(Cache { db, cursors, ahead: false, dropped, tombs, residue, notice })
    }

    /// Puts the file aside, so that the next [`Cache::open`] begins a new one; for damage found while at work. The
    /// cache must be closed.
    pub fn put_aside(dir: &Path) -> Result<(), StoreError> {
        let path = dir.join(FILE);
        for side in ["-wal", "-shm"] {
            remove(&beside(&path, side))?;
        }
        match std::fs::rename(&path, aside(&path)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(from_io(&path, e)),
            _ => Ok(()),
        }
    }

    /// What the agent should know about how it was opened.
    pub fn notice(&self) -> Option<&'static str> {
        self.notice
    }

    /// What it knows about itself, for Hello.
    pub fn cursors(&self) -> Cursors {
        self.cursors.clone().provable()
    }

    /// The cursor of a lane.
    pub fn cursor(&self, lane: Lane) -> Seq {
        match lane {
            Lane::Live => self.cursors.live,
            Lane::Deep => self.cursors.deep,
        }
    }

    /// Rows of a kind whose text is absent, with ids below one, at most so many, the highest first.
    pub fn absent(&self, entity: Entity, below: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.db.with(|conn| rows::absent(conn, entity, below, limit))
    }

    /// A reading half for another thread; it never waits for this one.
    pub fn reader(&self) -> Result<CacheReader, StoreError> {
        CacheReader::open(self.db.path())
    }

    /// Keeps whose desk this is. What another agent left here is deleted first; true when there was such.
    pub fn set_owner(&mut self, agent: AgentId, device: DeviceId) -> Result<bool, StoreError> {
        let strange = self.cursors.agent.is_some_and(|before| before != agent);
        if strange {
            self.wipe(self.cursors.epoch)?;
        }
        if (self.cursors.agent, self.cursors.device) != (Some(agent), Some(device)) {
            self.db.write(|tx| {
                set_mark(tx, "agent", agent.0.cast_signed())?;
                set_mark(tx, "device", device.0.cast_signed())
            })?;
            (self.cursors.agent, self.cursors.device) = (Some(agent), Some(device));
        }
        Ok(strange)
    }

    /// Writes cursors that only moved over changes of others; they are also written with every change and at the
    /// end, and an old one costs nothing but a few bytes of catching up.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.ahead {
            let cursors = &self.cursors;
            self.db.write(|tx| write_cursors(tx, cursors))?;
            self.ahead = false;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Cache {
    /// Every row, by key.
    pub(crate) fn every_row(&self) -> Result<Vec<super::ledger::StoredRow>, StoreError> {
        self.db.with(|conn| rows::all(conn, "ORDER BY key", []))
    }

    /// Where a row is, and of which revision.
    pub(crate) fn place(&self, key: crate::domain::row::RowKey) -> Option<(Scope, Seq)> {
        let found = self.db.with(|conn| rows::all(conn, "WHERE key = ?1", [rows::pack(key)]));
        found.ok()?.pop().map(|row| (row.scope, row.rev))
    }

    /// Lets the file grow no more, or grow again.
    pub(crate) fn disk_is_full(&self, full: bool) {
        self.db.disk_is_full(full);
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // The cursors on disk are older but true: nothing is lost if this fails.
        drop(self.flush());
    }
}

fn read_cursors(db: &Db) -> Result<Cursors, StoreError> {
    db.with(cursors)
}

/// The cursors as they are on disk.
fn cursors(conn: &Connection) -> Result<Cursors, Fault> {
    let number = |name| Ok::<_, Fault>(mark(conn, name)?.map(i64::cast_unsigned));
    let mut parts = Vec::new();
    let mut query = conn.prepare_cached("SELECT scope, entity, mark, whole FROM part ORDER BY scope, entity")?;
    let mut found = query.query([])?;
    while let Some(row) = found.next()? {
        let code: u8 = row.get(1)?;
        parts.push(Part {
            scope: rows::scope(row.get(0)?)?,
            entity: Entity::from_code(code).ok_or_else(|| Fault::damaged(format!("{code} is no known kind")))?,
            mark: row.get::<_, i64>(2)?.cast_unsigned(),
            whole: row.get(3)?,
        });
    }
    Ok(Cursors {
        epoch: number("epoch")?.unwrap_or(0),
        agent: number("agent")?.map(AgentId),
        device: number("device")?.map(DeviceId),
        live: number("live")?.unwrap_or(0),
        deep: number("deep")?.unwrap_or(0),
        seen_at: mark(conn, "seen_at")?.map(At),
        deep_at: mark(conn, "deep_at")?.map(At),
        parts,
    })
}

fn write_cursors(conn: &Connection, cursors: &Cursors) -> Result<(), Fault> {
    set_mark(conn, "live", cursors.live.cast_signed())?;
    set_mark(conn, "deep", cursors.deep.cast_signed())?;
    for (name, at) in [("seen_at", cursors.seen_at), ("deep_at", cursors.deep_at)] {
        if let Some(at) = at {
            set_mark(conn, name, at.0)?;
        }
    }
    Ok(())
}

fn mark(conn: &Connection, name: &str) -> Result<Option<i64>, Fault> {
    let mut query = conn.prepare_cached("SELECT value FROM mark WHERE name = ?1")?;
    Ok(query.query_row([name], |r| r.get(0)).optional()?)
}

fn set_mark(conn: &Connection, name: &str, value: i64) -> Result<(), Fault> {
    let sql = "INSERT INTO mark VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    conn.prepare_cached(sql)?.execute((name, value))?;
    Ok(())
}

fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(tail);
    name.into()
}

/// Where a file that could not be used is kept; there is one such place, so that old copies do not pile up.
fn aside(path: &Path) -> PathBuf {
    beside(path, ".aside")
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(from_io(path, e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
