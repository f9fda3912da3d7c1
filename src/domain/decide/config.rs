//! The firm's configuration: queues, people, codes.

use super::{Context, Decision};
use crate::domain::calendar::{Calendar, Version, check};
use crate::domain::checklist;
use crate::domain::event::Event;
use crate::domain::ids::{
    AgentId, BreakId, CalendarId, ChecklistId, LabelId, OutcomeId, PolicyId, QueueId, ReasonId, SkillId, StockId,
    TeamId, ViewId,
};
use crate::domain::label;
use crate::domain::refusal::Refusal;
use crate::domain::routing::lint;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::sla::Promise;
use crate::domain::sla::policy::Policy;
use crate::domain::sla::words::typed_span;
use crate::domain::work::{Priority, Status};
use crate::domain::wrap_up;

/// Sets a configuration row. An id of 0 asks for a new one; keys and logins are unique.
pub(super) fn put(ctx: &Context, row: &Row) -> Decision {
    check_row(ctx, row)?;
    let mut row = row.clone();
    give_id(ctx, &mut row);
    if let Row::Calendar(wanted) = row {
        row = revised(ctx, wanted).into();
    }
    Ok(vec![Event::RowSet { row: Box::new(row) }])
}

/// A calendar keeps what held before: of the versions given, the one in force now holds from now on and later ones
/// from their instants; what held until now stays as the ledger has it.
fn revised(ctx: &Context, wanted: Calendar) -> Calendar {
    let Some(known) = ctx.state.calendar(wanted.id) else { return wanted };
    let mut calendar = Calendar { versions: known.versions.clone(), ..wanted.clone() };
    if let Some(now) = wanted.in_force(ctx.now) {
        calendar.revise(ctx.now, now.clone());
    }
    for version in wanted.versions.into_iter().filter(|v| v.from > ctx.now) {
        calendar.revise(version.from, version.timetable);
    }
    calendar
}

/// Gives a row without an id the next one of its kind.
fn give_id(ctx: &Context, row: &mut Row) {
    let next = ctx.state.next_id(row.entity(), 0);
    match row {
        Row::Team(r) if r.id.0 == 0 => r.id = TeamId(next),
        Row::Skill(r) if r.id.0 == 0 => r.id = SkillId(next),
        Row::Queue(r) if r.id.0 == 0 => r.id = QueueId(next),
        Row::Reason(r) if r.id.0 == 0 => r.id = ReasonId(next),
        Row::Outcome(r) if r.id.0 == 0 => r.id = OutcomeId(next),
        Row::BreakCode(r) if r.id.0 == 0 => r.id = BreakId(next),
        Row::Agent(r) if r.id.0 == 0 => r.id = AgentId(next),
        Row::Calendar(r) if r.id.0 == 0 => r.id = CalendarId(next),
        Row::Policy(r) if r.id.0 == 0 => r.id = PolicyId(next),
        Row::SavedView(r) if r.id.0 == 0 => r.id = ViewId(next),
        Row::Label(r) if r.id.0 == 0 => r.id = LabelId(next),
        Row::Checklist(r) if r.id.0 == 0 => r.id = ChecklistId(next),
        Row::Stock(r) if r.id.0 == 0 => r.id = StockId(next),
        _ => {}
    }
}

fn check_row(ctx: &Context, row: &Row) -> Result<(), Refusal> {
    let id = row.id();
    let clash = |mut others: Box<dyn Iterator<Item = (u64, &str)> + '_>, key: &str, what: &str| {
        if key.trim().is_empty() {
            return Err(Refusal::invalid(what, "it is empty; give it a short name"));
        }
        match others.find(|(other, name)| *name == key && *other != id) {
            Some(_) => Err(Refusal::Exists { what: format!("{what} {key}") }),
            None => Ok(()),
        }
    };
    let state = ctx.state;
    match row {
        Row::Firm(f) => {
            check_zone(&f.zone)?;
            if !crate::domain::stock::is_locale(&f.locale) {
                return Err(Refusal::invalid("locale", format!("{} is no language tag; write es or es-MX", f.locale)));
            }
            f.rules.fault().map_or(Ok(()), |(field, because)| Err(Refusal::invalid(field, because)))
        }
        Row::Team(r) => clash(Box::new(state.teams().map(|t| (t.id.0, t.key.as_str()))), &r.key, "team"),
        Row::Skill(r) => clash(Box::new(state.skills().map(|t| (t.id.0, t.key.as_str()))), &r.key, "skill"),
        Row::BreakCode(r) => clash(Box::new(state.break_codes().map(|t| (t.id.0, t.key.as_str()))), &r.key, "break"),
        Row::Reason(r) => {
            clash(Box::new(state.reasons().map(|t| (t.id.0, t.path.as_str()))), &r.path, "reason")?;
            if let Some(queue) = r.queues.iter().find(|q| state.queue(**q).is_none()) {
                return Err(Refusal::invalid("queues", format!("there is no queue {queue}")));
            }
            wrap_up::lint::path_fault(state, r).map_or(Ok(()), |because| Err(Refusal::invalid("reason", because)))
        }
        Row::Outcome(r) => {
            clash(Box::new(state.outcomes().map(|t| (t.id.0, t.key.as_str()))), &r.key, "outcome")?;
            wrap_up::outcome_fault(r).map_or(Ok(()), |(field, because)| Err(Refusal::invalid(field, because)))
        }
        Row::Queue(r) => {
            clash(Box::new(state.queues().map(|t| (t.id.0, t.key.as_str()))), &r.key, "queue")?;
            check_calendar(ctx, r.calendar)?;
            if r.channels.is_empty() {
                return Err(Refusal::invalid("channels", "a queue takes at least one channel"));
            }
            if r.sl_pct > 100 {
                return Err(Refusal::invalid("service level", "it is a share from 0 to 100 per cent"));
            }
            check_levels(ctx, &r.skills)?;
            let fault = r.rules.fault(&r.skills).or_else(|| r.rules.wrap_up.fault(r.wrap_up_s));
            match fault.or_else(|| lint::overflow_fault(ctx.state, r)) {
                Some((field, because)) => Err(Refusal::invalid(field, because)),
                None => Ok(()),
            }
        }
        Row::Agent(r) => {
            clash(Box::new(state.agents().map(|a| (a.id.0, a.login.as_str()))), &r.login, "login")?;
            if state.team(r.team).is_none() {
                return Err(Refusal::invalid("team", "there is no such team"));
            }
            if let Some(queue) = r.queues.iter().find(|q| state.queue(**q).is_none()) {
                return Err(Refusal::invalid("queues", format!("there is no queue {queue}")));
            }
            check_levels(ctx, &r.skills)
        }
        Row::Calendar(r) => {
            clash(Box::new(state.calendars().map(|c| (c.id.0, c.key.as_str()))), &r.key, "calendar")?;
            if r.versions.is_empty() {
                return Err(Refusal::invalid("calendar", "it has no hours; give it some"));
            }
            let faulty = |v: &Version| check::timetable(&v.timetable).err();
            match r.versions.iter().find_map(faulty) {
                Some(fault) => Err(Refusal::invalid(&format!("calendar {}, {}", r.key, fault.place), fault.because)),
                None => Ok(()),
            }
        }
        Row::Policy(r) => {
            clash(Box::new(state.policies().map(|p| (p.id.0, p.key.as_str()))), &r.key, "policy")?;
            check_policy(ctx, r)
        }
        Row::Label(r) => {
            clash(Box::new(state.labels().map(|l| (l.id.0, l.key.as_str()))), &r.key, "label")?;
            if r.key.contains(char::is_whitespace) {
                return Err(Refusal::invalid("label", "its short name has no blanks; write waits-for-parts"));
            }
            if r.name.trim().is_empty() || r.name.chars().count() > label::MAX_NAME {
                return Err(Refusal::invalid(
                    "name",
                    format!("a label's name has 1 to {} characters", label::MAX_NAME),
                ));
            }
            match state.label(r.id).filter(|known| known.status != r.status) {
                Some(known) => {
                    let because = format!("it stays {}, because cases have it; make another", known.status.word());
                    Err(Refusal::invalid("status", because))
                }
                None => Ok(()),
            }
        }
        Row::Checklist(r) => {
            clash(Box::new(state.checklists().map(|c| (c.id.0, c.key.as_str()))), &r.key, "checklist")?;
            if let Some(queue) = r.queues.iter().find(|q| state.queue(**q).is_none()) {
                return Err(Refusal::invalid("queues", format!("there is no queue {queue}")));
            }
            if let Some(reason) = r.reasons.iter().find(|id| state.reason(**id).is_none()) {
                return Err(Refusal::invalid("reasons", format!("there is no reason {reason}")));
            }
            checklist::fault(r).map_or(Ok(()), |(field, because)| Err(Refusal::invalid(field, because)))
        }
        Row::SavedView(r) => {
            if r.owner.is_some_and(|owner| state.agent(owner).is_none()) {
                return Err(Refusal::invalid("view", "there is no such agent"));
            }
            let teams = state.saved_views().filter(|v| v.owner == r.owner);
            clash(Box::new(teams.map(|v| (v.id.0, v.name.as_str()))), &r.name, "view")?;
            super::view::check(ctx, &r.name, &r.text)
        }
        Row::Stock(r) => super::stock::check(ctx, r),
        Row::Correspondents(r) => super::mail::brought(ctx, r),
        Row::ArticleHead(_) | Row::ArticleBody(_) | Row::Customer(_) | Row::Contacts(_) => {
            Err(Refusal::invalid("row", "customers and articles are brought in whole, by import"))
        }
        _ => Err(Refusal::invalid("row", "only configuration can be set like this")),
    }
}

fn check_levels(ctx: &Context, skills: &std::collections::BTreeMap<SkillId, u8>) -> Result<(), Refusal> {
    for (skill, level) in skills {
        if ctx.state.skill(*skill).is_none() {
            return Err(Refusal::invalid("skills", format!("there is no skill {skill}")));
        }
        if !(1..=5).contains(level) {
            return Err(Refusal::invalid("skills", "a level is a number from 1 to 5"));
        }
    }
    Ok(())
}

/// Refuses a policy that could never promise anything, with the place.
fn check_policy(ctx: &Context, policy: &Policy) -> Result<(), Refusal> {
    let refuse = |place: &str, because: String| {
        let dot = if place.is_empty() { "" } else { ", " };
        Err(Refusal::invalid(&format!("policy {}{dot}{place}", policy.key), because))
    };
    if policy.targets.values().all(std::collections::BTreeMap::is_empty) {
        return refuse("", "it promises nothing; give it a target for first, next or resolution".into());
    }
    if let Some(id) = policy.calendar.filter(|id| ctx.state.calendar(*id).is_none()) {
        return refuse("calendar", format!("there is no calendar {id}"));
    }
    if let Some(queue) = policy.when.queues.iter().find(|q| ctx.state.queue(**q).is_none()) {
        return refuse("queues", format!("there is no queue {queue}"));
    }
    for (promise, by) in &policy.targets {
        if let Some((priority, _)) = by.iter().find(|(_, s)| **s == 0) {
            return refuse(promise.word(), format!("the target for {} is empty", priority.word()));
        }
    }
    for priority in Priority::ALL {
        let first = policy.target(Promise::First, priority);
        let resolution = policy.target(Promise::Resolution, priority);
        if let (Some(first), Some(resolution)) = (first, resolution)
            && resolution < first
        {
            let place = format!("resolution for {}", priority.word());
            let because = format!("it must not be shorter than the first response ({})", typed_span(first));
            return refuse(&place, because);
        }
    }
    if let Some(status) = policy.pauses.iter().find(|s| matches!(s, Status::Solved | Status::Closed)) {
        return refuse("pauses", format!("a {} case has no clock that could rest", status.word()));
    }
    if policy.warn_pct > 100 {
        return refuse("warning", "it is a share of the target from 0 to 100 per cent".into());
    }
    Ok(())
}

fn check_calendar(ctx: &Context, calendar: Option<CalendarId>) -> Result<(), Refusal> {
    match calendar {
        Some(id) if ctx.state.calendar(id).is_none() => {
            Err(Refusal::invalid("calendar", format!("there is no calendar {id}")))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_zone(zone: &str) -> Result<(), Refusal> {
    check::zone(zone).map_err(|fault| Refusal::invalid(&fault.place, fault.because))
}

pub(super) fn retire(ctx: &Context, key: RowKey) -> Decision {
    if ctx.state.row(key).is_none() {
        return Err(Refusal::gone(format!("{} {}", key.entity.word(), key.id)));
    }
    match key.entity {
        Entity::Queue if ctx.state.interactions().any(|i| i.queue.0 == key.id) => {
            Err(Refusal::invalid("queue", "interactions are still in it; let them end or transfer them first"))
        }
        Entity::Calendar if ctx.state.policies().any(|p| p.active && p.calendar.is_some_and(|c| c.0 == key.id)) => {
            Err(Refusal::invalid("calendar", "a policy counts by these hours; give it others first"))
        }
        Entity::Calendar if ctx.state.queues().any(|q| q.active && q.calendar.is_some_and(|c| c.0 == key.id)) => {
            Err(Refusal::invalid("calendar", "a queue keeps these hours; give it others first"))
        }
        Entity::Queue
        | Entity::Calendar
        | Entity::Policy
        | Entity::Reason
        | Entity::Outcome
        | Entity::Agent
        | Entity::Skill
        | Entity::BreakCode
        | Entity::SavedView
        | Entity::Label
        | Entity::Checklist
        | Entity::Stock
        | Entity::ArticleHead => Ok(vec![Event::Retired { key }]),
        _ => Err(Refusal::invalid("row", "this kind of row is never retired")),
    }
}
