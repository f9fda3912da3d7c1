//! How the channels do: for the operator's status, the figures and the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::channel::Health;
use crate::domain::time::At;

/// How one channel does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelStatus {
    /// Which: `mail support`.
    pub name: String,
    /// Whether it does as it should.
    pub well: bool,
    /// In words: what it does, or what is wrong and what to do.
    pub words: String,
    /// Since when it is well, or not.
    pub since: At,
}

/// How every channel does.
#[derive(Debug, Default)]
pub struct Healths(Mutex<BTreeMap<String, ChannelStatus>>);

impl Healths {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, ChannelStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A channel says how it does; whether that is news.
    pub fn tell(&self, name: &str, health: &Health, now: At) -> bool {
        let (well, words) = match health {
            Health::Well(words) => (true, words),
            Health::Trouble(words) => (false, words),
        };
        let mut known = self.known();
        let before = known.get(name);
        if before.is_some_and(|before| before.well == well && before.words == *words) {
            return false;
        }
        let since = before.filter(|before| before.well == well).map_or(now, |before| before.since);
        let status = ChannelStatus { name: name.to_owned(), well, words: words.clone(), since };
        known.insert(name.to_owned(), status);
        true
    }

    /// Every channel, by name.
    pub fn all(&self) -> Vec<ChannelStatus> {
        self.known().values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_as_old_as_its_beginning_whatever_its_words() {
        let healths = Healths::default();
        let well = |words: &str| Health::Well(words.into());
        let bad = |words: &str| Health::Trouble(words.into());
        assert!(healths.tell("mail", &well("listens"), At(1)));
        assert!(!healths.tell("mail", &well("listens"), At(2)));
        assert!(healths.tell("mail", &bad("wrong password"), At(3)));
        assert!(healths.tell("mail", &bad("no answer"), At(4)));
        let all = healths.all();
        assert_eq!((all[0].well, all[0].words.as_str(), all[0].since), (false, "no answer", At(3)));
        assert!(healths.tell("mail", &well("listens"), At(5)));
        assert_eq!(healths.all()[0].since, At(5));
    }
}
