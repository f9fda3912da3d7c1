//! Records as files have them: everything by name, nothing by number.
//!
//! One form serves the firm's file (TOML), the sample, JSON Lines in and JSON Lines out; so what one writes the
//! other reads. Fields are in the order they are written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::interaction::Interaction;
use super::rules::Routing;
use crate::domain::checklist::{Demand, Wanted};
use crate::domain::people::Role;
use crate::domain::routing::FirmRules;
use crate::domain::ties::LinkKind;
use crate::domain::time::At;
use crate::domain::work::{Channel, Kind, Need, Priority, Status, TaskKind};
use crate::domain::wrap_up::{Findings, WrapUpRules};

/// One line of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Record {
    /// The firm.
    Firm(Firm),
    /// A skill.
    Skill(Named),
    /// Opening hours.
    Calendar(Calendar),
    /// A service policy.
    Policy(Policy),
    /// A queue.
    Queue(Queue),
    /// A team.
    Team(Named),
    /// An agent.
    Agent(Agent),
    /// A wrap-up reason.
    Reason(Reason),
    /// A wrap-up outcome.
    Outcome(Outcome),
    /// A break code.
    Break(Break),
    /// A label.
    Label(Label),
    /// A template of a checklist.
    Checklist(Checklist),
    /// A saved view.
    View(View),
    /// A customer.
    Customer(Customer),
    /// A case with all that belongs to it.
    Case(Case),
    /// An open interaction.
    Interaction(Interaction),
    /// What a case has to do with others.
    Ties(Ties),
    /// An article.
    Article(Article),
}

impl Record {
    /// What it is called in a report: `customer LT-100001`.
    pub fn title(&self) -> String {
        match self {
            Record::Firm(r) => format!("firm {}", r.name),
            Record::Skill(r) => format!("skill {}", r.key),
            Record::Calendar(r) => format!("calendar {}", r.key),
            Record::Policy(r) => format!("policy {}", r.key),
            Record::Queue(r) => format!("queue {}", r.key),
            Record::Team(r) => format!("team {}", r.key),
            Record::Agent(r) => format!("agent {}", r.login),
            Record::Reason(r) => format!("reason {}", r.path),
            Record::Outcome(r) => format!("outcome {}", r.key),
            Record::Break(r) => format!("break {}", r.key),
            Record::Label(r) => format!("label {}", r.key),
            Record::Checklist(r) => format!("checklist {}", r.key),
            Record::View(record) => match &record.owner {
                Some(owner) => format!("view {} of {owner}", record.name),
                None => format!("view {}", record.name),
            },
            Record::Ties(r) => format!("ties of case {}", r.case),
            Record::Customer(r) => format!("customer {}", r.reference),
            Record::Case(r) => format!("case {}", r.reference),
            Record::Interaction(r) => r.title(),
            Record::Article(r) => format!("article {}/{}", r.locale, r.slug),
        }
    }
}

/// The firm itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// Shown in the welcome.
    pub name: String,
    /// IANA zone.
    #[serde(default)]
    pub zone: String,
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

/// What a case has to do with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ties {
    /// Which case, by reference.
    pub case: String,
    /// The case it became part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// Cases that became part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// The case its first messages came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<String>,
    /// Others it is linked to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

impl Ties {
    /// Every case it names.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let others = self.holds.iter().chain(&self.split_from).chain(self.links.iter().map(|l| &l.case));
        others.chain(self.merged.iter().map(|m| &m.into)).chain([&self.case]).map(String::as_str)
    }
}

/// How a case became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merged {
    /// The one that goes on.
    pub into: String,
    /// Who did it, by login.
    pub by: String,
    /// Why, when they were of different customers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When.
    pub at: Instant,
    /// Where the case stood before.
    pub status: Status,
    /// In the house's own words, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Until when it slept before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Instant>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The other case.
    pub case: String,
    /// What it is to this one.
    pub kind: LinkKind,
}

/// Something on a case's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is to be done.
    pub text: String,
    /// Who typed it, by login; absent is a template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Who did it, by login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Instant>,
}

/// A customer with identities.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The firm's reference.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Name as one field.
    pub name: String,
    /// E.164 numbers.
    #[serde(default)]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Handle on a messaging service.
    #[serde(default)]
    pub handle: String,
    /// BCP 47.
    #[serde(default)]
    pub locale: String,
    /// IANA zone.
    #[serde(default)]
    pub zone: String,
    /// What they bought.
    #[serde(default)]
    pub plan: String,
    /// Hints, each a word.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Pinned note.
    #[serde(default)]
    pub note: String,
    /// Customer since.
    #[serde(default)]
    pub since: String,
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// An agent; `author` says who.
    Agent,
    /// The desk itself.
    System,
}

/// One message or note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// When.
    pub at: Instant,
    /// Who.
    pub from: Speaker,
    /// Which agent, by login.
    #[serde(default)]
    pub author: Option<String>,
    /// For whom.
    pub kind: Kind,
    /// How it travelled; absent is the case's channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The words.
    pub body: String,
}

/// One agent's work on one contact of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapUp {
    /// When it was finished.
    pub at: Instant,
    /// Whose work, by login.
    pub agent: String,
    /// How the contact came.
    pub channel: Channel,
    /// Why they came, by path.
    #[serde(default)]
    pub reason: Option<String>,
    /// How it ended, by key.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Its note: which of the case's messages, counted from 0.
    #[serde(default)]
    pub note: Option<u32>,
    /// Wait before the answer.
    #[serde(default)]
    pub wait_ms: i64,
    /// Talk.
    #[serde(default)]
    pub talk_ms: i64,
    /// Hold.
    #[serde(default)]
    pub hold_ms: i64,
    /// How often the customer was put on hold.
    #[serde(default)]
    pub holds: u16,
    /// Wrap-up.
    #[serde(default)]
    pub wrap_ms: i64,
    /// It came after the contact had moved on.
    #[serde(default, skip_serializing_if = "is_no")]
    pub late: bool,
    /// Its time was over before codes were given.
    #[serde(default, skip_serializing_if = "is_no")]
    pub incomplete: bool,
    /// What was found, beside the codes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub findings: Findings,
}

/// A promise made on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Whose, by login.
    pub owner: String,
    /// What kind.
    pub kind: TaskKind,
    /// What was promised.
    pub what: String,
    /// By when.
    pub due: Instant,
    /// When it was kept.
    #[serde(default)]
    pub done: Option<Instant>,
}

/// A case with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Reference; `#4821` for a case that was made here and has none of its own.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Whose, by reference.
    #[serde(default)]
    pub customer: Option<String>,
    /// Which queue, by key.
    pub queue: String,
    /// How it first came.
    pub channel: Channel,
    /// One line.
    pub subject: String,
    /// Where it stands.
    pub status: Status,
    /// In the house's own words, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Order of need.
    #[serde(default)]
    pub priority: Priority,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whose promise, by login.
    #[serde(default)]
    pub assignee: Option<String>,
    /// BCP 47.
    #[serde(default)]
    pub language: String,
    /// First seen.
    pub created: Instant,
    /// Last changed.
    pub updated: Instant,
    /// Sleeps until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Instant>,
    /// Last reason given, by path.
    #[serde(default)]
    pub reason: Option<String>,
    /// Last outcome given, by key.
    #[serde(default)]
    pub outcome: Option<String>,
    /// Why it was escalated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated: Option<String>,
    /// Oldest first.
    #[serde(default)]
    pub messages: Vec<Message>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrap_ups: Vec<WrapUp>,
    /// Promises made on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promise>,
    /// What was ticked on its checklist, or typed into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// One knowledge-base page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// Name, unique within the locale.
    pub slug: String,
    /// BCP 47.
    pub locale: String,
    /// Title.
    pub title: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// Good until this date, or empty.
    #[serde(default)]
    pub verified_until: String,
    /// All of it is for the team only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    /// Last changed.
    pub updated: Instant,
    /// Markdown; parts marked `{internal}` are for the team only.
    pub body: String,
}

/// An instant as files have it: RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub At);

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Instant, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        let at = At::from_rfc3339(&text);
        at.map(Instant)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no time; write it like 2025-06-30T14:05:00Z")))
    }
}

/// The default of a missing `channels`.
pub fn every_channel() -> Vec<Channel> {
    Channel::ALL.to_vec()
}

fn offer_s() -> u32 {
    15
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_no(value: &bool) -> bool {
    !*value
}
