//! Queueing formulas to hold the router against (operations 2.5). Floating point is welcome here and nowhere in
//! the router.

/// Share of calls lost by `servers` with an offered load of `erlangs` and no waiting (Erlang B).
pub fn erlang_b(servers: usize, erlangs: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| erlangs * b / (k as f64 + erlangs * b))
}

/// What an M/M/c queue shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queueing {
    /// Share that waits.
    pub waited: f64,
    /// Share that gives up.
    pub abandoned: f64,
    /// Mean wait of all, s.
    pub wait_s: f64,
    /// Mean wait of those answered, s.
    pub asa_s: f64,
    /// Answered within the threshold, of all.
    pub f3: f64,
    /// Answered within it, of all but those who gave up within it.
    pub f4: f64,
    /// Answered or given up within it, of all.
    pub f1: f64,
    /// Answered within it, of the answered.
    pub f2: f64,
    /// Share of the agents' time spent on calls.
    pub occupancy: f64,
}

/// Nobody gives up (Erlang C). `None` when the load is at or above what the agents can carry.
pub fn erlang_c(per_hour: f64, aht_s: f64, agents: usize, threshold_s: f64) -> Option<Queueing> {
    let load = per_hour / 3_600.0 * aht_s;
    let c = agents as f64;
    if load >= c {
        return None;
    }
    let b = erlang_b(agents, load);
    let waited = b / (1.0 - load / c * (1.0 - b));
    let spare = c / aht_s - per_hour / 3_600.0;
    let asa_s = waited / spare;
    let level = 1.0 - waited * (-spare * threshold_s).exp();
    let occupancy = load / c;
    Some(Queueing {
        waited,
        abandoned: 0.0,
        wait_s: asa_s,
        asa_s,
        f3: level,
        f4: level,
        f1: level,
        f2: level,
        occupancy,
    })
}

/// Everyone waits up to an exponential patience (Erlang A): the birth–death chain, summed until nothing is left.
///
/// A call that finds `c + k` in the system is answered if every one of `k + 1` departures comes before its patience
/// runs out; within `t` the chances follow from the incomplete beta function.
#[expect(clippy::many_single_char_names, reason = "the names the formula has in every textbook")]
pub fn erlang_a(per_hour: f64, aht_s: f64, agents: usize, patience_s: f64, threshold_s: f64) -> Queueing {
    let (lambda, mu, theta) = (per_hour / 3_600.0, 1.0 / aht_s, 1.0 / patience_s);
    let c = agents as f64;
    // Probabilities relative to the state "all busy, none waits".
    let mut below = Vec::with_capacity(agents);
    let mut p = 1.0;
    for n in (1..=agents).rev() {
        p *= n as f64 * mu / lambda;
        below.push(p);
    }
    let mut above = vec![1.0];
    let mut p = 1.0;
    for k in 1..100_000 {
        p *= lambda / (c * mu + k as f64 * theta);
        above.push(p);
        if p < 1e-15 {
            break;
        }
    }
    let total: f64 = below.iter().sum::<f64>() + above.iter().sum::<f64>();
    let waited = above.iter().sum::<f64>() / total;
    let queue: f64 = above.iter().enumerate().map(|(k, p)| k as f64 * p).sum::<f64>() / total;
    let abandoned = theta * queue / lambda;
    let a = c * mu / theta;
    let x = (-theta * threshold_s).exp();
    let at_once = 1.0 - waited;
    let (mut served_in, mut left_in, mut served_wait) = (at_once, 0.0, 0.0);
    for (k, p) in above.iter().enumerate() {
        let (p, k) = (p / total, k as f64);
        if p < 1e-14 {
            break;
        }
        let served = a / (a + k + 1.0);
        let in_time = served * (1.0 - beta_share(x, a + 1.0, k + 1.0));
        served_in += p * in_time;
        left_in += p * (1.0 - in_time - x * beta_share(x, a, k + 1.0));
        served_wait += p * served * (digamma(a + k + 2.0) - digamma(a + 1.0)) / theta;
    }
    // Those who leave within the threshold without an answer are what is left of all who neither wait on nor are
    // served in it.
    let answered = 1.0 - abandoned;
    let occupancy = {
        let idle: f64 = below.iter().enumerate().map(|(n, p)| (n + 1) as f64 * p).sum::<f64>() / total;
        1.0 - idle / c
    };
    Queueing {
        waited,
        abandoned,
        wait_s: queue / lambda,
        asa_s: served_wait / answered,
        f3: served_in,
        f4: served_in / (1.0 - left_in),
        f1: served_in + left_in,
        f2: served_in / answered,
        occupancy,
    }
}

/// Mean waits by strict class, s, highest first, when all calls take equally long on average (Cobham). `shares` are
/// of the load.
pub fn cobham(per_hour: f64, aht_s: f64, agents: usize, shares: &[f64]) -> Option<Vec<f64>> {
    let c = agents as f64;
    let all = erlang_c(per_hour, aht_s, agents, 0.0)?;
    let load = per_hour / 3_600.0 * aht_s / c;
    let mut before = 0.0;
    let waits = shares.iter().map(|share| {
        let with = before + share * load;
        let wait = all.waited * aht_s / (c * (1.0 - before) * (1.0 - with));
        before = with;
        wait
    });
    Some(waits.collect())
}

/// The fewest agents that answer `share` of calls within `threshold_s`, up to 2,000; with patience, of all calls.
pub fn agents_for(per_hour: f64, aht_s: f64, patience_s: Option<f64>, share: f64, threshold_s: f64) -> Option<usize> {
    (1..=2_000).find(|agents| level(per_hour, aht_s, *agents, patience_s, threshold_s) >= share)
}

/// Share of all calls answered within the threshold; 0 when the load is too much and nobody gives up.
pub fn level(per_hour: f64, aht_s: f64, agents: usize, patience_s: Option<f64>, threshold_s: f64) -> f64 {
    match patience_s {
        Some(patience) => erlang_a(per_hour, aht_s, agents, patience, threshold_s).f3,
        None => erlang_c(per_hour, aht_s, agents, threshold_s).map_or(0.0, |q| q.f3),
    }
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (modified Lentz).
fn beta_share(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

#[expect(clippy::many_single_char_names, reason = "the names the formula has in every textbook")]
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-14 {
            break;
        }
    }
    h
}

/// Natural logarithm of the gamma function, for x > 0: Stirling's series after moving up to 10.
fn ln_gamma(x: f64) -> f64 {
    let mut x = x;
    let mut shift = 0.0;
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    let series = (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1_260.0 - z / 1_680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - shift
}

/// The digamma function, for x > 0, likewise.
fn digamma(x: f64) -> f64 {
    let mut x = x;
    let mut shift = 0.0;
    while x < 10.0 {
        shift += 1.0 / x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    x.ln() - 0.5 / x - z * (1.0 / 12.0 - z * (1.0 / 120.0 - z * (1.0 / 252.0 - z / 240.0))) - shift
}
