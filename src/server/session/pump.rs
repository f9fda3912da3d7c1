//! The half of a session that speaks: what goes into the next message, and what the rights let go.

use crate::domain::ids::{AgentId, CaseId, Seq};
use crate::domain::row::{Change, Entity, Row};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::domain::work::Author;
use crate::store::StoreError;
use crate::store::ledger::LedgerReader;
use crate::wire::frame::{Down, QUIET_DOWN_MS, Record};

use super::lane::Feed;
use super::{Moment, Scopes, Session};

/// What the queue does not need waits for the desk's first answer, at most this long, ms: so the queue is alone on
/// the link.
const GREET_MS: u64 = 8_000;
/// Bytes of rows of the live lane put into one message before commands and offers get their turn again. The socket
/// keeps room for the largest it ever wrote.
const MESSAGE: usize = 8 << 10;
/// Bytes of rows beside which what is needed now may still go.
const LITTLE: usize = 1 << 10;
/// Bytes of a message that is no longer than the word that it is there, about.
const SHORT: usize = 24;

/// Frames chosen by [`Session::pump`], not yet cleared for sending.
#[derive(Debug, Default)]
pub struct Pumped {
    frames: Vec<Down>,
    /// So many of them read nothing and stand before all that did.
    head: usize,
    /// The head at which rows in them were read; the rights of at least this seq decide.
    pub read_at: Seq,
}

impl Pumped {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

impl Session {
    /// Chooses what goes into the next message. Without a reader only what needs none.
    pub fn pump(&mut self, now: Moment, reader: Option<&mut dyn LedgerReader>) -> Result<Pumped, StoreError> {
        if self.is_greeted(now) {
            self.greet_due = None;
        }
        let mut frames = std::mem::take(&mut self.out);
        frames.extend(self.rule());
        let mut pumped = Pumped { head: frames.len(), frames, read_at: 0 };
        if self.closing {
            return Ok(pumped);
        }
        // What the lane brings in this very message is not fresh.
        let on_the_way = !(self.deep.behind || self.deep.in_pieces());
        let fresh = self.began + 1..=if on_the_way { self.deep.cursor } else { Seq::MAX };
        match reader {
            Some(reader) => {
                if !self.started {
                    self.start(now, reader, &mut pumped)?;
                }
                self.flush(now, Some(&mut *reader), &mut pumped)?;
                // What is needed now must not wait for the rest of its own message.
                if self.early_due(now) && pumped.frames.iter().map(size_of).sum::<usize>() < LITTLE {
                    let (head, frame) = self.early.fetch(reader, &self.scopes, self.window.chunk(), fresh)?;
                    pumped.read(head);
                    pumped.frames.extend(frame);
                }
                self.chunks(now, reader, &mut pumped)?;
            }
            None => self.flush(now, None, &mut pumped)?,
        }
        if pumped.frames.is_empty() && now.ms >= self.spoke + QUIET_DOWN_MS && !self.live.behind {
            let to = self.live.cursor;
            let rides = self.live_rides(now).then(|| self.live.batch(&self.scopes, now.at, true, |_| false)).flatten();
            self.flushed = if rides.is_some() { now.ms } else { self.flushed };
            pumped.frames.push(rides.unwrap_or_else(|| self.live.begin(to, to, now.at)));
        }
        self.tell_looks(now, &mut pumped);
        Ok(pumped)
    }

    /// Welcome, and where each lane starts.
    fn start(&mut self, now: Moment, reader: &mut dyn LedgerReader, pumped: &mut Pumped) -> Result<(), StoreError> {
        let (head, floor) = (reader.head()?, reader.floor()?);
        pumped.read(head);
        self.began = head;
        let fresh = self.hello.epoch != self.epoch;
        let welcome = Down::Welcome {
            epoch: self.epoch,
            agent: self.peer.agent,
            device: self.peer.device,
            scopes: self.scopes.0.to_vec(),
            last_n: self.peer.last_n,
            head,
            server_ms: now.at.0,
        };
        // Goes before anything that was put out meanwhile.
        pumped.frames.insert(0, welcome);
        pumped.head += 1;
        for lane in Lane::ALL {
            let cursor = match lane {
                Lane::Live => self.hello.live,
                Lane::Deep => self.hello.deep,
            };
            let scopes = self.scopes.of(lane);
            // A cursor ahead of the head: the ledger was put back by hand, the desk starts the lane anew.
            if fresh || cursor == 0 || !(floor..=head).contains(&cursor) {
                self.restart(lane, head, now, pumped);
                continue;
            }
            self.feed(lane).cursor = cursor;
            self.parts.plan(lane, &scopes, &self.hello.parts);
            // History is read once the queue is there and the window open.
            if lane == Lane::Live
                && let Some((seq, changes)) = self.read_since(lane, now, reader, pumped)?
            {
                self.live.delta(seq, changes);
                let scopes_now = self.scopes.clone();
                pumped.frames.extend(self.live.batch(&scopes_now, now.at, true, |_| false));
            }
        }
        self.hello.parts = Vec::new();
        self.count_left(reader)?;
        for scope in self.scopes.of(Lane::Live).into_iter().filter(|s| matches!(s, Scope::Queue(_))) {
            let (seq, rows) = reader.part(scope, Entity::Interaction, 0, usize::MAX)?;
            pumped.read(seq);
            for row in rows {
                if let Some(Row::Interaction(interaction)) = Row::decode(Entity::Interaction, &row.body) {
                    self.see(&interaction);
                }
            }
        }
        self.started = true;
        self.greet_due = Some(now.ms + GREET_MS);
        Ok(())
    }

    /// What changed in a lane since its cursor, as of which head. The ledger may forget at any moment what left long
    /// ago, so it is asked afterwards how far back it knows: a lane it did not know all of begins anew instead.
    fn read_since(
        &mut self,
        lane: Lane,
        now: Moment,
        reader: &mut dyn LedgerReader,
        pumped: &mut Pumped,
    ) -> Result<Option<(Seq, Vec<Change>)>, StoreError> {
        let from = self.feed(lane).cursor;
        let (head, changes) = reader.delta(lane, &self.scopes.of(lane), from)?;
        pumped.read(head);
        if reader.floor()? > from {
            self.restart(lane, head, now, pumped);
            return Ok(None);
        }
        Ok(Some((head, changes)))
    }

    /// A lane begins anew: with everything there is.
    fn restart(&mut self, lane: Lane, head: Seq, now: Moment, pumped: &mut Pumped) {
        let frame = self.feed(lane).begin(0, head, now.at);
        pumped.frames.push(frame);
        self.scopes.of(lane).into_iter().for_each(|scope| self.parts.grant(scope));
        self.recount = true;
    }

    /// Counts the rows still to come, for the progress shown.
    fn count_left(&mut self, reader: &mut dyn LedgerReader) -> Result<(), StoreError> {
        self.recount = false;
        (self.left, self.bodies) = (0, 0);
        for part in self.parts.iter() {
            let rows = reader.part_len(part.scope, part.entity, part.mark)?;
            *(if part.entity == Entity::ArticleBody { &mut self.bodies } else { &mut self.left }) += rows;
        }
        Ok(())
    }

    fn feed(&mut self, lane: Lane) -> &mut Feed {
        match lane {
            Lane::Live => &mut self.live,
            Lane::Deep => &mut self.deep,
        }
    }

    /// Batches of both lanes, as far as they are due. A lane that is behind needs the reader.
    fn flush(
        &mut self,
        now: Moment,
        mut reader: Option<&mut dyn LedgerReader>,
        pumped: &mut Pumped,
    ) -> Result<(), StoreError> {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now.ms);
        self.deep.room = self.window.chunk();
        let lanes = [
            (Lane::Live, due(self.live_due()), std::mem::take(&mut self.tell_live)),
            (Lane::Deep, due(self.deep_due()), std::mem::take(&mut self.tell_deep)),
        ];
        let any = lanes.iter().any(|(_, due, tell)| *due || *tell);
        for (lane, due, tell) in lanes {
            // What is sent anyway takes what waits along in the same packet, unless that is a lot.
            let lot = self.deep.behind || self.deep.in_pieces() || self.deep.waiting() > self.small();
            let fits = match lane {
                Lane::Live => !self.live.behind && self.live_rides(now),
                Lane::Deep => {
                    self.deep_rides(now)
                        && !lot
                        && self.window.is_open()
                        && self.parts.is_whole(Lane::Live)
                        && self.is_greeted(now)
                }
            };
            let rides = any && fits && self.feed(lane).waits();
            if !(due || tell || rides) {
                continue;
            }
            if lane == Lane::Deep && lot && !pumped.frames.is_empty() {
                self.tell_deep = tell;
                continue;
            }
            if self.feed(lane).behind && !self.feed(lane).in_pieces() {
                let Some(reader) = reader.as_deref_mut() else {
                    match lane {
                        Lane::Live => self.tell_live = tell,
                        Lane::Deep => self.tell_deep = tell,
                    }
                    continue;
                };
                let Some((seq, changes)) = self.read_since(lane, now, reader, pumped)? else { continue };
                for change in changes.iter().filter(|c| c.key().entity == Entity::Interaction) {
                    self.see_change(change);
                }
                self.feed(lane).delta(seq, changes);
            }
            let scopes = self.scopes.clone();
            self.feed(lane).urgent = false;
            let (far, thin) = (self.is_far(), self.is_thin());
            let (early, open) = (&self.early, self.open_look.map(|(case, _)| case));
            let (me, feed) = (self.peer.agent, if lane == Lane::Live { &mut self.live } else { &mut self.deep });
            let began = self.began;
            // What was missed before it connected comes whole, unless the line is thin.
            let withheld = |change: &Change| {
                let concerns = |case: CaseId| early.is_mine(case) || open == Some(case);
                (thin || (far && change.rev() > began)) && is_text_of_others(change, me, concerns)
            };
            if let Some(batch) = feed.batch(&scopes, now.at, tell, withheld) {
                pumped.frames.push(batch);
                if lane == Lane::Live {
                    self.flushed = now.ms;
                }
            }
        }
        Ok(())
    }

    /// Pieces of the snapshot, read at this very moment.
    fn chunks(&mut self, now: Moment, reader: &mut dyn LedgerReader, pumped: &mut Pumped) -> Result<(), StoreError> {
        let mut size: usize = pumped.frames.iter().map(size_of).sum();
        let (mut window_used, room, alone) = (0, self.window.chunk(), pumped.frames.is_empty());
        while size < MESSAGE {
            let Some(lane) = self.chunk_lane(now) else { break };
            if lane == Lane::Deep && (window_used >= room || !alone || self.early_due(now)) {
                break;
            }
            let Some(part) = self.parts.next(lane) else { break };
            let queue = |frame: &Down| matches!(frame, Down::Chunk { entity: Entity::Interaction, .. });
            if !is_shown_first(part.entity) && pumped.frames.iter().any(queue) {
                break;
            }
            if self.recount {
                self.count_left(reader)?;
            }
            let want = if lane == Lane::Deep { room - window_used } else { MESSAGE - size };
            let (seq, rows) = reader.part(part.scope, part.entity, part.mark, want)?;
            pumped.read(seq);
            let bytes: usize = rows.iter().map(|r| r.body.len() + 8).sum();
            let mark = rows.last().map_or(part.mark, |r| r.key.id);
            // A full chunk is hardly ever the last one; if it was, an empty one follows.
            let whole =
                rows.is_empty() || (bytes * 4 < want * 3 && reader.part_len(part.scope, part.entity, mark)? == 0);
            for row in rows.iter().filter(|_| part.entity == Entity::Interaction) {
                if let Some(Row::Interaction(interaction)) = Row::decode(Entity::Interaction, &row.body) {
                    self.see(&interaction);
                }
            }
            self.parts.sent(lane, mark, whole);
            if self.parts.is_whole(Lane::Deep) {
                self.early.forget();
            }
            let counted = if part.entity == Entity::ArticleBody { &mut self.bodies } else { &mut self.left };
            *counted = counted.saturating_sub(rows.len() as u64);
            // Rows come and go while they are sent: the count is only as good as it was, its end is certain.
            if self.parts.iter().all(|p| p.entity == Entity::ArticleBody) {
                self.left = 0;
            }
            if self.parts.iter().next().is_none() {
                self.bodies = 0;
            }
            // What comes only when it is asked for is not on its way.
            let left = self.left + if self.is_thin() { 0 } else { self.bodies };
            size += bytes + 24;
            window_used += if lane == Lane::Deep { bytes } else { 0 };
            pumped.frames.push(Down::Chunk {
                scope: part.scope,
                entity: part.entity,
                after: part.mark,
                mark,
                whole,
                seq,
                rows: rows.into_iter().map(|r| (r.key.id, r.rev, r.body)).collect(),
                left,
            });
        }
        Ok(())
    }

    /// Who looks where: what is due, and with a message that goes anyway all there is.
    fn tell_looks(&mut self, now: Moment, pumped: &mut Pumped) {
        let due = self.looks_due.take_if(|due| *due <= now.ms).is_some();
        if due && !self.is_far() {
            self.tell_dirty(|_| true, pumped);
        } else if due {
            let here = self.open_look.map(|(case, _)| case);
            self.tell_dirty(|case| here == Some(case), pumped);
        }
        if !pumped.frames.is_empty() && self.is_greeted(now) {
            self.tell_dirty(|_| true, pumped);
        }
    }

    fn tell_dirty(&mut self, which: impl Fn(CaseId) -> bool, pumped: &mut Pumped) {
        let all = std::mem::take(&mut self.looks_dirty);
        let (dirty, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(case, _)| which(*case));
        self.looks_dirty = rest.into_iter().collect();
        for (case, scope) in dirty {
            let has = self.scopes.has(scope);
            let who = if has { self.looks.who(case, scope, self.peer.agent) } else { Vec::new() };
            let customer = self.looks.side(case, scope).filter(|_| has);
            let nobody = who.is_empty() && customer.is_none();
            let told = self.looks_told.remove(&case);
            if !nobody {
                self.looks_told.insert(case);
            }
            if told || !nobody {
                pumped.frames.push(Down::Looks { case, who, customer });
            }
        }
    }

    /// Lets chosen frames go, with what the rights of this moment forbid taken out. `scopes` hold at
    /// [`Pumped::read_at`] or later.
    pub fn release(&mut self, pumped: Pumped, scopes: Option<Scopes>, now: Moment) -> Vec<Down> {
        self.rights(scopes);
        // What the rights changed meanwhile stands behind earlier changes and before the rows it is about.
        let Pumped { mut frames, head, .. } = pumped;
        frames.splice(head..head, std::mem::take(&mut self.out));
        frames.retain_mut(|frame| self.may_go(frame));
        // A goodbye is the last word.
        frames.sort_by_key(|frame| matches!(frame, Down::Close { .. }));
        for frame in &frames {
            self.window.sent(frame.weight(), now.ms);
        }
        if !frames.is_empty() {
            self.spoke = now.ms;
        }
        frames
    }

    /// Takes out of a frame what the agent may not see; false when nothing is left of it.
    fn may_go(&self, frame: &mut Down) -> bool {
        let has = |record: &Record| match record {
            Record::Put { scope, .. } | Record::Forget { scope, .. } | Record::Absent { scope, .. } => {
                self.scopes.has(*scope)
            }
        };
        match frame {
            Down::Batch { records, .. } => {
                records.retain(has);
                true
            }
            Down::Early { records } => {
                records.retain(has);
                !records.is_empty()
            }
            Down::Chunk { scope, .. } | Down::Grant { scope } => self.scopes.has(*scope),
            Down::Welcome { scopes, .. } => {
                scopes.clone_from(&self.scopes.0.to_vec());
                true
            }
            _ => true,
        }
    }

    /// When the oldest change that waits was committed: how far the feed lags.
    pub fn oldest_waiting(&self) -> Option<At> {
        self.live.oldest()
    }
}

impl Pumped {
    fn read(&mut self, head: Seq) {
        self.read_at = self.read_at.max(head);
    }
}

/// Kinds of the live lane without which no queue is shown; who waits must not wait for the rest.
pub(super) fn is_shown_first(entity: Entity) -> bool {
    matches!(entity, Entity::Firm | Entity::Queue | Entity::Interaction)
}

/// Whether a change is what somebody said on a case that the agent has nothing to do with now: its text comes when it
/// is asked for.
pub(super) fn is_text_of_others(change: &Change, me: AgentId, concerns: impl Fn(CaseId) -> bool) -> bool {
    let Change::Put { key, body, .. } = change else { return false };
    let message = key.entity == Entity::Message && body.len() > SHORT;
    match message.then(|| Row::decode(Entity::Message, body)).flatten() {
        Some(Row::Message(m)) => m.author != Author::Agent(me) && !concerns(m.case),
        _ => false,
    }
}

/// Bytes of rows in a frame.
fn size_of(frame: &Down) -> usize {
    let records = |records: &[Record]| {
        let size = |r: &Record| if let Record::Put { body, .. } = r { body.len() + 24 } else { 24 };
        records.iter().map(size).sum()
    };
    match frame {
        Down::Batch { records: rows, .. } | Down::Early { records: rows } => records(rows),
        Down::Chunk { rows, .. } => rows.iter().map(|(_, _, body)| body.len() + 8).sum(),
        _ => 24,
    }
}
