//! `cordboard link`: the record of this desk's link, for whoever has to prove what the line did.

use std::fmt::Write as _;

use super::args::{Global, LinkRecord};
use super::places::Places;
use super::say::say;
use crate::store::linkbook::{HEADER, Line, read};

/// Runs the command. The desk may be open meanwhile.
pub fn run(args: &LinkRecord, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    let lines = read(&places.desk())?;
    let mut out = if args.json { String::new() } else { HEADER.to_owned() };
    for line in &lines {
        let text = if args.json { json(line) } else { line.csv() };
        let between = if out.is_empty() { "" } else { "\n" };
        let _ = write!(out, "{between}{text}");
    }
    say(&out)
}

fn json(line: &Line) -> String {
    let (down, up) = line.bytes.unzip();
    let record = serde_json::json!({
        "at": line.at.to_rfc3339(),
        "what": line.what.word(),
        "round_trip_ms": line.round_trip_ms,
        "bytes_down": down,
        "bytes_up": up,
        "words": line.words,
    });
    record.to_string()
}
