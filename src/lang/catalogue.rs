//! One language at hand: every template with its words.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::file::{self, Fault};
use super::packed::{FORM, LANGUAGES};
use super::plural::{Category, categories, category};

/// What stands for a template.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// One wording.
    Plain(&'static str),
    /// One for each form the language has.
    Forms(Vec<(Category, &'static str)>),
}

/// A language: its words by the English template. Made once and kept for the life of the process.
#[derive(Debug)]
pub struct Catalogue {
    code: &'static str,
    words: HashMap<&'static str, Said>,
}

/// Letters of a template's own by which words are known to be made from it.
const TELLING: usize = 5;

/// What was made so far: the language, with what a file changed in it.
static MADE: Mutex<Vec<(String, &'static Catalogue)>> = Mutex::new(Vec::new());

impl Catalogue {
    /// A language that comes with the program; `None` when there is none of that code.
    pub fn of(code: &str) -> Option<&'static Catalogue> {
        let language = LANGUAGES.iter().find(|l| l.code == code)?;
        Some(kept(code.to_owned(), || Catalogue::packed(language.code)))
    }

    /// A language with what a file adds to it or says otherwise. What cannot be used is left out and told.
    pub fn with_file(code: &str, path: &Path, text: &str) -> (&'static Catalogue, Vec<Fault>) {
        let (entries, faults) = file::read(code, text);
        let made = kept(format!("{code}\n{}\n{text}", path.display()), || {
            let own = LANGUAGES.iter().find(|l| l.code == code).map_or_else(|| &*code.to_owned().leak(), |l| l.code);
            let mut catalogue = Catalogue::packed(own);
            catalogue.words.extend(entries);
            catalogue
        });
        (made, faults)
    }

    fn packed(code: &'static str) -> Catalogue {
        let entries = LANGUAGES.iter().find(|l| l.code == code).into_iter().flat_map(super::Language::entries);
        let words = entries.map(|(template, words)| (template, read(code, words))).collect();
        Catalogue { code, words }
    }

    /// `de`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The words for a template.
    pub fn text(&self, template: &str) -> Option<&'static str> {
        match self.words.get(template)? {
            Said::Plain(words) => Some(words),
            Said::Forms(forms) => forms.iter().find(|(c, _)| *c == Category::Other).map(|(_, words)| *words),
        }
    }

    /// The words for English words, and what was filled in there.
    pub(super) fn heard<'w>(&self, words: &'w str) -> Option<(&'static str, Vec<(&'static str, &'w str)>)> {
        if let Some(said) = self.text(words) {
            return Some((said, Vec::new()));
        }
        let slotted = self.words.keys().filter(|t| t.contains('{') && !t.contains('|') && telling(t));
        let found = slotted.filter_map(|template| Some((*template, captured(template, words)?)));
        // Of several, the one that leaves the least to be filled in.
        let (template, slots) = found.min_by_key(|(t, s)| (s.iter().map(|(_, v)| v.len()).sum::<usize>(), *t))?;
        Some((self.text(template)?, slots))
    }

    /// The form of a template for a number.
    pub fn form(&self, template: &str, n: u64) -> Option<&'static str> {
        let wanted = category(self.code, n);
        match self.words.get(template)? {
            Said::Plain(words) => Some(words),
            Said::Forms(forms) => {
                let found = |c: Category| forms.iter().find(|(category, _)| *category == c).map(|(_, words)| *words);
                found(wanted).or_else(|| found(Category::Other))
            }
        }
    }
}

/// Whether a template has enough words of its own to be known by them.
fn telling(template: &str) -> bool {
    let fixed =
        template.split('{').enumerate().map(|(i, p)| if i == 0 { p } else { p.split_once('}').map_or("", |(_, p)| p) });
    fixed.map(|part| part.chars().filter(|c| c.is_alphabetic()).count()).sum::<usize>() >= TELLING
}

/// What stands in the slots of a template so that it reads like these words.
pub(super) fn captured<'w>(template: &'static str, words: &'w str) -> Option<Vec<(&'static str, &'w str)>> {
    let mut pieces = template.split('{');
    let mut rest = words.strip_prefix(pieces.next()?)?;
    let mut slots = Vec::new();
    for piece in pieces {
        let (name, after) = piece.split_once('}')?;
        let end = if after.is_empty() { rest.len() } else { rest.find(after)? };
        let (value, left) = rest.split_at(end);
        if value.is_empty() {
            return None;
        }
        slots.push((name, value));
        rest = &left[after.len()..];
    }
    rest.is_empty().then_some(slots)
}

/// What was made under this name, or makes it: choosing a language again and again takes no more memory.
fn kept(name: String, make: impl FnOnce() -> Catalogue) -> &'static Catalogue {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, catalogue)) = made.iter().find(|(n, _)| *n == name) {
        return catalogue;
    }
    let catalogue: &'static Catalogue = Box::leak(Box::new(make()));
    made.push((name, catalogue));
    catalogue
}

/// The words of one entry as the build packed them.
fn read(code: &str, words: &'static str) -> Said {
    if words.contains(FORM) {
        Said::Forms(categories(code).iter().copied().zip(words.split(FORM)).collect())
    } else {
        Said::Plain(words)
    }
}
