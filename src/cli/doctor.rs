//! `cordboard doctor`: looks at everything the desk stands on and says what is wrong. Nothing secret is printed.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;

use super::args::{DataDir, Global};
use super::enrolment;
use super::places::Places;
use super::say::say;
use crate::clock::{Clock as _, SystemClock};
use crate::sync::ask;
use crate::sync::link::Address;
use crate::tui::screen::Screen;

/// The server must answer within this time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clocks further apart than this are worth a word, seconds: figures in the exports of two machines would differ.
const SKEW_S: i64 = 30;

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Note,
    Fault,
}

/// One line of the report.
struct Finding {
    mark: Mark,
    what: &'static str,
    words: String,
}

fn good(what: &'static str, words: impl Into<String>) -> Finding {
    Finding { mark: Mark::Good, what, words: words.into() }
}

fn note(what: &'static str, words: impl Into<String>) -> Finding {
    Finding { mark: Mark::Note, what, words: words.into() }
}

fn fault(what: &'static str, words: impl Into<String>) -> Finding {
    Finding { mark: Mark::Fault, what, words: words.into() }
}

/// Runs the command; faults make it fail.
pub fn run(args: &DataDir, global: &Global) -> anyhow::Result<()> {
    let places = Places::find(global, args.data.as_deref())?;
    let mut findings = vec![good(
        "version",
        format!("cordboard {}, protocol {}", env!("CARGO_PKG_VERSION"), crate::wire::frame::PROTOCOL),
    )];
    findings.extend(terminal());
    findings.extend(configuration(global, &places));
    findings.extend([&places.data, &places.state].map(|folder| self::folder(folder)));
    findings.push(ledger(&places));
    findings.push(practice(&places));
    findings.extend(server(&places));
    for finding in &findings {
        let mark = match finding.mark {
            Mark::Good => "ok   ",
            Mark::Note => "note ",
            Mark::Fault => "FAULT",
        };
        say(&format!("{mark} {:<14}{}", finding.what, crate::domain::safe::line(&finding.words)))?;
    }
    let faults = findings.iter().filter(|f| f.mark == Mark::Fault).count();
    match faults {
        0 => Ok(()),
        1 => bail!("one thing is wrong; see above"),
        n => bail!("{n} things are wrong; see above"),
    }
}

fn terminal() -> Vec<Finding> {
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let mut findings = Vec::new();
    if std::io::stdout().is_terminal() {
        let (width, height) = Screen::size();
        let words = format!("{}, {width} columns by {height} rows", set("TERM").unwrap_or_else(|| "unnamed".into()));
        findings.push(match (width, height) {
            (0..40, _) | (_, 0..10) => fault("terminal", format!("{words}; the desk needs 40 by 10 at least")),
            (0..80, _) | (_, 0..24) => note("terminal", format!("{words}; 80 by 24 shows more")),
            _ => good("terminal", words),
        });
    } else {
        findings.push(note("terminal", "standard output is none; the desk needs one"));
    }
    if set("TERM").is_some_and(|t| t == "dumb") {
        findings.push(fault("terminal", "TERM is dumb: it can neither clear nor place the cursor"));
    }
    let colours = match (set("NO_COLOR"), set("COLORTERM"), set("TERM")) {
        (Some(_), ..) => "none, as NO_COLOR asks".to_owned(),
        (None, Some(c), _) if matches!(c.as_str(), "truecolor" | "24bit") => "16 million".to_owned(),
        (None, _, Some(t)) if t.contains("256") => "256".to_owned(),
        _ => "16".to_owned(),
    };
    findings.push(good("colours", colours));
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    findings.push(match locale {
        Some(l) if l.to_lowercase().replace('-', "").contains("utf8") => good("characters", format!("UTF-8 ({l})")),
        Some(l) => note("characters", format!("the locale {l} is not UTF-8; names in other scripts may not show")),
        None => note("characters", "no locale is set; LANG=C.UTF-8 shows every script"),
    });
    findings
}

fn configuration(global: &Global, places: &Places) -> Vec<Finding> {
    let lenient = Global { strict: false, ..global.clone() };
    match super::settings::read(&lenient, places) {
        Ok(in_force) if in_force.problems.is_empty() && places.config.exists() => {
            vec![good("configuration", places.config.display().to_string())]
        }
        Ok(in_force) if in_force.problems.is_empty() => vec![good("configuration", "built-in; there is no file")],
        Ok(in_force) => in_force.problems.into_iter().map(|p| fault("configuration", p)).collect(),
        Err(error) => vec![fault("configuration", format!("{error:#}"))],
    }
}

fn folder(path: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let what = "folder";
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            note(what, format!("{shown} is not there yet; it is made when it is needed"))
        }
        Err(error) => fault(what, format!("{shown}: {error}")),
        Ok(found) if !found.is_dir() => fault(what, format!("{shown} is no folder")),
        Ok(found) => {
            let probe = path.join(".doctor");
            let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
            match (written, found.permissions().mode() & 0o077) {
                (Err(error), _) => fault(what, format!("{shown} cannot be written: {error}")),
                (Ok(()), 0) => good(what, format!("{shown}, for you only")),
                (Ok(()), _) => note(what, format!("{shown} can be read by others; chmod 700 keeps customers private")),
            }
        }
    }
}

fn ledger(places: &Places) -> Finding {
    if !places.ledger().exists() {
        return note("ledger", "there is none on this machine; a desk that joined a team needs none");
    }
    let looked = super::office::open_existing(places).and_then(|mut office| {
        let status = office.status()?;
        let queues = office.all(crate::domain::row::Entity::Queue)?.len();
        let by = if office.is_served() { "through the running server" } else { "no server is running" };
        Ok(format!("{} events, {queues} queues; {by}; `cordboard admin verify` proves it", status.head))
    });
    match looked {
        Ok(words) => good("ledger", words),
        Err(error) => fault("ledger", format!("{error:#}")),
    }
}

/// Where the made-up firm is; it never mixes with the desk above.
fn practice(places: &Places) -> Finding {
    let folder = places.practice();
    let shown = folder.display();
    if folder.join("ledger.db").exists() {
        good("practice", format!("a made-up firm in {shown}, apart from the desk above"))
    } else {
        note("practice", format!("none yet; `cordboard host --sample` makes one in {shown}"))
    }
}

fn server(places: &Places) -> Vec<Finding> {
    match enrolment::read(&places.desk()) {
        Ok(None) => vec![note("server", "this desk has not joined one")],
        Err(error) => vec![note("server", format!("it cannot be looked up now: {error:#}"))],
        Ok(Some(address)) => reach(&address),
    }
}

/// What the server says about itself, over its pinned certificate.
fn reach(address: &Address) -> Vec<Finding> {
    let shown = ask::place(address);
    let clock = SystemClock::new();
    let begun = clock.steady_ms();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::new);
    let asked = runtime.and_then(|r| Ok(r.block_on(ask::ask(address, "/healthz", None, PATIENCE))?));
    let took = clock.steady_ms().saturating_sub(begun);
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => {
            return vec![fault("server", format!("{error} The desk works on its local copy"))];
        }
    };
    let (status, date) = (answer.status, answer.date);
    let mut findings = vec![if (200..300).contains(&status) {
        good("server", format!("{shown} answers in {took} ms"))
    } else {
        fault("server", format!("{shown} answers, but cannot work now ({status})"))
    }];
    let there = date.and_then(|d| chrono::DateTime::parse_from_rfc2822(&d).ok()).map(|d| d.timestamp());
    if let Some(there) = there {
        let skew = clock.now().0.div_euclid(1000) - there;
        findings.push(if skew.abs() > SKEW_S {
            let way = if skew > 0 { "ahead of" } else { "behind" };
            note(
                "clock",
                format!("{} s {way} the server's; the desk shows the server's time, but set it right", skew.abs()),
            )
        } else {
            good("clock", "as the server's")
        });
    }
    findings
}
