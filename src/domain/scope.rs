//! Scopes: every row lives in exactly one, and a role is a set of them (spec: sync 3.2).

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, QueueId, TeamId};

/// Where a row lives and so who may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Firm, directory, queues, skills, codes: everyone.
    Desk,
    /// Presence of one team.
    Team(TeamId),
    /// Live interactions of one queue, masked.
    Queue(QueueId),
    /// One agent's own promises, views, snippets and macros.
    Agent(AgentId),
    /// Customers, identities masked.
    People,
    /// Identities in full.
    Contacts,
    /// Cases, messages, notes and wrap-ups of one queue.
    History(QueueId),
    /// Articles, and the firm's snippets and macros.
    Library,
    /// Snippets and macros of one team.
    Shelf(TeamId),
    /// What a team's people show of their practice.
    Training(TeamId),
}

/// The two feeds of a connection. Each has its own cursor, so that live rows never wait behind history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lane {
    /// What is happening now.
    Live,
    /// What happened, and what is known.
    Deep,
}

impl Lane {
    /// Both lanes.
    pub const ALL: [Lane; 2] = [Lane::Live, Lane::Deep];
}

impl Scope {
    /// Which feed carries it.
    pub fn lane(self) -> Lane {
        match self {
            Scope::Desk | Scope::Team(_) | Scope::Queue(_) | Scope::Agent(_) => Lane::Live,
            Scope::People
            | Scope::Contacts
            | Scope::History(_)
            | Scope::Library
            | Scope::Shelf(_)
            | Scope::Training(_) => Lane::Deep,
        }
    }

    /// One integer for store and index: kind in the low 4 bits, id above.
    pub fn code(self) -> i64 {
        let (kind, id) = match self {
            Scope::Desk => (0, 0),
            Scope::Team(t) => (1, t.0),
            Scope::Queue(q) => (2, q.0),
            Scope::Agent(a) => (3, a.0),
            Scope::People => (4, 0),
            Scope::Contacts => (5, 0),
            Scope::History(q) => (6, q.0),
            Scope::Library => (7, 0),
            Scope::Shelf(t) => (8, t.0),
            Scope::Training(t) => (9, t.0),
        };
        ((id << 4) | kind) as i64
    }

    /// Reads [`Scope::code`].
    pub fn from_code(code: i64) -> Option<Scope> {
        let id = (code as u64) >> 4;
        Some(match code & 15 {
            0 => Scope::Desk,
            1 => Scope::Team(TeamId(id)),
            2 => Scope::Queue(QueueId(id)),
            3 => Scope::Agent(AgentId(id)),
            4 => Scope::People,
            5 => Scope::Contacts,
            6 => Scope::History(QueueId(id)),
            7 => Scope::Library,
            8 => Scope::Shelf(TeamId(id)),
            9 => Scope::Training(TeamId(id)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_round_trips() {
        let scopes = [
            Scope::Desk,
            Scope::Team(TeamId(7)),
            Scope::Queue(QueueId(1)),
            Scope::Agent(AgentId(900_719)),
            Scope::People,
            Scope::Contacts,
            Scope::History(QueueId(3)),
            Scope::Library,
            Scope::Shelf(TeamId(12)),
            Scope::Training(TeamId(5)),
        ];
        for scope in scopes {
            assert_eq!(Scope::from_code(scope.code()), Some(scope));
        }
        assert_eq!(Scope::from_code(15), None);
    }
}
