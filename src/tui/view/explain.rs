//! The sheet that says why: a part for each clock, with its mark and its sentences.

use ratatui::layout::Rect;

use super::dialog;
use crate::app::overlays::explain::Sheet;
use crate::domain::named;
use crate::domain::sla::clock::Standing;
use crate::tui::canvas::Canvas;
use crate::tui::layout::over_width;
use crate::tui::text::{show, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// How a clock's standing is marked; what runs in time has no mark.
pub fn standing_mark(c: &Canvas<'_>, standing: Standing) -> (&'static str, Ink) {
    match standing {
        Standing::Breached => (c.theme.mark(Mark::Late), Ink::Bad),
        Standing::AtRisk => (c.theme.mark(Mark::Risk), Ink::Warn),
        Standing::Paused => (c.theme.mark(Mark::Hold), Ink::Dim),
        Standing::Met => (c.theme.mark(Mark::Done), Ink::Good),
        Standing::MetLate => (c.theme.mark(Mark::Done), Ink::Warn),
        Standing::Running | Standing::Cancelled => ("", Ink::Dim),
    }
}

/// Draws it.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, sheet: &Sheet, top: usize, back: &str) {
    let wide = 76;
    let cells = usize::from(over_width(screen, wide).saturating_sub(6)).max(1);
    let mut lines: Vec<(String, Ink)> = Vec::new();
    for part in &sheet.parts {
        let (mark, ink) = standing_mark(c, part.standing);
        let gap = if mark.is_empty() { "" } else { " " };
        let head = format!("{mark}{gap}{}: {}", show(&part.title), named::standing(part.standing));
        lines.push((head, if ink == Ink::Dim { Ink::Strong } else { ink }));
        for sentence in &part.words {
            lines.extend(wrap_safe(sentence, cells, 4).into_iter().map(|l| (format!("  {l}"), Ink::Text)));
        }
    }
    lines.extend(wrap_safe(&sheet.next, cells, 3).into_iter().map(|l| (l, Ink::Strong)));
    let area = dialog::sheet(c, screen, wide, lines.len() as u16 + 2, &sheet.title);
    let page = usize::from(area.height.saturating_sub(2));
    let top = top.min(lines.len().saturating_sub(page));
    for (i, (line, ink)) in lines.iter().skip(top).take(page).enumerate() {
        c.say(area.x, area.y + i as u16, area.width, line, *ink);
    }
    let shown = Rect { height: page as u16, ..area };
    c.more(shown, top > 0, top + page < lines.len());
    if let Some(y) = area.bottom().checked_sub(1) {
        let x = c.say(area.x, y, area.width, back, Ink::Key);
        c.say(x + 1, y, area.right().saturating_sub(x + 1), t!("go back"), Ink::Text);
        c.park(area.x, y);
    }
}
