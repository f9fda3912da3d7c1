//! Settings that cannot work together: refused where one row shows it, warned of where only the whole does.

use std::collections::BTreeSet;

use super::pick::LEAST_ROLE;
use super::rules::QueueRules;
use crate::domain::ids::QueueId;
use crate::domain::permit::{Right, allows};
use crate::domain::state::State;
use crate::domain::work::{Channel, Queue};

/// What is wrong with where a queue overflows to, field and reason: a circle, a queue that is not there or takes
/// none of its channels.
pub fn overflow_fault(state: &State, queue: &Queue) -> Option<(&'static str, String)> {
    let first = queue.rules.overflow?;
    let mut path = vec![queue.key.clone()];
    let mut seen = BTreeSet::from([queue.id]);
    let mut to = first.to;
    loop {
        if !seen.insert(to) {
            let name = if to == queue.id { queue.key.as_str() } else { state.queue(to).map_or("", |q| q.key.as_str()) };
            path.push(name.to_owned());
            return Some(("overflow", format!("it runs in a circle: {}", path.join(" → "))));
        }
        let Some(next) = state.queue(to) else {
            return Some(("overflow", "there is no such queue".into()));
        };
        path.push(next.key.clone());
        if to == first.to {
            if !next.active {
                return Some(("overflow", format!("{} is closed for good", next.key)));
            }
            if let Some(channel) = queue.channels.iter().find(|c| !next.channels.contains(c)) {
                return Some(("overflow", format!("{} takes no {}", next.key, channel.word())));
            }
        }
        match next.rules.overflow {
            Some(overflow) => to = overflow.to,
            None => return None,
        }
    }
}

/// Why nobody can take what waits in a queue, if so: nobody serves it, or nobody has its skills even at its widest
/// ring.
pub fn unserved(state: &State, queue: &Queue) -> Option<String> {
    if !queue.active {
        return None;
    }
    let serving: Vec<_> = state
        .agents()
        .filter(|a| a.active && a.role >= LEAST_ROLE && allows(a.role, Right::Handle) && a.queues.contains(&queue.id))
        .collect();
    if serving.is_empty() {
        return Some("no agent serves it; add it to someone's queues".into());
    }
    let widest = queue.rules.skills_at(&queue.skills, queue.rules.rings.len());
    for (skill, level) in &widest {
        if !serving.iter().any(|a| a.skills.get(skill).is_some_and(|l| l >= level)) {
            let name = state.skill(*skill).map_or_else(|| format!("skill {skill}"), |s| s.key.clone());
            return Some(format!("nobody who serves it has {name} at {level} or more"));
        }
    }
    let skilled = |a: &&&crate::domain::people::Agent| {
        widest.iter().all(|(skill, level)| a.skills.get(skill).is_some_and(|l| l >= level))
    };
    serving.iter().find(skilled).is_none().then(|| "nobody who serves it has all of its skills".to_owned())
}

/// Settings that stand but will not do what they look like, field and reason.
pub fn idle_rules(queue: &Queue) -> Vec<(&'static str, String)> {
    let QueueRules { rings, overflow, .. } = &queue.rules;
    let mut found = Vec::new();
    if let (Some(overflow), Some(ring)) = (overflow, rings.last())
        && overflow.how == super::Flow::Move
        && ring.after_s >= overflow.after_s
    {
        let because = format!("the ring at {} s never opens: all has moved on at {} s", ring.after_s, overflow.after_s);
        found.push(("rings", because));
    }
    if queue.channels == [Channel::Email] && !rings.is_empty() {
        found.push(("rings", "e-mail is pulled by hand; rings only say who may".into()));
    }
    found
}

/// Every warning about routing: the queue, the field and the reason, by queue.
pub fn lints(state: &State) -> Vec<(QueueId, &'static str, String)> {
    let mut found = Vec::new();
    for queue in state.queues().filter(|q| q.active) {
        found.extend(unserved(state, queue).map(|because| (queue.id, "agents", because)));
        found.extend(overflow_fault(state, queue).map(|(field, because)| (queue.id, field, because)));
        found.extend(idle_rules(queue).into_iter().map(|(field, because)| (queue.id, field, because)));
    }
    found
}
