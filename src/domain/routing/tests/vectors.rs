//! The thirteen examples of operations 2.4, in its order.

use super::*;
use crate::domain::decide::tests::T0;
use crate::domain::routing::{Pick, Ring, rank};
use crate::domain::time::MINUTE;
use crate::domain::work::Priority;

const DEE: AgentId = AgentId(4);

fn hire(desk: &mut Desk, id: AgentId) {
    let row = desk.state.agent(BEN).cloned().expect("is there");
    desk.state.load(Agent { id, login: format!("a{id}"), ..row }.into());
}

#[test]
fn v01_longest_idle_and_signing_in_is_no_seniority() {
    let mut desk = plain();
    hire(&mut desk, DEE);
    let ten = seconds(T0, 600);
    for (agent, at) in [(BEN, seconds(ten, -120)), (CYD, seconds(ten, -60)), (ANA, ten), (DEE, seconds(ten, 299))] {
        desk.now = at;
        desk.ready(agent);
    }
    desk.now = seconds(ten, 300);
    let id = call(&mut desk, BILLING);
    desk.settle();
    assert_eq!(offered(&desk, id), Some(BEN));
}

#[test]
fn v02_longest_idle_or_best_skill() {
    for (pick, expected) in [(Pick::LongestIdle, BEN), (Pick::BestSkill, ANA)] {
        let mut desk = plain();
        edit(&mut desk, BILLING, |q| {
            q.skills = [(ES, 3)].into();
            q.rules.pick = pick;
        });
        skills(&mut desk, ANA, &[(ES, 5)]);
        skills(&mut desk, BEN, &[(ES, 3)]);
        skills(&mut desk, CYD, &[(ES, 2)]);
        desk.ready(CYD);
        desk.ready(BEN);
        desk.wait(290 * SECOND);
        desk.ready(ANA);
        desk.wait(10 * SECOND);
        let id = call(&mut desk, BILLING);
        desk.settle();
        assert_eq!(offered(&desk, id), Some(expected), "{pick:?}");
    }
}

#[test]
fn v03_a_ring_opens_exactly_at_its_deadline_though_nothing_happens() {
    for frees_at in [None, Some(12)] {
        let mut desk = plain();
        edit(&mut desk, BILLING, |q| {
            q.skills = [(ES, 2), (MONEY, 2)].into();
            q.rules.rings = vec![Ring { after_s: 20, skills: [(MONEY, 0)].into() }];
        });
        skills(&mut desk, ANA, &[(ES, 3)]);
        skills(&mut desk, BEN, &[(ES, 3), (MONEY, 3)]);
        desk.ready(ANA);
        let start = desk.now;
        let id = call(&mut desk, BILLING);
        if let Some(s) = frees_at {
            until(&mut desk, seconds(start, s).plus(-1));
            assert_eq!(offered(&desk, id), None);
            desk.now = seconds(start, s);
            desk.ready(BEN);
            desk.settle();
            assert_eq!(offered(&desk, id), Some(BEN), "the first ring at 12 s");
            continue;
        }
        desk.settle();
        assert_eq!(super::super::next_due(&desk.state, desk.now), Some(seconds(start, 20)));
        desk.now = seconds(start, 20).plus(-1);
        desk.settle();
        assert_eq!(offered(&desk, id), None, "a millisecond early");
        desk.now = seconds(start, 20);
        desk.settle();
        assert_eq!(offered(&desk, id), Some(ANA), "t = 20.000");
    }
}

#[test]
fn v04_points_against_waiting_and_the_strict_class() {
    // (A waits since, B in strict class) → B goes first
    for (a_since, strict, b_first) in [(0, false, true), (-61, false, false), (0, true, true), (-61, true, true)] {
        let mut desk = plain();
        edit(&mut desk, TECH, |q| {
            q.rules.points = 5;
            q.rules.class = u8::from(strict);
        });
        let zero = seconds(T0, 1_000);
        desk.now = seconds(zero, a_since);
        let a = call(&mut desk, BILLING);
        desk.now = seconds(zero, 240);
        let b = call(&mut desk, TECH);
        desk.now = seconds(zero, 300);
        desk.ready(BEN);
        desk.settle();
        let first = if b_first { b } else { a };
        assert_eq!(offered(&desk, first), Some(BEN), "A since {a_since}, strict {strict}");
    }
}

#[test]
fn v05_a_missed_ring_keeps_the_head_of_the_line_and_its_clock() {
    let mut desk = plain();
    desk.ready(BEN);
    let start = desk.now;
    let id = call(&mut desk, BILLING);
    desk.settle();
    desk.wait(SECOND);
    let behind = call(&mut desk, BILLING);
    until(&mut desk, seconds(start, 15).plus(-1));
    assert_eq!(offered(&desk, id), Some(BEN));
    desk.now = seconds(start, 15);
    desk.ready(ANA);
    desk.settle();
    assert_eq!((offered(&desk, id), offered(&desk, behind)), (Some(ANA), None));
    assert_eq!(desk.get(id).enqueued, start, "the service level's clock runs on");
    assert_eq!(presence(&desk, BEN), Presence::NotResponding);
}

#[test]
fn v06_a_customer_who_hangs_up_at_14_9_s_is_no_miss() {
    let mut desk = plain();
    desk.ready(BEN);
    let idle = desk.now;
    desk.wait(7 * SECOND);
    let id = call(&mut desk, BILLING);
    desk.settle();
    desk.wait(14_900);
    let events = hang_up(&mut desk, id);
    assert!(matches!(events[..], [Event::InteractionAbandoned { .. }]));
    until(&mut desk, seconds(idle, 60));
    let ben = desk.state.presence(BEN).expect("is there");
    assert_eq!((ben.presence, ben.missed, ben.idle_since), (Presence::Ready, 0, idle));
}

#[test]
fn v07_a_callback_keeps_the_place_of_the_call_it_was() {
    let mut desk = plain();
    let ten = desk.now;
    let called = call(&mut desk, BILLING);
    desk.now = seconds(ten, 120);
    let caller = call(&mut desk, BILLING);
    desk.now = seconds(ten, 300);
    let gateway = Actor::Gateway(crate::domain::ids::KeyId(1));
    desk.give(gateway, Command::AskCallback { interaction: called, wish: Default::default(), own: None })
        .expect("converts");
    hang_up(&mut desk, called);
    assert_eq!(desk.get(called).enqueued, ten, "hanging up is no abandonment now");
    desk.now = seconds(ten, 360);
    desk.ready(BEN);
    desk.settle();
    assert_eq!((offered(&desk, called), offered(&desk, caller)), (Some(BEN), None));
}

#[test]
fn v08_sticky_agent() {
    // Ana had the case. (what she does, when she frees) → (who gets it, at which second)
    for (busy, frees, expected) in [(false, None, (BEN, 0)), (true, Some(12), (ANA, 12)), (true, None, (BEN, 30))] {
        let mut desk = plain();
        let old = desk.open(Channel::Chat, BILLING, Some("first time"));
        let case = desk.get(old).case;
        desk.ready(ANA);
        desk.settle();
        desk.accept(ANA, old);
        let pending = crate::domain::work::Outcome {
            id: crate::domain::ids::OutcomeId(3),
            key: "waiting".into(),
            label: "Waiting".into(),
            needs: vec![],
            solves: false,
            active: true,
        };
        desk.state.load(pending.into());
        let mine = desk.get(old);
        desk.ask(ANA, crate::domain::decide::tests::wrap_up(&mine, 3, "", None)).expect("ends, the case stays open");
        let talk = busy.then(|| {
            let talk = call(&mut desk, BILLING);
            desk.settle();
            desk.accept(ANA, talk);
            talk
        });
        if !busy {
            desk.ask(ANA, Command::SetPresence { to: Presence::Offline }).expect("signs out");
        }
        desk.ready(BEN);
        let start = desk.now;
        let again = Command::OpenInteraction {
            channel: Channel::Voice,
            queue: BILLING,
            hint: crate::domain::command::CustomerHint::default(),
            customer: None,
            case: Some(case),
            menu: vec![],
            priority: Priority::Normal,
            language: "en".into(),
            subject: String::new(),
            body: None,
            came: None,
            callback: Default::default(),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        };
        let events = desk.give(Actor::Gateway(crate::domain::ids::KeyId(1)), again).expect("comes again");
        let Event::InteractionOpened { interaction, .. } = &events[0] else { panic!("opened") };
        let id = interaction.id;
        let (who, second) = expected;
        if second > 0 {
            until(&mut desk, seconds(start, second).plus(-1));
            assert_eq!(offered(&desk, id), None, "waits for her");
        }
        if let Some(s) = frees {
            desk.now = seconds(start, s);
            finish(&mut desk, ANA, talk.expect("talks"));
        }
        until(&mut desk, seconds(start, second));
        assert_eq!(offered(&desk, id), Some(who), "at {second} s");
    }
}

#[test]
fn v09_units() {
    let mut desk = plain();
    desk.ready(BEN);
    let take = |desk: &mut Desk, channel| {
        let id = desk.open(channel, BILLING, Some("hi"));
        let taken = desk.ask(BEN, Command::Pull { interaction: Some(id) });
        if taken.is_err() {
            hang_up(desk, id);
        }
        taken.map(|_| super::super::used_units(&desk.state, BEN))
    };
    assert_eq!(take(&mut desk, Channel::Chat), Ok(33));
    assert_eq!(take(&mut desk, Channel::Chat), Ok(66));
    assert_eq!(take(&mut desk, Channel::Chat), Ok(99), "three chats");
    assert!(take(&mut desk, Channel::Email).is_err(), "three chats and an e-mail are 124");
    let chat = desk.state.held(BEN).next().map(|i| i.id).expect("has one");
    finish(&mut desk, BEN, chat);
    assert_eq!(take(&mut desk, Channel::Email), Ok(91), "two chats and an e-mail");
    assert!(take(&mut desk, Channel::Voice).is_err(), "no call on top of chats");
    house(&mut desk, |rules| rules.interrupts.push((Channel::Voice, Channel::Chat)));
    assert!(take(&mut desk, Channel::Voice).is_ok(), "unless it interrupts");
    assert!(take(&mut desk, Channel::Callback).is_err(), "and never one call another");
}

#[test]
fn v10_an_agent_of_two_equal_queues_serves_the_oldest_of_both() {
    for first in [BILLING, TECH] {
        let mut desk = plain();
        let old = call(&mut desk, first);
        desk.wait(SECOND);
        let young = call(&mut desk, if first == BILLING { TECH } else { BILLING });
        desk.ready(BEN);
        desk.settle();
        assert_eq!((offered(&desk, old), offered(&desk, young)), (Some(BEN), None));
    }
}

#[test]
fn v11_in_one_millisecond_the_customer_is_before_the_agent() {
    let mut desk = plain();
    let id = call(&mut desk, BILLING);
    desk.wait(10 * SECOND);
    let mut commands = [
        (Actor::Agent(BEN), Command::SetPresence { to: Presence::Ready }),
        (Actor::Gateway(crate::domain::ids::KeyId(1)), Command::EndInteraction { interaction: id }),
    ];
    commands.sort_by_key(|(_, c)| rank(c));
    for (actor, command) in commands {
        desk.give(actor, command).expect("sound");
        // What the router would do between the two must not matter: it comes last.
    }
    desk.settle();
    assert!(desk.state.interaction(id).is_none());
    assert!(!desk.log.iter().any(|e| matches!(e, Event::OfferMade { .. })), "abandoned, never offered");
    let router = Command::Offer { interaction: id, to: BEN };
    let timer = Command::ExpireOffer { interaction: id, epoch: 1 };
    let agent = Command::AcceptOffer { interaction: id, epoch: 1 };
    let customer = Command::EndInteraction { interaction: id };
    assert_eq!([&customer, &timer, &agent, &router].map(rank), [0, 1, 2, 3]);
}

#[test]
fn v12_signed_out_while_it_rings_is_no_miss() {
    let mut desk = plain();
    desk.ready(BEN);
    let start = desk.now;
    let id = call(&mut desk, BILLING);
    desk.settle();
    desk.wait(5 * SECOND);
    let mut lead = desk.state.agent(ANA).cloned().expect("is there");
    lead.role = Role::Lead;
    desk.state.load(lead.into());
    let reason = "shift is over".to_owned();
    desk.ask(ANA, Command::ForcePresence { agent: BEN, to: Presence::Offline, reason }).expect("signs him out");
    let now = desk.get(id);
    assert_eq!((now.phase, now.enqueued, now.passed.len()), (Phase::Queued, start, 0));
    let ben = desk.state.presence(BEN).expect("has a row");
    assert_eq!((ben.presence, ben.missed), (Presence::Offline, 0));
    assert_eq!(ben.forced.as_ref().map(|f| (f.by, f.reason.as_str())), Some((Some(ANA), "shift is over")));
}

#[test]
fn v13_a_blind_transfer_starts_the_queues_clock_and_keeps_the_total() {
    let mut desk = plain();
    desk.ready(BEN);
    let start = desk.now;
    let id = call(&mut desk, BILLING);
    desk.settle();
    desk.accept(BEN, id);
    desk.wait(3 * MINUTE);
    let epoch = desk.get(id).epoch;
    let to = crate::domain::command::Target::Queue(TECH);
    desk.ask(BEN, Command::Transfer { interaction: id, epoch, to, note: String::new() }).expect("hands on");
    let now = desk.get(id);
    assert_eq!((now.queue, now.enqueued, now.first_enqueued), (TECH, seconds(start, 180), start));
    assert_eq!(now.phase, Phase::Queued);
}
