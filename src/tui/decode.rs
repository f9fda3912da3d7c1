//! From the bytes a terminal sends to what was pressed, pasted and clicked.
//!
//! Why not crossterm's reader: its `EventStream` holds a global lock in a thread of its own, and dropping it for an
//! editor or a suspend can leave the loop waiting for that lock until the next key. Here nothing waits.
//!
//! Pure: bytes in, reports out. Invariants: how the bytes are cut into pieces does not matter, and no bytes, however
//! broken, are ever more than ignored.

use crate::app::key::{Code, Key};

/// What a terminal reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted, as it came.
    Paste(String),
    /// The window has the focus, or lost it.
    Focus(bool),
    /// The left button went down here, counted from 0.
    Press(u16, u16),
    /// The mouse moved here with the left button down.
    Drag(u16, u16),
    /// The button went up here.
    Release(u16, u16),
    /// The wheel turned here; up is negative.
    Wheel(u16, u16, i32),
}

const PASTE_END: &[u8] = b"\x1b[201~";
/// A paste is cut here; nobody means to send more.
const LONGEST_PASTE: usize = 4 << 20;
/// A sequence longer than this is none.
const LONGEST_SEQUENCE: usize = 256;

/// Bytes that do not make a report yet, and the paste they may belong to.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    paste: Option<Vec<u8>>,
}

/// What the start of the buffer is.
enum Step {
    /// So many bytes, and what they report, if anything.
    Take(usize, Option<Report>),
    /// So many bytes, and a paste follows.
    PasteBegins(usize),
    /// The start of something.
    More,
}

impl Decoder {
    /// Takes bytes in and adds what they report.
    pub fn feed(&mut self, bytes: &[u8], reports: &mut Vec<Report>) {
        self.buffer.extend_from_slice(bytes);
        loop {
            if self.paste.is_some() {
                if !self.paste_goes_on(reports) {
                    return;
                }
                continue;
            }
            match step(&self.buffer) {
                Step::Take(n, report) => {
                    self.buffer.drain(..n);
                    reports.extend(report);
                }
                Step::PasteBegins(n) => {
                    self.buffer.drain(..n);
                    self.paste = Some(Vec::new());
                }
                Step::More => return,
            }
        }
    }

    /// How long to wait, in ms, before what is half there is taken as whole: an Escape may be a key of its own, the
    /// rest of a longer sequence may still be on its way. `None` when nothing is half there.
    pub fn patience(&self) -> Option<u64> {
        match (self.buffer.len(), &self.paste) {
            (0, _) | (_, Some(_)) => None,
            (1 | 2, None) => Some(25),
            _ => Some(250),
        }
    }

    /// Nothing more came: takes what is half there as whole.
    pub fn give_up(&mut self, reports: &mut Vec<Report>) {
        if self.paste.is_some() {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        match buffer.as_slice() {
            [0x1b] => reports.push(Report::Key(Key::plain(Code::Esc))),
            [0x1b, byte] => {
                let key = Key { alt: true, ..Key::char(char::from(*byte)) };
                reports.push(Report::Key(key));
            }
            // Half a character of UTF-8 is a whole one of Latin-1.
            [byte] if *byte >= 0xa0 => reports.push(Report::Key(Key::char(char::from(*byte)))),
            _ => {}
        }
    }

    /// Moves bytes into the paste. False when its end has not come yet.
    fn paste_goes_on(&mut self, reports: &mut Vec<Report>) -> bool {
        let Some(paste) = &mut self.paste else { return true };
        let end = self.buffer.windows(PASTE_END.len()).position(|w| w == PASTE_END);
        // What may be the start of the end mark stays until it is sure.
        let sure = end.unwrap_or(self.buffer.len().saturating_sub(PASTE_END.len() - 1));
        let room = LONGEST_PASTE.saturating_sub(paste.len());
        paste.extend(self.buffer.drain(..sure).take(room));
        if end.is_none() {
            return false;
        }
        self.buffer.drain(..PASTE_END.len());
        let text = String::from_utf8_lossy(paste).into_owned();
        self.paste = None;
        reports.push(Report::Paste(text));
        true
    }
}

fn key(n: usize, key: Key) -> Step {
    Step::Take(n, Some(Report::Key(key)))
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] => Step::More,
        [0x1b, rest @ ..] => escape(rest),
        [byte, ..] if *byte < 0x20 || *byte == 0x7f => key(1, control(*byte)),
        _ => match character(bytes) {
            Some((c, n)) => key(n, Key::char(c)),
            None if bytes.len() < 4 && could_become(bytes) => Step::More,
            None => Step::Take(1, None),
        },
    }
}

fn control(byte: u8) -> Key {
    match byte {
        b'\r' => Key::plain(Code::Enter),
        b'\t' => Key::plain(Code::Tab),
        0x08 | 0x7f => Key::plain(Code::Backspace),
        0 => Key::ctrl(' '),
        1..=26 => Key::ctrl(char::from(byte + b'a' - 1)),
        _ => Key::ctrl(char::from(byte + b'@')),
    }
}

/// The first character and its length.
fn character(bytes: &[u8]) -> Option<(char, usize)> {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) => std::str::from_utf8(&head[..e.valid_up_to()]).ok()?,
    };
    valid.chars().next().map(|c| (c, c.len_utf8()))
}

/// Whether these may be the first bytes of a character.
fn could_become(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
}

/// What follows an Escape.
fn escape(rest: &[u8]) -> Step {
    match rest {
        [] => Step::More,
        [b'[', rest @ ..] => sequence(rest),
        [b'O', rest @ ..] => match rest {
            [] => Step::More,
            [byte, ..] => Step::Take(3, function(*byte).map(|code| Report::Key(Key::plain(code)))),
        },
        // Answers to questions nobody here asked: passed over up to their end.
        [b']' | b'P' | b'_' | b'^', rest @ ..] => {
            let bell = rest.iter().position(|b| *b == 7).map(|at| at + 1);
            let end = rest.windows(2).position(|w| w == b"\x1b\\").map(|at| at + 2);
            match [bell, end].into_iter().flatten().min() {
                Some(n) => Step::Take(n + 2, None),
                None if rest.len() > LONGEST_SEQUENCE => Step::Take(2, None),
                None => Step::More,
            }
        }
        [0x1b, ..] => key(1, Key::plain(Code::Esc)),
        // Alt and a key.
        _ => match step(rest) {
            Step::Take(n, Some(Report::Key(inner))) => key(n + 1, Key { alt: true, ..inner }),
            Step::Take(n, _) => Step::Take(n + 1, None),
            Step::More | Step::PasteBegins(_) => Step::More,
        },
    }
}

/// What follows `ESC [`: parameters, then a letter.
fn sequence(rest: &[u8]) -> Step {
    // The Linux console's F1 to F5.
    if let [b'[', rest @ ..] = rest {
        return match rest {
            [] => Step::More,
            [byte @ b'A'..=b'E', ..] => key(4, Key::plain(Code::F(byte - b'A' + 1))),
            _ => Step::Take(4, None),
        };
    }
    let Some(end) = rest.iter().position(|b| !(0x20..0x40).contains(b)) else {
        return if rest.len() > LONGEST_SEQUENCE { Step::Take(2, None) } else { Step::More };
    };
    let (body, last, n) = (&rest[..end], rest[end], end + 3);
    if !(0x40..0x7f).contains(&last) {
        // Broken off by something else, which is looked at for itself.
        return Step::Take(n - 1, None);
    }
    if let [b'<', numbers @ ..] = body {
        return Step::Take(n, mouse(&parameters(numbers), last));
    }
    if body.is_empty() && last == b'M' {
        // A mouse report of a terminal that knows only the old form.
        return if rest.len() < 4 { Step::More } else { Step::Take(n + 3, None) };
    }
    if body.first().is_some_and(|b| (0x3c..0x40).contains(b)) {
        return Step::Take(n, None);
    }
    let numbers = parameters(body);
    let first = numbers.first().copied().unwrap_or(0);
    let second = numbers.get(1).copied().unwrap_or(1);
    let code = match last {
        b'~' if first == 200 => return Step::PasteBegins(n),
        b'~' if first == 27 => return Step::Take(n, coded(numbers.get(2).copied().unwrap_or(0), second)),
        b'u' => return Step::Take(n, coded(first, second)),
        b'I' => return Step::Take(n, Some(Report::Focus(true))),
        b'O' => return Step::Take(n, Some(Report::Focus(false))),
        b'Z' => return key(n, Key { shift: true, ..Key::plain(Code::Tab) }),
        b'~' => numbered(first),
        letter => function(letter),
    };
    Step::Take(n, code.map(|code| Report::Key(modified(code, second))))
}

fn parameters(body: &[u8]) -> Vec<u32> {
    let number = |part: &[u8]| {
        part.iter()
            .take_while(|b| b.is_ascii_digit())
            .fold(0u32, |n, b| n.saturating_mul(10).saturating_add(u32::from(b - b'0')))
    };
    body.split(|b| *b == b';').map(number).collect()
}

/// Keys named by a letter, after `ESC O` or `ESC [`.
fn function(letter: u8) -> Option<Code> {
    Some(match letter {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'M' => Code::Enter,
        b'P'..=b'S' => Code::F(letter - b'P' + 1),
        _ => return None,
    })
}

/// Keys named by a number, before `~`.
fn numbered(number: u32) -> Option<Code> {
    Some(match number {
        1 | 7 => Code::Home,
        2 => Code::Insert,
        3 => Code::Delete,
        4 | 8 => Code::End,
        5 => Code::PageUp,
        6 => Code::PageDown,
        11..=15 => Code::F(number as u8 - 10),
        17..=21 => Code::F(number as u8 - 11),
        23 | 24 => Code::F(number as u8 - 12),
        _ => return None,
    })
}

/// A key named by its character's number, as newer protocols do.
fn coded(number: u32, modifiers: u32) -> Option<Report> {
    let code = match number {
        9 => Code::Tab,
        13 => Code::Enter,
        27 => Code::Esc,
        8 | 127 => Code::Backspace,
        57_399..=57_426 => keypad(number)?,
        // Keys alone that are no keys to us: Caps Lock, Shift, Play.
        57_344..=63_743 => return None,
        _ => Code::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    };
    Some(Report::Key(modified(code, modifiers)))
}

/// Keys of the number block, as the kitty protocol counts them.
fn keypad(number: u32) -> Option<Code> {
    const SIGNS: [char; 8] = ['.', '/', '*', '-', '+', '\r', '=', ','];
    const MOVES: [Code; 10] = [
        Code::Left,
        Code::Right,
        Code::Up,
        Code::Down,
        Code::PageUp,
        Code::PageDown,
        Code::Home,
        Code::End,
        Code::Insert,
        Code::Delete,
    ];
    let at = number.checked_sub(57_399)?;
    match at {
        0..=9 => char::from_digit(at, 10).map(Code::Char),
        15 => Some(Code::Enter),
        10..=17 => SIGNS.get(at as usize - 10).map(|c| Code::Char(*c)),
        _ => MOVES.get(at as usize - 18).copied(),
    }
}

fn modified(code: Code, modifiers: u32) -> Key {
    let bits = modifiers.saturating_sub(1);
    let key = Key { code, shift: bits & 1 != 0, alt: bits & 2 != 0, ctrl: bits & 4 != 0 };
    match code {
        // A character says itself whether it is a capital.
        Code::Char(c) => {
            let c = if key.ctrl { c.to_ascii_lowercase() } else { c };
            let c = if key.shift && !key.ctrl { c.to_uppercase().next().unwrap_or(c) } else { c };
            Key { code: Code::Char(c), shift: false, ..key }
        }
        _ => key,
    }
}

fn mouse(numbers: &[u32], last: u8) -> Option<Report> {
    let [button, x, y] = *numbers else { return None };
    let at = |n: u32| u16::try_from(n.saturating_sub(1)).unwrap_or(u16::MAX);
    let (x, y) = (at(x), at(y));
    // Shift, Alt and Ctrl do not matter.
    match (button & !0b1_1100, last) {
        (0, b'M') => Some(Report::Press(x, y)),
        (32, b'M') => Some(Report::Drag(x, y)),
        (0, b'm') => Some(Report::Release(x, y)),
        (64, b'M') => Some(Report::Wheel(x, y, -1)),
        (65, b'M') => Some(Report::Wheel(x, y, 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reports(bytes: &[u8]) -> Vec<Report> {
        let mut decoder = Decoder::default();
        let mut reports = Vec::new();
        decoder.feed(bytes, &mut reports);
        if decoder.patience().is_some() {
            decoder.give_up(&mut reports);
        }
        reports
    }

    fn keys(bytes: &[u8]) -> Vec<String> {
        let name = |r| match r {
            Report::Key(key) => key.to_string(),
            other => format!("{other:?}"),
        };
        reports(bytes).into_iter().map(name).collect()
    }

    #[test]
    fn keys_have_the_names_people_write() {
        for (bytes, names) in [
            (&b"aA#"[..], &["a", "A", "#"][..]),
            ("é日👍".as_bytes(), &["é", "日", "👍"]),
            // The number block and lonely modifiers of the kitty protocol.
            (b"\x1b[57400u\x1b[57414u\x1b[57419u\x1b[57441u\x1b[97;5u", &["1", "enter", "up", "ctrl-a"]),
            (b"\r\t\x7f\x08", &["enter", "tab", "backspace", "backspace"]),
            (b"\x01\x1a\x00\x1f", &["ctrl-a", "ctrl-z", "ctrl-space", "ctrl-_"]),
            (b"\x1b[A\x1bOB\x1b[1;5C\x1b[1;2D", &["up", "down", "ctrl-right", "shift-left"]),
            (b"\x1b[H\x1b[4~\x1b[5~\x1b[6~\x1b[3~\x1b[2~", &["home", "end", "pageup", "pagedown", "delete", "insert"]),
            (b"\x1bOP\x1b[15~\x1b[21~\x1b[24~\x1b[[A\x1b[1;5P", &["f1", "f5", "f10", "f12", "f1", "ctrl-f1"]),
            (b"\x1b[Z\x1ba\x1b\r\x1b\x7f", &["shift-tab", "alt-a", "alt-enter", "alt-backspace"]),
            (b"\x1b", &["esc"]),
            (b"\x1b\x1b", &["esc", "esc"]),
            (b"\x1b[", &["alt-["]),
            (b"\x1b[97;5u\x1b[13;2u\x1b[27;3;98~", &["ctrl-a", "shift-enter", "alt-b"]),
            // Half a UTF-8 character that stays half is a Latin-1 one.
            (b"\xe9", &["é"]),
            // Answers nobody asked for, and rubbish.
            (b"\x1b]11;rgb:0000/0000/0000\x1b\\x\x1b[?62;c\x1b[?2026;2$yy\xff\xc3(", &["x", "y", "("]),
        ] {
            assert_eq!(keys(bytes), names, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn mouse_focus_and_paste() {
        assert_eq!(
            reports(
                b"\x1b[<0;11;3M\x1b[<32;12;3M\x1b[<0;11;3m\x1b[<64;1;1M\x1b[<69;2;2M\x1b[<35;1;1M\x1b[I\x1b[O\x1b[M !!"
            ),
            [
                Report::Press(10, 2),
                Report::Drag(11, 2),
                Report::Release(10, 2),
                Report::Wheel(0, 0, -1),
                Report::Wheel(1, 1, 1),
                Report::Focus(true),
                Report::Focus(false)
            ]
        );
        assert_eq!(
            reports("x\x1b[200~two\nlines \x1b[31m é\x1b[201~y".as_bytes()),
            [
                Report::Key(Key::char('x')),
                Report::Paste("two\nlines \x1b[31m é".to_owned()),
                Report::Key(Key::char('y'))
            ]
        );
    }

    #[test]
    fn a_paste_waits_for_its_end() {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        decoder.feed(b"\x1b[200~abc\x1b[20", &mut out);
        assert_eq!((out.len(), decoder.patience()), (0, None));
        decoder.give_up(&mut out);
        decoder.feed(b"1~", &mut out);
        assert_eq!(out, [Report::Paste("abc".to_owned())]);
    }

    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let parts = prop::sample::select(vec![
            &b"a"[..],
            "é".as_bytes(),
            "👍".as_bytes(),
            b"\x1b[A",
            b"\x1b[1;5C",
            b"\x1bOP",
            b"\x1b[<0;11;3M",
            b"\x1b[200~",
            b"\x1b[201~",
            b"\x1ba",
            b"\r",
            b"\xff",
            b"\x1b]2;x\x07",
            b"\x1b[[B",
        ]);
        prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(bytes in stream(), cut in 0usize..80) {
            let cut = cut.min(bytes.len());
            let mut decoder = Decoder::default();
            let mut pieces = Vec::new();
            decoder.feed(&bytes[..cut], &mut pieces);
            decoder.feed(&bytes[cut..], &mut pieces);
            let mut whole = Vec::new();
            Decoder::default().feed(&bytes, &mut whole);
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn no_bytes_are_too_broken(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = Decoder::default();
            let mut out = Vec::new();
            for piece in bytes.chunks(7) {
                decoder.feed(piece, &mut out);
            }
            decoder.give_up(&mut out);
            prop_assert!(decoder.patience().is_none());
        }
    }
}
