//! JSON Lines: one record a line, as `cordboard export` writes them and the sample has them.

use std::collections::HashMap;
use std::io::BufRead;

use super::lines::Lines;
use super::record::{Article, Case, Customer, Record};
use super::{Item, Place, json_error};

/// Longest line read, in bytes; a case with a thousand long messages fits.
const LIMIT: usize = 64 * 1024 * 1024;

/// What lines without a `type` are, and what is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Customers only.
    Customers,
    /// Cases only.
    Cases,
    /// Articles only.
    Articles,
    /// Whatever each line says it is.
    Everything,
}

/// Reads records line by line.
pub fn read<R: BufRead + Send>(source: R, wanted: Wanted) -> impl Iterator<Item = Item> + Send {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut lines = Lines::new(source, LIMIT);
    let mut end = 0;
    std::iter::from_fn(move || {
        loop {
            let line = match lines.next()? {
                Ok(line) => line,
                Err(error) => {
                    let why = format!("the file cannot be read further: {error}");
                    return Some(Item::rejected(Place::Line(0), end, why));
                }
            };
            end = line.end;
            let place = Place::Line(line.number);
            let Some(bytes) = line.bytes else {
                return Some(Item::rejected(place, end, format!("the line is longer than {LIMIT} bytes")));
            };
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let item = match one(&bytes, wanted) {
                Ok(record) => match seen.insert(record.title(), line.number) {
                    Some(first) => {
                        Item::rejected(place, end, format!("{} was already on line {first}", record.title()))
                    }
                    None => Item::whole(place, end, record),
                },
                Err(why) => Item::rejected(place, end, why),
            };
            return Some(item);
        }
    })
}

fn one(bytes: &[u8], wanted: Wanted) -> Result<Record, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|e| format!("it is not UTF-8 text (byte {})", e.valid_up_to() + 1))?;
    let tagged = || serde_json::from_str::<Record>(text);
    let plain = || match wanted {
        Wanted::Customers => serde_json::from_str::<Customer>(text).map(Record::Customer),
        Wanted::Cases => serde_json::from_str::<Case>(text).map(Record::Case),
        Wanted::Articles => serde_json::from_str::<Article>(text).map(Record::Article),
        Wanted::Everything => tagged(),
    };
    // The tag comes first in what we write; elsewhere it is a field too many for the plain form.
    let record = if text.trim_start().starts_with("{\"type\"") { tagged() } else { plain() };
    let record = record.or_else(|error| if text.contains("\"type\"") { tagged() } else { Err(error) });
    let record = record.map_err(|error| json_error(&error))?;
    let right = match wanted {
        Wanted::Everything => true,
        Wanted::Customers => matches!(record, Record::Customer(_)),
        Wanted::Cases => matches!(record, Record::Case(_) | Record::Interaction(_)),
        Wanted::Articles => matches!(record, Record::Article(_)),
    };
    if right { Ok(record) } else { Err(format!("this is {}; bring it in with: import all", record.title())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"{"ref":"T-1","queue":"billing","channel":"email","subject":"Hello","status":"open","created":"2025-01-01T00:00:00Z","updated":"2025-01-01T00:00:00Z"}"#;

    fn read_all(text: &str, wanted: Wanted) -> Vec<Result<String, String>> {
        let items = read(std::io::Cursor::new(text.as_bytes().to_vec()), wanted);
        items.map(|i| i.record.map(|r| r.title()).map_err(|why| format!("{}: {why}", i.place))).collect()
    }

    #[test]
    fn good_lines_pass_and_bad_ones_say_why() {
        let text = format!(
            "\u{feff}{CASE}\r\n\n{}\n{{\"ref\":\n{}\n{}\n{CASE}\n",
            CASE.replace("T-1", "T-2").replace("\"open\"", "\"opn\""),
            CASE.replace("T-1", "T-3").replace("\"subject\"", "\"subjct\""),
            CASE.replace("T-1", "T-4").replace("2025-01-01T00:00:00Z", "yesterday"),
        );
        let got = read_all(&text, Wanted::Cases);
        assert_eq!(got[0], Ok("case T-1".into()));
        let why: Vec<&str> = got[1..].iter().map(|g| g.as_ref().expect_err("broken").as_str()).collect();
        assert!(why[0].starts_with("line 3: unknown variant `opn`, expected one of `open`"), "{why:?}");
        assert!(why[1].starts_with("line 4: EOF while parsing"), "{why:?}");
        assert!(why[2].starts_with("line 5: unknown field `subjct`"), "{why:?}");
        assert!(why[3].starts_with("line 6: \"yesterday\" is no time; write it like"), "{why:?}");
        assert_eq!(why[4], "line 7: case T-1 was already on line 1");
    }

    #[test]
    fn lines_may_say_what_they_are() {
        let text = "{\"type\":\"customer\",\"ref\":\"C\",\"name\":\"N\"}\n{\"ref\":\"D\",\"name\":\"N\",\"type\":\"customer\"}\n";
        assert_eq!(read_all(text, Wanted::Everything), [Ok("customer C".into()), Ok("customer D".into())]);
        assert_eq!(read_all(text, Wanted::Customers).len(), 2);
        let wrong = read_all(text, Wanted::Cases);
        assert_eq!(wrong[0], Err("line 1: this is customer C; bring it in with: import all".into()));
    }

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let text = b"{\"ref\":\"\xff\"}\n".to_vec();
        let mut items = read(std::io::Cursor::new(text), Wanted::Cases);
        let item = items.next().expect("one item");
        assert_eq!(item.record, Err("it is not UTF-8 text (byte 9)".into()));
        assert!(items.next().is_none());
    }
}
