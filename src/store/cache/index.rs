//! What makes rows findable: full-text tables and the list of open cases by agent, kept up with every row.
//!
//! The full-text tables hold no text of their own, only where words occur; a row is indexed anew only when its words
//! changed, because status and times of a case change far more often.

use rusqlite::Connection;

use crate::domain::people::{Contacts, Customer};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::work::{ArticleBody, ArticleHead, Case, Status};
use crate::store::fault::Fault;
use crate::store::rows;

/// Marks are folded away (2: also those of code points made of a letter and two marks); the short prefixes are
/// indexed, so that searching while typing reads one list and not the whole range of words.
macro_rules! full_text {
    ($name:literal, $columns:literal) => {
        concat!(
            "CREATE VIRTUAL TABLE ",
            $name,
            " USING fts5(",
            $columns,
            ", content='', contentless_delete=1, prefix='2 3 4', tokenize='unicode61 remove_diacritics 2');"
        )
    };
}

pub(super) const TABLES: &str = concat!(
    full_text!("fts_title", "title, tags"),
    full_text!("fts_article", "title, tags, body"),
    full_text!("fts_message", "body"),
    full_text!("fts_case", "subject, reference, tags"),
    full_text!("fts_customer", "name, note, reference, identities"),
    "CREATE VIRTUAL TABLE title_word USING fts5vocab(fts_title, row);",
    "CREATE TABLE open_case(id INTEGER PRIMARY KEY, agent INTEGER NOT NULL, updated INTEGER NOT NULL);",
    "CREATE INDEX open_case_by ON open_case(agent, updated);",
);

/// The full-text tables.
pub(super) const FULL_TEXT: [&str; 5] = ["fts_title", "fts_article", "fts_message", "fts_case", "fts_customer"];

/// Follows a row from `before` to `now`; both are `None` where there is no such row, or none that can be read.
/// Whether words that were there are not there any more.
pub(super) fn follow(conn: &Connection, key: RowKey, before: Option<&Row>, now: Option<&Row>) -> Result<bool, Fault> {
    match key.entity {
        Entity::Message => {
            let text = |row: Option<&Row>| match row {
                Some(Row::Message(m)) => Some([m.body.clone()]),
                _ => None,
            };
            replace(conn, MESSAGE, key.id, text(before), text(now))
        }
        Entity::Case => {
            let text =
                |row: Option<&Row>| case(row).map(|c| [c.subject.clone(), c.reference.clone(), c.tags.join(" ")]);
            let went = replace(conn, CASE, key.id, text(before), text(now))?;
            follow_open(conn, key.id, case(before), case(now))?;
            Ok(went)
        }
        Entity::Customer => {
            let contacts = other::<Contacts>(conn, key.id)?;
            let text = |row: Option<&Row>| match row {
                Some(Row::Customer(c)) => Some(customer_text(c, contacts.as_ref())),
                _ => None,
            };
            replace(conn, CUSTOMER, key.id, text(before), text(now))
        }
        Entity::Contacts => {
            let Some(customer) = other::<Customer>(conn, key.id)? else { return Ok(before.is_some()) };
            let text = |row: Option<&Row>| match row {
                Some(Row::Contacts(c)) => customer_text(&customer, Some(c)),
                _ => customer_text(&customer, None),
            };
            replace(conn, CUSTOMER, key.id, Some(text(before)), Some(text(now)))
        }
        Entity::ArticleHead => {
            let title = |row: Option<&Row>| head(row).map(|h| [h.title.clone(), h.tags.join(" ")]);
            let went = replace(conn, TITLE, key.id, title(before), title(now))?;
            let body = other::<ArticleBody>(conn, key.id)?;
            let text = |row: Option<&Row>| Some(article_text(head(row)?, body.as_ref()?));
            Ok(replace(conn, ARTICLE, key.id, text(before), text(now))? || went)
        }
        Entity::ArticleBody => {
            let head = other::<ArticleHead>(conn, key.id)?;
            let text = |row: Option<&Row>| match row {
                Some(Row::ArticleBody(b)) => Some(article_text(head.as_ref()?, b)),
                _ => None,
            };
            replace(conn, ARTICLE, key.id, text(before), text(now))
        }
        _ => Ok(false),
    }
}

fn case(row: Option<&Row>) -> Option<&Case> {
    match row {
        Some(Row::Case(c)) => Some(c),
        _ => None,
    }
}

fn head(row: Option<&Row>) -> Option<&ArticleHead> {
    match row {
        Some(Row::ArticleHead(h)) => Some(h),
        _ => None,
    }
}

/// The row of the same id and another kind that shares a full-text entry, if it is here.
fn other<T: crate::domain::row::Record>(conn: &Connection, id: u64) -> Result<Option<T>, Fault> {
    let key = RowKey { entity: T::ENTITY, id };
    Ok(rows::readable(conn, key)?.and_then(|row| T::try_from(row).ok()))
}

fn article_text(head: &ArticleHead, body: &ArticleBody) -> [String; 3] {
    [head.title.clone(), head.tags.join(" "), body.body.clone()]
}

fn customer_text(customer: &Customer, contacts: Option<&Contacts>) -> [String; 4] {
    let mut identities = customer.masked.join(" ");
    if let Some(contacts) = contacts {
        let texts = contacts.emails.iter().chain([&contacts.handle]).cloned();
        let numbers = contacts.phones.iter().flat_map(|p| endings(p));
        for text in texts.chain(numbers) {
            identities.push(' ');
            identities.push_str(&text);
        }
    }
    [customer.name.clone(), customer.note.clone(), customer.reference.clone(), identities]
}

/// Every ending of a telephone number of four digits or more: looked up by prefix, they find any run of digits in
/// it, however the caller writes country and area.
fn endings(phone: &str) -> Vec<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).take(20).collect();
    (0..digits.len().saturating_sub(3)).filter_map(|from| digits.get(from..)).map(str::to_owned).collect()
}

/// A full-text table and its statements.
struct Table {
    delete: &'static str,
    insert: &'static str,
}

const TITLE: Table = Table {
    delete: "DELETE FROM fts_title WHERE rowid = ?1",
    insert: "INSERT INTO fts_title(rowid, title, tags) VALUES (?1, ?2, ?3)",
};
const ARTICLE: Table = Table {
    delete: "DELETE FROM fts_article WHERE rowid = ?1",
    insert: "INSERT INTO fts_article(rowid, title, tags, body) VALUES (?1, ?2, ?3, ?4)",
};
const MESSAGE: Table = Table {
    delete: "DELETE FROM fts_message WHERE rowid = ?1",
    insert: "INSERT INTO fts_message(rowid, body) VALUES (?1, ?2)",
};
const CASE: Table = Table {
    delete: "DELETE FROM fts_case WHERE rowid = ?1",
    insert: "INSERT INTO fts_case(rowid, subject, reference, tags) VALUES (?1, ?2, ?3, ?4)",
};
const CUSTOMER: Table = Table {
    delete: "DELETE FROM fts_customer WHERE rowid = ?1",
    insert: "INSERT INTO fts_customer(rowid, name, note, reference, identities) VALUES (?1, ?2, ?3, ?4, ?5)",
};

/// Indexes the words of a row anew when they changed; whether there were others before.
fn replace<const N: usize>(
    conn: &Connection,
    table: Table,
    id: u64,
    before: Option<[String; N]>,
    now: Option<[String; N]>,
) -> Result<bool, Fault> {
    if before == now {
        return Ok(false);
    }
    let id = id.cast_signed();
    if before.is_some() {
        conn.prepare_cached(table.delete)?.execute([id])?;
    }
    if let Some(texts) = now {
        let mut insert = conn.prepare_cached(table.insert)?;
        insert.raw_bind_parameter(1, id)?;
        for (place, text) in texts.iter().enumerate() {
            insert.raw_bind_parameter(place + 2, text)?;
        }
        insert.raw_execute()?;
    }
    Ok(before.is_some())
}

fn follow_open(conn: &Connection, id: u64, before: Option<&Case>, now: Option<&Case>) -> Result<(), Fault> {
    let entry = |case: Option<&Case>| {
        let case = case.filter(|c| matches!(c.status, Status::Open | Status::Pending))?;
        Some((case.assignee?, case.updated))
    };
    let (before, now) = (entry(before), entry(now));
    if before == now {
        return Ok(());
    }
    match now {
        Some((agent, updated)) => {
            let sql = "INSERT OR REPLACE INTO open_case VALUES (?1, ?2, ?3)";
            conn.prepare_cached(sql)?.execute((id.cast_signed(), agent.0.cast_signed(), updated.0))?;
        }
        None => {
            conn.prepare_cached("DELETE FROM open_case WHERE id = ?1")?.execute([id.cast_signed()])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::endings;

    #[test]
    fn every_run_of_digits_begins_an_ending() {
        assert_eq!(endings("+44 20-7946"), ["44207946", "4207946", "207946", "07946", "7946"]);
        assert!(endings("112").is_empty());
        assert!(endings("none").is_empty());
    }
}
