//! The rules of the protocol, each broken on purpose: what the simulation must notice (spec: sync 2.8; the last three are
//! of the guard of stale replies, and of desks that say how old their view is).
//!
//! Most are broken from outside, by a disk, a network or a process that does not keep what the real one keeps; only
//! what the server decides is broken by giving its core other rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::house::copy_database;
use super::plan::{Plan, Theme};
use super::story::{self, Story};
use super::tally::{Happening, Tally};
use super::time::ComputerClock;
use crate::domain::event::Event;
use crate::domain::ids::{DeviceId, KeyId, Seq};
use crate::domain::proof::Clue;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::{Actor, Command, Refusal, decide};
use crate::server::core::request::Rules;
use crate::store::StoreError;
use crate::store::ledger::{Accounts, Cause, Entered, Entry, Ledger, LedgerReader, StoredRow, Verdict, Verified};

/// A rule that is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// None.
    None,
    /// The server does not remember the numbers of commands.
    NoDedupe,
    /// The server answers, and loses the transaction in a crash.
    VerdictBeforeCommit,
    /// The desk forgets a command once it is sent.
    DroppedWhenSent,
    /// At power loss the outbox goes back to an older state and takes a new incarnation.
    OutboxRollsBack,
    /// The same, but it goes on counting from there.
    NumbersReused,
    /// A late wrap-up is refused, and its words are gone.
    LateWrapUpRefused,
    /// A refused command does not advance the number.
    RefusalBlocks,
    /// A row that leaves a scope is not said to have left.
    NoForget,
    /// A desk forgets a row wherever and however new it is.
    ForgetUnchecked,
    /// A cursor from before what is known is served with what is known.
    TailBelowFloor,
    /// A batch is applied wherever it begins.
    BatchAnywhere,
    /// Frames of an older connection are taken in.
    OldFrames,
    /// A wrap-up counts for whoever has the contact now.
    NoFencing,
    /// The desk does not keep what was answered, and the server is restored from a copy.
    AnsweredNotKept,
    /// The restored server goes by its old epoch.
    SameEpochAfterRestore,
    /// A reply is sent though the customer has written since.
    NoGuard,
    /// A desk says it has seen more of the present than it has.
    AgeTooYoung,
    /// A desk whose timers do not run while things go wrong: it says for ever that it is live.
    TimersStand,
}

impl Flaw {
    /// Whether it may well show in a run.
    pub fn fits(self, plan: &Plan) -> bool {
        self.theme().is_none_or(|theme| theme == plan.theme) && !(self.needs_file() && plan.in_memory)
    }

    /// What has to go wrong for it to show; `None` is anything.
    fn theme(self) -> Option<Theme> {
        Some(match self {
            Flaw::None | Flaw::DroppedWhenSent | Flaw::RefusalBlocks | Flaw::NoForget | Flaw::NoGuard => return None,
            Flaw::AgeTooYoung => return None,
            Flaw::NoDedupe | Flaw::BatchAnywhere | Flaw::OldFrames => Theme::Lines,
            Flaw::TimersStand => Theme::Absences,
            Flaw::VerdictBeforeCommit => Theme::Crashes,
            Flaw::OutboxRollsBack | Flaw::NumbersReused => Theme::Power,
            Flaw::LateWrapUpRefused | Flaw::NoFencing => Theme::Handovers,
            Flaw::ForgetUnchecked => Theme::Rights,
            Flaw::TailBelowFloor => Theme::Absences,
            Flaw::AnsweredNotKept | Flaw::SameEpochAfterRestore => Theme::Copies,
        })
    }

    /// Whether it shows only with a ledger in a file.
    fn needs_file(self) -> bool {
        matches!(self, Flaw::VerdictBeforeCommit | Flaw::AnsweredNotKept | Flaw::SameEpochAfterRestore)
    }

    /// Every flaw.
    pub const ALL: [Flaw; 18] = [
        Flaw::NoDedupe,
        Flaw::VerdictBeforeCommit,
        Flaw::DroppedWhenSent,
        Flaw::OutboxRollsBack,
        Flaw::NumbersReused,
        Flaw::LateWrapUpRefused,
        Flaw::RefusalBlocks,
        Flaw::NoForget,
        Flaw::ForgetUnchecked,
        Flaw::TailBelowFloor,
        Flaw::BatchAnywhere,
        Flaw::OldFrames,
        Flaw::NoFencing,
        Flaw::AnsweredNotKept,
        Flaw::SameEpochAfterRestore,
        Flaw::NoGuard,
        Flaw::AgeTooYoung,
        Flaw::TimersStand,
    ];

    /// What the server's core decides by.
    pub fn rules(self) -> Rules {
        match self {
            Flaw::LateWrapUpRefused => without_late,
            Flaw::NoFencing => without_fencing,
            Flaw::NoGuard => without_guard,
            _ => decide,
        }
    }
}

fn without_late(state: &State, command: &Command, actor: Actor, at: At) -> Result<Vec<Event>, Refusal> {
    let events = decide(state, command, actor, at)?;
    let late = |event: &Event| matches!(event, Event::WrappedUp { wrap_up } if wrap_up.late);
    if events.iter().any(late) { Err(Refusal::Gone { what: "this contact".into() }) } else { Ok(events) }
}

fn without_guard(state: &State, command: &Command, actor: Actor, at: At) -> Result<Vec<Event>, Refusal> {
    let mut command = command.clone();
    if let Command::SendReply { anyway, .. } = &mut command {
        *anyway = true;
    }
    decide(state, &command, actor, at)
}

fn without_fencing(state: &State, command: &Command, actor: Actor, at: At) -> Result<Vec<Event>, Refusal> {
    let mut command = command.clone();
    let mut owner = actor;
    if let Command::WrapUp { interaction, epoch, .. } = &mut command
        && let Some(now) = state.interaction(*interaction)
    {
        *epoch = now.epoch;
        owner = now.owner.map_or(actor, Actor::Agent);
    }
    decide(state, &command, owner, at)
}

/// The server's disk: a ledger that can be full, and that a flaw makes forgetful.
#[derive(Clone)]
pub struct Disk(Arc<Shared>);

struct Shared {
    flaw: Flaw,
    tally: Tally,
    story: Story,
    clock: Arc<ComputerClock>,
    full: AtomicBool,
    /// Highest number seen, where the ledger itself is not told.
    numbers: Mutex<BTreeMap<(DeviceId, u64), u64>>,
}

impl Disk {
    pub fn new(flaw: Flaw, tally: Tally, story: Story, clock: Arc<ComputerClock>) -> Disk {
        Disk(Arc::new(Shared { flaw, tally, story, clock, full: AtomicBool::new(false), numbers: Mutex::default() }))
    }

    fn say(&self, what: impl FnOnce() -> String) {
        self.0.story.say(self.0.clock.world(), what);
    }

    /// Nothing can be stored, or again.
    pub fn set_full(&self, full: bool) {
        self.0.full.store(full, Ordering::Relaxed);
    }

    /// Puts itself around a ledger.
    pub fn around(&self, ledger: impl Ledger + 'static, file: PathBuf) -> OnDisk {
        OnDisk { inner: Box::new(ledger), disk: self.clone(), file }
    }

    /// The server's process has ended: what was answered before it was committed is gone.
    pub fn forget_last(&self, file: &Path) {
        let before = before(file);
        if self.flaw() == Flaw::VerdictBeforeCommit && before.exists() {
            copy_database(&before, file);
        }
    }

    fn flaw(&self) -> Flaw {
        self.0.flaw
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, BTreeMap<(DeviceId, u64), u64>> {
        self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A ledger on such a disk.
pub struct OnDisk {
    inner: Box<dyn Ledger>,
    disk: Disk,
    file: PathBuf,
}

/// Where the ledger lies as it was before its last transaction.
fn before(file: &Path) -> PathBuf {
    file.with_extension("before")
}

impl OnDisk {
    /// What of the entries' causes and changes the disk keeps.
    fn kept(&self, entries: &[Entry]) -> Option<Vec<Entry>> {
        let flaw = self.disk.flaw();
        let mut kept = entries.to_vec();
        match flaw {
            Flaw::NoDedupe => {
                for entry in &mut kept {
                    if let Cause::Desk { device, incarnation, n, .. } = entry.cause {
                        let mut seen = self.disk.seen();
                        let last = seen.entry((device, incarnation)).or_default();
                        *last = (*last).max(n);
                        entry.cause = Cause::Own;
                    }
                }
            }
            Flaw::RefusalBlocks => {
                kept.retain(|entry| entry.refusal.is_none() || !matches!(entry.cause, Cause::Desk { .. }));
            }
            _ => return None,
        }
        kept.retain(|entry| !entry.events.is_empty() || entry.cause != Cause::Own);
        Some(kept)
    }
}

/// An entry in a line.
fn tell(entry: &Entry) -> String {
    let whose = match &entry.cause {
        Cause::Desk { device, n, .. } => format!("command {n} of desk {}", device.0 - 1),
        Cause::Gateway { .. } => "a gateway".into(),
        Cause::Own => format!("{:?}", entry.actor),
    };
    match &entry.refusal {
        Some(refusal) => format!("server: {whose} is refused: {refusal:?}"),
        None => {
            let events: Vec<String> = entry.events.iter().map(story::event).collect();
            format!("server: {whose} does {}", events.join(", "))
        }
    }
}

impl Ledger for OnDisk {
    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }

    fn head(&self) -> Seq {
        self.inner.head()
    }

    fn hot(&mut self) -> Result<State, StoreError> {
        self.inner.hot()
    }

    fn rows(&mut self, keys: &[RowKey]) -> Result<Vec<Row>, StoreError> {
        self.inner.rows(keys)
    }

    fn children(&mut self, entity: Entity, parent: u64) -> Result<Vec<Row>, StoreError> {
        self.inner.children(entity, parent)
    }

    fn customers_by_identity(&mut self, clue: Clue, identity: &str) -> Result<Vec<u64>, StoreError> {
        self.inner.customers_by_identity(clue, identity)
    }

    fn id_by_name(&mut self, entity: Entity, name: &str) -> Result<Option<u64>, StoreError> {
        self.inner.id_by_name(entity, name)
    }

    fn alarms_due(&mut self, now: At) -> Result<(Vec<u64>, Option<At>), StoreError> {
        self.inner.alarms_due(now)
    }

    fn clocked(&mut self, after: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.inner.clocked(after, limit)
    }

    fn verdict(&mut self, device: DeviceId, incarnation: u64, n: u64) -> Result<Verdict, StoreError> {
        if self.disk.flaw() == Flaw::NoDedupe {
            let last = self.disk.seen().get(&(device, incarnation)).copied().unwrap_or(0);
            return Ok(Verdict::New { last: if n == u64::MAX { last } else { n - 1 } });
        }
        let verdict = self.inner.verdict(device, incarnation, n)?;
        if let Verdict::Answered { refusal, .. } = &verdict {
            self.disk.0.tally.met(Happening::Repeated);
            let was = refusal.as_ref().map_or_else(|| "done".to_owned(), |refusal| format!("refused: {refusal:?}"));
            self.disk.say(|| format!("server: command {n} of desk {} comes again; it was {was}", device.0 - 1));
        }
        Ok(verdict)
    }

    fn gateway_answer(&mut self, key: KeyId, idempotency: &str) -> Result<Option<(u64, String)>, StoreError> {
        self.inner.gateway_answer(key, idempotency)
    }

    fn commit(&mut self, entries: &[Entry]) -> Result<Seq, StoreError> {
        if self.disk.0.full.load(Ordering::Relaxed) {
            return Err(StoreError::Full { path: "the ledger".into() });
        }
        let late = |event: &&Event| matches!(event, Event::WrappedUp { wrap_up } if wrap_up.late);
        let late = entries.iter().flat_map(|entry| &entry.events).filter(late).count();
        self.disk.0.tally.add(Happening::LateWrapUp, late as u64);
        if self.disk.flaw() == Flaw::VerdictBeforeCommit {
            copy_database(&self.file, &before(&self.file));
        }
        entries.iter().for_each(|entry| self.disk.say(|| tell(entry)));
        match self.kept(entries) {
            Some(kept) if kept.is_empty() => Ok(self.inner.head()),
            Some(kept) => self.inner.commit(&kept),
            None => self.inner.commit(entries),
        }
    }

    fn reader(&self) -> Result<Box<dyn LedgerReader>, StoreError> {
        Ok(Box::new(Reading { inner: self.inner.reader()?, flaw: self.disk.flaw() }))
    }

    fn accounts(&mut self) -> &mut dyn Accounts {
        self.inner.accounts()
    }

    fn backup(&mut self, to: &Path) -> Result<(), StoreError> {
        self.inner.backup(to)
    }

    fn verify(&mut self) -> Result<Verified, StoreError> {
        self.inner.verify()
    }

    fn sweep(&mut self, now: At) -> Result<(), StoreError> {
        self.inner.sweep(now)
    }
}

/// The reading half.
struct Reading {
    inner: Box<dyn LedgerReader>,
    flaw: Flaw,
}

impl LedgerReader for Reading {
    fn head(&mut self) -> Result<Seq, StoreError> {
        self.inner.head()
    }

    fn floor(&mut self) -> Result<Seq, StoreError> {
        if self.flaw == Flaw::TailBelowFloor { Ok(0) } else { self.inner.floor() }
    }

    fn delta(&mut self, lane: Lane, scopes: &[Scope], from: Seq) -> Result<(Seq, Vec<Change>), StoreError> {
        self.inner.delta(lane, scopes, from)
    }

    fn part(
        &mut self,
        scope: Scope,
        entity: Entity,
        after: u64,
        bytes: usize,
    ) -> Result<(Seq, Vec<StoredRow>), StoreError> {
        self.inner.part(scope, entity, after, bytes)
    }

    fn part_len(&mut self, scope: Scope, entity: Entity, after: u64) -> Result<u64, StoreError> {
        self.inner.part_len(scope, entity, after)
    }

    fn stored(&mut self, keys: &[RowKey]) -> Result<Vec<StoredRow>, StoreError> {
        self.inner.stored(keys)
    }

    fn stored_children(&mut self, entity: Entity, parent: u64) -> Result<Vec<StoredRow>, StoreError> {
        self.inner.stored_children(entity, parent)
    }

    fn events(&mut self, after: Seq, limit: usize) -> Result<Vec<Entered>, StoreError> {
        self.inner.events(after, limit)
    }

    fn page(&mut self, entity: Entity, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.inner.page(entity, after, limit)
    }

    fn backup(&mut self, to: &Path) -> Result<(), StoreError> {
        self.inner.backup(to)
    }

    fn verify(&mut self) -> Result<Verified, StoreError> {
        self.inner.verify()
    }
}
