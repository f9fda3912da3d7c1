//! Listens for many patterns at once.
//!
//! Besides what is written a pattern forgives: one word in between, letters mistyped, and another order of the words
//! that carry the meaning. What is denied does not count, unless the pattern denies it itself. Words of the patterns
//! become numbers when the ear is made, each word heard is compared once, and only readings whose rarest word was
//! heard are looked at. One invariant: a word of some pattern is never taken for a mistyped other one.

use std::collections::{BTreeMap, BTreeSet};

use super::heard::{Clause, Heard, denies, small};
use super::pattern::{Part, Pattern};

/// Words that `*` may stand for, not counting small ones, and counting them.
const GAP: (usize, usize) = (4, 5);
/// Words between those of a pattern in another order.
const LOOSE: usize = 4;
/// Letters from which on one mistyped is forgiven, and two.
const FORGIVEN: (usize, usize) = (5, 9);

/// Whether something was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// In the order of the pattern, or with its words near each other.
    pub loosely: bool,
    /// In the order of the pattern: what rules something out must be.
    pub in_order: bool,
}

/// Some groups of patterns, made ready to listen for.
#[derive(Debug, Clone, Default)]
pub struct Ear {
    atoms: Vec<Atom>,
    /// Whole words, by their letters.
    exact: BTreeMap<String, u32>,
    /// Atoms by their first letter.
    by_letter: BTreeMap<char, Vec<u32>>,
    readings: Vec<Reading>,
    /// Readings by the atom without which they cannot be heard.
    by_key: Vec<Vec<u32>>,
    groups: usize,
}

#[derive(Debug, Clone)]
struct Atom {
    letters: Vec<char>,
    whole: bool,
}

#[derive(Debug, Clone)]
struct Reading {
    group: usize,
    /// Atoms; `None` is a gap.
    parts: Vec<Option<u32>>,
    /// Those that carry the meaning.
    wanted: Vec<u32>,
    denies: bool,
}

/// A clause with what its words may be.
struct Listened<'a> {
    clause: &'a Clause,
    /// Atoms each word may be, sorted.
    is: Vec<Vec<u32>>,
}

impl Ear {
    /// For groups of patterns, any of which is enough for its group.
    pub fn new(groups: &[Vec<Pattern>]) -> Ear {
        let mut ear = Ear { groups: groups.len(), ..Ear::default() };
        let mut numbers: BTreeMap<Part, u32> = BTreeMap::new();
        let mut uses: Vec<u32> = Vec::new();
        for (group, patterns) in groups.iter().enumerate() {
            for reading in patterns.iter().flat_map(|p| &p.readings) {
                let parts = reading.iter().map(|part| ear.number(&mut numbers, part)).collect();
                let matters = |part: &&Part| match part {
                    Part::Word(word) => !small(word),
                    Part::Beginning(_) => true,
                    Part::Gap => false,
                };
                let wanted = reading.iter().filter(matters).filter_map(|p| numbers.get(p).copied()).collect();
                let denies = reading.iter().any(|p| matches!(p, Part::Word(w) if denies(w)));
                uses.resize(ear.atoms.len(), 0);
                let reading = Reading { group, parts, wanted, denies };
                reading.parts.iter().flatten().for_each(|atom| uses[*atom as usize] += 1);
                ear.readings.push(reading);
            }
        }
        ear.by_key = vec![Vec::new(); ear.atoms.len()];
        for (i, reading) in ear.readings.iter().enumerate() {
            let rarest = |atoms: &mut dyn Iterator<Item = u32>| atoms.min_by_key(|a| uses[*a as usize]);
            let key = rarest(&mut reading.wanted.iter().copied());
            let key = key.or_else(|| rarest(&mut reading.parts.iter().copied().flatten()));
            if let Some(key) = key {
                ear.by_key[key as usize].push(i as u32);
            }
        }
        ear
    }

    fn number(&mut self, numbers: &mut BTreeMap<Part, u32>, part: &Part) -> Option<u32> {
        let (text, whole) = match part {
            Part::Word(word) => (word, true),
            Part::Beginning(word) => (word, false),
            Part::Gap => return None,
        };
        if let Some(number) = numbers.get(part) {
            return Some(*number);
        }
        let number = self.atoms.len() as u32;
        numbers.insert(part.clone(), number);
        if whole {
            self.exact.insert(text.clone(), number);
        }
        let letters: Vec<char> = text.chars().collect();
        self.by_letter.entry(letters.first().copied().unwrap_or(' ')).or_default().push(number);
        self.atoms.push(Atom { letters, whole });
        Some(number)
    }

    /// What was heard of each group.
    pub fn hears(&self, heard: &Heard) -> Vec<Found> {
        let mut found = vec![Found::default(); self.groups];
        for clause in &heard.clauses {
            for (so_far, now) in found.iter_mut().zip(self.hears_clause(clause)) {
                so_far.loosely |= now.loosely;
                so_far.in_order |= now.in_order;
            }
        }
        found
    }

    /// What was heard of each group in one clause.
    pub fn hears_clause(&self, clause: &Clause) -> Vec<Found> {
        let mut found = vec![Found::default(); self.groups];
        let mut looked = vec![false; self.atoms.len()];
        let listened = Listened { clause, is: clause.words.iter().map(|word| self.atoms_of(word)).collect() };
        for atom in listened.is.iter().flatten() {
            if std::mem::replace(&mut looked[*atom as usize], true) {
                continue;
            }
            for reading in self.by_key[*atom as usize].iter().filter_map(|i| self.readings.get(*i as usize)) {
                let so_far = &mut found[reading.group];
                if so_far.in_order {
                    continue;
                }
                so_far.in_order = listened.in_order(reading);
                so_far.loosely = so_far.loosely || so_far.in_order || listened.scattered(reading);
            }
        }
        found
    }

    /// What a word may be: itself, beginnings it has, and, if no pattern has it, what it may be mistyped for.
    fn atoms_of(&self, word: &str) -> Vec<u32> {
        let letters: Vec<char> = word.chars().collect();
        let itself = self.exact.get(word).copied();
        let typed = itself.is_none() && !small(word);
        let near = letters.first().and_then(|first| self.by_letter.get(first)).into_iter().flatten().copied();
        let mut atoms: Vec<u32> = near
            .filter(|number| {
                let Some(atom) = self.atoms.get(*number as usize) else { return false };
                if atom.whole {
                    itself == Some(*number) || (typed && mistyped(&atom.letters, &letters))
                } else {
                    let head = letters.get(..atom.letters.len()).unwrap_or(&letters);
                    head == atom.letters || (typed && mistyped(&atom.letters, head))
                }
            })
            .collect();
        atoms.sort_unstable();
        atoms
    }
}

impl Listened<'_> {
    fn is(&self, at: usize, atom: u32) -> bool {
        self.is.get(at).is_some_and(|atoms| atoms.binary_search(&atom).is_ok())
    }

    /// Whether it counts although something near it may be denied.
    fn counts(&self, reading: &Reading, from: usize, to: usize) -> bool {
        reading.denies || !self.clause.denied(from, to)
    }

    fn in_order(&self, reading: &Reading) -> bool {
        (0..self.clause.words.len())
            .any(|from| self.ends(&reading.parts, from).into_iter().any(|to| self.counts(reading, from, to)))
    }

    /// Where the parts can end when they begin at `from`: part by part, so that no pattern takes long.
    fn ends(&self, parts: &[Option<u32>], from: usize) -> BTreeSet<usize> {
        let mut ends = BTreeSet::from([from]);
        for part in parts {
            ends = match part {
                None => ends.iter().flat_map(|at| *at..=self.gap(*at)).collect(),
                // One word in between, unless it denies; never in front of the first.
                Some(atom) => ends
                    .iter()
                    .flat_map(|at| [(*at, *at), (*at, if *at == from { *at } else { *at + 1 })])
                    .filter(|(at, here)| self.is(*here, *atom) && !self.between(*at, *here).any(denies))
                    .map(|(_, here)| here + 1)
                    .collect(),
            };
            if ends.is_empty() {
                break;
            }
        }
        ends
    }

    /// How far a gap from here may reach.
    fn gap(&self, at: usize) -> usize {
        let words = self.clause.words.iter().enumerate().skip(at).take(GAP.1);
        let large = words.filter(|(_, word)| !small(word)).nth(GAP.0).map(|(here, _)| here);
        large.unwrap_or_else(|| (at + GAP.1).min(self.clause.words.len()))
    }

    fn between(&self, at: usize, here: usize) -> impl Iterator<Item = &str> {
        self.clause.words.get(at..here).unwrap_or_default().iter().map(String::as_str)
    }

    /// Whether the words that carry the meaning are there in any order, near each other.
    fn scattered(&self, reading: &Reading) -> bool {
        if reading.wanted.len() < 2 {
            return false;
        }
        let room = reading.parts.len() + LOOSE;
        (0..self.clause.words.len()).any(|from| {
            let to = (from + room).min(self.clause.words.len());
            let mut places: Vec<usize> = Vec::new();
            for atom in &reading.wanted {
                match (from..to).find(|at| !places.contains(at) && self.is(*at, *atom)) {
                    Some(at) => places.push(at),
                    None => return false,
                }
            }
            let (first, last) = (places.iter().min(), places.iter().max());
            first.zip(last).is_some_and(|(first, last)| self.counts(reading, *first, last + 1))
        })
    }
}

/// Whether one is the other with a letter wrong, missing, too much or swapped; in long words two. The first letter
/// is hardly ever wrong, and short words are too often another word.
fn mistyped(wanted: &[char], word: &[char]) -> bool {
    let short = wanted.len().min(word.len());
    if short < FORGIVEN.0 || wanted.first() != word.first() {
        return false;
    }
    let most = if short >= FORGIVEN.1 { 2 } else { 1 };
    wanted.len().abs_diff(word.len()) <= most && distance(wanted, word) <= most
}

/// Letters to change, add, drop or swap with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hears(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::new(pattern).expect("a pattern");
        Ear::new(&[vec![pattern]]).hears(&Heard::new(text))[0].loosely
    }

    #[test]
    fn words_gaps_beginnings_and_choices() {
        assert!(hears("i understand", "Well, I understand."));
        assert!(hears("that must * frustrat*", "That must have been so frustrating!"));
        assert!(!hears("that must * frustrat*", "That must be what one would have called a really frustrating day"));
        assert!(hears("where * (travel|use|were you)", "Where did you travel?"));
        assert!(hears("where * (travel|use|were you)", "where exactly were you"));
        assert!(!hears("which country", "what is in the country"));
        assert!(hears("29.99", "it is 29,99 €"));
    }

    #[test]
    fn one_word_between_typos_and_order_are_forgiven() {
        assert!(hears("i understand", "I do understand"));
        assert!(!hears("sorry to hear", "sorry to haer"), "too short to be sure");
        assert!(hears("frustrating day", "a frustratign day"));
        assert!(hears("which country", "the country, which was it? I mean which country"));
        assert!(hears("recovery codes * paper", "on paper, are there any recovery codes"));
        assert!(!hears("(where|there) * bill", "were is my bill"), "other words, not typos");
    }

    #[test]
    fn what_is_denied_does_not_count() {
        assert!(!hears("i understand", "I do not understand"));
        assert!(!hears("i understand", "I can't really understand"));
        assert!(hears("i understand", "No worries, I understand"));
        assert!(hears("not your fault", "this is not your fault"));
        assert!(!hears("credit * account", "I will never credit your account"));
        assert!(!hears("verstehe", "Das verstehe ich nicht"), "a denial behind, as German and French have it");
    }
}
