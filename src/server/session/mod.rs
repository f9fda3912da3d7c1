//! One desk's connection as a machine: inputs in, frames out. No socket and no clock in here.
//!
//! The driver ([`drive`]) feeds it commits, answers and frames and calls [`Session::pump`] whenever the pipe has
//! room: what is sent is chosen as late as possible. Reading takes place before the rights of that moment are known,
//! so every frame passes [`Session::release`] last. Invariant: nothing outside the agent's scopes leaves it.

pub mod drive;
mod early;
mod lane;
pub(in crate::server) mod parts;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::domain::ids::{AgentId, CaseId, DeviceId, InteractionId, Seq};
use crate::domain::row::{Change, Entity, Row};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::{At, HOUR};
use crate::domain::work::Interaction;
use crate::domain::{Actor, Command};
use crate::store::StoreError;
use crate::store::ledger::LedgerReader;
use crate::wire::frame::{Down, Hello, Look, Outcome, QUIET_DOWN_MS, Record, Up};

use super::core::request::{Commit, Origin, Reply};
use super::looks::Looks;
use early::{Early, belonging, case_of};
use lane::Feed;
use parts::Parts;
use window::Window;

/// Live changes are sent at once, but not more often than this, ms.
const LIVE_MS: u64 = 50;
/// The same on a thin link: a fuller packet saves more than it costs (spec: sync 3.9).
const THIN_MS: u64 = 1_000;
/// Deep changes wait at most this long for company, ms.
const DEEP_MS: u64 = 250;
/// Changes of who looks where wait this long, ms.
const LOOKS_MS: u64 = 250;
/// A desk silent for this long is gone, ms.
const DEAD_MS: u64 = 240_000;
/// Bytes of rows put into one message before commands and offers get their turn again.
const MESSAGE: usize = 32 << 10;
/// Deep changes above this many bytes are not sent at once for the sake of one case in them.
const SMALL: usize = 8 << 10;
/// Commands a desk may have unanswered before it is told that it misbehaves; the protocol says 16.
const UNANSWERED: usize = 64;
/// Answers that wait for the pipe at most.
const OUT: usize = 4_096;
/// How old a key press may be at most when nobody knows when the desk was last heard: a shift.
const SHIFT_MS: i64 = 12 * HOUR;
/// When to come back after the server could not store anything, seconds.
const RETRY_S: u32 = 10;

/// Now, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Server time.
    pub at: At,
    /// Steady time, ms.
    pub ms: u64,
}

/// A sorted set of scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// From [`crate::domain::permit::scopes`], which sorts them.
    pub fn new(sorted: Arc<[Scope]>) -> Scopes {
        Scopes(sorted)
    }

    /// Whether a row there may be seen.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.binary_search(&scope).is_ok()
    }

    fn of(&self, lane: Lane) -> Vec<Scope> {
        self.0.iter().copied().filter(|s| s.lane() == lane).collect()
    }
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Number of the session, unique while the server runs.
    pub session: u64,
    /// Whose desk.
    pub agent: AgentId,
    /// Which desk.
    pub device: DeviceId,
    /// Highest command number with a verdict.
    pub last_n: u64,
    /// When the desk was last heard before this connection.
    pub last_heard: Option<At>,
}

/// What the driver is asked to do.
#[derive(Debug)]
pub enum Wish {
    /// Hand a command to the core; its answer comes back as [`Session::answer`].
    Submit {
        /// Number of the command.
        n: u64,
        /// Who asks.
        actor: Actor,
        /// Which one it is.
        origin: Origin,
        /// What is asked; `None` only uses up the number.
        command: Option<Command>,
    },
    /// Find out whether the case may be seen, and tell [`Session::looks_at`].
    Look {
        /// Which.
        case: CaseId,
        /// What the agent does there.
        look: Look,
    },
    /// The agent looks at nothing any more.
    LookAway,
}

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

/// One connection.
pub struct Session {
    peer: Peer,
    hello: Hello,
    epoch: u64,
    scopes: Scopes,
    live: Feed,
    deep: Feed,
    parts: Parts,
    left: u64,
    window: Window,
    early: Early,
    looks: Arc<Looks>,
    looks_due: Option<u64>,
    looks_dirty: BTreeMap<CaseId, Scope>,
    looks_told: BTreeSet<CaseId>,
    open_case: Option<CaseId>,
    /// Frames that read nothing: verdicts, beats, grants.
    out: Vec<Down>,
    started: bool,
    closing: bool,
    /// Both cursors must reach the newest seq with the next message: a verdict waits for it.
    tell_cursors: bool,
    unanswered: usize,
    pressed: At,
    spoke: u64,
    heard: Moment,
    flushed: u64,
}

impl Session {
    /// A connection that was let in; `scopes` are the agent's rights now.
    pub fn new(peer: Peer, hello: Hello, epoch: u64, scopes: Scopes, looks: Arc<Looks>, now: Moment) -> Session {
        let pressed = peer.last_heard.unwrap_or(now.at.plus(-SHIFT_MS));
        let looks_dirty: BTreeMap<CaseId, Scope> = looks.cases().into_iter().collect();
        Session {
            peer,
            hello,
            epoch,
            scopes,
            live: Feed::new(Lane::Live),
            deep: Feed::new(Lane::Deep),
            parts: Parts::default(),
            left: 0,
            window: Window::default(),
            early: Early::default(),
            looks,
            looks_due: (!looks_dirty.is_empty()).then_some(now.ms + LOOKS_MS),
            looks_dirty,
            looks_told: BTreeSet::new(),
            open_case: None,
            out: Vec::new(),
            started: false,
            closing: false,
            tell_cursors: false,
            unanswered: 0,
            pressed,
            spoke: now.ms,
            heard: now,
            flushed: 0,
        }
    }

    /// When the desk was last heard.
    pub fn heard(&self) -> Moment {
        self.heard
    }

    /// Whether the last frame is [`Down::Close`] and nothing follows it.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Says goodbye; nothing else is sent after it.
    pub fn close(&mut self, why: &str, retry_s: Option<u32>) {
        if !self.closing {
            self.closing = true;
            self.out.push(Down::Close { why: why.to_owned(), retry_s });
        }
    }

    /// A frame from the desk.
    pub fn up(&mut self, frame: Up, now: Moment) -> Option<Wish> {
        self.heard = now;
        if self.out.len() > OUT {
            self.close("This desk asks faster than it reads the answers.", Some(RETRY_S));
            return None;
        }
        match frame {
            Up::Command { n, at_ms, command } => {
                self.pressed = At(at_ms).clamp(self.pressed.min(now.at), now.at);
                let hash = hash_of(n, at_ms, &command);
                self.submit(n, hash, Some(*command))
            }
            Up::Skip { n } => self.submit(n, 0, None),
            Up::Credit { bytes } => {
                self.window.credit(bytes, now.ms);
                None
            }
            Up::Look { case, writing } => {
                self.open_case = case;
                let look = if writing { Look::Writing } else { Look::Reading };
                Some(case.map_or(Wish::LookAway, |case| Wish::Look { case, look }))
            }
            Up::Want { key } => {
                self.early.ask(key);
                None
            }
            Up::Beat { desk_ms } => {
                self.out.push(Down::Beat { desk_ms, server_ms: now.at.0 });
                None
            }
        }
    }

    fn submit(&mut self, n: u64, hash: u64, command: Option<Command>) -> Option<Wish> {
        self.unanswered += 1;
        if self.unanswered > UNANSWERED {
            self.close("This desk sends commands faster than it may.", Some(RETRY_S));
            return None;
        }
        let origin = Origin::Desk {
            device: self.peer.device,
            incarnation: self.hello.incarnation,
            n,
            hash,
            pressed: self.pressed,
        };
        Some(Wish::Submit { n, actor: Actor::Agent(self.peer.agent), origin, command })
    }

    /// The core has answered a command.
    pub fn answer(&mut self, n: u64, reply: Reply) {
        self.unanswered = self.unanswered.saturating_sub(1);
        let (seq, outcome) = match reply {
            Reply::Done { seq, .. } => (seq, Outcome::Done),
            Reply::Refused { seq, refusal } => (seq, Outcome::Refused(refusal)),
            Reply::Cloned => (self.live.cursor, Outcome::Cloned),
            Reply::Expect { n } => {
                self.out.push(Down::Expect { n });
                return;
            }
            Reply::Failed(why) => {
                self.close(&format!("The server cannot store anything now: {why}."), Some(RETRY_S));
                return;
            }
            Reply::Repeat { .. } | Reply::Reused => return,
        };
        self.out.push(Down::Verdict { n, seq, outcome });
        self.tell_cursors = true;
    }

    /// The agent may look at the case, which lives in `scope`: the others are told.
    pub fn looks_at(&mut self, case: CaseId, scope: Scope, look: Look) {
        if self.open_case == Some(case) && self.scopes.has(scope) {
            self.looks.set(self.peer.session, self.peer.agent, case, scope, look);
        }
    }

    /// Someone's look changed.
    pub fn look_news(&mut self, case: CaseId, scope: Scope, now: Moment) {
        self.looks_dirty.insert(case, scope);
        self.looks_due.get_or_insert(now.ms + LOOKS_MS);
    }

    /// Too many looks changed to follow: look at all of them.
    pub fn looks_missed(&mut self, now: Moment) {
        for (case, scope) in self.looks.cases() {
            self.look_news(case, scope, now);
        }
        let told: Vec<CaseId> = self.looks_told.iter().copied().collect();
        for case in told {
            self.looks_dirty.entry(case).or_insert(Scope::Desk);
        }
    }

    /// A commit went by.
    pub fn commit(&mut self, commit: &Commit, now: Moment) {
        let scopes = self.scopes.clone();
        let visible = |lane| commit.changes.iter().filter(move |c| c.scope().lane() == lane);
        let seen = |change: &&Change| scopes.has(change.scope());
        for change in visible(Lane::Live).filter(seen).filter(|c| c.key().entity == Entity::Interaction) {
            if self.see_change(change) {
                self.live.urgent = true;
                self.deep.urgent = true;
            }
        }
        self.live.take(commit.to, commit.at, now.ms, visible(Lane::Live).filter(seen));
        self.deep.take(commit.to, commit.at, now.ms, visible(Lane::Deep).filter(seen));
        let (early, open) = (&self.early, self.open_case);
        let concerns = |case: CaseId| early.is_mine(case) || open == Some(case);
        let fresh = visible(Lane::Deep).filter(seen);
        if fresh.clone().filter_map(case_of).any(concerns) && !self.deep.behind {
            if self.deep.waiting() <= SMALL {
                self.deep.urgent = true;
            } else {
                let fresh: Vec<Change> = fresh.cloned().collect();
                let records = belonging(&fresh, concerns).into_iter().map(Record::from).collect();
                self.out.push(Down::Early { records });
            }
        }
    }

    /// Commits went by unseen.
    pub fn missed_commits(&mut self) {
        self.live.miss();
        self.deep.miss();
    }

    /// An interaction changed or went; true when it concerns this agent, or did.
    fn see_change(&mut self, change: &Change) -> bool {
        match change {
            Change::Put { body, .. } => match Row::decode(Entity::Interaction, body) {
                Some(Row::Interaction(interaction)) => self.see(&interaction),
                _ => false,
            },
            Change::Forget { key, .. } => {
                self.early.gone(InteractionId(key.id));
                true
            }
        }
    }

    fn see(&mut self, interaction: &Interaction) -> bool {
        let whole = self.started && self.parts.is_whole(Lane::Deep);
        self.early.see(interaction, self.peer.agent, whole)
    }

    /// The agent's rights as of now; `None` when they may see nothing at all.
    pub fn rights(&mut self, scopes: Option<Scopes>) {
        let Some(scopes) = scopes else {
            self.scopes = Scopes(Arc::new([]));
            self.close("This account was closed. Ask your lead.", None);
            return;
        };
        if scopes == self.scopes {
            return;
        }
        let before = std::mem::replace(&mut self.scopes, scopes);
        if !self.started {
            return;
        }
        for scope in before.0.iter().filter(|s| !self.scopes.has(**s)) {
            self.live.drop_scope(*scope);
            self.deep.drop_scope(*scope);
            self.parts.drop_scope(*scope);
            self.out.push(Down::Drop { scope: *scope });
        }
        for scope in self.scopes.0.iter().filter(|s| !before.has(**s)) {
            self.parts.grant(*scope);
            self.out.push(Down::Grant { scope: *scope });
        }
    }

    /// Whether there is something to send at this moment.
    pub fn has_output(&self, now: Moment) -> bool {
        let due = |at: Option<u64>| at.is_some_and(|at| at <= now.ms);
        !self.out.is_empty()
            || (!self.closing
                && (!self.started
                    || self.tell_cursors
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
                || (self.live.behind && (self.tell_cursors || due(self.live_due())))
                || (self.deep.behind && (self.tell_cursors || due(self.deep_due()))))
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
                if !self.early.is_empty() {
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
        let lanes = [(Lane::Live, due(self.live_due())), (Lane::Deep, due(self.deep_due()))];
        // What is sent anyway takes everything that waits along in the same packet.
        let company = self.tell_cursors;
        for (lane, due) in lanes {
            if !due && !company {
                continue;
            }
            if self.feed(lane).behind && !self.feed(lane).in_pieces() {
                let Some(reader) = reader.as_deref_mut() else { continue };
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
            if let Some(batch) = self.feed(lane).batch(&scopes, now.at, company) {
                pumped.frames.push(batch);
                if lane == Lane::Live {
                    self.flushed = now.ms;
                }
            }
        }
        if reader.is_some() || !(self.live.behind || self.deep.behind) {
            self.tell_cursors = false;
        }
        Ok(())
    }

    /// Pieces of the snapshot, read at this very moment.
    fn chunks(&mut self, reader: &mut dyn LedgerReader, pumped: &mut Pumped) -> Result<(), StoreError> {
        let mut size: usize = pumped.frames.iter().map(size_of).sum();
        let (mut window_used, room) = (0, self.window.chunk());
        while size < MESSAGE {
            let Some(lane) = self.chunk_lane() else { break };
            if lane == Lane::Deep && (window_used >= room || !self.early.is_empty()) {
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

/// First 8 bytes of the SHA-256 of a command as it was sent.
fn hash_of(n: u64, at_ms: i64, command: &Command) -> u64 {
    let frame = Up::Command { n, at_ms, command: Box::new(command.clone()) };
    let bytes = postcard::to_stdvec(&frame).expect("invariant: plain data always encodes");
    Sha256::digest(bytes).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
