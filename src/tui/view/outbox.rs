//! The outbox over the panes: what is not sent, what was refused and why, and how the link does.

use ratatui::layout::Rect;

use crate::app::msg::Spot;
use crate::app::overlays::outbox::{Line, LineState, Outbox};
use crate::tui::canvas::{Border, Canvas};
use crate::tui::layout::over;
use crate::tui::text::{show, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// Rows of one command: what it is, and how it stands or what was written.
const EACH: u16 = 2;

/// Draws the list; `when` says when each key was pressed, `link` how the link does, in lines.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, outbox: &Outbox, lines: &[(Line, String)], link: &[String]) {
    let want = (lines.len().max(1) as u16).saturating_mul(EACH) + link.len() as u16 + 3;
    let area = over(screen, 92, want.min(screen.height.saturating_sub(4).max(12)));
    c.clear(area);
    let inside = c.frame(area, Border::Focus);
    c.title(area, t!("Outbox and link"), true, Border::Focus);
    if inside.is_empty() {
        return;
    }
    let mut y = inside.y;
    // However small the screen, one command is in sight below the link.
    let room = usize::from(inside.height.saturating_sub(1 + EACH)).max(1);
    for line in link.iter().take(room) {
        if y < inside.bottom() {
            c.say(inside.x + 1, y, inside.width.saturating_sub(2), &show(line), Ink::Text);
        }
        y += 1;
    }
    if y < inside.bottom() {
        c.rule(inside, y, t!("commands"), "");
    }
    y += 1;
    let list = Rect { y: y.min(inside.bottom()), height: inside.bottom().saturating_sub(y), ..inside };
    c.measured.overlay = usize::from(list.height / EACH);
    if lines.is_empty() {
        let words = t!("Everything is sent. What waits for the server, or was refused, stands here.");
        let cells = usize::from(list.width.saturating_sub(2)).max(1);
        for (n, line) in wrap_safe(words, cells, usize::from(list.height)).iter().enumerate() {
            c.say(list.x + 1, list.y + n as u16, list.width.saturating_sub(2), line, Ink::Dim);
        }
        c.park(list.x, list.y);
        return;
    }
    let top = outbox.list.top;
    for (i, (line, when)) in lines.iter().enumerate().skip(top).take(c.measured.overlay) {
        let row = Rect { y: list.y + (i - top) as u16 * EACH, height: EACH, ..list };
        c.spot(row, Spot::Overlay(i));
        let selected = i == outbox.list.selected;
        if selected {
            c.say(row.x, row.y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
            c.park(row.x, row.y);
        }
        one(c, row, line, when, selected);
    }
    c.more(list, top > 0, top + c.measured.overlay < lines.len());
}

fn one(c: &mut Canvas<'_>, row: Rect, line: &Line, when: &str, selected: bool) {
    let (mark, ink, state) = match &line.state {
        LineState::Storing => (Mark::Unconfirmed, Ink::Dim, t!("being kept").to_owned()),
        LineState::Waiting => (Mark::Unconfirmed, Ink::Warn, t!("not sent yet").to_owned()),
        LineState::Sent => (Mark::Unconfirmed, Ink::Dim, t!("sent, not answered yet").to_owned()),
        LineState::Held(left) => (Mark::Unconfirmed, Ink::Warn, t!("leaves in {left} s", left)),
        LineState::Doubtful(why) => {
            (Mark::Late, Ink::Warn, t!("not sent yet, and may be refused: {why}", why = show(why)))
        }
        LineState::Unsure => {
            let words = t!("perhaps done already, by a copy of this desk: look, then send it again or drop it");
            (Mark::Late, Ink::Bad, words.to_owned())
        }
        LineState::Lapsed => {
            (Mark::Late, Ink::Bad, t!("not sent in time: send it now, edit it, or drop it").to_owned())
        }
        LineState::Done => (Mark::Done, Ink::Good, t!("done").to_owned()),
        LineState::Refused(why, way) => (Mark::Refused, Ink::Bad, format!("{} {way}", show(why))),
    };
    let (x, right) = (row.x + 2, row.right().saturating_sub(1));
    let style = c.ink(Ink::Dim);
    let end = c.right(x, right, row.y, when, style);
    c.say(x, row.y, 1, c.theme.mark(mark), ink);
    c.say(x + 2, row.y, end.saturating_sub(x + 3), &show(&line.what), if selected { Ink::Selected } else { Ink::Text });
    let y = row.y + 1;
    let at = c.say(x + 2, y, right.saturating_sub(x + 2), state.trim_end(), ink);
    if !line.words.is_empty() {
        c.say(at + 2, y, right.saturating_sub(at + 2), &format!("“{}”", show(&line.words)), Ink::Dim);
    }
}
