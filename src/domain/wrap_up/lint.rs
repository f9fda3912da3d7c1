//! Wrap-up trees and outcomes that cannot work: refused where one row shows it, warned of where only the whole does.

use std::collections::BTreeMap;

use super::Need;
use crate::domain::ids::ReasonId;
use crate::domain::state::State;
use crate::domain::work::Reason;

/// Levels a reason may have before choosing it takes too long (operations 5).
const LEVELS: usize = 3;
/// First choices agents can tell apart (operations 5).
const FIRST: usize = 20;

/// What is wrong with a reason's path, if anything: an empty level, or one that is taken in other letters.
pub fn path_fault(state: &State, reason: &Reason) -> Option<String> {
    let levels: Vec<&str> = reason.path.split('/').collect();
    if let Some(n) = levels.iter().position(|l| l.trim().is_empty()) {
        return Some(format!("level {} of {} is empty", n + 1, reason.path));
    }
    let folded = folded(&reason.path);
    let same = state.reasons().find(|r| r.id != reason.id && self::folded(&r.path) == folded);
    same.map(|r| format!("{} is there already as {}", reason.path, r.path))
}

fn folded(path: &str) -> String {
    path.split('/').map(|l| l.trim().to_lowercase()).collect::<Vec<_>>().join("/")
}

/// What cannot work once all reasons, outcomes and queues are seen together: place and reason.
pub fn lints(state: &State) -> Vec<(String, String)> {
    let mut found = Vec::new();
    trees(state, &mut found);
    let outcomes: Vec<_> = state.outcomes().filter(|o| o.active).collect();
    for queue in state.queues().filter(|q| q.active) {
        let place = |what: &str| format!("queue {}, {what}", queue.key);
        let rules = &queue.rules.wrap_up;
        let reasons = state.reasons().filter(|r| r.active && (r.queues.is_empty() || r.queues.contains(&queue.id)));
        if rules.mode.demands() && reasons.count() == 0 {
            found.push((place("wrap-up"), "it demands a reason and there is none to choose".to_owned()));
        }
        let usable = |o: &&&crate::domain::work::Outcome| rules.follow_ups || !o.needs.contains(&Need::FollowUp);
        if rules.mode.demands() && outcomes.iter().filter(usable).count() == 0 {
            found.push((place("wrap-up"), "it demands an outcome and there is none it allows".to_owned()));
        }
        for outcome in outcomes.iter().filter(|o| !usable(o)) {
            let because = "needs a follow-up and the queue allows none; it is not offered there".to_owned();
            found.push((place(&format!("outcome {}", outcome.key)), because));
        }
    }
    found
}

fn trees(state: &State, found: &mut Vec<(String, String)>) {
    let reasons: Vec<&Reason> = state.reasons().filter(|r| r.active).collect();
    let mut first: BTreeMap<String, ReasonId> = BTreeMap::new();
    let mut labels: BTreeMap<String, &Reason> = BTreeMap::new();
    let mut paths: BTreeMap<String, &Reason> = BTreeMap::new();
    for reason in &reasons {
        paths.insert(folded(&reason.path), reason);
    }
    for reason in &reasons {
        let place = format!("reason {}", reason.path);
        let path = folded(&reason.path);
        let levels: Vec<&str> = path.split('/').collect();
        first.entry(levels[0].to_owned()).or_insert(reason.id);
        if levels.len() > LEVELS {
            found.push((place.clone(), format!("it is {} levels deep; {LEVELS} are enough", levels.len())));
        }
        for n in 1..levels.len() {
            if let Some(outer) = paths.get(&levels[..n].join("/")) {
                found.push((place.clone(), format!("{} is a reason and also a level above it", outer.path)));
            }
        }
        let meets = |o: &Reason| {
            o.queues.is_empty() || reason.queues.is_empty() || o.queues.iter().any(|q| reason.queues.contains(q))
        };
        match labels.get(&reason.label.to_lowercase()).filter(|o| meets(o)) {
            Some(other) => found.push((place, format!("it reads the same as {}: {}", other.path, reason.label))),
            None => {
                labels.insert(reason.label.to_lowercase(), reason);
            }
        }
    }
    if first.len() > FIRST {
        found.push(("reasons".to_owned(), format!("there are {} first choices; {FIRST} are enough", first.len())));
    }
}
