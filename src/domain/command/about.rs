//! What a command is about: its case, its contact, the words in it, and whether it can wait.

use super::Command;
use crate::domain::ids::{CaseId, CustomerId, InteractionId};
use crate::domain::wrap_up::card;

impl Command {
    /// Which case it is about, when it names one.
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Command::SendReply { case, .. }
            | Command::AddNote { case, .. }
            | Command::WrapUp { case, .. }
            | Command::LeaveWrapUp { case, .. }
            | Command::Snooze { case, .. }
            | Command::EditTags { case, .. }
            | Command::SetPriority { case, .. }
            | Command::Assign { case, .. }
            | Command::SetStatus { case, .. }
            | Command::RateContact { case, .. }
            | Command::ReportUndelivered { case, .. }
            | Command::Identify { case, .. }
            | Command::CheckClocks { case }
            | Command::MergeCases { case, .. }
            | Command::Unmerge { case }
            | Command::SplitCase { case, .. }
            | Command::LinkCases { case, .. }
            | Command::SetLabel { case, .. }
            | Command::EditChecks { case, .. }
            | Command::UndoSplit { case, .. }
            | Command::ImportTies { case, .. }
            | Command::ScheduleReply { case, .. }
            | Command::SendScheduled { case, .. }
            | Command::WakeCase { case } => Some(*case),
            Command::OpenInteraction { case, .. } => *case,
            Command::MoveScheduled { which, .. } | Command::CancelScheduled { which } => Some(which.case),
            _ => None,
        }
    }

    /// Every case it names: [`Command::case`] first, then the one it ties that to.
    pub fn cases(&self) -> impl Iterator<Item = CaseId> {
        let other = match self {
            Command::MergeCases { into, .. } => Some(*into),
            Command::LinkCases { to, .. } => Some(*to),
            _ => None,
        };
        self.case().into_iter().chain(other)
    }

    /// Every customer it names.
    pub fn customers(&self) -> impl Iterator<Item = CustomerId> {
        let (one, other) = match self {
            Command::MergeCustomers { customer, into, .. } => (Some(*customer), Some(*into)),
            Command::ImportMerged(customer, merged) => (Some(*customer), Some(merged.into)),
            Command::UnmergeCustomers { customer } => (Some(*customer), None),
            Command::OpenInteraction { customer, .. } | Command::Identify { customer, .. } => (*customer, None),
            Command::ImportCase { case, .. } => (case.customer, None),
            _ => (None, None),
        };
        one.into_iter().chain(other)
    }

    /// Which interaction it is about, when it names one.
    pub fn interaction(&self) -> Option<InteractionId> {
        match self {
            Command::AcceptOffer { interaction, .. }
            | Command::DeclineOffer { interaction, .. }
            | Command::Hold { interaction, .. }
            | Command::Resume { interaction, .. }
            | Command::EndContact { interaction, .. }
            | Command::WrapUp { interaction, .. }
            | Command::Transfer { interaction, .. }
            | Command::Escalate { interaction, .. }
            | Command::AppendMessage { interaction, .. }
            | Command::EndInteraction { interaction }
            | Command::Offer { interaction, .. }
            | Command::ExpireOffer { interaction, .. }
            | Command::RequeueLost { interaction, .. }
            | Command::Consult { interaction, .. }
            | Command::HandOver { interaction, .. }
            | Command::LeaveConsult { interaction, .. }
            | Command::AskCallback { interaction, .. }
            | Command::CallbackResult { interaction, .. }
            | Command::TakeMoreTime { interaction, .. }
            | Command::LeaveWrapUp { interaction, .. }
            | Command::ExpireWrapUp { interaction, .. }
            | Command::ReadCard { interaction }
            | Command::Overflow { interaction, .. } => Some(*interaction),
            Command::Triage(chosen) => Some(chosen.interaction),
            Command::Pull { interaction } => *interaction,
            _ => None,
        }
    }

    /// Whether it can only be decided by the server at once: claims are compare-and-set, online only.
    pub fn needs_link(&self) -> bool {
        matches!(
            self,
            Command::AcceptOffer { .. }
                | Command::Pull { .. }
                | Command::Consult { .. }
                | Command::HandOver { .. }
                | Command::ForcePresence { .. }
        )
    }

    /// Whether only the newest of its kind matters (presence is never queued behind anything).
    pub fn latest_only(&self) -> bool {
        matches!(self, Command::SetPresence { .. })
    }

    /// The words people typed in it, for "nothing typed is lost" when it is refused.
    pub fn words(&self) -> Option<&str> {
        match self {
            Command::SendReply { body, .. } | Command::AddNote { body, .. } | Command::ScheduleReply { body, .. } => {
                Some(body)
            }
            Command::WrapUp { note, .. } | Command::LeaveWrapUp { note, .. } | Command::Consult { note, .. } => {
                Some(note)
            }
            Command::Transfer { note, .. } => Some(card::asked(note)),
            Command::Escalate { reason, .. } | Command::ForcePresence { reason, .. } => Some(reason),
            _ => None,
        }
    }
}
