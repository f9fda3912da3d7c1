//! Business calendars: when it is open, how much open time lies between two instants, and when a promise is due.
//!
//! A calendar is a row with versions; at every instant the version in force then counts, so a change never rewrites
//! the past. All sums are of real milliseconds: each local window becomes a span of UTC first (operations 3.2), so a
//! night in which the clock is put on or back has the length it really has. Start at [`Calendar::due`]; the spans
//! are made in [`spans`], wall time is read in [`wall`]. Nothing here reads a clock.

pub mod check;
pub mod spans;
pub mod tz;
pub mod wall;
pub mod words;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::CalendarId;
use super::time::{At, DAY};
use spans::{Span, Spans};

/// How far ahead an opening or a due time is looked for.
const HORIZON_MS: i64 = 3 * 366 * DAY;

/// A firm's opening hours by a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Identity.
    pub id: CalendarId,
    /// Short name used in files and on the command line.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// What held since when, oldest first, at least one. The first also counts for all time before it.
    pub versions: Vec<Version>,
    /// False once retired; queues and policies that name it keep it.
    pub active: bool,
}

/// A timetable and since when it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// In force from this instant until the next version's.
    pub from: At,
    /// What is in force.
    pub timetable: Timetable,
}

/// Weekly windows in one zone, with the days that are otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timetable {
    /// IANA zone; empty is UTC.
    pub zone: String,
    /// When it is open; none is around the clock.
    pub windows: Vec<Window>,
    /// Days without windows of their own.
    pub holidays: Vec<Holiday>,
    /// Days with other hours.
    pub exceptions: Vec<Exception>,
}

/// One window on one weekday. A window whose end is not after its start runs over midnight; it belongs to the day on
/// which it begins, so a holiday takes away the night that begins on it and not the one that ends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// 0 is Monday, 6 is Sunday.
    pub day: u8,
    /// Minutes after local midnight, 0–1439.
    pub from: u16,
    /// Minutes after local midnight, 1–1440.
    pub to: u16,
}

/// A day on which nothing opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holiday {
    /// Local date.
    pub date: NaiveDate,
    /// Name shown, or empty.
    pub name: String,
}

/// A day with other hours than its weekday.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exception {
    /// Local date.
    pub date: NaiveDate,
    /// From and to, minutes after local midnight, as in [`Window`].
    pub hours: Vec<(u16, u16)>,
    /// Name shown, or empty.
    pub name: String,
}

impl Calendar {
    /// A calendar with one timetable that always held.
    pub fn new(key: &str, timetable: Timetable) -> Calendar {
        let versions = vec![Version { from: At(0), timetable }];
        Calendar { id: CalendarId(0), key: key.to_owned(), name: key.to_owned(), versions, active: true }
    }

    /// Open around the clock: what counts where no calendar is named.
    pub fn always() -> Calendar {
        Calendar::new("always", Timetable::default())
    }

    /// The timetable in force at an instant.
    pub fn in_force(&self, at: At) -> Option<&Timetable> {
        let version = self.versions.iter().rev().find(|v| v.from <= at).or_else(|| self.versions.first());
        version.map(|v| &v.timetable)
    }

    /// Sets what is in force from an instant on. Earlier versions stay; one that begins at that very instant gives
    /// way. Says whether anything changed.
    pub fn revise(&mut self, from: At, timetable: Timetable) -> bool {
        if self.in_force(from) == Some(&timetable) {
            return false;
        }
        self.versions.retain(|v| v.from != from);
        let place = self.versions.partition_point(|v| v.from < from);
        self.versions.insert(place, Version { from, timetable });
        true
    }

    /// Whether it is open. The first millisecond of a window is in it, its end is not.
    pub fn open_at(&self, at: At) -> bool {
        self.spans(at, at.plus(1)).next().is_some()
    }

    /// Open milliseconds between two instants; 0 when `to` is not after `from`.
    pub fn open_ms(&self, from: At, to: At) -> i64 {
        self.spans(from, to).map(|(a, b)| b.since(a)).sum()
    }

    /// First instant at which the open time since `from` reaches `ms`; `None` when it is not open that long within
    /// three years.
    pub fn due(&self, from: At, ms: i64) -> Option<At> {
        let mut left = ms;
        if left <= 0 {
            return Some(from);
        }
        for (a, b) in self.spans(from, from.plus(HORIZON_MS)) {
            let open = b.since(a);
            if open >= left {
                return Some(a.plus(left));
            }
            left -= open;
        }
        None
    }

    /// The instant itself when it is open then, else when it opens next; `None` when it does not within three years.
    pub fn next_opening(&self, at: At) -> Option<At> {
        self.spans(at, at.plus(HORIZON_MS)).next().map(|(a, _)| a)
    }

    /// Open spans between two instants, ascending, apart from each other.
    pub fn spans(&self, from: At, to: At) -> impl Iterator<Item = Span> + '_ {
        self.versions.iter().enumerate().flat_map(move |(n, version)| {
            let begin = if n == 0 { from } else { from.max(version.from) };
            let end = self.versions.get(n + 1).map_or(to, |next| to.min(next.from));
            Spans::new(&version.timetable, begin, end)
        })
    }
}

#[cfg(test)]
mod tests;
