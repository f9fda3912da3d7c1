//! Entries of JSON documents of any size: a list, an object of objects, the same somewhere inside, or JSON Lines.
//!
//! A document is read on a thread of its own and handed over entry by entry, so that a file larger than memory
//! passes through. One that ends too early gives every entry before the break and then says so.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::lines::Lines;
use super::{Place, json_error};

/// Entries handed over but not taken yet.
const AHEAD: usize = 64;
/// Longest line of JSON Lines, in bytes.
const LINE_LIMIT: usize = 64 * 1024 * 1024;

/// One entry of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// Its key, when the document is an object.
    pub key: String,
    /// The entry, or why it cannot be read.
    pub value: Result<Value, String>,
    /// Bytes of the source read so far.
    pub end: u64,
}

/// Bytes looked at to tell JSON Lines from a document.
const AHEAD_BYTES: usize = 1024 * 1024;

/// Reads the entries at `path` (outermost key first; empty is the document itself).
pub fn entries<R: Read + Send + 'static>(source: R, path: Vec<String>) -> Box<dyn Iterator<Item = Entry> + Send> {
    let mut source = BufReader::with_capacity(AHEAD_BYTES, source);
    if path.is_empty() && source.fill_buf().is_ok_and(is_lines) {
        return Box::new(from_lines(source));
    }
    let (send, take) = sync_channel(AHEAD);
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted { source, read: read.clone(), start: true };
    let worker = std::thread::Builder::new().name("json".into()).spawn(move || {
        let mut json = serde_json::Deserializer::from_reader(counted);
        let walk = Walk { path: &path, out: &send, read: &read, found: &mut false, count: &mut 0 };
        let whole = walk.deserialize(&mut json);
        let failed = whole.and_then(|found| {
            json.end()?;
            if found {
                Ok(())
            } else {
                Err(serde_json::Error::custom(format!("there is no {:?} in it", path.join("."))))
            }
        });
        if let Err(error) = failed {
            let end = read.load(Ordering::Relaxed);
            let value = Err(format!("the document cannot be read further: {error}"));
            // Nobody listens any more when the reader was dropped; then nobody needs to know.
            send.send(Entry { place: Place::Line(error.line() as u64), key: String::new(), value, end }).ok();
        }
    });
    match worker {
        Ok(_) => Box::new(take.into_iter()),
        Err(error) => {
            let value = Err(format!("no thread to read it with: {error}"));
            Box::new(std::iter::once(Entry { place: Place::Line(0), key: String::new(), value, end: 0 }))
        }
    }
}

/// The first key at the top of a document that is one of `wanted`, without reading what stands under it.
pub fn first_key<R: Read>(source: R, wanted: &[&str]) -> Result<Option<String>, String> {
    let mut found = None;
    let source = Counted { source: BufReader::new(source), read: Arc::default(), start: true };
    let mut json = serde_json::Deserializer::from_reader(source);
    let result = json.deserialize_map(FirstKey { wanted, found: &mut found });
    match (found, result) {
        (Some(key), _) => Ok(Some(key)),
        (None, Ok(())) => Ok(None),
        (None, Err(error)) => Err(error.to_string()),
    }
}

struct FirstKey<'k> {
    wanted: &'k [&'k str],
    found: &'k mut Option<String>,
}

impl<'de> Visitor<'de> for FirstKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if self.wanted.contains(&key.as_str()) {
                *self.found = Some(key);
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// Whether the text begins like JSON Lines: a whole object on the first line and another one after it.
fn is_lines(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let lines = start.split_inclusive(|b| *b == b'\n');
    let mut lines = lines.filter(|l| !l.trim_ascii().is_empty());
    let whole = |line: &[u8]| serde_json::from_slice::<serde_json::Map<String, Value>>(line).is_ok();
    let first = lines.next().is_some_and(|l| l.ends_with(b"\n") && whole(l));
    let next = lines.next().and_then(|l| l.trim_ascii_start().first().copied());
    first && next == Some(b'{')
}

fn from_lines<R: BufRead + Send>(source: R) -> impl Iterator<Item = Entry> + Send {
    let mut end = 0;
    Lines::new(source, LINE_LIMIT).filter_map(move |line| {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                let value = Err(format!("the file cannot be read further: {error}"));
                return Some(Entry { place: Place::Line(0), key: String::new(), value, end });
            }
        };
        end = line.end;
        let value = match line.bytes {
            Some(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => return None,
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|e| json_error(&e)),
            None => Err(format!("the line is longer than {LINE_LIMIT} bytes")),
        };
        Some(Entry { place: Place::Line(line.number), key: String::new(), value, end })
    })
}

/// Counts what passes, and drops a byte order mark.
struct Counted<R> {
    source: R,
    read: Arc<AtomicU64>,
    start: bool,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if std::mem::take(&mut self.start) && self.source.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            self.source.consume(3);
        }
        let n = self.source.read(into)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Walks down the path and sends what is there.
struct Walk<'w> {
    path: &'w [String],
    out: &'w SyncSender<Entry>,
    read: &'w AtomicU64,
    found: &'w mut bool,
    count: &'w mut u64,
}

impl Walk<'_> {
    fn send<E: serde::de::Error>(&mut self, key: String, value: Value) -> Result<(), E> {
        *self.count += 1;
        let entry = Entry {
            place: Place::Entry(*self.count, key.clone()),
            key,
            value: Ok(value),
            end: self.read.load(Ordering::Relaxed),
        };
        self.out.send(entry).map_err(|_| E::custom("nobody reads on"))
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<bool, A::Error> {
        if let Some(wanted) = self.path.first() {
            return Err(A::Error::custom(format!("there is a list where {wanted:?} should be")));
        }
        *self.found = true;
        while let Some(value) = list.next_element::<Value>()? {
            self.send(String::new(), value)?;
        }
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        let Some((wanted, rest)) = self.path.split_first() else {
            *self.found = true;
            while let Some((key, value)) = map.next_entry::<String, Value>()? {
                self.send(key, value)?;
            }
            return Ok(true);
        };
        while let Some(key) = map.next_key::<String>()? {
            if key == *wanted {
                let walk = Walk { path: rest, out: self.out, read: self.read, found: self.found, count: self.count };
                map.next_value_seed(walk)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(*self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, path: &[&str]) -> Vec<String> {
        let path = path.iter().map(|p| (*p).to_owned()).collect();
        let source = std::io::Cursor::new(text.as_bytes().to_vec());
        entries(source, path)
            .map(|e| match e.value {
                Ok(value) => format!("{}={value}", e.key),
                Err(why) => format!("{}: {why}", e.place),
            })
            .collect()
    }

    #[test]
    fn lists_objects_and_lines() {
        assert_eq!(read("[{\"a\":1}, 2]", &[]), ["={\"a\":1}", "=2"]);
        assert_eq!(read("\u{feff}{\"#W1\": {\"a\":1},\n \"#W2\": {}}", &[]), ["#W1={\"a\":1}", "#W2={}"]);
        assert_eq!(read("{\"a\":1}\n\n{\"a\":2}\n{oops\n", &[])[..2], ["={\"a\":1}", "={\"a\":2}"]);
        assert!(read("{\"a\":1}\n{oops\n{\"a\":3}", &[])[1].starts_with("line 2: key must be a string"));
        assert_eq!(read("{\"x\":{\"y\":[1,2]},\"z\":[3]}", &["x", "y"]), ["=1", "=2"]);
    }

    #[test]
    fn what_ends_early_gives_what_was_there() {
        let got = read("[{\"a\":1},{\"a\":2},{\"a\":", &[]);
        assert_eq!(got[..2], ["={\"a\":1}", "={\"a\":2}"]);
        assert!(got[2].contains("cannot be read further"), "{got:?}");
        assert!(read("{\"a\": [1]}", &["b"])[0].contains("there is no \"b\" in it"));
        assert!(read("7", &[])[0].contains("expected a list or an object"));
        assert!(read("", &[])[0].contains("EOF"));
        assert!(read(&"[".repeat(100_000), &[])[0].contains("recursion limit"));
    }

    #[test]
    fn dropping_the_reader_ends_the_thread() {
        let text = format!("[{}1]", "1,".repeat(100_000));
        let source = std::io::Cursor::new(text.into_bytes());
        let mut entries = entries(source, Vec::new());
        assert!(entries.next().is_some());
    }
}
