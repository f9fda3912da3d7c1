//! Past cases by words, and one customer's timeline.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::excerpt::excerpt;
use super::fold::fold;
use super::words::Words;
use super::{From, matches};
use crate::domain::ids::CustomerId;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::At;
use crate::domain::work::{Case, Message};
use crate::store::fault::Fault;
use crate::store::rows;

/// Newest matches read, of subjects and of messages.
const READ: usize = 200;
/// Lines of a timeline.
const LINES: usize = 2_000;

/// A found case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFound {
    /// The case.
    pub case: Case,
    /// Name of its customer, if known.
    pub customer: String,
    /// The words around the match, one line.
    pub excerpt: String,
}

/// One line of a customer's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineLine {
    /// Which case.
    pub case: Case,
    /// Which message, if the line is one.
    pub message: Option<Message>,
}

/// Why a case was found.
#[derive(Default)]
struct Why {
    number: bool,
    subject: bool,
    /// The newest message that matches.
    message: Option<Message>,
}

/// Cases that hold the words in subject, reference, tags or one of their messages: the one whose number was typed,
/// then subjects, then messages, newest first.
pub(in crate::store) fn search(conn: &Connection, typed: &str, limit: usize) -> Result<Vec<CaseFound>, Fault> {
    let words = Words::parse(typed);
    let mut found: BTreeMap<u64, Why> = BTreeMap::new();
    if let Ok(id) = typed.trim().trim_start_matches('#').parse() {
        found.entry(id).or_default().number = true;
    }
    if let Some(expression) = words.expression() {
        for id in matches(conn, "fts_case", &expression, From::Highest, READ)? {
            found.entry(id).or_default().subject = true;
        }
        for id in matches(conn, "fts_message", &expression, From::Highest, READ)? {
            if let Some(Row::Message(message)) = rows::readable(conn, RowKey { entity: Entity::Message, id })? {
                found.entry(message.case.0).or_default().message.get_or_insert(message);
            }
        }
    }
    let mut cases = Vec::new();
    for (id, why) in found {
        if let Some(Row::Case(case)) = rows::readable(conn, RowKey { entity: Entity::Case, id })? {
            cases.push((case, why));
        }
    }
    cases.sort_by_key(|(case, why)| std::cmp::Reverse((why.number, why.subject, case.updated, case.id)));
    cases.truncate(limit);
    let folded = words.folded();
    cases.into_iter().map(|(case, why)| found_case(conn, case, why.message, &folded)).collect()
}

fn found_case(
    conn: &Connection,
    case: Case,
    message: Option<Message>,
    words: &[(String, bool)],
) -> Result<CaseFound, Fault> {
    let message = match message {
        Some(message) => Some(message),
        None => newest_message(conn, &case)?,
    };
    let customer = match case.customer.map(|id| customer_name(conn, id)) {
        Some(name) => name?,
        None => String::new(),
    };
    let excerpt = message.map_or_else(String::new, |m| excerpt(&m.body, words));
    Ok(CaseFound { case, customer, excerpt })
}

fn newest_message(conn: &Connection, case: &Case) -> Result<Option<Message>, Fault> {
    let sql = "SELECT key, body FROM row WHERE parent = ?1 AND parent <> 0 AND body <> x''
        ORDER BY ord DESC, key DESC LIMIT 1";
    let parent = rows::parent(Entity::Message, case.id.0);
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, Vec<u8>>(1)?));
    let found = conn.prepare_cached(sql)?.query_row([parent], read).optional()?;
    let Some((key, body)) = found else { return Ok(None) };
    match Row::decode(rows::known(key)?.entity, &body) {
        Some(Row::Message(message)) => Ok(Some(message)),
        _ => Ok(None),
    }
}

fn customer_name(conn: &Connection, id: CustomerId) -> Result<String, Fault> {
    match rows::readable(conn, RowKey { entity: Entity::Customer, id: id.0 })? {
        Some(Row::Customer(customer)) => Ok(customer.name),
        _ => Ok(String::new()),
    }
}

/// Cases and messages of customers who are one person that hold all the words, newest first; without words, all of them.
pub(in crate::store) fn timeline(
    conn: &Connection,
    customers: &[CustomerId],
    typed: &str,
) -> Result<Vec<TimelineLine>, Fault> {
    // Only one customer's texts: read, not looked up, so that parts of words are found too.
    let wanted: Vec<String> = fold(typed).split_whitespace().take(12).map(str::to_owned).collect();
    let holds = |text: &str| {
        let folded = fold(text);
        wanted.iter().all(|word| folded.contains(word.as_str()))
    };
    let mut lines: Vec<(At, TimelineLine)> = Vec::new();
    let mut cases = Vec::new();
    for customer in customers {
        cases.extend(rows::children(conn, Entity::Case, customer.0)?);
    }
    for row in cases {
        let Row::Case(case) = row else { continue };
        for row in rows::children(conn, Entity::Message, case.id.0)? {
            if let Row::Message(message) = row
                && holds(&message.body)
            {
                lines.push((message.at, TimelineLine { case: case.clone(), message: Some(message) }));
            }
        }
        if holds(&case.subject) {
            lines.push((case.created, TimelineLine { case, message: None }));
        }
    }
    let order = |(at, line): &(At, TimelineLine)| (*at, line.case.id, line.message.as_ref().map(|m| m.id));
    lines.sort_by_key(|line| std::cmp::Reverse(order(line)));
    lines.truncate(LINES);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}
