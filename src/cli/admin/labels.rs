//! Labels for where cases stand, and templates of checklists.

use anyhow::Context as _;

use super::{names, need, put, retire, words};
use crate::cli::args::{ChecklistCmd, ChecklistSet, LabelCmd};
use crate::cli::books::Office;
use crate::cli::say::table;
use crate::domain::checklist::{Checklist, Demand, Wanted, tidy};
use crate::domain::ids::{ChecklistId, LabelId, ReasonId};
use crate::domain::label::Label;
use crate::domain::row::{Entity, Row};
use crate::domain::work::Status;

fn retired(active: bool) -> String {
    if active { String::new() } else { "out of use".to_owned() }
}

pub(super) fn label(office: &mut dyn Office, command: &LabelCmd) -> anyhow::Result<()> {
    match command {
        LabelCmd::List => {
            let labels = office.all(Entity::Label)?.into_iter().filter_map(|row| Label::try_from(row).ok());
            let rows = labels.map(|l| vec![l.key, l.name, l.status.word().into(), retired(l.active)]);
            table(&["KEY", "NAME", "STATUS", ""], &rows.collect::<Vec<_>>(), "There is none yet.")
        }
        LabelCmd::Set { key, name, status } => {
            let all = || Status::ALL.map(Status::word).join(", ");
            let status = Status::from_word(status)
                .with_context(|| format!("--status: there is no status {status}; it should be {}", all()))?;
            let id = LabelId(names(office)?.id(Entity::Label, key).unwrap_or(0));
            let label = Label { id, key: key.clone(), name: name.clone(), status, active: true };
            put(office, label, &format!("Label {key} is set."))
        }
        LabelCmd::Retire { key } => retire(office, Entity::Label, key, &format!("Label {key} is out of use.")),
    }
}

pub(super) fn checklist(office: &mut dyn Office, command: &ChecklistCmd) -> anyhow::Result<()> {
    match command {
        ChecklistCmd::List => list(office),
        ChecklistCmd::Set(to) => set(office, to),
        ChecklistCmd::Retire { key } => {
            retire(office, Entity::Checklist, key, &format!("Checklist {key} is out of use."))
        }
    }
}

fn list(office: &mut dyn Office) -> anyhow::Result<()> {
    let rows = |entity, office: &mut dyn Office| office.all(entity);
    let queues = rows(Entity::Queue, office)?;
    let reasons = rows(Entity::Reason, office)?;
    let named = |rows: &[Row], wanted: Vec<u64>| {
        let names = rows.iter().filter(|r| wanted.contains(&r.id()));
        names.filter_map(crate::cli::exchange::resolve::key_of).collect::<Vec<_>>().join(",")
    };
    let lists = office.all(Entity::Checklist)?.into_iter().filter_map(|row| Checklist::try_from(row).ok());
    let cells = |l: Checklist| {
        let item = |i: &Wanted| if i.must { format!("{} (must)", i.text) } else { i.text.clone() };
        let on = [
            named(&queues, l.queues.iter().map(|q| q.0).collect()),
            named(&reasons, l.reasons.iter().map(|r| r.0).collect()),
        ];
        let on: Vec<String> = on.into_iter().filter(|w| !w.is_empty()).collect();
        let on = if on.is_empty() { "every case".to_owned() } else { on.join(" ") };
        let items = l.items.iter().map(item).collect::<Vec<_>>().join("; ");
        vec![l.key, l.name, on, l.demand.word().into(), items, retired(l.active)]
    };
    let lists: Vec<Vec<String>> = lists.map(cells).collect();
    table(&["KEY", "NAME", "ON", "AT WRAP-UP", "ITEMS", ""], &lists, "There is none yet.")
}

fn set(office: &mut dyn Office, to: &ChecklistSet) -> anyhow::Result<()> {
    let names = names(office)?;
    let demand = Demand::from_word(&to.at_wrap_up)
        .with_context(|| format!("--at-wrap-up: {} should be warn or refuse", to.at_wrap_up))?;
    let item = |must| move |text: &String| Wanted { text: tidy(text).unwrap_or_default(), must };
    let list = Checklist {
        id: ChecklistId(names.id(Entity::Checklist, &to.key).unwrap_or(0)),
        key: to.key.clone(),
        name: to.name.clone(),
        items: to.must.iter().map(item(true)).chain(to.item.iter().map(item(false))).collect(),
        queues: words::queues(&names, &to.queues)?,
        reasons: to
            .reasons
            .iter()
            .filter(|path| !path.is_empty())
            .map(|path| need(&names, Entity::Reason, path).map(ReasonId))
            .collect::<anyhow::Result<_>>()?,
        demand,
        active: true,
    };
    put(office, list, &format!("Checklist {} is set.", to.key))
}
