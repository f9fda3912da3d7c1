//! The desk's outbox: commands made here that the server has not answered yet, drafts, and the desk's own settings.
//!
//! Its own file, so that emptying or rebuilding the cache never touches what a person typed; one desk per file.
//! A command has two numbers. Its *key* is given when it is submitted, never changes and is never used again: the
//! app knows it by that. Its *n* is given when it is handed to the link: 1, 2, 3 … within one incarnation, without
//! gaps, as the server demands. Because only what is handed out has an n, a command can be taken back or replaced
//! before that without leaving a gap; after that it can only be answered.
//!
//! What is held stays here until its time, and can be taken back until then. Order: commands about one case leave in
//! the order in which they were given. One given while another of its case is held waits with it; one on a contact
//! (ending, handing on, wrapping up), for which others wait, sends what is held of its case first, at once.
//!
//! Words that were taken back, or refused, are kept in their row until the draft that holds them is on the disk.
//!
//! Invariant: what was submitted stays on the disk until the server has answered it, and seven days longer, so that
//! a server restored from a backup gets it again.

mod draft;
mod numbering;
mod setting;

pub use draft::{Draft, DraftField, DraftKey};
pub use numbering::Rewound;

use std::mem::discriminant;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::StoreError;
use super::fault::Fault;
use super::open::{Db, Durability, Format, Plan};
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::time::At;

/// Name of the outbox's file within the desk's folder.
pub const FILE: &str = "outbox.db";

const FORMAT: Format = Format {
    word: "outbox",
    application_id: 0x4362_4F62, // "CbOb"
    first: 1,
    steps: &[&["
        CREATE TABLE numbering(only INTEGER PRIMARY KEY, incarnation INTEGER NOT NULL, last INTEGER NOT NULL);
        CREATE TABLE item(
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            n INTEGER UNIQUE,
            at INTEGER NOT NULL,
            command TEXT NOT NULL,
            state INTEGER NOT NULL,
            seq INTEGER NOT NULL DEFAULT 0,
            refusal TEXT,
            answered INTEGER NOT NULL DEFAULT 0,
            case_id INTEGER,
            held INTEGER,
            returned INTEGER NOT NULL DEFAULT 0,
            lapses INTEGER);
        CREATE INDEX item_state ON item(state, key);
        CREATE TABLE draft(
            case_id INTEGER NOT NULL,
            field INTEGER NOT NULL,
            body TEXT NOT NULL,
            base INTEGER,
            meta TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY(case_id, field)) WITHOUT ROWID;
        CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    "]],
};

const PLAN: Plan = Plan { durability: Durability::Full, cache_kib: 256, secure_delete: true };

const WAITING: i64 = 0;
const DOUBTFUL: i64 = 1;
const DONE: i64 = 2;
const REFUSED: i64 = 3;
/// Refused, and the agent has put it away; kept only because its number must stay.
const DISMISSED: i64 = 4;

/// Not sent before its time; it has no number until then.
const HELD: i64 = 5;
/// Taken back in time; kept until its words are in a draft.
const WITHDRAWN: i64 = 6;
/// Found no link in time; it never had a number.
const LAPSED: i64 = 7;

const ITEM: &str = "SELECT key, n, at, command, state, seq, refusal, held, returned FROM item";

/// A command in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The number the app knows it by, for ever.
    pub key: u64,
    /// The number the server knows it by; `None` as long as it was never handed to the link.
    pub n: Option<u64>,
    /// When the key was pressed, server time.
    pub at: At,
    /// What is asked.
    pub command: Command,
    /// What became of it.
    pub state: State,
    /// It was refused, and a draft holds its words.
    pub returned: bool,
}

/// When a command may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// The case it is about, however it names it.
    pub case: Option<CaseId>,
    /// Not before this instant, server time.
    pub until: Option<At>,
    /// When it has no number by this instant, it lapses: the agent is asked again. Server time.
    pub lapses: Option<At>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not answered yet.
    Waiting,
    /// Not sent before this instant, server time.
    Held {
        /// When it leaves.
        until: At,
    },
    /// Taken back in time; its words are not in a draft yet.
    Withdrawn,
    /// Perhaps done already, by a clone of this outbox: the agent must say whether it shall be sent again.
    Doubtful,
    /// It found no link in time and was not sent: the agent must say whether it still shall be.
    Lapsed,
    /// Done.
    Done {
        /// Newest seq it made.
        seq: Seq,
    },
    /// Not done.
    Refused(Refusal),
}

impl Item {
    /// Until when it is held, if it is.
    pub fn held(&self) -> Option<At> {
        match self.state {
            State::Held { until } => Some(until),
            _ => None,
        }
    }
}

/// The outbox file of one desk.
#[derive(Debug)]
pub struct Outbox {
    db: Db,
    incarnation: u64,
    last: u64,
    linked: bool,
}

impl Outbox {
    /// Opens `outbox.db` in a folder, or makes it with the incarnation given (a random number).
    pub fn open(dir: &Path, incarnation_if_new: u64) -> Result<Outbox, StoreError> {
        let mut db = Db::open(&dir.join(FILE), &FORMAT, PLAN)?;
        let (incarnation, last) = db.write(|tx| {
            tx.execute(
                "INSERT INTO numbering VALUES (1, ?1, 0) ON CONFLICT DO NOTHING",
                [incarnation_if_new.cast_signed()],
            )?;
            let read = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?.cast_unsigned(), r.get::<_, i64>(1)?.cast_unsigned()));
            Ok(tx.query_row("SELECT incarnation, last FROM numbering", [], read)?)
        })?;
        Ok(Outbox { db, incarnation, last, linked: false })
    }

    /// Which outbox this is, for Hello.
    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// The highest n given out in this incarnation, 0 when none.
    pub fn highest(&self) -> u64 {
        self.last
    }

    /// Whether a link is up. While it is, a command gets its n as it is submitted, which saves [`Outbox::after`]
    /// a second wait for the disk; while it is not, commands wait without one and can be taken back.
    pub fn set_linked(&mut self, linked: bool) {
        self.linked = linked;
    }

    /// Stores a command and drops the draft it was written in, in one durable transaction. A command of which only
    /// the newest matters replaces one of its kind that was not handed out yet, and takes over its key. Gives the
    /// command, and those held until now that go out before it.
    pub fn submit(
        &mut self,
        command: &Command,
        at: At,
        clears: Option<DraftKey>,
        turn: Turn,
    ) -> Result<(Item, Vec<Item>), StoreError> {
        let text = to_json(command);
        let (linked, last) = (self.linked, self.last);
        let (key, n, held, released) = self.db.write(|tx| {
            if let Some(draft) = clears {
                draft::delete(tx, draft)?;
            }
            let case = turn.case.map(|c| c.0.cast_signed());
            let before = list(tx, "WHERE state = 5 AND case_id = ?1 ORDER BY key", [case])?;
            let first = command.interaction().is_some() || command.needs_link();
            let (held, released) = if first {
                tx.execute("UPDATE item SET state = 0, held = NULL WHERE state = 5 AND case_id = ?1", [case])?;
                (None, before)
            } else {
                (before.iter().filter_map(Item::held).chain(turn.until).max(), Vec::new())
            };
            let key = match replaceable(tx, command)? {
                Some(key) => {
                    let args = (key.cast_signed(), at.0, &text);
                    tx.prepare_cached("UPDATE item SET at = ?2, command = ?3 WHERE key = ?1")?.execute(args)?;
                    key
                }
                None => {
                    let sql = "INSERT INTO item(at, command, state, case_id, held, lapses)
                               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                    let state = if held.is_some() { HELD } else { WAITING };
                    let lapses = turn.lapses.map(|at| at.0);
                    tx.prepare_cached(sql)?.execute((at.0, &text, state, case, held.map(|h| h.0), lapses))?;
                    tx.last_insert_rowid().cast_unsigned()
                }
            };
            let last = if linked { numbering::number_all(tx, last)? } else { last };
            let sql = "SELECT n FROM item WHERE key = ?1";
            let n: Option<i64> = tx.prepare_cached(sql)?.query_one([key.cast_signed()], |r| r.get(0))?;
            Ok((key, n.map(|n| (n.cast_unsigned(), last)), held, released))
        })?;
        if let Some((_, last)) = n {
            self.last = last;
        }
        let state = held.map_or(State::Waiting, |until| State::Held { until });
        let item = Item { key, n: n.map(|(n, _)| n), at, command: command.clone(), state, returned: false };
        Ok((item, released))
    }

    /// Lets go what was held until `now`; which. It gets its number when it is handed out, as everything does.
    pub fn release(&mut self, now: At) -> Result<Vec<Item>, StoreError> {
        self.db.write(|tx| {
            let items = list(tx, "WHERE state = 5 AND held <= ?1 ORDER BY key", [now.0])?;
            tx.execute("UPDATE item SET state = 0, held = NULL WHERE state = 5 AND held <= ?1", [now.0])?;
            Ok(items)
        })
    }

    /// When the next held command leaves, server time.
    pub fn next_release(&self) -> Result<Option<At>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT min(held) FROM item WHERE state = 5";
            Ok::<_, Fault>(conn.prepare_cached(sql)?.query_one([], |r| r.get::<_, Option<i64>>(0))?.map(At))
        })
    }

    /// Stops what found no link until `now` and must not leave later without the agent's word; which.
    pub fn lapse(&mut self, now: At) -> Result<Vec<Item>, StoreError> {
        self.db.write(|tx| {
            let mut items = list(tx, "WHERE state = 0 AND n IS NULL AND lapses <= ?1 ORDER BY key", [now.0])?;
            let sql = "UPDATE item SET state = ?2, lapses = NULL WHERE state = 0 AND n IS NULL AND lapses <= ?1";
            tx.execute(sql, (now.0, LAPSED))?;
            items.iter_mut().for_each(|item| item.state = State::Lapsed);
            Ok(items)
        })
    }

    /// When the next command without a link lapses, server time.
    pub fn next_lapse(&self) -> Result<Option<At>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT min(lapses) FROM item WHERE state = 0 AND n IS NULL";
            Ok::<_, Fault>(conn.prepare_cached(sql)?.query_one([], |r| r.get::<_, Option<i64>>(0))?.map(At))
        })
    }

    /// Takes back a command, if it was never handed out; whether it was in time. Its words stay in its row until
    /// [`Outbox::give_back`]. One that was handed out can only be answered by the server.
    pub fn withdraw(&mut self, key: u64) -> Result<bool, StoreError> {
        self.db.write(|tx| {
            let sql = "UPDATE item SET state = ?2 WHERE key = ?1 AND n IS NULL AND state IN (0, 1, 5, 7)";
            Ok(tx.execute(sql, (key.cast_signed(), WITHDRAWN))? == 1)
        })
    }

    /// Keeps the draft that holds the words of a command that was taken back or refused; from here on its row need
    /// not. One transaction: the words are never in neither, and never given back twice.
    pub fn give_back(&mut self, key: u64, draft: Option<&Draft>) -> Result<(), StoreError> {
        let key = key.cast_signed();
        self.db.write(|tx| {
            if let Some(draft) = draft {
                draft::put(tx, draft)?;
            }
            tx.execute("DELETE FROM item WHERE key = ?1 AND state = ?2", (key, WITHDRAWN))?;
            tx.execute("UPDATE item SET returned = 1 WHERE key = ?1 AND state = ?2", (key, REFUSED))?;
            Ok(())
        })
    }

    /// Puts away, words and all, a command that was refused, that lapsed, or of which nobody knows whether it was done.
    pub fn discard(&mut self, key: u64) -> Result<(), StoreError> {
        let key = key.cast_signed();
        self.db.write(|tx| {
            // The number of a refused one must stay.
            tx.execute("UPDATE item SET state = ?2 WHERE key = ?1 AND state = ?3", (key, DISMISSED, REFUSED))?;
            let sql = "DELETE FROM item WHERE key = ?1 AND state IN (?2, ?3, ?4)";
            tx.execute(sql, (key, DOUBTFUL, WITHDRAWN, LAPSED))?;
            Ok(())
        })
    }

    /// Commands without an answer, in the order in which they were submitted.
    pub fn unanswered(&self) -> Result<Vec<Item>, StoreError> {
        self.db.with(|conn| list(conn, "WHERE state IN (0, 1, 5, 7) ORDER BY key", []))
    }

    /// Commands that were taken back, and whose words are not in a draft yet.
    pub fn withdrawn(&self) -> Result<Vec<Item>, StoreError> {
        self.db.with(|conn| list(conn, "WHERE state = 6 ORDER BY key", []))
    }

    /// Refused commands that nobody has put away yet: what was typed in them is still here.
    pub fn refused(&self) -> Result<Vec<Item>, StoreError> {
        self.db.with(|conn| list(conn, "WHERE state = 3 ORDER BY key", []))
    }

    /// Commands that are done, but whose effects a cache that has seen everything up to `seen` does not hold yet.
    pub fn done_beyond(&self, seen: Seq) -> Result<Vec<Item>, StoreError> {
        let seen = i64::try_from(seen).unwrap_or(i64::MAX);
        self.db.with(|conn| list(conn, "WHERE state = 2 AND seq > ?1 ORDER BY key", [seen]))
    }

    /// Stores the server's answer to command `n` at the instant `now`; `seq` is the newest it made. The item as it
    /// now is, or `None` when nothing of that number waits (an answer that came twice).
    pub fn answered(
        &mut self,
        n: u64,
        seq: Seq,
        refusal: Option<&Refusal>,
        now: At,
    ) -> Result<Option<Item>, StoreError> {
        let (state, text) = match refusal {
            None => (DONE, None),
            Some(refusal) => (REFUSED, Some(to_json(refusal))),
        };
        self.db.write(|tx| {
            let sql = "UPDATE item SET state = ?2, seq = ?3, refusal = ?4, answered = ?5 WHERE n = ?1 AND state = 0";
            let args = (n.cast_signed(), state, seq.cast_signed(), text, now.0);
            match tx.prepare_cached(sql)?.execute(args)? {
                0 => Ok(None),
                _ => one(tx, "n", n),
            }
        })
    }

    /// Deletes what was answered more than seven days before `now`; how many. Refused commands nobody has put away
    /// stay.
    pub fn prune(&mut self, now: At) -> Result<u64, StoreError> {
        let before = now.plus(-7 * crate::domain::time::DAY).0;
        self.db.write(|tx| {
            let sql = "DELETE FROM item WHERE state IN (2, 4) AND answered < ?1";
            Ok(tx.execute(sql, [before])? as u64)
        })
    }
}

#[cfg(test)]
impl Outbox {
    /// Everything in it, as it was submitted.
    pub(crate) fn every_item(&self) -> Result<Vec<Item>, StoreError> {
        self.db.with(|conn| list(conn, "ORDER BY key", []))
    }

    /// Lets the file grow no more, or grow again.
    pub(crate) fn disk_is_full(&self, full: bool) {
        self.db.disk_is_full(full);
    }
}

/// The key of a command that `command` may stand in for.
fn replaceable(tx: &Transaction<'_>, command: &Command) -> Result<Option<u64>, Fault> {
    if !command.latest_only() {
        return Ok(None);
    }
    let unsent = list(tx, "WHERE state = 0 AND n IS NULL ORDER BY key", [])?;
    Ok(unsent.into_iter().find(|i| discriminant(&i.command) == discriminant(command)).map(|i| i.key))
}

fn one(conn: &Connection, column: &str, value: u64) -> Result<Option<Item>, Fault> {
    let mut query = conn.prepare_cached(&format!("{ITEM} WHERE {column} = ?1"))?;
    query.query_row([value.cast_signed()], raw).optional()?.map(read).transpose()
}

fn list(conn: &Connection, tail: &str, args: impl rusqlite::Params) -> Result<Vec<Item>, Fault> {
    let mut query = conn.prepare_cached(&format!("{ITEM} {tail}"))?;
    let rows = query.query_map(args, raw)?;
    rows.map(|row| read(row?)).collect()
}

struct Raw {
    key: i64,
    n: Option<i64>,
    at: i64,
    command: String,
    state: i64,
    seq: i64,
    refusal: Option<String>,
    held: Option<i64>,
    returned: bool,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        key: row.get(0)?,
        n: row.get(1)?,
        at: row.get(2)?,
        command: row.get(3)?,
        state: row.get(4)?,
        seq: row.get(5)?,
        refusal: row.get(6)?,
        held: row.get(7)?,
        returned: row.get(8)?,
    })
}

fn read(raw: Raw) -> Result<Item, Fault> {
    let unreadable = |e: serde_json::Error| Fault::damaged(format!("command {} cannot be read: {e}", raw.key));
    let state = match (raw.state, &raw.refusal) {
        (WAITING, _) => State::Waiting,
        (DOUBTFUL, _) => State::Doubtful,
        (HELD, _) => State::Held { until: At(raw.held.unwrap_or(0)) },
        (WITHDRAWN, _) => State::Withdrawn,
        (LAPSED, _) => State::Lapsed,
        (DONE, _) => State::Done { seq: raw.seq.cast_unsigned() },
        (REFUSED | DISMISSED, Some(text)) => State::Refused(serde_json::from_str(text).map_err(unreadable)?),
        _ => return Err(Fault::damaged(format!("command {} is in no known state", raw.key))),
    };
    Ok(Item {
        key: raw.key.cast_unsigned(),
        n: raw.n.map(i64::cast_unsigned),
        at: At(raw.at),
        command: serde_json::from_str(&raw.command).map_err(unreadable)?,
        state,
        returned: raw.returned,
    })
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("invariant: commands and refusals have string keys only, which always encode")
}

#[cfg(test)]
mod tests;
