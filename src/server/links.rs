//! Which agents have a desk with a link, and the lease of those whose last one went.
//!
//! Sessions enter and leave; the core asks what follows and decides it like any other command. A lost link is
//! only told after the lease, so that a reconnect costs nobody anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::ids::AgentId;
use crate::domain::people::Presence;
use crate::domain::time::{At, SECOND};
use crate::domain::{Command, State};

/// How long an agent without a link still counts as linked (spec: sync 3.7; the desk's heartbeat is well below a
/// third of the time after which a silent peer is closed).
pub const LEASE_MS: i64 = 120 * SECOND;

/// Who is here.
#[derive(Debug, Default)]
pub struct Links {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    here: BTreeMap<AgentId, usize>,
    lapsing: BTreeMap<AgentId, At>,
    gained: Vec<AgentId>,
    /// When a desk of theirs was last heard.
    heard: BTreeMap<AgentId, At>,
    /// Counted as lost although a connection stands: nothing came over it since an offer rang.
    silent: BTreeSet<AgentId>,
}

impl Links {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A desk of the agent has a link.
    pub fn enter(&self, agent: AgentId, now: At) {
        let mut inner = self.inner();
        inner.heard.insert(agent, now);
        inner.silent.remove(&agent);
        *inner.here.entry(agent).or_default() += 1;
        inner.lapsing.remove(&agent);
        if inner.here.get(&agent) == Some(&1) {
            inner.gained.push(agent);
        }
    }

    /// A desk of the agent said something.
    pub fn hear(&self, agent: AgentId, now: At) {
        let mut inner = self.inner();
        inner.heard.insert(agent, now);
        if inner.silent.remove(&agent) && inner.here.contains_key(&agent) {
            inner.gained.push(agent);
        }
    }

    /// An offer to the agent ran out that rang at `rang`. When nothing was heard of them since, it was the line that
    /// let it pass: what follows instead of a mark against them.
    pub fn unheard(&self, agent: AgentId, rang: At) -> Option<Command> {
        let mut inner = self.inner();
        let heard = *inner.heard.get(&agent)?;
        let here = inner.here.contains_key(&agent);
        if here && heard >= rang {
            return None;
        }
        inner.lapsing.remove(&agent);
        if here {
            inner.silent.insert(agent);
        }
        Some(Command::LoseLink { agent, since: heard })
    }

    /// A desk of the agent lost its link; the lease counts from `since`.
    pub fn leave(&self, agent: AgentId, since: At) {
        let mut inner = self.inner();
        let Some(count) = inner.here.get_mut(&agent) else { return };
        *count -= 1;
        if *count == 0 {
            inner.here.remove(&agent);
            inner.gained.retain(|a| *a != agent);
            inner.silent.remove(&agent);
            inner.lapsing.insert(agent, since.plus(LEASE_MS));
        }
    }

    /// Puts the state's idea of who has a link right: at start and after the state was loaded anew.
    pub fn settle(&self, state: &State, now: At) {
        let mut inner = self.inner();
        for presence in state.presences() {
            let agent = presence.agent;
            match (inner.here.contains_key(&agent), presence.link_lost) {
                (true, Some(_)) if !inner.gained.contains(&agent) => inner.gained.push(agent),
                (false, None) if presence.presence != Presence::Offline => {
                    inner.lapsing.entry(agent).or_insert(now.plus(LEASE_MS));
                }
                _ => {}
            }
        }
    }

    /// What follows at `now`.
    pub fn due(&self, now: At) -> Vec<Command> {
        let mut inner = self.inner();
        let mut commands: Vec<Command> =
            std::mem::take(&mut inner.gained).into_iter().map(|agent| Command::GainLink { agent }).collect();
        let lapsed: Vec<AgentId> = inner.lapsing.iter().filter(|(_, at)| **at <= now).map(|(a, _)| *a).collect();
        for agent in lapsed {
            inner.lapsing.remove(&agent);
            let since = inner.heard.get(&agent).copied().unwrap_or(now);
            commands.push(Command::LoseLink { agent, since });
        }
        commands
    }

    /// When [`Links::due`] would next say something by itself.
    pub fn next_due(&self) -> Option<At> {
        self.inner().lapsing.values().min().copied()
    }

    /// How many agents have a link.
    pub fn agents(&self) -> usize {
        self.inner().here.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_lost_only_after_the_lease() {
        let links = Links::default();
        let ana = AgentId(1);
        links.enter(ana, At(0));
        links.enter(ana, At(0));
        assert_eq!(links.due(At(0)), [Command::GainLink { agent: ana }]);
        links.leave(ana, At(0));
        assert_eq!(links.next_due(), None, "another desk is still there");
        links.leave(ana, At(1_000));
        assert_eq!(links.next_due(), Some(At(1_000 + LEASE_MS)));
        assert_eq!(links.due(At(LEASE_MS)), []);
        links.enter(ana, At(1_500));
        assert_eq!(links.due(At(10 * LEASE_MS)), [Command::GainLink { agent: ana }]);
        links.leave(ana, At(2_000));
        assert_eq!(links.due(At(2_000 + LEASE_MS)), [Command::LoseLink { agent: ana, since: At(1_500) }]);
        assert_eq!(links.due(At(10 * LEASE_MS)), []);
    }

    #[test]
    fn an_offer_that_never_arrived_is_the_lines_fault() {
        let links = Links::default();
        let ana = AgentId(1);
        assert_eq!(links.unheard(ana, At(0)), None, "nobody knows her");
        links.enter(ana, At(1_000));
        links.due(At(1_000));
        links.hear(ana, At(5_000));
        assert_eq!(links.unheard(ana, At(4_000)), None, "her desk had it");
        let lost = Command::LoseLink { agent: ana, since: At(5_000) };
        assert_eq!(links.unheard(ana, At(6_000)), Some(lost), "the connection stands, but nothing comes over it");
        assert_eq!(links.due(At(7_000)), []);
        links.hear(ana, At(8_000));
        assert_eq!(links.due(At(8_000)), [Command::GainLink { agent: ana }]);
        links.leave(ana, At(9_000));
        let lost = Command::LoseLink { agent: ana, since: At(8_000) };
        assert_eq!(links.unheard(ana, At(9_500)), Some(lost), "within the lease");
        assert_eq!(links.due(At(10 * LEASE_MS)), [], "once");
    }
}
