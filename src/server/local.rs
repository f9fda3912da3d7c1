//! The desk in the server's own process: a session without a socket.
//!
//! It is a device like any other, found again by its label: its number must never change, because the outbox's
//! commands are known by it.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::domain::ids::{AgentId, FileId, MessageId};
use crate::store::StoreError;
use crate::store::ledger::Device;
use crate::wire::frame::Hello;
use crate::wire::hello::agree;
use crate::wire::pipe::{self, Dial, DialError, Dialing, Fetching, Opened, Spawn};

use super::Hub;
use super::accounts::{flatten, new_token};
use super::core::request::Inside;
use super::outside::file_for;
use super::session::drive;

/// What the device is called in the operator's list.
const LABEL: &str = "the desk of cordboard host";

/// Dials the server in this process.
#[derive(Clone)]
pub struct Local {
    hub: Arc<Hub>,
    spawn: Arc<dyn Spawn>,
    device: Device,
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Local desk {}", self.device.id)
    }
}

impl Local {
    /// The desk that is this device; its connections run where it is said.
    pub fn new(hub: Arc<Hub>, spawn: Arc<dyn Spawn>, device: Device) -> Local {
        Local { hub, spawn, device }
    }

    /// The desk of this agent in this process, on the runtime of the caller.
    pub async fn of(hub: Arc<Hub>, agent: AgentId) -> Result<Local, String> {
        // Its token is thrown away: nobody can come in with it from outside.
        let (_, hash) = new_token(hub.rand.as_ref());
        let device = flatten(hub.core.run(move |inside| device(inside, agent, hash)).await)?;
        Ok(Local::new(hub, Arc::new(Handle::current()), device))
    }

    /// The same for a thread that may wait, on the runtime given.
    pub fn of_blocking(hub: Arc<Hub>, runtime: Handle, agent: AgentId) -> Result<Local, String> {
        let (_, hash) = new_token(hub.rand.as_ref());
        let device = flatten(hub.core.run_blocking(move |inside| device(inside, agent, hash)))?;
        Ok(Local::new(hub, Arc::new(runtime), device))
    }

    /// As the operator's list has it.
    pub fn device(&self) -> &Device {
        &self.device
    }
}

/// The device of this agent's own desk here, made at its first start.
fn device(inside: &mut Inside<'_>, agent: AgentId, hash: [u8; 32]) -> Result<Device, StoreError> {
    let created = inside.now;
    let accounts = inside.ledger.accounts();
    let known = accounts.devices()?.into_iter().find(|d| d.agent == agent && d.label == LABEL);
    if let Some(device) = known {
        return Ok(device);
    }
    let id = accounts.add_device(hash, agent, LABEL, created)?;
    Ok(Device { id, agent, label: LABEL.to_owned(), created, active: true })
}

impl Dial for Local {
    fn dial(&self, hello: Hello) -> Dialing {
        let (hub, spawn, id) = (self.hub.clone(), self.spawn.clone(), self.device.id);
        Box::pin(async move {
            agree(hello.min, hello.max).map_err(|other| DialError::Version(other.to_string()))?;
            let found = hub.core.run(move |inside| {
                let device = inside.ledger.accounts().devices()?.into_iter().find(|d| d.id == id && d.active);
                Ok(device.filter(|d: &Device| inside.state.agent(d.agent).is_some_and(|a| a.active)))
            });
            let device = flatten(found.await).map_err(DialError::Unreachable)?;
            let device = device.ok_or_else(|| DialError::Refused("this desk was shut out".into()))?;
            let primed = hello.primes();
            let (inside, outside) = pipe::pair();
            spawn.spawn(Box::pin(drive::serve(hub, inside, hello, primed, device)));
            Ok(Opened { pipe: outside, primed })
        })
    }

    fn fetch(&self, message: MessageId, file: FileId) -> Fetching {
        let (hub, agent) = (self.hub.clone(), self.device.agent);
        Box::pin(async move {
            let found = file_for(&hub, agent, message, file).await?;
            found.ok_or_else(|| "The server does not have this file any more, or you may not see it.".to_owned())
        })
    }
}
