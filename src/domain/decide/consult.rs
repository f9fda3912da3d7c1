//! Asking a colleague while the customer holds, and leaving the contact to them: the warm transfer.

use super::contact::{check_takes, leg_ended};
use super::presence::{after_contact, rests};
use super::{Context, Decision, card, check_len};
use crate::domain::event::{ConsultEnd, Event};
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::machine::Step;
use crate::domain::people::{Agent, Presence};
use crate::domain::refusal::Refusal;
use crate::domain::routing::offer_ms;
use crate::domain::work::{Channel, Interaction, LegEnd, Phase};

pub(super) fn ask(ctx: &Context, id: InteractionId, epoch: u32, with: AgentId, note: &str) -> Decision {
    let (me, interaction) = ctx.mine(id, epoch)?;
    check_len(tk!("note"), note)?;
    if interaction.channel == Channel::Email {
        let because = tk!("an e-mail waits by itself; write a note or hand it on").to_owned();
        return Err(Refusal::WrongPhase { what: tk!("ask a colleague").into(), because });
    }
    let mut events = back_in_talk(ctx, interaction);
    talking(interaction).check(Step::Consult, tk!("ask a colleague"))?;
    check_colleague(ctx, me, with, interaction)?;
    let case = ctx.case(interaction.case)?;
    if !note.trim().is_empty() {
        events.extend(card::left(ctx, me, interaction, case, note));
    }
    let until = ctx.now.plus(offer_ms(ctx.state, interaction));
    events.push(Event::ConsultAsked { interaction: id, by: me.id, with, until, at: ctx.now });
    Ok(events)
}

/// A colleague must be someone else, there, of the queue, and have room.
pub(super) fn check_colleague(ctx: &Context, me: &Agent, agent: AgentId, i: &Interaction) -> Result<(), Refusal> {
    let target = ctx.known_agent(agent)?;
    if agent == me.id {
        return Err(Refusal::invalid(tk!("agent"), tk!("that is you; choose someone else")));
    }
    let here = ctx
        .state
        .presence(agent)
        .is_some_and(|p| p.link_lost.is_none() && !matches!(p.presence, Presence::Offline | Presence::NotResponding));
    if !here {
        return Err(Refusal::invalid(
            tk!("agent"),
            tf!("{name} is not there; choose someone else", name = target.name),
        ));
    }
    check_takes(ctx, target, i, true)
}

/// The colleague says yes.
pub(super) fn join(ctx: &Context, me: &Agent, i: &Interaction) -> Event {
    Event::ConsultJoined { interaction: i.id, with: me.id, at: ctx.now }
}

/// The colleague declines, or leaves after a word.
pub(super) fn leave(ctx: &Context, me: &Agent, i: &Interaction, reason: &str) -> Decision {
    let Phase::Consult { with, until, .. } = i.phase else { return Err(ctx.lost(i)) };
    if with != me.id {
        return Err(ctx.lost(i));
    }
    let why = if until.is_some() { ConsultEnd::Declined } else { ConsultEnd::Left };
    let mut events = vec![ended(ctx, i, with, why, reason)];
    events.extend(freed(ctx, i));
    Ok(events)
}

pub(super) fn leave_by_id(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let me = ctx.me()?;
    let interaction = ctx.interaction(id)?;
    if interaction.epoch != epoch {
        return Err(ctx.lost(interaction));
    }
    leave(ctx, me, interaction, "")
}

/// The colleague did not answer in time.
pub(super) fn expire(ctx: &Context, i: &Interaction, with: AgentId) -> Vec<Event> {
    let mut events = vec![ended(ctx, i, with, ConsultEnd::Missed, "")];
    events.extend(rests(ctx, with));
    events
}

/// The colleague has the contact now, or is still being asked.
pub(super) fn hand_over(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let (me, i) = ctx.mine(id, epoch)?;
    let Phase::Consult { with, until, .. } = i.phase else { return Err(Step::of(i).refusal(tk!("hand over"))) };
    if until.is_some() {
        let because = tf!("{who} has not answered yet", who = ctx.agent_name(with));
        return Err(Refusal::WrongPhase { what: tk!("hand over").into(), because });
    }
    let mut events = vec![
        leg_ended(ctx, me, i, LegEnd::Consult),
        Event::HandedOver { interaction: id, from: me.id, to: with, at: ctx.now },
    ];
    events.extend(after_contact(ctx, me.id, id));
    Ok(events)
}

/// What ends a consultation when the owner goes on: takes the customer back, ends, hands on.
pub(super) fn taken_back(ctx: &Context, i: &Interaction) -> Vec<Event> {
    let Phase::Consult { with, .. } = i.phase else { return Vec::new() };
    let mut events = vec![ended(ctx, i, with, ConsultEnd::TakenBack, "")];
    events.extend(freed(ctx, i));
    events
}

/// What ends a consultation when the colleague is gone.
pub(super) fn signed_out(ctx: &Context, i: &Interaction, with: AgentId) -> Event {
    ended(ctx, i, with, ConsultEnd::SignedOut, "")
}

/// From hold into talk first, as the machine has it; a consultation is ended.
pub(super) fn back_in_talk(ctx: &Context, i: &Interaction) -> Vec<Event> {
    match i.phase {
        Phase::OnHold { .. } => {
            vec![Event::PhaseChanged { interaction: i.id, to: Phase::Connected, at: ctx.now }]
        }
        Phase::Consult { .. } => taken_back(ctx, i),
        _ => Vec::new(),
    }
}

/// Where a contact stands once its customer is off hold.
pub(super) fn talking(i: &Interaction) -> Step {
    match Step::of(i) {
        Step::OnHold => Step::Connected,
        step => step,
    }
}

fn ended(ctx: &Context, i: &Interaction, with: AgentId, why: ConsultEnd, reason: &str) -> Event {
    Event::ConsultEnded { interaction: i.id, with, why, reason: reason.to_owned(), at: ctx.now }
}

/// A colleague who was there is free again.
pub(super) fn freed(ctx: &Context, i: &Interaction) -> Option<Event> {
    match i.phase {
        Phase::Consult { with, until: None, .. } => after_contact(ctx, with, i.id),
        _ => None,
    }
}
