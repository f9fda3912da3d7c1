//! `[[mailbox]]` in the file of channels: where mail is fetched and handed over, and how we show ourselves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::channel::menu::{Menu, Text};

/// One mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// Short name, for the log and the status screen.
    pub name: String,
    /// Its address: answers come from here.
    pub address: String,
    /// The name beside the address.
    #[serde(default)]
    pub display: String,
    /// Other addresses of ours that end here.
    #[serde(default)]
    pub also: Vec<String>,
    /// Key of the queue new mail goes to.
    pub queue: String,
    /// Where mail is fetched.
    pub imap: Server,
    /// Where mail is handed over.
    pub smtp: Server,
    /// The folder that is watched.
    #[serde(default = "inbox")]
    pub folder: String,
    /// The folder of sent mail; empty is the one the server marks so.
    #[serde(default)]
    pub sent: String,
    /// Whether what we send is put into the folder of sent mail; some servers do it themselves.
    #[serde(default = "yes")]
    pub keep_sent: bool,
    /// What is fetched of what lies there when the mailbox is first opened.
    #[serde(default)]
    pub import: Import,
    /// Whether answers go to an address with the case's number in it (`support+c1042.…@`): the post office must deliver
    /// it here. If not, the number is put into the subject.
    #[serde(default = "yes")]
    pub tag: bool,
    /// Whether those in Cc get the answers too.
    #[serde(default = "yes")]
    pub reply_all: bool,
    /// The triage menu that mail may answer: a form of the firm's site, or the one below.
    #[serde(default)]
    pub menu: Option<String>,
    /// What stands above the menu's questions in the letter to those who write anew; without it none is sent.
    #[serde(default)]
    pub form: Option<Text>,
    /// The menu itself.
    #[serde(skip)]
    pub triage: Option<Menu>,
    /// Below every answer; `{agent}`, `{queue}` and `{case}` are filled in.
    #[serde(default)]
    pub signature: String,
    /// Below the answers of a queue, by its key, instead of `signature`.
    #[serde(default)]
    pub signatures: BTreeMap<String, String>,
}

/// What is fetched of what lies in a mailbox when it is first opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Import {
    /// Nothing: only what comes from then on.
    #[default]
    New,
    /// Everything.
    All,
}

/// A post office.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port; the usual one when not given.
    #[serde(default)]
    pub port: u16,
    /// How it is kept secret.
    #[serde(default)]
    pub tls: Secure,
    /// Whom we say we are; empty is nobody, for a post office on this machine that does not ask.
    #[serde(default)]
    pub user: String,
    /// File whose first line is the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Environment variable that holds the password.
    #[serde(default)]
    pub password_env: Option<String>,
    /// File whose first line is an OAuth 2 access token; read anew at every login.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// Program and arguments that print an OAuth 2 access token; run anew at every login.
    #[serde(default)]
    pub token_command: Vec<String>,
    /// File of the authorities to trust instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    #[serde(skip)]
    pub(super) usual: u16,
}

/// How words to a post office are kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secure {
    /// TLS from the first byte.
    #[default]
    On,
    /// TLS after a word in the open; never goes on without.
    Starttls,
    /// None; loopback only.
    Off,
}

/// How we show who we are.
pub(super) enum Secret {
    /// We do not.
    Nobody,
    Password(String),
    Token(String),
}

impl Server {
    pub(super) fn port(&self) -> u16 {
        if self.port != 0 { self.port } else { self.usual }
    }

    /// What the plan says of the secret, read now.
    pub(super) async fn secret(&self) -> Result<Secret, String> {
        let first_line = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
            let line = text.lines().next().unwrap_or_default().trim_end().to_owned();
            if line.is_empty() { Err(format!("{} is empty", path.display())) } else { Ok(line) }
        };
        if let Some(file) = &self.token_file {
            return first_line(file).map(Secret::Token);
        }
        if let Some((program, arguments)) = self.token_command.split_first() {
            return printed(program, arguments).await.map(Secret::Token);
        }
        if let Some(file) = &self.password_file {
            return first_line(file).map(Secret::Password);
        }
        if let Some(name) = &self.password_env {
            return std::env::var(name).map(Secret::Password).map_err(|_| format!("{name} is not set"));
        }
        Ok(Secret::Nobody)
    }
}

impl Mailbox {
    /// What is wrong with it, if anything; fills in the usual ports, and where its files lie when they are named from
    /// the folder of the file of channels.
    pub fn settle(&mut self, beside: &Path) -> Result<(), String> {
        let named = |what: &str| format!("mailbox {:?}: {what}", self.name);
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(fine) {
            return Err(named("its name is up to 40 letters, digits, - and _"));
        }
        if self.form.is_some() && self.menu.is_none() {
            return Err(named("form goes with a menu whose questions it asks"));
        }
        for address in [&self.address].into_iter().chain(&self.also) {
            if !crate::domain::identity::is_email(address) || !address.is_ascii() {
                return Err(named(&format!("{address:?} is no e-mail address")));
            }
        }
        for (what, server) in [("imap", &self.imap), ("smtp", &self.smtp)] {
            let secrets = usize::from(server.password_file.is_some())
                + usize::from(server.password_env.is_some())
                + usize::from(server.token_file.is_some())
                + usize::from(!server.token_command.is_empty());
            if server.host.is_empty() {
                return Err(named(&format!("{what}.host is empty")));
            }
            if secrets > 1 {
                return Err(named(&format!("{what} has several secrets; name one")));
            }
            if server.user.is_empty() != (secrets == 0) {
                return Err(named(&format!(
                    "{what}.user goes with one of password_file, password_env, token_file and token_command"
                )));
            }
        }
        for server in [&mut self.imap, &mut self.smtp] {
            for file in [&mut server.password_file, &mut server.token_file, &mut server.ca_file].into_iter().flatten() {
                *file = beside.join(&*file);
            }
        }
        self.imap.usual = if self.imap.tls == Secure::On { 993 } else { 143 };
        self.smtp.usual = if self.smtp.tls == Secure::On { 465 } else { 587 };
        Ok(())
    }

    /// Whether an address is ours: with or without a tag, in any case.
    pub fn is_ours(&self, address: &str) -> bool {
        let bare = |address: &str| {
            let (user, host) = address.rsplit_once('@').unwrap_or((address, ""));
            format!("{}@{host}", user.split('+').next().unwrap_or(user)).to_ascii_lowercase()
        };
        [&self.address].into_iter().chain(&self.also).any(|ours| bare(ours) == bare(address))
    }

    /// What goes below an answer from this queue.
    pub fn signature_of(&self, queue: &str) -> &str {
        self.signatures.get(queue).unwrap_or(&self.signature)
    }
}

/// The first line a program prints; it has half a minute.
async fn printed(program: &str, arguments: &[String]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    let run = tokio::task::spawn_blocking(move || command.output());
    let run = tokio::time::timeout(Duration::from_secs(30), run).await;
    let output = match run {
        Ok(Ok(Ok(output))) if output.status.success() => output,
        Ok(Ok(Ok(output))) => return Err(format!("{program} ended with {}", output.status)),
        Ok(Ok(Err(error))) => return Err(format!("{program}: {error}")),
        _ => return Err(format!("{program} did not answer")),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() { Err(format!("{program} printed nothing")) } else { Ok(line.to_owned()) }
}

fn inbox() -> String {
    "INBOX".to_owned()
}

fn yes() -> bool {
    true
}
