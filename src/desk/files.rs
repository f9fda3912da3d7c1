//! Files that customers sent, on the disk of the desk: for this agent's eyes, under names that are safe.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::app::port::Incoming;
use crate::domain::file::{FileCard, one_name};

use super::engine::Engine;

/// Name of the folder within the desk's own.
const FOLDER: &str = "files";

impl Engine {
    /// A file came: it is kept, and the agent is told where.
    pub(super) fn file_came(&mut self, card: &FileCard, came: Result<Vec<u8>, String>) {
        let name = one_name(&card.name);
        let kept = came.and_then(|bytes| {
            keep(&self.dir.join(FOLDER), card, &bytes).map_err(|error| t!("It cannot be kept here: {error}.", error))
        });
        match kept {
            Ok(path) => self.teller.tell(Incoming::FileSaved { name, path: path.display().to_string() }),
            Err(why) => self.teller.trouble(t!("{name} did not come. {why}", name, why)),
        }
    }
}

impl Engine {
    /// Hands a file to the program that opens such; it goes its own way.
    pub(super) fn open_file(&mut self, with: &str, path: &str) {
        let mut words = with.split_whitespace();
        let Some(program) = words.next() else { return };
        let mut command = Command::new(program);
        command.args(words).arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
            Err(error) => self.teller.trouble(t!(
                "{program} cannot be started: {error}. desk.open_files in the configuration names it.",
                program,
                error
            )),
        }
    }
}

/// Writes it whole or not at all; a file of the same number is replaced.
fn keep(folder: &Path, card: &FileCard, bytes: &[u8]) -> io::Result<PathBuf> {
    let place = folder.join(format!("{:016x}", card.id.0));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&place)?;
    let (path, aside) = (place.join(one_name(&card.name)), place.join(".new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, &path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::FileId;

    #[test]
    fn a_file_stays_in_its_folder_whatever_it_is_called() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["../../.profile", "/etc/passwd", "", "..", "a/b\\c.txt"] {
            let card = FileCard { id: FileId(7), name: name.into(), size: 3, kind: String::new() };
            let path = keep(dir.path(), &card, b"abc").expect("keeps");
            assert!(path.starts_with(dir.path()), "{name:?} went to {path:?}");
            assert_eq!(path.components().count(), dir.path().components().count() + 2, "{path:?}");
            assert_eq!(fs::read(&path).expect("reads"), b"abc");
        }
    }
}
