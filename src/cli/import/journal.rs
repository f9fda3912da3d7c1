//! How far a run of an import has come, kept beside the data so that the next run goes on there.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The state of one import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    source: String,
    read: u64,
}

/// One import's journal. It is named after what is imported, not after where that lies, so a file that was moved
/// goes on and a file that was changed begins anew.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    source: String,
}

impl Journal {
    /// The journal of an import with this digest.
    pub fn new(data: &Path, digest: &str, source: &str) -> Journal {
        Journal { path: data.join("imports").join(format!("{digest}.json")), source: source.to_owned() }
    }

    /// How many items an earlier run brought in; 0 when there was none.
    pub fn read(&self) -> u64 {
        let state = fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok());
        state.map_or(0, |s| s.read)
    }

    /// This many are on disk now.
    pub fn write(&self, read: u64) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let state = State { source: self.source.clone(), read };
        let part = self.path.with_extension("part");
        fs::write(&part, serde_json::to_vec(&state)?)?;
        fs::rename(&part, &self.path)
    }

    /// The import is over.
    pub fn finish(&self) {
        // A journal left behind only makes the next run pass over rows that are there anyway.
        fs::remove_file(&self.path).ok();
        if let Some(folder) = self.path.parent() {
            fs::remove_dir(folder).ok();
        }
    }
}

/// A digest of files' contents and of the words that say what to do with them.
pub fn digest(words: &str, files: &[PathBuf]) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(words.as_bytes());
    let mut buffer = vec![0; 64 * 1024];
    for path in files {
        let mut file = BufReader::new(File::open(path)?);
        hash.update(b"\0");
        loop {
            let n = file.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            hash.update(&buffer[..n]);
        }
    }
    Ok(data_encoding::HEXLOWER.encode(&hash.finalize()[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_and_forgets() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::new(folder.path(), "abc", "customers.csv");
        assert_eq!(journal.read(), 0);
        journal.write(500).expect("written");
        assert_eq!(Journal::new(folder.path(), "abc", "moved.csv").read(), 500);
        assert_eq!(Journal::new(folder.path(), "abd", "customers.csv").read(), 0);
        journal.finish();
        assert_eq!(journal.read(), 0);
        assert!(!folder.path().join("imports").exists());
    }

    #[test]
    fn a_broken_journal_begins_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("imports")).expect("made");
        fs::write(folder.path().join("imports/abc.json"), "{\"sour").expect("written");
        assert_eq!(Journal::new(folder.path(), "abc", "x").read(), 0);
    }

    #[test]
    fn the_digest_is_of_contents() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, "same").expect("written");
        fs::write(&b, "same").expect("written");
        let of = |words: &str, path: &PathBuf| digest(words, std::slice::from_ref(path)).expect("read");
        assert_eq!(of("cases", &a), of("cases", &b));
        assert_ne!(of("cases", &a), of("customers", &a));
        fs::write(&b, "other").expect("written");
        assert_ne!(of("cases", &a), of("cases", &b));
    }
}
