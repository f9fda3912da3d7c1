//! A server as a whole: ledger, core, sessions, doors and the operator's socket, on threads of its own.
//!
//! `serve` starts one and waits; `host` starts one beside a desk. One invariant: when [`Server::shutdown`] returns,
//! everything that was answered is on disk and the ledger is free for the next one.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::channel::plan::Plan;
use crate::clock::Clock;
use crate::domain::ids::AgentId;
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::ledger_sqlite::{FILE, SqliteLedger};
use crate::store::outside::Outside;
use crate::wire::link_url::{Fingerprint, split_host_port};

use super::Hub;
use super::accept;
use super::http::limit::Rate;
use super::http::router;
use super::local::Local;
use super::operate::{self, Front, Listening, Office, Operator, Running};
use super::outside::{self, Port};
use super::tls::{Identity, TlsError};

/// Threads that carry sessions and requests; the core has its own.
const WORKERS: usize = 2;
/// Threads that may wait for disk and passwords, at most.
const BLOCKING: usize = 16;
/// How long tasks that are left over may take to end.
const REST: Duration = Duration::from_millis(200);

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificates {
    /// One of its own in the data folder, made at the first start.
    Own,
    /// Files in PEM form.
    Files {
        /// The chain, the server's own first.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// How a server shall be.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Folder of ledger, certificate and socket.
    pub data_dir: PathBuf,
    /// Where desks and gateways come in; `None` does not listen. Port 0 takes any free one.
    pub listen: Option<SocketAddr>,
    /// Its certificate.
    pub tls: Certificates,
    /// Requests per second each gateway key may make.
    pub rate_limit: u32,
    /// Largest body of a request, bytes.
    pub body_limit: usize,
    /// Host, or host and port, that join links carry; empty is where it listens, or this machine's name.
    pub public_address: String,
    /// Ways in which customers reach us.
    pub channels: Plan,
}

impl ServerConfig {
    /// As the configuration has it by default, not listening.
    pub fn new(data_dir: &Path) -> ServerConfig {
        ServerConfig {
            data_dir: data_dir.to_owned(),
            listen: None,
            tls: Certificates::Own,
            rate_limit: 50,
            body_limit: 256 << 10,
            public_address: String::new(),
            channels: Plan::default(),
        }
    }
}

/// Why a server does not start, in words.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The ledger said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The certificate is of no use.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {}", why_not(source))]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The operator's socket cannot be made.
    #[error("cannot make the socket for cordboard admin in {folder}: {source}")]
    Control {
        /// Where.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No threads.
    #[error("the server's threads cannot be started: {0}")]
    Threads(io::Error),
    /// The desk in this process cannot be set up.
    #[error("the desk cannot be set up: {0}")]
    Desk(String),
    /// A way for customers cannot be opened.
    #[error("the file of channels: {0}")]
    Channel(String),
    /// The address for join links makes no sense.
    #[error("{0:?} is no address for join links; give a host name, or host and port such as desk.example.com:7420")]
    PublicAddress(String),
}

fn why_not(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; choose another port, or stop that one".into(),
        io::ErrorKind::PermissionDenied => {
            "this user may not; ports below 1024 need special rights, choose a higher one".into()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".into(),
        _ => error.to_string(),
    }
}

/// A running server. It ends when dropped.
pub struct Server {
    hub: Arc<Hub>,
    runtime: Option<Runtime>,
    accepting: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    control: Option<Listening>,
    front: Front,
    address: Option<SocketAddr>,
    fingerprint: Fingerprint,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server on {:?}", self.address)
    }
}

impl Server {
    /// Opens the ledger and the doors. Everything that can be wrong is found here.
    pub fn start(config: ServerConfig, clock: Arc<dyn Clock>, rand: Arc<dyn Rand>) -> Result<Server, ServeError> {
        let ledger = SqliteLedger::open(&config.data_dir.join(FILE), rand.u64() | 1)?;
        let listener = config.listen.map(bind).transpose()?;
        let address = listener.as_ref().and_then(|l| l.local_addr().ok());
        let place = address.map(|address| public_place(&config.public_address, address)).transpose()?;
        let identity = match &config.tls {
            Certificates::Own => {
                let names: Vec<String> = place.iter().map(|(host, _)| host.clone()).collect();
                Identity::of_folder(&config.data_dir, &names)?
            }
            Certificates::Files { certificate, key } => Identity::of_files(certificate, key)?,
        };
        let tls = identity.config()?;
        let front = Front { address: place, fingerprint: identity.fingerprint.to_string() };
        let hub = Hub::start(Box::new(ledger), clock, rand)?;
        let office = office(&hub, &front);
        let control = operate::listen(office, &config.data_dir)
            .map_err(|source| ServeError::Control { folder: config.data_dir.clone(), source })?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING)
            .thread_name("server")
            .enable_all()
            .build()
            .map_err(ServeError::Threads)?;
        let (stop, stopping) = watch::channel(false);
        let mut chats = None;
        if !config.channels.is_empty() {
            let outside = Arc::new(Outside::open(&config.data_dir)?);
            // Nobody else sets it.
            hub.outside.set(outside.clone()).ok();
            let (say, said) = mpsc::unbounded_channel();
            let port = Arc::new(Port::new(hub.clone(), outside.clone(), say));
            chats = outside::chats(&config.channels, &outside).map_err(ServeError::Channel)?;
            let channels = outside::channels(&config.channels, chats.as_ref(), &outside, hub.rand.as_ref())?;
            let _inside = runtime.enter();
            channels.iter().for_each(|c| drop(runtime.spawn(c.clone().run(port.clone(), stopping.clone()))));
            runtime.spawn(outside::tell_sides(hub.clone(), said, stopping.clone()));
            runtime.spawn(outside::watch_looks(hub.clone(), channels.clone(), stopping.clone()));
            runtime.spawn(outside::follow(hub.clone(), outside, channels, stopping.clone()));
        }
        let accepting = match listener.zip(address) {
            None => None,
            Some((listener, address)) => {
                let failed = |source| ServeError::Listen { address, source };
                let _inside = runtime.enter();
                let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
                let app = router(hub.clone(), Rate::per_second(config.rate_limit), config.body_limit, chats);
                Some(runtime.spawn(accept::run(listener, app, Some(tls), hub.registry.clone(), stopping)))
            }
        };
        tracing::info!(?address, fingerprint = %identity.fingerprint, "the server is up");
        let (runtime, control) = (Some(runtime), Some(control));
        Ok(Server { hub, runtime, accepting, stop, control, front, address, fingerprint: identity.fingerprint })
    }

    /// Where it listens, if it does.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Host and port that join links carry, if it listens.
    pub fn public_address(&self) -> Option<&(String, u16)> {
        self.front.address.as_ref()
    }

    /// Of its certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// What its parts share.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// The operator's verbs, in this process.
    pub fn operator(&self) -> Operator {
        Operator::of_server(office(&self.hub, &self.front))
    }

    /// How the desk of this agent in this process reaches the server.
    pub fn local(&self, agent: AgentId) -> Result<Local, ServeError> {
        // Only shutdown takes the runtime, and it takes the server with it.
        let runtime = self.runtime.as_ref().ok_or_else(|| ServeError::Desk("the server has stopped".into()))?;
        Local::of_blocking(self.hub.clone(), runtime.handle().clone(), agent).map_err(ServeError::Desk)
    }

    /// Sends every desk away to come back soon, finishes what was handed in, and lets go of the ledger.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        self.control.take();
        self.stop.send_replace(true);
        let (accepting, hub) = (self.accepting.take(), self.hub.clone());
        // The caller may be inside a runtime of its own, where waiting is not allowed.
        let ending = std::thread::spawn(move || {
            runtime.block_on(async {
                match accepting {
                    Some(accepting) => drop(accepting.await),
                    None => accept::say_goodbye(&hub.registry).await,
                }
            });
            hub.core.stop();
            runtime.shutdown_timeout(REST);
        });
        ending.join().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn office(hub: &Arc<Hub>, front: &Front) -> Office {
    Office::new(hub.core.clone(), hub.rand.clone(), Arc::new(Running(hub.clone())), Some(front.clone()))
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Host and port that join links carry.
fn public_place(given: &str, bound: SocketAddr) -> Result<(String, u16), ServeError> {
    let given = given.trim();
    if given.is_empty() {
        let host = if bound.ip().is_unspecified() { machine_name() } else { bound.ip().to_string() };
        return Ok((host, bound.port()));
    }
    if given.parse::<IpAddr>().is_ok() {
        return Ok((given.to_owned(), bound.port()));
    }
    let with_port = split_host_port(given).or_else(|_| split_host_port(&format!("{given}:{}", bound.port())));
    with_port.map_err(|_| ServeError::PublicAddress(given.to_owned()))
}

/// What this machine is called.
fn machine_name() -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let said = files.iter().find_map(|file| std::fs::read_to_string(file).ok());
    let name = said.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}
