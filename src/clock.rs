//! The only place that reads a clock. Everything else takes the time as an argument or is given a [`Clock`].
//!
//! Two clocks on purpose: the wall clock can jump and is only shown and logged; the steady one never goes back and
//! is what durations, time-outs and [`ServerTime`] are counted with.

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::At;

/// Wall clock and steady clock.
pub trait Clock: Send + Sync {
    /// This machine's wall clock. May jump either way when someone sets it.
    fn now(&self) -> At;
    /// Milliseconds since some fixed instant in the past; never goes back. May stand still while the machine sleeps.
    fn steady_ms(&self) -> u64;
    /// The same in microseconds, to measure how long something took.
    fn steady_us(&self) -> u64 {
        self.steady_ms().saturating_mul(1_000)
    }
    /// Waits this long, in milliseconds of the machine's own timer: a clock that only moves when it is told does not
    /// hold up who waits by it, unless it says otherwise.
    fn wait(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }
}

/// The machine's own clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    born: Instant,
}

impl SystemClock {
    /// Counts the steady clock from here.
    pub fn new() -> SystemClock {
        SystemClock { born: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> At {
        // A clock set before 1970 reads as 1970; nothing else can be said about it.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        At(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn steady_us(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// A clock that stands still until it is moved; for tests and the sandbox.
#[derive(Debug)]
pub struct FakeClock {
    wall: AtomicI64,
    steady: AtomicU64,
}

impl FakeClock {
    /// Stands at `now`.
    pub fn new(now: At) -> FakeClock {
        FakeClock { wall: AtomicI64::new(now.0), steady: AtomicU64::new(0) }
    }

    /// Lets `ms` milliseconds pass on both clocks.
    pub fn advance(&self, ms: u64) {
        self.wall.fetch_add(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.steady.fetch_add(ms, Ordering::SeqCst);
    }

    /// Someone sets the wall clock; the steady one goes on.
    pub fn set_wall(&self, now: At) {
        self.wall.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> At {
        At(self.wall.load(Ordering::SeqCst))
    }

    fn steady_ms(&self) -> u64 {
        self.steady.load(Ordering::SeqCst)
    }
}

/// Most milliseconds per second by which [`ServerTime`] bends the time it shows.
const SLEW_MS_PER_S: i64 = 50;
/// Differences above this are set at once: slewing a minute at 50 ms/s would show a wrong clock for 20 minutes.
const STEP_MS: i64 = 5_000;
/// How many measurements are remembered.
const SAMPLES: usize = 8;
/// The usual round trip is the same one until it moved by this much and by a quarter, ms: less would only flicker.
const FLICKER_MS: u64 = 10;
/// Of how many newest round trips the usual one is the median.
const TRIPS: usize = 3;

/// One exchange with the server.
#[derive(Debug, Clone, Copy)]
struct Sample {
    rtt_ms: u64,
    /// Server time less steady time.
    offset: i64,
}

/// The server's time as estimated here by Cristian's rule: half a round trip after it was said, the best (shortest)
/// of the last eight exchanges. What it shows never goes back, and bends by at most 50 ms a second.
#[derive(Debug, Clone, Default)]
pub struct ServerTime {
    samples: Vec<Sample>,
    /// Shown offset and when it was last bent, steady ms.
    shown: Option<(i64, u64)>,
    /// Newest instant ever shown.
    newest: i64,
    /// The usual round trip, ms.
    usual: Option<u64>,
}

impl ServerTime {
    /// Knows nothing yet.
    pub fn new() -> ServerTime {
        ServerTime::default()
    }

    /// An exchange: asked at `sent_ms`, answered at `now_ms` (both steady), and the server said `server`.
    pub fn measured(&mut self, sent_ms: u64, now_ms: u64, server: At) {
        let rtt_ms = now_ms.saturating_sub(sent_ms);
        let offset = server.0.saturating_add((rtt_ms / 2) as i64).saturating_sub(now_ms as i64);
        if self.samples.len() == SAMPLES {
            self.samples.remove(0);
        }
        self.samples.push(Sample { rtt_ms, offset });
        let median = self.median_ms();
        self.usual = self.usual.filter(|usual| median.abs_diff(*usual) < FLICKER_MS.max(usual / 4)).or(Some(median));
        self.bend(now_ms);
    }

    /// The machine slept or the steady clock is not to be trusted: old measurements count no more. What was shown
    /// stays until the next measurement.
    pub fn forget(&mut self) {
        self.samples.clear();
    }

    /// The server's time now, once anything was measured. Never less than any earlier answer.
    pub fn at(&mut self, now_ms: u64) -> Option<At> {
        self.bend(now_ms);
        let (offset, _) = self.shown?;
        self.newest = self.newest.max(offset.saturating_add(now_ms as i64));
        Some(At(self.newest))
    }

    /// Half the shortest round trip remembered: how wrong [`ServerTime::at`] can be, ms.
    pub fn error_ms(&self) -> Option<u64> {
        self.best().map(|s| s.rtt_ms / 2)
    }

    /// The newest round trip, ms.
    pub fn rtt_ms(&self) -> Option<u64> {
        self.samples.last().map(|s| s.rtt_ms)
    }

    /// The usual round trip, ms: the median of the newest three, as it was when it last moved by more than a flicker.
    pub fn usual_rtt_ms(&self) -> Option<u64> {
        self.usual
    }

    fn median_ms(&self) -> u64 {
        let mut trips: Vec<u64> = self.samples.iter().rev().take(TRIPS).map(|s| s.rtt_ms).collect();
        trips.sort_unstable();
        trips[(trips.len() - 1) / 2]
    }

    fn best(&self) -> Option<Sample> {
        self.samples.iter().copied().min_by_key(|s| s.rtt_ms)
    }

    fn bend(&mut self, now_ms: u64) {
        let Some(best) = self.best() else { return };
        self.shown = Some(match self.shown {
            None => (best.offset, now_ms),
            Some((shown, _)) if (best.offset - shown).abs() > STEP_MS => (best.offset, now_ms),
            Some((shown, since)) => {
                let room = SLEW_MS_PER_S * (now_ms.saturating_sub(since) as i64) / 1_000;
                let step = (best.offset - shown).clamp(-room, room);
                // A call too soon for a whole millisecond must not eat the time it waited.
                if step == 0 && best.offset != shown { (shown, since) } else { (shown + step, now_ms) }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_measurement_is_taken_whole() {
        let mut time = ServerTime::new();
        assert_eq!(time.at(0), None);
        time.measured(100, 300, At(1_000_000));
        assert_eq!(time.at(300), Some(At(1_000_100)));
        assert_eq!(time.error_ms(), Some(100));
        assert_eq!(time.at(1_300), Some(At(1_001_100)));
    }

    #[test]
    fn a_better_measurement_bends_it_slowly() {
        let mut time = ServerTime::new();
        time.measured(0, 600, At(10_000));
        let before = time.at(600).expect("measured");
        // A short round trip says the truth is 300 ms earlier.
        time.measured(600, 600, At(10_000));
        for ms in (700..8_000).step_by(10) {
            let shown = time.at(ms).expect("measured");
            assert!(shown >= before);
        }
        assert_eq!(time.at(8_000), Some(At(10_000 + 7_400)));
    }

    #[test]
    fn never_goes_back_even_when_stepped() {
        let mut time = ServerTime::new();
        time.measured(0, 0, At(1_000_000));
        assert_eq!(time.at(10), Some(At(1_000_010)));
        time.forget();
        time.measured(20, 20, At(900_000));
        assert_eq!(time.at(30), Some(At(1_000_010)));
    }

    #[test]
    fn the_usual_round_trip_does_not_flicker_and_follows_a_change() {
        let mut time = ServerTime::new();
        let mut usual = |rtt: u64| {
            time.measured(0, rtt, At(1_000_000));
            time.usual_rtt_ms().expect("measured")
        };
        assert_eq!([1, 2, 9, 1, 3].map(&mut usual), [1; 5]);
        // One slow answer is not a slow line; two of three are.
        assert_eq!([600, 1, 2, 600, 600].map(&mut usual), [1, 1, 1, 1, 600]);
        assert_eq!([620, 660, 640, 690].map(&mut usual), [600; 4]);
    }

    #[test]
    fn fake_clock_moves_only_when_told() {
        let clock = FakeClock::new(At(5));
        clock.advance(10);
        assert_eq!((clock.now(), clock.steady_ms()), (At(15), 10));
        clock.set_wall(At(1));
        assert_eq!((clock.now(), clock.steady_ms()), (At(1), 10));
    }
}
