//! What views draw with: text in inks, frames, rules; and what a drawing leaves behind besides cells.
//!
//! It knows no pane. Invariant: nothing outside the buffer is ever touched, whatever the sizes: every stroke is cut
//! to its area.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::Line;

use super::bidi;
use super::input::Places;
use super::paint::Cursor;
use super::text::{cut, width};
use super::theme::{Ink, Mark, Theme};
use crate::app::model::Measured;
use crate::app::msg::Spot;
use crate::domain::time::At;

/// A picture on its way.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// What roles look like.
    pub theme: Theme,
    /// This machine's clock.
    pub now: At,
    /// What stands where, for the mouse.
    pub places: &'a mut Places,
    /// How much fitted where.
    pub measured: Measured,
    /// Where the cursor belongs.
    pub cursor: Cursor,
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// An ordinary one.
    Plain,
    /// It has the focus.
    Focus,
    /// A note: dashed, so that it is never taken for a reply.
    Note {
        /// Whether it has the focus.
        focus: bool,
    },
    /// An offer: heavy.
    Offer,
}

/// The parts of a frame: horizontal, vertical, corners from top left clockwise.
type Strokes = [&'static str; 6];

impl Canvas<'_> {
    /// The style of an ink.
    pub fn ink(&self, ink: Ink) -> Style {
        self.theme.style(ink)
    }

    /// Writes from a column on, at most `room` cells; gives the column after. What does not fit is cut and marked.
    pub fn text(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() || room == 0 {
            return x;
        }
        let room = room.min(area.right() - x);
        // What stood there leaves nothing of its style.
        let style = Style::reset().patch(style);
        let mut text = cut(text, room as usize);
        if self.theme.reorders() {
            text = bidi::shown(text);
        }
        self.buffer.set_stringn(x, y, text, room as usize, style).0
    }

    /// As [`Canvas::text`], in an ink.
    pub fn say(&mut self, x: u16, y: u16, room: u16, text: &str, ink: Ink) -> u16 {
        self.text(x, y, room, text, self.theme.style(ink))
    }

    /// Writes so that it ends before column `right`; gives the column where it begins.
    pub fn right(&mut self, left: u16, right: u16, y: u16, text: &str, style: Style) -> u16 {
        let room = right.saturating_sub(left);
        let text = cut(text, room as usize);
        let x = right - (width(&text) as u16).min(room);
        self.text(x, y, right - x, &text, style);
        x
    }

    /// Writes a styled line, cut at the edge.
    pub fn line(&mut self, x: u16, y: u16, room: u16, line: &Line<'_>) {
        let end = x.saturating_add(room);
        let mut x = x;
        let whole: String = line.spans.iter().map(|s| s.content.as_ref()).collect();
        if self.theme.reorders() && bidi::turns(&whole) && width(&whole) <= room as usize {
            // Letters may change places across spans; each takes its style along.
            for (from, to, turned) in bidi::order(&whole) {
                let mut behind = 0;
                let span = line.spans.iter().find(|s| {
                    behind += s.content.len();
                    from < behind
                });
                let style = line.style.patch(span.map_or_else(Style::new, |s| s.style));
                let letter = bidi::letter(&whole[from..to], turned);
                x = self.buffer.set_stringn(x, y, letter, usize::from(end - x), Style::reset().patch(style)).0;
            }
            return;
        }
        for span in &line.spans {
            x = self.text(x, y, end.saturating_sub(x), &span.content, line.style.patch(span.style));
        }
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            // A wide character that would reach into the area is cut off before it.
            if let Some(cell) = self.buffer.cell_mut((area.left().wrapping_sub(1), y))
                && width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
            for x in area.left()..area.right() {
                self.buffer[(x, y)].reset();
            }
        }
    }

    /// Changes the style of what stands there.
    pub fn tint(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// A frame around an area; where frames meet their lines join. Gives what is inside.
    pub fn frame(&mut self, area: Rect, border: Border) -> Rect {
        let area = area.intersection(self.buffer.area);
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let (strokes, ink) = self.strokes(border);
        let style = self.ink(ink);
        let (left, top, right, bottom) = (area.left(), area.top(), area.right() - 1, area.bottom() - 1);
        for x in left + 1..right {
            self.stroke(x, top, strokes[0], style);
            self.stroke(x, bottom, strokes[0], style);
        }
        for y in top + 1..bottom {
            self.stroke(left, y, strokes[1], style);
            self.stroke(right, y, strokes[1], style);
        }
        for (x, y, corner) in
            [(left, top, strokes[2]), (right, top, strokes[3]), (right, bottom, strokes[4]), (left, bottom, strokes[5])]
        {
            self.stroke(x, y, corner, style);
        }
        let inside = Rect::new(left + 1, top + 1, area.width - 2, area.height - 2);
        self.places.add_frame(area, inside);
        inside
    }

    fn strokes(&self, border: Border) -> (Strokes, Ink) {
        let ascii = self.theme.ascii();
        match border {
            Border::Plain | Border::Focus => {
                let ink = if border == Border::Focus { Ink::Focus } else { Ink::Chrome };
                (if ascii { ["-", "|", "+", "+", "+", "+"] } else { ["─", "│", "┌", "┐", "┘", "└"] }, ink)
            }
            Border::Note { focus } => {
                let ink = if focus { Ink::Note } else { Ink::Chrome };
                (if ascii { ["~", ":", "+", "+", "+", "+"] } else { ["╌", "╎", "┌", "┐", "┘", "└"] }, ink)
            }
            Border::Offer => {
                (if ascii { ["=", "H", "#", "#", "#", "#"] } else { ["━", "┃", "┏", "┓", "┛", "┗"] }, Ink::Warn)
            }
        }
    }

    fn stroke(&mut self, x: u16, y: u16, symbol: &'static str, style: Style) {
        let ascii = self.theme.ascii();
        let Some(cell) = self.buffer.cell_mut(Position { x, y }) else { return };
        let old = cell.symbol();
        let joins = |s: &str| matches!(s.chars().next(), Some('\u{2500}'..='\u{257f}'));
        if joins(old) && joins(symbol) && old != symbol {
            cell.merge_symbol(symbol, MergeStrategy::Fuzzy);
        } else if ascii && matches!(old, "-" | "|" | "+") && old != symbol {
            cell.set_symbol("+");
        } else {
            cell.set_symbol(symbol);
        }
        cell.set_style(Style::reset().patch(style));
    }

    /// A title in a frame's top line: bold with a mark when it has the focus. Gives the column after it.
    pub fn title(&mut self, area: Rect, title: &str, focus: bool, border: Border) -> u16 {
        let ink = match (border, focus) {
            (Border::Note { .. }, true) => Ink::Note,
            (_, true) => Ink::Focus,
            (_, false) => Ink::Text,
        };
        let end = area.right().saturating_sub(2);
        let mut x = area.x + 1;
        let mut style = self.ink(ink);
        if focus {
            style = style.add_modifier(Modifier::BOLD);
            x = self.text(x, area.y, end.saturating_sub(x), self.theme.mark(Mark::Selected), style);
        } else {
            x = self.text(x, area.y, end.saturating_sub(x), " ", style);
        }
        x = self.text(x, area.y, end.saturating_sub(x), title, style);
        self.text(x, area.y, (end + 1).saturating_sub(x).min(1), " ", style)
    }

    /// A rule with a word in it.
    pub fn rule(&mut self, area: Rect, y: u16, word: &str, right: &str) {
        let stroke = if self.theme.ascii() { "-" } else { "─" };
        self.say(area.x, y, area.width, &stroke.repeat(area.width as usize), Ink::Chrome);
        if !word.is_empty() {
            self.say(area.x + 1, y, area.width.saturating_sub(2), &format!(" {word} "), Ink::Dim);
        }
        if !right.is_empty() {
            let text = format!(" {right} ");
            let style = self.ink(Ink::Dim);
            self.right(area.x + 1, area.right().saturating_sub(1), y, &text, style);
        }
    }

    /// An upright rule down one column of an area.
    pub fn upright(&mut self, area: Rect, x: u16) {
        let stroke = if self.theme.ascii() { "|" } else { "│" };
        for y in area.y..area.bottom() {
            self.say(x, y, 1, stroke, Ink::Chrome);
        }
    }

    /// Puts the visible cursor in a text field.
    pub fn caret(&mut self, x: u16, y: u16) {
        self.cursor = Cursor { at: (x, y), shown: true };
    }

    /// Parks the unseen cursor on the row that has the keys.
    pub fn park(&mut self, x: u16, y: u16) {
        self.cursor = Cursor { at: (x, y), shown: false };
    }

    /// Remembers what stands here.
    pub fn spot(&mut self, area: Rect, spot: Spot) {
        self.places.add(area, spot);
    }

    /// Puts the marks of "there is more" at the right edge of a list.
    pub fn more(&mut self, area: Rect, above: bool, below: bool) {
        if area.is_empty() {
            return;
        }
        let x = area.right();
        let style = self.ink(Ink::Dim);
        if above {
            self.text(x, area.y, 1, self.theme.mark(Mark::Above), style);
        }
        if below {
            self.text(x, area.bottom() - 1, 1, self.theme.mark(Mark::Below), style);
        }
    }

    /// Facts on one line, a dot between them, as many as fit whole; the first is cut if it must be.
    pub fn facts(&mut self, x: u16, y: u16, room: u16, facts: &[(String, Ink)]) -> u16 {
        let end = x + room;
        let mut at = x;
        for (i, (fact, ink)) in facts.iter().filter(|(f, _)| !f.is_empty()).enumerate() {
            let need = width(fact) as u16 + if i == 0 { 0 } else { 3 };
            if i > 0 && at + need > end {
                break;
            }
            if i > 0 {
                let dot = format!(" {} ", self.theme.mark(Mark::Between));
                at = self.say(at, y, end - at, &dot, Ink::Dim);
            }
            at = self.say(at, y, end - at, fact, *ink);
        }
        at
    }
}
