//! The reference log of operations 1.3: twelve callers of one queue, offsets in seconds from 09:00. What Sam did after
//! taking V8 over is not told there, so it is not told here.

use super::*;
use crate::domain::figures::facts::{AgentLog, Contact, Leg, Visit};
use crate::domain::ids::{CaseId, InteractionId};
use crate::domain::people::Presence;
use crate::domain::tally::Settled;
use crate::domain::work::LegEnd;

const BILLING: QueueId = QueueId(1);
const TECH: QueueId = QueueId(2);
const ANA: AgentId = AgentId(1);
const BEN: AgentId = AgentId(2);
const CY: AgentId = AgentId(3);

struct Caller(Contact);

impl Caller {
    /// Enters BILLING, whose target is 20 s.
    fn comes(id: u64, at: i64) -> Caller {
        let visit = Visit { queue: BILLING, entered: s(at), settled: None, target_ms: 20_000 };
        Caller(Contact {
            id: InteractionId(id),
            case: CaseId(id),
            customer: None,
            channel: Channel::Voice,
            visits: vec![visit],
            legs: Vec::new(),
            ringing: None,
            asked: None,
            ended: None,
        })
    }

    fn settled(mut self, at: i64, how: Settled) -> Caller {
        self.0.visits.last_mut().expect("it is in a queue").settled = Some((s(at), how));
        self.0.ended = (how == Settled::Abandoned).then_some(s(at));
        self
    }

    /// Goes on to TECH.
    fn then_tech(mut self, at: i64) -> Caller {
        self.0.visits.push(Visit { queue: TECH, entered: s(at), settled: None, target_ms: 20_000 });
        self
    }

    /// Rings at, answers, talks, holds, then works: the last in seconds.
    fn leg(mut self, agent: AgentId, rung: i64, answered: i64, [talk, hold, acw]: [i64; 3], end: LegEnd) -> Caller {
        let visit = self.0.visits.last_mut().expect("it is in a queue");
        visit.settled.get_or_insert((s(answered), Settled::Answered));
        let queue = visit.queue;
        let over = answered + talk + hold + acw;
        self.0.legs.push(Leg {
            talk_ms: talk * 1_000,
            hold_ms: hold * 1_000,
            wrap_ms: acw * 1_000,
            ended: Some(s(over)),
            end: Some(end),
            ..Leg::begun(agent, queue, Channel::Voice, Some(s(rung)), s(answered))
        });
        self.0.ended = (end == LegEnd::Finished).then_some(s(over));
        self
    }
}

fn reference() -> Facts {
    use LegEnd::{Blind, Consult, Finished};
    let called_back = {
        let mut v9 = Caller::comes(9, 400).settled(430, Settled::Callback);
        v9.0.legs.push(Leg {
            dial_ms: 20_000,
            talk_ms: 60_000,
            wrap_ms: 20_000,
            ended: Some(s(585)),
            end: Some(Finished),
            ..Leg::begun(BEN, BILLING, Channel::Callback, None, s(485))
        });
        v9.0.ended = Some(s(585));
        v9
    };
    let callers = [
        Caller::comes(1, 0).leg(ANA, 0, 8, [180, 0, 30], Finished),
        Caller::comes(2, 10).leg(BEN, 10, 30, [210, 30, 60], Finished),
        Caller::comes(3, 20).settled(24, Settled::Abandoned),
        Caller::comes(4, 25).settled(30, Settled::Abandoned),
        Caller::comes(5, 40).settled(100, Settled::Abandoned),
        Caller::comes(6, 100).leg(BEN, 330, 335, [120, 0, 30], Finished),
        Caller::comes(7, 240).leg(ANA, 300, 306, [60, 0, 10], Blind).then_tech(366).leg(
            CY,
            366,
            386,
            [100, 0, 30],
            Finished,
        ),
        Caller::comes(8, 350).leg(ANA, 376, 380, [60, 60, 20], Consult),
        called_back,
        Caller::comes(10, 450).leg(ANA, 520, 525, [120, 0, 30], Finished),
        Caller::comes(11, 460).settled(520, Settled::FlowedOut).then_tech(520).leg(CY, 520, 526, [10, 0, 0], Finished),
        Caller::comes(12, 600).leg(BEN, 600, 604, [1256, 0, 30], Finished),
    ];
    let mut facts = Facts::default();
    for Caller(contact) in callers {
        facts.contacts.insert(contact.id, contact);
    }
    let ready = |more: &[(i64, Presence)]| {
        let rest = more.iter().map(|(at, p)| (s(*at), *p));
        std::iter::once((s(0), Presence::Ready)).chain(rest).collect::<Vec<_>>()
    };
    let lunch = Presence::Break(crate::domain::ids::BreakId(1));
    let ana = ready(&[(233, Presence::NotResponding), (300, Presence::Ready), (780, lunch)]);
    facts.agents.insert(ANA, AgentLog { presence: ana, unanswered: vec![(s(218), s(233))], ..AgentLog::default() });
    facts.agents.insert(BEN, AgentLog { presence: ready(&[]), ..AgentLog::default() });
    facts
}

/// The day, BILLING only.
fn billing<'a>() -> Ask<'a> {
    Ask { queues: &[BILLING], ..ask(window(0, 3_600)) }
}

fn voice<'a>() -> Ask<'a> {
    Ask { channels: &[Channel::Voice], ..billing() }
}

fn show(id: FigureId, scale: i64, places: u32) -> String {
    of(id, &reference(), &billing()).decimal(scale, places)
}

#[test]
fn what_was_offered_and_what_became_of_it() {
    use FigureId as F;
    let whole = |id| of(id, &reference(), &billing());
    assert_eq!(whole(F::Offered), Value::whole(12));
    assert_eq!(whole(F::Answered), Value::whole(7));
    assert_eq!(whole(F::Abandoned), Value::whole(3));
    assert_eq!(whole(F::FlowedOut), Value::whole(1));
    assert_eq!(whole(F::CalledBack), Value::whole(1));
    assert_eq!(whole(F::Waiting), Value::whole(0));
    let mut waits = figure(F::WaitAll, &reference(), &billing()).rows;
    waits.sort_by_key(|b| b.case);
    let waits: Vec<i64> = waits.iter().map(|b| b.amount / 1_000).collect();
    assert_eq!(waits, [8, 20, 4, 5, 60, 235, 66, 30, 30, 75, 60, 4]);
}

#[test]
fn the_eight_service_levels() {
    use FigureId as F;
    let levels = [
        (F::ServiceLevel1, "50.000"),
        (F::ServiceLevel2, "42.857"),
        (F::ServiceLevel3, "30.000"),
        (F::ServiceLevel4, "37.500"),
        (F::ServiceLevel5, "40.000"),
        (F::ServiceLevel6, "33.333"),
        (F::ServiceLevel, "33.333"),
        (F::ServiceLevel7, "30.000"),
        (F::ServiceLevel8, "25.000"),
    ];
    for (id, expected) in levels {
        assert_eq!(show(id, 100, 3), expected, "{id:?}");
        let figure = figure(id, &reference(), &billing());
        let (num, den) = figure.value.halves();
        assert_eq!(figure.rows.iter().map(|r| r.amount).sum::<i64>(), num, "{id:?}: the rows are the numerator");
        assert_eq!(figure.rows.len() as i64, den, "{id:?}: the rows are the denominator");
    }
}

#[test]
fn speed_of_answer_and_giving_up() {
    use FigureId as F;
    assert_eq!(of(F::Asa, &reference(), &billing()), Value::Of { num: 438_000, den: 7 });
    assert_eq!(show(F::Asa, 1, 0), "62571");
    assert_eq!(of(F::WaitAll, &reference(), &billing()), Value::Of { num: 597_000, den: 12 });
    assert_eq!(show(F::WaitAll, 1, 0), "49750");
    assert_eq!(of(F::WaitMedian, &reference(), &billing()), Value::whole(30_000));
    assert_eq!(of(F::AbandonTime, &reference(), &billing()), Value::Of { num: 69_000, den: 3 });
    assert_eq!(show(F::AbandonRate, 100, 3), "25.000");
    assert_eq!(show(F::AbandonRateLong, 100, 3), "18.182");
    assert_eq!(show(F::AbandonRateHandled, 100, 3), "22.222");
}

#[test]
fn handle_time_and_its_parts() {
    use FigureId as F;
    let facts = reference();
    let show = |id| of(id, &facts, &voice()).decimal(1, 0);
    assert_eq!(of(F::Aht, &facts, &voice()), Value::Of { num: 2_306_000, den: 7 });
    assert_eq!(show(F::Aht), "329429");
    assert_eq!(of(F::Aht, &facts, &billing()), Value::Of { num: 2_406_000, den: 8 }, "with the callback leg");
    assert_eq!(of(F::Talk, &facts, &voice()), Value::Of { num: 2_006_000, den: 7 });
    assert_eq!(of(F::Acw, &facts, &voice()), Value::Of { num: 210_000, den: 7 });
    assert_eq!(of(F::Hold, &facts, &voice()), Value::Of { num: 90_000, den: 7 });
    assert_eq!(of(F::HoldHeld, &facts, &voice()), Value::Of { num: 90_000, den: 2 });
    assert_eq!(of(F::TransferRate, &facts, &voice()).decimal(100, 3), "28.571");
    assert_eq!(facts.contacts[&InteractionId(7)].handle_ms(), 200_000, "both agents of V7");
    assert_eq!(figure(F::Aht, &facts, &voice()).rows.len(), 7);
}

#[test]
fn an_interval_counts_what_was_finished_or_what_fell_into_it() {
    use FigureId as F;
    let first = Ask { window: window(0, 1_800), now: s(3_600), ..voice() };
    assert_eq!(of(F::Aht, &reference(), &first), Value::Of { num: 1_020_000, den: 6 });
    assert_eq!(of(F::Workload, &reference(), &first), Value::whole(2_216_000));
}

#[test]
fn an_agents_time() {
    use FigureId as F;
    let facts = reference();
    let of = |id, agent| of(id, &facts, &Ask { agent: Some(agent), ..ask(window(0, 900)) });
    assert_eq!(of(F::Occupancy, ANA), Value::Of { num: 608_000, den: 713_000 });
    assert_eq!(of(F::OccupancyRingIdle, ANA), Value::Of { num: 570_000, den: 713_000 });
    assert_eq!(of(F::OccupancyNoRing, ANA), Value::Of { num: 570_000, den: 675_000 });
    assert_eq!(of(F::Utilisation, ANA), Value::Of { num: 713_000, den: 900_000 });
    assert_eq!(of(F::Occupancy, BEN), Value::Of { num: 875_000, den: 900_000 });
    // The table says 85.274: 85.2735 rounded a second time. We round once.
    assert_eq!(of(F::Occupancy, ANA).decimal(100, 3), "85.273");
    assert_eq!(of(F::OccupancyRingIdle, ANA).decimal(100, 3), "79.944");
    assert_eq!(of(F::OccupancyNoRing, ANA).decimal(100, 3), "84.444");
    assert_eq!(of(F::Utilisation, ANA).decimal(100, 3), "79.222");
    assert_eq!(of(F::Occupancy, BEN).decimal(100, 3), "97.222");
}

#[test]
fn a_callback_keeps_the_customers_own_wait() {
    let v9 = &reference().contacts[&InteractionId(9)];
    let talked = v9.legs[0].began.plus(v9.legs[0].dial_ms);
    assert_eq!(talked.since(v9.visits[0].entered), 105_000);
}

#[test]
fn the_identity_holds_in_every_window_and_queue() {
    use FigureId as F;
    let facts = reference();
    for from in (-30..1_900).step_by(7) {
        for (length, queue) in [(1, BILLING), (30, BILLING), (900, BILLING), (450, TECH)] {
            let queues = [queue];
            let ask = Ask { queues: &queues, now: s(3_600), ..ask(window(from, from + length)) };
            let n = |id| of(id, &facts, &ask).halves().0;
            let parts = [F::Answered, F::Abandoned, F::FlowedOut, F::CalledBack, F::Waiting].map(n);
            assert_eq!(n(F::Offered), parts.iter().sum::<i64>(), "{from} + {length}");
        }
    }
}
