//! The reading half: feeds, snapshots, exports. Every answer is as of one instant.

use rusqlite::Connection;

use super::{derived, journal};
use crate::domain::ids::Seq;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::state::State;
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::ledger::{Entered, LedgerReader, StoredRow, Verified};
use crate::store::open::Db;
use crate::store::rows;

/// A connection that only reads.
#[derive(Debug)]
pub(super) struct Reader {
    db: Db,
}

impl Reader {
    pub(super) fn new(db: Db) -> Reader {
        Reader { db }
    }
}

/// Newest seq.
pub(super) fn head(conn: &Connection) -> Result<Seq, Fault> {
    let last: Option<i64> = conn.prepare_cached("SELECT max(seq) FROM event")?.query_one([], |r| r.get(0))?;
    Ok(last.map_or(0, i64::cast_unsigned))
}

/// What the server keeps in memory, and the highest id of every kind.
pub(super) fn hot(conn: &Connection) -> Result<State, Fault> {
    let mut state = State::new();
    let mut query = conn.prepare_cached("SELECT key, body FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key")?;
    for entity in Entity::ALL.iter().filter(|e| e.is_hot()) {
        let mut found = query.query(rows::range(*entity))?;
        while let Some(row) = found.next()? {
            match rows::decode(rows::known(row.get(0)?)?, &row.get::<_, Vec<u8>>(1)?)? {
                Row::Task(task) if task.done.is_some() => {}
                row => state.load(row),
            }
        }
    }
    let mut query = conn.prepare_cached("SELECT entity, id FROM last")?;
    let mut found = query.query([])?;
    while let Some(row) = found.next()? {
        let code: u8 = row.get(0)?;
        let entity = Entity::from_code(code).ok_or_else(|| Fault::damaged(format!("{code} is no known kind")))?;
        state.know_last(entity, row.get::<_, i64>(1)?.cast_unsigned());
    }
    Ok(state)
}

/// Reads [`StoredRow`]s; the columns are key, scope, rev, body.
fn stored(row: &rusqlite::Row<'_>) -> Result<StoredRow, Fault> {
    Ok(StoredRow {
        key: rows::known(row.get(0)?)?,
        scope: rows::scope(row.get(1)?)?,
        rev: row.get::<_, i64>(2)?.cast_unsigned(),
        body: row.get(3)?,
    })
}

fn delta(conn: &Connection, lane: Lane, scopes: &[Scope], from: Seq) -> Result<Vec<Change>, Fault> {
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let (mut forgets, mut puts) = (Vec::new(), Vec::new());
    for scope in scopes.iter().copied().filter(|s| s.lane() == lane) {
        // What came and went since is not told.
        let sql = "SELECT key, max(rev) FROM gone WHERE scope = ?1 AND rev > ?2 AND born <= ?2
            AND NOT EXISTS (SELECT 1 FROM row WHERE row.key = gone.key AND row.scope = ?1) GROUP BY key";
        let mut query = conn.prepare_cached(sql)?;
        let mut found = query.query((scope.code(), from))?;
        while let Some(row) = found.next()? {
            let key = rows::known(row.get(0)?)?;
            forgets.push(Change::Forget { rev: row.get::<_, i64>(1)?.cast_unsigned(), scope, key });
        }
        let sql = "SELECT key, scope, rev, body FROM row INDEXED BY row_rev WHERE scope = ?1 AND rev > ?2";
        let mut query = conn.prepare_cached(sql)?;
        let mut found = query.query((scope.code(), from))?;
        while let Some(row) = found.next()? {
            let StoredRow { key, scope, rev, body } = stored(row)?;
            puts.push(Change::Put { rev, scope, key, body });
        }
    }
    forgets.sort_by_key(|c| (c.rev(), c.key()));
    puts.sort_by_key(|c| (c.rev(), c.key()));
    forgets.append(&mut puts);
    Ok(forgets)
}

/// The keys of a part beyond `after`, as an inclusive range.
fn beyond(entity: Entity, after: u64) -> (i64, i64) {
    let (low, high) = rows::range(entity);
    let at = rows::pack(RowKey { entity, id: after }).unwrap_or(high);
    match (entity.newest_first(), after) {
        (true, 0) => (low, high),
        (true, _) => (low, at - 1),
        (false, _) => (at + 1, high),
    }
}

fn part(conn: &Connection, scope: Scope, entity: Entity, after: u64, bytes: usize) -> Result<Vec<StoredRow>, Fault> {
    let order = if entity.newest_first() { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT key, scope, rev, body FROM row INDEXED BY row_part
        WHERE scope = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key {order}"
    );
    let mut query = conn.prepare_cached(&sql)?;
    let (low, high) = beyond(entity, after);
    let mut found = query.query((scope.code(), low, high))?;
    let (mut part, mut size) = (Vec::new(), 0);
    while size < bytes.max(1)
        && let Some(row) = found.next()?
    {
        let row = stored(row)?;
        size += row.body.len().max(1);
        part.push(row);
    }
    Ok(part)
}

impl LedgerReader for Reader {
    fn head(&mut self) -> Result<Seq, StoreError> {
        self.db.with(head)
    }

    fn floor(&mut self) -> Result<Seq, StoreError> {
        self.db.with(derived::floor)
    }

    fn delta(&mut self, lane: Lane, scopes: &[Scope], from: Seq) -> Result<(Seq, Vec<Change>), StoreError> {
        self.db.snapshot(|tx| Ok((head(tx)?, delta(tx, lane, scopes, from)?)))
    }

    fn part(
        &mut self,
        scope: Scope,
        entity: Entity,
        after: u64,
        bytes: usize,
    ) -> Result<(Seq, Vec<StoredRow>), StoreError> {
        self.db.snapshot(|tx| Ok((head(tx)?, part(tx, scope, entity, after, bytes)?)))
    }

    fn part_len(&mut self, scope: Scope, entity: Entity, after: u64) -> Result<u64, StoreError> {
        let (low, high) = beyond(entity, after);
        self.db.with(|conn| {
            let sql = "SELECT count(*) FROM row INDEXED BY row_part WHERE scope = ?1 AND key BETWEEN ?2 AND ?3";
            let count = conn.prepare_cached(sql)?.query_one((scope.code(), low, high), |r| r.get::<_, i64>(0))?;
            Ok::<_, Fault>(count.cast_unsigned())
        })
    }

    fn stored(&mut self, keys: &[RowKey]) -> Result<Vec<StoredRow>, StoreError> {
        self.db.snapshot(|tx| {
            let mut query = tx.prepare_cached("SELECT key, scope, rev, body FROM row WHERE key = ?1")?;
            let mut all = Vec::new();
            for key in keys.iter().filter_map(|key| rows::pack(*key)) {
                if let Some(row) = query.query([key])?.next()? {
                    all.push(stored(row)?);
                }
            }
            Ok(all)
        })
    }

    fn stored_children(&mut self, entity: Entity, parent: u64) -> Result<Vec<StoredRow>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT key, scope, rev, body FROM row WHERE parent = ?1 AND parent <> 0 ORDER BY ord, key";
            let mut query = conn.prepare_cached(sql)?;
            let mut found = query.query([rows::parent(entity, parent)])?;
            let mut all = Vec::new();
            while let Some(row) = found.next()? {
                all.push(stored(row)?);
            }
            Ok::<_, Fault>(all)
        })
    }

    fn events(&mut self, after: Seq, limit: usize) -> Result<Vec<Entered>, StoreError> {
        self.db.snapshot(|tx| Ok(journal::read(tx, after, limit)?.into_iter().map(|e| e.entered).collect()))
    }

    fn page(&mut self, entity: Entity, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let (_, high) = rows::range(entity);
        let at = rows::pack(RowKey { entity, id: after }).unwrap_or(high);
        self.db.with(|conn| {
            let sql = "SELECT key, body FROM row WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3";
            let mut query = conn.prepare_cached(sql)?;
            let mut found = query.query((at, high, i64::try_from(limit).unwrap_or(i64::MAX)))?;
            let mut page = Vec::new();
            while let Some(row) = found.next()? {
                page.push(rows::decode(rows::known(row.get(0)?)?, &row.get::<_, Vec<u8>>(1)?)?);
            }
            Ok::<_, Fault>(page)
        })
    }

    fn backup(&mut self, to: &std::path::Path) -> Result<(), StoreError> {
        super::backup::backup(&mut self.db, to)
    }

    fn verify(&mut self) -> Result<Verified, StoreError> {
        super::verify::verify(&mut self.db)
    }
}
