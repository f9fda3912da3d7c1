//! Addresses in conversations and articles as links the terminal opens (OSC 8).
//!
//! A pass over the finished picture, and only where it was asked for. Invariant: a link leads where its visible words
//! say, to the letter; an address that is broken over rows is one link when all of it is in sight.

use std::rc::Rc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::input::Places;
use crate::app::model::Model;
use crate::app::msg::Spot;
use crate::app::panes::conversation;
use crate::app::screen::Pane;
use crate::domain::safe;

/// Runs of cells and where they lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links(Vec<Run>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    y: u16,
    from: u16,
    to: u16,
    address: Rc<str>,
}

impl Links {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a cell leads.
    pub fn at(&self, x: u16, y: u16) -> Option<&Rc<str>> {
        self.0.iter().find(|r| r.y == y && (r.from..r.to).contains(&x)).map(|r| &r.address)
    }

    /// The links of a picture.
    pub fn found(model: &Model, places: &Places, picture: &Buffer) -> Links {
        let mut links = Links::default();
        for (pane, known) in [(Pane::Conversation, thread(model)), (Pane::Knowledge, article(model))] {
            let Some(area) = places.area(Spot::Pane(pane)).filter(|_| !known.is_empty()) else { continue };
            let inside = Rect::new(area.x + 1, area.y + 1, area.width.saturating_sub(2), area.height.saturating_sub(2));
            links.read(picture, inside.intersection(picture.area), &known, |x, y| places.shows(inside, x, y));
        }
        links
    }

    fn read(&mut self, picture: &Buffer, area: Rect, known: &[String], seen: impl Fn(u16, u16) -> bool) {
        // One byte a cell: what is no ASCII is no part of an address.
        let row = |y: u16| -> Vec<u8> {
            let cell = |x: u16| match picture[(x, y)].symbol().as_bytes() {
                [byte] if seen(x, y) => *byte,
                _ => 0,
            };
            (area.left()..area.right()).map(cell).collect()
        };
        let rows: Vec<Vec<u8>> = (area.top()..area.bottom()).map(row).collect();
        for (y, cells) in rows.iter().enumerate() {
            for from in begins(cells) {
                let here = run(cells, from);
                let end = from + trimmed(here).len();
                let mut runs = vec![(y, from, end)];
                let address = known.iter().find(|k| k.as_bytes() == trimmed(here)).or_else(|| {
                    // The rest of it may stand on the rows below.
                    let whole = known.iter().find(|k| k.len() > here.len() && k.as_bytes().starts_with(here))?;
                    runs = vec![(y, from, from + here.len())];
                    let mut rest = &whole.as_bytes()[here.len()..];
                    for (y, cells) in rows.iter().enumerate().skip(y + 1) {
                        let from = cells.iter().position(|b| is_part(*b))?;
                        let more = run(cells, from);
                        let taken = more.len().min(rest.len());
                        if more[..taken] != rest[..taken] {
                            return None;
                        }
                        runs.push((y, from, from + taken));
                        rest = &rest[taken..];
                        if rest.is_empty() {
                            return Some(whole);
                        }
                    }
                    None
                });
                if let Some(address) = address {
                    let address: Rc<str> = address.as_str().into();
                    self.0.extend(runs.into_iter().map(|(y, from, to)| Run {
                        y: area.y + y as u16,
                        from: area.x + from as u16,
                        to: area.x + to as u16,
                        address: address.clone(),
                    }));
                }
            }
        }
    }
}

/// The sequence that begins a link, or ends it. Parts of one address are known by one name, so that they light up
/// together.
pub fn sequence(address: Option<&str>) -> String {
    let Some(address) = address else { return "\x1b]8;;\x1b\\".to_owned() };
    // FNV-1a: any short name that differs from link to link will do.
    let name = address.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    format!("\x1b]8;id={name:x};{address}\x1b\\")
}

/// Addresses in what was said.
fn thread(model: &Model) -> Vec<String> {
    conversation::entries(model).iter().flat_map(|e| addresses(&e.body)).collect()
}

/// Addresses in the article that is read.
fn article(model: &Model) -> Vec<String> {
    let body = model.knowledge.preview.as_ref().and_then(|p| p.body.as_deref());
    body.map(addresses).unwrap_or_default()
}

fn addresses(text: &str) -> Vec<String> {
    let text = safe::line(text);
    let bytes = text.as_bytes();
    let of = |from| String::from_utf8_lossy(trimmed(run(bytes, from))).into_owned();
    begins(bytes).into_iter().map(of).collect()
}

/// Where addresses begin.
fn begins(bytes: &[u8]) -> Vec<usize> {
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        (rest.starts_with(b"http://") || rest.starts_with(b"https://"))
            && !at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric())
    };
    (0..bytes.len()).filter(begins).collect()
}

/// Letters of an address from here on.
fn run(bytes: &[u8], from: usize) -> &[u8] {
    let rest = &bytes[from..];
    &rest[..rest.iter().position(|b| !is_part(*b)).unwrap_or(rest.len())]
}

/// Whether an address may hold it (RFC 3986), brackets of Markdown aside.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%()".contains(&byte)
}

/// Without the marks that end a sentence, and without a bracket that was opened before it.
fn trimmed(mut run: &[u8]) -> &[u8] {
    loop {
        let count = |b: u8| run.iter().filter(|x| **x == b).count();
        match run.last() {
            Some(b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*') => run = &run[..run.len() - 1],
            Some(b')') if count(b')') > count(b'(') => run = &run[..run.len() - 1],
            _ => return run,
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn links(lines: &[&str], known: &[&str]) -> Vec<(u16, u16, u16, String)> {
        let mut picture = Buffer::empty(Rect::new(0, 0, 24, lines.len() as u16));
        for (y, line) in lines.iter().enumerate() {
            picture.set_string(0, y as u16, line, Style::new());
        }
        let mut links = Links::default();
        let known: Vec<String> = known.iter().map(|k| (*k).to_owned()).collect();
        links.read(&picture, picture.area, &known, |_, _| true);
        links.0.into_iter().map(|r| (r.y, r.from, r.to, r.address.to_string())).collect()
    }

    #[test]
    fn an_address_ends_where_its_sentence_does() {
        assert_eq!(
            addresses("See https://a.example/x?y=1, (http://b.example/(z)) and xhttp://c.example."),
            ["https://a.example/x?y=1", "http://b.example/(z)"]
        );
        assert_eq!(addresses("https://a.example/\u{202e}fdp.exe"), ["https://a.example/"]);
    }

    #[test]
    fn only_what_is_in_the_text_leads_somewhere_and_parts_lead_to_the_whole() {
        let known = ["https://a.example/long-name"];
        assert_eq!(links(&["▏https://a.example/long", "▏-name, ok"], &known).len(), 2);
        assert_eq!(links(&["▏https://a.example/long", "▏-names"], &["https://a.example/long-name2"]), []);
        assert_eq!(links(&["▏https://a.example/long…"], &known), [], "cut off");
        let whole = links(&["x https://b.example."], &["https://b.example"]);
        assert_eq!(whole, [(0, 2, 19, "https://b.example".to_owned())]);
    }
}
