//! Keys while the desk is busy: 200 changes a second arrive and everything is fetched anew.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::figures::{Report, rank};
use crate::keys::press;
use crate::support::http::Gateway;
use crate::support::term::Term;
use crate::world::World;

/// Background frames come every 33 ms; a shorter silence parts them from the key's own frame.
const SETTLE: Duration = Duration::from_millis(4);

/// Key to last byte on a new desk that still fetches its 100,000 articles while customers write without pause.
pub fn measure(world: &World, report: &mut Report) {
    let gateway = Gateway::busy(&world.firm);
    let chats: Vec<u64> = (0..10).map(|n| gateway.chat("billing", &format!("B-{n}"), "Load", "Hello")).collect();
    let fresh = world.firm.join("sian");
    let mut term = world.firm.desk(&fresh, 120, 40);
    term.until(world.waiting_name());
    let done = AtomicBool::new(false);
    let (mut times, mut floor) = std::thread::scope(|scope| {
        let done = &done;
        let handle = scope.spawn(move || {
            let mut cat = Term::run("cat", &[], &[], 120, 40);
            let (mut times, mut floor) = (Vec::new(), Vec::new());
            for _ in 0..200 {
                std::thread::park_timeout(Duration::from_millis(30));
                let (time, bytes) = press(&mut term, "j", SETTLE);
                if bytes > 0.0 {
                    times.push(time);
                }
                let (time, _) = press(&mut term, "k", SETTLE);
                times.push(time);
                floor.push(press(&mut cat, "x", SETTLE).0);
            }
            done.store(true, Ordering::SeqCst);
            (times, floor)
        });
        let begun = Instant::now();
        let mut sent = 0u32;
        while !done.load(Ordering::SeqCst) {
            gateway.say(chats[sent as usize % chats.len()], "and another thing");
            sent += 1;
            let due = Duration::from_millis(5) * sent;
            if let Some(wait) = due.checked_sub(begun.elapsed()) {
                std::thread::park_timeout(wait);
            }
        }
        eprintln!("{:.0} changes a second arrived meanwhile", f64::from(sent) / begun.elapsed().as_secs_f64());
        handle.join().expect("the typist")
    });
    report.time("key to last byte, busy, median", rank(&mut times, 0.5), 8.0, 4.0, rank(&mut floor, 0.5), 12.0);
    report.time("key to last byte, busy, p99", rank(&mut times, 0.99), 16.0, 8.0, rank(&mut floor, 0.99), 12.0);
}
