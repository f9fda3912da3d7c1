//! `verify` finds what does not agree, and says nothing when all does.

use proptest::prelude::*;

use super::*;
use crate::domain::Event;
use crate::domain::ids::{CaseId, InteractionId, OutcomeId, QueueId, ReasonId, TaskId, WrapUpId};
use crate::domain::people::Presence;
use crate::domain::work::{Channel, Phase, Priority, Status, WrapUp};

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

fn event() -> impl Strategy<Value = Event> {
    let case = || (1..5_u64).prop_map(CaseId);
    let interaction = || (1..5_u64).prop_map(InteractionId);
    let queue = || (1..3_u64).prop_map(QueueId);
    let at = || (0..1_000_i64).prop_map(At);
    let agent = || (1..3_u64).prop_map(AgentId);
    prop_oneof![
        (1..5_u64, 1..3_u64, 0..3_u64).prop_map(|(id, q, of)| sample::set(sample::case(id, q, of, "again"))),
        (1..3_u64, 1..3_u64).prop_map(|(id, team)| sample::set(sample::agent(id, team))),
        (1..3_u64, "[a-zé\u{1F600} ]{0,12}").prop_map(|(id, name)| sample::set(sample::customer(id, &name))),
        (1..5_u64, 1..5_u64, 1..3_u64)
            .prop_map(|(i, c, q)| sample::opened(sample::interaction(i, c, q, 1), sample::case(c, q, 1, "new"))),
        (1..30_u64, 1..5_u64, "\\PC{0,20}").prop_map(|(id, c, body)| sample::said(sample::message(id, c, 1, &body))),
        (interaction(), agent(), at()).prop_map(|(interaction, to, until)| Event::OfferMade { interaction, to, until }),
        (interaction(), agent(), at()).prop_map(|(interaction, by, at)| Event::OfferAccepted { interaction, by, at }),
        (interaction(), at()).prop_map(|(interaction, at)| Event::PhaseChanged {
            interaction,
            to: Phase::OnHold { since: at },
            at
        }),
        (interaction(), at()).prop_map(|(interaction, at)| Event::InteractionAbandoned { interaction, at }),
        (case(), queue(), at()).prop_map(|(case, queue, at)| Event::CaseMoved { case, queue, at }),
        (case(), at()).prop_map(|(case, at)| Event::StatusChanged { case, to: Status::Solved, at }),
        (case(), at()).prop_map(|(case, at)| Event::PriorityChanged { case, priority: Priority::High, at }),
        (case(), at()).prop_map(|(case, at)| Event::Snoozed { case, until: Some(at), at }),
        (1..5_u64, 1..5_u64, 1..3_u64)
            .prop_map(|(id, c, a)| Event::TaskAdded { task: Box::new(sample::task(id, c, a)) }),
        (1..5_u64, at()).prop_map(|(id, at)| Event::TaskDone { task: TaskId(id), at }),
        (agent(), at()).prop_map(|(agent, at)| Event::PresenceChanged { agent, to: Presence::Ready, at }),
        (1..9_u64, interaction(), case(), agent()).prop_map(|(id, interaction, case, agent)| Event::WrappedUp {
            wrap_up: Box::new(wrap_up(id, interaction, case, agent))
        }),
        (1..3_u64).prop_map(|id| sample::set(sample::team(id))),
        (1..3_u64).prop_map(|id| Event::Retired { key: key(Entity::Team, id) }),
    ]
}

fn wrap_up(id: u64, interaction: InteractionId, case: CaseId, agent: AgentId) -> WrapUp {
    WrapUp {
        id: WrapUpId(id),
        interaction,
        case,
        queue: QueueId(1),
        agent,
        epoch: 1,
        channel: Channel::Chat,
        reason: Some(ReasonId(1)),
        outcome: Some(OutcomeId(1)),
        note: None,
        at: At(50),
        wait_ms: 1,
        talk_ms: 2,
        hold_ms: 3,
        wrap_ms: 4,
        late: id % 2 == 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, in whatever entries, replaying it gives the same bytes.
    #[test]
    fn a_replay_makes_the_same_rows(history in prop::collection::vec(prop::collection::vec(event(), 1..4), 1..40)) {
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
