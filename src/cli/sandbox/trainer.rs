//! What trainers do with scenarios: list, check, begin, play by script, and see what scripts never reach.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::json;

use super::args::More;
use super::shelf::{Shelf, below, faults_in_words, slugs, text};
use crate::cli::args::Global;
use crate::cli::say::{say, table};
use crate::sandbox::coverage::Coverage;
use crate::sandbox::library::{self, Folder};
use crate::sandbox::read::{Fault, Ready};
use crate::sandbox::report::{Mode, report};
use crate::sandbox::script::{self, Step};
use crate::sandbox::{lint as linting, markdown, template};

/// Prints the scenarios there are.
pub(super) fn list(more: &More, global: &Global) -> anyhow::Result<()> {
    let mut all = Shelf::open(more, global)?.all();
    all.sort_by(|a, b| (a.scenario.level, &a.scenario.id).cmp(&(b.scenario.level, &b.scenario.id)));
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|ready| {
            let s = &ready.scenario;
            vec![s.id.clone(), s.level.to_string(), channel(ready).to_owned(), s.locale.clone(), s.title.clone()]
        })
        .collect();
    table(&["SCENARIO", "LEVEL", "BY", "LANGUAGE", "TITLE"], &rows, "There are no scenarios.")
}

fn channel(ready: &Ready) -> &'static str {
    use crate::sandbox::scenario::Channel;
    match ready.scenario.channel {
        Channel::Voice => "telephone",
        Channel::Chat => "chat",
        Channel::Email => "e-mail",
    }
}

/// Checks scenarios; with a fault the command fails.
pub(super) fn lint(folder: Option<&Path>, as_json: bool) -> anyhow::Result<()> {
    let folders = match folder {
        None => library::folders(),
        Some(folder) => below(folder)?,
    };
    if folders.is_empty() {
        bail!("there is no scenario in {}", folder.map_or_else(String::new, |f| f.display().to_string()));
    }
    let faults: Vec<Fault> = folders.values().flat_map(faults).collect();
    if as_json {
        let list: Vec<_> = faults
            .iter()
            .map(|f| json!({ "file": f.file, "line": f.line, "what": f.what, "mend": f.hint, "warning": f.mild }))
            .collect();
        say(&serde_json::to_string_pretty(&list)?)?;
    } else if !faults.is_empty() {
        say(&faults_in_words(&faults))?;
    }
    let grave = faults.iter().filter(|f| !f.mild).count();
    match (grave, folders.len()) {
        (0, _) if as_json => Ok(()),
        (0, 1) => say("1 scenario, nothing wrong."),
        (0, n) => say(&format!("{n} scenarios, nothing wrong.")),
        (1, _) => bail!("1 fault"),
        (n, _) => bail!("{n} faults"),
    }
}

fn faults(folder: &Folder) -> Vec<Fault> {
    match library::ready(folder) {
        Ok(ready) => linting::lint(&folder.file, &folder.text, &ready, &slugs(folder)),
        Err(faults) => faults,
    }
}

/// Writes a new scenario.
pub(super) fn new(id: &str, folder: &Path) -> anyhow::Result<()> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 60 || !id.chars().all(good) {
        bail!("{id:?} is no name for a scenario; use small letters, digits and dashes");
    }
    let folder = folder.join(id);
    if folder.exists() {
        bail!("{} is there already; choose another name", folder.display());
    }
    let file = folder.join("scenario.toml");
    std::fs::create_dir_all(folder.join("articles"))
        .and_then(|()| std::fs::write(&file, template::text(id)))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    say(&format!("{} is written. Change it, then: cordboard sandbox lint {}", file.display(), folder.display()))
}

/// A mode by its word.
pub(super) fn mode(word: &str) -> anyhow::Result<Mode> {
    match word {
        "guided" => Ok(Mode::Guided),
        "practice" => Ok(Mode::Practice),
        "exam" => Ok(Mode::Exam),
        _ => bail!("there is no mode {word:?}; choose guided, practice or exam"),
    }
}

fn steps(file: &Path) -> anyhow::Result<Vec<Step>> {
    script::read(&file.display().to_string(), &text(file)?).map_err(|faults| anyhow::anyhow!(faults_in_words(&faults)))
}

/// Plays a script and prints what came of it.
pub(super) fn play(ready: &Ready, file: &Path, attempt: Option<u64>, mode: Mode, as_json: bool) -> anyhow::Result<()> {
    let attempt = attempt.or_else(|| script::attempt(&text(file).ok()?)).unwrap_or(0);
    let (state, _) = script::play(ready, attempt, &steps(file)?);
    let report = report(ready, &state, mode);
    if as_json {
        return say(&serde_json::to_string_pretty(&json!({ "report": report, "turns": state.log }))?);
    }
    say(markdown::markdown(ready, &report, &state, &[]).trim_end())
}

/// Prints which parts scripts went through.
pub(super) fn coverage(ready: &Ready, scripts: &[PathBuf]) -> anyhow::Result<()> {
    let mut coverage = Coverage::default();
    for (n, file) in (0..).zip(scripts) {
        let attempt = script::attempt(&text(file)?).unwrap_or(n);
        let (state, _) = script::play(ready, attempt, &steps(file)?);
        coverage.add(ready, &state);
    }
    say(&coverage.words(ready))
}
