//! Past cases: with all that belongs to them, and who wrote on them.

use super::{Names, Step, own_number};
use crate::cli::exchange::record::{self, Speaker};
use crate::domain::Command;
use crate::domain::command::{ImportedMessage, ImportedTask, ImportedWrapUp};
use crate::domain::file::FileCard;
use crate::domain::hands::Hands;
use crate::domain::ids::{AgentId, CaseId, CustomerId, FileId, LabelId, OutcomeId, QueueId, ReasonId};
use crate::domain::mail::Correspondents;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::sla::Sla;
use crate::domain::ties::Ties;
use crate::domain::work::{Author, Case};

impl Names {
    pub(super) fn past_case(&self, r: &record::Case) -> Result<Step, String> {
        if self.id(Entity::Case, &r.reference).is_some() || self.is_own(r) {
            return Ok(Step::Same);
        }
        let agent =
            |login: &Option<String>| login.as_ref().map(|l| self.need(Entity::Agent, l).map(AgentId)).transpose();
        let reason =
            |path: &Option<String>| path.as_ref().map(|p| self.need(Entity::Reason, p).map(ReasonId)).transpose();
        let outcome =
            |key: &Option<String>| key.as_ref().map(|k| self.need(Entity::Outcome, k).map(OutcomeId)).transpose();
        let whose = |c: &String| match self.own_customer(c) {
            Some(own) => Ok(own.id),
            None => self.need(Entity::Customer, c).map(CustomerId),
        };
        let customer = r.customer.as_ref().map(whose).transpose()?;
        let case = Case {
            id: CaseId(0),
            reference: r.reference.clone(),
            customer,
            queue: QueueId(self.need(Entity::Queue, &r.queue)?),
            channel: r.channel,
            subject: r.subject.clone(),
            status: r.status,
            priority: r.priority,
            tags: r.tags.clone(),
            assignee: agent(&r.assignee)?,
            language: r.language.clone(),
            created: r.created.0,
            updated: r.updated.0,
            snoozed_until: r.snoozed_until.map(|at| at.0),
            reason: reason(&r.reason)?,
            outcome: outcome(&r.outcome)?,
            last_inbound: None,
            escalated: r.escalated.clone(),
            sla: Sla::default(),
            ties: Ties::default(),
            label: r.label.as_ref().map(|key| self.need(Entity::Label, key).map(LabelId)).transpose()?,
            checks: r.checks.iter().map(|c| self.check(c)).collect::<Result<_, _>>()?,
            hands: Hands::default(),
        };
        let messages = r.messages.iter().map(|m| {
            let author = match (m.from, agent(&m.author)?) {
                (Speaker::Customer, _) => Author::Customer,
                (Speaker::System, _) => Author::System,
                (Speaker::Agent, Some(id)) => Author::Agent(id),
                (Speaker::Agent, None) => return Err("a message is from an agent, but author does not say who".into()),
            };
            let channel = m.channel.unwrap_or(r.channel);
            let card =
                |f: &record::File| FileCard { id: FileId(0), name: f.name.clone(), size: f.size, kind: f.kind.clone() };
            Ok(ImportedMessage {
                at: m.at.0,
                author,
                kind: m.kind,
                body: m.body.clone(),
                channel,
                files: m.files.iter().map(card).collect(),
                went: m.went.clone(),
            })
        });
        let messages = messages.collect::<Result<Vec<_>, String>>()?;
        if !messages.is_sorted_by_key(|m| m.at) {
            return Err("its messages are not in order of time".into());
        }
        let wrap_ups = r.wrap_ups.iter().map(|w| {
            Ok(ImportedWrapUp {
                at: w.at.0,
                agent: AgentId(self.need(Entity::Agent, &w.agent)?),
                channel: w.channel,
                reason: reason(&w.reason)?,
                outcome: outcome(&w.outcome)?,
                note: w.note,
                wait_ms: w.wait_ms,
                talk_ms: w.talk_ms,
                hold_ms: w.hold_ms,
                holds: w.holds,
                wrap_ms: w.wrap_ms,
                late: w.late,
                incomplete: w.incomplete,
                findings: w.findings.clone(),
            })
        });
        let tasks = r.promises.iter().map(|t| {
            let owner = AgentId(self.need(Entity::Agent, &t.owner)?);
            Ok(ImportedTask { owner, kind: t.kind, what: t.what.clone(), due: t.due.0, done: t.done.map(|d| d.0) })
        });
        Ok(Step::Do(Box::new(Command::ImportCase {
            case: Box::new(case),
            messages,
            wrap_ups: wrap_ups.collect::<Result<_, String>>()?,
            tasks: tasks.collect::<Result<_, String>>()?,
        })))
    }

    /// Whether `#4821` is this ledger's own case of that number and not another desk's.
    fn is_own(&self, r: &record::Case) -> bool {
        let row = own_number(&r.reference).and_then(|id| self.rows.get(&RowKey { entity: Entity::Case, id }));
        matches!(row, Some(Row::Case(c)) if c.reference.is_empty() && c.created == r.created.0)
    }

    /// Who writes to each other on a case; what waits on this ledger to be sent goes on waiting.
    pub(super) fn correspondence(&self, r: &record::Correspondence) -> Result<Step, String> {
        let case = self.case(&r.case).map(|c| c.id).ok_or_else(|| format!("there is no case {}", r.case))?;
        let waiting = match self.rows.get(&RowKey { entity: Entity::Correspondents, id: case.0 }) {
            Some(Row::Correspondents(known)) => known.waiting.clone(),
            _ => Vec::new(),
        };
        let row = Correspondents { case, ours: r.ours.clone(), to: r.to.clone(), cc: r.cc.clone(), waiting };
        Ok(self.put(row.into()))
    }
}
