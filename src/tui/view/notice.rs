//! What appears by itself and goes again: short messages, and what may follow a begun key sequence.

use ratatui::layout::Rect;

use crate::app::toast::{Toast, Tone};
use crate::tui::canvas::{Border, Canvas};
use crate::tui::text::{width, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// Widest a message gets.
const WIDE: u16 = 56;
/// Cells for the words of what may follow, at least.
const LEAST: u16 = 8;

/// Draws the messages at the right, at the bottom of the panes; at their top while someone writes at the bottom. The
/// line being written is never covered: what finds no room waits.
pub fn toasts(c: &mut Canvas<'_>, body: Rect, toasts: &[Toast]) {
    let writing_low = c.cursor.shown && c.cursor.at.1 > body.y + body.height / 2;
    let (mut top, mut bottom) = (body.y, body.bottom());
    if c.cursor.shown && writing_low {
        bottom = bottom.min(c.cursor.at.1);
    } else if c.cursor.shown {
        top = top.max(c.cursor.at.1 + 1);
    }
    let room = usize::from(WIDE.min(body.width.saturating_sub(4)).saturating_sub(4)).max(8);
    let lines = |toast: &Toast| {
        let text = wrap_safe(&toast.text, room, 3).into_iter().map(|l| (l, Ink::Text));
        let way_out = if toast.way_out.is_empty() { Vec::new() } else { wrap_safe(&toast.way_out, room, 2) };
        text.chain(way_out.into_iter().map(|l| (l, Ink::Dim))).collect::<Vec<(String, Ink)>>()
    };
    // All as wide as the widest, so that they stand as one.
    let widest = toasts.iter().flat_map(lines).map(|(l, _)| width(&l)).max().unwrap_or(0);
    let wide = widest as u16 + 6;
    for toast in toasts.iter().rev() {
        let lines = lines(toast);
        let high = lines.len() as u16 + 2;
        if bottom < top + high || wide > body.width {
            return;
        }
        let y = if writing_low { top } else { bottom - high };
        let area = Rect::new(body.right() - wide, y, wide, high);
        c.clear(area);
        let (mark, ink) = match toast.tone {
            Tone::Done => (Mark::Done, Ink::Good),
            Tone::Info => (Mark::System, Ink::Dim),
            Tone::Warn => (Mark::Late, Ink::Warn),
            Tone::Bad => (Mark::Refused, Ink::Bad),
        };
        let inside = c.frame(area, Border::Plain);
        c.say(inside.x + 1, inside.y, 1, c.theme.mark(mark), ink);
        for (i, (line, ink)) in lines.iter().enumerate() {
            c.say(inside.x + 3, inside.y + i as u16, inside.width.saturating_sub(3), line, *ink);
        }
        if writing_low {
            top += high;
        } else {
            bottom -= high;
        }
    }
}

/// Draws what may follow the keys pressed so far, above the hint line.
pub fn which_key(c: &mut Canvas<'_>, above: Rect, pressed: &str, follow: &[(String, &str)]) {
    let key = follow.iter().map(|(k, _)| width(k)).max().unwrap_or(0) as u16;
    let title = follow.iter().map(|(_, t)| width(t)).max().unwrap_or(0) as u16;
    let all = follow.len() as u16;
    let (one, room) = (key + title + 4, above.width.saturating_sub(3));
    let mut columns = (room / one.max(1)).clamp(1, 4);
    // On a small screen rather all of them with their words cut than none.
    while all.div_ceil(columns) + 2 > above.y && room / (columns + 1) > key + LEAST {
        columns += 1;
    }
    let one = one.min(room / columns);
    let rows = all.div_ceil(columns);
    let high = rows + 2;
    if follow.is_empty() || high > above.y {
        return;
    }
    let area = Rect::new(above.x, above.y - high, (columns * one + 3).min(above.width), high);
    c.clear(area);
    let inside = c.frame(area, Border::Focus);
    c.title(area, pressed, true, Border::Focus);
    for (i, (k, words)) in follow.iter().enumerate() {
        let i = i as u16;
        let (x, y) = (inside.x + 1 + i / rows * one, inside.y + i % rows);
        c.say(x + key - width(k) as u16, y, key, k, Ink::Key);
        let right = inside.right().min(x + one - 1);
        c.say(x + key + 1, y, right.saturating_sub(x + key + 1), words, Ink::Text);
    }
}
