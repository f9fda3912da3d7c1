//! One picture of the model. Each pane and each thing over the panes has its own file; here is who stands where.
//!
//! Views read the model and draw; they change nothing but the canvas and the memory of wrapped text. Invariant: the
//! same model, time, size and theme give the same picture.

mod chooser;
mod composer;
mod conversation;
mod customer;
mod day;
mod dialog;
mod explain;
mod hints;
mod knowledge;
mod notice;
mod offer;
mod outbox;
mod queue;
mod stage;
mod status;
#[cfg(test)]
mod tests;
mod tour;
mod welcome;
mod wrapup;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::app::action::{Action, Context};
use crate::app::key;
use crate::app::model::{Measured, Model};
use crate::app::msg::Spot;
use crate::app::overlays::{Overlay, preview};
use crate::app::panes;
use crate::app::screen::{Column, Pane, Shape, Visible};
use crate::app::status as facts;
use crate::domain::time::At;

use super::bidi;
use super::canvas::{Border, Canvas};
use super::input::Places;
use super::layout::{self, Layout};
use super::paint::Cursor;
use super::text::{show, width, wrap};
use super::theme::{Ink, Mark, Theme};

/// What is kept from frame to frame because it is dear to make.
#[derive(Debug, Default)]
pub struct Memory {
    thread: conversation::Wrapped,
    article: knowledge::Page,
}

/// What a drawing leaves behind besides cells.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// How much fitted where.
    pub measured: Measured,
    /// Where the cursor belongs.
    pub cursor: Cursor,
    /// The window's title: never a word of a customer.
    pub title: String,
}

impl Default for Drawn {
    fn default() -> Drawn {
        Drawn { measured: Measured::default(), cursor: Cursor { at: (0, 0), shown: false }, title: String::new() }
    }
}

/// Draws the model.
pub fn draw(
    model: &Model,
    now: At,
    theme: Theme,
    buffer: &mut Buffer,
    places: &mut Places,
    memory: &mut Memory,
) -> Drawn {
    let screen = buffer.area;
    let status = facts::status(model, now);
    let title = if status.waiting > 0 {
        t!("Cordboard · {waiting} waiting", waiting = status.waiting)
    } else {
        "Cordboard".to_owned()
    };
    let cursor = Cursor { at: (0, screen.height.saturating_sub(1)), shown: false };
    let mut c = Canvas { buffer, theme, now, places, measured: Measured::default(), cursor };
    let visible = model.visible();
    if visible.shape == Shape::Sentence {
        sentence(&mut c, screen);
    } else if let Some(first) = &model.welcome {
        let keys = [Action::OverlayUp, Action::OverlayDown, Action::OverlayAccept, Action::Quit];
        welcome::draw(&mut c, screen, first, &keys.map(|a| (label(model, a), a.entry().spoken().to_owned())));
    } else {
        // The tour's panel stands below the desk, which gives it the room: nothing is hidden.
        let panel = crate::app::tour::panel(model);
        let rows = panel.as_ref().map_or(0, |p| tour::rows(p, screen.width, screen.height));
        let above = Rect { height: screen.height - rows, ..screen };
        desk(&mut c, above, model, &visible, &status, memory);
        if let Some(panel) = panel {
            tour::draw(&mut c, Rect { y: above.bottom(), height: rows, ..screen }, &panel);
        }
    }
    if let Some(words) = status.training {
        banner(&mut c, screen, words);
    }
    if model.settings.reader {
        c.cursor.shown = true;
        // A list under a filter: the cursor stays with the letters only while they are being typed.
        if let Some(Overlay::Chooser(list)) = model.top()
            && (list.field.is_blank() || list.list.selected > 0)
            && let Some(row) = c.places.area(Spot::Overlay(list.list.selected))
        {
            c.cursor.at = (row.x, row.y);
        }
    }
    Drawn { measured: c.measured, cursor: c.cursor, title }
}

fn desk(
    c: &mut Canvas<'_>,
    screen: Rect,
    model: &Model,
    visible: &Visible,
    status: &facts::Status,
    memory: &mut Memory,
) {
    let band = panes::offer::band(model, c.now);
    let rows = band.as_ref().map_or(0, |b| offer::rows(b, screen.height));
    let layout = Layout::new(screen.width, screen.height, visible, rows);
    // Every frame first, the one with the focus last, so that its line wins where frames meet.
    let focus = model.focus.column();
    for (column, area) in layout.columns.iter().filter(|(column, _)| *column != focus) {
        pane(c, *column, *area, model, visible, memory, false);
    }
    if let Some(area) = layout.column(focus) {
        pane(c, focus, area, model, visible, memory, true);
        // The customer's frame leaves the title below it standing.
        if let Some(below) = layout.column(Column::Knowledge).filter(|below| below.y + 1 == area.bottom()) {
            c.title(below, Column::Knowledge.title(), false, Border::Plain);
        }
    }
    status::draw(c, layout.status, status);
    if !layout.tabs.is_empty() {
        tabs(c, layout.tabs, model);
    }
    if let Some(band) = band.filter(|_| !layout.offer.is_empty()) {
        offer::draw(c, layout.offer, &band, (&label(model, Action::AcceptOffer), &label(model, Action::DeclineOffer)));
    }
    // The keys that work here: in a text field the letters type, and over the panes they mean nothing of the desk.
    let stack = crate::app::update::contexts(model);
    let typing = crate::app::update::typing(model) || !model.overlays.is_empty();
    let always = [Action::Palette, Action::Help];
    let always: Vec<(String, String)> = always[usize::from(!model.overlays.is_empty())..]
        .iter()
        .filter_map(|a| Some((model.keymap.shown(&stack, *a, typing)?, a.entry().spoken().to_owned())))
        .collect();
    let hints: Vec<(String, String)> = crate::app::hints(model)
        .into_iter()
        .filter(|h| h.action != Action::Palette && h.action != Action::Help)
        .map(|h| (h.key, h.title))
        .collect();
    hints::draw(c, layout.hints, &hints, &always);
    notice::toasts(c, layout.body(), &model.toasts);
    for overlay in &model.overlays {
        over(c, screen, model, overlay);
    }
    if let Some(typed) = &model.jump {
        for (area, _, label) in c.places.labels(!model.overlays.is_empty()) {
            if let Some(rest) = label.strip_prefix(typed.as_str()) {
                c.say(area.x + 1, area.y, area.width.saturating_sub(1), rest, Ink::Offer);
            }
        }
    }
    let follow = model.continuations();
    if !follow.is_empty() {
        let pressed = model.prefix.iter().map(|k| key::label(*k)).collect::<Vec<_>>().join(" ");
        let follow: Vec<(String, &str)> =
            follow.into_iter().map(|(k, a)| (key::label(k), a.entry().spoken())).collect();
        notice::which_key(c, layout.hints, &pressed, &follow);
    }
}

/// A column with its frame and what is in it.
fn pane(
    c: &mut Canvas<'_>,
    column: Column,
    area: Rect,
    model: &Model,
    visible: &Visible,
    memory: &mut Memory,
    focus: bool,
) {
    if column == Column::Work {
        return work(c, area, model, memory);
    }
    let pane = match column {
        Column::Queue => Pane::Queue,
        Column::Customer => Pane::Customer,
        Column::Knowledge | Column::Work => Pane::Knowledge,
    };
    let border = if focus { Border::Focus } else { Border::Plain };
    let inside = c.frame(area, border);
    c.spot(area, Spot::Pane(pane));
    let end = c.title(area, column.title(), focus, border);
    hidden_tabs(c, area, end, column, model, visible);
    if inside.is_empty() {
        return;
    }
    match column {
        Column::Queue => queue::draw(c, inside, model, focus),
        Column::Customer => customer::draw(c, inside, model, focus),
        Column::Knowledge | Column::Work => knowledge::draw(c, inside, model, focus, &mut memory.article),
    }
}

/// Conversation, and below it the wrap-up form or the composer.
fn work(c: &mut Canvas<'_>, area: Rect, model: &Model, memory: &mut Memory) {
    let form = panes::wrapup::form(model);
    let composing = model.focus == Pane::Composer;
    let wrapping = model.focus == Pane::WrapUp;
    let note = form.and_then(|f| panes::wrapup::note(model, f)).map(|w| &w.field);
    let below = match form {
        Some(form) if !composing => wrapup::rows(form, note, area.width, area.height, wrapping),
        _ if model.conversation.case.is_some() => composer::rows(model, area.width, area.height, composing),
        _ => 0,
    };
    let (upper, lower) = layout::work(area, below, composing || wrapping);
    let reading = model.focus == Pane::Conversation;
    // The focused frame is drawn last.
    let mut conversation = |c: &mut Canvas<'_>| {
        if upper.is_empty() {
            return;
        }
        let border = if reading { Border::Focus } else { Border::Plain };
        let inside = c.frame(upper, border);
        c.spot(upper, Spot::Pane(Pane::Conversation));
        let title = match panes::conversation::head(model, c.now) {
            Some(h) => {
                let between = c.theme.mark(Mark::Between);
                let subject = if h.subject.is_empty() { String::new() } else { format!(" {between} {}", h.subject) };
                show(&format!("{} {}{subject}", h.number, h.name))
            }
            None => Column::Work.title().to_owned(),
        };
        c.title(upper, &title, reading, border);
        if !inside.is_empty() {
            conversation::draw(c, inside, model, reading, &mut memory.thread);
        }
    };
    if reading {
        lower_part(c, lower, model, note);
        conversation(c);
        match form {
            _ if lower.is_empty() => {}
            Some(form) => wrapup::head(c, lower, &panes::wrapup::face(model, form, c.now), false),
            None => composer::head(c, lower, model, false),
        }
    } else {
        conversation(c);
        lower_part(c, lower, model, note);
    }
}

fn lower_part(c: &mut Canvas<'_>, area: Rect, model: &Model, note: Option<&crate::app::text::Field>) {
    if area.is_empty() {
        return;
    }
    let composing = model.focus == Pane::Composer;
    match panes::wrapup::form(model) {
        Some(form) if !composing => {
            let face = panes::wrapup::face(model, form, c.now);
            let finish = label(model, Action::FinishWrapUp);
            wrapup::draw(c, area, form, &face, note, model.focus == Pane::WrapUp, &finish);
        }
        _ => composer::draw(c, area, model, composing, &label(model, Action::Send)),
    }
}

/// Names the panes that could stand in this one's place, each with its key, in the frame's top line.
fn hidden_tabs(c: &mut Canvas<'_>, area: Rect, x: u16, column: Column, model: &Model, visible: &Visible) {
    if !visible.tabs || visible.shape == Shape::One {
        return;
    }
    let last = visible.columns.iter().rfind(|shown| **shown != Column::Work);
    if last != Some(&column) {
        return;
    }
    let mut x = x;
    let end = area.right().saturating_sub(2);
    for other in Column::ALL.into_iter().filter(|other| !visible.columns.contains(other)) {
        let key = label(model, go(other));
        let need = (width(&key) + width(other.title()) + 3) as u16;
        if x + need > end {
            break;
        }
        x = c.say(x, area.y, end - x, &format!(" {key} "), Ink::Key);
        x = c.say(x, area.y, end.saturating_sub(x), &format!("{} ", other.title()), Ink::Dim);
    }
}

/// The tab bar of small screens.
fn tabs(c: &mut Canvas<'_>, area: Rect, model: &Model) {
    let on = |column| column == model.focus.column();
    let keys = Column::ALL.map(|column| label(model, go(column)));
    let mut titles = Column::ALL.map(Column::title);
    let cost = |titles: &[&str], gap: usize| -> usize {
        titles.iter().zip(&keys).map(|(t, k)| width(k) + if t.is_empty() { 0 } else { width(t) + 1 } + gap).sum()
    };
    let room = usize::from(area.width.saturating_sub(1));
    let wide = cost(&titles, 3) <= room;
    let gap = if wide { 2 } else { 1 };
    if !wide {
        for (column, title) in Column::ALL.iter().zip(&mut titles) {
            if *column == Column::Work {
                *title = t!("Talk");
            }
        }
    }
    // The longest give way to their keys, the one that is shown last of all.
    while cost(&titles, gap) + 1 > room {
        let longest = Column::ALL.iter().zip(&mut titles).filter(|(c, t)| !on(**c) && !t.is_empty());
        let Some((_, title)) = longest.max_by_key(|(_, t)| width(t)) else { break };
        *title = "";
    }
    let mut x = area.x + u16::from(wide);
    for ((column, title), key) in Column::ALL.into_iter().zip(titles).zip(&keys) {
        let on = on(column);
        let mark = if on { c.theme.mark(Mark::Selected) } else { " " };
        let from = x;
        if wide || on || from == area.x {
            x = c.say(x, area.y, area.right().saturating_sub(x), mark, Ink::Focus);
        }
        x = c.say(x, area.y, area.right().saturating_sub(x), key, Ink::Key);
        if !title.is_empty() {
            x = c.say(x + 1, area.y, area.right().saturating_sub(x + 1), title, if on { Ink::Focus } else { Ink::Dim });
        }
        let pane = if on { model.focus } else { first_pane(column) };
        c.spot(Rect { x: from, width: x.saturating_sub(from), ..area }, Spot::Pane(pane));
        x += gap as u16;
    }
}

fn first_pane(column: Column) -> Pane {
    match column {
        Column::Queue => Pane::Queue,
        Column::Work => Pane::Conversation,
        Column::Customer => Pane::Customer,
        Column::Knowledge => Pane::Knowledge,
    }
}

fn go(column: Column) -> Action {
    match column {
        Column::Queue => Action::GoQueue,
        Column::Work => Action::GoConversation,
        Column::Customer => Action::GoCustomer,
        Column::Knowledge => Action::GoKnowledge,
    }
}

/// What the top line says of the training room, where something lies over it.
fn banner(c: &mut Canvas<'_>, screen: Rect, words: &str) {
    let top = screen.y;
    let shown: String = (screen.x..screen.right()).map(|x| c.buffer[(x, top)].symbol()).collect();
    if screen.height == 0 || shown.contains(words) {
        return;
    }
    let words = format!(" {words} ");
    let wide = (width(&words) as u16).min(screen.width);
    let x = screen.right() - wide.min(screen.width);
    c.say(x.saturating_sub(1).max(screen.x), top, wide, &words, Ink::Warn);
}

fn over(c: &mut Canvas<'_>, screen: Rect, model: &Model, overlay: &Overlay) {
    match overlay {
        Overlay::Chooser(chooser) => {
            let behind = if preview::has(chooser.purpose) { preview::lines(model, chooser, c.now) } else { Vec::new() };
            chooser::draw(c, screen, chooser, &behind);
        }
        Overlay::Confirm(question) => {
            let mut yes = label(model, Action::OverlayYes);
            if let Some(again) = question.again.map(key::label).filter(|again| *again != yes) {
                yes = t!("{yes} or {again}", yes, again);
            }
            dialog::confirm(c, screen, question, yes, label(model, Action::OverlayClose));
        }
        Overlay::Stale(stale) => {
            let when = |at| crate::app::words::moment(at, model.server(c.now), model.zone());
            let face = dialog::StaleFace {
                newer: stale.newer.iter().map(|m| (when(m.at), m.body.clone())).collect(),
                body: stale.reply.words().unwrap_or_default().to_owned(),
                to: stale.goes_to(),
                send: label(model, Action::OverlayConfirm),
                back: label(model, Action::OverlayAccept),
            };
            dialog::stale(c, screen, &face);
        }
        Overlay::Outbox(outbox) => {
            let server = model.server(c.now);
            let when = |at| crate::app::words::moment(at, server, model.zone());
            let lines: Vec<_> = crate::app::overlays::outbox::lines(model, c.now)
                .into_iter()
                .map(|l| {
                    let at = when(l.at);
                    (l, at)
                })
                .collect();
            outbox::draw(c, screen, outbox, &lines, &facts::link_lines(model, c.now));
        }
        Overlay::Day(day) => day::draw(c, screen, model, day),
        Overlay::Explain(explain) => {
            let sheet = crate::app::overlays::explain::sheet(model, c.now);
            explain::draw(c, screen, &sheet, explain.top, &label(model, Action::OverlayClose));
        }
        Overlay::Stage(sheet) => {
            stage::draw(c, screen, sheet, &label(model, Action::OverlayAccept), &label(model, Action::OverlayClose));
        }
        Overlay::Prompt(prompt) => {
            dialog::prompt(c, screen, prompt, model.prompt_field());
        }
    }
}

/// The key of an action as people read it; empty when it has none.
fn label(model: &Model, action: Action) -> String {
    let context = action.entry().context();
    let typing = match context {
        Context::Composer | Context::WrapUp => true,
        // A list has a field to type in; a question has not.
        Context::Overlay => action != Action::OverlayYes || crate::app::update::typing(model),
        _ => false,
    };
    model.keymap.shown(&[context, Context::Global], action, typing).unwrap_or_default()
}

/// What to say where there is nothing, wrapped.
fn empty(c: &mut Canvas<'_>, area: Rect, model: &Model, words: &str) {
    let words = &crate::app::keyed::keyed(model, words);
    let cells = usize::from(area.width.saturating_sub(2)).max(1);
    for (i, piece) in wrap(words, cells).into_iter().take(usize::from(area.height)).enumerate() {
        c.say(area.x + 1, area.y + i as u16, area.width.saturating_sub(2), piece.text, Ink::Dim);
    }
}

/// Words in which some characters matched, those marked by weight and line. Positions count characters.
fn matched(c: &mut Canvas<'_>, x: u16, y: u16, room: u16, words: &str, positions: &[usize], style: Style) {
    let end = x.saturating_add(room);
    let turned = c.theme.reorders() && bidi::turns(words);
    if positions.is_empty() || turned || width(words) > usize::from(room) {
        c.text(x, y, room, &show(words), style);
        return;
    }
    let hit = style.patch(c.ink(Ink::Match));
    let (mut x, mut at) = (x, 0);
    for grapheme in words.graphemes(true) {
        let chars = grapheme.chars().count();
        let on = positions.iter().any(|p| (at..at + chars).contains(p));
        x = c.text(x, y, end.saturating_sub(x), &show(grapheme), if on { hit } else { style });
        at += chars;
    }
}

/// All that a screen too small can say.
fn sentence(c: &mut Canvas<'_>, screen: Rect) {
    let words = t!("Cordboard needs 40 columns and 10 rows.");
    for (i, piece) in
        wrap(words, usize::from(screen.width).max(1)).into_iter().take(usize::from(screen.height)).enumerate()
    {
        c.line(0, i as u16, screen.width, &Line::styled(piece.text.to_owned(), c.ink(Ink::Text)));
    }
}
