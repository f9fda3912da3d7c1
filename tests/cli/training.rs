//! The training room's commands: trainers' tools, and a real case that becomes a scenario.

use super::*;

#[test]
fn trainers_check_begin_and_play_scenarios() {
    let home = Home::new();
    let listed = home.ok(&["sandbox", "list"]).out;
    assert!(listed.contains("roaming-bill") && listed.contains("Roaming bill shock"), "{listed}");
    assert!(home.ok(&["sandbox", "lint"]).out.contains("scenarios, nothing wrong."));

    // A new one is clean; what is broken in it is named with file, line and mend.
    home.ok(&["sandbox", "new", "my-case", "--in", "own"]);
    assert!(home.no(&["sandbox", "new", "my-case", "--in", "own"]).contains("is there already"));
    assert!(home.no(&["sandbox", "new", "My Case"]).contains("small letters"));
    assert!(home.ok(&["sandbox", "lint", "own/my-case"]).out.contains("1 scenario, nothing wrong."));
    let file = home.at("own/my-case/scenario.toml");
    let text = std::fs::read_to_string(&file).expect("written");
    std::fs::write(&file, text.replacen("goto = \"needed\"", "goto = \"neded\"", 1)).expect("written");
    let said = home.run(&["sandbox", "lint", "own"]);
    assert!(!said.good && said.out.contains("own/my-case/scenario.toml:"), "{said:?}");
    assert!(said.out.contains("goto leads to \"neded\", which is no node; name one"), "{said:?}");
    let said = home.run(&["sandbox", "lint", "own", "--json"]);
    let faults: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let found = faults.as_array().expect("a list").iter().find(|f| f["mend"] == "name one").expect("the fault");
    assert!(found["line"].as_u64().is_some_and(|line| line > 1), "{faults}");
    std::fs::write(&file, &text[..400]).expect("written");
    assert!(home.run(&["sandbox", "lint", "own"]).out.contains("scenario.toml:"));
    std::fs::write(&file, text).expect("written");

    // A script gives the same run every time; slips in it are named.
    let run = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios/roaming-bill").join(name);
    let good = run("good.txt").display().to_string();
    let play = |script: &str| home.ok(&["sandbox", "play", "roaming-bill", "--script", script]).out;
    let told = play(&good);
    assert!(told.contains("passed") && told.contains("## Turn by turn") && told == play(&good), "{told}");
    assert!(play(&run("bad.txt").display().to_string()).contains("## Critical errors"));
    let out = home.ok(&["sandbox", "play", "roaming-bill", "--script", &good, "--json", "--mode", "exam"]).out;
    let out: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&out["report"]["passed"], &out["report"]["mode"]), (&true.into(), &"exam".into()));
    let slip = home.write("slip.txt", "> hello\nfly\n");
    assert!(home.no(&["sandbox", "play", "roaming-bill", "--script", &slip]).contains("slip.txt:2:"));
    assert!(home.no(&["sandbox", "play", "roaming-bil", "--script", &good]).contains("did you mean roaming-bill"));
    let own = home.write("own.txt", "> Hello, this is Ana\n");
    assert!(
        home.ok(&["sandbox", "play", "my-case", "--scenarios", "own", "--script", &own]).out.contains("not passed")
    );

    let seen = home.ok(&["sandbox", "coverage", "roaming-bill", &good]).out;
    assert!(seen.contains("roaming-bill: 1 attempts") && seen.contains("was never reached"), "{seen}");

    // Two trainers: the book's example.
    let (mut a, mut b) = (String::new(), String::new());
    for (i, (x, y)) in [(12, (true, true)), (2, (true, false)), (1, (false, true)), (5, (false, false))]
        .into_iter()
        .flat_map(|(n, pair)| std::iter::repeat_n(pair, n))
        .enumerate()
    {
        a.push_str(&format!("q{i} = {x}\n"));
        b.push_str(&format!("q{i} = {y}\n"));
    }
    let (a, b) = (home.write("a.toml", a), home.write("b.toml", b));
    let said = home.ok(&["sandbox", "calibrate", &a, &b]).out;
    assert!(said.contains("20 things, the same for 17 (85 %).") && said.contains("kappa 0.6591"), "{said}");
    assert!(home.no(&["sandbox", "calibrate", &a, &good]).contains("write one thing a line"));
    assert!(home.no(&["sandbox", "readiness", &a]).contains("it is no exported attempt"));

    // An attempt that was kept is stepped through.
    let script = std::fs::read_to_string(&good).expect("a script");
    let kept = home.write("kept.txt", format!("# attempt 0 of roaming-bill\n{script}"));
    let told = home.ok(&["sandbox", "replay", &kept]).out;
    assert!(told.contains("Turn 1, ") && told.contains("  +6 You named what it was like"), "{told}");
    assert!(home.no(&["sandbox", "replay", &good]).contains("is no kept attempt"));
    assert!(home.no(&["sandbox", "replay"]).contains("there is no attempt in"));
}

/// A case that is over becomes a scenario without anybody in it, and is played when somebody else has released it.
#[test]
fn a_real_case_becomes_a_scenario_when_a_second_person_releases_it() {
    let home = Home::new();
    let case = serde_json::json!({
        "type": "case", "ref": "#4821", "customer": "LT-7", "channel": "chat", "subject": "Bill of Beryl Ogden",
        "status": "solved", "language": "en", "messages": [
            { "from": "customer", "kind": "message", "body": "Beryl Ogden here, 07911 123456. Why is my bill so high?" },
            { "from": "agent", "author": "marek", "kind": "message", "body": "You used data in Switzerland, outside your bundle." },
            { "from": "customer", "kind": "message", "body": "And now?" },
            { "from": "agent", "author": "marek", "kind": "message", "body": "I credit fifty pounds on the next invoice." },
            { "from": "agent", "author": "marek", "kind": "note", "body": "Switzerland, credited fifty" },
        ],
        "wrap_ups": [{ "reason": "billing/roaming", "outcome": "goodwill", "note": 4 }],
    });
    let lines = [
        serde_json::json!({ "type": "agent", "login": "marek", "name": "Marek Zieliński" }),
        serde_json::json!({ "type": "reason", "path": "billing/roaming", "label": "Billing › Roaming" }),
        serde_json::json!({ "type": "customer", "ref": "LT-7", "name": "Beryl Ogden" }),
        case,
    ];
    let export = home.write("all.jsonl", lines.map(|line| line.to_string() + "\n").concat());
    let convert = |case: &str, id: &str| {
        home.run(&["sandbox", "convert", case, "--from", &export, "--id", id, "--in", "own", "--by", "ana"])
    };
    assert!(convert("#1", "x").err.contains("there is no case #1 in this export"));
    let made = convert("#4821", "swiss");
    assert!(made.good && made.out.contains("beryl") && made.out.contains("swiss/scenario.toml is written"), "{made:?}");
    let file = home.at("own/swiss/scenario.toml");
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(!["Beryl", "Ogden", "07911", "Marek", "4821"].iter().any(|gone| text.contains(gone)), "{text}");
    assert!(home.ok(&["sandbox", "lint", "own"]).out.contains("nobody else has released it"));

    // Nobody plays it; who made it cannot release it; who releases it reads it first, and nobody real may be left.
    let enter = ["sandbox", "--plain", "--mode", "exam", "--scenarios", "own", "--scenario", "swiss"];
    assert!(home.no(&enter).contains("nobody else has released it"));
    let release = |by: &str, read: bool| {
        let mut args = vec!["sandbox", "release", "own/swiss", "--by", by];
        args.extend(read.then_some("--read"));
        home.run(&args)
    };
    assert!(release("Ana", true).err.contains("was made by ana; another person"));
    let asked = release("ruth", false);
    assert!(asked.good && asked.out.contains("[[node]]") && asked.out.contains("with --read"), "{asked:?}");
    std::fs::write(&file, text.replace("Goodbye.", "Ring 07911 123457.")).expect("written");
    assert!(release("ruth", true).err.contains("07911 123457 could be someone's telephone number"));
    std::fs::write(&file, &text).expect("written");
    assert!(release("ruth", true).out.contains("swiss is released by ruth."));
    assert!(home.ok(&["sandbox", "lint", "own"]).out.contains("1 scenario, nothing wrong."));
    assert!(home.ok(&["sandbox", "list", "--scenarios", "own"]).out.contains("swiss"));
}
