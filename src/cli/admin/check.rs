//! `cordboard admin check`: settings that stand but will not do what they look like.

use crate::cli::books::Office;
use crate::cli::say::{say, table};
use crate::clock::{Clock as _, SystemClock};
use crate::domain::State;
use crate::domain::lint::{LINTS, Warning};
use crate::domain::row::Entity;

pub(super) fn run(office: &mut dyn Office) -> anyhow::Result<()> {
    let mut state = State::new();
    let configuration = Entity::ALL.iter().filter(|e| e.is_configuration());
    for entity in configuration {
        for row in office.all(*entity)? {
            state.load(row);
        }
    }
    let now = SystemClock::new().now();
    let warnings: Vec<Warning> = LINTS.iter().flat_map(|lint| lint(&state, now)).collect();
    let rows: Vec<Vec<String>> = warnings.iter().map(|w| vec![w.place.clone(), w.because.clone()]).collect();
    table(&["PLACE", "WHAT IS ODD"], &rows, "Nothing is odd.")?;
    match warnings.len() {
        0 => Ok(()),
        1 => say("1 thing is odd; everything works as it is set."),
        n => say(&format!("{n} things are odd; everything works as it is set.")),
    }
}
