//! Facts from the ledger: each event noted once, in order. The one place that knows which event means what for the
//! figures; [`super::rows`] is its twin for what a desk holds, and a test compares the two.

use std::collections::BTreeMap;

use super::facts::{CaseFact, Contact, Facts, Leg, Visit};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, CaseId, InteractionId, QueueId};
use crate::domain::routing::Flow;
use crate::domain::row::Row;
use crate::domain::tally::{Settled, push};
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Author, Case, Channel, Interaction, Kind, Message, Status, WrapUp};

/// Facts in the making.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    facts: Facts,
    /// Threshold in force by queue, ms.
    targets: BTreeMap<QueueId, i64>,
}

impl Fold {
    /// Nothing yet.
    pub fn new() -> Fold {
        Fold::default()
    }

    /// The facts so far.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The facts, at the end.
    pub fn into_facts(self) -> Facts {
        self.facts
    }

    /// Notes the next event of the ledger. What an event says itself, instants included, is all that counts.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::RowSet { row } => {
                if let Row::Queue(queue) = row.as_ref() {
                    self.targets.insert(queue.id, i64::from(queue.sl_s) * SECOND);
                }
            }
            Event::CaseImported { case, .. } => self.case_known(case, case.created, true),
            Event::InteractionOpened { interaction, case } => {
                self.case_known(case, interaction.enqueued, false);
                self.arrive(interaction);
            }
            Event::MessageAdded { message, .. } => self.message(message),
            Event::OfferMade { interaction, to, at, .. } => {
                if let Some(contact) = self.facts.contacts.get_mut(interaction) {
                    contact.ringing = Some((*to, *at));
                }
            }
            Event::OfferAccepted { interaction, by, at } => self.answer(*interaction, *by, *at),
            Event::Requeued { interaction, queue, at, .. } => self.requeue(*interaction, *queue, *at),
            Event::InteractionAbandoned { interaction, at } => {
                self.silence(*interaction, *at);
                self.settle(*interaction, Settled::Abandoned, *at);
                if let Some(contact) = self.facts.contacts.get_mut(interaction) {
                    contact.ended = Some(*at);
                }
            }
            Event::WrappedUp { wrap_up } => {
                self.leg_over(wrap_up);
                if !wrap_up.late
                    && let Some(contact) = self.facts.contacts.get_mut(&wrap_up.interaction)
                {
                    contact.ended = Some(wrap_up.at);
                }
            }
            Event::LegEnded { wrap_up } => self.leg_over(wrap_up),
            Event::CaseMoved { case, queue, .. } => self.case(*case, |c| c.queue = *queue),
            Event::StatusChanged { case, to, at, .. } => self.case(*case, |c| push(&mut c.status, *at, *to)),
            Event::Assigned { case, agent, .. } => self.case(*case, |c| c.assignee = *agent),
            Event::PresenceChanged { agent, to, at } => {
                push(&mut self.facts.agents.entry(*agent).or_default().presence, *at, *to);
            }
            Event::LinkChanged { agent, lost, at } => {
                let log = &mut self.facts.agents.entry(*agent).or_default().linked;
                push(log, lost.unwrap_or(*at), lost.is_none());
            }
            Event::FlowedOut { how: Flow::Add, .. } => {}
            Event::FlowedOut { interaction, to, how, at, .. } => {
                self.settle(*interaction, Settled::FlowedOut, *at);
                let target_ms = self.target(*to);
                if let Some(contact) = self.facts.contacts.get_mut(interaction) {
                    // Who is taken by the second queue has waited all along; who is moved begins there.
                    let waited = contact.visits.last().map_or(*at, |v| v.entered);
                    let entered = if *how == Flow::Move { *at } else { waited };
                    contact.visits.push(Visit { queue: *to, entered, settled: None, target_ms });
                }
            }
            Event::CallbackAsked { interaction, at, .. } => {
                self.settle(*interaction, Settled::Callback, *at);
                if let Some(contact) = self.facts.contacts.get_mut(interaction) {
                    contact.channel = Channel::Callback;
                }
            }
            Event::CallbackUnreached { interaction, again: None, at, .. } => {
                if let Some(contact) = self.facts.contacts.get_mut(interaction) {
                    contact.ended = Some(*at);
                }
            }
            Event::ConsultAsked { interaction, with, at, .. } => {
                if let Some(contact) = self.facts.contacts.get_mut(interaction) {
                    contact.asked = Some((*with, *at, false));
                }
            }
            Event::ConsultJoined { interaction, .. } => {
                if let Some((_, _, there)) = self.facts.contacts.get_mut(interaction).and_then(|c| c.asked.as_mut()) {
                    *there = true;
                }
            }
            Event::ConsultEnded { interaction, at, .. } => self.helped(*interaction, *at),
            Event::HandedOver { interaction, to, at, .. } => {
                self.helped(*interaction, *at);
                self.begin(*interaction, *to, None, *at);
            }
            Event::CasesMerged { case, merged } => {
                self.case(*case, |c| push(&mut c.merged, merged.at, true));
                self.belong(&merged.contacts, merged.into);
            }
            Event::CaseUnmerged { case, contacts, at, .. } => {
                self.case(*case, |c| push(&mut c.merged, *at, false));
                self.belong(contacts, *case);
            }
            // It never was.
            Event::SplitUndone { case, at, .. } => self.case(*case, |c| push(&mut c.merged, *at, true)),
            Event::CaseSplit { case, at, .. } => self.case_known(case, *at, false),
            Event::Rated { rating } => self.facts.ratings.push(rating.clone()),
            _ => {}
        }
    }

    fn arrive(&mut self, i: &Interaction) {
        let target_ms = self.target(i.queue);
        // Whoever asks for a call never waits on the line.
        let settled = i.place.owed.map(|_| (i.enqueued, Settled::Callback));
        let visit = Visit { queue: i.queue, entered: i.enqueued, settled, target_ms };
        let contact = Contact {
            id: i.id,
            case: i.case,
            customer: i.customer,
            channel: i.channel,
            visits: vec![visit],
            legs: Vec::new(),
            ringing: None,
            asked: None,
            ended: None,
        };
        self.facts.contacts.insert(i.id, contact);
    }

    fn target(&self, queue: QueueId) -> i64 {
        self.targets.get(&queue).copied().unwrap_or(0)
    }

    /// Ends the wait, unless it has ended.
    fn settle(&mut self, id: InteractionId, how: Settled, at: At) {
        let Some(visit) = self.facts.contacts.get_mut(&id).and_then(|c| c.visits.last_mut()) else { return };
        if visit.settled.is_none() {
            visit.settled = Some((at.max(visit.entered), how));
            visit.target_ms = self.targets.get(&visit.queue).copied().unwrap_or(0);
        }
    }

    /// What rang is over without an answer.
    fn silence(&mut self, id: InteractionId, at: At) {
        if let Some((agent, from)) = self.facts.contacts.get_mut(&id).and_then(|c| c.ringing.take()) {
            self.facts.agents.entry(agent).or_default().unanswered.push((from, at));
        }
    }

    fn answer(&mut self, id: InteractionId, by: AgentId, at: At) {
        self.settle(id, Settled::Answered, at);
        let Some(contact) = self.facts.contacts.get_mut(&id) else { return };
        let rung = contact.ringing.take().filter(|(to, _)| *to == by).map(|(_, since)| since);
        let (case, spoken) = (contact.case, matches!(contact.channel, Channel::Voice | Channel::Callback));
        self.begin(id, by, rung, at);
        self.case(case, |c| {
            push(&mut c.status, at, Status::Open);
            c.assignee = Some(by);
            if spoken {
                c.first_reply.get_or_insert(at);
            }
        });
    }

    /// Contacts go along with a case.
    fn belong(&mut self, contacts: &[InteractionId], case: CaseId) {
        for id in contacts {
            if let Some(contact) = self.facts.contacts.get_mut(id) {
                contact.case = case;
            }
        }
    }

    /// A leg begins.
    fn begin(&mut self, id: InteractionId, agent: AgentId, rung: Option<At>, at: At) {
        if let Some(contact) = self.facts.contacts.get_mut(&id) {
            let queue = contact.visits.last().map_or(QueueId(0), |v| v.queue);
            contact.legs.push(Leg::begun(agent, queue, contact.channel, rung, at));
        }
    }

    /// Asking a colleague is over.
    fn helped(&mut self, id: InteractionId, at: At) {
        let Some((agent, since, there)) = self.facts.contacts.get_mut(&id).and_then(|c| c.asked.take()) else { return };
        let log = self.facts.agents.entry(agent).or_default();
        if there {
            log.helped.push((since, at));
        } else {
            log.unanswered.push((since, at));
        }
    }

    fn requeue(&mut self, id: InteractionId, queue: QueueId, at: At) {
        self.silence(id, at);
        let moved = self.facts.contacts.get(&id).and_then(|c| c.visits.last()).is_some_and(|v| v.queue != queue);
        if moved {
            self.settle(id, Settled::FlowedOut, at);
            let target_ms = self.target(queue);
            if let Some(contact) = self.facts.contacts.get_mut(&id) {
                contact.visits.push(Visit { queue, entered: at, settled: None, target_ms });
            }
        }
    }

    fn leg_over(&mut self, w: &WrapUp) {
        let Some(contact) = self.facts.contacts.get_mut(&w.interaction) else { return };
        let mut legs = contact.legs.iter_mut().rev().filter(|l| l.agent == w.agent);
        if w.late {
            if let Some(leg) = legs.find(|l| l.ended.is_some() && l.reason.is_none()) {
                leg.reason = w.reason;
                leg.outcome = w.outcome;
            }
            return;
        }
        if let Some(leg) = legs.find(|l| l.ended.is_none()) {
            close(leg, w);
        }
    }

    fn case_known(&mut self, case: &Case, at: At, imported: bool) {
        let fact = self.facts.cases.entry(case.id).or_insert_with(|| CaseFact {
            queue: case.queue,
            assignee: case.assignee,
            created: case.created,
            first_reply: None,
            status: Vec::new(),
            merged: Vec::new(),
            imported,
        });
        fact.queue = case.queue;
        push(&mut fact.status, at, case.status);
    }

    fn case(&mut self, id: CaseId, edit: impl FnOnce(&mut CaseFact)) {
        if let Some(case) = self.facts.cases.get_mut(&id) {
            edit(case);
        }
    }

    fn message(&mut self, message: &Message) {
        if message.kind != Kind::Message {
            return;
        }
        self.case(message.case, |case| match message.author {
            Author::Agent(_) => {
                case.first_reply.get_or_insert(message.at);
            }
            Author::Customer => push(&mut case.status, message.at, Status::Open),
            Author::System => {}
        });
    }
}

/// Takes the times and codes of a finished leg from its record.
fn close(leg: &mut Leg, w: &WrapUp) {
    leg.dial_ms = w.dial_ms;
    leg.talk_ms = w.talk_ms;
    leg.hold_ms = w.hold_ms;
    leg.wrap_ms = w.wrap_ms;
    leg.ended = Some(w.at);
    leg.end = Some(w.end);
    leg.reason = w.reason;
    leg.outcome = w.outcome;
}
