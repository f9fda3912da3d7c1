//! The wrap-up form: reason, outcome, note, follow-up. It shows what is missing first, and never loses a word.

mod acts;
mod meta;
mod view;
mod words;

pub(in crate::app) use meta::Meta;
pub(in crate::app) use view::zone as promise_zone;
pub use view::{face, form, habits, lacks, note};
pub(in crate::app) use words::{card_facts, card_text};

use crate::app::list::List;
use crate::app::text::Field;
use crate::domain::ids::{AgentId, CaseId, InteractionId, OutcomeId, QueueId, ReasonId};
use crate::domain::time::At;
use crate::domain::work::TaskKind;
use crate::domain::wrap_up::{Resolved, Verified};

/// Which part of the form has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Type-ahead over the reasons.
    Reason,
    /// Type-ahead over the outcomes.
    Outcome,
    /// Whether the problem is solved.
    Resolved,
    /// The number of the complaint.
    Complaint,
    /// The note.
    Note,
    /// How far the customer was verified.
    Verified,
    /// What is promised.
    What,
    /// By when.
    When,
    /// Whose promise.
    Owner,
    /// Everything is there: Enter finishes.
    Finish,
}

/// A follow-up being written.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowForm {
    /// Task or callback.
    pub kind: TaskKind,
    /// What is promised.
    pub what: Field,
    /// By when, as typed.
    pub when: Field,
    /// What the typed time means, or what would be understood.
    pub due: Result<At, String>,
    /// Whose promise; `None` is whoever wraps up.
    pub owner: Option<AgentId>,
}

/// One form. The note is the case's wrap-up draft: see `Model::drafts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Which contact.
    pub interaction: InteractionId,
    /// Its epoch when the form was opened.
    pub epoch: u32,
    /// Its case.
    pub case: CaseId,
    /// Its queue.
    pub queue: QueueId,
    /// Chosen so far.
    pub reason: Option<ReasonId>,
    /// Chosen so far.
    pub outcome: Option<OutcomeId>,
    /// Whether the problem is solved, if it was said.
    pub resolved: Option<Resolved>,
    /// How far the customer was verified, if it was said.
    pub verified: Option<Verified>,
    /// The number of the complaint.
    pub complaint: Field,
    /// Parts shown beside the usual ones: needed, filled in, or with the keys.
    pub more: Vec<Part>,
    /// Written so far.
    pub follow: Option<FollowForm>,
    /// Which part has the keys.
    pub part: Part,
    /// What is typed ahead in reason or outcome.
    pub filter: Field,
    /// The selection among [`Form::choices`].
    pub list: List,
    /// The choices of the part that has the keys, likely ones first.
    pub choices: Vec<Choice>,
    /// What is missing, after a try to finish.
    pub problem: String,
}

/// A reason or outcome to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The digit that chooses it, 1 to 9; 0 has none.
    pub digit: u8,
    /// What it is.
    pub code: Code,
    /// Its words.
    pub label: String,
    /// Character positions that matched.
    pub matched: Vec<usize>,
}

/// What a choice stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Why they came.
    Reason(ReasonId),
    /// How it ended.
    Outcome(OutcomeId),
    /// Both at once, as this agent often ends contacts here.
    Both(ReasonId, OutcomeId),
    /// Whether the problem is solved.
    Resolved(Resolved),
    /// How far the customer was verified.
    Verified(Verified),
    /// Whose promise.
    Owner(AgentId),
}

/// The form as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// `0:31 of 1:00`; empty while the conversation still runs.
    pub clock: String,
    /// Spent and allowed, ms, for a bar; none without a limit, and none where a reader listens.
    pub box_ms: Option<(i64, i64)>,
    /// Over the queue's limit.
    pub over: bool,
    /// Chosen reason.
    pub reason: Option<String>,
    /// Chosen outcome.
    pub outcome: Option<String>,
    /// What the outcome needs: note, follow-up.
    pub needs_note: bool,
    /// As above.
    pub needs_follow_up: bool,
    /// Whether the problem is solved.
    pub resolved: Option<&'static str>,
    /// How far the customer was verified.
    pub verified: Option<&'static str>,
    /// Whose promise.
    pub owner: Option<String>,
    /// What the typed time means, by the customer's clock and ours, or what would be understood.
    pub due: Result<String, String>,
    /// Nobody is called at that hour.
    pub odd_hour: bool,
    /// Its time box is over.
    pub incomplete: bool,
    /// What is still missing, in words; empty when Enter finishes.
    pub missing: Vec<&'static str>,
}
