//! Contacts: offers, hold, end, transfer, escalation. The server decides races; the epoch fences stale owners.

use super::presence::after_contact;
use super::{Context, Decision, check_body, check_len, check_line};
use crate::domain::command::Target;
use crate::domain::event::{Event, Requeue};
use crate::domain::ids::{AgentId, InteractionId, WrapUpId};
use crate::domain::people::{Agent, Presence, Role};
use crate::domain::refusal::Refusal;
use crate::domain::routing::{CAPACITY, LOST_GRACE_MS, fits, may_take, offer_ms, used_units, waiting_order};
use crate::domain::row::Entity;
use crate::domain::work::{Channel, Interaction, Kind, Phase, Priority, WrapUp};

pub(super) fn offer(ctx: &Context, id: InteractionId, to: AgentId) -> Decision {
    let interaction = ctx.interaction(id)?;
    let agent = ctx.known_agent(to)?;
    if interaction.phase != Phase::Queued {
        return Err(ctx.lost(interaction));
    }
    check_takes(ctx, agent, interaction)?;
    Ok(vec![Event::OfferMade { interaction: id, to, until: ctx.now.plus(offer_ms(ctx.state, interaction)) }])
}

pub(super) fn expire(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let interaction = ctx.interaction(id)?;
    let Phase::Offered { to, until } = interaction.phase else { return Err(ctx.lost(interaction)) };
    if interaction.epoch != epoch || until > ctx.now {
        return Err(ctx.lost(interaction));
    }
    let mut events = vec![requeue(ctx, interaction, Requeue::Missed, Some(to), "")];
    if ctx.state.presence(to).is_some_and(|p| p.presence == Presence::Ready) {
        events.push(Event::PresenceChanged { agent: to, to: Presence::NotResponding, at: ctx.now });
    }
    Ok(events)
}

pub(super) fn accept(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let me = ctx.me()?;
    let interaction = ctx.interaction(id)?;
    match interaction.phase {
        Phase::Offered { to, .. } if to == me.id && interaction.epoch == epoch => {
            Ok(vec![Event::OfferAccepted { interaction: id, by: me.id, at: ctx.now }])
        }
        _ => Err(taken(ctx, me, interaction)),
    }
}

pub(super) fn decline(ctx: &Context, id: InteractionId, epoch: u32, reason: &str) -> Decision {
    let me = ctx.me()?;
    check_line("reason", reason)?;
    let interaction = ctx.interaction(id)?;
    match interaction.phase {
        Phase::Offered { to, .. } if to == me.id && interaction.epoch == epoch => {
            Ok(vec![requeue(ctx, interaction, Requeue::Declined, Some(me.id), reason)])
        }
        _ => Err(ctx.lost(interaction)),
    }
}

/// The one named, or the next right one: by score among those the agent may take and has room for.
pub(super) fn pull(ctx: &Context, id: Option<InteractionId>) -> Decision {
    let me = ctx.me()?;
    let interaction = match id {
        Some(id) => {
            let interaction = ctx.interaction(id)?;
            let offered_to_me = matches!(interaction.phase, Phase::Offered { to, .. } if to == me.id);
            if interaction.phase != Phase::Queued && !offered_to_me {
                return Err(taken(ctx, me, interaction));
            }
            if !offered_to_me {
                check_takes(ctx, me, interaction)?;
            }
            interaction
        }
        None => {
            let suits = |i: &&Interaction| may_take(ctx.state, me, i);
            let waiting = || waiting_order(ctx.state, ctx.now).into_iter().filter_map(|id| ctx.state.interaction(id));
            let room = |i: &&Interaction| fits(ctx.state, me.id, i.channel);
            match waiting().filter(suits).find(room) {
                Some(interaction) => interaction,
                None if waiting().any(|i| suits(&i)) => {
                    return Err(Refusal::NoCapacity { used: used_units(ctx.state, me.id) });
                }
                None => return Err(Refusal::NothingWaits),
            }
        }
    };
    Ok(vec![Event::OfferAccepted { interaction: interaction.id, by: me.id, at: ctx.now }])
}

pub(super) fn hold(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (_, interaction) = ctx.mine(id, epoch)?;
    match interaction.phase {
        Phase::Connected if interaction.channel == Channel::Email => Err(Refusal::WrongPhase {
            what: "put the customer on hold".into(),
            because: "an e-mail waits by itself".into(),
        }),
        Phase::Connected => {
            Ok(vec![Event::PhaseChanged { interaction: id, to: Phase::OnHold { since: ctx.now }, at: ctx.now }])
        }
        Phase::OnHold { .. } => Ok(Vec::new()),
        _ => Err(over("put the customer on hold")),
    }
}

pub(super) fn resume(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (_, interaction) = ctx.mine(id, epoch)?;
    match interaction.phase {
        Phase::OnHold { .. } => Ok(vec![Event::PhaseChanged { interaction: id, to: Phase::Connected, at: ctx.now }]),
        Phase::Connected => Ok(Vec::new()),
        _ => Err(over("take the customer off hold")),
    }
}

pub(super) fn end(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (_, interaction) = ctx.mine(id, epoch)?;
    match interaction.phase {
        Phase::Connected | Phase::OnHold { .. } => {
            Ok(vec![Event::PhaseChanged { interaction: id, to: Phase::WrapUp { since: ctx.now }, at: ctx.now }])
        }
        _ => Ok(Vec::new()),
    }
}

pub(super) fn transfer(ctx: &Context, id: InteractionId, epoch: u32, to: Target, note: &str) -> Decision {
    let (me, interaction) = ctx.mine(id, epoch)?;
    check_talking(interaction, "hand the contact on")?;
    check_len("note", note)?;
    let case = ctx.case(interaction.case)?;
    let mut events = Vec::new();
    if !note.trim().is_empty() {
        events.push(ctx.message(0, case, Kind::Note, interaction.channel, note));
    }
    events.push(leg_ended(ctx, me, interaction));
    match to {
        Target::Queue(queue) => {
            let target = ctx.state.queue(queue).filter(|q| q.active).ok_or_else(|| Refusal::gone("this queue"))?;
            if queue == interaction.queue {
                return Err(Refusal::invalid("queue", format!("it is already in {}; choose another", target.name)));
            }
            if !target.channels.contains(&interaction.channel) {
                let because = format!("{} takes no {}; choose another", target.name, interaction.channel.word());
                return Err(Refusal::invalid("queue", because));
            }
            events.push(Event::Requeued {
                interaction: id,
                why: Requeue::Transferred,
                from: Some(me.id),
                reason: String::new(),
                queue,
                min_role: Role::Trainee,
                at: ctx.now,
            });
            events.push(Event::CaseMoved { case: case.id, queue, at: ctx.now });
        }
        Target::Agent(agent) => {
            let target = ctx.known_agent(agent)?;
            if agent == me.id {
                return Err(Refusal::invalid("agent", "that is you; choose someone else"));
            }
            let here = ctx.state.presence(agent).is_some_and(|p| {
                p.link_lost.is_none() && !matches!(p.presence, Presence::Offline | Presence::NotResponding)
            });
            if !here {
                return Err(Refusal::invalid("agent", format!("{} is not there; choose someone else", target.name)));
            }
            check_takes(ctx, target, interaction)?;
            events.push(requeue(ctx, interaction, Requeue::Transferred, Some(me.id), ""));
            let until = ctx.now.plus(offer_ms(ctx.state, interaction));
            events.push(Event::OfferMade { interaction: id, to: agent, until });
        }
    }
    events.extend(after_contact(ctx, me.id, id));
    Ok(events)
}

pub(super) fn escalate(ctx: &Context, id: InteractionId, epoch: u32, reason: &str) -> Decision {
    let (me, interaction) = ctx.mine(id, epoch)?;
    check_talking(interaction, "escalate")?;
    check_body("reason", reason)?;
    let case = ctx.case(interaction.case)?;
    let min_role = if me.role >= Role::Senior { Role::Lead } else { Role::Senior };
    let raised = Interaction { min_role, ..interaction.clone() };
    if !ctx.state.agents().any(|a| a.id != me.id && may_take(ctx.state, a, &raised)) {
        let because = format!("nobody more senior serves {}; transfer it instead", ctx.queue_name(interaction.queue));
        return Err(Refusal::invalid("escalation", because));
    }
    let mut events = vec![
        ctx.message(0, case, Kind::Note, interaction.channel, reason),
        Event::Escalated { case: case.id, reason: reason.to_owned(), at: ctx.now },
    ];
    if case.priority < Priority::High {
        events.push(Event::PriorityChanged { case: case.id, priority: Priority::High, at: ctx.now });
    }
    events.push(leg_ended(ctx, me, interaction));
    events.push(Event::Requeued {
        interaction: id,
        why: Requeue::Escalated,
        from: Some(me.id),
        reason: String::new(),
        queue: interaction.queue,
        min_role,
        at: ctx.now,
    });
    events.extend(after_contact(ctx, me.id, id));
    Ok(events)
}

pub(super) fn requeue_lost(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let interaction = ctx.interaction(id)?;
    let Some(owner) = interaction.owner.filter(|_| interaction.epoch == epoch) else {
        return Err(ctx.lost(interaction));
    };
    let lost = ctx.state.presence(owner).and_then(|p| p.link_lost);
    if lost.is_none_or(|at| at.plus(LOST_GRACE_MS) > ctx.now) {
        return Err(ctx.lost(interaction));
    }
    let agent = ctx.known_agent(owner)?;
    Ok(vec![leg_ended(ctx, agent, interaction), requeue(ctx, interaction, Requeue::LinkLost, None, "")])
}

/// One agent's part of an interaction that goes on elsewhere.
fn leg_ended(ctx: &Context, agent: &Agent, interaction: &Interaction) -> Event {
    Event::LegEnded { wrap_up: Box::new(leg(ctx, agent.id, interaction)) }
}

/// The times of an agent's leg up to now, without codes.
pub(super) fn leg(ctx: &Context, agent: AgentId, interaction: &Interaction) -> WrapUp {
    let (ended, wrap_ms) = match interaction.phase {
        Phase::WrapUp { since } => (since, ctx.now.since(since)),
        _ => (ctx.now, 0),
    };
    let holding = match interaction.phase {
        Phase::OnHold { since } => ctx.now.since(since),
        _ => 0,
    };
    let hold_ms = interaction.hold_ms + holding;
    let accepted = interaction.accepted.unwrap_or(ended);
    WrapUp {
        id: WrapUpId(ctx.state.next_id(Entity::WrapUp, 0)),
        interaction: interaction.id,
        case: interaction.case,
        queue: ctx.state.case(interaction.case).map_or(interaction.queue, |c| c.queue),
        agent,
        epoch: interaction.epoch,
        channel: interaction.channel,
        reason: None,
        outcome: None,
        note: None,
        at: ctx.now,
        wait_ms: accepted.since(interaction.enqueued),
        talk_ms: (ended.since(accepted) - hold_ms).max(0),
        hold_ms,
        wrap_ms,
        late: false,
    }
}

fn requeue(ctx: &Context, i: &Interaction, why: Requeue, from: Option<AgentId>, reason: &str) -> Event {
    Event::Requeued {
        interaction: i.id,
        why,
        from,
        reason: reason.to_owned(),
        queue: i.queue,
        min_role: i.min_role,
        at: ctx.now,
    }
}

fn check_talking(interaction: &Interaction, what: &str) -> Result<(), Refusal> {
    match interaction.phase {
        Phase::Connected | Phase::OnHold { .. } => Ok(()),
        _ => Err(over(what)),
    }
}

fn over(what: &str) -> Refusal {
    Refusal::WrongPhase { what: what.into(), because: "the contact is over".into() }
}

/// Whether an agent may and can take it, in words when not.
fn check_takes(ctx: &Context, agent: &Agent, interaction: &Interaction) -> Result<(), Refusal> {
    if !may_take(ctx.state, agent, interaction) {
        let because = format!("{} does not serve {}", agent.name, ctx.queue_name(interaction.queue));
        return Err(Refusal::invalid("agent", because));
    }
    if !fits(ctx.state, agent.id, interaction.channel) {
        let used = used_units(ctx.state, agent.id).min(CAPACITY);
        if ctx.me().is_ok_and(|me| me.id == agent.id) {
            return Err(Refusal::NoCapacity { used });
        }
        return Err(Refusal::invalid("agent", format!("{} has no room for it now", agent.name)));
    }
    Ok(())
}

/// Who won the race.
fn taken(ctx: &Context, me: &Agent, interaction: &Interaction) -> Refusal {
    match (interaction.phase, interaction.owner) {
        (Phase::Offered { to, .. }, _) if to != me.id => {
            Refusal::Lost { now: format!("it is offered to {}", ctx.agent_name(to)) }
        }
        (_, Some(owner)) if owner != me.id => {
            Refusal::Taken { by: ctx.agent_name(owner), at: interaction.accepted.unwrap_or(ctx.now) }
        }
        (_, Some(_)) => Refusal::WrongPhase { what: "take it".into(), because: "you have it already".into() },
        _ => ctx.lost(interaction),
    }
}
