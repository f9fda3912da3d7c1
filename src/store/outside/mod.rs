//! What the channels keep: how far the ledger was read for them, files customers sent, and each channel's own tables.
//!
//! One SQLite file and a folder of files beside the server's ledger. Invariant: a file's bytes are on the disk before
//! its card is given out.

pub mod chat;
pub mod copies;
pub mod mail;
pub mod post;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use data_encoding::HEXLOWER;
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::StoreError;
use super::fault::from_io;
use super::open::{Db, Durability, Format, Plan};
use crate::domain::file::{FileCard, one_name};
use crate::domain::ids::{FileId, Seq};

/// Name of the file within the server's folder.
pub const FILE: &str = "channels.db";
/// Name of the folder of files customers sent.
const FILES: &str = "files";

const FORMAT: Format = Format {
    word: "store of channels",
    application_id: 0x4362_4368, // "CbCh"
    first: 1,
    steps: &[
        &["
        CREATE TABLE read(only INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL);
        CREATE TABLE file(
            id INTEGER PRIMARY KEY,
            sha TEXT NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            size INTEGER NOT NULL);
    "],
        &[chat::TABLES],
        &[mail::TABLES],
        &[post::TABLES],
        &[mail::RECIPIENTS],
        &[post::BY_CASE],
    ],
};

const PLAN: Plan = Plan { durability: Durability::Full, cache_kib: 1_024, secure_delete: true };

/// The store of the channels.
#[derive(Debug)]
pub struct Outside {
    db: Mutex<Db>,
    files: PathBuf,
    /// Counts letters that were given.
    posts: watch::Sender<u64>,
}

impl Outside {
    /// Opens it in the server's folder; makes it when it is not there.
    pub fn open(folder: &Path) -> Result<Outside, StoreError> {
        let db = Db::open(&folder.join(FILE), &FORMAT, PLAN)?;
        let files = folder.join(FILES);
        Ok(Outside { db: Mutex::new(db), files, posts: watch::Sender::new(0) })
    }

    fn db(&self) -> MutexGuard<'_, Db> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the ledger was read: its epoch, and the newest seq whose answers are kept by their channels.
    pub fn read_to(&self) -> Result<Option<(u64, Seq)>, StoreError> {
        self.db().with(|conn| {
            let row = conn.query_row("SELECT epoch, seq FROM read", [], |r| {
                Ok((r.get::<_, i64>(0)?.cast_unsigned(), r.get::<_, i64>(1)?.cast_unsigned()))
            });
            row.optional()
        })
    }

    /// Everything up to here is kept.
    pub fn set_read_to(&self, epoch: u64, seq: Seq) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "INSERT INTO read(only, epoch, seq) VALUES(1, ?1, ?2)
                 ON CONFLICT(only) DO UPDATE SET epoch = ?1, seq = ?2",
                [epoch.cast_signed(), seq.cast_signed()],
            )?;
            Ok(())
        })
    }

    /// Keeps a file under a number that is not in use yet; `id` is any random one.
    pub fn keep_file(&self, id: u64, name: &str, kind: &str, bytes: &[u8]) -> Result<FileCard, StoreError> {
        let sha = HEXLOWER.encode(&Sha256::digest(bytes));
        self.write_bytes(&sha, bytes)?;
        let kind: String = kind.chars().filter(char::is_ascii_graphic).take(100).collect();
        // Half the range, and never 0: ids are positive in every table.
        let id = (id >> 2) | 1;
        let card = FileCard { id: FileId(id), name: one_name(name), size: bytes.len() as u64, kind };
        self.db().write(|tx| {
            tx.execute(
                "INSERT INTO file(id, sha, name, kind, size) VALUES(?1, ?2, ?3, ?4, ?5)",
                (id.cast_signed(), &sha, &card.name, &card.kind, card.size.cast_signed()),
            )?;
            Ok(())
        })?;
        Ok(card)
    }

    /// A file that was kept, and its bytes.
    pub fn file(&self, id: FileId) -> Result<Option<(FileCard, Vec<u8>)>, StoreError> {
        let found = self.db().with(|conn| {
            let row =
                conn.query_row("SELECT sha, name, kind, size FROM file WHERE id = ?1", [id.0.cast_signed()], |r| {
                    let card =
                        FileCard { id, name: r.get(1)?, size: r.get::<_, i64>(3)?.cast_unsigned(), kind: r.get(2)? };
                    Ok((r.get::<_, String>(0)?, card))
                });
            row.optional()
        })?;
        let Some((sha, card)) = found else { return Ok(None) };
        let path = self.place(&sha);
        let bytes = fs::read(&path).map_err(|e| from_io(&path, e))?;
        if HEXLOWER.encode(&Sha256::digest(&bytes)) != sha {
            let what = "its bytes are not those that were kept".into();
            return Err(StoreError::Corrupt { path, what });
        }
        Ok(Some((card, bytes)))
    }

    fn place(&self, sha: &str) -> PathBuf {
        let (shelf, rest) = sha.split_at(2);
        self.files.join(shelf).join(rest)
    }

    /// Writes bytes where their digest says, unless they are there: whole or not at all.
    fn write_bytes(&self, sha: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.place(sha);
        if fs::metadata(&path).is_ok_and(|there| there.len() == bytes.len() as u64) {
            return Ok(());
        }
        let failed = |e| from_io(&path, e);
        let folder = path.parent().unwrap_or(&self.files);
        private_folder(folder).map_err(failed)?;
        let aside = path.with_extension("new");
        let mut file = private_file(&aside).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&aside, &path).map_err(failed)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    super::lock::private(&mut options);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside() -> (tempfile::TempDir, Outside) {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = Outside::open(folder.path()).expect("opens");
        (folder, outside)
    }

    #[test]
    fn how_far_the_ledger_was_read_survives_and_changes_with_its_epoch() {
        let (folder, outside) = outside();
        assert_eq!(outside.read_to().expect("reads"), None);
        outside.set_read_to(7, 10).expect("writes");
        outside.set_read_to(u64::MAX, 3).expect("writes");
        drop(outside);
        let again = Outside::open(folder.path()).expect("opens");
        assert_eq!(again.read_to().expect("reads"), Some((u64::MAX, 3)));
    }

    #[test]
    fn a_file_is_kept_once_and_under_every_name_it_came_with() {
        let (folder, outside) = outside();
        let one = outside.keep_file(40, "../bill.pdf", "application/pdf", b"bytes").expect("keeps");
        let two = outside.keep_file(80, "copy.pdf", "application/pdf\r\nX: y", b"bytes").expect("keeps");
        assert_eq!((one.name.as_str(), one.size), ("bill.pdf", 5));
        assert_eq!(two.kind, "application/pdfX:y");
        assert_eq!(outside.file(one.id).expect("reads"), Some((one, b"bytes".to_vec())));
        assert_eq!(outside.file(two.id).expect("reads"), Some((two, b"bytes".to_vec())));
        assert_eq!(outside.file(FileId(5)).expect("reads"), None);
        let shelves: Vec<_> = fs::read_dir(folder.path().join(FILES)).expect("reads").collect();
        assert_eq!(shelves.len(), 1, "the bytes lie there once");
    }

    #[test]
    fn bytes_that_are_not_those_kept_are_no_file() {
        let (folder, outside) = outside();
        let card = outside.keep_file(40, "bill.pdf", "application/pdf", b"bytes").expect("keeps");
        let shelf = fs::read_dir(folder.path().join(FILES)).expect("reads").next().expect("a shelf").expect("reads");
        let path = fs::read_dir(shelf.path()).expect("reads").next().expect("a file").expect("reads").path();
        fs::write(&path, b"other").expect("writes");
        assert!(matches!(outside.file(card.id), Err(StoreError::Corrupt { .. })));
    }
}
