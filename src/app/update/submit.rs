//! Commands: decided here first, then stored and sent; refused, withdrawn, undone.

use super::{Asking, Desk};
use crate::app::mirror::Pending;
use crate::app::model::{Done, Model, Part, Taking, forget};
use crate::app::overlays::Overlay;
use crate::app::overlays::later;
use crate::app::overlays::outbox::describe;
use crate::app::panes::queue;
use crate::app::port::{DraftKey, Effect, LinkState, OutboxState};
use crate::app::toast::Tone;
use crate::app::words;
use crate::domain::command::{Command, WaitingReply};
use crate::domain::ids::{CaseId, StockId};
use crate::domain::refusal::Refusal;
use crate::domain::stock::Stock;
use crate::domain::time::At;
use crate::domain::work::{Channel, Kind, Phase, WrapUp};

/// How many things can be taken back.
const UNDO: usize = 50;
/// How many wrap-ups are remembered until their rows come.
const WRAPPED: usize = 20;

impl Desk<'_> {
    /// Whether claims can be made: the server answers at once.
    pub(in crate::app) fn is_linked(&self) -> bool {
        is_linked(self.m)
    }

    /// Gives a command. A refusal is said at once and nothing is sent; what was typed stays where it is.
    pub(in crate::app) fn submit(&mut self, command: Command, clears: Option<DraftKey>) -> bool {
        let inverse = inverse(self.m, &command);
        let what = describe(self.m, &command);
        let undoable = !command.needs_link() && !matches!(command, Command::DeclineOffer { .. });
        let kept = self.m.stock.recording.is_some().then(|| command.clone());
        let given = self.give(command, clears);
        if let (Some(token), Some(command)) = (given, &kept) {
            self.recorded(token, command);
        }
        match given {
            Some(token) if undoable => {
                self.remember(Done { what, parts: vec![Part { token, inverse }] });
                true
            }
            given => given.is_some(),
        }
    }

    /// Gives many commands as one thing done, taken back with one undo. Whether any was given.
    pub(in crate::app) fn submit_all(&mut self, what: &str, commands: Vec<Command>) -> bool {
        let kept = self.m.stock.recording.is_some().then(|| commands.clone());
        let parts = self.give_all(commands);
        for (part, command) in parts.iter().zip(kept.iter().flatten()) {
            self.recorded(part.token, command);
        }
        let any = !parts.is_empty();
        if any {
            self.remember(Done { what: what.to_owned(), parts });
        }
        any
    }

    /// Counts what was used in something that does not say so itself. It is nothing to take back.
    pub(in crate::app) fn count_use(&mut self, used: Vec<StockId>) {
        if !used.is_empty() {
            self.give(Command::CountUse(used), None);
        }
    }

    /// Gives many commands; those that were taken, with their opposites. Refusals are said.
    fn give_all(&mut self, commands: Vec<Command>) -> Vec<Part> {
        self.touched = true;
        let inverses: Vec<_> = commands.iter().map(|c| inverse(self.m, c)).collect();
        let words: Vec<_> = commands.iter().map(|c| later::words_of(self.m, c)).collect();
        let asked = self.m.mirror.ask_all(&commands, self.server());
        let mut parts = Vec::new();
        for (((command, inverse), asked), words) in commands.into_iter().zip(inverses).zip(asked).zip(words) {
            match asked {
                Ok(token) => {
                    if let Some(words) = words {
                        self.write_again(words);
                    }
                    self.drop_refused(&command);
                    self.look_up(&command);
                    self.send_off(token, command, None);
                    parts.push(Part { token, inverse });
                }
                Err(refusal) => self.refuse(&refusal),
            }
        }
        parts
    }

    /// To the outbox. A reply is held there for a while.
    fn send_off(&mut self, token: u64, command: Command, clears: Option<DraftKey>) {
        let view = self.m.view();
        let contact = || command.interaction().and_then(|i| view.interaction(i)).map(|i| i.case);
        let case = command.case().or_else(contact);
        let typed = |channel| channel == Channel::Chat || channel == Channel::Voice && view.house().training;
        let live = |case| view.interactions_of(case).any(|i| typed(i.channel) && !i.customer_gone);
        let wait = match &command {
            Command::SendReply { case, .. } if live(*case) => self.m.settings.hold_chat_ms,
            Command::SendReply { .. } => self.m.settings.hold_ms,
            _ => 0,
        };
        let hold = (wait > 0).then(|| self.server().plus(wait));
        // Nobody sits in a chat for ever: what finds no link in time is not sent without being asked for again.
        let chats = matches!(&command, Command::SendReply { case, .. } if live(*case));
        let lapses = chats.then(|| self.server().plus(wait + self.m.settings.chat_wait_ms));
        self.effect(Effect::Submit { token, command: Box::new(command), clears, case, hold, lapses });
    }

    fn remember(&mut self, done: Done) {
        let list = &mut self.m.memory.done;
        list.push(done);
        let over = list.len().saturating_sub(UNDO);
        list.drain(..over);
    }

    fn give(&mut self, command: Command, clears: Option<DraftKey>) -> Option<u64> {
        self.touched = true;
        if command.needs_link() && !self.is_linked() {
            self.refuse(&Refusal::NeedsLink);
            return None;
        }
        match self.m.mirror.ask(&command, self.server()) {
            Ok(token) => {
                self.drop_refused(&command);
                self.look_up(&command);
                if let Some(key) = clears {
                    self.m.drafts.remove(&key);
                }
                self.send_off(token, command, clears);
                Some(token)
            }
            Err(Refusal::StaleReply { .. }) => {
                self.open_stale(&command);
                None
            }
            Err(refusal) => {
                self.refuse(&refusal);
                None
            }
        }
    }

    /// What a command does to a case that is not at hand can be shown once it is.
    fn look_up(&mut self, command: &Command) {
        for case in command.cases() {
            if self.m.mirror.base.case(case).is_none() {
                self.want(Asking::Thread(case));
            }
        }
    }

    /// A new try makes an older refused one of the same kind on the same case pointless.
    fn drop_refused(&mut self, command: &Command) {
        let same = |p: &&Pending| {
            p.refusal().is_some()
                && command.case().is_some()
                && p.command.case() == command.case()
                && std::mem::discriminant(&p.command) == std::mem::discriminant(command)
                // Words that no draft holds yet are nowhere else.
                && (p.returned || p.command.words().is_none_or(|w| w.trim().is_empty()))
        };
        let old: Vec<_> = self.m.mirror.pending.iter().filter(same).map(|p| (p.token, p.n)).collect();
        for (token, n) in old {
            self.discard(token, n);
        }
    }

    /// Takes a command out of the list and out of the outbox, words and all.
    pub(in crate::app) fn discard(&mut self, token: u64, n: Option<u64>) {
        if let Some(n) = n {
            self.effect(Effect::Discard { n });
        }
        self.touched = true;
        self.m.mirror.drop_token(token);
    }

    /// Takes back a command that was not sent, or of which nobody knows whether it was.
    pub(in crate::app) fn take_back(&mut self, pending: &Pending) {
        let what = describe(self.m, &pending.command);
        forget(&mut self.m.memory.done, pending.token);
        self.undo_one(Done { what, parts: vec![Part { token: pending.token, inverse: None }] });
    }

    /// The outbox could not store it: as if it had never been given.
    pub(super) fn not_queued(&mut self, token: u64, why: String) {
        let Some(pending) = self.m.mirror.drop_token(token) else { return };
        forget(&mut self.m.memory.done, token);
        forget(&mut self.m.memory.undoing, token);
        self.give_back(&pending.command, None);
        self.toast(Tone::Bad, why, t!("Nothing was sent; what you wrote is still there."));
    }

    /// The server answered.
    pub(super) fn verdict(&mut self, n: u64, state: OutboxState) {
        let refusal = match &state {
            OutboxState::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        };
        let doubtful = state == OutboxState::Doubtful;
        let lapsed = state == OutboxState::Lapsed;
        let done = matches!(state, OutboxState::Done { .. });
        let Some(pending) = self.m.mirror.verdict(n, state) else { return };
        self.read_again();
        self.touched = true;
        if doubtful {
            forget(&mut self.m.memory.done, pending.token);
            self.ask_about_doubtful();
        }
        if lapsed {
            forget(&mut self.m.memory.done, pending.token);
            self.ask_about_lapsed();
        }
        if done {
            self.answered_well(&pending);
            self.look_if_late(&pending);
        }
        let Some(refusal) = refusal else { return };
        forget(&mut self.m.memory.done, pending.token);
        if pending.command.needs_link() || matches!(pending.command, Command::DeclineOffer { .. }) {
            // A lost race needs no place in the list.
            self.m.memory.expecting = false;
            self.discard(pending.token, Some(n));
            self.refuse(&refusal);
            return;
        }
        self.give_back(&pending.command, Some(n));
        self.sent_after_all(&pending.command);
        if matches!(refusal, Refusal::StaleReply { .. })
            && self.m.overlays.is_empty()
            && self.m.conversation.case == pending.command.case()
        {
            self.open_stale(&pending.command);
            return;
        }
        let what = describe(self.m, &pending.command);
        let sentence = refusal.sentence(self.server());
        let way = t!("Outbox (<outbox>): try again, edit, drop.");
        self.toast(Tone::Warn, t!("Not done: {what}. {sentence}", what, sentence), way);
    }

    /// A wrap-up is done; whether it came in time only its row can say, because what was foreseen here may have been
    /// foreseen on top of what it did itself.
    fn look_if_late(&mut self, pending: &Pending) {
        let Command::WrapUp { case, interaction, epoch, .. } = pending.command else { return };
        let wrapped = &mut self.m.memory.wrapped;
        wrapped.push((case, interaction, epoch));
        let over = wrapped.len().saturating_sub(WRAPPED);
        wrapped.drain(..over);
    }

    /// The rows of a case were read: a wrap-up that came after the contact had gone elsewhere is kept all the same,
    /// and the agent hears what became of it.
    pub(in crate::app) fn say_if_late(&mut self, case: CaseId, legs: &[WrapUp]) {
        let me = self.m.me();
        let mut late = Vec::new();
        self.m.memory.wrapped.retain(|(of, interaction, epoch)| {
            let mine = |w: &&WrapUp| {
                (w.interaction, w.epoch, Some(w.agent)) == (*interaction, *epoch, me) && w.reason.is_some()
            };
            let Some(row) = legs.iter().find(mine).filter(|_| *of == case) else { return true };
            late.extend(row.late.then_some(*interaction));
            false
        });
        let number = queue::number(case);
        for contact in late {
            let view = self.m.view();
            let now = view.interaction(contact).and_then(|i| i.owner);
            let text = match now.filter(|owner| Some(*owner) != me) {
                Some(owner) => {
                    let who = queue::agent_name(view, owner);
                    t!("Your wrap-up of {number} came late: {who} has the contact.", number, who)
                }
                None => t!("Your wrap-up of {number} came late: the contact was no longer yours.", number),
            };
            self.toast(Tone::Info, text, t!("It is kept on the case, marked as late, and counts once."));
        }
    }

    /// A reply found no link in time: asks whether it is still to be sent, at once where nothing is typed.
    pub(super) fn ask_about_lapsed(&mut self) {
        let Some(p) = self.m.mirror.pending.iter().find(|p| p.state == OutboxState::Lapsed) else { return };
        let (what, span) = (describe(self.m, &p.command), words::long(self.server().since(p.at).max(0)));
        if !matches!(self.m.top(), Some(Overlay::Outbox(_))) && self.m.overlays.is_empty() && !super::typing(self.m) {
            self.open_outbox();
        }
        let text = t!("Not sent for {span}: {what}.", span, what);
        self.toast(Tone::Warn, text, t!("Is it still right? The outbox (<outbox>) sends, edits or drops it."));
    }

    /// Nobody knows whether some commands were done: asks what becomes of them, at once where nothing is typed.
    pub(super) fn ask_about_doubtful(&mut self) {
        if self.m.mirror.pending.iter().all(|p| p.state != OutboxState::Doubtful) {
            return;
        }
        if matches!(self.m.top(), Some(Overlay::Outbox(_))) {
            return;
        }
        if self.m.overlays.is_empty() && !super::typing(self.m) {
            self.open_outbox();
        }
        let text = t!("This desk's list of unsent work was copied, so it is not known whether some of it was done.");
        self.toast(Tone::Warn, text, t!("The outbox (<outbox>) asks what becomes of each."));
    }

    /// Takes back the last thing done.
    pub(super) fn undo(&mut self) {
        match self.m.memory.done.pop() {
            Some(done) => {
                self.unrecorded(&done);
                self.undo_one(done);
            }
            None => self.cannot(t!("There is nothing to take back.")),
        }
    }

    /// The outbox gave a command its number: what was to be taken back as soon as it has one is.
    pub(super) fn queued(&mut self, token: u64, n: u64, held: Option<At>) {
        self.m.mirror.numbered(token, n, held);
        self.touched |= held.is_some();
        let wishes = &mut self.m.memory.undoing;
        let Some(wish) = wishes.iter_mut().find(|done| done.parts.iter().any(|p| p.token == token)) else { return };
        let what = wish.what.clone();
        let parts = wish.parts.extract_if(.., |p| p.token == token).collect();
        wishes.retain(|done| !done.parts.is_empty());
        self.undo_one(Done { what, parts });
    }

    /// Takes back the parts of something done, the last one first: what is not sent leaves the outbox, of the rest
    /// the opposite is sent.
    fn undo_one(&mut self, done: Done) {
        let Done { what, parts } = done;
        let mut storing = Vec::new();
        let mut taking =
            Taking { what: what.clone(), asked: Vec::new(), withdrawn: 0, opposites: Vec::new(), stuck: 0 };
        for part in parts.into_iter().rev() {
            let pending = self.m.mirror.pending.iter().find(|p| p.token == part.token);
            let unsent = |p: &Pending| {
                matches!(p.state, OutboxState::Doubtful | OutboxState::Lapsed)
                    || p.is_open() && (p.held().is_some() || !self.is_linked())
            };
            match pending.map(|p| (p.n, p.is_open(), unsent(p))) {
                // It is being stored: as soon as it has its number.
                Some((None, true, _)) => storing.insert(0, part),
                Some((Some(n), _, true)) => taking.asked.push((n, part)),
                _ => taking.sent(part.inverse),
            }
        }
        if !storing.is_empty() {
            self.m.memory.undoing.push(Done { what, parts: storing });
        }
        for (n, part) in &taking.asked {
            self.m.mirror.taking(part.token, true);
            self.effect(Effect::Withdraw { n: *n });
        }
        self.touched = true;
        self.m.memory.taking.push(taking);
        self.taken_back();
    }

    /// The outbox says whether a command was taken back in time. If it was, its words are a draft again; if not, it
    /// stands as before, and its opposite is sent where there is one.
    pub(super) fn withdrawn(&mut self, n: u64, in_time: bool) {
        let of = |t: &Taking| t.asked.iter().position(|(asked, _)| *asked == n);
        let list = &mut self.m.memory.taking;
        let Some((taking, at)) = list.iter_mut().find_map(|t| of(t).map(|at| (t, at))) else { return };
        let (_, part) = taking.asked.remove(at);
        if in_time {
            taking.withdrawn += 1;
            if let Some(pending) = self.m.mirror.drop_token(part.token) {
                self.give_back(&pending.command, Some(n));
                // A reply that shall go out later after all is a draft no more.
                self.sent_after_all(&pending.command);
                let here = self.m.conversation.case == pending.command.case() && self.m.overlays.is_empty();
                match pending.command {
                    Command::SendReply { .. } | Command::ScheduleReply { .. } if here => self.compose(Kind::Message),
                    Command::AddNote { .. } if here => self.compose(Kind::Note),
                    _ => {}
                }
            }
        } else {
            taking.sent(part.inverse);
            self.m.mirror.taking(part.token, false);
        }
        self.touched = true;
        self.taken_back();
    }

    /// Says what became of what was to be taken back, once all of it is known.
    fn taken_back(&mut self) {
        let known: Vec<Taking> = self.m.memory.taking.extract_if(.., |t| t.asked.is_empty()).collect();
        for Taking { what, withdrawn, opposites, stuck, .. } in known {
            let wanted = opposites.len();
            let all = wanted > 0 && self.give_all(opposites).len() == wanted;
            if all && stuck == 0 {
                self.did(t!("Taken back: {what}.", what));
            } else if (all || withdrawn > 0) && stuck > 0 {
                let said = tn!(
                    stuck,
                    "Taken back: {what}, but for one message.",
                    "Taken back: {what}, but for {n} messages.",
                    what
                );
                self.toast(Tone::Warn, said, t!("It was sent already."));
            } else if stuck > 0 {
                self.toast(Tone::Warn, t!("This cannot be taken back: {what}.", what), t!("It was sent already."));
            } else if withdrawn > 0 && wanted == 0 {
                self.did(t!("Taken back: {what}. It was not sent.", what));
            }
        }
    }

    /// Closes the top overlay.
    pub(in crate::app) fn close(&mut self) -> Option<Overlay> {
        self.m.overlays.pop()
    }
}

/// Whether claims can be made: the server answers at once.
pub fn is_linked(model: &Model) -> bool {
    matches!(model.link.state, LinkState::Live | LinkState::Late)
}

/// What would undo a command, as things stand before it.
fn inverse(model: &Model, command: &Command) -> Option<Command> {
    let view = model.view();
    let case = command.case().and_then(|c| view.case(c));
    match command {
        Command::Hold { interaction, epoch } => Some(Command::Resume { interaction: *interaction, epoch: *epoch }),
        Command::Resume { interaction, epoch } => {
            let held = view.interaction(*interaction).is_some_and(|i| matches!(i.phase, Phase::OnHold { .. }));
            held.then_some(Command::Hold { interaction: *interaction, epoch: *epoch })
        }
        Command::Snooze { case: id, .. } => Some(Command::Snooze { case: *id, until: case?.snoozed_until }),
        Command::EditTags { case: id, add, remove } => {
            let has = |t: &&String| case.is_some_and(|c| c.tags.contains(t));
            let put = add.iter().filter(|t| !has(t)).cloned().collect();
            let gone = remove.iter().filter(has).cloned().collect();
            Some(Command::EditTags { case: *id, add: gone, remove: put })
        }
        Command::SetPriority { case: id, .. } => Some(Command::SetPriority { case: *id, priority: case?.priority }),
        Command::SetStatus { case: id, status, .. } => Some(match case?.label {
            None => Command::SetStatus { case: *id, status: case?.status, from: *status },
            label => Command::SetLabel { case: *id, label, from: *status, had: None },
        }),
        Command::SetLabel { case: id, label: set, .. } => {
            let to = set.and_then(|l| view.label(l)).map_or(case?.status, |l| l.status);
            Some(match (case?.label, case?.status) {
                (None, status) if status != to => Command::SetStatus { case: *id, status, from: to },
                (label, _) => Command::SetLabel { case: *id, label, from: to, had: *set },
            })
        }
        Command::EditChecks { case: id, add, remove, tick, untick } => {
            let has = |t: &&String| case.is_some_and(|c| c.checks.iter().any(|check| check.text == **t));
            let done = |t: &&String| {
                let check = case.and_then(|c| c.checks.iter().find(|check| check.text == **t));
                check.is_some_and(|c| c.done.is_some())
            };
            Some(Command::EditChecks {
                case: *id,
                add: remove.iter().filter(has).cloned().collect(),
                remove: add.iter().filter(|t| !has(t)).cloned().collect(),
                tick: untick.iter().chain(remove).filter(done).cloned().collect(),
                untick: tick.iter().filter(|t| !done(t)).cloned().collect(),
            })
        }
        Command::SplitCase { case: id, messages, .. } => {
            Some(Command::UndoSplit { case: *id, messages: messages.clone() })
        }
        Command::Assign { case: id, agent, .. } => {
            Some(Command::Assign { case: *id, agent: case?.assignee, from: *agent })
        }
        Command::Identify { case: id, customer, .. } => {
            Some(Command::Identify { case: *id, customer: case?.customer, from: *customer })
        }
        Command::ScheduleReply { case: id, asked, .. } => {
            let which = WaitingReply { case: view.root(*id), by: model.me()?, asked: *asked };
            Some(Command::CancelScheduled { which })
        }
        Command::SetPresence { .. } => {
            let presence = view.presence(model.me()?)?;
            Some(Command::SetPresence { to: presence.next.unwrap_or(presence.presence) })
        }
        Command::MergeCases { case: id, .. } => Some(Command::Unmerge { case: *id }),
        Command::Unmerge { case: id } => {
            let merged = case?.ties.merged.as_ref()?;
            Some(Command::MergeCases { case: *id, into: merged.into, reason: merged.reason.clone() })
        }
        Command::MergeCustomers { customer, .. } => Some(Command::UnmergeCustomers { customer: *customer }),
        Command::UnmergeCustomers { customer } => {
            let merged = view.customer(*customer)?.merged.as_ref()?;
            let (into, reason) = (merged.into, merged.reason.clone());
            Some(Command::MergeCustomers { customer: *customer, into, reason })
        }
        Command::LinkCases { case: id, to, .. } => {
            Some(Command::LinkCases { case: *id, to: *to, link: case?.ties.to(*to) })
        }
        Command::DropView { view: id } => {
            let saved = view.saved_view(*id)?;
            Some(Command::SaveView { name: saved.name.clone(), text: saved.text.clone() })
        }
        Command::SaveView { name, .. } => {
            let old = view.saved_views().find(|v| v.owner == model.me() && v.name == *name)?;
            Some(Command::SaveView { name: name.clone(), text: old.text.clone() })
        }
        Command::SaveStock { stock } => match view.stocks().find(|s| s.is_called(&stock.name())) {
            Some(old) => Some(Command::SaveStock { stock: Box::new(old.clone()) }),
            None => Some(Command::DropStock { name: Box::new(stock.name()) }),
        },
        Command::DropStock { name } => {
            let old = view.stocks().find(|s| s.is_called(name))?.clone();
            Some(Command::SaveStock { stock: Box::new(Stock { id: StockId(0), ..old }) })
        }
        _ => None,
    }
}
