//! What happened in how many runs: what the simulation covers is a figure, and one that must not fall unseen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

macro_rules! happenings {
    ($($(#[doc = $doc:literal])* $name:ident = $words:literal,)*) => {
        /// What can happen in a run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Happening {
            $($(#[doc = $doc])* $name,)*
        }

        const ALL: &[(Happening, &str)] = &[$((Happening::$name, $words),)*];
    };
}

happenings! {
    Message = "message carried",
    Command = "command given by an agent",
    Commit = "transaction of the server",
    InFile = "run with the ledger in a file",
    InMemory = "run with the ledger in memory",
    NewDesk = "desk opened for the first time",
    /// By 300 ms or more.
    Late = "message late",
    Lost = "message lost and sent again",
    Unknown = "frame of a newer build among the others",
    Cut = "connection cut, both sides told",
    HalfOpen = "connection half open",
    Partition = "way dark",
    /// Something is to be sent, and what is on the way already is not taken.
    Backlog = "reader too slow: its sender waits",
    /// What an older connection brought is heard in the middle of a newer one.
    Reordered = "frames of an older connection heard in a newer one",
    /// It was heard when it came, and once more in the middle of a newer one.
    Doubled = "frames of an older connection heard twice",
    Repeated = "command that comes to the server again",
    Thin = "desk in thin-link mode told of its link",
    Unsaid = "texts of others left for later on a long way",
    Skew = "desk and server of versions that cannot speak",
    WrongClock = "desk whose clock is wrong",
    ClockSet = "clock set at work",
    Stopped = "desk stands still",
    Killed = "desk killed",
    KilledWithin = "desk killed between two transactions of a step",
    PowerLost = "desk without power",
    Closed = "desk closed and opened",
    DeskDisk = "disk of a desk full",
    NoWords = "disk of a desk takes no more words",
    ServerDisk = "disk of the server full",
    Crashed = "server crashed",
    Restored = "server restored from an older copy",
    Compacted = "server forgets what left",
    BelowFloor = "desk away for longer than the server remembers",
    FullOutbox = "more commands than may be under way",
    Revoked = "right taken away",
    Granted = "right given",
    HandedOn = "contact handed on behind its owner's desk",
    LateWrapUp = "wrap-up that comes late",
    LostRace = "contact taken by someone else first",
    Stale = "reply refused: the customer had written since",
    Refused = "command refused",
}

/// The counts of one run, shared by everyone who sees something happen.
#[derive(Debug, Clone)]
pub struct Tally(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    times: Vec<AtomicU64>,
    closed: AtomicBool,
}

impl Default for Tally {
    fn default() -> Tally {
        let times = ALL.iter().map(|_| AtomicU64::new(0)).collect();
        Tally(Arc::new(Counts { times, closed: AtomicBool::new(false) }))
    }
}

impl Tally {
    pub fn met(&self, what: Happening) {
        self.add(what, 1);
    }

    pub fn add(&self, what: Happening, times: u64) {
        if !self.0.closed.load(Ordering::Relaxed) {
            self.0.times[what as usize].fetch_add(times, Ordering::Relaxed);
        }
    }

    /// What happens from here on is part of the checks.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }
}

/// The counts of many runs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    runs: u64,
    /// Runs in which each happened, and how often it did in all.
    counts: Vec<(u64, u64)>,
}

impl Coverage {
    pub fn add(&mut self, tally: &Tally) {
        self.runs += 1;
        self.counts.resize(ALL.len(), (0, 0));
        for (count, times) in self.counts.iter_mut().zip(&tally.0.times) {
            let times = times.load(Ordering::Relaxed);
            count.0 += u64::from(times > 0);
            count.1 += times;
        }
    }

    /// Those of other runs as well.
    pub fn join(&mut self, other: &Coverage) {
        self.runs += other.runs;
        self.counts.resize(ALL.len(), (0, 0));
        for (count, others) in self.counts.iter_mut().zip(&other.counts) {
            *count = (count.0 + others.0, count.1 + others.1);
        }
    }

    /// What happened in fewer runs than one in so many.
    pub fn rarer_than(&self, one_in: u64) -> Vec<&'static str> {
        let rare = |(_, (runs, _)): &(_, &(u64, u64))| runs * one_in < self.runs;
        ALL.iter().zip(&self.counts).filter(rare).map(|((_, words), _)| *words).collect()
    }

    pub fn table(&self) -> String {
        let line = |((_, words), (runs, times)): (&(Happening, &str), &(u64, u64))| {
            let share = *runs as f64 * 100.0 / self.runs.max(1) as f64;
            format!("{words:<52} {runs:>7} {share:>6.1} % {times:>11}\n")
        };
        let lines: String = ALL.iter().zip(&self.counts).map(line).collect();
        format!("{:<52} {:>7} {:>8} {:>11}\n{lines}", "what happened", "seeds", "", "times")
    }
}
