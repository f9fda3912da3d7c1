//! What the desk knows of its line: how fast it is, how it is to be used, and the book that is kept of it.

use crate::app::port::{Gap, Incoming, Spent, Thin};
use crate::domain::time::At;
use crate::store::linkbook::{Line as Entry, Linkbook, What};
use crate::store::outbox::Outbox;
use crate::sync::machine::{Input, LinkState};
use crate::sync::rate::Rate;

use super::engine::Engine;

/// Setting: bytes per second of the line, as last measured.
const RATE: &str = "line-rate";
/// A server that answers later than this is a way off: not in this house, ms …
const FAR_MS: u64 = 20;
/// … until it answers sooner than this again, ms.
const NEAR_MS: u64 = 10;

/// The line.
pub(super) struct Line {
    pub(super) rate: Rate,
    book: Linkbook,
    chosen: Thin,
    /// Round trips written down.
    trips: u64,
    /// What the machine was told.
    told: (Option<bool>, bool),
    /// Whether the server is a way off.
    far: bool,
    /// The server is on this machine: however busy that is, nothing is far.
    pub(super) here: bool,
    /// The rate on the disk.
    kept: Option<u64>,
}

impl Line {
    pub(super) fn new(book: Linkbook, outbox: &Outbox) -> Line {
        // A rate that cannot be read is measured again.
        let kept = outbox.setting(RATE).ok().flatten().and_then(|text| text.parse().ok());
        Line {
            rate: Rate::new(kept),
            book,
            chosen: Thin::Auto,
            trips: 0,
            told: (None, false),
            far: false,
            here: false,
            kept,
        }
    }

    /// Whether every packet has a way to go.
    pub(super) fn is_far(&self) -> bool {
        self.far || self.is_thin()
    }

    /// Whether thin-link mode is on.
    pub(super) fn is_thin(&self) -> bool {
        match self.chosen {
            Thin::Auto => self.rate.is_thin(),
            Thin::On => true,
            Thin::Off => false,
        }
    }

    /// What the server is to be told: nothing as long as nothing is known.
    fn wanted(&self) -> Option<bool> {
        match self.chosen {
            Thin::Auto => self.rate.is_thin().then_some(true),
            Thin::On => Some(true),
            Thin::Off => Some(false),
        }
    }

    /// The link stands otherwise than before.
    pub(super) fn stands(&mut self, now: At, state: LinkState, words: &str, bytes: (u64, u64)) {
        let what = match state {
            // Until it is up again it is as lost as before.
            LinkState::Connecting => return,
            LinkState::Live => What::Live,
            LinkState::Late => What::Slow,
            LinkState::Lost => What::Lost,
            LinkState::Offline => What::Offline,
            LinkState::Refused => What::Refused,
        };
        self.book.bytes(now, bytes, true);
        self.book.write(&Entry::new(now, what, words));
    }

    /// Bytes and gaps of the last day.
    pub(super) fn today(&self, now: At, bytes: (u64, u64)) -> (Vec<Spent>, Vec<Gap>) {
        let spent = self.book.spent(now, bytes).into_iter();
        let gaps = self.book.gaps().iter();
        (
            spent.map(|s| Spent { from: s.from, down: s.down, up: s.up }).collect(),
            gaps.map(|g| Gap { from: g.from, to: g.to }).collect(),
        )
    }
}

impl Engine {
    /// Looks at what came over the line: its speed, its round trips, its bytes.
    pub(super) fn look_at_line(&mut self) {
        let (steady, now, bytes) = (self.clock.steady_ms(), self.server_now(), self.cable.bytes());
        self.line.rate.heard(steady, bytes.0, self.machine.is_loading());
        let (trips, newest) = self.machine.round_trips();
        if trips > self.line.trips
            && let Some(ms) = newest
        {
            self.line.trips = trips;
            self.line.rate.round_trip(ms);
            self.line.far = !self.line.here && ms >= if self.line.far { NEAR_MS } else { FAR_MS };
            self.line.book.write(&Entry { round_trip_ms: Some(ms), ..Entry::new(now, What::RoundTrip, "") });
        }
        self.line.book.bytes(now, bytes, false);
        let known = self.line.rate.known();
        // The class of the line matters, not each sample.
        if known.and_then(u64::checked_ilog2) != self.line.kept.and_then(u64::checked_ilog2) {
            self.line.kept = known;
            let text = known.map(|rate| rate.to_string());
            if let Err(error) = self.outbox.set_setting(RATE, text.as_deref()) {
                tracing::warn!(%error, "the rate of the line could not be kept");
            }
        }
        self.tell_line();
    }

    /// The agent says when thin-link mode is on.
    pub(super) fn use_line(&mut self, thin: Thin) {
        self.line.chosen = thin;
        self.tell_line();
        self.tell_link_again();
    }

    fn tell_line(&mut self) {
        let wanted = (self.line.wanted(), self.line.far);
        if wanted != self.line.told {
            self.line.told = wanted;
            let (thin, far) = wanted;
            self.step(Input::Line { thin, far });
            self.tell_link_again();
        }
    }

    /// The desk is closed.
    pub(super) fn close_book(&mut self) {
        let (now, bytes) = (self.server_now(), self.cable.bytes());
        self.line.book.bytes(now, bytes, true);
        self.line.book.write(&Entry::new(now, What::Closed, ""));
    }

    /// Copies the book for the agent.
    pub(super) fn save_link(&mut self) {
        let (now, bytes) = (self.server_now(), self.cable.bytes());
        self.line.book.bytes(now, bytes, true);
        match self.line.book.save(now) {
            Ok(path) => self.teller.tell(Incoming::LinkSaved(path.display().to_string())),
            Err(error) => self.teller.trouble(t!("The record of the link cannot be saved: {error}.", error)),
        }
    }
}
