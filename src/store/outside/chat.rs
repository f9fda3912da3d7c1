//! What the web chat keeps: conversations, their lines, which of a customer's deeds are done, files, wishes.
//!
//! The words themselves are in the ledger; a line names its message. Invariants: lines of a conversation are numbered
//! 1, 2, 3 … without gaps; a deed is written down together with the line it made; a message is in a conversation once.

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::Outside;
use crate::domain::file::FileCard;
use crate::domain::ids::{CaseId, FileId, InteractionId, MessageId};
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::fault::Fault;

/// Where a conversation stands, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatStage {
    /// It has not begun.
    Form,
    /// It goes on.
    Open,
    /// It is over.
    Over,
    /// A message was left.
    Left,
}

const STAGES: [ChatStage; 4] = [ChatStage::Form, ChatStage::Open, ChatStage::Over, ChatStage::Left];

/// A conversation that begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewChat {
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// Whose it is: the inbox's key.
    pub inbox: String,
    /// Who the customer is at the firm's site, proven.
    pub identity: Option<String>,
    /// BCP 47.
    pub language: String,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Its number.
    pub id: u64,
    /// Whose it is: the inbox's key.
    pub inbox: String,
    /// Who the customer is at the firm's site, proven.
    pub identity: Option<String>,
    /// BCP 47.
    pub language: String,
    /// Where it stands.
    pub stage: ChatStage,
    /// Its interaction, once it has one.
    pub interaction: InteractionId,
    /// Its case, once it has one.
    pub case: CaseId,
    /// Whether the customer said how it was.
    pub rated: bool,
    /// Deeds done.
    pub n: u64,
    /// Lines.
    pub k: u64,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLine {
    /// Its number, from 1.
    pub k: u64,
    /// Its words' number in the ledger.
    pub message: MessageId,
    /// The customer's name for it; none is an agent's.
    pub once: Option<String>,
}

/// What a deed did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Did {
    /// It said this.
    pub message: Option<MessageId>,
    /// The conversation stands so now.
    pub stage: Option<ChatStage>,
    /// It has this interaction and case now.
    pub place: Option<(InteractionId, CaseId)>,
    /// The customer said how it was; the desk is told once it takes marks of this contact.
    pub mark: Option<u8>,
    /// They want the transcript here.
    pub transcript: Option<String>,
}

/// A wish for a transcript by e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptWish {
    /// Its number.
    pub id: u64,
    /// Of which conversation.
    pub chat: u64,
    /// Where to.
    pub email: String,
}

/// The tables.
pub(super) const TABLES: &str = "
    CREATE TABLE chat(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        token BLOB NOT NULL UNIQUE,
        inbox TEXT NOT NULL,
        identity TEXT,
        language TEXT NOT NULL,
        born INTEGER NOT NULL,
        stage INTEGER NOT NULL DEFAULT 0,
        interaction INTEGER NOT NULL DEFAULT 0,
        case_id INTEGER NOT NULL DEFAULT 0,
        rated INTEGER NOT NULL DEFAULT 0,
        mark INTEGER,
        marked INTEGER NOT NULL DEFAULT 0,
        n INTEGER NOT NULL DEFAULT 0,
        k INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX chat_case ON chat(case_id, id) WHERE case_id > 0;
    CREATE INDEX chat_stage ON chat(stage, born);
    CREATE INDEX chat_mark ON chat(id) WHERE mark IS NOT NULL;
    CREATE TABLE chat_line(
        chat INTEGER NOT NULL,
        k INTEGER NOT NULL,
        message INTEGER NOT NULL,
        once TEXT,
        PRIMARY KEY(chat, k)) WITHOUT ROWID;
    CREATE UNIQUE INDEX chat_line_message ON chat_line(chat, message);
    CREATE TABLE chat_deed(
        chat INTEGER NOT NULL,
        once TEXT NOT NULL,
        PRIMARY KEY(chat, once)) WITHOUT ROWID;
    CREATE TABLE chat_file(
        chat INTEGER NOT NULL,
        file INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        size INTEGER NOT NULL,
        PRIMARY KEY(chat, file)) WITHOUT ROWID;
    CREATE TABLE chat_wish(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat INTEGER NOT NULL,
        email TEXT NOT NULL,
        at INTEGER NOT NULL,
        done INTEGER NOT NULL DEFAULT 0);
";

/// What later forms of the tables add: whether words may have come with a file, and when a customer sent it; an agent's
/// and those of before have no time.
pub(super) const SAID: &str = "
    ALTER TABLE chat_file ADD COLUMN said INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE chat_file ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX chat_file_unsaid ON chat_file(at) WHERE said = 0;
    CREATE INDEX chat_file_by_file ON chat_file(file);
";

const COLUMNS: &str = "id, inbox, identity, language, stage, interaction, case_id, rated, n, k";

fn chat_of(row: &Row<'_>) -> rusqlite::Result<Chat> {
    let number = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
    let stage = number(4)? as usize;
    Ok(Chat {
        id: number(0)?,
        inbox: row.get(1)?,
        identity: row.get(2)?,
        language: row.get(3)?,
        stage: STAGES.get(stage).copied().unwrap_or(ChatStage::Over),
        interaction: InteractionId(number(5)?),
        case: CaseId(number(6)?),
        rated: row.get(7)?,
        n: number(8)?,
        k: number(9)?,
    })
}

fn stage_number(stage: ChatStage) -> i64 {
    STAGES.iter().position(|s| *s == stage).unwrap_or_default() as i64
}

/// Adds a line to a conversation; nothing when the message is there.
fn add_line(tx: &Transaction<'_>, chat: i64, message: MessageId, once: Option<&str>) -> Result<(), Fault> {
    let there = "SELECT 1 FROM chat_line WHERE chat = ?1 AND message = ?2";
    let there: Option<i64> = tx.query_row(there, [chat, message.0.cast_signed()], |r| r.get(0)).optional()?;
    if there.is_some() {
        return Ok(());
    }
    tx.execute("UPDATE chat SET k = k + 1 WHERE id = ?1", [chat])?;
    tx.execute(
        "INSERT INTO chat_line(chat, k, message, once) SELECT id, k, ?2, ?3 FROM chat WHERE id = ?1",
        (chat, message.0.cast_signed(), once),
    )?;
    Ok(())
}

/// A file of a conversation: a customer's, sent at this time, or one that came along with an agent's words.
fn add_file(tx: &Transaction<'_>, chat: i64, file: &FileCard, at: Option<At>) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO chat_file(chat, file, name, kind, size, said, at) VALUES(?1, ?2, ?3, ?4, ?5, ?6 IS NULL, coalesce(?6, 0))
         ON CONFLICT(chat, file) DO UPDATE SET said = max(said, excluded.said)",
        (chat, file.id.0.cast_signed(), &file.name, &file.kind, file.size.cast_signed(), at.map(|at| at.0)),
    )?;
    Ok(())
}

/// The ledger is of this epoch: of another one nobody knows which files it names.
pub(super) fn trust_no_silence(tx: &Transaction<'_>, epoch: u64) -> Result<(), Fault> {
    let sql = "UPDATE chat_file SET said = 1 WHERE said = 0 AND EXISTS(SELECT 1 FROM read WHERE epoch <> ?1)";
    tx.execute(sql, [epoch.cast_signed()])?;
    Ok(())
}

/// Forgets files that were sent before this and that no words ever came with, so many at most; how many.
pub(super) fn forget_unsaid(tx: &Transaction<'_>, before: At, most: usize) -> Result<usize, Fault> {
    let sql = "SELECT chat, file FROM chat_file WHERE said = 0 AND at < ?1
               AND NOT EXISTS(SELECT 1 FROM chat WHERE chat.id = chat_file.chat AND stage = ?2) LIMIT ?3";
    let by = [before.0, stage_number(ChatStage::Open), most as i64];
    let pair = |r: &Row<'_>| Ok([r.get::<_, i64>(0)?, r.get(1)?]);
    let unsaid: Vec<[i64; 2]> = tx.prepare_cached(sql)?.query_map(by, pair)?.collect::<Result<_, _>>()?;
    for row in &unsaid {
        tx.execute("DELETE FROM chat_file WHERE chat = ?1 AND file = ?2", *row)?;
        let file = [row[1]];
        let last = "id = ?1 AND NOT EXISTS(SELECT 1 FROM chat_file WHERE file = ?1)";
        tx.execute(&format!("INSERT OR IGNORE INTO file_gone(sha) SELECT sha FROM file WHERE {last}"), file)?;
        tx.execute(&format!("DELETE FROM file WHERE {last}"), file)?;
    }
    Ok(unsaid.len())
}

fn find(conn: &Connection, what: &str, by: impl rusqlite::ToSql) -> rusqlite::Result<Option<Chat>> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM chat WHERE {what}"))?.query_row([by], chat_of).optional()
}

impl Outside {
    /// A conversation begins; its number.
    pub fn chat_begin(&self, new: &NewChat, now: At) -> Result<u64, StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "INSERT INTO chat(token, inbox, identity, language, born) VALUES(?1, ?2, ?3, ?4, ?5)",
                (&new.token[..], &new.inbox, &new.identity, &new.language, now.0),
            )?;
            Ok(tx.last_insert_rowid().cast_unsigned())
        })
    }

    /// The conversation with this token.
    pub fn chat_by_token(&self, token: &[u8; 32]) -> Result<Option<Chat>, StoreError> {
        self.db().with(|conn| find(conn, "token = ?1", &token[..]))
    }

    /// A conversation.
    pub fn chat(&self, id: u64) -> Result<Option<Chat>, StoreError> {
        self.db().with(|conn| find(conn, "id = ?1", id.cast_signed()))
    }

    /// The newest conversation about a case.
    pub fn chat_of_case(&self, case: CaseId) -> Result<Option<Chat>, StoreError> {
        self.db().with(|conn| find(conn, "case_id = ?1 AND case_id > 0 ORDER BY id DESC LIMIT 1", case.0.cast_signed()))
    }

    /// Every conversation that goes on.
    pub fn chats_open(&self) -> Result<Vec<Chat>, StoreError> {
        self.db().with(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM chat WHERE stage = ?1 ORDER BY id");
            conn.prepare_cached(&sql)?
                .query_map([stage_number(ChatStage::Open)], chat_of)?
                .collect::<Result<Vec<_>, _>>()
        })
    }

    /// Whether a deed is done.
    pub fn chat_is_done(&self, chat: u64, once: &str) -> Result<bool, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT 1 FROM chat_deed WHERE chat = ?1 AND once = ?2";
            conn.prepare_cached(sql)?.query_row((chat.cast_signed(), once), |_| Ok(())).optional().map(|r| r.is_some())
        })
    }

    /// Writes down that a deed is done and what it did; the conversation as it is then.
    pub fn chat_did(&self, chat: u64, once: &str, did: &Did, now: At) -> Result<Option<Chat>, StoreError> {
        let id = chat.cast_signed();
        self.db().write(|tx| {
            let new = tx.execute("INSERT OR IGNORE INTO chat_deed(chat, once) VALUES(?1, ?2)", (id, once))?;
            if new > 0 {
                tx.execute("UPDATE chat SET n = n + 1 WHERE id = ?1", [id])?;
                if let Some(mark) = did.mark {
                    let sql = "UPDATE chat SET rated = 1, mark = ?2, marked = ?3 WHERE id = ?1";
                    tx.execute(sql, (id, mark, now.0))?;
                }
                if let Some(stage) = did.stage {
                    tx.execute("UPDATE chat SET stage = ?2 WHERE id = ?1", [id, stage_number(stage)])?;
                }
                if let Some((interaction, case)) = did.place {
                    let (interaction, case) = (interaction.0.cast_signed(), case.0.cast_signed());
                    tx.execute(
                        "UPDATE chat SET interaction = ?2, case_id = ?3 WHERE id = ?1",
                        [id, interaction, case],
                    )?;
                }
                if let Some(message) = did.message {
                    add_line(tx, id, message, Some(once))?;
                }
                if let Some(email) = &did.transcript {
                    tx.execute("INSERT INTO chat_wish(chat, email, at) VALUES(?1, ?2, ?3)", (id, email, now.0))?;
                }
            }
            Ok(find(tx, "id = ?1", id)?)
        })
    }

    /// An agent's answer on a case, for the newest conversation of it and of those that became part of it; which one that
    /// is, if there is one. The same message makes one line however often it comes.
    pub fn chat_answer(
        &self,
        cases: &[CaseId],
        message: MessageId,
        files: &[FileCard],
    ) -> Result<Option<u64>, StoreError> {
        self.db().write(|tx| {
            let mut newest = None;
            for case in cases {
                let by = case.0.cast_signed();
                let chat = find(tx, "case_id = ?1 AND case_id > 0 ORDER BY id DESC LIMIT 1", by)?;
                newest = newest.max(chat.map(|chat| chat.id));
            }
            let Some(chat) = newest else { return Ok(None) };
            let id = chat.cast_signed();
            add_line(tx, id, message, None)?;
            for file in files {
                add_file(tx, id, file, None)?;
            }
            Ok(Some(chat))
        })
    }

    /// A conversation is over.
    pub fn chat_over(&self, chat: u64) -> Result<(), StoreError> {
        self.db().write(|tx| {
            let (open, over) = (stage_number(ChatStage::Open), stage_number(ChatStage::Over));
            tx.execute("UPDATE chat SET stage = ?3 WHERE id = ?1 AND stage = ?2", [chat.cast_signed(), open, over])?;
            Ok(())
        })
    }

    /// Marks the desk has not been told: of which conversation, which, and since when.
    pub fn chat_marks(&self) -> Result<Vec<(Chat, u8, At)>, StoreError> {
        self.db().with(|conn| {
            let sql = format!("SELECT {COLUMNS}, mark, marked FROM chat WHERE mark IS NOT NULL ORDER BY id");
            let marked = |r: &Row<'_>| Ok((chat_of(r)?, r.get(10)?, At(r.get(11)?)));
            conn.prepare_cached(&sql)?.query_map([], marked)?.collect::<Result<Vec<_>, _>>()
        })
    }

    /// The desk has been told a mark, or will never take it.
    pub fn chat_mark_told(&self, chat: u64) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute("UPDATE chat SET mark = NULL WHERE id = ?1", [chat.cast_signed()])?;
            Ok(())
        })
    }

    /// Lines after one, oldest first, so many at most.
    pub fn chat_lines(&self, chat: u64, after: u64, most: usize) -> Result<Vec<ChatLine>, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT k, message, once FROM chat_line WHERE chat = ?1 AND k > ?2 ORDER BY k LIMIT ?3";
            let line = |r: &Row<'_>| {
                let number = |at: usize| r.get::<_, i64>(at).map(i64::cast_unsigned);
                Ok(ChatLine { k: number(0)?, message: MessageId(number(1)?), once: r.get(2)? })
            };
            let by = [chat.cast_signed(), i64::try_from(after).unwrap_or(i64::MAX), most as i64];
            conn.prepare_cached(sql)?.query_map(by, line)?.collect::<Result<Vec<_>, _>>()
        })
    }

    /// The newest line of an agent's, 0 when there is none.
    pub fn chat_answered(&self, chat: u64) -> Result<u64, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT coalesce(max(k), 0) FROM chat_line WHERE chat = ?1 AND once IS NULL";
            conn.prepare_cached(sql)?.query_row([chat.cast_signed()], |r| r.get::<_, i64>(0)).map(i64::cast_unsigned)
        })
    }

    /// A customer sent a file for a message to come.
    pub fn chat_add_file(&self, chat: u64, file: &FileCard, now: At) -> Result<(), StoreError> {
        self.db().write(|tx| add_file(tx, chat.cast_signed(), file, Some(now)))
    }

    /// Words are about to come with these files: they stay from now on. Whether all are there.
    pub fn chat_said(&self, chat: u64, files: &[FileId]) -> Result<bool, StoreError> {
        if files.is_empty() {
            return Ok(true);
        }
        self.db().write(|tx| {
            let mut all = true;
            for file in files {
                let by = [chat.cast_signed(), file.0.cast_signed()];
                all &= tx.execute("UPDATE chat_file SET said = 1 WHERE chat = ?1 AND file = ?2", by)? > 0;
            }
            Ok(all)
        })
    }

    /// What a customer sent in a conversation, bytes.
    pub fn chat_sent(&self, chat: u64) -> Result<u64, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT coalesce(sum(size), 0) FROM chat_file WHERE chat = ?1 AND at > 0";
            conn.prepare_cached(sql)?.query_row([chat.cast_signed()], |r| r.get::<_, i64>(0)).map(i64::cast_unsigned)
        })
    }

    /// A file of a conversation.
    pub fn chat_file(&self, chat: u64, id: FileId) -> Result<Option<FileCard>, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT name, kind, size FROM chat_file WHERE chat = ?1 AND file = ?2";
            let card = |r: &Row<'_>| {
                let size = r.get::<_, i64>(2)?.cast_unsigned();
                Ok(FileCard { id, name: r.get(0)?, kind: r.get(1)?, size })
            };
            conn.prepare_cached(sql)?.query_row([chat.cast_signed(), id.0.cast_signed()], card).optional()
        })
    }

    /// Forgets conversations that never began and are older than this; how many those were. No words came with their
    /// files: those go with the next sweep of files.
    pub fn chat_sweep(&self, before: At) -> Result<usize, StoreError> {
        self.db().write(|tx| {
            let by = [stage_number(ChatStage::Form), before.0];
            let sql =
                "UPDATE chat_file SET said = 0 WHERE chat IN (SELECT id FROM chat WHERE stage = ?1 AND born < ?2)";
            tx.execute(sql, by)?;
            Ok(tx.execute("DELETE FROM chat WHERE stage = ?1 AND born < ?2", by)?)
        })
    }

    /// How often the transcript of a conversation was wished for.
    pub fn chat_wished(&self, chat: u64) -> Result<u64, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT count(*) FROM chat_wish WHERE chat = ?1";
            conn.query_row(sql, [chat.cast_signed()], |r| r.get::<_, i64>(0)).map(i64::cast_unsigned)
        })
    }

    /// Transcripts that are wanted by e-mail and not sent yet.
    pub fn chat_wishes(&self) -> Result<Vec<TranscriptWish>, StoreError> {
        self.db().with(|conn| {
            let wish = |r: &Row<'_>| {
                let number = |at: usize| r.get::<_, i64>(at).map(i64::cast_unsigned);
                Ok(TranscriptWish { id: number(0)?, chat: number(1)?, email: r.get(2)? })
            };
            let sql = "SELECT id, chat, email FROM chat_wish WHERE done = 0 ORDER BY id";
            conn.prepare_cached(sql)?.query_map([], wish)?.collect::<Result<Vec<_>, _>>()
        })
    }

    /// A transcript is on its way.
    pub fn chat_wish_done(&self, wish: u64) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute("UPDATE chat_wish SET done = 1 WHERE id = ?1", [wish.cast_signed()])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside() -> (tempfile::TempDir, Outside) {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = Outside::open(folder.path()).expect("opens");
        (folder, outside)
    }

    fn begun(outside: &Outside, token: u8) -> u64 {
        let new = NewChat { token: [token; 32], inbox: "web".into(), language: "de".into(), ..NewChat::default() };
        outside.chat_begin(&new, At(1_000)).expect("begins")
    }

    fn said(message: u64) -> Did {
        Did { message: Some(MessageId(message)), ..Did::default() }
    }

    #[test]
    fn a_conversation_is_kept_with_its_lines_and_deeds() {
        let (folder, outside) = outside();
        let id = begun(&outside, 1);
        let start = Did {
            message: Some(MessageId(10)),
            stage: Some(ChatStage::Open),
            place: Some((InteractionId(5), CaseId(7))),
            ..Did::default()
        };
        let chat = outside.chat_did(id, "aa", &start, At(0)).expect("writes").expect("is there");
        assert_eq!((chat.n, chat.k, chat.stage, chat.case), (1, 1, ChatStage::Open, CaseId(7)));
        let bill = FileCard { id: FileId(3), name: "bill.pdf".into(), size: 5, kind: "application/pdf".into() };
        let answer = outside.chat_answer(&[CaseId(7)], MessageId(11), std::slice::from_ref(&bill)).expect("writes");
        assert_eq!(answer, Some(id));
        outside.chat_did(id, "bb", &said(12), At(0)).expect("writes");
        drop(outside);
        let outside = Outside::open(folder.path()).expect("opens");
        let lines = outside.chat_lines(id, 0, 100).expect("reads");
        let lines: Vec<_> = lines.iter().map(|l| (l.k, l.message.0, l.once.as_deref())).collect();
        assert_eq!(lines, [(1, 10, Some("aa")), (2, 11, None), (3, 12, Some("bb"))]);
        assert_eq!(outside.chat_lines(id, 2, 100).expect("reads").len(), 1);
        assert_eq!(outside.chat_lines(id, u64::MAX, 100).expect("reads").len(), 0);
        assert_eq!(outside.chat_by_token(&[1; 32]).expect("reads").map(|c| (c.id, c.n)), Some((id, 2)));
        assert_eq!(outside.chat_by_token(&[2; 32]).expect("reads"), None);
        assert_eq!(outside.chat_file(id, FileId(3)).expect("reads"), Some(bill));
        assert_eq!(outside.chat_file(id + 1, FileId(3)).expect("reads"), None);
        assert_eq!(outside.chat_answered(id).expect("reads"), 2);
    }

    #[test]
    fn what_comes_twice_is_there_once() {
        let (_folder, outside) = outside();
        let id = begun(&outside, 1);
        let start = Did { place: Some((InteractionId(5), CaseId(7))), stage: Some(ChatStage::Open), ..said(10) };
        for answered in 0..2 {
            let chat = outside.chat_did(id, "aa", &start, At(0)).expect("writes").expect("is there");
            assert_eq!((chat.n, chat.k), (1, 1 + answered));
            outside.chat_answer(&[CaseId(7)], MessageId(11), &[]).expect("writes");
        }
        assert_eq!(outside.chat(id).expect("reads").expect("is there").k, 2);
        assert!(outside.chat_is_done(id, "aa").expect("reads"));
        assert!(!outside.chat_is_done(id, "ab").expect("reads"));
    }

    #[test]
    fn an_answer_goes_to_the_newest_conversation_of_its_case_or_to_none() {
        let (_folder, outside) = outside();
        let (one, two) = (begun(&outside, 1), begun(&outside, 2));
        for id in [one, two] {
            let did =
                Did { place: Some((InteractionId(id), CaseId(7))), stage: Some(ChatStage::Open), ..Did::default() };
            outside.chat_did(id, "aa", &did, At(0)).expect("writes");
        }
        assert_eq!(outside.chat_answer(&[CaseId(7)], MessageId(11), &[]).expect("writes"), Some(two));
        assert_eq!(outside.chat_answer(&[CaseId(8)], MessageId(12), &[]).expect("writes"), None);
        assert_eq!(outside.chat_answer(&[CaseId(0)], MessageId(12), &[]).expect("writes"), None);
        assert_eq!(outside.chats_open().expect("reads").len(), 2);
        let merged = [CaseId(9), CaseId(7)];
        assert_eq!(outside.chat_answer(&merged, MessageId(13), &[]).expect("writes"), Some(two), "of a case it holds");
        outside.chat_over(two).expect("writes");
        assert_eq!(outside.chats_open().expect("reads").iter().map(|c| c.id).collect::<Vec<_>>(), [one]);
    }

    #[test]
    fn only_what_never_began_is_swept_away() {
        let (_folder, outside) = outside();
        let (kept, swept) = (begun(&outside, 1), begun(&outside, 2));
        outside.chat_did(kept, "aa", &Did { stage: Some(ChatStage::Left), ..Did::default() }, At(0)).expect("writes");
        assert_eq!(outside.chat_sweep(At(1_000)).expect("sweeps"), 0);
        assert_eq!(outside.chat_sweep(At(1_001)).expect("sweeps"), 1);
        assert_eq!(outside.chat(swept).expect("reads"), None);
        assert!(begun(&outside, 3) > swept, "a number is never used again");
    }

    #[test]
    fn marks_wait_until_the_desk_takes_them() {
        let (_folder, outside) = outside();
        let id = begun(&outside, 1);
        outside.chat_did(id, "aa", &Did { mark: Some(4), ..Did::default() }, At(9)).expect("writes");
        let marks = outside.chat_marks().expect("reads");
        assert_eq!(
            marks.iter().map(|(chat, mark, at)| (chat.id, chat.rated, *mark, at.0)).collect::<Vec<_>>(),
            [(id, true, 4, 9)]
        );
        outside.chat_mark_told(id).expect("writes");
        assert_eq!(outside.chat_marks().expect("reads"), []);
        assert!(outside.chat(id).expect("reads").expect("is there").rated);
    }

    #[test]
    fn wishes_wait_until_they_are_done() {
        let (_folder, outside) = outside();
        let id = begun(&outside, 1);
        let did = Did { transcript: Some("d@example.com".into()), ..Did::default() };
        outside.chat_did(id, "aa", &did, At(0)).expect("writes");
        let wishes = outside.chat_wishes().expect("reads");
        assert_eq!(outside.chat_wished(id).expect("reads"), 1);
        assert_eq!((wishes.len(), wishes[0].chat, wishes[0].email.as_str()), (1, id, "d@example.com"));
        outside.chat_wish_done(wishes[0].id).expect("writes");
        assert_eq!(outside.chat_wishes().expect("reads"), []);
    }
}
