//! Checklists and labels of cases.

use super::{Context, Decision};
use crate::domain::checklist::{Check, Demand, MAX_WORDS, MOST, lines, open, tidy};
use crate::domain::event::Event;
use crate::domain::ids::{CaseId, LabelId, ReasonId};
use crate::domain::permit::{Right, allows};
use crate::domain::refusal::Refusal;
use crate::domain::work::{Case, Status};

/// Adds, takes away, ticks and unticks items by their words; what others did meanwhile stays.
pub(super) fn edit(
    ctx: &Context,
    id: CaseId,
    add: &[String],
    remove: &[String],
    tick: &[String],
    untick: &[String],
) -> Decision {
    let (me, case) = ctx.my_case(id)?;
    let mut checks = case.checks.clone();
    for text in remove {
        let Some(at) = checks.iter().position(|c| c.text == *text) else { continue };
        let own = checks[at].by.is_none_or(|by| by == me.id);
        if !own && !allows(me.role, Right::AssignOthers) {
            let by = checks[at].by.map_or_else(String::new, |by| ctx.agent_name(by));
            return Err(Refusal::invalid(
                tk!("checklist"),
                tf!("{by} typed this item; only they or a lead take it away", by),
            ));
        }
        checks.remove(at);
    }
    for text in add {
        let because = || tf!("an item has 1 to {most} characters", most = MAX_WORDS);
        let text = tidy(text).ok_or_else(|| Refusal::invalid(tk!("checklist"), because()))?;
        if !lines(ctx.state, case, case.reason).iter().any(|l| l.text == text) && !checks.iter().any(|c| c.text == text)
        {
            checks.push(Check { text, by: Some(me.id), done: None });
        }
    }
    for (texts, done) in [(tick, Some((me.id, ctx.now))), (untick, None)] {
        for text in texts {
            match checks.iter_mut().find(|c| c.text == *text) {
                // Who did it first did it.
                Some(check) if check.done.is_some() != done.is_some() => check.done = done,
                Some(_) => {}
                None if done.is_some() => {
                    let because = || tk!("there is no such item").to_owned();
                    let text = tidy(text).ok_or_else(|| Refusal::invalid(tk!("checklist"), because()))?;
                    checks.push(Check { text, by: None, done });
                }
                None => {}
            }
        }
    }
    // A template's item that nobody ticked is there without being stored.
    checks.retain(|c| c.by.is_some() || c.done.is_some());
    if checks.len() > MOST {
        return Err(Refusal::invalid(
            tk!("checklist"),
            tf!("a case has at most {most} items; take some away", most = MOST),
        ));
    }
    if checks == case.checks {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ChecksChanged { case: id, checks, at: ctx.now }])
}

/// Refuses a wrap-up as long as items are open that the house insists on.
pub(super) fn check_done(ctx: &Context, case: &Case, reason: Option<ReasonId>) -> Result<(), Refusal> {
    let open = open(ctx.state, case, reason, Demand::Refuse);
    if open.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(tk!("checklist"), tf!("still open: {items}; tick what is done (K)", items = open.join(", "))))
}

/// Says where a case stands in the house's own words, and with it its status.
pub(super) fn label(ctx: &Context, id: CaseId, label: Option<LabelId>, from: Status, had: Option<LabelId>) -> Decision {
    let (me, case) = ctx.my_case(id)?;
    if case.label == label {
        return Ok(Vec::new());
    }
    if case.label != had {
        return Err(super::case::changed(ctx, case));
    }
    let wanted = label.map(|l| ctx.state.label(l).ok_or_else(|| Refusal::gone(tk!("this label")))).transpose()?;
    let mut events = Vec::new();
    if let Some(wanted) = wanted {
        if !wanted.active {
            return Err(Refusal::invalid(
                tk!("label"),
                tf!("{name} is out of use; choose another", name = wanted.name),
            ));
        }
        events.extend(super::case::status(ctx, id, wanted.status, from)?);
    }
    events.push(Event::CaseLabelled { case: id, label, by: Some(me.id), at: ctx.now });
    Ok(events)
}
