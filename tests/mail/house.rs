//! A server with its mail channels, as `serve` puts them together, and what it knows.

use std::path::Path;
use std::sync::Arc;

use cordboard::channel::plan::Plan;
use cordboard::clock::SystemClock;
use cordboard::domain::ids::{AgentId, CaseId, MessageId, QueueId, TeamId};
use cordboard::domain::people::{Agent, Firm, Role, Team};
use cordboard::domain::row::{Entity, Row, RowKey};
use cordboard::domain::work::{Author, Case, Channel, Kind, Message, Queue};
use cordboard::domain::{Actor, Command};
use cordboard::rand::SystemRand;
use cordboard::server::core::request::Reply;
use cordboard::server::operate::Done;
use cordboard::server::run::{Server, ServerConfig};

use super::support::until;

pub const ANA: AgentId = AgentId(1);

/// A server with mailboxes.
pub struct House {
    dir: tempfile::TempDir,
    plan: String,
    running: Option<Server>,
}

impl House {
    /// A small firm with the mailboxes of this file of channels.
    pub fn new(plan: &str) -> House {
        let mut house = House { dir: tempfile::tempdir().expect("a folder"), plan: plan.to_owned(), running: None };
        house.start();
        house.give(firm());
        house
    }

    pub fn start(&mut self) {
        let mut config = ServerConfig::new(self.dir.path());
        config.channels = Plan::read(Path::new("channels.toml"), &self.plan).unwrap_or_else(|wrong| panic!("{wrong}"));
        let server = Server::start(config, Arc::new(SystemClock::new()), Arc::new(SystemRand)).expect("it starts");
        self.running = Some(server);
    }

    fn running(&self) -> &Server {
        self.running.as_ref().expect("it runs")
    }

    pub fn stop(&mut self) {
        self.running.take().expect("it runs").shutdown();
    }

    fn give(&self, commands: Vec<Command>) {
        for done in self.running().operator().submit(commands).expect("it answers") {
            assert!(matches!(done, Done::Made(_)), "refused");
        }
    }

    /// Every case, oldest first.
    pub fn cases(&self) -> Vec<Case> {
        let rows = self.running().operator().page(Entity::Case, 0, 1_000).expect("it answers");
        rows.into_iter().filter_map(|row| if let Row::Case(case) = row { Some(case) } else { None }).collect()
    }

    /// What was said on a case, in order.
    pub fn said(&self, case: CaseId) -> Vec<Message> {
        let rows = self.running().operator().children(Entity::Message, vec![case.0]).expect("it answers");
        rows.into_iter().flatten().filter_map(|row| if let Row::Message(m) = row { Some(m) } else { None }).collect()
    }

    /// What the customer said on a case.
    pub fn customer_said(&self, case: CaseId) -> Vec<String> {
        self.said(case).into_iter().filter(|m| m.author == Author::Customer).map(|m| m.body).collect()
    }

    /// What was noted on a case by the desk itself.
    pub fn noted(&self, case: CaseId) -> Vec<String> {
        self.said(case).into_iter().filter(|m| m.kind == Kind::Note).map(|m| m.body).collect()
    }

    pub fn interactions(&self) -> usize {
        self.running().operator().page(Entity::Interaction, 0, 1_000).expect("it answers").len()
    }

    /// Ana answers.
    pub fn answers(&self, case: CaseId, body: &str) -> MessageId {
        let command =
            Command::SendReply { case, body: body.to_owned(), base: None, anyway: true, from: Vec::new(), to: None };
        let made = self.does(Actor::Agent(ANA), command);
        MessageId(made.iter().find(|key| key.entity == Entity::Message).expect("a message").id)
    }

    /// Someone does something, and it is done; what it made.
    pub fn does(&self, actor: Actor, command: Command) -> Vec<RowKey> {
        let replies = self.running().hub().core.bulk_blocking(actor, vec![command]).expect("it answers");
        match replies.into_iter().next() {
            Some(Reply::Done { made, .. }) => made,
            other => panic!("{other:?}"),
        }
    }

    /// How a channel does: whether well, and in words.
    pub fn health(&self, name: &str) -> Option<(bool, String)> {
        let all = self.running().hub().healths.all();
        all.into_iter().find(|c| c.name == format!("mail {name}")).map(|c| (c.well, c.words))
    }

    /// Waits until a mailbox is watched and all is well.
    pub fn until_watching(&self, name: &str) {
        self.until_health(name, |well, words| well && words.contains("is watched"));
    }

    /// Waits for a trouble whose words hold these.
    pub fn until_trouble(&self, name: &str, words: &str) {
        self.until_health(name, |well, said| !well && said.contains(words));
    }

    fn until_health(&self, name: &str, fits: impl Fn(bool, &str) -> bool) {
        let mut last = None;
        until(&format!("the health of {name}"), || {
            let now = self.health(name);
            if now != last {
                eprintln!("health of {name}: {now:?}");
                last.clone_from(&now);
            }
            now.filter(|(well, words)| fits(*well, words)).map(drop)
        });
    }

    /// Waits until there are so many cases; fails when there are more.
    pub fn until_cases(&self, count: usize) -> Vec<Case> {
        until(&format!("{count} cases"), || {
            let cases = self.cases();
            assert!(cases.len() <= count, "{} cases instead of {count}: {cases:?}", cases.len());
            (cases.len() == count).then_some(cases)
        })
    }

    /// Waits until the customer said so many things on a case; fails when there are more.
    pub fn until_customer_said(&self, case: CaseId, count: usize) -> Vec<String> {
        until(&format!("{count} messages of the customer"), || {
            let said = self.customer_said(case);
            assert!(said.len() <= count, "more than {count}: {said:?}");
            (said.len() == count).then_some(said)
        })
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(server) = self.running.take() {
            server.shutdown();
        }
    }
}

fn firm() -> Vec<Command> {
    let queue = |key: &str, name: &str| Queue {
        id: QueueId(0),
        key: key.into(),
        name: name.into(),
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
        queue("support", "Support").into(),
        queue("sales", "Sales").into(),
        Agent {
            id: AgentId(0),
            login: "ana".into(),
            name: "Ana Ruiz".into(),
            team: TeamId(1),
            role: Role::Agent,
            skills: [].into(),
            queues: vec![QueueId(1), QueueId(2)],
            active: true,
        }
        .into(),
    ];
    rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect()
}
