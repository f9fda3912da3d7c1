//! Roles and what they look like. Views name roles; only this file names colours and symbols.
//!
//! The built-in theme uses the terminal's own sixteen colours and never paints the background, so it sits well on
//! dark and light. Invariant: no role is told by colour alone; each state has a symbol or a word, and
//! `without colour` the weights remain.

use ratatui::style::{Color, Modifier, Style};

use crate::config::table as config;
use crate::domain::work::Channel;

/// Which colours there are to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Palette {
    /// The terminal's own sixteen.
    Sixteen,
    /// Soft ones of the 256, for a dark background.
    Dark,
    /// Deep ones of the 256, for a light background.
    Light,
    /// Bright ones, and nothing dimmed.
    Contrast,
    /// Those of the 256 that every eye tells apart, for a dark background.
    ColourBlind,
    /// None: weights only.
    Mono,
}

impl Palette {
    fn of(theme: config::Theme, own: Palette) -> Palette {
        match theme {
            config::Theme::Auto => own,
            config::Theme::Ansi => Palette::Sixteen,
            config::Theme::Dark => Palette::Dark,
            config::Theme::Light => Palette::Light,
            config::Theme::Contrast => Palette::Contrast,
            config::Theme::ColourBlind => Palette::ColourBlind,
            config::Theme::Mono => Palette::Mono,
        }
    }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    palette: Palette,
    /// What `auto` means here.
    own: Palette,
    ascii: bool,
    reorder: bool,
}

impl Theme {
    /// What the settings ask for. Where they leave it open, `variable` is asked: NO_COLOR and TERM say whether there
    /// are colours, the locale whether Unicode can be shown.
    pub fn chosen(theme: config::Theme, symbols: config::Symbols, variable: impl Fn(&str) -> Option<String>) -> Theme {
        let set = |name| variable(name).filter(|v| !v.is_empty());
        let colourless = set("NO_COLOR").is_some() || set("TERM").is_none_or(|t| t == "dumb" || t.starts_with("vt"));
        let own = if colourless { Palette::Mono } else { Palette::Sixteen };
        let ascii = match symbols {
            config::Symbols::Unicode => false,
            config::Symbols::Ascii => true,
            config::Symbols::Auto => {
                let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
                let locale = locale.to_ascii_lowercase();
                // Nothing said is taken as today's custom; only a locale that names another encoding is believed.
                locale == "c" || locale == "posix" || (locale.contains('.') && !locale.contains("utf"))
            }
        };
        Theme { palette: Palette::of(theme, own), own, ascii, reorder: false }
    }

    /// The same terminal in other colours, by the name the configuration has for them.
    pub fn in_colours(self, name: &str) -> Theme {
        let named = config::Theme::WORDS.iter().find(|(_, word)| *word == name);
        named.map_or(self, |(theme, _)| Theme { palette: Palette::of(*theme, self.own), ..self })
    }

    /// The same, with right-to-left text turned around by the desk or not.
    pub fn reordering(self, reorder: bool) -> Theme {
        Theme { reorder, ..self }
    }

    /// Whether the desk turns right-to-left text around.
    pub fn reorders(self) -> bool {
        self.reorder
    }

    /// What a role looks like.
    pub fn style(self, ink: Ink) -> Style {
        let weight = Style::new().add_modifier(ink.weight());
        match (self.palette, ink) {
            // Without colours the quiet ones are dim; with them, grey.
            (Palette::Mono, Ink::Dim | Ink::Chrome) => weight.add_modifier(Modifier::DIM),
            // Keys stand out from the words beside them.
            (Palette::Mono, Ink::Key) => weight.add_modifier(Modifier::BOLD),
            (Palette::Mono, _) => weight,
            (palette, ink) => palette.colour(ink).map_or(weight, |colour| weight.fg(colour)),
        }
    }

    /// The symbol for something.
    pub fn mark(self, mark: Mark) -> &'static str {
        let (unicode, ascii) = mark.forms();
        if self.ascii { ascii } else { unicode }
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
        self.ascii
    }
}

impl Ink {
    /// Weight and line, which say it without any colour.
    fn weight(self) -> Modifier {
        match self {
            Ink::Strong | Ink::Selected | Ink::Focus | Ink::Bad | Ink::Customer | Ink::Ours | Ink::Note => {
                Modifier::BOLD
            }
            Ink::Offer => Modifier::BOLD | Modifier::REVERSED,
            Ink::Match => Modifier::BOLD | Modifier::UNDERLINED,
            Ink::Link => Modifier::UNDERLINED,
            Ink::Text | Ink::Dim | Ink::Chrome | Ink::Key | Ink::Good | Ink::Warn | Ink::Code => Modifier::empty(),
        }
    }
}

impl Palette {
    fn colour(self, ink: Ink) -> Option<Color> {
        // Sixteen, dark, light, contrast; and those that every eye tells apart, after Okabe and Ito.
        let [sixteen, dark, light, contrast, blind] = match ink {
            Ink::Text | Ink::Strong | Ink::Selected | Ink::Offer | Ink::Match => return None,
            Ink::Dim => [Color::DarkGray, Color::Indexed(245), Color::Indexed(241), Color::Reset, Color::Indexed(245)],
            Ink::Chrome => {
                [Color::DarkGray, Color::Indexed(239), Color::Indexed(250), Color::Reset, Color::Indexed(239)]
            }
            Ink::Focus | Ink::Key | Ink::Link => {
                [Color::Cyan, Color::Indexed(80), Color::Indexed(23), Color::LightCyan, Color::Indexed(75)]
            }
            Ink::Good | Ink::Ours => {
                [Color::Green, Color::Indexed(114), Color::Indexed(22), Color::LightGreen, Color::Indexed(36)]
            }
            Ink::Warn | Ink::Note => {
                [Color::Yellow, Color::Indexed(179), Color::Indexed(94), Color::LightYellow, Color::Indexed(220)]
            }
            Ink::Bad => [Color::Red, Color::Indexed(203), Color::Indexed(160), Color::LightRed, Color::Indexed(202)],
            Ink::Customer => {
                [Color::Blue, Color::Indexed(111), Color::Indexed(25), Color::LightBlue, Color::Indexed(110)]
            }
            Ink::Code => {
                [Color::Magenta, Color::Indexed(176), Color::Indexed(90), Color::LightMagenta, Color::Indexed(175)]
            }
        };
        match self {
            Palette::Sixteen => Some(sixteen),
            Palette::Dark => Some(dark),
            Palette::Light => Some(light),
            Palette::ColourBlind => Some(blind),
            Palette::Contrast => Some(contrast).filter(|c| *c != Color::Reset),
            Palette::Mono => None,
        }
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
    /// Soon over the target.
    Risk,
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
            Mark::Risk => ("△", "?"),
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
    const ALL: [Mark; 25] = [
        Mark::Selected,
        Mark::Voice,
        Mark::Chat,
        Mark::Email,
        Mark::Callback,
        Mark::Late,
        Mark::Risk,
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

    fn chosen(theme: config::Theme, symbols: config::Symbols, variables: &[(&str, &str)]) -> Theme {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Theme::chosen(theme, symbols, find)
    }

    #[test]
    fn the_surroundings_are_asked_only_where_the_settings_leave_it_open() {
        let (auto, ansi) = (config::Theme::Auto, config::Theme::Ansi);
        let signs = config::Symbols::Auto;
        assert_eq!(chosen(auto, signs, &[("TERM", "xterm")]).palette, Palette::Sixteen);
        assert_eq!(chosen(auto, signs, &[("TERM", "xterm"), ("NO_COLOR", "1")]).palette, Palette::Mono);
        assert_eq!(chosen(auto, signs, &[("TERM", "xterm"), ("NO_COLOR", "")]).palette, Palette::Sixteen);
        assert_eq!(chosen(ansi, signs, &[("NO_COLOR", "1")]).palette, Palette::Sixteen);
        assert_eq!(chosen(auto, signs, &[("TERM", "dumb")]).palette, Palette::Mono);
        assert!(!chosen(auto, signs, &[("LANG", "de_DE.UTF-8")]).ascii);
        assert!(!chosen(auto, signs, &[]).ascii);
        assert!(chosen(auto, signs, &[("LANG", "de_DE.ISO-8859-1")]).ascii);
        assert!(chosen(auto, signs, &[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")]).ascii);
        assert!(chosen(auto, config::Symbols::Ascii, &[("LANG", "en_GB.UTF-8")]).ascii);
    }

    /// Relative luminance of one of the 256 colours, as WCAG 2.2 defines it.
    fn luminance(index: u8) -> f64 {
        let level = |n: u8| [0.0, 95.0, 135.0, 175.0, 215.0, 255.0][usize::from(n % 6)];
        let rgb = match index {
            16..=231 => [level((index - 16) / 36), level((index - 16) / 6), level(index - 16)],
            232.. => [8.0 + 10.0 * f64::from(index - 232); 3],
            _ => panic!("{index} is the terminal's own"),
        };
        let [r, g, b] = rgb
            .map(|c: f64| c / 255.0)
            .map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    #[test]
    fn words_stand_out_from_the_ground_they_are_made_for() {
        use config::Theme::{ColourBlind, Dark, Light};
        // Grounds people have: black and 234 for dark ones, white and 255 for light ones.
        for (theme, grounds) in [(Dark, [16, 234]), (ColourBlind, [16, 234]), (Light, [231, 255])] {
            let theme = chosen(theme, config::Symbols::Auto, &[]);
            // Lines and borders say nothing that words do not say.
            let words = [Ink::Dim, Ink::Focus, Ink::Key, Ink::Good, Ink::Warn, Ink::Bad, Ink::Customer, Ink::Ours];
            for ink in words.into_iter().chain([Ink::Note, Ink::Link, Ink::Code]) {
                let Some(Color::Indexed(index)) = theme.style(ink).fg else { continue };
                for ground in grounds {
                    let (a, b) = (luminance(index) + 0.05, luminance(ground) + 0.05);
                    let contrast = a.max(b) / a.min(b);
                    assert!(contrast >= 4.5, "{theme:?} {ink:?} on {ground}: {contrast:.1}");
                }
            }
        }
    }

    #[test]
    fn without_colour_no_role_has_one() {
        let theme = chosen(config::Theme::Mono, config::Symbols::Auto, &[]);
        for ink in [Ink::Dim, Ink::Focus, Ink::Good, Ink::Warn, Ink::Bad, Ink::Note, Ink::Link, Ink::Code] {
            let style = theme.style(ink);
            assert!(style.fg.is_none() && style.bg.is_none(), "{ink:?}");
        }
    }
}
