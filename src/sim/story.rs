//! What happened, line by line, if anyone wants to know.

use std::sync::{Arc, Mutex, PoisonError};

use super::agent::tokens;
use crate::domain::event::Event;
use crate::wire::frame::{Down, Record};

/// Shared by everyone who has something to tell.
#[derive(Debug, Clone, Default)]
pub struct Story(Option<Arc<Mutex<Told>>>);

#[derive(Debug, Default)]
struct Told {
    /// When the first line was said, ms.
    began: Option<u64>,
    lines: Vec<String>,
}

impl Story {
    /// One that is told, or not.
    pub fn new(told: bool) -> Story {
        Story(told.then(Arc::default))
    }

    pub fn is_told(&self) -> bool {
        self.0.is_some()
    }

    /// At this time, ms; it is told in seconds since the first line.
    pub fn say(&self, now: u64, what: impl FnOnce() -> String) {
        if let Some(told) = &self.0 {
            let what = plain(&what());
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let began = *told.began.get_or_insert(now);
            told.lines.push(format!("{:>9.3} {what}", now.saturating_sub(began) as f64 / 1_000.0));
        }
    }

    pub fn lines(&self) -> Vec<String> {
        self.0
            .as_ref()
            .map(|told| told.lock().unwrap_or_else(PoisonError::into_inner).lines.clone())
            .unwrap_or_default()
    }
}

/// Numbers without the names of their types: `QueueId(3)` is 3.
pub fn plain(text: &str) -> String {
    let mut parts = text.split("Id(");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && part[digits..].starts_with(')') {
            plain.truncate(plain.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
            plain.push_str(&part[..digits]);
            plain.push_str(&part[digits + 1..]);
        } else {
            plain.push_str("Id(");
            plain.push_str(part);
        }
    }
    plain
}

/// What is said at the end of a story that went wrong: what to know to read it, and the lines that name what is named
/// in `wrong`: its command, its row, and what befell its desk.
pub fn summary<'a>(wrong: &str, lines: &'a [String]) -> Vec<&'a str> {
    let words: Vec<&str> =
        wrong.split(|c: char| c.is_whitespace() || ",;:()".contains(c)).filter(|w| !w.is_empty()).collect();
    let number = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let commands = words.iter().filter(|w| w.starts_with('#') && number(&w[1..])).map(|w| (*w).to_owned());
    let entity = |w: &str| w.starts_with(|c: char| c.is_ascii_uppercase());
    let pairs = || words.windows(2).filter(|pair| number(pair[1]));
    let rows = pairs().filter(|pair| entity(pair[0])).map(|pair| format!("{} {}", pair[0], pair[1]));
    let contacts = pairs().filter(|pair| ["contact", "Interaction"].contains(&pair[0]));
    let contacts = contacts.flat_map(|pair| ["contact ", "interaction: "].map(|word| format!("{word}{}", pair[1])));
    let names: Vec<String> = commands.chain(rows).chain(contacts).collect();
    let desk = pairs().find(|pair| pair[0] == "desk").map(|pair| format!("desk {}", pair[1]));
    let befell = |line: &str| [": link ", "fault: ", " dials"].iter().any(|what| line.contains(what));
    let concerns = |line: &&str| {
        names.iter().any(|name| names_it(line, name))
            || line.contains("fault: the server")
            || desk.as_ref().is_some_and(|desk| befell(line) && names_it(line, desk))
    };
    lines.iter().map(String::as_str).filter(concerns).collect()
}

/// Whether the line has the name, and not only one that begins like it.
fn names_it(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| !line[at + name.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

/// How to read a story.
pub const LEGEND: &str = "\
seconds since the beginning, then who and what. Desk N is the desk of agent N + 1. #7 is the seventh thing an agent
asked for; 'command 3 of desk 0' is the third that desk 0 sent. Case 6@35 in History(2) is case 6 as of event 35, in
the history of queue 2; 'no' before it means it left there; 'Live 42 to 46' carries everything from after event 42 to
46. 'hears over 1 of 2' is what connection 1 brought while 2 was the present one; the rules say that it is ignored.";

/// An event in a word, and the commands whose words it carries.
pub fn event(event: &Event) -> String {
    let text = format!("{event:?}");
    let name: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    let of: String = tokens(text.as_bytes()).into_iter().map(|(_, token)| format!(" #{token}")).collect();
    format!("{name}{of}")
}

/// Whether a frame carries more than that all is well, or that there is nothing of its kind.
pub fn tells(frame: &Down) -> bool {
    match frame {
        Down::Beat { .. } => false,
        Down::Batch { from, to, records, .. } => from != to || !records.is_empty(),
        Down::Chunk { rows, .. } => !rows.is_empty(),
        _ => true,
    }
}

/// A frame in a line.
pub fn word(frame: &Down) -> String {
    let list = |records: &[Record]| records.iter().map(record).collect::<Vec<_>>().join(", ");
    match frame {
        Down::Batch { lane, from, to, records, .. } => format!("{lane:?} {from} to {to} [{}]", list(records)),
        Down::Early { records } => format!("early [{}]", list(records)),
        Down::Chunk { scope, entity, after, mark, whole, seq, rows, .. } => {
            let ids: Vec<String> = rows.iter().map(|(id, rev, _)| format!("{id}@{rev}")).collect();
            let end = if *whole { "the end" } else { "there" };
            format!("{entity:?} of {scope:?} after {after} to {mark} and {end} as of {seq} [{}]", ids.join(", "))
        }
        other => {
            let mut text = format!("{other:?}");
            text.truncate(text.char_indices().nth(140).map_or(text.len(), |(at, _)| at));
            text
        }
    }
}

fn record(record: &Record) -> String {
    match record {
        Record::Put { rev, scope, key, .. } => format!("{:?} {}@{rev} in {scope:?}", key.entity, key.id),
        Record::Forget { rev, scope, key } => format!("no {:?} {}@{rev} in {scope:?}", key.entity, key.id),
        Record::Absent { rev, scope, key, .. } => format!("{:?} {}@{rev} in {scope:?}, unsaid", key.entity, key.id),
    }
}
