//! Tests of the painter: bytes per change, and a screen that always shows what it should.

use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};

use super::*;

const PARKED: Cursor = Cursor { at: (0, 0), shown: false };

fn screen(width: u16, height: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, width, height))
}

/// A terminal that is not ours, fed with what the painter writes.
struct Terminal {
    parser: vt100::Parser,
    painter: Painter,
}

impl Terminal {
    fn new(width: u16, height: u16) -> Terminal {
        let rows = std::num::NonZeroU16::new(height).expect("a height");
        let cols = std::num::NonZeroU16::new(width).expect("a width");
        Terminal { parser: vt100::Parser::new(rows, cols, 0), painter: Painter::new(width, height) }
    }

    fn show(&mut self, picture: &Buffer, cursor: Cursor) -> usize {
        let bytes = self.painter.frame(&mut picture.clone(), cursor).to_vec();
        self.parser.process(&bytes);
        bytes.len()
    }

    /// Compares every cell with the picture.
    fn check(&self, picture: &Buffer) {
        let screen = self.parser.screen();
        for y in 0..picture.area.height {
            let mut x = 0;
            while x < picture.area.width {
                let want = &picture[(x, y)];
                let got = screen.cell(y, x).expect("on screen");
                let text = if got.contents().is_empty() { " " } else { got.contents() };
                assert_eq!(text, want.symbol(), "at {x},{y} in {picture:?}");
                let pen = Pen::of(want);
                if want.symbol() != " " {
                    assert_eq!(got.bold(), pen.modifier.contains(Modifier::BOLD), "bold at {x},{y}");
                    assert_eq!(got.fgcolor(), ink(pen.fg), "ink at {x},{y}");
                }
                assert_eq!(got.inverse(), pen.modifier.contains(Modifier::REVERSED), "reverse at {x},{y}");
                assert_eq!(got.underline(), pen.modifier.contains(Modifier::UNDERLINED), "underline at {x},{y}");
                assert_eq!(got.bgcolor(), ink(pen.bg), "paper at {x},{y}");
                x += (wide(want) as u16).max(1);
            }
        }
    }
}

fn ink(colour: Color) -> vt100::Color {
    match colour {
        Color::Red => vt100::Color::Idx(1),
        Color::Blue => vt100::Color::Idx(4),
        _ => vt100::Color::Default,
    }
}

#[test]
fn an_unchanged_picture_costs_nothing() {
    let mut terminal = Terminal::new(120, 40);
    let mut picture = screen(120, 40);
    picture.set_string(3, 4, "☎ Dana Holt 日本", Style::new().bold());
    terminal.show(&picture, PARKED);
    assert_eq!(terminal.show(&picture, PARKED), 0);
    assert_eq!(terminal.show(&picture, PARKED), 0);
}

#[test]
fn a_typed_letter_costs_a_letter() {
    let mut terminal = Terminal::new(80, 24);
    let mut picture = screen(80, 24);
    picture.set_string(10, 5, "Hell", Style::new());
    terminal.show(&picture, Cursor { at: (14, 5), shown: true });
    picture.set_string(10, 5, "Hello", Style::new());
    assert_eq!(terminal.show(&picture, Cursor { at: (15, 5), shown: true }), 1);
    terminal.check(&picture);
    assert_eq!(terminal.parser.screen().cursor_position(), (5, 15));
    assert!(!terminal.parser.screen().hide_cursor());
}

#[test]
fn a_moved_mark_costs_few_bytes() {
    let mut terminal = Terminal::new(120, 40);
    let mut picture = screen(120, 40);
    for y in 0..20 {
        picture.set_string(2, y, "  3:41 ☎ Dana Holt · Roaming bill", Style::new());
    }
    picture.set_string(2, 7, "▸", Style::new());
    terminal.show(&picture, Cursor { at: (2, 7), shown: false });
    picture.set_string(2, 7, " ", Style::new());
    picture.set_string(2, 8, "▸", Style::new());
    let bytes = terminal.show(&picture, Cursor { at: (2, 8), shown: false });
    assert!(bytes <= 12, "{bytes}");
    terminal.check(&picture);
}

#[test]
fn a_clock_second_costs_few_bytes() {
    let mut terminal = Terminal::new(120, 40);
    let mut picture = screen(120, 40);
    picture.set_string(7, 0, "04:12", Style::new());
    let cursor = Cursor { at: (40, 30), shown: true };
    terminal.show(&picture, cursor);
    picture.set_string(7, 0, "04:13", Style::new());
    let bytes = terminal.show(&picture, cursor);
    assert!(bytes <= 20, "{bytes}");
}

#[test]
fn a_closed_overlay_is_erased_not_written() {
    let mut terminal = Terminal::new(120, 40);
    let mut picture = screen(120, 40);
    for y in 5..25 {
        picture.set_string(20, y, "x".repeat(80), Style::new().bg(Color::Blue));
    }
    terminal.show(&picture, PARKED);
    let empty = screen(120, 40);
    let bytes = terminal.show(&empty, PARKED);
    assert!(bytes < 20 * 12, "{bytes}");
    terminal.check(&empty);
}

#[test]
fn the_right_edge_holds_no_half_character() {
    let mut terminal = Terminal::new(10, 2);
    let mut picture = screen(10, 2);
    picture[(9, 0)].set_symbol("日");
    terminal.show(&picture, PARKED);
    assert_eq!(terminal.parser.screen().contents().trim(), "");
}

#[test]
fn control_characters_never_pass() {
    let mut painter = Painter::new(10, 1);
    let mut picture = screen(10, 1);
    picture[(1, 0)].set_symbol("\x1b[2J");
    let bytes = painter.frame(&mut picture, PARKED).to_vec();
    // The painter's own clearing is the first and only one.
    assert_eq!(bytes.windows(4).filter(|w| w == b"\x1b[2J").count(), 1);
}

#[test]
fn a_tiny_screen_is_no_trouble() {
    for (w, h) in [(0, 0), (1, 1), (1, 3), (2, 1)] {
        let mut painter = Painter::new(w, h);
        let mut picture = screen(w, h);
        if w > 0 {
            picture[(0, 0)].set_symbol("日");
        }
        painter.frame(&mut picture, Cursor { at: (5, 5), shown: true });
    }
}

#[test]
fn another_size_starts_over() {
    let mut terminal = Terminal::new(20, 5);
    terminal.show(&screen(20, 5), PARKED);
    let rows = std::num::NonZeroU16::new(3).expect("a height");
    let cols = std::num::NonZeroU16::new(10).expect("a width");
    terminal.parser.screen_mut().set_size(rows, cols);
    let mut picture = screen(10, 3);
    picture.set_string(0, 2, "0123456789", Style::new());
    terminal.show(&picture, PARKED);
    terminal.check(&picture);
}

/// Words that are hard on widths, with their styles.
fn strokes() -> impl Strategy<Value = Vec<(u16, u16, &'static str, u8)>> {
    let words = prop::sample::select(vec![
        "Dana",
        "          ",
        "a b c d",
        "日本語",
        "é",
        "한국",
        "☎ ✉",
        "────────────",
        "العربية",
        "x",
        "  ",
    ]);
    prop::collection::vec((0u16..30, 0u16..6, words, 0u8..12), 0..12)
}

fn drawn(strokes: &[(u16, u16, &'static str, u8)]) -> Buffer {
    let mut picture = screen(30, 6);
    for (x, y, word, style) in strokes {
        let mut s = Style::new();
        match style % 4 {
            1 => s = s.fg(Color::Red),
            2 => s = s.bg(Color::Blue),
            _ => {}
        }
        match style / 4 {
            1 => s = s.bold(),
            2 => s = s.reversed().underlined(),
            _ => {}
        }
        picture.set_string(*x, *y, word, s);
        // What a stroke over the right half of a wide character leaves behind is not a picture we ever draw.
        mend(&mut picture);
    }
    picture
}

fn mend(picture: &mut Buffer) {
    for y in 0..picture.area.height {
        let mut x = 0;
        while x < picture.area.width {
            let w = (wide(&picture[(x, y)]) as u16).max(1);
            if w > 1 && (x + w > picture.area.width || picture[(x + 1, y)].symbol() != " ") {
                picture[(x, y)].set_symbol(" ");
                x += 1;
            } else {
                for cover in 1..w {
                    picture[(x + cover, y)].reset();
                }
                x += w;
            }
        }
    }
}

proptest! {
    /// Any picture after any other is on the terminal exactly, whatever came before.
    #[test]
    fn every_picture_arrives(a in strokes(), b in strokes(), c in strokes(), at in (0u16..30, 0u16..6)) {
        let mut terminal = Terminal::new(30, 6);
        for strokes in [&a, &b, &c, &b] {
            let picture = drawn(strokes);
            terminal.show(&picture, Cursor { at, shown: at.0 % 2 == 0 });
            terminal.check(&picture);
            prop_assert_eq!(terminal.parser.screen().cursor_position(), (at.1, at.0));
            prop_assert_eq!(terminal.parser.screen().hide_cursor(), at.0 % 2 != 0);
        }
    }
}
