//! The first screen of all, when there is no configuration yet.

use ratatui::layout::Rect;

use super::composer;
use crate::app::msg::Spot;
use crate::app::overlays::welcome::{LINES, Welcome};
use crate::lang;
use crate::tui::canvas::Canvas;
use crate::tui::layout::middle;
use crate::tui::text::{show, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// Draws it on the whole screen; `keys` are pairs of key and words for the last line.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, welcome: &Welcome, keys: &[(String, String)]) {
    // On the smallest screens the sentences give way, so that the field below them has its row.
    let (most, blank) = match screen.height {
        20.. => (2, 1),
        15.. => (1, 0),
        _ => (0, 0),
    };
    let wide = 72.min(screen.width.saturating_sub(4));
    let about = wrap_safe(t!("A desk for people who answer customers all day."), usize::from(wide).max(1), 2);
    let head = about.len() as u16 + if most > 0 { 3 } else { 2 };
    let cells = usize::from(wide.saturating_sub(2)).max(1);
    let lines = LINES.map(|(title, sentence)| {
        let said = if most == 0 { Vec::new() } else { wrap_safe(lang::text(sentence), cells, most) };
        (lang::text(title), said)
    });
    let rows: u16 = lines.iter().map(|(_, said)| 1 + said.len() as u16 + blank).sum();
    let area = middle(screen, wide, (head + rows + 4).min(screen.height));
    if area.is_empty() {
        return;
    }
    let (x, room) = (area.x, area.width);
    c.say(x, area.y, room, "Cordboard", Ink::Strong);
    for (n, line) in about.iter().enumerate() {
        c.say(x, area.y + 1 + n as u16, room, line, Ink::Dim);
    }
    let mut y = area.y + head;
    for (i, (title, said)) in lines.iter().enumerate() {
        let selected = i == welcome.list.selected;
        c.spot(Rect { x, y, width: room, height: 1 + said.len() as u16 }, Spot::Overlay(i));
        if selected {
            c.say(x, y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
            c.park(x, y);
        }
        c.say(x + 2, y, room.saturating_sub(2), title, if selected { Ink::Focus } else { Ink::Text });
        for (n, line) in said.iter().enumerate() {
            c.say(x + 2, y + 1 + n as u16, room.saturating_sub(2), line, Ink::Dim);
        }
        y += 1 + said.len() as u16 + blank;
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
