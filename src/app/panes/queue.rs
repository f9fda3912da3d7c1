//! The queue pane: who waits, what is mine, what I promised.

use crate::app::list::List;
use crate::domain::ids::{AgentId, InteractionId, TaskId};
use crate::domain::work::{Channel, Priority, TaskKind};

/// What a row stands for; the selection follows it when rows move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// Waits in a queue, or is offered to someone.
    Waiting(InteractionId),
    /// Mine, from accept to wrap-up.
    Mine(InteractionId),
    /// A promise of mine.
    Promise(TaskId),
}

/// The pane.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// Rows in order: waiting, mine, promises. Headings are not rows.
    pub rows: Vec<Row>,
    /// The selection among them.
    pub list: List,
    /// What is selected, to find it again when rows move.
    pub chosen: Option<Row>,
}

/// A row as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A waiting contact.
    Waiting {
        /// Past the queue's service level: the mark `!`.
        late: bool,
        /// How long it waits, in short: `now`, `3m`, `1h05`.
        wait: String,
        /// How it came.
        channel: Channel,
        /// Who.
        name: String,
        /// Its language, when it is not the firm's.
        language: Option<String>,
        /// Order of need.
        priority: Priority,
        /// Offered to someone now: who.
        offered: Option<String>,
        /// The queue, when the agent serves several.
        queue: String,
        /// Who looks at the case, and whether they write.
        looks: Vec<(String, bool)>,
        /// Being taken by this desk, not yet confirmed.
        unconfirmed: bool,
    },
    /// A contact of mine.
    Mine {
        /// The case's number.
        case: String,
        /// How it came.
        channel: Channel,
        /// Who.
        name: String,
        /// `talk`, `hold`, `wrap-up`, `waits` (the customer waits for an answer), `answered`, `gone`.
        state: &'static str,
        /// Clock of that state, `m:ss`.
        clock: String,
        /// Over a limit: wrap-up too long, customer waiting past the service level.
        late: bool,
        /// Shown in the conversation now.
        open: bool,
        /// A draft lies in it.
        draft: bool,
        /// Who else looks, and whether they write.
        looks: Vec<(String, bool)>,
        /// Not yet confirmed by the server.
        unconfirmed: bool,
    },
    /// A promise of mine.
    Promise {
        /// Its case's number.
        case: String,
        /// Task or callback.
        kind: TaskKind,
        /// What was promised.
        what: String,
        /// When, in short: `14:30`, `tue 9:00`.
        due: String,
        /// The time has passed.
        late: bool,
        /// For whom, when known.
        name: String,
    },
}

/// Where a heading goes: before the row of this index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Before which row.
    pub before: usize,
    /// The word: `waiting`, `mine`, `promises`.
    pub title: &'static str,
    /// How many rows follow.
    pub count: usize,
}

/// Someone who looks at a case.
pub type Look = (AgentId, bool);
