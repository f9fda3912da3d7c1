//! What of the server's rows the cache holds: a cursor per lane, marks of snapshot parts, scopes, the epoch.
//!
//! One invariant: a cursor moves only by a batch that begins exactly there, by a restart of the whole lane, or back
//! to 0 with a wipe.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::Seq;
use crate::domain::row::Entity;
use crate::domain::scope::{Lane, Scope};
use crate::wire::frame::Part;

use super::machine::Stage;

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Apply it; the cursor is moved.
    Next,
    /// Nothing new, but everything up to the cursor was seen by now.
    Seen,
    /// The server begins the lane anew: nothing of it that is here counts; the cursor is moved.
    Restart {
        /// The cursor before.
        from: Seq,
    },
    /// Old: leave it.
    Old,
    /// Something is missing.
    Gap,
}

/// What the cache holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed {
    pub(super) epoch: u64,
    live: Seq,
    deep: Seq,
    parts: BTreeMap<(Scope, Entity), (u64, bool)>,
    scopes: BTreeSet<Scope>,
    /// Rows still to come, and the most there ever were since it was last 0.
    left: (u64, u64),
    /// What came last of them.
    stage: Stage,
}

impl Feed {
    /// As the cache says.
    pub(super) fn new(epoch: u64, live: Seq, deep: Seq, parts: &[Part]) -> Feed {
        let parts = parts.iter().map(|p| ((p.scope, p.entity), (p.mark, p.whole))).collect();
        Feed { epoch, live, deep, parts, ..Feed::default() }
    }

    /// A connection begins.
    pub(super) fn opened(&mut self, scopes: &[Scope]) {
        self.scopes = scopes.iter().copied().collect();
        self.parts.retain(|(scope, _), _| self.scopes.contains(scope));
        self.left = (0, 0);
    }

    /// Another ledger: nothing that is here counts.
    pub(super) fn wipe(&mut self, epoch: u64) {
        *self = Feed { epoch, ..Feed::default() };
    }

    pub(super) fn cursor(&self, lane: Lane) -> Seq {
        match lane {
            Lane::Live => self.live,
            Lane::Deep => self.deep,
        }
    }

    /// The parts as Hello names them.
    pub(super) fn parts(&self) -> Vec<Part> {
        let part =
            |(&(scope, entity), &(mark, whole)): (&(Scope, Entity), &(u64, bool))| Part { scope, entity, mark, whole };
        self.parts.iter().map(part).collect()
    }

    pub(super) fn may_see(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    pub(super) fn grant(&mut self, scope: Scope) {
        self.scopes.insert(scope);
    }

    pub(super) fn revoke(&mut self, scope: Scope) {
        self.scopes.remove(&scope);
        // What was still to come may have been in there only; the next piece says anew what is left.
        self.left = (0, 0);
        self.parts.retain(|(s, _), _| *s != scope);
    }

    /// What may be seen of a lane.
    pub(super) fn scopes(&self, lane: Lane) -> Vec<Scope> {
        self.scopes.iter().copied().filter(|s| s.lane() == lane).collect()
    }

    /// Takes a batch's interval in.
    pub(super) fn batch(&mut self, lane: Lane, from: Seq, to: Seq) -> Fit {
        let cursor = match lane {
            Lane::Live => &mut self.live,
            Lane::Deep => &mut self.deep,
        };
        let before = *cursor;
        let held = before > 0 || self.parts.keys().any(|(scope, _)| scope.lane() == lane);
        if from == 0 && to > before && held {
            *cursor = to;
            self.parts.retain(|(scope, _), _| scope.lane() != lane);
            Fit::Restart { from: before }
        } else if to < *cursor {
            Fit::Old
        } else if to == *cursor {
            Fit::Seen
        } else if from == *cursor {
            *cursor = to;
            Fit::Next
        } else {
            Fit::Gap
        }
    }

    /// Takes a chunk in; false when it does not go on where the part stands.
    pub(super) fn chunk(&mut self, part: Part, after: u64, left: u64) -> bool {
        let key = (part.scope, part.entity);
        let known = self.parts.get(&key).map_or(0, |(mark, _)| *mark);
        if after != 0 && after != known {
            return false;
        }
        self.parts.insert(key, (part.mark, part.whole));
        self.stage = stage(part);
        self.left = if left == 0 { (0, 0) } else { (left, self.left.1.max(left)) };
        true
    }

    /// What of the snapshot came last.
    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Rows still to come, of how many.
    pub(super) fn coming(&self) -> Option<(u64, u64)> {
        (self.left.0 > 0).then_some(self.left)
    }
}

fn stage(part: Part) -> Stage {
    match part.entity {
        _ if part.scope.lane() == Lane::Live => Stage::Queue,
        Entity::ArticleHead | Entity::Stock => Stage::Titles,
        Entity::ArticleBody => Stage::Bodies,
        _ => Stage::History,
    }
}
