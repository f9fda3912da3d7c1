//! Sentences that name a key. A sentence never holds a key itself but the action, as `<wrap-up>`; what stands there
//! on the screen is asked of the live keymap, so that presets and one's own keys are right, and read line by line it
//! is the word to type.
//!
//! Invariant: what is no action's name in angle brackets stays as it is.

use super::action::{Action, Context};
use super::model::Model;
use super::overlays::Overlay;
use super::update::{contexts, typing};

/// The sentence with the key, or the word, of every action it names.
pub fn keyed(model: &Model, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let named = after.split_once('>').and_then(|(name, after)| Some((Action::from_name(name)?, after)));
        match named {
            Some((action, after)) => {
                out.push_str(&key(model, action));
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The key that does an action where the agent is now, else where it belongs, else its title; line by line its word.
pub fn key(model: &Model, action: Action) -> String {
    if model.settings.plain {
        return word(action).to_owned();
    }
    let here = model.keymap.shown(&contexts(model), action, typing(model));
    let there = || model.keymap.shown(&[action.entry().context(), Context::Global], action, false);
    here.or_else(there).unwrap_or_else(|| action.entry().spoken().to_owned())
}

/// What is typed for an action line by line, where it is not simply its name.
pub fn word(action: Action) -> &'static str {
    match action {
        Action::OverlayAccept => t!("its number"),
        Action::OverlayConfirm => "done",
        Action::OverlayClose | Action::Leave => "back",
        Action::OverlayYes => "yes",
        Action::OverlayMark => "mark",
        _ => action.entry().name,
    }
}

/// Names the keys in what lies on top, with which they mean something.
pub(super) fn name_keys(model: &mut Model) {
    let raw: Vec<String> = model.overlays.last_mut().into_iter().flat_map(sentences).map(|s| s.clone()).collect();
    if raw.is_empty() {
        return;
    }
    let named: Vec<String> = raw.iter().map(|text| keyed(model, text)).collect();
    for (sentence, named) in model.overlays.last_mut().into_iter().flat_map(sentences).zip(named) {
        *sentence = named;
    }
}

/// What may name a key.
fn sentences(top: &mut Overlay) -> Vec<&mut String> {
    let mut found: Vec<&mut String> = match top {
        Overlay::Chooser(c) => vec![&mut c.sentence],
        Overlay::Prompt(p) => vec![&mut p.sentence],
        Overlay::Confirm(c) => c.lines.iter_mut().collect(),
        _ => Vec::new(),
    };
    found.retain(|text| text.contains('<'));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::action::TABLE;
    use crate::app::keymap::{Keymap, Override};
    use crate::app::model::Settings;
    use crate::app::presets::Preset;

    #[test]
    fn a_sentence_names_the_key_in_force() {
        let mut model = Model::default();
        let text = "Say Ready (<toggle-ready>), 3 < 4, <nobody>.";
        assert_eq!(keyed(&model, text), "Say Ready (F9), 3 < 4, <nobody>.");
        let own = Override { context: "global".into(), action: "toggle-ready".into(), keys: vec!["f12".into()] };
        model.keymap = Keymap::with(Preset::Default, &[own]).0;
        assert_eq!(keyed(&model, text), "Say Ready (F12), 3 < 4, <nobody>.");
        let none = Override { context: "global".into(), action: "toggle-ready".into(), keys: Vec::new() };
        model.keymap = Keymap::with(Preset::Default, &[none]).0;
        assert_eq!(keyed(&model, "<toggle-ready>"), "ready or away");
        model.settings = Settings { plain: true, ..Settings::default() };
        assert_eq!(keyed(&model, text), "Say Ready (toggle-ready), 3 < 4, <nobody>.");
    }

    #[test]
    fn no_sentence_in_the_sources_names_what_is_no_action() {
        let mut files = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app"))];
        let mut named = 0;
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(&path).expect("a folder").map(|e| e.expect("an entry").path()));
                continue;
            }
            if path.ends_with("keyed.rs") || path.components().any(|c| c.as_os_str() == "tests") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            for line in text.lines().filter(|l| l.contains('"') && !l.trim_start().starts_with("//")) {
                for part in line.split('<').skip(1) {
                    let name = part.split('>').next().unwrap_or_default();
                    let like = name.contains('-') && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                    assert!(!like || TABLE.iter().any(|e| e.name == name), "{}: <{name}>", path.display());
                    named += usize::from(like);
                }
            }
        }
        assert!(named > 10, "the sentences were found");
    }
}
