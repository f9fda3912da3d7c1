//! The budgets, measured from outside the process on a desk with 50,000 cases and 100,000 articles, beside a floor
//! in the same run (`cat` in the same kind of terminal). `cargo bench --bench desk`.
//!
//! A figure over its "must" is marked OVER. Bytes, memory and size are not noisy and fail the run then; times, wake-ups
//! and processor time do so with CORDBOARD_BENCH=gate. Times are medians or ranks of many, and each time budget may
//! also be met by staying within a stated multiple of the floor's own figure: then it is the machine that is slow.

#[path = "../support/mod.rs"]
mod support;

mod figures;
mod idle;
mod keys;
mod load;
mod router;
mod search;
mod start;
mod world;

use figures::Report;

fn main() {
    let mut report = Report::new();
    router::measure(&mut report);
    let world = world::World::build();
    figures::binary_size(&mut report);
    start::measure(&world, &mut report);
    keys::measure(&world, &mut report);
    idle::measure(&world, &mut report);
    search::measure(&world, &mut report);
    load::measure(&world, &mut report);
    report.finish();
}
