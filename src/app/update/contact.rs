//! What agents do with contacts: take, hold, end, wrap up, hand on.

use super::Desk;
use crate::app::enabled::{mine, offered, talking, waiting_selected};
use crate::app::key::Key;
use crate::app::overlays::confirm::{Confirm, Then};
use crate::app::panes::{conversation, queue, wrapup};
use crate::app::port::Effect;
use crate::app::screen::Pane;
use crate::app::toast::Tone;
use crate::domain::command::Command;
use crate::domain::ids::InteractionId;
use crate::domain::people::Presence;
use crate::domain::work::{Channel, Interaction, Phase};

impl Desk<'_> {
    pub(super) fn accept_offer(&mut self) {
        let Some(i) = offered(self.m, self.now).and_then(|id| self.m.view().interaction(id)).cloned() else {
            self.cannot(t!("Nothing is offered to you now."));
            return;
        };
        self.m.memory.expecting = true;
        if self.submit(Command::AcceptOffer { interaction: i.id, epoch: i.epoch }, None) {
            self.m.overlays.clear();
        } else {
            self.m.memory.expecting = false;
        }
    }

    pub(super) fn decline_offer(&mut self) {
        if let Some(id) = offered(self.m, self.now) {
            self.decline(id, String::new());
        }
    }

    /// Lets an offer pass, as long as it stands.
    pub(in crate::app) fn decline(&mut self, id: InteractionId, reason: String) {
        let Some(i) = self.m.view().interaction(id).cloned() else { return };
        let name = queue::name(self.m, &i);
        if self.submit(Command::DeclineOffer { interaction: i.id, epoch: i.epoch, reason }, None) {
            self.did(t!("{name} waits for someone else.", name));
        }
    }

    pub(super) fn pull_next(&mut self) {
        // What is offered is the next right one already.
        if offered(self.m, self.now).is_some() {
            self.accept_offer();
            return;
        }
        let asked = |p: &crate::app::mirror::Pending| p.is_open() && matches!(p.command, Command::Pull { .. });
        if self.m.mirror.pending.iter().any(asked) {
            self.say(t!("The next contact is on its way."));
            return;
        }
        self.m.memory.expecting = self.submit(Command::Pull { interaction: None }, None);
    }

    pub(super) fn take_selected(&mut self) {
        if let Some(id) = waiting_selected(self.m) {
            self.m.memory.expecting = true;
            if !self.submit(Command::Pull { interaction: Some(id) }, None) {
                self.m.memory.expecting = false;
            }
        }
    }

    pub(super) fn hold(&mut self) {
        let Ok(i) = talking(self.m).cloned() else { return };
        let (interaction, epoch) = (i.id, i.epoch);
        let command = match i.phase {
            Phase::OnHold { .. } | Phase::Consult { .. } => Command::Resume { interaction, epoch },
            _ => Command::Hold { interaction, epoch },
        };
        self.submit(command, None);
    }

    /// Ends the conversation. With someone still there a letter asks first, because letters slip; F8 does not.
    pub(super) fn end_contact(&mut self, key: Option<Key>) {
        let Ok(i) = talking(self.m).cloned() else { return };
        let command = Command::EndContact { interaction: i.id, epoch: i.epoch };
        let asks = key.is_none_or(|k| k.printable().is_some());
        if asks && self.ask_end(&i, key, Then::Submit(command.clone())) {
            return;
        }
        self.end_and_wrap_up(command);
    }

    /// To the form; ends the conversation first if it still runs.
    pub(super) fn wrap_up(&mut self, key: Option<Key>) {
        if wrapup::form(self.m).is_some() {
            self.focus(Pane::WrapUp);
            return;
        }
        let Ok(i) = mine(self.m).cloned() else { return };
        if matches!(i.phase, Phase::WrapUp { .. }) {
            self.open_form(i.id);
            self.focus(Pane::WrapUp);
            return;
        }
        let command = Command::EndContact { interaction: i.id, epoch: i.epoch };
        if !self.ask_end(&i, key, Then::EndAndWrapUp(command.clone())) {
            self.end_and_wrap_up(command);
        }
    }

    /// Asks before a live customer is cut off; false when there is nobody to cut off.
    fn ask_end(&mut self, i: &Interaction, key: Option<Key>, then: Then) -> bool {
        let live = matches!(i.channel, Channel::Voice | Channel::Callback | Channel::Chat) && !i.customer_gone;
        if !live {
            return false;
        }
        let chat = i.channel == Channel::Chat;
        let name = queue::name(self.m, i);
        let habits = wrapup::habits(self.m, i.queue);
        let mut lines = vec![t!("{name} is still there. The wrap-up form opens next.", name)];
        if !habits.is_empty() {
            lines.push(t!("Or end and finish at once, as you often do:").to_owned());
        }
        lines.extend(habits.iter().enumerate().map(|(n, (.., label))| format!("{} {label}", n + 1)));
        self.ask(Confirm {
            title: if chat { t!("End the chat with {name}", name) } else { t!("End the call with {name}", name) },
            lines,
            digits: habits.iter().map(|(r, o, _)| (*r, *o)).collect(),
            yes: if chat { t!("end the chat") } else { t!("end the call") }.to_owned(),
            again: key.filter(|k| k.printable().is_some()),
            then: match then {
                Then::Submit(command) => Then::EndAndWrapUp(command),
                then => then,
            },
        });
        true
    }

    /// Ends the contact, unless the customer has done so meanwhile, and goes to its form.
    pub(in crate::app) fn end_and_wrap_up(&mut self, command: Command) {
        let Some(id) = command.interaction() else { return };
        let over = self.m.view().interaction(id).is_some_and(|i| matches!(i.phase, Phase::WrapUp { .. }));
        if !over && !self.submit(command, None) {
            return;
        }
        if let Some(case) = self.m.view().interaction(id).map(|i| i.case) {
            self.open_case(case);
            self.open_form(id);
            self.focus(Pane::WrapUp);
        }
    }

    pub(super) fn complete_task(&mut self) {
        if let Some(queue::Row::Promise(task)) = self.m.queue.chosen
            && self.submit(Command::CompleteTask { task }, None)
        {
            self.did(t!("Promise kept."));
        }
    }

    /// To the next of my contacts: those whose customer waits come first, the longest wait first.
    pub(in crate::app) fn next_contact(&mut self) -> bool {
        let me = self.m.me();
        let open = self.m.conversation.case;
        let view = self.m.view();
        let mut mine: Vec<_> = view.interactions().filter(|i| me.is_some() && i.owner == me).collect();
        mine.sort_by_key(|i| (i.waiting_since.is_none(), i.waiting_since, i.accepted, i.id));
        // From the open one on, round and round; from elsewhere the neediest.
        let at = mine.iter().position(|i| Some(i.case) == open);
        let next = match at {
            Some(at) => mine.get((at + 1) % mine.len()),
            None => mine.first(),
        };
        let Some((id, case, over)) = next.map(|i| (i.id, i.case, matches!(i.phase, Phase::WrapUp { .. }))) else {
            return false;
        };
        self.select_row(queue::Row::Mine(id));
        self.open_case(case);
        self.focus(if over { Pane::WrapUp } else { Pane::Conversation });
        true
    }

    pub(super) fn toggle_ready(&mut self) {
        let row = self.m.me().and_then(|me| self.m.view().presence(me));
        let now = row.map_or(Presence::Offline, |p| p.next.unwrap_or(p.presence));
        self.be(if now == Presence::Ready { Presence::Away } else { Presence::Ready });
    }

    pub(super) fn assign_me(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let from = self.m.view().case(case).and_then(|c| c.assignee);
        if self.submit(Command::Assign { case, agent: self.m.me(), from }, None) {
            self.toast(Tone::Done, t!("{number} is yours.", number = queue::number(case)), t!("<undo> takes it back."));
        }
    }

    pub(super) fn copy_id(&mut self) {
        let Some(case) = self.m.conversation.case else { return };
        let number = queue::number(case);
        self.effect(Effect::Copy(number.clone()));
        self.did(t!("Copied {number}.", number));
    }

    /// Leaves; asks only when someone is on the line.
    pub(super) fn quit(&mut self, key: Option<Key>) {
        let me = self.m.me();
        let live = |i: &&Interaction| {
            me.is_some() && i.owner == me && i.channel != Channel::Email && !i.customer_gone && i.phase.is_live()
        };
        let names: Vec<_> = self.m.view().interactions().filter(live).map(|i| queue::name(self.m, i)).collect();
        if names.is_empty() {
            self.effect(Effect::Quit);
            return;
        }
        let lines = vec![
            t!("Still in conversation: {names}.", names = names.join(", ")),
            t!("A call goes on without the desk; a chat goes back to the queue after a few minutes. What you wrote is kept.")
                .to_owned(),
        ];
        let title = tn!(names.len(), "Leave the desk with 1 contact open", "Leave the desk with {n} contacts open");
        let yes = t!("leave").to_owned();
        self.ask(Confirm { title, lines, yes, again: key, digits: Vec::new(), then: Then::Quit });
    }

    /// Shows the case of a row.
    pub(in crate::app) fn open_row(&mut self, row: queue::Row) {
        let view = self.m.view();
        let case = match row {
            queue::Row::Waiting(id) | queue::Row::Mine(id) => view.interaction(id).map(|i| i.case),
            queue::Row::Promise(id) => view.task(id).map(|t| t.case),
        };
        if let Some(case) = case {
            self.open_case(case);
        }
    }

    /// Selects a row, if it is there.
    pub(in crate::app) fn select_row(&mut self, row: queue::Row) {
        if let Some(at) = self.m.queue.rows.iter().position(|r| *r == row) {
            let len = self.m.queue.rows.len();
            self.m.queue.list.select(at, len);
            self.m.queue.chosen = Some(row);
        }
    }

    /// Where Enter in the queue leads: my contact to its work, another to its thread.
    pub(super) fn enter_row(&mut self) {
        let Some(row) = self.m.queue.chosen else { return };
        self.open_row(row);
        let over = conversation::contact(self.m).is_some_and(|i| matches!(i.phase, Phase::WrapUp { .. }));
        let mine = matches!(row, queue::Row::Mine(_));
        self.focus(if mine && over { Pane::WrapUp } else { Pane::Conversation });
    }
}
