//! The credit window: how much bulk may be under way, so that an offer never waits long behind a transfer.
//!
//! Only what was not sent yet can be overtaken (spec: sync 2.5, 3.9), so the window is kept at 2.5 times what the
//! link holds, at less than one time on a thin one, measured from the desk's own confirmations. The first two chunks
//! are small and travel alone: one waits for what was sent before it to drain, the next one measures the round trip of
//! an empty link.

use std::collections::VecDeque;

/// Least window, bytes.
const MIN: u64 = 2 << 10;
/// Most, bytes.
const MAX: u64 = 256 << 10;
/// Once the round trip is known and the rate is not: on a short way, and on a long one, bytes.
const START: (u64, u64) = (16 << 10, 4 << 10);
/// A round trip above this is a long way, ms.
const LONG_MS: u64 = 300;
/// Chunks that travel alone.
const PROBES: u8 = 2;
/// Smallest and largest chunk asked for, bytes.
const CHUNK: (u64, u64) = (1 << 10, 16 << 10);
/// Rate samples remembered.
const SAMPLES: usize = 10;
/// Below this the link counts as thin: about 64 kbit/s after compression, in bytes of bulk per second.
const THIN: u64 = 24 << 10;

/// What was sent and what came back.
#[derive(Debug)]
pub struct Window {
    sent: u64,
    confirmed: u64,
    /// For each chunk under way: bytes sent up to its end, bytes confirmed when it left, when it left (steady ms).
    flying: VecDeque<(u64, u64, u64)>,
    rates: VecDeque<u64>,
    least_rtt_ms: Option<u64>,
    size: u64,
    probes: u8,
}

impl Default for Window {
    fn default() -> Window {
        Window {
            sent: 0,
            confirmed: 0,
            flying: VecDeque::new(),
            rates: VecDeque::new(),
            least_rtt_ms: None,
            size: START.0,
            probes: PROBES,
        }
    }
}

impl Window {
    /// A chunk of this weight leaves.
    pub fn sent(&mut self, weight: u32, now_ms: u64) {
        if weight > 0 {
            self.sent += u64::from(weight);
            self.flying.push_back((self.sent, self.confirmed, now_ms));
        }
    }

    /// The desk has applied so many bytes.
    pub fn credit(&mut self, bytes: u32, now_ms: u64) {
        self.confirmed = (self.confirmed + u64::from(bytes)).min(self.sent);
        let mut measured = None;
        while let Some((end, before, at)) = self.flying.front().copied() {
            if end > self.confirmed {
                break;
            }
            self.flying.pop_front();
            measured = Some((before, now_ms.saturating_sub(at).max(1)));
        }
        let Some((before, rtt_ms)) = measured else { return };
        if self.probes > 0 {
            self.probes -= 1;
            if self.probes == 0 {
                self.least_rtt_ms = Some(rtt_ms);
                self.size = if rtt_ms > LONG_MS { START.1 } else { START.0 };
            }
            return;
        }
        self.least_rtt_ms = Some(self.least_rtt_ms.map_or(rtt_ms, |least| least.min(rtt_ms)));
        let (bytes, rate) = (self.confirmed - before, (self.confirmed - before) * 1_000 / rtt_ms);
        if bytes < self.size / 2 && rate <= self.rate().max(THIN) {
            // There was little to send: that says nothing about what the link could have carried.
            return;
        }
        if self.rates.len() == SAMPLES {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
        // On a thin link each byte too much under way is a byte before the next verdict.
        let times = if self.is_thin() { 3 } else { 10 };
        self.size = (self.rate() * self.least_rtt_ms.unwrap_or(1) * times / 4_000).clamp(MIN, MAX);
    }

    /// Whether another chunk may leave.
    pub fn is_open(&self) -> bool {
        if self.probes > 0 { self.sent == self.confirmed } else { self.sent - self.confirmed < self.size }
    }

    /// How large the next chunk should be, bytes.
    pub fn chunk(&self) -> usize {
        if self.probes > 0 {
            return CHUNK.0 as usize;
        }
        let room = self.size.saturating_sub(self.sent - self.confirmed);
        (self.size / 4).min(room).clamp(CHUNK.0, CHUNK.1) as usize
    }

    /// Whether the link was found thin: the feed then waits longer to fill its packets.
    pub fn is_thin(&self) -> bool {
        !self.rates.is_empty() && self.rate() < THIN
    }

    /// Best rate seen lately, bytes per second.
    fn rate(&self) -> u64 {
        self.rates.iter().max().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link with a rate (bytes/s) and a round trip; the sender fills the window, credits come back in time.
    fn settle(rate: u64, rtt_ms: u64) -> Window {
        let mut window = Window::default();
        let (mut now, mut free_at) = (0_u64, 0_u64);
        let mut back: VecDeque<(u64, u32)> = VecDeque::new();
        for _ in 0..2_000 {
            while window.is_open() {
                let bytes = window.chunk() as u32;
                window.sent(bytes, now);
                free_at = free_at.max(now) + u64::from(bytes) * 1_000 / rate;
                back.push_back((free_at + rtt_ms, bytes));
            }
            let Some((at, bytes)) = back.pop_front() else { break };
            now = now.max(at);
            window.credit(bytes, now);
        }
        window
    }

    #[test]
    fn a_fast_link_opens_the_window() {
        let window = settle(20_000_000, 20);
        assert!(window.size >= 200 << 10, "{}", window.size);
        assert!(!window.is_thin());
    }

    #[test]
    fn a_thin_link_keeps_it_small() {
        let window = settle(3_600, 600);
        assert!(window.size <= 9 << 10, "{}", window.size);
        assert!(window.is_thin());
        let window = settle(1_200, 600);
        assert!((2 << 10..4 << 10).contains(&window.size), "{}", window.size);
    }

    #[test]
    fn little_to_send_does_not_make_a_link_thin() {
        let mut window = Window::default();
        let mut now = 0;
        for _ in 0..100 {
            window.sent(90, now);
            now += 40;
            window.credit(90, now);
        }
        assert!(!window.is_thin(), "{}", window.rate());
        let (mut window, mut now) = (settle(3_600, 600), 100_000_000);
        for _ in 0..100 {
            window.sent(90, now);
            now += 700;
            window.credit(u32::MAX, now);
        }
        assert!(window.is_thin(), "nor does it hide one that is: {}", window.rate());
    }

    #[test]
    fn credit_beyond_what_was_sent_changes_nothing() {
        let mut window = Window::default();
        window.sent(1_000, 0);
        window.credit(u32::MAX, 10);
        assert_eq!(window.confirmed, 1_000);
        assert!(window.is_open());
    }
}
