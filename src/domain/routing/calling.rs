//! When a customer may be called: within the firm's calling hours as the clock stands where the customer is
//! (operations 2.2, calling-hours guard).
//!
//! A customer whose zone nobody knows may be in any of the house's calling zones, so all of them must allow it. The
//! zone goes along with the callback, because the router never looks at customers. Invariant: what [`fits`] allows
//! can be accepted until the offer's end without leaving the hours.

use chrono::{NaiveTime, TimeDelta, TimeZone, Timelike};

use super::offer_ms;
use crate::domain::calendar::tz::Tz;
use crate::domain::calendar::wall::{self, Zone};
use crate::domain::state::State;
use crate::domain::time::{At, MINUTE};
use crate::domain::work::{Channel, Interaction};

/// Openings looked at before hours of several zones count as never meeting.
const TRIES: usize = 24;

/// The zones that must all allow a call: the customer's, or those the house names, or the firm's own.
fn zones(state: &State, zone: Option<Zone>) -> Vec<Tz> {
    match zone {
        Some(zone) => vec![zone.tz()],
        None if state.house().calling_zones.is_empty() => {
            vec![wall::zone(state.firm().map_or("", |f| f.zone.as_str()))]
        }
        None => state.house().calling_zones.iter().map(|name| wall::zone(name)).collect(),
    }
}

/// Minutes after midnight there.
fn minute(zone: Tz, at: At) -> u16 {
    let local = at.to_utc().with_timezone(&zone);
    (local.hour() * 60 + local.minute()) as u16
}

/// When the wall clock there next shows a minute of the day, from `at` on.
fn next_minute(zone: Tz, at: At, minute: u16) -> At {
    let midnight = zone.from_utc_datetime(&at.to_utc().naive_utc()).date_naive().and_time(NaiveTime::MIN);
    let on = |days: i64| wall::instant(zone, midnight + TimeDelta::minutes(days * 1_440 + i64::from(minute)));
    (0..3).map(on).find(|then| *then >= at).unwrap_or(at)
}

/// Whether a customer in this zone may be called at an instant: from the first minute, before the last.
pub fn may_call(state: &State, zone: Option<Zone>, at: At) -> bool {
    let (from, to) = state.house().calling;
    zones(state, zone).into_iter().all(|z| (from..to).contains(&minute(z, at)))
}

/// The instant itself when they may be called then, else when next; `None` when the hours of all zones never meet.
pub fn next_call(state: &State, zone: Option<Zone>, at: At) -> Option<At> {
    let (from, to) = state.house().calling;
    let zones = zones(state, zone);
    let mut then = at;
    for _ in 0..TRIES {
        match zones.iter().find(|z| !(from..to).contains(&minute(**z, then))) {
            None => return Some(then),
            Some(shut) => then = next_minute(*shut, then, from),
        }
    }
    None
}

/// When calls become possible again after `now`, be they possible now or not; `None` is never, or around the clock.
pub fn reopens(state: &State, zone: Option<Zone>, now: At) -> Option<At> {
    let (from, to) = state.house().calling;
    if (from, to) == (0, 1_440) {
        return None;
    }
    let shut = match next_call(state, zone, now)? {
        open if open > now => return Some(open),
        _ => zones(state, zone).into_iter().map(|z| next_minute(z, now, to)).min()?,
    };
    next_call(state, zone, shut)
}

/// Whether a waiting interaction may be offered now as far as calling hours go: it is no callback, or the customer
/// may be called until the offer ends.
pub fn fits(state: &State, i: &Interaction, now: At) -> bool {
    if i.channel != Channel::Callback {
        return true;
    }
    let zone = i.place.owed.and_then(|o| o.zone);
    may_call(state, zone, now) && may_call(state, zone, now.plus(offer_ms(state, i)))
}

/// The hours as people say them: `8:00 to 21:00`.
pub fn hours((from, to): (u16, u16)) -> String {
    let time = |m: u16| format!("{}:{:02}", m / 60, m % 60);
    format!("{} to {}", time(from), time(to))
}

/// What time it is where the customer is, or where the house says they may be: `22:10`.
pub fn their_time(state: &State, zone: Option<Zone>, at: At) -> String {
    let at = At(at.0 - at.0.rem_euclid(MINUTE));
    let zone = zones(state, zone).into_iter().find(|z| {
        let (from, to) = state.house().calling;
        !(from..to).contains(&minute(*z, at))
    });
    zone.map_or_else(String::new, |z| at.to_utc().with_timezone(&z).format("%-H:%M").to_string())
}
