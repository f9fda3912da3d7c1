//! What a sentence is like, where no pattern knows it: the examples that come with a scenario, compared by the
//! beginnings of their words and by pairs of them, rare ones counting more.
//!
//! Whole numbers only. Two invariants: what is denied is never like what is not, and a sentence that is as much like
//! one thing as like another is like neither.

use std::collections::{BTreeMap, BTreeSet};

use super::heard::{Clause, Heard, denies, small};

/// Letters of a word that count; what follows is mostly its ending.
const STEM: usize = 5;
/// Share of a pair's weight, in eighths.
const PAIR: u32 = 5;
/// Examples of each thing that are averaged.
const NEAREST: usize = 2;

/// What something is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Like {
    /// The place of what it is like.
    pub what: usize,
    /// How much, thousandths.
    pub much: u32,
    /// How much more than the second, thousandths.
    pub ahead: u32,
}

/// Examples, made ready.
#[derive(Debug, Clone, Default)]
pub struct Likeness {
    /// Words and pairs of words, by number.
    marks: BTreeMap<String, u32>,
    /// Their weights.
    weights: Vec<u32>,
    /// Of a word that no example has.
    strange: u32,
    examples: Vec<Example>,
}

#[derive(Debug, Clone)]
struct Example {
    of: usize,
    marks: Vec<u32>,
    weight: u64,
    denies: bool,
}

impl Likeness {
    /// For sentences, each an example of the thing at that place.
    pub fn new<'a>(sentences: impl Iterator<Item = (usize, &'a str)>) -> Likeness {
        let mut likeness = Likeness::default();
        let mut used: Vec<BTreeSet<usize>> = Vec::new();
        let mut things = BTreeSet::new();
        for (of, sentence) in sentences {
            let heard = Heard::new(sentence);
            let mut marks: Vec<u32> = Vec::new();
            for mark in heard.clauses.iter().flat_map(marks_of) {
                let next = likeness.marks.len() as u32;
                marks.push(*likeness.marks.entry(mark).or_insert(next));
            }
            marks.sort_unstable();
            marks.dedup();
            used.resize(likeness.marks.len(), BTreeSet::new());
            for mark in &marks {
                used[*mark as usize].insert(of);
            }
            things.insert(of);
            let denies = heard.clauses.iter().any(denied);
            likeness.examples.push(Example { of, marks, weight: 0, denies });
        }
        let all = things.len() as u64 + 1;
        likeness.strange = log2(all, 1);
        likeness.weights = used.iter().map(|by| log2(all, by.len() as u64)).collect();
        for (mark, number) in &likeness.marks {
            let weight = &mut likeness.weights[*number as usize];
            *weight = weighed(mark, *weight);
        }
        for example in &mut likeness.examples {
            example.weight = example.marks.iter().map(|m| u64::from(likeness.weights[*m as usize])).sum();
        }
        likeness
    }

    /// What a clause is most like.
    pub fn nearest(&self, clause: &Clause) -> Option<Like> {
        let marks: BTreeSet<String> = marks_of(clause).collect();
        let weight = |mark: &String| match self.marks.get(mark) {
            Some(number) => self.weights[*number as usize],
            None => weighed(mark, self.strange),
        };
        if !clause.words.iter().any(|word| !small(word) && self.marks.contains_key(&stem(word))) {
            return None;
        }
        let whole: u64 = marks.iter().map(|mark| u64::from(weight(mark))).sum();
        let known: BTreeSet<u32> = marks.iter().filter_map(|mark| self.marks.get(mark).copied()).collect();
        let denies = denied(clause);
        let mut best: BTreeMap<usize, [u64; NEAREST]> = BTreeMap::new();
        for example in self.examples.iter().filter(|e| e.denies == denies) {
            let shared: u64 =
                example.marks.iter().filter(|m| known.contains(m)).map(|m| u64::from(self.weights[*m as usize])).sum();
            let most = (whole * example.weight).isqrt().max(1);
            let mut much = shared * 1_000 / most;
            for place in best.entry(example.of).or_default() {
                if much > *place {
                    std::mem::swap(&mut much, place);
                }
            }
        }
        let mut ranked: Vec<(u32, usize)> =
            best.into_iter().map(|(of, much)| ((much.iter().sum::<u64>() / NEAREST as u64) as u32, of)).collect();
        ranked.sort_by_key(|(much, of)| (std::cmp::Reverse(*much), *of));
        let (much, what) = *ranked.first()?;
        let second = ranked.get(1).map_or(0, |(much, _)| *much);
        Some(Like { what, much, ahead: much - second })
    }
}

/// The beginnings of its words, pairs of them, and whether it asks.
fn marks_of(clause: &Clause) -> impl Iterator<Item = String> {
    let single = clause.words.iter().map(|word| stem(word));
    let pairs = clause.words.windows(2).map(|two| format!("{} {}", stem(&two[0]), stem(&two[1])));
    let asks = clause.asks.then(|| "?".to_owned());
    single.chain(pairs).chain(asks)
}

fn stem(word: &str) -> String {
    word.chars().take(STEM).collect()
}

fn denied(clause: &Clause) -> bool {
    clause.words.iter().any(|word| denies(word))
}

fn weighed(mark: &str, weight: u32) -> u32 {
    if mark.contains(' ') { weight * PAIR / 8 } else { weight }
}

/// The binary logarithm of `all / of`, in sixty-fourths; `of` is at most `all`.
fn log2(all: u64, of: u64) -> u32 {
    const ONE: u64 = 1 << 16;
    let mut x = all * ONE / of.max(1);
    let mut log = 0;
    while x >= 2 * ONE {
        x /= 2;
        log += 64;
    }
    for bit in [32, 16, 8, 4, 2, 1] {
        x = x * x / ONE;
        if x >= 2 * ONE {
            x /= 2;
            log += bit;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(text: &str) -> Option<Like> {
        let examples = [
            (0, "Where did you travel?"),
            (0, "Which country were you in when you used your telephone?"),
            (1, "I will credit fifty pounds to your account."),
            (1, "You get fifty pounds back on your account."),
            (2, "I can not credit your account."),
        ];
        let heard = Heard::new(text);
        Likeness::new(examples.into_iter()).nearest(&heard.clauses[0])
    }

    #[test]
    fn a_sentence_is_like_the_examples_it_shares_rare_words_with() {
        assert_eq!(nearest("In which country did you use it?").map(|l| l.what), Some(0));
        assert_eq!(nearest("Fifty pounds go to your account").map(|l| l.what), Some(1));
        assert_eq!(nearest("no credit for your account").map(|l| l.what), Some(2), "denied like the example");
        assert_eq!(nearest("the weather is fine"), None, "no word of any example");
        assert_eq!(Likeness::default().nearest(&Heard::new("hello").clauses[0]), None);
    }

    #[test]
    fn logarithms_are_whole() {
        assert_eq!([log2(1, 1), log2(2, 1), log2(3, 1), log2(10, 3), log2(1024, 1)], [0, 64, 101, 111, 640]);
    }
}
