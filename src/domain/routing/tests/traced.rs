//! The trace says what the router does.

use super::*;
use crate::domain::routing::trace::{history, why};
use crate::domain::routing::{Pick, Ring};

#[test]
fn everyone_is_named_with_the_reason_and_the_first_of_those_who_could_is_who_gets_it() {
    let mut desk = plain();
    edit(&mut desk, BILLING, |q| {
        q.skills = [(ES, 4)].into();
        q.rules.pick = Pick::BestSkill;
        q.rules.rings = vec![Ring { after_s: 20, skills: [(ES, 2)].into() }];
        q.rules.points = 5;
    });
    skills(&mut desk, ANA, &[(ES, 5)]);
    skills(&mut desk, BEN, &[(ES, 4)]);
    skills(&mut desk, CYD, &[(ES, 2)]);
    for agent in [ANA, BEN, CYD] {
        desk.ready(agent);
    }
    let busy = call(&mut desk, BILLING);
    desk.settle();
    desk.accept(ANA, busy);
    let id = call(&mut desk, BILLING);
    desk.wait(5 * SECOND);
    let trace = why(&desk.state, id, desk.now).expect("at hand");
    let words = trace.words(&desk.state, desk.now);
    assert_eq!(
        words,
        [
            "Place 1 of 1 in billing: waited 5 s, +5 points, weighs 5 min 5 s.",
            "Ring 1 of 2 is open.",
            "BEN: could take it: ring 1, skill 4, idle 5 s.",
            "ANA: hands full, 100 of 100 units.",
            "CYD: in ring 2, which opens in 15 s.",
        ]
    );
    desk.settle();
    assert_eq!(offered(&desk, id), Some(trace.considered[0].agent), "what is explained is what happens");
    let trace = why(&desk.state, id, desk.now).expect("at hand");
    assert_eq!(trace.words(&desk.state, desk.now)[0], "On offer to BEN for 15 s more.");
    let at = seconds(desk.now, 15);
    until(&mut desk, at);
    let told = history(&desk.state, id, desk.log.iter().map(|e| (At(0), e)));
    let told: Vec<_> = told.into_iter().map(|(_, words)| words).collect();
    assert_eq!(told, ["came to billing", "offered to BEN", "BEN did not answer", "offered to CYD"]);
    assert_eq!(why(&desk.state, InteractionId(999), desk.now), None);
}
