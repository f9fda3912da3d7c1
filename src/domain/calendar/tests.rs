//! The vectors of operations 3.3, what a calendar refuses, and a comparison with counting minutes one by one.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use proptest::prelude::*;

use super::*;
use crate::domain::time::{HOUR, MINUTE};

fn at(text: &str) -> At {
    At::from_rfc3339(text).expect("a valid instant")
}

fn calendar(zone: &str, hours: &str, holidays: &[&str]) -> Calendar {
    let holidays = holidays.iter().map(|h| words::holiday(h).expect("a date")).collect();
    let windows = words::windows(hours).expect("hours");
    Calendar::new("test", Timetable { zone: zone.into(), windows, holidays, exceptions: Vec::new() })
}

/// A local wall time that exists, as an instant.
fn local(zone: &str, wall: &str) -> At {
    let wall = chrono::NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").expect("a wall time");
    wall::instant(zone.parse().expect("a zone"), wall)
}

/// Zone, hours, holidays, start (local), target in minutes, due.
type Vector = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, i64, &'static str);

const VECTORS: [Vector; 17] = [
    ("B1", "Europe/Berlin", "mon-fri 9:00-17:00", &[], "2025-03-28 16:30", 240, "2025-03-31T12:30:00+02:00"),
    ("B2", "Europe/Berlin", "always", &[], "2025-03-29 22:00", 480, "2025-03-30T07:00:00+02:00"),
    ("B3", "Europe/Berlin", "daily 22:00-06:00", &[], "2025-03-29 21:00", 450, "2025-03-30T22:30:00+02:00"),
    ("B4", "Europe/Berlin", "daily 22:00-06:00", &[], "2025-10-25 21:00", 510, "2025-10-26T05:30:00+01:00"),
    ("B5", "Europe/Berlin", "daily 02:30-08:00", &[], "2025-03-30 00:00", 60, "2025-03-30T04:30:00+02:00"),
    ("B6", "America/New_York", "always", &[], "2025-11-01 23:00", 240, "2025-11-02T02:00:00-05:00"),
    (
        "B7",
        "Europe/London",
        "mon-fri 9:00-17:00",
        &["2025-12-25", "2025-12-26"],
        "2025-12-24 16:00",
        240,
        "2025-12-29T12:00:00Z",
    ),
    ("B8", "Asia/Kolkata", "mon-fri 9:00-17:00", &["2025-08-15"], "2025-08-15 10:00", 60, "2025-08-18T10:00:00+05:30"),
    ("B9", "Europe/London", "mon-fri 9:00-17:00", &[], "2025-06-06 17:00", 240, "2025-06-09T13:00:00+01:00"),
    ("B10", "Europe/London", "mon-fri 9:00-17:00", &[], "2025-06-07 12:00", 30, "2025-06-09T09:30:00+01:00"),
    (
        "B11",
        "Europe/London",
        "mon-fri 9:00-12:00, 13:00-17:00",
        &[],
        "2025-06-06 11:30",
        120,
        "2025-06-06T14:30:00+01:00",
    ),
    ("B12", "Australia/Lord_Howe", "always", &[], "2025-04-05 22:00", 480, "2025-04-06T05:30:00+10:30"),
    ("B13", "Pacific/Apia", "always", &[], "2011-12-29 20:00", 480, "2011-12-31T04:00:00+14:00"),
    ("B14", "America/Sao_Paulo", "always", &[], "2018-11-03 20:00", 480, "2018-11-04T05:00:00-02:00"),
    ("B15", "Europe/London", "mon-fri 9:00-17:00", &[], "2025-06-06 16:00", 60, "2025-06-06T17:00:00+01:00"),
    ("B16", "Asia/Kathmandu", "mon-fri 9:00-17:00", &[], "2024-02-28 16:00", 600, "2024-03-01T10:00:00+05:45"),
    ("B17", "America/New_York", "mon-fri 8:00-17:00", &[], "2025-06-06 16:00", 240, "2025-06-09T11:00:00-04:00"),
];

#[test]
fn every_vector_of_the_trade() {
    for (name, zone, hours, holidays, start, minutes, due) in VECTORS {
        let (calendar, start) = (calendar(zone, hours, holidays), local(zone, start));
        assert_eq!(calendar.due(start, minutes * MINUTE), Some(at(due)), "{name}");
        assert_eq!(calendar.open_ms(start, at(due)), minutes * MINUTE, "{name}: the sum agrees with the due time");
        assert!(calendar.open_ms(start, at(due).plus(-1)) < minutes * MINUTE, "{name}: and it is the first instant");
    }
}

/// The same vectors where the day is one of many: written out day by day they come to the same.
#[test]
fn around_the_clock_written_out_is_the_same() {
    for (name, zone, hours, holidays, start, minutes, due) in VECTORS {
        if hours == "always" {
            let calendar = calendar(zone, "daily 00:00-24:00", holidays);
            assert_eq!(calendar.due(local(zone, start), minutes * MINUTE), Some(at(due)), "{name}");
        }
    }
}

#[test]
fn a_day_the_zone_skipped_opens_nothing() {
    // 30 December 2011 was a Friday and did not happen in Apia; the Saturday after is closed.
    let apia = calendar("Pacific/Apia", "mon-fri 9:00-17:00", &[]);
    let closing = at("2011-12-29T17:00:00-10:00");
    assert_eq!(apia.next_opening(closing), Some(at("2012-01-02T09:00:00+14:00")));
    assert_eq!(apia.open_ms(closing.plus(-HOUR), at("2012-01-02T10:00:00+14:00")), 2 * HOUR);
}

#[test]
fn a_holiday_takes_the_night_that_begins_on_it() {
    let nights = calendar("Europe/London", "daily 22:00-06:00", &["2025-12-25"]);
    assert!(nights.open_at(at("2025-12-25T05:59:59Z")), "the night of the 24th goes on");
    assert!(!nights.open_at(at("2025-12-25T23:00:00Z")) && !nights.open_at(at("2025-12-26T03:00:00Z")));
    assert!(nights.open_at(at("2025-12-26T22:00:00Z")));
}

#[test]
fn other_hours_stand_in_for_the_weekday() {
    let mut calendar = calendar("Europe/London", "mon-fri 9:00-17:00", &[]);
    let eve = words::exception("2025-12-24 09:00-12:00").expect("reads");
    let saturday = words::exception("2025-12-27 10:00-11:00").expect("reads");
    calendar.versions[0].timetable.exceptions = vec![eve, saturday];
    assert_eq!(calendar.open_ms(at("2025-12-24T00:00:00Z"), at("2025-12-25T00:00:00Z")), 3 * HOUR);
    assert_eq!(calendar.open_ms(at("2025-12-27T00:00:00Z"), at("2025-12-28T00:00:00Z")), HOUR);
    assert_eq!(calendar.due(at("2025-12-24T11:00:00Z"), 2 * HOUR), Some(at("2025-12-25T10:00:00Z")));
}

#[test]
fn at_every_instant_the_version_in_force_counts() {
    let mut calendar = calendar("Europe/London", "mon-fri 9:00-17:00", &[]);
    let longer = Timetable {
        windows: words::windows("mon-fri 8:00-20:00").expect("hours"),
        zone: "Europe/London".into(),
        ..Timetable::default()
    };
    // From Tuesday noon on it is open longer; Tuesday's morning stays as it was.
    let noon = at("2025-06-03T12:00:00+01:00");
    assert!(calendar.revise(noon, longer.clone()));
    assert!(!calendar.revise(noon.plus(HOUR), longer.clone()), "it is so already");
    assert_eq!(calendar.open_ms(at("2025-06-02T00:00:00+01:00"), at("2025-06-03T00:00:00+01:00")), 8 * HOUR);
    assert_eq!(calendar.open_ms(at("2025-06-03T00:00:00+01:00"), at("2025-06-04T00:00:00+01:00")), 11 * HOUR);
    assert_eq!(calendar.open_ms(at("2025-06-04T00:00:00+01:00"), at("2025-06-05T00:00:00+01:00")), 12 * HOUR);
    assert_eq!(calendar.due(at("2025-06-03T16:00:00+01:00"), 2 * HOUR), Some(at("2025-06-03T18:00:00+01:00")));
    // A plan for later does not count before its day.
    let shut = Timetable { holidays: vec![words::holiday("2025-06-09").expect("reads")], ..longer };
    calendar.revise(at("2025-06-09T00:00:00+01:00"), shut);
    assert_eq!(calendar.versions.len(), 3);
    assert_eq!(calendar.next_opening(at("2025-06-06T20:00:00+01:00")), Some(at("2025-06-10T08:00:00+01:00")));
}

#[test]
fn never_open_is_said_and_not_waited_for() {
    let mut calendar = calendar("UTC", "mon 9:00-10:00", &[]);
    calendar.versions[0].timetable.windows = Vec::new();
    calendar.versions[0].timetable.exceptions = vec![words::exception("2020-01-01 09:00-10:00").expect("reads")];
    assert!(calendar.next_opening(at("2025-01-01T00:00:00Z")).is_some(), "no windows is around the clock");
    calendar.versions[0].timetable.windows = vec![Window { day: 9, from: 0, to: 60 }];
    assert_eq!(calendar.next_opening(at("2025-01-01T00:00:00Z")), None);
    assert_eq!(calendar.due(at("2025-01-01T00:00:00Z"), 1), None);
    assert_eq!(calendar.due(at("2025-01-01T00:00:00Z"), 0), Some(at("2025-01-01T00:00:00Z")));
}

#[test]
fn what_a_timetable_cannot_have_is_refused_with_its_place() {
    let refused = |hours: &str| {
        let t = Timetable { windows: words::windows(hours).expect("reads"), ..Timetable::default() };
        check::timetable(&t).map_err(|f| format!("{}: {}", f.place, f.because))
    };
    assert_eq!(refused("mon-fri 9:00-17:00, sat 10:00-12:00"), Ok(()));
    assert_eq!(refused("mon 9:00-13:00, mon 12:00-17:00"), Err("mon 12:00-17:00: it overlaps mon 09:00-13:00".into()));
    assert_eq!(refused("mon 22:00-06:00, tue 05:00-07:00"), Err("tue 05:00-07:00: it overlaps mon 22:00-06:00".into()));
    assert_eq!(refused("sun 22:00-06:00, mon 05:00-07:00"), Err("mon 05:00-07:00: it overlaps sun 22:00-06:00".into()));
    assert_eq!(refused("mon 9:00-9:00"), Err("mon 09:00-09:00: it is empty; a whole day is 00:00-24:00".into()));
    assert_eq!(refused("mon 9:00-13:00, mon 13:00-17:00"), Ok(()), "one ends where the next begins");
    let mut t = Timetable { zone: "Europe/Lundon".into(), ..Timetable::default() };
    assert_eq!(check::timetable(&t).map_err(|f| f.place), Err("zone".into()));
    t.zone = "Europe/London".into();
    t.holidays = vec![words::holiday("2025-12-25").expect("reads")];
    t.exceptions = vec![words::exception("2025-12-25 09:00-10:00").expect("reads")];
    assert_eq!(check::timetable(&t).map_err(|f| f.place), Err("2025-12-25".into()));
    t.exceptions = vec![words::exception("2025-12-24 09:00-12:00, 11:00-13:00").expect("reads")];
    assert_eq!(check::timetable(&t).map_err(|f| f.place), Err("2025-12-24 11:00-13:00".into()));
}

#[test]
fn it_travels_as_bytes_and_as_text() {
    let calendar = calendar("Europe/London", "mon-fri 9:00-17:00", &["2025-12-25 Christmas"]);
    let bytes = postcard::to_stdvec(&calendar).expect("encodes");
    assert_eq!(postcard::from_bytes::<Calendar>(&bytes).ok(), Some(calendar.clone()));
    let text = serde_json::to_string(&calendar).expect("encodes");
    assert_eq!(serde_json::from_str::<Calendar>(&text).ok(), Some(calendar));
}

// ---- against counting minutes -------------------------------------------

/// Minutes before and after the start that are painted.
const REACH: i64 = 12 * 1_440;

/// One flag a minute, open or not, painted window by window; where a wall time is in UTC is found by looking at every
/// minute's wall time.
struct Painted {
    start: At,
    open: Vec<bool>,
}

impl Painted {
    fn new(t: &Timetable, start: At) -> Painted {
        let zone: crate::domain::calendar::tz::Tz = t.zone.parse().expect("a zone");
        let walls: Vec<chrono::NaiveDateTime> = (-REACH..REACH)
            .map(|m| zone.from_utc_datetime(&start.plus(m * MINUTE).to_utc().naive_utc()).naive_local())
            .collect();
        // The first minute that shows this wall time; in a gap, as far after the last minute before it as the wall
        // time is after that minute's.
        let find = |wall: chrono::NaiveDateTime| -> i64 {
            if let Some(found) = walls.iter().position(|w| *w == wall) {
                return found as i64;
            }
            let before = (1..walls.len()).find(|n| walls[*n] > wall && walls[*n - 1] < wall).expect("within reach") - 1;
            before as i64 + (wall - walls[before]).num_minutes()
        };
        let mut open = vec![false; 2 * REACH as usize];
        let first = walls[1_440].date();
        for day in first.iter_days().take((2 * REACH / 1_440) as usize - 4) {
            if !walls.iter().any(|w| w.date() == day) {
                continue;
            }
            let weekday = day.weekday().num_days_from_monday() as u8;
            let hours: Vec<(u16, u16)> = if t.holidays.iter().any(|h| h.date == day) {
                Vec::new()
            } else if let Some(e) = t.exceptions.iter().find(|e| e.date == day) {
                e.hours.clone()
            } else if t.windows.is_empty() {
                vec![(0, 1_440)]
            } else {
                t.windows.iter().filter(|w| w.day == weekday).map(|w| (w.from, w.to)).collect()
            };
            for (from, to) in hours {
                let wall = |minute: u16, days: i64| {
                    day.and_time(NaiveTime::MIN) + TimeDelta::days(days) + TimeDelta::minutes(i64::from(minute))
                };
                let (a, b) = (find(wall(from, 0)), find(wall(to, i64::from(to <= from))));
                for minute in a..b {
                    open[minute as usize] = true;
                }
            }
        }
        Painted { start, open }
    }

    fn open_at(&self, minute: i64) -> bool {
        self.open[(minute + REACH) as usize]
    }

    fn due(&self, minutes: i64) -> Option<At> {
        let mut left = minutes;
        for minute in 0..REACH - 4 * 1_440 {
            if self.open_at(minute) {
                left -= 1;
                if left == 0 {
                    return Some(self.start.plus((minute + 1) * MINUTE));
                }
            }
        }
        None
    }
}

const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Tehran",
];

/// Days on which one of the zones does something odd, so that most runs meet one.
const ODD_DAYS: [&str; 12] = [
    "2025-03-30",
    "2025-10-26",
    "2025-11-02",
    "2025-03-09",
    "2018-11-04",
    "2025-04-06",
    "2025-10-05",
    "2011-12-30",
    "2025-02-23",
    "2025-04-06",
    "2022-03-22",
    "2024-02-29",
];

fn timetables() -> impl Strategy<Value = Timetable> {
    let window = (0u8..7, 0u16..1_440, 1u16..=1_440).prop_map(|(day, from, to)| Window { day, from, to });
    let windows = prop::collection::vec(window, 1..6);
    (0..ZONES.len(), windows).prop_map(|(zone, windows)| {
        // Overlaps are refused, so keep the windows that fit.
        let mut t = Timetable { zone: ZONES[zone].into(), ..Timetable::default() };
        for window in windows {
            t.windows.push(window);
            if check::timetable(&t).is_err() {
                t.windows.pop();
            }
        }
        t
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn sums_and_due_times_are_those_of_counting(
        mut timetable in timetables(),
        odd in 0..ODD_DAYS.len(),
        shift in -2i64 * 1_440..2 * 1_440,
        length in 1i64..5 * 1_440,
        target in 1i64..2_000,
        special in 0u8..3,
    ) {
        let date: NaiveDate = ODD_DAYS[odd].parse().expect("a date");
        match special {
            1 => timetable.holidays.push(Holiday { date, name: String::new() }),
            2 => timetable.exceptions.push(Exception { date, hours: vec![(60, 200), (300, 30)], name: String::new() }),
            _ => {}
        }
        let start = At(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()).plus(shift * MINUTE);
        let painted = Painted::new(&timetable, start);
        let calendar = Calendar::new("test", timetable);
        let counted = (0..length).filter(|m| painted.open_at(*m)).count() as i64;
        prop_assert_eq!(calendar.open_ms(start, start.plus(length * MINUTE)), counted * MINUTE);
        for minute in (0..length).step_by(97) {
            prop_assert_eq!(calendar.open_at(start.plus(minute * MINUTE)), painted.open_at(minute));
        }
        if let Some(due) = painted.due(target) {
            prop_assert_eq!(calendar.due(start, target * MINUTE), Some(due));
        }
        let opening = (0..8 * 1_440).find(|m| painted.open_at(*m)).map(|m| start.plus(m * MINUTE));
        if opening.is_some() {
            prop_assert_eq!(calendar.next_opening(start), opening);
        }
    }

    /// Over three years, split anywhere: the parts add up, and due undoes the sum.
    #[test]
    fn parts_add_up_and_due_undoes_the_sum(
        timetable in timetables(),
        start in 1_000_000_000i64..2_000_000_000,
        cut in 0i64..100_000_000,
        rest in 0i64..2_000_000,
    ) {
        let calendar = Calendar::new("test", timetable);
        let (a, b) = (At(start * 1_000), At(start * 1_000 + cut.min(5_000_000) * 1_000));
        let c = b.plus(rest * 1_000);
        prop_assert_eq!(calendar.open_ms(a, b) + calendar.open_ms(b, c), calendar.open_ms(a, c));
        let sum = calendar.open_ms(a, c);
        if sum > 0 {
            let due = calendar.due(a, sum).expect("it was open that long");
            prop_assert!(due <= c && calendar.open_ms(a, due) == sum);
        }
    }
}
