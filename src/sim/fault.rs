//! What goes wrong: what of it and to whom is thrown.

use std::collections::BTreeSet;

use super::computer::{Computer, UNDER_WAY};
use super::dice::Dice;
use super::house::{QUEUES, agent, put};
use super::net::{Cut, Weather};
use super::tally::Happening;
use super::world::{World, weather};
use crate::app::port::LinkState;
use crate::domain::command::Target;
use crate::domain::ids::AgentId;
use crate::domain::people::{Agent, Role};
use crate::domain::work::Interaction;
use crate::domain::{Command, State};
use crate::server::core::request::Reply;

impl World {
    /// Something goes wrong.
    pub fn fault(&mut self) {
        let n = self.desk();
        let now = self.time.now();
        match self.dice.weighted(&self.plan.theme.weights()) {
            0 => {
                let cut = [Cut::Clean, Cut::DeskKnows, Cut::ServerKnows, Cut::Silent][self.dice.below(4) as usize];
                let count = self.sky.lock().cut(n, cut);
                if count > 0 {
                    if self.dice.one_in(2) {
                        self.computers[n].delay();
                    }
                    self.say(|_| format!("fault: the connection of desk {n} is cut ({cut:?})"));
                }
            }
            1 => {
                let (dark, told) = (self.dice.one_in(2), self.dice.one_in(2));
                let mut net = self.sky.lock();
                (net.weather[n].dark, net.weather[n].told) = (dark, told);
                if dark && told {
                    net.cut(n, Cut::Clean);
                }
                drop(net);
                self.tally.add(Happening::Partition, dark.into());
                self.say(|_| format!("fault: the way of desk {n} is {}", if dark { "dark" } else { "open" }));
                if dark && !told && self.dice.one_in(3) {
                    // For longer than anyone believes that a line is only quiet.
                    self.everyone(4, 30_000);
                }
            }
            2 => {
                let was = self.sky.lock().weather[n];
                let now = Weather { dark: was.dark, told: was.told, skew: was.skew, ..weather(&self.dice) };
                self.sky.lock().weather[n] = now;
                self.say(|_| format!("weather of desk {n}: {now:?}"));
            }
            3 => {
                self.tally.met(Happening::Killed);
                self.restart_desk(n, "is killed and starts again", Computer::kill);
            }
            4 => {
                self.tally.met(Happening::PowerLost);
                self.sky.lock().desk_vanishes(n);
                let dice = Dice::new(self.dice.u64());
                self.restart_desk(n, "loses its power and starts again", move |c| c.lose_power(&dice));
            }
            5 => {
                self.tally.met(Happening::Closed);
                self.restart_desk(n, "is closed and opened again", Computer::close);
            }
            6 => {
                self.computers[n].settle_disk();
                self.say(|_| format!("desk {n}: its disk has everything"));
            }
            7 => {
                let most = [500, 5_000, 90_000][self.dice.below(3) as usize];
                let until = now + self.dice.below(most);
                self.computers[n].stopped = until;
                self.tally.met(Happening::Stopped);
                self.say(|_| format!("fault: desk {n} stands still until {until} ms"));
            }
            8 => self.change_rights(),
            9 => self.crash_server(),
            10 => {
                if self.house.back_up() {
                    self.say(|_| "server: backed up".into());
                    self.write_much(n, 3);
                }
            }
            11 => self.lose_answers(),
            12 => {
                if self.dice.one_in(2) {
                    self.miss_much(n);
                }
                self.house.compact();
                self.tally.met(Happening::Compacted);
                self.say(|_| "server: compacted".into());
            }
            13 => {
                let full = self.dice.one_in(2);
                let words = full && self.dice.one_in(2);
                self.tally.add(Happening::DeskDisk, full.into());
                self.tally.add(Happening::NoWords, words.into());
                self.computers[n].full = words;
                if let Some(process) = &mut self.computers[n].process {
                    process.cache().iter().for_each(|cache| cache.disk_is_full(full));
                    process.outbox().disk_is_full(words);
                }
                self.say(|_| format!("fault: the disk of desk {n} is full: {full}"));
            }
            14 => {
                let ms = self.dice.between(-4_000_000, 4_000_000);
                self.tally.met(Happening::ClockSet);
                if self.dice.one_in(4) {
                    self.house.clock.jump(ms / 40);
                    self.say(|_| format!("fault: the server's clock is set by {} ms", ms / 40));
                } else {
                    self.computers[n].clock.jump(ms);
                    self.say(|_| format!("fault: the clock of desk {n} is set by {ms} ms"));
                }
            }
            16 => self.hand_over(),
            19 => self.kill_within(n),
            20 => self.race(),
            18 => self.hang(n),
            17 => self.write_much(n, UNDER_WAY as u64 + 1),
            _ => {
                let full = self.dice.one_in(2);
                self.house.disk.set_full(full);
                self.tally.add(Happening::ServerDisk, full.into());
                self.say(|_| format!("fault: the server's disk is full: {full}"));
            }
        }
    }

    fn restart_desk(&mut self, n: usize, what: &str, end: impl FnOnce(&mut Computer)) {
        end(&mut self.computers[n]);
        self.computers[n].start(&self.dice);
        self.say(|_| format!("fault: desk {n} {what}"));
    }

    /// Two agents reach for the same contact.
    fn race(&mut self) {
        let waits =
            |state: &State| state.interactions().filter(|i| i.phase.waits()).map(|i| i.id).collect::<BTreeSet<_>>();
        let (one, other) = (self.desk(), self.desk());
        let both: Vec<_> =
            waits(&self.computers[one].state).intersection(&waits(&self.computers[other].state)).copied().collect();
        let Some(interaction) = self.dice.pick(&both).copied().filter(|_| one != other) else { return };
        for n in [one, other] {
            self.tokens += 1;
            let (token, command) = (self.tokens, Command::Pull { interaction: Some(interaction) });
            if let Some(said) = self.computers[n].give(&self.dice, token, command) {
                self.say(|_| format!("desk {n}: {said}"));
            }
        }
    }

    /// A desk dies in the middle of what it does.
    fn kill_within(&mut self, n: usize) {
        if self.dice.one_in(2) {
            self.write_much(n, 3);
        }
        let dice = Dice::new(self.dice.u64());
        let within = self.computers[n].kill_within(&dice);
        self.tally.met(if within { Happening::KilledWithin } else { Happening::Killed });
        let when = if within { "between two transactions" } else { "at work" };
        self.restart_desk(n, &format!("is killed {when} and starts again"), |_| {});
    }

    /// A contact goes to a queue that one of the agents does not have, who is then given that queue.
    fn move_and_grant(&mut self) {
        let Some(state) = self.house.state() else { return };
        let talks: Vec<_> = state.interactions().filter(|i| i.phase.is_live() && i.owner.is_some()).collect();
        let Some(contact) = self.dice.pick(&talks) else { return };
        let Some(owner) = contact.owner else { return };
        let count = self.computers.len() as u64;
        let without =
            |row: &&Agent| row.id.0 <= count && row.queues.contains(&contact.queue) && row.queues.len() < QUEUES.len();
        let agents: Vec<_> = state.agents().filter(without).collect();
        let Some(row) = self.dice.pick(&agents) else { return };
        let Some(queue) = QUEUES.into_iter().find(|q| !row.queues.contains(q)) else { return };
        let (interaction, epoch, to) = (contact.id, contact.epoch, Target::Queue(queue));
        let reply = self.house.act(owner, Command::Transfer { interaction, epoch, to, note: String::new() });
        self.say(|_| format!("agent {owner} elsewhere: contact {interaction} to queue {queue}: {reply:?}"));
        let queues = row.queues.iter().copied().chain([queue]).collect();
        self.set_rights(agent(row.id, row.role, queues, row.active));
        self.everyone(2, 60);
    }

    /// The lead gives and takes rights.
    fn set_rights(&mut self, row: Agent) {
        let before = self.house.state().and_then(|state| state.agent(row.id).cloned());
        let Some(before) = before else { return };
        let has = |of: &Agent, queue| of.active && of.queues.contains(&queue);
        let lost = QUEUES.into_iter().any(|queue| has(&before, queue) && !has(&row, queue));
        let gained = QUEUES.into_iter().any(|queue| !has(&before, queue) && has(&row, queue));
        self.tally.add(Happening::Revoked, lost.into());
        self.tally.add(Happening::Granted, gained.into());
        self.operate(put(row), "lead");
    }

    /// An agent writes a number of notes at once.
    fn write_much(&mut self, n: usize, count: u64) {
        let tokens = self.tokens + 1..self.tokens + 1 + count;
        self.tokens = tokens.end;
        if let Some(said) = self.computers[n].burst(&self.dice, tokens) {
            self.say(|_| format!("desk {n}: {said}"));
        }
    }

    /// A desk is away while contacts end.
    fn miss_much(&mut self, n: usize) {
        let mut net = self.sky.lock();
        (net.weather[n].dark, net.weather[n].told) = (true, true);
        net.cut(n, Cut::Clean);
        drop(net);
        self.tally.met(Happening::Partition);
        self.say(|_| format!("fault: desk {n} is away for a while"));
        for _ in 0..3 {
            if let Some(interaction) = self.dice.pick(&self.open).copied() {
                self.operate(Command::EndInteraction { interaction }, "customer");
            }
            self.everyone(1, 300);
        }
        self.sky.lock().weather[n].dark = false;
    }

    /// A line hangs while a right is taken away, and has broken when it is given back: what was said of it comes late.
    fn hang(&mut self, n: usize) {
        if self.computers[n].link != LinkState::Live {
            return;
        }
        let id = self.computers[n].me;
        let Some(row) = self.house.state().and_then(|state| state.agent(id).cloned()) else { return };
        self.say(|_| format!("fault: the line of desk {n} hangs"));
        self.computers[n].delay();
        self.set_rights(agent(id, row.role, row.queues.iter().skip(1).copied().collect(), row.active));
        for _ in 0..6 {
            self.customer_acts();
            self.agent_acts();
            self.everyone(1, 200);
        }
        self.sky.lock().cut(n, Cut::DeskKnows);
        self.set_rights(agent(id, row.role, row.queues, row.active));
    }

    /// A contact is handed on by its owner elsewhere, whose desk here does not know yet and wraps it up.
    fn hand_over(&mut self) {
        let Some(state) = self.house.state() else { return };
        let count = self.computers.len() as u64;
        let mine = |i: &&Interaction| i.phase.is_live() && i.owner.is_some_and(|owner| owner.0 <= count);
        let talks: Vec<_> = state.interactions().filter(mine).collect();
        let Some(contact) = self.dice.pick(&talks) else { return };
        let Some(owner) = contact.owner else { return };
        let (interaction, epoch, case) = (contact.id, contact.epoch, contact.case);
        let queue = QUEUES[self.dice.below(3) as usize];
        let (to, note) = (Target::Queue(queue), String::new());
        let reply = self.house.act(owner, Command::Transfer { interaction, epoch, to, note });
        self.tally.add(Happening::HandedOn, matches!(reply, Some(Reply::Done { .. })).into());
        self.say(|_| format!("agent {owner} elsewhere: contact {interaction} to queue {queue}: {reply:?}"));
        self.tokens += 1;
        let token = self.tokens;
        let n = owner.0 as usize - 1;
        if let Some(said) = self.computers[n].wrap_up_now(&self.dice, token, interaction, epoch, case) {
            self.say(|_| format!("desk {n}: {said}"));
        }
    }

    fn change_rights(&mut self) {
        if self.dice.one_in(2) {
            return self.move_and_grant();
        }
        let id = AgentId(self.desk() as u64 + 1);
        let queues: Vec<_> = QUEUES.into_iter().filter(|_| self.dice.one_in(2)).collect();
        let roles = [Role::Trainee, Role::Agent, Role::Senior, Role::Lead, Role::Qa];
        let role = roles[self.dice.below(5) as usize];
        let active = !self.dice.one_in(12);
        self.set_rights(agent(id, role, queues, active));
    }

    fn crash_server(&mut self) {
        if self.house.running.is_none() {
            return;
        }
        if self.dice.one_in(2) {
            // Just after it said something.
            self.customer_acts();
            self.everyone(2, 40);
        }
        if self.dice.one_in(2) {
            self.sky.lock().server_vanishes();
        }
        self.house.crash(&self.sky);
        self.tally.met(Happening::Crashed);
        self.down_until = Some(self.time.now() + self.dice.below(9_000));
        self.say(|_| "fault: the server is gone".into());
    }

    /// The server goes back to an older copy: every other time to one from just before it answered, so that only the
    /// desks know what they were told since.
    fn lose_answers(&mut self) {
        let there = |c: &&Computer| c.link == LinkState::Live && !c.cases.is_empty();
        let desks: Vec<usize> = self.computers.iter().filter(there).map(|c| c.number).collect();
        if let Some(n) = self.dice.pick(&desks).copied().filter(|_| self.dice.one_in(2))
            && self.house.back_up()
        {
            self.say(|_| "server: backed up".into());
            self.write_much(n, 3);
            self.everyone(8, 600);
        }
        self.restore_server();
    }

    fn restore_server(&mut self) {
        let was_down = self.house.running.is_none();
        if !was_down {
            self.house.crash(&self.sky);
        }
        if self.house.restore() {
            self.open.clone_from(&self.morning.open);
            self.tally.met(Happening::Restored);
            self.say(|_| "fault: the server is restored from its newest copy".into());
        }
        if !was_down {
            self.house.start(&self.sky);
        }
    }
}
