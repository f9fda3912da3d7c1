//! The machine by itself: whatever commits it sees, misses or reads, its batches chain and lose nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::ids::Seq;
use crate::domain::row::RowKey;
use crate::server::tests::{ANA, EPOCH, House, T0, customer, put, queue};
use crate::wire::frame::{PROTOCOL, PROTOCOL_MIN};

const NEVER: u64 = u64::MAX / 2;

#[derive(Debug, Clone)]
enum Step {
    /// A commit that the session sees, or misses.
    Live(bool),
    Deep(u64, bool),
    /// The pipe has room.
    Pump,
    /// Time passes.
    Wait(u64),
    Credit,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Live),
        (0..9_u64, any::<bool>()).prop_map(|(n, seen)| Step::Deep(n, seen)),
        Just(Step::Pump),
        (0..400_u64).prop_map(Step::Wait),
        Just(Step::Credit),
    ]
}

/// The other end: cursors and rows.
#[derive(Default)]
struct End {
    cursors: [Seq; 2],
    rows: BTreeMap<RowKey, Seq>,
    owed: u32,
    whole: bool,
}

impl End {
    fn take(&mut self, frames: Vec<Down>) {
        for frame in frames {
            self.owed += frame.weight();
            match frame {
                Down::Batch { lane, from, to, records, .. } => {
                    let cursor = &mut self.cursors[usize::from(lane == Lane::Deep)];
                    assert!(from == *cursor && to >= from, "{lane:?}: ({from}, {to}] at {cursor}");
                    *cursor = to;
                    for change in records.into_iter().map(Change::from) {
                        assert!(change.rev() <= to, "a batch ends at its newest change");
                        self.put(change.key(), change.rev());
                    }
                }
                Down::Chunk { entity, rows, left, .. } => {
                    for (id, rev, _) in rows {
                        self.put(RowKey { entity, id }, rev);
                    }
                    self.whole = left == 0;
                }
                Down::Early { records } => {
                    records.into_iter().map(Change::from).for_each(|c| self.put(c.key(), c.rev()));
                }
                _ => {}
            }
        }
    }

    fn put(&mut self, key: RowKey, rev: Seq) {
        let known = self.rows.entry(key).or_default();
        *known = rev.max(*known);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_chain_and_lose_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let house = House::new();
        let mut commits = house.hub.core.commits();
        let mut reader = house.hub.core.reader().expect("a reader");
        let rights = house.hub.core.published().borrow().rights[&ANA].clone();
        let scopes = Scopes::new(rights);
        let hello = Hello {
            min: PROTOCOL_MIN,
            max: PROTOCOL,
            incarnation: 1,
            generation: 1,
            epoch: EPOCH,
            live: 0,
            deep: 0,
            parts: vec![],
            dictionary: 0,
            version: String::new(),
        };
        let peer = Peer { session: 1, agent: ANA, device: DeviceId(1), last_n: 0, last_heard: None };
        let mut now = Moment { at: T0, ms: 1_000 };
        let mut session = Session::new(peer, hello, EPOCH, scopes.clone(), Arc::default(), now);
        let mut end = End::default();
        let mut pump = |session: &mut Session, end: &mut End, now: Moment| {
            if session.has_output(now) {
                let needs = session.needs_reader(now);
                let pumped = session.pump(now, needs.then_some(reader.as_mut())).expect("reads");
                let frames = session.release(pumped, Some(scopes.clone()), now);
                end.take(frames);
            }
        };
        let mut names = 0;
        for step in steps {
            let (command, seen) = match step {
                Step::Live(seen) => {
                    names += 1;
                    (put(queue(0, &format!("q{names}"))), seen)
                }
                Step::Deep(n, seen) => (customer(n), seen),
                Step::Pump => {
                    pump(&mut session, &mut end, now);
                    continue;
                }
                Step::Wait(ms) => {
                    now.ms += ms;
                    continue;
                }
                Step::Credit => {
                    session.up(Up::Credit { bytes: std::mem::take(&mut end.owed) }, now);
                    continue;
                }
            };
            house.operate(vec![command]);
            let commit = commits.try_recv().expect("a commit");
            if seen { session.commit(&commit, now) } else { session.missed_commits() }
        }
        // Whatever is due goes out; then a verdict carries both cursors to the head.
        for _ in 0..200 {
            now.ms += 300;
            pump(&mut session, &mut end, now);
            session.up(Up::Credit { bytes: std::mem::take(&mut end.owed) }, now);
        }
        session.answer(1, Reply::Done { seq: 0, made: vec![] });
        while session.has_output(now) {
            pump(&mut session, &mut end, now);
        }
        let head = house.hub.core.published().borrow().seq;
        prop_assert_eq!(end.cursors, [head, head]);
        prop_assert!(end.whole && session.next_wake() < NEVER);
        let mut theirs = BTreeMap::new();
        for scope in [Lane::Live, Lane::Deep].into_iter().flat_map(|lane| scopes.of(lane)) {
            for entity in Entity::ALL {
                let (_, rows) = reader.part(scope, *entity, 0, usize::MAX).expect("reads");
                theirs.extend(rows.into_iter().map(|r| (r.key, r.rev)));
            }
        }
        prop_assert_eq!(end.rows, theirs);
    }
}
