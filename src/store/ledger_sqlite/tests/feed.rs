//! What readers see: deltas, parts, pages.

use super::*;
use crate::domain::Event;
use crate::domain::ids::{CaseId, InteractionId, QueueId};
use crate::domain::row::Change;
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::DAY;

fn words(changes: &[Change]) -> Vec<String> {
    let word = |c: &Change| match c {
        Change::Put { rev, key, .. } => format!("put {} {} @{rev}", key.entity.word(), key.id),
        Change::Forget { rev, key, .. } => format!("forget {} {} @{rev}", key.entity.word(), key.id),
        Change::Absent { .. } => panic!("the ledger has every text"),
    };
    changes.iter().map(word).collect()
}

#[test]
fn a_delta_is_the_newest_state_within_the_scopes() {
    let mut core = memory();
    firm_at_work(&mut core);
    let mut reader = core.ledger.reader().expect("opens");
    let history = [Scope::History(QueueId(1)), Scope::Queue(QueueId(1))];
    let (head, changes) = reader.delta(Lane::Deep, &history, 0).expect("reads");
    assert_eq!(head, 14);
    assert_eq!(words(&changes), ["put Case 1 @10", "put Message 1 @10"]);
    let (_, live) = reader.delta(Lane::Live, &history, 0).expect("reads");
    assert_eq!(words(&live), ["put Interaction 1 @10"]);

    core.make(vec![Event::CaseMoved { case: CaseId(1), queue: QueueId(2), at: At(8) }]).expect("stores");
    core.make(vec![Event::InteractionAbandoned { interaction: InteractionId(1), at: At(9) }]).expect("stores");
    let (head, changes) = reader.delta(Lane::Deep, &history, 14).expect("reads");
    assert_eq!(head, 16);
    assert_eq!(words(&changes), ["forget Case 1 @15", "forget Message 1 @15", "put Departure 1 @16"]);
    let both = [Scope::History(QueueId(1)), Scope::History(QueueId(2))];
    let (_, changes) = reader.delta(Lane::Deep, &both, 14).expect("reads");
    let all =
        ["forget Case 1 @15", "forget Message 1 @15", "put Case 1 @15", "put Message 1 @15", "put Departure 1 @16"];
    assert_eq!(words(&changes), all);
    let (_, changes) = reader.delta(Lane::Live, &history, 14).expect("reads");
    assert_eq!(words(&changes), ["forget Interaction 1 @16", "put QueueDay 1 @16"]);

    // Back again: it is in the scope now, so nothing is forgotten.
    core.make(vec![Event::CaseMoved { case: CaseId(1), queue: QueueId(1), at: At(9) }]).expect("stores");
    let (_, changes) = reader.delta(Lane::Deep, &history, 14).expect("reads");
    assert_eq!(words(&changes), ["put Departure 1 @16", "put Case 1 @17", "put Message 1 @17"]);
    assert!(reader.delta(Lane::Deep, &history, 17).expect("reads").1.is_empty());
}

#[test]
fn the_floor_rises_with_what_is_forgotten() {
    let mut core = memory();
    firm_at_work(&mut core);
    core.make(vec![Event::CaseMoved { case: CaseId(1), queue: QueueId(2), at: At(8) }]).expect("stores");
    let mut reader = core.ledger.reader().expect("opens");
    assert_eq!(reader.floor().expect("reads"), 0);
    // The move was stored at 14 s.
    core.ledger.sweep(At(14 * DAY + 14_000)).expect("sweeps");
    assert_eq!(reader.floor().expect("reads"), 14);
    core.ledger.sweep(At(14 * DAY + 14_001)).expect("sweeps");
    assert_eq!(reader.floor().expect("reads"), 15);
    core.ledger.sweep(At(14 * DAY + 5_000)).expect("sweeps");
    assert_eq!(reader.floor().expect("reads"), 15, "a clock that was set back does not bring back what is gone");
    let (_, changes) = reader.delta(Lane::Deep, &[Scope::History(QueueId(1))], 15).expect("reads");
    assert!(changes.is_empty());
    assert_eq!(core.ledger.verify().expect("verifies").faults, Vec::<String>::new());
}

#[test]
fn parts_come_in_order_of_need_and_in_pieces() {
    let mut core = memory();
    firm_at_work(&mut core);
    let messages = (2..=9).map(|id| sample::said(sample::message(id, 1, 1, "more words"))).collect();
    core.make(messages).expect("stores");
    let mut reader = core.ledger.reader().expect("opens");
    let scope = Scope::History(QueueId(1));
    let mut seen = Vec::new();
    let mut after = 0;
    loop {
        let left = reader.part_len(scope, Entity::Message, after).expect("counts");
        assert_eq!(left as usize, 9 - seen.len());
        let (head, rows) = reader.part(scope, Entity::Message, after, 40).expect("reads");
        assert_eq!(head, 22);
        let Some(last) = rows.last() else { break };
        assert!(rows.len() < 5, "pieces are small");
        after = last.key.id;
        seen.extend(rows.iter().map(|r| r.key.id));
    }
    assert_eq!(seen, [9, 8, 7, 6, 5, 4, 3, 2, 1]);

    let (_, agents) = reader.part(Scope::Desk, Entity::Agent, 0, 1).expect("reads");
    assert_eq!(agents[0].key.id, 1);
    let (_, agents) = reader.part(Scope::Desk, Entity::Agent, 1, 1_000_000).expect("reads");
    assert_eq!(agents.iter().map(|r| r.key.id).collect::<Vec<_>>(), [2]);
    assert!(reader.part(Scope::Desk, Entity::Agent, u64::MAX, 10).expect("reads").1.is_empty());
    assert!(reader.part(Scope::People, Entity::Agent, 0, 10).expect("reads").1.is_empty());
}

#[test]
fn rows_and_pages_are_read_as_stored() {
    let mut core = memory();
    firm_at_work(&mut core);
    let mut reader = core.ledger.reader().expect("opens");
    assert_eq!(reader.head().expect("reads"), 14);
    let rows = reader.stored(&[key(Entity::Contacts, 1), key(Entity::Case, 5)]).expect("reads");
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].scope, rows[0].rev), (Scope::Contacts, 8));
    assert_eq!(Row::decode(Entity::Contacts, &rows[0].body), Some(sample::contacts(1).into()));
    assert_eq!(reader.stored_children(Entity::Message, 1).expect("reads")[0].key.id, 1);
    let page = reader.page(Entity::Case, 0, 1).expect("reads");
    assert_eq!(page.iter().map(Row::id).collect::<Vec<_>>(), [1]);
    let page = reader.page(Entity::Case, 1, 10).expect("reads");
    assert_eq!(page.iter().map(Row::id).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_reader_in_a_file_never_waits_for_the_writer() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut core = Core::new(SqliteLedger::open(&dir.path().join(FILE), 1).expect("opens"));
    firm_at_work(&mut core);
    let mut reader = core.ledger.reader().expect("opens");
    let more = core.entry(14, vec![sample::set(sample::team(9))]);
    core.ledger
        .db
        .write(|tx| {
            let head = commit::store(tx, 14, &more)?;
            assert_eq!(head, 15);
            // Not committed yet: the reader answers at once, and with the old head.
            assert_eq!(reader.head().map_err(|e| Fault::damaged(e.to_string()))?, 14);
            Ok(())
        })
        .expect("stores");
    assert_eq!(reader.head().expect("reads"), 15);
}
