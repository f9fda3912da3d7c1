//! The exact invariant: with service times drawn in order of start, every order that keeps agents at work gives the
//! same mean wait over all calls from empty to empty, and first come first served the least variance.

use super::super::{Draw, Line, World, run};
use super::router::even;
use crate::domain::routing::QueueRules;
use crate::domain::time::At;

#[test]
fn every_work_conserving_order_has_the_same_mean_wait() {
    let orders: [[(u8, i16); 2]; 4] = [[(0, 0), (0, 0)], [(1, 0), (0, 0)], [(0, 5), (0, 0)], [(0, 0), (0, 60)]];
    for seed in 1..=3 {
        let mut means = Vec::new();
        for order in orders {
            let lines = order.map(|(class, points)| Line {
                rules: QueueRules { class, points, ..QueueRules::default() },
                skilled: false,
            });
            let world = World { agents: 12, lines: lines.to_vec() };
            let (mut one, mut two) = (even(seed), even(seed + 1_000));
            let arrivals = Draw::new(&mut one).arrivals(2_500, 220.0, &[0.2, 0.8], None, At(1_800_000_000_000));
            let mut service = Draw::new(&mut two);
            let calls = run(&world, &arrivals, &mut || service.span(180_000.0)).expect("sound");
            let waits: Vec<f64> = calls.iter().map(|c| c.wait_ms() as f64 / 1_000.0).collect();
            let mean = waits.iter().sum::<f64>() / waits.len() as f64;
            let spread = waits.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / waits.len() as f64;
            means.push((mean, spread));
        }
        let (fifo, least) = means[0];
        assert!(fifo > 10.0, "there is a line to speak of");
        for (mean, spread) in &means[1..] {
            assert!((mean - fifo).abs() < 1e-9, "{mean} is not {fifo}");
            assert!(*spread > least, "first come first served varies least");
        }
    }
}
