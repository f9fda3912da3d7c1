//! Why an interaction is where it is: its place in line, who was considered and why not, and what came before.
//!
//! Nothing is decided here: the judgement of each agent is [`super::pick::judge`], the router's own. It holds as far
//! as the rows at hand go; on a desk those are what its agent may see.

use super::calling;
use super::order::{expected_wait, key, score, told_wait};
use super::pick::{Rank, WhyNot, judge, open_rings, waits_for};
use super::rules::{Flow, Pick};
use crate::domain::event::{ConsultEnd, Event, Requeue};
use crate::domain::ids::{AgentId, InteractionId, QueueId};
use crate::domain::people::Presence;
use crate::domain::state::State;
use crate::domain::time::{At, MINUTE, SECOND};
use crate::domain::work::{Channel, Interaction, Phase, Queue};

/// One agent, as the router saw them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Considered {
    /// Who.
    pub agent: AgentId,
    /// Their rank, or why not.
    pub verdict: Result<Rank, WhyNot>,
}

/// Why an interaction is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Which.
    pub interaction: InteractionId,
    /// Its score, ms: waiting as far as it counts, and a minute for each point.
    pub score_ms: i64,
    /// Priority points in the score.
    pub points: i64,
    /// Its place in line from 1, and how many wait; `None` when it does not wait.
    pub place: Option<(usize, usize)>,
    /// Rings open now, and in all; the first is the queue's own.
    pub rings: (usize, usize),
    /// Whom it waits for before others.
    pub waits_for: Option<AgentId>,
    /// Agents in the order in which they would get it, then those who would not, by number.
    pub considered: Vec<Considered>,
    /// Waits of about so long are expected, ms, where enough is known.
    pub expected_ms: Option<(i64, i64)>,
}

/// Why an interaction is where it is; `None` when it is not at hand.
pub fn why(state: &State, id: InteractionId, now: At) -> Option<Trace> {
    let i = state.interaction(id)?;
    let queue = state.queue(i.queue);
    let place = i.phase.waits().then(|| place(state, i, now));
    let mut considered: Vec<Considered> = state
        .agents()
        .filter(|a| a.active && (a.queues.contains(&i.queue) || i.place.also.is_some_and(|q| a.queues.contains(&q))))
        .map(|a| Considered { agent: a.id, verdict: judge(state, a.id, i, now) })
        .collect();
    considered.sort_by_key(|c| match c.verdict {
        Ok(rank) => (0, Some(rank), c.agent),
        Err(_) => (1, None, c.agent),
    });
    Some(Trace {
        interaction: id,
        score_ms: score(queue, i, now),
        points: i.priority.points() + queue.map_or(0, |q| i64::from(q.rules.points)),
        place,
        rings: queue.map_or((1, 1), |q| (1 + open_rings(q, i, now), 1 + q.rules.rings.len())),
        waits_for: waits_for(state, i, now),
        considered,
        expected_ms: place.and_then(|(place, _)| expected(state, i.queue, place)).map(told_wait),
    })
}

fn place(state: &State, i: &Interaction, now: At) -> (usize, usize) {
    let mine = key(state, i, now);
    let waiting = state.lines().filter(|(class, _)| class.queue == i.queue).flat_map(|(_, line)| line);
    let keys = waiting.filter_map(|(_, id)| state.interaction(*id)).map(|other| key(state, other, now));
    keys.fold((1, 0), |(place, all), other| (place + usize::from(other < mine), all + 1))
}

/// How long someone at a place in a queue's line waits for an answer, ms: from the recent contacts of the queue and the
/// agents who are there.
fn expected(state: &State, queue: QueueId, place: usize) -> Option<i64> {
    let (legs, ms) = state.queue_day(queue)?.recent;
    let staffed = state.ready().filter(|a| state.agent(*a).is_some_and(|a| a.queues.contains(&queue))).count();
    if legs == 0 { None } else { expected_wait(place, ms / legs, staffed) }
}

/// How long the next one to come to a queue waits, ms.
pub fn expected_next(state: &State, queue: QueueId) -> Option<i64> {
    let waiting: usize = state.lines().filter(|(class, _)| class.queue == queue).map(|(_, line)| line.len()).sum();
    expected(state, queue, waiting + 1)
}

/// Whether someone who comes to a queue now is offered a call back: it makes them, and the wait expected is at least
/// as long as its rules say (operations 2.2).
pub fn offers_callback(state: &State, queue: &Queue) -> bool {
    let least = i64::from(queue.rules.callback_offer_s) * SECOND;
    queue.channels.contains(&Channel::Callback) && expected_next(state, queue.id).is_some_and(|ms| ms >= least)
}

impl Trace {
    /// The trace in sentences: the facts, then the agents.
    pub fn words(&self, state: &State, now: At) -> Vec<String> {
        let mut lines = self.facts(state, now);
        if let Some(i) = state.interaction(self.interaction) {
            let one = |c: &Considered| format!("{}: {}.", name(state, c.agent), c.verdict_words(state, i, now));
            lines.extend(self.considered.iter().map(one));
        }
        lines
    }

    /// Where it stands and what moves it, in sentences, the most telling first.
    pub fn facts(&self, state: &State, now: At) -> Vec<String> {
        let Some(i) = state.interaction(self.interaction) else { return Vec::new() };
        let mut lines = vec![self.stands(state, i, now)];
        if let Some((least, most)) = self.expected_ms {
            lines.push(t!("Expected wait {least} to {most} min.", least = least / MINUTE, most = most / MINUTE));
        }
        if let Some(agent) = self.waits_for {
            let until = i.place.preferred.map_or(0, |p| p.until.since(now));
            lines.push(t!(
                "Waits {span} more for {name}, who had the case last.",
                span = span(until),
                name = name(state, agent)
            ));
        }
        if let Phase::Callback { due } = i.phase {
            lines.extend(call_words(state, i, due, now));
        }
        if self.rings.1 > 1 {
            lines.push(t!("Ring {ring} of {all} is open.", ring = self.rings.0, all = self.rings.1));
        }
        if let Some(also) = i.place.also {
            lines.push(t!("Waits in {queue} too, since it waited too long.", queue = queue_name(state, also)));
        }
        if i.first_enqueued != i.enqueued {
            let all = span(now.since(i.first_enqueued));
            lines.push(t!("The customer is here for {all}; this queue's clock began later.", all));
        }
        if self.considered.is_empty() {
            lines.push(t!("Nobody you can see serves {queue}.", queue = queue_name(state, i.queue)));
        }
        lines
    }

    fn stands(&self, state: &State, i: &Interaction, now: At) -> String {
        let queue = queue_name(state, i.queue);
        match (self.place, i.phase) {
            (Some((place, all)), _) => {
                let points = match self.points {
                    0 => String::new(),
                    points => t!(", {points} points", points = format!("{points:+}")),
                };
                let score = span(self.score_ms.abs());
                let sign = if self.score_ms < 0 { "-" } else { "" };
                let waited = span(now.since(i.enqueued));
                t!(
                    "Place {place} of {all} in {queue}: waited {waited}{points}, weighs {sign}{score}.",
                    place,
                    all,
                    queue,
                    waited,
                    points,
                    sign,
                    score
                )
            }
            (None, Phase::Offered { to, until }) => {
                t!("On offer to {name} for {span} more.", name = name(state, to), span = span(until.since(now)))
            }
            (None, _) => match i.owner {
                Some(owner) => t!("{name} has it, from {queue}.", name = name(state, owner), queue),
                None => t!("In {queue}.", queue),
            },
        }
    }
}

/// When someone who waits to be called will be, if not now. Short, because lists cut lines.
fn call_words(state: &State, i: &Interaction, due: At, now: At) -> Vec<String> {
    let owed = i.place.owed.unwrap_or_default();
    let from = due.max(now);
    let mut lines = match calling::next_call(state, owed.zone, from) {
        None => vec![t!("Nobody may call: the hours of all calling zones never meet.").to_owned()],
        Some(at) if at > from => {
            let there = calling::their_time(state, owed.zone, from);
            let span = span(at.since(now));
            vec![if due > now {
                t!("Called in {span}: it will be {there} where they are.", span, there)
            } else {
                t!("Called in {span}: it is {there} where they are.", span, there)
            }]
        }
        Some(at) if at > now => vec![t!("Called in {span}, as they asked.", span = span(at.since(now)))],
        Some(_) => Vec::new(),
    };
    match owed.tries {
        0 => {}
        n => lines.push(tn!(n, "Called once before.", "Called {n} times before.")),
    }
    lines
}

impl Considered {
    /// What the router thinks of them, in a few words.
    pub fn verdict_words(&self, state: &State, i: &Interaction, now: At) -> String {
        match self.verdict {
            Ok((ring, skill, idle, _)) => {
                let best = state.queue(i.queue).is_some_and(|q| q.rules.pick == Pick::BestSkill);
                let skill = if best { t!(", skill {skill}", skill = skill.0) } else { String::new() };
                t!(
                    "could take it: ring {ring}{skill}, idle {span}",
                    ring = ring + 1,
                    skill,
                    span = span(now.since(idle))
                )
            }
            Err(why) => why.words(state, now),
        }
    }
}

impl WhyNot {
    /// Why not, in a few words.
    pub fn words(self, state: &State, now: At) -> String {
        match self {
            WhyNot::NotServing => t!("does not serve this queue").into(),
            WhyNot::Role => t!("it asks for someone more senior").into(),
            WhyNot::Skill { skill, has, needs } => {
                let key = state.skill(skill).map_or_else(|| t!("skill {skill}", skill), |s| s.name.clone());
                t!("{key} is {has}, {needs} is asked for", key, has, needs)
            }
            WhyNot::LaterRing { ring, at } => {
                t!("in ring {ring}, which opens in {span}", ring, span = span(at.since(now)))
            }
            WhyNot::Presence(Presence::Offline) => t!("offline").into(),
            WhyNot::Presence(Presence::Away) => t!("away").into(),
            WhyNot::Presence(Presence::NotResponding) => t!("not responding").into(),
            WhyNot::Presence(Presence::Break(id)) => {
                state.break_code(id).map_or_else(|| t!("on a break").into(), |b| b.label.to_lowercase())
            }
            WhyNot::Presence(Presence::Ready) => t!("ready").into(),
            WhyNot::NotLinked => t!("link lost").into(),
            WhyNot::Leaving => t!("goes on a break after the contact in hand").into(),
            WhyNot::HasOffer => t!("has another offer").into(),
            WhyNot::Full { used } => t!("hands full, {used} of 100 units", used),
            WhyNot::Passed { at } => t!("let it pass {span} ago", span = span(now.since(at))),
        }
    }
}

/// What happened to an interaction, from its events in order, one line each.
pub fn history<'a>(
    state: &State,
    id: InteractionId,
    events: impl IntoIterator<Item = (At, &'a Event)>,
) -> Vec<(At, String)> {
    events.into_iter().filter_map(|(at, event)| Some((at, told(state, id, event)?))).collect()
}

fn told(state: &State, id: InteractionId, event: &Event) -> Option<String> {
    let who = |agent: &AgentId| name(state, *agent);
    let about = |other: &InteractionId| *other == id;
    Some(match event {
        Event::InteractionOpened { interaction, .. } if about(&interaction.id) => {
            t!("came to {queue}", queue = queue_name(state, interaction.queue))
        }
        Event::OfferMade { interaction, to, .. } if about(interaction) => t!("offered to {who}", who = who(to)),
        Event::OfferAccepted { interaction, by, .. } if about(interaction) => t!("taken by {who}", who = who(by)),
        Event::Requeued { interaction, why, from, reason, queue, .. } if about(interaction) => {
            let from = from.as_ref().map_or_else(|| "someone".into(), who);
            match why {
                Requeue::Missed => t!("{from} did not answer", from),
                Requeue::Declined if reason.is_empty() => t!("{from} declined", from),
                Requeue::Declined => t!("{from} declined: {reason}", from, reason),
                Requeue::Transferred => t!("{from} handed it on to {queue}", from, queue = queue_name(state, *queue)),
                Requeue::Escalated => t!("{from} escalated it", from),
                Requeue::LinkLost => t!("the agent's link was lost for too long").into(),
                Requeue::SignedOut => t!("{from} was signed out while it was offered", from),
            }
        }
        Event::FlowedOut { interaction, from, to, how, .. } if about(interaction) => match how {
            Flow::Add => {
                t!(
                    "waited too long in {queue}; waits in {other} too",
                    queue = queue_name(state, *from),
                    other = queue_name(state, *to)
                )
            }
            Flow::Move => {
                t!(
                    "waited too long in {queue}; moved to {other}",
                    queue = queue_name(state, *from),
                    other = queue_name(state, *to)
                )
            }
            Flow::Answered => t!("went to {queue}, keeping its place", queue = queue_name(state, *to)),
        },
        Event::CallbackAsked { interaction, .. } if about(interaction) => {
            t!("to be called back, keeping its place").into()
        }
        Event::CallbackDialed { interaction, by, tries, .. } if about(interaction) => {
            t!("{who} called, try {tries}", who = who(by), tries)
        }
        Event::CallbackUnreached { interaction, again, .. } if about(interaction) => match again {
            Some(_) => t!("nobody answered; it is tried again").into(),
            None => t!("nobody answered; given up").into(),
        },
        Event::ConsultAsked { interaction, by, with, .. } if about(interaction) => {
            t!("{who} asked {whom}", who = who(by), whom = who(with))
        }
        Event::ConsultEnded { interaction, with, why, .. } if about(interaction) => match why {
            ConsultEnd::Missed => t!("{who} did not answer", who = who(with)),
            ConsultEnd::Declined => t!("{who} declined", who = who(with)),
            _ => t!("{who} left again", who = who(with)),
        },
        Event::HandedOver { interaction, from, to, .. } if about(interaction) => {
            t!("{who} handed it over to {whom}", who = who(from), whom = who(to))
        }
        Event::InteractionAbandoned { interaction, .. } if about(interaction) => t!("the customer gave up").into(),
        Event::WrappedUp { wrap_up } if about(&wrap_up.interaction) && !wrap_up.late => {
            t!("wrapped up by {who}", who = who(&wrap_up.agent))
        }
        _ => return None,
    })
}

fn name(state: &State, agent: AgentId) -> String {
    state.agent(agent).map_or_else(|| t!("agent {agent}", agent), |a| a.name.clone())
}

fn queue_name(state: &State, queue: QueueId) -> String {
    state.queue(queue).map_or_else(|| t!("queue {queue}", queue), |q| q.name.clone())
}

/// A span as people read it: `45 s`, `4 min 10 s`, `2 h 5 min`.
fn span(ms: i64) -> String {
    let s = (ms + 500) / 1_000;
    match s {
        0..60 => t!("{s} s", s),
        60..3_600 if s % 60 == 0 => t!("{min} min", min = s / 60),
        60..3_600 => t!("{min} min {s} s", min = s / 60, s = s % 60),
        _ => t!("{h} h {min} min", h = s / 3_600, min = s % 3_600 / 60),
    }
}
