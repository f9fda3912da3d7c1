//! Open interactions in files: what an export says of one, and what an import makes of it.
//!
//! A file says what there is to do. What waits, waits again, with the time it came; what is in someone's hands waits
//! for whoever takes it next, since no conversation outlives a move (the case says who had it); a contact that only
//! lacks its wrap-up goes back to the one who owes it. So an export of what came in is the export it came from.

use serde::{Deserialize, Serialize};

use super::record::{Instant, Speaker};
use super::resolve::{Names, Step};
use crate::domain::calendar::wall::Zone;
use crate::domain::command::Command;
use crate::domain::ids::{AgentId, InteractionId, MessageId, QueueId};
use crate::domain::people::Role;
use crate::domain::proof::{Clue, Known, Proof};
use crate::domain::row::Entity;
use crate::domain::work::{Channel, Interaction as Row, Message, Owed, Phase as RowPhase, Place, Preferred, Priority};
use crate::domain::wrap_up::card::Card as RowCard;

/// An open interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// Its case, by reference.
    pub case: String,
    /// First name and initial.
    #[serde(default)]
    pub name: String,
    /// How it came.
    pub channel: Channel,
    /// Where it is, by key.
    pub queue: String,
    /// What there is to do.
    pub phase: Phase,
    /// Callback: not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Instant>,
    /// Callback: when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Instant>,
    /// Callback: how often it was tried.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u8,
    /// Callback: the end of the time the customer asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// Callback: where the customer is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Whom it waits for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// Wrap-up: who owes it, by login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Wrap-up: when they accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Instant>,
    /// Wrap-up: when the conversation ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// Wrap-up: calling before the customer answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dial_ms: i64,
    /// Wrap-up: hold in the conversation.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hold_ms: i64,
    /// Wrap-up: how often the customer was put on hold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub holds: u16,
    /// Wrap-up: how often more time was given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u8,
    /// Wrap-up: its time is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
    /// What whoever handed it on wants read first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// When it entered its first queue.
    pub came: Instant,
    /// When it entered this one.
    pub enqueued: Instant,
    /// When the customer last wrote, if they wait for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Instant>,
    /// The customer has left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub customer_gone: bool,
    /// Order of need.
    #[serde(default)]
    pub priority: Priority,
    /// BCP 47.
    #[serde(default)]
    pub language: String,
    /// One line.
    pub subject: String,
    /// What they chose on the way.
    #[serde(default)]
    pub menu: Vec<String>,
    /// Least role that may take it.
    #[serde(default = "anyone", skip_serializing_if = "is_anyone")]
    pub min_role: Role,
    /// What stands behind who they are said to be.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub proof: Proof,
    /// What they were found by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clue: Option<Clue>,
    /// Who said that it is they, by login, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<(String, Instant)>,
}

/// A hand-off card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Who left it, by login.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Its words: which of the case's messages, counted from 0.
    pub note: u32,
    /// Who read it, by login, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<(String, Instant)>,
}

/// One interaction of `waiting.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// How.
    pub channel: Channel,
    /// Where to, by key.
    pub queue: String,
    /// Who, by reference.
    #[serde(default)]
    pub customer: Option<String>,
    /// BCP 47.
    #[serde(default)]
    pub language: String,
    /// Order of need.
    #[serde(default)]
    pub priority: Priority,
    /// What they chose on the way.
    #[serde(default)]
    pub menu: Vec<String>,
    /// One line.
    pub subject: String,
    /// How long they wait already, seconds.
    #[serde(default)]
    pub waited_s: i64,
    /// Their words so far.
    #[serde(default)]
    pub messages: Vec<Said>,
}

/// Something said by someone who waits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Who.
    pub from: Speaker,
    /// The words.
    pub body: String,
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Someone must take it.
    Waiting,
    /// Someone must call.
    Callback,
    /// Its wrap-up must be finished.
    WrapUp,
}

/// Whom an interaction waits for first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Who, by login.
    pub agent: String,
    /// Until when.
    pub until: Instant,
    /// Also while they are not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owned: bool,
}

impl Interaction {
    /// What it is called in a report.
    pub fn title(&self) -> String {
        format!("interaction of case {} that came {}", self.case, self.came.0.to_rfc3339())
    }
}

fn is_zero<N: Default + PartialEq>(n: &N) -> bool {
    *n == N::default()
}

fn anyone() -> Role {
    Role::Trainee
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_anyone(role: &Role) -> bool {
    *role == anyone()
}

/// An open interaction as a file says it; `messages` are its case's, in order.
pub fn written(
    i: Row,
    case: String,
    queue: String,
    messages: &[Message],
    login: impl Fn(AgentId) -> String,
) -> Interaction {
    let card = i.card.and_then(|c| {
        let note = messages.iter().position(|m| m.id == c.note)? as u32;
        let read = c.read.map(|(agent, at)| (login(agent), Instant(at)));
        Some(Card { by: login(c.by), at: Instant(c.at), note, read })
    });
    let (more, time_over) = match i.phase {
        RowPhase::WrapUp { more, over, .. } => (more, over),
        _ => (0, false),
    };
    let owed = i.place.owed;
    let phase = match (i.phase, &owed) {
        (RowPhase::WrapUp { .. }, _) => Phase::WrapUp,
        (RowPhase::Callback { .. }, _) | (_, Some(_)) => Phase::Callback,
        _ => Phase::Waiting,
    };
    let over = phase == Phase::WrapUp;
    Interaction {
        case,
        name: i.name,
        channel: i.channel,
        queue,
        phase,
        due: match (i.phase, &owed) {
            (RowPhase::Callback { due }, _) => Some(Instant(due)),
            (_, Some(owed)) if !over => Some(Instant(owed.asked)),
            _ => None,
        },
        asked: owed.as_ref().map(|o| Instant(o.asked)),
        tries: owed.map_or(0, |o| o.tries),
        until: owed.and_then(|o| o.until).map(Instant),
        zone: owed.and_then(|o| o.zone),
        wish: i.place.preferred.map(|p| Wish { agent: login(p.agent), until: Instant(p.until), owned: p.owned }),
        agent: i.owner.filter(|_| over).map(&login),
        accepted: i.accepted.filter(|_| over).map(Instant),
        since: match i.phase {
            RowPhase::WrapUp { since, .. } => Some(Instant(since)),
            _ => None,
        },
        dial_ms: if over { i.dial_ms } else { 0 },
        hold_ms: if over { i.hold_ms } else { 0 },
        holds: if over { i.holds } else { 0 },
        more,
        over: time_over,
        card,
        came: Instant(i.first_enqueued),
        enqueued: Instant(i.enqueued),
        waiting_since: i.waiting_since.map(Instant),
        customer_gone: i.customer_gone,
        priority: i.priority,
        language: i.language,
        subject: i.subject,
        menu: i.menu,
        min_role: i.min_role,
        proof: i.known.proof,
        clue: i.known.clue,
        told: i.known.told.map(|(agent, at)| (login(agent), Instant(at))),
    }
}

/// What a line asks for, given what was learned.
pub fn resolve(names: &Names, r: &Interaction) -> Result<Step, String> {
    let case = names.case(&r.case).ok_or_else(|| format!("there is no case {}", r.case))?;
    if names.is_open(case.id, r.came.0) {
        return Ok(Step::Same);
    }
    let agent = |login: &String| names.need(Entity::Agent, login).map(AgentId);
    let (phase, owner) = match (r.phase, r.since, &r.agent, r.due) {
        (Phase::WrapUp, Some(since), Some(login), _) => {
            (RowPhase::WrapUp { since: since.0, more: r.more, over: r.over }, Some(agent(login)?))
        }
        (Phase::WrapUp, ..) => return Err("a wrap-up needs agent and since".into()),
        (Phase::Callback, _, _, Some(due)) => (RowPhase::Callback { due: due.0 }, None),
        (Phase::Callback, ..) => return Err("a callback needs due".into()),
        (Phase::Waiting, ..) => (RowPhase::Queued, None),
    };
    let wish = |w: &Wish| Ok::<_, String>(Preferred { agent: agent(&w.agent)?, until: w.until.0, owned: w.owned });
    let card = |c: &Card| -> Result<RowCard, String> {
        let read = c.read.as_ref().map(|(login, at)| Ok::<_, String>((agent(login)?, at.0))).transpose()?;
        // Which message that is, only the ledger knows.
        Ok(RowCard { by: agent(&c.by)?, at: c.at.0, note: MessageId(u64::from(c.note)), read })
    };
    let told = r.told.as_ref().map(|(login, at)| Ok::<_, String>((agent(login)?, at.0)));
    let place = Place {
        also: None,
        preferred: r.wish.as_ref().map(wish).transpose()?,
        owed: r.asked.map(|asked| Owed { asked: asked.0, tries: r.tries, zone: r.zone, until: r.until.map(|at| at.0) }),
    };
    let interaction = Row {
        id: InteractionId(0),
        case: case.id,
        customer: case.customer,
        name: r.name.clone(),
        channel: r.channel,
        queue: QueueId(names.need(Entity::Queue, &r.queue)?),
        phase,
        owner,
        epoch: 1,
        priority: r.priority,
        language: r.language.clone(),
        subject: r.subject.clone(),
        menu: r.menu.clone(),
        enqueued: r.enqueued.0,
        first_enqueued: r.came.0,
        accepted: r.accepted.map(|at| at.0),
        rung: None,
        settled: r.phase == Phase::WrapUp,
        target_s: None,
        dial_ms: r.dial_ms,
        hold_ms: r.hold_ms,
        holds: r.holds,
        waiting_since: r.waiting_since.map(|at| at.0),
        customer_gone: r.customer_gone,
        min_role: r.min_role,
        passed: Vec::new(),
        place,
        card: r.card.as_ref().map(card).transpose()?,
        maybe: Vec::new(),
        known: Known { proof: r.proof, clue: r.clue, told: told.transpose()? },
    };
    Ok(Step::Do(Box::new(Command::ImportInteraction(Box::new(interaction)))))
}
