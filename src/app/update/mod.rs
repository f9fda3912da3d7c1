//! One message in, the model changed, effects out. Start at [`update`]; each file beside it is one kind of reason
//! for change. Nothing here waits, and nothing here reads a clock.

mod act;
mod contact;
mod drafts;
mod incoming;
mod keys;
mod lookup;
pub mod news;
mod settle;
mod submit;
pub mod terminal;
#[cfg(test)]
pub(crate) mod tests;

pub use keys::{contexts, typing};
pub use lookup::{Asking, Running};
pub use submit::is_linked;

use super::keyed::{keyed, name_keys};
use super::model::{Measured, Model};
use super::msg::Msg;
use super::overlays::Overlay;
use super::port::{DraftField, Effect};
use super::toast::{MOST, Toast, Tone};
use crate::domain::refusal::Refusal;
use crate::domain::time::At;

/// Changes the model as the message says. `now` is this machine's clock.
pub fn update(model: &mut Model, msg: Msg, now: At) -> Vec<Effect> {
    let mut desk = Desk { m: model, now, out: Vec::new(), touched: true };
    match msg {
        Msg::Key(key) => desk.key(key),
        Msg::Paste(text) => desk.paste(&text),
        Msg::Setup(setup) => desk.set_up(*setup),
        Msg::Log(lines) => desk.log_came(lines),
        Msg::Edited(text) => desk.edited(&text),
        Msg::Selected(text) => desk.selected(text),
        Msg::Mouse(mouse) => {
            desk.rest();
            desk.mouse(mouse);
        }
        Msg::Run(action) => {
            // Who acts has read what was said before.
            let now = desk.now;
            desk.m.toasts.retain(|toast| !toast.was_seen(now));
            desk.run_listed(action);
        }
        Msg::Write(text) => desk.written(&text),
        Msg::Resize(w, h) => desk.m.size = (w, h),
        Msg::Focus(focus) => desk.m.unattended = !focus,
        Msg::Tick => {}
        Msg::Incoming(incoming) => {
            desk.touched = false;
            desk.incoming(incoming);
        }
    }
    desk.settle();
    desk.freshen_day();
    name_keys(desk.m);
    desk.watch_tour();
    desk.m.memory.at = now;
    if desk.touched {
        desk.m.revision += 1;
    }
    desk.out
}

/// Takes in what the drawer found out. Changes the revision only when a list moved because of it.
pub fn measured(model: &mut Model, m: Measured) {
    let before = model.layout_key();
    let rows = model.queue.rows.len();
    model.queue.list.measured(m.queue, rows);
    model.conversation.scroll.measured(m.thread.0, m.thread.1);
    let lines = model.customer.lines.len();
    model.customer.list.measured(m.timeline, lines);
    let hits = model.knowledge.hits.len();
    model.knowledge.list.measured(m.hits, hits);
    if let Some(preview) = &mut model.knowledge.preview {
        preview.rows = m.article;
        preview.step(0);
    }
    let case = model.conversation.case;
    for (key, written) in &mut model.drafts {
        let width = if key.field == DraftField::WrapUp { m.note } else { m.composer };
        if Some(key.case) == case && width > 0 {
            written.field.measured(width);
        }
    }
    for form in model.forms.values_mut().filter(|f| Some(f.case) == case && m.choices > 0) {
        let len = form.choices.len();
        form.list.measured(m.choices, len);
    }
    match model.overlays.last_mut() {
        Some(Overlay::Chooser(chooser)) => {
            let len = chooser.shown.len();
            chooser.list.measured(m.overlay, len);
        }
        Some(Overlay::Outbox(outbox)) => outbox.list.measured(m.overlay, model.mirror.pending.len()),
        Some(Overlay::Day(day)) => day.measured(m.overlay),
        Some(Overlay::Prompt(prompt)) => {
            if let Some(written) = model.drafts.get_mut(&prompt.draft) {
                written.field.measured(m.prompt);
            }
        }
        _ => {}
    }
    if model.layout_key() != before {
        model.revision += 1;
    }
}

/// The model while one message changes it.
pub(in crate::app) struct Desk<'a> {
    pub(in crate::app) m: &'a mut Model,
    pub(in crate::app) now: At,
    pub(in crate::app) out: Vec<Effect>,
    /// Something visible changed.
    pub(in crate::app) touched: bool,
}

impl Desk<'_> {
    /// Server time now.
    pub(in crate::app) fn server(&self) -> At {
        self.m.server(self.now)
    }

    pub(in crate::app) fn effect(&mut self, effect: Effect) {
        self.out.push(effect);
    }

    /// Says something for a while; the same again only stays longer.
    pub(in crate::app) fn toast(&mut self, tone: Tone, text: impl Into<String>, way_out: impl Into<String>) {
        let [text, way_out] = [text.into(), way_out.into()].map(|said| keyed(self.m, &said));
        let toast = Toast::new(tone, text, way_out, self.now);
        self.m.toasts.retain(|t| t.text != toast.text);
        self.m.toasts.push(toast);
        let over = self.m.toasts.len().saturating_sub(MOST);
        self.m.toasts.drain(..over);
        self.touched = true;
    }

    /// News.
    pub(in crate::app) fn say(&mut self, text: impl Into<String>) {
        self.toast(Tone::Info, text, "");
    }

    /// What was asked for is done.
    pub(in crate::app) fn did(&mut self, text: impl Into<String>) {
        self.toast(Tone::Done, text, "");
    }

    /// What was asked for cannot be done.
    pub(in crate::app) fn cannot(&mut self, text: impl Into<String>) {
        self.toast(Tone::Warn, text, "");
    }

    pub(in crate::app) fn refuse(&mut self, refusal: &Refusal) {
        let sentence = refusal.sentence(self.server());
        self.toast(Tone::Warn, sentence, refusal.way_out());
    }
}
