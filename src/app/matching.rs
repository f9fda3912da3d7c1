//! Fuzzy matching for lists: what is typed against labels, best first, with the places to mark.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Letters typed times letters of a label that are weighed against each other at most; beyond, the first places that fit
/// do. Whoever pastes a letter into a list must not wait for it.
const WEIGHED: usize = 16 << 10;
/// Words typed that count.
const WORDS: usize = 16;

/// A label that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Which label.
    pub index: usize,
    /// Character positions in it.
    pub positions: Vec<usize>,
}

/// The labels that match, best first; every label in its order when nothing is typed. Words may come in any order.
/// Case does not matter.
pub fn best<'a>(typed: &str, labels: impl Iterator<Item = &'a str>) -> Vec<Match> {
    let words: Vec<&str> = typed.split_whitespace().take(WORDS).collect();
    if words.is_empty() {
        return labels.enumerate().map(|(index, _)| Match { index, positions: Vec::new() }).collect();
    }
    let matcher = SkimMatcherV2::default().ignore_case().element_limit(WEIGHED);
    let mut found: Vec<(i64, Match)> = labels
        .enumerate()
        .filter_map(|(index, label)| {
            let mut score = 0;
            let mut positions = Vec::new();
            for word in &words {
                let (s, p) = matcher.fuzzy_indices(label, word)?;
                score += s;
                positions.extend(p);
            }
            positions.sort_unstable();
            positions.dedup();
            Some((score, Match { index, positions }))
        })
        .collect();
    found.sort_by_key(|(score, m)| (-score, m.index));
    found.into_iter().map(|(_, m)| m).collect()
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn words_match_in_any_order_best_first() {
        let labels = ["Billing › Roaming", "Plan › Change", "Roam far"];
        let found = best("roam", labels.into_iter());
        assert_eq!(found.iter().map(|m| m.index).collect::<Vec<_>>(), [2, 0]);
        assert_eq!(found[0].positions, [0, 1, 2, 3]);
        assert_eq!(best("roa bil", labels.into_iter()).len(), 1);
        assert_eq!(best(" ", labels.into_iter()).len(), 3);
        assert!(best("xyz", labels.into_iter()).is_empty());
    }

    #[test]
    fn a_whole_letter_typed_into_a_list_is_a_matter_of_one_pass() {
        let letter = "To whom it may concern, ".repeat(20_000);
        let one = letter.replace([' ', ','], "");
        assert_eq!(best(&one, [one.as_str(), "Roam far"].into_iter()).len(), 1);
        assert!(best(&letter, ["Roam far"].into_iter()).is_empty());
    }
}
