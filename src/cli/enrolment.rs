//! What a desk knows about its server, kept beside the outbox.

use std::path::Path;

use anyhow::Context as _;

use crate::rand::{Rand as _, SystemRand};
use crate::store::outbox::Outbox;
use crate::sync::link::Address;
use crate::wire::link_url::Fingerprint;

const HOST: &str = "server.host";
const PORT: &str = "server.port";
const FINGERPRINT: &str = "server.fingerprint";
const TOKEN: &str = "server.token";

/// The server this desk joined, if it joined one.
pub fn read(desk: &Path) -> anyhow::Result<Option<Address>> {
    if !desk.join("outbox.db").exists() {
        return Ok(None);
    }
    let outbox = Outbox::open(desk, SystemRand.u64())?;
    let [host, port, fingerprint, token] = [HOST, PORT, FINGERPRINT, TOKEN].map(|key| outbox.setting(key));
    let (Some(host), Some(port), Some(fingerprint), Some(token)) = (host?, port?, fingerprint?, token?) else {
        return Ok(None);
    };
    let damaged = "what this desk knows about its server is damaged; join again with a new link";
    let port = port.parse().context(damaged)?;
    let fingerprint: Fingerprint = fingerprint.parse().context(damaged)?;
    Ok(Some(Address { host, port, fingerprint, token }))
}

/// Remembers the server this desk joined. What waits in the outbox stays.
pub fn write(desk: &Path, target: &Address) -> anyhow::Result<()> {
    super::places::private_folder(desk)?;
    let mut outbox = Outbox::open(desk, SystemRand.u64())?;
    outbox.set_setting(HOST, Some(&target.host))?;
    outbox.set_setting(PORT, Some(&target.port.to_string()))?;
    outbox.set_setting(FINGERPRINT, Some(&target.fingerprint.to_string()))?;
    outbox.set_setting(TOKEN, Some(&target.token))?;
    Ok(())
}
