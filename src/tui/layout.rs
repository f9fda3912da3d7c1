//! Where things stand on a screen of a given size. Pure geometry: which panes are shown is decided by
//! `app::screen::visible`, how much each holds by its view.
//!
//! Invariant: every area lies on the screen, whatever its size; neighbours share one line of border.

use ratatui::layout::Rect;

use crate::app::screen::{Column, Shape, Visible};

/// Where the parts of the screen stand. What is not shown has no area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The status line.
    pub status: Rect,
    /// The tab bar of small screens.
    pub tabs: Rect,
    /// The offer band.
    pub offer: Rect,
    /// The columns shown, borders included.
    pub columns: Vec<(Column, Rect)>,
    /// The hint line.
    pub hints: Rect,
}

impl Layout {
    /// Divides the screen. `offer` is how many rows the offer band wants, 0 for none.
    pub fn new(w: u16, h: u16, visible: &Visible, offer: u16) -> Layout {
        let mut layout = Layout::default();
        if visible.shape == Shape::Sentence {
            return layout;
        }
        let mut top = 0;
        let take = |rows: u16, top: &mut u16| {
            let area = Rect::new(0, *top, w, rows.min(h.saturating_sub(*top)));
            *top += area.height;
            area
        };
        layout.status = take(1, &mut top);
        if visible.shape == Shape::One {
            layout.tabs = take(1, &mut top);
        }
        // The panes keep at least six rows, whatever is offered.
        layout.offer = take(offer.min(h.saturating_sub(8 + layout.tabs.height)), &mut top);
        layout.hints = Rect::new(0, h - 1, w, 1);
        let body = Rect::new(0, top, w, h.saturating_sub(top + 1));
        layout.columns = columns(body, visible);
        layout
    }

    /// What lies between the lines at the top and the hint line.
    pub fn body(&self) -> Rect {
        let top = self.offer.bottom().max(self.tabs.bottom()).max(self.status.bottom());
        Rect { y: top, height: self.hints.y.saturating_sub(top), ..self.hints }
    }

    /// Where a column stands, if it is shown.
    pub fn column(&self, column: Column) -> Option<Rect> {
        self.columns.iter().find(|(c, _)| *c == column).map(|(_, area)| *area)
    }
}

fn columns(body: Rect, visible: &Visible) -> Vec<(Column, Rect)> {
    let widths = widths(body.width, visible);
    let mut areas = Vec::new();
    let mut x = body.x;
    for (column, w) in visible.columns.iter().zip(&widths) {
        areas.push((*column, Rect { x, width: *w, ..body }));
        // The next one begins on this one's right border.
        x += w.saturating_sub(1);
    }
    if visible.shape == Shape::All
        && let Some((column, right)) = areas.last().copied()
    {
        // Customer above knowledge, the line between them shared. Who they are needs less room than what to say.
        let upper = (right.height / 2).max(3);
        areas.pop();
        areas.push((column, Rect { height: upper + 1, ..right }));
        areas.push((Column::Knowledge, Rect { y: right.y + upper, height: right.height - upper, ..right }));
    }
    areas
}

/// Widths of the columns side by side, each with both its borders.
fn widths(w: u16, visible: &Visible) -> Vec<u16> {
    match visible.shape {
        Shape::Sentence => Vec::new(),
        Shape::One => vec![w],
        Shape::Two => {
            let side = 31 + (w - 80) / 4;
            let work = w - side + 1;
            if visible.columns.first() == Some(&Column::Work) { vec![work, side] } else { vec![side, work] }
        }
        Shape::Three => {
            let queue = 31 + w.saturating_sub(100) / 8;
            let right = 33 + w.saturating_sub(100) / 5;
            vec![queue, w - queue - right + 2, right]
        }
        Shape::All => {
            let queue = 36 + (w - 140) / 10;
            let right = 44 + (w - 140) / 4;
            vec![queue, w - queue - right + 2, right]
        }
    }
}

/// Splits the work column: conversation above, wrap-up or composer (borders included) below. Both keep three rows
/// or there is only the one that has the keys. Neighbours share a line.
pub fn work(area: Rect, below: u16, focus_below: bool) -> (Rect, Rect) {
    if below == 0 {
        return (area, Rect::default());
    }
    if area.height < 8 {
        return if focus_below { (Rect::default(), area) } else { (area, Rect::default()) };
    }
    let below = below.min(area.height - 4);
    let above = Rect { height: area.height - below + 1, ..area };
    (above, Rect { y: area.y + area.height - below, height: below, ..area })
}

/// Narrower than this, or lower, and what lies over the panes takes all the room there is.
const NARROW: u16 = 60;
const LOW: u16 = 16;

/// How wide something over the panes may be that wants so much.
pub fn over_width(screen: Rect, w: u16) -> u16 {
    if screen.width < NARROW { screen.width } else { w.min(screen.width - 2) }
}

/// Where something over the panes stands. The hint line stays in sight, and on small screens nothing else does.
pub fn over(screen: Rect, w: u16, h: u16) -> Rect {
    let above = Rect { height: screen.height.saturating_sub(if screen.height < LOW { 1 } else { 2 }), ..screen };
    let area = middle(screen, over_width(screen, w), h.min(above.height));
    if screen.height < LOW { Rect { y: screen.y, ..area } } else { area }
}

/// An area in the middle of the screen, somewhat above its middle as papers lie, at most as large as the screen.
pub fn middle(screen: Rect, w: u16, h: u16) -> Rect {
    let (w, h) = (w.min(screen.width), h.min(screen.height));
    let x = screen.x + (screen.width - w) / 2;
    let y = screen.y + (screen.height - h) / 3;
    Rect::new(x, y, w, h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::screen::{Pane, visible};

    #[test]
    fn every_area_lies_on_the_screen() {
        for w in 1..220 {
            for h in 1..70 {
                for offer in [0, 5] {
                    for focus in [Pane::Queue, Pane::Composer, Pane::Knowledge] {
                        let shown = visible(w, h, focus, Column::Queue);
                        let layout = Layout::new(w, h, &shown, offer);
                        let screen = Rect::new(0, 0, w, h);
                        let mut all = vec![layout.status, layout.tabs, layout.offer, layout.hints];
                        all.extend(layout.columns.iter().map(|(_, a)| *a));
                        for area in all {
                            assert_eq!(area.intersection(screen), area, "{w}x{h} {area:?}");
                        }
                        assert_eq!(layout.columns.len(), shown.columns.len());
                        if shown.shape > Shape::One {
                            let last = layout.columns.last().expect("columns").1;
                            assert_eq!(last.right(), w, "{w}x{h}");
                            assert_eq!(last.bottom() + 1, h, "{w}x{h}");
                            for (_, area) in &layout.columns {
                                assert!(area.width >= 31 && area.height >= 3, "{w}x{h} {area:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_work_column_is_shared_fairly() {
        let area = Rect::new(0, 0, 50, 20);
        let (above, below) = work(area, 8, true);
        assert_eq!((above.height, below.y, below.height), (13, 12, 8));
        assert_eq!(work(area, 0, false), (area, Rect::default()));
        assert_eq!(work(area, 100, true).1.height, 16);
        assert_eq!(work(Rect::new(0, 0, 50, 6), 4, true), (Rect::default(), Rect::new(0, 0, 50, 6)));
    }
}
