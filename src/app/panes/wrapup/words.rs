//! Words made for the agent from what the desk holds: the summary in the note, the hand-off card.

use super::view::{form, zone};
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::port::{DraftField, DraftKey};
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::ids::InteractionId;
use crate::domain::wrap_up::card;
use crate::domain::wrap_up::summary::{self, Codes, Material};
use crate::lang;

/// What summaries and cards are made from; `None` while the case's record has not come.
fn with_material<T>(model: &Model, id: InteractionId, then: impl FnOnce(&Material) -> T) -> Option<T> {
    let view = model.view();
    let interaction = view.interaction(id)?;
    let thread = model.conversation.thread.as_deref().filter(|t| t.case.id == interaction.case)?;
    let case = view.case(interaction.case).unwrap_or(&thread.case);
    let mut messages = thread.messages.clone();
    let known = |m: &crate::domain::work::Message| thread.messages.iter().any(|x| x.body == m.body && x.kind == m.kind);
    messages.extend(model.mirror.unconfirmed(case.id).map(|(m, _)| m.clone()).filter(|m| !known(m)));
    let promises: Vec<_> = view.tasks().filter(|t| t.case == case.id && t.done.is_none()).collect();
    let ours = model.zone();
    Some(then(&Material {
        interaction,
        case,
        customer: case.customer.or(interaction.customer).and_then(|c| view.customer(c)),
        messages: &messages,
        legs: &thread.wrap_ups,
        promises: &promises,
        agent: &|a| queue::agent_name(view, a),
        queue: &|q| view.queue(q).map(|q| q.name.clone()).unwrap_or_default(),
        time: &|at| words::dated(at, ours),
    }))
}

/// The facts of a contact's hand-off card, a line each.
pub(in crate::app) fn card_facts(model: &Model, id: InteractionId) -> Vec<String> {
    with_material(model, id, card::facts).unwrap_or_default().iter().map(|fact| lang::heard(fact)).collect()
}

/// The whole card with the agent's own words; the words alone while nothing else is known.
pub(in crate::app) fn card_text(model: &Model, id: InteractionId, asked: &str) -> String {
    with_material(model, id, |m| card::text(m, asked)).unwrap_or_else(|| asked.to_owned())
}

impl Desk<'_> {
    /// Puts the summary into the note, after what is there.
    pub(in crate::app) fn summarize(&mut self) {
        let Some(form) = form(self.m) else { return };
        let (id, key) = (form.interaction, DraftKey::new(form.case, DraftField::WrapUp));
        let view = self.m.view();
        let zone = zone(self.m, form.case);
        let due = form.follow.as_ref().and_then(|f| Some((f, *f.due.as_ref().ok()?)));
        let codes = Codes {
            reason: form.reason.and_then(|r| view.reason(r)).map(|r| (r.id, r.label.clone())),
            outcome: form.outcome.and_then(|o| view.outcome(o)).map(|o| (o.id, o.label.clone())),
            verified: form.verified,
            promised: due.and_then(|(f, due)| Some((f.what.text().trim().to_owned(), due, f.owner.or(self.m.me())?))),
        };
        let text = with_material(self.m, id, |m| {
            // Promises are kept by the customer's clock.
            let theirs = |at| format!("{} ({zone})", words::dated(at, &zone));
            let promised = codes.promised.is_some() && zone != self.m.zone();
            if promised { summary::text(&Material { time: &theirs, ..*m }, &codes) } else { summary::text(m, &codes) }
        });
        let Some(text) = text else {
            self.cannot(t!("The record of this contact is still coming."));
            return;
        };
        self.step_part_to_note();
        let blank = self.m.drafts.get(&key).is_none_or(|w| w.field.is_blank());
        self.edit_draft(key, |field| field.insert(&if blank { text } else { format!("\n{text}") }));
    }
}
