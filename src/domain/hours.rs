//! Opening hours: weekly windows in the firm's zone.

use chrono::{Datelike, NaiveTime, TimeZone, Weekday};
use serde::{Deserialize, Serialize};

use super::time::At;

/// Weekly opening windows in one IANA zone. No windows means always open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hours {
    /// IANA zone; empty is UTC.
    pub zone: String,
    /// When it is open.
    pub windows: Vec<Window>,
}

/// One window on one weekday. A window whose end is not after its start runs over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// 0 is Monday, 6 is Sunday.
    pub day: u8,
    /// Minutes after local midnight, 0–1439.
    pub from: u16,
    /// Minutes after local midnight, 1–1440.
    pub to: u16,
}

impl Hours {
    /// Whether it is open at `now`. An unknown zone counts as UTC.
    pub fn open_at(&self, now: At) -> bool {
        if self.windows.is_empty() {
            return true;
        }
        let zone: chrono_tz::Tz = self.zone.parse().unwrap_or(chrono_tz::UTC);
        let local = zone.from_utc_datetime(&now.to_utc().naive_utc());
        let minute = local.time().signed_duration_since(NaiveTime::MIN).num_minutes() as u16;
        let today = local.weekday().num_days_from_monday() as u8;
        let yesterday = (today + 6) % 7;
        self.windows.iter().any(|w| {
            if w.to > w.from {
                w.day == today && (w.from..w.to).contains(&minute)
            } else {
                (w.day == today && minute >= w.from) || (w.day == yesterday && minute < w.to)
            }
        })
    }
}

/// Reads `mon`, `mon-fri`, `mon,wed,fri` or `daily` into weekday numbers, 0 is Monday.
pub fn parse_days(text: &str) -> Option<Vec<u8>> {
    if text.trim() == "daily" {
        return Some((0..7).collect());
    }
    let mut days = Vec::new();
    for part in text.split(',') {
        match part.trim().split_once('-') {
            Some((a, b)) => {
                let (a, b) = (weekday(a)?, weekday(b)?);
                days.extend((0..=(b + 7 - a) % 7).map(|i| (a + i) % 7));
            }
            None => days.push(weekday(part)?),
        }
    }
    days.sort_unstable();
    days.dedup();
    Some(days)
}

/// Reads `HH:MM`, up to `24:00`, into minutes after midnight.
pub fn parse_minute(text: &str) -> Option<u16> {
    let (h, m) = text.trim().split_once(':')?;
    let (h, m): (u16, u16) = (h.parse().ok()?, m.parse().ok()?);
    (m < 60 && (h < 24 || (h == 24 && m == 0))).then_some(h * 60 + m)
}

fn weekday(text: &str) -> Option<u8> {
    text.trim().parse::<Weekday>().ok().map(|d| d.num_days_from_monday() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> At {
        At::from_rfc3339(text).expect("a valid instant")
    }

    #[test]
    fn windows_follow_the_zone_and_midnight() {
        let hours = Hours {
            zone: "Europe/Berlin".into(),
            windows: vec![Window { day: 0, from: 540, to: 1020 }, Window { day: 4, from: 1320, to: 360 }],
        };
        assert!(hours.open_at(at("2025-06-02T07:00:00Z"))); // Monday 09:00 in Berlin
        assert!(!hours.open_at(at("2025-06-02T06:59:00Z")));
        assert!(!hours.open_at(at("2025-06-02T15:00:00Z"))); // 17:00: the end is not in it
        assert!(hours.open_at(at("2025-06-06T20:30:00Z"))); // Friday 22:30
        assert!(hours.open_at(at("2025-06-07T03:59:00Z"))); // Saturday 05:59, still Friday's night
        assert!(!hours.open_at(at("2025-06-07T04:00:00Z")));
    }

    #[test]
    fn days_and_minutes_read_as_people_write_them() {
        assert_eq!(parse_days("mon-fri"), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(parse_days("sat-mon"), Some(vec![0, 5, 6]));
        assert_eq!(parse_days("tue, thu"), Some(vec![1, 3]));
        assert_eq!(parse_days("someday"), None);
        assert_eq!(parse_minute("24:00"), Some(1440));
        assert_eq!(parse_minute("24:01"), None);
        assert_eq!(parse_minute("9:05"), Some(545));
    }
}
