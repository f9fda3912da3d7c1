//! Web chat as people live it: Chromium shows a page of a firm's site with the widget in it, an agent sits at a real
//! desk in a terminal, and between them is a real server. The line is cut, the server killed, the page loaded anew; every
//! message must be at both ends once.
//!
//! Needs Chromium and ChromeDriver; installs them where it may, else says what is missing. Pictures
//! are left in the target folder, under `browser`.

#[path = "../support/mod.rs"]
mod support;

mod driver;
mod looks;
mod pages;
mod refused;
mod site;

use std::sync::{Mutex, MutexGuard, PoisonError};

use cordboard::domain::row::{Entity, Row, RowKey};
use cordboard::store::ledger::Ledger as _;
use cordboard::store::ledger_sqlite::SqliteLedger;
use serde_json::Value;

use driver::Browser;
use site::{Cable, Site};
use support::firm::Firm;
use support::term::Term;
use support::until;

/// What the site proves its customers with.
const SECRET: &str = "6f1d9c3b5a7e48028c64d3f0b1a29587";
/// A visitor nobody vouches for.
const STRANGER: &str = "{ lang: 'en' }";

/// One browser at a time: the machine has other things to do.
static TURN: Mutex<()> = Mutex::new(());

/// A firm with a web chat on a site of its own.
struct House {
    firm: Firm,
    site: Site,
    cable: Cable,
    more: String,
    _turn: MutexGuard<'static, ()>,
}

impl House {
    /// The chat leads to Ana's queue; `more` is added to its description.
    fn new(more: &str) -> House {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut firm = Firm::of_the_story();
        let site = Site::open();
        let folder = firm.folder("site");
        std::fs::write(folder.join("secret"), SECRET).expect("a file");
        let plan = format!(
            "[[chat]]\nkey = \"web\"\nqueue = \"story\"\ntitle = \"Larkspur Telecom\"\nsites = [\"{}\"]\n\
             secret_file = \"secret\"\nask_name = \"must\"\n{more}\n",
            site.origin
        );
        std::fs::write(folder.join("channels.toml"), plan).expect("a file");
        let more = format!("server.channels={}", folder.join("channels.toml").display());
        firm.stop_server();
        firm.start_server(&["--set", &more]);
        let cable = Cable::to(firm.port());
        let house = House { firm, site, cable, more, _turn: turn };
        house.shows(STRANGER);
        house
    }

    fn start_server(&mut self) {
        self.firm.start_server(&["--set", &self.more]);
    }

    /// The site's page says this of its visitor.
    fn shows(&self, about: &str) {
        self.site.shows(self.cable.address, about, "en", true);
    }

    /// Ana at her desk, ready for whoever comes.
    fn ana(&self) -> Term {
        let [mut ana] = self.firm.desks(["ana"]);
        ana.keys("<f9>");
        ana.until_screen("to be Ready", |s| s.lines().next().unwrap_or_default().contains("Ready"));
        ana
    }
}

/// Goes to the site, this far: the widget is there.
fn comes(browser: &Browser, house: &House) {
    browser.go(&house.site.origin);
    browser.until("the widget", "return !!root && !!root.querySelector('.launch');");
}

/// Opens the widget by keyboard; it stays open from page to page.
fn unfolds(browser: &Browser) {
    if browser.run("return root.querySelector('.panel').hidden;") == Value::Bool(true) {
        browser.tab_to(".launch");
        browser.keys("<enter>");
    }
}

/// Opens the widget by keyboard and waits for its form.
fn opens(browser: &Browser, house: &House) {
    comes(browser, house);
    unfolds(browser);
    browser.until("the form", "return !!root.querySelector('form');");
}

/// Fills in the form by keyboard and sends it.
fn begins(browser: &Browser, name: &str, question: &str) {
    if !name.is_empty() {
        browser.tab_to("input[autocomplete=name]");
        browser.keys(name);
    }
    browser.tab_to("form textarea");
    browser.keys(question);
    browser.tab_to("form button[type=submit]");
    browser.keys("<enter>");
}

/// The customer says something by keyboard.
fn says(browser: &Browser, words: &str) {
    browser.tab_to(".box textarea");
    browser.keys(words);
    browser.keys("<enter>");
}

/// The agent takes the contact that is offered.
fn takes(desk: &mut Term, subject: &str) {
    desk.until_screen("the offer", |s| s.contains("Offer ·") && s.contains(subject));
    desk.keys("a");
    desk.until_screen("the contact in hand", |s| s.contains("yours"));
}

/// The agent answers.
fn answers(desk: &mut Term, words: &str) {
    desk.keys("r");
    desk.until("▸reply to customer");
    desk.raw(words.as_bytes());
    sends(desk);
}

/// The agent sends what is written, and leaves the field.
fn sends(desk: &mut Term) {
    desk.keys("<c-s>");
    desk.until("The customer reads this");
    desk.keys("<esc>");
    desk.until_gone("▸reply to customer");
}

/// The agent wraps up the chat that has ended.
fn wraps_up(desk: &mut Term) {
    desk.until("▸reason");
    desk.keys("coverage");
    desk.until_screen("the reason", |s| s.lines().any(|l| l.contains("▸ 1") && l.contains("Coverage")));
    desk.keys("<enter>");
    desk.until_screen("the outcomes", |s| s.contains("▸outcome") && s.contains("3 Information given"));
    desk.keys("3");
    desk.until_screen("the outcome", |s| s.lines().any(|l| l.contains("outcome     Information given")));
    desk.keys("Explained");
    desk.until("Explained");
    desk.keys("<c-s>");
    desk.until_screen("the wrap-up to be done", |s| !s.contains("Wrap-up 0:") && s.contains("all sent"));
}

/// What was said on the case with this subject, as an export tells it.
fn said(firm: &Firm, subject: &str) -> Vec<(String, String)> {
    let text = firm.run(&["export", "--what", "cases"]);
    let cases: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let found: Vec<&Value> = cases.iter().filter(|c| c["type"] == "case" && c["subject"] == subject).collect();
    assert_eq!(found.len(), 1, "one case is called {subject:?}: {found:#?}");
    let messages = found[0]["messages"].as_array().cloned().unwrap_or_default();
    let said = messages.iter().filter(|m| m["kind"] == "message").map(|m| {
        let by = if m["from"] == "customer" { "you" } else { "agent" };
        (by.to_owned(), m["body"].as_str().unwrap_or_default().to_owned())
    });
    said.collect()
}

fn pairs<'a>(list: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    list.iter().map(|(by, words)| ((*by).to_owned(), (*words).to_owned())).collect()
}

#[test]
fn a_chat_with_faults_in_the_middle_is_whole_at_both_ends() {
    let mut house = House::new("");
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    begins(&browser, "Dana Holt", "A day in Lisbon cost me 50");
    let mut told = vec![("you", "A day in Lisbon cost me 50")];
    browser.until_lines(&told);
    browser.until_shows("You are next in line");
    takes(&mut ana, "A day in Lisbon cost me 50");
    browser.until_shows("Ana Reyes is with you");

    // Both ways, and both see the other write.
    answers(&mut ana, "Hello Dana, let me look.");
    told.push(("agent", "Hello Dana, let me look."));
    browser.until_lines(&told);
    browser.until_shows("Seen");
    ana.keys("r");
    ana.until("▸reply to customer");
    ana.keys("It was");
    browser.until_shows("Ana Reyes is writing");
    ana.keys(" Lisbon.");
    sends(&mut ana);
    told.push(("agent", "It was Lisbon."));
    browser.until_lines(&told);
    browser.until_gone("is writing");

    // The line is cut; both go on writing.
    house.cable.cut();
    browser.until_shows("No connection. Trying again");
    for words in ["But I was", "only there", "for a day"] {
        says(&browser, words);
    }
    browser.until_shows("Sending");
    answers(&mut ana, "I will explain it.");
    house.cable.mend();
    told.push(("agent", "I will explain it."));
    told.extend([("you", "But I was"), ("you", "only there"), ("you", "for a day")]);
    browser.until_gone("Sending");
    browser.until_lines(&told);
    ana.until("for a day");

    // The server is killed, and comes back.
    says(&browser, "Are you there?");
    house.firm.kill_server();
    browser.until_shows("No connection. Trying again");
    says(&browser, "Hello?");
    house.start_server();
    told.extend([("you", "Are you there?"), ("you", "Hello?")]);
    browser.until_lines(&told);
    browser.until_gone("Sending");
    browser.until_gone("No connection");
    ana.until("Hello?");
    answers(&mut ana, "I am back, sorry.");
    told.push(("agent", "I am back, sorry."));
    browser.until_lines(&told);

    // What was written without a line is sent by the page that comes after.
    house.cable.cut();
    browser.until_shows("No connection. Trying again");
    says(&browser, "One last thing");
    house.cable.mend();
    browser.go(&house.site.origin);
    told.push(("you", "One last thing"));
    browser.until_lines(&told);
    browser.until_shows("Ana Reyes is with you");
    ana.until("One last thing");

    // The agent ends it; the customer says how it was.
    ana.keys("w");
    ana.until("End the chat with Dana H");
    ana.keys("w");
    browser.until_shows("How was this chat?");
    browser.tab_to(".rate button:nth-child(5)");
    browser.keys("<enter>");
    browser.until_shows("Thank you for your answer.");
    browser.until_lines(&told);
    assert_eq!(said(&house.firm, "A day in Lisbon cost me 50"), pairs(&told), "the server has the same");
    let kept = "return JSON.parse(localStorage[Object.keys(localStorage).find(k => k.startsWith('cordboard'))]).pending.length === 0;";
    browser.until("the mark to be taken", kept);
    // The desk takes it once the work is done: the server keeps it until then, and over a restart.
    house.firm.kill_server();
    house.start_server();
    wraps_up(&mut ana);
    let waiting = || {
        let kept = rusqlite::Connection::open(house.firm.data().join("channels.db")).expect("it opens");
        let sql = "SELECT count(*) FROM chat WHERE mark IS NOT NULL";
        kept.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("it reads")
    };
    until("the mark to be told", || (waiting() == 0).then_some(()));
    house.firm.stop_server();
    let mut ledger = SqliteLedger::open(&house.firm.data().join("ledger.db"), 1).expect("the ledger opens");
    let state = ledger.hot().expect("it reads");
    let id = state.next_id(Entity::Rating, 0) - 1;
    let rows = ledger.rows(&[RowKey { entity: Entity::Rating, id }]).expect("it reads");
    let newest = rows.iter().find_map(|row| if let Row::Rating(r) = row { Some((r.mark, r.scale)) } else { None });
    assert_eq!(newest, Some((5, 5)));
}

#[test]
fn where_no_socket_can_be_opened_single_requests_carry_the_chat() {
    let mut house = House::new("");
    house.site.shows(house.cable.address, STRANGER, "en", false);
    let mut ana = house.ana();
    let browser = Browser::open(390, 844);
    opens(&browser, &house);
    begins(&browser, "Dana Holt", "No sockets here");
    let mut told = vec![("you", "No sockets here")];
    browser.until_lines(&told);
    takes(&mut ana, "No sockets here");
    browser.until_shows("Ana Reyes is with you");
    answers(&mut ana, "That does not matter.");
    told.push(("agent", "That does not matter."));
    browser.until_lines(&told);
    says(&browser, "Good.");
    told.push(("you", "Good."));
    browser.until_lines(&told);
    ana.until("Good.");
    house.firm.kill_server();
    browser.until_shows("No connection");
    says(&browser, "Still here?");
    house.start_server();
    told.push(("you", "Still here?"));
    browser.until_lines(&told);
    browser.until_gone("Sending");
    ana.until("Still here?");
    answers(&mut ana, "Always.");
    told.push(("agent", "Always."));
    browser.until_lines(&told);
    let asked = browser.run(
        "return performance.getEntriesByType('resource').map(e => e.name).filter(n => n.endsWith('/hear')).length;",
    );
    assert!(asked.as_u64().is_some_and(|n| n > 0), "it was carried by single requests");
    assert_eq!(said(&house.firm, "No sockets here"), pairs(&told));
}

#[test]
fn a_browser_that_keeps_nothing_loses_nothing_while_its_page_is_open() {
    let house = House::new("");
    house.shows(
        "(Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } }), { lang: 'en' })",
    );
    let mut ana = house.ana();
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    begins(&browser, "Dana Holt", "Nothing is kept here");
    takes(&mut ana, "Nothing is kept here");
    browser.until_shows("Ana Reyes is with you");
    house.cable.cut();
    browser.until_shows("No connection. Trying again");
    says(&browser, "Still here");
    answers(&mut ana, "So am I.");
    house.cable.mend();
    browser.until_lines(&[("you", "Nothing is kept here"), ("agent", "So am I."), ("you", "Still here")]);
    ana.until("Still here");
    assert_eq!(said(&house.firm, "Nothing is kept here").len(), 3);
}

#[test]
fn a_desk_that_is_killed_sends_what_was_written_and_sends_it_once() {
    let mut house = House::new("");
    let folder = house.firm.join("ana");
    let seat = house.firm.seat(&folder);
    let mut ana = seat.open(120, 40);
    ana.until_whole();
    ana.keys("<f9>");
    ana.until_screen("to be Ready", |s| s.lines().next().unwrap_or_default().contains("Ready"));
    let browser = Browser::open(1280, 800);
    opens(&browser, &house);
    begins(&browser, "Dana Holt", "Will you be there?");
    takes(&mut ana, "Will you be there?");
    browser.until_shows("Ana Reyes is with you");
    // The server is away, an answer is sent, half of another is written; then the desk is gone too.
    house.firm.kill_server();
    ana.keys("r");
    ana.until("▸reply to customer");
    ana.keys("I will.<c-s>");
    ana.until("1 not sent");
    ana.keys("And my coll");
    until("the draft to be on the disk", || seat.drafts().contains(&"And my coll".to_owned()).then_some(()));
    ana.kill();
    says(&browser, "Hello?");
    house.start_server();
    let ana = seat.open(120, 40);
    browser.until_lines(&[("you", "Will you be there?"), ("agent", "I will."), ("you", "Hello?")]);
    ana.until("And my coll");
    ana.until("Hello?");
    assert_eq!(said(&house.firm, "Will you be there?").len(), 3);
}
