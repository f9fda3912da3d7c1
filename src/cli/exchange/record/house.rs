//! The house in files: the firm, its queues and people, codes, hours, policies, labels, checklists and views.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Instant, is_default, is_no};
use crate::cli::exchange::rules::Routing;
use crate::domain::checklist::{Demand, Wanted};
use crate::domain::people::Role;
use crate::domain::routing::FirmRules;
use crate::domain::work::{Channel, Need, Priority, Status};
use crate::domain::wrap_up::WrapUpRules;

/// The firm itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// Shown in the welcome.
    pub name: String,
    /// IANA zone.
    #[serde(default)]
    pub zone: String,
    /// The language it answers in unless the customer has another, BCP 47.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locale: String,
    /// How the whole house routes.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub routing: FirmRules,
}

fn is_usual(rules: &FirmRules) -> bool {
    *rules == FirmRules::default()
}

/// A skill or a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub name: String,
}

/// Opening hours by a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// IANA zone; absent is the firm's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `mon-fri 08:00-20:00, sat 09:00-17:00`, or `always`.
    pub hours: String,
    /// `2026-12-25 Christmas Day`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// `2026-12-24 09:00-13:00 Christmas Eve`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_hours: Vec<String>,
    /// What replaced it, and since when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<Later>,
    /// False once out of use.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A service policy: what is promised to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// Place in the list; the first that fits holds.
    pub rank: u32,
    /// Only in these queues, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// Only what first came by these channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Only these priorities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Priority>,
    /// Only with one of these tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Only customers with one of these flags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Only customers with one of these plans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<String>,
    /// Only in these languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// In whose open hours it counts, by key; absent is around the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// First response: `urgent=15m,high=1h,normal=4h`, or one span for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Next response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// Whether a case that is opened again gets a new clock for its resolution.
    #[serde(default, skip_serializing_if = "is_no")]
    pub reopens: bool,
    /// Statuses in which next response and resolution rest.
    #[serde(default)]
    pub pauses: Vec<Status>,
    /// At risk after this share of the target, per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_pct: Option<u8>,
    /// At risk with this much left: `15m`, or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_left: Option<String>,
    /// False once out of use.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A later version of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// In force since then.
    pub from: Instant,
    /// IANA zone.
    pub zone: String,
    /// As in the calendar.
    pub hours: String,
    /// As in the calendar.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// As in the calendar.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_hours: Vec<String>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// Channels it takes.
    #[serde(default = "every_channel")]
    pub channels: Vec<Channel>,
    /// Skill to least level.
    #[serde(default)]
    pub skills: BTreeMap<String, u8>,
    /// Seconds an offer stands.
    #[serde(default = "offer_s")]
    pub offer_s: u32,
    /// Soft limit for wrap-up, seconds.
    #[serde(default = "wrap_up_s")]
    pub wrap_up_s: u32,
    /// What it asks of the work after a contact.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wrap_up: WrapUpRules,
    /// Service level, per cent.
    #[serde(default = "sl_pct")]
    pub sl_pct: u8,
    /// Service level, seconds.
    #[serde(default = "sl_s")]
    pub sl_s: u32,
    /// When it is open, by the key of a calendar; absent is around the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// What gateways tell customers outside the hours.
    #[serde(default)]
    pub closed_message: String,
    /// How it routes.
    #[serde(default, skip_serializing_if = "Routing::is_default")]
    pub routing: Routing,
    /// False once closed for good.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Name to sign in with.
    pub login: String,
    /// Name shown.
    pub name: String,
    /// Team, by key.
    pub team: String,
    /// What they may do.
    pub role: Role,
    /// Skill to level.
    #[serde(default)]
    pub skills: BTreeMap<String, u8>,
    /// Queues they serve, by key.
    #[serde(default)]
    pub queues: Vec<String>,
    /// False once they have left.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A leaf of the reason tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// `billing/roaming`.
    pub path: String,
    /// `Billing › Roaming`.
    pub label: String,
    /// Queues that use it, by key; none is all.
    #[serde(default)]
    pub queues: Vec<String>,
    /// False once retired.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// How a contact can end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub label: String,
    /// What it demands.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Whether the case is solved by it.
    #[serde(rename = "final", default)]
    pub solves: bool,
    /// False once retired.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A kind of break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub label: String,
    /// Allowance in seconds; 0 is none.
    #[serde(default)]
    pub limit_s: u32,
}

/// The house's own word for where a case stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// The status it is within.
    pub status: Status,
    /// False once retired.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A template of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Short name.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// What is to be done.
    pub items: Vec<Wanted>,
    /// Only cases of these queues, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// Only for these reasons, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What it asks at wrap-up.
    #[serde(default)]
    pub at_wrap_up: Demand,
    /// False once retired.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Name shown.
    pub name: String,
    /// What it looks for.
    pub text: String,
    /// Whose, by login; absent is the team's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A snippet or a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stock {
    /// Short name, as typed to get it.
    pub key: String,
    /// Name shown.
    pub title: String,
    /// BCP 47; absent is for every language.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locale: String,
    /// The team it is for, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Whose own it is, by login; absent with `team` it is everyone's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The words, or the steps a line each.
    pub text: String,
}

impl Stock {
    /// What it is called in a report.
    pub fn titled(&self, kind: &str) -> String {
        let locale = if self.locale.is_empty() { String::new() } else { format!(" ({})", self.locale) };
        match (&self.team, &self.owner) {
            (Some(team), _) => format!("{kind} {}{locale} of team {team}", self.key),
            (None, Some(owner)) => format!("{kind} {}{locale} of {owner}", self.key),
            (None, None) => format!("{kind} {}{locale}", self.key),
        }
    }
}

/// The default of a missing `channels`.
pub fn every_channel() -> Vec<Channel> {
    Channel::ALL.to_vec()
}

fn offer_s() -> u32 {
    15
}

fn wrap_up_s() -> u32 {
    60
}

fn sl_pct() -> u8 {
    80
}

fn sl_s() -> u32 {
    20
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}
