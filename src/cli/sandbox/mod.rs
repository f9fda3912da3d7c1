//! `cordboard sandbox`: the training room, and what trainers do with its scenarios.
//!
//! What a scenario is and how it is played is in [`crate::sandbox`]; here are the disk, the desk and standard output.

pub mod args;
mod attempts;
mod contact;
mod convert;
mod held;
mod house;
mod programme;
mod readiness;
mod replay;
mod room;
mod share;
mod shelf;
mod stage;
mod trainer;

use super::args::Global;
use args::{Sandbox, SandboxCmd};

/// Does what was asked.
pub fn run(args: &Sandbox, global: &Global) -> anyhow::Result<()> {
    match &args.command {
        None => room::enter(&args.enter, global),
        Some(SandboxCmd::List { more }) => trainer::list(more, global),
        Some(SandboxCmd::Lint { folder, json }) => trainer::lint(folder.as_deref(), *json),
        Some(SandboxCmd::New { id, folder }) => trainer::new(id, folder),
        Some(SandboxCmd::Play { scenario, script, attempt, mode, json, more }) => {
            let shelf = shelf::Shelf::open(more, global)?;
            trainer::play(&shelf.any(scenario)?, script, *attempt, trainer::mode(mode)?, *json)
        }
        Some(SandboxCmd::Coverage { scenario, scripts, more }) => {
            trainer::coverage(&shelf::Shelf::open(more, global)?.any(scenario)?, scripts)
        }
        Some(SandboxCmd::Replay { file, more }) => {
            replay::replay(file.as_deref(), &shelf::Shelf::open(more, global)?, global)
        }
        Some(SandboxCmd::Convert(args)) => convert::make(args, global),
        Some(SandboxCmd::Release(args)) => convert::release(args),
        Some(SandboxCmd::Sheet { attempt }) => convert::sheet(attempt),
        Some(SandboxCmd::Share(args)) => share::share(args, global),
        Some(SandboxCmd::Readiness(args)) => readiness::readiness(args, global),
        Some(SandboxCmd::Calibrate { first, second }) => readiness::calibrate(first, second),
    }
}
