//! My day and the report, as people see them.

use serde_json::{Value, json};

use crate::support::firm::Firm;
use crate::support::http::Gateway;
use crate::support::term::Term;

/// Takes a chat, answers and wraps it up.
fn handle(desk: &mut Term, gateway: &Gateway, customer: &str, subject: &str) -> u64 {
    let (_, case) = gateway.opens("figures", customer, subject, "Hello?");
    desk.until_screen("the offer", |s| s.contains("Offer ·") && s.contains(subject));
    desk.keys("a");
    desk.until_screen("the contact in hand", |s| s.contains("Hello?") && !s.contains("Offer ·"));
    desk.keys("w");
    desk.until("End the chat with");
    desk.keys("w");
    desk.until("▸reason");
    desk.keys("coverage");
    desk.until_screen("the reason", |s| s.lines().any(|l| l.contains("▸ 1") && l.contains("Coverage")));
    desk.keys("<enter>");
    desk.until("▸outcome");
    desk.keys("2");
    desk.until_screen("the outcome", |s| s.lines().any(|l| l.contains("outcome     Resolved with goodwill")));
    desk.keys("A day pass back");
    desk.until("A day pass back");
    desk.keys("<c-s>");
    desk.until_screen("to be done with it", |s| !s.contains("Wrap-up 0:") && s.contains("all sent"));
    case
}

#[test]
fn my_day_shows_what_was_done_and_how_it_is_counted() {
    let firm = Firm::sample();
    let rest = ["--channels", "chat", "--offer-s", "120", "--sl", "80/60", "--calendar", "always"];
    firm.run(&[&["admin", "queue", "set", "figures", "--name", "Figures"][..], &rest].concat());
    firm.run(&["admin", "user", "set", "ana", "--queues", "figures"]);
    let gateway = Gateway::new(&firm);
    let folder = firm.join("ana");
    let mut ana = firm.desk(&folder, 120, 40);
    ana.until_whole();
    ana.keys("m");
    ana.until_screen("an empty day", |s| s.contains("Average handle time") && s.contains("n/a"));
    ana.keys("<esc>");
    ana.until_gone("Average handle time");
    ana.keys("<f9>");
    ana.until("Ready");
    let first = handle(&mut ana, &gateway, "LT-100294", "Roaming bill after Lisbon");
    let second = handle(&mut ana, &gateway, "LT-100001", "Second line");
    ana.until_screen("the service level", |s| s.lines().next().is_some_and(|top| top.contains("SL 100%")));

    ana.keys("m");
    ana.until_screen("two handled", |s| {
        let line = |label: &str, value: &str| s.lines().any(|l| l.contains(label) && l.contains(value));
        line("Handled", " 2 ") && line("Figures · Service level", "100.0%") && line("Figures · Service level", "2 of 2")
    });
    ana.keys("j");
    ana.until("▸ Average handle time");
    ana.keys("h");
    ana.until_screen("the formula", |s| {
        s.contains("Average handle time (version 1)")
            && s.contains("talk + hold + after-contact work + dialling / legs finished")
    });
    ana.keys("h");
    ana.until_gone("(version 1)");
    ana.keys("<enter>");
    ana.until_screen("the contacts behind it", |s| {
        s.contains(&format!("#{first} Beryl Ogden · Roaming bill after Lisbon"))
            && s.contains(&format!("#{second} Dana Holt"))
    });
    ana.keys("j<enter>");
    ana.until_screen("the case", |s| !s.contains("My day") && s.contains("Roaming bill after Lisbon"));

    // A customer answers a survey.
    gateway.post(&format!("/cases/{first}/ratings"), &json!({ "survey": "csat", "mark": 5 }));
    ana.keys("m");
    ana.until_screen("the answer", |s| s.lines().any(|l| l.contains("Content customers") && l.contains("100.0%")));
    ana.keys("<esc>");

    // The same numbers from the ledger.
    let report = firm.run(&["report", "--agent", "ana", "--format", "json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let figures = report["buckets"][0]["figures"].as_array().expect("figures");
    let find = |key: &str| figures.iter().find(|f| f["figure"] == key).unwrap_or_else(|| panic!("{key} is there"));
    assert_eq!(find("handled")["value"], 2);
    assert_eq!(find("aht")["denominator"], 2);
    assert_eq!(find("csat")["value"], 100.0);
    assert_eq!(find("nps")["value"], Value::Null, "nothing is not zero");
    assert_eq!(find("aht")["version"], 1);
    assert_eq!(find("handled")["contacts"].as_array().map(Vec::len), Some(2));
    let queue = firm.run(&["report", "--queue", "figures", "--how", "service-level"]);
    assert!(queue.contains("Service level (version 1): 100.0%") && queue.contains("2 / 2"), "{queue}");
    let table = firm.run(&["report", "--by", "queue"]);
    assert!(table.lines().any(|l| l.starts_with("Figures") && l.contains("100.0%")), "{table}");
    let csv = firm.run(&["report", "--by", "agent", "--format", "csv"]);
    assert!(csv.lines().any(|l| l.contains(",ana,handled,1,Handled,2,count,2,1,2,")), "{csv}");
    firm.run(&["admin", "verify"]);
}
