//! Rings, why, asking a colleague and handing over, overflow, and an offer let pass.

use super::support::firm::Firm;
use super::support::http::Gateway;
use super::{shows, top};

const BERYL: &str = "LT-100294";
const DANA: &str = "LT-100001";
const EWAN: &str = "LT-100108";

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
    let folders = [firm.join("ana"), firm.join("marek")];
    let [mut ana, mut marek] = [&folders[0], &folders[1]].map(|f| firm.desk(f, 150, 45));
    for desk in [&ana, &marek] {
        desk.until_screen("a desk that has everything", |s| {
            top(s).contains("Away") && top(s).contains("all sent") && !top(s).contains("loading")
        });
    }
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
