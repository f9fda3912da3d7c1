//! Which interaction goes to whom, and what time alone brings about.
//!
//! Integers and total orders only, and no clock: the same state and `now` give the same commands everywhere.
//! Rules are those of operations 2.2.

use super::command::{Actor, Command};
use super::ids::{AgentId, InteractionId};
use super::people::{Agent, Presence};
use super::permit::{Right, allows};
use super::state::State;
use super::time::{At, MINUTE, SECOND};
use super::work::{Channel, Interaction, Phase, Queue};

/// Units of work one agent can hold.
pub const CAPACITY: u32 = 100;
/// After this long an interaction is offered again to someone who let it pass, if they are the only one there.
pub const PASS_AGAIN_MS: i64 = MINUTE;
/// A live chat whose agent has no link goes back to wait after this long beyond the loss.
pub const LOST_GRACE_MS: i64 = 3 * MINUTE;

/// What an agent is doing, derived from the interactions they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// Nothing.
    Idle,
    /// After-contact work.
    WrapUp,
    /// Has an offer.
    Offered,
    /// Customer on hold.
    OnHold,
    /// In conversation.
    Talking,
}

/// What an agent is doing: the most pressing of all they hold.
pub fn activity(state: &State, agent: AgentId) -> Activity {
    state
        .interactions()
        .filter_map(|i| match i.phase {
            Phase::Offered { to, .. } if to == agent => Some(Activity::Offered),
            Phase::Connected if i.owner == Some(agent) => Some(Activity::Talking),
            Phase::OnHold { .. } if i.owner == Some(agent) => Some(Activity::OnHold),
            Phase::WrapUp { .. } if i.owner == Some(agent) => Some(Activity::WrapUp),
            _ => None,
        })
        .max()
        .unwrap_or(Activity::Idle)
}

/// Units of an agent's capacity in use: what they hold and what is offered to them.
pub fn used_units(state: &State, agent: AgentId) -> u32 {
    state.interactions().filter(|i| holds(i, agent)).map(|i| i.channel.units()).sum()
}

/// Whether an agent holds an interaction or has it offered.
pub fn holds(interaction: &Interaction, agent: AgentId) -> bool {
    match interaction.phase {
        Phase::Offered { to, .. } => to == agent,
        _ => interaction.owner == Some(agent),
    }
}

/// Whether a contact of this size fits beside what the agent holds. Voice and callbacks stand alone.
pub fn fits(state: &State, agent: AgentId, channel: Channel) -> bool {
    used_units(state, agent) + channel.units() <= CAPACITY
}

/// Whether an agent may take this interaction at all: queue, skills, role.
pub fn may_take(state: &State, agent: &Agent, interaction: &Interaction) -> bool {
    let Some(queue) = state.queue(interaction.queue) else { return false };
    agent.active
        && allows(agent.role, Right::Handle)
        && agent.role >= interaction.min_role
        && agent.queues.contains(&interaction.queue)
        && queue.skills.iter().all(|(skill, least)| agent.skills.get(skill).is_some_and(|level| level >= least))
}

/// Waiting score: milliseconds waited plus one minute per priority point.
pub fn score(interaction: &Interaction, now: At) -> i64 {
    now.since(interaction.enqueued) + interaction.priority.points() * MINUTE
}

/// Waiting interactions in the order a free agent gets them: score, then arrival, then id.
pub fn waiting_order(state: &State, now: At) -> Vec<InteractionId> {
    let mut waiting: Vec<&Interaction> = state.interactions().filter(|i| i.phase == Phase::Queued).collect();
    waiting.sort_by_key(|i| (-score(i, now), i.enqueued, i.id));
    waiting.into_iter().map(|i| i.id).collect()
}

/// Commands the router and the timers give at `now`. The caller carries them out and asks again until there are
/// none; customer events come before timers, timers before the router (operations 2.2).
pub fn due(state: &State, now: At) -> Vec<Command> {
    let timers = due_timers(state, now);
    if timers.is_empty() { route(state, now).into_iter().collect() } else { timers }
}

/// The actor of everything [`due`] says.
pub const ACTOR: Actor = Actor::System;

fn due_timers(state: &State, now: At) -> Vec<Command> {
    let mut commands = Vec::new();
    for i in state.interactions() {
        match i.phase {
            Phase::Offered { until, .. } if until <= now => {
                commands.push(Command::ExpireOffer { interaction: i.id, epoch: i.epoch });
            }
            Phase::Connected | Phase::OnHold { .. } if lost_deadline(state, i).is_some_and(|at| at <= now) => {
                commands.push(Command::RequeueLost { interaction: i.id, epoch: i.epoch });
            }
            _ => {}
        }
    }
    for case in state.cases().filter(|c| c.snoozed_until.is_some_and(|at| at <= now)) {
        commands.push(Command::WakeCase { case: case.id });
    }
    commands
}

/// When a live chat goes back to wait because its agent's link is lost. Voice stays (the telephone system is the
/// truth), e-mail can wait.
fn lost_deadline(state: &State, interaction: &Interaction) -> Option<At> {
    let owner = interaction.owner?;
    let lost = state.presence(owner)?.link_lost?;
    (interaction.channel == Channel::Chat && !interaction.customer_gone).then(|| lost.plus(LOST_GRACE_MS))
}

/// The next reservation: the first waiting interaction that someone free may take, and the one who gets it.
fn route(state: &State, now: At) -> Option<Command> {
    for id in waiting_order(state, now) {
        let interaction = state.interaction(id)?;
        if interaction.channel == Channel::Email {
            continue; // pulled, never pushed
        }
        if let Some(agent) = best_agent(state, interaction, now) {
            return Some(Command::Offer { interaction: id, to: agent });
        }
    }
    None
}

/// Longest idle first, then id; those who let it pass only when nobody else is there and a minute has gone.
fn best_agent(state: &State, interaction: &Interaction, now: At) -> Option<AgentId> {
    let signed_in_elsewhere = state.presences().any(|p| {
        p.presence == Presence::Ready
            && p.link_lost.is_none()
            && !passed(interaction, p.agent)
            && can(state, p.agent, interaction)
    });
    let mut free: Vec<(At, AgentId)> = state
        .presences()
        .filter(|p| p.presence == Presence::Ready && p.link_lost.is_none() && p.next.is_none())
        .filter(|p| can(state, p.agent, interaction) && fits(state, p.agent, interaction.channel))
        .filter(|p| activity(state, p.agent) != Activity::Offered)
        .filter(|p| match passed_at(interaction, p.agent) {
            None => true,
            Some(at) => !signed_in_elsewhere && now.since(at) >= PASS_AGAIN_MS,
        })
        .map(|p| (p.idle_since, p.agent))
        .collect();
    free.sort_unstable();
    free.first().map(|(_, agent)| *agent)
}

fn can(state: &State, agent: AgentId, interaction: &Interaction) -> bool {
    state.agent(agent).is_some_and(|a| may_take(state, a, interaction))
}

fn passed(interaction: &Interaction, agent: AgentId) -> bool {
    passed_at(interaction, agent).is_some()
}

fn passed_at(interaction: &Interaction, agent: AgentId) -> Option<At> {
    interaction.passed.iter().find(|(a, _)| *a == agent).map(|(_, at)| *at)
}

/// When [`due`] would next say something if nothing else happens; `None` is never. Snoozed cases that are not
/// loaded are the store's to name.
pub fn next_due(state: &State, now: At) -> Option<At> {
    let offers = state.interactions().filter_map(|i| match i.phase {
        Phase::Offered { until, .. } => Some(until),
        _ => None,
    });
    let lost = state.interactions().filter_map(|i| match i.phase {
        Phase::Connected | Phase::OnHold { .. } => lost_deadline(state, i),
        _ => None,
    });
    let again = state
        .interactions()
        .filter(|i| i.phase == Phase::Queued)
        .flat_map(|i| i.passed.iter().map(|(_, at)| at.plus(PASS_AGAIN_MS)))
        .filter(|at| *at > now);
    let woken = state.cases().filter_map(|c| c.snoozed_until);
    offers.chain(lost).chain(again).chain(woken).min()
}

/// Whether a queue is open at an instant: by its calendar, or around the clock when it has none.
pub fn is_open(state: &State, queue: &Queue, at: At) -> bool {
    queue.calendar.and_then(|id| state.calendar(id)).is_none_or(|calendar| calendar.open_at(at))
}

/// How long an offer of this interaction stands.
pub fn offer_ms(state: &State, interaction: &Interaction) -> i64 {
    let seconds = state.queue(interaction.queue).map_or(15, |q| q.offer_s.clamp(5, 900));
    i64::from(seconds) * SECOND
}
