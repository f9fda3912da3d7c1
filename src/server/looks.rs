//! Who has which case open, and whether they write in it. Only in memory: it ends with the session.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::domain::ids::{AgentId, CaseId};
use crate::domain::scope::Scope;
use crate::domain::side::Side;
use crate::wire::frame::Look;

/// Changes a slow session may lag behind before it looks at everything anew.
const NEWS: usize = 256;

/// One session's look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    case: CaseId,
    scope: Scope,
    agent: AgentId,
    look: Look,
}

/// Who looks where.
#[derive(Debug)]
pub struct Looks {
    inner: Mutex<BTreeMap<u64, Seen>>,
    /// The customers' sides of live conversations.
    sides: Mutex<BTreeMap<CaseId, (Scope, Side)>>,
    news: broadcast::Sender<(CaseId, Scope)>,
}

impl Default for Looks {
    fn default() -> Looks {
        Looks { inner: Mutex::default(), sides: Mutex::default(), news: broadcast::channel(NEWS).0 }
    }
}

impl Looks {
    fn inner(&self) -> MutexGuard<'_, BTreeMap<u64, Seen>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session looks at a case that lives in `scope`; its caller has checked that it may.
    pub fn set(&self, session: u64, agent: AgentId, case: CaseId, scope: Scope, look: Look) {
        let seen = Seen { case, scope, agent, look };
        let before = self.inner().insert(session, seen);
        if before != Some(seen) {
            if let Some(other) = before.filter(|b| (b.case, b.scope) != (case, scope)) {
                self.tell(other.case, other.scope);
            }
            self.tell(case, scope);
        }
    }

    /// A session looks at nothing any more.
    pub fn clear(&self, session: u64) {
        let before = self.inner().remove(&session);
        if let Some(seen) = before {
            self.tell(seen.case, seen.scope);
        }
    }

    /// A session may no longer look at what lives in `scope`.
    pub fn leave(&self, session: u64, scope: Scope) {
        let there = self.inner().get(&session).is_some_and(|seen| seen.scope == scope);
        if there {
            self.clear(session);
        }
    }

    fn sides(&self) -> MutexGuard<'_, BTreeMap<CaseId, (Scope, Side)>> {
        self.sides.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The customer's side of a conversation on a case that lives in `scope`.
    pub fn set_side(&self, case: CaseId, scope: Scope, side: Side) {
        let before = self.sides().insert(case, (scope, side.clone()));
        if before.as_ref() != Some(&(scope, side)) {
            if let Some((other, _)) = before.filter(|(other, _)| *other != scope) {
                self.tell(case, other);
            }
            self.tell(case, scope);
        }
    }

    /// The conversation is over.
    pub fn forget_side(&self, case: CaseId) {
        let before = self.sides().remove(&case);
        if let Some((scope, _)) = before {
            self.tell(case, scope);
        }
    }

    /// The customer's side in a case that lives in `scope`.
    pub fn side(&self, case: CaseId, scope: Scope) -> Option<Side> {
        self.sides().get(&case).filter(|(there, _)| *there == scope).map(|(_, side)| side.clone())
    }

    /// Changes from now on.
    pub fn news(&self) -> broadcast::Receiver<(CaseId, Scope)> {
        self.news.subscribe()
    }

    /// Every case someone looks at, a customer included, with its scope.
    pub fn cases(&self) -> Vec<(CaseId, Scope)> {
        let mut cases: Vec<_> = self.inner().values().map(|s| (s.case, s.scope)).collect();
        cases.extend(self.sides().iter().map(|(case, (scope, _))| (*case, *scope)));
        cases.sort_unstable();
        cases.dedup();
        cases
    }

    /// Who looks at a case in `scope`, without the one who asks; the most of what they do over their desks.
    pub fn who(&self, case: CaseId, scope: Scope, without: AgentId) -> Vec<(AgentId, Look)> {
        let mut who: BTreeMap<AgentId, Look> = BTreeMap::new();
        let inner = self.inner();
        for seen in inner.values().filter(|s| s.case == case && s.scope == scope && s.agent != without) {
            let look = who.entry(seen.agent).or_insert(seen.look);
            *look = (*look).max(seen.look);
        }
        who.into_iter().collect()
    }

    fn tell(&self, case: CaseId, scope: Scope) {
        // Nobody listening is no fault.
        self.news.send((case, scope)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::QueueId;

    #[test]
    fn the_newest_look_counts_and_one_never_sees_oneself() {
        let looks = Looks::default();
        let (ana, ben, case, scope) = (AgentId(1), AgentId(2), CaseId(7), Scope::History(QueueId(1)));
        let mut news = looks.news();
        looks.set(1, ana, case, scope, Look::Reading);
        looks.set(2, ana, case, scope, Look::Writing);
        looks.set(3, ben, case, scope, Look::Reading);
        assert_eq!(looks.who(case, scope, ben), [(ana, Look::Writing)]);
        assert_eq!(looks.who(case, scope, ana), [(ben, Look::Reading)]);
        looks.clear(2);
        assert_eq!(looks.who(case, scope, ben), [(ana, Look::Reading)]);
        looks.set(1, ana, CaseId(8), scope, Look::Reading);
        assert_eq!(looks.who(case, scope, ben), []);
        let told: Vec<CaseId> = std::iter::from_fn(|| news.try_recv().ok()).map(|(case, _)| case).collect();
        assert_eq!(told, [7, 7, 7, 7, 7, 8].map(CaseId));
        assert_eq!(looks.who(case, Scope::History(QueueId(2)), AgentId(9)), [], "another scope tells nothing");
    }
}
