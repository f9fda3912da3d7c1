//! Start and end: first frame, queue rows on screen, everything restored at the end.

use std::time::{Duration, Instant};

use crate::figures::{Report, ms, rank};
use crate::support::term::Term;
use crate::world::World;

/// First frame and queue rows beside the start of `echo`; quit and signals restore the terminal.
pub fn measure(world: &World, report: &mut Report) {
    let (mut frames, mut rows, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..15 {
        let start = Instant::now();
        let echo = Term::run("echo", &["something"], &[], 120, 40);
        echo.until("something");
        floor.push(ms(start.elapsed()));

        let start = Instant::now();
        let mut term = world.start_desk(120, 40);
        term.until_screen("a frame", |screen| !screen.trim().is_empty());
        frames.push(ms(start.elapsed()));
        term.until(world.waiting_name());
        rows.push(ms(start.elapsed()));
        term.keys("q");
        term.exit_code();
    }
    let echo = rank(&mut floor, 0.5);
    report.time("first frame, 50,000 cases cached", rank(&mut frames, 0.5), 25.0, 12.0, echo, 6.0);
    report.time("queue rows on screen", rank(&mut rows, 0.5), 40.0, 20.0, echo, 10.0);

    for way in ["q", "TERM", "HUP", "INT"] {
        let mut times = Vec::new();
        for _ in 0..5 {
            let mut term = world.desk(120, 40);
            term.quiet(Duration::from_millis(100));
            let start = Instant::now();
            if way == "q" {
                term.keys("q");
            } else {
                term.signal(way);
            }
            term.until_restored();
            term.exit_code();
            times.push(ms(start.elapsed()));
        }
        report.time(&format!("{way}: everything restored"), rank(&mut times, 0.5), 50.0, 10.0, echo, 12.0);
    }
}
