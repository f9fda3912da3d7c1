//! What someone asks for. Imperative names; every variant says who may ask in [`super::permit`].
//!
//! Variants and fields are only ever added at the end: commands wait in outboxes for days.

mod about;
mod asked;
mod asker;
mod caller;
mod imported;

pub use asked::Command;
pub use asker::{Actor, FollowUp, Target, WaitingReply};
pub use caller::{CallbackWish, Chosen, CustomerHint};
pub use imported::{ImportedMessage, ImportedTask, ImportedWrapUp};
