//! Copies of what the channels keep, beside a copy of the ledger, and what a restored ledger makes of it.
//!
//! Invariant: after a restore nothing is sent that may have been sent before it, and no number of a message that is
//! gone is taken for one that gets it anew.

use std::fs;
use std::path::{Path, PathBuf};

use super::{FILE, FILES, Outside, private_folder};
use crate::domain::ids::{MessageId, Seq};
use crate::store::StoreError;
use crate::store::fault::from_io;
use crate::store::ledger_sqlite::{copy_database, move_aside};
use crate::store::open::Db;

/// The folder beside a ledger's copy that holds what the channels keep.
pub fn beside(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".channels");
    name.into()
}

/// Copies what the channels of a server's folder keep into a folder of its own, while they work; whether there was
/// something.
pub fn backup(data: &Path, to: &Path) -> Result<bool, StoreError> {
    let from = data.join(FILE);
    if !from.exists() {
        return Ok(false);
    }
    private_folder(to).map_err(|e| from_io(to, e))?;
    let copy = to.join(FILE);
    copy_database(&mut Db::read_only(&from, 1_024)?, &copy, |_| Ok(()))?;
    // A file is there before its card is: every card of the copy finds its own.
    copy_files(&data.join(FILES), &to.join(FILES))?;
    Ok(true)
}

/// Puts a copy into a server's folder; what was there is moved aside.
pub fn restore(from: &Path, data: &Path) -> Result<(), StoreError> {
    let (copy, to) = (from.join(FILE), data.join(FILE));
    let part = data.join("channels.db.part");
    fs::copy(&copy, &part).map_err(|e| from_io(&copy, e))?;
    crate::store::open::make_private(&part)?;
    copy_files(&from.join(FILES), &data.join(FILES))?;
    move_aside(&to)?;
    fs::rename(&part, &to).map_err(|e| from_io(&to, e))
}

/// Every file of the shelves that is not there yet.
fn copy_files(from: &Path, to: &Path) -> Result<(), StoreError> {
    let list = |folder: &Path| -> Result<Vec<PathBuf>, StoreError> {
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let read = fs::read_dir(folder).map_err(|e| from_io(folder, e))?;
        read.map(|entry| entry.map(|entry| entry.path()).map_err(|e| from_io(folder, e))).collect()
    };
    for shelf in list(from)? {
        let Some(name) = shelf.file_name() else { continue };
        let there = to.join(name);
        private_folder(&there).map_err(|e| from_io(&there, e))?;
        for file in list(&shelf)? {
            let Some(name) = file.file_name() else { continue };
            // One that is being written has another ending, and its card is not given out yet.
            let target = there.join(name);
            if file.extension().is_none() && !target.exists() {
                fs::copy(&file, &target).map_err(|e| from_io(&target, e))?;
            }
        }
    }
    Ok(())
}

impl Outside {
    /// The ledger is another one: a copy of an earlier time, whose newest message is `last`. What was on its way out may
    /// have gone out since; what came after it is not there.
    pub fn adopt(&self, epoch: u64, seq: Seq, last: MessageId) -> Result<(), StoreError> {
        let last = last.0.cast_signed();
        self.db().write(|tx| {
            tx.execute("DELETE FROM mail_out WHERE message > ?1", [last])?;
            // 0 and 1 are on their way, 4 is asked after in the folder of sent mail.
            tx.execute("UPDATE mail_out SET state = 4, next = 0 WHERE state IN (0, 1)", [])?;
            tx.execute("UPDATE post SET state = 2, body = '' WHERE state < 2", [])?;
            tx.execute("DELETE FROM chat_line WHERE message > ?1", [last])?;
            let sql = "UPDATE chat SET k = (SELECT coalesce(max(k), 0) FROM chat_line WHERE chat = chat.id)
                       WHERE k <> (SELECT coalesce(max(k), 0) FROM chat_line WHERE chat = chat.id)";
            tx.execute(sql, [])?;
            Ok(())
        })?;
        self.set_read_to(epoch, seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CaseId, InteractionId};
    use crate::domain::time::At;
    use crate::store::outside::chat::{ChatStage, Did, NewChat};
    use crate::store::outside::mail::{Cursor, Done, Kept, State, Thread};
    use crate::store::outside::post::Letter;

    /// A store with one mail case, one chat with two lines, a letter and a file.
    fn filled(folder: &Path) -> Outside {
        let outside = Outside::open(folder).expect("opens");
        let thread = Thread { mailbox: "support".into(), interaction: None, uid: (1, 1), thread: "{}".into() };
        let cursor = Cursor { folder: "INBOX".into(), uid: 1, ..Cursor::default() };
        outside
            .mail_done(&Done {
                mailbox: "support",
                mark: "m",
                words: "",
                opened: true,
                thread: Some((CaseId(7), &thread, &[])),
                cursor: &cursor,
            })
            .expect("writes");
        let id = outside.chat_begin(&NewChat { inbox: "web".into(), ..NewChat::default() }, At(1)).expect("begins");
        for (once, message) in [("aa", 10), ("bb", 20)] {
            let did = Did {
                message: Some(MessageId(message)),
                stage: Some(ChatStage::Open),
                place: Some((InteractionId(5), CaseId(8))),
                ..Did::default()
            };
            outside.chat_did(id, once, &did, At(1)).expect("writes");
        }
        outside
            .post("support", &Letter { key: "k".into(), to: "d@x.org".into(), ..Letter::default() }, At(1))
            .expect("kept");
        outside.keep_file(40, "bill.pdf", "application/pdf", b"bytes").expect("keeps");
        outside.set_read_to(1, 100).expect("writes");
        outside
    }

    fn answers(outside: &Outside, message: u64) {
        let kept = Kept { message: MessageId(message), case: CaseId(7), held: &[], body: "words", to: "", at: At(1) };
        assert!(outside.keep_answer("support", &kept).expect("kept"));
    }

    #[test]
    fn a_copy_made_at_work_is_whole_and_comes_back() {
        let (here, there) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let outside = filled(here.path());
        let copy = beside(&here.path().join("backup"));
        assert!(backup(here.path(), &copy).expect("copies"));
        answers(&outside, 11);
        fs::write(there.path().join(FILE), b"another").expect("writes");
        restore(&copy, there.path()).expect("restores");
        let restored = Outside::open(there.path()).expect("opens");
        assert_eq!(restored.read_to().expect("reads"), Some((1, 100)));
        assert_eq!(restored.answer(MessageId(11)).expect("reads"), None, "it came after the copy");
        let id = crate::domain::ids::FileId((40 >> 2) | 1);
        assert_eq!(restored.file(id).expect("reads").map(|(_, bytes)| bytes), Some(b"bytes".to_vec()));
        assert!(there.path().join("channels.db.before-1").exists(), "nothing is thrown away");
        assert!(!backup(&there.path().join("files"), &copy).expect("looks"), "nothing there is nothing to copy");
    }

    #[test]
    fn what_may_have_gone_out_is_asked_after_and_what_is_not_there_any_more_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = filled(folder.path());
        answers(&outside, 11);
        answers(&outside, 19);
        outside.adopt(2, 60, MessageId(15)).expect("adopts");
        assert_eq!(outside.read_to().expect("reads"), Some((2, 60)));
        let stands = |message| outside.answer(MessageId(message)).expect("reads").map(|out| out.state);
        assert_eq!((stands(11), stands(19)), (Some(State::Doubtful), None));
        assert_eq!(outside.post_next("support").expect("reads"), None);
        let chat = outside.chat(1).expect("reads").expect("there");
        assert_eq!((chat.k, outside.chat_lines(1, 0, 9).expect("reads").len()), (1, 1));
        // The number gets a new message, which goes out.
        answers(&outside, 19);
        assert_eq!(stands(19), Some(State::Queued));
    }
}
