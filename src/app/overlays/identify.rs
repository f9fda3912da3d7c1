//! Who the customer of a case is: those whose number or address it may be first, then whoever is looked for.

use super::chooser::{Chooser, Purpose};
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::update::{Asking, Desk};
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, CustomerId};
use crate::domain::row::Row;

/// Who the customer of the open case may be, by what they gave.
pub fn candidates(model: &Model) -> Vec<CustomerId> {
    let contacts = model.conversation.case.into_iter().flat_map(|case| model.view().interactions_of(case));
    contacts.flat_map(|i| i.maybe.clone()).collect()
}

impl Desk<'_> {
    /// Their names stand above the conversation.
    pub(in crate::app) fn know_candidates(&mut self) {
        for id in candidates(self.m) {
            if self.m.view().customer(id).is_none() {
                self.want(Asking::Customer(id));
            }
        }
    }

    pub(in crate::app) fn pick_identity(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let title = t!("Who is the customer of {number}?", number = queue::number(case));
        let sentence = if candidates(self.m).is_empty() {
            t!("A name, a number, an address.")
        } else {
            t!("What they gave is known of each of these; or look for someone else.")
        };
        self.open_chooser(Chooser::new(Purpose::Identify, title, sentence, Vec::new()).about(Some(case)));
    }

    pub(in crate::app) fn identify(&mut self, case: CaseId, customer: CustomerId, chooser: &Chooser) {
        // The rules look at who was chosen, whom this desk may not have at hand.
        let known = chooser.people.iter().find(|c| c.id == customer).cloned();
        self.m.mirror.load(known.map(Row::Customer));
        self.m.mirror.refold();
        let from = self.m.view().case(case).and_then(|c| c.customer);
        if self.submit(Command::Identify { case, customer: Some(customer), from }, None) {
            self.show_customer(Some(customer));
        }
    }
}
