//! Snippets and macros: kept, dropped, counted.

use super::{Context, Decision};
use crate::domain::command::Actor;
use crate::domain::event::Event;
use crate::domain::ids::StockId;
use crate::domain::permit::{Right, allows};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::stock::{Kind, MOST, Name, Owner, Stock, fault};

/// Most uses told at once.
const MOST_USED: usize = 50;

pub(super) fn save(ctx: &Context, wanted: &Stock) -> Decision {
    may(ctx, wanted.owner, wanted.kind)?;
    let mut stock = wanted.clone();
    if stock.id.0 == 0 {
        let known = ctx.state.stocks().find(|s| s.is_called(&wanted.name()));
        stock.id = known.map_or_else(|| StockId(ctx.state.next_id(Entity::Stock, 0)), |s| s.id);
    }
    check(ctx, &stock)?;
    if ctx.state.stock(stock.id) == Some(&stock) {
        return Ok(Vec::new());
    }
    if ctx.state.stock(stock.id).is_none() && ctx.state.stocks().filter(|s| s.owner == stock.owner).count() >= MOST {
        let because = format!("there are {MOST} already; drop some first");
        return Err(Refusal::invalid(stock.kind.word(), because));
    }
    Ok(vec![Event::RowSet { row: Box::new(stock.into()) }])
}

pub(super) fn drop(ctx: &Context, name: &Name) -> Decision {
    may(ctx, name.owner, name.kind)?;
    let gone = || Refusal::gone(format!("the {} {}", name.kind.word(), name.key));
    let stock = ctx.state.stocks().find(|s| s.is_called(name)).ok_or_else(gone)?;
    Ok(vec![Event::Retired { key: RowKey { entity: Entity::Stock, id: stock.id.0 } }])
}

/// Adds the count to what was decided. What is not there any more is not counted.
pub(super) fn counted(ctx: &Context, used: &[StockId], mut events: Vec<Event>) -> Vec<Event> {
    let Actor::Agent(agent) = ctx.actor else { return events };
    let mut known: Vec<StockId> = used.iter().copied().filter(|id| ctx.state.stock(*id).is_some()).collect();
    known.sort_unstable();
    known.dedup();
    known.truncate(MOST_USED);
    if !known.is_empty() {
        events.push(Event::StockUsed { agent, used: known, at: ctx.now });
    }
    events
}

/// Agents have their own, leads their team's, admins the firm's.
fn may(ctx: &Context, owner: Owner, kind: Kind) -> Result<(), Refusal> {
    let me = ctx.me()?;
    let word = kind.word();
    match owner {
        Owner::Agent(agent) if agent == me.id => Ok(()),
        Owner::Team(team) if team == me.team && allows(me.role, Right::RunTeam) => Ok(()),
        Owner::Firm if allows(me.role, Right::Configure) => Ok(()),
        Owner::Agent(_) => Err(Refusal::invalid(word, "it is not one of your own")),
        Owner::Team(_) => Err(Refusal::invalid(word, "it is a team's; only its lead changes it")),
        Owner::Firm => Err(Refusal::invalid(word, "it is the firm's; only an admin changes it")),
    }
}

/// Refuses what could not be used, or told from another.
pub(super) fn check(ctx: &Context, stock: &Stock) -> Result<(), Refusal> {
    if let Some((field, because)) = fault(stock) {
        return Err(Refusal::invalid(field, because));
    }
    let there = match stock.owner {
        Owner::Firm => true,
        Owner::Team(team) => ctx.state.team(team).is_some(),
        Owner::Agent(agent) => ctx.state.agent(agent).is_some(),
    };
    if !there {
        return Err(Refusal::invalid("owner", "there is no such team or agent"));
    }
    if let Some(known) = ctx.state.stock(stock.id)
        && (known.owner != stock.owner || known.kind != stock.kind)
    {
        return Err(Refusal::invalid(stock.kind.word(), "whose it is never changes; make another"));
    }
    match ctx.state.stocks().find(|s| s.id != stock.id && s.is_called(&stock.name())) {
        Some(_) => Err(Refusal::Exists { what: format!("{} {}", stock.kind.word(), stock.key) }),
        None => Ok(()),
    }
}
