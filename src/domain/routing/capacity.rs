//! What an agent holds and what fits beside it. Tied to the state of the contacts, never to what a screen shows.

use crate::domain::ids::AgentId;
use crate::domain::routing::FirmRules;
use crate::domain::state::{Hand, State};
use crate::domain::work::{Channel, Interaction, Phase};

/// Units of work one agent can hold.
pub const CAPACITY: u32 = 100;

/// What an agent is doing, derived from the interactions they hold; the greatest is the most pressing.
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
    /// Asks a colleague, or is asked; the customer holds.
    Consult,
    /// Calls a customer back.
    Dialing,
    /// In conversation.
    Talking,
}

/// What an agent is doing: the most pressing of all they hold.
pub fn activity(state: &State, agent: AgentId) -> Activity {
    let mut most = Activity::Idle;
    for i in state.held(agent) {
        most = most.max(part(i, agent));
    }
    most
}

/// An agent's part in one interaction they hold.
fn part(i: &Interaction, agent: AgentId) -> Activity {
    match i.phase {
        Phase::Offered { .. } => Activity::Offered,
        Phase::Consult { with, until: Some(_), .. } if with == agent => Activity::Offered,
        Phase::Consult { .. } => Activity::Consult,
        Phase::Connected => Activity::Talking,
        Phase::OnHold { .. } => Activity::OnHold,
        Phase::WrapUp { .. } => Activity::WrapUp,
        Phase::Dialing { .. } => Activity::Dialing,
        Phase::Queued | Phase::Callback { .. } => Activity::Idle,
    }
}

/// Units of an agent's capacity in use: what they hold and what is offered to them.
pub fn used_units(state: &State, agent: AgentId) -> u32 {
    state.hands(agent).iter().map(|h| state.house().units(h.channel)).sum()
}

/// Whether an agent holds an interaction, has it offered, or is asked about it.
pub fn holds(interaction: &Interaction, agent: AgentId) -> bool {
    match interaction.phase {
        Phase::Offered { to, .. } => to == agent,
        Phase::Consult { with, .. } if with == agent => true,
        _ => interaction.owner == Some(agent),
    }
}

/// Whether a contact of this channel fits beside what the agent holds.
pub fn fits(state: &State, agent: AgentId, channel: Channel) -> bool {
    fit(state.house(), state.hands(agent), channel)
}

/// Whether a contact of this channel fits beside these: its units and theirs, those it may interrupt not counted.
/// During wrap-up only what needs no voice comes (operations 2.3).
pub fn fit(house: &FirmRules, hands: &[Hand], channel: Channel) -> bool {
    let spoken = matches!(channel, Channel::Voice | Channel::Callback);
    if spoken && hands.iter().any(|h| h.wraps) {
        return false;
    }
    let beside = hands.iter().filter(|h| !house.interrupts(channel, h.channel));
    let used: u32 = beside.map(|h| house.units(h.channel)).sum();
    used + house.units(channel) <= CAPACITY
}

/// Whether an agent who holds `used` units has room for the smallest contact that is pushed.
pub fn has_room(state: &State, used: u32) -> bool {
    let house = state.house();
    let least = house.offer_s.keys().map(|c| house.units(*c)).min().unwrap_or(CAPACITY);
    used + least <= CAPACITY
}
