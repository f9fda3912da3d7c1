//! `cordboard admin why`: the way of a past contact through the router, told from the ledger.

use std::collections::BTreeMap;

use anyhow::bail;

use crate::cli::books::Office;
use crate::cli::say::{say, table};
use crate::domain::ids::{CaseId, InteractionId};
use crate::domain::routing::trace;
use crate::domain::row::{Entity, Row};
use crate::domain::time::At;
use crate::domain::{Event, State, safe};

/// Events asked for at once.
const PAGE: usize = 5_000;

pub(super) fn run(office: &mut dyn Office, case: CaseId) -> anyhow::Result<()> {
    let mut state = State::new();
    let mut zone = String::new();
    for entity in [Entity::Firm, Entity::Agent, Entity::Queue] {
        for row in office.all(entity)? {
            if let Row::Firm(firm) = &row {
                zone.clone_from(&firm.zone);
            }
            state.load(row);
        }
    }
    let told = history(office, &state, case)?;
    if told.is_empty() {
        bail!("no contact of case {case} came in here");
    }
    let zone = crate::domain::calendar::wall::zone(&zone);
    for (interaction, lines) in told {
        say(&format!("Contact {interaction}"))?;
        let time = |at: At| at.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string();
        let rows: Vec<Vec<String>> = lines.iter().map(|(at, words)| vec![time(*at), safe::line(words)]).collect();
        table(&["WHEN", "WHAT"], &rows, "")?;
    }
    Ok(())
}

/// What happened to each contact of a case, in order.
fn history(
    office: &mut dyn Office,
    state: &State,
    case: CaseId,
) -> anyhow::Result<BTreeMap<InteractionId, Vec<(At, String)>>> {
    let mut told: BTreeMap<InteractionId, Vec<(At, String)>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = office.events(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(told) };
        after = last.seq;
        for entered in &page {
            if let Event::InteractionOpened { interaction, .. } = &entered.event
                && interaction.case == case
            {
                told.entry(interaction.id).or_default();
            }
            for (id, lines) in &mut told {
                lines.extend(trace::history(state, *id, [(entered.at, &entered.event)]));
            }
        }
    }
}
