//! The world: who takes the next step is thrown, and so is what goes wrong.

use std::path::PathBuf;
use std::sync::Arc;

use super::agent::short;
use super::check;
use super::computer::Computer;
use super::dice::Dice;
use super::flaw::Flaw;
use super::house::{House, QUEUES, agent, customer, put};
use super::morning::{Morning, morning};
use super::net::{Cut, Net, Skew, Sky, Weather};
use super::plan::Plan;
use super::story::Story;
use super::tally::{Happening, Tally};
use super::time::{ComputerClock, WorldTime};
use crate::app::port::{Effect, LinkState, Thin};
use crate::domain::Command;
use crate::domain::ids::InteractionId;
use crate::domain::work::Channel;
use crate::server::core::request::Reply;

/// How long everything may take to come to rest once nothing goes wrong any more, ms.
const REST_MS: u64 = 45 * 60_000;
/// Rounds of steps within that time: what moves for ever does not come to rest either.
const REST_ROUNDS: u32 = 6_000;
/// A wall clock that runs ahead by so much is taken for sleep, ms.
const SLEPT_MS: i64 = 6_000;
/// Between two rounds while something moves, ms.
const STEP_MS: u64 = 10;
/// What comes on a thin line only when it is asked for is asked for so often, ms.
const ASK_MS: u64 = 120_000;
/// When nothing happens for so long, ms, it is looked whether all is at rest.
const LULL_MS: u64 = 400;
/// Steps of everyone at one instant at most.
const ROUND_STEPS: u32 = 16;
/// Between two rounds in which nothing moves, ms at most: less than any side may be silent.
const PAUSE_MS: u64 = 10_000;
/// Steps between two looks on the way.
const LOOK: u32 = 16;
/// How often everyone takes a step until all desks have a link, and how long each time, ms.
const GREETING: (u32, u64) = (10, 400);

/// Everything.
pub struct World {
    pub plan: Plan,
    pub flaw: Flaw,
    pub tally: Tally,
    pub time: WorldTime,
    pub dice: Dice,
    pub sky: Sky,
    pub house: House,
    pub computers: Vec<Computer>,
    pub morning: &'static Morning,
    pub tokens: u64,
    pub open: Vec<InteractionId>,
    pub story: Story,
    /// The server's process is down until then.
    pub down_until: Option<u64>,
    /// What every desk may hold, as last read.
    pub allowed: Option<check::Allowed>,
    pub moved: u64,
    /// Whether a desk said that it is live when it was not.
    stale: Result<(), String>,
}

impl World {
    pub fn new(plan: Plan, flaw: Flaw, dir: PathBuf, traced: bool) -> World {
        World::on(morning(), plan, flaw, dir, traced)
    }

    /// One that begins from there.
    pub fn on(morning: &'static Morning, plan: Plan, flaw: Flaw, dir: PathBuf, traced: bool) -> World {
        let (time, dice) = (WorldTime::at(morning.at), Dice::new(plan.seed));
        let (tally, story) = (Tally::default(), Story::new(traced));
        let weather = (0..plan.desks).map(|_| weather(&dice)).collect();
        let sky = Sky::new(Net::new(time.clone(), Dice::new(dice.u64()), weather, tally.clone()));
        let clock = |wrong, born| Arc::new(ComputerClock::new(time.clone(), wrong, born));
        let house = House::new(
            dir.join("server"),
            plan.in_memory,
            flaw,
            clock(0, 1_000),
            (tally.clone(), story.clone()),
            morning,
        );
        let computers = (0..plan.desks).map(|n| {
            let wrong = dice.between(-plan.skew, plan.skew);
            tally.add(Happening::WrongClock, (wrong != 0).into());
            let clock = clock(wrong, dice.below(5_000_000));
            let (dir, with) = (dir.join(format!("desk{n}")), (sky.clone(), tally.clone(), story.clone()));
            let new = dice.one_in(6);
            tally.add(Happening::NewDesk, new.into());
            let files = if new { &morning.new } else { &morning.desks[n] };
            Computer::new(dir, n, flaw, clock, time.clone(), with, files)
        });
        let computers = computers.collect();
        tally.met(if plan.in_memory { Happening::InMemory } else { Happening::InFile });
        let mut world = World {
            plan,
            flaw,
            tally,
            time,
            dice,
            sky,
            house,
            computers,
            tokens: 0,
            morning,
            open: morning.open.clone(),
            story,
            down_until: None,
            allowed: None,
            moved: 0,
            stale: Ok(()),
        };
        world.say(|w| w.plan.to_string());
        if flaw != Flaw::None {
            world.say(|w| format!("broken on purpose: {:?}", w.flaw));
        }
        world.house.start(&world.sky);
        for n in 0..world.plan.desks {
            world.computers[n].start(&world.dice);
        }
        world
    }

    pub fn say(&mut self, what: impl FnOnce(&World) -> String) {
        self.story.say(self.time.now(), || what(self));
    }

    /// One run: faults, then rest, then the checks.
    pub fn run(&mut self) -> Result<(), String> {
        // Most begin with everyone at work.
        if !self.dice.one_in(4) {
            for _ in 0..GREETING.0 {
                if self.computers.iter().all(|c| c.link == LinkState::Live) {
                    break;
                }
                self.everyone(1, GREETING.1);
            }
        }
        for step in 0..self.plan.steps {
            if self.dice.one_in(self.plan.faults) {
                self.fault();
            } else {
                self.step();
            }
            self.stale.clone()?;
            if step % LOOK == LOOK - 1 {
                check::on_the_way(self)?;
            }
        }
        self.heal();
        self.settle()?;
        self.tally.close();
        check::afterwards(self)
    }

    pub fn desk(&self) -> usize {
        self.dice.below(self.computers.len() as u64) as usize
    }

    /// Some of all who are there take a step, in any order; some time passes.
    fn step(&mut self) {
        if self.dice.below(5) < 3 {
            let most = [12, 60, 400, 4_000, 80_000][self.dice.weighted(&[40, 30, 20, 9, 1])];
            self.time.pass(self.dice.below(most));
            self.server_comes_back();
        }
        let actors = self.computers.len() as u64 + 3;
        for _ in 0..actors {
            match self.dice.below(actors) {
                0 => self.sky.lock().step(),
                1 => self.step_core(),
                2 => self.house.tasks.poll(),
                n => self.step_desk(n as usize - 3),
            }
        }
        if self.dice.one_in(2) {
            self.agent_acts();
        }
        if self.dice.one_in(8) {
            self.customer_acts();
        }
    }

    pub fn step_desk(&mut self, n: usize) {
        let most = self.dice.below(6) as usize;
        let computer = &mut self.computers[n];
        computer.poll();
        let link = computer.link;
        let notes = computer.step(most, &self.dice);
        self.moved += notes as u64;
        if computer.breaks() {
            self.sky.lock().cut(n, Cut::DeskKnows);
            self.say(|_| format!("fault: the line of desk {n} breaks after something late"));
        }
        let now = self.computers[n].link;
        if now != link {
            self.say(|_| format!("desk {n}: link {now:?}"));
        }
        if notes < most && self.computers[n].stopped <= self.time.now() && self.stale.is_ok() {
            self.stale = check::not_stale(self, n);
        }
    }

    /// The server's core alone: a crash may come before anyone is told what it committed.
    pub fn step_core(&mut self) {
        let before = self.head();
        if self.house.step() {
            self.moved += 1;
            self.tally.add(Happening::Commit, self.head() - before);
            self.say(|w| format!("server: commits {} to {}", before + 1, w.head()));
        }
    }

    pub fn head(&self) -> u64 {
        self.house.running.as_ref().map_or(0, |(hub, _)| hub.core.published().borrow().seq)
    }

    pub fn agent_acts(&mut self) {
        let n = self.desk();
        self.tokens += 1;
        let token = self.tokens;
        if let Some(said) = self.computers[n].act(&self.dice, token) {
            self.say(|_| format!("desk {n}: {said}"));
        }
    }

    pub fn customer_acts(&mut self) {
        let command = match self.dice.below(6) {
            0..=2 => {
                let channel = [Channel::Chat, Channel::Email, Channel::Voice][self.dice.below(3) as usize];
                customer(channel, QUEUES[self.dice.below(3) as usize], "My bill is wrong")
            }
            3 | 4 => {
                let Some(interaction) = self.dice.pick(&self.open).copied() else { return };
                Command::AppendMessage {
                    interaction,
                    body: format!("and one more thing {}", self.tokens),
                    files: Vec::new(),
                    letter: self.dice.one_in(2).then(|| Box::new(super::house::letter())),
                }
            }
            _ => {
                let Some(interaction) = self.dice.pick(&self.open).copied() else { return };
                Command::EndInteraction { interaction }
            }
        };
        self.operate(command, "customer");
    }

    pub fn operate(&mut self, command: Command, who: &str) {
        let text = if self.story.is_told() { short(&command) } else { String::new() };
        let Some(reply) = self.house.operate(command) else { return };
        self.moved += 1;
        if let Some((interaction, _)) = super::house::opened(&reply) {
            self.open.push(interaction);
        }
        self.say(|_| format!("{who}: {text} -> {}", reply_word(&reply)));
    }

    fn server_comes_back(&mut self) {
        if self.down_until.is_some_and(|at| at <= self.time.now()) {
            self.down_until = None;
            self.house.start(&self.sky);
            self.say(|_| "server: starts".into());
        }
    }

    /// Everyone takes a step, so many times, with so much time before each, ms.
    pub fn everyone(&mut self, times: u32, pause: u64) {
        for _ in 0..times {
            self.time.pass(pause);
            self.step_core();
            self.house.tasks.poll();
            self.sky.lock().step();
            (0..self.computers.len()).for_each(|n| self.step_desk(n));
        }
    }

    /// From here on nothing goes wrong.
    pub fn heal(&mut self) {
        self.say(|_| "nothing goes wrong any more".into());
        self.house.disk.set_full(false);
        if self.house.running.is_none() {
            self.down_until = None;
            self.house.start(&self.sky);
        }
        let closed = self.house.look(|inside| inside.state.agents().filter(|a| !a.active).cloned().collect::<Vec<_>>());
        for row in closed.unwrap_or_default() {
            self.operate(put(agent(row.id, row.role, row.queues, true)), "lead");
        }
        // On a long way what nobody waits for takes its time, and so would every run.
        let long = self.dice.one_in(40);
        for n in 0..self.computers.len() {
            let mut net = self.sky.lock();
            let weather = &mut net.weather[n];
            let skew = std::mem::take(&mut weather.skew);
            weather.dark = false;
            if !long {
                (weather.delay, weather.jitter, weather.loss) = (1, 0, 0);
            }
            drop(net);
            if skew == Skew::OldDesk {
                // The new version brings its own form of the cache.
                self.computers[n].close();
                crate::store::cache::Cache::put_aside(&self.computers[n].files()).expect("renames");
                self.computers[n].start(&self.dice);
            }
            let computer = &mut self.computers[n];
            computer.calm();
            if !long {
                // A machine that wakes up asks at once how far it is to the server.
                computer.clock.jump(SLEPT_MS);
            }
            if let Some(process) = &mut computer.process {
                process.cache().iter().for_each(|cache| cache.disk_is_full(false));
                process.outbox().disk_is_full(false);
            }
            computer.perform(Effect::WorkOffline(false));
            computer.perform(Effect::UseLine(if long { Thin::Auto } else { Thin::Off }));
            computer.perform(Effect::RetryLink);
        }
    }

    /// Until everything has arrived everywhere.
    pub fn settle(&mut self) -> Result<(), String> {
        let begin = self.time.now();
        self.allowed = None;
        let (mut pause, mut looked, mut why) = (STEP_MS, 0, "it never stood still".to_owned());
        let mut asked = begin + ASK_MS;
        for _ in 0..REST_ROUNDS {
            let moved = self.round();
            let now = self.time.now();
            if now - begin >= REST_MS {
                break;
            }
            let next = self.next().saturating_sub(now);
            // While something is about to happen it is not at rest.
            if next >= LULL_MS && now >= looked {
                match check::at_rest(self) {
                    Ok(()) => {
                        self.say(|w| format!("at rest after {} ms", w.time.now() - begin));
                        return Ok(());
                    }
                    Err(said) => {
                        looked = now + LULL_MS;
                        // What is under way for ever hides what is wrong behind it.
                        if said != check::UNDER_WAY {
                            why = said;
                        }
                    }
                }
            }
            if now >= asked {
                asked = now + ASK_MS;
                self.computers.iter().filter(|c| c.thin).for_each(|c| c.perform(Effect::RetryLink));
            }
            pause = if moved { STEP_MS } else { (pause * 2).min(PAUSE_MS) };
            // Where nothing happens until then nobody need look.
            self.time.pass(next.clamp(pause, PAUSE_MS));
        }
        Err(format!("no rest after {} s: {why}", (self.time.now() - begin) / 1_000))
    }

    /// When something happens next by itself, ms.
    fn next(&mut self) -> u64 {
        let now = self.time.now();
        let core = self.house.due_in();
        let desks = self.computers.iter_mut().filter_map(Computer::due_in).min();
        let due = core.into_iter().chain(desks).min().map(|ms| now.saturating_add(ms));
        let others = [self.time.next(), self.sky.lock().next()];
        others.into_iter().chain([due]).flatten().min().unwrap_or(u64::MAX)
    }

    /// Everyone takes as many steps as there are to take at this instant; whether anything moved.
    fn round(&mut self) -> bool {
        let begin = self.moved + self.sky.lock().moved;
        for _ in 0..ROUND_STEPS {
            let before = self.moved + self.sky.lock().moved;
            for n in 0..self.computers.len() {
                let link = self.computers[n].link;
                self.computers[n].poll();
                let notes = self.computers[n].step(64, &self.dice);
                self.moved += notes as u64;
                let now = self.computers[n].link;
                if now != link {
                    self.say(|_| format!("desk {n}: link {now:?}"));
                    if now == LinkState::Refused {
                        self.computers[n].perform(Effect::RetryLink);
                    }
                }
            }
            self.house.tasks.poll();
            self.step_core();
            self.house.tasks.poll();
            self.sky.lock().step();
            if self.moved + self.sky.lock().moved == before {
                break;
            }
        }
        self.moved + self.sky.lock().moved != begin
    }
}

/// What a desk's way is like, as it is thrown.
pub fn weather(dice: &Dice) -> Weather {
    let delay = [1, 30, 300, 900][dice.weighted(&[4, 3, 2, 1])];
    Weather {
        delay,
        jitter: dice.between(0, delay),
        loss: [0, 50, 12, 4][dice.below(4) as usize],
        dark: false,
        told: true,
        primed: dice.one_in(8),
        strange: dice.one_in(20),
        skew: if dice.one_in(24) {
            *dice.pick(&[Skew::OldDesk, Skew::OldServer]).unwrap_or(&Skew::None)
        } else {
            Skew::None
        },
    }
}

fn reply_word(reply: &Reply) -> String {
    let mut text = format!("{reply:?}");
    text.truncate(text.char_indices().nth(90).map_or(text.len(), |(at, _)| at));
    text
}
