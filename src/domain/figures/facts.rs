//! What happened, as the figures see it: contacts with their visits to queues and legs of agents, agents' days,
//! cases, ratings. Plain data; where it comes from is said in [`super::fold`] (the ledger) and [`super::rows`] (what
//! a desk holds), and nowhere else.
//!
//! One invariant: nothing here knows a window, so every figure of every window is made from the same facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AgentId, CaseId, CustomerId, InteractionId, OutcomeId, QueueId, ReasonId};
use crate::domain::people::Presence;
use crate::domain::tally::{Rating, Settled};
use crate::domain::time::At;
use crate::domain::work::{Channel, LegEnd, Status};

/// Everything the figures are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Contacts by interaction.
    pub contacts: BTreeMap<InteractionId, Contact>,
    /// What agents were, apart from their legs.
    pub agents: BTreeMap<AgentId, AgentLog>,
    /// Cases.
    pub cases: BTreeMap<CaseId, CaseFact>,
    /// What customers thought, in order of time.
    pub ratings: Vec<Rating>,
}

/// One interaction from its arrival to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Which.
    pub id: InteractionId,
    /// Its case.
    pub case: CaseId,
    /// Whose, when known.
    pub customer: Option<CustomerId>,
    /// How it came.
    pub channel: Channel,
    /// Its waits, one for each time it entered a queue.
    pub visits: Vec<Visit>,
    /// Agents' parts, in order.
    pub legs: Vec<Leg>,
    /// Who has it offered, and since when.
    pub ringing: Option<(AgentId, At)>,
    /// Which colleague is asked about it, since when, and whether they are there.
    pub asked: Option<(AgentId, At, bool)>,
    /// When it was over: wrapped up, or the customer gave up.
    pub ended: Option<At>,
}

/// One wait in one queue. A missed offer or a requeue into the same queue does not begin a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// Where.
    pub queue: QueueId,
    /// Since when.
    pub entered: At,
    /// When and how the wait ended; `None` still waits.
    pub settled: Option<(At, Settled)>,
    /// Service level threshold in force when the wait ended, ms.
    pub target_ms: i64,
}

impl Contact {
    /// What all its agents spent on it, ms.
    pub fn handle_ms(&self) -> i64 {
        self.legs.iter().map(Leg::handle_ms).sum()
    }

    /// When the last agent was done with it, if it is over and someone handled it.
    pub fn handled(&self) -> Option<At> {
        self.ended?;
        self.legs.last()?.ended
    }
}

impl Visit {
    /// How long the wait was, ms; until `now` while it goes on.
    pub fn wait(&self, now: At) -> i64 {
        self.settled.map_or(now, |(at, _)| at).since(self.entered)
    }
}

/// One agent's part of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Whose.
    pub agent: AgentId,
    /// The queue it was taken from.
    pub queue: QueueId,
    /// How the contact came.
    pub channel: Channel,
    /// When it began to ring at the agent, if it was offered.
    pub rung: Option<At>,
    /// When work began: the answer, or the first dialling of a call we make.
    pub began: At,
    /// Dialling and contacting, ms; callbacks only.
    pub dial_ms: i64,
    /// Talk, ms.
    pub talk_ms: i64,
    /// Hold, ms; consulting someone while the customer waits is hold.
    pub hold_ms: i64,
    /// After-contact work, ms.
    pub wrap_ms: i64,
    /// When the leg was over, its after-contact work included.
    pub ended: Option<At>,
    /// How it ended.
    pub end: Option<LegEnd>,
    /// Why the customer came, as this agent saw it.
    pub reason: Option<ReasonId>,
    /// How it ended, in the words of the wrap-up.
    pub outcome: Option<OutcomeId>,
}

impl Leg {
    /// A leg that has just begun.
    pub fn begun(agent: AgentId, queue: QueueId, channel: Channel, rung: Option<At>, began: At) -> Leg {
        Leg {
            agent,
            queue,
            channel,
            rung,
            began,
            dial_ms: 0,
            talk_ms: 0,
            hold_ms: 0,
            wrap_ms: 0,
            ended: None,
            end: None,
            reason: None,
            outcome: None,
        }
    }

    /// Dialling, talk, hold and after-contact work, ms. Ringing is not in it.
    pub fn handle_ms(&self) -> i64 {
        self.dial_ms + self.talk_ms + self.hold_ms + self.wrap_ms
    }
}

/// What an agent was, apart from their legs. Instants ascend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentLog {
    /// What they chose to be, each until the next.
    pub presence: Vec<(At, Presence)>,
    /// Whether a desk of theirs had a link, each until the next; linked before the first.
    pub linked: Vec<(At, bool)>,
    /// Offers that rang and were not answered.
    pub unanswered: Vec<(At, At)>,
    /// Colleagues helped, from being asked to the end.
    pub helped: Vec<(At, At)>,
}

/// One case as the figures see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFact {
    /// Whose queue it is in.
    pub queue: QueueId,
    /// Whose promise it is.
    pub assignee: Option<AgentId>,
    /// First seen.
    pub created: At,
    /// First public word of a person here: a reply, or a call answered. `None` until it happens.
    pub first_reply: Option<At>,
    /// Where it stood, each until the next.
    pub status: Vec<(At, Status)>,
    /// Whether it went on in another case, each until the next; not so before the first.
    pub merged: Vec<(At, bool)>,
    /// It came with an import: how it was served elsewhere is not ours to measure.
    pub imported: bool,
}

impl CaseFact {
    /// Where it stood at an instant; `None` before it was there and while it went on in another case.
    pub fn status_at(&self, at: At) -> Option<Status> {
        let merged = self.merged.iter().take_while(|(since, _)| *since <= at).last();
        if merged.is_some_and(|(_, merged)| *merged) {
            return None;
        }
        self.status.iter().take_while(|(since, _)| *since <= at).last().map(|(_, status)| *status)
    }

    /// The first time it was solved; reopening never rewrites it.
    pub fn first_solved(&self) -> Option<At> {
        self.status.iter().find(|(_, s)| is_solved(*s)).map(|(at, _)| *at)
    }

    /// The last time it was solved, if it still is.
    pub fn last_solved(&self) -> Option<At> {
        let open = self.status.iter().rposition(|(_, s)| !is_solved(*s)).map_or(0, |i| i + 1);
        self.status.get(open).map(|(at, _)| *at)
    }
}

/// Whether a status means the work is done.
pub fn is_solved(status: Status) -> bool {
    matches!(status, Status::Solved | Status::Closed)
}

/// A stretch of time, the end not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// From.
    pub from: At,
    /// To, exclusive.
    pub to: At,
}

impl Window {
    /// Shorthand.
    pub fn new(from: At, to: At) -> Window {
        Window { from, to }
    }

    /// Whether an instant is in it.
    pub fn holds(self, at: At) -> bool {
        self.from <= at && at < self.to
    }

    /// Its length, ms.
    pub fn ms(self) -> i64 {
        self.to.since(self.from)
    }

    /// What it has in common with `from..to`; empty when nothing.
    pub fn clip(self, from: At, to: At) -> Window {
        let from = from.max(self.from);
        Window { from, to: to.min(self.to).max(from) }
    }
}
