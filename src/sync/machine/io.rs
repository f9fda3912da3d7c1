//! What goes into the machine and what comes out of it.

use crate::domain::ids::{AgentId, CaseId, DeviceId, MessageId, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Change, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::side::Side;
use crate::domain::time::At;
use crate::sync::flight::{Abandoned, Queued};
use crate::wire::frame::{Down, Hello, Look, Part, Up};
use crate::wire::pipe::DialError;

/// What the desk's files held at start.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Which outbox this is.
    pub incarnation: u64,
    /// Ledger epoch of the cache, 0 when empty.
    pub epoch: u64,
    /// Cursor of the live lane.
    pub live: Seq,
    /// Cursor of the deep lane.
    pub deep: Seq,
    /// Parts of the snapshot.
    pub parts: Vec<Part>,
    /// Server time up to which everything was seen.
    pub seen_at: Option<At>,
    /// The same of the deep lane.
    pub deep_at: Option<At>,
    /// The agent wants no link for now.
    pub offline: bool,
    /// Version of the desk, for the server's log.
    pub version: String,
    /// Seed of the jitter.
    pub seed: u64,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// Begin.
    Start,
    /// The connection stands; frames will come.
    Opened {
        /// Which.
        generation: u32,
    },
    /// The connection could not be made.
    Failed {
        /// Which.
        generation: u32,
        /// Why.
        error: DialError,
    },
    /// One message came in.
    Frames {
        /// Over which connection.
        generation: u32,
        /// Its frames.
        frames: Vec<Down>,
    },
    /// Bytes came in, though no whole message yet.
    Heard {
        /// Over which connection.
        generation: u32,
    },
    /// The connection ended.
    Closed {
        /// Which.
        generation: u32,
        /// Why, in words.
        why: String,
    },
    /// The time of [`Machine::wake_at`] has come.
    Timer,
    /// Answer to [`Output::Reconcile`]: the unanswered, numbered commands, in order. Above the server's last number
    /// none may be missing.
    Handed {
        /// The commands.
        items: Vec<Queued>,
    },
    /// Answer to [`Output::Reconcile`]: the numbers could not be brought together; the outbox counts anew.
    Renewed {
        /// Its new name.
        incarnation: u64,
    },
    /// A command was stored and numbered (while [`Machine::linked`]). No number may be left out.
    Submitted(Box<Queued>),
    /// The cache could not take an output: this is what it holds, in truth.
    ApplyFailed {
        /// Ledger epoch, 0 when empty.
        epoch: u64,
        /// Cursor of the live lane.
        live: Seq,
        /// Cursor of the deep lane.
        deep: Seq,
        /// Its parts.
        parts: Vec<Part>,
        /// As of when each lane is there.
        seen: [Option<At>; 2],
        /// Why, in words.
        why: String,
    },
    /// Rows are wanted ahead of the snapshot.
    Want(RowKey),
    /// Texts absent here are wanted when there is room.
    Texts(Vec<MessageId>),
    /// Which case is open, and whether someone writes in it.
    Look {
        /// Which.
        case: Option<CaseId>,
        /// Whether they write.
        writing: bool,
        /// Every packet has a way to go: it is told with the next one, or once it has lasted.
        far: bool,
    },
    /// The agent wants the link tried now; if it does well, what the server keeps back for company.
    RetryNow,
    /// The agent wants no link, or wants it again.
    Offline(bool),
    /// An offer is in front of the agent.
    Shown,
    /// How this line is to be used.
    Line {
        /// Thin-link mode or not; `None` leaves it to what the server measures.
        thin: Option<bool>,
        /// Whether every packet has a way to go.
        far: bool,
    },
    /// The machine was asleep, or the network changed.
    Woke,
}

/// What to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Set up a connection; give up any other.
    Connect {
        /// Its number; comes back with everything about it.
        generation: u32,
        /// What to say first.
        hello: Box<Hello>,
    },
    /// Give the connection up.
    Disconnect {
        /// Which.
        generation: u32,
    },
    /// Send one message.
    Send {
        /// Over which connection.
        generation: u32,
        /// Its frames.
        frames: Vec<Up>,
    },
    /// Empty the cache: it belongs to another ledger.
    Wipe {
        /// The ledger it will belong to.
        epoch: u64,
    },
    /// Delete every row outside these scopes, before anything is shown.
    Retain {
        /// Sorted.
        scopes: Vec<Scope>,
    },
    /// A scope was taken away: delete every row of it.
    DropScope(Scope),
    /// A scope was given.
    Grant(Scope),
    /// The server begins this scope anew: nothing of it that is here counts. Delete its rows and forget its parts.
    Empty(Scope),
    /// Put or forget rows and move the lane's cursor, in one transaction.
    Batch {
        /// Lane.
        lane: Lane,
        /// Its cursor before.
        from: Seq,
        /// Its cursor after.
        to: Seq,
        /// Server time.
        at: At,
        /// The changes.
        changes: Vec<Change>,
    },
    /// Put rows; no cursor moves.
    Early(Vec<Change>),
    /// Put rows of a part and move its mark, in one transaction.
    Chunk {
        /// Where it stands afterwards.
        part: Part,
        /// Where this piece begins.
        after: u64,
        /// Head when it was read.
        seq: Seq,
        /// Id, revision, body.
        rows: Vec<(u64, Seq, Vec<u8>)>,
    },
    /// Whose desk this is.
    Person {
        /// Who.
        agent: AgentId,
        /// Which desk of theirs.
        device: DeviceId,
    },
    /// Bring the outbox in line with the server, number what waits, and answer with [`Input::Handed`] or
    /// [`Input::Renewed`].
    Reconcile {
        /// The server has decided up to here.
        last: u64,
        /// For this device.
        device: DeviceId,
    },
    /// Store the server's answer and tell the app.
    Settled {
        /// Its number.
        n: u64,
        /// Newest seq it made; its rows of the live lane are here once the cursor is.
        seq: Seq,
        /// The same for the deep lane; 0 when they are here already.
        deep: Seq,
        /// Why not, if not.
        refusal: Option<Refusal>,
    },
    /// A command is given up; store and tell it as refused.
    Abandoned {
        /// Its number.
        n: u64,
        /// Why.
        why: Abandoned,
    },
    /// Another command had a number of ours: take a new incarnation, ask the agent about what is unanswered, and
    /// answer with [`Input::Renewed`].
    Cloned,
    /// Who else looks at a case.
    Looks {
        /// Which.
        case: CaseId,
        /// Who.
        who: Vec<(AgentId, Look)>,
        /// How the customer's side of a live conversation stands.
        customer: Option<Side>,
    },
    /// The link does otherwise than before.
    Status(Status),
    /// Something the agent must be told.
    Say(String),
}

/// What of a snapshot comes, in order of need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stage {
    /// What waits, who is there, codes.
    #[default]
    Queue,
    /// Titles of articles, snippets.
    Titles,
    /// Cases and customers, what was said on them, how they ended.
    History,
    /// Texts of articles.
    Bodies,
}

/// How the link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkState {
    /// Being set up.
    #[default]
    Connecting,
    /// Up.
    Live,
    /// Up, but quiet for too long.
    Late,
    /// Gone; tried again later.
    Lost,
    /// The agent wants none.
    Offline,
    /// Not let in; the agent must act.
    Refused,
}

/// How the link does, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Up or not.
    pub state: LinkState,
    /// In words, when there is something to say.
    pub words: String,
    /// Next try, steady ms.
    pub retry_at: Option<u64>,
    /// Round trip, ms.
    pub rtt_ms: Option<u64>,
    /// Server time up to which everything was seen.
    pub seen_at: Option<At>,
    /// The same of the deep lane.
    pub deep_at: Option<At>,
    /// Cursor of the live lane.
    pub seen_seq: Seq,
    /// Rows still to come, of how many.
    pub coming: Option<(u64, u64)>,
    /// What they are.
    pub stage: Stage,
}
