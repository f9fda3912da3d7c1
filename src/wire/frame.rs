//! Frames of the protocol, both ways (spec: sync 3). Kinds are only ever added at the end.
//!
//! What both halves hold to; the desk's half is `sync::machine`, the server's half `server`:
//!
//! **Opening.** [`Hello`] rides in the upgrade request ([`super::hello`]); the answer's headers say whether both
//! windows are primed with the dictionary. The first frame down is [`Down::Welcome`]; nothing else may come before.
//! The server says it only after an older connection of the same device is shut and every command that came over
//! that one is through, so that `last_n` is final.
//!
//! **Lanes.** After the welcome each lane gets one or more [`Down::Batch`] frames up to the head, live first. A batch
//! is applied only if `from` is the lane's cursor; one with `to` at or below the cursor changes nothing; anything
//! else is a gap, and the desk connects anew with its true cursors. When the desk's epoch is the server's and its
//! cursor is neither 0 nor below the floor, the batches are the delta `(cursor, head]`; a big delta may be cut into
//! several batches, but only between revisions, in order of revision. Otherwise the lane begins anew: all its parts
//! count as missing, and an empty batch `{from: 0, to: head}` says so. A desk that holds
//! something of the lane then drops every row of it. That batch goes out BEFORE the first chunk of the lane, so that later batches chain.
//!
//! **Parts.** Then [`Down::Chunk`] frames for every part that is not whole, in order of need, each read when it is
//! sent. A part goes on behind the `mark` the desk named; `after` 0 begins it from the start. Rows may be newer than
//! the cursor: harmless, because a row is put only if its revision is not older than the local one; only interactions
//! newer than the live cursor are dropped by the desk when it is welcomed anew, because the delta does not tell of what
//! came and went since the cursor.
//!
//! **Window.** The live lane is not windowed. Of all else at most a window of [`Down::weight`] may be under way; the
//! desk gives it back with [`Up::Credit`] once applied.
//!
//! **Commands.** `n` counts 1, 2, 3 … per (device, incarnation), at most [`IN_FLIGHT`] unanswered, in order. Each
//! [`Up::Command`] or [`Up::Skip`] gets exactly one answer, in order: `n <= last` the stored verdict again; `n ==
//! last + 1` is decided, committed with its effects, then answered; beyond that [`Down::Expect`]. A refusal advances
//! `last` too. The hash that tells a clone is over the whole postcard form of the `Up::Command`, which is the same
//! each time it is sent. [`Up::Skip`] takes the number of a command that was taken back: it is stored as done with
//! no effect; for `n <= last` it gets the stored verdict whatever the hash.
//! After a welcome with `last_n` below what was answered, the desk sends again from `last_n + 1`.
//!
//! **Quiet.** After [`QUIET_DOWN_MS`] without a frame the server sends an empty live batch `{from: head, to: head}`;
//! after [`QUIET_UP_MS`] of its own silence the desk sends [`Up::Beat`], and always one right after the welcome: until
//! that has come (or 8 s are over) the server sends only what a queue needs to be shown, and what is urgent.
//!
//! **Thin lines.** With [`Up::Line`] the desk turns thin-link mode on or off for this connection; without it the server
//! goes by what it measures. In that mode article bodies come only as [`Up::Want`] asks for them.
//!
//! **End.** [`Down::Close`] says why and when to come back. Without `retry_s` the desk stops and asks.

use serde::{Deserialize, Serialize};

use crate::domain::command::Command;
use crate::domain::ids::{AgentId, CaseId, DeviceId, MessageId, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::side::Side;

/// Newest protocol this build speaks.
pub const PROTOCOL: u16 = crate::domain::row::FORMAT;
/// Oldest protocol this build still speaks.
pub const PROTOCOL_MIN: u16 = crate::domain::row::FORMAT;
/// Most commands a desk sends ahead of their verdicts.
pub const IN_FLIGHT: usize = 16;
/// The server says something at least this often, ms.
pub const QUIET_DOWN_MS: u64 = 45_000;
/// So does the desk, ms; a little before the server's second turn, which its answer then saves.
pub const QUIET_UP_MS: u64 = 85_000;
/// Rows of so many bytes weigh nothing, see [`Down::weight`].
const FREE: usize = 512;

/// What the desk says in the upgrade request, before anything else; the token goes in `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Oldest protocol the desk speaks.
    pub min: u16,
    /// Newest protocol the desk speaks.
    pub max: u16,
    /// Which outbox this is: changes when it was lost or cloned.
    pub incarnation: u64,
    /// Counts connections of this desk; frames of older ones are dropped at the door.
    pub generation: u32,
    /// Ledger epoch the cursors belong to; 0 when the cache is empty.
    pub epoch: u64,
    /// Cursor of the live lane; 0 when the cache is empty.
    pub live: Seq,
    /// Cursor of the deep lane.
    pub deep: Seq,
    /// Parts of the snapshot the cache holds wholly or partly.
    pub parts: Vec<Part>,
    /// Hash of the dictionary that primes the compression.
    pub dictionary: u64,
    /// Version of the desk, for the log.
    pub version: String,
}

/// How far one part of a snapshot has come: the rows of one kind in one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Scope.
    pub scope: Scope,
    /// Kind of row.
    pub entity: Entity,
    /// Last id received, in the part's order.
    pub mark: u64,
    /// Whether the part is whole.
    pub whole: bool,
}

/// A row as the wire carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The row as it is now.
    Put {
        /// Revision.
        rev: Seq,
        /// Scope.
        scope: Scope,
        /// Kind and id.
        key: RowKey,
        /// The row alone, positional binary.
        body: Vec<u8>,
    },
    /// The row left the scope.
    Forget {
        /// Revision.
        rev: Seq,
        /// Scope it left.
        scope: Scope,
        /// Kind and id.
        key: RowKey,
    },
    /// The row came or changed; its text comes when it is asked for.
    Absent {
        /// Revision.
        rev: Seq,
        /// Scope.
        scope: Scope,
        /// Kind and id.
        key: RowKey,
        /// What it belongs to.
        parent: u64,
    },
}

/// What someone does with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Look {
    /// Has it open.
    Reading,
    /// Writes in it.
    Writing,
}

/// Server to desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    /// First frame of a connection.
    Welcome {
        /// Ledger epoch; another one than the desk's empties its cache first.
        epoch: u64,
        /// Who this desk belongs to.
        agent: AgentId,
        /// This desk's number.
        device: DeviceId,
        /// Everything the agent may see, sorted; rows of other scopes are deleted before anything is shown.
        scopes: Vec<Scope>,
        /// Highest command number of this incarnation that has a verdict.
        last_n: u64,
        /// Newest seq.
        head: Seq,
        /// Server time, ms.
        server_ms: i64,
    },
    /// All changes of one lane in `(from, to]` within the agent's scopes. Empty is "seen up to".
    Batch {
        /// Lane.
        lane: Lane,
        /// Applied only if this is the lane's cursor.
        from: Seq,
        /// The cursor afterwards.
        to: Seq,
        /// Server time, ms.
        server_ms: i64,
        /// The changes; never half a transaction.
        #[serde(with = "super::fold")]
        records: Vec<Record>,
        /// It catches up, and counts against the credit window: what goes by at this moment does not.
        bulk: bool,
    },
    /// Rows sent ahead of their lane because they are needed now; they claim no coverage.
    Early {
        /// The rows.
        #[serde(with = "super::fold")]
        records: Vec<Record>,
    },
    /// A piece of a snapshot: every row of `entity` in `scope` beyond `after` up to `mark` in the part's order.
    Chunk {
        /// Scope.
        scope: Scope,
        /// Kind.
        entity: Entity,
        /// Where this piece begins, exclusive.
        after: u64,
        /// Where it ends, inclusive.
        mark: u64,
        /// Whether the part is whole with it.
        whole: bool,
        /// Head when it was read.
        seq: Seq,
        /// Rows: id, revision, body.
        rows: Vec<(u64, Seq, Vec<u8>)>,
        /// Rows still to come in all parts, for the progress shown.
        left: u64,
    },
    /// The answer to a command.
    Verdict {
        /// Its number.
        n: u64,
        /// Newest seq it made; the desk keeps its prediction until its live cursor is there.
        seq: Seq,
        /// And its deep cursor here: 0 when what the command made in that lane comes ahead of it, right behind this.
        deep: Seq,
        /// What became of it.
        outcome: Outcome,
    },
    /// Numbers are missing: send again from here.
    Expect {
        /// Next number wanted.
        n: u64,
    },
    /// Who else has a case open.
    Looks {
        /// Which.
        case: CaseId,
        /// Who does what.
        who: Vec<(AgentId, Look)>,
        /// How the customer's side of a live conversation stands.
        customer: Option<Side>,
    },
    /// A scope was taken away: delete its rows now.
    Drop {
        /// Which.
        scope: Scope,
    },
    /// A scope was given; its parts follow.
    Grant {
        /// Which.
        scope: Scope,
    },
    /// Answer to [`Up::Beat`].
    Beat {
        /// The desk's own clock, as it said it.
        desk_ms: i64,
        /// Server time, ms.
        server_ms: i64,
    },
    /// The server ends the connection.
    Close {
        /// In words.
        why: String,
        /// Come back after this many seconds; `None`: do not, ask the agent.
        retry_s: Option<u32>,
    },
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Done.
    Done,
    /// Not done, in words.
    Refused(Refusal),
    /// Another command had this number: the outbox was cloned or restored.
    Cloned,
}

/// Desk to server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Up {
    /// A command.
    Command {
        /// 1, 2, 3 … per incarnation.
        n: u64,
        /// When the key was pressed, in server time as the desk estimates it, ms.
        at_ms: i64,
        /// What is asked.
        command: Box<Command>,
    },
    /// This much bulk was applied: the window opens again by it.
    Credit {
        /// Sum of [`Down::weight`] since the last credit.
        bytes: u32,
    },
    /// Which case the agent has open.
    Look {
        /// Which; `None` is none.
        case: Option<CaseId>,
        /// Whether they write in it.
        writing: bool,
    },
    /// Rows wanted ahead of the snapshot.
    Want {
        /// Kind and id; a case brings its messages, wrap-ups and customer.
        key: RowKey,
    },
    /// I am here; answer with the time.
    Beat {
        /// The desk's own clock, ms.
        desk_ms: i64,
    },
    /// Number `n` is of a command that was taken back before it was sent; it counts as done.
    Skip {
        /// Its number.
        n: u64,
    },
    /// How the desk wants this line used.
    Line {
        /// Thin-link mode: fuller packets, no article bodies ahead of need. `None` leaves it to what the server
        /// measures.
        thin: Option<bool>,
        /// Every packet has a way to go: what nobody waits for comes in fuller ones, and what colleagues and their
        /// customers say when it is asked for.
        far: bool,
    },
    /// I am here, and have what you sent: said when an offer is shown, so that one that never arrived costs nobody
    /// anything. Not answered.
    Here,
    /// Texts that are absent here are wanted when there is room.
    Texts {
        /// Whose.
        messages: Vec<MessageId>,
    },
    /// What waits for company in the deep lane is wanted now.
    CatchUp,
}

impl Down {
    /// What a frame takes of the credit window: bodies, plus 8 for a row of a chunk and 24 for a change, of all that is
    /// not of the live lane. The changes of the steady feed weigh nothing, so that they cost no answer.
    pub fn weight(&self) -> u32 {
        let of = |records: &[Record]| match records.iter().map(Record::size).sum() {
            small if small <= FREE => 0,
            bytes => bytes,
        };
        let bytes = match self {
            Down::Chunk { scope, rows, .. } if scope.lane() == Lane::Deep => {
                rows.iter().map(|(_, _, body)| body.len() + 8).sum()
            }
            Down::Batch { lane: Lane::Deep, records, bulk: true, .. } | Down::Early { records } => of(records),
            _ => 0,
        };
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

impl Record {
    /// Bytes of the body, and 24 for the rest.
    fn size(&self) -> usize {
        24 + match self {
            Record::Put { body, .. } => body.len(),
            Record::Forget { .. } | Record::Absent { .. } => 0,
        }
    }
}
