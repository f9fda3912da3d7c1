//! What an attempt was worth, and why: points by line with the turn that gave or cost them, critical errors first,
//! facts found and missed, the note against what it must hold. Speed is told, never scored.

use serde::{Deserialize, Serialize};

use super::heard::{Heard, folded};
use super::play::{Entry, Mark, Over, State};
use super::read::Ready;
use super::scenario::Line;
pub use crate::domain::training::Mode;

/// One line of the rubric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// Which.
    pub line: Line,
    /// Points got.
    pub points: u32,
    /// Points there are.
    pub of: u32,
    /// What gave or cost them, in order of time.
    pub why: Vec<Why>,
}

/// What gave or cost points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// In which turn; `None` when it never came, or at the wrap-up.
    pub turn: Option<u32>,
    /// How many; below 0 they were lost, 0 they were missed.
    pub points: i32,
    /// What was good, or would have been better.
    pub words: String,
}

/// A fact the customer did not tell by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What it is.
    pub fact: String,
    /// In which turn it came out.
    pub turn: Option<u32>,
    /// What brings it out.
    pub ask: String,
}

/// Holds of one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holds {
    /// How many.
    pub times: u32,
    /// How many of them were asked for.
    pub asked: u32,
    /// The longest, seconds.
    pub longest_s: u32,
}

/// An attempt, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which scenario.
    pub scenario: String,
    /// Which attempt.
    pub attempt: u64,
    /// With how much help.
    pub mode: Mode,
    /// Points got, 0..=100.
    pub total: u32,
    /// Points that pass.
    pub pass: u32,
    /// Whether it is passed.
    pub passed: bool,
    /// Critical errors with their turn, first of all.
    pub critical: Vec<(u32, String)>,
    /// Critical lines of which less than half was got.
    pub short: Vec<Line>,
    /// By line.
    pub lines: Vec<Scored>,
    /// Hidden facts.
    pub facts: Vec<Found>,
    /// What the note must hold, and whether it does.
    pub note: Vec<(String, bool)>,
    /// Hints taken, and points they cost.
    pub hints: (u32, u32),
    /// Patience by second: at which, what it was, thousandths; only where it changed direction or something happened.
    pub patience: Vec<(u32, i32)>,
    /// How long it took.
    pub seconds: u32,
    /// Holds.
    pub holds: Holds,
    /// Seconds of dead air.
    pub silent_s: u32,
    /// Articles that help, and whether they were opened.
    pub read: Vec<(String, bool)>,
    /// Time a steady agent takes, seconds; told, never scored.
    pub budget_s: u32,
    /// How it was over.
    pub over: Option<Over>,
}

/// Judges an attempt.
pub fn report(ready: &Ready, state: &State, mode: Mode) -> Report {
    let scenario = &ready.scenario;
    let written = state.written.clone().unwrap_or_default();
    let heard = Heard::new(&written.note);
    let note: Vec<(String, bool)> = scenario.note.iter().map(|f| f.fact.clone()).zip(ready.noted(&heard)).collect();
    let lines: Vec<Scored> = Line::ALL.iter().map(|line| scored(ready, state, *line, &note)).collect();
    let hints = (state.hints, if mode == Mode::Practice { state.hints * scenario.hints.cost } else { 0 });
    let total = lines.iter().map(|l| l.points).sum::<u32>().saturating_sub(hints.1);
    let critical: Vec<(u32, String)> = marks(state)
        .filter_map(|(entry, mark)| match mark {
            Mark::Critical(words) => Some((entry.turn, words.clone())),
            _ => None,
        })
        .collect();
    let short: Vec<Line> = lines
        .iter()
        .filter(|l| scenario.rubric.critical.contains(&l.line) && l.points * 2 < l.of)
        .map(|l| l.line)
        .collect();
    let facts = scenario.hidden.iter().map(|hidden| {
        let came = |mark: &Mark| matches!(mark, Mark::Fact(id) if *id == hidden.id);
        let turn = marks(state).find(|(_, mark)| came(mark)).map(|(entry, _)| entry.turn);
        Found { fact: hidden.fact.clone(), turn, ask: hidden.ask.clone() }
    });
    Report {
        scenario: scenario.id.clone(),
        attempt: state.attempt,
        mode,
        total,
        pass: scenario.rubric.pass,
        passed: total >= scenario.rubric.pass && critical.is_empty() && short.is_empty(),
        critical,
        short,
        lines,
        facts: facts.collect(),
        note,
        hints,
        patience: state.log.iter().map(|e| (e.at_s, e.patience)).collect(),
        seconds: state.clock_s,
        holds: holds(state),
        silent_s: state.silent_s,
        read: scenario.end.kb.iter().map(|slug| (slug.clone(), state.opened.contains(slug))).collect(),
        budget_s: scenario.budget_s,
        over: state.over,
    }
}

fn holds(state: &State) -> Holds {
    state.holds.iter().chain(&state.hold).fold(Holds::default(), |all, hold| Holds {
        times: all.times + 1,
        asked: all.asked + u32::from(hold.asked),
        longest_s: all.longest_s.max(hold.spent),
    })
}

fn marks(state: &State) -> impl Iterator<Item = (&Entry, &Mark)> {
    state.log.iter().flat_map(|entry| entry.marks.iter().map(move |mark| (entry, mark)))
}

fn scored(ready: &Ready, state: &State, line: Line, note: &[(String, bool)]) -> Scored {
    let scenario = &ready.scenario;
    let mut why: Vec<Why> = Vec::new();
    for (entry, mark) in marks(state) {
        let turn = Some(entry.turn);
        match mark {
            Mark::Goal(i) => {
                let goal = scenario.goal.get(*i).filter(|g| g.line == line);
                why.extend(goal.map(|g| Why { turn, points: g.points.cast_signed(), words: g.good.clone() }));
            }
            Mark::Slip(i) => {
                let slip = scenario.slip.get(*i).filter(|s| s.line == line);
                why.extend(slip.map(|s| Why { turn, points: -s.points.cast_signed(), words: s.better.clone() }));
            }
            _ => {}
        }
    }
    let reached = |i: usize| marks(state).any(|(_, mark)| *mark == Mark::Goal(i));
    let missed = scenario.goal.iter().enumerate().filter(|(i, g)| g.line == line && !reached(*i));
    why.extend(missed.map(|(_, g)| Why { turn: None, points: 0, words: g.better.clone() }));
    if line == Line::Documentation {
        for (fact, (words, there)) in scenario.note.iter().zip(note) {
            let points = if *there { fact.points.cast_signed() } else { 0 };
            why.push(Why { turn: None, points, words: words.clone() });
        }
        let written = state.written.as_ref();
        let fits = |said: &str, wanted: &[String]| wanted.iter().any(|w| folded(said) == folded(w));
        let right =
            written.is_some_and(|w| fits(&w.reason, &scenario.end.reason) && fits(&w.outcome, &scenario.end.outcome));
        let points = if right { scenario.end.points.cast_signed() } else { 0 };
        let (reasons, outcomes) = (scenario.end.reason.join(", "), scenario.end.outcome.join(", "));
        why.push(Why { turn: None, points, words: t!("reason {reasons}, outcome {outcomes}", reasons, outcomes) });
    }
    let of = scenario.rubric.most(line);
    let points = why.iter().map(|w| w.points).sum::<i32>().clamp(0, of.cast_signed()).cast_unsigned();
    Scored { line, points, of, why }
}
