//! What is brought in from elsewhere: customers, articles and past cases, each whole or not at all.

use super::config::check_zone;
use super::{Context, Decision, check_body, check_len, check_line};
use crate::domain::command::{Command, ImportedMessage, ImportedTask, ImportedWrapUp};
use crate::domain::event::Event;
use crate::domain::file::check_named;
use crate::domain::ids::{ArticleId, CaseId, CustomerId, InteractionId, MessageId, TaskId, WrapUpId};
use crate::domain::people::{Contacts, Customer};
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::sla::Sla;
use crate::domain::ties::Ties;
use crate::domain::work::{
    ArticleBody, ArticleHead, Author, Case, Interaction, Kind, LegEnd, Message, Phase, Status, Task, WrapUp,
};
use crate::domain::wrap_up::card::Card;

/// Longest article, in bytes.
const MAX_ARTICLE: usize = 1_000_000;

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
    // Who they are one person with is not said by a file of customers.
    let (merged, holds) = ctx.state.customer(id).map(|c| (c.merged.clone(), c.holds.clone())).unwrap_or_default();
    let customer = Customer { id, masked: contacts.masked(), merged, holds, ..customer.clone() };
    let contacts = Contacts { id, ..contacts.clone() };
    Ok(vec![Event::RowSet { row: Box::new(customer.into()) }, Event::RowSet { row: Box::new(contacts.into()) }])
}

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

pub(super) fn case(ctx: &Context, command: &Command) -> Decision {
    let Command::ImportCase { case, messages, wrap_ups, tasks } = command else { return Ok(Vec::new()) };
    if ctx.state.queue(case.queue).is_none() {
        return Err(Refusal::invalid("queue", "there is no such queue"));
    }
    check_line("subject", &case.subject)?;
    if case.label.is_some_and(|l| ctx.state.label(l).is_none_or(|l| l.status != case.status)) {
        return Err(Refusal::invalid("label", "it does not belong to the case's status"));
    }
    let id = match case.id {
        CaseId(0) => CaseId(ctx.state.next_id(Entity::Case, 0)),
        id => id,
    };
    let mut tags: Vec<String> = case.tags.iter().map(|t| super::case::tidy_tag(t)).filter(|t| !t.is_empty()).collect();
    tags.sort();
    tags.dedup();
    let customer = case.customer.map(|id| ctx.state.customer_root(id));
    let case = Case { id, customer, tags, ..case.as_ref().clone() };
    let messages = bring_messages(ctx, &case, messages)?;
    let last_inbound =
        messages.iter().rev().find(|m| m.author == Author::Customer && m.kind == Kind::Message).map(|m| m.id);
    let wrap_ups = bring_wrap_ups(ctx, &case, &messages, wrap_ups);
    let tasks = bring_tasks(ctx, &case, tasks)?;
    // Nothing is promised on what comes from elsewhere until the customer writes again.
    let answered = messages.iter().find(|m| matches!(m.author, Author::Agent(_)) && m.kind == Kind::Message);
    let sla = Sla { answered: answered.map(|m| m.at), ..Sla::default() };
    let case = Box::new(Case { last_inbound, sla, ..case });
    Ok(vec![Event::CaseImported { case, messages, wrap_ups, tasks }])
}

/// What a case that came in has to do with others, as it was elsewhere.
pub(super) fn ties(ctx: &Context, id: CaseId, ties: &Ties) -> Decision {
    let case = ctx.case(id)?;
    if case.ties == *ties {
        return Ok(Vec::new());
    }
    if case.ties != Ties::default() {
        return Err(Refusal::Exists { what: format!("what case {id} has to do with others") });
    }
    if ties.merged.as_ref().is_some_and(|m| m.into == id) || ties.links.iter().any(|l| l.case == id) {
        return Err(Refusal::invalid("case", "it cannot be tied to itself"));
    }
    if ties.merged.is_some() && case.status != Status::Closed {
        return Err(Refusal::invalid("case", "a merged case is closed"));
    }
    Ok(vec![Event::TiesImported { case: id, ties: Box::new(ties.clone()), at: ctx.now }])
}

/// An interaction that was open elsewhere is open here, as long as it has waited. Its case stays as it came in.
pub(super) fn interaction(ctx: &Context, interaction: &Interaction) -> Decision {
    let case = ctx.case(interaction.case)?;
    let queue = ctx.state.queue(interaction.queue).filter(|q| q.active);
    if queue.is_none_or(|q| !q.channels.contains(&interaction.channel)) {
        return Err(Refusal::invalid("queue", "there is no such queue for this channel"));
    }
    check_line("subject", &interaction.subject)?;
    check_line("name", &interaction.name)?;
    interaction.menu.iter().try_for_each(|step| check_line("menu", step))?;
    match (interaction.phase, interaction.owner) {
        (Phase::Queued | Phase::Callback { .. }, None) => {}
        (Phase::WrapUp { .. }, Some(owner)) => ctx.known_agent(owner).map(|_| ())?,
        _ => return Err(Refusal::invalid("phase", "it must wait, be a callback, or be in its owner's wrap-up")),
    }
    let same = |i: &&Interaction| i.case == case.id && i.first_enqueued == interaction.first_enqueued;
    if ctx.state.interactions().any(|i| same(&i)) {
        return Err(Refusal::Exists { what: "this interaction".into() });
    }
    let card = interaction.card.map(|card| {
        let note = ctx.state.messages_of(case.id).nth(card.note.0 as usize).map(|m| m.id);
        let note = note.ok_or_else(|| Refusal::invalid("card", "its case has no such message"))?;
        ctx.known_agent(card.by)?;
        Ok::<_, Refusal>(Card { note, ..card })
    });
    let opened = Interaction {
        id: InteractionId(ctx.state.next_id(Entity::Interaction, 0)),
        customer: case.customer,
        epoch: 1,
        enqueued: interaction.enqueued.min(ctx.now),
        first_enqueued: interaction.first_enqueued.min(ctx.now),
        passed: Vec::new(),
        card: card.transpose()?,
        ..interaction.clone()
    };
    Ok(vec![Event::InteractionOpened { interaction: Box::new(opened), case: Box::new(case.clone()) }])
}

fn bring_messages(ctx: &Context, case: &Case, messages: &[ImportedMessage]) -> Result<Vec<Message>, Refusal> {
    let mut brought = Vec::with_capacity(messages.len());
    for (used, message) in messages.iter().enumerate() {
        check_named(&message.files)?;
        if message.files.is_empty() {
            check_body("message", &message.body)
        } else {
            check_len("message", &message.body)
        }?;
        if message.went.as_ref().is_some_and(|went| !went.is_readable()) {
            return Err(Refusal::invalid("went", "it names too many, or holds something that is no line of text"));
        }
        brought.push(Message {
            id: MessageId(ctx.state.next_id(Entity::Message, used as u64)),
            case: case.id,
            queue: case.queue,
            at: message.at,
            author: message.author,
            kind: message.kind,
            channel: message.channel,
            body: message.body.clone(),
            files: message.files.clone(),
            went: message.went.clone(),
        });
    }
    Ok(brought)
}

fn bring_wrap_ups(ctx: &Context, case: &Case, messages: &[Message], wrap_ups: &[ImportedWrapUp]) -> Vec<WrapUp> {
    let bring = |(used, w): (usize, &ImportedWrapUp)| WrapUp {
        id: WrapUpId(ctx.state.next_id(Entity::WrapUp, used as u64)),
        interaction: InteractionId(0),
        case: case.id,
        queue: case.queue,
        agent: w.agent,
        epoch: 0,
        channel: w.channel,
        reason: w.reason,
        outcome: w.outcome,
        note: w.note.and_then(|index| messages.get(index as usize)).map(|m| m.id),
        at: w.at,
        wait_ms: w.wait_ms,
        talk_ms: w.talk_ms,
        hold_ms: w.hold_ms,
        holds: w.holds,
        wrap_ms: w.wrap_ms,
        late: w.late,
        customer: case.customer,
        served: case.queue,
        rung: None,
        dial_ms: 0,
        target_s: None,
        end: LegEnd::Finished,
        findings: w.findings.clone(),
        incomplete: w.incomplete,
    };
    wrap_ups.iter().enumerate().map(bring).collect()
}

fn bring_tasks(ctx: &Context, case: &Case, tasks: &[ImportedTask]) -> Result<Vec<Task>, Refusal> {
    let mut brought = Vec::with_capacity(tasks.len());
    for (used, task) in tasks.iter().enumerate() {
        check_line("promise", &task.what)?;
        ctx.known_agent(task.owner)?;
        brought.push(Task {
            id: TaskId(ctx.state.next_id(Entity::Task, used as u64)),
            case: case.id,
            customer: case.customer,
            owner: task.owner,
            kind: task.kind,
            what: task.what.clone(),
            due: task.due,
            done: task.done,
        });
    }
    Ok(brought)
}
