//! Who must not come in, and words that must do no harm.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::driver::Browser;
use crate::site::Site;
use crate::{House, SECRET, answers, begins, opens, says, takes};

const BERYL: &str = "LT-100294";

fn proof(id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key will do");
    mac.update(id.as_bytes());
    data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
}

#[test]
fn only_the_firms_own_pages_and_true_proofs_come_in() {
    let house = House::new("");
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    let shut = "The chat is not available at the moment.";
    let tries = |origin: &str| {
        browser.go(origin);
        browser.until("the widget", "return !!root && !!root.querySelector('.launch');");
        // It stays open from page to page.
        if browser.run("return root.querySelector('.panel').hidden;") == serde_json::Value::Bool(true) {
            browser.tab_to(".launch");
            browser.keys("<enter>");
        }
    };

    // Another site's page.
    let stranger = Site::open();
    stranger.shows(house.cable.address, crate::STRANGER, "en", true);
    tries(&stranger.origin);
    browser.until_shows(shut);

    // The right page, and a proof of somebody else.
    let forged = proof("LT-100001");
    for about in
        [format!("{{ lang: 'en', id: '{BERYL}', hash: '{forged}' }}"), format!("{{ lang: 'en', id: '{BERYL}' }}")]
    {
        house.shows(&about);
        tries(&house.site.origin);
        browser.until_shows(shut);
    }

    // The right proof: nobody is asked for a name, and the desk knows who it is.
    house.shows(&format!("{{ lang: 'en', id: '{BERYL}', hash: '{}' }}", proof(BERYL)));
    opens(&browser, &house);
    assert_eq!(browser.run("return root.querySelector('form input');"), serde_json::Value::Null, "nothing is asked");
    begins(&browser, "", "It is me");
    browser.until_lines(&[("you", "It is me")]);
    ana.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Beryl O") && s.contains("signed in"));
    takes(&mut ana, "It is me");
    ana.until("Beryl Ogden");

    // Somebody else at the same browser does not see it.
    house.shows(crate::STRANGER);
    opens(&browser, &house);
    browser.until_lines(&[]);
}

#[test]
fn hostile_words_do_no_harm_at_either_end() {
    let house = House::new("");
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    let types = |selector: &str, words: &str| {
        let words = serde_json::to_string(words).expect("JSON");
        browser.run(&format!(
            "const field = root.querySelector('{selector}'); field.value = {words}; field.dispatchEvent(new Event('input')); field.focus();"
        ));
    };
    types("input[autocomplete=name]", "<b>Eve</b>\u{202e}live");
    types("form textarea", "Hostile \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m \u{202e}txt.exe");
    browser.tab_to("form button[type=submit]");
    browser.keys("<enter>");
    browser.until("the first line", "return root.querySelectorAll('.log > .line').length === 1;");
    ana.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Hostile"));
    ana.keys("a");
    let screen = ana.until_screen("the contact in hand", |s| s.contains("yours") && s.contains("Hostile"));
    assert!(screen.contains("␛]0;owned␛␛[2J␛31m ⇄txt.exe"), "what would move the cursor is marked:\n{screen}");
    assert!(screen.contains("<b>Eve</b>⇄live") || screen.contains("<b>Eve</b>"), "{screen}");

    says(&browser, "<script>hit=1</script><img src=x onerror=hit=1>");
    ana.until("<script>hit=1</script>");
    let hostile = "<img src=x onerror=hit=1><svg/onload=hit=1> javascript:hit=1 https://a.example/x<b>";
    answers(&mut ana, hostile);
    browser.until("the answer", "return root.querySelectorAll('.log > .line.agent').length === 1;");
    let shown = browser.lines();
    assert_eq!(shown.last().map(|l| l.1.as_str()), Some(hostile), "it stays text");
    let made = "return [...root.querySelectorAll('.log *')].map(e => e.localName).filter(n => ['img', 'script', 'b', 'iframe', 'style'].includes(n)).length + (window.hit ? 100 : 0);";
    assert_eq!(browser.run(made), serde_json::json!(0), "nothing came of it");
    let links = browser.run("return [...root.querySelectorAll('.log a')].map(a => a.href + ' ' + a.rel);");
    assert_eq!(links, serde_json::json!(["https://a.example/x noopener noreferrer nofollow"]));
}
