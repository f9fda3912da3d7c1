//! The one thread that owns ledger and state: every command is decided, stored and answered here.
//!
//! Requests come through a bounded door, are decided in order and stored a group at a time in one durable
//! transaction; only then are they answered and fed to the sessions. Invariant: nothing is answered as done that
//! is not on disk, and memory never runs ahead of the ledger: after a failed commit it is loaded anew.

pub mod group;
mod memory;
pub mod needs;
pub mod request;
pub mod ring;
mod ruling;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot, watch};

use crate::clock::Clock;
use crate::domain::command::Actor;
use crate::domain::scope::Scope;
use crate::domain::time::At;
use crate::domain::{Command, decide};
use crate::store::StoreError;
use crate::store::ledger::{Ledger, LedgerReader};

use super::links::Links;
use super::metrics::Metrics;
use group::Desk;
use request::{Inside, Origin, Published, Reply, Request, Rules, Submit};
use ring::{Listener, Ring};

/// Commands decided in one transaction at most.
const GROUP: usize = 64;
/// Requests waiting at the door at most; the next one waits outside.
const DOOR: usize = 1_024;
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
    commits: Ring,
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
        let (core, worker) = Core::new(ledger, clock, links, metrics, timers, decide)?;
        let thread = std::thread::Builder::new()
            .name("core".into())
            .spawn(move || worker.run())
            .map_err(|source| StoreError::Io { path: "the core's thread".into(), source })?;
        core.inner.thread.lock().unwrap_or_else(PoisonError::into_inner).replace(thread);
        Ok(core)
    }

    /// Loads the state. Nothing is done before someone lets the worker work.
    pub fn new(
        ledger: Box<dyn Ledger>,
        clock: Arc<dyn Clock>,
        links: Arc<Links>,
        metrics: Arc<Metrics>,
        timers: bool,
        rules: Rules,
    ) -> Result<(Core, Worker), StoreError> {
        let (door, requests) = channel();
        let commits = Ring::default();
        let (publish, published) = watch::channel(Published::default());
        let epoch = ledger.epoch();
        let desk = Desk::load(ledger, links, metrics, commits.clone(), publish, rules, clock.now())?;
        let room = Arc::new(Semaphore::new(DOOR));
        let worker = Worker { desk, clock, timers, requests, rest_until: At(i64::MIN) };
        let shared = Shared { door, room, commits, published, epoch, thread: Mutex::new(None) };
        Ok((Core { inner: Arc::new(shared) }, worker))
    }

    /// The ledger's epoch.
    pub fn epoch(&self) -> u64 {
        self.inner.epoch
    }

    /// The newest durable position and the rights there.
    pub fn published(&self) -> watch::Receiver<Published> {
        self.inner.published.clone()
    }

    /// Every commit from now on that touches one of these scopes (sorted), of which the listener is told.
    pub fn listen(&self, scopes: Arc<[Scope]>) -> Listener {
        self.inner.commits.listen(Some(scopes))
    }

    /// Every commit from now on, for who looks by itself.
    pub fn commits(&self) -> Listener {
        self.inner.commits.listen(None)
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

/// What the thread does: rounds of requests and timers. Who takes the steps alone needs no thread.
pub struct Worker {
    desk: Desk,
    clock: Arc<dyn Clock>,
    timers: bool,
    requests: Receiver<Request>,
    rest_until: At,
}

impl Worker {
    fn run(mut self) {
        loop {
            let first = match self.first() {
                Ok(request) => Some(request),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if self.turn(first) {
                return;
            }
        }
    }

    /// The next request, or the time-out at which a timer is due.
    fn first(&mut self) -> Result<Request, RecvTimeoutError> {
        match self.due_in() {
            None => self.requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
            // A minute at most: the wall clock may be set while we sleep.
            Some(ms) => self.requests.recv_timeout(Duration::from_millis(ms.min(60_000))),
        }
    }

    /// After how many milliseconds there is something to do without a request; `None` is never.
    pub fn due_in(&mut self) -> Option<u64> {
        if self.desk.has_deferred() {
            return Some(0);
        }
        let now = self.clock.now();
        let due = if self.timers { self.desk.next_due(now) } else { None };
        due.map(|due| due.max(self.rest_until).since(now).max(0).cast_unsigned())
    }

    /// Deals with what is at the door, and with what is due. Returns whether to stop.
    pub fn step(&mut self) -> bool {
        let Ok(first) = self.requests.try_recv() else {
            return self.due_in() == Some(0) && self.turn(None);
        };
        self.turn(Some(first))
    }

    /// A reading half of the ledger.
    pub fn reader(&self) -> Result<Box<dyn LedgerReader>, StoreError> {
        self.desk.ledger.reader()
    }

    fn turn(&mut self, first: Option<Request>) -> bool {
        let mut round: Vec<Request> = first.into_iter().collect();
        while round.len() < GROUP {
            let Ok(request) = self.requests.try_recv() else { break };
            round.push(request);
        }
        self.round(round)
    }

    /// One round: commands in one transaction, then what only reads. Returns whether to stop.
    fn round(&mut self, round: Vec<Request>) -> bool {
        let desk = &mut self.desk;
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
