//! Views written as text.

use std::fmt;

use super::{Compare, Expr, Test, Whose};
use crate::domain::time::{DAY, HOUR, MINUTE, SECOND};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::All(parts) => join(f, parts, " ", |p| matches!(p, Expr::All(_) | Expr::Any(_))),
            Expr::Any(parts) => join(f, parts, " | ", |p| matches!(p, Expr::Any(_))),
            Expr::Not(part) => match **part {
                Expr::All(_) | Expr::Any(_) => write!(f, "!({part})"),
                _ => write!(f, "!{part}"),
            },
            Expr::Is(test) => write!(f, "{test}"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str, inside: impl Fn(&Expr) -> bool) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        // An empty "all" would vanish between its neighbours.
        if inside(part) || matches!(part, Expr::All(p) if p.is_empty()) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Mine => f.write_str("mine"),
            Test::Snoozed => f.write_str("snoozed"),
            Test::Escalated => f.write_str("escalated"),
            Test::Waiting => f.write_str("waiting"),
            Test::Late => f.write_str("late"),
            Test::Merged => f.write_str("merged"),
            Test::Incident(problem) => write!(f, "incident:{problem}"),
            Test::Status(status) => write!(f, "status:{}", status.word()),
            Test::Priority(compare, priority) => {
                let sign = match compare {
                    Compare::Is => ":",
                    Compare::AtLeast => ">=",
                    Compare::AtMost => "<=",
                    Compare::More => ">",
                    Compare::Less => "<",
                };
                write!(f, "priority{sign}{}", priority.word())
            }
            Test::Queue(key) => value(f, "queue", key),
            Test::Tag(tag) => value(f, "tag", tag),
            Test::Assignee(Whose::Me) => f.write_str("assignee:me"),
            Test::Assignee(Whose::Nobody) => f.write_str("assignee:none"),
            Test::Assignee(Whose::Login(login)) => value(f, "assignee", login),
            Test::Channel(channel) => write!(f, "channel:{}", channel.word()),
            Test::Language(language) => value(f, "language", language),
            Test::Reason(path) => value(f, "reason", path),
            Test::Outcome(key) => value(f, "outcome", key),
            Test::Label(key) => value(f, "label", key),
            Test::Unticked => f.write_str("unticked"),
            Test::Customer(name) => value(f, "customer", name),
            Test::Span { span, less, ms } => {
                write!(f, "{}{}{}", span.word(), if *less { "<" } else { ">" }, length(*ms))
            }
            Test::Words(words) => quoted(f, words),
        }
    }
}

/// A name and its value, quoted when it could be read as something else.
fn value(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    write!(f, "{name}:")?;
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '|' | '!' | '"');
    if !value.is_empty() && value.chars().all(plain) { f.write_str(value) } else { quoted(f, value) }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A span in its largest whole unit.
fn length(ms: i64) -> String {
    let units = [("w", 7 * DAY), ("d", DAY), ("h", HOUR), ("m", MINUTE)];
    match units.into_iter().find(|(_, unit)| ms > 0 && ms % unit == 0) {
        Some((word, unit)) => format!("{}{word}", ms / unit),
        None => format!("{}s", ms / SECOND),
    }
}
