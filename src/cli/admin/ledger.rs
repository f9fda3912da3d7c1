//! The ledger as a whole: copies, the way back, and the proof that it is true.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cli::books::Office;
use crate::cli::places::{Places, private_folder};
use crate::cli::say::{say, table};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::row::Entity;
use crate::store::outside::copies;

pub(super) fn backup(office: &mut dyn Office, places: &Places, file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        bail!("{} is there already; choose another name, a backup never replaces a file", file.display());
    }
    // A server has another folder than this shell; the file belongs where this command was given.
    let whole = std::path::absolute(file).with_context(|| format!("{} is no place for a file", file.display()))?;
    // What the channels keep is copied first: what comes in between is in the ledger, and known there when it is
    // brought again.
    let channels = copies::beside(&whole);
    if copies::backup(&places.data, &channels)? {
        say(&format!("{} holds what the channels keep; it goes with the ledger's copy.", channels.display()))?;
    }
    office.backup(&whole)?;
    let size = std::fs::metadata(&whole).map(|m| m.len()).unwrap_or_default();
    say(&format!("{} holds the ledger up to event {} ({} kB).", file.display(), office.head()?, size.div_ceil(1024)))
}

pub(super) fn restore(places: &Places, file: &Path) -> anyhow::Result<()> {
    if !file.is_file() {
        bail!("{} cannot be read; name a file that `cordboard admin backup` made", file.display());
    }
    private_folder(&places.data)?;
    let aside = crate::store::ledger_sqlite::restore(file, &places.data)?;
    let channels = copies::beside(file);
    if channels.is_dir() {
        copies::restore(&channels, &places.data)?;
    }
    if let Some(aside) = aside {
        eprintln!("The ledger that was there is kept as {}.", aside.display());
    }
    say(&format!(
        "{} holds the ledger of the backup. Desks notice and send again what is newer than it.",
        places.data.display()
    ))
}

pub(super) fn verify(office: &mut dyn Office) -> anyhow::Result<()> {
    let found = office.verify()?;
    if found.faults.is_empty() {
        return say(&format!("{} events make exactly the {} rows there are.", found.events, found.rows));
    }
    for fault in &found.faults {
        say(fault)?;
    }
    bail!(
        "ledger and rows differ in {} places; restore a backup, and keep this folder for whoever looks into it",
        found.faults.len()
    )
}

pub(super) fn status(office: &mut dyn Office, places: &Places) -> anyhow::Result<()> {
    let count = |office: &mut dyn Office, entity: Entity| -> anyhow::Result<u64> {
        let mut count = 0;
        let mut after = 0;
        loop {
            let page = office.page(entity, after, 5_000)?;
            let Some(last) = page.last() else { return Ok(count) };
            after = last.id();
            count += page.len() as u64;
        }
    };
    let status = office.status()?;
    let served = match (office.is_served(), &status.address) {
        (true, Some((host, port))) => format!("running, desks reach it at {host}:{port}"),
        (true, None) => "running, for this machine only".to_owned(),
        (false, _) => "not running".to_owned(),
    };
    let mut rows = vec![
        vec!["Ledger".to_owned(), places.ledger().display().to_string()],
        vec!["Server".to_owned(), served],
        vec!["Events".to_owned(), status.head.to_string()],
    ];
    let kinds = [
        ("Queues", Entity::Queue),
        ("Agents", Entity::Agent),
        ("Customers", Entity::Customer),
        ("Cases", Entity::Case),
        ("Articles", Entity::ArticleHead),
        ("Open interactions", Entity::Interaction),
    ];
    for (word, entity) in kinds {
        rows.push(vec![word.to_owned(), count(office, entity)?.to_string()]);
    }
    let active = office.devices()?.iter().filter(|d| d.active).count();
    rows.push(vec!["Desks".to_owned(), format!("{active}, {} with a link", status.sessions)]);
    for (queue, count, oldest_ms) in status.waiting.iter().filter(|(_, count, _)| *count > 0) {
        let oldest = crate::domain::refusal::ago(*oldest_ms);
        rows.push(vec![format!("Waiting in {queue}"), format!("{count}, the first for {oldest}")]);
    }
    for channel in &status.channels {
        let how = if channel.well { "" } else { "TROUBLE: " };
        let since = crate::domain::refusal::ago(SystemClock::new().now().since(channel.since));
        rows.push(vec![format!("Channel {}", channel.name), format!("{how}{} ({since})", channel.words)]);
    }
    table(&["WHAT", ""], &rows, "")
}
