//! A small model of the desk around the real machine: outbox and cache as they lie on disk, and the loop that does
//! what the machine says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Flaw, token};
use crate::domain::command::Command;
use crate::domain::ids::Seq;
use crate::domain::row::{Change, RowKey};
use crate::domain::scope::{Lane, Scope};
use crate::domain::time::At;
use crate::rand::{Rand, SeededRand};
use crate::sync::machine::{Input, LinkState, Machine, Output, Queued, Start};
use crate::wire::frame::{Hello, Part, Up};
use crate::wire::record::chunk_changes;

#[derive(Clone, Default)]
pub(super) struct Cache {
    pub(super) epoch: u64,
    cursor: [Seq; 2],
    pub(super) rows: BTreeMap<RowKey, (Scope, Seq, Vec<u8>)>,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Waiting,
    Done,
    Refused,
    Abandoned,
}

#[derive(Clone)]
pub(super) struct Item {
    n: Option<u64>,
    command: Command,
    pub(super) fate: Fate,
}

#[derive(Clone, Default)]
pub(super) struct Outbox {
    incarnation: u64,
    last: u64,
    pub(super) items: Vec<Item>,
}

pub(super) struct Desk {
    pub(super) machine: Machine,
    pub(super) outbox: Outbox,
    pub(super) cache: Cache,
    /// A connection wanted: number and opening words.
    pub(super) dialing: Option<(u32, Hello)>,
    /// The generation the desk believes in, and what it sends.
    pub(super) sending: VecDeque<(u32, Up)>,
    pub(super) disconnected: BTreeSet<u32>,
    pub(super) disk_full: bool,
    pub(super) state: LinkState,
    pub(super) faults: Vec<String>,
    flaw: Flaw,
}

fn start(outbox: &Outbox, cache: &Cache, seed: u64) -> Machine {
    Machine::new(Start {
        incarnation: outbox.incarnation,
        epoch: cache.epoch,
        live: cache.cursor[0],
        deep: cache.cursor[1],
        parts: cache.parts.clone(),
        seed,
        ..Start::default()
    })
}

impl Outbox {
    fn number_all(&mut self) {
        for item in self.items.iter_mut().filter(|i| i.fate == Fate::Waiting && i.n.is_none()) {
            self.last += 1;
            item.n = Some(self.last);
        }
    }

    fn by_number(&mut self, n: u64) -> Option<&mut Item> {
        self.items.iter_mut().find(|i| i.n == Some(n))
    }
}

impl Desk {
    pub(super) fn new(flaw: Flaw) -> Desk {
        let (outbox, cache) = (Outbox { incarnation: 11, ..Outbox::default() }, Cache::default());
        Desk {
            machine: start(&outbox, &cache, 1),
            outbox,
            cache,
            dialing: None,
            sending: VecDeque::new(),
            disconnected: BTreeSet::new(),
            disk_full: false,
            state: LinkState::Connecting,
            faults: Vec::new(),
            flaw,
        }
    }

    /// Kill -9, then a new process. Generations begin anew, so the network forgets the old ones.
    pub(super) fn restart(&mut self, now: u64, seed: u64) {
        self.machine = start(&self.outbox, &self.cache, seed);
        (self.dialing, self.sending) = (None, VecDeque::new());
        self.input(Input::Start, now);
    }

    pub(super) fn submit(&mut self, command: Command, now: u64) {
        if command.needs_link() && !self.machine.linked() {
            return;
        }
        self.outbox.items.push(Item { n: None, command: command.clone(), fate: Fate::Waiting });
        if self.machine.linked() {
            self.outbox.number_all();
            let n = self.outbox.last;
            self.input(Input::Submitted(Box::new(Queued { n, at: At(0), command })), now);
        }
    }

    pub(super) fn input(&mut self, input: Input, now: u64) {
        let mut queue: VecDeque<Output> = self.machine.step(input, now).into();
        let mut broken = false;
        while let Some(output) = queue.pop_front() {
            let more = self.output(output, now, &mut broken);
            queue.extend(more);
        }
    }

    fn output(&mut self, output: Output, now: u64, broken: &mut bool) -> Vec<Output> {
        match output {
            Output::Connect { generation, hello } => self.dialing = Some((generation, *hello)),
            Output::Disconnect { generation } => {
                self.disconnected.insert(generation);
                self.dialing = None;
            }
            Output::Send { generation, frames } => self.sending.extend(frames.into_iter().map(|f| (generation, f))),
            Output::Status(status) => self.state = status.state,
            Output::Reconcile { last, .. } => return self.reconcile(last, now),
            Output::Settled { n, refusal, .. } => {
                let fate = if refusal.is_some() { Fate::Refused } else { Fate::Done };
                self.settle(n, fate);
            }
            Output::Abandoned { n, .. } => self.settle(n, Fate::Abandoned),
            Output::Cloned => self.faults.push("cloned".into()),
            Output::Person { .. } | Output::Looks { .. } | Output::Say(_) => {}
            _ if *broken => {}
            cache if self.disk_full && !matches!(cache, Output::Wipe { .. } | Output::Retain { .. }) => {
                *broken = true;
                let Cache { epoch, cursor, parts, .. } = &self.cache;
                let (epoch, live, deep, parts) = (*epoch, cursor[0], cursor[1], parts.clone());
                let (seen, why) = ([None; 2], "full".into());
                return self.machine.step(Input::ApplyFailed { epoch, live, deep, parts, seen, why }, now);
            }
            cache => self.cache(cache),
        }
        Vec::new()
    }

    fn settle(&mut self, n: u64, fate: Fate) {
        match self.outbox.by_number(n) {
            Some(item) if item.fate == Fate::Waiting => item.fate = fate,
            _ => self.faults.push(format!("settled {n} twice")),
        }
    }

    fn reconcile(&mut self, last: u64, now: u64) -> Vec<Output> {
        if last > self.outbox.last {
            self.faults.push(format!("the server knows {last} of {}", self.outbox.last));
        }
        if self.flaw != Flaw::AnsweredNotKept {
            for item in self.outbox.items.iter_mut().filter(|i| i.n.is_some_and(|n| n > last)) {
                item.fate = Fate::Waiting;
            }
        }
        self.outbox.number_all();
        let waiting = self.outbox.items.iter().filter(|i| i.fate == Fate::Waiting);
        let items = waiting.filter_map(|i| Some(Queued { n: i.n?, at: At(0), command: i.command.clone() })).collect();
        self.machine.step(Input::Handed { items }, now)
    }

    fn cache(&mut self, output: Output) {
        match output {
            Output::Wipe { epoch } => self.cache = Cache { epoch, ..Cache::default() },
            Output::Retain { scopes } => {
                self.cache.rows.retain(|_, row| scopes.contains(&row.0));
                self.cache.parts.retain(|p| scopes.contains(&p.scope));
            }
            Output::Grant(_) => {}
            Output::DropScope(scope) | Output::Empty(scope) => {
                self.cache.rows.retain(|_, row| row.0 != scope);
                self.cache.parts.retain(|p| p.scope != scope);
            }
            Output::Batch { lane, from, to, changes, .. } => {
                let cursor = &mut self.cache.cursor[usize::from(lane == Lane::Deep)];
                if *cursor != from || to <= from {
                    self.faults.push(format!("{lane:?}: ({from}, {to}] on cursor {cursor}"));
                }
                *cursor = to;
                self.put(changes);
            }
            Output::Early(changes) => self.put(changes),
            Output::Chunk { part, rows, .. } => {
                self.put(chunk_changes(part.scope, part.entity, rows));
                self.cache.parts.retain(|p| (p.scope, p.entity) != (part.scope, part.entity));
                self.cache.parts.push(part);
            }
            other => unreachable!("{other:?} is no cache output"),
        }
    }

    fn put(&mut self, changes: Vec<Change>) {
        for change in changes {
            let local = self.cache.rows.get(&change.key());
            match change {
                Change::Put { rev, scope, key, body } if local.is_none_or(|row| rev >= row.1) => {
                    self.cache.rows.insert(key, (scope, rev, body));
                }
                Change::Forget { rev, scope, key } if local.is_some_and(|row| row.0 == scope && row.1 <= rev) => {
                    self.cache.rows.remove(&key);
                }
                _ => {}
            }
        }
    }

    /// What became of every token that the outbox took.
    pub(super) fn fates(&self) -> Vec<(u64, Fate)> {
        self.outbox.items.iter().map(|i| (token(&i.command), i.fate)).collect()
    }

    pub(super) fn cursors(&self) -> [Seq; 2] {
        self.cache.cursor
    }

    /// Some other number than before, for tests of numbers that must not repeat.
    pub(super) fn seed(rand: &SeededRand) -> u64 {
        rand.u64()
    }
}
