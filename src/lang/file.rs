//! Words from a file of the agent's own: TOML, `"English template" = "words"`, or a table of forms for a number.
//!
//! Read entry by entry: what is wrong with one is told with its line, and the others hold.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::catalogue::Said;
use super::packed::templates;
use super::plural::{Category, categories};
use super::slots;

/// What is wrong with an entry of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The template it stands under; empty when it is not known.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What happens instead, or the way out.
    pub hint: String,
}

/// Reads a file; what cannot be used is left out and told.
pub(super) fn read(code: &str, text: &str) -> (Vec<(&'static str, Said)>, Vec<Fault>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let line = |byte: usize| 1 + text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count();
    let mut faults: Vec<Fault> = Vec::new();
    for error in errors {
        let line = error.span().map_or(1, |span| line(span.start));
        if faults.iter().all(|f| f.line != line) {
            let what = error.message().trim().to_owned();
            faults.push(Fault { line, key: String::new(), what, hint: "this line is left out".into() });
        }
    }
    let mut entries = Vec::new();
    for (name, value) in root.get_ref() {
        let at = line(name.span().start);
        if faults.iter().any(|f| f.line == at && f.key.is_empty()) {
            continue;
        }
        match entry(code, name.get_ref(), value) {
            Ok(entry) => entries.push(entry),
            Err((what, hint)) => faults.push(Fault { line: at, key: name.get_ref().to_string(), what, hint }),
        }
    }
    faults.sort_by_key(|f| f.line);
    (entries, faults)
}

type Wrong = (String, String);

fn entry(code: &str, key: &str, value: &Spanned<DeValue<'_>>) -> Result<(&'static str, Said), Wrong> {
    let known = templates();
    let Ok(place) = known.binary_search(&key) else {
        let near = known.iter().find(|t| t.eq_ignore_ascii_case(key));
        let hint = near.map_or_else(|| "it is left out".to_owned(), |near| format!("did you mean \"{near}\"?"));
        return Err(("the desk has no such words".into(), hint));
    };
    let key = known[place];
    match value.get_ref() {
        DeValue::String(words) => {
            fits(key, words, false)?;
            Ok((key, Said::Plain(words.to_string().leak())))
        }
        DeValue::Table(table) => {
            let mut forms = Vec::new();
            for (name, value) in table {
                let word = name.get_ref().as_ref();
                let has = || categories(code).iter().map(|c| c.word()).collect::<Vec<_>>().join(", ");
                let Some(category) = categories(code).iter().find(|c| c.word() == word) else {
                    return Err((format!("{code} has no form \"{word}\""), format!("it has {}", has())));
                };
                let Some(words) = value.get_ref().as_str() else {
                    return Err((format!("the form \"{word}\" should be text in quotes"), "it is left out".into()));
                };
                fits(key, words, *category != Category::Other)?;
                forms.push((*category, &*words.to_owned().leak()));
            }
            if forms.iter().all(|(c, _)| *c != Category::Other) {
                return Err(("the form \"other\" is missing".into(), "it is left out".into()));
            }
            Ok((key, Said::Forms(forms)))
        }
        _ => Err(("it should be text in quotes, or a table of forms".into(), "it is left out".into())),
    }
}

/// Whether words have the slots of their template; a form for one number may leave the number out.
fn fits(template: &str, words: &str, one_number: bool) -> Result<(), Wrong> {
    let (wanted, has) = (slots(template), slots(words));
    let hint = || "it is left out".to_owned();
    if let Some(unknown) = has.iter().find(|s| !wanted.contains(s)) {
        return Err((format!("there is no {{{unknown}}} to fill in"), hint()));
    }
    match wanted.iter().find(|s| !(has.contains(s) || one_number && **s == "n")) {
        Some(missing) => Err((format!("{{{missing}}} is missing"), hint())),
        None => Ok(()),
    }
}
