//! The outbox: what is not sent yet, what was refused, with the words that were kept; and how the link does.

use super::Overlay;
use super::confirm::{Confirm, Then};
use crate::app::action::Action;
use crate::app::key::Key;
use crate::app::list::List;
use crate::app::mirror::Pending;
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::port::{DraftField, DraftKey, Effect, OutboxState};
use crate::app::screen::Pane;
use crate::app::update::{Desk, is_linked};
use crate::app::words;
use crate::domain::command::{Command, Target};
use crate::domain::ids::{CaseId, CustomerId, InteractionId};
use crate::domain::named;
use crate::domain::people::Presence;
use crate::domain::time::At;
use crate::domain::work::Kind;

/// The overlay; its lines come from [`lines`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbox {
    /// The selection among the lines.
    pub list: List,
}

/// How a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Being written to disk.
    Storing,
    /// Not sent yet: there is no link.
    Waiting,
    /// Sent; the server has not answered.
    Sent,
    /// Leaves in so many whole seconds.
    Held(i64),
    /// Waits, and would be refused as things stand now: why.
    Doubtful(String),
    /// Perhaps done already, by a copy of this desk: the agent decides.
    Unsure,
    /// Found no link in time: the agent decides whether it is still to be sent.
    Lapsed,
    /// Done; the view is catching up.
    Done,
    /// Refused: why, and the way out.
    Refused(String, String),
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its outbox number, once it has one.
    pub n: Option<u64>,
    /// What it does, in words: "reply on case 4821".
    pub what: String,
    /// Words typed in it, if any.
    pub words: String,
    /// When the key was pressed, server time.
    pub at: At,
    /// How it stands.
    pub state: LineState,
}

/// What a command does, in words.
pub fn describe(model: &Model, command: &Command) -> String {
    let view = model.view();
    let on = |case: CaseId| t!("on case {number}", number = queue::number(case));
    let contact =
        |id: InteractionId| view.interaction(id).map_or_else(|| t!("a contact").to_owned(), |i| queue::name(model, i));
    let presence = |p: Presence| match p {
        Presence::Ready => t!("Ready").to_owned(),
        Presence::Break(id) => view.break_code(id).map_or_else(|| t!("a break").to_owned(), |b| b.label.clone()),
        Presence::Away => t!("Away").to_owned(),
        Presence::Offline => t!("Offline").to_owned(),
        Presence::NotResponding => t!("not responding").to_owned(),
    };
    match command {
        Command::SetPresence { to } => t!("be {presence}", presence = presence(*to)),
        Command::AcceptOffer { interaction, .. } => t!("accept {contact}", contact = contact(*interaction)),
        Command::DeclineOffer { interaction, .. } => t!("decline {contact}", contact = contact(*interaction)),
        Command::Pull { interaction: Some(id) } => t!("take {contact}", contact = contact(*id)),
        Command::Pull { interaction: None } => t!("take the next contact").to_owned(),
        Command::Hold { interaction, .. } => t!("hold {contact}", contact = contact(*interaction)),
        Command::Resume { interaction, .. } => t!("take {contact} off hold", contact = contact(*interaction)),
        Command::EndContact { interaction, .. } => {
            t!("end the contact with {contact}", contact = contact(*interaction))
        }
        Command::SendReply { case, .. } => t!("reply {on}", on = on(*case)),
        Command::ScheduleReply { case, .. } => t!("later reply {on}", on = on(*case)),
        Command::MoveScheduled { which, .. } => t!("time of a reply {on}", on = on(which.case)),
        Command::CancelScheduled { which } => t!("reply {on} taken back", on = on(which.case)),
        Command::AddNote { case, .. } => t!("note {on}", on = on(*case)),
        Command::WrapUp { case, .. } | Command::LeaveWrapUp { case, .. } => t!("wrap-up {on}", on = on(*case)),
        Command::TakeMoreTime { .. } => t!("60 seconds more for a wrap-up").to_owned(),
        Command::ReadCard { interaction } => t!("card of {contact} read", contact = contact(*interaction)),
        Command::Transfer { interaction, to: Target::Queue(q), .. } => {
            let queue = view.queue(*q).map_or_else(|| t!("another queue").to_owned(), |q| q.name.clone());
            t!("hand {contact} on to {queue}", contact = contact(*interaction), queue)
        }
        Command::Transfer { interaction, to: Target::Agent(a), .. } => {
            t!("hand {contact} on to {who}", contact = contact(*interaction), who = queue::agent_name(view, *a))
        }
        Command::Escalate { interaction, .. } => t!("escalate {contact}", contact = contact(*interaction)),
        Command::Snooze { case, until: Some(_) } => t!("snooze {on}", on = on(*case)),
        Command::Snooze { case, until: None } => t!("wake {on}", on = on(*case)),
        Command::EditTags { case, .. } => t!("tags {on}", on = on(*case)),
        Command::SetPriority { case, priority } => {
            t!("priority {word} {on}", word = named::priority(*priority), on = on(*case))
        }
        Command::Assign { case, agent, .. } => {
            let who = agent.map_or_else(|| t!("nobody").to_owned(), |a| queue::agent_name(view, a));
            t!("assign case {number} to {who}", number = queue::number(*case), who)
        }
        Command::Identify { case, customer, .. } => {
            let known = customer.and_then(|c| view.customer(c));
            let name = known.map_or_else(|| t!("nobody").to_owned(), |c| c.name.clone());
            t!("customer {name} {on}", name, on = on(*case))
        }
        Command::MergeCustomers { customer, into, .. } => {
            let name = |id: &CustomerId| view.customer(*id).map(|c| c.name.clone()).unwrap_or_default();
            t!("merge {name} into {into}", name = name(customer), into = name(into))
        }
        Command::UnmergeCustomers { customer } => {
            let name = view.customer(*customer).map(|c| c.name.clone()).unwrap_or_default();
            t!("unmerge {name}", name)
        }
        Command::SetStatus { case, status, .. } => {
            t!("status {word} {on}", word = named::status(*status), on = on(*case))
        }
        Command::SetLabel { case, label, .. } => {
            let name = label.and_then(|l| view.label(l)).map_or(t!("without a label"), |l| l.name.as_str());
            t!("status {name} {on}", name, on = on(*case))
        }
        Command::EditChecks { case, .. } => t!("checklist {on}", on = on(*case)),
        Command::UndoSplit { case, .. } => t!("split of case {number} undone", number = queue::number(*case)),
        Command::MergeCases { case, into, .. } => {
            t!("merge case {number} into {other}", number = queue::number(*case), other = queue::number(*into))
        }
        Command::Unmerge { case } => t!("unmerge case {number}", number = queue::number(*case)),
        Command::SplitCase { case, .. } => t!("split case {number}", number = queue::number(*case)),
        Command::LinkCases { case, to, .. } => {
            t!("link of cases {number} and {other}", number = queue::number(*case), other = queue::number(*to))
        }
        Command::SaveView { name, .. } => t!("view {name}", name),
        Command::DropView { .. } => t!("drop a view").to_owned(),
        Command::SaveStock { stock } => t!("{kind} {name}", kind = named::stock(stock.kind), name = stock.key),
        Command::DropStock { name } => t!("drop {kind} {name}", kind = named::stock(name.kind), name = name.key),
        Command::CountUse(_) => t!("count what was used").to_owned(),
        Command::ShareTraining(_) => t!("attempts in training, shown").to_owned(),
        Command::CompleteTask { .. } => t!("a promise kept").to_owned(),
        Command::Consult { interaction, with, .. } => {
            t!("ask {who} about {contact}", who = queue::agent_name(view, *with), contact = contact(*interaction))
        }
        Command::HandOver { interaction, .. } => t!("hand {contact} over", contact = contact(*interaction)),
        Command::LeaveConsult { interaction, .. } => {
            t!("leave the colleague with {contact}", contact = contact(*interaction))
        }
        Command::AskCallback { interaction, .. } => t!("call {contact} back", contact = contact(*interaction)),
        Command::CallbackResult { interaction, reached: true, .. } => {
            t!("reached {contact}", contact = contact(*interaction))
        }
        Command::CallbackResult { interaction, .. } => t!("did not reach {contact}", contact = contact(*interaction)),
        Command::ForcePresence { agent, to, .. } => {
            t!("set {who} to {presence}", who = queue::agent_name(view, *agent), presence = presence(*to))
        }
        _ => t!("something for the desk itself").to_owned(),
    }
}

/// The outbox as shown: those the agent must deal with first, then by age, then what was done lately.
pub fn lines(model: &Model, now: At) -> Vec<Line> {
    let server = model.server(now);
    let waiting = order(model).into_iter().map(|p| line(model, p, server));
    let gone = |token: u64| model.mirror.pending.iter().all(|p| p.token != token);
    let done = model.memory.answered.iter().rev().filter(|(token, _)| gone(*token)).map(|(_, line)| line.clone());
    waiting.chain(done.take(ANSWERED)).collect()
}

/// Whether the server said yes to a command of this desk, lately.
pub fn said_yes(model: &Model, token: u64) -> bool {
    model.memory.answered.iter().any(|(t, _)| *t == token)
}

/// How many of what the server said yes to are still shown, and how many are remembered.
const ANSWERED: usize = 5;
const REMEMBERED: usize = 500;

/// The commands behind [`lines`], in the same order.
fn order(model: &Model) -> Vec<&Pending> {
    let mut order: Vec<&Pending> = model.mirror.pending.iter().collect();
    order.sort_by_key(|p| !p.needs_agent());
    order
}

fn line(model: &Model, p: &Pending, server: At) -> Line {
    let state = match (&p.state, &p.doubt) {
        (OutboxState::Refused(r), _) => LineState::Refused(r.sentence(server), r.way_out().to_owned()),
        (OutboxState::Doubtful, _) => LineState::Unsure,
        (OutboxState::Lapsed, _) => LineState::Lapsed,
        (OutboxState::Done { .. }, _) => LineState::Done,
        (OutboxState::Held { until }, None) => LineState::Held(words::seconds_left(*until, server)),
        (OutboxState::Waiting | OutboxState::Withdrawn, _) if p.n.is_none() || p.taking => LineState::Storing,
        (_, Some(doubt)) => LineState::Doubtful(doubt.sentence(server)),
        (OutboxState::Waiting, None) if is_linked(model) => LineState::Sent,
        (OutboxState::Waiting | OutboxState::Withdrawn, None) => LineState::Waiting,
    };
    let words = p.command.words().unwrap_or_default().to_owned();
    Line { n: p.n, what: describe(model, &p.command), words, at: p.at, state }
}

impl Desk<'_> {
    /// The server said yes to a command.
    pub(in crate::app) fn answered_well(&mut self, p: &Pending) {
        if let Command::CountUse(_) = p.command {
            return;
        }
        let line = Line { state: LineState::Done, ..line(self.m, p, self.server()) };
        let list = &mut self.m.memory.answered;
        list.push((p.token, line));
        let over = list.len().saturating_sub(REMEMBERED);
        list.drain(..over);
    }

    pub(in crate::app) fn open_outbox(&mut self) {
        self.m.overlays.push(Overlay::Outbox(Outbox::default()));
    }

    fn outbox_selected(&self) -> Option<Pending> {
        let Some(Overlay::Outbox(outbox)) = self.m.top() else { return None };
        order(self.m).get(outbox.list.selected).map(|p| (*p).clone())
    }

    /// Gives a refused command again, as it was.
    pub(in crate::app) fn outbox_retry(&mut self) {
        let Some(p) = self.outbox_selected().filter(Pending::needs_agent) else {
            if matches!(self.m.top(), Some(Overlay::Outbox(_))) {
                self.run(Action::RetryLink, None);
            }
            return;
        };
        if p.refusal().is_none() {
            self.send_after_all(&p);
            return;
        }
        let key = Self::draft_of(&p);
        let command = match p.command {
            // Someone may have changed it since: the agent has just looked at it and asks again.
            Command::SetStatus { case, status, .. } => {
                let from = self.m.view().case(case).map_or(status, |c| c.status);
                Command::SetStatus { case, status, from }
            }
            Command::SetLabel { case, label, from, had } => {
                let seen = self.m.view().case(case);
                let (from, had) = seen.map_or((from, had), |c| (c.status, c.label));
                Command::SetLabel { case, label, from, had }
            }
            Command::Assign { case, agent, .. } => {
                let from = self.m.view().case(case).and_then(|c| c.assignee);
                Command::Assign { case, agent, from }
            }
            Command::Identify { case, customer, .. } => {
                let from = self.m.view().case(case).and_then(|c| c.customer);
                Command::Identify { case, customer, from }
            }
            command => command,
        };
        let clears = key.filter(|k| {
            let draft = self.m.drafts.get(k).map(|w| w.field.text().trim_end().to_owned());
            draft.is_some() && draft.as_deref() == command.words().map(str::trim_end)
        });
        if self.submit(command, clears) {
            self.discard(p.token, p.n);
        }
    }

    /// Sends a command of which nobody knows whether it was done, or which found no link in time.
    fn send_after_all(&mut self, p: &Pending) {
        let Some(n) = p.n else { return };
        self.effect(Effect::Confirm { n });
        self.m.mirror.verdict(n, OutboxState::Waiting);
        self.touched = true;
    }

    /// Opens the case with the words as a draft.
    pub(in crate::app) fn outbox_edit(&mut self) {
        let Some(p) = self.outbox_selected() else { return };
        let contact = p.command.interaction().and_then(|i| self.m.view().interaction(i)).map(|i| i.case);
        let Some(case) = p.command.case().or(contact) else {
            self.cannot(t!("There is nothing to edit in this one."));
            return;
        };
        let waiting = p.refusal().is_none();
        if self.is_on_its_way(&p) {
            self.cannot(t!("It is on its way; it can only be edited while it is not sent."));
            return;
        }
        self.close();
        self.open_case(case);
        if waiting {
            self.take_back(&p);
        } else {
            self.discard(p.token, p.n);
        }
        match p.command {
            Command::SendReply { .. } | Command::ScheduleReply { .. } => self.compose(Kind::Message),
            Command::WrapUp { .. } | Command::LeaveWrapUp { .. } => self.focus(Pane::WrapUp),
            Command::AddNote { .. } | Command::Transfer { .. } | Command::Consult { .. } | Command::Escalate { .. } => {
                self.compose(Kind::Note);
            }
            _ => self.focus(Pane::Conversation),
        }
    }

    /// Drops a command from the list; one with words in it asks first.
    pub(in crate::app) fn outbox_drop(&mut self) {
        let Some(p) = self.outbox_selected() else { return };
        if self.is_on_its_way(&p) {
            self.cannot(t!("It is on its way; it can only be dropped while it is not sent."));
            return;
        }
        let words = p.command.words().unwrap_or_default();
        if words.trim().is_empty() {
            self.drop_refused_one(p.token);
            return;
        }
        let title = t!("Drop: {what}", what = describe(self.m, &p.command));
        let lines = if p.state == OutboxState::Doubtful {
            vec![
                t!("It is not sent again, and its words go with it.").to_owned(),
                t!("Look at the case first: were they sent?").to_owned(),
            ]
        } else if p.refusal().is_some() {
            vec![t!("It leaves this list. Its words are still in the draft of the case.").to_owned()]
        } else {
            vec![t!("It is not sent. Its words go back into the draft of the case.").to_owned()]
        };
        let (yes, again, then) = (t!("drop it").to_owned(), Some(Key::char('d')), Then::Drop(p.token));
        self.ask(Confirm { title, lines, yes, again, digits: Vec::new(), then });
    }

    pub(in crate::app) fn drop_refused_one(&mut self, token: u64) {
        let Some(p) = self.m.mirror.pending.iter().find(|p| p.token == token).cloned() else { return };
        if p.is_open() || p.state == OutboxState::Lapsed {
            self.take_back(&p);
        } else {
            self.discard(token, p.n);
        }
        let len = self.m.mirror.pending.len();
        if let Some(Overlay::Outbox(outbox)) = self.m.overlays.last_mut() {
            outbox.list.step(0, len);
        }
    }

    /// Whether it may have been sent by now.
    fn is_on_its_way(&self, p: &Pending) -> bool {
        p.taking || p.is_foreseen() && p.held().is_none() && self.is_linked()
    }

    fn draft_of(p: &Pending) -> Option<DraftKey> {
        let case = p.command.case();
        match &p.command {
            Command::SendReply { .. } | Command::ScheduleReply { .. } => Some(DraftKey::new(case?, DraftField::Reply)),
            Command::AddNote { .. } => Some(DraftKey::new(case?, DraftField::Note)),
            Command::WrapUp { .. } | Command::LeaveWrapUp { .. } => Some(DraftKey::new(case?, DraftField::WrapUp)),
            _ => None,
        }
    }
}
