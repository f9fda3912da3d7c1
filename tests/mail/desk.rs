//! The whole way: a customer's mail, a server process, a desk in a terminal with an agent's keys, and back. The server
//! is killed again and again in the middle, and so is the desk.

use std::time::Duration;

use serde_json::Value;

use super::post::Post;
use super::story::until_mails;
use super::support::firm::{Firm, Seat};
use super::support::term::Term;
use super::support::{until, until_within};
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

/// A firm whose queue of letters is the mailbox, and Ana's desk, ready.
fn opened(post: &Post) -> (Firm, Seat, Term) {
    let mut firm = Firm::sample();
    let queue =
        ["admin", "queue", "set", "letters", "--name", "Letters", "--channels", "email", "--calendar", "always"];
    firm.run(&[&queue[..], &["--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/600"]].concat());
    firm.run(&["admin", "user", "set", "ana", "--queues", "letters"]);
    firm.stop_server();
    let channels = firm.folder("config").join("channels.toml");
    let plan = usual(post, "support").replace("queue = \"support\"", "queue = \"letters\"");
    std::fs::write(&channels, plan).expect("writes");
    let config = format!("[server]\nchannels = \"{}\"\n", channels.display());
    std::fs::write(firm.folder("config/cordboard").join("config.toml"), config).expect("writes");
    firm.start_server(&[]);
    let seat = firm.seat(&firm.join("ana"));
    let mut desk = seat.open(150, 45);
    desk.until_whole();
    desk.keys("<f9>");
    desk.until_screen("to be Ready", |s| s.lines().next().is_some_and(|top| top.contains("Ready")));
    (firm, seat, desk)
}

#[test]
fn from_a_customers_mailbox_to_an_agents_desk_and_back_while_server_and_desk_die() {
    let post = Post::start();
    let (mut firm, seat, mut desk) = opened(&post);

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

    // An answer typed while the server is away goes out once it is back, once; although the desk is killed while the
    // answer may still be taken back, and half of the next one is written.
    desk.until_screen("the last of them", |s| s.contains("drop 2-x"));
    desk.keys("r");
    desk.until("▸reply to customer");
    firm.kill_server();
    desk.keys("We come today.<c-s>");
    desk.until("1 not sent");
    desk.keys("r");
    desk.until("▸reply to customer");
    desk.keys("Bring a ta");
    until("the draft to be on the disk", || seat.drafts().contains(&"Bring a ta".to_owned()).then_some(()));
    desk.kill();
    firm.start_server(&[]);
    let desk = seat.open(150, 45);
    let mails = until_mails(&post, "ana@x.test", "INBOX", 2);
    assert_eq!(mails.iter().filter(|m| m.contains("We come today.")).count(), 1);
    until_mails(&post, "support@y.test", "Sent", 2);
    desk.until("Bring a ta");
    assert_eq!(post.mails("ana@x.test", "INBOX").len(), 2);
}

#[test]
fn who_gets_an_answer_and_when_is_the_agents_word() {
    let post = Post::start();
    let (mut firm, _, mut desk) = opened(&post);
    let first = "From: Beryl <ana@x.test>\nTo: support@y.test\nCc: luis@x.test\nSubject: My roof\nMessage-ID: <one@x.test>\n\nIt leaks.\n";
    post.customer_sends("ana@x.test", "support@y.test", first);
    desk.until_screen("the mail to wait", |s| s.contains("Beryl"));
    desk.keys("1");
    desk.until("▸Queue");
    desk.keys("G");
    desk.until_screen("it to be selected", |s| s.lines().any(|l| l.contains('▸') && l.contains("Beryl")));
    desk.keys("a");
    desk.until_screen("the mail in hand", |s| s.contains("It leaks.") && s.contains("yours"));
    desk.keys("r");
    desk.until("to ana@x.test · cc luis@x.test");

    // Zoe is typed and added, Luis is moved on to a blind copy: the difference is seen before anything is sent.
    desk.keys("<c-x>r");
    desk.until("To whom the reply on");
    desk.keys("zoe@x.test");
    desk.until("add cc zoe@x.test");
    desk.keys("<enter>");
    desk.until("+ cc zoe@x.test");
    desk.keys("luis");
    desk.until_screen("Luis to be found", |s| s.lines().any(|l| l.contains("▸ cc luis@x.test")));
    desk.keys("<enter>");
    desk.until("+ bcc luis@x.test");
    desk.keys("<esc>");
    desk.until_screen("the list to be gone", |s| !s.contains("To whom the reply on"));
    desk.until("to ana@x.test · + cc zoe@x.test · + bcc luis@x.test");
    desk.keys("We come on Monday.<c-s>");
    desk.until("takes it back");
    let got = ["ana@x.test", "zoe@x.test", "luis@x.test"].map(|who| until_mails(&post, who, "INBOX", 1).remove(0));
    for mail in &got {
        assert_eq!(
            (field(mail, "To"), field(mail, "Cc")),
            ("Beryl <ana@x.test>".into(), "zoe@x.test".into()),
            "{mail}"
        );
        let head = mail.replace("\r\n", "\n").split("\n\nWe come").next().unwrap_or_default().to_lowercase();
        let told = head.lines().filter(|l| l.contains("luis") || l.starts_with("bcc"));
        // The post office of a blind copy's own reader says for whom it is; nothing of ours does.
        let ours =
            told.filter(|l| !l.starts_with("delivered-to:") && !l.starts_with("\tfor <") && !l.contains("for <luis"));
        assert_eq!(ours.count(), 0, "{mail}");
    }

    let copy = until_mails(&post, "support@y.test", "Sent", 1).remove(0);
    assert_eq!(field(&copy, "Bcc"), "luis@x.test", "our own copy says so");

    // Taken back within its time, nothing leaves; its words are in the field again. The blind copy is not carried on.
    desk.keys("r");
    desk.until("to ana@x.test · cc zoe@x.test");
    desk.keys("Not so<c-s>");
    desk.until("takes it back");
    desk.keys("<f7>");
    desk.until("It was not sent.");
    desk.until_screen("its words in the field", |s| s.lines().any(|l| l.contains("│ Not so") || l.contains("Not so ")));

    // At another time: it is seen to wait, and goes out once although the server dies meanwhile.
    desk.keys("<c-x>l");
    desk.until("When does the reply on");
    desk.keys("1m<enter>");
    desk.until("goes out");
    desk.until_screen("the server to have it", |s| s.contains("all sent"));
    firm.kill_server();
    firm.start_server(&[]);
    let two = until_within(Duration::from_secs(120), "the later answer", || {
        let mails = post.mails("ana@x.test", "INBOX");
        (mails.len() == 2).then_some(mails)
    });
    assert_eq!(two.iter().filter(|m| m.contains("Not so")).count(), 1);
    until_mails(&post, "zoe@x.test", "INBOX", 2);
    until_mails(&post, "support@y.test", "Sent", 2);
    assert_eq!(post.mails("luis@x.test", "INBOX").len(), 1);
    desk.until_screen("it to wait no more", |s| !s.contains("goes out"));
}
