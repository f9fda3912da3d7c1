//! The wrap-up form: reason, outcome, note, follow-up. It shows what is missing first, and never loses a word.

use serde::{Deserialize, Serialize};

use crate::app::list::List;
use crate::app::matching;
use crate::app::model::{Model, Written};
use crate::app::port::{DraftField, DraftKey};
use crate::app::screen::Pane;
use crate::app::text::{Field, Press};
use crate::app::toast::Tone;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::command::{Command, FollowUp};
use crate::domain::ids::{CaseId, InteractionId, OutcomeId, QueueId, ReasonId};
use crate::domain::people::Presence;
use crate::domain::time::{At, SECOND};
use crate::domain::when;
use crate::domain::work::{Need, Phase, Reason, TaskKind};

/// Reasons remembered for the ranking.
const REASONS: usize = 200;

/// Which part of the form has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Type-ahead over the reasons.
    Reason,
    /// Type-ahead over the outcomes.
    Outcome,
    /// The note.
    Note,
    /// What is promised.
    What,
    /// By when.
    When,
    /// Everything is there: Enter finishes.
    Finish,
}

/// A follow-up being written.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowForm {
    /// Task or callback.
    pub kind: TaskKind,
    /// What is promised.
    pub what: Field,
    /// By when, as typed.
    pub when: Field,
    /// What the typed time means, or what would be understood.
    pub due: Result<At, String>,
}

/// One form. The note is the case's wrap-up draft: see [`Model::drafts`].
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Which contact.
    pub interaction: InteractionId,
    /// Its epoch when the form was opened.
    pub epoch: u32,
    /// Its case.
    pub case: CaseId,
    /// Its queue.
    pub queue: QueueId,
    /// Chosen so far.
    pub reason: Option<ReasonId>,
    /// Chosen so far.
    pub outcome: Option<OutcomeId>,
    /// Written so far.
    pub follow: Option<FollowForm>,
    /// Which part has the keys.
    pub part: Part,
    /// What is typed ahead in reason or outcome.
    pub filter: Field,
    /// The selection among [`Form::choices`].
    pub list: List,
    /// The choices of the part that has the keys, likely ones first.
    pub choices: Vec<Choice>,
    /// What is missing, after a try to finish.
    pub problem: String,
}

/// A reason or outcome to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The digit that chooses it, 1 to 9; 0 has none.
    pub digit: u8,
    /// What it is.
    pub code: Code,
    /// Its words.
    pub label: String,
    /// Character positions that matched.
    pub matched: Vec<usize>,
}

/// What a choice stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Why they came.
    Reason(ReasonId),
    /// How it ended.
    Outcome(OutcomeId),
}

/// The form as shown; text is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// `0:31 of 1:00`; empty while the conversation still runs.
    pub clock: String,
    /// Over the queue's limit.
    pub over: bool,
    /// Chosen reason.
    pub reason: Option<String>,
    /// Chosen outcome.
    pub outcome: Option<String>,
    /// What the outcome needs: note, follow-up.
    pub needs_note: bool,
    /// As above.
    pub needs_follow_up: bool,
    /// What the typed time means: `Tue 3 Jun 14:30 (in 2 h)`, or what would be understood.
    pub due: Result<String, String>,
    /// What is still missing, in words; empty when Enter finishes.
    pub missing: Vec<&'static str>,
}

/// What of a form is kept beside the note, so that nothing chosen is lost either.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::app) struct Meta {
    interaction: InteractionId,
    epoch: u32,
    queue: QueueId,
    reason: Option<ReasonId>,
    outcome: Option<OutcomeId>,
    follow: Option<MetaFollow>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MetaFollow {
    kind: TaskKind,
    what: String,
    when: String,
}

impl Meta {
    /// What a wrap-up command was made from.
    pub(in crate::app) fn of(command: &Command, zone: &str) -> Option<Meta> {
        let Command::WrapUp { interaction, epoch, reason, outcome, follow_up, .. } = command else { return None };
        let follow = follow_up.as_ref().map(|f| MetaFollow {
            kind: f.kind,
            what: f.what.clone(),
            when: words::local(f.due, zone).format("%Y-%m-%d %H:%M").to_string(),
        });
        let (reason, outcome) = (Some(*reason), Some(*outcome));
        Some(Meta { interaction: *interaction, epoch: *epoch, queue: QueueId(0), reason, outcome, follow })
    }

    /// As kept in a draft.
    pub(in crate::app) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn read(text: &str) -> Option<Meta> {
        serde_json::from_str(text).ok()
    }
}

/// The form on screen: that of the open case.
pub fn form(model: &Model) -> Option<&Form> {
    let case = model.conversation.case?;
    model.forms.values().find(|f| f.case == case)
}

/// The note being written in a form.
pub fn note<'a>(model: &'a Model, form: &Form) -> Option<&'a Written> {
    model.drafts.get(&DraftKey::new(form.case, DraftField::WrapUp))
}

fn note_is_blank(model: &Model, form: &Form) -> bool {
    model.drafts.get(&DraftKey::new(form.case, DraftField::WrapUp)).is_none_or(|w| w.field.is_blank())
}

fn needs(model: &Model, form: &Form, need: Need) -> bool {
    form.outcome.and_then(|o| model.view().outcome(o)).is_some_and(|o| o.needs.contains(&need))
}

/// What a form lacks, first things first.
fn missing(model: &Model, form: &Form) -> Vec<(Part, &'static str)> {
    let mut missing = Vec::new();
    if form.reason.is_none() {
        missing.push((Part::Reason, "why they came"));
    }
    if form.outcome.is_none() {
        missing.push((Part::Outcome, "how it ended"));
    }
    if needs(model, form, Need::Note) && note_is_blank(model, form) {
        missing.push((Part::Note, "a note"));
    }
    match &form.follow {
        None if needs(model, form, Need::FollowUp) => missing.push((Part::What, "a follow-up")),
        None => {}
        Some(f) => {
            if f.what.is_blank() {
                missing.push((Part::What, "what is promised"));
            }
            if f.due.is_err() {
                missing.push((Part::When, "by when"));
            }
        }
    }
    missing
}

/// A form as shown.
pub fn face(model: &Model, form: &Form, now: At) -> Face {
    let view = model.view();
    let server = model.server(now);
    let limit = view.queue(form.queue).map_or(0, |q| i64::from(q.wrap_up_s) * SECOND);
    let interaction = view.interaction(form.interaction).filter(|i| i.owner == model.me());
    let since = match interaction.map(|i| i.phase) {
        Some(Phase::WrapUp { since }) => Some(since),
        _ => None,
    };
    let spent = since.map_or(0, |since| server.since(since));
    let clock = match (since, limit) {
        (None, _) if interaction.is_none() => {
            "this contact moved on; finishing keeps your wrap-up on the case".to_owned()
        }
        (None, _) => String::new(),
        (Some(_), 0) => words::clock(spent),
        (Some(_), limit) => format!("{} of {}", words::clock(spent), words::clock(limit)),
    };
    let due = match &form.follow {
        None => Ok(String::new()),
        Some(f) => f.due.clone().map(|at| due_words(model, form, at, server)),
    };
    Face {
        clock,
        over: limit > 0 && spent > limit,
        reason: form.reason.and_then(|r| view.reason(r)).map(|r| r.label.clone()),
        outcome: form.outcome.and_then(|o| view.outcome(o)).map(|o| o.label.clone()),
        needs_note: needs(model, form, Need::Note),
        needs_follow_up: needs(model, form, Need::FollowUp),
        due,
        missing: missing(model, form).into_iter().map(|(_, words)| words).collect(),
    }
}

fn due_words(model: &Model, form: &Form, at: At, server: At) -> String {
    let here = words::resolved(at, server, model.zone());
    let customer = model.view().case(form.case).and_then(|c| c.customer).and_then(|c| model.view().customer(c));
    match customer.filter(|c| !c.zone.is_empty()) {
        Some(c) if words::hour(at, &c.zone) != words::hour(at, model.zone()) => {
            format!("{here}, {} for them", words::hour(at, &c.zone))
        }
        _ => here,
    }
}

/// Reasons of a queue, likely ones first: those used here lately, then the case's last one, then those whose words
/// the customer chose or wrote on the way.
fn likely_reasons<'a>(model: &'a Model, form: &Form) -> Vec<&'a Reason> {
    let view = model.view();
    let used = |r: &Reason| model.memory.reasons.iter().filter(|(q, id)| *q == form.queue && *id == r.id).count();
    let last = view.case(form.case).and_then(|c| c.reason);
    let said = view.interaction(form.interaction).map(|i| format!("{} {}", i.menu.join(" "), i.subject).to_lowercase());
    let said = said.unwrap_or_default();
    let heard = |r: &Reason| {
        let label = r.label.to_lowercase();
        let words = label.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 3);
        words.filter(|w| said.contains(w)).count()
    };
    let mut reasons: Vec<_> = view
        .reasons()
        .filter(|r| r.active && (r.queues.is_empty() || r.queues.contains(&form.queue)))
        .map(|r| (used(r), Some(r.id) == last, heard(r), !r.queues.is_empty(), r))
        .collect();
    reasons.sort_by(|a, b| (b.0, b.1, b.2, b.3).cmp(&(a.0, a.1, a.2, a.3)));
    reasons.into_iter().map(|(.., r)| r).collect()
}

/// The choices of the part that has the keys, as far as they match what is typed ahead.
fn choices(model: &Model, form: &Form) -> Vec<Choice> {
    let all: Vec<(Code, &str)> = match form.part {
        Part::Reason => {
            likely_reasons(model, form).into_iter().map(|r| (Code::Reason(r.id), r.label.as_str())).collect()
        }
        Part::Outcome => {
            let outcomes = model.view().outcomes().filter(|o| o.active);
            outcomes.map(|o| (Code::Outcome(o.id), o.label.as_str())).collect()
        }
        _ => return Vec::new(),
    };
    let labels = all.iter().map(|(_, label)| *label);
    let found = matching::best(form.filter.text(), labels);
    let digit = |i: usize| if i < 9 { i as u8 + 1 } else { 0 };
    let choice = |(i, m): (usize, matching::Match)| {
        let (code, label) = all[m.index];
        Choice { digit: digit(i), code, label: label.to_owned(), matched: m.positions }
    };
    found.into_iter().enumerate().map(choice).collect()
}

impl Desk<'_> {
    /// Opens a contact's form, with what was chosen and written before; a note begun during the contact moves in.
    pub(in crate::app) fn open_form(&mut self, id: InteractionId) {
        let Some(i) = self.m.view().interaction(id).cloned() else { return };
        let key = DraftKey::new(i.case, DraftField::WrapUp);
        let note = DraftKey::new(i.case, DraftField::Note);
        let empty = self.m.drafts.get(&key).is_none_or(|w| w.field.is_blank());
        if let Some(written) = self.m.drafts.get(&note).filter(|w| empty && !w.field.is_blank()) {
            let words = written.field.text().to_owned();
            self.edit_draft(key, |field| field.replace(&words));
            self.edit_draft(note, Field::clear);
        }
        let meta = self.m.drafts.get(&key).and_then(|w| Meta::read(&w.meta)).filter(|m| m.interaction == id);
        let zone = self.m.zone().to_owned();
        let server = self.server();
        let follow = meta.as_ref().and_then(|m| m.follow.as_ref()).map(|f| FollowForm {
            kind: f.kind,
            what: Field::line().with(&f.what),
            when: Field::line().with(&f.when),
            due: when::parse(&f.when, server, &zone),
        });
        let form = Form {
            interaction: id,
            epoch: i.epoch,
            case: i.case,
            queue: i.queue,
            reason: meta.as_ref().and_then(|m| m.reason),
            outcome: meta.as_ref().and_then(|m| m.outcome),
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
        if let Command::WrapUp { interaction, .. } = command
            && self.m.view().interaction(*interaction).is_some_and(|i| i.owner == self.m.me())
        {
            self.open_form(*interaction);
        }
    }

    fn shown_form(&mut self) -> Option<InteractionId> {
        form(self.m).map(|f| f.interaction)
    }

    /// To the first part that lacks something; to the end when nothing does.
    fn next_missing(&mut self, id: InteractionId) {
        let Some(form) = self.m.forms.get(&id) else { return };
        let part = missing(self.m, form).first().map_or(Part::Finish, |(part, _)| *part);
        self.go_part(id, part);
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
        let choices = choices(self.m, form);
        if let Some(form) = self.m.forms.get_mut(&id) {
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
        let what = if calls { format!("Call back: {subject}") } else { String::new() };
        let follow = FollowForm {
            kind,
            what: Field::line().with(&what),
            when: Field::line(),
            due: Err("Write it like 2h, tomorrow 9:00 or fri 14:30.".to_owned()),
        };
        if let Some(form) = self.m.forms.get_mut(&id) {
            form.follow = Some(follow);
        }
        self.keep_form(id);
    }

    /// Ctrl-T: none, task, callback, none.
    pub(in crate::app) fn turn_follow_up(&mut self) {
        let Some(id) = self.shown_form() else { return };
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
        });
        let (interaction, epoch, queue) = (form.interaction, form.epoch, form.queue);
        let meta = Meta { interaction, epoch, queue, reason: form.reason, outcome: form.outcome, follow };
        let key = DraftKey::new(form.case, DraftField::WrapUp);
        self.m.drafts.entry(key).or_default().meta = meta.to_json();
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
        }
        form.problem.clear();
        self.keep_form(id);
        self.next_missing(id);
    }

    /// Enter: chooses, goes on, or finishes.
    pub(in crate::app) fn wrap_up_enter(&mut self) {
        let Some(part) = form(self.m).map(|f| f.part) else { return };
        match part {
            Part::Reason | Part::Outcome => self.choose_code(None),
            Part::Note | Part::What => self.step_part(1),
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
        let Some(id) = self.shown_form() else { return };
        let Some(form) = self.m.forms.get(&id) else { return };
        let mut parts = vec![Part::Reason, Part::Outcome, Part::Note];
        if form.follow.is_some() {
            parts.extend([Part::What, Part::When]);
        }
        parts.push(Part::Finish);
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
        let (zone, server) = (self.m.zone().to_owned(), self.server());
        let Some(form) = self.m.forms.get_mut(&id) else { return Press::Ignored };
        let press = match (form.part, form.follow.as_mut()) {
            (Part::Reason | Part::Outcome, _) => {
                let press = edit(&mut form.filter);
                form.list.select(0, 0);
                self.refresh_choices(id);
                return press;
            }
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
        let (zone, server) = (self.m.zone().to_owned(), self.server());
        if let Some(f) = self.m.forms.get_mut(&id).and_then(|f| f.follow.as_mut()) {
            f.due = when::parse(f.when.text(), server, &zone);
        }
        let Some(form) = self.m.forms.get(&id) else { return };
        let lacks = missing(self.m, form);
        let (Some(reason), Some(outcome), None) = (form.reason, form.outcome, lacks.first()) else {
            let words: Vec<_> = lacks.iter().map(|(_, words)| *words).collect();
            let problem = format!("Still missing: {}.", words.join(", "));
            let part = lacks.first().map_or(Part::Reason, |(part, _)| *part);
            self.go_part(id, part);
            if let Some(form) = self.m.forms.get_mut(&id) {
                form.problem = problem;
            }
            return;
        };
        let key = DraftKey::new(form.case, DraftField::WrapUp);
        let note = self.m.drafts.get(&key).map(|w| w.field.text().trim_end().to_owned()).unwrap_or_default();
        let due = form.follow.as_ref().and_then(|f| Some((f, f.due.as_ref().ok()?)));
        let follow_up = due.map(|(f, due)| FollowUp {
            kind: f.kind,
            what: f.what.text().trim().to_owned(),
            due: *due,
            owner: None,
        });
        let (epoch, case, queue) = (form.epoch, form.case, form.queue);
        let command = Command::WrapUp { interaction: id, epoch, case, reason, outcome, note, follow_up };
        if !self.submit(command, Some(key)) {
            return;
        }
        let reasons = &mut self.m.memory.reasons;
        reasons.push((queue, reason));
        let over = reasons.len().saturating_sub(REASONS);
        reasons.drain(..over);
        self.m.forms.remove(&id);
        self.after_wrap_up();
    }

    /// On to whoever needs this agent next, else to the queue.
    fn after_wrap_up(&mut self) {
        let presence = self.m.me().and_then(|me| self.m.view().presence(me)).map(|p| p.presence);
        let next = match presence {
            Some(Presence::Ready) => "The next contact is offered to you.",
            _ => "You get no offers until you say Ready (F9).",
        };
        self.toast(Tone::Info, "Wrapped up.", next);
        if !self.next_contact() {
            self.focus(Pane::Queue);
        }
    }
}
