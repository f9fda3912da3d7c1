//! Replies that are held a few seconds, and commands taken back in time or too late; no word is ever lost on the way.

use super::*;

const HELD_MS: i64 = 5_000;

fn held(w: &mut World) -> CaseId {
    w.desk.settings.hold_ms = HELD_MS;
    let id = w.takes(Channel::Email, "My bill is too high");
    w.truth_of(id).case
}

fn said(w: &World, words: &str) -> bool {
    w.truth.messages().any(|m| m.body == words)
}

/// Everything held leaves.
fn time_passes(w: &mut World) {
    w.wait(HELD_MS);
    for n in w.held.iter().map(|h| h.0).collect::<Vec<_>>() {
        w.release(n);
    }
    w.deliver();
}

#[test]
fn a_reply_is_held_counted_down_and_taken_back() {
    let mut w = World::new();
    held(&mut w);
    w.keys("rToo soon<ctrl-s>");
    let standing = |w: &World| w.thread().last().map(|(_, standing)| standing.clone());
    assert_eq!(standing(&w), Some(conversation::Standing::Held(5, "u".into())));
    assert!(w.wire.is_empty(), "the server has not heard of it");
    w.wait(1_500);
    assert_eq!(standing(&w), Some(conversation::Standing::Held(4, "u".into())), "begun seconds count");
    assert!(super::super::super::status::next_wake(&w.desk, w.now).is_some_and(|at| at.since(w.now) <= 500));
    w.keys("<f7>");
    assert!(w.outbox.is_empty() && w.said("It was not sent."), "{:?}", w.toasts());
    assert_eq!(w.draft(DraftField::Reply), "Too soon");
    w.keys("er<ctrl-s>");
    time_passes(&mut w);
    assert!(said(&w, "Too sooner") && !said(&w, "Too soon"));
    w.keys("<f7>");
    assert!(w.said("This cannot be taken back: reply"), "{:?}", w.toasts());
}

#[test]
fn a_live_chat_is_held_only_if_the_agent_wants_it_so() {
    let mut w = World::new();
    w.desk.settings.hold_ms = HELD_MS;
    w.takes(Channel::Chat, "Hi");
    w.keys("rHello<ctrl-s>");
    assert!(said(&w, "Hello"));
    w.desk.settings.hold_chat_ms = 1_000;
    w.keys("Again<ctrl-s>");
    assert!(!said(&w, "Again") && w.held.len() == 1);
}

#[test]
fn what_is_done_next_on_the_case_waits_with_the_reply_and_ending_the_contact_sends_it_first() {
    let mut w = World::new();
    let case = held(&mut w);
    w.keys("rThis first<ctrl-s><esc>");
    w.keys("#vip<enter><ctrl-s>");
    assert_eq!(w.held.len(), 2, "{:?}", w.toasts());
    assert!(w.truth.case(case).expect("there").tags.is_empty(), "the tag waits with the reply");
    // Ending the contact hands the case on to the figures and to others: all of it goes now, in order.
    w.keys("xx");
    w.deliver();
    assert!(w.held.is_empty() && said(&w, "This first"), "{:?}", w.toasts());
    assert_eq!(w.truth.case(case).expect("there").tags, ["vip"]);
    assert!(w.truth.interactions().any(|i| matches!(i.phase, Phase::WrapUp { .. })));
}

#[test]
fn what_was_sent_already_stands_and_the_agent_is_told() {
    let mut w = World::new();
    held(&mut w);
    w.desk.settings.hold_ms = 0;
    w.link(false);
    w.too_late = true;
    w.keys("rIt is done<ctrl-s><f7>");
    assert!(w.said("This cannot be taken back: reply") && w.said("It was sent already."), "{:?}", w.toasts());
    assert_eq!(w.draft(DraftField::Reply), "", "its words are not given back");
    assert_eq!(w.thread().last().map(|(body, _)| body.clone()), Some("It is done".into()), "it stands as before");
    assert_eq!(w.desk.mirror.pending.iter().filter(|p| p.is_open()).count(), 1);
    // What has an opposite is taken back by that.
    w.keys("<esc>ph<enter>");
    w.keys("u");
    assert!(w.said("Taken back: priority"), "{:?}", w.toasts());
    w.link(true);
    assert!(said(&w, "It is done"));
    assert!(w.truth.cases().all(|c| c.priority == Priority::Normal));
}

#[test]
fn words_taken_back_survive_a_desk_that_dies_before_they_are_a_draft() {
    let mut w = World::new();
    held(&mut w);
    w.keys("rNot so fast<ctrl-s>");
    w.dying = true;
    w.keys("<f7>");
    assert_eq!(w.draft(DraftField::Reply), "");
    w.dying = false;
    w.restart();
    assert_eq!(w.draft(DraftField::Reply), "Not so fast");
    assert!(w.outbox.is_empty(), "the draft has them now");
}

#[test]
fn words_refused_survive_a_desk_that_dies_before_they_are_a_draft() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hi");
    let case = w.truth_of(id).case;
    let command = Command::AddNote { case, body: "Refused words".into(), from: vec![] };
    let state = OutboxState::Refused(crate::domain::Refusal::gone("case"));
    w.outbox.push(OutboxItem { n: 900, at: w.now, command, state, returned: false });
    w.restart();
    assert_eq!(w.draft(DraftField::Note), "Refused words");
    assert!(w.outbox[0].returned);
    // The next note makes the refused one pointless; its words are in that note.
    w.desk.conversation.case = Some(case);
    w.keys("n<ctrl-s>");
    assert!(said(&w, "Refused words") && w.outbox.is_empty(), "{:?}", w.toasts());
}
