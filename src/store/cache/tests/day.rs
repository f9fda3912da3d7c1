//! What the figures of a day are made of.

use super::*;
use crate::domain::ids::{AgentId, CaseId, CustomerId, DepartureId, InteractionId, QueueId, WrapUpId};
use crate::domain::tally::{Departure, Settled};
use crate::domain::time::At;
use crate::domain::work::{Channel, LegEnd, WrapUp};
use crate::domain::wrap_up::Findings;

const ME: AgentId = AgentId(1);
const OTHER: AgentId = AgentId(2);

fn leg(id: u64, agent: AgentId, customer: u64, at: i64) -> WrapUp {
    WrapUp {
        id: WrapUpId(id),
        interaction: InteractionId(id),
        case: CaseId(1),
        queue: QueueId(1),
        agent,
        epoch: 1,
        channel: Channel::Chat,
        reason: None,
        outcome: None,
        note: None,
        at: At(at),
        wait_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        holds: 0,
        wrap_ms: 0,
        late: false,
        customer: Some(CustomerId(customer)),
        served: QueueId(1),
        rung: None,
        dial_ms: 0,
        target_s: None,
        end: LegEnd::Finished,
        findings: Findings::default(),
        incomplete: false,
    }
}

#[test]
fn today_is_whole_and_the_weeks_before_are_mine() {
    let gone = |id: u64, at: i64| Departure {
        id: DepartureId(id),
        interaction: InteractionId(90 + id),
        case: CaseId(1),
        queue: QueueId(1),
        channel: Channel::Chat,
        entered: At(at),
        at: At(at),
        how: Settled::Abandoned,
        target_ms: 0,
    };
    let imported = WrapUp { interaction: InteractionId(0), ..leg(9, ME, 1, 3) };
    let rows: Vec<Row> = vec![
        sample::case(1, 1, 1, "Here").into(),
        sample::customer(1, "Dana").into(),
        leg(1, ME, 1, 50).into(),
        leg(2, ME, 1, 110).into(),
        leg(3, OTHER, 1, 120).into(),
        leg(4, OTHER, 2, 130).into(),
        leg(5, OTHER, 2, 210).into(),
        leg(6, ME, 1, 220).into(),
        imported.into(),
        gone(1, 150).into(),
        gone(2, 250).into(),
    ];
    let dir = folder();
    let mut cache = open(dir.path());
    fill(&mut cache, rows);
    let mut reader = cache.reader().expect("opens");
    let day = reader.day(ME, At(200), At(100)).expect("reads");
    let ids: Vec<u64> = day.wrap_ups.iter().map(|w| w.id.0).collect();
    assert_eq!(ids, [2, 3, 5, 6], "mine, my customers', today's; nothing too old, nothing imported");
    assert_eq!(day.departures.iter().map(|d| d.id.0).collect::<Vec<_>>(), [2]);
    let [(case, name)] = &day.cases[..] else { panic!("{:?}", day.cases) };
    assert_eq!((case.id.0, name.as_str()), (1, "Dana"));
}
