//! After the day: what the outboxes say was done against what the server's books say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cordboard::domain::command::{Actor, Command};
use cordboard::domain::event::Event;
use cordboard::domain::ids::AgentId;
use cordboard::store::ledger::Ledger as _;
use cordboard::store::ledger_sqlite::SqliteLedger;
use cordboard::store::outbox::{Item, State};
use serde_json::Value;

use super::support::firm::Firm;
use super::words::binds;

/// What an agent's desk is left with.
pub struct Day {
    pub login: &'static str,
    /// Words that were typed and kept.
    pub kept: usize,
    /// The longest the machine held the desk up over a word.
    pub held: Duration,
    /// Every command in the outbox, in the order it was given; all of them done.
    pub items: Vec<Item>,
}

/// What a case holds of one agent, in order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Part {
    /// Replies and notes: `message` or `note`, and the words.
    said: Vec<(String, String)>,
    /// How often it was handed on.
    handed: usize,
    /// Wrap-ups: their notes.
    wrapped: Vec<String>,
}

type Parts = BTreeMap<(u64, String), Part>;

/// Every accepted command is in the export exactly once and in order, and nothing else is. How many of each kind.
pub fn balance(firm: &Firm, days: &[Day], came: &BTreeMap<u64, u64>) -> BTreeMap<&'static str, usize> {
    let mut sums = BTreeMap::new();
    let mut wanted = Parts::new();
    let mut last = BTreeMap::new();
    for day in days {
        sums.entry("words").and_modify(|n| *n += day.kept).or_insert(day.kept);
        for item in &day.items {
            let State::Done { seq } = item.state else {
                assert!(!binds(&item.command), "{}: {item:?} was never done", day.login);
                continue;
            };
            let before = last.insert(day.login, seq).unwrap_or(0);
            assert!(seq > before || !binds(&item.command), "{}: {item:?} was done out of order", day.login);
            let case_of = |interaction: &u64| *came.get(interaction).expect("an interaction of this day");
            let said = |kind: &str, words: &str| (kind.to_owned(), words.to_owned());
            let case = match &item.command {
                Command::Transfer { interaction, .. } => Some(case_of(&interaction.0)),
                command => command.case().map(|case| case.0),
            };
            let mut unused = Part::default();
            let part = match case {
                Some(case) => wanted.entry((case, day.login.to_owned())).or_default(),
                None => &mut unused,
            };
            let kind = match &item.command {
                Command::SendReply { body, .. } => {
                    part.said.push(said("message", body));
                    "replies"
                }
                Command::AddNote { body, .. } => {
                    part.said.push(said("note", body));
                    "notes"
                }
                Command::Transfer { note, .. } => {
                    part.said.push(said("note", note));
                    part.handed += 1;
                    "transfers"
                }
                Command::WrapUp { note, .. } => {
                    part.said.push(said("note", note));
                    part.wrapped.push(note.clone());
                    "wrap-ups"
                }
                Command::AcceptOffer { .. } => "offers taken",
                Command::Pull { .. } => "pulls",
                _ => continue,
            };
            *sums.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(exported(firm, came), wanted, "every accepted command is done once, in order, and nothing else is");
    sums
}

fn exported(firm: &Firm, came: &BTreeMap<u64, u64>) -> Parts {
    let lines = firm.run(&["export", "--what", "cases"]);
    let records: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let of_day: Vec<&Value> =
        records.iter().filter(|r| r["type"] == "case" && text(&r["subject"]).starts_with("Day ")).collect();
    let subjects: BTreeSet<String> = of_day.iter().map(|r| text(&r["subject"])).collect();
    assert_eq!((of_day.len(), subjects.len()), (came.len(), came.len()), "every customer is there once");
    let mut found = Parts::new();
    for record in of_day {
        let case: u64 = text(&record["ref"]).trim_start_matches('#').parse().expect("a case's number");
        let messages = list(&record["messages"]);
        for message in messages.iter().filter(|m| m["from"] == "agent") {
            let part = found.entry((case, text(&message["author"]))).or_default();
            part.said.push((text(&message["kind"]), text(&message["body"])));
        }
        for wrap_up in list(&record["wrap_ups"]) {
            let part = found.entry((case, text(&wrap_up["agent"]))).or_default();
            if wrap_up["reason"].is_null() {
                part.handed += 1;
                continue;
            }
            assert_eq!(
                (text(&wrap_up["reason"]).as_str(), text(&wrap_up["outcome"]).as_str()),
                ("info/coverage", "info")
            );
            let note = wrap_up["note"].as_u64().and_then(|n| messages.get(n as usize)).map(|m| text(&m["body"]));
            part.wrapped.push(note.expect("its note"));
        }
    }
    found
}

/// Every claim that was granted took one contact, and no contact was taken otherwise.
pub fn claims(firm: &Firm, days: &[Day]) {
    let mut ledger = SqliteLedger::open(&firm.data().join("ledger.db"), 1).expect("the ledger opens");
    let logins: BTreeMap<AgentId, String> =
        ledger.hot().expect("it reads").agents().map(|a| (a.id, a.login.clone())).collect();
    let mut reader = ledger.reader().expect("a reader");
    let (mut taken, mut after): (BTreeMap<String, Vec<u64>>, _) = Default::default();
    loop {
        let events = reader.events(after, 1_000).expect("it reads");
        let Some(newest) = events.last() else { break };
        after = newest.seq;
        for entered in &events {
            if let Event::OfferAccepted { interaction, by, .. } = entered.event {
                assert_eq!(entered.actor, Actor::Agent(by), "only agents take contacts");
                taken.entry(logins[&by].clone()).or_default().push(interaction.0);
            }
        }
    }
    for day in days {
        let granted: Vec<Option<u64>> = day
            .items
            .iter()
            .filter(|item| matches!(item.state, State::Done { .. }))
            .filter_map(|item| match item.command {
                Command::AcceptOffer { interaction, .. } => Some(Some(interaction.0)),
                Command::Pull { interaction } => Some(interaction.map(|i| i.0)),
                _ => None,
            })
            .collect();
        let taken = taken.remove(day.login).unwrap_or_default();
        let fits = granted.len() == taken.len() && granted.iter().zip(&taken).all(|(g, t)| g.is_none_or(|g| g == *t));
        assert!(fits, "{}: granted {granted:?}, taken {taken:?}", day.login);
    }
}
