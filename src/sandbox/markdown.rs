//! A report as Markdown, for a trainer's inbox and a trainee's folder.

use std::fmt::Write as _;

use super::play::{Over, State};
use super::read::Ready;
use super::report::{Mode, Report};
use super::scenario::{Line, Scenario};
use super::turns::{self, time};

/// Columns of the patience curve.
const WIDE: usize = 40;
/// Its steps, lowest first.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The report, then the whole contact turn by turn.
pub fn markdown(ready: &Ready, report: &Report, state: &State, before: &[u32]) -> String {
    let mut text = summary(&ready.scenario, report, before);
    let _ = writeln!(text, "## {}", t!("Turn by turn"));
    for turn in turns::turns(ready, state) {
        let told = turns::words(ready, &turn);
        let mut lines = told.lines();
        let _ = writeln!(text, "\n**{}**\n", lines.next().unwrap_or_default());
        for line in lines {
            let _ = match line.strip_prefix("  ") {
                Some(worth) => writeln!(text, "  - {worth}"),
                None => writeln!(text, "- {line}"),
            };
        }
    }
    text
}

/// What it was worth, and why. `before` are the points of earlier attempts at it, oldest first.
pub fn summary(scenario: &Scenario, report: &Report, before: &[u32]) -> String {
    let mut text = String::new();
    let verdict = if report.passed { t!("passed") } else { t!("not passed") };
    let (title, total) = (&scenario.title, report.total);
    let _ = writeln!(text, "# {}\n", t!("{title}: {total} of 100, {verdict}", title, total, verdict));
    let (id, level, attempt, pass) = (&scenario.id, scenario.level, report.attempt, report.pass);
    let mode = mode(report.mode);
    let _ =
        write!(text, "{}", t!("Scenario {id}, level {level}, {mode}, attempt {attempt}.", id, level, mode, attempt));
    if !before.is_empty() {
        let points = before.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let _ = write!(text, " {}", t!("You before: {points}.", points));
    }
    let _ = writeln!(text, " {}\n", t!("Passing takes {pass}.", pass));
    if !report.critical.is_empty() {
        let _ = writeln!(text, "## {}\n", t!("Critical errors"));
        for (turn, words) in &report.critical {
            let _ = writeln!(text, "- {}", t!("turn {turn}: {words}", turn, words));
        }
        text.push('\n');
    }
    points(&mut text, report);
    found(&mut text, report);
    let over = match report.over {
        Some(Over::Done) => t!("The customer was done."),
        Some(Over::Gone) => t!("The customer lost patience."),
        Some(Over::Left) => t!("You ended it or handed it on."),
        None => t!("It was not brought to an end."),
    };
    let _ = writeln!(text, "\n## {}\n\n`{}`\n", t!("Patience"), curve(&report.patience, WIDE));
    let points = |patience: Option<&(u32, i32)>| patience.map_or(0, |(_, p)| p / 1_000);
    let (first, last) = (points(report.patience.first()), points(report.patience.last()));
    if let Some((at, least)) = report.patience.iter().min_by_key(|(_, p)| *p) {
        let (at, least) = (time(*at), least / 1_000);
        let _ = writeln!(
            text,
            "{}\n",
            t!("From {first} to {last} of 100; least at {at}: {least}.", first, last, at, least)
        );
    }
    let (took, usual) = (time(report.seconds), time(report.budget_s));
    let speed = t!("It took {took}; a steady agent takes about {usual}. Speed is not scored.", took, usual);
    let _ = writeln!(text, "{over} {speed}");
    let holds = report.holds;
    if holds.times > 0 {
        let (asked, longest) = (holds.asked, time(holds.longest_s));
        let on_hold = tn!(holds.times, "On hold once", "On hold {n} times");
        let _ = writeln!(text, "{on_hold}: {}", t!("{asked} asked for, the longest {longest}.", asked, longest));
    }
    if report.silent_s > 0 {
        let share = report.silent_s * 100 / report.seconds.max(1);
        let _ = writeln!(text, "{}", t!("Dead air: {share} % of the time.", share));
    }
    text.push('\n');
    text
}

/// What each line of the rubric got, and for what.
fn points(text: &mut String, report: &Report) {
    let _ = writeln!(text, "## {}\n", t!("Points"));
    let _ = writeln!(text, "| {} | {} | {} |\n| --- | ---: | ---: |", t!("line"), t!("points"), t!("of"));
    for line in &report.lines {
        let short = if report.short.contains(&line.line) { t!(" (half of it is needed)") } else { "" };
        let _ = writeln!(text, "| {}{short} | {} | {} |", named(line.line), line.points, line.of);
    }
    for line in report.lines.iter().filter(|line| !line.why.is_empty()) {
        let _ = writeln!(text, "\n**{}**\n", named(line.line));
        for why in &line.why {
            let turn = why.turn.map_or(String::new(), |n| t!(", turn {n}", n));
            let _ = match why.points {
                0 => writeln!(text, "- {}{turn}: {}", t!("missed"), why.words),
                points => writeln!(text, "- {points:+}{turn}: {}", why.words),
            };
        }
    }
    if report.hints.0 > 0 {
        let (hints, cost) = report.hints;
        let _ = writeln!(text, "\n{}", t!("Hints taken: {hints}; they cost {cost} points.", hints, cost));
    }
}

/// Facts, the note, articles: what was found and what was not.
fn found(text: &mut String, report: &Report) {
    if !report.facts.is_empty() {
        let _ = writeln!(text, "\n## {}\n", t!("What they did not say by themselves"));
        for found in &report.facts {
            let (fact, ask) = (&found.fact, &found.ask);
            let _ = match found.turn {
                Some(n) => writeln!(text, "- {}", t!("found in turn {n}: {fact}", n, fact)),
                None => writeln!(text, "- {}", t!("missed: {fact} {ask}", fact, ask)),
            };
        }
    }
    if !report.note.is_empty() {
        let _ = writeln!(text, "\n## {}\n", t!("The note"));
        for (fact, there) in &report.note {
            let _ = writeln!(text, "- {}: {fact}", if *there { t!("there") } else { t!("missing") });
        }
    }
    if !report.read.is_empty() {
        let _ = writeln!(text, "\n## {}\n", t!("Articles that help"));
        for (slug, opened) in &report.read {
            let _ = writeln!(text, "- {}: {slug}", if *opened { t!("opened") } else { t!("not opened") });
        }
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Guided => t!("guided"),
        Mode::Practice => t!("practice"),
        Mode::Exam => t!("exam"),
    }
}

/// What a line of the rubric is called.
fn named(line: Line) -> &'static str {
    match line {
        Line::Opening => t!("opening"),
        Line::Verification => t!("verification"),
        Line::Discovery => t!("discovery"),
        Line::Resolution => t!("resolution"),
        Line::Communication => t!("communication"),
        Line::Documentation => t!("documentation"),
    }
}

/// A report without its marks, for where it is read as it is.
pub fn plain(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        let head = line.trim_start_matches('#').trim_start();
        let line = if line.starts_with('|') {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            match cells[..] {
                [what, points, of] if points.parse::<u32>().is_ok() => format!("{what}: {points} of {of}"),
                _ => continue,
            }
        } else if head.len() < line.len() {
            head.to_owned()
        } else if let Some(word) = line.strip_prefix("**").and_then(|l| l.strip_suffix("**")) {
            format!("{word}:")
        } else {
            line.replace('`', "")
        };
        // A heading keeps the air before it and none after.
        let blank = line.is_empty() && lines.last().is_none_or(|l| l.is_empty() || l.ends_with(':'));
        if !blank {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Patience over time in so many columns.
pub fn curve(points: &[(u32, i32)], wide: usize) -> String {
    let Some(((first, _), (last, _))) = points.first().zip(points.last()) else { return String::new() };
    let span = (last - first).max(1) as usize;
    (0..wide)
        .map(|column| {
            let at = *first as usize + span * column / wide.max(1);
            let before = points.iter().take_while(|(t, _)| *t as usize <= at).last().or(points.first());
            let patience = before.map_or(0, |(_, p)| *p).clamp(0, 99_999);
            STEPS[patience as usize * STEPS.len() / 100_000]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_can_be_read_as_it_is() {
        let text = "# Bill: 8 of 100\n\n## Points\n\n| line | points | of |\n| --- | ---: | ---: |\n| opening | 8 | 10 |\n\n**opening**\n\n- +8, turn 1: `good`\n";
        assert_eq!(plain(text), "Bill: 8 of 100\n\nPoints\n\nopening: 8 of 10\n\nopening:\n- +8, turn 1: good");
    }

    #[test]
    fn a_curve_has_its_columns_and_its_steps() {
        assert_eq!(curve(&[(0, 0), (10, 100_000)], 4), "▁▁▁▁");
        assert_eq!(curve(&[(0, 100_000), (5, 50_000), (10, 0)], 4), "██▅▅");
        assert_eq!(curve(&[], 4), "");
        assert_eq!(curve(&[(3, 60_000)], 3).chars().count(), 3);
    }
}
