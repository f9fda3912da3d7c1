//! What the app is told, gathered so that one message from the server is one change on the screen.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::port::{Incoming, LinkStatus, OutboxState, Pop};
use crate::domain::ids::{AgentId, CaseId, InteractionId};
use crate::domain::kin;
use crate::domain::people::Customer;
use crate::domain::row::{Row, RowKey};
use crate::domain::side::Side;
use crate::domain::state::State;
use crate::domain::time::At;
use crate::domain::work::Interaction;
use crate::store::StoreError;
use crate::store::cache::{Applied, Cache, CacheReader};
use crate::store::outbox::{Item, Outbox, State as ItemState};
use crate::sync::machine::{Input, Status};
use crate::wire::frame::Look;

use super::engine::{Engine, OFFSET};
use super::translate::{draft_to_app, item, link_state, sentence, stage, state};

/// Past cases told with an offer.
const CASES: usize = 5;
/// An offset is kept on disk when it moved by more than this, ms.
const OFFSET_MOVED_MS: i64 = 1_000;

/// Speaks to the app.
pub(super) struct Teller {
    tell: UnboundedSender<Incoming>,
    reader: CacheReader,
    agent: Option<AgentId>,
    /// Everything hot has to be told anew.
    reset: bool,
    put: BTreeMap<RowKey, Row>,
    gone: BTreeSet<RowKey>,
    deep: BTreeSet<RowKey>,
    /// Cursors as last told, and now.
    cursors: [(u64, u64); 2],
    /// Offers told already.
    popped: BTreeSet<(InteractionId, u32)>,
    /// Some were told since the server was last told so.
    shown: bool,
    /// Commands given up without the server, told already.
    abandoned: BTreeSet<u64>,
    offset: i64,
}

impl Teller {
    pub(super) fn new(tell: UnboundedSender<Incoming>, reader: CacheReader, offset: Option<i64>) -> Teller {
        Teller {
            tell,
            reader,
            agent: None,
            reset: false,
            put: BTreeMap::new(),
            gone: BTreeSet::new(),
            deep: BTreeSet::new(),
            cursors: [(0, 0); 2],
            popped: BTreeSet::new(),
            shown: false,
            abandoned: BTreeSet::new(),
            offset: offset.unwrap_or(0),
        }
    }

    /// Says it now.
    pub(super) fn tell(&self, incoming: Incoming) {
        // An app that is gone hears nothing; the engine is stopped by its desk.
        self.tell.send(incoming).ok();
    }

    pub(super) fn trouble(&self, words: String) {
        self.tell(Incoming::Trouble(words));
    }

    /// The first words: what cache and outbox hold.
    pub(super) fn opened(&mut self, outbox: &Outbox, cache: &Cache, now: At) -> Result<(), StoreError> {
        let cursors = cache.cursors();
        self.agent = cursors.agent;
        self.cursors = [(cursors.live, cursors.deep); 2];
        let hot = self.reader.hot()?;
        let drafts = outbox.drafts()?.into_iter().map(draft_to_app).collect();
        let mut items = outbox.unanswered()?;
        items.extend(outbox.withdrawn()?);
        items.extend(outbox.refused()?);
        items.extend(outbox.done_beyond(cursors.live.min(cursors.deep))?);
        items.sort_by_key(|item| item.key);
        let offers = self.offers(hot.interactions(), now);
        let outbox = items.into_iter().map(item).collect();
        self.tell(Incoming::Opened { agent: self.agent, hot: Box::new(hot), drafts, outbox });
        if let Some(notice) = cache.notice() {
            self.trouble(notice.into());
        }
        self.pop(offers);
        Ok(())
    }

    /// From now on the cache is read here.
    pub(super) fn read_from(&mut self, reader: CacheReader) {
        self.reader = reader;
    }

    /// Whose desk it is.
    pub(super) fn person(&mut self, agent: AgentId) {
        if self.agent.replace(agent) != Some(agent) {
            self.reset = true;
        }
    }

    /// Rows went in a way that is told by telling everything hot anew.
    pub(super) fn reset(&mut self) {
        self.reset = true;
    }

    /// Rows changed.
    pub(super) fn applied(&mut self, applied: Applied, cursors: (u64, u64)) {
        for row in applied.put {
            self.gone.remove(&row.key());
            self.put.insert(row.key(), row);
        }
        for key in applied.gone {
            self.put.remove(&key);
            self.gone.insert(key);
        }
        self.deep.extend(applied.deep);
        self.cursors[1] = cursors;
    }

    /// Tells what has gathered.
    pub(super) fn flush(&mut self, now: At) {
        let (put, gone, deep) =
            (std::mem::take(&mut self.put), std::mem::take(&mut self.gone), std::mem::take(&mut self.deep));
        if std::mem::take(&mut self.reset) {
            match self.reader.hot() {
                Ok(hot) => self.tell_reset(hot, now),
                Err(error) => self.trouble(sentence(&error)),
            }
        }
        let offers =
            self.offers(put.values().filter_map(|row| if let Row::Interaction(i) = row { Some(i) } else { None }), now);
        let moved = self.cursors[0] != self.cursors[1];
        if moved || !(put.is_empty() && gone.is_empty() && deep.is_empty()) {
            self.cursors[0] = self.cursors[1];
            let (seen_seq, deep_seq) = self.cursors[1];
            let (put, gone, deep) =
                (put.into_values().collect(), gone.into_iter().collect(), deep.into_iter().collect());
            self.tell(Incoming::Changed { put, gone, deep, seen_seq, deep_seq });
        }
        self.pop(offers);
    }

    fn tell_reset(&mut self, hot: State, now: At) {
        let offers = self.offers(hot.interactions(), now);
        self.tell(Incoming::Reset { agent: self.agent, hot: Box::new(hot) });
        self.pop(offers);
    }

    /// Offers to this agent that were not told yet.
    fn offers<'a>(&mut self, rows: impl Iterator<Item = &'a Interaction>, now: At) -> Vec<Interaction> {
        let Some(agent) = self.agent else { return Vec::new() };
        let mine = |i: &&Interaction| i.offered_to().is_some_and(|(to, until)| to == agent && until > now);
        let fresh: Vec<Interaction> =
            rows.filter(mine).filter(|i| !self.popped.contains(&(i.id, i.epoch))).cloned().collect();
        self.popped.extend(fresh.iter().map(|i| (i.id, i.epoch)));
        fresh
    }

    /// Tells offers with all that the cache knows about who calls. An offer is never held back for want of that.
    fn pop(&mut self, offers: Vec<Interaction>) {
        for interaction in offers {
            let file = interaction.customer.map(|id| self.reader.customer(id)).transpose();
            let file = file.unwrap_or_else(|error| {
                self.trouble(sentence(&error));
                None
            });
            let (customer, mut cases) = match file.flatten() {
                Some(file) => {
                    let kin: Vec<&Customer> =
                        [&file.customer].into_iter().chain(file.held.iter().map(|(c, _)| c)).collect();
                    let flags = kin::flags(&kin);
                    (Some(Customer { flags, ..file.customer }), file.cases)
                }
                None => (None, Vec::new()),
            };
            cases.retain(|case| case.id != interaction.case);
            cases.truncate(CASES);
            self.shown = true;
            self.tell(Incoming::Offered(Box::new(Pop { interaction, customer, cases })));
        }
    }

    /// A command was answered, and needs no prediction once the deep cursor is at `deep`. One that was given up here is
    /// told once, however often its number comes round.
    pub(super) fn verdict(&mut self, answered: Item, deep: u64) {
        let here = matches!(&answered.state, ItemState::Refused(crate::domain::Refusal::NeedsLink));
        if here && !self.abandoned.insert(answered.key) {
            return;
        }
        let state = match state(answered.state) {
            OutboxState::Done { seq, .. } => OutboxState::Done { seq, deep },
            other => other,
        };
        self.tell(Incoming::Verdict { n: answered.key, state });
    }

    /// These commands are held no longer.
    pub(super) fn released(&self, items: &[Item]) {
        for item in items {
            self.tell(Incoming::Verdict { n: item.key, state: OutboxState::Waiting });
        }
    }

    /// The server has forgotten answers: these commands wait again.
    pub(super) fn wait_again(&self, items: &[Item]) {
        for item in items.iter().filter(|item| !self.abandoned.contains(&item.key)) {
            self.tell(Incoming::Verdict { n: item.key, state: OutboxState::Waiting });
        }
    }

    /// These stand otherwise than before.
    pub(super) fn states(&self, items: Vec<Item>) {
        for item in items {
            self.tell(Incoming::Verdict { n: item.key, state: state(item.state) });
        }
    }

    pub(super) fn looks(&self, case: CaseId, who: Vec<(AgentId, Look)>, customer: Option<Side>) {
        let who = who.into_iter().map(|(agent, look)| (agent, look == Look::Writing)).collect();
        self.tell(Incoming::Looks { case, who, customer });
    }

    /// Server time less this machine's, ms.
    pub(super) fn offset(&self) -> i64 {
        self.offset
    }
}

impl Engine {
    /// Tells what has gathered since the last time.
    pub(super) fn flush_told(&mut self) {
        let now = self.server_now();
        self.teller.flush(now);
        if std::mem::take(&mut self.teller.shown) {
            self.step(Input::Shown);
        }
    }

    /// Tells how the link does.
    pub(super) fn tell_link(&mut self, status: Status) {
        if status.state != self.link.state {
            tracing::info!(state = ?status.state, seen = status.seen_seq, "the link: {}", status.words);
            let (now, all) = (self.server_now(), self.cable.bytes());
            self.line.stands(now, status.state, &status.words, all);
        }
        self.link = status;
        self.tell_link_again();
    }

    /// Tells it once more, by the clocks of this moment.
    pub(super) fn tell_link_again(&mut self) {
        let (steady, wall) = (self.clock.steady_ms(), self.clock.now());
        if let Some(server) = self.machine.server_time(steady) {
            self.keep_offset(server.0.saturating_sub(wall.0));
        }
        let (now, all) = (self.server_now(), self.cable.bytes());
        let (spent, gaps) = self.line.today(now, all);
        let status = &self.link;
        self.teller.tell(Incoming::Link(LinkStatus {
            state: link_state(status.state),
            words: status.words.clone(),
            rtt_ms: status.rtt_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
            offset_ms: self.teller.offset,
            seen_at: status.seen_at,
            history_at: status.deep_at.filter(|_| self.line.is_far()),
            seen_seq: status.seen_seq,
            retry_at: status.retry_at.map(|at| wall.plus(at.saturating_sub(steady) as i64)),
            coming: status.coming,
            stage: stage(status.stage),
            rate: self.line.rate.known(),
            thin: self.line.is_thin(),
            bytes: all,
            spent,
            gaps,
        }));
    }

    /// Keeps the offset for the next start, which may be without a link.
    fn keep_offset(&mut self, offset: i64) {
        let moved = (offset - self.teller.offset).abs() > OFFSET_MOVED_MS;
        self.teller.offset = offset;
        if moved && let Err(error) = self.outbox.set_setting(OFFSET, Some(&offset.to_string())) {
            tracing::warn!(%error, "the clock's offset could not be kept");
        }
    }
}
