//! Local wall time to instants, where clocks jump.

use chrono::{LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::domain::time::At;

/// Longest stretch of wall time a zone ever left out (Apia and Kwajalein skipped a whole day), in steps of 15 minutes.
const LONGEST_GAP: i32 = 4 * 26;

/// The zone of a name; an empty or unknown one is UTC.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(chrono_tz::UTC)
}

/// Local wall time to an instant. In a gap the offset before it counts (RFC 5545 3.3.5); of two, the first.
pub fn instant(zone: Tz, wall: NaiveDateTime) -> At {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => At(t.timestamp_millis()),
        LocalResult::None => {
            let before = (1..=LONGEST_GAP)
                .filter_map(|step| wall.checked_sub_signed(TimeDelta::minutes(15 * i64::from(step))))
                .find_map(|earlier| zone.from_local_datetime(&earlier).latest());
            let offset = before.map_or(0, |t| i64::from(t.offset().fix().local_minus_utc()));
            At(wall.and_utc().timestamp_millis() - offset * 1000)
        }
    }
}
