//! The composer: a reply to the customer or a note for the team, told apart by title, border and bar.

use ratatui::layout::Rect;

use crate::app::action::Action;
use crate::app::keyed;
use crate::app::model::Model;
use crate::app::msg::Spot;
use crate::app::panes::composer::{reply_barrier, written};
use crate::app::panes::queue::looks;
use crate::app::panes::recipients;
use crate::app::screen::Pane;
use crate::app::text::Field;
use crate::domain::stock::text::blanks;
use crate::domain::work::Kind;
use crate::tui::bidi;
use crate::tui::canvas::{Border, Canvas};
use crate::tui::text::{show, split, width};
use crate::tui::theme::{Ink, Mark};

/// Rows it wants, borders included: what is written, and room to go on.
pub fn rows(model: &Model, width: u16, height: u16, focus: bool) -> u16 {
    let field = written(model).map(|w| &w.field).filter(|f| focus || !f.is_blank());
    let Some(field) = field else { return if focus { 5 } else { 0 } };
    let lines = field.rows(usize::from(width.saturating_sub(4)).max(1)).len() as u16;
    let to = u16::from(recipients::line(model, usize::from(width)).is_some());
    if focus { (lines + 3 + to).clamp(5, (height / 2).max(5)) } else { 3 }
}

/// The border that goes with it.
pub fn border(kind: Kind, focus: bool) -> Border {
    match kind {
        Kind::Note => Border::Note { focus },
        Kind::Message if focus => Border::Focus,
        Kind::Message => Border::Plain,
    }
}

/// Draws frame and words.
pub fn draw(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool, send: &str) {
    let kind = model.composer.kind;
    let border = border(kind, focus);
    let inside = c.frame(area, border);
    c.spot(area, Spot::Pane(Pane::Composer));
    head(c, area, model, focus);
    if inside.is_empty() {
        return;
    }
    c.measured.composer = usize::from(inside.width.saturating_sub(2)).max(1);
    let text = Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside };
    let text = to_whom(c, text, model, focus);
    match written(model).map(|w| &w.field) {
        Some(field) if !field.text().is_empty() => {
            words(c, text, field, focus);
            if let Some(asked) = asked(field, &keyed::key(model, Action::NextStop)).filter(|_| focus) {
                let room = area.width.saturating_sub(4);
                c.say(area.x + 2, area.bottom() - 1, room, &asked, Ink::Key);
            }
        }
        _ => {
            let ask = match (kind, reply_barrier(model)) {
                (Kind::Note, _) => t!("Only your team sees this. {send} adds it.", send),
                (Kind::Message, Some(barrier)) => barrier.to_owned(),
                (Kind::Message, None) => t!("The customer reads this. {send} sends it.", send),
            };
            c.say(text.x, text.y, text.width, &ask, Ink::Dim);
            if focus {
                c.caret(text.x, text.y);
            }
        }
    }
}

/// To whom it goes by e-mail, above the words; what differs from the last mail has a sign. Gives what is left.
fn to_whom(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool) -> Rect {
    let Some(pieces) = recipients::line(model, usize::from(area.width)).filter(|_| focus && area.height > 1) else {
        return area;
    };
    let mut x = area.x;
    for (n, (words, differs)) in pieces.iter().enumerate() {
        let words = if n == 0 { show(words) } else { format!(" · {}", show(words)) };
        let room = area.right().saturating_sub(x);
        c.say(x, area.y, room, &words, if *differs { Ink::Warn } else { Ink::Dim });
        x = (x + width(&words) as u16).min(area.right());
    }
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// What the frame's top line says; once more when a neighbour's frame was drawn over it.
pub fn head(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool) {
    let kind = model.composer.kind;
    let border = border(kind, focus);
    let mark = if kind == Kind::Note { format!("{} ", c.theme.mark(Mark::Note)) } else { String::new() };
    let end = c.title(area, &format!("{mark}{}", model.composer.label()), focus, border);
    // Two answers at once are worse than none: who else writes is said where one writes.
    let others = model.conversation.case.map(|case| looks(model, case)).unwrap_or_default();
    let others: Vec<String> = others.iter().filter(|(_, writes)| *writes).map(|(who, _)| show(who)).collect();
    if !others.is_empty() {
        let words = t!(" {mark} {who} is writing ", mark = c.theme.mark(Mark::Late), who = others.join(", "));
        let style = c.ink(Ink::Warn);
        c.right(end + 1, area.right().saturating_sub(2), area.y, &words, style);
    }
}

/// The words of an area field, with the caret in sight when it has the keys.
pub fn words(c: &mut Canvas<'_>, area: Rect, field: &Field, focus: bool) {
    if area.is_empty() {
        return;
    }
    let rows = field.rows(usize::from(area.width).max(1));
    let (mut row, column) = field.caret_in(&rows);
    if !focus {
        // The last words; an empty line below them says nothing.
        let said = |r: &crate::app::text::Row| !field.text().get(r.start..r.end).unwrap_or_default().trim().is_empty();
        row = rows.iter().rposition(said).unwrap_or(row);
    }
    let page = usize::from(area.height);
    // The caret's row is kept in sight; otherwise the end is what matters.
    let first = (row + 1).saturating_sub(page).min(rows.len().saturating_sub(1));
    let ink = if focus { Ink::Text } else { Ink::Dim };
    let mut caret = (column as u16).min(area.width);
    for (i, r) in rows.iter().enumerate().skip(first).take(page) {
        let y = area.y + (i - first) as u16;
        let text = field.text().get(r.start..r.end).unwrap_or_default();
        if c.theme.reorders() && bidi::turns(text) {
            // Read from the right, it stands at the right, where its caret has room behind its end.
            let shift = if bidi::from_right(text) { area.width.saturating_sub(width(text) as u16) } else { 0 };
            c.say(area.x + shift, y, area.width - shift, text, ink);
            if i == row && focus {
                let at = bidi::column(text, field.caret().saturating_sub(r.start));
                caret = at.map_or(shift.saturating_sub(1), |at| (shift + at as u16).min(area.width));
            }
            continue;
        }
        c.say(area.x, y, area.width, text.trim_end(), ink);
        if focus {
            stops(c, Rect { y, height: 1, ..area }, field, r.start..r.end);
        }
    }
    if focus {
        c.caret(area.x + caret, area.y + (row - first) as u16);
    }
    c.more(Rect { width: area.width, ..area }, first > 0, first + page < rows.len());
}

/// Marks what is asked and not filled in, and what the next letter replaces.
fn stops(c: &mut Canvas<'_>, row: Rect, field: &Field, shown: std::ops::Range<usize>) {
    let selected = field.selected();
    let open = blanks(field.text()).into_iter().map(|b| (b.range, Ink::Match));
    for (range, ink) in open.chain(selected.map(|range| (range, Ink::Offer))) {
        let (from, to) = (range.start.max(shown.start), range.end.min(shown.end));
        let (Some(before), Some(text)) = (field.text().get(shown.start..from), field.text().get(from..to)) else {
            continue;
        };
        let at = width(before) as u16;
        c.say(row.x + at.min(row.width), row.y, row.width.saturating_sub(at), text, ink);
    }
}

/// What is asked at the stop one is at, for the frame: `order number · 1 of 2`, with the choices there are.
fn asked(field: &Field, key: &str) -> Option<String> {
    let here = field.here()?;
    let (at, of) = here.of;
    let mut words = here.ask.as_ref().map_or_else(|| t!("change it, or go on").to_owned(), |a| show(&a.prompt));
    for (n, choice) in here.ask.iter().flat_map(|a| &a.choices).enumerate() {
        words.push_str(&format!("  {} {}", n + 1, show(choice)));
    }
    Some(t!(" {words} · {at} of {of} · {key} goes on ", words, at, of, key))
}

/// A single-line field; gives the column after what is drawn.
pub fn line(c: &mut Canvas<'_>, x: u16, y: u16, room: u16, field: &Field, focus: bool) {
    let piece = field.piece(usize::from(room).max(1));
    if c.theme.reorders() && bidi::turns(piece.text) {
        // One column is left in front for the caret behind the end of what is read from the right.
        let shift = u16::from(bidi::from_right(piece.text)).min(room.saturating_sub(width(piece.text) as u16));
        c.say(x, y, room, &" ".repeat(usize::from(shift)), Ink::Text);
        c.say(x + shift, y, room - shift, piece.text, Ink::Text);
        if focus {
            let before = split(piece.text, piece.caret).0.len();
            let at = bidi::column(piece.text, before);
            c.caret(at.map_or(x, |at| x + (shift + at as u16).min(room)), y);
        }
        return;
    }
    c.say(x, y, room, piece.text, Ink::Text);
    if piece.cut {
        c.say(x, y, 1, "…", Ink::Dim);
    }
    if focus {
        c.caret(x + piece.caret as u16, y);
    }
}
