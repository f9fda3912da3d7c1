//! The README tells the truth: its key table is the program's own.

use std::fmt::Write;

use cordboard::app::action::{Context, TABLE};

const OPEN: &str = "<!-- keys: made from the table of actions by tests/readme.rs -->\n";
const CLOSE: &str = "<!-- /keys -->";

fn table() -> String {
    let mut out = String::from("| where | keys |\n| --- | --- |\n");
    for context in Context::ALL {
        let cells: Vec<String> = TABLE
            .iter()
            .filter_map(|entry| {
                let keys: Vec<String> = entry
                    .keys
                    .iter()
                    .filter(|(c, _)| *c == context)
                    .flat_map(|(_, names)| names.split(','))
                    .map(|name| format!("`{}`", name.trim()))
                    .collect();
                (!keys.is_empty()).then(|| format!("{} {}", keys.join(" "), entry.title))
            })
            .collect();
        if !cells.is_empty() {
            writeln!(out, "| {} | {} |", context.word(), cells.join(" · ")).expect("writes to a string");
        }
    }
    out
}

#[test]
fn the_key_table_is_the_programs_own() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    let (before, rest) = text.split_once(OPEN).expect("the table opens");
    let (found, after) = rest.split_once(CLOSE).expect("the table closes");
    if std::env::var_os("CORDBOARD_UPDATE").is_some() {
        std::fs::write(path, format!("{before}{OPEN}{}{CLOSE}{after}", table())).expect("writes");
        return;
    }
    assert_eq!(found, table(), "run this test with CORDBOARD_UPDATE=1 and look at the change");
}
