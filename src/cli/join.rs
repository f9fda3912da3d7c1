//! `cordboard join`: turns a one-time link into a desk with a token of its own.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args;
use super::enrolment;
use super::places::Places;
use crate::server::accounts::{JoinRequest, Joined, MIN_PASSWORD};
use crate::sync::ask;
use crate::sync::link::Address;
use crate::wire::link_url::JoinLink;
use crate::wire::pipe::DialError;

/// The server must answer within this time; thin links take long to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// Joins, saying each step on standard output.
pub fn run(args: &args::Join, global: &args::Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.dir.data.as_deref())?;
    let link: JoinLink = args.link.parse()?;
    let password = if args.password_stdin { from_stdin()? } else { ask()? };
    let joined = join(&places, &link, args.label.clone(), Some(password))?;
    let mut out = std::io::stdout();
    writeln!(out, "Welcome, {}. This desk belongs to {} now.", joined.name, joined.login)?;
    writeln!(out, "Type `cordboard` to open it.")?;
    Ok(())
}

/// Joins without a word, for the welcome screen too.
pub fn join(
    places: &Places,
    link: &JoinLink,
    label: Option<String>,
    password: Option<String>,
) -> anyhow::Result<Joined> {
    let desk = places.desk();
    super::places::private_folder(&desk)?;
    let label = label.unwrap_or_else(machine_name);
    let request = JoinRequest { token: Some(link.token.clone()), login: None, password, label };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let joined = runtime.block_on(ask_server(link, &request))?;
    let target = Address {
        host: link.host.clone(),
        port: link.port,
        fingerprint: link.fingerprint,
        token: joined.token.clone(),
    };
    enrolment::write(&desk, &target)?;
    Ok(joined)
}

async fn ask_server(link: &JoinLink, request: &JoinRequest) -> anyhow::Result<Joined> {
    let JoinLink { host, port, fingerprint, .. } = link;
    let address = Address { host: host.clone(), port: *port, fingerprint: *fingerprint, token: String::new() };
    let place = ask::place(&address);
    let body = serde_json::to_string(request)?;
    let answer = ask::ask(&address, "/join", Some(body), PATIENCE).await.map_err(|error| match error {
        DialError::Stranger(_) => {
            anyhow::anyhow!("{place} shows another certificate than the link names; ask your lead for a new link")
        }
        error => anyhow::anyhow!("{error} Check the network and the address in the link"),
    })?;
    if (200..300).contains(&answer.status) {
        return serde_json::from_str(&answer.body)
            .with_context(|| format!("{place} answered something else than a cordboard server would"));
    }
    let said = serde_json::from_str::<serde_json::Value>(&answer.body)
        .ok()
        .and_then(|v| v["hint"].as_str().map(str::to_owned))
        .unwrap_or_else(|| format!("{place} answered {}", answer.status));
    bail!(crate::domain::safe::line(&said))
}

fn from_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read the password from standard input")?;
    check(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn ask() -> anyhow::Result<String> {
    let prompt =
        format!("Choose a password of at least {MIN_PASSWORD} characters (for joining from another machine): ");
    let first = rpassword::prompt_password(prompt).context("cannot ask for a password; use --password-stdin")?;
    let second = rpassword::prompt_password("Once more: ").context("cannot ask for a password")?;
    if first != second {
        bail!("the two passwords differ; nothing was changed, run the command again");
    }
    check(first)
}

fn check(password: String) -> anyhow::Result<String> {
    if password.chars().count() < MIN_PASSWORD {
        bail!("the password is shorter than {MIN_PASSWORD} characters; nothing was changed, run the command again");
    }
    Ok(password)
}

/// This machine's name, for the operator's list of desks.
pub fn machine_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map_or_else(|_| "a desk".to_owned(), |n| n.trim().to_owned())
}
