//! Chance from a seed, and the words it makes: of every script and of ill will.

use crate::rand::{Rand as _, SeededRand};

/// Sizes at which something changes, and one beyond each end.
const EDGES: [(u16, u16); 14] = [
    (1, 1),
    (2, 1),
    (1, 30),
    (39, 9),
    (40, 10),
    (40, 12),
    (79, 24),
    (80, 24),
    (99, 24),
    (100, 24),
    (120, 40),
    (139, 20),
    (140, 20),
    (300, 100),
];

const PIECES: [&str; 44] = [
    "a",
    "roam",
    "refund 29,99 €",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "the quick brown fox",
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenversicherungspolice",
    "https://help.example.com/caps?x=1&y=%41#z",
    "日本語のメール",
    "漫遊費，請問",
    "한국어",
    "مرحباً، اختفى رصيدي",
    "שלום 123 עולם",
    "ไทยแลนด์ำ",
    "हिन्दी क्षत्रिय",
    "e\u{301}\u{323}",
    "\u{301}",
    "👩‍👩‍👧",
    "🇩🇪🇬",
    "👍🏽",
    "☎\u{fe0f}",
    "﷽",
    "\u{200d}",
    "\u{200b}",
    "\u{202e}gpj.exe\u{202c}",
    "\u{2067}abc\u{2069}",
    "\u{61c}\u{200f}",
    "\u{feff}",
    "\u{1b}[2J",
    "\u{1b}]0;owned\u{7}",
    "\u{9b}31m",
    "\u{9d}52;c;AAAA\u{9c}",
    "\u{0}\u{8}\u{7f}",
    "\u{fffd}",
    "\u{10ffff}",
    "ﬃ",
    "#4821",
    "{internal} **b** `c` | d |\n|---|",
    "tomorrow 9:00",
    "status:open tag:",
    "'\"\\$(x)`",
];

/// Chance.
pub struct Dice(SeededRand);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(SeededRand::new(seed))
    }

    /// A number under `n`; 0 when `n` is.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.jitter((n as u64).saturating_sub(1)) as usize
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, per_cent: usize) -> bool {
        self.below(100) < per_cent
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let at = self.below(of.len());
        of.get(at).cloned()
    }

    pub fn size(&mut self) -> (u16, u16) {
        if self.chance(60) {
            return EDGES[self.below(EDGES.len())];
        }
        (1 + self.below(300) as u16, 1 + self.below(100) as u16)
    }

    /// Words, seldom many.
    pub fn words(&mut self) -> String {
        let pieces = match self.below(40) {
            0 => 400,
            1..6 => 25,
            _ => 4,
        };
        let pieces = self.below(pieces + 1);
        (0..pieces).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }
}
