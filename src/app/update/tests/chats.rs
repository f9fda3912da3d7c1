//! A live chat as the agent sees the customer's side of it, the files they send, and saying who they are.

use super::*;
use crate::app::panes::conversation::Standing;
use crate::domain::file::FileCard;
use crate::domain::ids::{FileId, MessageId};
use crate::domain::proof::{Clue, Known, Proof};
use crate::domain::side::Side;

fn file(id: u64, name: &str) -> FileCard {
    FileCard { id: FileId(id), name: name.into(), size: 12_300, kind: "application/pdf".into() }
}

/// Dana is in a chat with Ana and sends files.
fn sends(w: &mut World, files: Vec<FileCard>) -> CaseId {
    let interaction = w.takes(Channel::Chat, "Hello");
    let command = Command::AppendMessage { interaction, body: String::new(), files, letter: None };
    w.happen(Actor::Gateway(KeyId(1)), &command).expect("files can come without words");
    w.deliver();
    w.truth_of(interaction).case
}

fn fetched(w: &World) -> Vec<FileId> {
    let fetch = |e: &Effect| if let Effect::Fetch { file, .. } = e { Some(file.id) } else { None };
    w.other.iter().filter_map(fetch).collect()
}

fn came(w: &mut World, name: &str) {
    w.tell(Incoming::FileSaved { name: name.into(), path: format!("/desk/files/1/{name}") });
}

#[test]
fn the_only_file_is_fetched_at_once_and_its_path_can_be_pasted() {
    let mut w = World::new();
    w.open();
    sends(&mut w, vec![file(7, "bill.pdf")]);
    w.keys("F");
    assert_eq!(fetched(&w), [FileId(7)]);
    came(&mut w, "bill.pdf");
    assert!(w.other.contains(&Effect::Copy("/desk/files/1/bill.pdf".into())));
    assert!(w.said("bill.pdf is in /desk/files/1/bill.pdf"), "{:?}", w.toasts());
    assert!(!w.other.iter().any(|e| matches!(e, Effect::OpenFile { .. })), "nothing was named that opens files");
}

#[test]
fn of_several_files_one_is_chosen_and_opened_by_the_program_that_was_named() {
    let mut w = World::new();
    w.open();
    w.desk.settings.open_files = "viewer --quiet".into();
    sends(&mut w, vec![file(7, "bill.pdf"), file(8, "photo.png")]);
    w.keys("F");
    assert!(fetched(&w).is_empty(), "it asks which");
    w.keys("photo<enter>");
    assert_eq!(fetched(&w), [FileId(8)]);
    came(&mut w, "photo.png");
    let open = Effect::OpenFile { with: "viewer --quiet".into(), path: "/desk/files/1/photo.png".into() };
    assert!(w.other.contains(&open));
}

#[test]
fn without_files_or_without_a_link_the_key_says_so() {
    let mut w = World::new();
    w.open();
    w.takes(Channel::Chat, "Hello");
    w.keys("F");
    assert!(w.said("The customer sent no file here."), "{:?}", w.toasts());
    let mut w = World::new();
    w.open();
    sends(&mut w, vec![file(7, "bill.pdf")]);
    w.link(false);
    w.keys("F");
    assert!(w.said("Files come over the link"), "{:?}", w.toasts());
    assert!(fetched(&w).is_empty());
}

#[test]
fn what_the_customer_has_seen_stands_at_the_newest_answer_they_have() {
    let mut w = World::new();
    w.open();
    let interaction = w.takes(Channel::Chat, "Hello");
    let case = w.truth_of(interaction).case;
    w.keys("rOne.<ctrl-s>");
    w.deliver();
    w.keys("rTwo.<ctrl-s>");
    w.deliver();
    let ids: Vec<MessageId> =
        conversation::entries(&w.desk).iter().filter(|e| e.voice == conversation::Voice::Agent).map(|e| e.id).collect();
    assert_eq!(ids.len(), 2, "{:?}", w.thread());
    let stands = |w: &World| {
        let marks = |e: &conversation::Entry| match e.standing {
            Standing::There { seen } => Some((e.id, seen)),
            _ => None,
        };
        conversation::entries(&w.desk).iter().filter_map(marks).collect::<Vec<_>>()
    };
    let mut side = Side { there: true, got: ids[0], ..Side::default() };
    let tell = |w: &mut World, side: Option<Side>| w.tell(Incoming::Looks { case, who: Vec::new(), customer: side });
    tell(&mut w, Some(side.clone()));
    assert_eq!(stands(&w), [(ids[0], false)], "the second is still on its way");
    side.got = ids[1];
    side.seen = ids[0];
    tell(&mut w, Some(side.clone()));
    assert_eq!(stands(&w), [(ids[1], false)], "delivered, not seen");
    side.seen = ids[1];
    side.writes = true;
    side.page = "/prices".into();
    tell(&mut w, Some(side.clone()));
    assert_eq!(stands(&w), [(ids[1], true)]);
    let head = conversation::head(&w.desk, w.now).expect("a case is open");
    assert!(head.others.iter().any(|o| o.ends_with("is writing")), "{:?}", head.others);
    assert_eq!(head.side, ["on /prices"]);
    side.there = false;
    tell(&mut w, Some(side));
    assert_eq!(conversation::head(&w.desk, w.now).expect("open").side, ["chat window closed", "on /prices"]);
    tell(&mut w, None);
    assert!(stands(&w).is_empty() && conversation::head(&w.desk, w.now).expect("open").side.is_empty());
}

#[test]
fn an_agent_says_who_the_customer_is_and_can_take_it_back() {
    let mut w = World::new();
    w.open();
    let interaction = w.comes(Channel::Chat, BILLING, None, "Hello");
    w.happen(Actor::Agent(ANA), &Command::Pull { interaction: Some(interaction) }).expect("Ana takes it");
    let case = w.truth_of(interaction).case;
    w.keys("1<home><enter>");
    assert_eq!(w.desk.conversation.case, Some(case));
    w.keys("gyDana<enter>");
    w.deliver();
    assert_eq!(w.truth_of(interaction).customer, Some(DANA), "{:?}", w.toasts());
    assert_eq!(w.desk.customer.id, Some(DANA));
    w.keys("u");
    w.deliver();
    assert_eq!(w.truth_of(interaction).customer, None, "{:?}", w.toasts());
}

/// Somebody types the address of Dana and of one more into the form of a chat, and Ana takes it.
fn says_so(w: &mut World, proof: Proof) -> InteractionId {
    let dan = Customer { id: CustomerId(7), name: "Dan Holt".into(), ..w.truth.customer(DANA).expect("there").clone() };
    let contacts = Contacts { id: dan.id, ..Contacts::default() };
    let dan = Command::ImportCustomer { customer: Box::new(dan), contacts: Box::new(contacts) };
    w.happen(Actor::Operator, &dan).expect("a customer comes in");
    let command = Command::OpenInteraction {
        channel: Channel::Chat,
        queue: BILLING,
        hint: CustomerHint {
            name: Some("D. Holt".into()),
            proof,
            clue: Some(Clue::Address),
            ..CustomerHint::default()
        },
        customer: None,
        case: None,
        menu: Vec::new(),
        priority: Priority::Normal,
        language: "en".into(),
        subject: "Hello".into(),
        body: Some("Hello".into()),
        came: None,
        callback: Box::default(),
        files: Vec::new(),
        maybe: vec![DANA, CustomerId(7)],
        letter: None,
    };
    let seq = w.happen(Actor::Gateway(KeyId(1)), &command).expect("they can come");
    let came = w.truth.interactions().map(|i| i.id).max().expect("there");
    assert!(seq > 0);
    w.happen(Actor::Agent(ANA), &Command::Pull { interaction: Some(came) }).expect("Ana takes it");
    w.keys("1<home><enter>");
    assert_eq!(w.desk.conversation.case, Some(w.truth_of(came).case));
    came
}

#[test]
fn who_they_may_be_stands_above_the_conversation_with_why_and_the_key_until_somebody_says_it() {
    let mut w = World::new();
    w.open();
    let interaction = says_so(&mut w, Proof::Said);
    let head = conversation::head(&w.desk, w.now).expect("open");
    let maybe = head.maybe.expect("several may be meant");
    assert_eq!(
        (maybe.who.as_str(), maybe.why, maybe.key.as_str()),
        ("may be Dana Holt or Dan Holt", "address typed", "g y")
    );
    assert_eq!(head.backing, None);
    w.keys("gyDan Holt<enter>");
    w.deliver();
    assert_eq!(w.truth_of(interaction).customer, Some(CustomerId(7)), "{:?}", w.toasts());
    let told = w.truth_of(interaction).known.told;
    assert_eq!(told.map(|(who, _)| who), Some(ANA), "who said so is kept");
    let head = conversation::head(&w.desk, w.now).expect("open");
    assert_eq!(head.maybe, None);
    let backing = head.backing.expect("somebody said it");
    assert!(backing.words.starts_with("by an agent: Ana"), "{backing:?}");
    let facts = customer::facts(&w.desk, w.now).expect("known");
    assert_eq!((facts.name.as_str(), facts.backing), ("Dan Holt", Some(backing)));
    w.keys("u");
    w.deliver();
    assert_eq!((w.truth_of(interaction).customer, w.truth_of(interaction).known.told), (None, None));
}

#[test]
fn what_stands_behind_a_name_is_said_in_words() {
    for (proof, clue, words) in [
        (Proof::Proven, Clue::Reference, "signed in on the site"),
        (Proof::Address, Clue::Address, "by address, not proven"),
        (Proof::Address, Clue::Number, "by number, not proven"),
        (Proof::Address, Clue::Reference, "by reference, not proven"),
        (Proof::Said, Clue::Address, "says so, not proven"),
    ] {
        let mut w = World::new();
        w.open();
        let id = w.takes(Channel::Chat, "Hello");
        let mut i = w.truth_of(id).clone();
        i.known = Known { proof, clue: Some(clue), told: None };
        w.desk.mirror.load([i.into()]);
        w.desk.mirror.refold();
        let head = conversation::head(&w.desk, w.now).expect("open");
        assert_eq!(head.backing.map(|b| b.words), Some(words.to_owned()));
    }
    let mut w = World::new();
    w.open();
    says_so(&mut w, Proof::Address);
    let maybe = conversation::head(&w.desk, w.now).expect("open").maybe.expect("several");
    assert_eq!(maybe.why, "same address");
}
