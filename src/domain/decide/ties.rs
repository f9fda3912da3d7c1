//! Merging, splitting and linking cases.

use super::{Context, Decision, check_line};
use crate::domain::event::Event;
use crate::domain::hands::Hands;
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::sla::Sla;
use crate::domain::ties::{Link, LinkKind, Merged, Ties};
use crate::domain::work::{Author, Case, Kind, Message, Status};

/// Most links of one case.
const MAX_LINKS: usize = 500;

/// One customer's cases merge; those of different ones only with a reason.
pub(super) fn merge(ctx: &Context, id: CaseId, into: CaseId, reason: &str) -> Decision {
    let (me, case) = ctx.my_case(id)?;
    let (_, target) = ctx.my_case(into)?;
    if id == into {
        return Err(Refusal::invalid(tk!("merge"), tk!("a case cannot be merged into itself; choose another")));
    }
    check_line(tk!("reason"), reason)?;
    let whose = |case: &Case| case.customer.map(|id| ctx.state.customer_root(id));
    let strangers = case.customer.is_some() && target.customer.is_some() && whose(case) != whose(target);
    if strangers && reason.trim().is_empty() {
        let because =
            tf!("case {id} and case {into} are of different customers; say why they belong together", id, into);
        return Err(Refusal::invalid(tk!("merge"), because));
    }
    if target.status == Status::Closed {
        return Err(Refusal::WrongPhase {
            what: tf!("merge into case {into}", into),
            because: tk!("it is closed; open it first").into(),
        });
    }
    let open: Vec<_> = ctx.state.interactions_of(id).collect();
    if let Some(i) = open.iter().find(|i| i.owner.is_some_and(|owner| owner != me.id)) {
        let by = i.owner.map_or_else(String::new, |owner| ctx.agent_name(owner));
        return Err(Refusal::Taken { by, at: i.accepted.unwrap_or(ctx.now) });
    }
    let merged = Merged {
        into,
        by: me.id,
        reason: reason.trim().to_owned(),
        at: ctx.now,
        status: case.status,
        label: case.label,
        snoozed_until: case.snoozed_until,
        contacts: open.iter().map(|i| i.id).collect(),
        sla: case.sla.clone(),
    };
    let mut events = vec![Event::CasesMerged { case: id, merged: Box::new(merged) }];
    events.extend(super::mail::merged(ctx, id, into));
    Ok(events)
}

pub(super) fn unmerge(ctx: &Context, id: CaseId) -> Decision {
    let (me, case) = ctx.seen_case(id)?;
    let Some(merged) = &case.ties.merged else { return Ok(Vec::new()) };
    let theirs = |i: &crate::domain::work::Interaction| i.owner.is_some_and(|owner| owner != me.id);
    let open = merged.contacts.iter().filter_map(|c| ctx.state.interaction(*c)).filter(|i| i.case == merged.into);
    if let Some(i) = open.into_iter().find(|i| theirs(i)) {
        let by = i.owner.map_or_else(String::new, |owner| ctx.agent_name(owner));
        return Err(Refusal::Taken { by, at: i.accepted.unwrap_or(ctx.now) });
    }
    let (from, contacts) = (merged.into, merged.contacts.clone());
    Ok(vec![Event::CaseUnmerged { case: id, from, contacts, at: ctx.now }])
}

pub(super) fn split(ctx: &Context, id: CaseId, messages: &[MessageId], subject: &str) -> Decision {
    let (_, case) = ctx.my_case(id)?;
    check_line("subject", subject)?;
    if messages.is_empty() {
        return Err(Refusal::invalid(tk!("split"), tk!("no message is marked; mark those that go into the new case")));
    }
    let mut moved: Vec<&Message> = Vec::new();
    for message in messages {
        let found = ctx.state.message(*message).filter(|m| m.case == id);
        let Some(found) = found else {
            return Err(Refusal::invalid(
                tk!("split"),
                tk!("a marked message is of another case; unmerge that one first"),
            ));
        };
        if !moved.iter().any(|m| m.id == found.id) {
            moved.push(found);
        }
    }
    let stays = |m: &&Message| !moved.iter().any(|x| x.id == m.id);
    if ctx.state.messages_of(id).filter(stays).count() == 0 {
        return Err(Refusal::invalid(tk!("split"), tk!("every message is marked; leave at least one")));
    }
    let newest = |list: &mut dyn Iterator<Item = &Message>| {
        list.filter(|m| m.author == Author::Customer && m.kind == Kind::Message).map(|m| m.id).max()
    };
    let subject = if subject.trim().is_empty() { &case.subject } else { subject.trim() };
    let new = Case {
        id: CaseId(ctx.state.next_id(Entity::Case, 0)),
        reference: String::new(),
        subject: subject.to_owned(),
        status: Status::Open,
        created: moved.iter().map(|m| m.at).min().unwrap_or(ctx.now),
        updated: ctx.now,
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: newest(&mut moved.iter().copied()),
        escalated: None,
        sla: Sla::default(),
        label: None,
        checks: Vec::new(),
        hands: Hands::default(),
        ties: Ties { split_from: Some(id), links: vec![Link { case: id, kind: LinkKind::Related }], ..Ties::default() },
        ..case.clone()
    };
    let links = with_link(case, new.id, Some(LinkKind::Related));
    let last_inbound = newest(&mut ctx.state.messages_of(id).filter(stays));
    let messages = moved.iter().map(|m| m.id).collect();
    let letters = super::mail::split(ctx, id, new.id);
    let mut events = vec![
        Event::CaseSplit { from: id, case: Box::new(new), messages, last_inbound, at: ctx.now },
        Event::LinksChanged { case: id, links, at: ctx.now },
    ];
    events.extend(letters);
    Ok(events)
}

/// As if the split had never been. Only while nothing else hangs on the case that was split off; then it is gone.
pub(super) fn undo_split(ctx: &Context, id: CaseId, messages: &[MessageId]) -> Decision {
    let (_, case) = ctx.my_case(id)?;
    let gone = || Refusal::gone(tk!("the case that was split off"));
    let split = messages.first().and_then(|m| ctx.state.message(*m)).map(|m| m.case).ok_or_else(gone)?;
    let (_, other) = ctx.my_case(split)?;
    if other.ties.split_from != Some(id) {
        return Err(gone());
    }
    let inside: Vec<MessageId> = ctx.state.messages_of(split).map(|m| m.id).collect();
    let ties =
        Ties { split_from: Some(id), links: vec![Link { case: id, kind: LinkKind::Related }], ..Ties::default() };
    let alone = inside.len() == messages.len()
        && messages.iter().all(|m| inside.contains(m))
        && other.ties == ties
        && ctx.state.interactions_of(split).next().is_none()
        && ctx.state.wrap_ups_of(split).next().is_none()
        && ctx.state.scheduled_on(split).next().is_none()
        && !ctx.state.tasks().any(|t| t.case == split);
    if !alone {
        let (what, because) =
            (tf!("undo the split of case {split}", split), tk!("more happened on it since; merge it instead"));
        return Err(Refusal::WrongPhase { what, because: because.into() });
    }
    let heard = |m: &&Message| m.author == Author::Customer && m.kind == Kind::Message;
    let last_inbound = ctx.state.messages_of(split).filter(heard).map(|m| m.id).max().max(case.last_inbound);
    Ok(vec![Event::SplitUndone { into: id, case: split, messages: inside, last_inbound, at: ctx.now }])
}

/// Both sides know of a link.
pub(super) fn link(ctx: &Context, id: CaseId, to: CaseId, link: Option<LinkKind>) -> Decision {
    let (_, case) = ctx.my_case(id)?;
    let (_, other) = ctx.my_case(to)?;
    if id == to {
        return Err(Refusal::invalid(tk!("link"), tk!("a case cannot be linked to itself; choose another")));
    }
    if link.is_some() && case.ties.links.len().max(other.ties.links.len()) >= MAX_LINKS {
        return Err(Refusal::invalid(
            tk!("link"),
            tf!("a case has at most {most} links; take some away", most = MAX_LINKS),
        ));
    }
    if case.ties.to(to) == link && other.ties.to(id) == link.map(LinkKind::back) {
        return Ok(Vec::new());
    }
    Ok(vec![
        Event::LinksChanged { case: id, links: with_link(case, to, link), at: ctx.now },
        Event::LinksChanged { case: to, links: with_link(other, id, link.map(LinkKind::back)), at: ctx.now },
    ])
}

fn with_link(case: &Case, to: CaseId, kind: Option<LinkKind>) -> Vec<Link> {
    let mut links: Vec<Link> = case.ties.links.iter().copied().filter(|l| l.case != to).collect();
    links.extend(kind.map(|kind| Link { case: to, kind }));
    links.sort_unstable();
    links
}
