//! Merging, unmerging, splitting and linking the open case.

use super::chooser::{Chooser, Item, Pick, Purpose};
use super::confirm::{Confirm, Then};
use super::views::Found;
use crate::app::panes::{conversation, queue};
use crate::app::port::CaseHit;
use crate::app::update::{Asking, Desk};
use crate::domain::bulk::rehearse;
use crate::domain::command::{Actor, Command};
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::label::standing;
use crate::domain::named;
use crate::domain::refusal::Refusal;
use crate::domain::row::Row;
use crate::domain::ties::LinkKind;
use crate::domain::work::Case;

impl Desk<'_> {
    pub(in crate::app) fn pick_merge(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let items = self.other_cases(case, "");
        let title = t!("Merge {case} into", case = queue::number(case));
        let sentence = t!("Another case of this customer, or a number: #4821.");
        self.open_chooser(Chooser::new(Purpose::Merge, title, sentence, items).about(Some(case)));
    }

    /// Cases of the same customer, and the one whose number is typed.
    fn other_cases(&self, case: CaseId, typed: &str) -> Vec<Item> {
        let customer = self.m.view().case(case).and_then(|c| c.customer);
        let file = self.m.customer.file.as_ref().filter(|f| Some(f.customer.id) == customer);
        let fits = |c: &&Case| c.id != case && c.ties.merged.is_none();
        let item = |c: &Case| {
            let right = standing(self.m.view(), c).to_owned();
            Item::new(Pick::Case(c.id), format!("{} {}", queue::number(c.id), c.subject)).right(right)
        };
        let mut items: Vec<Item> = file.into_iter().flat_map(|f| &f.cases).filter(fits).map(item).collect();
        if let Some(id) = number(typed).filter(|id| *id != case)
            && !items.iter().any(|i| i.pick == Pick::Case(id))
        {
            items.push(match self.m.view().case(id) {
                Some(c) => item(c),
                None => Item::new(Pick::Case(id), queue::number(id)).detail(t!("is being looked up")),
            });
        }
        items
    }

    pub(in crate::app) fn merge_typed(&mut self) {
        let Some((typed, Some(case))) = self.chooser_mut().map(|c| (c.field.text().trim().to_owned(), c.case)) else {
            return;
        };
        if let Some(id) = number(&typed) {
            self.want(Asking::Thread(id));
        }
        let items = self.other_cases(case, &typed);
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
        }
    }

    /// Shows what a merge would do and asks; cases of different customers ask for a reason first.
    pub(in crate::app) fn ask_merge(&mut self, cases: Vec<CaseId>, into: CaseId, reason: &str) {
        let Some(me) = self.m.me() else { return };
        self.take_from_file(cases.iter().copied().chain([into]));
        let command = |case: &CaseId| Command::MergeCases { case: *case, into, reason: reason.to_owned() };
        let commands: Vec<Command> = cases.iter().map(command).collect();
        let now = self.server();
        let rehearsal = rehearse(self.m.view(), commands.clone(), Actor::Agent(me), now);
        let strangers = |r: &Refusal| matches!(r, Refusal::Invalid { field, .. } if field == "merge");
        if let Some((_, refusal)) = rehearsal.refused.first() {
            if !reason.is_empty() || !strangers(refusal) || cases.contains(&into) {
                self.refuse(refusal);
                return;
            }
            let sentence = refusal.sentence(now);
            let chooser = Chooser::new(Purpose::MergeReason, t!("Why merge them"), sentence, Vec::new());
            let row = |id: &CaseId| self.m.view().case(*id).cloned();
            let hit = |case: Case| CaseHit { case, customer: String::new(), excerpt: String::new() };
            let hits = cases.iter().filter_map(row).map(hit).collect();
            let found = Found { hits, text: into.to_string(), ..Found::default() };
            self.open_chooser(chooser.of(found));
            return;
        }
        let names: Vec<String> = cases.iter().map(|c| queue::number(*c)).collect();
        let what = t!("merge {join} into {number}", join = names.join(", "), number = queue::number(into));
        self.ask(Confirm {
            title: t!("Merge into {number}", number = queue::number(into)),
            lines: vec![
                t!(
                    "{join} is closed and read within {number}; what the customer says next goes there.",
                    join = names.join(", "),
                    number = queue::number(into)
                ),
                t!("U unmerges it again, at any time.").to_owned(),
            ],
            yes: t!("merge").to_owned(),
            again: None,
            digits: Vec::new(),
            then: Then::Together(what, rehearsal.good),
        });
    }

    /// Cases that are listed may not be at hand: the customer's file has them.
    fn take_from_file(&mut self, wanted: impl Iterator<Item = CaseId>) {
        let missing: Vec<CaseId> = wanted.filter(|id| self.m.mirror.base.case(*id).is_none()).collect();
        let file = self.m.customer.file.iter().flat_map(|f| &f.cases);
        let rows: Vec<Row> = file.filter(|c| missing.contains(&c.id)).cloned().map(Row::Case).collect();
        if !rows.is_empty() {
            self.m.mirror.load(rows);
            self.m.mirror.refold();
        }
    }

    pub(in crate::app) fn merge_because(&mut self, found: Option<Found>, reason: &str) {
        let Some(found) = found else { return };
        let Some(into) = number(&found.text) else { return };
        self.ask_merge(found.hits.iter().map(|h| h.case.id).collect(), into, reason);
    }

    /// The open case, if it is merged; else one of those merged into it.
    pub(in crate::app) fn pick_unmerge(&mut self) {
        let Some(case) = self.m.conversation.case.and_then(|c| self.m.view().case(c)).cloned() else { return };
        if case.ties.merged.is_some() {
            self.unmerge(case.id);
            return;
        }
        if case.ties.holds.is_empty() {
            self.cannot(t!("Nothing was merged into this case, and it was not merged."));
            return;
        }
        for part in &case.ties.holds {
            self.want(Asking::Thread(*part));
        }
        let file = self.m.customer.file.iter().flat_map(|f| &f.cases);
        let known: Vec<Case> =
            file.chain(self.m.view().cases()).filter(|c| case.ties.holds.contains(&c.id)).cloned().collect();
        let item = |id: &CaseId| {
            let subject = known.iter().find(|c| c.id == *id).map(|c| c.subject.as_str()).unwrap_or_default();
            Item::new(Pick::Case(*id), format!("{} {subject}", queue::number(*id)).trim_end())
        };
        let items = case.ties.holds.iter().map(item).collect();
        let title = t!("Take out of {number}", number = queue::number(case.id));
        let sentence = t!("It is a case of its own again, as it was.");
        self.open_chooser(Chooser::new(Purpose::Unmerge, title, sentence, items).about(Some(case.id)));
    }

    pub(in crate::app) fn unmerge(&mut self, case: CaseId) {
        if self.submit(Command::Unmerge { case }, None) {
            self.did(t!("{number} is a case of its own again.", number = queue::number(case)));
        }
    }

    pub(in crate::app) fn pick_split(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let Some(thread) = self.m.conversation.thread.as_ref().filter(|t| t.case.id == case) else { return };
        let names: Vec<(MessageId, String, String)> = conversation::entries(self.m)
            .iter()
            .filter(|e| e.id != MessageId(0))
            .map(|e| (e.id, e.who.clone(), e.body.lines().next().unwrap_or_default().to_owned()))
            .collect();
        let own = |id: MessageId| thread.messages.iter().any(|m| m.id == id && m.case == case);
        let items = names.into_iter().filter(|(id, ..)| own(*id));
        let items = items.map(|(id, who, line)| Item::new(Pick::Message(id), line).right(who)).collect();
        let sentence = t!("<overlay-mark> marks what goes into the new case; <overlay-accept> makes it.");
        let title = t!("Split {number}", number = queue::number(case));
        self.open_chooser(Chooser::new(Purpose::Split, title, sentence, items).about(Some(case)));
    }

    pub(in crate::app) fn split(&mut self, case: CaseId, chooser: &Chooser) {
        let chosen = |i: &Item| match i.pick {
            Pick::Message(id) => Some(id),
            _ => None,
        };
        let mut messages: Vec<MessageId> = chooser.items.iter().filter(|i| i.marked).filter_map(chosen).collect();
        if messages.is_empty() {
            messages.extend(chooser.selected().and_then(chosen));
        }
        // The rules look at the messages; the state holds them only for as long as it takes.
        let thread = self.m.conversation.thread.as_ref().filter(|t| t.case.id == case);
        let rows: Vec<_> = thread.into_iter().flat_map(|t| &t.messages).cloned().map(Into::into).collect();
        self.m.mirror.load(rows);
        self.m.mirror.refold();
        let count = messages.len();
        if self.submit(Command::SplitCase { case, messages, subject: String::new() }, None) {
            self.did(tn!(
                count,
                "1 message went into a case of its own, linked to this one. <undo> takes it back.",
                "{n} messages went into a case of their own, linked to this one. <undo> takes it back."
            ));
        }
    }

    pub(in crate::app) fn pick_link(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let items = self.link_items(case, "");
        let title = t!("Link {number} to", number = queue::number(case));
        let sentence = t!("Another case of this customer, or a number: #4821.");
        self.open_chooser(Chooser::new(Purpose::Link, title, sentence, items).about(Some(case)));
    }

    fn link_items(&self, case: CaseId, typed: &str) -> Vec<Item> {
        let links = self.m.view().case(case).map(|c| c.ties.links.clone()).unwrap_or_default();
        let mut items = Vec::new();
        for other in self.other_cases(case, typed.split_whitespace().next().unwrap_or_default()) {
            let Pick::Case(to) = other.pick else { continue };
            let words = |kind| match kind {
                LinkKind::Related => t!("related"),
                LinkKind::Duplicate => t!("a duplicate"),
                LinkKind::Problem => t!("the problem behind this case"),
                LinkKind::Incident => t!("an incident of this problem"),
            };
            let kinds = LinkKind::ALL.into_iter();
            let item = |kind| Item::new(Pick::Link(to, Some(kind)), format!("{}: {}", queue::number(to), words(kind)));
            let subject = other.label.strip_prefix(&queue::number(to)).unwrap_or_default().trim_start();
            items.extend(kinds.map(|kind| item(kind).detail(subject)));
        }
        for link in links {
            let label =
                t!("{number}: no longer {word}", number = queue::number(link.case), word = named::link(link.kind));
            items.push(Item::new(Pick::Link(link.case, None), label));
        }
        items
    }

    pub(in crate::app) fn link_typed(&mut self) {
        let Some((typed, Some(case))) = self.chooser_mut().map(|c| (c.field.text().trim().to_owned(), c.case)) else {
            return;
        };
        if let Some(id) = typed.split_whitespace().next().and_then(number) {
            self.want(Asking::Thread(id));
        }
        let items = self.link_items(case, &typed);
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
        }
    }

    pub(in crate::app) fn link_cases(&mut self, case: CaseId, to: CaseId, link: Option<LinkKind>) {
        if self.submit(Command::LinkCases { case, to, link }, None) {
            let (case, to) = (queue::number(case), queue::number(to));
            self.did(match link {
                Some(kind) => match kind {
                    LinkKind::Related => t!("{case} and {to} are linked: {to} is related.", case, to),
                    LinkKind::Duplicate => t!("{case} and {to} are linked: {to} is a duplicate.", case, to),
                    LinkKind::Problem => t!("{case} and {to} are linked: {to} is the problem.", case, to),
                    LinkKind::Incident => t!("{case} and {to} are linked: {to} is an incident.", case, to),
                },
                None => t!("{case} and {to} are no longer linked.", case, to),
            });
        }
    }

    /// The cases this problem causes, to be answered or changed together.
    pub(in crate::app) fn open_incidents(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        self.open_view(t!("Incidents of {number}", number = queue::number(case)), format!("incident:{case}"), None);
    }
}

/// `#4821` or `4821`.
fn number(typed: &str) -> Option<CaseId> {
    typed.trim().trim_start_matches('#').parse().ok().filter(|n| *n > 0).map(CaseId)
}
