//! What this machine's desk holds: a case to practise on, and what the team shows of its practice.
//!
//! Only reads, and only the desk's own copy, also while it is open. One invariant: nobody gets more than they see on
//! their desk, because a desk is sent nothing else.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::args::Copy;
use crate::cli::args::Global;
use crate::cli::places::Places;
use crate::domain::ids::{AgentId, CaseId};
use crate::domain::people::Customer;
use crate::domain::state::State;
use crate::domain::work::{Author, Channel, Kind, Status};
use crate::sandbox::convert::Real;
use crate::sandbox::library;
use crate::store::cache::{self, CacheReader};

/// The copy of the desk of this machine.
pub(super) struct Held {
    reader: CacheReader,
    state: State,
    /// Whose desk it is.
    pub(super) me: AgentId,
}

impl Held {
    /// Opens it: the desk that joined a team, else the one of whoever is at home here.
    pub(super) fn open(copy: &Copy, global: &Global) -> anyhow::Result<Held> {
        let places = Places::find(global, copy.dir.data.as_deref())?;
        let mut reader = CacheReader::open(&file(&places, copy.login.as_deref())?)?;
        let me = reader.cursors()?.agent.context("this desk has not spoken to its server yet; open it once")?;
        let state = reader.hot()?;
        Ok(Held { reader, state, me })
    }

    /// Configuration, people, and what they show.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// A case that is over, with everybody's names.
    pub(super) fn case(&mut self, reference: &str) -> anyhow::Result<Real> {
        let number = reference.trim_start_matches('#').parse();
        let id = CaseId(number.with_context(|| format!("{reference:?} is no case; name it by its number: #4821"))?);
        let Some(thread) = self.reader.thread(id)? else {
            bail!("case {reference} is not on this desk; open it there once, if you may see it");
        };
        if !matches!(thread.case.status, Status::Solved | Status::Closed) {
            bail!("{reference} is not over; only a solved or closed case can be practised on");
        }
        if thread.absent > 0 {
            bail!("not all of {reference} is on this desk yet; open it there, then try again");
        }
        let customer = match thread.case.customer {
            Some(id) => self.reader.customer(id)?,
            None => None,
        };
        let customer = customer.with_context(|| format!("whose case {reference} is cannot be seen on this desk"))?;
        let said = thread.messages.iter().filter(|m| m.kind == Kind::Message && m.author != Author::System);
        let said = said.map(|m| (m.author == Author::Customer, m.body.clone())).collect();
        let last = thread.wrap_ups.last();
        let note = last.and_then(|w| w.note).and_then(|id| thread.messages.iter().find(|m| m.id == id));
        let reason = last.and_then(|w| w.reason).or(thread.case.reason).and_then(|id| self.state.reason(id));
        let outcome = last.and_then(|w| w.outcome).and_then(|id| self.state.outcome(id));
        let Customer { name, reference: known_as, .. } = customer.customer;
        let mut others: Vec<String> = self.state.agents().flat_map(|a| [a.login.clone(), a.name.clone()]).collect();
        others.push(known_as);
        if let Some(contacts) = customer.contacts {
            others.extend(contacts.phones.into_iter().chain(contacts.emails).chain([contacts.handle]));
        }
        others.retain(|other| !other.is_empty());
        others.sort();
        others.dedup();
        let language = thread.case.language;
        let spoken = library::languages().contains(&language.split(['-', '_']).next().unwrap_or_default());
        Ok(Real {
            subject: thread.case.subject,
            channel: match thread.case.channel {
                Channel::Voice | Channel::Callback => "voice",
                Channel::Email => "email",
                Channel::Chat => "chat",
            }
            .to_owned(),
            locale: if spoken { language } else { "en-GB".to_owned() },
            customer: name,
            others,
            said,
            note: note.map_or(String::new(), |m| m.body.clone()),
            ended: (
                reason.map_or(String::new(), |r| r.label.clone()),
                outcome.map_or(String::new(), |o| o.label.clone()),
            ),
        })
    }
}

/// The file of the copy. `login` names one of several people at home here.
fn file(places: &Places, login: Option<&str>) -> anyhow::Result<PathBuf> {
    let copy = |folder: PathBuf| Some(folder.join(cache::FILE)).filter(|file| file.is_file());
    let mut desks: Vec<PathBuf> = places.desks().into_iter().filter(|folder| copy(folder.clone()).is_some()).collect();
    let names: Vec<String> = desks.iter().filter_map(|d| Some(d.file_name()?.to_string_lossy().into_owned())).collect();
    if let Some(login) = login {
        let named = copy(places.desk_of(login));
        return named.with_context(|| format!("there is no desk of {login} here; there is: {}", names.join(", ")));
    }
    if let Some(joined) = copy(places.desk()) {
        return Ok(joined);
    }
    match (desks.pop().and_then(copy), desks.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            bail!("several people have desks here; say whose: --as {}", names.join(", or --as "))
        }
        (None, _) => {
            bail!("there is no desk in {}; name its folder with --data, or join a team first", places.data.display())
        }
    }
}
