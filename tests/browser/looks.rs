//! How the widget looks and what it is to people who cannot see it: axe finds nothing in light or dark, at the width
//! of a phone and of a desk, in a language that runs the other way; pictures of it are left to be looked at.

use crate::driver::{Browser, artefacts};
use crate::{House, answers, begins, opens, says, sends, takes};

const MENU: &str = r#"
menu = "shop"
ask_email = "may"
mail = "post"
[menu.shop]
ask = { en = "What is it about?", de = "Worum geht es?", ar = "ما الموضوع؟" }
[[menu.shop.choices]]
key = "bill"
text = { en = "My bill", de = "Meine Rechnung", ar = "فاتورتي" }
ask = { en = "Which part of it?", de = "Welcher Teil?", ar = "أي جزء منها؟" }
choices = [
  { key = "roaming", text = { en = "Roaming", de = "Roaming", ar = "التجوال" }, priority = "high", facts = { topic = "roaming" } },
  { key = "other", text = { en = "Something else", de = "Etwas anderes", ar = "شيء آخر" } },
]
[[menu.shop.choices]]
key = "phone"
text = { en = "My phone", de = "Mein Telefon", ar = "هاتفي" }
[[mailbox]]
name = "post"
address = "post@larkspur.example"
queue = "story"
imap = { host = "127.0.0.1", port = 1, tls = "off" }
smtp = { host = "127.0.0.1", port = 1, tls = "off" }
"#;

/// Takes pictures of one state in both schemes and asks axe about each.
fn looked_at(browser: &Browser, name: &str) {
    for scheme in ["light", "dark"] {
        browser.prefers(scheme);
        browser.picture(&artefacts().join(format!("{name}-{scheme}.png")));
        assert_eq!(browser.faults(), Vec::<String>::new(), "{name}, {scheme}");
    }
    browser.prefers("light");
}

fn a_whole_chat(width: u32, height: u32, language: &str, subject: &str) {
    let house = House::new(MENU);
    house.site.shows(house.cable.address, &format!("{{ lang: '{language}' }}"), language, true);
    let mut ana = house.ana();
    let browser = Browser::open(width, height);
    let name = |state: &str| format!("{width}x{height}-{language}-{state}");
    browser.go(&house.site.origin);
    browser.until("the widget", "return !!root && !!root.querySelector('.launch');");
    looked_at(&browser, &name("0-closed"));
    opens(&browser, &house);
    looked_at(&browser, &name("1-form"));
    browser.tab_to("form button[type=submit]");
    browser.keys("<enter>");
    browser.until("what is missing", "return !!root.querySelector('[aria-invalid=true]');");
    looked_at(&browser, &name("2-missing"));
    for (n, letters) in [(1, "<down>"), (2, "<down>")] {
        browser.tab_to(&format!(".topics .field:nth-child({n}) select"));
        browser.keys(letters);
    }
    begins(&browser, "Dana Holt", subject);
    browser.until_lines(&[("you", subject)]);
    looked_at(&browser, &name("3-waiting"));
    ana.until_screen("the breadcrumb", |s| {
        s.contains("My bill") && s.contains("Roaming") && s.contains("topic: roaming")
    });
    takes(&mut ana, subject);
    answers(&mut ana, "Hello Dana, thank you for waiting. I am looking at your bill now.");
    answers(&mut ana, "You used 240 MB in Lisbon; the zones are explained at https://larkspur.example/roaming");
    browser.until("both answers", "return root.querySelectorAll('.log > .line.agent').length === 2;");
    let bill = house.firm.folder("site").join("bill.txt");
    std::fs::write(&bill, "zone 1: 240 MB\n".repeat(400)).expect("a file");
    browser.attach(&bill);
    browser
        .until("the file to be up", "return !!root.querySelector('.chip') && !root.querySelector('.chip progress');");
    says(&browser, "Here is what I got by post.");
    browser.until("the file to be sent", "return !!root.querySelector('.line.you .file') && /./.test(root.querySelector('.log > .line:last-child .mark').textContent);");
    ana.until("bill.txt");
    ana.keys("r");
    ana.until("▸reply to customer");
    ana.keys("Thank you");
    browser.until("the mark that she writes", "return !root.querySelector('.write').hidden;");
    looked_at(&browser, &name("4-talk"));
    ana.keys(", I see it.");
    sends(&mut ana);
    browser.tab_to(".head .tool[aria-controls=more]");
    browser.keys("<enter>");
    looked_at(&browser, &name("5-more"));
    browser.keys("<esc>");
    browser.until(
        "the list to close",
        "return root.querySelector('.more').hidden && !root.querySelector('.panel').hidden;",
    );
    // The transcript by mail: asked for, promised, and the promise goes when the customer goes on.
    browser.keys("<enter>");
    browser.tab_to(".more button:nth-child(2)");
    browser.keys("<enter>");
    browser.until("the question where to", "return !!root.querySelector('.foot input[type=email]');");
    looked_at(&browser, &name("5-where"));
    browser.tab_to(".foot input[type=email]");
    browser.keys("dana@larkspur.example");
    browser.keys("<enter>");
    browser.until("the promise", "return root.querySelector('.note').textContent.includes('dana@larkspur.example');");
    looked_at(&browser, &name("5-promised"));
    says(&browser, "Thanks");
    browser.until("the promise to go", "return root.querySelector('.note').hidden;");
    house.cable.cut();
    browser.until("the lost line", "return !root.querySelector('.note').hidden;");
    looked_at(&browser, &name("6-lost"));
    house.cable.mend();
    browser.until("the line", "return root.querySelector('.note').hidden;");
    ana.keys("w");
    ana.until("End the chat with Dana H");
    ana.keys("w");
    browser.until("the question at the end", "return !!root.querySelector('.rate');");
    looked_at(&browser, &name("7-over"));
    // Esc closes, and the focus is back where it came from.
    browser.tab_to(".rate button");
    browser.keys("<esc>");
    browser.until(
        "the panel to close",
        "return root.querySelector('.panel').hidden && root.activeElement.matches('.launch');",
    );
}

#[test]
fn at_a_desks_width() {
    a_whole_chat(1280, 800, "en", "Why is my bill so high?");
}

#[test]
fn at_a_phones_width() {
    a_whole_chat(390, 844, "de", "Warum ist meine Rechnung so hoch?");
}

#[test]
fn from_right_to_left() {
    a_whole_chat(390, 844, "ar", "لماذا فاتورتي مرتفعة؟");
}

#[test]
fn out_of_hours_a_message_is_left_and_becomes_mail() {
    let house = House::new("leave_queue = \"post\"");
    let post = ["--name", "Post", "--channels", "email", "--calendar", "always", "--sl", "80/20"];
    house.firm.run(&[&["admin", "queue", "set", "post"][..], &post].concat());
    // Whatever day it is anywhere, it is a day off.
    let days: Vec<String> = (-1..=1)
        .map(|n| (chrono::Utc::now() + chrono::Duration::days(n)).format("%Y-%m-%d Day off").to_string())
        .collect();
    let off = days.iter().flat_map(|day| ["--holiday", day.as_str()]);
    let calendar = ["admin", "calendar", "set", "shut", "--hours", "always"].into_iter().chain(off);
    house.firm.run(&calendar.collect::<Vec<_>>());
    let closed = ["--closed-message", "We are back at eight tomorrow.", "--calendar", "shut"];
    house.firm.run(&[&["admin", "queue", "set", "story"][..], &closed].concat());
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    browser.until_shows("We are back at eight tomorrow.");
    looked_at(&browser, "1280x800-en-8-away");
    browser.tab_to("input[type=email]");
    browser.keys("dana@example.com");
    begins(&browser, "Dana Holt", "Nobody was there");
    browser.until_shows("We have your message and will answer by e-mail.");
    looked_at(&browser, "1280x800-en-9-left");
    assert_eq!(crate::said(&house.firm, "Nobody was there"), crate::pairs(&[("you", "Nobody was there")]));
}
