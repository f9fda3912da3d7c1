//! The desk's picture of the truth: what the feed said, with what this desk asked for folded over it.
//!
//! Invariant: `base` holds only what the feed and the cache said. What this desk did lives in `pending`, leaves it when
//! both cursors have passed what the server made of it, and is folded on until the rows of its cases were read again.

use crate::domain::command::{Actor, Command};
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, CaseId, InteractionId, MessageId};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Row, RowKey};
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::Message;
use crate::domain::{apply, decide};

use super::port::{OutboxItem, OutboxState};

/// A command of this desk that the feed does not show yet, or that was refused.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The app's number.
    pub token: u64,
    /// The outbox's number, once it has one.
    pub n: Option<u64>,
    /// When the key was pressed, server time.
    pub at: At,
    /// What was asked.
    pub command: Command,
    /// What became of it.
    pub state: OutboxState,
    /// What it would do, by the rules, when it was last foreseen.
    pub events: Vec<Event>,
    /// Why it would be refused as things stand now.
    pub doubt: Option<Refusal>,
    /// It was refused, and its words are in a draft.
    pub returned: bool,
    /// It is being taken back: the outbox has not said yet whether that was in time.
    pub taking: bool,
}

impl Pending {
    /// Whether the server has not answered it.
    pub fn is_open(&self) -> bool {
        !self.taking && matches!(self.state, OutboxState::Waiting | OutboxState::Held { .. })
    }

    /// Whether the view shows what it does: it waits, or is done and the feed is on its way.
    pub fn is_foreseen(&self) -> bool {
        self.is_open() || matches!(self.state, OutboxState::Done { .. })
    }

    /// Whether the agent must say what becomes of it.
    pub fn needs_agent(&self) -> bool {
        matches!(self.state, OutboxState::Doubtful | OutboxState::Lapsed | OutboxState::Refused(_))
    }

    /// Until when it is not sent, if it is held.
    pub fn held(&self) -> Option<At> {
        match self.state {
            OutboxState::Held { until } => Some(until),
            _ => None,
        }
    }

    /// Why it was refused, if it was.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.state {
            OutboxState::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The messages and notes it makes.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.events.iter().filter_map(message)
    }
}

/// What a command did to cases that were not read again since.
#[derive(Debug, Clone)]
struct Ghost {
    /// The cases still to be read.
    cases: Vec<CaseId>,
    /// What it did, of the deep lane; the live rows have come by themselves.
    events: Vec<Event>,
}

/// Base, pending commands, and the fold of both.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    /// What the feed said; loaded cases and customers among it.
    pub base: State,
    /// In order of asking.
    pub pending: Vec<Pending>,
    /// Cursor of the live lane.
    pub seen_seq: u64,
    /// Cursor of the deep lane.
    pub deep_seq: u64,
    /// Who works here; `None` before the first welcome.
    pub me: Option<AgentId>,
    /// Changes whenever the view did.
    pub version: u64,
    /// Commands that are done and gone from `pending`, in order, until the rows of their cases were read again.
    ghosts: Vec<Ghost>,
    /// Cases whose rows must be read again for that.
    unread: Vec<CaseId>,
    predicted: Option<State>,
    tokens: u64,
}

impl Mirror {
    /// The state to show and to decide on.
    pub fn view(&self) -> &State {
        self.predicted.as_ref().unwrap_or(&self.base)
    }

    /// Starts anew with what the feed said. Pending commands stay.
    pub fn reset(&mut self, hot: State) {
        self.base = hot;
        self.refold();
    }

    /// Brings in what the outbox held at start.
    pub fn reload(&mut self, outbox: Vec<OutboxItem>) {
        for item in outbox {
            let token = self.token();
            let OutboxItem { n, at, command, state, returned } = item;
            let (n, events) = (Some(n), Vec::new());
            self.pending.push(Pending { token, n, at, command, state, events, doubt: None, returned, taking: false });
        }
        self.refold();
    }

    /// Brings rows in from the feed or the cache.
    pub fn load(&mut self, rows: impl IntoIterator<Item = Row>) {
        rows.into_iter().for_each(|row| self.base.load(row));
    }

    /// Takes rows out that are gone.
    pub fn unload(&mut self, keys: impl IntoIterator<Item = RowKey>) {
        keys.into_iter().for_each(|key| self.base.unload(key));
    }

    /// Asks for something: decided here first, on what is known here. On success it is pending under the token.
    pub fn ask(&mut self, command: &Command, at: At) -> Result<u64, Refusal> {
        let me = self.me.ok_or_else(|| Refusal::gone(tk!("your sign-in")))?;
        let events = foresee(self.view(), command, me, at)?;
        if command.latest_only() {
            self.pending.retain(|p| !(p.is_open() && p.command.latest_only()));
        }
        let token = self.expect(command, at, events);
        self.refold();
        Ok(token)
    }

    /// Asks for many things at once, each decided on what the ones before it make.
    pub fn ask_all(&mut self, commands: &[Command], at: At) -> Vec<Result<u64, Refusal>> {
        let Some(me) = self.me else {
            return commands.iter().map(|_| Err(Refusal::gone(tk!("your sign-in")))).collect();
        };
        let mut state = self.view().clone();
        state.predict();
        let mut asked = Vec::with_capacity(commands.len());
        for command in commands {
            asked.push(foresee(&state, command, me, at).map(|events| {
                events.iter().for_each(|e| apply(&mut state, e));
                self.expect(command, at, events)
            }));
        }
        self.refold();
        asked
    }

    fn expect(&mut self, command: &Command, at: At, events: Vec<Event>) -> u64 {
        let token = self.token();
        let (command, state) = (command.clone(), OutboxState::Waiting);
        let (returned, taking) = (false, false);
        self.pending.push(Pending { token, n: None, at, command, state, events, doubt: None, returned, taking });
        token
    }

    /// The outbox gave a command its number, and holds it until an instant.
    pub fn numbered(&mut self, token: u64, n: u64, held: Option<At>) {
        if let Some(p) = self.pending.iter_mut().find(|p| p.token == token) {
            p.n = Some(n);
            if let Some(until) = held {
                p.state = OutboxState::Held { until };
            }
        }
    }

    /// A command is being taken back, or that was too late.
    pub fn taking(&mut self, token: u64, taking: bool) {
        if let Some(p) = self.pending.iter_mut().find(|p| p.token == token) {
            p.taking = taking;
            self.refold();
        }
    }

    /// A draft holds the words of a refused command.
    pub fn returned(&mut self, n: u64) {
        self.pending.iter_mut().filter(|p| p.n == Some(n)).for_each(|p| p.returned = true);
    }

    /// Drops a command: it was not stored, taken back, or dealt with.
    pub fn drop_token(&mut self, token: u64) -> Option<Pending> {
        let i = self.pending.iter().position(|p| p.token == token)?;
        let pending = self.pending.remove(i);
        self.refold();
        Some(pending)
    }

    /// The server answered. Gives the command back as it stood before.
    pub fn verdict(&mut self, n: u64, state: OutboxState) -> Option<Pending> {
        let p = self.pending.iter_mut().find(|p| p.n == Some(n))?;
        let before = p.clone();
        p.state = state;
        self.settle();
        Some(before)
    }

    /// The cursors are here now: what they have passed needs no prediction any more. Call after loading rows, and
    /// say whether there were any.
    pub fn seen(&mut self, live: u64, deep: u64, changed: bool) {
        (self.seen_seq, self.deep_seq) = (live, deep);
        if changed || !self.pending.is_empty() {
            self.settle();
        }
    }

    fn settle(&mut self) {
        let (live, deep) = (self.seen_seq, self.deep_seq);
        let past = |p: &Pending| matches!(p.state, OutboxState::Done { seq, deep: to } if seq <= live && to <= deep);
        for mut p in self.pending.extract_if(.., |p| past(p)) {
            p.events.retain(is_deep);
            let asks = matches!(p.command, Command::WrapUp { .. });
            let mut cases: Vec<CaseId> = p.command.cases().chain(p.messages().map(|m| m.case)).collect();
            cases.sort();
            cases.dedup();
            if asks || !p.events.is_empty() {
                self.unread.extend(&cases);
            }
            if !p.events.is_empty() && !cases.is_empty() {
                self.ghosts.push(Ghost { cases, events: p.events });
            }
        }
        self.refold();
    }

    /// Folds the pending commands over the base.
    pub fn refold(&mut self) {
        self.version += 1;
        let open = |p: &Pending| p.is_foreseen() && !is_guess(&p.command);
        let folds = !self.ghosts.is_empty() || self.pending.iter().any(open);
        let Some(me) = self.me.filter(|_| folds) else {
            self.predicted = None;
            return;
        };
        let mut state = self.base.clone();
        state.predict();
        self.ghosts.iter().flat_map(|g| &g.events).for_each(|e| apply(&mut state, e));
        for p in self.pending.iter_mut().filter(|p| open(p)) {
            match p.state {
                OutboxState::Done { seq, .. } if seq <= self.seen_seq => {
                    // The live rows are there, the deep ones are on their way.
                    p.doubt = None;
                    p.events.iter().filter(|e| is_deep(e)).for_each(|e| apply(&mut state, e));
                }
                _ => match decide(&state, &p.command, Actor::Agent(me), p.at) {
                    Ok(events) => {
                        p.doubt = None;
                        for event in &events {
                            apply(&mut state, event);
                        }
                        p.events = events;
                    }
                    // Its case is not loaded yet: nothing can be said.
                    Err(Refusal::Gone { .. }) if names_unknown(&state, &p.command) => {}
                    Err(refusal) => {
                        // Its words are still shown, marked.
                        p.doubt = p.is_open().then_some(refusal);
                        let words = p.events.iter().filter(|e| matches!(e, Event::MessageAdded { .. }));
                        words.for_each(|e| apply(&mut state, e));
                    }
                },
            }
        }
        self.predicted = Some(state);
    }

    /// Messages and notes on a case that its thread may not hold yet, with the command that makes each; without
    /// one when it is done. The thread may hold them already: the caller compares.
    pub fn unconfirmed(&self, case: CaseId) -> impl Iterator<Item = (&Message, Option<&Pending>)> {
        let ghosts = self.ghosts.iter().flat_map(|g| g.events.iter().filter_map(message)).map(|m| (m, None));
        let open = self.pending.iter().filter(|p| p.is_foreseen());
        let open = open.flat_map(|p| p.messages().map(move |m| (m, Some(p))));
        ghosts.chain(open).filter(move |(m, _)| m.case == case)
    }

    /// The rows of a case were read again after everything seen so far.
    pub fn fresh(&mut self, case: CaseId) {
        let before = self.ghosts.len();
        self.ghosts.iter_mut().for_each(|g| g.cases.retain(|c| *c != case));
        self.ghosts.retain(|g| !g.cases.is_empty());
        if self.ghosts.len() != before {
            self.refold();
        }
    }

    /// Cases whose rows must be read again now, because what this desk did to them has come; each is said once.
    pub fn to_read(&mut self) -> Vec<CaseId> {
        std::mem::take(&mut self.unread)
    }

    /// Whether this desk did something to the case that its rows here do not show yet.
    pub fn is_unread(&self, case: CaseId) -> bool {
        self.ghosts.iter().any(|g| g.cases.contains(&case))
    }

    /// Whether something of this desk on this case or contact waits for the server.
    pub fn waits_on(&self, case: CaseId) -> bool {
        self.pending.iter().any(|p| {
            let of = p.command.case().or_else(|| {
                let i = p.command.interaction()?;
                self.view().interaction(i).map(|i| i.case)
            });
            p.is_foreseen() && of == Some(case)
        })
    }

    /// Whether this desk has asked for a contact and the server has not answered.
    pub fn takes(&self, contact: InteractionId) -> bool {
        self.pending.iter().filter(|p| p.is_open()).any(|p| match p.command {
            Command::AcceptOffer { interaction, .. } | Command::Pull { interaction: Some(interaction) } => {
                interaction == contact
            }
            _ => false,
        })
    }

    /// Newest message the customer wrote, as far as this desk knows.
    pub fn last_inbound(&self, case: CaseId) -> Option<MessageId> {
        self.view().case(case).and_then(|c| c.last_inbound)
    }

    fn token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }
}

/// What a command would do; nothing that can be told here when it names a case that is not loaded: the server knows it.
fn foresee(state: &State, command: &Command, me: AgentId, at: At) -> Result<Vec<Event>, Refusal> {
    if let Command::UndoSplit { .. } = command {
        return Ok(Vec::new());
    }
    match decide(state, command, Actor::Agent(me), at) {
        Err(Refusal::Gone { .. }) if names_unknown(state, command) => Ok(Vec::new()),
        decided => decided,
    }
}

/// Whether a command names a case that is not loaded here.
fn names_unknown(state: &State, command: &Command) -> bool {
    command.cases().any(|case| state.case(case).is_none())
        || command.customers().any(|customer| state.customer(customer).is_none())
}

/// What only the server can know: which contact is the next right one, in which case messages are now.
fn is_guess(command: &Command) -> bool {
    matches!(command, Command::Pull { interaction: None } | Command::UndoSplit { .. })
}

/// The message or note an event adds.
fn message(event: &Event) -> Option<&Message> {
    match event {
        Event::MessageAdded { message, .. } => Some(message.as_ref()),
        _ => None,
    }
}

/// Whether an event changes rows of the deep lane. Setting them again is harmless.
fn is_deep(event: &Event) -> bool {
    matches!(
        event,
        Event::MessageAdded { .. }
            | Event::StatusChanged { .. }
            | Event::Snoozed { .. }
            | Event::TagsChanged { .. }
            | Event::PriorityChanged { .. }
            | Event::Assigned { .. }
            | Event::CustomerIdentified { .. }
            | Event::Escalated { .. }
            | Event::CaseMoved { .. }
            | Event::LinksChanged { .. }
            | Event::CaseLabelled { .. }
            | Event::ChecksChanged { .. }
            | Event::Retired { .. }
            | Event::RowSet { .. }
            | Event::CustomersMerged { .. }
            | Event::CustomerUnmerged { .. }
    )
}
