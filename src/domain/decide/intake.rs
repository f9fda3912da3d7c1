//! Customers coming in, through gateways of any kind.

use super::contact::to_wrap_up;
use super::{Context, Decision, callback, check_body, check_len, check_line, triage};
use crate::domain::command::{CallbackWish, Command, CustomerHint};
use crate::domain::event::Event;
use crate::domain::file::{FileCard, check_files};
use crate::domain::identity::{Phone, is_email, phone};
use crate::domain::ids::{CaseId, CustomerId, InteractionId, MessageId};
use crate::domain::mail::Correspondents;
use crate::domain::people::{Contacts, Customer, Role};
use crate::domain::proof::{Known, Proof};
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::sla::Sla;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Author, Case, Channel, Interaction, Kind, Owed, Phase, Place, Preferred, Status};

/// Flag of a customer whom nobody has looked at yet.
const NEW: &str = "new";

pub(super) fn open(ctx: &Context, command: &Command) -> Decision {
    let Command::OpenInteraction {
        channel,
        queue,
        hint,
        customer,
        case,
        menu,
        priority,
        language,
        subject,
        body,
        came,
        callback: wish,
        files,
        maybe,
        letter,
    } = command
    else {
        return Ok(Vec::new());
    };
    let target = ctx
        .state
        .queue(*queue)
        .filter(|q| q.active)
        .ok_or_else(|| Refusal::invalid("queue", "there is no such queue"))?;
    if !target.channels.contains(channel) {
        let because = format!("{} takes no {}", target.name, channel.word());
        return Err(Refusal::invalid("channel", because));
    }
    check_line("subject", subject)?;
    triage::check_menu(menu)?;
    if let Some(body) = body {
        check_words(body, files)?;
    } else if !files.is_empty() {
        return Err(Refusal::invalid("files", "they come with the customer's words; send a body, empty if need be"));
    }
    let came = came.map_or(ctx.now, |at| at.min(ctx.now));
    let (phone, email) = (phone_of(hint)?, email_of(hint)?);
    let mut events = Vec::new();
    let known = case.map(|id| ctx.case(ctx.state.root(id))).transpose()?;
    let customer = customer.or_else(|| known.and_then(|c| c.customer)).map(|id| ctx.state.customer_root(id));
    let name = customer
        .and_then(|id| ctx.state.customer(id))
        .map(|c| c.name.as_str())
        .or(hint.name.as_deref())
        .map_or_else(|| "Unknown".to_owned(), short_name);
    let mut contacts = customer.and_then(|id| ctx.state.contacts(id)).cloned();
    let row = customer.and_then(|id| ctx.state.customer(id));
    let wanted = (*channel == Channel::Callback).then(|| callback::wanted(ctx, wish, row)).transpose()?;
    if wanted.is_none() && **wish != CallbackWish::default() {
        return Err(Refusal::invalid("callback", "it goes with the channel callback only"));
    }
    let newcomer = (customer.is_none() && known.is_none()).then(|| newcomer(ctx, hint, phone, email, language));
    let customer = if let Some((customer, reach)) = newcomer.flatten() {
        let id = customer.id;
        contacts = Some(reach.clone());
        events.push(Event::RowSet { row: Box::new(customer.into()) });
        events.push(Event::RowSet { row: Box::new(reach.into()) });
        Some(id)
    } else {
        customer
    };
    let line = if subject.trim().is_empty() {
        menu.last().cloned().or_else(|| known.map(|c| c.subject.clone())).unwrap_or_default()
    } else {
        subject.clone()
    };
    let record = match known {
        Some(case) => Case {
            customer: case.customer.or(customer),
            status: Status::Open,
            snoozed_until: None,
            updated: case.updated.max(ctx.now),
            ..case.clone()
        },
        None => new_case(ctx, *queue, *channel, customer, &line, language, *priority, came),
    };
    // The agent who last had the open case is waited for a little.
    let last = known.filter(|c| matches!(c.status, Status::Open | Status::Pending)).and_then(|c| c.assignee);
    let wait = i64::from(target.rules.sticky_s) * SECOND;
    let preferred = last.filter(|_| wait > 0 && *channel != Channel::Email).map(|agent| Preferred {
        agent,
        until: came.plus(wait),
        owned: false,
    });
    if let Some(wanted) = &wanted {
        wanted.check_number(ctx, contacts.as_ref())?;
    }
    let owed = wanted.as_ref().map(|w| Owed { asked: came, tries: 0, zone: w.zone, until: w.until });
    let interaction = Interaction {
        id: InteractionId(ctx.state.next_id(Entity::Interaction, 0)),
        case: record.id,
        customer,
        name,
        channel: *channel,
        queue: *queue,
        phase: wanted.as_ref().map_or(Phase::Queued, |w| Phase::Callback { due: w.due }),
        owner: None,
        epoch: 1,
        priority: *priority,
        language: language.clone(),
        subject: line,
        menu: menu.clone(),
        enqueued: came,
        first_enqueued: came,
        accepted: None,
        rung: None,
        settled: false,
        target_s: None,
        dial_ms: 0,
        hold_ms: 0,
        holds: 0,
        waiting_since: None,
        customer_gone: false,
        min_role: Role::Trainee,
        passed: Vec::new(),
        place: Place { also: None, preferred, owed },
        card: None,
        maybe: if customer.is_none() { maybe.clone() } else { Vec::new() },
        known: Known { proof: hint.proof, clue: hint.clue, told: None },
    };
    let moved = record.queue != *queue;
    events.push(Event::InteractionOpened { interaction: Box::new(interaction), case: Box::new(record.clone()) });
    if moved {
        events.push(Event::CaseMoved { case: record.id, queue: *queue, at: ctx.now });
    }
    let here = Case { queue: *queue, ..record };
    let mut said = Vec::new();
    said.extend(body.as_ref().map(|body| customer_says(ctx, &here, *channel, body, files, came)));
    said.extend(wanted.and_then(|w| w.note(ctx, &here, contacts.as_ref())));
    // Each message has a number of its own.
    for (used, event) in said.iter_mut().enumerate() {
        if let Event::MessageAdded { message, .. } = event {
            message.id = MessageId(ctx.state.next_id(Entity::Message, used as u64));
        }
    }
    events.extend(said);
    if *channel == Channel::Email {
        events.extend(super::mail::heard(ctx, here.id, letter.as_deref())?);
    }
    Ok(events)
}

/// The phone number a gateway gives, in E.164.
fn phone_of(hint: &CustomerHint) -> Result<Option<String>, Refusal> {
    let Some(text) = hint.phone.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    match phone(text, None) {
        Phone::Good(number) => Ok(Some(number)),
        Phone::National(_) | Phone::Bad(_) => {
            let because =
                "it must be a number with its calling code, such as +442079460123; leave it out when it is withheld";
            Err(Refusal::invalid("customer.phone", because))
        }
    }
}

/// The e-mail address a gateway gives.
fn email_of(hint: &CustomerHint) -> Result<Option<String>, Refusal> {
    let Some(text) = hint.email.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    if is_email(text) {
        Ok(Some(text.to_owned()))
    } else {
        Err(Refusal::invalid("customer.email", "it must be one address, such as dana@example.com"))
    }
}

/// A customer for somebody who gives a reference, number or address that nobody here has: the agent can reach them,
/// and next time they are known.
fn newcomer(
    ctx: &Context,
    hint: &CustomerHint,
    phone: Option<String>,
    email: Option<String>,
    language: &str,
) -> Option<(Customer, Contacts)> {
    // Whoever merely says that they are number so-and-so gets no such number.
    let reference = hint.reference.as_deref().filter(|_| hint.proof > Proof::Said);
    let reference = reference.map(str::trim).unwrap_or_default().to_owned();
    if reference.is_empty() && phone.is_none() && email.is_none() {
        return None;
    }
    let id = CustomerId(ctx.state.next_id(Entity::Customer, 0));
    let contacts = Contacts {
        id,
        phones: phone.into_iter().collect(),
        emails: email.into_iter().collect(),
        handle: String::new(),
    };
    let masked = contacts.masked();
    let name = match hint.name.as_deref().map(str::trim).filter(|n| !n.is_empty()) {
        Some(name) => name.to_owned(),
        // What all may see of the number tells one unknown caller from the next.
        None => format!("Unknown {}", masked.first().unwrap_or(&reference)),
    };
    let customer = Customer {
        id,
        reference,
        name,
        locale: language.to_owned(),
        zone: String::new(),
        plan: String::new(),
        flags: vec![NEW.to_owned()],
        note: String::new(),
        since: String::new(),
        masked,
        merged: None,
        holds: Vec::new(),
    };
    Some((customer, contacts))
}

#[expect(clippy::too_many_arguments, reason = "every argument is a field of the one struct it makes")]
fn new_case(
    ctx: &Context,
    queue: crate::domain::ids::QueueId,
    channel: Channel,
    customer: Option<crate::domain::ids::CustomerId>,
    subject: &str,
    language: &str,
    priority: crate::domain::work::Priority,
    came: At,
) -> Case {
    Case {
        id: CaseId(ctx.state.next_id(Entity::Case, 0)),
        reference: String::new(),
        customer,
        queue,
        channel,
        subject: subject.to_owned(),
        status: Status::Open,
        priority,
        tags: Vec::new(),
        assignee: None,
        language: language.to_owned(),
        created: came,
        updated: came,
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: Sla::since(came),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    }
}

fn customer_says(ctx: &Context, case: &Case, channel: Channel, body: &str, files: &[FileCard], at: At) -> Event {
    let mut event = ctx.message(0, case, Kind::Message, channel, body);
    if let Event::MessageAdded { message, .. } = &mut event {
        message.at = at;
        message.author = Author::Customer;
        message.files = files.to_vec();
    }
    event
}

/// What a customer says: words, or files, or both.
fn check_words(body: &str, files: &[FileCard]) -> Result<(), Refusal> {
    check_files(files)?;
    if files.is_empty() { check_body("body", body) } else { check_len("body", body) }
}

pub(super) fn append(
    ctx: &Context,
    id: InteractionId,
    body: &str,
    files: &[FileCard],
    letter: Option<&Correspondents>,
) -> Decision {
    let interaction = ctx.interaction(id)?;
    check_words(body, files)?;
    let case = ctx.case(interaction.case)?;
    let mut events = vec![customer_says(ctx, case, interaction.channel, body, files, ctx.now)];
    if interaction.channel == Channel::Email {
        events.extend(super::mail::heard(ctx, case.id, letter)?);
    }
    Ok(events)
}

/// An answer did not reach the customer: the team reads why, and someone here owes something again.
pub(super) fn undelivered(ctx: &Context, id: CaseId, message: Option<MessageId>, why: &str) -> Decision {
    let case = ctx.case(ctx.state.root(id))?;
    check_body("why", why)?;
    let which = message.map_or("An answer", |_| "The answer");
    let mut note = ctx.message(0, case, Kind::Note, case.channel, &format!("{which} was not delivered: {why}"));
    if let Event::MessageAdded { message, .. } = &mut note {
        message.author = Author::System;
    }
    let mut events = vec![note];
    if case.snoozed_until.is_some() {
        events.push(Event::Snoozed { case: case.id, until: None, at: ctx.now });
    }
    if case.status != Status::Open {
        events.push(Event::StatusChanged { case: case.id, to: Status::Open, by: None, at: ctx.now });
    }
    Ok(events)
}

/// The customer has gone: before an answer the interaction is over, afterwards its work begins.
pub(super) fn end(ctx: &Context, id: InteractionId) -> Decision {
    let interaction = ctx.interaction(id)?;
    Ok(match interaction.phase {
        // Whoever is to be called back need not stay on the line.
        Phase::Queued | Phase::Offered { .. } | Phase::Callback { .. } if interaction.place.owed.is_some() => {
            Vec::new()
        }
        Phase::Queued | Phase::Offered { .. } => vec![Event::InteractionAbandoned { interaction: id, at: ctx.now }],
        Phase::Connected | Phase::OnHold { .. } | Phase::Consult { .. } | Phase::Dialing { .. } => {
            let mut events = vec![Event::CustomerLeft { interaction: id, at: ctx.now }];
            events.extend(to_wrap_up(ctx, interaction));
            events
        }
        Phase::WrapUp { .. } | Phase::Callback { .. } => Vec::new(),
    })
}

/// First name and initial: enough to greet, too little to look someone up.
pub(super) fn short_name(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first: String = words.next().unwrap_or("Unknown").chars().take(MAX_SHORT).collect();
    match words.next_back().and_then(|w| w.chars().next()) {
        Some(initial) => format!("{first} {initial}."),
        None => first,
    }
}

/// Longest first name kept, in characters.
const MAX_SHORT: usize = 40;
