//! A timetable as spans of real time.
//!
//! Days are turned into spans one by one, a little ahead of what is given out, because where a zone jumps a later
//! window can begin before an earlier one. One invariant: spans come ascending, never touch, never overlap.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};

use super::wall::{self, instant};
use super::{Timetable, Window};
use crate::domain::calendar::tz::Tz;
use crate::domain::time::{At, DAY};

/// From, and up to but not including.
pub type Span = (At, At);

/// Days generated before the first instant asked for: a window lasts up to a day, a zone can skip another.
const BEHIND: u64 = 3;
/// What is generated later begins after the newest day's midnight less this.
const AHEAD_MS: i64 = 2 * DAY;

/// Open spans of one timetable between two instants.
pub struct Spans<'t> {
    timetable: &'t Timetable,
    zone: Tz,
    from: At,
    to: At,
    /// The next local day to turn into spans; `None` is the end.
    day: Option<NaiveDate>,
    /// Spans made so far, ascending and apart.
    ready: Vec<Span>,
}

impl<'t> Spans<'t> {
    /// Spans between `from` and `to`, cut to them.
    pub fn new(timetable: &'t Timetable, from: At, to: At) -> Spans<'t> {
        let zone = wall::zone(&timetable.zone);
        let mut day = None;
        let mut ready = Vec::new();
        if timetable.is_always() {
            ready.push((from, to));
        } else if from < to {
            day = from.to_utc().with_timezone(&zone).date_naive().checked_sub_days(Days::new(BEHIND));
        }
        Spans { timetable, zone, from, to, day, ready }
    }

    /// Generates one day; says from when on later days may still add something.
    fn generate(&mut self, day: NaiveDate) -> At {
        self.day = day.succ_opt();
        let midnight = instant(self.zone, day.and_time(NaiveTime::MIN));
        let next = self.day.map_or(midnight, |d| instant(self.zone, d.and_time(NaiveTime::MIN)));
        // A day the zone skipped has no windows: moved by the rule for gaps, they would open the day after.
        if next > midnight {
            for (from, to) in self.timetable.hours_of(day) {
                let to_day = if to > from { Some(day) } else { self.day };
                let Some(to_day) = to_day else { continue };
                let (a, b) = (self.instant(day, from), self.instant(to_day, to));
                if a < b {
                    self.ready.push((a, b));
                }
            }
            self.ready.sort_unstable();
            self.ready = merged(&self.ready);
        }
        if midnight >= self.to {
            self.day = None;
            return At(i64::MAX);
        }
        midnight.plus(-AHEAD_MS)
    }

    fn instant(&self, day: NaiveDate, minute: u16) -> At {
        let wall = day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(i64::from(minute)));
        wall.map_or(At(i64::MAX), |wall| instant(self.zone, wall))
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let mut settled = At(i64::MIN);
        loop {
            if self.day.is_none() {
                settled = At(i64::MAX);
            }
            match self.ready.first().copied() {
                Some((a, b)) if b < settled => {
                    self.ready.remove(0);
                    let (a, b) = (a.max(self.from), b.min(self.to));
                    if a < b {
                        return Some((a, b));
                    }
                    if a >= self.to {
                        (self.day, self.ready) = (None, Vec::new());
                    }
                }
                _ => settled = self.generate(self.day?),
            }
        }
    }
}

impl Timetable {
    /// Whether no day differs from any other: open around the clock.
    fn is_always(&self) -> bool {
        self.windows.is_empty() && self.holidays.is_empty() && self.exceptions.is_empty()
    }

    /// The windows that begin on a local day, as minutes after its midnight.
    pub fn hours_of(&self, day: NaiveDate) -> Vec<(u16, u16)> {
        if self.holidays.iter().any(|h| h.date == day) {
            return Vec::new();
        }
        if let Some(exception) = self.exceptions.iter().find(|e| e.date == day) {
            return exception.hours.clone();
        }
        if self.windows.is_empty() {
            return vec![(0, 1_440)];
        }
        let weekday = day.weekday().num_days_from_monday() as u8;
        let of_day = |w: &&Window| w.day == weekday;
        self.windows.iter().filter(of_day).map(|w| (w.from, w.to)).collect()
    }
}

/// Sorted spans without overlaps and without seams.
fn merged(sorted: &[Span]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(sorted.len());
    for &(a, b) in sorted {
        match out.last_mut() {
            Some(last) if a <= last.1 => last.1 = last.1.max(b),
            _ => out.push((a, b)),
        }
    }
    out
}
