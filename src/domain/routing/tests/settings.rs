//! Settings that cannot be, and settings that do not do what they look like.

use super::*;
use crate::domain::refusal::Refusal;
use crate::domain::routing::lint::{lints, unserved};
use crate::domain::routing::{Flow, Overflow, Ring, expected_wait, told_wait, waiting_order};
use crate::domain::time::MINUTE;
use crate::domain::work::Priority;

fn set(desk: &mut Desk, queue: QueueId, change: impl FnOnce(&mut Queue)) -> Result<(), String> {
    let mut row = desk.state.queue(queue).cloned().expect("is there");
    change(&mut row);
    let now = desk.now;
    let said = desk.give(Actor::Operator, Command::Put { row: Box::new(row.into()) });
    said.map(drop).map_err(|refusal: Refusal| refusal.sentence(now))
}

fn over(to: QueueId) -> Overflow {
    Overflow { after_s: 60, to, how: Flow::Add }
}

#[test]
fn circles_and_holes_of_overflow_are_refused_with_the_way_round() {
    let mut desk = plain();
    assert_eq!(set(&mut desk, BILLING, |q| q.rules.overflow = Some(over(TECH))), Ok(()));
    let refused = set(&mut desk, TECH, |q| q.rules.overflow = Some(over(BILLING))).expect_err("a circle");
    assert_eq!(refused, "Overflow: it runs in a circle: tech → billing → tech.");
    let refused = set(&mut desk, TECH, |q| q.rules.overflow = Some(over(TECH))).expect_err("itself");
    assert_eq!(refused, "Overflow: it runs in a circle: tech → tech.");
    let refused = set(&mut desk, TECH, |q| q.rules.overflow = Some(over(QueueId(99)))).expect_err("nowhere");
    assert_eq!(refused, "Overflow: there is no such queue.");
    let refused = set(&mut desk, BILLING, |q| q.rules.overflow = Some(Overflow { after_s: 0, ..over(TECH) }));
    assert_eq!(refused.expect_err("at once"), "Overflow: it needs a wait of at least a second.");
}

#[test]
fn rings_only_ever_widen() {
    let mut desk = plain();
    for (id, key) in [(ES, "es"), (MONEY, "money")] {
        desk.state.load(crate::domain::people::Skill { id, key: key.into(), name: key.into() }.into());
    }
    let ring = |after_s, skills: &[(SkillId, u8)]| Ring { after_s, skills: skills.iter().copied().collect() };
    let mut rings = |rings: Vec<Ring>| {
        set(&mut desk, BILLING, |q| {
            q.skills = [(ES, 3)].into();
            q.rules.rings = rings;
        })
    };
    assert_eq!(rings(vec![ring(20, &[(ES, 2)]), ring(40, &[(ES, 0)])]), Ok(()));
    assert!(rings(vec![ring(20, &[(ES, 4)])]).is_err_and(|w| w.contains("asks for more")));
    assert!(rings(vec![ring(20, &[(ES, 2)]), ring(20, &[(ES, 1)])]).is_err_and(|w| w.contains("does not come after")));
    assert!(rings(vec![ring(20, &[(MONEY, 0)])]).is_err_and(|w| w.contains("not asked for")));
}

#[test]
fn a_queue_nobody_can_serve_is_named() {
    let mut desk = plain();
    assert_eq!(lints(&desk.state), []);
    edit(&mut desk, TECH, |q| q.skills = [(MONEY, 5)].into());
    let tech = desk.state.queue(TECH).cloned().expect("is there");
    assert_eq!(unserved(&desk.state, &tech).as_deref(), Some("nobody who serves it has skill 2 at 5 or more"));
    edit(&mut desk, TECH, |q| q.rules.rings = vec![Ring { after_s: 30, skills: [(MONEY, 3)].into() }]);
    assert_eq!(lints(&desk.state), [], "its widest ring counts");
    for agent in [ANA, BEN, CYD] {
        let row = desk.state.agent(agent).cloned().expect("is there");
        desk.state.load(Agent { queues: vec![BILLING], ..row }.into());
    }
    assert_eq!(lints(&desk.state).len(), 1);
    assert!(lints(&desk.state)[0].2.starts_with("no agent serves it"));
}

#[test]
fn calls_never_interrupt_calls_and_units_are_a_share() {
    let mut desk = plain();
    let put = |desk: &mut Desk, rules: FirmRules| {
        let firm = Firm { name: "F".into(), zone: String::new(), rules, locale: String::new() };
        let now = desk.now;
        let said = desk.give(Actor::Operator, Command::Put { row: Box::new(firm.into()) });
        said.map(drop).map_err(|refusal| refusal.sentence(now))
    };
    let both = FirmRules { interrupts: vec![(Channel::Callback, Channel::Voice)], ..FirmRules::default() };
    assert_eq!(put(&mut desk, both), Err("Interrupts: one call never interrupts another.".into()));
    let none = FirmRules { units: [(Channel::Chat, 0)].into(), ..FirmRules::default() };
    assert_eq!(put(&mut desk, none), Err("Units: a chat takes 1 to 100 of an agent's 100.".into()));
    let halves = FirmRules { units: [(Channel::Chat, 50)].into(), ..FirmRules::default() };
    assert_eq!(put(&mut desk, halves), Ok(()));
    assert_eq!(desk.state.house().units(Channel::Chat), 50);
    assert_eq!(desk.state.house().units(Channel::Email), 25, "what is not named stays");
}

#[test]
fn ageing_stops_at_the_cap() {
    let mut desk = plain();
    edit(&mut desk, BILLING, |q| q.rules.age_cap_s = 300);
    let old = call(&mut desk, BILLING);
    let urgent = desk.open(Channel::Voice, BILLING, None);
    let case = desk.get(urgent).case;
    desk.now = seconds(desk.now, 3_600);
    let young = call(&mut desk, BILLING);
    desk.ask(BEN, Command::SetPriority { case, priority: Priority::High }).expect("raises");
    assert_eq!(waiting_order(&desk.state, desk.now), [urgent, old, young]);
    let case = desk.get(young).case;
    desk.ask(BEN, Command::SetPriority { case, priority: Priority::Urgent }).expect("raises");
    assert_eq!(waiting_order(&desk.state, desk.now), [young, urgent, old], "15 points beat five minutes and five");
    edit(&mut desk, BILLING, |q| q.rules.age_cap_s = 0);
    assert_eq!(waiting_order(&desk.state, desk.now), [urgent, old, young], "without a cap an hour weighs more");
}

#[test]
fn an_expected_wait_is_a_range_of_whole_minutes() {
    let told = |place, handle, staffed| expected_wait(place, handle, staffed).map(told_wait);
    assert_eq!(told(4, 3 * MINUTE, 2), Some((4 * MINUTE, 8 * MINUTE)));
    assert_eq!(told(1, 30 * SECOND, 10), Some((0, MINUTE)));
    assert_eq!(expected_wait(1, MINUTE, 0), None);
}
