//! Snippets while one writes: `;` or `/` at the beginning of a word opens the list, typing goes on in it, and Esc
//! gives back what was typed.

use super::{facts, used};
use crate::app::key::{Code, Key};
use crate::app::model::Model;
use crate::app::overlays::Overlay;
use crate::app::overlays::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::composer;
use crate::app::port::{DraftField, DraftKey};
use crate::app::text::{Field, Press};
use crate::app::toast::Tone;
use crate::app::update::Desk;
use crate::domain::ids::{CaseId, StockId};
use crate::domain::stock::text::{Filled, fill, read};
use crate::domain::stock::{Kind, Owner, Stock, fit, shelf, uses};
use crate::domain::time::At;
use crate::domain::work;

/// The field a snippet goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Into {
    /// Text that is kept as a draft.
    Draft(DraftKey),
    /// A line of the wrap-up form.
    Form,
}

/// Where a snippet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Which field.
    pub into: Into,
    /// The character before the caret that asked for the list, which the snippet replaces.
    pub trigger: Option<char>,
}

/// Whose it is, for the list; empty for the firm's.
pub(super) fn whose(stock: &Stock) -> &'static str {
    match stock.owner {
        Owner::Firm => "",
        Owner::Team(_) => t!("team"),
        Owner::Agent(_) => t!("yours"),
    }
}

/// The list of what an agent can use on a case.
pub(super) fn items(model: &Model, kind: Kind, case: Option<CaseId>) -> Vec<Item> {
    let view = model.view();
    let Some(me) = model.me().and_then(|me| view.agent(me)) else { return Vec::new() };
    let wanted = facts::locale(model, case);
    let stocks = shelf(view, me, kind, &wanted);
    let names = names(&stocks);
    let item = |s: &Stock, label: String| {
        let mut right = vec![whose(s).to_owned()];
        if fit(&s.locale, &wanted, "") > 2 {
            right.push(s.locale.clone());
        }
        match uses(view, me.id, s.id) {
            0 => {}
            n => right.push(tn!(n as usize, "one use", "{n} uses")),
        }
        right.retain(|w| !w.is_empty());
        Item::new(Pick::Stock(s.id), label).right(right.join(" · "))
    };
    stocks.into_iter().zip(names).map(|(s, label)| item(s, label)).collect()
}

/// Short names and titles, the titles in a column of their own.
pub(super) fn names(stocks: &[&Stock]) -> Vec<String> {
    let longest = stocks.iter().map(|s| s.key.chars().count()).max().unwrap_or(0).min(16);
    stocks.iter().map(|s| format!("{:<longest$}  {}", s.key, s.title)).collect()
}

/// What a snippet's text is on this case.
pub(super) fn filled(model: &Model, stock: &Stock, case: Option<CaseId>, now: At) -> Filled {
    let Ok(parts) = read(&stock.body) else { return Filled { text: stock.body.clone(), ..Filled::default() } };
    fill(&parts, &|f| facts::fact(model, case, f, now), &|_| None, &|_| None)
}

/// The text of a snippet as it would stand, or of a macro as it is written; for the list's preview.
pub fn preview(model: &Model, id: StockId, case: Option<CaseId>, now: At) -> String {
    match model.view().stock(id) {
        Some(stock) if stock.kind == Kind::Snippet => filled(model, stock, case, now).text,
        Some(stock) => stock.body.clone(),
        None => String::new(),
    }
}

impl Desk<'_> {
    /// The list, asked for by its key: into the field that has the keys, else into the reply or note.
    pub(in crate::app) fn pick_snippet(&mut self) {
        let into = match self.slot() {
            Some(into) => into,
            None => {
                let kind =
                    if composer::reply_barrier(self.m).is_some() { work::Kind::Note } else { self.m.composer.kind };
                self.compose(kind);
                let Some(key) = composer::key(self.m) else { return };
                Into::Draft(key)
            }
        };
        if !self.open_snippets(Slot { into, trigger: None }) {
            self.toast(
                Tone::Warn,
                t!("There are no snippets yet."),
                t!("Write something, then save it as one (<save-snippet>)."),
            );
        }
    }

    /// A character was typed that asks for the list, if it begins a word.
    pub(in crate::app) fn snippet_asked(&mut self, trigger: char) {
        let Some(into) = self.slot() else { return };
        let begins = match into {
            Into::Draft(key) => self.m.drafts.get(&key).is_some_and(|w| w.field.begins_word()),
            // Dates and numbers have their own /.
            Into::Form => trigger == ';' && self.form_field().is_some_and(Field::begins_word),
        };
        if begins {
            self.open_snippets(Slot { into, trigger: Some(trigger) });
        }
    }

    fn open_snippets(&mut self, slot: Slot) -> bool {
        let case = self.m.conversation.case;
        let items = items(self.m, Kind::Snippet, case);
        if items.is_empty() {
            return false;
        }
        let sentence = match slot.trigger {
            Some(_) => t!("<overlay-accept> puts it in; <overlay-close> leaves what you typed as it is."),
            None => t!("<overlay-accept> puts it in."),
        };
        let chooser = Chooser::new(Purpose::Snippets(slot), t!("Snippets"), sentence, items);
        self.open_chooser(chooser.about(case));
        true
    }

    /// What is typed in the list narrows it; what nothing is called like goes on in the text.
    pub(in crate::app) fn snippets_typed(&mut self, slot: Slot) {
        let Some(chooser) = self.chooser_mut() else { return };
        chooser.filter();
        let typed = chooser.field.text();
        let blank = !typed.is_empty() && typed.trim().is_empty();
        if (blank || chooser.shown.is_empty()) && slot.trigger.is_some() {
            self.snippets_back(slot);
            return;
        }
        // A name typed in full is meant.
        let name = format!("{}  ", typed.trim());
        let exact = chooser.shown.iter().position(|s| chooser.items[s.item].label.starts_with(&name));
        if let Some(at) = exact.filter(|_| !typed.trim().is_empty()) {
            let len = chooser.shown.len();
            chooser.list.select(at, len);
        }
    }

    /// A key that the list takes before its filter does: Backspace with nothing typed takes the trigger away.
    pub(in crate::app) fn snippets_key(&mut self, key: Key) -> bool {
        let Some(Overlay::Chooser(chooser)) = self.m.top() else { return false };
        let Purpose::Snippets(slot) = chooser.purpose else { return false };
        let back = key.code == Code::Backspace && !key.ctrl && !key.alt;
        if !back || !chooser.field.text().is_empty() || slot.trigger.is_none() {
            return false;
        }
        self.close();
        self.edit_slot(slot.into, |f| f.press(key));
        true
    }

    /// Closes the list; what was typed in it goes on in the text.
    pub(in crate::app) fn snippets_back(&mut self, slot: Slot) {
        let Some(Overlay::Chooser(chooser)) = self.close() else { return };
        let typed = chooser.field.text().to_owned();
        if slot.trigger.is_some() && !typed.is_empty() {
            self.edit_slot(slot.into, |f| {
                let pressed = typed.chars().map(|c| f.press(Key::char(c)));
                pressed.fold(Press::Moved, |all, press| if all == Press::Moved { press } else { all })
            });
        }
        self.touched = true;
    }

    /// Puts a snippet in, and goes to its first stop.
    pub(in crate::app) fn insert_snippet(&mut self, id: StockId, slot: Slot) {
        let Some(stock) = self.m.view().stock(id).cloned() else {
            self.cannot(t!("This snippet is not there any more."));
            return;
        };
        let filled = filled(self.m, &stock, self.m.conversation.case, self.now);
        if let Into::Draft(key) = slot.into {
            used::add(&mut self.m.drafts.entry(key).or_default().meta, &[id]);
        }
        self.edit_slot(slot.into, |f| {
            let trigger = slot.trigger.filter(|c| f.text()[..f.caret()].ends_with(*c));
            let from = f.caret() - trigger.map_or(0, char::len_utf8);
            f.expand(from, &filled)
        });
        if slot.into == Into::Form {
            self.count_use(vec![id]);
        }
    }

    /// What still stands open in a draft that was made from snippets: says so and goes there.
    pub(in crate::app) fn unfilled(&mut self, key: DraftKey) -> Option<String> {
        let written = self.m.drafts.get_mut(&key)?;
        let prompt = written.field.unfilled().filter(|_| !used::read(&written.meta).is_empty())?;
        written.field.to_start();
        written.field.step_stop(1);
        let way = match key.field {
            DraftField::WrapUp => t!("Type it here; <next-field> goes on to the next one."),
            _ => t!("Type it here; <next-stop> goes on to the next one."),
        };
        let said = t!("“{prompt}” is not filled in.", prompt);
        self.toast(Tone::Warn, said.clone(), way);
        Some(said)
    }
}
