//! A day of thousands of contacts over forty agents through the real rules: every event is one that `decide` gave.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use cordboard::domain::command::{Actor, Command, CustomerHint, Target};
use cordboard::domain::event::Event;
use cordboard::domain::ids::*;
use cordboard::domain::people::{Agent, BreakCode, Firm, Presence, Role, Team};
use cordboard::domain::routing::{self, Flow, Overflow, QueueRules};
use cordboard::domain::row::{Entity, Row, RowKey};
use cordboard::domain::state::State;
use cordboard::domain::tally::Survey;
use cordboard::domain::time::{At, HOUR, MINUTE, SECOND};
use cordboard::domain::work::{Channel, Outcome, Phase, Priority, Queue, Reason};
use cordboard::domain::wrap_up::Findings;
use cordboard::domain::{apply, decide};
use cordboard::rand::{Rand as _, SeededRand};

/// 2025-06-02, midnight in UTC.
pub const MIDNIGHT: At = At(1_748_822_400_000);
pub const QUEUES: u64 = 4;
const OPENS: i64 = 8 * HOUR;

/// What is going to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Todo {
    Arrive,
    /// Look whether router or timers have something to do.
    Tick,
    Answer(AgentId, InteractionId),
    Decline(AgentId, InteractionId),
    GiveUp(InteractionId),
    CallBack(InteractionId),
    Reached(AgentId, InteractionId, bool),
    Write(AgentId, InteractionId),
    Hold(AgentId, InteractionId),
    Transfer(AgentId, InteractionId),
    End(AgentId, InteractionId),
    WrapUp(AgentId, InteractionId),
    Presence(AgentId, u8),
}

/// The day under way.
pub struct Day {
    state: State,
    now: At,
    rand: SeededRand,
    agenda: BinaryHeap<Reverse<(At, u64, Todo)>>,
    planned: u64,
    left: u64,
    agents: u64,
    /// Everything that happened.
    pub events: Vec<(At, Event)>,
}

/// Lives it to its end.
pub fn live(seed: u64, contacts: u64, agents: u64) -> Day {
    let mut day = Day {
        state: State::new(),
        now: MIDNIGHT.plus(OPENS - MINUTE),
        rand: SeededRand::new(seed),
        agenda: BinaryHeap::new(),
        planned: 0,
        left: contacts,
        agents,
        events: Vec::new(),
    };
    day.set_up();
    day.plan(MINUTE, Todo::Arrive);
    while let Some(Reverse((at, _, todo))) = day.agenda.pop() {
        day.now = at;
        day.act(todo);
        day.route();
    }
    assert_eq!(day.left, 0, "everyone came");
    day.now = day.now.plus(MINUTE);
    for agent in (1..=agents).map(AgentId) {
        day.give(Actor::Agent(agent), Command::SetPresence { to: Presence::Offline });
    }
    day
}

impl Day {
    fn plan(&mut self, after: i64, todo: Todo) {
        self.planned += 1;
        self.agenda.push(Reverse((self.now.plus(after.max(1)), self.planned, todo)));
    }

    /// A number from `least` to `most`.
    fn some(&self, least: i64, most: i64) -> i64 {
        least + self.rand.jitter((most - least).cast_unsigned()).cast_signed()
    }

    fn chance(&self, per_mille: u64) -> bool {
        self.rand.jitter(999) < per_mille
    }

    fn put(&mut self, row: impl Into<Row>) {
        assert!(self.give(Actor::Operator, Command::Put { row: Box::new(row.into()) }), "the operator configures");
    }

    fn set_up(&mut self) {
        self.put(Firm { name: "Northwind".into(), zone: "UTC".into(), ..Firm::default() });
        self.put(Team { id: TeamId(0), key: "one".into(), name: "One".into() });
        for q in 1..=QUEUES {
            let overflow = (q == 4).then_some(Overflow { after_s: 20, to: QueueId(1), how: Flow::Move });
            self.put(Queue {
                id: QueueId(0),
                key: format!("q{q}"),
                name: format!("Queue {q}"),
                channels: Channel::ALL.to_vec(),
                skills: BTreeMap::new(),
                offer_s: 15,
                wrap_up_s: 60,
                sl_pct: 80,
                sl_s: [20, 30, 60, 10][q as usize - 1],
                calendar: None,
                closed_message: String::new(),
                active: true,
                rules: QueueRules { overflow, callback_tries: 2, callback_gap_s: 120, ..QueueRules::default() },
            });
        }
        for r in 1..=5 {
            let (path, label) = (format!("r{r}"), format!("R{r}"));
            self.put(Reason { id: ReasonId(0), path, label, queues: Vec::new(), active: true });
        }
        for (key, solves) in [("done", true), ("open", false)] {
            let (key, label) = (key.to_owned(), key.to_owned());
            self.put(Outcome { id: OutcomeId(0), key, label, needs: Vec::new(), solves, active: true });
        }
        self.put(BreakCode { id: BreakId(0), key: "meal".into(), label: "Meal".into(), limit_s: 1800 });
        for a in 1..=self.agents {
            self.put(Agent {
                id: AgentId(0),
                login: format!("a{a}"),
                name: format!("Agent {a}"),
                team: TeamId(1),
                role: Role::Agent,
                skills: BTreeMap::new(),
                queues: (1..=QUEUES).filter(|q| (a + q) % 3 != 0).map(QueueId).collect(),
                active: true,
            });
            let agent = AgentId(a);
            self.give(Actor::System, Command::GainLink { agent });
            let begins = self.some(0, 20 * MINUTE);
            self.plan(begins, Todo::Presence(agent, 0));
            let meal = self.some(3 * HOUR, 5 * HOUR);
            self.plan(meal, Todo::Presence(agent, 1));
            self.plan(meal + self.some(15 * MINUTE, 40 * MINUTE), Todo::Presence(agent, 0));
        }
    }

    /// Decides and applies; what follows is planned. False when refused.
    fn give(&mut self, actor: Actor, command: Command) -> bool {
        let Ok(events) = decide(&self.state, &command, actor, self.now) else { return false };
        for event in events {
            apply(&mut self.state, &event);
            self.follow(&event);
            self.events.push((self.now, event));
        }
        self.state.take_changes(0);
        true
    }

    /// Plans what people do about an event.
    fn follow(&mut self, event: &Event) {
        match *event {
            Event::OfferMade { interaction, to, until, at } => {
                self.plan(until.since(at), Todo::Tick);
                match self.rand.jitter(99) {
                    0..4 => {}
                    4..8 => self.plan(self.some(SECOND, 9 * SECOND), Todo::Decline(to, interaction)),
                    _ => self.plan(self.some(SECOND, 12 * SECOND), Todo::Answer(to, interaction)),
                }
            }
            Event::OfferAccepted { interaction, by, .. } => self.talk(interaction, by),
            Event::CallbackDialed { interaction, by, .. } => {
                let reached = self.chance(700);
                self.plan(self.some(5 * SECOND, 40 * SECOND), Todo::Reached(by, interaction, reached));
            }
            Event::CallbackUnreached { again: Some(due), at, .. } => self.plan(due.since(at), Todo::Tick),
            Event::PresenceChanged { agent, to: Presence::NotResponding | Presence::Away, .. } => {
                self.plan(self.some(30 * SECOND, 3 * MINUTE), Todo::Presence(agent, 0));
            }
            Event::CallbackAsked { .. } | Event::Requeued { .. } => self.plan(MINUTE, Todo::Tick),
            _ => {}
        }
    }

    fn talk(&mut self, id: InteractionId, by: AgentId) {
        let chat = self.state.interaction(id).is_some_and(|i| i.channel == Channel::Chat);
        let length = self.some(30 * SECOND, 6 * MINUTE);
        if chat {
            self.plan(self.some(SECOND, length), Todo::Write(by, id));
        }
        if self.chance(250) {
            let from = self.some(5 * SECOND, length);
            self.plan(from, Todo::Hold(by, id));
            self.plan(from + self.some(SECOND, 90 * SECOND), Todo::Hold(by, id));
        }
        self.plan(length, if self.chance(80) { Todo::Transfer(by, id) } else { Todo::End(by, id) });
    }

    /// Router and timers, as long as they have something to do.
    fn route(&mut self) {
        for _ in 0..1_000 {
            let due = routing::due(&self.state, self.now);
            if due.is_empty() || !due.into_iter().any(|command| self.give(routing::ACTOR, command)) {
                return;
            }
        }
        panic!("router and timers never rest");
    }

    fn act(&mut self, todo: Todo) {
        let epoch = |day: &Day, id| day.state.interaction(id).map_or(0, |i| i.epoch);
        match todo {
            Todo::Tick => {}
            Todo::Arrive => self.arrive(),
            Todo::Answer(agent, interaction) => {
                let epoch = epoch(self, interaction);
                self.give(Actor::Agent(agent), Command::AcceptOffer { interaction, epoch });
            }
            Todo::Decline(agent, interaction) => {
                let (epoch, reason) = (epoch(self, interaction), String::new());
                self.give(Actor::Agent(agent), Command::DeclineOffer { interaction, epoch, reason });
            }
            Todo::GiveUp(interaction) => {
                let waits = self.state.interaction(interaction).is_some_and(|i| {
                    matches!(i.phase, Phase::Queued | Phase::Offered { .. }) && i.channel != Channel::Callback
                });
                if waits {
                    self.give(Actor::Operator, Command::EndInteraction { interaction });
                }
            }
            Todo::CallBack(interaction) => {
                self.give(Actor::Operator, Command::AskCallback { interaction, wish: Default::default(), own: None });
            }
            Todo::Reached(agent, interaction, reached) => {
                let epoch = epoch(self, interaction);
                self.give(Actor::Agent(agent), Command::CallbackResult { interaction, epoch, reached });
            }
            Todo::Write(agent, id) => {
                if let Some(case) = self.state.interaction(id).filter(|i| i.owner == Some(agent)).map(|i| i.case) {
                    let body = "Hello".to_owned();
                    self.give(
                        Actor::Agent(agent),
                        Command::SendReply { case, body, base: None, anyway: true, from: vec![], to: None },
                    );
                }
            }
            Todo::Hold(agent, interaction) => {
                let epoch = epoch(self, interaction);
                let held = self.state.interaction(interaction).is_some_and(|i| matches!(i.phase, Phase::OnHold { .. }));
                let command = match held {
                    true => Command::Resume { interaction, epoch },
                    false => Command::Hold { interaction, epoch },
                };
                self.give(Actor::Agent(agent), command);
            }
            Todo::Transfer(agent, interaction) => {
                let epoch = epoch(self, interaction);
                let queue = QueueId(self.some(1, QUEUES as i64) as u64);
                let (to, note) = (Target::Queue(queue), String::new());
                if self.give(Actor::Agent(agent), Command::Transfer { interaction, epoch, to, note }) {
                    self.plan(self.some(MINUTE, 5 * MINUTE), Todo::GiveUp(interaction));
                } else {
                    self.plan(SECOND, Todo::End(agent, interaction));
                }
            }
            Todo::End(agent, interaction) => self.end(agent, interaction),
            Todo::WrapUp(agent, interaction) => self.wrap_up(agent, interaction),
            Todo::Presence(agent, what) => {
                let to = if what == 0 { Presence::Ready } else { Presence::Break(BreakId(1)) };
                self.give(Actor::Agent(agent), Command::SetPresence { to });
            }
        }
    }

    fn arrive(&mut self) {
        let channel = if self.chance(600) { Channel::Voice } else { Channel::Chat };
        let queue = QueueId(self.some(1, QUEUES as i64) as u64);
        let customer = self.chance(900).then(|| CustomerId(self.some(1, 2_500) as u64));
        let command = Command::OpenInteraction {
            channel,
            queue,
            hint: CustomerHint::default(),
            customer,
            case: None,
            menu: Vec::new(),
            priority: Priority::ALL[self.some(0, 3) as usize],
            language: String::new(),
            subject: "x".into(),
            body: None,
            came: None,
            callback: Default::default(),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        };
        assert!(self.give(Actor::Operator, command), "a customer comes");
        let newest = self.state.interactions().map(|i| i.id).max().expect("it is open");
        let patience = if self.chance(60) { self.some(SECOND, 6 * SECOND) } else { self.some(10 * SECOND, 8 * MINUTE) };
        self.plan(patience, Todo::GiveUp(newest));
        if self.chance(300) {
            self.plan(self.some(SECOND, 40 * SECOND), Todo::CallBack(newest));
        }
        self.left -= 1;
        if self.left > 0 {
            self.plan(self.some(1, 2 * 7_200), Todo::Arrive);
        }
    }

    fn end(&mut self, agent: AgentId, interaction: InteractionId) {
        let Some(i) = self.state.interaction(interaction).filter(|i| i.owner == Some(agent)).cloned() else { return };
        if i.phase.is_live() && self.chance(500) {
            self.give(Actor::Operator, Command::EndInteraction { interaction });
        } else {
            self.give(Actor::Agent(agent), Command::EndContact { interaction, epoch: i.epoch });
        }
        self.plan(self.some(SECOND, 70 * SECOND), Todo::WrapUp(agent, interaction));
    }

    fn wrap_up(&mut self, agent: AgentId, interaction: InteractionId) {
        let Some(i) = self.state.interaction(interaction).filter(|i| i.owner == Some(agent)).cloned() else { return };
        let done = self.give(
            Actor::Agent(agent),
            Command::WrapUp {
                interaction,
                epoch: i.epoch,
                case: i.case,
                reason: ReasonId(self.some(1, 5) as u64),
                outcome: OutcomeId(if self.chance(900) { 1 } else { 2 }),
                note: String::new(),
                follow_up: None,
                findings: Findings::default(),
            },
        );
        assert!(done, "a wrap-up is never refused");
        if self.chance(200) {
            let nps = self.chance(300);
            let (survey, mark, scale) = match nps {
                true => (Survey::Nps, self.some(0, 10) as u8, 10),
                false => (Survey::Csat, self.some(1, 5) as u8, 5),
            };
            let command = Command::RateContact { case: i.case, interaction: Some(interaction), survey, mark, scale };
            assert!(self.give(Actor::Operator, command), "it is rated");
        }
        // What is over leaves memory, as on the server.
        let of_case = |row: &Row| row.parent() == i.case.0;
        let over: Vec<RowKey> = [Entity::Message, Entity::WrapUp, Entity::Rating]
            .into_iter()
            .flat_map(|entity| self.state.entity(entity).filter(|r| of_case(r)).map(Row::key).collect::<Vec<_>>())
            .chain([RowKey { entity: Entity::Case, id: i.case.0 }])
            .collect();
        over.into_iter().for_each(|key| self.state.unload(key));
    }
}
