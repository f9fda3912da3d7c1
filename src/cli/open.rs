//! Opening the desk: the one set up here, or the welcome.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc::UnboundedReceiver;

use super::places::Places;
use super::settings::{self, InForce};
use super::surroundings::Surroundings;
use super::{args, enrolment, host, join, logging};
use crate::app::model::Model;
use crate::app::msg::Msg;
use crate::app::overlays::welcome::{Choice, Welcome};
use crate::app::port::{Effect, Incoming, Port};
use crate::app::update;
use crate::clock::{Clock as _, SystemClock};
use crate::desk::{Desk, DeskPaths, LinkConfig};
use crate::plain;
use crate::rand::SystemRand;
use crate::tui::run::{Options, Order, run as play};

/// `cordboard` alone: the desk that joined a team, else the one hosted here, else the welcome.
pub fn run(global: &args::Global) -> anyhow::Result<()> {
    let places = Places::find(global, None)?;
    let in_force = settings::read(global, &places)?;
    logging::start(&places.log(), in_force.config.log.level);
    if let Some(address) = enrolment::read(&places.desk())? {
        return desk(&in_force, global, &places, &places.desk(), LinkConfig::Socket(address), Vec::new());
    }
    if places.ledger().exists() {
        return host::run(&args::Host::default(), global);
    }
    welcome(&in_force, &places, global)
}

/// Opens a desk and plays it until it is left. Notices and faults of the configuration are shown on it.
pub fn desk(
    in_force: &InForce,
    global: &args::Global,
    places: &Places,
    folder: &Path,
    link: LinkConfig,
    notices: Vec<String>,
) -> anyhow::Result<()> {
    watched(in_force, global, places, folder, link, notices, &|_| {})
}

/// The same, and `watch` sees whatever the app asks of the world.
pub fn watched(
    in_force: &InForce,
    global: &args::Global,
    places: &Places,
    folder: &Path,
    link: LinkConfig,
    notices: Vec<String>,
    watch: &dyn Fn(&Effect),
) -> anyhow::Result<()> {
    check_terminal(in_force)?;
    super::places::private_folder(folder)?;
    // The link has a thread of its own: a frame never waits for it, nor it for a frame.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let clock = Arc::new(SystemClock::new());
    // A server in this very process is never far away.
    let starts_offline = in_force.config.link.offline && matches!(link, LinkConfig::Socket(_));
    let opened = {
        let _inside = runtime.enter();
        Desk::open(&DeskPaths { dir: folder.to_owned() }, link, clock.clone(), Arc::new(SystemRand))
    };
    let (desk, incoming) = opened?;
    if starts_offline {
        desk.perform(Effect::WorkOffline(true));
    }
    desk.perform(Effect::UseLine(settings::settings(&in_force.config).thin));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the desk opens");
    let mut model = settings::model(in_force);
    for notice in notices.into_iter().chain(in_force.problems.iter().cloned()) {
        update(&mut model, Msg::Incoming(Incoming::Trouble(notice)), clock.now());
    }
    let port = Watched { desk: &desk, watch };
    let (surroundings, orders) = Surroundings::new(&port, global, places);
    surroundings.watch();
    let left = show(&mut model, &surroundings, incoming, orders, in_force, places);
    drop(desk);
    runtime.shutdown_background();
    left
}

fn welcome(in_force: &InForce, places: &Places, global: &args::Global) -> anyhow::Result<()> {
    check_terminal(in_force)?;
    let mut model = Model { welcome: Some(Welcome::default()), ..settings::model(in_force) };
    let (_silent, incoming) = tokio::sync::mpsc::unbounded_channel::<Incoming>();
    let (surroundings, orders) = Surroundings::new(&Nobody, global, places);
    show(&mut model, &surroundings, incoming, orders, in_force, places)?;
    match model.welcome.and_then(|w| w.choice) {
        None => Ok(()),
        Some(Choice::Host) => host::run(&args::Host::default(), global),
        Some(Choice::Practise) => host::run(&args::Host { sample: true, ..args::Host::default() }, global),
        Some(Choice::Join(link)) => {
            let joined = join::join(places, &link.parse()?, None, None)?;
            tracing::info!(login = %joined.login, "joined from the welcome screen");
            run(global)
        }
    }
}

/// On the whole screen, or line by line.
fn show(
    model: &mut Model,
    port: &dyn Port,
    incoming: UnboundedReceiver<Incoming>,
    mut orders: UnboundedReceiver<Order>,
    in_force: &InForce,
    places: &Places,
) -> anyhow::Result<()> {
    if !model.settings.plain {
        return play(model, port, incoming, options(in_force, places, orders))
            .map(drop)
            .context("the terminal is gone");
    }
    let (send, messages) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        while let Some(order) = orders.blocking_recv() {
            let message = match order {
                Order::Setup(setup, _) => Msg::Setup(setup),
                Order::Msg(message) => message,
            };
            if send.send(message).is_err() {
                return;
            }
        }
    });
    let options =
        plain::Options { announce: in_force.config.desk.announce, messages, clock: Arc::new(SystemClock::new()) };
    plain::run(model, port, incoming, options).context("standard output is gone")
}

fn options(in_force: &InForce, places: &Places, orders: UnboundedReceiver<Order>) -> Options {
    Options {
        look: settings::look(&in_force.config),
        orders,
        report: places.report(),
        clock: Arc::new(SystemClock::new()),
    }
}

fn check_terminal(in_force: &InForce) -> anyhow::Result<()> {
    if settings::has_terminal() || in_force.config.desk.plain {
        return Ok(());
    }
    bail!("the desk needs a terminal; run it in one, or line by line with --plain")
}

/// Does nothing: the welcome asks nothing of the world.
struct Nobody;

impl Port for Nobody {
    fn perform(&self, _effect: Effect) {}
}

/// A desk's port with someone who looks on.
struct Watched<'a> {
    desk: &'a dyn Port,
    watch: &'a dyn Fn(&Effect),
}

impl Port for Watched<'_> {
    fn perform(&self, effect: Effect) {
        (self.watch)(&effect);
        self.desk.perform(effect);
    }
}
