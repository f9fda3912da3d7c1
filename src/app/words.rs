//! Spans and instants as people read them. Times are shown in this machine's zone, minutes unless seconds matter.

use chrono::{DateTime, Datelike, Timelike, Weekday};

use crate::domain::calendar::tz::Tz;
use crate::domain::time::{At, DAY, HOUR, MINUTE, SECOND};
use crate::lang;

/// A running clock: `0:31`, `12:05`, `1:02:33`.
pub fn clock(ms: i64) -> String {
    let s = ms.max(0) / SECOND;
    if s < 3600 {
        format!("{}:{:02}", s / 60, s % 60)
    } else {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

/// What [`short`] says of less than a minute.
pub fn now() -> &'static str {
    t!("now")
}

/// A span in short, by minutes: `now`, `3m`, `1h05`, `2d`.
pub fn short(ms: i64) -> String {
    let m = ms.max(0) / MINUTE;
    match m {
        0 => now().to_owned(),
        1..60 => format!("{m}m"),
        60..1440 => format!("{}h{:02}", m / 60, m % 60),
        _ => t!("{n}d", n = m / 1440),
    }
}

/// A span in words: `40 s`, `3 min`, `2 h`, `4 days`.
pub fn long(ms: i64) -> String {
    match ms.max(0) {
        ms if ms < 2 * DAY => crate::domain::refusal::ago(ms),
        ms => tn!(ms / DAY, "{n} day", "{n} days"),
    }
}

/// Calendar time in an IANA zone; unknown zones count as UTC.
pub fn local(at: At, zone: &str) -> DateTime<Tz> {
    at.to_utc().with_timezone(&zone.parse().unwrap_or_else(|_| Tz::utc()))
}

/// `14:30`.
pub fn hour(at: At, zone: &str) -> String {
    let t = local(at, zone);
    format!("{:02}:{:02}", t.hour(), t.minute())
}

/// `14:30:05`.
pub fn second(at: At, zone: &str) -> String {
    local(at, zone).format("%H:%M:%S").to_string()
}

/// `Tue`.
pub fn weekday(t: &DateTime<Tz>) -> &'static str {
    match t.weekday() {
        Weekday::Mon => t!("Mon"),
        Weekday::Tue => t!("Tue"),
        Weekday::Wed => t!("Wed"),
        Weekday::Thu => t!("Thu"),
        Weekday::Fri => t!("Fri"),
        Weekday::Sat => t!("Sat"),
        Weekday::Sun => t!("Sun"),
    }
}

/// `3 Jun`: the month always by its name, so that nobody takes it for the day.
pub fn day(t: &DateTime<Tz>) -> String {
    const MONTHS: [&str; 12] = [
        tk!("Jan"),
        tk!("Feb"),
        tk!("Mar"),
        tk!("Apr"),
        tk!("May"),
        tk!("Jun"),
        tk!("Jul"),
        tk!("Aug"),
        tk!("Sep"),
        tk!("Oct"),
        tk!("Nov"),
        tk!("Dec"),
    ];
    t!("{day} {month}", day = t.day(), month = lang::text(MONTHS[t.month0() as usize % 12]))
}

/// `3 Jun 2024 14:30`.
pub fn dated(at: At, zone: &str) -> String {
    let t = local(at, zone);
    format!("{} {} {:02}:{:02}", day(&t), t.year(), t.hour(), t.minute())
}

/// `14:30` today, `Tue 9:00` within the week, `3 Jun 9:00` this year, `3 Jun 2024` else.
pub fn moment(at: At, now: At, zone: &str) -> String {
    let (t, n) = (local(at, zone), local(now, zone));
    let days = (t.date_naive() - n.date_naive()).num_days();
    match days {
        0 => hour(at, zone),
        1..7 => format!("{} {}:{:02}", weekday(&t), t.hour(), t.minute()),
        _ if t.year() == n.year() => format!("{} {}:{:02}", day(&t), t.hour(), t.minute()),
        _ => format!("{} {}", day(&t), t.year()),
    }
}

/// An instant ahead in five letters: `14:30` today, `Tue` within the week, `12d` else.
pub fn soon(at: At, now: At, zone: &str) -> String {
    let (t, n) = (local(at, zone), local(now, zone));
    match (t.date_naive() - n.date_naive()).num_days() {
        0 => hour(at, zone),
        1..7 => weekday(&t).to_owned(),
        days => t!("{n}d", n = days),
    }
}

/// `14:30` today, `3 Jun` this year, `3 Jun 2024` else.
pub fn date(at: At, now: At, zone: &str) -> String {
    let (t, n) = (local(at, zone), local(now, zone));
    if t.date_naive() == n.date_naive() {
        hour(at, zone)
    } else if t.year() == n.year() {
        day(&t)
    } else {
        format!("{} {}", day(&t), t.year())
    }
}

/// `Tue 3 Jun 14:30 (in 2 h)`.
pub fn resolved(at: At, now: At, zone: &str) -> String {
    let t = local(at, zone);
    let clock = format!("{:02}:{:02}", t.hour(), t.minute());
    t!("{weekday} {day} {clock} (in {span})", weekday = weekday(&t), day = day(&t), clock, span = long(at.since(now)))
}

/// The place an IANA zone is named after: `New York`.
pub fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or_default().replace('_', " ")
}

/// The first letters of the first line, for a list.
pub fn excerpt(text: &str, most: usize) -> String {
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim();
    let mut chars = line.chars();
    let mut cut: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Milliseconds until [`short`] says something else.
pub fn until_short(ms: i64) -> i64 {
    let step = if ms < DAY { MINUTE } else { HOUR };
    step - ms.max(0) % step
}

/// Whole seconds from `now` until an instant, begun ones included; none once it is past.
pub fn seconds_left(until: At, now: At) -> i64 {
    (until.since(now).max(0) + 999) / 1000
}

/// A number of bytes in a few cells: `12.3 kB`.
pub fn bytes(n: u64) -> String {
    match n {
        0..1000 => t!("{n} B", n),
        1000..1_000_000 => t!("{n} kB", n = format!("{:.1}", n as f64 / 1e3)),
        _ => t!("{n} MB", n = format!("{:.1}", n as f64 / 1e6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        assert_eq!(clock(31_400), "0:31");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(short(59_999), "now");
        assert_eq!(short(65 * MINUTE), "1h05");
        assert_eq!(short(49 * HOUR), "2d");
        assert_eq!(until_short(61_000), 59_000);
        assert_eq!(excerpt("\n  héllo wörld\nmore", 5), "héllo…");
    }

    #[test]
    fn instants_follow_the_zone() {
        let at = |t| At::from_rfc3339(t).expect("an instant");
        let now = at("2025-06-02T07:00:00Z");
        let zone = "Europe/Berlin";
        assert_eq!(moment(at("2025-06-02T12:30:00Z"), now, zone), "14:30");
        assert_eq!(moment(at("2025-06-03T07:00:00Z"), now, zone), "Tue 9:00");
        assert_eq!(moment(at("2024-06-03T07:00:00Z"), now, zone), "3 Jun 2024");
        assert_eq!(soon(at("2025-06-02T21:30:00Z"), now, zone), "23:30");
        assert_eq!(soon(at("2025-06-02T22:30:00Z"), now, zone), "Tue");
        assert_eq!(soon(at("2025-06-14T22:30:00Z"), now, zone), "13d");
        assert_eq!(resolved(at("2025-06-02T09:00:00Z"), now, zone), "Mon 2 Jun 11:00 (in 2 h)");
    }
}
