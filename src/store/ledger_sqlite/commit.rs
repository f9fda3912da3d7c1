//! Storing entries: events with the next seqs, their words apart, the verdict, the rows.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{derived, journal};
use crate::domain::ids::{DeviceId, KeyId, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::time::{At, DAY};
use crate::store::fault::Fault;
use crate::store::ledger::{Cause, Entry, Verdict};

/// How long a gateway may repeat a request and get the same answer.
const GATEWAY_DAYS: i64 = 30;

/// Stores one entry after `head`; the new head.
pub(super) fn store(tx: &Transaction<'_>, head: Seq, entry: &Entry) -> Result<Seq, Fault> {
    let last = head + entry.events.len() as Seq;
    if entry.refusal.is_some() && !entry.events.is_empty() {
        return Err(Fault::rejected("an entry cannot be refused and have events"));
    }
    if entry.events.is_empty() && !entry.changes.is_empty() {
        return Err(Fault::rejected("rows cannot change without an event"));
    }
    if let Some(change) = entry.changes.iter().find(|c| c.rev() != last) {
        let key = change.key();
        let what = format!("{} {} has revision {}, not {last}", key.entity.word(), key.id, change.rev());
        return Err(Fault::rejected(what));
    }
    for (seq, event) in (head + 1..).zip(&entry.events) {
        journal::write(tx, seq, last, entry.at, entry.actor, event)?;
    }
    entry.changes.iter().try_for_each(|change| derived::apply(tx, change))?;
    store_cause(tx, last, entry)?;
    Ok(last)
}

fn store_cause(tx: &Transaction<'_>, seq: Seq, entry: &Entry) -> Result<(), Fault> {
    match &entry.cause {
        Cause::Own => Ok(()),
        Cause::Desk { device, incarnation, n, hash } => {
            let before = highest(tx, *device, *incarnation)?;
            if *n != before + 1 {
                let what = format!("command {n} of device {device} does not follow command {before}");
                return Err(Fault::rejected(what));
            }
            let refusal = entry.refusal.as_ref().map(journal::to_json);
            let sql = "INSERT INTO verdict VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            tx.prepare_cached(sql)?.execute((
                device.0.cast_signed(),
                incarnation.cast_signed(),
                n.cast_signed(),
                seq.cast_signed(),
                hash.cast_signed(),
                refusal,
            ))?;
            Ok(())
        }
        Cause::Gateway { key, idempotency, hash, answer } => {
            let sql = "INSERT INTO gateway_answer VALUES (?1, ?2, ?3, ?4, ?5)";
            let args = (key.0.cast_signed(), idempotency, hash.cast_signed(), entry.at.0, answer);
            tx.prepare_cached(sql)?.execute(args)?;
            Ok(())
        }
    }
}

/// The highest number of a desk's incarnation that has a verdict.
fn highest(conn: &Connection, device: DeviceId, incarnation: u64) -> Result<u64, Fault> {
    let sql = "SELECT max(n) FROM verdict WHERE device = ?1 AND incarnation = ?2";
    let args = (device.0.cast_signed(), incarnation.cast_signed());
    let last: Option<i64> = conn.prepare_cached(sql)?.query_one(args, |r| r.get(0))?;
    Ok(last.map_or(0, i64::cast_unsigned))
}

/// What was answered to a desk's command.
pub(super) fn verdict(conn: &Connection, device: DeviceId, incarnation: u64, n: u64) -> Result<Verdict, Fault> {
    let sql = "SELECT seq, refusal, hash FROM verdict WHERE device = ?1 AND incarnation = ?2 AND n = ?3";
    let args = (device.0.cast_signed(), incarnation.cast_signed(), i64::try_from(n).unwrap_or(i64::MAX));
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, Option<String>>(1)?, r.get::<_, i64>(2)?));
    let found = conn.prepare_cached(sql)?.query_row(args, read).optional()?;
    let Some((seq, refusal, hash)) = found else {
        return Ok(Verdict::New { last: highest(conn, device, incarnation)? });
    };
    let refusal: Option<Refusal> = refusal.map(|text| journal::from_json(&text, "a verdict")).transpose()?;
    Ok(Verdict::Answered { seq: seq.cast_unsigned(), refusal, hash: hash.cast_unsigned() })
}

/// What was answered to a gateway's request.
pub(super) fn gateway_answer(conn: &Connection, key: KeyId, idempotency: &str) -> Result<Option<(u64, String)>, Fault> {
    let sql = "SELECT hash, answer FROM gateway_answer WHERE key = ?1 AND idempotency = ?2";
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?.cast_unsigned(), r.get(1)?));
    Ok(conn.prepare_cached(sql)?.query_row((key.0.cast_signed(), idempotency), read).optional()?)
}

/// Forgets answers to gateways older than [`GATEWAY_DAYS`].
pub(super) fn sweep(conn: &Connection, now: At) -> Result<(), Fault> {
    conn.execute("DELETE FROM gateway_answer WHERE at < ?1", [now.plus(-GATEWAY_DAYS * DAY).0])?;
    Ok(())
}
