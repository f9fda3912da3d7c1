//! Text as typed so far. It lies beside the outbox, so that submitting it and dropping the draft are one transaction.

use rusqlite::{Row, Transaction};

use super::Outbox;
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::open::{Durability, set_durability};

/// Which field of a case a draft belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DraftField {
    /// The answer to the customer.
    Reply,
    /// A note for the team.
    Note,
    /// The wrap-up note.
    WrapUp,
}

impl DraftField {
    /// The numbers are on disk: they are never reused.
    fn code(self) -> i64 {
        match self {
            DraftField::Reply => 1,
            DraftField::Note => 2,
            DraftField::WrapUp => 3,
        }
    }

    fn from_code(code: i64) -> Option<DraftField> {
        [DraftField::Reply, DraftField::Note, DraftField::WrapUp].into_iter().find(|f| f.code() == code)
    }
}

/// What a draft belongs to. One draft per case and field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DraftKey {
    /// Which case.
    pub case: CaseId,
    /// Which field.
    pub field: DraftField,
}

/// Unfinished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it belongs to.
    pub key: DraftKey,
    /// The words.
    pub body: String,
    /// Newest customer message seen when it was begun.
    pub base: Option<MessageId>,
    /// Choices beside the words, as the app wrote them.
    pub meta: String,
    /// When it was last changed.
    pub at: At,
}

impl Outbox {
    /// Keeps drafts and forgets others, in one transaction: words that moved between two are always in one of them.
    /// It survives a killed process at once and a power cut with the next submitted command; waiting for the disk at
    /// every pause in typing would cost more than it saves.
    pub fn keep_drafts(&mut self, saved: &[Draft], dropped: &[DraftKey]) -> Result<(), StoreError> {
        self.lightly(|tx| {
            saved.iter().try_for_each(|draft| put(tx, draft))?;
            dropped.iter().try_for_each(|key| delete(tx, *key))
        })
    }

    /// Every draft, oldest first.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        self.db.with(|conn| {
            let sql = "SELECT case_id, field, body, base, meta, at FROM draft ORDER BY at, case_id, field";
            let mut query = conn.prepare_cached(sql)?;
            let rows = query.query_map([], read)?;
            rows.map(|row| row?.ok_or_else(|| Fault::damaged("a draft belongs to no known field"))).collect()
        })
    }

    /// A transaction that does not wait for the disk.
    fn lightly<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.db.with(|conn| set_durability(conn, Durability::Normal))?;
        let done = self.db.write(work);
        self.db.with(|conn| set_durability(conn, Durability::Full))?;
        done
    }
}

pub(super) fn put(tx: &Transaction<'_>, draft: &Draft) -> Result<(), Fault> {
    let sql = "INSERT INTO draft VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
        SET body = excluded.body, base = excluded.base, meta = excluded.meta, at = excluded.at";
    let case = draft.key.case.0.cast_signed();
    let base = draft.base.map(|m| m.0.cast_signed());
    let args = (case, draft.key.field.code(), &draft.body, base, &draft.meta, draft.at.0);
    tx.prepare_cached(sql)?.execute(args)?;
    Ok(())
}

pub(super) fn delete(tx: &Transaction<'_>, key: DraftKey) -> Result<(), Fault> {
    let args = (key.case.0.cast_signed(), key.field.code());
    tx.prepare_cached("DELETE FROM draft WHERE case_id = ?1 AND field = ?2")?.execute(args)?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<Draft>> {
    let Some(field) = DraftField::from_code(row.get(1)?) else { return Ok(None) };
    Ok(Some(Draft {
        key: DraftKey { case: CaseId(row.get::<_, i64>(0)?.cast_unsigned()), field },
        body: row.get(2)?,
        base: row.get::<_, Option<i64>>(3)?.map(|id| MessageId(id.cast_unsigned())),
        meta: row.get(4)?,
        at: At(row.get(5)?),
    }))
}
