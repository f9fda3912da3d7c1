//! What customers say when they are asked.

use super::define::FigureId;
use super::figure::{Ask, Behind};
use super::part::Part;
use super::ratio::Value;
use crate::domain::tally::{Rating, Survey};

pub(super) fn figure(id: FigureId, part: &Part, ask: &Ask) -> (Value, Vec<Behind>) {
    use FigureId as F;
    let (survey, scale) = match id {
        F::Nps => (Survey::Nps, 10),
        F::Ces | F::CesMean => (Survey::Ces, 7),
        _ => (Survey::Csat, 5),
    };
    let channel = |r: &Rating| part.all.contacts.get(&r.interaction).is_none_or(|c| ask.channel(c.channel));
    let wanted = |r: &&Rating| {
        r.survey == survey && r.scale == scale && ask.window.holds(r.at) && ask.agent(r.agent) && ask.queue(r.queue)
    };
    let given: Vec<&Rating> = part.ratings.iter().copied().filter(wanted).filter(|r| channel(r)).collect();
    let count = |least: u8, most: u8| given.iter().filter(|r| (least..=most).contains(&r.mark)).count() as i64;
    let n = given.len() as i64;
    let sum: i64 = given.iter().map(|r| i64::from(r.mark)).sum();
    let value = match id {
        F::Csat => Value::of(count(4, 5), n),
        F::CsatResponse => Value::of(n, super::handling::figure(F::AhtContact, part, ask).1.len() as i64),
        F::Nps => Value::of(count(9, 10) - count(0, 6), n),
        F::Ces => Value::of(count(5, 7), n),
        _ => Value::of(sum, n),
    };
    let behind = |r: &&Rating| Behind {
        case: r.case,
        interaction: Some(r.interaction),
        agent: Some(r.agent),
        at: r.at,
        amount: i64::from(r.mark),
    };
    (value, given.iter().map(behind).collect())
}
