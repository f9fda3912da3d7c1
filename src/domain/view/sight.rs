//! Whether a case is in view, and in which order cases stand.

use super::{Compare, Expr, Span, Test, Whose};
use crate::domain::checklist::{self, Line};
use crate::domain::ids::{AgentId, CaseId};
use crate::domain::state::State;
use crate::domain::ties::LinkKind;
use crate::domain::time::{At, SECOND};
use crate::domain::work::{Case, Phase};

/// Who looks, when, and at what: the configuration and the open contacts.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// Configuration and open contacts.
    pub state: &'a State,
    /// Who looks; `None` sees nothing as theirs.
    pub me: Option<AgentId>,
    /// Server time.
    pub now: At,
}

impl Sight<'_> {
    /// Whether a case is in view; `customer` is its customer's name, or empty.
    pub fn holds(&self, expr: &Expr, case: &Case, customer: &str) -> bool {
        match expr {
            Expr::All(parts) => parts.iter().all(|p| self.holds(p, case, customer)),
            Expr::Any(parts) => parts.iter().any(|p| self.holds(p, case, customer)),
            Expr::Not(part) => !self.holds(part, case, customer),
            Expr::Is(test) => self.is(test, case, customer),
        }
    }

    /// What cases are sorted by: the next due clock, those without one last; then age, then number. No two are equal.
    pub fn order(&self, case: &Case) -> (bool, Option<At>, At, CaseId) {
        let due = due(self.state, case);
        (due.is_none(), due, case.created, case.id)
    }

    fn is(&self, test: &Test, case: &Case, customer: &str) -> bool {
        let state = self.state;
        match test {
            Test::Mine | Test::Assignee(Whose::Me) => self.me.is_some() && case.assignee == self.me,
            Test::Assignee(Whose::Nobody) => case.assignee.is_none(),
            Test::Assignee(Whose::Login(login)) => {
                let agent = case.assignee.and_then(|a| state.agent(a));
                agent.is_some_and(|a| a.login.eq_ignore_ascii_case(login))
            }
            Test::Snoozed => case.snoozed_until.is_some_and(|at| at > self.now),
            Test::Escalated => case.escalated.is_some(),
            Test::Waiting => waiting_since(state, case).is_some(),
            Test::Late => due(state, case).is_some_and(|at| at < self.now),
            Test::Merged => case.ties.merged.is_some(),
            Test::Incident(problem) => case.ties.to(CaseId(*problem)) == Some(LinkKind::Problem),
            Test::Status(status) => case.status == *status,
            Test::Priority(compare, priority) => match compare {
                Compare::Is => case.priority == *priority,
                Compare::AtLeast => case.priority >= *priority,
                Compare::AtMost => case.priority <= *priority,
                Compare::More => case.priority > *priority,
                Compare::Less => case.priority < *priority,
            },
            Test::Queue(key) => state.queue(case.queue).is_some_and(|q| q.key.eq_ignore_ascii_case(key)),
            Test::Tag(tag) => case.tags.contains(tag),
            Test::Channel(channel) => case.channel == *channel,
            Test::Language(language) => begins(&case.language, language),
            Test::Reason(path) => case.reason.and_then(|r| state.reason(r)).is_some_and(|r| is_under(&r.path, path)),
            Test::Outcome(key) => {
                case.outcome.and_then(|o| state.outcome(o)).is_some_and(|o| o.key.eq_ignore_ascii_case(key))
            }
            Test::Label(key) => {
                let label = case.label.and_then(|l| state.label(l));
                label.is_some_and(|l| l.status == case.status && l.key.eq_ignore_ascii_case(key))
            }
            Test::Unticked => {
                let open = |line: &Line| line.demand.is_some() && line.done.is_none();
                checklist::lines(state, case, case.reason).iter().any(open)
            }
            Test::Customer(name) => holds(customer, name),
            Test::Span { span, less, ms } => match self.span(*span, case) {
                Some(length) if *less => length < *ms,
                Some(length) => length > *ms,
                None => false,
            },
            Test::Words(words) => {
                holds(&case.subject, words) || holds(customer, words) || holds(&case.reference, words)
            }
        }
    }

    fn span(&self, span: Span, case: &Case) -> Option<i64> {
        match span {
            Span::Sla => due(self.state, case).map(|at| at.0.saturating_sub(self.now.0)),
            Span::Waiting => waiting_since(self.state, case).map(|at| self.now.since(at)),
            Span::Updated => Some(self.now.since(case.updated)),
            Span::Created => Some(self.now.since(case.created)),
        }
    }
}

/// Since when the case's customer waits, in line or for an answer.
pub fn waiting_since(state: &State, case: &Case) -> Option<At> {
    let waits = state.interactions_of(case.id).filter_map(|i| match i.phase {
        Phase::Queued | Phase::Offered { .. } => Some(i.first_enqueued),
        _ => i.waiting_since,
    });
    waits.min()
}

/// When something about the case is next due: a clock of it that runs, or the service level of a contact that waits.
pub fn due(state: &State, case: &Case) -> Option<At> {
    let waits = state.interactions_of(case.id).filter(|i| matches!(i.phase, Phase::Queued | Phase::Offered { .. }));
    let levels = waits.filter_map(|i| Some(i.enqueued.plus(i64::from(state.queue(i.queue)?.sl_s) * SECOND)));
    let clocks = case.sla.open().filter(|c| c.paused.is_none()).filter_map(|c| c.due);
    levels.chain(clocks).min()
}

/// Whether a reason's path is this one or below it.
pub(super) fn is_under(path: &str, top: &str) -> bool {
    let (path, top) = (path.to_lowercase(), top.to_lowercase());
    path.strip_prefix(top.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn begins(language: &str, with: &str) -> bool {
    let (language, with) = (language.to_lowercase(), with.to_lowercase());
    language.strip_prefix(with.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn holds(text: &str, words: &str) -> bool {
    text.to_lowercase().contains(&words.to_lowercase())
}
