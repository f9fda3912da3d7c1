//! A few words that an action needs. They are written in the case's note draft, so they are kept like any note.

use super::Overlay;
use crate::app::model::Model;
use crate::app::panes::wrapup::card_text;
use crate::app::port::DraftKey;
use crate::app::stock::used;
use crate::app::text::Field;
use crate::app::update::Desk;
use crate::domain::command::{Command, Target};
use crate::domain::ids::{AgentId, InteractionId};
use crate::domain::refusal::Refusal;

/// What the words are for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// What the next one must know.
    Transfer {
        /// Which contact.
        interaction: InteractionId,
        /// Where to.
        to: Target,
    },
    /// What the colleague must know.
    Consult {
        /// Which contact.
        interaction: InteractionId,
        /// Whom.
        with: AgentId,
    },
    /// Why someone more senior is needed.
    Escalate {
        /// Which contact.
        interaction: InteractionId,
    },
}

/// The question. The field is the draft's: see [`Model::prompt_field`].
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// In the border.
    pub title: String,
    /// What is asked, and which keys answer.
    pub sentence: String,
    /// Where the words are kept.
    pub draft: DraftKey,
    /// What for.
    pub purpose: Purpose,
    /// What goes along with the words, a line each.
    pub facts: Vec<String>,
    /// What is missing, after a try without.
    pub problem: String,
}

impl Model {
    /// The words of the prompt on top; `None` while nothing is written.
    pub fn prompt_field(&self) -> Option<&Field> {
        match self.top() {
            Some(Overlay::Prompt(prompt)) => self.drafts.get(&prompt.draft).map(|w| &w.field),
            _ => None,
        }
    }
}

impl Desk<'_> {
    /// Ctrl-S in a prompt. The words are cleared from the note draft only when the command was taken.
    pub(in crate::app) fn prompt_done(&mut self) {
        let Some(Overlay::Prompt(prompt)) = self.m.top() else { return };
        let (draft, purpose) = (prompt.draft, prompt.purpose.clone());
        let words = self.m.drafts.get(&draft).map(|w| w.field.text().trim_end().to_owned()).unwrap_or_default();
        if let Some(said) = self.unfilled(draft) {
            if let Some(Overlay::Prompt(prompt)) = self.m.overlays.last_mut() {
                prompt.problem = said;
            }
            return;
        }
        let used = self.m.drafts.get(&draft).map(|w| used::read(&w.meta)).unwrap_or_default();
        let clears = (!words.is_empty()).then_some(draft);
        let (id, escalates) = match &purpose {
            Purpose::Transfer { interaction, .. } => (*interaction, false),
            Purpose::Consult { interaction, .. } => (*interaction, false),
            Purpose::Escalate { interaction } => (*interaction, true),
        };
        if escalates && words.trim().is_empty() {
            if let Some(Overlay::Prompt(prompt)) = self.m.overlays.last_mut() {
                t!("Say why; the next one reads it first.").clone_into(&mut prompt.problem);
            }
            return;
        }
        let Some(i) = self.m.view().interaction(id).cloned() else {
            self.close();
            self.refuse(&Refusal::gone(t!("this contact")));
            return;
        };
        let command = match purpose {
            Purpose::Transfer { to, .. } => {
                let note = card_text(self.m, id, &words);
                Command::Transfer { interaction: id, epoch: i.epoch, to, note }
            }
            Purpose::Consult { with, .. } => {
                let note = card_text(self.m, id, &words);
                Command::Consult { interaction: id, epoch: i.epoch, with, note }
            }
            Purpose::Escalate { .. } => {
                let card = card_text(self.m, id, &words);
                Command::Escalate { interaction: id, epoch: i.epoch, reason: words, card }
            }
        };
        let asks = matches!(command, Command::Consult { .. });
        if self.submit(command, clears) {
            self.count_use(used);
            self.close();
            if asks {
                self.did(t!("Asked; the customer holds. <hand-over> hands over, <hold> takes them back."));
                return;
            }
            self.did(if escalates { t!("Escalated.") } else { t!("Handed on.") });
            self.next_contact();
        }
    }
}
