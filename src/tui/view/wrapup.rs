//! The wrap-up form: reason, outcome, note, follow-up. The part that has the keys is open, the others are one line.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::composer;
use crate::app::msg::Spot;
use crate::app::panes::wrapup::{Choice, Face, Form, Part};
use crate::app::screen::Pane;
use crate::app::text::Field;
use crate::domain::work::TaskKind;
use crate::tui::canvas::{Border, Canvas};
use crate::tui::chart::bar;
use crate::tui::text::{show, width};
use crate::tui::theme::{Ink, Mark};

/// Choices shown at a time, if there is room.
const CHOICES: u16 = 7;
/// Cells of the bar that shows how much of the time is spent.
const BAR: u16 = 10;
/// Cells of the labels, with mark and blank.
const LABEL: u16 = 13;

/// Rows the form wants, borders included.
pub fn rows(form: &Form, note: Option<&Field>, width: u16, height: u16, focus: bool) -> u16 {
    if !focus {
        return 6;
    }
    let open = match form.part {
        Part::Reason | Part::Outcome | Part::Resolved | Part::Verified | Part::Owner => {
            (form.choices.len() as u16).clamp(1, CHOICES)
        }
        Part::Note => note_rows(note, width, height) - 1,
        Part::Complaint | Part::What | Part::When | Part::Finish => 0,
    };
    7 + open + form.more.len() as u16 + u16::from(form.follow.is_some()) + u16::from(!form.problem.is_empty())
}

fn note_rows(note: Option<&Field>, width: u16, height: u16) -> u16 {
    let room = usize::from(width.saturating_sub(LABEL + 4)).max(1);
    let lines = note.map_or(1, |n| n.rows(room).len() as u16);
    (lines + 1).clamp(2, (height / 3).max(2))
}

/// Draws frame and form. `finish` is the label of the key that finishes.
pub fn draw(c: &mut Canvas<'_>, area: Rect, form: &Form, face: &Face, note: Option<&Field>, focus: bool, finish: &str) {
    let border = if focus { Border::Focus } else { Border::Plain };
    let inside = c.frame(area, border);
    c.spot(area, Spot::Pane(Pane::WrapUp));
    head(c, area, face, focus);
    if inside.is_empty() {
        return;
    }
    let mut page = Page { left: inside, form, focus };
    page.code(c, Part::Reason, t!("reason"), face.reason.as_deref(), t!("why they came"));
    page.code(c, Part::Outcome, t!("outcome"), face.outcome.as_deref(), t!("how it ended"));
    if form.more.contains(&Part::Resolved) {
        page.code(c, Part::Resolved, t!("solved"), face.resolved, t!("is the problem solved"));
    }
    if form.more.contains(&Part::Complaint) {
        page.complaint(c);
    }
    page.note(c, note, face.needs_note);
    page.follow(c, face);
    if form.more.contains(&Part::Owner) {
        page.code(c, Part::Owner, t!("owner"), face.owner.as_deref(), t!("whose promise"));
    }
    if form.more.contains(&Part::Verified) {
        page.code(c, Part::Verified, t!("verified"), face.verified, t!("how far were they verified"));
    }
    page.end(c, face, finish);
}

/// What the frame's top line says; once more when a neighbour's frame was drawn over it.
pub fn head(c: &mut Canvas<'_>, area: Rect, face: &Face, focus: bool) {
    let border = if focus { Border::Focus } else { Border::Plain };
    let title =
        if face.clock.is_empty() { t!("Wrap-up").to_owned() } else { t!("Wrap-up {clock}", clock = face.clock) };
    let mut end = c.title(area, &title, focus, border);
    if let Some((spent, limit)) = face.box_ms.filter(|_| usize::from(area.width) > width(&title) + 60) {
        end = c.say(end, area.y, BAR, &bar(spent, limit, usize::from(BAR), c.theme.ascii()), Ink::Dim);
        end = c.say(end, area.y, 1, " ", Ink::Dim);
    }
    if face.over {
        let style = c.ink(Ink::Warn);
        let words = if face.incomplete { t!(" time is over: incomplete ") } else { t!(" over the time ") };
        c.right(end, area.right().saturating_sub(2), area.y, words, style);
    }
}

/// The rows of the form still free, taken from the top.
struct Page<'a> {
    left: Rect,
    form: &'a Form,
    focus: bool,
}

impl Page<'_> {
    fn take(&mut self, rows: u16) -> Rect {
        let rows = rows.min(self.left.height);
        let row = Rect { height: rows, ..self.left };
        self.left.y += rows;
        self.left.height -= rows;
        row
    }

    fn has(&self, part: Part) -> bool {
        self.focus && self.form.part == part
    }

    /// The label of a part; gives where its value stands.
    fn label(&self, c: &mut Canvas<'_>, row: Rect, label: &str, on: bool) -> Rect {
        if on {
            c.say(row.x, row.y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
            c.park(row.x, row.y);
        }
        c.say(row.x + 1, row.y, LABEL - 2, label, if on { Ink::Strong } else { Ink::Dim });
        Rect { x: row.x + LABEL, width: row.width.saturating_sub(LABEL + 1), ..row }
    }

    /// A part that is chosen from a list.
    fn code(&mut self, c: &mut Canvas<'_>, part: Part, label: &str, chosen: Option<&str>, ask: &str) {
        let row = self.take(1);
        if row.is_empty() {
            return;
        }
        let on = self.has(part);
        let value = self.label(c, row, label, on);
        if on {
            let filter = &self.form.filter;
            if filter.text().is_empty() {
                let words = chosen.map_or_else(|| t!("{ask}: type, or a digit", ask), show);
                c.say(value.x, value.y, value.width, &words, if chosen.is_some() { Ink::Text } else { Ink::Dim });
                c.caret(value.x, value.y);
            } else {
                composer::line(c, value.x, value.y, value.width, filter, true);
            }
            // What follows keeps its rows, where there are so many.
            let room = self.left.height.saturating_sub(self.after(part)).max(2);
            let rows = (self.form.choices.len() as u16).clamp(1, CHOICES).min(room);
            let list = self.take(rows);
            self.choices(c, list);
        } else {
            let words = chosen.map(show).unwrap_or_default();
            c.say(value.x, value.y, value.width, &words, Ink::Text);
        }
    }

    /// Rows of the form below the choices of a part.
    fn after(&self, part: Part) -> u16 {
        if matches!(part, Part::Owner | Part::Verified) {
            return 1 + u16::from(!self.form.problem.is_empty());
        }
        let outcome = u16::from(part == Part::Reason) + self.form.more.len() as u16;
        let (follow, problem) = (1 + u16::from(self.form.follow.is_some()), u16::from(!self.form.problem.is_empty()));
        outcome + 1 + follow + problem + 1
    }

    /// The number of the complaint.
    fn complaint(&mut self, c: &mut Canvas<'_>) {
        let row = self.take(1);
        if row.is_empty() {
            return;
        }
        let on = self.has(Part::Complaint);
        let value = self.label(c, row, t!("complaint"), on);
        if self.form.complaint.text().is_empty() && !on {
            c.say(value.x, value.y, value.width, t!("its number; this outcome needs one"), Ink::Dim);
        }
        composer::line(c, value.x, value.y, value.width, &self.form.complaint, on);
    }

    fn choices(&self, c: &mut Canvas<'_>, area: Rect) {
        c.measured.choices = usize::from(area.height);
        if self.form.choices.is_empty() && !area.is_empty() {
            c.say(area.x + LABEL, area.y, area.width.saturating_sub(LABEL), t!("Nothing like it."), Ink::Dim);
            return;
        }
        let list = &self.form.list;
        let shown = self.form.choices.iter().enumerate().skip(list.top).take(usize::from(area.height));
        for (i, choice) in shown {
            let row = Rect { y: area.y + (i - list.top) as u16, height: 1, ..area };
            c.spot(row, Spot::Row(Pane::WrapUp, i));
            self.choice(c, row, choice, i == list.selected);
        }
        c.more(area, list.top > 0, list.top + usize::from(area.height) < self.form.choices.len());
    }

    fn choice(&self, c: &mut Canvas<'_>, row: Rect, choice: &Choice, selected: bool) {
        let x = row.x + LABEL;
        if selected {
            c.say(x - 2, row.y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
        }
        let digit = if choice.digit > 0 { choice.digit.to_string() } else { " ".to_owned() };
        c.say(x, row.y, 1, &digit, Ink::Key);
        let style = c.ink(if selected { Ink::Selected } else { Ink::Text });
        super::matched(c, x + 2, row.y, row.right().saturating_sub(x + 3), &choice.label, &choice.matched, style);
    }

    fn note(&mut self, c: &mut Canvas<'_>, note: Option<&Field>, needed: bool) {
        let on = self.has(Part::Note);
        let rows =
            if on { note_rows(note, self.left.width + 2, self.left.height * 3).min(self.left.height) } else { 1 };
        let row = self.take(rows.max(1));
        if row.is_empty() {
            return;
        }
        let value = self.label(c, row, t!("note"), on);
        c.measured.note = usize::from(value.width).max(1);
        match note {
            Some(field) if !field.text().is_empty() && on => composer::words(c, value, field, true),
            Some(field) if !field.text().is_empty() => {
                let first = field.text().lines().next().unwrap_or_default();
                c.say(value.x, value.y, value.width, first, Ink::Text);
            }
            _ => {
                let words = if needed {
                    t!("what happened; this outcome needs one")
                } else {
                    t!("what happened, in a line or two")
                };
                if on || needed {
                    c.say(value.x, value.y, value.width, words, Ink::Dim);
                }
                if on {
                    c.caret(value.x, value.y);
                }
            }
        }
    }

    fn follow(&mut self, c: &mut Canvas<'_>, face: &Face) {
        let row = self.take(1);
        if row.is_empty() {
            return;
        }
        let Some(follow) = &self.form.follow else {
            let value = self.label(c, row, t!("follow-up"), false);
            let words = if face.needs_follow_up { t!("this outcome needs one") } else { t!("none") };
            c.say(value.x, value.y, value.width, words, Ink::Dim);
            return;
        };
        let word = if follow.kind == TaskKind::Callback { t!("callback") } else { t!("task") };
        let on = self.has(Part::What);
        let value = self.label(c, row, word, on);
        if follow.what.text().is_empty() && !on {
            c.say(value.x, value.y, value.width, t!("what is promised"), Ink::Dim);
        }
        composer::line(c, value.x, value.y, value.width, &follow.what, on);
        let row = self.take(1);
        if row.is_empty() {
            return;
        }
        let on = self.has(Part::When);
        let value = self.label(c, row, t!("by"), on);
        // The caret stands behind what is typed.
        let typed = width(follow.when.text()) as u16 + 1;
        let room = value.width.saturating_sub(2).min(typed.max(8));
        composer::line(c, value.x, value.y, room, &follow.when, on);
        let (words, ink) = match &face.due {
            Ok(words) => (words, if face.odd_hour { Ink::Warn } else { Ink::Dim }),
            Err(words) => (words, Ink::Warn),
        };
        let x = value.x + room + 1;
        c.say(x, value.y, value.right().saturating_sub(x), words, ink);
    }

    /// What is missing, or that all is there.
    fn end(&mut self, c: &mut Canvas<'_>, face: &Face, finish: &str) {
        if !self.form.problem.is_empty() {
            let row = self.take(1);
            c.say(row.x + 1, row.y, row.width.saturating_sub(2), &show(&self.form.problem), Ink::Bad);
        }
        let row = self.take(1);
        if row.is_empty() || !self.focus {
            return;
        }
        let on = self.has(Part::Finish);
        if on {
            c.say(row.x, row.y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
            c.park(row.x, row.y);
        }
        let style: Style = c.ink(if face.missing.is_empty() { Ink::Good } else { Ink::Dim });
        let words = if face.missing.is_empty() {
            t!("{mark} ready: {finish} finishes", mark = c.theme.mark(Mark::Done), finish)
        } else {
            t!("still missing: {parts}", parts = face.missing.join(", "))
        };
        c.text(row.x + 1, row.y, row.width.saturating_sub(2), &words, style);
    }
}
