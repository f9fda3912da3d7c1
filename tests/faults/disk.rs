//! A disk of a desk's own that can be filled, and one that fails when it is written through.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::said;
use super::support::until;

/// Room on the disk, bytes: a cache of the sample firm and some.
const SIZE: &str = "size=48m";

/// A file system in memory over a folder, and a file that takes up all the room.
pub struct Ballast {
    folder: PathBuf,
}

impl Ballast {
    /// Over this folder; `None`, and said so, where there can be none.
    pub fn on(folder: &Path) -> Option<Ballast> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs", said(folder)]).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Ballast { folder: folder.to_owned() }),
            other => {
                println!("NOT tried on a full disk, which needs root and a file system in memory: {other:?}");
                None
            }
        }
    }

    /// Leaves no room for a single byte.
    pub fn fills(&mut self) {
        let mut file = std::fs::File::create(self.folder.join("ballast")).expect("a file");
        for size in [1 << 20, 4 << 10, 1] {
            let block = vec![7; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn makes_room(&mut self) {
        std::fs::remove_file(self.folder.join("ballast")).expect("it was filled");
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        drop(Command::new("umount").args(["-l", said(&self.folder)]).output());
    }
}

/// Has every fsync of a process fail until it ends.
pub struct Strace {
    tracer: Child,
}

impl Strace {
    /// Of this process; `None`, and said so, where there can be none.
    pub fn of(pid: u32, folder: &Path) -> Option<Strace> {
        let log = folder.join("log");
        let inject = "inject=fsync,fdatasync,sync_file_range:error=EIO";
        let tracer = std::fs::File::create(&log).ok().and_then(|log| {
            let mut command = Command::new("strace");
            command.args(["-f", "-e", "trace=fsync,fdatasync,sync_file_range", "-e", inject, "-p", &pid.to_string()]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().ok()
        });
        let Some(mut tracer) = tracer else {
            println!("NOT tried on a disk that fails, which needs strace");
            return None;
        };
        let attached = until("strace to attach", || {
            let ended = tracer.try_wait().is_ok_and(|ended| ended.is_some());
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            (ended || said.contains("attached")).then_some(!ended)
        });
        if !attached {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            println!("NOT tried on a disk that fails, because strace may not attach: {said}");
        }
        attached.then_some(Strace { tracer })
    }

    /// The disk is well again.
    pub fn ends(mut self) {
        self.detaches();
    }

    fn detaches(&mut self) {
        // Told to end it lets the process go; killed it might take it along.
        let _ = Command::new("sh").args(["-c", &format!("kill -INT {}", self.tracer.id())]).status();
        let _ = self.tracer.wait();
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        if self.tracer.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.detaches();
        }
    }
}
