//! Customers who are one person, as the cache holds them: looked up by any of them, shown as one.

use rusqlite::Connection;

use super::reader::{key, of_kind};
use crate::domain::ids::CustomerId;
use crate::domain::kin::{MOST, gather};
use crate::domain::people::{Contacts, Customer};
use crate::domain::row::{Entity, Row};
use crate::store::fault::Fault;
use crate::store::rows;
use crate::store::search::people;

/// Identities of one customer that others are looked for by.
const IDENTITIES: usize = 10;

fn read(conn: &Connection, id: CustomerId) -> Result<Option<Customer>, Fault> {
    let row = rows::readable(conn, key(Entity::Customer, id.0))?;
    Ok(row.and_then(|row| Customer::try_from(row).ok()))
}

/// Everybody who is one person with this customer, whoever stands for them first; empty when the cache does not hold
/// them. What the cache does not hold of the chain ends it.
pub(super) fn kin(conn: &Connection, id: CustomerId) -> Result<Vec<Customer>, Fault> {
    let Some(mut root) = read(conn, id)? else { return Ok(Vec::new()) };
    for _ in 0..MOST {
        let Some(into) = root.merged.as_ref().map(|m| m.into) else { break };
        let Some(next) = read(conn, into)? else { break };
        root = next;
    }
    let mut fault = None;
    let kin = gather(root.id, |id| match read(conn, id) {
        Ok(customer) => customer,
        Err(error) => {
            fault = Some(error);
            None
        }
    });
    fault.map_or(Ok(kin), Err)
}

/// How to reach a customer, if the role may see it.
pub(super) fn contacts(conn: &Connection, id: CustomerId) -> Result<Option<Contacts>, Fault> {
    let row = rows::readable(conn, key(Entity::Contacts, id.0))?;
    Ok(row.and_then(|row| Contacts::try_from(row).ok()))
}

/// Each customer as whoever stands for them, once.
pub(super) fn roots(conn: &Connection, found: Vec<Customer>) -> Result<Vec<Customer>, Fault> {
    let mut roots: Vec<Customer> = Vec::with_capacity(found.len());
    for customer in found {
        let root = match customer.merged {
            None => Some(customer),
            Some(_) => kin(conn, customer.id)?.into_iter().next(),
        };
        roots.extend(root.filter(|root| roots.iter().all(|c| c.id != root.id)));
    }
    Ok(roots)
}

/// Others who have an identity of this customer: who may be the same person.
pub(super) fn alike(conn: &Connection, id: CustomerId, limit: usize) -> Result<Vec<Customer>, Fault> {
    let kin = kin(conn, id)?;
    let mut found = Vec::new();
    for one in &kin {
        let Some(theirs) = contacts(conn, one.id)? else { continue };
        for identity in theirs.phones.iter().chain(&theirs.emails).take(IDENTITIES) {
            for other in people::search(conn, identity, limit)? {
                // The search takes beginnings of words too; here only the same counts.
                let has = contacts(conn, other.id)?.is_some_and(|c| {
                    c.phones.contains(identity) || c.emails.iter().any(|e| e.eq_ignore_ascii_case(identity))
                });
                if has {
                    found.push(other);
                }
            }
        }
    }
    let mut alike = roots(conn, found)?;
    alike.retain(|c| kin.iter().all(|one| one.id != c.id));
    alike.truncate(limit);
    Ok(alike)
}

/// Every row of a kind that belongs to any of these customers.
pub(super) fn children<T: TryFrom<Row>>(conn: &Connection, kin: &[Customer], entity: Entity) -> Result<Vec<T>, Fault> {
    let mut all = Vec::new();
    for one in kin {
        all.extend(of_kind(rows::children(conn, entity, one.id.0)?));
    }
    Ok(all)
}
