//! What a form shows: what is missing, what can be chosen, likely choices first.

use super::{Choice, Code, Face, Form, Part};
use crate::app::matching;
use crate::app::model::{Model, Written};
use crate::app::overlays::pickers::presence_words;
use crate::app::port::{DraftField, DraftKey};
use crate::app::words;
use crate::domain::calendar::wall::Zone;
use crate::domain::ids::{CaseId, OutcomeId, QueueId, ReasonId};
use crate::domain::named;
use crate::domain::routing::calling::{hours, may_call};
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Need, Outcome, Phase, Reason, TaskKind};
use crate::domain::wrap_up::{Resolved, Verified, WrapUpRules, limit_ms};

/// Wrap-ups looked back on for habits.
const LATELY: usize = 40;
/// Habits offered.
const HABITS: usize = 3;

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
    let codes = rules(model, form.queue).mode.demands() || form.reason.is_some() || form.outcome.is_some();
    if form.reason.is_none() && codes {
        missing.push((Part::Reason, t!("why they came")));
    }
    if form.outcome.is_none() && codes {
        missing.push((Part::Outcome, t!("how it ended")));
    }
    if needs(model, form, Need::Resolved) && form.resolved.is_none() {
        missing.push((Part::Resolved, t!("whether it is solved")));
    }
    if needs(model, form, Need::Complaint) && form.complaint.is_blank() {
        missing.push((Part::Complaint, t!("the complaint's number")));
    }
    if needs(model, form, Need::Note) && note_is_blank(model, form) {
        missing.push((Part::Note, t!("a note")));
    }
    if needs(model, form, Need::Verified) && form.verified.is_none() {
        missing.push((Part::Verified, t!("how far they were verified")));
    }
    match &form.follow {
        None if needs(model, form, Need::FollowUp) => missing.push((Part::What, t!("a follow-up"))),
        None => {}
        Some(f) => {
            if f.what.is_blank() {
                missing.push((Part::What, t!("what is promised")));
            }
            if f.due.is_err() {
                missing.push((Part::When, t!("by when")));
            }
            if needs(model, form, Need::Owner) && f.owner.is_none() {
                missing.push((Part::Owner, t!("whose promise")));
            }
        }
    }
    missing
}

/// The first part of a form that lacks something.
pub fn lacks(model: &Model, form: &Form) -> Option<Part> {
    let first = missing(model, form).first().map(|(part, _)| *part)?;
    let promised = form.follow.as_ref().is_some_and(|f| !f.what.is_blank() && f.due.is_err());
    Some(if first == Part::What && promised { Part::When } else { first })
}

/// What the form's queue asks of wrap-ups.
pub(super) fn rules(model: &Model, queue: QueueId) -> WrapUpRules {
    model.view().queue(queue).map(|q| q.rules.wrap_up).unwrap_or_default()
}

/// The zone in which promises on a case are made and read: the customer's, when it is known, else ours.
pub(in crate::app) fn zone(model: &Model, case: CaseId) -> String {
    let customer = model.view().case(case).and_then(|c| c.customer).and_then(|c| model.view().customer(c));
    customer.map(|c| c.zone.clone()).filter(|z| !z.is_empty()).unwrap_or_else(|| model.zone().to_owned())
}

/// Parts shown beside the usual ones.
pub(super) fn more(model: &Model, form: &Form) -> Vec<Part> {
    let mut more = Vec::new();
    let mut add = |part, shown: bool| {
        if shown || form.part == part {
            more.push(part);
        }
    };
    add(Part::Resolved, form.resolved.is_some() || needs(model, form, Need::Resolved));
    add(Part::Verified, form.verified.is_some() || needs(model, form, Need::Verified));
    add(Part::Complaint, !form.complaint.is_blank() || needs(model, form, Need::Complaint));
    let owner = form.follow.as_ref().map(|f| f.owner.is_some() || needs(model, form, Need::Owner));
    add(Part::Owner, owner == Some(true));
    more
}

/// A form as shown.
pub fn face(model: &Model, form: &Form, now: At) -> Face {
    let view = model.view();
    let server = model.server(now);
    let interaction = view.interaction(form.interaction).filter(|i| i.owner == model.me());
    let (since, more, incomplete) = match interaction.map(|i| i.phase) {
        Some(Phase::WrapUp { since, more, over }) => (Some(since), more, over),
        _ => (None, 0, false),
    };
    let limit = view.queue(form.queue).and_then(|q| limit_ms(q, more)).unwrap_or(0);
    let spent = since.map_or(0, |since| server.since(since));
    let clock = match (since, limit) {
        (None, _) if interaction.is_none() => {
            t!("this contact moved on; finishing keeps your wrap-up on the case").to_owned()
        }
        (None, _) => String::new(),
        (Some(_), 0) => model.clock(spent),
        (Some(_), limit) => t!("{spent} of {limit}", spent = model.clock(spent), limit = words::clock(limit)),
    };
    let due = match &form.follow {
        None => Ok(String::new()),
        Some(f) => f.due.clone().map(|at| due_words(model, form, at, server)),
    };
    let follow = form.follow.as_ref();
    let calls = follow.filter(|f| f.kind == TaskKind::Callback).and_then(|f| f.due.as_ref().ok());
    Face {
        clock,
        box_ms: (limit > 0 && since.is_some() && !model.settings.reader).then_some((spent / SECOND * SECOND, limit)),
        over: limit > 0 && spent > limit,
        reason: form.reason.and_then(|r| view.reason(r)).map(|r| r.label.clone()),
        outcome: form.outcome.and_then(|o| view.outcome(o)).map(|o| o.label.clone()),
        needs_note: needs(model, form, Need::Note),
        needs_follow_up: needs(model, form, Need::FollowUp),
        resolved: form.resolved.map(named::resolved),
        verified: form.verified.map(named::verified),
        owner: follow.and_then(|f| f.owner).and_then(|a| view.agent(a)).map(|a| a.name.clone()),
        due,
        odd_hour: calls.is_some_and(|at| !may_call(view, Zone::of(&zone(model, form.case)), *at)),
        incomplete,
        missing: missing(model, form).into_iter().map(|(_, words)| words).collect(),
    }
}

/// `Tue 09:00 in Tokyo, 01:00 here (3 Jun, in 2 h)`; one clock where both are the same. Both clocks come first, for
/// lines may be cut.
fn due_words(model: &Model, form: &Form, at: At, server: At) -> String {
    let (theirs, ours) = (zone(model, form.case), model.zone());
    let calls = form.follow.as_ref().is_some_and(|f| f.kind == TaskKind::Callback);
    let odd = if calls && !may_call(model.view(), Zone::of(&theirs), at) {
        t!("; nobody is called then, {hours} is fine", hours = hours(model.view().house().calling))
    } else {
        String::new()
    };
    let (there, here) = (words::local(at, &theirs), words::local(at, ours));
    if there.naive_local() == here.naive_local() {
        return format!("{}{odd}", words::resolved(at, server, ours));
    }
    let long = words::long(at.since(server));
    let same_day = there.date_naive() == here.date_naive();
    let day = words::day(&there);
    let here = match same_day {
        true => words::hour(at, ours),
        false => format!("{} {}", words::weekday(&here), words::hour(at, ours)),
    };
    let clock = format!("{} {}", words::weekday(&there), words::hour(at, &theirs));
    let city = words::city(&theirs);
    t!("{clock} in {city}, {here} here ({day}, in {long}){odd}", clock, city, here, day, long, odd)
}

/// Pairs of reason and outcome that this agent gave at least twice lately in a queue and that can be given now, the
/// most frequent first, the newest before older ones.
pub fn habits(model: &Model, queue: QueueId) -> Vec<(ReasonId, OutcomeId, String)> {
    let view = model.view();
    let mut seen: Vec<((ReasonId, OutcomeId), usize)> = Vec::new();
    for (_, reason, outcome) in model.memory.codes.iter().rev().filter(|(q, ..)| *q == queue).take(LATELY) {
        match seen.iter_mut().find(|(pair, _)| *pair == (*reason, *outcome)) {
            Some((_, n)) => *n += 1,
            None => seen.push(((*reason, *outcome), 1)),
        }
    }
    seen.retain(|(_, n)| *n >= 2);
    seen.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let label = |((r, o), _): ((ReasonId, OutcomeId), usize)| {
        let reason = view.reason(r).filter(|r| r.active)?;
        let outcome = view.outcome(o).filter(|o| o.active && allowed(model, queue, o))?;
        Some((r, o, format!("{}, {}", reason.label, outcome.label.to_lowercase())))
    };
    seen.into_iter().filter_map(label).take(HABITS).collect()
}

/// Whether a queue lets an outcome be given.
fn allowed(model: &Model, queue: QueueId, outcome: &Outcome) -> bool {
    rules(model, queue).follow_ups || !outcome.needs.contains(&Need::FollowUp)
}

/// Reasons of a queue, likely ones first: those used here lately, then the case's last one, then those whose words
/// the customer chose or wrote on the way.
fn likely_reasons<'a>(model: &'a Model, form: &Form) -> Vec<&'a Reason> {
    let view = model.view();
    let used = |r: &Reason| model.memory.codes.iter().filter(|(q, id, _)| *q == form.queue && *id == r.id).count();
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
    let view = model.view();
    let all: Vec<(Code, String)> = match form.part {
        Part::Reason => {
            // With nothing typed, what this agent often does comes first: one digit gives both codes.
            let often = if form.filter.is_blank() { habits(model, form.queue) } else { Vec::new() };
            let often = often.into_iter().map(|(r, o, label)| (Code::Both(r, o), label));
            let single = likely_reasons(model, form).into_iter().map(|r| (Code::Reason(r.id), r.label.clone()));
            often.chain(single).collect()
        }
        Part::Outcome => {
            let outcomes = view.outcomes().filter(|o| o.active && allowed(model, form.queue, o));
            outcomes.map(|o| (Code::Outcome(o.id), o.label.clone())).collect()
        }
        Part::Resolved => Resolved::ALL.map(|r| (Code::Resolved(r), named::resolved(r).to_owned())).to_vec(),
        Part::Verified => Verified::ALL.map(|v| (Code::Verified(v), named::verified(v).to_owned())).to_vec(),
        Part::Owner => {
            let serves = |a: &&crate::domain::people::Agent| a.active && a.queues.contains(&form.queue);
            let mut agents: Vec<_> = view.agents().filter(serves).collect();
            agents.sort_by_key(|a| Some(a.id) != model.me());
            let label = |a: &crate::domain::people::Agent| match Some(a.id) == model.me() {
                true => t!("{name} (you)", name = a.name),
                false => format!("{}, {}", a.name, presence_words(view, a.id)),
            };
            agents.into_iter().map(|a| (Code::Owner(a.id), label(a))).collect()
        }
        _ => return Vec::new(),
    };
    let found = matching::best(form.filter.text(), all.iter().map(|(_, label)| label.as_str()));
    let digit = |i: usize| if i < 9 { i as u8 + 1 } else { 0 };
    let choice = |(i, m): (usize, matching::Match)| {
        let (code, label) = &all[m.index];
        Choice { digit: digit(i), code: *code, label: label.clone(), matched: m.positions }
    };
    found.into_iter().enumerate().map(choice).collect()
}
