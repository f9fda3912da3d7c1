//! Saved views: the list of them, and the cases of one with marks. What is typed over the cases is the view itself.

use super::Overlay;
use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::panes::queue;
use crate::app::port::CaseHit;
use crate::app::text::Field;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, ViewId};
use crate::domain::label::standing;
use crate::domain::named;
use crate::domain::view::{BUILT_IN, due, parse};
use crate::domain::work::{Case, Priority};
use crate::lang;

/// Most cases listed, and so most that are changed at once.
pub const MOST: usize = 500;
const HOW: &str =
    tk!("<overlay-mark> marks; <overlay-confirm> changes the marked ones, or all. The words are the view.");

/// Many cases, and where they came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// In the view's order.
    pub hits: Vec<CaseHit>,
    /// How many there are, those left out included.
    pub total: usize,
    /// The view's name.
    pub name: String,
    /// The view's text.
    pub text: String,
    /// The view, if it is one of this agent's own.
    pub own: Option<ViewId>,
}

impl Desk<'_> {
    pub(in crate::app) fn pick_views(&mut self) {
        let items = self.view_items("");
        let sentence = t!("Type to find one, or write a view: mine sla<30m !snoozed");
        self.open_chooser(Chooser::new(Purpose::Views, t!("Views of cases"), sentence, items));
    }

    fn view_items(&self, typed: &str) -> Vec<Item> {
        let me = self.m.me();
        let item = |name: &str, text: &str, own, right: &str| {
            Item::new(Pick::View(name.to_owned(), text.to_owned(), own), name).detail(text).right(right)
        };
        let saved = self.m.view().saved_views();
        let (mut own, mut team) = (Vec::new(), Vec::new());
        for view in saved {
            match view.owner {
                Some(owner) if Some(owner) == me => own.push(item(&view.name, &view.text, Some(view.id), t!("yours"))),
                None => team.push(item(&view.name, &view.text, None, t!("team"))),
                Some(_) => {}
            }
        }
        let built_in = BUILT_IN.iter().map(|(name, text)| item(name, text, None, ""));
        let mut items: Vec<Item> = own.into_iter().chain(team).chain(built_in).collect();
        if !typed.is_empty() && parse(typed).is_ok() {
            items.push(Item::new(Pick::View(String::new(), typed.to_owned(), None), typed).detail(t!("as typed")));
        }
        items
    }

    pub(in crate::app) fn views_typed(&mut self) {
        let Some(typed) = self.chooser_mut().map(|c| c.field.text().trim().to_owned()) else { return };
        let items = self.view_items(&typed);
        let fault = parse(&typed).err().map(|f| f.sentence()).unwrap_or_default();
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
            chooser.sentence = if chooser.shown.is_empty() { fault } else { String::new() };
        }
    }

    /// Shows the cases of a view.
    pub(in crate::app) fn open_view(&mut self, name: String, text: String, own: Option<ViewId>) {
        let mut chooser = Chooser::new(Purpose::Cases, "", lang::text(HOW), Vec::new());
        chooser.field = Field::line();
        chooser.field.insert(&text);
        let found = Found { name, text, own, ..Found::default() };
        chooser.title = title(&found);
        self.open_chooser(chooser.of(found));
    }

    /// The cache answered what is in view.
    pub(in crate::app) fn view_came(&mut self, hits: Vec<CaseHit>, total: usize, fault: Option<String>) {
        // What this desk did and the feed does not show yet counts already.
        let fresh = |mut hit: CaseHit| {
            if let Some(case) = self.m.view().case(hit.case.id) {
                hit.case = case.clone();
            }
            hit
        };
        let hits: Vec<CaseHit> = hits.into_iter().map(fresh).collect();
        let mut items: Vec<Item> = hits.iter().map(|h| self.case_item(&h.case, &h.customer)).collect();
        let Some(Overlay::Chooser(chooser)) = self.m.overlays.last_mut() else { return };
        let (Purpose::Cases, Some(found)) = (chooser.purpose, chooser.found.as_mut()) else { return };
        self.touched = true;
        if let Some(fault) = fault {
            chooser.sentence = fault;
            return;
        }
        let text = chooser.field.text().trim();
        if text != found.text {
            // Changed words are another view.
            (found.name, found.own) = (String::new(), None);
            text.clone_into(&mut found.text);
        }
        (found.hits, found.total) = (hits, total);
        chooser.title = title(found);
        let nothing = t!("No case is in this view.");
        chooser.sentence = if items.is_empty() { nothing.to_owned() } else { lang::text(HOW).to_owned() };
        for item in &mut items {
            item.marked = chooser.items.iter().any(|old| old.marked && old.pick == item.pick);
        }
        chooser.refill(items);
    }

    fn case_item(&self, case: &Case, customer: &str) -> Item {
        let (server, zone) = (self.server(), self.m.zone());
        let label = match customer {
            "" => case.subject.clone(),
            name => format!("{name} · {}", case.subject),
        };
        let mut facts = vec![queue::number(case.id), standing(self.m.view(), case).to_owned()];
        if case.priority != Priority::Normal {
            facts.push(named::priority(case.priority).to_owned());
        }
        let view = self.m.view();
        facts.push(match due(view, case) {
            Some(at) if at < server => t!("late").to_owned(),
            Some(at) => t!("due {moment}", moment = words::moment(at, server, zone)),
            None => words::date(case.updated, server, zone),
        });
        let who = match case.assignee {
            Some(a) if Some(a) == self.m.me() => t!("yours").to_owned(),
            Some(a) => queue::agent_name(view, a),
            None => String::new(),
        };
        Item::new(Pick::Case(case.id), label).detail(who).right(facts.join("  "))
    }

    /// The cases a bulk change is about: the marked ones, or all.
    pub(in crate::app) fn targets(chooser: &Chooser) -> Found {
        let Some(found) = &chooser.found else { return Found::default() };
        let marked: Vec<CaseId> = chooser
            .items
            .iter()
            .filter(|i| i.marked)
            .filter_map(|i| match i.pick {
                Pick::Case(id) => Some(id),
                _ => None,
            })
            .collect();
        let mut found = found.as_ref().clone();
        if !marked.is_empty() {
            found.hits.retain(|h| marked.contains(&h.case.id));
            found.total = found.hits.len();
        }
        found
    }

    /// A single line is typed: a name, a reason.
    pub(in crate::app) fn line_typed(&mut self) {
        let Some(chooser) = self.chooser_mut() else { return };
        let typed = chooser.field.text().trim().to_owned();
        let label = match chooser.purpose {
            Purpose::SaveView => t!("Save as “{typed}”", typed),
            _ => t!("Merge, because: {typed}", typed),
        };
        chooser.items = if typed.is_empty() { Vec::new() } else { vec![Item::new(Pick::Text(typed), label)] };
        chooser.filter();
    }

    pub(in crate::app) fn save_view(&mut self, name: String, found: Option<Found>) {
        let Some(found) = found else { return };
        if self.submit(Command::SaveView { name: name.clone(), text: found.text }, None) {
            self.did(t!("Saved: {name}. V lists it.", name));
        }
    }
}

fn title(found: &Found) -> String {
    let name = if found.name.is_empty() { t!("Cases") } else { &found.name };
    match found.total {
        total if total > MOST => t!("{name} · {total}, the first {most} shown", name, total, most = MOST),
        total => format!("{name} · {}", tn!(total, "1 case", "{n} cases")),
    }
}
