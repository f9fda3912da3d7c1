//! What is done with a mail when things happen in between.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::future::BoxFuture;

use super::super::plan::Mailbox;
use super::*;
use crate::channel::{Answer, Health, QueueNow, Side, Whose};
use crate::clock::{Clock, FakeClock};
use crate::domain::ids::{AgentId, CustomerId, FileId, QueueId};
use crate::domain::people::{Contacts, Customer};
use crate::domain::ties::Merged;
use crate::domain::time::At;
use crate::domain::work::{Message, Priority, Status};
use crate::rand::{Rand, SeededRand};
use crate::store::outside::Outside;
use crate::store::outside::mail::Kept;

/// A desk that takes everything, unless it is told otherwise; the same key never for something else.
struct Double {
    taken: Mutex<BTreeMap<String, (Came, Made)>>,
    /// What it says instead, the next time it is brought something.
    instead: Mutex<Option<Brought>>,
    standing: Mutex<Standing>,
    /// A case that became part of another.
    merged: Mutex<Option<(CaseId, CaseId)>>,
    /// Queues, and what they take.
    queues: Mutex<BTreeMap<&'static str, Vec<Kind>>>,
    /// Addresses of the customer of every case; empty is a case of nobody.
    whose: Mutex<Vec<&'static str>>,
    clock: FakeClock,
    rand: SeededRand,
}

fn now<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

impl Desk for Double {
    fn bring(&self, arrival: Arrival) -> BoxFuture<'_, Brought> {
        if let Some(instead) = self.instead.lock().expect("its lock").take() {
            return now(instead);
        }
        let mut taken = self.taken.lock().expect("its lock");
        if let Some((came, made)) = taken.get(&arrival.key) {
            assert_eq!(*came, arrival.what);
            return now(Brought::Done(*made));
        }
        let number = taken.len() as u64 + 1;
        let made = match &arrival.what {
            Came::Contact(c) => Made {
                interaction: Some(InteractionId(number)),
                case: c.case.is_none().then_some(CaseId(number)),
                message: Some(MessageId(number)),
            },
            _ => Made::default(),
        };
        taken.insert(arrival.key, (arrival.what, made));
        now(Brought::Done(made))
    }

    fn keep_file(&self, _: String, _: String, _: Vec<u8>) -> BoxFuture<'_, Result<FileCard, String>> {
        now(Err("no files here".into()))
    }

    fn file(&self, _: FileId) -> Answer<'_, (FileCard, Vec<u8>)> {
        now(Ok(None))
    }

    fn queue(&self, key: &str) -> BoxFuture<'_, Option<QueueNow>> {
        let channels = match self.queues.lock().expect("its lock").get(key) {
            Some(channels) => channels.clone(),
            None => return now(None),
        };
        let (name, closed_message) = (key.to_owned(), String::new());
        now(Some(QueueNow { name, channels, open: true, closed_message, waiting: 0, expected_s: None }))
    }

    fn queue_called(&self, _: QueueId) -> BoxFuture<'_, Option<(String, String)>> {
        Box::pin(std::future::ready(None))
    }

    fn standing(&self, _: InteractionId) -> BoxFuture<'_, Standing> {
        now(self.standing.lock().expect("its lock").clone())
    }

    fn messages(&self, _: Vec<MessageId>) -> BoxFuture<'_, Result<Vec<Message>, String>> {
        now(Ok(Vec::new()))
    }

    fn agent_name(&self, _: AgentId) -> BoxFuture<'_, String> {
        now(String::new())
    }

    fn case(&self, id: CaseId) -> Answer<'_, Whose> {
        let mut found = case(id);
        if let Some((_, into)) = self.merged.lock().expect("its lock").filter(|(of, _)| *of == id) {
            let (status, at, sla) = (Status::Open, At(0), Default::default());
            let (label, snoozed_until, contacts) = (None, None, Vec::new());
            let (by, reason) = (AgentId(1), String::new());
            let merged = Merged { into, by, reason, at, status, label, snoozed_until, contacts, sla };
            found.ties.merged = Some(Box::new(merged));
        }
        let emails: Vec<String> = self.whose.lock().expect("its lock").iter().map(|a| (*a).to_owned()).collect();
        let contacts = Contacts { emails, ..Contacts::default() };
        let whose = (!contacts.emails.is_empty()).then(|| (customer(), contacts));
        now(Ok((id.0 < 1_000).then_some((found, whose))))
    }

    fn side(&self, _: CaseId, _: Option<Side>) {}

    fn health(&self, _: &str, _: Health) {}

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn rand(&self) -> &dyn Rand {
        &self.rand
    }
}

fn customer() -> Customer {
    Customer {
        id: CustomerId(1),
        reference: String::new(),
        name: "Dana Holt".into(),
        locale: String::new(),
        zone: String::new(),
        plan: String::new(),
        flags: Vec::new(),
        note: String::new(),
        since: String::new(),
        masked: Vec::new(),
        merged: None,
        holds: Vec::new(),
    }
}

fn case(id: CaseId) -> Case {
    Case {
        id,
        reference: String::new(),
        customer: None,
        queue: QueueId(1),
        channel: Kind::Email,
        subject: String::new(),
        status: Status::Open,
        priority: Priority::Normal,
        tags: Vec::new(),
        assignee: None,
        language: String::new(),
        created: At(0),
        updated: At(0),
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: crate::domain::sla::Sla::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
        hands: Default::default(),
    }
}

struct House {
    _folder: tempfile::TempDir,
    channels: Vec<Arc<MailChannel>>,
    desk: Double,
    uid: std::cell::Cell<u32>,
}

impl House {
    fn new() -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Outside::open(folder.path()).expect("opens"));
        let text = |name: &str| {
            format!(
                "name = \"{name}\"\naddress = \"{name}@y.org\"\nqueue = \"q\"\nimap = {{ host = \"h\" }}\nsmtp = {{ host = \"h\" }}\n"
            )
        };
        let plans: Vec<Mailbox> = ["support", "sales"].map(|n| toml::from_str(&text(n)).expect("a plan")).into();
        let mut plans = plans;
        plans[1].triage = Some(toml::from_str(MENU).expect("a menu"));
        plans[1].form = Some(crate::channel::menu::Text::One("We have your mail.".into()));
        let channels = MailChannel::all(&plans, &store, [7; 32]).expect("opens");
        let desk = Double {
            taken: Mutex::default(),
            instead: Mutex::default(),
            standing: Mutex::new(Standing::Over),
            merged: Mutex::default(),
            queues: Mutex::new(BTreeMap::from([("q", vec![Kind::Email]), ("technical", vec![Kind::Email])])),
            whose: Mutex::default(),
            clock: FakeClock::new(At(1_000_000_000)),
            rand: SeededRand::new(1),
        };
        House { _folder: folder, channels, desk, uid: std::cell::Cell::new(0) }
    }

    async fn comes_to(&self, mailbox: usize, raw: &str) -> Result<Taken, String> {
        self.uid.set(self.uid.get() + 1);
        let head = Head { uid: self.uid.get(), bytes: raw.len() as u64, came: None };
        let next = Cursor { folder: "INBOX".into(), validity: 1, uid: head.uid, old: 0, since: At(0) };
        mail(&self.channels[mailbox], &self.desk, Raw { bytes: raw.into(), left: None }, &head, &next).await
    }

    async fn comes(&self, raw: &str) -> Result<Taken, String> {
        self.comes_to(0, raw).await
    }

    fn instead(&self, brought: Brought) {
        *self.desk.instead.lock().expect("its lock") = Some(brought);
    }

    /// What was brought: whether words, and into which case or interaction.
    fn brought(&self) -> Vec<String> {
        let taken = self.desk.taken.lock().expect("its lock");
        let told = |came: &Came| match came {
            Came::Contact(c) => format!("comes on {:?}", c.case.map(|c| c.0)),
            Came::Words { interaction, .. } => format!("words into {interaction}"),
            Came::Undelivered { case, message, .. } => format!("back on {case} {:?}", message.map(|m| m.0)),
            other => format!("{other:?}"),
        };
        let mut all: Vec<String> = taken.values().map(|(came, _)| told(came)).collect();
        all.sort();
        all
    }
}

const MENU: &str = r#"
    [[choices]]
    key = "bill"
    text = "My bill"
    [[choices]]
    key = "fault"
    text = "No network"
    queue = "technical"
    priority = "high"
"#;
const FIRST: &str = "From: dana@x.org\nMessage-ID: <1@x.org>\n\none\n";
const SECOND: &str = "From: dana@x.org\nMessage-ID: <2@x.org>\nIn-Reply-To: <1@x.org>\n\ntwo\n";

#[tokio::test]
async fn a_mail_that_comes_again_is_brought_once_and_in_two_mailboxes_twice() {
    let house = House::new();
    assert_eq!(house.comes(FIRST).await, Ok(Taken::OnCase));
    assert_eq!(house.comes(&format!("Received: by another way\n{FIRST}")).await, Ok(Taken::Before));
    assert_eq!(house.brought(), ["comes on None"]);
    assert_eq!(house.comes_to(1, FIRST).await, Ok(Taken::OnCase));
    assert_eq!(house.brought().len(), 2);
}

#[tokio::test]
async fn what_was_planned_is_done_even_if_things_stand_otherwise_afterwards() {
    let house = House::new();
    house.comes(FIRST).await.expect("taken");
    // It was taken by the desk, but we were stopped before that was written down.
    *house.desk.standing.lock().expect("its lock") = Standing::Waiting { place: 1, expected_s: None };
    house.instead(Brought::Later("stopped".into()));
    assert_eq!(house.comes(SECOND).await, Err("stopped".into()));
    *house.desk.standing.lock().expect("its lock") = Standing::Over;
    assert_eq!(house.comes(SECOND).await, Ok(Taken::OnCase));
    assert_eq!(house.brought(), ["comes on None", "words into 1"]);
}

#[tokio::test]
async fn words_that_come_too_late_open_an_interaction_on_their_case() {
    let house = House::new();
    house.comes(FIRST).await.expect("taken");
    *house.desk.standing.lock().expect("its lock") =
        Standing::With { id: AgentId(1), agent: "Ana".into(), held: false };
    house.instead(Brought::Refused { code: Code::Gone, words: "over".into() });
    assert_eq!(house.comes(SECOND).await, Ok(Taken::OnCase));
    assert_eq!(house.brought(), ["comes on None", "comes on Some(1)"]);
    // Answers go on from there.
    let thread = house.channels[0].store.mail_thread(CaseId(1)).expect("reads").expect("there");
    assert_eq!(thread.interaction, Some(InteractionId(2)));
}

#[tokio::test]
async fn whoever_writes_anew_gets_the_form_and_its_answer_leads_where_it_says() {
    let house = House::new();
    let letters = || house.channels[1].store.posts_due("sales", At(i64::MAX), 10).expect("reads");
    for _ in 0..2 {
        house.comes_to(1, FIRST).await.expect("taken");
    }
    house.comes_to(1, "From: dana@x.org\nMessage-ID: <9@x.org>\n\nand another thing\n").await.expect("taken");
    let sent = letters();
    assert_eq!(sent.len(), 1, "once a day");
    let form = &sent[0].letter;
    assert_eq!((form.to.as_str(), form.case, form.answers.as_str()), ("dana@x.org", CaseId(1), "1@x.org"));
    assert!(form.body.starts_with("We have your mail.\n\n1  My bill\n2  No network"), "{}", form.body);
    // Machines, lists and those who said what it is about get none.
    for (n, more) in ["Auto-Submitted: auto-generated\n\nalarm", "List-Id: <l.x.org>\n\nnews", "\nTopic: My bill\n"]
        .into_iter()
        .enumerate()
    {
        house.comes_to(1, &format!("From: p{n}@x.org\n{more}\n")).await.expect("taken");
    }
    assert_eq!(letters().len(), 1);
    *house.desk.standing.lock().expect("its lock") = Standing::Waiting { place: 1, expected_s: None };
    let reply = "From: dana@x.org\nMessage-ID: <2@x.org>\nReferences: <1@x.org> <form@y.org>\n\n2\n\n> 1 My bill\n> 2 No network\n";
    for _ in 0..2 {
        house.comes_to(1, reply).await.expect("taken");
    }
    let chose: Vec<Came> = house.desk.taken.lock().expect("its lock").values().map(|(came, _)| came.clone()).collect();
    let routes = chose.iter().filter_map(|came| {
        if let Came::Chose { interaction, route } = came { Some((interaction.0, route.clone())) } else { None }
    });
    let routes: Vec<_> = routes.collect();
    assert_eq!(routes.len(), 1);
    assert_eq!(
        (routes[0].0, routes[0].1.queue.as_deref(), routes[0].1.priority),
        (1, Some("technical"), Priority::High)
    );
    let menus = chose.iter().filter_map(|came| if let Came::Contact(c) = came { Some(c.menu.join(" ")) } else { None });
    assert_eq!(menus.filter(|menu| !menu.is_empty()).collect::<Vec<_>>(), ["My bill"]);
}

#[tokio::test]
async fn a_flood_of_one_sender_waits_in_the_mailbox() {
    let house = House::new();
    for n in 0..FLOOD {
        let raw = format!("From: dana@x.org\nMessage-ID: <f{n}@x.org>\n\n{n}\n");
        assert_eq!(house.comes(&raw).await, Ok(Taken::OnCase));
    }
    assert_eq!(house.comes("From: Dana <DANA@x.org>\n\nmore\n").await, Ok(Taken::Aside));
    // Others are not held up, nor is what belongs to a conversation that goes on.
    assert_eq!(house.comes("From: luis@x.org\n\nhello\n").await, Ok(Taken::OnCase));
    *house.desk.standing.lock().expect("its lock") = Standing::Waiting { place: 1, expected_s: None };
    assert_eq!(house.comes("From: dana@x.org\nIn-Reply-To: <f1@x.org>\n\nand\n").await, Ok(Taken::OnCase));
    // An hour later they may again.
    *house.desk.standing.lock().expect("its lock") = Standing::Over;
    house.desk.clock.advance(HOUR as u64 + 1);
    assert_eq!(house.comes("From: dana@x.org\n\nlater\n").await, Ok(Taken::OnCase));
}

#[tokio::test]
async fn a_report_finds_its_answer_and_a_case_that_is_gone_is_none() {
    let house = House::new();
    let key = &house.channels[0].key;
    let id = key.id_of(CaseId(5), MessageId(8), "y.org");
    let report = |id: &str| {
        format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@y.org\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; y.org\n\nFinal-Recipient: rfc822; gone@x.org\nAction: failed\nStatus: 5.1.1\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <{id}>\n\nwords\n--b--\n"
        )
    };
    assert_eq!(house.comes(&report(&id)).await, Ok(Taken::OnCase));
    assert_eq!(house.brought(), ["back on 5 Some(8)"]);
    assert_eq!(house.comes(&report("somebody@else.org")).await, Ok(Taken::Aside));
    let gone = key.id_of(CaseId(1_000), MessageId(8), "y.org");
    let raw = format!("From: dana@x.org\nIn-Reply-To: <{gone}>\n\nhello\n");
    assert_eq!(house.comes(&raw).await, Ok(Taken::OnCase));
    assert_eq!(house.brought(), ["back on 5 Some(8)", "comes on None"]);
}

/// Whom answers go to after a mail with these fields.
async fn named(house: &House, mailbox: usize, fields: &str) -> Option<(String, Vec<String>, Vec<String>)> {
    house.desk.taken.lock().expect("its lock").clear();
    house.comes_to(mailbox, &format!("{fields}\n\nwords\n")).await.expect("taken");
    let taken = house.desk.taken.lock().expect("its lock");
    let letter = taken.values().find_map(|(came, _)| match came {
        Came::Contact(c) => Some(c.letter.clone()),
        Came::Words { letter, .. } => Some(letter.clone()),
        _ => None,
    })?;
    let list = |all: &[Address]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    letter.map(|l| (l.ours.clone(), list(&l.to), list(&l.cc)))
}

#[tokio::test]
async fn a_mail_says_whom_answers_go_to_and_no_address_of_the_house_is_among_them() {
    let house = House::new();
    let both = "From: \"Dana \u{1b}[31mHolt\" <dana@x.org>\nTo: support@y.org, Bob <bob@x.org>, SALES+c1.ab@y.org\nCc: dana@x.org, BOB@x.org, undisclosed, eve@z.org";
    let (ours, to, cc) = named(&house, 0, both).await.expect("somebody");
    assert_eq!((ours.as_str(), cc), ("support@y.org", vec!["Bob <bob@x.org>".to_owned(), "eve@z.org".to_owned()]));
    assert!(to.len() == 1 && to[0].ends_with("<dana@x.org>") && !to[0].contains('\u{1b}'), "{to:?}");
    let elsewhere = "From: dana@x.org\nReply-To: Office <office@x.org>";
    assert_eq!(named(&house, 1, elsewhere).await.expect("somebody").1, ["Office <office@x.org>"]);
    // Nobody can be answered at an address of ours, or at none.
    assert_eq!(named(&house, 0, "From: dana@x.org\nReply-To: sales@y.org").await.expect("somebody").1, ["dana@x.org"]);
    assert_eq!(named(&house, 0, "From: nobody").await, None);
    // A form of the site writes in the house's name for somebody else.
    let form = "From: support@y.org\nReply-To: eve@z.org\nTo: support@y.org";
    assert_eq!(named(&house, 0, form).await.expect("somebody").1, ["eve@z.org"]);
    assert_eq!(house.comes("From: support@y.org\nMessage-ID: <own@y.org>\n\nwords\n").await, Ok(Taken::Aside));
}

/// What was brought last, with how well it is known who came.
fn hints(house: &House) -> Vec<(Option<String>, Proof)> {
    let taken = house.desk.taken.lock().expect("its lock");
    let hint =
        |came: &Came| if let Came::Contact(c) = came { Some((c.hint.email.clone(), c.hint.proof)) } else { None };
    taken.values().filter_map(|(came, _)| hint(came)).collect()
}

#[tokio::test]
async fn whoever_forges_a_name_or_has_a_thread_of_somebody_elses_gets_no_answers() {
    let house = House::new();
    *house.desk.whose.lock().expect("its lock") = vec!["dana@x.org", "dana@work.org"];
    let on_case = "Subject: Re: [#9] my bill\nFrom: dana@x.org\nReply-To: ";
    let named = async |to: &str| {
        let fields = format!("Message-ID: <{}@x.org>\n{on_case}{to}", to.len());
        named(&house, 0, &fields).await.expect("somebody").1
    };
    assert_eq!(named("eve@z.org").await, ["dana@x.org"], "the answer goes to the customer");
    assert_eq!(hints(&house), [(Some("dana@x.org".into()), Proof::Address)]);
    assert_eq!(named("DANA@work.org").await, ["DANA@work.org"], "unless it is an address of theirs");
    // A stranger who was sent one of our mails writes on the case, and is shown as one who says who they are.
    house.desk.taken.lock().expect("its lock").clear();
    let id = house.channels[0].key.id_of(CaseId(9), MessageId(4), "y.org");
    house.comes(&format!("From: Dana <eve@z.org>\nIn-Reply-To: <{id}>\n\nPay here\n")).await.expect("taken");
    assert_eq!(hints(&house), [(Some("eve@z.org".into()), Proof::Said)]);
}

#[tokio::test]
async fn a_mail_waits_for_its_mailboxs_queue_and_a_menu_that_leads_nowhere_leads_there_too() {
    let house = House::new();
    let queues = || house.desk.queues.lock().expect("its lock");
    queues().remove("technical");
    house.comes_to(1, "From: luis@x.org\n\nTopic: No network\n").await.expect("taken");
    let led = |came: &Came| if let Came::Contact(c) = came { Some((c.queue.clone(), c.menu.clone())) } else { None };
    let all: Vec<_> = house.desk.taken.lock().expect("its lock").values().filter_map(|(c, _)| led(c)).collect();
    assert_eq!(all, [("q".to_owned(), vec!["No network".to_owned()])]);
    queues().insert("q", vec![Kind::Chat]);
    let waits = house.comes(FIRST).await.expect_err("it waits");
    assert!(waits.contains("there is no queue q that takes e-mail"), "{waits}");
    queues().insert("q", vec![Kind::Email]);
    assert_eq!(house.comes(FIRST).await, Ok(Taken::OnCase));
}

#[tokio::test]
async fn only_the_answer_to_a_form_is_one() {
    let house = House::new();
    // No form was sent to a mailbox whose menu was answered, or an agent has answered since: "2" is two of something.
    house.comes_to(1, "From: dana@x.org\nMessage-ID: <1@x.org>\n\nTopic: My bill\n").await.expect("taken");
    *house.desk.standing.lock().expect("its lock") = Standing::Waiting { place: 1, expected_s: None };
    let two = |n: u32| format!("From: dana@x.org\nMessage-ID: <two{n}@x.org>\nIn-Reply-To: <{n}@x.org>\n\n2\n");
    let chose = || house.brought().iter().filter(|b| b.starts_with("Chose")).count();
    house.comes_to(1, &two(1)).await.expect("taken");
    assert_eq!(chose(), 0);
    *house.desk.standing.lock().expect("its lock") = Standing::Over;
    house.comes_to(1, "From: luis@x.org\nMessage-ID: <2@x.org>\n\nhello\n").await.expect("taken");
    *house.desk.standing.lock().expect("its lock") = Standing::Waiting { place: 1, expected_s: None };
    let case = house.channels[1].store.mail_case("2@x.org").expect("reads").expect("known");
    let said = Kept { message: MessageId(70), case, held: &[], body: "How many?", to: "null", at: At(1) };
    assert!(house.channels[1].store.keep_answer("sales", &said).expect("kept"));
    house.comes_to(1, &two(2)).await.expect("taken");
    assert_eq!(chose(), 0);
}

#[tokio::test]
async fn a_mail_for_a_case_that_became_part_of_another_is_that_ones() {
    let house = House::new();
    *house.desk.merged.lock().expect("its lock") = Some((CaseId(1), CaseId(9)));
    house.comes(FIRST).await.expect("taken");
    house.comes(SECOND).await.expect("taken");
    assert_eq!(house.brought(), ["comes on None", "comes on Some(9)"]);
    let thread = house.channels[0].store.mail_thread(CaseId(9)).expect("reads").expect("there");
    assert_eq!(thread.interaction, Some(InteractionId(2)));
}
