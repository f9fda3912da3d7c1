//! Answers: to whom they go, and when.

use crate::domain::command::{Actor, Command, CustomerHint, WaitingReply};
use crate::domain::decide::tests::{ANA, BEN, BILLING, CYD, Desk, TECH};
use crate::domain::event::Event;
use crate::domain::ids::{CaseId, KeyId, MessageId, QueueId};
use crate::domain::mail::{Address, Correspondents, FARTHEST, MAX_ADDRESSES, MAX_WAITING, Recipients};
use crate::domain::refusal::Refusal;
use crate::domain::time::{HOUR, MINUTE};
use crate::domain::work::{Author, Channel, Message, Status};

fn at(address: &str) -> Address {
    Address { name: String::new(), address: address.into() }
}

fn list(addresses: &[&str]) -> Vec<Address> {
    addresses.iter().map(|a| at(a)).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "every use wants it so")]
fn to(to: &[&str], cc: &[&str], bcc: &[&str]) -> Option<Box<Recipients>> {
    Some(Box::new(Recipients { to: list(to), cc: list(cc), bcc: list(bcc) }))
}

/// A mail comes in, from Dana and with Bob in Cc.
fn mail(desk: &mut Desk, queue: QueueId, case: Option<CaseId>) -> CaseId {
    let (to, cc) = (list(&["dana@x.org"]), list(&["bob@x.org"]));
    let letter = Correspondents { ours: "support@y.org".into(), to, cc, ..Correspondents::default() };
    let command = Command::OpenInteraction {
        channel: Channel::Email,
        queue,
        hint: CustomerHint { email: Some("dana@x.org".into()), ..CustomerHint::default() },
        customer: None,
        case,
        menu: Vec::new(),
        priority: Default::default(),
        language: String::new(),
        subject: "Bill".into(),
        body: Some("Why?".into()),
        came: None,
        callback: Default::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: Some(Box::new(letter)),
    };
    let events = desk.give(Actor::Gateway(KeyId(0)), command).expect("comes in");
    let opened = events.iter().find_map(|e| match e {
        Event::InteractionOpened { case, interaction } => Some((case.id, interaction.id)),
        _ => None,
    });
    let (case, interaction) = opened.expect("an interaction");
    // Nobody need hold it for an answer to be written.
    desk.state
        .remove(crate::domain::row::RowKey { entity: crate::domain::row::Entity::Interaction, id: interaction.0 });
    case
}

fn newest(desk: &Desk, case: CaseId) -> Option<MessageId> {
    desk.state.case(case).and_then(|c| c.last_inbound)
}

fn reply(desk: &Desk, case: CaseId, to: Option<Box<Recipients>>) -> Command {
    Command::SendReply { case, body: "So.".into(), base: newest(desk, case), anyway: false, from: vec![], to }
}

fn later(desk: &Desk, case: CaseId, ms: i64, to: Option<Box<Recipients>>) -> Command {
    let (base, at, asked) = (newest(desk, case), desk.now.plus(ms), desk.now);
    Command::ScheduleReply { case, body: "Later.".into(), base, from: vec![], to, at, asked }
}

/// The answers that were sent, and to whom.
fn sent(desk: &Desk) -> Vec<(Message, Option<Recipients>)> {
    let answer = |e: &Event| match e {
        Event::MessageAdded { message, to } if matches!(message.author, Author::Agent(_)) => {
            Some((message.as_ref().clone(), to.as_deref().cloned()))
        }
        _ => None,
    };
    desk.log.iter().filter_map(answer).collect()
}

fn which(desk: &Desk, case: CaseId) -> WaitingReply {
    desk.state.scheduled_on(case).next().expect("one waits").which()
}

#[test]
fn an_answer_that_names_nobody_goes_to_those_of_the_newest_mail() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    desk.ask(ANA, reply(&desk, case, None)).expect("answers");
    let (message, goes) = sent(&desk).remove(0);
    assert_eq!(goes, to(&["dana@x.org"], &["bob@x.org"], &[]).map(|r| *r));
    assert_eq!(message.went, None);
}

#[test]
fn whom_an_answer_names_is_written_to_from_then_on_but_for_blind_copies() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    let named = to(&["dana@x.org"], &["lawyer@y.com"], &["me@z.org"]);
    desk.ask(ANA, reply(&desk, case, named.clone())).expect("answers");
    let (message, goes) = sent(&desk).remove(0);
    assert_eq!(goes, named.map(|r| *r));
    let shown = to(&["d•••@x.org"], &["l•••@y.com"], &["m•••@z.org"]);
    assert_eq!(message.went, shown);
    let row = desk.state.correspondents(case).expect("a row");
    assert_eq!(
        (row.ours.as_str(), row.recipients()),
        ("support@y.org", *to(&["dana@x.org"], &["lawyer@y.com"], &[]).expect("some"))
    );
    // The same again is as before; a mail from the customer says anew who writes.
    desk.ask(ANA, reply(&desk, case, to(&["DANA@x.org"], &["lawyer@y.com"], &[]))).expect("answers");
    assert_eq!(sent(&desk)[1].0.went, None);
    mail(&mut desk, BILLING, Some(case));
    assert_eq!(desk.state.correspondents(case).expect("a row").cc, list(&["bob@x.org"]));
}

#[test]
fn what_is_wrong_with_recipients_is_said() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    let many: Vec<String> = (0..=MAX_ADDRESSES).map(|n| format!("a{n}@x.org")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut named = Recipients { to: list(&["a@x.org"]), ..Recipients::default() };
    named.to[0].name = "A\u{1b}[31m".into();
    let wrong = [
        to(&[], &["a@x.org"], &[]),
        to(&many, &[], &[]),
        to(&["nobody"], &[], &[]),
        to(&["a@x.org"], &["A@x.org"], &[]),
        to(&["a@x.org"], &[], &["Support@y.org"]),
        Some(Box::new(named)),
    ];
    for wrong in wrong {
        let refused = desk.ask(ANA, reply(&desk, case, wrong.clone()));
        assert!(
            matches!(&refused, Err(Refusal::Invalid { field, .. }) if field == "recipients"),
            "{wrong:?} {refused:?}"
        );
    }
    assert!(desk.ask(ANA, reply(&desk, case, to(&many[1..], &[], &[]))).is_ok());
    // Elsewhere there are none, and who may not see addresses names none.
    let chat = desk.open(Channel::Chat, BILLING, Some("Hi"));
    let chat = desk.state.interaction(chat).expect("open").case;
    assert!(desk.ask(ANA, reply(&desk, chat, to(&["a@x.org"], &[], &[]))).is_err());
    let case = mail(&mut desk, TECH, None);
    let refused = desk.ask(CYD, reply(&desk, case, to(&["a@x.org"], &[], &[])));
    assert!(matches!(refused, Err(Refusal::NotAllowed { .. })), "{refused:?}");
    desk.ask(CYD, reply(&desk, case, None)).expect("to those it went to");
    assert!(sent(&desk).last().expect("one").1.is_some());
}

#[test]
fn an_answer_that_waits_goes_out_once_at_its_time_as_its_writers() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    let command = later(&desk, case, HOUR, to(&["dana@x.org"], &[], &["me@z.org"]));
    desk.ask(ANA, command.clone()).expect("waits");
    assert_eq!(desk.ask(ANA, command), Ok(Vec::new()), "the same again is the same one");
    desk.wait(HOUR - 1);
    desk.settle();
    assert!(sent(&desk).is_empty());
    desk.wait(1);
    desk.settle();
    let (message, goes) = sent(&desk).remove(0);
    assert_eq!((message.author, message.body.as_str(), message.at), (Author::Agent(ANA), "Later.", desk.now));
    assert_eq!(goes, to(&["dana@x.org"], &[], &["me@z.org"]).map(|r| *r));
    assert_eq!(desk.state.case(case).expect("there").status, Status::Pending);
    assert!(desk.state.scheduled_on(case).next().is_none());
    assert!(desk.state.correspondents(case).expect("a row").waiting.is_empty());
    desk.wait(HOUR);
    desk.settle();
    assert_eq!(sent(&desk).len(), 1);
}

#[test]
fn one_whose_customer_wrote_meanwhile_stands_until_somebody_says_what_now() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    desk.ask(ANA, later(&desk, case, HOUR, None)).expect("waits");
    desk.wait(MINUTE);
    mail(&mut desk, BILLING, Some(case));
    desk.wait(HOUR);
    desk.settle();
    let stopped = desk.state.scheduled_on(case).next().expect("still there").stopped;
    assert_eq!((stopped.map(|(m, _)| m), sent(&desk).len()), (newest(&desk, case), 0));
    let (one, now) = (which(&desk, case), desk.now);
    let again = |base| Command::MoveScheduled { which: one, at: now, base };
    assert!(matches!(desk.ask(ANA, again(None)), Err(Refusal::StaleReply { .. })));
    desk.ask(ANA, again(newest(&desk, case))).expect("sent anyway");
    desk.settle();
    assert_eq!(sent(&desk).len(), 1);
}

#[test]
fn one_is_taken_back_by_its_writer_as_long_as_it_waits() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    desk.ask(ANA, later(&desk, case, HOUR, None)).expect("waits");
    let which = which(&desk, case);
    assert!(desk.ask(BEN, Command::CancelScheduled { which }).is_err(), "another's");
    desk.ask(ANA, Command::CancelScheduled { which }).expect("taken back");
    assert!(desk.state.correspondents(case).expect("a row").waiting.is_empty());
    assert!(matches!(desk.ask(ANA, Command::CancelScheduled { which }), Err(Refusal::WrongPhase { .. })));
    desk.wait(HOUR);
    desk.settle();
    assert!(sent(&desk).is_empty());
}

#[test]
fn so_many_wait_and_no_longer_than_a_year_and_no_chat() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    assert!(desk.ask(ANA, later(&desk, case, FARTHEST + 1, None)).is_err());
    for _ in 0..MAX_WAITING {
        desk.wait(1);
        desk.ask(ANA, later(&desk, case, FARTHEST, None)).expect("waits");
    }
    desk.wait(1);
    assert!(desk.ask(ANA, later(&desk, case, HOUR, None)).is_err());
    let chat = desk.open(Channel::Chat, BILLING, Some("Hi"));
    let chat = desk.state.interaction(chat).expect("open").case;
    assert!(desk.ask(ANA, later(&desk, chat, HOUR, None)).is_err());
}

#[test]
fn whatever_becomes_of_the_case_it_is_sent() {
    // Merged: on the case that goes on, to those it named.
    let mut desk = Desk::new();
    let (case, into) = (mail(&mut desk, BILLING, None), mail(&mut desk, BILLING, None));
    desk.ask(ANA, later(&desk, case, HOUR, to(&["dana@x.org"], &[], &[]))).expect("waits");
    desk.ask(ANA, Command::MergeCases { case, into, reason: "one".into() }).expect("merges");
    desk.wait(HOUR);
    desk.settle();
    let (message, goes) = sent(&desk).remove(0);
    assert_eq!((message.case, goes), (into, to(&["dana@x.org"], &[], &[]).map(|r| *r)));
    assert!(desk.state.scheduled_on(case).next().is_none());

    // Solved, and given to somebody else: it stays solved.
    let case = mail(&mut desk, BILLING, None);
    desk.ask(ANA, later(&desk, case, HOUR, None)).expect("waits");
    desk.ask(ANA, Command::SetStatus { case, status: Status::Solved, from: Status::Open }).expect("solved");
    desk.ask(ANA, Command::Assign { case, agent: Some(ANA), from: None }).expect("assigned");
    desk.wait(HOUR);
    desk.settle();
    assert_eq!((sent(&desk).len(), desk.state.case(case).expect("there").status), (2, Status::Solved));
}

#[test]
fn a_case_that_was_split_off_is_answered_as_the_one_it_was_part_of() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    desk.ask(ANA, Command::AddNote { case, body: "another matter".into(), from: vec![] }).expect("noted");
    desk.ask(ANA, later(&desk, case, HOUR, None)).expect("waits");
    let note = desk.state.messages_of(case).last().expect("a note").id;
    let split = Command::SplitCase { case, messages: vec![note], subject: "Other".into() };
    desk.ask(ANA, split).expect("split");
    let new = desk.state.cases().find(|c| c.ties.split_from == Some(case)).expect("new").id;
    desk.ask(ANA, reply(&desk, new, None)).expect("answered");
    let (message, goes) = sent(&desk).pop().expect("an answer");
    assert_eq!((message.case, goes), (new, to(&["dana@x.org"], &["bob@x.org"], &[]).map(|r| *r)));
    assert!(desk.state.correspondents(new).expect("a row").waiting.is_empty(), "what waits there waits there");
    // Undone, nothing is left of it.
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    desk.ask(ANA, Command::AddNote { case, body: "another matter".into(), from: vec![] }).expect("noted");
    let note = desk.state.messages_of(case).last().expect("a note").id;
    let before = desk.state.correspondents(case).cloned();
    desk.ask(ANA, Command::SplitCase { case, messages: vec![note], subject: "Other".into() }).expect("split");
    let new = desk.state.cases().find(|c| c.ties.split_from == Some(case)).expect("new").id;
    desk.ask(ANA, Command::UndoSplit { case, messages: vec![note] }).expect("undone");
    assert_eq!((desk.state.correspondents(new), desk.state.correspondents(case).cloned()), (None, before));
}

#[test]
fn what_the_customer_writes_on_the_case_it_became_part_of_stops_it_however_late_it_was_fetched() {
    let mut desk = Desk::new();
    let (case, into) = (mail(&mut desk, BILLING, None), mail(&mut desk, BILLING, None));
    desk.ask(ANA, later(&desk, case, HOUR, to(&["dana@x.org"], &[], &[]))).expect("waits");
    desk.ask(ANA, Command::MergeCases { case, into, reason: "one".into() }).expect("merges");
    mail(&mut desk, BILLING, Some(into));
    // The post office had it before the answer was written.
    let newest = newest(&desk, into).expect("a mail");
    let mut message = desk.state.message(newest).expect("there").clone();
    message.at = crate::domain::time::At(0);
    desk.state.put(message);
    desk.wait(HOUR);
    desk.settle();
    assert!(sent(&desk).is_empty());
    let stopped = desk.state.scheduled_on(case).next().and_then(|s| s.stopped).expect("it stands");
    assert_eq!(stopped.0, newest);
}

#[test]
fn an_answer_that_waits_before_any_mail_says_who_writes_to_each_other() {
    let mut desk = Desk::new();
    let contact = desk.open(Channel::Email, BILLING, Some("Hi"));
    let case = desk.state.interaction(contact).expect("open").case;
    desk.state.remove(crate::domain::row::RowKey { entity: crate::domain::row::Entity::Interaction, id: contact.0 });
    desk.ask(ANA, later(&desk, case, HOUR, to(&["dana@x.org"], &[], &[]))).expect("waits");
    desk.ask(ANA, Command::CancelScheduled { which: which(&desk, case) }).expect("taken back");
    desk.ask(ANA, reply(&desk, case, None)).expect("answered");
    assert_eq!(sent(&desk).remove(0).1, to(&["dana@x.org"], &[], &[]).map(|r| *r));
}

#[test]
fn a_case_without_a_correspondence_goes_on_with_that_of_the_one_merged_into_it() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    let chat = desk.open(Channel::Chat, BILLING, Some("Hi"));
    let into = desk.state.interaction(chat).expect("open").case;
    desk.ask(ANA, Command::MergeCases { case, into, reason: "one".into() }).expect("merges");
    assert_eq!(desk.state.correspondents(into).expect("a row").to, list(&["dana@x.org"]));
}

#[test]
fn a_channel_cannot_bring_more_than_addresses() {
    let mut desk = Desk::new();
    let case = mail(&mut desk, BILLING, None);
    let bad = |to: Vec<Address>| Correspondents { ours: "support@y.org".into(), to, ..Correspondents::default() };
    for to in [list(&["no"]), list(&["support@y.org"]), vec![at("a@x.org"); MAX_ADDRESSES + 1]] {
        let refused = super::heard(
            &super::Context { state: &desk.state, actor: Actor::System, now: desk.now },
            case,
            Some(&bad(to)),
        );
        assert!(refused.is_err());
    }
    desk.wait(1);
}
