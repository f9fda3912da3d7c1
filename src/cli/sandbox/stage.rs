//! Where the customers come from: a thread beside desk and server that lets them in, watches what the desk does and
//! brings what they say.
//!
//! It asks the server what happened and knows nothing of the desk but that someone typed or opened an article. One
//! invariant: whatever goes wrong here is said on the desk and ends no work.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::attempts::Attempts;
use super::contact::{Contact, Line, Stand};
use super::house::{self, House};
use super::programme::Programme;
use super::shelf::Shelf;
use crate::cli::books::Books as _;
use crate::cli::office::Door;
use crate::clock::{Clock, SystemClock};
use crate::domain::command::{Actor, Command};
use crate::domain::event::Event;
use crate::domain::ids::{ArticleId, CaseId, InteractionId, MessageId, Seq};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::At;
use crate::domain::work::{Author, Kind, LegEnd, Message, Phase, WrapUp};
use crate::sandbox::deed::{self, Ask};
use crate::sandbox::markdown;
use crate::sandbox::play::Input;
use crate::server::Hub;
use crate::server::operate::Operator;

/// How often it looks what happened, ms.
const LOOK: u64 = 50;
/// Events at once.
const PAGE: usize = 500;

/// What the desk does that no server hears of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Something was typed on a case.
    Typed(CaseId),
    /// An article was opened.
    Opened(ArticleId),
    /// The desk is left.
    Left,
}

/// A customer who is still to come.
struct Coming {
    /// When, ms of the room.
    at: i64,
    contact: Contact,
    /// How long they wait for an answer, ms.
    patience: Option<i64>,
}

/// The thread's own.
pub(super) struct Stage {
    hub: Arc<Hub>,
    operator: Operator,
    door: Door<'static>,
    house: House,
    shelf: Shelf,
    attempts: Attempts,
    programme: Programme,
    clock: SystemClock,
    signs: Receiver<Sign>,
    pace: i64,
    head: Seq,
    /// Of the room, at its pace, ms.
    time: i64,
    coming: VecDeque<Coming>,
    contacts: Vec<Contact>,
    /// When those who wait give up, ms of the room.
    gives_up: BTreeMap<InteractionId, i64>,
    /// Notes of the trainee, and when they were written.
    notes: BTreeMap<MessageId, (At, String)>,
    codes: BTreeMap<(Entity, u64), String>,
}

/// What a stage needs.
pub(super) struct Needs {
    /// The server's parts.
    pub(super) hub: Arc<Hub>,
    /// The operator's way in, twice: for events and for rows.
    pub(super) operators: [Operator; 2],
    /// Who and where.
    pub(super) house: House,
    /// The scenarios.
    pub(super) shelf: Shelf,
    /// Where attempts are kept.
    pub(super) attempts: Attempts,
    /// What is played.
    pub(super) programme: Programme,
    /// What the desk does.
    pub(super) signs: Receiver<Sign>,
    /// Seconds of a contact in one of the clock.
    pub(super) pace: u32,
}

impl Stage {
    /// Set up, with the first customers about to come.
    pub(super) fn new(needs: Needs) -> anyhow::Result<Stage> {
        let [events, rows] = needs.operators;
        let mut stage = Stage {
            head: needs.hub.core.published().borrow().seq,
            hub: needs.hub,
            operator: events,
            door: Door::of_operator(rows),
            house: needs.house,
            shelf: needs.shelf,
            attempts: needs.attempts,
            programme: needs.programme,
            clock: SystemClock::new(),
            signs: needs.signs,
            pace: i64::from(needs.pace.clamp(1, 100)),
            time: 0,
            coming: VecDeque::new(),
            contacts: Vec::new(),
            gives_up: BTreeMap::new(),
            notes: BTreeMap::new(),
            codes: BTreeMap::new(),
        };
        stage.sweep()?;
        stage.arrange(None)?;
        Ok(stage)
    }

    /// Plays until the desk is left.
    pub(super) fn run(mut self) {
        crate::lang::follow_desk();
        let mut last = self.clock.steady_ms();
        loop {
            match self.signs.recv_timeout(Duration::from_millis(LOOK)) {
                Ok(Sign::Left) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Sign::Typed(case)) => self.contacts.iter_mut().filter(|c| c.case == case).for_each(Contact::typing),
                Ok(Sign::Opened(article)) => {
                    let done = self.opened(article);
                    self.spoke(done);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.clock.steady_ms();
            let passed = now.saturating_sub(std::mem::replace(&mut last, now)).min(5_000) as i64 * self.pace;
            let done = self.look();
            self.spoke(done);
            let done = self.passes(passed);
            self.spoke(done);
        }
    }

    fn spoke(&self, done: anyhow::Result<()>) {
        if let Err(error) = done {
            tracing::error!(%error, "the stage stumbled");
        }
    }

    /// Contacts of an earlier visit are over.
    fn sweep(&mut self) -> anyhow::Result<()> {
        let left = self.door.page(Entity::Interaction, 0, 1_000)?;
        let ours = left.into_iter().filter_map(|row| match row {
            Row::Interaction(i) if i.queue == self.house.queue => Some(Command::EndInteraction { interaction: i.id }),
            _ => None,
        });
        let commands: Vec<Command> = ours.collect();
        if !commands.is_empty() {
            self.door.submit(commands)?;
        }
        Ok(())
    }

    /// Who comes next; `again` names a scenario.
    fn arrange(&mut self, again: Option<&str>) -> anyhow::Result<()> {
        for next in self.programme.next(&self.shelf, &self.attempts, again)? {
            let contact = Contact::new(next.ready, next.attempt, next.mode);
            self.coming.push_back(Coming { at: self.time + next.after_ms, contact, patience: next.patience_ms });
        }
        Ok(())
    }

    fn passes(&mut self, ms: i64) -> anyhow::Result<()> {
        self.time += ms;
        while self.coming.front().is_some_and(|c| c.at <= self.time) {
            let Some(coming) = self.coming.pop_front() else { break };
            self.let_in(coming)?;
        }
        let time = self.time;
        let gone: Vec<InteractionId> = self.gives_up.iter().filter(|(_, at)| **at <= time).map(|(id, _)| *id).collect();
        for interaction in gone {
            self.gives_up.remove(&interaction);
            self.contacts.retain(|c| c.interaction != interaction);
            self.door.submit(vec![Command::EndInteraction { interaction }])?;
        }
        for i in 0..self.contacts.len() {
            let lines = self.contacts[i].passes(ms);
            self.bring(i, lines)?;
        }
        Ok(())
    }

    fn let_in(&mut self, mut coming: Coming) -> anyhow::Result<()> {
        let id = coming.contact.ready.scenario.id.clone();
        let now = self.clock.now();
        let customer = house::invite(&mut self.door, &coming.contact.ready, self.shelf.folder(&id)?, now)?;
        let words = coming.contact.opening();
        let (interaction, case) = house::come(&mut self.door, &self.house, &coming.contact.ready, customer, words)?;
        (coming.contact.interaction, coming.contact.case) = (interaction, case);
        if let Some(patience) = coming.patience {
            self.gives_up.insert(interaction, self.time + patience);
        }
        self.contacts.push(coming.contact);
        Ok(())
    }

    /// What happened since.
    fn look(&mut self) -> anyhow::Result<()> {
        while self.hub.core.published().borrow().seq > self.head {
            let events = self.operator.events(self.head, PAGE)?;
            let Some(last) = events.last() else { return Ok(()) };
            self.head = last.seq;
            for entered in events {
                self.happened(entered.event)?;
            }
        }
        Ok(())
    }

    fn happened(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::OfferAccepted { interaction, by, .. } if by == self.house.trainee => {
                self.gives_up.remove(&interaction);
                self.with(interaction, Contact::answered)
            }
            Event::MessageAdded { message, .. } if message.author == Author::Agent(self.house.trainee) => {
                self.wrote(*message)
            }
            Event::PhaseChanged { interaction, to, .. } => self.with(interaction, |c| match to {
                Phase::OnHold { .. } => c.did("hold", ""),
                Phase::Connected if c.state.hold.is_some() => c.did("retrieve", ""),
                Phase::WrapUp { .. } => {
                    c.ended();
                    Vec::new()
                }
                _ => Vec::new(),
            }),
            Event::LegEnded { wrap_up } => self.handed_on(&wrap_up),
            Event::WrappedUp { wrap_up } => {
                let label = |stage: &mut Stage, entity, id: Option<u64>| match id {
                    Some(id) => stage.label(entity, id),
                    None => Ok(String::new()),
                };
                let reason = label(self, Entity::Reason, wrap_up.reason.map(|r| r.0))?;
                let outcome = label(self, Entity::Outcome, wrap_up.outcome.map(|o| o.0))?;
                let note = wrap_up.note.and_then(|id| self.notes.remove(&id)).map(|(_, note)| note).unwrap_or_default();
                self.finish(wrap_up.interaction, &reason, &outcome, &note)
            }
            _ => Ok(()),
        }
    }

    fn with(&mut self, interaction: InteractionId, what: impl FnOnce(&mut Contact) -> Vec<Line>) -> anyhow::Result<()> {
        let Some(i) = self.contacts.iter().position(|c| c.interaction == interaction) else { return Ok(()) };
        let lines = what(&mut self.contacts[i]);
        self.bring(i, lines)
    }

    fn wrote(&mut self, message: Message) -> anyhow::Result<()> {
        let Some(i) = self.contacts.iter().rposition(|c| c.case == message.case) else { return Ok(()) };
        if message.kind == Kind::Message {
            let lines = self.contacts[i].said(&message.body);
            return self.bring(i, lines);
        }
        let ask = deed::ask(&self.contacts[i].ready, &message.body);
        if self.contacts[i].stand == Stand::Done {
            let again = self.contacts[i].ready.scenario.id.clone();
            return match ask {
                Some(Ask::Again) => self.arrange(Some(&again)),
                Some(Ask::Next) => self.arrange(None),
                Some(Ask::Replay) => {
                    let lines = self.contacts[i].step_through();
                    self.bring(i, lines)
                }
                _ => Ok(()),
            };
        }
        match self.contacts[i].noted(&message.body) {
            Some(lines) => self.bring(i, lines),
            None => {
                self.notes.insert(message.id, (message.at, message.body));
                Ok(())
            }
        }
    }

    fn opened(&mut self, article: ArticleId) -> anyhow::Result<()> {
        let key = RowKey { entity: Entity::ArticleHead, id: article.0 };
        let Some(Row::ArticleHead(head)) = self.door.rows(&[key])?.into_iter().next() else { return Ok(()) };
        // Whoever is talked to now; in a drill the one who was answered last.
        let Some(i) = self.contacts.iter().rposition(|c| c.stand == Stand::Talks) else { return Ok(()) };
        let known =
            |input: &Input| matches!(input, Input::Act { verb, what, .. } if verb == "open" && *what == head.slug);
        if self.contacts[i].inputs.iter().any(known) {
            return Ok(());
        }
        let lines = self.contacts[i].did("open", &head.slug);
        self.bring(i, lines)
    }

    /// It goes on with someone else: there is no wrap-up, and what was said to them is the note.
    fn handed_on(&mut self, leg: &WrapUp) -> anyhow::Result<()> {
        let Some(i) = self.contacts.iter().position(|c| c.interaction == leg.interaction) else { return Ok(()) };
        let (verb, outcome) = match leg.end {
            LegEnd::Escalated => ("escalate", "Escalated L2"),
            LegEnd::Consult => ("hand-over", "Transferred warm"),
            LegEnd::Blind => ("transfer", "Transferred blind"),
            LegEnd::Finished | LegEnd::LinkLost | LegEnd::Unreached => return Ok(()),
        };
        // What goes along was written in the same moment.
        let along = self.notes.last_entry().filter(|note| note.get().0 == leg.at);
        let note = along.map(|note| note.remove().1).unwrap_or_default();
        // A word to the next one is not a blind transfer.
        let verb = if verb == "transfer" && !note.is_empty() { "hand-over" } else { verb };
        let lines = self.contacts[i].did(verb, "");
        self.bring(i, lines)?;
        let reason = self.contacts[i].ready.scenario.end.reason.first().cloned().unwrap_or_default();
        self.finish(leg.interaction, &reason, outcome, &note)?;
        self.door.submit(vec![Command::EndInteraction { interaction: leg.interaction }])?;
        Ok(())
    }

    /// All of it is done: what it was worth.
    fn finish(&mut self, interaction: InteractionId, reason: &str, outcome: &str, note: &str) -> anyhow::Result<()> {
        let Some(i) = self.contacts.iter().position(|c| c.interaction == interaction) else { return Ok(()) };
        let contact = &mut self.contacts[i];
        if contact.stand == Stand::Done {
            return Ok(());
        }
        contact.wrapped_up(reason, outcome, note);
        let now = self.clock.now();
        let kept = self.attempts.keep(&contact.ready, &contact.state, &contact.inputs, contact.mode, now)?;
        self.programme.finished(&kept.attempt);
        let more = self.coming.len() + self.contacts.iter().filter(|c| c.stand != Stand::Done).count();
        let summary = markdown::plain(kept.summary.trim_end());
        let file = t!(
            "A note that says replay steps through it turn by turn. The whole is in {file}.",
            file = kept.file.display()
        );
        let way_on =
            if more == 0 { t!("A note that says again plays it again; next brings the next one.") } else { "" };
        // A desk shows the end of what came last: what matters most stands there too.
        let verdict = summary.lines().next().unwrap_or_default();
        let words = format!("{summary}\n\n{file}\n{way_on}\n\n{verdict}");
        self.bring(i, vec![Line::Coach(words)])
    }

    fn label(&mut self, entity: Entity, id: u64) -> anyhow::Result<String> {
        if let Some(known) = self.codes.get(&(entity, id)) {
            return Ok(known.clone());
        }
        let row = self.door.rows(&[RowKey { entity, id }])?.into_iter().next();
        let label = match row {
            Some(Row::Reason(reason)) => reason.label,
            Some(Row::Outcome(outcome)) => outcome.label,
            _ => String::new(),
        };
        self.codes.insert((entity, id), label.clone());
        Ok(label)
    }

    /// To the desk, as what it is.
    fn bring(&mut self, contact: usize, lines: Vec<Line>) -> anyhow::Result<()> {
        let Some(contact) = self.contacts.get(contact) else { return Ok(()) };
        let (interaction, case) = (contact.interaction, contact.case);
        for line in lines {
            match line {
                Line::Customer(body) => {
                    self.door.submit(vec![Command::AppendMessage {
                        interaction,
                        body,
                        files: Vec::new(),
                        letter: None,
                    }])?;
                }
                Line::Leave => {
                    self.door.submit(vec![Command::EndInteraction { interaction }])?;
                }
                Line::Coach(body) => {
                    let note = Command::AddNote { case, body, from: Vec::new() };
                    self.hub.core.bulk_blocking(Actor::Agent(self.house.coach), vec![note])?;
                }
            }
        }
        Ok(())
    }
}
