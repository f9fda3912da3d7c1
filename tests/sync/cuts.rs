//! Connections that are cut, servers that restart or come back from a copy.

use super::house::*;

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
