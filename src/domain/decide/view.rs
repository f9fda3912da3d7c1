//! Saved views: an agent's own here, the team's as configuration.

use super::{Context, Decision};
use crate::domain::event::Event;
use crate::domain::ids::ViewId;
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::view::{MAX_NAME, SavedView, read};

/// Most views of one agent's own.
const MOST: usize = 50;

pub(super) fn save(ctx: &Context, name: &str, text: &str) -> Decision {
    let me = ctx.me()?;
    let name = name.trim();
    check(ctx, name, text)?;
    let mine: Vec<&SavedView> = ctx.state.saved_views().filter(|v| v.owner == Some(me.id)).collect();
    let known = mine.iter().find(|v| v.name == name);
    if known.is_some_and(|v| v.text == text) {
        return Ok(Vec::new());
    }
    if known.is_none() && mine.len() >= MOST {
        return Err(Refusal::invalid(tk!("view"), tf!("you have {most} already; drop one first", most = MOST)));
    }
    let id = known.map_or_else(|| ViewId(ctx.state.next_id(Entity::SavedView, 0)), |v| v.id);
    let view = SavedView { id, name: name.to_owned(), text: text.to_owned(), owner: Some(me.id) };
    Ok(vec![Event::RowSet { row: Box::new(view.into()) }])
}

pub(super) fn drop(ctx: &Context, id: ViewId) -> Decision {
    let me = ctx.me()?;
    match ctx.state.saved_view(id) {
        Some(view) if view.owner == Some(me.id) => {
            Ok(vec![Event::Retired { key: RowKey { entity: Entity::SavedView, id: id.0 } }])
        }
        Some(_) => Err(Refusal::invalid(tk!("view"), tk!("it is not one of your own"))),
        None => Err(Refusal::gone(tk!("this view"))),
    }
}

/// A view has a name and says something that can be read.
pub(super) fn check(ctx: &Context, name: &str, text: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME {
        return Err(Refusal::invalid(tk!("name"), tf!("a view's name has 1 to {most} characters", most = MAX_NAME)));
    }
    let lower =
        |f: super::super::view::Fault| tf!("column {column}: {because}", column = f.column, because = f.because);
    read(text, ctx.state).map(|_| ()).map_err(|fault| Refusal::invalid(tk!("view"), lower(fault)))
}
