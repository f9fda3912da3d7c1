//! How fast one conversation or one address may go on. Counted in memory, and bounded there: who floods is slowed
//! down, and nobody else is.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Keys remembered at most.
const REMEMBERED: usize = 50_000;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

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

/// So much within an hour for each key; the hour begins with the first of it.
#[derive(Debug)]
pub struct PerHour<K> {
    most: u64,
    /// Since when, steady ms, and how much.
    taken: Mutex<HashMap<K, (u64, u64)>>,
}

impl<K: Eq + Hash> PerHour<K> {
    /// At most `most` in an hour.
    pub fn new(most: u64) -> PerHour<K> {
        PerHour { most, taken: Mutex::default() }
    }

    /// Counts so much; the error is how many seconds to wait.
    pub fn take(&self, key: K, amount: u64, now_ms: u64) -> Result<(), u64> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= REMEMBERED && !taken.contains_key(&key) {
            taken.retain(|_, (since, _)| now_ms < *since + HOUR_MS);
            if taken.len() >= REMEMBERED {
                return Err(HOUR_MS / 1_000);
            }
        }
        let (since, sum) = taken.entry(key).or_insert((now_ms, 0));
        if now_ms >= *since + HOUR_MS {
            (*since, *sum) = (now_ms, 0);
        }
        if sum.saturating_add(amount) > self.most {
            return Err((*since + HOUR_MS - now_ms) / 1_000 + 1);
        }
        *sum += amount;
        Ok(())
    }

    /// So much was not used after all.
    pub fn give_back(&self, key: &K, amount: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sum)) = taken.get_mut(key) {
            *sum = sum.saturating_sub(amount);
        }
    }
}

/// How much each key holds at this moment.
#[derive(Debug)]
pub struct Places<K: Eq + Hash>(Arc<Mutex<HashMap<K, u64>>>);

/// Something held; given back when this is dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash> {
    of: Arc<Mutex<HashMap<K, u64>>>,
    key: K,
    amount: u64,
}

impl<K: Eq + Hash> Default for Places<K> {
    fn default() -> Places<K> {
        Places(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// Holds so much more, unless the key then held more than `most`.
    pub fn take(&self, key: K, amount: u64, most: u64) -> Option<Place<K>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = held.get(&key).copied().unwrap_or_default().checked_add(amount).filter(|sum| *sum <= most)?;
        held.insert(key.clone(), sum);
        Some(Place { of: self.0.clone(), key, amount })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sum) = held.get_mut(&self.key) {
            *sum = sum.saturating_sub(self.amount);
            if *sum == 0 {
                held.remove(&self.key);
            }
        }
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

    #[test]
    fn so_much_an_hour_less_what_was_not_used() {
        let limit = PerHour::new(100);
        assert_eq!(limit.take("a", 60, 1_000), Ok(()));
        assert_eq!(limit.take("a", 41, 61_000), Err(3_541));
        assert_eq!(limit.take("b", 100, 61_000), Ok(()), "each key has its own");
        limit.give_back(&"a", 1);
        assert_eq!(limit.take("a", 41, 61_000), Ok(()));
        assert_eq!(limit.take("a", 100, 1_000 + HOUR_MS), Ok(()));
        assert!(limit.take("a", u64::MAX, 1_000 + HOUR_MS).is_err());
    }

    #[test]
    fn a_place_is_free_again_when_it_is_left() {
        let places = Places::default();
        let one = places.take("a", 2, 3).expect("a place");
        assert!(places.take("a", 2, 3).is_none());
        let _other = places.take("b", 3, 3).expect("each key has its own");
        let _two = places.take("a", 1, 3).expect("a place");
        drop(one);
        assert!(places.take("a", 2, 3).is_some());
        assert!(places.take("a", u64::MAX, u64::MAX).is_none());
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
