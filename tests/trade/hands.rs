//! From hand to hand: an offer let pass with a reason, a blind transfer, an escalation with its card, a colleague who
//! leaves again, and presence that others set.

use super::support::firm::Firm;
use super::support::http::Gateway;
use super::{shows, top};

const BERYL: &str = "LT-100294";
const DANA: &str = "LT-100001";
const EWAN: &str = "LT-100108";

#[test]
fn contacts_and_people_are_handed_on_and_everyone_is_told_why() {
    let firm = Firm::sample();
    for (key, name) in [("front", "Front"), ("back", "Back")] {
        let rules = ["--channels", "chat", "--offer-s", "60", "--calendar", "always"];
        firm.run(&[&["admin", "queue", "set", key, "--name", name][..], &rules].concat());
    }
    firm.run(&["admin", "house", "--again-s", "1", "--tell-lead-s", "1"]);
    firm.run(&["admin", "user", "set", "ana", "--queues", "front,back"]);
    firm.run(&["admin", "user", "set", "marek", "--queues", "front"]);
    let gateway = Gateway::new(&firm);
    let [mut ana, mut marek] = firm.desks(["ana", "marek"]);
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));

    // He lets an offer pass and says why; he gets no more until he is Ready again, and then it comes back.
    let (_, case) = gateway.opens("front", BERYL, "A first question", "Who knows?");
    marek.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("A first question"));
    marek.keys("D");
    marek.until("Why Beryl Ogden goes to someone else");
    marek.keys("moment<down>");
    marek.until("▸ I need a moment first");
    marek.keys("<enter>");
    marek.until_screen("to rest", |s| top(s).contains("Not responding") && !s.contains("Offer ·"));
    marek.keys("<f9>");
    marek.until_screen("it to come again", |s| s.contains("Offer ·") && s.contains("A first question"));
    marek.keys("a");
    marek.until_screen("the contact in hand", |s| s.contains("Who knows?") && s.contains("· yours"));

    // A blind transfer: it waits in the other queue, and whoever serves that gets it.
    marek.keys("t");
    marek.until("Hand Beryl Ogden on to");
    marek.keys("Back");
    marek.until("▸ Back");
    marek.keys("<enter>");
    marek.until("What must the next one know?");
    marek.keys("Not for the front<c-s>");
    marek.until_screen("to be without it", |s| s.contains("Nothing waits. The next contact"));
    ana.keys("<f9>");
    ana.until_screen("the offer and its card", |s| {
        s.contains("Offer ·") && s.contains("Card from Marek") && s.contains("Asked: Not for the front")
    });
    ana.keys("<f2>");
    ana.until_screen("the contact in hand", |s| s.contains("Who knows?") && s.contains("· yours"));

    // Another one comes, and is more than he may decide.
    gateway.chat("front", DANA, "A second question", "I want your boss");
    marek.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("A second question"));
    marek.keys("<f2>");
    marek.until_screen("the contact in hand", |s| s.contains("I want your boss") && s.contains("· yours"));
    // He asks her; she joins, and leaves again: the contact stays his.
    marek.keys("T");
    marek.until("Ask a colleague about Dana Holt");
    marek.keys("Ana<enter>");
    marek.until("What must they know?");
    marek.keys("A word, please<c-s>");
    ana.until_screen("to be asked", |s| s.contains("Offer ·") && s.contains("asks you: A second question"));
    ana.keys("<f2>");
    ana.until("X leaves again");
    marek.until("Ana Reyes is there");
    ana.keys("X");
    marek.until("is no longer with you");
    marek.until_screen("the contact to be his", |s| s.contains("· yours"));

    // She does not take it, so he escalates it: its card goes along and a lead gets it.
    marek.keys("e");
    marek.until_screen("what goes along", |s| {
        s.contains("Why must someone more senior have it?") && s.contains("Situation: A second question")
    });
    marek.keys("Asks for a lead<c-s>");
    ana.until_screen("the offer and its card", |s| {
        s.contains("Offer ·") && s.contains("They say: “I want your boss”") && s.contains("Asked: Asks for a lead")
    });
    ana.keys("<f2>");
    ana.until_screen("the contact in hand", |s| s.contains("I want your boss") && s.contains("· yours"));
    ana.keys("v");
    ana.until("card from Marek Zieliński: read");

    // She sets him Away and says why; he is told by whom.
    ana.keys("gs");
    ana.until("Set the presence of");
    ana.keys("Marek");
    ana.until("▸ Marek");
    ana.keys("<enter>");
    ana.until("Marek Zieliński is to be");
    ana.keys("Away<enter>");
    ana.until("Why, for Marek");
    ana.keys("break is due<enter>");
    marek.until("Ana Reyes set you Away: break is due.");
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));

    // A second offer within ten minutes passes: the desk itself sets him Away, tells him first and then the lead.
    ana.keys("<f9>");
    ana.until("Armed: it begins");
    gateway.chat("front", EWAN, "A third question", "Hello?");
    marek.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("A third question"));
    marek.keys("d");
    marek.until_screen("to be Away", |s| top(s).contains("Away") && s.contains("You are Away: two offers passed"));
    ana.until_screen("the lead to be told", |s| s.contains("Marek Zieliński is Away: two offers passed"));

    // The ledger tells afterwards how a contact came to whoever had it.
    let why = firm.run(&["admin", "why", &case.to_string()]);
    for words in [
        &["came to Front"][..],
        &["offered to Marek"],
        &["declined: I need a moment first"],
        &["taken by Marek"],
        &["handed it on to Back"],
        &["taken by Ana"],
    ] {
        assert!(shows(&why, words), "{words:?} is not in\n{why}");
    }
}
