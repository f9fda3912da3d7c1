//! What is worked on: queues, interactions, cases, messages, wrap-ups, tasks, articles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::wall::Zone;
use super::checklist::Check;
use super::file::FileCard;
use super::hands::Hands;
use super::ids::{
    AgentId, CalendarId, CaseId, CustomerId, InteractionId, LabelId, MessageId, OutcomeId, QueueId, ReasonId, SkillId,
    TaskId, WrapUpId,
};
use super::mail::Recipients;
use super::people::Role;
use super::proof::Known;
use super::routing::QueueRules;
use super::sla::Sla;
use super::ties::Ties;
use super::time::At;
use super::wrap_up::{Findings, card::Card};

pub use super::article::{ArticleBody, ArticleHead};
pub use super::wrap_up::Need;

/// How a contact reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A call; the telephone system carries the sound.
    Voice,
    /// A live chat.
    Chat,
    /// An e-mail exchange.
    Email,
    /// A call we owe the customer.
    Callback,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 4] = [Channel::Voice, Channel::Chat, Channel::Email, Channel::Callback];

    /// The word used in files, on the wire of the intake and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Voice => "voice",
            Channel::Chat => "chat",
            Channel::Email => "email",
            Channel::Callback => "callback",
        }
    }

    /// Reads [`Channel::word`].
    pub fn from_word(word: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|c| c.word() == word)
    }

    /// Units of an agent's 100 that one contact takes (operations 2.2, RULE).
    pub fn units(self) -> u32 {
        match self {
            Channel::Voice | Channel::Callback => 100,
            Channel::Chat => 33,
            Channel::Email => 25,
        }
    }
}

/// Order of need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Can wait.
    Low,
    /// As it comes.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// Every priority, lowest first.
    pub const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

    /// The word used in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    /// Reads [`Priority::word`].
    pub fn from_word(word: &str) -> Option<Priority> {
        Priority::ALL.into_iter().find(|p| p.word() == word)
    }

    /// Priority points; one point weighs as much as one minute of waiting (operations 2.2).
    pub fn points(self) -> i64 {
        match self {
            Priority::Low => -5,
            Priority::Normal => 0,
            Priority::High => 5,
            Priority::Urgent => 15,
        }
    }
}

/// Where interactions wait for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Identity.
    pub id: QueueId,
    /// Short name used in files and on the command line.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// Channels it takes.
    pub channels: Vec<Channel>,
    /// Skills an agent needs, with the least level 1–5.
    pub skills: BTreeMap<SkillId, u8>,
    /// Seconds an offer stands; 0 is the house's time for the channel.
    pub offer_s: u32,
    /// Soft limit for wrap-up, seconds.
    pub wrap_up_s: u32,
    /// Service level target: this share, per cent …
    pub sl_pct: u8,
    /// … answered within this many seconds.
    pub sl_s: u32,
    /// When it is open; `None` is around the clock.
    pub calendar: Option<CalendarId>,
    /// What gateways tell customers outside the hours.
    pub closed_message: String,
    /// False once it is closed for good; history names it.
    pub active: bool,
    /// How it routes.
    pub rules: QueueRules,
}

/// A leaf of the reason tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Identity.
    pub id: ReasonId,
    /// Path used in files: `billing/roaming`.
    pub path: String,
    /// Name shown: `Billing › Roaming`.
    pub label: String,
    /// Queues that use it; empty is all.
    pub queues: Vec<QueueId>,
    /// False once retired.
    pub active: bool,
}

/// How a contact ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Identity.
    pub id: OutcomeId,
    /// Short name used in files.
    pub key: String,
    /// Name shown.
    pub label: String,
    /// Fields it demands.
    pub needs: Vec<Need>,
    /// Whether the case is solved by it.
    pub solves: bool,
    /// False once retired.
    pub active: bool,
}

/// Where an interaction stands (operations 2.3, the contact's machine).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Waits for an agent.
    Queued,
    /// Reserved for one agent until the instant given.
    Offered {
        /// For whom.
        to: AgentId,
        /// Until when, server time.
        until: At,
    },
    /// In conversation.
    Connected,
    /// The customer is on hold since then.
    OnHold {
        /// Since when.
        since: At,
    },
    /// The contact is over, its work is not.
    WrapUp {
        /// Since when.
        since: At,
        /// How often more time was given.
        more: u8,
        /// Its time box is over.
        over: bool,
    },
    /// The customer is on hold while the owner asks a colleague, who may take it over.
    Consult {
        /// Since when.
        since: At,
        /// Whom they ask.
        with: AgentId,
        /// Until when the colleague may answer; `None` once they did.
        until: Option<At>,
    },
    /// A call we owe: waits for an agent, from the instant given.
    Callback {
        /// Not offered before.
        due: At,
    },
    /// The agent who took a callback is calling the customer.
    Dialing {
        /// Since when.
        since: At,
    },
}

impl Phase {
    /// Whether it waits for an agent and nobody has it offered.
    pub fn waits(self) -> bool {
        matches!(self, Phase::Queued | Phase::Callback { .. })
    }

    /// Whether an agent has the customer: in conversation, on hold, while asking a colleague.
    pub fn is_live(self) -> bool {
        matches!(self, Phase::Connected | Phase::OnHold { .. } | Phase::Consult { .. })
    }
}

/// An agent a contact waits for before it goes to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferred {
    /// Who.
    pub agent: AgentId,
    /// Until when.
    pub until: At,
    /// Waits even while they are not there: a call they promised themselves.
    pub owned: bool,
}

/// A call we owe, while it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Owed {
    /// When it was asked for.
    pub asked: At,
    /// How often it was tried.
    pub tries: u8,
    /// The customer's zone, when it is known; calling hours are reckoned there.
    pub zone: Option<Zone>,
    /// The end of the time the customer asked for; later is late, but still owed.
    pub until: Option<At>,
}

/// What changes an interaction's place in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// A second queue it waits in, since it overflowed.
    pub also: Option<QueueId>,
    /// Whom it waits for first.
    pub preferred: Option<Preferred>,
    /// A call we owe.
    pub owed: Option<Owed>,
}

/// One call, chat, e-mail exchange or callback while it is open. It lives in its queue's scope and holds nothing
/// that the whole queue may not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interaction {
    /// Identity.
    pub id: InteractionId,
    /// The case it belongs to.
    pub case: CaseId,
    /// Who it is, when known.
    pub customer: Option<CustomerId>,
    /// First name and initial, for those who may not see the customer.
    pub name: String,
    /// How it came.
    pub channel: Channel,
    /// Where it waits.
    pub queue: QueueId,
    /// Where it stands.
    pub phase: Phase,
    /// Who has it.
    pub owner: Option<AgentId>,
    /// Counts changes of owner, not offers; every command on the interaction carries it (fencing).
    pub epoch: u32,
    /// Order of need.
    pub priority: Priority,
    /// Language the customer wants, BCP 47.
    pub language: String,
    /// One line.
    pub subject: String,
    /// What they chose on the way here.
    pub menu: Vec<String>,
    /// When it entered this queue.
    pub enqueued: At,
    /// When it entered the first one; a missed offer or a transfer never restarts it.
    pub first_enqueued: At,
    /// When the owner accepted.
    pub accepted: Option<At>,
    /// When it began to ring at whoever it was last offered to; `None` was never offered since it began to wait.
    pub rung: Option<At>,
    /// Whether its wait in this queue has ended.
    pub settled: bool,
    /// Service level threshold of the wait that the owner's answer ended, seconds; `None` when it had ended before.
    pub target_s: Option<u32>,
    /// Calling so far in this leg, before the customer answered, ms.
    pub dial_ms: i64,
    /// Hold so far in this leg, ms.
    pub hold_ms: i64,
    /// How often the customer was put on hold in this leg, asking a colleague included.
    pub holds: u16,
    /// When the customer last wrote, if they wait for an answer.
    pub waiting_since: Option<At>,
    /// The customer hung up or left.
    pub customer_gone: bool,
    /// Least role that may take it (escalations).
    pub min_role: Role,
    /// Who let it pass, and when; not offered to them again while others are there, else after 60 s.
    pub passed: Vec<(AgentId, At)>,
    /// What changes its place in line.
    pub place: Place,
    /// What whoever handed it on wants read first.
    pub card: Option<Card>,
    /// Who it may be, when what they gave names several.
    pub maybe: Vec<CustomerId>,
    /// How well we know who it is.
    pub known: Known,
}

impl Interaction {
    /// To whom it is offered, or who is asked about it, and until when they may answer.
    pub fn offered_to(&self) -> Option<(AgentId, At)> {
        match self.phase {
            Phase::Offered { to, until } => Some((to, until)),
            Phase::Consult { with, until: Some(until), .. } => Some((with, until)),
            _ => None,
        }
    }
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Someone here owes something.
    Open,
    /// The customer or a third party owes something.
    Pending,
    /// Answered; a word from the customer opens it again.
    Solved,
    /// Over.
    Closed,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 4] = [Status::Open, Status::Pending, Status::Solved, Status::Closed];

    /// The word used in files and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Pending => "pending",
            Status::Solved => "solved",
            Status::Closed => "closed",
        }
    }

    /// Reads [`Status::word`].
    pub fn from_word(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// The long-lived record of one problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Identity.
    pub id: CaseId,
    /// Reference from an import, or empty; unique when given.
    pub reference: String,
    /// Whose problem, when known.
    pub customer: Option<CustomerId>,
    /// Whose queue; decides who sees it.
    pub queue: QueueId,
    /// How it first came.
    pub channel: Channel,
    /// One line.
    pub subject: String,
    /// Where it stands.
    pub status: Status,
    /// Order of need.
    pub priority: Priority,
    /// Words to find it by, sorted, no doubles.
    pub tags: Vec<String>,
    /// Whose promise it is.
    pub assignee: Option<AgentId>,
    /// BCP 47.
    pub language: String,
    /// First seen.
    pub created: At,
    /// Last changed.
    pub updated: At,
    /// Sleeps until then.
    pub snoozed_until: Option<At>,
    /// Last reason given.
    pub reason: Option<ReasonId>,
    /// Last outcome given.
    pub outcome: Option<OutcomeId>,
    /// Newest message from the customer; the stale-reply guard compares it.
    pub last_inbound: Option<MessageId>,
    /// Why it was escalated, if it was.
    pub escalated: Option<String>,
    /// What was promised on it and how that stands.
    pub sla: Sla,
    /// What it has to do with other cases.
    pub ties: Ties,
    /// Where it stands in the house's own words; within its status.
    pub label: Option<LabelId>,
    /// What was ticked on its checklist, or typed into it.
    pub checks: Vec<Check>,
    /// Whose hands set what only one can: for those who come too late.
    pub hands: Hands,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// The customer.
    Customer,
    /// An agent.
    Agent(AgentId),
    /// The desk itself.
    System,
}

/// For whose eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The customer sees it.
    Message,
    /// Only the team sees it.
    Note,
}

/// One message or note on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Identity; ascending in time within a case.
    pub id: MessageId,
    /// Its case.
    pub case: CaseId,
    /// The case's queue, which decides who sees it.
    pub queue: QueueId,
    /// When.
    pub at: At,
    /// Who.
    pub author: Author,
    /// For whom.
    pub kind: Kind,
    /// How it travelled.
    pub channel: Channel,
    /// The words, as they came; made safe where they are shown.
    pub body: String,
    /// What was sent along.
    pub files: Vec<FileCard>,
    /// To whom it went by e-mail when that is not as before; masked.
    pub went: Option<Box<Recipients>>,
}

/// How an agent's part of a contact ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LegEnd {
    /// The contact was over and its work done.
    Finished,
    /// Handed on without a word with the next one.
    Blind,
    /// Handed on after talking to the next one.
    Consult,
    /// Handed to someone more senior.
    Escalated,
    /// Their link was lost for too long.
    LinkLost,
    /// The customer did not answer the call back.
    Unreached,
}

impl LegEnd {
    /// Whether it counts as a transfer (operations 1.2).
    pub fn is_transfer(self) -> bool {
        matches!(self, LegEnd::Blind | LegEnd::Consult)
    }
}

/// One completed wrap-up: one agent's leg of one interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    /// Identity.
    pub id: WrapUpId,
    /// Which interaction.
    pub interaction: InteractionId,
    /// Whose case.
    pub case: CaseId,
    /// The case's queue, which decides who sees it.
    pub queue: QueueId,
    /// Whose work.
    pub agent: AgentId,
    /// Which ownership.
    pub epoch: u32,
    /// How it came.
    pub channel: Channel,
    /// Why they came.
    pub reason: Option<ReasonId>,
    /// How it ended.
    pub outcome: Option<OutcomeId>,
    /// The note, if one was written.
    pub note: Option<MessageId>,
    /// When it was finished.
    pub at: At,
    /// Wait before the answer, ms.
    pub wait_ms: i64,
    /// Talk, ms.
    pub talk_ms: i64,
    /// Hold, ms.
    pub hold_ms: i64,
    /// How often the customer was put on hold.
    pub holds: u16,
    /// Wrap-up, ms.
    pub wrap_ms: i64,
    /// It came after the interaction had moved on; kept and counted once, never refused away.
    pub late: bool,
    /// Whose contact, when known.
    pub customer: Option<CustomerId>,
    /// The queue it was taken from; the case may have moved since.
    pub served: QueueId,
    /// When it began to ring at the agent, if it was offered.
    pub rung: Option<At>,
    /// Calling before the customer answered, ms.
    pub dial_ms: i64,
    /// Service level threshold of the wait this leg ended, seconds; `None` when that wait had ended before.
    pub target_s: Option<u32>,
    /// How the leg ended.
    pub end: LegEnd,
    /// What the agent found.
    pub findings: Findings,
    /// Its time was over before codes were given.
    pub incomplete: bool,
}

impl WrapUp {
    /// When the agent took it.
    pub fn taken(&self) -> At {
        self.at.plus(-(self.wrap_ms + self.hold_ms + self.talk_ms + self.dial_ms))
    }
}

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// Something to do.
    Task,
    /// A call we owe.
    Callback,
}

/// Something someone here promised to do by a time; lives in its owner's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Identity.
    pub id: TaskId,
    /// About which case.
    pub case: CaseId,
    /// For whom.
    pub customer: Option<CustomerId>,
    /// Whose promise.
    pub owner: AgentId,
    /// What kind.
    pub kind: TaskKind,
    /// What was promised.
    pub what: String,
    /// By when.
    pub due: At,
    /// When it was done.
    pub done: Option<At>,
}
