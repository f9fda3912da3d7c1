//! Which level is open to a trainee, and whether they are certified (operations 6.2): from what they played alone,
//! never from how others did.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::report::Mode;
use super::report::Report;
use super::scenario::Scenario;
pub use crate::domain::training::Attempt;

/// Highest level.
pub const LEVELS: u8 = 4;
/// Passes in a row, on as many scenarios, that open the next level.
const IN_A_ROW: usize = 3;

/// What a report counts as.
pub fn attempt(scenario: &Scenario, report: &Report, at: i64) -> Attempt {
    Attempt {
        at,
        scenario: scenario.id.clone(),
        level: scenario.level,
        kinds: scenario.kinds.clone(),
        mode: report.mode,
        total: report.total,
        passed: report.passed,
        critical: report.critical.len() as u32,
    }
}

/// What a certificate takes; the firm may ask for more or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Exams passed, each on another scenario.
    pub exams: usize,
    /// Kinds of which one exam each must be.
    pub kinds: Vec<String>,
    /// For how long it holds, days.
    pub days: u32,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { exams: 5, kinds: vec!["fraud".to_owned(), "vulnerable".to_owned()], days: 180 }
    }
}

/// How far someone is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Highest level that is open, 1..=4.
    pub level: u8,
    /// Scenarios of that level passed in a row, of three.
    pub row: usize,
    /// Certified until, ms since 1970.
    pub certified_until: Option<i64>,
    /// Exams that count towards a certificate now.
    pub exams: usize,
    /// Kinds still wanted.
    pub wanted: Vec<String>,
}

/// Where a trainee stands. Attempts in order of time; those of guided mode open no level.
pub fn standing(attempts: &[Attempt], rules: &Rules, now: i64) -> Standing {
    let mut level = 1;
    let mut row: Vec<&str> = Vec::new();
    for attempt in attempts.iter().filter(|a| a.mode != Mode::Guided) {
        if attempt.level != level {
            continue;
        }
        if !attempt.passed {
            row.clear();
        } else if !row.contains(&attempt.scenario.as_str()) {
            row.push(&attempt.scenario);
        }
        if row.len() >= IN_A_ROW && level < LEVELS {
            level += 1;
            row.clear();
        }
    }
    let span = i64::from(rules.days) * 86_400_000;
    // The exams of any span that make a certificate; it holds for a span from the last one it took.
    let exams: Vec<&Attempt> =
        attempts.iter().filter(|a| a.mode == Mode::Exam && a.passed && a.critical == 0).collect();
    let whole = |upto: &Attempt| {
        let within = exams.iter().filter(|e| e.at <= upto.at && e.at > upto.at - span);
        let (mut scenarios, mut kinds) = (BTreeSet::new(), BTreeSet::new());
        for exam in within {
            scenarios.insert(exam.scenario.as_str());
            kinds.extend(exam.kinds.iter().map(String::as_str));
        }
        scenarios.len() >= rules.exams && rules.kinds.iter().all(|k| kinds.contains(k.as_str()))
    };
    let certified = exams.iter().filter(|e| whole(e)).map(|e| e.at + span).max().filter(|until| *until > now);
    let fresh: Vec<&&Attempt> = exams.iter().filter(|e| e.at > now - span).collect();
    let kinds: BTreeSet<&str> = fresh.iter().flat_map(|e| e.kinds.iter().map(String::as_str)).collect();
    Standing {
        level,
        row: row.len(),
        certified_until: certified,
        exams: fresh.iter().map(|e| e.scenario.as_str()).collect::<BTreeSet<_>>().len(),
        wanted: rules.kinds.iter().filter(|k| !kinds.contains(k.as_str())).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn attempt(day: i64, scenario: &str, level: u8, mode: Mode, passed: bool) -> Attempt {
        let kinds = match scenario {
            "fraud" | "vulnerable" => vec![scenario.to_owned()],
            _ => vec![],
        };
        let total = if passed { 90 } else { 40 };
        Attempt { at: day * DAY, scenario: scenario.into(), level, kinds, mode, total, passed, critical: 0 }
    }

    fn now(attempts: &[Attempt], day: i64) -> Standing {
        standing(attempts, &Rules::default(), day * DAY)
    }

    #[test]
    fn three_passes_in_a_row_on_three_scenarios_open_a_level() {
        let pass = |s| attempt(1, s, 1, Mode::Practice, true);
        assert_eq!(now(&[pass("a"), pass("b"), pass("b")], 2).level, 1);
        assert_eq!(now(&[pass("a"), pass("b"), pass("c")], 2).level, 2);
        let failed = attempt(1, "d", 1, Mode::Practice, false);
        assert_eq!(now(&[pass("a"), pass("b"), failed, pass("c")], 2).level, 1);
        let guided = attempt(1, "c", 1, Mode::Guided, true);
        assert_eq!(now(&[pass("a"), pass("b"), guided], 2).level, 1);
        // Of a level that is not open yet nothing counts.
        assert_eq!(now(&[attempt(1, "x", 2, Mode::Practice, true)], 2), now(&[], 2));
    }

    #[test]
    fn five_exams_with_fraud_and_a_vulnerable_customer_certify_for_half_a_year() {
        let exam = |day, s| attempt(day, s, 3, Mode::Exam, true);
        let mut all = vec![exam(1, "a"), exam(2, "b"), exam(3, "c"), exam(4, "fraud")];
        assert_eq!(now(&all, 5).certified_until, None);
        assert_eq!(now(&all, 5).wanted, ["vulnerable"]);
        all.push(exam(10, "vulnerable"));
        assert_eq!(now(&all, 11).certified_until, Some(190 * DAY));
        assert_eq!(now(&all, 191).certified_until, None);
        let mut flawed = all.clone();
        flawed[0].critical = 1;
        assert_eq!(now(&flawed, 11).certified_until, None);
    }
}
