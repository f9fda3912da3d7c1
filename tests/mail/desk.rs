//! The whole way: a customer's mail, a server process, a desk in a terminal with an agent's keys, and back. The server
//! is killed again and again in the middle.

use serde_json::Value;

use super::post::Post;
use super::story::until_mails;
use super::support::firm::Firm;
use super::support::until;
use super::{field, usual};

/// What a case's messages are, as the export tells: who, and the words.
fn exported(firm: &Firm, subject: &str) -> Vec<(String, String)> {
    let lines = firm.run(&["export", "--what", "cases"]);
    let mut records = lines.lines().map(|l| serde_json::from_str::<Value>(l).expect("JSON"));
    let record = records.find(|r| r["subject"] == subject).unwrap_or_default();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let messages = record["messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|m| (text(&m["from"]), text(&m["body"]))).collect()
}

#[test]
fn from_a_customers_mailbox_to_an_agents_desk_and_back_while_the_server_dies() {
    let post = Post::start();
    let mut firm = Firm::sample();
    let queue =
        ["admin", "queue", "set", "letters", "--name", "Letters", "--channels", "email", "--calendar", "always"];
    firm.run(&[&queue[..], &["--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/600"]].concat());
    firm.run(&["admin", "user", "set", "ana", "--queues", "letters"]);
    firm.stop_server();
    let channels = firm.folder("config").join("channels.toml");
    let plan = usual(&post, "support").replace("queue = \"support\"", "queue = \"letters\"");
    std::fs::write(&channels, plan).expect("writes");
    let config = format!("[server]\nchannels = \"{}\"\n", channels.display());
    std::fs::write(firm.folder("config/cordboard").join("config.toml"), config).expect("writes");
    firm.start_server(&[]);
    let folder = firm.join("ana");
    let mut desk = firm.desk(&folder, 150, 45);
    desk.until_whole();
    desk.keys("<f9>");
    desk.until_screen("to be Ready", |s| s.lines().next().is_some_and(|top| top.contains("Ready")));

    // A mail comes in, is offered, taken and answered with keys; the customer has it in their mailbox, threaded.
    let mail = |id: &str, fields: &str, words: &str| {
        format!(
            "From: \"Beryl \u{1b}[31mOgden\" <ana@x.test>\nTo: support@y.test\nMessage-ID: <{id}@x.test>\n{fields}\n\n{words}\n"
        )
    };
    let sends = |id: &str, fields: &str, words: &str| {
        post.customer_sends("ana@x.test", "support@y.test", &mail(id, fields, words));
    };
    sends("one", "Subject: My roof leaks", "It drips on the piano.");
    // Mail is taken by hand; the newest waits at the end.
    desk.until_screen("the mail to wait", |s| s.contains("Beryl"));
    desk.keys("1");
    desk.until("▸Queue");
    desk.keys("G");
    desk.until_screen("it to be selected", |s| s.lines().any(|l| l.contains('▸') && l.contains("Beryl")));
    desk.keys("a");
    desk.until_screen("the mail in hand", |s| s.contains("It drips on the piano.") && s.contains("yours"));
    desk.keys("r");
    desk.until("▸reply to customer");
    desk.keys("We come on Monday.<c-s>");
    let got = until_mails(&post, "ana@x.test", "INBOX", 1).remove(0);
    assert_eq!(field(&got, "In-Reply-To"), "<one@x.test>");
    assert!(got.contains("We come on Monday."), "{got}");
    until_mails(&post, "support@y.test", "Sent", 1);
    desk.keys("<esc>");

    // The server is killed while mails come in; each is on the case once.
    let thread = format!("In-Reply-To: {}", field(&got, "Message-ID"));
    for round in 0..3 {
        for n in 0..4 {
            sends(&format!("{round}-{n}"), &thread, &format!("drop {round}-{n}"));
        }
        let first = format!("drop {round}-0");
        until("the first of them", || exported(&firm, "My roof leaks").iter().any(|(_, b)| *b == first).then_some(()));
        firm.kill_server();
        sends(&format!("{round}-x"), &thread, &format!("drop {round}-x"));
        firm.start_server(&[]);
    }
    let drops = until("every mail", || {
        let said = exported(&firm, "My roof leaks");
        let drops: Vec<String> = said.into_iter().map(|(_, body)| body).filter(|b| b.starts_with("drop ")).collect();
        assert!(drops.len() <= 15, "{drops:?}");
        (drops.len() == 15).then_some(drops)
    });
    let mut once = drops.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 15, "{drops:?}");

    // An answer typed while the server is away goes out once it is back, once.
    desk.until_screen("the last of them", |s| s.contains("drop 2-x"));
    desk.keys("r");
    desk.until("▸reply to customer");
    firm.kill_server();
    desk.keys("We come today.<c-s>");
    firm.start_server(&[]);
    let mails = until_mails(&post, "ana@x.test", "INBOX", 2);
    assert_eq!(mails.iter().filter(|m| m.contains("We come today.")).count(), 1);
    until_mails(&post, "support@y.test", "Sent", 2);
    assert_eq!(post.mails("ana@x.test", "INBOX").len(), 2);
}
