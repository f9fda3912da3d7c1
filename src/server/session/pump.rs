//! The half of a session that speaks: what goes into the next message, and what the rights let go.

use crate::domain::ids::Seq;
use crate::domain::row::{Entity, Row};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::store::StoreError;
use crate::store::ledger::LedgerReader;
use crate::wire::frame::{Down, QUIET_DOWN_MS, Record};

use super::lane::Feed;
use super::{DEAD_MS, Moment, SMALL, Scopes, Session};

/// Live changes are sent at once, but not more often than this, ms.
const LIVE_MS: u64 = 50;
/// The same on a thin link: a fuller packet saves more than it costs (spec: sync 3.9).
const THIN_MS: u64 = 1_000;
/// Deep changes wait at most this long for company, ms.
const DEEP_MS: u64 = 250;
/// Bytes of rows put into one message before commands and offers get their turn again.
const MESSAGE: usize = 32 << 10;

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
    /// Whether there is something to send at this moment.
    pub fn has_output(&self, now: Moment) -> bool {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now.ms);
        !self.out.is_empty()
            || (!self.closing
                && (!self.started
                    || self.tell_live
                    || self.tell_deep
                    || due(self.live_due())
                    || due(self.deep_due())
                    || due(self.looks_due)
                    || due(Some(self.spoke + QUIET_DOWN_MS))
                    || !self.early.is_empty()
                    || self.chunk_lane().is_some()))
    }

    /// Whether [`Session::pump`] would have to read.
    pub fn needs_reader(&self, now: Moment) -> bool {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now.ms);
        !self.closing
            && (!self.started
                || !self.early.is_empty()
                || self.chunk_lane().is_some()
                || (self.live.behind && (self.tell_live || due(self.live_due())))
                || (self.deep.behind && (self.tell_deep || due(self.deep_due()))))
    }

    /// When there will be something to do if nothing else happens, steady ms.
    pub fn next_wake(&self) -> u64 {
        let quiet = self.spoke + QUIET_DOWN_MS;
        let quiet_or_dead = quiet.min(self.dead_at());
        [self.live_due(), self.deep_due(), self.looks_due].into_iter().flatten().fold(quiet_or_dead, u64::min)
    }

    /// Whether the desk has been silent for so long that nobody can be there.
    pub fn is_dead(&self, now: Moment) -> bool {
        now.ms >= self.dead_at()
    }

    /// When the desk counts as gone if it stays silent, steady ms.
    pub fn dead_at(&self) -> u64 {
        self.heard.ms + DEAD_MS
    }

    fn live_due(&self) -> Option<u64> {
        if self.live.urgent || self.live.behind {
            return Some(0);
        }
        let gap = if self.window.is_thin() { THIN_MS } else { LIVE_MS };
        self.live.waits_since().map(|since| since.max(self.flushed + gap))
    }

    fn deep_due(&self) -> Option<u64> {
        if self.deep.urgent {
            return Some(0);
        }
        if !self.window.is_open() {
            return None; // a credit wakes it
        }
        if self.deep.behind || self.deep.in_pieces() {
            return Some(0);
        }
        self.deep.waits_since().map(|since| since + DEEP_MS)
    }

    /// The lane whose next chunk may go out now.
    fn chunk_lane(&self) -> Option<Lane> {
        if !self.parts.is_whole(Lane::Live) {
            return Some(Lane::Live);
        }
        let ready = !self.deep.behind && !self.deep.in_pieces() && self.window.is_open();
        (ready && !self.parts.is_whole(Lane::Deep)).then_some(Lane::Deep)
    }

    /// Chooses what goes into the next message. Without a reader only what needs none.
    pub fn pump(&mut self, now: Moment, reader: Option<&mut dyn LedgerReader>) -> Result<Pumped, StoreError> {
        let frames = std::mem::take(&mut self.out);
        let mut pumped = Pumped { head: frames.len(), frames, read_at: 0 };
        if self.closing {
            return Ok(pumped);
        }
        match reader {
            Some(reader) => {
                if !self.started {
                    self.start(now, reader, &mut pumped)?;
                }
                self.flush(now, Some(&mut *reader), &mut pumped)?;
                // What is needed now must not wait for the rest of its own message.
                if !self.early.is_empty() && pumped.frames.is_empty() {
                    let (head, frame) = self.early.fetch(reader, &self.scopes)?;
                    pumped.read(head);
                    pumped.frames.extend(frame);
                }
                self.chunks(reader, &mut pumped)?;
            }
            None => self.flush(now, None, &mut pumped)?,
        }
        if self.looks_due.is_some_and(|due| due <= now.ms) {
            self.tell_looks(&mut pumped);
        }
        if pumped.frames.is_empty() && now.ms >= self.spoke + QUIET_DOWN_MS && !self.live.behind {
            let to = self.live.cursor;
            let seen = self.live.batch(&self.scopes, now.at, true);
            pumped.frames.push(seen.unwrap_or_else(|| self.live.begin(to, to, now.at)));
        }
        Ok(pumped)
    }

    /// Welcome, and where each lane starts.
    fn start(&mut self, now: Moment, reader: &mut dyn LedgerReader, pumped: &mut Pumped) -> Result<(), StoreError> {
        let (head, floor) = (reader.head()?, reader.floor()?);
        pumped.read(head);
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
            if !fresh && cursor > 0 && (floor..=head).contains(&cursor) {
                let (seq, changes) = reader.delta(lane, &scopes, cursor)?;
                pumped.read(seq);
                let feed = self.feed(lane);
                feed.cursor = cursor;
                feed.delta(seq, changes);
                let scopes_now = self.scopes.clone();
                pumped.frames.extend(self.feed(lane).batch(&scopes_now, now.at, true));
                self.parts.plan(lane, &scopes, &self.hello.parts);
            } else {
                let frame = self.feed(lane).begin(0, head, now.at);
                pumped.frames.push(frame);
                self.parts.plan(lane, &scopes, &[]);
            }
        }
        self.hello.parts = Vec::new();
        for part in self.parts.iter() {
            self.left += reader.part_len(part.scope, part.entity, part.mark)?;
        }
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
        let lanes = [
            (Lane::Live, due(self.live_due()), std::mem::take(&mut self.tell_live)),
            (Lane::Deep, due(self.deep_due()), std::mem::take(&mut self.tell_deep)),
        ];
        for (lane, due, tell) in lanes {
            if !due && !tell {
                continue;
            }
            // What is sent anyway takes what waits along in the same packet, unless that is a lot.
            let lot = self.deep.behind || self.deep.in_pieces() || self.deep.waiting() > SMALL;
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
                let from = self.feed(lane).cursor;
                let (seq, changes) = reader.delta(lane, &self.scopes.of(lane), from)?;
                pumped.read(seq);
                for change in changes.iter().filter(|c| c.key().entity == Entity::Interaction) {
                    self.see_change(change);
                }
                self.feed(lane).delta(seq, changes);
            }
            let scopes = self.scopes.clone();
            self.feed(lane).urgent = false;
            if let Some(batch) = self.feed(lane).batch(&scopes, now.at, tell) {
                pumped.frames.push(batch);
                if lane == Lane::Live {
                    self.flushed = now.ms;
                }
            }
        }
        Ok(())
    }

    /// Pieces of the snapshot, read at this very moment.
    fn chunks(&mut self, reader: &mut dyn LedgerReader, pumped: &mut Pumped) -> Result<(), StoreError> {
        let mut size: usize = pumped.frames.iter().map(size_of).sum();
        let (mut window_used, room, alone) = (0, self.window.chunk(), pumped.frames.is_empty());
        while size < MESSAGE {
            let Some(lane) = self.chunk_lane() else { break };
            if lane == Lane::Deep && (window_used >= room || !alone || !self.early.is_empty()) {
                break;
            }
            let Some(part) = self.parts.next(lane) else { break };
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
            self.left = self.left.saturating_sub(rows.len() as u64);
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
                left: self.left,
            });
        }
        Ok(())
    }

    fn tell_looks(&mut self, pumped: &mut Pumped) {
        self.looks_due = None;
        for (case, scope) in std::mem::take(&mut self.looks_dirty) {
            let who = if self.scopes.has(scope) { self.looks.who(case, scope, self.peer.agent) } else { Vec::new() };
            let told = self.looks_told.remove(&case);
            if !who.is_empty() {
                self.looks_told.insert(case);
            }
            if told || !who.is_empty() {
                pumped.frames.push(Down::Looks { case, who });
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
            Record::Put { scope, .. } | Record::Forget { scope, .. } => self.scopes.has(*scope),
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
