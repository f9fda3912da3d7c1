//! The firm's configuration, and what is brought in from elsewhere.

use super::{Context, Decision, check_body, check_len, check_line};
use crate::domain::command::ImportedMessage;
use crate::domain::event::Event;
use crate::domain::ids::{
    AgentId, ArticleId, BreakId, CaseId, CustomerId, MessageId, OutcomeId, QueueId, ReasonId, SkillId, TeamId,
};
use crate::domain::people::{Contacts, Customer};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::work::{ArticleBody, ArticleHead, Author, Case, Kind, Message};

/// Sets a configuration row. An id of 0 asks for a new one; keys and logins are unique.
pub(super) fn put(ctx: &Context, row: &Row) -> Decision {
    check_row(ctx, row)?;
    let mut row = row.clone();
    give_id(ctx, &mut row);
    Ok(vec![Event::RowSet { row: Box::new(row) }])
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
        Row::Firm(f) => check_zone(&f.zone),
        Row::Team(r) => clash(Box::new(state.teams().map(|t| (t.id.0, t.key.as_str()))), &r.key, "team"),
        Row::Skill(r) => clash(Box::new(state.skills().map(|t| (t.id.0, t.key.as_str()))), &r.key, "skill"),
        Row::BreakCode(r) => clash(Box::new(state.break_codes().map(|t| (t.id.0, t.key.as_str()))), &r.key, "break"),
        Row::Reason(r) => clash(Box::new(state.reasons().map(|t| (t.id.0, t.path.as_str()))), &r.path, "reason"),
        Row::Outcome(r) => clash(Box::new(state.outcomes().map(|t| (t.id.0, t.key.as_str()))), &r.key, "outcome"),
        Row::Queue(r) => {
            clash(Box::new(state.queues().map(|t| (t.id.0, t.key.as_str()))), &r.key, "queue")?;
            check_zone(&r.hours.zone)?;
            if r.channels.is_empty() {
                return Err(Refusal::invalid("channels", "a queue takes at least one channel"));
            }
            if r.sl_pct > 100 {
                return Err(Refusal::invalid("service level", "it is a share from 0 to 100 per cent"));
            }
            check_levels(ctx, &r.skills)
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

fn check_zone(zone: &str) -> Result<(), Refusal> {
    if zone.is_empty() || zone.parse::<chrono_tz::Tz>().is_ok() {
        return Ok(());
    }
    Err(Refusal::invalid("zone", format!("{zone} is no IANA time zone; write it like Europe/London")))
}

pub(super) fn retire(ctx: &Context, key: RowKey) -> Decision {
    if ctx.state.row(key).is_none() {
        return Err(Refusal::gone(format!("{} {}", key.entity.word(), key.id)));
    }
    match key.entity {
        Entity::Queue if ctx.state.interactions().any(|i| i.queue.0 == key.id) => {
            Err(Refusal::invalid("queue", "interactions are still in it; let them end or transfer them first"))
        }
        Entity::Queue
        | Entity::Reason
        | Entity::Outcome
        | Entity::Agent
        | Entity::Skill
        | Entity::BreakCode
        | Entity::ArticleHead => Ok(vec![Event::Retired { key }]),
        _ => Err(Refusal::invalid("row", "this kind of row is never retired")),
    }
}

pub(super) fn customer(ctx: &Context, customer: &Customer, contacts: &Contacts) -> Decision {
    if customer.name.trim().is_empty() {
        return Err(Refusal::invalid("name", "it is empty"));
    }
    check_line("name", &customer.name)?;
    check_zone(&customer.zone)?;
    let id = match customer.id {
        CustomerId(0) => CustomerId(ctx.state.next_id(Entity::Customer, 0)),
        id => id,
    };
    let customer = Customer { id, masked: contacts.masked(), ..customer.clone() };
    let contacts = Contacts { id, ..contacts.clone() };
    Ok(vec![Event::RowSet { row: Box::new(customer.into()) }, Event::RowSet { row: Box::new(contacts.into()) }])
}

/// Longest article, in bytes.
const MAX_ARTICLE: usize = 1_000_000;

pub(super) fn article(ctx: &Context, head: &ArticleHead, body: &str) -> Decision {
    if head.title.trim().is_empty() {
        return Err(Refusal::invalid("title", "it is empty"));
    }
    check_line("title", &head.title)?;
    if body.len() > MAX_ARTICLE {
        return Err(Refusal::invalid("body", format!("it is longer than {MAX_ARTICLE} bytes")));
    }
    let id = match head.id {
        ArticleId(0) => ArticleId(ctx.state.next_id(Entity::ArticleHead, 0)),
        id => id,
    };
    let head = ArticleHead { id, ..head.clone() };
    let body = ArticleBody { id, body: body.to_owned() };
    Ok(vec![Event::RowSet { row: Box::new(head.into()) }, Event::RowSet { row: Box::new(body.into()) }])
}

pub(super) fn case(ctx: &Context, case: &Case, messages: &[ImportedMessage]) -> Decision {
    if ctx.state.queue(case.queue).is_none() {
        return Err(Refusal::invalid("queue", "there is no such queue"));
    }
    check_line("subject", &case.subject)?;
    let id = match case.id {
        CaseId(0) => CaseId(ctx.state.next_id(Entity::Case, 0)),
        id => id,
    };
    let mut kept = Vec::with_capacity(messages.len());
    for (used, message) in messages.iter().enumerate() {
        check_body("message", &message.body)?;
        check_len("message", &message.body)?;
        kept.push(Message {
            id: MessageId(ctx.state.next_id(Entity::Message, used as u64)),
            case: id,
            queue: case.queue,
            at: message.at,
            author: message.author,
            kind: message.kind,
            channel: case.channel,
            body: message.body.clone(),
        });
    }
    let last_inbound =
        kept.iter().rev().find(|m| m.author == Author::Customer && m.kind == Kind::Message).map(|m| m.id);
    let mut tags: Vec<String> = case.tags.iter().map(|t| super::case::tidy_tag(t)).filter(|t| !t.is_empty()).collect();
    tags.sort();
    tags.dedup();
    let case = Case { id, last_inbound, tags, ..case.clone() };
    Ok(vec![Event::CaseImported { case: Box::new(case), messages: kept }])
}
