//! A desk at work: cache, outbox, protocol machine and link put together behind the app's port.
//!
//! Three parties, none of which the app ever waits for: the engine (a thread that owns every write), the readers (a
//! thread that answers questions from the cache), and the cable (a task that carries messages to the server). Knows
//! nothing of screens and keys. One invariant: what the app was told is stored is on the disk.
//! Start reading at [`engine`].

mod cable;
mod drafts;
mod engine;
mod files;
mod inbox;
mod line;
mod perform;
mod questions;
mod tell;
mod texts;
mod translate;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::app::port::{Effect, Incoming, Port};
use crate::clock::Clock;
use crate::lang;
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::cache::Cache;
use crate::store::outbox::Outbox;
use crate::sync::link::{Address, SocketDial};
use crate::sync::traffic::Traffic;
use crate::wire::pipe::Dial;

use cable::Cable;
use engine::Engine;
use inbox::{Inbox, Note, Slot};

/// Where a desk's files are.
#[derive(Debug, Clone)]
pub struct DeskPaths {
    /// Folder of cache and outbox; it must exist.
    pub dir: PathBuf,
}

/// How a desk reaches its server.
pub enum LinkConfig {
    /// Over the network.
    Socket(Address),
    /// In this process (`host`), or as a test wants it.
    Direct(Arc<dyn Dial>),
}

/// Why a desk cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// No thread, or no runtime for the link.
    #[error("the desk cannot start its work: {0}")]
    System(#[from] std::io::Error),
}

/// An open desk. Dropping it writes what is unwritten and ends its threads.
pub struct Desk {
    notes: Slot,
    engine: Option<JoinHandle<()>>,
}

impl Desk {
    /// Opens files and begins to work; the link runs on the tokio runtime that calls this. The first thing that
    /// comes out is [`Incoming::Opened`], before any network.
    pub fn open(
        paths: &DeskPaths,
        link: LinkConfig,
        clock: Arc<dyn Clock>,
        rand: Arc<dyn Rand>,
    ) -> Result<(Desk, UnboundedReceiver<Incoming>), DeskError> {
        let runtime = Arc::new(Handle::try_current().map_err(std::io::Error::other)?);
        let traffic = Arc::new(Traffic::default());
        let here = match &link {
            LinkConfig::Socket(address) => is_here(&address.host),
            LinkConfig::Direct(_) => true,
        };
        let (dial, counts): (Arc<dyn Dial>, bool) = match link {
            LinkConfig::Socket(address) => (Arc::new(SocketDial::new(address, Arc::clone(&traffic))?), false),
            LinkConfig::Direct(dial) => (dial, true),
        };
        let (mut engine, notes, inbox, told) =
            assemble(&paths.dir, clock, rand, |notes| Cable::new(runtime, dial, notes, traffic, counts))?;
        engine.line.here = here;
        let speaks = lang::follows_desk();
        let engine = std::thread::Builder::new().name("desk".into()).spawn(move || {
            if speaks {
                lang::follow_desk();
            }
            engine.run(&inbox);
        })?;
        Ok((Desk { notes, engine: Some(engine) }, told))
    }
}

/// Whether a name or address is this very machine's.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Opens the files and puts a desk together; it begins to work when its engine does.
fn assemble(
    dir: &Path,
    clock: Arc<dyn Clock>,
    rand: Arc<dyn Rand>,
    cable: impl FnOnce(Slot) -> Cable,
) -> Result<(Engine, Slot, Inbox, UnboundedReceiver<Incoming>), StoreError> {
    let outbox = Outbox::open(dir, rand.u64())?;
    let cache = Cache::open(dir)?;
    let (notes, inbox) = inbox::inbox();
    let (tell, told) = unbounded_channel();
    let engine = Engine::new(dir.to_owned(), outbox, cache, cable(notes.clone()), clock, rand, tell)?;
    Ok((engine, notes, inbox, told))
}

impl Port for Desk {
    fn perform(&self, effect: Effect) {
        // An engine that has ended has said why.
        self.notes.put(Note::Effect(Box::new(effect)));
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.notes.put(Note::Stop);
        if let Some(engine) = self.engine.take() {
            // A panic in it was reported where it happened.
            engine.join().ok();
        }
    }
}

#[cfg(test)]
pub(crate) mod stepped;
#[cfg(test)]
mod tests;
