//! Offers: the band, the race, the keys that work everywhere.

use super::*;
use crate::app::panes::offer::band;
use crate::app::screen::Pane;

#[test]
fn an_offer_shows_who_it_is_before_it_is_taken() {
    let mut w = World::new();
    let id = w.comes(Channel::Voice, BILLING, Some(DANA), "Roaming bill");
    w.offer(id, ANA);
    let pop = Pop {
        interaction: w.truth_of(id).clone(),
        customer: w.truth.customer(DANA).cloned(),
        cases: vec![w.truth.case(CaseId(900)).expect("old").clone()],
    };
    w.tell(Incoming::Offered(Box::new(pop)));
    let b = band(&w.desk, w.now).expect("a band");
    assert_eq!((b.name.as_str(), b.left_s, b.of_s), ("Dana Holt", 15, 15));
    assert_eq!(b.flags, ["legal hold"]);
    assert_eq!(b.cases.len(), 1);
    w.wait(4_500);
    assert_eq!(band(&w.desk, w.now).map(|b| b.left_s), Some(11));
    w.type_only("a");
    assert!(band(&w.desk, w.now).is_none());
    assert_eq!(w.desk.focus, Pane::Conversation);
    assert!(conversation::head(&w.desk, w.now).expect("open").facts.contains(&"not yet confirmed".to_owned()));
    w.deliver();
    assert_eq!(w.truth_of(id).owner, Some(ANA));
    assert!(!conversation::head(&w.desk, w.now).expect("open").facts.contains(&"not yet confirmed".to_owned()));
}

#[test]
fn f2_accepts_from_the_middle_of_a_reply_and_letters_type() {
    let mut w = World::new();
    let chat = w.takes(Channel::Chat, "First");
    w.keys("rda");
    let id = w.comes(Channel::Chat, BILLING, None, "Second");
    w.offer(id, ANA);
    w.keys("da");
    assert_eq!(w.draft(DraftField::Reply), "dada");
    w.keys("<f2>");
    assert_eq!(w.truth_of(id).owner, Some(ANA));
    assert_eq!(w.desk.conversation.case, Some(w.truth_of(id).case));
    let first = DraftKey { case: w.truth_of(chat).case, field: DraftField::Reply };
    assert_eq!(w.drafts[&first].body, "dada");
}

#[test]
fn a_lost_race_says_who_won() {
    let mut w = World::new();
    let id = w.comes(Channel::Chat, BILLING, None, "Hi");
    // Both press at once; Ben's command arrives first and the feed is slower than the verdict.
    w.type_only("a");
    w.linked = false;
    w.happen(Actor::Agent(BEN), &Command::Pull { interaction: Some(id) }).expect("Ben first");
    w.linked = true;
    w.deliver();
    assert!(w.said("Ben Okafor took it"), "{:?}", w.toasts());
    assert!(w.desk.mirror.pending.is_empty());
    assert!(w.outbox.is_empty(), "a lost race needs no place in the outbox");
}

#[test]
fn an_offer_that_went_says_why() {
    let mut w = World::new();
    let id = w.comes(Channel::Chat, BILLING, None, "Hi");
    w.offer(id, ANA);
    let epoch = w.truth_of(id).epoch;
    w.now = w.now.plus(16 * SECOND);
    w.happen(Actor::System, &Command::ExpireOffer { interaction: id, epoch }).expect("expired");
    assert!(w.said("ran out") && w.said("F9"), "{:?}", w.toasts());
    w.keys("<f9>");
    assert_eq!(w.truth.presence(ANA).map(|p| p.presence), Some(Presence::Ready));

    let id = w.comes(Channel::Chat, BILLING, None, "Hi");
    w.offer(id, ANA);
    w.happen(Actor::Gateway(KeyId(1)), &Command::EndInteraction { interaction: id }).expect("gone");
    assert!(w.said("gave up"), "{:?}", w.toasts());
}

#[test]
fn declining_is_one_key() {
    let mut w = World::new();
    let id = w.comes(Channel::Chat, BILLING, None, "Hi");
    w.offer(id, ANA);
    w.keys("d");
    assert_eq!(w.truth_of(id).phase, Phase::Queued);
    assert!(band(&w.desk, w.now).is_none());
}
