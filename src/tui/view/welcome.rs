//! The first screen of all, when there is no configuration yet.

use ratatui::layout::Rect;

use super::composer;
use crate::app::msg::Spot;
use crate::app::overlays::welcome::{LINES, Welcome};
use crate::lang;
use crate::tui::canvas::Canvas;
use crate::tui::layout::middle;
use crate::tui::text::{show, wrap};
use crate::tui::theme::{Ink, Mark};

/// Draws it on the whole screen; `keys` are pairs of key and words for the last line.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, welcome: &Welcome, keys: &[(String, String)]) {
    // On the smallest screens the sentences give way, so that the field below them has its row.
    let (head, rows) = match screen.height {
        20.. => (4, 3),
        15.. => (4, 2),
        _ => (3, 1),
    };
    let area = middle(screen, 72.min(screen.width.saturating_sub(4)), (head + 3 * rows + 4).min(screen.height));
    if area.is_empty() {
        return;
    }
    let (x, room) = (area.x, area.width);
    c.say(x, area.y, room, "Cordboard", Ink::Strong);
    c.say(x, area.y + 1, room, t!("A desk for people who answer customers all day."), Ink::Dim);
    let mut y = area.y + head;
    for (i, (title, sentence)) in LINES.iter().map(|(t, s)| (lang::text(t), lang::text(s))).enumerate() {
        let selected = i == welcome.list.selected;
        c.spot(Rect { x, y, width: room, height: rows.min(2) }, Spot::Overlay(i));
        if selected {
            c.say(x, y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
            c.park(x, y);
        }
        c.say(x + 2, y, room.saturating_sub(2), title, if selected { Ink::Focus } else { Ink::Text });
        let wrapped = wrap(sentence, usize::from(room.saturating_sub(2)).max(1));
        for (n, piece) in wrapped.into_iter().take(usize::from(rows > 1)).enumerate() {
            c.say(x + 2, y + 1 + n as u16, room.saturating_sub(2), piece.text, Ink::Dim);
        }
        y += rows;
    }
    if let Some(link) = &welcome.link {
        c.say(x + 2, y, room, t!("Link"), Ink::Strong);
        composer::line(c, x + 8, y, room.saturating_sub(9), link, true);
        y += 1;
    }
    if !welcome.problem.is_empty() {
        let words = format!("{} {}", c.theme.mark(Mark::Late), show(&welcome.problem));
        c.say(x + 2, y, room.saturating_sub(2), &words, Ink::Bad);
    }
    let last = Rect { y: screen.bottom().saturating_sub(1), height: 1, ..screen };
    super::hints::draw(c, last, keys, &[]);
}
