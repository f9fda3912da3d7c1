//! Cases: how many are open and for how long, how soon people answered, how soon it was solved. In calendar time and
//! in the time their queue was open.

use super::define::FigureId;
use super::facts::CaseFact;
use super::figure::{Ask, Behind};
use super::part::Part;
use super::ratio::{Value, percentile};
use crate::domain::ids::CaseId;
use crate::domain::time::At;
use crate::domain::work::Status;

pub(super) fn figure(id: FigureId, part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    use FigureId as F;
    let in_hours = matches!(
        id,
        F::BacklogMedianHours
            | F::BacklogP90Hours
            | F::BacklogOldestHours
            | F::FirstResponseHours
            | F::ResolutionFirstHours
            | F::ResolutionFullHours
    );
    let ms = |case: &CaseFact, to: At| {
        if in_hours { (ask.open_ms)(case.queue, case.created, to) } else { to.since(case.created) }
    };
    let cases =
        || part.cases.iter().filter(|(_, c)| ask.queue(c.queue) && ask.agent.is_none_or(|a| c.assignee == Some(a)));
    let behind = |id: CaseId, case: &CaseFact, at: At| Behind {
        case: id,
        interaction: None,
        agent: case.assignee,
        at,
        amount: ms(case, at),
    };
    let happened = |when: &dyn Fn(&CaseFact) -> Option<At>| {
        let mut rows = Vec::new();
        for (id, case) in cases().filter(|(_, c)| !c.imported) {
            if let Some(at) = when(case).filter(|at| ask.window.holds(*at)) {
                rows.push(behind(*id, case, at));
            }
        }
        (Value::of(rows.iter().map(|r| r.amount).sum(), rows.len() as i64), rows)
    };
    match id {
        F::FirstResponse | F::FirstResponseHours => happened(&|c| c.first_reply),
        F::ResolutionFirst | F::ResolutionFirstHours => happened(&CaseFact::first_solved),
        F::ResolutionFull | F::ResolutionFullHours => happened(&CaseFact::last_solved),
        _ => {
            let at = ask.past().to;
            let status = if id == F::BacklogPending { Status::Pending } else { Status::Open };
            let open = cases().filter(|(_, c)| c.status_at(at) == Some(status));
            let rows: Vec<Behind> = open.map(|(id, case)| behind(*id, case, at)).collect();
            let mut ages: Vec<i64> = rows.iter().map(|r| r.amount).collect();
            ages.sort_unstable();
            let value = match id {
                F::Backlog | F::BacklogPending => Value::whole(rows.len() as i64),
                F::BacklogMedian | F::BacklogMedianHours => percentile(&ages, 50),
                F::BacklogP90 | F::BacklogP90Hours => percentile(&ages, 90),
                _ => percentile(&ages, 100),
            };
            (value, rows)
        }
    }
}
