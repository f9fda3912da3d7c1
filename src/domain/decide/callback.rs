//! Calls we owe: someone who waits is called back instead and keeps their place; the agent comes first, then the
//! customer is called, a few times.

use super::contact::leg_ended;
use super::presence::after_contact;
use super::{Context, Decision};
use crate::domain::command::Actor;
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::machine::Step;
use crate::domain::refusal::Refusal;
use crate::domain::routing::serves;
use crate::domain::time::{At, DAY, SECOND};
use crate::domain::work::{Channel, Interaction, Kind, LegEnd, Phase, Preferred};

/// A callback is promised at most this far ahead.
const FARTHEST_MS: i64 = 30 * DAY;

pub(super) fn ask(ctx: &Context, id: InteractionId, due: Option<At>, own: Option<AgentId>) -> Decision {
    let i = ctx.interaction(id)?;
    if i.phase != Phase::Queued {
        return Err(Step::of(i).refusal("arrange a call back"));
    }
    if i.channel == Channel::Email {
        return Err(Refusal::invalid("callback", "an e-mail is answered in writing"));
    }
    let by = match ctx.actor {
        Actor::Agent(agent) => {
            ctx.sees(ctx.known_agent(agent)?, i.queue)?;
            Some(agent)
        }
        _ => None,
    };
    let due = due.unwrap_or(ctx.now).max(ctx.now);
    if due.since(ctx.now) > FARTHEST_MS {
        return Err(Refusal::invalid("callback", "promise it within 30 days"));
    }
    let queue = ctx.state.queue(i.queue).ok_or_else(|| Refusal::gone("this queue"))?;
    if !queue.channels.contains(&Channel::Callback) {
        return Err(Refusal::invalid("callback", format!("{} makes no call backs", queue.name)));
    }
    let own = match own {
        Some(agent) => {
            let target = ctx.known_agent(agent)?;
            if !serves(ctx.state, target, i) {
                return Err(Refusal::invalid("agent", format!("{} does not serve {}", target.name, queue.name)));
            }
            let until = due.plus(i64::from(queue.rules.callback_own_s) * SECOND);
            Some(Preferred { agent, until, owned: true })
        }
        None => None,
    };
    Ok(vec![Event::CallbackAsked { interaction: id, was: i.channel, by, own, due, at: ctx.now }])
}

/// What accepting a callback starts.
pub(super) fn dial(ctx: &Context, by: AgentId, i: &Interaction) -> Option<Event> {
    let owed = i.place.owed?;
    Some(Event::CallbackDialed { interaction: i.id, by, tries: owed.tries.saturating_add(1), at: ctx.now })
}

pub(super) fn result(ctx: &Context, id: InteractionId, epoch: u32, reached: bool) -> Decision {
    let (me, i) = ctx.mine(id, epoch)?;
    if !matches!(i.phase, Phase::Dialing { .. }) {
        return Err(Step::of(i).refusal("say how the call went"));
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
        "Called once; nobody answered.".to_owned()
    } else {
        format!("Called {tries} times; nobody answered.")
    };
    Ok(ctx.message(0, case, Kind::Note, Channel::Callback, &words))
}
