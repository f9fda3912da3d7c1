//! Targets and spans as people write them: `urgent=15m, high=1h, normal=4h`, `1 h 30 min`.

use std::collections::BTreeMap;

use crate::domain::time::{HOUR, MINUTE, SECOND};
use crate::domain::work::Priority;

/// Longest target, seconds: a year.
const MAX_TARGET_S: u32 = 366 * 86_400;

/// Reads `urgent=15m,high=1h,normal=4h`, or one span for every priority. The error names the part.
pub fn targets(text: &str) -> Result<BTreeMap<Priority, u32>, String> {
    if text.trim() == "none" {
        return Ok(BTreeMap::new());
    }
    if !text.contains('=') {
        let target_s = span_s(text)?;
        return Ok(Priority::ALL.into_iter().map(|p| (p, target_s)).collect());
    }
    let mut targets = BTreeMap::new();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (priority, span) =
            part.split_once('=').ok_or_else(|| format!("{part}: write priority=span, like high=1h"))?;
        let Some(known) = Priority::from_word(priority.trim()) else {
            return Err(format!("there is no priority {}; it should be low, normal, high or urgent", priority.trim()));
        };
        if targets.insert(known, span_s(span)?).is_some() {
            return Err(format!("{} is named twice", known.word()));
        }
    }
    Ok(targets)
}

/// Targets as they would be typed.
pub fn typed_targets(targets: &BTreeMap<Priority, u32>) -> String {
    let one = |(priority, s): (&Priority, &u32)| format!("{}={}", priority.word(), typed_span(*s));
    targets.iter().rev().map(one).collect::<Vec<_>>().join(",")
}

/// Reads `90s`, `15m`, `4h`, `1h30m`, `2d` (a day is 24 hours of open time) into seconds.
pub fn span_s(text: &str) -> Result<u32, String> {
    let wrong = || format!("{} is no span; write it like 15m, 4h, 1h30m or 2d", text.trim());
    let mut rest = text.trim();
    let mut total: u32 = 0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u32 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        total = number.checked_mul(seconds).and_then(|s| total.checked_add(s)).ok_or_else(wrong)?;
        rest = rest[digits + unit.len_utf8()..].trim_start();
    }
    if total == 0 || total > MAX_TARGET_S {
        return Err(format!("{}: a target is between 1 s and a year", text.trim()));
    }
    Ok(total)
}

/// A span as it would be typed.
pub fn typed_span(seconds: u32) -> String {
    let parts = [(seconds / 3_600, "h"), (seconds % 3_600 / 60, "m"), (seconds % 60, "s")];
    parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect()
}

/// A span in words, two parts at most: `2 h 10 min`, `45 s`, `3 d 4 h`.
pub fn span(ms: i64) -> String {
    let ms = ms.max(0);
    let (days, hours) = (ms / (24 * HOUR), ms % (24 * HOUR) / HOUR);
    let (minutes, seconds) = (ms % HOUR / MINUTE, ms % MINUTE / SECOND);
    let two = |a: i64, unit_a: &str, b: i64, unit_b: &str| {
        if b == 0 { format!("{a} {unit_a}") } else { format!("{a} {unit_a} {b} {unit_b}") }
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => two(h, "h", m, "min"),
        (d, h, _) => two(d, "d", h, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_targets_as_typed_and_back() {
        assert_eq!(span_s("1h30m"), Ok(5_400));
        assert_eq!(typed_span(5_400), "1h30m");
        let text = "urgent=15m,high=1h,normal=4h";
        assert_eq!(targets(text).map(|t| typed_targets(&t)).as_deref(), Ok(text));
        assert_eq!(targets("8h").map(|t| t.len()), Ok(4));
        assert_eq!(targets("none").map(|t| t.len()), Ok(0));
        for wrong in ["", "high", "high=", "high=1x", "huge=1h", "high=0m", "high=99999999h", "high=1h,high=2h"] {
            assert!(targets(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            [span(0), span(90_000), span(7_800_000), span(100 * HOUR)],
            ["0 s", "1 min", "2 h 10 min", "4 d 4 h"]
        );
    }
}
