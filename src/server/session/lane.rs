//! One lane of one session: what has changed since the cursor and was not sent yet.
//!
//! Bounded: what grows too large, or was missed, is forgotten and read from the ledger when it is sent. Invariant:
//! a batch holds every visible change in `(cursor, to]`, newest state per row and scope.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::domain::ids::Seq;
use crate::domain::row::{Change, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::server::core::request::Commit;
use crate::wire::frame::{Down, Record};

use super::Scopes;
use super::early::case_of;

/// Bytes of changes that may wait in one lane, those being sent in pieces among them; beyond that they are read anew,
/// newest state only.
const MOST: usize = 64 << 10;
/// Bytes of a delta kept to be cut into batches.
const MOST_DELTA: usize = 256 << 10;
/// Bytes of one batch when a delta is cut, on a link that was not measured yet.
const BATCH: usize = 1 << 10;
/// Bytes of what went by that are never cut.
const MOST_TAIL: usize = 4 << 10;
/// What a change weighs beside its body.
const HEAD: usize = 24;

/// A change as all sessions share it.
#[derive(Debug, Clone)]
struct Held {
    of: Arc<[Change]>,
    index: usize,
    /// Bytes it counts for.
    weight: usize,
}

impl std::ops::Deref for Held {
    type Target = Change;

    fn deref(&self) -> &Change {
        // Invariant: the index was counted over this very slice.
        &self.of[self.index]
    }
}

/// Changes of one lane.
#[derive(Debug)]
pub struct Feed {
    lane: Lane,
    /// Everything up to here was sent.
    pub cursor: Seq,
    /// Everything up to here is in `pending`, unless `behind`.
    upto: Seq,
    pending: Vec<Held>,
    bytes: usize,
    /// When the oldest pending change was committed, and when it came in here (steady ms).
    since: Option<(At, u64)>,
    /// When the oldest that may wait long came in here (steady ms).
    lazy: Option<u64>,
    /// Changes were missed: the next batch is read from the ledger.
    pub behind: bool,
    /// A delta being sent in pieces, by revision, and the cursor at its end.
    backlog: VecDeque<Change>,
    backlog_to: Seq,
    backlog_bytes: usize,
    /// Send at once.
    pub urgent: bool,
    /// Bytes of one batch of the deep lane, about; more goes in pieces.
    pub room: usize,
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
            lazy: None,
            behind: true,
            backlog: VecDeque::new(),
            backlog_to: 0,
            backlog_bytes: 0,
            urgent: false,
            room: BATCH,
        }
    }

    /// The lane starts here with an empty batch.
    pub fn begin(&mut self, from: Seq, to: Seq, server: At) -> Down {
        self.cursor = to;
        self.upto = self.upto.max(to);
        self.behind = false;
        Down::Batch { lane: self.lane, from, to, server_ms: server.0, records: Vec::new(), bulk: false }
    }

    /// A commit went by; what is visible of it in this lane waits to be sent, some of it longer than the rest, and
    /// some of it will be `withheld`.
    pub fn take(
        &mut self,
        commit: &Commit,
        scopes: &Scopes,
        now_ms: u64,
        lazy: impl Fn(&Change) -> bool,
        withheld: impl Fn(&Change) -> bool,
    ) {
        if self.behind {
            return;
        }
        let sent = self.cursor.max(self.backlog_to);
        for (index, change) in commit.changes.iter().enumerate() {
            if change.scope().lane() != self.lane || change.rev() <= sent || !scopes.has(change.scope()) {
                continue;
            }
            let weight = if withheld(change) { HEAD } else { weight(change) };
            self.bytes += weight;
            self.pending.push(Held { of: Arc::clone(&commit.changes), index, weight });
            if lazy(change) {
                self.lazy.get_or_insert(now_ms);
            } else {
                self.since.get_or_insert((commit.at, now_ms));
            }
        }
        self.upto = self.upto.max(commit.to);
        // What is being sent in pieces counts too, or a desk that takes them slowly would hold twice as much.
        if self.bytes > 0 && self.held() > MOST {
            self.compact();
            if self.held() > MOST - MOST / 4 {
                self.miss();
            }
        }
    }

    /// Changes went by unseen, or too many to keep. What may wait long still may.
    pub fn miss(&mut self) {
        self.behind = true;
        self.pending = Vec::new();
        self.bytes = 0;
        self.since = None;
        // Much of the deep lane waits for its window.
        self.urgent = self.lane == Lane::Live;
    }

    /// Since when (steady ms) something waits to be sent.
    pub fn waits_since(&self) -> Option<u64> {
        self.since.map(|(_, ms)| ms)
    }

    /// Since when (steady ms) something waits that may wait long.
    pub fn idles_since(&self) -> Option<u64> {
        self.lazy
    }

    /// Whether anything waits to be sent.
    pub fn waits(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        self.bytes
    }

    /// Bytes held until they are sent.
    pub fn held(&self) -> usize {
        self.bytes + self.backlog_bytes
    }

    /// Whether a delta is being sent in pieces.
    pub fn in_pieces(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// A delta was read from the cursor to `head`.
    pub fn delta(&mut self, head: Seq, mut changes: Vec<Change>) {
        changes.sort_by_key(Change::rev);
        if self.lane == Lane::Live {
            // It goes in one batch: like beside like is smaller, and what is gone is gone up to its end.
            changes.sort_by_key(|c| (matches!(c, Change::Put { .. }), c.key()));
            let put = |c: &Change| matches!(c, Change::Put { .. }).then(|| c.key());
            let stays: BTreeSet<RowKey> = changes.iter().filter_map(put).collect();
            changes.iter_mut().for_each(|change| match change {
                Change::Forget { rev, key, .. } if !stays.contains(key) => *rev = head,
                _ => {}
            });
        }
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
        self.backlog_bytes = changes.iter().map(weight).sum();
        self.backlog = changes.into();
        self.upto = self.upto.max(self.backlog_to);
        self.pending.retain(|c| c.rev() > self.backlog_to);
        self.count();
        if self.pending.is_empty() {
            self.lazy = None;
        }
    }

    /// Takes what is `wanted` out of what waits, with every other version of the same rows: it goes ahead of its lane,
    /// and the batch that covers it need not say it again. Nothing while the lane is behind or goes in pieces: then not
    /// all of it is here.
    pub fn take_out(&mut self, wanted: impl Fn(&Change) -> bool) -> Vec<Change> {
        if !self.is_complete() {
            return Vec::new();
        }
        let rows: BTreeSet<(RowKey, Scope)> =
            self.pending.iter().filter(|held| wanted(held)).map(|held| (held.key(), held.scope())).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let pending = std::mem::take(&mut self.pending);
        let (out, stay): (Vec<Held>, Vec<Held>) =
            pending.into_iter().partition(|held| rows.contains(&(held.key(), held.scope())));
        self.pending = stay;
        self.count();
        if self.pending.is_empty() {
            (self.since, self.lazy) = (None, None);
        }
        newest(out).map(|held| Change::clone(&held)).collect()
    }

    /// Keeps the newest version of each row only.
    fn compact(&mut self) {
        self.pending = newest(std::mem::take(&mut self.pending)).collect();
        self.count();
    }

    /// Whether everything up to [`Feed::upto`] was sent or waits here.
    pub fn is_complete(&self) -> bool {
        !self.behind && !self.in_pieces()
    }

    /// Up to where this lane knows what happened.
    pub fn upto(&self) -> Seq {
        self.upto
    }

    fn count(&mut self) {
        self.bytes = self.pending.iter().map(|held| held.weight).sum();
    }

    /// The next batch: a piece of the delta, or everything pending. `None` when there is nothing to say; an empty
    /// batch only when `even_empty`. What is `withheld` is only said to be there.
    pub fn batch(
        &mut self,
        scopes: &Scopes,
        server: At,
        even_empty: bool,
        withheld: impl Fn(&Change) -> bool,
    ) -> Option<Down> {
        let mut bulk = true;
        let (to, records) = if self.in_pieces() {
            self.piece()
        } else {
            if self.behind {
                return None;
            }
            self.urgent = false;
            self.since = None;
            self.lazy = None;
            self.compact();
            let bytes = std::mem::take(&mut self.bytes);
            let changes: Vec<Change> =
                std::mem::take(&mut self.pending).iter().map(|held| Change::clone(held)).collect();
            if self.lane == Lane::Deep && bytes > self.room.max(MOST_TAIL) {
                self.backlog_bytes = changes.iter().map(weight).sum();
                (self.backlog, self.backlog_to) = (changes.into(), self.upto);
                self.piece()
            } else {
                bulk = false;
                (self.upto, changes)
            }
        };
        let told = |change: Change| match case_of(&change).filter(|_| withheld(&change)) {
            Some(case) => {
                Record::Absent { rev: change.rev(), scope: change.scope(), key: change.key(), parent: case.0 }
            }
            None => Record::from(change),
        };
        let records: Vec<Record> = records.into_iter().filter(|c| scopes.has(c.scope())).map(told).collect();
        if records.is_empty() && (to == self.cursor || !(even_empty || self.in_pieces())) {
            // Nothing visible: the cursor may as well be told with the next batch.
            return None;
        }
        let from = std::mem::replace(&mut self.cursor, to);
        Some(Down::Batch { lane: self.lane, from, to, server_ms: server.0, records, bulk })
    }

    /// A scope was taken away: nothing of it goes out any more.
    pub fn drop_scope(&mut self, scope: Scope) {
        self.pending.retain(|c| c.scope() != scope);
        self.count();
        self.backlog.retain(|c| c.scope() != scope);
        self.backlog_bytes = self.backlog.iter().map(weight).sum();
    }

    /// When the oldest waiting change was committed.
    pub fn oldest(&self) -> Option<At> {
        self.since.map(|(at, _)| at)
    }

    fn piece(&mut self) -> (Seq, Vec<Change>) {
        let (mut size, mut changes) = (0, Vec::new());
        while let Some(next) = self.backlog.front() {
            let same_revision = changes.last().is_some_and(|last: &Change| last.rev() == next.rev());
            if size >= self.room && self.lane == Lane::Deep && !same_revision {
                break;
            }
            size += weight(next);
            changes.extend(self.backlog.pop_front());
        }
        self.backlog_bytes -= size;
        let to =
            if self.backlog.is_empty() { self.backlog_to } else { changes.last().map_or(self.backlog_to, Change::rev) };
        (to, changes)
    }
}

fn weight(change: &Change) -> usize {
    HEAD + match change {
        Change::Put { body, .. } => body.len(),
        Change::Forget { .. } | Change::Absent { .. } => 0,
    }
}

/// Newest state per row and scope, in the order in which they came about.
fn newest(changes: Vec<Held>) -> impl Iterator<Item = Held> {
    let mut last = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        last.insert((change.key(), change.scope()), index);
    }
    let keep: BTreeSet<usize> = last.into_values().collect();
    changes.into_iter().enumerate().filter_map(move |(index, held)| keep.contains(&index).then_some(held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::QueueId;
    use crate::domain::row::Entity;

    /// A row that may wait long.
    const LAZY: u64 = 1_000;
    const HISTORY: Scope = Scope::History(QueueId(1));

    fn put(rev: Seq, id: u64, size: usize) -> Change {
        Change::Put { rev, scope: HISTORY, key: RowKey { entity: Entity::Case, id }, body: vec![0; size] }
    }

    fn scopes() -> Scopes {
        Scopes::new(vec![HISTORY].into())
    }

    fn take(feed: &mut Feed, to: Seq, at: At, now_ms: u64, changes: &[Change]) {
        let commit = Commit { from: feed.upto, to, at, changes: changes.into() };
        feed.take(&commit, &scopes(), now_ms, |change| change.key().id == LAZY, |_| false);
    }

    /// Nothing is withheld.
    fn told(_: &Change) -> bool {
        false
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
        take(&mut feed, 13, At(5), 7, &changes);
        assert_eq!(feed.waits_since(), Some(7));
        assert_eq!(unpack(feed.batch(&scopes(), At(9), false, told)), (10, 13, vec![(12, 2), (13, 1)]));
        take(&mut feed, 20, At(6), 8, &[]);
        assert_eq!(feed.batch(&scopes(), At(9), false, told), None);
        assert_eq!(unpack(feed.batch(&scopes(), At(9), true, told)), (13, 20, vec![]));
    }

    #[test]
    fn what_may_wait_waits_apart_and_goes_along() {
        let mut feed = Feed::new(Lane::Deep);
        feed.begin(0, 10, At(0));
        take(&mut feed, 11, At(5), 7, &[put(11, LAZY, 1)]);
        assert_eq!((feed.waits_since(), feed.idles_since()), (None, Some(7)));
        take(&mut feed, 12, At(5), 9, &[put(12, 3, 1)]);
        assert_eq!((feed.waits_since(), feed.idles_since()), (Some(9), Some(7)));
        assert_eq!(unpack(feed.batch(&scopes(), At(9), false, told)), (10, 12, vec![(11, LAZY), (12, 3)]));
        assert_eq!((feed.waits_since(), feed.idles_since()), (None, None));
    }

    #[test]
    fn too_much_is_forgotten_and_read_instead() {
        let mut feed = Feed::new(Lane::Deep);
        feed.begin(0, 10, At(0));
        let big: Vec<Change> = (11..40).map(|rev| put(rev, rev, 8 << 10)).collect();
        take(&mut feed, 39, At(5), 7, &big);
        assert!(feed.behind && feed.waiting() == 0);
        assert_eq!(feed.batch(&scopes(), At(9), true, told), None);
        feed.delta(45, big.clone());
        take(&mut feed, 45, At(6), 8, &[put(44, 5, 1)]);
        let mut cursor = 10;
        let mut seen = 0;
        while let Some(Down::Batch { from, to, records, .. }) = feed.batch(&scopes(), At(9), true, told) {
            assert_eq!(from, cursor);
            assert!(to > from && records.len() <= 3);
            seen += records.len();
            cursor = to;
        }
        assert_eq!((cursor, seen), (45, big.len()), "in pieces, without what the delta already held");
    }

    #[test]
    fn what_waits_behind_pieces_does_not_double_what_is_held() {
        let mut feed = Feed::new(Lane::Deep);
        feed.begin(0, 10, At(0));
        let change = |rev: Seq| put(rev, rev, 4 << 10);
        let (mut rev, mut cursor, mut seen) = (10, 10, BTreeSet::new());
        for _ in 0..64 {
            rev += 1;
            take(&mut feed, rev, At(5), 7, &[change(rev)]);
            assert!(feed.held() <= MOST, "{} bytes are held", feed.held());
            // One piece leaves for every two changes that come: the link is too slow for all of them.
            if rev % 2 == 0 && (feed.in_pieces() || feed.waiting() > MOST * 3 / 4) {
                let (from, to, rows) = unpack(feed.batch(&scopes(), At(9), false, told));
                assert_eq!(from, cursor);
                cursor = to;
                seen.extend(rows.into_iter().map(|(_, id)| id));
            }
        }
        assert!(feed.behind, "the rest is read from the ledger");
        while feed.behind || feed.in_pieces() {
            if !feed.in_pieces() {
                feed.delta(rev, (feed.cursor + 1..=rev).map(change).collect());
            }
            while let Some(Down::Batch { from, to, records, .. }) = feed.batch(&scopes(), At(9), false, told) {
                assert_eq!(from, cursor);
                cursor = to;
                seen.extend(records.into_iter().map(Change::from).map(|c| c.key().id));
            }
        }
        assert_eq!((cursor, seen.len() as u64), (rev, rev - 10));
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
            while let Some(Down::Batch { records, .. }) = feed.batch(&scopes(), At(9), true, told) {
                seen += records.len();
            }
            rounds += 1;
        }
        assert_eq!((feed.cursor, seen), (11, 10));
        assert!(rounds > 2);
    }
}
