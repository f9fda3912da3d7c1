//! The one thread that owns ledger and state: every command is decided, stored and answered here.
//!
//! Requests come through a bounded door, are decided in order and stored a group at a time in one durable
//! transaction; only then are they answered and fed to the sessions. Invariant: nothing is answered as done that
//! is not on disk, and memory never runs ahead of the ledger: after a failed commit it is loaded anew.

pub mod group;
mod memory;
pub mod needs;
pub mod request;
mod ruling;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Semaphore, broadcast, oneshot, watch};

use crate::clock::Clock;
use crate::domain::Command;
use crate::domain::command::Actor;
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::ledger::{Ledger, LedgerReader};

use super::links::Links;
use super::metrics::Metrics;
use group::Desk;
use request::{Commit, Inside, Origin, Published, Reply, Request, Submit};

/// Commands decided in one transaction at most.
const GROUP: usize = 64;
/// Requests waiting at the door at most; the next one waits outside.
const DOOR: usize = 1_024;
/// Commits a slow session may lag behind before it reads from the ledger instead.
const COMMITS: usize = 512;
/// After a failed commit the timers are left alone for this long, ms.
const REST_MS: i64 = 2_000;

/// The core has stopped; the server is going down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server is shutting down")]
pub struct Stopped;

/// A handle to the core; clones speak to the same one.
#[derive(Clone)]
pub struct Core {
    inner: Arc<Shared>,
}

struct Shared {
    door: Sender<Request>,
    room: Arc<Semaphore>,
    commits: broadcast::Sender<Commit>,
    published: watch::Receiver<Published>,
    epoch: u64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Core {
    /// Loads the state and starts the thread. With `timers` off nothing happens by itself (the operator's tools).
    pub fn start(
        ledger: Box<dyn Ledger>,
        clock: Arc<dyn Clock>,
        links: Arc<Links>,
        metrics: Arc<Metrics>,
        timers: bool,
    ) -> Result<Core, StoreError> {
        let (door, requests) = channel();
        let (commits, _) = broadcast::channel(COMMITS);
        let (publish, published) = watch::channel(Published::default());
        let epoch = ledger.epoch();
        let mut desk = Desk::load(ledger, links, metrics, commits.clone(), publish, clock.now())?;
        let thread = std::thread::Builder::new()
            .name("core".into())
            .spawn(move || Worker { clock, timers, requests, rest_until: At(i64::MIN) }.run(&mut desk))
            .map_err(|source| StoreError::Io { path: "the core's thread".into(), source })?;
        let room = Arc::new(Semaphore::new(DOOR));
        Ok(Core { inner: Arc::new(Shared { door, room, commits, published, epoch, thread: Mutex::new(Some(thread)) }) })
    }

    /// The ledger's epoch.
    pub fn epoch(&self) -> u64 {
        self.inner.epoch
    }

    /// The newest durable position and the rights there.
    pub fn published(&self) -> watch::Receiver<Published> {
        self.inner.published.clone()
    }

    /// Every commit from now on.
    pub fn commits(&self) -> broadcast::Receiver<Commit> {
        self.inner.commits.subscribe()
    }

    /// Hands a command in once there is room at the door; the answer comes through `reply`.
    pub async fn hand_in(&self, submit: Submit) -> Result<(), Stopped> {
        let permit = self.inner.room.clone().acquire_owned().await.map_err(|_| Stopped)?;
        self.inner.door.send(Request::Submit(Box::new(submit), Some(permit))).map_err(|_| Stopped)
    }

    /// Decides a command and waits for its answer.
    pub async fn submit(&self, actor: Actor, origin: Origin, command: Command) -> Result<Reply, Stopped> {
        let (tell, told) = oneshot::channel();
        let reply = Box::new(move |reply| drop(tell.send(reply)));
        self.hand_in(Submit { actor, origin, command: Some(command), reply }).await?;
        told.await.map_err(|_| Stopped)
    }

    /// Decides many commands in one transaction; for the thread that may wait.
    pub fn bulk_blocking(&self, actor: Actor, commands: Vec<Command>) -> Result<Vec<Reply>, Stopped> {
        let (tell, told) = channel();
        let reply = Box::new(move |replies| drop(tell.send(replies)));
        self.inner.door.send(Request::Bulk { actor, commands, reply }).map_err(|_| Stopped)?;
        told.recv().map_err(|_| Stopped)
    }

    /// Runs something with ledger and state, between transactions.
    pub async fn run<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Inside<'_>) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (tell, told) = oneshot::channel();
        let run = Box::new(move |inside: &mut Inside<'_>| drop(tell.send(what(inside))));
        self.inner.door.send(Request::Run(run)).map_err(|_| Stopped)?;
        told.await.map_err(|_| Stopped)
    }

    /// [`Core::run`] for a thread that may wait.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Inside<'_>) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (tell, told) = channel();
        let run = Box::new(move |inside: &mut Inside<'_>| drop(tell.send(what(inside))));
        self.inner.door.send(Request::Run(run)).map_err(|_| Stopped)?;
        told.recv().map_err(|_| Stopped)
    }

    /// A reading half of the ledger.
    pub fn reader(&self) -> Result<Box<dyn LedgerReader>, StoreError> {
        self.run_blocking(|inside| inside.ledger.reader())
            .map_err(|stopped| StoreError::Io { path: "the ledger".into(), source: std::io::Error::other(stopped) })?
    }

    /// Looks at the timers now: someone came or went, or the clock was moved.
    pub async fn tick(&self) {
        let (tell, told) = oneshot::channel();
        if self
            .inner
            .door
            .send(Request::Tick(Box::new(move |()| {
                tell.send(()).ok();
            })))
            .is_ok()
        {
            // A core that stops meanwhile has nothing left to look at.
            told.await.ok();
        }
    }

    /// [`Core::tick`] without waiting.
    pub fn nudge(&self) {
        self.inner.door.send(Request::Tick(Box::new(|()| {}))).ok();
    }

    /// Finishes what was handed in and ends the thread. Handles left over only ever hear [`Stopped`].
    pub fn stop(&self) {
        self.inner.door.send(Request::Stop).ok();
        let thread = self.inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }
}

/// The thread's loop.
struct Worker {
    clock: Arc<dyn Clock>,
    timers: bool,
    requests: Receiver<Request>,
    rest_until: At,
}

impl Worker {
    fn run(mut self, desk: &mut Desk) {
        loop {
            let mut round = Vec::new();
            match self.first(desk) {
                Ok(request) => round.push(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while round.len() < GROUP {
                let Ok(request) = self.requests.try_recv() else { break };
                round.push(request);
            }
            if self.round(desk, round) {
                return;
            }
        }
    }

    /// The next request, or the time-out at which a timer is due.
    fn first(&self, desk: &mut Desk) -> Result<Request, RecvTimeoutError> {
        if desk.has_deferred() {
            return Err(RecvTimeoutError::Timeout);
        }
        let now = self.clock.now();
        let due = if self.timers { desk.next_due(now) } else { None };
        match due.map(|due| due.max(self.rest_until)) {
            None => self.requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
            // A minute at most: the wall clock may be set while we sleep.
            Some(at) => self.requests.recv_timeout(Duration::from_millis(at.since(now).clamp(0, 60_000) as u64)),
        }
    }

    /// One round: commands in one transaction, then what only reads. Returns whether to stop.
    fn round(&mut self, desk: &mut Desk, round: Vec<Request>) -> bool {
        let now = desk.clock_says(self.clock.now());
        let (started, before) = (self.clock.steady_ms(), desk.head());
        let (mut submits, mut permits, mut others) = (desk.take_deferred(), Vec::new(), Vec::new());
        for request in round {
            match request {
                Request::Submit(submit, permit) => {
                    submits.push(*submit);
                    permits.push(permit);
                }
                other => others.push(other),
            }
        }
        let quiet = !self.timers || now < self.rest_until;
        if (!submits.is_empty() || !quiet) && !desk.group(submits, now, !quiet) {
            self.rest_until = now.plus(REST_MS);
        }
        if desk.head() != before {
            desk.observe_commit(self.clock.steady_ms().saturating_sub(started));
        }
        drop(permits);
        let mut stop = false;
        let mut ticked = false;
        for request in others {
            match request {
                Request::Bulk { actor, commands, reply } => {
                    let replies = desk.bulk(actor, commands, now);
                    // Who waits may have got an agent by what the operator changed.
                    if !quiet && !desk.group(Vec::new(), now, true) {
                        self.rest_until = now.plus(REST_MS);
                    }
                    reply(replies);
                }
                Request::Run(run) => desk.run(now, run),
                Request::Tick(reply) => {
                    // The clock may have been moved after this round began.
                    let now = desk.clock_says(self.clock.now());
                    if self.timers && !ticked {
                        desk.group(Vec::new(), now, true);
                    }
                    ticked = true;
                    reply(());
                }
                Request::Stop => stop = true,
                Request::Submit(..) => {}
            }
        }
        stop
    }
}
