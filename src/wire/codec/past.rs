//! What one direction has said lately: all that a stream keeps between two messages. Before it stands the dictionary.
//!
//! A raw deflate stream that was flushed goes on the same whether its window was kept or is given anew as a dictionary.
//! Invariant: both sides hold the same bytes after each message.

use std::cell::RefCell;

use super::{SAID, WINDOW};
use crate::wire::dictionary;

/// Room is taken in steps of this many bytes: most connections never say much.
const STEP: usize = 1 << 10;

thread_local! {
    /// The window as a whole, put together.
    static WHOLE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The end of what was said.
pub(super) struct Past {
    primed: bool,
    said: Vec<u8>,
}

impl Past {
    /// Nothing was said; the window begins with the dictionary or empty.
    pub(super) fn new(primed: bool) -> Past {
        Past { primed, said: Vec::new() }
    }

    /// Hands over the window as it is now, if anything is in it.
    pub(super) fn prime<E>(&self, give: impl FnOnce(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let before = if self.primed { tail(dictionary::BYTES, WINDOW - self.said.len()) } else { &[] };
        match (before, self.said.as_slice()) {
            ([], []) => Ok(()),
            ([], said) => give(said),
            (before, []) => give(before),
            (before, said) => WHOLE.with_borrow_mut(|whole| {
                whole.clear();
                whole.extend_from_slice(before);
                whole.extend_from_slice(said);
                give(whole)
            }),
        }
    }

    /// More was said.
    pub(super) fn add(&mut self, plain: &[u8]) {
        let plain = tail(plain, SAID);
        let over = (self.said.len() + plain.len()).saturating_sub(SAID);
        self.said.drain(..over);
        let needed = self.said.len() + plain.len();
        if needed > self.said.capacity() {
            self.said.reserve_exact(needed.next_multiple_of(STEP) - self.said.len());
        }
        self.said.extend_from_slice(plain);
    }
}

/// The last `most` bytes.
fn tail(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(most)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(past: &Past) -> Vec<u8> {
        let mut window = Vec::new();
        past.prime(|bytes| {
            window.extend_from_slice(bytes);
            Ok::<(), ()>(())
        })
        .expect("given");
        window
    }

    #[test]
    fn it_is_the_end_of_everything_said_behind_the_dictionary() {
        for primed in [false, true] {
            let mut past = Past::new(primed);
            let before = if primed { dictionary::BYTES } else { &[] };
            let mut all = Vec::new();
            for (n, size) in [0, 5, 900, 3_000, WINDOW - 1, 40, WINDOW + 7, 12].into_iter().enumerate() {
                let said: Vec<u8> = (0..size).map(|i| (i % 251 + n) as u8).collect();
                past.add(&said);
                all.extend(&said);
                let said = tail(&all, SAID);
                assert_eq!(window(&past), [tail(before, WINDOW - said.len()), said].concat());
                assert!(past.said.capacity() <= SAID + STEP);
            }
        }
    }

    #[test]
    fn a_quiet_connection_holds_hardly_anything() {
        let mut past = Past::new(true);
        assert_eq!(past.said.capacity(), 0);
        past.add(&[7; 300]);
        assert_eq!(past.said.capacity(), STEP);
    }
}
