//! Agents, teams, roles and presence; customers and how to reach them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, BreakId, CustomerId, QueueId, SkillId, TeamId};
use super::kin::MergedCustomer;
use super::routing::FirmRules;
use super::time::At;

/// What a person may do. Ordered only for the "at least" questions of routing and escalation; rights are a table
/// in [`super::permit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Learns by doing; sees no full phone numbers or addresses.
    Trainee,
    /// Handles contacts.
    Agent,
    /// Takes escalations.
    Senior,
    /// Runs a team.
    Lead,
    /// Reads and scores; changes nothing.
    Qa,
    /// Reads everything; changes nothing but holds.
    Compliance,
    /// Configures the desk.
    Admin,
}

impl Role {
    /// Every role, in the order above.
    pub const ALL: [Role; 7] =
        [Role::Trainee, Role::Agent, Role::Senior, Role::Lead, Role::Qa, Role::Compliance, Role::Admin];

    /// The word used in files, on the command line and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Role::Trainee => "trainee",
            Role::Agent => "agent",
            Role::Senior => "senior",
            Role::Lead => "lead",
            Role::Qa => "qa",
            Role::Compliance => "compliance",
            Role::Admin => "admin",
        }
    }

    /// Reads [`Role::word`].
    pub fn from_word(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// The firm itself; there is one row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Firm {
    /// Shown in the welcome and in exports.
    pub name: String,
    /// IANA time zone of the firm's own day.
    pub zone: String,
    /// How the whole house routes.
    pub rules: FirmRules,
    /// The language it answers in unless the customer has another, BCP 47; may be empty.
    #[serde(default)]
    pub locale: String,
}

/// A group of agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Identity.
    pub id: TeamId,
    /// Short name used in files and on the command line.
    pub key: String,
    /// Name shown.
    pub name: String,
}

/// Something an agent can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    /// Identity.
    pub id: SkillId,
    /// Short name used in files and on the command line.
    pub key: String,
    /// Name shown.
    pub name: String,
}

/// A person who works here, as the directory shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Identity.
    pub id: AgentId,
    /// Name to sign in with, unique.
    pub login: String,
    /// Name shown.
    pub name: String,
    /// Their team.
    pub team: TeamId,
    /// What they may do.
    pub role: Role,
    /// Skill to proficiency 1–5.
    pub skills: BTreeMap<SkillId, u8>,
    /// Queues they serve.
    pub queues: Vec<QueueId>,
    /// False once they have left; the row stays because history names it.
    pub active: bool,
}

/// What a person chose to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// Not signed in.
    #[default]
    Offline,
    /// Signed in, takes nothing.
    Away,
    /// Takes offers.
    Ready,
    /// On a break with a reason.
    Break(BreakId),
    /// Let an offer pass; takes nothing until they say Ready.
    NotResponding,
}

/// One agent's presence; lives in the team's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceRow {
    /// Whose.
    pub agent: AgentId,
    /// In whose scope.
    pub team: TeamId,
    /// What they chose.
    pub presence: Presence,
    /// Since when.
    pub since: At,
    /// What they will be after the contact in hand, if armed.
    pub next: Option<Presence>,
    /// When they last became free to take a contact, counted from the end of wrap-up (operations 2.2).
    pub idle_since: At,
    /// Since when no desk of theirs has a link; `None` while linked. Never counted against them.
    pub link_lost: Option<At>,
    /// Offers let pass since they last said Ready.
    pub missed: u32,
    /// When they last let one pass; two within ten minutes set them Away.
    pub last_miss: Option<At>,
    /// Who else set the presence, if it was not they.
    pub forced: Option<Forced>,
}

/// A presence that someone else set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forced {
    /// The lead; `None` is the desk itself.
    pub by: Option<AgentId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: At,
    /// Whether a lead was told of it.
    pub told: bool,
}

/// A kind of break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakCode {
    /// Identity.
    pub id: BreakId,
    /// Short name used in files and on the command line.
    pub key: String,
    /// Name shown.
    pub label: String,
    /// Allowance in seconds; 0 is none.
    pub limit_s: u32,
}

/// A person or firm being served, as every desk may see them. Identities are masked here; the full ones are
/// [`Contacts`], a second row in another scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Identity.
    pub id: CustomerId,
    /// The firm's own reference, unique; used by imports.
    pub reference: String,
    /// Name as one free field.
    pub name: String,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA time zone, or empty when unknown.
    pub zone: String,
    /// What they bought.
    pub plan: String,
    /// Hazards and hints, each a word: vip, vulnerable, legal-hold …
    pub flags: Vec<String>,
    /// Pinned note.
    pub note: String,
    /// Customer since, as a date.
    pub since: String,
    /// Identities cut to what anyone may see.
    pub masked: Vec<String>,
    /// They are one person with another, who stands for both.
    pub merged: Option<Box<MergedCustomer>>,
    /// Who became part of them, in that order.
    pub holds: Vec<CustomerId>,
}

/// How to reach a customer, in full.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contacts {
    /// Whose.
    pub id: CustomerId,
    /// E.164 numbers.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Handle on a messaging service.
    pub handle: String,
}

impl Contacts {
    /// The masked forms: last two digits of a phone, first letter and domain of an address.
    pub fn masked(&self) -> Vec<String> {
        let phones = self.phones.iter().map(|p| {
            let tail: String = p.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
            format!("••••{tail}")
        });
        let emails = self.emails.iter().map(|e| match e.split_once('@') {
            Some((user, host)) => format!("{}•••@{host}", user.chars().next().unwrap_or('•')),
            None => "•••".to_owned(),
        });
        phones.chain(emails).collect()
    }
}
