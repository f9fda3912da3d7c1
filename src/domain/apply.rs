//! Making an event so.
//!
//! Total: an event about a row that is not loaded changes nothing, so a replay needs the same rows as the decision.

use super::event::{ConsultEnd, Event, Requeue};
use super::ids::{AgentId, CaseId, CustomerId, InteractionId, QueueId};
use super::kin;
use super::people::{Forced, Presence, PresenceRow};
use super::routing::Flow;
use super::row::{Entity, Record, Row, RowKey};
use super::state::State;
use super::tally::{self, Settled};
use super::ties;
use super::time::At;
use super::training::Training;
use super::work::{Author, Case, Channel, Interaction, Kind, Message, Owed, Phase, Priority, Status};

/// Changes the state as the event says.
pub fn apply(state: &mut State, event: &Event) {
    match event {
        Event::RowSet { row } => {
            if let Row::Agent(agent) = row.as_ref() {
                follow_agent(state, agent.id, agent.team);
            }
            state.put(row.as_ref().clone());
        }
        Event::CaseImported { case, messages, wrap_ups, tasks } => {
            state.put(case.as_ref().clone());
            messages.iter().cloned().for_each(|m| state.put(m));
            wrap_ups.iter().cloned().for_each(|w| state.put(w));
            tasks.iter().cloned().for_each(|t| state.put(t));
        }
        Event::InteractionOpened { interaction, case } => {
            state.put(interaction.as_ref().clone());
            let before = state.case(case.id).map_or(case.status, |c| c.status);
            let mut case = case.as_ref().clone();
            opened_again(&mut case, before, interaction.enqueued);
            state.put(case);
            // Whoever asks for a call never waits on the line.
            if interaction.place.owed.is_some() {
                tally::settle(state, interaction.id, Settled::Callback, interaction.enqueued);
            }
        }
        Event::MessageAdded { message, .. } => add_message(state, message),
        Event::OfferMade { interaction, to, until, at } => edit_interaction(state, *interaction, |i| {
            // The epoch stays: an offer changes no owner, so what a desk foresees of a claim is what the server says.
            i.phase = Phase::Offered { to: *to, until: *until };
            i.rung = Some(*at);
        }),
        Event::OfferAccepted { interaction, by, at } => {
            let target_s = tally::settle(state, *interaction, Settled::Answered, *at);
            let mut case = None;
            edit_interaction(state, *interaction, |i| {
                i.phase = Phase::Connected;
                i.owner = Some(*by);
                i.epoch += 1;
                i.accepted = Some(*at);
                i.target_s = target_s;
                i.hold_ms = 0;
                i.holds = 0;
                i.dial_ms = 0;
                i.place.also = None;
                case = Some((i.case, i.channel, i.place.owed.is_some()));
            });
            // Beside other contacts, whoever took one most recently is last in line for the next.
            edit_presence(state, *by, |p| p.idle_since = *at);
            if let Some((case, channel, owed)) = case {
                edit_case(state, case, *at, |c| {
                    // On the telephone, picking up is the answer; a call we owe is answered when they pick up.
                    if is_telephone(channel) && !owed {
                        c.sla.answer(*at);
                    }
                    c.assignee = Some(*by);
                    c.hands.assignee = Some((*by, *at));
                    c.snoozed_until = None;
                    if c.status != Status::Open {
                        c.status = Status::Open;
                        c.hands.status = Some((*by, *at));
                    }
                });
            }
        }
        Event::Requeued { interaction, why, from, queue, min_role, at, .. } => {
            let moved = state.interaction(*interaction).is_some_and(|i| i.queue != *queue);
            stop_ringing(state, *interaction, *at);
            if moved {
                tally::settle(state, *interaction, Settled::FlowedOut, *at);
            }
            edit_interaction(state, *interaction, |i| {
                let was_offered = matches!(i.phase, Phase::Offered { .. });
                i.phase = match i.place.owed {
                    Some(_) if was_offered => Phase::Callback { due: *at },
                    _ => Phase::Queued,
                };
                i.owner = None;
                i.epoch += 1;
                i.accepted = None;
                i.rung = None;
                i.min_role = *min_role;
                if moved {
                    i.queue = *queue;
                    i.enqueued = *at;
                    i.settled = false;
                    i.passed.clear();
                    i.place.also = None;
                }
                if !was_offered {
                    i.place.preferred = None;
                    i.place.owed = None;
                }
                if let Some(agent) = from.filter(|_| *why != Requeue::SignedOut) {
                    i.passed.retain(|(a, _)| *a != agent);
                    i.passed.push((agent, *at));
                }
            });
            if let Some(agent) = from.filter(|_| matches!(why, Requeue::Missed | Requeue::Declined)) {
                edit_presence(state, agent, |p| miss(p, *at));
            }
        }
        Event::PhaseChanged { interaction, to, at } => {
            edit_interaction(state, *interaction, |i| {
                off_hold(i, *at);
                if let Phase::Dialing { since } = i.phase {
                    i.dial_ms += at.since(since);
                }
                i.phase = *to;
            });
            let talking =
                state.interaction(*interaction).filter(|i| *to == Phase::Connected && is_telephone(i.channel));
            let owes = |c: &&Case| c.sla.answered.is_none() || c.sla.waiting.is_some();
            if let Some(case) = talking.and_then(|i| state.case(i.case)).filter(owes).map(|c| c.id) {
                edit_case(state, case, *at, |c| c.sla.answer(*at));
            }
        }
        Event::CustomerLeft { interaction, .. } => edit_interaction(state, *interaction, |i| {
            i.customer_gone = true;
            i.waiting_since = None;
        }),
        Event::InteractionAbandoned { interaction, at } => {
            stop_ringing(state, *interaction, *at);
            tally::settle(state, *interaction, Settled::Abandoned, *at);
            // Nobody can answer someone who left without a word.
            let mute = |c: &&Case| c.sla.from.is_some() && c.sla.answered.is_none() && c.last_inbound.is_none();
            let case = state.interaction(*interaction).and_then(|i| state.case(i.case)).filter(mute).map(|c| c.id);
            if let Some(case) = case {
                edit_case(state, case, *at, |c| c.sla.from = None);
            }
            state.remove(RowKey { entity: Entity::Interaction, id: interaction.0 });
        }
        Event::WrappedUp { wrap_up } => {
            tally::finished(state, wrap_up);
            state.put(wrap_up.as_ref().clone());
            edit_case(state, wrap_up.case, wrap_up.at, |c| {
                c.reason = wrap_up.reason.or(c.reason);
                c.outcome = wrap_up.outcome.or(c.outcome);
            });
            if !wrap_up.late {
                state.remove(RowKey { entity: Entity::Interaction, id: wrap_up.interaction.0 });
            }
        }
        Event::LegEnded { wrap_up } => {
            tally::finished(state, wrap_up);
            state.put(wrap_up.as_ref().clone());
        }
        Event::CaseMoved { case, queue, at } => move_case(state, *case, *queue, *at),
        Event::StatusChanged { case, to, by, at } => edit_case(state, *case, *at, |c| {
            c.label = None;
            c.hands.status = by.map(|by| (by, *at));
            c.status = *to;
            if matches!(to, Status::Solved | Status::Closed) && c.sla.from.is_some() {
                c.sla.resolved.get_or_insert(*at);
            }
        }),
        Event::PolicyApplied { case, policy, at, .. } => edit_case(state, *case, *at, |c| c.sla.policy = *policy),
        Event::ClockTurned { case, clock, at, .. } => {
            edit_case(state, *case, *at, |c| c.sla.set(clock.as_ref().clone()));
        }
        Event::Snoozed { case, until, at } => edit_case(state, *case, *at, |c| c.snoozed_until = *until),
        Event::TagsChanged { case, tags, at } => edit_case(state, *case, *at, |c| c.tags.clone_from(tags)),
        Event::PriorityChanged { case, priority, at } => change_priority(state, *case, *priority, *at),
        Event::Assigned { case, agent, by, at } => edit_case(state, *case, *at, |c| {
            c.assignee = *agent;
            c.hands.assignee = by.map(|by| (by, *at));
        }),
        Event::CustomerIdentified { case, customer, name, by, at } => identify(state, *case, *customer, name, *by, *at),
        Event::Escalated { case, reason, at } => edit_case(state, *case, *at, |c| c.escalated = Some(reason.clone())),
        Event::TaskAdded { task } => state.put(task.as_ref().clone()),
        Event::TaskDone { task, at } => {
            if let Some(mut task) = state.task(*task).cloned() {
                task.done = Some(*at);
                state.put(task);
            }
        }
        Event::PresenceChanged { agent, to, at } => {
            tally::presence(state, *agent, *to, *at);
            edit_presence(state, *agent, |p| {
                p.presence = *to;
                p.since = *at;
                p.next = None;
                p.forced = None;
                if *to == Presence::Ready {
                    p.idle_since = *at;
                    p.missed = 0;
                }
            });
        }
        Event::PresenceArmed { agent, next } => edit_presence(state, *agent, |p| p.next = *next),
        Event::BecameIdle { agent, at } => edit_presence(state, *agent, |p| p.idle_since = *at),
        Event::LinkChanged { agent, lost, at } => {
            tally::link(state, *agent, *lost, *at);
            edit_presence(state, *agent, |p| p.link_lost = *lost);
        }
        Event::Rated { rating } => state.put(rating.clone()),
        Event::Retired { key } => retire(state, *key),
        Event::FlowedOut { interaction, from, to, how, at } => {
            if *how != Flow::Add {
                tally::settle(state, *interaction, Settled::FlowedOut, *at);
            }
            edit_interaction(state, *interaction, |i| match how {
                Flow::Add => i.place.also = Some(*to),
                Flow::Move => {
                    i.settled = false;
                    i.queue = *to;
                    i.enqueued = *at;
                    i.passed.clear();
                    i.place.preferred = None;
                }
                Flow::Answered => {
                    i.settled = false;
                    i.queue = *to;
                    i.place.also = Some(*from);
                }
            });
        }
        Event::Triaged { interaction, menu, language, .. } => edit_interaction(state, *interaction, |i| {
            i.menu.clone_from(menu);
            if !language.is_empty() {
                i.language.clone_from(language);
            }
        }),
        Event::CallbackAsked { interaction, own, due, until, zone, at, .. } => {
            tally::settle(state, *interaction, Settled::Callback, *at);
            edit_interaction(state, *interaction, |i| {
                i.channel = Channel::Callback;
                i.phase = Phase::Callback { due: *due };
                i.place.owed = Some(Owed { asked: *at, tries: 0, zone: *zone, until: *until });
                i.place.preferred = own.or(i.place.preferred);
            });
        }
        Event::CallbackDialed { interaction, tries, at, .. } => edit_interaction(state, *interaction, |i| {
            i.phase = Phase::Dialing { since: *at };
            if let Some(owed) = &mut i.place.owed {
                owed.tries = *tries;
            }
        }),
        Event::CallbackUnreached { interaction, again: Some(due), .. } => edit_interaction(state, *interaction, |i| {
            i.phase = Phase::Callback { due: *due };
            i.owner = None;
            i.epoch += 1;
            i.accepted = None;
            i.rung = None;
        }),
        Event::CallbackUnreached { interaction, again: None, .. } => {
            state.remove(RowKey { entity: Entity::Interaction, id: interaction.0 });
        }
        Event::ConsultAsked { interaction, with, until, at, .. } => edit_interaction(state, *interaction, |i| {
            i.phase = Phase::Consult { since: *at, with: *with, until: Some(*until) };
        }),
        Event::ConsultJoined { interaction, with, .. } => edit_interaction(state, *interaction, |i| {
            if let Phase::Consult { since, .. } = i.phase {
                i.phase = Phase::Consult { since, with: *with, until: None };
            }
        }),
        Event::ConsultEnded { interaction, with, why, at, .. } => {
            stop_asking(state, *interaction, *at);
            edit_interaction(state, *interaction, |i| {
                off_hold(i, *at);
                i.phase = Phase::Connected;
            });
            if *why == ConsultEnd::Missed {
                edit_presence(state, *with, |p| miss(p, *at));
            }
        }
        Event::HandedOver { interaction, to, at, .. } => {
            stop_asking(state, *interaction, *at);
            let mut case = None;
            edit_interaction(state, *interaction, |i| {
                i.phase = Phase::Connected;
                i.owner = Some(*to);
                i.epoch += 1;
                i.accepted = Some(*at);
                i.rung = None;
                i.target_s = None;
                i.hold_ms = 0;
                i.holds = 0;
                i.dial_ms = 0;
                case = Some(i.case);
            });
            if let Some(case) = case {
                edit_case(state, case, *at, |c| {
                    c.assignee = Some(*to);
                    c.hands.assignee = Some((*to, *at));
                });
            }
        }
        Event::MoreTimeTaken { interaction, times, .. } => edit_interaction(state, *interaction, |i| {
            if let Phase::WrapUp { more, .. } = &mut i.phase {
                *more = *times;
            }
        }),
        Event::WrapUpExpired { interaction, .. } => edit_interaction(state, *interaction, |i| {
            if let Phase::WrapUp { over, .. } = &mut i.phase {
                *over = true;
            }
        }),
        Event::CardLeft { interaction, card } => edit_interaction(state, *interaction, |i| i.card = Some(*card)),
        Event::CardRead { interaction, by, at } => edit_interaction(state, *interaction, |i| {
            if let Some(card) = &mut i.card {
                card.read = Some((*by, *at));
            }
        }),
        Event::PresenceForced { agent, by, reason, at, .. } => edit_presence(state, *agent, |p| {
            p.forced = Some(Forced { by: *by, reason: reason.clone(), at: *at, told: false });
        }),
        Event::LeadTold { agent, .. } => edit_presence(state, *agent, |p| {
            if let Some(forced) = &mut p.forced {
                forced.told = true;
            }
        }),
        Event::CustomersMerged { customer, merged } => kin::merge(state, *customer, merged),
        Event::CustomerUnmerged { customer, .. } => kin::unmerge(state, *customer),
        Event::CasesMerged { case, merged } => ties::merge(state, *case, merged),
        Event::CaseUnmerged { case, at, .. } => ties::unmerge(state, *case, *at),
        Event::CaseSplit { from, case, messages, last_inbound, at } => {
            edit_case(state, *from, *at, |c| c.last_inbound = *last_inbound);
            ties::split(state, case, messages);
        }
        Event::CaseLabelled { case, label, by, at } => edit_case(state, *case, *at, |c| {
            c.label = *label;
            c.hands.status = by.map(|by| (by, *at));
        }),
        Event::ChecksChanged { case, checks, at } => edit_case(state, *case, *at, |c| c.checks.clone_from(checks)),
        Event::SplitUndone { into, case, messages, last_inbound, at } => {
            ties::undo_split(state, *into, *case, messages);
            edit_case(state, *into, *at, |c| {
                c.last_inbound = *last_inbound;
                c.ties.links.retain(|l| l.case != *case);
            });
        }
        Event::StockUsed { agent, used, .. } => super::stock::count(state, *agent, used),
        Event::TiesImported { case, ties, .. } => {
            if let Some(mut row) = state.case(*case).cloned() {
                row.ties = ties.as_ref().clone();
                state.put(row);
            }
        }
        Event::LinksChanged { case, links, at } => edit_case(state, *case, *at, |c| c.ties.links.clone_from(links)),
    }
}

/// Adds what the customer has been on hold, a consultation included.
fn off_hold(i: &mut Interaction, at: At) {
    if let Phase::OnHold { since } | Phase::Consult { since, .. } = i.phase {
        i.hold_ms += at.since(since);
        i.holds = i.holds.saturating_add(1);
    }
}

/// An offer passed.
fn miss(p: &mut PresenceRow, at: At) {
    p.missed += 1;
    p.last_miss = Some(at);
}

fn is_telephone(channel: Channel) -> bool {
    matches!(channel, Channel::Voice | Channel::Callback)
}

fn edit_interaction(state: &mut State, id: super::ids::InteractionId, edit: impl FnOnce(&mut Interaction)) {
    if let Some(mut interaction) = state.interaction(id).cloned() {
        edit(&mut interaction);
        state.put(interaction);
    }
}

/// An offer that stands is over without an answer.
fn stop_ringing(state: &mut State, id: super::ids::InteractionId, at: At) {
    if let Some(Interaction { phase: Phase::Offered { to, .. }, rung: Some(rung), .. }) = state.interaction(id) {
        let (to, rung) = (*to, *rung);
        tally::rang(state, to, rung, at);
    }
}

/// Asking a colleague is over, however: they were there, or it rang in vain.
fn stop_asking(state: &mut State, id: super::ids::InteractionId, at: At) {
    let Some(Phase::Consult { since, with, until }) = state.interaction(id).map(|i| i.phase) else { return };
    match until {
        None => tally::helped(state, with, since, at),
        Some(_) => tally::rang(state, with, since, at),
    }
}

fn edit_case(state: &mut State, id: CaseId, at: At, edit: impl FnOnce(&mut Case)) {
    if let Some(mut case) = state.case(id).cloned() {
        let before = case.status;
        edit(&mut case);
        opened_again(&mut case, before, at);
        case.updated = case.updated.max(at);
        state.put(case);
    }
}

/// Notes since when a case that had been solved is open again.
fn opened_again(case: &mut Case, before: Status, at: At) {
    let over = |status| matches!(status, Status::Solved | Status::Closed);
    if over(case.status) {
        case.sla.reopened = None;
    } else if over(before) && case.sla.resolved.is_some() {
        case.sla.reopened = Some(at);
    }
}

fn edit_presence(state: &mut State, agent: AgentId, edit: impl FnOnce(&mut PresenceRow)) {
    let row = state.presence(agent).cloned().or_else(|| {
        let team = state.agent(agent)?.team;
        Some(new_presence(agent, team))
    });
    if let Some(mut row) = row {
        edit(&mut row);
        state.put(row);
    }
}

fn new_presence(agent: AgentId, team: super::ids::TeamId) -> PresenceRow {
    PresenceRow {
        agent,
        team,
        presence: Presence::Offline,
        since: At(0),
        next: None,
        idle_since: At(0),
        link_lost: None,
        missed: 0,
        last_miss: None,
        forced: None,
    }
}

/// An agent's presence lives in the team's scope and moves with them, and so does what they show of their practice.
fn follow_agent(state: &mut State, agent: AgentId, team: super::ids::TeamId) {
    let mut row = state.presence(agent).cloned().unwrap_or_else(|| new_presence(agent, team));
    row.team = team;
    state.put(row);
    if let Some(training) = state.training(agent).filter(|t| t.team != team).cloned() {
        state.put(Training { team, ..training });
    }
}

fn add_message(state: &mut State, message: &Message) {
    state.put(message.clone());
    edit_case(state, message.case, message.at, |c| {
        match (message.author, message.kind) {
            (Author::Customer, Kind::Message) => c.sla.heard(message.at),
            (Author::Agent(_), Kind::Message) => c.sla.answer(message.at),
            _ => {}
        }
        if message.author == Author::Customer && message.kind == Kind::Message {
            c.last_inbound = Some(message.id);
            c.snoozed_until = None;
            if c.status != Status::Open {
                c.label = None;
                c.status = Status::Open;
                c.hands.status = None;
            }
        }
    });
    if message.kind == Kind::Note {
        return;
    }
    let waits = (message.author == Author::Customer).then_some(message.at);
    let open: Vec<_> = state.interactions_of(message.case).map(|i| i.id).collect();
    for id in open {
        edit_interaction(state, id, |i| {
            i.waiting_since = match waits {
                Some(at) => i.waiting_since.or(Some(at)),
                None => None,
            };
        });
    }
}

/// The case and its open contacts are this customer's from here on; what is over stays as it was.
fn identify(state: &mut State, case: CaseId, customer: Option<CustomerId>, name: &str, by: AgentId, at: At) {
    edit_case(state, case, at, |c| c.customer = customer);
    let open: Vec<InteractionId> = state.interactions_of(case).map(|i| i.id).collect();
    for id in open {
        edit_interaction(state, id, |i| {
            i.customer = customer;
            name.clone_into(&mut i.name);
            i.maybe.clear();
            i.known.told = customer.map(|_| (by, at));
        });
    }
}

fn change_priority(state: &mut State, case: CaseId, priority: Priority, at: At) {
    edit_case(state, case, at, |c| c.priority = priority);
    let open: Vec<_> = state.interactions_of(case).map(|i| i.id).collect();
    for id in open {
        edit_interaction(state, id, |i| i.priority = priority);
    }
}

/// The queue decides who sees a case, so everything that hangs on it moves too.
fn move_case(state: &mut State, case: CaseId, queue: QueueId, at: At) {
    edit_case(state, case, at, |c| c.queue = queue);
    let messages: Vec<_> = state.messages_of(case).cloned().collect();
    for mut message in messages {
        message.queue = queue;
        state.put(message);
    }
    let wrap_ups: Vec<_> = state.wrap_ups_of(case).cloned().collect();
    for mut wrap_up in wrap_ups {
        wrap_up.queue = queue;
        state.put(wrap_up);
    }
    let waiting: Vec<_> = state.scheduled_on(case).cloned().collect();
    for mut scheduled in waiting {
        scheduled.queue = queue;
        state.put(scheduled);
    }
}

fn retire(state: &mut State, key: RowKey) {
    let row = match state.row(key).cloned() {
        Some(Row::Queue(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Reason(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Outcome(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Agent(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Calendar(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Policy(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Label(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(Row::Checklist(mut r)) => {
            r.active = false;
            Row::from(r)
        }
        Some(
            Row::Skill(_)
            | Row::BreakCode(_)
            | Row::ArticleHead(_)
            | Row::SavedView(_)
            | Row::Stock(_)
            | Row::Training(_)
            | Row::Scheduled(_),
        ) => {
            if key.entity == super::work::ArticleHead::ENTITY {
                state.remove(RowKey { entity: Entity::ArticleBody, id: key.id });
            }
            state.remove(key);
            return;
        }
        _ => return,
    };
    state.put(row);
}
