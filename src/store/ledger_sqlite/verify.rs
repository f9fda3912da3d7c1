//! Proof that ledger and tables agree: the file is sound, `seq` has no gap, and the events make exactly these rows.

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use super::replay::Replay;
use super::{derived, journal};
use crate::domain::ids::Seq;
use crate::store::StoreError;
use crate::store::fault::Fault;
use crate::store::ledger::Verified;
use crate::store::open::Db;
use crate::store::rows;

/// Events replayed in one go.
const PAGE: usize = 2_000;
/// Differences told one by one; of more only the number.
const TOLD: usize = 100;

/// The other derived tables, each read in full and in order.
const BESIDE: [(&str, &str); 4] = [
    ("the list of names", "SELECT key, name FROM name ORDER BY key"),
    ("the list of identities", "SELECT customer, source, identity FROM identity ORDER BY customer, source, identity"),
    ("the list of alarms", "SELECT id, at, clocked FROM alarm ORDER BY id"),
    ("the list of highest ids", "SELECT entity, id FROM last ORDER BY entity"),
];

struct Report {
    verified: Verified,
    untold: usize,
}

impl Report {
    fn fault(&mut self, words: String) {
        if self.verified.faults.len() < TOLD {
            self.verified.faults.push(words);
        } else {
            self.untold += 1;
        }
    }
}

pub(super) fn verify(db: &mut Db) -> Result<Verified, StoreError> {
    let path = db.path().to_owned();
    let named = |error: StoreError| Fault::damaged(format!("the replay failed: {error}"));
    let mut replay = Replay::new()?;
    db.snapshot(|tx| {
        let mut report = Report { verified: Verified::default(), untold: 0 };
        soundness(tx, &mut report)?;
        if !report.verified.faults.is_empty() {
            // Reading on in a broken file would only add noise.
            return Ok(report);
        }
        gaps(tx, &mut report)?;
        let mut after: Seq = 0;
        loop {
            let page = journal::read(tx, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.entered.seq;
            report.verified.events += page.len() as u64;
            replay.feed(page).map_err(named)?;
        }
        let made = replay.tables();
        compare_rows(tx, made, &mut report)?;
        for (what, sql) in BESIDE {
            compare(tx, made, what, sql, &mut report)?;
        }
        let floor = derived::floor(tx)?;
        let sql = format!("SELECT scope, rev, key FROM gone WHERE rev > {floor} ORDER BY scope, rev, key");
        compare(tx, made, "the list of what left a scope", &sql, &mut report)?;
        Ok(report)
    })
    .map(|report| {
        let Report { mut verified, untold } = report;
        if untold > 0 {
            verified.faults.push(format!("and {untold} more differences in {}", path.display()));
        }
        verified
    })
}

fn soundness(conn: &Connection, report: &mut Report) -> Result<(), Fault> {
    let mut query = conn.prepare("PRAGMA integrity_check(20)")?;
    let mut lines = query.query([])?;
    while let Some(line) = lines.next()? {
        let words: String = line.get(0)?;
        if words != "ok" {
            report.fault(format!("the file is damaged: {words}"));
        }
    }
    Ok(())
}

fn gaps(conn: &Connection, report: &mut Report) -> Result<(), Fault> {
    let sql = "SELECT count(*), ifnull(max(seq), 0) FROM event";
    let (count, last): (i64, i64) = conn.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    if count != last {
        report.fault(format!("the ledger has {count} events but counts to {last}"));
    }
    let sql = "SELECT seq + 1 FROM event AS e WHERE seq < ?1
        AND NOT EXISTS (SELECT 1 FROM event WHERE seq = e.seq + 1) LIMIT 10";
    let mut query = conn.prepare(sql)?;
    let missing = query.query_map([last], |r| r.get::<_, i64>(0))?;
    for seq in missing {
        report.fault(format!("event {} is missing", seq?));
    }
    let sql = "SELECT entry FROM event AS e WHERE NOT EXISTS (SELECT 1 FROM event WHERE seq = e.entry) LIMIT 1";
    let mut query = conn.prepare(sql)?;
    let torn = query.query_map([], |r| r.get::<_, i64>(0))?;
    for entry in torn {
        report.fault(format!("the entry that ends with event {} is not whole", entry?));
    }
    Ok(())
}

/// A row as compared: key, scope, rev, body.
type Compared = (i64, i64, i64, Vec<u8>);

fn compare_rows(stored: &Connection, made: &Connection, report: &mut Report) -> Result<(), Fault> {
    const SQL: &str = "SELECT key, scope, rev, body FROM row ORDER BY key";
    let read =
        |r: &rusqlite::Row<'_>| -> rusqlite::Result<Compared> { Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)) };
    let (mut left, mut right) = (stored.prepare(SQL)?, made.prepare(SQL)?);
    let (mut left, mut right) = (left.query_map([], read)?, right.query_map([], read)?);
    let (mut ours, mut theirs) = (left.next().transpose()?, right.next().transpose()?);
    loop {
        let (next_ours, next_theirs) = match (&ours, &theirs) {
            (None, None) => return Ok(()),
            (Some(a), Some(b)) if a.0 == b.0 => {
                if let Some(words) = difference(a, b) {
                    report.fault(format!("{} {words}", name(a.0)));
                }
                (true, true)
            }
            (Some(a), b) if b.as_ref().is_none_or(|b| a.0 < b.0) => {
                report.fault(format!("{} is stored, but no event made it", name(a.0)));
                (true, false)
            }
            (_, b) => {
                report.fault(format!("{} is missing", b.as_ref().map_or_else(String::new, |b| name(b.0))));
                (false, true)
            }
        };
        if next_ours {
            report.verified.rows += 1;
            ours = left.next().transpose()?;
        }
        if next_theirs {
            theirs = right.next().transpose()?;
        }
    }
}

fn difference(stored: &Compared, made: &Compared) -> Option<String> {
    let scope = |code| rows::scope(code).map_or_else(|_| code.to_string(), |s| format!("{s:?}"));
    if stored.1 != made.1 {
        return Some(format!("is stored in {}, but its events put it in {}", scope(stored.1), scope(made.1)));
    }
    if stored.2 != made.2 {
        return Some(format!("has revision {}, but event {} changed it last", stored.2, made.2));
    }
    (stored.3 != made.3).then(|| "is stored with other contents than its events make".to_owned())
}

fn name(key: i64) -> String {
    rows::unpack(key).map_or_else(|| format!("row {key}"), |key| format!("{} {}", key.entity.word(), key.id))
}

/// Compares a whole table line by line; the first difference stands for all.
fn compare(stored: &Connection, made: &Connection, what: &str, sql: &str, report: &mut Report) -> Result<(), Fault> {
    let (mut left, mut right) = (stored.prepare(sql)?, made.prepare(sql)?);
    let columns = left.column_count();
    let (mut left, mut right) = (lines(&mut left, columns)?, lines(&mut right, columns)?);
    loop {
        match (left.next().transpose()?, right.next().transpose()?) {
            (None, None) => return Ok(()),
            (a, b) if a == b => {}
            (a, b) => {
                let say = |line: Option<Vec<Value>>| line.map_or("nothing".to_owned(), |line| format!("{line:?}"));
                report.fault(format!("{what} has {} where the events make {}", say(a), say(b)));
                return Ok(());
            }
        }
    }
}

fn lines<'a>(
    statement: &'a mut Statement<'_>,
    columns: usize,
) -> rusqlite::Result<impl Iterator<Item = rusqlite::Result<Vec<Value>>> + 'a> {
    statement.query_map([], move |row| (0..columns).map(|i| row.get(i)).collect())
}
