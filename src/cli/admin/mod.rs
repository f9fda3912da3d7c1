//! `cordboard admin`: the firm's configuration, who may come in, copies and proofs.
//!
//! Every change is a command decided by the same rules as any other; nothing here writes to the ledger past them.

mod access;
mod calendars;
mod check;
mod codes;
mod house;
mod labels;
mod ledger;
mod people;
mod policies;
mod queues;
mod simulate;
mod stock;
mod views;
mod why;
mod words;

use anyhow::{Context as _, bail};

use super::args::{Admin, AdminCmd, Global};
use super::books::{Books, Office};
use super::exchange::record::Record;
use super::exchange::resolve::Names;
use super::exchange::{Item, Place, setup};
use super::import::bring::{Tally, Watch, bring};
use super::places::Places;
use crate::domain::Command;
use crate::domain::ids::CaseId;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::stock::Kind;

/// Runs the command.
pub fn run(args: &Admin, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    match &args.command {
        AdminCmd::Restore { file } => return ledger::restore(&places, file),
        AdminCmd::Simulate(args) => return simulate::run(args),
        AdminCmd::Setup { file } => {
            let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            let records = setup::read(&text).map_err(|why| anyhow::anyhow!("{}: {why}", file.display()))?;
            let mut office = super::office::open(&places)?;
            let tally = set_up(&mut *office, records)?;
            return super::say::say(&format!("{} things are set, {} were so already.", tally.configured, tally.same));
        }
        _ => {}
    }
    // Adding the first things to an empty folder makes the ledger; looking never does.
    let makes = matches!(
        args.command,
        AdminCmd::User(super::args::UserCmd::Add { .. })
            | AdminCmd::Queue(super::args::QueueCmd::Set { .. })
            | AdminCmd::Calendar(super::args::CalendarCmd::Set { .. })
            | AdminCmd::Policy(super::args::PolicyCmd::Set { .. })
            | AdminCmd::Skill(super::args::NamedCmd::Set { .. })
            | AdminCmd::Team(super::args::NamedCmd::Set { .. })
            | AdminCmd::Reason(super::args::ReasonCmd::Set { .. })
            | AdminCmd::Outcome(super::args::OutcomeCmd::Set { .. })
            | AdminCmd::Break(super::args::BreakCmd::Set { .. })
            | AdminCmd::View(super::args::ViewCmd::Set { .. })
            | AdminCmd::Label(super::args::LabelCmd::Set { .. })
            | AdminCmd::Checklist(super::args::ChecklistCmd::Set { .. })
            | AdminCmd::Snippet(super::args::StockCmd::Set { .. })
            | AdminCmd::Macro(super::args::StockCmd::Set { .. })
            | AdminCmd::Key(super::args::KeyCmd::Add { .. })
    );
    let mut office = if makes { super::office::open(&places)? } else { super::office::open_existing(&places)? };
    let office = &mut *office;
    match &args.command {
        AdminCmd::User(command) => people::run(office, &places, global, command),
        AdminCmd::Queue(command) => queues::run(office, command),
        AdminCmd::Calendar(command) => calendars::run(office, command),
        AdminCmd::Policy(command) => policies::run(office, command),
        AdminCmd::Skill(command) => codes::skill(office, command),
        AdminCmd::Team(command) => codes::team(office, command),
        AdminCmd::Reason(command) => codes::reason(office, command),
        AdminCmd::Outcome(command) => codes::outcome(office, command),
        AdminCmd::Break(command) => codes::breaks(office, command),
        AdminCmd::View(command) => views::run(office, command),
        AdminCmd::Label(command) => labels::label(office, command),
        AdminCmd::Checklist(command) => labels::checklist(office, command),
        AdminCmd::Snippet(command) => stock::run(office, Kind::Snippet, command),
        AdminCmd::Macro(command) => stock::run(office, Kind::Macro, command),
        AdminCmd::Key(command) => access::key(office, command),
        AdminCmd::Device(command) => access::device(office, command),
        AdminCmd::Backup { file } => ledger::backup(office, &places, file),
        AdminCmd::Check => check::run(office),
        AdminCmd::Why { case } => why::run(office, CaseId(*case)),
        AdminCmd::Verify => ledger::verify(office),
        AdminCmd::Status => ledger::status(office, &places),
        AdminCmd::House(to) => house::run(office, to),
        AdminCmd::Setup { .. } | AdminCmd::Restore { .. } | AdminCmd::Simulate(_) => Ok(()),
    }
}

/// Brings a firm's records in: all, or the first that cannot be, with its reason.
pub fn set_up(books: &mut dyn Books, records: Vec<Record>) -> anyhow::Result<Tally> {
    struct First(Option<String>);
    impl Watch for First {
        fn rejected(&mut self, place: &Place, why: &str) -> anyhow::Result<()> {
            bail!("{place}: {why}")
        }
        fn warned(&mut self, _: &Place, what: &str) {
            self.0.get_or_insert_with(|| what.to_owned());
        }
        fn committed(&mut self, _: Tally, _: u64) -> anyhow::Result<()> {
            Ok(())
        }
    }
    let items = records.into_iter().map(|record| Item::whole(Place::File(record.title()), 0, record));
    bring(books, items, 0, &mut First(None))
}

/// The configuration, to look names up in.
fn names(office: &mut dyn Office) -> anyhow::Result<Names> {
    let mut names = Names::default();
    names.learn_configuration(office)?;
    Ok(names)
}

/// The id of what must be there.
fn need(names: &Names, entity: Entity, name: &str) -> anyhow::Result<u64> {
    names.need(entity, name).map_err(anyhow::Error::msg)
}

/// Sets a row and says so.
fn put(office: &mut dyn Office, row: impl Into<Row>, said: &str) -> anyhow::Result<()> {
    office.give(Command::Put { row: Box::new(row.into()) })?;
    super::say::say(said)
}

/// Takes a row out of use and says so.
fn retire(office: &mut dyn Office, entity: Entity, name: &str, said: &str) -> anyhow::Result<()> {
    let id = need(&names(office)?, entity, name)?;
    office.give(Command::Retire { key: RowKey { entity, id } })?;
    super::say::say(said)
}
