//! Which desks have a connection. One per desk: a newer one waits until the older has gone.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::ids::DeviceId;
use crate::domain::time::At;

/// Why and for how long a desk is sent away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goodbye {
    /// In words.
    pub why: String,
    /// Come back after so many seconds; `None` is never by itself.
    pub retry_s: Option<u32>,
}

/// Connections by desk.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    inner: Arc<Mutex<Inner>>,
    numbers: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Inner {
    here: BTreeMap<DeviceId, Slot>,
    heard: BTreeMap<DeviceId, At>,
    shut: bool,
}

#[derive(Debug)]
struct Slot {
    session: u64,
    goodbye: watch::Sender<Option<Goodbye>>,
    /// Ends when the connection has.
    gone: watch::Receiver<()>,
}

/// A place in the registry; leaving it open for the next one when dropped.
#[derive(Debug)]
pub struct Ticket {
    /// Number of the session, unique while the server runs.
    pub session: u64,
    /// When the desk was last heard on an earlier connection.
    pub last_heard: Option<At>,
    /// Filled when the connection shall end.
    pub goodbye: watch::Receiver<Option<Goodbye>>,
    device: DeviceId,
    registry: Registry,
    _gone: watch::Sender<()>,
}

impl Registry {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until an older connection of the desk has gone, then takes its place. `None`: the server goes down.
    pub async fn enter(&self, device: DeviceId) -> Option<Ticket> {
        loop {
            let mut older = {
                let mut inner = self.inner();
                if inner.shut {
                    return None;
                }
                match inner.here.get(&device) {
                    Some(slot) => {
                        let why = "This desk connected anew.".to_owned();
                        slot.goodbye.send_replace(Some(Goodbye { why, retry_s: Some(60) }));
                        slot.gone.clone()
                    }
                    None => return Some(self.take_place(&mut inner, device)),
                }
            };
            while older.changed().await.is_ok() {}
        }
    }

    fn take_place(&self, inner: &mut Inner, device: DeviceId) -> Ticket {
        let session = self.numbers.fetch_add(1, Ordering::Relaxed) + 1;
        let (tell, told) = watch::channel(None);
        let (still_here, gone) = watch::channel(());
        inner.here.insert(device, Slot { session, goodbye: tell, gone });
        let last_heard = inner.heard.get(&device).copied();
        Ticket { session, last_heard, goodbye: told, device, registry: self.clone(), _gone: still_here }
    }

    /// Sends one desk away.
    pub fn close(&self, device: DeviceId, goodbye: Goodbye) {
        if let Some(slot) = self.inner().here.get(&device) {
            slot.goodbye.send_replace(Some(goodbye));
        }
    }

    /// Sends every desk away and lets no other in; waits until all have gone.
    pub async fn shut(&self, goodbye: Goodbye) {
        let waiting: Vec<watch::Receiver<()>> = {
            let mut inner = self.inner();
            inner.shut = true;
            for slot in inner.here.values() {
                slot.goodbye.send_replace(Some(goodbye.clone()));
            }
            inner.here.values().map(|slot| slot.gone.clone()).collect()
        };
        for mut gone in waiting {
            while gone.changed().await.is_ok() {}
        }
    }

    /// How many desks are connected.
    pub fn count(&self) -> usize {
        self.inner().here.len()
    }
}

impl Ticket {
    /// Remembers when the desk was last heard, for its next connection.
    pub fn heard(&self, at: At) {
        self.registry.inner().heard.insert(self.device, at);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inner = self.registry.inner();
        if inner.here.get(&self.device).is_some_and(|slot| slot.session == self.session) {
            inner.here.remove(&self.device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_newer_connection_waits_for_the_older_to_go() {
        let registry = Registry::default();
        let desk = DeviceId(1);
        let first = registry.enter(desk).await.expect("open");
        first.heard(At(7));
        let newer = tokio::spawn({
            let registry = registry.clone();
            async move { registry.enter(desk).await }
        });
        let mut told = first.goodbye.clone();
        told.wait_for(Option::is_some).await.expect("told to go");
        assert!(!newer.is_finished());
        drop(first);
        let newer = newer.await.expect("runs").expect("open");
        assert_eq!((registry.count(), newer.last_heard), (1, Some(At(7))));
        let shut = tokio::spawn({
            let registry = registry.clone();
            async move { registry.shut(Goodbye { why: "maintenance".into(), retry_s: Some(5) }).await }
        });
        newer.goodbye.clone().wait_for(Option::is_some).await.expect("told to go");
        drop(newer);
        shut.await.expect("ends");
        assert!(registry.enter(desk).await.is_none());
    }
}
