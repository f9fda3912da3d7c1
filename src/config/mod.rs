//! Settings: built-in < chosen on the desk < file < environment < flag, each value checked where it was written.
//!
//! It must not know the terminal, the store or the network; it names keys but does not know what they do. One
//! invariant: loading never fails as a whole. A value that cannot be understood keeps its default and is reported
//! as a [`Problem`] with file, line, key and a hint. Start reading at [`table`]: one row there is everything there
//! is to say about a setting.

mod chosen;
mod example;
mod file;
mod nearest;
mod problem;
mod setting;
pub mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use chosen::keep;
pub use example::{KeyRow, example};
pub use nearest::nearest;
pub use problem::Problem;
pub use setting::{Setting, Value};
pub use table::{Config, SETTINGS};

/// Keys for one action in one context, as the file has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Which layer of the keymap, as in `[keys.<context>]`.
    pub context: String,
    /// The action's name.
    pub action: String,
    /// Keys that do it; empty takes every key away from it.
    pub keys: Vec<String>,
    /// Where it was written, for what the keymap has to say about it.
    pub line: Option<usize>,
}

impl Binding {
    /// A report about this binding; the keymap knows what is wrong, this knows where it stands.
    pub fn problem(&self, file: &Path, what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            origin: file.display().to_string(),
            line: self.line,
            key: format!("keys.{}.{}", self.context, self.action),
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// Where settings come from, lowest layer first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// What was chosen on the desk itself; it may be missing.
    pub chosen: Option<PathBuf>,
    /// The file. One that was not asked for by name may be missing.
    pub file: Option<PathBuf>,
    /// Whether someone named the file, so that it must be there.
    pub named: bool,
    /// The environment: every `CORDBOARD_…` variable; others are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags: `section.key` and the value as typed.
    pub flags: Vec<(String, String)>,
}

/// Variables that are no settings: they say where files are.
pub const PLACES: [&str; 3] = ["CORDBOARD_CONFIG", "CORDBOARD_DATA", "CORDBOARD_STATE"];

/// Settings with what was wrong about them.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The settings; what could not be understood has its default.
    pub config: Config,
    /// What could not be understood, in the order it was read.
    pub problems: Vec<Problem>,
}

/// Reads every layer.
pub fn load(sources: &Sources) -> Loaded {
    let mut loaded = Loaded::default();
    if let Some((path, text)) = sources.chosen.as_ref().and_then(|p| Some((p, std::fs::read_to_string(p).ok()?))) {
        file::read(path, &text, &mut loaded);
    }
    if let Some(path) = &sources.file {
        match std::fs::read(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => file::read(path, &text, &mut loaded),
                Err(wrong) => {
                    let before = &wrong.as_bytes()[..wrong.utf8_error().valid_up_to()];
                    let line = before.split(|byte| *byte == b'\n').count();
                    let mut problem = Problem::file(path, "it is not UTF-8 text", "save it as UTF-8");
                    problem.line = Some(line);
                    loaded.problems.push(problem);
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !sources.named => {}
            Err(error) => {
                let hint = "check the path, or leave out --config to use the usual one";
                loaded.problems.push(Problem::file(path, format!("it cannot be read: {error}"), hint));
            }
        }
    }
    for (name, text) in &sources.environment {
        environment(name, text, &mut loaded);
    }
    for (key, text) in &sources.flags {
        text_layer("--set", key, text, &mut loaded);
    }
    loaded
}

/// `CORDBOARD_SERVER_RATE_LIMIT` is `server.rate_limit`.
fn environment(name: &str, text: &str, loaded: &mut Loaded) {
    let Some(rest) = name.strip_prefix("CORDBOARD_") else { return };
    if PLACES.contains(&name) {
        return;
    }
    if let Some(setting) = SETTINGS.iter().find(|s| s.variable() == name) {
        return text_layer(name, &setting.path(), text, loaded);
    }
    let names: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    loaded.problems.push(Problem {
        origin: "environment".into(),
        line: None,
        key: name.to_owned(),
        what: format!("there is no setting {}", rest.to_lowercase()),
        hint: file::did_you_mean(name, names.iter().map(String::as_str).chain(PLACES)),
    });
}

fn text_layer(origin: &str, key: &str, text: &str, loaded: &mut Loaded) {
    let report =
        |what: String, hint: String| Problem { origin: origin.to_owned(), line: None, key: key.to_owned(), what, hint };
    let Some(setting) = table::find(key) else {
        let paths: Vec<String> = SETTINGS.iter().map(Setting::path).collect();
        let hint = file::did_you_mean(key, paths.iter().map(String::as_str));
        return loaded.problems.push(report("there is no such setting".into(), hint));
    };
    if let Err(wrong) = setting.set_text(&mut loaded.config, text) {
        let kept = setting.kept(&loaded.config);
        loaded.problems.push(report(wrong, kept));
    }
}
