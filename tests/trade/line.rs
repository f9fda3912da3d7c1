//! Real desks whose server goes away: what they say, what they keep, and who is told what when two did the same.

use super::support::firm::Firm;
use super::support::http::Gateway;
use super::support::term::Term;

/// Opens the case with these words in its subject.
fn open_case(desk: &mut Term, words: &str) {
    desk.until("Dana Holt");
    desk.keys(&format!("V\"{words}\"<enter>"));
    desk.until("Cases · 1 case");
    desk.keys("<enter>");
    desk.until_gone("Cases · 1 case");
}

#[test]
fn two_desks_without_a_link_change_one_case_and_the_second_is_told_who_was_first() {
    let mut firm = Firm::sample();
    firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
    let gateway = Gateway::new(&firm);
    gateway.opens("billing", "LT-100001", "Mast is down", "No network since noon.");
    firm.run(&["admin", "user", "set", "marek", "--queues", "billing"]);
    let folders = ["ana", "marek"].map(|login| firm.join(login));
    let [mut ana, mut marek] = folders.each_ref().map(|folder| {
        let desk = firm.desk(folder, 120, 40);
        desk.until_whole();
        desk
    });
    open_case(&mut ana, "Mast is down");
    open_case(&mut marek, "Mast is down");
    firm.kill_server();
    for desk in [&mut ana, &mut marek] {
        desk.until("lost");
    }
    // Both work on. Marek is sooner back than Ana, who works offline on purpose for a while.
    ana.keys("gf");
    ana.until("offline on purpose");
    ana.keys("Spending<enter>");
    ana.until("not sent");
    marek.keys("Ssolved<enter>");
    marek.until("not sent");
    // What needs the link says so at once.
    ana.keys("<space>");
    ana.until("Only the server can decide this");
    firm.start_server(&[]);
    marek.keys("R");
    marek.until("all sent");
    ana.keys("gf");
    ana.until("Not done: status pending");
    ana.keys("o");
    ana.until("Outbox and link");
    ana.until("Today");
    ana.until("ago: it is solved now");
    ana.keys("r");
    ana.until_screen("it to be done now", |s| s.contains("status pending on case") && s.contains("done"));
    ana.keys("<esc>");
    ana.until("all sent");
    // The record of the link says when it was lost.
    let printed = firm.command().env("CORDBOARD_DATA", &folders[0]).arg("link").output().expect("it runs");
    let record = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(record.starts_with("at,what,round_trip_ms,bytes_down,bytes_up,words\n"), "{record}");
    for what in [",opened,", ",live,", ",lost,", ",offline,", ",round-trip,", ",bytes,"] {
        assert!(record.contains(what), "{what}: {record}");
    }
}
