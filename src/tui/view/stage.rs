//! The sheet of a macro: what each step would change, in full, before anything is done.

use ratatui::layout::Rect;

use super::dialog;
use crate::app::stock::Stage;
use crate::domain::stock::stage::Staged;
use crate::tui::canvas::Canvas;
use crate::tui::layout::over_width;
use crate::tui::text::{show, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// Rows one text may take.
const TEXT: usize = 60;

/// Draws it.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, stage: &Stage, yes: &str, back: &str) {
    let wide = 84;
    let cells = usize::from(over_width(screen, wide).saturating_sub(4)).max(1);
    let lines: Vec<(String, Ink)> = stage.staged.iter().flat_map(|s| lines(c, s, cells)).collect();
    let area = dialog::sheet(c, screen, wide, lines.len() as u16 + 2, &stage.title());
    let page = usize::from(area.height.saturating_sub(2));
    let top = stage.top.min(lines.len().saturating_sub(page));
    for (i, (line, ink)) in lines.iter().skip(top).take(page).enumerate() {
        c.say(area.x, area.y + i as u16, area.width, line, *ink);
    }
    c.more(Rect { height: page as u16, ..area }, top > 0, top + page < lines.len());
    let Some(y) = area.bottom().checked_sub(1) else { return };
    let mut answers = vec![(back.to_owned(), t!("go back").to_owned())];
    if !stage.yes().is_empty() {
        answers.insert(0, (yes.to_owned(), stage.yes()));
    }
    dialog::answers(c, area, &answers);
    c.park(area.x, y);
}

fn lines(c: &Canvas<'_>, step: &Staged, cells: usize) -> Vec<(String, Ink)> {
    let verb = step.verb.word();
    let mut lines = Vec::new();
    let head = match (&step.refusal, step.idle, step.before.is_empty()) {
        (Some(_), ..) => (t!("{mark} {verb}: not possible", mark = c.theme.mark(Mark::Late), verb), Ink::Bad),
        (None, true, _) => (t!("  {verb}: {now}, as it is", verb, now = show(&step.before)), Ink::Dim),
        (None, false, true) => (format!("{} {verb}", c.theme.mark(Mark::Done)), Ink::Good),
        (None, false, false) => {
            let to = c.theme.mark(Mark::Then);
            let words =
                format!("{} {verb}: {} {to} {}", c.theme.mark(Mark::Done), show(&step.before), show(&step.after));
            let mut wrapped = wrap_safe(&words, cells, TEXT).into_iter();
            let first = wrapped.next().unwrap_or_default();
            lines.push((first, Ink::Good));
            lines.extend(wrapped.map(|l| (format!("    {l}"), Ink::Text)));
            return lines;
        }
    };
    lines.push(head);
    if let Some(refusal) = &step.refusal {
        let wrapped = wrap_safe(refusal, cells.saturating_sub(4).max(1), 4);
        lines.extend(wrapped.into_iter().map(|l| (format!("    {l}"), Ink::Text)));
    }
    if step.before.is_empty() {
        for line in step.after.lines() {
            let wrapped = wrap_safe(line, cells.saturating_sub(4).max(1), TEXT);
            let blank = wrapped.is_empty().then(String::new);
            lines.extend(wrapped.into_iter().chain(blank).map(|l| (format!("    {l}"), Ink::Text)));
        }
    }
    lines
}
