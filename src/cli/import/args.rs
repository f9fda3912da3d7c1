//! What `cordboard import` is asked.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::DataDir;

/// `cordboard import`.
#[derive(Debug, Clone, Args)]
#[command(after_help = super::ARTICLES)]
pub struct Import {
    /// Where the ledger lives
    #[command(flatten)]
    pub dir: DataDir,
    /// What the files hold
    #[arg(value_enum)]
    pub what: ImportWhat,
    /// Files; for articles a folder
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// How fields of other people's JSON become ours
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Queue for cases that name none, by key
    #[arg(long, value_name = "KEY")]
    pub queue: Option<String>,
    /// Calling code of phone numbers that have none, such as 44
    #[arg(long, value_name = "CODE", value_parser = calling_code)]
    pub country: Option<String>,
    /// Language of articles that name none
    #[arg(long, value_name = "TAG", default_value = "en")]
    pub locale: String,
    /// Begin at the start although an earlier run got further
    #[arg(long)]
    pub restart: bool,
}

/// One to three digits.
fn calling_code(text: &str) -> Result<String, String> {
    let code = text.trim_start_matches('+').trim_start_matches("00");
    let fine = (1..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) && !code.starts_with('0');
    if fine { Ok(code.to_owned()) } else { Err("a calling code is one to three digits, such as 44".into()) }
}

/// What import files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportWhat {
    /// CSV, or JSON with --map
    Customers,
    /// JSON Lines, or JSON with --map
    Cases,
    /// A folder of Markdown
    Articles,
    /// JSON as Zendesk exports it
    Zendesk,
    /// What `cordboard export` wrote
    Export,
}
