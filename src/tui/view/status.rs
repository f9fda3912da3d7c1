//! The line at the top: who I am here, what waits, how the link does.

use ratatui::layout::Rect;

use crate::app::status::{LinkMark, Status};
use crate::tui::canvas::Canvas;
use crate::tui::text::{show, width};
use crate::tui::theme::{Ink, Mark};

/// A piece of the line. Those of a higher number go first when it is too narrow.
struct Piece {
    text: String,
    ink: Ink,
    spare: u8,
}

fn piece(text: impl Into<String>, ink: Ink, spare: u8) -> Piece {
    Piece { text: text.into(), ink, spare }
}

/// Draws the line.
pub fn draw(c: &mut Canvas<'_>, area: Rect, status: &Status) {
    let mut groups = [me(c, status), work(c, status), link(c, status), vec![piece(status.time.clone(), Ink::Dim, 0)]];
    while total(&groups) > usize::from(area.width.saturating_sub(2)) {
        let worst = groups.iter().flatten().map(|p| p.spare).max().unwrap_or(0);
        if worst == 0 {
            break;
        }
        for group in &mut groups {
            group.retain(|p| p.spare != worst);
        }
    }
    let widths = groups.iter().map(|g| group_width(g) as u16).collect::<Vec<_>>();
    let (left, right) = (area.x + 1, area.right().saturating_sub(1));
    let end = put(c, left, area.y, right, &groups[0]);
    let clock = right.saturating_sub(widths[3]);
    put(c, clock, area.y, right, &groups[3]);
    let link = clock.saturating_sub(widths[2] + 3).max(end + 2);
    put(c, link, area.y, clock.saturating_sub(1), &groups[2]);
    // What waits stands in the middle of what is left between.
    let free = link.saturating_sub(end);
    let middle = end + free.saturating_sub(widths[1]) / 2;
    put(c, middle.max(end + 2), area.y, link.saturating_sub(1), &groups[1]);
}

fn me(c: &Canvas<'_>, s: &Status) -> Vec<Piece> {
    let ink = if s.warn { Ink::Warn } else { Ink::Strong };
    let mark = if s.warn { c.theme.mark(Mark::Late) } else { "" };
    let mut pieces: Vec<Piece> = s.training.iter().map(|words| piece(*words, Ink::Warn, 0)).collect();
    let since = if s.since.is_empty() { String::new() } else { format!(" {}", s.since) };
    pieces.push(piece(format!("{mark}{}{since}", show(&s.presence)), ink, 0));
    if let Some(armed) = &s.armed {
        pieces.push(piece(show(armed), Ink::Text, 3));
    }
    if let Some(recording) = &s.recording {
        pieces.push(piece(show(recording), Ink::Warn, 1));
    }
    if !s.name.is_empty() {
        pieces.push(piece(show(&s.name), Ink::Dim, 8));
    }
    pieces
}

fn work(c: &Canvas<'_>, s: &Status) -> Vec<Piece> {
    let mut pieces = vec![piece(t!("waiting {waiting}", waiting = s.waiting), Ink::Text, 1)];
    if let Some(oldest) = &s.oldest {
        let late = if s.oldest_late { c.theme.mark(Mark::Late) } else { "" };
        pieces.push(piece(
            t!("oldest {late}{oldest}", late, oldest),
            if s.oldest_late { Ink::Warn } else { Ink::Text },
            5,
        ));
    }
    let (risk, late) = s.clocks;
    if late > 0 {
        pieces.push(piece(t!("{mark}{late} late", mark = c.theme.mark(Mark::Late), late), Ink::Bad, 3));
    }
    if risk > 0 {
        pieces.push(piece(t!("{mark}{risk} at risk", mark = c.theme.mark(Mark::Risk), risk), Ink::Warn, 4));
    }
    if !s.service_level.is_empty() {
        pieces.push(piece(t!("SL {share}", share = s.service_level), Ink::Dim, 7));
    }
    pieces
}

fn link(c: &Canvas<'_>, s: &Status) -> Vec<Piece> {
    let (mark, ink) = match s.link_mark {
        LinkMark::Good => (Mark::Live, Ink::Good),
        LinkMark::Unsure => (Mark::Down, Ink::Warn),
        LinkMark::Bad => (Mark::Late, Ink::Bad),
    };
    let words = show(&s.link);
    let (first, rest) = match words.split_once(" · ") {
        Some((first, rest)) => (first.to_owned(), rest.to_owned()),
        None => (words, String::new()),
    };
    let mut pieces = vec![piece(format!("{} {first}", c.theme.mark(mark)), ink, 0)];
    for (i, fact) in rest.split(" · ").filter(|f| !f.is_empty()).enumerate() {
        // How much is unsent is worth more than how fast the link is.
        let grave = i == 0 && (s.unsent > 0 || s.refused > 0);
        pieces.push(piece(fact, if grave { Ink::Warn } else { Ink::Dim }, if grave { 2 } else { 6 }));
    }
    if s.refused > 0 {
        pieces.push(piece(
            t!("{mark}{refused} refused", mark = c.theme.mark(Mark::Refused), refused = s.refused),
            Ink::Bad,
            2,
        ));
    }
    pieces
}

fn group_width(group: &[Piece]) -> usize {
    group.iter().map(|p| width(&p.text)).sum::<usize>() + 3 * group.len().saturating_sub(1)
}

/// What the line needs: every group, and three cells between them.
fn total(groups: &[Vec<Piece>]) -> usize {
    groups.iter().map(|g| group_width(g) + 3).sum::<usize>() - 3
}

fn put(c: &mut Canvas<'_>, x: u16, y: u16, end: u16, group: &[Piece]) -> u16 {
    let mut at = x;
    for (i, p) in group.iter().enumerate() {
        if i > 0 {
            let dot = format!(" {} ", c.theme.mark(Mark::Between));
            at = c.say(at, y, end.saturating_sub(at), &dot, Ink::Dim);
        }
        at = c.say(at, y, end.saturating_sub(at), &p.text, p.ink);
    }
    at
}
