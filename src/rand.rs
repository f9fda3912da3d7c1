//! The only place that makes randomness: from the system, or from a seed for tests and repeatable runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random numbers that may be shared between threads.
pub trait Rand: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);

    /// Any number.
    fn u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number in `0..=max`, close enough to even for timers (the bias is below `max / 2^64`).
    fn jitter(&self, max: u64) -> u64 {
        ((u128::from(self.u64()) * (u128::from(max) + 1)) >> 64) as u64
    }
}

/// The operating system's source; good for keys and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRand;

impl Rand for SystemRand {
    fn fill(&self, buffer: &mut [u8]) {
        // No supported system can fail here once it has booted; going on with a guessable key would be worse.
        getrandom::fill(buffer).expect("invariant: the system's random source answers after boot");
    }
}

/// Numbers from a seed (splitmix64): the same seed gives the same numbers. Never for keys.
#[derive(Debug)]
pub struct SeededRand(AtomicU64);

impl SeededRand {
    /// Starts at the seed.
    pub fn new(seed: u64) -> SeededRand {
        SeededRand(AtomicU64::new(seed))
    }
}

impl Rand for SeededRand {
    fn fill(&self, buffer: &mut [u8]) {
        for piece in buffer.chunks_mut(8) {
            piece.copy_from_slice(&self.u64().to_le_bytes()[..piece.len()]);
        }
    }

    fn u64(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats() {
        let (a, b) = (SeededRand::new(7), SeededRand::new(7));
        let mut bytes = [[0; 13]; 2];
        a.fill(&mut bytes[0]);
        b.fill(&mut bytes[1]);
        assert_eq!(bytes[0], bytes[1]);
        assert_eq!(a.u64(), b.u64());
    }

    #[test]
    fn jitter_stays_in_its_range_and_reaches_both_ends() {
        let rand = SeededRand::new(1);
        let seen: std::collections::BTreeSet<u64> = (0..200).map(|_| rand.jitter(3)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(rand.jitter(0), 0);
        let _ = rand.jitter(u64::MAX);
    }

    #[test]
    fn the_system_answers() {
        let mut bytes = [0; 32];
        SystemRand.fill(&mut bytes);
        assert_ne!(bytes, [0; 32]);
    }
}
