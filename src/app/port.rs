//! What the app asks of the world and what the world tells it. No terminal, no socket, no disk in here.

mod line;

pub use line::{Gap, LinkState, LinkStatus, Spent, Stage, Thin};

use crate::domain::command::Command;
use crate::domain::file::FileCard;
use crate::domain::ids::{AgentId, ArticleId, CaseId, CustomerId, MessageId};
use crate::domain::mail::Correspondents;
use crate::domain::people::{Contacts, Customer};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Row, RowKey};
use crate::domain::side::Side;
use crate::domain::state::State;
use crate::domain::tally::{Departure, Rating};
use crate::domain::time::At;
use crate::domain::work::{ArticleHead, Case, Interaction, Message, WrapUp};

/// What a draft belongs to. One draft per case and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DraftKey {
    /// Which case.
    pub case: CaseId,
    /// Which field.
    pub field: DraftField,
}

impl DraftKey {
    /// Shorthand.
    pub fn new(case: CaseId, field: DraftField) -> DraftKey {
        DraftKey { case, field }
    }
}

/// Which field of a case a draft belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DraftField {
    /// The answer to the customer.
    Reply,
    /// A note for the team.
    Note,
    /// The wrap-up note, with reason and outcome chosen so far in `meta`.
    WrapUp,
}

/// Text as typed so far, on disk within one second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it belongs to.
    pub key: DraftKey,
    /// The words.
    pub body: String,
    /// Newest customer message seen when it was begun.
    pub base: Option<MessageId>,
    /// Choices beside the words, as the app wrote them.
    pub meta: String,
    /// When it was last changed.
    pub at: At,
}

/// Something to do in the world.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Store a command in the outbox (durably) and send it; clears a draft in the same transaction.
    Submit {
        /// The app's own number for it until the outbox gives one.
        token: u64,
        /// What is asked.
        command: Box<Command>,
        /// The draft it was written in.
        clears: Option<DraftKey>,
        /// The case it is about, however it names it: what is held of that case keeps its place before it.
        case: Option<CaseId>,
        /// Not sent before this instant, server time.
        hold: Option<At>,
        /// When it was not handed to the link until this instant, the agent is asked again; server time.
        lapses: Option<At>,
    },
    /// Send a doubtful or lapsed command after all.
    Confirm {
        /// Its number.
        n: u64,
    },
    /// Take back a command, if it was not sent yet; the answer comes as [`Incoming::Withdrawn`].
    Withdraw {
        /// Its outbox number.
        n: u64,
    },
    /// The words of a command that was taken back or refused are in this draft now; until that is on the disk, the
    /// outbox keeps them. Without a draft there were none.
    GiveBack {
        /// Its outbox number.
        n: u64,
        /// The draft as it is now.
        draft: Option<Draft>,
    },
    /// Put a refused or doubtful command away, words and all.
    Discard {
        /// Its outbox number.
        n: u64,
    },
    /// Keep a draft.
    SaveDraft(Draft),
    /// Forget a draft.
    DropDraft(DraftKey),
    /// Keep a draft whose words were in another one until now; never are they in both on the disk, nor in neither.
    MoveDraft {
        /// Where they were.
        from: DraftKey,
        /// Where they are.
        to: Draft,
    },
    /// Look something up; the answer comes as [`Incoming::Answer`].
    Ask(Query),
    /// Say which case is open and whether someone writes in it.
    Look {
        /// Which.
        case: Option<CaseId>,
        /// Whether they write.
        writing: bool,
    },
    /// Ask the server for rows ahead of the snapshot.
    Want(RowKey),
    /// Try the link now.
    RetryLink,
    /// Work without a link on purpose, or stop doing so.
    WorkOffline(bool),
    /// How thin-link mode is chosen.
    UseLine(Thin),
    /// Fetch a file that a message names; it comes back as [`Incoming::FileSaved`].
    Fetch {
        /// Which message.
        message: MessageId,
        /// Which file.
        file: FileCard,
    },
    /// Open a file that was fetched with the program the configuration names.
    OpenFile {
        /// The program.
        with: String,
        /// Where the file is.
        path: String,
    },
    /// Copy the record of the link to a file that can be taken along; it comes back as [`Incoming::LinkSaved`].
    SaveLink,
    /// Put text on the clipboard (OSC 52).
    Copy(String),
    /// Ring the bell.
    Bell,
    /// Tell the agent on their desktop, who looks elsewhere. The words may be a customer's, raw.
    Notify(String),
    /// Open the text in $VISUAL or $EDITOR; comes back as a paste over the whole field.
    Edit(String),
    /// Read the settings again; they come back as a message.
    Reload,
    /// Keep a setting chosen on the desk.
    Keep {
        /// `desk`.
        section: &'static str,
        /// `theme`.
        key: &'static str,
        /// Its value.
        word: String,
    },
    /// Read the end of the log; it comes back as a message.
    ReadLog,
    /// Draw the whole screen again.
    Redraw,
    /// Stop the process until it is continued.
    Suspend,
    /// Leave.
    Quit,
}

/// A question about what the cache holds. `seq` counts; answers to older ones are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Everything about one case.
    Thread(CaseId),
    /// One customer with identities and cases, newest first.
    Customer(CustomerId),
    /// Articles for words as typed; empty words ask for what suits the subject and tags of `case`.
    Articles {
        /// Counts.
        seq: u64,
        /// As typed.
        words: String,
        /// The case they are for.
        case: Option<CaseId>,
        /// Preferred language.
        locale: String,
        /// At most this many.
        limit: usize,
    },
    /// One article's text.
    Article(ArticleId),
    /// Cases by words over all history.
    History {
        /// Counts.
        seq: u64,
        /// As typed.
        words: String,
        /// At most this many.
        limit: usize,
    },
    /// Messages of one customer's cases that hold the words.
    Timeline {
        /// Counts.
        seq: u64,
        /// Whose.
        customer: CustomerId,
        /// As typed; empty is everything.
        words: String,
    },
    /// Customers by words.
    Customers {
        /// Counts.
        seq: u64,
        /// As typed.
        words: String,
        /// These, as long as nothing is typed.
        first: Vec<CustomerId>,
        /// As long as nothing is typed, those too who have an identity of this one.
        alike: Option<CustomerId>,
        /// At most this many.
        limit: usize,
    },
    /// Open cases assigned to an agent, newest first.
    CasesOf(AgentId),
    /// Cases in a view, in its order.
    View {
        /// Counts.
        seq: u64,
        /// The view's text.
        text: String,
        /// Server time now.
        now: At,
        /// At most this many.
        limit: usize,
    },
    /// What the figures of an agent's day are made of.
    Day {
        /// Whose.
        me: AgentId,
        /// Since when everything of their queues is wanted.
        today: At,
        /// Since when their own contacts are wanted, and those of the same customers.
        since: At,
    },
}

/// Rows the figures of a day are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayRows {
    /// Finished legs, oldest first.
    pub wrap_ups: Vec<WrapUp>,
    /// Waits that ended without an answer.
    pub departures: Vec<Departure>,
    /// What customers answered.
    pub ratings: Vec<Rating>,
    /// The cases of today's contacts with their customers' names.
    pub cases: Vec<(Case, String)>,
}

/// One case with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The case.
    pub case: Case,
    /// Its messages and notes, oldest first.
    pub messages: Vec<Message>,
    /// Its wrap-ups, oldest first.
    pub wrap_ups: Vec<WrapUp>,
    /// Messages that are there and not on this desk yet.
    pub absent: u32,
    /// Who writes to each other on it, where it goes by e-mail and the role may see that.
    pub correspondents: Option<Correspondents>,
}

/// One customer with what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFile {
    /// Who.
    pub customer: Customer,
    /// Identities in full, when the role may see them.
    pub contacts: Option<Contacts>,
    /// Their cases and those of all who are one with them, newest first.
    pub cases: Vec<Case>,
    /// Who became part of them, with identities in full when the role may see them.
    pub held: Vec<(Customer, Option<Contacts>)>,
}

/// A found case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseHit {
    /// The case.
    pub case: Case,
    /// Name of its customer, if known.
    pub customer: String,
    /// The words around the match, one line.
    pub excerpt: String,
}

/// One line of a customer's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineLine {
    /// Which case.
    pub case: Case,
    /// Which message, if the line is one.
    pub message: Option<Message>,
}

/// An answer to a [`Query`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Query::Thread`]; `None` when the cache does not hold it.
    Thread(CaseId, Option<Box<Thread>>),
    /// To [`Query::Customer`].
    Customer(CustomerId, Option<Box<CustomerFile>>),
    /// To [`Query::Articles`]: best first.
    Articles {
        /// Which question.
        seq: u64,
        /// Found.
        hits: Vec<ArticleHead>,
        /// Microseconds it took.
        took_us: u64,
    },
    /// To [`Query::Article`]: Markdown, or `None` when it has not arrived yet.
    Article(ArticleId, Option<String>),
    /// To [`Query::History`].
    History {
        /// Which question.
        seq: u64,
        /// Found, best first.
        hits: Vec<CaseHit>,
    },
    /// To [`Query::Timeline`], newest first.
    Timeline {
        /// Which question.
        seq: u64,
        /// Whose.
        customer: CustomerId,
        /// Found.
        lines: Vec<TimelineLine>,
    },
    /// To [`Query::Customers`].
    Customers {
        /// Which question.
        seq: u64,
        /// Found, best first.
        hits: Vec<Customer>,
    },
    /// To [`Query::CasesOf`].
    CasesOf(AgentId, Vec<Case>),
    /// To [`Query::Day`].
    Day(Box<DayRows>),
    /// To [`Query::View`].
    View {
        /// Which question.
        seq: u64,
        /// In the view's order; the excerpt is empty.
        hits: Vec<CaseHit>,
        /// How many there are, those left out included.
        total: usize,
        /// What is wrong with the text, if something is: then nothing was looked for.
        fault: Option<String>,
    },
}

/// What the context of an offer needs, all from the cache, delivered with the offer itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pop {
    /// The offered interaction.
    pub interaction: Interaction,
    /// Who it is.
    pub customer: Option<Customer>,
    /// Their last cases, newest first, at most five.
    pub cases: Vec<Case>,
}

/// A command that waits, or that was answered lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its number.
    pub n: u64,
    /// When the key was pressed, server time.
    pub at: At,
    /// What was asked.
    pub command: Command,
    /// What became of it.
    pub state: OutboxState,
    /// It was refused, and a draft holds its words.
    pub returned: bool,
}

/// What became of an outbox item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboxState {
    /// Not answered yet.
    Waiting,
    /// Not sent before this instant, server time.
    Held {
        /// When it leaves.
        until: At,
    },
    /// Taken back in time, before its words were in a draft again.
    Withdrawn,
    /// Perhaps done already, by a copy of this desk: the agent says whether it is sent again.
    Doubtful,
    /// Found no link in time: the agent says whether it is still to be sent.
    Lapsed,
    /// Done; the prediction stays until both cursors are there.
    Done {
        /// Newest seq it made, for the live cursor.
        seq: u64,
        /// For the deep one; 0 when its rows of that lane are here already.
        deep: u64,
    },
    /// Not done.
    Refused(Refusal),
}

/// What the world tells the app.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// First of all: what the cache and outbox held at start.
    Opened {
        /// Who works here; `None` before the first welcome.
        agent: Option<AgentId>,
        /// Configuration, presence, interactions, promises.
        hot: Box<State>,
        /// Unfinished text.
        drafts: Vec<Draft>,
        /// Unanswered commands.
        outbox: Vec<OutboxItem>,
    },
    /// Rows changed. Configuration, presence, interactions and promises come whole; of the rest only the keys.
    Changed {
        /// New or changed hot rows.
        put: Vec<Row>,
        /// Hot rows that are gone.
        gone: Vec<RowKey>,
        /// Keys of other rows that changed; panes that show one ask again.
        deep: Vec<RowKey>,
        /// Cursor of the live lane now.
        seen_seq: u64,
        /// Cursor of the deep lane now.
        deep_seq: u64,
    },
    /// The cache was emptied (another epoch) or rights changed a lot: everything hot, anew.
    Reset {
        /// Who works here, as far as it is known.
        agent: Option<AgentId>,
        /// As in [`Incoming::Opened`].
        hot: Box<State>,
    },
    /// An offer to this agent, with its context.
    Offered(Box<Pop>),
    /// The outbox gave a submitted command its number.
    Queued {
        /// The app's number.
        token: u64,
        /// The outbox's number.
        n: u64,
        /// Until when it is held, server time.
        held: Option<At>,
    },
    /// A command was to be taken back.
    Withdrawn {
        /// Its number.
        n: u64,
        /// Whether it was; else it was sent already.
        in_time: bool,
    },
    /// The outbox could not store it (disk full …): nothing was sent, the text stays.
    NotQueued {
        /// The app's number.
        token: u64,
        /// Why, in words.
        why: String,
    },
    /// A command was answered.
    Verdict {
        /// Its number.
        n: u64,
        /// What became of it.
        state: OutboxState,
    },
    /// An answer to a question.
    Answer(Answer),
    /// Who else has a case open or writes in it.
    Looks {
        /// Which case.
        case: CaseId,
        /// Who, and whether they write.
        who: Vec<(AgentId, bool)>,
        /// How the customer's side of a live conversation stands.
        customer: Option<Side>,
    },
    /// The link changed.
    Link(LinkStatus),
    /// A file that a customer sent is on this disk.
    FileSaved {
        /// What it is called.
        name: String,
        /// Where.
        path: String,
    },
    /// The record of the link is in this file.
    LinkSaved(String),
    /// Something the agent must be told, in words.
    Trouble(String),
}

/// Whoever does what the app asks of the world: stores, sends, looks up. It never blocks; answers come as
/// [`Incoming`]. Effects of the terminal (copy, bell, editor, suspend, quit) never reach it.
pub trait Port {
    /// Does it, or begins to.
    fn perform(&self, effect: Effect);
}
