//! Calling hours: a callback is offered, taken and promised only when the customer may be called.

use super::*;
use crate::domain::calendar::wall::Zone;
use crate::domain::command::{CallbackWish, CustomerHint};
use crate::domain::ids::KeyId;
use crate::domain::refusal::Refusal;
use crate::domain::routing::calling::{may_call, next_call};
use crate::domain::routing::trace::{offers_callback, why};
use crate::domain::time::{DAY, HOUR, MINUTE};
use crate::domain::work::Kind;

const GATEWAY: Actor = Actor::Gateway(KeyId(1));

fn at(text: &str) -> At {
    At::from_rfc3339(text).expect("a valid instant")
}

/// Someone asks on a web page to be called.
fn asks(desk: &mut Desk, wish: CallbackWish) -> Result<InteractionId, Refusal> {
    let command = Command::OpenInteraction {
        channel: Channel::Callback,
        queue: BILLING,
        hint: CustomerHint {
            phone: Some("+12125550134".into()),
            proof: crate::domain::proof::Proof::Address,
            ..CustomerHint::default()
        },
        customer: None,
        case: None,
        menu: vec![],
        priority: Default::default(),
        language: String::new(),
        subject: "Bill".into(),
        body: None,
        came: None,
        callback: Box::new(wish),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    };
    let opened = |e: &Event| match e {
        Event::InteractionOpened { interaction, .. } => Some(interaction.id),
        _ => None,
    };
    Ok(desk.give(GATEWAY, command)?.iter().find_map(opened).expect("opened"))
}

fn from(zone: &str) -> CallbackWish {
    CallbackWish { zone: Zone::of(zone), ..CallbackWish::default() }
}

/// The vectors of operations 4, C15.
#[test]
fn all_zones_a_customer_may_be_in_must_allow_the_call() {
    let mut desk = plain();
    let may = |desk: &Desk, zone: Option<&str>, text| may_call(&desk.state, zone.and_then(Zone::of), at(text));
    let (new_york, chicago) = (Some("America/New_York"), Some("America/Chicago"));
    assert!(may(&desk, new_york, "2025-06-02T12:30:00Z"));
    assert!(!may(&desk, chicago, "2025-06-02T12:30:00Z"));
    assert!(may(&desk, new_york, "2025-06-03T00:59:59Z"));
    assert!(!may(&desk, new_york, "2025-06-03T01:00:00Z"));
    house(&mut desk, |h| h.calling_zones = vec!["America/New_York".into(), "America/Chicago".into()]);
    assert!(!may(&desk, None, "2025-06-02T12:30:00Z"), "unknown, so both count");
    assert!(may(&desk, None, "2025-06-02T13:00:00Z"));
    let next = next_call(&desk.state, None, at("2025-06-02T01:00:00Z"));
    assert_eq!(next, Some(at("2025-06-02T13:00:00Z")), "when the last of them opens");
    // The night the clocks go on: eight o'clock there is an hour earlier for the rest of the world.
    let night = next_call(&desk.state, Zone::of("Europe/Berlin"), at("2025-03-29T20:00:00Z"));
    assert_eq!(night, Some(at("2025-03-30T06:00:00Z")));
    house(&mut desk, |h| {
        h.calling = (8 * 60, 9 * 60);
        h.calling_zones = vec!["Europe/London".into(), "Asia/Tokyo".into()];
    });
    assert_eq!(next_call(&desk.state, None, at("2025-06-02T13:00:00Z")), None, "their hours never meet");
    let refused = asks(&mut desk, CallbackWish::default()).expect_err("could never be kept");
    assert!(refused.sentence(desk.now).contains("never meet"), "{}", refused.sentence(desk.now));
}

#[test]
fn a_callback_is_offered_only_in_hours_and_wakes_the_router_when_they_begin() {
    let mut desk = plain();
    desk.now = at("2025-06-03T00:30:00Z");
    desk.ready(BEN);
    // New York: 20:30. It is offered, the offer passes, and the next one would end after nine.
    let id = asks(&mut desk, from("America/New_York")).expect("asks");
    desk.settle();
    assert_eq!(offered(&desk, id), Some(BEN));
    until(&mut desk, at("2025-06-03T00:59:50Z"));
    desk.ready(BEN);
    let before = desk.now;
    desk.settle();
    assert_eq!(offered(&desk, id), None, "nobody could still call them in time");
    let opens = at("2025-06-03T12:00:00Z");
    until(&mut desk, opens.plus(-1));
    assert_eq!(offered(&desk, id), None);
    assert_eq!(crate::domain::routing::next_due(&desk.state, before), Some(opens));
    let taken = desk.ask(BEN, Command::Pull { interaction: Some(id) }).expect_err("not now");
    let said = taken.sentence(desk.now);
    assert_eq!(said, "You cannot call them now: it is 7:59 where they are, and calls are made from 8:00 to 21:00.");
    assert_eq!(desk.ask(BEN, Command::Pull { interaction: None }), Err(Refusal::NothingWaits));
    let words = why(&desk.state, id, at("2025-06-03T10:00:00Z"))
        .expect("at hand")
        .facts(&desk.state, at("2025-06-03T10:00:00Z"));
    let line = "Called in 2 h 0 min: it is 6:00 where they are.";
    assert!(words.iter().any(|w| w == line), "{words:?}");
    until(&mut desk, opens);
    assert_eq!(offered(&desk, id), Some(BEN));
    // Nobody takes it all day; the morning after it is offered again.
    until(&mut desk, opens.plus(13 * HOUR));
    desk.ask(BEN, Command::SetPresence { to: Presence::Ready }).expect("is there");
    until(&mut desk, opens.plus(DAY - 1));
    assert_eq!(offered(&desk, id), None);
    until(&mut desk, opens.plus(DAY));
    assert_eq!(offered(&desk, id), Some(BEN));
}

#[test]
fn a_wish_is_kept_or_refused_by_name() {
    let mut desk = plain();
    desk.now = at("2025-06-02T09:00:00Z");
    let now = desk.now;
    let london = || from("Europe/London");
    let field = |refused: Refusal| match refused {
        Refusal::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    };
    let far = CallbackWish { due: Some(now.plus(31 * DAY)), ..london() };
    let turned = CallbackWish { due: Some(now.plus(HOUR)), until: Some(now.plus(MINUTE)), ..london() };
    let night = CallbackWish { due: Some(now.plus(12 * HOUR)), until: Some(now.plus(14 * HOUR)), ..london() };
    let odd = CallbackWish { number: Some("ring me".into()), ..london() };
    for (wish, wanted) in
        [(far, "callback.at"), (turned, "callback.until"), (night, "callback.until"), (odd, "callback.number")]
    {
        assert_eq!(field(asks(&mut desk, wish.clone()).expect_err("refused")), wanted, "{wish:?}");
    }
    let due = now.plus(2 * HOUR);
    let other = Some("+44 20 7946 0123".to_owned());
    let wish = CallbackWish { due: Some(due), until: Some(due.plus(HOUR)), number: other, ..london() };
    desk.ready(BEN);
    let id = asks(&mut desk, wish).expect("asks");
    let note = desk.state.messages_of(desk.get(id).case).find(|m| m.kind == Kind::Note).expect("a note").body.clone();
    assert_eq!(note, "Wants to be called on +442079460123.");
    assert_eq!(desk.get(id).place.owed.and_then(|o| o.until), Some(due.plus(HOUR)));
    assert!(desk.get(id).settled, "nobody waits on the line, so no service level suffers");
    until(&mut desk, due.plus(-1));
    assert_eq!(offered(&desk, id), None);
    until(&mut desk, due);
    assert_eq!(offered(&desk, id), Some(BEN));
}

#[test]
fn a_call_back_is_offered_when_the_wait_expected_is_long() {
    let mut desk = plain();
    edit(&mut desk, BILLING, |q| q.channels = Channel::ALL.to_vec());
    let offers = |desk: &Desk| offers_callback(&desk.state, desk.state.queue(BILLING).expect("is there"));
    desk.ready(BEN);
    for _ in 0..2 {
        let id = call(&mut desk, BILLING);
        desk.settle();
        assert!(!offers(&desk), "nothing is known, or nobody waits");
        desk.accept(BEN, id);
        desk.wait(100 * SECOND);
        finish(&mut desk, BEN, id);
    }
    // 100 s a contact, one agent: the first to wait is expected to wait 100 s, the second 200 s.
    let busy = call(&mut desk, BILLING);
    desk.settle();
    desk.accept(BEN, busy);
    assert!(!offers(&desk));
    call(&mut desk, BILLING);
    assert!(offers(&desk));
    edit(&mut desk, BILLING, |q| q.rules.callback_offer_s = 600);
    assert!(!offers(&desk));
}
