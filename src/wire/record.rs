//! Between a row as the domain changes it and as the wire carries it.

use crate::domain::row::{Change, Entity, RowKey};
use crate::domain::scope::Scope;

use super::frame::Record;

impl From<Change> for Record {
    fn from(change: Change) -> Record {
        match change {
            Change::Put { rev, scope, key, body } => Record::Put { rev, scope, key, body },
            Change::Forget { rev, scope, key } => Record::Forget { rev, scope, key },
            Change::Absent { rev, scope, key, parent } => Record::Absent { rev, scope, key, parent },
        }
    }
}

impl From<Record> for Change {
    fn from(record: Record) -> Change {
        match record {
            Record::Put { rev, scope, key, body } => Change::Put { rev, scope, key, body },
            Record::Forget { rev, scope, key } => Change::Forget { rev, scope, key },
            Record::Absent { rev, scope, key, parent } => Change::Absent { rev, scope, key, parent },
        }
    }
}

/// The rows of a chunk as changes.
pub fn chunk_changes(scope: Scope, entity: Entity, rows: Vec<(u64, u64, Vec<u8>)>) -> Vec<Change> {
    rows.into_iter().map(|(id, rev, body)| Change::Put { rev, scope, key: RowKey { entity, id }, body }).collect()
}
