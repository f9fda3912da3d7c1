//! The agent's machine.

use super::either;
use crate::domain::ids::AgentId;
use crate::domain::people::Presence;
use crate::domain::refusal::Refusal;
use crate::domain::routing::{Activity, activity};
use crate::domain::state::State;

/// Where an agent stands: what they do, or what they chose while they do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Not signed in.
    Offline,
    /// Signed in and away, or on a break.
    Away,
    /// Ready and free.
    Ready,
    /// Has an offer.
    Offered,
    /// Calls a customer back.
    Dialing,
    /// In conversation.
    Talking,
    /// The customer holds.
    OnHold,
    /// Asks a colleague, or is asked; the customer holds.
    Consult,
    /// After-contact work.
    WrapUp,
    /// Let an offer pass.
    NotResponding,
}

use Standing::{Away, Consult, Dialing, NotResponding, Offered, Offline, OnHold, Ready, Talking, WrapUp};

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 10] =
        [Offline, Away, Ready, Offered, Dialing, Talking, OnHold, Consult, WrapUp, NotResponding];

    /// The word used in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Offline => "offline",
            Away => "away",
            Ready => "ready",
            Offered => tk!("being offered a contact"),
            Dialing => "calling",
            Talking => tk!("in conversation"),
            OnHold => tk!("keeping a customer on hold"),
            Consult => tk!("with a colleague"),
            WrapUp => tk!("in wrap-up"),
            NotResponding => tk!("not responding"),
        }
    }

    /// Where an agent may go from here.
    pub fn next(self) -> &'static [Standing] {
        TABLE.iter().find(|(from, _)| *from == self).map_or(&[], |(_, to)| *to)
    }

    /// Whether a contact is in hand: what is chosen now is for afterwards.
    pub fn is_busy(self) -> bool {
        matches!(self, Dialing | Talking | OnHold | Consult | WrapUp)
    }
}

/// The machine of operations 2.3. Away stands for every kind of break; from one break to another is a step, too.
pub const TABLE: &[(Standing, &[Standing])] = &[
    (Offline, &[Ready, Away]),
    (Ready, &[Offered, Away, Offline, Dialing]),
    // Ready again when the customer is gone, offline when someone signs them out.
    (Offered, &[Talking, Dialing, Consult, NotResponding, Ready, Offline]),
    (Dialing, &[Talking, WrapUp, Ready]),
    (Talking, &[OnHold, Consult, WrapUp]),
    (OnHold, &[Talking, WrapUp]),
    (Consult, &[Talking, WrapUp]),
    (WrapUp, &[Ready, Away, Offline, Offered]),
    (NotResponding, &[Ready, Away, Offline]),
    (Away, &[Ready, Offline, Away]),
];

/// What a hand may do besides: take a waiting contact, whatever presence was chosen, because e-mail is pulled and
/// a presence is never changed by work.
pub const BY_HAND: &[(Standing, Standing)] = &[
    (Ready, Talking),
    (Offered, Talking),
    (Away, Talking),
    (Offline, Talking),
    (NotResponding, Talking),
    (WrapUp, Talking),
    (Ready, Dialing),
    (Away, Dialing),
];

/// Where an agent stands now.
pub fn standing(state: &State, agent: AgentId) -> Standing {
    match activity(state, agent) {
        Activity::Offered => Offered,
        Activity::Dialing => Dialing,
        Activity::Talking => Talking,
        Activity::OnHold => OnHold,
        Activity::Consult => Consult,
        Activity::WrapUp => WrapUp,
        Activity::Idle => match state.presence(agent).map_or(Presence::Offline, |p| p.presence) {
            Presence::Offline => Offline,
            Presence::Ready => Ready,
            Presence::NotResponding => NotResponding,
            Presence::Away | Presence::Break(_) => Away,
        },
    }
}

/// The standing a presence leads to when nothing is in hand.
pub fn chosen(presence: Presence) -> Standing {
    match presence {
        Presence::Offline => Offline,
        Presence::Ready => Ready,
        Presence::NotResponding => NotResponding,
        Presence::Away | Presence::Break(_) => Away,
    }
}

/// Refuses a step that is not in the table; `what` is what was asked, as a verb.
pub fn check(from: Standing, to: Standing, what: &str) -> Result<(), Refusal> {
    if from.next().contains(&to) {
        return Ok(());
    }
    let possible: Vec<&str> = from.next().iter().map(|s| s.word()).collect();
    Err(Refusal::WrongPhase {
        what: what.to_owned(),
        because: tf!(
            "you are {word}; from there it goes on to {either}",
            word = from.word(),
            either = either(&possible)
        ),
    })
}
