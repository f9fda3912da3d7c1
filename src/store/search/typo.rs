//! Slips of the finger: words that stand in no title are replaced by words of titles that look like them.
//!
//! Matching against the words of titles and not the titles themselves keeps it far below a frame: a hundred thousand
//! titles share some ten thousand words.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use rusqlite::Connection;

use super::words::{Words, quote};
use crate::store::fault::Fault;

/// Words shorter than this are not corrected: everything looks like them.
const LEAST: usize = 4;
const MOST: usize = 24;
/// Letters of a title's word that may be missing from what was typed.
const GAPS: usize = 2;
/// Letters at the end of a title's word that a finished word may lack (plurals, endings).
const TAIL: usize = 3;
/// Likely meanings kept per word.
const MEANINGS: usize = 5;

/// The words of all titles, in order.
#[derive(Debug, Default)]
pub(in crate::store) struct Vocabulary {
    /// One after the other, folded as the full-text table folds them.
    text: String,
    /// Where each begins; one more than there are words.
    starts: Vec<u32>,
    /// The highest article's number when it was made.
    newest: u64,
}

impl Vocabulary {
    /// Reads it anew once the numbers of articles have grown by a fiftieth: a few new titles change little.
    pub(super) fn keep_up(&mut self, conn: &Connection, newest: u64) -> Result<(), Fault> {
        if self.newest.abs_diff(newest) <= newest / 50 && !self.starts.is_empty() {
            return Ok(());
        }
        self.text.clear();
        self.starts = vec![0];
        let mut query = conn.prepare("SELECT term FROM title_word")?;
        let mut terms = query.query([])?;
        while let Some(row) = terms.next()? {
            let term = row.get_ref(0)?.as_str().unwrap_or_default();
            let chars = term.chars().count();
            if (LEAST - 1..=MOST).contains(&chars) && term.chars().any(char::is_alphabetic) {
                self.text.push_str(term);
                self.starts.push(self.text.len() as u32);
            }
        }
        self.text.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.newest = newest;
        Ok(())
    }

    fn word(&self, at: usize) -> &str {
        let bound = |i| self.starts.get(i).map_or(self.text.len(), |s| *s as usize);
        self.text.get(bound(at)..bound(at + 1)).unwrap_or_default()
    }

    /// The words that begin with a letter.
    fn beginning_with(&self, first: char) -> impl Iterator<Item = &str> {
        let count = self.starts.len().saturating_sub(1);
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.word(middle).chars().next() < Some(first) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..count).map(|at| self.word(at)).take_while(move |w| w.starts_with(first))
    }

    /// Words of titles that look like a folded word, best first.
    fn like(&self, word: &str, open: bool) -> Vec<(i64, &str)> {
        let matcher = SkimMatcherV2::default();
        let mut found: Vec<(i64, &str)> = Vec::new();
        for typed in variants(word) {
            let Some(first) = typed.first().copied() else { continue };
            let pattern: String = typed.iter().collect();
            for candidate in self.beginning_with(first) {
                let Some((gaps, tail)) = fit(&typed, candidate, open) else { continue };
                let Some(score) = matcher.fuzzy_match(candidate, &pattern) else { continue };
                let score = score - 12 * gaps as i64 - 3 * tail as i64;
                match found.iter_mut().find(|(_, w)| *w == candidate) {
                    Some(known) => known.0 = known.0.max(score),
                    None => found.push((score, candidate)),
                }
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        found.truncate(MEANINGS);
        found
    }

    /// The typed words as a full-text expression over titles in which every word that stands in no title is replaced
    /// by what may have been meant; `None` when there is nothing to replace or nothing like it.
    pub(super) fn meant(
        &self,
        words: &Words,
        mut stands: impl FnMut(&str) -> Result<bool, Fault>,
    ) -> Result<Option<String>, Fault> {
        let (mut parts, mut replaced) = (Vec::new(), false);
        for (alone, (folded, open)) in words.single().zip(words.folded()) {
            let chars = folded.chars().count();
            if !(LEAST..=MOST).contains(&chars) || stands(&alone)? {
                parts.push(alone);
                continue;
            }
            let like = self.like(&folded, open);
            if like.is_empty() {
                return Ok(None);
            }
            replaced = true;
            let any: Vec<_> = like.iter().map(|(_, w)| quote(w)).collect();
            parts.push(format!("({})", any.join(" OR ")));
        }
        Ok(replaced.then(|| parts.join(" AND ")))
    }
}

/// The word, and the word without each of its letters in turn: what is left after a slip that added or changed a
/// letter, or swapped two.
fn variants(word: &str) -> Vec<Vec<char>> {
    let whole: Vec<char> = word.chars().collect();
    let mut all = vec![whole.clone()];
    for at in 0..whole.len() {
        let mut less = whole.clone();
        less.remove(at);
        all.push(less);
    }
    all.dedup();
    all
}

/// How many letters of the candidate were left out within the typed ones, and how many follow; `None` when the typed
/// letters do not stand in it in their order, or too far apart.
fn fit(typed: &[char], candidate: &str, open: bool) -> Option<(usize, usize)> {
    let mut rest = typed.iter();
    let mut wanted = rest.next();
    let (mut span, mut len) = (0, 0);
    for c in candidate.chars() {
        len += 1;
        if wanted == Some(&c) {
            wanted = rest.next();
            span = len;
        } else if wanted.is_some() && len >= typed.len() + GAPS {
            return None;
        }
    }
    let gaps = span - typed.len().min(span);
    (wanted.is_none() && gaps <= GAPS && (open || len - span <= TAIL)).then_some((gaps, len - span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        let mut vocabulary = Vocabulary { starts: vec![0], ..Vocabulary::default() };
        let mut words = words.to_vec();
        words.sort_unstable();
        for word in words {
            vocabulary.text.push_str(word);
            vocabulary.starts.push(vocabulary.text.len() as u32);
        }
        vocabulary
    }

    fn best<'a>(vocabulary: &'a Vocabulary, word: &str) -> &'a str {
        vocabulary.like(word, false).first().map_or("", |(_, w)| w)
    }

    #[test]
    fn the_usual_slips_are_understood() {
        let v = vocabulary(&["roaming", "roman", "refund", "refunds", "room", "activation", "über", "voicemail"]);
        for (typed, meant) in [
            ("roming", "roaming"),
            ("raoming", "roaming"),
            ("roaaming", "roaming"),
            ("roeming", "roaming"),
            ("refnd", "refund"),
            ("acitvation", "activation"),
            ("voicmail", "voicemail"),
            ("xvoicemail", "voicemail"),
            ("qqqqqq", ""),
        ] {
            assert_eq!(best(&v, typed), meant, "{typed}");
        }
        assert_eq!(v.like("acitv", true).first().map(|(_, w)| *w), Some("activation"), "while typing");
        assert_eq!(v.beginning_with('r').count(), 5);
        assert_eq!(v.beginning_with('z').count(), 0);
    }

    #[test]
    fn only_words_that_stand_nowhere_are_replaced() {
        let v = vocabulary(&["roaming", "charges"]);
        let stands = |w: &str| Ok(w.starts_with("\"charges"));
        let meant = v.meant(&Words::parse("raoming charges"), stands).expect("no store is asked");
        assert_eq!(meant.as_deref(), Some("(\"roaming\") AND \"charges\"*"));
        let meant = v.meant(&Words::parse("charges"), |_| Ok(true)).expect("no store is asked");
        assert_eq!(meant, None);
    }
}
