//! The newest commits, shared by all sessions: a session is a place in this ring, never a queue of its own.
//!
//! A commit wakes those who listen to a scope it touches, and nobody else: two thousand desks sleep through each
//! other's work. Invariant: who asks from a place is told every commit since that touched its scopes, or that some
//! of them are gone.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::Notify;

use crate::domain::row::Entity;
use crate::domain::scope::{Lane, Scope};

use super::request::Commit;

/// Commits kept; who lags behind further reads from the ledger instead.
pub const KEPT: usize = 512;

/// The ring. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    inner: Arc<RwLock<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: VecDeque<Arc<Commit>>,
    /// Number of the first one kept; they count from 0.
    first: u64,
    /// By scope: one beyond the newest commit that touched it and is not kept any more.
    gone: HashMap<Scope, u64>,
    ears: HashMap<Scope, Vec<Arc<Ear>>>,
}

/// What wakes one session.
#[derive(Debug, Default)]
struct Ear {
    wake: Notify,
    /// [`LIVE`], [`DEEP`], [`BUSY`].
    dozing: AtomicU8,
}

/// Why there is no commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing happened since.
    New,
    /// More happened than is kept: look at the ledger.
    Kept,
}

/// It looks at the live lane by itself soon.
const LIVE: u8 = 1;
/// It looks at the deep lane by itself soon.
const DEEP: u8 = 2;
/// It looks at everything once it can do anything at all.
const BUSY: u8 = 4;

impl Ring {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A commit is durable.
    pub fn push(&self, commit: Commit) {
        let mut inner = self.write();
        while inner.kept.len() >= KEPT
            && let Some(old) = inner.kept.pop_front()
        {
            inner.first += 1;
            let gone = inner.first;
            for change in old.changes.iter() {
                inner.gone.insert(change.scope(), gone);
            }
        }
        let touched = touched(&commit);
        inner.kept.push_back(Arc::new(commit));
        drop(inner);
        let inner = self.read();
        for (scope, pressing) in touched {
            let lane = bit(scope.lane());
            for ear in inner.ears.get(&scope).into_iter().flatten() {
                let dozing = ear.dozing.load(Ordering::Relaxed);
                if dozing & BUSY == 0 && (pressing || dozing & lane == 0) {
                    ear.wake.notify_one();
                }
            }
        }
    }

    /// A place at the end, for someone who may see these scopes; `None` is all of them.
    pub fn listen(&self, scopes: Option<Arc<[Scope]>>) -> Listener {
        let mut inner = self.write();
        let ear = Arc::<Ear>::default();
        let next = inner.first + inner.kept.len() as u64;
        inner.add(scopes.as_deref().unwrap_or_default(), &ear);
        Listener { ring: self.clone(), scopes, next, ear }
    }
}

impl Inner {
    fn add(&mut self, scopes: &[Scope], ear: &Arc<Ear>) {
        for scope in scopes {
            self.ears.entry(*scope).or_default().push(Arc::clone(ear));
        }
    }

    fn remove(&mut self, scopes: &[Scope], ear: &Arc<Ear>) {
        for scope in scopes {
            if let Some(ears) = self.ears.get_mut(scope) {
                ears.retain(|other| !Arc::ptr_eq(other, ear));
                if ears.is_empty() {
                    self.ears.remove(scope);
                }
            }
        }
    }
}

/// One place in the ring.
#[derive(Debug)]
pub struct Listener {
    ring: Ring,
    /// Sorted; `None` is all.
    scopes: Option<Arc<[Scope]>>,
    next: u64,
    ear: Arc<Ear>,
}

impl Listener {
    /// Waits until something may have happened in these scopes.
    pub async fn woken(&self) {
        self.ear.wake.notified().await;
    }

    /// Whatever happens from here on wakes it.
    pub fn listen_up(&self) {
        self.ear.dozing.store(0, Ordering::Relaxed);
    }

    /// It looks by itself soon, lane by lane: what does not press need not wake it.
    pub fn doze(&self, live: bool, deep: bool) {
        self.ear.dozing.store(if live { LIVE } else { 0 } | if deep { DEEP } else { 0 }, Ordering::Relaxed);
    }

    /// It looks once its desk has taken what it was sent: nothing need wake it before.
    pub fn wait_for_room(&self) {
        self.ear.dozing.store(BUSY, Ordering::Relaxed);
    }

    /// Listens to these scopes (sorted) from its place on, if it does not already.
    pub fn hear(&mut self, scopes: &Arc<[Scope]>) {
        if self.scopes.as_ref().is_some_and(|known| Arc::ptr_eq(known, scopes)) {
            return;
        }
        let scopes = Arc::clone(scopes);
        let mut inner = self.ring.write();
        inner.remove(self.scopes.as_deref().unwrap_or_default(), &self.ear);
        inner.add(&scopes, &self.ear);
        drop(inner);
        self.scopes = Some(scopes);
        // What happened in the new ones meanwhile woke nobody.
        self.ear.wake.notify_one();
    }

    /// The next commit that touched the scopes; the newest of all comes in any case, to say how far it got.
    pub fn read(&mut self) -> Result<Arc<Commit>, Nothing> {
        let inner = self.ring.read();
        let end = inner.first + inner.kept.len() as u64;
        if self.next < inner.first {
            let lost = match &self.scopes {
                None => true,
                Some(scopes) => scopes.iter().any(|scope| inner.gone.get(scope).is_some_and(|gone| *gone > self.next)),
            };
            self.next = if lost { end } else { inner.first };
            if lost {
                return Err(Nothing::Kept);
            }
        }
        while self.next < end {
            let commit = inner.kept.get((self.next - inner.first) as usize);
            self.next += 1;
            let sees = |commit: &Arc<Commit>| match &self.scopes {
                None => true,
                Some(scopes) => commit.changes.iter().any(|c| scopes.binary_search(&c.scope()).is_ok()),
            };
            if let Some(commit) = commit.filter(|commit| self.next == end || sees(commit)) {
                return Ok(Arc::clone(commit));
            }
        }
        Err(Nothing::New)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut inner = self.ring.write();
        inner.remove(self.scopes.as_deref().unwrap_or_default(), &self.ear);
    }
}

fn bit(lane: Lane) -> u8 {
    match lane {
        Lane::Live => LIVE,
        Lane::Deep => DEEP,
    }
}

/// The scopes a commit touches, each with whether it may concern someone's own work, which does not wait.
fn touched(commit: &Commit) -> HashMap<Scope, bool> {
    let mut touched = HashMap::new();
    for change in commit.changes.iter() {
        let pressing = matches!(
            (change.scope(), change.key().entity),
            (Scope::Queue(_), Entity::Interaction) | (Scope::Agent(_) | Scope::History(_), _)
        );
        *touched.entry(change.scope()).or_default() |= pressing;
    }
    touched
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::ids::{QueueId, TeamId};
    use crate::domain::row::{Change, RowKey};
    use crate::domain::time::At;

    const BILLING: Scope = Scope::Queue(QueueId(1));
    const TECH: Scope = Scope::Queue(QueueId(2));
    const TEAM: Scope = Scope::Team(TeamId(1));

    fn commit(to: u64, scope: Scope, entity: Entity) -> Commit {
        let change = Change::Forget { rev: to, scope, key: RowKey { entity, id: to } };
        Commit { from: to - 1, to, at: At(0), changes: vec![change].into() }
    }

    fn listen(ring: &Ring, scopes: &[Scope]) -> Listener {
        ring.listen(Some(scopes.into()))
    }

    fn seen(listener: &mut Listener) -> Vec<u64> {
        std::iter::from_fn(|| listener.read().ok()).map(|commit| commit.to).collect()
    }

    async fn is_woken(listener: &Listener) -> bool {
        tokio::time::timeout(Duration::ZERO, listener.woken()).await.is_ok()
    }

    #[tokio::test]
    async fn only_those_who_listen_to_a_scope_are_woken() {
        let ring = Ring::default();
        let (mut billing, mut tech) = (listen(&ring, &[BILLING]), listen(&ring, &[TECH]));
        ring.push(commit(1, BILLING, Entity::Interaction));
        assert!(is_woken(&billing).await && !is_woken(&tech).await);
        ring.push(commit(2, BILLING, Entity::Interaction));
        assert_eq!(seen(&mut billing), [1, 2]);
        assert_eq!(seen(&mut tech), [2], "only how far it got");
        tech.hear(&vec![BILLING].into());
        assert!(is_woken(&tech).await, "to look at what happened meanwhile");
        ring.push(commit(3, BILLING, Entity::Interaction));
        assert!(is_woken(&tech).await);
        drop(tech);
        drop(billing);
        assert!(ring.read().ears.is_empty());
    }

    #[tokio::test]
    async fn who_dozes_is_woken_only_by_what_presses() {
        let ring = Ring::default();
        let ana = listen(&ring, &[BILLING, TEAM]);
        ana.doze(true, false);
        ring.push(commit(1, TEAM, Entity::Presence));
        assert!(!is_woken(&ana).await);
        ring.push(commit(2, BILLING, Entity::Interaction));
        assert!(is_woken(&ana).await, "it may be an offer");
        ana.doze(false, true);
        ring.push(commit(3, TEAM, Entity::Presence));
        assert!(is_woken(&ana).await, "it dozes in the other lane");
        ana.wait_for_room();
        ring.push(commit(4, BILLING, Entity::Interaction));
        assert!(!is_woken(&ana).await, "it cannot say anything now");
        ana.listen_up();
        ring.push(commit(5, TEAM, Entity::Presence));
        assert!(is_woken(&ana).await);
    }

    #[test]
    fn who_was_touched_by_what_is_gone_is_told_and_the_others_are_not() {
        let ring = Ring::default();
        let (mut billing, mut tech) = (listen(&ring, &[BILLING]), listen(&ring, &[TECH]));
        ring.push(commit(1, BILLING, Entity::Interaction));
        let most = KEPT as u64;
        for to in 2..=most + 3 {
            ring.push(commit(to, TEAM, Entity::Presence));
        }
        assert_eq!(billing.read().map(|c| c.to), Err(Nothing::Kept));
        assert_eq!(billing.read().map(|c| c.to), Err(Nothing::New), "from the end on");
        assert_eq!(seen(&mut tech), [most + 3], "nothing of theirs was lost");
        assert_eq!(ring.read().kept.len(), KEPT);
        ring.push(commit(most + 4, BILLING, Entity::Interaction));
        assert_eq!(seen(&mut billing), [most + 4]);
    }
}
