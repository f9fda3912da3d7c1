//! A small firm with its server, and a client that trusts its certificate.

use std::path::Path;
use std::sync::Arc;

use cordboard::clock::FakeClock;
use cordboard::domain::Command;
use cordboard::domain::calendar::{Calendar, Timetable, Window};
use cordboard::domain::ids::{AgentId, CalendarId, CustomerId, QueueId, TeamId};
use cordboard::domain::people::{Agent, Contacts, Customer, Firm, Role, Team};
use cordboard::domain::row::Row;
use cordboard::domain::time::At;
use cordboard::domain::work::{Channel, Queue};
use cordboard::rand::SeededRand;
use cordboard::server::operate::{Done, Operator};
use cordboard::server::run::{ServeError, Server, ServerConfig};
use cordboard::sync::pin::client_config;
use serde_json::Value;

/// Wednesday, 4 June 2025, 10:00 UTC.
pub const T0: &str = "2025-06-04T10:00:00Z";
pub const ANA: AgentId = AgentId(1);

pub struct House {
    pub folder: tempfile::TempDir,
    pub clock: Arc<FakeClock>,
    pub server: Option<Server>,
    pub client: reqwest::Client,
    pub url: String,
}

/// What a request came to.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub json: Value,
    pub text: String,
}

fn queue(key: &str, channels: &[Channel], calendar: Option<CalendarId>) -> Row {
    Queue {
        id: QueueId(0),
        key: key.into(),
        name: key.to_uppercase(),
        channels: channels.to_vec(),
        skills: [].into(),
        offer_s: 20,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar,
        closed_message: "We are back at eight tomorrow.".into(),
        active: true,
        rules: cordboard::domain::routing::QueueRules::default(),
    }
    .into()
}

fn put(row: impl Into<Row>) -> Command {
    Command::Put { row: Box::new(row.into()) }
}

/// The commands that set the firm up.
pub fn setup() -> Vec<Command> {
    let windows = vec![Window { day: 6, from: 480, to: 1_020 }];
    let sundays = Calendar::new("sundays", Timetable { windows, ..Timetable::default() });
    let ana = Agent {
        id: AgentId(0),
        login: "ana".into(),
        name: "Ana Ruiz".into(),
        team: TeamId(1),
        role: Role::Lead,
        skills: [].into(),
        queues: vec![QueueId(1)],
        active: true,
    };
    let dana = Customer {
        id: CustomerId(0),
        reference: "C-1".into(),
        name: "Dana Holt".into(),
        locale: "en-GB".into(),
        zone: String::new(),
        plan: "Basic".into(),
        flags: vec![],
        note: String::new(),
        since: "2019-04-01".into(),
        masked: vec![],
        merged: None,
        holds: Vec::new(),
    };
    let contacts =
        Contacts { id: CustomerId(0), phones: vec!["+442079460001".into()], emails: vec![], handle: String::new() };
    vec![
        put(Firm {
            name: "Larkfield".into(),
            zone: "Europe/London".into(),
            rules: cordboard::domain::routing::FirmRules::default(),
            locale: String::new(),
        }),
        put(Team { id: TeamId(0), key: "one".into(), name: "One".into() }),
        put(sundays),
        put(queue("support", &Channel::ALL, None)),
        put(queue("sunday", &Channel::ALL, Some(CalendarId(1)))),
        put(queue("mail", &[Channel::Email], None)),
        put(ana),
        Command::ImportCustomer { customer: Box::new(dana), contacts: Box::new(contacts) },
    ]
}

pub fn start(
    folder: &Path,
    clock: &Arc<FakeClock>,
    change: impl FnOnce(&mut ServerConfig),
) -> Result<Server, ServeError> {
    let mut config = ServerConfig::new(folder);
    config.listen = Some(([127, 0, 0, 1], 0).into());
    change(&mut config);
    Server::start(config, clock.clone(), Arc::new(SeededRand::new(7)))
}

impl House {
    pub fn new() -> House {
        House::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut ServerConfig)) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(FakeClock::new(At::from_rfc3339(T0).expect("an instant")));
        let server = start(folder.path(), &clock, change).expect("starts");
        let tls = client_config(server.fingerprint()).expect("a client");
        // Who is refused before their words were read finds the line closed; the next one needs a new one.
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().pool_max_idle_per_host(0);
        let client = client.build().expect("a client");
        let url = format!("https://{}", server.address().expect("listens"));
        let done = server.operator().submit(setup()).expect("sets up");
        assert!(done.iter().all(|d| matches!(d, Done::Made(_))), "{done:?}");
        House { folder, clock, server: Some(server), client, url }
    }

    pub fn operator(&self) -> Operator {
        self.server.as_ref().expect("runs").operator()
    }

    pub fn key(&self) -> String {
        self.operator().add_key("the telephone system".into()).expect("made")
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("text");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, json, text }
    }

    pub fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.url)).json(body)
    }

    pub async fn get(&self, path: &str, key: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.url)).bearer_auth(key)).await
    }

    /// A gateway's request with an idempotency key.
    pub async fn ask(&self, key: &str, once: &str, path: &str, body: &Value) -> Answer {
        self.send(self.post(path, body).bearer_auth(key).header("Idempotency-Key", once)).await
    }
}

impl Answer {
    /// Status, word of the error and field.
    pub fn problem(&self) -> (u16, &str, &str) {
        let part = |name: &str| self.json[name].as_str().unwrap_or_default();
        assert!(!part("hint").is_empty(), "an error says what to do: {self:?}");
        (self.status, part("error"), part("field"))
    }
}
