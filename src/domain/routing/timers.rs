//! What time alone brings about: instants at which something must be said (alarms) and at which the router must
//! look again although nothing happened (wakes). The state keeps both in order, so that nothing is searched.

use super::calling;
use crate::domain::command::Command;
use crate::domain::ids::{AgentId, CaseId, InteractionId, ScheduledId};
use crate::domain::people::PresenceRow;
use crate::domain::routing::FirmRules;
use crate::domain::row::{Entity, RowKey};
use crate::domain::state::State;
use crate::domain::time::{At, MINUTE, SECOND};
use crate::domain::work::{Case, Channel, Interaction, Phase, Queue};
use crate::domain::wrap_up::limit_ms;

/// A live chat whose agent has no link goes back to wait after this long beyond the loss, ms.
pub const LOST_GRACE_MS: i64 = 5 * MINUTE;

/// When something must be said about an interaction, if nothing else happens to it.
pub fn alarm(i: &Interaction, queue: Option<&Queue>) -> Option<At> {
    match i.phase {
        Phase::Offered { until, .. } => Some(until),
        Phase::Consult { until, .. } => until,
        Phase::Queued | Phase::Callback { .. } => {
            let overflow = queue?.rules.overflow.filter(|o| i.place.also.is_none() && o.to != i.queue)?;
            Some(i.enqueued.plus(i64::from(overflow.after_s) * SECOND))
        }
        Phase::WrapUp { since, more, over: false } => {
            let queue = queue.filter(|q| q.rules.wrap_up.mode.is_timed())?;
            limit_ms(queue, more).map(|ms| since.plus(ms))
        }
        _ => None,
    }
}

/// When something must be said about a case, if nothing else happens to it: it wakes, or one of its clocks is at risk
/// or late.
pub fn case_alarm(case: &Case) -> Option<At> {
    case.snoozed_until.into_iter().chain(case.sla.alarm()).min()
}

/// When the router must look at a waiting interaction again: a ring opens, a wish ends, a callback is due, or it
/// may come again to those who let it pass.
pub fn wakes(i: &Interaction, queue: Option<&Queue>, house: &FirmRules) -> Vec<At> {
    if !i.phase.waits() {
        return Vec::new();
    }
    let rings = queue.into_iter().flat_map(|q| &q.rules.rings).map(|r| i.enqueued.plus(i64::from(r.after_s) * SECOND));
    let mut at: Vec<At> = rings.collect();
    at.extend(i.place.preferred.map(|p| p.until));
    at.extend(i.passed.iter().map(|(_, at)| at.plus(house.again_ms())));
    if let Phase::Callback { due } = i.phase {
        at.push(due);
    }
    at
}

/// When a lead is told of an agent whom the desk set Away.
pub fn tell_lead(p: &PresenceRow, house: &FirmRules) -> Option<At> {
    let forced = p.forced.as_ref().filter(|f| f.by.is_none() && !f.told)?;
    Some(forced.at.plus(i64::from(house.tell_lead_s) * SECOND))
}

/// What timers say at `now`, in order of time.
pub fn due_timers(state: &State, now: At) -> Vec<Command> {
    let mut commands: Vec<Command> = state.alarms(now).flat_map(|key| said(state, key, now)).collect();
    for (agent, id) in state.lost().flat_map(|a| state.held(a).map(move |i| (a, i.id))) {
        if let Some(i) = state.interaction(id)
            && lost_deadline(state, agent, i).is_some_and(|at| at <= now)
        {
            commands.push(Command::RequeueLost { interaction: id, epoch: i.epoch });
        }
    }
    commands
}

fn said(state: &State, key: RowKey, now: At) -> Vec<Command> {
    match key.entity {
        Entity::Interaction => {
            let Some(i) = state.interaction(InteractionId(key.id)) else { return Vec::new() };
            let (interaction, epoch) = (i.id, i.epoch);
            vec![match i.phase {
                Phase::Offered { .. } | Phase::Consult { .. } => Command::ExpireOffer { interaction, epoch },
                Phase::WrapUp { .. } => Command::ExpireWrapUp { interaction, epoch },
                _ => Command::Overflow { interaction, epoch },
            }]
        }
        Entity::Case => {
            let Some(case) = state.case(CaseId(key.id)) else { return Vec::new() };
            let due = |at: Option<At>| at.is_some_and(|at| at <= now);
            let wake = due(case.snoozed_until).then_some(Command::WakeCase { case: case.id });
            let clocks = due(case.sla.alarm()).then_some(Command::CheckClocks { case: case.id });
            wake.into_iter().chain(clocks).collect()
        }
        Entity::Scheduled => {
            let waits = state.scheduled(ScheduledId(key.id)).into_iter();
            waits.map(|s| Command::SendScheduled { case: s.case, scheduled: s.id }).collect()
        }
        Entity::Presence => vec![Command::TellLead { agent: AgentId(key.id) }],
        _ => Vec::new(),
    }
}

/// When a live chat goes back to wait because its agent's link is lost. Voice stays (the telephone system is the
/// truth), e-mail can wait.
fn lost_deadline(state: &State, agent: AgentId, i: &Interaction) -> Option<At> {
    let lost = state.presence(agent)?.link_lost?;
    let live = i.channel == Channel::Chat && i.phase.is_live() && i.owner == Some(agent);
    (live && !i.customer_gone).then(|| lost.plus(LOST_GRACE_MS))
}

/// When [`super::due`] would next say something if nothing else happens; `None` is never. Cases that are not loaded,
/// with their sleep and their clocks, are the store's to name.
pub fn next_due(state: &State, now: At) -> Option<At> {
    let lost = state.lost().flat_map(|a| state.held(a).filter_map(move |i| lost_deadline(state, a, i)));
    let hours = state.callbacks().filter_map(|zone| calling::reopens(state, zone, now));
    lost.chain(state.next_alarm()).chain(state.next_wake(now)).chain(hours).min()
}
