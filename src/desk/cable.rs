//! The task that carries messages: dials, reads and writes frames, and tells the engine. One connection at a time.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::file::FileCard;
use crate::domain::ids::MessageId;
use crate::sync::traffic::Traffic;
use crate::wire::codec::{Decoder, Encoder};
use crate::wire::frame::{Down, Hello, Up};
use crate::wire::pipe::{Abort, Dial, DialError, Opened, Pipe, PipeReceiver, PipeSender, Spawn};

use super::inbox::{Note, Slot};

/// Messages the engine may have unread; beyond that the server has to wait.
const UNREAD: usize = 32;

/// What happened to a connection.
pub(super) enum Event {
    /// It stands.
    Opened,
    /// It could not be made.
    Failed(DialError),
    /// A message came; the permit is given back once it is dealt with.
    Frames(Vec<Down>, OwnedSemaphorePermit),
    /// It ended, for this reason.
    Closed(String),
}

/// Makes connections and holds the present one.
pub(super) struct Cable {
    spawn: Arc<dyn Spawn>,
    carrier: Carrier,
    present: Option<Present>,
}

struct Present {
    generation: u32,
    frames: UnboundedSender<Vec<Up>>,
    task: Abort,
}

#[derive(Clone)]
struct Carrier {
    dial: Arc<dyn Dial>,
    notes: Slot,
    traffic: Arc<Traffic>,
    /// Whether bytes are counted here, because no socket does.
    counts: bool,
    unread: Arc<Semaphore>,
}

impl Cable {
    pub(super) fn new(
        spawn: Arc<dyn Spawn>,
        dial: Arc<dyn Dial>,
        notes: Slot,
        traffic: Arc<Traffic>,
        counts: bool,
    ) -> Cable {
        let unread = Arc::new(Semaphore::new(UNREAD));
        Cable { spawn, carrier: Carrier { dial, notes, traffic, counts, unread }, present: None }
    }

    /// Sets up a connection; any other is given up.
    pub(super) fn connect(&mut self, generation: u32, hello: Hello) {
        self.hang_up();
        let (frames, outgoing) = unbounded_channel();
        let task = self.spawn.spawn(Box::pin(self.carrier.clone().carry(generation, hello, outgoing)));
        self.present = Some(Present { generation, frames, task });
    }

    /// Gives the connection up if it is this one.
    pub(super) fn disconnect(&mut self, generation: u32) {
        if self.present.as_ref().is_some_and(|present| present.generation == generation) {
            self.hang_up();
        }
    }

    /// Sends one message, if that connection still is the present one.
    pub(super) fn send(&self, generation: u32, frames: Vec<Up>) {
        if let Some(present) = self.present.as_ref().filter(|present| present.generation == generation) {
            // A task that has ended has said so; what it did not send is sent again on the next connection.
            present.frames.send(frames).ok();
        }
    }

    /// Fetches a file beside the connection; it comes as a note.
    pub(super) fn fetch(&self, message: MessageId, card: FileCard) {
        let (fetching, notes) = (self.carrier.dial.fetch(message, card.id), self.carrier.notes.clone());
        self.spawn.spawn(Box::pin(async move {
            let came = fetching.await;
            notes.put(Note::File(card, came));
        }));
    }

    /// Lets the connection end by itself once everything given to it is sent.
    pub(super) fn let_go(&mut self) {
        self.present = None;
    }

    /// The present connection's number, 0 when there is none.
    pub(super) fn generation(&self) -> u32 {
        self.present.as_ref().map_or(0, |present| present.generation)
    }

    /// Bytes down and up so far.
    pub(super) fn bytes(&self) -> (u64, u64) {
        self.carrier.traffic.bytes()
    }

    fn hang_up(&mut self) {
        if let Some(present) = self.present.take() {
            present.task.abort();
        }
    }
}

impl Carrier {
    fn tell(&self, generation: u32, event: Event) {
        // Without an engine there is nobody to tell.
        self.notes.put(Note::Cable(generation, event));
    }

    async fn carry(self, generation: u32, hello: Hello, mut outgoing: UnboundedReceiver<Vec<Up>>) {
        let Opened { pipe, primed } = match self.dial.dial(hello).await {
            Ok(opened) => opened,
            Err(error) => return self.tell(generation, Event::Failed(error)),
        };
        self.tell(generation, Event::Opened);
        let Pipe { tx, mut rx } = pipe;
        // Side by side, so that neither direction can hold the other up.
        let why = tokio::select! {
            biased;
            why = self.read(generation, &mut rx, primed) => why,
            why = self.write(&tx, &mut outgoing, primed) => why,
        };
        self.tell(generation, Event::Closed(why));
    }

    async fn read(&self, generation: u32, rx: &mut PipeReceiver, primed: bool) -> String {
        let mut decoder = Decoder::new(primed);
        while let Some(message) = rx.next().await {
            if self.counts {
                self.traffic.came(message.len());
            }
            let frames = match decoder.message(&message) {
                Ok(frames) => frames,
                Err(error) => return format!("The server sent {error}."),
            };
            let Ok(permit) = Arc::clone(&self.unread).acquire_owned().await else { break };
            self.tell(generation, Event::Frames(frames, permit));
        }
        if decoder.skipped() > 0 {
            tracing::warn!(frames = decoder.skipped(), "the server sent frames this desk does not know");
        }
        rx.why().unwrap_or("The server closed the connection.").to_owned()
    }

    async fn write(&self, tx: &PipeSender, outgoing: &mut UnboundedReceiver<Vec<Up>>, primed: bool) -> String {
        let mut encoder = Encoder::new(primed);
        while let Some(mut frames) = outgoing.recv().await {
            // What has gathered meanwhile goes into the same packet.
            while let Ok(more) = outgoing.try_recv() {
                frames.extend(more);
            }
            let message = match encoder.message(&frames) {
                Ok(message) => message,
                Err(error) => return format!("This desk wanted to send {error}."),
            };
            if self.counts {
                self.traffic.went(message.len());
            }
            if tx.send(message).await.is_err() {
                return "The server closed the connection.".into();
            }
        }
        tx.because("the desk was closed");
        "This desk hung up.".into()
    }
}
