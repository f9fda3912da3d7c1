//! The file layer: TOML with a line for every complaint, salvaged key by key.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::setting::Setting;
use super::table::{SECTIONS, SETTINGS, find};
use super::{Binding, Loaded, Problem, nearest};

/// Reads the file's text over what is loaded so far.
pub(super) fn read(path: &Path, text: &str, loaded: &mut Loaded) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut broken = Vec::new();
    for error in errors {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        if !broken.contains(&line) {
            broken.push(line);
            let mut problem = Problem::file(path, error.message().trim(), "this line is left out");
            problem.line = Some(line);
            loaded.problems.push(problem);
        }
    }
    let reader = Reader { path, text, broken };
    for (name, value) in root.get_ref() {
        reader.section(name, value, loaded);
    }
    loaded.problems.sort_by_key(|p| p.line);
}

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    /// Lines that are no TOML; what the parser made of them is not what was meant.
    broken: Vec<usize>,
}

type Name<'i> = Spanned<std::borrow::Cow<'i, str>>;

impl Reader<'_> {
    fn section(&self, name: &Name<'_>, value: &Spanned<DeValue<'_>>, loaded: &mut Loaded) {
        let word = name.get_ref().as_ref();
        let known = SECTIONS.iter().map(|(section, _)| *section).chain(["keys"]);
        let Some(table) = value.get_ref().as_table() else {
            if self.is_broken(name) {
                return;
            }
            let hint = match SETTINGS.iter().find(|s| s.key == word) {
                Some(setting) => format!("it belongs under [{}]", setting.section),
                None => did_you_mean(word, known),
            };
            loaded.problems.push(self.at(name, word, "there is no such setting at the top of the file", hint));
            return;
        };
        if word == "keys" {
            for (context, actions) in table {
                self.bindings(context, actions, loaded);
            }
        } else if SECTIONS.iter().any(|(section, _)| *section == word) {
            for (key, value) in table {
                self.setting(word, key, value, loaded);
            }
        } else {
            loaded.problems.push(self.at(name, word, "there is no such section", did_you_mean(word, known)));
        }
    }

    fn setting(&self, section: &str, key: &Name<'_>, value: &Spanned<DeValue<'_>>, loaded: &mut Loaded) {
        if self.is_broken(key) {
            return;
        }
        let path = format!("{section}.{}", key.get_ref());
        let Some(setting) = find(&path) else {
            loaded.problems.push(self.at(key, &path, "there is no such setting", hint_for(section, key.get_ref())));
            return;
        };
        let set = match owned(value.get_ref()) {
            Some(value) => (setting.set)(&mut loaded.config, &value),
            None => Err(format!("it should be {}", (setting.wants)())),
        };
        if let Err(wrong) = set {
            let kept = setting.kept(&loaded.config);
            loaded.problems.push(self.at(value, &path, wrong, kept));
        }
    }

    fn bindings(&self, context: &Name<'_>, actions: &Spanned<DeValue<'_>>, loaded: &mut Loaded) {
        let Some(table) = actions.get_ref().as_table() else {
            let path = format!("keys.{}", context.get_ref());
            let hint = "write [keys.<context>] and under it action = \"key\"";
            loaded.problems.push(self.at(context, &path, "keys stand in a section of their own", hint));
            return;
        };
        for (action, value) in table {
            if self.is_broken(action) {
                continue;
            }
            let keys = match value.get_ref() {
                DeValue::String(one) if one == "none" => Some(Vec::new()),
                DeValue::String(one) => Some(vec![one.to_string()]),
                DeValue::Array(list) => {
                    list.iter().map(|v| v.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
                }
                _ => None,
            };
            let (context, action_name) = (context.get_ref().to_string(), action.get_ref().to_string());
            let Some(keys) = keys else {
                let path = format!("keys.{context}.{action_name}");
                let what = "a key is text in quotes, a list of them, or \"none\"";
                loaded.problems.push(self.at(value, &path, what, "the built-in key stays"));
                continue;
            };
            let line = Some(line_of(self.text, action.span().start));
            loaded.config.keys.push(Binding { context, action: action_name, keys, line });
        }
    }

    fn is_broken(&self, name: &Name<'_>) -> bool {
        self.broken.contains(&line_of(self.text, name.span().start))
    }

    fn at<T>(&self, place: &Spanned<T>, key: &str, what: impl Into<String>, hint: impl Into<String>) -> Problem {
        let mut problem = Problem::file(self.path, what, hint);
        problem.line = Some(line_of(self.text, place.span().start));
        key.clone_into(&mut problem.key);
        problem
    }
}

/// "did you mean", or where to look.
pub(super) fn did_you_mean<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean {near}?"),
        None => "config.example.toml lists every setting".into(),
    }
}

/// The nearest key of the section; else the same key in another one.
fn hint_for(section: &str, key: &str) -> String {
    let here = SETTINGS.iter().filter(|s| s.section == section).map(|s| s.key);
    if let Some(near) = nearest(key, here) {
        return format!("did you mean {near}?");
    }
    if let Some(elsewhere) = SETTINGS.iter().find(|s| s.key == key) {
        return format!("it belongs under [{}]", elsewhere.section);
    }
    let paths: Vec<String> = SETTINGS.iter().map(Setting::path).collect();
    did_you_mean(&format!("{section}.{key}"), paths.iter().map(String::as_str))
}

fn line_of(text: &str, byte: usize) -> usize {
    1 + text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count()
}

/// The value on its own; `None` for kinds no setting has.
fn owned(value: &DeValue<'_>) -> Option<toml::Value> {
    Some(match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            toml::Value::Integer(i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()?)
        }
        DeValue::Float(number) => toml::Value::Float(number.as_str().replace('_', "").parse().ok()?),
        DeValue::Boolean(yes) => toml::Value::Boolean(*yes),
        DeValue::Array(list) => {
            toml::Value::Array(list.iter().map(|v| owned(v.get_ref())).collect::<Option<Vec<_>>>()?)
        }
        DeValue::Datetime(at) => toml::Value::Datetime(*at),
        DeValue::Table(_) => return None,
    })
}
