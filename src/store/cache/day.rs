//! What the figures of an agent's day are made of, out of the cache.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::reader::CacheReader;
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::tally::{Departure, Rating};
use crate::domain::time::At;
use crate::domain::work::{Case, WrapUp};
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::rows;

/// Rows the figures of a day are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayRows {
    /// Finished legs, oldest first.
    pub wrap_ups: Vec<WrapUp>,
    /// Waits that ended without an answer, oldest first.
    pub departures: Vec<Departure>,
    /// What customers answered, oldest first.
    pub ratings: Vec<Rating>,
    /// The cases of today's contacts, with their customers' names.
    pub cases: Vec<(Case, String)>,
}

impl CacheReader {
    /// Everything since `today`; since `since` the legs of `me`, and those of their customers whoever had them.
    pub fn day(&mut self, me: AgentId, today: At, since: At) -> Result<DayRows, StoreError> {
        self.snapshot(|conn| {
            let mut wrap_ups: Vec<WrapUp> = newest(conn, Entity::WrapUp, since, |w: &WrapUp| match w.interaction {
                // Imported history has whatever ids its import gave it.
                InteractionId(0) => None,
                _ => Some(w.at),
            })?;
            let mine: BTreeSet<_> = wrap_ups.iter().filter(|w| w.agent == me).filter_map(|w| w.customer).collect();
            let theirs = |w: &WrapUp| w.customer.is_some_and(|c| mine.contains(&c));
            wrap_ups.retain(|w| w.at >= today || w.agent == me || theirs(w));
            let departures: Vec<Departure> = newest(conn, Entity::Departure, today, |d: &Departure| Some(d.at))?;
            let ratings: Vec<Rating> = newest(conn, Entity::Rating, today, |r: &Rating| Some(r.at))?;
            let worked = wrap_ups.iter().filter(|w| w.at >= today || w.agent == me).map(|w| w.case);
            let met = worked.chain(departures.iter().map(|d| d.case)).chain(ratings.iter().map(|r| r.case));
            let cases = cases(conn, met.collect())?;
            Ok(DayRows { wrap_ups, departures, ratings, cases })
        })
    }
}

/// Rows of one kind from the newest id down to the first that is older than `since`, oldest first. Rows without an
/// instant are passed over.
fn newest<T: TryFrom<Row>>(
    conn: &Connection,
    entity: Entity,
    since: At,
    at: impl Fn(&T) -> Option<At>,
) -> Result<Vec<T>, Fault> {
    let sql = "SELECT body FROM row WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC";
    let mut query = conn.prepare_cached(sql)?;
    let mut found = query.query(rows::range(entity))?;
    let mut kept = Vec::new();
    while let Some(row) = found.next()? {
        let body = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let Some(row) = Row::decode(entity, body).and_then(|row| T::try_from(row).ok()) else { continue };
        match at(&row) {
            Some(at) if at < since => break,
            Some(_) => kept.push(row),
            None => {}
        }
    }
    kept.reverse();
    Ok(kept)
}

fn cases(conn: &Connection, ids: BTreeSet<CaseId>) -> Result<Vec<(Case, String)>, Fault> {
    let mut cases = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(Row::Case(case)) = rows::readable(conn, RowKey { entity: Entity::Case, id: id.0 })? else { continue };
        let customer = case.customer.map(|c| RowKey { entity: Entity::Customer, id: c.0 });
        let name = match customer.map(|key| rows::readable(conn, key)).transpose()?.flatten() {
            Some(Row::Customer(customer)) => customer.name,
            _ => String::new(),
        };
        cases.push((case, name));
    }
    Ok(cases)
}
