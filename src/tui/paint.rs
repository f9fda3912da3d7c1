//! From a finished picture to the fewest bytes that turn the last one into it.
//!
//! It knows cells and escape sequences, not what they mean. Invariant: [`Painter`] remembers exactly what the
//! terminal shows (cells, pen, cursor), so a picture that changed nothing costs nothing, and nothing is ever asked
//! of the terminal.

use std::io::Write;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;

use super::links::{self, Links};
use super::pen::{Pen, same};

/// A frame this small arrives in one piece; marking it as one would cost more than it holds.
const TOO_SMALL_TO_TEAR: usize = 48;
/// Blank runs at least this long are erased instead of written.
const ERASE_FROM: u16 = 8;

/// Where the hardware cursor belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Column and row.
    pub at: (u16, u16),
    /// Whether it is to be seen: in text fields; in lists it is parked on the row, for magnifiers and readers.
    pub shown: bool,
}

/// Knows what the terminal shows and writes the difference.
#[derive(Debug)]
pub struct Painter {
    shown: Buffer,
    pen: Pen,
    /// Where the terminal's cursor is, when that is certain.
    at: Option<(u16, u16)>,
    cursor_shown: bool,
    /// Nothing is known about the screen: write it whole.
    blank: bool,
    /// Links of the picture shown, and of the next one.
    linked: Links,
    links: Links,
    /// Where what is written now leads.
    link: Option<std::rc::Rc<str>>,
    out: Vec<u8>,
}

impl Painter {
    /// A painter for a screen of this size of which nothing is known.
    pub fn new(width: u16, height: u16) -> Painter {
        Painter {
            shown: Buffer::empty(Rect::new(0, 0, width, height)),
            pen: Pen::PLAIN,
            at: None,
            cursor_shown: false,
            blank: true,
            linked: Links::default(),
            links: Links::default(),
            link: None,
            out: Vec::with_capacity(16 * 1024),
        }
    }

    /// Forgets what the terminal shows: after a resize, an editor, a suspend.
    pub fn forget(&mut self) {
        self.blank = true;
    }

    /// What the terminal shows.
    pub fn shown(&self) -> &Buffer {
        &self.shown
    }

    /// Says which cells of the next picture lead somewhere.
    pub fn link(&mut self, links: Links) {
        self.links = links;
    }

    /// Takes the next picture and gives the bytes to write, none when nothing is to be seen of the change. The
    /// buffer given comes back as one to draw the following picture in.
    pub fn frame(&mut self, next: &mut Buffer, cursor: Cursor) -> &[u8] {
        self.out.clear();
        if self.blank || self.shown.area != next.area {
            self.start_over(next.area);
        }
        let before = self.out.len();
        for y in 0..next.area.height {
            self.row(next, y);
        }
        self.lead(None);
        self.linked = std::mem::take(&mut self.links);
        let drew = self.out.len() > before;
        self.park(next.area, cursor);
        std::mem::swap(&mut self.shown, next);
        if drew && self.out.len() > TOO_SMALL_TO_TEAR {
            self.out.splice(0..0, *b"\x1b[?2026h");
            self.out.extend_from_slice(b"\x1b[?2026l");
        }
        &self.out
    }

    fn start_over(&mut self, area: Rect) {
        self.shown = Buffer::empty(area);
        self.out.extend_from_slice(b"\x1b[m\x1b[?25l\x1b[H\x1b[2J");
        self.pen = Pen::PLAIN;
        self.at = Some((0, 0));
        self.cursor_shown = false;
        self.linked = Links::default();
        self.blank = false;
    }

    fn row(&mut self, next: &Buffer, y: u16) {
        let width = next.area.width as usize;
        let from = y as usize * width;
        let (Some(old), Some(new)) = (self.shown.content.get(from..from + width), next.content.get(from..from + width))
        else {
            return;
        };
        let mut changed = changes(old, new);
        if !(self.links.is_empty() && self.linked.is_empty()) {
            let mut x = 0;
            while x < width {
                changed[x] |= self.links.at(x as u16, y) != self.linked.at(x as u16, y);
                x += wide(&new[x]).max(1);
            }
        }
        let Some(first) = changed.iter().position(|c| *c) else { return };
        let last = changed.iter().rposition(|c| *c).unwrap_or(first);
        // The loop needs `self` mutably; the old row is no longer needed once the changes are known.
        let mut x = first;
        while x <= last {
            let step = wide(&new[x]).max(1);
            if !changed[x] {
                x += step;
                continue;
            }
            let blanks = blank_run(&new[x..]);
            if blanks >= ERASE_FROM && Pen::of(&new[x]) == Pen::PLAIN {
                let run = (blanks as usize).min(if x + blanks as usize == width { width } else { last + 1 - x });
                if self.erase(x as u16, y, run, x + blanks as usize == width) {
                    x += run;
                    continue;
                }
            }
            self.reach(new, &changed, x as u16, y);
            self.put(&new[x], x as u16, y, width as u16);
            x += step;
        }
    }

    /// Blanks `run` cells from here, to the end of the row if `to_end`. False when writing them is as short.
    fn erase(&mut self, x: u16, y: u16, run: usize, to_end: bool) -> bool {
        if run < ERASE_FROM as usize {
            return false;
        }
        self.lead(None);
        self.goto(x, y);
        if !self.pen.serves_blank(Pen::PLAIN) {
            self.pen.change(Pen::PLAIN, &mut self.out);
        }
        if to_end {
            self.out.extend_from_slice(b"\x1b[K");
        } else {
            self.write(format_args!("\x1b[{run}X"));
        }
        true
    }

    /// Moves to a changed cell: over a short gap by writing what is there anyway, when that is shorter.
    fn reach(&mut self, new: &[Cell], changed: &[bool], x: u16, y: u16) {
        if let Some((cx, cy)) = self.at
            && cy == y
            && cx < x
            && x - cx <= 4
            && self.links.is_empty()
        {
            let gap = &new[cx as usize..x as usize];
            let plain = |c: &Cell| c.symbol().len() == 1 && (Pen::of(c) == self.pen || fits_blank(self.pen, c));
            if !changed[cx as usize] && gap.iter().all(plain) {
                for cell in gap {
                    self.out.extend_from_slice(cell.symbol().as_bytes());
                }
                self.at = Some((x, y));
                return;
            }
        }
        self.goto(x, y);
    }

    fn put(&mut self, cell: &Cell, x: u16, y: u16, width: u16) {
        let want = Pen::of(cell);
        let mut symbol = cell.symbol();
        let mut cells = wide(cell) as u16;
        if cells == 0 || x + cells > width || symbol.bytes().any(|b| b.is_ascii_control()) {
            // A wide one that would hang over the edge, or what should not be in a cell at all.
            (symbol, cells) = (" ", 1);
        }
        if !self.links.is_empty() || self.link.is_some() {
            let to = self.links.at(x, y).cloned();
            self.lead(to);
        }
        if !(symbol == " " && self.pen.serves_blank(want)) {
            self.pen.change(want, &mut self.out);
        }
        let unsure = terminals_disagree(symbol);
        if unsure {
            // Clear the ground first: a terminal that thinks it narrower must not leave an old half beside it.
            for _ in 0..cells {
                self.out.push(b' ');
            }
            self.write(format_args!("\x1b[{}G", x + 1));
        }
        self.out.extend_from_slice(symbol.as_bytes());
        let after = x + cells;
        // In the last column a terminal waits to wrap; where it is then is a matter of taste.
        self.at = (!unsure && after < width).then_some((after, y));
    }

    /// What is written from here on leads there.
    fn lead(&mut self, to: Option<std::rc::Rc<str>>) {
        if self.link != to {
            self.out.extend_from_slice(links::sequence(to.as_deref()).as_bytes());
            self.link = to;
        }
    }

    /// Leaves the cursor where the picture wants it.
    fn park(&mut self, area: Rect, cursor: Cursor) {
        if area.is_empty() {
            return;
        }
        let at = (cursor.at.0.min(area.width - 1), cursor.at.1.min(area.height - 1));
        if self.cursor_shown && !cursor.shown {
            self.out.extend_from_slice(b"\x1b[?25l");
        }
        self.goto(at.0, at.1);
        if cursor.shown && !self.cursor_shown {
            self.out.extend_from_slice(b"\x1b[?25h");
        }
        self.cursor_shown = cursor.shown;
    }

    /// The shortest way to a place.
    fn goto(&mut self, x: u16, y: u16) {
        let mut best = format!("\x1b[{};{}H", y + 1, x + 1);
        if x == 0 {
            best = if y == 0 { "\x1b[H".to_owned() } else { format!("\x1b[{}H", y + 1) };
        }
        if let Some((cx, cy)) = self.at {
            let vertical = match (cy, y) {
                (a, b) if a == b => String::new(),
                // A line feed in raw mode keeps the column and cannot scroll above the last row.
                (a, b) if b > a && b - a <= 3 => "\n".repeat((b - a) as usize),
                (a, b) if b > a => format!("\x1b[{}B", b - a),
                (a, b) if a - b == 1 => "\x1b[A".to_owned(),
                (a, b) => format!("\x1b[{}A", a - b),
            };
            let horizontal = match (cx, x) {
                (a, b) if a == b => String::new(),
                (_, 0) => "\r".to_owned(),
                (a, b) if b > a && b - a == 1 => "\x1b[C".to_owned(),
                (a, b) if b > a => format!("\x1b[{}C", b - a),
                (a, b) if a - b <= 3 => "\x08".repeat((a - b) as usize),
                (a, b) => format!("\x1b[{}D", a - b),
            };
            if vertical.len() + horizontal.len() < best.len() {
                best = vertical + &horizontal;
            }
        }
        self.out.extend_from_slice(best.as_bytes());
        self.at = Some((x, y));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a vector cannot fail.
        let _ = self.out.write_fmt(text);
    }
}

/// Which cells of a row must be written. A cell that a wide neighbour covered and no longer covers counts.
fn changes(old: &[Cell], new: &[Cell]) -> Vec<bool> {
    let mut changed = vec![false; new.len()];
    let (mut old_cover, mut new_cover) = (0, 0);
    for x in 0..new.len() {
        let covered = (old_cover > x, new_cover > x);
        changed[x] = match covered {
            (_, true) => false,
            (true, false) => true,
            (false, false) => !same(&old[x], &new[x]),
        };
        if !covered.0 {
            old_cover = x + wide(&old[x]);
        }
        if !covered.1 {
            new_cover = x + wide(&new[x]);
        }
    }
    changed
}

fn wide(cell: &Cell) -> usize {
    let symbol = cell.symbol();
    if symbol.len() == 1 { 1 } else { symbol.cell_width() as usize }
}

fn fits_blank(pen: Pen, cell: &Cell) -> bool {
    cell.symbol() == " " && pen.serves_blank(Pen::of(cell))
}

/// How many cells from here on are alike and blank.
fn blank_run(cells: &[Cell]) -> u16 {
    let Some(first) = cells.first().filter(|c| c.symbol() == " ").map(Pen::of) else { return 0 };
    cells.iter().take_while(|c| c.symbol() == " " && Pen::of(c) == first).count() as u16
}

/// Terminals differ in how wide they think these are, so the place after one is never taken for granted: joined
/// and varied emoji, marks on letters, and emoji younger than many terminals.
fn terminals_disagree(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let first = chars.next().unwrap_or(' ');
    chars.next().is_some() || first >= '\u{1F000}'
}

#[cfg(test)]
mod tests;
