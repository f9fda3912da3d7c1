//! Hand-off cards: left by whoever hands a contact on, read by the next one before or after they take it.

use super::{Context, Decision};
use crate::domain::event::Event;
use crate::domain::ids::{InteractionId, MessageId};
use crate::domain::people::Agent;
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::work::{Case, Interaction, Kind};
use crate::domain::wrap_up::card::Card;

/// The words as a note on the case, and the contact's pointer to them.
pub(super) fn left(ctx: &Context, me: &Agent, i: &Interaction, case: &Case, words: &str) -> [Event; 2] {
    let note = MessageId(ctx.state.next_id(Entity::Message, 0));
    let card = Card { by: me.id, at: ctx.now, note, read: None };
    [ctx.message(0, case, Kind::Note, i.channel, words), Event::CardLeft { interaction: i.id, card }]
}

/// "I have read it": of whoever has the contact, is offered it, or is asked about it.
pub(super) fn read(ctx: &Context, id: InteractionId) -> Decision {
    let me = ctx.me()?;
    let i = ctx.interaction(id)?;
    if i.owner != Some(me.id) && i.offered_to().is_none_or(|(to, _)| to != me.id) {
        return Err(ctx.lost(i));
    }
    let card = i.card.ok_or_else(|| Refusal::gone(tk!("the hand-off card")))?;
    if card.by == me.id {
        return Err(Refusal::WrongPhase { what: tk!("confirm it").into(), because: tk!("you wrote this card").into() });
    }
    if card.read.is_some_and(|(by, _)| by == me.id) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::CardRead { interaction: id, by: me.id, at: ctx.now }])
}
