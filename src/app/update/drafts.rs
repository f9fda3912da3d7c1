//! Text being written: every change is kept at once, and what comes back from the server finds its draft again.

use super::Desk;
use crate::app::model::Written;
use crate::app::panes::recipients;
use crate::app::panes::wrapup::{Meta, promise_zone};
use crate::app::port::{Draft, DraftField, DraftKey, Effect};
use crate::app::screen::Pane;
use crate::app::stock::used;
use crate::app::text::{Field, Press};
use crate::app::toast::Tone;
use crate::domain::command::Command;
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::time::SECOND;
use crate::domain::work::Channel;
use crate::domain::wrap_up::card;

impl Desk<'_> {
    /// Brings back what was being written when the desk was last open.
    pub(super) fn restore_drafts(&mut self, drafts: Vec<Draft>) {
        for draft in drafts {
            let field = Field::area().with(&draft.body);
            let written = Written { field, base: draft.base, meta: draft.meta };
            self.m.drafts.insert(draft.key, written);
        }
    }

    /// Changes a draft's text and keeps it. The first words note what they answer.
    pub(in crate::app) fn edit_draft(&mut self, key: DraftKey, edit: impl FnOnce(&mut Field) -> Press) -> Press {
        let newest = self.newest_seen(key.case);
        let follows = self.follows_live(key);
        let reply = key.field == DraftField::Reply && self.m.conversation.case == Some(key.case);
        let to = if reply { recipients::before(self.m) } else { None };
        let written = self.m.drafts.entry(key).or_default();
        if written.field.is_blank() || follows {
            written.base = newest.max(written.base);
        }
        let first = written.field.is_blank();
        if first {
            written.base = newest;
        }
        let press = edit(&mut written.field);
        if reply && (first || written.field.is_blank()) {
            recipients::show(&mut written.meta, to.as_ref().filter(|_| !written.field.is_blank()));
        }
        if written.field.text().is_empty() && key.field != DraftField::WrapUp {
            // What it was made from is gone with the words.
            used::clear(&mut written.meta);
        }
        match press {
            Press::Full => {
                self.toast(Tone::Warn, t!("This text is full: 100 kB at most."), t!("Send it, or shorten it."));
                self.keep(key);
            }
            Press::Edited => self.keep(key),
            Press::Moved | Press::Ignored => {
                if self.m.drafts.get(&key).is_some_and(|w| w.field.text().is_empty() && w.meta.is_empty()) {
                    self.m.drafts.remove(&key);
                }
            }
        }
        press
    }

    /// Sends a draft as it stands to the disk, or its end.
    pub(in crate::app) fn keep(&mut self, key: DraftKey) {
        self.touched = true;
        let Some(written) = self.m.drafts.get(&key) else { return };
        if written.field.text().is_empty() && written.meta.is_empty() {
            self.m.drafts.remove(&key);
            self.effect(Effect::DropDraft(key));
            return;
        }
        let draft = self.draft(key, written);
        self.effect(Effect::SaveDraft(draft));
    }

    /// Words go on in another field of the case, whatever stood there.
    pub(in crate::app) fn move_draft(&mut self, from: DraftKey, to: DraftKey) {
        let Some(moved) = self.m.drafts.remove(&from) else { return };
        let written = self.m.drafts.entry(to).or_default();
        written.field.replace(moved.field.text());
        used::add(&mut written.meta, &used::read(&moved.meta));
        let written = written.clone();
        let to = self.draft(to, &written);
        self.effect(Effect::MoveDraft { from, to });
        self.touched = true;
    }

    fn draft(&self, key: DraftKey, written: &Written) -> Draft {
        let (body, base, meta) = (written.field.text().to_owned(), written.base, written.meta.clone());
        Draft { key, body, base, meta, at: self.server() }
    }

    /// Gives a command's words back to the draft they came from, before what was written since. The outbox keeps the
    /// words of command `n` until that draft is on the disk.
    pub(in crate::app) fn give_back(&mut self, command: &Command, n: Option<u64>) {
        let (key, words, base) = match command {
            Command::SendReply { case, body, base, .. } | Command::ScheduleReply { case, body, base, .. } => {
                (DraftKey::new(*case, DraftField::Reply), body.as_str(), *base)
            }
            Command::AddNote { case, body, .. } => (DraftKey::new(*case, DraftField::Note), body.as_str(), None),
            Command::WrapUp { case, note, .. } | Command::LeaveWrapUp { case, note, .. } => {
                (DraftKey::new(*case, DraftField::WrapUp), note.as_str(), None)
            }
            Command::Transfer { interaction, note, .. }
            | Command::Consult { interaction, note, .. }
            | Command::Escalate { interaction, reason: note, .. } => {
                // A contact that is not at hand may be at the next start; until then the outbox keeps the words.
                let Some(case) = self.m.view().interaction(*interaction).map(|i| i.case) else { return };
                (DraftKey::new(case, DraftField::Note), card::asked(note), None)
            }
            _ => {
                if let Some(n) = n {
                    self.effect(Effect::GiveBack { n, draft: None });
                }
                return;
            }
        };
        let meta = Meta::of(command, &promise_zone(self.m, key.case));
        let written = self.m.drafts.entry(key).or_default();
        if written.field.text() != words {
            let since = written.field.text().to_owned();
            let gap = if since.trim().is_empty() { "" } else { "\n\n" };
            written.field.replace(&format!("{words}{gap}{since}"));
        }
        written.base = base.or(written.base);
        if let Some(meta) = meta
            && written.meta.is_empty()
        {
            written.meta = meta.to_json();
        }
        if let Command::SendReply { from, .. } | Command::ScheduleReply { from, .. } | Command::AddNote { from, .. } =
            command
        {
            used::add(&mut written.meta, from);
        }
        if let Command::SendReply { to: Some(to), .. } | Command::ScheduleReply { to: Some(to), .. } = command {
            recipients::set(&mut written.meta, Some(to));
        }
        match n {
            Some(n) => {
                let written = written.clone();
                let draft = Some(self.draft(key, &written));
                self.effect(Effect::GiveBack { n, draft });
                self.m.mirror.returned(n);
                self.touched = true;
            }
            None => self.keep(key),
        }
        self.reopen_form(command);
    }

    /// Newest customer message of the thread on screen, if it is this case's.
    pub(in crate::app) fn newest_seen(&self, case: CaseId) -> Option<MessageId> {
        self.m.conversation.inbound(case).or_else(|| self.m.mirror.last_inbound(case))
    }

    /// In a live chat the thread moves while one writes: what has been on screen for a second when a key is
    /// pressed counts as read. By e-mail the answer is to the thread as it was when it was begun.
    fn follows_live(&self, key: DraftKey) -> bool {
        let conversation = &self.m.conversation;
        let live = self.m.view().interactions().any(|i| i.case == key.case && i.channel == Channel::Chat);
        let read = conversation.shown.is_some_and(|(_, at)| self.now.since(at) >= SECOND);
        let on_screen = self.m.visible().shows(Pane::Conversation) && conversation.scroll.up == 0;
        key.field == DraftField::Reply && live && read && on_screen && conversation.case == Some(key.case)
    }
}
