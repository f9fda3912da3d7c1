//! Which language the desk speaks: the one configured, else that of the locale, with what a file of the agent's own
//! says otherwise.

use std::path::Path;

use crate::config::Problem;
use crate::config::table::Desk;
use crate::lang::{Catalogue, Fault, LANGUAGES};

/// Asks LC_ALL, LC_MESSAGES and LANG.
const AUTO: &str = "auto";

/// The language of the desk, `None` for English, and what is wrong with the choice or the file.
pub fn chosen(desk: &Desk, config: &Path) -> (Option<&'static Catalogue>, Vec<Problem>) {
    let asked = locale(desk);
    let base = asked.split('-').next().unwrap_or_default();
    let folder = config.parent().unwrap_or(Path::new("")).join("lang");
    let plain = |code: &&str| code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    for code in [asked.as_str(), base].into_iter().filter(plain) {
        let path = folder.join(format!("{code}.toml"));
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let (catalogue, faults) = Catalogue::with_file(code, &path, &text);
                return (Some(catalogue), faults.into_iter().map(|fault| problem(&path, fault)).collect());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let problem = Problem::file(&path, format!("it cannot be read: {error}"), "save it as UTF-8 text");
                return (Catalogue::of(base), vec![problem]);
            }
        }
    }
    let known = Catalogue::of(base);
    if known.is_some() || base == "en" || desk.language == AUTO {
        return (known, Vec::new());
    }
    let codes: Vec<&str> = ["en"].into_iter().chain(LANGUAGES.iter().map(|l| l.code)).collect();
    let problem = Problem {
        origin: config.display().to_string(),
        line: None,
        key: "desk.language".into(),
        what: format!("there is no language {:?}; there is {}", desk.language, codes.join(", ")),
        hint: format!("English is used instead; words of your own belong in {}", folder.join("xx.toml").display()),
    };
    (known, vec![problem])
}

/// The language of whoever sits here, as a BCP 47 tag: the one chosen, else the machine's.
pub fn locale(desk: &Desk) -> String {
    if desk.language != AUTO && !desk.language.is_empty() {
        return desk.language.replace('_', "-");
    }
    let set = |name: &&str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
    let tag = locale.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    if matches!(tag.as_str(), "" | "C" | "POSIX") { "en".to_owned() } else { tag }
}

fn problem(path: &Path, fault: Fault) -> Problem {
    let mut problem = Problem::file(path, fault.what, fault.hint);
    problem.line = Some(fault.line);
    problem.key = fault.key;
    problem
}
