//! Who may do what: one table, deny by default. The server enforces it; the desk shows it.

use super::command::Command;
use super::people::{Agent, Role};
use super::scope::Scope;
use super::state::State;
use super::stock::Owner;

/// Something a role may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Say one's own presence.
    Presence,
    /// Take contacts and work on them.
    Handle,
    /// Answer customers.
    Reply,
    /// Write notes.
    Note,
    /// Hand contacts on.
    HandOn,
    /// Change case fields.
    EditCase,
    /// Give cases to others.
    AssignOthers,
    /// See phone numbers and addresses in full.
    SeeContacts,
    /// See cases and messages of one's queues.
    SeeHistory,
    /// See every queue, not only one's own.
    SeeAllQueues,
    /// Change the firm's configuration, import, export.
    Configure,
    /// Set someone else's presence, sign them out; see what the team shows of its training.
    RunTeam,
    /// Show one's own attempts of the training room.
    ShareTraining,
    /// Say that two customers are one person.
    MergeCustomers,
}

impl Right {
    /// Every right.
    pub const ALL: [Right; 14] = [
        Right::Presence,
        Right::Handle,
        Right::Reply,
        Right::Note,
        Right::HandOn,
        Right::EditCase,
        Right::AssignOthers,
        Right::SeeContacts,
        Right::SeeHistory,
        Right::SeeAllQueues,
        Right::Configure,
        Right::RunTeam,
        Right::ShareTraining,
        Right::MergeCustomers,
    ];

    /// What it allows, as a verb.
    pub fn verb(self) -> &'static str {
        match self {
            Right::Presence => tk!("set your presence"),
            Right::Handle => tk!("take contacts"),
            Right::Reply => tk!("answer customers"),
            Right::Note => tk!("write notes"),
            Right::HandOn => tk!("hand contacts on"),
            Right::EditCase => tk!("change cases"),
            Right::AssignOthers => tk!("give cases to others"),
            Right::SeeContacts => tk!("see identities in full"),
            Right::SeeHistory => tk!("see past cases"),
            Right::SeeAllQueues => tk!("see every queue"),
            Right::Configure => tk!("change the configuration"),
            Right::RunTeam => tk!("set someone else's presence"),
            Right::ShareTraining => tk!("show your attempts in training"),
            Right::MergeCustomers => tk!("merge customers"),
        }
    }
}

/// Whether a role has a right.
pub fn allows(role: Role, right: Right) -> bool {
    use Right::{
        Configure, EditCase, HandOn, Handle, Note, Presence, Reply, SeeAllQueues, SeeContacts, SeeHistory,
        ShareTraining,
    };
    if right == ShareTraining {
        return true;
    }
    if right == Right::MergeCustomers {
        return matches!(role, Role::Senior | Role::Lead);
    }
    match role {
        Role::Trainee => matches!(right, Presence | Handle | Reply | Note | HandOn | SeeHistory),
        Role::Agent | Role::Senior => {
            matches!(right, Presence | Handle | Reply | Note | HandOn | EditCase | SeeContacts | SeeHistory)
        }
        Role::Lead => !matches!(right, Configure),
        Role::Qa => matches!(right, Presence | SeeHistory | SeeAllQueues),
        Role::Compliance => matches!(right, Presence | SeeHistory | SeeContacts | SeeAllQueues),
        Role::Admin => matches!(right, Presence | Configure | SeeAllQueues),
    }
}

/// The right a command of an agent needs; `None` for commands no agent may give.
pub fn needed(command: &Command) -> Option<Right> {
    Some(match command {
        Command::SetPresence { .. } => Right::Presence,
        Command::AcceptOffer { .. }
        | Command::DeclineOffer { .. }
        | Command::Pull { .. }
        | Command::Hold { .. }
        | Command::Resume { .. }
        | Command::EndContact { .. }
        | Command::CallbackResult { .. }
        | Command::LeaveConsult { .. }
        | Command::AskCallback { .. }
        | Command::WrapUp { .. }
        | Command::TakeMoreTime { .. }
        | Command::LeaveWrapUp { .. }
        | Command::ReadCard { .. }
        | Command::Identify { .. }
        | Command::CompleteTask { .. } => Right::Handle,
        Command::SendReply { .. }
        | Command::ScheduleReply { .. }
        | Command::MoveScheduled { .. }
        | Command::CancelScheduled { .. } => Right::Reply,
        Command::AddNote { .. } | Command::EditChecks { .. } => Right::Note,
        Command::Transfer { .. } | Command::Escalate { .. } | Command::Consult { .. } | Command::HandOver { .. } => {
            Right::HandOn
        }
        Command::ForcePresence { .. } => Right::RunTeam,
        Command::Snooze { .. }
        | Command::EditTags { .. }
        | Command::SetPriority { .. }
        | Command::SetStatus { .. }
        | Command::MergeCases { .. }
        | Command::Unmerge { .. }
        | Command::SplitCase { .. }
        | Command::LinkCases { .. }
        | Command::SetLabel { .. }
        | Command::UndoSplit { .. }
        | Command::Assign { .. } => Right::EditCase,
        Command::SaveView { .. } | Command::DropView { .. } => Right::SeeHistory,
        Command::SaveStock { stock } => keeping(stock.owner),
        Command::DropStock { name } => keeping(name.owner),
        Command::CountUse(_) => Right::Note,
        Command::ShareTraining(_) => Right::ShareTraining,
        Command::Put { .. }
        | Command::Retire { .. }
        | Command::ImportCustomer { .. }
        | Command::ImportArticle { .. }
        | Command::ImportCase { .. }
        | Command::ImportTies { .. }
        | Command::ImportMerged(..)
        | Command::ImportInteraction(_) => Right::Configure,
        Command::MergeCustomers { .. } | Command::UnmergeCustomers { .. } => Right::MergeCustomers,
        Command::OpenInteraction { .. }
        | Command::AppendMessage { .. }
        | Command::EndInteraction { .. }
        | Command::RateContact { .. }
        | Command::ReportUndelivered { .. }
        | Command::Triage(_)
        | Command::Offer { .. }
        | Command::ExpireOffer { .. }
        | Command::WakeCase { .. }
        | Command::SendScheduled { .. }
        | Command::CheckClocks { .. }
        | Command::LoseLink { .. }
        | Command::GainLink { .. }
        | Command::RequeueLost { .. }
        | Command::Overflow { .. }
        | Command::ExpireWrapUp { .. }
        | Command::TellLead { .. } => return None,
    })
}

/// The right to keep and drop snippets and macros of an owner.
fn keeping(owner: Owner) -> Right {
    match owner {
        Owner::Agent(_) => Right::Note,
        Owner::Team(_) => Right::RunTeam,
        Owner::Firm => Right::Configure,
    }
}

/// The scopes an agent may see, sorted. This is the whole of "nobody sees more than allowed".
pub fn scopes(state: &State, agent: &Agent) -> Vec<Scope> {
    if !agent.active {
        return Vec::new();
    }
    let mut scopes = vec![Scope::Desk, Scope::Agent(agent.id), Scope::People, Scope::Library];
    scopes.extend(state.teams().map(|t| Scope::Team(t.id)));
    let all = allows(agent.role, Right::SeeAllQueues);
    scopes.extend(state.teams().map(|t| t.id).filter(|t| all || *t == agent.team).map(Scope::Shelf));
    let queues = state.queues().map(|q| q.id).filter(|q| all || agent.queues.contains(q));
    let history = allows(agent.role, Right::SeeHistory);
    for queue in queues {
        scopes.push(Scope::Queue(queue));
        if history {
            scopes.push(Scope::History(queue));
        }
    }
    if allows(agent.role, Right::SeeContacts) {
        scopes.push(Scope::Contacts);
    }
    if allows(agent.role, Right::RunTeam) {
        scopes.push(Scope::Training(agent.team));
    }
    scopes.sort_unstable();
    scopes
}
