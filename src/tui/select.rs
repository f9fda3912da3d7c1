//! Selecting text of one pane with the mouse: where it began, where it is, which cells those are.
//!
//! It knows cells and frames, not what they show. Invariants: a selection never leaves the frame it began in nor takes
//! in what lies over it, and a wide character is selected whole or not at all.

use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::input::Places;

/// A selection that is being made, if one is.
#[derive(Debug, Default)]
pub struct Selecting(Option<Selection>);

#[derive(Debug)]
struct Selection {
    area: Rect,
    anchor: (u16, u16),
    head: (u16, u16),
    /// It left the cell it began in.
    begun: bool,
}

impl Selecting {
    /// The button went down here: a selection may begin. True when an old one goes from the screen.
    pub fn press(&mut self, x: u16, y: u16, places: &Places) -> bool {
        let gone = self.forget();
        self.0 = places.frame(x, y).map(|area| Selection { area, anchor: (x, y), head: (x, y), begun: false });
        gone
    }

    /// The mouse moved here with the button down. True when the selection is another one now.
    pub fn drag(&mut self, x: u16, y: u16) -> bool {
        let Some(s) = &mut self.0 else { return false };
        let x = x.clamp(s.area.left(), s.area.right() - 1);
        let y = y.clamp(s.area.top(), s.area.bottom() - 1);
        let moved = s.head != (x, y);
        s.head = (x, y);
        s.begun |= moved;
        moved
    }

    /// Nothing is selected any more. True when something was.
    pub fn forget(&mut self) -> bool {
        self.0.take().is_some_and(|s| s.begun)
    }

    /// The button went up: the selected words, as they stand in the picture, if there are any.
    pub fn release(&mut self, picture: &Buffer, places: &Places) -> Option<String> {
        let selection = self.0.take().filter(|s| s.begun)?;
        let mut lines = Vec::new();
        for (y, from, to) in selection.rows(picture) {
            let mut line = String::new();
            let mut x = from;
            while x < to {
                let symbol = picture[(x, y)].symbol();
                line.push_str(if selection.owns(x, y, places) { symbol } else { " " });
                x += symbol.cell_width().max(1);
            }
            lines.push(line.trim_end().to_owned());
        }
        let text = lines.join("\n").trim_matches('\n').to_owned();
        Some(text).filter(|t| !t.trim().is_empty())
    }

    /// Marks the selected cells.
    pub fn paint(&self, picture: &mut Buffer, places: &Places) {
        let Some(selection) = self.0.as_ref().filter(|s| s.begun) else { return };
        for (y, from, to) in selection.rows(picture) {
            for x in from..to {
                if selection.owns(x, y, places) {
                    picture[(x, y)].modifier.toggle(Modifier::REVERSED);
                }
            }
        }
    }
}

impl Selection {
    /// Rows of it from the top, each with its first column and the one after its last.
    fn rows(&self, picture: &Buffer) -> Vec<(u16, u16, u16)> {
        let area = self.area.intersection(picture.area);
        if area != self.area {
            // The screen has become smaller meanwhile.
            return Vec::new();
        }
        let order = |(x, y): (u16, u16)| (y, x);
        let (first, last) =
            if order(self.anchor) <= order(self.head) { (self.anchor, self.head) } else { (self.head, self.anchor) };
        let row = |y: u16| {
            let from = if y == first.1 { first.0 } else { area.left() };
            let to = if y == last.1 { last.0 + 1 } else { area.right() };
            let (from, to) = whole(picture, area, y, from, to);
            (y, from, to)
        };
        (first.1..=last.1).map(row).collect()
    }

    /// Whether a cell of the area is seen in this frame and not in one that lies over it.
    fn owns(&self, x: u16, y: u16, places: &Places) -> bool {
        places.frame(x, y) == Some(self.area)
    }
}

/// Columns widened so that no wide character is cut.
fn whole(picture: &Buffer, area: Rect, y: u16, from: u16, to: u16) -> (u16, u16) {
    let (mut start, mut end) = (from, to);
    let mut x = area.left();
    while x < area.right() {
        let after = x + picture[(x, y)].symbol().cell_width().max(1);
        if x < from && from < after {
            start = x;
        }
        if x < to && to < after {
            end = after.min(area.right());
        }
        x = after;
    }
    (start, end)
}

impl Places {
    /// The inside of the frame that is seen here.
    fn frame(&self, x: u16, y: u16) -> Option<Rect> {
        let here = Position { x, y };
        let top = self.frames().iter().rev().find(|(outer, _)| outer.contains(here))?;
        Some(top.1).filter(|inside| inside.contains(here))
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn scene() -> (Buffer, Places) {
        let mut picture = Buffer::empty(Rect::new(0, 0, 40, 8));
        picture.set_string(1, 1, "Dana Holt", Style::new());
        picture.set_string(1, 2, "日本語 text", Style::new());
        picture.set_string(1, 3, "the end", Style::new());
        picture.set_string(21, 1, "other pane", Style::new());
        let mut places = Places::default();
        places.add_frame(Rect::new(0, 0, 20, 8), Rect::new(1, 1, 18, 6));
        places.add_frame(Rect::new(19, 0, 21, 8), Rect::new(20, 1, 19, 6));
        (picture, places)
    }

    fn selected(from: (u16, u16), to: (u16, u16)) -> Option<String> {
        let (picture, places) = scene();
        let mut selecting = Selecting::default();
        selecting.press(from.0, from.1, &places);
        selecting.drag(to.0, to.1);
        selecting.release(&picture, &places)
    }

    #[test]
    fn text_is_taken_in_the_order_of_reading_whichever_way_it_was_dragged() {
        assert_eq!(selected((6, 1), (9, 1)).as_deref(), Some("Holt"));
        assert_eq!(selected((9, 1), (6, 1)).as_deref(), Some("Holt"));
        assert_eq!(selected((6, 1), (3, 3)).as_deref(), Some("Holt\n日本語 text\nthe"));
        assert_eq!(selected((3, 3), (6, 1)).as_deref(), Some("Holt\n日本語 text\nthe"));
        assert_eq!(selected((6, 1), (6, 1)), None, "a click selects nothing");
        assert_eq!(selected((15, 1), (17, 1)), None, "blanks are nothing");
    }

    #[test]
    fn wide_characters_are_taken_whole() {
        assert_eq!(selected((2, 2), (4, 2)).as_deref(), Some("日本"));
        assert_eq!(selected((3, 2), (5, 2)).as_deref(), Some("本語"));
    }

    #[test]
    fn it_never_leaves_its_frame() {
        assert_eq!(selected((1, 1), (39, 1)).as_deref(), Some("Dana Holt"));
        assert_eq!(selected((0, 1), (9, 1)), None, "a border is no text");
        let (mut picture, mut places) = scene();
        places.add_frame(Rect::new(3, 0, 10, 3), Rect::new(4, 1, 8, 1));
        let mut selecting = Selecting::default();
        selecting.press(1, 3, &places);
        selecting.drag(2, 1);
        selecting.paint(&mut picture, &places);
        let marked = |x, y| picture[(x, y)].modifier.contains(Modifier::REVERSED);
        assert!(marked(2, 1) && !marked(4, 1) && !marked(5, 2) && marked(14, 2) && marked(1, 3) && !marked(2, 3));
        let small = Buffer::empty(Rect::new(0, 0, 5, 2));
        assert_eq!(selecting.release(&small, &places), None, "the screen became smaller meanwhile");
    }
}
