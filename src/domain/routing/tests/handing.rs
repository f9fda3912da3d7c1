//! Warm transfer, callbacks and overflow.

use super::*;
use crate::domain::command::CallbackWish;
use crate::domain::refusal::Refusal;
use crate::domain::routing::{Activity, Flow, Overflow, activity};
use crate::domain::work::Kind;

/// Ben talks with a customer; Ana is Ready.
fn talk() -> (Desk, InteractionId) {
    let mut desk = plain();
    desk.ready(BEN);
    let id = call(&mut desk, BILLING);
    desk.settle();
    desk.accept(BEN, id);
    desk.wait(60 * SECOND);
    desk.ready(ANA);
    (desk, id)
}

fn consult(desk: &mut Desk, id: InteractionId) {
    let epoch = desk.get(id).epoch;
    let note = "SIM swap, verified".to_owned();
    desk.ask(BEN, Command::Consult { interaction: id, epoch, with: ANA, note }).expect("asks");
}

#[test]
fn a_warm_transfer_holds_the_customer_until_the_colleague_has_them() {
    let (mut desk, id) = talk();
    let case = desk.get(id).case;
    consult(&mut desk, id);
    let note = desk.state.messages_of(case).find(|m| m.kind == Kind::Note).expect("the packet");
    assert_eq!(note.body, "SIM swap, verified");
    assert_eq!(activity(&desk.state, ANA), Activity::Offered);
    assert_eq!(activity(&desk.state, BEN), Activity::Consult);
    let epoch = desk.get(id).epoch;
    let early = desk.ask(BEN, Command::HandOver { interaction: id, epoch }).expect_err("not yet");
    assert_eq!(early.sentence(desk.now), "You cannot hand over now: ANA has not answered yet.");
    desk.wait(5 * SECOND);
    desk.accept(ANA, id);
    assert_eq!((activity(&desk.state, ANA), desk.get(id).owner), (Activity::Consult, Some(BEN)));
    desk.wait(20 * SECOND);
    desk.ask(BEN, Command::HandOver { interaction: id, epoch }).expect("hands over");
    let now = desk.get(id);
    assert_eq!((now.phase, now.owner, now.epoch), (Phase::Connected, Some(ANA), epoch + 1));
    assert_eq!(desk.state.case(case).and_then(|c| c.assignee), Some(ANA));
    let leg = desk.state.wrap_ups().next().expect("Ben's part");
    assert_eq!((leg.agent, leg.talk_ms, leg.hold_ms), (BEN, 60 * SECOND, 25 * SECOND));
    assert_eq!(activity(&desk.state, BEN), Activity::Idle);
    assert_eq!(desk.state.presence(BEN).map(|p| p.idle_since), Some(desk.now));
}

#[test]
fn a_colleague_may_decline_leave_or_not_answer_and_the_owner_keeps_the_contact() {
    for how in ["decline", "leave", "miss", "taken back", "customer gone"] {
        let (mut desk, id) = talk();
        consult(&mut desk, id);
        let epoch = desk.get(id).epoch;
        match how {
            "decline" => {
                desk.ask(ANA, Command::DeclineOffer { interaction: id, epoch, reason: "not mine".into() })
                    .expect("may decline");
                assert_eq!(presence(&desk, ANA), Presence::Ready, "she answered");
            }
            "leave" => {
                desk.accept(ANA, id);
                desk.ask(ANA, Command::LeaveConsult { interaction: id, epoch }).expect("may leave");
            }
            "miss" => {
                let at = seconds(desk.now, 15);
                until(&mut desk, at);
                assert_eq!(presence(&desk, ANA), Presence::NotResponding);
            }
            "taken back" => {
                desk.accept(ANA, id);
                desk.ask(BEN, Command::Resume { interaction: id, epoch }).expect("takes back");
            }
            _ => {
                desk.accept(ANA, id);
                hang_up(&mut desk, id);
                assert!(matches!(desk.get(id).phase, Phase::WrapUp { .. }));
                assert_eq!((desk.get(id).owner, activity(&desk.state, ANA)), (Some(BEN), Activity::Idle));
                continue;
            }
        }
        let now = desk.get(id);
        assert_eq!((now.phase, now.owner, now.epoch), (Phase::Connected, Some(BEN), epoch), "{how}");
        assert_eq!(activity(&desk.state, ANA), Activity::Idle, "{how}");
    }
}

#[test]
fn a_callback_is_tried_with_a_gap_and_then_given_up_in_words() {
    let mut desk = plain();
    edit(&mut desk, BILLING, |q| {
        q.rules.callback_tries = 2;
        q.rules.callback_gap_s = 300;
    });
    let id = call(&mut desk, BILLING);
    let case = desk.get(id).case;
    desk.ready(BEN);
    desk.ask(ANA, Command::AskCallback { interaction: id, wish: Default::default(), own: None }).expect("arranges");
    for tries in 1..=2 {
        desk.settle();
        desk.accept(BEN, id);
        assert_eq!(activity(&desk.state, BEN), Activity::Dialing);
        let epoch = desk.get(id).epoch;
        let refused = desk.ask(BEN, Command::Hold { interaction: id, epoch }).expect_err("nobody is there");
        assert!(refused.sentence(desk.now).contains("being called"), "{}", refused.sentence(desk.now));
        desk.wait(30 * SECOND);
        desk.ask(BEN, Command::CallbackResult { interaction: id, epoch, reached: false }).expect("nobody");
        assert_eq!(activity(&desk.state, BEN), Activity::Idle);
        if tries == 1 {
            let due = seconds(desk.now, 300);
            assert_eq!(desk.get(id).phase, Phase::Callback { due });
            desk.settle();
            assert_eq!(super::super::next_due(&desk.state, desk.now), Some(due));
            until(&mut desk, due);
        }
    }
    assert!(desk.state.interaction(id).is_none());
    let last = desk.state.messages_of(case).last().expect("a note");
    assert_eq!(last.body, "Called 2 times; nobody answered.");
}

#[test]
fn a_reached_callback_is_a_conversation() {
    let mut desk = plain();
    desk.ready(BEN);
    let id = desk.open(Channel::Callback, BILLING, None);
    desk.settle();
    desk.accept(BEN, id);
    let epoch = desk.get(id).epoch;
    desk.ask(BEN, Command::CallbackResult { interaction: id, epoch, reached: true }).expect("answers");
    assert_eq!(desk.get(id).phase, Phase::Connected);
    finish(&mut desk, BEN, id);
    assert!(desk.state.interaction(id).is_none());
}

#[test]
fn a_promised_callback_waits_for_its_agent_up_to_the_limit() {
    let mut desk = plain();
    let id = call(&mut desk, BILLING);
    desk.ready(BEN);
    let due = seconds(desk.now, 3_600);
    let far = desk.now.plus(31 * crate::domain::time::DAY);
    let ask = |due, own| {
        let wish = CallbackWish { due: Some(due), ..CallbackWish::default() };
        Command::AskCallback { interaction: id, wish: Box::new(wish), own }
    };
    assert!(matches!(desk.ask(BEN, ask(far, None)), Err(Refusal::Invalid { .. })));
    desk.ask(BEN, ask(due, Some(ANA))).expect("promises for Ana");
    until(&mut desk, due.plus(-1));
    assert_eq!(offered(&desk, id), None);
    let limit = seconds(due, 900);
    until(&mut desk, limit.plus(-1));
    assert_eq!(offered(&desk, id), None, "Ana is not there, and it is hers");
    until(&mut desk, limit);
    assert_eq!(offered(&desk, id), Some(BEN));
}

#[test]
fn overflow_adds_a_queue_and_keeps_the_place_or_moves_and_keeps_the_total() {
    for how in [Flow::Add, Flow::Move] {
        let mut desk = plain();
        edit(&mut desk, BILLING, |q| q.rules.overflow = Some(Overflow { after_s: 60, to: TECH, how }));
        let mut cyd = desk.state.agent(CYD).cloned().expect("is there");
        cyd.queues = vec![TECH];
        desk.state.load(cyd.into());
        desk.ready(CYD);
        let start = desk.now;
        let id = call(&mut desk, BILLING);
        until(&mut desk, seconds(start, 60).plus(-1));
        assert_eq!(offered(&desk, id), None);
        until(&mut desk, seconds(start, 60));
        let now = desk.get(id);
        assert_eq!((offered(&desk, id), now.queue), (Some(CYD), TECH), "{how:?}");
        let clock = if how == Flow::Move { seconds(start, 60) } else { start };
        assert_eq!((now.enqueued, now.first_enqueued), (clock, start), "{how:?}");
        assert_eq!(desk.state.case(now.case).map(|c| c.queue), Some(TECH), "what she may see");
        let flows: Vec<_> = desk
            .log
            .iter()
            .filter_map(|e| match e {
                Event::FlowedOut { from, to, how, .. } => Some((*from, *to, *how)),
                _ => None,
            })
            .collect();
        let expected: &[Flow] = if how == Flow::Move { &[Flow::Move] } else { &[Flow::Add, Flow::Answered] };
        assert_eq!(flows.iter().map(|f| f.2).collect::<Vec<_>>(), expected);
        assert!(flows.iter().all(|f| (f.0, f.1) == (BILLING, TECH)));
    }
}
