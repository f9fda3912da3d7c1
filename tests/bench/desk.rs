//! The budgets, measured from outside the process on a desk with 50,000 cases and 100,000 articles, beside a floor
//! in the same run (`cat` in the same kind of terminal). `cargo bench --bench desk`.
//!
//! A figure over its "must" is marked OVER. Bytes, memory and size are not noisy and fail the run then; times, wake-ups
//! and processor time do so with CORDBOARD_BENCH=gate. Times are medians or ranks of many, and each time budget may
//! also be met by staying within a stated multiple of the floor's own figure: then it is the machine that is slow.
//! Words after `--` name the parts to run: router, start, keys, idle, search, load, crowd, chats.

#[path = "../support/mod.rs"]
mod support;

mod crowd;
mod figures;
mod idle;
mod keys;
mod load;
mod router;
mod search;
mod start;
mod words;
mod world;

use figures::Report;

/// A part of the bench that wants the world.
type Part = (&'static str, fn(&world::World, &mut Report));

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|word| word == part);
    let mut report = Report::new();
    if wants("router") {
        router::measure(&mut report);
    }
    let parts: [Part; 5] = [
        ("start", start::measure),
        ("keys", keys::measure),
        ("idle", idle::measure),
        ("search", search::measure),
        ("load", load::measure),
    ];
    let mut parts = parts.into_iter().filter(|(part, _)| wants(part)).peekable();
    if parts.peek().is_some() {
        let world = world::World::build();
        figures::binary_size(&mut report);
        parts.for_each(|(_, measure)| measure(&world, &mut report));
    }
    if wants("crowd") {
        crowd::measure(&mut report);
    }
    if wants("chats") {
        crowd::chats(&mut report);
    }
    report.finish();
}
