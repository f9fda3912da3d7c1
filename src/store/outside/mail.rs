//! What the mailboxes keep: how far each was read, which mails came and what became of them, to which case which
//! message id belongs, and the answers on their way out.
//!
//! Invariant: how far a mailbox was read moves only together with what became of the mail there, and an answer is in
//! exactly one state.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::Outside;
use crate::domain::ids::{CaseId, InteractionId, MessageId};
use crate::domain::time::At;
use crate::store::StoreError;

/// The tables.
pub(super) const TABLES: &str = "
    CREATE TABLE mail_key(only INTEGER PRIMARY KEY, key BLOB NOT NULL);
    CREATE TABLE mailbox(
        name TEXT PRIMARY KEY,
        folder TEXT NOT NULL,
        validity INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        old INTEGER NOT NULL,
        since INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE mail_in(
        mailbox TEXT NOT NULL,
        mark TEXT NOT NULL,
        case_id INTEGER,
        interaction INTEGER,
        sender TEXT NOT NULL,
        done INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        words TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY(mailbox, mark)) WITHOUT ROWID;
    CREATE INDEX mail_in_by_sender ON mail_in(sender, at) WHERE opened = 1;
    CREATE TABLE mail_thread(
        case_id INTEGER PRIMARY KEY,
        mailbox TEXT NOT NULL,
        interaction INTEGER,
        uid INTEGER NOT NULL,
        validity INTEGER NOT NULL,
        thread TEXT NOT NULL);
    CREATE TABLE mail_id(id TEXT PRIMARY KEY, case_id INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE mail_out(
        message INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL,
        mailbox TEXT NOT NULL,
        state INTEGER NOT NULL,
        body TEXT NOT NULL,
        raw BLOB,
        recipients TEXT NOT NULL,
        id TEXT NOT NULL,
        tries INTEGER NOT NULL,
        since INTEGER NOT NULL,
        next INTEGER NOT NULL,
        words TEXT NOT NULL);
    CREATE INDEX mail_out_due ON mail_out(mailbox, next) WHERE state NOT IN (6, 7);
";

/// What the second form of the tables adds to the first.
pub(super) const RECIPIENTS: &str = "
    ALTER TABLE mail_out ADD COLUMN thread INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mail_out ADD COLUMN goes TEXT NOT NULL DEFAULT 'null';
";

/// How far a mailbox was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Which folder.
    pub folder: String,
    /// Which numbering of its mails.
    pub validity: u32,
    /// The number of the last mail that was dealt with.
    pub uid: u32,
    /// Mails up to this number lay there when it was numbered so …
    pub old: u32,
    /// … and count as known when they came before this.
    pub since: At,
}

/// What is to be done with a mail, written down before it is done, so that it is done the same way again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Planned {
    /// The case it belongs to; `None` is a new one.
    pub case: Option<CaseId>,
    /// The interaction it goes into; `None` opens one.
    pub interaction: Option<InteractionId>,
    /// It was done.
    pub done: bool,
}

/// What is kept of a case's correspondence to answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Which mailbox answers.
    pub mailbox: String,
    /// The newest interaction it went into.
    pub interaction: Option<InteractionId>,
    /// The newest mail's number in its mailbox, and the numbering.
    pub uid: (u32, u32),
    /// To whom and so on, as the channel wrote it.
    pub thread: String,
}

/// A mail that came in and is done.
#[derive(Debug, Clone, Copy)]
pub struct Done<'a> {
    /// Which mailbox.
    pub mailbox: &'a str,
    /// What tells it from others.
    pub mark: &'a str,
    /// What is to be said of it, when it was set aside.
    pub words: &'a str,
    /// It opened an interaction.
    pub opened: bool,
    /// The case it is on now, what answers it from now on, and the ids that belong to it.
    pub thread: Option<(CaseId, &'a Thread, &'a [String])>,
    /// How far the mailbox was read with it.
    pub cursor: &'a Cursor,
}

/// An answer that is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Which.
    pub message: MessageId,
    /// On which case.
    pub case: CaseId,
    /// Cases that became part of it, the newest first.
    pub held: &'a [CaseId],
    /// The agent's words.
    pub body: &'a str,
    /// To whom, as the channel wrote it.
    pub to: &'a str,
    /// When it was written.
    pub at: At,
}

/// Where an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits to be handed over.
    Queued,
    /// The post office has all of it but the last dot; from here on it may have been taken.
    Committing,
    /// The post office took it; a copy is still to be put into the folder of sent mail.
    Taken,
    /// It will not be sent; the case is still to be told.
    Failed,
    /// Nobody knows whether it was taken; that is still to be found out.
    Doubtful,
    /// The post office took some recipients and not others; the case is still to be told.
    Partly,
    /// Over: it was sent.
    Sent,
    /// Over: it was not, and the case was told.
    Told,
}

impl State {
    const ALL: [State; 8] = [
        State::Queued,
        State::Committing,
        State::Taken,
        State::Failed,
        State::Doubtful,
        State::Partly,
        State::Sent,
        State::Told,
    ];

    fn number(self) -> i64 {
        State::ALL.iter().position(|s| *s == self).unwrap_or_default() as i64
    }

    fn of(number: i64) -> State {
        usize::try_from(number).ok().and_then(|n| State::ALL.get(n)).copied().unwrap_or(State::Doubtful)
    }

    /// Whether nothing is left to be done.
    pub fn is_over(self) -> bool {
        matches!(self, State::Sent | State::Told)
    }
}

/// An answer on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Out {
    /// Which.
    pub message: MessageId,
    /// On which case.
    pub case: CaseId,
    /// Where it stands.
    pub state: State,
    /// The agent's words, until the mail is made.
    pub body: String,
    /// The raw mail, once it was made.
    pub raw: Option<Vec<u8>>,
    /// To whom, one a line.
    pub recipients: String,
    /// Its message id.
    pub id: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written.
    pub since: At,
    /// What was said last.
    pub words: String,
    /// The case whose correspondence it goes on with.
    pub thread: CaseId,
    /// To whom, as the channel wrote it.
    pub to: String,
}

fn out(row: &Row<'_>) -> rusqlite::Result<Out> {
    Ok(Out {
        message: MessageId(row.get::<_, i64>(0)?.cast_unsigned()),
        case: CaseId(row.get::<_, i64>(1)?.cast_unsigned()),
        state: State::of(row.get(2)?),
        body: row.get(3)?,
        raw: row.get(4)?,
        recipients: row.get(5)?,
        id: row.get(6)?,
        tries: row.get(7)?,
        since: At(row.get(8)?),
        words: row.get(9)?,
        thread: CaseId(row.get::<_, i64>(10)?.cast_unsigned()),
        to: row.get(11)?,
    })
}

const OUT: &str = "message, case_id, state, body, raw, recipients, id, tries, since, words, thread, goes";

impl Outside {
    /// The house's key for tags; `fresh` becomes it when there is none.
    pub fn mail_key(&self, fresh: [u8; 32]) -> Result<Vec<u8>, StoreError> {
        self.db().write(|tx| {
            tx.execute("INSERT OR IGNORE INTO mail_key(only, key) VALUES(1, ?1)", [&fresh[..]])?;
            Ok(tx.query_row("SELECT key FROM mail_key", [], |r| r.get(0))?)
        })
    }

    /// How far a mailbox was read.
    pub fn mail_cursor(&self, mailbox: &str) -> Result<Option<Cursor>, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT folder, validity, uid, old, since FROM mailbox WHERE name = ?1";
            let row = conn.query_row(sql, [mailbox], |r| {
                Ok(Cursor {
                    folder: r.get(0)?,
                    validity: r.get(1)?,
                    uid: r.get(2)?,
                    old: r.get(3)?,
                    since: At(r.get(4)?),
                })
            });
            row.optional()
        })
    }

    /// A mailbox was read so far.
    pub fn set_mail_cursor(&self, mailbox: &str, cursor: &Cursor) -> Result<(), StoreError> {
        self.db().write(|tx| Ok(move_on(tx, mailbox, cursor)?))
    }

    /// Writes down what will be done with a mail; what was written down before holds.
    pub fn plan_mail(
        &self,
        mailbox: &str,
        mark: &str,
        sender: &str,
        plan: Planned,
        now: At,
    ) -> Result<Planned, StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO mail_in(mailbox, mark, case_id, interaction, sender, done, opened, words, at)
                 VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, '', ?6)",
                params![
                    mailbox,
                    mark,
                    plan.case.map(|c| c.0.cast_signed()),
                    plan.interaction.map(|i| i.0.cast_signed()),
                    sender,
                    now.0
                ],
            )?;
            Ok(planned(tx, mailbox, mark)?.unwrap_or(plan))
        })
    }

    /// What was written down about a mail.
    pub fn planned_mail(&self, mailbox: &str, mark: &str) -> Result<Option<Planned>, StoreError> {
        self.db().write(|tx| Ok(planned(tx, mailbox, mark)?))
    }

    /// The interaction it should have gone into is over: it opens one instead.
    pub fn replan_mail(&self, mailbox: &str, mark: &str) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "UPDATE mail_in SET interaction = NULL WHERE mailbox = ?1 AND mark = ?2 AND done = 0",
                [mailbox, mark],
            )?;
            Ok(())
        })
    }

    /// A mail is done, all of it or nothing.
    pub fn mail_done(&self, done: &Done<'_>) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "UPDATE mail_in SET done = 1, opened = ?3, words = ?4, case_id = coalesce(?5, case_id)
                 WHERE mailbox = ?1 AND mark = ?2",
                params![
                    done.mailbox,
                    done.mark,
                    done.opened,
                    done.words,
                    done.thread.map(|(c, _, _)| c.0.cast_signed())
                ],
            )?;
            if let Some((case, thread, ids)) = done.thread {
                set_thread(tx, case, thread)?;
                for id in ids {
                    tx.execute(
                        "INSERT OR IGNORE INTO mail_id(id, case_id) VALUES(?1, ?2)",
                        params![id, case.0.cast_signed()],
                    )?;
                }
            }
            Ok(move_on(tx, done.mailbox, done.cursor)?)
        })
    }

    /// How many interactions mails of a sender opened since then.
    pub fn mails_opened_by(&self, sender: &str, since: At) -> Result<u64, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT count(*) FROM mail_in WHERE sender = ?1 AND opened = 1 AND at >= ?2";
            conn.query_row(sql, params![sender, since.0], |r| r.get::<_, i64>(0).map(i64::cast_unsigned))
        })
    }

    /// The case of a message id.
    pub fn mail_case(&self, id: &str) -> Result<Option<CaseId>, StoreError> {
        self.db().with(|conn| {
            let row = conn.query_row("SELECT case_id FROM mail_id WHERE id = ?1", [id], |r| r.get::<_, i64>(0));
            row.map(|n| CaseId(n.cast_unsigned())).optional()
        })
    }

    /// How a case is answered.
    pub fn mail_thread(&self, case: CaseId) -> Result<Option<Thread>, StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT mailbox, interaction, uid, validity, thread FROM mail_thread WHERE case_id = ?1";
            let row = conn.query_row(sql, [case.0.cast_signed()], |r| {
                Ok(Thread {
                    mailbox: r.get(0)?,
                    interaction: r.get::<_, Option<i64>>(1)?.map(|n| InteractionId(n.cast_unsigned())),
                    uid: (r.get(2)?, r.get(3)?),
                    thread: r.get(4)?,
                })
            });
            row.optional()
        })
    }

    /// A case is answered by a mailbox although no mail brought it.
    pub fn begin_mail_thread(&self, case: CaseId, thread: &Thread) -> Result<(), StoreError> {
        self.db().write(|tx| Ok(set_thread(tx, case, thread)?))
    }

    /// Keeps an answer to be sent by this mailbox; once, however often. False when the case is not this mailbox's. The
    /// correspondence of the case itself is gone on with, or that of the newest of those that became part of it.
    pub fn keep_answer(&self, mailbox: &str, kept: &Kept<'_>) -> Result<bool, StoreError> {
        self.db().write(|tx| {
            let sql = "SELECT mailbox FROM mail_thread WHERE case_id = ?1";
            for case in [&kept.case].into_iter().chain(kept.held) {
                let of = tx.query_row(sql, [case.0.cast_signed()], |r| r.get::<_, String>(0)).optional()?;
                let Some(of) = of else { continue };
                if of == mailbox {
                    let (message, of_case, thread) = (kept.message.0, kept.case.0, case.0);
                    tx.execute(
                        "INSERT OR IGNORE INTO mail_out(message, case_id, mailbox, state, body, recipients, id, tries, since, next, words, thread, goes)
                         VALUES(?1, ?2, ?3, 0, ?4, '', '', 0, ?5, ?5, '', ?6, ?7)",
                        params![message.cast_signed(), of_case.cast_signed(), mailbox, kept.body, kept.at.0, thread.cast_signed(), kept.to],
                    )?;
                }
                return Ok(of == mailbox);
            }
            Ok(false)
        })
    }

    /// The answers of a mailbox that are due, oldest first.
    pub fn answers_due(&self, mailbox: &str, now: At, most: usize) -> Result<Vec<Out>, StoreError> {
        self.db().with(|conn| {
            let sql = format!(
                "SELECT {OUT} FROM mail_out WHERE mailbox = ?1 AND next <= ?2 AND state NOT IN (6, 7) ORDER BY message LIMIT ?3"
            );
            let mut read = conn.prepare_cached(&sql)?;
            let rows = read.query_map(params![mailbox, now.0, most as i64], out)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
    }

    /// How many answers of a mailbox are not over, and when the next one is due.
    pub fn answers_waiting(&self, mailbox: &str) -> Result<(u64, Option<At>), StoreError> {
        self.db().with(|conn| {
            let sql = "SELECT count(*), min(next) FROM mail_out WHERE mailbox = ?1 AND state NOT IN (6, 7)";
            conn.query_row(sql, [mailbox], |r| {
                Ok((r.get::<_, i64>(0)?.cast_unsigned(), r.get::<_, Option<i64>>(1)?.map(At)))
            })
        })
    }

    /// An answer.
    pub fn answer(&self, message: MessageId) -> Result<Option<Out>, StoreError> {
        self.db().with(|conn| {
            let sql = format!("SELECT {OUT} FROM mail_out WHERE message = ?1");
            conn.query_row(&sql, [message.0.cast_signed()], out).optional()
        })
    }

    /// The mail of an answer was made; its id belongs to its case from now on.
    pub fn answer_made(&self, message: MessageId, raw: &[u8], recipients: &str, id: &str) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "UPDATE mail_out SET raw = ?2, recipients = ?3, id = ?4, body = '', goes = 'null' WHERE message = ?1",
                params![message.0.cast_signed(), raw, recipients, id],
            )?;
            tx.execute(
                "INSERT OR IGNORE INTO mail_id(id, case_id) SELECT id, case_id FROM mail_out WHERE message = ?1",
                [message.0.cast_signed()],
            )?;
            Ok(())
        })
    }

    /// An answer stands so from now on, and is looked at again at `next`. What is over keeps no words.
    pub fn answer_stands(
        &self,
        message: MessageId,
        state: State,
        next: At,
        tried: bool,
        words: &str,
    ) -> Result<(), StoreError> {
        self.db().write(|tx| {
            tx.execute(
                "UPDATE mail_out SET state = ?2, next = ?3, tries = tries + ?4, words = ?5 WHERE message = ?1",
                params![message.0.cast_signed(), state.number(), next.0, tried, words],
            )?;
            if state.is_over() {
                tx.execute(
                    "UPDATE mail_out SET body = '', raw = NULL, goes = 'null' WHERE message = ?1",
                    [message.0.cast_signed()],
                )?;
            }
            Ok(())
        })
    }
}

fn planned(tx: &Transaction<'_>, mailbox: &str, mark: &str) -> rusqlite::Result<Option<Planned>> {
    let sql = "SELECT case_id, interaction, done FROM mail_in WHERE mailbox = ?1 AND mark = ?2";
    let row = tx.query_row(sql, [mailbox, mark], |r| {
        Ok(Planned {
            case: r.get::<_, Option<i64>>(0)?.map(|n| CaseId(n.cast_unsigned())),
            interaction: r.get::<_, Option<i64>>(1)?.map(|n| InteractionId(n.cast_unsigned())),
            done: r.get(2)?,
        })
    });
    row.optional()
}

fn move_on(tx: &Transaction<'_>, mailbox: &str, cursor: &Cursor) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO mailbox(name, folder, validity, uid, old, since) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT(name) DO UPDATE SET folder = ?2, validity = ?3, uid = ?4, old = ?5, since = ?6",
        params![mailbox, cursor.folder, cursor.validity, cursor.uid, cursor.old, cursor.since.0],
    )?;
    Ok(())
}

fn set_thread(tx: &Transaction<'_>, case: CaseId, thread: &Thread) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO mail_thread(case_id, mailbox, interaction, uid, validity, thread) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT(case_id) DO UPDATE SET
           mailbox = ?2, interaction = coalesce(?3, interaction), uid = ?4, validity = ?5, thread = ?6",
        params![
            case.0.cast_signed(),
            thread.mailbox,
            thread.interaction.map(|i| i.0.cast_signed()),
            thread.uid.0,
            thread.uid.1,
            thread.thread
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
