//! Customers who are one person: choosing the other, both side by side with the reason, and taking them apart.

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::bulk::rehearse;
use crate::domain::command::{Actor, Command};
use crate::domain::ids::CustomerId;
use crate::domain::people::Customer;
use crate::domain::row::Row;
use crate::domain::time::At;

/// Flag of a customer whom nobody has looked at yet: they become part of whoever is known already.
const NEW: &str = "new";

/// Whoever stands for the customer in the pane.
pub fn shown(model: &Model) -> Option<&Customer> {
    let view = model.view();
    view.customer(view.customer_root(model.customer.id?))
}

/// `merged 12 Nov by Ana`; nothing of who was not.
pub fn merged_words(model: &Model, customer: &Customer, server: At) -> String {
    let Some(merged) = &customer.merged else { return String::new() };
    let (when, who) = (words::date(merged.at, server, model.zone()), queue::agent_name(model.view(), merged.by));
    t!("merged {when} by {who}", when, who)
}

impl Desk<'_> {
    pub(in crate::app) fn pick_same_person(&mut self) {
        let Some(customer) = shown(self.m) else { return };
        let title = t!("Who is the same person as {name}?", name = customer.name);
        let sentence = t!("Those with one of their numbers or addresses; or look for someone else.");
        self.open_chooser(Chooser::new(Purpose::SamePerson, title, sentence, Vec::new()));
    }

    /// Shows both side by side and asks why they are one; what the rules refuse is said first.
    pub(in crate::app) fn ask_same_person(&mut self, other: CustomerId, chooser: &Chooser) {
        let Some(me) = self.m.me() else { return };
        // The rules look at both, whom this desk may not have at hand.
        let known = chooser.people.iter().find(|c| c.id == other).cloned();
        self.m.mirror.load(known.map(Row::Customer));
        self.m.mirror.refold();
        let view = self.m.view();
        let (Some(here), Some(there)) = (shown(self.m), view.customer(other)) else { return };
        let is_new = |c: &Customer| c.flags.iter().any(|f| f == NEW);
        let (part, whole) = if is_new(here) && !is_new(there) { (here, there) } else { (there, here) };
        let (customer, into) = (part.id, whole.id);
        let command = Command::MergeCustomers { customer, into, reason: "?".into() };
        if let Some((_, refusal)) = rehearse(view, vec![command], Actor::Agent(me), self.server()).refused.first() {
            let refusal = refusal.clone();
            self.refuse(&refusal);
            return;
        }
        let title = t!("{name} becomes part of {into}", name = part.name, into = whole.name);
        let sentence = t!("Why are they one person? Left becomes part of right.");
        let chooser = Chooser::new(Purpose::SameReason(customer, into), title, sentence, beside(part, whole));
        self.open_chooser(chooser);
    }

    /// The reason so far stands first; both stay below it.
    pub(in crate::app) fn same_reason_typed(&mut self) {
        let Some(chooser) = self.chooser_mut() else { return };
        let typed = chooser.field.text().trim().to_owned();
        chooser.items.retain(|i| i.pick == Pick::Nothing);
        if !typed.is_empty() {
            let label = t!("Merge, because: {typed}", typed);
            chooser.items.insert(0, Item::new(Pick::Text(typed), label));
        }
        chooser.filter();
    }

    pub(in crate::app) fn merge_customers(&mut self, customer: CustomerId, into: CustomerId, reason: String) {
        let (name, whole) = (self.customer_name(customer), self.customer_name(into));
        if self.submit(Command::MergeCustomers { customer, into, reason }, None) {
            self.did(t!("{name} is part of {into} now. <undo> takes it back.", name, into = whole));
        }
    }

    /// One of those who became part of the customer in the pane.
    pub(in crate::app) fn pick_unmerge_customer(&mut self) {
        let Some(root) = shown(self.m) else { return };
        let (parts, server) = (self.m.view().kin(root.id), self.server());
        let item = |c: &&Customer| {
            let reason = c.merged.as_ref().map(|m| m.reason.clone()).unwrap_or_default();
            Item::new(Pick::Customer(c.id), c.name.clone()).detail(reason).right(merged_words(self.m, c, server))
        };
        let items = parts.iter().skip(1).map(item).collect();
        let title = t!("Take out of {name}", name = root.name);
        let sentence = t!("They are a customer of their own again, as they were.");
        self.open_chooser(Chooser::new(Purpose::UnmergeCustomer, title, sentence, items));
    }

    pub(in crate::app) fn unmerge_customer(&mut self, customer: CustomerId) {
        let name = self.customer_name(customer);
        if self.submit(Command::UnmergeCustomers { customer }, None) {
            self.did(t!("{name} is a customer of their own again. <undo> takes it back.", name));
        }
    }

    fn customer_name(&self, id: CustomerId) -> String {
        self.m.view().customer(id).map_or_else(|| format!("{id}"), |c| words::excerpt(&c.name, 60))
    }
}

/// What is known of both, line by line; none of it can be chosen.
fn beside(part: &Customer, whole: &Customer) -> Vec<Item> {
    let masked = |c: &Customer| c.masked.join("  ");
    let facts = [
        (t!("Name"), part.name.clone(), whole.name.clone()),
        (t!("Reference"), part.reference.clone(), whole.reference.clone()),
        (t!("Plan"), part.plan.clone(), whole.plan.clone()),
        (t!("Since"), part.since.clone(), whole.since.clone()),
        (t!("Identities"), masked(part), masked(whole)),
        (t!("Flags"), part.flags.join(", "), whole.flags.join(", ")),
    ];
    let some = facts.into_iter().filter(|(_, a, b)| !a.is_empty() || !b.is_empty());
    let line = |(label, a, b): (&str, String, String)| {
        let or_none = |text: String| if text.is_empty() { "–".to_owned() } else { text };
        Item::new(Pick::Nothing, format!("{label}: {}", or_none(a))).right(or_none(b))
    };
    some.map(line).collect()
}
