//! A picture as SVG, for the README and for eyes in reviews. Only tests draw it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Color, Modifier};

/// Width and height of a cell and the size of its letters, in pixels.
const CELL: (f32, f32, f32) = (8.4, 18.0, 14.0);
const PAPER: &str = "#14161b";
const INK: &str = "#c9ced6";

/// The picture with a margin of one cell, every glyph at its own place so that no font moves it.
pub fn svg(buffer: &Buffer) -> String {
    let mut out = head(buffer);
    for y in 0..buffer.area.height {
        row(&mut out, buffer, y);
    }
    out.push_str("</svg>\n");
    out
}

/// A picture of a recording.
pub struct Frame {
    /// The picture; all of one recording are of one size.
    pub picture: Buffer,
    /// How long it stays, ms.
    pub ms: u32,
}

/// A recording that goes on for ever. A line that stays as it is through several pictures is drawn once; viewers that
/// show no movement show the first picture.
pub fn film(frames: &[Frame]) -> String {
    let Some(first) = frames.first() else { return String::new() };
    let whole: u32 = frames.iter().map(|f| f.ms).sum();
    let begins = |n: usize| frames[..n].iter().map(|f| f.ms).sum::<u32>() as f32 * 100.0 / whole as f32;
    let (mut spans, mut drawn) = (BTreeSet::new(), String::new());
    for y in 0..first.picture.area.height {
        let line = |n: usize| (0..first.picture.area.width).map(move |x| &frames[n].picture[(x, y)]);
        let mut from = 0;
        while from < frames.len() {
            let same = |n: &usize| line(*n).eq(line(from));
            let to = (from + 1..frames.len()).take_while(same).last().unwrap_or(from) + 1;
            let mut lines = String::new();
            row(&mut lines, &frames[from].picture, y);
            match (from, to) {
                _ if lines.is_empty() => {}
                (0, to) if to == frames.len() => drawn.push_str(&lines),
                span => {
                    spans.insert(span);
                    let _ = write!(drawn, "<g class=\"f{from}-{to}\">\n{lines}</g>\n");
                }
            }
            from = to;
        }
    }
    let seconds = whole as f32 / 1_000.0;
    let mut out = head(&first.picture);
    let _ = writeln!(out, "<style>\ng[class]{{animation:{seconds:.1}s step-end infinite}}");
    for (from, to) in spans {
        // Whoever shows no movement sees what is visible without it.
        let still = if from == 0 { "visible" } else { "hidden" };
        let mut steps = String::new();
        for (at, shown) in [(0.0, from == 0), (begins(from), true), (begins(to), false)] {
            if at < 100.0 && (at > 0.0 || shown == (from == 0)) {
                let _ = write!(steps, "{at:.3}%{{visibility:{}}}", if shown { "visible" } else { "hidden" });
            }
        }
        let _ = writeln!(out, ".f{from}-{to}{{visibility:{still};animation-name:a{from}-{to}}}");
        let _ = writeln!(out, "@keyframes a{from}-{to}{{{steps}}}");
    }
    out.push_str("</style>\n");
    out.push_str(&drawn);
    out.push_str("</svg>\n");
    out
}

fn head(buffer: &Buffer) -> String {
    let (w, h, size) = CELL;
    let (width, height) = (f32::from(buffer.area.width + 2) * w, f32::from(buffer.area.height + 1) * h);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" font-size=\"{size}\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    )
}

fn row(out: &mut String, buffer: &Buffer, y: u16) {
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
        run(out, (from, y, x - from), &text, style);
    }
}

fn run(out: &mut String, (x, y, cells): (u16, u16, u16), text: &str, style: (Color, Color, Modifier)) {
    let (w, h, _) = CELL;
    let (fg, bg, modifier) = style;
    let (mut ink, mut paper) = (colour(fg).unwrap_or_else(|| INK.into()), colour(bg).unwrap_or_else(|| PAPER.into()));
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

/// The sixteen as the README shows them, the others of the 256 as terminals have them.
fn colour(colour: Color) -> Option<String> {
    let named = match colour {
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
        Color::Indexed(n @ 16..=231) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let n = n - 16;
            return Some(format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6)));
        }
        Color::Indexed(n @ 232..) => {
            let grey = 8 + 10 * (n - 232);
            return Some(format!("#{grey:02x}{grey:02x}{grey:02x}"));
        }
        _ => return None,
    };
    Some(named.to_owned())
}
