//! Tests of folding: what comes out is what went in, for less.

use super::*;
use crate::domain::ids::{AgentId, QueueId, TeamId};
use crate::domain::people::{Presence, PresenceRow};
use crate::domain::time::At;
use crate::rand::{Rand as _, SeededRand};
use crate::wire::codec::Encoder;
use crate::wire::dictionary::samples::Desk;
use crate::wire::frame::Down;
use crate::wire::record::chunk_changes;

fn put(rev: u64, row: &Row) -> Record {
    Record::Put { rev, scope: row.scope(), key: row.key(), body: row.encode() }
}

fn forget(rev: u64, id: u64) -> Record {
    let key = RowKey { entity: Entity::Interaction, id };
    Record::Forget { rev, scope: Scope::Queue(QueueId(1 + id % 2)), key }
}

fn there(agent: u64, at: i64) -> Row {
    PresenceRow {
        agent: AgentId(agent),
        team: TeamId(1),
        presence: if agent.is_multiple_of(3) { Presence::Away } else { Presence::Ready },
        since: At(at),
        next: agent.is_multiple_of(5).then_some(Presence::Offline),
        idle_since: At(at + 40),
        link_lost: None,
        missed: 0,
        last_miss: None,
        forced: None,
    }
    .into()
}

#[test]
fn few_rows_travel_as_they_are_and_many_come_out_as_they_were() {
    let start = 1_790_000_000_000;
    for count in [0, 1, MANY - 1, MANY, 50] {
        let mut records: Vec<Record> = (0..count as u64).map(|id| forget(9_000, 400 + id)).collect();
        records.extend((0..count as u64).map(|n| Record::Absent {
            rev: 9_100 + n,
            scope: Scope::History(QueueId(1)),
            key: RowKey { entity: Entity::Message, id: 70_000 + 2 * n },
            parent: 1_500 + n / 4,
        }));
        records.extend((0..count as u64).map(|n| put(9_000 + n * 3, &there(n, start + n as i64 * 7_919))));
        let frame = Down::Early { records };
        let bytes = postcard::to_stdvec(&frame).expect("plain data");
        assert_eq!(postcard::from_bytes::<Down>(&bytes).as_ref(), Ok(&frame));
    }
}

#[test]
fn rows_like_those_before_cost_little() {
    let mut records: Vec<Record> = (0..60).map(|id| forget(9_000, 400 + id)).collect();
    let rand = SeededRand::new(3);
    records.extend((0..60).map(|n| put(9_000 + n, &there(n, 1_790_000_000_000 + rand.jitter(60_000) as i64))));
    let sealed = |plain: &[u8]| Encoder::<Down>::new(false).seal(plain).expect("small").len();
    let (plain, folded) =
        (sealed(&postcard::to_stdvec(&records).expect("plain data")), sealed(&fold(&records).expect("many")));
    assert!(folded * 2 < plain, "{folded} of {plain}");
}

#[test]
fn what_is_no_row_travels_as_it_is() {
    let key = |id| RowKey { entity: Entity::Case, id };
    let records: Vec<Record> = (0..20)
        .map(|id| Record::Put {
            rev: id,
            scope: Scope::History(QueueId(1)),
            key: key(id),
            body: vec![0xff; id as usize],
        })
        .collect();
    assert_eq!(unfold(&fold(&records).expect("many")), Ok(records));
}

#[test]
fn every_kind_of_row_comes_out_as_it_was() {
    let mut records = Vec::new();
    for frame in Desk::new(5).start() {
        if let Down::Chunk { scope, entity, rows, .. } = frame {
            records.extend(chunk_changes(scope, entity, rows).into_iter().map(Record::from));
        }
    }
    assert!(records.len() > 100);
    assert_eq!(unfold(&fold(&records).expect("many")), Ok(records));
}

#[test]
fn what_is_not_folded_is_refused() {
    let records: Vec<Record> = (0..12).map(|n| put(9_000 + n, &there(n, n as i64))).collect();
    let whole = fold(&records).expect("many");
    for length in 0..whole.len() {
        // What is cut off may only be what says nothing.
        if let Ok(read) = unfold(&whole[..length]) {
            assert_eq!(read, records);
        }
    }
    let rand = SeededRand::new(11);
    for _ in 0..2_000 {
        let mut bent = whole.clone();
        for _ in 0..=rand.jitter(3) {
            let at = rand.jitter(bent.len() as u64 - 1) as usize;
            bent[at] = rand.jitter(255) as u8;
        }
        // Whatever comes of it, it ends.
        drop(unfold(&bent));
    }
}
