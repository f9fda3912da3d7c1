//! What the engine is to deal with, in two queues: what the agent does is always taken before what the cable brings.
//!
//! A burst from the server may lie here for a while (the cable's permits bound it); a key press never waits behind it.
//! Invariant: each queue keeps its order, and once the engine is gone nothing is kept, so that permits go back.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::app::port::Effect;
use crate::domain::file::FileCard;

use super::cable::Event;

/// Something for the engine.
pub(super) enum Note {
    /// The app wants something done.
    Effect(Box<Effect>),
    /// Something happened to a connection.
    Cable(u32, Event),
    /// A file came, or why it did not.
    File(FileCard, Result<Vec<u8>, String>),
    /// The end, once what the agent did before is done.
    Stop,
}

/// Where notes are handed in.
#[derive(Clone)]
pub(super) struct Slot(Arc<Shared>);

/// Where the engine takes them out.
pub(super) struct Inbox(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queues: Mutex<Queues>,
    came: Condvar,
}

#[derive(Default)]
struct Queues {
    agent: VecDeque<Note>,
    cable: VecDeque<Note>,
    closed: bool,
}

/// An inbox and its slot.
pub(super) fn inbox() -> (Slot, Inbox) {
    let shared = Arc::new(Shared::default());
    (Slot(Arc::clone(&shared)), Inbox(shared))
}

impl Slot {
    /// Hands a note in. Without an engine it is dropped.
    pub(super) fn put(&self, note: Note) {
        let mut queues = self.0.lock();
        if queues.closed {
            return;
        }
        match note {
            Note::Effect(_) | Note::Stop => queues.agent.push_back(note),
            Note::Cable(..) | Note::File(..) => queues.cable.push_back(note),
        }
        drop(queues);
        self.0.came.notify_one();
    }
}

impl Inbox {
    /// The next note, if there is one now.
    pub(super) fn take(&self) -> Option<Note> {
        self.0.lock().take()
    }

    /// The next note; waits this long for one to come.
    pub(super) fn wait(&self, limit: Duration) -> Option<Note> {
        let waited = self.0.came.wait_timeout_while(self.0.lock(), limit, |queues| queues.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut queues = self.0.lock();
        queues.closed = true;
        let left = (std::mem::take(&mut queues.agent), std::mem::take(&mut queues.cable));
        drop(queues);
        drop(left);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        // Queues are whole between any two statements that change them.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn is_empty(&self) -> bool {
        self.agent.is_empty() && self.cable.is_empty()
    }

    fn take(&mut self) -> Option<Note> {
        self.agent.pop_front().or_else(|| self.cable.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn word(note: &Note) -> String {
        match note {
            Note::Effect(effect) => match &**effect {
                Effect::Withdraw { n } => format!("agent {n}"),
                other => format!("{other:?}"),
            },
            Note::Cable(generation, _) => format!("cable {generation}"),
            Note::File(card, _) => format!("file {}", card.id),
            Note::Stop => "stop".into(),
        }
    }

    fn act(n: u64) -> Note {
        Note::Effect(Box::new(Effect::Withdraw { n }))
    }

    fn all(inbox: &Inbox) -> Vec<String> {
        std::iter::from_fn(|| inbox.take()).map(|note| word(&note)).collect()
    }

    #[test]
    fn what_the_agent_does_goes_first_and_both_keep_their_order() {
        let (slot, inbox) = inbox();
        for n in 1..=3 {
            slot.put(Note::Cable(n, Event::Opened));
        }
        slot.put(act(1));
        slot.put(act(2));
        assert_eq!(inbox.wait(Duration::ZERO).map(|note| word(&note)).as_deref(), Some("agent 1"));
        slot.put(Note::Cable(4, Event::Opened));
        slot.put(act(3));
        slot.put(Note::Stop);
        assert_eq!(all(&inbox), ["agent 2", "agent 3", "stop", "cable 1", "cable 2", "cable 3", "cable 4"]);
        assert!(inbox.wait(Duration::ZERO).is_none());
    }

    #[test]
    fn who_waits_is_woken() {
        let (slot, inbox) = inbox();
        let waiting = std::thread::spawn(move || inbox.wait(PATIENCE).map(|note| word(&note)));
        slot.put(act(7));
        assert_eq!(waiting.join().expect("no panic").as_deref(), Some("agent 7"));
    }

    #[test]
    fn without_an_engine_permits_go_back() {
        let unread = Arc::new(Semaphore::new(2));
        let frames = || Event::Frames(Vec::new(), Arc::clone(&unread).try_acquire_owned().expect("a permit"));
        let (slot, inbox) = inbox();
        slot.put(Note::Cable(1, frames()));
        assert_eq!(unread.available_permits(), 1);
        drop(inbox);
        assert_eq!(unread.available_permits(), 2);
        slot.put(Note::Cable(1, frames()));
        assert_eq!(unread.available_permits(), 2);
    }
}
