//! What is carried in and out: the forms of files, read into [`record::Record`]s and written from rows.
//!
//! Reading knows nothing of the ledger: a source yields [`Item`]s, each a whole record or a reason why not, and
//! [`resolve`] turns names into numbers afterwards. One invariant: a broken item never takes the next one with it.

pub mod articles;
pub mod cases;
pub mod customers;
pub mod interaction;
pub mod json;
pub mod lines;
pub mod map;
pub mod record;
pub mod resolve;
pub mod rules;
pub mod setup;
pub mod template;
pub mod write;
pub mod zendesk;

use record::Record;

/// Where in its source an item stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of a file, counted from 1.
    Line(u64),
    /// An entry of a JSON document: its number from 1, and its key or reference if it has one.
    Entry(u64, String),
    /// A file of a folder.
    File(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Line(n) => write!(f, "line {n}"),
            Place::Entry(n, key) if key.is_empty() => write!(f, "entry {n}"),
            Place::Entry(n, key) => write!(f, "entry {n} ({})", crate::domain::safe::line(key)),
            Place::File(path) => write!(f, "{}", crate::domain::safe::line(path)),
        }
    }
}

/// One item of a source: a record, or why it is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// The record whole, or the reason it is left out.
    pub record: Result<Box<Record>, String>,
    /// What was not quite right; the record is brought in all the same.
    pub warnings: Vec<String>,
    /// How far into the source this item ends, in the source's own measure (bytes, files).
    pub end: u64,
}

impl Item {
    /// An item that is left out.
    pub fn rejected(place: Place, end: u64, why: impl Into<String>) -> Item {
        Item { place, record: Err(why.into()), warnings: Vec::new(), end }
    }

    /// An item that is fine.
    pub fn whole(place: Place, end: u64, record: Record) -> Item {
        Item { place, record: Ok(Box::new(record)), warnings: Vec::new(), end }
    }
}

/// A stream of items.
pub type Items = Box<dyn Iterator<Item = Item> + Send>;

/// What serde says about JSON, without its own line number: ours is that of the file.
pub fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, place)) => match place.split_once(" column ") {
            Some((_, column)) => format!("{what} (column {column})"),
            None => what.to_owned(),
        },
        None => text,
    }
}
