//! The knowledge pane: articles as you type, and the one being read.

use std::rc::Rc;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::composer;
use crate::app::model::Model;
use crate::app::msg::Spot;
use crate::app::panes::knowledge::{Badge, Preview, awaited, badge, empty};
use crate::app::panes::queue::foreign;
use crate::app::screen::Pane;
use crate::tui::canvas::Canvas;
use crate::tui::markdown;
use crate::tui::text::show;
use crate::tui::theme::{Ink, Mark};

/// An article laid out once: its id, the length of its text, the width, and the lines.
pub type Page = Option<((u64, usize, u16), Rc<Vec<Line<'static>>>)>;

/// Draws what is inside the frame.
pub fn draw(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool, page: &mut Page) {
    let face = &model.knowledge;
    if let Some(preview) = &face.preview {
        return read(c, area, preview, (&badge(&preview.head, model, c.now), awaited(model)), focus, page);
    }
    c.say(area.x + 1, area.y, 1, "/", Ink::Key);
    let (x, room) = (area.x + 3, area.width.saturating_sub(4));
    if face.search.text().is_empty() && !(focus && face.typing) {
        c.say(x, area.y, room, t!("search"), Ink::Dim);
    } else {
        composer::line(c, x, area.y, room, &face.search, focus && face.typing);
    }
    let mut list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if face.hits_for.is_empty() && !face.hits.is_empty() && list.height > 3 {
        c.rule(list, list.y, t!("for this case"), "");
        list.y += 1;
        list.height -= 1;
    }
    hits(c, list, model, focus);
}

fn hits(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool) {
    let face = &model.knowledge;
    c.measured.hits = usize::from(area.height);
    if area.is_empty() {
        return;
    }
    if face.hits.is_empty() {
        super::empty(c, area, model, empty(model));
        return;
    }
    let list = &face.list;
    for (i, head) in face.hits.iter().enumerate().skip(list.top).take(usize::from(area.height)) {
        let y = area.y + (i - list.top) as u16;
        c.spot(Rect { y, height: 1, ..area }, Spot::Row(Pane::Knowledge, i));
        let selected = i == list.selected;
        if selected {
            let ink = if focus { Ink::Focus } else { Ink::Text };
            c.say(area.x, y, 1, c.theme.mark(Mark::Selected), ink);
            if focus && !face.typing {
                c.park(area.x, y);
            }
        }
        let (mark, ink) = short(c, &badge(head, model, c.now));
        let style = c.ink(ink);
        let right = area.right().saturating_sub(1);
        let locale = foreign(model, &head.locale).map(|l| format!("{l} ")).unwrap_or_default();
        let end = c.right(area.x + 2, right, y, &format!("{locale}{mark}"), style);
        let ink = if selected { Ink::Selected } else { Ink::Text };
        c.say(area.x + 2, y, end.saturating_sub(area.x + 3), &show(&head.title), ink);
    }
    c.more(area, list.top > 0, list.top + usize::from(area.height) < face.hits.len());
}

/// The badge as one mark.
fn short(c: &Canvas<'_>, badge: &Badge) -> (&'static str, Ink) {
    match badge {
        Badge::Verified(_) => (c.theme.mark(Mark::Done), Ink::Dim),
        Badge::Expired(_) => (c.theme.mark(Mark::Late), Ink::Warn),
        Badge::Unverified => (" ", Ink::Dim),
    }
}

fn read(
    c: &mut Canvas<'_>,
    area: Rect,
    preview: &Preview,
    (badge, awaited): (&Badge, &str),
    focus: bool,
    page: &mut Page,
) {
    let (x, room) = (area.x + 1, area.width.saturating_sub(2));
    c.say(x, area.y, room, &show(&preview.head.title), Ink::Strong);
    let trust = match badge {
        Badge::Verified(until) => {
            (t!("{mark} checked until {until}", mark = c.theme.mark(Mark::Done), until), Ink::Good)
        }
        Badge::Expired(until) => {
            (t!("{mark} was checked until {until}", mark = c.theme.mark(Mark::Late), until), Ink::Warn)
        }
        Badge::Unverified => (t!("not checked").to_owned(), Ink::Dim),
    };
    let team =
        if preview.head.internal { t!("{mark} team only", mark = c.theme.mark(Mark::Note)) } else { String::new() };
    c.facts(
        x,
        area.y + 1,
        room,
        &[(team, Ink::Note), trust, (show(&preview.head.owner), Ink::Dim), (show(&preview.head.locale), Ink::Dim)],
    );
    let body = Rect { x, y: area.y + 3, width: room, height: area.height.saturating_sub(3) };
    if focus {
        c.park(area.x, area.y);
    }
    let Some(text) = &preview.body else {
        c.say(x, body.y, room, awaited, Ink::Dim);
        return;
    };
    let key = (preview.head.id.0, text.len(), body.width);
    let lines = match page {
        Some((known, lines)) if *known == key => lines.clone(),
        _ => {
            let lines = Rc::new(markdown::lines(text, c.theme, usize::from(body.width)));
            *page = Some((key, lines.clone()));
            lines
        }
    };
    let height = usize::from(body.height);
    c.measured.article = (lines.len(), height);
    let top = preview.top.min(lines.len().saturating_sub(height));
    for (i, line) in lines.iter().skip(top).take(height).enumerate() {
        c.line(x, body.y + i as u16, room, line);
    }
    c.more(Rect { width: room + 1, ..body }, top > 0, top + height < lines.len());
}
