//! Keys: time to the last byte of the answer, and bytes.

use std::time::{Duration, Instant};

use crate::figures::{Report, ms, rank};
use crate::support::term::Term;
use crate::world::World;

/// An answer is over when nothing came for this long; the silence itself is not counted.
const SETTLE: Duration = Duration::from_millis(25);

/// Key latency and bytes at 120x40, beside the echo of `cat` in the same kind of terminal.
pub fn measure(world: &World, report: &mut Report) {
    let mut floor = floor();
    let mut term = world.desk(120, 40);
    term.quiet(Duration::from_millis(300));
    term.keys("1");
    term.quiet(Duration::from_millis(300));

    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for round in 0..4 {
        for _ in 0..30 {
            let key = if round % 2 == 0 { "j" } else { "k" };
            let (time, count) = press(&mut term, key, SETTLE);
            times.push(time);
            bytes.push(count);
        }
    }
    let echo = rank(&mut floor, 0.5);
    report.time("key to last byte, median", rank(&mut times, 0.5), 2.0, 1.0, echo, 12.0);
    report.time("key to last byte, p90", rank(&mut times, 0.9), 5.0, 2.0, rank(&mut floor, 0.9), 12.0);
    report.exact("bytes per cursor key, median", rank(&mut bytes, 0.5), "B", 300.0, 160.0);
    report.exact("bytes per cursor key, p99 (the list scrolls)", rank(&mut bytes, 0.99), "B", 900.0, 700.0);
}

/// Types one key; time to the last byte of the answer, ms, and its bytes. The answer is over after `settle` of silence.
pub fn press(term: &mut Term, key: &str, settle: Duration) -> (f64, f64) {
    let before = term.bytes();
    let start = Instant::now();
    term.keys(key);
    let last = term.last_byte_after(before, start, settle);
    (ms(last), (term.bytes() - before) as f64)
}

/// The echo of a terminal that runs `cat`: what the machine itself takes.
fn floor() -> Vec<f64> {
    let mut cat = Term::run("cat", &[], &[], 120, 40);
    (0..60).map(|_| press(&mut cat, "x", SETTLE).0).collect()
}
