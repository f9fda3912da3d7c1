//! The wrap-up form, asked field by field with numbered choices.

use super::choice::Choice;
use super::session::Turn;
use super::writing::Writing;
use crate::app::action::Action;
use crate::app::msg::Msg;
use crate::app::panes::wrapup::{self, Form, Part};
use crate::app::screen::Pane;
use crate::domain::safe;
use crate::domain::work::TaskKind;

/// Fields a form can have at most, twice over.
const FIELDS: usize = 24;

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Reason => t!("Reason"),
        Part::Outcome => t!("Outcome"),
        Part::Resolved => t!("Solved"),
        Part::Complaint => t!("Number of the complaint"),
        Part::Note => t!("Note"),
        Part::Verified => t!("Verified"),
        Part::What => t!("What is promised"),
        Part::When => t!("By when"),
        Part::Owner => t!("Whose promise"),
        Part::Finish => t!("Finish"),
    }
}

impl Turn<'_> {
    fn form(&self) -> Option<&Form> {
        wrapup::form(self.m)
    }

    /// A line typed while the form has the focus; false when it is a word or an action like anywhere.
    pub(super) fn form_word(&mut self, line: &str) -> bool {
        let Some(part) = self.form().map(|f| f.part) else { return false };
        let (word, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(w, r)| (w, r.trim()));
        match (word, rest.is_empty()) {
            ("finish" | "done" | "yes", true) => {
                self.run(Action::FinishWrapUp);
                return true;
            }
            ("next" | "skip", true) => {
                self.run(Action::NextField);
                return true;
            }
            ("previous", true) => {
                self.run(Action::PreviousField);
                return true;
            }
            ("note", _) => {
                self.form_note(rest);
                return true;
            }
            _ => {}
        }
        let free = matches!(part, Part::Complaint | Part::What | Part::When | Part::Note);
        let known = |name: &str| {
            super::command::WORDS.iter().any(|(w, _)| *w == name)
                || matches!(name, "help" | "?")
                || Action::from_name(name).is_some()
        };
        // A free field takes every line but a word that stands alone; a field with choices every line that names none.
        if known(word) && (rest.is_empty() || !free) {
            return false;
        }
        if part == Part::Finish {
            return false;
        }
        self.answer_part(line);
        true
    }

    /// What was typed is the answer to the part that is asked.
    pub(super) fn answer_part(&mut self, words: &str) {
        let Some(part) = self.form().map(|f| f.part) else { return };
        match part {
            Part::Note | Part::Finish => self.form_note(words),
            Part::Complaint | Part::What => {
                self.send(Msg::Write(words.to_owned()));
                self.next_lacking();
            }
            Part::When => {
                self.send(Msg::Write(words.to_owned()));
                self.run(Action::Open);
                // A time nobody understands is asked for again.
                self.want_reading();
            }
            _ => {
                self.send(Msg::Write(words.to_owned()));
                let typed = words.trim().to_lowercase();
                let choices = self.form().map(|f| f.choices.clone()).unwrap_or_default();
                let exact = choices.iter().find(|c| c.label.to_lowercase() == typed);
                let one = exact.or(if choices.len() == 1 { choices.first() } else { None }).map(|c| c.code);
                match one {
                    Some(code) => {
                        self.s.choices = vec![Choice::Code(code)];
                        self.choose(1);
                    }
                    None if choices.is_empty() => {
                        self.send(Msg::Write(String::new()));
                        self.say(&t!("{part}: nothing is called {words}.", part = part_name(part), words));
                    }
                    None => {}
                }
            }
        }
    }

    /// The form's note: a line of it, or all of it line by line.
    pub(super) fn form_note(&mut self, rest: &str) {
        for _ in 0..FIELDS {
            if self.form().is_none_or(|f| f.part == Part::Note) {
                break;
            }
            self.send(Msg::Run(Action::NextField));
        }
        self.s.writing = Some(Writing::Form);
        if rest.is_empty() {
            self.ask_text();
            return;
        }
        self.append(rest);
        self.s.writing = None;
        self.next_lacking();
    }

    /// On to what is missing, else to the end of the form.
    pub(super) fn next_lacking(&mut self) {
        let wanted = self.form().map(|f| wrapup::lacks(self.m, f).unwrap_or(Part::Finish));
        for _ in 0..FIELDS {
            if self.form().map(|f| f.part) == wanted {
                break;
            }
            self.send(Msg::Run(Action::NextField));
        }
    }

    /// Reads the form: what is there, and what is asked now.
    pub(super) fn read_form(&mut self) {
        let Some(form) = self.form().cloned() else { return };
        let face = wrapup::face(self.m, &form, self.now);
        if !form.problem.is_empty() {
            self.say(&form.problem);
        }
        let mut there = Vec::new();
        let mut add = |label: &str, value: Option<&str>| {
            there.extend(value.filter(|v| !v.is_empty()).map(|v| format!("{label}: {v}.")));
        };
        add(t!("Time"), Some(&super::reading::spoken_in(&face.clock)));
        add(t!("Reason"), face.reason.as_deref());
        add(t!("Outcome"), face.outcome.as_deref());
        add(t!("Solved"), face.resolved);
        add(t!("Verified"), face.verified);
        add(t!("Complaint"), Some(form.complaint.text()));
        if let Some(follow) = &form.follow {
            add(t!("Follow-up"), Some(if follow.kind == TaskKind::Callback { t!("callback") } else { t!("task") }));
            add(t!("Promised"), Some(follow.what.text()));
            add(t!("By"), face.due.as_deref().ok());
            add(t!("Whose"), face.owner.as_deref());
        }
        self.say(&t!("Wrap-up. {there}", there = there.join(" ")));
        let note = wrapup::note(self.m, &form).map(|w| w.field.text().trim_end().to_owned()).unwrap_or_default();
        if !note.is_empty() {
            let lines = safe::lines(&note);
            let first = lines.first().map_or("", String::as_str);
            self.say(&t!("Note: {first}", first));
            lines.iter().skip(1).for_each(|line| self.say(&format!("  {line}")));
        }
        if let (Some(_), Err(why)) = (&form.follow, &face.due)
            && form.part == Part::When
        {
            self.say(why);
        }
        if !face.missing.is_empty() {
            self.say(&t!("Missing: {missing}.", missing = face.missing.join(", ")));
        }
        self.ask_part(&form);
    }

    fn ask_part(&mut self, form: &Form) {
        let name = part_name(form.part);
        self.s.choices = form.choices.iter().map(|c| Choice::Code(c.code)).collect();
        match form.part {
            Part::Note => {
                self.say(t!("Note: type note and the words, or note alone for several lines; next leaves it."));
            }
            Part::Complaint | Part::What => self.say(&t!("{name}: type it.", name)),
            Part::When => self.say(t!("By when: type it like 2h, tomorrow 9:00 or fri 14:30.")),
            Part::Finish => {
                self.say(t!("Nothing is missing: finish finishes; note adds words, follow-up a promise, next goes through the fields."));
            }
            _ => {
                self.say(&t!("{name}: a number, or its words.", name));
                let lines = form.choices.iter().enumerate().map(|(i, c)| format!("{} {}", i + 1, c.label));
                self.read_out(lines.collect());
            }
        }
    }

    /// Whether the form, or something over the panes, takes numbers as choices.
    pub(super) fn takes_numbers(&self) -> bool {
        let free = self.m.overlays.is_empty()
            && self.m.focus == Pane::WrapUp
            && self.form().is_some_and(|f| matches!(f.part, Part::Complaint | Part::What | Part::When));
        // A list that makes its lines of what is typed may want a number typed: /30 types it.
        !free
    }
}
