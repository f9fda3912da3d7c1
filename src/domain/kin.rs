//! Customers who are one person: merged, and taken apart again.
//!
//! A merged customer keeps every row: cases, messages and identities go on naming them for ever, and the one they were
//! merged into, at the end of the chain their *root*, shows them beside its own. So taking them apart moves nothing
//! back. One invariant: whoever is merged is named once by [`Customer::holds`] of the one they were merged into, and
//! nobody is their own root's part.

use std::borrow::{Borrow, Cow};

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, CustomerId};
use super::people::Customer;
use super::state::State;
use super::time::At;

/// How a customer became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedCustomer {
    /// The one who goes on.
    pub into: CustomerId,
    /// Who said that they are one.
    pub by: AgentId,
    /// When.
    pub at: At,
    /// Why.
    pub reason: String,
}

/// Customers at most that are merged into one, by whatever way; a person has fewer names than that.
pub const MOST: usize = 100;

impl State {
    /// The customer who stands for this one: the last of the chain they were merged along, as far as it is loaded.
    pub fn customer_root(&self, id: CustomerId) -> CustomerId {
        let mut root = id;
        for _ in 0..MOST {
            match self.customer(root).and_then(|c| c.merged.as_ref()) {
                Some(merged) => root = merged.into,
                None => break,
            }
        }
        root
    }

    /// Everybody who is one person with this customer: the root first, then whom it holds, each before their own.
    pub fn kin(&self, id: CustomerId) -> Vec<&Customer> {
        gather(self.customer_root(id), |id| self.customer(id))
    }

    /// The customer as a person: whoever stands for them, with the flags of all.
    pub fn person(&self, id: CustomerId) -> Option<Cow<'_, Customer>> {
        let kin = self.kin(id);
        let root = *kin.first()?;
        Some(if kin.len() == 1 {
            Cow::Borrowed(root)
        } else {
            Cow::Owned(Customer { flags: flags(&kin), ..root.clone() })
        })
    }
}

/// Flags of several who are one, each once, in the order they are met.
pub fn flags<C: Borrow<Customer>>(kin: &[C]) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    for flag in kin.iter().flat_map(|c| &c.borrow().flags) {
        if !flags.contains(flag) {
            flags.push(flag.clone());
        }
    }
    flags
}

/// The customer and everybody they hold, as `read` knows them; at most [`MOST`] and nobody twice, whatever it says.
pub fn gather<C: Borrow<Customer>>(root: CustomerId, mut read: impl FnMut(CustomerId) -> Option<C>) -> Vec<C> {
    let mut next = vec![root];
    let mut seen = next.clone();
    let mut kin = Vec::new();
    while let Some(id) = next.pop() {
        let Some(customer) = read(id) else { continue };
        for held in customer.borrow().holds.iter().rev() {
            if seen.len() <= MOST && !seen.contains(held) {
                seen.push(*held);
                next.push(*held);
            }
        }
        kin.push(customer);
    }
    kin
}

/// The customer becomes part of another.
pub(super) fn merge(state: &mut State, id: CustomerId, merged: &MergedCustomer) {
    let Some(mut customer) = state.customer(id).cloned() else { return };
    customer.merged = Some(Box::new(merged.clone()));
    state.put(customer);
    if let Some(mut target) = state.customer(merged.into).cloned()
        && !target.holds.contains(&id)
    {
        target.holds.push(id);
        state.put(target);
    }
}

/// The customer is a person of their own again.
pub(super) fn unmerge(state: &mut State, id: CustomerId) {
    let Some(mut customer) = state.customer(id).cloned() else { return };
    let Some(merged) = customer.merged.take() else { return };
    state.put(customer);
    if let Some(mut target) = state.customer(merged.into).cloned() {
        target.holds.retain(|held| *held != id);
        state.put(target);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::command::{Actor, Command, CustomerHint};
    use crate::domain::decide::tests::{ANA, BEN, BILLING, Desk};
    use crate::domain::figures::fold::Fold;
    use crate::domain::ids::KeyId;
    use crate::domain::people::Contacts;
    use crate::domain::refusal::Refusal;
    use crate::domain::row::Row;
    use crate::domain::work::Channel;

    /// A desk with so many customers, numbered from 1.
    fn desk(count: u64) -> Desk {
        let mut desk = Desk::new();
        for n in 1..=count {
            let customer = Customer {
                id: CustomerId(0),
                reference: format!("C-{n}"),
                name: format!("Dana {n}"),
                locale: "en".into(),
                zone: String::new(),
                plan: String::new(),
                flags: vec![format!("flag-{n}"), "vip".into()],
                note: String::new(),
                since: String::new(),
                masked: Vec::new(),
                merged: None,
                holds: Vec::new(),
            };
            let contacts = Contacts { phones: vec![format!("+4420794600{n:02}")], ..Contacts::default() };
            let command = Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) };
            desk.give(Actor::Operator, command).expect("comes in");
        }
        desk
    }

    fn merge(customer: u64, into: u64) -> Command {
        let (customer, into) = (CustomerId(customer), CustomerId(into));
        Command::MergeCustomers { customer, into, reason: "the same voice".into() }
    }

    fn unmerge(customer: u64) -> Command {
        Command::UnmergeCustomers { customer: CustomerId(customer) }
    }

    /// Customer 1 comes.
    fn coming() -> Command {
        Command::OpenInteraction {
            channel: Channel::Chat,
            queue: BILLING,
            hint: CustomerHint { name: Some("D.".into()), ..CustomerHint::default() },
            customer: Some(CustomerId(1)),
            case: None,
            menu: Vec::new(),
            priority: Default::default(),
            language: String::new(),
            subject: "Bill".into(),
            body: None,
            came: None,
            callback: Box::default(),
            files: Vec::new(),
            maybe: Vec::new(),
            letter: None,
        }
    }

    fn rows(desk: &Desk) -> Vec<Row> {
        desk.state.rows().cloned().collect()
    }

    fn ids(desk: &Desk, of: u64) -> Vec<u64> {
        desk.state.kin(CustomerId(of)).iter().map(|c| c.id.0).collect()
    }

    #[test]
    fn chains_end_at_the_last_who_has_the_flags_of_all() {
        let mut desk = desk(4);
        desk.ask(ANA, merge(1, 2)).expect("merged");
        desk.ask(ANA, merge(2, 3)).expect("merged");
        // Whoever is named, it is whoever stands for them that goes on.
        desk.ask(ANA, merge(4, 1)).expect("merged");
        assert_eq!(desk.state.customer(CustomerId(4)).and_then(|c| c.merged.as_ref()).map(|m| m.into.0), Some(3));
        assert!((1..=4).all(|n| desk.state.customer_root(CustomerId(n)) == CustomerId(3)));
        assert_eq!(ids(&desk, 1), [3, 2, 1, 4]);
        let person = desk.state.person(CustomerId(1)).expect("there");
        assert_eq!(person.name, "Dana 3");
        assert_eq!(person.flags, ["flag-3", "vip", "flag-2", "flag-1", "flag-4"]);
        desk.ask(ANA, unmerge(2)).expect("taken apart");
        assert_eq!((ids(&desk, 1), ids(&desk, 3)), (vec![2, 1], vec![3, 4]), "what was theirs goes with them");
    }

    #[test]
    fn it_needs_a_reason_a_senior_and_two_people() {
        let mut desk = desk(3);
        let blank = Command::MergeCustomers { customer: CustomerId(1), into: CustomerId(2), reason: " ".into() };
        assert!(matches!(desk.ask(ANA, blank), Err(Refusal::Invalid { .. })));
        assert!(matches!(desk.ask(BEN, merge(1, 2)), Err(Refusal::NotAllowed { .. })), "Ben is no senior");
        assert!(matches!(desk.ask(BEN, unmerge(1)), Err(Refusal::NotAllowed { .. })));
        assert!(matches!(desk.ask(ANA, merge(1, 1)), Err(Refusal::Invalid { .. })));
        assert!(matches!(desk.ask(ANA, merge(1, 9)), Err(Refusal::Gone { .. })));
        desk.ask(ANA, merge(1, 2)).expect("merged");
        assert_eq!(desk.ask(ANA, merge(1, 2)), Ok(Vec::new()), "said twice it is said once");
        assert!(matches!(desk.ask(ANA, merge(2, 1)), Err(Refusal::Invalid { .. })), "never in a ring");
        let refused = desk.ask(ANA, merge(1, 3)).expect_err("merged elsewhere").sentence(desk.now);
        assert!(refused.contains("Dana 2"), "{refused}");
    }

    #[test]
    fn who_is_named_by_a_part_comes_as_the_whole_and_an_import_takes_nobody_apart() {
        let mut desk = desk(2);
        desk.ask(ANA, merge(1, 2)).expect("merged");
        let command = coming();
        desk.give(Actor::Gateway(KeyId(1)), command).expect("comes");
        let i = desk.state.interactions().next().expect("open").clone();
        assert_eq!((i.customer, i.name.as_str()), (Some(CustomerId(2)), "Dana 2."));
        assert_eq!(desk.state.case(i.case).and_then(|c| c.customer), Some(CustomerId(2)));
        let other = desk.open(Channel::Chat, BILLING, None);
        let case = desk.get(other).case;
        let is = Command::Identify { case, customer: Some(CustomerId(1)), from: None };
        desk.ask(ANA, is).expect("identified");
        assert_eq!(desk.get(other).customer, Some(CustomerId(2)));
        let known = desk.state.customer(CustomerId(1)).expect("there").clone();
        let anew = Customer { name: "Dana One".into(), merged: None, ..known.clone() };
        let contacts = Box::new(Contacts { id: CustomerId(1), ..Contacts::default() });
        desk.give(Actor::Operator, Command::ImportCustomer { customer: Box::new(anew), contacts }).expect("comes in");
        let now = desk.state.customer(CustomerId(1)).expect("there");
        assert_eq!((now.name.as_str(), &now.merged), ("Dana One", &known.merged));
    }

    #[test]
    fn figures_count_a_contact_as_whoever_stood_for_its_customer_when_it_came() {
        let mut desk = desk(2);
        let comes = |desk: &mut Desk| desk.give(Actor::Gateway(KeyId(1)), coming()).map(|_| ()).expect("comes");
        comes(&mut desk);
        desk.ask(ANA, merge(1, 2)).expect("merged");
        comes(&mut desk);
        desk.ask(ANA, unmerge(1)).expect("taken apart");
        comes(&mut desk);
        let mut fold = Fold::new();
        desk.log.iter().for_each(|event| fold.note(event));
        let whose: Vec<u64> = fold.facts().contacts.values().filter_map(|c| c.customer).map(|c| c.0).collect();
        assert_eq!(whose, [1, 2, 1]);
    }

    proptest! {
        #[test]
        fn merge_then_unmerge_is_the_identity(
            merges in prop::collection::vec((1u64..7, 1u64..7), 0..8),
            last in (1u64..7, 1u64..7),
            order in prop::collection::vec(any::<prop::sample::Index>(), 8),
        ) {
            let mut desk = desk(6);
            let empty = rows(&desk);
            for (a, b) in &merges {
                let _ = desk.ask(ANA, merge(*a, *b));
            }
            for n in 1..7 {
                let id = CustomerId(n);
                let root = desk.state.customer_root(id);
                prop_assert!(desk.state.customer(root).is_some_and(|c| c.merged.is_none()), "a chain ends");
                prop_assert!(desk.state.kin(id).iter().any(|c| c.id == id), "nobody is lost");
                prop_assert_eq!(ids(&desk, n), ids(&desk, root.0));
            }
            let before = rows(&desk);
            if desk.ask(ANA, merge(last.0, last.1)).is_ok_and(|events| !events.is_empty()) {
                prop_assert_ne!(&rows(&desk), &before);
                desk.ask(ANA, unmerge(last.0)).expect("taken apart");
            }
            prop_assert_eq!(&rows(&desk), &before);
            // In any order, everybody ends as they began.
            let mut merged: Vec<u64> = (1..7).filter(|n| desk.state.customer(CustomerId(*n)).is_some_and(|c| c.merged.is_some())).collect();
            for index in order {
                if merged.is_empty() {
                    break;
                }
                let n = merged.remove(index.index(merged.len()));
                desk.ask(ANA, unmerge(n)).expect("taken apart");
            }
            prop_assert_eq!(rows(&desk), empty);
        }
    }
}
