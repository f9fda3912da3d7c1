//! Keys and their names. Knows no terminal; whoever reads one turns its events into these.
//!
//! A name is what people write in the configuration and read in hints: `a`, `A`, `#`, `space`, `enter`, `f2`,
//! `ctrl-k`, `alt-enter`. [`Key::parse`] and `Display` are each other's inverse.

use std::fmt;

/// What was pressed, without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A character, as typed: capitals come as capitals.
    Char(char),
    /// F1 to F12.
    F(u8),
    /// Return.
    Enter,
    /// Tab.
    Tab,
    /// Escape.
    Esc,
    /// Delete to the left.
    Backspace,
    /// Delete to the right.
    Delete,
    /// Insert.
    Insert,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Start of line.
    Home,
    /// End of line.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What was pressed.
    pub code: Code,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Alt.
    pub alt: bool,
    /// With Shift; never set on characters, whose case already says it.
    pub shift: bool,
}

const NAMES: [(&str, Code); 15] = [
    ("enter", Code::Enter),
    ("tab", Code::Tab),
    ("esc", Code::Esc),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("insert", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("pageup", Code::PageUp),
    ("pagedown", Code::PageDown),
    ("space", Code::Char(' ')),
];

impl Key {
    /// A key without modifiers.
    pub const fn plain(code: Code) -> Key {
        Key { code, ctrl: false, alt: false, shift: false }
    }

    /// A character without modifiers.
    pub const fn char(c: char) -> Key {
        Key::plain(Code::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Key {
        Key { code: Code::Char(c), ctrl: true, alt: false, shift: false }
    }

    /// The character it types, if it types one.
    pub fn printable(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt && !c.is_control() => Some(c),
            _ => None,
        }
    }

    /// Reads a name. The error says what is wrong with it.
    pub fn parse(name: &str) -> Result<Key, String> {
        let mut key = Key::plain(Code::Esc);
        let mut rest = name.trim();
        // A lone character is itself, also `-`.
        while rest.chars().count() > 1 {
            let Some((head, tail)) = rest.split_once('-').filter(|(_, tail)| !tail.is_empty()) else { break };
            match head.to_ascii_lowercase().as_str() {
                "ctrl" => key.ctrl = true,
                "alt" => key.alt = true,
                "shift" => key.shift = true,
                other => return Err(format!("`{other}` is no modifier; use ctrl, alt or shift")),
            }
            rest = tail;
        }
        let mut chars = rest.chars();
        key.code = match (chars.next(), chars.next()) {
            (Some(c), None) => Code::Char(c),
            (Some('f' | 'F'), Some(_)) if rest[1..].chars().all(|c| c.is_ascii_digit()) => {
                let n: u8 = rest[1..].parse().unwrap_or(0);
                if !(1..=12).contains(&n) {
                    return Err(format!("`{rest}` is no key; F1 to F12 are"));
                }
                Code::F(n)
            }
            _ => {
                let low = rest.to_ascii_lowercase();
                match NAMES.iter().find(|(n, _)| *n == low) {
                    Some((_, code)) => *code,
                    None => return Err(format!("`{rest}` is no key; use a character, f1 to f12, enter, tab, esc …")),
                }
            }
        };
        if let Code::Char(c) = key.code {
            if key.shift {
                key.code = Code::Char(c.to_uppercase().next().unwrap_or(c));
                key.shift = false;
            }
            if key.ctrl {
                // Terminals send the same byte for both cases.
                key.code = Code::Char(c.to_ascii_lowercase());
            }
        }
        Ok(key)
    }

    /// Reads keys pressed one after the other: `g q`.
    pub fn parse_sequence(names: &str) -> Result<Vec<Key>, String> {
        names.split_whitespace().map(Key::parse).collect()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        if self.shift {
            f.write_str("shift-")?;
        }
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            Code::Char(c) => write!(f, "{c}"),
            Code::F(n) => write!(f, "f{n}"),
            _ => Ok(()),
        }
    }
}

/// A key as people read it in hints: `Ctrl-K`, `F2`, `Enter`, `a`.
pub fn label(key: Key) -> String {
    let name = key.to_string();
    if key.printable().is_some_and(|c| c != ' ') {
        return name;
    }
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_written() {
        for name in [
            "a",
            "A",
            "#",
            "-",
            "space",
            "enter",
            "f2",
            "f12",
            "ctrl-k",
            "alt-enter",
            "shift-tab",
            "ctrl--",
            "alt-b",
            "é",
        ] {
            let key = Key::parse(name).expect(name);
            assert_eq!(key.to_string(), name);
            assert_eq!(Key::parse(&key.to_string()), Ok(key));
        }
        assert_eq!(Key::parse("Ctrl-K"), Ok(Key::ctrl('k')));
        assert_eq!(Key::parse("shift-a"), Ok(Key::char('A')));
        assert!(Key::parse("f13").is_err());
        assert!(Key::parse("super-x").is_err());
        assert!(Key::parse("").is_err());
    }

    #[test]
    fn labels_are_for_people() {
        assert_eq!(label(Key::ctrl('k')), "Ctrl-K");
        assert_eq!(label(Key::plain(Code::F(2))), "F2");
        assert_eq!(label(Key::char('a')), "a");
        assert_eq!(label(Key::char(' ')), "Space");
    }
}
