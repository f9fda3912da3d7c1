//! The desk's half of the protocol as a pure machine: (state, input, now) -> outputs. No socket, no disk, no clock.
//!
//! The owner feeds it what happened and does what it says, in order; `now` is steady milliseconds. After each step
//! [`Machine::wake_at`] says when to come back with [`Input::Timer`]. Invariants: frames of an older connection
//! change nothing; a cursor moves only by a batch that begins there; a command leaves only with its verdict.
//! The agreement with the server is in [`crate::wire::frame`].

use crate::clock::ServerTime;
use crate::domain::ids::{AgentId, CaseId, DeviceId, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Change, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::rand::SeededRand;
use crate::wire::dictionary;
use crate::wire::frame::{Down, Hello, Look, Outcome, PROTOCOL, PROTOCOL_MIN, Part, Record, Up};
use crate::wire::pipe::DialError;

use super::backoff::Backoff;
use super::feed::{Feed, Fit};
use super::flight::Flight;
pub use super::flight::{Abandoned, Queued};
use super::pulse::{Health, Pulse};

/// Setting up a connection may take this long before it is given up (first bytes took 15 s on thin links), ms.
const DIAL_MS: u64 = 30_000;
/// A stranger that answers in the server's place is asked again after this long, ms.
const STRANGER_MS: u64 = 15_000;
/// A claim may be unanswered for this long, or 8 round trips, ms.
const CLAIM_MS: u64 = 12_000;
/// Any other command: thin links need long for long texts, ms.
const COMMAND_MS: u64 = 120_000;
/// This many resyncs …
const RESYNCS: usize = 3;
/// … within this time are said in words, ms.
const RESYNC_WINDOW_MS: u64 = 5 * 60_000;
/// "Seen up to now" is told at most this often while nothing else changes, ms.
const SEEN_EVERY_MS: i64 = 5_000;

/// What the desk's files held at start.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Which outbox this is.
    pub incarnation: u64,
    /// Ledger epoch of the cache, 0 when empty.
    pub epoch: u64,
    /// Cursor of the live lane.
    pub live: Seq,
    /// Cursor of the deep lane.
    pub deep: Seq,
    /// Parts of the snapshot.
    pub parts: Vec<Part>,
    /// Server time up to which everything was seen.
    pub seen_at: Option<At>,
    /// The agent wants no link for now.
    pub offline: bool,
    /// Version of the desk, for the server's log.
    pub version: String,
    /// Seed of the jitter.
    pub seed: u64,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// Begin.
    Start,
    /// The connection stands; frames will come.
    Opened {
        /// Which.
        generation: u32,
    },
    /// The connection could not be made.
    Failed {
        /// Which.
        generation: u32,
        /// Why.
        error: DialError,
    },
    /// One message came in.
    Frames {
        /// Over which connection.
        generation: u32,
        /// Its frames.
        frames: Vec<Down>,
    },
    /// Bytes came in, though no whole message yet.
    Heard {
        /// Over which connection.
        generation: u32,
    },
    /// The connection ended.
    Closed {
        /// Which.
        generation: u32,
        /// Why, in words.
        why: String,
    },
    /// The time of [`Machine::wake_at`] has come.
    Timer,
    /// Answer to [`Output::Reconcile`]: the unanswered, numbered commands, in order. Above the server's last number
    /// none may be missing.
    Handed {
        /// The commands.
        items: Vec<Queued>,
    },
    /// Answer to [`Output::Reconcile`]: the numbers could not be brought together; the outbox counts anew.
    Renewed {
        /// Its new name.
        incarnation: u64,
    },
    /// A command was stored and numbered (while [`Machine::linked`]). No number may be left out.
    Submitted(Queued),
    /// The cache could not take an output: this is what it holds, in truth.
    ApplyFailed {
        /// Ledger epoch, 0 when empty.
        epoch: u64,
        /// Cursor of the live lane.
        live: Seq,
        /// Cursor of the deep lane.
        deep: Seq,
        /// Its parts.
        parts: Vec<Part>,
        /// Why, in words.
        why: String,
    },
    /// Rows are wanted ahead of the snapshot.
    Want(RowKey),
    /// Which case is open, and whether someone writes in it.
    Look {
        /// Which.
        case: Option<CaseId>,
        /// Whether they write.
        writing: bool,
    },
    /// The agent wants the link tried now.
    RetryNow,
    /// The agent wants no link, or wants it again.
    Offline(bool),
    /// The machine was asleep, or the network changed.
    Woke,
}

/// What to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Set up a connection; give up any other.
    Connect {
        /// Its number; comes back with everything about it.
        generation: u32,
        /// What to say first.
        hello: Box<Hello>,
    },
    /// Give the connection up.
    Disconnect {
        /// Which.
        generation: u32,
    },
    /// Send one message.
    Send {
        /// Over which connection.
        generation: u32,
        /// Its frames.
        frames: Vec<Up>,
    },
    /// Empty the cache: it belongs to another ledger.
    Wipe {
        /// The ledger it will belong to.
        epoch: u64,
    },
    /// Delete every row outside these scopes, before anything is shown.
    Retain {
        /// Sorted.
        scopes: Vec<Scope>,
    },
    /// A scope was taken away: delete every row of it.
    DropScope(Scope),
    /// A scope was given.
    Grant(Scope),
    /// The server begins this scope anew: nothing of it that is here counts. Delete its rows and forget its parts.
    Empty(Scope),
    /// Put or forget rows and move the lane's cursor, in one transaction.
    Batch {
        /// Lane.
        lane: Lane,
        /// Its cursor before.
        from: Seq,
        /// Its cursor after.
        to: Seq,
        /// Server time.
        at: At,
        /// The changes.
        changes: Vec<Change>,
    },
    /// Put rows; no cursor moves.
    Early(Vec<Change>),
    /// Put rows of a part and move its mark, in one transaction.
    Chunk {
        /// Where it stands afterwards.
        part: Part,
        /// Where this piece begins.
        after: u64,
        /// Head when it was read.
        seq: Seq,
        /// Id, revision, body.
        rows: Vec<(u64, Seq, Vec<u8>)>,
    },
    /// Whose desk this is.
    Person {
        /// Who.
        agent: AgentId,
        /// Which desk of theirs.
        device: DeviceId,
    },
    /// Bring the outbox in line with the server, number what waits, and answer with [`Input::Handed`] or
    /// [`Input::Renewed`].
    Reconcile {
        /// The server has decided up to here.
        last: u64,
        /// For this device.
        device: DeviceId,
    },
    /// Store the server's answer and tell the app.
    Settled {
        /// Its number.
        n: u64,
        /// Newest seq it made.
        seq: Seq,
        /// Why not, if not.
        refusal: Option<Refusal>,
    },
    /// A command is given up; store and tell it as refused.
    Abandoned {
        /// Its number.
        n: u64,
        /// Why.
        why: Abandoned,
    },
    /// Another command had a number of ours: take a new incarnation, ask the agent about what is unanswered, and
    /// answer with [`Input::Renewed`].
    Cloned,
    /// Who else looks at a case.
    Looks {
        /// Which.
        case: CaseId,
        /// Who.
        who: Vec<(AgentId, Look)>,
    },
    /// The link does otherwise than before.
    Status(Status),
    /// Something the agent must be told.
    Say(String),
}

/// How the link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkState {
    /// Being set up.
    #[default]
    Connecting,
    /// Up.
    Live,
    /// Up, but quiet for too long.
    Late,
    /// Gone; tried again later.
    Lost,
    /// The agent wants none.
    Offline,
    /// Not let in; the agent must act.
    Refused,
}

/// How the link does, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Up or not.
    pub state: LinkState,
    /// In words, when there is something to say.
    pub words: String,
    /// Next try, steady ms.
    pub retry_at: Option<u64>,
    /// Round trip, ms.
    pub rtt_ms: Option<u64>,
    /// Server time up to which everything was seen.
    pub seen_at: Option<At>,
    /// Cursor of the live lane.
    pub seen_seq: Seq,
    /// Rows still to come, of how many.
    pub coming: Option<(u64, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not begun.
    Idle,
    /// A try is due then.
    Waiting { until: u64 },
    /// Being set up, or set up but not welcomed.
    Dialing { until: u64 },
    /// Welcomed.
    Up { since: u64 },
    /// Not let in; asked again then, if at all.
    Refused { until: Option<u64> },
    /// As the agent wants.
    Offline,
}

/// The machine.
pub struct Machine {
    version: String,
    incarnation: u64,
    phase: Phase,
    generation: u32,
    feed: Feed,
    flight: Flight,
    pulse: Pulse,
    backoff: Backoff,
    rand: SeededRand,
    time: ServerTime,
    look: Option<(CaseId, bool)>,
    words: String,
    seen_at: Option<At>,
    resyncs: Vec<u64>,
    told: Option<Status>,
    out: Vec<Output>,
}

impl Machine {
    /// As the desk's files say; nothing happens before [`Input::Start`].
    pub fn new(start: Start) -> Machine {
        Machine {
            version: start.version,
            incarnation: start.incarnation,
            phase: if start.offline { Phase::Offline } else { Phase::Idle },
            generation: 0,
            feed: Feed::new(start.epoch, start.live, start.deep, &start.parts),
            flight: Flight::default(),
            pulse: Pulse::default(),
            backoff: Backoff::default(),
            rand: SeededRand::new(start.seed),
            time: ServerTime::new(),
            look: None,
            words: String::new(),
            seen_at: start.seen_at,
            resyncs: Vec::new(),
            told: None,
            out: Vec::new(),
        }
    }

    /// Whether commands can be sent now: claims are submitted only then.
    pub fn linked(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// The cursor of a lane.
    pub fn cursor(&self, lane: Lane) -> Seq {
        self.feed.cursor(lane)
    }

    /// The server's time, once it was measured in this process.
    pub fn server_time(&mut self, now: u64) -> Option<At> {
        self.time.at(now)
    }

    /// Whether every numbered command has its verdict and nothing is coming.
    pub fn quiet(&self) -> bool {
        self.linked() && self.flight.is_empty() && self.feed.coming().is_none()
    }

    /// When to come back with [`Input::Timer`], steady ms; `None` is never.
    pub fn wake_at(&self, now: u64) -> Option<u64> {
        match self.phase {
            Phase::Idle | Phase::Offline => None,
            Phase::Waiting { until } | Phase::Dialing { until } => Some(until),
            Phase::Refused { until } => until,
            Phase::Up { .. } => {
                let commands = self.flight.deadline(self.pulse.patience(CLAIM_MS, 8), COMMAND_MS);
                Some(commands.map_or(u64::MAX, |at| at).min(self.pulse.wake_at(now)))
            }
        }
    }

    /// One step.
    pub fn step(&mut self, input: Input, now: u64) -> Vec<Output> {
        match input {
            Input::Start if self.phase == Phase::Idle => self.connect(now),
            Input::Start => {}
            Input::Opened { generation } if self.current(generation) => {
                self.pulse.opened(now);
                self.phase = Phase::Dialing { until: now + DIAL_MS };
            }
            Input::Failed { generation, error } if self.current(generation) => self.failed(error, now),
            Input::Frames { generation, frames } if self.current(generation) => self.frames(frames, now),
            Input::Heard { generation } if self.current(generation) => {
                self.pulse.heard(now);
                if let Phase::Dialing { until } = &mut self.phase {
                    *until = (*until).max(now + DIAL_MS / 2);
                }
            }
            Input::Closed { generation, why } if self.current(generation) => self.lose(&why, now),
            // An older connection's last words.
            Input::Opened { .. }
            | Input::Failed { .. }
            | Input::Frames { .. }
            | Input::Heard { .. }
            | Input::Closed { .. } => {}
            Input::Timer => self.timer(now),
            Input::Handed { items } if self.linked() => {
                self.flight.handed(items);
                self.greet(now);
            }
            Input::Handed { .. } => {}
            Input::Renewed { incarnation } => {
                self.incarnation = incarnation;
                self.flight.renewed();
                if self.connection() {
                    self.hang_up(now);
                }
                if let Phase::Waiting { .. } = self.phase {
                    self.connect(now);
                }
            }
            Input::Submitted(queued) => {
                self.flight.submit(queued);
                self.pump(now);
            }
            Input::ApplyFailed { epoch, live, deep, parts, why } => {
                self.feed = Feed::new(epoch, live, deep, &parts);
                if self.connection() {
                    self.backoff.slow_down();
                    self.lose(&why, now);
                }
            }
            Input::Want(key) if self.linked() => self.send(vec![Up::Want { key }], now),
            Input::Want(_) => {}
            Input::Look { case, writing } => {
                self.look = case.map(|case| (case, writing));
                if self.linked() {
                    self.send(vec![Up::Look { case, writing }], now);
                }
            }
            Input::RetryNow => self.retry_now(now),
            Input::Offline(true) => {
                if self.connection() {
                    self.hang_up(now);
                }
                self.words.clear();
                self.phase = Phase::Offline;
            }
            Input::Offline(false) if self.phase == Phase::Offline => {
                self.backoff.reset();
                self.connect(now);
            }
            Input::Offline(false) => {}
            Input::Woke => self.woke(now),
        }
        self.tell_status(now);
        std::mem::take(&mut self.out)
    }

    fn current(&self, generation: u32) -> bool {
        generation == self.generation && self.connection()
    }

    /// Whether there is a connection or one is being set up.
    fn connection(&self) -> bool {
        matches!(self.phase, Phase::Dialing { .. } | Phase::Up { .. })
    }

    fn connect(&mut self, now: u64) {
        self.generation += 1;
        self.phase = Phase::Dialing { until: now + DIAL_MS };
        let hello = Hello {
            min: PROTOCOL_MIN,
            max: PROTOCOL,
            incarnation: self.incarnation,
            generation: self.generation,
            epoch: self.feed.epoch,
            live: self.feed.cursor(Lane::Live),
            deep: self.feed.cursor(Lane::Deep),
            parts: self.feed.parts(),
            dictionary: dictionary::hash(),
            version: self.version.clone(),
        };
        self.out.push(Output::Connect { generation: self.generation, hello: Box::new(hello) });
    }

    /// Ends the connection, without a word about what comes next.
    fn hang_up(&mut self, now: u64) {
        if let Phase::Up { since } = self.phase {
            self.backoff.was_up(now.saturating_sub(since));
        }
        self.out.push(Output::Disconnect { generation: self.generation });
        for n in self.flight.closed() {
            self.out.push(Output::Abandoned { n, why: Abandoned::Unlinked });
        }
        self.phase = Phase::Waiting { until: now };
    }

    /// The connection is gone; another try soon.
    fn lose(&mut self, why: &str, now: u64) {
        self.hang_up(now);
        why.clone_into(&mut self.words);
        self.phase = Phase::Waiting { until: now + self.backoff.next(&self.rand) };
    }

    /// What was said does not fit: begin anew from what is really here.
    fn resync(&mut self, why: &str, now: u64) {
        self.resyncs.retain(|at| now.saturating_sub(*at) < RESYNC_WINDOW_MS);
        self.resyncs.push(now);
        if self.resyncs.len() >= RESYNCS {
            self.backoff.slow_down();
            if self.resyncs.len() == RESYNCS {
                let words = format!(
                    "This desk and the server do not agree about what was sent ({why}), three times in five minutes. \
                     It is tried again, more slowly; nothing you wrote is lost. Tell whoever runs the server."
                );
                self.out.push(Output::Say(words));
            }
        }
        self.lose(why, now);
    }

    fn failed(&mut self, error: DialError, now: u64) {
        let words = error.to_string();
        match error {
            DialError::Unreachable(_) => self.lose(&words, now),
            DialError::Later { after_s, .. } => self.later(&words, after_s, now),
            DialError::Stranger(_) => self.refused(words, Some(now + STRANGER_MS), now),
            DialError::Refused(_) | DialError::Version(_) => self.refused(words, None, now),
        }
    }

    fn later(&mut self, words: &str, after_s: u32, now: u64) {
        use crate::rand::Rand;
        self.lose(words, now);
        let wait = u64::from(after_s) * 1_000;
        // A whole team is sent away at once; it must not come back at once.
        self.phase = Phase::Waiting { until: now + wait + self.rand.jitter(wait / 4 + 500) };
    }

    fn refused(&mut self, words: String, until: Option<u64>, now: u64) {
        self.hang_up(now);
        self.words = words;
        self.phase = Phase::Refused { until };
    }

    fn retry_now(&mut self, now: u64) {
        match self.phase {
            Phase::Waiting { .. } | Phase::Refused { .. } => {
                self.backoff.reset();
                self.connect(now);
            }
            Phase::Up { .. } if self.pulse.health(now) != Health::Well => self.woke(now),
            Phase::Up { .. } | Phase::Dialing { .. } | Phase::Idle | Phase::Offline => {}
        }
    }

    fn woke(&mut self, now: u64) {
        self.time.forget();
        match self.phase {
            Phase::Waiting { .. } | Phase::Refused { until: Some(_) } => {
                self.backoff.reset();
                self.connect(now);
            }
            // A connection being set up when the lid was closed will not get far.
            Phase::Dialing { .. } => {
                self.hang_up(now);
                self.connect(now);
            }
            Phase::Up { .. } => {
                self.pulse.doubt(now);
                self.beat(now);
            }
            Phase::Idle | Phase::Offline | Phase::Refused { until: None } => {}
        }
    }

    fn timer(&mut self, now: u64) {
        match self.phase {
            Phase::Waiting { until } | Phase::Refused { until: Some(until) } if until <= now => self.connect(now),
            Phase::Dialing { until } if until <= now => self.lose("The server does not answer.", now),
            Phase::Up { .. } => self.check_pulse(now),
            _ => {}
        }
    }

    fn check_pulse(&mut self, now: u64) {
        let due = self.flight.deadline(self.pulse.patience(CLAIM_MS, 8), COMMAND_MS);
        if self.pulse.health(now) == Health::Lost {
            self.lose("The server has gone quiet.", now);
        } else if due.is_some_and(|at| at <= now) {
            self.flight.timed_out();
            self.lose("The server does not answer what was sent.", now);
        } else if self.pulse.beat_due(now) {
            self.beat(now);
        }
    }

    fn beat(&mut self, now: u64) {
        self.send(vec![Up::Beat { desk_ms: now as i64 }], now);
        self.pulse.beat(now);
    }

    fn send(&mut self, frames: Vec<Up>, now: u64) {
        self.pulse.said(now);
        self.out.push(Output::Send { generation: self.generation, frames });
    }

    /// The first message of a connection: commands, a beat to learn the time, what is looked at.
    fn greet(&mut self, now: u64) {
        let (mut frames, given_up) = self.flight.pump(now);
        frames.push(Up::Beat { desk_ms: now as i64 });
        if let Some((case, writing)) = self.look {
            frames.push(Up::Look { case: Some(case), writing });
        }
        self.send(frames, now);
        self.pulse.beat(now);
        self.give_up(given_up);
    }

    fn pump(&mut self, now: u64) {
        let (frames, given_up) = self.flight.pump(now);
        if !frames.is_empty() {
            self.send(frames, now);
        }
        self.give_up(given_up);
    }

    fn give_up(&mut self, given_up: Vec<(u64, Abandoned)>) {
        self.out.extend(given_up.into_iter().map(|(n, why)| Output::Abandoned { n, why }));
    }

    /// One message. Stops at the frame that ends the connection.
    fn frames(&mut self, frames: Vec<Down>, now: u64) {
        self.pulse.heard(now);
        let generation = self.generation;
        let mut credit = 0_u32;
        for frame in frames {
            if !self.current(generation) {
                return;
            }
            match (&frame, self.phase) {
                (Down::Welcome { .. } | Down::Close { .. }, _) | (_, Phase::Up { .. }) => {}
                _ => return self.resync("the server did not greet first", now),
            }
            credit = credit.saturating_add(frame.weight());
            self.frame(frame, now);
        }
        if self.current(generation) {
            if credit > 0 {
                self.send(vec![Up::Credit { bytes: credit }], now);
            }
            self.pump(now);
        }
    }

    fn frame(&mut self, frame: Down, now: u64) {
        match frame {
            Down::Welcome { .. } if self.linked() => self.resync("the server greeted twice", now),
            Down::Welcome { epoch, agent, device, scopes, last_n, head, server_ms: _ } => {
                self.words.clear();
                self.phase = Phase::Up { since: now };
                let same = epoch == self.feed.epoch;
                let ahead = self.feed.cursor(Lane::Live).max(self.feed.cursor(Lane::Deep)) > head;
                if !same || ahead {
                    self.feed.wipe(epoch);
                    self.seen_at = None;
                    self.out.push(Output::Wipe { epoch });
                }
                if same && ahead {
                    // It feeds from cursors that it cannot have given.
                    return self.resync("the server is behind this desk", now);
                }
                self.feed.opened(&scopes);
                self.out.push(Output::Person { agent, device });
                self.out.push(Output::Retain { scopes });
                self.flight.opened(last_n);
                self.out.push(Output::Reconcile { last: last_n, device });
            }
            Down::Batch { lane, from, to, server_ms, records } => {
                self.batch(lane, from, to, At(server_ms), records, now)
            }
            Down::Early { records } => {
                let changes = self.changes(records);
                self.out.push(Output::Early(changes));
            }
            Down::Chunk { scope, entity, after, mark, whole, seq, rows, left } => {
                self.chunk(Part { scope, entity, mark, whole }, after, seq, rows, left, now);
            }
            Down::Verdict { n, seq, outcome } => self.verdict(n, seq, outcome, now),
            Down::Expect { n } => {
                self.flight.expected(n);
                self.resync("a command did not arrive", now);
            }
            Down::Looks { case, who } => self.out.push(Output::Looks { case, who }),
            Down::Drop { scope } => {
                self.feed.revoke(scope);
                self.out.push(Output::DropScope(scope));
            }
            Down::Grant { scope } => {
                self.feed.grant(scope);
                self.out.push(Output::Grant(scope));
            }
            Down::Beat { desk_ms, server_ms } => {
                let sent = desk_ms as u64;
                if self.pulse.answered(sent, now).is_some() {
                    self.time.measured(sent, now, At(server_ms));
                }
            }
            Down::Close { why, retry_s: Some(after_s) } => self.later(&why, after_s, now),
            Down::Close { why, retry_s: None } => self.refused(why, None, now),
        }
    }

    fn batch(&mut self, lane: Lane, from: Seq, to: Seq, at: At, records: Vec<Record>, now: u64) {
        match self.feed.batch(lane, from, to) {
            Fit::Next => {
                let changes = self.changes(records);
                self.out.push(Output::Batch { lane, from, to, at, changes });
            }
            Fit::Restart { from } => {
                self.out.extend(self.feed.scopes(lane).into_iter().map(Output::Empty));
                let changes = self.changes(records);
                self.out.push(Output::Batch { lane, from, to, at, changes });
            }
            Fit::Seen => {}
            Fit::Old => return,
            Fit::Gap => return self.resync("changes are missing", now),
        }
        if lane == Lane::Live {
            self.seen_at = self.seen_at.max(Some(at));
        }
    }

    fn chunk(&mut self, part: Part, after: u64, seq: Seq, rows: Vec<(u64, Seq, Vec<u8>)>, left: u64, now: u64) {
        if !self.feed.may_see(part.scope) {
            return;
        }
        if self.feed.chunk(part, after, left) {
            self.out.push(Output::Chunk { part, after, seq, rows });
        } else {
            self.resync("a piece of the history is missing", now);
        }
    }

    fn verdict(&mut self, n: u64, seq: Seq, outcome: Outcome, now: u64) {
        if outcome == Outcome::Cloned {
            // Whatever else is said about these numbers is about the other copy's commands.
            self.lose("This desk's list of unsent work was copied.", now);
            self.out.push(Output::Cloned);
            return;
        }
        if self.flight.verdict(n) {
            let refusal = match outcome {
                Outcome::Refused(refusal) => Some(refusal),
                Outcome::Done | Outcome::Cloned => None,
            };
            self.out.push(Output::Settled { n, seq, refusal });
        }
    }

    /// What of the records this desk may hold. The server filters; this is the second belt.
    fn changes(&self, records: Vec<Record>) -> Vec<Change> {
        let mine = |change: &Change| matches!(change, Change::Forget { .. }) || self.feed.may_see(change.scope());
        records.into_iter().map(Change::from).filter(mine).collect()
    }

    fn tell_status(&mut self, now: u64) {
        let (state, retry_at) = match self.phase {
            Phase::Idle | Phase::Dialing { .. } => (LinkState::Connecting, None),
            Phase::Waiting { until } => (LinkState::Lost, Some(until)),
            Phase::Refused { until } => (LinkState::Refused, until),
            Phase::Offline => (LinkState::Offline, None),
            Phase::Up { .. } if self.pulse.health(now) == Health::Well => (LinkState::Live, None),
            Phase::Up { .. } => (LinkState::Late, None),
        };
        let status = Status {
            state,
            words: self.words.clone(),
            retry_at,
            rtt_ms: self.time.rtt_ms(),
            seen_at: self.seen_at,
            seen_seq: self.feed.cursor(Lane::Live),
            coming: self.feed.coming(),
        };
        let same = self.told.as_ref().is_some_and(|told| {
            let unseen = Status { seen_at: told.seen_at, seen_seq: told.seen_seq, ..status.clone() };
            let soon = match (told.seen_at, status.seen_at) {
                (Some(told), Some(now)) => now.since(told) < SEEN_EVERY_MS,
                (told, now) => told == now,
            };
            unseen == *told && soon
        });
        if !same {
            self.told = Some(status.clone());
            self.out.push(Output::Status(status));
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
