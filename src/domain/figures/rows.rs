//! Facts from what a desk holds: finished legs, waits that ended otherwise, open interactions, its agent's day. The
//! twin of [`super::fold`]; a test compares the two on the same day.

use super::facts::{AgentLog, CaseFact, Contact, Facts, Leg, Visit};
use crate::domain::ids::{CaseId, CustomerId, InteractionId};
use crate::domain::tally::{AgentDay, Departure, Rating, Settled};
use crate::domain::time::SECOND;
use crate::domain::work::{Case, Channel, Interaction, Phase, WrapUp};

impl Facts {
    /// Adds a finished leg. Imported history is no contact of ours.
    pub fn add_wrap_up(&mut self, w: &WrapUp) {
        if w.interaction == InteractionId(0) {
            return;
        }
        if w.late {
            self.late(w);
            return;
        }
        let contact = self.contact(w.interaction, w.case, w.customer, w.channel);
        let answered = w.taken();
        if let Some(target_s) = w.target_s {
            contact.add_visit(Visit {
                queue: w.served,
                entered: answered.plus(-w.wait_ms),
                settled: Some((answered, Settled::Answered)),
                target_ms: i64::from(target_s) * SECOND,
            });
        }
        let leg = Leg {
            dial_ms: w.dial_ms,
            talk_ms: w.talk_ms,
            hold_ms: w.hold_ms,
            wrap_ms: w.wrap_ms,
            ended: Some(w.at),
            end: Some(w.end),
            reason: w.reason,
            outcome: w.outcome,
            ..Leg::begun(w.agent, w.served, w.channel, w.rung, answered)
        };
        // The interaction may have been added first, with this leg still open.
        contact.legs.retain(|l| !(l.ended.is_none() && l.agent == w.agent && l.began == answered));
        contact.legs.push(leg);
        contact.legs.sort_by_key(|l| (l.began, l.ended));
        contact.ended = contact.ended.max(Some(w.at));
    }

    /// The codes of a leg that had ended before they were given.
    fn late(&mut self, w: &WrapUp) {
        let Some(contact) = self.contacts.get_mut(&w.interaction) else { return };
        let open = |l: &&mut Leg| l.agent == w.agent && l.ended.is_some_and(|at| at <= w.at) && l.reason.is_none();
        if let Some(leg) = contact.legs.iter_mut().rev().find(open) {
            leg.reason = w.reason;
            leg.outcome = w.outcome;
        }
    }

    /// Adds a wait that ended without an answer.
    pub fn add_departure(&mut self, d: &Departure) {
        let contact = self.contact(d.interaction, d.case, None, d.channel);
        contact.add_visit(Visit {
            queue: d.queue,
            entered: d.entered,
            settled: Some((d.at.max(d.entered), d.how)),
            target_ms: d.target_ms,
        });
        contact.ended = contact.ended.max(Some(d.at));
    }

    /// Adds an interaction that is open, after everything else of it.
    pub fn add_interaction(&mut self, i: &Interaction) {
        let contact = self.contact(i.id, i.case, i.customer, i.channel);
        contact.case = i.case;
        contact.ended = None;
        let visit = Visit { queue: i.queue, entered: i.enqueued, settled: None, target_ms: 0 };
        match (i.settled, i.owner.and(i.accepted), i.target_s) {
            (false, ..) => contact.add_visit(visit),
            (true, Some(at), Some(target_s)) => contact.add_visit(Visit {
                settled: Some((at.max(i.enqueued), Settled::Answered)),
                target_ms: i64::from(target_s) * SECOND,
                ..visit
            }),
            // A wrap-up or a departure tells of it.
            (true, ..) => {}
        }
        if let (Some(agent), Some(at)) = (i.owner, i.accepted) {
            contact.legs.push(Leg::begun(agent, i.queue, i.channel, i.rung, at));
        }
        match i.phase {
            Phase::Offered { to, .. } => contact.ringing = i.rung.map(|since| (to, since)),
            Phase::Consult { since, with, until } => contact.asked = Some((with, since, until.is_none())),
            _ => {}
        }
    }

    /// Adds an agent's day.
    pub fn add_day(&mut self, day: &AgentDay) {
        let log = AgentLog {
            presence: day.presence.clone(),
            linked: day.linked.clone(),
            unanswered: day.unanswered.clone(),
            helped: day.helped.clone(),
        };
        self.agents.insert(day.agent, log);
    }

    /// Adds a case as it stands now; how it came to stand so is not known here.
    pub fn add_case(&mut self, case: &Case) {
        let fact = CaseFact {
            queue: case.queue,
            assignee: case.assignee,
            created: case.created,
            first_reply: None,
            status: vec![(case.created, case.status)],
            merged: Vec::new(),
            imported: false,
        };
        self.cases.insert(case.id, fact);
    }

    /// Adds a customer's answer.
    pub fn add_rating(&mut self, rating: &Rating) {
        self.ratings.push(rating.clone());
    }

    fn contact(
        &mut self,
        id: InteractionId,
        case: CaseId,
        customer: Option<CustomerId>,
        channel: Channel,
    ) -> &mut Contact {
        let contact = self.contacts.entry(id).or_insert_with(|| Contact {
            id,
            case,
            customer,
            channel,
            visits: Vec::new(),
            legs: Vec::new(),
            ringing: None,
            asked: None,
            ended: None,
        });
        contact.customer = contact.customer.or(customer);
        contact
    }
}

impl Contact {
    fn add_visit(&mut self, visit: Visit) {
        self.visits.retain(|v| (v.queue, v.entered, v.settled) != (visit.queue, visit.entered, visit.settled));
        self.visits.push(visit);
        self.visits.sort_by_key(|v| v.entered);
    }
}
