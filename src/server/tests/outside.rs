//! The channels' port: what comes in once however often it is brought, and what goes out once however often it fails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};

use super::*;
use crate::channel::{self, Answered, Arrival, Brought, Came, Code, Contact, Desk, Made, Standing};
use crate::domain::file::FileCard;
use crate::domain::ids::{FileId, MessageId};
use crate::domain::proof::{Clue, Proof};
use crate::domain::side::Side;
use crate::domain::work::{Author, Interaction, Kind, Message, Status};
use crate::server::outside::{Port, Said, file_for, follow, tell_sides};
use crate::store::outside::Outside;

/// A house with a port, and the folder its files lie in.
struct Front {
    house: House,
    port: Arc<Port>,
    outside: Arc<Outside>,
    said: Option<mpsc::UnboundedReceiver<Said>>,
    _folder: tempfile::TempDir,
}

impl Front {
    fn new() -> Front {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = Arc::new(Outside::open(folder.path()).expect("opens"));
        let house = House::new();
        house.hub.outside.set(outside.clone()).expect("once");
        let (say, said) = mpsc::unbounded_channel();
        let port = Arc::new(Port::new(house.hub.clone(), outside.clone(), say));
        Front { house, port, outside, said: Some(said), _folder: folder }
    }

    async fn bring(&self, key: &str, what: Came) -> Brought {
        self.port.bring(Arrival { key: key.into(), what }).await
    }

    async fn comes(&self, key: &str, words: &str) -> Made {
        match self.bring(key, contact(words)).await {
            Brought::Done(made) => made,
            other => panic!("not brought: {other:?}"),
        }
    }

    /// Ana takes what waits.
    async fn ana_takes(&self, interaction: InteractionId) {
        self.house.ready(ANA).await;
        let pull = Command::Pull { interaction: Some(interaction) };
        // The router may have offered it by now.
        if !matches!(self.house.give(Actor::Agent(ANA), pull).await, Reply::Done { .. }) {
            let epoch = self.house.interaction(interaction).await.expect("open").epoch;
            let accept = Command::AcceptOffer { interaction, epoch };
            assert!(matches!(self.house.give(Actor::Agent(ANA), accept).await, Reply::Done { .. }));
        }
    }

    async fn ana_says(&self, case: CaseId, body: &str) -> MessageId {
        let command =
            Command::SendReply { case, body: body.into(), base: None, anyway: true, from: Vec::new(), to: None };
        match self.house.give(Actor::Agent(ANA), command).await {
            Reply::Done { made, .. } => MessageId(made[0].id),
            other => panic!("not said: {other:?}"),
        }
    }

    async fn messages(&self, case: CaseId) -> Vec<Message> {
        let rows = self.house.hub.readers.with(move |reader| reader.stored_children(Entity::Message, case.0)).await;
        let rows = rows.expect("reads").expect("reads");
        let message = |row: crate::store::ledger::StoredRow| match Row::decode(row.key.entity, &row.body) {
            Some(Row::Message(message)) => Some(message),
            _ => None,
        };
        rows.into_iter().filter_map(message).collect()
    }
}

fn contact(words: &str) -> Came {
    Came::Contact(Box::new(Contact {
        channel: Channel::Chat,
        queue: "billing".into(),
        hint: CustomerHint { email: Some("dana@example.com".into()), proof: Proof::Address, ..CustomerHint::default() },
        case: None,
        menu: vec!["Bills".into()],
        priority: Priority::Normal,
        language: "en".into(),
        subject: words.into(),
        body: Some(words.into()),
        files: Vec::new(),
        came: None,
        letter: None,
    }))
}

#[tokio::test]
async fn an_arrival_comes_in_once_however_often_it_is_brought() {
    let front = Front::new();
    let first = front.comes("test:1", "Hello").await;
    let (interaction, case) = (first.interaction.expect("opened"), first.case.expect("new"));
    assert_eq!(front.comes("test:1", "Hello").await, first, "the answer given before");
    let more = |body: &str| Came::Words { interaction, body: body.into(), files: Vec::new(), letter: None };
    let one = front.bring("test:2", more("and more")).await;
    assert_eq!(front.bring("test:2", more("and more")).await, one);
    assert!(
        matches!(front.bring("test:2", more("other words")).await, Brought::Refused { code: Code::Reused, .. }),
        "a key names one thing"
    );
    let said: Vec<String> = front.messages(case).await.into_iter().map(|m| m.body).collect();
    assert_eq!(said, ["Hello", "and more"]);
    for bad in ["", "white space", "é", &"x".repeat(256)] {
        assert!(matches!(front.bring(bad, more("no")).await, Brought::Refused { code: Code::Wrong, .. }), "{bad:?}");
    }
    front.house.verify().await;
}

#[tokio::test]
async fn what_is_over_or_unknown_is_refused_and_says_so() {
    let front = Front::new();
    let interaction = front.comes("test:1", "Hello").await.interaction.expect("opened");
    assert!(matches!(front.bring("test:2", Came::Left { interaction }).await, Brought::Done(_)));
    assert_eq!(front.port.standing(interaction).await, Standing::Over);
    let more = Came::Words { interaction, body: "still there?".into(), files: Vec::new(), letter: None };
    assert!(matches!(front.bring("test:3", more).await, Brought::Refused { code: Code::Gone, .. }));
    let Came::Contact(mut elsewhere) = contact("Hello") else { panic!("a contact") };
    elsewhere.queue = "nowhere".into();
    let brought = front.bring("test:4", Came::Contact(elsewhere)).await;
    assert!(
        matches!(&brought, Brought::Refused { code: Code::Wrong, words } if words.contains("nowhere")),
        "{brought:?}"
    );
}

#[tokio::test]
async fn a_customer_is_told_where_they_stand() {
    let front = Front::new();
    let made = front.comes("test:1", "Hello").await;
    let interaction = made.interaction.expect("opened");
    assert!(matches!(front.port.standing(interaction).await, Standing::Waiting { place: 1, .. }));
    let queue = front.port.queue("billing").await.expect("is there");
    assert_eq!((queue.waiting, queue.open), (1, true));
    assert_eq!(front.port.queue("nowhere").await, None);
    front.ana_takes(interaction).await;
    assert_eq!(front.port.standing(interaction).await, Standing::With { id: ANA, agent: "ANA".into(), held: false });
}

/// Keeps what it is sent, but fails now and then.
struct Flaky {
    kept: Mutex<Vec<(MessageId, String)>>,
    asked: AtomicUsize,
    turned: Mutex<Vec<InteractionId>>,
}

impl channel::Channel for Flaky {
    fn name(&self) -> String {
        "flaky".into()
    }

    fn kind(&self) -> Channel {
        Channel::Chat
    }

    fn run(self: Arc<Self>, _: Arc<dyn Desk>, _: watch::Receiver<bool>) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }

    fn send(&self, answer: Answered<'_>) -> Result<bool, String> {
        let message = answer.message;
        if self.asked.fetch_add(1, Ordering::SeqCst) % 3 == 1 {
            return Err("the disk is full".into());
        }
        let mut kept = self.kept.lock().expect("no panic");
        // As every channel: once, however often it comes.
        if kept.iter().all(|(id, _)| *id != message.id) {
            kept.push((message.id, message.body.clone()));
        }
        Ok(true)
    }

    fn turned(&self, interaction: InteractionId) {
        self.turned.lock().expect("no panic").push(interaction);
    }

    fn looks(&self, _: CaseId, _: &[AgentId], _: Option<&str>) {}
}

#[tokio::test]
async fn every_answer_reaches_its_channel_in_order_although_it_fails_and_the_server_stops() {
    let front = Front::new();
    let made = front.comes("test:1", "Hello").await;
    let (interaction, case) = (made.interaction.expect("opened"), made.case.expect("new"));
    front.ana_takes(interaction).await;
    let flaky = Arc::new(Flaky { kept: Mutex::default(), asked: AtomicUsize::new(0), turned: Mutex::default() });
    let channels: Vec<Arc<dyn channel::Channel>> = vec![flaky.clone()];
    let mut expected = Vec::new();
    for round in 0..3 {
        let (stop, stopping) = watch::channel(false);
        let following =
            tokio::spawn(follow(front.house.hub.clone(), front.outside.clone(), channels.clone(), stopping));
        if round == 0 {
            // What was said before it was first followed is not its own.
            let begun = async {
                while front.outside.read_to().expect("reads").is_none() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), begun).await.expect("begins");
        }
        for n in 0..3 {
            let words = format!("answer {round}.{n}");
            let id = front.ana_says(case, &words).await;
            expected.push((id, words));
            // A note is not for the customer, nor does what they say come back to them.
            let note = Command::AddNote { case, body: "for us".into(), from: Vec::new() };
            front.house.give(Actor::Agent(ANA), note).await;
            let theirs = Came::Words { interaction, body: "their own words".into(), files: Vec::new(), letter: None };
            front.bring(&format!("test:r{round}.{n}"), theirs).await;
        }
        if round == 1 {
            // It stops in the middle of it all.
            stop.send_replace(true);
            following.await.expect("ends");
            continue;
        }
        let all = async {
            while flaky.kept.lock().expect("no panic").len() < expected.len() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all).await.expect("all are kept");
        stop.send_replace(true);
        following.await.expect("ends");
    }
    assert_eq!(*flaky.kept.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn an_answer_that_was_not_delivered_opens_its_case_and_is_told() {
    let front = Front::new();
    let made = front.comes("test:1", "Hello").await;
    let (interaction, case) = (made.interaction.expect("opened"), made.case.expect("new"));
    front.ana_takes(interaction).await;
    let answer = front.ana_says(case, "Here it is.").await;
    let status = Command::SetStatus { case, status: Status::Solved, from: Status::Open };
    assert!(matches!(front.house.give(Actor::Operator, status.clone()).await, Reply::Refused { .. }));
    assert!(matches!(front.house.give(Actor::Agent(ANA), status).await, Reply::Done { .. }));
    let came = || Came::Undelivered { case, message: Some(answer), why: "550 no such user".into() };
    let once = front.bring("test:bounce", came()).await;
    assert_eq!(front.bring("test:bounce", came()).await, once);
    let last = front.messages(case).await.pop().expect("a note");
    assert_eq!((last.author, last.kind), (Author::System, Kind::Note));
    assert_eq!(last.body, "The answer was not delivered: 550 no such user");
    let (stands, _) = front.port.case(case).await.expect("reads").expect("is there");
    assert_eq!(stands.status, Status::Open);
}

#[tokio::test]
async fn a_file_is_for_those_who_may_see_its_message_and_for_nobody_else() {
    let front = Front::new();
    let card =
        front.port.keep_file("bill.pdf".into(), "application/pdf".into(), b"bytes".to_vec()).await.expect("keeps");
    let other = front.port.keep_file("x".into(), String::new(), b"x".to_vec()).await.expect("keeps");
    let made = front.comes("test:1", "Hello").await;
    let (interaction, case) = (made.interaction.expect("opened"), made.case.expect("new"));
    let words = Came::Words { interaction, body: String::new(), files: vec![card.clone()], letter: None };
    let Brought::Done(made) = front.bring("test:2", words).await else { panic!("not brought") };
    let message = made.message.expect("said");
    let hub = &front.house.hub;
    assert_eq!(file_for(hub, ANA, message, card.id).await, Ok(Some(b"bytes".to_vec())));
    assert_eq!(file_for(hub, AgentId(3), message, card.id).await, Ok(None), "Cyd is not in billing");
    assert_eq!(file_for(hub, ANA, message, other.id).await, Ok(None), "the message does not name it");
    assert_eq!(file_for(hub, ANA, MessageId(999), card.id).await, Ok(None));
    assert_eq!(front.messages(case).await.last().expect("said").files, [card]);
    let nameless = FileCard { id: FileId(9), name: "../x".into(), size: 1, kind: String::new() };
    let bad = Came::Words { interaction, body: String::new(), files: vec![nameless], letter: None };
    assert!(matches!(front.bring("test:3", bad).await, Brought::Refused { code: Code::Wrong, .. }));
}

#[tokio::test]
async fn the_customers_side_is_shown_to_whoever_may_see_the_case_and_ends_with_it() {
    let mut front = Front::new();
    let made = front.comes("test:1", "Hello").await;
    let (interaction, case) = (made.interaction.expect("opened"), made.case.expect("new"));
    front.ana_takes(interaction).await;
    let (stop, stopping) = watch::channel(false);
    let telling = tokio::spawn(tell_sides(front.house.hub.clone(), front.said.take().expect("once"), stopping));
    let mut ana = front.house.desk(ANA).await;
    let side = Side { there: true, writes: true, page: "/prices".into(), ..Side::default() };
    front.port.side(case, Some(side.clone()));
    ana.until("the customer's side", |probe| probe.sides.get(&case) == Some(&side)).await;
    front.port.side(case, None);
    ana.until("the end of it", |probe| !probe.sides.contains_key(&case)).await;
    stop.send_replace(true);
    telling.await.expect("ends");
}

#[tokio::test]
async fn whom_an_address_names_twice_is_asked_of_the_agent_and_one_word_counts() {
    let front = Front::new();
    let person = |name: &str| {
        let Command::ImportCustomer { mut customer, mut contacts } = customer(name.len() as u64) else {
            panic!("a customer")
        };
        customer.name = name.into();
        contacts.emails = vec!["dana@example.com".into()];
        Command::ImportCustomer { customer, contacts }
    };
    front.house.operate(vec![person("Dana Holt"), person("Daniel Holt")]);
    let made = front.comes("test:1", "Hello").await;
    let (interaction, case) = (made.interaction.expect("opened"), made.case.expect("new"));
    let opened = front.house.interaction(interaction).await.expect("open");
    assert_eq!((opened.customer, &opened.maybe[..]), (None, &[CustomerId(1), CustomerId(2)][..]));
    front.ana_takes(interaction).await;
    let is = |customer: u64, from: Option<u64>| Command::Identify {
        case,
        customer: Some(CustomerId(customer)),
        from: from.map(CustomerId),
    };
    let ana = Actor::Agent(ANA);
    assert!(matches!(front.house.give(ana, is(99, None)).await, Reply::Refused { .. }), "nobody has this number");
    assert!(matches!(front.house.give(ana, is(2, None)).await, Reply::Done { .. }));
    let known = front.house.interaction(interaction).await.expect("open");
    assert_eq!((known.customer, known.name.as_str(), known.maybe.len()), (Some(CustomerId(2)), "Daniel H.", 0));
    let (stands, who) = front.port.case(case).await.expect("reads").expect("is there");
    assert_eq!((stands.customer, who.map(|(c, _)| c.name)), (Some(CustomerId(2)), Some("Daniel Holt".into())));
    // Ben saw nobody there when he chose.
    assert!(matches!(front.house.give(Actor::Agent(BEN), is(1, None)).await, Reply::Refused { .. }));
    assert!(matches!(front.house.give(ana, is(1, Some(2))).await, Reply::Done { .. }));
    front.house.verify().await;
}

#[tokio::test]
async fn who_merely_says_who_they_are_is_asked_and_whom_the_site_vouches_for_is_known() {
    let front = Front::new();
    front.house.operate(vec![customer(1), customer(2)]);
    let came = |key: &'static str, hint: CustomerHint| {
        let Came::Contact(contact) = contact("Hello") else { panic!("a contact") };
        let came = Came::Contact(Box::new(Contact { hint, ..*contact }));
        async {
            let Brought::Done(made) = front.bring(key, came).await else { panic!("not brought") };
            front.house.interaction(made.interaction.expect("opened")).await.expect("open")
        }
    };
    let hint = |proof, reference: &str, phone: &str, email: &str| {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        CustomerHint {
            reference: given(reference),
            phone: given(phone),
            email: given(email),
            name: Some("Dana".into()),
            proof,
            clue: None,
        }
    };
    let (phone, reference) = ("+447700900001", "C-1");
    let maybe = |i: &Interaction| (i.customer, i.maybe.clone(), i.known.proof, i.known.clue);
    let one = vec![CustomerId(1)];
    let said = came("test:1", hint(Proof::Said, "", phone, "")).await;
    assert_eq!(maybe(&said), (None, one.clone(), Proof::Said, Some(Clue::Number)));
    assert_eq!(said.name, "Dana", "nobody's name but the one they gave");
    let said = came("test:2", hint(Proof::Said, reference, "", "")).await;
    assert_eq!(maybe(&said), (None, one, Proof::Said, Some(Clue::Reference)));
    let from = came("test:3", hint(Proof::Address, "", phone, "")).await;
    assert_eq!(maybe(&from), (Some(CustomerId(1)), vec![], Proof::Address, Some(Clue::Number)));
    let site = came("test:4", hint(Proof::Proven, "C-2", phone, "")).await;
    assert_eq!(maybe(&site), (Some(CustomerId(2)), vec![], Proof::Proven, Some(Clue::Reference)));
    // Signed in under a number nobody has here: what they typed beside it is no proof of being Dana.
    let stranger = came("test:5", hint(Proof::Proven, "C-404", phone, "")).await;
    assert_eq!(maybe(&stranger), (None, vec![CustomerId(1)], Proof::Proven, Some(Clue::Number)));
    // Nobody is known by it: a customer of their own, with the address, but not under a number they only claim.
    let new = came("test:6", hint(Proof::Said, "C-405", "", "new@example.com")).await;
    let id = new.customer.expect("made");
    let rows = front.house.hub.core.run(move |inside| inside.state.customer(id).cloned()).await;
    assert_eq!(rows.expect("runs").expect("there").reference, "");
    let again = came("test:7", hint(Proof::Said, "", "", "new@example.com")).await;
    assert_eq!(maybe(&again), (None, vec![id], Proof::Said, Some(Clue::Address)));
    let mail = came("test:8", hint(Proof::Address, "", "", "new@example.com")).await;
    assert_eq!(mail.customer, Some(id));
    front.house.verify().await;
}

#[tokio::test]
async fn customers_who_are_one_are_known_by_what_either_has_and_answered_where_they_wrote() {
    let front = Front::new();
    let person = |n: u64, mail: &str| {
        let Command::ImportCustomer { customer, mut contacts } = customer(n) else { panic!("a customer") };
        contacts.emails = vec!["both@example.com".into(), mail.into()];
        Command::ImportCustomer { customer, contacts }
    };
    front.house.operate(vec![person(1, "one@example.com"), person(2, "two@example.com")]);
    let came = |key: &'static str, email: &str| {
        let Came::Contact(contact) = contact("Hello") else { panic!("a contact") };
        let hint = CustomerHint { email: Some(email.into()), proof: Proof::Address, ..CustomerHint::default() };
        let came = Came::Contact(Box::new(Contact { hint, ..*contact }));
        async {
            let Brought::Done(made) = front.bring(key, came).await else { panic!("not brought") };
            front.house.interaction(made.interaction.expect("opened")).await.expect("open")
        }
    };
    let two = came("test:1", "both@example.com").await;
    assert_eq!((two.customer, two.maybe.len()), (None, 2), "two have it");
    let merge = Command::MergeCustomers { customer: CustomerId(1), into: CustomerId(2), reason: "one".into() };
    assert!(matches!(front.house.give(Actor::Agent(BEN), merge.clone()).await, Reply::Refused { .. }), "no senior");
    assert!(matches!(front.house.give(Actor::Agent(ANA), merge).await, Reply::Done { .. }));
    for (key, mail) in [("test:2", "both@example.com"), ("test:3", "one@example.com"), ("test:4", "two@example.com")] {
        let one = came(key, mail).await;
        assert_eq!((one.customer, one.maybe.len()), (Some(CustomerId(2)), 0), "{mail}");
    }
    let last = came("test:5", "one@example.com").await;
    let (_, who) = front.port.case(last.case).await.expect("reads").expect("is there");
    let (who, reach) = who.expect("known");
    assert_eq!(who.id, CustomerId(2));
    assert!(reach.emails.contains(&"one@example.com".to_owned()), "{reach:?}");
    let unmerge = Command::UnmergeCustomers { customer: CustomerId(1) };
    assert!(matches!(front.house.give(Actor::Agent(ANA), unmerge).await, Reply::Done { .. }));
    assert_eq!(came("test:6", "one@example.com").await.customer, Some(CustomerId(1)));
    assert_eq!(came("test:7", "both@example.com").await.customer, None);
    front.house.verify().await;
}
