//! How far two trainers agree when they score the same replay: Cohen's kappa over lines of the rubric.

use std::collections::BTreeMap;

/// Agreement of two raters over the same things, each rated into one of some classes: -1..=1, `None` when there is
/// nothing to compare or both always chose one and the same class (chance alone would agree always).
pub fn kappa<K: Ord>(pairs: &[(K, K)]) -> Option<f64> {
    let n = pairs.len() as f64;
    if pairs.is_empty() {
        return None;
    }
    let mut shares: BTreeMap<&K, (f64, f64)> = BTreeMap::new();
    for (a, b) in pairs {
        shares.entry(a).or_default().0 += 1.0;
        shares.entry(b).or_default().1 += 1.0;
    }
    let agreed = pairs.iter().filter(|(a, b)| a == b).count() as f64 / n;
    let chance: f64 = shares.values().map(|(a, b)| a / n * (b / n)).sum();
    (chance < 1.0).then(|| (agreed - chance) / (1.0 - chance))
}

/// What a kappa is called (Landis and Koch 1977).
pub fn words(kappa: f64) -> &'static str {
    match kappa {
        k if k < 0.0 => "worse than chance",
        k if k < 0.21 => "slight",
        k if k < 0.41 => "fair",
        k if k < 0.61 => "moderate",
        k if k < 0.81 => "substantial",
        _ => "almost perfect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_case() {
        // Cohen's yes/no example: 20 both yes, 15 both no, 5 and 10 apart: 0.4.
        let mut pairs = vec![(true, true); 20];
        pairs.extend([(false, false); 15]);
        pairs.extend([(true, false); 5]);
        pairs.extend([(false, true); 10]);
        let k = kappa(&pairs).expect("compares");
        assert!((k - 0.4).abs() < 1e-9, "{k}");
        assert_eq!(words(k), "fair");
        assert_eq!(kappa(&[(1, 1), (2, 2)]), Some(1.0));
        assert_eq!(kappa(&[(1, 1), (1, 1)]), None);
        assert_eq!(kappa::<u8>(&[]), None);
    }
}
