//! What time alone changes, and when the desk wakes for it.

use super::*;
use crate::app::next_wake;
use crate::app::status::{LinkMark, status};
use crate::app::toast::Tone;
use crate::domain::time::MINUTE;

/// Wake-ups in ten minutes.
fn wakes(w: &mut World, ms: i64) -> usize {
    let end = w.now.plus(ms);
    let mut n = 0;
    while let Some(at) = next_wake(&w.desk, w.now).filter(|at| *at < end) {
        assert!(at > w.now);
        w.now = at;
        w.feed(Msg::Tick);
        n += 1;
    }
    w.now = end;
    n
}

#[test]
fn a_calm_desk_sleeps() {
    let mut w = World::new();
    w.wait(10 * SECOND);
    assert!(wakes(&mut w, 10 * MINUTE) <= 20, "the clock of the status line, and the presence");
    for n in 0..14 {
        w.now = w.now.plus(3_700);
        w.comes(Channel::Email, BILLING, None, &format!("m{n}"));
    }
    w.wait(MINUTE);
    assert!(wakes(&mut w, 10 * MINUTE) <= 120, "waiting times come up together");
}

#[test]
fn a_call_clock_ticks_each_second_and_no_more() {
    let mut w = World::new();
    w.takes(Channel::Voice, "Call");
    w.wait(20 * SECOND);
    let n = wakes(&mut w, MINUTE);
    assert!((59..=64).contains(&n), "{n}");
}

#[test]
fn an_email_in_hand_does_not_tick() {
    let mut w = World::new();
    w.takes(Channel::Email, "Hello");
    w.wait(20 * SECOND);
    assert!(wakes(&mut w, MINUTE) <= 5);
}

#[test]
fn an_offer_counts_down() {
    let mut w = World::new();
    let id = w.comes(Channel::Voice, BILLING, None, "Hi");
    w.offer(id, ANA);
    let n = wakes(&mut w, 14 * SECOND);
    assert!((13..=16).contains(&n), "{n}");
}

#[test]
fn the_link_never_lies() {
    let mut w = World::new();
    assert_eq!(status(&w.desk, w.now).link, "live 40 ms · all sent");
    let seen = w.now;
    let lost = LinkStatus {
        state: LinkState::Lost,
        seen_at: Some(seen),
        history_at: None,
        retry_at: Some(w.now.plus(4 * SECOND)),
        ..LinkStatus::default()
    };
    w.tell(Incoming::Link(lost));
    let s = status(&w.desk, w.now);
    assert_eq!(s.link_mark, LinkMark::Bad);
    assert!(s.link.starts_with("lost, trying in 4 s · all sent · as of 16:06"), "{}", s.link);
    assert!(w.said("Go on working"));
    w.now = w.now.plus(1_000);
    assert!(status(&w.desk, w.now).link.contains("in 3 s"));
}

#[test]
fn a_round_trip_that_wobbles_draws_nothing() {
    let mut w = World::new();
    let before = w.desk.revision;
    for rtt in [38, 41, 44, 39] {
        w.tell(Incoming::Link(LinkStatus { state: LinkState::Live, rtt_ms: Some(rtt), ..LinkStatus::default() }));
    }
    assert_eq!(w.desk.revision, before);
    let (seen_seq, deep_seq) = (99, 99);
    let deep = vec![RowKey { entity: Entity::Message, id: 12345 }];
    w.tell(Incoming::Changed { put: vec![], gone: vec![], deep, seen_seq, deep_seq });
    assert_eq!(w.desk.revision, before, "rows nobody shows draw nothing");
}

#[test]
fn server_time_counts_not_this_machines() {
    let mut w = World::new();
    w.comes(Channel::Email, BILLING, None, "Hi");
    w.desk.link.offset_ms = 5 * MINUTE;
    assert_eq!(status(&w.desk, w.now).oldest.as_deref(), Some("5m"));
}

#[test]
fn toasts_go_and_never_pile_up() {
    let mut w = World::new();
    for n in 0..5 {
        w.tell(Incoming::Trouble(format!("trouble {n}")));
    }
    assert_eq!(w.toasts(), ["trouble 2", "trouble 3", "trouble 4"]);
    w.wait(8 * SECOND);
    assert!(w.toasts().is_empty());
}

#[test]
fn a_refusal_is_told_from_what_is_done_and_goes_with_the_next_key_that_acts() {
    let mut w = World::new();
    w.keys("c");
    let tone = |w: &World| w.desk.toasts.last().map(|t| t.tone);
    assert!(w.said("Select a promise") && tone(&w) == Some(Tone::Warn), "{:?}", w.toasts());
    // Pressed at once, the next key was not an answer to it; later it is.
    w.keys("j");
    assert_eq!(w.toasts().len(), 1);
    w.wait(2 * SECOND);
    w.keys("j");
    assert!(w.toasts().is_empty());
    w.takes(Channel::Email, "Hi");
    w.keys("y");
    assert!(w.said("Copied") && tone(&w) == Some(Tone::Done), "{:?}", w.toasts());
    // Typing is no act: the words stay until they are read.
    w.keys("r");
    w.tell(Incoming::Trouble("The disk is nearly full.".into()));
    w.wait(2 * SECOND);
    w.keys("hello");
    assert!(w.said("nearly full"));
    w.wait(4 * SECOND);
    assert!(!w.said("nearly full"));
}

#[test]
fn what_is_taken_back_while_it_is_stored_is_taken_back_when_it_is() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hi");
    let case = w.truth_of(id).case;
    w.link(false);
    w.slow = Some(Vec::new());
    w.keys("nCall them back<ctrl-s><esc>u");
    assert!(!w.said("Taken back"), "{:?}", w.toasts());
    let held = w.slow.take().expect("held");
    for (token, n) in held {
        w.tell(Incoming::Queued { token, n, held: None });
    }
    assert!(w.said("Taken back: note on case") && w.said("It was not sent"), "{:?}", w.toasts());
    assert_eq!(w.draft(DraftField::Note), "Call them back");
    w.link(true);
    assert!(w.truth.messages().all(|m| m.case != case || m.body != "Call them back"));
}

#[test]
fn others_are_told_what_is_open_here_and_who_writes() {
    let mut w = World::new();
    let id = w.takes(Channel::Chat, "Hi");
    let case = w.truth_of(id).case;
    w.other.clear();
    w.keys("rx");
    assert!(w.other.contains(&Effect::Look { case: Some(case), writing: true }), "{:?}", w.other);
    w.keys("<esc>");
    assert!(w.other.contains(&Effect::Look { case: Some(case), writing: false }));
    w.tell(Incoming::Looks { case, who: vec![(BEN, true), (ANA, false)], customer: None });
    let head = conversation::head(&w.desk, w.now).expect("open");
    assert_eq!(head.others, ["Ben Okafor is writing here"]);
}
