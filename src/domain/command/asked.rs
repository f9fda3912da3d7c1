//! Every command.

use serde::{Deserialize, Serialize};

use super::{
    CallbackWish, Chosen, CustomerHint, FollowUp, ImportedMessage, ImportedTask, ImportedWrapUp, Target, WaitingReply,
};
use crate::domain::{
    file::FileCard,
    ids::{
        AgentId, CaseId, CustomerId, InteractionId, LabelId, MessageId, OutcomeId, QueueId, ReasonId, ScheduledId,
        StockId, TaskId, ViewId,
    },
    kin::MergedCustomer,
    mail::{Correspondents, Recipients},
    people::Presence,
    row::Row,
    stock::{Name, Stock},
    tally::Survey,
    ties::{LinkKind, Ties},
    time::At,
    training::Attempt,
    work::{Channel, Priority, Status},
    wrap_up::Findings,
};

/// Something asked of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Be Ready, Away, on a break or Offline: now, or after the contact in hand.
    SetPresence {
        /// What to be.
        to: Presence,
    },
    /// Take an offered interaction.
    AcceptOffer {
        /// Which.
        interaction: InteractionId,
        /// Its epoch as last seen.
        epoch: u32,
    },
    /// Let it pass; a reason is one word.
    DeclineOffer {
        /// Which.
        interaction: InteractionId,
        /// Its epoch as last seen.
        epoch: u32,
        /// Why.
        reason: String,
    },
    /// Take a waiting interaction: the one named, or the next right one.
    Pull {
        /// Which, or the next.
        interaction: Option<InteractionId>,
    },
    /// Put the customer on hold.
    Hold {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// Take the customer off hold.
    Resume {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// End the conversation and begin wrap-up.
    EndContact {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// Answer the customer.
    SendReply {
        /// On which case.
        case: CaseId,
        /// The words.
        body: String,
        /// Newest customer message the agent had seen.
        base: Option<MessageId>,
        /// Send although something newer came in.
        anyway: bool,
        /// Snippets it was made from.
        from: Vec<StockId>,
        /// To whom, by e-mail; `None` is those it went to before.
        to: Option<Box<Recipients>>,
    },
    /// Tell the team.
    AddNote {
        /// On which case.
        case: CaseId,
        /// The words.
        body: String,
        /// Snippets it was made from.
        from: Vec<StockId>,
    },
    /// Finish the work after a contact.
    WrapUp {
        /// Which.
        interaction: InteractionId,
        /// Its epoch as the agent had it.
        epoch: u32,
        /// Of which case (a late one is stored there).
        case: CaseId,
        /// Why they came.
        reason: ReasonId,
        /// How it ended.
        outcome: OutcomeId,
        /// What happened; may be empty where the outcome allows.
        note: String,
        /// What was promised.
        follow_up: Option<FollowUp>,
        /// What was found, beside the codes.
        findings: Findings,
    },
    /// Hand the contact on.
    Transfer {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
        /// Where to.
        to: Target,
        /// What the next one must know.
        note: String,
    },
    /// Hand it to someone more senior.
    Escalate {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
        /// Why.
        reason: String,
        /// The hand-off card that goes along; empty is the reason alone.
        card: String,
    },
    /// Let the case sleep.
    Snooze {
        /// Which.
        case: CaseId,
        /// Until when; `None` wakes it.
        until: Option<At>,
    },
    /// Add and take away tags.
    EditTags {
        /// On which case.
        case: CaseId,
        /// To add.
        add: Vec<String>,
        /// To take away.
        remove: Vec<String>,
    },
    /// Set the order of need, on the case and its open interaction.
    SetPriority {
        /// On which case.
        case: CaseId,
        /// To what.
        priority: Priority,
    },
    /// Say whose case it is.
    Assign {
        /// Which.
        case: CaseId,
        /// Whose; `None` is nobody's.
        agent: Option<AgentId>,
        /// Whose the asker saw it to be; someone else's change meanwhile refuses this one.
        from: Option<AgentId>,
    },
    /// Say where the case stands.
    SetStatus {
        /// Which.
        case: CaseId,
        /// To what.
        status: Status,
        /// What the asker saw; someone else's change meanwhile refuses this one.
        from: Status,
    },
    /// A promise was kept.
    CompleteTask {
        /// Which.
        task: TaskId,
    },
    /// A customer has come (gateways).
    OpenInteraction {
        /// How.
        channel: Channel,
        /// Where to.
        queue: QueueId,
        /// Who they seem to be.
        hint: CustomerHint,
        /// Who they are, once the store has looked the hint up.
        customer: Option<CustomerId>,
        /// Continue this case.
        case: Option<CaseId>,
        /// What they chose on the way.
        menu: Vec<String>,
        /// Order of need.
        priority: Priority,
        /// BCP 47.
        language: String,
        /// One line.
        subject: String,
        /// Their first words, if any.
        body: Option<String>,
        /// When they came, if not now; never in the future.
        came: Option<At>,
        /// For a callback, how and when they want to be called.
        callback: Box<CallbackWish>,
        /// What they sent along with their first words.
        files: Vec<FileCard>,
        /// Who they may be, when what they gave names several, once the store has looked the hint up.
        maybe: Vec<CustomerId>,
        /// Who else the mail names that brought them.
        letter: Option<Box<Correspondents>>,
    },
    /// The customer says more (gateways).
    AppendMessage {
        /// Where.
        interaction: InteractionId,
        /// The words; may be empty where files come.
        body: String,
        /// What they sent along.
        files: Vec<FileCard>,
        /// Who else the mail names that it came by.
        letter: Option<Box<Correspondents>>,
    },
    /// The customer has gone (gateways).
    EndInteraction {
        /// Which.
        interaction: InteractionId,
    },
    /// Reserve an interaction for an agent (router).
    Offer {
        /// Which.
        interaction: InteractionId,
        /// For whom.
        to: AgentId,
    },
    /// An offer's time is over (timer).
    ExpireOffer {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// A snoozed case's time has come (timer).
    WakeCase {
        /// Which.
        case: CaseId,
    },
    /// No desk of theirs has a link any more (sessions).
    LoseLink {
        /// Whose.
        agent: AgentId,
        /// When a desk of theirs was last heard.
        since: At,
    },
    /// A desk of theirs has a link (sessions).
    GainLink {
        /// Whose.
        agent: AgentId,
    },
    /// Their link has been away too long: live chats go back to wait (timer).
    RequeueLost {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// Set a row of the firm's configuration, or an imported customer or article, as it shall be. An id of 0 asks
    /// for a new one.
    Put {
        /// The row.
        row: Box<Row>,
    },
    /// Bring a customer in whole, identities and all; ids of 0 ask for a new one.
    ImportCustomer {
        /// Who; the masked identities are made from the contacts.
        customer: Box<crate::domain::people::Customer>,
        /// How to reach them.
        contacts: Box<crate::domain::people::Contacts>,
    },
    /// Bring an article in whole; ids of 0 ask for a new one.
    ImportArticle {
        /// Title card.
        head: Box<crate::domain::work::ArticleHead>,
        /// Markdown.
        body: String,
    },
    /// Bring a past case in whole; skipped when its reference is known.
    ImportCase {
        /// The case; ids of 0 ask for new ones.
        case: Box<crate::domain::work::Case>,
        /// Its messages in order of time.
        messages: Vec<ImportedMessage>,
        /// Its wrap-ups in order of time.
        wrap_ups: Vec<ImportedWrapUp>,
        /// Promises made on it.
        tasks: Vec<ImportedTask>,
    },
    /// A customer answered a survey about a contact (gateways).
    RateContact {
        /// Its case.
        case: CaseId,
        /// Which contact; `None` is the newest that was answered.
        interaction: Option<InteractionId>,
        /// What was asked.
        survey: Survey,
        /// The mark.
        mark: u8,
        /// The highest mark there was to give.
        scale: u8,
    },
    /// Open an interaction again that was open elsewhere; its case must be there. Its id is 0.
    /// As it shall be: waiting, a callback, or with its owner in wrap-up. Its card names its note by the place among
    /// the case's messages, from 0.
    ImportInteraction(Box<crate::domain::work::Interaction>),
    /// Take a break code out of use and the like: mark a configuration row as retired.
    Retire {
        /// The row's kind and id.
        key: crate::domain::row::RowKey,
    },
    /// Set someone else's presence, or sign them out; a live contact is finished first.
    ForcePresence {
        /// Whose.
        agent: AgentId,
        /// To what.
        to: Presence,
        /// Why; they are told.
        reason: String,
    },
    /// Ask a colleague while the customer holds; they may take it over.
    Consult {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
        /// Whom.
        with: AgentId,
        /// What they must know; a note on the case.
        note: String,
    },
    /// Leave the contact to the colleague who was asked.
    HandOver {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// Leave a colleague who asked.
    LeaveConsult {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// Call someone who waits back instead; the place in line stays (customer, gateway or agent).
    AskCallback {
        /// Which.
        interaction: InteractionId,
        /// How and when.
        wish: Box<CallbackWish>,
        /// The agent who promises to call.
        own: Option<AgentId>,
    },
    /// How a callback's call went.
    CallbackResult {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
        /// Whether the customer answered.
        reached: bool,
    },
    /// The longest wait of the queue is over (timer).
    Overflow {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// The agent whom the desk set Away has not come back (timer).
    TellLead {
        /// Which agent.
        agent: AgentId,
    },
    /// Set a case's clocks right: a warning or a due time has come, or policies changed (timer).
    CheckClocks {
        /// Which.
        case: CaseId,
    },
    /// Take another minute for the wrap-up.
    TakeMoreTime {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
        /// Why.
        reason: String,
    },
    /// Leave a wrap-up without codes, where the queue allows it.
    LeaveWrapUp {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
        /// Of which case.
        case: CaseId,
        /// What happened; may be empty.
        note: String,
    },
    /// A wrap-up's time box is over (timer).
    ExpireWrapUp {
        /// Which.
        interaction: InteractionId,
        /// Its epoch.
        epoch: u32,
    },
    /// Say that a hand-off card was read.
    ReadCard {
        /// On which contact.
        interaction: InteractionId,
    },
    /// Keep a view of one's own; one of the same name is replaced.
    SaveView {
        /// Its name.
        name: String,
        /// What it looks for.
        text: String,
    },
    /// Drop a view of one's own.
    DropView {
        /// Which.
        view: ViewId,
    },
    /// Make one case part of another.
    MergeCases {
        /// Which.
        case: CaseId,
        /// The one that goes on.
        into: CaseId,
        /// Why, when they are of different customers.
        reason: String,
    },
    /// Make a merged case a case of its own again.
    Unmerge {
        /// Which.
        case: CaseId,
    },
    /// Make chosen messages and notes a case of their own.
    SplitCase {
        /// Out of which.
        case: CaseId,
        /// Which messages and notes.
        messages: Vec<MessageId>,
        /// The new case's line.
        subject: String,
    },
    /// Say what two cases have to do with each other.
    LinkCases {
        /// One.
        case: CaseId,
        /// The other.
        to: CaseId,
        /// What the other is to the one; `None` is nothing any more.
        link: Option<LinkKind>,
    },
    /// Say where the case stands in the house's own words, and with it its status.
    SetLabel {
        /// Which.
        case: CaseId,
        /// The label; `None` takes it away and leaves the status.
        label: Option<LabelId>,
        /// The status the asker saw; someone else's change meanwhile refuses this one.
        from: Status,
        /// The label the asker saw; the same holds for it.
        had: Option<LabelId>,
    },
    /// Change the case's checklist. Items are known by their words.
    EditChecks {
        /// Which.
        case: CaseId,
        /// To add.
        add: Vec<String>,
        /// To take away.
        remove: Vec<String>,
        /// Done now.
        tick: Vec<String>,
        /// Not done after all.
        untick: Vec<String>,
    },
    /// Put messages back that were split off, as if they had never left.
    UndoSplit {
        /// The case they came from.
        case: CaseId,
        /// All that is in the case that was split off.
        messages: Vec<MessageId>,
    },
    /// Bring in what an imported case has to do with others.
    ImportTies {
        /// Which.
        case: CaseId,
        /// All of it.
        ties: Box<Ties>,
    },
    /// Keep a snippet or macro; one of the same owner, name and language is replaced.
    SaveStock {
        /// As it shall be; an id of 0 asks for a new one.
        stock: Box<Stock>,
    },
    /// Drop a snippet or macro.
    DropStock {
        /// Which.
        name: Box<Name>,
    },
    /// Count snippets and macros that were used in nothing that says so itself.
    CountUse(Vec<StockId>),
    /// Show attempts of the training room to whoever runs one's team; none takes back all that were shown.
    ShareTraining(Vec<Attempt>),
    /// Say who the customer is.
    Identify {
        /// On which case, with its open contacts.
        case: CaseId,
        /// Who; `None` is nobody known.
        customer: Option<CustomerId>,
        /// Who the asker saw it to be; someone else's word meanwhile refuses this one.
        from: Option<CustomerId>,
    },
    /// An answer did not reach the customer (gateways).
    ReportUndelivered {
        /// On which case.
        case: CaseId,
        /// Which answer, when that is known.
        message: Option<MessageId>,
        /// Why not, as the outside said it.
        why: String,
    },
    /// A customer who has come says what it is about (gateways).
    Triage(Box<Chosen>),
    /// Answer the customer at a later time.
    ScheduleReply {
        /// On which case.
        case: CaseId,
        /// The words.
        body: String,
        /// Newest customer message the agent had seen.
        base: Option<MessageId>,
        /// Snippets it was made from.
        from: Vec<StockId>,
        /// To whom, by e-mail; `None` is those it went to before.
        to: Option<Box<Recipients>>,
        /// When; a time that is past is now.
        at: At,
        /// When the agent asked for it, by their desk's clock.
        asked: At,
    },
    /// Send an answer that waits at another time, although the customer wrote before it was asked.
    MoveScheduled {
        /// Which.
        which: WaitingReply,
        /// When it goes out; a time that is past is now.
        at: At,
        /// Newest customer message the asker had seen.
        base: Option<MessageId>,
    },
    /// Do not send an answer that waits.
    CancelScheduled {
        /// Which.
        which: WaitingReply,
    },
    /// The time of an answer that waits has come (timer).
    SendScheduled {
        /// On which case.
        case: CaseId,
        /// Which.
        scheduled: ScheduledId,
    },
    /// Two customers are one person: the one becomes part of the other.
    MergeCustomers {
        /// Which.
        customer: CustomerId,
        /// The one who goes on; whoever stands for them.
        into: CustomerId,
        /// Why.
        reason: String,
    },
    /// A merged customer is a person of their own again.
    UnmergeCustomers {
        /// Which.
        customer: CustomerId,
    },
    /// A customer who came in was merged elsewhere: into whom, by whom, when and why.
    ImportMerged(CustomerId, Box<MergedCustomer>),
}
