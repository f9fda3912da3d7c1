//! Roles and what they look like. Views name roles; only this file names colours and symbols.
//!
//! The built-in theme uses the terminal's own sixteen colours and never paints the background, so it sits well on
//! dark and light. Invariant: no role is told by colour alone; each state has a symbol or a word, and
//! `without colour` the weights remain.

use ratatui::style::{Color, Modifier, Style};

use crate::domain::work::Channel;

/// Which symbols a terminal can be trusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symbols {
    /// Box drawing, arrows, ☎ ✉.
    #[default]
    Unicode,
    /// Seven bits only.
    Ascii,
}

/// What something is, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Words to read.
    Text,
    /// Words that matter most in their place: names, titles of what has the focus.
    Strong,
    /// Words that are there when looked for: times, labels, hints.
    Dim,
    /// Borders and rules.
    Chrome,
    /// Border and title of what has the focus.
    Focus,
    /// What the next key acts on.
    Selected,
    /// Keys in hints.
    Key,
    /// It went well; it is there.
    Good,
    /// Look soon: late, near the target, not sent.
    Warn,
    /// Look now: over the target, refused, lost.
    Bad,
    /// Words by the customer: who speaks.
    Customer,
    /// Words by us.
    Ours,
    /// A note: only the team sees it.
    Note,
    /// The offer band.
    Offer,
    /// The part of a word that was searched for.
    Match,
    /// A link's or article's name.
    Link,
    /// Code in an article.
    Code,
}

/// Styles for roles, and symbols.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    colour: bool,
    symbols: Symbols,
}

impl Theme {
    /// A theme; without colour only weights are used.
    pub fn new(colour: bool, symbols: Symbols) -> Theme {
        Theme { colour, symbols }
    }

    /// What a role looks like.
    pub fn style(self, role: Ink) -> Style {
        let plain = Style::new();
        let dye = |c: Color| if self.colour { plain.fg(c) } else { plain };
        match role {
            Ink::Text => plain,
            Ink::Strong | Ink::Selected => plain.add_modifier(Modifier::BOLD),
            // Bright black is the one grey of the sixteen; without colours the terminal's own dim.
            Ink::Dim | Ink::Chrome if self.colour => plain.fg(Color::DarkGray),
            Ink::Dim | Ink::Chrome => plain.add_modifier(Modifier::DIM),
            Ink::Focus => dye(Color::Cyan).add_modifier(Modifier::BOLD),
            Ink::Key => dye(Color::Cyan),
            Ink::Good => dye(Color::Green),
            Ink::Warn => dye(Color::Yellow),
            Ink::Bad => dye(Color::Red).add_modifier(Modifier::BOLD),
            Ink::Customer => dye(Color::Blue).add_modifier(Modifier::BOLD),
            Ink::Ours => dye(Color::Green).add_modifier(Modifier::BOLD),
            Ink::Note => dye(Color::Yellow).add_modifier(Modifier::BOLD),
            Ink::Offer => plain.add_modifier(Modifier::REVERSED | Modifier::BOLD),
            Ink::Match => plain.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Ink::Link => dye(Color::Cyan).add_modifier(Modifier::UNDERLINED),
            Ink::Code => dye(Color::Magenta),
        }
    }

    /// The symbol for something.
    pub fn mark(self, mark: Mark) -> &'static str {
        let (unicode, ascii) = mark.forms();
        if self.symbols == Symbols::Ascii { ascii } else { unicode }
    }

    /// How a contact came.
    pub fn channel(self, channel: Channel) -> &'static str {
        self.mark(match channel {
            Channel::Voice => Mark::Voice,
            Channel::Chat => Mark::Chat,
            Channel::Email => Mark::Email,
            Channel::Callback => Mark::Callback,
        })
    }

    /// Whether only seven bits are used.
    pub fn ascii(self) -> bool {
        self.symbols == Symbols::Ascii
    }
}

/// A symbol with a meaning. Each is one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The selected row.
    Selected,
    /// A call.
    Voice,
    /// A chat.
    Chat,
    /// An e-mail.
    Email,
    /// A call we owe.
    Callback,
    /// Over the target.
    Late,
    /// Not confirmed by the server yet.
    Unconfirmed,
    /// Refused.
    Refused,
    /// Done.
    Done,
    /// Chosen among several.
    Checked,
    /// Not chosen.
    Unchecked,
    /// Between two facts on one line.
    Between,
    /// A note.
    Note,
    /// The desk itself speaks.
    System,
    /// From here to there.
    Then,
    /// More above.
    Above,
    /// More below.
    Below,
    /// Something grave about a customer.
    Flag,
    /// On hold.
    Hold,
    /// Asleep until a time.
    Asleep,
    /// A list item in an article.
    Bullet,
    /// A quotation in an article.
    Quote,
    /// The link is up.
    Live,
    /// The link is not.
    Down,
}

impl Mark {
    fn forms(self) -> (&'static str, &'static str) {
        match self {
            Mark::Selected => ("▸", ">"),
            Mark::Voice => ("☎", "T"),
            Mark::Chat => ("▤", "C"),
            Mark::Email => ("✉", "M"),
            Mark::Callback => ("↺", "R"),
            Mark::Late => ("!", "!"),
            Mark::Unconfirmed => ("~", "~"),
            Mark::Refused => ("✗", "x"),
            Mark::Done => ("✓", "+"),
            Mark::Checked => ("■", "*"),
            Mark::Unchecked => ("□", "-"),
            Mark::Between => ("·", "|"),
            Mark::Note => ("✎", "#"),
            Mark::System => ("◦", "."),
            Mark::Then => ("›", ">"),
            Mark::Above => ("↑", "^"),
            Mark::Below => ("↓", "v"),
            Mark::Flag => ("⚑", "!"),
            Mark::Hold => ("‖", "="),
            Mark::Asleep => ("☾", "z"),
            Mark::Bullet => ("•", "*"),
            Mark::Quote => ("│", "|"),
            Mark::Live => ("●", "*"),
            Mark::Down => ("○", "o"),
        }
    }

    /// Every mark.
    #[cfg(test)]
    const ALL: [Mark; 24] = [
        Mark::Selected,
        Mark::Voice,
        Mark::Chat,
        Mark::Email,
        Mark::Callback,
        Mark::Late,
        Mark::Unconfirmed,
        Mark::Refused,
        Mark::Done,
        Mark::Checked,
        Mark::Unchecked,
        Mark::Between,
        Mark::Note,
        Mark::System,
        Mark::Then,
        Mark::Above,
        Mark::Below,
        Mark::Flag,
        Mark::Hold,
        Mark::Asleep,
        Mark::Bullet,
        Mark::Quote,
        Mark::Live,
        Mark::Down,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::width;

    #[test]
    fn every_mark_is_one_cell_in_both_alphabets() {
        for mark in Mark::ALL {
            let (unicode, ascii) = mark.forms();
            assert_eq!((width(unicode), ascii.len()), (1, 1), "{mark:?}");
        }
    }

    #[test]
    fn without_colour_no_role_has_one() {
        let theme = Theme::new(false, Symbols::Unicode);
        for role in [Ink::Dim, Ink::Focus, Ink::Good, Ink::Warn, Ink::Bad, Ink::Note, Ink::Link, Ink::Code] {
            let style = theme.style(role);
            assert!(style.fg.is_none() && style.bg.is_none(), "{role:?}");
        }
    }
}
