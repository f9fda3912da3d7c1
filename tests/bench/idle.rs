//! Doing nothing: wake-ups, bytes, processor time, memory.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::figures::Report;
use crate::support::http::Gateway;
use crate::world::World;

/// Shorter than the 20 seconds between two beats of the clocks that count minutes.
const STRETCH_S: f64 = 17.0;
const SPAN_S: f64 = 10.0;
/// Stretches that count, and how many are tried.
const STRETCHES: usize = 3;
const TRIES: usize = 12;

/// An idle desk with 50,000 cases, and one with a call clock running.
pub fn measure(world: &World, report: &mut Report) {
    let mut term = world.desk(120, 40);
    // Until the second beat, which comes 85 s after the first: what the first round trip showed while the desk was
    // starting is right by then.
    std::thread::park_timeout(Duration::from_secs(90));
    term.quiet(Duration::from_secs(2));
    let memory = resident_mib(term.pid());
    report.exact("memory idle, 50,000 cases", memory, "MiB", 20.0, 12.0);
    // Three stretches between the beats of the clocks that count minutes, which are visible timers. Those in which
    // something happened at the firm (a promise to someone who waits was broken) were not idle.
    let gateway = Gateway::with(&world.firm, "idle", 0);
    let mut stretches: Vec<Watched> = Vec::new();
    for _ in 0..TRIES {
        between_minute_clocks();
        let head = gateway.head();
        let watched = watch(&term, STRETCH_S);
        if gateway.head() == head {
            stretches.push(watched);
        }
        if stretches.len() == STRETCHES {
            break;
        }
    }
    assert_eq!(stretches.len(), STRETCHES, "the firm had no quiet stretch in {TRIES}");
    let woken: BTreeMap<&str, u64> =
        stretches.iter().flat_map(|w| &w.threads).fold(BTreeMap::new(), |mut sum, (name, n)| {
            *sum.entry(name.as_str()).or_default() += n;
            sum
        });
    eprintln!("idle: who woke in {} s: {woken:?}", STRETCHES as f64 * STRETCH_S);
    let mean = |of: fn(&Watched) -> f64| stretches.iter().map(of).sum::<f64>() / stretches.len() as f64;
    report.count("idle: wake-ups per second", mean(|w| w.wakes), "/s", 0.2, 0.0);
    report.exact("idle: bytes", mean(|w| w.bytes), "B", 0.0, 0.0);
    report.count("idle: processor", mean(|w| w.cpu), "%", 0.05, 0.0);
    world.take_a_call(&mut term);
    term.quiet(Duration::from_millis(900));
    let call = watch(&term, SPAN_S);
    report.count("one call clock: wake-ups per second", call.wakes, "/s", 1.2, 1.0);
    report.exact("one call clock: bytes per second", call.bytes / SPAN_S, "B/s", 60.0, 20.0);
}

struct Watched {
    wakes: f64,
    /// The same by the name of the thread, as a count.
    threads: Vec<(String, u64)>,
    bytes: f64,
    cpu: f64,
}

/// Waits until no clock on screen that counts minutes turns for a good while: they turn together every 20 seconds.
fn between_minute_clocks() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let left = 20_000 - now.as_millis() % 20_000;
    std::thread::park_timeout(Duration::from_millis(left as u64 + 1_500));
}

/// What the desk does in a span of seconds in which nobody does anything.
fn watch(term: &crate::support::term::Term, span_s: f64) -> Watched {
    let (before, ticks, bytes) = (wakes(term.pid()), ticks(term.pid()), term.bytes());
    std::thread::park_timeout(Duration::from_secs_f64(span_s)); // the span itself is the measurement
    let threads: Vec<(String, u64)> = wakes(term.pid())
        .into_iter()
        .map(|(thread, n)| (n - before.get(&thread).copied().unwrap_or(0), thread.1))
        .filter_map(|(n, name)| (n > 0).then_some((name, n)))
        .collect();
    Watched {
        wakes: threads.iter().map(|(_, n)| n).sum::<u64>() as f64 / span_s,
        threads,
        bytes: (term.bytes() - bytes) as f64,
        // Ticks are 10 ms on Linux; per cent of one processor.
        cpu: (self::ticks(term.pid()) - ticks) as f64 * 0.01 / span_s * 100.0,
    }
}

/// Voluntary context switches by thread: number and name.
fn wakes(pid: u32) -> BTreeMap<(u32, String), u64> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there").flatten();
    let count = |task: std::fs::DirEntry| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
        let number = task.file_name().to_str().and_then(|id| id.parse().ok())?;
        let switches = field("voluntary_ctxt_switches:").and_then(|n| n.parse().ok())?;
        Some(((number, field("Name:").unwrap_or("").to_owned()), switches))
    };
    tasks.filter_map(count).collect()
}

/// User and system time in ticks.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    let after = stat.rsplit(')').next().expect("the usual form");
    after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum()
}

/// Resident memory, MiB.
pub fn resident_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("the usual form");
    line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).expect("a number") / 1024.0
}
