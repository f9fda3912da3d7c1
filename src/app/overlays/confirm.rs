//! A yes or no, for what cannot be taken back.

use super::Overlay;
use crate::app::key::Key;
use crate::app::port::Effect;
use crate::app::update::Desk;
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, OutcomeId, ReasonId};

/// What a yes does.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// Gives a command.
    Submit(Command),
    /// Ends the contact and opens its wrap-up form.
    EndAndWrapUp(Command),
    /// Gives many commands, as one thing to take back: what it is called.
    Together(String, Vec<Command>),
    /// Leaves the desk.
    Quit,
    /// Drops the refused command of this token.
    Drop(u64),
    /// Puts a long paste in.
    Paste(String),
}

impl Then {
    /// Whether it would do something to this case.
    pub fn is_about(&self, case: CaseId) -> bool {
        match self {
            Then::Submit(command) | Then::EndAndWrapUp(command) => command.cases().any(|c| c == case),
            Then::Together(_, commands) => commands.iter().flat_map(Command::cases).any(|c| c == case),
            Then::Quit | Then::Drop(_) | Then::Paste(_) => false,
        }
    }
}

/// The question. No is the default: only `yes` keys, Ctrl-S and the same key again say yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// The question, naming the object.
    pub title: String,
    /// What will happen, a sentence or two.
    pub lines: Vec<String>,
    /// The words on the yes: "end the call".
    pub yes: String,
    /// The key that asked; pressing it again says yes.
    pub again: Option<Key>,
    /// Ends the contact and finishes its wrap-up with these codes, by digit from 1.
    pub digits: Vec<(ReasonId, OutcomeId)>,
    /// What a yes does.
    pub then: Then,
}

impl Desk<'_> {
    /// Asks.
    pub(in crate::app) fn ask(&mut self, confirm: Confirm) {
        self.m.overlays.push(Overlay::Confirm(Box::new(confirm)));
    }

    /// A digit: yes, and with these codes.
    pub(in crate::app) fn confirm_digit(&mut self, digit: usize) -> bool {
        let Some(Overlay::Confirm(confirm)) = self.m.top() else { return false };
        let (Some((reason, outcome)), Then::EndAndWrapUp(command)) =
            (confirm.digits.get(digit.wrapping_sub(1)).copied(), confirm.then.clone())
        else {
            return false;
        };
        self.close();
        let id = command.interaction();
        self.end_and_wrap_up(command);
        if let Some(id) = id {
            self.choose_both(id, reason, outcome);
        }
        true
    }

    /// Yes.
    pub(in crate::app) fn confirm_yes(&mut self) {
        let Some(Overlay::Confirm(confirm)) = self.close() else { return };
        match confirm.then {
            Then::Submit(command) => {
                self.submit(command, None);
            }
            Then::Together(what, commands) => {
                if self.submit_all(&what, commands) {
                    self.did(t!("Done: {what}. <undo> takes it back.", what));
                }
            }
            Then::EndAndWrapUp(command) => self.end_and_wrap_up(command),
            Then::Quit => self.effect(Effect::Quit),
            Then::Drop(token) => self.drop_refused_one(token),
            Then::Paste(text) => self.paste_in(&text),
        }
    }
}
