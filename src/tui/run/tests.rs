//! The loop in a real terminal: this test program starts itself in one, and looks at what comes out.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::*;
use crate::clock::SystemClock;
use crate::config::table as config;

const WE_ARE_THE_CHILD: &str = "CORDBOARD_TEST_LOOP";
/// Longest a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);

struct Nowhere;

impl Port for Nowhere {
    fn perform(&self, _: Effect) {}
}

/// Not a test of its own: the desk that the tests below start. What it does when run among the others is nothing.
#[test]
fn the_child() {
    let Ok(what) = std::env::var(WE_ARE_THE_CHILD) else { return };
    let (world, incoming) = tokio::sync::mpsc::unbounded_channel();
    let theme = Theme::chosen(config::Theme::Ansi, config::Symbols::Unicode, |_| None);
    let report = std::env::temp_dir().join(format!("cordboard-test-{}.txt", std::process::id()));
    let (_silent, orders) = tokio::sync::mpsc::unbounded_channel();
    let desk = config::Desk { links: true, ..config::Desk::default() };
    let look = Look { theme, manners: Manners::chosen(&desk, |name| std::env::var(name).ok()) };
    let options = Options { look, orders, report, clock: Arc::new(SystemClock::new()) };
    let mut model = Model::default();
    model.settings.mouse = what != "no mouse";
    if what == "panic" {
        // A sentence about it would hold what cannot be shown.
        world.send(Incoming::Trouble("panic".to_owned())).expect("the loop is there");
        std::panic::panic_any(run(&mut model, &Panics, incoming, options).map(|_| ()).expect_err("it panics"));
    }
    let exit = run(&mut model, &Nowhere, incoming, options).expect("a terminal");
    drop(world);
    let code = match exit {
        Exit::Asked => 40,
        Exit::Signal(n) => 50 + n,
    };
    std::process::exit(code);
}

struct Panics;

impl Port for Panics {
    fn perform(&self, _: Effect) {
        panic!("on purpose, with `words of a customer`");
    }
}

/// The child, its terminal, and what it wrote.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

impl Terminal {
    fn start(what: &str) -> Terminal {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let me = std::env::current_exe().expect("this program");
        let mut command = CommandBuilder::new(me);
        command.args(["tui::run::tests::the_child", "--exact", "--nocapture", "--quiet"]);
        command.env(WE_ARE_THE_CHILD, what);
        command.env("EDITOR", "sed -i s/one/two/");
        let child = pair.slave.spawn_command(command).expect("a child");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        Terminal { child, master: pair.master, keys, bytes, seen: Vec::new() }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it reads");
    }

    /// Waits until the condition holds of all that was written from `from` on.
    fn until(&mut self, from: usize, what: &str, holds: impl Fn(&[u8]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(&self.seen[from..]) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(_) => panic!("{what}: {:?}", String::from_utf8_lossy(&self.seen[from..])),
            }
        }
    }

    fn until_shown(&mut self, from: usize, words: &str) {
        self.until(from, words, |seen| find(seen, words.as_bytes()).is_some());
    }

    /// Waits for the end: its exit code, and the milliseconds it took.
    fn end(&mut self) -> u32 {
        let code = self.child.wait().expect("it ends").exit_code();
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(200)) {
            self.seen.extend(bytes);
        }
        code
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        std::process::Command::new("kill").args([name, &id]).status().expect("kill");
    }

    /// Every mode that was switched on was switched off later.
    fn assert_restored(&self) {
        for mode in ["?1049", "?2004", "?1004", "?1000", "?1002", "?1006"] {
            let on = last(&self.seen, format!("\x1b[{mode}h").as_bytes()).expect(mode);
            let off = last(&self.seen, format!("\x1b[{mode}l").as_bytes()).expect(mode);
            assert!(off > on, "{mode}");
        }
        assert!(last(&self.seen, b"\x1b[?25h") > last(&self.seen, b"\x1b[?25l"), "cursor");
        assert!(last(&self.seen, b"\x1b[?2026l") > last(&self.seen, b"\x1b[?2026h"), "synchronized");
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

fn last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|w| w == what)
}

#[test]
fn every_signal_restores_the_terminal() {
    for (name, number) in [("-TERM", 15), ("-HUP", 1), ("-INT", 2)] {
        let mut terminal = Terminal::start("plain");
        terminal.until_shown(0, "palette");
        terminal.signal(name);
        assert_eq!(terminal.end(), 50 + number, "{name}");
        terminal.assert_restored();
    }
}

#[test]
fn quitting_restores_the_terminal() {
    let mut terminal = Terminal::start("plain");
    terminal.until_shown(0, "palette");
    terminal.press("q");
    assert_eq!(terminal.end(), 40);
    terminal.assert_restored();
    // Nothing was asked of the terminal: no cursor report, no attributes, no mode reports.
    for question in ["\x1b[6n", "\x1b[c", "\x1b[>c", "$p", "\x1b[?u"] {
        assert_eq!(find(&terminal.seen, question.as_bytes()), None, "{question:?}");
    }
}

#[test]
fn a_panic_restores_the_terminal_and_says_where_the_report_is() {
    let mut terminal = Terminal::start("panic");
    terminal.until_shown(0, "palette");
    terminal.press("R");
    assert_eq!(terminal.end(), 101);
    terminal.assert_restored();
    let seen = String::from_utf8_lossy(&terminal.seen).into_owned();
    let restored = seen.rfind("\x1b[?1049l").expect("restored");
    let said = seen.find("Cordboard stopped because of a fault of its own.").expect("said");
    assert!(said > restored);
    let (_, rest) = seen.split_once("The report is in ").expect("a place");
    let (path, _) = rest.split_once(".txt").expect("a file");
    let path = format!("{path}.txt");
    let report = std::fs::read_to_string(&path).expect("the report");
    std::fs::remove_file(&path).expect("it was there");
    assert!(report.contains("on purpose") && !report.contains("words of a customer"), "{report}");
}

#[test]
fn what_does_not_change_writes_nothing() {
    let mut terminal = Terminal::start("plain");
    terminal.until_shown(0, "palette");
    // A key that does nothing, then one that shows something: between them there was no byte.
    terminal.press("\x1b[20~");
    terminal.press("?");
    terminal.until_shown(0, "Type to find a key");
    let from = terminal.seen.len();
    terminal.press("\x1b[I\x1b[I");
    terminal.press("\x1b");
    terminal.until_shown(from, "Who waits");
    terminal.press("q");
    terminal.end();
    assert!(terminal.seen.len() - from < 6_000, "{}", terminal.seen.len() - from);
}

#[test]
fn stopping_gives_the_terminal_back_until_it_is_continued() {
    let mut terminal = Terminal::start("plain");
    terminal.until_shown(0, "palette");
    // It leads its session, so there is no shell to go back to and it says so instead.
    let from = terminal.seen.len();
    terminal.press("\x1a");
    terminal.until_shown(from, "no shell");
    terminal.signal("-TSTP");
    let from = terminal.seen.len();
    terminal.press("?");
    terminal.until_shown(from, "Type to find a key");
    // Whoever stopped and continued it may have spoilt the screen: all of it is drawn again.
    let from = terminal.seen.len();
    terminal.signal("-CONT");
    terminal.until_shown(from, "\x1b[2J");
    terminal.until_shown(from, "Type to find a key");
    terminal.signal("-TERM");
    terminal.end();
    terminal.assert_restored();
}

#[test]
fn another_size_is_drawn_at_once() {
    let mut terminal = Terminal::start("plain");
    terminal.until_shown(0, "palette");
    for (cols, rows) in [(120, 40), (1, 1), (40, 12), (39, 9), (200, 60), (80, 24)] {
        let from = terminal.seen.len();
        terminal.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("another size");
        terminal.until(from, "a whole picture", |seen| {
            find(seen, b"\x1b[2J").is_some_and(|at| find(&seen[at..], b"\x1b[?2026l").is_some() || cols < 40)
        });
    }
    terminal.press("q");
    assert_eq!(terminal.end(), 40);
    terminal.assert_restored();
}
