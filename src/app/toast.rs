//! Short messages that go away by themselves; never more than three.

use crate::domain::time::At;

/// How a toast is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What was asked for is done.
    Done,
    /// News; nobody need do anything.
    Info,
    /// It was not done, or cannot be; nothing is lost.
    Warn,
    /// Something is wrong.
    Bad,
}

/// One message; may hold customer text, which is raw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What happened, one sentence.
    pub text: String,
    /// What to do about it; may be empty.
    pub way_out: String,
    /// How to mark it.
    pub tone: Tone,
    /// When it came, this machine's clock.
    pub since: At,
    /// When it goes, this machine's clock.
    pub until: At,
}

impl Toast {
    /// A message that stays as long as it takes to notice and read it.
    pub fn new(tone: Tone, text: String, way_out: String, now: At) -> Toast {
        let letters = (text.chars().count() + way_out.chars().count()) as i64;
        let most = if tone == Tone::Bad { LONGEST_BAD } else { LONGEST };
        let until = now.plus((NOTICE + letters * LETTER).min(most));
        Toast { text, way_out, tone, since: now, until }
    }

    /// Whether it has been there long enough to be read at a glance, so that the next key may clear it.
    pub fn was_seen(&self, now: At) -> bool {
        now.since(self.since) >= GLANCE
    }
}

/// Time to notice a message, ms.
const NOTICE: i64 = 1_500;
/// Time to read a letter: about 200 words a minute, ms.
const LETTER: i64 = 50;
/// Longest stay, ms.
const LONGEST: i64 = 7_000;
/// Longest stay of what is wrong, ms.
const LONGEST_BAD: i64 = 12_000;
/// A key pressed sooner than this after a message was meant for something else, ms.
const GLANCE: i64 = 1_000;

/// At most this many at a time.
pub const MOST: usize = 3;
