//! The web chat over a real store, with a double in the desk's place that loses answers and says "later".

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use proptest::prelude::*;
use tokio::sync::watch;

use super::protocol::{Deed, Down, Hello, Line, Start, Told, Up, Why};
use super::{Guest, Known, WebChat};
use crate::channel::{Answered, Arrival, Brought, Came, Channel, Code, Desk, Health, Made, QueueNow, Side, Standing};
use crate::clock::{Clock, FakeClock};
use crate::domain::file::FileCard;
use crate::domain::ids::{AgentId, CaseId, FileId, InteractionId, MessageId, QueueId};
use crate::domain::people::{Contacts, Customer};
use crate::domain::proof::Proof;
use crate::domain::time::At;
use crate::domain::work::{Author, Case, Channel as Medium, Kind, Message};
use crate::rand::{Rand, SeededRand};
use crate::store::outside::Outside;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A desk that keeps what it is brought in memory.
struct Double {
    clock: FakeClock,
    rand: SeededRand,
    inner: Mutex<Kept>,
    /// Of so many arrivals every so-manieth is put off, and every so-manieth is kept and its answer lost.
    put_off: AtomicU32,
    lose: AtomicU32,
}

#[derive(Default)]
struct Kept {
    done: BTreeMap<String, Made>,
    came: Vec<Came>,
    messages: Vec<Message>,
    sides: BTreeMap<CaseId, Option<Side>>,
    shown: u32,
    standing: Option<Standing>,
    closed: bool,
    wrapped: bool,
    asked: u32,
}

impl Double {
    fn new() -> Arc<Double> {
        Arc::new(Double {
            clock: FakeClock::new(At(1_000_000)),
            rand: SeededRand::new(7),
            inner: Mutex::default(),
            put_off: AtomicU32::new(0),
            lose: AtomicU32::new(0),
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.inner.lock().expect("no panic holds it")
    }

    /// The customers' words in the order in which they came in.
    fn heard(&self) -> Vec<String> {
        let kept = self.kept();
        kept.messages.iter().filter(|m| m.author == Author::Customer).map(|m| m.body.clone()).collect()
    }

    fn keep(&self, case: CaseId, author: Author, body: String) -> Message {
        let mut kept = self.kept();
        let message = Message {
            id: MessageId(kept.messages.len() as u64 + 1),
            case,
            queue: QueueId(1),
            at: self.clock.now(),
            author,
            kind: Kind::Message,
            channel: Medium::Chat,
            body,
            files: Vec::new(),
            went: None,
        };
        kept.messages.push(message.clone());
        message
    }

    fn take(&self, arrival: Arrival) -> Brought {
        let asked = {
            let mut kept = self.kept();
            kept.asked += 1;
            kept.asked
        };
        let every = |n: &AtomicU32| matches!(n.load(Ordering::SeqCst), n if n > 0 && asked.is_multiple_of(n));
        if every(&self.put_off) {
            return Brought::Later("the disk is full".into());
        }
        if let Some(made) = self.kept().done.get(&arrival.key) {
            return Brought::Done(*made);
        }
        let over = matches!(self.kept().standing, Some(Standing::Over));
        let made = match &arrival.what {
            Came::Contact(contact) => {
                let body = contact.body.clone().unwrap_or_default();
                let message = self.keep(CaseId(7), Author::Customer, body).id;
                Made { interaction: Some(InteractionId(5)), case: Some(CaseId(7)), message: Some(message) }
            }
            Came::Words { .. } if over => return Brought::Refused { code: Code::Gone, words: "it is over".into() },
            Came::Words { body, .. } => {
                let message = self.keep(CaseId(7), Author::Customer, body.clone()).id;
                Made { message: Some(message), ..Made::default() }
            }
            Came::Rated { .. } if !self.kept().wrapped => {
                return Brought::Refused { code: Code::Wrong, words: "it is not over".into() };
            }
            _ => Made::default(),
        };
        let mut kept = self.kept();
        kept.done.insert(arrival.key, made);
        kept.came.push(arrival.what);
        drop(kept);
        if every(&self.lose) { Brought::Later("the answer was lost".into()) } else { Brought::Done(made) }
    }
}

impl Desk for Double {
    fn bring(&self, arrival: Arrival) -> BoxFuture<'_, Brought> {
        Box::pin(async move { self.take(arrival) })
    }

    fn keep_file(&self, name: String, kind: String, bytes: Vec<u8>) -> BoxFuture<'_, Result<FileCard, String>> {
        Box::pin(async move { Ok(FileCard { id: FileId(3), name, size: bytes.len() as u64, kind }) })
    }

    fn file(&self, id: FileId) -> BoxFuture<'_, Result<Option<(FileCard, Vec<u8>)>, String>> {
        let card = FileCard { id, name: "a".into(), size: 5, kind: String::new() };
        Box::pin(async move { Ok(Some((card, b"bytes".to_vec()))) })
    }

    fn queue(&self, key: &str) -> BoxFuture<'_, Option<QueueNow>> {
        let known = key == "support";
        Box::pin(async move {
            let open = !self.kept().closed;
            known.then(|| QueueNow {
                channels: vec![Medium::Chat, Medium::Email],
                name: "Support".into(),
                open,
                closed_message: "Back at eight.".into(),
                waiting: 0,
                expected_s: None,
            })
        })
    }

    fn queue_called(&self, _: QueueId) -> BoxFuture<'_, Option<(String, String)>> {
        Box::pin(std::future::ready(None))
    }

    fn standing(&self, _: InteractionId) -> BoxFuture<'_, Standing> {
        let standing = self.kept().standing.clone();
        Box::pin(async move { standing.unwrap_or(Standing::Waiting { place: 3, expected_s: Some((60, 120)) }) })
    }

    fn messages(&self, ids: Vec<MessageId>) -> BoxFuture<'_, Result<Vec<Message>, String>> {
        let found = self.kept().messages.iter().filter(|m| ids.contains(&m.id)).cloned().collect();
        Box::pin(async move { Ok(found) })
    }

    fn agent_name(&self, _: AgentId) -> BoxFuture<'_, String> {
        Box::pin(async { "Ana\u{202e} Reyes".to_owned() })
    }

    fn case(&self, _: CaseId) -> BoxFuture<'_, Result<Option<(Case, Option<(Customer, Contacts)>)>, String>> {
        Box::pin(async { Ok(None) })
    }

    fn side(&self, case: CaseId, side: Option<Side>) {
        let mut kept = self.kept();
        kept.sides.insert(case, side);
        kept.shown += 1;
    }

    fn health(&self, _: &str, _: Health) {}

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }

    fn rand(&self) -> &dyn Rand {
        &self.rand
    }
}

/// A web chat that is open.
struct House {
    chat: Arc<WebChat>,
    desk: Arc<Double>,
    stop: watch::Sender<bool>,
}

impl House {
    fn open(folder: &Path, desk: Arc<Double>, more: &str) -> House {
        std::fs::write(folder.join("secret"), "0123456789abcdef").expect("writes");
        let text = format!(
            "key = \"web\"\nqueue = \"support\"\ntitle = \"Larkspur\"\nsites = []\nsecret_file = \"secret\"\n{more}"
        );
        let inbox = toml::from_str(&text).expect("reads");
        let store = Arc::new(Outside::open(folder).expect("opens"));
        let chat = WebChat::new(&[inbox], &BTreeMap::new(), folder, store).expect("opens");
        let (stop, stopping) = watch::channel(false);
        chat.stopping.set(stopping).expect("once");
        let port: Arc<dyn Desk> = desk.clone();
        assert!(chat.desk.set(port).is_ok());
        House { chat: Arc::new(chat), desk, stop }
    }

    async fn hello(&self, token: Option<String>) -> (Guest, String, Vec<Down>, Known) {
        let hello = Hello { v: 1, token, lang: "de-AT".into(), ..Hello::default() };
        let (guest, frames, known) = self.chat.hello("web", &hello, HOME).await.expect("comes in");
        let Some(Down::Welcome(welcome)) = frames.first() else { panic!("{frames:?}") };
        let token = welcome.token.clone();
        (guest, token, frames, known)
    }

    async fn does(&self, guest: &Guest, n: u64, once: &str, deed: Deed) -> Down {
        self.chat.hear(guest, Up::Do { n, once: once.into(), deed }).await.remove(0)
    }
}

fn start(text: &str) -> Deed {
    Deed::Start(Start { name: Some("Dana".into()), text: text.into(), ..Start::default() })
}

fn say(text: &str) -> Deed {
    Deed::Say { text: text.into(), files: Vec::new() }
}

fn code(answer: &Down) -> Option<Why> {
    if let Down::No { code, .. } = answer { Some(*code) } else { None }
}

fn lines(frames: &[Down]) -> Vec<&Line> {
    frames.iter().filter_map(|f| if let Down::Line(line) = f { Some(line) } else { None }).collect()
}

#[tokio::test]
async fn a_conversation_goes_its_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(folder.path(), Double::new(), "mail = \"support\"\n");
    let (guest, token, _, mut known) = house.hello(None).await;
    assert_eq!(code(&house.does(&guest, 1, "aaaaaaaa", say("early")).await), Some(Why::Form));
    let begun = house.does(&guest, 1, "aaaaaaaa", start("Hello?")).await;
    assert_eq!(begun, Down::Ack { n: 1, once: "aaaaaaaa".into() });
    let news = house.chat.news(&guest, &mut known).await.expect("news");
    assert_eq!(lines(&news)[0].text, "Hello?");
    assert!(news.contains(&Down::Standing(Told::Waiting { ahead: 2, wait: Some((60, 120)) })), "{news:?}");

    // Nobody's letters are written before somebody answered.
    let by_mail = || Deed::Mail { email: "dana@x.org".into() };
    assert_eq!(code(&house.does(&guest, 2, "dddddddd", by_mail()).await), Some(Why::Wrong));

    // An agent answers, and is seen to write.
    house.desk.kept().standing = Some(Standing::With { id: AgentId(1), agent: "Ana".into(), held: false });
    house.chat.looks(CaseId(7), &[AgentId(2)], None);
    let news = house.chat.news(&guest, &mut known).await.expect("news");
    assert!(!news.iter().any(|f| matches!(f, Down::Marks { .. })), "who only looks on has not seen it: {news:?}");
    house.chat.looks(CaseId(7), &[AgentId(1), AgentId(2)], Some("Ana"));
    let news = house.chat.news(&guest, &mut known).await.expect("news");
    assert!(
        news.contains(&Down::Typing { who: Some("Ana".into()) }) && news.contains(&Down::Marks { seen: 1 }),
        "{news:?}"
    );
    let answer = house.desk.keep(CaseId(7), Author::Agent(AgentId(1)), "Good day".into());
    let case = a_case(7);
    let answered = |case| Answered { message: &answer, case, held: &[], to: None };
    for _ in 0..2 {
        assert_eq!(house.chat.send(answered(&case)), Ok(true));
    }
    let news = house.chat.news(&guest, &mut known).await.expect("news");
    let told = lines(&news);
    assert_eq!((told.len(), told[0].text.as_str(), told[0].who.as_str()), (1, "Good day", "Ana⇄ Reyes"));
    assert_eq!(house.chat.send(answered(&a_case(8))), Ok(false), "another's case");

    // It ends; what is said then is not lost without a word; the mark is taken once.
    house.desk.kept().standing = Some(Standing::Over);
    assert_eq!(code(&house.does(&guest, 2, "bbbbbbbb", say("too late")).await), Some(Why::Over));
    let news = house.chat.news(&guest, &mut known).await.expect("news");
    assert!(news.contains(&Down::Standing(Told::Over { ask: true })), "{news:?}");
    for mark in [5, 1] {
        house.does(&guest, 2, &format!("cccccccc{mark}"), Deed::Rate { mark }).await;
        house.does(&guest, 3, &format!("cccccccc{mark}"), Deed::Rate { mark }).await;
    }
    // The agent still wraps up, and the desk takes no marks before that is done.
    let port: Arc<dyn Desk> = house.desk.clone();
    house.chat.tell_marks(&port).await.expect("tells");
    house.desk.kept().wrapped = true;
    for _ in 0..2 {
        house.chat.tell_marks(&port).await.expect("tells");
    }
    let marks: Vec<u8> = house
        .desk
        .kept()
        .came
        .iter()
        .filter_map(|c| if let Came::Rated { mark, .. } = c { Some(*mark) } else { None })
        .collect();
    assert_eq!(marks, [5]);

    // The transcript goes to the mailbox once for each wish, and there are not many of those.
    for wish in 0..5_u64 {
        let done = house.does(&guest, 4 + wish.min(3), &format!("eeeeeeee{wish:02}"), by_mail()).await;
        assert_eq!(code(&done), (wish >= 3).then_some(Why::Wrong), "{done:?}");
    }
    for _ in 0..2 {
        house.chat.send_transcripts(&port).await.expect("posts");
    }
    let letters = house.chat.store.posts_due("support", At(i64::MAX), 10).expect("reads");
    assert_eq!(letters.len(), 3);
    let letter = &letters[0].letter;
    assert_eq!((letter.to.as_str(), letter.subject.contains("Larkspur")), ("dana@x.org", true), "{letter:?}");
    assert!(letter.body.contains("Ana⇄ Reyes:\n  Good day\n"), "{}", letter.body);

    // The same browser comes back, and one with another token does not see it.
    let (_, _, frames, _) = house.hello(Some(token.clone())).await;
    assert_eq!(lines(&frames).len(), 2);
    let (_, other, frames, _) = house.hello(Some(token.replace(|c: char| c.is_ascii_digit(), "x"))).await;
    assert!(other != token && lines(&frames).is_empty());
    assert!(house.chat.guest("web", "", HOME).await.is_err());
    assert!(house.chat.guest("other", &token, HOME).await.is_err());
}

fn a_case(id: u64) -> Case {
    let mut desk = crate::domain::decide::tests::Desk::new();
    let interaction = desk.open(Medium::Chat, QueueId(1), None);
    let case = desk.state.case(desk.get(interaction).case).cloned().expect("is there");
    Case { id: CaseId(id), ..case }
}

#[tokio::test]
async fn who_floods_waits_and_others_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(folder.path(), Double::new(), "per_minute = 5\naddress_open = 1\n");
    let (guest, _, _, _) = house.hello(None).await;
    house.does(&guest, 1, "aaaaaaaa", start("?")).await;
    let mut n = 1;
    let refused = loop {
        n += 1;
        match house.does(&guest, n, &format!("bbbbbbbb{n:02}"), say("x")).await {
            Down::Ack { .. } => {}
            other => break other,
        }
    };
    assert_eq!(n, 6);
    let Down::No { code: Why::Slow, retry_s: Some(wait), n: Some(5), .. } = refused else { panic!("{refused:?}") };
    house.desk.clock.advance(wait * 1_000);
    assert!(
        matches!(house.does(&guest, n, "bbbbbbbb06", say("x")).await, Down::Ack { .. }),
        "after the wait it goes on"
    );
    let (second, _, _, _) = house.hello(None).await;
    assert_eq!(
        code(&house.does(&second, 1, "cccccccc", start("?")).await),
        Some(Why::Slow),
        "one at a time from there"
    );
    let hello = Hello { v: 1, ..Hello::default() };
    let elsewhere = IpAddr::from([10, 0, 0, 1]);
    let (third, _, _) = house.chat.hello("web", &hello, elsewhere).await.expect("comes in");
    assert!(matches!(house.does(&third, 1, "dddddddd", start("?")).await, Down::Ack { .. }));
    // Files of kinds that are not taken, or too big, or of other conversations.
    let file = async |name: &'static str, size: usize| {
        let passage = house.chat.may_send(&third, name, "", None).await?;
        house.chat.keep_file(&third, passage, name, "", vec![1; size]).await
    };
    assert_eq!(file("a.exe", 10).await, Err(Why::Kind));
    assert_eq!(file("a.txt", 0).await, Err(Why::Kind));
    assert_eq!(file("a.txt", (10 << 20) + 1).await, Err(Why::Big));
    let card = file("a.txt", 10).await.expect("is taken");
    assert_eq!(house.chat.file(&guest, card.id).await.map(drop), Err(Why::File));
}

#[tokio::test]
async fn a_server_that_goes_down_ends_no_conversation() {
    let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
    let house = House::open(folder.path(), desk.clone(), "");
    let (guest, token, _, mut known) = house.hello(None).await;
    house.does(&guest, 1, "aaaaaaaa", start("?")).await;
    desk.kept().standing = Some(Standing::Over);
    house.stop.send_replace(true);
    assert!(house.chat.news(&guest, &mut known).await.is_err());
    assert_eq!(code(&house.does(&guest, 2, "bbbbbbbb", say("x")).await), Some(Why::Later));
    drop(house);
    desk.kept().standing = None;
    let house = House::open(folder.path(), desk, "");
    let (_, _, frames, _) = house.hello(Some(token)).await;
    assert!(frames.iter().any(|f| matches!(f, Down::Standing(Told::Waiting { .. }))), "{frames:?}");
}

#[tokio::test]
async fn whoever_closes_every_page_has_left_after_a_while() {
    let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
    let house = House::open(folder.path(), desk.clone(), "away_s = 60\n");
    let (guest, _, _, _) = house.hello(None).await;
    house.does(&guest, 1, "aaaaaaaa", start("?")).await;
    let port: Arc<dyn Desk> = desk.clone();
    let left = || desk.kept().came.iter().filter(|c| matches!(c, Came::Left { .. })).count();
    let listening = house.chat.listen(&guest).await.expect("listens");
    desk.clock.advance(600_000);
    house.chat.look_around(&port, 1).await.expect("looks");
    assert_eq!(left(), 0, "who has it open is there");
    assert!(desk.kept().sides[&CaseId(7)].as_ref().is_some_and(|side| side.there));
    drop(listening);
    desk.clock.advance(59_000);
    house.chat.look_around(&port, 2).await.expect("looks");
    assert_eq!(left(), 0);
    desk.clock.advance(2_000);
    for round in 3..5 {
        house.chat.look_around(&port, round).await.expect("looks");
    }
    assert_eq!(left(), 1);
    assert_eq!(desk.kept().sides[&CaseId(7)], None);
}

#[tokio::test]
async fn whoever_shows_a_thousand_things_is_shown_a_few_of_them_and_the_last() {
    let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
    let house = House::open(folder.path(), desk.clone(), "");
    let (guest, _, _, _) = house.hello(None).await;
    house.does(&guest, 1, "aaaaaaaa", start("?")).await;
    let _listening = house.chat.listen(&guest).await.expect("listens");
    let shown = || desk.kept().shown;
    for _ in 0..50 {
        house.chat.hear(&guest, Up::Typing { on: false }).await;
    }
    assert_eq!(shown(), 1, "what changes nothing is not shown");
    for n in 0..1_000 {
        house.chat.hear(&guest, Up::Typing { on: n % 2 == 0 }).await;
    }
    assert_eq!(shown(), super::gate::SHOWS);
    let writes = || desk.kept().sides[&CaseId(7)].as_ref().is_some_and(|side| side.writes);
    house.chat.hear(&guest, Up::Read { k: 1 }).await;
    assert!(writes(), "the last is not shown yet");
    tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while writes() {
            desk.clock.advance(100);
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the last of it is shown");
    assert_eq!(shown(), super::gate::SHOWS + 1);
}

#[tokio::test]
async fn only_so_much_of_a_conversations_files_is_on_its_way_out() {
    let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
    let house = House::open(folder.path(), desk, "file_max_mib = 1\nfile_count = 2\n");
    let (guest, _, _, _) = house.hello(None).await;
    house.does(&guest, 1, "aaaaaaaa", start("?")).await;
    let passage = house.chat.may_send(&guest, "a.txt", "", None).await.expect("may come");
    let card = house.chat.keep_file(&guest, passage, "a.txt", "", vec![1; 1 << 20]).await.expect("is kept");
    let fetched = async || house.chat.file(&guest, card.id).await.map(|(bytes, way)| (bytes.len(), way));
    let (one, two) = (fetched().await.expect("goes out"), fetched().await.expect("goes out"));
    assert_eq!((one.0, two.0), (5, 5));
    assert_eq!(fetched().await.map(drop), Err(Why::Slow));
    drop(one);
    assert!(fetched().await.is_ok());
}

#[tokio::test]
async fn only_so_many_pages_have_a_conversation_open() {
    let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
    let house = House::open(folder.path(), desk, "");
    let (guest, _, _, _) = house.hello(None).await;
    let mut open = Vec::new();
    while let Some(listening) = house.chat.listen(&guest).await {
        open.push(listening);
        assert!(open.len() < 100);
    }
    open.pop();
    assert!(house.chat.listen(&guest).await.is_some());
    let (other, _, _, _) = house.hello(None).await;
    assert!(house.chat.listen(&other).await.is_some(), "each conversation has its own");
}

#[tokio::test]
async fn out_of_hours_a_message_is_left_with_an_address() {
    let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
    desk.kept().closed = true;
    let house = House::open(folder.path(), desk.clone(), "leave_queue = \"post\"\n");
    let (guest, _, frames, mut known) = house.hello(None).await;
    let Some(Down::Welcome(welcome)) = frames.first() else { panic!("{frames:?}") };
    assert_eq!((welcome.online, welcome.closed.as_str()), (false, "Back at eight."));
    assert_eq!(code(&house.does(&guest, 1, "aaaaaaaa", start("?")).await), Some(Why::Email));
    let email = Some("dana@example.com".to_owned());
    let whole = Deed::Start(Start { email: email.clone(), text: "Call me".into(), ..Start::default() });
    assert!(matches!(house.does(&guest, 1, "aaaaaaaa", whole).await, Down::Ack { n: 1, .. }));
    let Some(Came::Contact(contact)) = desk.kept().came.first().cloned() else { panic!("a contact") };
    assert_eq!(contact.hint.proof, Proof::Said, "typed into a form");
    assert_eq!((contact.channel, contact.queue.as_str(), contact.hint.email), (Medium::Email, "post", email));
    let news = house.chat.news(&guest, &mut known).await.expect("news");
    assert!(news.contains(&Down::Standing(Told::Left)), "{news:?}");
}

/// What happens between a customer who types and a server that is not always there.
#[derive(Debug, Clone)]
enum Step {
    /// They type a message.
    Type,
    /// The page brings what is not acknowledged, so many times, and the answers come back or not.
    Bring { most: usize, heard: bool },
    /// The server starts anew.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bring = (1usize..4, any::<bool>()).prop_map(|(most, heard)| Step::Bring { most, heard });
    prop::collection::vec(prop_oneof![3 => Just(Step::Type), 4 => bring, 1 => Just(Step::Restart)], 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Two pages of one browser write into one conversation; acknowledgements are lost, the desk puts off and forgets
    /// to answer, the server starts anew. In the end every message is there once, and each page's in its order.
    #[test]
    fn everything_arrives_once_whatever_is_lost(pages in prop::array::uniform2(steps()), put_off in 0u32..5, lose in 0u32..5) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (folder, desk) = (tempfile::tempdir().expect("a folder"), Double::new());
            let mut house = House::open(folder.path(), desk.clone(), "per_minute = 10000\naddress_per_minute = 100000\n");
            let (guest, token, _, _) = house.hello(None).await;
            house.does(&guest, 1, "00000000", start("begin")).await;
            desk.put_off.store(if put_off == 1 { 0 } else { put_off }, Ordering::SeqCst);
            desk.lose.store(if lose == 1 { 0 } else { lose }, Ordering::SeqCst);
            let mut typed = [0u64; 2];
            let mut pending: [Vec<(String, String)>; 2] = Default::default();
            let mut taken = [1u64; 2];
            let longest = pages.iter().map(Vec::len).max().unwrap_or_default();
            // The last rounds bring everything that is left.
            for at in 0..longest + 300 {
                for page in 0..2 {
                    let step = pages[page].get(at).cloned().unwrap_or(Step::Bring { most: 1, heard: true });
                    match step {
                        Step::Type => {
                            typed[page] += 1;
                            let once = format!("{page}{:07x}", typed[page]);
                            pending[page].push((once, format!("{page}:{}", typed[page])));
                        }
                        Step::Restart => {
                            drop(house);
                            house = House::open(folder.path(), desk.clone(), "per_minute = 10000\naddress_per_minute = 100000\n");
                        }
                        Step::Bring { most, heard } => {
                            let guest = house.chat.guest("web", &token, HOME).await.expect("known");
                            // One after the other, as the widget does.
                            for _ in 0..most {
                                let Some((once, text)) = pending[page].first().cloned() else { break };
                                let answer = house.does(&guest, taken[page] + 1, &once, say(&text)).await;
                                match answer {
                                    _ if !heard => break,
                                    Down::Ack { n, once } => {
                                        pending[page].retain(|p| p.0 != once);
                                        taken[page] = taken[page].max(n);
                                    }
                                    Down::No { code: Why::Order, n: Some(n), .. } => taken[page] = n,
                                    Down::No { code: Why::Later, .. } => break,
                                    other => panic!("{other:?}"),
                                }
                            }
                        }
                    }
                }
            }
            let heard = desk.heard();
            for page in 0..2 {
                let mine: Vec<_> = heard.iter().filter(|w| w.starts_with(&format!("{page}:"))).cloned().collect();
                let wanted: Vec<_> = (1..=typed[page]).map(|n| format!("{page}:{n}")).collect();
                assert_eq!(mine, wanted);
                assert!(pending[page].is_empty());
            }
            let (_, _, frames, _) = house.hello(Some(token)).await;
            let told = lines(&frames);
            assert!(told.iter().enumerate().all(|(n, line)| line.k == n as u64 + 1), "numbers have no gaps");
            let mut words: Vec<_> = told.iter().map(|line| line.text.clone()).collect();
            for page in ["0:", "1:"] {
                let of = |list: &[String]| list.iter().filter(|w| w.starts_with(page)).cloned().collect::<Vec<_>>();
                assert_eq!(of(&words), of(&heard), "the customer is shown what the desk was brought");
            }
            let mut heard = heard;
            heard.sort();
            words.sort();
            assert_eq!(words, heard);
        });
    }
}
