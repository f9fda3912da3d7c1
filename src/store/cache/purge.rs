//! Taking rows away for good: a scope that may no longer be seen, another ledger, another agent.
//!
//! Invariant: afterwards no byte of those rows is in the file, its log, its full-text tables or a copy put aside.
//!
//! Deleting alone does not do it, `secure_delete` or not: when SQLite spreads rows over pages anew, what it moved stays
//! in the free room of the page it came from, and is not known there when the row goes. So the file is written anew:
//! at once when a right was taken away, and once a day for what left in the course of the work ([`Cache::tidy`]).

use rusqlite::Connection;

use super::{Cache, Cursors, aside, index, mark, remove, set_mark};
use crate::domain::row::{Entity, Row};
use crate::domain::scope::{Lane, Scope};
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::rows;

impl Cache {
    /// The server said which scopes the agent may see: deletes the rows of all others; how many. To be called before
    /// anything is shown to the agent of a new connection. Interactions that came in a piece ahead of the cursor go
    /// too: those that are still there are fed again, and nobody would say of the others that they have gone.
    pub fn retain_scopes(&mut self, scopes: &[Scope]) -> Result<u64, StoreError> {
        self.tombs.clear();
        self.dropped.clear();
        let others: Vec<Scope> = self.db.with(held)?.into_iter().filter(|s| !scopes.contains(s)).collect();
        let (low, high) = rows::range(Entity::Interaction);
        let live = self.cursors.live.cast_signed();
        let sql = "DELETE FROM row WHERE key BETWEEN ?1 AND ?2 AND rev > ?3";
        let residue = self.residue.max(Residue::Left);
        let ahead = self.db.write(|tx| {
            let count = tx.prepare_cached(sql)?.execute((low, high, live))?;
            if count > 0 { mark_residue(tx, residue).map(|()| count) } else { Ok(count) }
        })?;
        if ahead > 0 {
            self.residue = residue;
        }
        Ok(ahead as u64 + self.take_away(&others, Residue::Revoked)?)
    }

    /// Deletes the rows of a scope that was taken away; how many. Frames of it that are still on their way are
    /// ignored until [`Cache::grant`] or the next connection.
    pub fn drop_scope(&mut self, scope: Scope) -> Result<u64, StoreError> {
        self.dropped.insert(scope);
        self.take_away(&[scope], Residue::Revoked)
    }

    /// Deletes the rows of a scope that is fed anew from its beginning; how many.
    pub fn empty_scope(&mut self, scope: Scope) -> Result<u64, StoreError> {
        self.dropped.remove(&scope);
        self.take_away(&[scope], Residue::Left)
    }

    /// A scope was given; its parts follow.
    pub fn grant(&mut self, scope: Scope) {
        self.dropped.remove(&scope);
    }

    /// Empties the cache; it is to be filled from the ledger of this epoch (0: from any).
    pub fn wipe(&mut self, epoch: u64) -> Result<(), StoreError> {
        self.db.write(|tx| {
            for table in index::FULL_TEXT {
                tx.execute(&format!("INSERT INTO {table}({table}) VALUES ('delete-all')"), [])?;
            }
            tx.execute_batch("DELETE FROM row; DELETE FROM part; DELETE FROM open_case; DELETE FROM mark;")?;
            set_mark(tx, "epoch", epoch.cast_signed())
        })?;
        self.cursors = Cursors { epoch, ..Cursors::default() };
        self.ahead = false;
        self.residue = Residue::None;
        self.tombs.clear();
        self.scrub()
    }

    /// What may still be in the file, or in a copy put aside, of words that are not among the rows any more.
    pub fn residue(&self) -> Residue {
        let aside = if aside(self.db.path()).exists() { Residue::Left } else { Residue::None };
        self.residue.max(aside)
    }

    /// Writes the file anew, without what is left in it of rows that are gone. Takes a few hundred milliseconds for a
    /// hundred thousand rows, and as much memory as the file has bytes.
    pub fn tidy(&mut self) -> Result<(), StoreError> {
        if self.residue > Residue::None {
            let residue = self.residue;
            self.db.write(|tx| {
                for table in index::FULL_TEXT {
                    // Deleted entries are only marked; this writes the index anew without them.
                    tx.execute(&format!("INSERT INTO {table}({table}) VALUES ('optimize')"), [])?;
                }
                tx.execute("DELETE FROM mark WHERE name = ?1", [RESIDUE])?;
                Ok(())
            })?;
            if let Err(error) = self.db.vacuum() {
                self.db.write(|tx| mark_residue(tx, residue))?;
                return Err(error);
            }
            self.residue = Residue::None;
        }
        self.scrub()
    }

    fn take_away(&mut self, scopes: &[Scope], leaves: Residue) -> Result<u64, StoreError> {
        let mut count = 0;
        let residue = self.residue.max(leaves);
        for scope in scopes {
            let gone = self.db.write(|tx| {
                let gone = delete_scope(tx, *scope)?;
                if gone > 0 {
                    mark_residue(tx, residue)?;
                }
                Ok(gone)
            })?;
            if gone > 0 {
                self.residue = residue;
            }
            count += gone;
            self.cursors.parts.retain(|p| p.scope != *scope);
        }
        Ok(count)
    }

    /// Empties the log, where older pages lie, and removes what was put aside.
    fn scrub(&mut self) -> Result<(), StoreError> {
        self.db.with(|conn| conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))?;
        remove(&aside(self.db.path()))
    }
}

/// What rows that are gone may have left behind in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Residue {
    /// Nothing.
    None,
    /// Rows that left in the course of the work: there is time.
    Left,
    /// Rows of a scope that was taken away.
    Revoked,
}

/// Mark: what was deleted since the file was last written anew.
const RESIDUE: &str = "residue";

/// Keeps what was left behind, in the transaction that deletes.
pub(super) fn mark_residue(conn: &Connection, residue: Residue) -> Result<(), Fault> {
    set_mark(conn, RESIDUE, residue as i64)
}

/// What the file says of itself.
pub(super) fn residue(conn: &Connection) -> Result<Residue, Fault> {
    Ok(match mark(conn, RESIDUE)? {
        None | Some(0) => Residue::None,
        Some(1) => Residue::Left,
        Some(_) => Residue::Revoked,
    })
}

/// The scopes that rows or parts are in.
fn held(conn: &Connection) -> Result<Vec<Scope>, Fault> {
    let mut scopes = Vec::new();
    for table in ["row", "part"] {
        // One step per scope, where SELECT DISTINCT would read the whole index.
        let mut query = conn.prepare_cached(&format!("SELECT min(scope) FROM {table} WHERE scope > ?1"))?;
        let mut last = i64::MIN;
        while let Some(code) = query.query_one([last], |r| r.get::<_, Option<i64>>(0))? {
            scopes.push(rows::scope(code)?);
            last = code;
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

fn delete_scope(conn: &Connection, scope: Scope) -> Result<u64, Fault> {
    let mut count = 0;
    for &entity in Entity::ALL {
        let (low, high) = rows::range(entity);
        let sql = "SELECT key, body FROM row INDEXED BY row_part WHERE scope = ?1 AND key BETWEEN ?2 AND ?3 LIMIT 1000";
        let mut query = conn.prepare_cached(sql)?;
        loop {
            let found: Vec<(i64, Vec<u8>)> = query
                .query_map((scope.code(), low, high), |r| Ok((r.get(0)?, r.get(1)?)))?
                .collect::<Result<_, _>>()?;
            if found.is_empty() {
                break;
            }
            for (packed, body) in found {
                rows::delete(conn, packed)?;
                let key = rows::known(packed)?;
                index::follow(conn, key, Row::decode(key.entity, &body).as_ref(), None)?;
                count += 1;
            }
        }
    }
    conn.prepare_cached("DELETE FROM part WHERE scope = ?1")?.execute([scope.code()])?;
    Ok(count)
}

/// Forgets how far the parts of a lane have come; their rows stay.
pub(super) fn forget_parts(conn: &Connection, lane: Lane) -> Result<(), Fault> {
    let mut query = conn.prepare_cached("SELECT DISTINCT scope FROM part")?;
    let codes = query.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    let of_lane = |code: &i64| Scope::from_code(*code).is_none_or(|scope| scope.lane() == lane);
    for code in codes.into_iter().filter(of_lane) {
        conn.prepare_cached("DELETE FROM part WHERE scope = ?1")?.execute([code])?;
    }
    Ok(())
}
