//! What an import says while it runs: a bar on a terminal, the rows left out in a file, the rest at the end.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::bring::{Tally, Watch};
use super::journal::Journal;
use crate::cli::exchange::Place;
use crate::domain::safe;

/// Warnings shown one by one; the rest is counted.
const SHOWN: u64 = 5;

/// Hears what happens and keeps journal and report.
pub struct Report<'j> {
    bar: ProgressBar,
    journal: &'j Journal,
    /// Where rows left out are listed: beside the source, or where the data is when that cannot be written.
    places: Vec<PathBuf>,
    file: Option<(PathBuf, BufWriter<File>)>,
    /// An earlier run's list is added to, not replaced.
    append: bool,
    warned: u64,
}

impl<'j> Report<'j> {
    /// `total` is the size of the source in its own measure; 0 when unknown.
    pub fn new(journal: &'j Journal, places: Vec<PathBuf>, total: u64, append: bool) -> Report<'j> {
        // Draws nothing when standard error is no terminal.
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {elapsed}") {
            bar.set_style(style.progress_chars("##-"));
        }
        Report { bar, journal, places, file: None, append, warned: 0 }
    }

    fn list(&mut self) -> std::io::Result<&mut BufWriter<File>> {
        if self.file.is_none() {
            let mut last = std::io::Error::other("there is no place for it");
            for path in &self.places {
                match open(path, self.append) {
                    Ok(file) => {
                        self.file = Some((path.clone(), BufWriter::new(file)));
                        break;
                    }
                    Err(error) => last = error,
                }
            }
            if self.file.is_none() {
                return Err(last);
            }
        }
        Ok(&mut self.file.as_mut().expect("invariant: it was opened above, or this returned").1)
    }

    /// Ends the bar; returns the list of rows left out, if any were.
    pub fn finish(mut self) -> std::io::Result<Option<PathBuf>> {
        self.bar.finish_and_clear();
        if self.warned > SHOWN {
            eprintln!("… and {} more like these.", self.warned - SHOWN);
        }
        match self.file.take() {
            Some((path, mut file)) => {
                file.flush()?;
                Ok(Some(path))
            }
            None => Ok(None),
        }
    }
}

fn open(path: &Path, append: bool) -> std::io::Result<File> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(path)
}

impl Watch for Report<'_> {
    fn rejected(&mut self, place: &Place, why: &str) -> anyhow::Result<()> {
        let line = format!("{place}: {}\n", safe::line(why));
        self.list().and_then(|file| file.write_all(line.as_bytes()))?;
        Ok(())
    }

    fn warned(&mut self, place: &Place, what: &str) {
        self.warned += 1;
        if self.warned <= SHOWN {
            self.bar.suspend(|| eprintln!("{place}: {}", safe::line(what)));
        }
    }

    fn committed(&mut self, tally: Tally, end: u64) -> anyhow::Result<()> {
        if let Some((_, file)) = &mut self.file {
            file.flush()?;
        }
        self.journal.write(tally.read)?;
        self.bar.set_position(end);
        self.bar.set_message(format!("{} rows, {} left out", tally.read, tally.rejected));
        Ok(())
    }
}

/// The sentences at the end.
pub fn sentences(tally: Tally, skipped: u64, list: Option<&Path>) -> Vec<String> {
    let mut lines = Vec::new();
    if skipped > 0 {
        lines.push(format!("Went on after row {skipped}, where an earlier run had stopped."));
    }
    lines.push(format!("{} brought in, {} already there, {} left out.", tally.made, tally.same, tally.rejected));
    if tally.configured > 0 {
        lines.push(format!("{} things of the configuration were set.", tally.configured));
    }
    if tally.warnings > 0 {
        lines.push(format!("{} things were not quite right; see above.", tally.warnings));
    }
    if let Some(path) = list {
        lines.push(format!("{} says which rows were left out and why.", path.display()));
    }
    lines
}
