//! The table of rows, the same in ledger and cache: kind and id packed into one integer key, so that a row lies next
//! to its kind, large bodies stay out of the inner pages, and every index is two integers wide.

use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use crate::domain::ids::Seq;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::scope::Scope;

/// The table and its indexes. The key is part of every index anyway, behind what is named.
pub(super) const TABLE: &str = "
    CREATE TABLE row(
        key INTEGER PRIMARY KEY,
        scope INTEGER NOT NULL,
        rev INTEGER NOT NULL,
        parent INTEGER NOT NULL,
        ord INTEGER NOT NULL,
        body BLOB NOT NULL);
    CREATE INDEX row_part ON row(scope);
    CREATE INDEX row_rev ON row(scope, rev);
    CREATE INDEX row_parent ON row(parent, ord) WHERE parent <> 0;
    CREATE INDEX row_absent ON row(key, parent) WHERE body = x'';
";

const ID_BITS: u32 = 56;
const ID_MAX: u64 = (1 << ID_BITS) - 1;

/// The key as one integer; `None` when the id is out of range (no server gives such ids).
pub(super) fn pack(key: RowKey) -> Option<i64> {
    (key.id <= ID_MAX).then_some(packed(key.entity, key.id))
}

/// Reads [`pack`].
pub(super) fn unpack(packed: i64) -> Option<RowKey> {
    let packed = packed.cast_unsigned();
    let entity = Entity::from_code((packed >> ID_BITS) as u8)?;
    Some(RowKey { entity, id: packed & ID_MAX })
}

/// Reads [`pack`], or says that the file is damaged.
pub(super) fn known(packed: i64) -> Result<RowKey, Fault> {
    unpack(packed).ok_or_else(|| Fault::damaged(format!("row {packed} is of no known kind")))
}

/// The lowest and the highest key of a kind.
pub(super) fn range(entity: Entity) -> (i64, i64) {
    (packed(entity, 0), packed(entity, ID_MAX))
}

/// The parent column of the rows of one kind that belong to a parent; 0 for "none" and for ids out of range.
pub(super) fn parent(entity: Entity, parent: u64) -> i64 {
    if parent == 0 || parent > ID_MAX { 0 } else { packed(entity, parent) }
}

fn packed(entity: Entity, id: u64) -> i64 {
    ((u64::from(entity as u8) << ID_BITS) | id).cast_signed()
}

/// The scope column, or damage.
pub(super) fn scope(code: i64) -> Result<Scope, Fault> {
    Scope::from_code(code).ok_or_else(|| Fault::damaged(format!("{code} is no known scope")))
}

/// A row out of its bytes, or damage.
pub(super) fn decode(key: RowKey, body: &[u8]) -> Result<Row, Fault> {
    let unreadable = || Fault::damaged(format!("{} {} cannot be read", key.entity.word(), key.id));
    Row::decode(key.entity, body).ok_or_else(unreadable)
}

/// Sets a row. `row` is the body decoded; bodies a newer server wrote that cannot be read have none.
pub(super) fn put(
    conn: &Connection,
    key: i64,
    scope: Scope,
    rev: Seq,
    row: Option<&Row>,
    body: &[u8],
) -> Result<(), Fault> {
    let (above, ord) = row.map_or((0, 0), |r| (parent(r.entity(), r.parent()), r.order()));
    let sql = "INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(key) DO UPDATE SET
        scope = excluded.scope, rev = excluded.rev, parent = excluded.parent, ord = excluded.ord,
        body = excluded.body";
    conn.prepare_cached(sql)?.execute(params![key, scope.code(), rev.cast_signed(), above, ord, body])?;
    Ok(())
}

/// Sets a row whose text is not here: a body of no bytes, below what it belongs to.
pub(super) fn put_absent(conn: &Connection, key: i64, scope: Scope, rev: Seq, of: u64) -> Result<(), Fault> {
    let above = parent(known(key)?.entity, of);
    let sql = "INSERT INTO row VALUES (?1, ?2, ?3, ?4, 0, x'') ON CONFLICT(key) DO UPDATE SET
        scope = excluded.scope, rev = excluded.rev, parent = excluded.parent, ord = 0, body = x''";
    conn.prepare_cached(sql)?.execute(params![key, scope.code(), rev.cast_signed(), above])?;
    Ok(())
}

/// Removes a row.
pub(super) fn delete(conn: &Connection, key: i64) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM row WHERE key = ?1")?.execute([key])?;
    Ok(())
}

/// A row's body.
pub(super) fn body(conn: &Connection, key: RowKey) -> Result<Option<Vec<u8>>, Fault> {
    let Some(key) = pack(key) else { return Ok(None) };
    let mut query = conn.prepare_cached("SELECT body FROM row WHERE key = ?1")?;
    Ok(query.query_row([key], |r| r.get(0)).optional()?)
}

/// A row.
pub(super) fn one(conn: &Connection, key: RowKey) -> Result<Option<Row>, Fault> {
    body(conn, key)?.map(|body| decode(key, &body)).transpose()
}

/// A row, if this build can read it: a cache may hold what a newer server made.
pub(super) fn readable(conn: &Connection, key: RowKey) -> Result<Option<Row>, Fault> {
    Ok(body(conn, key)?.and_then(|body| Row::decode(key.entity, &body)))
}

/// Rows of one kind that belong to a parent, oldest first; not those whose text is absent.
pub(super) fn children(conn: &Connection, entity: Entity, of: u64) -> Result<Vec<Row>, Fault> {
    let sql = "SELECT key, body FROM row WHERE parent = ?1 AND parent <> 0 ORDER BY ord, key";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([parent(entity, of)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if !body.is_empty() {
            found.push(decode(known(row.get(0)?)?, body)?);
        }
    }
    Ok(found)
}

/// How many rows of a kind belong to a parent whose text is absent.
pub(super) fn absent_of(conn: &Connection, entity: Entity, of: u64) -> Result<u32, Fault> {
    let sql = "SELECT count(*) FROM row WHERE parent = ?1 AND body = x''";
    Ok(conn.prepare_cached(sql)?.query_one([parent(entity, of)], |r| r.get(0))?)
}

/// Rows whose text is absent with keys below one, at most so many, the highest first.
pub(super) fn absent(conn: &Connection, entity: Entity, below: u64, limit: usize) -> Result<Vec<u64>, Fault> {
    let (low, high) = range(entity);
    let high = high.min(packed(entity, below.min(ID_MAX)));
    let sql = "SELECT key FROM row WHERE body = x'' AND key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3";
    let mut query = conn.prepare_cached(sql)?;
    let found = query.query_map((low, high, limit as i64), |r| r.get::<_, i64>(0))?;
    found.map(|key| Ok(known(key?)?.id)).collect()
}

/// Rows as they are stored.
#[cfg(test)]
pub(super) fn all(
    conn: &Connection,
    tail: &str,
    args: impl rusqlite::Params,
) -> Result<Vec<super::ledger::StoredRow>, Fault> {
    let mut query = conn.prepare_cached(&format!("SELECT key, scope, rev, body FROM row {tail}"))?;
    let mut found = query.query(args)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(super::ledger::StoredRow {
            key: known(row.get(0)?)?,
            scope: scope(row.get(1)?)?,
            rev: row.get::<_, i64>(2)?.cast_unsigned(),
            body: row.get(3)?,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_and_sort_by_kind_then_id() {
        let mut last = i64::MIN;
        for &entity in Entity::ALL {
            for id in [0, 1, 255, 1 << 40, ID_MAX] {
                let key = RowKey { entity, id };
                let packed = pack(key).expect("in range");
                assert_eq!(unpack(packed), Some(key));
                assert!(packed > last);
                last = packed;
            }
            assert_eq!(pack(RowKey { entity, id: ID_MAX + 1 }), None);
        }
        assert_eq!(unpack(0), None);
        assert_eq!(unpack(-1), None);
    }
}
