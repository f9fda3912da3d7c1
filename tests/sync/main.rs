//! Real desks and a real server: cold start, offers, refusals, work without a link, cut connections, lost rights,
//! restored ledgers.

mod cuts;
mod doubt;
mod house;

use house::*;

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
