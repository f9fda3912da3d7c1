//! Commands: each has exactly one effect or one refusal, whatever is repeated, cut off or failing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::domain::ids::{DeviceId, KeyId, Seq};
use crate::domain::proof::Clue;
use crate::domain::proof::Proof;
use crate::domain::refusal::Refusal;
use crate::domain::row::Change;
use crate::domain::state::State;
use crate::domain::time::SECOND;
use crate::domain::work::Phase;
use crate::store::StoreError;
use crate::store::ledger::{Accounts, Entry, LedgerReader, Verdict, Verified};
use crate::wire::frame::{Outcome as Verdicted, Up};

fn note(case: CaseId, words: &str) -> Command {
    Command::AddNote { case, body: words.into(), from: vec![] }
}

#[tokio::test]
async fn a_repeated_number_is_answered_again_and_done_once() {
    let house = House::new();
    let (_, case) = house.chat(BILLING, "hello").await;
    let mut desk = house.desk(ANA).await;
    assert_eq!(desk.ask(1, note(case, "one")).await, Verdicted::Done);
    let first = desk.verdicts.remove(&1).expect("there");
    assert_eq!(desk.ask(1, note(case, "one")).await, Verdicted::Done);
    assert_eq!(desk.verdicts[&1], first, "the very same verdict");
    desk.command(1, note(case, "another")).await;
    desk.until("Cloned", |p| p.verdicts[&1].1 == Verdicted::Cloned).await;
    desk.settle(first.0).await;
    let notes = desk.rows.keys().filter(|k| k.entity == Entity::Message).count();
    assert_eq!(notes, 2, "the customer's words and one note");
    house.verify().await;
}

#[tokio::test]
async fn who_waits_is_offered_as_soon_as_the_operator_finds_an_agent() {
    let house = House::new();
    house.ready(CYD).await;
    let (waits, _) = house.chat(BILLING, "hello").await;
    assert_eq!(house.interaction(waits).await.expect("there").phase, Phase::Queued, "nobody serves it");
    let mut commits = house.hub.core.commits();
    house.operate(vec![put(agent(3, "cyd", Role::Trainee, vec![BILLING, TECH]))]);
    // Whatever is asked of the core lets the router look as well; only what it said by itself counts here.
    let said = std::iter::from_fn(|| commits.read().ok()).flat_map(|commit| commit.changes.to_vec());
    let mut offered = said.filter_map(|change| match change {
        Change::Put { key: RowKey { entity: Entity::Interaction, .. }, body, .. } => {
            Row::decode(Entity::Interaction, &body)
        }
        _ => None,
    });
    let to_cyd = |row: Row| matches!(row, Row::Interaction(i) if matches!(i.phase, Phase::Offered { to: CYD, .. }));
    assert!(offered.any(to_cyd), "it is offered in the same round");
    house.verify().await;
}

#[tokio::test]
async fn a_gap_is_asked_for_and_a_refusal_advances() {
    let house = House::new();
    let (_, case) = house.chat(BILLING, "hello").await;
    let mut desk = house.desk(ANA).await;
    desk.command(3, note(case, "three")).await;
    desk.until("Expect", |p| p.expects == [1]).await;
    assert!(matches!(desk.ask(1, note(CaseId(999), "nowhere")).await, Verdicted::Refused(Refusal::Gone { .. })));
    desk.send(Up::Skip { n: 2 }).await;
    desk.until("the skip's verdict", |p| p.verdicts.get(&2).is_some_and(|v| v.1 == Verdicted::Done)).await;
    assert_eq!(desk.ask(3, note(case, "three")).await, Verdicted::Done);
    desk.send(Up::Skip { n: 1 }).await;
    desk.until("the stored refusal", |p| {
        matches!(p.frames.last(), Some(crate::wire::frame::Down::Verdict { n: 1, .. }))
    })
    .await;
    assert!(matches!(desk.verdicts[&1].1, Verdicted::Refused(_)));
    house.verify().await;
}

#[tokio::test]
async fn a_new_connection_knows_the_last_number_and_ends_the_old_one() {
    let house = House::new();
    let (_, case) = house.chat(BILLING, "hello").await;
    let local = house.local(ANA);
    let mut old = Probe::connect(&local, Probe::hello()).await;
    for n in 1..=5 {
        old.command(n, note(case, &format!("note {n}"))).await;
    }
    let reading = tokio::spawn(async move {
        old.until("a goodbye", |p| p.closed.is_some()).await;
        old
    });
    let new = Probe::connect(&local, Probe::hello()).await;
    let old = reading.await.expect("ends");
    let answered = old.verdicts.len() as u64;
    assert!(new.last_n >= answered, "{} of {answered}", new.last_n);
    assert_eq!(house.hub.registry.count(), 1);
    house.verify().await;
}

#[tokio::test]
async fn two_agents_race_and_one_is_told_who_won() {
    let house = House::new();
    let mut ana = house.desk(ANA).await;
    let mut ben = house.desk(BEN).await;
    let (id, _) = house.chat(BILLING, "hello").await;
    let pull = Command::Pull { interaction: Some(id) };
    ana.command(1, pull.clone()).await;
    ben.command(1, pull).await;
    ana.until("Ana's verdict", |p| p.verdicts.contains_key(&1)).await;
    ben.until("Ben's verdict", |p| p.verdicts.contains_key(&1)).await;
    let outcomes = [&ana.verdicts[&1].1, &ben.verdicts[&1].1];
    let done = outcomes.iter().filter(|o| ***o == Verdicted::Done).count();
    let taken = outcomes.iter().filter(|o| matches!(o, Verdicted::Refused(Refusal::Taken { .. }))).count();
    assert_eq!((done, taken), (1, 1), "{outcomes:?}");
    house.verify().await;
}

#[tokio::test]
async fn an_offer_reaches_the_desk_runs_out_and_goes_to_the_next() {
    let house = House::new();
    house.ready(ANA).await;
    house.clock.advance(1_000);
    house.ready(BEN).await;
    let mut ana = house.desk(ANA).await;
    let (id, _) = house.chat(BILLING, "hello").await;
    let offered = |p: &Probe, to: AgentId| match p.row(Entity::Interaction, id.0) {
        Some(Row::Interaction(i)) => matches!(i.phase, Phase::Offered { to: t, .. } if t == to),
        _ => false,
    };
    ana.until("the offer", |p| offered(p, ANA)).await;
    house.wait(15 * SECOND as u64).await;
    ana.until("the next offer", |p| offered(p, BEN)).await;
    house.verify().await;
}

#[tokio::test]
async fn work_is_timed_at_the_key_press_claims_are_not() {
    let house = House::new();
    let (_, case) = house.chat(BILLING, "hello").await;
    let mut desk = house.desk(ANA).await;
    house.clock.advance(60_000);
    let pressed = T0.plus(20_000);
    desk.send(Up::Command { n: 1, at_ms: pressed.0, command: Box::new(note(case, "then")) }).await;
    desk.send(Up::Command { n: 2, at_ms: i64::MAX, command: Box::new(note(case, "later")) }).await;
    desk.send(Up::Command { n: 3, at_ms: 0, command: Box::new(note(case, "earlier")) }).await;
    desk.until("the verdicts", |p| p.verdicts.len() == 3).await;
    let core = house.hub.core.clone();
    let rows = core.run(move |inside| inside.ledger.children(Entity::Message, case.0)).await.expect("runs");
    let mut times: Vec<(String, At)> = Vec::new();
    for row in rows.expect("reads") {
        if let Row::Message(m) = row {
            times.push((m.body.clone(), m.at));
        }
    }
    let at = |words: &str| times.iter().find(|(body, _)| body == words).map(|(_, at)| *at);
    assert_eq!(at("then"), Some(pressed));
    assert_eq!(at("later"), Some(house.now()), "never in the future");
    assert_eq!(at("earlier"), Some(house.now()), "never before the command before it");
}

#[tokio::test]
async fn the_link_is_lost_after_the_lease_and_gained_again() {
    let house = House::new();
    let lost = |house: &House| {
        let core = house.hub.core.clone();
        async move { core.run(|inside| inside.state.presence(ANA).map(|p| p.link_lost)).await.expect("runs") }
    };
    let mut desk = house.desk(ANA).await;
    house.hub.core.tick().await;
    assert_eq!(lost(&house).await, Some(None));
    desk.hang_up();
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while house.hub.registry.count() > 0 {
        assert!(tokio::time::Instant::now() < deadline, "the session ends");
        tokio::task::yield_now().await;
    }
    house.wait(119_000).await;
    assert_eq!(lost(&house).await, Some(None), "not yet");
    house.wait(1_000).await;
    assert_eq!(lost(&house).await, Some(Some(house.now().plus(-120_000))), "since it was last heard");
    let _desk = house.desk(ANA).await;
    house.hub.core.tick().await;
    assert_eq!(lost(&house).await, Some(None));
    house.verify().await;
}

#[tokio::test]
async fn a_gateways_repeat_gets_the_same_answer_and_a_reuse_none() {
    let house = House::new();
    let ask = |hash: u64, name: &str| {
        let origin = Origin::Gateway {
            key: KeyId(1),
            idempotency: name.to_owned(),
            hash,
            answer: |made| format!("{}", made[0].id),
        };
        house.hub.core.submit(Actor::Gateway(KeyId(1)), origin, chat(BILLING, "hello"))
    };
    // Both at once: they may well meet in one group.
    let (a, b) = tokio::join!(ask(1, "x"), ask(1, "x"));
    let (a, b) = (a.expect("runs"), b.expect("runs"));
    assert!(matches!(&a, Reply::Done { .. }), "{a:?}");
    assert_eq!(b, Reply::Repeat { answer: "1".into() });
    assert_eq!(ask(2, "x").await, Ok(Reply::Reused));
    assert!(matches!(ask(2, "y").await, Ok(Reply::Done { .. })));
    let open = house.hub.core.run(|inside| inside.state.interactions().count()).await;
    assert_eq!(open, Ok(2));
}

#[tokio::test]
async fn imports_know_their_rows_again_even_within_one_transaction() {
    let house = House::new();
    let made = house.operate(vec![customer(1), customer(2), customer(1)]);
    let ids: Vec<u64> = made.iter().filter(|k| k.entity == Entity::Customer).map(|k| k.id).collect();
    assert_eq!(ids, [1, 2, 1]);
    assert_eq!(house.operate(vec![customer(2)])[0].id, 2);
    let hint =
        CustomerHint { phone: Some("0044 7700-900002".into()), proof: Proof::Address, ..CustomerHint::default() };
    let mut command = chat(BILLING, "hello");
    if let Command::OpenInteraction { hint: h, .. } = &mut command {
        *h = hint;
    }
    house.give(Actor::Operator, command).await;
    let open = house.interaction(InteractionId(1)).await.expect("open");
    assert_eq!((open.customer, open.name.as_str()), (Some(CustomerId(2)), "Dana 2."));
    house.verify().await;
}

/// A ledger whose disk is full while the flag is up.
struct Full {
    inner: SqliteLedger,
    full: Arc<AtomicBool>,
}

impl Ledger for Full {
    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }
    fn head(&self) -> Seq {
        self.inner.head()
    }
    fn hot(&mut self) -> Result<State, StoreError> {
        self.inner.hot()
    }
    fn rows(&mut self, keys: &[RowKey]) -> Result<Vec<Row>, StoreError> {
        self.inner.rows(keys)
    }
    fn children(&mut self, entity: Entity, parent: u64) -> Result<Vec<Row>, StoreError> {
        self.inner.children(entity, parent)
    }
    fn customers_by_identity(&mut self, clue: Clue, identity: &str) -> Result<Vec<u64>, StoreError> {
        self.inner.customers_by_identity(clue, identity)
    }
    fn id_by_name(&mut self, entity: Entity, name: &str) -> Result<Option<u64>, StoreError> {
        self.inner.id_by_name(entity, name)
    }
    fn alarms_due(&mut self, now: At) -> Result<(Vec<u64>, Option<At>), StoreError> {
        self.inner.alarms_due(now)
    }
    fn clocked(&mut self, after: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.inner.clocked(after, limit)
    }
    fn verdict(&mut self, device: DeviceId, incarnation: u64, n: u64) -> Result<Verdict, StoreError> {
        self.inner.verdict(device, incarnation, n)
    }
    fn gateway_answer(&mut self, key: KeyId, idempotency: &str) -> Result<Option<(u64, String)>, StoreError> {
        self.inner.gateway_answer(key, idempotency)
    }
    fn commit(&mut self, entries: &[Entry]) -> Result<Seq, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Full { path: "ledger.db".into() });
        }
        self.inner.commit(entries)
    }
    fn reader(&self) -> Result<Box<dyn LedgerReader>, StoreError> {
        self.inner.reader()
    }
    fn accounts(&mut self) -> &mut dyn Accounts {
        self.inner.accounts()
    }
    fn backup(&mut self, to: &Path) -> Result<(), StoreError> {
        self.inner.backup(to)
    }
    fn verify(&mut self) -> Result<Verified, StoreError> {
        self.inner.verify()
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    let full = Arc::new(AtomicBool::new(false));
    let inner = SqliteLedger::in_memory(EPOCH).expect("a ledger in memory");
    let house = House::on(Box::new(Full { inner, full: full.clone() }));
    let (id, case) = house.chat(BILLING, "hello").await;
    let local = house.local(ANA);
    let mut desk = Probe::connect(&local, Probe::hello()).await;
    assert_eq!(desk.ask(1, Command::Pull { interaction: Some(id) }).await, Verdicted::Done);
    full.store(true, Ordering::SeqCst);
    desk.command(2, note(case, "kept at the desk")).await;
    desk.until("a goodbye in words", |p| p.closed.is_some()).await;
    let (why, retry_s) = desk.closed.clone().expect("closed");
    assert!(why.contains("full") && retry_s.is_some(), "{why}");
    assert!(!desk.verdicts.contains_key(&2), "nothing is answered as done");
    let failed = house.give(Actor::Operator, chat(BILLING, "again")).await;
    assert!(matches!(failed, Reply::Failed(_)), "{failed:?}");
    assert!(!house.hub.metrics.can_store());
    full.store(false, Ordering::SeqCst);
    let mut desk = desk.again(&local, 2).await;
    assert_eq!(desk.last_n, 1);
    assert_eq!(desk.ask(2, note(case, "kept at the desk")).await, Verdicted::Done);
    assert_eq!(house.interaction(id).await.and_then(|i| i.owner), Some(ANA));
    assert!(house.hub.metrics.can_store());
    house.verify().await;
}
