//! Many seeds, each flaw, and a seed twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::story::{LEGEND, summary};
use super::tally::Coverage;
use super::*;
use crate::clock::{Clock, SystemClock};

/// Seeds of a run without more words.
const SEEDS: u64 = 40;
/// Runs within which each flaw must show, of those it may show in.
const FLAW_RUNS: usize = 120;
/// Failures after which a run is not worth going on with.
const ENOUGH: usize = 20;
/// Over this many seeds everything happens …
const MANY: u64 = 1_000;
/// … in one of so many of them at least.
const SHARE: u64 = 100;

/// How many seeds are to be run.
const SEEDS_ASKED: &str = "CORDBOARD_SIM_SEEDS";

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.trim().parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// What came of a number of runs.
#[derive(Default, Serialize, Deserialize)]
struct Outcome {
    failed: Vec<(u64, String)>,
    coverage: Coverage,
}

/// Runs these seeds on as many threads as there are processors, until so many have failed.
fn run_all(seeds: &[u64], flaw: Flaw, most: usize) -> Outcome {
    run_on(processors(), seeds, flaw, most)
}

fn run_on(threads: usize, seeds: &[u64], flaw: Flaw, most: usize) -> Outcome {
    let (next, outcome) = (AtomicUsize::new(0), Mutex::new(Outcome::default()));
    let lock = || outcome.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed))
                    && lock().failed.len() < most
                {
                    let ended = run(*seed, flaw, false);
                    let mut outcome = lock();
                    outcome.coverage.add(&ended.tally);
                    outcome.failed.extend(ended.fault.map(|fault| (*seed, fault)));
                }
            });
        }
    });
    let mut outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.failed.sort();
    outcome
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Where a process finds out which seeds are its own: "1/2" is every other seed, from 1 on.
const PART: &str = "CORDBOARD_SIM_PART";
/// What a part says comes after this.
const CAME_OF: &str = "what came of it: ";

/// This process's part of so many seeds, if it is one of several.
fn part(count: u64) -> Option<Vec<u64>> {
    let text = std::env::var(PART).ok()?;
    let (first, of) = text.split_once('/').expect("a part of so many");
    let [first, of] = [first, of].map(|text| text.parse::<u64>().expect("a number"));
    Some((first..count).step_by(of as usize).collect())
}

/// Runs so many seeds in a process for each processor: SQLite has locks that all threads of a process share.
fn run_apart(count: u64) -> Outcome {
    let (exe, parts) = (std::env::current_exe().expect("this program"), processors());
    let begin = |first: usize| {
        let mut part = std::process::Command::new(&exe);
        part.args(["--exact", "--nocapture", "sim::tests::every_invariant_holds_over_many_seeds"]);
        part.env(PART, format!("{first}/{parts}")).env(SEEDS_ASKED, count.to_string());
        part.stdout(std::process::Stdio::piped()).spawn().expect("starts")
    };
    let begun: Vec<_> = (0..parts).map(begin).collect();
    let mut all = Outcome::default();
    for part in begun {
        let said = String::from_utf8(part.wait_with_output().expect("ends").stdout).expect("words");
        let came_of = said.lines().find_map(|line| line.split_once(CAME_OF)).map(|(_, text)| text);
        let came_of = came_of.unwrap_or_else(|| panic!("a part ended early:\n{said}"));
        let outcome: Outcome = serde_json::from_str(came_of).expect("as it was written");
        all.coverage.join(&outcome.coverage);
        all.failed.extend(outcome.failed);
    }
    all.failed.sort();
    all
}

/// One run, told line by line, and what went wrong in it.
fn tell(seed: u64, flaw: Flaw) -> Option<String> {
    let ended = run(seed, flaw, true);
    println!("\n{LEGEND}\n\n{}", ended.trace.join("\n"));
    match &ended.fault {
        Some(wrong) => {
            let of_it = summary(wrong, &ended.trace).join("\n");
            println!(
                "\nseed {seed}: {wrong}\n\nof the lines above, what names it, and what befell desk and server:\n{of_it}\n"
            );
        }
        None => println!("\nseed {seed}: clean\n"),
    }
    ended.fault
}

#[test]
fn every_invariant_holds_over_many_seeds() {
    if let Some(seed) = number("CORDBOARD_SIM_SEED") {
        let fault = tell(seed, Flaw::None);
        assert_eq!(fault, None, "seed {seed} fails");
        return;
    }
    let (clock, count) = (SystemClock::new(), number(SEEDS_ASKED).unwrap_or(SEEDS));
    if let Some(seeds) = part(count) {
        let outcome = run_on(1, &seeds, Flaw::None, ENOUGH);
        println!("{CAME_OF}{}", serde_json::to_string(&outcome).expect("numbers and words"));
        return;
    }
    let Outcome { failed, coverage } = run_apart(count);
    let seconds = clock.steady_ms() as f64 / 1_000.0;
    if let Some((first, _)) = failed.first() {
        tell(*first, Flaw::None);
        for (seed, fault) in &failed {
            println!("seed {seed}: {fault}");
        }
        panic!(
            "seeds fail; to run the first again, as told above: CORDBOARD_SIM_SEED={first} cargo test --lib sim::tests::every_invariant"
        );
    }
    println!("\n{}{count} seeds clean in {seconds:.1} s", coverage.table());
    if count >= MANY {
        assert_eq!(coverage.rarer_than(SHARE), [""; 0], "the simulation hardly ever brings these about any more");
    }
}

/// Runs in which a flaw shows, out of [`FLAW_RUNS`] or as many as are asked for, and what the first one says.
fn shows(flaw: Flaw) {
    if let Some(seed) = number("CORDBOARD_SIM_SEED") {
        assert_ne!(tell(seed, flaw), None, "{flaw:?} goes unnoticed in seed {seed}");
        return;
    }
    let asked = number(SEEDS_ASKED);
    let (runs, most) = asked.map_or((FLAW_RUNS, 1), |seeds| (seeds.min(500) as usize, usize::MAX));
    let seeds: Vec<u64> = (0..).filter(|seed| flaw.fits(&Plan::of(*seed))).take(runs).collect();
    let failed = run_all(&seeds, flaw, most).failed;
    let Some((seed, fault)) = failed.first() else { panic!("{flaw:?} goes unnoticed in {runs} runs") };
    println!("{flaw:?}: {} of {runs} runs; seed {seed}: {fault}", failed.len());
}

/// A test for each broken rule, so that it is seen at once which one is not noticed any more.
macro_rules! noticed {
    ($($name:ident: $flaw:ident;)*) => {
        $(#[test]
        fn $name() {
            shows(Flaw::$flaw);
        })*

        #[test]
        fn no_flaw_is_left_out() {
            assert_eq!([$(Flaw::$flaw),*], Flaw::ALL);
        }
    };
}

mod noticed {
    use super::*;

    noticed! {
        a_server_that_does_not_remember_numbers: NoDedupe;
        a_verdict_before_its_commit: VerdictBeforeCommit;
        a_command_dropped_when_sent: DroppedWhenSent;
        an_outbox_that_rolls_back: OutboxRollsBack;
        numbers_used_twice: NumbersReused;
        a_late_wrap_up_refused: LateWrapUpRefused;
        a_refusal_that_blocks: RefusalBlocks;
        rows_that_leave_unsaid: NoForget;
        rows_forgotten_unchecked: ForgetUnchecked;
        a_tail_from_below_the_floor: TailBelowFloor;
        a_batch_applied_anywhere: BatchAnywhere;
        frames_of_an_old_connection: OldFrames;
        a_wrap_up_of_whoever_has_it_now: NoFencing;
        answered_commands_not_kept: AnsweredNotKept;
        the_same_epoch_after_a_restore: SameEpochAfterRestore;
        a_reply_to_what_was_not_read: NoGuard;
        a_view_older_than_is_said: AgeTooYoung;
        a_desk_that_never_looks_at_its_clock: TimersStand;
    }
}

#[test]
fn a_run_that_fails_fails_again_in_the_same_way_and_is_told() {
    let flaw = Flaw::NoDedupe;
    let seeds: Vec<u64> = (0..).filter(|seed| flaw.fits(&Plan::of(*seed))).take(FLAW_RUNS).collect();
    let failed = run_all(&seeds, flaw, 1).failed;
    let (seed, fault) = failed.first().expect("it shows");
    let (first, second) = (run(*seed, flaw, true), run(*seed, flaw, true));
    assert_eq!((first.fault.as_ref(), second.fault.as_ref()), (Some(fault), Some(fault)));
    assert_eq!(first.trace, second.trace);
    let told =
        |words: &str| assert!(first.trace.iter().any(|line| line.contains(words)), "nothing of {words:?} is told");
    told(&format!("seed {seed}"));
    ["NoDedupe", "fault: ", "link Live", "server: command", "desk 0: #"].into_iter().for_each(told);
    let short = summary(fault, &first.trace);
    assert!(!short.is_empty() && short.len() < first.trace.len(), "{} lines of {}", short.len(), first.trace.len());
}

#[test]
fn the_same_seed_is_the_same_trace() {
    for seed in [3, 4, 5] {
        let (first, second) = (run(seed, Flaw::None, true), run(seed, Flaw::None, true));
        assert!(first.trace.len() > 20, "seed {seed} tells {} lines", first.trace.len());
        let differs = first.trace.iter().zip(&second.trace).find(|(a, b)| a != b);
        assert!(differs.is_none() && first.trace.len() == second.trace.len(), "seed {seed}: {differs:?}");
    }
}
