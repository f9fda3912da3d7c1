//! The team's server: sessions, feed, timers, accounts, HTTP.
//!
//! It decides what is true and feeds every desk what it may see, and nothing else. It knows the domain's rules, the
//! wire's frames and the ledger's verbs; it knows no SQL and no screen. Invariants: an answer goes out only after
//! its transaction is on disk; no frame carries a row outside the scopes of the agent it goes to.
//! Start reading at [`core`], then [`session`].

pub mod core;
pub mod links;
pub mod looks;
pub mod metrics;
pub mod readers;
pub mod registry;
pub mod session;

use std::sync::Arc;

use crate::clock::Clock;
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::ledger::Ledger;

use core::Core;
use links::Links;
use looks::Looks;
use metrics::Metrics;
use readers::Readers;
use registry::Registry;

/// What every part of the server shares.
pub struct Hub {
    /// Decides and stores.
    pub core: Core,
    /// Reads.
    pub readers: Readers,
    /// Desks that are connected.
    pub registry: Registry,
    /// Agents that have a link.
    pub links: Arc<Links>,
    /// Who has which case open.
    pub looks: Arc<Looks>,
    /// Figures about the server itself.
    pub metrics: Arc<Metrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rand: Arc<dyn Rand>,
}

impl Hub {
    /// Loads the ledger and starts the core.
    pub fn start(
        ledger: Box<dyn Ledger>,
        clock: Arc<dyn Clock>,
        rand: Arc<dyn Rand>,
    ) -> Result<Arc<Hub>, StoreError> {
        let links = Arc::new(Links::default());
        let metrics = Arc::new(Metrics::default());
        let core = Core::start(ledger, clock.clone(), links.clone(), metrics.clone(), true)?;
        let readers = Readers::new(core.clone());
        Ok(Arc::new(Hub {
            core,
            readers,
            registry: Registry::default(),
            links,
            looks: Arc::default(),
            metrics,
            clock,
            rand,
        }))
    }
}
