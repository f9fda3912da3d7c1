//! Times as people type them: `2h`, `+90m`, `3d`, `9:30`, `tomorrow 9:00`, `mon 9`, `fri 14:30`, `2026-12-01 10:00`.
//!
//! What was understood is always shown resolved before it counts, so the grammar can stay small.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Weekday};

use super::calendar::wall::{self, instant};
use super::time::{At, DAY, HOUR, MINUTE};
use crate::domain::calendar::tz::Tz;

/// Said when the words are not understood.
const HINT: &str = "write it like 2h, 3d, 9:30, tomorrow 9:00, fri 14:30 or 2026-12-01 10:00";
/// Time of day when only a day is given.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("invariant: 09:00 exists");

/// Reads a time in words, relative to `now`, in the IANA zone given (unknown zones count as UTC). The answer is
/// always later than `now`. Errors say what would be understood.
pub fn parse(text: &str, now: At, zone: &str) -> Result<At, String> {
    let zone = wall::zone(zone);
    let local = now.to_utc().with_timezone(&zone);
    let plain = text.to_lowercase().replace('+', " ");
    let words: Vec<String> = plain.split_whitespace().map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|w| !matches!(*w, "in" | "at" | "on")).collect();
    let at = match words.as_slice() {
        [] => return Err(format!("Nothing was written; {HINT}.")),
        [span] if duration(span).is_some() => duration(span).map(|ms| now.plus(ms)),
        [number, unit] if duration(&format!("{number}{unit}")).is_some() => {
            duration(&format!("{number}{unit}")).map(|ms| now.plus(ms))
        }
        [one] => match clock(one) {
            Some(time) => {
                let today = instant(zone, local.date_naive().and_time(time));
                if today > now { Some(today) } else { day_after(&local).map(|d| instant(zone, d.and_time(time))) }
            }
            None => day(one, &local).map(|d| instant(zone, d.and_time(MORNING))),
        },
        // After a day a bare number is an hour.
        [first, second] => match (day(first, &local), clock(second).or_else(|| hour(second))) {
            (Some(date), Some(time)) => Some(instant(zone, date.and_time(time))),
            _ => None,
        },
        _ => None,
    };
    match at {
        Some(at) if at > now => Ok(at),
        Some(_) => Err("That time is past; choose a later one.".to_owned()),
        None => Err(format!("“{}” is not a time I know; {HINT}.", super::safe::line(text.trim()))),
    }
}

/// `90m`, `2h`, `3d`, `1w`, whole numbers up to a year.
fn duration(text: &str) -> Option<i64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: i64 = number.parse().ok().filter(|n| (1..=525_600).contains(n))?;
    let ms = match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    };
    Some(number * ms).filter(|ms| *ms <= 366 * DAY)
}

/// `9:30`, `14:00`, `9am`, `2:30pm`, `9h`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (text, add) = match text.strip_suffix("pm") {
        Some(t) => (t, 12),
        None => (text.strip_suffix("am").unwrap_or(text), 0),
    };
    let half = text.len() < 3 && add == 0 && !text.is_empty();
    let (h, m) = match text.split_once([':', '.']) {
        Some((h, m)) => (h.parse::<u32>().ok()?, m.parse::<u32>().ok()?),
        None if half && text.parse::<u32>().is_ok() => return None, // a bare number could be anything
        None => (text.parse::<u32>().ok()?, 0),
    };
    let h = if add == 12 && h < 12 { h + 12 } else { h };
    NaiveTime::from_hms_opt(h, m, 0)
}

/// `9`: a whole hour of the day.
fn hour(text: &str) -> Option<NaiveTime> {
    let plain = text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
    NaiveTime::from_hms_opt(text.parse().ok().filter(|_| plain)?, 0, 0)
}

/// `today`, `tomorrow`, a weekday (the next one, never today), or a date.
fn day(text: &str, local: &DateTime<Tz>) -> Option<NaiveDate> {
    let today = local.date_naive();
    match text {
        "today" => return Some(today),
        "tomorrow" | "tmr" => return day_after(local),
        _ => {}
    }
    if let Ok(weekday) = text.parse::<Weekday>() {
        let ahead = (7 + weekday.num_days_from_monday() - today.weekday().num_days_from_monday()) % 7;
        return today.checked_add_days(Days::new(u64::from(if ahead == 0 { 7 } else { ahead })));
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

fn day_after(local: &DateTime<Tz>) -> Option<NaiveDate> {
    local.date_naive().checked_add_days(Days::new(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At {
        At::from_rfc3339(text).expect("a valid instant")
    }

    #[test]
    fn spans_clocks_days_and_dates() {
        let now = at("2026-11-22T10:58:00Z"); // a Sunday
        let says = |text: &str| parse(text, now, "Europe/London").map(At::to_rfc3339);
        assert_eq!(says("2h"), Ok("2026-11-22T12:58:00.000Z".into()));
        assert_eq!(says("in 90 minutes"), Ok("2026-11-22T12:28:00.000Z".into()));
        assert_eq!(says("9:30"), Ok("2026-11-23T09:30:00.000Z".into())); // already past today
        assert_eq!(says("14:00"), Ok("2026-11-22T14:00:00.000Z".into()));
        assert_eq!(says("tomorrow 2pm"), Ok("2026-11-23T14:00:00.000Z".into()));
        assert_eq!(says("sunday"), Ok("2026-11-29T09:00:00.000Z".into()));
        assert_eq!(says("Fri 14:30"), Ok("2026-11-27T14:30:00.000Z".into()));
        assert_eq!(says("2026-12-01 10:00"), Ok("2026-12-01T10:00:00.000Z".into()));
        assert_eq!(says("+2h"), Ok("2026-11-22T12:58:00.000Z".into()));
        assert_eq!(says("mon 9"), Ok("2026-11-23T09:00:00.000Z".into()));
        assert_eq!(says("tomorrow 14"), Ok("2026-11-23T14:00:00.000Z".into()));
        assert!(says("mon 25").is_err() && says("mon nine").is_err());
    }

    #[test]
    fn the_zone_and_its_gaps_count() {
        let now = at("2025-03-29T12:00:00Z");
        assert_eq!(parse("tomorrow 9:00", now, "Europe/Berlin"), Ok(at("2025-03-30T07:00:00Z")));
        // 02:30 does not exist that night; the offset before the gap counts.
        assert_eq!(parse("tomorrow 2:30", now, "Europe/Berlin"), Ok(at("2025-03-30T01:30:00Z")));
    }

    #[test]
    fn what_is_not_understood_or_past_says_so() {
        let now = at("2026-11-22T10:58:00Z");
        for text in ["", "soon", "5", "25:00", "99999999999h", "2020-01-01 10:00", "\u{1b}[31m", "next blue moon ever"]
        {
            let said = parse(text, now, "UTC").expect_err(text);
            assert!(said.ends_with('.') && !said.contains('\u{1b}'), "{said}");
        }
    }
}
