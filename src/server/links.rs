//! Which agents have a desk with a link, and the lease of those whose last one went.
//!
//! Sessions enter and leave; the core asks what follows and decides it like any other command. A lost link is
//! only told after the lease, so that a reconnect costs nobody anything.

use std::collections::BTreeMap;
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
}

impl Links {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A desk of the agent has a link.
    pub fn enter(&self, agent: AgentId) {
        let mut inner = self.inner();
        *inner.here.entry(agent).or_default() += 1;
        inner.lapsing.remove(&agent);
        if inner.here.get(&agent) == Some(&1) {
            inner.gained.push(agent);
        }
    }

    /// A desk of the agent lost its link; the lease counts from `since`.
    pub fn leave(&self, agent: AgentId, since: At) {
        let mut inner = self.inner();
        let Some(count) = inner.here.get_mut(&agent) else { return };
        *count -= 1;
        if *count == 0 {
            inner.here.remove(&agent);
            inner.gained.retain(|a| *a != agent);
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
            commands.push(Command::LoseLink { agent });
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
        links.enter(ana);
        links.enter(ana);
        assert_eq!(links.due(At(0)), [Command::GainLink { agent: ana }]);
        links.leave(ana, At(0));
        assert_eq!(links.next_due(), None, "another desk is still there");
        links.leave(ana, At(1_000));
        assert_eq!(links.next_due(), Some(At(1_000 + LEASE_MS)));
        assert_eq!(links.due(At(LEASE_MS)), []);
        links.enter(ana);
        assert_eq!(links.due(At(10 * LEASE_MS)), [Command::GainLink { agent: ana }]);
        links.leave(ana, At(2_000));
        assert_eq!(links.due(At(2_000 + LEASE_MS)), [Command::LoseLink { agent: ana }]);
        assert_eq!(links.due(At(10 * LEASE_MS)), []);
    }
}
