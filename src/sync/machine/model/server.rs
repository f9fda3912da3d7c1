//! A small model of the server: ledger, verdicts, one session. Everything about it can be copied and put back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Flaw, token};
use crate::domain::ids::{AgentId, DeviceId, QueueId, Seq};
use crate::domain::refusal::Refusal;
use crate::domain::row::{Entity, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::wire::frame::{Down, Hello, Outcome, Record, Up};

/// What the rows of the model live in: two scopes of each lane.
pub(super) const SCOPES: [Scope; 4] =
    [Scope::Queue(QueueId(1)), Scope::Queue(QueueId(2)), Scope::History(QueueId(1)), Scope::History(QueueId(2))];
/// Most weight of deep chunks under way.
const WINDOW: u32 = 60;

/// One kind of row per lane.
pub(super) fn entity(lane: Lane) -> Entity {
    match lane {
        Lane::Live => Entity::Interaction,
        Lane::Deep => Entity::Case,
    }
}

/// What is kept on disk.
#[derive(Clone)]
pub(super) struct Ledger {
    pub(super) epoch: u64,
    pub(super) head: Seq,
    floor: Seq,
    pub(super) rows: BTreeMap<RowKey, (Scope, Seq, Vec<u8>)>,
    forgets: Vec<(Seq, Scope, RowKey)>,
    pub(super) scopes: BTreeSet<Scope>,
    last: BTreeMap<u64, u64>,
    verdicts: BTreeMap<(u64, u64), (Seq, Outcome)>,
    /// Tokens of commands carried out, in order.
    pub(super) effects: Vec<u64>,
    pub(super) refused: BTreeSet<u64>,
}

pub(super) struct Session {
    pub(super) generation: u32,
    incarnation: u64,
    cursor: [Seq; 2],
    parts: VecDeque<(Scope, u64)>,
    under_way: u32,
    /// Frames in the network.
    pub(super) up: VecDeque<Up>,
    pub(super) down: VecDeque<Down>,
}

pub(super) struct Server {
    pub(super) ledger: Ledger,
    pub(super) session: Option<Session>,
    flaw: Flaw,
}

fn lane_index(lane: Lane) -> usize {
    usize::from(lane == Lane::Deep)
}

impl Server {
    pub(super) fn new(flaw: Flaw) -> Server {
        let ledger = Ledger {
            epoch: 1,
            head: 0,
            floor: 0,
            rows: BTreeMap::new(),
            forgets: Vec::new(),
            scopes: SCOPES.into(),
            last: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            effects: Vec::new(),
            refused: BTreeSet::new(),
        };
        Server { ledger, session: None, flaw }
    }

    /// Changes a row, moves it to another scope, or removes it.
    pub(super) fn change(&mut self, lane: Lane, id: u64, to: Option<Scope>) {
        self.ledger.head += 1;
        let (rev, key) = (self.ledger.head, RowKey { entity: entity(lane), id });
        let before = self.ledger.rows.get(&key).map(|row| row.0);
        if let Some(old) = before.filter(|old| Some(*old) != to && self.flaw != Flaw::NoForget) {
            self.ledger.forgets.push((rev, old, key));
        }
        match to {
            Some(scope) => drop(self.ledger.rows.insert(key, (scope, rev, rev.to_le_bytes().to_vec()))),
            None => drop(self.ledger.rows.remove(&key)),
        }
    }

    /// Forgets older than this are thrown away.
    pub(super) fn compact(&mut self) {
        let floor = self.ledger.head.saturating_sub(20).max(self.ledger.floor);
        self.ledger.floor = floor;
        self.ledger.forgets.retain(|(rev, ..)| *rev > floor);
    }

    pub(super) fn toggle(&mut self, scope: Scope) {
        let Ledger { scopes, .. } = &mut self.ledger;
        let given = scopes.insert(scope) || !scopes.remove(&scope);
        let Some(session) = &mut self.session else { return };
        session.parts.retain(|(s, _)| *s != scope);
        if given {
            session.parts.push_back((scope, 0));
            session.down.push_back(Down::Grant { scope });
        } else {
            session.down.push_back(Down::Drop { scope });
        }
    }

    /// A connection came in; the older one is shut. Returns what of it is still in the network towards the desk.
    pub(super) fn open(&mut self, hello: &Hello) -> Option<(u32, VecDeque<Down>)> {
        let old = self.session.take().map(|s| (s.generation, s.down));
        let ledger = &self.ledger;
        let same = hello.epoch == ledger.epoch;
        let mut session = Session {
            generation: hello.generation,
            incarnation: hello.incarnation,
            cursor: [hello.live, hello.deep],
            parts: VecDeque::new(),
            under_way: 0,
            up: VecDeque::new(),
            down: VecDeque::new(),
        };
        session.down.push_back(Down::Welcome {
            epoch: ledger.epoch,
            agent: AgentId(1),
            device: DeviceId(1),
            scopes: ledger.scopes.iter().copied().collect(),
            last_n: ledger.last.get(&hello.incarnation).copied().unwrap_or(0),
            head: ledger.head,
            server_ms: 0,
        });
        for lane in Lane::ALL {
            let cursor = &mut session.cursor[lane_index(lane)];
            let usable = same && *cursor > 0 && (*cursor >= ledger.floor || self.flaw == Flaw::TailBelowFloor);
            if !usable {
                let records = Vec::new();
                session.down.push_back(Down::Batch {
                    lane,
                    from: 0,
                    to: ledger.head,
                    server_ms: 1,
                    records,
                    bulk: true,
                });
                *cursor = ledger.head;
            }
            for scope in ledger.scopes.iter().filter(|s| s.lane() == lane) {
                let part = hello.parts.iter().find(|p| usable && p.scope == *scope);
                if !part.is_some_and(|p| p.whole) {
                    session.parts.push_back((*scope, part.map_or(0, |p| p.mark)));
                }
            }
        }
        self.session = Some(session);
        self.feed(true);
        old
    }

    /// Sends each lane what is new; `all` even if nothing is.
    pub(super) fn feed(&mut self, all: bool) {
        let Server { ledger, session: Some(session), .. } = self else { return };
        for lane in Lane::ALL {
            let from = session.cursor[lane_index(lane)];
            if from == ledger.head && !all {
                continue;
            }
            let (to, server_ms) = (ledger.head, 1);
            let seen = |scope: &Scope| scope.lane() == lane && ledger.scopes.contains(scope);
            let forgets = ledger.forgets.iter().filter(|(rev, scope, _)| *rev > from && seen(scope));
            let mut records: Vec<Record> =
                forgets.map(|(rev, scope, key)| Record::Forget { rev: *rev, scope: *scope, key: *key }).collect();
            let puts = ledger.rows.iter().filter(|(_, (scope, rev, _))| *rev > from && seen(scope));
            records.extend(puts.map(|(key, (scope, rev, body))| {
                let (key, scope, rev, body) = (*key, *scope, *rev, body.clone());
                Record::Put { rev, scope, key, body }
            }));
            session.down.push_back(Down::Batch { lane, from, to, server_ms, records, bulk: true });
            session.cursor[lane_index(lane)] = to;
        }
    }

    /// Sends the next piece of the snapshot, if the window allows.
    pub(super) fn snapshot(&mut self) {
        let Server { ledger, session: Some(session), .. } = self else { return };
        let Some((scope, after)) = session.parts.front().copied() else { return };
        if scope.lane() == Lane::Deep && session.under_way > WINDOW {
            return;
        }
        let entity = entity(scope.lane());
        let here = ledger.rows.iter().filter(|(key, row)| row.0 == scope && key.entity == entity && key.id > after);
        let all: Vec<_> = here.map(|(key, (_, rev, body))| (key.id, *rev, body.clone())).collect();
        let rows: Vec<_> = all.iter().take(3).cloned().collect();
        let (mark, whole) = (rows.last().map_or(after, |row| row.0), rows.len() == all.len());
        let left = (all.len() - rows.len()) as u64;
        let frame = Down::Chunk { scope, entity, after, mark, whole, seq: ledger.head, rows, left };
        session.under_way += frame.weight();
        session.down.push_back(frame);
        session.parts.pop_front();
        if !whole {
            session.parts.push_front((scope, mark));
        }
    }

    /// Takes one frame out of the network. With `crash` the process dies after the commit, before the answer.
    pub(super) fn receive(&mut self, crash: bool) {
        let Some(session) = &mut self.session else { return };
        let Some(frame) = session.up.pop_front() else { return };
        let incarnation = session.incarnation;
        let (n, command) = match frame {
            Up::Command { n, command, .. } => (n, Some(command)),
            Up::Skip { n } => (n, None),
            Up::Credit { bytes } => {
                session.under_way = session.under_way.saturating_sub(bytes);
                return;
            }
            _ => return,
        };
        let ledger = &mut self.ledger;
        let last = ledger.last.entry(incarnation).or_insert(0);
        let before = *last;
        if n > *last + 1 {
            let n = *last + 1;
            session.down.push_back(Down::Expect { n });
            return;
        }
        if n == *last + 1 || self.flaw == Flaw::NoDedupe {
            *last = n;
            let outcome = match command.as_ref().map(|c| token(c)) {
                None => Outcome::Done,
                Some(token) if token % 7 == 0 => {
                    ledger.refused.insert(token);
                    Outcome::Refused(Refusal::NothingWaits)
                }
                Some(token) => {
                    ledger.head += 1;
                    ledger.effects.push(token);
                    let key = RowKey { entity: Entity::Case, id: 1_000 + token };
                    let row = (SCOPES[2], ledger.head, token.to_le_bytes().to_vec());
                    ledger.rows.insert(key, row);
                    Outcome::Done
                }
            };
            ledger.verdicts.insert((incarnation, n), (ledger.head, outcome));
        }
        let (seq, outcome) = ledger.verdicts.get(&(incarnation, n)).cloned().unwrap_or((0, Outcome::Done));
        if self.flaw == Flaw::AnswerBeforeCommit && crash {
            // The answer is out, the effect is not on disk.
            session.down.push_back(Down::Verdict { n, seq, deep: seq, outcome });
            if before < n {
                ledger.effects.pop();
                ledger.verdicts.remove(&(incarnation, n));
                ledger.last.insert(incarnation, before);
            }
            return;
        }
        if crash {
            self.session = None;
        } else {
            session.down.push_back(Down::Verdict { n, seq, deep: seq, outcome });
        }
    }

    /// Rows as this desk should hold them.
    pub(super) fn visible(&self) -> BTreeMap<RowKey, (Scope, Seq, Vec<u8>)> {
        let seen = |row: &(&RowKey, &(Scope, Seq, Vec<u8>))| self.ledger.scopes.contains(&row.1.0);
        self.ledger.rows.iter().filter(seen).map(|(k, v)| (*k, v.clone())).collect()
    }

    pub(super) fn has_parts(&self) -> bool {
        self.session.as_ref().is_some_and(|s| !s.parts.is_empty())
    }
}
