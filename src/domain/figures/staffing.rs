//! Planned against actual time: adherence, conformance, shrinkage (operations 1.2, 1.4).

use super::ratio::Value;

/// Share of the scheduled time that was kept: one less exceptions over scheduled, never below 0. With `outside`, work
/// outside the shift is an exception too and counts above and below. Nothing scheduled is n/a. All in one unit.
pub fn adherence(scheduled: i64, exceptions: i64, outside: Option<i64>) -> Value {
    if scheduled <= 0 {
        return Value::Na;
    }
    let outside = outside.unwrap_or(0);
    let (base, lost) = (scheduled + outside, exceptions + outside);
    Value::of((base - lost).max(0), base)
}

/// Time on the queue against time scheduled for it; can exceed 1. Nothing scheduled is n/a.
pub fn conformance(actual: i64, scheduled: i64) -> Value {
    Value::of(actual, scheduled)
}

/// Share of paid time in which nobody could take a contact.
pub fn shrinkage(unavailable: i64, paid: i64) -> Value {
    Value::of(unavailable, paid)
}

/// How many people to plan so that `required` are there: required / (1 - shrinkage), whole people; `None` when
/// nobody is ever there.
pub fn scheduled_for(required: i64, unavailable: i64, paid: i64) -> Option<i64> {
    let there = paid - unavailable;
    (there > 0).then(|| (required * paid + there - 1) / there)
}
