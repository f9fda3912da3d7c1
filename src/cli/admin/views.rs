//! The team's views of cases. People's own are theirs: they are neither listed nor changed here.

use super::{names, put, retire};
use crate::cli::args::ViewCmd;
use crate::cli::books::Office;
use crate::cli::say::table;
use crate::domain::ids::ViewId;
use crate::domain::row::Entity;
use crate::domain::view::SavedView;

pub(super) fn run(office: &mut dyn Office, command: &ViewCmd) -> anyhow::Result<()> {
    match command {
        ViewCmd::List => {
            let views = office.all(Entity::SavedView)?.into_iter().filter_map(|row| SavedView::try_from(row).ok());
            let team = views.filter(|v| v.owner.is_none()).map(|v| vec![v.name, v.text]);
            table(&["NAME", "TEXT"], &team.collect::<Vec<_>>(), "The team has no views yet; admin view set adds one.")
        }
        ViewCmd::Set { name, text } => {
            let id = ViewId(names(office)?.id(Entity::SavedView, name).unwrap_or(0));
            let view = SavedView { id, name: name.clone(), text: text.clone(), owner: None };
            put(office, view, &format!("View {name} is set."))
        }
        ViewCmd::Retire { name } => retire(office, Entity::SavedView, name, &format!("View {name} is out of use.")),
    }
}
