//! Cases: notes and fields. Conflicts are refusals in words, never silent overwrites.

use super::intake::short_name;
use super::{Context, Decision, check_body};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, CaseId, CustomerId, TaskId};
use crate::domain::permit::{Right, allows};
use crate::domain::refusal::Refusal;
use crate::domain::time::At;
use crate::domain::work::{Case, Kind, Priority, Status};

/// Longest tag, in characters.
const MAX_TAG: usize = 40;
/// Most tags on one case.
const MAX_TAGS: usize = 30;

pub(super) fn note(ctx: &Context, id: CaseId, body: &str) -> Decision {
    let (_, case) = ctx.my_root(id)?;
    check_body(tk!("note"), body)?;
    Ok(vec![ctx.message(0, case, Kind::Note, case.channel, body)])
}

pub(super) fn snooze(ctx: &Context, id: CaseId, until: Option<At>) -> Decision {
    let (_, case) = ctx.my_case(id)?;
    if until.is_some_and(|at| at <= ctx.now) {
        return Err(Refusal::invalid(tk!("snooze"), tk!("that time is past; choose a later one")));
    }
    if until == case.snoozed_until {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Snoozed { case: id, until, at: ctx.now }])
}

pub(super) fn wake(ctx: &Context, id: CaseId) -> Decision {
    let case = ctx.case(id)?;
    if case.snoozed_until.is_none_or(|at| at > ctx.now) {
        return Ok(Vec::new());
    }
    let mut events = vec![Event::Snoozed { case: id, until: None, at: ctx.now }];
    if case.status == Status::Pending {
        events.push(Event::StatusChanged { case: id, to: Status::Open, by: None, at: ctx.now });
    }
    Ok(events)
}

/// Sets merge: what others added meanwhile stays.
pub(super) fn tags(ctx: &Context, id: CaseId, add: &[String], remove: &[String]) -> Decision {
    let (_, case) = ctx.my_case(id)?;
    let mut tags = case.tags.clone();
    let gone: Vec<String> = remove.iter().map(|t| tidy_tag(t)).collect();
    tags.retain(|t| !gone.contains(t));
    for tag in add.iter().map(|t| tidy_tag(t)) {
        if tag.is_empty() || tag.chars().count() > MAX_TAG {
            let because = tf!("a tag has 1 to {most} letters, digits or dashes", most = MAX_TAG);
            return Err(Refusal::invalid(tk!("tag"), because));
        }
        tags.push(tag);
    }
    tags.sort();
    tags.dedup();
    if tags.len() > MAX_TAGS {
        return Err(Refusal::invalid(tk!("tags"), tf!("a case has at most {most}; take some away", most = MAX_TAGS)));
    }
    if tags == case.tags {
        return Ok(Vec::new());
    }
    Ok(vec![Event::TagsChanged { case: id, tags, at: ctx.now }])
}

/// A tag in the one form it is kept in: lower case, dashes for blanks.
pub(super) fn tidy_tag(text: &str) -> String {
    let words: Vec<String> = text.trim().to_lowercase().split_whitespace().map(str::to_owned).collect();
    words.join("-").chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')).collect()
}

pub(super) fn priority(ctx: &Context, id: CaseId, priority: Priority) -> Decision {
    let (_, case) = ctx.my_case(id)?;
    if case.priority == priority {
        return Ok(Vec::new());
    }
    Ok(vec![Event::PriorityChanged { case: id, priority, at: ctx.now }])
}

/// Who the customer is is one person's word, as whose case it is.
pub(super) fn identify(ctx: &Context, id: CaseId, customer: Option<CustomerId>, from: Option<CustomerId>) -> Decision {
    let (me, case) = ctx.my_root(id)?;
    let customer = customer.map(|id| ctx.state.customer_root(id));
    if case.customer == customer {
        return Ok(Vec::new());
    }
    if case.customer != from {
        let name = case.customer.and_then(|c| ctx.state.customer(c)).map_or_else(String::new, |c| c.name.clone());
        return Err(Refusal::WrongPhase {
            what: tk!("say who the customer is").into(),
            because: tf!("someone said meanwhile that it is {name}", name),
        });
    }
    let name = match customer {
        None => short_name(""),
        Some(id) => {
            let known = ctx.state.customer(id);
            short_name(&known.ok_or_else(|| Refusal::gone(tk!("this customer")))?.name)
        }
    };
    Ok(vec![Event::CustomerIdentified { case: case.id, customer, name, by: me.id, at: ctx.now }])
}

/// Whose case it is is one person's word: who comes second is told, whatever they wanted.
pub(super) fn assign(ctx: &Context, id: CaseId, agent: Option<AgentId>, from: Option<AgentId>) -> Decision {
    let (me, case) = ctx.my_case(id)?;
    if case.assignee == agent {
        return Ok(Vec::new());
    }
    if case.assignee != from {
        let to = case.assignee.map(|a| ctx.agent_name(a)).unwrap_or_default();
        let (by, at) = ctx.hand(case.hands.assignee);
        return Err(Refusal::Assigned { to, by, at });
    }
    let mine_alone = agent.is_none_or(|a| a == me.id) && case.assignee.is_none_or(|a| a == me.id || agent.is_some());
    if !mine_alone && !allows(me.role, Right::AssignOthers) {
        let what = Right::AssignOthers.verb().to_owned();
        return Err(Refusal::NotAllowed { what, role: me.role.word().into() });
    }
    if let Some(agent) = agent {
        let target = ctx.known_agent(agent)?;
        if !target.active {
            return Err(Refusal::invalid(
                tk!("agent"),
                tf!("{name} has left; choose someone else", name = target.name),
            ));
        }
        ctx.sees(target, case.queue).map_err(|_| {
            let queue = ctx.queue_name(case.queue);
            Refusal::invalid(
                tk!("agent"),
                tf!("{name} does not serve {queue}; choose someone else", name = target.name, queue),
            )
        })?;
    }
    Ok(vec![Event::Assigned { case: id, agent, by: Some(me.id), at: ctx.now }])
}

pub(super) fn status(ctx: &Context, id: CaseId, to: Status, from: Status) -> Decision {
    let (me, case) = ctx.my_case(id)?;
    if case.status == to {
        return Ok(Vec::new());
    }
    if case.status != from {
        return Err(changed(ctx, case));
    }
    check_no_contact(ctx, case, to)?;
    Ok(vec![Event::StatusChanged { case: id, to, by: Some(me.id), at: ctx.now }])
}

/// Someone else said meanwhile where the case stands.
pub(super) fn changed(ctx: &Context, case: &Case) -> Refusal {
    let (by, at) = ctx.hand(case.hands.status);
    Refusal::Changed { what: tk!("status").into(), now: case.status, by, at }
}

/// A case is not closed under a customer who is still there.
fn check_no_contact(ctx: &Context, case: &Case, to: Status) -> Result<(), Refusal> {
    let live = ctx.state.interactions_of(case.id).next().is_some();
    if live && to == Status::Closed {
        return Err(Refusal::WrongPhase {
            what: tk!("close the case").into(),
            because: tk!("a contact of it is still open").into(),
        });
    }
    Ok(())
}

pub(super) fn complete_task(ctx: &Context, id: TaskId) -> Decision {
    let me = ctx.me()?;
    let task = ctx.state.task(id).ok_or_else(|| Refusal::gone(tk!("this promise")))?;
    if task.owner != me.id {
        return Err(Refusal::Lost { now: tf!("it is {who}'s promise", who = ctx.agent_name(task.owner)) });
    }
    if task.done.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::TaskDone { task: id, at: ctx.now }])
}
