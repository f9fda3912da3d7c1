//! Small invented exports in the shapes of the API.

use super::*;

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

fn known() -> Known {
    Known {
        queues: HashSet::from(["billing".to_owned()]),
        agents: HashMap::from([("ana reyes".to_owned(), "ana".to_owned())]),
        queue: "imported".into(),
        country: None,
        now: At(0),
    }
}

const USERS: &str = r#"{"users":[
 {"id":1,"name":"Dana Holt","email":"dana@example.org","phone":"+44 7700 900123","role":"end-user","locale":"en-GB","iana_time_zone":"Europe/London","organization_id":9,"tags":["vip"],"created_at":"2024-01-01T00:00:00Z"},
 {"id":2,"name":"Ana Reyes","email":"ana@example.org","role":"agent"},
 {"id":3,"name":"Old Hand","email":"old@example.org","role":"admin"},
 {"id":4,"name":"","email":null,"role":"end-user"}],"next_page":null}"#;

const TICKETS: &str = r#"{"count":4,"tickets":[
 {"id":10,"subject":"Bill too high","description":"Why?","status":"hold","priority":"urgent","requester_id":1,"assignee_id":2,"group_id":5,"tags":["Bill Shock"],"created_at":"2024-02-01T10:00:00Z","updated_at":"2024-02-03T10:00:00Z","via":{"channel":"web"}},
 {"id":11,"subject":null,"description":"Hello from mail\nmore","status":"new","requester_id":77,"created_at":"2024-02-01T10:00:00Z","via":{"channel":"email","source":{"from":{"name":"Kim New","address":"kim@example.net"}}}},
 {"id":12,"subject":"Gone","status":"deleted","requester_id":1},
 {"id":10,"subject":"Twice","status":"open","requester_id":1}]}"#;

const COMMENTS: &str = r#"{"comments":[
 {"id":1,"body":"Why?","public":true,"author_id":1,"created_at":"2024-02-01T10:00:00Z"},
 {"id":2,"body":"Because of roaming.","public":true,"author_id":2,"created_at":"2024-02-01T11:00:00Z"},
 {"id":3,"body":"Check the zone","public":false,"author_id":3,"created_at":"2024-02-01T10:30:00Z"}]}"#;

#[test]
fn an_export_becomes_queues_customers_and_cases() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let files = [
        write(at, "tickets.json", TICKETS),
        write(at, "users.json", USERS),
        write(at, "organizations.json", r#"{"organizations":[{"id":9,"name":"Rebel Bakery"}]}"#),
        write(at, "groups.json", r#"{"groups":[{"id":5,"name":"Billing"},{"id":6,"name":"Tier 2 Support"}]}"#),
        write(at, "comments-10.json", COMMENTS),
        write(at, "macros.json", r#"{"macros":[]}"#),
    ];
    let (items, notes) = read(&files, known()).expect("files");
    let items: Vec<Item> = items.collect();
    let titles: Vec<String> = items
        .iter()
        .map(|i| i.record.as_ref().map_or_else(|why| format!("{}: {why}", i.place), |r| r.title()))
        .collect();
    assert_eq!(
        titles,
        [
            "queue imported",
            "queue tier-2-support",
            "customer zendesk-1",
            "entry 4 (user 4): the name is missing",
            "customer zendesk-77",
            "case zendesk-10",
            "case zendesk-11",
            "entry 3 (ticket 12): it is deleted in Zendesk",
        ]
    );
    assert!(notes.iter().any(|n| n.contains("macros.json is passed over")), "{notes:?}");
    assert!(notes.iter().any(|n| n.starts_with("2 of the users work")), "{notes:?}");
    let Ok(Record::Customer(dana)) = items[2].record.as_deref() else { panic!() };
    assert_eq!((dana.phones[0].as_str(), dana.note.as_str()), ("+447700900123", "Organisation: Rebel Bakery"));
    let Ok(Record::Case(bill)) = items[5].record.as_deref() else { panic!() };
    assert_eq!((bill.status, bill.priority, bill.queue.as_str()), (Status::Pending, Priority::Urgent, "billing"));
    assert_eq!(bill.assignee.as_deref(), Some("ana"));
    let lines: Vec<(Speaker, Kind, &str)> = bill.messages.iter().map(|m| (m.from, m.kind, m.body.as_str())).collect();
    assert_eq!(
        lines,
        [
            (Speaker::Customer, Kind::Message, "Why?"),
            (Speaker::System, Kind::Note, "Old Hand wrote:\nCheck the zone"),
            (Speaker::Agent, Kind::Message, "Because of roaming."),
        ]
    );
    let Ok(Record::Case(mail)) = items[6].record.as_deref() else { panic!() };
    assert_eq!((mail.subject.as_str(), mail.customer.as_deref()), ("Hello from mail", Some("zendesk-77")));
    assert_eq!(mail.messages[0].body, "Hello from mail\nmore");
}

#[test]
fn one_ticket_beside_its_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let ticket = r#"{"ticket":{"id":10,"subject":"S","description":"D","status":"open","requester_id":1,"created_at":"2024-02-01T10:00:00Z"}}"#;
    let files = [
        write(folder.path(), "ticket.json", ticket),
        write(folder.path(), "ticket_comments.json", COMMENTS),
        write(folder.path(), "user.json", r#"{"user":{"id":1,"name":"Dana","role":"end-user"}}"#),
        write(folder.path(), "broken.json", "{\"users\":[{\"id\":"),
    ];
    let (items, _) = read(&files[..3], known()).expect("files");
    let items: Vec<Item> = items.collect();
    let Ok(Record::Case(case)) = items.last().expect("a case").record.as_deref() else { panic!() };
    assert_eq!(case.messages.len(), 3);
    let (_, notes) = read(&files[3..], known()).expect("files");
    assert!(notes[0].contains("broken.json") && notes[0].contains("cannot be read further"), "{notes:?}");
    let missing = [folder.path().join("missing.json")];
    assert!(read(&missing, known()).err().is_some_and(|why| why.contains("missing.json cannot be read")));
}
