//! Wrap-up: the work after a contact. It is never refused away: one that comes late is kept on the case.

use super::contact::{leg, to_wrap_up};
use super::presence::after_contact;
use super::{Context, Decision, check_body, check_len, check_line};
use crate::domain::command::{Command, FollowUp};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, InteractionId, MessageId, QueueId, TaskId, WrapUpId};
use crate::domain::machine::Step;
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::work::{Case, Interaction, Kind, LegEnd, Outcome, Phase, Status, Task, WrapUp};
use crate::domain::wrap_up::{Findings, MORE_MOST, Need, Resolved, WrapUpRules, limit_ms};

pub(super) fn finish(ctx: &Context, command: &Command) -> Decision {
    let Command::WrapUp { interaction: id, epoch, case, reason, outcome, note, follow_up, findings } = command else {
        return Ok(Vec::new());
    };
    let (me, case) = ctx.my_root(*case)?;
    let reason = ctx
        .state
        .reason(*reason)
        .filter(|r| r.active)
        .ok_or_else(|| Refusal::invalid(tk!("reason"), tk!("there is no such reason; choose one of the list")))?;
    let outcome = ctx
        .state
        .outcome(*outcome)
        .filter(|o| o.active)
        .ok_or_else(|| Refusal::invalid(tk!("outcome"), tk!("there is no such outcome; choose one of the list")))?;
    check_needs(outcome, note, follow_up.as_ref(), findings)?;
    check_line(tk!("complaint"), &findings.complaint)?;
    if ctx.state.interaction(*id).is_some_and(|i| i.owner == Some(me.id) && i.epoch == *epoch) {
        super::checks::check_done(ctx, case, Some(reason.id))?;
    }
    check_len(tk!("note"), note)?;
    let done = |w: &WrapUp| w.interaction == *id && w.epoch == *epoch && w.agent == me.id && w.reason.is_some();
    if ctx.state.wrap_ups_of(case.id).any(done) {
        return Err(Refusal::Exists { what: tk!("the wrap-up of this contact").into() });
    }

    let live = ctx.state.interaction(*id).filter(|i| i.owner == Some(me.id) && i.epoch == *epoch);
    if follow_up.is_some() {
        check_allowed(ctx, live.map_or(case.queue, |i| i.queue))?;
    }
    let mut events = Vec::new();
    if let Some(i) = live
        && !matches!(i.phase, Phase::WrapUp { .. })
    {
        events.extend(to_wrap_up(ctx, i));
    }
    let note_id = (!note.trim().is_empty()).then(|| MessageId(ctx.state.next_id(Entity::Message, 0)));
    if note_id.is_some() {
        let channel = live.map_or(case.channel, |i| i.channel);
        events.push(ctx.message(0, case, Kind::Note, channel, note));
    }
    let mut record = match live {
        Some(i) => leg(ctx, me.id, i, LegEnd::Finished),
        None => late(ctx, me.id, command, case),
    };
    record.reason = Some(reason.id);
    record.outcome = Some(outcome.id);
    record.note = note_id;
    record.findings = Findings { complaint: findings.complaint.trim().to_owned(), ..findings.clone() };
    events.push(Event::WrappedUp { wrap_up: Box::new(record) });
    if live.is_some() {
        let solved = outcome.solves && findings.resolved != Some(Resolved::No);
        let to = if solved { Some(Status::Solved) } else { follow_up.as_ref().map(|_| Status::Pending) };
        if let Some(to) = to.filter(|to| *to != case.status) {
            events.push(Event::StatusChanged { case: case.id, to, by: Some(me.id), at: ctx.now });
        }
    }
    if let Some(promise) = follow_up {
        events.push(add_task(ctx, me.id, case, promise)?);
    }
    if live.is_some() {
        events.extend(after_contact(ctx, me.id, *id));
    }
    Ok(events)
}

fn check_needs(outcome: &Outcome, note: &str, promise: Option<&FollowUp>, found: &Findings) -> Result<(), Refusal> {
    let lacks = |need: &&Need| match need {
        Need::Note => note.trim().is_empty(),
        Need::FollowUp => promise.is_none(),
        Need::Owner => promise.is_none_or(|p| p.owner.is_none()),
        Need::Resolved => found.resolved.is_none(),
        Need::Complaint => found.complaint.trim().is_empty(),
        Need::Verified => found.verified.is_none(),
    };
    match Need::ALL.iter().filter(|n| outcome.needs.contains(n)).find(lacks) {
        Some(need) => {
            let because =
                tf!("the outcome {label} needs {sentence}", label = outcome.label, sentence = need.sentence());
            Err(Refusal::invalid(need.word(), because))
        }
        None => Ok(()),
    }
}

/// A queue may allow no promises.
fn check_allowed(ctx: &Context, queue: QueueId) -> Result<(), Refusal> {
    if rules(ctx, queue).follow_ups {
        return Ok(());
    }
    let because = tf!("{queue} allows none; hand the contact on instead", queue = ctx.queue_name(queue));
    Err(Refusal::invalid(tk!("follow-up"), because))
}

fn rules(ctx: &Context, queue: QueueId) -> WrapUpRules {
    ctx.state.queue(queue).map(|q| q.rules.wrap_up).unwrap_or_default()
}

/// Another minute, at most twice, while the time is not over.
pub(super) fn more_time(ctx: &Context, id: InteractionId, epoch: u32, reason: &str) -> Decision {
    let (me, i) = ctx.mine(id, epoch)?;
    check_body(tk!("reason"), reason)?;
    check_line(tk!("reason"), reason)?;
    let refuse = |because: &str| Refusal::WrongPhase { what: tk!("take more time").into(), because: because.into() };
    match i.phase {
        Phase::WrapUp { over: true, .. } => Err(refuse(tk!("the time is over; nothing is lost, finish when you can"))),
        Phase::WrapUp { more, .. } if more >= MORE_MOST => Err(refuse(tk!("it was given twice already"))),
        Phase::WrapUp { more, .. } => {
            let (times, reason) = (more + 1, reason.trim().to_owned());
            Ok(vec![Event::MoreTimeTaken { interaction: id, by: me.id, times, reason, at: ctx.now }])
        }
        _ => Err(Step::of(i).refusal(tk!("take more time"))),
    }
}

/// Leaves without codes, where the queue allows it.
pub(super) fn leave(ctx: &Context, id: InteractionId, epoch: u32, note: &str) -> Decision {
    let (me, i) = ctx.mine(id, epoch)?;
    check_len(tk!("note"), note)?;
    if rules(ctx, i.queue).mode.demands() {
        let because = tf!("{queue} demands a reason and an outcome", queue = ctx.queue_name(i.queue));
        return Err(Refusal::invalid(tk!("wrap-up"), because));
    }
    let case = ctx.case(i.case)?;
    let mut events = if matches!(i.phase, Phase::WrapUp { .. }) { Vec::new() } else { to_wrap_up(ctx, i) };
    let note_id = (!note.trim().is_empty()).then(|| MessageId(ctx.state.next_id(Entity::Message, 0)));
    if note_id.is_some() {
        events.push(ctx.message(0, case, Kind::Note, i.channel, note));
    }
    let over = matches!(i.phase, Phase::WrapUp { over: true, .. });
    events.push(without_codes(ctx, me.id, i, note_id, over));
    events.extend(after_contact(ctx, me.id, id));
    Ok(events)
}

/// The time box is over: marked, and only where the queue wants it the agent is free without codes. What they are
/// writing stays on their desk and may still come, late.
pub(super) fn expire(ctx: &Context, id: InteractionId, epoch: u32) -> Decision {
    let i = ctx.interaction(id)?;
    let (Phase::WrapUp { since, more, over: false }, Some(agent)) = (i.phase, i.owner) else {
        return Err(ctx.lost(i));
    };
    let queue = ctx.state.queue(i.queue).filter(|q| q.rules.wrap_up.mode.is_timed());
    let limit = queue.and_then(|q| limit_ms(q, more));
    if i.epoch != epoch || limit.is_none_or(|ms| since.plus(ms) > ctx.now) {
        return Err(ctx.lost(i));
    }
    let mut events = vec![Event::WrapUpExpired { interaction: id, agent, at: ctx.now }];
    if queue.is_some_and(|q| q.rules.wrap_up.forced_ready) {
        events.push(without_codes(ctx, agent, i, None, true));
        events.extend(after_contact(ctx, agent, id));
    }
    Ok(events)
}

fn without_codes(ctx: &Context, agent: AgentId, i: &Interaction, note: Option<MessageId>, incomplete: bool) -> Event {
    let record = WrapUp { note, incomplete, ..leg(ctx, agent, i, LegEnd::Finished) };
    Event::WrappedUp { wrap_up: Box::new(record) }
}

/// The interaction went elsewhere while the agent wrote: kept, marked, counted once.
fn late(ctx: &Context, agent: AgentId, command: &Command, case: &Case) -> WrapUp {
    let (interaction, epoch) = match command {
        Command::WrapUp { interaction, epoch, .. } => (*interaction, *epoch),
        _ => Default::default(),
    };
    WrapUp {
        id: WrapUpId(ctx.state.next_id(Entity::WrapUp, 0)),
        interaction,
        case: case.id,
        queue: case.queue,
        agent,
        epoch,
        channel: case.channel,
        reason: None,
        outcome: None,
        note: None,
        at: ctx.now,
        wait_ms: 0,
        talk_ms: 0,
        hold_ms: 0,
        holds: 0,
        wrap_ms: 0,
        late: true,
        customer: case.customer,
        served: case.queue,
        rung: None,
        dial_ms: 0,
        target_s: None,
        end: LegEnd::Finished,
        findings: Findings::default(),
        incomplete: false,
    }
}

fn add_task(ctx: &Context, me: AgentId, case: &Case, promise: &FollowUp) -> Result<Event, Refusal> {
    check_line(tk!("follow-up"), &promise.what)?;
    let owner = promise.owner.unwrap_or(me);
    ctx.known_agent(owner)?;
    Ok(Event::TaskAdded {
        task: Box::new(Task {
            id: TaskId(ctx.state.next_id(Entity::Task, 0)),
            case: case.id,
            customer: case.customer,
            owner,
            kind: promise.kind,
            what: promise.what.clone(),
            due: promise.due,
            done: None,
        }),
    })
}
