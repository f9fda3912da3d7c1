//! Chance, from a source of even numbers that the caller brings.

use super::Arrival;
use crate::domain::time::{At, HOUR};

/// A source of even 64-bit numbers, dressed up.
pub struct Draw<'a>(&'a mut dyn FnMut() -> u64);

impl<'a> Draw<'a> {
    /// From a source of even numbers.
    pub fn new(source: &'a mut dyn FnMut() -> u64) -> Draw<'a> {
        Draw(source)
    }

    /// A number in (0, 1].
    pub fn unit(&mut self) -> f64 {
        (((self.0)() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A number in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from((self.0)()) * n as u128) >> 64) as usize
    }

    /// An exponential span with this mean, ms.
    pub fn span(&mut self, mean_ms: f64) -> i64 {
        (-self.unit().ln() * mean_ms).round() as i64
    }

    /// Calls with exponential gaps: `shares` of `per_hour` for each line, each with its own patience of this mean, s.
    pub fn arrivals(
        &mut self,
        count: usize,
        per_hour: f64,
        shares: &[f64],
        patience_s: Option<f64>,
        start: At,
    ) -> Vec<Arrival> {
        let gap = HOUR as f64 / per_hour;
        let mut at = start.0 as f64;
        let mut arrivals = Vec::with_capacity(count);
        for _ in 0..count {
            at -= self.unit().ln() * gap;
            let pick = self.unit();
            let mut sum = 0.0;
            let line = shares.iter().position(|share| {
                sum += share;
                pick <= sum
            });
            let patience = patience_s.map(|s| self.span(s * 1_000.0));
            arrivals.push(Arrival { at: At(at as i64), line: line.unwrap_or(shares.len() - 1), patience });
        }
        arrivals
    }
}
