//! Wrap-up by keyboard: the summary, another minute, two keys for the usual, a hand-off card that is read.

use super::support::firm::Firm;
use super::support::http::Gateway;
use super::support::term::Term;

const BERYL: &str = "LT-100294";

fn top(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// A chat comes in, is offered and taken.
fn takes(desk: &mut Term, gateway: &Gateway, queue: &str, words: &str) -> u64 {
    let (contact, _) = gateway.opens(queue, BERYL, words, words);
    desk.until_screen("the offer", |s| s.contains("Offer ·") && s.contains(words));
    desk.keys("<f2>");
    desk.until_screen("the contact in hand", |s| s.contains("· yours") && s.contains(words));
    contact
}

#[test]
fn wrap_up_by_keyboard() {
    let firm = Firm::sample();
    for (key, name) in [("usual", "Usual"), ("care", "Care")] {
        let rest =
            ["--channels", "chat", "--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/20", "--calendar", "always"];
        firm.run(&[&["admin", "queue", "set", key, "--name", name][..], &rest].concat());
    }
    let listed = firm.run(&["admin", "queue", "set", "care", "--wrap-up-mode", "mandatory-time-boxed"]);
    assert!(listed.contains("Queue care is set."), "{listed}");
    assert!(firm.run(&["admin", "queue", "list"]).contains("60 s, mandatory-time-boxed"));
    // What a queue does not allow is told of.
    firm.run(&["admin", "queue", "set", "usual", "--follow-ups", "false"]);
    let odd = firm.run(&["admin", "check"]);
    assert!(odd.contains("queue usual, outcome callback"), "{odd}");
    firm.run(&["admin", "user", "set", "ana", "--queues", "usual,care"]);
    firm.run(&["admin", "user", "set", "marek", "--queues", "care"]);
    let gateway = Gateway::new(&firm);
    let [mut ana, mut marek] = firm.desks(["ana", "marek"]);
    ana.keys("<f9>");
    ana.until_screen("to be Ready", |s| top(s).contains("Ready"));

    // The first is wrapped up field by field, with another minute and a summary that is edited.
    takes(&mut ana, &gateway, "usual", "Why is there no coverage");
    ana.keys("w");
    ana.until("End the chat with");
    ana.keys("w");
    ana.until("of 1:00");
    ana.keys("<f7>");
    ana.until("60 seconds more");
    ana.keys("<enter>");
    ana.until("of 2:00");
    ana.keys("coverage<enter>");
    ana.until_screen("the outcomes", |s| s.contains("▸ outcome") || s.contains("▸outcome"));
    ana.keys("1");
    ana.keys("<f5>");
    let form = ana.until("Customer said: “Why is there");
    assert!(form.contains("chat from Beryl Ogden"), "{form}");
    ana.keys(" Map sent.");
    ana.until("Map sent.");
    ana.keys("<c-s>");
    ana.until("Wrapped up");
    ana.until_screen("it on the case", |s| s.contains("Map sent.") || s.contains("wrapped up:"));

    // The second the same way; from then on two keys are enough.
    takes(&mut ana, &gateway, "usual", "Coverage again");
    ana.keys("w");
    ana.until("End the chat with");
    ana.keys("w");
    ana.until("of 1:00");
    ana.keys("coverage<enter>1<c-s>");
    ana.until_gone("of 1:00");
    for words in ["Third one", "Fourth one"] {
        takes(&mut ana, &gateway, "usual", words);
        ana.keys("w");
        ana.until("Or end and finish at once, as you often do:");
        ana.keys("1");
        ana.until_screen("it to be finished", |s| s.contains("Wrapped up") && !s.contains("End the chat with"));
    }

    // A card goes along with a contact that is handed on, and is read before it connects.
    ana.until_screen("all to be sent", |s| top(s).contains("all sent"));
    takes(&mut ana, &gateway, "care", "Parcel is lost");
    ana.keys("<f9>");
    ana.until("Armed: it begins");
    marek.keys("<f9>");
    marek.until_screen("to be Ready", |s| top(s).contains("Ready"));
    ana.keys("t");
    ana.until("Hand Beryl Ogden on to");
    ana.keys("Marek");
    ana.until("▸ Marek");
    ana.keys("<enter>");
    ana.until_screen("the facts that go along", |s| {
        s.contains("What must the next one know?") && s.contains("Situation: Parcel is lost")
    });
    ana.keys("Two depots asked");
    ana.until("Two depots asked");
    ana.keys("<c-s>");
    marek.until_screen("the card in the offer", |s| {
        s.contains("Offer ·")
            && s.contains("Card from Ana Reyes")
            && s.contains("I have read it")
            && s.contains("They say: “Parcel is lost”")
            && s.contains("Asked: Two depots asked")
    });
    marek.keys("v");
    marek.until_screen("it to be read", |s| s.contains("Card from Ana Reyes") && !s.contains("v I have read it"));
    marek.keys("<f2>");
    marek.until("card from Ana Reyes: read");

    // What was written is on the cases: the edited summary, and the card as a note.
    let cases = firm.run(&["export", "--what", "cases"]);
    assert!(cases.contains("Customer said: “Why is there no coverage”. Outcome Resolved. Map sent."), "the summary");
    assert!(cases.contains("Situation: Parcel is lost") && cases.contains("Asked: Two depots asked"), "the card");
}
