//! How the desk behaves towards the terminal it runs in: what it may be told and how. It knows names of terminals.
//!
//! Everything is decided from the settings and the environment before the first frame. Invariant: nothing is ever
//! asked of a terminal, and a terminal that nobody knows is sent nothing it might take for something else.

use crate::config::table as config;
use crate::domain::safe;

/// What is said to a terminal beside cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// How the agent hears of something while they look elsewhere.
    pub notify: Notify,
    /// Addresses in conversations and articles are links.
    pub links: bool,
    /// The terminal is known to tell keys apart that look alike otherwise (kitty keyboard protocol).
    pub keyboard: bool,
    /// The desk turns right-to-left text around itself, so the terminal must not.
    pub reorder: bool,
}

/// How a notification reaches the agent's desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Words after `OSC 9` (iTerm2, WezTerm, Ghostty).
    Osc9,
    /// Title and words after `OSC 777` (foot, urxvt, VTE).
    Osc777,
    /// Words after `OSC 99` (kitty).
    Osc99,
    /// The bell, without words.
    Bell,
    /// Not at all.
    Off,
}

/// Longest notification, in characters.
const LONGEST: usize = 160;
const NAME: &str = "Cordboard";

impl Manners {
    /// What the settings ask for. Where they leave it open, `variable` is asked for what terminals say of themselves.
    pub fn chosen(desk: &config::Desk, variable: impl Fn(&str) -> Option<String>) -> Manners {
        let terminal = Terminal::found(&variable);
        let notify = match desk.notify {
            config::Notify::Osc9 => Notify::Osc9,
            config::Notify::Osc777 => Notify::Osc777,
            config::Notify::Osc99 => Notify::Osc99,
            config::Notify::Bell => Notify::Bell,
            config::Notify::Off => Notify::Off,
            config::Notify::Auto => match terminal {
                Terminal::Kitty => Notify::Osc99,
                Terminal::Iterm | Terminal::Wezterm | Terminal::Ghostty => Notify::Osc9,
                Terminal::Foot | Terminal::Urxvt | Terminal::Vte => Notify::Osc777,
                _ if desk.bell => Notify::Bell,
                _ => Notify::Off,
            },
        };
        let keyboard = matches!(
            terminal,
            Terminal::Kitty
                | Terminal::Wezterm
                | Terminal::Ghostty
                | Terminal::Iterm
                | Terminal::Foot
                | Terminal::Alacritty
                | Terminal::Rio
        );
        Manners { notify, links: desk.links, keyboard, reorder: desk.rtl == config::Rtl::Reorder }
    }
}

impl Default for Manners {
    /// Those towards a terminal of which nothing is known.
    fn default() -> Manners {
        Manners { notify: Notify::Bell, links: false, keyboard: false, reorder: false }
    }
}

impl Notify {
    /// The bytes that tell it; none where there is nothing to send. The words may be a customer's.
    pub fn bytes(self, words: &str) -> Vec<u8> {
        let words: String = safe::line(words).chars().take(LONGEST).collect();
        match self {
            // The name in front: a number there would be another command of some terminals.
            Notify::Osc9 => format!("\x1b]9;{NAME}: {words}\x07"),
            Notify::Osc777 => format!("\x1b]777;notify;{NAME};{}\x07", words.replace(';', ",")),
            Notify::Osc99 => format!("\x1b]99;i=cordboard;{NAME}: {words}\x1b\\"),
            Notify::Bell => "\x07".to_owned(),
            Notify::Off => String::new(),
        }
        .into_bytes()
    }
}

/// Terminals that say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Terminal {
    Kitty,
    Iterm,
    Wezterm,
    Ghostty,
    Foot,
    Urxvt,
    Vte,
    Alacritty,
    Rio,
    Unknown,
}

impl Terminal {
    fn found(variable: &impl Fn(&str) -> Option<String>) -> Terminal {
        let set = |name| variable(name).filter(|v| !v.is_empty());
        let term = set("TERM").unwrap_or_default();
        // What stands between passes little on, and the variables of the terminal around it may still be there.
        if set("TMUX").is_some() || set("STY").is_some() || term.starts_with("tmux") || term.starts_with("screen") {
            return Terminal::Unknown;
        }
        let named = match term.split('-').collect::<Vec<_>>().as_slice() {
            ["xterm", "kitty", ..] => Some(Terminal::Kitty),
            ["xterm", "ghostty", ..] => Some(Terminal::Ghostty),
            ["foot", ..] => Some(Terminal::Foot),
            ["rxvt", "unicode", ..] => Some(Terminal::Urxvt),
            ["alacritty", ..] => Some(Terminal::Alacritty),
            ["wezterm", ..] => Some(Terminal::Wezterm),
            ["rio", ..] => Some(Terminal::Rio),
            _ => None,
        };
        let program = || {
            Some(match set("TERM_PROGRAM")?.as_str() {
                "iTerm.app" => Terminal::Iterm,
                "WezTerm" => Terminal::Wezterm,
                "ghostty" => Terminal::Ghostty,
                "rio" => Terminal::Rio,
                "kitty" => Terminal::Kitty,
                _ => return None,
            })
        };
        let vte = || set("VTE_VERSION").map(|_| Terminal::Vte);
        named.or_else(program).or_else(vte).unwrap_or(Terminal::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(desk: &config::Desk, variables: &[(&str, &str)]) -> Manners {
        Manners::chosen(desk, |name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn a_terminal_is_known_by_what_it_says_of_itself() {
        let desk = config::Desk::default();
        for (variables, notify, keyboard) in [
            (&[("TERM", "xterm-kitty")][..], Notify::Osc99, true),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Notify::Osc9, true),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Notify::Osc9, true),
            (&[("TERM", "foot-extra")], Notify::Osc777, true),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], Notify::Osc777, false),
            (&[("TERM", "alacritty")], Notify::Bell, true),
            (&[("TERM", "xterm-256color")], Notify::Bell, false),
            (&[("TERM", "tmux-256color"), ("VTE_VERSION", "7600")], Notify::Bell, false),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")], Notify::Bell, false),
            (&[], Notify::Bell, false),
        ] {
            let manners = chosen(&desk, variables);
            assert_eq!((manners.notify, manners.keyboard), (notify, keyboard), "{variables:?}");
            assert!(!manners.links && !manners.reorder);
        }
        let quiet = config::Desk { bell: false, ..config::Desk::default() };
        assert_eq!(chosen(&quiet, &[("TERM", "xterm")]).notify, Notify::Off);
        let asked = config::Desk { notify: config::Notify::Osc9, ..config::Desk::default() };
        assert_eq!(chosen(&asked, &[("TERM", "xterm-kitty")]).notify, Notify::Osc9);
    }

    #[test]
    fn words_in_a_notification_are_only_words() {
        let evil = "4;1;50\x1b]52;c;AAAA\x07\u{9d}\u{202e}x\nnext;title";
        for notify in [Notify::Osc9, Notify::Osc777, Notify::Osc99] {
            let text = String::from_utf8(notify.bytes(evil)).expect("text");
            let inside = text.trim_start_matches("\x1b]").trim_end_matches("\x1b\\").trim_end_matches('\x07');
            assert!(!inside.chars().any(char::is_control), "{inside:?}");
            assert!(!inside.contains('\u{202e}'));
        }
        assert_eq!(Notify::Osc777.bytes("a;b"), b"\x1b]777;notify;Cordboard;a,b\x07");
        assert_eq!(Notify::Bell.bytes("Dana"), b"\x07");
        assert_eq!(Notify::Off.bytes("Dana"), b"");
        assert!(Notify::Osc9.bytes(&"x".repeat(9_000)).len() < 200);
    }
}
