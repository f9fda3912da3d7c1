//! More pages than one, and pages that come anew: one chat in all of them, and nothing that was written is lost.

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::support::term::Term;
use crate::{House, answers, begins, comes, opens, pairs, said, says, sends, takes, unfolds};

const MENU: &str = r#"
menu = "shop"
ask_email = "no"
leave_queue = "post"
[menu.shop]
ask = { en = "What is it about?" }
[[menu.shop.choices]]
key = "bill"
text = { en = "My bill" }
[[menu.shop.choices]]
key = "old"
text = { en = "My old contract" }
queue = "archive"
"#;

/// What stands in a field.
fn stands(browser: &Browser, selector: &str, words: &str) {
    let words = serde_json::to_string(words).expect("JSON");
    let script = format!("const field = root?.querySelector('{selector}'); return !!field && field.value === {words};");
    browser.until(&format!("{words} in {selector}"), &script);
}

/// Types into a field.
fn types(browser: &Browser, selector: &str, words: &str) {
    browser.tab_to(selector);
    browser.keys(words);
}

/// Chooses from the list behind the button in the head.
fn picks(browser: &Browser, button: &str) {
    browser.tab_to(".head .tool[aria-controls=more]");
    browser.keys("<enter>");
    browser.tab_to(&format!(".more button:{button}"));
    browser.keys("<enter>");
}

/// The agent ends the chat.
fn ends(desk: &mut Term) {
    desk.keys("w");
    desk.until("End the chat with Dana H");
    desk.keys("w");
}

#[test]
fn two_tabs_of_one_browser_have_one_chat() {
    let house = House::new("");
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    // Both pages are there before anything begins.
    let first = browser.here();
    comes(&browser, &house);
    let second = browser.tab(1280, 800);
    comes(&browser, &house);

    browser.turn_to(&first);
    unfolds(&browser);
    browser.until("the form", "return !!root.querySelector('form');");
    begins(&browser, "Dana Holt", "Is it me twice?");
    let mut told = vec![("you", "Is it me twice?")];
    browser.until_lines(&told);
    takes(&mut ana, "Is it me twice?");
    browser.until_shows("Ana Reyes is with you");

    browser.turn_to(&second);
    unfolds(&browser);
    browser.until_shows("Ana Reyes is with you");
    browser.until_lines(&told);
    says(&browser, "This is the other tab");
    told.push(("you", "This is the other tab"));
    browser.until_lines(&told);
    ana.until("This is the other tab");
    answers(&mut ana, "I see one of you.");
    told.push(("agent", "I see one of you."));
    browser.until_lines(&told);

    browser.turn_to(&first);
    browser.until_lines(&told);
    says(&browser, "And this is the first");
    told.push(("you", "And this is the first"));
    browser.until_lines(&told);
    browser.turn_to(&second);
    browser.until_lines(&told);
    for tab in [&first, &second] {
        browser.turn_to(tab);
        comes(&browser, &house);
        browser.until_lines(&told);
        browser.until_shows("Ana Reyes is with you");
    }
    browser.until_gone("Sending");
    assert_eq!(said(&house.firm, "Is it me twice?"), pairs(&told), "each message came once");

    // What begins anew in one begins anew in the other, whatever the line does.
    ends(&mut ana);
    browser.until_shows("Start a new chat");
    browser.tab_to(".foot .wide");
    browser.keys("<enter>");
    browser.until("the form", "return !!root.querySelector('form');");
    browser.turn_to(&first);
    browser.until("the form", "return !!root.querySelector('form');");
    house.cable.cut();
    browser.until_shows("No connection");
    begins(&browser, "", "Once more");
    house.cable.mend();
    let told = [("you", "Once more")];
    for tab in [&second, &first, &second] {
        browser.turn_to(tab);
        browser.until_lines(&told);
        browser.until_shows("You are next in line");
        comes(&browser, &house);
        browser.until_lines(&told);
    }
    assert_eq!(said(&house.firm, "Once more"), pairs(&told), "it began once");
}

#[test]
fn half_a_sentence_outlives_its_page_and_its_field() {
    let house = House::new("");
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    types(&browser, "form textarea", "What is 240");
    comes(&browser, &house);
    stands(&browser, "form textarea", "What is 240");
    begins(&browser, "Dana Holt", " MB?");
    browser.until_lines(&[("you", "What is 240 MB?")]);
    takes(&mut ana, "What is 240 MB?");
    browser.until_shows("Ana Reyes is with you");

    types(&browser, ".box textarea", "I was only");
    comes(&browser, &house);
    stands(&browser, ".box textarea", "I was only");
    // They wanted to go, and do not.
    picks(&browser, "last-child");
    browser.until_shows("End this chat?");
    browser.tab_to(".foot .wide.plain");
    browser.keys("<enter>");
    stands(&browser, ".box textarea", "I was only");
    browser.keys(" there<enter>");
    let told = [("you", "What is 240 MB?"), ("you", "I was only there")];
    browser.until_lines(&told);
    stands(&browser, ".box textarea", "");
    ana.until("I was only there");
    browser
        .until("it to be seen", "return root.querySelector('.log > .line:last-child .mark').textContent === 'Seen';");

    // What stands as it stood is not said again to who hears the page.
    browser.run(
        "window.heard = 0; new MutationObserver(all => { window.heard += all.length; })\
         .observe(root.querySelector('.log'), { childList: true, characterData: true, subtree: true });",
    );
    ana.keys("r");
    ana.until("▸reply to customer");
    ana.keys("Let me see");
    browser.until_shows("Ana Reyes is writing");
    assert_eq!(browser.run("return window.heard;"), json!(0), "nothing new was said");
    sends(&mut ana);
    browser.until_shows("Let me see");

    // It ends under their hands: they are not thrown out of the chat, and the words come along to the next one.
    types(&browser, ".box textarea", "For a d");
    ends(&mut ana);
    browser.until_shows("How was this chat?");
    assert_eq!(browser.run("return root.activeElement?.className;"), json!("body"), "the focus stays in the chat");
    browser.tab_to(".foot > .stack > .wide");
    browser.keys("<enter>");
    stands(&browser, "form textarea", "For a d");
    stands(&browser, "input[autocomplete=name]", "Dana Holt");
}

#[test]
fn words_for_a_chat_that_ended_meanwhile_are_shown_as_not_sent() {
    let house = House::new("");
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    begins(&browser, "Dana Holt", "Will it end?");
    takes(&mut ana, "Will it end?");
    answers(&mut ana, "It always does.");
    browser.until_lines(&[("you", "Will it end?"), ("agent", "It always does.")]);
    house.cable.cut();
    browser.until_shows("No connection");
    says(&browser, "Wait, one more");
    browser.until_shows("Sending");
    browser.go("about:blank");
    ends(&mut ana);
    ana.until("▸reason");
    house.cable.mend();
    for _ in 0..2 {
        comes(&browser, &house);
        browser.until_lines(&[("you", "Will it end?"), ("agent", "It always does."), ("you", "Wait, one more")]);
        browser.until_shows("Not sent.");
        browser.until_shows("How was this chat?");
    }
    assert_eq!(said(&house.firm, "Will it end?").len(), 2);
    browser.tab_to(".foot > .stack > .wide");
    browser.keys("<enter>");
    stands(&browser, "form textarea", "Wait, one more");
}

#[test]
fn a_way_that_is_closed_asks_for_an_address_and_keeps_what_was_written() {
    let house = House::new(MENU);
    let days: Vec<String> = (-1..=1)
        .map(|n| (chrono::Utc::now() + chrono::Duration::days(n)).format("%Y-%m-%d Day off").to_string())
        .collect();
    let off = days.iter().flat_map(|day| ["--holiday", day.as_str()]);
    let calendar = ["admin", "calendar", "set", "shut", "--hours", "always"].into_iter().chain(off);
    house.firm.run(&calendar.collect::<Vec<_>>());
    for (queue, calendar) in [("post", "always"), ("archive", "shut")] {
        let set = ["admin", "queue", "set", queue, "--name", queue, "--channels", "chat,email"];
        house.firm.run(&[&set[..], &["--calendar", calendar, "--sl", "80/20"]].concat());
    }
    // The site's name for them is cut in the middle of its last sign.
    house.shows("{ lang: 'en', name: 'Dana ' + 'x'.repeat(94) + '\\u{1f600}' }");
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    browser.tab_to("select");
    browser.keys("<down><down>");
    begins(&browser, "", "Is it still there?");
    browser.until("the address", "return !!root.querySelector('form input[type=email]');");
    browser.until_shows("Leave a message");
    stands(&browser, "form textarea", "Is it still there?");
    stands(&browser, "select", "1");
    types(&browser, "form input[type=email]", "dana@example.com");
    // Another page of the site, half way.
    comes(&browser, &house);
    browser.until("the form", "return !!root.querySelector('form');");
    stands(&browser, "form textarea", "Is it still there?");
    stands(&browser, "select", "1");
    browser.tab_to("form button[type=submit]");
    browser.keys("<enter>");
    browser.until("the address", "return !!root.querySelector('form input[type=email]');");
    stands(&browser, "form input[type=email]", "dana@example.com");
    browser.tab_to("form button[type=submit]");
    browser.keys("<enter>");
    browser.until_shows("We have your message and will answer by e-mail.");
    assert_eq!(browser.run("return root.querySelector('form');"), Value::Null);
    assert_eq!(said(&house.firm, "Is it still there?"), pairs(&[("you", "Is it still there?")]));
}

#[test]
fn a_request_that_hangs_holds_up_nothing() {
    let house = House::new("");
    house.site.shows(house.cable.address, crate::STRANGER, "en", false);
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    begins(&browser, "Dana Holt", "Do requests hang?");
    browser.until_lines(&[("you", "Do requests hang?")]);
    takes(&mut ana, "Do requests hang?");
    browser.until_shows("Ana Reyes is with you");
    // The first request with these words comes nowhere and is not given up for long.
    browser.run(
        "const real = window.fetch; window.hung = 0; window.fetch = (url, more) =>\
         more && String(more.body).includes('This one') && !window.hung++ ? new Promise(() => {}) : real(url, more);",
    );
    says(&browser, "This one");
    browser.until("it to hang", "return window.hung > 0;");
    house.cable.cut();
    browser.until_shows("No connection");
    house.cable.mend();
    let told = [("you", "Do requests hang?"), ("you", "This one")];
    browser.until_gone("Sending");
    browser.until_lines(&told);
    assert_eq!(said(&house.firm, "Do requests hang?"), pairs(&told));
}
