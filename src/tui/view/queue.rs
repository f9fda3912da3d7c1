//! The queue pane: who waits, what is mine, what I promised.
//!
//! One row is: selected, late, time, channel, name; then what else fits, at the right. The selection is told by its
//! mark and weight only, so moving it costs two rows' marks and not two rows.

use ratatui::layout::Rect;

use super::explain::standing_mark;
use crate::app::clocks::Face as Due;
use crate::app::model::Model;
use crate::app::msg::Spot;
use crate::app::panes::queue::{Line, empty, headings, line};
use crate::app::screen::Pane;
use crate::domain::named;
use crate::domain::sla::clock::Standing;
use crate::domain::work::{Priority, TaskKind};
use crate::tui::canvas::Canvas;
use crate::tui::text::{pad_left, show, width};
use crate::tui::theme::{Ink, Mark};

/// Cells before the name: selected, late, five for the time, channel with a blank on both sides.
const LEAD: u16 = 10;
/// Names keep this much, whatever else there is to say.
const NAME: u16 = 8;

/// Draws what is inside the frame.
pub fn draw(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool) {
    let (rows, list, headings) = (&model.queue.rows, &model.queue.list, headings(model));
    c.measured.queue = usize::from(area.height).saturating_sub(headings.len()).max(1);
    if rows.is_empty() {
        super::empty(c, area, model, empty(model));
        return;
    }
    let mut y = area.y;
    let mut last = list.top;
    for (i, row) in rows.iter().enumerate().skip(list.top) {
        let Some(line) = line(model, *row, c.now) else { continue };
        for heading in headings.iter().filter(|h| h.before == i) {
            c.rule(area, y, heading.title, &heading.count.to_string());
            y += 1;
        }
        if y >= area.bottom() {
            break;
        }
        let row = Rect { y, height: 1, ..area };
        c.spot(row, Spot::Row(Pane::Queue, i));
        let selected = i == list.selected;
        draw_row(c, row, &line, selected, focus);
        if selected && focus {
            c.park(area.x, y);
        }
        last = i;
        y += 1;
    }
    // Sections with nothing in them are named too.
    for heading in headings.iter().filter(|h| h.before >= rows.len() && last + 1 == rows.len()) {
        if y < area.bottom() {
            c.rule(area, y, heading.title, &heading.count.to_string());
        }
        y += 1;
    }
    c.more(area, list.top > 0, last + 1 < rows.len());
}

fn draw_row(c: &mut Canvas<'_>, row: Rect, line: &Line, selected: bool, focus: bool) {
    let face = Face::of(c, line);
    let (x, y) = (row.x, row.y);
    if selected {
        let ink = if focus { Ink::Focus } else { Ink::Text };
        c.say(x, y, 1, c.theme.mark(Mark::Selected), ink);
    } else if face.open {
        c.say(x, y, 1, c.theme.mark(Mark::Then), Ink::Focus);
    }
    if face.late {
        c.say(x + 1, y, 1, c.theme.mark(Mark::Late), Ink::Bad);
    }
    c.say(x + 2, y, 5, &pad_left(&face.time, 5), if face.late { Ink::Warn } else { Ink::Dim });
    c.say(x + 8, y, 1, face.channel, Ink::Dim);
    let room = row.width.saturating_sub(LEAD + 1);
    let mut right = row.right().saturating_sub(1);
    let need = (width(&face.name) as u16).max(NAME);
    let mut free = room;
    for (i, (text, ink)) in face.more.iter().enumerate() {
        // What must be known may shorten the name; the rest takes what the name leaves.
        let kept = if i < face.must { NAME } else { need };
        let w = width(text) as u16;
        if w > 0 && free > kept + w {
            let style = c.ink(*ink);
            right = c.right(row.x + LEAD, right, y, text, style).saturating_sub(1);
            free -= w + 1;
        }
    }
    let ink = if selected { Ink::Selected } else { face.ink };
    c.say(x + LEAD, y, right.saturating_sub(x + LEAD), &face.name, ink);
}

/// A row taken apart: the parts every kind of row has.
struct Face {
    late: bool,
    open: bool,
    time: String,
    channel: &'static str,
    name: String,
    ink: Ink,
    /// What may stand at the right, the most useful first.
    more: Vec<(String, Ink)>,
    /// How many of them must be known.
    must: usize,
}

impl Face {
    fn of(c: &Canvas<'_>, line: &Line) -> Face {
        match line {
            Line::Waiting {
                late,
                wait,
                channel,
                name,
                language,
                priority,
                offered,
                queue,
                due,
                looks,
                unconfirmed,
            } => {
                let mut more = Vec::new();
                if let Some(doing) = unconfirmed {
                    more.push((format!("{}{doing}", c.theme.mark(Mark::Unconfirmed)), Ink::Warn));
                }
                if let Some(who) = offered {
                    more.push((format!("{}{}", c.theme.mark(Mark::Then), show(who)), Ink::Dim));
                }
                if *priority >= Priority::High {
                    more.push((named::priority(*priority).to_owned(), Ink::Warn));
                }
                more.extend(language.iter().map(|l| (show(l), Ink::Text)));
                more.extend(looks_of(c, looks));
                let must = more.len();
                let left = |due: &Due| match due.standing {
                    Standing::Running => Some((t!("in {span}", span = due.short()), Ink::Dim)),
                    _ => due_of(c, due),
                };
                more.extend(due.as_ref().filter(|_| !*late).and_then(left));
                more.push((show(queue), Ink::Dim));
                let ink = if offered.is_some() || unconfirmed.is_some() { Ink::Dim } else { Ink::Text };
                Face {
                    late: *late,
                    open: false,
                    time: wait.clone(),
                    channel: c.theme.channel(*channel),
                    name: show(name),
                    ink,
                    more,
                    must,
                }
            }
            Line::Mine { case, channel, name, state, clock, due, late, open, draft, looks, unconfirmed } => {
                let wait = if *unconfirmed { c.theme.mark(Mark::Unconfirmed) } else { "" };
                let mut more = vec![(format!("{wait}{state}"), if *late { Ink::Warn } else { Ink::Text })];
                if *draft {
                    more.push((c.theme.mark(Mark::Note).to_owned(), Ink::Note));
                }
                more.extend(due.as_ref().and_then(|due| due_of(c, due)));
                more.extend(looks_of(c, looks));
                let must = more.len();
                more.push((show(case), Ink::Dim));
                Face {
                    late: *late,
                    open: *open,
                    time: clock.clone(),
                    channel: c.theme.channel(*channel),
                    name: show(name),
                    ink: Ink::Text,
                    more,
                    must,
                }
            }
            Line::Promise { case, kind, what, due, late, name } => {
                let mut more = vec![(due.clone(), if *late { Ink::Warn } else { Ink::Dim })];
                more.push((show(name), Ink::Dim));
                more.push((show(case), Ink::Dim));
                Face {
                    late: *late,
                    open: false,
                    time: String::new(),
                    channel: c.theme.mark(if *kind == TaskKind::Callback { Mark::Callback } else { Mark::Done }),
                    name: show(what),
                    ink: Ink::Text,
                    more,
                    must: 1,
                }
            }
        }
    }
}

/// The clock that presses: its mark, and how long is left. One that rests is told in the conversation only.
fn due_of(c: &Canvas<'_>, due: &Due) -> Option<(String, Ink)> {
    let (mark, ink) = standing_mark(c, due.standing);
    (due.standing != Standing::Paused && !due.left.is_empty()).then(|| (format!("{mark}{}", due.short()), ink))
}

/// Who else is there: `Ana…` writes, `Ana` looks.
fn looks_of(c: &Canvas<'_>, looks: &[(String, bool)]) -> Option<(String, Ink)> {
    let (name, writes) = looks.iter().max_by_key(|(_, writes)| *writes)?;
    let more = if looks.len() > 1 { format!("+{}", looks.len() - 1) } else { String::new() };
    let first = show(name.split(' ').next().unwrap_or_default());
    let mark = if *writes { c.theme.mark(Mark::Note) } else { "" };
    Some((format!("{mark}{first}{more}"), if *writes { Ink::Warn } else { Ink::Dim }))
}
