//! The contact's machine.
//!
//! An asynchronous contact that waits for the customer is over as an interaction and its case is pending; a word
//! from the customer queues a new one on the same case. So "pending" is a case's, not a step here.

use super::either;
use crate::domain::refusal::Refusal;
use crate::domain::work::{Interaction, Phase};

/// Where a contact stands, the passing steps included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Just here.
    New,
    /// Waits for an agent.
    Queued,
    /// Reserved for one.
    Offered,
    /// In conversation.
    Connected,
    /// The customer holds.
    OnHold,
    /// The customer holds while a colleague is asked.
    Consult,
    /// The contact is over, its work is not.
    WrapUp,
    /// A call we owe.
    Callback,
    /// The call is being made.
    Dialing,
    /// On its way to another queue because it waited too long.
    FlowedOut,
    /// On its way to another queue or agent by an agent's hand.
    Transferred,
    /// The customer gave up.
    Abandoned,
    /// Over.
    Closed,
}

use Step::{
    Abandoned, Callback, Closed, Connected, Consult, Dialing, FlowedOut, New, Offered, OnHold, Queued, Transferred,
    WrapUp,
};

/// The machine of operations 2.3. `Queued → Connected` is a hand that takes it from the line.
pub const TABLE: &[(Step, &[Step])] = &[
    (New, &[Queued, Callback]),
    (Queued, &[Offered, Connected, Abandoned, FlowedOut, Callback]),
    (Offered, &[Queued, Callback, Connected, Dialing, Abandoned]),
    (Connected, &[OnHold, Consult, WrapUp, Transferred]),
    (OnHold, &[Connected, WrapUp]),
    (Consult, &[Connected, WrapUp]),
    (WrapUp, &[Closed]),
    (Callback, &[Offered, Dialing, FlowedOut, Closed]),
    (Dialing, &[Connected, Callback, Closed]),
    (FlowedOut, &[Queued, Callback]),
    (Transferred, &[Queued, Offered]),
    (Abandoned, &[]),
    (Closed, &[]),
];

impl Step {
    /// Every step.
    pub const ALL: [Step; 13] = [
        New,
        Queued,
        Offered,
        Connected,
        OnHold,
        Consult,
        WrapUp,
        Callback,
        Dialing,
        FlowedOut,
        Transferred,
        Abandoned,
        Closed,
    ];

    /// Where an open interaction stands.
    pub fn of(interaction: &Interaction) -> Step {
        match interaction.phase {
            Phase::Queued => Queued,
            Phase::Offered { .. } => Offered,
            Phase::Connected => Connected,
            Phase::OnHold { .. } => OnHold,
            Phase::Consult { .. } => Consult,
            Phase::WrapUp { .. } => WrapUp,
            Phase::Callback { .. } => Callback,
            Phase::Dialing { .. } => Dialing,
        }
    }

    /// The word used in sentences: "the contact is …".
    pub fn word(self) -> &'static str {
        match self {
            New => "new",
            Queued => "waiting",
            Offered => tk!("on offer"),
            Connected => tk!("in conversation"),
            OnHold => tk!("on hold"),
            Consult => tk!("with a colleague"),
            WrapUp => "over",
            Callback => tk!("waiting for a call back"),
            Dialing => tk!("being called"),
            FlowedOut => tk!("on its way to another queue"),
            Transferred => tk!("handed on"),
            Abandoned => tk!("given up"),
            Closed => "closed",
        }
    }

    /// What can be done from here, as verbs.
    fn ways(self) -> &'static [&'static str] {
        match self {
            New => &[tk!("queue it")],
            Queued => &[tk!("take it"), tk!("arrange a call back")],
            Offered => &["accept", "decline"],
            Connected => &["hold", tk!("ask a colleague"), tk!("hand it on"), tk!("end it")],
            OnHold => &["resume", tk!("end it")],
            Consult => &[tk!("take the customer back"), tk!("hand over"), tk!("end it")],
            WrapUp => &[tk!("finish the wrap-up")],
            Callback => &["call"],
            Dialing => &[tk!("say that the customer answered"), tk!("say that nobody answered")],
            FlowedOut | Transferred => &["wait"],
            Abandoned | Closed => &[],
        }
    }

    /// Where it may go from here.
    pub fn next(self) -> &'static [Step] {
        TABLE.iter().find(|(from, _)| *from == self).map_or(&[], |(_, to)| *to)
    }

    /// Refuses a step that is not in the table; `what` is what was asked, as a verb.
    pub fn check(self, to: Step, what: &str) -> Result<(), Refusal> {
        if self.next().contains(&to) {
            return Ok(());
        }
        Err(self.refusal(what))
    }

    /// Why not: where it stands and what is possible from there.
    pub fn refusal(self, what: &str) -> Refusal {
        let because = tf!("the contact is {word}; you can {either}", word = self.word(), either = either(self.ways()));
        Refusal::WrongPhase { what: what.to_owned(), because }
    }
}
