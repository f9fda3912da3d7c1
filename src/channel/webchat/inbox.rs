//! One web chat as the file of channels describes it: `[[chat]]`.
//!
//! ```toml
//! [[chat]]
//! key = "web"                          # data-inbox of the script tag
//! queue = "support"
//! title = "Larkspur Telecom"
//! sites = ["https://www.example.com"]  # pages that may open it
//! secret_file = "web-chat.secret"      # what the site proves its customers with
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::protocol::{Ask, FileRules, MAX_FILES, Wanted};
use crate::domain::safe;

/// Longest secret that is read, bytes.
const MAX_SECRET: usize = 4_096;
/// Shortest one, bytes: as much as a hundred bits said in letters.
const MIN_SECRET: usize = 16;
/// Largest file that may be allowed, MiB.
const MAX_MIB: u64 = 100;

/// One web chat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Inbox {
    /// Its name in script tags and addresses.
    pub key: String,
    /// Where its customers wait, unless the menu says otherwise.
    pub queue: String,
    /// Where messages left out of hours go.
    pub leave_queue: String,
    /// The firm's name as customers read it.
    pub title: String,
    /// Origins of the pages that may open it.
    pub sites: Vec<String>,
    /// Colour, `#rrggbb`, or empty.
    pub accent: String,
    /// What the form asks for.
    pub ask: Ask,
    /// Its triage menu.
    pub menu: Option<String>,
    /// Whether customers must, may or cannot prove who they are.
    pub identity: Wanted,
    /// Where the secret for that lies.
    pub secret: Option<Secret>,
    /// What may be sent along. A conversation may have four messages full of it, an address send ten in an hour.
    pub file: FileRules,
    /// Longest message, characters.
    pub text_max: usize,
    /// What customers read while on hold; empty is the widget's own words.
    pub hold: String,
    /// Deeds of one conversation in a minute.
    pub per_minute: u32,
    /// Conversations, uploads and deeds of one address in a minute; ten times as many requests of any kind.
    pub address_per_minute: u32,
    /// Conversations of one address that go on at once; ten times as many sockets and requests.
    pub address_open: usize,
    /// Seconds after which a customer who closed every page has left.
    pub away_s: u32,
    /// The mailbox that sends transcripts to customers who wish for one; without it none are offered.
    pub mail: Option<String>,
    /// Whether a proxy before the server names the customer's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
}

/// Where a secret lies; never in the file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// In a file.
    File(PathBuf),
    /// In the server's environment.
    Env(String),
}

impl Secret {
    /// Reads it; `beside` is the folder that relative paths are meant from.
    pub fn read(&self, beside: &Path) -> Result<Vec<u8>, String> {
        let (place, text) = match self {
            Secret::File(path) => {
                let path = beside.join(path);
                let text =
                    std::fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
                (path.display().to_string(), text)
            }
            Secret::Env(name) => {
                let text = std::env::var(name).map_err(|_| format!("{name} is not set in the server's environment"))?;
                (name.clone(), text.into_bytes())
            }
        };
        let secret = text.trim_ascii();
        if (MIN_SECRET..=MAX_SECRET).contains(&secret.len()) {
            return Ok(secret.to_vec());
        }
        Err(format!("{place} holds no secret of {MIN_SECRET} to {MAX_SECRET} bytes; openssl rand -hex 32 makes one"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    key: String,
    queue: String,
    leave_queue: Option<String>,
    title: String,
    sites: Vec<String>,
    #[serde(default)]
    accent: String,
    ask_name: Option<Wanted>,
    ask_email: Option<Wanted>,
    menu: Option<String>,
    identity: Option<Wanted>,
    secret_file: Option<PathBuf>,
    secret_env: Option<String>,
    file_max_mib: Option<u64>,
    file_types: Option<Vec<String>>,
    file_count: Option<usize>,
    text_max: Option<usize>,
    #[serde(default)]
    hold: String,
    per_minute: Option<u32>,
    address_per_minute: Option<u32>,
    address_open: Option<usize>,
    away_s: Option<u32>,
    mail: Option<String>,
    #[serde(default)]
    behind_proxy: bool,
}

/// What may be sent along unless the inbox says otherwise: pictures, papers, plain text; nothing that runs.
const TYPES: [&str; 10] =
    ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", ".txt", ".csv", ".docx", ".xlsx", ".odt"];

fn within<T: PartialOrd + std::fmt::Display>(name: &str, given: T, least: T, most: T) -> Result<T, String> {
    if given < least || given > most {
        return Err(format!("{name} is {given}; it must be {least} to {most}"));
    }
    Ok(given)
}

impl TryFrom<Raw> for Inbox {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Inbox, String> {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if raw.key.is_empty() || raw.key.len() > 40 || !raw.key.chars().all(fine) {
            return Err(format!("key {:?} must be 1 to 40 small letters, digits or dashes", raw.key));
        }
        for (name, text) in [("title", &raw.title), ("hold", &raw.hold)] {
            if text.chars().count() > 200 || !safe::is_safe(text) {
                return Err(format!("{name} must be one line of at most 200 characters"));
            }
        }
        if raw.title.trim().is_empty() {
            return Err("title is empty; it is the firm's name as customers read it".into());
        }
        if let Some(site) = raw.sites.iter().find(|site| !is_origin(site)) {
            let form = "it must be scheme and host as browsers say it: https://www.example.com, with the port if it is no usual one, in small letters and without a slash at the end";
            return Err(format!("site {site:?}: {form}"));
        }
        let colour = |text: &str| {
            text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
        };
        let plain = raw.accent.is_empty();
        if !plain && !colour(&raw.accent) {
            return Err(format!("accent {:?} must be a colour such as #1d5cb0", raw.accent));
        }
        if !plain && contrast_to_white(&raw.accent) < 4.5 {
            return Err(format!(
                "accent {} is too light: white words on it could not be read; take a darker one",
                raw.accent
            ));
        }
        let secret = match (raw.secret_file, raw.secret_env) {
            (Some(_), Some(_)) => return Err("give secret_file or secret_env, not both".into()),
            (Some(file), None) => Some(Secret::File(file)),
            (None, Some(name)) => Some(Secret::Env(name)),
            (None, None) => None,
        };
        let identity = raw.identity.unwrap_or(if secret.is_some() { Wanted::May } else { Wanted::No });
        if identity != Wanted::No && secret.is_none() {
            return Err("identity needs a secret: secret_file or secret_env".into());
        }
        let types = raw.file_types.unwrap_or_else(|| TYPES.map(str::to_owned).to_vec());
        let kind = |t: &String| {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/.+-*".contains(c);
            t.len() <= 80 && t.chars().all(fine) && (t.starts_with('.') && t.len() > 1 || t.split('/').count() == 2)
        };
        if types.len() > 40 || !types.iter().all(kind) {
            return Err("file_types are up to 40 of the form image/png, image/* or .pdf".into());
        }
        let file = FileRules {
            max: within("file_max_mib", raw.file_max_mib.unwrap_or(10), 0, MAX_MIB)? << 20,
            types,
            count: within("file_count", raw.file_count.unwrap_or(5), 1, MAX_FILES)?,
        };
        Ok(Inbox {
            leave_queue: raw.leave_queue.unwrap_or_else(|| raw.queue.clone()),
            queue: raw.queue,
            key: raw.key,
            title: raw.title,
            sites: raw.sites,
            accent: raw.accent,
            ask: Ask { name: raw.ask_name.unwrap_or_default(), email: raw.ask_email.unwrap_or_default() },
            menu: raw.menu,
            identity,
            secret,
            file,
            text_max: within("text_max", raw.text_max.unwrap_or(4_000), 100, 20_000)?,
            hold: raw.hold,
            per_minute: within("per_minute", raw.per_minute.unwrap_or(30), 1, 10_000)?,
            address_per_minute: within("address_per_minute", raw.address_per_minute.unwrap_or(120), 1, 100_000)?,
            address_open: within("address_open", raw.address_open.unwrap_or(20), 1, 100_000)?,
            away_s: within("away_s", raw.away_s.unwrap_or(900), 10, 86_400)?,
            mail: raw.mail,
            behind_proxy: raw.behind_proxy,
        })
    }
}

impl Inbox {
    /// Whether pages of this origin may open it.
    pub fn welcomes(&self, origin: &str) -> bool {
        self.sites.iter().any(|site| site == origin)
    }

    /// Whether a file of this name and kind may be sent along. Both are the sender's words; a name decides where the
    /// list has an ending, a kind where it has one.
    pub fn takes(&self, name: &str, kind: &str) -> bool {
        let (name, kind) = (name.to_lowercase(), kind.to_lowercase());
        let kind = kind.split(';').next().unwrap_or_default().trim();
        self.file.types.iter().any(|taken| match taken.strip_suffix('*') {
            _ if taken.starts_with('.') => name.ends_with(taken.as_str()),
            Some(family) => kind.starts_with(family),
            None => kind == taken,
        })
    }
}

/// An origin as browsers send it (RFC 6454): scheme, host, port if it is not the scheme's own.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").map(|rest| (rest, "443"));
    let Some((rest, usual)) = rest.or_else(|| text.strip_prefix("http://").map(|rest| (rest, "80"))) else {
        return false;
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._[]:".contains(c);
    let port =
        port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n > 0) && port != usual && !port.starts_with('0'));
    !host.is_empty() && host.len() < 254 && host.chars().all(fine) && port
}

/// Contrast of a colour `#rrggbb` to white (WCAG 2.2, relative luminance).
fn contrast_to_white(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(255);
        let share = f64::from(value) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    1.05 / (0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str =
        "key = \"web\"\nqueue = \"support\"\ntitle = \"Larkspur\"\nsites = [\"https://www.example.com\"]\n";

    fn read(more: &str) -> Result<Inbox, String> {
        toml::from_str(&format!("{LEAST}{more}")).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn little_is_enough() {
        let inbox = read("").expect("reads");
        assert_eq!((inbox.leave_queue.as_str(), inbox.identity, inbox.file.max), ("support", Wanted::No, 10 << 20));
        assert!(inbox.welcomes("https://www.example.com"));
        for other in
            ["https://www.example.com.evil.example", "http://www.example.com", "https://example.com", "null", ""]
        {
            assert!(!inbox.welcomes(other), "{other}");
        }
    }

    #[test]
    fn files_are_taken_by_ending_or_kind() {
        let inbox = read("file_types = [\"image/*\", \"application/pdf\", \".txt\"]").expect("reads");
        assert!(inbox.takes("a.png", "image/png"));
        assert!(inbox.takes("a.TXT", "application/x-msdownload"));
        assert!(inbox.takes("a", "Application/PDF; version=1.7"));
        for (name, kind) in
            [("a.exe", "application/x-msdownload"), ("image/png", ""), ("pdf", "pdf"), ("txt", "text/html")]
        {
            assert!(!inbox.takes(name, kind), "{name} {kind}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        for (more, part) in [
            ("colour = 1", "unknown field `colour`"),
            ("accent = \"#ffee00\"", "too light"),
            ("accent = \"blue\"", "such as #1d5cb0"),
            ("accent = \"#1ä5cb\"", "such as #1d5cb0"),
            ("identity = \"must\"", "needs a secret"),
            ("secret_file = \"a\"\nsecret_env = \"B\"", "not both"),
            ("file_max_mib = 101", "0 to 100"),
            ("file_types = [\"exe\"]", "of the form"),
            ("text_max = 5", "100 to 20000"),
            ("away_s = 1", "10 to 86400"),
            ("hold = \"a\\nb\"", "one line"),
        ] {
            let error = read(more).expect_err(more);
            assert!(error.contains(part), "{more}: {error}");
        }
    }

    #[test]
    fn origins_are_as_browsers_say_them() {
        for good in
            ["https://a.example", "http://127.0.0.1:8080", "https://a.example:8443", "http://[::1]:90", "http://[::1]"]
        {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "a.example",
            "https://A.example",
            "https://a.example/",
            "https://a.example:443",
            "http://a:80",
            "https://",
            "https://a:0",
            "https://a b",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_read_from_where_it_lies_and_is_long_enough() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("good"), "0123456789abcdef\n").expect("writes");
        std::fs::write(folder.path().join("short"), "secret\n").expect("writes");
        let read = |name: &str| Secret::File(name.into()).read(folder.path());
        assert_eq!(read("good"), Ok(b"0123456789abcdef".to_vec()));
        assert!(read("short").expect_err("short").contains("openssl rand"));
        assert!(read("none").expect_err("none").contains("cannot be read"));
    }
}
