//! `config.example.toml`, made from the tables, so that it cannot be wrong.

use std::fmt::Write as _;

use super::table::{Config, SECTIONS, SETTINGS};

/// One action as the example lists it.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Its layer: the part after `keys.`.
    pub context: String,
    /// Its name.
    pub action: String,
    /// Its built-in keys.
    pub keys: Vec<String>,
    /// What it does.
    pub title: String,
}

/// The whole file, every setting at its default and commented out.
pub fn example(keys: &[KeyRow]) -> String {
    // Writing to a String never fails.
    let mut text = String::from(HEAD);
    let defaults = Config::default();
    for (section, doc) in SECTIONS {
        text.push('\n');
        for line in *doc {
            let _ = writeln!(text, "#{line}");
        }
        let _ = writeln!(text, "[{section}]");
        for setting in SETTINGS.iter().filter(|s| s.section == *section) {
            text.push('\n');
            for line in setting.doc {
                let _ = writeln!(text, "#{line}");
            }
            let _ = writeln!(text, "# May be: {}.", (setting.wants)());
            let _ = writeln!(text, "#{} = {}", setting.key, (setting.show)(&defaults));
        }
    }
    text.push_str(KEYS);
    let mut context = "";
    for row in keys {
        if row.context != context {
            let _ = writeln!(text, "\n[keys.{}]", row.context);
            context = &row.context;
        }
        let shown = match row.keys.as_slice() {
            [] => "\"none\"".to_owned(),
            [one] => super::setting::quoted(one),
            several => super::Value::show(&several.to_vec()),
        };
        let _ = writeln!(text, "#{} = {shown} # {}", row.action, row.title);
    }
    text
}

const HEAD: &str = "\
# Settings of Cordboard. Every key there is, each with its built-in value.
#
# Copy this file to the place `cordboard paths` names, take the # away from what you want to change, and leave out
# the rest. A value that cannot be understood is reported with its line and the built-in one is used; everything
# else still holds. `cordboard --strict` stops instead.
#
# Each setting can also be given as a variable (desk.theme is CORDBOARD_DESK_THEME) or for one start
# (--set desk.theme=mono). A flag beats a variable, a variable beats this file.
";

const KEYS: &str = "
# Keys. An action takes one key, a list of them, or \"none\" to take its keys away. A key is written as on the desk:
# \"a\", \"G\", \"ctrl-p\", \"alt-enter\", \"f1\", \"pagedown\"; keys pressed one after the other stand with a space between:
# \"g q\". `cordboard keys` prints the result.
";
