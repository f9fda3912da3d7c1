//! The machine against a model of server, disk and network, under every fault the protocol is made for
//! (spec: sync 2.8). One run is a pure function of its seed; the flawed variants show that the checks can fail.

mod desk;
mod server;

use std::collections::{BTreeSet, VecDeque};

use super::{Input, LinkState};
use crate::domain::command::Command;
use crate::domain::ids::CaseId;
use crate::domain::scope::Lane;
use crate::rand::{Rand, SeededRand};
use crate::wire::frame::Down;
use crate::wire::pipe::DialError;
use desk::{Cache, Desk, Fate, Outbox};
use server::{Ledger, SCOPES, Server};

/// A rule of the protocol that is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    NoDedupe,
    AnswerBeforeCommit,
    NoForget,
    TailBelowFloor,
    OldFrames,
    OutboxRollsBack,
    AnsweredNotKept,
    SameEpochAfterRestore,
}

/// What a command is told apart by.
fn token(command: &Command) -> u64 {
    match command {
        Command::AddNote { body, .. } => body.parse().expect("a number"),
        Command::Pull { interaction } => interaction.expect("a number").0,
        other => unreachable!("{other:?}"),
    }
}

/// Down frames of connections that the desk has given up, still in the network.
type Zombies = Vec<(u32, VecDeque<Down>)>;

struct World {
    rand: SeededRand,
    flaw: Flaw,
    now: u64,
    server: Server,
    desk: Desk,
    zombies: Zombies,
    /// Older copies: the server's disk, the cache and outbox after a power loss.
    backup: Ledger,
    snapshot: (Cache, Outbox),
    tokens: u64,
    /// Generations restart with the process; the network tells processes apart.
    process: u32,
    opened_in: u32,
}

impl World {
    fn new(seed: u64, flaw: Flaw) -> World {
        let (server, mut desk) = (Server::new(flaw), Desk::new(flaw));
        desk.input(Input::Start, 0);
        let (backup, snapshot) = (server.ledger.clone(), (desk.cache.clone(), desk.outbox.clone()));
        let rand = SeededRand::new(seed);
        let zombies = Vec::new();
        World { rand, flaw, now: 0, server, desk, zombies, backup, snapshot, tokens: 0, process: 0, opened_in: 0 }
    }

    fn chance(&self, one_in: u64) -> bool {
        self.rand.jitter(one_in - 1) == 0
    }

    /// Work: commands here, changes there.
    fn work(&mut self) {
        match self.rand.jitter(5) {
            0 | 1 => {
                self.tokens += 1;
                let command = if self.chance(5) {
                    Command::Pull { interaction: Some(crate::domain::ids::InteractionId(self.tokens)) }
                } else {
                    Command::AddNote { case: CaseId(1), body: self.tokens.to_string(), from: vec![] }
                };
                self.desk.submit(command, self.now);
            }
            _ => {
                let lane = Lane::ALL[self.rand.jitter(1) as usize];
                let of_lane: Vec<_> = SCOPES.into_iter().filter(|s| s.lane() == lane).collect();
                let to = of_lane.get(self.rand.jitter(2) as usize).copied();
                self.server.change(lane, 1 + self.rand.jitter(12), to);
            }
        }
    }

    fn fault(&mut self) {
        match self.rand.jitter(13) {
            // The connection ends; one side may not be told.
            0..=2 => self.cut(),
            3 => self.kill(),
            4 => {
                self.desk.cache = self.snapshot.0.clone();
                if self.flaw == Flaw::OutboxRollsBack {
                    self.desk.outbox = self.snapshot.1.clone();
                }
                self.kill();
            }
            5 => self.snapshot = (self.desk.cache.clone(), self.desk.outbox.clone()),
            6 => self.server.receive(true),
            7 => self.backup = self.server.ledger.clone(),
            8 if self.chance(4) => {
                let epoch = self.server.ledger.epoch + u64::from(self.flaw != Flaw::SameEpochAfterRestore);
                self.server.ledger = self.backup.clone();
                self.server.ledger.epoch = epoch;
                self.server.session = None;
            }
            9 => self.server.toggle(SCOPES[self.rand.jitter(3) as usize]),
            10 => self.server.compact(),
            11 => self.desk.disk_full = !self.desk.disk_full,
            12 => self.desk.input(Input::Woke, self.now),
            13 => {
                let offline = self.desk.state != LinkState::Offline;
                self.desk.input(Input::Offline(offline), self.now);
            }
            _ => {}
        }
    }

    fn cut(&mut self) {
        let Some(session) = self.server.session.take() else { return };
        if self.opened_in == self.process && self.chance(2) {
            let input = Input::Closed { generation: session.generation, why: "cut".into() };
            self.desk.input(input, self.now);
        }
        if self.opened_in == self.process && self.chance(2) {
            // What was on its way still arrives, late.
            self.zombies.push((session.generation, session.down));
        }
    }

    fn kill(&mut self) {
        self.process += 1;
        self.zombies.clear();
        self.desk.restart(self.now, Desk::seed(&self.rand));
    }

    /// The network and the server's side move by one step.
    fn traffic(&mut self) {
        match self.rand.jitter(6) {
            0 => self.dial(),
            1 => self.server.receive(false),
            2 => self.server.feed(self.chance(4)),
            3 => self.server.snapshot(),
            4 => self.deliver_up(),
            5 => self.deliver_down(),
            _ => self.deliver_late(),
        }
    }

    fn dial(&mut self) {
        let Some((generation, hello)) = self.desk.dialing.take() else { return };
        if self.chance(6) {
            let error = DialError::Unreachable("no".into());
            return self.desk.input(Input::Failed { generation, error }, self.now);
        }
        let old = self.server.open(&hello);
        if let Some(zombie) = old.filter(|_| self.opened_in == self.process && self.chance(2)) {
            self.zombies.push(zombie);
        }
        self.opened_in = self.process;
        self.desk.input(Input::Opened { generation }, self.now);
    }

    fn deliver_up(&mut self) {
        while let Some((generation, frame)) = self.desk.sending.pop_front() {
            let session = self.server.session.as_mut();
            if let Some(session) = session.filter(|s| s.generation == generation && self.opened_in == self.process) {
                session.up.push_back(frame);
                return;
            }
        }
    }

    /// Some frames as one message.
    fn deliver_down(&mut self) {
        if self.opened_in != self.process {
            return;
        }
        let Some(session) = self.server.session.as_mut() else { return };
        let count = (1 + self.rand.jitter(3) as usize).min(session.down.len());
        let (generation, frames) = (session.generation, session.down.drain(..count).collect());
        if count > 0 {
            self.desk.input(Input::Frames { generation, frames }, self.now);
        }
    }

    fn deliver_late(&mut self) {
        if self.zombies.is_empty() {
            return;
        }
        let index = self.rand.jitter(self.zombies.len() as u64 - 1) as usize;
        let (generation, frames) = &mut self.zombies[index];
        let Some(frame) = frames.pop_front() else {
            self.zombies.swap_remove(index);
            return;
        };
        let mut generation = *generation;
        if self.flaw == Flaw::OldFrames {
            // As if the desk did not look at the number.
            generation = self.server.session.as_ref().map_or(generation, |s| s.generation);
        }
        self.desk.input(Input::Frames { generation, frames: vec![frame] }, self.now);
    }

    fn time(&mut self, most_ms: u64) {
        self.now += self.rand.jitter(most_ms);
        if self.desk.machine.wake_at().is_some_and(|at| at <= self.now) {
            self.desk.input(Input::Timer, self.now);
        }
    }

    /// Whether nothing is under way and nothing waits.
    fn drained(&self) -> bool {
        let idle = |s: &server::Session| s.up.is_empty() && s.down.is_empty();
        self.desk.machine.quiet()
            && self.desk.cursors() == [self.server.ledger.head; 2]
            && self.desk.sending.is_empty()
            && !self.server.has_parts()
            && self.opened_in == self.process
            && self.server.session.as_ref().is_some_and(idle)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(fault) = self.desk.faults.first() {
            return Err(fault.clone());
        }
        let effects = &self.server.ledger.effects;
        let once: BTreeSet<u64> = effects.iter().copied().collect();
        if once.len() != effects.len() {
            return Err("a command was carried out twice".into());
        }
        if !effects.is_sorted() {
            return Err("commands were carried out in another order".into());
        }
        for (token, fate) in self.desk.fates() {
            let (done, refused) = (once.contains(&token), self.server.ledger.refused.contains(&token));
            let right = match fate {
                Fate::Waiting => false,
                Fate::Done => done && !refused,
                Fate::Refused => refused && !done,
                Fate::Abandoned => !done && !refused,
            };
            if !right {
                return Err(format!("command {token} is {fate:?} here; done {done}, refused {refused} there"));
            }
        }
        let (here, there) = (&self.desk.cache.rows, &self.server.visible());
        if here != there {
            let extra: Vec<_> = here.iter().filter(|(k, v)| there.get(k) != Some(v)).collect();
            let missing: Vec<_> = there.iter().filter(|(k, v)| here.get(k) != Some(v)).collect();
            return Err(format!("the cache holds {extra:?} instead of {missing:?}"));
        }
        Ok(())
    }
}

fn run(seed: u64, flaw: Flaw) -> Result<(), String> {
    let mut world = World::new(seed, flaw);
    for _ in 0..600 {
        match world.rand.jitter(11) {
            0 | 1 => world.work(),
            2 if world.chance(2) => world.fault(),
            3 => world.time(if world.chance(20) { 70_000 } else { 400 }),
            _ => world.traffic(),
        }
        if let Some(fault) = world.desk.faults.first() {
            return Err(fault.clone());
        }
    }
    // No more faults: now everything must drain.
    world.desk.disk_full = false;
    if world.desk.state == LinkState::Offline {
        world.desk.input(Input::Offline(false), world.now);
    }
    for _ in 0..60_000 {
        if world.drained() {
            return world.check();
        }
        if world.chance(8) {
            world.time(2_000);
        } else {
            world.traffic();
        }
    }
    Err(format!("it does not drain: {:?}, {:?}", world.desk.state, world.desk.cursors()))
}

#[test]
fn nothing_is_lost_doubled_or_stuck() {
    let failed: Vec<_> = (0..2_000).filter_map(|seed| Some((seed, run(seed, Flaw::None).err()?))).collect();
    assert!(failed.is_empty(), "{} seeds fail: {:?}", failed.len(), &failed[..failed.len().min(5)]);
}

#[test]
fn every_broken_rule_is_noticed() {
    let flaws = [
        Flaw::NoDedupe,
        Flaw::AnswerBeforeCommit,
        Flaw::NoForget,
        Flaw::TailBelowFloor,
        Flaw::OldFrames,
        Flaw::OutboxRollsBack,
        Flaw::AnsweredNotKept,
        Flaw::SameEpochAfterRestore,
    ];
    for flaw in flaws {
        let failed = (0..500).find(|seed| run(*seed, flaw).is_err());
        assert!(failed.is_some(), "{flaw:?} goes unnoticed");
    }
}

#[test]
fn a_seed_is_a_run() {
    let trace = |seed| {
        let mut world = World::new(seed, Flaw::None);
        (0..300).for_each(|_| world.traffic());
        (world.now, world.rand.u64())
    };
    assert_eq!(trace(5), trace(5));
}
