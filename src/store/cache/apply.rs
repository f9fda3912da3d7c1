//! Taking in what the server sent. Two rules for single rows make every legal order of frames end the same:
//! a Put counts if its revision is not older than the local one, a Forget counts if the local row is in that scope
//! and not newer.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use rusqlite::{Connection, OptionalExtension};

use super::purge::{Residue, mark_residue};
use super::{Cache, Cursors, Part, index, set_mark, write_cursors};
use crate::domain::ids::Seq;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::rows;

/// What a frame changed here.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// New or changed rows of configuration, presence, interactions and promises.
    pub put: Vec<Row>,
    /// Such rows that are gone.
    pub gone: Vec<RowKey>,
    /// Keys of all other rows that changed or are gone.
    pub deep: Vec<RowKey>,
    /// Cursor of the live lane now.
    pub live_seq: Seq,
    /// Cursor of the deep lane now.
    pub deep_seq: Seq,
    /// Rows whose contents this build cannot read: a newer server made them. They are kept as they are.
    pub unreadable: u64,
}

impl Applied {
    /// Whether any row changed.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.gone.is_empty() && self.deep.is_empty()
    }
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Batch {
    /// Taken in.
    Applied(Applied),
    /// Seen before; nothing was done.
    Old,
    /// It does not begin where the cursor stands; nothing was done. Ask the server to begin there again.
    Gap {
        /// Where the lane's cursor stands.
        cursor: Seq,
    },
}

/// What left which scope at which revision, lately. A chunk may have been read before a row left and arrive after
/// the batch that says so; without this the row would come back for good.
#[derive(Debug, Default)]
pub(super) struct Tombs {
    by_row: HashMap<(Scope, RowKey), Seq>,
    in_order: VecDeque<(Scope, RowKey)>,
}

impl Tombs {
    /// Chunks are at most seconds old; in that time far fewer rows leave.
    const MOST: usize = 50_000;

    fn bury(&mut self, scope: Scope, key: RowKey, rev: Seq) {
        let newest = self.by_row.entry((scope, key)).or_insert_with(|| {
            self.in_order.push_back((scope, key));
            0
        });
        *newest = (*newest).max(rev);
        if self.in_order.len() > Tombs::MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.by_row.remove(&oldest);
        }
    }

    fn holds(&self, scope: Scope, key: RowKey, rev: Seq) -> bool {
        self.by_row.get(&(scope, key)).is_some_and(|tomb| *tomb >= rev)
    }

    pub(super) fn clear(&mut self) {
        self.by_row.clear();
        self.in_order.clear();
    }
}

/// Rows being changed in one transaction.
struct Work<'a> {
    conn: &'a Connection,
    tombs: &'a Tombs,
    dropped: &'a std::collections::BTreeSet<Scope>,
    /// Newest effect by row: the row as it is now, or gone.
    changed: BTreeMap<RowKey, Option<Option<Row>>>,
    buried: Vec<(Scope, RowKey, Seq)>,
    unreadable: u64,
    /// Something that was here is not here any more.
    residue: bool,
}

impl Work<'_> {
    fn change(&mut self, change: &Change) -> Result<(), Fault> {
        match change {
            Change::Put { rev, scope, key, body } => self.put(*key, *scope, *rev, body),
            Change::Forget { rev, scope, key } => self.forget(*key, *scope, *rev),
            Change::Absent { rev, scope, key, parent } => self.absent(*key, *scope, *rev, *parent),
        }
    }

    fn put(&mut self, key: RowKey, scope: Scope, rev: Seq, body: &[u8]) -> Result<(), Fault> {
        let Some(packed) = rows::pack(key) else {
            self.unreadable += 1;
            return Ok(());
        };
        if self.dropped.contains(&scope) || self.tombs.holds(scope, key, rev) {
            return Ok(());
        }
        let local = local(self.conn, packed)?;
        if let Some(local) = &local
            && (local.rev > rev || (local.rev == rev && local.scope == scope.code() && !local.body.is_empty()))
        {
            return Ok(());
        }
        let row = Row::decode(key.entity, body);
        if row.is_none() {
            self.unreadable += 1;
        }
        rows::put(self.conn, packed, scope, rev, row.as_ref(), body)?;
        let before = local.and_then(|l| Row::decode(key.entity, &l.body));
        self.residue |= index::follow(self.conn, key, before.as_ref(), row.as_ref())?;
        self.changed.insert(key, Some(row));
        Ok(())
    }

    /// The row is there, without what it says: a body of no bytes stands for it.
    fn absent(&mut self, key: RowKey, scope: Scope, rev: Seq, parent: u64) -> Result<(), Fault> {
        let Some(packed) = rows::pack(key) else { return Ok(()) };
        if self.dropped.contains(&scope) || self.tombs.holds(scope, key, rev) {
            return Ok(());
        }
        let local = local(self.conn, packed)?;
        if local.as_ref().is_some_and(|l| l.rev > rev || (l.rev == rev && l.scope == scope.code())) {
            return Ok(());
        }
        rows::put_absent(self.conn, packed, scope, rev, parent)?;
        let before = local.and_then(|l| Row::decode(key.entity, &l.body));
        index::follow(self.conn, key, before.as_ref(), None)?;
        self.changed.insert(key, None);
        Ok(())
    }

    fn forget(&mut self, key: RowKey, scope: Scope, rev: Seq) -> Result<(), Fault> {
        let Some(packed) = rows::pack(key) else { return Ok(()) };
        self.buried.push((scope, key, rev));
        match local(self.conn, packed)? {
            Some(local) if local.scope == scope.code() && local.rev <= rev => self.delete(key, packed, &local.body),
            _ => Ok(()),
        }
    }

    fn delete(&mut self, key: RowKey, packed: i64, body: &[u8]) -> Result<(), Fault> {
        rows::delete(self.conn, packed)?;
        index::follow(self.conn, key, Row::decode(key.entity, body).as_ref(), None)?;
        self.residue = true;
        self.changed.insert(key, None);
        Ok(())
    }

    fn done(self) -> (Applied, Vec<(Scope, RowKey, Seq)>) {
        let mut applied = Applied { unreadable: self.unreadable, ..Applied::default() };
        for (key, now) in self.changed {
            match now {
                _ if !key.entity.is_hot() => applied.deep.push(key),
                Some(Some(row)) => applied.put.push(row),
                Some(None) => {}
                None => applied.gone.push(key),
            }
        }
        (applied, self.buried)
    }
}

struct Local {
    scope: i64,
    rev: Seq,
    body: Vec<u8>,
}

fn local(conn: &Connection, packed: i64) -> Result<Option<Local>, Fault> {
    let mut query = conn.prepare_cached("SELECT scope, rev, body FROM row WHERE key = ?1")?;
    let read = |r: &rusqlite::Row<'_>| {
        Ok(Local { scope: r.get(0)?, rev: r.get::<_, i64>(1)?.cast_unsigned(), body: r.get(2)? })
    };
    Ok(query.query_row([packed], read).optional()?)
}

impl Cache {
    /// Takes in all changes of one lane in `(from, to]`, with the cursor, in one transaction. An empty batch costs
    /// no write.
    pub fn apply_batch(
        &mut self,
        lane: Lane,
        from: Seq,
        to: Seq,
        server_ms: i64,
        changes: &[Change],
    ) -> Result<Batch, StoreError> {
        let cursor = self.cursor(lane);
        if from != cursor {
            return Ok(if to <= cursor { Batch::Old } else { Batch::Gap { cursor } });
        }
        if to < from {
            return Ok(Batch::Old);
        }
        let mut cursors = Cursors { parts: Vec::new(), ..self.cursors };
        match lane {
            Lane::Live => (cursors.live, cursors.seen_at) = (to, Some(At(server_ms))),
            Lane::Deep => (cursors.deep, cursors.deep_at) = (to, Some(At(server_ms))),
        }
        // What the parts of a lane claim counts from its first batch on: marks from before it may miss changes.
        let begins = cursor == 0 && to > 0;
        let mut applied = if changes.is_empty() && !begins {
            self.ahead = true;
            Applied::default()
        } else {
            let applied = self.work(|work| {
                if begins {
                    super::purge::forget_parts(work.conn, lane)?;
                }
                changes.iter().try_for_each(|change| work.change(change))?;
                write_cursors(work.conn, &cursors)
            })?;
            self.ahead = false;
            applied
        };
        (self.cursors.live, self.cursors.deep) = (cursors.live, cursors.deep);
        (self.cursors.seen_at, self.cursors.deep_at) = (cursors.seen_at, cursors.deep_at);
        if begins {
            self.cursors.parts.retain(|part| part.scope.lane() != lane);
        }
        self.stamp(&mut applied);
        Ok(Batch::Applied(applied))
    }

    /// Takes in rows sent ahead of their lane; they claim no coverage.
    pub fn apply_early(&mut self, changes: &[Change]) -> Result<Applied, StoreError> {
        self.work(|work| changes.iter().try_for_each(|change| work.change(change)))
    }

    /// Takes in a piece of a snapshot: every row of `entity` in `scope` beyond `after` up to `mark` in the part's
    /// order, and to its end when it is `whole`, as of `seq`. Local rows in that range that are not in it are
    /// deleted, unless they are newer than `seq`.
    #[allow(clippy::too_many_arguments)] // these are the fields of one frame
    pub fn apply_chunk(
        &mut self,
        scope: Scope,
        entity: Entity,
        after: u64,
        mark: u64,
        whole: bool,
        seq: Seq,
        rows: &[(u64, Seq, Vec<u8>)],
    ) -> Result<Applied, StoreError> {
        if self.dropped.contains(&scope) {
            let mut nothing = Applied::default();
            self.stamp(&mut nothing);
            return Ok(nothing);
        }
        let known = self.cursors.parts.iter().position(|p| p.scope == scope && p.entity == entity);
        let before = known.and_then(|at| self.cursors.parts.get(at)).map_or(0, |p| p.mark);
        // A piece that does not follow on what is here proves its own range, but nothing about the hole before it.
        let follows = after == 0 || after == before;
        let part = Part { scope, entity, mark, whole };
        let applied = self.work(|work| {
            for (id, rev, body) in rows {
                work.put(RowKey { entity, id: *id }, scope, *rev, body)?;
            }
            let sent: HashSet<u64> = rows.iter().map(|(id, ..)| *id).collect();
            if let Some(range) = covered(entity, after, mark, whole) {
                for (packed, body) in older(work.conn, scope, range, seq)? {
                    let key = rows::known(packed)?;
                    if !sent.contains(&key.id) {
                        work.delete(key, packed, &body)?;
                    }
                }
            }
            if follows { write_part(work.conn, part) } else { Ok(()) }
        })?;
        if follows {
            match known.and_then(|at| self.cursors.parts.get_mut(at)) {
                Some(old) => *old = part,
                None => self.cursors.parts.push(part),
            }
        }
        Ok(applied)
    }

    fn work(&mut self, work: impl FnOnce(&mut Work<'_>) -> Result<(), Fault>) -> Result<Applied, StoreError> {
        let Cache { db, tombs, dropped, residue, .. } = self;
        let (mut applied, buried, left) = db.write(|tx| {
            let (changed, buried) = (BTreeMap::new(), Vec::new());
            let mut rows = Work { conn: tx, tombs, dropped, changed, buried, unreadable: 0, residue: false };
            work(&mut rows)?;
            let left = if rows.residue { Residue::Left.max(*residue) } else { *residue };
            if left != *residue {
                mark_residue(tx, left)?;
            }
            let (applied, buried) = rows.done();
            Ok((applied, buried, left))
        })?;
        *residue = left;
        buried.into_iter().for_each(|(scope, key, rev)| self.tombs.bury(scope, key, rev));
        self.stamp(&mut applied);
        Ok(applied)
    }

    fn stamp(&self, applied: &mut Applied) {
        (applied.live_seq, applied.deep_seq) = (self.cursors.live, self.cursors.deep);
    }
}

/// The packed keys a chunk speaks for, as an inclusive range.
fn covered(entity: Entity, after: u64, mark: u64, whole: bool) -> Option<(i64, i64)> {
    let (low, high) = rows::range(entity);
    let at = |id| rows::pack(RowKey { entity, id });
    let (from, to) = if entity.newest_first() {
        let to = if after == 0 { high } else { at(after)? - 1 };
        (if whole { low } else { at(mark)? }, to)
    } else {
        (at(after)? + 1, if whole { high } else { at(mark)? })
    };
    (from <= to && (whole || mark != 0)).then_some((from, to))
}

/// Local rows of a scope in a range that are not newer than `seq`.
fn older(conn: &Connection, scope: Scope, range: (i64, i64), seq: Seq) -> Result<Vec<(i64, Vec<u8>)>, Fault> {
    let sql = "SELECT key, body FROM row INDEXED BY row_part WHERE scope = ?1 AND key BETWEEN ?2 AND ?3 AND rev <= ?4";
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let mut query = conn.prepare_cached(sql)?;
    let found = query.query_map((scope.code(), range.0, range.1, seq), |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn write_part(conn: &Connection, part: Part) -> Result<(), Fault> {
    let sql = "INSERT INTO part VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET mark = excluded.mark, whole = excluded.whole";
    let args = (part.scope.code(), part.entity as u8, part.mark.cast_signed(), part.whole);
    conn.prepare_cached(sql)?.execute(args)?;
    Ok(())
}

impl Cache {
    /// Keeps the epoch of the ledger this cache is filled from; for an empty cache.
    pub fn set_epoch(&mut self, epoch: u64) -> Result<(), StoreError> {
        self.db.write(|tx| set_mark(tx, "epoch", epoch.cast_signed()))?;
        self.cursors.epoch = epoch;
        Ok(())
    }
}
