//! The day of `story.rs` line by line, through pipes: a server and two desks as processes of their own, everything an
//! agent does typed as lines, what comes of it waited for as lines. Afterwards an export must tell it all.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use cordboard::domain::ids::CaseId;
use cordboard::domain::work::{Author, Kind, Status};
use cordboard::sandbox::play::{Input, Output, State};
use cordboard::sandbox::scenario::Channel;
use cordboard::sandbox::script::Step;
use cordboard::sandbox::{library, script};
use cordboard::store::cache::CacheReader;
use serde_json::Value;

use support::firm::Firm;
use support::http::Gateway;
use support::plain::Plain;

const BERYL: &str = "LT-100294";
const DANA: &str = "LT-100001";
const EWAN: &str = "LT-100108";

#[test]
fn the_story_of_two_desks_line_by_line() {
    let firm = Firm::of_the_story();
    let gateway = Gateway::new(&firm);
    let [mut ana, mut marek] = ["ana", "marek"].map(|login| firm.seat(&firm.join(login)).plain());
    for desk in [&mut ana, &mut marek] {
        desk.hears(&["Cordboard, line by line."]);
        desk.hears(&["Presence: Away"]);
        everything(desk);
    }

    // A chat comes in and is offered to the desk that is Ready.
    ana.asks("ready", &["Presence: Ready."]);
    let (contact, bill) = gateway.opens("story", BERYL, "Roaming bill after Lisbon", "Why is my bill so high?");
    ana.hears(&["Offered: chat.", "Customer: Beryl", "Subject: Roaming bill after Lisbon."]);
    ana.asks("accept-offer", &["Yours now: chat.", "Customer: Beryl Ogden."]);
    ana.asks("case", &["Case: #", "Customer: Beryl Ogden.", "yours"]);
    ana.hears(&["Customer Beryl Ogden: Why is my bill so high?"]);

    // Who is it, and what was before?
    ana.asks("customer", &["Customer: Beryl Ogden."]);
    ana.asks("timeline bill", &["Timeline with bill"]);
    ana.hears(&["Priya Nair: Agreed"]);

    // An article goes into the reply, with words of one's own.
    let hit = ana.asks("find-article roaming zones", &["Roaming zones and what"]);
    let number = hit.split(' ').next().expect("a number").to_owned();
    ana.asks(&number, &["Article: Roaming zones and what"]);
    ana.hears(&["The three zones"]);
    ana.asks("insert-article", &["Reply to Beryl Ogden, not sent: "]);
    ana.asks("reply Kind regards, Ana", &["not sent: Kind regards, Ana"]);
    ana.asks("send", &["Done: reply on case"]);
    ana.hears(&["Confirmed: reply on case"]);

    // The customer says more; a note; handed on to the others, and no more offers afterwards.
    gateway.say(contact, "Was the 1.20 per MB me?");
    ana.hears(&["New. Customer Beryl Ogden: Was the 1.20 per MB me?"]);
    ana.types("note");
    ana.hears(&["Note for the team: type the lines"]);
    ana.types("Checked the usage, day one");
    ana.asks(".", &["Note for the team: 1 line, not sent"]);
    ana.asks("send", &["Confirmed: note on case"]);
    ana.asks("away", &["then Away"]);
    ana.asks("transfer Care", &["Hand Beryl Ogden on to Care"]);
    ana.hears(&["a single dot ends them"]);
    ana.types("Explain the cap, please");
    ana.asks(".", &["Handed on."]);
    ana.hears(&["Presence: Away."]);

    // The other desk takes it, answers and wraps up.
    marek.hears(&["Queue: Waiting", "Beryl O", "Care"]);
    take(&mut marek, "Beryl O");
    marek.asks("read", &["Note by Ana Reyes: Situation: Roaming bill"]);
    marek.hears(&["Asked: Explain the cap, please"]);
    marek.asks("send The cap stopped it at 50 pounds.", &["Confirmed: reply on case"]);
    wrap_up(&mut marek, "Beryl Ogden", "Resolved with goodwill", "A day pass back");

    // Two take one contact at the same time: the server is held until both have asked.
    let (_, raced) = gateway.opens("race", DANA, "Two at once", "Who takes me?");
    let mut numbers = Vec::new();
    for desk in [&mut ana, &mut marek] {
        desk.hears(&["Queue: Waiting", "Dana H", "Race"]);
        numbers.push(number_of(desk, &["Dana H", "Queue: Race"]));
    }
    firm.signal_server("STOP");
    for (desk, number) in [&mut ana, &mut marek].into_iter().zip(&numbers) {
        desk.asks(&format!("take {number}"), &["The server has not answered yet"]);
    }
    firm.signal_server("CONT");
    let outcome = |desk: &mut Plain| {
        support::until("an answer", || {
            let text = desk.text();
            let won = text.lines().any(|l| l.starts_with("Yours now: chat.") && l.contains("Dana H"));
            let lost = text.lines().find(|l| l.contains("took it")).map(str::to_owned);
            (won || lost.is_some()).then_some((won, lost))
        })
    };
    let (first, second) = (outcome(&mut ana), outcome(&mut marek));
    assert!(first.0 != second.0, "exactly one has it:\n{}\n\n{}", ana.text(), marek.text());
    let ana_won = first.0;
    let told = if ana_won { "Ana Reyes took it" } else { "Marek Zieliński took it" };
    let loser_heard = if ana_won { &second.1 } else { &first.1 };
    assert!(loser_heard.as_ref().is_some_and(|l| l.contains(told)), "it says who: {loser_heard:?}");
    let (winner, loser) = if ana_won { (&mut ana, &mut marek) } else { (&mut marek, &mut ana) };
    let (winner_login, loser_login) = if ana_won { ("ana", "marek") } else { ("marek", "ana") };
    wrap_up(winner, "Dana H", "Information given", "Told both");

    // The next one is taken.
    let (_, kept) = gateway.opens("race", EWAN, "The next one", "Is anybody there?");
    loser.hears(&["Queue: Waiting", "Ewan"]);
    loser.asks("next", &["Yours now: chat.", "Ewan"]);
    loser.asks("where", &["Open: #", "Ewan"]);

    // A draft outlives the end of the input.
    loser.asks("reply I am here", &["not sent: I am here"]);
    for desk in [ana, marek] {
        let (status, text) = desk.ends();
        assert!(status.success(), "{status}");
        assert!(!text.contains('\u{1b}'));
    }
    let mut again = firm.seat(&firm.folder(&format!("desk-{loser_login}"))).plain();
    again.hears(&["Open: #", "Ewan"]);
    again.hears(&["Draft: Reply to Ewan Lockwood, not sent."]);
    again.asks("reply", &["so far:"]);
    again.hears(&["  I am here"]);
    again.types(".");
    assert!(again.ends().0.success());

    // What is kept by the server is what was done.
    let facts = export(&firm);
    let of = |case: u64| facts.iter().find(|r| r["ref"] == format!("#{case}")).unwrap_or_else(|| panic!("case {case}"));
    let list = |v: &Value, key: &str| v[key].as_array().cloned().unwrap_or_default();
    let said = list(of(bill), "messages");
    let who = |m: &Value| if m["from"] == "agent" { m["author"].clone() } else { m["from"].clone() };
    let said: Vec<(Value, String)> =
        said.iter().map(|m| (who(m), m["body"].as_str().unwrap_or_default().into())).collect();
    let authors: Vec<&Value> = said.iter().map(|(who, _)| who).collect();
    assert_eq!(authors, ["customer", "ana", "customer", "ana", "ana", "marek", "marek"]);
    assert!(said[1].1.starts_with("The three zones") && said[1].1.ends_with("Kind regards, Ana"), "{}", said[1].1);
    assert_eq!(said[3].1, "Checked the usage, day one");
    assert!(said[4].1.starts_with("Situation: Roaming bill") && said[4].1.ends_with("Asked: Explain the cap, please"));
    assert_eq!([&said[5].1, &said[6].1], ["The cap stopped it at 50 pounds.", "A day pass back"]);
    let last = list(of(bill), "wrap_ups").pop().expect("it was wrapped up");
    assert_eq!(
        (&last["agent"], &last["reason"], &last["outcome"]),
        (&"marek".into(), &"info/coverage".into(), &"goodwill".into())
    );
    assert_eq!((&of(bill)["queue"], &of(bill)["status"]), (&"care".into(), &"solved".into()));
    assert_eq!(list(of(raced), "wrap_ups").len(), 1);
    assert_eq!((&of(raced)["status"], &of(raced)["assignee"]), (&"solved".into(), &winner_login.into()));
    assert_eq!((&of(kept)["status"], &of(kept)["assignee"]), (&"open".into(), &loser_login.into()));
    assert!(firm.run(&["admin", "verify"]).contains("events make exactly"));
}

/// Everything is on the desk.
fn everything(desk: &mut Plain) {
    support::until("a desk that has everything", || {
        let link = desk.asks("where", &["Link: "]);
        (link.contains("all sent") && !link.contains("loading")).then_some(())
    });
}

/// The number before a contact in the queue.
fn number_of(desk: &mut Plain, words: &[&str]) -> String {
    desk.asks("queue", &["Queue. "]);
    let row = desk.hears(&[&["Waiting: "], words].concat());
    row.split(' ').next().expect("a number").to_owned()
}

fn take(desk: &mut Plain, name: &str) {
    let number = number_of(desk, &[name]);
    desk.asks(&format!("take {number}"), &["Yours now: chat.", name]);
}

/// Ends the chat and wraps it up: the reason by its words, the outcome by its number.
fn wrap_up(desk: &mut Plain, name: &str, outcome: &str, note: &str) {
    desk.asks("wrap-up", &[&format!("End the chat with {name}")]);
    desk.asks("yes", &["Reason: a number, or its words."]);
    desk.types("coverage");
    let choice = desk.hears(&[outcome]);
    let number = choice.split(' ').next().expect("a number").to_owned();
    desk.asks(&number, &["Outcome: "]);
    desk.asks(&format!("note {note}"), &[&format!("Note: {note}")]);
    desk.asks("finish", &["Wrapped up."]);
    desk.hears(&["Confirmed: wrap-up"]);
}

fn export(firm: &Firm) -> Vec<Value> {
    let lines = firm.run(&["export", "--what", "cases"]);
    lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
}

#[test]
fn a_script_ends_cleanly_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let args = ["host", "--sample", "--plain", "--listen", "127.0.0.1:0", "--data", data.to_str().expect("a path")];
    let state = folder.path().join("state");
    let env = [("HOME", folder.path()), ("CORDBOARD_STATE", state.as_path())];
    let mut desk = Plain::start(&args, &env);
    // All at once, as a script does: each line is answered before the next is read.
    for line in ["where", "nonsense", "help reply", "queue", "1", "zzz 1"] {
        desk.types(line);
    }
    desk.hears(&["Cordboard, line by line."]);
    desk.hears(&["Focus: Queue."]);
    desk.hears(&["There is no nonsense here."]);
    desk.hears(&["reply: Write to the customer."]);
    desk.hears(&["Queue. Waiting: "]);
    desk.hears(&["Case: #"]);
    desk.hears(&["There is no zzz here."]);
    let (status, text) = desk.ends();
    assert!(status.success());
    assert!(!text.contains('\u{1b}'), "no escape sequence");
}

/// The training room as a trainee has it: the same desk, a customer on the telephone, a report; and the files of the
/// real desk stay as they were, byte for byte.
#[test]
fn a_trainee_plays_a_scenario_line_by_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let data = folder.path().join("data");
    let env = [("HOME", folder.path()), ("CORDBOARD_STATE", state.as_path()), ("CORDBOARD_DATA", data.as_path())];
    // A desk that was at work.
    let mut real = Plain::start(&["host", "--plain", "--listen", "127.0.0.1:0"], &env);
    real.hears(&["Cordboard, line by line."]);
    real.asks("where", &["Link: "]);
    assert!(!real.text().contains("TRAINING ROOM"));
    assert!(real.ends().0.success());
    let before = files(folder.path());
    assert!(before.keys().any(|path| path.ends_with("ledger.db")), "{:?}", before.keys());

    let args = ["sandbox", "--plain", "--mode", "practice", "--scenario", "roaming-bill", "--pace", "4"];
    let mut desk = Plain::start(&args, &env);
    desk.hears(&["TRAINING ROOM"]);
    everything(&mut desk);
    desk.asks("ready", &["Presence: Ready."]);
    desk.hears(&["Offered: phone.", "Customer: Dana H", "Subject: Roaming bill shock."]);
    desk.asks("accept-offer", &["Yours now: phone.", "Customer: Dana Holt."]);
    desk.hears(&["New.", "Note by Coach", "Dana Holt rings"]);
    desk.hears(&["Practice:"]);
    desk.hears(&["Customer Dana Holt", "Are you people thieves?"]);
    let says = |desk: &mut Plain, words: &str| {
        desk.asks(&format!("reply {words}"), &["not sent: "]);
        desk.asks("send", &["Done: reply on case"]);
    };
    let notes = |desk: &mut Plain, words: &str| {
        desk.asks(&format!("note {words}"), &["not sent: "]);
        desk.asks("send", &["Done: note on case"]);
    };
    notes(&mut desk, "calm down");
    says(&mut desk, "Hello, this is Ana at Larkfield. I'm so sorry, that must have been an awful shock.");
    desk.hears(&["Customer Dana Holt", "off my chair"]);
    notes(&mut desk, "hint");
    desk.hears(&["Note by Coach", "Name the feeling first."]);
    says(&mut desk, "Shut up");
    desk.hears(&["Customer Dana Holt"]);
    notes(&mut desk, "undo");
    desk.hears(&["Note by Coach", "taken back"]);
    says(&mut desk, "May I take your passcode first, Dana?");
    desk.hears(&["Customer Dana Holt", "what about my money?"]);
    notes(&mut desk, "did: verify passcode");
    desk.hears(&["Note by Coach", "Done: verify level 2."]);
    let hit = desk.asks("find-article roaming zones", &["Roaming zones and what"]);
    desk.asks(hit.split(' ').next().expect("a number"), &["Article: Roaming zones and what"]);
    desk.types("back");
    says(&mut desk, "Where were you travelling when you used your phone?");
    desk.hears(&["Customer Dana Holt", "got to do with it?"]);
    says(&mut desk, "Did you get a text from us when it went over fifty pounds?");
    desk.hears(&["Customer Dana Holt", "Not one."]);
    says(&mut desk, "Your bundle covers the EU only, and Switzerland is not part of it.");
    desk.hears(&["Customer Dana Holt", "looking at a map?"]);
    says(&mut desk, "You should have had that text, so I can credit fifty pounds as goodwill.");
    desk.hears(&["Customer Dana Holt", "When do I see it?"]);
    notes(&mut desk, "did: credit goodwill 50.00");
    desk.hears(&["Note by Coach", "Done: credit goodwill 50.00."]);
    says(&mut desk, "It will be on your next bill, on the first of July.");
    desk.hears(&["Customer Dana Holt", "in August."]);
    says(&mut desk, "I can put a spend cap on your line, and the list of zones is in the app.");
    desk.hears(&["Customer Dana Holt", "the first one who listened."]);
    says(&mut desk, "Is there anything else I can do for you?");
    desk.hears(&["*hangs up*"]);

    // The form opens when the customer has gone; the report follows it.
    desk.types("wrap-up");
    // The last words may be heard a moment before the line is dead; then it is asked whether to end the call.
    let asked = "yes: end the call.";
    if desk.hears_one(&["Reason: a number, or its words.", asked]).contains(asked) {
        desk.asks("yes", &["Reason: a number, or its words."]);
    }
    desk.types("roaming");
    let choice = desk.hears(&["Resolved with goodwill"]);
    desk.asks(choice.split(' ').next().expect("a number"), &["Outcome: "]);
    desk.asks("note Switzerland, outside her bundle. Credit 50.00 goodwill, on next bill.", &["Note: Switzerland"]);
    desk.asks("finish", &["Wrapped up."]);
    desk.hears(&["Roaming bill shock: ", "of 100"]);
    let (status, text) = desk.ends();
    assert!(status.success() && !text.contains('\u{1b}'));

    // What is kept can be read by a trainer, and played again to the same points.
    let attempts = state.join("sandbox/attempts");
    let kept = |ending: &str| {
        let mut entries = std::fs::read_dir(&attempts).expect("the folder").map(|e| e.expect("an entry").path());
        entries.find(|p| p.extension().is_some_and(|e| e == ending)).expect("it was kept")
    };
    let told: Value = serde_json::from_slice(&std::fs::read(kept("json")).expect("read")).expect("JSON");
    let report = &told["report"];
    assert!(report["total"].as_u64().is_some_and(|points| points >= 70), "{report:#}\n{text}");
    assert_eq!((&report["critical"], &report["hints"][0]), (&serde_json::json!([]), &1.into()), "{report:#}");
    assert!(report["facts"].as_array().is_some_and(|f| f.iter().all(|f| f["turn"].is_u64())), "{report:#}");
    let script = kept("txt").display().to_string();
    let again = Plain::start(&["sandbox", "play", "roaming-bill", "--script", &script, "--json"], &env);
    let again: Value = support::until("the replay", || serde_json::from_str(&again.text()).ok());
    assert_eq!(again["report"]["total"], report["total"]);
    let mut team = Plain::start(&["sandbox", "readiness", attempts.to_str().expect("a path")], &env);
    team.hears(&["TRAINEE"]);

    let after = files(folder.path());
    let outside = |path: &&std::path::PathBuf| !path.starts_with(state.join("sandbox"));
    assert!(after.keys().any(|path| !outside(&path)));
    let touched: BTreeSet<_> = before.keys().chain(after.keys()).filter(outside).collect();
    let touched: Vec<_> = touched.into_iter().filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(touched.is_empty(), "the room wrote outside of its folder: {touched:?}");
}

/// The scripts that hold the scenarios to what they promise drive the desk itself: typed into it line by line, through
/// the real router, the golden run of a call and of a chat is passed; and the room has no way out of the machine.
#[test]
fn scripts_of_scenarios_are_played_on_the_desk() {
    for scenario in ["roaming-bill", "late-parcel"] {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        let env = [("HOME", folder.path()), ("CORDBOARD_STATE", state.as_path())];
        // The first attempt at practising has the draws of attempt 0, which the engine beside it has too.
        let args = ["sandbox", "--plain", "--mode", "practice", "--scenario", scenario, "--pace", "6"];
        let mut desk = Plain::start(&args, &env);
        desk.hears(&["TRAINING ROOM"]);
        everything(&mut desk);
        plays(&mut desk, scenario);
        assert_eq!(connections(desk.pid()), Vec::<String>::new(), "sockets of the network");
        assert!(desk.ends().0.success());
        let attempts = std::fs::read_dir(state.join("sandbox/attempts")).expect("the folder");
        let mut files = attempts.map(|e| e.expect("an entry").path());
        let file = files.find(|p| p.extension().is_some_and(|e| e == "json")).expect("it was kept");
        let kept: Value = serde_json::from_slice(&std::fs::read(file).expect("read")).expect("JSON");
        assert_eq!(kept["report"]["passed"], true, "{kept:#}");
    }
}

/// Types the golden run of a scenario into a desk, waiting for the customer to have said what the engine says they do.
fn plays(desk: &mut Plain, id: &str) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let text = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let ready = library::ready(&library::folders()[id]).expect("it reads");
    let script = text(&format!("scenarios/{id}/good.txt")).expect("a script");
    let (mut engine, first) = State::start(&ready, 0);
    // Who writes has written before anyone answers.
    let mut says = if ready.scenario.channel == Channel::Voice { first } else { Vec::new() };
    let name = ready.scenario.persona.name.clone();
    desk.asks("ready", &["Presence: Ready."]);
    desk.hears(&["Offered: ", "Subject: "]);
    desk.asks("accept-offer", &["Yours now: ", &name]);
    for step in script::read(id, &script).expect("it reads") {
        // The end of what they said last, so that nobody is spoken over.
        let last =
            says.iter().rev().find_map(|out| if let Output::Says(words) = out { Some(words.clone()) } else { None });
        if let Some(last) = last {
            let words: Vec<&str> = last.lines().last().unwrap_or_default().split_whitespace().collect();
            let end = words[words.len().saturating_sub(2)..].join(" ");
            if !desk.text().contains(&end) {
                desk.hears(&[&end]);
            }
        }
        says = match &step {
            Step::Say(words) => {
                desk.asks(&format!("reply {words}"), &["not sent: "]);
                desk.asks("send", &["Done: reply on case"]);
                (0..engine.speaking_s + 20).for_each(|_| {
                    engine.step(&ready, Input::Typing);
                    engine.step(&ready, Input::Second);
                });
                engine.step(&ready, Input::Say(words.clone()))
            }
            Step::Do(Input::Act { verb, what, .. }) if verb == "open" => {
                let article = text(&format!("scenarios/{id}/articles/{what}.md"));
                let article = article.or_else(|| text(&format!("sample/articles/{what}.md"))).expect("the article");
                let title = article.lines().find_map(|l| l.strip_prefix("title: ")).expect("a title").to_owned();
                let hit = desk.asks(&format!("find-article {}", what.replace('-', " ")), &[&title]);
                desk.asks(hit.split(' ').next().expect("a number"), &[&format!("Article: {title}")]);
                desk.types("back");
                Vec::new()
            }
            Step::Do(Input::Act { verb, what, amount }) => {
                let much = amount.map_or(String::new(), |a| format!(" {}.{:02}", a / 100, a % 100));
                desk.asks(&format!("note did: {verb} {what}{much}"), &["not sent: "]);
                desk.asks("send", &["Done: note on case"]);
                desk.hears(&["Note by Coach", "Done: "]);
                engine.step(&ready, Input::Act { verb: verb.clone(), what: what.clone(), amount: *amount })
            }
            Step::Do(Input::WrapUp { reason, outcome, note }) => {
                desk.types("wrap-up");
                // Whoever says goodbye may still be on the line for a moment.
                let form = "Reason: a number, or its words.";
                let asked = support::until("the form", || {
                    let text = desk.text();
                    let asked = text.contains("yes: end the ");
                    (asked || text.contains(form)).then_some(asked)
                });
                if asked {
                    desk.types("yes");
                }
                desk.hears(&[form]);
                desk.types(reason.rsplit('›').next().expect("words").trim());
                let choice = desk.hears(&[outcome]);
                desk.asks(choice.split(' ').next().expect("a number"), &["Outcome: "]);
                desk.asks(&format!("note {note}"), &["Note: "]);
                desk.asks("finish", &["Wrapped up."]);
                desk.hears(&[&ready.scenario.title, "of 100"]);
                Vec::new()
            }
            Step::Wait(_) | Step::Type(_) | Step::Do(_) => Vec::new(),
        };
    }
}

/// What trainees share reaches whoever runs their team and nobody else; and a case on somebody's own desk becomes a
/// draft of a scenario.
#[test]
fn a_team_is_seen_by_who_runs_it_and_a_case_is_taken_from_the_desk() {
    let firm = Firm::sample();
    firm.run(&["admin", "user", "set", "owen", "--team", "harbour"]);
    let far = ["--name", "Far Away", "--role", "lead", "--team", "millside", "--queues", "billing"];
    firm.run(&[&["admin", "user", "add", "far"][..], &far].concat());
    let on = |desk: &std::path::Path, args: &[&str]| {
        let mut command = firm.command();
        let told = command.env("CORDBOARD_DATA", desk).args(args).output().expect("it runs");
        let text = [told.stdout, told.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
        (told.status.success(), text)
    };
    let (good, text) = on(&firm.folder("nowhere"), &["sandbox", "share"]);
    assert!(!good && text.contains("this machine's desk has joined no team"), "{text}");
    let owen = firm.join("owen");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/scenarios/roaming-bill/good.txt");
    let played = on(&owen, &["sandbox", "play", "roaming-bill", "--script", script, "--json", "--mode", "exam"]).1;
    let played: Value = serde_json::from_str(&played).expect("JSON");
    let kept = serde_json::json!({
        "who": "someone", "report": played["report"],
        "attempt": { "at": 1_735_689_600_000_i64, "scenario": "roaming-bill", "level": 1, "kinds": [], "mode": "exam",
            "total": 93, "passed": true, "critical": 0 },
    });
    let file = firm.folder("kept").join("one.json");
    std::fs::write(&file, kept.to_string()).expect("written");
    let (good, text) = on(&owen, &["sandbox", "share", file.to_str().expect("a path")]);
    assert!(good && text.contains("1 attempt is shared with whoever runs your team."), "{text}");

    // Where the ledger is, of everybody; on a desk, of the team of whoever runs it.
    let readiness = ["sandbox", "readiness", "--server"];
    assert!(firm.run(&readiness).contains("Owen Ballard (owen)  1"), "{}", firm.run(&readiness));
    // The firm says what a certificate takes.
    let own = ["training.exams=1", "training.kinds=", "training.days=3650"].map(|set| ["--set", set]).concat();
    assert!(firm.run(&readiness).contains(" no  "), "{}", firm.run(&readiness));
    let told = firm.run(&[&readiness[..], &own].concat());
    assert!(told.contains(" days more"), "{told}");
    let seats = ["ana", "far", "owen"].map(|login| match login {
        "owen" => owen.clone(),
        login => firm.join(login),
    });
    for seat in &seats {
        let mut desk = firm.seat(seat).plain();
        desk.hears(&["Cordboard, line by line."]);
        everything(&mut desk);
        desk.ends();
    }
    let [ana, far, owen] = seats;
    let (good, text) = on(&ana, &readiness);
    assert!(good && text.contains("Owen Ballard (owen)"), "{text}");
    let (good, text) = on(&far, &readiness);
    assert!(good && text.contains("Nobody has shared attempts yet"), "{text}");
    let (good, text) = on(&owen, &readiness);
    assert!(!good && text.contains("shown to those who run it; this desk is of Owen Ballard, trainee"), "{text}");
    assert!(on(&owen, &["sandbox", "share", "--withdraw"]).1.contains("Taken back"));
    assert!(firm.run(&readiness).contains("Nobody has shared attempts yet"));

    // A case that is over, as Ana's desk holds it; one that is not there cannot be had.
    let mut reader = CacheReader::open(&firm.seat(&ana).files().join("cache.db")).expect("a copy");
    let over = (1..2_000).find_map(|id| {
        let thread = reader.thread(CaseId(id)).expect("reads")?;
        let spoken = thread.messages.iter().any(|m| matches!(m.author, Author::Agent(_)) && m.kind == Kind::Message);
        (thread.absent == 0 && spoken && thread.case.status == Status::Closed).then_some(thread)
    });
    let over = over.expect("one is over and here");
    let customer = reader.customer(over.case.customer.expect("whose")).expect("reads").expect("there").customer;
    let own = firm.folder("own");
    let convert = |desk: &std::path::Path, case: &str, id: &str| {
        on(desk, &["sandbox", "convert", case, "--id", id, "--in", own.to_str().expect("a path"), "--by", "ana"])
    };
    let (good, text) = convert(&ana, &over.case.id.to_string(), "from-the-desk");
    assert!(good && text.contains("is written. Read every line"), "{text}");
    let made = std::fs::read_to_string(own.join("from-the-desk/scenario.toml")).expect("written");
    let surname = customer.name.split_whitespace().last().expect("a name");
    assert!(!made.contains(surname) && made.contains("released = \"\""), "{surname}: {made}");
    let (good, text) = convert(&owen, "#999999", "none");
    assert!(!good && text.contains("case #999999 is not on this desk"), "{text}");
}

/// Sockets of the network a process holds.
fn connections(pid: u32) -> Vec<String> {
    let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let links = open.filter_map(|e| std::fs::read_link(e.ok()?.path()).ok());
    let sockets: Vec<String> =
        links.filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect();
    let tables = ["tcp", "tcp6", "udp", "udp6"].map(|t| std::fs::read_to_string(format!("/proc/{pid}/net/{t}")));
    let lines = tables.iter().flatten().flat_map(|table| table.lines());
    let of_it = |line: &&str| line.split_whitespace().nth(9).is_some_and(|inode| sockets.iter().any(|s| s == inode));
    lines.filter(of_it).map(str::to_owned).collect()
}

/// Every file below a folder with what is in it.
fn files(folder: &std::path::Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let bytes = std::fs::read(&path).expect("read");
                found.insert(path, bytes);
            }
        }
    }
    found
}
