//! The stretch of time a report is about, as people name it, and how it is cut.

use anyhow::{Context as _, bail};
use chrono::NaiveDate;

use crate::domain::calendar::wall;
use crate::domain::figures::Window;
use crate::domain::tally::midnight;
use crate::domain::time::{At, DAY, HOUR, MINUTE};

/// Intervals are this long.
const INTERVAL: i64 = 30 * MINUTE;
/// A report has at most this many lines.
const MOST: i64 = 2_000;

/// From the beginning of one day to the end of another, or between two instants; today when nothing is named.
pub(super) fn window(from: Option<&str>, to: Option<&str>, zone: &str, now: At) -> anyhow::Result<Window> {
    let start = match from {
        None => to.map_or(Ok(now), |to| instant(to, zone)).map(|at| midnight(zone, at))?,
        Some(text) => instant(text, zone)?,
    };
    let end = match to {
        None => next_midnight(zone, now.max(start)),
        Some(text) if is_day(text) => next_midnight(zone, instant(text, zone)?),
        Some(text) => instant(text, zone)?,
    };
    if end <= start {
        bail!("--to is not after --from; name a later day");
    }
    Ok(Window::new(start, end))
}

fn is_day(text: &str) -> bool {
    day(text).is_some()
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

/// A day's beginning in the firm's zone, or an instant of RFC 3339.
fn instant(text: &str, zone: &str) -> anyhow::Result<At> {
    match day(text) {
        Some(day) => Ok(wall::instant(wall::zone(zone), day.and_time(chrono::NaiveTime::MIN))),
        None => At::from_rfc3339(text)
            .with_context(|| format!("{text} is no day like 2026-03-09 and no instant like 2026-03-09T08:00:00Z")),
    }
}

/// The midnight after `at`; a day has at most 25 hours, and Apia once had none.
fn next_midnight(zone: &str, at: At) -> At {
    midnight(zone, midnight(zone, at).plus(DAY + 2 * HOUR))
}

fn local(at: At, zone: &str, form: &str) -> String {
    at.to_utc().with_timezone(&wall::zone(zone)).format(form).to_string()
}

fn cut(window: Window, next: impl Fn(At) -> At) -> impl Iterator<Item = Window> {
    let mut from = window.from;
    let mut left = MOST;
    std::iter::from_fn(move || {
        let to = next(from).min(window.to).max(from.plus(1));
        let piece = (from < window.to && left > 0).then_some(Window::new(from, to));
        (from, left) = (to, left - 1);
        piece
    })
}

/// The days of a window, each by its date.
pub(super) fn days(window: Window, zone: &str) -> impl Iterator<Item = (String, Window)> {
    cut(window, |at| next_midnight(zone, at)).map(|w| (local(w.from, zone, "%Y-%m-%d"), w))
}

/// Its half hours, each by when it begins.
pub(super) fn intervals(window: Window, zone: &str) -> impl Iterator<Item = (String, Window)> {
    let start = window.from;
    cut(window, move |at| start.plus((at.since(start) / INTERVAL + 1) * INTERVAL))
        .map(|w| (local(w.from, zone, "%Y-%m-%d %H:%M"), w))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At {
        At::from_rfc3339(text).expect("an instant")
    }

    #[test]
    fn days_are_named_as_people_name_them() {
        let now = at("2026-03-09T10:00:00Z");
        let berlin = |from, to| window(from, to, "Europe/Berlin", now).expect("a window");
        assert_eq!(berlin(None, None), Window::new(at("2026-03-08T23:00:00Z"), at("2026-03-09T23:00:00Z")));
        let march = berlin(Some("2026-03-28"), Some("2026-03-29"));
        assert_eq!(march, Window::new(at("2026-03-27T23:00:00Z"), at("2026-03-29T22:00:00Z")));
        let cut: Vec<_> = days(march, "Europe/Berlin").collect();
        assert_eq!(cut.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["2026-03-28", "2026-03-29"]);
        assert_eq!(cut[1].1.ms(), 23 * HOUR, "the clock went forward");
        assert_eq!(berlin(None, Some("2026-03-01")).ms(), DAY);
        assert_eq!(intervals(march, "Europe/Berlin").count(), 94);
        assert!(window(Some("2026-03-09"), Some("2026-03-08"), "UTC", now).is_err());
        assert!(window(Some("yesterday"), None, "UTC", now).is_err());
    }
}
