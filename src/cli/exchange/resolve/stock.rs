//! Snippets and macros: told apart by kind, short name, language and owner.

use super::Names;
use crate::cli::exchange::record;
use crate::domain::ids::{AgentId, StockId, TeamId};
use crate::domain::row::Entity;
use crate::domain::stock::{Kind, Owner, Stock, fault};

impl Names {
    pub(super) fn stock(&self, kind: Kind, r: &record::Stock) -> Result<Stock, String> {
        let owner = match (&r.team, &r.owner) {
            (Some(_), Some(_)) => return Err("it has a team and an owner; leave one of them out".to_owned()),
            (Some(team), None) => Owner::Team(TeamId(self.need(Entity::Team, team)?)),
            (None, Some(login)) => Owner::Agent(AgentId(self.need(Entity::Agent, login)?)),
            (None, None) => Owner::Firm,
        };
        let id = StockId(self.id(Entity::Stock, &stock_name(kind, &r.key, &r.locale, owner)).unwrap_or(0));
        let (key, title, locale) = (r.key.clone(), r.title.clone(), r.locale.clone());
        let body = r.text.trim_end().to_owned();
        let stock = Stock { id, kind, key, title, body, locale, owner };
        match fault(&stock) {
            Some((field, because)) => Err(format!("{field}: {because}")),
            None => Ok(stock),
        }
    }
}

/// A snippet's or macro's name among all: its owner and language tell it from others of its short name.
pub fn stock_name(kind: Kind, key: &str, locale: &str, owner: Owner) -> String {
    let owner = match owner {
        Owner::Firm => String::new(),
        Owner::Team(team) => format!("team {team}"),
        Owner::Agent(agent) => format!("agent {agent}"),
    };
    format!("{}\t{key}\t{}\t{owner}", kind.word(), locale.to_ascii_lowercase())
}
