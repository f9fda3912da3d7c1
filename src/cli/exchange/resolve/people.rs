//! Customers: by their reference, or this ledger's own by number.

use super::{Names, Step, own_number};
use crate::cli::exchange::record;
use crate::domain::Command;
use crate::domain::ids::{AgentId, CustomerId};
use crate::domain::kin::MergedCustomer;
use crate::domain::people::{Contacts, Customer};
use crate::domain::row::{Entity, Row, RowKey};

impl Names {
    pub(super) fn customer(&self, r: &record::Customer) -> Step {
        let own = self.own_customer(&r.reference).filter(|_| self.is_own_customer(r));
        let id = CustomerId(own.map(|c| c.id.0).or_else(|| self.id(Entity::Customer, &r.reference)).unwrap_or(0));
        let contacts = Contacts { id, phones: r.phones.clone(), emails: r.emails.clone(), handle: r.handle.clone() };
        let known = match self.rows.get(&RowKey { entity: Entity::Customer, id: id.0 }) {
            Some(Row::Customer(c)) => Some(c),
            _ => None,
        };
        let customer = Customer {
            id,
            reference: if own.is_some() { String::new() } else { r.reference.clone() },
            name: r.name.clone(),
            locale: r.locale.clone(),
            zone: r.zone.clone(),
            plan: r.plan.clone(),
            flags: r.flags.clone(),
            note: r.note.clone(),
            since: r.since.clone(),
            masked: contacts.masked(),
            merged: known.and_then(|c| c.merged.clone()),
            holds: known.map(|c| c.holds.clone()).unwrap_or_default(),
        };
        let same = |row: Row| self.rows.get(&row.key()) == Some(&row);
        if id.0 != 0 && same(customer.clone().into()) && same(contacts.clone().into()) {
            return Step::Same;
        }
        Step::Do(Box::new(Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) }))
    }

    pub(super) fn merged(&self, r: &record::MergedCustomer) -> Result<Step, String> {
        let find = |reference: &String| {
            let named = self.id(Entity::Customer, reference).map(|id| RowKey { entity: Entity::Customer, id });
            let found = match named.and_then(|key| self.rows.get(&key)) {
                Some(Row::Customer(c)) => Some(c),
                _ => self.own_customer(reference),
            };
            found.ok_or_else(|| format!("there is no customer {reference}"))
        };
        let (customer, into) = (find(&r.customer)?, find(&r.into)?.id);
        let by = AgentId(self.need(Entity::Agent, &r.by)?);
        let merged = MergedCustomer { into, by, at: r.at.0, reason: r.reason.clone() };
        if customer.merged.as_deref() == Some(&merged) {
            return Ok(Step::Same);
        }
        Ok(Step::Do(Box::new(Command::ImportMerged(customer.id, Box::new(merged)))))
    }

    /// The customer without a reference whom `#301` may stand for, unless another has that for a reference.
    pub(super) fn own_customer(&self, reference: &str) -> Option<&Customer> {
        let id = own_number(reference).filter(|_| self.id(Entity::Customer, reference).is_none())?;
        match self.rows.get(&RowKey { entity: Entity::Customer, id }) {
            Some(Row::Customer(c)) if c.reference.is_empty() => Some(c),
            _ => None,
        }
    }

    /// Whether a record is this ledger's own customer of that number and not another desk's.
    pub(super) fn is_own_customer(&self, r: &record::Customer) -> bool {
        let own = self.own_customer(&r.reference).map(|c| RowKey { entity: Entity::Contacts, id: c.id.0 });
        match own.and_then(|key| self.rows.get(&key)) {
            Some(Row::Contacts(c)) => {
                r.phones.iter().any(|p| c.phones.contains(p)) || r.emails.iter().any(|e| c.emails.contains(e))
            }
            _ => false,
        }
    }
}
