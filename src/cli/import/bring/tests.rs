//! Batches, broken rows, runs that stop half-way, and the way out and in again.

use super::*;
use crate::cli::books::memory::Memory;
use crate::cli::exchange::cases::{self, Wanted};
use crate::cli::exchange::write::{Selection, records};
use crate::cli::exchange::{customers, setup};
use crate::domain::command::CustomerHint;
use crate::domain::ids::QueueId;
use crate::domain::row::{Entity, Row};
use crate::domain::time::At;
use crate::domain::work::{Channel, Interaction, Phase, Priority};
use crate::domain::wrap_up::card::Card;

/// Remembers what it heard.
#[derive(Default)]
struct Heard {
    rejected: Vec<String>,
    committed: Vec<(u64, u64)>,
}

impl Watch for Heard {
    fn rejected(&mut self, place: &Place, why: &str) -> anyhow::Result<()> {
        self.rejected.push(format!("{place}: {why}"));
        Ok(())
    }

    fn warned(&mut self, _: &Place, _: &str) {}

    fn committed(&mut self, tally: Tally, end: u64) -> anyhow::Result<()> {
        self.committed.push((tally.read, end));
        Ok(())
    }
}

fn firm() -> Vec<Item> {
    let records = setup::read(include_str!("../../../../assets/sample/desk.toml")).expect("it reads");
    let item = |(n, record)| Item::whole(Place::Line(n as u64 + 1), n as u64, record);
    records.into_iter().enumerate().map(item).collect()
}

fn sample_customers() -> Vec<Item> {
    let text = include_bytes!("../../../../assets/sample/customers.csv");
    let (items, warnings) = customers::read(std::io::Cursor::new(text.to_vec()), None).expect("a header");
    assert_eq!(warnings, Vec::<String>::new());
    items.collect()
}

fn lines(text: &str, wanted: Wanted) -> Vec<Item> {
    cases::read(std::io::Cursor::new(text.as_bytes().to_vec()), wanted).collect()
}

fn bring_all(memory: &mut Memory, items: Vec<Item>) -> (Tally, Heard) {
    let mut heard = Heard::default();
    let tally = bring(memory, items.into_iter(), 0, &mut heard).expect("memory never fails");
    (tally, heard)
}

fn export(memory: &mut Memory) -> String {
    let mut text = String::new();
    records(memory, &Selection::default(), &mut |record| {
        text.push_str(&serde_json::to_string(record)?);
        text.push('\n');
        Ok(())
    })
    .expect("memory never fails");
    text
}

/// A desk with the sample's configuration, customers and first hundred cases.
fn desk() -> Memory {
    let mut memory = Memory::default();
    let (tally, heard) = bring_all(&mut memory, firm());
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(tally.configured, tally.read);
    let (_, heard) = bring_all(&mut memory, sample_customers());
    assert_eq!(heard.rejected, Vec::<String>::new());
    let text = include_str!("../../../../assets/sample/cases.jsonl");
    let some: String = text.lines().take(100).map(|l| format!("{l}\n")).collect();
    let (tally, heard) = bring_all(&mut memory, lines(&some, Wanted::Cases));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!((tally.made, tally.same), (100, 0));
    memory
}

#[test]
fn the_sample_goes_in_and_a_second_time_nothing_changes() {
    let mut memory = desk();
    let (tally, heard) = bring_all(&mut memory, firm());
    assert_eq!((tally.configured, tally.same), (0, tally.read), "{:?}", heard.rejected);
    let (tally, _) = bring_all(&mut memory, sample_customers());
    assert_eq!((tally.made, tally.same), (0, 300));
}

#[test]
fn what_goes_out_comes_in_the_same() {
    let mut memory = desk();
    let first = export(&mut memory);
    assert!(first.lines().count() > 450);
    let mut other = Memory::default();
    let (tally, heard) = bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(tally.made + tally.configured, tally.read);
    assert_eq!(export(&mut other), first);
    let (tally, _) = bring_all(&mut memory, lines(&first, Wanted::Everything));
    assert_eq!(
        (tally.made + tally.configured, tally.same),
        (0, tally.read),
        "into the desk it came from, it changes nothing"
    );
}

#[test]
fn wrap_ups_promises_and_cases_without_a_reference_come_along() {
    let mut memory = desk();
    let line = r##"{"ref":"#77","customer":"LT-100001","queue":"billing","channel":"voice","subject":"Live","status":"open","created":"2025-01-01T00:00:00Z","updated":"2025-01-02T00:00:00Z","snoozed_until":"2025-03-01T00:00:00Z","escalated":"wants a lead","messages":[{"at":"2025-01-01T00:00:00Z","from":"customer","kind":"message","body":"Hi","channel":"chat"},{"at":"2025-01-01T00:01:00Z","from":"agent","author":"ana","kind":"note","body":"Seen"}],"wrap_ups":[{"at":"2025-01-01T00:02:00Z","agent":"ana","channel":"voice","reason":"billing/roaming","outcome":"resolved","note":1,"talk_ms":5000,"late":true}],"promises":[{"owner":"ana","kind":"callback","what":"Ring back","due":"2025-01-03T00:00:00Z","done":"2025-01-02T00:00:00Z"}]}"##;
    let (tally, heard) = bring_all(&mut memory, lines(line, Wanted::Cases));
    assert_eq!(tally.made, 1, "{:?}", heard.rejected);
    let first = export(&mut memory);
    assert!(first.contains("\"wrap_ups\":[{\"at\":\"2025-01-01T00:02:00.000Z\",\"agent\":\"ana\""), "{first}");
    let mut other = Memory::default();
    bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(export(&mut other), first);
}

/// A gateway's customer whom nobody knows.
fn stranger(subject: &str) -> Command {
    let hint = CustomerHint {
        phone: Some("+442079460999".into()),
        proof: crate::domain::proof::Proof::Address,
        ..CustomerHint::default()
    };
    Command::OpenInteraction {
        channel: Channel::Chat,
        queue: QueueId(1),
        hint,
        customer: None,
        case: None,
        menu: vec!["Bills".into()],
        priority: Priority::High,
        language: "de".into(),
        subject: subject.into(),
        body: Some("Hallo?".into()),
        came: None,
        callback: Default::default(),
        files: Vec::new(),
        maybe: Vec::new(),
        letter: None,
    }
}

#[test]
fn what_is_open_comes_along_and_waits_as_long_as_it_did() {
    let mut memory = desk();
    let ana = memory.state.agents().find(|a| a.login == "ana").expect("ana").id;
    let open = |memory: &Memory| memory.state.interactions().cloned().collect::<Vec<_>>();
    for subject in ["waits", "in hand", "over"] {
        memory.submit(vec![stranger(subject)]).expect("opens");
    }
    let [_, hand, over] = &open(&memory)[..] else { panic!("three are open") };
    let (hand, over) = (hand.clone(), over.clone());
    // What whoever handed it on wants read first goes along, and that it was read.
    let note = memory.state.messages_of(over.case).next().expect("their words").id;
    let card = Some(Card { by: ana, at: At(8), note, read: Some((ana, At(9))) });
    memory.state.put(Interaction { phase: Phase::Connected, owner: Some(ana), accepted: Some(At(9)), ..hand });
    memory.state.put(Interaction {
        phase: Phase::WrapUp { since: At(20), more: 1, over: true },
        holds: 2,
        hold_ms: 7,
        card,
        owner: Some(ana),
        accepted: Some(At(9)),
        customer_gone: true,
        ..over
    });
    let first = export(&mut memory);
    assert_eq!(first.matches("{\"type\":\"interaction\",\"case\":\"#").count(), 3, "{first}");
    assert_eq!(first.matches("\"phase\":\"waiting\"").count(), 2);
    let mut other = Memory::default();
    let (tally, heard) = bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(tally.made + tally.configured, tally.read);
    assert_eq!(export(&mut other), first, "byte for byte");
    let came: Vec<_> = open(&other).into_iter().map(|i| (i.phase, i.owner, i.subject)).collect();
    assert_eq!(came[0], (Phase::Queued, None, "waits".to_owned()));
    assert_eq!(came[1], (Phase::Queued, None, "in hand".to_owned()), "no conversation outlives a move");
    assert_eq!((came[2].0, came[2].1.is_some()), (Phase::WrapUp { since: At(20), more: 1, over: true }, true));
    let brought = open(&other).remove(2);
    let words = brought.card.and_then(|c| other.state.message(c.note)).map(|m| (m.case, m.body.as_str()));
    assert_eq!(words, Some((brought.case, "Hallo?")), "the card names the same words");
    assert_eq!((brought.holds, brought.card.and_then(|c| c.read).map(|(_, at)| at)), (2, Some(At(9))));
    // A second time, there and where it came from, nothing changes; the customer made here is known again.
    for memory in [&mut other, &mut memory] {
        let (tally, heard) = bring_all(memory, lines(&first, Wanted::Everything));
        assert_eq!((tally.made + tally.configured, tally.same), (0, tally.read), "{:?}", heard.rejected);
    }
    // What cannot be opened says why.
    let line = first.lines().rfind(|l| l.contains("\"type\":\"interaction\"")).expect("one");
    let broken = [line.replace("\"case\":\"#", "\"case\":\"#9"), line.replace("\"agent\":\"ana\",", "")].join("\n");
    let (_, heard) = bring_all(&mut Memory::default(), lines(&broken, Wanted::Cases));
    assert!(heard.rejected[0].contains("there is no case #9"), "{:?}", heard.rejected);
}

#[test]
fn rows_that_name_what_is_not_there_are_left_out_and_say_so() {
    let mut memory = desk();
    let line = |queue: &str, customer: &str, reference: &str| {
        format!(
            "{{\"ref\":\"{reference}\",\"customer\":\"{customer}\",\"queue\":\"{queue}\",\"channel\":\"email\",\"subject\":\"S\",\"status\":\"open\",\"created\":\"2025-01-01T00:00:00Z\",\"updated\":\"2025-01-01T00:00:00Z\",\"messages\":[{{\"at\":\"2025-01-01T00:00:00Z\",\"from\":\"customer\",\"kind\":\"message\",\"body\":\"{reference}\"}}]}}\n"
        )
    };
    let text = [
        line("biling", "LT-100001", "A"),
        line("billing", "LT-9", "B"),
        line("billing", "LT-100001", "C"),
        line("billing", "LT-100001", "D").replace("\"body\":\"D\"", "\"body\":\" \""),
    ];
    let (tally, heard) = bring_all(&mut memory, lines(&text.concat(), Wanted::Cases));
    assert_eq!((tally.made, tally.rejected), (1, 3));
    assert_eq!(
        heard.rejected,
        [
            "line 1: there is no queue biling; did you mean billing?",
            "line 2: there is no customer LT-9",
            "line 4: Message: it is empty; write something first.",
        ]
    );
}

#[test]
fn a_run_that_stops_goes_on_where_it_stopped() {
    let mut text = String::from("ref,name\n");
    for n in 0..1_700 {
        text.push_str(&format!("C{n},Name {n}\n"));
    }
    let items = || customers::read(std::io::Cursor::new(text.clone().into_bytes()), None).expect("a header").0;
    let mut memory = Memory { fail_at: Some(2), ..Memory::default() };
    let mut heard = Heard::default();
    assert!(bring(&mut memory, items(), 0, &mut heard).is_err());
    assert_eq!(heard.committed.last().map(|c| c.0), Some(1_000));
    assert_eq!(memory.state.entity(Entity::Customer).count(), 1_000, "nothing of the failed batch is there");
    let mut again = Heard::default();
    let tally = bring(&mut memory, items(), 1_000, &mut again).expect("goes on");
    assert_eq!((tally.read, tally.made), (1_700, 700));
    assert_eq!(again.committed.last().map(|c| c.1), Some(text.len() as u64));
    assert_eq!(memory.state.entity(Entity::Customer).count(), 1_700);
    assert!(memory.groups.iter().all(|n| *n <= BATCH));
}

#[test]
fn ties_labels_checklists_and_views_come_along() {
    let mut memory = desk();
    let more = r#"{"type":"label","key":"parts","name":"Waits for parts","status":"pending"}
{"type":"checklist","key":"verify","name":"Verify","items":[{"text":"Ask for the date of birth","must":true}],"queues":["billing"],"reasons":["billing/roaming"],"at_wrap_up":"refuse"}
{"type":"view","name":"Rush","text":"label:parts"}
{"type":"view","name":"Rush","text":"mine label:parts","owner":"ana"}
{"type":"case","ref":"A","queue":"billing","channel":"email","subject":"Goes on","status":"pending","label":"parts","created":"2025-01-01T00:00:00Z","updated":"2025-01-02T00:00:00Z","checks":[{"text":"Ask for the date of birth","done_by":"ana","done":"2025-01-01T10:00:00Z"},{"text":"Ring back","by":"ana"}]}
{"type":"case","ref":"B","queue":"billing","channel":"email","subject":"Is merged","status":"closed","created":"2025-01-01T00:00:00Z","updated":"2025-01-02T00:00:00Z"}
{"type":"case","ref":"C","queue":"billing","channel":"email","subject":"Is caused","status":"open","created":"2025-01-01T00:00:00Z","updated":"2025-01-02T00:00:00Z"}
{"type":"ties","case":"A","holds":["B"],"links":[{"case":"C","kind":"incident"}]}
{"type":"ties","case":"B","merged":{"into":"A","by":"ana","reason":"the same","at":"2025-01-02T00:00:00Z","status":"pending","label":"parts"}}
{"type":"ties","case":"C","split_from":"A","links":[{"case":"A","kind":"problem"}]}
"#;
    let (tally, heard) = bring_all(&mut memory, lines(more, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(tally.made + tally.configured, 10);
    let first = export(&mut memory);
    assert_eq!(first.matches("\"type\":\"ties\"").count(), 3);
    let mut other = Memory::default();
    let (_, heard) = bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(export(&mut other), first);
    let by =
        |memory: &Memory, subject: &str| memory.state.cases().find(|c| c.subject == subject).cloned().expect("there");
    let (on, merged) = (by(&other, "Goes on"), by(&other, "Is merged"));
    assert_eq!(other.state.root(merged.id), on.id, "what the customer says to the one is heard in the other");
    assert_eq!(merged.ties.merged.as_ref().and_then(|m| m.label), on.label);
    let (tally, _) = bring_all(&mut memory, lines(&first, Wanted::Everything));
    assert_eq!((tally.made + tally.configured, tally.same), (0, tally.read), "into its own desk it changes nothing");
    let wrong = "{\"type\":\"ties\",\"case\":\"A\",\"links\":[{\"case\":\"Z\",\"kind\":\"related\"}]}\n";
    let (_, heard) = bring_all(&mut other, lines(wrong, Wanted::Everything));
    assert!(heard.rejected[0].contains("there is no case Z"), "{:?}", heard.rejected);
}

#[test]
fn names_of_files_and_who_writes_to_each_other_come_along() {
    let mut memory = desk();
    let more = r#"{"type":"case","ref":"A","queue":"billing","channel":"email","subject":"Roof","status":"open","created":"2025-01-01T00:00:00Z","updated":"2025-01-02T00:00:00Z","messages":[{"at":"2025-01-01T00:00:00Z","from":"customer","kind":"message","body":"","files":[{"name":"roof.jpg","size":812,"kind":"image/jpeg"}]},{"at":"2025-01-02T00:00:00Z","from":"agent","author":"ana","kind":"message","body":"We come.","went":{"to":[{"name":"","address":"l•••@x.test"}],"cc":[],"bcc":[]}}]}
{"type":"correspondence","case":"A","ours":"support@y.test","to":[{"name":"Luis","address":"luis@x.test"}],"cc":[{"name":"","address":"zoe@x.test"}]}
"#;
    let (tally, heard) = bring_all(&mut memory, lines(more, Wanted::Everything));
    assert_eq!((heard.rejected, tally.made), (Vec::<String>::new(), 2));
    let first = export(&mut memory);
    for line in [
        r#""name":"roof.jpg","size":812,"kind":"image/jpeg""#,
        r#""address":"l•••@x.test""#,
        r#""ours":"support@y.test""#,
    ] {
        assert!(first.contains(line), "what is written is what was read: {line}");
    }
    let mut other = Memory::default();
    let (_, heard) = bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(export(&mut other), first);
    let (tally, _) = bring_all(&mut memory, lines(&first, Wanted::Everything));
    assert_eq!((tally.made + tally.configured, tally.same), (0, tally.read), "into its own desk it changes nothing");
    let case = other.state.cases().find(|c| c.subject == "Roof").map(|c| c.id).expect("there");
    let known = other.state.correspondents(case).expect("known");
    assert_eq!(known.recipients().cc[0].address, "zoe@x.test");
    // Nobody's words become a path or another line, and no address of ours writes to itself.
    let wrong = more.replace("\"A\"", "\"B\"");
    for (right, wrong_one, because) in [
        ("roof.jpg", "../roof.jpg", "roof.jpg"),
        ("l•••@x.test", "l•••\\u001b[31m", "no line of text"),
        ("\"luis@x.test\"", "\"support@y.test\"", "no e-mail address of theirs"),
    ] {
        let (_, heard) = bring_all(&mut other, lines(&wrong.replace(right, wrong_one), Wanted::Everything));
        assert!(heard.rejected[0].contains(because), "{:?}", heard.rejected);
    }
}

#[test]
fn customers_who_are_one_come_along_as_such() {
    let mut memory = desk();
    let more = r#"{"type":"merged","customer":"LT-100001","into":"LT-100002","by":"ana","at":"2025-01-02T00:00:00Z","reason":"the same voice"}
{"type":"merged","customer":"LT-100002","into":"LT-100003","by":"ana","at":"2025-01-03T00:00:00Z","reason":"and again"}
"#;
    let (tally, heard) = bring_all(&mut memory, lines(more, Wanted::Everything));
    assert_eq!((heard.rejected, tally.made), (Vec::<String>::new(), 2));
    let id = |memory: &Memory, reference: &str| {
        let mut all = memory.state.entity(Entity::Customer);
        let found = all.find_map(|r| match r {
            Row::Customer(c) if c.reference == reference => Some(c.id),
            _ => None,
        });
        found.expect("there")
    };
    assert_eq!(memory.state.customer_root(id(&memory, "LT-100001")), id(&memory, "LT-100003"));
    let first = export(&mut memory);
    for line in [r#""customer":"LT-100001","into":"LT-100002","by":"ana""#, r#""reason":"and again""#] {
        assert!(first.contains(line), "what is written is what was read");
    }
    let mut other = Memory::default();
    let (_, heard) = bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(export(&mut other), first);
    let (tally, _) = bring_all(&mut memory, lines(&first, Wanted::Everything));
    assert_eq!((tally.made + tally.configured, tally.same), (0, tally.read), "into its own desk it changes nothing");
    // Neither a ring nor somebody who is not there.
    let ring = more.lines().next().expect("a line").replace("LT-100001", "LT-100009").replace("LT-100002", "LT-100001");
    let ring = ring.replace("LT-100009", "LT-100003");
    let (_, heard) = bring_all(&mut other, lines(&format!("{ring}\n"), Wanted::Everything));
    assert!(heard.rejected[0].contains("itself"), "{:?}", heard.rejected);
    let (_, heard) = bring_all(&mut other, lines(&more.replace("LT-100003", "LT-0"), Wanted::Everything));
    assert!(heard.rejected[0].contains("there is no customer LT-0"), "{:?}", heard.rejected);
}

#[test]
fn snippets_and_macros_come_along() {
    let mut memory = desk();
    let more = r#"{"type":"snippet","key":"hi","title":"Greeting","locale":"en","text":"Hello {first-name}"}
{"type":"snippet","key":"hi","title":"Saludo","locale":"es","text":"Hola, {first-name}"}
{"type":"snippet","key":"hi","title":"Mine","owner":"ana","text":"Hey {what?}"}
{"type":"macro","key":"hi","title":"Refund","text":"reply ;hi\ntag refund"}
"#;
    let (tally, heard) = bring_all(&mut memory, lines(more, Wanted::Everything));
    assert_eq!((heard.rejected, tally.configured), (Vec::<String>::new(), 4));
    let first = export(&mut memory);
    assert!(more.lines().all(|line| first.contains(line)), "what is written is what was read: {first}");
    let mut other = Memory::default();
    let (_, heard) = bring_all(&mut other, lines(&first, Wanted::Everything));
    assert_eq!(heard.rejected, Vec::<String>::new());
    assert_eq!(export(&mut other), first);
    let (tally, _) = bring_all(&mut memory, lines(&first, Wanted::Everything));
    assert_eq!((tally.made + tally.configured, tally.same), (0, tally.read), "into its own desk it changes nothing");
    let (_, heard) = bring_all(&mut memory, lines(&more.replace("{first-name}", "{firstname}"), Wanted::Everything));
    assert!(heard.rejected[0].contains("line 1: there is no {firstname}"), "{:?}", heard.rejected);
}
