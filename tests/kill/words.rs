//! The words an agent typed, each of its own, and where they must be found after a kill.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use cordboard::domain::command::Command;
use cordboard::store::outbox::{Item, Outbox, State};

use super::held::{Disk, Writer};

/// What was on the screen for so long, of the desk's own time, is on the disk.
const PROMISE: Duration = Duration::from_secs(1);

/// A word whose echo was seen.
#[derive(Debug, Clone, Copy)]
enum Word {
    /// Typed since the desk was opened: when it was on the screen, and how long the writer had been held up by then.
    Shown(Instant, Duration),
    /// On the disk after a kill: there for good.
    Kept,
}

/// All words of one agent.
#[derive(Debug, Default)]
pub struct Words {
    login: &'static str,
    count: usize,
    seen: BTreeMap<String, Word>,
}

/// What a desk's files held after a kill.
pub struct Left {
    pub drafts: Vec<String>,
    /// By key: commands that wait or are done.
    pub accepted: BTreeMap<u64, Item>,
}

impl Left {
    /// Reads a desk's outbox while the desk is dead: a copy, so that the desk itself finds what the kill left.
    pub fn read(files: &Path) -> Left {
        let copy = tempfile::tempdir().expect("a folder");
        for name in ["outbox.db", "outbox.db-wal"] {
            if files.join(name).exists() {
                std::fs::copy(files.join(name), copy.path().join(name)).expect("it is copied");
            }
        }
        let outbox = Outbox::open(copy.path(), 1).expect("the outbox opens after a kill");
        let drafts = outbox.drafts().expect("it reads").into_iter().map(|d| d.body).collect();
        let mut items = outbox.unanswered().expect("it reads");
        items.extend(outbox.done_beyond(0).expect("it reads"));
        let doubtful = items.iter().find(|i| i.state == State::Doubtful);
        assert!(doubtful.is_none(), "nothing here was cloned: {doubtful:?}");
        let refused = outbox.refused().expect("it reads");
        let typed = refused.iter().find(|i| i.command.words().is_some());
        assert!(typed.is_none(), "nothing in this story is refused but claims: {typed:?}");
        Left { drafts, accepted: items.into_iter().map(|i| (i.key, i)).collect() }
    }
}

impl Words {
    pub fn of(login: &'static str) -> Words {
        Words { login, ..Words::default() }
    }

    /// The next word to type, never typed before.
    pub fn next(&mut self) -> String {
        self.count += 1;
        format!("{}{:05}", self.login, self.count)
    }

    /// The word is on the screen.
    pub fn shown(&mut self, word: &str, writer: &Writer) {
        self.seen.insert(word.to_owned(), Word::Shown(Instant::now(), writer.held()));
    }

    /// How many are on the disk for good.
    pub fn kept(&self) -> usize {
        self.seen.values().filter(|word| matches!(word, Word::Kept)).count()
    }

    /// After a kill: every word that must be there is there once. `held` is the writer's account just before it.
    /// Returns the longest the machine held the desk up over a word that was to be kept.
    pub fn check(&mut self, left: &Left, killed: Instant, held: Duration, disk: &Disk) -> Duration {
        let commands = left.accepted.values().filter_map(|item| item.command.words());
        let texts: Vec<&str> = left.drafts.iter().map(String::as_str).chain(commands).collect();
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for text in &texts {
            let pieces: Vec<&str> = text.split_whitespace().collect();
            for piece in &pieces {
                let whole = piece.len() == self.login.len() + 5;
                assert!(piece.starts_with(self.login) || self.login.starts_with(piece), "{piece:?} was never typed");
                if whole {
                    *found.entry(piece).or_default() += 1;
                }
            }
            let whole: Vec<&&str> = pieces.iter().filter(|p| found.contains_key(**p)).collect();
            assert!(whole.is_sorted(), "in the order they were typed: {text:?}");
        }
        let twice = found.iter().find(|(_, times)| **times > 1);
        assert!(twice.is_none(), "{twice:?} is there twice: {texts:#?}");
        let mut longest = Duration::ZERO;
        let mut lost = Vec::new();
        for (word, state) in &self.seen {
            let promised = match state {
                Word::Kept => true,
                Word::Shown(at, before) => {
                    let machine = held.saturating_sub(*before) + disk.held(*at, killed);
                    let age = killed.saturating_duration_since(*at);
                    if age > PROMISE {
                        longest = longest.max(machine);
                    }
                    age.saturating_sub(machine) > PROMISE
                }
            };
            if !found.contains_key(word.as_str()) {
                assert!(!promised, "{word:?} ({state:?}) is lost, killed at {killed:?}, held {held:?}: {texts:#?}");
                lost.push(word.clone());
            }
        }
        self.seen.retain(|word, _| !lost.contains(word));
        self.seen.values_mut().for_each(|word| *word = Word::Kept);
        longest
    }
}

/// Whether a command must be done once it is accepted; claims may be refused.
pub fn binds(command: &Command) -> bool {
    !command.needs_link() && !command.latest_only()
}
