//! Answers: to whom they go, and when. Whoever gets one by e-mail is written down with it, so that what goes out is
//! what was decided here.

use super::{Context, Decision, check_body};
use crate::domain::command::{Command, WaitingReply};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, CaseId, MessageId, ScheduledId};
use crate::domain::mail::{Correspondents, FARTHEST, MAX_WAITING, Recipients, Scheduled};
use crate::domain::people::Agent;
use crate::domain::permit::{Right, allows};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::time::At;
use crate::domain::work::{Author, Case, Channel, Kind, Phase, Status};

/// What an answer is an answer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base {
    /// Newest customer message its writer had seen.
    pub seen: Option<MessageId>,
    /// Send although something newer came in.
    pub anyway: bool,
}

/// Refuses a reply written on an outdated thread (stale guard) or while someone else holds the contact.
pub(super) fn reply(ctx: &Context, id: CaseId, body: &str, base: Base, to: Option<&Recipients>) -> Decision {
    let (me, case, channel) = may_answer(ctx, id, body, base)?;
    let to = recipients(ctx, me, case, channel, to)?;
    let row = ctx.state.correspondents(case.id).cloned();
    let mut events = said(ctx, me.id, case, channel, body, to, row);
    if ctx.state.interactions_of(case.id).next().is_none() && case.status != Status::Pending {
        events.push(Event::StatusChanged { case: case.id, to: Status::Pending, by: Some(me.id), at: ctx.now });
    }
    Ok(events)
}

fn may_answer<'a>(
    ctx: &Context<'a>,
    id: CaseId,
    body: &str,
    base: Base,
) -> Result<(&'a Agent, &'a Case, Channel), Refusal> {
    let (me, case) = ctx.my_root(id)?;
    check_body(tk!("reply"), body)?;
    let mut open = ctx.state.interactions_of(case.id);
    let holder = open.find(|i| i.owner.is_some() && !matches!(i.phase, Phase::WrapUp { .. }));
    if let Some(i) = holder
        && i.owner != Some(me.id)
    {
        let by = i.owner.map_or_else(String::new, |owner| ctx.agent_name(owner));
        return Err(Refusal::Taken { by, at: i.accepted.unwrap_or(ctx.now) });
    }
    let channel = holder.map_or(case.channel, |i| i.channel);
    let spoken = matches!(channel, Channel::Voice | Channel::Callback);
    if spoken && !ctx.state.house().training {
        return Err(Refusal::invalid(tk!("reply"), tk!("this contact is by telephone; speak, or write a note")));
    }
    // Who speaks may speak while the other does.
    if !base.anyway && !spoken {
        check_fresh(case, base.seen)?;
    }
    Ok((me, case, channel))
}

fn check_fresh(case: &Case, seen: Option<MessageId>) -> Result<(), Refusal> {
    match case.last_inbound {
        Some(newest) if seen.is_none_or(|seen| seen < newest) => Err(Refusal::StaleReply { newest }),
        _ => Ok(()),
    }
}

/// To whom it goes: those who are named, or those of the newest mail. `None` where nothing is known of addresses.
fn recipients(
    ctx: &Context,
    me: &Agent,
    case: &Case,
    channel: Channel,
    to: Option<&Recipients>,
) -> Result<Option<Recipients>, Refusal> {
    let known = ctx.state.correspondents(case.id);
    let Some(to) = to else {
        let named = known.filter(|k| channel == Channel::Email && !k.to.is_empty());
        return Ok(named.map(Correspondents::recipients));
    };
    if channel != Channel::Email {
        return Err(Refusal::invalid(tk!("recipients"), tk!("this contact is not by e-mail; it has none")));
    }
    if !allows(me.role, Right::SeeContacts) {
        let (what, role) = (tk!("say to whom an answer goes").into(), me.role.word().into());
        return Err(Refusal::NotAllowed { what, role });
    }
    to.check()?;
    if let Some((_, ours)) = to.all().find(|(_, a)| known.is_some_and(|k| a.is(&k.ours))) {
        let because = tf!("{address} is our own address; take it away", address = &ours.address);
        return Err(Refusal::invalid(tk!("recipients"), because));
    }
    Ok(Some(to.clone()))
}

/// The answer, and who writes to each other from now on; `row` is what was known, without what no longer waits.
fn said(
    ctx: &Context,
    by: AgentId,
    case: &Case,
    channel: Channel,
    body: &str,
    to: Option<Recipients>,
    row: Option<Correspondents>,
) -> Vec<Event> {
    let mut event = ctx.message(0, case, Kind::Message, channel, body);
    let mut row = row.unwrap_or_else(|| Correspondents { case: case.id, ..Correspondents::default() });
    if let Event::MessageAdded { message, to: goes } = &mut event {
        message.author = Author::Agent(by);
        if let Some(to) = to {
            if !to.same(&row.recipients()) {
                message.went = Some(Box::new(to.masked()));
            }
            (row.to, row.cc) = (to.to.clone(), to.cc.clone());
            *goes = Some(Box::new(to));
        }
    }
    std::iter::once(event).chain(set(ctx, row)).collect()
}

/// Sets who writes to each other, if that is not so yet.
fn set(ctx: &Context, row: Correspondents) -> Option<Event> {
    let same = match ctx.state.correspondents(row.case) {
        Some(known) => *known == row,
        None => row == Correspondents { case: row.case, ..Correspondents::default() },
    };
    (!same).then(|| Event::RowSet { row: Box::new(row.into()) })
}

/// The customer wrote a mail: answers go to whoever it names.
pub(super) fn heard(ctx: &Context, case: CaseId, letter: Option<&Correspondents>) -> Result<Option<Event>, Refusal> {
    let Some(letter) = letter.filter(|l| !l.to.is_empty()) else { return Ok(None) };
    if !letter.is_good() {
        return Err(Refusal::invalid("letter", "it names something that is no e-mail address, or too many"));
    }
    let waiting = ctx.state.correspondents(case).map(|c| c.waiting.clone()).unwrap_or_default();
    Ok(set(ctx, Correspondents { case, waiting, ..letter.clone() }))
}

/// Who writes to each other is brought in from elsewhere: onto a case that is there, without what waits.
pub(super) fn brought(ctx: &Context, row: &Correspondents) -> Result<(), Refusal> {
    ctx.case(row.case)?;
    let waiting = ctx.state.correspondents(row.case).map(|known| known.waiting.as_slice()).unwrap_or_default();
    if row.to.is_empty() || !row.is_good() || row.waiting != waiting {
        let because = "it names nobody, too many, or something that is no e-mail address of theirs";
        return Err(Refusal::invalid("correspondence", because));
    }
    Ok(())
}

/// A case without a correspondence of its own goes on with that of the one that became part of it.
pub(super) fn merged(ctx: &Context, case: CaseId, into: CaseId) -> Option<Event> {
    let known = ctx.state.correspondents(case).filter(|_| ctx.state.correspondents(into).is_none())?;
    set(ctx, Correspondents { case: into, waiting: Vec::new(), ..known.clone() })
}

/// A case that was split off is answered to those of the one it was part of; what waits there waits there.
pub(super) fn split(ctx: &Context, from: CaseId, case: CaseId) -> Option<Event> {
    let known = ctx.state.correspondents(from)?;
    set(ctx, Correspondents { case, waiting: Vec::new(), ..known.clone() })
}

/// An answer that waits: what is refused of one sent at once is refused of it.
pub(super) fn schedule(ctx: &Context, command: &Command) -> Decision {
    let Command::ScheduleReply { case, body, base, to, at, asked, .. } = command else { return Ok(Vec::new()) };
    let here = ctx.state.root(*case);
    if find(ctx, WaitingReply { case: here, by: ctx.me()?.id, asked: *asked }).is_some() {
        return Ok(Vec::new());
    }
    let (me, case, channel) = may_answer(ctx, *case, body, Base { seen: *base, anyway: false })?;
    if channel != Channel::Email {
        return Err(Refusal::invalid(tk!("reply"), tk!("only an answer by e-mail can go out later; send it now")));
    }
    let at = time(ctx, *at)?;
    if ctx.state.scheduled_on(case.id).count() >= MAX_WAITING {
        let because = tf!("{most} answers wait on this case already; take one back", most = MAX_WAITING);
        return Err(Refusal::invalid(tk!("reply"), because));
    }
    let to = recipients(ctx, me, case, channel, to.as_deref())?;
    let id = ScheduledId(ctx.state.next_id(Entity::Scheduled, 0));
    let row = Scheduled {
        id,
        case: case.id,
        queue: case.queue,
        by: me.id,
        asked: *asked,
        body: body.clone(),
        base: *base,
        after: MessageId(ctx.state.next_id(Entity::Message, 0) - 1),
        at,
        stopped: None,
    };
    let mut events = vec![Event::RowSet { row: Box::new(row.into()) }];
    if let Some(to) = to {
        let known = ctx.state.correspondents(case.id).cloned();
        // Before a mail went either way, the answer that waits is the first to say who writes to each other.
        let mut row = known.unwrap_or_else(|| Correspondents {
            case: case.id,
            to: to.to.clone(),
            cc: to.cc.clone(),
            ..Correspondents::default()
        });
        row.waiting.push((id, to));
        events.extend(set(ctx, row));
    }
    Ok(events)
}

fn time(ctx: &Context, at: At) -> Result<At, Refusal> {
    if at.since(ctx.now) > FARTHEST {
        return Err(Refusal::invalid(tk!("time"), tk!("it is more than a year ahead; choose an earlier one")));
    }
    Ok(at.max(ctx.now))
}

/// An answer that waits, for its writer or a lead.
fn waiting<'a>(ctx: &Context<'a>, which: WaitingReply, what: &str) -> Result<&'a Scheduled, Refusal> {
    let (me, _) = ctx.seen_case(which.case)?;
    let no = |because: String| Refusal::WrongPhase { what: what.into(), because };
    let found = find(ctx, which);
    let found = found.ok_or_else(|| no(tk!("it was sent already, or someone took it back").into()))?;
    if which.by != me.id && !allows(me.role, Right::AssignOthers) {
        return Err(no(tf!("{name} wrote it; only they or a lead may", name = ctx.agent_name(which.by))));
    }
    Ok(found)
}

fn find<'a>(ctx: &Context<'a>, which: WaitingReply) -> Option<&'a Scheduled> {
    ctx.state.scheduled_on(which.case).find(|s| s.which() == which)
}

pub(super) fn reschedule(ctx: &Context, which: WaitingReply, at: At, base: Option<MessageId>) -> Decision {
    let known = waiting(ctx, which, tk!("send the answer at another time"))?;
    check_fresh(ctx.case(ctx.state.root(which.case))?, base)?;
    let row = Scheduled { at: time(ctx, at)?, base, stopped: None, ..known.clone() };
    Ok(if row == *known { Vec::new() } else { vec![Event::RowSet { row: Box::new(row.into()) }] })
}

pub(super) fn cancel(ctx: &Context, which: WaitingReply) -> Decision {
    let known = waiting(ctx, which, tk!("take the answer back"))?;
    Ok(std::iter::once(gone(known.id)).chain(without(ctx, known).and_then(|row| set(ctx, row))).collect())
}

fn gone(id: ScheduledId) -> Event {
    Event::Retired { key: RowKey { entity: Entity::Scheduled, id: id.0 } }
}

/// Who writes to each other on its case, when it does not wait any more.
fn without(ctx: &Context, scheduled: &Scheduled) -> Option<Correspondents> {
    let mut row = ctx.state.correspondents(scheduled.case)?.clone();
    row.waiting.retain(|(id, _)| *id != scheduled.id);
    Some(row)
}

/// Its time has come. Whatever became of the case, it is sent; unless the customer wrote meanwhile.
pub(super) fn send(ctx: &Context, id: ScheduledId) -> Decision {
    let due = |s: &&Scheduled| s.due().is_some_and(|at| at <= ctx.now);
    let Some(known) = ctx.state.scheduled(id).filter(due) else { return Ok(Vec::new()) };
    let root = ctx.case(ctx.state.root(known.case))?;
    if let Some(newest) = newer(ctx, known, root)? {
        let row = Scheduled { stopped: Some((newest, ctx.now)), ..known.clone() };
        return Ok(vec![Event::RowSet { row: Box::new(row.into()) }]);
    }
    let here = ctx.state.correspondents(root.id);
    let named = ctx.state.correspondents(known.case).and_then(|c| c.of(id));
    let to = named.cloned().or_else(|| here.map(Correspondents::recipients));
    let left = without(ctx, known);
    let mut events = vec![gone(id)];
    if root.id == known.case {
        events.extend(said(ctx, known.by, root, Channel::Email, &known.body, to, left));
    } else {
        events.extend(left.and_then(|row| set(ctx, row)));
        events.extend(said(ctx, known.by, root, Channel::Email, &known.body, to, here.cloned()));
    }
    // One that was solved since stays solved.
    if ctx.state.interactions_of(root.id).next().is_none() && root.status == Status::Open {
        events.push(Event::StatusChanged { case: root.id, to: Status::Pending, by: Some(known.by), at: ctx.now });
    }
    Ok(events)
}

/// What the customer wrote that its writer had not seen. On a case that became part of another, what is new there
/// since it was written.
fn newer(ctx: &Context, known: &Scheduled, root: &Case) -> Result<Option<MessageId>, Refusal> {
    if let Err(Refusal::StaleReply { newest }) = check_fresh(ctx.case(known.case)?, known.base) {
        return Ok(Some(newest));
    }
    let there = root.last_inbound.filter(|_| root.id != known.case);
    Ok(there.filter(|m| *m > known.after && known.base.is_none_or(|base| base < *m)))
}

#[cfg(test)]
mod tests;
