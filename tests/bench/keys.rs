//! Keys: time to the last byte of the answer, and bytes.

use std::time::{Duration, Instant};

use crate::figures::{Report, ms, rank};
use crate::support::term::Term;
use crate::world::World;

/// An answer is over when nothing came for this long; the silence itself is not counted.
const SETTLE: Duration = Duration::from_millis(25);
/// Lines of the long list that are walked through; more than a screen has.
const LINES: u32 = 60;

/// Key latency and bytes at 120x40, beside the echo of `cat` in the same kind of terminal.
pub fn measure(world: &World, report: &mut Report) {
    let mut floor = floor();
    let mut term = world.desk(120, 40);
    term.quiet(Duration::from_millis(300));
    term.keys("1<home>");
    term.quiet(Duration::from_millis(300));

    let (mut times, mut bytes) = (Vec::new(), Vec::new());
    for key in sweeps("j", "k", 8, 15) {
        let (time, count) = press(&mut term, key, SETTLE);
        times.push(time);
        bytes.push(count);
    }
    assert!(bytes.iter().all(|b| *b > 0.0), "every key moves the cursor");
    let echo = rank(&mut floor, 0.5);
    report.time("key to last byte, median", rank(&mut times, 0.5), 2.0, 1.0, echo, 12.0);
    report.time("key to last byte, p90", rank(&mut times, 0.9), 5.0, 2.0, rank(&mut floor, 0.9), 12.0);
    report.exact("bytes per cursor key, median", rank(&mut bytes, 0.5), "B", 300.0, 160.0);
    report.exact("bytes per cursor key, most", rank(&mut bytes, 1.0), "B", 900.0, 700.0);
    report.exact("bytes per line of a long list", through_a_long_list(&mut term), "B", 900.0, 700.0);
}

/// Bytes of a key on the way through a list longer than the screen, as a mean: the list turns by many lines at once.
fn through_a_long_list(term: &mut Term) -> f64 {
    term.keys("<end>");
    term.quiet(Duration::from_millis(400));
    let top = term.text();
    let bytes: Vec<f64> = (0..LINES).map(|_| press(term, "k", SETTLE).1).collect();
    assert!(bytes.iter().all(|b| *b > 0.0) && term.text() != top, "every key moves on");
    bytes.iter().sum::<f64>() / f64::from(LINES)
}

/// `down` and `up` in turn, so many of each, so many times.
fn sweeps(down: &'static str, up: &'static str, keys: usize, times: usize) -> impl Iterator<Item = &'static str> {
    (0..times).flat_map(move |n| std::iter::repeat_n(if n % 2 == 0 { down } else { up }, keys))
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
