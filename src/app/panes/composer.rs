//! The composer: a reply or a note on the open case. Each case keeps one draft of each.

use super::{conversation, recipients};
use crate::app::model::{Model, Written};
use crate::app::overlays::Overlay;
use crate::app::overlays::stale::Stale;
use crate::app::port::{DraftField, DraftKey};
use crate::app::screen::Pane;
use crate::app::stock::used;
use crate::app::update::{Asking, Desk};
use crate::domain::command::Command;
use crate::domain::ids::CaseId;
use crate::domain::work::{Author, Channel, Kind};

/// The pane; the words are in [`Model::drafts`].
#[derive(Debug, Clone)]
pub struct Composer {
    /// Reply ([`Kind::Message`]) or note.
    pub kind: Kind,
}

impl Default for Composer {
    fn default() -> Composer {
        Composer { kind: Kind::Message }
    }
}

impl Composer {
    /// Which draft it writes.
    pub fn field(&self) -> DraftField {
        match self.kind {
            Kind::Message => DraftField::Reply,
            Kind::Note => DraftField::Note,
        }
    }

    /// The words in its border.
    pub fn label(&self) -> &'static str {
        match self.kind {
            Kind::Message => t!("reply to customer"),
            Kind::Note => t!("note, team only"),
        }
    }
}

/// The draft on screen; `None` while nothing is written.
pub fn written(model: &Model) -> Option<&Written> {
    model.drafts.get(&key(model)?)
}

/// Which draft is on screen.
pub fn key(model: &Model) -> Option<DraftKey> {
    Some(DraftKey::new(model.conversation.case?, model.composer.field()))
}

/// Why nothing can be sent to the customer here, if so; shown in the empty reply field.
pub fn reply_barrier(model: &Model) -> Option<&'static str> {
    let contact = conversation::contact(model)?;
    let voice = matches!(contact.channel, Channel::Voice | Channel::Callback);
    (voice && contact.owner.is_some() && !model.view().house().training)
        .then_some(t!("This contact is by telephone; what you write is a note for the team."))
}

impl Desk<'_> {
    /// Goes to the composer, in this mode.
    pub(in crate::app) fn compose(&mut self, kind: Kind) {
        self.m.composer.kind = kind;
        self.focus(Pane::Composer);
    }

    /// Sends the reply or adds the note.
    pub(in crate::app) fn send(&mut self) {
        let Some(key) = key(self.m) else { return };
        let Some(written) = self.m.drafts.get(&key) else {
            self.cannot(t!("Nothing is written yet; this is the {label}.", label = self.m.composer.label()));
            return;
        };
        let body = written.field.text().trim_end().to_owned();
        let (base, from) = (written.base, used::read(&written.meta));
        let to = recipients::meant(&written.meta).or_else(|| recipients::before(self.m)).map(Box::new);
        if self.unfilled(key).is_some() {
            return;
        }
        let command = match key.field {
            DraftField::Reply => Command::SendReply { case: key.case, body, base, anyway: false, from, to },
            _ => Command::AddNote { case: key.case, body, from },
        };
        if self.submit(command, Some(key)) {
            self.m.conversation.scroll.to_end();
            self.put_pen_down();
        }
    }

    /// In a chat, and where one speaks by typing, the next words follow; everywhere else what was written is the last of it, and letters are keys again.
    pub(in crate::app) fn put_pen_down(&mut self) {
        let typed = self.m.view().house().training;
        let chats = conversation::contact(self.m)
            .is_some_and(|i| i.channel == Channel::Chat || typed && i.channel == Channel::Voice);
        if !chats && self.m.focus == Pane::Composer {
            self.focus(Pane::Conversation);
        }
    }

    /// Puts text into the reply or note of the open case, as one step.
    pub(in crate::app) fn insert_into_composer(&mut self, text: &str) {
        let Some(key) = key(self.m) else {
            self.cannot(t!("Open a case first; the text goes into its reply or note."));
            return;
        };
        self.edit_draft(key, |field| field.insert(text));
        self.focus(Pane::Composer);
    }

    /// The customer wrote while the reply was being written: shows what, before anything is sent.
    pub(in crate::app) fn open_stale(&mut self, command: &Command) {
        let (Command::SendReply { case, base, .. } | Command::ScheduleReply { case, base, .. }) = command else {
            return;
        };
        let stale = Stale { case: *case, base: *base, newer: Vec::new(), reply: Box::new(command.clone()) };
        self.m.overlays.push(Overlay::Stale(stale));
        self.want(Asking::Thread(*case));
        self.fill_stale();
        self.touched = true;
    }

    /// The thread came again: the dialog shows what is newer.
    pub(in crate::app) fn stale_thread_came(&mut self, case: CaseId) {
        if matches!(self.m.top(), Some(Overlay::Stale(s)) if s.case == case) {
            self.fill_stale();
        }
    }

    fn fill_stale(&mut self) {
        let Some(Overlay::Stale(stale)) = self.m.overlays.last_mut() else { return };
        let thread = self.m.conversation.thread.as_ref().filter(|t| t.case.id == stale.case);
        let newer = thread.into_iter().flat_map(|t| &t.messages).filter(|m| {
            m.author == Author::Customer && m.kind == Kind::Message && stale.base.is_none_or(|base| m.id > base)
        });
        stale.newer = newer.cloned().collect();
    }

    /// Sends although something newer came in.
    pub(in crate::app) fn send_anyway(&mut self) {
        let Some(Overlay::Stale(stale)) = self.close() else { return };
        let base = self.newest_seen(stale.case);
        let command = match *stale.reply {
            Command::SendReply { case, body, from, to, .. } => {
                Command::SendReply { case, body, base, anyway: true, from, to }
            }
            Command::ScheduleReply { case, body, from, to, at, asked, .. } => {
                Command::ScheduleReply { case, body, base, from, to, at, asked }
            }
            other => other,
        };
        if self.submit(command, Some(DraftKey::new(stale.case, DraftField::Reply))) {
            self.put_pen_down();
        }
    }

    /// Goes back to writing; what came in counts as read now.
    pub(in crate::app) fn back_to_writing(&mut self) {
        let Some(Overlay::Stale(stale)) = self.close() else { return };
        let key = DraftKey::new(stale.case, DraftField::Reply);
        let shown = stale.newer.last().map(|m| m.id);
        if let Some(written) = self.m.drafts.get_mut(&key) {
            written.base = shown.max(written.base);
            self.keep(key);
        }
        self.open_case(stale.case);
        self.compose(Kind::Message);
    }
}
