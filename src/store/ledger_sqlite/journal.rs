//! Events on disk: JSON without the words, and the words beside them, so that erasing words leaves the figures true.

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::Actor;
use crate::domain::event::Event;
use crate::domain::ids::Seq;
use crate::domain::time::At;
use crate::store::fault::Fault;
use crate::store::ledger::Entered;

/// An event and the last seq of the entry it belongs to.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) entry: Seq,
    pub(super) entered: Entered,
}

/// Writes one event.
pub(super) fn write(conn: &Connection, seq: Seq, entry: Seq, at: At, actor: Actor, event: &Event) -> Result<(), Fault> {
    let mut bare = event.clone();
    for (idx, word) in bare.words_mut().into_iter().enumerate() {
        if !word.is_empty() {
            let sql = "INSERT INTO words VALUES (?1, ?2, ?3)";
            conn.prepare_cached(sql)?.execute((seq.cast_signed(), idx as i64, std::mem::take(word)))?;
        }
    }
    let args = (seq.cast_signed(), entry.cast_signed(), at.0, to_json(&actor), to_json(&bare));
    conn.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(args)?;
    Ok(())
}

/// Events after `after` in order, at most `limit`, words put back.
pub(super) fn read(conn: &Connection, after: Seq, limit: usize) -> Result<Vec<Stored>, Fault> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = "SELECT seq, entry, at, actor, body FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut query = conn.prepare_cached(sql)?;
    let mut found = query.query((after, limit))?;
    let mut events = Vec::new();
    while let Some(row) = found.next()? {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        let what = format!("event {seq}");
        events.push(Stored {
            entry: row.get::<_, i64>(1)?.cast_unsigned(),
            entered: Entered {
                seq,
                at: At(row.get(2)?),
                actor: from_json(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?, &what)?,
                event: from_json(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?, &what)?,
            },
        });
    }
    let until = events.last().map_or(after, |e| e.entered.seq.cast_signed());
    put_words_back(conn, after, until, &mut events)?;
    Ok(events)
}

fn put_words_back(conn: &Connection, after: i64, until: i64, events: &mut [Stored]) -> Result<(), Fault> {
    let sql = "SELECT seq, idx, text FROM words WHERE seq > ?1 AND seq <= ?2 ORDER BY seq, idx";
    let mut query = conn.prepare_cached(sql)?;
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, String>(2)?));
    let mut words = query.query_map((after, until), read)?.peekable();
    for stored in events {
        let seq = stored.entered.seq.cast_signed();
        let mut places = stored.entered.event.words_mut();
        while let Some(word) = words.next_if(|w| w.as_ref().map_or(true, |(s, _, _)| *s <= seq)) {
            let (of, idx, text) = word?;
            match usize::try_from(idx).ok().and_then(|idx| places.get_mut(idx)) {
                Some(place) if of == seq => **place = text,
                _ => return Err(Fault::damaged(format!("word {idx} of event {of} has no place"))),
            }
        }
    }
    Ok(())
}

/// What is stored as text.
pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("invariant: events have string keys only, which always encode")
}

/// Reads [`to_json`].
pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|e| Fault::damaged(format!("{what} cannot be read: {e}")))
}
