//! The outbox: what is not sent yet, what was refused, with the words that were kept; and how the link does.

use super::Overlay;
use super::confirm::{Confirm, Then};
use crate::app::key::Key;
use crate::app::list::List;
use crate::app::mirror::Pending;
use crate::app::model::Model;
use crate::app::panes::queue;
use crate::app::port::{DraftField, DraftKey, Effect, OutboxState};
use crate::app::screen::Pane;
use crate::app::update::Desk;
use crate::app::words;
use crate::domain::command::{Command, Target};
use crate::domain::ids::{CaseId, InteractionId};
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
    /// Waits for the server.
    Waiting,
    /// Leaves in so many whole seconds.
    Held(i64),
    /// Waits, and would be refused as things stand now: why.
    Doubtful(String),
    /// Perhaps done already, by a copy of this desk: the agent decides.
    Unsure,
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
    let on = |case: CaseId| format!("on case {}", queue::number(case));
    let contact =
        |id: InteractionId| view.interaction(id).map_or_else(|| "a contact".to_owned(), |i| queue::name(model, i));
    let presence = |p: Presence| match p {
        Presence::Ready => "Ready".to_owned(),
        Presence::Break(id) => view.break_code(id).map_or_else(|| "a break".to_owned(), |b| b.label.clone()),
        Presence::Away => "Away".to_owned(),
        Presence::Offline => "Offline".to_owned(),
        Presence::NotResponding => "not responding".to_owned(),
    };
    match command {
        Command::SetPresence { to } => format!("be {}", presence(*to)),
        Command::AcceptOffer { interaction, .. } => format!("accept {}", contact(*interaction)),
        Command::DeclineOffer { interaction, .. } => format!("decline {}", contact(*interaction)),
        Command::Pull { interaction: Some(id) } => format!("take {}", contact(*id)),
        Command::Pull { interaction: None } => "take the next contact".to_owned(),
        Command::Hold { interaction, .. } => format!("hold {}", contact(*interaction)),
        Command::Resume { interaction, .. } => format!("take {} off hold", contact(*interaction)),
        Command::EndContact { interaction, .. } => format!("end the contact with {}", contact(*interaction)),
        Command::SendReply { case, .. } => format!("reply {}", on(*case)),
        Command::AddNote { case, .. } => format!("note {}", on(*case)),
        Command::WrapUp { case, .. } | Command::LeaveWrapUp { case, .. } => format!("wrap-up {}", on(*case)),
        Command::TakeMoreTime { .. } => "60 seconds more for a wrap-up".to_owned(),
        Command::ReadCard { interaction } => format!("card of {} read", contact(*interaction)),
        Command::Transfer { interaction, to: Target::Queue(q), .. } => {
            let queue = view.queue(*q).map_or_else(|| "another queue".to_owned(), |q| q.name.clone());
            format!("hand {} on to {queue}", contact(*interaction))
        }
        Command::Transfer { interaction, to: Target::Agent(a), .. } => {
            format!("hand {} on to {}", contact(*interaction), queue::agent_name(view, *a))
        }
        Command::Escalate { interaction, .. } => format!("escalate {}", contact(*interaction)),
        Command::Snooze { case, until: Some(_) } => format!("snooze {}", on(*case)),
        Command::Snooze { case, until: None } => format!("wake {}", on(*case)),
        Command::EditTags { case, .. } => format!("tags {}", on(*case)),
        Command::SetPriority { case, priority } => format!("priority {} {}", priority.word(), on(*case)),
        Command::Assign { case, agent } => {
            let who = agent.map_or_else(|| "nobody".to_owned(), |a| queue::agent_name(view, a));
            format!("assign case {} to {who}", queue::number(*case))
        }
        Command::SetStatus { case, status, .. } => format!("status {} {}", status.word(), on(*case)),
        Command::SetLabel { case, label, .. } => {
            let name = label.and_then(|l| view.label(l)).map_or("without a label", |l| l.name.as_str());
            format!("status {name} {}", on(*case))
        }
        Command::EditChecks { case, .. } => format!("checklist {}", on(*case)),
        Command::UndoSplit { case, .. } => format!("split of case {} undone", queue::number(*case)),
        Command::MergeCases { case, into, .. } => {
            format!("merge case {} into {}", queue::number(*case), queue::number(*into))
        }
        Command::Unmerge { case } => format!("unmerge case {}", queue::number(*case)),
        Command::SplitCase { case, .. } => format!("split case {}", queue::number(*case)),
        Command::LinkCases { case, to, .. } => {
            format!("link of cases {} and {}", queue::number(*case), queue::number(*to))
        }
        Command::SaveView { name, .. } => format!("view {name}"),
        Command::DropView { .. } => "drop a view".to_owned(),
        Command::CompleteTask { .. } => "a promise kept".to_owned(),
        Command::Consult { interaction, with, .. } => {
            format!("ask {} about {}", queue::agent_name(view, *with), contact(*interaction))
        }
        Command::HandOver { interaction, .. } => format!("hand {} over", contact(*interaction)),
        Command::LeaveConsult { interaction, .. } => format!("leave the colleague with {}", contact(*interaction)),
        Command::AskCallback { interaction, .. } => format!("call {} back", contact(*interaction)),
        Command::CallbackResult { interaction, reached: true, .. } => format!("reached {}", contact(*interaction)),
        Command::CallbackResult { interaction, .. } => format!("did not reach {}", contact(*interaction)),
        Command::ForcePresence { agent, to, .. } => {
            format!("set {} to {}", queue::agent_name(view, *agent), presence(*to))
        }
        _ => "something for the desk itself".to_owned(),
    }
}

/// The outbox as shown: those the agent must deal with first, then by age.
pub fn lines(model: &Model, now: At) -> Vec<Line> {
    let server = model.server(now);
    order(model).into_iter().map(|p| line(model, p, server)).collect()
}

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
        (OutboxState::Done { .. }, _) => LineState::Done,
        (OutboxState::Held { until }, None) => LineState::Held(words::seconds_left(*until, server)),
        (OutboxState::Waiting | OutboxState::Withdrawn, _) if p.n.is_none() || p.taking => LineState::Storing,
        (_, Some(doubt)) => LineState::Doubtful(doubt.sentence(server)),
        (OutboxState::Waiting | OutboxState::Withdrawn, None) => LineState::Waiting,
    };
    let words = p.command.words().unwrap_or_default().to_owned();
    Line { n: p.n, what: describe(model, &p.command), words, at: p.at, state }
}

impl Desk<'_> {
    pub(in crate::app) fn open_outbox(&mut self) {
        self.m.overlays.push(Overlay::Outbox(Outbox::default()));
    }

    fn outbox_selected(&self) -> Option<Pending> {
        let Some(Overlay::Outbox(outbox)) = self.m.top() else { return None };
        order(self.m).get(outbox.list.selected).map(|p| (*p).clone())
    }

    /// Gives a refused command again, as it was.
    pub(in crate::app) fn outbox_retry(&mut self) {
        let Some(p) = self.outbox_selected() else { return };
        if p.state == OutboxState::Doubtful {
            self.send_doubtful(&p);
            return;
        }
        if p.refusal().is_none() {
            self.effect(Effect::RetryLink);
            return;
        }
        let key = Self::draft_of(&p);
        let command = match p.command {
            // Someone may have changed it since: the agent has just looked at it and asks again.
            Command::SetStatus { case, status, .. } => {
                let from = self.m.view().case(case).map_or(status, |c| c.status);
                Command::SetStatus { case, status, from }
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

    /// Sends a command again of which nobody knows whether it was done.
    fn send_doubtful(&mut self, p: &Pending) {
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
            self.cannot("There is nothing to edit in this one.");
            return;
        };
        let waiting = p.refusal().is_none();
        if self.is_on_its_way(&p) {
            self.cannot("It is on its way; it can only be edited while it is not sent.");
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
            Command::SendReply { .. } => self.compose(Kind::Message),
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
            self.cannot("It is on its way; it can only be dropped while it is not sent.");
            return;
        }
        let words = p.command.words().unwrap_or_default();
        if words.trim().is_empty() {
            self.drop_refused_one(p.token);
            return;
        }
        let title = format!("Drop: {}", describe(self.m, &p.command));
        let lines = if p.state == OutboxState::Doubtful {
            vec![
                "It is not sent again, and its words go with it.".to_owned(),
                "Look at the case first: were they sent?".to_owned(),
            ]
        } else if p.refusal().is_some() {
            vec!["It leaves this list. Its words are still in the draft of the case.".to_owned()]
        } else {
            vec!["It is not sent. Its words go back into the draft of the case.".to_owned()]
        };
        let (yes, again, then) = ("drop it".to_owned(), Some(Key::char('d')), Then::Drop(p.token));
        self.ask(Confirm { title, lines, yes, again, digits: Vec::new(), then });
    }

    pub(in crate::app) fn drop_refused_one(&mut self, token: u64) {
        let Some(p) = self.m.mirror.pending.iter().find(|p| p.token == token).cloned() else { return };
        if p.is_open() {
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
            Command::SendReply { .. } => Some(DraftKey::new(case?, DraftField::Reply)),
            Command::AddNote { .. } => Some(DraftKey::new(case?, DraftField::Note)),
            Command::WrapUp { .. } | Command::LeaveWrapUp { .. } => Some(DraftKey::new(case?, DraftField::WrapUp)),
            _ => None,
        }
    }
}
