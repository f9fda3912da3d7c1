//! `cordboard join`: turns a one-time link into a desk with a token of its own.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args;
use super::enrolment;
use super::places::Places;
use crate::server::accounts::{JoinRequest, Joined, MIN_PASSWORD};
use crate::sync::link::Address;
use crate::sync::pin::client_config;
use crate::wire::link_url::JoinLink;

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
    let place = if link.host.contains(':') {
        format!("[{}]:{}", link.host, link.port)
    } else {
        format!("{}:{}", link.host, link.port)
    };
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(client_config(link.fingerprint)?)
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let response = client.post(format!("https://{place}/join")).json(request).send().await.map_err(|error| {
        let words = if is_certificate(&error) {
            "shows another certificate than the link names; ask your lead for a new link"
        } else if error.is_timeout() {
            "does not answer in time; check the network and try again"
        } else {
            "cannot be reached; check the network and the address in the link"
        };
        anyhow::Error::new(error).context(format!("{place} {words}"))
    })?;
    let status = response.status();
    let body = response.text().await.unwrap_or_default();
    if status.is_success() {
        return serde_json::from_str(&body)
            .with_context(|| format!("{place} answered something else than a cordboard server would"));
    }
    let said = serde_json::from_str::<serde_json::Value>(&body)
        .ok()
        .and_then(|v| v["hint"].as_str().map(str::to_owned))
        .unwrap_or_else(|| format!("{place} answered {status}"));
    bail!(crate::domain::safe::line(&said))
}

fn is_certificate(error: &reqwest::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = source {
        if inner.downcast_ref::<rustls::Error>().is_some_and(|e| matches!(e, rustls::Error::InvalidCertificate(_)))
            || inner.to_string().contains("invalid peer certificate")
        {
            return true;
        }
        source = inner.source();
    }
    false
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
