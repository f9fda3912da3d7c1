//! The words of the desk: every template the sources have is translated, and no words go past the templates.
//!
//! Templates are read from the sources: what stands in `t!`, `tn!`, `tk!` and `tf!`, the table of actions, and the
//! figures of the day.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cordboard::app::action;
use cordboard::app::overlays::day;
use cordboard::lang::{Category, LANGUAGES, categories, slots};

/// Words that look like a sentence but are none of the desk's: file and what it begins with.
const NOT_SAID: &[(&str, &str)] = &[
    // Words of the configuration and of the log; both are read in English.
    ("app/keymap.rs", ""),
    ("app/key.rs", ""),
    ("app/presets.rs", ""),
    // Names, keys and contexts; titles and sentences are templates through the table itself.
    ("app/action.rs", ""),
    // The words agents type for a time.
    ("app/overlays/pickers.rs", "tomorrow 9:00"),
    ("app/overlays/pickers.rs", "mon 9:00"),
    ("app/overlays/bulk.rs", "tomorrow 9:00"),
    ("app/overlays/bulk.rs", "tag "),
    ("app/overlays/bulk.rs", "snooze "),
    ("app/panes/wrapup/meta.rs", "%Y-%m-%d %H:%M"),
    ("app/stock/record.rs", "%a %H:%M"),
    // Names of keys.
    ("app/text/keys.rs", "Left Right Home End"),
    ("app/text/keys.rs", "Up Down"),
    ("app/text/keys.rs", "Alt-B Alt-F"),
    ("app/text/keys.rs", "Ctrl-"),
];

struct Source {
    /// Inside `src`.
    name: String,
    /// What ships, without comments.
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).expect("inside").to_string_lossy().into_owned();
            let ours = name.starts_with("lang/") || name.contains("tests");
            if !ours && path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let shipped = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                found.push(Source { name, text: without_comments(shipped) });
            }
        }
    }
    found
}

/// Where a literal ends that begins here with its quote, and what it says.
fn literal(text: &str, start: usize) -> Option<(usize, String)> {
    let mut said = String::new();
    let mut chars = text.get(start..)?.strip_prefix('"')?.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((start + 1 + at + 1, said)),
            '\\' => match chars.next()?.1 {
                'n' => said.push('\n'),
                't' => said.push('\t'),
                '\n' => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                'u' | 'x' => said.push('?'),
                other => said.push(other),
            },
            other => said.push(other),
        }
    }
    None
}

/// Comments and character literals blanked, so that every quote begins a text.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let next = if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\''") || rest.starts_with("'\\\\'") {
            out.push(' ');
            at + if rest.starts_with("'\"'") { 3 } else { 4 }
        } else if c == '"' {
            let (end, _) = literal(text, at).expect("every text ends");
            out.push_str(&text[at..end]);
            end
        } else {
            out.push(c);
            at + c.len_utf8()
        };
        at = next;
    }
    out
}

/// Every literal of a source: where it begins, where it ends, what it says.
fn literals(text: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('"') {
        let start = at + next;
        let Some((end, said)) = literal(text, start) else { break };
        found.push((start, end, said));
        at = end;
    }
    found
}

/// Which macro a literal stands in, and as its how manyeth literal: `t!("a" / "b")`.
fn macro_of(before: &str) -> Option<&'static str> {
    let trimmed = before.trim_end();
    ["t!(", "tk!(", "tf!(", "tn!("]
        .into_iter()
        .find(|m| trimmed.strip_suffix(m).is_some_and(|b| !b.ends_with(|c: char| c.is_alphanumeric() || c == '_')))
}

/// Templates: the key, and the form for one where there are forms.
fn templates() -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for source in sources() {
        let text = &source.text;
        let all = literals(text);
        let mut taken = 0;
        for (i, (start, end, said)) in all.iter().enumerate() {
            if *start < taken {
                continue;
            }
            if macro_of(&text[..*start]).is_some_and(|m| m != "tn!(") {
                let next = all.get(i + 1).filter(|(at, ..)| text[*end..*at].trim() == "/");
                match next {
                    Some((_, after, words)) => {
                        found.entry(format!("{said}|{words}")).or_insert(None);
                        taken = *after;
                    }
                    None => {
                        found.entry(said.clone()).or_insert(None);
                    }
                }
            }
        }
        for (at, _) in text.match_indices("tn!(") {
            // The number may be any expression: the forms are the first two literals with only a comma between.
            let forms = all.iter().zip(all.iter().skip(1));
            let pair = forms.clone().find(|((a, end, _), (b, ..))| *a > at && text[*end..*b].trim() == ",");
            if let Some(((_, _, one), (_, _, other))) = pair {
                found.insert(other.clone(), Some(one.clone()));
            }
        }
    }
    for entry in action::TABLE {
        found.entry(entry.title_key.to_owned()).or_insert(None);
        found.entry(entry.sentence.to_owned()).or_insert(None);
    }
    for figure in day::figures() {
        let d = figure.definition();
        for words in [d.label, d.above, d.below, d.note].into_iter().filter(|w| !w.is_empty()) {
            found.entry(words.to_owned()).or_insert(None);
        }
    }
    assert!(found.len() > 1_000, "the templates were found");
    found
}

/// Names of actions in angle brackets, sorted.
fn actions(text: &str) -> Vec<&str> {
    let parts = text.split('<').skip(1).filter_map(|part| part.split_once('>').map(|(name, _)| name));
    let mut names: Vec<&str> = parts.filter(|name| action::Action::from_name(name).is_some()).collect();
    names.sort_unstable();
    names
}

/// What is wrong with words for a template.
fn faults(template: &str, words: &str, one_number: bool) -> Option<String> {
    let (wanted, has) = (slots(template), slots(words));
    let unknown = has.iter().find(|s| !wanted.contains(s)).map(|s| format!("{{{s}}} is not in the template"));
    let missing = wanted.iter().find(|s| !(has.contains(s) || one_number && **s == "n"));
    unknown
        .or(missing.map(|s| format!("{{{s}}} is missing")))
        .or_else(|| (actions(template) != actions(words)).then(|| "it does not name the same actions".to_owned()))
}

fn words_of(code: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/lang/{code}.toml"));
    std::fs::read_to_string(path).expect("a file for each language").parse().expect("TOML")
}

#[test]
fn every_template_is_translated_and_nothing_is_left_over() {
    let templates = templates();
    let mut told = Vec::new();
    for language in LANGUAGES {
        let words = words_of(language.code);
        for key in templates.keys().filter(|key| !words.contains_key(*key)) {
            told.push(format!("{}: missing: {key}", language.code));
        }
        for (key, value) in &words {
            let Some(form) = templates.get(key) else {
                told.push(format!("{}: left over: {key}", language.code));
                continue;
            };
            let place = key.split_once('|').filter(|(place, _)| place.chars().all(|c| c.is_ascii_lowercase()));
            let template = place.map_or(key.as_str(), |(_, words)| words);
            match (value, form) {
                (toml::Value::String(words), None) => {
                    told.extend(faults(template, words, false).map(|f| format!("{}: {key}: {f}", language.code)));
                }
                (toml::Value::Table(forms), Some(_)) => {
                    let has: BTreeSet<&str> = forms.keys().map(String::as_str).collect();
                    let wants: BTreeSet<&str> = categories(language.code).iter().map(|c| c.word()).collect();
                    if has != wants {
                        told.push(format!("{}: {key}: it should have the forms {wants:?}", language.code));
                    }
                    for (name, words) in forms {
                        let one_number = name != Category::Other.word();
                        let fault = faults(template, words.as_str().unwrap_or_default(), one_number);
                        told.extend(fault.map(|f| format!("{}: {key}, {name}: {f}", language.code)));
                    }
                }
                (_, None) => told.push(format!("{}: {key}: it has no forms in the source", language.code)),
                (_, Some(_)) => told.push(format!("{}: {key}: it should be a table of forms", language.code)),
            }
        }
    }
    assert!(told.is_empty(), "{} to mend in assets/lang:\n  {}", told.len(), told.join("\n  "));
}

#[test]
fn every_template_for_a_number_has_the_number() {
    let without: Vec<String> = templates()
        .into_iter()
        .filter_map(|(other, one)| {
            let one = one?;
            let fits = slots(&other).contains(&"n") && faults(&other, &one, true).is_none();
            (!fits).then(|| format!("{one} / {other}"))
        })
        .collect();
    assert_eq!(without, Vec::<String>::new());
}

/// A text that reads like words for people goes through a template. What only looks like it is listed above.
#[test]
fn no_words_of_the_desk_go_past_the_templates() {
    let mut told = Vec::new();
    for source in
        sources().iter().filter(|s| ["app/", "plain/", "tui/view"].iter().any(|room| s.name.starts_with(room)))
    {
        let text = &source.text;
        let all = literals(text);
        for (start, end, said) in &all {
            let bare: String = said
                .split('{')
                .enumerate()
                .map(|(i, p)| if i == 0 { p } else { p.split_once('}').map_or(p, |(_, p)| p) })
                .collect();
            let reads = bare.trim().contains(' ')
                && bare.split_whitespace().any(|w| w.chars().filter(char::is_ascii_alphabetic).count() > 1);
            let before = &text[..*start];
            let line = before.rsplit('\n').next().unwrap_or_default();
            let head = before.trim_end();
            let told_elsewhere =
                ["expect(", "assert!(", "include_str!(", "panic!(", "unreachable!("].iter().any(|m| head.ends_with(m))
                    || line.trim_start().starts_with("#[")
                    || line.contains("tracing::")
                    || head.ends_with("reason =");
            let pattern = text[*end..].trim_start().starts_with("=>")
                || text[*end..].trim_start().starts_with("==")
                || head.ends_with("==");
            if !reads || told_elsewhere || pattern || in_macro(text, &all, *start) {
                continue;
            }
            if !NOT_SAID.iter().any(|(file, words)| source.name == *file && said.starts_with(words)) {
                told.push(format!("{}: {said:?}", source.name));
            }
        }
    }
    assert!(told.is_empty(), "write these with t!, or list them in NOT_SAID:\n  {}", told.join("\n  "));
}

/// Whether a literal is one of a macro's own: its first, the second after `/`, or one of the two forms of `tn!`.
fn in_macro(text: &str, all: &[(usize, usize, String)], start: usize) -> bool {
    if macro_of(&text[..start]).is_some() {
        return true;
    }
    let before = all.iter().rev().find(|(a, ..)| *a < start);
    let follows = before.filter(|(_, end, _)| matches!(text[*end..start].trim(), "/" | ","));
    if follows.is_some_and(|(a, ..)| in_macro(text, all, *a)) {
        return true;
    }
    // `tn!(a long expression, "one", "other")`: nothing but that expression since the macro began.
    let Some(at) = text[..start].rfind("tn!(") else { return false };
    let between = &text[at + 4..start];
    let depth = between.chars().fold(1, |d, c| d + i32::from(c == '(') - i32::from(c == ')'));
    depth >= 1 && between.trim_end().ends_with(',')
}
