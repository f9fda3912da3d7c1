//! `cordboard host`: server and desk in one process.

use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::books::Books as _;
use super::open;
use super::places::{Places, private_folder};
use super::settings::{self, InForce};
use super::{args, logging, office, sample};
use crate::clock::{Clock, SystemClock};
use crate::desk::LinkConfig;
use crate::domain::command::Command;
use crate::domain::ids::{AgentId, BreakId, OutcomeId, QueueId, ReasonId, SkillId, TeamId};
use crate::domain::people::{Agent, BreakCode, Firm, Role, Team};
use crate::domain::row::{Entity, Row};
use crate::domain::work::{Channel, Need, Outcome, Queue, Reason};
use crate::rand::SystemRand;
use crate::server::run::{ServeError, Server, ServerConfig};

/// Runs the server and its desk until the desk is left.
pub fn run(args: &args::Host, global: &args::Global) -> anyhow::Result<()> {
    let named = args.dir.data.as_deref();
    let places = Places::find(global, named)?;
    let places = if args.sample { places.for_practice(named) } else { places };
    let mut in_force = settings::read(global, &places)?;
    if args.sample && in_force.config.desk.tour.is_empty() {
        "offer".clone_into(&mut in_force.config.desk.tour);
    }
    logging::start(&places.log(), in_force.config.log.level);
    private_folder(&places.data)?;
    let mut notices = Vec::new();
    let server = start(args, &in_force, &places, &mut notices)?;
    let now = SystemClock::new().now();
    let mut door = office::Door::of_operator(server.operator());
    if args.sample {
        sample::first(&mut door, &places.data, now)?;
    } else if door.head()? == 0 {
        found(&mut door)?;
    }
    let agent = whose(&mut door, args.login.as_deref())?;
    let dial = server.local(agent)?;
    // The desk opens at once; past cases and articles come in behind it.
    let behind = sample::stage(&places.data).is_some().then(|| {
        let (operator, data) = (server.operator(), places.data.clone());
        std::thread::spawn(move || {
            let mut door = office::Door::of_operator(operator);
            if let Err(error) = sample::rest(&mut door, &data, now) {
                tracing::error!(%error, "the sample did not come in whole");
            }
        })
    });
    let desk = places.desk_of(&agent_login(&mut door, agent)?);
    drop(door);
    let left = open::desk(&in_force, global, &places, &desk, LinkConfig::Direct(Arc::new(dial)), notices);
    server.shutdown();
    if let Some(behind) = behind {
        behind.join().ok();
    }
    left
}

/// The server; a port that is taken keeps nobody from working.
fn start(args: &args::Host, in_force: &InForce, places: &Places, notices: &mut Vec<String>) -> anyhow::Result<Server> {
    let listen = args.listen.or(in_force.config.host.listen);
    let config = ServerConfig {
        listen,
        rate_limit: in_force.config.server.rate_limit,
        body_limit: in_force.config.server.body_limit as usize,
        channels: super::serve::channels(in_force)?,
        ..ServerConfig::new(&places.data)
    };
    let clock = || Arc::new(SystemClock::new());
    match Server::start(config.clone(), clock(), Arc::new(SystemRand)) {
        Err(error @ ServeError::Listen { .. }) if args.listen.is_none() => {
            notices.push(format!("Gateways cannot come in: {error}."));
            Ok(Server::start(ServerConfig { listen: None, ..config }, clock(), Arc::new(SystemRand))?)
        }
        other => Ok(other?),
    }
}

/// Whose desk: the one named, else the first active person.
fn whose(door: &mut office::Door<'_>, login: Option<&str>) -> anyhow::Result<AgentId> {
    let agents = door.page(Entity::Agent, 0, 10_000)?;
    let mut agents = agents.into_iter().filter_map(|row| match row {
        Row::Agent(agent) if agent.active => Some(agent),
        _ => None,
    });
    match login {
        Some(login) => agents
            .find(|a| a.login == login)
            .map(|a| a.id)
            .with_context(|| format!("there is nobody called {login}; `cordboard admin user list` shows who is there")),
        None => {
            agents.next().map(|a| a.id).context("nobody works here yet; add someone with `cordboard admin user add`")
        }
    }
}

fn agent_login(door: &mut office::Door<'_>, agent: AgentId) -> anyhow::Result<String> {
    let key = crate::domain::row::RowKey { entity: Entity::Agent, id: agent.0 };
    match door.rows(&[key])?.into_iter().next() {
        Some(Row::Agent(agent)) => Ok(agent.login),
        _ => bail!("this person is no longer there"),
    }
}

/// A firm of one, so that an empty folder is a desk that works: one queue, a few codes, and you.
fn found(door: &mut office::Door<'_>) -> anyhow::Result<()> {
    let name = std::env::var("USER").ok().filter(|n| !n.is_empty()).unwrap_or_else(|| "me".to_owned());
    let outcome = |key: &str, label: &str, needs: Vec<Need>, solves| {
        Row::from(Outcome { id: OutcomeId(0), key: key.into(), label: label.into(), needs, solves, active: true })
    };
    let reason = |path: &str, label: &str| {
        Row::from(Reason { id: ReasonId(0), path: path.into(), label: label.into(), queues: Vec::new(), active: true })
    };
    let pause = |key: &str, label: &str, limit_s| {
        Row::from(BreakCode { id: BreakId(0), key: key.into(), label: label.into(), limit_s })
    };
    let queue = Queue {
        id: QueueId(0),
        key: "inbox".into(),
        name: "Inbox".into(),
        channels: Channel::ALL.to_vec(),
        skills: std::collections::BTreeMap::<SkillId, u8>::new(),
        offer_s: 30,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: crate::domain::routing::QueueRules::default(),
    };
    let first = vec![
        Firm {
            name: "My desk".into(),
            zone: String::new(),
            rules: crate::domain::routing::FirmRules::default(),
            locale: String::new(),
        }
        .into(),
        Team { id: TeamId(0), key: "team".into(), name: "Team".into() }.into(),
        queue.into(),
        reason("question", "Question"),
        reason("problem", "Problem"),
        reason("complaint", "Complaint"),
        reason("wrong-number", "Wrong number"),
        outcome("resolved", "Resolved", vec![], true),
        outcome("information", "Information given", vec![], true),
        outcome("callback", "Callback promised", vec![Need::FollowUp], false),
        outcome("waiting", "Waiting for customer", vec![], false),
        outcome("ended", "Customer ended", vec![], true),
        pause("break", "Break", 900),
        pause("meal", "Meal", 3_600),
        pause("meeting", "Meeting", 0),
    ];
    put(door, first)?;
    let team = door.page(Entity::Team, 0, 1)?.into_iter().next();
    let queue = door.page(Entity::Queue, 0, 1)?.into_iter().next();
    let (Some(Row::Team(team)), Some(Row::Queue(queue))) = (team, queue) else {
        bail!("the new desk could not be set up");
    };
    let me = Agent {
        id: AgentId(0),
        login: name.clone(),
        name,
        team: team.id,
        role: Role::Lead,
        skills: std::collections::BTreeMap::new(),
        queues: vec![queue.id],
        active: true,
    };
    put(door, vec![me.into()])
}

fn put(door: &mut office::Door<'_>, rows: Vec<Row>) -> anyhow::Result<()> {
    let commands = rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect();
    for done in door.submit(commands)? {
        if let super::books::Done::Refused(why) = done {
            bail!("the new desk could not be set up: {why}");
        }
    }
    Ok(())
}
