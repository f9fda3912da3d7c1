//! The offer band: across the whole screen, framed heavily, with the seconds left and who it is.

use ratatui::layout::Rect;

use super::conversation::backed;
use crate::app::msg::Spot;
use crate::app::panes::offer::Band;
use crate::tui::canvas::{Border, Canvas};
use crate::tui::chart::bar;
use crate::tui::text::{show, width};
use crate::tui::theme::{Ink, Mark};

/// Rows the band wants on a screen of this height, borders included.
pub fn rows(band: &Band, height: u16) -> u16 {
    let cases = u16::from(!band.cases.is_empty());
    let note = u16::from(!band.note.is_empty());
    // What whoever handed it on wants read is there on the smallest screen too.
    let card = card_lines(band).len() as u16;
    if height < 16 { 4 + card.min(2) } else { 4 + cases + note + card }
}

/// Cells of the bar of the seconds left.
const BAR: u16 = 12;
/// Lines of a card that are shown.
const CARD: usize = 8;

/// The hand-off card: who left it, and its words.
fn card_lines(band: &Band) -> Vec<String> {
    let Some((by, words, unread)) = &band.card else { return Vec::new() };
    let mut head = t!("Card from {by}", by);
    if let Some(key) = unread {
        head.push_str(&t!(" · {key} I have read it", key));
    }
    let lines = words.lines().filter(|l| !l.trim().is_empty()).take(CARD).map(str::to_owned);
    std::iter::once(head).chain(lines).collect()
}

/// Draws the band. `keys` are the labels of accept and decline.
pub fn draw(c: &mut Canvas<'_>, area: Rect, band: &Band, keys: (&str, &str)) {
    let inside = c.frame(area, Border::Offer);
    if inside.is_empty() {
        return;
    }
    c.spot(area, Spot::Offer);
    let left = if band.by.is_empty() { t!("{n} s", n = band.left_s) } else { t!("until {by}", by = band.by) };
    let word = if band.more > 0 {
        t!(" Offer · {left} · {more} more ", left, more = band.more)
    } else {
        t!(" Offer · {left} ", left)
    };
    let end = c.say(area.x + 2, area.y, area.width.saturating_sub(4), &word, Ink::Offer);
    // The keys stand where the eye is, not only in the hint line.
    let (accept, decline) = keys;
    let answers = [(accept, " accept  "), (decline, " decline ")];
    let need = answers.iter().map(|(k, w)| width(k) + width(w)).sum::<usize>() as u16 + 1;
    let mut x = area.right().saturating_sub(need + 2);
    if band.by.is_empty() && x > end + BAR + 2 {
        // The seconds once more, for the corner of the eye.
        c.say(end, area.y, BAR, &bar(band.left_s, band.of_s, usize::from(BAR), c.theme.ascii()), Ink::Warn);
    }
    if x > end {
        x = c.say(x, area.y, 1, " ", Ink::Text);
        for (key, words) in answers {
            x = c.say(x, area.y, need, key, Ink::Key);
            x = c.say(x, area.y, need, words, Ink::Text);
        }
    }

    let (x, room) = (inside.x + 1, inside.width.saturating_sub(2));
    let mut y = inside.y;
    let flag = c.theme.mark(Mark::Flag);
    let mut who = vec![(format!("{} {}", c.theme.channel(band.channel), show(&band.name)), Ink::Strong)];
    who.extend(band.flags.iter().map(|f| (format!("{flag} {}", show(f)), Ink::Bad)));
    who.push((show(&band.language), Ink::Text));
    who.push((t!("{queue}, waited {wait}", queue = show(&band.queue), wait = band.wait), Ink::Text));
    who.extend(band.backing.as_ref().map(|b| backed(c, b)));
    who.push((show(&band.plan), Ink::Dim));
    c.facts(x, y, room, &who);
    y += 1;

    let mut about = vec![(show(&band.subject), Ink::Text)];
    let menu: Vec<String> = band.menu.iter().map(|m| show(m)).collect();
    about.push((menu.join(&format!(" {} ", c.theme.mark(Mark::Then))), Ink::Dim));
    if y < inside.bottom() {
        c.facts(x, y, room, &about);
    }
    y += 1;

    for (n, line) in card_lines(band).iter().enumerate() {
        if y < inside.bottom() {
            c.say(x, y, room, &show(line), if n == 0 { Ink::Note } else { Ink::Text });
            y += 1;
        }
    }
    if !band.cases.is_empty() && y < inside.bottom() {
        let mut before = vec![(t!("before").to_owned(), Ink::Dim)];
        before.extend(
            band.cases.iter().map(|(when, subject, status)| (format!("{when} {}, {status}", show(subject)), Ink::Dim)),
        );
        c.facts(x, y, room, &before);
        y += 1;
    }
    if !band.note.is_empty() && y < inside.bottom() {
        c.say(x, y, room, &format!("{} {}", c.theme.mark(Mark::Note), show(&band.note)), Ink::Note);
    }
}
