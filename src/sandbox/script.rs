//! An attempt as text: what a trainee says and does, line by line, for golden runs and for coverage.
//!
//! `> words` says, `! verb what 20` does, `~ 12` lets seconds go by, `?` asks for help, `# …` is a remark, and
//! `= reason | outcome | note` wraps up. Typing takes time as it does for people: a sign of life comes with each
//! second waited before words. An attempt that was recorded has its own time: `, 12` is seconds spent typing, and
//! `" words` is said at once.

use super::play::{Input, Output, State, VERBS};
use super::read::{Fault, Ready};

/// Words a trainee types in a minute, for the time a line takes.
const TYPED: u32 = 45;

/// A line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An input at once.
    Do(Input),
    /// Words, after the time it takes to type them.
    Say(String),
    /// Seconds in which nothing is done.
    Wait(u32),
    /// Seconds of typing.
    Type(u32),
}

/// Reads a script.
///
/// # Errors
/// Every line that cannot be read.
pub fn read(file: &str, text: &str) -> Result<Vec<Step>, Vec<Fault>> {
    let (mut steps, mut faults) = (Vec::new(), Vec::new());
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match step(line) {
            Ok(step) => steps.push(step),
            Err(what) => faults.push(Fault {
                file: file.to_owned(),
                line: i + 1,
                what,
                hint: "a line is > words, ! verb what, ~ seconds, ? or = reason | outcome | note".to_owned(),
                mild: false,
            }),
        }
    }
    if faults.is_empty() { Ok(steps) } else { Err(faults) }
}

/// Stands for the end of a line in what was said.
const BREAK: &str = " ¶ ";
/// Longest wait of one line, seconds.
const LONGEST: u32 = 7_200;

fn seconds(text: &str) -> Result<u32, String> {
    let seconds: Option<u32> = text.parse().ok().filter(|s| *s <= LONGEST);
    seconds.ok_or_else(|| format!("{text:?} is no number of seconds up to {LONGEST}"))
}

/// The remark that says which attempt it was.
const ATTEMPT: &str = "# attempt ";

/// Between the attempt and its scenario.
const OF: &str = " of ";

/// An attempt as it was, to be played again.
pub fn recorded(scenario: &str, attempt: u64, inputs: &[Input]) -> String {
    format!("{ATTEMPT}{attempt}{OF}{scenario}\n{}", write(inputs))
}

/// Which attempt a script was recorded in.
pub fn attempt(text: &str) -> Option<u64> {
    head(text)?.0.trim().parse().ok()
}

/// Which scenario a script was recorded in.
pub fn scenario(text: &str) -> Option<&str> {
    head(text).map(|(_, scenario)| scenario.trim()).filter(|id| !id.is_empty())
}

fn head(text: &str) -> Option<(&str, &str)> {
    let head = text.lines().next()?.strip_prefix(ATTEMPT)?;
    Some(head.split_once(OF).unwrap_or((head, "")))
}

/// The lines that play these inputs again, second by second.
pub fn write(inputs: &[Input]) -> String {
    let mut text = String::new();
    let (mut waited, mut typed, mut typing) = (0_u32, 0_u32, false);
    let flush = |text: &mut String, waited: &mut u32, typed: &mut u32| {
        for (mark, seconds) in [('~', std::mem::take(waited)), (',', std::mem::take(typed))] {
            if seconds > 0 {
                text.push_str(&format!("{mark} {seconds}\n"));
            }
        }
    };
    for input in inputs {
        let line = match input {
            Input::Typing => {
                typing = true;
                continue;
            }
            Input::Second => {
                let typed_now = std::mem::take(&mut typing);
                if typed_now && waited > 0 || !typed_now && typed > 0 {
                    flush(&mut text, &mut waited, &mut typed);
                }
                *(if typed_now { &mut typed } else { &mut waited }) += 1;
                continue;
            }
            Input::Say(words) => {
                let lines: Vec<&str> = words.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
                format!("\" {}", lines.join(BREAK))
            }
            Input::Act { verb, what, amount } => {
                let amount = amount.map(|a| format!(" {a}")).unwrap_or_default();
                format!("! {verb} {what}{amount}")
            }
            Input::Hint => "?".to_owned(),
            Input::WrapUp { reason, outcome, note } => {
                let one_line = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
                format!("= {} | {} | {}", one_line(reason), one_line(outcome), one_line(note))
            }
        };
        flush(&mut text, &mut waited, &mut typed);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    flush(&mut text, &mut waited, &mut typed);
    text
}

fn step(line: &str) -> Result<Step, String> {
    let mut letters = line.chars();
    let mark = letters.next();
    let rest = letters.as_str().trim();
    match mark {
        Some('>') => Ok(Step::Say(rest.to_owned())),
        Some('"') => Ok(Step::Do(Input::Say(rest.replace(BREAK, "\n")))),
        Some('~') => seconds(rest).map(Step::Wait),
        Some(',') => seconds(rest).map(Step::Type),
        Some('?') => Ok(Step::Do(Input::Hint)),
        Some('=') => {
            let mut parts = rest.splitn(3, '|').map(|p| p.trim().to_owned());
            let mut part = || parts.next().ok_or_else(|| "a wrap-up has reason | outcome | note".to_owned());
            Ok(Step::Do(Input::WrapUp { reason: part()?, outcome: part()?, note: part()? }))
        }
        Some('!') => {
            let (verb, what) = rest.split_once(' ').unwrap_or((rest, ""));
            if !VERBS.contains(&verb) {
                return Err(format!("there is no verb {verb:?}; there is {}", VERBS.join(", ")));
            }
            let (what, amount) = match what.rsplit_once(' ') {
                Some((what, number)) if number.parse::<i64>().is_ok() => (what, number.parse().ok()),
                _ if what.parse::<i64>().is_ok() && verb != "verify" => ("", what.parse().ok()),
                _ => (what, None),
            };
            Ok(Step::Do(Input::Act { verb: verb.to_owned(), what: what.to_owned(), amount }))
        }
        _ => Err(format!("{line:?} does not begin with one of > ! ~ ? =")),
    }
}

/// Plays a script from the start.
pub fn play(ready: &Ready, attempt: u64, steps: &[Step]) -> (State, Vec<Output>) {
    let (mut state, mut out) = State::start(ready, attempt);
    for step in steps {
        match step {
            Step::Do(input) => out.extend(state.step(ready, input.clone())),
            Step::Wait(seconds) => (0..*seconds).for_each(|_| out.extend(state.step(ready, Input::Second))),
            Step::Type(seconds) => {
                for _ in 0..*seconds {
                    out.extend(state.step(ready, Input::Typing));
                    out.extend(state.step(ready, Input::Second));
                }
            }
            Step::Say(words) => {
                // A polite agent lets them finish, then types.
                let typing = (words.split_whitespace().count() as u32 * 60).div_ceil(TYPED);
                for _ in 0..state.speaking_s + typing {
                    out.extend(state.step(ready, Input::Typing));
                    out.extend(state.step(ready, Input::Second));
                }
                out.extend(state.step(ready, Input::Say(words.clone())));
            }
        }
    }
    (state, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_played_again_second_by_second() {
        let act = |verb: &str, what: &str, amount| Input::Act { verb: verb.into(), what: what.into(), amount };
        let inputs = [
            Input::Second,
            Input::Second,
            Input::Typing,
            Input::Second,
            Input::Say("Hello.\nI am Ana.".into()),
            act("credit", "goodwill", Some(5_000)),
            act("verify", "2", None),
            Input::Second,
            Input::Hint,
            Input::WrapUp { reason: "Billing › Roaming".into(), outcome: "Resolved".into(), note: "a\nb".into() },
        ];
        let text = write(&inputs);
        assert_eq!(
            text,
            "~ 2\n, 1\n\" Hello. ¶ I am Ana.\n! credit goodwill 5000\n! verify 2\n~ 1\n?\n= Billing › Roaming | Resolved | a b\n"
        );
        let steps = read("x", &text).expect("reads");
        assert_eq!(steps[2], Step::Do(Input::Say("Hello.\nI am Ana.".into())));
        assert_eq!(steps[3], Step::Do(inputs[5].clone()));
        assert_eq!(steps.len(), 8);
        let whole = recorded("x", 7, &inputs);
        assert_eq!((attempt(&whole), scenario(&whole), attempt(&text)), (Some(7), Some("x"), None));
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let faults = read("s.txt", "> hi\n~ soon\nhello\n! fly away\n, 99999\n= a | b").expect_err("faults");
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 5);
        assert!(said[0].starts_with("s.txt:2: \"soon\" is no number of seconds up to 7200; a line is"), "{said:?}");
    }
}
