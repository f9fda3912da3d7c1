//! The terminal's pen: which style it would write in now, and the shortest way to another one.
//!
//! Only this file knows SGR numbers. Invariant: what [`Pen`] holds is what the terminal holds, from frame to frame;
//! nothing is reset that need not be.

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// Modifiers that show even on a blank cell.
const VISIBLE_ON_BLANK: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT);

/// The switches of one modifier: what turns it on, what turns it off.
const SWITCHES: [(Modifier, u8, u8); 7] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// A style as a terminal holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pen {
    /// Ink.
    pub fg: Color,
    /// Paper.
    pub bg: Color,
    /// Weight and the like.
    pub modifier: Modifier,
}

impl Pen {
    /// What a terminal has after a reset.
    pub const PLAIN: Pen = Pen { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    /// The style a cell asks for; a blank asks only for what can be seen on a blank.
    pub fn of(cell: &Cell) -> Pen {
        let modifier = cell.modifier.difference(Modifier::HIDDEN | Modifier::RAPID_BLINK);
        if cell.symbol() != " " {
            Pen { fg: cell.fg, bg: cell.bg, modifier }
        } else if modifier.intersects(VISIBLE_ON_BLANK) {
            Pen { fg: cell.fg, bg: cell.bg, modifier: modifier.intersection(VISIBLE_ON_BLANK) }
        } else {
            Pen { bg: cell.bg, ..Pen::PLAIN }
        }
    }

    /// Whether a blank in style `want` may be written with this pen as it is.
    pub fn serves_blank(self, want: Pen) -> bool {
        self == want
            || (!want.modifier.intersects(VISIBLE_ON_BLANK)
                && !self.modifier.intersects(VISIBLE_ON_BLANK)
                && self.bg == want.bg)
    }

    /// Writes the shortest change from this pen to `want`, and becomes it.
    pub fn change(&mut self, want: Pen, out: &mut Vec<u8>) {
        if *self == want {
            return;
        }
        if want == Pen::PLAIN {
            out.extend_from_slice(b"\x1b[m");
        } else {
            let step = self.step_to(want);
            let fresh = Pen::PLAIN.step_to(want);
            let (lead, codes) = if fresh.len() + 2 < step.len() { ("0;", fresh) } else { ("", step) };
            out.extend_from_slice(b"\x1b[");
            out.extend_from_slice(lead.as_bytes());
            out.extend_from_slice(codes.as_bytes());
            out.push(b'm');
        }
        *self = want;
    }

    /// The SGR parameters that lead from here to `want`, without a reset.
    fn step_to(self, want: Pen) -> String {
        let mut codes: Vec<u8> = Vec::with_capacity(24);
        let lost = self.modifier.difference(want.modifier);
        let mut gained = want.modifier.difference(self.modifier);
        let mut last_off = 0;
        for (modifier, _, off) in SWITCHES {
            if lost.contains(modifier) && last_off != off {
                push(&mut codes, format_args!("{off}"));
                last_off = off;
            }
        }
        // 22 ends bold and dim alike, so one that stays is set again.
        if last_off != 0 && lost.intersects(Modifier::BOLD | Modifier::DIM) {
            gained |= want.modifier.intersection(Modifier::BOLD | Modifier::DIM);
        }
        for (modifier, on, _) in SWITCHES {
            if gained.contains(modifier) {
                push(&mut codes, format_args!("{on}"));
            }
        }
        if self.fg != want.fg {
            colour(&mut codes, want.fg, 30);
        }
        if self.bg != want.bg {
            colour(&mut codes, want.bg, 40);
        }
        String::from_utf8(codes).unwrap_or_default()
    }
}

/// Whether two cells look the same.
pub fn same(a: &Cell, b: &Cell) -> bool {
    a.symbol() == b.symbol() && (exactly(a, b) || Pen::of(a) == Pen::of(b))
}

fn exactly(a: &Cell, b: &Cell) -> bool {
    a.fg == b.fg && a.bg == b.bg && a.modifier == b.modifier
}

fn push(codes: &mut Vec<u8>, code: std::fmt::Arguments<'_>) {
    if !codes.is_empty() {
        codes.push(b';');
    }
    // Writing into a vector cannot fail.
    let _ = codes.write_fmt(code);
}

/// `base` is 30 for ink and 40 for paper.
fn colour(codes: &mut Vec<u8>, colour: Color, base: u8) {
    let plain = |n: u8| base + n;
    let bright = |n: u8| base + 60 + n;
    let code = match colour {
        Color::Reset => plain(9),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => {
            push(codes, format_args!("{};5;{n}", plain(8)));
            return;
        }
        Color::Rgb(r, g, b) => {
            push(codes, format_args!("{};2;{r};{g};{b}", plain(8)));
            return;
        }
    };
    push(codes, format_args!("{code}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: Pen, to: Pen) -> String {
        let mut pen = from;
        let mut out = Vec::new();
        pen.change(to, &mut out);
        assert_eq!(pen, to);
        String::from_utf8(out).expect("ASCII").replace('\x1b', "")
    }

    const BOLD: Pen = Pen { modifier: Modifier::BOLD, ..Pen::PLAIN };

    #[test]
    fn the_shortest_change_is_written() {
        assert_eq!(change(Pen::PLAIN, Pen::PLAIN), "");
        assert_eq!(change(Pen::PLAIN, BOLD), "[1m");
        assert_eq!(change(BOLD, Pen::PLAIN), "[m");
        let red = Pen { fg: Color::Red, ..Pen::PLAIN };
        assert_eq!(change(BOLD, red), "[0;31m");
        assert_eq!(change(red, Pen { fg: Color::DarkGray, ..Pen::PLAIN }), "[90m");
        let busy = Pen { modifier: Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED, ..red };
        assert_eq!(change(busy, Pen { bg: Color::Indexed(200), ..BOLD }), "[0;1;48;5;200m");
    }

    #[test]
    fn bold_that_stays_survives_the_end_of_dim() {
        let both = Pen { modifier: Modifier::BOLD | Modifier::DIM | Modifier::ITALIC, ..Pen::PLAIN };
        let bold = Pen { modifier: Modifier::BOLD | Modifier::ITALIC, ..Pen::PLAIN };
        assert_eq!(change(both, bold), "[22;1m");
    }

    #[test]
    fn ink_does_not_matter_on_a_blank() {
        let mut a = Cell::EMPTY;
        let b = Cell::EMPTY;
        a.fg = Color::Red;
        a.modifier = Modifier::BOLD;
        assert!(same(&a, &b));
        a.modifier = Modifier::UNDERLINED;
        assert!(!same(&a, &b));
    }
}
