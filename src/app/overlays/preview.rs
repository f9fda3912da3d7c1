//! What stands behind the selected line of a list, in full: the second half of every picker. Made from the model for
//! the one line that is selected, anew for each frame.

use super::chooser::{Chooser, Item, Pick, Purpose};
use super::pickers::presence_words;
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::words;
use crate::domain::ids::{AgentId, CaseId, CustomerId, QueueId};
use crate::domain::label::standing;
use crate::domain::named;
use crate::domain::people::Presence;
use crate::domain::time::At;

/// Messages of a case that are shown, newest last.
const MESSAGES: usize = 3;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// What it is.
    Head,
    /// What it says.
    Text,
    /// Around it.
    Dim,
}

/// One line, as long as it is; raw text.
pub type Line = (Weight, String);

/// Whether a list of this kind shows what stands behind its lines.
pub fn has(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::Transfer
            | Purpose::Assign
            | Purpose::Colleague
            | Purpose::Whose
            | Purpose::History
            | Purpose::Customers
            | Purpose::Identify
            | Purpose::SamePerson
            | Purpose::UnmergeCustomer
            | Purpose::Section
            | Purpose::Views
            | Purpose::Cases
            | Purpose::Merge
            | Purpose::Unmerge
            | Purpose::Split
            | Purpose::Files
            | Purpose::Link
            | Purpose::Log
            | Purpose::Snippets(_)
            | Purpose::Macros
            | Purpose::DropStock
    )
}

/// What stands behind the selected line.
pub fn lines(model: &Model, chooser: &Chooser, now: At) -> Vec<Line> {
    let Some(item) = chooser.selected() else { return Vec::new() };
    let server = model.server(now);
    let mut lines = match &item.pick {
        Pick::Queue(id) => of_queue(model, *id, server),
        Pick::Agent(Some(id)) => of_agent(model, *id, server),
        Pick::Case(id) | Pick::Link(id, _) => of_case(model, chooser, item, *id, server),
        Pick::Customer(id) => of_customer(model, chooser, item, *id),
        Pick::Message(id) => of_message(model, item, *id, server),
        Pick::View(name, text, _) => vec![(Weight::Head, name.clone()), (Weight::Text, text.clone())],
        Pick::Stock(id) => {
            let text = crate::app::stock::preview(model, *id, chooser.case, now);
            text.lines().map(|l| (Weight::Text, l.to_owned())).collect()
        }
        Pick::Text(text) => text.lines().map(|l| (Weight::Text, l.to_owned())).collect(),
        _ => plain(item),
    };
    lines.retain(|(_, text)| !text.trim().is_empty());
    if let Some(why) = &item.disabled {
        lines.push((Weight::Dim, t!("Not now: {why}", why = why)));
    }
    lines
}

fn plain(item: &Item) -> Vec<Line> {
    vec![(Weight::Head, item.label.clone()), (Weight::Text, item.detail.clone()), (Weight::Dim, item.right.clone())]
}

fn of_queue(model: &Model, id: QueueId, server: At) -> Vec<Line> {
    let view = model.view();
    let Some(queue) = view.queue(id) else { return Vec::new() };
    let waits = view.interactions().filter(|i| i.queue == id && i.phase.waits());
    let (owed, waiting): (Vec<_>, Vec<_>) = waits.partition(|i| i.place.owed.is_some());
    let oldest = waiting.iter().map(|i| i.enqueued).min();
    let there = |a: &&crate::domain::people::Agent| {
        let ready = |p: &crate::domain::people::PresenceRow| p.link_lost.is_none() && p.presence == Presence::Ready;
        a.active && a.queues.contains(&id) && view.presence(a.id).is_some_and(ready)
    };
    let ready: Vec<&str> = view.agents().filter(there).map(|a| a.name.as_str()).collect();
    let channels: Vec<&str> = queue.channels.iter().map(|c| named::channel(*c)).collect();
    let mut lines = vec![(Weight::Head, queue.name.clone()), (Weight::Dim, channels.join(", "))];
    lines.push((
        Weight::Text,
        match oldest {
            Some(at) => {
                t!("{n} waiting, the oldest for {span}.", n = waiting.len(), span = words::long(server.since(at)))
            }
            None => t!("Nobody waits.").to_owned(),
        },
    ));
    if !owed.is_empty() {
        lines.push((Weight::Text, tn!(owed.len(), "{n} callback promised.", "{n} callbacks promised.")));
    }
    lines.push((
        Weight::Text,
        if ready.is_empty() {
            t!("Nobody who serves it is ready.").to_owned()
        } else {
            t!("Ready: {names}", names = ready.join(", "))
        },
    ));
    lines.push((Weight::Dim, t!("Promise: {pct} % answered within {s} s.", pct = queue.sl_pct, s = queue.sl_s)));
    lines
}

fn of_agent(model: &Model, id: AgentId, server: At) -> Vec<Line> {
    let view = model.view();
    let Some(agent) = view.agent(id) else { return Vec::new() };
    let since = view.presence(id).filter(|p| p.since > At(0)).map(|p| words::long(server.since(p.since)));
    let now = presence_words(view, id);
    let queues: Vec<&str> = agent.queues.iter().filter_map(|q| view.queue(*q)).map(|q| q.name.as_str()).collect();
    let mut lines = vec![
        (Weight::Head, agent.name.clone()),
        (Weight::Dim, named::role(agent.role).to_owned()),
        (Weight::Text, since.map_or(now.clone(), |since| t!("{state} for {span}", state = now, span = since))),
        (Weight::Text, queues.join(", ")),
    ];
    let held: Vec<_> = view.held(id).collect();
    if !held.is_empty() {
        lines.push((Weight::Dim, t!("In hand:").to_owned()));
        lines.extend(held.iter().map(|i| {
            let words = format!("{} {} {}", queue::number(i.case), named::channel(i.channel), queue::name(model, i));
            (Weight::Text, words)
        }));
    }
    lines
}

fn of_case(model: &Model, chooser: &Chooser, item: &Item, id: CaseId, server: At) -> Vec<Line> {
    let view = model.view();
    let found = chooser.found.as_ref().and_then(|f| f.hits.iter().find(|h| h.case.id == id));
    let hit = chooser.hits.iter().find(|h| h.case.id == id).or(found);
    let Some(case) = view.case(id).or(hit.map(|h| &h.case)) else { return plain(item) };
    let customer = case.customer.and_then(|c| view.customer(c)).map(|c| c.name.clone());
    let customer = customer.or_else(|| hit.map(|h| h.customer.clone())).unwrap_or_default();
    let queue = view.queue(case.queue).map(|q| q.name.clone()).unwrap_or_default();
    let whose = case.assignee.and_then(|a| view.agent(a)).map_or(t!("nobody's").to_owned(), |a| a.name.clone());
    let zone = model.zone();
    let mut lines = vec![
        (Weight::Head, format!("{} {}", queue::number(id), case.subject)),
        (Weight::Text, customer),
        (Weight::Dim, format!("{} · {} · {} · {whose}", standing(view, case), named::priority(case.priority), queue)),
        (Weight::Dim, case.tags.iter().map(|t| format!("#{t}")).collect::<Vec<_>>().join(" ")),
        (
            Weight::Dim,
            t!(
                "First seen {created}, changed {updated}.",
                created = words::moment(case.created, server, zone),
                updated = words::moment(case.updated, server, zone)
            ),
        ),
    ];
    if let Some(hit) = hit.filter(|h| h.excerpt != case.subject) {
        lines.push((Weight::Text, hit.excerpt.clone()));
    }
    let thread = model.conversation.thread.iter().chain(&model.conversation.shelf).find(|t| t.case.id == id);
    if let Some(thread) = thread {
        let last = thread.messages.len().saturating_sub(MESSAGES);
        for m in &thread.messages[last..] {
            lines.push((Weight::Dim, words::moment(m.at, server, zone)));
            lines.push((Weight::Text, words::excerpt(&m.body, 400)));
        }
    }
    lines
}

fn of_customer(model: &Model, chooser: &Chooser, item: &Item, id: CustomerId) -> Vec<Line> {
    let view = model.view();
    let hit = chooser.people.iter().find(|c| c.id == id);
    let Some(customer) = view.customer(id).or(hit) else { return plain(item) };
    let mut lines = vec![(Weight::Head, customer.name.clone()), (Weight::Dim, customer.plan.clone())];
    lines.extend(customer.masked.iter().map(|m| (Weight::Text, m.clone())));
    lines.push((Weight::Text, customer.flags.join(", ")));
    lines.push((Weight::Text, customer.note.clone()));
    let cases: Vec<_> = view.cases().filter(|c| c.customer == Some(id)).collect();
    lines.extend(
        cases
            .iter()
            .take(6)
            .map(|c| (Weight::Dim, format!("{} {} · {}", queue::number(c.id), c.subject, standing(view, c)))),
    );
    lines
}

fn of_message(model: &Model, item: &Item, id: crate::domain::ids::MessageId, server: At) -> Vec<Line> {
    let thread = model.conversation.thread.as_ref();
    let Some(message) = thread.and_then(|t| t.messages.iter().find(|m| m.id == id)) else { return plain(item) };
    let mut lines = vec![(Weight::Dim, words::moment(message.at, server, model.zone()))];
    lines.extend(message.body.lines().map(|l| (Weight::Text, l.to_owned())));
    lines
}
