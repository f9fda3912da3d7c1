//! Views read from text. Words side by side must all hold, `|` is either, `!` is not, parentheses group.

use super::{Compare, Expr, MAX_TEXT, Span, Test, Whose};
use crate::domain::state::State;
use crate::domain::time::{DAY, HOUR, MINUTE, SECOND};
use crate::domain::work::{Channel, Priority, Status};

/// Deepest nesting of parentheses and `!`.
const DEEPEST: usize = 30;
/// Longest span, ms.
const LONGEST: i64 = 520 * 7 * DAY;
const WORDS: &str = "mine, snoozed, escalated, waiting, late, merged, unticked, incident:, label:, status:, priority:, queue:, tag:, assignee:, channel:, \
    language:, reason:, outcome:, customer:, sla<, waiting>, updated<, created>, or words in quotes";

/// What is wrong with a text, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it begins, in characters from 1.
    pub column: usize,
    /// What is wrong and the mend, without a full stop.
    pub because: String,
}

impl Fault {
    fn at(column: usize, because: impl Into<String>) -> Fault {
        Fault { column, because: because.into() }
    }

    /// One sentence.
    pub fn sentence(&self) -> String {
        t!("Column {column}: {because}.", column = self.column, because = self.because)
    }
}

/// Reads a view. Names of queues, people and codes are taken as they are.
pub fn parse(text: &str) -> Result<Expr, Fault> {
    with(text, &|_| Ok(()))
}

/// Reads a view whose queues, people and codes must be there.
pub fn read(text: &str, state: &State) -> Result<Expr, Fault> {
    with(text, &|test| known(state, test))
}

fn with(text: &str, check: &dyn Fn(&Test) -> Result<(), String>) -> Result<Expr, Fault> {
    let length = text.chars().count();
    if length > MAX_TEXT {
        return Err(Fault::at(
            MAX_TEXT + 1,
            t!("a view has at most {most} characters; make it shorter", most = MAX_TEXT),
        ));
    }
    let mut reader = Reader { tokens: tokens(text)?, at: 0, end: length + 1, check };
    let expr = reader.any(0)?;
    match reader.tokens.get(reader.at) {
        Some((column, _)) => Err(Fault::at(*column, t!("this ) closes nothing; take it away or open a ( before it"))),
        None => Ok(expr),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Or,
    Not,
    /// A word, and what was quoted right behind it.
    Word(String, Option<String>),
    Quoted(String),
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let column = at + 1;
        let token = match c {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => Token::Open,
            ')' => Token::Close,
            '|' => Token::Or,
            '!' => Token::Not,
            '"' => {
                let (words, next) = quoted(&chars, at)?;
                tokens.push((column, Token::Quoted(words)));
                at = next;
                continue;
            }
            _ => {
                let ends = |c: &char| c.is_whitespace() || matches!(c, '(' | ')' | '|' | '!' | '"');
                let length = chars[at..].iter().position(ends).unwrap_or(chars.len() - at);
                let word: String = chars[at..at + length].iter().collect();
                at += length;
                let value = if word.ends_with(':') && chars.get(at) == Some(&'"') {
                    let (value, next) = quoted(&chars, at)?;
                    at = next;
                    Some(value)
                } else {
                    None
                };
                tokens.push((column, Token::Word(word, value)));
                continue;
            }
        };
        tokens.push((column, token));
        at += 1;
    }
    Ok(tokens)
}

/// What is between quotes that open at `from`, and the place behind them.
fn quoted(chars: &[char], from: usize) -> Result<(String, usize), Fault> {
    let mut words = String::new();
    let mut at = from + 1;
    loop {
        match (chars.get(at), chars.get(at + 1)) {
            (Some('"'), _) => return Ok((words, at + 1)),
            (Some('\\'), Some(next @ ('"' | '\\'))) => {
                words.push(*next);
                at += 2;
            }
            (Some(c), _) => {
                words.push(*c);
                at += 1;
            }
            (None, _) => return Err(Fault::at(from + 1, t!("these quotes are never closed; write \" at the end"))),
        }
    }
}

struct Reader<'a> {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
    check: &'a dyn Fn(&Test) -> Result<(), String>,
}

impl Reader<'_> {
    fn next(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn column(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(column, _)| *column)
    }

    fn any(&mut self, depth: usize) -> Result<Expr, Fault> {
        if depth > DEEPEST {
            return Err(Fault::at(self.column(), t!("this is nested too deep; take some parentheses away")));
        }
        let first = self.column();
        let mut parts = vec![self.all(depth)?];
        while self.next() == Some(&Token::Or) {
            let or = self.column();
            let empty = |p: &Expr| matches!(p, Expr::All(p) if p.is_empty());
            if parts.len() == 1 && first == or && empty(&parts[0]) {
                return Err(Fault::at(or, t!("there is nothing before this |; write what else it may be")));
            }
            self.at += 1;
            let column = self.column();
            if matches!(self.next(), None | Some(Token::Or | Token::Close)) {
                return Err(Fault::at(
                    column.min(self.end),
                    t!("something is missing after |; write what else it may be"),
                ));
            }
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Any(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut parts = Vec::new();
        while !matches!(self.next(), None | Some(Token::Or | Token::Close)) {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::All(parts) })
    }

    fn one(&mut self, depth: usize) -> Result<Expr, Fault> {
        let column = self.column();
        if depth > DEEPEST {
            return Err(Fault::at(column, t!("this is nested too deep; take some of it away")));
        }
        let Some((_, token)) = self.tokens.get(self.at).cloned() else {
            return Err(Fault::at(column, t!("something is missing here; write what it shall be")));
        };
        self.at += 1;
        match token {
            Token::Not => match self.next() {
                None | Some(Token::Or | Token::Close) => {
                    Err(Fault::at(column, t!("something is missing after !; write what it shall not be")))
                }
                _ => Ok(Expr::Not(Box::new(self.one(depth + 1)?))),
            },
            Token::Open => {
                let inside = self.any(depth + 1)?;
                if self.next() != Some(&Token::Close) {
                    return Err(Fault::at(column, t!("this ( is never closed; write ) where it ends")));
                }
                self.at += 1;
                Ok(inside)
            }
            Token::Quoted(words) => Ok(Expr::Is(Test::Words(words))),
            Token::Word(word, value) => {
                let test = test(&word, value).map_err(|because| Fault::at(column, because))?;
                (self.check)(&test).map_err(|because| Fault::at(column, because))?;
                Ok(Expr::Is(test))
            }
            Token::Close | Token::Or => {
                Err(Fault::at(column, t!("something is missing before this; write it or take this away")))
            }
        }
    }
}

/// One word, with the value that was quoted behind it.
fn test(word: &str, quoted: Option<String>) -> Result<Test, String> {
    let split = word.find([':', '<', '>', '=']);
    let Some(split) = split else { return flag(word) };
    let (name, rest) = word.split_at(split);
    let name = name.to_lowercase();
    let sign = ["<=", ">=", ":", "<", ">", "="].into_iter().find(|s| rest.starts_with(s)).unwrap_or(":");
    let value = quoted.unwrap_or_else(|| rest[sign.len()..].to_owned());
    if value.is_empty() {
        return Err(t!("{name}{sign} needs a value behind it; write {example}", name, sign, example = example(&name)));
    }
    if let Some(span) = Span::ALL.into_iter().find(|s| s.word() == name) {
        let less = match sign {
            "<" => true,
            ">" => false,
            _ => return Err(t!("{name} takes < or >; write {example}", name, example = example(&name))),
        };
        let ms = length(&value).ok_or_else(|| t!("{value} is no span; write it like 30m, 2h, 3d or 1w", value))?;
        return Ok(Test::Span { span, less, ms });
    }
    if name == "priority" {
        let priority = Priority::from_word(&value.to_lowercase()).ok_or_else(|| {
            t!("there is no priority {value}; write {list}", value, list = list(Priority::ALL.map(Priority::word)))
        })?;
        let compare = match sign {
            ">=" => Compare::AtLeast,
            "<=" => Compare::AtMost,
            ">" => Compare::More,
            "<" => Compare::Less,
            _ => Compare::Is,
        };
        return Ok(Test::Priority(compare, priority));
    }
    let test = match name.as_str() {
        "status" => Test::Status(Status::from_word(&value.to_lowercase()).ok_or_else(|| {
            t!("there is no status {value}; write {list}", value, list = list(Status::ALL.map(Status::word)))
        })?),
        "channel" => Test::Channel(Channel::from_word(&value.to_lowercase()).ok_or_else(|| {
            t!("there is no channel {value}; write {list}", value, list = list(Channel::ALL.map(Channel::word)))
        })?),
        "incident" => Test::Incident(
            value
                .trim_start_matches('#')
                .parse()
                .map_err(|_| t!("{value} is no case number; write incident:4821", value))?,
        ),
        "queue" => Test::Queue(value),
        "tag" => Test::Tag(value.to_lowercase()),
        "assignee" => Test::Assignee(match value.to_lowercase().as_str() {
            "me" => Whose::Me,
            "none" | "nobody" => Whose::Nobody,
            _ => Whose::Login(value),
        }),
        "language" | "lang" => Test::Language(value.to_lowercase()),
        "reason" => Test::Reason(value),
        "outcome" => Test::Outcome(value),
        "label" => Test::Label(value),
        "customer" => Test::Customer(value),
        _ => return Err(t!("{name} is not known; write one of {words}", name, words = WORDS)),
    };
    match sign {
        ":" | "=" => Ok(test),
        _ => Err(t!("{name} takes a colon, not {sign}; write {example}", name, sign, example = example(&name))),
    }
}

fn flag(word: &str) -> Result<Test, String> {
    Ok(match word.to_lowercase().as_str() {
        "mine" => Test::Mine,
        "snoozed" => Test::Snoozed,
        "escalated" => Test::Escalated,
        "waiting" => Test::Waiting,
        "late" => Test::Late,
        "merged" => Test::Merged,
        "unticked" => Test::Unticked,
        _ => return Err(t!("{word} is not known; to look for the word write \"{word}\" in quotes", word)),
    })
}

fn example(name: &str) -> &'static str {
    match name {
        "status" => "status:open",
        "priority" => "priority>=high",
        "queue" => "queue:billing",
        "tag" => "tag:vip",
        "assignee" => "assignee:none, assignee:me or a login",
        "channel" => "channel:email",
        "sla" => "sla<30m",
        "waiting" => "waiting>10m",
        "updated" => "updated<2d",
        "created" => "created>1w",
        "language" | "lang" => "language:de",
        "reason" => "reason:billing/roaming",
        "outcome" => "outcome:resolved",
        "incident" => "incident:4821",
        "label" => "label:waits-for-parts",
        _ => "customer:\"Dana Holt\"",
    }
}

fn list<const N: usize>(words: [&str; N]) -> String {
    let (last, first) = words.split_last().map_or(("", &[][..]), |(last, first)| (*last, first));
    t!("{first} or {last}", first = first.join(", "), last)
}

/// `45s`, `30m`, `2h`, `3d`, `1w`; whole numbers.
fn length(text: &str) -> Option<i64> {
    let text = text.to_lowercase();
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "s" => SECOND,
        "m" | "min" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit).filter(|ms| *ms <= LONGEST)
}

/// Whether what a test names is there.
fn known(state: &State, test: &Test) -> Result<(), String> {
    let among = |what: &str, name: &str, mut all: Vec<&str>| {
        all.sort_unstable();
        all.truncate(8);
        match all.is_empty() {
            true => Err(t!("there is no {what} {name}", what, name)),
            false => Err(t!("there is no {what} {name}; there is {all}", what, name, all = all.join(", "))),
        }
    };
    match test {
        Test::Queue(key) if !state.queues().any(|q| q.key.eq_ignore_ascii_case(key)) => {
            among("queue", key, state.queues().filter(|q| q.active).map(|q| q.key.as_str()).collect())
        }
        Test::Assignee(Whose::Login(login)) if !state.agents().any(|a| a.login.eq_ignore_ascii_case(login)) => {
            among("agent", login, state.agents().filter(|a| a.active).map(|a| a.login.as_str()).collect())
        }
        Test::Reason(path) if !state.reasons().any(|r| super::sight::is_under(&r.path, path)) => {
            among("reason", path, state.reasons().filter(|r| r.active).map(|r| r.path.as_str()).collect())
        }
        Test::Outcome(key) if !state.outcomes().any(|o| o.key.eq_ignore_ascii_case(key)) => {
            among("outcome", key, state.outcomes().filter(|o| o.active).map(|o| o.key.as_str()).collect())
        }
        Test::Label(key) if !state.labels().any(|l| l.key.eq_ignore_ascii_case(key)) => {
            among("label", key, state.labels().filter(|l| l.active).map(|l| l.key.as_str()).collect())
        }
        _ => Ok(()),
    }
}
