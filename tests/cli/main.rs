//! The binary as people run it: every subcommand but the desk itself, good input and bad.

#[path = "../support/mod.rs"]
mod support;
mod training;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use support::until;

/// A home of its own for one test.
struct Home {
    folder: tempfile::TempDir,
}

/// What a run said.
#[derive(Debug)]
struct Said {
    good: bool,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Home {
        Home { folder: tempfile::tempdir().expect("a folder") }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
        command.args(args).env_clear().current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().expect("it runs"))
    }

    /// Runs and expects success.
    fn ok(&self, args: &[&str]) -> Said {
        let said = self.run(args);
        assert!(said.good, "{args:?} failed: {said:?}");
        said
    }

    /// Runs and expects one sentence and a failure.
    fn no(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert!(!said.good, "{args:?} went well: {said:?}");
        assert!(!said.err.contains("panicked") && said.err.lines().count() <= 3, "{args:?}: {}", said.err);
        said.err
    }
}

fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { good: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
}

fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample").join(name).display().to_string()
}

/// A copy of a sample file, because lists of rejected rows are written beside the source.
fn copied(home: &Home, name: &str) -> String {
    home.write(name, std::fs::read(sample(name)).expect("the sample"))
}

#[test]
fn help_lists_every_command() {
    let home = Home::new();
    insta::assert_snapshot!("help", home.ok(&["--help"]).out);
    insta::assert_snapshot!("help_import", home.ok(&["import", "--help"]).out);
    insta::assert_snapshot!("help_admin", home.ok(&["admin", "--help"]).out);
    assert!(home.ok(&["--version"]).out.starts_with("cordboard "));
    assert!(home.no_usage(&["improt"]).contains("import"));
}

impl Home {
    /// A slip in the command line itself.
    fn no_usage(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert!(!said.good, "{said:?}");
        said.err
    }
}

#[test]
fn paths_follow_the_system_and_the_variables() {
    let home = Home::new();
    let out = home.ok(&["paths"]).out;
    let shown = |name: &str| home.at(name).display().to_string();
    assert!(out.contains(&shown(".config/cordboard/config.toml")), "{out}");
    assert!(out.contains(&shown(".local/share/cordboard/ledger.db")), "{out}");
    let mut command = home.command(&["paths"]);
    command
        .env("XDG_CONFIG_HOME", home.at("c"))
        .env("CORDBOARD_DATA", home.at("d"))
        .env("CORDBOARD_STATE", home.at("s"));
    let out = said(command.output().expect("it runs")).out;
    for name in ["c/cordboard/config.toml", "d/ledger.db", "s/cordboard.log"] {
        assert!(out.contains(&shown(name)), "{name}: {out}");
    }
    assert!(home.ok(&["paths", "--data", "x"]).out.contains("x/ledger.db"));
    assert!(!home.at(".local").exists(), "looking makes nothing");
}

#[test]
fn a_bad_configuration_is_named_line_by_line_and_the_rest_works() {
    let home = Home::new();
    let config = home.write(
        "c.toml",
        "[desk]\nthmee = \"mono\"\nbell = 7\n[keys.queue]\ntake-selcted = \"x\"\ncomplete-promise = \"X\"\n",
    );
    let said = home.ok(&["keys", "--config", &config]);
    let lines: Vec<&str> = said.err.lines().collect();
    assert!(lines[0].ends_with("c.toml:2: desk.thmee: there is no such setting; did you mean theme?"), "{}", said.err);
    assert!(lines[1].contains("c.toml:3: desk.bell: it is 7, it should be true or false"), "{}", said.err);
    assert!(lines[2].contains("c.toml:5: keys.queue.take-selcted: "), "{}", said.err);
    assert!(lines[2].ends_with("did you mean take-selected?"), "{}", said.err);
    let kept = said.out.lines().find(|l| l.contains("complete-promise")).expect("a line");
    assert!(kept.starts_with("X "), "the good binding holds: {kept}");
    let strict = home.run(&["keys", "--config", &config, "--strict"]);
    assert!(!strict.good && strict.err.contains("c.toml:2"), "{strict:?}");
    assert!(home.no(&["keys", "--config", "missing.toml", "--strict"]).contains("missing.toml"));
    let doctor = home.run(&["doctor", "--config", &config]);
    assert!(!doctor.good && doctor.out.contains("FAULT configuration"), "{doctor:?}");
    let two = home.write("two.toml", "[keys.global]\nreply = \"Z\"\nnote = \"Z\"\n");
    let two = home.ok(&["keys", "--config", &two]);
    assert!(
        two.err.contains("two.toml:2:") && two.err.contains("note is on line 3"),
        "both lines are named: {}",
        two.err
    );
    let set = home.ok(&["keys", "--set", "desk.bel=true"]);
    assert!(set.err.contains("--set: desk.bel: there is no such setting; did you mean desk.bell?"), "{}", set.err);
}

#[test]
fn doctor_looks_and_makes_nothing() {
    let home = Home::new();
    let out = home.ok(&["doctor"]).out;
    for word in ["version", "terminal", "colours", "configuration", "ledger", "server"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(!home.at(".local").exists(), "{out}");
    home.write("d/ledger.db", "this is no database");
    let hurt = home.run(&["doctor", "--data", "d"]);
    assert!(!hurt.good && hurt.out.contains("FAULT ledger"), "{hurt:?}");
}

#[test]
fn man_page_and_completions_are_made() {
    let home = Home::new();
    let man = home.ok(&["man"]).out;
    assert!(man.starts_with(".ie") || man.contains(".TH"), "{}", &man[..80]);
    assert!(man.contains("ADMIN USER INVITE"), "every subcommand has its section");
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.ok(&["completions", shell]).out.contains("cordboard"));
    }
}

#[test]
fn what_goes_out_comes_in_the_same() {
    let home = Home::new();
    let d = ["--data", "a"];
    home.ok(&["admin", "setup", &sample("desk.toml"), d[0], d[1]]);
    assert!(
        home.ok(&["import", "customers", &copied(&home, "customers.csv"), d[0], d[1]]).out.contains("300 brought in")
    );
    let cases = std::fs::read_to_string(sample("cases.jsonl")).expect("the sample");
    let cases: String = cases.split_inclusive('\n').take(200).collect();
    let cases = home.write("cases.jsonl", cases);
    assert!(home.ok(&["import", "cases", &cases, d[0], d[1]]).out.contains("200 brought in"));
    assert!(home.ok(&["import", "articles", &sample("articles"), d[0], d[1]]).out.contains("80 brought in"));
    home.ok(&["export", "-o", "1.jsonl", d[0], d[1]]);
    let again = home.ok(&["import", "export", "1.jsonl", d[0], d[1]]);
    assert!(again.out.contains("0 brought in") && !again.out.contains("configuration"), "{}", again.out);
    home.ok(&["import", "export", "1.jsonl", "--data", "b"]);
    let first = std::fs::read_to_string(home.at("1.jsonl")).expect("an export");
    let second = home.ok(&["export", "--data", "b"]).out;
    assert!(first == second, "byte for byte the same");
    assert!(home.ok(&["admin", "verify", "--data", "b"]).out.contains("make exactly"));
    // A part of it.
    let some = home.ok(&["export", "--customer", "LT-100001", d[0], d[1]]).out;
    assert_eq!(some.matches("\"type\":\"customer\"").count(), 1);
    assert!(!some.contains("\"type\":\"queue\""));
    let billing = home.ok(&["export", "--queue", "billing", "--since", "2025-03-01", d[0], d[1]]).out;
    assert!(!billing.is_empty() && billing.lines().all(|l| l.contains("\"queue\":\"billing\"")));
}

#[test]
fn a_file_with_broken_rows_brings_the_rest() {
    let home = Home::new();
    let mut text = String::from("ref,name,phone,email\n");
    for n in 0..20_000 {
        let tail = match n % 400 {
            0 => format!("\"Open {n},+4477009{n:05},c{n}@example.org"),
            100 => format!("Name {n}"),
            200 => format!("Name {n},+4477009{n:05},nowhere"),
            300 => format!(",+4477009{n:05},c{n}@example.org,one more"),
            _ => format!("\"Name, {n}\",+4477009{n:05},c{n}@example.org"),
        };
        text.extend([format!("C{n},"), tail, "\n".to_owned()]);
    }
    let file = home.write("people.csv", text);
    let said = home.ok(&["import", "customers", &file, "--data", "a"]);
    assert!(said.out.contains("19800 brought in, 0 already there, 200 left out"), "{}", said.out);
    let list = std::fs::read_to_string(home.at("people.csv.rejected")).expect("a list");
    assert_eq!(list.lines().count(), 200);
    assert!(list.starts_with("line 2: a quote is opened and never closed\n"), "{list}");
    assert_eq!(home.ok(&["export", "--what", "customers", "--data", "a"]).out.lines().count(), 19_800);
    assert!(!home.at("a/imports").exists(), "a finished import leaves no journal");
}

/// Markdown that nobody here wrote: the documentation of a crate this one is built with.
#[test]
fn the_documentation_of_a_crate_is_brought_in_and_found() {
    let home = Home::new();
    let asked = Command::new("rustc").arg("-vV").output().expect("the compiler is there");
    let asked = String::from_utf8(asked.stdout).expect("text");
    let host = asked.lines().find_map(|line| line.strip_prefix("host: ")).expect("it knows its machine");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let clap = packages.iter().find(|p| p["name"] == "clap").expect("it is among them");
    let folder = Path::new(clap["manifest_path"].as_str().expect("a path")).parent().expect("a folder");
    let said = home.ok(&["import", "articles", folder.to_str().expect("text"), "--data", "a"]);
    let count: usize = said.out.split_whitespace().find_map(|w| w.parse().ok()).expect("a number");
    assert!(count >= 40 && said.out.contains("0 left out"), "{}", said.out);
    home.ok(&["admin", "setup", &sample("desk.toml"), "--data", "a"]);
    let data = home.at("a");
    let env = [("HOME", home.folder.path())];
    let mut desk = support::term::Term::start(&["host", "--data", data.to_str().expect("text")], &env, 120, 40);
    desk.until("live");
    desk.keys("/multicall");
    desk.until("Multicall busybox");
    desk.keys("<enter>");
    desk.until("busybox true");
}

#[test]
fn an_import_that_is_killed_goes_on() {
    let home = Home::new();
    let rows = (0..20_000).map(|n| format!("C{n},Name {n}\n"));
    let text: String = std::iter::once("ref,name\n".to_owned()).chain(rows).collect();
    let file = home.write("people.csv", text);
    let args = ["import", "customers", &file, "--data", "a"];
    let mut child = home.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    until("a first batch on disk", || {
        let begun = home.at("a/imports").read_dir().is_ok_and(|mut d| d.next().is_some());
        (begun || child.try_wait().expect("a child").is_some()).then_some(())
    });
    child.kill().expect("killed");
    let in_time = !child.wait().expect("ended").success();
    let said = home.ok(&args);
    assert!(!in_time || said.out.contains("Went on after row") || said.out.contains("already there"), "{}", said.out);
    assert_eq!(home.ok(&["export", "--what", "customers", "--data", "a"]).out.lines().count(), 20_000);
    assert!(home.ok(&["admin", "verify", "--data", "a"]).out.contains("make exactly"));
}

#[test]
fn someone_elses_json_and_markdown_come_in() {
    let home = Home::new();
    let maps = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maps");
    let map = |name: &str| maps.join(name).display().to_string();
    let copy = |name: &str| home.write(name, std::fs::read(maps.join(name)).expect("a fixture"));
    let people = copy("shop-customers.json");
    let said = home.ok(&["import", "customers", &people, "--map", &map("shop-customers.toml"), "--data", "a"]);
    assert!(said.out.contains("2 brought in, 0 already there, 3 left out"), "{}", said.out);
    let orders = copy("shop-orders.json");
    let said = home.ok(&["import", "cases", &orders, "--map", &map("shop-orders.toml"), "--data", "a"]);
    assert!(said.out.contains("2 brought in, 0 already there, 1 left out"), "{}", said.out);
    home.write("kb/guide/Roaming.md", "# Roaming abroad\n\ntext");
    home.write("kb/bad.md", b"\xff\xfe");
    let said = home.ok(&["import", "articles", "kb", "--data", "a"]);
    assert!(said.out.contains("1 brought in, 0 already there, 1 left out"), "{}", said.out);
    let out = home.ok(&["export", "--what", "articles", "--data", "a"]).out;
    assert!(out.contains("\"slug\":\"guide/roaming\"") && out.contains("Roaming abroad"), "{out}");
    home.write("z/tickets.json", r#"{"tickets":[{"id":2,"subject":"Hello","description":"Hi","status":"solved","requester_id":1,"created_at":"2024-02-01T10:00:00Z","via":{"channel":"email","source":{"from":{"name":"Kim","address":"kim@example.net"}}}}]}"#);
    let said = home.ok(&["import", "zendesk", "z/tickets.json", "--data", "a"]);
    assert!(said.out.contains("2 brought in"), "{}", said.out);
}

#[test]
fn faults_are_one_sentence_each() {
    let home = Home::new();
    assert!(home.no(&["export", "--data", "none"]).contains("there is no ledger in none"));
    assert!(home.no(&["admin", "user", "list", "--data", "none"]).contains("there is no ledger"));
    assert!(!home.at("none").exists());
    assert!(home.no(&["import", "customers", "missing.csv", "--data", "a"]).contains("missing.csv cannot be read"));
    let folder = home.write("f/x.csv", "ref,name\n");
    let folder = Path::new(&folder).parent().expect("a folder").display().to_string();
    assert!(home.no(&["import", "customers", &folder, "--data", "a"]).contains("is a folder"));
    let no_ref = home.write("n.csv", "name,phone\nA,1\n");
    assert!(home.no(&["import", "customers", &no_ref, "--data", "a"]).contains("no column is a customer reference"));
    let all_bad = home.write("b.csv", "ref,name\n,x\n,y\n");
    assert!(home.no(&["import", "customers", &all_bad, "--data", "a"]).contains("nothing was brought in"));
    home.ok(&["admin", "setup", &sample("desk.toml"), "--data", "a"]);
    assert!(home.no(&["export", "--queue", "biling", "--data", "a"]).contains("there is no queue biling"));
    assert!(home.no(&["export", "--since", "soon", "--data", "a"]).contains("no day such as"));
    assert!(home.no(&["export", "-o", "no/such/folder/x", "--data", "a"]).contains("cannot be written"));
    assert!(home.no(&["admin", "user", "set", "anna", "--data", "a"]).contains("did you mean ana?"));
    let skill = ["admin", "user", "set", "ana", "--skills", "billing=9", "--data", "a"];
    assert!(home.no(&skill).contains("a level is a number from 1 to 5"));
    let setup = home
        .write("s.toml", "firm = \"F\"\n[[agent]]\nlogin = \"x\"\nname = \"X\"\nteam = \"none\"\nrole = \"agent\"\n");
    assert!(home.no(&["admin", "setup", &setup, "--data", "b"]).contains("agent x: there is no team none"));
    assert!(home.no(&["admin", "restore", "missing", "--data", "b"]).contains("missing cannot be read"));
    home.write("broken/ledger.db", "this is no database");
    assert!(home.no(&["admin", "verify", "--data", "broken"]).contains("ledger.db"));
}

#[test]
fn the_operator_sets_the_firm_up_by_hand() {
    let home = Home::new();
    let admin = |args: &[&str]| {
        let all: Vec<&str> = [&["admin"], args, &["--data", "a"]].concat();
        home.ok(&all)
    };
    admin(&["team", "set", "desk", "--name", "Front desk"]);
    admin(&["skill", "set", "billing", "--name", "Billing"]);
    admin(&["calendar", "set", "berlin", "--hours", "mon-fri 09:00-17:00", "--zone", "Europe/Berlin"]);
    admin(&[
        "queue",
        "set",
        "help",
        "--name",
        "Help",
        "--skills",
        "billing=2",
        "--sl",
        "90/30",
        "--calendar",
        "berlin",
    ]);
    admin(&["queue", "set", "help", "--offer-s", "25"]);
    admin(&["calendar", "set", "berlin", "--holiday", "2030-12-25 Christmas Day", "--from", "2030-01-01"]);
    assert!(admin(&["calendar", "show", "berlin"]).out.contains("closed 2030-12-25 Christmas Day"));
    admin(&["policy", "set", "vip", "--flags", "vip", "--calendar", "berlin", "--first", "30m", "--resolution", "8h"]);
    admin(&["policy", "set", "all", "--first", "urgent=1h,normal=4h", "--pauses", "pending"]);
    let policies = admin(&["policy", "list"]).out;
    assert!(policies.contains("20    all  all   everyone  always    urgent=1h,normal=4h"), "{policies}");
    admin(&["policy", "set", "late", "--next", "1h", "--tags", "late"]);
    let odd = admin(&["check"]).out;
    assert!(odd.contains("policy late") && odd.contains("it never holds: all comes before it"), "{odd}");
    let refused = |args: &[&str], why: &str| {
        let all: Vec<&str> = [&["admin"], args, &["--data", "a"]].concat();
        let said = home.no(&all);
        assert!(said.contains(why), "{args:?}: {said}");
    };
    let overlap = "Calendar x, mon 12:00-17:00: it overlaps mon 09:00-13:00";
    refused(&["calendar", "set", "x", "--hours", "mon 9:00-13:00, mon 12:00-17:00"], overlap);
    refused(&["calendar", "set", "x", "--hours", "mon 9:00-9:00"], "mon 09:00-09:00: it is empty");
    refused(&["calendar", "set", "x", "--hours", "always", "--zone", "Europe/Lundon"], "no IANA time zone");
    refused(&["calendar", "set", "berlin", "--holiday", "2030-02-30"], "2030-02-30 does not exist");
    refused(&["policy", "set", "x", "--first", "2h", "--resolution", "1h"], "must not be shorter than the first");
    refused(&["policy", "set", "x", "--first", "soon"], "--first: soon is no span");
    refused(&["calendar", "retire", "berlin"], "a policy counts by these hours");
    admin(&["reason", "set", "billing/amount", "--name", "Billing › Amount", "--queues", "help"]);
    admin(&["outcome", "set", "callback", "--name", "Callback promised", "--needs", "note,follow-up"]);
    admin(&["break", "set", "lunch", "--name", "Lunch", "--limit-s", "2700"]);
    admin(&["user", "add", "kim", "--name", "Kim Ro", "--team", "desk", "--queues", "help", "--skills", "billing=4"]);
    admin(&["user", "set", "kim", "--role", "lead"]);
    let queues = admin(&["queue", "list"]).out;
    assert!(
        queues.contains("help  Help  voice,chat,email,callback  billing=2  25 s   60 s     90/30  berlin"),
        "{queues}"
    );
    let people = admin(&["user", "list"]).out;
    assert!(people.contains("kim    Kim Ro  lead  desk  help    billing=4"), "{people}");
    let invite = admin(&["user", "invite", "kim"]);
    assert!(invite.out.starts_with("cordboard://") && invite.out.lines().count() == 1, "{invite:?}");
    let key = admin(&["key", "add", "phones"]).out;
    assert!(key.trim().len() > 30);
    let keys = admin(&["key", "list"]).out;
    assert!(keys.contains("phones") && !keys.contains(key.trim()), "a key is shown once: {keys}");
    admin(&["key", "revoke", "1"]);
    assert!(home.no(&["admin", "key", "revoke", "9", "--data", "a"]).contains("there is no key 9"));
    admin(&["snippet", "set", "hi", "--title", "Greeting", "--text", "Hello {first-name}, {what?}"]);
    admin(&["snippet", "set", "hi", "--locale", "es", "--team", "desk", "--title", "Saludo", "--text", "Hola"]);
    admin(&["snippet", "set", "hi", "--title", "A greeting"]);
    let snippets = admin(&["snippet", "list"]).out;
    assert!(snippets.contains("hi             everyone  0     A greeting"), "{snippets}");
    assert!(snippets.contains("hi   es        desk      0     Saludo"), "{snippets}");
    refused(&["snippet", "set", "x", "--title", "X", "--text", "a {b}"], "Snippet: line 1: there is no {b}");
    refused(&["snippet", "retire", "hi", "--locale", "fr"], "there is no snippet hi of that language and team");
    admin(&["snippet", "retire", "hi", "--locale", "es", "--team", "desk"]);
    std::fs::write(home.at("macro.txt"), "tag refund\nstatus pending\n").expect("writes");
    admin(&["macro", "set", "refund", "--title", "Refund sent", "--file", "macro.txt"]);
    refused(&["macro", "set", "x", "--title", "X", "--text", "tga refund"], "Macro: line 1: “tga” is no action");
    assert!(admin(&["macro", "list"]).out.contains("Refund sent"));
    admin(&["house", "--locale", "es-MX"]);
    refused(&["house", "--locale", "es_MX"], "es_MX is no language tag");
    admin(&["reason", "retire", "billing/amount"]);
    assert!(admin(&["reason", "list"]).out.contains("out of use"));
    admin(&["backup", "copy.db"]);
    assert!(home.no(&["admin", "backup", "copy.db", "--data", "a"]).contains("is there already"));
    home.ok(&["admin", "restore", "copy.db", "--data", "b"]);
    assert_eq!(home.ok(&["export", "--data", "a"]).out, home.ok(&["export", "--data", "b"]).out);
    assert!(home.ok(&["admin", "verify", "--data", "b"]).out.contains("make exactly"));
    let mut password = home.command(&["admin", "user", "password", "kim", "--stdin", "--data", "a"]);
    let mut child =
        password.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(b"a long enough one\n").expect("written");
    let set = said(child.wait_with_output().expect("it ends"));
    assert!(set.good && set.out.contains("is set"), "{set:?}");
    assert!(admin(&["user", "deactivate", "kim"]).out.contains("has left"));
}

#[test]
fn a_closed_pipe_ends_an_export_quietly() {
    let home = Home::new();
    home.ok(&["admin", "setup", &sample("desk.toml"), "--data", "a"]);
    home.ok(&["import", "articles", &sample("articles"), "--data", "a"]);
    let mut child = home
        .command(&["export", "--data", "a"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("{\"type\":\"firm\""), "{line}");
    let mut err = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut err).expect("text");
    assert!(child.wait().expect("ended").success(), "{err}");
    assert_eq!(err, "");
}

/// A server that ends with the test.
struct Served {
    child: Child,
    words: BufReader<std::process::ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Served {
    fn start(home: &Home, args: &[&str]) -> Served {
        let mut child = home.command(args).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("it runs");
        let words = BufReader::new(child.stdout.take().expect("a pipe"));
        Served { child, words }
    }

    fn line(&mut self, with: &str) -> String {
        let mut line = String::new();
        while self.words.read_line(&mut line).expect("text") > 0 {
            if line.contains(with) {
                return line;
            }
            line.clear();
        }
        panic!("the server ended without saying {with}");
    }
}

#[test]
fn commands_work_on_a_running_server_and_a_desk_joins_it() {
    let home = Home::new();
    let serve = ["serve", "--data", "team", "--listen", "127.0.0.1:0", "--sample"];
    let mut server = Served::start(&home, &serve);
    server.line("Listening on 127.0.0.1:");
    let status = home.ok(&["admin", "status", "--data", "team"]).out;
    assert!(status.contains("running, desks reach it at"), "{status}");
    assert!(status.contains("Waiting in billing"), "{status}");
    let more = home.write("more.csv", "ref,name\nX-1,Extra One\n");
    assert!(home.ok(&["import", "customers", &more, "--data", "team"]).out.contains("1 brought in"));
    assert!(home.ok(&["export", "--customer", "X-1", "--data", "team"]).out.contains("Extra One"));
    let second = home.no(&["serve", "--data", "team", "--listen", "127.0.0.1:0"]);
    assert!(second.contains("in use by another cordboard"), "{second}");
    let link = home.ok(&["admin", "user", "invite", "ana", "--data", "team"]);
    assert!(!link.err.contains("No server"), "{link:?}");
    let join = |link: &str| {
        let mut command =
            home.command(&["join", link.trim(), "--data", "mine", "--label", "bench", "--password-stdin"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        child.stdin.take().expect("a pipe").write_all(b"correct horse battery\n").expect("written");
        said(child.wait_with_output().expect("it ends"))
    };
    let joined = join(&link.out);
    assert!(joined.good && joined.out.contains("Welcome, Ana Reyes"), "{joined:?}");
    let again = join(&link.out);
    assert!(!again.good && again.err.contains("ask your lead for a new one"), "an invite is good once: {again:?}");
    assert!(home.ok(&["admin", "device", "list", "--data", "team"]).out.contains("bench"));
    let doctor = home.ok(&["doctor", "--data", "mine"]).out;
    assert!(doctor.contains("answers in"), "{doctor}");
    let ended = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().expect("kill runs");
    assert!(ended.success());
    let status = until("the server to end", || server.child.try_wait().expect("a child"));
    assert!(status.success(), "{status:?}");
    let doctor = home.run(&["doctor", "--data", "mine"]);
    assert!(!doctor.good && doctor.out.contains("Nobody answers at"), "{doctor:?}");
    assert!(home.ok(&["admin", "verify", "--data", "team"]).out.contains("make exactly"));
    let whole = home.ok(&["export", "--what", "cases", "--data", "team"]).out;
    assert!(whole.lines().count() >= 1_500, "{}", whole.lines().count());
}

#[test]
fn the_made_up_firm_never_meets_the_real_desk() {
    let home = Home::new();
    // Without a terminal the desk does not open, but its server was set up by then.
    let said = home.no(&["host", "--sample"]);
    assert!(said.contains("needs a terminal"), "{said}");
    let data = home.at(".local/share/cordboard");
    assert!(data.join("practice/ledger.db").exists() && !data.join("ledger.db").exists());
    home.no(&["host"]);
    assert!(data.join("ledger.db").exists());
    assert_eq!(home.ok(&["export", "--what", "customers"]).out, "", "the real desk is empty");
    let practice = data.join("practice").display().to_string();
    assert!(home.ok(&["export", "--what", "customers", "--data", &practice]).out.lines().count() > 100);
    assert!(home.ok(&["paths"]).out.contains(&practice));
    // Those who wait go along with an export, and come in byte for byte the same.
    home.ok(&["export", "-o", "p.jsonl", "--data", &practice]);
    let whole = std::fs::read_to_string(home.at("p.jsonl")).expect("an export");
    assert!(whole.matches("{\"type\":\"interaction\"").count() >= 10);
    home.ok(&["import", "export", "p.jsonl", "--data", "b"]);
    assert!(home.ok(&["export", "--data", "b"]).out == whole, "byte for byte the same");
    assert!(home.ok(&["admin", "verify", "--data", "b"]).out.contains("make exactly"));
    assert!(home.ok(&["doctor"]).out.contains("a made-up firm in"), "doctor says where it is");
    // A folder that someone names is taken as it is, and is not filled when it holds a desk.
    let named = home.no(&["host", "--sample", "--data", &data.display().to_string()]);
    assert!(named.contains("holds a desk already"), "{named}");
    let mut command = home.command(&["host", "--sample"]);
    command.env("CORDBOARD_DATA", home.at("d"));
    assert!(!self::said(command.output().expect("it runs")).good && home.at("d/practice/ledger.db").exists());
}

#[test]
fn a_small_load_is_measured_and_nothing_is_left_behind() {
    let home = Home::new();
    let few = ["--desks", "20", "--stuck", "2", "--slow", "2", "--seconds", "4", "--customers", "300"];
    let mut command = home.command(&["load", "--json"]);
    command.args(few).env("TMPDIR", home.folder.path());
    let said = said(command.output().expect("it runs"));
    assert!(said.good, "{said:?}");
    let found: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    for class in ["work", "figures", "history"] {
        let latency = &found["latency"][class];
        assert_eq!(latency["missing"], 0, "every desk heard of everything: {found:#}");
        assert!(latency["changes"].as_u64().is_some_and(|changes| changes > 10), "{found:#}");
    }
    assert!(found["commands"].as_u64().is_some_and(|commands| commands >= 5), "offers were taken: {found:#}");
    assert_eq!((&found["refused"], &found["troubles"]), (&0.into(), &serde_json::json!({})));
    let left = std::fs::read_dir(home.folder.path()).expect("a folder").flatten();
    let left: Vec<_> = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("cordboard-load")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(home.no(&["load", "--desks", "0"]).contains("--desks"));
}
