//! What a trainee shows of their practice: sent by this machine's desk, over its own link, never from within the room.
//!
//! Reads exported attempts and hands figures on; no words go. One invariant: nothing is shared that nobody asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tokio::sync::mpsc::UnboundedReceiver;

use super::args::Share;
use super::readiness::{all, read};
use crate::app::port::{Effect, Incoming, OutboxState, Port as _};
use crate::cli::args::Global;
use crate::cli::enrolment;
use crate::cli::places::Places;
use crate::cli::say::say;
use crate::clock::{Clock as _, SystemClock};
use crate::desk::{Desk, DeskPaths, LinkConfig};
use crate::domain::Command;
use crate::domain::training::{Attempt, MOST};
use crate::rand::SystemRand;

/// The server answers within this time, or the desk keeps it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shares attempts, or takes back all that were shared.
pub(super) fn share(args: &Share, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    let Some(address) = enrolment::read(&places.desk())? else {
        bail!("this machine's desk has joined no team; join one first: cordboard join LINK");
    };
    let attempts = if args.withdraw { Vec::new() } else { chosen(&args.files, &places)? };
    let n = attempts.len();
    let done = send(&places, LinkConfig::Socket(address), Command::ShareTraining(attempts))?;
    match (done, args.withdraw) {
        (true, true) => say("Taken back: whoever runs your team sees none of your attempts any more."),
        (true, false) => say(&format!("{} shared with whoever runs your team.", attempts_in_words(n))),
        (false, _) => say("The server cannot be reached now. Your desk keeps it and sends it when it is next open."),
    }
}

fn attempts_in_words(n: usize) -> String {
    if n == 1 { "1 attempt is".to_owned() } else { format!("{n} attempts are") }
}

/// The named attempts, else all of the room on this machine; the newest when there are too many.
fn chosen(files: &[PathBuf], places: &Places) -> anyhow::Result<Vec<Attempt>> {
    let kept = places.state.join("sandbox/attempts");
    let named: &[PathBuf] = if files.is_empty() { std::slice::from_ref(&kept) } else { files };
    if files.is_empty() && !kept.is_dir() {
        bail!("there are no attempts in {}; play one first: cordboard sandbox", kept.display());
    }
    let mut attempts = Vec::new();
    for path in named {
        for file in all(path)? {
            attempts.push(read(&file)?.attempt);
        }
    }
    if attempts.is_empty() {
        bail!("there are no exported attempts in {}", named[0].display());
    }
    attempts.sort_by_key(|a| a.at);
    attempts.drain(..attempts.len().saturating_sub(MOST));
    Ok(attempts)
}

/// Whether the server has it; else it is stored on this desk.
fn send(places: &Places, link: LinkConfig, command: Command) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (desk, mut incoming) = {
        let _inside = runtime.enter();
        Desk::open(&DeskPaths { dir: places.desk() }, link, Arc::new(SystemClock::new()), Arc::new(SystemRand))?
    };
    let command = Box::new(command);
    desk.perform(Effect::Submit { token: 1, command, clears: None, case: None, hold: None, lapses: None });
    let answered = runtime.block_on(async { tokio::time::timeout(PATIENCE, answer(&mut incoming)).await });
    drop(desk);
    runtime.shutdown_background();
    answered.unwrap_or(Ok(false))
}

async fn answer(incoming: &mut UnboundedReceiver<Incoming>) -> anyhow::Result<bool> {
    let mut number = None;
    while let Some(told) = incoming.recv().await {
        match told {
            Incoming::Queued { token: 1, n, .. } => number = Some(n),
            Incoming::NotQueued { token: 1, why } => bail!(why),
            Incoming::Verdict { n, state: OutboxState::Done { .. } } if Some(n) == number => return Ok(true),
            Incoming::Verdict { n, state: OutboxState::Refused(why) } if Some(n) == number => {
                bail!(why.sentence(SystemClock::new().now()))
            }
            _ => {}
        }
    }
    Ok(false)
}
