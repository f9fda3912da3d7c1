//! `cordboard keys`: the keys in force, and the keys part of the example configuration.

use super::args::Global;
use super::places::Places;
use super::say::{say, table};
use crate::app::action::{Context, TABLE};
use crate::app::keymap::{Keymap, name};
use crate::config::KeyRow;

/// Runs the command.
pub fn run(global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, None)?;
    let in_force = super::settings::read(global, &places)?;
    for problem in &in_force.problems {
        eprintln!("{problem}");
    }
    for context in Context::ALL {
        let rows = rows_of(&in_force.keymap, context);
        if !rows.is_empty() {
            table(&[&context.word().to_uppercase(), "ACTION", "WHAT IT DOES"], &rows, "")?;
            say("")?;
        }
    }
    Ok(())
}

fn rows_of(keymap: &Keymap, context: Context) -> Vec<Vec<String>> {
    let rows = TABLE.iter().filter_map(|entry| {
        let keys: Vec<String> = keymap.keys(context, entry.action).iter().map(|k| name(k)).collect();
        let here = !keys.is_empty() || entry.keys.is_empty() && entry.context() == context;
        here.then(|| vec![keys.join(", "), entry.name.to_owned(), entry.sentence.to_owned()])
    });
    rows.collect()
}

/// Every action with its built-in keys, context by context.
pub fn example() -> Vec<KeyRow> {
    let mut rows = Vec::new();
    for context in Context::ALL {
        for entry in TABLE {
            let here: Vec<String> = entry
                .keys
                .iter()
                .filter(|(c, _)| *c == context)
                .flat_map(|(_, keys)| keys.split(','))
                .map(|k| k.trim().to_owned())
                .filter(|k| !k.is_empty())
                .collect();
            if !here.is_empty() || (entry.keys.is_empty() && entry.context() == context) {
                rows.push(KeyRow {
                    context: context.word().to_owned(),
                    action: entry.name.to_owned(),
                    keys: here,
                    title: entry.sentence.to_owned(),
                });
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_configuration_is_true() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
        let made = crate::config::example(&example());
        if std::env::var_os("CORDBOARD_WRITE_EXAMPLE").is_some() {
            std::fs::write(&path, &made).expect("written");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == made,
            "config.example.toml is stale; write it with: CORDBOARD_WRITE_EXAMPLE=1 cargo test --lib the_example_configuration"
        );
    }

    #[test]
    fn the_example_without_its_comment_marks_changes_nothing() {
        let text = crate::config::example(&example());
        let bare: String = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') && !rest.is_empty() => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        std::fs::write(&path, bare).expect("written");
        let loaded =
            crate::config::load(&crate::config::Sources { file: Some(path), named: true, ..Default::default() });
        assert_eq!(loaded.problems, Vec::new());
        let overrides: Vec<crate::app::keymap::Override> = loaded
            .config
            .keys
            .iter()
            .map(|b| crate::app::keymap::Override {
                context: b.context.clone(),
                action: b.action.clone(),
                keys: b.keys.clone(),
            })
            .collect();
        let (keymap, problems) = Keymap::with(crate::app::presets::Preset::Default, &overrides);
        assert_eq!(problems, Vec::new());
        assert_eq!(keymap, Keymap::default());
    }
}
