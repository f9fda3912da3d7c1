//! Attempts as they are kept: one report as Markdown, one as JSON and the inputs as a script, in a folder of their own.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::readiness::{Kept, read};
use crate::cli::places::private_folder;
use crate::domain::time::At;
use crate::sandbox::play::{Input, State};
use crate::sandbox::ramp::{Attempt, attempt};
use crate::sandbox::read::Ready;
use crate::sandbox::report::{Mode, report};
use crate::sandbox::{markdown, script};

/// The attempts of one trainee on this machine.
pub(super) struct Attempts {
    folder: PathBuf,
    who: String,
    all: Vec<Attempt>,
}

/// What was kept of one.
pub(super) struct Written {
    /// What it was worth, and why.
    pub(super) summary: String,
    /// Where the whole of it is.
    pub(super) file: PathBuf,
    /// As it counts.
    pub(super) attempt: Attempt,
}

impl Attempts {
    /// Those in this folder; files that are none are passed over.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Attempts> {
        private_folder(folder)?;
        let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        let files = entries.filter_map(|e| e.ok().map(|e| e.path()));
        let files = files.filter(|p| p.extension().is_some_and(|e| e == "json"));
        let mut all: Vec<Attempt> = files.filter_map(|file| read(&file).ok()).map(|kept| kept.attempt).collect();
        all.sort_by_key(|a| a.at);
        let who = std::env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "trainee".to_owned());
        Ok(Attempts { folder: folder.to_owned(), who, all })
    }

    /// All of them, oldest first.
    pub(super) fn all(&self) -> &[Attempt] {
        &self.all
    }

    /// How often a scenario was tried.
    pub(super) fn of(&self, scenario: &str) -> u64 {
        self.all.iter().filter(|a| a.scenario == scenario).count() as u64
    }

    /// Judges and keeps one.
    pub(super) fn keep(
        &mut self,
        ready: &Ready,
        state: &State,
        inputs: &[Input],
        mode: Mode,
        now: At,
    ) -> anyhow::Result<Written> {
        let s = &ready.scenario;
        let before: Vec<u32> = self.all.iter().filter(|a| a.scenario == s.id).map(|a| a.total).collect();
        let report = report(ready, state, mode);
        let attempt = attempt(s, &report, now.0);
        let stem = format!("{}-{}", now.0, s.id);
        let file = self.folder.join(format!("{stem}.md"));
        let kept = Kept { who: self.who.clone(), attempt: attempt.clone(), report };
        let script = script::recorded(&s.id, state.attempt, inputs);
        for (ending, text) in [
            ("md", markdown::markdown(ready, &kept.report, state, &before)),
            ("txt", script),
            ("json", serde_json::to_string_pretty(&kept)?),
        ] {
            let file = self.folder.join(format!("{stem}.{ending}"));
            std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        self.all.push(attempt.clone());
        Ok(Written { summary: markdown::summary(s, &kept.report, &before), file, attempt })
    }
}
