//! Scenarios and the words of customers, read from TOML, and made ready for playing.
//!
//! Every fault says file, line, what is wrong and what to do; nothing half read is played.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::ear::Ear;
use super::heard::{Clause, Heard, folded, small};
use super::likeness::Likeness;
use super::pattern::Pattern;
use super::scenario::{Intent, Line, SCHEMA, Scenario, Style};

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// Its line, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// Whether it can be played all the same.
    pub mild: bool,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let weight = if self.mild { "warning: " } else { "" };
        write!(f, "{}:{}: {weight}{}; {}", self.file, self.line, self.what, self.hint)
    }
}

/// What customers say by themselves in one language, and what agents say everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What is understood in every scenario of this language.
    pub intent: Vec<Intent>,
    /// By style.
    pub style: BTreeMap<Style, Lines>,
}

/// What a style says by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// Could not follow.
    pub lost: Vec<String>,
    /// Could not follow again: says what they want.
    pub nudge: Vec<String>,
    /// Heard it, and waits for more.
    pub heard: Vec<String>,
    /// Has no patience left.
    pub gone: String,
}

/// Sentences by what they mean: intents, each with what people say for it.
pub type Examples = BTreeMap<String, Vec<String>>;

/// Among examples: what says nothing to anybody.
pub const NOTHING: &str = "nothing";

/// How much like its examples something must be where nothing else was heard, and by how much more than like others;
/// then the same where something was. Thousandths, found with sentences that are in no file of the program.
const ALONE: (u32, u32) = (200, 50);
const BESIDE: (u32, u32) = (250, 50);

/// A scenario made ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// As written.
    pub scenario: Scenario,
    intents: Vec<Intent>,
    examples: Examples,
    /// Made when somebody first speaks.
    likeness: OnceLock<Likeness>,
    /// Two groups for each intent, what it is known by and what rules it out, then one for each fact of the note.
    ear: Ear,
    names: BTreeSet<String>,
    style: Lines,
}

/// Reads the words of a language.
///
/// # Errors
/// The first fault.
pub fn words(file: &str, text: &str) -> Result<Words, Fault> {
    toml::from_str(text).map_err(|error| broken(file, text, &error))
}

/// Reads examples.
///
/// # Errors
/// The first fault.
pub fn examples(file: &str, text: &str) -> Result<Examples, Fault> {
    toml::from_str(text).map_err(|error| broken(file, text, &error))
}

/// Reads a scenario.
///
/// # Errors
/// The first fault that keeps it from being read; [`super::lint`] finds those that keep it from being good.
pub fn scenario(file: &str, text: &str) -> Result<Scenario, Fault> {
    let mut scenario: Scenario = toml::from_str(text).map_err(|error| broken(file, text, &error))?;
    if scenario.schema != SCHEMA {
        return Err(Fault {
            file: file.to_owned(),
            line: 1,
            what: format!("it is of format {}", scenario.schema),
            hint: format!("this program reads format {SCHEMA}"),
            mild: false,
        });
    }
    // The same text once more, for the lines of its tables.
    let tables: Tables = toml::from_str(text).unwrap_or_default();
    number(text, &tables.node, scenario.node.iter_mut().map(|n| &mut n.line));
    number(text, &tables.intent, scenario.intent.iter_mut().map(|n| &mut n.line));
    number(text, &tables.rule, scenario.rule.iter_mut().map(|n| &mut n.line));
    number(text, &tables.goal, scenario.goal.iter_mut().map(|n| &mut n.at));
    number(text, &tables.slip, scenario.slip.iter_mut().map(|n| &mut n.at));
    number(text, &tables.note, scenario.note.iter_mut().map(|n| &mut n.line));
    match beyond(&scenario) {
        None => Ok(scenario),
        Some((line, what, most)) => Err(Fault {
            file: file.to_owned(),
            line,
            what: format!("{what} is beyond what a contact has"),
            hint: format!("at most {most}"),
            mild: false,
        }),
    }
}

/// The first number that is too large to reckon with: its line, its name, and the most it may be.
fn beyond(s: &Scenario) -> Option<(usize, &'static str, i64)> {
    const POINTS: i64 = 100;
    const SECONDS: i64 = 36_000;
    const EFFECT: i64 = 100_000;
    let rubric = &s.rubric;
    let whole = [
        (1, "budget_s", i64::from(s.budget_s), SECONDS),
        (1, "persona.temper", i64::from(s.persona.temper), 1_000),
        (1, "persona.patience", i64::from(s.persona.patience), POINTS),
        (1, "end.points", i64::from(s.end.points), POINTS),
        (1, "hints.cost", i64::from(s.hints.cost), POINTS),
        (1, "hints.after_s", i64::from(s.hints.after_s), SECONDS),
        (1, "rubric.pass", i64::from(rubric.pass), POINTS),
    ];
    let rubric = Line::ALL.iter().map(|line| (1, "the rubric", i64::from(rubric.most(*line)), POINTS));
    let nodes = s.node.iter().flat_map(|n| {
        [(n.line, "effect", i64::from(n.effect), EFFECT), (n.line, "timeout_s", i64::from(n.timeout_s), SECONDS)]
    });
    let rules = s.rule.iter().map(|r| (r.line, "effect", i64::from(r.effect), EFFECT));
    let goals = s.goal.iter().map(|g| (g.at, "points", i64::from(g.points), POINTS));
    let slips = s
        .slip
        .iter()
        .flat_map(|g| [(g.at, "points", i64::from(g.points), POINTS), (g.at, "most", i64::from(g.most), POINTS)]);
    let facts = s.note.iter().map(|f| (f.line, "points", i64::from(f.points), POINTS));
    let mut all = whole.into_iter().chain(rubric).chain(nodes).chain(rules).chain(goals).chain(slips).chain(facts);
    let found = all.find(|(_, _, number, most)| number.abs() > *most)?;
    Some((found.0, found.1, found.3))
}

/// Where the tables of a file begin.
#[derive(Debug, Default, Deserialize)]
struct Tables {
    #[serde(default)]
    node: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    intent: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    rule: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    goal: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    slip: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    note: Vec<Spanned<toml::Value>>,
}

fn number<'a>(text: &str, tables: &[Spanned<toml::Value>], lines: impl Iterator<Item = &'a mut usize>) {
    for (line, table) in lines.zip(tables) {
        *line = line_of(text, table.span().start);
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

fn broken(file: &str, text: &str, error: &toml::de::Error) -> Fault {
    Fault {
        file: file.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        what: error.message().trim().replace('\n', ", "),
        hint: "mend it as the other scenarios have it".to_owned(),
        mild: false,
    }
}

impl Ready {
    /// Makes a scenario ready.
    ///
    /// # Errors
    /// Every pattern that cannot be read, and a style without lines.
    pub fn new(file: &str, scenario: Scenario, words: &Words, examples: Examples) -> Result<Ready, Vec<Fault>> {
        let mut faults = Vec::new();
        let own: BTreeSet<&str> = scenario.intent.iter().map(|i| i.id.as_str()).collect();
        let common = words.intent.iter().filter(|i| !own.contains(i.id.as_str()));
        let all: Vec<Intent> = scenario.intent.iter().chain(common).cloned().collect();
        let mut read = |line: usize, sources: &[String]| -> Vec<Pattern> {
            let read = sources.iter().map(|source| {
                Pattern::new(source).map_err(|why| {
                    faults.push(Fault {
                        file: file.to_owned(),
                        line,
                        what: format!("the pattern {source:?} cannot be read: {why}"),
                        hint: "a pattern is words, * for up to four words, word* and (a|b)".to_owned(),
                        mild: false,
                    });
                })
            });
            read.filter_map(Result::ok).collect()
        };
        let mut groups: Vec<Vec<Pattern>> =
            all.iter().flat_map(|i| [&i.any, &i.not].map(|sources| read(i.line, sources))).collect();
        groups.extend(scenario.note.iter().map(|fact| read(fact.line, &fact.any)));
        let style = words.style.get(&scenario.persona.style).cloned();
        let Some(style) = style else {
            faults.push(Fault {
                file: file.to_owned(),
                line: 0,
                what: format!("customers of style {:?} have no words in this language", scenario.persona.style),
                hint: "choose another style".to_owned(),
                mild: false,
            });
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let names = scenario.persona.name.split_whitespace().map(folded).filter(|n| !small(n)).collect();
        let likeness = OnceLock::new();
        Ok(Ready { scenario, intents: all, examples, likeness, ear: Ear::new(&groups), names, style })
    }

    /// What is understood of a text, in the order of the file: by patterns, and where they leave it open by examples.
    pub fn understood(&self, heard: &Heard) -> Vec<&Intent> {
        let mut said = vec![false; self.intents.len()];
        let mut ruled_out = said.clone();
        let mut like: Vec<usize> = Vec::new();
        for clause in &heard.clauses {
            let found = self.ear.hears_clause(clause);
            let mut here = Vec::new();
            for i in 0..self.intents.len() {
                ruled_out[i] |= found[2 * i + 1].in_order;
                if found[2 * i].loosely {
                    said[i] = true;
                    here.push(i);
                }
            }
            like.extend(self.like(clause, &here));
        }
        like.into_iter().for_each(|i| said[i] = true);
        let intents = self.intents.iter().zip(said.into_iter().zip(ruled_out));
        intents.filter(|(_, (said, ruled_out))| *said && !ruled_out).map(|(intent, _)| intent).collect()
    }

    /// What a clause is like in which these were heard. Where something was heard that has no examples, nothing is:
    /// it may be the opposite.
    fn like(&self, clause: &Clause, heard: &[usize]) -> Option<usize> {
        let has = |i: &usize| self.intents.get(*i).is_some_and(|intent| self.examples.contains_key(&intent.id));
        if clause.words.len() < 2 || !heard.iter().all(has) {
            return None;
        }
        let like = self.likeness().nearest(clause)?;
        let (much, ahead) = if heard.is_empty() { ALONE } else { BESIDE };
        (like.what < self.intents.len() && like.much >= much && like.ahead >= ahead).then_some(like.what)
    }

    /// The examples, but of what must not be said: for that the words themselves must have been.
    fn likeness(&self) -> &Likeness {
        self.likeness.get_or_init(|| {
            let fails = self.scenario.rule.iter().filter(|rule| !rule.fail.is_empty());
            let grave: BTreeSet<&str> = fails.flat_map(|rule| &rule.when.intent).map(String::as_str).collect();
            let good = self.intents.iter().enumerate().filter(|(_, i)| !grave.contains(i.id.as_str()));
            let nothing = self.examples.get(NOTHING).map(|ways| (usize::MAX, ways));
            let examples = good.filter_map(|(n, i)| Some((n, self.examples.get(&i.id)?))).chain(nothing);
            Likeness::new(examples.flat_map(|(n, ways)| ways.iter().map(move |way| (n, way.as_str()))))
        })
    }

    /// The examples there are.
    pub fn examples(&self) -> &Examples {
        &self.examples
    }

    /// Every intent.
    pub fn intents(&self) -> impl Iterator<Item = &Intent> {
        self.intents.iter()
    }

    /// Whether each fact the note must hold is in it.
    pub fn noted(&self, note: &Heard) -> Vec<bool> {
        self.ear.hears(note).into_iter().skip(2 * self.intents.len()).map(|found| found.loosely).collect()
    }

    /// The place of a node; `None` for none of that name.
    pub fn node(&self, id: &str) -> Option<usize> {
        self.scenario.node.iter().position(|n| n.id == id)
    }

    /// Names of the customer, folded.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// What they say by themselves.
    pub fn style(&self) -> &Lines {
        &self.style
    }
}
