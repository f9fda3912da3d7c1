//! The whole of Cordboard in one thread: real desks, a real server and their real files under a virtual clock, over a
//! network and on disks that fail as a seed says (spec: sync 4).
//!
//! Nothing of what is tested is written here a second time: the domain, the ledger, the core, the sessions, the
//! registry, the codec, the engine, the machine, outbox and cache are those that ship, each taken step by step. What is
//! here are clocks, wires, people, faults, and the checks. One run is a pure function of its seed: the same seed, the
//! same trace. The rules of the protocol, each broken on purpose, prove that the checks can fail ([`flaw`]).
//!
//! `CORDBOARD_SIM_SEEDS=10000 cargo test --lib sim::tests::every_invariant -- --nocapture` runs so many seeds and says
//! what happened in how many of them; `CORDBOARD_SIM_SEED=4711` runs one and tells it line by line. With the test of a
//! flaw instead, both run the flaw. With `CARGO_PROFILE_TEST_OPT_LEVEL=1` before it, the build takes minutes and the
//! seeds half the time: that pays from some thousands of them.
//! Start reading at [`world`].

mod agent;
mod check;
mod computer;
mod dice;
mod fault;
mod flaw;
mod house;
mod morning;
mod net;
mod plan;
mod story;
mod tally;
mod tasks;
mod time;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use flaw::Flaw;
use plan::Plan;
use tally::Tally;
use world::World;

/// A folder for one run's files: in memory where the system has such a place, because a simulated disk need not spin.
fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

/// What went wrong in a run, how often what happened, and everything line by line if it was to be told.
struct Ended {
    fault: Option<String>,
    trace: Vec<String>,
    tally: Tally,
}

/// One run.
fn run(seed: u64, flaw: Flaw, traced: bool) -> Ended {
    let dir = folder();
    let mut world = World::new(Plan::of(seed), flaw, dir.path().to_owned(), traced);
    let ended = catch_unwind(AssertUnwindSafe(|| world.run()));
    let fault = match ended {
        Ok(ended) => ended.err(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Some(format!("panic: {}", text.unwrap_or_default()))
        }
    };
    let fault = fault.map(|fault| story::plain(&fault));
    Ended { fault, trace: world.story.lines(), tally: world.tally.clone() }
}

#[cfg(test)]
mod tests;
