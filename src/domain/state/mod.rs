//! The state of the desk as rows in memory: what the rules read and what events change.
//!
//! It need not be whole. The server keeps configuration, presence, open interactions and tasks here and loads
//! cases and customers as commands name them; a desk does the same from its cache. One invariant: a row is
//! changed only through [`State::put`] and [`State::remove`], which note what changed for the store and the feed.

mod index;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::calendar::Calendar;
use crate::domain::calendar::wall::Zone;
use crate::domain::checklist::Checklist;
use crate::domain::ids::{
    AgentId, ArticleId, BreakId, CalendarId, CaseId, ChecklistId, CustomerId, InteractionId, LabelId, MessageId,
    OutcomeId, PROVISIONAL, PolicyId, QueueId, ReasonId, ScheduledId, Seq, SkillId, StockId, TaskId, TeamId, ViewId,
    WrapUpId,
};
use crate::domain::label::Label;
use crate::domain::mail::{Correspondents, Scheduled};
use crate::domain::people::{Agent, BreakCode, Contacts, Customer, Firm, PresenceRow, Skill, Team};
use crate::domain::routing::FirmRules;
use crate::domain::routing::order::Class;
use crate::domain::row::{Change, Entity, Record, Row, RowKey};
use crate::domain::scope::Scope;
use crate::domain::sla::policy::Policy;
use crate::domain::stock::{Stock, Usage};
use crate::domain::tally::{AgentDay, Departure, QueueDay, Rating};
use crate::domain::time::At;
use crate::domain::training::Training;
use crate::domain::view::SavedView;
use crate::domain::work::{ArticleBody, ArticleHead, Case, Interaction, Message, Outcome, Queue, Reason, Task, WrapUp};

pub use index::Hand;
use index::Index;

/// Rows in memory.
#[derive(Debug, Clone, Default)]
pub struct State {
    rows: BTreeMap<RowKey, Row>,
    /// Rows changed since the last [`State::take_changes`], with the scope they had before.
    dirty: BTreeMap<RowKey, Option<Scope>>,
    /// Highest id given so far, by entity.
    last: BTreeMap<Entity, u64>,
    /// Whether new ids are provisional.
    predicting: bool,
    /// What the rules look up; a function of the rows.
    index: Index,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $id:ident => $type:ident;)*) => {
        impl State {$(
            $(#[$doc])*
            pub fn $name(&self, id: $id) -> Option<&$type> {
                match self.rows.get(&RowKey { entity: <$type as Record>::ENTITY, id: id.0 }) {
                    Some(Row::$type(r)) => Some(r),
                    _ => None,
                }
            }
        )*}
    };
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident => $variant:ident($type:ident);)*) => {
        impl State {$(
            $(#[$doc])*
            pub fn $name(&self) -> impl Iterator<Item = &$type> {
                self.entity(Entity::$variant).filter_map(|row| match row { Row::$variant(r) => Some(r), _ => None })
            }
        )*}
    };
}

getters! {
    /// A team.
    team: TeamId => Team;
    /// A skill.
    skill: SkillId => Skill;
    /// A queue.
    queue: QueueId => Queue;
    /// A reason.
    reason: ReasonId => Reason;
    /// An outcome.
    outcome: OutcomeId => Outcome;
    /// A break code.
    break_code: BreakId => BreakCode;
    /// An agent.
    agent: AgentId => Agent;
    /// An open interaction.
    interaction: InteractionId => Interaction;
    /// A promise.
    task: TaskId => Task;
    /// A customer, if loaded.
    customer: CustomerId => Customer;
    /// A customer's identities, if loaded.
    contacts: CustomerId => Contacts;
    /// A case, if loaded.
    case: CaseId => Case;
    /// A message, if loaded.
    message: MessageId => Message;
    /// A wrap-up, if loaded.
    wrap_up: WrapUpId => WrapUp;
    /// An article's title card, if loaded.
    article: ArticleId => ArticleHead;
    /// An article's text, if loaded.
    article_body: ArticleId => ArticleBody;
    /// A calendar.
    calendar: CalendarId => Calendar;
    /// A policy.
    policy: PolicyId => Policy;
    /// A saved view.
    saved_view: ViewId => SavedView;
    /// A label.
    label: LabelId => Label;
    /// A template of a checklist.
    checklist: ChecklistId => Checklist;
    /// A snippet or a macro.
    stock: StockId => Stock;
    /// How often an agent has used which snippets and macros.
    usage: AgentId => Usage;
    /// What an agent shows of their practice.
    training: AgentId => Training;
    /// Who writes to each other on a case, if loaded.
    correspondents: CaseId => Correspondents;
    /// An answer that waits for its time.
    scheduled: ScheduledId => Scheduled;
}

lists! {
    /// Every team.
    teams => Team(Team);
    /// Every skill.
    skills => Skill(Skill);
    /// Every queue, retired ones included.
    queues => Queue(Queue);
    /// Every reason, retired ones included.
    reasons => Reason(Reason);
    /// Every outcome, retired ones included.
    outcomes => Outcome(Outcome);
    /// Every break code.
    break_codes => BreakCode(BreakCode);
    /// Every agent, those who left included.
    agents => Agent(Agent);
    /// Every presence.
    presences => Presence(PresenceRow);
    /// Every open interaction.
    interactions => Interaction(Interaction);
    /// Every promise loaded.
    tasks => Task(Task);
    /// Every case loaded.
    cases => Case(Case);
    /// Every message loaded.
    messages => Message(Message);
    /// Every wrap-up loaded.
    wrap_ups => WrapUp(WrapUp);
    /// Every calendar, retired ones included.
    calendars => Calendar(Calendar);
    /// Every wait that ended without an answer, if loaded.
    departures => Departure(Departure);
    /// Every rating loaded.
    ratings => Rating(Rating);
    /// Every policy, retired ones included.
    policies => Policy(Policy);
    /// Every saved view loaded.
    saved_views => SavedView(SavedView);
    /// Every label, retired ones included.
    labels => Label(Label);
    /// Every template of a checklist, retired ones included.
    checklists => Checklist(Checklist);
    /// Every snippet and macro that may be seen.
    stocks => Stock(Stock);
    /// How often who has used what.
    usages => Usage(Usage);
    /// What people show of their practice.
    trainings => Training(Training);
}

impl State {
    /// An empty state.
    pub fn new() -> State {
        State::default()
    }

    /// The firm, if one was set up.
    pub fn firm(&self) -> Option<&Firm> {
        match self.rows.get(&RowKey { entity: Entity::Firm, id: 1 }) {
            Some(Row::Firm(f)) => Some(f),
            _ => None,
        }
    }

    /// A queue's counts of its newest day.
    pub fn queue_day(&self, queue: QueueId) -> Option<&QueueDay> {
        match self.rows.get(&RowKey { entity: Entity::QueueDay, id: queue.0 }) {
            Some(Row::QueueDay(day)) => Some(day),
            _ => None,
        }
    }

    /// An agent's newest day.
    pub fn agent_day(&self, agent: AgentId) -> Option<&AgentDay> {
        match self.rows.get(&RowKey { entity: Entity::AgentDay, id: agent.0 }) {
            Some(Row::AgentDay(day)) => Some(day),
            _ => None,
        }
    }

    /// An agent's presence.
    pub fn presence(&self, agent: AgentId) -> Option<&PresenceRow> {
        match self.rows.get(&RowKey { entity: Entity::Presence, id: agent.0 }) {
            Some(Row::Presence(p)) => Some(p),
            _ => None,
        }
    }

    /// Any row.
    pub fn row(&self, key: RowKey) -> Option<&Row> {
        self.rows.get(&key)
    }

    /// Every row of one kind, by id.
    pub fn entity(&self, entity: Entity) -> impl Iterator<Item = &Row> {
        let from = RowKey { entity, id: 0 };
        let to = RowKey { entity, id: u64::MAX };
        self.rows.range(from..=to).map(|(_, row)| row)
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Brings a row in from store or feed without noting a change.
    pub fn load(&mut self, row: Row) {
        let key = row.key();
        self.know_id(key);
        self.set(key, row);
    }

    /// Drops a row from memory without noting a change; it still exists in the store.
    pub fn unload(&mut self, key: RowKey) {
        self.unset(key);
    }

    /// Sets a row; the change is noted.
    pub fn put(&mut self, row: impl Into<Row>) {
        let row = row.into();
        let key = row.key();
        self.know_id(key);
        let before = self.rows.get(&key).map(Row::scope);
        self.dirty.entry(key).or_insert(before);
        self.set(key, row);
    }

    /// Removes a row; the change is noted.
    pub fn remove(&mut self, key: RowKey) {
        if let Some(row) = self.unset(key) {
            self.dirty.entry(key).or_insert(Some(row.scope()));
        }
    }

    /// What changed since the last call, as the feed carries it, all with revision `rev`.
    pub fn take_changes(&mut self, rev: Seq) -> Vec<Change> {
        let mut changes = Vec::new();
        for (key, before) in std::mem::take(&mut self.dirty) {
            let now = self.rows.get(&key);
            let scope = now.map(Row::scope);
            if let Some(old) = before.filter(|old| Some(*old) != scope) {
                changes.push(Change::Forget { rev, scope: old, key });
            }
            if let (Some(row), Some(scope)) = (now, scope) {
                changes.push(Change::Put { rev, scope, key, body: row.encode() });
            }
        }
        changes
    }

    /// Lets go of what changed since the last [`State::take_changes`]: nobody keeps it.
    pub fn forget_changes(&mut self) {
        self.dirty.clear();
    }

    /// Whether anything changed since the last [`State::take_changes`].
    pub fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// From now on new ids are provisional: the caller predicts.
    pub fn predict(&mut self) {
        self.predicting = true;
    }

    /// Tells the highest id the store ever gave for a kind, so that ids are never used again.
    pub fn know_last(&mut self, entity: Entity, last: u64) {
        let known = self.last.entry(entity).or_default();
        *known = (*known).max(last);
    }

    /// The id after `used` new ones of a kind have been given in this decision; `used` starts at 0.
    pub fn next_id(&self, entity: Entity, used: u64) -> u64 {
        let last = self.last.get(&entity).copied().unwrap_or(0);
        let floor = if self.predicting { PROVISIONAL } else { 0 };
        last.max(floor) + 1 + used
    }

    /// Sets a row and what is looked up through it. A queue's or the firm's rules decide when its interactions are
    /// due, so those are taken out before and put in again after.
    fn set(&mut self, key: RowKey, row: Row) {
        let ruled = self.ruled_by(key, Some(&row));
        for key in ruled.iter().chain([&key]) {
            if let Some((row, queue)) = with_queue(&self.rows, *key) {
                self.index.leave(row, queue);
            }
        }
        if let Row::Firm(firm) = &row {
            self.index.house = firm.rules.clone();
        }
        self.rows.insert(key, row);
        for key in ruled.iter().chain([&key]) {
            if let Some((row, queue)) = with_queue(&self.rows, *key) {
                self.index.enter(row, queue);
            }
        }
    }

    fn unset(&mut self, key: RowKey) -> Option<Row> {
        let ruled = self.ruled_by(key, None);
        for key in ruled.iter().chain([&key]) {
            if let Some((row, queue)) = with_queue(&self.rows, *key) {
                self.index.leave(row, queue);
            }
        }
        if key.entity == Entity::Firm {
            self.index.house = FirmRules::default();
        }
        let row = self.rows.remove(&key);
        for key in &ruled {
            if let Some((row, queue)) = with_queue(&self.rows, *key) {
                self.index.enter(row, queue);
            }
        }
        row
    }

    /// Rows whose lookups depend on this one's rules, when those change.
    fn ruled_by(&self, key: RowKey, to: Option<&Row>) -> Vec<RowKey> {
        match (self.rows.get(&key), to) {
            (Some(Row::Queue(a)), Some(Row::Queue(b))) if a.rules == b.rules => Vec::new(),
            (Some(Row::Firm(a)), Some(Row::Firm(b))) if a.rules == b.rules => Vec::new(),
            _ => match key.entity {
                Entity::Queue => self.interactions().filter(|i| i.queue.0 == key.id).map(key_of).collect(),
                Entity::Firm => {
                    let presences = self.entity(Entity::Presence).map(Row::key);
                    self.interactions().map(key_of).chain(presences).collect()
                }
                _ => Vec::new(),
            },
        }
    }

    /// The interactions in an agent's hands: theirs, offered to them, or they are asked about them.
    pub fn held(&self, agent: AgentId) -> impl Iterator<Item = &Interaction> {
        self.hands(agent).iter().filter_map(|hand| self.interaction(hand.id))
    }

    /// The same, as far as it decides what fits beside them.
    pub fn hands(&self, agent: AgentId) -> &[Hand] {
        self.index.held.get(&agent).map_or(&[], Vec::as_slice)
    }

    /// Agents who take offers and have room for something.
    pub fn free(&self) -> impl Iterator<Item = AgentId> {
        self.index.free.iter().copied()
    }

    /// The lines of those who wait, each in order of arrival.
    pub fn lines(&self) -> impl Iterator<Item = (&Class, &BTreeSet<(At, InteractionId)>)> {
        self.index.lines.iter()
    }

    /// Agents who take offers: Ready, linked, not about to leave.
    pub fn ready(&self) -> impl Iterator<Item = AgentId> {
        self.index.ready.iter().copied()
    }

    /// Agents whose link is lost.
    pub fn lost(&self) -> impl Iterator<Item = AgentId> {
        self.index.lost.iter().copied()
    }

    /// Rows about which something must be said at `now`, in order of time.
    pub fn alarms(&self, now: At) -> impl Iterator<Item = RowKey> {
        self.index.alarms.iter().take_while(move |(at, _)| *at <= now).map(|(_, key)| *key)
    }

    /// Zones of the customers who wait to be called.
    pub fn callbacks(&self) -> impl Iterator<Item = Option<Zone>> {
        self.index.callbacks.keys().copied()
    }

    /// When something must next be said.
    pub fn next_alarm(&self) -> Option<At> {
        self.index.alarms.first().map(|(at, _)| *at)
    }

    /// When the router must look again after `now` although nothing happens.
    pub fn next_wake(&self, now: At) -> Option<At> {
        self.index.wakes.range((now.plus(1), InteractionId(0))..).next().map(|(at, _)| *at)
    }

    /// The rules of the house.
    pub fn house(&self) -> &FirmRules {
        &self.index.house
    }

    /// Open interactions of a case.
    pub fn interactions_of(&self, case: CaseId) -> impl Iterator<Item = &Interaction> {
        self.children(Entity::Interaction, case.0).filter_map(|id| self.interaction(InteractionId(id)))
    }

    /// Messages of a case that are loaded, oldest first.
    pub fn messages_of(&self, case: CaseId) -> impl Iterator<Item = &Message> {
        self.children(Entity::Message, case.0).filter_map(|id| self.message(MessageId(id)))
    }

    /// Wrap-ups of a case that are loaded, oldest first.
    pub fn wrap_ups_of(&self, case: CaseId) -> impl Iterator<Item = &WrapUp> {
        self.children(Entity::WrapUp, case.0).filter_map(|id| self.wrap_up(WrapUpId(id)))
    }

    /// Answers on a case that wait for their time, oldest first.
    pub fn scheduled_on(&self, case: CaseId) -> impl Iterator<Item = &Scheduled> {
        self.children(Entity::Scheduled, case.0).filter_map(|id| self.scheduled(ScheduledId(id)))
    }

    /// The case that a merged one ended in, through however many merges, as far as they are loaded.
    pub fn root(&self, case: CaseId) -> CaseId {
        let next = self.case(case).and_then(|c| c.ties.merged.as_ref()).map(|m| m.into);
        next.map_or(case, |next| self.root(next))
    }

    fn children(&self, entity: Entity, parent: u64) -> impl Iterator<Item = u64> {
        self.index.children.range((entity, parent, 0)..=(entity, parent, u64::MAX)).map(|(.., id)| *id)
    }

    fn know_id(&mut self, key: RowKey) {
        if key.id < PROVISIONAL || self.predicting {
            self.know_last(key.entity, key.id);
        }
    }
}

fn key_of(i: &Interaction) -> RowKey {
    RowKey { entity: Entity::Interaction, id: i.id.0 }
}

/// A row, and the queue whose rules its lookups follow.
fn with_queue(rows: &BTreeMap<RowKey, Row>, key: RowKey) -> Option<(&Row, Option<&Queue>)> {
    let row = rows.get(&key)?;
    let queue = match row {
        Row::Interaction(i) => match rows.get(&RowKey { entity: Entity::Queue, id: i.queue.0 }) {
            Some(Row::Queue(queue)) => Some(queue),
            _ => None,
        },
        _ => None,
    };
    Some((row, queue))
}
