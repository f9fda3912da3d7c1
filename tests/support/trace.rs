//! What a program asked of its terminal besides cells: modes, titles, bells, notifications, the clipboard.

use std::collections::{BTreeSet, VecDeque};

/// So many operating system commands are remembered.
const KEPT: usize = 400;

/// The modes that are on, and what was said beside the screen.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// DEC private modes that are on, without those that are so from the start.
    pub on: BTreeSet<u16>,
    /// Levels of the kitty keyboard protocol that were pushed and not popped.
    pub keyboard: i32,
    /// Titles put aside and not taken back.
    pub titles: i32,
    /// Operating system commands, oldest first, without their introducer and end.
    pub commands: VecDeque<String>,
    /// Bells rung.
    pub bells: u64,
    /// Questions that want an answer.
    pub questions: Vec<String>,
    state: State,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    Sequence(String),
    Command(Vec<u8>),
    CommandEscape(Vec<u8>),
}

impl Trace {
    /// Takes in what the program wrote.
    pub fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.state = match (std::mem::take(&mut self.state), *byte) {
                (State::Ground, 0x1b) => State::Escape,
                (State::Ground, 7) => {
                    self.bells += 1;
                    State::Ground
                }
                (State::Ground, _) => State::Ground,
                (State::Escape, b'[') => State::Sequence(String::new()),
                (State::Escape, b']') => State::Command(Vec::new()),
                (State::Escape, _) => State::Ground,
                (State::Sequence(mut body), byte @ 0x20..0x40) => {
                    body.push(char::from(byte));
                    State::Sequence(body)
                }
                (State::Sequence(body), last) => {
                    self.sequence(&body, last);
                    State::Ground
                }
                (State::Command(body), 7) | (State::CommandEscape(body), b'\\') => {
                    self.commands.push_back(String::from_utf8_lossy(&body).into_owned());
                    if self.commands.len() > KEPT {
                        self.commands.pop_front();
                    }
                    State::Ground
                }
                (State::Command(body), 0x1b) => State::CommandEscape(body),
                (State::Command(mut body), byte) => {
                    body.push(byte);
                    State::Command(body)
                }
                (State::CommandEscape(_), _) => State::Ground,
            };
        }
    }

    fn sequence(&mut self, body: &str, last: u8) {
        match (body, last) {
            (body, b'h' | b'l') if body.starts_with('?') => {
                for mode in body[1..].split(';').filter_map(|n| n.parse().ok()) {
                    // The cursor is there from the start.
                    if (last == b'h') == (mode != 25) {
                        self.on.insert(mode);
                    } else {
                        self.on.remove(&mode);
                    }
                }
            }
            (body, b'u') if body.starts_with('>') => self.keyboard += 1,
            (body, b'u') if body.starts_with('<') => self.keyboard -= 1,
            ("22;0" | "22;2", b't') => self.titles += 1,
            ("23;0" | "23;2", b't') => self.titles -= 1,
            ("6" | "5", b'n') | ("" | ">" | "=" | ">0" | "0", b'c') | ("?", b'u') => {
                self.questions.push(format!("{body}{}", char::from(last)));
            }
            (body, b'p') if body.ends_with('$') => self.questions.push(format!("{body}p")),
            _ => {}
        }
    }

    /// The commands with this number, what follows it.
    pub fn commands(&self, number: &str) -> Vec<String> {
        let of = |command: &String| command.strip_prefix(number)?.strip_prefix(';').map(str::to_owned);
        self.commands.iter().filter_map(of).collect()
    }

    /// Fails the test when anything that was switched on is still on.
    pub fn assert_restored(&self) {
        assert!(self.on.is_empty(), "modes that are still on (25 is a hidden cursor): {:?}", self.on);
        assert_eq!((self.keyboard, self.titles), (0, 0), "keyboard levels and titles that were not taken back");
        assert_eq!(self.state, State::Ground, "a sequence was cut short");
        assert!(self.questions.is_empty(), "asked of the terminal: {:?}", self.questions);
    }
}
