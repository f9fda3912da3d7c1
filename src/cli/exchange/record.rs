//! Records as files have them: everything by name, nothing by number.
//!
//! One form serves the firm's file (TOML), the sample, JSON Lines in and JSON Lines out; so what one writes the
//! other reads. Fields are in the order they are written.

mod house;

pub use house::*;

use serde::{Deserialize, Serialize};

use super::interaction::Interaction;
use crate::domain::mail::{Address, Recipients};
use crate::domain::ties::LinkKind;
use crate::domain::time::At;
use crate::domain::work::{Channel, Kind, Priority, Status, TaskKind};
use crate::domain::wrap_up::Findings;

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
    /// Text with stops.
    Snippet(Stock),
    /// A list of actions.
    Macro(Stock),
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
    /// A customer who became part of another.
    Merged(MergedCustomer),
    /// Who writes to each other by e-mail on a case.
    Correspondence(Correspondence),
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
            Record::Snippet(r) => r.titled("snippet"),
            Record::Macro(r) => r.titled("macro"),
            Record::Ties(r) => format!("ties of case {}", r.case),
            Record::Customer(r) => format!("customer {}", r.reference),
            Record::Case(r) => format!("case {}", r.reference),
            Record::Interaction(r) => r.title(),
            Record::Article(r) => format!("article {}/{}", r.locale, r.slug),
            Record::Merged(r) => format!("merging of customer {}", r.customer),
            Record::Correspondence(r) => format!("correspondence of case {}", r.case),
        }
    }
}

/// How a customer became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergedCustomer {
    /// Who, by reference.
    pub customer: String,
    /// The one who goes on.
    pub into: String,
    /// Who did it, by login.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
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
    /// What was sent along; not its bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// To whom it went by e-mail when that was not as before, as those may see it who may not see addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<Box<Recipients>>,
}

/// A file that was sent along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name as the sender gave it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Media type as the sender gave it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// Who writes to each other by e-mail on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correspondence {
    /// Which case, by reference.
    pub case: String,
    /// The address of ours that answers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ours: String,
    /// To whom an answer is written.
    pub to: Vec<Address>,
    /// Who gets it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Address>,
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_no(value: &bool) -> bool {
    !*value
}
