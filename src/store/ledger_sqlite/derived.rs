//! The tables made from events: rows, what left a scope, and the ways to find a row by name, identity or alarm.
//!
//! The live server and the replay of [`super::verify`] both write through [`apply`], so they cannot differ.

use rusqlite::{Connection, OptionalExtension};

use super::{mark, set_mark};
use crate::domain::ids::Seq;
use crate::domain::proof::Clue;
use crate::domain::routing::timers;
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::scope::Scope;
use crate::domain::time::{At, DAY};
use crate::store::fault::Fault;
use crate::store::rows;

pub(super) const TABLES: &str = "
    CREATE TABLE gone(
        scope INTEGER NOT NULL,
        rev INTEGER NOT NULL,
        key INTEGER NOT NULL,
        born INTEGER NOT NULL,
        PRIMARY KEY(scope, rev, key)) WITHOUT ROWID;
    CREATE TABLE arrived(
        key INTEGER NOT NULL,
        scope INTEGER NOT NULL,
        rev INTEGER NOT NULL,
        PRIMARY KEY(key, scope)) WITHOUT ROWID;
    CREATE TABLE last(entity INTEGER PRIMARY KEY, id INTEGER NOT NULL);
    CREATE TABLE name(key INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE INDEX name_by ON name(name);
    CREATE TABLE identity(
        customer INTEGER NOT NULL,
        source INTEGER NOT NULL,
        identity TEXT NOT NULL,
        PRIMARY KEY(customer, source, identity)) WITHOUT ROWID;
    CREATE INDEX identity_by ON identity(identity);
    CREATE TABLE alarm(id INTEGER PRIMARY KEY, at INTEGER, clocked INTEGER NOT NULL);
    CREATE INDEX alarm_by ON alarm(at);
";

/// How long a desk may be away and still catch up with what changed, instead of everything.
const FEED_DAYS: i64 = 14;

/// Makes one change of one row.
pub(super) fn apply(conn: &Connection, change: &Change) -> Result<(), Fault> {
    let key = change.key();
    let Some(packed) = rows::pack(key) else {
        return Err(Fault::rejected(format!("{} {} has an id out of range", key.entity.word(), key.id)));
    };
    match change {
        Change::Put { rev, scope, body, .. } => {
            let row = Row::decode(key.entity, body)
                .ok_or_else(|| Fault::rejected(format!("{} {} is not readable", key.entity.word(), key.id)))?;
            rows::put(conn, packed, *scope, *rev, Some(&row), body)?;
            if passes(key.entity) {
                let args = (packed, scope.code(), rev.cast_signed());
                conn.prepare_cached("INSERT OR IGNORE INTO arrived VALUES (?1, ?2, ?3)")?.execute(args)?;
            }
            know_id(conn, key)?;
            index(conn, packed, &row)
        }
        Change::Forget { rev, scope, .. } => {
            let born = if passes(key.entity) { arrived(conn, packed, *scope)? } else { 0 };
            let args = (scope.code(), rev.cast_signed(), packed, born);
            conn.prepare_cached("INSERT OR IGNORE INTO gone VALUES (?1, ?2, ?3, ?4)")?.execute(args)?;
            let sql = "DELETE FROM row WHERE key = ?1 AND scope = ?2";
            match conn.prepare_cached(sql)?.execute((packed, scope.code()))? {
                0 => Ok(()),
                _ => unindex(conn, packed, key),
            }
        }
        Change::Absent { .. } => {
            Err(Fault::rejected(format!("{} {} comes without its text", key.entity.word(), key.id)))
        }
    }
}

/// Kinds that come and go all day: a desk that was away for all of one's stay need not hear that it is gone.
fn passes(entity: Entity) -> bool {
    entity == Entity::Interaction
}

/// The revision at which a row came into a scope that it leaves now; 0 when nobody knows.
fn arrived(conn: &Connection, packed: i64, scope: Scope) -> Result<i64, Fault> {
    let sql = "DELETE FROM arrived WHERE key = ?1 AND scope = ?2 RETURNING rev";
    let mut query = conn.prepare_cached(sql)?;
    let mut found = query.query((packed, scope.code()))?;
    let born = found.next()?.map(|row| row.get(0)).transpose()?;
    Ok(born.unwrap_or(0))
}

fn know_id(conn: &Connection, key: RowKey) -> Result<(), Fault> {
    let sql = "INSERT INTO last VALUES (?1, ?2) ON CONFLICT DO UPDATE SET id = excluded.id WHERE id < excluded.id";
    conn.prepare_cached(sql)?.execute((key.entity as u8, key.id.cast_signed()))?;
    Ok(())
}

/// What a row is called in files, unique within its kind.
fn name(row: &Row) -> Option<String> {
    let name = match row {
        Row::Team(r) => r.key.clone(),
        Row::Skill(r) => r.key.clone(),
        Row::Queue(r) => r.key.clone(),
        Row::Reason(r) => r.path.clone(),
        Row::Outcome(r) => r.key.clone(),
        Row::BreakCode(r) => r.key.clone(),
        Row::Policy(r) => r.key.clone(),
        Row::Calendar(r) => r.key.clone(),
        Row::Agent(r) => r.login.clone(),
        Row::Customer(r) => r.reference.clone(),
        Row::Case(r) => r.reference.clone(),
        Row::ArticleHead(r) => format!("{}/{}", r.locale, r.slug),
        _ => return None,
    };
    (!name.is_empty()).then_some(name)
}

fn index(conn: &Connection, packed: i64, row: &Row) -> Result<(), Fault> {
    match name(row) {
        Some(name) => {
            let sql = "INSERT INTO name VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = excluded.name";
            conn.prepare_cached(sql)?.execute((packed, name))?;
        }
        None if has_name(row.entity()) => unname(conn, packed)?,
        None => {}
    }
    match row {
        Row::Customer(c) => set_identities(conn, row.key(), [c.reference.as_str()].into_iter()),
        Row::Contacts(c) => {
            let all = c.phones.iter().chain(&c.emails).chain([&c.handle]);
            set_identities(conn, row.key(), all.map(String::as_str))
        }
        Row::Case(c) => set_alarm(conn, c.id.0, timers::case_alarm(c), c.sla.open().next().is_some()),
        _ => Ok(()),
    }
}

fn unindex(conn: &Connection, packed: i64, key: RowKey) -> Result<(), Fault> {
    if has_name(key.entity) {
        unname(conn, packed)?;
    }
    match key.entity {
        Entity::Customer | Entity::Contacts => set_identities(conn, key, [].into_iter()),
        Entity::Case => set_alarm(conn, key.id, None, false),
        _ => Ok(()),
    }
}

fn has_name(entity: Entity) -> bool {
    matches!(
        entity,
        Entity::Team
            | Entity::Skill
            | Entity::Queue
            | Entity::Reason
            | Entity::Outcome
            | Entity::BreakCode
            | Entity::Policy
            | Entity::Calendar
            | Entity::Agent
            | Entity::Customer
            | Entity::Case
            | Entity::ArticleHead
    )
}

fn unname(conn: &Connection, packed: i64) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM name WHERE key = ?1")?.execute([packed])?;
    Ok(())
}

/// Sets the identities a customer has from one kind of row.
fn set_identities<'a>(conn: &Connection, of: RowKey, identities: impl Iterator<Item = &'a str>) -> Result<(), Fault> {
    let (customer, source) = (of.id.cast_signed(), of.entity as u8);
    let sql = "DELETE FROM identity WHERE customer = ?1 AND source = ?2";
    conn.prepare_cached(sql)?.execute((customer, source))?;
    for identity in identities {
        let folded = fold(identity);
        if !folded.is_empty() {
            let sql = "INSERT OR IGNORE INTO identity VALUES (?1, ?2, ?3)";
            conn.prepare_cached(sql)?.execute((customer, source, folded))?;
        }
    }
    Ok(())
}

/// The form in which identities are compared: no spaces around, lower case, and of a telephone number written with
/// its plus only the digits.
fn fold(identity: &str) -> String {
    let text = identity.trim();
    match text.strip_prefix('+') {
        Some(number) if number.chars().all(|c| c.is_ascii_digit() || " ()-./".contains(c)) => {
            std::iter::once('+').chain(number.chars().filter(char::is_ascii_digit)).collect()
        }
        _ => text.to_lowercase(),
    }
}

/// Keeps a case in the list of alarms while something will have to be said about it or a clock of its is not over.
fn set_alarm(conn: &Connection, case: u64, at: Option<At>, clocked: bool) -> Result<(), Fault> {
    if at.is_none() && !clocked {
        conn.prepare_cached("DELETE FROM alarm WHERE id = ?1")?.execute([case.cast_signed()])?;
        return Ok(());
    }
    let sql = "INSERT INTO alarm VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET at = excluded.at, clocked = excluded.clocked";
    conn.prepare_cached(sql)?.execute((case.cast_signed(), at.map(|at| at.0), clocked))?;
    Ok(())
}

/// Customers an identity of this kind matches.
pub(super) fn customers_by_identity(conn: &Connection, clue: Clue, identity: &str) -> Result<Vec<u64>, Fault> {
    let source = match clue {
        Clue::Reference => Entity::Customer,
        Clue::Number | Clue::Address => Entity::Contacts,
    };
    let sql = "SELECT DISTINCT customer FROM identity WHERE identity = ?1 AND source = ?2 ORDER BY customer";
    let mut query = conn.prepare_cached(sql)?;
    let found = query.query_map((fold(identity), source as u8), |r| r.get::<_, i64>(0))?;
    Ok(found.map(|id| id.map(i64::cast_unsigned)).collect::<Result<_, _>>()?)
}

/// Id of a row by its name in files.
pub(super) fn id_by_name(conn: &Connection, entity: Entity, name: &str) -> Result<Option<u64>, Fault> {
    let (low, high) = rows::range(entity);
    let sql = "SELECT key FROM name WHERE name = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key LIMIT 1";
    let key: Option<i64> = conn.prepare_cached(sql)?.query_row((name, low, high), |r| r.get(0)).optional()?;
    Ok(key.map(rows::known).transpose()?.map(|key| key.id))
}

/// Cases about which something must be said by `now`, soonest first, and when the next one is due.
pub(super) fn alarms_due(conn: &Connection, now: At) -> Result<(Vec<u64>, Option<At>), Fault> {
    let mut query = conn.prepare_cached("SELECT id FROM alarm WHERE at <= ?1 ORDER BY at, id")?;
    let due = query.query_map([now.0], |r| r.get::<_, i64>(0))?;
    let due = due.map(|id| id.map(i64::cast_unsigned)).collect::<Result<_, _>>()?;
    let mut query = conn.prepare_cached("SELECT min(at) FROM alarm WHERE at > ?1")?;
    let next: Option<i64> = query.query_one([now.0], |r| r.get(0))?;
    Ok((due, next.map(At)))
}

/// Cases with a clock that is not over, by id.
pub(super) fn clocked(conn: &Connection, after: u64, limit: usize) -> Result<Vec<u64>, Fault> {
    let mut query = conn.prepare_cached("SELECT id FROM alarm WHERE clocked AND id > ?1 ORDER BY id LIMIT ?2")?;
    let ids = query.query_map((after.cast_signed(), limit as i64), |r| r.get::<_, i64>(0))?;
    Ok(ids.map(|id| id.map(i64::cast_unsigned)).collect::<Result<_, _>>()?)
}

/// Oldest cursor from which everything that left a scope since is still known.
pub(super) fn floor(conn: &Connection) -> Result<Seq, Fault> {
    Ok(mark(conn, "floor")?.map_or(0, i64::cast_unsigned))
}

/// Forgets what left a scope more than [`FEED_DAYS`] before `now`.
pub(super) fn sweep(conn: &Connection, now: At) -> Result<(), Fault> {
    let sql = "SELECT entry FROM event WHERE at < ?1 ORDER BY seq DESC LIMIT 1";
    let old: Option<i64> = conn.query_row(sql, [now.plus(-FEED_DAYS * DAY).0], |r| r.get(0)).optional()?;
    // A clock that was set back does not bring back what is gone.
    let known = floor(conn)?;
    if let Some(floor) = old.filter(|old| old.cast_unsigned() > known) {
        conn.execute("DELETE FROM gone WHERE rev <= ?1", [floor])?;
        set_mark(conn, "floor", floor)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn identities_are_compared_as_people_write_them() {
        assert_eq!(fold(" Dana.Holt@Example.ORG "), "dana.holt@example.org");
        assert_eq!(fold("+44 (20) 7946-0123"), "+442079460123");
        assert_eq!(fold("C-1000.20"), "c-1000.20");
        assert_eq!(fold("+49 call me"), "+49 call me");
    }
}
