//! The languages that come with the program, packed by the build: the templates once, each language's words in
//! their order.

use std::io::Read as _;
use std::sync::OnceLock;

use flate2::bufread::DeflateDecoder;

/// Between two entries.
pub(super) const ENTRY: char = '\u{1e}';
/// Between the forms of one entry.
pub(super) const FORM: char = '\u{1f}';

/// A language that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// Its code: `de`.
    pub code: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    packed: &'static [u8],
}

macro_rules! packed {
    ($file:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/lang/", $file, ".deflate"))
    };
}

/// Every language that comes with the program beside English.
pub const LANGUAGES: &[Language] = &[
    Language { code: "es", name: "Español", packed: packed!("es") },
    Language { code: "fr", name: "Français", packed: packed!("fr") },
    Language { code: "de", name: "Deutsch", packed: packed!("de") },
    Language { code: "pt", name: "Português", packed: packed!("pt") },
    Language { code: "ar", name: "العربية", packed: packed!("ar") },
];

const TEMPLATES: &[u8] = packed!("templates");

fn unpacked(packed: &'static [u8]) -> &'static str {
    let mut text = String::new();
    DeflateDecoder::new(packed).read_to_string(&mut text).expect("invariant: the build packed it, and it was text");
    String::leak(text)
}

/// Every template some language has words for, sorted. Unpacked once in the life of the process.
pub fn templates() -> &'static [&'static str] {
    static ONCE: OnceLock<Vec<&'static str>> = OnceLock::new();
    ONCE.get_or_init(|| unpacked(TEMPLATES).split(ENTRY).filter(|t| !t.is_empty()).collect())
}

impl Language {
    /// Each template with its words; without those nobody has translated.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let words = unpacked(self.packed).split(ENTRY);
        templates().iter().copied().zip(words).filter(|(_, words)| !words.is_empty())
    }
}
