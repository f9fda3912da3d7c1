//! Rings, why, asking a colleague and handing over, overflow, an offer let pass; the same agent again, full hands.

use super::support::firm::Firm;
use super::support::http::Gateway;
use super::{shows, top};

const BERYL: &str = "LT-100294";
const DANA: &str = "LT-100001";
const EWAN: &str = "LT-100108";
/// She lives in New York.
const KEISHA: &str = "LT-100124";

fn queue(firm: &Firm, key: &str, name: &str, rules: &[&str]) {
    let usual = ["admin", "queue", "set", key, "--name", name, "--channels", "chat", "--calendar", "always"];
    firm.run(&[&usual[..], rules].concat());
}

#[test]
fn a_contact_finds_its_way_over_rings_colleagues_and_queues() {
    let firm = Firm::sample();
    queue(&firm, "rare", "Rare", &["--offer-s", "60", "--skills", "billing=5", "--rings", "6 billing=1"]);
    queue(&firm, "late", "Late", &["--offer-s", "60", "--overflow", "2 add rare"]);
    queue(&firm, "quick", "Quick", &["--offer-s", "5"]);
    firm.run(&["admin", "user", "set", "ana", "--queues", "rare", "--skills", "billing=5"]);
    firm.run(&["admin", "user", "set", "marek", "--queues", "rare,quick", "--skills", "billing=2"]);
    let gateway = Gateway::new(&firm);
    let [mut ana, mut marek] = firm.desks(["ana", "marek"]);
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));

    // Marek's skill is in the second ring. Until it opens, the desk says so; then the offer comes by itself.
    gateway.chat("rare", BERYL, "A rare question", "Who knows this?");
    marek.until_screen("the waiting contact", |s| shows(s, &["Beryl Ogden", "Rare"]));
    marek.keys("1G");
    marek.until_screen("it to be selected", |s| shows(s, &["▸", "Beryl Ogden", "Rare"]));
    marek.keys("W");
    let why = marek.until("Why Beryl Ogden is where it is");
    assert!(shows(&why, &["Place 1 of 1 in Rare"]), "{why}");
    assert!(shows(&why, &["Ana Reyes", "away"]), "{why}");
    assert!(shows(&why, &["Marek", "in ring 2, which opens in"]), "{why}");
    marek.keys("<esc>");
    marek.until_screen("the offer of the second ring", |s| s.contains("Offer ·") && s.contains("A rare question"));
    marek.keys("a");
    marek.until_screen("the contact in hand", |s| s.contains("Who knows this?") && s.contains("· yours"));

    // He asks Ana while the customer holds; she reads why, joins, and he leaves it to her.
    marek.keys("T");
    marek.until("Ask a colleague about Beryl Ogden");
    marek.keys("Ana<enter>");
    marek.until("What must they know?");
    marek.keys("Needs someone with level five<c-s>");
    marek.until("Asked; the customer holds");
    ana.until_screen("to be asked", |s| s.contains("Offer ·") && s.contains("asks you: A rare question"));
    ana.keys("a");
    ana.until_screen("the packet", |s| s.contains("Needs someone with level five") && s.contains("X leaves again"));
    marek.until("Ana Reyes is there");
    marek.keys("H");
    ana.until_screen("the contact to be hers", |s| s.contains("Who knows this?") && s.contains("· yours"));
    marek.until_screen("to be without it", |s| !s.contains("· yours"));

    // Nobody serves Late; after two seconds it waits in Rare, too, and comes to Marek with its place.
    gateway.chat("late", DANA, "A late question", "Does anybody read this?");
    marek.until_screen("what flowed over", |s| s.contains("Offer ·") && s.contains("A late question"));
    marek.keys("a");
    marek.until_screen("the contact in hand", |s| s.contains("Does anybody read this?") && s.contains("· yours"));

    // An offer let pass: it waits in its old place, and he gets no more until he says Ready.
    gateway.chat("quick", EWAN, "A quick question", "Hello?");
    marek.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("A quick question"));
    marek.until_screen("not to respond", |s| top(s).contains("Not responding"));
    marek.until_screen("it to wait again", |s| shows(s, &["Ewan", "Quick"]) && !s.contains("Offer ·"));
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));
}

#[test]
fn the_same_agent_again_as_far_as_their_hands_reach_and_a_promise_by_the_customers_clock() {
    let firm = Firm::sample();
    queue(&firm, "again", "Again", &["--offer-s", "60", "--sticky-s", "300"]);
    queue(&firm, "hers", "Hers", &["--offer-s", "60", "--channels", "voice,chat"]);
    firm.run(&["admin", "house", "--units", "chat=100", "--interrupts", "none"]);
    firm.run(&["admin", "user", "set", "ana", "--queues", "again,hers"]);
    firm.run(&["admin", "user", "set", "marek", "--queues", "again"]);
    let gateway = Gateway::new(&firm);
    let [mut ana, mut marek] = firm.desks(["ana", "marek"]);
    ana.keys("<f9>");
    ana.until_screen("to be Ready", |s| top(s).contains("Ready"));
    let (_, case) = gateway.opens("again", KEISHA, "Roaming at home", "Can you call me tomorrow?");
    ana.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Roaming at home"));
    ana.keys("<f2>");
    ana.until_screen("the contact in hand", |s| s.contains("call me tomorrow?") && s.contains("· yours"));
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));

    // The customer is five hours behind: what is typed is their time, what it is here stands beside it.
    ana.keys("w");
    ana.until("End the chat with");
    ana.keys("w");
    ana.until("▸reason");
    ana.keys("coverage<enter>");
    ana.until("▸outcome");
    ana.keys("promised");
    ana.until_screen("the outcome", |s| shows(s, &["▸", "Callback promised"]));
    ana.keys("<enter>");
    ana.until("Call back: Roaming at home");
    ana.keys("tomorrow 10:00");
    ana.until_screen("both clocks", |s| shows(s, &["tomorrow 10:00", "10:00 in New York, ", ":00 here"]));
    ana.keys("<c-s>");
    ana.until_screen("it to be finished", |s| s.contains("Wrapped up") && top(s).contains("all sent"));
    let cases = firm.run(&["export", "--what", "cases"]);
    let due = cases.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).find_map(|c| {
        let promise = c["promises"].as_array()?.iter().find(|p| p["what"] == "Call back: Roaming at home")?;
        promise["due"].as_str().map(str::to_owned)
    });
    let due = chrono::DateTime::parse_from_rfc3339(&due.expect("the promise")).expect("an instant");
    let there = due
        .with_timezone(&"America/New_York".parse::<cordboard::domain::calendar::tz::Tz>().expect("a zone"))
        .format("%H:%M")
        .to_string();
    assert_eq!(there, "10:00", "by the customer's clock");

    // One chat fills her hands. The customer comes back: Marek idles longer, but they wait for her, and why says it.
    gateway.chat("hers", BERYL, "Only hers", "Are you Ana?");
    ana.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Only hers"));
    ana.keys("<f2>");
    ana.until_screen("the contact in hand", |s| s.contains("Are you Ana?") && s.contains("· yours"));
    gateway.post(
        "/interactions",
        &serde_json::json!({
            "channel": "chat", "queue": "again", "case": case, "customer": { "reference": KEISHA },
            "language": "en", "subject": "Roaming at home", "body": "One more thing.",
        }),
    );
    marek.until_screen("who waits", |s| shows(s, &["waiting", " 1 ─"]) && shows(s, &["▤", "Keisha Pinnock"]));
    marek.keys("1G");
    marek.until_screen("them to be selected", |s| shows(s, &["▸", "Keisha Pinnock"]));
    marek.keys("W");
    let why = marek.until("Why Keisha Pinnock is where it is");
    assert!(shows(&why, &["Waits ", " more for Ana Reyes, who had the case last"]), "{why}");
    assert!(shows(&why, &["Marek", "could take it"]), "{why}");
    marek.keys("<esc>");
    // What fills her hands is seen by those who may see it; she is one.
    ana.until_screen("who waits", |s| shows(s, &["▤", "Keisha Pinnock", "Again"]));
    ana.keys("1<end>kk");
    ana.until_screen("them to be selected", |s| shows(s, &["▸", "Keisha Pinnock"]));
    ana.keys("W");
    let why = ana.until("Why Keisha Pinnock is where it is");
    assert!(shows(&why, &["Ana Reyes", "hands full, 100 of 100 units"]), "{why}");
    ana.keys("<esc>");
    ana.until_gone("Why Keisha Pinnock is where it is");
    ana.keys("j");
    ana.until_screen("her contact to be selected", |s| shows(s, &["▸", "Beryl Ogden"]));
    ana.keys("w");
    ana.until("End the chat with");
    ana.keys("w");
    ana.until("▸reason");
    ana.keys("coverage<enter>1<c-s>");
    ana.until_screen("the one who waited for her", |s| s.contains("Offer ·") && s.contains("Roaming at home"));
    ana.keys("<f2>");
    ana.until_screen("the contact in hand", |s| s.contains("One more thing.") && s.contains("· yours"));

    // A call has to wait for her hands, until the house lets calls come on top of chats.
    gateway.post(
        "/interactions",
        &serde_json::json!({
            "channel": "voice", "queue": "hers", "customer": { "reference": BERYL }, "language": "en",
            "subject": "A call for her",
        }),
    );
    ana.until_screen("the call that waits", |s| shows(s, &["☎", "Beryl Ogden"]) && !s.contains("Offer ·"));
    ana.keys("1<end>kk");
    ana.until_screen("it to be selected", |s| shows(s, &["▸", "☎", "Beryl Ogden"]));
    ana.keys("W");
    let why = ana.until("Why Beryl Ogden is where it is");
    assert!(shows(&why, &["Ana Reyes", "hands full, 100 of 100 units"]), "{why}");
    ana.keys("<esc>");
    firm.run(&["admin", "house", "--interrupts", "voice>chat"]);
    ana.until_screen("the call", |s| s.contains("Offer ·") && s.contains("A call for her"));
}
