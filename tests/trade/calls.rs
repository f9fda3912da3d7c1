//! Calls we owe: one that comes in by HTTP, one that is arranged at the desk, and the hours in which nobody is called.

use serde_json::json;

use super::support::firm::Firm;
use super::support::http::Gateway;
use super::{shows, top};

const DANA: &str = "LT-100001";

/// A zone in which the clock shows this hour now.
fn zone_at(hour: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let ahead = (hour - (now / 3_600 % 24) as i64).rem_euclid(24);
    // The names of these zones say what to add to come to UTC.
    if ahead <= 12 { format!("Etc/GMT-{ahead}") } else { format!("Etc/GMT+{}", 24 - ahead) }
}

#[test]
fn a_call_we_owe_keeps_its_place_and_waits_for_the_customers_day() {
    let firm = Firm::sample();
    let rules = ["--channels", "voice,chat,callback", "--offer-s", "60", "--callback", "1/600", "--calendar", "always"];
    firm.run(&[&["admin", "queue", "set", "calls", "--name", "Calls"][..], &rules].concat());
    firm.run(&["admin", "user", "set", "marek", "--queues", "calls"]);
    let gateway = Gateway::new(&firm);
    let [mut marek] = firm.desks(["marek"]);
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));

    // Where this customer is, it is three at night: the call waits although he is free, and why says so.
    gateway.post(
        "/interactions",
        &json!({
            "channel": "callback", "queue": "calls", "language": "en", "subject": "Please call",
            "customer": { "reference": DANA },
            "callback": { "zone": zone_at(3), "number": "+44 1632 960999" },
        }),
    );
    marek.until_screen("the call that is owed", |s| shows(s, &["Dana Holt"]));
    marek.keys("1G");
    marek.until_screen("it to be selected", |s| shows(s, &["▸", "Dana Holt"]));
    marek.keys("W");
    marek.until_screen("the hours", |s| shows(s, &["Called in", "it is 3:", "where they are"]));
    marek.keys("<esc>");
    marek.until_gone("Why Dana Holt is where it is");
    marek.keys("a");
    marek.until_screen("why not", |s| s.contains("You cannot call them now") || s.contains("calls are made from"));

    // The house calls around the clock: at once it is offered. Nobody answers, and one try was enough.
    let house = firm.run(&["admin", "house", "--calling", "00:00-24:00"]);
    assert!(house.contains("The house is set."), "{house}");
    marek.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Please call"));
    marek.keys("<f2>");
    marek.until_screen("the number to call", |s| {
        s.contains("calling") && s.contains("Wants to be called on +441632960999.")
    });
    marek.keys("gn");
    marek.until("Called once; nobody answered.");

    // Someone who waits is called back instead; the place stays, and the call becomes a conversation.
    marek.until_screen("all to be sent", |s| top(s).contains("all sent") && top(s).contains("Ready"));
    marek.keys("<f9>");
    marek.until_screen("to be Away", |s| top(s).contains("Away") && top(s).contains("all sent"));
    gateway.chat("calls", DANA, "Still roaming", "Is anyone there?");
    marek.until_screen("who waits", |s| shows(s, &["waiting", " 1 "]) && shows(s, &["▤", "Dana Holt"]));
    marek.keys("1G");
    marek.until_screen("them to be selected", |s| shows(s, &["▸", "Dana Holt"]));
    marek.keys("B");
    marek.until("They are called back; their place in line stays.");
    marek.until_screen("all to be sent", |s| top(s).contains("all sent"));
    marek.keys("<f9>");
    marek.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Still roaming"));
    marek.keys("<f2>");
    marek.until_screen("to call", |s| shows(s, &["calling"]) && s.contains("Is anyone there?"));
    marek.keys("ga");
    marek.until_screen("to talk", |s| shows(s, &["Dana Holt", "talk"]));
    marek.keys("h");
    marek.until_screen("the customer to hold", |s| shows(s, &["Dana Holt", "hold"]));
    marek.keys("h");
    marek.until_screen("to talk again", |s| shows(s, &["Dana Holt", "talk"]));
    firm.run(&["admin", "verify"]);
}
