//! The outside world: how customers reach us and answers reach them, each way behind one trait.
//!
//! A channel talks to the outside and to the desk, and to nothing else. It *brings* what customers say (each arrival
//! once, for ever, by its key) and is *sent* what agents answer (each answer kept durably before it says yes). The
//! server implements [`Desk`]; a test may put a double in its place. Invariant: between what came in and the ledger,
//! and between the ledger and what is kept to go out, nothing is lost and nothing doubled, however often either side
//! stops in between.

pub mod email;
pub mod menu;
pub mod plan;
pub mod webchat;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::command::CustomerHint;
use crate::domain::file::FileCard;
use crate::domain::ids::{AgentId, CaseId, FileId, InteractionId, MessageId, QueueId};
use crate::domain::mail::{Correspondents, Recipients};
use crate::domain::people::{Contacts, Customer};
pub use crate::domain::side::Side;
use crate::domain::tally::Survey;
use crate::domain::time::At;
use crate::domain::work::{Case, Channel as Kind, Message, Priority};
use crate::rand::Rand;
use menu::Route;

/// Longest key of an arrival, in visible ASCII characters.
pub const MAX_KEY: usize = 255;

/// Something that came in from the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The same when the same thing is brought again, and never otherwise; 1 to [`MAX_KEY`] visible ASCII characters
    /// that begin with the channel's name.
    pub key: String,
    /// What.
    pub what: Came,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Someone comes: a new interaction, on a case if one is named.
    Contact(Box<Contact>),
    /// The customer says more.
    Words {
        /// Where; refused with [`Code::Gone`] when it is over.
        interaction: InteractionId,
        /// The words; may be empty where files come.
        body: String,
        /// What they sent along, kept by [`Desk::keep_file`].
        files: Vec<FileCard>,
        /// Who else the mail names.
        letter: Option<Box<Correspondents>>,
    },
    /// The customer says what it is about, once they are here.
    Chose {
        /// Where.
        interaction: InteractionId,
        /// Where that leads.
        route: Route,
    },
    /// The customer has gone.
    Left {
        /// From where.
        interaction: InteractionId,
    },
    /// The customer answered a survey.
    Rated {
        /// About which case.
        case: CaseId,
        /// About which contact; `None` is the newest that was answered.
        interaction: Option<InteractionId>,
        /// What was asked.
        survey: Survey,
        /// The mark.
        mark: u8,
        /// The highest mark there was to give.
        scale: u8,
    },
    /// An answer did not reach the customer.
    Undelivered {
        /// On which case.
        case: CaseId,
        /// Which answer, when that is known.
        message: Option<MessageId>,
        /// Why not, as the outside said it.
        why: String,
    },
}

/// Someone who comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// How.
    pub channel: Kind,
    /// Where to: the queue's key.
    pub queue: String,
    /// Who they seem to be.
    pub hint: CustomerHint,
    /// Continue this case.
    pub case: Option<CaseId>,
    /// What they chose on the way.
    pub menu: Vec<String>,
    /// Order of need.
    pub priority: Priority,
    /// BCP 47; empty when it is not known.
    pub language: String,
    /// One line.
    pub subject: String,
    /// Their first words.
    pub body: Option<String>,
    /// What they sent along.
    pub files: Vec<FileCard>,
    /// When they came, if not now; never in the future.
    pub came: Option<At>,
    /// Who else the mail names that brought them.
    pub letter: Option<Box<Correspondents>>,
}

/// An answer of an agent, to be handed to the customer.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The words.
    pub message: &'a Message,
    /// Its case.
    pub case: &'a Case,
    /// Cases whose customer is reached as this one's, the nearest first: those that became part of it, the newest
    /// first, then those that it was split off.
    pub held: &'a [CaseId],
    /// To whom, by e-mail.
    pub to: Option<&'a Recipients>,
}

/// What became of an arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// It is in the ledger, now or since it was brought before.
    Done(Made),
    /// It is not, and will not be.
    Refused {
        /// Why, for the program.
        code: Code,
        /// Why, in a sentence.
        words: String,
    },
    /// Nothing was stored; bring it again. In words.
    Later(String),
}

/// What an arrival made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Made {
    /// The interaction, when one was opened.
    pub interaction: Option<InteractionId>,
    /// Its case, when that is new.
    pub case: Option<CaseId>,
    /// The message, when something was said.
    pub message: Option<MessageId>,
}

/// Why an arrival was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// What it is about is over, or was never there.
    Gone,
    /// Something in it is wrong.
    Wrong,
    /// The rules say no.
    Refused,
    /// The key was used for something else.
    Reused,
}

/// How a queue stands, as those outside may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueNow {
    /// Name shown.
    pub name: String,
    /// What it takes.
    pub channels: Vec<Kind>,
    /// Whether it is open at this moment.
    pub open: bool,
    /// What to tell those who come when it is not.
    pub closed_message: String,
    /// How many wait.
    pub waiting: usize,
    /// About how long the next one will wait, seconds, from and to, where enough is known.
    pub expected_s: Option<(i64, i64)>,
}

/// How an interaction stands, as its customer may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has it yet.
    Waiting {
        /// Place in line, from 1.
        place: usize,
        /// About how long it will take, seconds, from and to, where enough is known.
        expected_s: Option<(i64, i64)>,
    },
    /// Somebody has it.
    With {
        /// Who.
        id: AgentId,
        /// Their name.
        agent: String,
        /// Whether the customer was asked to hold.
        held: bool,
    },
    /// The conversation is over.
    Over,
}

/// How a channel does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As it should; in words what it does.
    Well(String),
    /// Not so; in words what is wrong and what to do.
    Trouble(String),
}

/// Something that may not be there, or why it cannot be said.
pub type Answer<'a, T> = BoxFuture<'a, Result<Option<T>, String>>;

/// A case, and the customer it is of.
pub type Whose = (Case, Option<(Customer, Contacts)>);

/// The desk as a channel sees it.
pub trait Desk: Send + Sync + 'static {
    /// Takes an arrival in.
    fn bring(&self, arrival: Arrival) -> BoxFuture<'_, Brought>;
    /// Keeps a file for a message that is brought afterwards. Its bytes are kept once however often they come.
    fn keep_file(&self, name: String, kind: String, bytes: Vec<u8>) -> BoxFuture<'_, Result<FileCard, String>>;
    /// A file that was kept.
    fn file(&self, id: FileId) -> Answer<'_, (FileCard, Vec<u8>)>;
    /// How a queue stands; `None` is not known.
    fn queue(&self, key: &str) -> BoxFuture<'_, Option<QueueNow>>;
    /// The key and the name of a queue.
    fn queue_called(&self, id: QueueId) -> BoxFuture<'_, Option<(String, String)>>;
    /// How an interaction stands.
    fn standing(&self, interaction: InteractionId) -> BoxFuture<'_, Standing>;
    /// Messages by number, those that are there.
    fn messages(&self, ids: Vec<MessageId>) -> BoxFuture<'_, Result<Vec<Message>, String>>;
    /// The names of agents, for those outside.
    fn agent_name(&self, id: AgentId) -> BoxFuture<'_, String>;
    /// A case, and whose it is.
    fn case(&self, id: CaseId) -> Answer<'_, Whose>;
    /// Shows the customer's side of a conversation; `None` when it is over.
    fn side(&self, case: CaseId, side: Option<Side>);
    /// Says how the channel does.
    fn health(&self, channel: &str, health: Health);
    /// The clock.
    fn clock(&self) -> &dyn Clock;
    /// Randomness.
    fn rand(&self) -> &dyn Rand;
}

/// One way customers reach us.
pub trait Channel: Send + Sync + 'static {
    /// What it is called in the log and on the status screen: `mail support`.
    fn name(&self) -> String;
    /// What its interactions are.
    fn kind(&self) -> Kind;
    /// Works until told to stop.
    fn run(
        self: std::sync::Arc<Self>,
        desk: std::sync::Arc<dyn Desk>,
        stop: watch::Receiver<bool>,
    ) -> BoxFuture<'static, ()>;
    /// An agent's answer to a customer. Yes means it is kept durably and will go out, by the channel's own efforts; no
    /// means that the case is none of this channel's. The same message may come again, and is kept once. Blocking.
    fn send(&self, answer: Answered<'_>) -> Result<bool, String>;
    /// Something about an interaction changed: taken, held, handed on, ended.
    fn turned(&self, interaction: InteractionId);
    /// Who has a case open at the desk, and who of them writes an answer, by name.
    fn looks(&self, case: CaseId, who: &[AgentId], writer: Option<&str>);
}
