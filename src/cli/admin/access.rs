//! Who may come in: keys of gateways, desks that joined.

use anyhow::bail;

use crate::cli::args::{DeviceCmd, KeyCmd};
use crate::cli::books::Office;
use crate::cli::say::{say, table};
use crate::domain::ids::{DeviceId, KeyId};
use crate::domain::row::{Entity, Row};
use crate::domain::time::At;

pub(super) fn key(office: &mut dyn Office, command: &KeyCmd) -> anyhow::Result<()> {
    match command {
        KeyCmd::List => {
            let keys = office.keys()?.into_iter();
            let rows: Vec<Vec<String>> =
                keys.map(|k| vec![k.id.to_string(), k.name, day(k.created), shut(k.active)]).collect();
            table(&["NUMBER", "NAME", "MADE", ""], &rows, "No gateway has a key.")
        }
        KeyCmd::Add { name } => {
            let (id, token) = office.add_key(name)?;
            say(&token)?;
            eprintln!(
                "This is key {id}, for {name}. It is shown once and not kept: store it where the gateway reads it."
            );
            Ok(())
        }
        KeyCmd::Revoke { id } => {
            if !office.revoke_key(KeyId(*id))? {
                bail!("there is no key {id} in use; see: cordboard admin key list");
            }
            say(&format!("Key {id} opens nothing any more."))
        }
    }
}

pub(super) fn device(office: &mut dyn Office, command: &DeviceCmd) -> anyhow::Result<()> {
    match command {
        DeviceCmd::List => {
            let agents: std::collections::HashMap<u64, String> = office
                .all(Entity::Agent)?
                .into_iter()
                .filter_map(|row| match row {
                    Row::Agent(a) => Some((a.id.0, a.login)),
                    _ => None,
                })
                .collect();
            let rows = office.devices()?.into_iter().map(|d| {
                let login = agents.get(&d.agent.0).cloned().unwrap_or_default();
                vec![d.id.to_string(), login, d.label, day(d.created), shut(d.active)]
            });
            let rows: Vec<Vec<String>> = rows.collect();
            table(&["NUMBER", "LOGIN", "DESK", "JOINED", ""], &rows, "No desk has joined.")
        }
        DeviceCmd::Revoke { id } => {
            if !office.revoke_device(DeviceId(*id))? {
                bail!("there is no desk {id} that may come in; see: cordboard admin device list");
            }
            say(&format!("Desk {id} is shut out."))
        }
    }
}

fn day(at: At) -> String {
    at.to_utc().format("%Y-%m-%d").to_string()
}

fn shut(active: bool) -> String {
    if active { String::new() } else { "shut out".into() }
}
