//! Rows and a tiny server for the tests of this room.

use proptest::prelude::*;

use crate::domain::checklist::Check;
use crate::domain::event::Event;
use crate::domain::ids::{
    AgentId, ArticleId, CaseId, CustomerId, InteractionId, LabelId, MessageId, OutcomeId, QueueId, RatingId, ReasonId,
    Seq, TaskId, TeamId, WrapUpId,
};
use crate::domain::people::{Agent, Contacts, Customer, Firm, Presence, Role, Team};
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::tally::{Rating, Survey};
use crate::domain::time::At;
use crate::domain::work::{
    ArticleBody, ArticleHead, Author, Case, Channel, Interaction, Kind, LegEnd, Message, Phase, Priority, Queue,
    Status, Task, TaskKind, WrapUp,
};
use crate::domain::{Actor, State, apply};

use super::StoreError;
use super::ledger::{Cause, Entry, Ledger};

pub(super) fn firm() -> Firm {
    Firm {
        name: "Larkfield".into(),
        zone: "Europe/London".into(),
        rules: crate::domain::routing::FirmRules::default(),
        locale: String::new(),
    }
}

pub(super) fn team(id: u64) -> Team {
    Team { id: TeamId(id), key: format!("team-{id}"), name: format!("Team {id}") }
}

pub(super) fn queue(id: u64) -> Queue {
    Queue {
        id: QueueId(id),
        key: format!("queue-{id}"),
        name: format!("Queue {id}"),
        channels: Channel::ALL.to_vec(),
        skills: [(crate::domain::ids::SkillId(1), 3)].into(),
        offer_s: 20,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: crate::domain::routing::QueueRules::default(),
    }
}

pub(super) fn agent(id: u64, team: u64) -> Agent {
    Agent {
        id: AgentId(id),
        login: format!("agent{id}"),
        name: format!("Agent {id}"),
        team: TeamId(team),
        role: Role::Agent,
        skills: [(crate::domain::ids::SkillId(1), 5)].into(),
        queues: vec![QueueId(1)],
        active: true,
    }
}

pub(super) fn customer(id: u64, name: &str) -> Customer {
    Customer {
        id: CustomerId(id),
        reference: format!("C-{id}"),
        name: name.into(),
        locale: "en-GB".into(),
        zone: String::new(),
        plan: "Basic".into(),
        flags: vec!["vip".into()],
        note: "likes tea".into(),
        since: "2019-04-01".into(),
        masked: contacts(id).masked(),
        merged: None,
        holds: Vec::new(),
    }
}

pub(super) fn contacts(id: u64) -> Contacts {
    Contacts {
        id: CustomerId(id),
        phones: vec![format!("+4420794600{id:02}")],
        emails: vec![format!("Person{id}@example.org")],
        handle: format!("@person{id}"),
    }
}

pub(super) fn case(id: u64, queue: u64, of: u64, subject: &str) -> Case {
    Case {
        id: CaseId(id),
        reference: format!("ref-{id}"),
        customer: (of != 0).then_some(CustomerId(of)),
        queue: QueueId(queue),
        channel: Channel::Email,
        subject: subject.into(),
        status: Status::Open,
        priority: Priority::Normal,
        tags: vec!["roaming".into()],
        assignee: None,
        language: "en".into(),
        created: At(1_000),
        updated: At(1_000 + id as i64),
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: crate::domain::sla::Sla::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    }
}

pub(super) fn message(id: u64, case: u64, queue: u64, body: &str) -> Message {
    Message {
        id: MessageId(id),
        case: CaseId(case),
        queue: QueueId(queue),
        at: At(2_000 + id as i64),
        author: Author::Customer,
        kind: Kind::Message,
        channel: Channel::Email,
        body: body.into(),
        files: Vec::new(),
        went: None,
    }
}

pub(super) fn interaction(id: u64, case: u64, queue: u64, of: u64) -> Interaction {
    Interaction {
        id: InteractionId(id),
        case: CaseId(case),
        customer: (of != 0).then_some(CustomerId(of)),
        name: "Dana H.".into(),
        channel: Channel::Chat,
        queue: QueueId(queue),
        phase: Phase::Queued,
        owner: None,
        epoch: 0,
        priority: Priority::Normal,
        language: "en".into(),
        subject: "Roaming bill".into(),
        menu: vec!["2".into()],
        enqueued: At(3_000),
        first_enqueued: At(3_000),
        accepted: None,
        rung: None,
        settled: false,
        target_s: None,
        dial_ms: 0,
        hold_ms: 0,
        holds: 0,
        waiting_since: None,
        customer_gone: false,
        min_role: Role::Trainee,
        passed: Vec::new(),
        place: crate::domain::work::Place::default(),
        card: None,
        maybe: Vec::new(),
        known: crate::domain::proof::Known::default(),
    }
}

pub(super) fn task(id: u64, case: u64, owner: u64) -> Task {
    Task {
        id: TaskId(id),
        case: CaseId(case),
        customer: None,
        owner: AgentId(owner),
        kind: TaskKind::Callback,
        what: "call back".into(),
        due: At(9_000),
        done: None,
    }
}

pub(super) fn article(id: u64, title: &str) -> ArticleHead {
    ArticleHead {
        id: ArticleId(id),
        slug: format!("article-{id}"),
        title: title.into(),
        locale: "en".into(),
        tags: vec!["help".into()],
        owner: "kb".into(),
        verified_until: "2030-01-01".into(),
        internal: false,
        updated: At(1),
    }
}

pub(super) fn article_body(id: u64, body: &str) -> ArticleBody {
    ArticleBody { id: ArticleId(id), body: body.into() }
}

pub(super) fn set(row: impl Into<Row>) -> Event {
    Event::RowSet { row: Box::new(row.into()) }
}

pub(super) fn said(message: Message) -> Event {
    Event::MessageAdded { message: Box::new(message), to: None }
}

pub(super) fn opened(interaction: Interaction, case: Case) -> Event {
    Event::InteractionOpened { interaction: Box::new(interaction), case: Box::new(case) }
}

/// Anything that can happen to a few rows.
pub(super) fn event() -> impl Strategy<Value = Event> {
    let any_case = || (1..5_u64).prop_map(CaseId);
    let any_interaction = || (1..5_u64).prop_map(InteractionId);
    let any_queue = || (1..3_u64).prop_map(QueueId);
    let any_at = || (0..1_000_i64).prop_map(At);
    let any_agent = || (1..3_u64).prop_map(AgentId);
    prop_oneof![
        (1..5_u64, 1..3_u64, 0..3_u64).prop_map(|(id, q, of)| set(case(id, q, of, "again"))),
        (1..3_u64, 1..3_u64).prop_map(|(id, team)| set(agent(id, team))),
        (1..3_u64, "[a-zé\u{1F600} ]{0,12}").prop_map(|(id, name)| set(customer(id, &name))),
        (1..5_u64, 1..5_u64, 1..3_u64).prop_map(|(i, c, q)| opened(interaction(i, c, q, 1), case(c, q, 1, "new"))),
        (1..30_u64, 1..5_u64, "\\PC{0,20}").prop_map(|(id, c, body)| said(message(id, c, 1, &body))),
        (any_interaction(), any_agent(), any_at()).prop_map(|(interaction, to, until)| Event::OfferMade {
            interaction,
            to,
            until,
            at: until,
        }),
        (any_interaction(), any_agent(), any_at()).prop_map(|(interaction, by, at)| Event::OfferAccepted {
            interaction,
            by,
            at
        }),
        (any_interaction(), any_at()).prop_map(|(interaction, at)| Event::PhaseChanged {
            interaction,
            to: Phase::OnHold { since: at },
            at
        }),
        (any_interaction(), any_at()).prop_map(|(interaction, at)| Event::InteractionAbandoned { interaction, at }),
        (any_case(), any_queue(), any_at()).prop_map(|(case, queue, at)| Event::CaseMoved { case, queue, at }),
        (any_case(), any_at()).prop_map(|(case, at)| Event::StatusChanged { case, to: Status::Solved, by: None, at }),
        (any_case(), any_at()).prop_map(|(case, at)| Event::CaseLabelled {
            case,
            label: Some(LabelId(1)),
            by: None,
            at
        }),
        (any_case(), "\\PC{1,20}", any_agent(), any_at()).prop_map(|(case, text, by, at)| Event::ChecksChanged {
            case,
            checks: vec![Check { text, by: None, done: Some((by, at)) }],
            at
        }),
        (any_case(), any_case(), 1..30_u64, any_at()).prop_map(|(into, case, m, at)| Event::SplitUndone {
            into,
            case,
            messages: vec![MessageId(m)],
            last_inbound: None,
            at
        }),
        (any_case(), any_at()).prop_map(|(case, at)| Event::PriorityChanged { case, priority: Priority::High, at }),
        (any_case(), any_at()).prop_map(|(case, at)| Event::Snoozed { case, until: Some(at), at }),
        (1..5_u64, 1..5_u64, 1..3_u64).prop_map(|(id, c, a)| Event::TaskAdded { task: Box::new(task(id, c, a)) }),
        (1..5_u64, any_at()).prop_map(|(id, at)| Event::TaskDone { task: TaskId(id), at }),
        (any_agent(), any_at()).prop_map(|(agent, at)| Event::PresenceChanged { agent, to: Presence::Ready, at }),
        (1..9_u64, any_interaction(), any_case(), any_agent()).prop_map(|(id, interaction, case, agent)| {
            Event::WrappedUp { wrap_up: Box::new(wrap_up(id, interaction, case, agent)) }
        }),
        (1..4_u64, any_interaction(), any_case())
            .prop_map(|(id, interaction, case)| Event::Rated { rating: rating(id, interaction, case) }),
        (1..3_u64).prop_map(|id| set(team(id))),
        (1..3_u64).prop_map(|id| Event::Retired { key: RowKey { entity: Entity::Team, id } }),
    ]
}

fn rating(id: u64, interaction: InteractionId, case: CaseId) -> Rating {
    Rating {
        id: RatingId(id),
        survey: Survey::Csat,
        mark: 4,
        scale: 5,
        interaction,
        case,
        queue: QueueId(1),
        agent: AgentId(1),
        at: At(60),
    }
}

fn wrap_up(id: u64, interaction: InteractionId, case: CaseId, agent: AgentId) -> WrapUp {
    WrapUp {
        id: WrapUpId(id),
        interaction,
        case,
        queue: QueueId(1),
        agent,
        epoch: 1,
        channel: Channel::Chat,
        reason: Some(ReasonId(1)),
        outcome: Some(OutcomeId(1)),
        note: None,
        at: At(50),
        wait_ms: 1,
        talk_ms: 2,
        hold_ms: 3,
        holds: 0,
        wrap_ms: 4,
        late: id.is_multiple_of(2),
        customer: None,
        served: QueueId(1),
        rung: None,
        dial_ms: 0,
        target_s: Some(20),
        end: LegEnd::Finished,
        findings: Default::default(),
        incomplete: false,
    }
}

/// Applies events the way the server does and stores them; all rows stay in memory.
pub(super) struct Core<L: Ledger> {
    pub(super) ledger: L,
    pub(super) state: State,
    /// Every change ever made, in order.
    pub(super) log: Vec<Change>,
}

impl<L: Ledger> Core<L> {
    pub(super) fn new(ledger: L) -> Core<L> {
        Core { ledger, state: State::new(), log: Vec::new() }
    }

    /// An entry with these events after the ledger's head.
    pub(super) fn entry(&mut self, head: Seq, events: Vec<Event>) -> Entry {
        events.iter().for_each(|event| apply(&mut self.state, event));
        let changes = self.state.take_changes(head + events.len() as Seq);
        self.log.extend(changes.iter().cloned());
        Entry { at: At(head as i64 * 1_000), actor: Actor::System, cause: Cause::Own, events, refusal: None, changes }
    }

    /// Stores one entry with these events.
    pub(super) fn make(&mut self, events: Vec<Event>) -> Result<Seq, StoreError> {
        let entry = self.entry(self.ledger.head(), events);
        self.ledger.commit(&[entry])
    }
}
