//! Makes a scenario of a real case: what the customer said becomes nodes, what the agent answered becomes intents with
//! the answer as example, people are masked. A draft for a trainer to work on, refused by the room until somebody else
//! has released it.

use std::fmt::Write as _;

use super::heard::{Heard, small};
use super::mask::Mask;

/// Turns of the agent that are taken over.
const MOST: usize = 20;
/// Points of the resolution, shared by them.
const RESOLUTION: usize = 55;

/// What is known of a case that is over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Real {
    /// Its subject.
    pub subject: String,
    /// `voice`, `chat` or `email`.
    pub channel: String,
    /// BCP 47, one that customers speak.
    pub locale: String,
    /// The customer's name.
    pub customer: String,
    /// Other names that are in it: agents, their logins, handles.
    pub others: Vec<String>,
    /// What was said, oldest first: whether the customer did, and the words.
    pub said: Vec<(bool, String)>,
    /// The note of the wrap-up.
    pub note: String,
    /// Reason and outcome, as they are named.
    pub ended: (String, String),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// `scenario.toml`.
    pub scenario: String,
    /// `examples.toml`.
    pub examples: String,
    /// What was replaced, and by what.
    pub replaced: Vec<(String, String)>,
}

/// Makes the draft of a scenario; `None` when the customer said nothing or nobody answered.
pub fn convert(real: &Real, id: &str, by: &str) -> Option<Made> {
    let mut mask = Mask::default();
    let name = mask.person(&real.customer);
    for other in &real.others {
        mask.person(other);
    }
    let mut turns = turns(real);
    turns.truncate(MOST);
    let answers = turns.iter().filter(|(_, answer)| !answer.is_empty()).count();
    if answers == 0 {
        return None;
    }
    let mut text = String::new();
    let subject = mask.apply(&real.subject);
    let head = format!(
        "# Made of a real case, with other names and numbers. Read every line: what the program did not know for a name is\n\
         # still there. Then somebody else reads it and releases it: cordboard sandbox release\n\
         schema = 1\nid = {}\ntitle = {}\nabout = {}\nchannel = {}\nlocale = {}\nlevel = 2\nseed = 1\nbudget_s = 600\n\n\
         [draft]\nby = {}\nreleased = \"\"\n\n\
         [persona]\nname = {}\nstyle = \"anxious\"\ntemper = 100\npatience = 65\nemail = \"someone@example.com\"\n\n\
         [customer]\naccount = {}\n",
        quoted(id),
        quoted(&subject),
        quoted(&format!("{name}: {subject}")),
        quoted(&real.channel),
        quoted(&real.locale),
        quoted(by),
        quoted(&name),
        quoted(&format!("ACC-{id}")),
    );
    text.push_str(&head);
    let (mut nodes, mut intents, mut rules, mut goals) = (String::new(), String::new(), String::new(), String::new());
    let (mut examples, mut hints) = (String::new(), Vec::new());
    let mut n = 0;
    for (i, (said, answer)) in turns.iter().enumerate() {
        let next = if i + 1 < turns.len() { format!("said-{}", i + 2) } else { "bye".to_owned() };
        let _ = write!(nodes, "\n[[node]]\nid = \"said-{}\"\nsay = {}\n", i + 1, quoted(&mask.apply(said)));
        if answer.is_empty() {
            let _ = write!(nodes, "timeout_s = 5\non_timeout = {}\n", quoted(&next));
            continue;
        }
        n += 1;
        let answer = mask.apply(answer);
        let points = RESOLUTION / answers + usize::from(n <= RESOLUTION % answers);
        let _ = write!(intents, "\n[[intent]]\nid = \"answer-{n}\"\nany = [{}]\n", quoted(&pattern(&answer, n)));
        let when = format!("{{ node = [\"said-{}\"], intent = [\"answer-{n}\"] }}", i + 1);
        let _ = write!(rules, "\n[[rule]]\nwhen = {when}\ngoto = {}\neffect = 5000\n", quoted(&next));
        let better = quoted(&format!("In the case it was: {answer}"));
        let _ = write!(
            goals,
            "\n[[goal]]\nid = \"answers-{n}\"\nline = \"resolution\"\npoints = {points}\nwhen = {{ intent = [\"answer-{n}\"] }}\n\
             good = \"You answered what they said.\"\nbetter = {better}\n"
        );
        let sentences: Vec<String> = sentences(&answer).iter().map(|s| quoted(s)).collect();
        let _ = writeln!(examples, "answer-{n} = [{}]", sentences.join(", "));
        hints.push(better);
    }
    let note = mask.apply(&real.note);
    let fact = pattern(&note, 0);
    let written = !note.trim().is_empty();
    let fact = if written {
        let (what, any) = (quoted(&format!("what the note of the case held: {note}")), quoted(&fact));
        format!("\n[[note]]\nfact = {what}\nany = [{any}]\npoints = 10\n")
    } else {
        String::new()
    };
    let (reason, outcome) = (quoted(&real.ended.0), quoted(&real.ended.1));
    let _ = write!(
        text,
        "{nodes}\n[[node]]\nid = \"bye\"\nsay = \"Goodbye.\"\nover = true\n{intents}\
         \n[[rule]]\nwhen = {{ intent = [\"calm-down\"] }}\nfail = \"You told the customer to calm down, or that they were at fault.\"\n\
         say = \"…\"\nagain = true\n{rules}\
         \n[[goal]]\nid = \"greets\"\nline = \"opening\"\npoints = 10\nwhen = {{ intent = [\"greet\"] }}\n\
         good = \"You said who you are.\"\nbetter = \"Say hello and who you are.\"\n\
         \n[[goal]]\nid = \"kind\"\nline = \"communication\"\npoints = 20\nwhen = {{ intent = [\"empathy\"] }}\n\
         good = \"You named how it was for them.\"\nbetter = \"Say that you see what it is like for them.\"\n{goals}{fact}\
         \n[end]\nreason = [{reason}]\noutcome = [{outcome}]\npoints = {}\n\
         \n[rubric]\nopening = 10\nverification = 0\ndiscovery = 0\nresolution = {RESOLUTION}\ncommunication = 20\n\
         documentation = 15\npass = 80\ncritical = [\"resolution\"]\n\
         \n[hints]\nafter_s = 25\ncost = 3\nsteps = [{}]\n",
        if written { 5 } else { 15 },
        hints.join(", "),
    );
    let replaced = mask.replaced().map(|(from, to)| (from.to_owned(), to.to_owned())).collect();
    Some(Made { scenario: text, examples, replaced })
}

/// What the customer said and what was answered, in pairs.
fn turns(real: &Real) -> Vec<(String, String)> {
    let mut turns: Vec<(String, String)> = Vec::new();
    let mut last = None;
    for (customer, words) in real.said.iter().filter(|(_, words)| !words.trim().is_empty()) {
        if *customer && last != Some(true) {
            turns.push((String::new(), String::new()));
        }
        if let Some((said, answer)) = turns.last_mut() {
            let so_far = if *customer { said } else { answer };
            if !so_far.is_empty() {
                so_far.push(' ');
            }
            so_far.push_str(&words.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        last = Some(*customer);
    }
    turns
}

/// The two longest words of an answer near each other; a word nobody says where there are none.
fn pattern(answer: &str, n: usize) -> String {
    let heard = Heard::new(answer);
    let words = heard.clauses.iter().flat_map(|c| &c.words).filter(|w| !small(w) && !w.chars().any(char::is_numeric));
    let mut words: Vec<&String> = words.collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
    words.dedup();
    match words[..] {
        [] => format!("answer {n}"),
        [one] => one.clone(),
        [one, two, ..] => format!("{one} * {two}"),
    }
}

fn sentences(text: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '.' | '!' | '?');
    let all: Vec<String> = text.split_inclusive(ends).map(|s| s.trim().to_owned()).filter(|s| s.len() > 8).collect();
    if all.is_empty() { vec![text.to_owned()] } else { all }
}

/// As TOML has it; its strings are those of JSON, but for DEL.
fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned());
    json.replace('\u{7f}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::library::{self, Folder};
    use crate::sandbox::report::{Mode, report};
    use crate::sandbox::{lint, script};
    use std::collections::BTreeSet;

    fn real() -> Real {
        let said = |customer: bool, words: &str| (customer, words.to_owned());
        Real {
            subject: "Parcel for Beryl Ogden".into(),
            channel: "chat".into(),
            locale: "en-GB".into(),
            customer: "Beryl Ogden".into(),
            others: vec!["Marek Zieliński".into(), "marek".into()],
            said: vec![
                said(true, "My parcel 7741223 is not here. Beryl"),
                said(true, "I live at 14 Mill Lane."),
                said(false, "Hello Beryl, Marek here. The parcel waits at the depot in Leeds."),
                said(true, "Can you bring it \"today\"?"),
                said(false, "Our driver brings it before six this evening."),
            ],
            note: "Depot, driver brings it before six. Call 07911 123456".into(),
            ended: ("Delivery › Late".into(), "Resolved".into()),
        }
    }

    #[test]
    fn a_case_becomes_a_scenario_that_is_clean_and_can_be_passed() {
        let made = convert(&real(), "late-depot", "ana").expect("a scenario");
        for gone in ["Beryl", "Ogden", "Marek", "Zieli", "7741223", "Mill", "07911"] {
            assert!(!made.scenario.contains(gone) && !made.examples.contains(gone), "{gone}:\n{}", made.scenario);
        }
        let folder = Folder {
            file: "x/scenario.toml".into(),
            text: made.scenario,
            examples: made.examples,
            ..Folder::default()
        };
        let ready = library::ready(&folder).unwrap_or_else(|f| panic!("{}\n{}", f[0], folder.text));
        let faults = lint::lint("x", &folder.text, &ready, &BTreeSet::new());
        assert!(faults.iter().all(|f| f.mild) && faults.len() == 1, "{faults:#?}");
        let steps = script::read(
            "run",
            "> Hello Sam, Robin here, I'm sorry to hear that.\n> Your parcel is waiting at our depot in Leeds.\n\
             > The driver will bring it before six tonight.\n= Delivery › Late | Resolved | At the depot, driver brings it before six",
        );
        let report = report(&ready, &script::play(&ready, 0, &steps.expect("reads")).0, Mode::Exam);
        assert!(report.passed, "{report:#?}");
    }

    #[test]
    fn a_case_in_which_nobody_answered_is_none() {
        let mut silent = real();
        silent.said.retain(|(customer, _)| *customer);
        assert_eq!(convert(&silent, "x", "ana"), None);
    }
}
