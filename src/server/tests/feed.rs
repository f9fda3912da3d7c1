//! The feed: whatever way a desk came to its rows, at rest they are the server's within its scopes.

use super::probe::Rows;
use super::*;
use crate::domain::ids::{BreakId, MessageId, Seq};
use crate::domain::people::BreakCode;
use crate::domain::row::Change;
use crate::domain::scope::{Lane, Scope};
use crate::domain::work::Kind;
use crate::wire::frame::{Down, Look, Outcome as Verdicted, Up};

impl House {
    pub(super) async fn head(&self) -> Seq {
        self.hub.core.run(|inside| inside.ledger.head()).await.expect("runs")
    }

    /// The desk, once settled, holds exactly what the server holds within its scopes.
    pub(super) async fn same(&self, desk: &mut Probe) {
        let head = self.head().await;
        // A verdict carries both cursors to the head.
        let n = desk.verdicts.keys().max().copied().unwrap_or(desk.last_n) + 1;
        desk.send(Up::Skip { n }).await;
        desk.until("the head", |p| p.verdicts.contains_key(&n) && p.live >= head && p.deep >= head).await;
        desk.settle(head).await;
        // What others said comes when it is asked for.
        let absent =
            |p: &Probe| p.rows.iter().filter(|(_, row)| row.2.is_empty()).map(|(key, _)| *key).collect::<Vec<_>>();
        let messages: Vec<MessageId> = absent(desk).into_iter().map(|key| MessageId(key.id)).collect();
        if !messages.is_empty() {
            desk.send(Up::Texts { messages }).await;
            desk.until("the texts", |p| absent(p).is_empty()).await;
        }
        let mut theirs = std::collections::BTreeMap::new();
        let scopes: Vec<Scope> = desk.scopes.iter().copied().collect();
        let rows = self.hub.readers.with(move |reader| {
            let mut rows = Vec::new();
            for scope in scopes {
                for entity in Entity::ALL {
                    rows.extend(reader.part(scope, *entity, 0, usize::MAX).expect("reads").1);
                }
            }
            rows
        });
        for row in rows.await.expect("reads") {
            theirs.insert(row.key, (row.rev, row.scope, row.body));
        }
        let only = |a: &Rows, b: &Rows| -> Vec<String> {
            a.iter()
                .filter(|(k, v)| b.get(k) != Some(v))
                .map(|(k, v)| format!("{k:?} rev {} in {:?}", v.0, v.1))
                .collect()
        };
        let (extra, missing) = (only(&desk.rows, &theirs), only(&theirs, &desk.rows));
        assert!(extra.is_empty() && missing.is_empty(), "{}: {extra:?} instead of {missing:?}", desk.agent);
    }
}

#[tokio::test]
async fn a_first_snapshot_is_whole_and_live_comes_before_deep() {
    let house = House::new();
    house.operate((0..300).map(customer).collect());
    house.chat(BILLING, "hello").await;
    let mut desk = house.desk(BEN).await;
    house.same(&mut desk).await;
    assert_eq!(desk.count(Entity::Customer), 300);
    let lanes = desk.frames.iter().filter_map(|f| match f {
        Down::Chunk { scope, .. } => Some(scope.lane()),
        _ => None,
    });
    let lanes: Vec<Lane> = lanes.collect();
    assert!(lanes.is_sorted(), "{lanes:?}");
    let early = desk.frames.iter().position(|f| matches!(f, Down::Early { .. }));
    let deep = desk.frames.iter().position(|f| matches!(f, Down::Chunk { scope, .. } if scope.lane() == Lane::Deep));
    assert!(early < deep, "who waits comes before history: {early:?} {deep:?}");
    assert!(desk.early.contains(&RowKey { entity: Entity::Case, id: 1 }));
}

#[tokio::test]
async fn bulk_waits_for_credit_and_offers_do_not() {
    let house = House::new();
    house.operate((0..900).map(customer).collect());
    house.ready(BEN).await;
    let local = house.local(BEN);
    let mut desk = Probe::connect(&local, Probe::hello()).await;
    desk.credits = false;
    desk.until("the first deep chunk", |p| p.frames.iter().any(|f| f.weight() > 0)).await;
    let weight = |p: &Probe| p.frames.iter().map(|f| u64::from(f.weight())).sum::<u64>();
    let (id, _) = house.chat(BILLING, "hello").await;
    desk.until("the offer", |p| p.row(Entity::Interaction, id.0).is_some()).await;
    let verdict = desk.ask(1, Command::AcceptOffer { interaction: id, epoch: 1 }).await;
    assert_eq!(verdict, Verdicted::Done);
    assert!(weight(&desk) < 3_000, "only the probe went out without credit: {}", weight(&desk));
    desk.credits = true;
    let owed = weight(&desk) as u32;
    desk.send(Up::Credit { bytes: owed }).await;
    house.same(&mut desk).await;
}

#[tokio::test]
async fn a_reconnect_gets_only_what_changed() {
    let house = House::new();
    house.operate((0..200).map(customer).collect());
    let local = house.local(ANA);
    let mut desk = Probe::connect(&local, Probe::hello()).await;
    house.same(&mut desk).await;
    desk.hang_up();
    house.operate(vec![
        customer(5),
        put(BreakCode { id: BreakId(0), key: "tea".into(), label: "Tea".into(), limit_s: 0 }),
    ]);
    let (_, case) = house.chat(TECH, "hello").await;
    let mut desk = desk.again(&local, 2).await;
    house.same(&mut desk).await;
    let rows: usize = desk
        .frames
        .iter()
        .map(|f| match f {
            Down::Batch { records, .. } => records.len(),
            Down::Chunk { rows, .. } => rows.len(),
            _ => 0,
        })
        .sum();
    assert!((5..12).contains(&rows), "{rows} rows for a handful of changes");
    assert!(desk.row(Entity::Case, case.0).is_some());
}

#[tokio::test]
async fn an_interrupted_snapshot_goes_on_where_it_was() {
    let house = House::new();
    house.operate((0..600).map(customer).collect());
    let local = house.local(ANA);
    let mut desk = Probe::connect(&local, Probe::hello()).await;
    desk.until("part of the customers", |p| {
        p.parts.get(&(Scope::People, Entity::Customer)).is_some_and(|(mark, whole)| *mark > 0 && !whole)
    })
    .await;
    let had = desk.count(Entity::Customer);
    desk.hang_up();
    house.operate(vec![customer(599), customer(601)]);
    let mut desk = desk.again(&local, 2).await;
    house.same(&mut desk).await;
    let again: usize = desk
        .frames
        .iter()
        .map(|f| if let Down::Chunk { entity: Entity::Customer, rows, .. } = f { rows.len() } else { 0 })
        .sum();
    assert_eq!(again, 600 - had);
}

#[tokio::test]
async fn cursors_nobody_can_use_begin_anew() {
    let house = House::new();
    house.operate((0..20).map(customer).collect());
    let local = house.local(ANA);
    for (epoch, live, deep) in [(EPOCH + 1, 5, 5), (EPOCH, 1_000_000, 1_000_000), (EPOCH, 0, 3)] {
        let hello = crate::wire::frame::Hello { epoch, live, deep, ..Probe::hello() };
        let mut desk = Probe::connect(&local, hello).await;
        assert_eq!(desk.epoch, EPOCH);
        if deep == 3 {
            // The rows up to the deep cursor are not there in this made-up case; only the live lane is looked at.
            desk.until("the live lane", |p| p.row(Entity::Queue, 1).is_some()).await;
            continue;
        }
        house.same(&mut desk).await;
    }
}

#[tokio::test]
async fn a_desk_that_slept_through_many_commits_catches_up() {
    let house = House::new();
    let mut desk = house.desk(ANA).await;
    house.same(&mut desk).await;
    // More than the ring of commits holds, while the desk's pipe is full because nobody reads it.
    for n in 0..700 {
        house.operate(vec![customer(n % 100)]);
    }
    house.same(&mut desk).await;
    assert_eq!(desk.count(Entity::Customer), 100);
}

#[tokio::test]
async fn a_transfer_moves_the_case_out_of_one_desk_and_into_the_other() {
    let house = House::new();
    let (id, case) = house.chat(BILLING, "hello").await;
    let mut ben = house.desk(BEN).await;
    let mut cyd = house.desk(CYD).await;
    assert_eq!(ben.ask(1, Command::Pull { interaction: Some(id) }).await, Verdicted::Done);
    assert!(cyd.row(Entity::Case, case.0).is_none());
    let to = crate::domain::command::Target::Queue(TECH);
    let transfer = Command::Transfer { interaction: id, epoch: 2, to, note: "over to you".into() };
    assert_eq!(ben.ask(2, transfer).await, Verdicted::Done);
    ben.until("the case to go", |p| p.count(Entity::Message) == 0 && p.row(Entity::Case, case.0).is_none()).await;
    cyd.until("the case to come", |p| p.count(Entity::Message) == 2 && p.row(Entity::Case, case.0).is_some()).await;
    house.same(&mut ben).await;
    house.same(&mut cyd).await;
    house.verify().await;
}

#[tokio::test]
async fn looks_go_to_those_who_may_see_the_case() {
    let house = House::new();
    let (_, case) = house.chat(BILLING, "hello").await;
    let mut ana = house.desk(ANA).await;
    let mut ben = house.desk(BEN).await;
    let mut cyd = house.desk(CYD).await;
    ana.send(Up::Look { case: Some(case), writing: true }).await;
    ben.until("Ana writing", |p| p.looks.get(&case) == Some(&vec![(ANA, Look::Writing)])).await;
    // Cyd may not see billing: her look is nobody's business, and nobody's look is hers.
    cyd.send(Up::Look { case: Some(case), writing: true }).await;
    ben.send(Up::Look { case: Some(case), writing: false }).await;
    ana.until("Ben reading", |p| p.looks.get(&case) == Some(&vec![(BEN, Look::Reading)])).await;
    ben.hang_up();
    ana.until("Ben gone", |p| p.looks.get(&case) == Some(&vec![])).await;
    house.same(&mut cyd).await;
    assert!(cyd.looks.is_empty());
}

#[tokio::test]
async fn wanted_rows_come_early_if_they_may_be_seen() {
    let house = House::new();
    house.operate((0..300).map(customer).collect());
    let (_, case) = house.chat(BILLING, "hello").await;
    let mut ana = house.desk(ANA).await;
    let mut cyd = house.desk(CYD).await;
    for desk in [&mut ana, &mut cyd] {
        desk.until("the first chunk of bulk", |p| p.frames.iter().any(|f| f.weight() > 0)).await;
        desk.frames.clear();
        desk.early.clear();
        desk.send(Up::Want { key: RowKey { entity: Entity::Case, id: case.0 } }).await;
        desk.send(Up::Want { key: RowKey { entity: Entity::Customer, id: 7 } }).await;
        desk.until("the customer", |p| p.early.contains(&RowKey { entity: Entity::Customer, id: 7 })).await;
    }
    assert!(ana.early.iter().any(|k| k.entity == Entity::Message));
    assert!(cyd.early.iter().all(|k| k.entity == Entity::Customer), "{:?}", cyd.early);
}

#[tokio::test]
async fn a_beat_is_answered_and_silence_broken() {
    let house = House::new();
    let mut desk = house.desk(ANA).await;
    house.same(&mut desk).await;
    desk.send(Up::Beat { desk_ms: 4_711 }).await;
    let now = house.now().0;
    desk.until("a beat", |p| p.frames.contains(&Down::Beat { desk_ms: 4_711, server_ms: now })).await;
    let (cursor, before) = (desk.live, desk.frames.len());
    house.clock.advance(45_000);
    // Anything wakes the session; then it notices how long it has been silent.
    house.operate(vec![put(crate::domain::people::Firm {
        name: "F".into(),
        zone: String::new(),
        rules: crate::domain::routing::FirmRules::default(),
        locale: String::new(),
    })]);
    desk.until("a batch", |p| p.frames.len() > before && p.live > cursor).await;
    house.clock.advance(240_000);
    house.chat(BILLING, "hello").await;
    desk.until_gone().await;
}

#[tokio::test]
async fn a_verdict_comes_with_its_rows_in_one_message() {
    let house = House::new();
    let (_, case) = house.chat(BILLING, "hello").await;
    let mut desk = house.desk(ANA).await;
    house.same(&mut desk).await;
    desk.frames.clear();
    let n = desk.verdicts.keys().max().copied().unwrap_or(0) + 1;
    desk.ask(n, Command::AddNote { case, body: "a note".into(), from: vec![] }).await;
    let brings_note = |f: &Down| match f {
        Down::Batch { lane: Lane::Deep, records, .. } => {
            records.iter().cloned().map(Change::from).any(|c| c.key().entity == Entity::Message)
        }
        _ => false,
    };
    assert!(desk.frames.iter().any(|f| matches!(f, Down::Verdict { .. })) && desk.frames.iter().any(brings_note));
    assert_eq!(desk.messages, desk.messages_before_last_ask + 1);
}

#[tokio::test]
async fn what_a_far_desk_was_not_told_comes_with_the_contact() {
    let house = House::new();
    let (mut ana, mut ben) = (house.desk(ANA).await, house.desk(BEN).await);
    house.same(&mut ana).await;
    ana.send(Up::Line { thin: None, far: true }).await;
    let (id, case) = house.chat(BILLING, "The bill of March is twice as high as the one before.").await;
    let said = |p: &Probe| {
        let texts = p.rows.keys().filter(|k| k.entity == Entity::Message).filter_map(|k| p.row(k.entity, k.id));
        texts.filter(|row| matches!(row, Row::Message(m) if m.case == case)).count()
    };
    // A verdict carries everything that happened.
    let head = house.head().await;
    ana.send(Up::Skip { n: 1 }).await;
    ana.until("everything", |p| p.live >= head && p.deep >= head).await;
    assert_eq!((ana.count(Entity::Message), said(&ana)), (1, 0), "it is there, its words are not");
    ben.until("the words", |p| said(p) == 1).await;
    assert_eq!(ana.ask(2, Command::Pull { interaction: Some(id) }).await, Verdicted::Done);
    ana.until("the words", |p| said(p) == 1).await;
    house.same(&mut ana).await;
    house.verify().await;
}

/// A desk that is a way off gets what it made itself with the verdict, and what colleagues do when it opens it.
#[tokio::test]
async fn a_far_desk_gets_its_own_work_at_once_and_that_of_others_when_it_looks() {
    let house = House::new();
    let (mut ana, mut ben) = (house.desk(ANA).await, house.desk(BEN).await);
    let (mine, my_case) = house.chat(BILLING, "The bill of March is twice as high.").await;
    let (theirs, their_case) = house.chat(BILLING, "No network since noon.").await;
    house.same(&mut ana).await;
    ana.send(Up::Line { thin: None, far: true }).await;
    assert_eq!(ana.ask(2, Command::Pull { interaction: Some(mine) }).await, Verdicted::Done);
    let before = ana.deep;
    assert_eq!(ben.ask(1, Command::Pull { interaction: Some(theirs) }).await, Verdicted::Done);
    let words = |case: CaseId, words: &str| Command::AddNote { case, body: words.into(), from: vec![] };
    assert_eq!(ben.ask(2, words(their_case, "mast 7 is down")).await, Verdicted::Done);
    assert_eq!(ana.ask(3, words(my_case, "checked the meter")).await, Verdicted::Done);
    let notes = |p: &Probe, case: CaseId| {
        let rows = p.rows.keys().filter(|k| k.entity == Entity::Message).filter_map(|k| p.row(k.entity, k.id));
        rows.filter(|row| matches!(row, Row::Message(m) if m.case == case && m.kind == Kind::Note)).count()
    };
    assert_eq!((notes(&ana, my_case), ana.needs_deep[&3]), (1, 0), "its own note came with the verdict");
    assert_eq!((notes(&ana, their_case), ana.deep), (0, before), "the colleague's waits for company");
    ana.send(Up::Look { case: Some(their_case), writing: false }).await;
    ana.until("what the colleague wrote", |p| notes(p, their_case) == 1).await;
    assert_eq!(ana.deep, before, "and nothing else");
    assert_eq!(ben.ask(3, words(their_case, "a van is on its way")).await, Verdicted::Done);
    ana.until("what they write while it looks", |p| notes(p, their_case) == 2).await;
    house.same(&mut ana).await;
    house.verify().await;
}
