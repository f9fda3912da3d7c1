//! A day of calls through the real router: every arrival, answer and farewell is a command, decided and applied as
//! on the server, and agents are chosen by [`crate::domain::routing`] itself.
//!
//! Pure: chance comes in as a function. One invariant: within one instant customers speak before timers, timers
//! before agents, agents before the router. Start at [`run`]; [`theory`] has the formulas to compare with.

pub mod draw;
pub mod theory;
mod world;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::domain::command::CustomerHint;
use crate::domain::ids::{AgentId, InteractionId, KeyId, OutcomeId, QueueId, ReasonId};
use crate::domain::row::{Entity, RowKey};
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Channel, Priority};
use crate::domain::{Actor, Command, Event, Refusal, State, apply, decide, routing};

pub use draw::Draw;
pub use world::{Line, World};

/// One call to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: At,
    /// For which of the world's lines, from 0.
    pub line: usize,
    /// How long they wait at most, ms; `None` is for ever.
    pub patience: Option<i64>,
}

/// What became of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// For which line.
    pub line: usize,
    /// When it came.
    pub came: At,
    /// When someone answered.
    pub answered: Option<At>,
    /// When it ended: given up, or talk and its work over.
    pub ended: At,
}

impl Call {
    /// How long it waited, until the answer or until it gave up, ms.
    pub fn wait_ms(&self) -> i64 {
        self.answered.unwrap_or(self.ended).since(self.came)
    }
}

/// Something that will happen; customers order before agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Coming {
    Arrives(usize),
    GivesUp(InteractionId),
    Finishes(InteractionId, AgentId),
}

/// Runs every arrival to its end and says what became of each, in order of arrival. Calls are answered as soon as
/// they are offered; `service` gives the length of each, work after the call included, in the order they start.
pub fn run(world: &World, arrivals: &[Arrival], service: &mut dyn FnMut() -> i64) -> Result<Vec<Call>, Refusal> {
    run_with(world, arrivals, service, &mut |_, _| {})
}

/// As [`run`]; `meddle` may change the agents' rows before each arrival.
pub fn run_with(
    world: &World,
    arrivals: &[Arrival],
    service: &mut dyn FnMut() -> i64,
    meddle: &mut dyn FnMut(&mut State, usize),
) -> Result<Vec<Call>, Refusal> {
    let mut day = Day {
        state: world.open(),
        now: arrivals.first().map_or(At(0), |a| a.at),
        coming: BinaryHeap::new(),
        calls: Vec::with_capacity(arrivals.len()),
        open: BTreeMap::new(),
    };
    day.coming.extend(arrivals.first().map(|a| Reverse((a.at, Coming::Arrives(0)))));
    while let Some(Reverse((at, _))) = day.coming.peek().copied() {
        day.now = routing::next_due(&day.state, day.now).map_or(at, |due| at.min(due)).max(day.now);
        while let Some(Reverse((_, what))) = day.coming.peek().copied().filter(|Reverse((at, _))| *at == day.now) {
            day.coming.pop();
            match what {
                Coming::Arrives(n) => {
                    meddle(&mut day.state, n);
                    day.arrive(arrivals, n)?;
                }
                Coming::GivesUp(id) => day.give_up(id)?,
                Coming::Finishes(id, agent) => day.finish(id, agent)?,
            }
        }
        day.settle(service)?;
        day.state.forget_changes();
    }
    Ok(day.calls)
}

struct Day {
    state: State,
    now: At,
    coming: BinaryHeap<Reverse<(At, Coming)>>,
    calls: Vec<Call>,
    /// Calls that are not over, by interaction.
    open: BTreeMap<InteractionId, usize>,
}

impl Day {
    fn give(&mut self, actor: Actor, command: &Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.state, command, actor, self.now)?;
        for event in &events {
            apply(&mut self.state, event);
        }
        Ok(events)
    }

    fn arrive(&mut self, arrivals: &[Arrival], n: usize) -> Result<(), Refusal> {
        let arrival = arrivals[n];
        let command = Command::OpenInteraction {
            channel: Channel::Voice,
            queue: QueueId(arrival.line as u64 + 1),
            hint: CustomerHint::default(),
            customer: None,
            case: None,
            menu: Vec::new(),
            priority: Priority::Normal,
            language: String::new(),
            subject: String::new(),
            body: None,
            came: None,
            callback: Default::default(),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        };
        for event in self.give(Actor::Gateway(KeyId(1)), &command)? {
            if let Event::InteractionOpened { interaction, .. } = event {
                self.open.insert(interaction.id, self.calls.len());
                let patience = arrival.patience.map(|ms| (self.now.plus(ms.max(1)), Coming::GivesUp(interaction.id)));
                self.coming.extend(patience.map(Reverse));
            }
        }
        self.calls.push(Call { line: arrival.line, came: self.now, answered: None, ended: self.now });
        self.coming.extend(arrivals.get(n + 1).map(|a| Reverse((a.at, Coming::Arrives(n + 1)))));
        Ok(())
    }

    fn give_up(&mut self, id: InteractionId) -> Result<(), Refusal> {
        if self.state.interaction(id).is_some_and(|i| i.phase.waits()) {
            let case = self.state.interaction(id).map(|i| i.case);
            self.give(Actor::Gateway(KeyId(1)), &Command::EndInteraction { interaction: id })?;
            self.over(id, case.map(|c| RowKey { entity: Entity::Case, id: c.0 }));
        }
        Ok(())
    }

    fn finish(&mut self, id: InteractionId, agent: AgentId) -> Result<(), Refusal> {
        let Some((epoch, case)) = self.state.interaction(id).map(|i| (i.epoch, i.case)) else { return Ok(()) };
        let command = Command::WrapUp {
            interaction: id,
            epoch,
            case,
            reason: ReasonId(1),
            outcome: OutcomeId(1),
            note: String::new(),
            follow_up: None,
            findings: Default::default(),
        };
        for event in self.give(Actor::Agent(agent), &command)? {
            if let Event::WrappedUp { wrap_up } = event {
                self.state.unload(RowKey { entity: Entity::WrapUp, id: wrap_up.id.0 });
            }
        }
        self.over(id, Some(RowKey { entity: Entity::Case, id: case.0 }));
        Ok(())
    }

    fn over(&mut self, id: InteractionId, case: Option<RowKey>) {
        if let Some(call) = self.open.remove(&id).and_then(|n| self.calls.get_mut(n)) {
            call.ended = self.now;
        }
        if let Some(case) = case {
            self.state.unload(case);
        }
    }

    /// Timers and router, until they rest; whatever is offered is answered at once.
    fn settle(&mut self, service: &mut dyn FnMut() -> i64) -> Result<(), Refusal> {
        loop {
            let commands = routing::due(&self.state, self.now);
            if commands.is_empty() {
                return Ok(());
            }
            for command in commands {
                for event in self.give(Actor::System, &command)? {
                    if let Event::OfferMade { interaction, to, .. } = event {
                        self.answer(interaction, to, service())?;
                    }
                }
            }
        }
    }

    fn answer(&mut self, id: InteractionId, agent: AgentId, service_ms: i64) -> Result<(), Refusal> {
        let epoch = self.state.interaction(id).map_or(0, |i| i.epoch);
        self.give(Actor::Agent(agent), &Command::AcceptOffer { interaction: id, epoch })?;
        if let Some(call) = self.open.get(&id).and_then(|n| self.calls.get_mut(*n)) {
            call.answered = Some(self.now);
        }
        let at = self.now.plus(service_ms.max(1));
        self.coming.push(Reverse((at, Coming::Finishes(id, agent))));
        Ok(())
    }
}

/// What a run shows. Shares are of all calls unless the name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Calls counted.
    pub calls: usize,
    /// Share that did not get an answer at once.
    pub waited: f64,
    /// Share that gave up.
    pub abandoned: f64,
    /// Mean wait of all, s.
    pub wait_s: f64,
    /// Mean wait of those who were answered, s.
    pub asa_s: f64,
    /// Answered or given up within the threshold, of all.
    pub f1: f64,
    /// Answered within the threshold, of the answered.
    pub f2: f64,
    /// Answered within the threshold, of all.
    pub f3: f64,
    /// Answered within the threshold, of all but those who gave up within it.
    pub f4: f64,
    /// Share of the agents' time that was spent on calls.
    pub occupancy: f64,
}

impl Figures {
    /// Figures of the calls that came from `from` on, with `threshold_s` as the service level's seconds; `line` picks
    /// one line. Occupancy counts from `from` to the last arrival.
    pub fn of(calls: &[Call], agents: usize, threshold_s: i64, from: At, line: Option<usize>) -> Figures {
        let until = calls.last().map_or(from, |c| c.came);
        let span = until.since(from) as f64;
        let busy = calls.iter().filter_map(|c| Some((c.answered?.max(from), c.ended.min(until))));
        let busy: i64 = busy.map(|(a, b)| b.since(a)).sum();
        let mut n = Figures { occupancy: busy as f64 / (span * agents as f64).max(1.0), ..Figures::default() };
        let limit = threshold_s * SECOND;
        let (mut answered, mut in_time, mut short) = (0.0, 0.0, 0.0);
        for call in calls.iter().filter(|c| c.came >= from && line.is_none_or(|l| l == c.line)) {
            n.calls += 1;
            let wait = call.wait_ms();
            n.waited += f64::from(u8::from(wait > 0));
            n.wait_s += wait as f64 / SECOND as f64;
            if call.answered.is_some() {
                answered += 1.0;
                n.asa_s += wait as f64 / SECOND as f64;
                in_time += f64::from(u8::from(wait <= limit));
            } else {
                n.abandoned += 1.0;
                short += f64::from(u8::from(wait <= limit));
            }
        }
        let all = (n.calls as f64).max(1.0);
        n.f1 = (in_time + short) / all;
        n.f2 = in_time / f64::max(answered, 1.0);
        n.f3 = in_time / all;
        n.f4 = in_time / (all - short).max(1.0);
        n.asa_s /= f64::max(answered, 1.0);
        n.waited /= all;
        n.abandoned /= all;
        n.wait_s /= all;
        n
    }
}

#[cfg(test)]
mod tests;
