//! `verify` finds what does not agree, and says nothing when all does.

use proptest::prelude::*;

use super::*;

fn faults(core: &mut Core<SqliteLedger>) -> Vec<String> {
    core.ledger.verify().expect("verifies").faults
}

fn spoil(core: &Core<SqliteLedger>, sql: &str) {
    core.ledger.db.with(|c| c.execute_batch(sql)).expect("spoils");
}

#[test]
fn each_kind_of_damage_is_named() {
    let case = rows::pack(key(Entity::Case, 1)).expect("in range");
    let orphan = rows::pack(key(Entity::Team, 40)).expect("in range");
    for (sql, words) in [
        (format!("UPDATE row SET rev = 3 WHERE key = {case}"), "Case 1 has revision 3, but event 10 changed it last"),
        (
            format!("UPDATE row SET scope = 7 WHERE key = {case}"),
            "Case 1 is stored in Library, but its events put it in History(QueueId(1))",
        ),
        (
            format!("UPDATE row SET body = x'00' WHERE key = {case}"),
            "Case 1 is stored with other contents than its events make",
        ),
        (format!("DELETE FROM row WHERE key = {case}"), "Case 1 is missing"),
        (
            format!("INSERT INTO row SELECT {orphan}, scope, rev, 0, 0, body FROM row WHERE key = {case}"),
            "Team 40 is stored, but no event made it",
        ),
        ("DELETE FROM event WHERE seq = 4; DELETE FROM words WHERE seq = 4".into(), "event 4 is missing"),
        ("DELETE FROM event WHERE seq = 14; DELETE FROM words WHERE seq = 14".into(), "the entry that ends with event"),
        ("DELETE FROM name".into(), "the list of names has nothing where the events make"),
        ("DELETE FROM words WHERE seq = 10".into(), "Message 1 is stored with other contents"),
    ] {
        let mut core = memory();
        firm_at_work(&mut core);
        assert_eq!(faults(&mut core), Vec::<String>::new());
        spoil(&core, &sql);
        let faults = faults(&mut core);
        assert!(faults.iter().any(|f| f.starts_with(words)), "{sql}: {faults:?}");
    }
}

#[test]
fn an_unreadable_event_is_an_error_and_not_a_panic() {
    let mut core = memory();
    firm_at_work(&mut core);
    spoil(&core, "UPDATE event SET body = '{\"danced\":{}}' WHERE seq = 2");
    let error = core.ledger.verify().expect_err("unreadable");
    assert!(error.to_string().contains("event 2 cannot be read"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, in whatever entries, replaying it gives the same bytes.
    #[test]
    fn a_replay_makes_the_same_rows(history in prop::collection::vec(prop::collection::vec(sample::event(), 1..4), 1..40)) {
        let mut core = memory();
        for events in history {
            core.make(events).expect("stores");
        }
        prop_assert_eq!(faults(&mut core), Vec::<String>::new());
        // The rows are those of the state.
        let mut reader = core.ledger.reader().expect("opens");
        let stored: Vec<Row> =
            Entity::ALL.iter().flat_map(|e| reader.page(*e, 0, usize::MAX).expect("reads")).collect();
        let known: Vec<Row> = core.state.rows().cloned().collect();
        prop_assert_eq!(stored, known);
    }
}
