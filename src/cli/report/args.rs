//! What `cordboard report` is asked.

use clap::{Args, ValueEnum};

use crate::cli::args::DataDir;

/// `cordboard report`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Days and midnights are those of the firm's zone. Without --from and --to it is about today.")]
pub struct Report {
    /// Where the ledger lives
    #[command(flatten)]
    pub dir: DataDir,
    /// First day (YYYY-MM-DD), or an instant
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Last day, itself in it, or an instant
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Only this queue, by key
    #[arg(long, value_name = "KEY")]
    pub queue: Option<String>,
    /// Only this person, by login
    #[arg(long, value_name = "LOGIN")]
    pub agent: Option<String>,
    /// Only these channels: voice,chat,email,callback
    #[arg(long, value_delimiter = ',')]
    pub channel: Vec<String>,
    /// One line for each of these
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// How one figure is made, and the contacts behind it
    #[arg(long, value_name = "FIGURE")]
    pub how: Option<String>,
    /// Every figure with its formula
    #[arg(long)]
    pub list: bool,
}

/// What a report is broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Half hours
    Interval,
    /// People
    Agent,
    /// Queues
    Queue,
    /// Days
    Day,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// Comma-separated values
    Csv,
    /// JSON
    Json,
}
