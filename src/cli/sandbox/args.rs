//! What `cordboard sandbox` understands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::args::DataDir;

/// `cordboard sandbox`.
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Sandbox {
    /// How to enter the room
    #[command(flatten)]
    pub enter: Enter,
    /// What a trainer does
    #[command(subcommand)]
    pub command: Option<SandboxCmd>,
}

/// How to enter the room.
#[derive(Debug, Clone, Default, Args)]
pub struct Enter {
    /// tour, guided, practice, exam or drill [default: the tour the first time, then practice]
    #[arg(long)]
    pub mode: Option<String>,
    /// Only this scenario [default: the next one of your level]
    #[arg(long, value_name = "ID")]
    pub scenario: Option<String>,
    /// The desk line by line, for screen readers and scripts
    #[arg(long)]
    pub plain: bool,
    /// How many seconds of a contact go by in one of the clock, 1 to 100
    #[arg(long, default_value_t = 1, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub pace: u32,
    /// Folder of the room [default: sandbox in the state folder that `cordboard paths` prints]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Where more scenarios are
    #[command(flatten)]
    pub more: More,
}

/// What trainers do.
#[derive(Debug, Clone, Subcommand)]
pub enum SandboxCmd {
    /// List the scenarios
    List {
        /// Where more scenarios are
        #[command(flatten)]
        more: More,
    },
    /// Look for what is wrong with scenarios: one folder, a folder of them, or all that come with the program
    Lint {
        /// A scenario's folder, or one that holds several
        folder: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a new scenario to work on
    New {
        /// Its name: small letters, digits and dashes
        id: String,
        /// Folder to put it in
        #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Play a script of lines against a scenario and print what came of it
    Play {
        /// Which scenario
        scenario: String,
        /// What the trainee says and does, line by line: > words, ! verb what, ~ seconds, = reason | outcome | note
        #[arg(long, value_name = "FILE")]
        script: PathBuf,
        /// Which attempt; it decides what chance decides [default: the one the script was recorded in, else 0]
        #[arg(long)]
        attempt: Option<u64>,
        /// guided, practice or exam
        #[arg(long, default_value = "practice")]
        mode: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where more scenarios are
        #[command(flatten)]
        more: More,
    },
    /// Say which parts of a scenario scripts went through, and which none did
    Coverage {
        /// Which scenario
        scenario: String,
        /// Scripts
        #[arg(required = true)]
        scripts: Vec<PathBuf>,
        /// Where more scenarios are
        #[command(flatten)]
        more: More,
    },
    /// Step through a kept attempt turn by turn [default: the last one]
    Replay {
        /// One of the files in sandbox/attempts
        file: Option<PathBuf>,
        /// Where more scenarios are
        #[command(flatten)]
        more: More,
    },
    /// Make a scenario of a solved case: a draft without names and numbers, which another person releases
    Convert(Convert),
    /// Release a draft made of a real case, as somebody who did not make it and has read it
    Release(Release),
    /// Print a form to score a kept attempt with, for calibrate
    Sheet {
        /// An exported attempt (.json)
        attempt: PathBuf,
    },
    /// Show attempts to whoever runs your team, over this machine's desk, which has joined it
    Share(Share),
    /// Say how far a team is, from the attempts its trainees exported, or shared over the server
    Readiness(Readiness),
    /// Compare what two trainers gave for the same replay
    Calibrate {
        /// What one gave: TOML, one line for each thing: verifies = true
        first: PathBuf,
        /// What the other gave
        second: PathBuf,
    },
}

/// `cordboard sandbox convert`.
#[derive(Debug, Clone, Args)]
pub struct Convert {
    /// Which case, as the export names it: #4821
    pub case: String,
    /// Files of an export: cordboard export -o all.jsonl [default: what this machine's desk holds]
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// Which desk of this machine
    #[command(flatten)]
    pub copy: Copy,
    /// Name of the scenario: small letters, digits and dashes
    #[arg(long)]
    pub id: String,
    /// Folder to put it in
    #[arg(long = "in", value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// Who makes it [default: USER]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
}

/// `cordboard sandbox release`.
#[derive(Debug, Clone, Args)]
pub struct Release {
    /// The scenario's folder
    pub folder: PathBuf,
    /// Who releases it; not who made it [default: USER]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// You have read all of it, and nobody in it could be found
    #[arg(long)]
    pub read: bool,
}

/// `cordboard sandbox share`.
#[derive(Debug, Clone, Args)]
pub struct Share {
    /// Exported attempts, or folders of them [default: all you kept on this machine]
    #[arg(conflicts_with = "withdraw")]
    pub files: Vec<PathBuf>,
    /// Take back all you ever shared
    #[arg(long)]
    pub withdraw: bool,
    /// Where the desk is
    #[command(flatten)]
    pub dir: DataDir,
}

/// `cordboard sandbox readiness`.
#[derive(Debug, Clone, Args)]
pub struct Readiness {
    /// Exported attempts, or folders of them
    #[arg(required_unless_present = "server", conflicts_with = "server")]
    pub files: Vec<PathBuf>,
    /// What your team shared: as your desk has it, or, where the server's ledger is, of everybody
    #[arg(long)]
    pub server: bool,
    /// Which desk of this machine
    #[command(flatten)]
    pub copy: Copy,
}

/// The desk of this machine whose copy is read.
#[derive(Debug, Clone, Default, Args)]
pub struct Copy {
    /// Whose desk, by login, where several people have one
    #[arg(long = "as", value_name = "LOGIN")]
    pub login: Option<String>,
    /// Where it is
    #[command(flatten)]
    pub dir: DataDir,
}

/// Where more scenarios are.
#[derive(Debug, Clone, Default, Args)]
pub struct More {
    /// A folder with more scenarios [default: the folder scenarios beside the configuration]
    #[arg(long, value_name = "FOLDER")]
    pub scenarios: Option<PathBuf>,
}
