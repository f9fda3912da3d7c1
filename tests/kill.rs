//! Power cuts: desks and server are killed at random moments while people write. Nothing accepted is lost or doubled,
//! and nothing typed more than a second before is lost. `KILL_SEED` repeats a run's moments.

mod support;

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use cordboard::domain::command::Command;
use cordboard::rand::{Rand as _, SeededRand, SystemRand};
use cordboard::store::outbox::{DraftField, Outbox};
use serde_json::Value;

use support::firm::{Firm, Seat};
use support::http::Gateway;

const LOGINS: [&str; 4] = ["ana", "marek", "kwame", "jonas"];
const DESK_KILLS: usize = 40;
const SERVER_KILLS: usize = 40;
/// What was typed longer ago than this must be there. The desk promises one second of its own time; the rest is for a
/// busy machine that does not let it run.
const PROMISE: Duration = Duration::from_secs(5);

#[test]
fn two_hundred_power_cuts_lose_and_double_nothing() {
    let seed = std::env::var("KILL_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| SystemRand.u64());
    println!("KILL_SEED={seed}");
    let mut firm = Firm::sample();
    let gateway = Gateway::new(&firm);
    let mut desks = Vec::new();
    for (i, login) in LOGINS.into_iter().enumerate() {
        let queue = format!("q{i}");
        let set = ["--name", "Own", "--channels", "chat", "--offer-s", "120", "--sl", "80/20", "--calendar", "always"];
        firm.run(&[&["admin", "queue", "set", queue.as_str()][..], &set].concat());
        firm.run(&["admin", "user", "set", login, "--queues", &queue, "--role", "agent"]);
        let folder = firm.join(login);
        let (_, case) = gateway.opens(&queue, &format!("LT-10000{}", i + 1), "A long day", "Are you still there?");
        desks.push((firm.seat(&folder), case, seed.wrapping_add(i as u64 + 1)));
    }
    let writers: Vec<_> = desks
        .into_iter()
        .enumerate()
        .map(|(i, (seat, case, seed))| (case, thread::spawn(move || write_through(&seat, i, seed))))
        .collect();
    let rand = SeededRand::new(seed);
    for _ in 0..SERVER_KILLS {
        wait(Duration::from_millis(200 + rand.jitter(2_000)));
        firm.kill_server();
        firm.start_server(&[]);
    }
    let written: Vec<(u64, Vec<String>)> =
        writers.into_iter().map(|(case, w)| (case, w.join().expect("a writer's story holds"))).collect();
    let lines = firm.run(&["export", "--what", "cases"]);
    let records: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    for (case, words) in &written {
        let name = format!("#{case}");
        let record = records.iter().find(|r| r["ref"] == name.as_str()).expect("the case is there");
        let messages = record["messages"].as_array().cloned().unwrap_or_default();
        let notes: Vec<&str> =
            messages.iter().filter(|m| m["kind"] == "note").filter_map(|m| m["body"].as_str()).collect();
        assert_eq!(&notes, words, "case {case}: every accepted note once, in order (KILL_SEED={seed})");
    }
    assert!(firm.run(&["admin", "verify"]).contains("events make exactly"), "the ledger is clean (KILL_SEED={seed})");
    let notes: usize = written.iter().map(|(_, words)| words.len()).sum();
    println!("{} kills of desks, {SERVER_KILLS} of the server, {notes} notes", DESK_KILLS * LOGINS.len());
}

/// One agent writes notes while the desk is killed again and again; every note the desk accepted, in order.
fn write_through(seat: &Seat, who: usize, seed: u64) -> Vec<String> {
    let rand = SeededRand::new(seed);
    let mut accepted: Vec<String> = Vec::new();
    let mut draft = String::new();
    let mut count = 0;
    for round in 0..=DESK_KILLS {
        let mut desk = seat.open(100, 30);
        let top = |s: &str, words: &str| s.lines().next().is_some_and(|l| l.contains(words));
        if round == 0 {
            // Away from the start: one's own contact is taken by hand.
            desk.until_screen("the contact", |s| {
                top(s, "live") && top(s, "all sent") && s.contains("Are you still there?")
            });
            desk.keys("1");
            desk.until("▸Queue");
            // A claim needs the link, and a link just made may be busy with other things: an agent presses again.
            let taken = |s: &str| s.contains("· yours");
            for _ in 0..12 {
                desk.keys("a");
                if desk.within(std::time::Duration::from_secs(5), &taken).is_some() {
                    break;
                }
            }
            desk.until("· yours");
        }
        desk.until("A long day");
        desk.keys("n");
        desk.until("note, team only");
        if let Some(last) = draft.split(' ').next_back().filter(|w| !w.is_empty()) {
            desk.until(last);
        }
        // What is typed, when each of its keys went in, and what was given to the desk to add.
        let mut typed: Vec<(Instant, String)> = Vec::new();
        let mut text = std::mem::take(&mut draft);
        let mut given: Vec<(Instant, String)> = Vec::new();
        if round == DESK_KILLS {
            if !text.trim().is_empty() {
                desk.keys("<c-s>");
                desk.until("Only your team sees this");
                accepted.push(text.trim_end().to_owned());
            }
            desk.until_screen("everything to be sent", |s| top(s, "live") && top(s, "all sent"));
            return accepted;
        }
        let end = Instant::now() + Duration::from_millis(rand.jitter(1_800));
        while Instant::now() < end {
            count += 1;
            for key in format!("n{who}x{count} ").chars() {
                desk.keys(&key.to_string());
                text.push(key);
                typed.push((Instant::now(), text.clone()));
                wait(Duration::from_millis(4));
            }
            if rand.jitter(5) == 0 && Instant::now() < end {
                desk.keys("<c-s>");
                given.push((Instant::now(), text.trim_end().to_owned()));
                text.clear();
                typed.clear();
            }
        }
        let killed = Instant::now();
        desk.kill();
        drop(desk);
        let outbox = Outbox::open(&seat.files(), 1).expect("the outbox opens after a kill");
        let drafts = outbox.drafts().expect("it reads");
        let kept = drafts.into_iter().find(|d| d.key.field == DraftField::Note).map(|d| d.body).unwrap_or_default();
        let mut items = outbox.unanswered().expect("it reads");
        items.extend(outbox.done_beyond(0).expect("it reads"));
        let stored: BTreeSet<String> = items
            .into_iter()
            .filter_map(|i| match i.command {
                Command::AddNote { body, .. } => Some(body),
                _ => None,
            })
            .collect();
        let mut open = None;
        for (at, words) in given {
            if stored.contains(&words) {
                assert!(open.is_none(), "a later note was stored and an earlier one was not");
                accepted.push(words);
            } else {
                assert!(killed.duration_since(at) < PROMISE, "desk {who}, round {round}: {words:?} is lost");
                open.get_or_insert(words);
            }
        }
        // A note that was not stored yet is still its draft, or was typed within the second.
        let old = typed.iter().rfind(|(at, _)| killed.duration_since(*at) > PROMISE).map(|(_, t)| t.as_str());
        let old = old.unwrap_or_default();
        assert!(
            open.is_some() || (kept.starts_with(old) && text.starts_with(&kept)),
            "desk {who}, round {round}: of {text:?} {kept:?} was kept, {old:?} is promised"
        );
        draft = kept;
    }
    accepted
}

/// Lets time pass: here the moment is what is drawn by lot.
fn wait(span: Duration) {
    let end = Instant::now() + span;
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|l| !l.is_zero()) {
        thread::park_timeout(left);
    }
}
