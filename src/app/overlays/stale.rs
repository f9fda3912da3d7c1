//! The stale-reply guard: what came in while a reply was being written.

use crate::app::panes::recipients;
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::work::Message;

/// The dialog. Enter goes back to writing, Ctrl-S (or Alt-Enter) sends anyway.
#[derive(Debug, Clone, PartialEq)]
pub struct Stale {
    /// Which case.
    pub case: CaseId,
    /// Newest customer message the reply was written on.
    pub base: Option<MessageId>,
    /// What came in since, oldest first; empty while it is being fetched.
    pub newer: Vec<Message>,
    /// What was to be sent.
    pub reply: Box<Command>,
}

impl Stale {
    /// To whom the reply goes by e-mail, when it says so.
    pub fn goes_to(&self) -> Option<String> {
        match self.reply.as_ref() {
            Command::SendReply { to, .. } | Command::ScheduleReply { to, .. } => to.as_deref().map(recipients::listed),
            _ => None,
        }
    }
}
