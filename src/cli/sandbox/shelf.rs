//! The scenarios there are: those that come with the program, and those of the user's folder beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::args::More;
use crate::cli::args::Global;
use crate::cli::places::Places;
use crate::cli::sample;
use crate::config::nearest;
use crate::sandbox::library::{self, Folder};
use crate::sandbox::read::{Fault, Ready};
use crate::sandbox::scenario::Draft;

/// In the folder of a scenario.
const FILE: &str = "scenario.toml";
/// Beside it.
const EXAMPLES: &str = "examples.toml";
/// Largest file that is read, bytes.
const MOST: u64 = 1 << 20;

/// What there is.
pub(super) struct Shelf {
    folders: BTreeMap<String, Folder>,
}

impl Shelf {
    /// What comes with the program, and what the user has; of the same name the user's.
    pub(super) fn open(more: &More, global: &Global) -> anyhow::Result<Shelf> {
        let mut folders = library::folders();
        let own = match &more.scenarios {
            Some(named) => {
                if !named.is_dir() {
                    bail!("there is no folder {}", named.display());
                }
                named.clone()
            }
            None => own_folder(&Places::find(global, None)?),
        };
        if own.is_dir() {
            folders.extend(below(&own)?);
        }
        Ok(Shelf { folders })
    }

    /// One of them, ready to play.
    pub(super) fn ready(&self, id: &str) -> anyhow::Result<Ready> {
        let ready = self.any(id)?;
        if !released(&ready) {
            bail!("{id} was made of a real case and nobody else has released it; cordboard sandbox release does");
        }
        Ok(ready)
    }

    /// One of them, also one that nobody has released, for who works on it.
    pub(super) fn any(&self, id: &str) -> anyhow::Result<Ready> {
        let folder = self.folder(id)?;
        library::ready(folder).map_err(|faults| anyhow::anyhow!(faults_in_words(&faults)))
    }

    /// One of them.
    pub(super) fn folder(&self, id: &str) -> anyhow::Result<&Folder> {
        self.folders.get(id).with_context(|| {
            let near = nearest(id, self.folders.keys().map(String::as_str));
            let way_out = near.map_or_else(
                || "`cordboard sandbox list` prints them".to_owned(),
                |near| format!("did you mean {near}?"),
            );
            format!("there is no scenario {id:?}; {way_out}")
        })
    }

    /// All that can be played, by id; what cannot is left out.
    pub(super) fn all(&self) -> Vec<Ready> {
        self.folders.values().filter_map(|folder| library::ready(folder).ok()).filter(released).collect()
    }
}

fn released(ready: &Ready) -> bool {
    ready.scenario.draft.as_ref().is_none_or(Draft::is_released)
}

/// Where the user's own scenarios are.
pub(super) fn own_folder(places: &Places) -> PathBuf {
    places.config.parent().unwrap_or(Path::new(".")).join("scenarios")
}

/// The scenarios of a folder: it is one, or holds some.
pub(super) fn below(folder: &Path) -> anyhow::Result<BTreeMap<String, Folder>> {
    let one = folder.join(FILE);
    if one.is_file() {
        return Ok([(name(folder), read(folder)?)].into());
    }
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut found = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        if path.join(FILE).is_file() {
            found.insert(name(&path), read(&path)?);
        }
    }
    Ok(found)
}

fn name(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read(folder: &Path) -> anyhow::Result<Folder> {
    let file = folder.join(FILE);
    let mut articles = Vec::new();
    let shelf = folder.join("articles");
    if shelf.is_dir() {
        for entry in std::fs::read_dir(&shelf)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "md") {
                articles.push((name(&path), text(&path)?));
            }
        }
        articles.sort();
    }
    let beside = folder.join(EXAMPLES);
    let examples = if beside.is_file() { text(&beside)? } else { String::new() };
    Ok(Folder { file: file.display().to_string(), text: text(&file)?, examples, articles })
}

/// The text of a file that someone may have put there.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let size = std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?.len();
    if size > MOST {
        bail!("{} is larger than a megabyte", path.display());
    }
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Slugs of the articles a scenario of this folder may name: its own, and those of the made-up firm.
pub(super) fn slugs(folder: &Folder) -> BTreeSet<String> {
    let slug = |name: &str| name.strip_suffix(".md").unwrap_or(name).to_owned();
    let own = folder.articles.iter().map(|(name, _)| slug(name));
    own.chain(sample::article_names().map(slug)).collect()
}

/// Faults, one a line.
pub(super) fn faults_in_words(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}
