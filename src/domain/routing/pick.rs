//! The choice of an agent: who may take a contact, at which ring, and who of them gets it.
//!
//! One judgement per agent ([`judge`]) serves the router and the trace, so that what is explained is what happens.

use std::cmp::Reverse;

use super::calling;
use super::capacity::{fits, used_units};
use super::rules::Pick;
use crate::domain::ids::{AgentId, SkillId};
use crate::domain::people::{Agent, Presence, Role};
use crate::domain::permit::{Right, allows};
use crate::domain::state::State;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Interaction, Phase, Queue};

/// Every contact asks for at least this role.
pub const LEAST_ROLE: Role = Role::Trainee;

/// An agent's place among those who could take a contact; less is earlier.
pub type Rank = (usize, Reverse<u32>, At, AgentId);

/// Why an agent does not get a contact now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// They do not serve the queue, or have left.
    NotServing,
    /// It asks for someone more senior.
    Role,
    /// A skill they lack, whatever the ring.
    Skill {
        /// Which.
        skill: SkillId,
        /// Their level, 0 is none.
        has: u8,
        /// The level asked for at the widest ring.
        needs: u8,
    },
    /// A wider ring includes them, from the instant given.
    LaterRing {
        /// Which ring, from 1.
        ring: usize,
        /// When it opens.
        at: At,
    },
    /// They are not Ready.
    Presence(Presence),
    /// Their desk has no link.
    NotLinked,
    /// They will be on a break after the contact in hand.
    Leaving,
    /// They have another offer.
    HasOffer,
    /// Their hands are full.
    Full {
        /// Units in use.
        used: u32,
    },
    /// They let it pass.
    Passed {
        /// When.
        at: At,
    },
}

/// How many wider rings are open for an interaction.
pub fn open_rings(queue: &Queue, i: &Interaction, now: At) -> usize {
    let waited = now.since(i.enqueued);
    queue.rules.rings.iter().take_while(|r| i64::from(r.after_s) * SECOND <= waited).count()
}

/// The first ring an agent's skills are in, 0 is the queue's own; the lacking skill when there is none.
fn first_ring(queue: &Queue, agent: &Agent) -> Result<usize, WhyNot> {
    if queue.rules.rings.is_empty() {
        let lacks = |(skill, needs): (&SkillId, &u8)| {
            let has = agent.skills.get(skill).copied().unwrap_or(0);
            (has < *needs).then_some(WhyNot::Skill { skill: *skill, has, needs: *needs })
        };
        return queue.skills.iter().find_map(lacks).map_or(Ok(0), Err);
    }
    let mut lacking = WhyNot::NotServing;
    for ring in 0..=queue.rules.rings.len() {
        let needed = queue.rules.skills_at(&queue.skills, ring);
        let lack = needed.iter().find_map(|(skill, needs)| {
            let has = agent.skills.get(skill).copied().unwrap_or(0);
            (has < *needs).then_some(WhyNot::Skill { skill: *skill, has, needs: *needs })
        });
        match lack {
            None => return Ok(ring),
            Some(lack) => lacking = lack,
        }
    }
    Err(lacking)
}

/// The ring at which an agent may take an interaction: that of its queue, or behind all of them when they serve only
/// the queue it overflowed to.
pub fn ring_of(state: &State, agent: &Agent, i: &Interaction, now: At) -> Result<usize, WhyNot> {
    if !agent.active || !allows(agent.role, Right::Handle) {
        return Err(WhyNot::NotServing);
    }
    if agent.role < i.min_role {
        return Err(WhyNot::Role);
    }
    let home = state.queue(i.queue).filter(|_| agent.queues.contains(&i.queue));
    let other = i.place.also.and_then(|q| state.queue(q)).filter(|q| agent.queues.contains(&q.id));
    let mut why = WhyNot::NotServing;
    if let Some(queue) = home {
        match first_ring(queue, agent) {
            Ok(ring) if ring <= open_rings(queue, i, now) => return Ok(ring),
            Ok(ring) => {
                let after = queue.rules.rings.get(ring - 1).map_or(0, |r| r.after_s);
                why = WhyNot::LaterRing { ring: ring + 1, at: i.enqueued.plus(i64::from(after) * SECOND) };
            }
            Err(lacks) => why = lacks,
        }
    }
    // It has waited too long already: every ring of the other queue counts at once.
    if let Some(ring) = other.and_then(|queue| first_ring(queue, agent).ok()) {
        return Ok(state.queue(i.queue).map_or(0, |q| q.rules.rings.len()) + 1 + ring);
    }
    Err(why)
}

/// Whether an agent may take this interaction now: queue, role, and skills at the rings that are open.
pub fn may_take(state: &State, agent: &Agent, i: &Interaction, now: At) -> bool {
    ring_of(state, agent, i, now).is_ok()
}

/// Whether an agent could take this interaction sooner or later, when its widest ring is open.
pub fn serves(state: &State, agent: &Agent, i: &Interaction) -> bool {
    ring_of(state, agent, i, At(i64::MAX)).is_ok()
}

/// What the router thinks of one agent for one interaction: their rank, or why not.
pub fn judge(state: &State, agent: AgentId, i: &Interaction, now: At) -> Result<Rank, WhyNot> {
    let row = state.agent(agent).ok_or(WhyNot::NotServing)?;
    let ring = ring_of(state, row, i, now)?;
    let presence = state.presence(agent).ok_or(WhyNot::Presence(Presence::Offline))?;
    if presence.presence != Presence::Ready {
        return Err(WhyNot::Presence(presence.presence));
    }
    if presence.link_lost.is_some() {
        return Err(WhyNot::NotLinked);
    }
    if presence.next.is_some() {
        return Err(WhyNot::Leaving);
    }
    if state.hands(agent).iter().any(|h| h.offer) {
        return Err(WhyNot::HasOffer);
    }
    if !fits(state, agent, i.channel) {
        return Err(WhyNot::Full { used: used_units(state, agent) });
    }
    if let Some((_, at)) = i.passed.iter().find(|(a, _)| *a == agent)
        && (now.since(*at) < state.house().again_ms() || someone_else(state, i, now))
    {
        return Err(WhyNot::Passed { at: *at });
    }
    Ok((ring, Reverse(skill(state, row, i)), presence.idle_since, agent))
}

/// Sum of the levels at the skills the queue asks for; 0 where skill breaks no ties.
fn skill(state: &State, agent: &Agent, i: &Interaction) -> u32 {
    match state.queue(i.queue) {
        Some(queue) if queue.rules.pick == Pick::BestSkill => {
            queue.skills.keys().filter_map(|s| agent.skills.get(s)).map(|l| u32::from(*l)).sum()
        }
        _ => 0,
    }
}

/// Whether anyone is there who may take it and has not let it pass.
fn someone_else(state: &State, i: &Interaction, now: At) -> bool {
    state.ready().any(|agent| {
        i.passed.iter().all(|(a, _)| *a != agent) && state.agent(agent).is_some_and(|a| may_take(state, a, i, now))
    })
}

/// Whom it waits for, if that agent is still to be waited for at `now`.
pub fn waits_for(state: &State, i: &Interaction, now: At) -> Option<AgentId> {
    let wish = i.place.preferred.filter(|p| now < p.until)?;
    if i.passed.iter().any(|(a, _)| *a == wish.agent) {
        return None;
    }
    let row = state.agent(wish.agent).filter(|a| may_take(state, a, i, now))?;
    let presence = state.presence(wish.agent);
    let there = presence.is_some_and(|p| p.presence == Presence::Ready && p.link_lost.is_none() && p.next.is_none());
    (there || (wish.owned && row.active)).then_some(wish.agent)
}

/// Who of the free gets it: the one it waits for, else the first by ring, skill, idle time and number.
pub fn best(state: &State, i: &Interaction, now: At) -> Option<AgentId> {
    if matches!(i.phase, Phase::Callback { due } if due > now) || !calling::fits(state, i, now) {
        return None;
    }
    if let Some(agent) = waits_for(state, i, now) {
        return judge(state, agent, i, now).ok().map(|_| agent);
    }
    state.free().filter_map(|agent| judge(state, agent, i, now).ok()).min().map(|(.., agent)| agent)
}
