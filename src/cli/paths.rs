//! `cordboard paths`: where files live.

use super::args::{DataDir, Global};
use super::places::Places;
use super::say::say;

/// Runs the command.
pub fn run(args: &DataDir, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.data.as_deref())?;
    let lines = [
        ("configuration", places.config.clone()),
        ("data", places.data.clone()),
        ("ledger", places.ledger()),
        ("desk", places.desk()),
        ("practice", places.practice()),
        ("certificate", places.data.join(crate::server::tls::FOLDER)),
        ("state", places.state.clone()),
        ("log", places.log()),
    ];
    let lines: Vec<String> = lines.iter().map(|(word, path)| format!("{word:<14}{}", path.display())).collect();
    say(&lines.join("\n"))
}
