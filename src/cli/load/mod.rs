//! `cordboard load`: how many desks one server carries on this machine.
//!
//! It founds a throw-away firm ([`firm`]), starts `cordboard serve` on it as a process of its own, connects desks that
//! speak the real protocol over real TLS ([`desk`]), lets customers come, and says what became of it ([`notes`],
//! [`report`]). Both run on this machine: what the desks cost is said beside what the server costs. Invariant: it
//! never touches the data of a firm.

pub mod args;
mod chat;
mod desk;
mod firm;
mod notes;
mod process;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::args::Global;
use super::say::say;
use crate::clock::{Clock, SystemClock};
use crate::domain::ids::{AgentId, QueueId, Seq};
use crate::domain::time::At;
use crate::sync::traffic::Traffic;
use args::Load;
use desk::{Hall, Pace};
use firm::Firm;
use notes::{Mind, Notes, Spread};
use report::{Figures, Memory, Processor};

/// New desks dial this often at most.
const DIAL: Duration = Duration::from_millis(4);
/// All desks must have everything within this time, and have said Ready within the same again.
const SETTLE: Duration = Duration::from_mins(5);
/// After that, and after everyone said Ready, nothing happens for this long.
const REST: Duration = Duration::from_secs(3);
/// The server is pushed to its limit for this long.
const PUSH: Duration = Duration::from_secs(5);
/// Customers come in groups this far apart at least.
const ARRIVALS: Duration = Duration::from_millis(100);

/// How a desk reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    /// Whatever comes at once, and works.
    #[default]
    Steady,
    /// One message a second.
    Slow,
    /// Nothing at all.
    Stuck,
}

/// Someone's desk.
#[derive(Debug, Clone)]
struct Seat {
    agent: AgentId,
    token: String,
    kind: Kind,
}

/// What all are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Connecting; then nothing.
    Come,
    /// Saying Ready.
    Ready,
    /// Working.
    Work,
    /// Giving commands as fast as they are answered.
    Push,
    /// Over.
    End,
}

/// Runs the load and prints what it measured.
pub fn run(args: &Load, global: &Global) -> anyhow::Result<()> {
    let desks = args.desks as usize;
    anyhow::ensure!(desks > 0, "a load needs desks; give --desks a number");
    let chats = args.chats as usize;
    process::open_files(desks + chats)?;
    let quiet = args.json;
    let tell = |words: &str| if quiet { Ok(()) } else { say(words) };
    tell(&format!("Founding a firm of {desks} people in a folder of its own."))?;
    let (mut firm, mut seats) = Firm::found(global, desks, chats)?;
    let (stuck, slow) = (args.stuck as usize, args.slow as usize);
    seats.iter_mut().take(stuck).for_each(|seat| seat.kind = Kind::Stuck);
    seats.iter_mut().skip(stuck).take(slow).for_each(|seat| seat.kind = Kind::Slow);
    let figures = Hour::new(args, &firm)?.go(&mut firm, seats, &tell)?;
    let text = if args.json { serde_json::to_string_pretty(&figures)? } else { figures.in_words() };
    say(&text)
}

/// A firm at work, as it is measured.
struct Hour {
    runtime: Runtime,
    hall: Arc<Hall>,
    stage: watch::Sender<Stage>,
    clock: SystemClock,
    work: Duration,
    per_minute: u32,
    chats: usize,
}

impl Hour {
    fn new(args: &Load, firm: &Firm) -> anyhow::Result<Hour> {
        let clock = SystemClock::new();
        let (stage, staged) = watch::channel(Stage::Come);
        let hall = Hall {
            address: firm.address.clone(),
            clock: Arc::new(clock),
            desks: u64::from(args.desks),
            traffic: Arc::new(Traffic::default()),
            stage: staged,
            mind: Mind::default(),
            talk: (args.chats > 0).then(Arc::default),
            pace: Pace { answer: 1_500, talk: 8_000, wrap: 3_000 },
            reason: firm.reason,
            outcome: firm.outcome,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        // In chats nobody else has to come.
        let usual = if args.chats > 0 { 0 } else { args.desks.saturating_mul(18).div_ceil(100) };
        let per_minute = args.customers.unwrap_or(usual);
        let work = Duration::from_secs(u64::from(args.seconds));
        Ok(Hour { runtime, hall: Arc::new(hall), stage, clock, work, per_minute, chats: args.chats as usize })
    }

    fn go(
        self,
        firm: &mut Firm,
        seats: Vec<Seat>,
        tell: &dyn Fn(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<Figures> {
        let pid = firm.pid();
        let empty = process::memory(pid)?;
        let count = |kind| seats.iter().filter(|s| s.kind == kind).count();
        let (desks, stuck, slow) = (seats.len(), count(Kind::Stuck), count(Kind::Slow));
        tell(&format!("The server is up with {} MiB. {desks} desks connect.", empty >> 20))?;
        let came = self.clock.steady_ms();
        let sitting = self.connect(seats);
        let counts = || self.hall.mind.counts();
        self.wait(
            || counts().0 >= desks && counts().1 >= desks - stuck,
            || format!("{} desks are connected and {} have everything", counts().0, counts().1),
        )?;
        let connected_s = (self.clock.steady_ms() - came) as f64 / 1_000.0;
        let first_bytes = self.hall.traffic.bytes();
        std::thread::sleep(REST);
        let idle = process::memory(pid)?;
        tell(&format!("All have everything after {connected_s:.0} s. They say Ready."))?;
        self.stage.send_replace(Stage::Ready);
        let steady = desks - stuck - slow;
        self.wait(|| self.hall.mind.ready() >= steady, || format!("{} agents are ready", self.hall.mind.ready()))?;
        std::thread::sleep(REST);
        let ready = process::memory(pid)?;
        let guests = self.chats(firm, tell)?;
        tell(&format!("Customers come, {} a minute.", self.per_minute))?;
        self.stage.send_replace(Stage::Work);
        let (head, bytes, used, began) =
            (firm.head()?, self.hall.traffic.bytes(), self.used(pid)?, self.clock.steady_ms());
        self.customers(firm)?;
        let seconds = (self.clock.steady_ms() - began) as f64 / 1_000.0;
        let ended = self.clock.steady_us();
        let (last, more_bytes, more_used) = (firm.head()?, self.hall.traffic.bytes(), self.used(pid)?);
        let busy = process::memory(pid)?;
        if self.chats > 0 {
            // What was said last is heard before the server is pushed.
            std::thread::sleep(REST);
        }
        let chats = self.hall.talk.as_ref().map(|talk| talk.figures(self.chats, ended));
        tell("Everyone gives commands as fast as they are answered.")?;
        self.stage.send_replace(Stage::Push);
        std::thread::sleep(PUSH);
        self.stage.send_replace(Stage::End);
        let notes = self.runtime.block_on(async {
            let mut notes = Vec::new();
            for desk in sitting {
                notes.push(desk.await?);
            }
            Ok::<Vec<Notes>, tokio::task::JoinError>(notes)
        })?;
        let unheard = self.runtime.block_on(futures_util::future::join_all(guests));
        let made: BTreeMap<Seq, At> = firm.made_after(head)?.into_iter().filter(|(seq, _)| *seq <= last).collect();
        let verdicts: Vec<u64> = notes.iter().flat_map(|n| n.verdicts.iter().copied()).collect();
        let mut troubles: BTreeMap<String, usize> = BTreeMap::new();
        notes.iter().flat_map(|n| &n.troubles).for_each(|t| *troubles.entry(t.clone()).or_default() += 1);
        let unheard = unheard.into_iter().filter_map(|guest| guest.unwrap_or_else(|error| Some(error.to_string())));
        unheard.for_each(|trouble| *troubles.entry(trouble).or_default() += 1);
        let apart = |more: (u64, u64), less: (u64, u64)| (more.0 - less.0, more.1 - less.1);
        Ok(Figures {
            desks,
            stuck,
            slow,
            queues: firm.queues.len(),
            teams: firm.teams,
            customers_per_minute: self.per_minute,
            seconds,
            connected_s,
            processors: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory: Memory { empty, idle, ready, busy },
            latency: self.hall.mind.latencies(&notes, &made).into(),
            chats,
            changes: made.len(),
            commands: verdicts.len(),
            verdict_us: Spread::of(verdicts),
            pushed_per_s: notes.iter().map(|n| n.pushed).sum::<u64>() as f64 / PUSH.as_secs_f64(),
            refused: notes.iter().map(|n| n.refused).sum(),
            first_bytes,
            work_bytes: apart(more_bytes, bytes),
            processor: Processor {
                server: (more_used.server - used.server) / seconds,
                desks: (more_used.desks - used.desks) / seconds,
            },
            troubles,
        })
    }

    fn connect(&self, seats: Vec<Seat>) -> Vec<JoinHandle<Notes>> {
        let mut sitting = Vec::new();
        for seat in seats {
            sitting.push(self.runtime.spawn(desk::sit(seat, Arc::clone(&self.hall))));
            std::thread::sleep(DIAL);
        }
        sitting
    }

    /// Customers open chats, and each is taken.
    fn chats(
        &self,
        firm: &Firm,
        tell: &dyn Fn(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<JoinHandle<Option<String>>>> {
        let Some(talk) = &self.hall.talk else { return Ok(Vec::new()) };
        tell(&format!("{} customers open chats.", self.chats))?;
        let mut guests = Vec::new();
        for n in 0..self.chats {
            let (hall, talk) = (Arc::clone(&self.hall), Arc::clone(talk));
            guests.push(self.runtime.spawn(chat::come(n as u64 + 1, n % firm.queues.len(), hall, talk)));
            std::thread::sleep(DIAL * 4);
        }
        self.wait(|| talk.with() >= self.chats, || format!("{} customers in chats are with an agent", talk.with()))?;
        Ok(guests)
    }

    /// Waits for something that must come about.
    fn wait(&self, done: impl Fn() -> bool, stands: impl Fn() -> String) -> anyhow::Result<()> {
        let until = self.clock.steady_ms() + SETTLE.as_millis() as u64;
        while !done() {
            anyhow::ensure!(self.clock.steady_ms() < until, "after {} minutes {}", SETTLE.as_secs() / 60, stands());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Lets customers come at their rate while the work lasts.
    fn customers(&self, firm: &mut Firm) -> anyhow::Result<()> {
        let (began, length) = (self.clock.steady_ms(), self.work.as_millis() as u64);
        let mut number = 0;
        loop {
            let passed = self.clock.steady_ms() - began;
            if passed >= length {
                return Ok(());
            }
            let due = passed * u64::from(self.per_minute) / 60_000;
            let queues: Vec<QueueId> =
                (number..due).filter_map(|n| firm.queues.get(n as usize % firm.queues.len())).copied().collect();
            if !queues.is_empty() {
                firm.come(&queues, &mut number).context("the customers could not come in")?;
            }
            std::thread::sleep(ARRIVALS);
        }
    }

    fn used(&self, pid: u32) -> anyhow::Result<Processor> {
        Ok(Processor { server: process::processor(pid)?, desks: process::processor(std::process::id())? })
    }
}
