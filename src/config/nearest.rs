//! The known word nearest to a wrong one.

/// The nearest of `known`, if it is near enough to be a slip of the finger: at most a third of the word wrong.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = |text: &str| text.to_lowercase().replace('_', "-");
    let wanted = folded(word);
    let reach = (wanted.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|k| (distance(&wanted, &folded(k)), k))
        .filter(|(far, _)| *far <= reach)
        .min_by_key(|(far, _)| *far)
        .map(|(_, k)| k)
}

/// Letters to insert, delete, replace or swap with their neighbour to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut older: Vec<usize> = Vec::new();
    let mut old: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut new = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = a[i - 1] == b[j - 1];
            new[j] = (old[j] + 1).min(new[j - 1] + 1).min(old[j - 1] + usize::from(!same));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                new[j] = new[j].min(older[j - 2] + 1);
            }
        }
        older = std::mem::replace(&mut old, new);
    }
    old[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let known = ["theme", "symbols", "mouse", "rate_limit"];
        assert_eq!(nearest("thmee", known), Some("theme"));
        assert_eq!(nearest("rate-limit", known), Some("rate_limit"));
        assert_eq!(nearest("Mous", known), Some("mouse"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
