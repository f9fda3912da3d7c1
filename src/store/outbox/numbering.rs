//! Numbers for the server: given at the last moment, without gaps, and given anew when the server asks for it.

use rusqlite::Transaction;

use super::{DOUBTFUL, Item, LAPSED, Outbox, WAITING, list};
use crate::store::StoreError;
use crate::store::fault::Fault;

/// What [`Outbox::rewind`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewound {
    /// The server has answered all that was answered here.
    Nothing,
    /// The server has forgotten this many answers; those commands wait again.
    Again(u64),
    /// The numbers cannot be brought together: the server wants commands that are no longer here, or knows more
    /// than were ever given out here. Take a new incarnation.
    Broken,
}

impl Outbox {
    /// Commands to send: those without an answer whose number is above `n`, in order. From here on they count as
    /// sent.
    pub fn after(&mut self, n: u64) -> Result<Vec<Item>, StoreError> {
        let given = self.last;
        let (last, items) = self.db.write(|tx| {
            let last = number_all(tx, given)?;
            let from = i64::try_from(n).unwrap_or(i64::MAX);
            Ok((last, list(tx, "WHERE state = 0 AND n > ?1 ORDER BY n", [from])?))
        })?;
        self.last = last;
        Ok(items)
    }

    /// The server's highest answered number is `last`. What was answered here beyond it waits again (the server was
    /// restored from a backup).
    pub fn rewind(&mut self, last: u64) -> Result<Rewound, StoreError> {
        if last > self.last {
            return Ok(Rewound::Broken);
        }
        let (from, wanted) = (last.cast_signed(), (self.last - last) as usize);
        self.db.write(|tx| {
            let here: i64 = tx.query_row("SELECT count(*) FROM item WHERE n > ?1", [from], |r| r.get(0))?;
            let sql = "UPDATE item SET state = 0, seq = 0, refusal = NULL, answered = 0 WHERE n > ?1 AND state > 1";
            let again = tx.execute(sql, [from])?;
            Ok(match again {
                _ if (here as usize) < wanted => Rewound::Broken,
                0 => Rewound::Nothing,
                some => Rewound::Again(some as u64),
            })
        })
    }

    /// Begins to count anew under another random number, because this outbox was cloned, or restored from a copy, or
    /// the server lost more than is kept here. Returns the commands that may have reached the server under the old
    /// numbers: with `ask` they wait for [`Outbox::confirm`] or [`Outbox::withdraw`], else they are simply sent.
    pub fn new_incarnation(&mut self, incarnation: u64, ask: bool) -> Result<Vec<Item>, StoreError> {
        let state = if ask { DOUBTFUL } else { WAITING };
        let items = self.db.write(|tx| {
            let mut touched = list(tx, "WHERE state = 0 AND n IS NOT NULL ORDER BY key", [])?;
            tx.execute("UPDATE item SET state = ?1 WHERE state = 0 AND n IS NOT NULL", [state])?;
            tx.execute("UPDATE item SET n = NULL", [])?;
            tx.execute("UPDATE numbering SET incarnation = ?1, last = 0", [incarnation.cast_signed()])?;
            for item in &mut touched {
                item.n = None;
                if ask {
                    item.state = super::State::Doubtful;
                }
            }
            Ok(touched)
        })?;
        self.incarnation = incarnation;
        self.last = 0;
        Ok(items)
    }

    /// Sends a doubtful or lapsed command after all; false when there is no such one.
    pub fn confirm(&mut self, key: u64) -> Result<bool, StoreError> {
        self.db.write(|tx| {
            let args = (key.cast_signed(), WAITING, DOUBTFUL, LAPSED);
            Ok(tx.execute("UPDATE item SET state = ?2 WHERE key = ?1 AND state IN (?3, ?4)", args)? == 1)
        })
    }
}

/// Gives a number to every waiting command that has none, in the order they were submitted; the highest now.
pub(super) fn number_all(tx: &Transaction<'_>, last: u64) -> Result<u64, Fault> {
    let keys: Vec<i64> = {
        let mut query = tx.prepare_cached("SELECT key FROM item WHERE state = 0 AND n IS NULL ORDER BY key")?;
        query.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?
    };
    let mut now = last;
    for key in &keys {
        now += 1;
        tx.prepare_cached("UPDATE item SET n = ?2 WHERE key = ?1")?.execute([*key, now.cast_signed()])?;
    }
    if now != last {
        tx.prepare_cached("UPDATE numbering SET last = ?1")?.execute([now.cast_signed()])?;
    }
    Ok(now)
}
