//! What is typed behind flags, read into what the rules want.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::cli::exchange::resolve::Names;
use crate::config::nearest;
use crate::domain::ids::{QueueId, SkillId};
use crate::domain::people::Role;
use crate::domain::row::Entity;
use crate::domain::work::{Channel, Need};
use crate::domain::wrap_up::Mode;

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
    let all: Vec<&str> = Need::ALL.iter().map(|n| n.word()).collect();
    let one = |w: &String| {
        let wrong = || format!("an outcome cannot demand {w}; it should be {}", all.join(", "));
        Need::from_word(w).with_context(wrong)
    };
    words.iter().filter(|w| !w.is_empty()).map(one).collect()
}

/// How work after a contact goes.
pub fn wrap_up_mode(word: &str) -> anyhow::Result<Mode> {
    let words: Vec<&str> = Mode::ALL.iter().map(|m| m.word()).collect();
    Mode::from_word(word).with_context(|| match nearest(word, words.iter().copied()) {
        Some(near) => format!("there is no wrap-up mode {word}; did you mean {near}?"),
        None => format!("there is no wrap-up mode {word}; it should be {}", words.join(", ")),
    })
}

/// `80/20`: per cent within seconds.
pub fn service_level(text: &str) -> anyhow::Result<(u8, u32)> {
    let wrong = || format!("{text}: write a service level as share/seconds, such as 80/20");
    let (share, seconds) = text.split_once('/').with_context(wrong)?;
    let share = share.trim().trim_end_matches('%').parse::<u8>().ok().filter(|s| *s <= 100).with_context(wrong)?;
    Ok((share, seconds.trim().trim_end_matches('s').parse().ok().with_context(wrong)?))
}

#[cfg(test)]
mod tests {
    use super::*;

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
