//! Making the derived tables again from the events, in a scratch database, the way the live server made them.
//!
//! Configuration and open work stay in memory; everything else is loaded for one entry and dropped after it, so a
//! ledger of any size can be replayed.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::journal::Stored;
use super::{FORMAT, derived, needs};
use crate::domain::event::Event;
use crate::domain::ids::Seq;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::{State, apply};
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::open::Db;
use crate::store::rows;

/// A replay under way.
#[derive(Debug)]
pub(super) struct Replay {
    db: Db,
    state: State,
    /// Events of an entry whose last one has not come yet.
    open: Vec<Event>,
}

impl Replay {
    pub(super) fn new() -> Result<Replay, StoreError> {
        Ok(Replay { db: Db::scratch(&FORMAT)?, state: State::new(), open: Vec::new() })
    }

    /// Replays events in order; an entry may go on in the next call.
    pub(super) fn feed(&mut self, events: Vec<Stored>) -> Result<(), StoreError> {
        let Replay { db, state, open } = self;
        db.write(|tx| {
            for Stored { entry, entered } in events {
                open.push(entered.event);
                if entered.seq >= entry {
                    close(tx, state, entry, &std::mem::take(open))?;
                }
            }
            Ok(())
        })
    }

    /// The tables as the events make them.
    pub(super) fn tables(&self) -> &Connection {
        self.db.conn()
    }
}

/// One entry: load, apply, store, drop.
fn close(conn: &Connection, state: &mut State, rev: Seq, events: &[Event]) -> Result<(), Fault> {
    // A row is looked up once in an entry: removed by one of its events, it must not come back with the next.
    let mut met = BTreeSet::new();
    for event in events {
        let needs = needs::of(state, event);
        for key in needs.keys {
            if met.insert(key)
                && state.row(key).is_none()
                && let Some(row) = rows::one(conn, key)?
            {
                state.load(row);
            }
        }
        for (entity, parent) in needs.children {
            for row in rows::children(conn, entity, parent)? {
                if met.insert(row.key()) && state.row(row.key()).is_none() {
                    state.load(row);
                }
            }
        }
        apply(state, event);
    }
    for change in state.take_changes(rev) {
        derived::apply(conn, &change)?;
        met.insert(change.key());
    }
    for key in met {
        if is_visitor(state, key) {
            state.unload(key);
        }
    }
    Ok(())
}

/// Whether a row need not stay in memory.
fn is_visitor(state: &State, key: RowKey) -> bool {
    match key.entity {
        Entity::Task => matches!(state.row(key), Some(Row::Task(task)) if task.done.is_some()),
        entity => !entity.is_hot(),
    }
}
