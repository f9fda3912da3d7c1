//! One lane of one session: what has changed since the cursor and was not sent yet.
//!
//! Bounded: what grows too large, or was missed, is forgotten and read from the ledger when it is sent. Invariant:
//! a batch holds every visible change in `(cursor, to]`, newest state per row and scope.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::ids::Seq;
use crate::domain::row::Change;
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::wire::frame::{Down, Record};

use super::Scopes;

/// Bytes of changes kept in memory for one lane; beyond that they are read anew.
const MOST: usize = 256 << 10;
/// Bytes of a delta kept to be cut into batches.
const MOST_DELTA: usize = 4 << 20;
/// Bytes of one batch when a delta is cut.
const BATCH: usize = 32 << 10;
/// What a change weighs beside its body.
const HEAD: usize = 24;

/// Changes of one lane.
#[derive(Debug)]
pub struct Feed {
    lane: Lane,
    /// Everything up to here was sent.
    pub cursor: Seq,
    /// Everything up to here is in `pending`, unless `behind`.
    upto: Seq,
    pending: Vec<Change>,
    bytes: usize,
    /// When the oldest pending change was committed, and when it came in here (steady ms).
    since: Option<(At, u64)>,
    /// Changes were missed: the next batch is read from the ledger.
    pub behind: bool,
    /// A delta being sent in pieces, by revision, and the cursor at its end.
    backlog: VecDeque<Change>,
    backlog_to: Seq,
    /// Send at once.
    pub urgent: bool,
}

impl Feed {
    /// A lane whose cursor is not known yet.
    pub fn new(lane: Lane) -> Feed {
        Feed {
            lane,
            cursor: 0,
            upto: 0,
            pending: Vec::new(),
            bytes: 0,
            since: None,
            behind: true,
            backlog: VecDeque::new(),
            backlog_to: 0,
            urgent: false,
        }
    }

    /// The lane starts here with an empty batch.
    pub fn begin(&mut self, from: Seq, to: Seq, server: At) -> Down {
        self.cursor = to;
        self.upto = self.upto.max(to);
        self.behind = false;
        Down::Batch { lane: self.lane, from, to, server_ms: server.0, records: Vec::new() }
    }

    /// A commit went by; only visible changes of this lane are given.
    pub fn take<'a>(&mut self, to: Seq, at: At, now_ms: u64, changes: impl Iterator<Item = &'a Change>) {
        if self.behind {
            return;
        }
        for change in changes.filter(|c| c.rev() > self.cursor.max(self.backlog_to)) {
            self.bytes += weight(change);
            self.pending.push(change.clone());
            self.since.get_or_insert((at, now_ms));
        }
        self.upto = self.upto.max(to);
        if self.bytes > MOST {
            self.miss();
        }
    }

    /// Changes went by unseen, or too many to keep.
    pub fn miss(&mut self) {
        self.behind = true;
        self.pending = Vec::new();
        self.bytes = 0;
        self.urgent = true;
    }

    /// Since when (steady ms) something waits to be sent.
    pub fn waits_since(&self) -> Option<u64> {
        self.since.map(|(_, ms)| ms)
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        self.bytes
    }

    /// Whether a delta is being sent in pieces.
    pub fn in_pieces(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// A delta was read from the cursor to `head`.
    pub fn delta(&mut self, head: Seq, mut changes: Vec<Change>) {
        changes.sort_by_key(Change::rev);
        let mut size = 0;
        let fits = changes.iter().take_while(|c| {
            size += weight(c);
            size <= MOST_DELTA || self.lane == Lane::Live
        });
        let fits = fits.count();
        self.behind = false;
        self.backlog_to = head;
        if fits < changes.len() {
            // Cut between two revisions; at least one revision is kept, so that it always gets on.
            let cut = changes[fits].rev();
            let first = changes.first().map_or(cut, Change::rev);
            let keep = if first < cut { cut } else { cut + 1 };
            changes.retain(|c| c.rev() < keep);
            self.backlog_to = keep - 1;
            self.behind = true;
        }
        self.backlog = changes.into();
        self.upto = self.upto.max(self.backlog_to);
        self.pending.retain(|c| c.rev() > self.backlog_to);
        self.bytes = self.pending.iter().map(weight).sum();
    }

    /// The next batch: a piece of the delta, or everything pending. `None` when there is nothing to say; an empty
    /// batch only when `even_empty`.
    pub fn batch(&mut self, scopes: &Scopes, server: At, even_empty: bool) -> Option<Down> {
        let (to, records) = if self.in_pieces() {
            self.piece()
        } else {
            if self.behind {
                return None;
            }
            self.urgent = false;
            self.since = None;
            self.bytes = 0;
            (self.upto, coalesce(std::mem::take(&mut self.pending)))
        };
        let records: Vec<Record> = records.into_iter().filter(|c| scopes.has(c.scope())).map(Record::from).collect();
        if records.is_empty() && (to == self.cursor || !(even_empty || self.in_pieces())) {
            // Nothing visible: the cursor may as well be told with the next batch.
            return None;
        }
        let from = std::mem::replace(&mut self.cursor, to);
        Some(Down::Batch { lane: self.lane, from, to, server_ms: server.0, records })
    }

    /// A scope was taken away: nothing of it goes out any more.
    pub fn drop_scope(&mut self, scope: Scope) {
        self.pending.retain(|c| c.scope() != scope);
        self.backlog.retain(|c| c.scope() != scope);
    }

    /// When the oldest waiting change was committed.
    pub fn oldest(&self) -> Option<At> {
        self.since.map(|(at, _)| at)
    }

    fn piece(&mut self) -> (Seq, Vec<Change>) {
        let (mut size, mut changes) = (0, Vec::new());
        while let Some(next) = self.backlog.front() {
            let same_revision = changes.last().is_some_and(|last: &Change| last.rev() == next.rev());
            if size >= BATCH && self.lane == Lane::Deep && !same_revision {
                break;
            }
            size += weight(next);
            changes.extend(self.backlog.pop_front());
        }
        let to =
            if self.backlog.is_empty() { self.backlog_to } else { changes.last().map_or(self.backlog_to, Change::rev) };
        (to, changes)
    }
}

fn weight(change: &Change) -> usize {
    HEAD + match change {
        Change::Put { body, .. } => body.len(),
        Change::Forget { .. } => 0,
    }
}

/// Newest state per row and scope, in the order in which they came about.
fn coalesce(changes: Vec<Change>) -> Vec<Change> {
    let mut newest = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        newest.insert((change.key(), change.scope()), index);
    }
    let mut keep: Vec<usize> = newest.into_values().collect();
    keep.sort_unstable();
    let mut keep = keep.into_iter().peekable();
    changes.into_iter().enumerate().filter_map(|(i, c)| keep.next_if_eq(&i).map(|_| c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::QueueId;
    use crate::domain::row::{Entity, RowKey};

    const HISTORY: Scope = Scope::History(QueueId(1));

    fn put(rev: Seq, id: u64, size: usize) -> Change {
        Change::Put { rev, scope: HISTORY, key: RowKey { entity: Entity::Case, id }, body: vec![0; size] }
    }

    fn scopes() -> Scopes {
        Scopes::new(vec![HISTORY].into())
    }

    fn unpack(frame: Option<Down>) -> (Seq, Seq, Vec<(Seq, u64)>) {
        let Some(Down::Batch { from, to, records, .. }) = frame else { panic!("no batch: {frame:?}") };
        let rows = records.into_iter().map(Change::from).map(|c| (c.rev(), c.key().id)).collect();
        (from, to, rows)
    }

    #[test]
    fn newest_state_per_row_goes_out_and_the_cursor_moves() {
        let mut feed = Feed::new(Lane::Deep);
        feed.begin(0, 10, At(0));
        let changes = [put(11, 1, 1), put(12, 2, 1), put(13, 1, 1)];
        feed.take(13, At(5), 7, changes.iter());
        assert_eq!(feed.waits_since(), Some(7));
        assert_eq!(unpack(feed.batch(&scopes(), At(9), false)), (10, 13, vec![(12, 2), (13, 1)]));
        feed.take(20, At(6), 8, [].iter());
        assert_eq!(feed.batch(&scopes(), At(9), false), None);
        assert_eq!(unpack(feed.batch(&scopes(), At(9), true)), (13, 20, vec![]));
    }

    #[test]
    fn too_much_is_forgotten_and_read_instead() {
        let mut feed = Feed::new(Lane::Deep);
        feed.begin(0, 10, At(0));
        let big: Vec<Change> = (11..40).map(|rev| put(rev, rev, 16 << 10)).collect();
        feed.take(39, At(5), 7, big.iter());
        assert!(feed.behind && feed.waiting() == 0);
        assert_eq!(feed.batch(&scopes(), At(9), true), None);
        feed.delta(45, big.clone());
        feed.take(45, At(6), 8, [put(44, 5, 1)].iter());
        let mut cursor = 10;
        let mut seen = 0;
        while let Some(Down::Batch { from, to, records, .. }) = feed.batch(&scopes(), At(9), true) {
            assert_eq!(from, cursor);
            assert!(to > from && records.len() <= 3);
            seen += records.len();
            cursor = to;
        }
        assert_eq!((cursor, seen), (45, big.len()), "in pieces, without what the delta already held");
    }

    #[test]
    fn a_delta_too_big_for_memory_still_gets_on() {
        let mut feed = Feed::new(Lane::Deep);
        feed.begin(0, 1, At(0));
        let all: Vec<Change> = (2..12).map(|rev| put(rev, rev, 1 << 20)).collect();
        let (mut rounds, mut seen) = (0, 0);
        feed.miss();
        while feed.behind {
            let from = feed.cursor;
            feed.delta(11, all.iter().filter(|c| c.rev() > from).cloned().collect());
            while let Some(Down::Batch { records, .. }) = feed.batch(&scopes(), At(9), true) {
                seen += records.len();
            }
            rounds += 1;
        }
        assert_eq!((feed.cursor, seen), (11, 10));
        assert!(rounds > 2);
    }
}
