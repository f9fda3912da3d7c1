//! What was measured, against what it must be.

use std::fmt;
use std::time::Duration;

/// The figures of one run.
pub struct Report {
    rows: Vec<Row>,
}

struct Row {
    /// Whether the machine's own noise is in it.
    noisy: bool,
    name: String,
    value: f64,
    unit: &'static str,
    must: f64,
    aim: f64,
    floor: Option<f64>,
    holds: bool,
}

impl Report {
    /// An empty report.
    pub fn new() -> Report {
        Report { rows: Vec::new() }
    }

    /// A figure without noise that must not exceed `must`: bytes, sizes.
    pub fn exact(&mut self, name: &str, value: f64, unit: &'static str, must: f64, aim: f64) {
        self.add(Row { noisy: false, name: name.into(), value, unit, must, aim, floor: None, holds: value <= must });
    }

    /// A figure that others on the machine can spoil and that has no floor: wake-ups, processor time.
    pub fn count(&mut self, name: &str, value: f64, unit: &'static str, must: f64, aim: f64) {
        self.add(Row { noisy: true, name: name.into(), value, unit, must, aim, floor: None, holds: value <= must });
    }

    /// A time, ms: at most `must`, or at most `times` the floor measured in this run where that is more, because
    /// then it is the machine that is slow.
    pub fn time(&mut self, name: &str, value: f64, must: f64, aim: f64, floor: f64, times: f64) {
        let holds = value <= must.max(floor * times);
        self.add(Row { noisy: true, name: name.into(), value, unit: "ms", must, aim, floor: Some(floor), holds });
    }

    fn add(&mut self, row: Row) {
        if self.rows.is_empty() {
            println!("\n{:<52} {:>10} {:>10} {:>10} {:>10}", "figure", "measured", "must", "aim", "floor");
        }
        println!("{row}");
        self.rows.push(row);
    }

    /// Counts. The process fails when a figure without noise is over its budget; with CORDBOARD_BENCH=gate when any is.
    pub fn finish(self) {
        let all = std::env::var("CORDBOARD_BENCH").is_ok_and(|v| v == "gate");
        let over = self.rows.iter().filter(|row| !row.holds).count();
        let broken = self.rows.iter().any(|row| !row.holds && (all || !row.noisy));
        println!("\n{} figures, {over} over budget", self.rows.len());
        if broken {
            std::process::exit(1);
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match (self.holds, self.value <= self.aim) {
            (true, true) => "ok, aim met",
            (true, false) if self.value > self.must => "ok beside the floor",
            (true, false) => "ok",
            (false, _) => "OVER",
        };
        let value = format!("{:.2} {}", self.value, self.unit);
        let floor = self.floor.map_or_else(String::new, |floor| format!("{floor:.2}"));
        write!(f, "{:<52} {value:>10} {:>10} {:>10} {floor:>10}  {mark}", self.name, self.must, self.aim)
    }
}

/// The binary under test, as shipped.
pub fn binary_size(report: &mut Report) {
    let bytes = std::fs::metadata(env!("CARGO_BIN_EXE_cordboard")).expect("the binary").len();
    report.exact("binary, stripped", bytes as f64 / 1_048_576.0, "MiB", 15.0, 8.0);
}

/// The value at a share of sorted values, nearest rank.
pub fn rank(values: &mut [f64], share: f64) -> f64 {
    assert!(!values.is_empty(), "something was measured");
    values.sort_by(f64::total_cmp);
    let index = (share * values.len() as f64).ceil() as usize;
    values[index.clamp(1, values.len()) - 1]
}

/// Milliseconds of a duration.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
