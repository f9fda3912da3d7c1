//! The engine on its scenarios: the trace of the specification, golden runs, paraphrases, hostile input.

use std::collections::BTreeSet;

use super::*;
use crate::sandbox::report::{Mode, report};
use crate::sandbox::{library, lint, read, script};

const WORDS: &str = include_str!("../../../assets/scenarios/words/en.toml");

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenarios");

/// Folders of the scenarios; `CORDBOARD_SCENARIO` names one.
fn folders() -> Vec<String> {
    let one = std::env::var("CORDBOARD_SCENARIO").ok();
    let entries = std::fs::read_dir(ROOT).expect("a folder");
    let names = entries.map(|e| e.expect("an entry").file_name().into_string().expect("a name"));
    let mut folders: Vec<String> = names.filter(|n| n != "words" && one.as_ref().is_none_or(|one| one == n)).collect();
    folders.sort();
    folders
}

fn ready(folder: &str) -> Ready {
    library::ready(&library::folders()[folder]).unwrap_or_else(|f| panic!("{}", f[0]))
}

/// The same, with an ear for its patterns alone.
fn by_patterns(folder: &str) -> Ready {
    let scenario = ready(folder).scenario;
    let language = scenario.locale.split('-').next().unwrap_or_default();
    let path = format!("{ROOT}/words/{language}.toml");
    let words = std::fs::read_to_string(&path).expect("the language has words");
    let words = read::words(&path, &words).unwrap_or_else(|f| panic!("{f}"));
    Ready::new(folder, scenario, &words, read::Examples::new()).unwrap_or_else(|f| panic!("{}", f[0]))
}

/// A customer with patience 60 and temper 150 who says nothing by themselves.
fn quiet() -> Ready {
    let text = r#"
        schema = 1
        id = "trace"
        title = "t"
        about = "a"
        channel = "voice"
        locale = "en-GB"
        level = 1
        seed = 1
        budget_s = 60
        persona = { name = "Dana Holt", style = "irate", temper = 150, patience = 60 }
        customer = { account = "A" }
        hidden = [{ id = "known", fact = "f", ask = "a" }]
        chance = [{ one_of = ["known"] }]
        node = [{ id = "open", say = "" }]
        intent = [{ id = "ask", any = ["which country"], known = "known" }, { id = "solve", any = ["credit it"] }]
        rule = [{ when = { intent = ["solve"] }, effect = 20000 }]
        end = { outcome = [], reason = [], points = 0 }
        rubric = { opening = 0, verification = 0, discovery = 0, resolution = 0, communication = 0, documentation = 0, pass = 1 }
    "#;
    let mut words = read::words("en.toml", WORDS).expect("reads");
    for lines in words.style.values_mut() {
        // Their own words take time; the trace has none.
        (lines.heard, lines.lost) = (vec![String::new()], vec![String::new()]);
    }
    let scenario = read::scenario("trace", text).unwrap_or_else(|f| panic!("{f}"));
    Ready::new("trace", scenario, &words, read::Examples::new()).unwrap_or_else(|f| panic!("{}", f[0]))
}

/// The trace of operations 6.2.
#[test]
fn patience_goes_as_the_trace_says() {
    let ready = quiet();
    let (mut s, _) = State::start(&ready, 0);
    let wait = |s: &mut State, seconds: u32| {
        for _ in 0..seconds {
            s.step(&ready, Input::Typing);
            s.step(&ready, Input::Second);
        }
    };
    let say = |s: &mut State, words: &str| s.step(&ready, Input::Say(words.to_owned()));
    assert_eq!(s.patience, 60_000);
    wait(&mut s, 12);
    assert_eq!(s.patience, 58_920);
    say(&mut s, "I understand, Dana.");
    assert_eq!(s.patience, 67_920);
    wait(&mut s, 18);
    assert_eq!(s.patience, 66_300);
    say(&mut s, "Which country was it?");
    assert_eq!(s.patience, 58_300);
    wait(&mut s, 10);
    assert_eq!(s.patience, 57_400);
    say(&mut s, "I am so sorry. May I put you on hold for a moment?");
    assert_eq!(s.patience, 61_400);
    s.step(&ready, Input::Act { verb: "hold".into(), what: String::new(), amount: None });
    wait(&mut s, 110);
    assert_eq!(s.patience, 46_775);
    s.step(&ready, Input::Act { verb: "retrieve".into(), what: String::new(), amount: None });
    say(&mut s, "Thank you for holding.");
    assert_eq!(s.patience, 48_775);
    wait(&mut s, 5);
    assert_eq!(s.patience, 48_325);
    say(&mut s, "I can credit it.");
    assert_eq!(s.patience, 68_325);
    say(&mut s, "You see it within two days.");
    assert_eq!(s.patience, 72_325);
}

#[test]
fn golden_runs_of_every_scenario() {
    for folder in folders() {
        let ready = ready(&folder);
        let articles: BTreeSet<String> = ready.scenario.end.kb.iter().cloned().collect();
        let text = &library::folders()[&folder].text;
        let faults = lint::lint(&folder, text, &ready, &articles);
        assert!(faults.is_empty(), "{}", faults.iter().map(|f| format!("{f}\n")).collect::<String>());
        let run = |name: &str| {
            let text = std::fs::read_to_string(format!("{ROOT}/{folder}/{name}.txt")).expect("a script");
            let steps = script::read(name, &text).unwrap_or_else(|f| panic!("{}", f[0]));
            let (state, _) = script::play(&ready, 0, &steps);
            let told: String = state
                .log
                .iter()
                .map(|e| format!("{:>4} {:>6} {:?}: {} {:?}\n", e.at_s, e.patience, e.who, e.words, e.marks))
                .collect();
            let report = report(&ready, &state, Mode::Exam);
            let lines: String =
                report.lines.iter().map(|l| format!("{} {}/{} ", l.line.word(), l.points, l.of)).collect();
            (report, format!("{folder}/{name}:\n{told}{lines}"))
        };
        let (good, told) = run("good");
        assert!(good.passed && good.total >= 95, "{told}\n{good:#?}");
        let (middling, told) = run("middling");
        assert!(!middling.passed && middling.total >= 35 && middling.critical.is_empty(), "{told}\n{middling:#?}");
        let (bad, told) = run("bad");
        assert!(!bad.passed && !bad.critical.is_empty() && bad.total < 35, "{told}\n{bad:#?}");
        assert!(bad.total < middling.total && middling.total < good.total);
    }
}

/// Sentences by what they mean, from a file.
fn sentences(path: &str) -> read::Examples {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    read::examples(path, &text).unwrap_or_else(|f| panic!("{f}"))
}

/// What a scenario waits for.
fn key(ready: &Ready) -> BTreeSet<String> {
    ready.scenario.goal.iter().flat_map(|g| g.when.intent.iter().cloned()).collect()
}

/// Of sentences: how many there are, those not understood, and those taken for something else that counts.
fn heard(ready: &Ready, said: &read::Examples) -> (usize, Vec<String>, Vec<String>) {
    let key = key(ready);
    let (mut all, mut missed, mut misread) = (0, Vec::new(), Vec::new());
    for (intent, ways) in said {
        for words in ways {
            let understood = ready.understood(&Heard::new(words));
            all += 1;
            if understood.iter().any(|i| i.id == *intent) {
                continue;
            }
            let others: Vec<&str> = understood.iter().map(|i| i.id.as_str()).filter(|i| key.contains(*i)).collect();
            if !others.is_empty() {
                misread.push(format!("{intent}: {words} -> {others:?}"));
            }
            missed.push(format!("{intent}: {words}"));
        }
    }
    (all, missed, misread)
}

#[track_caller]
fn nine_in_ten(what: &str, (all, missed, misread): (usize, Vec<String>, Vec<String>)) {
    assert!(missed.len() * 10 <= all, "{what}: {} of {all} missed:\n{}", missed.len(), missed.join("\n"));
    assert!(misread.len() * 50 < all, "{what}: {} of {all} misread:\n{}", misread.len(), misread.join("\n"));
}

/// The examples of a scenario are heard by its patterns alone, in every language: what the patterns leave open is
/// little, and what is like an example is seldom needed.
#[test]
fn patterns_hear_the_examples() {
    for folder in folders() {
        let ready = by_patterns(&folder);
        let language = ready.scenario.locale.split('-').next().unwrap_or_default();
        // What is understood everywhere must be understood here too.
        let mut said = sentences(&format!("{ROOT}/words/{language}.examples.toml"));
        said.remove(read::NOTHING);
        said.extend(sentences(&format!("{ROOT}/{folder}/examples.toml")));
        for (intent, ways) in &said {
            assert!(ways.len() >= 20, "{folder}: {intent} has {} examples of 20", ways.len());
        }
        let without: Vec<String> = key(&ready).into_iter().filter(|k| !said.contains_key(k)).collect();
        assert!(without.is_empty(), "{folder}: no examples of {without:?}");
        nine_in_ten(&folder, heard(&ready, &said));
    }
}

/// Sentences of people who had not read the scenarios, none of them an example or the reason for a pattern: each
/// scenario is held to its own.
#[test]
fn what_people_say_is_understood_who_read_no_scenario() {
    let (mut all, mut held, mut scenarios) = (0, Vec::new(), 0);
    for folder in folders() {
        let (ready, said) = (ready(&folder), sentences(&format!("{ROOT}/{folder}/paraphrases.toml")));
        scenarios += 1;
        let least = if ready.scenario.locale.starts_with("en") { 20 } else { 10 };
        for intent in key(&ready) {
            let ways = said.get(&intent).map_or(0, Vec::len);
            assert!(ways >= least, "{folder}: {intent} has {ways} of {least}");
        }
        let (of, missed, misread) = heard(&ready, &said);
        println!("{folder}: {} of {of} understood, {} taken for something else", of - missed.len(), misread.len());
        all += of;
        held.push((folder, (of, missed, misread)));
    }
    let each = held.iter();
    let (missed, misread) =
        each.fold((0, 0), |(a, b), (_, (_, missed, misread))| (a + missed.len(), b + misread.len()));
    println!("all: {} of {all} understood, {misread} taken for something else", all - missed);
    for (folder, found) in held {
        nine_in_ten(&folder, found);
    }
    if std::env::var_os("CORDBOARD_SCENARIO").is_none() {
        assert!(scenarios >= 21 && all >= 3_000, "{all} sentences of {scenarios} scenarios");
    }
}

/// What anyone may type who does not care is taken for nothing that counts.
#[test]
fn careless_words_are_worth_nothing() {
    const CARELESS: [&str; 24] = [
        "That's not my problem.",
        "Whatever.",
        "I don't know.",
        "I just work here.",
        "You should have thought of that before.",
        "Read the website.",
        "My shift ends in five minutes.",
        "Nobody else complains.",
        "That's how it is.",
        "I can't help you with that.",
        "Why are you telling me this?",
        "Can you hurry up?",
        "It's your own fault.",
        "There are other people waiting.",
        "The weather is nice today.",
        "Do you like football?",
        "asdf jkl",
        "No.",
        "Is that all?",
        "Ask somebody else.",
        "It will be fine.",
        "You are being difficult.",
        "I have no idea what you want.",
        "This is not worth my time.",
    ];
    let (mut all, mut taken) = (0, Vec::new());
    for folder in folders() {
        let ready = ready(&folder);
        if !ready.scenario.locale.starts_with("en") {
            continue;
        }
        let key = key(&ready);
        for words in CARELESS {
            all += 1;
            let understood = ready.understood(&Heard::new(words));
            let counts: Vec<&str> = understood.iter().map(|i| i.id.as_str()).filter(|i| key.contains(*i)).collect();
            if !counts.is_empty() {
                taken.push(format!("{folder}: {words} -> {counts:?}"));
            }
        }
    }
    assert!(taken.len() * 20 <= all, "{} of {all} count:\n{}", taken.len(), taken.join("\n"));
}

/// Every golden run, word for word, as it was on the machine that recorded it: `CORDBOARD_UPDATE=1` records anew. What
/// the size of a word or the order of a table has a part in would differ elsewhere.
#[test]
fn the_same_inputs_give_the_same_bytes_everywhere() {
    const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/play/digests.txt");
    if std::env::var_os("CORDBOARD_SCENARIO").is_some() {
        return;
    }
    let mut now = String::new();
    for folder in folders() {
        let ready = ready(&folder);
        for (name, attempt) in [("good", 0), ("middling", 3), ("bad", u64::MAX)] {
            let text = std::fs::read_to_string(format!("{ROOT}/{folder}/{name}.txt")).expect("a script");
            let steps = script::read(name, &text).expect("reads");
            let run = || {
                let (state, out) = script::play(&ready, attempt, &steps);
                let report = report(&ready, &state, Mode::Practice);
                serde_json::to_string(&(&state.log, out, report)).expect("writes")
            };
            let told = run();
            assert_eq!(told, run());
            let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            let digest = told.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
            now.push_str(&format!("{folder} {name} {attempt} {digest:016x}\n"));
        }
    }
    if std::env::var_os("CORDBOARD_UPDATE").is_some() {
        std::fs::write(RECORD, &now).expect("written");
    }
    let kept = std::fs::read_to_string(RECORD).unwrap_or_default();
    assert!(kept == now, "CORDBOARD_UPDATE=1 records what changed on purpose:\n{now}");
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    fn inputs() -> impl Strategy<Value = Vec<Input>> {
        let words = prop_oneof![
            "\\PC{0,60}".prop_map(Input::Say),
            "(hello|i am sorry|calm down|passcode|where|credit|50|not|\\*|\\(|,|\\.| |'){0,12}".prop_map(Input::Say),
            Just(Input::Second),
            Just(Input::Typing),
            Just(Input::Hint),
            ("(hold|retrieve|verify|credit|end|transfer|nonsense)", "[a-z0-9]{0,3}", any::<Option<i64>>())
                .prop_map(|(verb, what, amount)| Input::Act { verb, what, amount }),
            Just(Input::WrapUp { reason: "x".into(), outcome: String::new(), note: "*(".into() }),
        ];
        proptest::collection::vec(words, 0..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        /// Whatever is typed: no panic, patience in its range, a report that adds up, nothing after the end.
        #[test]
        fn whatever_is_typed_is_played(inputs in inputs(), attempt in any::<u64>()) {
            static READY: std::sync::OnceLock<Vec<Ready>> = std::sync::OnceLock::new();
            let all = READY.get_or_init(|| folders().iter().map(|folder| ready(folder)).collect());
            let ready = &all[attempt as usize % all.len()];
            let (mut state, _) = State::start(ready, attempt);
            for input in inputs {
                let over = state.over;
                let log = state.log.len();
                let wraps = matches!(input, Input::WrapUp { .. });
                let out = state.step(ready, input);
                prop_assert!((0..=patience::FULL).contains(&state.patience));
                if over.is_some() {
                    prop_assert!(out.is_empty() && state.log.len() == log && (wraps || state.over == over));
                }
            }
            let report = report(ready, &state, Mode::Practice);
            prop_assert!(report.total <= 100 && report.lines.iter().all(|l| l.points <= l.of));
        }

        /// Whatever is in a file: a scenario or a sentence, never a panic, and what can be read can be played.
        #[test]
        fn whatever_is_in_a_file_is_read_or_refused(
            line in any::<usize>(), how in 0..6, put in "\\PC{0,12}", number in any::<i64>(), words in "\\PC{0,40}"
        ) {
            let folders = library::folders();
            let whole = &folders.values().nth(line % folders.len()).expect("one").text;
            let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
            let at = line / 64 % lines.len();
            let (name, value) = lines[at].split_once('=').unwrap_or((&lines[at], ""));
            let (name, value) = (name.to_owned(), value.to_owned());
            match how {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at / 2].clone()),
                2 => lines[at] = format!("{name}= {number}"),
                3 => lines[at] = format!("{name}= {value}{put}"),
                4 => lines[at].push_str(&put),
                _ => lines.truncate(at),
            }
            let number_of = |text: &str| text.chars().any(|c| c.is_ascii_digit());
            let wild = lines.join("\n");
            // Every number of the file at once.
            let wilder: String = if how == 2 {
                wild.split_inclusive(char::is_whitespace)
                    .map(|word| if number_of(word) && word.trim().parse::<i64>().is_ok() { "2147483647\n" } else { word })
                    .collect()
            } else {
                wild.clone()
            };
            for text in [wild, wilder] {
                let words_of = read::words("en", WORDS).expect("reads");
                let Ok(scenario) = read::scenario("x", &text) else { continue };
                let Ok(ready) = Ready::new("x", scenario, &words_of, read::Examples::new()) else { continue };
                lint::lint("x", &text, &ready, &BTreeSet::new());
                let (mut state, _) = State::start(&ready, 1);
                for input in [
                    Input::Say(words.clone()),
                    Input::Act { verb: "verify".into(), what: "2".into(), amount: None },
                    Input::Hint,
                    Input::Say("hello, i am so sorry".into()),
                    Input::WrapUp { reason: words.clone(), outcome: String::new(), note: words.clone() },
                ] {
                    (0..40).for_each(|_| drop(state.step(&ready, Input::Second)));
                    state.step(&ready, input);
                }
                let report = report(&ready, &state, Mode::Practice);
                crate::sandbox::markdown::markdown(&ready, &report, &state, &[]);
            }
        }
    }
}
