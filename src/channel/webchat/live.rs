//! Conversations that somebody has open at this moment: who is there, who writes, what they have seen. In memory;
//! a widget that comes back says it anew.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::store::outside::chat::Chat;

/// Every conversation that is looked at, or was a moment ago.
#[derive(Debug, Default)]
pub(super) struct Live(Mutex<HashMap<u64, Arc<Talk>>>);

/// One conversation.
#[derive(Debug)]
pub(super) struct Talk {
    /// Its number.
    pub(super) id: u64,
    /// Counts what may be new.
    pub(super) news: watch::Sender<u64>,
    /// Deeds are done one after the other, from whichever page they come.
    pub(super) order: tokio::sync::Mutex<()>,
    /// It is going to be shown on the desk anyway.
    pub(super) soon: AtomicBool,
    side: Mutex<Side>,
}

/// Both sides of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Side {
    /// Pages that have it open.
    pub(super) here: usize,
    /// Since when none has, steady ms.
    pub(super) away_ms: u64,
    /// The customer writes.
    pub(super) writes: bool,
    /// The newest line that reached them.
    pub(super) got: u64,
    /// The newest line they have seen.
    pub(super) read: u64,
    /// Where on the site they are.
    pub(super) page: String,
    /// Its case, once it has one.
    pub(super) case: CaseId,
    /// Its interaction, once it has one.
    pub(super) interaction: InteractionId,
    /// Agents who have it open.
    pub(super) readers: Vec<AgentId>,
    /// The agent who writes.
    pub(super) typist: Option<String>,
    /// The newest line an agent has surely seen.
    pub(super) seen: u64,
}

impl Side {
    /// Where the conversation goes on, as it is written down.
    pub(super) fn is_in(&mut self, chat: &Chat) {
        (self.case, self.interaction) = (chat.case, chat.interaction);
    }

    /// Whether the desk would be shown the same of it.
    pub(super) fn looks_like(&self, other: &Side) -> bool {
        let of = |side: &Side| (side.writes, side.got, side.read);
        of(self) == of(other) && self.page == other.page
    }
}

impl Talk {
    /// Both sides of it.
    pub(super) fn side(&self) -> MutexGuard<'_, Side> {
        self.side.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something may be new.
    pub(super) fn stir(&self) {
        self.news.send_modify(|n| *n += 1);
    }
}

impl Live {
    fn talks(&self) -> MutexGuard<'_, HashMap<u64, Arc<Talk>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A conversation; one that nobody looked at begins to be away now.
    pub(super) fn of(&self, id: u64, now_ms: u64) -> Arc<Talk> {
        let new = || {
            let side = Mutex::new(Side { away_ms: now_ms, ..Side::default() });
            let (news, order) = (watch::Sender::new(0), tokio::sync::Mutex::default());
            Arc::new(Talk { id, news, order, soon: AtomicBool::new(false), side })
        };
        self.talks().entry(id).or_insert_with(new).clone()
    }

    /// A conversation, if somebody looks at it or did.
    pub(super) fn known(&self, id: u64) -> Option<Arc<Talk>> {
        self.talks().get(&id).cloned()
    }

    /// Those about a case.
    pub(super) fn about(&self, case: CaseId) -> Vec<Arc<Talk>> {
        let about = |talk: &&Arc<Talk>| case.0 > 0 && talk.side().case == case;
        self.talks().values().filter(about).cloned().collect()
    }

    /// Those that go on in an interaction.
    pub(super) fn going_on_in(&self, interaction: InteractionId) -> Vec<Arc<Talk>> {
        let there = |talk: &&Arc<Talk>| interaction.0 > 0 && talk.side().interaction == interaction;
        self.talks().values().filter(there).cloned().collect()
    }

    /// Forgets those nobody has looked at for this long, except those that must be kept.
    pub(super) fn forget(&self, now_ms: u64, after_ms: u64, keep: impl Fn(u64) -> bool) {
        self.talks().retain(|id, talk| {
            let side = talk.side();
            side.here > 0 || now_ms < side.away_ms.saturating_add(after_ms) || keep(*id)
        });
    }
}
