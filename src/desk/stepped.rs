//! A desk without threads: whoever owns it takes every step, and sees what goes in before the engine does.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::assemble;
use super::cable::{Cable, Event};
use super::engine::Engine;
use super::inbox::{Inbox, Note, Slot};
use crate::app::port::{Effect, Incoming};
use crate::clock::Clock;
use crate::domain::scope::Lane;
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::cache::Cache;
use crate::store::outbox::Outbox;
use crate::sync::machine::Input;
use crate::sync::traffic::Traffic;
use crate::wire::frame::Down;
use crate::wire::pipe::{Dial, Spawn};

/// The desk's process.
pub(crate) struct Stepped {
    engine: Engine,
    notes: Slot,
    inbox: Inbox,
    told: UnboundedReceiver<Incoming>,
    begun: bool,
    /// Whether what is due is done.
    pub(crate) timers: bool,
}

/// Frames about to be taken in, and the connection they are said to have come over.
pub(crate) struct Arrival<'a> {
    pub(crate) frames: &'a mut Vec<Down>,
    pub(crate) generation: u32,
    /// The connection the desk holds for the present one.
    pub(crate) present: u32,
    pub(crate) cache: Option<&'a Cache>,
}

impl Stepped {
    /// Opens the files; nothing happens before the first step.
    pub(crate) fn open(
        dir: &Path,
        dial: Arc<dyn Dial>,
        spawn: Arc<dyn Spawn>,
        clock: Arc<dyn Clock>,
        rand: Arc<dyn Rand>,
    ) -> Result<Stepped, StoreError> {
        let (engine, notes, inbox, told) =
            assemble(dir, clock, rand, |notes| Cable::new(spawn, dial, notes, Arc::new(Traffic::default()), true))?;
        Ok(Stepped { engine, notes, inbox, told, begun: false, timers: true })
    }

    /// As the engine's thread does it, with at most so many notes. Returns how many there were.
    /// What `look` gives back is taken in first, as frames of the connection it names.
    pub(crate) fn step(&mut self, most: usize, mut look: impl FnMut(Arrival<'_>) -> Option<(u32, Vec<Down>)>) -> usize {
        if !self.begun {
            self.begun = true;
            self.engine.begin();
        }
        self.engine.watch();
        let mut taken = 0;
        while taken < most
            && let Some(mut note) = self.inbox.take()
        {
            if let Note::Cable(generation, Event::Frames(frames, _)) = &mut note {
                let (present, cache) = (self.engine.cable.generation(), self.engine.cache.as_ref());
                if let Some((generation, frames)) = look(Arrival { frames, generation: *generation, present, cache }) {
                    self.engine.step(Input::Frames { generation, frames });
                }
            }
            self.engine.note(note);
            taken += 1;
        }
        if self.timers {
            self.engine.timers();
        }
        self.engine.look_at_line();
        taken
    }

    /// When there is something to do without a note, steady ms.
    pub(crate) fn wake_at(&mut self, now: u64) -> u64 {
        self.engine.wake_at(now)
    }

    /// The app wants something done.
    pub(crate) fn perform(&self, effect: Effect) {
        self.notes.put(Note::Effect(Box::new(effect)));
    }

    /// The next thing the app is told.
    pub(crate) fn heard(&mut self) -> Option<Incoming> {
        self.told.try_recv().ok()
    }

    /// As whoever leaves the desk closes it.
    pub(crate) fn close(self) {
        self.engine.close();
    }

    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        &mut self.engine.outbox
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.engine.cache.as_ref()
    }

    /// The connection the desk holds for the present one.
    pub(crate) fn generation(&self) -> u32 {
        self.engine.cable.generation()
    }

    pub(crate) fn linked(&self) -> bool {
        self.engine.machine.linked()
    }

    /// Whether every numbered command is answered and the whole snapshot is here.
    pub(crate) fn quiet(&self) -> bool {
        self.engine.machine.quiet()
    }

    /// Bytes that came, and over which connection.
    pub(crate) fn carried(&self) -> (u32, u64) {
        (self.engine.cable.generation(), self.engine.cable.bytes().0)
    }

    /// For how long a line is excused that is silent when it should not be, ms.
    pub(crate) fn patience(&self) -> u64 {
        self.engine.machine.patience()
    }

    pub(crate) fn cursors(&self) -> [u64; 2] {
        Lane::ALL.map(|lane| self.engine.machine.cursor(lane))
    }
}
