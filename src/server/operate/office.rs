//! Carrying an operation out on the core. The same for the server's own socket and for a ledger opened here.

use std::sync::Arc;

use crate::domain::ids::DeviceId;
use crate::domain::row::{Entity, Row, RowKey};
use crate::domain::{Actor, Command};
use crate::rand::Rand;
use crate::server::Hub;
use crate::server::accounts::{add_invite, hash_password, new_token};
use crate::server::core::Core;
use crate::server::core::request::{Inside, Reply};
use crate::server::outside::ChannelStatus;
use crate::server::registry::Goodbye;
use crate::server::waiting;
use crate::store::StoreError;
use crate::store::ledger::{LedgerReader, StoredRow};

use super::{Done, Operation, Report, Status};

/// Rows or events in one report at most.
const PAGE: usize = 5_000;
/// Bytes of rows in one page, roughly; a page holds at least one row.
const PAGE_BYTES: usize = 16 << 20;
/// Longest name of a key, in characters.
const MAX_NAME: usize = 60;

/// The connected desks and channels, as far as the operator has to do with them.
pub trait Desks: Send + Sync {
    /// How many have a link.
    fn count(&self) -> usize;
    /// Sends one away for good.
    fn shut_out(&self, device: DeviceId);
    /// How the channels do.
    fn channels(&self) -> Vec<ChannelStatus> {
        Vec::new()
    }
}

/// Nobody is connected, because nothing listens.
#[derive(Debug, Clone, Copy)]
pub struct NoDesks;

impl Desks for NoDesks {
    fn count(&self) -> usize {
        0
    }

    fn shut_out(&self, _device: DeviceId) {}
}

/// The desks and channels of a running server.
pub struct Running(pub Arc<Hub>);

impl Desks for Running {
    fn count(&self) -> usize {
        self.0.registry.count()
    }

    fn shut_out(&self, device: DeviceId) {
        let why = "This desk was shut out. Ask your lead for a new join link.".to_owned();
        self.0.registry.close(device, Goodbye { why, retry_s: None });
    }

    fn channels(&self) -> Vec<ChannelStatus> {
        self.0.healths.all()
    }
}

/// How a running server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// Where join links lead, when it listens.
    pub address: Option<(String, u16)>,
    /// Of its certificate.
    pub fingerprint: String,
}

/// A core with what the operator's work needs besides.
pub struct Office {
    core: Core,
    rand: Arc<dyn Rand>,
    desks: Arc<dyn Desks>,
    front: Option<Front>,
    reader: Option<Box<dyn LedgerReader>>,
}

type Carried<T> = Result<T, String>;

impl Office {
    /// `front` is that of the server, if one runs.
    pub fn new(core: Core, rand: Arc<dyn Rand>, desks: Arc<dyn Desks>, front: Option<Front>) -> Office {
        Office { core, rand, desks, front, reader: None }
    }

    /// Another one on the same core.
    pub fn again(&self) -> Office {
        Office::new(self.core.clone(), self.rand.clone(), self.desks.clone(), self.front.clone())
    }

    /// Ends the core.
    pub fn stop(&self) {
        self.core.stop();
    }

    /// Does it; an error is a sentence.
    pub fn carry_out(&mut self, operation: Operation) -> Carried<Report> {
        Ok(match operation {
            Operation::Submit(commands) => Report::Submitted(self.submit(commands)?),
            Operation::Ids(names) => Report::Ids(self.inside(move |inside| {
                names.iter().map(|(entity, name)| inside.ledger.id_by_name(*entity, name)).collect()
            })?),
            Operation::Rows(keys) => Report::Rows(self.read(|reader| decoded(reader.stored(&keys)?))?),
            Operation::Children { entity, parents } => Report::Children(self.read(|reader| {
                parents.iter().map(|parent| decoded(reader.stored_children(entity, *parent)?)).collect()
            })?),
            Operation::Page { entity, after, limit } => Report::Rows(self.page(entity, after, limit)?),
            Operation::Events { after, limit } => {
                Report::Events(self.read(|reader| reader.events(after, limit.min(PAGE)))?)
            }
            Operation::Invite { agent } => {
                let (token, hash) = new_token(self.rand.as_ref());
                let known = self.inside(move |inside| {
                    let known = inside.state.agent(agent).is_some_and(|a| a.active);
                    if known {
                        add_invite(inside, agent, hash)?;
                    }
                    Ok(known)
                })?;
                Report::Token(known.then_some(token).ok_or("there is no such person, or they have left")?)
            }
            Operation::SetPassword { agent, password } => {
                let phc = hash_password(&password).map_err(|error| error.to_string())?;
                Report::Changed(self.inside(move |inside| {
                    let known = inside.state.agent(agent).is_some();
                    if known {
                        inside.ledger.accounts().set_password(agent, &phc)?;
                    }
                    Ok(known)
                })?)
            }
            Operation::Devices => Report::Devices(self.inside(|inside| inside.ledger.accounts().devices())?),
            Operation::RevokeDevice { device } => {
                let revoked = self.inside(move |inside| inside.ledger.accounts().revoke_device(device))?;
                self.desks.shut_out(device);
                Report::Changed(revoked)
            }
            Operation::Keys => Report::Keys(self.inside(|inside| inside.ledger.accounts().keys())?),
            Operation::AddKey { name } => {
                let name = name.trim().to_owned();
                if name.is_empty() || name.chars().count() > MAX_NAME {
                    return Err(format!("a key needs a name of 1 to {MAX_NAME} characters"));
                }
                let (token, hash) = new_token(self.rand.as_ref());
                self.inside(move |inside| {
                    let now = inside.now;
                    inside.ledger.accounts().add_key(hash, &name, now)
                })?;
                Report::Token(token)
            }
            Operation::RevokeKey { key } => {
                Report::Changed(self.inside(move |inside| inside.ledger.accounts().revoke_key(key))?)
            }
            Operation::Backup { path } => {
                self.read(|reader| reader.backup(&path))?;
                Report::Changed(true)
            }
            Operation::Verify => Report::Verified(self.read(|reader| reader.verify())?),
            Operation::Status => Report::Status(Box::new(self.status()?)),
        })
    }

    fn submit(&self, commands: Vec<Command>) -> Carried<Vec<Done>> {
        let replies = self.core.bulk_blocking(Actor::Operator, commands).map_err(|e| e.to_string())?;
        let now = self.inside(|inside| Ok(inside.now))?;
        let done = |reply| match reply {
            Reply::Done { made, .. } => Ok(Done::Made(made)),
            Reply::Refused { refusal, .. } => {
                let (why, way_out) = (refusal.sentence(now), refusal.way_out());
                Ok(Done::Refused(if way_out.is_empty() { why } else { format!("{why} {way_out}") }))
            }
            Reply::Failed(words) => Err(words),
            // The operator's commands carry no number and no key.
            Reply::Repeat { .. } | Reply::Reused | Reply::Cloned | Reply::Expect { .. } => Ok(Done::Made(Vec::new())),
        };
        replies.into_iter().map(done).collect()
    }

    fn page(&mut self, entity: Entity, after: u64, limit: usize) -> Carried<Vec<Row>> {
        let mut rows = self.read(|reader| reader.page(entity, after, limit.min(PAGE)))?;
        let mut bytes = 0;
        let fits = rows.iter().take_while(|row| {
            let before = bytes;
            bytes += row.encode().len();
            before < PAGE_BYTES
        });
        let count = fits.count();
        rows.truncate(count);
        Ok(rows)
    }

    fn status(&self) -> Carried<Status> {
        let waiting = self.inside(|inside| Ok(waiting(inside.state, inside.now)))?;
        let published = self.core.published().borrow().seq;
        Ok(Status {
            epoch: self.core.epoch(),
            head: published,
            sessions: self.desks.count(),
            waiting: waiting.into_iter().map(|w| (w.queue, w.count, w.oldest_ms)).collect(),
            serving: self.front.is_some(),
            address: self.front.as_ref().and_then(|f| f.address.clone()),
            fingerprint: self.front.as_ref().map(|f| f.fingerprint.clone()),
            channels: self.desks.channels(),
        })
    }

    fn inside<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Inside<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Carried<T> {
        match self.core.run_blocking(what) {
            Ok(result) => result.map_err(|e| e.to_string()),
            Err(stopped) => Err(stopped.to_string()),
        }
    }

    /// Reads beside the core: it goes on meanwhile.
    fn read<T>(&mut self, read: impl FnOnce(&mut dyn LedgerReader) -> Result<T, StoreError>) -> Carried<T> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.core.reader().map_err(|e| e.to_string())?,
        };
        let result = read(reader.as_mut());
        self.reader = Some(reader);
        result.map_err(|e| e.to_string())
    }
}

fn decoded(stored: Vec<StoredRow>) -> Result<Vec<Row>, StoreError> {
    let damaged = |key: RowKey| StoreError::Corrupt {
        path: crate::store::ledger_sqlite::FILE.into(),
        what: format!("{} {} cannot be read", key.entity.word(), key.id),
    };
    stored.into_iter().map(|row| Row::decode(row.key.entity, &row.body).ok_or_else(|| damaged(row.key))).collect()
}
