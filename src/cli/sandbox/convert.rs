//! Scenarios made of real cases: from an export of the server or the copy of a desk, and released by a second person.
//!
//! Reads files and writes a folder; nothing here reaches a server. One invariant: what nobody else released is not
//! played.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::args::{Convert, Release};
use super::held::Held;
use super::shelf::{below, faults_in_words, slugs, text};
use crate::cli::args::Global;
use crate::cli::say::{say, table};
use crate::sandbox::convert::{Real, convert};
use crate::sandbox::{library, lint, traces};

/// Makes a draft of a case.
pub(super) fn make(args: &Convert, global: &Global) -> anyhow::Result<()> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if args.id.is_empty() || args.id.len() > 60 || !args.id.chars().all(good) {
        bail!("{:?} is no name for a scenario; use small letters, digits and dashes", args.id);
    }
    let folder = args.folder.join(&args.id);
    if folder.exists() {
        bail!("{} is there already; choose another name", folder.display());
    }
    let by = who(args.by.as_deref())?;
    let real = if args.from.is_empty() {
        Held::open(&args.copy, global)?.case(&args.case)?
    } else {
        find(&args.from, &args.case)?
    };
    let made = convert(&real, &args.id, &by)
        .with_context(|| format!("on {} nobody answered a customer: there is nothing to practise", args.case))?;
    std::fs::create_dir_all(folder.join("articles"))?;
    for (name, text) in [("scenario.toml", &made.scenario), ("examples.toml", &made.examples)] {
        let file = folder.join(name);
        std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    let rows: Vec<Vec<String>> = made.replaced.into_iter().map(|(from, to)| vec![from, to]).collect();
    table(&["REPLACED", "BY"], &rows, "Nothing had to be replaced.")?;
    say(&format!(
        "{} is written. Read every line and change what could lead to a person; then somebody else reads it: cordboard sandbox release {}",
        folder.join("scenario.toml").display(),
        folder.display()
    ))
}

fn who(by: Option<&str>) -> anyhow::Result<String> {
    let named = by.map(str::to_owned).or_else(|| std::env::var("USER").ok()).unwrap_or_default();
    if named.trim().is_empty() {
        bail!("say who you are: --by NAME");
    }
    Ok(named.trim().to_owned())
}

/// The case in the files of an export, with everybody's names.
fn find(files: &[PathBuf], reference: &str) -> anyhow::Result<Real> {
    let (mut case, mut customers, mut agents) = (None, BTreeMap::new(), BTreeMap::new());
    let (mut reasons, mut outcomes) = (BTreeMap::new(), BTreeMap::new());
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    for file in files {
        let open = std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        for (i, line) in BufReader::new(open).lines().enumerate() {
            let line = line.with_context(|| format!("{} cannot be read", file.display()))?;
            if line.trim().is_empty() {
                continue;
            }
            let record: Value = serde_json::from_str(&line).map_err(|error| {
                anyhow::anyhow!("{}:{}: it is no line of an export ({error}); export it again", file.display(), i + 1)
            })?;
            match record["type"].as_str() {
                Some("customer") => drop(customers.insert(word(&record, "ref"), record)),
                Some("agent") => drop(agents.insert(word(&record, "login"), word(&record, "name"))),
                Some("reason") => drop(reasons.insert(word(&record, "path"), word(&record, "label"))),
                Some("outcome") => drop(outcomes.insert(word(&record, "key"), word(&record, "label"))),
                Some("case") | None if record["ref"] == reference => case = Some(record),
                _ => {}
            }
        }
    }
    let Some(case) = case else {
        bail!("there is no case {reference} in this export; cases are named as in it: #4821");
    };
    if !matches!(case["status"].as_str(), Some("solved" | "closed")) {
        bail!("{reference} is not over; only a solved or closed case can be practised on");
    }
    let messages = case["messages"].as_array().cloned().unwrap_or_default();
    let said = messages.iter().filter(|m| m["kind"] == "message" && m["from"] != "system");
    let said = said.map(|m| (m["from"] == "customer", word(m, "body"))).collect();
    let last = case["wrap_ups"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    let note = last["note"].as_u64().and_then(|n| messages.get(n as usize)).map_or(String::new(), |m| word(m, "body"));
    let label = |labels: &BTreeMap<String, String>, key: &str| {
        let key = if last[key].is_string() { word(&last, key) } else { word(&case, key) };
        labels.get(&key).cloned().unwrap_or(key)
    };
    let customer = word(&case, "customer");
    let (name, handle) = match customers.get(&customer) {
        Some(record) => (word(record, "name"), word(record, "handle")),
        None => bail!(
            "{reference} is of {customer}, who is not in this export; export all of it, so that the name is known"
        ),
    };
    let logins = messages.iter().filter_map(|m| m["author"].as_str());
    let mut others: Vec<String> =
        logins.flat_map(|login| [login.to_owned(), agents.get(login).cloned().unwrap_or_default()]).collect();
    others.extend([handle, customer]);
    others.extend(agents.into_values());
    others.retain(|name| !name.is_empty());
    others.sort();
    others.dedup();
    let language = word(&case, "language");
    let spoken = library::languages().contains(&language.split(['-', '_']).next().unwrap_or_default());
    Ok(Real {
        subject: word(&case, "subject"),
        channel: match case["channel"].as_str() {
            Some("voice") => "voice",
            Some("email") => "email",
            _ => "chat",
        }
        .to_owned(),
        locale: if spoken { language } else { "en-GB".to_owned() },
        customer: name,
        others,
        said,
        note,
        ended: (label(&reasons, "reason"), label(&outcomes, "outcome")),
    })
}

/// Releases a draft, by somebody who has read it.
pub(super) fn release(args: &Release) -> anyhow::Result<()> {
    let file = args.folder.join("scenario.toml");
    let (_, folder) = below(&args.folder)?.into_iter().next().filter(|_| file.is_file()).with_context(|| {
        format!("{} is no scenario's folder; name one that holds a scenario.toml", args.folder.display())
    })?;
    let ready = library::ready(&folder).map_err(|faults| anyhow::anyhow!(faults_in_words(&faults)))?;
    let Some(draft) = &ready.scenario.draft else {
        bail!("{} was not made of a real case and needs no release", ready.scenario.id);
    };
    if draft.is_released() {
        bail!("{} was released by {}", ready.scenario.id, draft.released);
    }
    let by = who(args.by.as_deref())?;
    if by.to_lowercase() == draft.by.trim().to_lowercase() {
        bail!("{} was made by {}; another person reads and releases it (--by NAME)", ready.scenario.id, draft.by);
    }
    let mut faults: Vec<_> = lint::lint(&folder.file, &folder.text, &ready, &slugs(&folder));
    faults.retain(|fault| !fault.mild);
    if !faults.is_empty() {
        bail!("it cannot be released yet:\n{}", faults_in_words(&faults));
    }
    let left = traces::real(&format!("{}\n{}", folder.text, folder.examples));
    if let Some(trace) = left.first() {
        bail!("{} {}; {}", trace.text, trace.kind.looks(), trace.kind.mend());
    }
    if !args.read {
        say(&folder.text)?;
        return say("Read all of it. Is there nobody in it who could be found? Then: the same command with --read");
    }
    let released = folder.text.replacen("released = \"\"", &format!("released = {}", serde_json::to_string(&by)?), 1);
    if released == folder.text {
        bail!("{}: there is no line released = \"\" under [draft]; put it there", file.display());
    }
    write(&file, &released)?;
    say(&format!("{} is released by {by}.", ready.scenario.id))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

/// A form for a trainer to score a kept attempt with, for calibration.
pub(super) fn sheet(file: &Path) -> anyhow::Result<()> {
    let kept = super::readiness::read(file)?;
    let mut form = format!(
        "# {}: true for what you saw, false for what you did not. Then: cordboard sandbox calibrate\n",
        kept.attempt.scenario
    );
    for line in &kept.report.lines {
        form.push_str(&format!("\n# {}\n", line.line.word()));
        for (n, why) in line.why.iter().enumerate() {
            let turn = why.turn.map_or(String::new(), |turn| format!(" (turn {turn})"));
            form.push_str(&format!(
                "{}-{} = false  # {}{turn}\n",
                line.line.word(),
                n + 1,
                why.words.replace('\n', " ")
            ));
        }
    }
    say(form.trim_end())
}

/// The text of a script that was kept.
pub(super) fn kept(file: &Path) -> anyhow::Result<String> {
    text(&file.with_extension("txt"))
}
