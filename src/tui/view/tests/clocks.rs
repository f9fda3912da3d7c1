//! The sheet that explains the clocks of a case, in pictures: one late, one at rest, one kept.

use super::fixture::{BILLING, Desk, ago, now};
use super::scenes::scene;
use crate::domain::calendar::Calendar;
use crate::domain::ids::{CaseId, PolicyId};
use crate::domain::sla::clock::{Clock, Ending};
use crate::domain::sla::policy::{Fits, Policy};
use crate::domain::sla::{Promise, Sla};
use crate::domain::state::State;
use crate::domain::time::{HOUR, MINUTE};
use crate::domain::work::{Priority, Status};

/// What was promised on the roaming bill.
pub(super) fn promise(state: &mut State) {
    let targets = Promise::ALL.map(|p| (p, [(Priority::Normal, 3_600), (Priority::High, 1_800)].into()));
    let policy = Policy {
        id: PolicyId(1),
        key: "usual".into(),
        name: "As usual".into(),
        rank: 10,
        when: Fits { queues: vec![BILLING], ..Fits::default() },
        calendar: None,
        targets: targets.into(),
        reopens: false,
        pauses: vec![Status::Pending],
        warn_pct: 75,
        warn_left_s: 900,
        active: true,
    };
    let hours = Calendar::always();
    let began = |promise, minutes: i64| Clock::start(promise, &policy, 3_600, ago(minutes * MINUTE), &hours);
    let first = Clock { ended: Some((ago(80 * MINUTE), Ending::Met)), ..began(Promise::First, 100) };
    let next = began(Promise::Next, 50);
    let next = Clock { warned: next.risk, ..next };
    let resolution = began(Promise::Resolution, 100);
    let resolution = Clock { breached: resolution.due, ..resolution };
    let mut case = state.case(CaseId(4821)).cloned().expect("is there");
    case.sla = Sla {
        from: Some(ago(100 * MINUTE)),
        answered: Some(ago(80 * MINUTE)),
        waiting: Some(ago(50 * MINUTE)),
        policy: Some(policy.id),
        clocks: vec![first, next, resolution],
        ..Sla::default()
    };
    state.load(policy.clone().into());
    // A second case of hers rests while the customer owes something.
    let mut other = state.case(CaseId(4790)).cloned().expect("is there");
    let rests = began(Promise::Resolution, 100);
    other.status = Status::Pending;
    other.sla = Sla {
        from: Some(ago(100 * MINUTE)),
        policy: case.sla.policy,
        clocks: vec![Clock { paused: Some(now().plus(-HOUR)), ..rests }],
        ..Sla::default()
    };
    state.load(case.into());
    state.load(other.into());
}

#[test]
fn the_sheet_explains_every_clock() {
    scene("clocks", Desk::promised, |desk| {
        desk.take(4821).keys("C");
    });
    scene("clocks-resting", Desk::promised, |desk| {
        desk.take(4790).keys("C");
    });
}
