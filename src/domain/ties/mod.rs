//! What cases have to do with each other: merged, split, linked.
//!
//! A merged case keeps its rows: its messages, notes and wrap-ups stay where they are and name it for ever, and the
//! case it went into shows them beside its own. So unmerging moves nothing back but what was open. One invariant: a
//! merged case is closed, names one that is held by [`Ties::holds`] there, and is changed by nothing but unmerging.

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, CaseId, InteractionId, LabelId, MessageId};
use super::row::{Entity, RowKey};
use super::sla::Sla;
use super::state::State;
use super::time::At;
use super::work::{Case, Status};

/// What a case has to do with others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ties {
    /// It became part of another.
    pub merged: Option<Box<Merged>>,
    /// Cases that became part of it, in that order.
    pub holds: Vec<CaseId>,
    /// The case its first messages came from.
    pub split_from: Option<CaseId>,
    /// Others it is linked to, sorted.
    pub links: Vec<Link>,
}

/// How a case became part of another, and what takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The one that goes on.
    pub into: CaseId,
    /// Who did it.
    pub by: AgentId,
    /// Why, when they were of different customers; else empty.
    pub reason: String,
    /// When.
    pub at: At,
    /// Where the case stood before.
    pub status: Status,
    /// In the house's own words.
    pub label: Option<LabelId>,
    /// Until when it slept before.
    pub snoozed_until: Option<At>,
    /// Contacts that were open on it and went along.
    pub contacts: Vec<InteractionId>,
    /// What was promised on it, and how that stood; its clocks are cancelled as long as it is merged.
    pub sla: Sla,
}

/// What another case is to this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// About something alike.
    Related,
    /// The same, told twice.
    Duplicate,
    /// The cause behind this one.
    Problem,
    /// One of the things this one causes.
    Incident,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [LinkKind; 4] = [LinkKind::Related, LinkKind::Duplicate, LinkKind::Problem, LinkKind::Incident];

    /// The word used on screen and in files.
    pub fn word(self) -> &'static str {
        match self {
            LinkKind::Related => "related",
            LinkKind::Duplicate => "duplicate",
            LinkKind::Problem => "problem",
            LinkKind::Incident => "incident",
        }
    }

    /// What this case is to the other one.
    pub fn back(self) -> LinkKind {
        match self {
            LinkKind::Problem => LinkKind::Incident,
            LinkKind::Incident => LinkKind::Problem,
            same => same,
        }
    }
}

/// One link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The other case.
    pub case: CaseId,
    /// What it is to this one.
    pub kind: LinkKind,
}

impl Ties {
    /// What another case is to this one.
    pub fn to(&self, case: CaseId) -> Option<LinkKind> {
        self.links.iter().find(|l| l.case == case).map(|l| l.kind)
    }

    /// The cases this one causes.
    pub fn incidents(&self) -> impl Iterator<Item = CaseId> {
        self.links.iter().filter(|l| l.kind == LinkKind::Incident).map(|l| l.case)
    }
}

/// The case becomes part of another; what is open on it goes along.
pub(super) fn merge(state: &mut State, id: CaseId, merged: &Merged) {
    let Some(mut case) = state.case(id).cloned() else { return };
    case.status = Status::Closed;
    case.label = None;
    case.snoozed_until = None;
    case.updated = case.updated.max(merged.at);
    // Nobody is promised anything on it any more; `sla::follow` cancels what still runs.
    (case.sla.from, case.sla.waiting) = (None, None);
    case.ties.merged = Some(Box::new(merged.clone()));
    state.put(case);
    if let Some(mut target) = state.case(merged.into).cloned() {
        target.ties.holds.push(id);
        target.updated = target.updated.max(merged.at);
        state.put(target);
    }
    move_contacts(state, &merged.contacts, id, merged.into);
}

/// The case is what it was; what is still open of what went along comes back.
pub(super) fn unmerge(state: &mut State, id: CaseId, at: At) {
    let Some(mut case) = state.case(id).cloned() else { return };
    let Some(merged) = case.ties.merged.take() else { return };
    case.status = merged.status;
    case.label = merged.label;
    case.snoozed_until = merged.snoozed_until;
    case.sla = merged.sla.clone();
    case.updated = case.updated.max(at);
    state.put(case);
    if let Some(mut target) = state.case(merged.into).cloned() {
        target.ties.holds.retain(|held| *held != id);
        target.updated = target.updated.max(at);
        state.put(target);
    }
    move_contacts(state, &merged.contacts, merged.into, id);
}

fn move_contacts(state: &mut State, contacts: &[InteractionId], from: CaseId, to: CaseId) {
    for id in contacts {
        if let Some(mut contact) = state.interaction(*id).filter(|i| i.case == from).cloned() {
            contact.case = to;
            state.put(contact);
        }
    }
}

/// Messages go into a case of their own.
pub(super) fn split(state: &mut State, case: &Case, messages: &[MessageId]) {
    state.put(case.clone());
    for id in messages {
        if let Some(mut message) = state.message(*id).cloned() {
            message.case = case.id;
            message.queue = case.queue;
            state.put(message);
        }
    }
}

/// Messages that were split off are where they came from, and their case is gone.
pub(super) fn undo_split(state: &mut State, into: CaseId, case: CaseId, messages: &[MessageId]) {
    let Some(queue) = state.case(into).map(|c| c.queue) else { return };
    for id in messages {
        if let Some(mut message) = state.message(*id).cloned() {
            (message.case, message.queue) = (into, queue);
            state.put(message);
        }
    }
    state.remove(RowKey { entity: Entity::Case, id: case.0 });
    state.remove(RowKey { entity: Entity::Correspondents, id: case.0 });
}

#[cfg(test)]
mod tests;
