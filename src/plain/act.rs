//! Actions with what was typed behind their names: text to write, words to look for, a number to choose.

use super::answer::Wants;
use super::session::Turn;
use super::writing::Writing;
use crate::app::action::{Action, Action as A};
use crate::app::enabled::enabled;
use crate::app::keyed::keyed;
use crate::app::msg::Msg;
use crate::app::overlays::Overlay;
use crate::app::panes::composer;
use crate::app::panes::wrapup;
use crate::app::screen::Pane;

impl Turn<'_> {
    /// Does an action. What cannot be done now says why, whatever was typed behind it.
    pub(super) fn do_with(&mut self, action: Action, rest: &str) {
        let number = rest.parse::<usize>().ok();
        // A number selects first: it may be what makes the action possible.
        if let Some(n) = number
            && matches!(
                action,
                A::TakeSelected
                    | A::CompleteTask
                    | A::AskCallback
                    | A::Why
                    | A::Open
                    | A::InsertArticle
                    | A::InsertSection
                    | A::InsertLink
                    | A::OutboxRetry
                    | A::OutboxEdit
                    | A::OutboxDrop
                    | A::FigureHow
                    | A::OverlayAccept
                    | A::OverlayMark
            )
        {
            if self.select(n) {
                self.run(action);
                self.open_writing();
            } else {
                self.spoke();
            }
            return;
        }
        if let Err(why) = enabled(self.m, action) {
            let why = keyed(self.m, &why);
            self.say(&why);
            self.spoke();
            return;
        }
        match action {
            A::Help => self.help(rest),
            A::Jump => self.jump(rest),
            A::Reply | A::Note => self.write_with(action, rest),
            A::Send if !rest.is_empty() => {
                self.go_writing();
                self.append(rest);
                self.run(A::Send);
            }
            A::OpenEditor => self.write_on(),
            A::FindArticle | A::EditSearch if self.m.focus != Pane::Customer || action == A::FindArticle => {
                self.find_article(rest);
            }
            A::EditSearch => {
                self.run(action);
                self.send(Msg::Write(rest.to_owned()));
                self.wants(Wants::Timeline);
            }
            A::Escalate if !rest.is_empty() => {
                self.run(action);
                if matches!(self.m.top(), Some(Overlay::Prompt(_))) {
                    self.s.writing = Some(Writing::Prompt);
                    self.append(rest);
                    self.s.writing = None;
                    self.run(A::OverlayConfirm);
                }
                self.open_writing();
            }
            _ if !rest.is_empty() => self.open_with(action, rest),
            _ => {
                self.run(action);
                self.open_writing();
                match action {
                    A::Open | A::PageDown | A::PageUp | A::First | A::Last if self.m.focus == Pane::Conversation => {
                        self.wants(Wants::Focus);
                    }
                    A::SwitchKind => self.read_place(),
                    _ => {}
                }
            }
        }
    }

    /// Opens what the action opens, and types the words into it.
    pub(super) fn open_with(&mut self, action: Action, words: &str) {
        if let Err(why) = enabled(self.m, action) {
            let why = keyed(self.m, &why);
            self.say(&why);
            self.spoke();
            return;
        }
        let before = self.m.overlays.len();
        self.run(action);
        match self.m.top() {
            Some(Overlay::Chooser(_)) if self.m.overlays.len() > before => self.type_into_list(words),
            Some(Overlay::Prompt(_)) => self.open_writing(),
            _ => {
                let name = action.entry().name;
                self.say(&t!("{name} takes no words: {words} was not used.", name, words));
            }
        }
    }

    /// Types words into the list on top; its only line is chosen.
    pub(super) fn type_into_list(&mut self, words: &str) {
        match self.m.top() {
            Some(Overlay::Chooser(_)) => {
                self.send(Msg::Write(words.to_owned()));
                if let Some(answer) = &mut self.s.answer {
                    answer.picks = true;
                }
            }
            Some(Overlay::Prompt(_)) => {
                self.s.writing = Some(Writing::Prompt);
                self.write_line(words);
            }
            _ => {
                self.say(t!("That is no answer here."));
                self.wants(Wants::Focus);
            }
        }
    }

    /// The search for articles, with words or with those that suit the case.
    pub(super) fn find_article(&mut self, words: &str) {
        self.run(Action::FindArticle);
        self.send(Msg::Write(words.to_owned()));
        self.wants(Wants::Article);
    }

    /// A reply or note: begun, or a line of it written.
    fn write_with(&mut self, action: Action, rest: &str) {
        if action == Action::Note && self.m.focus == Pane::WrapUp && wrapup::form(self.m).is_some() {
            self.form_note(rest);
            return;
        }
        self.run(action);
        if self.m.focus != Pane::Composer {
            return;
        }
        if rest.is_empty() {
            self.s.writing = composer::key(self.m).map(Writing::Draft);
            self.ask_text();
            return;
        }
        self.append(rest);
        let what = self.writing_what();
        self.say(&t!("{what}, not sent: {rest}", what, rest));
        self.say(t!("send sends it; reply or note goes on writing."));
        self.spoke();
    }

    /// Panes by their names: there is nothing in sight that could bear a label.
    fn jump(&mut self, to: &str) {
        let panes = [A::GoQueue, A::GoConversation, A::GoWrapUp, A::GoCustomer, A::GoKnowledge];
        match panes.into_iter().find(|a| !to.is_empty() && a.entry().name.contains(&to.to_lowercase())) {
            Some(action) => self.do_with(action, ""),
            None => {
                let names = panes.map(|a| a.entry().name).join(", ");
                self.say(&t!("Jump to: {names}.", names));
                self.spoke();
            }
        }
    }

    /// What a snippet asks, in the reply or note.
    pub(super) fn fill(&mut self, words: &str) {
        self.go_writing();
        if composer::written(self.m).is_none_or(|w| w.field.here().is_none()) {
            self.say(t!("Nothing is to be filled in; snippets puts in a text that asks."));
            self.spoke();
            return;
        }
        self.send(Msg::Paste(words.to_owned()));
        self.run(Action::NextStop);
        self.want_reading();
    }

    /// The composer has the keys.
    fn go_writing(&mut self) {
        if self.m.focus != Pane::Composer {
            let note = self.m.composer.kind == crate::domain::work::Kind::Note;
            self.send(Msg::Run(if note { Action::Note } else { Action::Reply }));
        }
    }
}
