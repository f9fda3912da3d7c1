//! The domain's words in the language of the desk. What is stored, searched and sent keeps the domain's own.

use super::people::Role;
use super::sla::Promise;
use super::sla::clock::Standing;
use super::ties::LinkKind;
use super::work::{Channel, Priority, Status};
use super::wrap_up::{Resolved, Verified};

/// How it came.
pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => t!("channel" / "voice"),
        Channel::Chat => t!("channel" / "chat"),
        Channel::Email => t!("channel" / "email"),
        Channel::Callback => t!("channel" / "callback"),
    }
}

/// A snippet or a macro.
pub fn stock(kind: super::stock::Kind) -> &'static str {
    match kind {
        super::stock::Kind::Snippet => t!("snippet"),
        super::stock::Kind::Macro => t!("macro"),
    }
}

/// The order of need.
pub fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => t!("priority" / "low"),
        Priority::Normal => t!("priority" / "normal"),
        Priority::High => t!("priority" / "high"),
        Priority::Urgent => t!("priority" / "urgent"),
    }
}

/// Where a case stands.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Open => t!("status" / "open"),
        Status::Pending => t!("status" / "pending"),
        Status::Solved => t!("status" / "solved"),
        Status::Closed => t!("status" / "closed"),
    }
}

/// What someone may do.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Trainee => t!("role" / "trainee"),
        Role::Agent => t!("role" / "agent"),
        Role::Senior => t!("role" / "senior"),
        Role::Lead => t!("role" / "lead"),
        Role::Qa => t!("role" / "qa"),
        Role::Compliance => t!("role" / "compliance"),
        Role::Admin => t!("role" / "admin"),
    }
}

/// What a linked case is to this one.
pub fn link(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Related => t!("link" / "related"),
        LinkKind::Duplicate => t!("link" / "duplicate"),
        LinkKind::Problem => t!("link" / "problem"),
        LinkKind::Incident => t!("link" / "incident"),
    }
}

/// How a service clock stands.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Breached => t!("clock" / "late"),
        Standing::AtRisk => t!("clock" / "at risk"),
        Standing::Running => t!("clock" / "running"),
        Standing::Paused => t!("clock" / "paused"),
        Standing::Met => t!("clock" / "met"),
        Standing::MetLate => t!("clock" / "met late"),
        Standing::Cancelled => t!("clock" / "cancelled"),
    }
}

/// What is promised, to begin a line.
pub fn promise(promise: Promise) -> &'static str {
    match promise {
        Promise::First => t!("First response"),
        Promise::Next => t!("Next response"),
        Promise::Resolution => t!("Resolution"),
    }
}

/// What is promised, within a sentence.
pub fn promised(promise: Promise) -> &'static str {
    match promise {
        Promise::First => t!("first response"),
        Promise::Next => t!("next response"),
        Promise::Resolution => t!("resolution"),
    }
}

/// Whether it is solved.
pub fn resolved(resolved: Resolved) -> &'static str {
    match resolved {
        Resolved::Yes => t!("solved" / "yes"),
        Resolved::No => t!("solved" / "no"),
        Resolved::Unknown => t!("solved" / "unknown"),
    }
}

/// How far someone was verified.
pub fn verified(verified: Verified) -> &'static str {
    match verified {
        Verified::NotNeeded => t!("verified" / "not needed"),
        Verified::Level1 => t!("verified" / "level 1"),
        Verified::Level2 => t!("verified" / "level 2"),
        Verified::Level3 => t!("verified" / "level 3"),
        Verified::Failed => t!("verified" / "failed"),
    }
}
