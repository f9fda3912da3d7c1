//! `cordboard import`: other people's files into the ledger.
//!
//! A run reads items one by one, brings them in a batch at a time and keeps a journal; a run that was broken off
//! goes on where it stopped, and one that is repeated changes nothing. Start reading at [`bring`].

pub mod args;
pub mod bring;
pub mod journal;
pub mod report;

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::args::{Global, Import, ImportWhat};
use super::books::Books;
use super::exchange::cases::Wanted;
use super::exchange::map::{Defaults, Map};
use super::exchange::record::Record;
use super::exchange::zendesk::{Known, key_of, new_queue};
use super::exchange::{Item, Items, Place, articles, cases, customers, json, map, zendesk};
use super::places::Places;
use crate::clock::{Clock as _, SystemClock};
use crate::domain::row::{Entity, Row};
use crate::domain::time::At;
use journal::Journal;
use report::Report;

/// What the help says about articles.
pub const ARTICLES: &str = "Articles: front matter may give title, locale, tags, owner, verified-until, slug and \
internal. What is for the team only never goes to a customer: write \"internal: true\" in the front matter for a whole \
article, or end a heading with {internal} for what stands under it, up to the next heading of the same or a higher \
level.";

/// Bytes of a file read at a time.
const BUFFER: usize = 256 * 1024;
/// Queue made for cases that name none, when there is more than one to choose from.
const CATCH_ALL: &str = "imported";

/// What is to be brought in, opened.
struct Source {
    items: Items,
    /// Size in the items' own measure.
    total: u64,
    /// What to say before it begins.
    notes: Vec<String>,
}

/// Runs the command.
pub fn run(args: &Import, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    let now = SystemClock::new().now();
    for path in &args.files {
        let there = std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
        if there.is_dir() != (args.what == ImportWhat::Articles) {
            let hint =
                if there.is_dir() { "is a folder; name its files" } else { "is a file; articles come in a folder" };
            bail!("{} {hint}", path.display());
        }
    }
    if args.map.is_some() && !matches!(args.what, ImportWhat::Customers | ImportWhat::Cases) {
        bail!("--map goes with customers and cases only");
    }
    let mut books = super::office::open(&places)?;
    // Zendesk's files explain each other; all others are brought in one after the other.
    let groups: Vec<&[PathBuf]> = match args.what {
        ImportWhat::Zendesk => vec![args.files.as_slice()],
        _ => args.files.chunks(1).collect(),
    };
    for files in groups {
        one(args, files, &places, &mut *books, now)?;
    }
    Ok(())
}

fn one(args: &Import, files: &[PathBuf], places: &Places, books: &mut dyn Books, now: At) -> anyhow::Result<()> {
    let first = files.first().map_or(Path::new("."), PathBuf::as_path);
    let shown = match files {
        [_, _, ..] => format!("{} files", files.len()),
        _ => first.display().to_string(),
    };
    let listed = match args.what {
        ImportWhat::Articles => articles::find(first).with_context(|| format!("{shown} cannot be read"))?,
        _ => files.to_vec(),
    };
    let words = format!("{:?} {:?} {:?}", args.what, args.queue, args.country);
    let counted: Vec<PathBuf> = listed.iter().chain(&args.map).cloned().collect();
    let digest = journal::digest(&words, &counted).with_context(|| format!("{shown} cannot be read"))?;
    let journal = Journal::new(&places.data, &digest, &shown);
    if args.restart {
        journal.finish();
    }
    let skip = journal.read();
    let source = open(args, first, listed, books, now).with_context(|| format!("{shown} cannot be imported"))?;
    for note in &source.notes {
        eprintln!("{shown}: {note}.");
    }
    let name = first.file_name().map_or_else(|| "import".into(), |n| n.to_string_lossy().into_owned());
    let beside = first.canonicalize().unwrap_or_else(|_| first.to_owned()).with_file_name(format!("{name}.rejected"));
    let lists = vec![beside, places.data.join(format!("{name}.rejected"))];
    let mut report = Report::new(&journal, lists, source.total, skip > 0);
    let tally = bring::bring(books, source.items, skip, &mut report)
        .with_context(|| format!("{shown}: the import stopped; the same command goes on from there"));
    let list = report.finish();
    let tally = tally?;
    journal.finish();
    let list = list.with_context(|| format!("{name}.rejected cannot be written"))?;
    let mut lines = report::sentences(tally, skip, list.as_deref());
    if let Some(first) = lines.first_mut() {
        *first = format!("{shown}: {first}");
    }
    super::say::say(&lines.join("\n"))?;
    if tally.rejected > 0 && tally.made + tally.configured + tally.same == 0 {
        bail!("{shown}: nothing was brought in");
    }
    Ok(())
}

fn open(args: &Import, path: &Path, files: Vec<PathBuf>, books: &mut dyn Books, now: At) -> anyhow::Result<Source> {
    let file = || -> anyhow::Result<(BufReader<File>, u64)> {
        let file = File::open(path)?;
        let total = file.metadata()?.len();
        Ok((BufReader::with_capacity(BUFFER, file), total))
    };
    let plain = |items: Items, total: u64| Source { items, total, notes: Vec::new() };
    if let Some(map_path) = &args.map {
        let shown = map_path.display();
        let text = std::fs::read_to_string(map_path).with_context(|| format!("{shown} cannot be read"))?;
        let map = map::read(&text).map_err(|why| anyhow::anyhow!("{shown}: {why}"))?;
        return mapped(args, map, path, books, now);
    }
    Ok(match args.what {
        ImportWhat::Customers if ends(path, &["jsonl", "ndjson"]) => {
            let (file, total) = file()?;
            plain(Box::new(cases::read(file, Wanted::Customers)), total)
        }
        ImportWhat::Customers => {
            let (file, total) = file()?;
            let (items, notes) = customers::read(file, args.country.clone()).map_err(anyhow::Error::msg)?;
            Source { items: Box::new(items), total, notes }
        }
        ImportWhat::Cases => {
            let (file, total) = file()?;
            plain(Box::new(cases::read(file, Wanted::Cases)), total)
        }
        ImportWhat::Export => {
            let (file, total) = file()?;
            plain(Box::new(cases::read(file, Wanted::Everything)), total)
        }
        ImportWhat::Articles => {
            let total = files.len() as u64;
            let none = files.is_empty().then(|| "there is no Markdown in this folder".to_owned());
            let items = articles::read(path.to_owned(), files, args.locale.clone(), now);
            Source { items: Box::new(items), total, notes: none.into_iter().collect() }
        }
        ImportWhat::Zendesk => {
            let known = Known {
                queues: queues(books)?.into_iter().map(|(key, _)| key).collect(),
                agents: agents(books)?,
                queue: default_queue(args, books)?,
                country: args.country.clone(),
                now,
            };
            let (items, notes) = zendesk::read(&files, known).map_err(anyhow::Error::msg)?;
            Source { items: Box::new(items), total: 0, notes }
        }
    })
}

fn mapped(args: &Import, map: Map, path: &Path, books: &mut dyn Books, now: At) -> anyhow::Result<Source> {
    match (map.makes_customers(), args.what) {
        (true, ImportWhat::Cases) => bail!("this map makes customers: import customers"),
        (false, ImportWhat::Customers) => bail!("this map makes cases: import cases"),
        _ => {}
    }
    let file = File::open(path)?;
    let total = file.metadata()?.len();
    let queue = default_queue(args, books)?;
    let missing = !map.makes_customers() && queue == CATCH_ALL && !queues(books)?.iter().any(|(k, _)| *k == queue);
    let first = missing.then(|| {
        let record = Record::Queue(new_queue(CATCH_ALL, "Imported"));
        Item::whole(Place::Entry(0, "a queue for what names none".into()), 0, record)
    });
    let entries = json::entries(file, map.path());
    let items = map.apply(entries, Defaults { queue, country: args.country.clone(), now });
    let notes =
        missing.then(|| format!("cases that name no queue go to the new queue {CATCH_ALL}; --queue names another"));
    Ok(Source { items: Box::new(first.into_iter().chain(items)), total, notes: notes.into_iter().collect() })
}

/// Keys of the queues, and whether each is in use.
fn queues(books: &mut dyn Books) -> anyhow::Result<Vec<(String, bool)>> {
    let rows = books.all(Entity::Queue)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row {
            Row::Queue(q) => Some((q.key, q.active)),
            _ => None,
        })
        .collect())
}

fn agents(books: &mut dyn Books) -> anyhow::Result<HashMap<String, String>> {
    let rows = books.all(Entity::Agent)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row {
            Row::Agent(a) => Some((a.name.to_lowercase(), a.login)),
            _ => None,
        })
        .collect())
}

/// The queue named, else the only one, else one made for this.
fn default_queue(args: &Import, books: &mut dyn Books) -> anyhow::Result<String> {
    let queues = queues(books)?;
    if let Some(key) = &args.queue {
        if !queues.iter().any(|(k, _)| k == key) {
            let near = crate::config::nearest(key, queues.iter().map(|(k, _)| k.as_str()));
            let hint = near.map_or_else(
                || format!("make it with: cordboard admin queue set {}", key_of(key)),
                |near| format!("did you mean {near}?"),
            );
            bail!("there is no queue {key}; {hint}");
        }
        return Ok(key.clone());
    }
    let mut open = queues.iter().filter(|(_, active)| *active);
    Ok(match (open.next(), open.next()) {
        (Some((only, _)), None) => only.clone(),
        _ => CATCH_ALL.to_owned(),
    })
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|e| endings.contains(&e.to_string_lossy().to_lowercase().as_str()))
}
