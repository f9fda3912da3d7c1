//! Wrapping up: two keys for the usual, more time, the summary, codes left out, promises by the customer's clock, cards.

use super::*;
use crate::app::panes::wrapup::{Part, face, form};
use crate::app::panes::{conversation, offer};
use crate::domain::command::Target;
use crate::domain::wrap_up::{Mode, Need, Resolved};

/// Ana has ended two contacts the same way.
fn habit(w: &mut World) {
    for _ in 0..2 {
        w.takes(Channel::Email, "Plan please");
        w.keys("wplan<enter>1<enter>");
    }
}

fn set_queue(w: &mut World, change: impl FnOnce(&mut crate::domain::work::Queue)) {
    let mut queue = w.truth.queue(BILLING).cloned().expect("is there");
    change(&mut queue);
    w.happen(Actor::Operator, &Command::Put { row: Box::new(queue.into()) }).expect("is set");
}

#[test]
fn two_keys_finish_the_usual_contact() {
    let mut w = World::new();
    habit(&mut w);
    let id = w.takes(Channel::Email, "One more");
    w.keys("w1");
    assert!(w.truth.interaction(id).is_none(), "{:?}", w.toasts());
    let codes: Vec<_> = w.truth.wrap_ups().map(|x| (x.reason, x.outcome)).collect();
    assert_eq!(codes, [(Some(ReasonId(3)), Some(OutcomeId(1))); 3]);
    // With someone on the line the question itself takes the digit.
    let id = w.takes(Channel::Voice, "Call");
    w.keys("w");
    assert_eq!(w.overlay(), "confirm");
    w.keys("9");
    assert_eq!(w.overlay(), "confirm", "a digit that stands for nothing does nothing");
    w.keys("1");
    assert!(w.truth.interaction(id).is_none(), "{:?}", w.toasts());
    assert_eq!(w.truth.wrap_ups().count(), 4);
}

#[test]
fn what_is_mandatory_stops_the_two_keys() {
    let mut w = World::new();
    habit(&mut w);
    let mut outcome = w.truth.outcome(OutcomeId(1)).cloned().expect("is there");
    outcome.needs = vec![Need::Resolved, Need::Complaint];
    w.happen(Actor::Operator, &Command::Put { row: Box::new(outcome.into()) }).expect("is set");
    let id = w.takes(Channel::Email, "One more");
    w.keys("w1");
    assert_eq!(form(&w.desk).map(|f| f.part), Some(Part::Resolved));
    w.keys("2");
    assert_eq!(form(&w.desk).map(|f| f.part), Some(Part::Complaint));
    w.keys("C-17<ctrl-s>");
    assert!(w.truth.interaction(id).is_none(), "{:?}", w.toasts());
    let found = w.truth.wrap_ups().last().map(|x| x.findings.clone()).expect("a leg");
    assert_eq!((found.resolved, found.complaint.as_str()), (Some(Resolved::No), "C-17"));
}

#[test]
fn more_time_and_a_summary() {
    let mut w = World::new();
    let id = w.takes(Channel::Email, "My bill is too high");
    w.keys("w<f7><enter><f7>slow<enter>");
    assert!(matches!(w.truth_of(id).phase, Phase::WrapUp { more: 2, .. }), "{:?}", w.truth_of(id).phase);
    w.keys("<f7><enter>");
    assert!(w.said("given twice"), "{:?}", w.toasts());
    w.keys("plan<enter>1<f5>");
    let note = w.draft(DraftField::WrapUp).to_owned();
    assert!(note.contains("e-mail from Dana Holt. Reason Plan › Change."), "{note}");
    assert!(note.contains("Customer said: “My bill is too high”.") && note.contains("Outcome Resolved."), "{note}");
    w.keys(" Edited.<ctrl-s>");
    assert!(w.truth.messages().any(|m| m.body == format!("{note} Edited.")), "{:?}", w.toasts());
}

#[test]
fn codes_may_be_left_out_where_the_queue_says_so() {
    let mut w = World::new();
    set_queue(&mut w, |q| q.rules.wrap_up.mode = Mode::Optional);
    let id = w.takes(Channel::Email, "Thanks");
    w.keys("w<enter>");
    assert!(w.truth.interaction(id).is_none(), "{:?}", w.toasts());
    assert_eq!(w.truth.wrap_ups().last().map(|x| (x.reason, x.incomplete)), Some((None, false)));
}

#[test]
fn a_time_that_is_over_takes_nothing_away() {
    let mut w = World::new();
    set_queue(&mut w, |q| {
        q.rules.wrap_up.mode = Mode::MandatoryTimeBoxed;
        q.rules.wrap_up.forced_ready = true;
    });
    let id = w.takes(Channel::Email, "Long story");
    w.keys("w<tab><tab><tab>half a sen");
    let (interaction, epoch) = (id, w.truth_of(id).epoch);
    w.now = w.now.plus(61 * SECOND);
    w.happen(Actor::System, &Command::ExpireWrapUp { interaction, epoch }).expect("its time is over");
    assert!(w.truth.interaction(id).is_none());
    assert_eq!(w.draft(DraftField::WrapUp), "half a sen");
    assert!(w.truth.wrap_ups().last().is_some_and(|x| x.incomplete));
}

#[test]
fn promises_are_made_by_the_customers_clock() {
    let mut w = World::new();
    let mut dana = w.truth.customer(DANA).cloned().expect("is there");
    dana.zone = "Asia/Tokyo".into();
    let contacts =
        Box::new(w.truth.contacts(DANA).cloned().unwrap_or_else(|| Contacts { id: DANA, ..Contacts::default() }));
    let command = Command::ImportCustomer { customer: Box::new(dana), contacts };
    w.happen(Actor::Operator, &command).expect("is set");
    w.takes(Channel::Email, "Call me");
    w.keys("w13tomorrow 9");
    let shown = face(&w.desk, form(&w.desk).expect("a form"), w.now);
    let due = shown.due.expect("a time");
    assert!(due.contains("09:00 in Tokyo, ") && due.contains(" here ("), "{due}");
    assert!(!shown.odd_hour);
    w.keys("<backspace>22");
    let shown = face(&w.desk, form(&w.desk).expect("a form"), w.now);
    assert!(shown.odd_hour && shown.due.is_ok_and(|d| d.contains("nobody is called then")));
    w.keys("<backspace><backspace>9<enter><enter>");
    let due = w.truth.tasks().next().expect("a promise").due;
    assert_eq!(crate::app::words::hour(due, "Asia/Tokyo"), "09:00");
}

#[test]
fn a_card_is_read_before_the_contact_is_taken() {
    let mut w = World::new();
    let id = w.comes(Channel::Email, BILLING, Some(DANA), "Where is it");
    w.happen(Actor::Agent(BEN), &Command::Pull { interaction: Some(id) }).expect("Ben takes it");
    let epoch = w.truth_of(id).epoch;
    let note = "Situation: Parcel\nTried: two depots\nAsked: a refund".to_owned();
    let to = Target::Agent(ANA);
    w.happen(Actor::Agent(BEN), &Command::Transfer { interaction: id, epoch, to, note }).expect("Ben hands it on");
    let pop = Pop { interaction: w.truth_of(id).clone(), customer: None, cases: Vec::new() };
    w.tell(Incoming::Offered(Box::new(pop)));
    let card = offer::band(&w.desk, w.now).and_then(|b| b.card).expect("a card in the offer");
    assert_eq!((card.0.as_str(), card.2.as_deref()), ("Ben Okafor", Some("v")));
    assert!(card.1.ends_with("Asked: a refund"), "{}", card.1);
    w.keys("v");
    assert_eq!(w.truth_of(id).card.and_then(|c| c.read).map(|(by, _)| by), Some(ANA), "{:?}", w.toasts());
    w.keys("<f2>");
    let head = conversation::head(&w.desk, w.now).expect("a head");
    assert_eq!(head.card.as_deref(), Some("card from Ben Okafor: read"));
}
