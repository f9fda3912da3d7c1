//! One change of many cases: what can be done, rehearsed and shown before it is, given as one thing to take back.

use super::chooser::{Chooser, Item, Pick, Purpose};
use super::confirm::{Confirm, Then};
use super::views::{Found, MOST};
use crate::app::panes::queue;
use crate::app::port::{DraftField, DraftKey};
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::bulk::{Rehearsal, rehearse};
use crate::domain::command::{Actor, Command};
use crate::domain::ids::{AgentId, LabelId, ViewId};
use crate::domain::named;
use crate::domain::row::Row;
use crate::domain::time::At;
use crate::domain::when;
use crate::domain::work::{Priority, Status};

/// Refused cases named in the preview.
const NAMED: usize = 6;

/// Something to do with many cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bulk {
    /// Where they stand.
    Status(Status),
    /// Where they stand, in the house's own words.
    Label(LabelId),
    /// Their order of need.
    Priority(Priority),
    /// Whose they are.
    Assign(Option<AgentId>),
    /// A tag to add.
    Tag(String),
    /// A tag to take away.
    Untag(String),
    /// Until when they sleep.
    Snooze(Option<At>),
    /// All into the oldest one.
    Merge,
    /// The reply written on the open case, sent to each.
    Reply,
    /// Keep the words as a view.
    Save,
    /// Drop the view.
    Drop(ViewId),
}

impl Desk<'_> {
    /// What to do with the marked cases of the list, or with all of it.
    pub(in crate::app) fn pick_bulk(&mut self) {
        let Some(chooser) = self.chooser(Purpose::Cases) else { return };
        let found = Self::targets(chooser);
        if found.hits.is_empty() {
            self.cannot(t!("No case is in this view."));
            return;
        }
        let title = match found.total {
            total if total > found.hits.len() => t!("Change the first {most} of {total} cases", most = MOST, total),
            total => tn!(total, "Change 1 case", "Change {n} cases"),
        };
        let items = self.bulk_items(&found, "");
        let sentence = t!("Type what to do: solved, high, tag vip, snooze 2h, a name. What happens is shown first.");
        self.open_chooser(Chooser::new(Purpose::Bulk, title, sentence, items).of(found));
    }

    fn bulk_items(&self, found: &Found, typed: &str) -> Vec<Item> {
        let item = |bulk: Bulk, label: String| Item::new(Pick::Bulk(bulk), label);
        let view = self.m.view();
        let mut items: Vec<Item> = Vec::new();
        if let Some(tag) = typed.strip_prefix("tag ").map(str::trim).filter(|t| !t.is_empty()) {
            items.push(item(Bulk::Tag(tag.to_owned()), t!("tag {tag}: add it", tag)));
            items.push(item(Bulk::Untag(tag.to_owned()), t!("tag {tag}: take it away", tag)));
        }
        if let Some(words) = typed.strip_prefix("snooze ")
            && let Ok(at) = when::parse(words, self.server(), self.m.zone())
        {
            let until = words::resolved(at, self.server(), self.m.zone());
            items.push(item(Bulk::Snooze(Some(at)), typed.to_owned()).right(until));
        }
        items.extend(Status::ALL.map(|s| item(Bulk::Status(s), t!("status {word}", word = named::status(s)))));
        let labels = view.labels().filter(|l| l.active);
        items.extend(labels.map(|l| item(Bulk::Label(l.id), t!("status {name}", name = l.name))));
        items.extend(Priority::ALL.map(|p| item(Bulk::Priority(p), t!("priority {word}", word = named::priority(p)))));
        items.extend(self.m.me().map(|me| item(Bulk::Assign(Some(me)), t!("assign to me").to_owned())));
        items.push(item(Bulk::Assign(None), t!("assign to nobody").to_owned()));
        let others = view.agents().filter(|a| a.active && Some(a.id) != self.m.me());
        items.extend(others.map(|a| item(Bulk::Assign(Some(a.id)), t!("assign to {name}", name = a.name))));
        for (words, label) in [("2h", t!("snooze two hours")), ("tomorrow 9:00", t!("snooze until tomorrow morning"))] {
            let at = when::parse(words, self.server(), self.m.zone()).ok();
            items.extend(at.map(|at| item(Bulk::Snooze(Some(at)), label.to_owned())));
        }
        items.push(item(Bulk::Snooze(None), t!("wake").to_owned()));
        let mut tags: Vec<&String> = found.hits.iter().flat_map(|h| &h.case.tags).collect();
        tags.sort();
        tags.dedup();
        items.extend(tags.into_iter().map(|t| item(Bulk::Untag(t.clone()), t!("tag {t}: take it away", t))));
        if found.hits.len() > 1
            && let Some(oldest) = found.hits.iter().min_by_key(|h| (h.case.created, h.case.id))
        {
            items
                .push(item(Bulk::Merge, t!("merge into the oldest, {number}", number = queue::number(oldest.case.id))));
        }
        if self.bulk_reply().is_some() {
            items.push(item(Bulk::Reply, t!("send the written reply to each").to_owned()));
        }
        items.push(item(Bulk::Save, t!("save this view").to_owned()).detail(found.text.clone()));
        items.extend(found.own.map(|own| item(Bulk::Drop(own), t!("drop the view {name}", name = found.name))));
        items
    }

    /// The reply being written on the open case.
    fn bulk_reply(&self) -> Option<String> {
        let key = DraftKey::new(self.m.conversation.case?, DraftField::Reply);
        let written = self.m.drafts.get(&key).filter(|w| !w.field.is_blank())?;
        Some(written.field.text().trim_end().to_owned())
    }

    pub(in crate::app) fn bulk_typed(&mut self) {
        let Some((typed, found)) = self.chooser_mut().and_then(|c| {
            let found = c.found.as_ref()?.as_ref().clone();
            Some((c.field.text().trim().to_lowercase(), found))
        }) else {
            return;
        };
        let items = self.bulk_items(&found, &typed);
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
        }
    }

    /// Rehearses a change of many cases and asks.
    pub(in crate::app) fn bulk(&mut self, what: Bulk, found: Found) {
        let oldest = found.hits.iter().min_by_key(|h| (h.case.created, h.case.id)).map(|h| h.case.id);
        let reply = self.bulk_reply();
        let each = |case: &crate::domain::work::Case| {
            let case_id = case.id;
            Some(match &what {
                Bulk::Status(to) => Command::SetStatus { case: case_id, status: *to, from: case.status },
                Bulk::Label(label) => {
                    Command::SetLabel { case: case_id, label: Some(*label), from: case.status, had: case.label }
                }
                Bulk::Priority(priority) => Command::SetPriority { case: case_id, priority: *priority },
                Bulk::Assign(agent) => Command::Assign { case: case_id, agent: *agent, from: case.assignee },
                Bulk::Tag(tag) => Command::EditTags { case: case_id, add: vec![tag.clone()], remove: vec![] },
                Bulk::Untag(tag) => Command::EditTags { case: case_id, add: vec![], remove: vec![tag.clone()] },
                Bulk::Snooze(until) => Command::Snooze { case: case_id, until: *until },
                Bulk::Merge => {
                    let into = oldest.filter(|into| *into != case_id)?;
                    Command::MergeCases { case: case_id, into, reason: String::new() }
                }
                Bulk::Reply => {
                    let (body, base) = (reply.clone()?, case.last_inbound);
                    Command::SendReply { case: case_id, body, base, anyway: false, from: vec![], to: None }
                }
                Bulk::Save | Bulk::Drop(_) => return None,
            })
        };
        match &what {
            Bulk::Save => {
                let sentence = t!("Type a name; <overlay-accept> saves it among your own views.");
                let chooser = Chooser::new(Purpose::SaveView, t!("Save this view"), sentence, Vec::new());
                self.open_chooser(chooser.of(found));
                return;
            }
            Bulk::Drop(view) => {
                if self.submit(Command::DropView { view: *view }, None) {
                    self.close();
                    self.did(t!("Dropped: {name}. <undo> takes it back.", name = found.name));
                }
                return;
            }
            _ => {}
        }
        let words = self.bulk_words(&what, oldest.map(queue::number));
        self.m.mirror.load(found.hits.iter().map(|h| Row::Case(h.case.clone())).collect::<Vec<_>>());
        self.m.mirror.refold();
        let commands: Vec<Command> = found.hits.iter().filter_map(|h| each(&h.case)).collect();
        self.ask_all(&words, commands);
    }

    fn bulk_words(&self, what: &Bulk, oldest: Option<String>) -> String {
        match what {
            Bulk::Status(to) => t!("status {word}", word = named::status(*to)),
            Bulk::Label(label) => {
                let name = self.m.view().label(*label).map_or_else(String::new, |l| l.name.clone());
                t!("status {name}", name)
            }
            Bulk::Priority(to) => t!("priority {word}", word = named::priority(*to)),
            Bulk::Assign(None) => t!("assign to nobody").to_owned(),
            Bulk::Assign(Some(a)) => t!("assign to {name}", name = queue::agent_name(self.m.view(), *a)),
            Bulk::Tag(tag) => t!("add tag {tag}", tag),
            Bulk::Untag(tag) => t!("take tag {tag} away", tag),
            Bulk::Snooze(None) => t!("wake").to_owned(),
            Bulk::Snooze(Some(at)) => {
                t!("snooze until {time}", time = words::resolved(*at, self.server(), self.m.zone()))
            }
            Bulk::Merge => t!("merge into {oldest}", oldest = oldest.unwrap_or_default()),
            Bulk::Reply => t!("send the reply").to_owned(),
            Bulk::Save | Bulk::Drop(_) => String::new(),
        }
    }

    /// Shows what many commands would do, and asks.
    pub(in crate::app) fn ask_all(&mut self, words: &str, commands: Vec<Command>) {
        let Some(me) = self.m.me() else { return };
        let all = commands.len();
        let now = self.server();
        let Rehearsal { good, idle, refused } = rehearse(self.m.view(), commands, Actor::Agent(me), now);
        let mut lines = Vec::new();
        lines.push(match refused.len() {
            0 => tn!(all, "1 case, not refused.", "{n} cases, none of them refused."),
            n => tn!(all, "1 case, {refused} of them refused:", "{n} cases, {refused} of them refused:", refused = n),
        });
        for (command, refusal) in refused.iter().take(NAMED) {
            let number = command.case().map(queue::number).unwrap_or_default();
            lines.push(format!("{number}: {}", refusal.sentence(now)));
        }
        if refused.len() > NAMED {
            lines.push(t!("… and {n} more.", n = refused.len() - NAMED));
        }
        if idle > 0 {
            lines.push(tn!(idle, "1 case is so already.", "{n} cases are so already."));
        }
        if good.is_empty() {
            lines.push(t!("Nothing would change.").to_owned());
            self.cannot(lines.join(" "));
            return;
        }
        let count = tn!(good.len(), "1 case", "{n} cases");
        lines.push(t!("<undo> takes all of it back together.").to_owned());
        self.ask(Confirm {
            title: format!("{}: {words}", tn!(all, "1 case", "{n} cases")),
            lines,
            yes: t!("change {count}", count),
            again: None,
            digits: Vec::new(),
            then: Then::Together(format!("{words}, {count}"), good),
        });
    }
}
