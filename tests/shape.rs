//! The shape of everything that is kept or sent: rows, events, commands, frames. It may not change unnoticed, because
//! files and peers of another shape must be refused by their format and never misread.
//!
//! Every type that is written as data is read from the sources, without its comments, and its digest is compared with
//! the one recorded beside the format it was recorded for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cordboard::domain::row::FORMAT;
use sha2::{Digest, Sha256};

const RECORD: &str = "tests/shape.txt";
const ROOMS: [&str; 2] = ["src/domain", "src/wire"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            if !entry.ends_with("tests") && !entry.ends_with("simulate") {
                sources(&entry, found);
            }
        } else if entry.extension().is_some_and(|e| e == "rs") && !entry.ends_with("tests.rs") {
            found.push(entry);
        }
    }
}

/// A source without comments and without its tests.
fn bare(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let code = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// From an opening brace or the end of a statement: the item's text, blanks made one.
fn item(text: &str) -> String {
    let mut depth = 0;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 && (c == ';' || c == '}') {
            end = at + 1;
            break;
        }
    }
    text[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every type that is written as data, by its name, with its digest; two of one name in different rooms are joined.
fn shapes() -> BTreeMap<String, String> {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ROOMS.iter().for_each(|room| sources(&root.join(room), &mut files));
    files.sort();
    let mut shapes: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let text = bare(&std::fs::read_to_string(&file).expect("a source"));
        // What is derived, what is written by hand, and the table that gives rows their numbers.
        for mark in ["#[derive(", "impl Serialize for", "rows! {"] {
            for (at, _) in text.match_indices(mark) {
                let whole = item(&text[at..]);
                if mark == "#[derive(" && !whole.split(']').next().is_some_and(|d| d.contains("Serialize")) {
                    continue;
                }
                let words: Vec<&str> = whole.split([' ', '(', '{', '<', ';', ':']).collect();
                let kind = words.iter().position(|w| ["struct", "enum", "for", "rows!"].contains(w)).unwrap_or(0);
                let name = words.get(kind + 1).copied().unwrap_or_default();
                let digest = Sha256::digest(whole.as_bytes());
                let hex = digest.iter().take(6).fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                });
                let name = if name.is_empty() { "rows" } else { name };
                shapes.entry(name.to_owned()).or_default().push_str(&hex);
            }
        }
    }
    shapes
}

#[test]
fn a_changed_shape_has_a_new_format() {
    let shapes = shapes();
    assert!(shapes.len() > 100, "the sources are read: {}", shapes.len());
    for known in ["Event", "Command", "Interaction", "Down", "rows"] {
        assert!(shapes.contains_key(known), "{known} is found");
    }
    let lines: Vec<String> = shapes.iter().map(|(name, hex)| format!("{hex} {name}")).collect();
    let now = format!("format {FORMAT}\n{}\n", lines.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    let recorded = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if recorded == now {
        return;
    }
    let before: Vec<&str> = recorded.lines().skip(1).collect();
    let changed: Vec<&str> = lines.iter().map(String::as_str).filter(|l| !before.contains(l)).collect();
    let raised = recorded.lines().next() != Some(format!("format {FORMAT}").as_str());
    let record = std::env::var_os("CORDBOARD_UPDATE").is_some();
    if raised && record {
        return std::fs::write(&path, now).expect("is written");
    }
    let gone = before.iter().filter(|l| !lines.iter().any(|n| n == **l)).count();
    panic!(
        "What is kept or sent has another shape than format {FORMAT} was recorded with ({gone} recorded types differ):\n\
         {}\nRaise FORMAT in src/domain/row.rs, so that older files and peers are refused in words, and record the new\n\
         shape with CORDBOARD_UPDATE=1 cargo test --test shape. Raise it again for the next change: numbers are cheap.",
        changed.join("\n")
    );
}
