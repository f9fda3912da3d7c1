//! The desk's book of its link: when it was there and when not, round trips, bytes. A file of its own beside cache and
//! outbox, in CSV, so that whoever sits at a bad line can take it along and show it.
//!
//! Nothing a customer said is in it. Bounded: 30 days, and [`MOST`] bytes. Writing it may fail; the desk goes on
//! without. Invariant: every line can be read by itself, and a line that cannot be read is left out.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::time::{At, DAY, MINUTE};

/// The file's name in the desk's folder.
pub const FILE: &str = "link.csv";
/// Its first line.
pub const HEADER: &str = "at,what,round_trip_ms,bytes_down,bytes_up,words";
/// How long lines are kept, ms.
const KEPT_MS: i64 = 30 * DAY;
/// Largest file, bytes; beyond it the older half goes.
const MOST: usize = 8 << 20;
/// Bytes are written down at least this often, ms; every zone's midnight falls on a multiple of it.
const EVERY_MS: i64 = 15 * MINUTE;
/// How far back [`Linkbook::spent`] and [`Linkbook::gaps`] go, ms: a day, and what a change of clocks adds.
const TODAY_MS: i64 = DAY + 2 * 60 * MINUTE;

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The desk was opened; there is no link yet.
    Opened,
    /// The link is up.
    Live,
    /// It is up, but the server is quiet for longer than it should be.
    Slow,
    /// It is lost.
    Lost,
    /// The agent works offline on purpose.
    Offline,
    /// The server does not let the desk in.
    Refused,
    /// A round trip was measured.
    RoundTrip,
    /// Bytes since the line of this kind before.
    Bytes,
    /// The desk was closed.
    Closed,
}

impl What {
    const ALL: [What; 9] = [
        What::Opened,
        What::Live,
        What::Slow,
        What::Lost,
        What::Offline,
        What::Refused,
        What::RoundTrip,
        What::Bytes,
        What::Closed,
    ];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            What::Opened => "opened",
            What::Live => "live",
            What::Slow => "slow",
            What::Lost => "lost",
            What::Offline => "offline",
            What::Refused => "not-let-in",
            What::RoundTrip => "round-trip",
            What::Bytes => "bytes",
            What::Closed => "closed",
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When, server time as the desk knew it.
    pub at: At,
    /// What.
    pub what: What,
    /// A round trip, ms.
    pub round_trip_ms: Option<u64>,
    /// Bytes that came and went.
    pub bytes: Option<(u64, u64)>,
    /// Why, in words.
    pub words: String,
}

impl Line {
    /// A line that only says what and why.
    pub fn new(at: At, what: What, words: &str) -> Line {
        // One line in the file is one line.
        let words = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Line { at, what, round_trip_ms: None, bytes: None, words }
    }

    /// As the file has it, without the end of the line.
    pub fn csv(&self) -> String {
        let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let words = if self.words.contains(['"', ',']) {
            format!("\"{}\"", self.words.replace('"', "\"\""))
        } else {
            self.words.clone()
        };
        let (down, up) = (self.bytes.map(|b| b.0), self.bytes.map(|b| b.1));
        let (at, what) = (self.at.to_rfc3339(), self.what.word());
        format!("{at},{what},{},{},{},{words}", number(self.round_trip_ms), number(down), number(up))
    }

    /// Reads [`Line::csv`].
    pub fn read(text: &str) -> Option<Line> {
        let mut fields = text.splitn(6, ',');
        let at = At::from_rfc3339(fields.next()?)?;
        let word = fields.next()?;
        let what = What::ALL.into_iter().find(|w| w.word() == word)?;
        let mut number = || {
            let field = fields.next()?;
            if field.is_empty() { Some(None) } else { field.parse::<u64>().ok().map(Some) }
        };
        let (round_trip_ms, down, up) = (number()?, number()?, number()?);
        let words = fields.next()?;
        let words = match words.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => words.to_owned(),
        };
        Some(Line { at, what, round_trip_ms, bytes: down.zip(up), words })
    }
}

/// Bytes of a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// When it began.
    pub from: At,
    /// Bytes that came.
    pub down: u64,
    /// Bytes that went.
    pub up: u64,
}

/// A time in which the link was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When it was lost.
    pub from: At,
    /// When it was back, or wanted no longer; `None` is not yet.
    pub to: Option<At>,
}

/// The book.
#[derive(Debug)]
pub struct Linkbook {
    path: PathBuf,
    file: Option<File>,
    size: usize,
    spent: Vec<Spent>,
    gaps: Vec<Gap>,
    /// Bytes in all when they were last written down.
    counted: (u64, u64),
}

impl Linkbook {
    /// Opens the book of a desk's folder and writes that the desk was opened.
    pub fn open(dir: &Path, now: At) -> Linkbook {
        let path = dir.join(FILE);
        let mut book = Linkbook { path, file: None, size: 0, spent: Vec::new(), gaps: Vec::new(), counted: (0, 0) };
        if let Err(error) = book.begin(now) {
            tracing::warn!(%error, path = %book.path.display(), "the book of the link cannot be opened");
        }
        book.write(&Line::new(now, What::Opened, ""));
        book
    }

    fn begin(&mut self, now: At) -> io::Result<()> {
        let text = match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            // Torn by a power cut: what can be read of it stays.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                String::from_utf8_lossy(&std::fs::read(&self.path)?).into_owned()
            }
            read => read?,
        };
        self.spent.clear();
        self.gaps.clear();
        let mut kept = format!("{HEADER}\n");
        let skip = text.len().saturating_sub(MOST / 2);
        let skip =
            if text.len() > MOST { text[ceil(&text, skip)..].find('\n').map_or(text.len(), |i| skip + i) } else { 0 };
        for line in text[ceil(&text, skip)..].lines().filter_map(Line::read) {
            if now.since(line.at) <= KEPT_MS {
                kept.push_str(&line.csv());
                kept.push('\n');
                self.learn(&line);
            }
        }
        self.forget(now);
        if kept != text {
            let new = self.path.with_extension("new");
            std::fs::write(&new, &kept)?;
            std::fs::rename(&new, &self.path)?;
        }
        self.size = kept.len();
        self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        Ok(())
    }

    /// Writes a line.
    pub fn write(&mut self, line: &Line) {
        self.learn(line);
        self.forget(line.at);
        if self.size > MOST
            && let Err(error) = self.begin(line.at)
        {
            tracing::warn!(%error, "the book of the link cannot be shortened");
        }
        let Some(file) = &mut self.file else { return };
        let text = format!("{}\n", line.csv());
        self.size += text.len();
        if let Err(error) = file.write_all(text.as_bytes()) {
            // A full disk fails every line; saying it once is enough.
            tracing::warn!(%error, "the book of the link cannot be written");
            self.file = None;
        }
    }

    /// Counts bytes: those since the desk was opened, in all. Written down when a quarter of an hour begins, or when
    /// it is `due` for another reason.
    pub fn bytes(&mut self, now: At, all: (u64, u64), due: bool) {
        let (down, up) = (all.0.saturating_sub(self.counted.0), all.1.saturating_sub(self.counted.1));
        let new = self.spent.last().is_none_or(|s| s.from != quarter(now));
        if (down, up) != (0, 0) && (new || due) {
            self.counted = all;
            self.write(&Line { bytes: Some((down, up)), ..Line::new(now, What::Bytes, "") });
        }
    }

    /// Bytes of the last day by quarters of an hour, oldest first; those not written down yet are in the last.
    pub fn spent(&self, now: At, all: (u64, u64)) -> Vec<Spent> {
        let mut spent = self.spent.clone();
        let (down, up) = (all.0.saturating_sub(self.counted.0), all.1.saturating_sub(self.counted.1));
        add(&mut spent, now, down, up);
        spent
    }

    /// Times of the last day in which the link was lost, oldest first.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Copies the book to a file beside it that bears the day's date; its path.
    pub fn save(&mut self, now: At) -> io::Result<PathBuf> {
        let day = now.to_rfc3339();
        let to = self.path.with_file_name(format!("link-{}.csv", day.get(..10).unwrap_or("now")));
        std::fs::copy(&self.path, &to)?;
        Ok(to)
    }

    fn learn(&mut self, line: &Line) {
        let open = self.gaps.last_mut().filter(|g| g.to.is_none());
        match line.what {
            What::Lost => {
                if open.is_none() {
                    self.gaps.push(Gap { from: line.at, to: None });
                }
            }
            What::Opened | What::Live | What::Slow | What::Offline | What::Refused | What::Closed => {
                open.into_iter().for_each(|g| g.to = Some(line.at));
            }
            What::Bytes => {
                let (down, up) = line.bytes.unwrap_or_default();
                add(&mut self.spent, line.at, down, up);
            }
            What::RoundTrip => {}
        }
    }

    fn forget(&mut self, now: At) {
        self.spent.retain(|s| now.since(s.from) <= TODAY_MS);
        self.gaps.retain(|g| g.to.is_none_or(|to| now.since(to) <= TODAY_MS));
    }
}

/// The lines of a desk's book, oldest first; none when there is no book.
pub fn read(dir: &Path) -> io::Result<Vec<Line>> {
    match std::fs::read(dir.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => Ok(String::from_utf8_lossy(&read?).lines().filter_map(Line::read).collect()),
    }
}

fn quarter(at: At) -> At {
    At(at.0.div_euclid(EVERY_MS) * EVERY_MS)
}

fn add(spent: &mut Vec<Spent>, at: At, down: u64, up: u64) {
    let from = quarter(at);
    match spent.last_mut().filter(|s| s.from >= from) {
        Some(last) => {
            last.down += down;
            last.up += up;
        }
        None => spent.push(Spent { from, down, up }),
    }
}

/// The next boundary between characters.
fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
