//! The server from outside: a real ledger in memory, real sessions, a desk that holds to the protocol.

mod clocks;
mod commands;
mod crowd;
mod feed;
mod outside;
mod probe;
mod rights;

use std::sync::Arc;

use crate::clock::{Clock, FakeClock};
use crate::domain::command::CustomerHint;
use crate::domain::ids::{AgentId, CaseId, CustomerId, InteractionId, OutcomeId, QueueId, ReasonId, TeamId};
use crate::domain::people::{Agent, Contacts, Customer, Presence, Role, Team};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::At;
use crate::domain::work::{Channel, Interaction, Outcome, Priority, Queue, Reason};
use crate::domain::{Actor, Command};
use crate::rand::SeededRand;
use crate::store::ledger::Ledger;
use crate::store::ledger_sqlite::SqliteLedger;

use super::Hub;
use super::core::request::{Origin, Reply};
use super::local::Local;
use probe::Probe;

pub(in crate::server) const T0: At = At(1_800_000_000_000);
pub(in crate::server) const BILLING: QueueId = QueueId(1);
pub(in crate::server) const TECH: QueueId = QueueId(2);
pub(in crate::server) const ANA: AgentId = AgentId(1);
pub(in crate::server) const BEN: AgentId = AgentId(2);
pub(in crate::server) const CYD: AgentId = AgentId(3);
pub(in crate::server) const EPOCH: u64 = 77;

/// A server with a small firm: Ana (senior, both queues), Ben (agent, billing), Cyd (trainee, tech).
pub(in crate::server) struct House {
    pub hub: Arc<Hub>,
    pub clock: Arc<FakeClock>,
}

pub(in crate::server) fn queue(id: u64, key: &str) -> Queue {
    Queue {
        id: QueueId(id),
        key: key.into(),
        name: key.to_uppercase(),
        channels: Channel::ALL.to_vec(),
        skills: [].into(),
        offer_s: 15,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: "We are closed.".into(),
        active: true,
        rules: crate::domain::routing::QueueRules::default(),
    }
}

pub(in crate::server) fn agent(id: u64, login: &str, role: Role, queues: Vec<QueueId>) -> Agent {
    let name = login.to_uppercase();
    Agent { id: AgentId(id), login: login.into(), name, team: TeamId(1), role, skills: [].into(), queues, active: true }
}

pub(in crate::server) fn put(row: impl Into<Row>) -> Command {
    Command::Put { row: Box::new(row.into()) }
}

pub(in crate::server) fn firm() -> Vec<Command> {
    let reason =
        Reason { id: ReasonId(0), path: "roaming".into(), label: "Roaming".into(), queues: vec![], active: true };
    let outcome = Outcome {
        id: OutcomeId(0),
        key: "done".into(),
        label: "Done".into(),
        needs: vec![],
        solves: true,
        active: true,
    };
    vec![
        put(Team { id: TeamId(0), key: "one".into(), name: "One".into() }),
        put(queue(0, "billing")),
        put(queue(0, "tech")),
        put(agent(0, "ana", Role::Senior, vec![BILLING, TECH])),
        put(agent(0, "ben", Role::Agent, vec![BILLING])),
        put(agent(0, "cyd", Role::Trainee, vec![TECH])),
        put(reason),
        put(outcome),
    ]
}

pub(in crate::server) fn customer(n: u64) -> Command {
    let customer = Customer {
        id: CustomerId(0),
        reference: format!("C-{n}"),
        name: format!("Dana Holt {n}"),
        locale: "en".into(),
        zone: String::new(),
        plan: String::new(),
        flags: vec![],
        note: String::new(),
        since: String::new(),
        masked: vec![],
        merged: None,
        holds: Vec::new(),
    };
    let contacts = Contacts { phones: vec![format!("+447700900{n:03}")], ..Contacts::default() };
    Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) }
}

/// A customer comes by chat and says something.
pub(in crate::server) fn chat(queue: QueueId, words: &str) -> Command {
    Command::OpenInteraction {
        channel: Channel::Chat,
        queue,
        hint: CustomerHint::default(),
        customer: None,
        case: None,
        menu: vec![],
        priority: Priority::Normal,
        language: "en".into(),
        subject: words.into(),
        body: Some(words.into()),
        came: None,
        callback: Default::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    }
}

impl House {
    pub fn new() -> House {
        House::on(Box::new(SqliteLedger::in_memory(EPOCH).expect("a ledger in memory")))
    }

    pub fn on(ledger: Box<dyn Ledger>) -> House {
        let clock = Arc::new(FakeClock::new(T0));
        let hub = Hub::start(ledger, clock.clone(), Arc::new(SeededRand::new(1))).expect("starts");
        let house = House { hub, clock };
        if house.hub.core.published().borrow().seq == 0 {
            house.operate(firm());
        }
        house
    }

    /// Commands of the operator that must all be done; what they made.
    pub fn operate(&self, commands: Vec<Command>) -> Vec<RowKey> {
        let core = self.hub.core.clone();
        let bulk = std::thread::spawn(move || core.bulk_blocking(Actor::Operator, commands));
        let replies = bulk.join().expect("no panic").expect("runs");
        let made = |reply| match reply {
            Reply::Done { made, .. } => made,
            other => panic!("not done: {other:?}"),
        };
        replies.into_iter().flat_map(made).collect()
    }

    pub async fn give(&self, actor: Actor, command: Command) -> Reply {
        self.hub.core.submit(actor, Origin::Own, command).await.expect("runs")
    }

    /// A chat comes in: its interaction and case.
    pub async fn chat(&self, queue: QueueId, words: &str) -> (InteractionId, CaseId) {
        match self.give(Actor::Operator, chat(queue, words)).await {
            Reply::Done { made, .. } => (InteractionId(made[0].id), CaseId(made[1].id)),
            other => panic!("not done: {other:?}"),
        }
    }

    /// An agent is there and ready, without a desk.
    pub async fn ready(&self, agent: AgentId) {
        self.give(Actor::System, Command::GainLink { agent }).await;
        self.give(Actor::Agent(agent), Command::SetPresence { to: Presence::Ready }).await;
    }

    pub async fn interaction(&self, id: InteractionId) -> Option<Interaction> {
        self.hub.core.run(move |inside| inside.state.interaction(id).cloned()).await.expect("runs")
    }

    /// Lets time pass and the timers act.
    pub async fn wait(&self, ms: u64) {
        self.clock.advance(ms);
        self.hub.core.tick().await;
    }

    pub fn local(&self, agent: AgentId) -> Local {
        let runtime = tokio::runtime::Handle::current();
        crate::server::local::Local::of_blocking(self.hub.clone(), runtime, agent).expect("a desk")
    }

    pub async fn desk(&self, agent: AgentId) -> Probe {
        let local = self.local(agent);
        Probe::connect(&local, Probe::hello()).await
    }

    pub fn now(&self) -> At {
        self.clock.now()
    }

    /// Proves that the ledger's rows follow from its events.
    pub async fn verify(&self) {
        let found = self.hub.core.run(|inside| inside.ledger.verify()).await.expect("runs").expect("reads");
        assert!(found.faults.is_empty(), "{:#?}", found.faults);
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // The thread must not outlive its test; a stopped core has nothing to join.
        self.hub.core.stop();
    }
}
