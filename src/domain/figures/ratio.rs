//! Exact figures: integers above integers, rounded once, when shown, half away from zero. An empty denominator is
//! `n/a`, which is a value of its own and neither 0 nor 100.

use serde::{Deserialize, Serialize};

/// What a figure is worth: a numerator over a denominator, or nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Value {
    /// The denominator is empty.
    #[default]
    Na,
    /// A fraction, not cut down: its two halves are shown beside it.
    Of {
        /// Above the line.
        num: i64,
        /// Below the line, more than 0.
        den: i64,
    },
}

impl Value {
    /// `num / den`; nothing when there is no denominator.
    pub fn of(num: i64, den: i64) -> Value {
        if den > 0 { Value::Of { num, den } } else { Value::Na }
    }

    /// A plain number.
    pub fn whole(n: i64) -> Value {
        Value::Of { num: n, den: 1 }
    }

    /// `value * scale`, rounded half away from zero; `None` for n/a.
    pub fn scaled(self, scale: i64) -> Option<i64> {
        match self {
            Value::Na => None,
            Value::Of { num, den } => Some(round(i128::from(num) * i128::from(scale), i128::from(den))),
        }
    }

    /// The value as a decimal with `places` digits behind the point, times `scale`; `n/a` when there is none.
    pub fn decimal(self, scale: i64, places: u32) -> String {
        let unit = 10_i64.pow(places);
        let Some(n) = self.scaled(scale.saturating_mul(unit)) else { return NA.to_owned() };
        let sign = if n < 0 { "-" } else { "" };
        let (whole, part) = (n.unsigned_abs() / unit.unsigned_abs(), n.unsigned_abs() % unit.unsigned_abs());
        match places {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{part:0width$}", width = places as usize),
        }
    }

    /// The two halves; 0 and 0 for n/a.
    pub fn halves(self) -> (i64, i64) {
        match self {
            Value::Na => (0, 0),
            Value::Of { num, den } => (num, den),
        }
    }
}

/// How an empty figure is written.
pub const NA: &str = "n/a";

/// `num / den` rounded half away from zero; `den` is more than 0.
fn round(num: i128, den: i128) -> i64 {
    let (quotient, rest) = (num / den, num % den);
    let away = if rest.abs() * 2 >= den { num.signum() } else { 0 };
    i64::try_from(quotient + away).unwrap_or(if num < 0 { i64::MIN } else { i64::MAX })
}

/// What a value counts in, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A share: 0.8 is 80 %.
    Percent,
    /// A difference of shares: -100 to 100.
    Points,
    /// Milliseconds, written as a duration.
    Time,
    /// A whole number.
    Count,
    /// A mean of marks, two digits behind the point.
    Mark,
}

impl Unit {
    /// The word used in exports.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Percent => "percent",
            Unit::Points => "points",
            Unit::Time => "ms",
            Unit::Count => "count",
            Unit::Mark => "mark",
        }
    }

    /// The value as people read it: `81.1%`, `4:05`, `12`, `n/a`.
    pub fn show(self, value: Value) -> String {
        let Some(whole) = value.scaled(1) else { return NA.to_owned() };
        match self {
            Unit::Percent => format!("{}%", value.decimal(100, 1)),
            Unit::Points => value.decimal(100, 0),
            Unit::Time => duration(whole),
            Unit::Count => whole.to_string(),
            Unit::Mark => value.decimal(1, 2),
        }
    }

    /// The value as a plain decimal for machines; empty for n/a. Times are in seconds.
    pub fn plain(self, value: Value) -> String {
        match (self, value) {
            (_, Value::Na) => String::new(),
            (Unit::Percent | Unit::Points, _) => value.decimal(100, 3),
            (Unit::Time, Value::Of { num, den }) => Value::Of { num, den: den.saturating_mul(1_000) }.decimal(1, 3),
            (Unit::Count, _) => value.decimal(1, 0),
            (Unit::Mark, _) => value.decimal(1, 3),
        }
    }
}

/// Milliseconds as `0:08`, `4:05`, `1:02:03`, `3 d 04:00`; to the second, half a second up.
pub fn duration(ms: i64) -> String {
    let sign = if ms <= -500 { "-" } else { "" };
    let seconds = ms.unsigned_abs().saturating_add(500) / 1_000;
    let (days, hours, minutes, rest) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{sign}{minutes}:{rest:02}"),
        (0, _) => format!("{sign}{hours}:{minutes:02}:{rest:02}"),
        _ => format!("{sign}{days} d {hours:02}:{minutes:02}"),
    }
}

/// The nearest-rank percentile of values in ascending order: the k-th, k = ceil(p · n / 100).
pub fn percentile(sorted: &[i64], per_cent: u32) -> Value {
    let n = sorted.len();
    let rank = (n * per_cent as usize).div_ceil(100).clamp(1, n.max(1));
    sorted.get(rank - 1).map_or(Value::Na, |v| Value::whole(*v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_away_from_zero_and_once() {
        assert_eq!(Value::of(1, 8).decimal(100, 0), "13");
        assert_eq!(Value::of(-1, 8).decimal(100, 0), "-13");
        assert_eq!(Value::of(1, 3).decimal(100, 3), "33.333");
        assert_eq!(Value::of(-1, 200).decimal(100, 0), "-1");
        assert_eq!(Value::of(5, 10).decimal(1, 0), "1");
        assert_eq!(Value::of(i64::MAX, 1).scaled(i64::MAX), Some(i64::MAX));
    }

    #[test]
    fn nothing_is_not_zero() {
        assert_eq!(Value::of(0, 0), Value::Na);
        assert_eq!(Unit::Percent.show(Value::of(0, 0)), "n/a");
        assert_eq!(Unit::Percent.show(Value::of(0, 3)), "0.0%");
        assert_eq!(Unit::Time.plain(Value::Na), "");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(duration(499), "0:00");
        assert_eq!(duration(245_000), "4:05");
        assert_eq!(duration(3_723_000), "1:02:03");
        assert_eq!(duration(273_600_000), "3 d 04:00");
        assert_eq!(duration(-8_000), "-0:08");
        assert_eq!(Unit::Time.plain(Value::of(438_000, 7)), "62.571");
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let ages = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89];
        assert_eq!(percentile(&ages, 50), Value::whole(8));
        assert_eq!(percentile(&ages, 90), Value::whole(55));
        assert_eq!(percentile(&ages, 100), Value::whole(89));
        assert_eq!(percentile(&[7], 1), Value::whole(7));
        assert_eq!(percentile(&[], 50), Value::Na);
    }
}
