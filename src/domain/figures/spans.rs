//! Stretches of time laid over each other.

use super::facts::Window;
use crate::domain::time::At;

/// Stretches that do not touch, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<(At, At)>);

impl Spans {
    /// What at least one of them covers, within the window.
    pub(super) fn union(window: Window, spans: impl IntoIterator<Item = (At, At)>) -> Spans {
        let clipped = spans.into_iter().map(|(from, to)| window.clip(from, to)).filter(|w| w.from < w.to);
        let mut sorted: Vec<(At, At)> = clipped.map(|w| (w.from, w.to)).collect();
        sorted.sort_unstable();
        let mut merged: Vec<(At, At)> = Vec::with_capacity(sorted.len());
        for (from, to) in sorted {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Spans(merged)
    }

    /// Together, ms.
    pub(super) fn ms(&self) -> i64 {
        self.0.iter().map(|(from, to)| to.since(*from)).sum()
    }

    /// What this covers and the other does not.
    pub(super) fn without(&self, other: &Spans) -> Spans {
        let mut left = Vec::new();
        // Both are in order: what ended before this stretch ended before the next as well.
        let mut first = 0;
        for (from, to) in &self.0 {
            let mut at = *from;
            first += other.0[first..].iter().take_while(|(_, b)| b <= from).count();
            for (a, b) in other.0[first..].iter().take_while(|(a, _)| a < to) {
                if *a > at {
                    left.push((at, *a));
                }
                at = at.max(*b);
            }
            if at < *to {
                left.push((at, *to));
            }
        }
        Spans(left)
    }

    /// What either covers.
    pub(super) fn and(&self, other: &Spans) -> Spans {
        let all = Window::new(At(i64::MIN), At(i64::MAX));
        Spans::union(all, self.0.iter().chain(&other.0).copied())
    }
}

/// The stretches in which a log says what is wanted, until `now`.
pub(super) fn while_so<T>(log: &[(At, T)], now: At, wanted: impl Fn(&T) -> bool) -> Vec<(At, At)> {
    let ends = log.iter().skip(1).map(|(at, _)| *at).chain(std::iter::once(now));
    log.iter().zip(ends).filter(|((_, value), _)| wanted(value)).map(|((from, _), to)| (*from, to)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(of: &[(i64, i64)]) -> Spans {
        Spans::union(Window::new(At(0), At(100)), of.iter().map(|(a, b)| (At(*a), At(*b))))
    }

    #[test]
    fn overlaps_count_once() {
        assert_eq!(spans(&[(50, 60), (0, 10), (5, 20), (20, 30), (90, 200)]), spans(&[(0, 30), (50, 60), (90, 100)]));
        assert_eq!(spans(&[(0, 10), (5, 20)]).ms(), 20);
        assert_eq!(spans(&[(10, 10), (200, 300)]).ms(), 0);
    }

    #[test]
    fn what_is_taken_away_is_gone() {
        let day = spans(&[(0, 40), (60, 100)]);
        assert_eq!(day.without(&spans(&[(10, 20), (30, 70)])), spans(&[(0, 10), (20, 30), (70, 100)]));
        assert_eq!(day.without(&day).ms(), 0);
        assert_eq!(day.and(&spans(&[(40, 60)])), spans(&[(0, 100)]));
    }
}
