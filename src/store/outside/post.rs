//! Letters that answer no message: transcripts, forms. Each is kept once by its key, until a mailbox has handed it over.
//!
//! Invariant: what may have been taken is not offered again; such a letter is worth less than one that comes twice.

use rusqlite::{Row, params};
use tokio::sync::watch;

use super::Outside;
use crate::domain::ids::CaseId;
use crate::domain::time::At;
use crate::store::StoreError;

/// The table. States: 0 waits, 1 may have been taken, 2 is over.
pub(super) const TABLES: &str = "
    CREATE TABLE post(
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        mailbox TEXT NOT NULL,
        recipient TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        language TEXT NOT NULL,
        case_id INTEGER NOT NULL,
        answers TEXT NOT NULL,
        state INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        since INTEGER NOT NULL,
        next INTEGER NOT NULL,
        words TEXT NOT NULL);
    CREATE INDEX post_due ON post(mailbox, next) WHERE state < 2;
    CREATE INDEX post_to ON post(recipient, since);
";

/// What a later form of the tables adds.
pub(super) const BY_CASE: &str = "
    CREATE INDEX post_case ON post(case_id);
    CREATE INDEX mail_out_case ON mail_out(case_id);
";

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letter {
    /// The same when the same letter is given again.
    pub key: String,
    /// Address it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The words.
    pub body: String,
    /// BCP 47, or empty.
    pub language: String,
    /// The case that an answer to it belongs to; 0 is none.
    pub case: CaseId,
    /// The id of the mail it answers; may be empty.
    pub answers: String,
}

/// A letter on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its number.
    pub n: u64,
    /// What it says.
    pub letter: Letter,
    /// Whether it may have been taken.
    pub doubtful: bool,
    /// How often it was tried.
    pub tries: u32,
    /// When it was given.
    pub since: At,
}

fn posted(row: &Row<'_>) -> rusqlite::Result<Posted> {
    Ok(Posted {
        n: row.get::<_, i64>(0)?.cast_unsigned(),
        letter: Letter {
            key: row.get(1)?,
            to: row.get(2)?,
            subject: row.get(3)?,
            body: row.get(4)?,
            language: row.get(5)?,
            case: CaseId(row.get::<_, i64>(6)?.cast_unsigned()),
            answers: row.get(7)?,
        },
        doubtful: row.get::<_, i64>(8)? == 1,
        tries: row.get(9)?,
        since: At(row.get(10)?),
    })
}

/// How a letter stands after it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It waits until then.
    Waits(At),
    /// It may have been taken.
    Doubtful,
    /// It was taken, or never will be.
    Over,
}

impl Outside {
    /// Whether a form was sent on a case that nobody here has answered since.
    pub fn form_open(&self, case: CaseId) -> Result<bool, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT EXISTS(SELECT 1 FROM post WHERE case_id = ?1 AND key LIKE '%:form')
                AND NOT EXISTS(SELECT 1 FROM mail_out WHERE case_id = ?1)";
            conn.query_row(sql, [case.0.cast_signed()], |row| row.get(0))
        })
    }

    /// Keeps a letter to be sent by a mailbox; once, however often.
    pub fn post(&self, mailbox: &str, letter: &Letter, now: At) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO post(key, mailbox, recipient, subject, body, language, case_id, answers, state, tries, since, next, words)
                 VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, ?9, ?9, '')",
                params![
                    letter.key,
                    mailbox,
                    letter.to,
                    letter.subject,
                    letter.body,
                    letter.language,
                    letter.case.0.cast_signed(),
                    letter.answers,
                    now.0
                ],
            )?;
            Ok(())
        })?;
        self.posts.send_modify(|n| *n += 1);
        Ok(())
    }

    /// Changes when there is a new letter.
    pub fn posts(&self) -> watch::Receiver<u64> {
        self.posts.subscribe()
    }

    /// Letters of a mailbox that are due, oldest first.
    pub fn posts_due(&self, mailbox: &str, now: At, most: usize) -> Result<Vec<Posted>, StoreError> {
        self.db().with(|conn| {
            let sql =
                "SELECT n, key, recipient, subject, body, language, case_id, answers, state, tries, since FROM post
                       WHERE mailbox = ?1 AND next <= ?2 AND state < 2 ORDER BY n LIMIT ?3";
            let mut read = conn.prepare_cached(sql)?;
            let rows = read.query_map(params![mailbox, now.0, most as i64], posted)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
    }

    /// When the next letter of a mailbox is due.
    pub fn post_next(&self, mailbox: &str) -> Result<Option<At>, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT min(next) FROM post WHERE mailbox = ?1 AND state < 2";
            conn.query_row(sql, [mailbox], |r| r.get::<_, Option<i64>>(0)).map(|at| at.map(At))
        })
    }

    /// How many letters went to an address since then.
    pub fn posts_to(&self, address: &str, since: At) -> Result<u64, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT count(*) FROM post WHERE recipient = ?1 AND since >= ?2";
            conn.query_row(sql, params![address, since.0], |r| r.get::<_, i64>(0)).map(i64::cast_unsigned)
        })
    }

    /// A letter stands so from now on; one that is over keeps no words.
    pub fn post_stands(&self, n: u64, stands: Stands, words: &str) -> Result<(), StoreError> {
        let (state, next) = match stands {
            Stands::Waits(next) => (0, next.0),
            Stands::Doubtful => (1, 0),
            Stands::Over => (2, 0),
        };
        self.db().write(|tx| {
            tx.execute(
                "UPDATE post SET state = ?2, next = ?3, words = ?4, tries = tries + (?2 = 0),
                   body = CASE WHEN ?2 = 2 THEN '' ELSE body END WHERE n = ?1",
                params![n.cast_signed(), state, next, words],
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_kept_once_and_waits_until_it_is_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = Outside::open(folder.path()).expect("opens");
        let letter = Letter { key: "chat:1".into(), to: "d@x.org".into(), body: "Hello".into(), ..Letter::default() };
        for at in [5, 6] {
            outside.post("support", &letter, At(at)).expect("kept");
        }
        assert!(outside.posts_due("sales", At(9), 10).expect("reads").is_empty(), "another mailbox's");
        assert!(outside.posts_due("support", At(4), 10).expect("reads").is_empty(), "not yet");
        let due = outside.posts_due("support", At(5), 10).expect("reads");
        assert_eq!((due.len(), &due[0].letter, due[0].doubtful), (1, &letter, false));
        outside.post_stands(due[0].n, Stands::Waits(At(50)), "busy").expect("writes");
        assert_eq!(outside.post_next("support").expect("reads"), Some(At(50)));
        outside.post_stands(due[0].n, Stands::Doubtful, "").expect("writes");
        let again = outside.posts_due("support", At(50), 10).expect("reads");
        assert_eq!((again[0].doubtful, again[0].tries), (true, 1));
        outside.post_stands(due[0].n, Stands::Over, "").expect("writes");
        assert_eq!(outside.post_next("support").expect("reads"), None);
        outside.post("support", &letter, At(60)).expect("kept");
        assert_eq!(outside.post_next("support").expect("reads"), None, "what is over does not come again");
        assert_eq!(outside.posts_to("d@x.org", At(5)).expect("reads"), 1);
        assert_eq!(outside.posts_to("d@x.org", At(6)).expect("reads"), 0);
    }
}
