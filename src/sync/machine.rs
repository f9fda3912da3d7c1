//! The desk's half of the protocol as a pure machine: (state, input, now) -> outputs. No socket, no disk, no clock.
//!
//! The owner feeds it what happened and does what it says, in order; `now` is steady milliseconds. After each step
//! [`Machine::wake_at`] says when to come back with [`Input::Timer`]. Invariants: frames of an older connection
//! change nothing; a cursor moves only by a batch that begins there; a command leaves only with its verdict.
//! The agreement with the server is in [`crate::wire::frame`].

use crate::clock::ServerTime;
use crate::domain::ids::{CaseId, Seq};
use crate::domain::scope::Lane;
use crate::domain::time::At;
use crate::rand::SeededRand;
use crate::wire::dictionary;
use crate::wire::frame::{Hello, PROTOCOL, PROTOCOL_MIN, Up};
use crate::wire::pipe::DialError;

use super::backoff::Backoff;
use super::feed::Feed;
use super::flight::Flight;
use super::pulse::{Health, Pulse};

mod hear;
mod io;

pub use super::flight::{Abandoned, Queued};
pub use io::{Input, LinkState, Output, Stage, Start, Status};

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
/// Where every packet has a way to go: how long it must last that somebody writes, or no longer does, …
const WRITES_MS: u64 = 2_000;
/// … and that a case is open, before it is told in a packet of its own, ms.
const LOOK_MS: u64 = 30_000;
/// "Seen up to now" is told at most this often while nothing else changes, ms.
const SEEN_EVERY_MS: i64 = 5_000;

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
    /// Where the agent looks, as it is and as the server knows it, and when that is told at the latest.
    look: Option<(CaseId, bool)>,
    look_told: Option<(CaseId, bool)>,
    look_due: u64,
    /// Thin-link mode, and whether the server is a way off.
    line: (Option<bool>, bool),
    round_trips: u64,
    words: String,
    seen_at: Option<At>,
    deep_at: Option<At>,
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
            look_told: None,
            look_due: u64::MAX,
            line: (None, false),
            round_trips: 0,
            words: String::new(),
            seen_at: start.seen_at,
            deep_at: start.deep_at,
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

    /// How many round trips were measured in this process, and the newest, ms.
    pub fn round_trips(&self) -> (u64, Option<u64>) {
        (self.round_trips, self.time.rtt_ms())
    }

    /// For how long a line is excused that is silent when it should not be, ms.
    #[cfg(test)]
    pub fn patience(&self) -> u64 {
        self.pulse.patience(5_000, 4)
    }

    /// Whether rows of a snapshot are still on their way.
    pub fn is_loading(&self) -> bool {
        self.linked() && self.feed.coming().is_some()
    }

    /// Whether every numbered command has its verdict and nothing is coming.
    pub fn quiet(&self) -> bool {
        self.linked() && self.flight.is_empty() && self.feed.coming().is_none()
    }

    /// When to come back with [`Input::Timer`], steady ms; `None` is never.
    pub fn wake_at(&self) -> Option<u64> {
        match self.phase {
            Phase::Idle | Phase::Offline => None,
            Phase::Waiting { until } | Phase::Dialing { until } => Some(until),
            Phase::Refused { until } => until,
            Phase::Up { .. } => {
                let commands = self.flight.deadline(self.pulse.patience(CLAIM_MS, 8), COMMAND_MS);
                Some(commands.map_or(u64::MAX, |at| at).min(self.pulse.wake_at()).min(self.look_due))
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
                self.flight.submit(*queued);
                self.pump(now);
            }
            Input::ApplyFailed { epoch, live, deep, parts, seen, why } => {
                self.feed = Feed::new(epoch, live, deep, &parts);
                [self.seen_at, self.deep_at] = seen;
                if self.connection() {
                    self.backoff.slow_down();
                    self.lose(&why, now);
                }
            }
            Input::Want(key) if self.linked() => self.send(vec![Up::Want { key }], now),
            Input::Want(_) => {}
            Input::Texts(messages) if self.linked() => self.send(vec![Up::Texts { messages }], now),
            Input::Texts(_) => {}
            Input::Look { case, writing, far } => {
                self.look = case.map(|case| (case, writing));
                let there = case == self.look_told.map(|(case, _)| case);
                let wait = if there { WRITES_MS } else { LOOK_MS };
                self.look_due = if self.look == self.look_told { u64::MAX } else { now + if far { wait } else { 0 } };
                self.tell_look(now);
            }
            Input::Shown if self.linked() => self.send(vec![Up::Here], now),
            Input::Shown => {}
            Input::Line { thin, far } => {
                let changed = std::mem::replace(&mut self.line, (thin, far)) != (thin, far);
                if changed && self.linked() {
                    self.send(vec![Up::Line { thin, far }], now);
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
            Phase::Up { .. } => self.send(vec![Up::CatchUp], now),
            Phase::Dialing { .. } | Phase::Idle | Phase::Offline => {}
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
        self.tell_look(now);
        let due = self.flight.deadline(self.pulse.patience(CLAIM_MS, 8), COMMAND_MS);
        if self.pulse.look(now) == Health::Lost {
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

    /// Sends a message; where the agent looks rides along.
    fn send(&mut self, mut frames: Vec<Up>, now: u64) {
        self.pulse.said(now);
        let there = |look: Option<(CaseId, bool)>| look.map(|(case, _)| case);
        // That they write is told only once it has lasted.
        let lasted = self.look_due <= now;
        if lasted || there(self.look) != there(self.look_told) {
            let writing = lasted && self.look.is_some_and(|(_, writing)| writing);
            self.look_told = there(self.look).map(|case| (case, writing));
            self.look_due = if self.look == self.look_told { u64::MAX } else { now + WRITES_MS };
            frames.push(Up::Look { case: there(self.look), writing });
        }
        self.out.push(Output::Send { generation: self.generation, frames });
    }

    /// Tells where the agent looks once it has lasted.
    fn tell_look(&mut self, now: u64) {
        if self.linked() && self.look_due <= now {
            self.send(Vec::new(), now);
        }
    }

    /// The first message of a connection: commands, a beat to learn the time, what is looked at.
    fn greet(&mut self, now: u64) {
        let (mut frames, given_up) = self.flight.pump(now);
        frames.push(Up::Beat { desk_ms: now as i64 });
        let (thin, far) = self.line;
        if thin.is_some() || far {
            frames.push(Up::Line { thin, far });
        }
        // The server knows nothing yet.
        (self.look_told, self.look_due) = (None, if self.look.is_some() { now } else { u64::MAX });
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
            rtt_ms: self.time.usual_rtt_ms(),
            seen_at: self.seen_at,
            deep_at: self.deep_at,
            seen_seq: self.feed.cursor(Lane::Live),
            coming: self.feed.coming(),
            stage: self.feed.stage(),
        };
        let same = self.told.as_ref().is_some_and(|told| {
            let unseen =
                Status { seen_at: told.seen_at, deep_at: told.deep_at, seen_seq: told.seen_seq, ..status.clone() };
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
