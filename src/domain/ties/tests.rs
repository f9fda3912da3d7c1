//! Merged and back, split, linked.

use proptest::prelude::*;

use super::*;
use crate::domain::Event;
use crate::domain::command::{Actor, Command};
use crate::domain::decide::tests::{ANA, BEN, BILLING, Desk, TECH};
use crate::domain::ids::CustomerId;
use crate::domain::refusal::Refusal;
use crate::domain::row::Row;
use crate::domain::sla::clock::Clock;
use crate::domain::time::MINUTE;
use crate::domain::work::{Author, Channel, Kind, Message, Priority};

/// Two cases of different strangers, each with an e-mail that waits.
fn two() -> (Desk, CaseId, CaseId) {
    let mut desk = Desk::new();
    let first = desk.open(Channel::Email, BILLING, Some("My bill is wrong."));
    desk.wait(MINUTE);
    let second = desk.open(Channel::Email, BILLING, Some("Did you get my mail?"));
    let case = |i| desk.state.interaction(i).expect("open").case;
    let (a, b) = (case(first), case(second));
    (desk, a, b)
}

fn merge(case: CaseId, into: CaseId, reason: &str) -> Command {
    Command::MergeCases { case, into, reason: reason.into() }
}

/// Every row, with the instants of the last change put aside.
fn rows(desk: &Desk) -> Vec<Row> {
    let still = |row: &Row| match row.clone() {
        Row::Case(case) => Row::Case(Case { updated: At(0), ..case }),
        row => row,
    };
    desk.state.rows().map(still).collect()
}

#[test]
fn a_merged_case_points_to_the_other_and_its_customer_is_heard_there() {
    let (mut desk, a, b) = two();
    let waits = desk.state.interactions_of(b).next().expect("waits").id;
    desk.ask(ANA, merge(b, a, "same firm")).expect("merged");
    assert_eq!(desk.state.root(b), a);
    assert_eq!(desk.state.case(b).map(|c| c.status), Some(Status::Closed));
    assert_eq!(desk.state.case(a).map(|c| c.ties.holds.clone()), Some(vec![b]));
    assert_eq!(desk.state.interactions_of(a).count(), 2);
    let key = crate::domain::ids::KeyId(1);
    let more = Command::AppendMessage { interaction: waits, body: "Hello?".into(), files: Vec::new(), letter: None };
    desk.give(Actor::Gateway(key), more).expect("heard");
    assert!(desk.state.messages_of(a).any(|m| m.body == "Hello?"), "later messages go to the target");
    desk.ask(ANA, Command::AddNote { case: b, body: "kept".into(), from: vec![] }).expect("words are never lost");
    assert!(desk.state.messages_of(a).any(|m| m.body == "kept"));
    let refused = desk.ask(ANA, Command::SetPriority { case: b, priority: Priority::High }).expect_err("merged");
    assert!(refused.sentence(desk.now).contains("merged into case"), "{}", refused.sentence(desk.now));
}

#[test]
fn strangers_merge_only_with_a_reason_and_others_contacts_not_at_all() {
    let (mut desk, a, b) = two();
    for (case, customer) in [(a, 1), (b, 2)] {
        let case = desk.state.case(case).cloned().expect("there");
        desk.state.load(Case { customer: Some(CustomerId(customer)), ..case }.into());
    }
    let refused = desk.ask(ANA, merge(b, a, " ")).expect_err("different customers");
    assert!(refused.sentence(desk.now).contains("different customers"));
    assert!(desk.ask(ANA, merge(a, a, "x")).is_err());
    desk.ready(BEN);
    let his = desk.state.interactions_of(a).next().map(|i| i.id);
    desk.ask(BEN, Command::Pull { interaction: his }).expect("his");
    let (case, other) = (a, b);
    assert!(matches!(desk.ask(ANA, merge(case, other, "x")), Err(Refusal::Taken { .. })));
    desk.ask(ANA, merge(other, case, "x")).expect("what waits may go along");
    assert!(desk.ask(ANA, merge(other, case, "x")).is_err(), "merged already");
    assert!(desk.ask(ANA, merge(case, other, "x")).is_err(), "never in a ring");
}

#[test]
fn chains_end_at_the_last() {
    let (mut desk, a, b) = two();
    let c = desk.open(Channel::Email, TECH, Some("Third"));
    let c = desk.state.interaction(c).expect("open").case;
    desk.ask(ANA, merge(a, b, "x")).expect("a into b");
    desk.ask(ANA, merge(b, c, "x")).expect("b into c");
    assert_eq!(desk.state.root(a), c);
    desk.ask(ANA, Command::Unmerge { case: b }).expect("b again");
    assert_eq!((desk.state.root(a), desk.state.root(b)), (b, b));
}

#[test]
fn a_split_moves_the_chosen_and_leaves_the_rest() {
    let (mut desk, a, _) = two();
    desk.ask(ANA, Command::AddNote { case: a, body: "another matter".into(), from: vec![] }).expect("noted");
    let all: Vec<MessageId> = desk.state.messages_of(a).map(|m| m.id).collect();
    let split = |messages: Vec<MessageId>| Command::SplitCase { case: a, messages, subject: "Other".into() };
    assert!(desk.ask(ANA, split(vec![])).is_err());
    assert!(desk.ask(ANA, split(all.clone())).is_err(), "something stays");
    desk.ask(ANA, split(vec![all[1]])).expect("split");
    let new = desk.state.cases().find(|c| c.ties.split_from == Some(a)).expect("new").clone();
    assert_eq!((new.subject.as_str(), new.last_inbound), ("Other", None));
    assert_eq!(desk.state.messages_of(new.id).map(|m| m.id).collect::<Vec<_>>(), [all[1]]);
    assert_eq!(desk.state.messages_of(a).map(|m| m.id).collect::<Vec<_>>(), [all[0]]);
    assert_eq!(desk.state.case(a).and_then(|c| c.ties.to(new.id)), Some(LinkKind::Related));
}

#[test]
fn both_sides_know_of_a_link() {
    let (mut desk, a, b) = two();
    let link = |link| Command::LinkCases { case: a, to: b, link };
    desk.ask(ANA, link(Some(LinkKind::Incident))).expect("linked");
    assert_eq!(desk.state.case(b).and_then(|c| c.ties.to(a)), Some(LinkKind::Problem));
    assert_eq!(desk.state.case(a).map(|c| c.ties.incidents().collect::<Vec<_>>()), Some(vec![b]));
    assert_eq!(desk.ask(ANA, link(Some(LinkKind::Incident))), Ok(vec![]));
    desk.ask(ANA, link(None)).expect("unlinked");
    assert!(desk.state.cases().all(|c| c.ties.links.is_empty()));
}

proptest! {
    /// Whatever the cases look like, merging and unmerging leaves every row as it was.
    #[test]
    fn merge_then_unmerge_is_the_identity(
        status in 0usize..4,
        snoozed in any::<bool>(),
        tag in any::<bool>(),
        notes in prop::collection::vec(("[a-z]{1,9}", any::<bool>()), 0..5),
        held in any::<bool>(),
        ends in any::<bool>(),
    ) {
        let (mut desk, a, b) = two();
        if held {
            desk.ready(ANA);
            desk.settle();
            let offered = desk.state.held(ANA).next().map(|i| (i.id, i.epoch));
            if let Some((interaction, epoch)) = offered {
                desk.ask(ANA, Command::AcceptOffer { interaction, epoch }).expect("hers");
            }
        }
        for (body, first) in notes {
            let case = if first { a } else { b };
            desk.ask(ANA, Command::AddNote { case, body, from: vec![] }).expect("noted");
        }
        if tag {
            desk.ask(ANA, Command::EditTags { case: b, add: vec!["vip".into()], remove: vec![] }).expect("tagged");
        }
        if snoozed {
            desk.ask(ANA, Command::Snooze { case: b, until: Some(desk.now.plus(MINUTE)) }).expect("sleeps");
        }
        let from = desk.state.case(b).expect("there").status;
        let to = Status::ALL[status];
        desk.ask(ANA, Command::SetStatus { case: b, status: to, from }).ok();
        let before = rows(&desk);
        desk.wait(MINUTE);
        desk.ask(ANA, merge(b, a, "the same matter")).expect("merged");
        prop_assert_ne!(&before, &rows(&desk));
        if ends {
            desk.wait(MINUTE);
        }
        desk.ask(ANA, Command::Unmerge { case: b }).expect("unmerged");
        prop_assert_eq!(before, rows(&desk));
    }
}

#[test]
fn what_came_after_the_merge_stays_where_it_came() {
    let (mut desk, a, b) = two();
    desk.ask(ANA, merge(b, a, "x")).expect("merged");
    desk.ask(ANA, Command::AddNote { case: a, body: "later".into(), from: vec![] }).expect("noted");
    desk.ask(ANA, Command::Unmerge { case: b }).expect("unmerged");
    let of = |case| desk.state.messages_of(case).map(|m: &Message| (m.kind, m.author)).collect::<Vec<_>>();
    assert_eq!(of(b), [(Kind::Message, Author::Customer)]);
    assert_eq!(of(a), [(Kind::Message, Author::Customer), (Kind::Note, Author::Agent(ANA))]);
}

#[test]
fn an_undone_split_is_as_if_it_had_never_been() {
    let (mut desk, a, _) = two();
    desk.ask(ANA, Command::AddNote { case: a, body: "Also lost the phone.".into(), from: vec![] }).expect("noted");
    let note = desk.state.messages_of(a).map(|m| m.id).max().expect("a note");
    let before = rows(&desk);
    desk.ask(ANA, Command::SplitCase { case: a, messages: vec![note], subject: String::new() }).expect("split");
    let new = desk.state.message(note).expect("there").case;
    assert_ne!(new, a);
    let undo = Command::UndoSplit { case: a, messages: vec![note] };
    desk.ask(ANA, undo.clone()).expect("undone");
    assert_eq!(rows(&desk), before);
    assert!(desk.ask(ANA, undo.clone()).is_err(), "only once");
    // What was written since is not thrown away.
    desk.ask(ANA, Command::SplitCase { case: a, messages: vec![note], subject: String::new() }).expect("split");
    let new = desk.state.message(note).expect("there").case;
    desk.ask(ANA, Command::AddNote { case: new, body: "More.".into(), from: vec![] }).expect("noted");
    let refused = desk.ask(ANA, undo).expect_err("it lives");
    assert!(refused.sentence(desk.now).contains("merge it instead"), "{}", refused.sentence(desk.now));
}

#[test]
fn what_is_promised_on_a_merged_case_is_cancelled_and_it_leaves_the_figures() {
    use crate::domain::figures::fold::Fold;
    use crate::domain::figures::{Ask, FigureId, Value, Window, figure};
    use crate::domain::ids::PolicyId;
    use crate::domain::sla::clock::{Standing, Turn};
    use crate::domain::sla::policy::{Fits, Policy};
    use crate::domain::sla::{Cause, Promise};
    use crate::domain::tally::FigureRules;
    let (mut desk, _, _) = two();
    let policy = Policy {
        id: PolicyId(1),
        key: "all".into(),
        name: "All".into(),
        rank: 1,
        when: Fits::default(),
        calendar: None,
        targets: [(Promise::First, [(Priority::Normal, 3_600)].into())].into(),
        reopens: false,
        pauses: vec![],
        warn_pct: 75,
        warn_left_s: 900,
        active: true,
    };
    desk.state.load(policy.into());
    let mut case = |words| {
        let id = desk.open(Channel::Email, BILLING, Some(words));
        desk.state.interaction(id).expect("open").case
    };
    let (a, b) = (case("One."), case("Two."));
    let standing = |desk: &Desk| desk.state.case(b).expect("there").sla.clocks.iter().map(Clock::standing).next();
    assert_eq!(standing(&desk), Some(Standing::Running));
    let backlog = |desk: &Desk| {
        let mut fold = Fold::new();
        desk.log.iter().for_each(|event| fold.note(event));
        let window = Window::new(At(0), desk.now.plus(1));
        let open_ms = |_, from: At, to: At| to.since(from);
        let rules = FigureRules::default();
        let ask = Ask { window, now: window.to, queues: &[], agent: None, channels: &[], open_ms: &open_ms, rules };
        figure(FigureId::Backlog, fold.facts(), &ask).value
    };
    assert_eq!(backlog(&desk), Value::whole(4));
    desk.wait(MINUTE);
    let events = desk.ask(ANA, merge(b, a, "the same")).expect("merged");
    let ended = |e: &Event| {
        matches!(e, Event::ClockTurned { case, turn: Turn::Ended, cause: Cause::Merged, clock, .. }
            if *case == b && clock.standing() == Standing::Cancelled)
    };
    assert_eq!(events.iter().filter(|e| ended(e)).count(), 1, "{events:?}");
    assert_eq!((standing(&desk), backlog(&desk)), (Some(Standing::Cancelled), Value::whole(3)));
    desk.wait(MINUTE);
    desk.ask(ANA, Command::Unmerge { case: b }).expect("a case of its own again");
    assert_eq!(
        (standing(&desk), backlog(&desk)),
        (Some(Standing::Running), Value::whole(4)),
        "it runs as if it never rested"
    );
}
