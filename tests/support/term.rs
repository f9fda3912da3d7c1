//! A terminal: runs a program in a pseudo-terminal, types keys, reads the screen.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::PATIENCE;
use super::trace::Trace;

/// Bytes kept for what went wrong.
const TAIL: usize = 300;

/// A running program and its screen.
pub struct Term {
    shared: Arc<Shared>,
    master: Box<dyn MasterPty + Send>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    /// How the line discipline was set before the program started.
    before: String,
}

struct Shared {
    screen: Mutex<vt100::Parser>,
    trace: Mutex<Trace>,
    changed: Condvar,
    bytes: AtomicU64,
    /// When the last byte came.
    last: Mutex<Instant>,
    /// The last bytes that came, for what went wrong.
    tail: Mutex<Vec<u8>>,
    /// Why no more bytes come.
    over: Mutex<Option<String>>,
}

impl Term {
    /// Starts the binary under test with these arguments and environment in a terminal of `cols` x `rows`.
    pub fn start(args: &[&str], env: &[(&str, &Path)], cols: u16, rows: u16) -> Term {
        Term::run(env!("CARGO_BIN_EXE_cordboard"), args, env, cols, rows)
    }

    /// Starts any program in a terminal.
    pub fn run(program: &str, args: &[&str], env: &[(&str, &Path)], cols: u16, rows: u16) -> Term {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        // What the terminal around the tests says of itself is none of theirs.
        for name in ["TERM_PROGRAM", "VTE_VERSION", "TMUX", "STY", "NO_COLOR"] {
            command.env_remove(name);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        keep_output(&*pair.master);
        let before = line_settings(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        drop(pair.slave);
        let pid = child.process_id().expect("it has a number");
        let cells = std::num::NonZeroU16::new(rows).zip(std::num::NonZeroU16::new(cols)).expect("a size");
        let shared = Arc::new(Shared {
            screen: Mutex::new(vt100::Parser::new(cells.0, cells.1, 0)),
            trace: Mutex::default(),
            changed: Condvar::new(),
            bytes: AtomicU64::new(0),
            last: Mutex::new(Instant::now()),
            tail: Mutex::default(),
            over: Mutex::default(),
        });
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let sink = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut buffer = [0u8; 65536];
            let mut held: Vec<u8> = Vec::new();
            loop {
                let n = match reader.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(n) => n,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        *sink.over.lock().expect("no panic holds it") = Some(error.to_string());
                        break;
                    }
                };
                let mut tail = sink.tail.lock().expect("no panic holds it");
                tail.extend_from_slice(&buffer[..n]);
                let over = tail.len().saturating_sub(TAIL);
                tail.drain(..over);
                drop(tail);
                *sink.last.lock().expect("no panic holds it") = Instant::now();
                sink.bytes.fetch_add(n as u64, Ordering::SeqCst);
                sink.trace.lock().expect("no panic holds it").read(&buffer[..n]);
                held.extend_from_slice(&buffer[..n]);
                let whole: Vec<u8> = held.drain(..whole_frames(&held)).collect();
                sink.screen.lock().expect("no panic holds it").process(&whole);
                sink.changed.notify_all();
            }
            sink.screen.lock().expect("no panic holds it").process(&held);
            sink.changed.notify_all();
        });
        let writer = Some(pair.master.take_writer().expect("a writer"));
        Term { shared, master: pair.master, writer, child, pid, before }
    }

    /// Types a script: letters as they are, `<enter>`, `<esc>`, `<tab>`, `<c-s>`, `<f2>`, `<up>`, `<space>` by name.
    pub fn keys(&mut self, script: &str) {
        let mut rest = script;
        while let Some(first) = rest.chars().next() {
            if first == '<'
                && let Some(end) = rest.find('>')
            {
                let bytes = named(&rest[1..end]);
                self.raw(&bytes);
                rest = &rest[end + 1..];
            } else {
                self.raw(first.to_string().as_bytes());
                rest = &rest[first.len_utf8()..];
            }
        }
    }

    /// Sends bytes as they are. A program that was killed hears nothing, which is no fault of the test.
    pub fn raw(&mut self, bytes: &[u8]) {
        let Some(writer) = &mut self.writer else { panic!("the pump has the keyboard") };
        let _ = writer.write_all(bytes).and_then(|()| writer.flush());
    }

    /// The keyboard, for whoever types faster than the program reads: a program that ends with its input full would
    /// hold up [`Term::raw`] for ever.
    pub fn pump(&mut self) -> SyncSender<Vec<u8>> {
        let (sender, typed) = sync_channel::<Vec<u8>>(32);
        let mut writer = self.writer.take().expect("one pump only");
        std::thread::spawn(move || {
            while let Ok(bytes) = typed.recv() {
                if writer.write_all(&bytes).and_then(|()| writer.flush()).is_err() {
                    break;
                }
            }
        });
        sender
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.shared.screen.lock().expect("no panic holds it").screen().contents()
    }

    /// Whether the alternate screen is in use.
    pub fn in_alternate_screen(&self) -> bool {
        self.shared.screen.lock().expect("no panic holds it").screen().alternate_screen()
    }

    /// Whether the cursor is hidden.
    pub fn cursor_hidden(&self) -> bool {
        self.shared.screen.lock().expect("no panic holds it").screen().hide_cursor()
    }

    /// Waits until the terminal is as it was: the first screen, a cursor.
    pub fn until_restored(&self) {
        let restored = || !self.in_alternate_screen() && !self.cursor_hidden();
        let end = Instant::now() + PATIENCE;
        while !restored() {
            let tail = self.shared.tail.lock().expect("no panic holds it").escape_ascii().to_string();
            let over = self.shared.over.lock().expect("no panic holds it").clone();
            assert!(Instant::now() < end, "it is not restored; the last that came, then {over:?}:\n{tail}");
            let changed = self.shared.screen.lock().expect("no panic holds it");
            let _ = self.shared.changed.wait_timeout(changed, Duration::from_millis(50)).expect("no panic holds it");
        }
    }

    /// What the program asked of the terminal besides cells.
    pub fn trace(&self) -> Trace {
        self.shared.trace.lock().expect("no panic holds it").clone()
    }

    /// Waits until the program asked for something besides cells that pleases.
    pub fn until_trace(&self, what: &str, pleases: impl Fn(&Trace) -> bool) -> Trace {
        super::until(what, || Some(self.trace()).filter(&pleases))
    }

    /// Fails the test unless the terminal is as it was before the program started; call when it has ended.
    pub fn assert_restored(&self) {
        self.until_restored();
        self.trace().assert_restored();
        assert_eq!(line_settings(&*self.master), self.before, "the line discipline");
    }

    /// How the line discipline is set now.
    pub fn line_settings(&self) -> String {
        line_settings(&*self.master)
    }

    /// The exit code, if it has ended.
    pub fn ended(&mut self) -> Option<u32> {
        self.child.try_wait().expect("it can be waited for").map(|status| status.exit_code())
    }

    /// Bytes the program wrote so far.
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::SeqCst)
    }

    /// Waits until nothing has come for this long.
    pub fn quiet(&self, span: Duration) {
        let end = Instant::now() + PATIENCE;
        loop {
            let since = self.shared.last.lock().expect("no panic holds it").elapsed();
            if since >= span {
                return;
            }
            assert!(Instant::now() < end, "it never rests");
            std::thread::park_timeout(span.checked_sub(since).unwrap_or_default());
        }
    }

    /// Waits until nothing has come for this long, at most until `limit` is over.
    pub fn rests(&self, span: Duration, limit: Duration) {
        let end = Instant::now() + limit;
        loop {
            let since = self.shared.last.lock().expect("no panic holds it").elapsed();
            if since >= span || Instant::now() >= end {
                return;
            }
            std::thread::park_timeout(span.checked_sub(since).unwrap_or_default());
        }
    }

    /// Waits for an answer beyond `before` bytes and then for `settle` of silence; time from `start` to its last
    /// byte. No answer within the patience of 250 ms counts as an answer of no bytes at once.
    pub fn last_byte_after(&self, before: u64, start: Instant, settle: Duration) -> Duration {
        while self.bytes() == before {
            if start.elapsed() > Duration::from_millis(250) {
                return Duration::ZERO;
            }
            std::thread::park_timeout(Duration::from_micros(50));
        }
        self.quiet(settle);
        self.shared.last.lock().expect("no panic holds it").saturating_duration_since(start)
    }

    /// The program's process number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until a desk that opened in Away has everything.
    pub fn until_whole(&self) {
        self.until_screen("a desk that has everything", |s| {
            let top = s.lines().next().unwrap_or_default();
            top.contains("Away") && top.contains("all sent") && !top.contains("loading")
        });
    }

    /// Waits until the screen shows the text.
    pub fn until(&self, text: &str) -> String {
        self.until_screen(&format!("the text {text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows the text.
    pub fn until_gone(&self, text: &str) -> String {
        self.until_screen(&format!("{text:?} to go"), |screen| !screen.contains(text))
    }

    /// Waits until the screen pleases.
    pub fn until_screen(&self, what: &str, pleases: impl Fn(&str) -> bool) -> String {
        self.within(PATIENCE, &pleases)
            .unwrap_or_else(|| panic!("waited {PATIENCE:?} in vain for {what}; the screen:\n{}", self.text()))
    }

    /// The screen once it pleases, or nothing when the time is up.
    pub fn within(&self, limit: Duration, pleases: &dyn Fn(&str) -> bool) -> Option<String> {
        let end = Instant::now() + limit;
        let mut screen = self.shared.screen.lock().expect("no panic holds it");
        loop {
            let text = screen.screen().contents();
            if pleases(&text) {
                return Some(text);
            }
            let left = end.checked_duration_since(Instant::now())?;
            screen = self.shared.changed.wait_timeout(screen, left).expect("no panic holds it").0;
        }
    }

    /// Changes the size.
    pub fn resize(&self, cols: u16, rows: u16) {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("resizes");
        let cells = std::num::NonZeroU16::new(rows).zip(std::num::NonZeroU16::new(cols)).expect("a size");
        self.shared.screen.lock().expect("no panic holds it").screen_mut().set_size(cells.0, cells.1);
    }

    /// Sends a signal by name: TERM, HUP, INT, KILL, STOP, CONT.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid)]).status();
        assert!(sent.is_ok_and(|s| s.success()), "the signal is sent");
    }

    /// Kills it at once, as a power cut would, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        let _ = Command::new("sh").args(["-c", &format!("kill -KILL {}", self.pid)]).status();
        let _ = self.child.wait();
    }

    /// Waits for its end; the exit code.
    pub fn exit_code(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.exit_code();
            }
            assert!(Instant::now() < end, "it never ends; the screen:\n{}", self.text());
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Has the terminal keep what the program wrote when an interrupt is typed; else one typed in the moment after the
/// program's end throws away its last bytes, if the test is slow to read them.
fn keep_output(master: &(dyn MasterPty + Send)) {
    let path = master.tty_name().expect("a terminal has a name");
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let tty = rustix::fs::open(path, flags, rustix::fs::Mode::empty()).expect("it opens");
    let mut settings = tcgetattr(&tty).expect("it has settings");
    settings.local_modes |= LocalModes::NOFLSH;
    tcsetattr(&tty, OptionalActions::Now, &settings).expect("they can be set");
}

/// The terminal's own settings: echo, line mode, signals, control characters.
fn line_settings(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has them"))
}

/// How much of what came can be shown: a frame between the marks of a synchronized update is shown whole or not yet.
fn whole_frames(bytes: &[u8]) -> usize {
    const BEGIN: &[u8] = b"\x1b[?2026h";
    const END: &[u8] = b"\x1b[?2026l";
    let last = |mark: &[u8]| bytes.windows(mark.len()).rposition(|w| w == mark);
    match (last(BEGIN), last(END)) {
        (Some(begin), None) => begin,
        (Some(begin), Some(end)) if begin > end => begin,
        // A mark may be cut in two.
        _ => bytes.len() - (1..BEGIN.len()).rev().find(|n| bytes.ends_with(&BEGIN[..*n])).unwrap_or(0),
    }
}

fn named(name: &str) -> Vec<u8> {
    let lower = name.to_lowercase();
    if let Some(letter) = lower.strip_prefix("c-").and_then(|l| l.bytes().next()) {
        return vec![letter & 0x1f];
    }
    if let Some(letter) = lower.strip_prefix("a-") {
        return if letter == "enter" { b"\x1b\r".to_vec() } else { [b"\x1b", letter.as_bytes()].concat() };
    }
    let bytes: &[u8] = match lower.as_str() {
        "enter" => b"\r",
        "esc" => b"\x1b",
        "tab" => b"\t",
        "s-tab" => b"\x1b[Z",
        "space" => b" ",
        "bs" => b"\x7f",
        "up" => b"\x1b[A",
        "down" => b"\x1b[B",
        "right" => b"\x1b[C",
        "left" => b"\x1b[D",
        "home" => b"\x1b[H",
        "end" => b"\x1b[F",
        "pgup" => b"\x1b[5~",
        "pgdn" => b"\x1b[6~",
        "f1" => b"\x1bOP",
        "f2" => b"\x1bOQ",
        "f3" => b"\x1bOR",
        "f4" => b"\x1bOS",
        "f5" => b"\x1b[15~",
        "f6" => b"\x1b[17~",
        "f7" => b"\x1b[18~",
        "f8" => b"\x1b[19~",
        "f9" => b"\x1b[20~",
        other => panic!("no key is called {other}"),
    };
    bytes.to_vec()
}
