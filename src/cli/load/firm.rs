//! The throw-away firm of a load: queues, teams and people on a ledger of their own, and a server on it.
//!
//! Invariant: nothing of it outlives [`Firm`]: its folder goes with it, and so does the server's process.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;

use anyhow::Context as _;

use super::Seat;
use crate::cli::args::Global;
use crate::cli::exchange::{Item, Place, setup};
use crate::cli::places::{Places, private_folder};
use crate::cli::{office, sample};
use crate::clock::{Clock, SystemClock};
use crate::domain::Command;
use crate::domain::command::{CallbackWish, CustomerHint};
use crate::domain::ids::{AgentId, OutcomeId, QueueId, ReasonId, Seq};
use crate::domain::proof::Proof;
use crate::domain::row::Entity;
use crate::domain::time::At;
use crate::domain::work::{Channel, Priority};
use crate::rand::{Rand, SystemRand};
use crate::server::accounts::new_token;
use crate::server::operate::Operator;
use crate::store::ledger::Ledger as _;
use crate::store::ledger_sqlite::SqliteLedger;
use crate::sync::link::Address;

/// People in a team.
const TEAM: usize = 20;
/// Queues a person works in.
const QUEUES_EACH: usize = 2;
/// People a queue has, about.
const QUEUE: usize = 80;

/// The firm.
pub(super) struct Firm {
    root: PathBuf,
    child: Child,
    operator: Operator,
    /// Where desks connect; the token is each desk's own.
    pub address: Address,
    pub queues: Vec<QueueId>,
    pub teams: usize,
    pub reason: ReasonId,
    pub outcome: OutcomeId,
}

impl Firm {
    /// Founds it for so many people and starts its server. The tokens let one desk in each.
    pub(super) fn found(global: &Global, people: usize, chats: usize) -> anyhow::Result<(Firm, Vec<Seat>)> {
        let root = std::env::temp_dir().join(format!("cordboard-load-{:016x}", SystemRand.u64()));
        private_folder(&root)?;
        let founded = Self::build(global, &root, people, chats);
        if founded.is_err() {
            std::fs::remove_dir_all(&root).ok();
        }
        founded
    }

    fn build(global: &Global, root: &Path, people: usize, chats: usize) -> anyhow::Result<(Firm, Vec<Seat>)> {
        let data = root.join("server");
        let places = Places::find(global, Some(&data))?;
        let (queues, teams) = ((people * QUEUES_EACH).div_ceil(QUEUE).max(1), people.div_ceil(TEAM));
        let text = plan(people, queues, teams);
        let mut books = office::open(&places)?;
        let records = setup::read(&text).map_err(anyhow::Error::msg)?;
        sample::whole(books.as_mut(), records.into_iter().map(|r| Item::whole(Place::File(r.title()), 0, r)))?;
        let mut ids = |entity: Entity, names: Vec<String>| -> anyhow::Result<Vec<u64>> {
            let names: Vec<(Entity, String)> = names.into_iter().map(|name| (entity, name)).collect();
            books.ids(&names)?.into_iter().map(|id| id.context("the firm was not stored whole")).collect()
        };
        let agents = ids(Entity::Agent, (0..people).map(login).collect())?;
        let queues = ids(Entity::Queue, (0..queues).map(|n| format!("queue-{n}")).collect())?;
        let first = |ids: Vec<u64>| ids.first().copied().unwrap_or_default();
        let reason = first(ids(Entity::Reason, vec!["load/any".into()])?);
        let outcome = first(ids(Entity::Outcome, vec!["done".into()])?);
        drop(books);
        let seats = seats(&places.ledger(), &agents)?;
        let doors = if chats > 0 { queues.len() } else { 0 };
        let (child, operator, address) = serve(root, &data, doors)?;
        let firm = Firm {
            root: root.to_owned(),
            child,
            operator,
            address,
            queues: queues.into_iter().map(QueueId).collect(),
            teams,
            reason: ReasonId(reason),
            outcome: OutcomeId(outcome),
        };
        Ok((firm, seats))
    }

    /// The server's process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Customers come, one to each queue named.
    pub(super) fn come(&mut self, queues: &[QueueId], number: &mut u64) -> anyhow::Result<()> {
        let commands = queues.iter().map(|queue| {
            *number += 1;
            arrival(*queue, *number)
        });
        self.operator.submit(commands.collect())?;
        Ok(())
    }

    /// When each change after a position was decided.
    pub(super) fn made_after(&mut self, mut after: Seq) -> anyhow::Result<Vec<(Seq, At)>> {
        let mut made = Vec::new();
        loop {
            let events = self.operator.events(after, 5_000)?;
            let Some(last) = events.last() else { return Ok(made) };
            after = last.seq;
            made.extend(events.iter().map(|e| (e.seq, e.at)));
        }
    }

    /// Newest position.
    pub(super) fn head(&mut self) -> anyhow::Result<Seq> {
        Ok(self.operator.status()?.head)
    }
}

impl Drop for Firm {
    fn drop(&mut self) {
        // It has nothing to finish: its ledger goes next.
        self.child.kill().ok();
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.root).ok();
    }
}

fn login(n: usize) -> String {
    format!("agent-{n}")
}

/// The firm as its file would say it.
fn plan(people: usize, queues: usize, teams: usize) -> String {
    let mut text = String::from("firm = \"Load\"\nzone = \"UTC\"\n");
    let mut add = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("invariant: a string takes all text");
    for n in 0..queues {
        add(format_args!(
            "[[queue]]\nkey = \"queue-{n}\"\nname = \"Queue {n}\"\nchannels = [\"chat\"]\nskills = {{}}\noffer_s = 60\n\
             wrap_up_s = 60\nsl_pct = 80\nsl_s = 20\nclosed_message = \"\"\n"
        ));
    }
    for n in 0..teams {
        add(format_args!("[[team]]\nkey = \"team-{n}\"\nname = \"Team {n}\"\n"));
    }
    for n in 0..people {
        let (login, team) = (login(n), n / TEAM);
        let (one, two) = (n % queues, (n / queues + n + 1) % queues);
        add(format_args!(
            "[[agent]]\nlogin = \"{login}\"\nname = \"Agent Number {n}\"\nteam = \"team-{team}\"\nrole = \"agent\"\n\
             skills = {{}}\nqueues = [\"queue-{one}\", \"queue-{two}\"]\n"
        ));
    }
    add(format_args!(
        "[[reason]]\npath = \"load/any\"\nlabel = \"Any\"\nqueues = []\n\
         [[outcome]]\nkey = \"done\"\nlabel = \"Done\"\nneeds = []\nfinal = true\n"
    ));
    text
}

/// A web chat for each queue, that takes as many as come from one address.
fn web_chats(queues: usize) -> String {
    let chat = |n| {
        format!(
            "[[chat]]\nkey = \"queue-{n}\"\nqueue = \"queue-{n}\"\ntitle = \"Load\"\nsites = []\nper_minute = 10000\n\
             address_per_minute = 100000\naddress_open = 100000\n"
        )
    };
    (0..queues).map(chat).collect()
}

/// A desk for each agent.
fn seats(ledger: &Path, agents: &[u64]) -> anyhow::Result<Vec<Seat>> {
    let mut ledger = SqliteLedger::open(ledger, SystemRand.u64() | 1)?;
    let now = SystemClock::new().now();
    let seat = |agent: &u64| {
        let (token, hash) = new_token(&SystemRand);
        let agent = AgentId(*agent);
        ledger.accounts().add_device(hash, agent, "load", now)?;
        Ok(Seat { agent, token, kind: super::Kind::Steady })
    };
    agents.iter().map(seat).collect()
}

/// Starts the server as a process of its own, as `cordboard serve` does it.
fn serve(root: &Path, data: &Path, chats: usize) -> anyhow::Result<(Child, Operator, Address)> {
    let (config, doors) = (root.join("config.toml"), root.join("channels.toml"));
    let wrong = "the folder for the load cannot be written";
    std::fs::write(&doors, web_chats(chats)).context(wrong)?;
    // A path is written in TOML as in JSON.
    let named =
        if chats > 0 { format!("[server]\nchannels = {}\n", serde_json::to_string(&doors)?) } else { String::new() };
    std::fs::write(&config, named).context(wrong)?;
    let mut child = Process::new(std::env::current_exe()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .arg("--config")
        .arg(&config)
        .env("CORDBOARD_STATE", root.join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("the server cannot be started")?;
    let said = BufReader::new(child.stdout.take().context("the server says nothing")?);
    // Its second line comes once everything is open.
    let up = said.lines().map_while(Result::ok).any(|line| line.starts_with("Data in "));
    let reached = || -> anyhow::Result<(Operator, Address)> {
        anyhow::ensure!(up, "the server ended before it was up");
        let mut operator = Operator::open(data, Arc::new(SystemClock::new()))?;
        let status = operator.status()?;
        let (host, port) = status.address.context("the server does not listen")?;
        let fingerprint = status.fingerprint.context("the server has no certificate")?.parse()?;
        Ok((operator, Address { host, port, fingerprint, token: String::new() }))
    };
    match reached() {
        Ok((operator, address)) => Ok((child, operator, address)),
        Err(error) => {
            child.kill().ok();
            child.wait().ok();
            Err(error)
        }
    }
}

fn arrival(queue: QueueId, number: u64) -> Command {
    Command::OpenInteraction {
        channel: Channel::Chat,
        queue,
        hint: CustomerHint {
            name: Some(format!("Customer {number}")),
            email: Some(format!("customer-{number}@load.example")),
            proof: Proof::Address,
            ..CustomerHint::default()
        },
        customer: None,
        case: None,
        menu: Vec::new(),
        priority: Priority::Normal,
        language: "en".into(),
        subject: format!("Question {number} about the last bill"),
        body: Some("Hello, my last bill is higher than the one before, and I do not see why.".into()),
        came: None,
        callback: Box::<CallbackWish>::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    }
}
