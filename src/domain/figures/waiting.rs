//! Waits in queues: what was offered and what became of it, the service level in its eight variants, speed of answer,
//! giving up.

use super::define::FigureId;
use super::facts::{Contact, Visit};
use super::figure::{Ask, Behind};
use super::part::Part;
use super::ratio::{Value, percentile};
use crate::domain::tally::{Counts, Settled};

/// A service level from counts alone, by the number of its formula, 1 to 8 (operations 1.3).
pub fn service_level(variant: u8, c: Counts, offered: i64) -> Value {
    let both = c.answered + c.abandoned;
    match variant {
        1 => Value::of(c.answered_in + c.abandoned_in, both),
        2 => Value::of(c.answered_in, c.answered),
        3 => Value::of(c.answered_in, both),
        4 => Value::of(c.answered_in, both - c.abandoned_in),
        5 => Value::of(c.answered_in + c.short, both),
        7 => Value::of(c.answered_in, both - c.short + c.flowed_out),
        8 => Value::of(c.answered_in, offered),
        _ => Value::of(c.answered_in, both - c.short),
    }
}

/// What became of a wait within the window.
fn outcome(visit: &Visit, ask: &Ask) -> Option<Settled> {
    visit.settled.filter(|(at, _)| *at < ask.window.to).map(|(_, how)| how)
}

fn is_short(visit: &Visit, ask: &Ask) -> bool {
    outcome(visit, ask) == Some(Settled::Abandoned) && visit.wait(ask.now) < ask.rules.short_ms()
}

pub(super) fn figure(id: FigureId, part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    use FigureId as F;
    let visits: Vec<(&Contact, &Visit)> = part
        .contacts
        .iter()
        .copied()
        .filter(|c| ask.channel(c.channel))
        .flat_map(|c| c.visits.iter().map(move |v| (c, v)))
        .filter(|(_, v)| ask.visit(v))
        .collect();
    let mut counts = Counts::default();
    for (_, visit) in &visits {
        if let Some(how) = outcome(visit, ask) {
            counts.add(how, visit.wait(ask.now), visit.target_ms, ask.rules);
        }
    }
    let offered = visits.len() as i64;
    let is = |how: Settled| move |v: &Visit| outcome(v, ask) == Some(how);
    let in_target = |v: &Visit| v.wait(ask.now) <= v.target_ms;
    let rows = |below: &dyn Fn(&Visit) -> bool, amount: &dyn Fn(&Visit) -> i64| -> Vec<Behind> {
        let those = visits.iter().filter(|(_, v)| below(v));
        those
            .map(|(c, v)| Behind {
                case: c.case,
                interaction: Some(c.id),
                agent: None,
                at: v.settled.filter(|(at, _)| *at < ask.window.to).map_or(v.entered, |(at, _)| at),
                amount: amount(v),
            })
            .collect()
    };
    let one = |_: &Visit| 1;
    let wait = |v: &Visit| v.wait(ask.now);
    let count = |how: Settled, n: i64| (Value::whole(n), rows(&is(how), &one));
    let ranked = |per_cent: u32| {
        let behind = rows(&is(Settled::Answered), &wait);
        let mut waits: Vec<i64> = behind.iter().map(|b| b.amount).collect();
        waits.sort_unstable();
        (percentile(&waits, per_cent), behind)
    };
    let level = |variant: u8| {
        let below = |v: &Visit| match outcome(v, ask) {
            Some(Settled::Answered) => true,
            Some(Settled::Abandoned) => match variant {
                2 => false,
                4 => !in_target(v),
                1 | 3 | 5 | 8 => true,
                _ => !is_short(v, ask),
            },
            Some(Settled::FlowedOut) => variant == 7 || variant == 8,
            _ => variant == 8,
        };
        let above = |v: &Visit| {
            i64::from(match outcome(v, ask) {
                Some(Settled::Answered) => in_target(v),
                Some(Settled::Abandoned) => (variant == 1 && in_target(v)) || (variant == 5 && is_short(v, ask)),
                _ => false,
            })
        };
        (service_level(variant, counts, offered), rows(&below, &above))
    };
    let gave_up = |v: &Visit| i64::from(is(Settled::Abandoned)(v) && !is_short(v, ask));
    match id {
        F::Offered => (Value::whole(offered), rows(&|_| true, &one)),
        F::Answered => count(Settled::Answered, counts.answered),
        F::Abandoned => count(Settled::Abandoned, counts.abandoned),
        F::FlowedOut => count(Settled::FlowedOut, counts.flowed_out),
        F::CalledBack => count(Settled::Callback, counts.callbacks),
        F::Waiting => (Value::whole(offered - counts.settled()), rows(&|v| outcome(v, ask).is_none(), &one)),
        F::ServiceLevel1 => level(1),
        F::ServiceLevel2 => level(2),
        F::ServiceLevel3 => level(3),
        F::ServiceLevel4 => level(4),
        F::ServiceLevel5 => level(5),
        F::ServiceLevel | F::ServiceLevel6 => level(6),
        F::ServiceLevel7 => level(7),
        F::ServiceLevel8 => level(8),
        F::Asa => (Value::of(counts.wait_ms, counts.answered), rows(&is(Settled::Answered), &wait)),
        F::WaitMedian => ranked(50),
        F::WaitP90 => ranked(90),
        F::WaitAll => {
            let behind = rows(&|v| outcome(v, ask).is_some(), &wait);
            (Value::of(behind.iter().map(|b| b.amount).sum(), behind.len() as i64), behind)
        }
        F::AbandonTime => {
            let behind = rows(&is(Settled::Abandoned), &wait);
            (Value::of(behind.iter().map(|b| b.amount).sum(), behind.len() as i64), behind)
        }
        F::AbandonRateLong => {
            (Value::of(counts.abandoned - counts.short, offered - counts.short), rows(&|v| !is_short(v, ask), &gave_up))
        }
        F::AbandonRateHandled => {
            let long = counts.abandoned - counts.short;
            let below = |v: &Visit| is(Settled::Answered)(v) || gave_up(v) == 1;
            (Value::of(long, counts.answered + long), rows(&below, &gave_up))
        }
        _ => (Value::of(counts.abandoned, offered), rows(&|_| true, &|v| i64::from(is(Settled::Abandoned)(v)))),
    }
}
