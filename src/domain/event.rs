//! What happened. Past tense; the ledger keeps these for ever and every row can be made again from them.
//!
//! People's words are lifted out by [`Event::words_mut`] before an event is stored and kept apart, so that
//! erasing them leaves the figures true.

mod words;

use serde::{Deserialize, Serialize};

use super::calendar::wall::Zone;
use super::checklist::Check;
use super::ids::{AgentId, CaseId, CustomerId, InteractionId, LabelId, MessageId, PolicyId, QueueId, StockId};
use super::kin::MergedCustomer;
use super::mail::Recipients;
use super::people::{Presence, Role};
use super::routing::Flow;
use super::row::{Row, RowKey};
use super::sla::Cause;
use super::sla::clock::{Clock, Turn};
use super::tally::Rating;
use super::ties::{Link, Merged, Ties};
use super::time::At;
use super::work::{Case, Channel, Interaction, Message, Phase, Preferred, Priority, Status, Task, WrapUp};
use super::wrap_up::card::Card;

/// Why an interaction went back to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requeue {
    /// The offer ran out.
    Missed,
    /// The agent let it pass.
    Declined,
    /// Handed on.
    Transferred,
    /// Handed to someone more senior.
    Escalated,
    /// The agent's link was lost for too long.
    LinkLost,
    /// The agent was signed out while it was offered.
    SignedOut,
}

/// How asking a colleague ended without a handover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsultEnd {
    /// The colleague did not answer.
    Missed,
    /// The colleague declined.
    Declined,
    /// The colleague left after a word.
    Left,
    /// The owner took the customer back.
    TakenBack,
    /// The colleague's link was lost, or someone signed them out.
    SignedOut,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A row of configuration, a customer or an article is now so.
    RowSet {
        /// The row, whole.
        row: Box<Row>,
    },
    /// A past case came in with an import.
    CaseImported {
        /// The case.
        case: Box<Case>,
        /// Its messages.
        messages: Vec<Message>,
        /// Its wrap-ups.
        wrap_ups: Vec<WrapUp>,
        /// Promises made on it.
        tasks: Vec<Task>,
    },
    /// A customer came; the case may be a new one.
    InteractionOpened {
        /// The interaction.
        interaction: Box<Interaction>,
        /// Its case as it now stands.
        case: Box<Case>,
    },
    /// Words were added to a case.
    MessageAdded {
        /// The message or note.
        message: Box<Message>,
        /// To whom, when it is an answer by e-mail.
        to: Option<Box<Recipients>>,
    },
    /// An interaction was reserved for an agent.
    OfferMade {
        /// Which.
        interaction: InteractionId,
        /// For whom.
        to: AgentId,
        /// Until when.
        until: At,
        /// When.
        at: At,
    },
    /// It was taken.
    OfferAccepted {
        /// Which.
        interaction: InteractionId,
        /// By whom.
        by: AgentId,
        /// When.
        at: At,
    },
    /// It went back to wait.
    Requeued {
        /// Which.
        interaction: InteractionId,
        /// Why.
        why: Requeue,
        /// Who had it or was offered it.
        from: Option<AgentId>,
        /// A word of theirs.
        reason: String,
        /// The queue it waits in now.
        queue: QueueId,
        /// Least role that may take it now.
        min_role: Role,
        /// When.
        at: At,
    },
    /// The conversation changed its phase: hold, resume, wrap-up.
    PhaseChanged {
        /// Which.
        interaction: InteractionId,
        /// To what.
        to: Phase,
        /// When.
        at: At,
    },
    /// The customer hung up or left.
    CustomerLeft {
        /// Which.
        interaction: InteractionId,
        /// When.
        at: At,
    },
    /// The customer gave up before an answer; the interaction is over.
    InteractionAbandoned {
        /// Which.
        interaction: InteractionId,
        /// When.
        at: At,
    },
    /// A wrap-up was finished; the interaction is over unless the wrap-up came late.
    WrappedUp {
        /// The record.
        wrap_up: Box<WrapUp>,
    },
    /// One agent's part is over while the interaction goes on elsewhere: transfer, escalation, lost link.
    LegEnded {
        /// The record, without codes.
        wrap_up: Box<WrapUp>,
    },
    /// The case moved to another queue, and all its rows with it.
    CaseMoved {
        /// Which.
        case: CaseId,
        /// Where to.
        queue: QueueId,
        /// When.
        at: At,
    },
    /// A case's status changed.
    StatusChanged {
        /// Which.
        case: CaseId,
        /// To what.
        to: Status,
        /// Who set it; `None` is the desk itself.
        by: Option<AgentId>,
        /// When.
        at: At,
    },
    /// A case was put to sleep or woken.
    Snoozed {
        /// Which.
        case: CaseId,
        /// Until when; `None` is awake.
        until: Option<At>,
        /// When.
        at: At,
    },
    /// Tags changed.
    TagsChanged {
        /// On which case.
        case: CaseId,
        /// All of them now, sorted.
        tags: Vec<String>,
        /// When.
        at: At,
    },
    /// The order of need changed, on the case and its open interactions.
    PriorityChanged {
        /// On which case.
        case: CaseId,
        /// To what.
        priority: Priority,
        /// When.
        at: At,
    },
    /// A case was given to someone or to nobody.
    Assigned {
        /// Which.
        case: CaseId,
        /// To whom.
        agent: Option<AgentId>,
        /// Who said so; `None` is the desk itself.
        by: Option<AgentId>,
        /// When.
        at: At,
    },
    /// A case was escalated.
    Escalated {
        /// Which.
        case: CaseId,
        /// Why.
        reason: String,
        /// When.
        at: At,
    },
    /// Something was promised.
    TaskAdded {
        /// What.
        task: Box<Task>,
    },
    /// A promise was kept.
    TaskDone {
        /// Which.
        task: super::ids::TaskId,
        /// When.
        at: At,
    },
    /// An agent's presence changed.
    PresenceChanged {
        /// Whose.
        agent: AgentId,
        /// To what.
        to: Presence,
        /// When.
        at: At,
    },
    /// An agent armed what they will be after the contact in hand.
    PresenceArmed {
        /// Whose.
        agent: AgentId,
        /// What; `None` disarms.
        next: Option<Presence>,
    },
    /// An agent became free to take a contact.
    BecameIdle {
        /// Who.
        agent: AgentId,
        /// When.
        at: At,
    },
    /// All of an agent's desks lost the link, or one has it again.
    LinkChanged {
        /// Whose.
        agent: AgentId,
        /// Since when it is lost; `None` is linked.
        lost: Option<At>,
        /// When.
        at: At,
    },
    /// A customer answered a survey about a contact.
    Rated {
        /// What they answered.
        rating: Rating,
    },
    /// Another policy holds for a case.
    PolicyApplied {
        /// Which case.
        case: CaseId,
        /// Which policy; `None` is none.
        policy: Option<PolicyId>,
        /// Why.
        cause: Cause,
        /// When.
        at: At,
    },
    /// A clock of a case began, rests, runs again, is at risk, is late, or ended.
    ClockTurned {
        /// Which case.
        case: CaseId,
        /// What it did.
        turn: Turn,
        /// Why.
        cause: Cause,
        /// The clock as it stands now.
        clock: Box<Clock>,
        /// When.
        at: At,
    },
    /// A configuration row was taken out of use.
    Retired {
        /// Which.
        key: RowKey,
    },
    /// It waited too long, and waits in a second queue, or in another one, or was taken by someone of the second.
    FlowedOut {
        /// Which.
        interaction: InteractionId,
        /// The queue it was in.
        from: QueueId,
        /// The queue it is in now, or also.
        to: QueueId,
        /// How.
        how: Flow,
        /// When.
        at: At,
    },
    /// Someone who waited is called back instead; the place in line stays.
    CallbackAsked {
        /// Which.
        interaction: InteractionId,
        /// How it had come.
        was: Channel,
        /// The agent who arranged it, if not the customer.
        by: Option<AgentId>,
        /// The agent who promised to call.
        own: Option<Preferred>,
        /// Not before.
        due: At,
        /// The end of the time the customer asked for.
        until: Option<At>,
        /// The customer's zone, when it is known.
        zone: Option<Zone>,
        /// When it was asked.
        at: At,
    },
    /// The agent with a callback calls.
    CallbackDialed {
        /// Which.
        interaction: InteractionId,
        /// Who.
        by: AgentId,
        /// Which try this is, from 1.
        tries: u8,
        /// When.
        at: At,
    },
    /// Nobody answered a callback: it is tried again, or it is over.
    CallbackUnreached {
        /// Which.
        interaction: InteractionId,
        /// Who called.
        by: AgentId,
        /// Which try this was, from 1.
        tries: u8,
        /// When it is tried again; `None` is never.
        again: Option<At>,
        /// When.
        at: At,
    },
    /// A colleague was asked while the customer holds.
    ConsultAsked {
        /// About which.
        interaction: InteractionId,
        /// Who asks.
        by: AgentId,
        /// Whom.
        with: AgentId,
        /// Until when they may answer.
        until: At,
        /// When.
        at: At,
    },
    /// The colleague is there.
    ConsultJoined {
        /// About which.
        interaction: InteractionId,
        /// The colleague.
        with: AgentId,
        /// When.
        at: At,
    },
    /// Asking is over and the owner keeps the contact.
    ConsultEnded {
        /// About which.
        interaction: InteractionId,
        /// The colleague.
        with: AgentId,
        /// How it ended.
        why: ConsultEnd,
        /// A word of the colleague's.
        reason: String,
        /// When.
        at: At,
    },
    /// The colleague has the contact now.
    HandedOver {
        /// Which.
        interaction: InteractionId,
        /// Who had it.
        from: AgentId,
        /// Who has it.
        to: AgentId,
        /// When.
        at: At,
    },
    /// Someone else set or armed an agent's presence; the change itself is the event before this one.
    PresenceForced {
        /// Whose.
        agent: AgentId,
        /// The lead; `None` is the desk itself.
        by: Option<AgentId>,
        /// To what.
        to: Presence,
        /// Why.
        reason: String,
        /// When.
        at: At,
    },
    /// The lead was told of an agent whom the desk set Away and who did not come back.
    LeadTold {
        /// Which agent.
        agent: AgentId,
        /// When.
        at: At,
    },
    /// An agent took another minute for a wrap-up.
    MoreTimeTaken {
        /// Which.
        interaction: InteractionId,
        /// Who.
        by: AgentId,
        /// How often by now.
        times: u8,
        /// Why.
        reason: String,
        /// When.
        at: At,
    },
    /// A wrap-up's time box is over and its codes are not there.
    WrapUpExpired {
        /// Which.
        interaction: InteractionId,
        /// Whose.
        agent: AgentId,
        /// When.
        at: At,
    },
    /// Whoever hands a contact on left a card for the next one.
    CardLeft {
        /// On which.
        interaction: InteractionId,
        /// The card; its words are a note on the case.
        card: Card,
    },
    /// The next one has read the card.
    CardRead {
        /// On which.
        interaction: InteractionId,
        /// Who.
        by: AgentId,
        /// When.
        at: At,
    },
    /// A case became part of another.
    CasesMerged {
        /// Which.
        case: CaseId,
        /// Into which, by whom, why, and what takes it back.
        merged: Box<Merged>,
    },
    /// A merged case is a case of its own again.
    CaseUnmerged {
        /// Which.
        case: CaseId,
        /// The one it was part of.
        from: CaseId,
        /// Contacts that come back, if they are still open there.
        contacts: Vec<InteractionId>,
        /// When.
        at: At,
    },
    /// Messages of a case became a case of their own.
    CaseSplit {
        /// Out of which.
        from: CaseId,
        /// The new case.
        case: Box<Case>,
        /// What moved.
        messages: Vec<MessageId>,
        /// Newest customer message that stays.
        last_inbound: Option<MessageId>,
        /// When.
        at: At,
    },
    /// What a case has to do with others changed.
    LinksChanged {
        /// Which.
        case: CaseId,
        /// All of it now, sorted.
        links: Vec<Link>,
        /// When.
        at: At,
    },
    /// A case got a label within its status, or lost it.
    CaseLabelled {
        /// Which.
        case: CaseId,
        /// The label.
        label: Option<LabelId>,
        /// Who said so; `None` is the desk itself.
        by: Option<AgentId>,
        /// When.
        at: At,
    },
    /// A case's checklist changed.
    ChecksChanged {
        /// Which.
        case: CaseId,
        /// All that is stored of it now.
        checks: Vec<Check>,
        /// When.
        at: At,
    },
    /// Messages that were split off are back; their case is gone.
    SplitUndone {
        /// The case they are in again.
        into: CaseId,
        /// The one that is gone.
        case: CaseId,
        /// What moved.
        messages: Vec<MessageId>,
        /// Newest customer message there now.
        last_inbound: Option<MessageId>,
        /// When.
        at: At,
    },
    /// What an imported case has to do with others came in.
    TiesImported {
        /// Which.
        case: CaseId,
        /// All of it.
        ties: Box<Ties>,
        /// When.
        at: At,
    },
    /// Someone said who the customer of a case is.
    CustomerIdentified {
        /// On which case, with its open contacts.
        case: CaseId,
        /// Who; `None` is nobody known.
        customer: Option<CustomerId>,
        /// First name and initial, for those who may not see the customer.
        name: String,
        /// Who said so.
        by: AgentId,
        /// When.
        at: At,
    },
    /// An agent used snippets or macros.
    StockUsed {
        /// Who.
        agent: AgentId,
        /// Which.
        used: Vec<StockId>,
        /// When.
        at: At,
    },
    /// A customer said what it is about after they came.
    Triaged {
        /// Which.
        interaction: InteractionId,
        /// What they chose on the way.
        menu: Vec<String>,
        /// BCP 47; empty is as before.
        language: String,
        /// When.
        at: At,
    },
    /// A customer became part of another.
    CustomersMerged {
        /// Which.
        customer: CustomerId,
        /// Into whom, by whom, when and why.
        merged: Box<MergedCustomer>,
    },
    /// A merged customer is a person of their own again.
    CustomerUnmerged {
        /// Which.
        customer: CustomerId,
        /// Out of whom.
        from: CustomerId,
        /// When.
        at: At,
    },
}
