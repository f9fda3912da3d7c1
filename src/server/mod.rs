//! The team's server: sessions, feed, timers, accounts, HTTP.
//!
//! It decides what is true and feeds every desk what it may see, and nothing else. It knows the domain's rules, the
//! wire's frames and the ledger's verbs; it knows no SQL and no screen. Invariants: an answer goes out only after
//! its transaction is on disk; no frame carries a row outside the scopes of the agent it goes to.
//! Start reading at [`core`], then [`session`].

pub mod accept;
pub mod accounts;
pub mod core;
pub mod http;
pub mod links;
pub mod local;
pub mod looks;
pub mod metrics;
pub mod operate;
pub mod outside;
pub mod readers;
pub mod registry;
pub mod run;
pub mod session;
pub mod tls;

use std::sync::{Arc, OnceLock};

use crate::clock::Clock;
use crate::domain::State;
use crate::domain::time::At;
use crate::domain::work::Phase;
use crate::rand::Rand;
use crate::store::StoreError;
use crate::store::ledger::Ledger;
use crate::store::outside::Outside;

use core::request::Rules;
use core::{Core, Worker};
use links::Links;
use looks::Looks;
use metrics::{Metrics, Waiting};
use outside::Healths;
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
    /// What the channels keep, where there are any.
    pub outside: OnceLock<Arc<Outside>>,
    /// How the channels do.
    pub healths: Arc<Healths>,
    /// Figures about the server itself.
    pub metrics: Arc<Metrics>,
    /// Wrong passwords.
    pub tries: accounts::Tries,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rand: Arc<dyn Rand>,
}

impl Hub {
    /// Loads the ledger and starts the core.
    pub fn start(ledger: Box<dyn Ledger>, clock: Arc<dyn Clock>, rand: Arc<dyn Rand>) -> Result<Arc<Hub>, StoreError> {
        let (links, metrics) = <(Arc<Links>, Arc<Metrics>)>::default();
        let core = Core::start(ledger, clock.clone(), links.clone(), metrics.clone(), true)?;
        let readers = Readers::new(core.clone());
        Ok(Arc::new(Hub::of(core, readers, links, metrics, clock, rand)))
    }

    /// Loads the ledger, and starts nothing: whoever has the worker takes its steps.
    pub fn stepped(
        ledger: Box<dyn Ledger>,
        clock: Arc<dyn Clock>,
        rand: Arc<dyn Rand>,
        rules: Rules,
    ) -> Result<(Arc<Hub>, Worker), StoreError> {
        let (links, metrics) = <(Arc<Links>, Arc<Metrics>)>::default();
        let (core, worker) = Core::new(ledger, clock.clone(), links.clone(), metrics.clone(), true, rules)?;
        let readers = Readers::at_once(core.clone(), worker.reader()?);
        Ok((Arc::new(Hub::of(core, readers, links, metrics, clock, rand)), worker))
    }

    fn of(
        core: Core,
        readers: Readers,
        links: Arc<Links>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        rand: Arc<dyn Rand>,
    ) -> Hub {
        let (registry, looks) = (Registry::default(), Arc::default());
        let (tries, outside, healths) = (accounts::Tries::default(), OnceLock::new(), Arc::default());
        Hub { core, readers, registry, links, looks, outside, healths, metrics, tries, clock, rand }
    }
}

/// Who waits, by queue.
fn waiting(state: &State, now: At) -> Vec<Waiting> {
    let queued = |phase: Phase| phase.waits() || matches!(phase, Phase::Offered { .. });
    let of = |queue: &crate::domain::work::Queue| {
        let here = state.interactions().filter(|i| i.queue == queue.id && queued(i.phase));
        // Whoever is to be called is counted, and does not wait on the line.
        let (count, oldest) = here.fold((0, now), |(count, oldest), i| {
            (count + 1, if i.place.owed.is_some() { oldest } else { oldest.min(i.enqueued) })
        });
        Waiting { queue: queue.key.clone(), count, oldest_ms: now.since(oldest) }
    };
    state.queues().filter(|q| q.active).map(of).collect()
}

#[cfg(test)]
mod tests;
