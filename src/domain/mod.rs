//! The rules of the trade, pure: no I/O, no clock, no randomness, no async.
//!
//! `decide(&State, &Command, actor, now)` says what would happen or why not; `apply(&mut State, &Event)` makes it
//! so. The same code runs in the server (truth), on the desk (prediction) and in the sandbox.
//! Start reading at [`command`], then [`event`], then [`mod@decide`].

pub mod apply;
pub mod article;
pub mod bulk;
pub mod calendar;
pub mod checklist;
pub mod command;
pub mod decide;
pub mod event;
pub mod figures;
pub mod file;
pub mod hands;
pub mod identity;
pub mod ids;
pub mod kin;
pub mod label;
pub mod lint;
pub mod machine;
pub mod mail;
pub mod named;
pub mod people;
pub mod permit;
pub mod proof;
pub mod refusal;
pub mod routing;
pub mod row;
pub mod safe;
pub mod scope;
pub mod side;
pub mod simulate;
pub mod sla;
pub mod state;
pub mod stock;
pub mod tally;
pub mod ties;
pub mod time;
pub mod training;
pub mod view;
pub mod when;
pub mod work;
pub mod wrap_up;

pub use apply::apply;
pub use command::{Actor, Command};
pub use decide::decide;
pub use event::Event;
pub use refusal::Refusal;
pub use state::State;
