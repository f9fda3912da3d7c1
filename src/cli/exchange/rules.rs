//! A queue's routing in files: the rules with skills and queues by key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record;
use crate::domain::routing::{self, Flow, Pick, QueueRules};

/// How a queue routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Routing {
    /// `longest-idle` or `best-skill`.
    pub pick: Pick,
    /// Strict class 0–9.
    pub class: u8,
    /// Priority points of everything in it.
    pub points: i16,
    /// Seconds after which waiting adds no more score; 0 is no cap.
    pub age_cap_s: u32,
    /// Seconds to wait for the agent who last had the case.
    pub sticky_s: u32,
    /// How often a callback is tried.
    pub callback_tries: u8,
    /// Seconds between two tries.
    pub callback_gap_s: u32,
    /// Seconds a promised callback waits for its agent.
    pub callback_own_s: u32,
    /// Seconds of expected wait from which a call back is offered.
    pub callback_offer_s: u32,
    /// At the longest wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overflow: Option<Overflow>,
    /// Wider rings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rings: Vec<Ring>,
}

/// A wider ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// Opens after.
    pub after_s: u32,
    /// Skill to least level from then on; 0 drops it.
    pub skills: BTreeMap<String, u8>,
}

/// Where to at the longest wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overflow {
    /// Seconds in the queue.
    pub after_s: u32,
    /// Queue, by key.
    pub to: String,
    /// `add` or `move`.
    pub how: Flow,
}

impl Default for Routing {
    fn default() -> Routing {
        Routing::of(&QueueRules::default(), |_| None, |_| None)
    }
}

impl Routing {
    /// The rules with names for numbers.
    pub fn of(
        rules: &QueueRules,
        skill: impl Fn(u64) -> Option<String>,
        queue: impl Fn(u64) -> Option<String>,
    ) -> Routing {
        let ring = |r: &routing::Ring| Ring {
            after_s: r.after_s,
            skills: r.skills.iter().filter_map(|(s, l)| Some((skill(s.0)?, *l))).collect(),
        };
        Routing {
            pick: rules.pick,
            class: rules.class,
            points: rules.points,
            age_cap_s: rules.age_cap_s,
            sticky_s: rules.sticky_s,
            callback_tries: rules.callback_tries,
            callback_gap_s: rules.callback_gap_s,
            callback_own_s: rules.callback_own_s,
            callback_offer_s: rules.callback_offer_s,
            overflow: rules
                .overflow
                .and_then(|o| Some(Overflow { after_s: o.after_s, to: queue(o.to.0)?, how: o.how })),
            rings: rules.rings.iter().map(ring).collect(),
        }
    }

    /// The rules with numbers for names, or what is not there.
    pub fn rules(
        &self,
        skill: impl Fn(&str) -> Result<u64, String>,
        queue: impl Fn(&str) -> Result<u64, String>,
    ) -> Result<QueueRules, String> {
        let mut rings = Vec::with_capacity(self.rings.len());
        for ring in &self.rings {
            let mut skills = BTreeMap::new();
            for (key, level) in &ring.skills {
                skills.insert(crate::domain::ids::SkillId(skill(key)?), *level);
            }
            rings.push(routing::Ring { after_s: ring.after_s, skills });
        }
        let overflow = match &self.overflow {
            Some(o) if o.how == Flow::Answered => return Err("overflow: write how = \"add\" or \"move\"".into()),
            Some(o) => {
                let to = crate::domain::ids::QueueId(queue(&o.to)?);
                Some(routing::Overflow { after_s: o.after_s, to, how: o.how })
            }
            None => None,
        };
        Ok(QueueRules {
            pick: self.pick,
            class: self.class,
            points: self.points,
            age_cap_s: self.age_cap_s,
            rings,
            sticky_s: self.sticky_s,
            overflow,
            callback_tries: self.callback_tries,
            callback_gap_s: self.callback_gap_s,
            callback_own_s: self.callback_own_s,
            callback_offer_s: self.callback_offer_s,
            wrap_up: Default::default(),
        })
    }

    /// Whether nothing is said that is not so by itself.
    pub fn is_default(&self) -> bool {
        *self == Routing::default()
    }
}

/// Queues in an order in which each comes after the one it overflows to; those in a circle last, to be refused.
pub fn in_order(queues: Vec<record::Queue>) -> Vec<record::Queue> {
    let mut left = queues;
    let mut done = Vec::with_capacity(left.len());
    loop {
        let keys: Vec<String> = left.iter().map(|q| q.key.clone()).collect();
        let waits = |q: &record::Queue| q.routing.overflow.as_ref().is_some_and(|o| keys.contains(&o.to));
        let (later, now): (Vec<_>, Vec<_>) = left.into_iter().partition(waits);
        if now.is_empty() {
            done.extend(later);
            return done;
        }
        done.extend(now);
        left = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_go_out_and_come_back() {
        let rules = QueueRules {
            pick: Pick::BestSkill,
            points: -3,
            rings: vec![routing::Ring { after_s: 20, skills: [(crate::domain::ids::SkillId(4), 0)].into() }],
            overflow: Some(routing::Overflow { after_s: 90, to: crate::domain::ids::QueueId(2), how: Flow::Move }),
            ..QueueRules::default()
        };
        let named = Routing::of(&rules, |s| Some(format!("s{s}")), |q| Some(format!("q{q}")));
        let text = toml::to_string(&named).expect("writes");
        let read: Routing = toml::from_str(&text).expect("reads");
        let number = |key: &str| key[1..].parse().map_err(|_| key.to_owned());
        assert_eq!(read.rules(number, number), Ok(rules));
        assert!(Routing::default().is_default());
    }
}
