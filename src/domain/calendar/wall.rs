//! Local wall time to instants, where clocks jump.

use std::cmp::Ordering;

use chrono::{LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::calendar::tz::Tz;
use crate::domain::time::At;

/// Longest stretch of wall time a zone ever left out (Apia and Kwajalein skipped a whole day), in steps of 15 minutes.
const LONGEST_GAP: i32 = 4 * 26;

/// A zone that is known, by its IANA name in files, events and on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// Reads an IANA name; `None` when it is empty or no zone.
    pub fn of(name: &str) -> Option<Zone> {
        name.trim().parse().ok().map(Zone)
    }

    /// Its name: `Europe/London`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// For reckoning.
    pub fn tz(self) -> Tz {
        self.0
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Zone) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Zone) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(from)?;
        Zone::of(&name).ok_or_else(|| de::Error::custom(format!("there is no zone {name}")))
    }
}

/// The zone of a name; an empty or unknown one is UTC.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or_else(|_| Tz::utc())
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
