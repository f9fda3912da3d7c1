//! Several lines of text, ended by a line with a single dot. Each line is in the draft, and so on the disk, as soon as
//! it is typed.

use super::session::Turn;
use crate::app::action::Action;
use crate::app::msg::Msg;
use crate::app::overlays::Overlay;
use crate::app::panes::{composer, wrapup};
use crate::app::port::{DraftField, DraftKey};
use crate::app::screen::Pane;
use crate::domain::safe;

/// What is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// The reply or note of a case.
    Draft(DraftKey),
    /// The words an action needs.
    Prompt,
    /// The note of the wrap-up form.
    Form,
}

impl Turn<'_> {
    /// The text of what has the keys now.
    fn text_now(&self) -> String {
        let key = match self.s.writing {
            Some(Writing::Prompt) => return self.m.prompt_field().map_or_else(String::new, |f| f.text().to_owned()),
            Some(Writing::Form) => wrapup::form(self.m).map(|f| DraftKey::new(f.case, DraftField::WrapUp)),
            Some(Writing::Draft(key)) => Some(key),
            None => composer::key(self.m),
        };
        key.and_then(|k| self.m.drafts.get(&k)).map_or_else(String::new, |w| w.field.text().to_owned())
    }

    /// A line of it. `.` ends it; what begins with a dot or a colon has one more in front.
    pub(super) fn write_line(&mut self, line: &str) {
        if line.trim_end() == "." {
            self.end_writing();
            return;
        }
        let line = match line.strip_prefix('.') {
            Some(rest) if rest.starts_with('.') => rest,
            _ => line.strip_prefix(':').filter(|rest| rest.starts_with(':')).unwrap_or(line),
        };
        if let Some(Writing::Draft(key)) = self.s.writing
            && (composer::key(self.m) != Some(key) || self.m.focus != Pane::Composer || !self.m.overlays.is_empty())
        {
            // What is meant for one customer never goes to another.
            self.s.writing = None;
            self.say(t!(
                "Something else is in front now, so this line was not kept; what you wrote before is in its draft."
            ));
            self.spoke();
            return;
        }
        self.append(line);
        self.spoke();
    }

    /// Puts a line behind what is written.
    pub(super) fn append(&mut self, line: &str) {
        let mut text = self.text_now();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
        // The line after an empty one must not run into the one before it.
        if line.is_empty() {
            text.push('\n');
        }
        self.send(Msg::Write(text));
    }

    /// Several lines follow, where text has the keys.
    pub(super) fn write_on(&mut self) {
        self.s.writing = match (self.m.top(), self.m.focus) {
            (Some(Overlay::Prompt(_)), _) => Some(Writing::Prompt),
            (Some(_), _) => None,
            (None, Pane::WrapUp) => Some(Writing::Form),
            (None, Pane::Composer) => composer::key(self.m).map(Writing::Draft),
            (None, _) if composer::key(self.m).is_some() => {
                let note = self.m.composer.kind == crate::domain::work::Kind::Note;
                self.send(Msg::Run(if note { Action::Note } else { Action::Reply }));
                composer::key(self.m).filter(|_| self.m.focus == Pane::Composer).map(Writing::Draft)
            }
            (None, _) => None,
        };
        if self.s.writing.is_some() {
            self.ask_text();
        }
    }

    /// Says what is to be written, and what is there already.
    pub(super) fn ask_text(&mut self) {
        let what = match self.s.writing {
            Some(Writing::Prompt) => t!("Your words").to_owned(),
            Some(Writing::Form) => t!("Wrap-up note").to_owned(),
            _ => self.writing_what(),
        };
        let there = self.text_now();
        if !there.trim().is_empty() {
            self.say(&t!("{what} so far:", what));
            safe::lines(there.trim_end()).iter().for_each(|line| self.say(&format!("  {line}")));
        }
        self.say(&t!("{what}: type the lines; a single dot ends them, :back leaves them as they are.", what));
        self.spoke();
    }

    /// `Reply to Dana Holt`, `Note for the team`.
    pub(super) fn writing_what(&self) -> String {
        if self.m.composer.kind == crate::domain::work::Kind::Note {
            return t!("Note for the team").to_owned();
        }
        let name = crate::app::panes::conversation::head(self.m, self.now).map(|h| h.name).unwrap_or_default();
        if name.is_empty() { "Reply".to_owned() } else { t!("Reply to {name}", name) }
    }

    fn end_writing(&mut self) {
        let written = self.text_now();
        match self.s.writing.take() {
            Some(Writing::Prompt) => {
                self.run(Action::OverlayConfirm);
                if let Some(Overlay::Prompt(prompt)) = self.m.top() {
                    let problem = prompt.problem.clone();
                    self.say(&problem);
                    self.s.writing = Some(Writing::Prompt);
                    self.ask_text();
                }
            }
            Some(Writing::Form) => self.next_lacking(),
            Some(Writing::Draft(_)) => {
                let what = self.writing_what();
                if written.trim().is_empty() {
                    self.say(&t!("{what}: nothing is written.", what));
                } else {
                    let lines = tn!(written.trim_end().lines().count(), "1 line", "{n} lines");
                    self.say(&t!(
                        "{what}: {lines}, not sent. send sends it, reply or note goes on writing.",
                        what,
                        lines
                    ));
                }
                self.spoke();
            }
            None => {}
        }
    }

    /// A list or question that opened may want words.
    pub(super) fn open_writing(&mut self) {
        if matches!(self.m.top(), Some(Overlay::Prompt(_))) {
            self.s.writing = Some(Writing::Prompt);
        } else if self.s.writing == Some(Writing::Prompt) {
            self.s.writing = None;
        }
    }
}
