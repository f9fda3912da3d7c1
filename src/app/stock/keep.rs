//! Keeping what is written as a snippet or macro, and dropping one.

use super::facts::general;
use crate::app::overlays::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::composer;
use crate::app::toast::Tone;
use crate::app::update::Desk;
use crate::domain::command::Command;
use crate::domain::ids::StockId;
use crate::domain::people::Agent;
use crate::domain::permit::{Right, allows};
use crate::domain::stock::{Kind, Owner, Stock, steps, text};

impl Desk<'_> {
    /// Saves what is written in the reply or note as a snippet.
    pub(in crate::app) fn save_snippet(&mut self) {
        let Some(words) = self.composed() else { return };
        let body = general(self.m, self.m.conversation.case, &words, self.now);
        if let Err(fault) = text::read(&body) {
            self.toast(Tone::Warn, t!("This is no snippet yet: {why}.", why = fault.words()), "");
            return;
        }
        self.m.stock.unnamed = body;
        self.ask_name(Kind::Snippet);
    }

    /// Saves what is written in the reply or note as a macro.
    pub(in crate::app) fn save_macro(&mut self) {
        let Some(words) = self.composed() else { return };
        if let Err(fault) = steps::read(&words) {
            self.toast(Tone::Warn, t!("This is no macro yet: {why}.", why = fault.words()), "");
            return;
        }
        self.m.stock.unnamed = words;
        self.ask_name(Kind::Macro);
    }

    fn composed(&mut self) -> Option<String> {
        let written = composer::written(self.m).filter(|w| !w.field.is_blank());
        let words = written.map(|w| w.field.text().trim_end().to_owned());
        if words.is_none() {
            self.cannot(t!("Nothing is written yet; write it as a reply or note, then save it."));
        }
        words
    }

    /// Asks what the text that waits is to be called.
    pub(super) fn ask_name(&mut self, kind: Kind) {
        let sentence = t!("A short name, then a title: refund A refund is on its way.");
        let title = match kind {
            Kind::Snippet => t!("Save this snippet"),
            Kind::Macro => t!("Save this macro"),
        };
        self.open_chooser(Chooser::new(Purpose::KeepStock(kind), title, sentence, Vec::new()));
        self.name_typed(kind);
    }

    /// A name is typed: one line for each owner it can have.
    pub(in crate::app) fn name_typed(&mut self, kind: Kind) {
        let Some(me) = self.m.me().and_then(|me| self.m.view().agent(me)).cloned() else { return };
        let team = self.m.view().team(me.team).map(|t| t.name.clone()).unwrap_or_default();
        let body = self.m.stock.unnamed.clone();
        let Some(chooser) = self.chooser_mut() else { return };
        let typed = chooser.field.text().trim();
        let (key, title) = typed.split_once(char::is_whitespace).unwrap_or((typed, typed));
        let (key, title) = (key.trim_start_matches([';', '/']).to_owned(), title.trim().to_owned());
        chooser.items = match key.is_empty() {
            true => Vec::new(),
            false => owners(&me)
                .into_iter()
                .map(|owner| {
                    let label = match owner {
                        Owner::Agent(_) => t!("Save {key} for yourself", key),
                        Owner::Team(_) => t!("Save {key} for {team}", key, team),
                        Owner::Firm => t!("Save {key} for everyone", key),
                    };
                    let id = StockId(0);
                    let (key, title, body) = (key.clone(), title.clone(), body.clone());
                    let stock = Stock { id, kind, key, title, body, locale: String::new(), owner };
                    Item::new(Pick::KeepStock(Box::new(stock)), label)
                })
                .collect(),
        };
        chooser.filter();
    }

    /// Keeps it.
    pub(in crate::app) fn keep_stock(&mut self, stock: Stock) {
        let (kind, key) = (stock.kind, stock.key.clone());
        if self.submit(Command::SaveStock { stock: Box::new(stock) }, None) {
            self.m.stock.unnamed.clear();
            self.did(match kind {
                Kind::Snippet => t!("Saved. Type ;{key} where you write to use it; <undo> takes it back.", key),
                Kind::Macro => t!("Saved: {key}. <macros> runs it; <undo> takes it back.", key),
            });
        } else {
            // The text waits for a better name.
            self.ask_name(kind);
        }
    }

    /// Snippets and macros this agent may drop.
    pub(in crate::app) fn pick_drop_stock(&mut self) {
        let Some(me) = self.m.me().and_then(|me| self.m.view().agent(me)).cloned() else { return };
        let owners = owners(&me);
        let stocks: Vec<&Stock> = self.m.view().stocks().filter(|s| owners.contains(&s.owner)).collect();
        let names = super::snippets::names(&stocks);
        let item = |(s, label): (&Stock, String)| {
            let right = [s.kind.word(), super::snippets::whose(s), s.locale.as_str()];
            let right = right.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" · ");
            Item::new(Pick::Stock(s.id), label).right(right)
        };
        let items: Vec<Item> = stocks.into_iter().zip(names).map(item).collect();
        if items.is_empty() {
            self.cannot(t!("You have no snippets or macros of your own."));
            return;
        }
        self.open_chooser(Chooser::new(
            Purpose::DropStock,
            t!("Drop a snippet or macro"),
            t!("<undo> takes it back."),
            items,
        ));
    }

    pub(in crate::app) fn drop_stock(&mut self, stock: StockId) {
        let Some(name) = self.m.view().stock(stock).map(Stock::name) else { return };
        let key = name.key.clone();
        if self.submit(Command::DropStock { name: Box::new(name) }, None) {
            self.did(t!("Dropped: {name}. <undo> takes it back.", name = key));
        }
    }
}

/// Whose snippets someone may change, the nearest first.
fn owners(me: &Agent) -> Vec<Owner> {
    let mut owners = vec![Owner::Agent(me.id)];
    if allows(me.role, Right::RunTeam) {
        owners.push(Owner::Team(me.team));
    }
    if allows(me.role, Right::Configure) {
        owners.push(Owner::Firm);
    }
    owners
}
