//! How fast one conversation or one address may go on. Counted in memory, and bounded there: who floods is slowed
//! down, and nobody else is.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Keys remembered at most.
const REMEMBERED: usize = 50_000;
const MINUTE_MS: u64 = 60_000;

/// So many in a minute for each key, all at once if need be, then as the minute goes by.
#[derive(Debug)]
pub struct PerMinute<K> {
    most: u64,
    /// When each key's allowance is whole again, steady ms.
    whole: Mutex<HashMap<K, u64>>,
}

impl<K: Eq + Hash> PerMinute<K> {
    /// At most `most` in a minute; 0 counts as 1.
    pub fn new(most: u32) -> PerMinute<K> {
        PerMinute { most: u64::from(most.max(1)), whole: Mutex::default() }
    }

    /// Counts one; the error is how many seconds to wait.
    pub fn take(&self, key: K, now_ms: u64) -> Result<(), u64> {
        let each = MINUTE_MS / self.most;
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if whole.len() >= REMEMBERED && !whole.contains_key(&key) {
            whole.retain(|_, until| *until > now_ms);
            if whole.len() >= REMEMBERED {
                // Thousands of addresses at once: that is no day's work, and memory is not theirs.
                return Err(MINUTE_MS / 1_000);
            }
        }
        let until = whole.entry(key).or_insert(now_ms);
        let next = (*until).max(now_ms) + each;
        if next > now_ms + MINUTE_MS {
            return Err((next - now_ms - MINUTE_MS) / 1_000 + 1);
        }
        *until = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_minutes_worth_at_once_and_then_one_by_one() {
        let limit = PerMinute::new(6);
        let taken = (0..100).take_while(|_| limit.take("a", 1_000).is_ok()).count();
        assert_eq!(taken, 6);
        assert_eq!(limit.take("a", 1_000), Err(11));
        assert_eq!(limit.take("b", 1_000), Ok(()), "each key has its own");
        assert_eq!(limit.take("a", 11_000), Ok(()));
        assert!(limit.take("a", 11_000).is_err());
    }

    proptest! {
        #[test]
        fn never_more_than_twice_the_allowance_in_any_minute(steps in prop::collection::vec(0u64..5_000, 1..300), most in 1u32..50) {
            let limit = PerMinute::new(most);
            let (mut now, mut taken) = (0, Vec::new());
            for step in steps {
                now += step;
                if limit.take((), now).is_ok() {
                    taken.push(now);
                }
            }
            for (n, at) in taken.iter().enumerate() {
                let within = taken[n..].iter().filter(|other| **other < at + MINUTE_MS).count() as u64;
                prop_assert!(within <= 2 * u64::from(most));
            }
        }

        #[test]
        fn whoever_waits_as_told_gets_through(most in 1u32..100) {
            let limit = PerMinute::new(most);
            let wait = std::iter::repeat_with(|| limit.take((), 0)).find_map(Result::err).expect("it ends");
            prop_assert_eq!(limit.take((), wait * 1_000), Ok(()));
        }
    }
}
