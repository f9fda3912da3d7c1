//! My day in pictures: a morning of nine contacts.

use super::fixture::{BEN, BILLING, Desk, ME, TECHNICAL, ago, now};
use super::scenes::scene;
use crate::app::msg::Msg;
use crate::app::port::{DayRows, Incoming};
use crate::domain::ids::*;
use crate::domain::people::Presence;
use crate::domain::row::Row;
use crate::domain::tally::*;
use crate::domain::time::{At, DAY, HOUR, MINUTE, SECOND};
use crate::domain::work::*;

/// One finished leg: how long ago, minutes; wait, talk, hold and work, seconds.
fn leg(id: u64, agent: AgentId, minutes: i64, [wait, talk, hold, wrap]: [i64; 4], end: LegEnd) -> WrapUp {
    let at = ago(minutes * MINUTE);
    WrapUp {
        id: WrapUpId(id),
        interaction: InteractionId(500 + id),
        case: CaseId(4900 + id),
        queue: BILLING,
        agent,
        epoch: 2,
        channel: if id.is_multiple_of(3) { Channel::Chat } else { Channel::Voice },
        reason: Some(ReasonId(1)),
        outcome: Some(OutcomeId(1)),
        note: None,
        at,
        wait_ms: wait * SECOND,
        talk_ms: talk * SECOND,
        hold_ms: hold * SECOND,
        holds: 0,
        wrap_ms: wrap * SECOND,
        late: false,
        customer: Some(CustomerId(id % 8 + 1)),
        served: BILLING,
        rung: Some(at.plus(-(talk + hold + wrap + 6) * SECOND)),
        dial_ms: 0,
        target_s: Some(20),
        end,
        findings: crate::domain::wrap_up::Findings::default(),
        incomplete: false,
    }
}

/// What the cache knows of the morning.
pub(super) fn rows(state: &crate::domain::state::State) -> DayRows {
    use LegEnd::{Blind, Finished};
    let wrap_ups = vec![
        leg(1, ME, 8 * 24 * 60, [4, 200, 0, 20], Finished),
        leg(2, ME, 9 * 24 * 60, [4, 200, 0, 20], Finished),
        leg(10, ME, 170, [8, 180, 0, 30], Finished),
        leg(11, ME, 150, [20, 240, 30, 60], Finished),
        leg(12, ME, 121, [66, 60, 0, 10], Blind),
        leg(13, BEN, 110, [75, 300, 0, 45], Finished),
        leg(14, ME, 95, [30, 420, 60, 20], Finished),
        leg(15, ME, 70, [12, 310, 0, 35], Finished),
        leg(16, ME, 40, [9, 150, 0, 25], Finished),
        leg(17, ME, 15, [17, 205, 25, 40], Finished),
    ];
    let gone = |id: u64, minutes: i64, waited: i64, how| Departure {
        id: DepartureId(id),
        interaction: InteractionId(600 + id),
        case: CaseId(4800 + id),
        queue: BILLING,
        channel: Channel::Voice,
        entered: ago(minutes * MINUTE + waited * SECOND),
        at: ago(minutes * MINUTE),
        how,
        target_ms: 20 * SECOND,
    };
    let rated = |id: u64, survey: Survey, mark: u8, scale: u8| Rating {
        id: RatingId(id),
        survey,
        mark,
        scale,
        interaction: InteractionId(510 + id),
        case: CaseId(4910 + id),
        queue: BILLING,
        agent: ME,
        at: ago(20 * MINUTE),
    };
    let name = |c: &Case| c.customer.and_then(|id| state.customer(id)).map_or(String::new(), |c| c.name.clone());
    let known = state.cases().next().expect("a case");
    let subjects = ["Roaming bill", "Late fee", "Fibre drops every evening", "Second line for a child"];
    let case = |w: &WrapUp| {
        let subject = subjects[(w.id.0 % 4) as usize].to_owned();
        let case = Case { id: w.case, customer: w.customer, subject, ..known.clone() };
        let name = name(&case);
        (case, name)
    };
    let cases = wrap_ups.iter().map(case).collect();
    DayRows {
        wrap_ups,
        departures: vec![
            gone(1, 130, 3, Settled::Abandoned),
            gone(2, 100, 64, Settled::Abandoned),
            gone(3, 60, 90, Settled::FlowedOut),
        ],
        ratings: vec![rated(1, Survey::Csat, 5, 5), rated(2, Survey::Csat, 3, 5), rated(3, Survey::Nps, 9, 10)],
        cases,
    }
}

/// A desk whose agent has worked since eight.
fn worked(w: u16, h: u16) -> Desk {
    let mut desk = Desk::busy(w, h);
    let midnight = At(now().0 - now().0.rem_euclid(DAY));
    let counts = Counts {
        answered: 8,
        answered_in: 5,
        wait_ms: 237 * SECOND,
        abandoned: 2,
        abandoned_in: 1,
        short: 1,
        flowed_out: 1,
        callbacks: 0,
    };
    let day = AgentDay {
        agent: ME,
        day: midnight,
        presence: vec![
            (midnight.plus(8 * HOUR), Presence::Ready),
            (ago(85 * MINUTE), Presence::Break(BreakId(1))),
            (ago(78 * MINUTE), Presence::Ready),
        ],
        linked: Vec::new(),
        unanswered: vec![(ago(45 * MINUTE), ago(45 * MINUTE).plus(15 * SECOND))],
        helped: Vec::new(),
    };
    let put = vec![
        Row::QueueDay(QueueDay { queue: BILLING, day: midnight, counts, recent: (0, 0) }),
        Row::QueueDay(QueueDay { queue: TECHNICAL, day: midnight.plus(-DAY), counts, recent: (0, 0) }),
        Row::AgentDay(day),
    ];
    desk.feed(Msg::Incoming(Incoming::Changed {
        put,
        gone: Vec::new(),
        deep: Vec::new(),
        seen_seq: 902,
        deep_seq: 902,
    }));
    desk
}

#[test]
fn a_day_in_figures() {
    scene("day", worked, |desk| {
        desk.keys("m");
    });
}

#[test]
fn a_formula_is_one_key_away() {
    scene("day-formula", worked, |desk| {
        desk.keys("m j j j j j j j h");
    });
}

#[test]
fn enter_opens_the_contacts_behind_a_figure() {
    scene("day-behind", worked, |desk| {
        desk.keys("m j enter");
    });
    let mut desk = worked(80, 24);
    desk.keys("m j enter enter");
    assert_eq!(desk.model.conversation.case, Some(CaseId(4917)), "the newest");
    assert!(desk.model.overlays.is_empty());
}

#[test]
fn nothing_yet_is_not_zero() {
    scene("day-empty", Desk::busy, |desk| {
        desk.no_day = true;
        desk.keys("m");
    });
}
