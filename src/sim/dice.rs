//! Everything that is left to chance, from one seed.

use crate::rand::{Rand, SeededRand};

/// Throws.
#[derive(Debug)]
pub struct Dice(SeededRand);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        // Neighbouring seeds must not begin alike.
        Dice(SeededRand::new(SeededRand::new(seed ^ 0x5_eed0_f00d).u64()))
    }

    /// A number below `n`.
    pub fn below(&self, n: u64) -> u64 {
        self.0.jitter(n.max(1) - 1)
    }

    /// True once in `n` throws.
    pub fn one_in(&self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A number in the range, its end included.
    pub fn between(&self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).cast_unsigned()).cast_signed()
    }

    /// One of them.
    pub fn pick<'a, T>(&self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len() as u64) as usize)
    }

    pub fn u64(&self) -> u64 {
        self.0.u64()
    }

    /// Which of the weights was hit.
    pub fn weighted(&self, weights: &[u64]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        0
    }
}
