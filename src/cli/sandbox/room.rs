//! The room itself: a server in this process on files of its own, the desk on it, and the stage beside them.
//!
//! One invariant: nothing is opened but what lies in the room's own folder, and nothing listens.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use anyhow::bail;

use super::args::Enter;
use super::attempts::Attempts;
use super::house;
use super::programme::Programme;
use super::shelf::Shelf;
use super::stage::{Needs, Sign, Stage};
use super::trainer;
use crate::app::port::{DraftField, Effect, Query};
use crate::app::tour::Tour;
use crate::cli::args::Global;
use crate::cli::office::Door;
use crate::cli::places::{Places, private_folder};
use crate::cli::{logging, open, sample, settings};
use crate::clock::{Clock as _, SystemClock};
use crate::desk::LinkConfig;
use crate::rand::SystemRand;
use crate::sandbox::report::Mode;
use crate::server::run::{Server, ServerConfig};

/// Opens the room and plays until the desk is left.
pub(super) fn enter(args: &Enter, global: &Global) -> anyhow::Result<()> {
    let outside = Places::find(global, None)?;
    let base = args.folder.clone().unwrap_or_else(|| outside.state.join("sandbox"));
    let mut places = Places { data: base.join("room"), state: base.clone(), ..outside };
    let mut in_force = settings::read(global, &places)?;
    // Whoever comes for the first time is shown round.
    let new = in_force.config.desk.tour.is_empty() && args.scenario.is_none() && !in_force.config.desk.plain;
    let mode = args.mode.as_deref().unwrap_or(if new { "tour" } else { "practice" });
    let (tour, drill) = (mode == "tour", mode == "drill");
    let mode = match mode {
        "tour" => Mode::Guided,
        "drill" => Mode::Practice,
        word => trainer::mode(word)?,
    };
    let shelf = Shelf::open(&args.more, global)?;
    if let Some(id) = &args.scenario {
        if tour || drill {
            bail!("a tour and a drill choose who comes; leave out --scenario, or choose guided, practice or exam");
        }
        shelf.ready(id)?;
    }
    if tour {
        places.data = base.join("tour");
        // Whoever comes here came for the tour: it begins by itself, and anew for those who have been through it.
        if matches!(in_force.config.desk.tour.as_str(), "" | "offer" | "done") {
            Tour::first().clone_into(&mut in_force.config.desk.tour);
        }
    }
    private_folder(&base)?;
    logging::start(&places.log(), in_force.config.log.level);
    private_folder(&places.data)?;
    let server = Server::start(ServerConfig::new(&places.data), Arc::new(SystemClock::new()), Arc::new(SystemRand))?;
    let now = SystemClock::new().now();
    let mut door = Door::of_operator(server.operator());
    let house = house::furnish(&mut door, &places.data, now, tour)?;
    drop(door);
    let dial = server.local(house.trainee)?;
    // Past cases and articles come in behind the desk.
    let behind = sample::stage(&places.data).filter(|stage| *stage != sample::Stage::Whole).map(|_| {
        let (operator, data) = (server.operator(), places.data.clone());
        std::thread::spawn(move || {
            if let Err(error) = sample::rest(&mut Door::of_operator(operator), &data, now) {
                tracing::error!(%error, "the sample did not come in whole");
            }
        })
    });
    let (send, signs) = channel();
    let playing = if tour {
        None
    } else {
        let language = in_force.language.map_or("en", crate::lang::Catalogue::code);
        let needs = Needs {
            hub: Arc::clone(server.hub()),
            operators: [server.operator(), server.operator()],
            house,
            shelf,
            attempts: Attempts::open(&base.join("attempts"))?,
            programme: Programme::new(args.scenario.clone(), mode, drill, language),
            signs,
            pace: args.pace,
        };
        let stage = Stage::new(needs)?;
        Some(std::thread::Builder::new().name("stage".into()).spawn(move || stage.run())?)
    };
    let desk: PathBuf = places.desk_of(sample::LOGIN);
    let watch = |effect: &Effect| {
        let sign = match effect {
            Effect::SaveDraft(draft) if draft.key.field != DraftField::WrapUp => Sign::Typed(draft.key.case),
            Effect::Ask(Query::Article(article)) => Sign::Opened(*article),
            _ => return,
        };
        // A stage that has ended needs no signs.
        send.send(sign).ok();
    };
    let left = open::watched(&in_force, global, &places, &desk, LinkConfig::Direct(Arc::new(dial)), Vec::new(), &watch);
    send.send(Sign::Left).ok();
    for thread in playing.into_iter().chain(behind) {
        thread.join().ok();
    }
    server.shutdown();
    left
}
