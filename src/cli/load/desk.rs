//! One desk of the load: the real protocol machine over a real socket, rows looked at and let go.
//!
//! It takes offers, answers, ends and wraps up, each after the time [`Pace`] gives it. It keeps no rows on disk, so
//! that thousands fit on one machine. Invariant: what it notes as arrived was decoded and taken in by the machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::chat::{Talk, Way};
use super::notes::{Class, Mind, Notes};
use super::{Kind, Seat, Stage};
use crate::clock::Clock;
use crate::domain::Command;
use crate::domain::ids::{AgentId, CaseId, InteractionId, OutcomeId, ReasonId};
use crate::domain::people::Presence;
use crate::domain::routing::holds;
use crate::domain::row::{Change, Entity, Row};
use crate::domain::scope::Scope;
use crate::domain::work::{Author, Interaction, Phase};
use crate::domain::wrap_up::Findings;
use crate::rand::{Rand, SeededRand};
use crate::sync::link::{Address, SocketDial};
use crate::sync::machine::{Input, Machine, Output, Queued, Start};
use crate::sync::traffic::Traffic;
use crate::wire::codec::{Decoder, Encoder};
use crate::wire::frame::{Down, Up};
use crate::wire::pipe::{Dial, DialError, Opened, Pipe};

/// A slow reader takes one message in this time.
const SLOW: Duration = Duration::from_secs(1);
/// Commands under way at once while the server is pushed to its limit.
const PUSH: usize = 4;
/// Desks say Ready spread over this long for each of them, ms: a morning in a hurry.
const READY_MS: u64 = 20;

/// How long things take, ms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// From the offer to the accept.
    pub answer: u64,
    /// From the accept to the reply, and from the reply to the end.
    pub talk: u64,
    /// From the end to the wrap-up.
    pub wrap: u64,
}

/// What all desks share.
pub(super) struct Hall {
    pub address: Address,
    pub clock: Arc<dyn Clock>,
    pub desks: u64,
    pub traffic: Arc<Traffic>,
    pub stage: watch::Receiver<Stage>,
    pub mind: Mind,
    /// What is said in chats; contacts do not end while there are any.
    pub talk: Option<Arc<Talk>>,
    pub pace: Pace,
    pub reason: ReasonId,
    pub outcome: OutcomeId,
}

/// Sits at one desk until the end, and says what was seen.
pub(super) async fn sit(seat: Seat, hall: Arc<Hall>) -> Notes {
    let start =
        Start { incarnation: 1, version: env!("CARGO_PKG_VERSION").into(), seed: seat.agent.0, ..Start::default() };
    let address = Address { token: seat.token.clone(), ..hall.address.clone() };
    let dial = match SocketDial::new(address, Arc::clone(&hall.traffic)) {
        Ok(dial) => dial,
        Err(error) => return Notes { troubles: vec![error.to_string()], ..Notes::default() },
    };
    let rand = SeededRand::new(seat.agent.0);
    let desk = Desk {
        dial,
        machine: Machine::new(start),
        notes: Notes { kind: seat.kind, ..Notes::default() },
        line: None,
        pending: BTreeMap::new(),
        numbered: 0,
        mine: BTreeMap::new(),
        plan: Vec::new(),
        ready_at: rand.jitter(READY_MS * hall.desks),
        quiet: false,
        pushed: 0,
        seat,
        hall,
    };
    desk.run().await
}

struct Line {
    generation: u32,
    pipe: Pipe,
    encoder: Encoder<Up>,
    decoder: Decoder<Down>,
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Ready,
    Accept(InteractionId),
    Reply(CaseId),
    End(InteractionId),
    WrapUp(InteractionId),
    Look(Option<CaseId>),
}

struct Desk {
    seat: Seat,
    hall: Arc<Hall>,
    dial: SocketDial,
    machine: Machine,
    notes: Notes,
    line: Option<Line>,
    /// Commands without a verdict, and when each was made, steady µs and stage.
    pending: BTreeMap<u64, (Queued, u64, Stage)>,
    numbered: u64,
    mine: BTreeMap<InteractionId, Interaction>,
    /// What is done next, and when, steady ms.
    plan: Vec<(u64, Act)>,
    ready_at: u64,
    quiet: bool,
    pushed: u64,
}

enum Next {
    Message(Option<Vec<u8>>),
    Time,
    Stage,
}

impl Desk {
    async fn run(mut self) -> Notes {
        let mut stage = self.hall.stage.clone();
        self.feed(Input::Start).await;
        loop {
            let at = *stage.borrow_and_update();
            if at == Stage::End {
                break;
            }
            self.push(at).await;
            let now = self.hall.clock.steady_ms();
            let planned = self.plan.iter().map(|(due, _)| *due).min();
            let wake = [self.machine.wake_at(), planned].into_iter().flatten().min();
            let sleep = Duration::from_millis(wake.map_or(60_000, |at| at.saturating_sub(now)));
            let next = tokio::select! {
                message = hear(&mut self.line, self.seat.kind) => Next::Message(message),
                () = tokio::time::sleep(sleep) => Next::Time,
                _ = stage.changed() => Next::Stage,
            };
            match next {
                Next::Message(message) => self.message(message).await,
                Next::Time => self.time().await,
                Next::Stage => {
                    if *stage.borrow() == Stage::Ready && self.seat.kind == Kind::Steady {
                        self.plan.push((self.hall.clock.steady_ms() + self.ready_at, Act::Ready));
                    }
                }
            }
            if self.machine.quiet() && !self.quiet {
                self.quiet = true;
                self.hall.mind.settled();
            }
        }
        if let Some(line) = &self.line {
            line.pipe.tx.because("the load is over");
        }
        self.notes
    }

    async fn message(&mut self, message: Option<Vec<u8>>) {
        let Some(line) = &mut self.line else { return };
        let generation = line.generation;
        let Some(bytes) = message else {
            let why = line.pipe.rx.why().unwrap_or("the server closed the connection").to_owned();
            self.notes.troubles.push(why.clone());
            self.line = None;
            return self.feed(Input::Closed { generation, why }).await;
        };
        match line.decoder.message(&bytes) {
            Ok(frames) => self.feed(Input::Frames { generation, frames }).await,
            Err(error) => {
                self.notes.troubles.push(error.to_string());
                self.line = None;
                self.feed(Input::Closed { generation, why: error.to_string() }).await;
            }
        }
    }

    async fn time(&mut self) {
        let now = self.hall.clock.steady_ms();
        self.feed(Input::Timer).await;
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.plan).into_iter().partition(|(at, _)| *at <= now);
        self.plan = later;
        for (_, act) in due {
            if let Act::Look(case) = act {
                self.feed(Input::Look { case, writing: case.is_some(), far: false }).await;
            } else if let Some(command) = self.command(act) {
                self.submit(command).await;
            }
        }
    }

    /// Keeps some commands under way while the server is pushed.
    async fn push(&mut self, stage: Stage) {
        while stage == Stage::Push
            && self.seat.kind == Kind::Steady
            && self.pending.len() < PUSH
            && self.machine.linked()
        {
            self.pushed += 1;
            let text = format!("status:open tag:n{}", self.pushed % 60);
            let command = Command::SaveView { name: "Mine".into(), text };
            self.submit(command).await;
        }
    }

    fn command(&mut self, act: Act) -> Option<Command> {
        let epoch = |id: InteractionId| self.mine.get(&id).map(|i| i.epoch);
        Some(match act {
            Act::Ready => Command::SetPresence { to: Presence::Ready },
            Act::Accept(interaction) => Command::AcceptOffer { interaction, epoch: epoch(interaction)? },
            Act::Reply(case) => {
                let mut body = "Thank you for waiting. I have looked at your account and put it right.".to_owned();
                if let Some(talk) = &self.hall.talk {
                    body.push_str(&talk.says(Way::ToCustomer, *self.hall.stage.borrow(), self.hall.clock.steady_us()));
                }
                Command::SendReply { case, body, base: None, anyway: true, from: Vec::new(), to: None }
            }
            Act::End(interaction) => Command::EndContact { interaction, epoch: epoch(interaction)? },
            Act::WrapUp(interaction) => Command::WrapUp {
                interaction,
                epoch: epoch(interaction)?,
                case: self.mine.get(&interaction)?.case,
                reason: self.hall.reason,
                outcome: self.hall.outcome,
                note: "Answered at once.".into(),
                follow_up: None,
                findings: Findings::default(),
            },
            Act::Look(_) => return None,
        })
    }

    async fn submit(&mut self, command: Command) {
        if !self.machine.linked() {
            return;
        }
        self.numbered += 1;
        let queued = Queued { n: self.numbered, at: self.hall.clock.now(), command };
        let stage = *self.hall.stage.borrow();
        self.pending.insert(queued.n, (queued.clone(), self.hall.clock.steady_us(), stage));
        self.feed(Input::Submitted(Box::new(queued))).await;
    }

    /// Steps the machine and does what it says until it has nothing to add.
    async fn feed(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let now = self.hall.clock.steady_ms();
            for output in self.machine.step(input, now) {
                if let Some(answer) = self.output(output).await {
                    inputs.push(answer);
                }
            }
        }
    }

    async fn output(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Connect { generation, hello } => {
                return Some(match self.dial.dial(*hello).await {
                    Ok(Opened { pipe, primed }) => {
                        let (encoder, decoder) = (Encoder::new(primed), Decoder::new(primed));
                        self.line = Some(Line { generation, pipe, encoder, decoder });
                        self.hall.mind.connected();
                        Input::Opened { generation }
                    }
                    Err(error) => {
                        if !matches!(error, DialError::Later { .. }) {
                            self.notes.troubles.push(error.to_string());
                        }
                        Input::Failed { generation, error }
                    }
                });
            }
            Output::Disconnect { .. } => self.line = None,
            Output::Send { generation, frames } => {
                if let Some(line) = self.line.as_mut().filter(|line| line.generation == generation)
                    && let Ok(bytes) = line.encoder.message(&frames)
                {
                    // One that is gone is heard of when it is read.
                    line.pipe.tx.send(bytes).await.ok();
                }
            }
            Output::Reconcile { .. } => {
                return Some(Input::Handed {
                    items: self.pending.values().map(|(queued, ..)| queued.clone()).collect(),
                });
            }
            Output::Retain { scopes } => self.notes.scopes = scopes,
            Output::Batch { lane, to, changes, .. } => {
                let at = self.hall.clock.now();
                self.notes.arrived(lane, to, at);
                for change in &changes {
                    if self.seat.kind == Kind::Steady {
                        self.hall.mind.seen(change.rev(), lane, change.scope(), Class::of(change.key().entity));
                    }
                    self.look_at(change);
                }
            }
            Output::Settled { n, refusal, .. } => {
                if let Some((_, since, stage)) = self.pending.remove(&n) {
                    let took = self.hall.clock.steady_us().saturating_sub(since);
                    self.notes.verdict(stage, took, refusal.is_some());
                    if stage == Stage::Ready {
                        self.hall.mind.readied();
                    }
                }
            }
            Output::Abandoned { n, .. } => {
                self.pending.remove(&n);
            }
            _ => {}
        }
        None
    }

    /// What concerns me among the live rows is acted upon.
    fn look_at(&mut self, change: &Change) {
        let (key, me) = (change.key(), self.seat.agent);
        if key.entity == Entity::Message {
            return self.hear_customer(change);
        }
        if key.entity != Entity::Interaction || !matches!(change.scope(), Scope::Queue(_)) {
            return;
        }
        let id = InteractionId(key.id);
        let row = match change {
            Change::Put { body, .. } => Row::decode(Entity::Interaction, body),
            Change::Forget { .. } | Change::Absent { .. } => None,
        };
        match row {
            Some(Row::Interaction(now)) if holds(&now, me) => {
                let before = self.mine.get(&id).map(|i| i.phase);
                self.follow(&now, before, me);
                self.mine.insert(id, now);
            }
            _ => {
                self.mine.remove(&id);
            }
        }
    }

    /// What a customer says in a chat of mine is answered.
    fn hear_customer(&mut self, change: &Change) {
        let (Some(talk), Change::Put { body, .. }) = (self.hall.talk.clone(), change) else { return };
        let Some(Row::Message(message)) = Row::decode(Entity::Message, body) else { return };
        let mine = self.mine.values().any(|contact| contact.case == message.case);
        if mine
            && message.author == Author::Customer
            && talk.hears(Way::ToDesk, &message.body, self.hall.clock.steady_us())
        {
            let due = self.hall.clock.steady_ms() + self.hall.pace.answer;
            self.plan.push((due, Act::Look(Some(message.case))));
            self.plan.push((due, Act::Reply(message.case)));
        }
    }

    fn follow(&mut self, now: &Interaction, before: Option<Phase>, me: AgentId) {
        let (ms, pace) = (self.hall.clock.steady_ms(), self.hall.pace);
        match (now.phase, before) {
            (Phase::Offered { to, .. }, before) if to == me && !matches!(before, Some(Phase::Offered { .. })) => {
                self.plan.push((ms + pace.answer, Act::Accept(now.id)));
            }
            (Phase::Connected, Some(Phase::Offered { .. }) | None) => {
                self.plan.push((ms, Act::Look(Some(now.case))));
                if self.hall.talk.is_none() {
                    self.plan.push((ms + pace.talk, Act::Reply(now.case)));
                    self.plan.push((ms + 2 * pace.talk, Act::End(now.id)));
                }
            }
            (Phase::WrapUp { .. }, before) if !matches!(before, Some(Phase::WrapUp { .. })) => {
                self.plan.push((ms + pace.wrap, Act::WrapUp(now.id)));
                self.plan.push((ms + pace.wrap, Act::Look(None)));
            }
            _ => {}
        }
    }
}

/// The next message, as this kind of desk reads: a stuck one never.
async fn hear(line: &mut Option<Line>, kind: Kind) -> Option<Vec<u8>> {
    let Some(line) = line else { return std::future::pending().await };
    match kind {
        Kind::Stuck => std::future::pending().await,
        Kind::Slow => tokio::time::sleep(SLOW).await,
        Kind::Steady => {}
    }
    line.pipe.rx.next().await
}
