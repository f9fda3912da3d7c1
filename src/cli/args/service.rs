//! Arguments about what is promised and when, what is looked at, and what the line did: calendars, policies, views, the link.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DataDir;

/// Opening hours.
#[derive(Debug, Clone, Subcommand)]
pub enum CalendarCmd {
    /// List them
    List,
    /// Show one: its hours, what is planned, and when it opens in the next 14 days
    Show {
        /// Short name
        key: String,
    },
    /// Add one, or change one from now on; what is not named stays
    Set {
        /// Short name
        key: String,
        /// What is to be so
        #[command(flatten)]
        to: CalendarSet,
    },
    /// Take one out of use
    Retire {
        /// Short name
        key: String,
    },
}

/// What a calendar is to be.
#[derive(Debug, Clone, Args)]
pub struct CalendarSet {
    /// Name shown
    #[arg(long)]
    pub name: Option<String>,
    /// IANA zone; a new calendar begins with the firm's
    #[arg(long)]
    pub zone: Option<String>,
    /// Opening hours: "mon-fri 08:00-20:00, sat 09:00-17:00", or "always"
    #[arg(long)]
    pub hours: Option<String>,
    /// A day off: "2026-12-25 Christmas Day"; may be given again
    #[arg(long, value_name = "DAY")]
    pub holiday: Vec<String>,
    /// A day with other hours: "2026-12-24 09:00-13:00"; may be given again
    #[arg(long, value_name = "DAY")]
    pub other_hours: Vec<String>,
    /// A day that is like any other after all: 2026-12-24; may be given again
    #[arg(long, value_name = "DAY")]
    pub ordinary: Vec<String>,
    /// From the beginning of this day on, instead of from now on
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
}

/// Service policies.
#[derive(Debug, Clone, Subcommand)]
pub enum PolicyCmd {
    /// List them in the order in which they are asked
    List,
    /// Add one, or change one; what is not named stays
    Set {
        /// Short name
        key: String,
        /// What is to be so
        #[command(flatten)]
        to: Box<PolicySet>,
    },
    /// Take one out of use
    Retire {
        /// Short name
        key: String,
    },
}

/// What a policy is to be. Lists replace what was there; an empty one is any.
#[derive(Debug, Clone, Args)]
pub struct PolicySet {
    /// Name shown
    #[arg(long)]
    pub name: Option<String>,
    /// Place in the list, lowest first; a new one goes last
    #[arg(long)]
    pub rank: Option<u32>,
    /// Only in these queues, by key
    #[arg(long, value_delimiter = ',')]
    pub queues: Option<Vec<String>>,
    /// Only what first came by these channels
    #[arg(long, value_delimiter = ',')]
    pub channels: Option<Vec<String>>,
    /// Only these priorities: low,normal,high,urgent
    #[arg(long, value_delimiter = ',')]
    pub priorities: Option<Vec<String>>,
    /// Only with one of these tags
    #[arg(long, value_delimiter = ',')]
    pub tags: Option<Vec<String>>,
    /// Only customers with one of these flags
    #[arg(long, value_delimiter = ',')]
    pub flags: Option<Vec<String>>,
    /// Only customers with one of these plans
    #[arg(long, value_delimiter = ',')]
    pub plans: Option<Vec<String>>,
    /// Only in these languages; de is also de-AT
    #[arg(long, value_delimiter = ',')]
    pub languages: Option<Vec<String>>,
    /// In whose open hours it counts, by the key of a calendar, or "always"
    #[arg(long)]
    pub calendar: Option<String>,
    /// First response: "urgent=15m,high=1h,normal=4h", one span for all, or "none"
    #[arg(long, value_name = "TARGETS")]
    pub first: Option<String>,
    /// Next response, written the same way
    #[arg(long, value_name = "TARGETS")]
    pub next: Option<String>,
    /// Resolution, written the same way
    #[arg(long, value_name = "TARGETS")]
    pub resolution: Option<String>,
    /// Whether a case that is opened again gets a new clock for its resolution [new: false]
    #[arg(long, value_name = "BOOL")]
    pub reopens: Option<bool>,
    /// Statuses in which next response and resolution rest [new: pending]
    #[arg(long, value_delimiter = ',')]
    pub pauses: Option<Vec<String>>,
    /// At risk after this share of the target, per cent [new: 75]
    #[arg(long)]
    pub warn_pct: Option<u8>,
    /// At risk with this much left, or "none" [new: 15m]
    #[arg(long)]
    pub warn_left: Option<String>,
}

/// What a queue asks of the work after a contact.
#[derive(Debug, Clone, Args)]
pub struct WrapUpSet {
    /// Time for wrap-up, seconds
    #[arg(long)]
    pub wrap_up_s: Option<u32>,
    /// How wrap-up goes: optional, mandatory, time-boxed, mandatory-time-boxed [new: mandatory]
    #[arg(long, value_name = "MODE")]
    pub wrap_up_mode: Option<String>,
    /// Whether the end of a time box makes the agent Ready without codes [new: false]
    #[arg(long, value_name = "BOOL")]
    pub wrap_up_forced_ready: Option<bool>,
    /// Whether anything may be promised in a wrap-up [new: true]
    #[arg(long, value_name = "BOOL")]
    pub follow_ups: Option<bool>,
}

/// The team's views of cases.
#[derive(Debug, Clone, Subcommand)]
pub enum ViewCmd {
    /// List them
    List,
    /// Add one or change one: 'queue:billing status:open tag:vip priority>=high assignee:none waiting>10m'
    Set {
        /// Name shown
        name: String,
        /// What it looks for
        text: String,
    },
    /// Take one out of everyone's list
    Retire {
        /// Name shown
        name: String,
    },
}

/// The house's own words for where a case stands.
#[derive(Debug, Clone, Subcommand)]
pub enum LabelCmd {
    /// List them
    List,
    /// Add one or rename one
    Set {
        /// Short name: waits-for-parts
        key: String,
        /// Name shown
        #[arg(long)]
        name: String,
        /// The status it is within, for good: open, pending, solved, closed
        #[arg(long)]
        status: String,
    },
    /// Take one out of use; cases that have it keep it
    Retire {
        /// Short name
        key: String,
    },
}

/// Templates of checklists.
#[derive(Debug, Clone, Subcommand)]
pub enum ChecklistCmd {
    /// List them
    List,
    /// Add one or change one
    Set(ChecklistSet),
    /// Take one off every case; what was ticked stays
    Retire {
        /// Short name
        key: String,
    },
}

/// A template of a checklist.
#[derive(Debug, Clone, Args)]
pub struct ChecklistSet {
    /// Short name
    pub key: String,
    /// Name shown
    #[arg(long)]
    pub name: String,
    /// Something that must be done; again for more
    #[arg(long)]
    pub must: Vec<String>,
    /// Something that may be done; again for more
    #[arg(long)]
    pub item: Vec<String>,
    /// Only on cases of these queues: billing,technical
    #[arg(long, value_delimiter = ',')]
    pub queues: Vec<String>,
    /// Only for these reasons: billing/roaming,billing/refund
    #[arg(long, value_delimiter = ',')]
    pub reasons: Vec<String>,
    /// What happens when something that must be done is open: warn or refuse
    #[arg(long, default_value = "warn")]
    pub at_wrap_up: String,
}

/// Snippets or macros.
#[derive(Debug, Clone, Subcommand)]
pub enum StockCmd {
    /// List them, with how often they were used
    List,
    /// Add one or change one
    Set(StockSet),
    /// Drop one
    Retire(StockName),
}

/// Which snippet or macro.
#[derive(Debug, Clone, Args)]
pub struct StockName {
    /// Short name
    pub key: String,
    /// Its language: es, es-MX; none serves every language
    #[arg(long, default_value = "")]
    pub locale: String,
    /// The team it is for, by key; without it, everyone
    #[arg(long)]
    pub team: Option<String>,
}

/// What a snippet or macro is to be.
#[derive(Debug, Clone, Args)]
pub struct StockSet {
    /// Which
    #[command(flatten)]
    pub name: StockName,
    /// Name shown
    #[arg(long)]
    pub title: Option<String>,
    /// The words: 'Hello {first-name}, {order number?} is on its way.' or steps: 'tag refund'
    #[arg(long, conflicts_with = "file")]
    pub text: Option<String>,
    /// A file that holds them; - is standard input
    #[arg(long)]
    pub file: Option<PathBuf>,
}

/// `cordboard link`.
#[derive(Debug, Clone, Default, Args)]
pub struct LinkRecord {
    /// Where its data lives
    #[command(flatten)]
    pub dir: DataDir,
    /// JSON, one line each
    #[arg(long)]
    pub json: bool,
}

/// `cordboard export`.
#[derive(Debug, Clone, Args)]
pub struct Export {
    /// Where the ledger lives
    #[command(flatten)]
    pub dir: DataDir,
    /// Only these: config, customers, cases, articles
    #[arg(long, value_delimiter = ',')]
    pub what: Vec<String>,
    /// Only cases of this queue, by key
    #[arg(long, value_name = "KEY")]
    pub queue: Option<String>,
    /// Only cases changed since this day (YYYY-MM-DD)
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Only this customer and their cases, by reference
    #[arg(long, value_name = "REF")]
    pub customer: Option<String>,
    /// File to write, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
