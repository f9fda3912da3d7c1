//! Presence: what a person chose, what someone else chose for them, and whether their desk has a link.

use super::{Context, Decision, check_body, check_line, consult};
use crate::domain::event::{Event, Requeue};
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::machine::agent::{check, chosen};
use crate::domain::machine::standing;
use crate::domain::people::Presence;
use crate::domain::refusal::Refusal;
use crate::domain::routing::capacity::has_room;
use crate::domain::routing::used_units;
use crate::domain::time::{At, MINUTE, SECOND};
use crate::domain::work::Phase;

/// Now when nothing is in hand, else armed for afterwards: a change never cuts a live contact.
pub(super) fn set(ctx: &Context, to: Presence) -> Decision {
    let me = ctx.me()?;
    check_choice(ctx, to)?;
    let current = ctx.state.presence(me.id);
    let stands = standing(ctx.state, me.id);
    if to != Presence::Ready && stands.is_busy() {
        return Ok(vec![Event::PresenceArmed { agent: me.id, next: Some(to) }]);
    }
    if current.is_some_and(|p| p.presence == to) {
        let disarm = current.is_some_and(|p| p.next.is_some());
        return Ok(disarm.then_some(Event::PresenceArmed { agent: me.id, next: None }).into_iter().collect());
    }
    if !stands.is_busy() {
        let own_offer = ctx.state.held(me.id).next().is_some();
        if own_offer && to != Presence::Ready {
            let because = tk!("a contact is offered to you; accept or decline it first").to_owned();
            return Err(Refusal::WrongPhase { what: verb(ctx, to), because });
        }
        check(stands, chosen(to), &verb(ctx, to))?;
    }
    Ok(vec![Event::PresenceChanged { agent: me.id, to, at: ctx.now }])
}

/// A lead sets someone else's presence. An offer goes back to wait without a mark; a live contact is finished first.
pub(super) fn force(ctx: &Context, agent: AgentId, to: Presence, reason: &str) -> Decision {
    let me = ctx.me()?;
    let target = ctx.known_agent(agent)?;
    check_choice(ctx, to)?;
    check_body(tk!("reason"), reason)?;
    check_line(tk!("reason"), reason)?;
    if agent == me.id {
        return Err(Refusal::invalid(tk!("agent"), tk!("that is you; set your own presence")));
    }
    let current = ctx.state.presence(agent);
    let stands = standing(ctx.state, agent);
    let to_armed = current.and_then(|p| p.next);
    let mut events = Vec::new();
    if stands.is_busy() {
        let next = Some(to).filter(|to| *to != Presence::Ready);
        if to_armed == next {
            return Ok(events);
        }
        events.push(Event::PresenceArmed { agent, next });
    } else {
        if current.is_some_and(|p| p.presence == to) {
            return Ok(events);
        }
        if to == Presence::Ready && current.is_none_or(|p| p.presence == Presence::Offline || p.link_lost.is_some()) {
            return Err(Refusal::invalid(tk!("presence"), tf!("{name} is not there", name = target.name)));
        }
        if to != Presence::Ready {
            events.extend(release_offers(ctx, agent));
        }
        events.push(Event::PresenceChanged { agent, to, at: ctx.now });
    }
    events.push(Event::PresenceForced { agent, by: Some(me.id), to, reason: reason.trim().to_owned(), at: ctx.now });
    Ok(events)
}

fn check_choice(ctx: &Context, to: Presence) -> Result<(), Refusal> {
    match to {
        Presence::NotResponding => {
            Err(Refusal::invalid(tk!("presence"), tk!("the desk itself says who does not respond")))
        }
        Presence::Break(id) if ctx.state.break_code(id).is_none() => {
            Err(Refusal::invalid(tk!("break"), tk!("there is no such kind of break; choose one of the list")))
        }
        _ => Ok(()),
    }
}

fn verb(ctx: &Context, to: Presence) -> String {
    match to {
        Presence::Ready => tk!("be Ready").into(),
        Presence::Offline => tk!("sign out").into(),
        Presence::Break(id) => {
            let label = ctx.state.break_code(id).map_or(tk!("a break"), |b| b.label.as_str());
            tf!("go on {label}", label = label.to_lowercase())
        }
        Presence::Away | Presence::NotResponding => tk!("be Away").into(),
    }
}

/// Someone let an offer pass: they take no more until they say so. The second time within ten minutes they are
/// set Away and told, and a lead is told when they do not come back.
pub(super) fn rests(ctx: &Context, agent: AgentId) -> Vec<Event> {
    let Some(p) = ctx.state.presence(agent).filter(|p| p.presence == Presence::Ready) else { return Vec::new() };
    let mut events = vec![Event::PresenceChanged { agent, to: Presence::NotResponding, at: ctx.now }];
    let window = i64::from(ctx.state.house().misses_s) * SECOND;
    if p.last_miss.is_some_and(|at| window > 0 && ctx.now.since(at) < window) {
        let reason = tf!("two offers passed within {n} minutes", n = (window + MINUTE - 1) / MINUTE);
        events.push(Event::PresenceChanged { agent, to: Presence::Away, at: ctx.now });
        events.push(Event::PresenceForced { agent, by: None, to: Presence::Away, reason, at: ctx.now });
    }
    events
}

pub(super) fn tell_lead(ctx: &Context, agent: AgentId) -> Vec<Event> {
    let forced = ctx.state.presence(agent).and_then(|p| p.forced.as_ref());
    let waits = forced.is_some_and(|f| f.by.is_none() && !f.told);
    waits.then_some(Event::LeadTold { agent, at: ctx.now }).into_iter().collect()
}

/// The last desk of an agent has gone. Nothing is counted against them: their offers wait for others, and what passed
/// since they were last heard is time without a link.
pub(super) fn lose_link(ctx: &Context, agent: AgentId, since: At) -> Decision {
    ctx.known_agent(agent)?;
    if ctx.state.presence(agent).is_some_and(|p| p.link_lost.is_some()) {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::LinkChanged { agent, lost: Some(since.min(ctx.now)), at: ctx.now }];
    events.extend(release_offers(ctx, agent));
    Ok(events)
}

/// A desk of an agent is there. Whoever was offline is signed in, but not yet Ready.
pub(super) fn gain_link(ctx: &Context, agent: AgentId) -> Decision {
    ctx.known_agent(agent)?;
    let presence = ctx.state.presence(agent);
    let mut events = Vec::new();
    if presence.is_none_or(|p| p.link_lost.is_some()) {
        events.push(Event::LinkChanged { agent, lost: None, at: ctx.now });
    }
    if presence.is_none_or(|p| p.presence == Presence::Offline) {
        events.push(Event::PresenceChanged { agent, to: Presence::Away, at: ctx.now });
    }
    Ok(events)
}

/// Offers to an agent go back to wait, and questions to them end, without a mark against anyone.
fn release_offers(ctx: &Context, agent: AgentId) -> Vec<Event> {
    let release = |i: &crate::domain::work::Interaction| match i.phase {
        Phase::Offered { to, .. } if to == agent => Some(Event::Requeued {
            interaction: i.id,
            why: Requeue::SignedOut,
            from: Some(agent),
            reason: String::new(),
            queue: i.queue,
            min_role: i.min_role,
            at: ctx.now,
        }),
        Phase::Consult { with, until: Some(_), .. } if with == agent => Some(consult::signed_out(ctx, i, with)),
        _ => None,
    };
    ctx.state.held(agent).filter_map(release).collect()
}

/// What follows when an agent is done with `finished`: the armed presence once nothing else is held, or idleness,
/// also beside other contacts when there was no room for another before.
pub(super) fn after_contact(ctx: &Context, agent: AgentId, finished: InteractionId) -> Option<Event> {
    let alone = ctx.state.held(agent).all(|i| i.id == finished);
    if !alone {
        let room = has_room(ctx.state, used_units(ctx.state, agent));
        return (!room).then_some(Event::BecameIdle { agent, at: ctx.now });
    }
    match ctx.state.presence(agent).and_then(|p| p.next) {
        Some(to) => Some(Event::PresenceChanged { agent, to, at: ctx.now }),
        None => Some(Event::BecameIdle { agent, at: ctx.now }),
    }
}
