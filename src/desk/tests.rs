//! A desk without a server: what is kept, what is told, and what a bad connection may do. With a server: `tests/sync.rs`.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::app::port::{Draft, DraftField, DraftKey, LinkState, OutboxState};
use crate::clock::SystemClock;
use crate::domain::Command;
use crate::domain::ids::CaseId;
use crate::domain::time::At;
use crate::rand::SystemRand;
use crate::wire::frame::Hello;
use crate::wire::pipe::{DialError, Dialing, Opened, pair};

const PATIENCE: Duration = Duration::from_secs(30);

/// Nobody answers.
struct Nobody;

impl Dial for Nobody {
    fn dial(&self, _hello: Hello) -> Dialing {
        Box::pin(async { Err(DialError::Unreachable("Nobody answers.".into())) })
    }
}

/// Answers with bytes that mean nothing.
#[derive(Default)]
struct Babble(AtomicUsize);

impl Dial for Babble {
    fn dial(&self, _hello: Hello) -> Dialing {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            let (near, far) = pair();
            far.tx.send(vec![0xde, 0xad, 0xbe, 0xef]).await.ok();
            Ok(Opened { pipe: near, primed: true })
        })
    }
}

fn open(dir: &Path, dial: Arc<dyn Dial>) -> (Desk, UnboundedReceiver<Incoming>) {
    let paths = DeskPaths { dir: dir.to_owned() };
    let opened = Desk::open(&paths, LinkConfig::Direct(dial), Arc::new(SystemClock::new()), Arc::new(SystemRand));
    opened.expect("the desk opens")
}

async fn next<T>(told: &mut UnboundedReceiver<Incoming>, fits: impl Fn(&Incoming) -> Option<T>) -> T {
    let wait = async {
        loop {
            let incoming = told.recv().await.expect("the desk lives");
            if let Some(found) = fits(&incoming) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("said in time")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// What a killed process would leave behind: the files as they lie now.
fn killed(dir: &Path) -> tempfile::TempDir {
    let copy = folder();
    for entry in std::fs::read_dir(dir).expect("lists") {
        let entry = entry.expect("an entry");
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
    }
    copy
}

fn draft(body: &str) -> Draft {
    let key = DraftKey { case: CaseId(7), field: DraftField::Reply };
    Draft { key, body: body.into(), base: None, meta: "x".into(), at: At(9) }
}

fn note() -> Command {
    Command::AddNote { case: CaseId(7), body: "seen".into(), from: vec![] }
}

#[tokio::test]
async fn the_first_word_comes_before_any_network() {
    let dir = folder();
    let (_desk, mut told) = open(dir.path(), Arc::new(Nobody));
    assert!(matches!(told.recv().await, Some(Incoming::Opened { agent: None, .. })));
    let status = next(&mut told, |i| match i {
        Incoming::Link(status) if status.state == LinkState::Lost => Some(status.clone()),
        _ => None,
    });
    let status = status.await;
    assert_eq!(status.words, "Nobody answers.");
    assert!(status.retry_at.is_some());
}

#[tokio::test]
async fn what_was_queued_is_on_the_disk() {
    let dir = folder();
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    desk.perform(Effect::SaveDraft(draft("half a sen")));
    desk.perform(Effect::Submit {
        token: 4,
        command: Box::new(note()),
        clears: Some(draft("").key),
        case: None,
        hold: None,
        lapses: None,
    });
    let n = next(&mut told, |i| if let Incoming::Queued { token: 4, n, .. } = i { Some(*n) } else { None }).await;
    let copy = killed(dir.path());
    let outbox = Outbox::open(copy.path(), 1).expect("opens");
    let waiting: Vec<_> = outbox.unanswered().expect("reads").into_iter().map(|i| (i.key, i.command)).collect();
    assert_eq!(waiting, [(n, note())]);
    drop(desk);
    // The draft went into the command and does not come back.
    let (_desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let Some(Incoming::Opened { drafts, outbox, .. }) = told.recv().await else { panic!("opened first") };
    assert_eq!((drafts.len(), outbox.len()), (0, 1));
    assert_eq!(outbox[0].state, OutboxState::Waiting);
}

#[tokio::test]
async fn a_doubtful_command_is_sent_again_or_dropped_as_the_agent_says() {
    let dir = folder();
    let keys: Vec<u64> = {
        let mut outbox = Outbox::open(dir.path(), 1).expect("opens");
        let keys = (0..2)
            .map(|_| outbox.submit(&note(), At(5), None, crate::store::outbox::Turn::default()).expect("stored").0.key)
            .collect();
        outbox.after(0).expect("numbered");
        outbox.new_incarnation(2, true).expect("counts anew");
        keys
    };
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let Some(Incoming::Opened { outbox, .. }) = told.recv().await else { panic!("opened first") };
    assert_eq!(outbox.iter().map(|o| (o.n, o.state.clone())).collect::<Vec<_>>(), {
        keys.iter().map(|n| (*n, OutboxState::Doubtful)).collect::<Vec<_>>()
    });
    desk.perform(Effect::Confirm { n: keys[0] });
    desk.perform(Effect::Withdraw { n: keys[1] });
    drop(desk);
    let outbox = Outbox::open(dir.path(), 3).expect("opens");
    let kept: Vec<_> = outbox.unanswered().expect("reads").into_iter().map(|i| (i.key, i.state)).collect();
    assert_eq!(kept, [(keys[0], crate::store::outbox::State::Waiting)]);
}

#[tokio::test]
async fn keystrokes_are_on_the_disk_without_being_asked_for() {
    let dir = folder();
    let (desk, _told) = open(dir.path(), Arc::new(Nobody));
    for end in 1..=10 {
        desk.perform(Effect::SaveDraft(draft(&"half a sen"[..end])));
    }
    let end = std::time::Instant::now() + PATIENCE;
    loop {
        let copy = killed(dir.path());
        let kept = Outbox::open(copy.path(), 1).and_then(|outbox| outbox.drafts()).unwrap_or_default();
        if kept.first().is_some_and(|d| d.body == "half a sen") {
            break;
        }
        assert!(std::time::Instant::now() < end, "never written");
        tokio::task::yield_now().await;
    }
    desk.perform(Effect::DropDraft(draft("").key));
    drop(desk);
    let outbox = Outbox::open(dir.path(), 1).expect("opens");
    assert!(outbox.drafts().expect("reads").is_empty());
}

#[tokio::test]
async fn words_that_move_to_another_field_are_in_one_of_them_at_every_moment() {
    let dir = folder();
    let (desk, _told) = open(dir.path(), Arc::new(Nobody));
    let key = |field| DraftKey { case: CaseId(7), field };
    let end = std::time::Instant::now() + PATIENCE;
    let mut at = DraftField::Reply;
    desk.perform(Effect::SaveDraft(draft("words")));
    for to in [DraftField::WrapUp, DraftField::Note, DraftField::WrapUp] {
        let mut moved = false;
        loop {
            let copy = killed(dir.path());
            let kept = Outbox::open(copy.path(), 1).and_then(|outbox| outbox.drafts()).unwrap_or_default();
            let fields: Vec<_> = kept.iter().map(|d| super::translate::draft_to_app(d.clone()).key.field).collect();
            assert!(fields.len() == 1 || (fields.is_empty() && !moved), "{fields:?}");
            if fields == [to] {
                break;
            }
            if fields == [at] && !moved {
                let moving = Draft { key: key(to), ..draft("words") };
                desk.perform(Effect::MoveDraft { from: key(at), to: moving });
                moved = true;
            }
            assert!(std::time::Instant::now() < end, "never written");
            tokio::task::yield_now().await;
        }
        at = to;
    }
}

#[tokio::test]
async fn closing_writes_what_is_unwritten() {
    let dir = folder();
    let (desk, _told) = open(dir.path(), Arc::new(Nobody));
    desk.perform(Effect::SaveDraft(draft("a")));
    desk.perform(Effect::SaveDraft(draft("ab")));
    drop(desk);
    let outbox = Outbox::open(dir.path(), 1).expect("opens");
    assert_eq!(outbox.drafts().expect("reads")[0].body, "ab");
}

#[tokio::test]
async fn a_claim_without_a_link_is_refused_and_not_kept() {
    let dir = folder();
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    desk.perform(Effect::Submit {
        token: 1,
        command: Box::new(Command::Pull { interaction: None }),
        clears: None,
        case: None,
        hold: None,
        lapses: None,
    });
    let why = next(&mut told, |i| if let Incoming::NotQueued { token: 1, why } = i { Some(why.clone()) } else { None });
    assert!(why.await.contains("there is no link"));
    drop(desk);
    let outbox = Outbox::open(dir.path(), 1).expect("opens");
    assert!(outbox.unanswered().expect("reads").is_empty());
}

#[tokio::test]
async fn nonsense_from_the_network_ends_the_connection_and_nothing_else() {
    let dir = folder();
    let babble = Arc::new(Babble::default());
    let (desk, mut told) = open(dir.path(), Arc::clone(&babble) as Arc<dyn Dial>);
    for _ in 0..3 {
        let lost = |i: &Incoming| match i {
            Incoming::Link(s) if s.state == LinkState::Lost => Some(s.words.clone()),
            _ => None,
        };
        assert!(!next(&mut told, lost).await.is_empty());
        desk.perform(Effect::RetryLink);
    }
    assert!(babble.0.load(Ordering::SeqCst) >= 3);
    desk.perform(Effect::Submit {
        token: 2,
        command: Box::new(note()),
        clears: None,
        case: None,
        hold: None,
        lapses: None,
    });
    next(&mut told, |i| if let Incoming::Queued { token: 2, .. } = i { Some(()) } else { None }).await;
}

#[tokio::test]
async fn a_damaged_cache_is_fetched_again_and_said_so() {
    let dir = folder();
    drop(open(dir.path(), Arc::new(Nobody)));
    std::fs::write(dir.path().join(crate::store::cache::FILE), b"this is no database, whatever its name says")
        .expect("written");
    let (_desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let words = next(&mut told, |i| if let Incoming::Trouble(words) = i { Some(words.clone()) } else { None }).await;
    assert!(words.contains("fetched again"), "{words}");
}

#[tokio::test]
async fn whether_a_command_was_taken_back_in_time_is_told() {
    let dir = folder();
    let (sent, unsent) = {
        let mut outbox = Outbox::open(dir.path(), 1).expect("opens");
        let turn = crate::store::outbox::Turn::default();
        let sent = outbox.submit(&note(), At(5), None, turn).expect("stored").0.key;
        // It was handed to the link once; nobody knows whether it arrived.
        outbox.after(0).expect("numbered");
        (sent, outbox.submit(&note(), At(6), None, turn).expect("stored").0.key)
    };
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let answer = |i: &Incoming| if let Incoming::Withdrawn { n, in_time } = i { Some((*n, *in_time)) } else { None };
    desk.perform(Effect::Withdraw { n: sent });
    assert_eq!(next(&mut told, answer).await, (sent, false));
    desk.perform(Effect::Withdraw { n: unsent });
    assert_eq!(next(&mut told, answer).await, (unsent, true));
    // Until a draft has its words, the outbox does.
    let copy = killed(dir.path());
    let outbox = Outbox::open(copy.path(), 1).expect("opens");
    assert_eq!(outbox.withdrawn().expect("reads").iter().map(|i| i.key).collect::<Vec<_>>(), [unsent]);
    drop(outbox);
    desk.perform(Effect::GiveBack { n: unsent, draft: Some(draft("seen")) });
    drop(desk);
    let outbox = Outbox::open(dir.path(), 1).expect("opens");
    assert_eq!(outbox.drafts().expect("reads")[0].body, "seen");
    assert!(outbox.withdrawn().expect("reads").is_empty());
    assert_eq!(outbox.unanswered().expect("reads").iter().map(|i| i.key).collect::<Vec<_>>(), [sent]);
}

#[tokio::test]
async fn a_held_command_is_let_go_when_its_time_comes_or_the_desk_is_left() {
    let dir = folder();
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let now = crate::clock::Clock::now(&SystemClock::new());
    let submit = |token, ms| {
        let (command, hold) = (Box::new(note()), Some(now.plus(ms)));
        Effect::Submit { token, command, clears: None, case: Some(CaseId(token)), hold, lapses: None }
    };
    desk.perform(submit(1, 60_000));
    let queued =
        |i: &Incoming| if let Incoming::Queued { n, held, .. } = i { Some((*n, held.is_some())) } else { None };
    let (long, held) = next(&mut told, queued).await;
    assert!(held);
    desk.perform(submit(2, 200));
    let (short, _) = next(&mut told, queued).await;
    let leaves = |i: &Incoming| match i {
        Incoming::Verdict { n, state: OutboxState::Waiting } => Some(*n),
        _ => None,
    };
    assert_eq!(next(&mut told, leaves).await, short);
    // Killed now, the other one is still held.
    let copy = killed(dir.path());
    let outbox = Outbox::open(copy.path(), 1).expect("opens");
    let state = |o: &Outbox| o.unanswered().expect("reads").iter().find(|i| i.key == long).map(|i| i.state.clone());
    assert_eq!(state(&outbox), Some(crate::store::outbox::State::Held { until: now.plus(60_000) }));
    drop(outbox);
    drop(desk);
    let outbox = Outbox::open(dir.path(), 1).expect("opens");
    assert_eq!(state(&outbox), Some(crate::store::outbox::State::Waiting), "who leaves takes nothing back any more");
}

#[tokio::test]
async fn a_reply_that_finds_no_link_in_time_asks_again_and_never_leaves_by_itself() {
    let dir = folder();
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let now = crate::clock::Clock::now(&SystemClock::new());
    let submit = |token, ms| Effect::Submit {
        token,
        command: Box::new(note()),
        clears: None,
        case: None,
        hold: None,
        lapses: Some(now.plus(ms)),
    };
    let queued = |i: &Incoming| if let Incoming::Queued { n, .. } = i { Some(*n) } else { None };
    desk.perform(submit(1, 300));
    let soon = next(&mut told, queued).await;
    desk.perform(submit(2, 600_000));
    let late = next(&mut told, queued).await;
    let lapsed = |i: &Incoming| match i {
        Incoming::Verdict { n, state: OutboxState::Lapsed } => Some(*n),
        _ => None,
    };
    assert_eq!(next(&mut told, lapsed).await, soon);
    // Whoever comes back after a night finds it so, and it is not numbered for the server.
    let copy = killed(dir.path());
    let mut outbox = Outbox::open(copy.path(), 1).expect("opens");
    assert_eq!(outbox.lapse(now.plus(700_000)).expect("lapses").len(), 1, "{late} as well, by then");
    assert!(outbox.after(0).expect("numbered").is_empty());
    let states: Vec<_> = outbox.unanswered().expect("reads").into_iter().map(|i| i.state).collect();
    assert_eq!(states, [crate::store::outbox::State::Lapsed, crate::store::outbox::State::Lapsed]);
    // Sent after all, or taken back: as the agent says.
    assert!(outbox.confirm(soon).expect("confirmed"));
    assert!(outbox.withdraw(late).expect("taken back"));
    assert_eq!(outbox.after(0).expect("numbered").iter().map(|i| i.key).collect::<Vec<_>>(), [soon]);
}

#[tokio::test]
async fn the_desk_keeps_a_book_of_its_link() {
    let dir = folder();
    let (desk, mut told) = open(dir.path(), Arc::new(Nobody));
    let lost = |i: &Incoming| match i {
        Incoming::Link(s) if s.state == LinkState::Lost && !s.gaps.is_empty() => Some(s.gaps.clone()),
        _ => None,
    };
    let gaps = next(&mut told, lost).await;
    assert!(gaps.len() == 1 && gaps[0].to.is_none(), "{gaps:?}");
    desk.perform(Effect::WorkOffline(true));
    let offline = |i: &Incoming| match i {
        Incoming::Link(s) if s.state == LinkState::Offline => Some(s.gaps.clone()),
        _ => None,
    };
    assert!(next(&mut told, offline).await[0].to.is_some(), "on purpose is no gap");
    desk.perform(Effect::UseLine(crate::app::port::Thin::On));
    let thin = |i: &Incoming| if let Incoming::Link(s) = i { s.thin.then_some(()) } else { None };
    next(&mut told, thin).await;
    desk.perform(Effect::SaveLink);
    let path = next(&mut told, |i| if let Incoming::LinkSaved(path) = i { Some(path.clone()) } else { None }).await;
    let saved = std::fs::read_to_string(path).expect("it is there");
    assert!(saved.starts_with(crate::store::linkbook::HEADER), "{saved}");
    drop(desk);
    let what: Vec<_> = crate::store::linkbook::read(dir.path()).expect("reads").into_iter().map(|l| l.what).collect();
    use crate::store::linkbook::What;
    assert_eq!(what, [What::Opened, What::Lost, What::Offline, What::Closed]);
}
