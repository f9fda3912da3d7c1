//! A house with its server, and places at its desks.

pub(crate) use std::path::Path;
pub(crate) use std::sync::Arc;
pub(crate) use std::time::{Duration, Instant};

pub(crate) use cordboard::app::port::{
    Answer, Draft, DraftField, DraftKey, Effect, Incoming, LinkState, LinkStatus, OutboxState, Pop, Port, Query, Thread,
};
pub(crate) use cordboard::clock::SystemClock;
pub(crate) use cordboard::desk::{Desk, DeskPaths, LinkConfig};
pub(crate) use cordboard::domain::Command;
pub(crate) use cordboard::domain::command::CustomerHint;
pub(crate) use cordboard::domain::ids::*;
pub(crate) use cordboard::domain::people::{Agent, Contacts, Customer, Firm, Presence, Role, Team};
use cordboard::domain::proof::Proof;
pub(crate) use cordboard::domain::row::{Entity, Row, RowKey};
pub(crate) use cordboard::domain::time::At;
pub(crate) use cordboard::domain::work::{Author, Case, Channel, Kind, Phase, Priority, Queue, Status};
pub(crate) use cordboard::rand::{Rand, SeededRand, SystemRand};
pub(crate) use cordboard::server::accounts::new_token;
pub(crate) use cordboard::server::operate::Done;
pub(crate) use cordboard::server::run::{Server, ServerConfig};
pub(crate) use cordboard::store::outbox::Outbox;
pub(crate) use cordboard::sync::link::Address;
pub(crate) use cordboard::wire::frame::Hello;
pub(crate) use cordboard::wire::link_url::Fingerprint;
pub(crate) use cordboard::wire::pipe::{Dial, DialError, Dialing, Opened, Pipe, pair};
pub(crate) use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const ANA: AgentId = AgentId(1);
pub(crate) const BEN: AgentId = AgentId(2);
pub(crate) const SECRET: &str = "the xylophone stands behind the curtain";

/// A server with a small firm.
pub(crate) struct House {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) server: Option<Server>,
}

impl House {
    pub(crate) fn new() -> House {
        let mut house = House { dir: tempfile::tempdir().expect("a folder"), server: None };
        house.start();
        house.give(firm());
        house
    }

    pub(crate) fn start(&mut self) {
        let mut config = ServerConfig::new(self.dir.path());
        config.listen = Some("127.0.0.1:0".parse().expect("an address"));
        let server = Server::start(config, Arc::new(SystemClock::new()), Arc::new(SystemRand));
        self.server = Some(server.expect("the server starts"));
    }

    pub(crate) fn stop(&mut self) {
        self.server.take().expect("it runs").shutdown();
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    pub(crate) fn give(&self, commands: Vec<Command>) -> Vec<RowKey> {
        let done = self.server().operator().submit(commands).expect("the server answers");
        let made = done.into_iter().map(|done| match done {
            Done::Made(keys) => keys,
            Done::Refused(why) => panic!("refused: {why}"),
        });
        made.flatten().collect()
    }

    pub(crate) fn put(&self, rows: Vec<Row>) {
        self.give(rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect());
    }

    /// Bodies of the notes of a case, in order, as the server has them.
    pub(crate) fn notes(&self, case: CaseId) -> Vec<String> {
        let rows = self.server().operator().children(Entity::Message, vec![case.0]).expect("the server answers");
        let body = |row| if let Row::Message(m) = row { (m.kind == Kind::Note).then_some(m.body) } else { None };
        rows.into_iter().flatten().filter_map(body).collect()
    }

    pub(crate) fn link(&self, agent: AgentId) -> LinkConfig {
        LinkConfig::Direct(Arc::new(self.server().local(agent).expect("a desk")))
    }

    /// A token over the network, as joining gives it, and the device it belongs to.
    pub(crate) fn joined(&self, agent: AgentId) -> (Address, DeviceId) {
        let (token, hash) = new_token(&SystemRand);
        let core = self.server().hub().core.clone();
        let added = core.run_blocking(move |inside| inside.ledger.accounts().add_device(hash, agent, "test", At(0)));
        let device = added.expect("it runs").expect("added");
        let port = self.server().address().expect("it listens").port();
        (Address { host: "127.0.0.1".into(), port, fingerprint: self.server().fingerprint(), token }, device)
    }

    /// A customer comes.
    pub(crate) fn comes(&self, reference: &str, subject: &str) -> InteractionId {
        let hint = CustomerHint { reference: Some(reference.into()), proof: Proof::Address, ..CustomerHint::default() };
        let made = self.give(vec![Command::OpenInteraction {
            channel: Channel::Chat,
            queue: QueueId(1),
            hint,
            customer: None,
            case: None,
            menu: vec!["billing".into()],
            priority: Priority::Normal,
            language: "en".into(),
            subject: subject.into(),
            body: Some("Hello, my bill is wrong.".into()),
            came: None,
            callback: Default::default(),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        }]);
        let key = made.into_iter().find(|key| key.entity == Entity::Interaction).expect("an interaction");
        InteractionId(key.id)
    }
}

pub(crate) fn agent(id: AgentId, login: &str) -> Agent {
    Agent {
        id,
        login: login.into(),
        name: login.to_uppercase(),
        team: TeamId(1),
        role: Role::Agent,
        skills: [].into(),
        queues: vec![QueueId(1)],
        active: true,
    }
}

pub(crate) fn firm() -> Vec<Command> {
    let queue = |key: &str| Queue {
        id: QueueId(0),
        key: key.into(),
        name: key.into(),
        channels: Channel::ALL.to_vec(),
        skills: [].into(),
        offer_s: 120,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: cordboard::domain::routing::QueueRules::default(),
    };
    let rows: Vec<Row> = vec![
        Firm {
            name: "Larkfield".into(),
            zone: "Europe/London".into(),
            rules: cordboard::domain::routing::FirmRules::default(),
            locale: String::new(),
        }
        .into(),
        Team { id: TeamId(0), key: "one".into(), name: "One".into() }.into(),
        queue("billing").into(),
        queue("sales").into(),
        agent(AgentId(0), "ana").into(),
        agent(AgentId(0), "ben").into(),
    ];
    let mut commands: Vec<Command> = rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect();
    for number in 1..=40 {
        let phones = vec![format!("+4420794600{number:02}")];
        let contacts = Contacts { id: CustomerId(0), phones, ..Contacts::default() };
        let customer = Customer {
            id: CustomerId(0),
            reference: format!("C-{number}"),
            name: format!("Dana Holt {number}"),
            locale: "en-GB".into(),
            zone: "Europe/London".into(),
            plan: "Basic".into(),
            flags: vec![],
            note: String::new(),
            since: "2020-01-01".into(),
            masked: vec![],
            merged: None,
            holds: Vec::new(),
        };
        commands.push(Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) });
    }
    commands
}

/// A past case of customer 1 with one message.
pub(crate) fn past_case(house: &House, reference: &str, body: &str) -> CaseId {
    let case = Case {
        id: CaseId(0),
        reference: reference.into(),
        customer: Some(CustomerId(1)),
        queue: QueueId(1),
        channel: Channel::Email,
        subject: "An old bill".into(),
        status: Status::Open,
        priority: Priority::Normal,
        tags: vec!["bill".into()],
        assignee: Some(ANA),
        language: "en".into(),
        created: At(1_000),
        updated: At(2_000),
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: cordboard::domain::sla::Sla::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    };
    let message = cordboard::domain::command::ImportedMessage {
        at: At(1_000),
        author: Author::Customer,
        kind: Kind::Message,
        channel: Channel::Email,
        body: body.into(),
        files: Vec::new(),
        went: None,
    };
    let made = house.give(vec![Command::ImportCase {
        case: Box::new(case),
        messages: vec![message],
        wrap_ups: vec![],
        tasks: vec![],
    }]);
    CaseId(made.into_iter().find(|key| key.entity == Entity::Case).expect("a case").id)
}

/// A desk and everything it said.
pub(crate) struct Place {
    pub(crate) desk: Desk,
    pub(crate) told: UnboundedReceiver<Incoming>,
    pub(crate) heard: Vec<Incoming>,
    /// How far [`Place::next`] has looked.
    pub(crate) read: usize,
    pub(crate) token: u64,
}

impl Place {
    pub(crate) fn open(dir: &Path, link: LinkConfig) -> Place {
        let paths = DeskPaths { dir: dir.to_owned() };
        let opened = Desk::open(&paths, link, Arc::new(SystemClock::new()), Arc::new(SystemRand));
        let (desk, told) = opened.expect("the desk opens");
        Place { desk, told, heard: Vec::new(), read: 0, token: 0 }
    }

    pub(crate) fn perform(&self, effect: Effect) {
        self.desk.perform(effect);
    }

    /// Waits for the next thing said that fits; what was said before it is passed over.
    pub(crate) async fn next<T>(&mut self, what: &str, fits: impl Fn(&Incoming) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            while let Some(incoming) = self.heard.get(self.read) {
                self.read += 1;
                if let Some(found) = fits(incoming) {
                    return found;
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.told.recv()).await {
                Ok(Some(incoming)) => self.heard.push(incoming),
                Ok(None) => panic!("the desk ended while waiting for {what}"),
                Err(late) => panic!("waited in vain for {what} ({late}); heard {:#?}", self.heard),
            }
        }
    }

    pub(crate) async fn link(&mut self, what: &str, fits: impl Fn(&LinkStatus) -> bool) -> LinkStatus {
        let status = |i: &Incoming| if let Incoming::Link(s) = i { fits(s).then(|| s.clone()) } else { None };
        self.next(what, status).await
    }

    /// Linked, and the snapshot is here.
    pub(crate) async fn synced(&mut self) -> LinkStatus {
        self.link("the link", |s| s.state == LinkState::Live && s.seen_at.is_some() && s.coming.is_none()).await
    }

    /// Submits and returns the number it got, or why it got none.
    pub(crate) async fn submit(&mut self, command: Command) -> Result<u64, String> {
        self.token += 1;
        let token = self.token;
        self.perform(Effect::Submit {
            token,
            command: Box::new(command),
            clears: None,
            case: None,
            hold: None,
            lapses: None,
        });
        let answer = move |i: &Incoming| match i {
            Incoming::Queued { token: t, n, .. } if *t == token => Some(Ok(*n)),
            Incoming::NotQueued { token: t, why } if *t == token => Some(Err(why.clone())),
            _ => None,
        };
        self.next("the outbox", answer).await
    }

    pub(crate) async fn verdict(&mut self, number: u64) -> OutboxState {
        let verdict = |i: &Incoming| match i {
            Incoming::Verdict { n, state } if *n == number && *state != OutboxState::Waiting => Some(state.clone()),
            _ => None,
        };
        self.next("a verdict", verdict).await
    }

    /// Asks for a thread until it looks as it should.
    pub(crate) async fn thread(&mut self, case: CaseId, fits: impl Fn(Option<&Thread>) -> bool) -> Option<Box<Thread>> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.perform(Effect::Ask(Query::Thread(case)));
            let answer = |i: &Incoming| match i {
                Incoming::Answer(Answer::Thread(id, thread)) if *id == case => Some(thread.clone()),
                _ => None,
            };
            let thread = self.next("a thread", answer).await;
            if fits(thread.as_deref()) {
                return thread;
            }
            assert!(Instant::now() < end, "the thread never looked so: {thread:?}");
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn offered(&mut self) -> Box<Pop> {
        self.next("an offer", |i| if let Incoming::Offered(pop) = i { Some(pop.clone()) } else { None }).await
    }
}

pub(crate) fn done(state: &OutboxState) -> bool {
    matches!(state, OutboxState::Done { .. })
}

pub(crate) fn note(case: CaseId, body: &str) -> Command {
    Command::AddNote { case, body: body.into(), from: vec![] }
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}
