//! Where keys, pastes and the mouse go: the top of the stack first, the focused text field before the rest.

use super::Desk;
use crate::app::action::{Action, Context};
use crate::app::key::{Code, Key};
use crate::app::keymap::Meaning;
use crate::app::model::Model;
use crate::app::msg::{Mouse, Spot};
use crate::app::overlays::Overlay;
use crate::app::overlays::chooser::Purpose;
use crate::app::overlays::confirm::{Confirm, Then};
use crate::app::panes::wrapup::Part;
use crate::app::panes::{composer, wrapup};
use crate::app::port::{DraftField, DraftKey};
use crate::app::screen::Pane;
use crate::app::stock::Into;
use crate::app::text::{Field, Press};
use crate::app::toast::Tone;
use crate::app::words;

/// Lines of a paste that go in without a question.
const LONG_PASTE: usize = 20;

/// The text field that has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spell {
    Draft(DraftKey),
    Chooser,
    Link,
    Form,
    Articles,
    Timeline,
}

impl Spell {
    fn is_area(self) -> bool {
        matches!(self, Spell::Draft(_))
    }
}

/// Where keys mean something now, top first.
pub fn contexts(model: &Model) -> Vec<Context> {
    let mut stack = Vec::with_capacity(3);
    if !model.overlays.is_empty() || model.welcome.is_some() {
        stack.push(Context::Overlay);
    } else {
        stack.push(match model.focus {
            Pane::Queue => Context::Queue,
            Pane::Conversation => Context::Conversation,
            Pane::Composer => Context::Composer,
            Pane::Customer => Context::Customer,
            Pane::Knowledge => Context::Knowledge,
            Pane::WrapUp => Context::WrapUp,
        });
    }
    if !model.memory.offered.is_empty() {
        // An offer is short: its keys go before those of the pane.
        stack.insert(usize::from(stack[0] == Context::Overlay), Context::Offer);
    }
    stack.push(Context::Global);
    stack
}

/// Whether letters type.
pub fn typing(model: &Model) -> bool {
    spell(model).is_some()
}

fn spell(model: &Model) -> Option<Spell> {
    if let Some(welcome) = &model.welcome {
        return welcome.link.is_some().then_some(Spell::Link);
    }
    match model.top() {
        Some(Overlay::Chooser(_)) => return Some(Spell::Chooser),
        Some(Overlay::Prompt(prompt)) => return Some(Spell::Draft(prompt.draft)),
        Some(_) => return None,
        None => {}
    }
    match model.focus {
        Pane::Composer => composer::key(model).map(Spell::Draft),
        Pane::Knowledge if model.knowledge.typing => Some(Spell::Articles),
        Pane::Customer if model.customer.typing => Some(Spell::Timeline),
        Pane::WrapUp => wrapup::form(model).map(|form| match form.part {
            Part::Note | Part::Finish => Spell::Draft(DraftKey::new(form.case, DraftField::WrapUp)),
            _ => Spell::Form,
        }),
        _ => None,
    }
}

impl Desk<'_> {
    pub(super) fn key(&mut self, key: Key) {
        if self.jump_key(key) {
            return;
        }
        if let Some(Overlay::Confirm(confirm)) = self.m.top()
            && confirm.again == Some(key)
        {
            self.confirm_yes();
            return;
        }
        if let Some(c @ '1'..='9') = key.printable()
            && self.confirm_digit(usize::from(c as u8 - b'0'))
        {
            return;
        }
        if self.snippets_key(key) {
            return;
        }
        let stack = contexts(self.m);
        let field = spell(self.m);
        // Under an overlay letters mean nothing but to the overlay; chords work everywhere.
        let typing = field.is_some();
        let pressed: Vec<Key> = self.m.prefix.iter().copied().chain([key]).collect();
        if pressed.len() > 1 {
            self.m.prefix.clear();
            self.follow(&stack, pressed, typing);
            return;
        }
        let own = &stack[..1];
        let area_key = matches!(key.code, Code::Enter | Code::Up | Code::Down | Code::PageUp | Code::PageDown)
            && !key.ctrl
            && !key.alt;
        let finish = wrapup::form(self.m).is_some_and(|f| f.part == Part::Finish) && self.m.focus == Pane::WrapUp;
        let field_first = field.is_some_and(Spell::is_area) && area_key && !(finish && self.m.overlays.is_empty());
        if !field_first && self.mean(own, &pressed, typing) {
            return;
        }
        if let Some(field) = field
            && self.press(field, key) != Press::Ignored
        {
            if let Some(trigger @ (';' | '/')) = key.printable() {
                self.snippet_asked(trigger);
            }
            return;
        }
        if field_first && self.mean(own, &pressed, typing) {
            return;
        }
        let over = stack[0] == Context::Overlay;
        self.mean(&stack[1..], &pressed, typing || over);
    }

    /// The second key of a sequence.
    fn follow(&mut self, stack: &[Context], pressed: Vec<Key>, typing: bool) {
        // What was begun with a letter outside a field stays outside it.
        let typing = typing && pressed.first().is_some_and(|k| k.printable().is_none());
        if !self.mean(stack, &pressed, typing) && pressed.last().is_some_and(|k| k.code != Code::Esc) {
            let keys = crate::app::keymap::name(&pressed);
            self.cannot(t!("{keys} does nothing here; <help> shows the keys.", keys));
        }
    }

    /// Runs what the keys mean in these contexts; false when they mean nothing.
    fn mean(&mut self, stack: &[Context], pressed: &[Key], typing: bool) -> bool {
        match self.m.keymap.meaning(stack, pressed, typing) {
            Meaning::Act(action) => {
                // Who acts has read what was said before.
                let now = self.now;
                self.m.toasts.retain(|toast| !toast.was_seen(now));
                self.run(action, pressed.last().copied());
                true
            }
            Meaning::Begins => {
                self.m.prefix = pressed.to_vec();
                true
            }
            Meaning::Nothing => false,
        }
    }

    fn press(&mut self, field: Spell, key: Key) -> Press {
        // Digits choose codes; no label needs one typed.
        if field == Spell::Form
            && let Some(c @ '1'..='9') = key.printable()
            && wrapup::form(self.m)
                .is_some_and(|f| matches!(f.part, Part::Reason | Part::Outcome | Part::Resolved | Part::Owner))
        {
            self.choose_code(Some(c as u8 - b'0'));
            return Press::Edited;
        }
        let finish = self.m.overlays.is_empty() && wrapup::form(self.m).is_some_and(|f| f.part == Part::Finish);
        if finish && self.m.focus == Pane::WrapUp {
            // With everything there, typing goes on in the note.
            if key.printable().is_none() {
                return Press::Ignored;
            }
            self.step_part_to_note();
        }
        self.edit(field, |f| f.press(key))
    }

    /// Changes the field and does what follows from a change.
    fn edit(&mut self, field: Spell, edit: impl FnOnce(&mut Field) -> Press) -> Press {
        let press = match field {
            Spell::Draft(key) => {
                if let Some(Overlay::Prompt(prompt)) = self.m.overlays.last_mut() {
                    prompt.problem.clear();
                }
                return self.edit_draft(key, edit);
            }
            Spell::Form => return self.edit_form(edit),
            Spell::Chooser => self.chooser_mut().map(|c| edit(&mut c.field)),
            Spell::Link => self.m.welcome.as_mut().and_then(|w| {
                w.problem.clear();
                w.link.as_mut().map(edit)
            }),
            Spell::Articles => Some(edit(&mut self.m.knowledge.search)),
            Spell::Timeline => Some(edit(&mut self.m.customer.search)),
        };
        let press = press.unwrap_or(Press::Ignored);
        if matches!(press, Press::Edited | Press::Full) {
            match field {
                Spell::Chooser => self.chooser_typed(),
                Spell::Articles => self.article_search(),
                Spell::Timeline => self.timeline_search(),
                _ => {}
            }
        }
        press
    }

    /// The field that has the keys, if a snippet can go into it.
    pub(in crate::app) fn slot(&self) -> Option<Into> {
        match spell(self.m)? {
            Spell::Draft(key) => Some(Into::Draft(key)),
            Spell::Form => self.form_field().map(|_| Into::Form),
            Spell::Chooser | Spell::Link | Spell::Articles | Spell::Timeline => None,
        }
    }

    /// Changes the field a snippet goes into.
    pub(in crate::app) fn edit_slot(&mut self, into: Into, edit: impl FnOnce(&mut Field) -> Press) -> Press {
        match into {
            Into::Draft(key) => self.edit(Spell::Draft(key), edit),
            Into::Form => self.edit(Spell::Form, edit),
        }
    }

    /// Goes to the next stop of the field that has the keys, or the one before; false when it has none that way.
    pub(in crate::app) fn step_stop(&mut self, by: isize) -> bool {
        let Some(into) = self.slot() else { return false };
        let mut stepped = false;
        self.edit_slot(into, |field| {
            let before = field.text().to_owned();
            stepped = field.step_stop(by);
            if field.text() == before { Press::Moved } else { Press::Edited }
        });
        self.touched |= stepped;
        stepped
    }

    /// A paste is one step in the field that has the keys, and never sends anything. A long one asks first.
    pub(in crate::app) fn paste(&mut self, text: &str) {
        let lines = text.lines().count();
        if lines > LONG_PASTE && spell(self.m).is_some() {
            let mut shown: Vec<String> = text.lines().take(2).map(|l| words::excerpt(l, 58)).collect();
            shown.push(t!("… and {n} more lines. It goes in as one step; Ctrl-_ takes it back.", n = lines - 2));
            self.ask(Confirm {
                title: t!("Paste {n} lines?", n = lines),
                lines: shown,
                yes: t!("paste them").to_owned(),
                again: None,
                digits: Vec::new(),
                then: Then::Paste(text.to_owned()),
            });
            self.touched = true;
            return;
        }
        self.paste_in(text);
    }

    /// Puts a paste in.
    pub(in crate::app) fn paste_in(&mut self, text: &str) {
        // No name of a snippet is pasted: it goes on in the text, line breaks and all.
        if let Some(Overlay::Chooser(chooser)) = self.m.top()
            && let Purpose::Snippets(slot) = chooser.purpose
        {
            self.snippets_back(slot);
        }
        self.m.prefix.clear();
        match spell(self.m) {
            Some(field) => {
                if wrapup::form(self.m).is_some_and(|f| f.part == Part::Finish) && self.m.focus == Pane::WrapUp {
                    self.step_part_to_note();
                }
                self.edit(field, |f| f.insert(text));
            }
            None => self.toast(
                Tone::Warn,
                t!("Nothing takes text here."),
                t!("<reply> writes a reply, <note> a note; then paste."),
            ),
        }
    }

    /// The editor's text replaces the field's.
    pub(super) fn edited(&mut self, text: &str) {
        if let Some(field @ Spell::Draft(_)) = spell(self.m) {
            self.edit(field, |f| f.replace(text.trim_end_matches('\n')));
        }
    }

    /// The field that has the keys, of whatever kind, holds this now.
    pub(super) fn written(&mut self, text: &str) {
        if let Some(field) = spell(self.m) {
            if wrapup::form(self.m).is_some_and(|f| f.part == Part::Finish) && self.m.focus == Pane::WrapUp {
                self.step_part_to_note();
            }
            self.edit(field, |f| f.replace(text));
        }
    }

    pub(super) fn mouse(&mut self, mouse: Mouse) {
        self.jumped(mouse);
        match mouse {
            Mouse::Click(spot) => self.click(spot),
            Mouse::DoubleClick(spot) => {
                self.click(spot);
                match spot {
                    Spot::Row(..) => self.run(Action::Open, None),
                    Spot::Overlay(_) => self.run(Action::OverlayAccept, None),
                    _ => {}
                }
            }
            Mouse::Wheel(spot, lines) => self.wheel(spot, lines as isize),
        }
    }

    fn click(&mut self, spot: Spot) {
        if !self.m.overlays.is_empty() || self.m.welcome.is_some() {
            if let Spot::Overlay(index) = spot {
                self.overlay_select(index);
            }
            return;
        }
        match spot {
            Spot::Pane(pane) => self.focus(pane),
            Spot::Row(pane, index) => {
                self.focus(pane);
                match pane {
                    Pane::Queue => {
                        if let Some(row) = self.m.queue.rows.get(index).copied() {
                            self.select_row(row);
                            self.open_row(row);
                        }
                    }
                    Pane::Customer => {
                        let len = self.m.customer.lines.len();
                        self.m.customer.list.select(index, len);
                    }
                    Pane::Knowledge => {
                        let len = self.m.knowledge.hits.len();
                        self.m.knowledge.list.select(index, len);
                    }
                    Pane::WrapUp => self.select_choice(index),
                    Pane::Conversation | Pane::Composer => {}
                }
            }
            Spot::Overlay(_) | Spot::Offer | Spot::Elsewhere => {}
        }
    }

    fn wheel(&mut self, spot: Spot, lines: isize) {
        if !self.m.overlays.is_empty() || self.m.welcome.is_some() {
            let down = if lines < 0 { Action::OverlayUp } else { Action::OverlayDown };
            for _ in 0..lines.unsigned_abs() {
                self.run(down, None);
            }
            return;
        }
        let (Spot::Pane(pane) | Spot::Row(pane, _)) = spot else { return };
        match pane {
            // The wheel looks; only keys and clicks open another case.
            Pane::Queue => {
                let (len, list) = (self.m.queue.rows.len(), &mut self.m.queue.list);
                let most = len.saturating_sub(list.page.max(1));
                list.top = list.top.saturating_add_signed(lines).min(most);
            }
            Pane::Conversation | Pane::Composer => self.m.conversation.scroll.step(lines),
            Pane::Customer => {
                let len = self.m.customer.lines.len();
                self.m.customer.list.step(lines, len);
            }
            Pane::Knowledge => self.m.knowledge.step(lines),
            Pane::WrapUp => self.step_choice(lines),
        }
    }

    fn overlay_select(&mut self, index: usize) {
        let outbox = self.m.mirror.pending.len();
        if let Some(welcome) = self.m.welcome.as_mut() {
            welcome.list.select(index, crate::app::overlays::welcome::LINES.len());
            return;
        }
        match self.m.overlays.last_mut() {
            Some(Overlay::Chooser(chooser)) => {
                let len = chooser.shown.len();
                chooser.list.select(index, len);
            }
            Some(Overlay::Outbox(o)) => o.list.select(index, outbox),
            Some(Overlay::Day(day)) => day.select(index),
            _ => {}
        }
    }
}
