//! Which rows an event changes, so that a replay can bring them into memory first.
//!
//! A row that exists but is not loaded must never be overwritten: its old scope would be unknown and the replay
//! would miss a Forget.

use crate::domain::event::Event;
use crate::domain::ids::{CaseId, InteractionId};
use crate::domain::row::{Entity, RowKey};
use crate::domain::state::State;

/// Rows to load.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// By kind and id.
    pub(super) keys: Vec<RowKey>,
    /// Every row of a kind that belongs to a parent.
    pub(super) children: Vec<(Entity, u64)>,
}

impl Needs {
    fn key(&mut self, entity: Entity, id: u64) {
        self.keys.push(RowKey { entity, id });
    }

    fn case(&mut self, case: CaseId) {
        self.key(Entity::Case, case.0);
    }

    fn interaction(&mut self, state: &State, interaction: InteractionId) {
        self.key(Entity::Interaction, interaction.0);
        if let Some(i) = state.interaction(interaction) {
            self.case(i.case);
        }
    }
}

/// What an event changes, given the open interactions in the state.
pub(super) fn of(state: &State, event: &Event) -> Needs {
    let mut needs = Needs::default();
    match event {
        Event::RowSet { row } => {
            needs.keys.push(row.key());
            if row.entity() == Entity::Agent {
                needs.key(Entity::Presence, row.id());
            }
        }
        Event::CaseImported { case, messages, wrap_ups, tasks } => {
            needs.case(case.id);
            messages.iter().for_each(|m| needs.key(Entity::Message, m.id.0));
            wrap_ups.iter().for_each(|w| needs.key(Entity::WrapUp, w.id.0));
            tasks.iter().for_each(|t| needs.key(Entity::Task, t.id.0));
        }
        Event::InteractionOpened { interaction, case } => {
            needs.key(Entity::Interaction, interaction.id.0);
            needs.case(case.id);
        }
        Event::MessageAdded { message, .. } => {
            needs.key(Entity::Message, message.id.0);
            needs.case(message.case);
        }
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
        | Event::MoreTimeTaken { interaction, .. }
        | Event::WrapUpExpired { interaction, .. }
        | Event::CardLeft { interaction, .. }
        | Event::CardRead { interaction, .. }
        | Event::HandedOver { interaction, .. } => needs.interaction(state, *interaction),
        Event::ConsultEnded { interaction, with, .. } => {
            needs.interaction(state, *interaction);
            needs.key(Entity::Presence, with.0);
        }
        Event::WrappedUp { wrap_up } | Event::LegEnded { wrap_up } => {
            needs.key(Entity::WrapUp, wrap_up.id.0);
            needs.case(wrap_up.case);
            needs.interaction(state, wrap_up.interaction);
        }
        Event::CaseMoved { case, .. } => {
            needs.case(*case);
            needs.children.push((Entity::Message, case.0));
            needs.children.push((Entity::WrapUp, case.0));
            needs.children.push((Entity::Scheduled, case.0));
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
            merged.contacts.iter().for_each(|i| needs.key(Entity::Interaction, i.0));
        }
        Event::CaseUnmerged { case, from, contacts, .. } => {
            needs.case(*case);
            needs.case(*from);
            contacts.iter().for_each(|i| needs.key(Entity::Interaction, i.0));
        }
        Event::CaseSplit { from, case, messages, .. } => {
            needs.case(*from);
            needs.case(case.id);
            messages.iter().for_each(|m| needs.key(Entity::Message, m.0));
        }
        Event::LinksChanged { case, .. }
        | Event::CaseLabelled { case, .. }
        | Event::ChecksChanged { case, .. }
        | Event::TiesImported { case, .. } => needs.case(*case),
        Event::SplitUndone { into, case, messages, .. } => {
            needs.case(*into);
            needs.case(*case);
            needs.key(Entity::Correspondents, case.0);
            messages.iter().for_each(|m| needs.key(Entity::Message, m.0));
        }
        Event::TaskAdded { task } => needs.key(Entity::Task, task.id.0),
        Event::TaskDone { task, .. } => needs.key(Entity::Task, task.0),
        Event::Rated { rating } => needs.key(Entity::Rating, rating.id.0),
        Event::PresenceChanged { agent, .. }
        | Event::PresenceArmed { agent, .. }
        | Event::BecameIdle { agent, .. }
        | Event::LinkChanged { agent, .. }
        | Event::PresenceForced { agent, .. }
        | Event::LeadTold { agent, .. } => {
            needs.key(Entity::Presence, agent.0);
            needs.key(Entity::Agent, agent.0);
        }
        Event::StockUsed { agent, .. } => needs.key(Entity::Usage, agent.0),
        Event::Retired { key } => {
            needs.keys.push(*key);
            if key.entity == Entity::ArticleHead {
                needs.key(Entity::ArticleBody, key.id);
            }
        }
    }
    needs
}
