//! Many rows of one kind in one frame, column by column, each told by how it differs from the row before: ids, times
//! and revisions become small numbers, a column in which nothing changes nothing at all.
//!
//! Where a number or a word stands in its row decides in which column it goes, so rows of different shape may follow
//! each other. A few rows travel as they are: the steady feed costs no work here. Invariant: what is unfolded is byte
//! for byte what was folded, and nothing is remembered from one frame to the next.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::scope::Scope;

use super::frame::Record;
use read::{Read, Spread};
use write::{Sheet, Write};

mod read;
mod write;

/// So many rows of a kind in one frame are folded.
const MANY: usize = 8;
/// Rows that are folded at most, and bytes that they unfold to.
const MOST: (usize, usize) = (1 << 18, 64 << 20);

/// Bytes that are no folded rows, or rows that cannot be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rows that cannot be unfolded")]
pub(super) struct Unfoldable;

impl serde::ser::Error for Unfoldable {
    fn custom<T: std::fmt::Display>(_: T) -> Unfoldable {
        Unfoldable
    }
}

impl serde::de::Error for Unfoldable {
    fn custom<T: std::fmt::Display>(_: T) -> Unfoldable {
        Unfoldable
    }
}

/// Where something stands in a row. Two places may be taken for one; that costs bytes, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64);

impl Place {
    const HEAD: Place = Place(1);
    const ROW: Place = Place(0xcbf2_9ce4_8422_2325);

    /// The part of this number within this place.
    fn part(self, index: u64) -> Place {
        Place((self.0 ^ (index + 1)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// The parts of a record's head.
mod head {
    /// What is done: see [`super::Kind`].
    pub(super) const KIND: u64 = 0;
    /// The kind of row.
    pub(super) const ENTITY: u64 = 1;
    /// The scope.
    pub(super) const SCOPE: u64 = 2;
    /// The body, as it is.
    pub(super) const BODY: u64 = 3;
    /// Revision and id of what is forgotten; of what is put and of what is absent, by the kind of row, behind them.
    pub(super) const ROW: u64 = 4;
    /// What a row belongs to whose text is absent; beyond all kinds of rows.
    pub(super) const PARENT: u64 = 1 << 20;
}

/// What is done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Forget,
    /// The row's own bytes.
    Plain,
    /// The row by its difference.
    Folded,
    /// The row without its text.
    Absent,
}

impl Kind {
    fn from_code(code: u64) -> Option<Kind> {
        [Kind::Forget, Kind::Plain, Kind::Folded, Kind::Absent].into_iter().find(|kind| *kind as u64 == code)
    }

    /// Where revision and id stand in the head: those of each kind of row are alike.
    fn place(self, entity: Entity) -> u64 {
        head::ROW
            + 2 * match self {
                Kind::Forget => 0,
                Kind::Plain | Kind::Folded => u64::from(entity as u8),
                Kind::Absent => 256 + u64::from(entity as u8),
            }
    }
}

/// How records travel.
#[derive(Serialize)]
enum Told<'a> {
    Plain(&'a [Record]),
    Folded(Vec<u8>),
}

/// The same as it comes in.
#[derive(Deserialize)]
enum Heard<'a> {
    Plain(Vec<Record>),
    Folded(&'a [u8]),
}

/// As serde wants it.
pub(super) fn serialize<S: Serializer>(records: &[Record], to: S) -> Result<S::Ok, S::Error> {
    fold(records).map_or(Told::Plain(records), Told::Folded).serialize(to)
}

/// Reads [`serialize`].
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Record>, D::Error> {
    match Heard::deserialize(from)? {
        Heard::Plain(records) => Ok(records),
        Heard::Folded(bytes) => unfold(bytes).map_err(D::Error::custom),
    }
}

/// The records in columns; `None` when they are too few, or too many.
fn fold(records: &[Record]) -> Option<Vec<u8>> {
    let mut alike: BTreeMap<(Kind, Entity), usize> = BTreeMap::new();
    for record in records {
        let kind = match record {
            Record::Put { key, .. } => (Kind::Folded, key.entity),
            Record::Forget { key, .. } => (Kind::Forget, key.entity),
            Record::Absent { key, .. } => (Kind::Absent, key.entity),
        };
        *alike.entry(kind).or_default() += 1;
    }
    if records.len() > MOST.0 || alike.values().all(|count| *count < MANY) {
        return None;
    }
    let mut sheet = Sheet::default();
    for record in records {
        let (rev, scope, key, body) = match record {
            Record::Put { rev, scope, key, body } => (*rev, *scope, *key, Some(body)),
            Record::Forget { rev, scope, key } | Record::Absent { rev, scope, key, .. } => (*rev, *scope, *key, None),
        };
        let parent = if let Record::Absent { parent, .. } = record { Some(*parent) } else { None };
        let many = alike.get(&(Kind::Folded, key.entity)).is_some_and(|count| *count >= MANY);
        let row = body.filter(|_| many).and_then(|body| {
            // Only what comes out again as it is.
            Row::decode(key.entity, body).filter(|row| row.encode() == *body)
        });
        let kind = match (&row, body) {
            (_, None) if parent.is_some() => Kind::Absent,
            (_, None) => Kind::Forget,
            (None, Some(_)) => Kind::Plain,
            (Some(_), Some(_)) => Kind::Folded,
        };
        let mut head = Write { sheet: &mut sheet, place: Place::HEAD };
        head.at(head::KIND).number(kind as u64);
        head.at(head::ENTITY).number(u64::from(key.entity as u8));
        head.at(head::SCOPE).number(scope.code() as u64);
        let place = kind.place(key.entity);
        head.at(place).number(rev);
        head.at(place + 1).number(key.id);
        match (row, body) {
            (Some(row), _) => {
                let written = row.serialize(Write { sheet: &mut sheet, place: Place::ROW });
                written.expect("invariant: rows are plain data, which always folds");
            }
            (None, Some(body)) => head.at(head::BODY).words(body),
            (None, None) => {
                if let Some(parent) = parent {
                    head.at(head::PARENT).number(parent);
                }
            }
        }
    }
    Some(sheet.bytes(records.len()))
}

fn unfold(bytes: &[u8]) -> Result<Vec<Record>, Unfoldable> {
    let (mut spread, count) = Spread::of(bytes)?;
    if count > MOST.0 {
        return Err(Unfoldable);
    }
    let (mut records, mut size) = (Vec::new(), 0);
    for _ in 0..count {
        let mut head = Read { spread: &mut spread, place: Place::HEAD };
        let kind = Kind::from_code(head.at(head::KIND).number()?).ok_or(Unfoldable)?;
        let entity = u8::try_from(head.at(head::ENTITY).number()?).ok().and_then(Entity::from_code);
        let entity = entity.ok_or(Unfoldable)?;
        let scope = Scope::from_code(head.at(head::SCOPE).number()? as i64).ok_or(Unfoldable)?;
        let place = kind.place(entity);
        let rev = head.at(place).number()?;
        let key = RowKey { entity, id: head.at(place + 1).number()? };
        let body = match kind {
            Kind::Forget => None,
            Kind::Absent => {
                let parent = head.at(head::PARENT).number()?;
                records.push(Record::Absent { rev, scope, key, parent });
                continue;
            }
            Kind::Plain => Some(head.at(head::BODY).words()?),
            Kind::Folded => {
                let row = Row::deserialize(Read { spread: &mut spread, place: Place::ROW })?;
                if row.entity() != entity {
                    return Err(Unfoldable);
                }
                Some(row.encode())
            }
        };
        size += body.as_ref().map_or(0, Vec::len);
        if size > MOST.1 {
            return Err(Unfoldable);
        }
        records.push(match body {
            Some(body) => Record::Put { rev, scope, key, body },
            None => Record::Forget { rev, scope, key },
        });
    }
    Ok(records)
}

/// Numbers are told by how much they differ, little either way in few bytes.
fn zigzag(difference: u64) -> u64 {
    let signed = difference as i64;
    ((signed << 1) ^ (signed >> 63)) as u64
}

/// Reads [`zigzag`].
fn unzigzag(told: u64) -> u64 {
    (told >> 1) ^ (told & 1).wrapping_neg()
}

#[cfg(test)]
mod tests;
