//! The desk's state and update: model, actions, keymap, panes, overlays, text fields. No terminal, no socket, no
//! disk, no clock: `update(&mut Model, Msg, now) -> Vec<Effect>`. Start reading at [`port`], then [`msg`] and
//! [`model`]; [`action`] is the one table of keys, hints, help and palette.
//!
//! `now` is this machine's clock everywhere in here; [`model::Model::server`] turns it into server time.
//! Text from customers is raw in every value this room gives out: whoever shows it calls `domain::safe` first.

pub mod action;
pub mod article;
pub mod clocks;
pub mod enabled;
pub mod hints;
pub mod jump;
pub mod key;
pub mod keyed;
pub mod keymap;
pub mod list;
pub mod matching;
pub mod mirror;
pub mod model;
pub mod msg;
pub mod overlays;
pub mod panes;
pub mod port;
pub mod presets;
pub mod screen;
pub mod setup;
pub mod status;
pub mod stock;
pub mod text;
pub mod toast;
pub mod tour;
pub mod update;
pub mod words;

pub use hints::hints;
pub use status::next_wake;
pub use update::{measured, update};
