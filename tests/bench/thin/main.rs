//! Thin links, measured on the real binaries: what a desk costs and how long it takes at the end of a link with a
//! rate, a round trip and losses. `cargo bench --bench thin`; parts by name: `-- starts claims bytes idle busy wire`.
//!
//! All bytes are IP bytes both ways, TCP, TLS and WebSocket included, lost packets too. Times are from starting the
//! program to the text on its screen. Needs root, iproute2 and /dev/net/tun; says so and ends well where they are
//! missing. CORDBOARD_BENCH=gate makes a figure over its budget fail the run.

#[path = "../../support/mod.rs"]
mod support;

#[path = "../figures.rs"]
#[allow(dead_code, reason = "the other bench uses the rest")]
mod figures;
mod office;
mod parts;
mod person;
mod texts;
mod wire;
#[path = "../words.rs"]
mod words;

use figures::Report;
use office::Office;

/// Links, and so desks at the same time; each has its own seed.
const SEEDS: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let does = |part: &str| wanted.is_empty() || wanted.iter().any(|w| w == part);
    let office = match Office::opens(2 * SEEDS) {
        Ok(office) => office,
        Err(why) => {
            println!("The thin link is not measured: {why}. It needs root, iproute2 and /dev/net/tun.");
            return;
        }
    };
    let mut report = Report::new();
    let day = does("starts").then(|| parts::Day::before(&office));
    if does("wire") {
        wire::measure(&office);
    }
    if let Some(day) = day {
        day.starts(&office, &mut report);
    }
    if does("claims") {
        parts::claims(&office, &mut report);
    }
    if does("bytes") {
        parts::reconnects(&office, &mut report);
    }
    if does("idle") {
        parts::idle(&office, &mut report);
    }
    if does("busy") {
        parts::busy(&office, &mut report);
    }
    report.finish();
}
