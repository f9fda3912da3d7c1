//! A team from the files its trainees exported or from what they shared, and two trainers beside each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::args::{Copy, Readiness};
use super::held::Held;
use super::shelf::text;
use crate::cli::args::Global;
use crate::cli::office;
use crate::cli::places::Places;
use crate::cli::say::{say, table};
use crate::cli::settings;
use crate::clock::{Clock as _, SystemClock};
use crate::config::table::Training;
use crate::domain::ids::AgentId;
use crate::domain::people::Agent;
use crate::domain::permit::{Right, allows};
use crate::domain::row::{Entity, Row};
use crate::domain::time::DAY;
use crate::domain::training::Training as Shown;
use crate::sandbox::kappa;
use crate::sandbox::ramp::{Attempt, Rules, standing};
use crate::sandbox::report::Report;

/// One attempt as it is kept and exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Whose.
    pub(super) who: String,
    /// What counts.
    pub(super) attempt: Attempt,
    /// What it was worth, and why.
    pub(super) report: Report,
}

/// Attempts by whose they are.
type Crew = BTreeMap<String, Vec<Attempt>>;

/// Prints how far each trainee is.
pub(super) fn readiness(args: &Readiness, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.copy.dir.data.as_deref())?;
    let rules = rules(&settings::read(global, &places)?.config.training);
    if args.server {
        let none = "Nobody has shared attempts yet; trainees do: cordboard sandbox share";
        return print(shared(&args.copy, &places, global)?, &rules, none);
    }
    let mut team = Crew::new();
    for file in args.files.iter().map(|f| all(f)).collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten() {
        let kept = read(&file)?;
        team.entry(kept.who).or_default().push(kept.attempt);
    }
    print(team, &rules, "There are no attempts in these files.")
}

/// What was shared: of everybody where the ledger is, else what a desk was sent, which is its own team's, and nothing
/// where it is not of somebody who runs one.
fn shared(copy: &Copy, places: &Places, global: &Global) -> anyhow::Result<Crew> {
    if copy.login.is_none() && places.ledger().exists() {
        let mut office = office::open_existing(places)?;
        let mut names: BTreeMap<AgentId, String> = BTreeMap::new();
        for row in office.all(Entity::Agent)? {
            if let Row::Agent(agent) = row {
                names.insert(agent.id, named(&agent));
            }
        }
        let rows = office.all(Entity::Training)?.into_iter().filter_map(|row| Shown::try_from(row).ok());
        return Ok(rows.map(|t| (names.get(&t.agent).cloned().unwrap_or_default(), t.attempts)).collect());
    }
    let held = Held::open(copy, global)?;
    let state = held.state();
    match state.agent(held.me) {
        Some(me) if allows(me.role, Right::RunTeam) => {}
        Some(me) => {
            bail!("what a team shares is shown to those who run it; this desk is of {}, {}", me.name, me.role.word())
        }
        None => bail!("this desk has not spoken to its server yet; open it once"),
    }
    let name = |agent| state.agent(agent).map_or(String::new(), named);
    Ok(state.trainings().map(|t| (name(t.agent), t.attempts.clone())).collect())
}

/// Two people may have one name; their attempts are not to be mixed.
fn named(agent: &Agent) -> String {
    format!("{} ({})", agent.name, agent.login)
}

/// What the house asks of a certificate.
fn rules(training: &Training) -> Rules {
    let kinds = training.kinds.split(',').map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty());
    Rules { exams: training.exams as usize, kinds: kinds.collect(), days: training.days }
}

fn print(team: Crew, rules: &Rules, none: &str) -> anyhow::Result<()> {
    let now = SystemClock::new().now().0;
    let mut rows = Vec::new();
    for (who, mut attempts) in team {
        attempts.sort_by_key(|a| a.at);
        attempts.dedup();
        let at = standing(&attempts, rules, now);
        let certified = match at.certified_until {
            Some(until) => format!("{} days more", (until - now) / DAY),
            None => "no".to_owned(),
        };
        let wanted = if at.wanted.is_empty() { String::new() } else { format!("wants {}", at.wanted.join(", ")) };
        let passed = attempts.iter().filter(|a| a.passed).count();
        rows.push(vec![
            who,
            attempts.len().to_string(),
            passed.to_string(),
            at.level.to_string(),
            format!("{} of 3", at.row),
            at.exams.to_string(),
            certified,
            wanted,
        ]);
    }
    let head = ["TRAINEE", "ATTEMPTS", "PASSED", "LEVEL", "IN A ROW", "EXAMS", "CERTIFIED", ""];
    table(&head, &rows, none)
}

/// The exported attempts below a path.
pub(super) fn all(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut files: Vec<PathBuf> = entries
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    Ok(files)
}

/// One exported attempt.
pub(super) fn read(file: &Path) -> anyhow::Result<Kept> {
    let text = text(file)?;
    serde_json::from_str(&text).map_err(|error| {
        let place = file.display();
        anyhow::anyhow!("{place}:{}: it is no exported attempt ({error}); export it again", error.line())
    })
}

/// Prints how far two trainers agree.
pub(super) fn calibrate(first: &Path, second: &Path) -> anyhow::Result<()> {
    let (one, two) = (marks(first)?, marks(second)?);
    let shared: Vec<(&String, &String, &String)> =
        one.iter().filter_map(|(what, mark)| Some((what, mark, two.get(what)?))).collect();
    if shared.is_empty() {
        bail!("the two files have nothing in common; both name the same things, one a line: verifies = true");
    }
    let pairs: Vec<(&String, &String)> = shared.iter().map(|(_, a, b)| (*a, *b)).collect();
    let apart: Vec<Vec<String>> = shared
        .iter()
        .filter(|(_, a, b)| a != b)
        .map(|(what, a, b)| vec![(*what).clone(), (*a).clone(), (*b).clone()])
        .collect();
    let agreed = pairs.len() - apart.len();
    let share = agreed as f64 * 100.0 / pairs.len() as f64;
    say(&format!("{} things, the same for {agreed} ({share:.0} %).", pairs.len()))?;
    match kappa::kappa(&pairs) {
        Some(k) => say(&format!("Cohen's kappa {k:.4}: {}.", kappa::words(k)))?,
        None => say("Cohen's kappa n/a: both gave one and the same mark to everything.")?,
    }
    let only = one.len() + two.len() - 2 * shared.len();
    if only > 0 {
        say(&format!("{only} are marked by one of them only and are left out."))?;
    }
    if apart.is_empty() { Ok(()) } else { table(&["APART ON", "FIRST", "SECOND"], &apart, "") }
}

fn marks(file: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let table: toml::Table = toml::from_str(&text(file)?).map_err(|error| {
        let what = error.message().replace('\n', ", ");
        anyhow::anyhow!("{}: {what}; write one thing a line: verifies = true", file.display())
    })?;
    Ok(table.into_iter().map(|(what, mark)| (what, mark.to_string())).collect())
}
