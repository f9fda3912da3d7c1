//! Rows: the state of the desk as a set of small records, each with an entity, an id and a scope.
//!
//! The ledger's derived tables, the feed and the cache all hold these and nothing else, so "cache equals the
//! server's rows within my scopes" is a comparison of bytes.

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::checklist::Checklist;
use super::ids::Seq;
use super::label::Label;
use super::mail::{Correspondents, Scheduled};
use super::people::{Agent, BreakCode, Contacts, Customer, Firm, PresenceRow, Skill, Team};
use super::scope::Scope;
use super::sla::policy::Policy;
use super::stock::{Stock, Usage};
use super::tally::{AgentDay, Departure, QueueDay, Rating};
use super::training::Training;
use super::view::SavedView;
use super::work::{ArticleBody, ArticleHead, Case, Interaction, Message, Outcome, Queue, Reason, Task, WrapUp};

/// Format of the rows, of events and of what travels: a change of any field or variant that is not at the end of a
/// JSON record gets a new number. Other programs' files and peers are then refused in words, never misread.
pub const FORMAT: u16 = 18;

macro_rules! rows {
    ($($entity:ident($type:ident) = $code:literal, $scope:expr, $id:expr;)*) => {
        /// What kind of row. The numbers are on the wire and on disk: they are never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)] // named after the type each one holds, which has the words
        #[repr(u8)]
        pub enum Entity { $($entity = $code,)* }

        impl Entity {
            /// Every kind.
            pub const ALL: &'static [Entity] = &[$(Entity::$entity,)*];

            /// Reads the number.
            pub fn from_code(code: u8) -> Option<Entity> {
                match code { $($code => Some(Entity::$entity),)* _ => None }
            }

            /// The word used in exports and by `admin verify`.
            pub fn word(self) -> &'static str {
                match self { $(Entity::$entity => stringify!($entity),)* }
            }
        }

        /// One record.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[allow(missing_docs)] // as above
        pub enum Row { $($entity($type),)* }

        impl Row {
            /// Its kind.
            pub fn entity(&self) -> Entity {
                match self { $(Row::$entity(_) => Entity::$entity,)* }
            }

            /// Its id within the kind.
            pub fn id(&self) -> u64 {
                match self { $(Row::$entity(r) => r.row_id(),)* }
            }

            /// Where it lives.
            pub fn scope(&self) -> Scope {
                match self { $(Row::$entity(r) => r.row_scope(),)* }
            }

            /// The record alone as positional binary, without the kind.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Row::$entity(r) => postcard::to_stdvec(r),)*
                }
                .expect("invariant: rows are plain data, which always encodes")
            }

            /// Reads [`Row::encode`]; `None` when the bytes are not such a record.
            pub fn decode(entity: Entity, bytes: &[u8]) -> Option<Row> {
                match entity {
                    $(Entity::$entity => postcard::from_bytes(bytes).ok().map(Row::$entity),)*
                }
            }
        }

        $(
            impl Record for $type {
                const ENTITY: Entity = Entity::$entity;
                fn row_id(&self) -> u64 { let f: fn(&$type) -> u64 = $id; f(self) }
                fn row_scope(&self) -> Scope { let f: fn(&$type) -> Scope = $scope; f(self) }
            }
            impl From<$type> for Row {
                fn from(record: $type) -> Row { Row::$entity(record) }
            }
            impl TryFrom<Row> for $type {
                type Error = Row;
                fn try_from(row: Row) -> Result<$type, Row> {
                    match row { Row::$entity(r) => Ok(r), other => Err(other) }
                }
            }
        )*
    };
}

impl Entity {
    /// Whether a part of this kind is read from its highest id down, because the newest is needed first. The others
    /// are read from the lowest id up.
    pub fn newest_first(self) -> bool {
        matches!(
            self,
            Entity::Customer | Entity::Case | Entity::Message | Entity::WrapUp | Entity::Departure | Entity::Rating
        )
    }

    /// Whether rows of the kind are the firm's own settings, people and codes.
    pub fn is_configuration(self) -> bool {
        self.is_hot()
            && !matches!(
                self,
                Entity::Presence
                    | Entity::Interaction
                    | Entity::Task
                    | Entity::QueueDay
                    | Entity::AgentDay
                    | Entity::Usage
                    | Entity::Training
                    | Entity::Scheduled
            )
    }

    /// Whether a server keeps every row of the kind in memory: configuration, presence, open interactions, promises,
    /// the counts of the day.
    pub fn is_hot(self) -> bool {
        !matches!(
            self,
            Entity::Customer
                | Entity::Contacts
                | Entity::Case
                | Entity::Message
                | Entity::WrapUp
                | Entity::ArticleHead
                | Entity::ArticleBody
                | Entity::Departure
                | Entity::Rating
                | Entity::Correspondents
        )
    }
}

/// A type that is stored as a row.
pub trait Record: Clone + Into<Row> + TryFrom<Row> {
    /// Its kind.
    const ENTITY: Entity;
    /// Its id within the kind.
    fn row_id(&self) -> u64;
    /// Where it lives.
    fn row_scope(&self) -> Scope;
}

rows! {
    Firm(Firm) = 1, |_| Scope::Desk, |_| 1;
    Team(Team) = 2, |_| Scope::Desk, |r| r.id.0;
    Skill(Skill) = 3, |_| Scope::Desk, |r| r.id.0;
    Queue(Queue) = 4, |_| Scope::Desk, |r| r.id.0;
    Reason(Reason) = 5, |_| Scope::Desk, |r| r.id.0;
    Outcome(Outcome) = 6, |_| Scope::Desk, |r| r.id.0;
    BreakCode(BreakCode) = 7, |_| Scope::Desk, |r| r.id.0;
    Agent(Agent) = 8, |_| Scope::Desk, |r| r.id.0;
    Presence(PresenceRow) = 9, |r| Scope::Team(r.team), |r| r.agent.0;
    Interaction(Interaction) = 10, |r| Scope::Queue(r.queue), |r| r.id.0;
    Task(Task) = 11, |r| Scope::Agent(r.owner), |r| r.id.0;
    Customer(Customer) = 12, |_| Scope::People, |r| r.id.0;
    Contacts(Contacts) = 13, |_| Scope::Contacts, |r| r.id.0;
    Case(Case) = 14, |r| Scope::History(r.queue), |r| r.id.0;
    Message(Message) = 15, |r| Scope::History(r.queue), |r| r.id.0;
    WrapUp(WrapUp) = 16, |r| Scope::History(r.queue), |r| r.id.0;
    ArticleHead(ArticleHead) = 17, |_| Scope::Library, |r| r.id.0;
    ArticleBody(ArticleBody) = 18, |_| Scope::Library, |r| r.id.0;
    Calendar(Calendar) = 19, |_| Scope::Desk, |r| r.id.0;
    Policy(Policy) = 20, |_| Scope::Desk, |r| r.id.0;
    QueueDay(QueueDay) = 24, |r| Scope::Queue(r.queue), |r| r.queue.0;
    AgentDay(AgentDay) = 25, |r| Scope::Agent(r.agent), |r| r.agent.0;
    Departure(Departure) = 26, |r| Scope::History(r.queue), |r| r.id.0;
    Rating(Rating) = 27, |r| Scope::History(r.queue), |r| r.id.0;
    SavedView(SavedView) = 28, |r| r.owner.map_or(Scope::Desk, Scope::Agent), |r| r.id.0;
    Label(Label) = 29, |_| Scope::Desk, |r| r.id.0;
    Checklist(Checklist) = 30, |_| Scope::Desk, |r| r.id.0;
    Stock(Stock) = 31, |r| r.owner.scope(), |r| r.id.0;
    Usage(Usage) = 32, |r| Scope::Agent(r.agent), |r| r.agent.0;
    Training(Training) = 33, |r| Scope::Training(r.team), |r| r.agent.0;
    Correspondents(Correspondents) = 34, |_| Scope::Contacts, |r| r.case.0;
    Scheduled(Scheduled) = 35, |r| Scope::History(r.queue), |r| r.id.0;
}

/// Identity of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowKey {
    /// Its kind.
    pub entity: Entity,
    /// Its id within the kind.
    pub id: u64,
}

impl Row {
    /// Its identity.
    pub fn key(&self) -> RowKey {
        RowKey { entity: self.entity(), id: self.id() }
    }

    /// The row it belongs to, for "everything of this case" and "every case of this customer": the case of a
    /// message or wrap-up, the customer of a case or task. 0 when there is none.
    pub fn parent(&self) -> u64 {
        match self {
            Row::Message(m) => m.case.0,
            Row::WrapUp(w) => w.case.0,
            Row::Departure(d) => d.case.0,
            Row::Rating(r) => r.case.0,
            Row::Case(c) => c.customer.map_or(0, |c| c.0),
            Row::Task(t) => t.customer.map_or(0, |c| c.0),
            Row::Interaction(i) => i.case.0,
            Row::Scheduled(s) => s.case.0,
            Row::Correspondents(c) => c.case.0,
            _ => 0,
        }
    }

    /// The instant it is ordered by within its parent, ms; 0 when it has none.
    pub fn order(&self) -> i64 {
        match self {
            Row::Message(m) => m.at.0,
            Row::WrapUp(w) => w.at.0,
            Row::Departure(d) => d.at.0,
            Row::Rating(r) => r.at.0,
            Row::Case(c) => c.updated.0,
            Row::Task(t) => t.due.0,
            Row::Interaction(i) => i.enqueued.0,
            Row::Scheduled(s) => s.at.0,
            _ => 0,
        }
    }
}

/// One change of one row, as the feed carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The row as it is now. Applied if and only if its revision is not older than the local one.
    Put {
        /// Revision: seq of the event that made it so.
        rev: Seq,
        /// Where it lives.
        scope: Scope,
        /// Its kind and id.
        key: RowKey,
        /// [`Row::encode`].
        body: Vec<u8>,
    },
    /// The row has left `scope` (it may live on in another). Applied if and only if the local row is in that
    /// scope and not newer.
    Forget {
        /// Revision.
        rev: Seq,
        /// The scope it left.
        scope: Scope,
        /// Its kind and id.
        key: RowKey,
    },
    /// The row has come or changed, and its text is not told until somebody asks. Applied like a Put; what stands in
    /// its place says only that it is there.
    Absent {
        /// Revision.
        rev: Seq,
        /// Where it lives.
        scope: Scope,
        /// Its kind and id.
        key: RowKey,
        /// What it belongs to, see [`Row::parent`].
        parent: u64,
    },
}

impl Change {
    /// The scope that decides who gets it.
    pub fn scope(&self) -> Scope {
        match self {
            Change::Put { scope, .. } | Change::Forget { scope, .. } | Change::Absent { scope, .. } => *scope,
        }
    }

    /// Which row.
    pub fn key(&self) -> RowKey {
        match self {
            Change::Put { key, .. } | Change::Forget { key, .. } | Change::Absent { key, .. } => *key,
        }
    }

    /// Its revision.
    pub fn rev(&self) -> Seq {
        match self {
            Change::Put { rev, .. } | Change::Forget { rev, .. } | Change::Absent { rev, .. } => *rev,
        }
    }
}
