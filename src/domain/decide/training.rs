//! Attempts of the training room that somebody shows, or shows no longer.

use super::{Context, Decision};
use crate::domain::event::Event;
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::time::DAY;
use crate::domain::training::{Attempt, MAX_KINDS, MAX_NAME, MOST, Training};

/// Keeps what was chosen; nothing chosen takes back all that was shown.
pub(super) fn share(ctx: &Context, attempts: &[Attempt]) -> Decision {
    let me = ctx.me()?;
    let shown = ctx.state.training(me.id);
    if attempts.is_empty() {
        let key = RowKey { entity: Entity::Training, id: me.id.0 };
        return Ok(shown.map(|_| Event::Retired { key }).into_iter().collect());
    }
    if attempts.len() > MOST {
        return Err(Refusal::invalid(tk!("attempts"), tf!("at most {most} at once", most = MOST)));
    }
    if let Some(odd) = attempts.iter().find(|a| !is_sound(a, ctx.now.0)) {
        let because = tf!("the attempt at {scenario} is not as the training room writes it", scenario = odd.scenario);
        return Err(Refusal::invalid(tk!("attempts"), because));
    }
    let before = shown.cloned().unwrap_or(Training { agent: me.id, team: me.team, attempts: Vec::new() });
    let after = Training { team: me.team, ..before.clone().with(attempts) };
    if shown.is_some() && after == before {
        return Ok(Vec::new());
    }
    Ok(vec![Event::RowSet { row: Box::new(after.into()) }])
}

/// Whether it can be an attempt that is over.
fn is_sound(attempt: &Attempt, now: i64) -> bool {
    let named = |name: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(plain)
    };
    named(&attempt.scenario)
        && attempt.kinds.len() <= MAX_KINDS
        && attempt.kinds.iter().all(|kind| named(kind))
        && (1..=9).contains(&attempt.level)
        && attempt.total <= 100
        && attempt.critical <= 100
        && (1..=now + DAY).contains(&attempt.at)
}
