//! How long the machine itself kept a desk from working, measured while it happens. The desk has a second of its own
//! time for what was typed; what the machine takes beyond that is counted here and nothing else is allowed for.
//!
//! Two facts: how long the desk's writing thread stood ready to run and got no processor (the kernel's own account),
//! and how long the disk kept a small durable write waiting (a probe beside the desk's files).

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Writes a byte durably again and again, and notes how long each took.
pub struct Disk {
    waits: Arc<Mutex<Vec<(Instant, Instant)>>>,
    over: Arc<AtomicBool>,
    probe: Option<JoinHandle<()>>,
}

impl Disk {
    /// Begins to probe the disk that `folder` is on.
    pub fn watch(folder: PathBuf) -> Disk {
        let waits = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (noted, ends) = (Arc::clone(&waits), Arc::clone(&over));
        let probe = thread::spawn(move || {
            let mut file = File::create(folder.join("probe")).expect("a file");
            while !ends.load(Ordering::SeqCst) {
                let began = Instant::now();
                file.rewind().and_then(|()| file.write_all(b"x")).and_then(|()| file.sync_all()).expect("is written");
                noted.lock().expect("no panic holds it").push((began, Instant::now()));
                thread::park_timeout(Duration::from_millis(50));
            }
        });
        Disk { waits, over, probe: Some(probe) }
    }

    /// How much of the time between these two instants a durable write was kept waiting.
    pub fn held(&self, from: Instant, to: Instant) -> Duration {
        let waits = self.waits.lock().expect("no panic holds it");
        let within = waits.iter().map(|(began, ended)| (*ended).min(to).saturating_duration_since((*began).max(from)));
        within.sum()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(probe) = self.probe.take() {
            probe.join().ok();
        }
    }
}

/// The account of a desk's writing thread.
pub struct Writer(Option<PathBuf>);

impl Writer {
    /// Of the desk in this process. Where the kernel keeps no such account, nothing is allowed for.
    pub fn of(pid: u32) -> Writer {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let named = |path: &PathBuf| std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "desk");
        Writer(tasks.map(|task| task.path()).find(named).map(|path| path.join("schedstat")))
    }

    /// How long it was ready to run and did not, up to now.
    pub fn held(&self) -> Duration {
        let account = self.0.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        Duration::from_nanos(account.split_whitespace().nth(1).and_then(|ns| ns.parse().ok()).unwrap_or(0))
    }
}
