//! How fast one gateway may ask, counted by key and not by address: behind one router sit many.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::channel::webchat::place_of;
use crate::clock::Clock;
use crate::domain::ids::KeyId;

/// Wrong tokens from one address before it has to wait.
const STRANGER: u32 = 100;
/// For how long, and how long wrong tokens count, ms.
const STRANGER_MS: u64 = 60_000;
/// Addresses remembered at most.
const REMEMBERED: usize = 4_096;

/// How many requests a key may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// In the long run.
    pub per_second: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate { per_second: NonZeroU32::MIN.saturating_add(19), burst: NonZeroU32::MIN.saturating_add(59) }
    }
}

impl Rate {
    /// So many in a second, early or late in it.
    pub fn per_second(requests: u32) -> Rate {
        let per_second = NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN);
        Rate { per_second, burst: per_second }
    }
}

/// The steady clock as the limiter wants it.
#[derive(Clone)]
struct Steady(Arc<dyn Clock>);

impl GovernorClock for Steady {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_millis(self.0.steady_ms()))
    }
}

type Keyed = RateLimiter<KeyId, HashMapStateStore<KeyId>, Steady, NoOpMiddleware<Nanos>>;

/// Who asked how often.
pub struct Limits {
    keys: Keyed,
    clock: Steady,
    strangers: Mutex<BTreeMap<IpAddr, (u32, u64)>>,
}

impl Limits {
    /// With this rate per key.
    pub fn new(rate: Rate, clock: Arc<dyn Clock>) -> Limits {
        let clock = Steady(clock);
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        Limits { keys: RateLimiter::hashmap_with_clock(quota, clock.clone()), clock, strangers: Mutex::default() }
    }

    /// Counts a request of a key; the error is how many seconds to wait.
    pub fn check(&self, key: KeyId) -> Result<(), u64> {
        let wait = |until: governor::NotUntil<Nanos>| until.wait_time_from(self.clock.now()).as_secs() + 1;
        self.keys.check_key(&key).map_err(wait)
    }

    /// A token from this address was wrong.
    pub fn stranger(&self, from: IpAddr) {
        let from = place_of(from);
        let now = self.clock.0.steady_ms();
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if strangers.len() >= REMEMBERED {
            strangers.retain(|_, (_, since)| now < *since + STRANGER_MS);
        }
        if strangers.len() < REMEMBERED || strangers.contains_key(&from) {
            let entry = strangers.entry(from).or_insert((0, now));
            *entry = if now < entry.1 + STRANGER_MS { (entry.0 + 1, entry.1) } else { (1, now) };
        }
    }

    /// Whether this address had too many wrong tokens lately; the error is how many seconds to wait.
    pub fn welcome(&self, from: IpAddr) -> Result<(), u64> {
        let now = self.clock.0.steady_ms();
        let strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        match strangers.get(&place_of(from)) {
            Some((count, since)) if *count >= STRANGER && now < since + STRANGER_MS => {
                Err((since + STRANGER_MS - now) / 1_000 + 1)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::domain::time::At;

    #[test]
    fn a_burst_then_the_rate_each_key_for_itself() {
        let clock = Arc::new(FakeClock::new(At(0)));
        let limits = Limits::new(Rate::default(), clock.clone());
        let taken = (0..100).take_while(|_| limits.check(KeyId(1)).is_ok()).count();
        assert_eq!(taken, 60);
        assert_eq!(limits.check(KeyId(1)), Err(1));
        assert_eq!(limits.check(KeyId(2)), Ok(()));
        clock.advance(1_000);
        let taken = (0..100).take_while(|_| limits.check(KeyId(1)).is_ok()).count();
        assert_eq!(taken, 20);
    }

    #[test]
    fn strangers_wait_after_many_wrong_tokens() {
        let clock = Arc::new(FakeClock::new(At(0)));
        let limits = Limits::new(Rate::default(), clock.clone());
        let from = IpAddr::from([10, 0, 0, 1]);
        (0..STRANGER).for_each(|_| limits.stranger(from));
        assert_eq!(limits.welcome(from), Err(61));
        assert_eq!(limits.welcome(IpAddr::from([10, 0, 0, 2])), Ok(()));
        clock.advance(STRANGER_MS);
        assert_eq!(limits.welcome(from), Ok(()));
        // A network of IPv6 is one place, whatever its last half says.
        let six = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, last]);
        (0..STRANGER).for_each(|n| limits.stranger(six(n as u16)));
        assert!(limits.welcome(six(9_999)).is_err());
        assert_eq!(limits.welcome(IpAddr::from([0x2001, 0xdb8, 0, 8, 0, 0, 0, 1])), Ok(()));
    }
}
