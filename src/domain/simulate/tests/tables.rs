//! The formulas give the tables of operations 2.5, so that what the router is held against is itself right.

use crate::domain::simulate::theory::{agents_for, cobham, erlang_a, erlang_b, erlang_c};

fn near(got: f64, want: f64, digits: i32) {
    let unit = 10_f64.powi(-digits);
    assert!((got - want).abs() <= 1.01 * unit, "{got} is not {want}");
}

#[test]
fn erlang_b_table() {
    for (servers, load, lost) in [
        (10, 10.0, 0.214_582),
        (14, 10.0, 0.056_819),
        (15, 10.0, 0.036_497),
        (30, 20.0, 0.008_458),
        (11, 5.0, 0.008_287),
        (100, 250.0 / 3.0, 0.008_615),
    ] {
        near(erlang_b(servers, load), lost, 6);
    }
}

#[test]
fn erlang_c_table() {
    for (calls, aht, agents, waited, asa, level, occupancy, queue) in [
        (40.0, 180.0, 3, 0.444_444, 80.000, 0.602_294, 0.6667, 0.8889),
        (40.0, 180.0, 4, 0.173_913, 15.652, 0.860_741, 0.5000, 0.1739),
        (200.0, 180.0, 11, 0.682_118, 122.781, 0.389_614, 0.9091, 6.8212),
        (200.0, 180.0, 12, 0.449_388, 40.445, 0.640_158, 0.8333, 2.2469),
        (200.0, 180.0, 13, 0.285_271, 17.116, 0.795_595, 0.7692, 0.9510),
        (200.0, 180.0, 14, 0.174_132, 7.836, 0.888_350, 0.7143, 0.4353),
        (360.0, 240.0, 28, 0.333_139, 19.988, 0.761_296, 0.8571, 1.9988),
        (360.0, 240.0, 30, 0.172_862, 6.914, 0.895_154, 0.8000, 0.6914),
        (1000.0, 300.0, 90, 0.367_290, 16.528, 0.764_501, 0.9259, 4.5911),
        (1000.0, 300.0, 95, 0.146_578, 3.769, 0.932_658, 0.8772, 1.0470),
    ] {
        let c = erlang_c(calls, aht, agents, 20.0).expect("carries the load");
        near(c.waited, waited, 6);
        near(c.asa_s, asa, 3);
        near(c.f3, level, 6);
        near(c.occupancy, occupancy, 4);
        near(c.asa_s * calls / 3_600.0, queue, 4);
    }
    assert_eq!(agents_for(200.0, 180.0, None, 0.8, 20.0), Some(14));
    assert_eq!(agents_for(360.0, 240.0, None, 0.8, 20.0), Some(29));
    assert_eq!(agents_for(1000.0, 300.0, None, 0.8, 20.0), Some(91));
    assert_eq!(erlang_c(200.0, 180.0, 10, 20.0), None, "at the load itself the line never ends");
}

#[test]
fn erlang_a_table() {
    for (calls, aht, agents, patience, row) in [
        (40.0, 180.0, 3, 120.0, [0.30464, 0.12583, 15.099, 10.541, 0.74903, 0.78214, 0.79136, 0.85685, 0.5828]),
        (200.0, 180.0, 8, 120.0, [0.72263, 0.25798, 30.958, 29.268, 0.40321, 0.44849, 0.50417, 0.54340, 0.9275]),
        (200.0, 180.0, 10, 60.0, [0.42342, 0.15753, 9.452, 7.494, 0.71801, 0.79533, 0.81523, 0.85227, 0.8425]),
        (200.0, 180.0, 10, 120.0, [0.49685, 0.13746, 16.496, 14.554, 0.63994, 0.68446, 0.70498, 0.74193, 0.8625]),
        (200.0, 180.0, 10, 300.0, [0.59943, 0.10944, 32.831, 31.239, 0.51681, 0.53545, 0.55162, 0.58032, 0.8906]),
        (200.0, 180.0, 12, 120.0, [0.27981, 0.06160, 7.392, 6.335, 0.82558, 0.85465, 0.85959, 0.87977, 0.7820]),
        (200.0, 180.0, 14, 120.0, [0.12698, 0.02284, 2.741, 2.345, 0.93273, 0.94622, 0.94699, 0.95453, 0.6980]),
        (360.0, 240.0, 24, 180.0, [0.49349, 0.08693, 15.647, 14.619, 0.66547, 0.69543, 0.70855, 0.72882, 0.9131]),
        (1000.0, 300.0, 84, 120.0, [0.38275, 0.04938, 5.925, 5.570, 0.84733, 0.88149, 0.88609, 0.89135, 0.9431]),
    ] {
        let q = erlang_a(calls, aht, agents, patience, 20.0);
        near(q.waited, row[0], 5);
        near(q.abandoned, row[1], 5);
        near(q.wait_s, row[2], 3);
        near(q.asa_s, row[3], 3);
        near(q.f3, row[4], 5);
        near(q.f4, row[5], 5);
        near(q.f1, row[6], 5);
        near(q.f2, row[7], 5);
        near(q.occupancy, row[8], 4);
    }
}

#[test]
fn cobham_table() {
    for (agents, shares, waits) in [
        (12, vec![0.2, 0.8], vec![8.089, 48.534]),
        (12, vec![0.1, 0.3, 0.6], vec![7.354, 11.030, 60.667]),
        (13, vec![0.2, 0.8], vec![4.668, 20.228]),
    ] {
        let got = cobham(200.0, 180.0, agents, &shares).expect("carries the load");
        for (got, want) in got.into_iter().zip(waits) {
            near(got, want, 3);
        }
    }
}
