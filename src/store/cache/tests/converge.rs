//! Whatever the order in which the frames of a server arrive, links break and desks restart: in the end the cache
//! holds exactly the server's rows of the scopes.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::domain::Event;
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::work::Status;
use crate::store::ledger::{Ledger, LedgerReader, StoredRow};
use crate::store::ledger_sqlite::SqliteLedger;
use crate::store::sample::Core;

#[derive(Debug, Clone)]
enum Step {
    /// The server stores an entry and feeds it.
    Commit(Vec<Event>),
    /// The oldest batch under way arrives.
    Feed,
    /// Two batches under way are sent as one.
    Join,
    /// The server reads the next piece of an unfinished part.
    Read(usize, usize),
    /// The oldest piece under way arrives.
    Bulk,
    /// The server reads a row ahead.
    Want(usize, u64),
    /// The oldest row sent ahead arrives.
    Early,
    /// The link is cut and comes back.
    Relink,
    /// The desk is closed and opened again.
    Restart,
    /// A scope is taken away, and given again.
    Drop(usize),
    Grant(usize),
}

/// Kinds of rows that are sent ahead.
const WANTED: [Entity; 4] = [Entity::Case, Entity::Message, Entity::Interaction, Entity::Customer];

/// Changes of few rows, mostly moves, so that frames about the same row cross.
fn change() -> impl Strategy<Value = Event> {
    let (case, queue) = (|| (1..4_u64).prop_map(CaseId), || (1..3_u64).prop_map(QueueId));
    prop_oneof![
        (case(), queue()).prop_map(|(case, queue)| Event::CaseMoved { case, queue, at: At(3) }),
        (case(), 0..99_i64).prop_map(|(case, at)| Event::StatusChanged {
            case,
            to: Status::Solved,
            by: None,
            at: At(at)
        }),
        (1..4_u64, 1..4_u64, 1..3_u64)
            .prop_map(|(i, c, q)| sample::opened(sample::interaction(i, c, q, 1), sample::case(c, q, 1, "new"))),
        (1..4_u64).prop_map(|id| Event::InteractionAbandoned { interaction: InteractionId(id), at: At(4) }),
        (1..6_u64, 1..4_u64).prop_map(|(id, c)| sample::said(sample::message(id, c, 1 + c % 2, "words"))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(sample::event(), 1..4).prop_map(Step::Commit),
        6 => prop::collection::vec(change(), 1..3).prop_map(Step::Commit),
        6 => Just(Step::Feed),
        1 => Just(Step::Join),
        6 => (0..64_usize, 1..400_usize).prop_map(|(part, bytes)| Step::Read(part, bytes)),
        5 => Just(Step::Bulk),
        4 => (0..WANTED.len(), 1..4_u64).prop_map(|(entity, id)| Step::Want(entity, id)),
        3 => Just(Step::Early),
        1 => Just(Step::Relink),
        1 => Just(Step::Restart),
        1 => (0..9_usize).prop_map(Step::Drop),
        1 => (0..9_usize).prop_map(Step::Grant),
    ]
}

/// The kinds of rows that can live in a scope.
fn kinds(scope: Scope) -> &'static [Entity] {
    match scope {
        Scope::Desk => &[Entity::Team, Entity::Agent],
        Scope::Team(_) => &[Entity::Presence],
        Scope::Queue(_) => &[Entity::Interaction, Entity::QueueDay],
        Scope::Agent(_) => &[Entity::Task, Entity::AgentDay],
        Scope::People => &[Entity::Customer],
        Scope::Contacts | Scope::Library | Scope::Shelf(_) | Scope::Training(_) => &[],
        Scope::History(_) => &[Entity::Case, Entity::Message, Entity::WrapUp, Entity::Departure, Entity::Rating],
    }
}

struct Piece {
    scope: Scope,
    entity: Entity,
    after: u64,
    mark: u64,
    whole: bool,
    seq: Seq,
    rows: Vec<(u64, Seq, Vec<u8>)>,
}

struct World {
    core: Core<SqliteLedger>,
    reader: Box<dyn LedgerReader>,
    dir: tempfile::TempDir,
    cache: Option<Cache>,
    all: Vec<Scope>,
    scopes: Vec<Scope>,
    feed: VecDeque<(Lane, Seq, Seq, Vec<Change>)>,
    bulk: VecDeque<Piece>,
    early: VecDeque<Vec<Change>>,
    /// Parts as the server has sent them on this link.
    sent: Vec<Part>,
}

impl World {
    fn new() -> World {
        let core = Core::new(SqliteLedger::in_memory(1).expect("opens"));
        let reader = core.ledger.reader().expect("opens");
        let dir = folder();
        let cache = Some(open(dir.path()));
        let all = vec![
            Scope::Desk,
            TEAM,
            Scope::Queue(QueueId(1)),
            Scope::Queue(QueueId(2)),
            Scope::Agent(AgentId(1)),
            Scope::People,
            HISTORY,
            OTHER,
        ];
        let (feed, bulk, early) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let scopes = all.clone();
        World { core, reader, dir, cache, all, scopes, feed, bulk, early, sent: Vec::new() }
    }

    fn cache(&mut self) -> &mut Cache {
        self.cache.as_mut().expect("open between steps")
    }

    /// A new connection: nothing of the old one arrives any more, the server sends what changed since.
    fn link(&mut self) {
        self.feed.clear();
        self.bulk.clear();
        self.early.clear();
        let scopes = self.scopes.clone();
        self.cache().retain_scopes(&scopes).expect("retains");
        for lane in Lane::ALL {
            let from = self.cache().cursor(lane);
            // An empty cache gets parts only, and hears from where they are true.
            let (head, changes) = match from {
                0 => (self.reader.head().expect("reads"), Vec::new()),
                _ => self.reader.delta(lane, &self.scopes, from).expect("reads"),
            };
            self.feed.push_back((lane, from, head, changes));
        }
        self.sent = self.cache().cursors().parts;
        for scope in scopes {
            self.offer(scope);
        }
    }

    /// Parts of a scope that the desk does not have begin at the beginning.
    fn offer(&mut self, scope: Scope) {
        for &entity in kinds(scope) {
            if !self.sent.iter().any(|p| p.scope == scope && p.entity == entity) {
                self.sent.push(Part { scope, entity, mark: 0, whole: false });
            }
        }
    }

    fn commit(&mut self, events: Vec<Event>) {
        let from = self.core.ledger.head();
        let known = self.core.log.len();
        let to = self.core.make(events).expect("stores");
        for lane in Lane::ALL {
            let mine = |c: &&Change| c.scope().lane() == lane && self.scopes.contains(&c.scope());
            let changes = self.core.log[known..].iter().filter(mine).cloned().collect();
            self.feed.push_back((lane, from, to, changes));
        }
    }

    fn deliver(&mut self) {
        if let Some((lane, from, to, changes)) = self.feed.pop_front() {
            let batch = self.cache().apply_batch(lane, from, to, to as i64, &changes).expect("applies");
            assert!(!matches!(batch, Batch::Gap { .. }), "{batch:?}");
        }
    }

    fn join(&mut self) {
        let Some(lane) = self.feed.front().map(|f| f.0) else { return };
        let mut mine = (0..self.feed.len()).filter(|i| self.feed[*i].0 == lane);
        let (Some(first), Some(second)) = (mine.next(), mine.next()) else { return };
        let (_, _, to, changes) = self.feed.remove(second).expect("it was found");
        self.feed[first].2 = to;
        self.feed[first].3.extend(changes);
    }

    fn read(&mut self, part: usize, bytes: usize) {
        let open: Vec<usize> = (0..self.sent.len()).filter(|i| !self.sent[*i].whole).collect();
        let Some(at) = open.get(part % open.len().max(1)).copied() else { return };
        let Part { scope, entity, mark: after, .. } = self.sent[at];
        let (seq, rows) = self.reader.part(scope, entity, after, bytes).expect("reads");
        let mark = rows.last().map_or(after, |r| r.key.id);
        let whole = self.reader.part_len(scope, entity, mark).expect("counts") == 0 || rows.is_empty();
        self.sent[at] = Part { scope, entity, mark, whole };
        let rows = rows.into_iter().map(|r| (r.key.id, r.rev, r.body)).collect();
        self.bulk.push_back(Piece { scope, entity, after, mark, whole, seq, rows });
    }

    fn deliver_bulk(&mut self) {
        if let Some(p) = self.bulk.pop_front() {
            let done = self.cache().apply_chunk(p.scope, p.entity, p.after, p.mark, p.whole, p.seq, &p.rows);
            done.expect("applies");
        }
    }

    fn want(&mut self, key: RowKey) {
        let rows = self.reader.stored(&[key]).expect("reads");
        let mine = rows.into_iter().filter(|r| self.scopes.contains(&r.scope));
        let changes = mine.map(|StoredRow { key, scope, rev, body }| Change::Put { rev, scope, key, body });
        self.early.push_back(changes.collect());
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Commit(events) => self.commit(events),
            Step::Feed => self.deliver(),
            Step::Join => self.join(),
            Step::Read(part, bytes) => self.read(part, bytes),
            Step::Bulk => self.deliver_bulk(),
            Step::Want(entity, id) => self.want(key(WANTED[entity], id)),
            Step::Early => {
                if let Some(changes) = self.early.pop_front() {
                    self.cache().apply_early(&changes).expect("applies");
                }
            }
            Step::Relink => self.link(),
            Step::Restart => {
                self.cache = None;
                self.cache = Some(open(self.dir.path()));
                self.link();
            }
            Step::Drop(at) => {
                let scope = self.all[at % self.all.len()];
                if self.scopes.contains(&scope) {
                    // Frames that were sent before it arrive before it; pieces still queued arrive after.
                    while !self.feed.is_empty() {
                        self.deliver();
                    }
                    self.scopes.retain(|s| *s != scope);
                    self.sent.retain(|p| p.scope != scope);
                    self.cache().drop_scope(scope).expect("drops");
                }
            }
            Step::Grant(at) => {
                let scope = self.all[at % self.all.len()];
                if !self.scopes.contains(&scope) {
                    while !self.feed.is_empty() {
                        self.deliver();
                    }
                    while !self.bulk.is_empty() {
                        self.deliver_bulk();
                    }
                    self.early.clear();
                    self.scopes.push(scope);
                    self.cache().grant(scope);
                    self.offer(scope);
                }
            }
        }
    }

    /// Everything that is due arrives.
    fn drain(&mut self) {
        while self.sent.iter().any(|p| !p.whole) {
            self.read(0, 1_000);
        }
        while !(self.feed.is_empty() && self.bulk.is_empty() && self.early.is_empty()) {
            self.step(Step::Bulk);
            self.step(Step::Early);
            self.step(Step::Feed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_cache_ends_as_the_servers_rows_within_the_scopes(
        before in prop::collection::vec(change(), 1..30),
        steps in prop::collection::vec(step(), 1..160),
    ) {
        let mut world = World::new();
        for event in before {
            world.core.make(vec![event]).expect("stores");
        }
        world.link();
        for step in steps {
            let before = (world.cache().cursor(Lane::Live), world.cache().cursor(Lane::Deep));
            world.step(step);
            // An opened cache may know less than the closed one did only by batches that held nothing.
            let after = (world.cache().cursor(Lane::Live), world.cache().cursor(Lane::Deep));
            prop_assert!(after.0 >= before.0 && after.1 >= before.1, "a cursor went back");
        }
        world.drain();
        let mut wanted = Vec::new();
        for (lane, scope) in world.scopes.iter().map(|s| (s.lane(), *s)) {
            let (_, changes) = world.reader.delta(lane, &[scope], 0).expect("reads");
            for change in changes {
                if let Change::Put { rev, scope, key, body } = change {
                    wanted.push((key, scope, rev, body));
                }
            }
        }
        wanted.sort();
        prop_assert_eq!(rows_of(world.cache()), wanted);
    }
}
