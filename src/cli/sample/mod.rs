//! The made-up firm that comes with the program: people, customers, past cases, articles, and a dozen who wait.
//!
//! Loading has two parts, so that a desk can open after the first: [`first`] brings in what a desk shows at once,
//! [`rest`] history and knowledge. One invariant: a sample never goes into a ledger that holds anything else, and
//! a loading that was broken off goes on where it stopped.

mod articles;

use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flate2::bufread::DeflateDecoder;
use serde::{Deserialize, Serialize};

use super::books::{Books, Done};
use super::exchange::articles::{Slugs, one};
use super::exchange::cases::{self, Wanted};
use super::exchange::interaction::Waiting;
use super::exchange::record::Record;
use super::exchange::resolve::{Names, said_since, waiting};
use super::exchange::{Item, Place, customers, setup};
use super::import::bring::{Tally, Watch, bring};
use crate::domain::Command;
use crate::domain::ids::InteractionId;
use crate::domain::row::Entity;
use crate::domain::time::{At, SECOND};

/// Whose desk opens on the sample.
pub const LOGIN: &str = "ana";

const DESK: &str = include_str!("../../../assets/sample/desk.toml");
const CUSTOMERS: &str = include_str!("../../../assets/sample/customers.csv");
/// JSON lines, deflated by the build.
const CASES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cases.jsonl.deflate"));
const WAITING: &str = include_str!("../../../assets/sample/waiting.jsonl");
/// Beside the ledger: says that it holds the sample, and how far that has come.
const MARK: &str = "sample.json";

/// How far the loading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It was begun.
    Begun,
    /// A desk can open on it.
    Open,
    /// All of it is there.
    Whole,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    stage: Stage,
}

fn mark(data: &Path) -> PathBuf {
    data.join(MARK)
}

/// How far the sample in this folder has come; `None` when it holds none.
pub fn stage(data: &Path) -> Option<Stage> {
    let bytes = std::fs::read(mark(data)).ok()?;
    serde_json::from_slice::<Mark>(&bytes).ok().map(|m| m.stage)
}

fn note(data: &Path, stage: Stage) -> anyhow::Result<()> {
    let path = mark(data);
    let part = path.with_extension("part");
    std::fs::write(&part, serde_json::to_vec(&Mark { stage })?)
        .and_then(|()| std::fs::rename(&part, &path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Brings in the firm, its customers and those who wait. Refuses a ledger that holds something else.
pub fn first(books: &mut dyn Books, data: &Path, now: At) -> anyhow::Result<Stage> {
    open(books, data, now, true)
}

/// The same with nobody waiting: whoever plays the customers comes later.
pub fn empty(books: &mut dyn Books, data: &Path, now: At) -> anyhow::Result<Stage> {
    open(books, data, now, false)
}

fn open(books: &mut dyn Books, data: &Path, now: At, some_wait: bool) -> anyhow::Result<Stage> {
    let begun = match stage(data) {
        Some(stage @ (Stage::Open | Stage::Whole)) => return Ok(stage),
        Some(Stage::Begun) => true,
        None if books.head()? > 0 => bail!(
            "{} holds a desk already, and made-up customers do not belong among real ones; \
             choose another folder with --data, or leave out --sample",
            data.display()
        ),
        None => false,
    };
    note(data, Stage::Begun)?;
    let records = setup::read(DESK).map_err(anyhow::Error::msg)?;
    whole(books, records.into_iter().map(|r| Item::whole(Place::File(r.title()), 0, r)))?;
    let (items, _) = customers::read(CUSTOMERS.as_bytes(), None).map_err(anyhow::Error::msg)?;
    whole(books, items)?;
    if some_wait && !(begun && has_interactions(books)?) {
        queue_up(books, now)?;
    }
    note(data, Stage::Open)?;
    Ok(Stage::Open)
}

/// Brings in past cases and articles, newest cases last as they happened.
pub fn rest(books: &mut dyn Books, data: &Path, now: At) -> anyhow::Result<()> {
    if stage(data) != Some(Stage::Open) {
        return Ok(());
    }
    let mut slugs = Slugs::default();
    let articles = articles::ARTICLES.iter().map(|(name, text)| {
        let place = Place::File((*name).to_owned());
        match one(Path::new(name), text, "en", now, &mut slugs).0 {
            Ok(article) => Item::whole(place, 0, Record::Article(article)),
            Err(why) => Item::rejected(place, 0, why),
        }
    });
    whole(books, articles)?;
    let lines = BufReader::new(DeflateDecoder::new(CASES));
    whole(books, cases::read(lines, Wanted::Cases))?;
    note(data, Stage::Whole)
}

/// File names of the articles of the made-up firm.
pub fn article_names() -> impl Iterator<Item = &'static str> {
    articles::ARTICLES.iter().map(|(name, _)| *name)
}

/// A firm that comes with the program is known to be good: whatever is left out is a fault of the program.
pub(super) fn whole(books: &mut dyn Books, items: impl Iterator<Item = Item>) -> anyhow::Result<Tally> {
    struct Strict;
    impl Watch for Strict {
        fn rejected(&mut self, place: &Place, why: &str) -> anyhow::Result<()> {
            bail!("the made-up firm cannot be loaded: {place}: {why}")
        }
        fn warned(&mut self, _: &Place, _: &str) {}
        fn committed(&mut self, _: Tally, _: u64) -> anyhow::Result<()> {
            Ok(())
        }
    }
    bring(books, items, 0, &mut Strict)
}

fn has_interactions(books: &mut dyn Books) -> anyhow::Result<bool> {
    Ok(!books.page(Entity::Interaction, 0, 1)?.is_empty() || !books.page(Entity::WrapUp, 0, 1)?.is_empty())
}

/// Lets those who wait come in, as long ago as they have waited.
fn queue_up(books: &mut dyn Books, now: At) -> anyhow::Result<()> {
    let lines = WAITING.lines().filter(|l| !l.trim().is_empty());
    let list: Vec<Waiting> = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut names = Names::default();
    names.learn_configuration(books)?;
    let references: Vec<(Entity, String)> =
        list.iter().map(|w| (Entity::Customer, w.customer.clone().unwrap_or_default())).collect();
    let customers = books.ids(&references)?;
    let commands = list.iter().zip(customers).map(|(w, customer)| {
        waiting(&names, customer, w, now.plus(-w.waited_s.max(0) * SECOND)).map_err(anyhow::Error::msg)
    });
    let commands = commands.collect::<anyhow::Result<Vec<Command>>>()?;
    let mut more = Vec::new();
    for (w, done) in list.iter().zip(books.submit(commands)?) {
        match done {
            Done::Made(made) => {
                let opened = made.iter().find(|key| key.entity == Entity::Interaction).map(|k| InteractionId(k.id));
                more.extend(opened.map(|id| said_since(w, id)).unwrap_or_default());
            }
            Done::Refused(why) => bail!("the sample cannot be loaded: {}: {why}", w.subject),
        }
    }
    if !more.is_empty() {
        books.submit(more)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::books::memory::Memory;

    #[test]
    fn the_list_of_articles_is_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample/articles");
        let entries = std::fs::read_dir(folder).expect("the folder");
        let mut files: Vec<String> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        files.sort();
        let listed: Vec<&str> = articles::ARTICLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn it_loads_in_two_parts_and_only_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = At(1_750_000_000_000);
        let mut memory = Memory::default();
        assert_eq!(first(&mut memory, folder.path(), now).expect("loads"), Stage::Open);
        let waiting = memory.state.interactions().count();
        assert!(waiting >= 10, "{waiting} wait");
        assert!(memory.state.interactions().all(|i| i.first_enqueued < now && i.customer.is_some()));
        assert_eq!(memory.state.entity(Entity::Case).count(), waiting);
        rest(&mut memory, folder.path(), now).expect("loads");
        assert_eq!(stage(folder.path()), Some(Stage::Whole));
        assert_eq!(memory.state.entity(Entity::Case).count(), 1_500 + waiting);
        assert_eq!(memory.state.entity(Entity::ArticleHead).count(), articles::ARTICLES.len());
        let groups = memory.groups.len();
        assert_eq!(first(&mut memory, folder.path(), now).expect("is there"), Stage::Whole);
        rest(&mut memory, folder.path(), now).expect("is there");
        assert_eq!(memory.groups.len(), groups, "a second time nothing happens");
    }

    #[test]
    fn a_loading_that_broke_off_goes_on() {
        for fail_at in [0, 3, 8, 9, 10, 11, 12, 13] {
            let folder = tempfile::tempdir().expect("a folder");
            let now = At(1_750_000_000_000);
            let mut memory = Memory { fail_at: Some(fail_at), ..Memory::default() };
            let whole =
                |memory: &mut Memory| first(memory, folder.path(), now).and_then(|_| rest(memory, folder.path(), now));
            if whole(&mut memory).is_err() {
                whole(&mut memory).expect("goes on");
            }
            let mut other = Memory::default();
            let elsewhere = tempfile::tempdir().expect("a folder");
            first(&mut other, elsewhere.path(), now).expect("loads");
            assert_eq!(memory.state.interactions().count(), other.state.interactions().count(), "at {fail_at}");
            assert_eq!(memory.state.entity(Entity::Case).count() - memory.state.interactions().count(), 1_500);
        }
    }

    #[test]
    fn it_never_goes_among_real_customers() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut memory = Memory::default();
        whole(&mut memory, setup::read(DESK).expect("reads").into_iter().map(|r| Item::whole(Place::Line(1), 0, r)))
            .expect("loads");
        let why = first(&mut memory, folder.path(), At(0)).expect_err("refused").to_string();
        assert!(why.contains("holds a desk already"), "{why}");
    }
}
