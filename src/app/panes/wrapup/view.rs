//! What a form shows: what is missing, what can be chosen, likely choices first.

use super::{Choice, Code, Face, Form, Part};
use crate::app::matching;
use crate::app::model::{Model, Written};
use crate::app::port::{DraftField, DraftKey};
use crate::app::words;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Need, Phase, Reason};

/// The form on screen: that of the open case.
pub fn form(model: &Model) -> Option<&Form> {
    let case = model.conversation.case?;
    model.forms.values().find(|f| f.case == case)
}

/// The note being written in a form.
pub fn note<'a>(model: &'a Model, form: &Form) -> Option<&'a Written> {
    model.drafts.get(&DraftKey::new(form.case, DraftField::WrapUp))
}

fn note_is_blank(model: &Model, form: &Form) -> bool {
    model.drafts.get(&DraftKey::new(form.case, DraftField::WrapUp)).is_none_or(|w| w.field.is_blank())
}

pub(super) fn needs(model: &Model, form: &Form, need: Need) -> bool {
    form.outcome.and_then(|o| model.view().outcome(o)).is_some_and(|o| o.needs.contains(&need))
}

/// What a form lacks, first things first.
pub(super) fn missing(model: &Model, form: &Form) -> Vec<(Part, &'static str)> {
    let mut missing = Vec::new();
    if form.reason.is_none() {
        missing.push((Part::Reason, "why they came"));
    }
    if form.outcome.is_none() {
        missing.push((Part::Outcome, "how it ended"));
    }
    if needs(model, form, Need::Note) && note_is_blank(model, form) {
        missing.push((Part::Note, "a note"));
    }
    match &form.follow {
        None if needs(model, form, Need::FollowUp) => missing.push((Part::What, "a follow-up")),
        None => {}
        Some(f) => {
            if f.what.is_blank() {
                missing.push((Part::What, "what is promised"));
            }
            if f.due.is_err() {
                missing.push((Part::When, "by when"));
            }
        }
    }
    missing
}

/// A form as shown.
pub fn face(model: &Model, form: &Form, now: At) -> Face {
    let view = model.view();
    let server = model.server(now);
    let limit = view.queue(form.queue).map_or(0, |q| i64::from(q.wrap_up_s) * SECOND);
    let interaction = view.interaction(form.interaction).filter(|i| i.owner == model.me());
    let since = match interaction.map(|i| i.phase) {
        Some(Phase::WrapUp { since }) => Some(since),
        _ => None,
    };
    let spent = since.map_or(0, |since| server.since(since));
    let clock = match (since, limit) {
        (None, _) if interaction.is_none() => {
            "this contact moved on; finishing keeps your wrap-up on the case".to_owned()
        }
        (None, _) => String::new(),
        (Some(_), 0) => words::clock(spent),
        (Some(_), limit) => format!("{} of {}", words::clock(spent), words::clock(limit)),
    };
    let due = match &form.follow {
        None => Ok(String::new()),
        Some(f) => f.due.clone().map(|at| due_words(model, form, at, server)),
    };
    Face {
        clock,
        over: limit > 0 && spent > limit,
        reason: form.reason.and_then(|r| view.reason(r)).map(|r| r.label.clone()),
        outcome: form.outcome.and_then(|o| view.outcome(o)).map(|o| o.label.clone()),
        needs_note: needs(model, form, Need::Note),
        needs_follow_up: needs(model, form, Need::FollowUp),
        due,
        missing: missing(model, form).into_iter().map(|(_, words)| words).collect(),
    }
}

fn due_words(model: &Model, form: &Form, at: At, server: At) -> String {
    let here = words::resolved(at, server, model.zone());
    let customer = model.view().case(form.case).and_then(|c| c.customer).and_then(|c| model.view().customer(c));
    match customer.filter(|c| !c.zone.is_empty()) {
        Some(c) if words::hour(at, &c.zone) != words::hour(at, model.zone()) => {
            format!("{here}, {} for them", words::hour(at, &c.zone))
        }
        _ => here,
    }
}

/// Reasons of a queue, likely ones first: those used here lately, then the case's last one, then those whose words
/// the customer chose or wrote on the way.
fn likely_reasons<'a>(model: &'a Model, form: &Form) -> Vec<&'a Reason> {
    let view = model.view();
    let used = |r: &Reason| model.memory.reasons.iter().filter(|(q, id)| *q == form.queue && *id == r.id).count();
    let last = view.case(form.case).and_then(|c| c.reason);
    let said = view.interaction(form.interaction).map(|i| format!("{} {}", i.menu.join(" "), i.subject).to_lowercase());
    let said = said.unwrap_or_default();
    let heard = |r: &Reason| {
        let label = r.label.to_lowercase();
        let words = label.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 3);
        words.filter(|w| said.contains(w)).count()
    };
    let mut reasons: Vec<_> = view
        .reasons()
        .filter(|r| r.active && (r.queues.is_empty() || r.queues.contains(&form.queue)))
        .map(|r| (used(r), Some(r.id) == last, heard(r), !r.queues.is_empty(), r))
        .collect();
    reasons.sort_by_key(|r| std::cmp::Reverse((r.0, r.1, r.2, r.3)));
    reasons.into_iter().map(|(.., r)| r).collect()
}

/// The choices of the part that has the keys, as far as they match what is typed ahead.
pub(super) fn choices(model: &Model, form: &Form) -> Vec<Choice> {
    let all: Vec<(Code, &str)> = match form.part {
        Part::Reason => {
            likely_reasons(model, form).into_iter().map(|r| (Code::Reason(r.id), r.label.as_str())).collect()
        }
        Part::Outcome => {
            let outcomes = model.view().outcomes().filter(|o| o.active);
            outcomes.map(|o| (Code::Outcome(o.id), o.label.as_str())).collect()
        }
        _ => return Vec::new(),
    };
    let labels = all.iter().map(|(_, label)| *label);
    let found = matching::best(form.filter.text(), labels);
    let digit = |i: usize| if i < 9 { i as u8 + 1 } else { 0 };
    let choice = |(i, m): (usize, matching::Match)| {
        let (code, label) = all[m.index];
        Choice { digit: digit(i), code, label: label.to_owned(), matched: m.positions }
    };
    found.into_iter().enumerate().map(choice).collect()
}
