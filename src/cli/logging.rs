//! The log: a file, never the screen, and nothing a customer said.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::filter::LevelFilter;

use crate::config::table::Level;

/// A log larger than this is set aside at the next start, bytes.
const FULL: u64 = 4 << 20;

/// Starts the log. Without a file to write to there is none; that never keeps anyone from working.
pub fn start(path: &Path, level: Level) {
    let Some(file) = open(path) else { return };
    let filter = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let subscriber =
        tracing_subscriber::fmt().with_max_level(filter).with_ansi(false).with_writer(Mutex::new(file)).finish();
    // A second start in one process (tests) keeps the first log.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn open(path: &Path) -> Option<File> {
    super::places::private_folder(path.parent()?).ok()?;
    if std::fs::metadata(path).is_ok_and(|m| m.len() > FULL) {
        std::fs::rename(path, path.with_extension("log.old")).ok()?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).ok()
}
