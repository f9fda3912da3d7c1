//! The customers' side of conversations: who is there, who writes, what they have seen. Only in memory; a channel says
//! it anew when it comes back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::channel::Side;
use crate::domain::ids::CaseId;

/// Changes a slow listener may lag behind.
const NEWS: usize = 1_024;

/// What is known of customers' sides.
#[derive(Debug)]
pub struct Sides {
    inner: Mutex<BTreeMap<CaseId, Side>>,
    news: broadcast::Sender<CaseId>,
}

impl Default for Sides {
    fn default() -> Sides {
        Sides { inner: Mutex::default(), news: broadcast::channel(NEWS).0 }
    }
}

impl Sides {
    fn inner(&self) -> MutexGuard<'_, BTreeMap<CaseId, Side>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The customer's side of a conversation is so; `None` when it is over.
    pub fn set(&self, case: CaseId, side: Option<Side>) {
        let mut inner = self.inner();
        let before = match side.clone() {
            Some(side) => inner.insert(case, side),
            None => inner.remove(&case),
        };
        drop(inner);
        if before != side {
            // Nobody listening is no fault.
            self.news.send(case).ok();
        }
    }

    /// The customer's side in a case.
    pub fn of(&self, case: CaseId) -> Option<Side> {
        self.inner().get(&case).cloned()
    }

    /// Changes from now on.
    pub fn news(&self) -> broadcast::Receiver<CaseId> {
        self.news.subscribe()
    }

    /// Every conversation that goes on.
    pub fn cases(&self) -> Vec<CaseId> {
        self.inner().keys().copied().collect()
    }
}
