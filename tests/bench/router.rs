//! One million calls through the rules: opened, offered, answered, wrapped up, each decided and applied as on the
//! server, over 40 agents at nine tenths of what they can carry, on one core.

use std::time::Instant;

use cordboard::domain::simulate::{Draw, Figures, World, run};
use cordboard::domain::time::At;
use cordboard::rand::{Rand as _, SeededRand};

use crate::figures::Report;

const CALLS: usize = 1_000_000;
const AGENTS: usize = 40;
const START: At = At(1_800_000_000_000);

/// The whole run, its arrivals drawn beforehand.
pub fn measure(report: &mut Report) {
    let (one, two) = (SeededRand::new(1), SeededRand::new(2));
    let (mut even, mut lengths) = (|| one.u64(), || two.u64());
    let per_hour = AGENTS as f64 * 20.0 * 0.9;
    let arrivals = Draw::new(&mut even).arrivals(CALLS, per_hour, &[1.0], Some(120.0), START);
    let mut service = Draw::new(&mut lengths);
    let start = Instant::now();
    let calls = run(&World::plain(AGENTS), &arrivals, &mut || service.span(180_000.0)).expect("every command is sound");
    let took = start.elapsed().as_secs_f64();
    assert_eq!(Figures::of(&calls, AGENTS, 20, START, None).calls, CALLS);
    report.count("one million interactions routed", took, "s", 30.0, 15.0);
}
