//! Clocks of cases that nobody has open: on time, after a restart, and when the firm changes its mind.

use super::*;
use crate::domain::calendar::{Calendar, Timetable};
use crate::domain::ids::{CalendarId, PolicyId};
use crate::domain::sla::Promise;
use crate::domain::sla::clock::{Clock as Kept, Standing};
use crate::domain::sla::policy::{Fits, Policy, WARN_LEFT_S, WARN_PCT};
use crate::domain::time::{HOUR, MINUTE};
use crate::domain::work::Status;

fn policy(id: u64, minutes: u32) -> Policy {
    let target = Priority::ALL.into_iter().map(|p| (p, minutes * 60)).collect();
    Policy {
        id: PolicyId(id),
        key: "all".into(),
        name: "Everyone".into(),
        rank: 10,
        when: Fits::default(),
        calendar: None,
        targets: [(Promise::Resolution, target)].into(),
        reopens: false,
        pauses: vec![Status::Pending],
        warn_pct: WARN_PCT,
        warn_left_s: WARN_LEFT_S,
        active: true,
    }
}

impl House {
    async fn clock_of(&self, case: CaseId) -> Kept {
        let key = RowKey { entity: Entity::Case, id: case.0 };
        let rows = self.hub.core.run(move |inside| inside.ledger.rows(&[key])).await.expect("runs").expect("reads");
        match rows.into_iter().next() {
            Some(Row::Case(case)) => case.sla.clock(Promise::Resolution).cloned().expect("has a clock"),
            other => panic!("a case, not {other:?}"),
        }
    }

    /// A chat comes and goes; its case stays, and is not in the core's memory.
    async fn past_case(&self) -> CaseId {
        let (contact, case) = self.chat(BILLING, "hello").await;
        self.give(Actor::Agent(ANA), Command::Pull { interaction: Some(contact) }).await;
        let epoch = self.interaction(contact).await.expect("there").epoch;
        let to = crate::domain::command::Target::Queue(TECH);
        self.give(Actor::Agent(ANA), Command::Transfer { interaction: contact, epoch, to, note: String::new() }).await;
        self.give(Actor::Operator, Command::EndInteraction { interaction: contact }).await;
        let loaded = self.hub.core.run(move |inside| inside.state.case(case).is_some()).await.expect("runs");
        assert!(!loaded, "nothing open needs it");
        case
    }
}

#[tokio::test]
async fn warnings_and_breaches_come_on_time_for_cases_nobody_has_open() {
    let house = House::new();
    house.operate(vec![put(policy(0, 60))]);
    let case = house.past_case().await;
    house.wait(44 * MINUTE as u64).await;
    assert_eq!(house.clock_of(case).await.standing(), Standing::Running);
    house.wait(MINUTE as u64).await;
    let clock = house.clock_of(case).await;
    assert_eq!((clock.standing(), clock.warned), (Standing::AtRisk, Some(house.now())));
    house.wait(15 * MINUTE as u64).await;
    assert_eq!(house.clock_of(case).await.standing(), Standing::AtRisk, "at the due time it would be in time");
    house.wait(1).await;
    let clock = house.clock_of(case).await;
    assert_eq!((clock.standing(), clock.breached), (Standing::Breached, Some(T0.plus(HOUR))));
    house.verify().await;
}

#[tokio::test]
async fn a_restart_loses_no_alarm() {
    let dir = tempfile::tempdir().expect("a folder");
    let open = || Box::new(SqliteLedger::open(&dir.path().join("ledger.db"), EPOCH).expect("opens"));
    let case = {
        let house = House::on(open());
        house.operate(vec![put(policy(0, 60))]);
        house.past_case().await
    };
    let house = House::on(open());
    house.wait(45 * MINUTE as u64).await;
    assert_eq!(house.clock_of(case).await.standing(), Standing::AtRisk);
    drop(house);
    // It was due while nobody ran: told at once, with the due time that was missed.
    let house = House::on(open());
    house.wait(3 * HOUR as u64).await;
    let clock = house.clock_of(case).await;
    assert_eq!((clock.standing(), clock.breached), (Standing::Breached, Some(T0.plus(HOUR))));
    house.verify().await;
}

#[tokio::test]
async fn a_changed_policy_or_calendar_reaches_every_clock() {
    let house = House::new();
    house.operate(vec![put(Calendar::new("office", Timetable::default()))]);
    house.operate(vec![put(Policy { calendar: Some(CalendarId(1)), ..policy(0, 60) })]);
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(house.past_case().await);
    }
    house.operate(vec![put(Policy { calendar: Some(CalendarId(1)), ..policy(1, 120) })]);
    house.wait(0).await;
    for case in &cases {
        assert_eq!(house.clock_of(*case).await.due, Some(T0.plus(2 * HOUR)));
    }
    // From now on it opens on Mondays only; now is a Friday.
    let windows = crate::domain::calendar::words::windows("mon 09:00-17:00").expect("hours");
    let office = Calendar::new("office", Timetable { windows, ..Timetable::default() });
    house.operate(vec![put(Calendar { id: CalendarId(1), ..office })]);
    house.wait(0).await;
    let monday = At::from_rfc3339("2027-01-18T11:00:00Z");
    for case in &cases {
        assert_eq!(house.clock_of(*case).await.due, monday);
    }
    house.verify().await;
}
