//! What must always hold, of the model, of a picture, and of the bytes that make it.

use ratatui::buffer::Buffer;
use unicode_segmentation::UnicodeSegmentation as _;

use super::super::super::Drawn;
use crate::app::list::List;
use crate::app::model::Model;
use crate::app::overlays::Overlay;
use crate::app::text::Field;

/// Carets stand between whole characters, selections on lines there are.
pub fn model(m: &Model) {
    for written in m.drafts.values() {
        field(&written.field);
    }
    field(&m.knowledge.search);
    field(&m.customer.search);
    list("queue", m.queue.list, m.queue.rows.len());
    list("customer", m.customer.list, m.customer.lines.len());
    list("knowledge", m.knowledge.list, m.knowledge.hits.len());
    m.forms.values().for_each(|f| list("wrap-up", f.list, f.choices.len()));
    for overlay in &m.overlays {
        match overlay {
            Overlay::Chooser(c) => {
                field(&c.field);
                list("chooser", c.list, c.shown.len());
                assert!(c.shown.iter().all(|s| s.item < c.items.len()), "every line stands for an item");
            }
            Overlay::Outbox(o) => list("outbox", o.list, m.mirror.pending.len()),
            _ => {}
        }
    }
    assert!(m.overlays.len() < 20, "overlays pile up: {}", m.overlays.len());
    assert!(m.toasts.len() <= crate::app::toast::MOST);
}

fn field(field: &Field) {
    let (text, caret) = (field.text(), field.caret());
    let whole = caret == text.len() || text.grapheme_indices(true).any(|(at, _)| at == caret);
    assert!(whole, "the caret stands at {caret} within a character of {text:?}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

fn list(name: &str, list: List, len: usize) {
    assert!(list.selected < len.max(1), "{name}: {list:?} of {len}");
    assert!(list.top < len.max(1), "{name}: {list:?} of {len}");
}

/// Nothing in a cell moves a cursor or turns a line around.
pub fn picture(buffer: &Buffer, drawn: &Drawn) {
    let area = buffer.area;
    for (i, cell) in buffer.content().iter().enumerate() {
        let bad = |c: char| c.is_control() || turns(c);
        assert!(!cell.symbol().chars().any(bad), "{:?} in cell {i} of {area:?}", cell.symbol());
    }
    let (x, y) = drawn.cursor.at;
    assert!(x <= area.width && y < area.height.max(1), "the cursor is at {x},{y} of {area:?}");
    assert!(!drawn.title.chars().any(|c| c.is_control() || turns(c)), "{:?}", drawn.title);
}

/// Words that go to the clipboard.
pub fn copied(words: &str) {
    assert!(!words.chars().any(|c| (c.is_control() && c != '\n') || turns(c)), "{words:?}");
}

/// Characters that change the direction of what follows.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Only sequences of the painter's own, and none that leads off the screen.
pub fn bytes(bytes: &[u8], w: u16, h: u16) {
    let text = std::str::from_utf8(bytes).expect("whole characters");
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\u{1b}' if rest.starts_with("]8;") => {
                let end = rest.find("\u{1b}\\").expect("a link's sequence ends");
                assert!(rest[..end].bytes().all(|b| (0x20..0x7f).contains(&b)), "{:?}", &rest[..end]);
                rest = &rest[end + 2..];
            }
            '\u{1b}' => {
                let body = rest.strip_prefix('[').unwrap_or_else(|| panic!("not a sequence: {:?}", head(rest)));
                let end = body.find(|c: char| c.is_ascii_alphabetic()).expect("it ends");
                sequence(&body[..end], body.as_bytes()[end], w, h);
                rest = &body[end + 1..];
            }
            '\n' | '\r' | '\u{8}' => {}
            c => assert!(!c.is_control() && !turns(c), "{c:?} before {:?}", head(rest)),
        }
    }
}

fn head(text: &str) -> String {
    text.chars().take(20).collect()
}

fn sequence(parameters: &str, last: u8, w: u16, h: u16) {
    let numbers: Vec<u16> = parameters.split(';').map(|n| n.parse().unwrap_or(1)).collect();
    let first = numbers[0];
    let good = match last {
        b'm' => parameters.chars().all(|c| c.is_ascii_digit() || c == ';'),
        b'H' => first <= h && numbers.get(1).is_none_or(|x| *x <= w),
        b'A' | b'B' => first < h.max(2),
        b'C' | b'D' => first < w.max(2),
        b'G' | b'X' => first <= w,
        b'K' => parameters.is_empty(),
        b'J' => parameters == "2",
        b'h' | b'l' => matches!(parameters, "?25" | "?2026"),
        _ => false,
    };
    assert!(good, "{parameters:?} {} on {w}x{h}", char::from(last));
}
