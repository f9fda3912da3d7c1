//! What a gateway says of a customer: who they seem to be, and how they want to be called.

use serde::{Deserialize, Serialize};

use crate::domain::calendar::wall::Zone;
use crate::domain::ids::{InteractionId, QueueId};
use crate::domain::proof::{Clue, Proof};
use crate::domain::time::At;
use crate::domain::work::Priority;

/// Who a gateway says the customer is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CustomerHint {
    /// The firm's reference.
    pub reference: Option<String>,
    /// A phone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// A name to show when nobody matches.
    pub name: Option<String>,
    /// What stands behind it.
    pub proof: Proof,
    /// What of it is known of somebody, once the store has looked it up.
    pub clue: Option<Clue>,
}

/// How and when a customer wants to be called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallbackWish {
    /// Not before; `None` is as soon as it is their turn.
    pub due: Option<At>,
    /// The end of the time they asked for.
    pub until: Option<At>,
    /// Where they are, if not where they usually are.
    pub zone: Option<Zone>,
    /// A number with its calling code to call instead of the one that is known.
    pub number: Option<String>,
}

/// What a customer who has come says it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Which contact.
    pub interaction: InteractionId,
    /// Where their choice leads, if elsewhere.
    pub queue: Option<QueueId>,
    /// How urgent it is by that; never less than before.
    pub priority: Priority,
    /// BCP 47; empty leaves it.
    pub language: String,
    /// What they chose on the way.
    pub menu: Vec<String>,
}
