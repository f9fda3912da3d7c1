//! How fast the line is, measured where it shows: while more is coming than fits through at once.
//!
//! Pure. What trickles in while nothing is being loaded says nothing about a line, so it is not counted.

use std::collections::VecDeque;

/// A stretch is measured over at least this long, ms …
const LEAST_MS: u64 = 1_000;
/// … or as soon as so much came, bytes, on lines that need less time for it.
const ENOUGH: u64 = 64 << 10;
/// Stretches remembered; the best one is the line's rate.
const SAMPLES: usize = 8;
/// Below this a line is thin, bytes per second: 64 kbit/s.
pub const THIN: u64 = 8_000;
/// A line this quick to answer is not thin, whatever was measured on another one, ms: 9.6 kbit/s needs longer for one
/// packet there and back.
const QUICK_MS: u64 = 100;

/// The measured rate of a line.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    /// When the stretch began, and bytes in all then.
    since: Option<(u64, u64)>,
    samples: VecDeque<u64>,
    /// What was measured last, perhaps by the process before.
    known: Option<u64>,
}

impl Rate {
    /// With what was measured before.
    pub fn new(known: Option<u64>) -> Rate {
        Rate { known: known.filter(|rate| *rate > 0), ..Rate::default() }
    }

    /// A connection begins, perhaps over another line.
    pub fn connected(&mut self) {
        self.since = None;
        self.samples.clear();
    }

    /// So many bytes have come in all; whether more is on its way.
    pub fn heard(&mut self, now_ms: u64, bytes: u64, coming: bool) {
        let Some((at, before)) = self.since else {
            self.since = coming.then_some((now_ms, bytes));
            return;
        };
        let (ms, came) = (now_ms.saturating_sub(at), bytes.saturating_sub(before));
        if ms >= LEAST_MS || came >= ENOUGH {
            if self.samples.len() == SAMPLES {
                self.samples.pop_front();
            }
            // A line that stands still is slow; nothing is measured as none.
            self.samples.push_back((came * 1_000 / ms.max(1)).max(1));
            // The first stretch of a connection waits for round trips more than for the line.
            if self.samples.len() > 1 || came >= ENOUGH {
                self.known = self.samples.iter().max().copied();
            }
            self.since = coming.then_some((now_ms, bytes));
        } else if !coming {
            self.since = None;
        }
    }

    /// A round trip was measured.
    pub fn round_trip(&mut self, ms: u64) {
        if ms < QUICK_MS && self.is_thin() {
            self.known = None;
        }
    }

    /// Bytes per second, as last measured; at least 1.
    pub fn known(&self) -> Option<u64> {
        self.known
    }

    /// Whether the line was measured and found thin.
    pub fn is_thin(&self) -> bool {
        self.known.is_some_and(|rate| rate < THIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trickles_in_says_nothing() {
        let mut rate = Rate::default();
        for second in 0..60 {
            rate.heard(second * 1_000, second * 60, false);
        }
        assert_eq!((rate.known(), rate.is_thin()), (None, false));
    }

    #[test]
    fn a_line_that_stands_still_while_it_loads_is_thin() {
        let mut rate = Rate::default();
        rate.connected();
        for second in 0..4 {
            rate.heard(second * 1_000, 500, true);
        }
        assert_eq!((rate.known(), rate.is_thin()), (Some(1), true));
        assert_eq!(Rate::new(Some(0)).known(), None);
    }

    #[test]
    fn a_thin_line_is_found_while_it_loads_and_remembered() {
        let mut rate = Rate::default();
        rate.connected();
        for second in 0..20 {
            rate.heard(second * 1_000, second * 1_100, second < 19);
        }
        assert_eq!((rate.known(), rate.is_thin()), (Some(1_100), true));
        let mut next = Rate::new(rate.known());
        next.connected();
        assert!(next.is_thin(), "the next connection knows it from the start");
        next.round_trip(640);
        assert!(next.is_thin());
        next.round_trip(30);
        assert!(!next.is_thin(), "this is another line");
    }

    #[test]
    fn a_fast_line_needs_no_second() {
        let mut rate = Rate::default();
        rate.heard(0, 0, true);
        rate.heard(50, 200_000, true);
        assert_eq!((rate.known(), rate.is_thin()), (Some(4_000_000), false));
    }
}
