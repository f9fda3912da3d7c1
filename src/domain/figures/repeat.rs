//! Whether customers came back for the same thing (operations 1.2, 1.4).

use std::collections::BTreeMap;

use super::facts::{Contact, Facts, Leg};
use super::figure::{Ask, Behind};
use super::part::Part;
use super::ratio::Value;
use crate::domain::ids::{CustomerId, ReasonId};
use crate::domain::tally::FigureRules;
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

/// A contact that counts, and what came of it. Whether it is old enough is the asker's to see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged<'a> {
    contact: &'a Contact,
    /// Its last.
    pub(super) leg: &'a Leg,
    /// When it was over.
    pub(super) ended: At,
    solved: bool,
}

/// Contacts of the window that are old enough to be judged, and of these the ones not followed by another.
pub(super) fn figure(part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    counted(&part.judged, ask)
}

/// The same of what was judged by whatever rule.
pub(super) fn counted(judged: &[Judged], ask: &Ask) -> (Value, Vec<Behind>) {
    let ripe = |j: &&Judged| ask.now.since(j.ended) >= ask.rules.repeat_ms();
    let asked = judged.iter().filter(|j| ask.leg(j.leg) && ask.window.holds(j.ended)).filter(ripe);
    let rows: Vec<Behind> = asked
        .map(|j| Behind {
            case: j.contact.case,
            interaction: Some(j.contact.id),
            agent: Some(j.leg.agent),
            at: j.ended,
            amount: i64::from(j.solved),
        })
        .collect();
    (Value::of(rows.iter().map(|r| r.amount).sum(), rows.len() as i64), rows)
}

/// Every contact that counts, whenever it was; one that chases another does not.
pub(super) fn judge(rule: Rule, facts: &Facts, rules: FigureRules) -> Vec<Judged<'_>> {
    let mut by_customer: BTreeMap<CustomerId, Vec<Handled>> = BTreeMap::new();
    for handled in facts.contacts.values().filter_map(handled) {
        by_customer.entry(handled.customer).or_default().push(handled);
    }
    let window = rules.repeat_ms();
    let mut judged = Vec::new();
    for contacts in by_customer.values_mut() {
        contacts.sort_by_key(|h| (h.came, h.contact.id));
        for (i, one) in contacts.iter().enumerate() {
            let Some(leg) = one.contact.legs.last().filter(|_| !is_chaser(&contacts[..i], one)) else { continue };
            let later = contacts[i + 1..].iter().take_while(|next| next.came.since(one.ended) <= window);
            let again = later.filter(|next| next.came >= one.ended).any(|next| {
                let close = next.came.since(one.ended) < window || rule.at_most;
                close && (!rule.same_reason || next.reason == one.reason)
            });
            let handed_on = rule.transfer_fails && one.contact.legs.len() > 1;
            judged.push(Judged { contact: one.contact, leg, ended: one.ended, solved: !again && !handed_on });
        }
    }
    judged
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
