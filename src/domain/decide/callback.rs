//! Calls we owe: someone who waits is called back instead and keeps their place; the agent comes first, then the
//! customer is called, a few times and never outside the firm's calling hours.

use super::contact::leg_ended;
use super::presence::after_contact;
use super::{Context, Decision};
use crate::domain::calendar::wall::Zone;
use crate::domain::command::{Actor, CallbackWish};
use crate::domain::event::Event;
use crate::domain::identity::{Phone, phone};
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::machine::Step;
use crate::domain::people::{Contacts, Customer};
use crate::domain::refusal::Refusal;
use crate::domain::routing::calling::{hours, may_call, next_call, their_time};
use crate::domain::routing::serves;
use crate::domain::time::{At, DAY, SECOND};
use crate::domain::work::{Author, Case, Channel, Interaction, Kind, LegEnd, Phase, Preferred};

/// A callback is promised at most this far ahead.
const FARTHEST_MS: i64 = 30 * DAY;

/// What a customer's wish comes to, once it is checked.
pub(super) struct Wanted {
    /// Not before.
    pub(super) due: At,
    /// The end of the time they asked for.
    pub(super) until: Option<At>,
    /// Where they are, when it is known.
    pub(super) zone: Option<Zone>,
    /// The number they asked to be called on, in E.164.
    number: Option<String>,
}

/// Checks how and when a customer wants to be called.
pub(super) fn wanted(ctx: &Context, wish: &CallbackWish, customer: Option<&Customer>) -> Result<Wanted, Refusal> {
    let due = wish.due.unwrap_or(ctx.now).max(ctx.now);
    if due.since(ctx.now) > FARTHEST_MS {
        return Err(Refusal::invalid("callback.at", tk!("promise it within 30 days")));
    }
    let zone = wish.zone.or_else(|| customer.and_then(|c| Zone::of(&c.zone)));
    let Some(first) = next_call(ctx.state, zone, due) else {
        let because = tk!("the hours in which all calling zones may be called never meet; set them with admin house");
        return Err(Refusal::invalid(tk!("callback"), because));
    };
    if let Some(until) = wish.until {
        if until <= due {
            return Err(Refusal::invalid(
                "callback.until",
                tk!("it must be after the time they want to be called from"),
            ));
        }
        if until <= first {
            let hours = hours(ctx.state.house().calling);
            let because = tf!("nobody is called then; calls are made from {hours} where the customer is", hours);
            return Err(Refusal::invalid("callback.until", because));
        }
    }
    let number = match wish.number.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(|n| phone(n, None)) {
        None => None,
        Some(Phone::Good(number)) => Some(number),
        Some(_) => {
            let because = tk!("it must be a number with its calling code, such as +442079460123");
            return Err(Refusal::invalid("callback.number", because));
        }
    };
    Ok(Wanted { due, until: wish.until, zone, number })
}

impl Wanted {
    /// A note on the case, when they want to be called on another number than those that are known.
    pub(super) fn note(&self, ctx: &Context, case: &Case, known: Option<&Contacts>) -> Option<Event> {
        let number = self.number.as_ref().filter(|n| known.is_none_or(|c| !c.phones.contains(n)))?;
        let mut event =
            ctx.message(0, case, Kind::Note, Channel::Callback, &tf!("Wants to be called on {number}.", number));
        if let Event::MessageAdded { message, .. } = &mut event {
            message.author = Author::System;
        }
        Some(event)
    }

    /// A gateway that asks for a call must say whom to call: a number, or a customer who has one.
    pub(super) fn check_number(&self, ctx: &Context, known: Option<&Contacts>) -> Result<(), Refusal> {
        let lacks = self.number.is_none() && known.is_none_or(|c| c.phones.is_empty());
        if lacks && matches!(ctx.actor, Actor::Gateway(_)) {
            return Err(Refusal::invalid("callback.number", tk!("no number is known to call; give one")));
        }
        Ok(())
    }
}

/// Whether the customer may be called at this instant, in words when not.
pub(super) fn check_hours(ctx: &Context, i: &Interaction) -> Result<(), Refusal> {
    let zone = i.place.owed.and_then(|o| o.zone);
    if i.channel != Channel::Callback || !i.phase.waits() || may_call(ctx.state, zone, ctx.now) {
        return Ok(());
    }
    let (time, hours) = (their_time(ctx.state, zone, ctx.now), hours(ctx.state.house().calling));
    let because = tf!("it is {time} where they are, and calls are made from {hours}", time, hours);
    Err(Refusal::WrongPhase { what: tk!("call them").into(), because })
}

pub(super) fn ask(ctx: &Context, id: InteractionId, wish: &CallbackWish, own: Option<AgentId>) -> Decision {
    let i = ctx.interaction(id)?;
    if i.phase != Phase::Queued {
        return Err(Step::of(i).refusal(tk!("arrange a call back")));
    }
    if i.channel == Channel::Email {
        return Err(Refusal::invalid(tk!("callback"), tk!("an e-mail is answered in writing")));
    }
    let by = match ctx.actor {
        Actor::Agent(agent) => {
            ctx.sees(ctx.known_agent(agent)?, i.queue)?;
            Some(agent)
        }
        _ => None,
    };
    let wanted = wanted(ctx, wish, i.customer.and_then(|c| ctx.state.customer(c)))?;
    let contacts = i.customer.and_then(|c| ctx.state.contacts(c));
    // Whoever waits on the telephone has a number, even when only the gateway knows it.
    if i.channel != Channel::Voice {
        wanted.check_number(ctx, contacts)?;
    }
    let queue = ctx.state.queue(i.queue).ok_or_else(|| Refusal::gone(tk!("this queue")))?;
    if !queue.channels.contains(&Channel::Callback) {
        return Err(Refusal::invalid(tk!("callback"), tf!("{name} makes no call backs", name = queue.name)));
    }
    let own = match own {
        Some(agent) => {
            let target = ctx.known_agent(agent)?;
            if !serves(ctx.state, target, i) {
                return Err(Refusal::invalid(
                    tk!("agent"),
                    tf!("{name} does not serve {queue}", name = target.name, queue = queue.name),
                ));
            }
            let until = wanted.due.plus(i64::from(queue.rules.callback_own_s) * SECOND);
            Some(Preferred { agent, until, owned: true })
        }
        None => None,
    };
    let (due, until, zone) = (wanted.due, wanted.until, wanted.zone);
    let mut events =
        vec![Event::CallbackAsked { interaction: id, was: i.channel, by, own, due, until, zone, at: ctx.now }];
    // A desk that arranges a call need not have the case at hand.
    if wanted.number.is_some() {
        events.extend(wanted.note(ctx, ctx.case(i.case)?, contacts));
    }
    Ok(events)
}

/// What accepting a callback starts.
pub(super) fn dial(ctx: &Context, by: AgentId, i: &Interaction) -> Option<Event> {
    let owed = i.place.owed?;
    Some(Event::CallbackDialed { interaction: i.id, by, tries: owed.tries.saturating_add(1), at: ctx.now })
}

pub(super) fn result(ctx: &Context, id: InteractionId, epoch: u32, reached: bool) -> Decision {
    let (me, i) = ctx.mine(id, epoch)?;
    if !matches!(i.phase, Phase::Dialing { .. }) {
        return Err(Step::of(i).refusal(tk!("say how the call went")));
    }
    if reached {
        return Ok(vec![Event::PhaseChanged { interaction: id, to: Phase::Connected, at: ctx.now }]);
    }
    let rules = ctx.state.queue(i.queue).map(|q| q.rules.clone()).unwrap_or_default();
    let tries = i.place.owed.map_or(1, |o| o.tries);
    let again = (tries < rules.callback_tries).then(|| ctx.now.plus(i64::from(rules.callback_gap_s) * SECOND));
    let mut events = vec![leg_ended(ctx, me, i, LegEnd::Unreached)];
    if again.is_none() {
        events.push(unreached_note(ctx, i, tries)?);
    }
    events.push(Event::CallbackUnreached { interaction: id, by: me.id, tries, again, at: ctx.now });
    events.extend(after_contact(ctx, me.id, id));
    Ok(events)
}

/// The case says what was tried.
fn unreached_note(ctx: &Context, i: &Interaction, tries: u8) -> Result<Event, Refusal> {
    let case = ctx.case(i.case)?;
    let words = if tries == 1 {
        tk!("Called once; nobody answered.").to_owned()
    } else {
        tf!("Called {tries} times; nobody answered.", tries)
    };
    Ok(ctx.message(0, case, Kind::Note, Channel::Callback, &words))
}
