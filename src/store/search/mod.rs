//! Finding things in the cache while someone types: articles, past cases, customers.
//!
//! Nothing here ranks an unbounded set. Full text gives the first few hundred matches in id order, which is an order
//! of worth for articles and of time for cases, and only those are read and scored. What people type is hostile:
//! every word is quoted, so no query is ever an error.

pub(super) mod articles;
mod excerpt;
mod fold;
pub(super) mod history;
pub(super) mod people;
pub(super) mod typo;
mod words;

pub use articles::ArticleQuery;
pub use history::{CaseFound, TimelineLine};

use rusqlite::Connection;

use super::fault::Fault;

/// Which end of the ids the first matches are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Lowest,
    Highest,
}

/// Ids of the first rows a full-text table has for an expression of [`words::Words::expression`].
fn matches(conn: &Connection, table: &str, expression: &str, from: From, most: usize) -> Result<Vec<u64>, Fault> {
    let order = match from {
        From::Lowest => "ASC",
        From::Highest => "DESC",
    };
    let sql = format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid {order} LIMIT ?2");
    let mut query = conn.prepare_cached(&sql)?;
    let found = query.query_map((expression, most as i64), |r| r.get::<_, i64>(0))?;
    Ok(found.map(|id| id.map(i64::cast_unsigned)).collect::<Result<_, _>>()?)
}
