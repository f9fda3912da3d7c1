//! What of the ledger is in memory: everything hot, and visitors for as long as they are needed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::ids::{CustomerId, TaskId};
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::time::At;
use crate::domain::{State, permit};
use crate::store::StoreError;

use super::group::{Desk, Wake};
use super::needs::Needs;
use super::request::{Published, Rights};
use super::ruling::Open;

impl Desk {
    /// Makes sure that memory is whole.
    pub(super) fn make_sound(&mut self, now: At) -> Result<(), StoreError> {
        if self.sound { Ok(()) } else { self.reload(now) }
    }

    /// Memory as the ledger has it.
    pub(super) fn reload(&mut self, now: At) -> Result<(), StoreError> {
        self.sound = false;
        self.state = self.ledger.hot()?;
        self.head = self.ledger.head();
        self.visitors.clear();
        self.wake = Wake::Unknown;
        self.check_after = Some(0);
        let mut needs = Needs::default();
        needs.keys.extend(self.belongings());
        self.bring_in(&Open::default(), needs)?;
        self.rights = Arc::new(rights(&self.state));
        self.links.settle(&self.state, now);
        self.publish.send_replace(Published { seq: self.head, at: now, rights: self.rights.clone() });
        self.sound = true;
        Ok(())
    }

    /// Cases and customers of the open interactions: they stay in memory.
    fn belongings(&self) -> BTreeSet<RowKey> {
        let mut keys = BTreeSet::new();
        for interaction in self.state.interactions() {
            keys.insert(RowKey { entity: Entity::Case, id: interaction.case.0 });
            if let Some(CustomerId(id)) = interaction.customer {
                keys.insert(RowKey { entity: Entity::Customer, id });
                keys.insert(RowKey { entity: Entity::Contacts, id });
            }
        }
        keys
    }

    /// Brings rows into memory that are not there yet; a case brings its customer and its newest inbound message.
    pub(super) fn bring_in(&mut self, open: &Open, needs: Needs) -> Result<(), StoreError> {
        let mut keys = needs.keys;
        while !keys.is_empty() {
            // Who is one person is in memory together.
            let kin: Vec<RowKey> = keys.iter().flat_map(|key| self.kin_of(*key)).collect();
            keys.extend(kin);
            keys.retain(|key| self.is_missing(open, *key));
            keys.sort_unstable();
            keys.dedup();
            let rows = if keys.is_empty() { Vec::new() } else { self.ledger.rows(&keys)? };
            keys.clear();
            for row in rows {
                keys.extend(relatives(&row));
                if let Row::Case(case) = &row {
                    keys.extend(case.customer.map(|c| RowKey { entity: Entity::Customer, id: c.0 }));
                    keys.extend(case.last_inbound.map(|m| RowKey { entity: Entity::Message, id: m.0 }));
                }
                self.visitors.insert(row.key());
                self.state.load(row);
            }
        }
        for (entity, parent) in needs.children {
            for row in self.ledger.children(entity, parent)? {
                if self.is_missing(open, row.key()) {
                    self.visitors.insert(row.key());
                    self.state.load(row);
                }
            }
        }
        Ok(())
    }

    /// Those whom a customer in memory is one person with.
    fn kin_of(&self, key: RowKey) -> Vec<RowKey> {
        self.state.row(key).map(relatives).unwrap_or_default()
    }

    fn is_missing(&self, open: &Open, key: RowKey) -> bool {
        let can_be = !key.entity.is_hot() || key.entity == Entity::Task;
        can_be && self.state.row(key).is_none() && !open.gone.contains(&key)
    }

    /// Remembers what a group changed: rows that are gone, and rows that need not stay in memory.
    pub(super) fn note(&mut self, open: &mut Open, changes: &[Change]) {
        for change in changes {
            let key = change.key();
            match change {
                Change::Put { .. } | Change::Absent { .. } => open.gone.remove(&key),
                Change::Forget { .. } => open.gone.insert(key),
            };
            if !key.entity.is_hot() || key.entity == Entity::Task {
                self.visitors.insert(key);
            }
        }
    }

    /// Lets go of rows that nothing open needs.
    pub(super) fn evict(&mut self) {
        let mut keep = self.belongings();
        let mut next: Vec<RowKey> = keep.iter().copied().collect();
        while let Some(key) = next.pop() {
            next.extend(self.kin_of(key).into_iter().filter(|kin| keep.insert(*kin)));
        }
        let state = &mut self.state;
        self.visitors.retain(|key| {
            let stays = match key.entity {
                Entity::Task => state.task(TaskId(key.id)).is_some_and(|t| t.done.is_none()),
                _ => keep.contains(key),
            };
            if !stays {
                state.unload(*key);
            }
            stays
        });
    }
}

/// Whom a customer is one person with, one step up and down.
fn relatives(row: &Row) -> Vec<RowKey> {
    let Row::Customer(customer) = row else { return Vec::new() };
    let kin = customer.merged.as_ref().map(|m| m.into).into_iter().chain(customer.holds.iter().copied());
    kin.map(|id| RowKey { entity: Entity::Customer, id: id.0 }).collect()
}

/// What every agent may see.
pub(super) fn rights(state: &State) -> Rights {
    state.agents().filter(|a| a.active).map(|a| (a.id, permit::scopes(state, a).into())).collect()
}
