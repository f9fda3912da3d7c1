//! The walls of the house. One package has no crate walls, so this test reads the sources and is the wall.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Room, and the rooms it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("wire", &["domain"]),
    ("store", &["domain"]),
    ("sync", &["domain", "wire", "store"]),
    ("channel", &["domain", "store"]),
    ("server", &["domain", "wire", "store", "channel"]),
    ("app", &["domain"]),
    ("desk", &["app", "domain", "wire", "store", "sync"]),
    ("tui", &["app", "domain", "config"]),
    ("plain", &["app", "domain", "config"]),
    ("sandbox", &["domain"]),
    ("config", &["domain"]),
    ("clock", &["domain"]),
    ("rand", &["domain"]),
    ("lang", &[]),
];

/// Rooms everyone but domain and app may use.
const OPEN: &[&str] = &["clock", "rand"];
/// Rooms that know nothing of the others, used by all.
const LEAVES: &[&str] = &["lang"];
/// Longest file, in lines.
const CAP: usize = 600;

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

impl Source {
    /// The text that ships: without the tests at the end of the file.
    fn shipped(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(&self.text)
    }

    fn is_test(&self) -> bool {
        self.path.components().any(|c| c.as_os_str() == "tests") || self.path.ends_with("tests.rs")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(&root).expect("inside the sources");
                let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
                let room = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
                let text = std::fs::read_to_string(&path).expect("text");
                found.push(Source { path: inside.to_owned(), room, text });
            }
        }
    }
    assert!(found.len() > 30, "the sources were read");
    found
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn report(title: &str, faults: Vec<String>) {
    assert!(faults.is_empty(), "{title}:\n  {}", faults.join("\n  "));
}

#[test]
fn arrows_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut faults = Vec::new();
    // What tests put together does not ship.
    for source in sources().into_iter().filter(|s| !s.is_test()) {
        let Some(may) = allowed.get(source.room.as_str()) else { continue };
        for (n, line) in code_lines(source.shipped()) {
            for part in line.split("crate::").skip(1) {
                let room: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let open = OPEN.contains(&room.as_str()) && !matches!(source.room.as_str(), "domain" | "app");
                let leaf = LEAVES.contains(&room.as_str());
                if room != source.room && !may.contains(&room.as_str()) && !open && !leaf {
                    faults.push(format!("{}:{n}: {} may not use {room}", source.path.display(), source.room));
                }
            }
        }
    }
    report("arrows that are not in the plan", faults);
}

#[test]
fn the_outside_world_has_one_door_each() {
    let doors: &[(&str, &[&str])] = &[
        ("rusqlite", &["store"]),
        ("ratatui", &["tui"]),
        ("crossterm", &["tui"]),
        ("axum", &["server"]),
        ("Utc::now", &["clock"]),
        ("Local::now", &["clock"]),
        ("SystemTime::now", &["clock"]),
        ("Instant::now", &["clock"]),
        ("getrandom::", &["rand"]),
    ];
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test()) {
        for (n, line) in code_lines(source.shipped()) {
            for (word, rooms) in doors {
                if line.contains(word) && !rooms.contains(&source.room.as_str()) {
                    faults.push(format!("{}:{n}: {word} belongs to {}", source.path.display(), rooms.join(", ")));
                }
            }
        }
    }
    report("doors in the wrong room", faults);
}

#[test]
fn the_domain_is_pure() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| s.room == "domain" || s.room == "app") {
        for (n, line) in code_lines(source.shipped()) {
            for word in ["std::fs", "std::net", "tokio", "async fn", "std::thread", "std::env", "std::io"] {
                if line.contains(word) {
                    faults.push(format!("{}:{n}: {word}", source.path.display()));
                }
            }
        }
    }
    report("impure", faults);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > CAP {
            faults.push(format!("{}: {lines} lines, {CAP} at most; split it by meaning", source.path.display()));
        }
        if !source.text.starts_with("//!") {
            faults.push(format!("{}: it does not open with what lives here (//!)", source.path.display()));
        }
    }
    report("files", faults);
}

#[test]
fn nothing_panics_on_purpose_and_nothing_is_left_open() {
    let words = [".unwrap()", "todo!", "unimplemented!", "dbg!", "TODO", "FIXME"];
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| !s.is_test()) {
        for (n, line) in source.shipped().lines().enumerate() {
            if let Some(word) = words.iter().find(|w| line.contains(**w)) {
                faults.push(format!("{}:{}: {word}", source.path.display(), n + 1));
            }
        }
    }
    report("left open", faults);
}
