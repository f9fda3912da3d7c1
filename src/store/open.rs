//! Opening a database file: who may read it, how durable it is, which format it has.
//!
//! Invariant: after [`Db::open`] the file is ours (application id), of the newest format, private, and no other
//! process of ours has it open for writing.

use std::fs::{DirBuilder, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::StoreError;
use super::fault::{Fault, from_io, from_sqlite};
use super::lock::{Lock, private};

/// One kind of database file and the ladder of its formats.
#[derive(Debug)]
pub(super) struct Format {
    /// What it is called in sentences.
    pub(super) word: &'static str,
    /// SQLite's mark for "this file belongs to that program", four letters.
    pub(super) application_id: i32,
    /// The format that the first step makes; files of older ones cannot be brought up.
    pub(super) first: u32,
    /// What makes each format out of the one before, each in one transaction.
    pub(super) steps: &'static [&'static [&'static str]],
}

impl Format {
    /// The newest format known.
    pub(super) fn known(&self) -> u32 {
        self.first - 1 + self.steps.len() as u32
    }
}

/// When a commit is on the disk for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Survives a killed process; a power cut may take back the last commits.
    Normal,
    /// Survives a power cut.
    Full,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// When a commit is on the disk.
    pub(super) durability: Durability,
    /// Page cache, KiB.
    pub(super) cache_kib: u32,
    /// Whether deleted rows are overwritten with zeros.
    pub(super) secure_delete: bool,
}

/// An open database file.
#[derive(Debug)]
pub(super) struct Db {
    conn: Connection,
    path: PathBuf,
    /// Declared after the connection, so that it is let go last.
    _lock: Option<Lock>,
}

impl Db {
    /// Opens a file for writing; makes it, and the folder it lies in, when they are not there.
    pub(super) fn open(path: &Path, format: &Format, plan: Plan) -> Result<Db, StoreError> {
        let path = absolute(path)?;
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let lock = Lock::take(&path)?;
        make_private(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&path, flags).map_err(|e| from_sqlite(&path, e))?;
        let mut db = Db { conn, path, _lock: Some(lock) };
        db.with(|conn| {
            settle(conn, plan.cache_kib)?;
            conn.pragma_update(None, "journal_mode", "wal")?;
            tune(conn, plan)
        })?;
        db.climb(format)?;
        Ok(db)
    }

    /// Opens a file that [`Db::open`] made, for reading beside the writer.
    pub(super) fn read_only(path: &Path, cache_kib: u32) -> Result<Db, StoreError> {
        let path = absolute(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Db::reading(path, flags, cache_kib)
    }

    /// Opens a database in memory that other connections of this process can share by its name.
    pub(super) fn in_memory(name: &str, format: &Format, plan: Plan) -> Result<Db, StoreError> {
        let path = memory_path(name);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&path, flags).map_err(|e| from_sqlite(&path, e))?;
        let mut db = Db { conn, path, _lock: None };
        db.with(|conn| {
            settle(conn, plan.cache_kib)?;
            conn.pragma_update(None, "journal_mode", "memory")?;
            tune(conn, plan)
        })?;
        db.climb(format)?;
        Ok(db)
    }

    /// Opens a database of [`Db::in_memory`] for reading.
    pub(super) fn read_memory(name: &str, cache_kib: u32) -> Result<Db, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Db::reading(memory_path(name), flags, cache_kib)
    }

    /// Opens a database of its own that is gone when it is closed; large ones go to a nameless file.
    pub(super) fn scratch(format: &Format) -> Result<Db, StoreError> {
        let path = PathBuf::new();
        let conn = Connection::open(&path).map_err(|e| from_sqlite(&path, e))?;
        let mut db = Db { conn, path, _lock: None };
        let plan = Plan { durability: Durability::Normal, cache_kib: 16 * 1024, secure_delete: false };
        db.with(|conn| {
            settle(conn, plan.cache_kib)?;
            conn.pragma_update(None, "journal_mode", "off")?;
            conn.pragma_update(None, "synchronous", "off")
        })?;
        db.climb(format)?;
        Ok(db)
    }

    fn reading(path: PathBuf, flags: OpenFlags, cache_kib: u32) -> Result<Db, StoreError> {
        let conn = Connection::open_with_flags(&path, flags).map_err(|e| from_sqlite(&path, e))?;
        let db = Db { conn, path, _lock: None };
        db.with(|conn| {
            settle(conn, cache_kib)?;
            conn.pragma_update(None, "query_only", true)
        })?;
        Ok(db)
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The connection itself, for what the verbs here do not cover.
    pub(super) fn conn(&self) -> &Connection {
        &self.conn
    }

    /// Names the file in an error.
    pub(super) fn fault(&self, fault: impl Into<Fault>) -> StoreError {
        fault.into().at(&self.path)
    }

    /// Does something outside a transaction.
    pub(super) fn with<T, E: Into<Fault>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, StoreError> {
        work(&self.conn).map_err(|e| self.fault(e))
    }

    /// Does something in one transaction that holds whole or not at all.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let done = (|| {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        })();
        #[cfg(test)]
        committed();
        done.map_err(|fault: Fault| fault.at(path))
    }

    /// Writes the whole file anew: nothing of what was deleted is in any page afterwards.
    pub(super) fn vacuum(&self) -> Result<(), StoreError> {
        self.with(|conn| {
            // It works on a nameless database beside the main one, which is the only one there ever is.
            conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
            let done = conn.execute_batch("VACUUM");
            conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
            done
        })
    }

    /// Reads several things as of one instant.
    pub(super) fn snapshot<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let done = (|| {
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
            let value = work(&tx)?;
            tx.finish()?;
            Ok(value)
        })();
        done.map_err(|fault: Fault| fault.at(path))
    }

    /// Brings the file to the newest format, one step and one transaction at a time.
    fn climb(&mut self, format: &Format) -> Result<(), StoreError> {
        let (mark, found, tables) = self.with(|conn| {
            let mark: i32 = conn.pragma_query_value(None, "application_id", |r| r.get(0))?;
            let found: u32 = conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
            let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
            Ok::<_, rusqlite::Error>((mark, found, tables))
        })?;
        let known = format.known();
        let fresh = mark == 0 && found == 0 && tables == 0;
        if !fresh && mark != format.application_id {
            return Err(self.fault(Fault::damaged(format!("it is not a cordboard {}", format.word))));
        }
        if found > known {
            return Err(StoreError::Newer { path: self.path.clone(), found, known });
        }
        if !fresh && found < format.first {
            return Err(StoreError::Older { path: self.path.clone(), found });
        }
        let done = if fresh { 0 } else { found - format.first + 1 };
        for (step, batches) in format.steps.iter().enumerate().skip(done as usize) {
            let version = format.first + step as u32;
            self.write(|tx| {
                batches.iter().try_for_each(|sql| tx.execute_batch(sql))?;
                tx.pragma_update(None, "application_id", format.application_id)?;
                tx.pragma_update(None, "user_version", version)?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Db {
    /// A database in memory that begins as a copy of a file.
    pub(super) fn memory_copy(name: &str, from: &Path, format: &Format, plan: Plan) -> Result<Db, StoreError> {
        let mut db = Db::in_memory(name, format, plan)?;
        let path = db.path.clone();
        let done = db.conn.restore("main", from, None::<fn(rusqlite::backup::Progress)>);
        done.map(|()| db).map_err(|e| from_sqlite(&path, e))
    }

    /// Lets the file grow no more, or grow again.
    pub(super) fn disk_is_full(&self, full: bool) {
        let pages = || self.conn.pragma_query_value(None, "page_count", |r| r.get::<_, u32>(0));
        let most = if full { pages().expect("reads") } else { u32::MAX - 1 };
        self.conn.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(())).expect("sets");
    }
}

#[cfg(test)]
type Then = Box<dyn FnOnce()>;

#[cfg(test)]
thread_local! {
    static AFTER: std::cell::RefCell<Option<(u32, Then)>> = const { std::cell::RefCell::new(None) };
}

/// Does something right after so many more transactions of this thread (one at least); whether what was asked before
/// is still to come.
#[cfg(test)]
pub(crate) fn after_transactions(then: Option<(u32, Then)>) -> bool {
    AFTER.replace(then).is_some()
}

#[cfg(test)]
fn committed() {
    let due = AFTER.with_borrow_mut(|after| match after {
        Some((more @ 2.., _)) => {
            *more -= 1;
            None
        }
        _ => after.take(),
    });
    if let Some((_, then)) = due {
        then();
    }
}

/// What holds for every connection.
fn settle(conn: &Connection, cache_kib: u32) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(96);
    // The file may have been touched by anyone: nothing in its schema may call code, nothing may break its pages.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, 256 * 1024 * 1024)?;
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    conn.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000)?;
    conn.pragma_update(None, "foreign_keys", false)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    // Sorting must not leave people's words in temporary files.
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    conn.pragma_update(None, "cell_size_check", true)
}

/// What holds for a connection that writes.
fn tune(conn: &Connection, plan: Plan) -> rusqlite::Result<()> {
    set_durability(conn, plan.durability)?;
    conn.pragma_update(None, "secure_delete", plan.secure_delete)?;
    // A long bulk leaves a long log behind; give the room back at the next checkpoint.
    conn.pragma_update(None, "journal_size_limit", 8 * 1024 * 1024)
}

/// Changes when commits are on the disk, from the next transaction on.
pub(super) fn set_durability(conn: &Connection, durability: Durability) -> rusqlite::Result<()> {
    let word = match durability {
        Durability::Normal => "normal",
        Durability::Full => "full",
    };
    conn.pragma_update(None, "synchronous", word)
}

/// Makes a folder for its owner only; one that is there already keeps its rights.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(|e| from_io(folder, e))
}

/// Makes a file for its owner only, or takes the others' rights away from one that is there. SQLite gives its
/// side files the rights of the main file.
pub(super) fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let file = options.open(path).map_err(|e| from_io(path, e))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let rights = file.metadata().map_err(|e| from_io(path, e))?.permissions();
        if rights.mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(|e| from_io(path, e))?;
        }
    }
    drop(file);
    Ok(())
}

/// An absolute path, so that SQLite never takes a name that begins with `file:` for an address.
fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|e| from_io(path, e))
}

fn memory_path(name: &str) -> PathBuf {
    PathBuf::from(format!("file:/{name}?vfs=memdb"))
}

#[cfg(test)]
mod tests;
