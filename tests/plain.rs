//! The day of `story.rs` line by line, through pipes: a server and two desks as processes of their own, everything an
//! agent does typed as lines, what comes of it waited for as lines. Afterwards an export must tell it all.

mod support;

use serde_json::Value;

use support::firm::Firm;
use support::http::Gateway;
use support::plain::Plain;

const BERYL: &str = "LT-100294";
const DANA: &str = "LT-100001";
const EWAN: &str = "LT-100108";

#[test]
fn the_story_of_two_desks_line_by_line() {
    let firm = Firm::sample();
    for (key, name) in [("story", "Story"), ("care", "Care"), ("race", "Race")] {
        let rest =
            ["--channels", "chat", "--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/20", "--calendar", "always"];
        firm.run(&[&["admin", "queue", "set", key, "--name", name][..], &rest].concat());
    }
    firm.run(&["admin", "user", "set", "ana", "--queues", "story,race"]);
    firm.run(&["admin", "user", "set", "marek", "--queues", "care,race"]);
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
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").to_string();
    let args = ["host", "--sample", "--plain", "--listen", &port, "--data", data.to_str().expect("a path")];
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
