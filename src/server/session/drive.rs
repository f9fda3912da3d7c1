//! The task that drives one [`Session`]: it waits for the pipe, the core and the clock, and for nothing else.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::domain::ids::AgentId;
use crate::domain::row::{Entity, RowKey};
use crate::domain::scope::Lane;
use crate::domain::time::At;
use crate::server::Hub;
use crate::server::core::request::{Reply, Submit};
use crate::server::core::ring::Nothing;
use crate::store::ledger::{Device, Verdict};
use crate::wire::codec::{Decoder, Encoder};
use crate::wire::frame::{Down, Hello, Up};
use crate::wire::pipe::Pipe;

use super::pump::Pumped;
use super::{Moment, Peer, Scopes, Session, Wish};

/// When to come back after a fault of the connection itself, seconds.
const RETRY_S: u32 = 5;

/// Serves one connection until it ends. The device was let in.
pub async fn serve(hub: Arc<Hub>, pipe: Pipe, hello: Hello, primed: bool, device: Device) {
    let Some(ticket) = hub.registry.enter(device.id).await else { return };
    let (id, incarnation) = (device.id, hello.incarnation);
    // After the older connection has gone, so that this number is final.
    let last = hub.core.run(move |inside| inside.ledger.verdict(id, incarnation, u64::MAX)).await;
    let last_n = match last {
        Ok(Ok(Verdict::New { last })) => last,
        Ok(Ok(Verdict::Answered { .. })) => u64::MAX,
        Ok(Err(error)) => {
            tracing::error!(%error, "a desk could not be let in");
            pipe.tx.because(&error.to_string());
            return;
        }
        Err(stopped) => return pipe.tx.because(&stopped.to_string()),
    };
    let scopes = hub.core.published().borrow().rights.get(&device.agent).cloned().map(Scopes::new);
    let Some(scopes) = scopes else {
        return pipe.tx.because("this account is closed");
    };
    let peer = Peer { session: ticket.session, agent: device.agent, device: id, last_n, last_heard: ticket.last_heard };
    let mut guest = Guest { hub: hub.clone(), agent: device.agent, session: ticket.session, since: None };
    guest.arrive();
    let now = hub.moment(0);
    let session = Session::new(peer, hello, hub.core.epoch(), scopes, hub.looks.clone(), now);
    tracing::info!(agent = %device.agent, desk = %id, "a desk connected");
    let (answers, answered) = mpsc::unbounded_channel();
    let drive = Drive {
        hub: hub.clone(),
        agent: device.agent,
        session,
        decoder: Decoder::new(primed),
        encoder: Encoder::new(primed),
        answers,
        held: Held { hub: hub.clone(), bytes: 0 },
        slept_to: 0,
    };
    let end = drive.run(pipe, answered, ticket.goodbye.clone()).await;
    ticket.heard(end.heard);
    guest.since = end.dead.then_some(end.heard);
    tracing::info!(agent = %device.agent, desk = %id, why = %end.why, "a desk's connection ended");
    drop(guest);
    drop(ticket);
}

/// What a connection leaves behind, put right however it ends.
struct Guest {
    hub: Arc<Hub>,
    agent: AgentId,
    session: u64,
    /// Counts the lease of the link from here; from now when not said.
    since: Option<At>,
}

impl Guest {
    fn arrive(&self) {
        self.hub.links.enter(self.agent, self.hub.clock.now());
        self.hub.metrics.session(1);
        self.hub.core.nudge();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.hub.looks.clear(self.session);
        let since = self.since.unwrap_or_else(|| self.hub.clock.now());
        self.hub.links.leave(self.agent, since);
        self.hub.metrics.session(-1);
        self.hub.core.nudge();
    }
}

/// This session's part in the figure of what is held for desks.
struct Held {
    hub: Arc<Hub>,
    bytes: i64,
}

impl Held {
    fn set(&mut self, bytes: usize) {
        let before = std::mem::replace(&mut self.bytes, bytes as i64);
        self.hub.metrics.holds(self.bytes - before);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// How a connection ended.
struct End {
    why: String,
    heard: At,
    dead: bool,
}

struct Drive {
    hub: Arc<Hub>,
    agent: AgentId,
    session: Session,
    decoder: Decoder<Up>,
    encoder: Encoder<Down>,
    answers: mpsc::UnboundedSender<(u64, Reply)>,
    held: Held,
    /// Timers that were slept out count as passed, whatever the clock says.
    slept_to: u64,
}

impl Drive {
    async fn run(
        mut self,
        mut pipe: Pipe,
        mut answered: mpsc::UnboundedReceiver<(u64, Reply)>,
        mut goodbye: tokio::sync::watch::Receiver<Option<crate::server::registry::Goodbye>>,
    ) -> End {
        let mut commits = self.hub.core.listen(self.session.scopes.0.clone());
        let mut news = self.hub.looks.news();
        let published = self.hub.core.published();
        loop {
            let now = self.hub.moment(self.slept_to);
            while let Ok((n, reply)) = answered.try_recv() {
                self.session.answer(n, reply);
            }
            // Before anything is taken: what another scope's commits say must not be passed over.
            commits.hear(&self.session.scopes.0);
            commits.listen_up();
            loop {
                match commits.read() {
                    Ok(commit) => self.session.commit(&commit, now),
                    Err(Nothing::Kept) => self.session.missed_commits(),
                    Err(Nothing::New) => break,
                }
            }
            let scopes = published.borrow().rights.get(&self.agent).cloned().map(Scopes::new);
            self.session.rights(scopes);
            commits.hear(&self.session.scopes.0);
            if self.session.is_dead(now) {
                return self.end("nothing was heard for too long", true);
            }
            let wants = self.session.has_output(now);
            let wake = if wants { self.session.dead_at() } else { self.session.next_wake(now) };
            self.held.set(self.session.held());
            if wants {
                // What happens until the desk takes what waits is read then, from the ring or the ledger.
                commits.wait_for_room();
            } else {
                commits.doze(self.session.waits_in(Lane::Live), self.session.waits_in(Lane::Deep));
            }
            // In this order: the last word, what goes out as long as the pipe takes it, then what comes in.
            tokio::select! {
                biased;
                changed = goodbye.changed() => {
                    let bye = goodbye.borrow_and_update().clone();
                    match (changed, bye) {
                        (Ok(()), Some(bye)) => self.session.close(&bye.why, bye.retry_s),
                        (Ok(()), None) => {}
                        (Err(_), _) => return self.end("the server is going down", false),
                    }
                }
                room = pipe.tx.room(), if wants => {
                    let Ok(room) = room else { return self.end("the desk hung up", false) };
                    match self.message().await {
                        Ok((next, Some(bytes))) => {
                            self = next;
                            room.send(bytes);
                            if self.session.is_closing() {
                                return self.end("sent away", false);
                            }
                        }
                        Ok((next, None)) => self = next,
                        Err(end) => return end,
                    }
                }
                message = pipe.rx.next() => {
                    let Some(message) = message else {
                        let why = pipe.rx.why().unwrap_or("the desk hung up").to_owned();
                        return self.end(&why, false);
                    };
                    if !self.receive(&message).await {
                        return self.end("the server is going down", false);
                    }
                }
                Some((n, reply)) = answered.recv() => self.session.answer(n, reply),
                () = commits.woken() => {}
                look = news.recv() => match look {
                    Ok((case, scope)) => self.session.look_news(case, scope, now),
                    Err(_) => self.session.looks_missed(now),
                },
                () = self.hub.clock.wait(wake.saturating_sub(now.ms).max(1)) => {
                    self.slept_to = self.slept_to.max(wake);
                }
            }
        }
    }

    fn end(&self, why: &str, dead: bool) -> End {
        End { why: why.to_owned(), heard: self.session.heard().at, dead }
    }

    /// Takes one message in. False when the core has stopped.
    async fn receive(&mut self, message: &[u8]) -> bool {
        let frames = match self.decoder.message(message) {
            Ok(frames) => frames,
            Err(error) => {
                self.session.close(&format!("The desk sent {error}."), Some(RETRY_S));
                return true;
            }
        };
        if !frames.is_empty() {
            self.hub.links.hear(self.agent, self.hub.moment(self.slept_to).at);
        }
        for frame in frames {
            let now = self.hub.moment(self.slept_to);
            match self.session.up(frame, now) {
                None => {}
                Some(Wish::Submit { n, actor, origin, command }) => {
                    let answers = self.answers.clone();
                    // A connection that has ended meanwhile asks again on the next one.
                    let reply = Box::new(move |reply| drop(answers.send((n, reply))));
                    let command = command.map(|command| *command);
                    if self.hub.core.hand_in(Submit { actor, origin, command, reply }).await.is_err() {
                        return false;
                    }
                }
                Some(Wish::LookAway) => self.hub.looks.clear(self.session.peer.session),
                Some(Wish::Look { case, look }) => {
                    let key = RowKey { entity: Entity::Case, id: case.0 };
                    let rows = self.hub.readers.with(move |reader| reader.stored(&[key])).await;
                    if let Ok(Ok(rows)) = rows
                        && let Some(row) = rows.first()
                    {
                        self.session.looks_at(case, row.scope, look);
                    }
                }
            }
        }
        true
    }

    /// The next message, read and chosen at this very moment.
    async fn message(mut self) -> Result<(Drive, Option<Vec<u8>>), End> {
        let now = self.hub.moment(self.slept_to);
        let lag = self.session.oldest_waiting().map(|at| now.at.since(at));
        let heard = self.session.heard().at;
        let pumped = if self.session.needs_reader(now) {
            let readers = self.hub.readers.clone();
            let read = readers
                .with(move |reader| {
                    let pumped = self.session.pump(now, Some(reader));
                    (self, pumped)
                })
                .await;
            match read {
                Ok((this, pumped)) => {
                    self = this;
                    pumped
                }
                Err(error) => return Err(End { why: error.to_string(), heard, dead: false }),
            }
        } else {
            self.session.pump(now, None)
        };
        let pumped = match pumped {
            Ok(pumped) => pumped,
            Err(error) => {
                tracing::error!(%error, "a session could not read");
                self.session.close(&format!("The server cannot read now: {error}."), Some(RETRY_S));
                Pumped::default()
            }
        };
        let mut published = self.hub.core.published();
        let read_at = pumped.read_at;
        let scopes = match published.wait_for(|p| p.seq >= read_at).await {
            Ok(p) => p.rights.get(&self.agent).cloned().map(Scopes::new),
            Err(_) => return Err(self.end("the server is going down", false)),
        };
        let frames = self.session.release(pumped, scopes, now);
        if frames.is_empty() {
            return Ok((self, None));
        }
        let fed = |f: &Down| matches!(f, Down::Batch { lane: Lane::Live, records, .. } if !records.is_empty());
        if let Some(lag) = lag.filter(|_| frames.iter().any(fed)) {
            self.hub.metrics.fed(lag);
        }
        match self.encoder.message(&frames) {
            Ok(bytes) => Ok((self, Some(bytes))),
            Err(error) => {
                tracing::error!(%error, "a message could not be written");
                Err(self.end("a message could not be written", false))
            }
        }
    }
}

impl Hub {
    /// Now, with timers that were slept out counted as passed.
    pub fn moment(&self, slept_to: u64) -> Moment {
        Moment { at: self.clock.now(), ms: self.clock.steady_ms().max(slept_to) }
    }
}
