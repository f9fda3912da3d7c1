//! Which rows a command reads and an event changes, so that the core loads them first.
//!
//! The core's state holds configuration, presence, open interactions and what belongs to them; everything else is
//! a visitor, fetched for one command. A row that exists in the ledger but is not loaded must never be overwritten:
//! its old scope would be unknown and no Forget would go out.

use crate::domain::command::WaitingReply;
use crate::domain::ids::{CaseId, CustomerId, InteractionId};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::{Command, Event, State};

/// Rows to load.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// By kind and id.
    pub keys: Vec<RowKey>,
    /// Every row of a kind that belongs to a parent.
    pub children: Vec<(Entity, u64)>,
}

impl Needs {
    fn key(&mut self, entity: Entity, id: u64) {
        if id != 0 {
            self.keys.push(RowKey { entity, id });
        }
    }

    fn case(&mut self, case: CaseId) {
        self.key(Entity::Case, case.0);
    }

    fn customer(&mut self, customer: CustomerId) {
        self.key(Entity::Customer, customer.0);
        self.key(Entity::Contacts, customer.0);
    }

    fn interaction(&mut self, state: &State, interaction: InteractionId) {
        if let Some(i) = state.interaction(interaction) {
            self.case(i.case);
        }
    }

    fn article(&mut self, id: u64) {
        self.key(Entity::ArticleHead, id);
        self.key(Entity::ArticleBody, id);
    }

    /// A retired article takes its text along.
    fn retired(&mut self, key: RowKey) {
        match key.entity {
            Entity::ArticleHead => self.article(key.id),
            entity => self.key(entity, key.id),
        }
    }
}

/// What a command reads. A case brings its customer; the core adds that once the case is there.
pub fn of_command(state: &State, command: &Command) -> Needs {
    let mut needs = Needs::default();
    if let Some(interaction) = command.interaction() {
        needs.interaction(state, interaction);
    }
    if let Some(case) = command.case() {
        needs.case(case);
    }
    command.customers().for_each(|customer| needs.customer(customer));
    match command {
        Command::SendReply { case, base, .. } => {
            needs.key(Entity::Correspondents, case.0);
            needs.key(Entity::Message, base.map_or(0, |base| base.0));
        }
        Command::ScheduleReply { case, .. }
        | Command::CancelScheduled { which: WaitingReply { case, .. } }
        | Command::SendScheduled { case, .. } => needs.key(Entity::Correspondents, case.0),
        Command::AppendMessage { interaction, .. } => {
            if let Some(case) = state.interaction(*interaction).map(|i| i.case) {
                needs.key(Entity::Correspondents, case.0);
            }
        }
        // One wrap-up per leg: a late or repeated one is told by what the case already has.
        Command::WrapUp { case, .. } => needs.children.push((Entity::WrapUp, case.0)),
        Command::RateContact { case, .. } => {
            needs.children.push((Entity::WrapUp, case.0));
            needs.children.push((Entity::Rating, case.0));
        }
        Command::MergeCases { case, into, .. } => {
            needs.case(*into);
            needs.key(Entity::Correspondents, case.0);
            needs.key(Entity::Correspondents, into.0);
        }
        Command::LinkCases { to: other, .. } => needs.case(*other),
        Command::UndoSplit { messages, .. } => messages.iter().for_each(|m| needs.key(Entity::Message, m.0)),
        Command::SplitCase { case, .. } => {
            needs.children.push((Entity::Message, case.0));
            needs.key(Entity::Correspondents, case.0);
        }
        Command::DropView { view } => needs.key(Entity::SavedView, view.0),
        Command::CompleteTask { task } => needs.key(Entity::Task, task.0),
        Command::OpenInteraction { case, .. } => needs.key(Entity::Correspondents, case.unwrap_or_default().0),
        Command::Put { row } => {
            if let Row::Correspondents(row) = row.as_ref() {
                needs.case(row.case);
            }
            needs.key(row.entity(), row.id());
        }
        Command::ImportCustomer { customer, .. } => needs.customer(customer.id),
        Command::ImportArticle { head, .. } => needs.article(head.id.0),
        Command::ImportCase { case, .. } => needs.case(case.id),
        Command::ImportInteraction(interaction) => {
            needs.case(interaction.case);
            if interaction.card.is_some() {
                needs.children.push((Entity::Message, interaction.case.0));
            }
        }
        Command::Retire { key } => needs.retired(*key),
        _ => {}
    }
    needs
}

/// What a command about a merged case reads besides: the case its words go to, once it is known which.
pub fn of_root(command: &Command, root: CaseId) -> Needs {
    let mut needs = Needs::default();
    needs.case(root);
    needs.key(Entity::Correspondents, root.0);
    if let Command::WrapUp { .. } = command {
        needs.children.push((Entity::WrapUp, root.0));
    }
    needs
}

/// What a command about a merged customer reads besides: whoever stands for them, to be called.
pub fn of_people(state: &State, command: &Command) -> Needs {
    let mut needs = Needs::default();
    let known = command.cases().filter_map(|case| state.case(case)?.customer);
    known.chain(command.customers()).for_each(|customer| needs.customer(state.customer_root(customer)));
    // What the customer wrote last on the case an answer goes out on may stop it.
    if let Command::SendScheduled { case, .. } = command {
        let newest = state.case(state.root(*case)).and_then(|root| root.last_inbound);
        newest.into_iter().for_each(|message| needs.key(Entity::Message, message.0));
    }
    needs
}

/// What undoing a split reads besides: the case that was split off and all that hangs on it, once its messages are
/// there.
pub fn of_split(state: &State, command: &Command) -> Needs {
    let mut needs = Needs::default();
    if let Command::UndoSplit { messages, .. } = command
        && let Some(split) = messages.first().and_then(|m| state.message(*m)).map(|m| m.case)
    {
        needs.case(split);
        needs.key(Entity::Correspondents, split.0);
        needs.children.push((Entity::Message, split.0));
        needs.children.push((Entity::WrapUp, split.0));
    }
    needs
}

/// What an event changes.
pub fn of_event(state: &State, event: &Event) -> Needs {
    let mut needs = Needs::default();
    match event {
        Event::RowSet { row } => needs.key(row.entity(), row.id()),
        Event::CaseImported { case, .. } => needs.case(case.id),
        Event::InteractionOpened { case, .. } => needs.case(case.id),
        Event::MessageAdded { message, .. } => needs.case(message.case),
        Event::OfferMade { interaction, .. }
        | Event::OfferAccepted { interaction, .. }
        | Event::Requeued { interaction, .. }
        | Event::PhaseChanged { interaction, .. }
        | Event::CustomerLeft { interaction, .. }
        | Event::InteractionAbandoned { interaction, .. }
        | Event::FlowedOut { interaction, .. }
        | Event::Triaged { interaction, .. }
        | Event::CallbackAsked { interaction, .. }
        | Event::CallbackDialed { interaction, .. }
        | Event::CallbackUnreached { interaction, .. }
        | Event::ConsultAsked { interaction, .. }
        | Event::ConsultJoined { interaction, .. }
        | Event::ConsultEnded { interaction, .. }
        | Event::MoreTimeTaken { interaction, .. }
        | Event::WrapUpExpired { interaction, .. }
        | Event::CardLeft { interaction, .. }
        | Event::CardRead { interaction, .. }
        | Event::HandedOver { interaction, .. } => needs.interaction(state, *interaction),
        Event::WrappedUp { wrap_up } => {
            needs.case(wrap_up.case);
            needs.interaction(state, wrap_up.interaction);
        }
        Event::CaseMoved { case, .. } => {
            needs.case(*case);
            needs.children.push((Entity::Message, case.0));
            needs.children.push((Entity::WrapUp, case.0));
        }
        Event::StatusChanged { case, .. }
        | Event::Snoozed { case, .. }
        | Event::TagsChanged { case, .. }
        | Event::PriorityChanged { case, .. }
        | Event::Assigned { case, .. }
        | Event::CustomerIdentified { case, .. }
        | Event::PolicyApplied { case, .. }
        | Event::ClockTurned { case, .. }
        | Event::Escalated { case, .. } => needs.case(*case),
        Event::CustomersMerged { customer, merged } => {
            needs.key(Entity::Customer, customer.0);
            needs.key(Entity::Customer, merged.into.0);
        }
        Event::CustomerUnmerged { customer, from, .. } => {
            needs.key(Entity::Customer, customer.0);
            needs.key(Entity::Customer, from.0);
        }
        Event::CasesMerged { case, merged } => {
            needs.case(*case);
            needs.case(merged.into);
        }
        Event::CaseUnmerged { case, from, .. } => {
            needs.case(*case);
            needs.case(*from);
        }
        Event::CaseSplit { from, case, .. } => {
            needs.case(*from);
            needs.case(case.id);
            needs.children.push((Entity::Message, from.0));
        }
        Event::LinksChanged { case, .. }
        | Event::CaseLabelled { case, .. }
        | Event::ChecksChanged { case, .. }
        | Event::TiesImported { case, .. } => needs.case(*case),
        Event::SplitUndone { into, case, .. } => {
            needs.case(*into);
            needs.case(*case);
            needs.key(Entity::Correspondents, case.0);
            needs.children.push((Entity::Message, case.0));
        }
        Event::LegEnded { wrap_up } => needs.case(wrap_up.case),
        Event::TaskAdded { task } => needs.case(task.case),
        Event::TaskDone { task, .. } => needs.key(Entity::Task, task.0),
        Event::Retired { key } => needs.retired(*key),
        Event::Rated { rating } => needs.case(rating.case),
        Event::PresenceChanged { .. }
        | Event::PresenceArmed { .. }
        | Event::BecameIdle { .. }
        | Event::LinkChanged { .. }
        | Event::PresenceForced { .. }
        | Event::LeadTold { .. }
        | Event::StockUsed { .. } => {}
    }
    needs
}

/// The name by which an import would know a row again; empty when it has none.
pub fn import_name(command: &Command) -> Option<(Entity, String)> {
    let (entity, id, name) = match command {
        Command::ImportCustomer { customer, .. } => (Entity::Customer, customer.id.0, customer.reference.clone()),
        Command::ImportArticle { head, .. } => {
            (Entity::ArticleHead, head.id.0, format!("{}/{}", head.locale, head.slug))
        }
        Command::ImportCase { case, .. } => (Entity::Case, case.id.0, case.reference.clone()),
        _ => return None,
    };
    (id == 0 && !name.is_empty()).then_some((entity, name))
}

/// What an entry made anew, in order: what the asker wants to know the numbers of.
pub fn made(events: &[Event]) -> Vec<RowKey> {
    let mut made = Vec::new();
    for event in events {
        match event {
            Event::RowSet { row } if row.entity() != Entity::Correspondents => made.push(row.key()),
            Event::CaseImported { case, .. } => made.push(RowKey { entity: Entity::Case, id: case.id.0 }),
            Event::InteractionOpened { interaction, case } => {
                made.push(RowKey { entity: Entity::Interaction, id: interaction.id.0 });
                made.push(RowKey { entity: Entity::Case, id: case.id.0 });
            }
            Event::MessageAdded { message, .. } => made.push(RowKey { entity: Entity::Message, id: message.id.0 }),
            Event::WrappedUp { wrap_up } => made.push(RowKey { entity: Entity::WrapUp, id: wrap_up.id.0 }),
            Event::CaseSplit { case, .. } => made.push(RowKey { entity: Entity::Case, id: case.id.0 }),
            Event::Rated { rating } => made.push(RowKey { entity: Entity::Rating, id: rating.id.0 }),
            Event::TaskAdded { task } => made.push(RowKey { entity: Entity::Task, id: task.id.0 }),
            _ => {}
        }
    }
    made
}
