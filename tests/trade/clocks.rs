//! Service clocks as an agent sees them: at risk, late, paused, running again, and the sheet that says why.

use crate::support::firm::Firm;
use crate::support::http::Gateway;

const BERYL: &str = "LT-100294";

#[test]
fn a_clock_warns_is_late_rests_and_says_why() {
    let firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "short", "--name", "Short", "--channels", "chat", "--offer-s", "120"]);
    let promised = ["--queues", "short", "--first", "16s", "--resolution", "2h", "--rank", "1"];
    firm.run(&[&["admin", "policy", "set", "short", "--name", "In a hurry"][..], &promised].concat());
    firm.run(&["admin", "user", "set", "ana", "--queues", "short"]);
    let gateway = Gateway::new(&firm);
    let [mut ana] = firm.desks(["ana"]);
    ana.keys("<f9>");
    ana.until_screen("to be Ready", |s| s.lines().next().is_some_and(|top| top.contains("Ready")));
    let (contact, _) = gateway.opens("short", BERYL, "Locked out", "I cannot get in.");
    ana.until("Offer ·");
    ana.keys("a");
    ana.until_screen("the contact in hand", |s| s.contains("I cannot get in.") && s.contains("· yours"));

    // The warning comes by itself, and then the breach; both are told at the top as well.
    ana.until_screen("at risk", |s| s.contains("at risk: first response") && s.contains("1 at risk"));
    ana.until_screen("late", |s| s.contains("late: first response") && s.contains("1 late"));

    // Pending lets the resolution rest; the first response never does.
    ana.keys("S");
    ana.until("pending");
    ana.keys("pending<enter>");
    ana.until_screen("the status", |s| s.contains("· pending ·") && s.contains("all sent"));
    ana.keys("C");
    let sheet = ana.until_screen("the sheet", |s| s.contains("Clocks of #") && s.contains("Resolution: paused"));
    for words in [
        "First response: late",
        "Promised within 16 s, around the clock, by the policy In a hurry",
        "because the case is pending; 1 h 59 min left",
        "word from the customer starts it again",
        "Nothing else can become late",
    ] {
        assert!(sheet.contains(words), "{words} is not in\n{sheet}");
    }

    // A word from the customer ends the rest while the sheet is open.
    gateway.say(contact, "Are you there?");
    let sheet = ana.until_screen("the clock runs again", |s| s.contains("Resolution: running"));
    assert!(sheet.contains("It was paused once") && sheet.contains("Next to be late: resolution"), "{sheet}");
    ana.keys("<esc>");
    ana.until_gone("Clocks of #");

    // The answer ends the first response, too late.
    ana.keys("r");
    ana.until("▸reply to customer");
    ana.keys("I am. One moment.<c-s>");
    ana.until_screen("the reply to be sent", |s| s.contains("resolution in 1h") && s.contains("all sent"));
    ana.keys("<esc>");
    ana.until_gone("▸reply to customer");
    ana.keys("C");
    let sheet = ana.until_screen("the sheet", |s| s.contains("First response: met late"));
    assert!(sheet.contains("too late: it was due"), "{sheet}");
}
