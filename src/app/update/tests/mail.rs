//! Answers by e-mail: to whom they go, and those that wait for their time.

use super::*;
use crate::app::overlays::later;
use crate::app::panes::recipients;
use crate::domain::mail::{Address, Correspondents};
use crate::domain::time::HOUR;

fn list(all: &[&str]) -> Vec<Address> {
    all.iter().map(|a| Address { name: String::new(), address: (*a).into() }).collect()
}

/// The customer writes a mail, with Bob in Cc.
fn writes(w: &mut World, id: InteractionId, words: &str) {
    let (to, cc) = (list(&["dana@x.org"]), list(&["bob@x.org"]));
    let letter = Correspondents { ours: "support@y.org".into(), to, cc, ..Correspondents::default() };
    let (body, letter) = (words.to_owned(), Some(Box::new(letter)));
    let command = Command::AppendMessage { interaction: id, body, files: Vec::new(), letter };
    w.happen(Actor::Gateway(KeyId(1)), &command).expect("the customer is there");
}

fn mail(w: &mut World) -> (InteractionId, CaseId) {
    let id = w.takes(Channel::Email, "My bill");
    writes(w, id, "It is too high.");
    (id, w.truth_of(id).case)
}

fn line(w: &World) -> String {
    let line = recipients::line(&w.desk, 80).unwrap_or_default();
    line.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join(" · ")
}

/// Everything the server's timers say.
fn timers(w: &mut World) {
    for command in crate::domain::routing::due(&w.truth, w.now) {
        if matches!(command, Command::SendScheduled { .. }) {
            w.happen(Actor::System, &command).expect("timers are right");
        }
    }
}

fn answers(w: &World) -> Vec<String> {
    let mine = w.truth.messages().filter(|m| matches!(m.author, Author::Agent(_)) && m.kind == Kind::Message);
    mine.map(|m| m.body.clone()).collect()
}

#[test]
fn whom_the_reply_goes_to_is_seen_changed_kept_and_sent() {
    let mut w = World::new();
    let (_, case) = mail(&mut w);
    w.keys("r");
    assert_eq!(line(&w), "to dana@x.org · cc bob@x.org");
    // Somebody typed is added; Bob is moved on to Bcc, and out.
    w.keys("<ctrl-x>rlawyer@y.com<enter>");
    assert_eq!(line(&w), "to dana@x.org · + cc lawyer@y.com · cc bob@x.org", "{:?}", w.desk.top());
    w.keys("bob@<enter><enter>");
    assert_eq!(line(&w), "to dana@x.org · + cc lawyer@y.com · - cc bob@x.org");
    w.keys("<esc>So be it");
    // It is as safe as the words, and stays with its case.
    w.restart();
    w.tell(Incoming::Answer(w.answer(Query::Thread(case))));
    w.desk.conversation.case = None;
    let mut desk = super::super::Desk { m: &mut w.desk, now: w.now, out: Vec::new(), touched: true };
    desk.open_case(case);
    let thread = w.answer(Query::Thread(case));
    w.tell(Incoming::Answer(thread));
    assert_eq!(line(&w), "to dana@x.org · + cc lawyer@y.com · - cc bob@x.org");
    w.keys("r<ctrl-s>");
    let row = w.truth.correspondents(case).expect("a row");
    assert_eq!((row.to.clone(), row.cc.clone()), (list(&["dana@x.org"]), list(&["lawyer@y.com"])));
    let sent = w.truth.messages().find(|m| m.body == "So be it").expect("sent");
    assert_eq!(sent.went.as_ref().map(|to| to.cc[0].address.clone()), Some("l•••@y.com".into()));
    w.keys("r");
    assert_eq!(line(&w), "to dana@x.org · cc lawyer@y.com", "from here on that is as before");
}

#[test]
fn as_before_takes_every_change_back_and_nobody_is_refused() {
    let mut w = World::new();
    let (_, case) = mail(&mut w);
    w.keys("rHello<ctrl-x>r");
    // Dana: cc, bcc, not at all.
    w.keys("<enter><enter><enter>");
    w.keys("<esc><ctrl-s>");
    assert!(w.said("nobody is under To"), "{:?}", w.toasts());
    w.keys("<ctrl-x>rbefore<enter><esc>");
    assert_eq!(line(&w), "to dana@x.org · cc bob@x.org");
    w.keys("<ctrl-s>");
    assert_eq!((answers(&w), w.truth.correspondents(case).expect("a row").cc.len()), (vec!["Hello".into()], 1));
}

#[test]
fn a_chat_has_no_recipients_and_no_later() {
    let mut w = World::new();
    w.takes(Channel::Chat, "Hi");
    w.keys("rHello<ctrl-x>r");
    assert_eq!((w.overlay(), line(&w)), ("", String::new()));
    w.keys("<ctrl-x>l");
    assert!(w.overlay().is_empty() && w.said("Only an answer by e-mail"), "{:?}", w.toasts());
}

#[test]
fn a_reply_waits_for_its_time_is_shown_and_goes_out() {
    let mut w = World::new();
    let (_, case) = mail(&mut w);
    w.keys("rIn two hours<ctrl-x>l2h<enter>");
    assert!(answers(&w).is_empty() && w.draft(DraftField::Reply).is_empty(), "{:?}", w.toasts());
    let (body, standing) = w.thread().pop().expect("it is shown");
    let conversation::Standing::Later(words) = standing else { panic!("{standing:?}") };
    assert!(body == "In two hours" && words.starts_with("goes out"), "{words}");
    w.wait(2 * HOUR);
    timers(&mut w);
    timers(&mut w);
    assert_eq!(answers(&w), ["In two hours"]);
    assert!(later::waiting(&w.desk, case).is_empty());
}

#[test]
fn undo_takes_a_reply_that_waits_back_into_the_field_with_its_recipients() {
    let mut w = World::new();
    mail(&mut w);
    w.keys("rLater<ctrl-x>rzoe@z.org<enter><esc><ctrl-x>l2h<enter><esc>");
    assert_eq!(w.truth.entity(Entity::Scheduled).count(), 1);
    w.keys("u");
    assert_eq!(
        (w.truth.entity(Entity::Scheduled).count(), w.draft(DraftField::Reply)),
        (0, "Later"),
        "{:?}",
        w.toasts()
    );
    assert_eq!(line(&w), "to dana@x.org · + cc zoe@z.org · cc bob@x.org");
    // Below what was written meanwhile.
    w.keys("r<ctrl-x>l2h<enter>");
    w.keys("rNow this<esc><esc>gz");
    assert_eq!(w.overlay(), "chooser", "{:?}", w.toasts());
    w.keys("<enter>");
    assert_eq!(w.draft(DraftField::Reply), "Now this\n\nLater");
}

#[test]
fn taken_back_before_the_server_heard_of_it_it_was_never_there() {
    let mut w = World::new();
    let (_, case) = mail(&mut w);
    w.link(false);
    w.keys("rLater<ctrl-x>l2h<enter><esc>");
    assert_eq!(later::waiting(&w.desk, case).len(), 1, "{:?}", w.toasts());
    w.keys("u");
    w.link(true);
    assert_eq!((w.truth.entity(Entity::Scheduled).count(), w.draft(DraftField::Reply)), (0, "Later"));
}

#[test]
fn taken_back_too_late_its_words_are_not_written_twice() {
    let mut w = World::new();
    mail(&mut w);
    w.keys("rLater<ctrl-x>l2h<enter><esc>");
    w.wait(2 * HOUR);
    // It goes out, and this desk has not heard so.
    w.linked = false;
    timers(&mut w);
    w.type_only("u");
    w.link(true);
    assert_eq!((answers(&w), w.draft(DraftField::Reply)), (vec!["Later".to_owned()], ""), "{:?}", w.toasts());
    assert!(w.said("it was sent already"), "{:?}", w.toasts());
}

#[test]
fn one_that_was_stopped_is_told_and_sent_anyway() {
    let mut w = World::new();
    let (id, case) = mail(&mut w);
    w.keys("rLater<ctrl-x>l2h<enter><esc>");
    writes(&mut w, id, "Never mind.");
    w.wait(2 * HOUR);
    timers(&mut w);
    assert!(w.said("was not sent: the customer wrote again"), "{:?}", w.toasts());
    let (_, standing) = w.thread().pop().expect("it is shown");
    assert!(matches!(&standing, conversation::Standing::Later(words) if words.starts_with("not sent")), "{standing:?}");
    w.keys("gz<down><down><enter>");
    timers(&mut w);
    assert_eq!((answers(&w), later::waiting(&w.desk, case).len()), (vec!["Later".into()], 0), "{:?}", w.toasts());
}

#[test]
fn the_stale_guard_holds_for_one_that_waits_as_for_one_that_is_sent() {
    let mut w = World::new();
    let (id, _) = mail(&mut w);
    w.keys("rLater");
    writes(&mut w, id, "Never mind.");
    w.keys("<ctrl-x>l2h<enter>");
    assert_eq!(w.overlay(), "stale", "{:?}", w.toasts());
    w.keys("<ctrl-s>");
    assert_eq!(w.truth.entity(Entity::Scheduled).count(), 1, "{:?}", w.toasts());
}

#[test]
fn who_may_not_see_addresses_is_told_that_it_goes_to_the_same_people() {
    let mut w = World::new();
    w.takes(Channel::Email, "My bill");
    let row = Agent { role: Role::Trainee, ..w.truth.agent(ANA).expect("there").clone() };
    w.happen(Actor::Operator, &Command::Put { row: Box::new(row.into()) }).expect("put");
    w.keys("r");
    assert_eq!(line(&w), "to those the last mail went to");
    w.keys("Hello<ctrl-x>r");
    assert!(w.overlay().is_empty() && w.said("does not allow you to"), "{:?}", w.toasts());
}
