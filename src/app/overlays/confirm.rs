//! A yes or no, for what cannot be taken back.

use super::Overlay;
use crate::app::key::Key;
use crate::app::port::Effect;
use crate::app::update::Desk;
use crate::domain::command::Command;

/// What a yes does.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// Gives a command.
    Submit(Command),
    /// Ends the contact and opens its wrap-up form.
    EndAndWrapUp(Command),
    /// Leaves the desk.
    Quit,
    /// Drops the refused command of this token.
    Drop(u64),
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
    /// What a yes does.
    pub then: Then,
}

impl Desk<'_> {
    /// Asks.
    pub(in crate::app) fn ask(&mut self, confirm: Confirm) {
        self.m.overlays.push(Overlay::Confirm(Box::new(confirm)));
    }

    /// Yes.
    pub(in crate::app) fn confirm_yes(&mut self) {
        let Some(Overlay::Confirm(confirm)) = self.close() else { return };
        match confirm.then {
            Then::Submit(command) => {
                self.submit(command, None);
            }
            Then::EndAndWrapUp(command) => self.end_and_wrap_up(command),
            Then::Quit => self.effect(Effect::Quit),
            Then::Drop(token) => self.drop_refused_one(token),
        }
    }
}
