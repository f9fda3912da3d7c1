//! Tests of the cache: its two rules, its files, its searches, and that it converges.

mod converge;
mod day;
mod files;
mod finding;
mod rules;

use super::*;
use crate::domain::ids::{QueueId, TeamId};
use crate::domain::row::{Change, Row, RowKey};
use crate::store::sample;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn open(dir: &Path) -> Cache {
    Cache::open(dir).expect("opens")
}

fn key(entity: Entity, id: u64) -> RowKey {
    RowKey { entity, id }
}

fn put(rev: Seq, row: impl Into<Row>) -> Change {
    let row = row.into();
    Change::Put { rev, scope: row.scope(), key: row.key(), body: row.encode() }
}

fn forget(rev: Seq, scope: Scope, entity: Entity, id: u64) -> Change {
    Change::Forget { rev, scope, key: key(entity, id) }
}

fn applied(batch: Batch) -> Applied {
    match batch {
        Batch::Applied(applied) => applied,
        other => panic!("{other:?}"),
    }
}

/// Every row: packed key, scope, revision, bytes.
fn rows_of(cache: &Cache) -> Vec<(RowKey, Scope, Seq, Vec<u8>)> {
    cache
        .db
        .with(|conn| {
            let mut query = conn.prepare("SELECT key, scope, rev, body FROM row ORDER BY key")?;
            let mut found = query.query([])?;
            let mut rows = Vec::new();
            while let Some(row) = found.next()? {
                let rev = row.get::<_, i64>(2)?.cast_unsigned();
                rows.push((rows::known(row.get(0)?)?, rows::scope(row.get(1)?)?, rev, row.get(3)?));
            }
            Ok::<_, Fault>(rows)
        })
        .expect("reads")
}

/// Fills a cache with rows at revision 1, in one batch per lane.
fn fill(cache: &mut Cache, rows: Vec<Row>) {
    let changes: Vec<Change> = rows.into_iter().map(|row| put(1, row)).collect();
    for lane in Lane::ALL {
        let mine: Vec<Change> = changes.iter().filter(|c| c.scope().lane() == lane).cloned().collect();
        let from = cache.cursor(lane);
        applied(cache.apply_batch(lane, from, from + 1, 1_000, &mine).expect("applies"));
    }
}

const HISTORY: Scope = Scope::History(QueueId(1));
const OTHER: Scope = Scope::History(QueueId(2));
const TEAM: Scope = Scope::Team(TeamId(1));
