//! The ledger through the server's own door: the running server if there is one, else this process.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::args::Global;
use super::books::{Books, Done, Office};
use super::places::{Places, private_folder};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::domain::Command;
use crate::domain::ids::{AgentId, DeviceId, KeyId, Seq};
use crate::domain::row::{Entity, Row, RowKey};
use crate::server::operate::{self, Operation, Operator, Report, Status};
use crate::server::tls::Identity;
use crate::store::ledger::{ApiKey, Device, Entered, Verified};
use crate::wire::link_url::{Fingerprint, JoinLink};

/// Opens the ledger of the data folder, and makes it when there is none.
pub fn open(places: &Places) -> anyhow::Result<Box<dyn Office>> {
    private_folder(&places.data)?;
    let operator = Operator::open(&places.data, Arc::new(SystemClock::new()))?;
    Ok(Box::new(Door::of_operator(operator)))
}

/// Opens the ledger of the data folder, which must be there.
pub fn open_existing(places: &Places) -> anyhow::Result<Box<dyn Office>> {
    if !places.ledger().exists() {
        bail!(
            "there is no ledger in {}; name its folder with --data, or begin with: cordboard host",
            places.data.display()
        );
    }
    open(places)
}

/// Something that carries out operations.
pub struct Door<'d> {
    carry: Box<dyn FnMut(Operation) -> anyhow::Result<Report> + Send + 'd>,
    served: bool,
}

impl Door<'static> {
    /// The operator's own way in.
    pub fn of_operator(mut operator: Operator) -> Door<'static> {
        let served = operator.is_remote();
        Door { carry: Box::new(move |operation| Ok(operator.run(operation)?)), served }
    }
}

impl<'d> Door<'d> {
    /// A server running in this very process.
    pub fn of_server(office: &'d mut operate::Office) -> Door<'d> {
        let carry = move |operation| office.carry_out(operation).map_err(anyhow::Error::msg);
        Door { carry: Box::new(carry), served: true }
    }
}

/// Asks, and takes the one report that fits.
macro_rules! ask {
    ($door:expr, $operation:expr, $report:ident) => {
        match ($door.carry)($operation)? {
            Report::$report(it) => Ok(it),
            _ => Err(anyhow::anyhow!("the server answered something else than was asked")),
        }
    };
}

impl Books for Door<'_> {
    fn ids(&mut self, names: &[(Entity, String)]) -> anyhow::Result<Vec<Option<u64>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        ask!(self, Operation::Ids(names.to_vec()), Ids)
    }

    fn rows(&mut self, keys: &[RowKey]) -> anyhow::Result<Vec<Row>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        ask!(self, Operation::Rows(keys.to_vec()), Rows)
    }

    fn children(&mut self, entity: Entity, parents: &[u64]) -> anyhow::Result<Vec<Vec<Row>>> {
        if parents.is_empty() {
            return Ok(Vec::new());
        }
        ask!(self, Operation::Children { entity, parents: parents.to_vec() }, Children)
    }

    fn page(&mut self, entity: Entity, after: u64, limit: usize) -> anyhow::Result<Vec<Row>> {
        ask!(self, Operation::Page { entity, after, limit }, Rows)
    }

    fn submit(&mut self, commands: Vec<Command>) -> anyhow::Result<Vec<Done>> {
        let done: anyhow::Result<Vec<operate::Done>> = ask!(self, Operation::Submit(commands), Submitted);
        Ok(done?
            .into_iter()
            .map(|done| match done {
                operate::Done::Made(made) => Done::Made(made),
                operate::Done::Refused(why) => Done::Refused(why),
            })
            .collect())
    }

    fn head(&mut self) -> anyhow::Result<Seq> {
        Ok(self.status()?.head)
    }
}

impl Office for Door<'_> {
    fn invite(&mut self, agent: AgentId) -> anyhow::Result<String> {
        ask!(self, Operation::Invite { agent }, Token)
    }

    fn set_password(&mut self, agent: AgentId, password: &str) -> anyhow::Result<()> {
        let changed: anyhow::Result<bool> =
            ask!(self, Operation::SetPassword { agent, password: password.to_owned() }, Changed);
        if changed? { Ok(()) } else { bail!("there is no such person") }
    }

    fn devices(&mut self) -> anyhow::Result<Vec<Device>> {
        ask!(self, Operation::Devices, Devices)
    }

    fn revoke_device(&mut self, device: DeviceId) -> anyhow::Result<bool> {
        ask!(self, Operation::RevokeDevice { device }, Changed)
    }

    fn add_key(&mut self, name: &str) -> anyhow::Result<(KeyId, String)> {
        let token: anyhow::Result<String> = ask!(self, Operation::AddKey { name: name.to_owned() }, Token);
        let token = token?;
        let newest = self.keys()?.into_iter().map(|k| k.id).max().context("the key was not kept")?;
        Ok((newest, token))
    }

    fn keys(&mut self) -> anyhow::Result<Vec<ApiKey>> {
        ask!(self, Operation::Keys, Keys)
    }

    fn revoke_key(&mut self, key: KeyId) -> anyhow::Result<bool> {
        ask!(self, Operation::RevokeKey { key }, Changed)
    }

    fn backup(&mut self, to: &Path) -> anyhow::Result<()> {
        let done: anyhow::Result<bool> = ask!(self, Operation::Backup { path: to.to_owned() }, Changed);
        done.map(drop)
    }

    fn verify(&mut self) -> anyhow::Result<Verified> {
        ask!(self, Operation::Verify, Verified)
    }

    fn is_served(&self) -> bool {
        self.served
    }

    fn events(&mut self, after: Seq, limit: usize) -> anyhow::Result<Vec<Entered>> {
        ask!(self, Operation::Events { after, limit }, Events)
    }

    fn status(&mut self) -> anyhow::Result<Box<Status>> {
        ask!(self, Operation::Status, Status)
    }
}

/// The link that lets a desk in: where the running server is reached, else where it will be as configured.
pub fn join_link(office: &mut dyn Office, places: &Places, global: &Global, token: String) -> anyhow::Result<JoinLink> {
    let status = office.status()?;
    if let (Some((host, port)), Some(fingerprint)) = (status.address, status.fingerprint) {
        let fingerprint = fingerprint.parse().context("the server's fingerprint cannot be read")?;
        return Ok(JoinLink { host, port, fingerprint, token });
    }
    let config = super::settings::read(global, places)?.config;
    let (host, port) = address(&config);
    let fingerprint = fingerprint(&config, places, &host)?;
    eprintln!("No server is running here; the link leads to {host}:{port}, as configured under [server].");
    Ok(JoinLink { host, port, fingerprint, token })
}

fn fingerprint(config: &Config, places: &Places, host: &str) -> anyhow::Result<Fingerprint> {
    let identity = match (&config.server.certificate, &config.server.key) {
        (Some(cert), Some(key)) => Identity::of_files(cert, key)?,
        _ => Identity::of_folder(&places.data, &[host.to_owned()])?,
    };
    Ok(identity.fingerprint)
}

/// Where desks reach the server, as configured: its own name when none is given.
pub fn address(config: &Config) -> (String, u16) {
    let listen = config.server.listen;
    let host = match config.server.address.as_str() {
        "" if listen.ip().is_unspecified() => machine(),
        "" => listen.ip().to_string(),
        named => named.to_owned(),
    };
    (host, listen.port())
}

/// This machine's name.
fn machine() -> String {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::fs::read_to_string("/etc/hostname"));
    let name = name.map(|n| n.trim().to_owned()).unwrap_or_default();
    if name.is_empty() { "localhost".to_owned() } else { name }
}
