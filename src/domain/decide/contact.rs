//! Contacts: offers, hold, end, transfer, escalation. The server decides races; the epoch fences stale owners.

use super::consult::{back_in_talk, check_colleague, freed, talking};
use super::presence::{after_contact, rests};
use super::{Context, Decision, callback, card, check_body, check_len, check_line, consult};
use crate::domain::command::Target;
use crate::domain::event::{Event, Requeue};
use crate::domain::ids::{AgentId, InteractionId, WrapUpId};
use crate::domain::machine::Step;
use crate::domain::people::{Agent, Role};
use crate::domain::refusal::Refusal;
use crate::domain::routing::{
    CAPACITY, Flow, LOST_GRACE_MS, fits, may_take, offer_ms, serves, used_units, waiting_order,
};
use crate::domain::row::Entity;
use crate::domain::time::SECOND;
use crate::domain::work::{Channel, Interaction, LegEnd, Phase, Priority, WrapUp};

pub(super) fn offer(ctx: &Context, id: InteractionId, to: AgentId) -> Decision {
    let interaction = ctx.interaction(id)?;
    let agent = ctx.known_agent(to)?;
    if !interaction.phase.waits() {
        return Err(ctx.lost(interaction));
    }
    check_takes(ctx, agent, interaction, false)?;
    let mut events = follow(ctx, agent, interaction);
    let until = ctx.now.plus(offer_ms(ctx.state, interaction));
    events.push(Event::OfferMade { interaction: id, to, until, at: ctx.now });
    Ok(events)
}

/// Whoever serves only the queue it overflowed to gets it there: the row moves, its place in line stays.
fn follow(ctx: &Context, agent: &Agent, i: &Interaction) -> Vec<Event> {
    let Some(to) = i.place.also.filter(|_| !agent.queues.contains(&i.queue)) else { return Vec::new() };
    vec![
        Event::FlowedOut { interaction: i.id, from: i.queue, to, how: Flow::Answered, at: ctx.now },
        Event::CaseMoved { case: i.case, queue: to, at: ctx.now },
    ]
}

/// The longest wait of the queue is over: it waits in a second queue too, or in another one.
pub(super) fn overflow(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let i = ctx.interaction(id)?;
    let rule = ctx.state.queue(i.queue).and_then(|q| q.rules.overflow);
    let over = rule.filter(|o| ctx.now.since(i.enqueued) >= i64::from(o.after_s) * SECOND);
    let Some(rule) = over.filter(|_| i.epoch == epoch && i.phase.waits() && i.place.also.is_none()) else {
        return Err(ctx.lost(i));
    };
    Step::of(i).check(Step::FlowedOut, tk!("move it on"))?;
    let target = ctx.state.queue(rule.to).filter(|q| q.active && q.channels.contains(&i.channel));
    let target = target.ok_or_else(|| Refusal::gone(tk!("the queue it overflows to")))?;
    let mut events =
        vec![Event::FlowedOut { interaction: id, from: i.queue, to: target.id, how: rule.how, at: ctx.now }];
    if rule.how == Flow::Move {
        events.push(Event::CaseMoved { case: i.case, queue: target.id, at: ctx.now });
    }
    Ok(events)
}

pub(super) fn expire(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let interaction = ctx.interaction(id)?;
    match interaction.phase {
        Phase::Offered { to, until } if interaction.epoch == epoch && until <= ctx.now => {
            let mut events = vec![requeue(ctx, interaction, Requeue::Missed, Some(to), "")];
            events.extend(rests(ctx, to));
            Ok(events)
        }
        Phase::Consult { with, until: Some(until), .. } if interaction.epoch == epoch && until <= ctx.now => {
            Ok(consult::expire(ctx, interaction, with))
        }
        _ => Err(ctx.lost(interaction)),
    }
}

pub(super) fn accept(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let me = ctx.me()?;
    let interaction = ctx.interaction(id)?;
    match interaction.phase {
        Phase::Offered { to, .. } if to == me.id && interaction.epoch == epoch => Ok(taken_by(ctx, me.id, interaction)),
        Phase::Consult { with, until: Some(_), .. } if with == me.id && interaction.epoch == epoch => {
            Ok(vec![consult::join(ctx, me, interaction)])
        }
        _ => Err(taken(ctx, me, interaction)),
    }
}

/// An agent has it; a callback is called.
fn taken_by(ctx: &Context, me: AgentId, i: &Interaction) -> Vec<Event> {
    let mut events = vec![Event::OfferAccepted { interaction: i.id, by: me, at: ctx.now }];
    events.extend(callback::dial(ctx, me, i));
    events
}

pub(super) fn decline(ctx: &Context, id: InteractionId, epoch: u32, reason: &str) -> Decision {
    let me = ctx.me()?;
    check_line(tk!("reason"), reason)?;
    let interaction = ctx.interaction(id)?;
    match interaction.phase {
        Phase::Offered { to, .. } if to == me.id && interaction.epoch == epoch => {
            let mut events = vec![requeue(ctx, interaction, Requeue::Declined, Some(me.id), reason)];
            if ctx.state.house().decline_rests {
                events.extend(rests(ctx, me.id));
            }
            Ok(events)
        }
        Phase::Consult { with, .. } if with == me.id && interaction.epoch == epoch => {
            consult::leave(ctx, me, interaction, reason)
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
            if !interaction.phase.waits() && !offered_to_me {
                return Err(taken(ctx, me, interaction));
            }
            if !offered_to_me {
                callback::check_hours(ctx, interaction)?;
                check_takes(ctx, me, interaction, false)?;
            }
            interaction
        }
        None => {
            let due = |i: &Interaction| {
                !matches!(i.phase, Phase::Callback { due } if due > ctx.now) && callback::check_hours(ctx, i).is_ok()
            };
            let suits = |i: &&Interaction| due(i) && may_take(ctx.state, me, i, ctx.now);
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
    let mut events = follow(ctx, me, interaction);
    events.extend(taken_by(ctx, me.id, interaction));
    Ok(events)
}

pub(super) fn hold(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (_, interaction) = ctx.mine(id, epoch)?;
    match interaction.phase {
        Phase::Connected if interaction.channel == Channel::Email => Err(Refusal::WrongPhase {
            what: tk!("put the customer on hold").into(),
            because: tk!("an e-mail waits by itself").into(),
        }),
        Phase::OnHold { .. } => Ok(Vec::new()),
        _ => {
            Step::of(interaction).check(Step::OnHold, tk!("put the customer on hold"))?;
            Ok(vec![Event::PhaseChanged { interaction: id, to: Phase::OnHold { since: ctx.now }, at: ctx.now }])
        }
    }
}

/// Off hold; a colleague who was asked is let go.
pub(super) fn resume(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (_, interaction) = ctx.mine(id, epoch)?;
    match interaction.phase {
        Phase::Connected => Ok(Vec::new()),
        Phase::OnHold { .. } | Phase::Consult { .. } => Ok(back_in_talk(ctx, interaction)),
        _ => Err(Step::of(interaction).refusal(tk!("take the customer off hold"))),
    }
}

pub(super) fn end(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (_, interaction) = ctx.mine(id, epoch)?;
    if let Phase::WrapUp { .. } = interaction.phase {
        return Ok(Vec::new());
    }
    Step::of(interaction).check(Step::WrapUp, tk!("end the contact"))?;
    Ok(to_wrap_up(ctx, interaction))
}

/// The contact is over, its work begins; a colleague who was asked is let go.
pub(super) fn to_wrap_up(ctx: &Context, i: &Interaction) -> Vec<Event> {
    let mut events = Vec::new();
    if let Phase::Consult { .. } = i.phase {
        events.extend(consult::taken_back(ctx, i));
    }
    if let Phase::Dialing { .. } = i.phase {
        events.push(Event::PhaseChanged { interaction: i.id, to: Phase::Connected, at: ctx.now });
    }
    events.push(Event::PhaseChanged {
        interaction: i.id,
        to: Phase::WrapUp { since: ctx.now, more: 0, over: false },
        at: ctx.now,
    });
    events
}

pub(super) fn transfer(ctx: &Context, id: InteractionId, epoch: u32, to: Target, note: &str) -> Decision {
    let (me, interaction) = ctx.mine(id, epoch)?;
    talking(interaction).check(Step::Transferred, tk!("hand the contact on"))?;
    check_len(tk!("note"), note)?;
    let case = ctx.case(interaction.case)?;
    let mut events = back_in_talk(ctx, interaction);
    if !note.trim().is_empty() {
        events.extend(card::left(ctx, me, interaction, case, note));
    }
    events.push(leg_ended(ctx, me, interaction, LegEnd::Blind));
    match to {
        Target::Queue(queue) => {
            let target = ctx.state.queue(queue).filter(|q| q.active).ok_or_else(|| Refusal::gone(tk!("this queue")))?;
            if queue == interaction.queue {
                return Err(Refusal::invalid(
                    tk!("queue"),
                    tf!("it is already in {name}; choose another", name = target.name),
                ));
            }
            if !target.channels.contains(&interaction.channel) {
                let because = tf!(
                    "{name} takes no {word}; choose another",
                    name = target.name,
                    word = interaction.channel.word()
                );
                return Err(Refusal::invalid(tk!("queue"), because));
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
            check_colleague(ctx, me, agent, interaction)?;
            events.push(requeue(ctx, interaction, Requeue::Transferred, Some(me.id), ""));
            let until = ctx.now.plus(offer_ms(ctx.state, interaction));
            events.push(Event::OfferMade { interaction: id, to: agent, until, at: ctx.now });
        }
    }
    events.extend(after_contact(ctx, me.id, id));
    Ok(events)
}

pub(super) fn escalate(ctx: &Context, id: InteractionId, epoch: u32, reason: &str, words: &str) -> Decision {
    let (me, interaction) = ctx.mine(id, epoch)?;
    talking(interaction).check(Step::Transferred, tk!("escalate"))?;
    check_body(tk!("reason"), reason)?;
    check_len(tk!("note"), words)?;
    let case = ctx.case(interaction.case)?;
    let min_role = if me.role >= Role::Senior { Role::Lead } else { Role::Senior };
    let raised = Interaction { min_role, ..interaction.clone() };
    if !ctx.state.agents().any(|a| a.id != me.id && serves(ctx.state, a, &raised)) {
        let because =
            tf!("nobody more senior serves {queue}; transfer it instead", queue = ctx.queue_name(interaction.queue));
        return Err(Refusal::invalid(tk!("escalation"), because));
    }
    let mut events = back_in_talk(ctx, interaction);
    let words = if words.trim().is_empty() { reason } else { words };
    events.extend(card::left(ctx, me, interaction, case, words));
    events.push(Event::Escalated { case: case.id, reason: reason.to_owned(), at: ctx.now });
    if case.priority < Priority::High {
        events.push(Event::PriorityChanged { case: case.id, priority: Priority::High, at: ctx.now });
    }
    events.push(leg_ended(ctx, me, interaction, LegEnd::Escalated));
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
    let mut events = back_in_talk(ctx, interaction);
    events.push(leg_ended(ctx, agent, interaction, LegEnd::LinkLost));
    events.push(requeue(ctx, interaction, Requeue::LinkLost, None, ""));
    events.extend(freed(ctx, interaction));
    Ok(events)
}

/// One agent's part of an interaction that goes on elsewhere.
pub(super) fn leg_ended(ctx: &Context, agent: &Agent, interaction: &Interaction, end: LegEnd) -> Event {
    Event::LegEnded { wrap_up: Box::new(leg(ctx, agent.id, interaction, end)) }
}

/// The times of an agent's leg up to now, without codes.
pub(super) fn leg(ctx: &Context, agent: AgentId, interaction: &Interaction, end: LegEnd) -> WrapUp {
    let (ended, wrap_ms) = match interaction.phase {
        Phase::WrapUp { since, .. } => (since, ctx.now.since(since)),
        _ => (ctx.now, 0),
    };
    let holding = match interaction.phase {
        Phase::OnHold { since } | Phase::Consult { since, .. } => Some(ctx.now.since(since)),
        _ => None,
    };
    let hold_ms = interaction.hold_ms + holding.unwrap_or(0);
    let dialing = match interaction.phase {
        Phase::Dialing { since } => ctx.now.since(since),
        _ => 0,
    };
    let dial_ms = interaction.dial_ms + dialing;
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
        talk_ms: (ended.since(accepted) - hold_ms - dial_ms).max(0),
        hold_ms,
        holds: interaction.holds.saturating_add(u16::from(holding.is_some())),
        wrap_ms,
        late: false,
        customer: interaction.customer,
        served: interaction.queue,
        rung: interaction.rung,
        dial_ms,
        target_s: interaction.target_s,
        end,
        findings: Default::default(),
        incomplete: false,
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

/// Whether an agent may and can take it, in words when not.
/// `by_hand` is a colleague's choice, who need not wait for the rings.
pub(super) fn check_takes(
    ctx: &Context,
    agent: &Agent,
    interaction: &Interaction,
    by_hand: bool,
) -> Result<(), Refusal> {
    let may =
        if by_hand { serves(ctx.state, agent, interaction) } else { may_take(ctx.state, agent, interaction, ctx.now) };
    if !may {
        let because =
            tf!("{name} does not serve {queue}", name = agent.name, queue = ctx.queue_name(interaction.queue));
        return Err(Refusal::invalid(tk!("agent"), because));
    }
    if !fits(ctx.state, agent.id, interaction.channel) {
        let used = used_units(ctx.state, agent.id).min(CAPACITY);
        if ctx.me().is_ok_and(|me| me.id == agent.id) {
            return Err(Refusal::NoCapacity { used });
        }
        return Err(Refusal::invalid(tk!("agent"), tf!("{name} has no room for it now", name = agent.name)));
    }
    Ok(())
}

/// Who won the race.
fn taken(ctx: &Context, me: &Agent, interaction: &Interaction) -> Refusal {
    match (interaction.phase, interaction.owner) {
        (Phase::Offered { to, .. }, _) if to != me.id => {
            Refusal::Lost { now: tf!("it is offered to {who}", who = ctx.agent_name(to)) }
        }
        (_, Some(owner)) if owner != me.id => {
            Refusal::Taken { by: ctx.agent_name(owner), at: interaction.accepted.unwrap_or(ctx.now) }
        }
        (_, Some(_)) => Refusal::WrongPhase { what: tk!("take it").into(), because: tk!("you have it already").into() },
        _ => ctx.lost(interaction),
    }
}
