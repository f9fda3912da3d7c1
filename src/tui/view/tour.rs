//! The tour's panel: a strip at the bottom of the screen, below everything else, so that it hides nothing.

use ratatui::layout::Rect;

use crate::app::tour::{Panel, ROWS};
use crate::tui::canvas::Canvas;
use crate::tui::text::{show, width, wrap_safe};
use crate::tui::theme::Ink;

/// The desk keeps at least this many rows.
const DESK: u16 = ROWS - 2;
/// Lines of text at most.
const LINES: usize = 4;

fn lines(panel: &Panel, w: u16) -> Vec<String> {
    let cells = usize::from(w.saturating_sub(2)).max(1);
    let mut lines = wrap_safe(&panel.text, cells, LINES);
    if !beside(panel, w) {
        lines.extend(wrap_safe(&panel.ways, cells, 1));
    }
    lines
}

/// Whether the ways out find room beside the title.
fn beside(panel: &Panel, w: u16) -> bool {
    width(&panel.title) + width(&panel.ways) + 8 <= usize::from(w)
}

/// Rows the panel takes of a screen; none where the desk needs them all.
pub fn rows(panel: &Panel, w: u16, h: u16) -> u16 {
    let wanted = 1 + lines(panel, w).len() as u16;
    if w < 40 || h < ROWS { 0 } else { wanted.min(h - DESK) }
}

/// Draws the panel.
pub fn draw(c: &mut Canvas<'_>, area: Rect, panel: &Panel) {
    if area.is_empty() {
        return;
    }
    let ways = if beside(panel, area.width) { show(&panel.ways) } else { String::new() };
    c.rule(area, area.y, &show(&panel.title), &ways);
    c.say(area.x + 2, area.y, area.width.saturating_sub(4), &show(&panel.title), Ink::Strong);
    for (i, line) in lines(panel, area.width).iter().take(usize::from(area.height - 1)).enumerate() {
        c.say(area.x + 1, area.y + 1 + i as u16, area.width.saturating_sub(2), line, Ink::Text);
    }
}
