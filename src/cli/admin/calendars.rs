//! Calendars: when the firm is open, day by day, from now on or from a day to come.

use anyhow::{Context as _, anyhow, bail};
use chrono::{Datelike, NaiveDate, NaiveTime};

use super::{names, put, retire};
use crate::cli::args::{CalendarCmd, CalendarSet};
use crate::cli::books::Office;
use crate::cli::say::{say, table};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::calendar::{Calendar, Timetable, wall, words};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::time::{At, DAY};

/// Days shown ahead.
const AHEAD: i64 = 14;

pub(super) fn run(office: &mut dyn Office, command: &CalendarCmd) -> anyhow::Result<()> {
    match command {
        CalendarCmd::List => list(office),
        CalendarCmd::Show { key } => show(office, key),
        CalendarCmd::Set { key, to } => set(office, key, to),
        CalendarCmd::Retire { key } => retire(office, Entity::Calendar, key, &format!("Calendar {key} is out of use.")),
    }
}

fn now() -> At {
    SystemClock::new().now()
}

fn known(office: &mut dyn Office, key: &str) -> anyhow::Result<Option<Calendar>> {
    Ok(match names(office)?.row(Entity::Calendar, key) {
        Some(Row::Calendar(calendar)) => Some(calendar.clone()),
        _ => None,
    })
}

fn set(office: &mut dyn Office, key: &str, to: &CalendarSet) -> anyhow::Result<()> {
    let before = known(office, key)?;
    let mut calendar = before.clone().unwrap_or_else(|| Calendar::new(key, Timetable::default()));
    let mut timetable = match &before {
        Some(calendar) => calendar.in_force(now()).cloned().unwrap_or_default(),
        None => Timetable { zone: firm_zone(office)?, ..Timetable::default() },
    };
    if before.is_none() && to.hours.is_none() {
        bail!("{key} is new: say its hours with --hours, such as \"mon-fri 08:00-20:00\", or always");
    }
    if let Some(zone) = &to.zone {
        timetable.zone.clone_from(zone);
    }
    let from =
        to.from.as_deref().map(|day| words::parse_date(day).map_err(|why| anyhow!("--from: {why}"))).transpose()?;
    let from = from.map(|day| wall::instant(wall::zone(&timetable.zone), day.and_time(NaiveTime::MIN)));
    if let Some(from) = from {
        if from <= now() {
            bail!("--from {}: that day has begun; leave it out to change the calendar from now on", day_of(to));
        }
        if let Some(calendar) = &before {
            timetable = calendar.in_force(from).cloned().unwrap_or(timetable);
        }
    }
    change(&mut timetable, to)?;
    if let Some(name) = &to.name {
        calendar.name.clone_from(name);
    }
    calendar.active = true;
    match (from, before.is_some()) {
        (None, false) => calendar = Calendar { name: calendar.name, ..Calendar::new(key, timetable) },
        (from, _) => drop(calendar.revise(from.unwrap_or_else(now), timetable)),
    }
    put(office, calendar, &format!("Calendar {key} is set."))
}

fn day_of(to: &CalendarSet) -> &str {
    to.from.as_deref().unwrap_or_default()
}

fn change(timetable: &mut Timetable, to: &CalendarSet) -> anyhow::Result<()> {
    if let Some(zone) = &to.zone {
        timetable.zone.clone_from(zone);
    }
    if let Some(hours) = &to.hours {
        timetable.windows = words::windows(hours).map_err(|why| anyhow!("--hours: {why}"))?;
    }
    let mut plain = |date: NaiveDate| {
        timetable.holidays.retain(|h| h.date != date);
        timetable.exceptions.retain(|e| e.date != date);
    };
    for day in &to.ordinary {
        plain(words::parse_date(day).map_err(|why| anyhow!("--ordinary: {why}"))?);
    }
    let holidays: Result<Vec<_>, _> = to.holiday.iter().map(|day| words::holiday(day)).collect();
    let others: Result<Vec<_>, _> = to.other_hours.iter().map(|day| words::exception(day)).collect();
    let (holidays, others) =
        (holidays.map_err(|why| anyhow!("--holiday: {why}"))?, others.map_err(|why| anyhow!("--other-hours: {why}"))?);
    // A day named anew is what it is named last; the rules refuse one that is both.
    holidays.iter().map(|h| h.date).chain(others.iter().map(|e| e.date)).for_each(plain);
    timetable.holidays.extend(holidays);
    timetable.exceptions.extend(others);
    timetable.holidays.sort();
    timetable.exceptions.sort();
    Ok(())
}

fn firm_zone(office: &mut dyn Office) -> anyhow::Result<String> {
    let firm = office.rows(&[RowKey { entity: Entity::Firm, id: 1 }])?;
    let zone = firm.into_iter().find_map(|row| match row {
        Row::Firm(firm) => Some(firm.zone),
        _ => None,
    });
    Ok(zone.unwrap_or_default())
}

fn zone_shown(zone: &str) -> String {
    if zone.is_empty() { "UTC".to_owned() } else { zone.to_owned() }
}

fn list(office: &mut dyn Office) -> anyhow::Result<()> {
    let now = now();
    let rows = office.all(Entity::Calendar)?.into_iter().filter_map(|row| match row {
        Row::Calendar(c) => {
            let t = c.in_force(now)?;
            let open = if c.open_at(now) { "open" } else { "closed" };
            Some(vec![
                c.key.clone(),
                c.name.clone(),
                zone_shown(&t.zone),
                words::typed(&t.windows),
                format!("{} holidays, {} other days", t.holidays.len(), t.exceptions.len()),
                if c.active { open.into() } else { "out of use".into() },
            ])
        }
        _ => None,
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table(
        &["KEY", "NAME", "ZONE", "HOURS", "DAYS", "NOW"],
        &rows,
        "There is no calendar yet; everything is open around the clock. Make one with: cordboard admin calendar set",
    )
}

fn show(office: &mut dyn Office, key: &str) -> anyhow::Result<()> {
    let calendar = known(office, key)?.with_context(|| format!("there is no calendar {key}"))?;
    let now = now();
    for (n, version) in calendar.versions.iter().enumerate() {
        let t = &version.timetable;
        let since = if n == 0 { "Always".to_owned() } else { format!("From {}", version.from.to_rfc3339()) };
        say(&format!("{since}: {} ({})", words::typed(&t.windows), zone_shown(&t.zone)))?;
        for holiday in &t.holidays {
            say(&format!("  closed {}", words::typed_holiday(holiday)))?;
        }
        for exception in &t.exceptions {
            say(&format!("  other hours {}", words::typed_exception(exception)))?;
        }
    }
    let zone = wall::zone(calendar.in_force(now).map_or("", |t| t.zone.as_str()));
    let local = |at: At| at.to_utc().with_timezone(&zone);
    let rows: Vec<Vec<String>> = calendar
        .spans(now, now.plus(AHEAD * DAY))
        .map(|(from, to)| {
            let (a, b) = (local(from), local(to));
            let end = if a.num_days_from_ce() == b.num_days_from_ce() { "%H:%M" } else { "%a %H:%M" };
            vec![a.format("%a %Y-%m-%d").to_string(), a.format("%H:%M").to_string(), b.format(end).to_string()]
        })
        .collect();
    table(&["DAY", "OPENS", "CLOSES"], &rows, "It does not open within the next 14 days.")
}
