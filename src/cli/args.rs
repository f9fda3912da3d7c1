//! The table of the command line: parser, `--help`, man page and completions are made from it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use super::import::args::{Import, ImportWhat};
pub use super::load::args::Load;
use super::report::args::Report;
pub use super::sandbox::args::Sandbox;

mod service;

pub use service::{
    CalendarCmd, CalendarSet, ChecklistCmd, ChecklistSet, Export, LabelCmd, LinkRecord, PolicyCmd, PolicySet, StockCmd,
    StockName, StockSet, ViewCmd, WrapUpSet,
};

/// The desk in a terminal for people who answer customers all day.
#[derive(Debug, Parser)]
#[command(name = "cordboard", version, about, long_about = None, disable_help_subcommand = true)]
#[command(after_help = "Without a command it opens the desk set up on this machine, or helps you set one up.")]
pub struct Cli {
    /// What to do; nothing opens the desk.
    #[command(subcommand)]
    pub command: Option<Cmd>,
    /// The desk line by line, for screen readers and scripts
    #[arg(long)]
    pub plain: bool,
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
}

/// What every command understands.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Configuration file, instead of the usual one
    #[arg(long, global = true, value_name = "FILE", env = "CORDBOARD_CONFIG")]
    pub config: Option<PathBuf>,
    /// One setting for this start, such as desk.theme=mono
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Treat every fault in the configuration as an error
    #[arg(long, global = true)]
    pub strict: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Cmd {
    /// Run a server for yourself and open its desk
    Host(Host),
    /// Run the team's server
    Serve(Serve),
    /// Set up this machine's desk with a join link
    Join(Join),
    /// Configure the firm: people, queues, codes, keys, backups
    Admin(Admin),
    /// Bring in customers, cases, articles or a whole export
    Import(Import),
    /// Write everything, or a part, as JSON Lines
    Export(Export),
    /// Print the figures of the trade: service level, handle time, occupancy and the rest
    Report(Report),
    /// Practise with made-up customers in a room of its own, and train others
    Sandbox(Sandbox),
    /// Look at terminal, files, link and clock, and say what is wrong
    Doctor(DataDir),
    /// Measure how many desks a server on this machine carries
    Load(Load),
    /// Print where files live
    Paths(DataDir),
    /// Print the record of this desk's link: when it was lost, round trips, bytes, as CSV
    Link(LinkRecord),
    /// Print the keys in force
    Keys,
    /// Print the man page
    #[command(hide = true)]
    Man,
    /// Print completions for a shell
    #[command(hide = true)]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Where the data lives.
#[derive(Debug, Clone, Default, Args)]
pub struct DataDir {
    /// Folder of the data [default: CORDBOARD_DATA, else the data folder that `cordboard paths` prints]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `cordboard host`.
#[derive(Debug, Clone, Default, Args)]
pub struct Host {
    /// Where its data lives
    #[command(flatten)]
    pub dir: DataDir,
    /// Practise with a made-up firm, in a folder of its own unless --data names one
    #[arg(long)]
    pub sample: bool,
    /// The desk line by line, for screen readers and scripts
    #[arg(long)]
    pub plain: bool,
    /// Whose desk to open, by login [default: the first person there]
    #[arg(long = "as", value_name = "LOGIN")]
    pub login: Option<String>,
    /// Address for gateways [default: server.listen of the configuration]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
}

/// `cordboard serve`.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where its data lives
    #[command(flatten)]
    pub dir: DataDir,
    /// Address to listen on [default: server.listen of the configuration]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Certificate chain in PEM, instead of one of its own
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Private key in PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Name or address that join links carry [default: the address listened on]
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Practise with a made-up firm, in a folder of its own unless --data names one
    #[arg(long)]
    pub sample: bool,
}

/// `cordboard join`.
#[derive(Debug, Clone, Args)]
pub struct Join {
    /// The link the operator gave you
    pub link: String,
    /// Where the desk's data is to live
    #[command(flatten)]
    pub dir: DataDir,
    /// Name for this machine in the operator's list
    #[arg(long, value_name = "NAME")]
    pub label: Option<String>,
    /// Read the password to set from standard input instead of asking
    #[arg(long)]
    pub password_stdin: bool,
}

/// `cordboard admin`.
#[derive(Debug, Clone, Args)]
pub struct Admin {
    /// Where the ledger lives
    #[command(flatten)]
    pub dir: DataDir,
    /// What to do
    #[command(subcommand)]
    pub command: AdminCmd,
}

/// What the operator does.
#[derive(Debug, Clone, Subcommand)]
pub enum AdminCmd {
    /// Load a firm's file: queues, skills, people, codes (see assets/sample/desk.toml)
    Setup {
        /// The file
        file: PathBuf,
    },
    /// People
    #[command(subcommand)]
    User(UserCmd),
    /// Queues
    #[command(subcommand)]
    Queue(QueueCmd),
    /// Opening hours and holidays
    #[command(subcommand)]
    Calendar(CalendarCmd),
    /// Service policies: how soon, to whom
    #[command(subcommand)]
    Policy(PolicyCmd),
    /// Show or set how the whole house routes, calls and counts
    House(HouseSet),
    /// Try numbers of agents: the real router with calls by chance, beside theory
    Simulate(Simulate),
    /// Skills
    #[command(subcommand)]
    Skill(NamedCmd),
    /// Teams
    #[command(subcommand)]
    Team(NamedCmd),
    /// Wrap-up reasons
    #[command(subcommand)]
    Reason(ReasonCmd),
    /// Wrap-up outcomes
    #[command(subcommand)]
    Outcome(OutcomeCmd),
    /// Kinds of break
    #[command(subcommand)]
    Break(BreakCmd),
    /// The team's views of cases
    #[command(subcommand)]
    View(ViewCmd),
    /// The house's own words for where a case stands
    #[command(subcommand)]
    Label(LabelCmd),
    /// Templates of checklists
    #[command(subcommand)]
    Checklist(ChecklistCmd),
    /// Snippets: text with stops, of everyone's or a team's
    #[command(subcommand)]
    Snippet(StockCmd),
    /// Macros: several actions at once, of everyone's or a team's
    #[command(subcommand)]
    Macro(StockCmd),
    /// Gateways' keys
    #[command(subcommand)]
    Key(KeyCmd),
    /// Desks that joined
    #[command(subcommand)]
    Device(DeviceCmd),
    /// Copy the ledger to a file while everyone works
    Backup {
        /// The file to make
        file: PathBuf,
    },
    /// Put a backup into an empty data folder
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Look for settings that stand but will not do what they look like
    Check,
    /// Tell how the contacts of a case came to whoever had them, from the ledger
    Why {
        /// The case's number
        case: u64,
    },
    /// Prove that every row follows from the ledger
    Verify,
    /// Say how the ledger and the server do
    Status,
}

/// People.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCmd {
    /// List them
    List,
    /// Add someone
    Add {
        /// Name to sign in with
        login: String,
        /// Name shown
        #[arg(long)]
        name: String,
        /// trainee, agent, senior, lead, qa, compliance or admin
        #[arg(long, default_value = "agent")]
        role: String,
        /// Team, by key
        #[arg(long)]
        team: String,
        /// Queues they serve, by key
        #[arg(long, value_delimiter = ',')]
        queues: Vec<String>,
        /// Skills with levels: billing=4,en=5
        #[arg(long, value_delimiter = ',')]
        skills: Vec<String>,
    },
    /// Change someone; what is not named stays
    Set {
        /// Who
        login: String,
        /// Name shown
        #[arg(long)]
        name: Option<String>,
        /// New role
        #[arg(long)]
        role: Option<String>,
        /// New team, by key
        #[arg(long)]
        team: Option<String>,
        /// All queues they serve, by key
        #[arg(long, value_delimiter = ',')]
        queues: Option<Vec<String>>,
        /// All skills with levels
        #[arg(long, value_delimiter = ',')]
        skills: Option<Vec<String>>,
    },
    /// Someone has left
    Deactivate {
        /// Who
        login: String,
    },
    /// Print a join link, good once, for seven days
    Invite {
        /// Who
        login: String,
    },
    /// Set a password
    Password {
        /// Who
        login: String,
        /// Read it from standard input instead of asking
        #[arg(long)]
        stdin: bool,
    },
}

/// Queues.
#[derive(Debug, Clone, Subcommand)]
pub enum QueueCmd {
    /// List them
    List,
    /// Add one, or change one; what is not named stays
    Set {
        /// Short name
        key: String,
        /// What is to be so
        #[command(flatten)]
        to: Box<QueueSet>,
    },
    /// Close one for good
    Retire {
        /// Short name
        key: String,
    },
}

/// What a queue is to be.
#[derive(Debug, Clone, Args)]
pub struct QueueSet {
    /// Name shown
    #[arg(long)]
    pub name: Option<String>,
    /// Channels: voice,chat,email,callback
    #[arg(long, value_delimiter = ',')]
    pub channels: Option<Vec<String>>,
    /// Skills an agent needs, with least levels: billing=3
    #[arg(long, value_delimiter = ',')]
    pub skills: Option<Vec<String>>,
    /// Seconds an offer stands
    #[arg(long)]
    pub offer_s: Option<u32>,
    /// What follows a contact
    #[command(flatten)]
    pub wrap_up: WrapUpSet,
    /// Service level, as share/seconds: 80/20
    #[arg(long)]
    pub sl: Option<String>,
    /// Opening hours, by the key of a calendar, or "always"
    #[arg(long)]
    pub calendar: Option<String>,
    /// What gateways tell customers outside the hours
    #[arg(long)]
    pub closed_message: Option<String>,
    /// Who of the free gets a contact: longest-idle or best-skill
    #[arg(long)]
    pub pick: Option<String>,
    /// Strict class 0-9: a higher one always goes first
    #[arg(long)]
    pub class: Option<u8>,
    /// Priority points of the queue; one weighs as much as a minute of waiting
    #[arg(long, allow_hyphen_values = true)]
    pub points: Option<i16>,
    /// Seconds after which waiting adds no more weight; 0 is no cap
    #[arg(long)]
    pub age_cap_s: Option<u32>,
    /// Wider rings, each with its second and lower levels, 0 dropping a skill: "20 billing=0; 60 en=1", or "none"
    #[arg(long)]
    pub rings: Option<String>,
    /// At the longest wait: "120 add tech" waits in both, "120 move tech" moves on, or "none"
    #[arg(long)]
    pub overflow: Option<String>,
    /// Seconds to wait for the agent who last had the case; 0 is not at all
    #[arg(long)]
    pub sticky_s: Option<u32>,
    /// Callbacks, as tries/seconds between them: 3/600
    #[arg(long)]
    pub callback: Option<String>,
    /// Seconds a promised callback waits for its agent
    #[arg(long)]
    pub callback_own_s: Option<u32>,
    /// Seconds of expected wait from which gateways are told to offer a call back, at least 120
    #[arg(long)]
    pub callback_offer_s: Option<u32>,
}

/// How the whole house works; what is not named stays.
#[derive(Debug, Clone, Args)]
pub struct HouseSet {
    /// Units of an agent's 100 that one contact takes: voice=100,chat=33
    #[arg(long, value_delimiter = ',')]
    pub units: Option<Vec<String>>,
    /// What may come on top of what: "voice>email,voice>chat", or "none"
    #[arg(long)]
    pub interrupts: Option<String>,
    /// Seconds an offer stands where the queue does not say: voice=15,chat=30
    #[arg(long, value_delimiter = ',')]
    pub offer: Option<Vec<String>>,
    /// Two offers let pass within this many seconds set an agent Away; 0 is never
    #[arg(long)]
    pub misses_s: Option<u32>,
    /// Whether who declines an offer gets no more until they say Ready: yes or no
    #[arg(long)]
    pub decline_rests: Option<String>,
    /// Seconds after which the lead is told of an agent set Away
    #[arg(long)]
    pub tell_lead_s: Option<u32>,
    /// Seconds before an offer comes again to the only one who is there
    #[arg(long)]
    pub again_s: Option<u32>,
    /// Hours in which customers are called, on the clock where they are: 08:00-21:00
    #[arg(long)]
    pub calling: Option<String>,
    /// Zones a customer may be in whose zone nobody knows, all of which must allow a call, or "firm" for the firm's own
    #[arg(long, value_delimiter = ',')]
    pub calling_zones: Option<Vec<String>>,
    /// The language the firm answers in unless the customer has another: en, es-MX, or "none"
    #[arg(long)]
    pub locale: Option<String>,
    /// Giving up after less than this many seconds is short, and left out where the figures say so
    #[arg(long)]
    pub short_s: Option<u32>,
    /// A contact within this many days after another of the same customer and reason is a repeat
    #[arg(long)]
    pub repeat_days: Option<u32>,
}

/// A day of calls through the real router.
#[derive(Debug, Clone, Args)]
pub struct Simulate {
    /// Calls per hour
    #[arg(long)]
    pub calls_per_hour: f64,
    /// Seconds of an agent's time per call, work after it included
    #[arg(long)]
    pub aht: f64,
    /// Agents
    #[arg(long)]
    pub agents: usize,
    /// Seconds a caller waits on average before giving up; for ever when not said
    #[arg(long)]
    pub patience: Option<f64>,
    /// Service level, as share/seconds
    #[arg(long, default_value = "80/20")]
    pub target: String,
    /// Calls simulated
    #[arg(long, default_value_t = 20_000)]
    pub calls: usize,
    /// The same number gives the same run
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Things that have a key and a name.
#[derive(Debug, Clone, Subcommand)]
pub enum NamedCmd {
    /// List them
    List,
    /// Add one or rename one
    Set {
        /// Short name
        key: String,
        /// Name shown
        #[arg(long)]
        name: String,
    },
    /// Take one out of use
    Retire {
        /// Short name
        key: String,
    },
}

/// Wrap-up reasons.
#[derive(Debug, Clone, Subcommand)]
pub enum ReasonCmd {
    /// List them
    List,
    /// Add one or change one
    Set {
        /// Path, like billing/roaming
        path: String,
        /// Name shown
        #[arg(long)]
        name: String,
        /// Only for these queues, by key
        #[arg(long, value_delimiter = ',')]
        queues: Vec<String>,
    },
    /// Take one out of use
    Retire {
        /// Path
        path: String,
    },
}

/// Wrap-up outcomes.
#[derive(Debug, Clone, Subcommand)]
pub enum OutcomeCmd {
    /// List them
    List,
    /// Add one or change one
    Set {
        /// Short name
        key: String,
        /// Name shown
        #[arg(long)]
        name: String,
        /// What it demands: note, follow-up, owner, resolved, verified, complaint
        #[arg(long, value_delimiter = ',')]
        needs: Vec<String>,
        /// The case is solved by it
        #[arg(long)]
        solves: bool,
    },
    /// Take one out of use
    Retire {
        /// Short name
        key: String,
    },
}

/// Kinds of break.
#[derive(Debug, Clone, Subcommand)]
pub enum BreakCmd {
    /// List them
    List,
    /// Add one or change one
    Set {
        /// Short name
        key: String,
        /// Name shown
        #[arg(long)]
        name: String,
        /// Allowance in seconds; 0 is none
        #[arg(long, default_value_t = 0)]
        limit_s: u32,
    },
    /// Take one out of use
    Retire {
        /// Short name
        key: String,
    },
}

/// Gateways' keys.
#[derive(Debug, Clone, Subcommand)]
pub enum KeyCmd {
    /// List them
    List,
    /// Make one; it is printed once
    Add {
        /// What for
        name: String,
    },
    /// Shut one out
    Revoke {
        /// Its number in the list
        id: u64,
    },
}

/// Desks that joined.
#[derive(Debug, Clone, Subcommand)]
pub enum DeviceCmd {
    /// List them
    List,
    /// Shut one out
    Revoke {
        /// Its number in the list
        id: u64,
    },
}
