//! What is typed behind flags, read into what the rules want.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use crate::cli::exchange::record;
use crate::cli::exchange::resolve::{Names, windows};
use crate::config::nearest;
use crate::domain::hours::Window;
use crate::domain::ids::{QueueId, SkillId};
use crate::domain::people::Role;
use crate::domain::row::Entity;
use crate::domain::work::{Channel, Need};

/// A role by its word.
pub fn role(word: &str) -> anyhow::Result<Role> {
    let words: Vec<&str> = Role::ALL.iter().map(|r| r.word()).collect();
    Role::from_word(word).with_context(|| match nearest(word, words.iter().copied()) {
        Some(near) => format!("there is no role {word}; did you mean {near}?"),
        None => format!("there is no role {word}; it should be {}", words.join(", ")),
    })
}

/// `billing=4,en=5`.
pub fn levels(names: &Names, list: &[String]) -> anyhow::Result<BTreeMap<SkillId, u8>> {
    let mut levels = BTreeMap::new();
    for item in list.iter().filter(|i| !i.is_empty()) {
        let (skill, level) =
            item.split_once('=').with_context(|| format!("{item}: write skill=level, such as {item}=3"))?;
        let level = level.parse().ok().filter(|l| (1..=5).contains(l));
        let level = level.with_context(|| format!("{item}: a level is a number from 1 to 5"))?;
        levels.insert(SkillId(super::need(names, Entity::Skill, skill)?), level);
    }
    Ok(levels)
}

/// Queues by key.
pub fn queues(names: &Names, keys: &[String]) -> anyhow::Result<Vec<QueueId>> {
    keys.iter().filter(|k| !k.is_empty()).map(|key| super::need(names, Entity::Queue, key).map(QueueId)).collect()
}

/// Channels by word.
pub fn channels(words: &[String]) -> anyhow::Result<Vec<Channel>> {
    let all: Vec<&str> = Channel::ALL.iter().map(|c| c.word()).collect();
    let one = |w: &String| {
        Channel::from_word(w).with_context(|| format!("there is no channel {w}; it should be {}", all.join(", ")))
    };
    words.iter().map(one).collect()
}

/// What an outcome demands.
pub fn needs(words: &[String]) -> anyhow::Result<Vec<Need>> {
    let one = |w: &String| match w.as_str() {
        "note" => Ok(Need::Note),
        "follow-up" => Ok(Need::FollowUp),
        other => bail!("an outcome cannot demand {other}; it should be note or follow-up"),
    };
    words.iter().filter(|w| !w.is_empty()).map(one).collect()
}

/// `80/20`: per cent within seconds.
pub fn service_level(text: &str) -> anyhow::Result<(u8, u32)> {
    let wrong = || format!("{text}: write a service level as share/seconds, such as 80/20");
    let (share, seconds) = text.split_once('/').with_context(wrong)?;
    let share = share.trim().trim_end_matches('%').parse::<u8>().ok().filter(|s| *s <= 100).with_context(wrong)?;
    Ok((share, seconds.trim().trim_end_matches('s').parse().ok().with_context(wrong)?))
}

/// `mon-fri 08:00-20:00, sat 09:00-17:00`, or `always`.
pub fn hours(text: &str) -> anyhow::Result<Vec<Window>> {
    if text.trim() == "always" {
        return Ok(Vec::new());
    }
    let mut list = Vec::new();
    let mut days: Vec<&str> = Vec::new();
    for part in text.split([',', ';']).map(str::trim).filter(|p| !p.is_empty()) {
        // `mon, wed 08:00-12:00` is two days with one time.
        match part.split_once(char::is_whitespace) {
            None => days.push(part),
            Some((day, time)) => {
                days.push(day);
                let (from, to) = time
                    .trim()
                    .split_once('-')
                    .with_context(|| format!("{part}: write hours like mon-fri 08:00-20:00"))?;
                list.push(record::Window { days: days.join(","), from: from.trim().into(), to: to.trim().into() });
                days.clear();
            }
        }
    }
    if !days.is_empty() || list.is_empty() {
        bail!("{text}: write hours like \"mon-fri 08:00-20:00, sat 09:00-17:00\", or always");
    }
    windows(&list).map_err(anyhow::Error::msg)
}

/// Windows as they would be typed.
pub fn hours_typed(windows: &[Window]) -> String {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    if windows.is_empty() {
        return "always".into();
    }
    let time = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
    let mut parts: Vec<(usize, usize, u16, u16)> = Vec::new();
    for w in windows {
        let day = usize::from(w.day);
        match parts.last_mut() {
            Some((_, last, from, to)) if *last + 1 == day && *from == w.from && *to == w.to => *last = day,
            _ => parts.push((day, day, w.from, w.to)),
        }
    }
    let name = |day: usize| DAYS.get(day).copied().unwrap_or("?");
    let shown = parts.iter().map(|(first, last, from, to)| {
        let days = if first == last { name(*first).to_owned() } else { format!("{}-{}", name(*first), name(*last)) };
        format!("{days} {}-{}", time(*from), time(*to))
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_as_typed_and_back() {
        for text in ["mon-fri 08:00-20:00, sat 09:00-17:00", "always", "mon 22:00-06:00"] {
            assert_eq!(hours_typed(&hours(text).expect("hours")), text);
        }
        assert_eq!(hours("mon, wed 8:00-12:00").expect("hours").len(), 2);
        for wrong in ["", "mon", "08:00-20:00", "mon 8-20", "someday 08:00-20:00", "mon 24:00-25:00"] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn service_levels() {
        assert_eq!(service_level("80/20").ok(), Some((80, 20)));
        assert_eq!(service_level("85%/30s").ok(), Some((85, 30)));
        assert!(service_level("101/20").is_err() && service_level("80").is_err());
    }

    #[test]
    fn roles_with_a_hint() {
        assert_eq!(role("lead").ok(), Some(Role::Lead));
        assert_eq!(role("laed").expect_err("wrong").to_string(), "there is no role laed; did you mean lead?");
    }
}
