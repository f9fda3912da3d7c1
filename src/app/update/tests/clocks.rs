//! Service clocks on the desk: what is due first stands first, the desk tells by itself when nobody else can, and
//! none of it keeps a calm desk awake.

use super::*;
use crate::app::clocks::{attention, face};
use crate::app::next_wake;
use crate::app::overlays::explain::sheet;
use crate::app::panes::conversation::head;
use crate::domain::ids::PolicyId;
use crate::domain::sla::clock::Standing;
use crate::domain::sla::policy::{Fits, Policy};
use crate::domain::sla::{Promise, words::targets};
use crate::domain::time::MINUTE;

fn promised(w: &mut World) {
    let policy = Policy {
        id: PolicyId(0),
        key: "all".into(),
        name: "Everyone".into(),
        rank: 1,
        when: Fits::default(),
        calendar: None,
        targets: [(Promise::First, targets("high=20m,normal=40m").expect("targets"))].into(),
        reopens: false,
        pauses: vec![Status::Pending],
        warn_pct: 75,
        warn_left_s: 0,
        active: true,
    };
    w.happen(Actor::Operator, &Command::Put { row: Box::new(policy.into()) }).expect("is set");
    w.deliver();
}

fn mine(w: &World) -> Vec<InteractionId> {
    let rows = w.desk.queue.rows.iter();
    rows.filter(|r| matches!(r, queue::Row::Mine(_))).filter_map(|r| r.interaction()).collect()
}

#[test]
fn what_is_due_first_stands_first_and_is_told() {
    let mut w = World::new();
    promised(&mut w);
    let early = w.takes(Channel::Email, "Slow");
    w.wait(MINUTE);
    let late = w.takes(Channel::Email, "Quick");
    assert_eq!(mine(&w), [early, late]);
    w.keys("p");
    w.keys("high<enter>");
    w.deliver();
    assert_eq!(mine(&w), [late, early], "twenty minutes are over before forty");
    let words = |w: &World| head(&w.desk, w.now).and_then(|h| h.clock).map(|c| c.words()).unwrap_or_default();
    assert_eq!(words(&w), "first response in 20m");
    w.wait(15 * MINUTE);
    assert_eq!(words(&w), "at risk: first response in 5m");
    assert_eq!(attention(&w.desk, w.desk.server(w.now)), (1, 0));
    // Without a link the desk tells by its own clock.
    w.link(false);
    w.wait(10 * MINUTE);
    assert_eq!(words(&w), "late: first response by 5m");
    assert_eq!(attention(&w.desk, w.desk.server(w.now)), (0, 1));
    // Written without a link, in words, and the sheet says the same.
    w.keys("<esc>C");
    assert_eq!(w.overlay(), "explain");
    let told = sheet(&w.desk, w.now);
    assert_eq!(told.parts.len(), 1);
    assert_eq!(told.parts[0].standing, Standing::Breached);
    assert!(told.parts[0].words.iter().any(|s| s.starts_with("Late since")), "{told:?}");
    w.keys("<esc>");
    assert_eq!(w.overlay(), "");
}

#[test]
fn a_clock_does_not_keep_a_calm_desk_awake() {
    let wakes = |with: bool| {
        let mut w = World::new();
        if with {
            promised(&mut w);
        }
        w.takes(Channel::Email, "Hello");
        w.wait(20 * SECOND);
        let end = w.now.plus(10 * MINUTE);
        let mut n = 0;
        let mut shown = None;
        while let Some(at) = next_wake(&w.desk, w.now).filter(|at| *at < end) {
            w.now = at;
            w.feed(Msg::Tick);
            let case = w.desk.conversation.case.and_then(|c| w.desk.view().case(c)).expect("is open");
            shown = face(case, w.desk.server(w.now)).map(|f| f.words());
            n += 1;
        }
        assert_eq!(shown.as_deref(), with.then_some("first response in 30m"), "and it is true all the same");
        n
    };
    assert_eq!(wakes(true), wakes(false), "what is left changes together with the time of day");
}
