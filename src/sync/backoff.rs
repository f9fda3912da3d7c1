//! When to try the link again: at once, then with full jitter, so that a thousand desks do not come back together.

use crate::rand::Rand;

/// The first retry is somewhere within this, ms.
const FIRST_MS: u64 = 500;
/// No retry waits longer, ms.
const MOST_MS: u64 = 60_000;
/// A connection must stand this long to count as a success, ms.
const STEADY_MS: u64 = 30_000;
/// Doublings after which [`MOST_MS`] is reached.
const SLOW: u32 = 7;

/// Counts failures in a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// How long to wait before the next try, ms.
    pub(super) fn next(&mut self, rand: &dyn Rand) -> u64 {
        let most = (FIRST_MS << self.tries.min(SLOW)).min(MOST_MS);
        self.tries = self.tries.saturating_add(1);
        rand.jitter(most)
    }

    /// A connection ended that had been up for `up_ms`.
    pub(super) fn was_up(&mut self, up_ms: u64) {
        if up_ms >= STEADY_MS {
            self.tries = 0;
        }
    }

    /// Something is wrong that quick retries will not mend.
    pub(super) fn slow_down(&mut self) {
        self.tries = self.tries.max(SLOW);
    }

    /// The agent asked, or the network changed: begin anew.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rand::SeededRand;

    #[test]
    fn grows_to_a_minute_and_forgives_after_thirty_seconds() {
        let rand = SeededRand::new(4);
        let mut backoff = Backoff::default();
        let most = |backoff: &Backoff| (0..200).map(|_| backoff.clone().next(&rand)).max().expect("some");
        assert!(most(&backoff) <= 500);
        for _ in 0..20 {
            backoff.next(&rand);
        }
        assert!((50_000..=60_000).contains(&most(&backoff)));
        backoff.was_up(29_999);
        assert!(most(&backoff) > 500);
        backoff.was_up(30_000);
        assert!(most(&backoff) <= 500);
    }
}
