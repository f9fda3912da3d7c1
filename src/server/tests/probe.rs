//! A desk that holds to the protocol and checks that the server does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::Command;
use crate::domain::ids::{AgentId, CaseId, DeviceId, Seq};
use crate::domain::row::{Change, Entity, Row, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::side::Side;
use crate::server::local::Local;
use crate::server::session::parts::lives_in;
use crate::wire::codec::{Decoder, Encoder};
use crate::wire::frame::{Down, Hello, Look, Outcome, PROTOCOL, PROTOCOL_MIN, Part, Up};
use crate::wire::pipe::{Dial, Pipe};
use crate::wire::record::chunk_changes;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) type Rows = BTreeMap<RowKey, (Seq, Scope, Vec<u8>)>;
type Parts = BTreeMap<(Scope, Entity), (u64, bool)>;

pub(crate) struct Probe {
    pipe: Option<Pipe>,
    decoder: Decoder<Down>,
    encoder: Encoder<Up>,
    pub epoch: u64,
    pub agent: AgentId,
    pub device: DeviceId,
    pub last_n: u64,
    pub scopes: BTreeSet<Scope>,
    pub live: Seq,
    pub deep: Seq,
    pub parts: Parts,
    pub rows: Rows,
    pub verdicts: BTreeMap<u64, (Seq, Outcome)>,
    /// Where the deep cursor must be for the rows of a verdict to be here.
    pub needs_deep: BTreeMap<u64, Seq>,
    pub expects: Vec<u64>,
    pub looks: BTreeMap<CaseId, Vec<(AgentId, Look)>>,
    pub sides: BTreeMap<CaseId, Side>,
    /// Every frame, newest last.
    pub frames: Vec<Down>,
    pub early: BTreeSet<RowKey>,
    pub closed: Option<(String, Option<u32>)>,
    pub gone: bool,
    /// The server may hang up without a word.
    pub may_go: bool,
    /// Credits are given back.
    pub credits: bool,
    /// Messages read, and how many there were when the last question was asked.
    pub messages: usize,
    pub messages_before_last_ask: usize,
}

impl Probe {
    pub fn hello() -> Hello {
        Hello {
            min: PROTOCOL_MIN,
            max: PROTOCOL,
            incarnation: 1,
            generation: 1,
            epoch: 0,
            live: 0,
            deep: 0,
            parts: vec![],
            dictionary: crate::wire::dictionary::hash(),
            version: "test".into(),
        }
    }

    fn idle(hello: &Hello) -> Probe {
        Probe {
            pipe: None,
            decoder: Decoder::new(false),
            encoder: Encoder::new(false),
            epoch: hello.epoch,
            agent: AgentId(0),
            device: DeviceId(0),
            last_n: 0,
            scopes: BTreeSet::new(),
            live: hello.live,
            deep: hello.deep,
            parts: BTreeMap::new(),
            rows: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            needs_deep: BTreeMap::new(),
            expects: vec![],
            looks: BTreeMap::new(),
            sides: BTreeMap::new(),
            frames: vec![],
            early: BTreeSet::new(),
            closed: None,
            gone: false,
            may_go: false,
            credits: true,
            messages: 0,
            messages_before_last_ask: 0,
        }
    }

    pub async fn connect(local: &Local, hello: Hello) -> Probe {
        Probe::with(local, hello, BTreeMap::new(), BTreeMap::new()).await
    }

    async fn with(local: &Local, hello: Hello, rows: Rows, parts: Parts) -> Probe {
        let opened = local.dial(hello.clone()).await.expect("lets in");
        let mut probe = Probe::idle(&hello);
        probe.rows = rows;
        probe.parts = parts;
        probe.pipe = Some(opened.pipe);
        probe.decoder = Decoder::new(opened.primed);
        probe.encoder = Encoder::new(opened.primed);
        probe.until("a welcome", |p| !p.scopes.is_empty() || p.gone).await;
        if !probe.gone {
            // A desk says something at once, and the server waits for that before it sends the rest.
            probe.send(Up::Credit { bytes: 0 }).await;
        }
        probe
    }

    /// Connects anew with what this desk holds.
    pub async fn again(mut self, local: &Local, generation: u32) -> Probe {
        self.pipe = None;
        let part = |((scope, entity), (mark, whole)): (&(Scope, Entity), &(u64, bool))| Part {
            scope: *scope,
            entity: *entity,
            mark: *mark,
            whole: *whole,
        };
        let hello = Hello {
            generation,
            epoch: self.epoch,
            live: self.live,
            deep: self.deep,
            parts: self.parts.iter().map(part).collect(),
            ..Probe::hello()
        };
        Probe::with(local, hello, self.rows, self.parts).await
    }

    pub async fn send(&mut self, up: Up) {
        let bytes = self.encoder.message([&up]).expect("encodes");
        let pipe = self.pipe.as_ref().expect("connected");
        pipe.tx.send(bytes).await.ok();
    }

    pub async fn command(&mut self, n: u64, command: Command) {
        self.send(Up::Command { n, at_ms: 0, command: Box::new(command) }).await;
    }

    /// Sends a command and waits for its verdict, with both cursors beyond it.
    pub async fn ask(&mut self, n: u64, command: Command) -> Outcome {
        self.messages_before_last_ask = self.messages;
        self.command(n, command).await;
        self.until("a verdict and its rows", |p| {
            p.verdicts.get(&n).is_some_and(|(seq, _)| p.live >= *seq && p.deep >= p.needs_deep[&n])
        })
        .await;
        self.verdicts[&n].1.clone()
    }

    /// Reads frames until the condition holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Probe) -> bool) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !holds(self) {
                self.read().await;
            }
        });
        let in_time = waited.await.is_ok();
        let last: Vec<&Down> = self.frames.iter().rev().take(5).collect();
        assert!(in_time, "waited in vain for {what}; last frames: {last:#?}");
    }

    /// Reads until everything is whole and both lanes have reached the seq.
    pub async fn settle(&mut self, seq: Seq) {
        self.until("everything", |p| p.live >= seq && p.deep >= seq && p.is_whole()).await;
    }

    fn is_whole(&self) -> bool {
        let parts = |scope: Scope| Entity::ALL.iter().filter(move |e| lives_in(**e, scope)).map(move |e| (scope, *e));
        self.scopes.iter().flat_map(|s| parts(*s)).all(|part| self.parts.get(&part).is_some_and(|(_, whole)| *whole))
    }

    async fn read(&mut self) {
        let Some(pipe) = self.pipe.as_mut() else { panic!("not connected") };
        let Some(bytes) = pipe.rx.next().await else {
            self.gone = true;
            assert!(self.may_go, "gone without a goodbye: {:?}", pipe.rx.why());
            return;
        };
        self.messages += 1;
        for frame in self.decoder.message(&bytes).expect("readable") {
            assert!(self.closed.is_none(), "nothing follows a goodbye");
            let weight = frame.weight();
            self.take(&frame);
            self.frames.push(frame);
            if weight > 0 && self.credits {
                self.send(Up::Credit { bytes: weight }).await;
            }
        }
    }

    fn take(&mut self, frame: &Down) {
        match frame.clone() {
            Down::Welcome { epoch, agent, device, scopes, last_n, .. } => {
                assert!(self.frames.is_empty(), "the welcome comes first");
                if epoch != self.epoch {
                    (self.live, self.deep) = (0, 0);
                    self.parts.clear();
                    self.rows.clear();
                }
                (self.epoch, self.agent, self.device, self.last_n) = (epoch, agent, device, last_n);
                self.scopes = scopes.into_iter().collect();
                self.rows.retain(|_, (_, scope, _)| self.scopes.contains(scope));
                self.parts.retain(|(scope, _), _| self.scopes.contains(scope));
            }
            Down::Batch { lane, from, to, records, .. } => {
                let cursor = match lane {
                    Lane::Live => &mut self.live,
                    Lane::Deep => &mut self.deep,
                };
                if from == 0 && *cursor > 0 {
                    *cursor = 0;
                    self.rows.retain(|_, (_, scope, _)| scope.lane() != lane);
                    self.parts.retain(|(scope, _), _| scope.lane() != lane);
                }
                let cursor = match lane {
                    Lane::Live => &mut self.live,
                    Lane::Deep => &mut self.deep,
                };
                assert!(from == *cursor && to >= from, "{lane:?}: ({from}, {to}] at cursor {cursor}");
                *cursor = to;
                for change in records.into_iter().map(Change::from) {
                    assert_eq!(change.scope().lane(), lane);
                    self.apply(change);
                }
            }
            Down::Early { records } => {
                for change in records.into_iter().map(Change::from) {
                    self.early.insert(change.key());
                    self.apply(change);
                }
            }
            Down::Chunk { scope, entity, after, mark, whole, rows, .. } => {
                self.allowed(scope);
                let part = self.parts.entry((scope, entity)).or_insert((0, false));
                assert_eq!(part.0, after, "chunks of {entity:?} chain");
                *part = (mark, whole);
                for change in chunk_changes(scope, entity, rows) {
                    self.apply(change);
                }
            }
            Down::Verdict { n, seq, deep, outcome } => {
                self.needs_deep.insert(n, deep);
                self.verdicts.insert(n, (seq, outcome));
            }
            Down::Expect { n } => self.expects.push(n),
            Down::Looks { case, who, customer } => {
                self.looks.insert(case, who);
                match customer {
                    Some(side) => self.sides.insert(case, side),
                    None => self.sides.remove(&case),
                };
            }
            Down::Drop { scope } => {
                self.scopes.remove(&scope);
                self.rows.retain(|_, (_, s, _)| *s != scope);
                self.parts.retain(|(s, _), _| *s != scope);
            }
            Down::Grant { scope } => {
                self.scopes.insert(scope);
            }
            Down::Beat { .. } => {}
            Down::Close { why, retry_s } => self.closed = Some((why, retry_s)),
        }
    }

    fn allowed(&self, scope: Scope) {
        assert!(self.scopes.contains(&scope), "{scope:?} is outside {:?}", self.scopes);
    }

    fn apply(&mut self, change: Change) {
        self.allowed(change.scope());
        let (key, rev) = (change.key(), change.rev());
        let local = self.rows.get(&key);
        match change {
            Change::Put { scope, body, .. } if local.is_none_or(|(known, _, _)| rev >= *known) => {
                self.rows.insert(key, (rev, scope, body));
            }
            Change::Forget { scope, .. } if local.is_some_and(|(known, s, _)| *s == scope && *known <= rev) => {
                self.rows.remove(&key);
            }
            Change::Absent { scope, .. } if local.is_none_or(|(known, _, _)| rev > *known) => {
                self.rows.insert(key, (rev, scope, Vec::new()));
            }
            _ => {}
        }
    }

    pub fn row(&self, entity: Entity, id: u64) -> Option<Row> {
        self.rows.get(&RowKey { entity, id }).and_then(|(_, _, body)| Row::decode(entity, body))
    }

    pub fn count(&self, entity: Entity) -> usize {
        self.rows.keys().filter(|key| key.entity == entity).count()
    }

    /// Reads until the server has hung up.
    pub async fn until_gone(&mut self) {
        self.may_go = true;
        self.until("the end", |p| p.gone).await;
    }

    /// [`Probe::again`] in place.
    pub async fn reconnect(&mut self, local: &Local, generation: u32) {
        self.hang_up();
        let fresh = Probe::idle(&Probe::hello());
        let old = std::mem::replace(self, fresh);
        *self = old.again(local, generation).await;
    }

    /// Hangs up without a word.
    pub fn hang_up(&mut self) {
        self.pipe = None;
    }
}
