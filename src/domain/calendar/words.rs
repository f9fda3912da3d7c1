//! Opening hours and dates as people write them: `mon-fri 08:00-20:00, sat 09:00-17:00`, `2026-12-25 Christmas Day`.

use chrono::{NaiveDate, Weekday};

use super::{Exception, Holiday, Window};

/// The windows of one day.
type Hours = Vec<(u16, u16)>;

/// Weekdays as they are written, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads weekly hours, or `always`. The error names the part.
pub fn windows(text: &str) -> Result<Vec<Window>, String> {
    if text.trim() == "always" {
        return Ok(Vec::new());
    }
    let mut list = Vec::new();
    let mut days: Vec<&str> = Vec::new();
    for part in text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()) {
        // `mon, wed 08:00-12:00` is two days with one time; `mon 09:00-12:00, 13:00-17:00` one day with two.
        let (day, time) = match part.split_once(char::is_whitespace) {
            Some((day, time)) => (Some(day), Some(time)),
            None if part.starts_with(|c: char| c.is_ascii_digit()) => (None, Some(part)),
            None => (Some(part), None),
        };
        match (day, time) {
            (Some(day), Some(time)) => {
                if list.last().is_some_and(|(d, _): &(Vec<&str>, _)| *d == days) {
                    days.clear();
                }
                days.push(day);
                list.push((days.clone(), time));
            }
            (None, Some(time)) if !list.is_empty() => list.push((days.clone(), time)),
            (Some(day), None) => {
                if list.last().is_some_and(|(d, _)| *d == days) {
                    days.clear();
                }
                days.push(day);
            }
            _ => return Err(format!("{part}: write hours like mon-fri 08:00-20:00")),
        }
    }
    if list.last().is_none_or(|(d, _)| *d != days) {
        return Err(format!("{text}: write hours like \"mon-fri 08:00-20:00, sat 09:00-17:00\", or always"));
    }
    let mut windows = Vec::new();
    for (days, time) in list {
        let (from, to) = span(time)?;
        for day in days {
            let days = parse_days(day).ok_or_else(|| format!("{day} is no day; write mon-fri, sat or daily"))?;
            windows.extend(days.into_iter().map(|day| Window { day, from, to }));
        }
    }
    windows.sort_unstable();
    Ok(windows)
}

/// Reads `2026-12-25`, or `2026-12-25 Christmas Day`.
pub fn holiday(text: &str) -> Result<Holiday, String> {
    let (date, name) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    Ok(Holiday { date: parse_date(date)?, name: name.trim().to_owned() })
}

/// Reads `2026-12-24 09:00-13:00`, or several times with commas, and a name after them.
pub fn exception(text: &str) -> Result<Exception, String> {
    let (date, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let date = parse_date(date)?;
    let mut hours = Vec::new();
    let mut rest = rest.trim();
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        let end = rest.find([',', ' ']).unwrap_or(rest.len());
        hours.push(span(&rest[..end])?);
        rest = rest[end..].trim_start_matches([',', ' ']);
    }
    if hours.is_empty() {
        return Err(format!("{text}: write other hours like 2026-12-24 09:00-13:00; a day off is a holiday"));
    }
    Ok(Exception { date, hours, name: rest.to_owned() })
}

/// Reads `2026-12-25`; a date that does not exist says so.
pub fn parse_date(text: &str) -> Result<NaiveDate, String> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(date);
    }
    let looks = text.len() == 10 && text.chars().enumerate().all(|(n, c)| matches!(n, 4 | 7) == (c == '-'));
    Err(if looks {
        format!("{text} does not exist; look at a calendar")
    } else {
        format!("{text} is no date; write it like 2026-12-25")
    })
}

/// Reads `09:00-17:00`.
fn span(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("{} is no time of day such as 08:00-20:00", text.trim());
    let (from, to) = text.trim().split_once('-').ok_or_else(wrong)?;
    let (from, to) = (parse_minute(from).ok_or_else(wrong)?, parse_minute(to).ok_or_else(wrong)?);
    if from == 1_440 {
        return Err(format!("{}: a window cannot begin at 24:00", text.trim()));
    }
    // Midnight is the end of the day before it.
    Ok((from, if to == 0 { 1_440 } else { to }))
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

/// Windows as they would be typed.
pub fn typed(windows: &[Window]) -> String {
    if windows.is_empty() {
        return "always".into();
    }
    // Days with the same hours stand together when they follow each other.
    let mut weeks: Vec<(usize, usize, Hours)> = Vec::new();
    for (day, _) in DAYS.iter().enumerate() {
        let mut hours: Hours = windows.iter().filter(|w| usize::from(w.day) == day).map(|w| (w.from, w.to)).collect();
        hours.sort_unstable();
        if hours.is_empty() {
            continue;
        }
        match weeks.last_mut() {
            Some((_, last, same)) if *last + 1 == day && *same == hours => *last = day,
            _ => weeks.push((day, day, hours)),
        }
    }
    let one = |(first, last, hours): &(usize, usize, Hours)| {
        let days = match (first, last) {
            (0, 6) => "daily".to_owned(),
            _ if first == last => DAYS[*first].to_owned(),
            _ => format!("{}-{}", DAYS[*first], DAYS[*last]),
        };
        format!("{days} {}", typed_hours(hours))
    };
    weeks.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Times of day as they would be typed.
pub fn typed_hours(hours: &[(u16, u16)]) -> String {
    let one = |(from, to): &(u16, u16)| format!("{}-{}", minute(*from), minute(*to));
    hours.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A window as it would be typed.
pub fn typed_window(window: &Window) -> String {
    let day = DAYS.get(usize::from(window.day)).copied().unwrap_or("?");
    format!("{day} {}", typed_hours(&[(window.from, window.to)]))
}

/// A holiday as it would be typed.
pub fn typed_holiday(holiday: &Holiday) -> String {
    format!("{} {}", holiday.date, holiday.name).trim_end().to_owned()
}

/// A day with other hours as it would be typed.
pub fn typed_exception(exception: &Exception) -> String {
    format!("{} {} {}", exception.date, typed_hours(&exception.hours), exception.name).trim_end().to_owned()
}

fn minute(m: u16) -> String {
    format!("{:02}:{:02}", m / 60, m % 60)
}

fn weekday(text: &str) -> Option<u8> {
    text.trim().parse::<Weekday>().ok().map(|d| d.num_days_from_monday() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn hours_as_typed_and_back() {
        for text in [
            "mon-fri 08:00-20:00, sat 09:00-17:00",
            "always",
            "mon 22:00-06:00",
            "daily 00:00-24:00",
            "mon-wed 09:00-12:00, 13:00-17:00, sun 10:00-11:00",
        ] {
            assert_eq!(windows(text).map(|w| typed(&w)).as_deref(), Ok(text));
        }
        assert_eq!(windows("mon, wed 8:00-12:00").map(|w| w.len()), Ok(2));
        assert_eq!(windows("mon, wed 8:00-12:00, 13:00-14:00, fri 8:00-9:00").map(|w| w.len()), Ok(5));
        assert_eq!(windows("mon 20:00-00:00"), windows("mon 20:00-24:00"), "midnight ends the day");
        for wrong in
            ["", "mon", "08:00-20:00", "mon 8-20", "someday 08:00-20:00", "mon 24:00-25:00", "mon 9:00-10:00, tue"]
        {
            assert!(windows(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_and_days_that_are_otherwise() {
        assert_eq!(holiday("2026-12-25 Christmas Day").map(|h| h.name).as_deref(), Ok("Christmas Day"));
        assert_eq!(holiday("2026-02-30"), Err("2026-02-30 does not exist; look at a calendar".into()));
        assert_eq!(holiday("Christmas"), Err("Christmas is no date; write it like 2026-12-25".into()));
        let eve = exception("2026-12-24 09:00-12:00, 13:00-14:00 Christmas Eve").expect("it reads");
        assert_eq!((eve.hours.len(), eve.name.as_str()), (2, "Christmas Eve"));
        assert!(exception("2026-12-24").is_err_and(|why| why.contains("a day off is a holiday")));
    }
}
