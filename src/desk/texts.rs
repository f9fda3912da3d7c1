//! Texts that went by untold: what colleagues and their customers said since this desk connected. They are fetched when
//! somebody opens them; the rest once, when the link is up, everything else has come and the line is not thin.
//!
//! Invariant: only texts the cache holds as absent are asked for, each at most once per connection.

use std::collections::BTreeSet;

use super::engine::Engine;
use crate::domain::ids::MessageId;
use crate::domain::row::{Change, Entity};
use crate::sync::machine::{Input, LinkState};

/// Texts asked for at once.
const BATCH: usize = 128;

/// What was asked for on this connection.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// The connection; 0 is none.
    generation: u32,
    /// Those from here on were asked for.
    below: u64,
    /// What has not come yet.
    awaited: BTreeSet<u64>,
}

impl Texts {
    /// These rows came.
    pub(super) fn came(&mut self, changes: &[Change]) {
        if !self.awaited.is_empty() {
            for key in changes.iter().map(Change::key).filter(|key| key.entity == Entity::Message) {
                self.awaited.remove(&key.id);
            }
        }
    }
}

impl Engine {
    /// Asks for what is absent, when there is room for it.
    pub(super) fn look_at_texts(&mut self) {
        let generation = self.cable.generation();
        if self.texts.generation != generation {
            self.texts = Texts { generation, below: u64::MAX, awaited: BTreeSet::new() };
        }
        let room = self.link.state == LinkState::Live && self.link.coming.is_none() && !self.line.is_thin();
        if !room || self.texts.below == 0 || !self.texts.awaited.is_empty() {
            return;
        }
        let found = self.cache.as_ref().map(|cache| cache.absent(Entity::Message, self.texts.below, BATCH));
        let ids = match found {
            Some(Ok(ids)) => ids,
            Some(Err(error)) => {
                tracing::warn!(%error, "absent texts could not be looked up");
                Vec::new()
            }
            None => return,
        };
        self.texts.below = ids.last().copied().unwrap_or(0);
        if !ids.is_empty() {
            self.texts.awaited = ids.iter().copied().collect();
            self.step(Input::Texts(ids.into_iter().map(MessageId).collect()));
        }
    }
}
