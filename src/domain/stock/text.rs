//! The words of a snippet: `Hello {first-name}, your order {order number?} is {state? on its way | delayed}.`
//!
//! A word in braces is filled in from the case; with a question mark it is asked for, with a default (`{day? Monday}`)
//! or choices (`{how? card | cheque}`) after it. `{}` is where one goes on writing, `{;name}` another snippet (in
//! macros), `{{` a brace. What is not filled in yet stands in the text just so, which is how it is seen and found
//! again; the same question asked twice is answered once.

use std::ops::Range;

use super::Fault;

/// Longest question, in characters.
const MAX_ASK: usize = 60;

/// What the case, the desk and the day know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The customer's name.
    Customer,
    /// Its first word.
    FirstName,
    /// The case's number.
    Case,
    /// The case's line.
    Subject,
    /// The agent's name.
    Agent,
    /// Its first word.
    AgentFirstName,
    /// The agent's team.
    Team,
    /// The case's queue.
    Queue,
    /// The firm's name.
    Firm,
    /// Today's date where the customer is.
    Today,
    /// Tomorrow's.
    Tomorrow,
    /// The time of day where the customer is.
    Time,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Fact; 12] = [
        Fact::Customer,
        Fact::FirstName,
        Fact::Case,
        Fact::Subject,
        Fact::Agent,
        Fact::AgentFirstName,
        Fact::Team,
        Fact::Queue,
        Fact::Firm,
        Fact::Today,
        Fact::Tomorrow,
        Fact::Time,
    ];

    /// The word written in braces.
    pub fn word(self) -> &'static str {
        match self {
            Fact::Customer => "customer",
            Fact::FirstName => "first-name",
            Fact::Case => "case",
            Fact::Subject => "subject",
            Fact::Agent => "agent",
            Fact::AgentFirstName => "agent-first-name",
            Fact::Team => "team",
            Fact::Queue => "queue",
            Fact::Firm => "firm",
            Fact::Today => "today",
            Fact::Tomorrow => "tomorrow",
            Fact::Time => "time",
        }
    }

    /// Reads [`Fact::word`].
    pub fn from_word(word: &str) -> Option<Fact> {
        Fact::ALL.into_iter().find(|f| f.word() == word)
    }
}

/// Something asked of whoever uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The question, which is also its name: the same one is answered once.
    pub prompt: String,
    /// What it is unless they say otherwise.
    pub default: Option<String>,
    /// What there is to choose from; anything else can be typed too.
    pub choices: Vec<String>,
}

impl Ask {
    /// As it stands in a text until it is filled in.
    pub fn blank(&self) -> String {
        let rest = match &self.default {
            Some(default) => format!(" {default}"),
            None if self.choices.is_empty() => String::new(),
            None => format!(" {}", self.choices.join(" | ")),
        };
        format!("{{{}?{rest}}}", self.prompt)
    }

    fn read(inside: &str) -> Option<Ask> {
        let (prompt, rest) = inside.split_once('?')?;
        let (prompt, rest) = (prompt.trim(), rest.trim());
        if prompt.is_empty() || prompt.chars().count() > MAX_ASK {
            return None;
        }
        let choices: Vec<String> = match rest.contains('|') {
            true => rest.split('|').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect(),
            false => Vec::new(),
        };
        let default = (choices.is_empty() && !rest.is_empty()).then(|| rest.to_owned());
        Some(Ask { prompt: prompt.to_owned(), default, choices })
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Words(String),
    /// From the case.
    Fact(Fact),
    /// Asked for.
    Ask(Ask),
    /// Another snippet, by its short name.
    Snippet(String),
    /// Where one goes on writing.
    Caret,
}

/// Reads a text.
pub fn read(text: &str) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    let line = |rest: &str| 1 + text[..text.len() - rest.len()].matches('\n').count();
    while let Some(at) = rest.find(['{', '}']) {
        words.push_str(&rest[..at]);
        let from = &rest[at..];
        if from.starts_with("{{") || from.starts_with("}}") {
            words.push_str(&from[..1]);
            rest = &from[2..];
            continue;
        }
        if let Some(after) = from.strip_prefix('}') {
            words.push('}');
            rest = after;
            continue;
        }
        let fault = |because: String| Fault { line: line(from), because };
        let end = from[1..].find(['}', '{', '\n']).map(|n| n + 1).filter(|n| from.as_bytes()[*n] == b'}');
        let Some(end) = end else {
            return Err(fault("a { has no } after it; close it, or write {{ for a brace".to_owned()));
        };
        let inside = from[1..end].trim();
        let part = match inside {
            "" => Part::Caret,
            _ if inside.starts_with(';') => Part::Snippet(inside[1..].trim().to_owned()),
            _ if inside.contains('?') => {
                let ask = Ask::read(inside);
                let because = || format!("{{{inside}}} asks nothing; a question has 1 to {MAX_ASK} characters");
                Part::Ask(ask.ok_or_else(|| fault(because()))?)
            }
            _ => Part::Fact(Fact::from_word(inside).ok_or_else(|| {
                let all = Fact::ALL.map(Fact::word).join(", ");
                fault(format!("there is no {{{inside}}}; there are {all}; write {{{inside}?}} to be asked"))
            })?),
        };
        if !words.is_empty() {
            parts.push(Part::Words(std::mem::take(&mut words)));
        }
        parts.push(part);
        rest = &from[end + 1..];
    }
    words.push_str(rest);
    if !words.is_empty() {
        parts.push(Part::Words(words));
    }
    Ok(parts)
}

/// Text as one would have to write it to get these words and nothing else.
pub fn quoted(words: &str) -> String {
    words.replace('{', "{{").replace('}', "}}")
}

/// A text that was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// The words; what is still asked for stands in them as [`Ask::blank`].
    pub text: String,
    /// Where one stops to fill in or to change what is there, in order.
    pub stops: Vec<Range<usize>>,
    /// Where one goes on writing.
    pub caret: Option<usize>,
}

/// Fills a text in. A fact that is not known is asked for; an answer of `None` leaves the question standing.
pub fn fill(
    parts: &[Part],
    facts: &dyn Fn(Fact) -> Option<String>,
    answers: &dyn Fn(&Ask) -> Option<String>,
    snippets: &dyn Fn(&str) -> Option<Vec<Part>>,
) -> Filled {
    let mut filled = Filled::default();
    into(&mut filled, parts, facts, answers, snippets);
    filled
}

fn into(
    filled: &mut Filled,
    parts: &[Part],
    facts: &dyn Fn(Fact) -> Option<String>,
    answers: &dyn Fn(&Ask) -> Option<String>,
    snippets: &dyn Fn(&str) -> Option<Vec<Part>>,
) {
    for part in parts {
        let asked;
        let ask = match part {
            Part::Words(words) => {
                filled.text.push_str(words);
                continue;
            }
            Part::Caret => {
                filled.caret = Some(filled.text.len());
                continue;
            }
            Part::Snippet(name) => {
                // One deep: a snippet in a snippet is not looked up again, so that none can hold itself.
                match snippets(name) {
                    Some(parts) => into(filled, &parts, facts, answers, &|_| None),
                    None => filled.text.push_str(&Ask { prompt: name.clone(), default: None, choices: vec![] }.blank()),
                }
                continue;
            }
            Part::Fact(fact) => match facts(*fact).map(plain).filter(|words| !words.is_empty()) {
                Some(words) => {
                    filled.text.push_str(&words);
                    continue;
                }
                None => {
                    asked = Ask { prompt: fact.word().to_owned(), default: None, choices: Vec::new() };
                    &asked
                }
            },
            Part::Ask(ask) => ask,
        };
        let from = filled.text.len();
        match answers(ask) {
            Some(answer) => filled.text.push_str(&answer),
            None => {
                match &ask.default {
                    Some(default) => filled.text.push_str(default),
                    None => filled.text.push_str(&ask.blank()),
                }
                filled.stops.push(from..filled.text.len());
            }
        }
    }
}

/// What comes from elsewhere never looks like a question.
fn plain(words: String) -> String {
    words.replace('{', "(").replace('}', ")")
}

/// A question that stands unanswered in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// Where.
    pub range: Range<usize>,
    /// What is asked.
    pub ask: Ask,
}

/// Every unanswered question in a text, in order.
pub fn blanks(text: &str) -> Vec<Blank> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|n| at + n) {
        at = open + 1;
        let Some(end) = text[at..].find(['}', '{', '\n']).map(|n| at + n) else { break };
        if text.as_bytes()[end] == b'}'
            && let Some(ask) = Ask::read(&text[at..end])
        {
            found.push(Blank { range: open..end + 1, ask });
            at = end + 1;
        }
    }
    found
}

/// Every question of a text once, in order.
pub fn asks(parts: &[Part]) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    for part in parts {
        if let Part::Ask(ask) = part
            && !asks.iter().any(|known| known.prompt == ask.prompt)
        {
            asks.push(ask.clone());
        }
    }
    asks
}
