//! How the link does, as the desk tells the app.

use crate::domain::time::At;

/// How the link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkState {
    /// Being set up.
    #[default]
    Connecting,
    /// Up.
    Live,
    /// Up, but the server has been quiet for longer than it should.
    Late,
    /// Gone; another try at the instant in [`LinkStatus::retry_at`].
    Lost,
    /// The agent wants it so.
    Offline,
    /// The server does not let this desk in; the agent must act.
    Refused,
}

/// When thin-link mode is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thin {
    /// When the line was measured and found thin.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Thin {
    /// The word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Thin::Auto => "auto",
            Thin::On => "on",
            Thin::Off => "off",
        }
    }
}

/// What of the first load comes, in order of need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stage {
    /// What waits, who is there, codes.
    #[default]
    Queue,
    /// Titles of articles, snippets.
    Titles,
    /// Cases and customers.
    History,
    /// Texts of articles.
    Bodies,
}

/// Bytes of a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// When it began, server time.
    pub from: At,
    /// Bytes that came.
    pub down: u64,
    /// Bytes that went.
    pub up: u64,
}

/// A time in which the link was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When it was lost, server time.
    pub from: At,
    /// When that ended; `None` is not yet.
    pub to: Option<At>,
}

/// How the link does, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkStatus {
    /// Up or not.
    pub state: LinkState,
    /// In words, when there is something to say.
    pub words: String,
    /// Round trip, ms; `None` when never measured.
    pub rtt_ms: Option<u32>,
    /// Server time less this machine's, ms, slewed.
    pub offset_ms: i64,
    /// Server time up to which everything was seen; `None` when the cache was empty.
    pub seen_at: Option<At>,
    /// Server time up to which what colleagues did with cases was seen, on a line on which it waits for company.
    pub history_at: Option<At>,
    /// Ledger position up to which everything live was seen.
    pub seen_seq: u64,
    /// When the next try is, this machine's clock.
    pub retry_at: Option<At>,
    /// Rows still to come, of how many.
    pub coming: Option<(u64, u64)>,
    /// What they are.
    pub stage: Stage,
    /// Bytes per second, as last measured while something was loaded.
    pub rate: Option<u64>,
    /// Whether thin-link mode is on.
    pub thin: bool,
    /// Bytes down and up since the desk started.
    pub bytes: (u64, u64),
    /// Bytes of the last day, oldest first.
    pub spent: Vec<Spent>,
    /// When the link was lost in the last day, oldest first.
    pub gaps: Vec<Gap>,
}
