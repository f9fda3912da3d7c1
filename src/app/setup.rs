//! Settings that change while the desk runs: read again, tried out, kept.

use super::keymap::Keymap;
use super::model::Settings;
use super::overlays::Overlay;
use super::overlays::chooser::{Chooser, Item, Pick, Purpose};
use super::port::{Effect, Thin};
use super::toast::Tone;
use super::update::Desk;

/// The settings as they are written now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setup {
    /// What the app is told.
    pub settings: Settings,
    /// The keys.
    pub keymap: Keymap,
    /// What is wrong with what is written; with any, nothing of it is taken over.
    pub problems: Vec<String>,
    /// Where they are written.
    pub place: String,
    /// Whether the agent asked; a file that changed by itself and says the same says nothing.
    pub asked: bool,
    /// Whether something beside these changed: the words of the language, how the terminal is dealt with.
    pub beside: bool,
}

/// Colours to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Themes {
    /// The one in force.
    pub chosen: String,
    /// Their names.
    pub all: Vec<&'static str>,
}

/// Problems said at once; the others follow when these are mended.
const SAID: usize = 2;

impl Desk<'_> {
    /// The settings were read again.
    pub(in crate::app) fn set_up(&mut self, setup: Setup) {
        if !setup.problems.is_empty() {
            let way_out = t!("Everything stays as it was. Mend it and save it; <reload> reads it again.");
            for problem in setup.problems.into_iter().take(SAID) {
                self.toast(Tone::Bad, problem, way_out);
            }
            return;
        }
        let same = !setup.beside && self.m.settings == setup.settings && self.m.keymap == setup.keymap;
        if same {
            if setup.asked {
                self.say(t!("{place} says what holds already.", place = setup.place));
            }
            return;
        }
        if self.m.settings.thin != setup.settings.thin {
            self.effect(Effect::UseLine(setup.settings.thin));
        }
        self.m.settings = setup.settings;
        self.m.keymap = setup.keymap;
        self.m.prefix.clear();
        self.did(t!("The settings of {place} hold now.", place = setup.place));
    }

    /// Colours, each tried out as soon as it is selected.
    pub(in crate::app) fn pick_theme(&mut self) {
        let themes = &self.m.settings.themes;
        let now = |name: &str| if name == themes.chosen { t!("now") } else { "" };
        let item = |name: &&'static str| Item::new(Pick::Theme(name), *name).detail(suits(name)).right(now(name));
        let items = themes.all.iter().map(item).collect();
        let at = themes.all.iter().position(|name| *name == themes.chosen).unwrap_or(0);
        let mut chooser = Chooser::new(
            Purpose::Theme,
            t!("Theme"),
            t!("What is selected is tried out; <overlay-accept> keeps it."),
            items,
        );
        chooser.list.select(at, themes.all.len());
        self.open_chooser(chooser);
    }

    pub(in crate::app) fn choose_theme(&mut self, name: &'static str) {
        name.clone_into(&mut self.m.settings.themes.chosen);
        self.effect(Effect::Keep { section: "desk", key: "theme", word: name.to_owned() });
    }
}

impl Desk<'_> {
    /// Thin-link mode: by itself, always, never, and round again.
    pub(in crate::app) fn turn_thin(&mut self) {
        let (thin, said) = match self.m.settings.thin {
            Thin::Auto => (Thin::On, t!("Thin-link mode is on: fewer packets, texts of articles when you open them.")),
            Thin::On => (Thin::Off, t!("Thin-link mode is off, however thin the line is.")),
            Thin::Off => {
                (Thin::Auto, t!("Thin-link mode comes on by itself when the line is measured and found thin."))
            }
        };
        self.m.settings.thin = thin;
        self.effect(Effect::UseLine(thin));
        self.effect(Effect::Keep { section: "link", key: "thin", word: thin.word().to_owned() });
        self.did(said);
    }
}

/// What colours of this name are for.
fn suits(theme: &str) -> &'static str {
    match theme {
        "auto" => t!("The terminal's own sixteen colours, or none where NO_COLOR asks for none."),
        "ansi" => t!("The terminal's own sixteen colours."),
        "dark" => t!("For dark backgrounds."),
        "light" => t!("For light backgrounds."),
        "contrast" => t!("As much contrast as there is."),
        "colour-blind" => t!("For dark backgrounds, in colours that every eye tells apart."),
        "mono" => t!("No colour at all: bold, underline and reverse only."),
        _ => "",
    }
}

impl super::model::Model {
    /// The colours to draw in: those being tried out, else those chosen.
    pub fn theme(&self) -> &str {
        match self.top() {
            Some(Overlay::Chooser(c)) if c.purpose == Purpose::Theme => match c.selected().map(|i| &i.pick) {
                Some(Pick::Theme(name)) => name,
                _ => &self.settings.themes.chosen,
            },
            _ => &self.settings.themes.chosen,
        }
    }
}
