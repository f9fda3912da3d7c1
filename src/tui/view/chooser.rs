//! Every list with a filter: palette, help and pickers, over the panes.

use ratatui::layout::Rect;

use super::composer;
use crate::app::msg::Spot;
use crate::app::overlays::chooser::{Chooser, Item, Pick, Purpose, Shown};
use crate::app::overlays::preview::{self, Line, Weight};
use crate::tui::canvas::{Border, Canvas};
use crate::tui::layout::{over, over_width};
use crate::tui::text::{show, width, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// Rows of frame, filter and the rule below the sentence.
const AROUND: u16 = 4;
/// Rows a sentence may take.
const SAID: usize = 2;
/// From this width inside the frame on, what stands behind a line is beside the list.
const BESIDE: u16 = 96;
/// Rows of it below the list, on narrower screens; for the sentence of an action.
const BELOW: u16 = 6;
const SENTENCE: u16 = 2;
/// Cells in which the beginning of a detail says something.
const SAYING: u16 = 6;
/// Rows a list keeps before anything is put below it.
const KEPT: u16 = 5;

/// Draws the list in the middle of the screen, and what stands behind its selected line.
pub fn draw(c: &mut Canvas<'_>, screen: Rect, chooser: &Chooser, behind: &[Line]) {
    let actions = matches!(chooser.purpose, Purpose::Palette | Purpose::Help);
    let previews = preview::has(chooser.purpose);
    let wide = match chooser.purpose {
        Purpose::Palette | Purpose::Help | Purpose::Bulk => 92,
        _ if previews => 132,
        _ => 76,
    };
    let cells = usize::from(over_width(screen, wide).saturating_sub(4)).max(1);
    let said = if chooser.sentence.is_empty() { Vec::new() } else { wrap_safe(&chooser.sentence, cells, SAID) };
    // A sentence may come while one types: its line is kept, but where there never is one.
    let mute = matches!(chooser.purpose, Purpose::Priority | Purpose::Status | Purpose::Assign | Purpose::Section);
    let talk = (said.len() as u16).max(u16::from(!mute));
    // As high as all its items, so that it does not jump while one types.
    let high = (chooser.items.len().max(chooser.shown.len()).max(3) as u16).saturating_add(AROUND + talk);
    let high = match (actions, previews) {
        (true, _) => high + SENTENCE + 1,
        (_, true) => high.max(AROUND + talk + 2 * BELOW),
        _ => high,
    };
    // On a screen of some height the status line stays in sight, and the hints stand apart.
    let area = over(screen, wide, high.min(screen.height.saturating_sub(4).max(16)));
    c.clear(area);
    let inside = c.frame(area, Border::Focus);
    c.title(area, &show(&chooser.title), true, Border::Focus);
    if inside.height < 2 + talk {
        return;
    }
    let (x, room) = (inside.x + 1, inside.width.saturating_sub(2));
    let (filter, sentence) = (inside.y, inside.y + 1);
    c.say(x, filter, 1, c.theme.mark(Mark::Then), Ink::Key);
    composer::line(c, x + 2, filter, room.saturating_sub(2), &chooser.field, true);
    for (n, line) in said.iter().enumerate() {
        c.say(x, sentence + n as u16, room, line, Ink::Dim);
    }
    let list = Rect { y: sentence + talk + 1, height: inside.height.saturating_sub(2 + talk), ..inside };
    c.rule(inside, sentence + talk, "", "");
    if actions {
        // What an action does is often longer than its line: below it stands in full.
        let below = if list.height > KEPT + SENTENCE { SENTENCE } else { 0 };
        let above = Rect { height: list.height - below - u16::from(below > 0), ..list };
        rows(c, above, chooser);
        if below > 0 {
            c.rule(inside, above.bottom(), "", "");
            let line = chooser.selected().map(|item| (Weight::Dim, beside(item)));
            face(c, Rect { x: list.x + 2, y: above.bottom() + 1, width: room, height: below }, line.as_slice());
        }
    } else if !previews || list.height < KEPT + 3 && inside.width < BESIDE {
        rows(c, list, chooser);
    } else if inside.width >= BESIDE {
        let left = inside.width * 3 / 5;
        rows(c, Rect { width: left, ..list }, chooser);
        let right = Rect { x: list.x + left + 2, width: list.width - left - 3, ..list };
        c.upright(list, right.x - 2);
        face(c, right, behind);
    } else {
        let below = BELOW.min(list.height - KEPT - 1);
        let above = Rect { height: list.height - below - 1, ..list };
        rows(c, above, chooser);
        c.rule(inside, above.bottom(), "", "");
        face(
            c,
            Rect { x: list.x + 2, y: above.bottom() + 1, width: list.width.saturating_sub(4), height: below },
            behind,
        );
    }
}

/// What stands behind a line, wrapped.
fn face(c: &mut Canvas<'_>, area: Rect, behind: &[Line]) {
    let mut y = area.y;
    for (weight, text) in behind {
        let ink = match weight {
            Weight::Head => Ink::Strong,
            Weight::Text => Ink::Text,
            Weight::Dim => Ink::Dim,
        };
        for line in wrap_safe(text, usize::from(area.width), usize::from(area.bottom().saturating_sub(y))) {
            c.say(area.x, y, area.width, &line, ink);
            y += 1;
        }
        if y >= area.bottom() {
            break;
        }
    }
}

fn rows(c: &mut Canvas<'_>, area: Rect, chooser: &Chooser) {
    c.measured.overlay = usize::from(area.height);
    if chooser.shown.is_empty() && !area.is_empty() {
        // Where nothing is typed yet, nothing was looked for; what is searched for elsewhere says so above.
        let said = chooser.field.is_blank() || chooser.is_remote();
        let words = if said { "" } else { t!("Nothing like it.") };
        c.say(area.x + 1, area.y, area.width.saturating_sub(2), words, Ink::Dim);
        return;
    }
    let list = &chooser.list;
    let shown = || chooser.shown.iter().enumerate().skip(list.top).take(usize::from(area.height));
    let item = |s: &Shown| chooser.items.get(s.item);
    // Details begin in one column, after the longest label in sight.
    let label = shown().filter_map(|(_, s)| item(s)).filter(|i| i.pick != Pick::Nothing).map(|i| width(&i.label));
    let column = (label.max().unwrap_or(0) as u16).min(area.width / 2) + 2;
    for (i, s) in shown() {
        let Some(item) = item(s) else { continue };
        let row = Rect { y: area.y + (i - list.top) as u16, height: 1, ..area };
        c.spot(row, Spot::Overlay(i));
        draw_row(c, row, item, &s.matched, i == list.selected, column, chooser.marks());
    }
    c.more(area, list.top > 0, list.top + usize::from(area.height) < chooser.shown.len());
}

fn draw_row(c: &mut Canvas<'_>, row: Rect, item: &Item, matched: &[usize], selected: bool, column: u16, marks: bool) {
    if item.pick == Pick::Nothing && item.right.is_empty() && item.detail.is_empty() {
        c.rule(row, row.y, &show(&item.label), "");
        return;
    }
    if selected {
        c.say(row.x, row.y, 1, c.theme.mark(Mark::Selected), Ink::Focus);
    }
    let mut x = row.x + 2;
    if marks {
        let mark = if item.marked { Mark::Checked } else { Mark::Unchecked };
        c.say(x, row.y, 1, c.theme.mark(mark), if item.marked { Ink::Good } else { Ink::Dim });
        x += 2;
    }
    let style = c.ink(Ink::Dim);
    let key = c.ink(Ink::Key);
    let right_style = if matches!(item.pick, Pick::Act(_) | Pick::Nothing) { key } else { style };
    let right = row.right().saturating_sub(1);
    // What stands at the right leaves the label half of the line.
    let kept = (width(&item.label) as u16 + 1).min(right.saturating_sub(x) / 2);
    let words = show(&item.right);
    let words = fitting(&words, usize::from(right.saturating_sub(x + kept)));
    let end = c.right(x + kept, right, row.y, words, right_style);
    let room = end.saturating_sub(x + 1);
    let ink = match (&item.disabled, selected) {
        (Some(_), _) => Ink::Dim,
        (None, true) => Ink::Selected,
        (None, false) => Ink::Text,
    };
    let style = c.ink(ink);
    // With nothing beside it the label may take the whole line.
    let alone = item.detail.is_empty() && item.disabled.is_none();
    let wide = if alone { room } else { room.min(column - 1) };
    super::matched(c, x, row.y, wide, &item.label, matched, style);
    // A letter or two of it would say nothing.
    let (said, left) = (beside(item), room.saturating_sub(column));
    if left >= SAYING || width(&said) <= usize::from(left) {
        c.say(x + column, row.y, left, &said, Ink::Dim);
    }
}

/// What is said of an item: its sentence, or why it cannot be had now.
fn beside(item: &Item) -> String {
    item.disabled.as_deref().map_or_else(|| show(&item.detail), |why| t!("not now: {why}", why = show(why)))
}

/// As many of the facts or keys at the right as fit whole, or all of them to be cut; two blanks part them, and what is
/// in brackets at the end may be left off too.
fn fitting(words: &str, room: usize) -> &str {
    let ends = words.match_indices("  ").chain(words.match_indices(" (")).map(|(at, _)| at).chain([words.len()]);
    ends.filter(|at| width(&words[..*at]) <= room).max().map_or(words, |at| &words[..at])
}
