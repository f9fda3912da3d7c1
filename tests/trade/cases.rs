//! Cases through the desk: a view, marks, a bulk change shown first and one undo; merge, unmerge, split; a problem and
//! what it causes.

use crate::support::firm::Firm;
use crate::support::http::Gateway;
use crate::support::until;

fn exported(firm: &Firm) -> Vec<serde_json::Value> {
    firm.run(&["export", "--what", "cases"]).lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
}

fn until_cases(firm: &Firm, what: &str, pleases: impl Fn(&[serde_json::Value]) -> bool) {
    until(what, || Some(exported(firm)).filter(|cases| pleases(cases)));
}

#[test]
fn views_marks_bulk_with_preview_and_one_undo() {
    let firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
    let gateway = Gateway::new(&firm);
    firm.run(&["admin", "view", "set", "Roaming rush", "\"rush\" queue:billing"]);
    assert!(firm.run(&["admin", "view", "list"]).contains("Roaming rush"));
    let folder = firm.join("ana");
    for i in 1..=3 {
        gateway.opens("billing", &format!("LT-10000{i}"), "Roaming rush", "The bill is wrong.");
    }
    let mut desk = firm.desk(&folder, 120, 40);
    desk.until("live");
    desk.until("Ewan Lockwood");
    desk.keys("V");
    desk.until("Roaming rush");
    desk.keys("rush");
    desk.until("Roaming rush");
    desk.keys("<enter>");
    desk.until("Roaming rush · 3 cases");
    desk.keys("<tab><tab><c-s>");
    desk.until("Change 2 cases");
    desk.keys("tag storm<enter>");
    desk.until("2 cases, none of them refused");
    desk.keys("y");
    desk.until("Done: add tag storm, 2 cases");
    let stormy = |cases: &[serde_json::Value]| {
        cases.iter().filter(|c| c["tags"].as_array().is_some_and(|t| t.iter().any(|t| t == "storm"))).count()
    };
    until_cases(&firm, "two cases with the tag", |cases| stormy(cases) == 2);
    desk.keys("<esc>");
    desk.until_gone("Roaming rush · 3 cases");
    desk.keys("u");
    desk.until("Taken back: add tag storm, 2 cases");
    until_cases(&firm, "the tags gone again", |cases| stormy(cases) == 0);
}

#[test]
fn merged_read_together_and_unmerged() {
    let firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
    let gateway = Gateway::new(&firm);
    let folder = firm.join("ana");
    let (_, first) = gateway.opens("billing", "LT-100001", "First letter", "The bill is wrong.");
    let (waits, second) = gateway.opens("billing", "LT-100001", "Second letter", "Did you get it?");
    let mut desk = firm.desk(&folder, 120, 40);
    desk.until("live");
    desk.until("Ewan Lockwood");
    desk.keys("V\"letter\" waiting<enter>");
    desk.until("Cases · 2 cases");
    desk.keys("<end> \"second\"");
    desk.until_screen("one case", |s| s.contains("Cases · 1 case"));
    desk.keys("<enter>");
    desk.until("Did you get it?");
    desk.keys(&format!("M{first}"));
    desk.until_screen("the other case", |s| s.contains(&format!("#{first} First letter")));
    desk.keys("<enter>");
    desk.until(&format!("#{second} is closed and read within #{first}"));
    desk.keys("y");
    desk.until(&format!("merged into #{first}"));
    gateway.say(waits, "Third line");
    desk.keys("V\"letter\" waiting<enter>");
    desk.until("Cases · 1 case");
    desk.keys("<enter>");
    desk.until_screen("both threads in one", |s| {
        s.contains("The bill is wrong.") && s.contains("Did you get it?") && s.contains("Third line")
    });
    desk.keys("U");
    desk.until(&format!("Take out of #{first}"));
    desk.keys("<enter>");
    desk.until(&format!("#{second} is a case of its own again"));
    desk.until_gone("Did you get it?");
    assert!(desk.text().contains("Third line"), "what came after the merge stays where it came");
}

#[test]
fn split_linked_and_answered_together() {
    let firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
    let gateway = Gateway::new(&firm);
    let folder = firm.join("ana");
    let (talks, problem) = gateway.opens("billing", "LT-100001", "Mast is down", "No network since noon.");
    gateway.say(talks, "And my bill is wrong.");
    let (_, incident) = gateway.opens("billing", "LT-100002", "No network", "Nothing works here.");
    let mut desk = firm.desk(&folder, 120, 40);
    desk.until("live");
    desk.until("Ewan Lockwood");
    desk.keys("V\"mast\" waiting<enter>");
    desk.until("Cases · 1 case");
    desk.keys("<enter>");
    desk.until("And my bill is wrong.");
    // What is about something else becomes a case of its own.
    desk.keys("gx");
    desk.until(&format!("Split #{problem}"));
    desk.keys("bill<enter>");
    desk.until("1 message went into a case of its own");
    desk.until_gone("And my bill is wrong.");
    let split = |cases: &[serde_json::Value]| cases.iter().any(|c| c["messages"][0]["body"] == "And my bill is wrong.");
    until_cases(&firm, "a case with the message", split);
    desk.keys("u");
    desk.until("Taken back: split case");
    desk.until("And my bill is wrong.");
    until_cases(&firm, "one case again", |cases| !split(cases));
    // The other customer's trouble is one this problem causes: answered together, shown first.
    desk.keys(&format!("L{incident}"));
    desk.until(&format!("#{incident}: an incident of this"));
    desk.keys(" incident<enter>");
    desk.until(&format!("#{problem} and #{incident} are linked: #{incident} is an incident."));
    desk.until_screen("the link to be kept", |s| {
        let sent = s.lines().next().is_some_and(|top| top.contains("all sent"));
        sent && s.contains(&format!("incident #{incident}"))
    });
    desk.keys("rThe mast works again.");
    desk.until("Ctrl-S send");
    desk.keys("<esc>");
    desk.until("r reply");
    desk.keys("I");
    desk.until(&format!("Incidents of #{problem} · 1 case"));
    desk.keys("<c-s>");
    desk.until("Change 1 case");
    desk.keys("written reply<enter>");
    desk.until("1 case, not refused");
    desk.keys("y");
    desk.until("Done: send the reply, 1 case");
    let answered = |cases: &[serde_json::Value]| {
        let said = |c: &serde_json::Value| {
            c["messages"].as_array().is_some_and(|m| {
                m.iter().any(|m| m["body"] == "Nothing works here.")
                    && m.iter().any(|m| m["body"] == "The mast works again.")
            })
        };
        cases.iter().any(said)
    };
    until_cases(&firm, "the incident answered", answered);
}

#[test]
fn a_reply_is_held_and_taken_back() {
    let mut firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
    let gateway = Gateway::new(&firm);
    let folder = firm.join("ana");
    let body = serde_json::json!({
        "channel": "email", "queue": "billing", "customer": {"reference": "LT-100001"}, "language": "en",
        "subject": "A slow letter", "body": "Please write.",
    });
    gateway.post("/interactions", &body);
    let replies = |firm: &Firm, words: &str| {
        let all = exported(firm);
        let messages = all.iter().flat_map(|c| c["messages"].as_array().cloned().unwrap_or_default());
        messages.filter(|m| m["body"] == words).count()
    };
    let mut desk = firm.desk(&folder, 120, 40);
    desk.until("live");
    desk.until("Ewan Lockwood");
    desk.keys("V\"slow letter\"<enter>");
    desk.until("Cases · 1 case");
    desk.keys("<enter>");
    desk.until("Please write.");
    desk.keys("rToo soon<c-s>");
    desk.until("leaves in");
    desk.until("u takes it back");
    desk.keys("<f7>");
    desk.until_gone("leaves in");
    assert_eq!(replies(&firm, "Too soon"), 0);
    desk.until("It was not sent.");
    // What was taken back is in the composer again; sent and killed before it leaves, it leaves after the next start.
    desk.keys("er<c-s>");
    desk.until("leaves in");
    desk.kill();
    firm.kill_server();
    firm.start_server(&[]);
    let _desk = firm.desk(&folder, 120, 40);
    until("the reply to leave", || (replies(&firm, "Too sooner") == 1).then_some(()));
    assert_eq!(replies(&firm, "Too soon"), 0);
}

#[test]
fn labels_and_checklists_of_the_house() {
    let firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
    firm.run(&["admin", "label", "set", "carrier", "--name", "With the carrier", "--status", "pending"]);
    let must = ["--must", "Ask for the date of birth", "--item", "Offer a call", "--at-wrap-up", "refuse"];
    let set = ["admin", "checklist", "set", "verify", "--name", "Verify", "--queues", "billing"];
    firm.run(&[&set[..], &must[..]].concat());
    assert!(firm.run(&["admin", "checklist", "list"]).contains("Ask for the date of birth (must); Offer a call"));
    assert!(firm.run(&["admin", "label", "list"]).contains("With the carrier"));
    firm.run(&["admin", "label", "set", "odd", "--name", "Solved", "--status", "open"]);
    assert!(firm.run(&["admin", "check"]).contains("it says solved but its cases are open"));
    firm.run(&["admin", "label", "retire", "odd"]);
    let gateway = Gateway::new(&firm);
    let folder = firm.join("ana");
    let (_, case) = gateway.opens("billing", "LT-100001", "Mast is down", "No network since noon.");
    let mut desk = firm.desk(&folder, 170, 40);
    desk.until("live");
    desk.until("Ewan Lockwood");
    desk.keys("V\"mast\" waiting<enter>");
    desk.until("Cases · 1 case");
    desk.keys("<enter>");
    desk.until("No network since noon.");
    desk.until("checklist 0 of 2");
    desk.keys("K");
    desk.until(&format!("Checklist of #{case}"));
    desk.until("needed to wrap up");
    desk.keys("birth<enter>");
    desk.until_gone("needed to wrap up");
    desk.keys("<esc>");
    desk.until_gone("Checklist of #");
    desk.until("checklist 1 of 2");
    desk.keys("Scarrier<enter>");
    desk.until("With the carrier");
    let labelled = |cases: &[serde_json::Value]| {
        let ticked = |c: &serde_json::Value| c["checks"][0]["done_by"] == "ana";
        cases.iter().any(|c| c["label"] == "carrier" && c["status"] == "pending" && ticked(c))
    };
    until_cases(&firm, "label and tick on the server", labelled);
    desk.keys("uu");
    desk.until("checklist 0 of 2");
    until_cases(&firm, "both taken back", |cases| cases.iter().all(|c| c["label"].is_null() && c["checks"].is_null()));
}
