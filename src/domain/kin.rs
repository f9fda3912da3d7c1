//! Customers who are one person: merged, and taken apart again.
//!
//! A merged customer keeps every row: cases, messages and identities go on naming them for ever, and the one they were
//! merged into, at the end of the chain their *root*, shows them beside its own. So taking them apart moves nothing
//! back. One invariant: whoever is merged is named once by [`Customer::holds`] of the one they were merged into, and
//! nobody is their own root's part.

use std::borrow::{Borrow, Cow};

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, CustomerId};
use super::people::Customer;
use super::state::State;
use super::time::At;

/// How a customer became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedCustomer {
    /// The one who goes on.
    pub into: CustomerId,
    /// Who said that they are one.
    pub by: AgentId,
    /// When.
    pub at: At,
    /// Why.
    pub reason: String,
}

/// Customers at most that are merged into one, by whatever way; a person has fewer names than that.
pub const MOST: usize = 100;

impl State {
    /// The customer who stands for this one: the last of the chain they were merged along, as far as it is loaded.
    pub fn customer_root(&self, id: CustomerId) -> CustomerId {
        let mut root = id;
        for _ in 0..MOST {
            match self.customer(root).and_then(|c| c.merged.as_ref()) {
                Some(merged) => root = merged.into,
                None => break,
            }
        }
        root
    }

    /// Everybody who is one person with this customer: the root first, then whom it holds, each before their own.
    pub fn kin(&self, id: CustomerId) -> Vec<&Customer> {
        gather(self.customer_root(id), |id| self.customer(id))
    }

    /// The customer as a person: whoever stands for them, with the flags of all.
    pub fn person(&self, id: CustomerId) -> Option<Cow<'_, Customer>> {
        let kin = self.kin(id);
        let root = *kin.first()?;
        Some(if kin.len() == 1 {
            Cow::Borrowed(root)
        } else {
            Cow::Owned(Customer { flags: flags(&kin), ..root.clone() })
        })
    }
}

/// Flags of several who are one, each once, in the order they are met.
pub fn flags<C: Borrow<Customer>>(kin: &[C]) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for flag in kin.iter().flat_map(|c| &c.borrow().flags) {
        if !flags.contains(flag) {
            flags.push(flag.clone());
        }
    }
    flags
}

/// The customer and everybody they hold, as `read` knows them; at most [`MOST`] and nobody twice, whatever it says.
pub fn gather<C: Borrow<Customer>>(root: CustomerId, mut read: impl FnMut(CustomerId) -> Option<C>) -> Vec<C> {
    let mut next = vec![root];
    let mut seen = next.clone();
    let mut kin = Vec::new();
    while let Some(id) = next.pop() {
        let Some(customer) = read(id) else { continue };
        for held in customer.borrow().holds.iter().rev() {
            if seen.len() <= MOST && !seen.contains(held) {
                seen.push(*held);
                next.push(*held);
            }
        }
        kin.push(customer);
    }
    kin
}

/// The customer becomes part of another.
pub(super) fn merge(state: &mut State, id: CustomerId, merged: &MergedCustomer) {
    let Some(mut customer) = state.customer(id).cloned() else { return };
    customer.merged = Some(Box::new(merged.clone()));
    state.put(customer);
    if let Some(mut target) = state.customer(merged.into).cloned()
        && !target.holds.contains(&id)
    {
        target.holds.push(id);
        state.put(target);
    }
}

/// The customer is a person of their own again.
pub(super) fn unmerge(state: &mut State, id: CustomerId) {
    let Some(mut customer) = state.customer(id).cloned() else { return };
    let Some(merged) = customer.merged.take() else { return };
    state.put(customer);
    if let Some(mut target) = state.customer(merged.into).cloned() {
        target.holds.retain(|held| *held != id);
        state.put(target);
    }
}
