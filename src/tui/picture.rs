//! A picture as SVG, for the README and for eyes in reviews. Only tests draw it.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Color, Modifier};

/// Width and height of a cell and the size of its letters, in pixels.
const CELL: (f32, f32, f32) = (8.4, 18.0, 14.0);
const PAPER: &str = "#14161b";
const INK: &str = "#c9ced6";

/// The picture with a margin of one cell, every glyph at its own place so that no font moves it.
pub fn svg(buffer: &Buffer) -> String {
    let (w, h, size) = CELL;
    let (width, height) = (f32::from(buffer.area.width + 2) * w, f32::from(buffer.area.height + 1) * h);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" font-size=\"{size}\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            // One run of one style and of plain width; its length is stated, so fonts cannot disturb the columns.
            let from = x;
            let mut text = String::new();
            while x < buffer.area.width {
                let next = &buffer[(x, y)];
                let cells = next.symbol().cell_width().max(1);
                if (next.fg, next.bg, next.modifier) != style || (!text.is_empty() && cells > 1) {
                    break;
                }
                text.push_str(next.symbol());
                x += cells;
                if cells > 1 {
                    break;
                }
            }
            run(&mut out, (from, y, x - from), &text, style);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn run(out: &mut String, (x, y, cells): (u16, u16, u16), text: &str, style: (Color, Color, Modifier)) {
    let (w, h, _) = CELL;
    let (fg, bg, modifier) = style;
    let (mut ink, mut paper) = (colour(fg).unwrap_or(INK), colour(bg).unwrap_or(PAPER));
    if modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut paper);
    }
    let (left, top, wide) = (f32::from(x + 1) * w, f32::from(y) * h + h / 2.0, f32::from(cells) * w);
    if paper != PAPER {
        let _ =
            writeln!(out, "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{h}\" fill=\"{paper}\"/>");
    }
    if text.trim().is_empty() && !modifier.contains(Modifier::UNDERLINED) {
        return;
    }
    let mut more = String::new();
    for (on, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ] {
        if modifier.contains(on) {
            more.push_str(attribute);
        }
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{wide:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{more}>{text}</text>",
        top + 13.5
    );
}

fn colour(colour: Color) -> Option<&'static str> {
    Some(match colour {
        Color::Black => "#1b1d23",
        Color::Red => "#e06c75",
        Color::Green => "#98c379",
        Color::Yellow => "#e5c07b",
        Color::Blue => "#61afef",
        Color::Magenta => "#c678dd",
        Color::Cyan => "#56b6c2",
        Color::Gray => "#c8ccd4",
        Color::DarkGray => "#6b7280",
        Color::LightRed => "#ff7b85",
        Color::LightGreen => "#b5e890",
        Color::LightYellow => "#ffd787",
        Color::LightBlue => "#8cc8ff",
        Color::LightMagenta => "#e29bf5",
        Color::LightCyan => "#7fe0ea",
        Color::White => "#ffffff",
        _ => return None,
    })
}
