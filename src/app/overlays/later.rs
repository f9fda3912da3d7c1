//! Replies that wait for their time: when one goes out, what waits on the open case, and what can be done with it.

use std::collections::BTreeSet;

use super::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::action::Action;
use crate::app::model::Model;
use crate::app::panes::{composer, queue, recipients};
use crate::app::port::{DraftField, DraftKey};
use crate::app::stock::used;
use crate::app::toast::Tone;
use crate::app::update::{Desk, contexts, typing};
use crate::app::words as told;
use crate::domain::command::{Command, WaitingReply};
use crate::domain::ids::{AgentId, CaseId};
use crate::domain::mail::{Correspondents, Recipients, Scheduled};
use crate::domain::time::At;
use crate::domain::work::Kind;

/// Words of a reply in a list, characters.
const WORDS: usize = 60;
/// How many replies that were taken back are remembered.
const TAKEN: usize = 20;

/// The replies that wait on a case and on those that became part of it, the next one first. One that was foreseen
/// here and has come is there once.
pub fn waiting(model: &Model, case: CaseId) -> Vec<&Scheduled> {
    let view = model.view();
    let held = view.case(case).into_iter().flat_map(|c| c.ties.holds.iter().copied());
    let all = std::iter::once(case).chain(held).flat_map(|case| view.scheduled_on(case));
    let mut found: Vec<&Scheduled> = all.collect();
    found.sort_by_key(|s| (s.at, s.which().asked, s.id));
    found.dedup_by_key(|s| s.which());
    found
}

/// When it goes out, or why it did not, and the key that changes it.
pub fn words(model: &Model, s: &Scheduled) -> String {
    let key = model.keymap.shown(&contexts(model), Action::WaitingReplies, typing(model)).unwrap_or_default();
    let when = told::moment(s.at, model.server(model.memory.at), model.zone());
    match s.stopped {
        Some(_) => t!("not sent: the customer wrote again · {key} says what now", key),
        None => t!("goes out {when} · {key} changes it", when, key),
    }
}

/// Replies of this agent that were stopped, and when.
pub fn stopped(model: &Model, me: AgentId) -> BTreeSet<(CaseId, At)> {
    let all = model.view().entity(crate::domain::row::Entity::Scheduled);
    let mine = all.filter_map(|row| match row {
        crate::domain::row::Row::Scheduled(s) if s.by == me => s.stopped.map(|(_, at)| (s.case, at)),
        _ => None,
    });
    mine.collect()
}

/// The words of a reply that a command takes back, as they go back into the field.
#[derive(Debug, Clone)]
pub struct Words {
    case: CaseId,
    which: WaitingReply,
    body: String,
    base: Option<crate::domain::ids::MessageId>,
    to: Option<Recipients>,
}

/// What a command takes back.
pub fn words_of(model: &Model, command: &Command) -> Option<Words> {
    let Command::CancelScheduled { which } = command else { return None };
    let view = model.view();
    let found = view.scheduled_on(which.case).find(|s| s.which() == *which)?;
    let case = view.root(which.case);
    let row = view.correspondents(which.case);
    let before = view.correspondents(case).map(Correspondents::recipients);
    let to = row.and_then(|row| row.of(found.id)).filter(|to| !before.is_some_and(|before| before.same(to)));
    Some(Words { case, which: *which, body: found.body.clone(), base: found.base, to: to.cloned() })
}

impl Desk<'_> {
    /// Asks when the reply on screen is to go out.
    pub(in crate::app) fn pick_later(&mut self) {
        let Some(key) = composer::key(self.m).filter(|k| k.field == DraftField::Reply) else {
            self.cannot(t!("A note goes to nobody outside; write a reply first."));
            return;
        };
        if self.m.drafts.get(&key).is_none_or(|w| w.field.is_blank()) {
            self.cannot(t!("Nothing is written yet; this is the {label}.", label = self.m.composer.label()));
            return;
        }
        if self.unfilled(key).is_some() {
            return;
        }
        self.ask_time(Purpose::Later, t!("When does the reply on {number} go out?", number = queue::number(key.case)));
    }

    /// Asks when a reply that waits is to go out instead.
    pub(in crate::app) fn pick_reply_time(&mut self, which: WaitingReply) {
        let title = t!("When does the reply on {number} go out?", number = queue::number(which.case));
        self.ask_time(Purpose::MoveReply(which), title);
    }

    fn ask_time(&mut self, purpose: Purpose, title: String) {
        let sentence = t!("Or type a time: 2h, tomorrow 14:00, fri 9:30.");
        let chooser = Chooser::new(purpose, title, sentence, self.snooze_items("", false));
        self.open_chooser(chooser.about(self.m.conversation.case));
    }

    /// Sends the reply on screen at a time.
    pub(in crate::app) fn reply_at(&mut self, at: At) {
        let Some(key) = composer::key(self.m).filter(|k| k.field == DraftField::Reply) else { return };
        let Some(written) = self.m.drafts.get(&key) else { return };
        let command = Command::ScheduleReply {
            case: key.case,
            body: written.field.text().trim_end().to_owned(),
            base: written.base,
            from: used::read(&written.meta),
            to: recipients::meant(&written.meta).or_else(|| recipients::before(self.m)).map(Box::new),
            at,
            asked: self.server(),
        };
        if self.submit(command, Some(key)) {
            self.m.conversation.scroll.to_end();
            self.put_pen_down();
            let when = told::resolved(at, self.server(), self.m.zone());
            self.toast(Tone::Done, t!("The reply goes out {when}.", when), t!("<undo> takes it back."));
        }
    }

    /// Lists what waits on the open case.
    pub(in crate::app) fn open_waiting(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let mut items = Vec::new();
        for s in waiting(self.m, case) {
            let when = match s.stopped {
                Some(_) => t!("not sent: the customer wrote again").to_owned(),
                None => told::resolved(s.at, self.server(), self.m.zone()),
            };
            let first: String = crate::domain::safe::line(&s.body).chars().take(WORDS).collect();
            let row = self.m.view().correspondents(s.case).and_then(|row| row.of(s.id));
            let to = row.map(recipients::listed).unwrap_or_default();
            items.push(Item::new(Pick::Nothing, format!("{when}: {first}")));
            let which = s.which();
            items.push(Item::new(Pick::TakeBack(which), t!("take it back into the reply field")).right(to));
            items.push(Item::new(Pick::MoveReply(which), t!("send it at another time")));
            items.push(Item::new(Pick::SendNow(which), t!("send it now")));
        }
        let title = t!("Replies that wait on {number}", number = queue::number(case));
        let mut chooser = Chooser::new(Purpose::WaitingReplies, title, "", items).about(Some(case));
        chooser.step(0);
        self.open_chooser(chooser);
    }

    /// Sends a reply that waits at another time; what came in meanwhile has been on screen.
    pub(in crate::app) fn move_reply(&mut self, which: WaitingReply, at: At) {
        let base = self.newest_seen(self.m.view().root(which.case));
        if self.submit(Command::MoveScheduled { which, at, base }, None) {
            let when = told::resolved(at, self.server(), self.m.zone());
            if at > self.server() {
                self.did(t!("The reply goes out {when}.", when));
            }
        }
    }

    /// Takes a reply that waits back: its words are written again.
    pub(in crate::app) fn take_reply_back(&mut self, which: WaitingReply) {
        let command = Command::CancelScheduled { which };
        let Some(words) = words_of(self.m, &command) else { return };
        if self.submit(command, None) {
            self.write_again(words);
            self.compose(Kind::Message);
        }
    }

    /// Puts the words of a reply that was taken back below what is written meanwhile.
    pub(in crate::app) fn write_again(&mut self, words: Words) {
        let Words { case, which, body, base, to } = words;
        let key = DraftKey::new(case, DraftField::Reply);
        let written = self.m.drafts.entry(key).or_default();
        let since = written.field.text().trim_end().to_owned();
        let gap = if since.is_empty() { "" } else { "\n\n" };
        written.field.replace(&format!("{since}{gap}{body}"));
        if since.is_empty() {
            written.base = base;
        }
        if to.is_some() && recipients::read(&written.meta).is_none() {
            recipients::set(&mut written.meta, to.as_ref());
        }
        self.keep(key);
        let list = &mut self.m.memory.taken_back;
        list.push((which, body));
        let over = list.len().saturating_sub(TAKEN);
        list.drain(..over);
    }

    /// It was too late to take it back: words that are still as they were sent are not written again.
    pub(in crate::app) fn sent_after_all(&mut self, command: &Command) {
        if let Command::ScheduleReply { case, asked, .. } = command {
            // It never waited: its words are a draft's, whatever becomes of taking it back.
            let root = self.m.view().root(*case);
            let view = self.m.mirror.view();
            self.m.memory.taken_back.retain(|(w, _)| w.asked != *asked || view.root(w.case) != root);
            return;
        }
        let Command::CancelScheduled { which } = command else { return };
        let Some(at) = self.m.memory.taken_back.iter().position(|(w, _)| w == which) else { return };
        let (_, body) = self.m.memory.taken_back.remove(at);
        let key = DraftKey::new(self.m.view().root(which.case), DraftField::Reply);
        if let Some(written) = self.m.drafts.get_mut(&key)
            && written.field.text() == body
        {
            written.field.replace("");
            written.meta.clear();
            self.keep(key);
        }
    }

    /// The agent hears that a reply was not sent.
    pub(in crate::app) fn tell_stopped(&mut self, case: CaseId) {
        let text = t!("Your reply on {number} was not sent: the customer wrote again.", number = queue::number(case));
        self.toast(Tone::Warn, text, t!("Open the case and say what now (<waiting-replies>)."));
    }
}
