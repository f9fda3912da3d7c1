//! The contact in hand: take, hold, end, wrap up, hand on.

use super::*;
use crate::app::panes::wrapup::{Part, form};
use crate::app::screen::Pane;

#[test]
fn a_day_in_a_few_keys() {
    let mut w = World::new();
    let id = w.comes(Channel::Email, BILLING, Some(DANA), "My bill is too high");
    // Selected and previewed before anything is taken.
    assert_eq!(w.desk.queue.chosen, Some(queue::Row::Waiting(id)));
    assert_eq!(w.thread()[0].0, "My bill is too high");
    w.keys("<space>");
    assert_eq!(w.truth_of(id).owner, Some(ANA));
    assert_eq!(w.desk.focus, Pane::Conversation);
    w.keys("rWe look at it.<ctrl-s>");
    assert_eq!(w.thread().last().map(|t| t.0.as_str()), Some("We look at it."));
    assert_eq!(w.draft(DraftField::Reply), "");
    w.keys("<esc>w");
    assert_eq!(form(&w.desk).map(|f| f.part), Some(Part::Reason));
    // The menu path said roaming: it has the first digit. Two digits and Enter.
    w.keys("11<enter>");
    assert!(w.truth.interaction(id).is_none(), "{:?}", w.toasts());
    let wrap = w.truth.wrap_ups().next().expect("a wrap-up");
    assert_eq!((wrap.reason, wrap.outcome), (Some(ReasonId(2)), Some(OutcomeId(1))));
    assert!(w.desk.forms.is_empty() && w.drafts.is_empty() && w.outbox.is_empty());
    assert_eq!(w.desk.focus, Pane::Queue);
}

#[test]
fn hold_and_end_ask_only_where_someone_would_be_cut_off() {
    let mut w = World::new();
    let id = w.takes(Channel::Voice, "Call");
    w.keys("h");
    assert!(matches!(w.truth_of(id).phase, Phase::OnHold { .. }));
    w.keys("<f3>");
    assert_eq!(w.truth_of(id).phase, Phase::Connected);
    w.keys("x");
    assert_eq!(w.overlay(), "confirm");
    w.keys("<enter>");
    assert_eq!(w.overlay(), "confirm", "Enter alone never says yes");
    w.keys("<esc>");
    assert_eq!(w.truth_of(id).phase, Phase::Connected);
    w.keys("xx");
    assert!(matches!(w.truth_of(id).phase, Phase::WrapUp { .. }));
    assert_eq!(w.desk.focus, Pane::WrapUp);
}

#[test]
fn f8_ends_at_once_also_from_the_middle_of_a_note() {
    let mut w = World::new();
    let id = w.takes(Channel::Voice, "Call");
    w.keys("nrang about the bill<f8>");
    assert!(matches!(w.truth_of(id).phase, Phase::WrapUp { .. }));
    // What was noted during the call is the wrap-up's note now.
    assert_eq!(w.draft(DraftField::WrapUp), "rang about the bill");
    assert_eq!(w.draft(DraftField::Note), "");
    w.keys("bill<enter>1<ctrl-s>");
    assert!(w.truth.messages().any(|m| m.body == "rang about the bill" && m.kind == Kind::Note));
}

#[test]
fn wrap_up_shows_what_is_missing_and_finishes_when_nothing_is() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    w.keys("w");
    w.keys("<ctrl-s>");
    assert!(form(&w.desk).is_some_and(|f| f.problem.contains("why they came")));
    w.keys("amo");
    let found = &form(&w.desk).expect("a form").choices;
    assert_eq!(found[0].label, "Billing › Amount");
    w.keys("<enter>");
    // Goodwill needs a note: the form goes there.
    w.keys("2");
    assert_eq!(form(&w.desk).map(|f| f.part), Some(Part::Note));
    w.keys("Ten euros back.<ctrl-s>");
    assert!(w.truth.interaction(id).is_none());
    assert_eq!(
        w.truth.cases().find(|c| c.id == w.truth.wrap_ups().next().expect("one").case).map(|c| c.status),
        Some(Status::Solved)
    );
}

#[test]
fn a_promise_reads_times_in_words_and_shows_them() {
    let mut w = World::new();
    w.takes(Channel::Email, "Call me");
    w.keys("w13");
    assert_eq!(form(&w.desk).map(|f| f.part), Some(Part::When), "what is filled in from the subject");
    w.keys("tomorrow 9:x");
    let face = |w: &World| crate::app::panes::wrapup::face(&w.desk, form(&w.desk).expect("a form"), w.now);
    assert!(face(&w).due.is_err());
    w.keys("<backspace>00");
    let due = face(&w).due.expect("a time");
    assert!(due.contains("09:00") && due.contains("(in "), "{due}");
    w.keys("<enter><enter>");
    let task = w.truth.tasks().next().expect("a promise");
    assert_eq!((task.kind, task.owner), (TaskKind::Callback, ANA));
    assert!(w.desk.queue.rows.iter().any(|r| matches!(r, queue::Row::Promise(_))));
    w.desk.queue.chosen = None;
    w.keys("1Gc");
    assert!(w.truth.tasks().next().expect("it").done.is_some(), "{:?}", w.toasts());
}

#[test]
fn transfer_and_escalate_carry_the_note() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "No signal");
    w.keys("ttechn<enter>");
    assert_eq!(w.overlay(), "prompt");
    w.keys("Router swapped twice.<ctrl-s>");
    assert_eq!(w.truth_of(id).queue, TECHNICAL);
    let card = w.truth_of(id).card.expect("a card goes along");
    let body = w.truth.message(card.note).map(|m| m.body.clone()).unwrap_or_default();
    assert!(body.starts_with("Situation: ") && body.ends_with("Asked: Router swapped twice."), "{body}");
    assert!(w.drafts.is_empty(), "{:?}", w.drafts);

    let id = w.takes(Channel::Email, "A complaint");
    w.keys("e<ctrl-s>");
    assert_eq!(w.overlay(), "prompt", "an escalation needs a reason");
    w.keys("Threatens to sue.<ctrl-s>");
    assert_eq!(w.truth_of(id).min_role, Role::Senior);
}

#[test]
fn the_reason_used_most_gets_the_first_digit() {
    let mut w = World::new();
    for _ in 0..2 {
        let _ = w.takes(Channel::Email, "Plan please");
        w.keys("wplan<enter>1<enter>");
    }
    w.takes(Channel::Email, "Something");
    w.keys("w");
    let labels: Vec<_> = form(&w.desk).expect("a form").choices.iter().map(|c| c.label.clone()).collect();
    assert_eq!(labels[..2], ["Plan › Change, resolved", "Plan › Change"], "both codes at once, then the reason alone");
    assert_eq!(w.truth.wrap_ups().filter(|x| x.reason == Some(ReasonId(3))).count(), 2);
}

#[test]
fn presence_is_armed_during_a_contact_and_undone() {
    let mut w = World::new();
    w.takes(Channel::Voice, "Call");
    w.keys("bmeal<enter>");
    let armed = |w: &World| w.truth.presence(ANA).and_then(|p| p.next);
    assert_eq!(armed(&w), Some(Presence::Break(BreakId(1))));
    assert_eq!(crate::app::status::status(&w.desk, w.now).armed.as_deref(), Some("then Meal"));
    w.keys("u");
    assert_eq!(armed(&w), None);
    w.keys("<f9>");
    assert_eq!(armed(&w), Some(Presence::Away));
}

#[test]
fn case_fields_change_and_undo() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "Hello");
    let case = w.truth_of(id).case;
    let truth = |w: &World| w.truth.case(case).expect("the case").clone();
    w.keys("purg<enter>");
    assert_eq!(truth(&w).priority, Priority::Urgent);
    w.keys("u");
    assert_eq!(truth(&w).priority, Priority::Normal);
    w.keys("#New thing<enter>");
    assert_eq!(truth(&w).tags, ["new-thing"]);
    w.keys("#new<enter>");
    assert!(truth(&w).tags.is_empty());
    w.keys("z2h<enter>");
    assert_eq!(truth(&w).snoozed_until, Some(w.now.plus(2 * 3600 * SECOND)));
    w.keys("u");
    assert_eq!(truth(&w).snoozed_until, None);
    w.keys("Spend<enter>");
    assert_eq!(truth(&w).status, Status::Pending);
    w.keys("@nobody<enter>");
    assert_eq!(truth(&w).assignee, None, "{:?}", w.toasts());
    w.keys("A");
    assert_eq!(truth(&w).assignee, Some(ANA));
    w.keys("y");
    assert!(w.other.contains(&Effect::Copy(format!("#{case}"))));
}

#[test]
fn a_second_contact_does_not_tear_the_agent_away() {
    let mut w = World::new();
    let first = w.takes(Channel::Chat, "One");
    w.keys("rhalf a sen");
    let second = w.comes(Channel::Chat, BILLING, None, "Two");
    w.happen(Actor::Agent(ANA), &Command::Pull { interaction: Some(second) }).expect("taken on another desk of hers");
    assert_eq!(w.desk.conversation.case, Some(w.truth_of(first).case));
    w.keys("tence");
    assert_eq!(w.draft(DraftField::Reply), "half a sentence");
    w.keys("<f6>");
    assert_eq!(w.desk.conversation.case, Some(w.truth_of(second).case));
    assert_eq!(w.draft(DraftField::Reply), "");
    w.keys("<f6>");
    assert_eq!(w.draft(DraftField::Reply), "half a sentence");
}

#[test]
fn quitting_asks_only_with_someone_on_the_line() {
    let mut w = World::new();
    w.keys("q");
    assert!(w.other.contains(&Effect::Quit));
    let mut w = World::new();
    w.takes(Channel::Voice, "Call");
    w.keys("q");
    assert_eq!(w.overlay(), "confirm");
    assert!(!w.other.contains(&Effect::Quit));
    w.keys("q");
    assert!(w.other.contains(&Effect::Quit));
}
