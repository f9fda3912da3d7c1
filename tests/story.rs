//! A day in short, as people live it: a server and two desks as processes of their own, everything an agent does
//! typed as keys, customers over HTTP. Afterwards the server, both caches and an export must tell the same.

mod support;

use std::path::Path;
use std::time::Instant;

use cordboard::domain::ids::CaseId;
use cordboard::domain::row::{Entity, Row, RowKey};
use cordboard::domain::state::State;
use cordboard::domain::work::{Author, Interaction, Kind, Phase};
use cordboard::store::cache::{CacheReader, Thread};
use cordboard::store::ledger::Ledger as _;
use cordboard::store::ledger_sqlite::SqliteLedger;
use serde_json::Value;

use support::PATIENCE;
use support::firm::Firm;
use support::http::Gateway;
use support::term::Term;

const BERYL: &str = "LT-100294";
const DANA: &str = "LT-100001";
const EWAN: &str = "LT-100108";

#[test]
fn a_story_of_two_desks_and_a_server() {
    let mut firm = Firm::of_the_story();
    let gateway = Gateway::new(&firm);
    let folders = [firm.join("ana"), firm.join("marek")];
    let [mut ana, mut marek] = [&folders[0], &folders[1]].map(|f| firm.desk(f, 150, 45));
    for desk in [&ana, &marek] {
        desk.until_whole();
    }

    // A chat comes in and is offered to the desk that is Ready.
    ana.keys("<f9>");
    ana.until_screen("to be Ready", |s| top(s).contains("Ready"));
    let (contact, bill) = gateway.opens("story", BERYL, "Roaming bill after Lisbon", "Why is my bill so high?");
    ana.until_screen("the offer", |s| s.contains("Offer ·") && s.contains("Roaming bill after Lisbon"));
    ana.keys("a");
    ana.until_screen("the contact in hand", |s| s.contains("Why is my bill so high?") && s.contains("· yours"));

    // Who is it, and what was before?
    ana.keys("4");
    ana.until("▸Customer");
    ana.keys("/bill");
    ana.until_screen("what was agreed long ago", |s| s.contains("/ bill") && s.contains("Priya Nair: Agreed"));

    // An article goes into the reply, with words of one's own.
    ana.keys("<c-f>roaming zones");
    ana.until("▸ Roaming zones and what");
    ana.keys("<enter>");
    ana.until("The three zones");
    ana.keys("i");
    ana.until("▸reply to customer");
    ana.keys(" Kind regards, Ana");
    ana.until("Kind regards, Ana");
    ana.keys("<c-s>");
    ana.until_screen("the reply to be sent", |s| s.contains("The customer reads this") && top(s).contains("all sent"));

    // The customer says more; a note; on to the others.
    gateway.say(contact, "Was the 1.20 per MB me?");
    ana.until("Was the 1.20 per MB me?");
    ana.keys("<c-t>");
    ana.until("▸✎ note, team only");
    ana.keys("Checked the usage, day one<c-s>");
    ana.until_screen("the note", |s| s.contains("✎ your note") && s.contains("Only your team sees this"));
    ana.keys("<esc>");
    ana.until_gone("note, team only");
    ana.keys("<f9>");
    ana.until("Armed: it begins");
    ana.keys("t");
    ana.until("Hand Beryl Ogden on to");
    ana.keys("Care");
    ana.until_screen("one choice", |s| shows(s, &["▸ Care", "queue"]) && !shows(s, &["Race", "queue"]));
    ana.keys("<enter>");
    ana.until("What must the next one know?");
    ana.keys("Explain the cap, please<c-s>");
    ana.until_screen("to be Away", |s| top(s).contains("Away") && !s.contains("What must the next one know?"));

    // The other desk takes it, answers and wraps up.
    marek.keys("1");
    marek.until_screen("the handed on contact", |s| shows(s, &["▸", "Beryl Ogden", "Care"]));
    marek.keys("a");
    marek.until_screen("the contact in hand", |s| s.contains("Explain the cap, please") && s.contains("· yours"));
    marek.keys("r");
    marek.until("▸reply to customer");
    marek.keys("The cap stopped it at 50 pounds.<c-s>");
    let sent = |s: &str| s.contains("The cap stopped it") && s.contains("The customer reads this");
    marek.until_screen("the reply to be sent", sent);
    marek.keys("<esc>");
    marek.until_gone("The customer reads this");
    wrap_up(&mut marek, "Beryl Ogden", ("coverage", "Coverage"), ("2", "Resolved with goodwill"), "A day pass back");

    // Two take one contact at the same time: the server is held until both have asked.
    let (_, raced) = gateway.opens("race", DANA, "Two at once", "Who takes me?");
    for desk in [&mut ana, &mut marek] {
        desk.until_screen("the contact both want", |s| shows(s, &["Dana H", "Race"]));
        desk.keys("1");
        desk.until("▸Queue");
        desk.keys("G");
        desk.until_screen("it to be selected", |s| shows(s, &["▸", "Dana H", "Race"]));
    }
    firm.signal_server("STOP");
    for desk in [&mut ana, &mut marek] {
        desk.keys("a");
        desk.until_screen("the question to be on its way", |s| shows(s, &["~", "Dana H"]));
    }
    firm.signal_server("CONT");
    let won = |s: &str| s.contains("Who takes me?") && s.contains("· yours") && !s.contains("not yet confirmed");
    let lost = |s: &str| s.contains("took it");
    let first = ana.until_screen("an answer", |s| won(s) || lost(s));
    let second = marek.until_screen("an answer", |s| won(s) || lost(s));
    assert!(won(&first) != won(&second), "exactly one has it:\n{first}\n{second}");
    assert!(lost(&first) != lost(&second), "exactly one is told who has it:\n{first}\n{second}");
    let ana_won = won(&first);
    let (winner, loser) = if ana_won { (&mut ana, &mut marek) } else { (&mut marek, &mut ana) };
    let (winner_login, loser_login) = if ana_won { ("ana", "marek") } else { ("marek", "ana") };
    let told = if ana_won { "Ana Reyes took it" } else { "Marek Zieliński took it" };
    assert!(
        loser.text().contains(told) || second.contains(told) || first.contains(told),
        "it says who: {}",
        loser.text()
    );
    wrap_up(winner, "Dana H", ("coverage", "Coverage"), ("3", "Information given"), "Told both");

    // The next one is taken.
    let (next, kept) = gateway.opens("race", EWAN, "The next one", "Is anybody there?");
    loser.until_screen("someone to wait", |s| top(s).contains("waiting 1"));
    loser.keys("<space>");
    loser.until_screen("the next contact", |s| s.contains("Is anybody there?") && s.contains("· yours"));

    // The same from the server, as an export, from both caches.
    let cases = [bill, raced, kept];
    let exported = export(&firm, &cases);
    let caches = || folders.iter().map(|f| cached(f, &cases)).collect::<Vec<_>>();
    let end = Instant::now() + PATIENCE;
    let seen = support::until("both caches to hold what the server holds, or time to be up", || {
        let seen = caches();
        let same = seen.iter().all(|held| held.iter().map(|h| &h.facts).eq(&exported));
        (same || Instant::now() + std::time::Duration::from_secs(30) > end).then_some(seen)
    });
    for (held, whose) in seen.iter().zip(["Ana's cache", "Marek's cache"]) {
        let facts: Vec<_> = held.iter().map(|h| h.facts.clone()).collect();
        assert_eq!(facts, exported, "{whose} and the export");
    }
    let [bill, raced, kept] = &exported[..] else { panic!("three cases") };
    let said: Vec<_> = bill.said.iter().map(|s| (s.0.as_str(), s.1.as_str())).collect();
    let (ours, note) = (|who| (who, "message"), |who| (who, "note"));
    let wanted =
        [ours("customer"), ours("ana"), ours("customer"), note("ana"), note("ana"), ours("marek"), note("marek")];
    assert_eq!(said, wanted);
    assert!(bill.said[1].2.starts_with("The three zones") && bill.said[1].2.ends_with("Kind regards, Ana"));
    let words: Vec<_> = bill.said.iter().map(|s| s.2.as_str()).collect();
    assert_eq!(words[3], "Checked the usage, day one");
    // What is handed on goes along with the facts.
    assert!(words[4].starts_with("Situation: Roaming bill") && words[4].ends_with("Asked: Explain the cap, please"));
    assert_eq!(words[5..], ["The cap stopped it at 50 pounds.", "A day pass back"]);
    assert_eq!((bill.queue.as_str(), bill.status.as_str(), bill.owner.as_deref()), ("care", "solved", Some("marek")));
    let code = |agent: &str, outcome: &str, note: &str| {
        (agent.to_owned(), "info/coverage".to_owned(), outcome.to_owned(), note.to_owned())
    };
    assert_eq!(bill.wrapped.last(), Some(&code("marek", "goodwill", "A day pass back")));
    assert_eq!((bill.wrapped.len(), bill.wrapped[0].0.as_str()), (2, "ana"));
    assert_eq!(raced.wrapped, [code(winner_login, "info", "Told both")]);
    assert_eq!((raced.status.as_str(), raced.owner.as_deref()), ("solved", Some(winner_login)));
    assert_eq!((kept.status.as_str(), kept.owner.as_deref()), ("open", Some(loser_login)));
    assert!(kept.wrapped.is_empty());

    assert!(firm.run(&["admin", "verify"]).contains("events make exactly"), "the ledger is clean while at work");
    firm.kill_server();
    assert!(firm.run(&["admin", "verify"]).contains("events make exactly"), "and after a power cut");
    let mut ledger = SqliteLedger::open(&firm.data().join("ledger.db"), 1).expect("the ledger opens");
    let truth = ledger.hot().expect("it reads");
    for (held, whose) in seen.iter().zip(["Ana's cache", "Marek's cache"]) {
        for h in held {
            let id = h.thread.case.id;
            let case = ledger.rows(&[RowKey { entity: Entity::Case, id: id.0 }]).expect("it reads");
            assert_eq!(case, [Row::from(h.thread.case.clone())], "{whose}");
            let messages: Vec<Row> = h.thread.messages.iter().cloned().map(Row::from).collect();
            assert_eq!(ledger.children(Entity::Message, id.0).expect("it reads"), messages, "{whose}");
            let wrap_ups: Vec<Row> = h.thread.wrap_ups.iter().cloned().map(Row::from).collect();
            assert_eq!(ledger.children(Entity::WrapUp, id.0).expect("it reads"), wrap_ups, "{whose}");
            assert_eq!(truth.interactions().find(|i| i.case == id), h.contact.as_ref(), "{whose}");
        }
        let contact = held[2].contact.as_ref().expect("the last one is in hand");
        assert_eq!((contact.id.0, contact.phase), (next, Phase::Connected), "{whose}");
    }
}

/// The status line.
fn top(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// Whether one line of the screen holds all of these.
fn shows(screen: &str, parts: &[&str]) -> bool {
    screen.lines().any(|line| parts.iter().all(|part| line.contains(part)))
}

/// Ends the chat and wraps it up: the reason by its words, the outcome by its digit.
fn wrap_up(desk: &mut Term, name: &str, reason: (&str, &str), outcome: (&str, &str), note: &str) {
    desk.keys("w");
    desk.until(&format!("End the chat with {name}"));
    desk.keys("w");
    desk.until("▸reason");
    desk.keys(reason.0);
    desk.until_screen("the reason", |s| s.lines().any(|l| l.contains("▸ 1") && l.contains(reason.1)));
    desk.keys("<enter>");
    desk.until("▸outcome");
    desk.until_screen("the outcomes", |s| s.contains(&format!("{} {}", outcome.0, outcome.1)));
    desk.keys(outcome.0);
    desk.until_screen("the outcome", |s| s.lines().any(|l| l.contains(&format!("outcome     {}", outcome.1))));
    // With nothing missing, letters go to the note.
    desk.keys(note);
    desk.until(note);
    desk.keys("<c-s>");
    desk.until_screen("the wrap-up to be done", |s| !s.contains("Wrap-up 0:") && top(s).contains("all sent"));
}

/// What was said and done on a case, in words of no particular source.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    subject: String,
    queue: String,
    status: String,
    owner: Option<String>,
    /// Who, message or note, words.
    said: Vec<(String, String, String)>,
    /// Agent, reason, outcome, note.
    wrapped: Vec<(String, String, String, String)>,
}

/// A case as a cache holds it.
struct Held {
    thread: Thread,
    contact: Option<Interaction>,
    facts: Facts,
}

fn cached(folder: &Path, cases: &[u64]) -> Vec<Held> {
    let mut cache = CacheReader::open(&folder.join("desk/cache.db")).expect("the cache opens");
    let state = cache.hot().expect("it reads");
    let held = cases.iter().filter_map(|id| {
        let thread = cache.thread(CaseId(*id)).expect("it reads")?;
        let contact = state.interactions().find(|i| i.case.0 == *id).cloned();
        let facts = facts(&state, &thread);
        Some(Held { thread, contact, facts })
    });
    held.collect()
}

fn facts(state: &State, thread: &Thread) -> Facts {
    let agent = |id| state.agent(id).map(|a| a.login.clone()).unwrap_or_default();
    let said = thread.messages.iter().map(|m| {
        let who = match m.author {
            Author::Customer => "customer".to_owned(),
            Author::Agent(id) => agent(id),
            Author::System => "system".to_owned(),
        };
        let kind = if m.kind == Kind::Note { "note" } else { "message" };
        (who, kind.to_owned(), m.body.clone())
    });
    let wrapped = thread.wrap_ups.iter().map(|w| {
        let reason = w.reason.and_then(|id| state.reason(id)).map(|r| r.path.clone()).unwrap_or_default();
        let outcome = w.outcome.and_then(|id| state.outcome(id)).map(|o| o.key.clone()).unwrap_or_default();
        let note = thread.messages.iter().find(|m| Some(m.id) == w.note).map(|m| m.body.clone()).unwrap_or_default();
        (agent(w.agent), reason, outcome, note)
    });
    Facts {
        subject: thread.case.subject.clone(),
        queue: state.queue(thread.case.queue).map(|q| q.key.clone()).unwrap_or_default(),
        status: thread.case.status.word().to_owned(),
        owner: thread.case.assignee.map(agent),
        said: said.collect(),
        wrapped: wrapped.collect(),
    }
}

fn export(firm: &Firm, cases: &[u64]) -> Vec<Facts> {
    let lines = firm.run(&["export", "--what", "cases"]);
    let records: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let one = |id: &u64| {
        let name = format!("#{id}");
        let found: Vec<_> = records.iter().filter(|r| r["ref"] == name.as_str()).collect();
        let [r] = found[..] else { panic!("case {id} is there {} times", found.len()) };
        let messages = list(&r["messages"]);
        let said = messages.iter().map(|m| {
            let who = if m["from"] == "agent" { text(&m["author"]) } else { text(&m["from"]) };
            (who, text(&m["kind"]), text(&m["body"]))
        });
        let wrapped = list(&r["wrap_ups"]).into_iter().map(|w| {
            let note = w["note"].as_u64().and_then(|n| messages.get(n as usize)).map(|m| text(&m["body"]));
            (text(&w["agent"]), text(&w["reason"]), text(&w["outcome"]), note.unwrap_or_default())
        });
        Facts {
            subject: text(&r["subject"]),
            queue: text(&r["queue"]),
            status: text(&r["status"]),
            owner: r["assignee"].as_str().map(str::to_owned),
            said: said.collect(),
            wrapped: wrapped.collect(),
        }
    };
    cases.iter().map(one).collect()
}
