//! The widget itself as it is served, and the words it is sent with the welcome.

use std::io::Read as _;

use flate2::read::DeflateDecoder;
use serde_json::Value;

/// The script, packed with gzip.
pub const SCRIPT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/widget.js.gz"));
const WORDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/widget-words.deflate"));

/// What the widget says, by language.
#[derive(Debug)]
pub struct Words(Value);

impl Default for Words {
    fn default() -> Words {
        let mut text = String::new();
        DeflateDecoder::new(WORDS).read_to_string(&mut text).expect("invariant: packed by the build");
        Words(serde_json::from_str(&text).expect("invariant: written by the build"))
    }
}

impl Words {
    /// For who reads this language; the widget knows the same languages.
    pub fn of(&self, language: &str) -> Value {
        let short = language.get(..2).unwrap_or_default().to_ascii_lowercase();
        self.0.get(&short).or_else(|| self.0.get("en")).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Every language's words, first and then.
    fn sources() -> BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> {
        toml::from_str(include_str!("../../../assets/widget/words.toml")).expect("reads")
    }

    #[test]
    fn every_language_says_everything_with_the_same_places_for_names() {
        let all = sources();
        let places = |text: &str| ["{0}", "{1}"].map(|place| text.contains(place));
        for (language, parts) in &all {
            for (part, english) in &all["en"] {
                let keys: Vec<_> = parts[part].keys().collect();
                assert_eq!(keys, english.keys().collect::<Vec<_>>(), "[{language}.{part}]");
                for (key, text) in &parts[part] {
                    assert!(!text.trim().is_empty(), "[{language}.{part}] {key}");
                    assert_eq!(places(text), places(&english[key]), "[{language}.{part}] {key}");
                }
            }
        }
        assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), ["ar", "de", "en", "es", "fr", "pt"]);
    }

    #[test]
    fn the_words_are_found_by_language() {
        let words = Words::default();
        for (language, wanted) in [
            ("de-AT", "Chat beginnen"),
            ("DE", "Chat beginnen"),
            ("xx", "Start chat"),
            ("", "Start chat"),
            ("ä", "Start chat"),
        ] {
            assert_eq!(words.of(language)["begin"], wanted, "{language}");
        }
    }

    #[test]
    fn the_script_is_small_and_asks_nobody_else() {
        assert!(SCRIPT.len() < 15_000, "{} bytes packed", SCRIPT.len());
        let mut script = String::new();
        flate2::read::GzDecoder::new(SCRIPT).read_to_string(&mut script).expect("unpacks");
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "Function(",
            "'@",
            "createContextualFragment",
        ] {
            assert!(!script.contains(word), "{word}");
        }
        let hosts: Vec<_> = script
            .match_indices("://")
            .map(|(at, _)| &script[at.saturating_sub(6)..(at + 24).min(script.len())])
            .collect();
        assert!(hosts.iter().all(|host| host.contains("www.w3.org/2000/svg") || host.contains("[^")), "{hosts:?}");
    }
}
