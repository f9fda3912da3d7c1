//! From an action to what it does.

use super::Desk;
use crate::app::action::Action;
use crate::app::enabled::enabled;
use crate::app::key::Key;
use crate::app::overlays::Overlay;
use crate::app::overlays::chooser::Purpose;
use crate::app::panes::knowledge::Wanted;
use crate::app::panes::{composer, wrapup};
use crate::app::port::{Effect, LinkState};
use crate::app::screen::{Column, Pane};
use crate::domain::work::Kind;

/// The cursor of the queue rests when it has not moved for this long, ms.
const REST: i64 = 150;

impl Desk<'_> {
    /// Does an action, or says why it cannot be done now. `key` is what asked for it, if a key did.
    pub(in crate::app) fn run(&mut self, action: Action, key: Option<Key>) {
        use Action as A;
        if !matches!(action, A::Down | A::Up | A::PageDown | A::PageUp | A::First | A::Last) {
            // Whatever is done is done to what the cursor stands on.
            self.rest();
        }
        if let Err(why) = enabled(self.m, action) {
            self.cannot(why);
            if action == A::Reply && composer::reply_barrier(self.m).is_some() && enabled(self.m, A::Note).is_ok() {
                // Who begins to write goes on writing: their letters must not be taken for keys.
                self.compose(Kind::Note);
            }
            return;
        }
        match action {
            A::AcceptOffer => self.accept_offer(),
            A::DeclineOffer => self.decline_offer(),
            A::DeclineBecause => self.pick_decline(),
            A::PullNext => self.pull_next(),
            A::TakeSelected => self.take_selected(),
            A::CompleteTask => self.complete_task(),
            A::Reply => self.compose(Kind::Message),
            A::Note => self.compose(Kind::Note),
            A::FindArticle => self.find_article(),
            A::WrapUp => self.wrap_up(key),
            A::Hold => self.hold(),
            A::EndContact => self.end_contact(key),
            A::Transfer => self.pick_transfer(),
            A::ReadCard => self.read_card(),
            A::Escalate => self.ask_escalate(),
            A::Consult => self.pick_colleague(),
            A::HandOver => self.hand_over(),
            A::LeaveConsult => self.leave_colleague(),
            A::AskCallback => self.ask_callback(),
            A::CallReached => self.call_went(true),
            A::CallUnreached => self.call_went(false),
            A::Why => self.show_why(),
            A::SetOther => self.pick_whose_presence(),
            A::Snooze => self.pick_snooze(),
            A::Tags => self.pick_tags(),
            A::Priority => self.pick_priority(),
            A::Status => self.pick_status(),
            A::AssignMe => self.assign_me(),
            A::Assign => self.pick_assign(),
            A::CopyId => self.copy_id(),
            A::Send => self.send(),
            A::SwitchKind => {
                let other = if self.m.composer.kind == Kind::Message { Kind::Note } else { Kind::Message };
                self.compose(other);
            }
            A::OpenEditor => self.open_editor(),
            A::FinishWrapUp => self.finish_wrap_up(),
            A::NextField => self.step_part(1),
            A::PreviousField => self.step_part(-1),
            A::FollowUp => self.turn_follow_up(),
            A::Summarize => self.summarize(),
            A::MoreTime => self.pick_more_time(),
            A::InsertArticle => self.insert_article(Wanted::Text),
            A::InsertSection => self.insert_article(Wanted::Section),
            A::InsertLink => self.insert_article(Wanted::Link),
            A::EditSearch => self.edit_search(),
            A::Open => self.open_selected(),
            A::Down => self.step(1),
            A::Up => self.step(-1),
            A::PageDown => self.turn(1),
            A::PageUp => self.turn(-1),
            A::First => self.go_edge(false),
            A::Last => self.go_edge(true),
            A::Jump => self.jump(),
            A::NextPane => self.cycle(1),
            A::PreviousPane => self.cycle(-1),
            A::GoQueue => self.focus(Pane::Queue),
            A::GoConversation => self.focus(Pane::Conversation),
            A::GoWrapUp => self.focus(Pane::WrapUp),
            A::GoCustomer => self.focus(Pane::Customer),
            A::GoKnowledge => {
                self.m.knowledge.back = if self.m.focus == Pane::Knowledge { Pane::Conversation } else { self.m.focus };
                self.focus(Pane::Knowledge);
            }
            A::FindCase => self.pick_history(),
            A::Views => self.pick_views(),
            A::Merge => self.pick_merge(),
            A::Unmerge => self.pick_unmerge(),
            A::Identify => self.pick_identity(),
            A::Recipients => self.open_recipients(),
            A::ReplyLater => self.pick_later(),
            A::WaitingReplies => self.open_waiting(),
            A::MergeCustomer => self.pick_same_person(),
            A::UnmergeCustomer => self.pick_unmerge_customer(),
            A::OpenFile => self.pick_file(),
            A::Split => self.pick_split(),
            A::Link => self.pick_link(),
            A::Checklist => self.open_checklist(),
            A::Incidents => self.open_incidents(),
            A::FindCustomer => self.pick_customer(),
            A::NextContact => {
                self.next_contact();
            }
            A::Leave => self.leave(),
            A::ToggleReady => self.toggle_ready(),
            A::Break => self.pick_break(),
            A::Undo => self.undo(),
            A::Outbox => self.open_outbox(),
            A::MyDay => self.open_day(),
            A::Clock => self.explain_clocks(),
            A::RetryLink => {
                if self.m.link.state == LinkState::Live {
                    self.did(t!("Colleagues' cases are asked for."));
                }
                self.effect(Effect::RetryLink);
            }
            // Its letter means something in the outbox only.
            A::WorkOffline if !matches!(self.m.top(), None | Some(Overlay::Outbox(_))) => {}
            A::WorkOffline => self.effect(Effect::WorkOffline(self.m.link.state != LinkState::Offline)),
            A::ThinLink => self.turn_thin(),
            A::SaveLink => self.effect(Effect::SaveLink),
            A::Palette => self.open_palette(),
            A::Help => self.open_help(),
            A::Tour => self.tour(),
            A::TourSkip => self.skip_step(),
            A::Theme => self.pick_theme(),
            A::Reload => self.effect(Effect::Reload),
            A::Log => self.open_log(),
            A::ToggleMouse => self.toggle_mouse(),
            A::Redraw => self.effect(Effect::Redraw),
            A::Suspend => self.effect(Effect::Suspend),
            A::Quit => self.quit(key),
            A::OverlayAccept => self.overlay_accept(),
            A::OverlayConfirm => self.overlay_confirm(),
            A::OverlayYes => self.overlay_yes(),
            A::FigureHow => self.day_how(),
            A::OutboxRetry => self.outbox_retry(),
            A::OutboxEdit => self.outbox_edit(),
            A::OutboxDrop => self.outbox_drop(),
            A::OverlayDown => self.overlay_step(1),
            A::OverlayUp => self.overlay_step(-1),
            A::OverlayPageDown => self.overlay_turn(1),
            A::OverlayPageUp => self.overlay_turn(-1),
            A::OverlayMark => self.mark_item(),
            A::OverlayClose => self.overlay_close(),
            A::Snippets => self.pick_snippet(),
            A::SaveSnippet => self.save_snippet(),
            A::NextStop if self.step_stop(1) => {}
            A::NextStop => self.cycle(1),
            A::PreviousStop if self.step_stop(-1) => {}
            A::PreviousStop => self.cycle(-1),
            A::Macros => self.pick_macro(),
            A::RecordMacro => self.record(),
            A::SaveMacro => self.save_macro(),
            A::DropStock => self.pick_drop_stock(),
        }
    }

    /// Gives a pane the keys.
    pub(in crate::app) fn focus(&mut self, pane: Pane) {
        if pane != Pane::Knowledge {
            self.m.knowledge.typing = false;
        }
        if pane != Pane::Customer {
            self.m.customer.typing = false;
        }
        self.m.focus = pane;
        if pane.column() != Column::Work {
            self.m.side = pane.column();
        }
        self.touched = true;
    }

    /// Tab through the panes that have something.
    fn cycle(&mut self, by: isize) {
        let panes: Vec<Pane> = Pane::ALL
            .into_iter()
            .filter(|p| match p {
                Pane::Composer => self.m.conversation.case.is_some(),
                Pane::WrapUp => wrapup::form(self.m).is_some(),
                _ => true,
            })
            .collect();
        let at = panes.iter().position(|p| *p == self.m.focus).unwrap_or(0) as isize;
        let to = panes[(at + by).rem_euclid(panes.len() as isize) as usize];
        if to == Pane::Knowledge {
            self.m.knowledge.back = Pane::Conversation;
        }
        self.focus(to);
    }

    /// Escape: one level out, always.
    fn leave(&mut self) {
        match self.m.focus {
            Pane::Knowledge => self.leave_knowledge(),
            Pane::Customer if self.m.customer.typing => {
                self.m.customer.typing = false;
                if !self.m.customer.search.is_blank() {
                    self.say(t!("<leave> once more shows the whole timeline again."));
                }
            }
            Pane::Customer if !self.m.customer.search.is_blank() => {
                self.m.customer.search.clear();
                self.timeline_search();
            }
            Pane::Composer | Pane::WrapUp => {
                // Who comes back goes on writing; nothing is replaced unseen.
                if let Some(into) = self.slot() {
                    self.edit_slot(into, |field| {
                        field.moved_off();
                        crate::app::text::Press::Moved
                    });
                }
                self.focus(Pane::Conversation);
            }
            Pane::Conversation if self.m.conversation.scroll.up > 0 => self.m.conversation.scroll.to_end(),
            Pane::Conversation | Pane::Customer => self.focus(Pane::Queue),
            Pane::Queue => {
                self.m.toasts.clear();
            }
        }
    }

    /// `/` where there is something to search in.
    fn edit_search(&mut self) {
        if self.m.focus == Pane::Customer {
            self.m.customer.typing = true;
        } else {
            self.find_article();
        }
    }

    fn open_selected(&mut self) {
        match self.m.focus {
            Pane::Queue => self.enter_row(),
            Pane::Conversation => self.compose(self.m.composer.kind),
            Pane::Customer => self.open_timeline(),
            Pane::Knowledge if self.m.knowledge.preview.is_some() => self.insert_article(Wanted::Text),
            Pane::Knowledge => self.open_article(),
            Pane::WrapUp => self.wrap_up_enter(),
            Pane::Composer => {}
        }
    }

    fn step(&mut self, by: isize) {
        match self.m.focus {
            Pane::Queue => self.step_rows(|list, len| list.step(by, len)),
            Pane::Conversation | Pane::Composer => self.m.conversation.scroll.step(by),
            Pane::Customer => {
                let len = self.m.customer.lines.len();
                self.m.customer.list.step(by, len);
            }
            Pane::Knowledge => self.m.knowledge.step(by),
            Pane::WrapUp => self.step_choice(by),
        }
    }

    fn turn(&mut self, pages: isize) {
        match self.m.focus {
            Pane::Queue => self.step_rows(|list, len| list.turn(pages, len)),
            Pane::Conversation | Pane::Composer | Pane::WrapUp => self.m.conversation.scroll.turn(pages),
            Pane::Customer => {
                let len = self.m.customer.lines.len();
                self.m.customer.list.turn(pages, len);
            }
            Pane::Knowledge => self.m.knowledge.turn(pages),
        }
    }

    fn go_edge(&mut self, last: bool) {
        let edge = if last { isize::MAX / 2 } else { isize::MIN / 2 };
        match self.m.focus {
            Pane::Conversation if last => self.m.conversation.scroll.to_end(),
            Pane::Conversation => self.m.conversation.scroll.to_start(),
            _ => self.step(edge),
        }
    }

    fn step_rows(&mut self, go: impl FnOnce(&mut crate::app::list::List, usize)) {
        let len = self.m.queue.rows.len();
        go(&mut self.m.queue.list, len);
        let row = self.m.queue.rows.get(self.m.queue.list.selected).copied();
        self.m.queue.chosen = row;
        // Passing over a row is not reading it: two panes drawn anew and three questions to the cache can wait.
        self.m.queue.rest = Some(self.now.plus(REST));
    }

    /// Opens the row that the cursor came to stand on.
    pub(super) fn rest(&mut self) {
        if self.m.queue.rest.take().is_some()
            && let Some(row) = self.m.queue.chosen
        {
            self.open_row(row);
        }
    }

    /// Continues the text in the agent's own editor.
    fn open_editor(&mut self) {
        let text = match self.m.focus {
            Pane::WrapUp => {
                wrapup::form(self.m).and_then(|f| wrapup::note(self.m, f)).map(|w| w.field.text().to_owned())
            }
            _ => composer::written(self.m).map(|w| w.field.text().to_owned()),
        };
        self.effect(Effect::Edit(text.unwrap_or_default()));
    }

    fn overlay_accept(&mut self) {
        if self.m.welcome.is_some() {
            self.welcome_accept();
            return;
        }
        match self.m.top() {
            Some(Overlay::Chooser(_)) => self.choose_item(),
            Some(Overlay::Stale(_)) => self.back_to_writing(),
            Some(Overlay::Outbox(_)) => self.outbox_edit(),
            Some(Overlay::Day(_)) => self.day_accept(),
            // Enter is too easy for what cannot be taken back.
            Some(Overlay::Confirm(c)) => {
                let sentence = t!("<overlay-yes> says yes: {yes}. <overlay-close> goes back.", yes = c.yes);
                self.say(sentence);
            }
            Some(Overlay::Explain(_)) => drop(self.close()),
            Some(Overlay::Stage(_)) => self.apply_stage(),
            Some(Overlay::Prompt(_)) | None => {}
        }
    }

    fn overlay_confirm(&mut self) {
        match self.m.top() {
            Some(Overlay::Stale(_)) => self.send_anyway(),
            Some(Overlay::Prompt(_)) => self.prompt_done(),
            Some(Overlay::Confirm(_)) => self.confirm_yes(),
            Some(Overlay::Stage(_)) => self.apply_stage(),
            Some(Overlay::Chooser(c)) if c.purpose == Purpose::Cases => self.pick_bulk(),
            Some(Overlay::Chooser(_)) => self.choose_item(),
            _ => {}
        }
    }

    fn overlay_yes(&mut self) {
        match self.m.top() {
            Some(Overlay::Confirm(_)) => self.confirm_yes(),
            Some(Overlay::Stage(_)) => self.apply_stage(),
            _ => {}
        }
    }

    fn overlay_step(&mut self, by: isize) {
        if self.m.welcome.is_some() {
            self.welcome_step(by);
            return;
        }
        let outbox = self.m.mirror.pending.len();
        if matches!(self.m.top(), Some(Overlay::Explain(_))) {
            return self.explain_step(by);
        }
        if matches!(self.m.top(), Some(Overlay::Stage(_))) {
            return self.stage_step(by);
        }
        match self.m.overlays.last_mut() {
            Some(Overlay::Chooser(chooser)) => chooser.step(by),
            Some(Overlay::Outbox(o)) => o.list.step(by, outbox),
            Some(Overlay::Day(day)) => day.step(by),
            _ => {}
        }
    }

    fn overlay_turn(&mut self, pages: isize) {
        let page = match self.m.top() {
            Some(Overlay::Chooser(chooser)) => chooser.list.page,
            Some(Overlay::Outbox(o)) => o.list.page,
            Some(Overlay::Day(day)) => day.shown().page,
            Some(Overlay::Stage(_)) => 10,
            _ => 0,
        };
        self.overlay_step(pages * (page.max(2) as isize - 1));
    }

    fn overlay_close(&mut self) {
        if self.m.welcome.is_some() {
            self.welcome_back();
            return;
        }
        if matches!(self.m.top(), Some(Overlay::Stale(_))) {
            self.back_to_writing();
            return;
        }
        if self.day_back() {
            return;
        }
        if let Some(Overlay::Chooser(chooser)) = self.m.top()
            && let Purpose::Snippets(slot) = chooser.purpose
        {
            self.snippets_back(slot);
            return;
        }
        self.close();
    }
}
