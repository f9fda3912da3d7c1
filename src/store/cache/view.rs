//! Which cases are in a view: every case of the cache looked at by the rules of `domain::view`.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::cursors;
use super::reader::hot;
use crate::domain::ids::CustomerId;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::At;
use crate::domain::view::{self, Sight};
use crate::domain::work::Case;
use crate::store::fault::Fault;
use crate::store::rows;

/// Cases in view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// In the order of views, each with its customer's name.
    pub cases: Vec<(Case, String)>,
    /// How many there are, those left out included.
    pub total: usize,
}

pub(super) fn view(conn: &Connection, text: &str, now: At, limit: usize) -> Result<Result<Found, view::Fault>, Fault> {
    let state = hot(conn)?;
    let expr = match view::read(text, &state) {
        Ok(expr) => expr,
        Err(fault) => return Ok(Err(fault)),
    };
    let sight = Sight { state: &state, me: cursors(conn)?.agent, now };
    let mut names = Names { conn, known: BTreeMap::new() };
    let mut found = Vec::new();
    let mut query = conn.prepare_cached("SELECT key, body FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key")?;
    let mut cases = query.query(rows::range(Entity::Case))?;
    while let Some(row) = cases.next()? {
        let key = rows::known(row.get(0)?)?;
        let body = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let Some(Row::Case(case)) = Row::decode(key.entity, body) else { continue };
        let name = if expr.needs_name() { names.of(case.customer)? } else { String::new() };
        if sight.holds(&expr, &case, &name) {
            found.push((sight.order(&case), case));
        }
    }
    let total = found.len();
    found.sort_by_key(|(order, _)| *order);
    found.truncate(limit);
    let named = found.into_iter().map(|(_, case)| Ok((names.of(case.customer)?, case)));
    let cases = named.map(|found| found.map(|(name, case)| (case, name))).collect::<Result<_, Fault>>()?;
    Ok(Ok(Found { cases, total }))
}

/// Customers' names, each read once.
struct Names<'c> {
    conn: &'c Connection,
    known: BTreeMap<CustomerId, String>,
}

impl Names<'_> {
    fn of(&mut self, customer: Option<CustomerId>) -> Result<String, Fault> {
        let Some(id) = customer else { return Ok(String::new()) };
        if let Some(name) = self.known.get(&id) {
            return Ok(name.clone());
        }
        let name = match rows::readable(self.conn, RowKey { entity: Entity::Customer, id: id.0 })? {
            Some(Row::Customer(customer)) => customer.name,
            _ => String::new(),
        };
        self.known.insert(id, name.clone());
        Ok(name)
    }
}
