//! What the app asks for, done: commands into the outbox, drafts to the disk, questions to the readers.

use crate::app::port::{Draft, DraftKey, Effect, Incoming};
use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::outbox::{Item, Turn};
use crate::sync::machine::Input;

use super::engine::Engine;
use super::translate::{draft_to_store, key_to_store, queued, sentence};

impl Engine {
    /// One effect. Those of the terminal never come here.
    pub(super) fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Submit { token, command, clears, case, hold, lapses } => {
                self.submit(token, &command, clears, Turn { case, until: hold, lapses });
            }
            Effect::Withdraw { n } => self.withdraw(n),
            Effect::GiveBack { n, draft } => self.give_back(n, draft),
            Effect::Discard { n } => {
                if let Err(error) = self.outbox.discard(n) {
                    self.teller.trouble(sentence(&error));
                }
            }
            Effect::Confirm { n } => self.confirm(n),
            Effect::SaveDraft(draft) => self.drafts.save(draft),
            Effect::DropDraft(key) => self.drafts.drop(key),
            Effect::MoveDraft { from, to } => {
                // Both are written in one transaction, because both are unwritten from here on.
                self.drafts.drop(from);
                self.drafts.save(to);
            }
            Effect::Ask(query) => self.questions.ask(query),
            Effect::Look { case, writing } => {
                // That somebody writes is not worth a packet of a thin line.
                let writing = writing && !self.line.is_thin();
                self.step(Input::Look { case, writing, far: self.line.is_far() });
            }
            Effect::Want(key) => self.step(Input::Want(key)),
            Effect::RetryLink => self.step(Input::RetryNow),
            Effect::WorkOffline(offline) => self.step(Input::Offline(offline)),
            Effect::UseLine(thin) => self.use_line(thin),
            Effect::SaveLink => self.save_link(),
            Effect::Fetch { message, file } => self.cable.fetch(message, file),
            Effect::OpenFile { with, path } => self.open_file(&with, &path),
            Effect::Copy(_)
            | Effect::Bell
            | Effect::Notify(_)
            | Effect::Edit(_)
            | Effect::Reload
            | Effect::Keep { .. }
            | Effect::ReadLog
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Quit => {}
        }
    }

    /// On the disk first, then told, then sent.
    fn submit(&mut self, token: u64, command: &Command, clears: Option<DraftKey>, turn: Turn) {
        let linked = self.machine.linked();
        if command.needs_link() && !linked {
            let now = self.server_now();
            let why = format!("{} {}", Refusal::NeedsLink.sentence(now), Refusal::NeedsLink.way_out());
            return self.teller.tell(Incoming::NotQueued { token, why });
        }
        // What moved from one draft to another before it was submitted must not come back as a draft.
        self.write_unwritten();
        self.outbox.set_linked(linked);
        let at = self.server_now();
        let (item, released) = match self.outbox.submit(command, at, clears.map(key_to_store), turn) {
            Ok(stored) => stored,
            Err(error) => return self.teller.tell(Incoming::NotQueued { token, why: sentence(&error) }),
        };
        if let Some(key) = clears {
            self.drafts.forget(key);
        }
        self.teller.tell(Incoming::Queued { token, n: item.key, held: item.held() });
        self.teller.released(&released);
        self.look_at_held();
        let Some(n) = item.n else { return };
        // Others may have been numbered along with it; they go first.
        let items = if n == self.handed + 1 { Ok(vec![item]) } else { self.outbox.after(self.handed) };
        match items {
            Ok(items) => {
                self.handed = n;
                for queued in items.iter().filter_map(queued) {
                    self.step(Input::Submitted(Box::new(queued)));
                }
            }
            // It is stored; it goes out with the next connection.
            Err(error) => {
                let input = self.not_kept(&error);
                self.step(input);
            }
        }
    }

    /// Lets go what was held until now.
    pub(super) fn release_due(&mut self) {
        let now = self.server_now();
        if self.release_at.is_some_and(|at| at <= now) {
            self.release(now);
        }
    }

    /// Lets go what was held until `now`, and sends it if there is a link.
    pub(super) fn release(&mut self, now: At) {
        let linked = self.machine.linked();
        let handed = self.outbox.release(now).and_then(|items| {
            self.teller.released(&items);
            if items.is_empty() || !linked { Ok(Vec::new()) } else { self.outbox.after(self.handed) }
        });
        self.hand(handed);
        self.look_at_held();
    }

    /// When the next held command leaves, and when the next one without a link lapses.
    pub(super) fn look_at_held(&mut self) {
        match self.outbox.next_release().and_then(|release| Ok((release, self.outbox.next_lapse()?))) {
            Ok(next) => (self.release_at, self.lapse_at) = next,
            Err(error) => self.teller.trouble(sentence(&error)),
        }
    }

    /// Stops what found no link in time.
    pub(super) fn lapse_due(&mut self) {
        let now = self.server_now();
        if self.lapse_at.is_none_or(|at| at > now) {
            return;
        }
        match self.outbox.lapse(now) {
            Ok(items) => self.teller.states(items),
            Err(error) => self.teller.trouble(sentence(&error)),
        }
        self.look_at_held();
    }

    fn withdraw(&mut self, n: u64) {
        let in_time = self.outbox.withdraw(n).unwrap_or_else(|error| {
            self.teller.trouble(sentence(&error));
            false
        });
        self.teller.tell(Incoming::Withdrawn { n, in_time });
        self.look_at_held();
    }

    fn give_back(&mut self, n: u64, draft: Option<Draft>) {
        // What moved from one draft to another before must not come back as a draft.
        self.write_unwritten();
        let kept = draft.clone().map(draft_to_store);
        match self.outbox.give_back(n, kept.as_ref()) {
            Ok(()) => draft.iter().for_each(|d| self.drafts.forget(d.key)),
            Err(error) => {
                // They are in the outbox as well until this draft is written; the next start brings both together.
                draft.into_iter().for_each(|d| self.drafts.save(d));
                self.teller.trouble(sentence(&error));
            }
        }
    }

    /// A doubtful command waits again, and goes out at once if there is a link.
    fn confirm(&mut self, key: u64) {
        let linked = self.machine.linked();
        let confirmed = self
            .outbox
            .confirm(key)
            .and_then(|there| if there && linked { self.outbox.after(self.handed) } else { Ok(Vec::new()) });
        self.hand(confirmed);
    }

    /// Gives the machine what was just numbered.
    fn hand(&mut self, items: Result<Vec<Item>, StoreError>) {
        match items {
            Ok(items) => {
                for queued in items.iter().filter_map(queued) {
                    self.handed = queued.n;
                    self.step(Input::Submitted(Box::new(queued)));
                }
            }
            Err(error) => {
                let input = self.not_kept(&error);
                self.step(input);
            }
        }
    }

    fn write_unwritten(&mut self) {
        if self.drafts.due().is_some() {
            self.write_drafts();
        }
    }

    /// Writes what was typed since the last time.
    pub(super) fn write_drafts(&mut self) {
        let (saved, dropped) = self.drafts.unwritten();
        let saved: Vec<_> = saved.into_iter().map(draft_to_store).collect();
        let dropped: Vec<_> = dropped.into_iter().map(key_to_store).collect();
        let written = self.outbox.keep_drafts(&saved, &dropped);
        let now = self.clock.steady_ms();
        match written {
            Ok(()) => self.drafts.written(now),
            Err(error) => {
                if self.drafts.failed(now) {
                    self.teller.trouble(sentence(&error));
                }
            }
        }
    }
}
