//! Copying a ledger while it is at work, and putting a copy in its place.
//!
//! Invariant: every copy has an epoch of its own, and so has every restored ledger, so that desks notice and never
//! mix what the two lives of the ledger called by the same seq.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::{FILE, FORMAT, set_mark};
use crate::rand::{Rand, SystemRand};
use crate::store::StoreError;
use crate::store::fault::{Fault, from_io, from_sqlite};
use crate::store::lock::{Lock, private};
use crate::store::open::{Db, make_folder};

/// Pages copied in one go.
const STEP: i32 = 4_096;

/// Copies what `from` sees to a new file.
pub(super) fn backup(from: &mut Db, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        let source = io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of that name; choose another");
        return Err(StoreError::Io { path: to.to_owned(), source });
    }
    if let Some(folder) = to.parent().filter(|f| !f.as_os_str().is_empty()) {
        make_folder(folder)?;
    }
    let part = beside(to, ".part");
    let done = copy(from, &part).and_then(|()| fs::rename(&part, to).map_err(|e| from_io(to, e)));
    if done.is_err() {
        // What is left of a failed copy is of no use; that it cannot be removed is not worth a second error.
        drop(fs::remove_file(&part));
    }
    done
}

/// Puts a copy of the ledger `from` into the folder `dir`, where no server may be at work. A ledger that is there is
/// moved aside; the answer is its new name.
pub fn restore(from: &Path, dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    let mut source = open_copy(from)?;
    make_folder(dir)?;
    let to = dir.join(FILE);
    let _lock = Lock::take(&to)?;
    let part = beside(&to, ".part");
    copy(&mut source, &part)?;
    let aside = move_aside(&to)?;
    fs::rename(&part, &to).map_err(|e| from_io(&to, e))?;
    Ok(aside)
}

/// Opens a file that should be a ledger, and looks through it.
fn open_copy(from: &Path) -> Result<Db, StoreError> {
    if !from.is_file() {
        let source = io::Error::new(io::ErrorKind::NotFound, "there is no such file");
        return Err(StoreError::Io { path: from.to_owned(), source });
    }
    let db = Db::read_only(from, 4 * 1024)?;
    let (mark, format) = db.with(|conn| {
        let mark: i32 = conn.pragma_query_value(None, "application_id", |r| r.get(0))?;
        let format: u32 = conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
        Ok::<_, rusqlite::Error>((mark, format))
    })?;
    if mark != FORMAT.application_id {
        return Err(db.fault(Fault::damaged("it is not a cordboard ledger")));
    }
    if format > FORMAT.known() {
        return Err(StoreError::Newer { path: from.to_owned(), found: format, known: FORMAT.known() });
    }
    let word: String = db.with(|conn| conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0)))?;
    if word != "ok" {
        return Err(db.fault(Fault::damaged(word)));
    }
    Ok(db)
}

/// Copies a ledger as of now into a file of its own, with a fresh epoch, safely on the disk.
fn copy(from: &mut Db, part: &Path) -> Result<(), StoreError> {
    copy_database(from, part, |target| set_mark(target, "epoch", SystemRand.u64().max(1).cast_signed()))
}

/// Copies a database as of now into a file of its own, safely on the disk; `finish` has a last word.
pub(in crate::store) fn copy_database(
    from: &mut Db,
    part: &Path,
    finish: impl FnOnce(&Connection) -> Result<(), Fault>,
) -> Result<(), StoreError> {
    let source = from.path().to_owned();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    drop(options.open(part).map_err(|e| from_io(part, e))?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(std::path::absolute(part).map_err(|e| from_io(part, e))?, flags)
        .map_err(|e| from_sqlite(part, e))?;
    // Held open, the read transaction shows one instant to every step, whatever is committed meanwhile.
    from.snapshot(|tx| {
        tx.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let backup = Backup::new(tx, &mut target)?;
        backup.run_to_completion(STEP, Duration::ZERO, None)?;
        Ok(())
    })
    .map_err(|error| match error {
        // SQLite does not say which of the two files it means; a disk can only be full where it is written.
        StoreError::Full { .. } => StoreError::Full { path: part.to_owned() },
        StoreError::Sqlite { path, source: error } if path == source => from_sqlite(part, error),
        other => other,
    })?;
    let finished = || -> Result<(), Fault> {
        target.pragma_update(None, "journal_mode", "delete")?;
        target.pragma_update(None, "synchronous", "full")?;
        finish(&target)
    };
    finished().map_err(|fault| fault.at(part))?;
    drop(target);
    File::open(part).and_then(|file| file.sync_all()).map_err(|e| from_io(part, e))
}

/// Gives a ledger and its log another name in the same folder.
pub(in crate::store) fn move_aside(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let free = (1..).map(|i| beside(path, &format!(".before-{i}"))).find(|p| !p.exists());
    let aside = free.expect("invariant: a folder holds fewer files than there are numbers");
    for side in ["-wal", "-shm"] {
        let old = beside(path, side);
        if old.exists() {
            fs::rename(&old, beside(&aside, side)).map_err(|e| from_io(&old, e))?;
        }
    }
    fs::rename(path, &aside).map_err(|e| from_io(path, e))?;
    Ok(Some(aside))
}

fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(tail);
    name.into()
}
