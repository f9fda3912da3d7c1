//! Offers let pass, and what follows.

use super::*;
use crate::domain::refusal::Refusal;
use crate::domain::time::MINUTE;

#[test]
fn offers_stand_as_long_as_their_channel_says() {
    for (channel, s) in [(Channel::Voice, 15), (Channel::Chat, 30)] {
        let mut desk = plain();
        desk.ready(BEN);
        let start = desk.now;
        let id = desk.open(channel, BILLING, None);
        desk.settle();
        assert!(
            matches!(desk.get(id).phase, Phase::Offered { until, .. } if until == seconds(start, s)),
            "{channel:?}"
        );
    }
    let mut desk = plain();
    desk.ready(BEN);
    let id = desk.open(Channel::Email, BILLING, Some("hi"));
    let later = seconds(desk.now, 3_600);
    until(&mut desk, later);
    assert_eq!(desk.get(id).phase, Phase::Queued, "e-mail is pulled");
    edit(&mut desk, BILLING, |q| q.offer_s = 40);
    let start = desk.now;
    let id = call(&mut desk, BILLING);
    desk.settle();
    assert!(
        matches!(desk.get(id).phase, Phase::Offered { until, .. } if until == seconds(start, 40)),
        "the queue's own"
    );
}

#[test]
fn two_misses_in_ten_minutes_set_away_tell_the_agent_and_then_the_lead() {
    let mut desk = plain();
    desk.ready(BEN);
    let first = call(&mut desk, BILLING);
    let start = desk.now;
    until(&mut desk, seconds(start, 15));
    assert_eq!(presence(&desk, BEN), Presence::NotResponding);
    assert!(desk.state.presence(BEN).expect("row").forced.is_none(), "once is nothing");
    desk.ask(BEN, Command::SetPresence { to: Presence::Ready }).expect("is back");
    hang_up(&mut desk, first);
    desk.now = seconds(start, 500);
    call(&mut desk, BILLING);
    until(&mut desk, seconds(start, 515));
    assert_eq!(presence(&desk, BEN), Presence::Away);
    let forced = desk.state.presence(BEN).and_then(|p| p.forced.clone()).expect("the desk did it");
    assert_eq!((forced.by, forced.reason.as_str(), forced.told), (None, "two offers passed within 10 minutes", false));
    until(&mut desk, seconds(start, 574));
    assert!(!desk.state.presence(BEN).and_then(|p| p.forced.clone()).expect("still").told, "the agent first");
    until(&mut desk, seconds(start, 575));
    assert!(desk.state.presence(BEN).and_then(|p| p.forced.clone()).expect("still").told, "then the lead");
    assert_eq!(super::super::next_due(&desk.state, desk.now), None);
}

#[test]
fn two_misses_eleven_minutes_apart_are_two_single_ones_and_coming_back_spares_the_lead() {
    let mut desk = plain();
    desk.ready(BEN);
    for gap in [0, 660] {
        desk.wait(gap * SECOND);
        desk.ask(BEN, Command::SetPresence { to: Presence::Ready }).expect("is back");
        let id = call(&mut desk, BILLING);
        let at = seconds(desk.now, 15);
        until(&mut desk, at);
        assert_eq!(presence(&desk, BEN), Presence::NotResponding);
        hang_up(&mut desk, id);
    }
    desk.ask(BEN, Command::SetPresence { to: Presence::Ready }).expect("is back");
    call(&mut desk, BILLING);
    let at = seconds(desk.now, 15);
    until(&mut desk, at);
    assert_eq!(presence(&desk, BEN), Presence::Away);
    desk.ask(BEN, Command::SetPresence { to: Presence::Ready }).expect("is back");
    let later = desk.now.plus(MINUTE);
    until(&mut desk, later);
    assert!(!desk.log.iter().any(|e| matches!(e, Event::LeadTold { .. })));
}

#[test]
fn a_decline_rests_the_agent_unless_the_house_says_otherwise() {
    for (rests, expected) in [(true, Presence::NotResponding), (false, Presence::Ready)] {
        let mut desk = plain();
        house(&mut desk, |rules| rules.decline_rests = rests);
        desk.ready(BEN);
        let id = call(&mut desk, BILLING);
        desk.settle();
        let epoch = desk.get(id).epoch;
        desk.ask(BEN, Command::DeclineOffer { interaction: id, epoch, reason: "system".into() }).expect("declines");
        assert_eq!(presence(&desk, BEN), expected);
        let told = desk.log.iter().any(|e| matches!(e, Event::Requeued { reason, .. } if reason == "system"));
        assert!(told, "the reason is kept");
    }
}

#[test]
fn a_lead_never_cuts_a_live_contact_and_says_why() {
    let mut desk = plain();
    let mut lead = desk.state.agent(ANA).cloned().expect("is there");
    lead.role = Role::Lead;
    desk.state.load(lead.into());
    desk.ready(BEN);
    let id = call(&mut desk, BILLING);
    desk.settle();
    desk.accept(BEN, id);
    let force = |reason: &str| Command::ForcePresence { agent: BEN, to: Presence::Offline, reason: reason.into() };
    assert!(matches!(desk.ask(ANA, force(" ")), Err(Refusal::Invalid { .. })), "a reason is needed");
    assert!(matches!(desk.ask(CYD, force("x")), Err(Refusal::NotAllowed { .. })), "only leads");
    desk.ask(ANA, force("fire drill")).expect("may");
    assert_eq!((presence(&desk, BEN), desk.get(id).owner), (Presence::Ready, Some(BEN)), "he goes on talking");
    finish(&mut desk, BEN, id);
    assert_eq!(presence(&desk, BEN), Presence::Offline);
    let by = desk.log.iter().filter_map(|e| match e {
        Event::PresenceForced { by, reason, .. } => Some((*by, reason.as_str())),
        _ => None,
    });
    assert_eq!(by.collect::<Vec<_>>(), [(Some(ANA), "fire drill")]);
}

#[test]
fn an_offer_in_hand_is_answered_before_a_break() {
    let mut desk = plain();
    desk.ready(BEN);
    let id = call(&mut desk, BILLING);
    desk.settle();
    let refused = desk.ask(BEN, Command::SetPresence { to: Presence::Away }).expect_err("not now");
    assert_eq!(
        refused.sentence(desk.now),
        "You cannot be Away now: a contact is offered to you; accept or decline it first."
    );
    assert_eq!(offered(&desk, id), Some(BEN));
}
