//! Wrap-up told in commands: modes, more time, needs, trees, the summary, the card.

use super::*;
use crate::domain::command::{Actor, Command, FollowUp, Target};
use crate::domain::decide::tests::{ANA, BEN, BILLING, Desk, TECH, wrap_up};
use crate::domain::event::Event;
use crate::domain::ids::{InteractionId, OutcomeId, ReasonId};
use crate::domain::people::Presence;
use crate::domain::row::{Entity, Row};
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Channel, Kind, Message, Phase, Reason, Status, Task, TaskKind, WrapUp};
use crate::domain::wrap_up::summary::{Codes, Material, clauses, text};

fn rules(desk: &mut Desk, mode: Mode, forced_ready: bool) {
    let mut queue = desk.state.queue(BILLING).cloned().expect("is there");
    queue.rules.wrap_up = WrapUpRules { mode, forced_ready, follow_ups: true };
    desk.state.load(queue.into());
}

/// Ben has ended a chat that came with words.
fn ended(desk: &mut Desk) -> (InteractionId, u32) {
    desk.ready(BEN);
    let id = desk.open(Channel::Chat, BILLING, Some("Why is my bill\nso high?"));
    desk.settle();
    desk.accept(BEN, id);
    desk.wait(60 * SECOND);
    let epoch = desk.get(id).epoch;
    desk.ask(BEN, Command::EndContact { interaction: id, epoch }).expect("ends");
    (id, epoch)
}

fn last(desk: &Desk) -> WrapUp {
    desk.state.wrap_ups().last().cloned().expect("a leg")
}

fn leave(desk: &mut Desk, id: InteractionId, epoch: u32, note: &str) -> Result<Vec<Event>, String> {
    let case = desk.get(id).case;
    let command = Command::LeaveWrapUp { interaction: id, epoch, case, note: note.into() };
    let now = desk.now;
    desk.ask(BEN, command).map_err(|r| r.sentence(now))
}

#[test]
fn the_four_modes() {
    for mode in Mode::ALL {
        assert_eq!(Mode::from_word(mode.word()), Some(mode));
        let mut desk = Desk::new();
        rules(&mut desk, mode, false);
        let (id, epoch) = ended(&mut desk);
        let mut other = Desk { state: desk.state.clone(), now: desk.now, log: Vec::new() };
        let left = leave(&mut other, id, epoch, "No codes.");
        assert_eq!(left.is_ok(), !mode.demands(), "{mode:?}: {left:?}");
        desk.wait(61 * SECOND);
        desk.settle();
        let over = matches!(desk.get(id).phase, Phase::WrapUp { over: true, .. });
        assert_eq!(over, mode.is_timed(), "{mode:?}");
        // Whatever the mode, the agent finishes with codes and nothing is marked.
        let contact = desk.get(id);
        desk.ask(BEN, wrap_up(&contact, 1, "Done.", None)).expect("finishes");
        assert!(!last(&desk).incomplete && last(&desk).reason.is_some());
    }
}

#[test]
fn a_time_that_is_over_marks_and_frees_only_where_it_is_configured() {
    let mut desk = Desk::new();
    rules(&mut desk, Mode::TimeBoxed, false);
    let (id, epoch) = ended(&mut desk);
    desk.wait(60 * SECOND);
    desk.settle();
    assert_eq!(desk.get(id).owner, Some(BEN), "still theirs");
    leave(&mut desk, id, epoch, "Later.").expect("leaves");
    assert!(last(&desk).incomplete && last(&desk).note.is_some());

    let mut desk = Desk::new();
    rules(&mut desk, Mode::MandatoryTimeBoxed, true);
    let (id, _) = ended(&mut desk);
    let contact = desk.get(id);
    desk.wait(60 * SECOND);
    desk.settle();
    assert!(desk.state.interaction(id).is_none(), "freed");
    assert_eq!(desk.state.presence(BEN).map(|p| (p.presence, p.idle_since)), Some((Presence::Ready, desk.now)));
    assert!(last(&desk).incomplete && last(&desk).reason.is_none());
    // What was being written still comes.
    desk.wait(5 * SECOND);
    desk.ask(BEN, wrap_up(&contact, 1, "I was not done.", None)).expect("kept");
    assert!(last(&desk).late && last(&desk).note.is_some());
}

#[test]
fn more_time_twice_with_a_reason() {
    let mut desk = Desk::new();
    rules(&mut desk, Mode::MandatoryTimeBoxed, false);
    let (id, epoch) = ended(&mut desk);
    let more = |desk: &mut Desk, reason: &str| {
        let now = desk.now;
        let command = Command::TakeMoreTime { interaction: id, epoch, reason: reason.into() };
        desk.ask(BEN, command).map(|_| ()).map_err(|r| r.sentence(now))
    };
    assert!(more(&mut desk, "  ").is_err(), "a reason is asked for");
    more(&mut desk, "long note").expect("once");
    more(&mut desk, "long note").expect("twice");
    assert!(more(&mut desk, "long note").expect_err("no more").contains("given twice"));
    desk.wait(179 * SECOND);
    desk.settle();
    assert!(matches!(desk.get(id).phase, Phase::WrapUp { more: 2, over: false, .. }));
    desk.wait(SECOND);
    desk.settle();
    assert!(matches!(desk.get(id).phase, Phase::WrapUp { over: true, .. }));
    assert!(more(&mut desk, "long note").expect_err("too late").contains("nothing is lost"));
}

#[test]
fn an_outcome_gets_what_it_needs() {
    let mut desk = Desk::new();
    let mut outcome = desk.state.outcome(OutcomeId(1)).cloned().expect("is there");
    outcome.needs = Need::ALL.to_vec();
    desk.state.load(outcome.into());
    let (id, _) = ended(&mut desk);
    let contact = desk.get(id);
    let due = desk.now.plus(3_600_000);
    let promise = |owner| FollowUp { kind: TaskKind::Task, what: "Refund".into(), due, owner };
    let ask = |note: &str, follow: Option<FollowUp>, found: Findings| {
        let mut command = wrap_up(&contact, 1, note, follow);
        if let Command::WrapUp { findings, .. } = &mut command {
            *findings = found;
        }
        command
    };
    let none = Findings::default;
    let half = Findings { resolved: Some(Resolved::No), ..none() };
    let known = Findings { complaint: " C-7 ".into(), ..half.clone() };
    let whole = Findings { verified: Some(Verified::Level2), ..known.clone() };
    for (command, lacks) in [
        (ask("", None, none()), "a few words"),
        (ask("n", None, none()), "by when"),
        (ask("n", Some(promise(None)), none()), "whose promise"),
        (ask("n", Some(promise(Some(ANA))), none()), "is solved"),
        (ask("n", Some(promise(Some(ANA))), half), "number of the complaint"),
        (ask("n", Some(promise(Some(ANA))), known), "how far they were verified"),
    ] {
        let said = desk.ask(BEN, command).expect_err(lacks).sentence(desk.now);
        assert!(said.contains(lacks), "{said}");
    }
    desk.ask(BEN, ask("n", Some(promise(Some(ANA))), whole.clone())).expect("all is there");
    assert_eq!(last(&desk).findings, Findings { complaint: "C-7".into(), ..whole });
    assert_eq!(desk.state.case(contact.case).map(|c| c.status), Some(Status::Pending), "not solved, says the agent");
    assert_eq!(desk.state.tasks().map(|t| t.owner).collect::<Vec<_>>(), [ANA]);
}

#[test]
fn impossible_trees_and_outcomes_are_refused_or_told() {
    let mut desk = Desk::new();
    let reason = |path: &str, label: &str| Reason {
        id: ReasonId(0),
        path: path.into(),
        label: label.into(),
        queues: vec![],
        active: true,
    };
    let put = |desk: &mut Desk, row: Row| {
        let now = desk.now;
        desk.give(Actor::Operator, Command::Put { row: Box::new(row) }).map(|_| ()).map_err(|r| r.sentence(now))
    };
    let no = put(&mut desk, reason("billing//late", "Late").into()).expect_err("an empty level");
    assert!(no.contains("level 2 of billing//late is empty"), "{no}");
    let no = put(&mut desk, reason("Billing/Roaming", "Roaming").into()).expect_err("taken");
    assert!(no.contains("there already as billing/roaming"), "{no}");
    let mut outcome = desk.state.outcome(OutcomeId(1)).cloned().expect("is there");
    outcome.needs = vec![Need::Owner];
    assert!(put(&mut desk, outcome.into()).expect_err("an owner of nothing").contains("demand follow-up too"));
    let mut queue = desk.state.queue(TECH).cloned().expect("is there");
    queue.skills.clear();
    queue.rules.wrap_up = WrapUpRules { mode: Mode::TimeBoxed, ..WrapUpRules::default() };
    queue.wrap_up_s = 0;
    assert!(put(&mut desk, queue.clone().into()).expect_err("no time").contains("time-boxed needs a time"));
    queue.wrap_up_s = 60;
    queue.rules.wrap_up = WrapUpRules { forced_ready: true, ..WrapUpRules::default() };
    assert!(put(&mut desk, queue.clone().into()).expect_err("no box").contains("time-boxed mode"));
    assert_eq!(lint::lints(&desk.state), [], "a sensible firm");

    queue.rules.wrap_up = WrapUpRules { follow_ups: false, ..WrapUpRules::default() };
    put(&mut desk, queue.into()).expect("stands");
    put(&mut desk, reason("billing", "Billing").into()).expect("stands");
    put(&mut desk, reason("a/b/c/d", "roaming").into()).expect("stands");
    let told: Vec<String> = lint::lints(&desk.state).into_iter().map(|(p, b)| format!("{p}: {b}")).collect();
    assert_eq!(
        told,
        [
            "reason billing/roaming: billing is a reason and also a level above it",
            "reason a/b/c/d: it is 4 levels deep; 3 are enough",
            "reason a/b/c/d: it reads the same as billing/roaming: roaming",
            "queue tech, outcome callback: needs a follow-up and the queue allows none; it is not offered there",
        ]
    );
    // What was told of is refused when it is tried.
    rules(&mut desk, Mode::Mandatory, false);
    let mut queue = desk.state.queue(BILLING).cloned().expect("is there");
    queue.rules.wrap_up.follow_ups = false;
    desk.state.load(queue.into());
    let (id, _) = ended(&mut desk);
    let promise = FollowUp { kind: TaskKind::Task, what: "x".into(), due: desk.now.plus(SECOND), owner: None };
    let command = wrap_up(&desk.get(id), 2, "n", Some(promise));
    assert!(desk.ask(BEN, command).expect_err("none").sentence(desk.now).contains("billing allows none"));
}

fn with_material<T>(desk: &Desk, id: InteractionId, then: impl FnOnce(&Material) -> T) -> T {
    let interaction = desk.get(id);
    let case = desk.state.case(interaction.case).cloned().expect("is there");
    let messages: Vec<Message> = desk.state.messages().filter(|m| m.case == case.id).cloned().collect();
    let legs: Vec<WrapUp> = desk.state.wrap_ups_of(case.id).cloned().collect();
    let promises: Vec<&Task> = desk.state.tasks().filter(|t| t.case == case.id && t.done.is_none()).collect();
    then(&Material {
        interaction: &interaction,
        case: &case,
        customer: None,
        messages: &messages,
        legs: &legs,
        promises: &promises,
        agent: &|a| desk.state.agent(a).map(|a| a.name.clone()).unwrap_or_default(),
        queue: &|q| desk.state.queue(q).map(|q| q.name.clone()).unwrap_or_default(),
        time: &|at: At| at.to_rfc3339(),
    })
}

#[test]
fn the_summary_says_what_the_rows_say() {
    let mut desk = Desk::new();
    let (id, _) = ended(&mut desk);
    let case = desk.get(id).case;
    for body in ["Looked it up.", "> I never left\u{1b}[31m the country"] {
        desk.ask(BEN, Command::AddNote { case, body: body.into(), from: vec![] }).expect("notes");
    }
    desk.ask(BEN, Command::SendReply { case, body: "Sorry.".into(), base: None, anyway: true, from: vec![], to: None })
        .expect("replies");
    let codes = Codes {
        reason: Some((ReasonId(1), "Billing › Roaming".into())),
        outcome: Some((OutcomeId(1), "Resolved".into())),
        verified: Some(Verified::Level1),
        promised: Some(("Refund".into(), At(1_800_003_600_000), ANA)),
    };
    with_material(&desk, id, |m| {
        let words = text(m, &codes);
        assert_eq!(
            words,
            "2027-01-15T08:00:00.000Z chat from Dana H. Verified level 1. Reason Billing › Roaming. Customer said: “I never left␛[31m the \
             country”. Done: 1 reply sent. Outcome Resolved. Promised Refund by 2027-01-15T09:00:00.000Z, owner ANA."
        );
        assert_eq!(words, text(m, &codes), "the same rows, the same bytes");
        for clause in clauses(m, &codes) {
            assert!(!clause.from.is_empty(), "{} comes from nowhere", clause.text);
            for row in clause.from {
                assert!(row.entity == Entity::Reason || desk.state.row(row).is_some(), "{row:?} is there");
            }
        }
    });
}

#[test]
fn a_card_goes_along_and_is_read() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let id = desk.open(Channel::Chat, BILLING, Some("Why is my bill\nso high?"));
    desk.settle();
    desk.accept(BEN, id);
    desk.ready(ANA);
    let note = with_material(&desk, id, |m| card::text(m, "check the tariff\n"));
    assert_eq!(
        note,
        "Situation: Roaming bill\nThey say: “Why is my bill so high?”\nBackground: Dana H.\nTried: nothing yet\nAsked: check the tariff"
    );
    assert_eq!((card::asked(&note), card::asked("just so")), ("check the tariff", "just so"));
    let epoch = desk.get(id).epoch;
    desk.ask(BEN, Command::Transfer { interaction: id, epoch, to: Target::Agent(ANA), note: note.clone() })
        .expect("goes");
    let card = desk.get(id).card.expect("a card");
    assert_eq!((card.by, card.read), (BEN, None));
    let message = desk.state.message(card.note).expect("its words");
    assert_eq!((message.kind, message.body.as_str()), (Kind::Note, note.as_str()));
    assert!(desk.ask(BEN, Command::ReadCard { interaction: id }).is_err(), "not for who wrote it");
    // Read before it connects, once.
    let events = desk.ask(ANA, Command::ReadCard { interaction: id }).expect("reads");
    assert!(matches!(events[..], [Event::CardRead { by: ANA, .. }]));
    assert!(desk.ask(ANA, Command::ReadCard { interaction: id }).expect("again").is_empty());
    desk.accept(ANA, id);
    assert_eq!(desk.get(id).card.and_then(|c| c.read).map(|(by, _)| by), Some(ANA));
}

#[test]
fn a_contact_that_went_through_hands_says_from_whom_to_whom_and_how_long_it_held() {
    let mut desk = Desk::new();
    desk.ready(BEN);
    let id = desk.open(Channel::Chat, BILLING, Some("Why so high?"));
    desk.settle();
    desk.accept(BEN, id);
    desk.ready(ANA);
    let epoch = desk.get(id).epoch;
    let hold = |desk: &mut Desk, seconds: i64| {
        desk.ask(BEN, Command::Hold { interaction: id, epoch }).expect("holds");
        desk.wait(seconds * SECOND);
        desk.ask(BEN, Command::Resume { interaction: id, epoch }).expect("resumes");
    };
    hold(&mut desk, 30);
    hold(&mut desk, 45);
    let facts = with_material(&desk, id, card::facts);
    assert!(facts.contains(&"Tried: on hold 1:15, 2 times".to_owned()), "{facts:?}");
    // Asking a colleague leaves a card like any hand-off, and it is read before they join.
    let note = with_material(&desk, id, |m| card::text(m, "is the tariff right?"));
    desk.ask(BEN, Command::Consult { interaction: id, epoch, with: ANA, note }).expect("asks");
    assert_eq!(desk.get(id).card.map(|c| (c.by, c.read)), Some((BEN, None)));
    desk.ask(ANA, Command::ReadCard { interaction: id }).expect("reads");
    desk.accept(ANA, id);
    desk.wait(60 * SECOND);
    desk.ask(BEN, Command::HandOver { interaction: id, epoch }).expect("hands over");
    let words = with_material(&desk, id, |m| text(m, &Codes::default()));
    assert_eq!(
        words,
        "2027-01-15T08:00:00.000Z chat from Dana H. Customer said: “Why so high?”. On hold 3 times, 2:15 together. \
         Handed over after a word by BEN in billing to ANA, because: “is the tariff right?”."
    );
    // An escalation takes its card along, too, and the reason stays with the case.
    let epoch = desk.get(id).epoch;
    let mut lead = desk.state.agent(BEN).cloned().expect("is there");
    lead.role = crate::domain::people::Role::Lead;
    desk.state.load(lead.into());
    let note = with_material(&desk, id, |m| card::text(m, "wants a refund"));
    let command = Command::Escalate { interaction: id, epoch, reason: "wants a refund".into(), card: note.clone() };
    desk.ask(ANA, command).expect("escalates");
    let left = desk.get(id).card.expect("a card");
    assert_eq!(desk.state.message(left.note).map(|m| m.body.clone()), Some(note));
    let case = desk.state.case(desk.get(id).case).expect("is there");
    assert_eq!(case.escalated.as_deref(), Some("wants a refund"));
    for clause in with_material(&desk, id, |m| clauses(m, &Codes::default())) {
        assert!(!clause.from.is_empty() && clause.from.iter().all(|row| desk.state.row(*row).is_some()), "{clause:?}");
    }
}
