//! A desk line by line in pipes: types lines, waits for lines.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::PATIENCE;

/// A running desk and all it said.
pub struct Plain {
    child: Child,
    input: Option<ChildStdin>,
    said: Arc<(Mutex<Vec<String>>, Condvar)>,
    /// Lines that were looked at.
    seen: usize,
}

impl Plain {
    /// Starts the binary under test with these arguments and environment.
    pub fn start(args: &[&str], env: &[(&str, &Path)]) -> Plain {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
        for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("CORDBOARD_")) {
            command.env_remove(name);
        }
        command.args(args).envs(env.iter().copied()).env("LANG", "C.UTF-8");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let input = child.stdin.take();
        let said = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let sink = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in out.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8(line).expect("UTF-8");
                assert!(!line.chars().any(char::is_control), "no control character goes out: {line:?}");
                sink.0.lock().expect("no panic holds it").push(line);
                sink.1.notify_all();
            }
        });
        Plain { child, input, said, seen: 0 }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the input is open");
        writeln!(input, "{line}").and_then(|()| input.flush()).expect("it is read");
    }

    /// Waits for a line that holds all of these, after those looked at before; gives it.
    pub fn hears(&mut self, parts: &[&str]) -> String {
        self.hears_that(&format!("{parts:?}"), |line| parts.iter().all(|part| line.contains(part)))
    }

    /// Waits for a line that holds one of these, after those looked at before; gives it.
    #[allow(dead_code, reason = "not every test leaves it open what comes")]
    pub fn hears_one(&mut self, parts: &[&str]) -> String {
        self.hears_that(&format!("one of {parts:?}"), |line| parts.iter().any(|part| line.contains(part)))
    }

    fn hears_that(&mut self, what: &str, pleases: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        let (lines, changed) = &*self.said;
        let mut lines = lines.lock().expect("no panic holds it");
        loop {
            if let Some(at) = lines.iter().skip(self.seen).position(|line| pleases(line)) {
                self.seen += at + 1;
                return lines[self.seen - 1].clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; heard:\n{}", lines.join("\n"));
            (lines, _) = changed.wait_timeout(lines, left).expect("no panic holds it");
        }
    }

    /// Types a line and waits for one that holds all of these.
    pub fn asks(&mut self, line: &str, parts: &[&str]) -> String {
        self.types(line);
        self.hears(parts)
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything said so far.
    pub fn text(&self) -> String {
        self.said.0.lock().expect("no panic holds it").join("\n")
    }

    /// Ends the input and waits for the desk to end.
    pub fn ends(mut self) -> (ExitStatus, String) {
        drop(self.input.take());
        let status = super::until("the desk to end", || self.child.try_wait().expect("it can be asked"));
        self.hears(&["The desk is closed."]);
        (status, self.text())
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
