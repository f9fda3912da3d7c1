//! People: who they are, what they may do, how they come in.

use std::io::BufRead as _;

use anyhow::{Context as _, bail};

use super::{names, need, put, words};
use crate::cli::args::{Global, UserCmd};
use crate::cli::books::Office;
use crate::cli::places::Places;
use crate::cli::say::{say, table};
use crate::domain::Command;
use crate::domain::ids::{AgentId, TeamId};
use crate::domain::people::Agent;
use crate::domain::row::{Entity, Row, RowKey};

pub(super) fn run(office: &mut dyn Office, places: &Places, global: &Global, command: &UserCmd) -> anyhow::Result<()> {
    match command {
        UserCmd::List => list(office),
        UserCmd::Add { login, name, role, team, queues, skills } => {
            let names = names(office)?;
            if names.id(Entity::Agent, login).is_some() {
                bail!("there is an agent {login} already; change them with: cordboard admin user set {login}");
            }
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
            if login.is_empty() || !login.chars().all(plain) {
                bail!("{login:?} is no login; use letters, digits, dots and dashes");
            }
            let agent = Agent {
                id: AgentId(0),
                login: login.clone(),
                name: name.clone(),
                team: TeamId(need(&names, Entity::Team, team)?),
                role: words::role(role)?,
                skills: words::levels(&names, skills)?,
                queues: words::queues(&names, queues)?,
                active: true,
            };
            put(office, agent, &format!("{login} is added. Let them in with: cordboard admin user invite {login}"))
        }
        UserCmd::Set { login, name, role, team, queues, skills } => {
            let names = names(office)?;
            let mut agent = agent(office, login)?;
            if let Some(name) = name {
                agent.name.clone_from(name);
            }
            if let Some(role) = role {
                agent.role = words::role(role)?;
            }
            if let Some(team) = team {
                agent.team = TeamId(need(&names, Entity::Team, team)?);
            }
            if let Some(queues) = queues {
                agent.queues = words::queues(&names, queues)?;
            }
            if let Some(skills) = skills {
                agent.skills = words::levels(&names, skills)?;
            }
            agent.active = true;
            put(office, agent, &format!("{login} is set."))
        }
        UserCmd::Deactivate { login } => {
            let agent = agent(office, login)?;
            office.give(Command::Retire { key: RowKey { entity: Entity::Agent, id: agent.id.0 } })?;
            let desks: Vec<_> =
                office.devices()?.into_iter().filter(|d| d.agent == agent.id && d.active).map(|d| d.id).collect();
            for desk in &desks {
                office.revoke_device(*desk)?;
            }
            say(&format!("{login} has left; {} of their desks are shut out.", desks.len()))
        }
        UserCmd::Invite { login } => {
            let agent = active(office, login)?;
            let token = office.invite(agent.id)?;
            let link = crate::cli::office::join_link(office, places, global, token)?;
            say(&format!("{link}"))?;
            eprintln!("Give this line to {}; it lets one desk in, once, within seven days.", agent.name);
            Ok(())
        }
        UserCmd::Password { login, stdin } => {
            let agent = active(office, login)?;
            let password = password(*stdin)?;
            office.set_password(agent.id, &password)?;
            say(&format!("The password of {login} is set."))
        }
    }
}

/// Reads a password: from standard input, or twice from the terminal.
fn password(stdin: bool) -> anyhow::Result<String> {
    if stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("the password cannot be read from standard input")?;
        let line = line.trim_end_matches(['\n', '\r']).to_owned();
        if line.is_empty() {
            bail!("standard input holds no password");
        }
        return Ok(line);
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).context("there is no terminal to ask on; give the password with --stdin")
    };
    let first = ask("Password: ")?;
    if first != ask("Again: ")? {
        bail!("the two are not the same; nothing was changed");
    }
    Ok(first)
}

fn agent(office: &mut dyn Office, login: &str) -> anyhow::Result<Agent> {
    let names = names(office)?;
    need(&names, Entity::Agent, login)?;
    match names.row(Entity::Agent, login) {
        Some(Row::Agent(agent)) => Ok(agent.clone()),
        _ => bail!("there is no agent {login}"),
    }
}

fn active(office: &mut dyn Office, login: &str) -> anyhow::Result<Agent> {
    let agent = agent(office, login)?;
    if !agent.active {
        bail!("{login} has left; bring them back with: cordboard admin user set {login}");
    }
    Ok(agent)
}

fn list(office: &mut dyn Office) -> anyhow::Result<()> {
    let name = |rows: Vec<Row>| -> std::collections::HashMap<u64, String> {
        rows.into_iter().filter_map(|r| Some((r.id(), crate::cli::exchange::resolve::key_of(&r)?))).collect()
    };
    let teams = name(office.all(Entity::Team)?);
    let queues = name(office.all(Entity::Queue)?);
    let skills = name(office.all(Entity::Skill)?);
    let rows = office.all(Entity::Agent)?.into_iter().filter_map(|row| match row {
        Row::Agent(a) => Some(vec![
            a.login,
            a.name,
            a.role.word().to_owned(),
            teams.get(&a.team.0).cloned().unwrap_or_default(),
            a.queues.iter().filter_map(|q| queues.get(&q.0).cloned()).collect::<Vec<_>>().join(","),
            a.skills
                .iter()
                .filter_map(|(s, level)| Some(format!("{}={level}", skills.get(&s.0)?)))
                .collect::<Vec<_>>()
                .join(","),
            if a.active { String::new() } else { "left".into() },
        ]),
        _ => None,
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table(
        &["LOGIN", "NAME", "ROLE", "TEAM", "QUEUES", "SKILLS", ""],
        &rows,
        "Nobody works here yet. Add someone with: cordboard admin user add",
    )
}
