//! The conversation pane: the thread of the open case, newest at the bottom.
//!
//! Who speaks is told by words, by the mark in front and by the bar along the text: the customer's is whole, a
//! note's is broken, ours has none. Wrapping is remembered from frame to frame; a thread is wrapped once.

use std::collections::HashMap;
use std::rc::Rc;

use ratatui::layout::Rect;

use super::explain::standing_mark;
use crate::app::model::Model;
use crate::app::panes::conversation::{Entry, Head, Standing, Voice, empty, entries, file_words, head};
use crate::app::panes::who::{Backing, Grade};
use crate::app::words::moment;
use crate::tui::canvas::Canvas;
use crate::tui::text::{show, width, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// A message is shown up to so many rows; nobody reads more in a pane.
const LONGEST: usize = 2_000;
/// … and no more than so many bytes of it are looked at.
const MOST_BYTES: usize = 256 * 1024;
/// Cells of the bar and the blank after it.
const BAR: u16 = 2;

/// From this height on the facts may take two lines.
const ROOMY: u16 = 24;

/// Wrapped messages by id, length and width. A message never changes, but a predicted one gives way to its own.
pub type Wrapped = HashMap<(u64, usize, u16), Rc<Vec<String>>>;

/// Draws the facts and the thread inside the frame.
pub fn draw(c: &mut Canvas<'_>, area: Rect, model: &Model, focus: bool, memory: &mut Wrapped) {
    if focus {
        c.park(area.x, area.bottom().saturating_sub(1));
    }
    let area = match head(model, c.now) {
        Some(head) => facts(c, area, &head),
        None => area,
    };
    let (entries, scroll) = (entries(model), &model.conversation.scroll);
    if entries.is_empty() {
        super::empty(c, area, model, empty(model));
        return;
    }
    let server = model.server(c.now);
    let text_width = area.width.saturating_sub(BAR + 1).max(1);
    let gap = usize::from(area.height >= 14);
    let mut kept = Wrapped::with_capacity(entries.len());
    let blocks: Vec<Rc<Vec<String>>> = entries
        .iter()
        .map(|e| {
            let key = (e.id.0, e.body.len(), text_width);
            let block = memory.remove(&key).unwrap_or_else(|| Rc::new(wrap(&e.body, usize::from(text_width))));
            kept.insert(key, block.clone());
            block
        })
        .collect();
    *memory = kept;

    let rows = |i: usize| rows_of(&entries[i], &blocks[i]);
    let gaps = gap * entries.len().saturating_sub(1);
    let total: usize = (0..entries.len()).map(rows).sum::<usize>() + gaps;
    let page = usize::from(area.height);
    c.measured.thread = (total, page);
    let up = scroll.up.min(total.saturating_sub(page));
    // Row numbers of the thread that stand at the top and below the bottom of the pane.
    let bottom = total - up;
    let top = bottom.saturating_sub(page);
    // A short thread begins at the top.
    let mut row = 0;
    for (i, entry) in entries.iter().enumerate() {
        let height = rows(i);
        if row + height > top && row < bottom {
            for line in 0..height {
                let at = row + line;
                if at >= top && at < bottom {
                    let y = area.y + (at - top) as u16;
                    let when = moment(entry.at, server, model.zone());
                    draw_row(c, Rect { y, height: 1, ..area }, entry, &blocks[i], line, &when);
                }
            }
        }
        row += height + gap;
    }
    if scroll.unread && up > 0 {
        let words = t!(" {mark} new below ", mark = c.theme.mark(Mark::Below));
        let style = c.ink(Ink::Offer);
        c.right(area.x, area.right(), area.bottom() - 1, &words, style);
    }
    c.more(area, top > 0, up > 0);
}

/// The lines about the case under the title; gives what is left for the thread.
fn facts(c: &mut Canvas<'_>, area: Rect, head: &Head) -> Rect {
    let mut lines: Vec<Vec<(String, Ink)>> = Vec::new();
    let mut first: Vec<(String, Ink)> = head.facts.iter().map(|f| (show(f), Ink::Dim)).collect();
    // How it came and how it stands; the rest is there when looked for.
    for (_, ink) in first.iter_mut().take(2) {
        *ink = Ink::Text;
    }
    if let Some(clock) = &head.clock {
        let (mark, ink) = standing_mark(c, clock.standing);
        let place = first.len().min(2);
        first.insert(place, (format!("{mark}{}", clock.words()), ink));
    }
    if let Some(backing) = &head.backing {
        let place = if backing.grade == Grade::Weak { first.len().min(2) } else { first.len() };
        first.insert(place, backed(c, backing));
    }
    first.extend(head.tags.iter().map(|t| (format!("#{}", show(t)), Ink::Dim)));
    first.extend(head.side.iter().map(|s| (show(s), Ink::Dim)));
    // Where there is room for it, what the first line cannot hold is on a second.
    let rest = first.split_off(fitting(&first, area.width.saturating_sub(2)));
    lines.extend([first, rest].into_iter().filter(|line| !line.is_empty()).take(if area.height < ROOMY {
        1
    } else {
        2
    }));
    if let Some(maybe) = &head.maybe {
        let who = (format!("{} {}", c.theme.mark(Mark::Risk), show(&maybe.who)), Ink::Warn);
        let mut line = vec![who, (maybe.why.to_owned(), Ink::Warn), (maybe.key.clone(), Ink::Key)];
        // The names may fill a line; why and the key stand there all the same.
        let rest =
            if fitting(&line, area.width.saturating_sub(2)) < line.len() { line.split_off(1) } else { Vec::new() };
        lines.extend([line, rest].into_iter().filter(|line| !line.is_empty()));
    }
    if let Some(why) = &head.escalated {
        lines.push(vec![(t!("{mark} escalated: {why}", mark = c.theme.mark(Mark::Late), why = show(why)), Ink::Warn)]);
    }
    if let Some(card) = &head.card {
        lines.push(vec![(format!("{} {}", c.theme.mark(Mark::Note), show(card)), Ink::Note)]);
    }
    if !head.others.is_empty() {
        let mark = c.theme.mark(Mark::Note);
        lines.push(head.others.iter().map(|o| (format!("{mark} {}", show(o)), Ink::Warn)).collect());
    }
    let used = (lines.len() as u16).min(area.height.saturating_sub(3));
    for (i, line) in lines.iter().take(usize::from(used)).enumerate() {
        c.facts(area.x + 1, area.y + i as u16, area.width.saturating_sub(2), line);
    }
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// What stands behind who the customer is: a mark, words, and how they look.
pub(super) fn backed(c: &Canvas<'_>, backing: &Backing) -> (String, Ink) {
    let (mark, ink) = match backing.grade {
        Grade::Sure => (Mark::Done, Ink::Good),
        Grade::Likely => (Mark::Unchecked, Ink::Dim),
        Grade::Weak => (Mark::Risk, Ink::Warn),
    };
    (format!("{} {}", c.theme.mark(mark), show(&backing.words)), ink)
}

/// How many facts fit on a line; the first always does.
pub(super) fn fitting(facts: &[(String, Ink)], cells: u16) -> usize {
    let mut used = 0;
    let fits = |(i, (fact, _)): &(usize, &(String, Ink))| {
        used += width(fact) + if *i == 0 { 0 } else { 3 };
        *i == 0 || used <= usize::from(cells)
    };
    facts.iter().enumerate().take_while(fits).count()
}

fn wrap(body: &str, cells: usize) -> Vec<String> {
    let mut end = body.len().min(MOST_BYTES);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    let mut lines = wrap_safe(body[..end].trim_end(), cells, LONGEST);
    if end < body.len() {
        lines.push(t!("… {n} kB more, not shown", n = (body.len() - end).div_ceil(1000)));
    }
    lines
}

/// Rows an entry takes: its head, its words, and what is doubtful about it. The desk's own words need no head.
fn rows_of(entry: &Entry<'_>, block: &[String]) -> usize {
    if entry.voice == Voice::System {
        return block.len().max(1);
    }
    let doubt = usize::from(matches!(entry.standing, Standing::Doubtful(_)));
    1 + block.len() + entry.files.len() + usize::from(!entry.went.is_empty()) + doubt
}

fn draw_row(c: &mut Canvas<'_>, row: Rect, entry: &Entry<'_>, block: &[String], line: usize, hour: &str) {
    let right = row.right().saturating_sub(1);
    let dim = c.ink(Ink::Dim);
    if entry.voice == Voice::System {
        if line == 0 {
            c.say(row.x + 1, row.y, 1, c.theme.mark(Mark::System), Ink::Dim);
            c.right(row.x, right, row.y, hour, dim);
        }
        let room = row.width.saturating_sub(5 + width(hour) as u16);
        let words = block.get(line).map_or("", String::as_str);
        c.say(row.x + 3, row.y, room, words, Ink::Dim);
        return;
    }
    let (who, ink) = match entry.voice {
        Voice::Customer => (show(&entry.who), Ink::Customer),
        Voice::Agent if entry.mine => (t!("You").to_owned(), Ink::Ours),
        Voice::Note if entry.mine => (t!("{mark} your note", mark = c.theme.mark(Mark::Note)), Ink::Note),
        Voice::Note => (t!("{mark} note by {who}", mark = c.theme.mark(Mark::Note), who = show(&entry.who)), Ink::Note),
        Voice::Agent | Voice::System => (show(&entry.who), Ink::Ours),
    };
    if line == 0 {
        let when = match &entry.standing {
            Standing::Confirmed => hour.to_owned(),
            Standing::There { seen: true } => t!("seen  {hour}", hour),
            Standing::There { seen: false } => t!("delivered  {hour}", hour),
            Standing::Held(left, key) => {
                let back = if key.is_empty() { String::new() } else { t!(" · {key} takes it back", key) };
                t!("{mark} leaves in {left} s{back}  {hour}", mark = c.theme.mark(Mark::Unconfirmed), left, back, hour)
            }
            Standing::Later(words) => format!("{} {}", c.theme.mark(Mark::Unconfirmed), show(words)),
            _ => t!("{mark} not confirmed yet  {hour}", mark = c.theme.mark(Mark::Unconfirmed), hour),
        };
        let x = c.right(row.x, right, row.y, &when, dim);
        c.say(row.x + 1, row.y, x.saturating_sub(row.x + 2), &who, ink);
        return;
    }
    let bar = match (entry.voice, c.theme.ascii()) {
        (Voice::Customer, false) => "▏",
        (Voice::Customer, true) => "|",
        (Voice::Note, false) => "┊",
        (Voice::Note, true) => ":",
        _ => " ",
    };
    c.say(row.x + 1, row.y, 1, bar, ink);
    let file = (line - 1).checked_sub(block.len()).and_then(|n| entry.files.get(n));
    if !entry.went.is_empty() && line - 1 == block.len() + entry.files.len() {
        c.say(row.x + 1 + BAR, row.y, row.width.saturating_sub(BAR + 1), &show(&entry.went), Ink::Dim);
        return;
    }
    match (block.get(line - 1), file) {
        (Some(words), _) => {
            c.say(row.x + 1 + BAR, row.y, row.width.saturating_sub(BAR + 1), words, Ink::Text);
        }
        (None, Some(file)) => {
            c.say(row.x + 1 + BAR, row.y, row.width.saturating_sub(BAR + 1), &show(&file_words(file)), Ink::Key);
        }
        (None, None) => {
            if let Standing::Doubtful(why) = &entry.standing {
                let words = format!("{} {}", c.theme.mark(Mark::Late), show(why));
                c.say(row.x + 1 + BAR, row.y, row.width.saturating_sub(BAR + 1), &words, Ink::Warn);
            }
        }
    }
}
