//! My day over the panes: figures with bars and trends, the formula of one, the contacts behind one.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::app::msg::Spot;
use crate::app::overlays::day::{self, Day, Line};
use crate::app::words;
use crate::domain::figures::{Unit, Value};
use crate::domain::time::HOUR;
use crate::tui::canvas::{Border, Canvas};
use crate::tui::chart::{bar, sparkline};
use crate::tui::layout::over;
use crate::tui::text::{show, width, wrap};
use crate::tui::theme::{Ink, Mark};

/// Cells of a bar or trend.
const PICTURE: u16 = 12;
/// Cells of a value and of its two halves.
const VALUE: u16 = 9;
const HALVES: u16 = 15;
/// Fewer answers than this say little, and are shown so.
const FEW: i64 = 10;

/// Draws it.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, model: &Model, day: &Day) {
    let area = over(screen, 92, screen.height);
    c.clear(area);
    let inside = c.frame(area, Border::Focus);
    let title = match day.line().filter(|_| day.behind.is_some()) {
        Some(line) => {
            t!("My day · {label} {value}", label = line.figure.definition().said(), value = line.figure.show())
        }
        None => t!("My day").to_owned(),
    };
    c.title(area, &title, true, Border::Focus);
    if inside.is_empty() {
        return;
    }
    if !day.is_read() {
        c.say(inside.x + 1, inside.y, inside.width.saturating_sub(2), t!("Reading …"), Ink::Dim);
        c.park(inside.x, inside.y);
        return;
    }
    match (day.behind, day.line()) {
        (Some(_), Some(line)) => behind(c, inside, model, day, line),
        _ => figures(c, inside, model, day),
    }
}

fn figures(c: &mut Canvas<'_>, area: Rect, model: &Model, day: &Day) {
    let how = day.line().filter(|_| day.how).map(|line| day::how(model, line)).unwrap_or_default();
    let cells = usize::from(area.width.saturating_sub(2)).max(1);
    let pieces =
        how.iter().enumerate().flat_map(|(i, s)| wrap(s, cells).into_iter().map(move |p| (i, p.text.to_owned())));
    let how: Vec<(usize, String)> = pieces.collect();
    let below = if how.is_empty() { 0 } else { how.len() as u16 + 1 };
    let list = Rect { height: area.height.saturating_sub(below), ..area };
    c.measured.overlay = usize::from(list.height);
    let top = day.list.top;
    for (i, line) in day.lines.iter().enumerate().skip(top).take(usize::from(list.height)) {
        let row = Rect { y: list.y + (i - top) as u16, height: 1, ..list };
        c.spot(row, Spot::Overlay(i));
        one(c, row, model, line, i == day.list.selected);
    }
    c.more(list, top > 0, top + usize::from(list.height) < day.lines.len());
    if below > 0 && list.bottom() < area.bottom() {
        let rule = Rect { y: list.bottom(), height: 1, ..area };
        c.rule(rule, rule.y, t!("formula"), "");
        for (i, (sentence, text)) in how.iter().enumerate() {
            let y = rule.y + 1 + i as u16;
            if y < area.bottom() {
                let ink = if *sentence == 0 { Ink::Strong } else { Ink::Text };
                c.say(area.x + 1, y, area.width.saturating_sub(2), &show(text), ink);
            }
        }
    }
}

fn one(c: &mut Canvas<'_>, row: Rect, model: &Model, line: &Line, selected: bool) {
    let definition = line.figure.definition();
    if selected {
        let mark = c.theme.mark(Mark::Selected);
        c.say(row.x, row.y, 1, mark, Ink::Focus);
        c.park(row.x, row.y);
    }
    let of = line.queue.and_then(|q| model.view().queue(q)).map(|q| format!("{} · ", q.name)).unwrap_or_default();
    let right = row.right().saturating_sub(1);
    // What does not fit is left out from the right.
    let room = row.width.saturating_sub(4);
    let pictured = room >= 24 + VALUE + HALVES + PICTURE;
    let halved = room >= 20 + VALUE + HALVES;
    let picture_at = if pictured { right.saturating_sub(PICTURE) } else { right };
    let halves_at = if halved { picture_at.saturating_sub(HALVES + 1) } else { picture_at };
    let value_at = halves_at.saturating_sub(VALUE + 1);
    let few = matches!(definition.each, Unit::Mark) && line.figure.value.halves().1 < FEW;
    let empty = line.figure.value == Value::Na;
    let ink = if empty || few { Ink::Dim } else { Ink::Strong };
    let label = format!("{}{}", show(&of), definition.said());
    c.say(row.x + 2, row.y, value_at.saturating_sub(row.x + 3), &label, if selected { Ink::Strong } else { Ink::Text });
    let style = c.ink(ink);
    c.right(value_at, value_at + VALUE, row.y, &line.figure.show(), style);
    if halved {
        c.say(halves_at + 1, row.y, HALVES, &halves(line), Ink::Dim);
    }
    if pictured {
        c.say(picture_at, row.y, PICTURE, &picture(line, c.theme.ascii()), Ink::Dim);
    }
}

/// `3 of 9`, `of 7`: what the value is made of, in short.
fn halves(line: &Line) -> String {
    let definition = line.figure.definition();
    let (num, den) = line.figure.value.halves();
    match (definition.unit, definition.each) {
        _ if line.figure.value == Value::Na || definition.below.is_empty() => String::new(),
        (Unit::Percent, Unit::Time) => {
            let span = if den < HOUR { words::clock } else { words::short };
            t!("{num} of {den}", num = span(num), den = span(den))
        }
        (Unit::Mark, Unit::Time) => String::new(),
        (Unit::Percent, Unit::Count) => t!("{num} of {den}", num, den),
        _ => t!("of {den}", den),
    }
}

/// A share as a bar, everything else as its hours.
fn picture(line: &Line, ascii: bool) -> String {
    let share = line.figure.definition().unit == Unit::Percent;
    match line.figure.value {
        Value::Of { num, den } if share => bar(num, den, usize::from(PICTURE), ascii),
        Value::Of { .. } => sparkline(&line.trend, ascii),
        Value::Na => String::new(),
    }
}

fn behind(c: &mut Canvas<'_>, area: Rect, model: &Model, day: &Day, line: &Line) {
    let contacts = day::contacts(model, day, line, c.now);
    let list = day.shown();
    c.measured.overlay = usize::from(area.height);
    // As wide as the longest of the times in sight.
    let shown = contacts.iter().skip(list.top).take(usize::from(area.height));
    let when = shown.map(|contact| width(&contact.when)).max().unwrap_or(0).min(13) as u16;
    for (i, contact) in contacts.iter().enumerate().skip(list.top).take(usize::from(area.height)) {
        let row = Rect { y: area.y + (i - list.top) as u16, height: 1, ..area };
        c.spot(row, Spot::Overlay(i));
        let selected = i == list.selected;
        if selected {
            c.say(row.x, row.y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
            c.park(row.x, row.y);
        }
        let style = c.ink(Ink::Strong);
        let end = c.right(row.x + when + 7, row.right().saturating_sub(1), row.y, &contact.amount, style);
        c.say(row.x + 2, row.y, when, &contact.when, Ink::Dim);
        let ink = if selected { Ink::Strong } else { Ink::Text };
        c.say(row.x + when + 3, row.y, end.saturating_sub(row.x + when + 4), &show(&contact.what), ink);
    }
    c.more(area, list.top > 0, list.top + usize::from(area.height) < contacts.len());
}
