//! Policies: an ordered list; the first that fits a case holds for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Promise;
use crate::domain::ids::{CalendarId, PolicyId, QueueId};
use crate::domain::people::Customer;
use crate::domain::state::State;
use crate::domain::work::{Case, Channel, Priority, Status};

/// Share of the target after which a clock is at risk, per cent (operations 3.2, RULE).
pub const WARN_PCT: u8 = 75;
/// Open time left at which a clock is at risk, seconds (operations 3.2, RULE).
pub const WARN_LEFT_S: u32 = 15 * 60;

/// What the firm promises to some of its customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Identity.
    pub id: PolicyId,
    /// Short name used in files and on the command line.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// Place in the list; the lowest that fits holds. Equal ones go by id.
    pub rank: u32,
    /// Which cases it is for.
    pub when: Fits,
    /// In whose open hours it counts; `None` is around the clock.
    pub calendar: Option<CalendarId>,
    /// How soon, in seconds of open time. What has no entry is not promised.
    pub targets: BTreeMap<Promise, BTreeMap<Priority, u32>>,
    /// Whether a case that is opened again gets a new clock for its resolution.
    pub reopens: bool,
    /// Statuses in which next response and resolution rest; first response never does.
    pub pauses: Vec<Status>,
    /// At risk after this share of the target, per cent …
    pub warn_pct: u8,
    /// … or with this much open time left, seconds, whichever is earlier.
    pub warn_left_s: u32,
    /// False once retired; its clocks go to the next policy that fits.
    pub active: bool,
}

/// Which cases a policy is for; an empty list is any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fits {
    /// In one of these queues.
    pub queues: Vec<QueueId>,
    /// First came by one of these.
    pub channels: Vec<Channel>,
    /// Of one of these priorities.
    pub priorities: Vec<Priority>,
    /// With one of these tags.
    pub tags: Vec<String>,
    /// Of a customer with one of these flags.
    pub flags: Vec<String>,
    /// Of a customer with one of these plans.
    pub plans: Vec<String>,
    /// In one of these languages, BCP 47; `de` is also `de-AT`.
    pub languages: Vec<String>,
}

impl Fits {
    /// Whether a case fits.
    pub fn case(&self, case: &Case, customer: Option<&Customer>) -> bool {
        let none = |list: &[String]| list.is_empty();
        (self.queues.is_empty() || self.queues.contains(&case.queue))
            && (self.channels.is_empty() || self.channels.contains(&case.channel))
            && (self.priorities.is_empty() || self.priorities.contains(&case.priority))
            && (none(&self.tags) || self.tags.iter().any(|t| case.tags.contains(t)))
            && (none(&self.flags) || customer.is_some_and(|c| self.flags.iter().any(|f| c.flags.contains(f))))
            && (none(&self.plans) || customer.is_some_and(|c| self.plans.contains(&c.plan)))
            && (none(&self.languages) || self.languages.iter().any(|l| speaks(&case.language, l)))
    }

    /// Whether every case that fits `other` fits this too.
    pub fn covers(&self, other: &Fits) -> bool {
        fn all<T: PartialEq>(mine: &[T], theirs: &[T]) -> bool {
            mine.is_empty() || (!theirs.is_empty() && theirs.iter().all(|t| mine.contains(t)))
        }
        let languages = self.languages.is_empty()
            || (!other.languages.is_empty()
                && other.languages.iter().all(|t| self.languages.iter().any(|m| speaks(t, m))));
        all(&self.queues, &other.queues)
            && all(&self.channels, &other.channels)
            && all(&self.priorities, &other.priorities)
            && all(&self.tags, &other.tags)
            && all(&self.flags, &other.flags)
            && all(&self.plans, &other.plans)
            && languages
    }
}

fn speaks(language: &str, wanted: &str) -> bool {
    match language.get(..wanted.len()) {
        Some(start) if start.eq_ignore_ascii_case(wanted) => {
            language.len() == wanted.len() || language.as_bytes().get(wanted.len()) == Some(&b'-')
        }
        _ => false,
    }
}

impl Policy {
    /// The target for a promise at a priority, seconds of open time.
    pub fn target(&self, promise: Promise, priority: Priority) -> Option<u32> {
        self.targets.get(&promise).and_then(|by| by.get(&priority)).copied()
    }

    /// Elapsed open time at which a clock with this target is at risk, ms. A target as short as the warning itself
    /// always has less left than that, so there the share alone counts.
    pub fn risk_ms(&self, target_s: u32) -> i64 {
        let target = i64::from(target_s) * 1_000;
        let share = target / 100 * i64::from(self.warn_pct.min(100));
        let left = i64::from(self.warn_left_s) * 1_000;
        if left > 0 && left < target { share.min(target - left) } else { share }
    }
}

/// Active policies in the order in which they are asked.
pub fn in_order(state: &State) -> Vec<&Policy> {
    let mut policies: Vec<&Policy> = state.policies().filter(|p| p.active).collect();
    policies.sort_by_key(|p| (p.rank, p.id));
    policies
}

/// The policy that holds for a case.
pub fn matching<'s>(state: &'s State, case: &Case) -> Option<&'s Policy> {
    let customer = case.customer.and_then(|id| state.person(id));
    in_order(state).into_iter().find(|p| p.when.case(case, customer.as_deref()))
}
