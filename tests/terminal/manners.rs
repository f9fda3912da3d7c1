//! What the desk asks of a terminal beside its cells, and what it never does.

use std::path::Path;
use std::time::Duration;

use super::support::firm::{Firm, Seat};
use super::support::http::Gateway;
use super::support::term::Term;

const BERYL: &str = "LT-100294";

/// A firm with a queue of chats that are offered to Ana for a minute, and her seat.
fn firm() -> (Firm, Gateway, Seat) {
    let firm = Firm::sample();
    let rules = ["--name", "Front", "--channels", "chat", "--offer-s", "60", "--calendar", "always"];
    firm.run(&[&["admin", "queue", "set", "front"][..], &rules].concat());
    firm.run(&["admin", "user", "set", "ana", "--queues", "front"]);
    let gateway = Gateway::new(&firm);
    let seat = firm.seat(&firm.join("ana"));
    (firm, gateway, seat)
}

fn open(seat: &Seat, env: &[(&str, &str)], cols: u16, rows: u16) -> Term {
    let env: Vec<(&str, &Path)> = env.iter().map(|(name, value)| (*name, Path::new(*value))).collect();
    let term = seat.open_with(&env, cols, rows);
    term.until_screen("a desk that has everything", |s| {
        let top = s.lines().next().unwrap_or_default();
        (top.contains("Away") || top.contains("Ready")) && top.contains("all sent") && !top.contains("loading")
    });
    term
}

fn leave(mut term: Term) {
    term.keys("<c-c><c-c>");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

#[test]
fn an_agent_who_looks_elsewhere_is_told_and_never_of_whom_unless_they_allow_it() {
    let (_firm, gateway, seat) = firm();
    let mut term = open(&seat, &[("TERM", "xterm-kitty")], 120, 40);
    term.until_trace("the keyboard's first level", |t| t.keyboard == 1);
    term.keys("<f9>");
    term.until("Ready");
    let (chat, _) = gateway.opens("front", BERYL, "A roaming bill", "See https://help.example.com/caps, please.");
    let told = |t: &super::support::trace::Trace| t.commands("99");
    let trace = term.until_trace("the offer to be told", |t| !told(t).is_empty());
    assert_eq!(told(&trace), ["i=cordboard;Cordboard: A contact is offered to you."]);
    term.keys("a");
    term.until_screen("the contact in hand", |s| s.contains("─ mine ─") && !s.contains("Offer ·"));
    // What is on the screen before one's eyes is not told.
    gateway.say(chat, "Are you there?");
    term.until("Are you there?");
    assert_eq!(told(&term.trace()).len(), 1);
    term.raw(b"\x1b[O");
    term.keys("rOne moment<c-s>");
    term.until_screen("the answer to be sent", |s| s.contains("One moment") && s.contains("all sent"));
    gateway.say(chat, "Still here.");
    let trace = term.until_trace("the words to be told", |t| told(t).len() == 2);
    assert_eq!(told(&trace)[1], "i=cordboard;Cordboard: A customer has written to you.");
    assert!(trace.commands("2").iter().all(|title| title.is_empty() || title.starts_with("Cordboard")));
    assert!(trace.commands("8").is_empty(), "no links unless asked for: {:?}", trace.commands("8"));
    leave(term);

    // Another terminal, another agent's wishes: names, links, no mouse.
    let wishes = [("TERM", "foot"), ("CORDBOARD_DESK_NOTIFY_DETAILS", "true"), ("CORDBOARD_DESK_LINKS", "true")];
    let mut term = open(&seat, &[&wishes[..], &[("CORDBOARD_DESK_MOUSE", "false")]].concat(), 120, 40);
    term.until_screen("the words with the address", |s| s.contains("help.example.com/caps"));
    let trace = term.until_trace("a link", |t| !t.commands("8").is_empty());
    let links = trace.commands("8");
    assert!(links[0].ends_with(";https://help.example.com/caps"), "{links:?}");
    assert_eq!(links[1], ";", "it ends again");
    assert!([1000, 1002, 1006].iter().all(|m| !trace.on.contains(m)), "the mouse is the terminal's");
    // Nothing changes, nothing is written, links or not.
    term.quiet(Duration::from_millis(300));
    let before = term.bytes();
    term.raw(b"\x1b[I\x1b[I");
    term.quiet(Duration::from_millis(200));
    assert!(term.bytes() - before < 200, "{}", term.bytes() - before);
    leave(term);
}

#[test]
fn the_mouse_selects_copies_and_is_given_up_with_a_key() {
    let (_firm, _gateway, seat) = firm();
    let mut term = open(&seat, &[], 120, 40);
    let trace = term.trace();
    assert!([1000, 1002, 1004, 1006, 1049, 2004].iter().all(|m| trace.on.contains(m)), "{:?}", trace.on);
    assert_eq!(trace.keyboard, 0, "nothing is pushed where nobody knows the terminal");
    // Inside the first pane: a row of its words, from its first column to beyond its border.
    let screen = term.until_screen("the queue", |s| s.contains("Ewan Lockwood urgent"));
    let y = screen.lines().position(|l| l.contains("Ewan Lockwood urgent")).expect("it is there");
    term.raw(format!("\x1b[<0;2;{0}M\x1b[<32;9;{0}M\x1b[<32;110;{0}M", y + 1).as_bytes());
    term.raw(format!("\x1b[<0;110;{}m", y + 1).as_bytes());
    let trace = term.until_trace("the clipboard", |t| !t.commands("52").is_empty());
    let copied = trace.commands("52").remove(0);
    let copied = data_encoding::BASE64.decode(copied.trim_start_matches("c;").as_bytes()).expect("base64");
    let copied = String::from_utf8(copied).expect("text");
    assert!(copied.ends_with("☎ Ewan Lockwood urgent"), "{copied:?}");
    term.until_screen("how much it was", |s| s.contains("Copied") && s.contains("characters."));
    // A click without a way is no selection.
    term.raw(b"\x1b[<0;5;5M\x1b[<0;5;5m");
    term.keys("gM");
    term.until("The mouse is the terminal's again.");
    let trace = term.until_trace("the mouse to be free", |t| [1000, 1002, 1006].iter().all(|m| !t.on.contains(m)));
    assert_eq!(trace.commands("52").len(), 1);
    term.keys("gM");
    term.until_trace("the mouse to be taken", |t| t.on.contains(&1002));
    leave(term);
}

#[test]
fn a_shell_gets_its_terminal_back_while_the_desk_is_stopped() {
    let (_firm, _gateway, seat) = firm();
    let mut term = seat.shell(80, 24);
    term.until("$");
    let before = term.line_settings();
    term.keys("cordboard");
    term.raw(b"\r");
    term.until_screen("a desk", |s| s.contains("all sent"));
    assert_ne!(term.line_settings(), before);
    term.raw(b"\x1a");
    term.until_restored();
    term.until_trace("every mode to be off", |t| t.on.iter().all(|m| *m == 2004) && t.titles == 0);
    // What is typed before the shell reads again would be lost between two settings of the terminal.
    term.until("Stopped");
    // It comes back in another size, whole.
    term.resize(120, 40);
    term.keys("fg");
    term.raw(b"\r");
    term.until_screen("the whole desk in its new size", |s| {
        s.contains("all sent") && s.lines().next().is_some_and(|l| l.chars().count() > 100)
    });
    assert!(term.in_alternate_screen());
    term.keys("<c-c><c-c>");
    term.until_restored();
}

#[test]
fn right_to_left_words_are_turned_where_the_agent_asks_for_it() {
    let (_firm, gateway, seat) = firm();
    gateway.opens("front", BERYL, "שלום עולם", "יתרה 250 اختفى \u{202e}fdp.exe");
    let mut term = open(&seat, &[("CORDBOARD_DESK_RTL", "reorder")], 120, 40);
    term.keys("<f9>");
    term.until_screen("the words turned around", |s| s.contains("םלוע םולש"));
    term.keys("a");
    term.until_screen("the contact in hand", |s| s.contains("─ mine ─") && !s.contains("Offer ·"));
    // Numbers stay as they are; what would turn the line by force is a mark.
    term.until_screen("the words turned around", |s| s.contains("fdp.exe") && s.contains("ىفتخا 250 הרתי"));
    assert!(term.text().contains('⇄'));
    leave(term);
    let term = open(&seat, &[], 120, 40);
    term.until_screen("the words as they are", |s| s.contains("שלום עולם"));
    leave(term);
}
