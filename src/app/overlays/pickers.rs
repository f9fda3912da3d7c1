//! The pickers: what each offers, and what a choice does.

use super::chooser::{Chooser, Item, Pick, Purpose};
use super::prompt;
use super::{Overlay, prompt::Prompt};
use crate::app::panes::wrapup::card_facts;
use crate::app::panes::{conversation, queue};
use crate::app::port::{DraftField, DraftKey};
use crate::app::screen::Pane;
use crate::app::toast::Tone;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::command::{Command, Target};
use crate::domain::ids::CaseId;
use crate::domain::named;
use crate::domain::people::Presence;
use crate::domain::permit::{Right, allows};
use crate::domain::routing::{Activity, activity};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::when;
use crate::domain::work::{Priority, Status};
use crate::lang;

/// Times offered for snoozing: words for [`when::parse`] and what they are called.
const SNOOZES: [(&str, &str); 6] = [
    ("1h", tk!("In an hour")),
    ("3h", tk!("In three hours")),
    ("tomorrow 9:00", tk!("Tomorrow morning")),
    ("mon 9:00", tk!("Monday morning")),
    ("3d", tk!("In three days")),
    ("7d", tk!("In a week")),
];

/// Tags offered that were not typed.
const TAGS: usize = 40;

/// What an agent is, in a word: presence and what they do.
pub fn presence_words(view: &State, agent: crate::domain::ids::AgentId) -> String {
    let Some(row) = view.presence(agent) else { return t!("offline").to_owned() };
    let word = match row.presence {
        _ if row.link_lost.is_some() => t!("link lost").to_owned(),
        Presence::Offline => t!("offline").to_owned(),
        Presence::Away => t!("away").to_owned(),
        Presence::NotResponding => t!("not responding").to_owned(),
        Presence::Break(id) => view.break_code(id).map_or_else(|| t!("break").to_owned(), |b| b.label.to_lowercase()),
        Presence::Ready => t!("ready").to_owned(),
    };
    let doing = match activity(view, agent) {
        Activity::Idle => "",
        Activity::Offered => t!(", has an offer"),
        Activity::OnHold => t!(", customer on hold"),
        Activity::Talking => t!(", in conversation"),
        Activity::Consult => t!(", with a colleague"),
        Activity::Dialing => t!(", calling back"),
        Activity::WrapUp => t!(", wrapping up"),
    };
    format!("{word}{doing}")
}

impl Desk<'_> {
    pub(in crate::app) fn pick_transfer(&mut self) {
        let Some(i) = conversation::contact(self.m).cloned() else { return };
        let view = self.m.view();
        let me = self.m.me();
        let queues = view.queues().filter(|q| q.active && q.id != i.queue).map(|q| {
            let waiting = view.interactions().filter(|x| x.queue == q.id && x.phase.waits()).count();
            let takes = q.channels.contains(&i.channel);
            let why = (!takes).then(|| t!("{name} takes no {word}.", name = q.name, word = named::channel(i.channel)));
            Item::new(Pick::Queue(q.id), &q.name)
                .detail(t!("queue"))
                .right(t!("{waiting} waiting", waiting))
                .disabled(why)
        });
        let serves = |a: &&crate::domain::people::Agent| a.active && Some(a.id) != me && a.queues.contains(&i.queue);
        let agents = view.agents().filter(serves).map(|a| {
            let row = view.presence(a.id);
            let here = row.is_some_and(|p| {
                p.link_lost.is_none() && !matches!(p.presence, Presence::Offline | Presence::NotResponding)
            });
            let why = (!here).then(|| t!("{name} is not there.", name = a.name));
            Item::new(Pick::Agent(Some(a.id)), &a.name)
                .detail(named::role(a.role))
                .right(presence_words(view, a.id))
                .disabled(why)
        });
        let items = queues.chain(agents).collect();
        let title = t!("Hand {name} on to", name = queue::name(self.m, &i));
        let chooser =
            Chooser::new(Purpose::Transfer, title, t!("A queue keeps their place; a person gets an offer."), items);
        self.open_chooser(chooser.about(Some(i.case)));
    }

    pub(in crate::app) fn ask_escalate(&mut self) {
        let Some(i) = conversation::contact(self.m).cloned() else { return };
        self.m.overlays.push(Overlay::Prompt(Prompt {
            title: t!("Escalate {name}", name = queue::name(self.m, &i)),
            sentence: t!(
                "Why must someone more senior have it? <overlay-confirm> hands it on, <overlay-close> goes back."
            )
            .into(),
            draft: DraftKey::new(i.case, DraftField::Note),
            purpose: prompt::Purpose::Escalate { interaction: i.id },
            facts: card_facts(self.m, i.id),
            problem: String::new(),
        }));
    }

    pub(in crate::app) fn pick_snooze(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let items = self.snooze_items("", true);
        let chooser = Chooser::new(
            Purpose::Snooze,
            t!("Let {number} sleep until", number = queue::number(case)),
            t!("Or type a time: 2h, tomorrow 14:00, fri 9:30."),
            items,
        );
        self.open_chooser(chooser.about(Some(case)));
    }

    /// Times to sleep until, or to send at.
    pub(super) fn snooze_items(&self, typed: &str, sleeps: bool) -> Vec<Item> {
        let (server, zone) = (self.server(), self.m.zone());
        let asleep = sleeps
            && self.m.conversation.case.and_then(|c| self.m.view().case(c)).is_some_and(|c| c.snoozed_until.is_some());
        let at = |words: &str| when::parse(words, server, zone).ok();
        let item =
            |label: String, at: At| Item::new(Pick::Until(Some(at)), label).right(words::resolved(at, server, zone));
        let mut items = Vec::new();
        if !typed.is_empty()
            && let Some(at) = at(typed)
        {
            items.push(item(typed.to_owned(), at));
        }
        if asleep {
            items.push(Item::new(Pick::Until(None), t!("Wake it now")));
        }
        items.extend(SNOOZES.iter().filter_map(|(words, label)| Some(item(lang::text(label).to_owned(), at(words)?))));
        items
    }

    pub(in crate::app) fn snooze_typed(&mut self) {
        let read = |c: &mut Chooser| (c.field.text().trim().to_owned(), c.purpose == Purpose::Snooze);
        let Some((typed, sleeps)) = self.chooser_mut().map(read) else { return };
        let items = self.snooze_items(&typed, sleeps);
        let problem = when::parse(&typed, self.server(), self.m.zone()).err().unwrap_or_default();
        if let Some(chooser) = self.chooser_mut() {
            chooser.items = items;
            chooser.filter();
            chooser.sentence = if typed.is_empty() || !chooser.shown.is_empty() { String::new() } else { problem };
        }
    }

    pub(in crate::app) fn pick_tags(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let items = self.tag_items(case);
        let sentence =
            t!("Type a tag; <overlay-accept> adds or takes away the selected one, <overlay-mark> marks several.");
        let chooser =
            Chooser::new(Purpose::Tags, t!("Tags of {number}", number = queue::number(case)), sentence, items);
        self.open_chooser(chooser.about(Some(case)));
    }

    fn tag_items(&self, case: CaseId) -> Vec<Item> {
        let view = self.m.view();
        let has = view.case(case).map(|c| c.tags.clone()).unwrap_or_default();
        let mut known: Vec<String> =
            view.cases().flat_map(|c| c.tags.iter().cloned()).filter(|t| !has.contains(t)).collect();
        known.sort();
        known.dedup();
        known.truncate(TAGS);
        let item = |tag: &String, marked| Item::new(Pick::Tag(tag.clone()), tag).marked(marked);
        has.iter().map(|t| item(t, true)).chain(known.iter().map(|t| item(t, false))).collect()
    }

    pub(in crate::app) fn tags_typed(&mut self) {
        let Some(chooser) = self.chooser_mut() else { return };
        let typed = chooser.field.text().trim().to_lowercase();
        let new = t!("a new tag");
        chooser.items.retain(|i| i.detail != new || i.marked);
        if !typed.is_empty() && !chooser.items.iter().any(|i| i.label == typed) {
            chooser.items.push(Item::new(Pick::Tag(typed.clone()), typed).detail(new));
        }
        chooser.filter();
    }

    pub(in crate::app) fn pick_priority(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let now = self.m.view().case(case).map(|c| c.priority);
        let items = Priority::ALL.iter().rev().map(|p| {
            Item::new(Pick::Priority(*p), named::priority(*p)).right(if Some(*p) == now { t!("now") } else { "" })
        });
        let chooser = Chooser::new(
            Purpose::Priority,
            t!("Priority of {number}", number = queue::number(case)),
            "",
            items.collect(),
        );
        self.open_chooser(chooser.about(Some(case)));
    }

    pub(in crate::app) fn pick_status(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let now = self.m.view().case(case).map(|c| c.status);
        let what = |s: Status| match s {
            Status::Open => t!("Someone here owes something."),
            Status::Pending => t!("The customer or a third party owes something."),
            Status::Solved => t!("Answered; a word from the customer opens it again."),
            Status::Closed => t!("Over."),
        };
        let label = self.m.view().case(case).and_then(|c| c.label);
        let mut items = Vec::new();
        for s in Status::ALL {
            // Of a case with a label this one takes the label away.
            let (pick, here) = match label {
                Some(_) if Some(s) == now => (Pick::Label(None, s), false),
                _ => (Pick::Status(s), Some(s) == now),
            };
            items.push(Item::new(pick, named::status(s)).detail(what(s)).right(if here { t!("now") } else { "" }));
            let labels = self.m.view().labels().filter(|l| l.status == s && l.active);
            items.extend(labels.map(|l| {
                let right = if Some(l.id) == label { t!("now") } else { "" };
                Item::new(Pick::Label(Some(l.id), s), &l.name).detail(named::status(s)).right(right)
            }));
        }
        let chooser = Chooser::new(Purpose::Status, t!("Status of {number}", number = queue::number(case)), "", items);
        self.open_chooser(chooser.about(Some(case)));
    }

    pub(in crate::app) fn pick_assign(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let view = self.m.view();
        let me = self.m.me();
        let others = me.and_then(|m| view.agent(m)).is_some_and(|a| allows(a.role, Right::AssignOthers));
        let row = view.case(case);
        let serves = |a: &&crate::domain::people::Agent| {
            let all = allows(a.role, Right::SeeAllQueues);
            a.active && row.is_none_or(|c| all || a.queues.contains(&c.queue))
        };
        let agents = view.agents().filter(serves).map(|a| {
            let why = (!others && Some(a.id) != me).then(|| t!("Only leads give cases to others.").to_owned());
            let now = row.is_some_and(|c| c.assignee == Some(a.id));
            let right = if now { t!("now").to_owned() } else { presence_words(view, a.id) };
            let label = if Some(a.id) == me { t!("{name} (you)", name = a.name) } else { a.name.clone() };
            Item::new(Pick::Agent(Some(a.id)), label).right(right).disabled(why)
        });
        let mut items: Vec<Item> = agents.collect();
        items.sort_by_key(|i| i.pick != Pick::Agent(me));
        items.push(Item::new(Pick::Agent(None), t!("nobody")));
        let chooser = Chooser::new(Purpose::Assign, t!("Whose is {number}", number = queue::number(case)), "", items);
        self.open_chooser(chooser.about(Some(case)));
    }

    pub(in crate::app) fn pick_break(&mut self) {
        let view = self.m.view();
        let busy = self
            .m
            .me()
            .is_some_and(|me| matches!(activity(view, me), Activity::Talking | Activity::OnHold | Activity::WrapUp));
        let mut items = vec![Item::new(Pick::Presence(Presence::Ready), t!("Ready")).detail(t!("You get offers."))];
        items.extend(view.break_codes().map(|b| {
            let limit = i64::from(b.limit_s) * 1000;
            let right = if limit == 0 { String::new() } else { t!("up to {span}", span = words::long(limit)) };
            Item::new(Pick::Break(b.id), &b.label).right(right)
        }));
        items.push(Item::new(Pick::Presence(Presence::Away), t!("Away")).detail(t!("Signed in, no offers.")));
        items.push(Item::new(Pick::Presence(Presence::Offline), t!("Offline")).detail(t!("Signed out.")));
        let sentence = if busy { t!("It is armed and begins when your contact is finished.") } else { "" };
        self.open_chooser(Chooser::new(Purpose::Break, t!("Presence"), sentence, items));
    }

    pub(in crate::app) fn pick_history(&mut self) {
        self.open_chooser(Chooser::new(
            Purpose::History,
            t!("Find a case"),
            t!("Words of any case, message or note."),
            Vec::new(),
        ));
    }

    pub(in crate::app) fn pick_customer(&mut self) {
        self.open_chooser(Chooser::new(
            Purpose::Customers,
            t!("Find a customer"),
            t!("A name, a number, an address."),
            Vec::new(),
        ));
    }

    /// Tab: marks or unmarks.
    pub(in crate::app) fn mark_item(&mut self) {
        if self.chooser(Purpose::Checklist).is_some() {
            self.tick_selected();
            return;
        }
        if matches!(self.m.top(), Some(Overlay::Chooser(c)) if matches!(c.purpose, Purpose::Snippets(_))) {
            self.choose_item();
            return;
        }
        if matches!(self.m.top(), Some(Overlay::Prompt(_))) {
            self.step_stop(1);
            return;
        }
        let Some(chooser) = self.chooser_mut().filter(|c| c.marks()) else { return };
        let Some(index) = chooser.shown.get(chooser.list.selected).map(|s| s.item) else { return };
        chooser.items[index].marked = !chooser.items[index].marked;
        chooser.step(1);
    }

    /// Enter: what a choice does.
    pub(in crate::app) fn choose_item(&mut self) {
        let Some(Overlay::Chooser(chooser)) = self.m.top() else { return };
        let Some(item) = chooser.selected().cloned() else { return };
        if let Some(why) = item.disabled {
            self.cannot(why);
            return;
        }
        let case = chooser.case;
        let purpose = chooser.purpose;
        if purpose == Purpose::Tags {
            self.apply_tags();
            return;
        }
        if purpose == Purpose::Checklist {
            self.tick_selected();
            return;
        }
        if purpose == Purpose::Recipients {
            self.recipient_chosen(item.pick);
            return;
        }
        if item.pick == Pick::Nothing {
            if matches!(purpose, Purpose::SameReason(..)) {
                self.cannot(t!("Type why they are one person."));
            }
            return;
        }
        if matches!(purpose, Purpose::Why | Purpose::Log) {
            self.close();
            return;
        }
        let Some(Overlay::Chooser(closed)) = self.close() else { return };
        match (item.pick, purpose, case) {
            (Pick::View(name, text, own), _, _) => self.open_view(name, text, own),
            (Pick::Bulk(what), _, _) => self.bulk(what, closed.found.map(|f| *f).unwrap_or_default()),
            (Pick::Stock(id), Purpose::Snippets(slot), _) => self.insert_snippet(id, slot),
            (Pick::Stock(id), Purpose::Macros, _) => self.begin_macro(id),
            (Pick::Stock(id), Purpose::DropStock, _) => self.drop_stock(id),
            (Pick::KeepStock(stock), _, _) => self.keep_stock(*stock),
            (Pick::Text(words), Purpose::Answer, _) => self.answered(words),
            (Pick::Text(name), Purpose::SaveView, _) => self.save_view(name, closed.found.map(|f| *f)),
            (Pick::Text(reason), Purpose::SameReason(customer, into), _) => {
                self.merge_customers(customer, into, reason);
            }
            (Pick::Text(reason), Purpose::MergeReason, _) => self.merge_because(closed.found.map(|f| *f), &reason),
            (Pick::Case(into), Purpose::Merge, Some(case)) => self.ask_merge(vec![case], into, ""),
            (Pick::Case(part), Purpose::Unmerge, _) => self.unmerge(part),
            (Pick::Message(_), Purpose::Split, Some(case)) => self.split(case, &closed),
            (Pick::File(message, file), Purpose::Files, _) => self.fetch_file(message, file),
            (Pick::Link(to, link), _, Some(case)) => self.link_cases(case, to, link),
            (Pick::Theme(name), _, _) => self.choose_theme(name),
            (Pick::Act(action), _, _) => self.run_listed(action),
            (Pick::ActWith(action, words), _, _) => self.run_with(action, &words),
            (Pick::Queue(q), _, _) => self.ask_transfer(Target::Queue(q), &item.label),
            (Pick::Agent(Some(a)), Purpose::Transfer, _) => self.ask_transfer(Target::Agent(a), &item.label),
            (Pick::Agent(Some(a)), Purpose::Colleague, _) => self.ask_consult(a, &item.label),
            (Pick::Agent(Some(a)), Purpose::Whose, _) => self.pick_forced(a),
            (Pick::Presence(to), Purpose::ForcedPresence(a), _) => self.pick_reason(a, to),
            (Pick::Break(id), Purpose::ForcedPresence(a), _) => self.pick_reason(a, Presence::Break(id)),
            (Pick::Text(reason), Purpose::ForcedReason(agent, to), _) => self.force(agent, to, reason),
            (Pick::Text(reason), Purpose::Decline(id), _) => self.decline(id, reason),
            (Pick::Agent(agent), _, Some(case)) => {
                let from = self.m.view().case(case).and_then(|c| c.assignee);
                self.submit(Command::Assign { case, agent, from }, None);
            }
            (Pick::Until(Some(at)), Purpose::Later, _) => self.reply_at(at),
            (Pick::Until(Some(at)), Purpose::MoveReply(which), _) => self.move_reply(which, at),
            (Pick::TakeBack(which), _, _) => self.take_reply_back(which),
            (Pick::MoveReply(which), _, _) => self.pick_reply_time(which),
            (Pick::SendNow(which), _, _) => self.move_reply(which, self.server()),
            (Pick::Until(until), _, Some(case)) => {
                let words = until.map(|at| words::resolved(at, self.server(), self.m.zone()));
                let taken = self.submit(Command::Snooze { case, until }, None);
                let words = words.map_or(t!("It is awake.").to_owned(), |w| t!("It sleeps until {w}.", w));
                if taken {
                    self.toast(Tone::Done, words, t!("<undo> takes it back."));
                }
            }
            (Pick::Priority(priority), _, Some(case)) => {
                self.submit(Command::SetPriority { case, priority }, None);
            }
            (Pick::Status(status), _, Some(case)) => {
                let from = self.m.view().case(case).map_or(status, |c| c.status);
                self.submit(Command::SetStatus { case, status, from }, None);
            }
            (Pick::Label(label, status), _, Some(case)) => {
                let seen = self.m.view().case(case);
                let (from, had) = seen.map_or((status, None), |c| (c.status, c.label));
                self.submit(Command::SetLabel { case, label, from, had }, None);
            }
            (Pick::Presence(to), _, _) => self.be(to),
            (Pick::Break(id), _, _) => self.be(Presence::Break(id)),
            (Pick::Case(case), _, _) => {
                self.open_case(case);
                self.focus(Pane::Conversation);
            }
            (Pick::Text(text), Purpose::MoreTime, _) => self.take_more_time(&text),
            (Pick::Text(text), _, _) => self.insert_text(&text),
            (Pick::Customer(id), Purpose::Identify, Some(case)) => self.identify(case, id, &closed),
            (Pick::Customer(id), Purpose::SamePerson, _) => self.ask_same_person(id, &closed),
            (Pick::Customer(id), Purpose::UnmergeCustomer, _) => self.unmerge_customer(id),
            (Pick::Customer(id), _, _) => {
                self.show_customer(Some(id));
                self.focus(Pane::Customer);
            }
            _ => {}
        }
    }

    fn apply_tags(&mut self) {
        let Some(Overlay::Chooser(chooser)) = self.m.top() else { return };
        let Some(case) = chooser.case else { return };
        let has = self.m.view().case(case).map(|c| c.tags.clone()).unwrap_or_default();
        let tag = |i: &Item| match &i.pick {
            Pick::Tag(t) => Some((t.clone(), i.marked)),
            _ => None,
        };
        let changed = |(t, marked): &(String, bool)| has.contains(t) != *marked;
        let mut changes: Vec<(String, bool)> = chooser.items.iter().filter_map(tag).filter(changed).collect();
        if changes.is_empty()
            && let Some((t, marked)) = chooser.selected().and_then(tag)
        {
            changes.push((t, !marked));
        }
        let (add, remove): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(_, marked)| *marked);
        let names = |list: Vec<(String, bool)>| list.into_iter().map(|(t, _)| t).collect::<Vec<_>>();
        let (add, remove) = (names(add), names(remove));
        if add.is_empty() && remove.is_empty() {
            self.close();
            return;
        }
        if self.submit(Command::EditTags { case, add, remove }, None) {
            self.close();
        }
    }

    fn ask_transfer(&mut self, to: Target, name: &str) {
        let Some(i) = conversation::contact(self.m).cloned() else { return };
        self.m.overlays.push(Overlay::Prompt(Prompt {
            title: t!("Hand {customer} on to {name}", customer = queue::name(self.m, &i), name),
            sentence:
                t!("What must the next one know? It goes along with the card below. <overlay-confirm> hands it on, <overlay-close> goes back.")
                    .into(),
            draft: DraftKey::new(i.case, DraftField::Note),
            purpose: prompt::Purpose::Transfer { interaction: i.id, to },
            facts: card_facts(self.m, i.id),
            problem: String::new(),
        }));
    }

    /// Says what this agent is from now on, or after the contact in hand.
    pub(in crate::app) fn be(&mut self, to: Presence) {
        if self.submit(Command::SetPresence { to }, None) {
            let view = self.m.view();
            let row = self.m.me().and_then(|me| view.presence(me));
            if row.is_some_and(|p| p.next == Some(to)) {
                self.say(t!("Armed: it begins when your contact is finished."));
            }
        }
    }
}
