//! Real desks and a real server: cold start, offers, refusals, work without a link, cut connections, lost rights,
//! restored ledgers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cordboard::app::port::{
    Answer, Draft, DraftField, DraftKey, Effect, Incoming, LinkState, LinkStatus, OutboxState, Pop, Port, Query, Thread,
};
use cordboard::clock::SystemClock;
use cordboard::desk::{Desk, DeskPaths, LinkConfig};
use cordboard::domain::Command;
use cordboard::domain::command::CustomerHint;
use cordboard::domain::ids::*;
use cordboard::domain::people::{Agent, Contacts, Customer, Firm, Presence, Role, Team};
use cordboard::domain::row::{Entity, Row, RowKey};
use cordboard::domain::time::At;
use cordboard::domain::work::{Author, Case, Channel, Kind, Phase, Priority, Queue, Status};
use cordboard::rand::{Rand, SeededRand, SystemRand};
use cordboard::server::accounts::new_token;
use cordboard::server::operate::Done;
use cordboard::server::run::{Server, ServerConfig};
use cordboard::store::outbox::Outbox;
use cordboard::sync::link::Address;
use cordboard::wire::frame::Hello;
use cordboard::wire::link_url::Fingerprint;
use cordboard::wire::pipe::{Dial, DialError, Dialing, Opened, Pipe, pair};
use tokio::sync::mpsc::UnboundedReceiver;

const PATIENCE: Duration = Duration::from_secs(30);
const ANA: AgentId = AgentId(1);
const BEN: AgentId = AgentId(2);
const SECRET: &str = "the xylophone stands behind the curtain";

/// A server with a small firm.
struct House {
    dir: tempfile::TempDir,
    server: Option<Server>,
}

impl House {
    fn new() -> House {
        let mut house = House { dir: tempfile::tempdir().expect("a folder"), server: None };
        house.start();
        house.give(firm());
        house
    }

    fn start(&mut self) {
        let mut config = ServerConfig::new(self.dir.path());
        config.listen = Some("127.0.0.1:0".parse().expect("an address"));
        let server = Server::start(config, Arc::new(SystemClock::new()), Arc::new(SystemRand));
        self.server = Some(server.expect("the server starts"));
    }

    fn stop(&mut self) {
        self.server.take().expect("it runs").shutdown();
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    fn give(&self, commands: Vec<Command>) -> Vec<RowKey> {
        let done = self.server().operator().submit(commands).expect("the server answers");
        let made = done.into_iter().map(|done| match done {
            Done::Made(keys) => keys,
            Done::Refused(why) => panic!("refused: {why}"),
        });
        made.flatten().collect()
    }

    fn put(&self, rows: Vec<Row>) {
        self.give(rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect());
    }

    /// Bodies of the notes of a case, in order, as the server has them.
    fn notes(&self, case: CaseId) -> Vec<String> {
        let rows = self.server().operator().children(Entity::Message, vec![case.0]).expect("the server answers");
        let body = |row| if let Row::Message(m) = row { (m.kind == Kind::Note).then_some(m.body) } else { None };
        rows.into_iter().flatten().filter_map(body).collect()
    }

    fn link(&self, agent: AgentId) -> LinkConfig {
        LinkConfig::Direct(Arc::new(self.server().local(agent).expect("a desk")))
    }

    /// A token over the network, as joining gives it, and the device it belongs to.
    fn joined(&self, agent: AgentId) -> (Address, DeviceId) {
        let (token, hash) = new_token(&SystemRand);
        let core = self.server().hub().core.clone();
        let added = core.run_blocking(move |inside| inside.ledger.accounts().add_device(hash, agent, "test", At(0)));
        let device = added.expect("it runs").expect("added");
        let port = self.server().address().expect("it listens").port();
        (Address { host: "127.0.0.1".into(), port, fingerprint: self.server().fingerprint(), token }, device)
    }

    /// A customer comes.
    fn comes(&self, reference: &str, subject: &str) -> InteractionId {
        let hint = CustomerHint { reference: Some(reference.into()), ..CustomerHint::default() };
        let made = self.give(vec![Command::OpenInteraction {
            channel: Channel::Chat,
            queue: QueueId(1),
            hint,
            customer: None,
            case: None,
            menu: vec!["billing".into()],
            priority: Priority::Normal,
            language: "en".into(),
            subject: subject.into(),
            body: Some("Hello, my bill is wrong.".into()),
            came: None,
            callback: Default::default(),
        }]);
        let key = made.into_iter().find(|key| key.entity == Entity::Interaction).expect("an interaction");
        InteractionId(key.id)
    }
}

fn agent(id: AgentId, login: &str) -> Agent {
    Agent {
        id,
        login: login.into(),
        name: login.to_uppercase(),
        team: TeamId(1),
        role: Role::Agent,
        skills: [].into(),
        queues: vec![QueueId(1)],
        active: true,
    }
}

fn firm() -> Vec<Command> {
    let queue = |key: &str| Queue {
        id: QueueId(0),
        key: key.into(),
        name: key.into(),
        channels: Channel::ALL.to_vec(),
        skills: [].into(),
        offer_s: 120,
        wrap_up_s: 60,
        sl_pct: 80,
        sl_s: 20,
        calendar: None,
        closed_message: String::new(),
        active: true,
        rules: cordboard::domain::routing::QueueRules::default(),
    };
    let rows: Vec<Row> = vec![
        Firm {
            name: "Larkfield".into(),
            zone: "Europe/London".into(),
            rules: cordboard::domain::routing::FirmRules::default(),
            locale: String::new(),
        }
        .into(),
        Team { id: TeamId(0), key: "one".into(), name: "One".into() }.into(),
        queue("billing").into(),
        queue("sales").into(),
        agent(AgentId(0), "ana").into(),
        agent(AgentId(0), "ben").into(),
    ];
    let mut commands: Vec<Command> = rows.into_iter().map(|row| Command::Put { row: Box::new(row) }).collect();
    for number in 1..=40 {
        let phones = vec![format!("+4420794600{number:02}")];
        let contacts = Contacts { id: CustomerId(0), phones, ..Contacts::default() };
        let customer = Customer {
            id: CustomerId(0),
            reference: format!("C-{number}"),
            name: format!("Dana Holt {number}"),
            locale: "en-GB".into(),
            zone: "Europe/London".into(),
            plan: "Basic".into(),
            flags: vec![],
            note: String::new(),
            since: "2020-01-01".into(),
            masked: vec![],
        };
        commands.push(Command::ImportCustomer { customer: Box::new(customer), contacts: Box::new(contacts) });
    }
    commands
}

/// A past case of customer 1 with one message.
fn past_case(house: &House, reference: &str, body: &str) -> CaseId {
    let case = Case {
        id: CaseId(0),
        reference: reference.into(),
        customer: Some(CustomerId(1)),
        queue: QueueId(1),
        channel: Channel::Email,
        subject: "An old bill".into(),
        status: Status::Open,
        priority: Priority::Normal,
        tags: vec!["bill".into()],
        assignee: Some(ANA),
        language: "en".into(),
        created: At(1_000),
        updated: At(2_000),
        snoozed_until: None,
        reason: None,
        outcome: None,
        last_inbound: None,
        escalated: None,
        sla: cordboard::domain::sla::Sla::default(),
        ties: Default::default(),
        label: None,
        checks: Vec::new(),
    };
    let message = cordboard::domain::command::ImportedMessage {
        at: At(1_000),
        author: Author::Customer,
        kind: Kind::Message,
        channel: Channel::Email,
        body: body.into(),
    };
    let made = house.give(vec![Command::ImportCase {
        case: Box::new(case),
        messages: vec![message],
        wrap_ups: vec![],
        tasks: vec![],
    }]);
    CaseId(made.into_iter().find(|key| key.entity == Entity::Case).expect("a case").id)
}

/// A desk and everything it said.
struct Place {
    desk: Desk,
    told: UnboundedReceiver<Incoming>,
    heard: Vec<Incoming>,
    /// How far [`Place::next`] has looked.
    read: usize,
    token: u64,
}

impl Place {
    fn open(dir: &Path, link: LinkConfig) -> Place {
        let paths = DeskPaths { dir: dir.to_owned() };
        let opened = Desk::open(&paths, link, Arc::new(SystemClock::new()), Arc::new(SystemRand));
        let (desk, told) = opened.expect("the desk opens");
        Place { desk, told, heard: Vec::new(), read: 0, token: 0 }
    }

    fn perform(&self, effect: Effect) {
        self.desk.perform(effect);
    }

    /// Waits for the next thing said that fits; what was said before it is passed over.
    async fn next<T>(&mut self, what: &str, fits: impl Fn(&Incoming) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            while let Some(incoming) = self.heard.get(self.read) {
                self.read += 1;
                if let Some(found) = fits(incoming) {
                    return found;
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.told.recv()).await {
                Ok(Some(incoming)) => self.heard.push(incoming),
                Ok(None) => panic!("the desk ended while waiting for {what}"),
                Err(late) => panic!("waited in vain for {what} ({late}); heard {:#?}", self.heard),
            }
        }
    }

    async fn link(&mut self, what: &str, fits: impl Fn(&LinkStatus) -> bool) -> LinkStatus {
        let status = |i: &Incoming| if let Incoming::Link(s) = i { fits(s).then(|| s.clone()) } else { None };
        self.next(what, status).await
    }

    /// Linked, and the snapshot is here.
    async fn synced(&mut self) -> LinkStatus {
        self.link("the link", |s| s.state == LinkState::Live && s.seen_at.is_some() && s.coming.is_none()).await
    }

    /// Submits and returns the number it got, or why it got none.
    async fn submit(&mut self, command: Command) -> Result<u64, String> {
        self.token += 1;
        let token = self.token;
        self.perform(Effect::Submit { token, command: Box::new(command), clears: None, case: None, hold: None });
        let answer = move |i: &Incoming| match i {
            Incoming::Queued { token: t, n, .. } if *t == token => Some(Ok(*n)),
            Incoming::NotQueued { token: t, why } if *t == token => Some(Err(why.clone())),
            _ => None,
        };
        self.next("the outbox", answer).await
    }

    async fn verdict(&mut self, number: u64) -> OutboxState {
        let verdict = |i: &Incoming| match i {
            Incoming::Verdict { n, state } if *n == number && *state != OutboxState::Waiting => Some(state.clone()),
            _ => None,
        };
        self.next("a verdict", verdict).await
    }

    /// Asks for a thread until it looks as it should.
    async fn thread(&mut self, case: CaseId, fits: impl Fn(Option<&Thread>) -> bool) -> Option<Box<Thread>> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.perform(Effect::Ask(Query::Thread(case)));
            let answer = |i: &Incoming| match i {
                Incoming::Answer(Answer::Thread(id, thread)) if *id == case => Some(thread.clone()),
                _ => None,
            };
            let thread = self.next("a thread", answer).await;
            if fits(thread.as_deref()) {
                return thread;
            }
            assert!(Instant::now() < end, "the thread never looked so: {thread:?}");
            tokio::task::yield_now().await;
        }
    }

    async fn offered(&mut self) -> Box<Pop> {
        self.next("an offer", |i| if let Incoming::Offered(pop) = i { Some(pop.clone()) } else { None }).await
    }
}

fn done(state: &OutboxState) -> bool {
    matches!(state, OutboxState::Done { .. })
}

fn note(case: CaseId, body: &str) -> Command {
    Command::AddNote { case, body: body.into(), from: vec![] }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_desk_gets_everything_and_a_warm_one_what_is_new() {
    let house = House::new();
    let old = past_case(&house, "old-1", "the first words");
    let dir = folder();
    let mut place = Place::open(dir.path(), house.link(ANA));
    let empty = |i: &Incoming| match i {
        Incoming::Opened { agent: None, hot, outbox, .. } if hot.queues().next().is_none() && outbox.is_empty() => {
            Some(())
        }
        _ => None,
    };
    place.next("the empty desk", empty).await;
    place.synced().await;
    let thread = place.thread(old, |t| t.is_some_and(|t| t.messages.len() == 1)).await.expect("there");
    assert_eq!(thread.messages[0].body, "the first words");
    // Something happens while this desk is closed.
    drop(place);
    let newer = past_case(&house, "old-2", "the second words");
    let mut place = Place::open(dir.path(), house.link(ANA));
    let warm = |i: &Incoming| match i {
        Incoming::Opened { agent: Some(ANA), hot, .. } => Some(hot.queues().map(|q| q.key.clone()).collect::<Vec<_>>()),
        _ => None,
    };
    assert_eq!(place.next("the warm desk", warm).await, ["billing", "sales"]);
    let status = place.synced().await;
    place.thread(newer, |t| t.is_some_and(|t| t.messages[0].body == "the second words")).await;
    assert!(status.bytes.0 < 4_000, "a warm start costs {} bytes", status.bytes.0);
    place.perform(Effect::Ask(Query::History { seq: 7, words: "second".into(), limit: 5 }));
    let found = |i: &Incoming| match i {
        Incoming::Answer(Answer::History { seq: 7, hits }) => Some(hits.len()),
        _ => None,
    };
    assert_eq!(place.next("a search", found).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_comes_with_who_it_is_and_one_of_two_gets_it() {
    let house = House::new();
    past_case(&house, "old-1", "the first words");
    let (dir_ana, dir_ben) = (folder(), folder());
    let mut ana = Place::open(dir_ana.path(), house.link(ANA));
    let mut ben = Place::open(dir_ben.path(), house.link(BEN));
    ana.synced().await;
    ben.synced().await;
    let n = ana.submit(Command::SetPresence { to: Presence::Ready }).await.expect("stored");
    assert!(done(&ana.verdict(n).await));
    let id = house.comes("C-1", "Roaming bill");
    let pop = ana.offered().await;
    assert_eq!((pop.interaction.id, pop.customer.as_ref().map(|c| c.id)), (id, Some(CustomerId(1))));
    assert_eq!(pop.cases.iter().map(|c| c.reference.as_str()).collect::<Vec<_>>(), ["old-1"]);
    // It was offered to Ana: Ben is refused, in words, and goes on working.
    let epoch = pop.interaction.epoch;
    let n = ben.submit(Command::AcceptOffer { interaction: id, epoch }).await.expect("stored");
    assert!(matches!(ben.verdict(n).await, OutboxState::Refused(_)));
    let n = ana.submit(Command::AcceptOffer { interaction: id, epoch }).await.expect("stored");
    assert!(done(&ana.verdict(n).await));
    let mine = move |i: &Incoming| match i {
        Incoming::Changed { put, .. } => put.iter().find_map(|row| match row {
            Row::Interaction(i) if i.id == id && i.owner == Some(ANA) => Some(i.phase),
            _ => None,
        }),
        _ => None,
    };
    assert_eq!(ben.next("Ana's interaction", mine).await, Phase::Connected);
    let n = ben.submit(note(pop.interaction.case, "a colleague's note")).await.expect("stored");
    assert!(done(&ben.verdict(n).await));
    ana.thread(pop.interaction.case, |t| t.is_some_and(|t| t.messages.iter().any(|m| m.kind == Kind::Note))).await;
    // Who else looks at it is told.
    ana.perform(Effect::Look { case: Some(pop.interaction.case), writing: true });
    let looks = |i: &Incoming| match i {
        Incoming::Looks { who, .. } => who.contains(&(ANA, true)).then_some(()),
        _ => None,
    };
    ben.perform(Effect::Look { case: Some(pop.interaction.case), writing: false });
    ben.next("who else is there", looks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_without_a_link_is_kept_and_sent_once() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let dir = folder();
    let mut place = Place::open(dir.path(), house.link(ANA));
    place.synced().await;
    place.perform(Effect::WorkOffline(true));
    place.link("offline", |s| s.state == LinkState::Offline).await;
    let mut numbers = Vec::new();
    for word in ["one", "two", "three", "four"] {
        numbers.push(place.submit(note(case, word)).await.expect("stored"));
    }
    let why = place.submit(Command::Pull { interaction: None }).await.expect_err("a claim needs the link");
    assert!(why.contains("no link"), "{why}");
    place.perform(Effect::Withdraw { n: numbers[1] });
    place.perform(Effect::GiveBack { n: numbers[1], draft: None });
    let key = DraftKey { case, field: DraftField::Reply };
    let draft = Draft { key, body: "half a sen".into(), base: None, meta: String::new(), at: At(5) };
    place.perform(Effect::SaveDraft(draft.clone()));
    drop(place);

    let mut place = Place::open(dir.path(), house.link(ANA));
    let kept = |i: &Incoming| match i {
        Incoming::Opened { drafts, outbox, .. } => {
            Some((drafts.clone(), outbox.iter().map(|o| o.n).collect::<Vec<_>>()))
        }
        _ => None,
    };
    let waiting = vec![numbers[0], numbers[2], numbers[3]];
    assert_eq!(place.next("what was kept", kept).await, (vec![draft], waiting.clone()));
    for n in waiting {
        assert!(done(&place.verdict(n).await));
    }
    assert_eq!(house.notes(case), ["one", "three", "four"]);
}

/// Copies the files of a folder.
fn copied(from: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(from).expect("lists") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
    }
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_from_one_copied_folder_ask_what_becomes_of_what_is_in_doubt() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let first = tempfile::tempdir().expect("a folder");
    let mut place = Place::open(first.path(), house.link(ANA));
    place.synced().await;
    drop(place);
    let second = copied(first.path());
    // Both give the same number to different words; the first to come has it.
    let handed = |dir: &Path, words: &str| {
        let mut outbox = Outbox::open(dir, 1).expect("opens");
        let key = outbox
            .submit(&note(case, words), At(5), None, cordboard::store::outbox::Turn::default())
            .expect("stored")
            .0
            .key;
        outbox.after(0).expect("numbered");
        key
    };
    let (mine, theirs) = (handed(first.path(), "from the first"), handed(second.path(), "from the second"));
    let mut place = Place::open(second.path(), house.link(ANA));
    assert!(done(&place.verdict(theirs).await));
    drop(place);
    let mut place = Place::open(first.path(), house.link(ANA));
    assert_eq!(place.verdict(mine).await, OutboxState::Doubtful);
    assert_eq!(house.notes(case), ["from the second"], "nothing is sent before the agent says so");
    place.synced().await;
    place.perform(Effect::Confirm { n: mine });
    assert!(done(&place.verdict(mine).await));
    assert_eq!(house.notes(case), ["from the second", "from the first"]);
}

/// Lets a connection live for so many messages, then cuts it; what is on its way is lost.
struct Scissors {
    inner: Arc<dyn Dial>,
    rand: Arc<SeededRand>,
}

impl Dial for Scissors {
    fn dial(&self, hello: Hello) -> Dialing {
        let (dialing, lives) = (self.inner.dial(hello), 3 + self.rand.jitter(25));
        Box::pin(async move {
            let Opened { pipe, primed } = dialing.await?;
            let (near, far) = pair();
            tokio::spawn(async move {
                let (Pipe { tx: up, rx: mut down }, Pipe { tx: near_tx, rx: mut near_rx }) = (pipe, far);
                for _ in 0..lives {
                    let sent = tokio::select! {
                        message = down.next() => match message {
                            Some(message) => near_tx.send(message).await,
                            None => return,
                        },
                        message = near_rx.next() => match message {
                            Some(message) => up.send(message).await,
                            None => return,
                        },
                    };
                    if sent.is_err() {
                        return;
                    }
                }
            });
            Ok(Opened { pipe: near, primed })
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_lose_and_double_nothing() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    for seed in 0..6 {
        let dir = folder();
        let inner = Arc::new(house.server().local(ANA).expect("a desk"));
        let scissors = Scissors { inner, rand: Arc::new(SeededRand::new(seed)) };
        let mut place = Place::open(dir.path(), LinkConfig::Direct(Arc::new(scissors)));
        let mut words = Vec::new();
        let mut last = 0;
        for index in 0..60 {
            let word = format!("{seed}-{index}");
            last = place.submit(note(case, &word)).await.expect("stored");
            words.push(word);
            // Impatient fingers.
            place.perform(Effect::RetryLink);
        }
        let end = Instant::now() + PATIENCE;
        loop {
            place.perform(Effect::RetryLink);
            let verdict = |i: &Incoming| match i {
                Incoming::Verdict { n, state } if *n == last => Some(done(state)),
                Incoming::Link(s) => (s.state == LinkState::Lost).then_some(false),
                _ => None,
            };
            if place.next("the last verdict", verdict).await {
                break;
            }
            assert!(Instant::now() < end, "it never drains");
        }
        let there: Vec<String> = house.notes(case).into_iter().filter(|n| n.starts_with(&format!("{seed}-"))).collect();
        assert_eq!(there, words, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_right_takes_the_rows_and_a_shut_out_desk_stops() {
    let house = House::new();
    let case = past_case(&house, "old-1", SECRET);
    let dir = folder();
    let (address, device) = house.joined(ANA);
    let mut place = Place::open(dir.path(), LinkConfig::Socket(address));
    place.synced().await;
    place.thread(case, |t| t.is_some()).await;
    house.put(vec![Agent { queues: vec![QueueId(2)], ..agent(ANA, "ana") }.into()]);
    place.next("a reset", |i| if let Incoming::Reset { .. } = i { Some(()) } else { None }).await;
    place.thread(case, |t| t.is_none()).await;
    // Given back, they come again.
    house.put(vec![agent(ANA, "ana").into()]);
    place.thread(case, |t| t.is_some()).await;
    house.put(vec![Agent { queues: vec![QueueId(2)], ..agent(ANA, "ana") }.into()]);
    place.thread(case, |t| t.is_none()).await;
    assert!(house.server().operator().revoke_device(device).expect("the server answers"));
    let status = place.link("the end", |s| s.state == LinkState::Refused).await;
    assert!(!status.words.is_empty() && status.retry_at.is_none(), "{status:?}");
    place.perform(Effect::RetryLink);
    let status = place.link("still the end", |s| s.state == LinkState::Refused).await;
    assert!(status.words.contains("join link"), "{}", status.words);
    drop(place);
    for entry in std::fs::read_dir(dir.path()).expect("lists") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("readable");
        let needle = SECRET.as_bytes();
        assert!(!bytes.windows(needle.len()).any(|w| w == needle), "{} still holds the words", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_network_with_the_right_certificate_only() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let (address, _) = house.joined(ANA);
    let dir = folder();
    let wrong = Address { fingerprint: Fingerprint([9; 32]), ..address.clone() };
    let mut place = Place::open(dir.path(), LinkConfig::Socket(wrong));
    let status = place.link("a refusal", |s| s.state == LinkState::Refused).await;
    assert!(status.words.contains("Another certificate"), "{}", status.words);
    drop(place);
    let mut place = Place::open(dir.path(), LinkConfig::Socket(address));
    let status = place.synced().await;
    assert!(status.bytes.0 > 1_000 && status.bytes.1 > 500, "{:?}", status.bytes);
    let n = place.submit(note(case, "over the network")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    assert_eq!(house.notes(case), ["over the network"]);
    // It may have been told before.
    place.read = 0;
    let status = place.link("a round trip", |s| s.rtt_ms.is_some()).await;
    assert!(status.offset_ms.abs() < 1_000, "{status:?}");
}

/// Dials whatever server there is at the moment.
#[derive(Clone, Default)]
struct Redial(Arc<std::sync::Mutex<Option<Arc<dyn Dial>>>>);

impl Redial {
    fn to(&self, house: &House) {
        let local: Arc<dyn Dial> = Arc::new(house.server().local(ANA).expect("a desk"));
        *self.0.lock().expect("no panic") = Some(local);
    }

    fn nowhere(&self) {
        *self.0.lock().expect("no panic") = None;
    }
}

impl Dial for Redial {
    fn dial(&self, hello: Hello) -> Dialing {
        let inner = self.0.lock().expect("no panic").clone();
        Box::pin(async move {
            match inner {
                Some(inner) => inner.dial(hello).await,
                None => Err(DialError::Unreachable("Nobody answers.".into())),
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_goes_on_and_a_restored_one_gets_the_work_again() {
    let mut house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let (dir, redial) = (folder(), Redial::default());
    redial.to(&house);
    let mut place = Place::open(dir.path(), LinkConfig::Direct(Arc::new(redial.clone())));
    place.synced().await;
    let n = place.submit(note(case, "before the copy")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    let copy = dir.path().join("copy.db");
    house.server().operator().backup(&copy).expect("copied");

    // A restart: nothing is fetched anew.
    redial.nowhere();
    house.stop();
    place.link("the loss", |s| s.state == LinkState::Lost).await;
    house.start();
    redial.to(&house);
    place.perform(Effect::RetryLink);
    place.link("the link again", |s| s.state == LinkState::Live).await;
    for word in ["after the copy", "the last"] {
        let n = place.submit(note(case, word)).await.expect("stored");
        assert!(done(&place.verdict(n).await));
    }
    place.thread(case, |t| t.is_some_and(|t| t.messages.len() == 4)).await;

    // The ledger of before: what was answered since is done again, and the cache is filled from the new one.
    redial.nowhere();
    house.stop();
    cordboard::store::ledger_sqlite::restore(&copy, house.dir.path()).expect("restored");
    house.start();
    assert_eq!(house.notes(case), ["before the copy"]);
    redial.to(&house);
    place.perform(Effect::RetryLink);
    place.next("a reset", |i| if let Incoming::Reset { .. } = i { Some(()) } else { None }).await;
    place.thread(case, |t| t.is_some_and(|t| t.messages.len() == 4)).await;
    assert_eq!(house.notes(case), ["before the copy", "after the copy", "the last"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_outbox_asks_instead_of_doubling() {
    let house = House::new();
    let case = past_case(&house, "old-1", "the first words");
    let (dir, clone) = (folder(), folder());
    let mut place = Place::open(dir.path(), house.link(ANA));
    place.synced().await;
    let n = place.submit(note(case, "mine")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    drop(place);
    for entry in std::fs::read_dir(dir.path()).expect("lists") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), clone.path().join(entry.file_name())).expect("copied");
    }
    let mut place = Place::open(dir.path(), house.link(ANA));
    let n = place.submit(note(case, "from the original")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    drop(place);
    // The copy does not know of the second note and would give its number again.
    let mut place = Place::open(clone.path(), house.link(ANA));
    place.synced().await;
    let n = place.submit(note(case, "from the copy")).await.expect("stored");
    assert!(done(&place.verdict(n).await));
    assert_eq!(house.notes(case), ["mine", "from the original", "from the copy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_on_one_folder_are_told_apart() {
    let house = House::new();
    let dir = folder();
    let _first = Place::open(dir.path(), house.link(ANA));
    let paths = DeskPaths { dir: dir.path().to_owned() };
    let second = Desk::open(&paths, house.link(ANA), Arc::new(SystemClock::new()), Arc::new(SystemRand));
    let words = second.err().expect("refused").to_string();
    assert!(words.contains("in use"), "{words}");
}
