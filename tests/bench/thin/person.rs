//! Someone at a desk of their own, played by the protocol alone: takes contacts, answers, wraps up.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cordboard::cli::enrolment;
use cordboard::domain::Command;
use cordboard::domain::ids::{AgentId, InteractionId, OutcomeId, ReasonId, Seq};
use cordboard::domain::people::Presence;
use cordboard::domain::row::{Change, Entity, Row};
use cordboard::domain::scope::Lane;
use cordboard::domain::work::{Interaction, Phase};
use cordboard::rand::{Rand as _, SystemRand};
use cordboard::sync::link::{Address, SocketDial};
use cordboard::sync::traffic::Traffic;
use cordboard::wire::codec::{Decoder, Encoder};
use cordboard::wire::dictionary;
use cordboard::wire::frame::{Down, Hello, Outcome, PROTOCOL, PROTOCOL_MIN, Part, Up};
use cordboard::wire::pipe::{Dial as _, Pipe};
use cordboard::wire::record::chunk_changes;

use crate::support::PATIENCE;

/// Where a desk that has joined finds its server.
pub fn address_of(folder: &Path) -> Address {
    enrolment::read(&folder.join("desk")).expect("readable").expect("it has joined")
}

/// A connection and what came over it.
pub struct Person {
    runtime: tokio::runtime::Runtime,
    pipe: Pipe,
    encoder: Encoder<Up>,
    decoder: Decoder<Down>,
    agent: AgentId,
    n: u64,
    epoch: u64,
    live: Seq,
    deep: Seq,
    parts: Vec<Part>,
    contacts: BTreeMap<InteractionId, Interaction>,
    reason: Option<ReasonId>,
    outcomes: Vec<OutcomeId>,
    verdicts: BTreeMap<u64, Outcome>,
    /// Every frame that came, in order, when they are kept.
    pub heard: Vec<Down>,
    /// The same of what was said.
    pub said: Vec<Up>,
    keeps: bool,
}

impl Person {
    /// Links up with nothing in the cache and waits for the live lane.
    pub fn sits_down(address: Address, keeps: bool) -> Person {
        Person::dials(address, fresh(), keeps)
    }

    /// What to say when linking up again with all that was heard.
    pub fn held(&self) -> Hello {
        Hello {
            generation: 2,
            epoch: self.epoch,
            live: self.live,
            deep: self.deep,
            parts: self.parts.clone(),
            ..fresh()
        }
    }

    /// Links up with what was held before.
    pub fn dials(address: Address, hello: Hello, keeps: bool) -> Person {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dial = SocketDial::new(address, Arc::new(Traffic::default())).expect("TLS");
        let (epoch, live, deep, parts) = (hello.epoch, hello.live, hello.deep, hello.parts.clone());
        let opened = runtime.block_on(dial.dial(hello)).expect("let in");
        let mut person = Person {
            runtime,
            pipe: opened.pipe,
            encoder: Encoder::new(opened.primed),
            decoder: Decoder::new(opened.primed),
            agent: AgentId(0),
            n: 0,
            epoch,
            live,
            deep,
            parts,
            contacts: BTreeMap::new(),
            reason: None,
            outcomes: Vec::new(),
            verdicts: BTreeMap::new(),
            heard: Vec::new(),
            said: Vec::new(),
            keeps,
        };
        person.until("a welcome", |p| p.agent != AgentId(0));
        person.sends(Up::Beat { desk_ms: 0 });
        person
    }

    /// Is there to take contacts.
    pub fn is_ready(&mut self) {
        self.until("the codes", |p| p.reason.is_some() && !p.outcomes.is_empty());
        let ready = Command::SetPresence { to: Presence::Ready };
        assert_eq!(self.asks(ready), Outcome::Done);
    }

    /// Handles the next contact from its start to its end: answers, wrap-up with a note. `between` is called before
    /// each step. False when nobody waits.
    pub fn handles(&mut self, answers: Vec<String>, note: String, mut between: impl FnMut(InteractionId)) -> bool {
        if let Outcome::Refused(_) = self.asks(Command::Pull { interaction: None }) {
            // Someone may have been offered meanwhile.
            self.until_within("nothing", Duration::from_millis(1), |_| false);
        }
        let agent = self.agent;
        let mine = |i: &&Interaction| match i.phase {
            Phase::Connected => i.owner == Some(agent),
            Phase::Offered { to, .. } => to == agent,
            _ => false,
        };
        self.until_within("a contact", Duration::from_secs(2), |p| p.contacts.values().any(|i| mine(&i)));
        let Some(contact) = self.contacts.values().find(mine).cloned() else { return false };
        let (id, case) = (contact.id, contact.case);
        let epoch = |p: &Person| p.contacts.get(&id).map_or(0, |i| i.epoch);
        if let Phase::Offered { .. } = contact.phase
            && self.asks(Command::AcceptOffer { interaction: id, epoch: contact.epoch }) != Outcome::Done
        {
            return true;
        }
        for body in answers {
            between(id);
            self.asks(Command::SendReply { case, body, base: None, anyway: true, from: vec![], to: None });
        }
        between(id);
        let over = epoch(self);
        self.asks(Command::EndContact { interaction: id, epoch: over });
        for outcome in self.outcomes.clone() {
            let done = self.asks(Command::WrapUp {
                interaction: id,
                epoch: over,
                case,
                reason: self.reason.expect("codes were read"),
                outcome,
                note: note.clone(),
                follow_up: None,
                findings: cordboard::domain::wrap_up::Findings::default(),
            });
            if done == Outcome::Done {
                return true;
            }
        }
        panic!("no outcome can be given: {:?}", self.verdicts.values().next_back());
    }

    /// Sends a command and waits for its verdict.
    pub fn asks(&mut self, command: Command) -> Outcome {
        self.n += 1;
        let n = self.n;
        let at_ms = cordboard::clock::Clock::now(&cordboard::clock::SystemClock::new()).0;
        self.sends(Up::Command { n, at_ms, command: Box::new(command) });
        self.until("a verdict", |p| p.verdicts.contains_key(&n));
        self.verdicts[&n].clone()
    }

    /// Reads whatever comes for so long.
    pub fn listens(&mut self, span: Duration) {
        self.until_within("nothing", span, |_| false);
    }

    fn sends(&mut self, up: Up) {
        let bytes = self.encoder.message([&up]).expect("small");
        if self.keeps {
            self.said.push(up);
        }
        self.runtime.block_on(self.pipe.tx.send(bytes)).expect("linked");
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Person) -> bool) {
        assert!(self.until_within(what, PATIENCE, holds), "waited in vain for {what}");
    }

    fn until_within(&mut self, _what: &str, patience: Duration, holds: impl Fn(&Person) -> bool) -> bool {
        let end = Instant::now() + patience;
        while !holds(self) {
            let left = end.saturating_duration_since(Instant::now());
            let next = self.runtime.block_on(async { tokio::time::timeout(left, self.pipe.rx.next()).await });
            let Ok(message) = next else { return false };
            let message = message.expect("the server stays");
            for frame in self.decoder.message(&message).expect("readable") {
                let bytes = frame.weight();
                if self.keeps {
                    self.heard.push(frame.clone());
                }
                self.hears(frame);
                if bytes > 0 {
                    self.sends(Up::Credit { bytes });
                }
            }
        }
        true
    }

    fn hears(&mut self, frame: Down) {
        match frame {
            Down::Welcome { agent, epoch, .. } => (self.agent, self.epoch) = (agent, epoch),
            Down::Verdict { n, outcome, .. } => drop(self.verdicts.insert(n, outcome)),
            Down::Batch { lane, to, records, .. } => {
                match lane {
                    Lane::Live => self.live = to,
                    Lane::Deep => self.deep = to,
                }
                records.into_iter().for_each(|record| self.row(record.into()));
            }
            Down::Early { records } => records.into_iter().for_each(|record| self.row(record.into())),
            Down::Chunk { scope, entity, mark, whole, rows, .. } => {
                self.parts.retain(|part| (part.scope, part.entity) != (scope, entity));
                self.parts.push(Part { scope, entity, mark, whole });
                chunk_changes(scope, entity, rows).into_iter().for_each(|change| self.row(change));
            }
            _ => {}
        }
    }

    fn row(&mut self, change: Change) {
        match change {
            Change::Put { key, body, .. } => match Row::decode(key.entity, &body) {
                Some(Row::Interaction(contact)) => drop(self.contacts.insert(contact.id, contact)),
                Some(Row::Reason(reason)) => self.reason = self.reason.or(Some(reason.id)),
                Some(Row::Outcome(outcome)) => self.outcomes.push(outcome.id),
                _ => {}
            },
            Change::Forget { key, .. } if key.entity == Entity::Interaction => {
                self.contacts.remove(&InteractionId(key.id));
            }
            Change::Forget { .. } | Change::Absent { .. } => {}
        }
    }
}

/// The words of a desk that holds nothing.
fn fresh() -> Hello {
    Hello {
        min: PROTOCOL_MIN,
        max: PROTOCOL,
        incarnation: SystemRand.u64(),
        generation: 1,
        epoch: 0,
        live: 0,
        deep: 0,
        parts: Vec::new(),
        dictionary: dictionary::hash(),
        version: "bench".into(),
    }
}
