//! The desk's outbox: commands made here that the server has not answered yet, drafts, and the desk's own settings.
//!
//! Its own file, so that emptying or rebuilding the cache never touches what a person typed; one desk per file.
//! A command has two numbers. Its *key* is given when it is submitted, never changes and is never used again: the
//! app knows it by that. Its *n* is given when it is handed to the link: 1, 2, 3 … within one incarnation, without
//! gaps, as the server demands. Because only what is handed out has an n, a command can be taken back or replaced
//! before that without leaving a gap; after that it can only be answered.
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
use crate::domain::ids::Seq;
use crate::domain::refusal::Refusal;
use crate::domain::time::At;

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
            answered INTEGER NOT NULL DEFAULT 0);
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

const ITEM: &str = "SELECT key, n, at, command, state, seq, refusal FROM item";

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
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not answered yet.
    Waiting,
    /// Perhaps done already, by a clone of this outbox: the agent must say whether it shall be sent again.
    Doubtful,
    /// Done.
    Done {
        /// Newest seq it made.
        seq: Seq,
    },
    /// Not done.
    Refused(Refusal),
}

/// What became of the wish to take a command back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawal {
    /// It was never sent and is gone; here is what it was.
    Taken(Command),
    /// It was refused and is no longer listed; here is what it was.
    Dismissed(Command),
    /// It was handed to the link already: only the server can say what becomes of it.
    TooLate,
    /// There is no such command, or it is done.
    Unknown,
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
        let mut db = Db::open(&dir.join("outbox.db"), &FORMAT, PLAN)?;
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
    /// the newest matters replaces one of its kind that was not handed out yet, and takes over its key.
    pub fn submit(&mut self, command: &Command, at: At, clears: Option<DraftKey>) -> Result<Item, StoreError> {
        let text = to_json(command);
        let (linked, last) = (self.linked, self.last);
        let (key, n) = self.db.write(|tx| {
            if let Some(draft) = clears {
                draft::delete(tx, draft)?;
            }
            let key = match replaceable(tx, command)? {
                Some(key) => {
                    let args = (key.cast_signed(), at.0, &text);
                    tx.prepare_cached("UPDATE item SET at = ?2, command = ?3 WHERE key = ?1")?.execute(args)?;
                    key
                }
                None => {
                    let sql = "INSERT INTO item(at, command, state) VALUES (?1, ?2, ?3)";
                    tx.prepare_cached(sql)?.execute((at.0, &text, WAITING))?;
                    tx.last_insert_rowid().cast_unsigned()
                }
            };
            let last = if linked { numbering::number_all(tx, last)? } else { last };
            let sql = "SELECT n FROM item WHERE key = ?1";
            let n: Option<i64> = tx.prepare_cached(sql)?.query_one([key.cast_signed()], |r| r.get(0))?;
            Ok((key, n.map(|n| (n.cast_unsigned(), last))))
        })?;
        if let Some((_, last)) = n {
            self.last = last;
        }
        Ok(Item { key, n: n.map(|(n, _)| n), at, command: command.clone(), state: State::Waiting })
    }

    /// Takes back a command that was never handed out, or puts a refused one away.
    pub fn withdraw(&mut self, key: u64) -> Result<Withdrawal, StoreError> {
        self.db.write(|tx| {
            let Some(item) = one(tx, "key", key)? else { return Ok(Withdrawal::Unknown) };
            match (item.state, item.n) {
                (State::Waiting, Some(_)) => Ok(Withdrawal::TooLate),
                (State::Waiting | State::Doubtful, _) => {
                    tx.execute("DELETE FROM item WHERE key = ?1", [key.cast_signed()])?;
                    Ok(Withdrawal::Taken(item.command))
                }
                (State::Refused(_), _) => {
                    let args = (key.cast_signed(), DISMISSED);
                    tx.execute("UPDATE item SET state = ?2 WHERE key = ?1", args)?;
                    Ok(Withdrawal::Dismissed(item.command))
                }
                (State::Done { .. }, _) => Ok(Withdrawal::Unknown),
            }
        })
    }

    /// Commands without an answer, in the order in which they were submitted.
    pub fn unanswered(&self) -> Result<Vec<Item>, StoreError> {
        self.db.with(|conn| list(conn, "WHERE state IN (0, 1) ORDER BY key", []))
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
    })
}

fn read(raw: Raw) -> Result<Item, Fault> {
    let unreadable = |e: serde_json::Error| Fault::damaged(format!("command {} cannot be read: {e}", raw.key));
    let state = match (raw.state, &raw.refusal) {
        (WAITING, _) => State::Waiting,
        (DOUBTFUL, _) => State::Doubtful,
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
    })
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("invariant: commands and refusals have string keys only, which always encode")
}

#[cfg(test)]
mod tests;
