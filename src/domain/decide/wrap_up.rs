//! Wrap-up: the work after a contact. It is never refused away: one that comes late is kept on the case.

use super::contact::{leg, to_wrap_up};
use super::presence::after_contact;
use super::{Context, Decision, check_body, check_len, check_line};
use crate::domain::command::{Command, FollowUp};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, MessageId, TaskId, WrapUpId};
use crate::domain::refusal::Refusal;
use crate::domain::row::Entity;
use crate::domain::work::{Case, Kind, LegEnd, Need, Outcome, Phase, Status, Task, WrapUp};

pub(super) fn finish(ctx: &Context, command: &Command) -> Decision {
    let Command::WrapUp { interaction: id, epoch, case, reason, outcome, note, follow_up } = command else {
        return Ok(Vec::new());
    };
    let (me, case) = ctx.my_case(*case)?;
    let reason = ctx
        .state
        .reason(*reason)
        .filter(|r| r.active)
        .ok_or_else(|| Refusal::invalid("reason", "there is no such reason; choose one of the list"))?;
    let outcome = ctx
        .state
        .outcome(*outcome)
        .filter(|o| o.active)
        .ok_or_else(|| Refusal::invalid("outcome", "there is no such outcome; choose one of the list"))?;
    check_needs(outcome, note, follow_up.as_ref())?;
    check_len("note", note)?;
    let done = |w: &WrapUp| w.interaction == *id && w.epoch == *epoch && w.agent == me.id && w.reason.is_some();
    if ctx.state.wrap_ups_of(case.id).any(done) {
        return Err(Refusal::Exists { what: "the wrap-up of this contact".into() });
    }

    let live = ctx.state.interaction(*id).filter(|i| i.owner == Some(me.id) && i.epoch == *epoch);
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
    events.push(Event::WrappedUp { wrap_up: Box::new(record) });
    if live.is_some() {
        let to = if outcome.solves { Some(Status::Solved) } else { follow_up.as_ref().map(|_| Status::Pending) };
        if let Some(to) = to.filter(|to| *to != case.status) {
            events.push(Event::StatusChanged { case: case.id, to, at: ctx.now });
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

fn check_needs(outcome: &Outcome, note: &str, follow_up: Option<&FollowUp>) -> Result<(), Refusal> {
    if outcome.needs.contains(&Need::Note) {
        check_body("note", note)
            .map_err(|_| Refusal::invalid("note", format!("the outcome {} needs a few words", outcome.label)))?;
    }
    if outcome.needs.contains(&Need::FollowUp) && follow_up.is_none() {
        let because = format!("the outcome {} needs what was promised and by when", outcome.label);
        return Err(Refusal::invalid("follow-up", because));
    }
    Ok(())
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
        wrap_ms: 0,
        late: true,
        customer: case.customer,
        served: case.queue,
        rung: None,
        dial_ms: 0,
        target_s: None,
        end: LegEnd::Finished,
    }
}

fn add_task(ctx: &Context, me: AgentId, case: &Case, promise: &FollowUp) -> Result<Event, Refusal> {
    check_line("follow-up", &promise.what)?;
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
