//! Presence: what a person chose, and whether their desk has a link.

use super::{Context, Decision};
use crate::domain::event::{Event, Requeue};
use crate::domain::ids::AgentId;
use crate::domain::people::Presence;
use crate::domain::refusal::Refusal;
use crate::domain::routing::{Activity, activity, holds};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::Phase;

/// Now when nothing is in hand, else armed for afterwards: a change never cuts a live contact.
pub(super) fn set(ctx: &Context, to: Presence) -> Decision {
    let me = ctx.me()?;
    match to {
        Presence::NotResponding => {
            return Err(Refusal::invalid("presence", "the desk itself says who does not respond"));
        }
        Presence::Break(id) if ctx.state.break_code(id).is_none() => {
            return Err(Refusal::invalid("break", "there is no such kind of break; choose one of the list"));
        }
        _ => {}
    }
    let current = ctx.state.presence(me.id);
    let busy = matches!(activity(ctx.state, me.id), Activity::Talking | Activity::OnHold | Activity::WrapUp);
    if to != Presence::Ready && busy {
        return Ok(vec![Event::PresenceArmed { agent: me.id, next: Some(to) }]);
    }
    if current.is_some_and(|p| p.presence == to) {
        let disarm = current.is_some_and(|p| p.next.is_some());
        return Ok(disarm.then_some(Event::PresenceArmed { agent: me.id, next: None }).into_iter().collect());
    }
    let mut events = Vec::new();
    if to != Presence::Ready {
        events.extend(release_offers(ctx.state, me.id, Requeue::SignedOut, ctx.now));
    }
    events.push(Event::PresenceChanged { agent: me.id, to, at: ctx.now });
    Ok(events)
}

/// The last desk of an agent has gone. Nothing is counted against them: their offers wait for others.
pub(super) fn lose_link(ctx: &Context, agent: AgentId) -> Decision {
    ctx.known_agent(agent)?;
    if ctx.state.presence(agent).is_some_and(|p| p.link_lost.is_some()) {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::LinkChanged { agent, lost: Some(ctx.now) }];
    events.extend(release_offers(ctx.state, agent, Requeue::SignedOut, ctx.now));
    Ok(events)
}

/// A desk of an agent is there. Whoever was offline is signed in, but not yet Ready.
pub(super) fn gain_link(ctx: &Context, agent: AgentId) -> Decision {
    ctx.known_agent(agent)?;
    let presence = ctx.state.presence(agent);
    let mut events = Vec::new();
    if presence.is_none_or(|p| p.link_lost.is_some()) {
        events.push(Event::LinkChanged { agent, lost: None });
    }
    if presence.is_none_or(|p| p.presence == Presence::Offline) {
        events.push(Event::PresenceChanged { agent, to: Presence::Away, at: ctx.now });
    }
    Ok(events)
}

/// Offers to an agent go back to wait, without a mark against anyone.
fn release_offers(state: &State, agent: AgentId, why: Requeue, at: At) -> Vec<Event> {
    state
        .interactions()
        .filter(|i| matches!(i.phase, Phase::Offered { to, .. } if to == agent))
        .map(|i| Event::Requeued {
            interaction: i.id,
            why,
            from: Some(agent),
            reason: String::new(),
            queue: i.queue,
            min_role: i.min_role,
            at,
        })
        .collect()
}

/// What follows when an agent is done with `finished`: the armed presence, or idleness, once nothing else is held.
pub(super) fn after_contact(
    ctx: &Context,
    agent: AgentId,
    finished: crate::domain::ids::InteractionId,
) -> Option<Event> {
    if ctx.state.interactions().any(|i| i.id != finished && holds(i, agent)) {
        return None;
    }
    match ctx.state.presence(agent).and_then(|p| p.next) {
        Some(to) => Some(Event::PresenceChanged { agent, to, at: ctx.now }),
        None => Some(Event::BecameIdle { agent, at: ctx.now }),
    }
}
