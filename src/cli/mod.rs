//! The subcommands: the one room that knows every other, and the only one that speaks to standard output.
//!
//! What is asked for is in [`args`]; each command is a file of its name. One invariant: whatever goes wrong ends in
//! one sentence on standard error and a failure to the shell, never in a panic's noise.

pub mod admin;
pub mod args;
pub mod books;
pub mod doctor;
pub mod enrolment;
pub mod exchange;
pub mod export;
pub mod host;
pub mod import;
pub mod join;
pub mod keys;
pub mod language;
pub mod link;
pub mod load;
pub mod logging;
pub mod manual;
pub mod office;
pub mod open;
pub mod paths;
pub mod places;
pub mod report;
pub mod sample;
pub mod sandbox;
pub mod say;
pub mod serve;
pub mod settings;
mod surroundings;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Cmd};

/// Reads the command line, does what it says, reports.
pub fn main() -> ExitCode {
    // A second provider in some dependency must not make the choice for us. It fails only when one was chosen.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(&settled(Cli::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write as _;
            // A file may have put anything into an error's words.
            let words = crate::domain::safe::lines(&format!("cordboard: {error:#}")).join("\n");
            // Nobody reads standard error: nobody is told.
            let _ = writeln!(std::io::stderr(), "{words}");
            ExitCode::FAILURE
        }
    }
}

/// A flag that stands for a setting is a setting like those of `--set`.
fn settled(mut cli: Cli) -> Cli {
    let plain = match &cli.command {
        Some(Cmd::Host(host)) => host.plain,
        Some(Cmd::Sandbox(sandbox)) => sandbox.enter.plain,
        _ => false,
    };
    if cli.plain || plain {
        cli.global.set.push("desk.plain=true".to_owned());
    }
    cli
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let global = &cli.global;
    match &cli.command {
        None => open::run(global),
        Some(Cmd::Host(args)) => host::run(args, global),
        Some(Cmd::Serve(args)) => serve::run(args, global),
        Some(Cmd::Join(args)) => join::run(args, global),
        Some(Cmd::Admin(args)) => admin::run(args, global),
        Some(Cmd::Import(args)) => import::run(args, global),
        Some(Cmd::Export(args)) => export::run(args, global),
        Some(Cmd::Report(args)) => report::run(args, global),
        Some(Cmd::Sandbox(args)) => sandbox::run(args, global),
        Some(Cmd::Doctor(args)) => doctor::run(args, global),
        Some(Cmd::Paths(args)) => paths::run(args, global),
        Some(Cmd::Load(args)) => load::run(args, global),
        Some(Cmd::Link(args)) => link::run(args, global),
        Some(Cmd::Keys) => keys::run(global),
        Some(Cmd::Man) => manual::man(),
        Some(Cmd::Completions { shell }) => manual::completions(*shell),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
}
