//! What the channels keep: how far the ledger was read for them, files customers sent, and each channel's own tables.
//!
//! One SQLite file and a folder of files beside the server's ledger. Invariants: a file's bytes are on the disk before
//! its card is given out; bytes are removed only when no card names them.

pub mod chat;
pub mod copies;
pub mod mail;
pub mod post;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use data_encoding::HEXLOWER;
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::StoreError;
use super::fault::from_io;
use super::open::{Db, Durability, Format, Plan};
use crate::domain::file::{FileCard, one_name};
use crate::domain::ids::{FileId, Seq};
use crate::domain::time::At;

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
        &[GONE, chat::SAID],
    ],
};

/// Bytes whose last card was forgotten, until they are removed.
const GONE: &str = "
    CREATE TABLE file_gone(sha TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE INDEX file_sha ON file(sha);
";
/// What customers' files leave of the disk for the ledger, bytes …
const LEFT: u64 = 256 << 20;
/// … or of a small disk this part of it.
const SMALL: u64 = 50;
/// Files forgotten, and bytes removed, at a time.
const AT_A_TIME: usize = 200;

const PLAN: Plan = Plan { durability: Durability::Full, cache_kib: 1_024, secure_delete: true };

/// The store of the channels.
#[derive(Debug)]
pub struct Outside {
    db: Mutex<Db>,
    files: PathBuf,
    /// Held together by all who write bytes and their card, alone by whoever removes bytes.
    shelves: RwLock<()>,
    /// Counts bytes that were written, for names that no two share.
    written: AtomicU64,
    /// Counts letters that were given.
    posts: watch::Sender<u64>,
}

impl Outside {
    /// Opens it in the server's folder; makes it when it is not there.
    pub fn open(folder: &Path) -> Result<Outside, StoreError> {
        let db = Db::open(&folder.join(FILE), &FORMAT, PLAN)?;
        let files = folder.join(FILES);
        let (shelves, written) = (RwLock::default(), AtomicU64::default());
        Ok(Outside { db: Mutex::new(db), files, shelves, written, posts: watch::Sender::new(0) })
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
            // Another ledger may hold words that came with files after these rows were copied.
            chat::trust_no_silence(tx, epoch)?;
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
        let _there = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
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

    /// Whether the disk has room for so many bytes of a stranger's: the ledger must never want for it.
    pub fn has_room(&self, bytes: u64) -> bool {
        let Some((free, whole)) = self.files.parent().and_then(space) else { return true };
        free.saturating_sub(bytes) > LEFT.min(whole / SMALL)
    }

    fn place(&self, sha: &str) -> PathBuf {
        let (shelf, rest) = sha.split_at(2);
        self.files.join(shelf).join(rest)
    }

    /// Writes bytes where their digest says, unless they are there: whole or not at all.
    fn write_bytes(&self, sha: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.place(sha);
        let failed = |e| from_io(&path, e);
        let folder = path.parent().unwrap_or(&self.files);
        if !fs::metadata(&path).is_ok_and(|there| there.len() == bytes.len() as u64) {
            private_folder(folder).map_err(failed)?;
            // Whoever brings the same bytes at the same time writes a file of their own.
            let aside = path.with_extension(format!("{}.new", self.written.fetch_add(1, Ordering::Relaxed)));
            let written = private_file(&aside).and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()?;
                fs::rename(&aside, &path)
            });
            if let Err(error) = written {
                // On a full disk half a file is in the way too.
                fs::remove_file(&aside).ok();
                return Err(failed(error));
            }
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Forgets files that customers sent before this and never said anything with, unless their conversation still goes
    /// on, and removes bytes that no card names any more; how many files.
    pub fn sweep_files(&self, before: At) -> Result<usize, StoreError> {
        let mut swept = 0;
        loop {
            let now = self.db().write(|tx| chat::forget_unsaid(tx, before, AT_A_TIME))?;
            self.remove_gone()?;
            swept += now;
            if now < AT_A_TIME {
                return Ok(swept);
            }
        }
    }

    /// Removes bytes whose last card was forgotten.
    fn remove_gone(&self) -> Result<(), StoreError> {
        loop {
            // Bytes that come again now wait, or have their new card already.
            let _alone = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
            let gone = self.db().with(|conn| {
                let sql =
                    "SELECT sha, EXISTS(SELECT 1 FROM file WHERE file.sha = file_gone.sha) FROM file_gone LIMIT ?1";
                let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?));
                conn.prepare_cached(sql)?.query_map([AT_A_TIME as i64], row)?.collect::<Result<Vec<_>, _>>()
            })?;
            if gone.is_empty() {
                return Ok(());
            }
            for (sha, _) in gone.iter().filter(|(_, named)| !named) {
                let path = self.place(sha);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(from_io(&path, error)),
                    _ => {}
                }
            }
            self.db().write(|tx| {
                for (sha, _) in &gone {
                    tx.execute("DELETE FROM file_gone WHERE sha = ?1", [sha])?;
                }
                Ok(())
            })?;
        }
    }
}

/// Bytes that are free where a folder lies, and all there are; `None` where that is not told.
#[cfg(unix)]
fn space(folder: &Path) -> Option<(u64, u64)> {
    let told = rustix::fs::statvfs(folder).ok()?;
    Some((told.f_bavail.saturating_mul(told.f_frsize), told.f_blocks.saturating_mul(told.f_frsize)))
}

#[cfg(not(unix))]
fn space(_: &Path) -> Option<(u64, u64)> {
    None
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
    use super::chat::{ChatStage, Did, NewChat};
    use super::*;
    use crate::domain::ids::{CaseId, InteractionId, MessageId};

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

    /// Every file on the shelves.
    fn on_the_shelves(folder: &Path) -> usize {
        let shelves = fs::read_dir(folder.join(FILES)).into_iter().flatten().flatten();
        shelves.flat_map(|shelf| fs::read_dir(shelf.path()).into_iter().flatten().flatten()).count()
    }

    fn chat_at(outside: &Outside, token: u8, stage: ChatStage) -> u64 {
        let new = NewChat { token: [token; 32], inbox: "web".into(), ..NewChat::default() };
        let id = outside.chat_begin(&new, At(1)).expect("begins");
        if stage != ChatStage::Form {
            let place = Some((InteractionId(id), CaseId(id)));
            let did = Did { stage: Some(stage), place, ..Did::default() };
            outside.chat_did(id, "aa", &did, At(1)).expect("writes");
        }
        id
    }

    #[test]
    fn files_nobody_said_anything_with_go_with_their_bytes_and_others_stay() {
        let (folder, outside) = outside();
        let (open, over) = (chat_at(&outside, 1, ChatStage::Open), chat_at(&outside, 2, ChatStage::Over));
        let form = chat_at(&outside, 3, ChatStage::Form);
        let sends = |chat: u64, id: u64, bytes: &[u8], at: i64| {
            let card = outside.keep_file(id << 2, "a.txt", "text/plain", bytes).expect("keeps");
            outside.chat_add_file(chat, &card, At(at)).expect("writes");
            card.id
        };
        let going_on = sends(open, 11, b"going on", 10);
        let said = sends(over, 13, b"said", 10);
        assert!(outside.chat_said(over, &[said]).expect("writes"));
        let young = sends(over, 15, b"young", 1_000);
        let by_mail = outside.keep_file(17 << 2, "b.txt", "text/plain", b"by mail").expect("keeps").id;
        let shared = sends(over, 19, b"by mail", 10);
        let answered = outside.keep_file(21 << 2, "c.txt", "text/plain", b"answer").expect("keeps");
        let case = [CaseId(over)];
        outside.chat_answer(&case, MessageId(9), std::slice::from_ref(&answered)).expect("writes");
        let (never, begun) = (sends(over, 23, b"never said", 10), sends(form, 25, b"never begun", 10));
        assert_eq!(on_the_shelves(folder.path()), 7);
        assert_eq!(outside.chat_sent(over).expect("reads"), 4 + 5 + 7 + 10, "an agent's do not count");

        assert_eq!(outside.chat_sweep(At(500)).expect("sweeps"), 1);
        assert_eq!(outside.sweep_files(At(500)).expect("sweeps"), 3);
        for kept in [going_on, said, young, by_mail, answered.id] {
            assert!(outside.file(kept).expect("reads").is_some(), "{kept:?}");
        }
        for gone in [never, begun, shared] {
            assert_eq!(outside.file(gone).expect("reads"), None, "{gone:?}");
        }
        assert_eq!(outside.chat_file(over, never).expect("reads"), None);
        assert!(!outside.chat_said(over, &[never]).expect("writes"), "nothing is said with what is gone");
        assert_eq!(on_the_shelves(folder.path()), 5);
        assert_eq!(outside.sweep_files(At(500)).expect("sweeps"), 0);
        // What is gone may come again.
        let again = sends(over, 27, b"never said", 1_000);
        assert_eq!(outside.file(again).expect("reads").map(|(_, bytes)| bytes), Some(b"never said".to_vec()));
        outside.chat_over(open).expect("writes");
        assert_eq!(outside.sweep_files(At(500)).expect("sweeps"), 1, "once it is over");
    }

    #[test]
    fn a_disk_is_never_filled_to_its_last_byte() {
        let (_folder, outside) = outside();
        assert!(outside.has_room(1), "this machine has some");
        assert!(!outside.has_room(u64::MAX));
    }

    #[test]
    fn another_ledger_may_name_what_this_store_knows_nothing_of() {
        let (_folder, outside) = outside();
        let over = chat_at(&outside, 1, ChatStage::Over);
        let card = outside.keep_file(44, "a.txt", "text/plain", b"bytes").expect("keeps");
        outside.chat_add_file(over, &card, At(10)).expect("writes");
        outside.set_read_to(1, 5).expect("writes");
        outside.set_read_to(1, 6).expect("writes");
        outside.set_read_to(2, 3).expect("writes");
        assert_eq!(outside.sweep_files(At(500)).expect("sweeps"), 0);
        assert!(outside.file(card.id).expect("reads").is_some());
    }

    #[test]
    fn the_same_bytes_may_come_many_times_at_once_and_while_they_go() {
        let (folder, outside) = outside();
        let over = chat_at(&outside, 1, ChatStage::Over);
        let bytes = vec![7; 300_000];
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let (outside, bytes) = (&outside, &bytes);
                scope.spawn(move || {
                    for n in 0..10u64 {
                        let card = outside.keep_file((thread * 100 + n) << 3, "a", "", bytes).expect("keeps");
                        assert!(outside.file(card.id).expect("reads").is_some());
                        outside.chat_add_file(over, &card, At(10)).expect("writes");
                    }
                });
            }
            scope.spawn(|| {
                while outside.chat_sent(over).expect("reads") < 3_000_000 {
                    std::thread::yield_now();
                }
                for _ in 0..5 {
                    outside.sweep_files(At(11)).expect("sweeps");
                }
            });
        });
        outside.sweep_files(At(11)).expect("sweeps");
        assert_eq!(on_the_shelves(folder.path()), 0);
    }
}
