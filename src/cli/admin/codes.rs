//! Skills, teams, reasons, outcomes and breaks: small things with a key.

use anyhow::bail;

use super::{names, put, retire, words};
use crate::cli::args::{BreakCmd, NamedCmd, OutcomeCmd, ReasonCmd};
use crate::cli::books::Office;
use crate::cli::say::table;
use crate::domain::ids::{BreakId, OutcomeId, ReasonId, SkillId, TeamId};
use crate::domain::people::{BreakCode, Skill, Team};
use crate::domain::row::{Entity, Row};
use crate::domain::work::{Outcome, Reason};

pub(super) fn skill(office: &mut dyn Office, command: &NamedCmd) -> anyhow::Result<()> {
    match command {
        NamedCmd::List => list(office, Entity::Skill, &["KEY", "NAME"]),
        NamedCmd::Set { key, name } => {
            let id = SkillId(names(office)?.id(Entity::Skill, key).unwrap_or(0));
            put(office, Skill { id, key: key.clone(), name: name.clone() }, &format!("Skill {key} is set."))
        }
        NamedCmd::Retire { key } => retire(office, Entity::Skill, key, &format!("Skill {key} is out of use.")),
    }
}

pub(super) fn team(office: &mut dyn Office, command: &NamedCmd) -> anyhow::Result<()> {
    match command {
        NamedCmd::List => list(office, Entity::Team, &["KEY", "NAME"]),
        NamedCmd::Set { key, name } => {
            let id = TeamId(names(office)?.id(Entity::Team, key).unwrap_or(0));
            put(office, Team { id, key: key.clone(), name: name.clone() }, &format!("Team {key} is set."))
        }
        NamedCmd::Retire { .. } => bail!("a team stays, because history names it; rename it, or move its people"),
    }
}

pub(super) fn reason(office: &mut dyn Office, command: &ReasonCmd) -> anyhow::Result<()> {
    match command {
        ReasonCmd::List => list(office, Entity::Reason, &["PATH", "NAME", ""]),
        ReasonCmd::Set { path, name, queues } => {
            let names = names(office)?;
            let reason = Reason {
                id: ReasonId(names.id(Entity::Reason, path).unwrap_or(0)),
                path: path.clone(),
                label: name.clone(),
                queues: words::queues(&names, queues)?,
                active: true,
            };
            put(office, reason, &format!("Reason {path} is set."))
        }
        ReasonCmd::Retire { path } => retire(office, Entity::Reason, path, &format!("Reason {path} is out of use.")),
    }
}

pub(super) fn outcome(office: &mut dyn Office, command: &OutcomeCmd) -> anyhow::Result<()> {
    match command {
        OutcomeCmd::List => list(office, Entity::Outcome, &["KEY", "NAME", "DEMANDS", "", ""]),
        OutcomeCmd::Set { key, name, needs, solves } => {
            let outcome = Outcome {
                id: OutcomeId(names(office)?.id(Entity::Outcome, key).unwrap_or(0)),
                key: key.clone(),
                label: name.clone(),
                needs: words::needs(needs)?,
                solves: *solves,
                active: true,
            };
            put(office, outcome, &format!("Outcome {key} is set."))
        }
        OutcomeCmd::Retire { key } => retire(office, Entity::Outcome, key, &format!("Outcome {key} is out of use.")),
    }
}

pub(super) fn breaks(office: &mut dyn Office, command: &BreakCmd) -> anyhow::Result<()> {
    match command {
        BreakCmd::List => list(office, Entity::BreakCode, &["KEY", "NAME", "ALLOWANCE"]),
        BreakCmd::Set { key, name, limit_s } => {
            let id = BreakId(names(office)?.id(Entity::BreakCode, key).unwrap_or(0));
            let code = BreakCode { id, key: key.clone(), label: name.clone(), limit_s: *limit_s };
            put(office, code, &format!("Break {key} is set."))
        }
        BreakCmd::Retire { key } => retire(office, Entity::BreakCode, key, &format!("Break {key} is out of use.")),
    }
}

fn list(office: &mut dyn Office, entity: Entity, head: &[&str]) -> anyhow::Result<()> {
    let retired = |active: bool| if active { String::new() } else { "out of use".to_owned() };
    let cells = |row: Row| -> Option<Vec<String>> {
        Some(match row {
            Row::Skill(r) => vec![r.key, r.name],
            Row::Team(r) => vec![r.key, r.name],
            Row::Reason(r) => vec![r.path, r.label, retired(r.active)],
            Row::Outcome(r) => {
                let needs = r.needs.iter().map(|n| n.word()).collect::<Vec<_>>().join(",");
                let solves = if r.solves { "solves the case" } else { "" };
                vec![r.key, r.label, needs, solves.into(), retired(r.active)]
            }
            Row::BreakCode(r) => {
                let limit = if r.limit_s == 0 { "none".into() } else { format!("{} min", r.limit_s.div_ceil(60)) };
                vec![r.key, r.label, limit]
            }
            _ => return None,
        })
    };
    let rows: Vec<Vec<String>> = office.all(entity)?.into_iter().filter_map(cells).collect();
    table(head, &rows, "There is none yet.")
}
