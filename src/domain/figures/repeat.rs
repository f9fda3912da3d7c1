//! Whether customers came back for the same thing (operations 1.2, 1.4).

use std::collections::BTreeMap;

use super::facts::{Contact, Facts};
use super::figure::{Ask, Behind};
use super::ratio::Value;
use crate::domain::ids::{CustomerId, ReasonId};
use crate::domain::time::At;

/// How "came back for the same thing" is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// The same reason, or any.
    pub(super) same_reason: bool,
    /// A transfer on the way counts as not solved.
    pub(super) transfer_fails: bool,
    /// A gap of exactly the window is a repeat.
    pub(super) at_most: bool,
}

impl Rule {
    /// The definition in force.
    pub(super) const DEFAULT: Rule = Rule { same_reason: true, transfer_fails: false, at_most: false };
}

/// A contact someone handled, as far as coming back goes.
struct Handled<'a> {
    contact: &'a Contact,
    customer: CustomerId,
    reason: ReasonId,
    came: At,
    answered: At,
    ended: At,
}

pub(super) fn figure(facts: &Facts, ask: &Ask) -> (Value, Vec<Behind>) {
    by_rule(Rule::DEFAULT, facts, ask)
}

/// Contacts of the window that are old enough to be judged, and of these the ones not followed by another.
pub(super) fn by_rule(rule: Rule, facts: &Facts, ask: &Ask) -> (Value, Vec<Behind>) {
    let mut by_customer: BTreeMap<CustomerId, Vec<Handled>> = BTreeMap::new();
    for handled in facts.contacts.values().filter_map(handled) {
        by_customer.entry(handled.customer).or_default().push(handled);
    }
    let window = ask.rules.repeat_ms();
    let mut rows = Vec::new();
    for contacts in by_customer.values_mut() {
        contacts.sort_by_key(|h| (h.came, h.contact.id));
        for (i, one) in contacts.iter().enumerate() {
            let last = one.contact.legs.last();
            let asked = last.is_some_and(|l| ask.leg(l)) && ask.window.holds(one.ended);
            let ripe = ask.now.since(one.ended) >= window;
            if !asked || !ripe || is_chaser(&contacts[..i], one) {
                continue;
            }
            let again = contacts.iter().skip(i + 1).filter(|next| next.came >= one.ended).any(|next| {
                let gap = next.came.since(one.ended);
                let close = gap < window || (rule.at_most && gap == window);
                close && (!rule.same_reason || next.reason == one.reason)
            });
            let handed_on = rule.transfer_fails && one.contact.legs.len() > 1;
            rows.push(Behind {
                case: one.contact.case,
                interaction: Some(one.contact.id),
                agent: last.map(|l| l.agent),
                at: one.ended,
                amount: i64::from(!again && !handed_on),
            });
        }
    }
    (Value::of(rows.iter().map(|r| r.amount).sum(), rows.len() as i64), rows)
}

fn handled(contact: &Contact) -> Option<Handled<'_>> {
    Some(Handled {
        contact,
        customer: contact.customer?,
        reason: contact.legs.iter().rev().find_map(|l| l.reason)?,
        came: contact.visits.first().map_or(contact.legs.first()?.began, |v| v.entered),
        answered: contact.legs.first()?.began,
        ended: contact.handled()?,
    })
}

/// Whether it came while an earlier one of the same customer and reason was still unanswered.
fn is_chaser(earlier: &[Handled], one: &Handled) -> bool {
    earlier.iter().any(|e| e.reason == one.reason && one.came < e.answered)
}
