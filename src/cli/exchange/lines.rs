//! Lines of a file, one at a time, however long or broken they are.

use std::io::BufRead;

/// A physical line.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Bytes of the source up to its end.
    pub end: u64,
    /// Without the line break; `None` when it was longer than the limit and was passed over.
    pub bytes: Option<Vec<u8>>,
}

/// Reads lines of at most `limit` bytes; a byte order mark at the start is dropped, `\r\n` counts as one break.
pub struct Lines<R> {
    source: R,
    limit: usize,
    number: u64,
    end: u64,
    failed: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from here.
    pub fn new(source: R, limit: usize) -> Lines<R> {
        Lines { source, limit, number: 0, end: 0, failed: false }
    }

    /// The next line, or what the system said.
    fn read(&mut self) -> std::io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let (mut seen, mut long, mut broken) = (false, false, false);
        while !broken {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            seen = true;
            let (taken, found) = match chunk.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (chunk.len(), false),
            };
            broken = found;
            if bytes.len() + taken > self.limit + 2 {
                long = true;
            } else if !long {
                bytes.extend_from_slice(&chunk[..taken]);
            }
            self.source.consume(taken);
            self.end += taken as u64;
        }
        if !seen {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Some(Line { number: self.number, end: self.end, bytes: (!long).then_some(bytes) }))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = std::io::Result<Line>;

    fn next(&mut self) -> Option<std::io::Result<Line>> {
        if self.failed {
            return None;
        }
        let read = self.read().transpose();
        // A source that failed once would fail for ever.
        self.failed = matches!(read, Some(Err(_)));
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], limit: usize) -> Vec<(u64, Option<String>)> {
        let lines = Lines::new(std::io::BufReader::with_capacity(3, text), limit);
        lines
            .map(|l| l.expect("memory never fails"))
            .map(|l| (l.number, l.bytes.map(|b| String::from_utf8_lossy(&b).into_owned())))
            .collect()
    }

    #[test]
    fn marks_and_breaks_of_every_kind() {
        let got = read(b"\xef\xbb\xbfone\r\ntwo\n\nlast", 100);
        let want = [(1, "one"), (2, "two"), (3, ""), (4, "last")];
        assert_eq!(got, want.map(|(n, t)| (n, Some(t.to_owned()))));
        assert_eq!(read(b"", 10), []);
    }

    #[test]
    fn a_line_too_long_is_passed_over_and_the_next_one_read() {
        let text = [vec![b'x'; 1000], b"\nok\n".to_vec()].concat();
        assert_eq!(read(&text, 20), [(1, None), (2, Some("ok".to_owned()))]);
    }
}
