//! `admin simulate`: how many agents a line needs, and what one more buys. The real router with calls by chance,
//! beside the formulas.

use anyhow::bail;

use super::words;
use crate::cli::args::Simulate;
use crate::cli::say::{say, table};
use crate::domain::simulate::theory::{agents_for, erlang_a, erlang_c, level};
use crate::domain::simulate::{Draw, Figures, World, run as simulate};
use crate::domain::time::At;
use crate::rand::{Rand as _, SeededRand};

/// Agents shown on either side of the number asked for.
const AROUND: usize = 3;
/// Width of the longest bar.
const BAR: usize = 40;
/// Most calls of one run.
const MOST: usize = 1_000_000;

pub(super) fn run(args: &Simulate) -> anyhow::Result<()> {
    check(args)?;
    let (share, seconds) = words::service_level(&args.target)?;
    let (share, threshold) = (f64::from(share) / 100.0, f64::from(seconds));
    let load = args.calls_per_hour / 3_600.0 * args.aht;
    let patience = match args.patience {
        Some(s) => format!("callers give up after {s:.0} s on average"),
        None => "callers never give up".to_owned(),
    };
    say(&format!(
        "{:.0} calls an hour of {:.0} s are {load:.1} agents' work; {patience}; {} calls simulated.",
        args.calls_per_hour, args.aht, args.calls
    ))?;
    let least = args.agents.saturating_sub(AROUND).max(1);
    let rows: Vec<Row> = (least..=args.agents + AROUND).map(|n| row(args, n, threshold)).collect::<Result<_, _>>()?;
    let cells: Vec<Vec<String>> = rows.iter().map(|r| r.cells(args, share)).collect();
    let head = ["AGENTS", "IN TIME", "THEORY", "ASA", "THEORY", "GAVE UP", "BUSY", ""];
    table(&head, &cells, "")?;
    say("")?;
    for r in &rows {
        say(&bar(r, args.agents, share))?;
    }
    say("")?;
    say(&verdict(args, share, threshold))
}

fn check(args: &Simulate) -> anyhow::Result<()> {
    let fits = |value: f64, least: f64, most: f64| value.is_finite() && (least..=most).contains(&value);
    if !fits(args.calls_per_hour, 0.1, 100_000.0) {
        bail!("calls per hour: a number from 0.1 to 100000");
    }
    if !fits(args.aht, 1.0, 36_000.0) {
        bail!("aht: seconds from 1 to 36000");
    }
    if !(1..=1_000).contains(&args.agents) {
        bail!("agents: a number from 1 to 1000");
    }
    if args.patience.is_some_and(|p| !fits(p, 1.0, 36_000.0)) {
        bail!("patience: seconds from 1 to 36000");
    }
    if !(100..=MOST).contains(&args.calls) {
        bail!("calls: a number from 100 to {MOST}");
    }
    Ok(())
}

struct Row {
    agents: usize,
    seen: Figures,
    level: f64,
    asa_s: Option<f64>,
}

fn row(args: &Simulate, agents: usize, threshold: f64) -> anyhow::Result<Row> {
    let (one, two) = (SeededRand::new(args.seed), SeededRand::new(args.seed ^ 0x5eed));
    let (mut even, mut lengths) = (|| one.u64(), || two.u64());
    let start = At(0);
    let arrivals = Draw::new(&mut even).arrivals(args.calls, args.calls_per_hour, &[1.0], args.patience, start);
    let mut draw = Draw::new(&mut lengths);
    let calls = simulate(&World::plain(agents), &arrivals, &mut || draw.span(args.aht * 1_000.0))
        .map_err(|refusal| anyhow::anyhow!("the router refused its own call: {}", refusal.sentence(start)))?;
    let from = calls.get(calls.len() / 20).map_or(start, |c| c.came);
    let asa_s = match args.patience {
        Some(patience) => Some(erlang_a(args.calls_per_hour, args.aht, agents, patience, threshold).asa_s),
        None => erlang_c(args.calls_per_hour, args.aht, agents, threshold).map(|q| q.asa_s),
    };
    Ok(Row {
        agents,
        seen: Figures::of(&calls, agents, threshold as i64, from, None),
        level: level(args.calls_per_hour, args.aht, agents, args.patience, threshold),
        asa_s,
    })
}

impl Row {
    fn cells(&self, args: &Simulate, share: f64) -> Vec<String> {
        let mut mark = String::new();
        if self.agents == args.agents {
            mark.push_str("asked for");
        }
        if self.level >= share {
            mark.push_str(if mark.is_empty() { "enough" } else { ", enough" });
        }
        vec![
            self.agents.to_string(),
            per_cent(self.seen.f3),
            per_cent(self.level),
            span(self.seen.asa_s),
            self.asa_s.map_or_else(|| "grows".to_owned(), span),
            per_cent(self.seen.abandoned),
            per_cent(self.seen.occupancy),
            mark,
        ]
    }
}

/// One line of the plot: the share in time as a bar, the target as a mark.
fn bar(row: &Row, asked: usize, share: f64) -> String {
    let filled = (row.seen.f3 * BAR as f64).round() as usize;
    let target = ((share * BAR as f64).round() as usize).clamp(1, BAR) - 1;
    let cells = (0..BAR).map(|n| match (n < filled, n == target) {
        (_, true) => '|',
        (true, _) => '█',
        (false, _) => '·',
    });
    let here = if row.agents == asked { '>' } else { ' ' };
    format!("{here}{:>5} {} {}", row.agents, cells.collect::<String>(), per_cent(row.seen.f3))
}

/// Agents needed, and what one more buys.
fn verdict(args: &Simulate, share: f64, threshold: f64) -> String {
    let at = |agents| level(args.calls_per_hour, args.aht, agents, args.patience, threshold);
    let needed = match agents_for(args.calls_per_hour, args.aht, args.patience, share, threshold) {
        Some(n) => format!("{} needs {n} agents.", args.target),
        None => format!("{} is out of reach with 2,000 agents.", args.target),
    };
    let (now, more) = (at(args.agents), at(args.agents + 1));
    let buys = (more - now) * args.calls_per_hour;
    format!(
        "{needed}\nOne agent more than {} lifts {} to {}: {buys:.1} more calls an hour are answered within {threshold:.0} s.",
        args.agents,
        per_cent(now),
        per_cent(more),
    )
}

fn per_cent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn span(seconds: f64) -> String {
    if seconds < 600.0 { format!("{seconds:.1} s") } else { format!("{:.0} min", seconds / 60.0) }
}
