//! Letters that no agent writes: the form that asks whoever writes anew what it is about, and the transcript of a chat.
//! The server is killed between the wish and the letter; each arrives once.

use std::time::Duration;

use serde_json::{Value, json};

use super::post::Post;
use super::story::until_mails;
use super::support::firm::Firm;
use super::support::http::Gateway;
use super::support::until;
use super::{field, plan};

const MORE: &str = "menu = \"help\"\nform = { en = \"We have your mail. What is it about?\" }\n";
const REST: &str = r#"
[[chat]]
key = "web"
queue = "letters"
title = "Larkfield"
sites = []
mail = "support"
[[chat]]
key = "night"
queue = "night"
leave_queue = "letters"
title = "Larkfield at night"
sites = []
mail = "support"
[[menu.help.choices]]
key = "bill"
text = "My bill"
[[menu.help.choices]]
key = "fault"
text = "Something is broken"
queue = "repairs"
priority = "high"
facts = { device = "router" }
"#;

#[test]
fn a_form_is_answered_and_a_transcript_comes_while_the_server_dies() {
    let post = Post::start();
    let mut firm = Firm::sample();
    for (key, name) in [("letters", "Letters"), ("repairs", "Repairs")] {
        let queue = ["admin", "queue", "set", key, "--name", name, "--channels", "email,chat", "--calendar", "always"];
        firm.run(&[&queue[..], &["--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/600"]].concat());
    }
    // Whatever day it is anywhere, it is a day off.
    let days: Vec<String> = (-1..=1)
        .map(|n| (chrono::Utc::now() + chrono::Duration::days(n)).format("%Y-%m-%d Day off").to_string())
        .collect();
    let off = days.iter().flat_map(|day| ["--holiday", day.as_str()]);
    let calendar = ["admin", "calendar", "set", "shut", "--hours", "always"].into_iter().chain(off);
    firm.run(&calendar.collect::<Vec<_>>());
    let night = ["admin", "queue", "set", "night", "--name", "Night", "--channels", "chat", "--calendar", "shut"];
    firm.run(&[&night[..], &["--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/600"]].concat());
    firm.run(&["admin", "user", "set", "ana", "--queues", "letters,repairs"]);
    firm.stop_server();
    let channels = firm.folder("config").join("channels.toml");
    let (imap, smtp) = (format!("port = {}", post.imaps), format!("port = {}, tls = \"starttls\"", post.submission));
    let mailbox = plan(&post, "support", &imap, &smtp, MORE).replace("queue = \"support\"", "queue = \"letters\"");
    std::fs::write(&channels, format!("{mailbox}{REST}")).expect("writes");
    let config = format!("[server]\nchannels = \"{}\"\n", channels.display());
    std::fs::write(firm.folder("config/cordboard").join("config.toml"), config).expect("writes");
    firm.start_server(&[]);
    let folder = firm.join("ana");
    let mut desk = firm.desk(&folder, 150, 45);
    desk.until_whole();
    desk.keys("<f9>");
    desk.until_screen("to be Ready", |s| s.lines().next().is_some_and(|top| top.contains("Ready")));

    // Whoever writes anew is asked what it is about, by a letter no machine answers.
    let mail = |id: &str, fields: &str, words: &str| {
        format!("From: Beryl Ogden <ana@x.test>\nTo: support@y.test\nMessage-ID: <{id}@x.test>\n{fields}\n\n{words}\n")
    };
    post.customer_sends("ana@x.test", "support@y.test", &mail("one", "Subject: Help", "It does not work."));
    let form = until_mails(&post, "ana@x.test", "INBOX", 1).remove(0);
    assert_eq!(field(&form, "Auto-Submitted"), "auto-replied");
    assert_eq!(field(&form, "In-Reply-To"), "<one@x.test>");
    assert!(form.contains("2  Something is broken"), "{form}");
    // The answer comes in while the server is dead; it is on the same case, which waits where it belongs.
    firm.kill_server();
    let thread =
        format!("Subject: Re: Help\nIn-Reply-To: {0}\nReferences: <one@x.test> {0}", field(&form, "Message-ID"));
    post.customer_sends(
        "ana@x.test",
        "support@y.test",
        &mail("two", &thread, "2\n\n> 1  My bill\n> 2  Something is broken"),
    );
    firm.start_server(&[]);
    desk.until_screen("the mail to wait", |s| s.contains("Beryl"));
    desk.keys("1");
    desk.until("▸Queue");
    desk.keys("G");
    desk.until_screen("it to be selected", |s| s.lines().any(|l| l.contains('▸') && l.contains("Beryl")));
    desk.until("Something is broken");
    desk.keys("a");
    desk.until_screen("the breadcrumb", |s| s.contains("Something is broken") && s.contains("device: router"));
    desk.until_screen("how urgent it is", |s| s.contains("yours · high"));
    let cases = firm.run(&["export", "--what", "cases"]);
    let mut cases = cases.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let case = cases.find(|case| case["subject"] == "Help").expect("its case");
    assert_eq!(case["queue"], "repairs", "{case}");

    // A chat; its customer wants the transcript, which comes when it is over.
    let page = Gateway::with(&firm, "page", 0);
    let said = |token: &Value, frames: Value| -> Vec<Value> {
        let answer = page.page_post("/chat/web/say", &json!({ "token": token, "frames": frames }));
        answer["frames"].as_array().cloned().unwrap_or_default()
    };
    let hello = json!([{ "t": "hello", "v": 1, "lang": "en" }]);
    let welcome = said(&Value::Null, hello).remove(0);
    assert_eq!(welcome["mail"], true, "{welcome}");
    let token = welcome["token"].clone();
    let does = |n: u64, deed: Value| {
        let frame = json!([{ "t": "do", "n": n, "once": format!("{n:016x}"), "deed": deed }]);
        let answer = said(&token, frame);
        assert!(answer.iter().any(|f| f["t"] == "ack" && f["n"] == n), "{answer:?}");
    };
    does(1, json!({ "start": { "name": "Luis", "text": "Where is my parcel?" } }));
    desk.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Luis"));
    desk.keys("a");
    desk.until_screen("the chat in hand", |s| s.contains("Where is my parcel?") && s.contains("yours"));
    desk.keys("r");
    desk.until("▸reply to customer");
    desk.keys("It comes on Monday.<c-s>");
    desk.until_screen("it to be sent", |s| s.contains("  It comes on Monday.") && s.contains("all sent"));
    until("the answer at the page", || {
        let news = page.page_post("/chat/web/hear", &json!({ "token": token, "k": 1, "v": "" }));
        news["frames"].as_array()?.iter().any(|f| f["text"] == "It comes on Monday.").then_some(())
    });
    does(2, json!({ "mail": { "email": "luis@x.test" } }));
    firm.kill_server();
    firm.start_server(&[]);
    does(3, json!({ "leave": {} }));
    let transcript = until_mails(&post, "luis@x.test", "INBOX", 1).remove(0);
    assert_eq!(field(&transcript, "Subject"), "Your chat with Larkfield");
    for words in ["Where is my parcel?", "It comes on Monday."] {
        assert_eq!(transcript.matches(words).count(), 1, "{transcript}");
    }
    firm.kill_server();
    firm.start_server(&[]);
    post.customer_sends("ana@x.test", "support@y.test", &mail("three", &thread, "And thank you."));
    until("the last mail", || firm.run(&["export", "--what", "cases"]).contains("And thank you.").then_some(()));
    assert_eq!(post.mails("luis@x.test", "INBOX").len(), 1);
    assert_eq!(post.mails("ana@x.test", "INBOX").len(), 1);

    // A message left when nobody is there is answered by mail, and what comes back is on its case.
    let hello = json!([{ "t": "hello", "v": 1, "lang": "en" }]);
    let welcome = page.page_post("/chat/night/say", &json!({ "token": Value::Null, "frames": hello }));
    let welcome = &welcome["frames"][0];
    assert_eq!(welcome["online"], false, "{welcome}");
    let start = json!({ "start": { "name": "Luis", "email": "luis@x.test", "text": "Are you open on Sunday?" } });
    let frame = json!([{ "t": "do", "n": 1, "once": "00000000000000ff", "deed": start }]);
    page.page_post("/chat/night/say", &json!({ "token": welcome["token"], "frames": frame }));
    desk.keys("<esc>");
    desk.until_screen("the field to be left", |s| !s.contains("▸reply to customer"));
    desk.keys("<c-g>");
    desk.until("Find a case");
    desk.keys("Sunday");
    // What has just come is found once it is among the words that are searched.
    until("it to be found", || {
        desk.keys("<bs>y");
        desk.within(Duration::from_secs(2), &|s: &str| s.contains("Are you open on Sunday?"))
    });
    desk.keys("<enter>");
    desk.until_screen("the message", |s| s.contains("▏ Are you open on Sunday?"));
    desk.keys("r");
    desk.until("to luis@x.test");
    desk.keys("Not on Sundays.<c-s>");
    let answer = until_mails(&post, "luis@x.test", "INBOX", 2);
    let answer = answer.iter().find(|mail| mail.contains("Not on Sundays.")).expect("it came");
    let reply = format!(
        "From: luis@x.test\nTo: support@y.test\nSubject: Re\nIn-Reply-To: {}\n\nA pity.\n",
        field(answer, "Message-ID")
    );
    post.customer_sends("luis@x.test", "support@y.test", &reply);
    until("what came back", || {
        let cases = firm.run(&["export", "--what", "cases"]);
        cases.lines().any(|case| case.contains("Are you open on Sunday?") && case.contains("A pity.")).then_some(())
    });
}
