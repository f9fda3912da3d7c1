//! What a command would do, or why not.
//!
//! One file per kind of command. Every decision reads the state and nothing else; the caller applies the events.

mod callback;
mod card;
mod case;
mod checks;
mod config;
mod consult;
mod contact;
mod import;
mod intake;
mod kin;
mod mail;
mod presence;
mod rating;
mod stock;
mod ties;
mod training;
mod triage;
mod view;
mod wrap_up;

use super::command::{Actor, Command};
use super::event::Event;
use super::hands::Hand;
use super::ids::{AgentId, CaseId, InteractionId, MessageId, QueueId};
use super::people::Agent;
use super::permit::{Right, allows, needed};
use super::refusal::Refusal;
use super::row::Entity;
use super::sla::Cause;
use super::sla::follow::{follow, review};
use super::state::State;
use super::time::At;
use super::work::{Author, Case, Channel, Interaction, Kind, Message, Phase};

/// Longest text of one message, note or reply, in bytes.
pub const MAX_BODY: usize = 100_000;
/// Longest one-line text, in characters.
pub const MAX_LINE: usize = 300;

type Decision = Result<Vec<Event>, Refusal>;

/// Decides a command on a state: the events it makes, or a refusal in words.
pub fn decide(state: &State, command: &Command, actor: Actor, now: At) -> Result<Vec<Event>, Refusal> {
    let ctx = Context { state, actor, now };
    ctx.check_right(command)?;
    let mut events = ruled(&ctx, command)?;
    events.extend(follow(state, &events, now));
    Ok(events)
}

fn ruled(ctx: &Context, command: &Command) -> Decision {
    match command {
        Command::SetPresence { to } => presence::set(ctx, *to),
        Command::LoseLink { agent, since } => presence::lose_link(ctx, *agent, *since),
        Command::GainLink { agent } => presence::gain_link(ctx, *agent),

        Command::Offer { interaction, to } => contact::offer(ctx, *interaction, *to),
        Command::ExpireOffer { interaction, epoch } => contact::expire(ctx, *interaction, *epoch),
        Command::AcceptOffer { interaction, epoch } => contact::accept(ctx, *interaction, *epoch),
        Command::DeclineOffer { interaction, epoch, reason } => contact::decline(ctx, *interaction, *epoch, reason),
        Command::Pull { interaction } => contact::pull(ctx, *interaction),
        Command::Hold { interaction, epoch } => contact::hold(ctx, *interaction, *epoch),
        Command::Resume { interaction, epoch } => contact::resume(ctx, *interaction, *epoch),
        Command::EndContact { interaction, epoch } => contact::end(ctx, *interaction, *epoch),
        Command::Transfer { interaction, epoch, to, note } => contact::transfer(ctx, *interaction, *epoch, *to, note),
        Command::Escalate { interaction, epoch, reason, card } => {
            contact::escalate(ctx, *interaction, *epoch, reason, card)
        }
        Command::RequeueLost { interaction, epoch } => contact::requeue_lost(ctx, *interaction, *epoch),
        Command::WrapUp { .. } => wrap_up::finish(ctx, command),
        Command::TakeMoreTime { interaction, epoch, reason } => wrap_up::more_time(ctx, *interaction, *epoch, reason),
        Command::LeaveWrapUp { interaction, epoch, note, .. } => wrap_up::leave(ctx, *interaction, *epoch, note),
        Command::ExpireWrapUp { interaction, epoch } => wrap_up::expire(ctx, *interaction, *epoch),
        Command::ReadCard { interaction } => card::read(ctx, *interaction),

        Command::SendReply { case, body, base, anyway, from, to } => {
            let base = mail::Base { seen: *base, anyway: *anyway };
            Ok(stock::counted(ctx, from, mail::reply(ctx, *case, body, base, to.as_deref())?))
        }
        Command::AddNote { case, body, from } => Ok(stock::counted(ctx, from, case::note(ctx, *case, body)?)),
        Command::Snooze { case, until } => case::snooze(ctx, *case, *until),
        Command::WakeCase { case } => case::wake(ctx, *case),
        Command::CheckClocks { case } => Ok(review(ctx.state, ctx.case(*case)?, ctx.now, Cause::Time)),
        Command::EditTags { case, add, remove } => case::tags(ctx, *case, add, remove),
        Command::SetPriority { case, priority } => case::priority(ctx, *case, *priority),
        Command::Assign { case, agent, from } => case::assign(ctx, *case, *agent, *from),
        Command::SetStatus { case, status, from } => case::status(ctx, *case, *status, *from),
        Command::CompleteTask { task } => case::complete_task(ctx, *task),

        Command::OpenInteraction { .. } => intake::open(ctx, command),
        Command::AppendMessage { interaction, body, files, letter } => {
            intake::append(ctx, *interaction, body, files, letter.as_deref())
        }
        Command::EndInteraction { interaction } => intake::end(ctx, *interaction),

        Command::RateContact { .. } => rating::rate(ctx, command),

        Command::Put { row } => config::put(ctx, row),
        Command::Retire { key } => config::retire(ctx, *key),
        Command::ImportCustomer { customer, contacts } => import::customer(ctx, customer, contacts),
        Command::ImportArticle { head, body } => import::article(ctx, head, body),
        Command::ImportCase { .. } => import::case(ctx, command),
        Command::ImportInteraction(interaction) => import::interaction(ctx, interaction),

        Command::ForcePresence { agent, to, reason } => presence::force(ctx, *agent, *to, reason),
        Command::TellLead { agent } => Ok(presence::tell_lead(ctx, *agent)),
        Command::Consult { interaction, epoch, with, note } => consult::ask(ctx, *interaction, *epoch, *with, note),
        Command::HandOver { interaction, epoch } => consult::hand_over(ctx, *interaction, *epoch),
        Command::LeaveConsult { interaction, epoch } => consult::leave_by_id(ctx, *interaction, *epoch),
        Command::AskCallback { interaction, wish, own } => callback::ask(ctx, *interaction, wish, *own),
        Command::CallbackResult { interaction, epoch, reached } => {
            callback::result(ctx, *interaction, *epoch, *reached)
        }
        Command::Overflow { interaction, epoch } => contact::overflow(ctx, *interaction, *epoch),
        Command::SaveView { name, text } => view::save(ctx, name, text),
        Command::DropView { view } => view::drop(ctx, *view),
        Command::MergeCases { case, into, reason } => ties::merge(ctx, *case, *into, reason),
        Command::Unmerge { case } => ties::unmerge(ctx, *case),
        Command::SplitCase { case, messages, subject } => ties::split(ctx, *case, messages, subject),
        Command::LinkCases { case, to, link } => ties::link(ctx, *case, *to, *link),
        Command::SetLabel { case, label, from, had } => checks::label(ctx, *case, *label, *from, *had),
        Command::EditChecks { case, add, remove, tick, untick } => checks::edit(ctx, *case, add, remove, tick, untick),
        Command::UndoSplit { case, messages } => ties::undo_split(ctx, *case, messages),
        Command::ImportTies { case, ties } => import::ties(ctx, *case, ties),
        Command::SaveStock { stock } => stock::save(ctx, stock),
        Command::DropStock { name } => stock::drop(ctx, name),
        Command::CountUse(used) => Ok(stock::counted(ctx, used, Vec::new())),
        Command::ShareTraining(attempts) => training::share(ctx, attempts),
        Command::Identify { case, customer, from } => case::identify(ctx, *case, *customer, *from),
        Command::ReportUndelivered { case, message, why } => intake::undelivered(ctx, *case, *message, why),
        Command::Triage(chosen) => triage::triage(ctx, chosen),
        Command::ScheduleReply { from, .. } => Ok(stock::counted(ctx, from, mail::schedule(ctx, command)?)),
        Command::MoveScheduled { which, at, base } => mail::reschedule(ctx, *which, *at, *base),
        Command::CancelScheduled { which } => mail::cancel(ctx, *which),
        Command::SendScheduled { scheduled, .. } => mail::send(ctx, *scheduled),
        Command::MergeCustomers { customer, into, reason } => kin::merge(ctx, *customer, *into, reason),
        Command::UnmergeCustomers { customer } => kin::unmerge(ctx, *customer),
        Command::ImportMerged(customer, merged) => kin::import(ctx, *customer, merged),
    }
}

/// What every decision has at hand.
struct Context<'a> {
    state: &'a State,
    actor: Actor,
    now: At,
}

impl<'a> Context<'a> {
    /// Deny by default: an agent needs the right of the table, a gateway may only bring customers, the operator may
    /// configure and bring customers, the desk itself may give the commands no agent may.
    fn check_right(&self, command: &Command) -> Result<(), Refusal> {
        let right = needed(command);
        let intake = matches!(
            command,
            Command::OpenInteraction { .. }
                | Command::AppendMessage { .. }
                | Command::EndInteraction { .. }
                | Command::AskCallback { own: None, .. }
                | Command::RateContact { .. }
                | Command::ReportUndelivered { .. }
                | Command::Triage(_)
        );
        let allowed = match self.actor {
            Actor::Agent(id) => {
                let agent = self.known_agent(id)?;
                let allowed = agent.active && right.is_some_and(|right| allows(agent.role, right));
                if !allowed {
                    let what = right.map_or(tk!("do that"), Right::verb);
                    return Err(Refusal::NotAllowed { what: what.into(), role: agent.role.word().into() });
                }
                true
            }
            Actor::Gateway(_) => intake,
            Actor::Operator => intake || right == Some(Right::Configure),
            Actor::System => right.is_none() && !intake,
        };
        if allowed {
            Ok(())
        } else {
            let role = match self.actor {
                Actor::Gateway(_) => "gateway",
                Actor::Operator => "operator",
                _ => "system",
            };
            Err(Refusal::NotAllowed { what: tk!("do that").into(), role: role.into() })
        }
    }

    fn known_agent(&self, id: AgentId) -> Result<&'a Agent, Refusal> {
        self.state.agent(id).ok_or_else(|| Refusal::gone(tk!("this agent")))
    }

    /// The agent who asks; other actors have no business in the commands that call this.
    fn me(&self) -> Result<&'a Agent, Refusal> {
        match self.actor {
            Actor::Agent(id) => self.known_agent(id),
            _ => Err(Refusal::NotAllowed { what: tk!("work on contacts").into(), role: tk!("no agent").into() }),
        }
    }

    /// Who set something last, by name, and when; nobody is an empty name.
    fn hand(&self, hand: Hand) -> (String, At) {
        hand.map_or_else(|| (String::new(), self.now), |(by, at)| (self.agent_name(by), at))
    }

    fn sees(&self, agent: &Agent, queue: QueueId) -> Result<(), Refusal> {
        if allows(agent.role, Right::SeeAllQueues) || agent.queues.contains(&queue) {
            return Ok(());
        }
        let name = self.queue_name(queue);
        Err(Refusal::NotAllowed { what: tf!("work in {name}", name), role: agent.role.word().into() })
    }

    fn case(&self, id: CaseId) -> Result<&'a Case, Refusal> {
        self.state.case(id).ok_or_else(|| Refusal::gone(format!("case {id}")))
    }

    /// A case the asking agent may see, and that was not merged into another.
    fn my_case(&self, id: CaseId) -> Result<(&'a Agent, &'a Case), Refusal> {
        let (me, case) = self.seen_case(id)?;
        match &case.ties.merged {
            Some(merged) => Err(Refusal::WrongPhase {
                what: tf!("change case {id}", id),
                because: tf!("it was merged into case {into}; work there, or unmerge it", into = merged.into),
            }),
            None => Ok((me, case)),
        }
    }

    /// The case that words for this one go to: itself, or the one it was merged into.
    fn my_root(&self, id: CaseId) -> Result<(&'a Agent, &'a Case), Refusal> {
        self.my_case(self.state.root(id))
    }

    /// A case the asking agent may see, merged or not.
    fn seen_case(&self, id: CaseId) -> Result<(&'a Agent, &'a Case), Refusal> {
        let me = self.me()?;
        let case = self.case(id)?;
        self.sees(me, case.queue)?;
        Ok((me, case))
    }

    fn interaction(&self, id: InteractionId) -> Result<&'a Interaction, Refusal> {
        self.state.interaction(id).ok_or_else(|| Refusal::gone(tk!("this interaction")))
    }

    /// An interaction the asking agent owns at this epoch.
    fn mine(&self, id: InteractionId, epoch: u32) -> Result<(&'a Agent, &'a Interaction), Refusal> {
        let me = self.me()?;
        let interaction = self.interaction(id)?;
        if interaction.owner == Some(me.id) && interaction.epoch == epoch {
            return Ok((me, interaction));
        }
        Err(self.lost(interaction))
    }

    /// What became of an interaction that is not the asker's.
    fn lost(&self, interaction: &Interaction) -> Refusal {
        let now = match (interaction.phase, interaction.owner) {
            (Phase::Offered { to, .. }, _) => tf!("it is offered to {who}", who = self.agent_name(to)),
            (_, Some(owner)) => tf!("{who} has it", who = self.agent_name(owner)),
            _ => tf!("it waits in {queue}", queue = self.queue_name(interaction.queue)),
        };
        Refusal::Lost { now }
    }

    fn agent_name(&self, id: AgentId) -> String {
        self.state.agent(id).map_or_else(|| format!("agent {id}"), |a| a.name.clone())
    }

    fn queue_name(&self, id: QueueId) -> String {
        self.state.queue(id).map_or_else(|| format!("queue {id}"), |q| q.name.clone())
    }

    fn author(&self) -> Author {
        match self.actor {
            Actor::Agent(id) => Author::Agent(id),
            Actor::Gateway(_) => Author::Customer,
            Actor::System | Actor::Operator => Author::System,
        }
    }

    /// A message event; `used` counts message ids already taken in this decision.
    fn message(&self, used: u64, case: &Case, kind: Kind, channel: Channel, body: &str) -> Event {
        Event::MessageAdded {
            message: Box::new(Message {
                id: MessageId(self.state.next_id(Entity::Message, used)),
                case: case.id,
                queue: case.queue,
                at: self.now,
                author: self.author(),
                kind,
                channel,
                body: body.to_owned(),
                files: Vec::new(),
                went: None,
            }),
            to: None,
        }
    }
}

/// Refuses text that is empty or too long; `field` is its name on screen.
fn check_body(field: &str, body: &str) -> Result<(), Refusal> {
    if body.trim().is_empty() {
        return Err(Refusal::invalid(field, tk!("it is empty; write something first")));
    }
    check_len(field, body)
}

/// Refuses text that is too long.
fn check_len(field: &str, body: &str) -> Result<(), Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::invalid(field, tf!("it is longer than {most} bytes; shorten it", most = MAX_BODY)));
    }
    Ok(())
}

/// Refuses one-line text that is too long.
fn check_line(field: &str, text: &str) -> Result<(), Refusal> {
    if text.chars().count() > MAX_LINE {
        return Err(Refusal::invalid(field, tf!("it is longer than {most} characters; shorten it", most = MAX_LINE)));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
