//! The scenarios that come with the program, packed by the build, and others beside them.
//!
//! Knows files only as names and texts. One invariant: a scenario is in one language, and customers of that language
//! have words.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::OnceLock;

use flate2::bufread::DeflateDecoder;

use super::read::{self, Examples, Fault, Ready};

const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/scenarios.deflate"));
/// Ends a name, and a text.
const END: char = '\u{1e}';
/// In the folder of a scenario.
const FILE: &str = "scenario.toml";
/// Beside it: what people say for what counts.
const EXAMPLES: &str = "examples.toml";

/// A scenario as it lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folder {
    /// Where its file is, for people.
    pub file: String,
    /// The text of that file.
    pub text: String,
    /// What people say for what counts, as the file beside it has it; empty for none.
    pub examples: String,
    /// Its articles: file name and text.
    pub articles: Vec<(String, String)>,
}

/// The files that come with the program, by their names below `assets/scenarios`.
fn files() -> &'static BTreeMap<&'static str, &'static str> {
    static ONCE: OnceLock<BTreeMap<&'static str, &'static str>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let mut text = String::new();
        DeflateDecoder::new(PACKED).read_to_string(&mut text).expect("invariant: the build packed it, and it was text");
        let text: &'static str = String::leak(text);
        let mut parts = text.split(END);
        std::iter::from_fn(|| parts.next().zip(parts.next())).collect()
    })
}

/// The scenarios that come with the program, by id.
pub fn folders() -> BTreeMap<String, Folder> {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    for (name, text) in files() {
        match name.split_once('/') {
            None | Some(("words", _)) => {}
            Some((id, FILE)) => {
                let folder = folders.entry(id.to_owned()).or_default();
                (folder.file, folder.text) = (format!("{id}/{FILE}"), (*text).to_owned());
            }
            Some((id, EXAMPLES)) => {
                (*text).clone_into(&mut folders.entry(id.to_owned()).or_default().examples);
            }
            Some((id, other)) => {
                let file = other.strip_prefix("articles/").unwrap_or(other);
                folders.entry(id.to_owned()).or_default().articles.push((file.to_owned(), (*text).to_owned()));
            }
        }
    }
    folders
}

/// Languages customers speak, as codes.
pub fn languages() -> Vec<&'static str> {
    files()
        .keys()
        .filter_map(|name| name.strip_prefix("words/")?.strip_suffix(".toml").filter(|code| !code.contains('.')))
        .collect()
}

/// Makes a scenario ready to play.
///
/// # Errors
/// Everything that keeps it from being played.
pub fn ready(folder: &Folder) -> Result<Ready, Vec<Fault>> {
    let scenario = read::scenario(&folder.file, &folder.text).map_err(|fault| vec![fault])?;
    let language = scenario.locale.split(['-', '_']).next().unwrap_or_default();
    let name = format!("words/{language}.toml");
    let Some(text) = files().get(name.as_str()) else {
        return Err(vec![Fault {
            file: folder.file.clone(),
            line: folder.text.lines().position(|l| l.starts_with("locale")).map_or(0, |i| i + 1),
            what: format!("customers have no words in {:?}", scenario.locale),
            hint: format!("choose one of {}", languages().join(", ")),
            mild: false,
        }]);
    };
    let words = read::words(&name, text).map_err(|fault| vec![fault])?;
    let common = format!("words/{language}.{EXAMPLES}");
    let mut examples = match files().get(common.as_str()) {
        Some(text) => read::examples(&common, text).map_err(|fault| vec![fault])?,
        None => Examples::new(),
    };
    let beside = folder.file.replace(FILE, EXAMPLES);
    examples.extend(read::examples(&beside, &folder.examples).map_err(|fault| vec![fault])?);
    Ready::new(&folder.file, scenario, &words, examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_with_the_program_is_all_there() {
        let all = folders();
        assert!(all.len() >= 21, "{}", all.len());
        assert_eq!(languages(), ["de", "en", "es", "fr"]);
        for (id, folder) in all {
            let ready = ready(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
            assert_eq!(ready.scenario.id, id);
        }
    }

    #[test]
    fn a_language_nobody_speaks_is_a_fault_with_its_line() {
        let text = crate::sandbox::template::text("x").replace("en-GB", "tlh");
        let folder = Folder { file: "x/scenario.toml".into(), text, ..Folder::default() };
        let faults = ready(&folder).map(drop).expect_err("no words");
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].to_string().contains("x/scenario.toml:7: customers have no words in \"tlh\"; choose one of de"),
            "{}",
            faults[0]
        );
    }
}
