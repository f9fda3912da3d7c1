//! What is wrong with a timetable, and where.

use super::words::{typed_hours, typed_window};
use super::{Timetable, Window};
use crate::domain::calendar::tz::Tz;

/// Minutes in a week.
const WEEK: i32 = 7 * 1_440;
/// Most windows in a week, and most windows of one day with other hours.
const MAX_WINDOWS: usize = 200;
/// Most holidays, and most days with other hours.
const MAX_DAYS: usize = 2_000;

/// Something a timetable cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: `zone`, `mon 09:00-17:00`, `holiday 2026-12-25`.
    pub place: String,
    /// What is wrong and how it should be.
    pub because: String,
}

fn fault(place: impl Into<String>, because: impl Into<String>) -> Fault {
    Fault { place: place.into(), because: because.into() }
}

/// Refuses unknown zones, empty and overlapping windows, and days named twice.
pub fn timetable(t: &Timetable) -> Result<(), Fault> {
    zone(&t.zone)?;
    if t.windows.len() > MAX_WINDOWS || t.holidays.len() > MAX_DAYS || t.exceptions.len() > MAX_DAYS {
        return Err(fault("calendar", "it has more windows or days than a desk can mean; take some away"));
    }
    for window in &t.windows {
        let place = typed_window(window);
        if window.day > 6 {
            return Err(fault(place, "a weekday is a number from 0 (Monday) to 6"));
        }
        hours(&place, window.from, window.to)?;
    }
    week(&t.windows)?;
    let mut days: Vec<_> = t.holidays.iter().map(|h| h.date).chain(t.exceptions.iter().map(|e| e.date)).collect();
    days.sort_unstable();
    if let Some(twice) = days.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(fault(twice[0].to_string(), "this day is named twice; keep one"));
    }
    for exception in &t.exceptions {
        let place = exception.date.to_string();
        if exception.hours.is_empty() {
            return Err(fault(place, "other hours need at least one window; a day off is a holiday"));
        }
        for (from, to) in &exception.hours {
            hours(&format!("{place} {}", typed_hours(&[(*from, *to)])), *from, *to)?;
        }
        let spread = exception.hours.iter().map(|&(from, to)| (length(from, to), from, to));
        let mut spread: Vec<_> = spread.map(|(len, from, to)| (i32::from(from), len, (from, to))).collect();
        spread.sort_unstable();
        for pair in spread.windows(2) {
            if pair[0].0 + pair[0].1 > pair[1].0 {
                let place = format!("{place} {}", typed_hours(&[pair[1].2]));
                return Err(fault(place, format!("it overlaps {}", typed_hours(&[pair[0].2]))));
            }
        }
    }
    Ok(())
}

/// Refuses a zone nobody knows; an empty one is UTC.
pub fn zone(zone: &str) -> Result<(), Fault> {
    if zone.is_empty() || zone.parse::<Tz>().is_ok() {
        return Ok(());
    }
    Err(fault("zone", format!("{zone} is no IANA time zone; write it like Europe/London")))
}

fn hours(place: &str, from: u16, to: u16) -> Result<(), Fault> {
    if from >= 1_440 || to > 1_440 {
        return Err(fault(place, "a time of day is between 00:00 and 24:00"));
    }
    if from == to || to == 0 {
        return Err(fault(place, "it is empty; a whole day is 00:00-24:00"));
    }
    Ok(())
}

/// Minutes from start to end, over midnight when the end is not after the start.
fn length(from: u16, to: u16) -> i32 {
    let (from, to) = (i32::from(from), i32::from(to));
    if to > from { to - from } else { to + 1_440 - from }
}

/// Refuses windows that overlap anywhere in the week, Sunday night into Monday included.
fn week(windows: &[Window]) -> Result<(), Fault> {
    let mut all: Vec<(i32, i32, &Window)> =
        windows.iter().map(|w| (i32::from(w.day) * 1_440 + i32::from(w.from), length(w.from, w.to), w)).collect();
    all.sort_unstable();
    let clash = |earlier: &Window, later: &Window| {
        Err(fault(typed_window(later), format!("it overlaps {}", typed_window(earlier))))
    };
    for pair in all.windows(2) {
        if pair[0].0 + pair[0].1 > pair[1].0 {
            return clash(pair[0].2, pair[1].2);
        }
    }
    match (all.first(), all.last()) {
        (Some(first), Some(last)) if all.len() > 1 && last.0 + last.1 > first.0 + WEEK => clash(last.2, first.2),
        _ => Ok(()),
    }
}
