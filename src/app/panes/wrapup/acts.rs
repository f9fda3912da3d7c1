//! What keys do in a form. Everything chosen or written is kept at once.

use super::meta::{Meta, MetaFollow};
use super::view::{choices, form, missing, more, rules, zone};
use super::{Code, FollowForm, Form, Part};
use crate::app::list::List;
use crate::app::overlays::checklist;
use crate::app::overlays::chooser::{Chooser, Item, Pick, Purpose};
use crate::app::port::{DraftField, DraftKey};
use crate::app::screen::Pane;
use crate::app::stock::used;
use crate::app::text::{Field, Press};
use crate::app::toast::Tone;
use crate::app::update::Desk;
use crate::domain::command::{Command, FollowUp};
use crate::domain::ids::{InteractionId, OutcomeId, QueueId, ReasonId};
use crate::domain::people::Presence;
use crate::domain::when;
use crate::domain::work::{Case, Phase, TaskKind};
use crate::domain::wrap_up::{Findings, MORE_MOST};
use crate::lang;

/// Codes remembered for the ranking.
const CODES: usize = 200;
/// Why more time is taken, as offered.
const MORE_REASONS: [&str; 4] =
    [tk!("Long note"), tk!("Looking something up"), tk!("System slow"), tk!("Something else")];

impl Desk<'_> {
    /// Opens a contact's form, with what was chosen and written before; a note begun during the contact moves in.
    pub(in crate::app) fn open_form(&mut self, id: InteractionId) {
        let Some(i) = self.m.view().interaction(id).cloned() else { return };
        let key = DraftKey::new(i.case, DraftField::WrapUp);
        let note = DraftKey::new(i.case, DraftField::Note);
        let empty = self.m.drafts.get(&key).is_none_or(|w| w.field.is_blank());
        if empty && self.m.drafts.get(&note).is_some_and(|w| !w.field.is_blank()) {
            self.move_draft(note, key);
        }
        let meta = self.m.drafts.get(&key).and_then(|w| Meta::read(&w.meta)).filter(|m| m.interaction == id);
        let zone = zone(self.m, i.case);
        let server = self.server();
        let found = meta.as_ref().map(|m| m.findings.clone()).unwrap_or_default();
        let follow = meta.as_ref().and_then(|m| m.follow.as_ref()).map(|f| FollowForm {
            kind: f.kind,
            what: Field::line().with(&f.what),
            when: Field::line().with(&f.when),
            due: when::parse(&f.when, server, &zone),
            owner: f.owner,
        });
        let form = Form {
            interaction: id,
            epoch: i.epoch,
            case: i.case,
            queue: i.queue,
            reason: meta.as_ref().and_then(|m| m.reason),
            outcome: meta.as_ref().and_then(|m| m.outcome),
            resolved: found.resolved,
            verified: found.verified,
            complaint: Field::line().with(&found.complaint),
            more: Vec::new(),
            follow,
            part: Part::Reason,
            filter: Field::line(),
            list: List::default(),
            choices: Vec::new(),
            problem: String::new(),
        };
        self.m.forms.insert(id, form);
        self.next_missing(id);
    }

    /// A refused wrap-up comes back with its form, if the contact is still there.
    pub(in crate::app) fn reopen_form(&mut self, command: &Command) {
        if let Command::WrapUp { interaction, .. } | Command::LeaveWrapUp { interaction, .. } = command
            && self.m.view().interaction(*interaction).is_some_and(|i| i.owner == self.m.me())
        {
            self.open_form(*interaction);
        }
    }

    fn shown_form(&self) -> Option<InteractionId> {
        form(self.m).map(|f| f.interaction)
    }

    /// To the first part that lacks something; to the end when nothing does.
    fn next_missing(&mut self, id: InteractionId) {
        let Some(form) = self.m.forms.get(&id) else { return };
        let lacks = missing(self.m, form).first().map(|(part, _)| *part);
        // Where codes may be left out, they are offered all the same.
        let none = if form.reason.is_none() && form.outcome.is_none() { Part::Reason } else { Part::Finish };
        self.go_part(id, lacks.unwrap_or(none));
    }

    fn go_part(&mut self, id: InteractionId, part: Part) {
        if part == Part::What && self.m.forms.get(&id).is_some_and(|f| f.follow.is_none()) {
            self.add_follow(id);
        }
        let part = match self.m.forms.get(&id).and_then(|f| f.follow.as_ref()) {
            Some(f) if part == Part::What && !f.what.is_blank() && f.due.is_err() => Part::When,
            _ => part,
        };
        let Some(form) = self.m.forms.get_mut(&id) else { return };
        form.part = part;
        form.filter = Field::line();
        form.list.select(0, 0);
        self.refresh_choices(id);
    }

    fn refresh_choices(&mut self, id: InteractionId) {
        let Some(form) = self.m.forms.get(&id) else { return };
        let (choices, more) = (choices(self.m, form), more(self.m, form));
        if let Some(form) = self.m.forms.get_mut(&id) {
            form.more = more;
            let len = choices.len();
            form.choices = choices;
            form.list.select(form.list.selected, len);
        }
        self.touched = true;
    }

    /// A follow-up of the kind the outcome speaks of.
    fn add_follow(&mut self, id: InteractionId) {
        let Some(form) = self.m.forms.get(&id) else { return };
        let view = self.m.view();
        let calls = form.outcome.and_then(|o| view.outcome(o)).is_some_and(|o| o.key.contains("callback"));
        let kind = if calls { TaskKind::Callback } else { TaskKind::Task };
        let subject = view.case(form.case).map(|c| c.subject.clone()).unwrap_or_default();
        let what = if calls { t!("Call back: {subject}", subject) } else { String::new() };
        let follow = FollowForm {
            kind,
            what: Field::line().with(&what),
            when: Field::line(),
            due: Err(t!("Write it like 2h, tomorrow 9:00 or fri 14:30.").to_owned()),
            owner: None,
        };
        if let Some(form) = self.m.forms.get_mut(&id) {
            form.follow = Some(follow);
        }
        self.keep_form(id);
    }

    /// Ctrl-T: none, task, callback, none.
    pub(in crate::app) fn turn_follow_up(&mut self) {
        let Some(id) = self.shown_form() else { return };
        let Some(queue) = self.m.forms.get(&id).map(|f| f.queue) else { return };
        if !rules(self.m, queue).follow_ups {
            self.cannot(t!("This queue allows no follow-ups; hand the contact on instead."));
            return;
        }
        let Some(form) = self.m.forms.get_mut(&id) else { return };
        match &mut form.follow {
            None => {
                self.add_follow(id);
                self.go_part(id, Part::What);
                return;
            }
            Some(f) if f.kind == TaskKind::Task => f.kind = TaskKind::Callback,
            Some(f) if f.what.is_blank() && f.when.is_blank() => form.follow = None,
            Some(f) => f.kind = TaskKind::Task,
        }
        self.keep_form(id);
        if self.m.forms.get(&id).is_some_and(|f| f.follow.is_none()) {
            self.next_missing(id);
        }
    }

    /// Everything chosen is kept with the note's draft.
    fn keep_form(&mut self, id: InteractionId) {
        let Some(form) = self.m.forms.get(&id) else { return };
        let follow = form.follow.as_ref().map(|f| MetaFollow {
            kind: f.kind,
            what: f.what.text().to_owned(),
            when: f.when.text().to_owned(),
            owner: f.owner,
        });
        let findings = found(form);
        let (interaction, epoch, queue) = (form.interaction, form.epoch, form.queue);
        let key = DraftKey::new(form.case, DraftField::WrapUp);
        let (reason, outcome) = (form.reason, form.outcome);
        let written = self.m.drafts.entry(key).or_default();
        let from = used::read(&written.meta);
        let meta = Meta { interaction, epoch, queue, reason, outcome, follow, findings, from };
        written.meta = meta.to_json();
        self.keep(key);
    }

    /// A digit or Enter on a choice.
    pub(in crate::app) fn choose_code(&mut self, digit: Option<u8>) {
        let Some(id) = self.shown_form() else { return };
        let Some(form) = self.m.forms.get_mut(&id) else { return };
        let choice = match digit {
            Some(digit) => form.choices.iter().find(|c| c.digit == digit),
            None => form.choices.get(form.list.selected),
        };
        let Some(code) = choice.map(|c| c.code) else { return };
        match code {
            Code::Reason(reason) => form.reason = Some(reason),
            Code::Outcome(outcome) => form.outcome = Some(outcome),
            Code::Both(reason, outcome) => {
                self.choose_both(id, reason, outcome);
                return;
            }
            Code::Resolved(resolved) => form.resolved = Some(resolved),
            Code::Verified(verified) => form.verified = Some(verified),
            Code::Owner(owner) => {
                if let Some(follow) = &mut form.follow {
                    follow.owner = Some(owner);
                }
            }
        }
        form.problem.clear();
        self.keep_form(id);
        self.next_missing(id);
    }

    /// Reason and outcome at once; finishes when nothing else is missing.
    pub(in crate::app) fn choose_both(&mut self, id: InteractionId, reason: ReasonId, outcome: OutcomeId) {
        let Some(form) = self.m.forms.get_mut(&id) else { return };
        (form.reason, form.outcome) = (Some(reason), Some(outcome));
        form.problem.clear();
        self.keep_form(id);
        self.next_missing(id);
        if self.m.forms.get(&id).is_some_and(|f| f.part == Part::Finish) {
            self.finish_wrap_up();
        }
    }

    /// Enter: chooses, goes on, or finishes.
    pub(in crate::app) fn wrap_up_enter(&mut self) {
        let Some(part) = form(self.m).map(|f| f.part) else { return };
        match part {
            Part::Reason if self.may_leave() => self.finish_wrap_up(),
            Part::Reason | Part::Outcome | Part::Resolved | Part::Verified | Part::Owner => self.choose_code(None),
            Part::Note | Part::What | Part::Complaint => self.step_part(1),
            Part::When => {
                if let Some(id) = self.shown_form() {
                    self.next_missing(id);
                }
            }
            Part::Finish => self.finish_wrap_up(),
        }
    }

    /// Tab and Shift-Tab through the parts there are.
    pub(in crate::app) fn step_part(&mut self, by: isize) {
        if self.step_stop(by) {
            return;
        }
        let Some(id) = self.shown_form() else { return };
        let Some(form) = self.m.forms.get(&id) else { return };
        let mut parts = vec![Part::Reason, Part::Outcome, Part::Resolved];
        parts.extend(form.more.contains(&Part::Complaint).then_some(Part::Complaint));
        parts.push(Part::Note);
        if form.follow.is_some() {
            parts.extend([Part::What, Part::When, Part::Owner]);
        }
        parts.extend([Part::Verified, Part::Finish]);
        let at = parts.iter().position(|p| *p == form.part).unwrap_or(0);
        let to = (at as isize + by).rem_euclid(parts.len() as isize) as usize;
        // Going on purpose to a part shows it, also when it is filled in.
        let part = parts[to];
        if let Some(form) = self.m.forms.get_mut(&id) {
            form.part = part;
            form.filter = Field::line();
            form.list.select(0, 0);
        }
        self.refresh_choices(id);
    }

    /// To the note, whatever is there already.
    pub(in crate::app) fn step_part_to_note(&mut self) {
        let Some(id) = self.shown_form() else { return };
        if let Some(form) = self.m.forms.get_mut(&id) {
            form.part = Part::Note;
        }
        self.refresh_choices(id);
    }

    /// Up and down among the choices.
    pub(in crate::app) fn step_choice(&mut self, by: isize) {
        let Some(id) = self.shown_form() else { return };
        if let Some(form) = self.m.forms.get_mut(&id) {
            let len = form.choices.len();
            form.list.step(by, len);
        }
    }

    /// Selects a choice by the mouse.
    pub(in crate::app) fn select_choice(&mut self, index: usize) {
        let Some(id) = self.shown_form() else { return };
        if let Some(form) = self.m.forms.get_mut(&id) {
            let len = form.choices.len();
            form.list.select(index, len);
        }
    }

    /// Changes the single-line field that has the keys.
    pub(in crate::app) fn edit_form(&mut self, edit: impl FnOnce(&mut Field) -> Press) -> Press {
        let Some(id) = self.shown_form() else { return Press::Ignored };
        let Some(zone) = self.m.forms.get(&id).map(|f| zone(self.m, f.case)) else { return Press::Ignored };
        let server = self.server();
        let Some(form) = self.m.forms.get_mut(&id) else { return Press::Ignored };
        let press = match (form.part, form.follow.as_mut()) {
            (Part::Reason | Part::Outcome | Part::Resolved | Part::Verified | Part::Owner, _) => {
                let press = edit(&mut form.filter);
                form.list.select(0, 0);
                self.refresh_choices(id);
                return press;
            }
            (Part::Complaint, _) => edit(&mut form.complaint),
            (Part::What, Some(f)) => edit(&mut f.what),
            (Part::When, Some(f)) => {
                let press = edit(&mut f.when);
                f.due = when::parse(f.when.text(), server, &zone);
                press
            }
            _ => return Press::Ignored,
        };
        if matches!(press, Press::Edited | Press::Full) {
            self.keep_form(id);
        }
        press
    }

    /// Finishes the wrap-up, or goes to what is missing and says so.
    pub(in crate::app) fn finish_wrap_up(&mut self) {
        let Some(id) = self.shown_form() else { return };
        let Some(zone) = self.m.forms.get(&id).map(|f| zone(self.m, f.case)) else { return };
        let server = self.server();
        if let Some(f) = self.m.forms.get_mut(&id).and_then(|f| f.follow.as_mut()) {
            f.due = when::parse(f.when.text(), server, &zone);
        }
        let Some(form) = self.m.forms.get(&id) else { return };
        let lacks = missing(self.m, form);
        let key = DraftKey::new(form.case, DraftField::WrapUp);
        let note = self.m.drafts.get(&key).map(|w| w.field.text().trim_end().to_owned()).unwrap_or_default();
        let used = self.m.drafts.get(&key).map(|w| used::read(&w.meta)).unwrap_or_default();
        if lacks.is_empty() && form.reason.is_none() {
            let (epoch, case) = (form.epoch, form.case);
            if self.refuse_unfilled(id, key) {
                return;
            }
            if self.submit(Command::LeaveWrapUp { interaction: id, epoch, case, note }, Some(key)) {
                self.count_use(used);
                self.m.forms.remove(&id);
                self.after_wrap_up();
            }
            return;
        }
        let (Some(reason), Some(outcome), None) = (form.reason, form.outcome, lacks.first()) else {
            let words: Vec<_> = lacks.iter().map(|(_, words)| *words).collect();
            let problem = t!("Still missing: {parts}.", parts = words.join(", "));
            let part = lacks.first().map_or(Part::Reason, |(part, _)| *part);
            self.go_part(id, part);
            if let Some(form) = self.m.forms.get_mut(&id) {
                form.problem = problem;
            }
            return;
        };
        if self.refuse_unfilled(id, key) {
            return;
        }
        let Some(form) = self.m.forms.get(&id) else { return };
        let due = form.follow.as_ref().and_then(|f| Some((f, f.due.as_ref().ok()?)));
        let follow_up = due.map(|(f, due)| FollowUp {
            kind: f.kind,
            what: f.what.text().trim().to_owned(),
            due: *due,
            owner: f.owner,
        });
        let findings = found(form);
        let (epoch, case, queue) = (form.epoch, form.case, form.queue);
        let command = Command::WrapUp { interaction: id, epoch, case, reason, outcome, note, follow_up, findings };
        let open = checklist::warning(self.m, case, reason);
        if !self.submit(command, Some(key)) {
            return;
        }
        self.count_use(used);
        if let Some(open) = open {
            self.toast(Tone::Warn, open, t!("The contact is wrapped up; <checklist> shows the list."));
        }
        self.remember_codes(queue, reason, outcome);
        self.m.forms.remove(&id);
        self.after_wrap_up();
    }

    /// Whether the note holds a question nobody answered; then that is said, and the note has the keys.
    fn refuse_unfilled(&mut self, id: InteractionId, key: DraftKey) -> bool {
        let Some(said) = self.unfilled(key) else { return false };
        self.go_part(id, Part::Note);
        if let Some(form) = self.m.forms.get_mut(&id) {
            form.problem = said;
        }
        true
    }

    /// The single line of the form that has the keys.
    pub(in crate::app) fn form_field(&self) -> Option<&Field> {
        let form = self.m.forms.get(&self.shown_form()?)?;
        match (form.part, form.follow.as_ref()) {
            (Part::Complaint, _) => Some(&form.complaint),
            (Part::What, Some(f)) => Some(&f.what),
            _ => None,
        }
    }

    fn remember_codes(&mut self, queue: QueueId, reason: ReasonId, outcome: OutcomeId) {
        let codes = &mut self.m.memory.codes;
        codes.push((queue, reason, outcome));
        let over = codes.len().saturating_sub(CODES);
        codes.drain(..over);
    }

    /// What this agent's last cases ended with, newest first, learned when the desk opens.
    pub(in crate::app) fn learn_codes(&mut self, cases: &[Case]) {
        if !self.m.memory.codes.is_empty() {
            return;
        }
        for case in cases.iter().take(CODES).rev() {
            if let (Some(reason), Some(outcome)) = (case.reason, case.outcome) {
                self.remember_codes(case.queue, reason, outcome);
            }
        }
    }

    /// Whether Enter on nothing chosen leaves the form without codes.
    fn may_leave(&self) -> bool {
        let Some(form) = form(self.m) else { return false };
        let none = form.reason.is_none() && form.outcome.is_none() && form.filter.is_blank() && form.list.selected == 0;
        none && missing(self.m, form).is_empty()
    }

    /// Offers reasons for another minute.
    pub(in crate::app) fn pick_more_time(&mut self) {
        let Some(form) = form(self.m) else { return };
        let (id, case) = (form.interaction, form.case);
        let Some(Phase::WrapUp { more, .. }) = self.m.view().interaction(id).map(|i| i.phase) else {
            self.cannot(t!("The time runs once the contact is over."));
            return;
        };
        let items = MORE_REASONS.map(lang::text).map(|words| Item::new(Pick::Text(words.to_owned()), words)).to_vec();
        let left =
            t!("{left} of {all} left; the reason is kept.", left = MORE_MOST.saturating_sub(more), all = MORE_MOST);
        self.open_chooser(Chooser::new(Purpose::MoreTime, t!("60 seconds more"), left, items).about(Some(case)));
    }

    /// Takes another minute.
    pub(in crate::app) fn take_more_time(&mut self, reason: &str) {
        let Some(form) = form(self.m) else { return };
        let (interaction, epoch) = (form.interaction, form.epoch);
        if self.submit(Command::TakeMoreTime { interaction, epoch, reason: reason.to_owned() }, None) {
            self.did(t!("60 seconds more."));
        }
    }

    /// On to whoever needs this agent next, else to the queue.
    fn after_wrap_up(&mut self) {
        let presence = self.m.me().and_then(|me| self.m.view().presence(me)).map(|p| p.presence);
        let next = match presence {
            Some(Presence::Ready) => t!("The next contact is offered to you."),
            _ => t!("You get no offers until you say Ready (<toggle-ready>)."),
        };
        self.toast(Tone::Done, t!("Wrapped up."), next);
        if !self.next_contact() {
            self.focus(Pane::Queue);
        }
    }
}

fn found(form: &Form) -> Findings {
    let complaint = form.complaint.text().trim().to_owned();
    Findings { resolved: form.resolved, complaint, verified: form.verified }
}
