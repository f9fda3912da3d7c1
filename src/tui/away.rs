//! What is done while the terminal belongs to someone else: the agent's editor, or the shell.
//!
//! It knows nothing of the desk. Invariant: text given to an editor is never lost: whatever goes wrong, the caller
//! still has it, and the file is gone afterwards.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Signal, getpid, getsid, kill_current_process_group};

use crate::rand::{Rand, SystemRand};

/// Where to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Away {
    /// To the editor with this text.
    Editor(String),
    /// To the shell, until it continues us.
    Suspend,
}

/// Has the text edited; gives it as it is now. The error is a sentence for the agent.
pub fn edit(text: &str) -> Result<String, String> {
    edit_with(text, &editor()).map_err(|why| t!("The editor gave nothing back: {why}. Your text is as it was.", why))
}

/// Asks the system to stop the whole process group, as the terminal itself would, until someone continues it. The
/// stop may take effect a moment after this returns. The error is a sentence for the agent.
pub fn stop() -> Result<(), String> {
    if getsid(None).is_ok_and(|leader| leader == getpid()) {
        return Err(t!("There is no shell to go back to here.").to_owned());
    }
    kill_current_process_group(Signal::STOP).map_err(|e| t!("The desk cannot stop here: {e}.", e))
}

fn editor() -> String {
    let chosen = |name| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    chosen("VISUAL").or_else(|| chosen("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

/// Runs the editor on a private file with the text in it.
fn edit_with(text: &str, editor: &str) -> io::Result<String> {
    let file = Private::new(text)?;
    // The variable may hold arguments and quotes, so a shell reads it; the path is an argument of its own.
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&file.path).status()?;
    // An editor that says no is believed; one that was killed (shells say 128 and its signal) had saved something.
    let killed = status.signal().is_some() || status.code().is_some_and(|c| (129..160).contains(&c));
    if !status.success() && !killed {
        return Err(io::Error::other(match status.code() {
            Some(127) => t!("`{editor}` was not found", editor),
            _ => t!("it ended without saving").to_owned(),
        }));
    }
    let words = String::from_utf8_lossy(&fs::read(&file.path)?).replace("\r\n", "\n");
    // Editors end the last line; nobody typed that.
    Ok(words.strip_suffix('\n').unwrap_or(&words).to_owned())
}

/// A file that only its owner may read, gone when dropped.
struct Private {
    path: PathBuf,
}

impl Private {
    fn new(text: &str) -> io::Result<Private> {
        let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|p| p.is_dir());
        Private::within(&folder.unwrap_or_else(std::env::temp_dir), text)
    }

    fn within(folder: &Path, text: &str) -> io::Result<Private> {
        let path = folder.join(format!("cordboard-{:016x}.md", SystemRand.u64()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let private = Private { path };
        file.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(private)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_the_editor_saved_comes_back() {
        assert_eq!(edit_with("Dear Dana", "sed -i s/Dana/Mei/").expect("edited"), "Dear Mei");
        assert_eq!(edit_with("two\nlines\n", "true").expect("edited"), "two\nlines");
        assert_eq!(edit_with("", "true").expect("edited"), "");
        assert_eq!(edit_with("x", "env FOO='a b' true").expect("arguments and quotes"), "x");
    }

    #[test]
    fn an_editor_that_says_no_changes_nothing() {
        assert_eq!(edit_with("x", "false").expect_err("no").to_string(), "it ended without saving");
        let why = edit_with("x", "no-such-editor-here").expect_err("no").to_string();
        assert_eq!(why, "`no-such-editor-here` was not found");
        // One that was killed had saved something.
        assert_eq!(edit_with("x", "sh -c 'echo y > \"$1\"; kill -9 $$' sh").expect("saved"), "y");
    }

    #[test]
    fn nobody_else_reads_it_and_nothing_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = Private::within(folder.path(), "secret").expect("a file");
        let mode = fs::metadata(&private.path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(private);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
