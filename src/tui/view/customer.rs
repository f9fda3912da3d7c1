//! The customer pane: who they are, then one timeline over all channels.

use ratatui::layout::Rect;

use super::{composer, conversation};
use crate::app::model::Model;
use crate::app::msg::Spot;
use crate::app::panes::customer::{Facts, Line, empty, facts, line};
use crate::app::screen::Pane;
use crate::tui::canvas::Canvas;
use crate::tui::text::{pad_left, show, width, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// Cells of a fact's label.
const LABEL: u16 = 11;
/// Cells of a date in the timeline, at least: `12 Sep`.
const DATE: usize = 6;

/// Draws what is inside the frame.
pub fn draw(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool) {
    let Some(facts) = facts(model, c.now) else {
        super::empty(c, area, model, empty(model));
        return;
    };
    let customer = &model.customer;
    let y = who(c, area, &facts);
    if y + 1 >= area.bottom() {
        return;
    }
    let count = customer.lines.len();
    c.rule(area, y, t!("history"), &if count > 0 { count.to_string() } else { String::new() });
    let mut y = y + 1;
    if customer.typing || !customer.search.text().is_empty() {
        c.say(area.x + 1, y, 1, "/", Ink::Key);
        composer::line(c, area.x + 3, y, area.width.saturating_sub(4), &customer.search, focus && customer.typing);
        y += 1;
    }
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    timeline(c, rest, model, focus);
}

/// Who they are; gives the row after. Grave things first.
fn who(c: &mut Canvas<'_>, area: Rect, facts: &Facts) -> u16 {
    // The timeline keeps a third.
    let end = area.y + area.height - area.height / 3;
    let (x, room) = (area.x + 1, area.width.saturating_sub(2));
    let mut y = area.y;
    c.say(x, y, room, &show(&facts.name), Ink::Strong);
    y += 1;
    if let Some(backing) = &facts.backing
        && y < end
    {
        let (line, ink) = conversation::backed(c, backing);
        c.say(x, y, room, &line, ink);
        y += 1;
    }
    if !facts.flags.is_empty() && y < end {
        let mark = c.theme.mark(Mark::Flag);
        let flags: Vec<(String, Ink)> = facts.flags.iter().map(|f| (format!("{mark} {}", show(f)), Ink::Bad)).collect();
        // None of them may be missing for want of room.
        let mut left = &flags[..];
        while !left.is_empty() && y < end {
            let (line, rest) = left.split_at(conversation::fitting(left, room));
            c.facts(x, y, room, line);
            y += 1;
            left = rest;
        }
    }
    for (n, line) in wrap_safe(&facts.note, usize::from(room.saturating_sub(2)).max(1), 3).iter().enumerate() {
        if y < end && !facts.note.trim().is_empty() {
            c.say(x, y, 1, if n == 0 { c.theme.mark(Mark::Note) } else { " " }, Ink::Note);
            c.say(x + 2, y, room.saturating_sub(2), line, Ink::Note);
            y += 1;
        }
    }
    for (label, value) in &facts.rows {
        if y >= end {
            break;
        }
        c.say(x, y, LABEL - 1, label, Ink::Dim);
        c.say(x + LABEL, y, room.saturating_sub(LABEL), &show(value), Ink::Text);
        y += 1;
    }
    y
}

fn timeline(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool) {
    let customer = &model.customer;
    c.measured.timeline = usize::from(area.height);
    if customer.lines.is_empty() {
        super::empty(c, area, model, empty(model));
        return;
    }
    let list = &customer.list;
    let page = usize::from(area.height);
    let shown = list.top..customer.lines.len().min(list.top + page);
    let lines: Vec<(usize, Line)> = shown.filter_map(|i| Some((i, dated(line(model, i, c.now)?)))).collect();
    let date = lines.iter().map(|(_, l)| width(&l.when)).max().unwrap_or(0).max(DATE);
    for (i, line) in lines {
        let row = Rect { y: area.y + (i - list.top) as u16, height: 1, ..area };
        c.spot(row, Spot::Row(Pane::Customer, i));
        let selected = i == list.selected;
        if selected {
            let ink = if focus { Ink::Focus } else { Ink::Text };
            c.say(row.x, row.y, 1, c.theme.mark(Mark::Selected), ink);
            if focus && !customer.typing {
                c.park(row.x, row.y);
            }
        } else if line.open {
            c.say(row.x, row.y, 1, c.theme.mark(Mark::Then), Ink::Focus);
        }
        draw_line(c, row, &line, date, selected);
    }
    c.more(area, list.top > 0, list.top + page < customer.lines.len());
}

/// Of a year gone by the day is of no interest, and its room is.
fn dated(line: Line) -> Line {
    let when = match line.when.split_once(' ') {
        Some((_, month)) if month.contains(' ') => month.to_owned(),
        _ => line.when,
    };
    Line { when, ..line }
}

fn draw_line(c: &mut Canvas<'_>, row: Rect, line: &Line, date: usize, selected: bool) {
    let y = row.y;
    c.say(row.x + 1, y, date as u16, &pad_left(&line.when, date), Ink::Dim);
    let x = row.x + date as u16 + 2;
    c.say(x, y, 1, c.theme.channel(line.channel), Ink::Dim);
    let x = x + 2;
    let right = row.right().saturating_sub(1);
    // What is over is told by a mark; only what is not deserves a word.
    let (status, ink) = match line.status.as_str() {
        "solved" | "closed" => (c.theme.mark(Mark::Done), Ink::Dim),
        other => (other, Ink::Text),
    };
    let style = c.ink(ink);
    let end = c.right(x, right, y, status, style);
    let room = end.saturating_sub(x + u16::from(!status.is_empty()));
    let (text, who) = (show(&line.text), show(&line.who));
    let strong = c.ink(if selected { Ink::Selected } else { Ink::Text });
    if who.is_empty() {
        let at = c.text(x, y, room, &text, strong);
        // The reason only where the subject leaves room for it whole.
        let reason = show(&line.reason);
        if !reason.is_empty() && usize::from((x + room).saturating_sub(at)) > width(&reason) + 3 {
            c.say(at, y, x + room - at, &format!("  {reason}"), Ink::Dim);
        }
    } else {
        let at = c.say(x, y, room, &format!("{who}: "), Ink::Dim);
        c.text(at, y, (x + room).saturating_sub(at), &text, strong);
    }
}
