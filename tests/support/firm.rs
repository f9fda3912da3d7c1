//! A firm of one's own: a server process in its own folder, desks that join it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::plain::Plain;
use super::term::Term;
use super::until;

/// The binary under test.
pub const CORDBOARD: &str = env!("CARGO_BIN_EXE_cordboard");

/// A firm on this machine.
pub struct Firm {
    root: tempfile::TempDir,
    host: String,
    port: u16,
    server: Option<Child>,
}

impl Firm {
    /// A server with the sample firm, up and listening.
    pub fn sample() -> Firm {
        Firm::sample_at("127.0.0.1")
    }

    /// The same at another address of this machine.
    pub fn sample_at(host: &str) -> Firm {
        let root = tempfile::tempdir().expect("a folder");
        let mut firm = Firm { root, host: host.to_owned(), port: 0, server: None };
        firm.start_server(&["--sample"]);
        firm
    }

    /// The sample firm with the queues of the story: one for Ana, one for Marek, one for both.
    pub fn of_the_story() -> Firm {
        let firm = Firm::sample();
        for (key, name) in [("story", "Story"), ("care", "Care"), ("race", "Race")] {
            let rest = ["--channels", "chat", "--offer-s", "120", "--wrap-up-s", "60", "--sl", "80/20"];
            firm.run(&[&["admin", "queue", "set", key, "--name", name, "--calendar", "always"][..], &rest].concat());
        }
        firm.run(&["admin", "user", "set", "ana", "--queues", "story,race"]);
        firm.run(&["admin", "user", "set", "marek", "--queues", "care,race"]);
        firm
    }

    /// Starts the server process (again), the first time on any free port, later on the same. It is up when it says so:
    /// a connection to a port of this machine proves nothing, it may be somebody else's or lead back to itself.
    pub fn start_server(&mut self, more: &[&str]) {
        let address = format!("{}:{}", self.host, self.port);
        let log = std::fs::File::create(self.root.path().join("serve.out")).expect("a file");
        let child = self
            .command()
            .args(["serve", "--listen", &address, "--data"])
            .arg(self.data())
            .args(more)
            // One gateway stands for many here.
            .env("CORDBOARD_SERVER_RATE_LIMIT", "100000")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the server starts");
        self.server = Some(child);
        until("the server to listen", || {
            if let Some(status) = self.server.as_mut().and_then(|c| c.try_wait().ok().flatten()) {
                panic!("the server ended with {status}: {}", self.server_said());
            }
            let said = self.server_said();
            let (_, rest) = said.split_once("Listening on ")?;
            let (address, _) = rest.split_once(';')?;
            self.port = address.parse::<SocketAddr>().expect("an address").port();
            Some(())
        });
    }

    /// What the server printed.
    pub fn server_said(&self) -> String {
        std::fs::read_to_string(self.root.path().join("serve.out")).unwrap_or_default()
    }

    /// Kills the server at once, as a power cut would.
    pub fn kill_server(&mut self) {
        if let Some(mut child) = self.server.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks the server to end, and waits for it.
    pub fn stop_server(&mut self) {
        if let Some(mut child) = self.server.take() {
            let _ = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
            let _ = child.wait();
        }
    }

    /// Sends the server a signal by name: STOP lets it answer nothing until CONT.
    pub fn signal_server(&self, name: &str) {
        let child = self.server.as_ref().expect("the server runs");
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status();
        assert!(sent.is_ok_and(|s| s.success()), "the signal is sent");
    }

    /// The server's folder.
    pub fn data(&self) -> PathBuf {
        self.root.path().join("server")
    }

    /// A folder of the firm's own for tests.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.root.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// The server's address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The server's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The binary with the server's folders in its environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(CORDBOARD);
        clean(&mut command, self.root.path());
        command.env("CORDBOARD_DATA", self.data());
        command
    }

    /// Runs a subcommand on the server's folder; its standard output. Fails the test when it fails.
    pub fn run(&self, args: &[&str]) -> String {
        let output = self.command().args(args).stdin(Stdio::null()).output().expect("it runs");
        told(args, &output)
    }

    /// Sets up a desk for someone with a fresh join link; the desk's folder.
    pub fn join(&self, login: &str) -> PathBuf {
        self.join_as(login, login)
    }

    /// The same for one of several desks of one person.
    pub fn join_as(&self, login: &str, name: &str) -> PathBuf {
        self.join_by(login, name, self.port)
    }

    /// The same for a desk that reaches the server by another port.
    pub fn join_by(&self, login: &str, name: &str, port: u16) -> PathBuf {
        let printed = self.run(&["admin", "user", "invite", login]);
        let link = printed.split_whitespace().find(|w| w.starts_with("cordboard://")).expect("a link is printed");
        let link = &link.replace(&format!(":{}", self.port), &format!(":{port}"));
        let folder = self.root.path().join(format!("desk-{name}"));
        let mut command = Command::new(CORDBOARD);
        clean(&mut command, self.root.path());
        command.env("CORDBOARD_DATA", &folder).args(["join", link, "--password-stdin"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        child.stdin.take().expect("its input").write_all(b"a long enough password\n").expect("is read");
        told(&["join"], &child.wait_with_output().expect("it ends"));
        folder
    }

    /// Opens a desk that has joined.
    pub fn desk(&self, folder: &Path, cols: u16, rows: u16) -> Term {
        self.seat(folder).open(cols, rows)
    }

    /// Joins and opens a desk for each of these people, and waits until each has everything.
    pub fn desks<const N: usize>(&self, logins: [&str; N]) -> [Term; N] {
        let folders = logins.map(|login| self.join(login));
        folders.map(|folder| {
            let desk = self.desk(&folder, 150, 45);
            desk.until_whole();
            desk
        })
    }

    /// A place to open a desk at again and again, also from another thread.
    pub fn seat(&self, folder: &Path) -> Seat {
        let config = self.root.path().join("config.toml");
        if !config.exists() {
            std::fs::write(&config, "").expect("a file");
        }
        Seat { folder: folder.to_owned(), home: self.root.path().to_owned(), config, enter: Vec::new() }
    }
}

/// Where a desk that has joined is opened.
pub struct Seat {
    folder: PathBuf,
    home: PathBuf,
    config: PathBuf,
    /// What stands before the command: a way into another network.
    enter: Vec<String>,
}

impl Seat {
    /// The same seat elsewhere: these words stand before each command.
    pub fn beyond(mut self, enter: &[&str]) -> Seat {
        self.enter = enter.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Opens the desk.
    pub fn open(&self, cols: u16, rows: u16) -> Term {
        self.open_with(&[], cols, rows)
    }

    /// Opens the desk with more in its environment.
    pub fn open_with(&self, more: &[(&str, &Path)], cols: u16, rows: u16) -> Term {
        let words: Vec<&str> = self.enter.iter().map(String::as_str).chain([CORDBOARD]).collect();
        Term::run(words[0], &words[1..], &[&self.env(&self.state())[..], more].concat(), cols, rows)
    }

    /// The desk's places, and where it is.
    fn env<'a>(&'a self, state: &'a Path) -> [(&'a str, &'a Path); 5] {
        [
            ("CORDBOARD_DATA", &self.folder),
            ("CORDBOARD_STATE", state),
            ("CORDBOARD_CONFIG", &self.config),
            ("HOME", &self.home),
            ("TZ", Path::new("Europe/London")),
        ]
    }

    /// The configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Folder of the log and of what was chosen.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Opens the desk line by line.
    pub fn plain(&self) -> Plain {
        Plain::start(&["--plain", "--set", "desk.announce=all"], &self.env(&self.state()))
    }

    /// A shell that finds the desk by its name.
    pub fn shell(&self, cols: u16, rows: u16) -> Term {
        let bin = Path::new(CORDBOARD).parent().expect("a folder").to_string_lossy().into_owned();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        let own = [("PATH", Path::new(&path)), ("PS1", Path::new("$ ")), ("ENV", Path::new(""))];
        Term::run("sh", &["-i"], &[&self.env(&self.state())[..], &own].concat(), cols, rows)
    }

    /// Folder of cache and outbox.
    pub fn files(&self) -> PathBuf {
        self.folder.join("desk")
    }

    /// Words of the drafts on the disk, while the desk is open.
    pub fn drafts(&self) -> Vec<String> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let outbox = rusqlite::Connection::open_with_flags(self.files().join("outbox.db"), flags).expect("it opens");
        outbox.busy_timeout(super::PATIENCE).expect("a pause");
        let mut query = outbox.prepare("SELECT body FROM draft").expect("a table of drafts");
        let rows = query.query_map([], |row| row.get(0)).expect("it reads");
        rows.map(|row| row.expect("words")).collect()
    }
}

impl Drop for Firm {
    fn drop(&mut self) {
        self.kill_server();
    }
}

fn clean(command: &mut Command, root: &Path) {
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("CORDBOARD_")) {
        command.env_remove(name);
    }
    command.env("HOME", root).env("CORDBOARD_STATE", root.join("state")).env("XDG_CONFIG_HOME", root.join("config"));
}

fn told(args: &[&str], output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?} failed: {out}{err}");
    out
}
