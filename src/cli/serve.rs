//! `cordboard serve`: the team's server, until told to stop.

use std::sync::Arc;

use anyhow::Context as _;

use super::args;
use super::places::{Places, private_folder};
use super::say::say;
use super::settings::{self, InForce};
use super::{logging, office, sample};
use crate::channel::plan::Plan;
use crate::clock::{Clock, SystemClock};
use crate::rand::SystemRand;
use crate::server::run::{Certificates, Server, ServerConfig};

/// Open files a server asks for: as many desks, and as many again while they come back from one moment to the next.
const OPEN_FILES: u64 = 16_384;

/// Runs until TERM, INT or HUP.
pub fn run(args: &args::Serve, global: &args::Global) -> anyhow::Result<()> {
    let named = args.dir.data.as_deref();
    let places = Places::find(global, named)?;
    let places = if args.sample { places.for_practice(named) } else { places };
    let in_force = settings::read(global, &places)?;
    for problem in &in_force.problems {
        say(problem)?;
    }
    logging::start(&places.log(), in_force.config.log.level);
    private_folder(&places.data)?;
    open_files();
    if args.sample {
        // Whoever comes in finds the firm whole.
        let now = SystemClock::new().now();
        let mut books = office::open(&places)?;
        sample::first(books.as_mut(), &places.data, now)?;
        sample::rest(books.as_mut(), &places.data, now)?;
    }
    let server = Server::start(config(args, &in_force, &places)?, Arc::new(SystemClock::new()), Arc::new(SystemRand))?;
    if let Some((host, port)) = server.public_address() {
        say(&format!(
            "Listening on {}; join links lead to {host}:{port}.",
            server.address().map_or_else(String::new, |a| a.to_string())
        ))?;
    }
    say(&format!("Certificate {}", server.fingerprint()))?;
    say(&format!("Data in {}. Stop it with Ctrl-C.", places.data.display()))?;
    wait()?;
    server.shutdown();
    Ok(())
}

fn config(args: &args::Serve, in_force: &InForce, places: &Places) -> anyhow::Result<ServerConfig> {
    let server = &in_force.config.server;
    let files = match (&args.cert, &args.key) {
        (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
        _ => server.certificate.clone().zip(server.key.clone()),
    };
    Ok(ServerConfig {
        listen: Some(args.listen.unwrap_or(server.listen)),
        tls: files.map_or(Certificates::Own, |(certificate, key)| Certificates::Files { certificate, key }),
        rate_limit: server.rate_limit,
        body_limit: server.body_limit as usize,
        public_address: args.host.clone().unwrap_or_else(|| server.address.clone()),
        channels: channels(in_force)?,
        ..ServerConfig::new(&places.data)
    })
}

/// The channels that the configuration names; one with a mistake is not left out in silence.
pub fn channels(in_force: &InForce) -> anyhow::Result<Plan> {
    Ok(in_force.config.server.channels.as_deref().map(Plan::open).transpose()?.unwrap_or_default())
}

/// Every desk is an open file, and many systems allow a program a thousand unless it asks for more.
fn open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = OPEN_FILES.min(maximum.unwrap_or(u64::MAX));
    if current.is_some_and(|current| current < wanted)
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
    {
        tracing::warn!(%error, ?current, "the limit of open files stays as it was; it limits the desks");
    }
}

/// Waits for a signal that means: end.
fn wait() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ways = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()]
            .map(signal)
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .context("the system does not tell us its signals")?;
        let told = ways.iter_mut().map(|way| Box::pin(way.recv()));
        futures_util::future::select_all(told).await;
        Ok(())
    })
}
