//! One figure of one window: its value, the two halves it is made of, and the contacts or cases behind it.

use super::define::{Definition, FigureId};
use super::facts::{Facts, Leg, Visit, Window};
use super::part::Part;
use super::ratio::Value;
use super::{backlog, handling, opinion, repeat, time_use, waiting};
use crate::domain::ids::{AgentId, CaseId, InteractionId, QueueId};
use crate::domain::tally::FigureRules;
use crate::domain::time::At;
use crate::domain::work::Channel;

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Which stretch of time.
    pub window: Window,
    /// Until when the facts reach; a window may end later.
    pub now: At,
    /// Only these queues; empty is all.
    pub queues: &'a [QueueId],
    /// Only this agent.
    pub agent: Option<AgentId>,
    /// Only these channels; empty is all.
    pub channels: &'a [Channel],
    /// How long a queue was open between two instants, ms.
    pub open_ms: &'a dyn Fn(QueueId, At, At) -> i64,
    /// What the house set about its figures.
    pub rules: FigureRules,
}

impl std::fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ask { window, now, queues, agent, channels, .. } = self;
        f.debug_struct("Ask")
            .field("window", window)
            .field("now", now)
            .field("queues", queues)
            .field("agent", agent)
            .field("channels", channels)
            .finish_non_exhaustive()
    }
}

impl Ask<'_> {
    /// The part of the window that has been.
    pub(super) fn past(&self) -> Window {
        self.window.clip(self.window.from, self.now)
    }

    pub(super) fn queue(&self, queue: QueueId) -> bool {
        self.queues.is_empty() || self.queues.contains(&queue)
    }

    pub(super) fn channel(&self, channel: Channel) -> bool {
        self.channels.is_empty() || self.channels.contains(&channel)
    }

    pub(super) fn agent(&self, agent: AgentId) -> bool {
        self.agent.is_none_or(|wanted| wanted == agent)
    }

    pub(super) fn leg(&self, leg: &Leg) -> bool {
        self.agent(leg.agent) && self.queue(leg.queue) && self.channel(leg.channel)
    }

    /// Whether a wait is one of the window: it was not over when the window began, and had begun when it ended.
    pub(super) fn visit(&self, visit: &Visit) -> bool {
        self.queue(visit.queue)
            && visit.entered < self.window.to
            && visit.settled.is_none_or(|(at, _)| at >= self.window.from)
    }
}

/// One contact or case behind a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Its case.
    pub case: CaseId,
    /// Which contact; `None` is the case as a whole.
    pub interaction: Option<InteractionId>,
    /// Whose, where someone answers for it.
    pub agent: Option<AgentId>,
    /// When it counted.
    pub at: At,
    /// What it adds above the line, in [`Definition::each`].
    pub amount: i64,
}

/// A figure of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Which.
    pub id: FigureId,
    /// Its value.
    pub value: Value,
    /// Of when.
    pub window: Window,
    /// The contacts or cases behind it: all that are below the line, in order of time.
    pub rows: Vec<Behind>,
}

impl Figure {
    /// How it is defined.
    pub fn definition(&self) -> &'static Definition {
        self.id.definition()
    }

    /// The value as people read it.
    pub fn show(&self) -> String {
        self.definition().unit.show(self.value)
    }
}

/// Computes a figure of all facts. Many lines are cheaper with [`super::parts`].
pub fn figure(id: FigureId, facts: &Facts, ask: &Ask) -> Figure {
    let mut part = Part::whole(facts);
    if id == FigureId::Fcr {
        part.judged = repeat::judge(repeat::Rule::DEFAULT, facts, ask.rules);
    }
    of_part(id, &part, ask)
}

/// Computes a figure of the part its line was given by [`super::parts`].
pub fn of_part(id: FigureId, part: &Part, ask: &Ask) -> Figure {
    use FigureId as F;
    let (value, mut rows) = match id {
        F::Offered
        | F::Answered
        | F::Abandoned
        | F::FlowedOut
        | F::CalledBack
        | F::Waiting
        | F::ServiceLevel
        | F::ServiceLevel1
        | F::ServiceLevel2
        | F::ServiceLevel3
        | F::ServiceLevel4
        | F::ServiceLevel5
        | F::ServiceLevel6
        | F::ServiceLevel7
        | F::ServiceLevel8
        | F::Asa
        | F::WaitMedian
        | F::WaitP90
        | F::WaitAll
        | F::AbandonTime
        | F::AbandonRate
        | F::AbandonRateLong
        | F::AbandonRateHandled => waiting::figure(id, part, ask),
        F::Handled
        | F::Aht
        | F::AhtContact
        | F::Talk
        | F::Hold
        | F::HoldHeld
        | F::Acw
        | F::Workload
        | F::TransferRate
        | F::Concurrency
        | F::ChatBusy => handling::figure(id, part, ask),
        F::Occupancy | F::OccupancyRingIdle | F::OccupancyNoRing | F::Utilisation => time_use::figure(id, part, ask),
        F::Fcr => repeat::figure(part, ask),
        F::Csat | F::CsatMean | F::CsatResponse | F::Nps | F::Ces | F::CesMean => opinion::figure(id, part, ask),
        F::Backlog
        | F::BacklogPending
        | F::BacklogMedian
        | F::BacklogP90
        | F::BacklogOldest
        | F::BacklogMedianHours
        | F::BacklogP90Hours
        | F::BacklogOldestHours
        | F::FirstResponse
        | F::FirstResponseHours
        | F::ResolutionFirst
        | F::ResolutionFirstHours
        | F::ResolutionFull
        | F::ResolutionFullHours => backlog::figure(id, part, ask),
    };
    rows.sort_by_key(|b| (b.at, b.interaction, b.case, b.agent, b.amount));
    Figure { id, value, window: ask.window, rows }
}
