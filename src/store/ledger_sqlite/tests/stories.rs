//! Every verb of the ledger, told once and run against each kind of store.

use super::*;
use crate::domain::Event;
use crate::domain::ids::{CaseId, InteractionId, QueueId, TaskId};
use crate::domain::proof::Clue;
use crate::domain::refusal::Refusal;
use crate::domain::time::DAY;
use crate::store::ledger::Cause;

fn on_each_store(story: fn(SqliteLedger)) {
    story(SqliteLedger::in_memory(77).expect("opens"));
    let dir = tempfile::tempdir().expect("a folder");
    story(SqliteLedger::open(&dir.path().join(FILE), 77).expect("opens"));
}

#[test]
fn rows_are_found_by_key_parent_name_and_identity() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        firm_at_work(&mut core);
        let ledger = &mut core.ledger;
        assert_eq!(ledger.epoch(), 77);
        assert_eq!(ledger.head(), 14);
        let found = ledger.rows(&[key(Entity::Case, 1), key(Entity::Case, 9), key(Entity::Customer, 1)]);
        assert_eq!(found.expect("reads").len(), 2);
        let cases = ledger.children(Entity::Case, 1).expect("reads");
        assert_eq!(cases.iter().map(Row::id).collect::<Vec<_>>(), [2, 1], "oldest change first");
        assert_eq!(ledger.children(Entity::Message, 1).expect("reads").len(), 1);
        assert!(ledger.children(Entity::Message, 0).expect("reads").is_empty());

        for (entity, name, id) in [
            (Entity::Queue, "queue-2", Some(2)),
            (Entity::Agent, "agent1", Some(1)),
            (Entity::Customer, "C-1", Some(1)),
            (Entity::Case, "ref-2", Some(2)),
            (Entity::Case, "C-1", None),
            (Entity::ArticleHead, "en/article-1", Some(1)),
        ] {
            assert_eq!(ledger.id_by_name(entity, name).expect("reads"), id, "{name}");
        }
        for (clue, identity) in [
            (Clue::Reference, "c-1"),
            (Clue::Number, "+44 20 7946 0001"),
            (Clue::Address, "PERSON1@example.ORG"),
            (Clue::Address, "@person1"),
        ] {
            assert_eq!(ledger.customers_by_identity(clue, identity).expect("reads"), [1], "{identity}");
            // Whoever calls themselves by somebody's address at the firm's site is not them, nor the other way round.
            let other = if clue == Clue::Reference { Clue::Address } else { Clue::Reference };
            assert!(ledger.customers_by_identity(other, identity).expect("reads").is_empty(), "{identity}");
        }
        assert!(ledger.customers_by_identity(Clue::Address, "").expect("reads").is_empty());
    });
}

#[test]
fn names_and_identities_follow_the_row() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        firm_at_work(&mut core);
        let mut contacts = sample::contacts(1);
        contacts.emails = vec!["new@example.org".into()];
        let mut case = sample::case(2, 2, 1, "Old phone");
        case.reference = String::new();
        core.make(vec![sample::set(contacts), sample::set(case)]).expect("stores");
        core.make(vec![Event::Retired { key: key(Entity::ArticleHead, 1) }]).expect("stores");
        let ledger = &mut core.ledger;
        assert!(ledger.customers_by_identity(Clue::Address, "person1@example.org").expect("reads").is_empty());
        assert_eq!(ledger.customers_by_identity(Clue::Address, "new@example.org").expect("reads"), [1]);
        assert_eq!(ledger.customers_by_identity(Clue::Reference, "C-1").expect("reads"), [1], "the reference stays");
        assert_eq!(ledger.id_by_name(Entity::Case, "ref-2").expect("reads"), None);
        assert_eq!(ledger.id_by_name(Entity::ArticleHead, "en/article-1").expect("reads"), None);
    });
}

#[test]
fn what_the_server_keeps_in_memory_comes_back() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        firm_at_work(&mut core);
        core.make(vec![Event::TaskAdded { task: Box::new(sample::task(2, 1, 1)) }]).expect("stores");
        core.make(vec![Event::TaskDone { task: TaskId(2), at: At(5) }]).expect("stores");
        let gone = Event::InteractionAbandoned { interaction: InteractionId(1), at: At(6) };
        core.make(vec![gone]).expect("stores");
        let hot = core.ledger.hot().expect("reads");
        assert_eq!(hot.firm(), Some(&sample::firm()));
        assert_eq!(hot.queues().count(), 2);
        assert_eq!(hot.presences().count(), 2);
        assert!(hot.task(TaskId(1)).is_some());
        assert!(hot.task(TaskId(2)).is_none(), "a kept promise is history");
        assert!(hot.case(CaseId(1)).is_none());
        assert_eq!(hot.interactions().count(), 0);
        assert_eq!(hot.next_id(Entity::Interaction, 0), 2, "an id is never given twice");
        assert_eq!(hot.next_id(Entity::Case, 0), 3);
    });
}

#[test]
fn a_command_is_answered_once_for_ever() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        let device = DeviceId(4);
        let cause = |n| Cause::Desk { device, incarnation: u64::MAX, n, hash: u64::MAX - n };
        let mut done = core.entry(0, vec![sample::set(sample::firm())]);
        done.cause = cause(1);
        let mut refused = core.entry(1, Vec::new());
        refused.cause = cause(2);
        refused.refusal = Some(Refusal::NothingWaits);
        assert_eq!(core.ledger.commit(&[done, refused.clone()]).expect("stores"), 1);
        let verdict = |core: &mut Core<SqliteLedger>, n| core.ledger.verdict(device, u64::MAX, n).expect("reads");
        let first = Verdict::Answered { seq: 1, refusal: None, hash: u64::MAX - 1 };
        assert_eq!(verdict(&mut core, 1), first);
        let second = Verdict::Answered { seq: 1, refusal: Some(Refusal::NothingWaits), hash: u64::MAX - 2 };
        assert_eq!(verdict(&mut core, 2), second);
        assert_eq!(verdict(&mut core, 3), Verdict::New { last: 2 });
        assert_eq!(core.ledger.verdict(device, 1, 1).expect("reads"), Verdict::New { last: 0 });

        for n in [2, 4] {
            refused.cause = cause(n);
            let error = core.ledger.commit(std::slice::from_ref(&refused));
            assert!(matches!(error, Err(StoreError::Rejected { .. })), "{error:?}");
        }
    });
}

#[test]
fn a_gateway_gets_the_same_answer_for_thirty_days() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        let mut entry = core.entry(0, vec![sample::set(sample::firm())]);
        entry.at = At(DAY);
        let (idempotency, answer) = ("call-1".to_owned(), "{\"case\":1}".to_owned());
        entry.cause = Cause::Gateway { key: KeyId(3), idempotency, hash: 8, answer };
        core.ledger.commit(&[entry]).expect("stores");
        let ask = |core: &mut Core<SqliteLedger>, key| core.ledger.gateway_answer(KeyId(key), "call-1").expect("reads");
        assert_eq!(ask(&mut core, 3), Some((8, "{\"case\":1}".into())));
        assert_eq!(ask(&mut core, 4), None);
        core.ledger.sweep(At(31 * DAY)).expect("sweeps");
        assert!(ask(&mut core, 3).is_some());
        core.ledger.sweep(At(31 * DAY + 1)).expect("sweeps");
        assert!(ask(&mut core, 3).is_none());
    });
}

#[test]
fn sleeping_cases_wake_in_order() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        firm_at_work(&mut core);
        let snooze = |case, until: Option<i64>| Event::Snoozed { case: CaseId(case), until: until.map(At), at: At(7) };
        core.make(vec![snooze(1, Some(500)), snooze(2, Some(300))]).expect("stores");
        assert_eq!(core.ledger.alarms_due(At(299)).expect("reads"), (vec![], Some(At(300))));
        assert_eq!(core.ledger.alarms_due(At(300)).expect("reads"), (vec![2], Some(At(500))));
        assert_eq!(core.ledger.alarms_due(At(900)).expect("reads"), (vec![2, 1], None));
        core.make(vec![snooze(2, None)]).expect("stores");
        assert_eq!(core.ledger.alarms_due(At(900)).expect("reads"), (vec![1], None));
    });
}

#[test]
fn an_entry_that_does_not_fit_is_not_stored_and_nothing_before_it_either() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        let good = core.entry(0, vec![sample::set(sample::firm())]);
        let late = core.entry(5, vec![sample::set(sample::team(1))]);
        let error = core.ledger.commit(&[good.clone(), late]).expect_err("a wrong revision");
        assert!(error.to_string().contains("Team 1 has revision 6, not 2"), "{error}");
        assert_eq!(core.ledger.head(), 0);
        assert!(core.ledger.rows(&[key(Entity::Firm, 1)]).expect("reads").is_empty());
        let mut silent = good.clone();
        silent.events.clear();
        assert!(matches!(core.ledger.commit(&[silent]), Err(StoreError::Rejected { .. })));
        assert_eq!(core.ledger.commit(&[good]).expect("stores"), 1);
    });
}

#[test]
fn words_lie_apart_from_the_events_and_come_back_with_them() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        firm_at_work(&mut core);
        let text: String = core
            .ledger
            .db
            .with(|c| c.query_row("SELECT group_concat(body) FROM event", [], |r| r.get(0)))
            .expect("reads");
        for words in ["My bill", "Dana", "Roaming bill", "7946", "example.org", "call back", "Text about"] {
            assert!(!text.contains(words), "{words}");
        }
        let mut reader = core.ledger.reader().expect("opens");
        let events = reader.events(0, 1_000).expect("reads");
        assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=14).collect::<Vec<_>>());
        let said = sample::said(sample::message(1, 1, 1, "My bill is wrong"));
        assert_eq!(events[9].event, said);
        assert_eq!(events[6].event, sample::set(sample::customer(1, "Dana Holt")));
        assert_eq!(reader.events(9, 1).expect("reads")[0].event, said);
        assert!(reader.events(14, 10).expect("reads").is_empty());
    });
}

#[test]
fn accounts_keep_secrets_as_hashes_and_use_invites_once() {
    on_each_store(|mut ledger| {
        let accounts = ledger.accounts();
        assert_eq!(accounts.password(AgentId(1)).expect("reads"), None);
        accounts.set_password(AgentId(1), "$argon2id$a").expect("stores");
        accounts.set_password(AgentId(1), "$argon2id$b").expect("stores");
        assert_eq!(accounts.password(AgentId(1)).expect("reads").as_deref(), Some("$argon2id$b"));

        accounts.add_invite([1; 32], AgentId(1), At(100)).expect("stores");
        accounts.add_invite([2; 32], AgentId(2), At(100)).expect("stores");
        assert_eq!(accounts.take_invite([1; 32], At(100)).expect("takes"), Some(AgentId(1)));
        assert_eq!(accounts.take_invite([1; 32], At(100)).expect("takes"), None);
        assert_eq!(accounts.take_invite([2; 32], At(101)).expect("takes"), None);

        let device = accounts.add_device([3; 32], AgentId(1), "laptop", At(5)).expect("adds");
        let found = accounts.device([3; 32]).expect("reads").expect("active");
        assert_eq!((found.id, found.agent, found.label.as_str()), (device, AgentId(1), "laptop"));
        assert!(accounts.revoke_device(device).expect("revokes"));
        assert!(!accounts.revoke_device(device).expect("revokes"));
        assert_eq!(accounts.device([3; 32]).expect("reads"), None);
        assert!(!accounts.devices().expect("reads")[0].active);

        let id = accounts.add_key([4; 32], "phone system", At(6)).expect("adds");
        assert_eq!(accounts.key([4; 32]).expect("reads").map(|k| k.id), Some(id));
        assert!(accounts.revoke_key(id).expect("revokes"));
        assert_eq!(accounts.key([4; 32]).expect("reads"), None);
        assert_eq!(accounts.keys().expect("reads").len(), 1);
    });
}

#[test]
fn a_case_that_moves_takes_its_rows_along_and_everything_still_agrees() {
    on_each_store(|ledger| {
        let mut core = Core::new(ledger);
        firm_at_work(&mut core);
        core.make(vec![Event::CaseMoved { case: CaseId(1), queue: QueueId(2), at: At(8) }]).expect("stores");
        let verified = core.ledger.verify().expect("verifies");
        assert_eq!(verified.faults, Vec::<String>::new());
        assert_eq!(verified.events, core.ledger.head());
    });
}
