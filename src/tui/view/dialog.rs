//! Questions over the panes: a yes or no, the stale-reply guard, a few words an action needs.

use ratatui::layout::Rect;

use super::composer;
use crate::app::overlays::confirm::Confirm;
use crate::app::overlays::prompt::Prompt;
use crate::app::text::Field;
use crate::tui::canvas::{Border, Canvas};
use crate::tui::layout::{over, over_width};
use crate::tui::text::{show, width, wrap_safe};
use crate::tui::theme::{Ink, Mark};

/// A pair of key and words.
type Answer = (String, String);

/// A frame in the middle of the screen, with a title; gives what is inside, a margin left off.
pub(super) fn sheet(c: &mut Canvas<'_>, screen: Rect, wide: u16, rows: u16, title: &str) -> Rect {
    let area = over(screen, wide, rows + 2);
    c.clear(area);
    let inside = c.frame(area, Border::Focus);
    c.title(area, &show(title), true, Border::Focus);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// Draws the answers at the bottom of a sheet: on one line, or each on its own where that is too narrow.
pub(super) fn answers(c: &mut Canvas<'_>, area: Rect, answers: &[Answer]) {
    if area.is_empty() {
        return;
    }
    let together: usize = answers.iter().map(|(key, words)| width(key) + width(words) + 4).sum();
    let stacked = together > usize::from(area.width) + 3 && usize::from(area.height) > answers.len();
    let (mut x, mut y) = (area.x, area.bottom() - 1);
    if stacked {
        y -= answers.len() as u16 - 1;
    }
    for (n, (key, words)) in answers.iter().enumerate() {
        if stacked && n > 0 {
            (x, y) = (area.x, y + 1);
        }
        x = c.say(x, y, area.right().saturating_sub(x), key, Ink::Key);
        x = c.say(x + 1, y, area.right().saturating_sub(x + 1), words, Ink::Text) + 3;
    }
}

/// A yes or no. `yes` and `no` are the labels of their keys.
pub fn confirm(c: &mut Canvas<'_>, screen: Rect, question: &Confirm, yes: String, no: String) {
    let wide = 62;
    let cells = usize::from(over_width(screen, wide).saturating_sub(4)).max(1);
    let lines: Vec<String> = question.lines.iter().flat_map(|l| wrap_safe(l, cells, 6)).collect();
    let area = sheet(c, screen, wide, lines.len() as u16 + 2, &question.title);
    for (i, line) in lines.iter().take(usize::from(area.height.saturating_sub(2))).enumerate() {
        c.say(area.x, area.y + i as u16, area.width, line, Ink::Text);
    }
    answers(c, area, &[(yes, question.yes.clone()), (no, t!("go back").to_owned())]);
    c.park(area.x, area.bottom().saturating_sub(1));
}

/// What came in while a reply was being written.
#[derive(Debug, Clone)]
pub struct StaleFace {
    /// When and what, oldest first; empty while it is being fetched.
    pub newer: Vec<(String, String)>,
    /// The reply that was held back.
    pub body: String,
    /// To whom it goes by e-mail.
    pub to: Option<String>,
    /// Label of the key that sends anyway.
    pub send: String,
    /// Label of the key that goes back to writing.
    pub back: String,
}

/// The stale-reply guard.
pub fn stale(c: &mut Canvas<'_>, screen: Rect, face: &StaleFace) {
    let wide = 76;
    let cells = usize::from(over_width(screen, wide).saturating_sub(6)).max(1);
    let said = wrap_safe(t!("Your reply was not sent. This came in meanwhile:"), cells + 2, 2);
    let mut lines: Vec<(String, Ink)> = said.into_iter().map(|l| (l, Ink::Text)).collect();
    if face.newer.is_empty() {
        lines.push((t!("One moment …").to_owned(), Ink::Dim));
    }
    let bar = if c.theme.ascii() { "|" } else { "▏" };
    for (when, body) in &face.newer {
        lines.push((when.clone(), Ink::Dim));
        lines.extend(wrap_safe(body, cells, 5).into_iter().map(|l| (format!("{bar} {l}"), Ink::Customer)));
    }
    lines.push((String::new(), Ink::Text));
    match &face.to {
        Some(to) => lines.extend(wrap_safe(&t!("Your reply {to}:", to), cells, 3).into_iter().map(|l| (l, Ink::Dim))),
        None => lines.push((t!("Your reply:").to_owned(), Ink::Dim)),
    }
    lines.extend(wrap_safe(&face.body, cells, 3).into_iter().map(|l| (format!("  {l}"), Ink::Text)));
    let area = sheet(c, screen, wide, lines.len() as u16 + 2, t!("The customer wrote again"));
    for (i, (line, ink)) in lines.iter().take(usize::from(area.height.saturating_sub(2))).enumerate() {
        c.say(area.x, area.y + i as u16, area.width, line, *ink);
    }
    answers(
        c,
        area,
        &[(face.back.clone(), t!("back to writing").to_owned()), (face.send.clone(), t!("send it anyway").to_owned())],
    );
    c.park(area.x, area.bottom().saturating_sub(1));
}

/// A few words that an action needs.
pub fn prompt(c: &mut Canvas<'_>, screen: Rect, prompt: &Prompt, field: Option<&Field>) {
    let facts = prompt.facts.len() as u16;
    let area = sheet(c, screen, 70, 10 + facts, &prompt.title);
    if area.height < 4 {
        return;
    }
    let sentence = wrap_safe(&prompt.sentence, usize::from(area.width).max(1), 2);
    for (i, line) in sentence.iter().enumerate() {
        c.say(area.x, area.y + i as u16, area.width, line, Ink::Dim);
    }
    let above = (sentence.len() as u16 + 1).min(area.height - 2);
    let facts = facts.min(area.height.saturating_sub(above + 3));
    for (i, fact) in prompt.facts.iter().take(usize::from(facts)).enumerate() {
        let y = area.bottom() - 1 - facts + i as u16;
        c.say(area.x, y, area.width, &show(fact), Ink::Note);
    }
    let below = above + 1 + facts;
    let text = Rect { y: area.y + above, height: area.height - below, width: area.width.saturating_sub(1), ..area };
    c.measured.prompt = usize::from(text.width).max(1);
    match field {
        Some(field) => composer::words(c, text, field, true),
        None => c.caret(text.x, text.y),
    }
    if !prompt.problem.is_empty() {
        let words = format!("{} {}", c.theme.mark(Mark::Late), show(&prompt.problem));
        c.say(area.x, area.bottom() - 1, area.width, &words, Ink::Bad);
    }
}
