//! Every vector of operations 1.3 and 1.4, and what must hold on any day.

mod days;
mod reference;
mod vectors;

use super::{Ask, Facts, FigureId, Value, Window, figure};
use crate::domain::ids::{AgentId, QueueId};
use crate::domain::tally::FigureRules;
use crate::domain::time::At;
use crate::domain::work::Channel;

const fn s(seconds: i64) -> At {
    At(seconds * 1_000)
}

fn window(from: i64, to: i64) -> Window {
    Window::new(s(from), s(to))
}

/// A question with nothing left out.
fn ask(window: Window) -> Ask<'static> {
    Ask {
        window,
        now: window.to,
        queues: &[],
        agent: None,
        channels: &[],
        open_ms: &|_, from, to| to.since(from),
        rules: FigureRules::default(),
    }
}

fn of(id: FigureId, facts: &Facts, ask: &Ask) -> Value {
    figure(id, facts, ask).value
}
