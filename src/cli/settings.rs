//! Configuration made into what the desk needs: looks, keys, notices.

use std::io::IsTerminal as _;

use crate::app::action::{Action, Context, TABLE};
use crate::app::keymap::{Keymap, Override};
use crate::app::model::{Model, Settings};
use crate::app::port::Thin;
use crate::app::presets::Preset;
use crate::app::setup::Themes;
use crate::app::tour::Tour;
use crate::config::table::{Keys, Theme};
use crate::config::{Binding, Config, Loaded, Problem, Sources, nearest};
use crate::domain::time::SECOND;
use crate::lang::{self, Catalogue};
use crate::tui::manners::Manners;
use crate::tui::run::Look;
use crate::tui::theme;

use super::args::Global;
use super::language;
use super::places::Places;

/// Settings in force, and what was wrong with what was written.
pub struct InForce {
    /// The settings.
    pub config: Config,
    /// The keys.
    pub keymap: Keymap,
    /// The language of the desk; `None` is English.
    pub language: Option<&'static Catalogue>,
    /// Faults, each a sentence with its place.
    pub problems: Vec<String>,
}

/// Reads every layer; changes nothing. With `--strict` a fault is an error.
pub fn read(global: &Global, places: &Places) -> anyhow::Result<InForce> {
    let sources = Sources {
        chosen: Some(places.chosen()),
        file: Some(places.config.clone()),
        named: places.config_named,
        environment: std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
            .filter(|(k, _)| k.starts_with("CORDBOARD_"))
            .collect(),
        flags: global.set.iter().map(|s| split(s)).collect(),
    };
    let Loaded { config, problems } = crate::config::load(&sources);
    let mut said: Vec<String> = problems.iter().map(Problem::to_string).collect();
    let (keymap, wrong) = keys(&config, places);
    said.extend(wrong.iter().map(Problem::to_string));
    let (language, wrong) = language::chosen(&config.desk, &places.config);
    said.extend(wrong.iter().map(Problem::to_string));
    if global.strict && !said.is_empty() {
        anyhow::bail!("the configuration has faults:\n  {}", said.join("\n  "));
    }
    Ok(InForce { config, keymap, language, problems: said })
}

/// `section.key=value`; without a value the key alone is reported as wrong.
fn split(set: &str) -> (String, String) {
    let (key, value) = set.split_once('=').unwrap_or((set, ""));
    (key.trim().to_owned(), value.trim().to_owned())
}

fn keys(config: &Config, places: &Places) -> (Keymap, Vec<Problem>) {
    let overrides: Vec<Override> = config
        .keys
        .iter()
        .map(|b| Override { context: b.context.clone(), action: b.action.clone(), keys: b.keys.clone() })
        .collect();
    let preset = match config.desk.keys {
        Keys::Default => Preset::Default,
        Keys::Vim => Preset::Vim,
        Keys::Emacs => Preset::Emacs,
        Keys::Zendesk => Preset::Zendesk,
        Keys::Chatwoot => Preset::Chatwoot,
        Keys::Zammad => Preset::Zammad,
    };
    let (keymap, problems) = Keymap::with(preset, &overrides);
    let placed = problems.iter().filter_map(|problem| {
        let binding = config.keys.iter().find(|b| b.context == problem.context && b.action == problem.action)?;
        let other = problem.other.and_then(|other| {
            config.keys.iter().find(|b| b.context == problem.context && b.action == other.entry().name)
        });
        let hint = match other.and_then(|o| Some((o, o.line?))) {
            Some((other, line)) => {
                format!("{} is on line {line} and keeps its key; give one of them another", other.action)
            }
            None => hint(binding),
        };
        Some(binding.problem(&places.config, problem.because.clone(), hint))
    });
    let wrong = placed.collect();
    (keymap, wrong)
}

/// The nearest context or action to what was written, or where to look.
fn hint(binding: &Binding) -> String {
    let near = if Context::from_word(&binding.context).is_none() {
        nearest(&binding.context, Context::ALL.iter().map(|c| c.word()))
    } else if Action::from_name(&binding.action).is_none() {
        nearest(&binding.action, TABLE.iter().map(|e| e.name))
    } else {
        None
    };
    near.map_or_else(|| "`cordboard keys` prints what there is".to_owned(), |near| format!("did you mean {near}?"))
}

/// A desk that has not been told anything yet; from here on this thread speaks its language.
pub fn model(in_force: &InForce) -> Model {
    lang::choose(in_force.language);
    lang::follow_desk();
    let tour = Tour::kept(&in_force.config.desk.tour);
    Model { settings: settings(&in_force.config), tour, keymap: in_force.keymap.clone(), ..Model::default() }
}

/// What the app is told.
pub fn settings(config: &Config) -> Settings {
    let desk = &config.desk;
    let zone = if desk.zone.is_empty() { machine_zone() } else { desk.zone.clone() };
    let name = Theme::WORDS.iter().find(|(theme, _)| *theme == desk.theme).map_or("auto", |(_, name)| *name);
    Settings {
        zone,
        themes: Themes { chosen: name.to_owned(), all: Theme::WORDS.iter().map(|(_, name)| *name).collect() },
        locale: language::locale(desk),
        bell: desk.bell,
        mouse: desk.mouse,
        notify_details: desk.notify_details,
        hold_ms: i64::from(desk.hold_replies) * SECOND,
        hold_chat_ms: i64::from(desk.hold_chats) * SECOND,
        chat_wait_ms: i64::from(config.link.chat_wait) * SECOND,
        thin: match config.link.thin {
            crate::config::table::Thin::Auto => Thin::Auto,
            crate::config::table::Thin::On => Thin::On,
            crate::config::table::Thin::Off => Thin::Off,
        },
        open_files: desk.open_files.clone(),
        plain: desk.plain,
        reader: desk.reader || desk.plain,
    }
}

/// Colours and symbols this terminal can be trusted with.
pub fn look(config: &Config) -> Look {
    let theme = theme::Theme::chosen(config.desk.theme, config.desk.symbols, |name| std::env::var(name).ok());
    Look { theme, manners: Manners::chosen(&config.desk, |name| std::env::var(name).ok()) }
}

/// Whether someone sits in front of a terminal.
pub fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// The machine's IANA zone: TZ, else the link the system keeps, else UTC.
fn machine_zone() -> String {
    let named = std::env::var("TZ").ok().map(|z| z.trim_start_matches(':').to_owned());
    let linked = || {
        let path = std::fs::read_link("/etc/localtime").ok()?;
        let path = path.to_string_lossy().into_owned();
        path.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
    };
    let written = || std::fs::read_to_string("/etc/timezone").ok().map(|z| z.trim().to_owned());
    named.filter(|z| !z.is_empty()).or_else(linked).or_else(written).unwrap_or_else(|| "UTC".to_owned())
}
