//! Words and names for texts that nobody wrote, so that figures are not too kind.

/// Seeded; same seed, same words. Words follow Zipf's law over a vocabulary of 20,000.
pub struct Dice(pub u64);

#[allow(dead_code, reason = "two benches, each with its part")]
impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A word; common ones more often.
    pub fn word(&mut self) -> String {
        let rank = (20_000f64.powf(self.share())) as u64;
        spell(rank)
    }

    /// Several words.
    pub fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// One of these.
    pub fn pick(&mut self, from: &[String]) -> String {
        from[(self.next() % from.len() as u64) as usize].clone()
    }

    /// A name.
    pub fn name(&mut self) -> String {
        let word = spell(100 + self.next() % 2_000);
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }
}

/// The same rank, the same word, made of syllables as words are.
fn spell(rank: u64) -> String {
    const FIRST: [&str; 16] = ["b", "br", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v"];
    const CORE: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ea", "ou"];
    const LAST: [&str; 8] = ["", "n", "r", "s", "t", "l", "nd", "m"];
    let mut rest = rank.wrapping_mul(2_654_435_761) % 1_000_003 + rank;
    let mut word = String::new();
    for _ in 0..2 + rank % 2 {
        word.push_str(FIRST[(rest % 16) as usize]);
        word.push_str(CORE[(rest / 16 % 8) as usize]);
        word.push_str(LAST[(rest / 128 % 8) as usize]);
        rest /= 1024;
        rest = rest.wrapping_add(rank * 31);
    }
    word
}
