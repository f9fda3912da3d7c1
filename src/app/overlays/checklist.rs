//! The checklist of the open case: what is to be done, ticked and unticked, added and taken away.

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::model::Model;
use crate::app::panes::{queue, wrapup};
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::checklist::{Demand, Line, lines, open, tidy};
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, ReasonId};
use crate::domain::permit::{Right, allows};
use crate::lang;

const HOW: &str = tk!("<overlay-accept> ticks, or takes the tick away; type to add something.");

/// The reason a case's checklist goes by: the one chosen in its wrap-up form, else the last one given.
fn reason(model: &Model, case: CaseId) -> Option<ReasonId> {
    let form = wrapup::form(model).filter(|f| f.case == case).and_then(|f| f.reason);
    form.or_else(|| model.view().case(case).and_then(|c| c.reason))
}

/// How much of a case's checklist is done, of how much; `None` when it has none.
pub fn progress(model: &Model, case: CaseId) -> Option<(usize, usize)> {
    let lines = lines(model.view(), model.view().case(case)?, reason(model, case));
    (!lines.is_empty()).then(|| (lines.iter().filter(|l| l.done.is_some()).count(), lines.len()))
}

/// Mandatory items that are open and only warn, for a reason; one sentence, or nothing.
pub fn warning(model: &Model, case: CaseId, reason: ReasonId) -> Option<String> {
    let open = open(model.view(), model.view().case(case)?, Some(reason), Demand::Warn);
    (!open.is_empty()).then(|| t!("Still open on the checklist: {items}.", items = open.join(", ")))
}

impl Desk<'_> {
    pub(in crate::app) fn open_checklist(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let items = self.check_items(case, "");
        let title = t!("Checklist of {number}", number = queue::number(case));
        let sentence = if items.is_empty() { t!("Nothing is on it; type to add something.") } else { lang::text(HOW) };
        self.open_chooser(Chooser::new(Purpose::Checklist, title, sentence, items).about(Some(case)));
    }

    fn check_items(&self, case: CaseId, typed: &str) -> Vec<Item> {
        let view = self.m.view();
        let Some(row) = view.case(case) else { return Vec::new() };
        let (server, zone) = (self.server(), self.m.zone());
        let item = |line: &Line| {
            let right = match (line.done, line.demand) {
                (Some((by, at)), _) => format!("{} {}", queue::agent_name(view, by), words::moment(at, server, zone)),
                (None, Some(Demand::Refuse)) => t!("needed to wrap up").to_owned(),
                (None, Some(Demand::Warn)) => t!("asked for").to_owned(),
                (None, None) => String::new(),
            };
            Item::new(Pick::Check(line.text.to_owned()), line.text).right(right).marked(line.done.is_some())
        };
        let lines = lines(view, row, reason(self.m, case));
        let mut items: Vec<Item> = lines.iter().map(item).collect();
        if let Some(text) = tidy(typed) {
            let me = self.m.me();
            let lead = me.and_then(|me| view.agent(me)).is_some_and(|a| allows(a.role, Right::AssignOthers));
            let own = lines.iter().filter(|l| l.by.is_some() && (lead || l.by == me));
            items.extend(
                own.map(|l| Item::new(Pick::DropCheck(l.text.to_owned()), t!("take away: {text}", text = l.text))),
            );
            if !lines.iter().any(|l| l.text == text) {
                items.push(Item::new(Pick::NewCheck(text.clone()), t!("add: {text}", text)));
            }
        }
        items
    }

    /// What is typed finds an item, or is a new one.
    pub(in crate::app) fn checks_typed(&mut self) {
        let Some((typed, Some(case))) = self.chooser_mut().map(|c| (c.field.text().trim().to_owned(), c.case)) else {
            return;
        };
        let items = self.check_items(case, &typed);
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
        }
    }

    /// Does what is selected and stays open.
    pub(in crate::app) fn tick_selected(&mut self) {
        let Some(chooser) = self.chooser(Purpose::Checklist) else { return };
        let (Some(item), Some(case)) = (chooser.selected().cloned(), chooser.case) else { return };
        let (mut add, mut remove, mut tick, mut untick) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        match item.pick {
            Pick::Check(text) if item.marked => untick.push(text),
            Pick::Check(text) => tick.push(text),
            Pick::NewCheck(text) => add.push(text),
            Pick::DropCheck(text) => remove.push(text),
            _ => return,
        }
        if !self.submit(Command::EditChecks { case, add, remove, tick, untick }, None) {
            return;
        }
        // What was typed has found its item; the next words find the next one.
        let items = self.check_items(case, "");
        if let Some(chooser) = self.chooser_mut() {
            let at = items.iter().position(|i| i.label == item.label).unwrap_or(items.len());
            lang::text(HOW).clone_into(&mut chooser.sentence);
            chooser.field.clear();
            chooser.items = items;
            chooser.filter();
            let len = chooser.shown.len();
            chooser.list.select(at, len);
            chooser.step(1);
        }
    }
}
