//! The status line's facts, and when anything visible changes by time alone.

/// How the link is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkMark {
    /// Up, nothing to worry about.
    #[default]
    Good,
    /// Being set up, late, or offline on purpose.
    Unsure,
    /// Lost or refused.
    Bad,
}

/// The line as shown. No customer text in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Who works here.
    pub name: String,
    /// `Ready`, `Away`, `Meal` …
    pub presence: String,
    /// How long, in short: `4m`; a break with a limit says `12m of 45m`.
    pub since: String,
    /// The break is over its limit, or an offer was let pass.
    pub warn: bool,
    /// `then Meal`, when something is armed.
    pub armed: Option<String>,
    /// How many wait that this agent could take.
    pub waiting: usize,
    /// Wait of the oldest, in short.
    pub oldest: Option<String>,
    /// Past its service level.
    pub oldest_late: bool,
    /// Service level of today, or `n/a`.
    pub service_level: String,
    /// `live 48 ms · all sent`, `lost 2m, trying in 4 s · 3 not sent · as of 10:56`.
    pub link: String,
    /// How to mark it.
    pub link_mark: LinkMark,
    /// Commands the server has not answered.
    pub unsent: usize,
    /// Refused commands the agent has not dealt with.
    pub refused: usize,
    /// This machine's local time, `10:58`.
    pub time: String,
}
