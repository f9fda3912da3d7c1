//! Routing as it is typed: a queue's rules and those of the whole house.

use anyhow::{Context as _, bail};

use super::words;
use crate::cli::args::{HouseSet, QueueSet};
use crate::cli::books::Office;
use crate::cli::exchange::resolve::Names;
use crate::cli::say::{say, table};
use crate::domain::ids::QueueId;
use crate::domain::people::Firm;
use crate::domain::routing::calling;
use crate::domain::routing::{FirmRules, Flow, Overflow, Pick, QueueRules, Ring};
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::work::Channel;

/// Changes a queue's rules as far as they are named.
pub(super) fn rules(names: &Names, to: &QueueSet, rules: &mut QueueRules) -> anyhow::Result<()> {
    if let Some(pick) = &to.pick {
        rules.pick = Pick::from_word(pick)
            .with_context(|| format!("nobody is picked by {pick}; write longest-idle or best-skill"))?;
    }
    rules.class = to.class.unwrap_or(rules.class);
    rules.points = to.points.unwrap_or(rules.points);
    rules.age_cap_s = to.age_cap_s.unwrap_or(rules.age_cap_s);
    rules.sticky_s = to.sticky_s.unwrap_or(rules.sticky_s);
    rules.callback_own_s = to.callback_own_s.unwrap_or(rules.callback_own_s);
    rules.callback_offer_s = to.callback_offer_s.unwrap_or(rules.callback_offer_s);
    if let Some(text) = &to.rings {
        rules.rings = rings(names, text)?;
    }
    if let Some(text) = &to.overflow {
        rules.overflow = overflow(names, text)?;
    }
    if let Some(text) = &to.callback {
        let wrong = || format!("{text}: write callbacks as tries/seconds, such as 3/600");
        let (tries, gap) = text.split_once('/').with_context(wrong)?;
        rules.callback_tries = tries.trim().parse().ok().with_context(wrong)?;
        rules.callback_gap_s = gap.trim().parse().ok().with_context(wrong)?;
    }
    Ok(())
}

/// `20 billing=0; 60 en=1,billing=0`, or `none`.
fn rings(names: &Names, text: &str) -> anyhow::Result<Vec<Ring>> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let mut rings = Vec::new();
    for part in text.split(';').map(str::trim) {
        let wrong = || format!("{part}: write a ring as seconds and lower levels, such as \"20 billing=0\"");
        let (after, levels) = part.split_once(' ').with_context(wrong)?;
        let after_s = after.trim_end_matches('s').parse().ok().with_context(wrong)?;
        let mut skills = std::collections::BTreeMap::new();
        for item in levels.split(',').map(str::trim) {
            let (skill, level) = item.split_once('=').with_context(wrong)?;
            let level = level.parse().ok().filter(|l| *l <= 5).with_context(wrong)?;
            skills.insert(crate::domain::ids::SkillId(super::need(names, Entity::Skill, skill)?), level);
        }
        rings.push(Ring { after_s, skills });
    }
    Ok(rings)
}

/// `120 add tech`, `120 move tech` or `none`.
fn overflow(names: &Names, text: &str) -> anyhow::Result<Option<Overflow>> {
    if text.trim() == "none" {
        return Ok(None);
    }
    let wrong = || format!("{text}: write an overflow as \"120 add tech\" or \"120 move tech\"");
    let mut parts = text.split_whitespace();
    let (Some(after), Some(how), Some(key), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        bail!(wrong());
    };
    let how = match how {
        "add" => Flow::Add,
        "move" => Flow::Move,
        _ => bail!(wrong()),
    };
    let after_s = after.trim_end_matches('s').parse().ok().with_context(wrong)?;
    Ok(Some(Overflow { after_s, to: QueueId(super::need(names, Entity::Queue, key)?), how }))
}

/// Shows the rules of the house, changed first as far as they are named.
pub(super) fn run(office: &mut dyn Office, to: &HouseSet) -> anyhow::Result<()> {
    let firm = office.rows(&[RowKey { entity: Entity::Firm, id: 1 }])?.into_iter().find_map(|row| match row {
        Row::Firm(firm) => Some(firm),
        _ => None,
    });
    let mut firm = firm.unwrap_or_else(Firm::default);
    let before = firm.clone();
    change(to, &mut firm.rules)?;
    if let Some(locale) = &to.locale {
        firm.locale = if locale == "none" { String::new() } else { locale.clone() };
    }
    if firm != before {
        return super::put(office, firm, "The house is set.");
    }
    show(&before.rules)
}

fn change(to: &HouseSet, rules: &mut FirmRules) -> anyhow::Result<()> {
    if let Some(list) = &to.units {
        rules.units.extend(numbers(list)?);
    }
    if let Some(list) = &to.offer {
        rules.offer_s.extend(numbers(list)?);
    }
    if let Some(text) = &to.interrupts {
        rules.interrupts = interrupts(text)?;
    }
    rules.misses_s = to.misses_s.unwrap_or(rules.misses_s);
    rules.tell_lead_s = to.tell_lead_s.unwrap_or(rules.tell_lead_s);
    rules.again_s = to.again_s.unwrap_or(rules.again_s);
    if let Some(text) = &to.calling {
        rules.calling = hours(text)?;
    }
    if let Some(zones) = &to.calling_zones {
        rules.calling_zones = zones.iter().map(|z| z.trim().to_owned()).filter(|z| z != "firm").collect();
    }
    rules.figures.short_s = to.short_s.unwrap_or(rules.figures.short_s);
    rules.figures.repeat_days = to.repeat_days.unwrap_or(rules.figures.repeat_days);
    rules.decline_rests = match to.decline_rests.as_deref() {
        None => rules.decline_rests,
        Some("yes") => true,
        Some("no") => false,
        Some(other) => bail!("{other}: write yes or no"),
    };
    Ok(())
}

/// `08:00-21:00`, as minutes after midnight.
fn hours(text: &str) -> anyhow::Result<(u16, u16)> {
    let wrong = || format!("{text}: write the calling hours as \"08:00-21:00\"");
    let minute = |time: &str| -> Option<u16> {
        let (hour, minute) = time.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour * 60 + minute <= 1_440 && minute < 60).then_some(hour * 60 + minute)
    };
    let (from, to) = text.split_once('-').with_context(wrong)?;
    Ok((minute(from).with_context(wrong)?, minute(to).with_context(wrong)?))
}

/// `voice=100,chat=33`.
fn numbers(list: &[String]) -> anyhow::Result<Vec<(Channel, u32)>> {
    let one = |item: &String| {
        let wrong = || format!("{item}: write channel=number, such as chat=33");
        let (channel, number) = item.split_once('=').with_context(wrong)?;
        let channel = words::channels(&[channel.to_owned()])?;
        Ok((channel[0], number.parse().ok().with_context(wrong)?))
    };
    list.iter().map(one).collect()
}

/// `voice>email,voice>chat`, or `none`.
fn interrupts(text: &str) -> anyhow::Result<Vec<(Channel, Channel)>> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let one = |pair: &str| {
        let wrong = || format!("{pair}: write the new channel first, such as \"voice>email\"");
        let (new, held) = pair.split_once('>').with_context(wrong)?;
        let pair = words::channels(&[new.trim().to_owned(), held.trim().to_owned()])?;
        Ok((pair[0], pair[1]))
    };
    text.split(',').map(one).collect()
}

fn show(rules: &FirmRules) -> anyhow::Result<()> {
    let rows: Vec<Vec<String>> = Channel::ALL
        .into_iter()
        .map(|channel| {
            let over: Vec<&str> =
                rules.interrupts.iter().filter(|(new, _)| *new == channel).map(|(_, held)| held.word()).collect();
            vec![
                channel.word().to_owned(),
                rules.units(channel).to_string(),
                rules.offer_s.get(&channel).map_or_else(|| "pulled".to_owned(), |s| format!("{s} s")),
                over.join(","),
            ]
        })
        .collect();
    table(&["CHANNEL", "UNITS OF 100", "OFFER", "MAY INTERRUPT"], &rows, "")?;
    let away = match rules.misses_s {
        0 => "Offers let pass never set an agent Away.".to_owned(),
        s => format!(
            "Two offers let pass within {s} s set an agent Away; the lead is told {} s later.",
            rules.tell_lead_s
        ),
    };
    let decline = if rules.decline_rests {
        "Who declines an offer gets no more until they say Ready."
    } else {
        "Who declines an offer stays Ready."
    };
    let zones = match rules.calling_zones.as_slice() {
        [] => "the firm's zone".to_owned(),
        zones => format!("all of {}", zones.join(", ")),
    };
    let calls = format!(
        "Customers are called from {} where they are; who could be anywhere, in {zones}.",
        calling::hours(rules.calling)
    );
    let figures = format!(
        "Giving up in under {} s is short; a contact within {} days is a repeat.",
        rules.figures.short_s, rules.figures.repeat_days
    );
    say(&format!(
        "{away}\n{decline}\nIt comes again to the only one there after {} s.\n{calls}\n{figures}",
        rules.again_s
    ))
}
