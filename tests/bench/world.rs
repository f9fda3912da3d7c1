//! The desk that is measured: it has joined a server with 50,000 cases and 100,000 articles and has them all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cordboard::domain::row::Entity;
use cordboard::store::cache::CacheReader;

use crate::support::firm::Firm;
use crate::support::http::Gateway;
use crate::support::term::Term;
use crate::words::Dice;

/// Cases in the cache.
pub const CASES: usize = 50_000;
/// Articles in the cache.
pub const ARTICLES: usize = 100_000;
const CUSTOMERS: usize = 5_000;

/// Server, desk folder and gateway.
pub struct World {
    pub firm: Firm,
    pub desk: PathBuf,
}

impl World {
    /// Makes the data, imports it, lets a desk join and fetch everything.
    pub fn build() -> World {
        let firm = Firm::sample();
        firm.run(&["admin", "queue", "set", "billing", "--calendar", "always"]);
        let file = firm.folder("bench").join("export.jsonl");
        let begun = Instant::now();
        write_export(&file);
        firm.run(&["import", "export", file.to_str().expect("a path")]);
        eprintln!("imported {CASES} cases and {ARTICLES} articles in {:.1} s", begun.elapsed().as_secs_f64());
        let desk = firm.join("ana");
        let gateway = Gateway::new(&firm);
        // So that the queue is longer than the screen.
        for n in 0..60 {
            gateway.chat("billing", &format!("B-{n}"), "Line", "Hello");
        }
        let world = World { firm, desk };
        let begun = Instant::now();
        let mut term = world.start_desk(120, 40);
        world.until_whole();
        eprintln!("a new desk had it all after {:.1} s", begun.elapsed().as_secs_f64());
        term.keys("q");
        term.exit_code();
        world
    }

    /// Waits until the desk's cache holds everything.
    fn until_whole(&self) {
        crate::support::until_within(std::time::Duration::from_secs(600), "the cache to be whole", || {
            let path = self.desk.join("desk").join(cordboard::store::cache::FILE);
            let counts = CacheReader::open(&path).ok()?.counts().ok()?;
            let has = |kind, least| counts.iter().any(|(entity, n)| *entity == kind && *n >= least as u64);
            (has(Entity::Case, CASES) && has(Entity::ArticleBody, ARTICLES)).then_some(())
        });
    }

    /// Starts the desk; nothing is on screen yet.
    pub fn start_desk(&self, cols: u16, rows: u16) -> Term {
        self.firm.desk(&self.desk, cols, rows)
    }

    /// The desk, linked and with its queue on screen.
    pub fn desk(&self, cols: u16, rows: u16) -> Term {
        let term = self.start_desk(cols, rows);
        term.until(self.waiting_name());
        term.until("live");
        term
    }

    /// Someone of the sample who waits.
    pub fn waiting_name(&self) -> &'static str {
        "Dana Holt"
    }

    /// Takes a contact, so that its clock runs.
    pub fn take_a_call(&self, term: &mut Term) {
        term.keys("1<home>");
        term.keys("<space>");
        term.until("talk");
    }
}

fn write_export(path: &Path) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut out = String::with_capacity(160 << 20);
    for n in 0..CUSTOMERS {
        let name = format!("{} {}", dice.name(), dice.name());
        let line = serde_json::json!({
            "type": "customer", "ref": format!("B-{n}"), "name": name, "phones": [format!("+4420794600{:02}", n % 100)],
            "emails": [format!("b{n}@example.com")], "locale": "en-GB", "zone": "Europe/London", "plan": "Basic",
        });
        writeln!(out, "{line}").expect("writes to a string");
    }
    for n in 0..CASES {
        let day = 1 + n % 28;
        let stamp = format!("2026-{:02}-{day:02}T{:02}:{:02}:00Z", 1 + n % 10, n % 24, n % 60);
        let messages: Vec<_> = ["customer", "agent"]
            .iter()
            .map(|from| {
                let author = (*from == "agent").then_some("ana");
                serde_json::json!({"at": stamp, "from": from, "author": author, "kind": "message", "body": dice.words(24)})
            })
            .collect();
        let line = serde_json::json!({
            "type": "case", "ref": format!("BC-{n}"), "customer": format!("B-{}", n % CUSTOMERS), "queue": "billing",
            "channel": "email", "subject": dice.words(5), "status": "closed", "tags": [dice.word()],
            "assignee": "ana", "language": "en", "created": stamp, "updated": stamp, "messages": messages,
        });
        writeln!(out, "{line}").expect("writes to a string");
    }
    for n in 0..ARTICLES {
        let line = serde_json::json!({
            "type": "article", "slug": format!("b-{n}"), "locale": "en", "title": dice.words(6), "tags": [dice.word()],
            "owner": "ana", "verified_until": "2027-12-31", "updated": "2026-01-01T00:00:00Z", "body": dice.words(110),
        });
        writeln!(out, "{line}").expect("writes to a string");
    }
    std::fs::write(path, out).expect("the disk has room");
}
