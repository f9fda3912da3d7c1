//! Identities: plain integers given by the server, one type each so that they cannot be mixed.
//!
//! An id at or above [`PROVISIONAL`] was made by a desk that predicts an effect; the server never stores one.

use serde::{Deserialize, Serialize};

/// First id of the range a desk uses for rows it only predicts.
pub const PROVISIONAL: u64 = 1 << 62;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// Whether a desk made this id while predicting.
            pub fn is_provisional(self) -> bool {
                self.0 >= PROVISIONAL
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

ids! {
    /// A person who works here.
    AgentId,
    /// A group of agents under a lead.
    TeamId,
    /// A place where interactions wait.
    QueueId,
    /// Something an agent can do, with a level 1–5.
    SkillId,
    /// Why the customer came (a leaf of the reason tree).
    ReasonId,
    /// How a contact ended.
    OutcomeId,
    /// A kind of break.
    BreakId,
    /// A person or firm being served.
    CustomerId,
    /// The long-lived record of one problem.
    CaseId,
    /// One call, chat, e-mail exchange or callback.
    InteractionId,
    /// One message or note on a case.
    MessageId,
    /// One completed wrap-up.
    WrapUpId,
    /// A promise: something to do by a time.
    TaskId,
    /// A knowledge-base page.
    ArticleId,
    /// A desk installation that holds a token.
    DeviceId,
    /// A key for gateways.
    KeyId,
    /// A business calendar.
    CalendarId,
    /// A service policy.
    PolicyId,
    /// A wait in a queue that ended without an answer.
    DepartureId,
    /// A customer's answer to a survey.
    RatingId,
    /// A saved view.
    ViewId,
    /// The house's own word for where a case stands.
    LabelId,
    /// A template of a checklist.
    ChecklistId,
    /// A snippet or a macro.
    StockId,
    /// A file a customer sent along.
    FileId,
    /// An answer that waits for its time.
    ScheduledId,
}

/// Position in the ledger: dense, gapless, in commit order; 0 is before the first event.
pub type Seq = u64;
