//! A kept attempt, turn by turn: Enter goes on, b goes back, q ends; all at once where nobody types.

use std::io::{BufRead as _, IsTerminal as _, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::shelf::Shelf;
use crate::cli::args::Global;
use crate::cli::places::Places;
use crate::cli::say::say;
use crate::sandbox::turns;
use crate::sandbox::{markdown, script};

/// Steps through an attempt; without a file through the last one of the room.
pub(super) fn replay(file: Option<&Path>, shelf: &Shelf, global: &Global) -> anyhow::Result<()> {
    let file = match file {
        Some(file) => file.to_owned(),
        None => last(&Places::find(global, None)?.state.join("sandbox/attempts"))?,
    };
    let text = super::convert::kept(&file)?;
    let place = file.display();
    let (Some(attempt), Some(scenario)) = (script::attempt(&text), script::scenario(&text)) else {
        bail!("{place} is no kept attempt; name one of the files in sandbox/attempts");
    };
    let ready = shelf.any(scenario)?;
    let steps = script::read(&place.to_string(), &text)
        .map_err(|faults| anyhow::anyhow!(super::shelf::faults_in_words(&faults)))?;
    let (state, _) = script::play(&ready, attempt, &steps);
    let curve: Vec<(u32, i32)> = state.log.iter().map(|entry| (entry.at_s, entry.patience)).collect();
    let turns = turns::turns(&ready, &state);
    let typed = stdin().is_terminal() && stdout().is_terminal();
    say(&format!("{}\n{}\n", ready.scenario.title, markdown::curve(&curve, 60)))?;
    let mut at = 0;
    while let Some(turn) = turns.get(at) {
        say(&format!("{}\n", turns::words(&ready, turn)))?;
        at += 1;
        if !typed || at == turns.len() {
            continue;
        }
        say(t!("Enter goes on, b goes back, q ends."))?;
        let mut line = String::new();
        if stdin().lock().read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim() {
            "q" => return Ok(()),
            "b" => at = at.saturating_sub(2),
            _ => {}
        }
    }
    Ok(())
}

fn last(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(folder).ok();
    let files = entries.into_iter().flatten().filter_map(|e| e.ok().map(|e| e.path()));
    let newest = files.filter(|p| p.extension().is_some_and(|e| e == "txt")).max();
    newest.with_context(|| format!("there is no attempt in {}; play one, or name a file", folder.display()))
}
