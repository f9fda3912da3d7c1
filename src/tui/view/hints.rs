//! The line at the bottom: the keys that make sense now, and the way to all others.

use ratatui::layout::Rect;

use crate::tui::canvas::Canvas;
use crate::tui::text::width;
use crate::tui::theme::Ink;

/// Draws pairs of key and title, those that fit whole; `always`, the most needed last, stands at the right and goes before all others.
pub fn draw(c: &mut Canvas<'_>, area: Rect, hints: &[(String, String)], always: &[(String, String)]) {
    let cost = |(key, title): &(String, String)| (width(key) + width(title) + 3) as u16;
    let mut x = area.x + 1;
    // Where there is no room for both, what one does here goes before the way to all that one could do.
    let sum = |pairs: &[(String, String)]| pairs.iter().map(cost).sum::<u16>();
    let always = match (hints.first(), always) {
        (Some(first), [_, rest @ ..]) if cost(first) + sum(always) + 1 > area.width => rest,
        _ => always,
    };
    let tail: u16 = sum(always);
    let end = area.right().saturating_sub(tail);
    for hint in hints {
        if x + cost(hint) > end {
            break;
        }
        x = pair(c, x, area.y, hint);
    }
    let mut x = end.max(area.x);
    for hint in always {
        x = pair(c, x, area.y, hint);
    }
}

fn pair(c: &mut Canvas<'_>, x: u16, y: u16, (key, title): &(String, String)) -> u16 {
    let x = c.say(x, y, u16::MAX, key, Ink::Key);
    c.say(x + 1, y, u16::MAX, title, Ink::Dim) + 2
}
