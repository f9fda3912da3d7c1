//! What a case has to do with others, and what was ticked on it.

use super::{Names, Step};
use crate::cli::exchange::record;
use crate::domain::Command;
use crate::domain::checklist::Check;
use crate::domain::ids::{AgentId, LabelId};
use crate::domain::row::Entity;
use crate::domain::sla::Sla;
use crate::domain::ties::{Link, Merged, Ties};

impl Names {
    pub(super) fn check(&self, r: &record::Check) -> Result<Check, String> {
        let agent = |login: &String| self.need(Entity::Agent, login).map(AgentId);
        let by = r.by.as_ref().map(agent).transpose()?;
        let done = match (&r.done_by, r.done) {
            (Some(login), Some(at)) => Some((agent(login)?, at.0)),
            (None, None) => None,
            _ => return Err(format!("{}: say who did it and when, or neither", r.text)),
        };
        Ok(Check { text: r.text.clone(), by, done })
    }

    pub(super) fn ties(&self, r: &record::Ties) -> Result<Step, String> {
        let case = |reference: &String| {
            self.case(reference).map(|c| c.id).ok_or_else(|| format!("there is no case {reference}"))
        };
        let merged = r.merged.as_ref().map(|m| {
            Ok::<_, String>(Box::new(Merged {
                into: case(&m.into)?,
                by: AgentId(self.need(Entity::Agent, &m.by)?),
                reason: m.reason.clone(),
                at: m.at.0,
                status: m.status,
                label: m.label.as_ref().map(|key| self.need(Entity::Label, key).map(LabelId)).transpose()?,
                snoozed_until: m.snoozed_until.map(|at| at.0),
                contacts: Vec::new(),
                sla: Sla::default(),
            }))
        });
        let links = r.links.iter().map(|l| Ok::<_, String>(Link { case: case(&l.case)?, kind: l.kind }));
        let mut ties = Ties {
            merged: merged.transpose()?,
            holds: r.holds.iter().map(case).collect::<Result<_, _>>()?,
            split_from: r.split_from.as_ref().map(case).transpose()?,
            links: links.collect::<Result<_, _>>()?,
        };
        ties.links.sort_unstable();
        let of = case(&r.case)?;
        let known = self.case(&r.case).map(|c| {
            // What is open on this ledger alone does not go out, and so need not come in.
            let mut known = c.ties.clone();
            if let Some(merged) = &mut known.merged {
                (merged.contacts, merged.sla) = (Vec::new(), Sla::default());
            }
            known
        });
        if known.as_ref() == Some(&ties) {
            return Ok(Step::Same);
        }
        Ok(Step::Do(Box::new(Command::ImportTies { case: of, ties: Box::new(ties) })))
    }
}
